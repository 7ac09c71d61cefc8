/*
 * The delays of a path: what its minimum is, how far above it a sample may
 * have been delayed, and what is typical.  Pure.
 */
#ifndef ENGINE_DELAYS_H
#define ENGINE_DELAYS_H

#include <stdint.h>

#define DELAYS_WINDOW	1024	/* samples: 18 hours at 64 s */

struct delays {
	float		ring[DELAYS_WINDOW];	/* above base_s */
	float		sorted[DELAYS_WINDOW];
	double		base_s;		/* keeps floats precise */
	double		fixed_s;	/* mindelay of the user; < 0: none */
	uint64_t	count;		/* put into the window */
};

/* fixed_s: minimum delay that the user knows; < 0: find it. */
void	delays_init(struct delays *d, double fixed_s);
/* The user knows another one, or (< 0) none any more. */
void	delays_fix(struct delays *d, double fixed_s);
/* Take a delay (finite, >= 0). */
void	delays_add(struct delays *d, double delay_s);
/* The smallest of the window but for a few glitches (or the user's). */
double	delays_min(const struct delays *d);
/* Median above the minimum; while there are few, a guess counts too. */
double	delays_median(const struct delays *d);
/*
 * By how much the true minimum may lie below the smallest seen: without this
 * slack a sample at the minimum would seem perfect.
 */
double	delays_slack(const struct delays *d);
/* How uncertain the minimum is even so: standard deviation. */
double	delays_doubt(const struct delays *d);

#endif
