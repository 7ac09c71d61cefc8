/*
 * One hypothesis about a source: offset and frequency as a Gaussian, moved on
 * by a clock that wanders and corrected by samples whose error is bounded by
 * their delay.  Pure.
 */
#ifndef ENGINE_KALMAN_H
#define ENGINE_KALMAN_H

struct kalman {
	double		x;		/* offset, s */
	double		f;		/* d x / d t, s/s */
	double		pxx;		/* covariance */
	double		pxf;
	double		pff;
};

struct kalman_sample {
	double		z;		/* measured offset, s */
	double		half_s;		/* the error is within this, 0: not */
	double		var_s2;		/* and Gaussian on top of it */
	double		tilt;		/* 1/s: > 0: the delay was rather on
					 * the way back, so z is too low */
};

/* What a sample says of a hypothesis. */
struct kalman_fit {
	double		loglik;		/* of the sample */
	double		slope;		/* d loglik / d x */
	double		curve;		/* d2 loglik / d x2 */
};

/* dt seconds pass; wander: random walk of the frequency, s/s per sqrt(s). */
void	kalman_advance(struct kalman *k, double wander, double dt);
void	kalman_fit(const struct kalman *k, const struct kalman_sample *s,
	    struct kalman_fit *out);
/* Correct k; weight 0..1: the probability that the sample is no outlier. */
void	kalman_apply(struct kalman *k, const struct kalman_fit *fit,
	    double weight);

#endif
