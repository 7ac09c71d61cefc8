/*
 * A running estimate of a quantile of a stream of numbers, without keeping
 * them.  Pure.
 */
#ifndef ENGINE_QUANTILE_H
#define ENGINE_QUANTILE_H

#include <stdint.h>

#define QUANTILE_FIRST	16	/* numbers that are kept, to begin with */

struct quantile {
	double		p;		/* 0..1 */
	double		value;
	double		scale;		/* mean distance from the value */
	double		first[QUANTILE_FIRST];
	uint64_t	count;
};

void	quantile_init(struct quantile *q, double p);
void	quantile_add(struct quantile *q, double x);
/* The p-quantile of what came; INFINITY before anything came. */
double	quantile_get(const struct quantile *q);

#endif
