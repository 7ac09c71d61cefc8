/*
 * Instants and spans in nanoseconds (int64_t), as they are stored and sent.
 */
#ifndef COMMON_TIMENS_H
#define COMMON_TIMENS_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US	1000LL
#define NS_PER_MS	1000000LL
#define NS_PER_SEC	1000000000LL

/* Spans of at most 292 years; the double is exact to 1 ns below 104 days. */
static inline double
timens_to_s(int64_t ns)
{
	return (ns / 1e9);
}

/* Of what the kernel tells: within 292 years of 1970. */
static inline int64_t
timens_from_timespec(const struct timespec *ts)
{
	return ((int64_t)ts->tv_sec * NS_PER_SEC + ts->tv_nsec);
}

/* Saturates; NaN gives 0. */
static inline int64_t
timens_from_s(double s)
{
	if (s >= 9.2e9)
		return (INT64_MAX);
	if (s <= -9.2e9)
		return (INT64_MIN);
	if (s != s)
		return (0);
	return ((int64_t)(s * 1e9 + (s < 0 ? -0.5 : 0.5)));
}

#endif
