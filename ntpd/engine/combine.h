/*
 * What several sources that tell the truth say together.  Pure.
 *
 * Each has an estimate of the offset and the frequency of the same clock.
 * Their errors are of three kinds: noise of its own, wander of the clock that
 * all of them notice equally late, and the asymmetry of its path, which does
 * not average out.  See combine.c.
 */
#ifndef ENGINE_COMBINE_H
#define ENGINE_COMBINE_H

#include <stddef.h>
#include <stdint.h>

#define COMBINE_MAX	256

/* A source's lasting difference from what all say together. */
struct combine_bias {
	double		mean_s;		/* long-run mean; 0 is the ensemble */
	double		var_s2;		/* of that mean */
	uint64_t	count;		/* samples in it, 0: not known */
	int		away;		/* samples in a row that contradict
					 * it, all on this side */
};

struct combine_source {
	double		offset_s;
	double		var_s2;
	double		freq;
	double		var_f;
	double		noise_s;	/* sd of one sample */
	double		delay_s;	/* least round trip of the path */
	double		bound_s;	/* of what does not average out: its
					 * path may be asymmetric, its server
					 * wrong by its own bound */
	double		weight;		/* divides the variance; 0..1, that of
					 * one of them is 1 */
	int		updated;	/* it has a new sample */
	struct combine_bias bias;	/* in and out */
};

struct combine_result {
	double		offset_s;
	double		var_s2;
	double		freq;
	double		var_f;
	double		bound_s;	/* of the weighted sum, likewise */
};

/* n: 1..COMBINE_MAX. */
void	combine_run(struct combine_source *s, size_t n,
	    struct combine_result *r);
/* What is taken off a source's offset, s: its bias where that is certain. */
double	combine_correction(const struct combine_source *s);
/* Variance of what is left of its bias after that, s^2. */
double	combine_doubt(const struct combine_source *s);

#endif
