/*
 * The drift file: one line `frequency skew', both in ppm, as chrony writes
 * it.  frequency > 0: the clock gains.
 */
#ifndef PARENT_DRIFT_H
#define PARENT_DRIFT_H

#include <stddef.h>

struct msg_drift;

#define DRIFT_FREQ_MAX_PPM	1000.0	/* what the guard allows */
#define DRIFT_SKEW_MAX_PPM	1e6
#define DRIFT_TEXT_MAX		256

/*
 * Text (len bytes, no NUL needed) to values; -1 when it is not two finite
 * numbers in range (or one: the skew is then DRIFT_SKEW_MAX_PPM), or when
 * anything but white space follows.
 */
int	drift_parse(const char *text, size_t len, struct msg_drift *drift);
/*
 * Reads the file `name' in directory dirfd (-1: none).  0; 1 when there is no
 * such file; -1 after having logged what is wrong with it.
 */
int	drift_read(int dirfd, const char *name, const char *path,
	    struct msg_drift *drift);

#endif
