/*
 * The measurement logs of `log' in `logdir': measurements.log, statistics.log,
 * tracking.log and selection.log, in chrony's form.
 */
#ifndef PARENT_LOGFILE_H
#define PARENT_LOGFILE_H

#include <stdint.h>

#include "privsep/messages.h"

#define LOGFILE_BURST		2000	/* entries at once */
#define LOGFILE_ENTRY_NS	40000000LL	/* then one in 40 ms */

struct logfile {
	int		dirfd;		/* of logdir, -1: none; not owned */
	uint32_t	enabled;	/* CONF_LOG_* */
	uint32_t	banner;		/* entries between headers; 0: none */
	int		fds[LOG_FILE_COUNT];	/* -1: not opened yet */
	uint64_t	entries[LOG_FILE_COUNT];
	int		failed[LOG_FILE_COUNT];	/* was logged */
	int64_t		full_ns;
	uint64_t	dropped;
};

void	logfile_init(struct logfile *lf, int dirfd, uint32_t enabled,
	    uint32_t banner);
void	logfile_close(struct logfile *lf);
/* Other settings; what is open goes on, but in another directory. */
void	logfile_change(struct logfile *lf, int dirfd, uint32_t enabled,
	    uint32_t banner);
/*
 * The files were renamed: each is opened anew at its next entry, which its
 * column headers precede.  What could not be written may be told again.
 */
void	logfile_cycle(struct logfile *lf);
/*
 * Appends an entry to its file, which is opened (0644) at the first one.
 * Entries of logs that are not configured, and too many, are dropped.
 */
void	logfile_write(struct logfile *lf, const struct msg_entry *m);

#endif
