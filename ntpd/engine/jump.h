/*
 * Has the frequency of the oscillator changed at once (temperature, a machine
 * that was moved, a governor)?  Every sample founds the hypothesis that it did
 * right before; the samples after it tell.  Pure.
 */
#ifndef ENGINE_JUMP_H
#define ENGINE_JUMP_H

#include "ntpd/engine/bank.h"

#define JUMP_CANDIDATES	8	/* samples back */

struct jump_candidate {
	struct kalman	k;
	int		filter;		/* of the bank, for noise and wander */
	unsigned	age;		/* samples it has seen */
	double		gain;		/* log-likelihood above the bank's */
	double		f;		/* of the bank, before */
	double		gap_s;		/* it happened within these */
	double		since_s;	/* that began so long ago */
	double		loglik[BANK_SIZE]; /* of the bank before */
};

/* What happened. */
struct jump_found {
	double		df;		/* s/s */
	double		f;		/* since then */
	double		ago_s;		/* in the mean */
	double		gap_s;		/* give or take half of this */
};

struct jump {
	struct jump_candidate c[JUMP_CANDIDATES];
	int		n;
};

void	jump_init(struct jump *j);
/* Before the bank takes a sample, dt after the one before. */
void	jump_suppose(struct jump *j, const struct bank *b,
	    const struct bank_sample *s, double dt);
/*
 * After it has, with what it made of it.  1: there was a jump, found; the bank
 * goes on from there.
 */
int	jump_judge(struct jump *j, struct bank *b,
	    const struct bank_sample *s, const struct bank_verdict *v,
	    double dt, struct jump_found *found);
void	jump_shift(struct jump *j, double shift_s, double var_s2);

#endif
