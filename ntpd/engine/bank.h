/*
 * A bank of filters: every combination of how much the oscillator may wander
 * and what the noise of the samples may be; what arrives weighs them.  Pure.
 */
#ifndef ENGINE_BANK_H
#define ENGINE_BANK_H

#include "ntpd/engine/kalman.h"

#define BANK_WANDERS	15	/* 10^-12.5 .. 10^-5.5 s/s per sqrt(s) */
#define BANK_NOISES	8	/* see bank.c */
#define BANK_SIZE	(BANK_WANDERS * BANK_NOISES)

struct bank {
	struct kalman	k[BANK_SIZE];	/* by noise, then by wander */
	double		loglik[BANK_SIZE]; /* forgetting sum */
	double		weight[BANK_SIZE]; /* of it, sum 1 */
	double		wander_least;	/* limits of the wanders, s/s per */
	double		wander_most;	/* sqrt(s); the owner's to set */
};

struct bank_sample {
	double		z;		/* s */
	double		half_s;		/* box, see kalman.h */
	double		var_s2;		/* what the clocks' precision hides */
	double		tilt;		/* 0: jitter is the same both ways */
	double		scale_s;	/* median innovation lately */
};

/* The bank as one Gaussian. */
struct mixture {
	struct kalman	k;
	double		noise_s2;	/* variance that the delay hides */
};

void	bank_init(struct bank *b, double f, double f_sd,
	    const struct bank_sample *first);
/* Of a filter, s/s per sqrt(s), within the limits. */
double	bank_get_wander(const struct bank *b, int index);
void	bank_advance(struct bank *b, double dt);
void	bank_mix(const struct bank *b, double scale_s, struct mixture *m);
/* What the bank made of a sample. */
struct bank_verdict {
	double		loglik;		/* outliers allowed for */
	double		outlier;	/* log density if it is one */
};

/* Take a sample at the time that the bank was advanced to. */
void	bank_update(struct bank *b, const struct bank_sample *s,
	    struct bank_verdict *v);
/* The sample as filter number index sees it. */
void	bank_see(const struct bank_sample *s, int index,
	    struct kalman_sample *out);
/*
 * Log-likelihood of a sample for which a filter says loglik and the outlier's
 * density says outlier; *weight: probability that it is no outlier.
 */
double	bank_doubt(double loglik, double outlier, double *weight);
/* The most likely filter. */
int	bank_get_best(const struct bank *b);
/* All filters from one state; their likelihoods from loglik. */
void	bank_set(struct bank *b, const struct kalman *k,
	    const double loglik[BANK_SIZE]);
/*
 * The frequency changes by df, after_s from now: the line bends there.  With
 * variances of the change and of the offset after it.
 */
void	bank_bend(struct bank *b, double df, double after_s, double var_f,
	    double var_x);
/* Less is known than was thought: all variances times factor. */
void	bank_widen(struct bank *b, double factor);
void	bank_shift(struct bank *b, double shift_s, double var_s2);

#endif
