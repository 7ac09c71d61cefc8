/*
 * What time it is, for the shells of all processes.  No core may ask: it is
 * told.
 */
#ifndef COMMON_NOW_H
#define COMMON_NOW_H

#include <stdint.h>
#include <time.h>

#include "common/timens.h"

/* ns of a clock of clock_gettime(2); those that are used here are there. */
static inline int64_t
now_read_ns(clockid_t clock)
{
	struct timespec	ts;

	clock_gettime(clock, &ts);
	return (timens_from_timespec(&ts));
}

#endif
