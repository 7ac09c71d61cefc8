/*
 * The estimator of one source: from samples of (server time - raw clock) to
 * offset and frequency with their covariance.  Pure.
 *
 * It works on CLOCK_MONOTONIC_RAW, which nobody slews or steps, so samples
 * stay valid whatever happens to the system clock.  Offsets are large integers
 * (ns since 1970 minus ns since boot); inside, doubles relative to a base.
 */
#ifndef ENGINE_ESTIMATOR_H
#define ENGINE_ESTIMATOR_H

#include <stdint.h>

#define ESTIMATOR_WANDERS	15	/* 10^-12.5 .. 10^-5.5 */
#define ESTIMATOR_FLOORS	4	/* of noise that the delay hides */
#define ESTIMATOR_BANK		(ESTIMATOR_WANDERS * ESTIMATOR_FLOORS)
#define ESTIMATOR_SURPRISES	32	/* innovations that tell its scale */
#define ESTIMATOR_DELAYS	256	/* window of the minimum delay */
#define ESTIMATOR_RESIDUALS	64	/* kept for sourcestats */

struct estimator_sample {
	int64_t		raw_ns;		/* MONOTONIC_RAW, middle */
	int64_t		y_ns;		/* server time - raw */
	double		delay_s;	/* round trip, >= 0 */
	double		disp_s;		/* precisions, > 0 */
};

struct estimator_filter {		/* two-state Kalman filter */
	double		x;		/* offset from base, s */
	double		f;		/* d x / d raw, s/s */
	double		pxx;
	double		pxf;
	double		pff;
	double		loglik;		/* forgetting sum */
};

struct estimator {
	struct estimator_filter	bank[ESTIMATOR_BANK];
	double		delays[ESTIMATOR_DELAYS];
	double		surprises[ESTIMATOR_SURPRISES];
	uint64_t	nsurprises;
	struct {
		int64_t	raw_ns;
		int64_t	y_ns;
	}		residuals[ESTIMATOR_RESIDUALS];
	uint64_t	count;		/* samples since init or a jump */
	uint32_t	jumps;		/* unexplained samples in a row */
	uint32_t	resets;		/* jumps without calm in between */
	int64_t		base_ns;	/* of x */
	int64_t		last_raw_ns;	/* of the state */
	double		noise_s;	/* typical sd of a sample */
	double		excess_s;	/* median, over the minimum delay */
	double		init_f;
	double		init_f_sd;
	double		last_innovation_s;
	double		last_innovation_sd;
};

struct estimate {
	int64_t		y_ns;		/* server time - raw, at the instant */
	double		freq;		/* its growth, s/s of raw */
	double		var_y;		/* s^2 */
	double		var_f;		/* (s/s)^2 */
	double		noise_s;	/* sd of one more sample */
	double		grow_s;		/* sd that the offset would gain over
					 * the span given to predict */
};

struct estimator_stats {		/* in chrony's sense */
	uint32_t	samples;
	uint32_t	runs;
	double		span_s;
	double		sd_s;
};

/*
 * init_f: d y/d raw known beforehand (drift file, kernel), s/s, and its
 * standard deviation (100 ppm when nothing is known).
 */
void	estimator_init(struct estimator *e, double init_f, double init_f_sd);
/*
 * Take a sample.  Samples must come in the order of raw_ns; 0, or -1 when one
 * does not (it is ignored).  Weighs by the excess over the minimum delay:
 * variance excess^2/12 (the error is uniform given the delay), plus a floor
 * for noise that the delay does not show, which the bank finds out.
 */
int	estimator_add(struct estimator *e, const struct estimator_sample *s);
/* The raw clock jumped against time (suspend): shift, with this sd. */
void	estimator_disturb(struct estimator *e, int64_t shift_ns, double sd_s);
/*
 * Estimate at raw_ns (not before the last sample); grow_s is for ahead_s
 * seconds more.  -1 while there is no sample.
 */
int	estimator_predict(const struct estimator *e, int64_t raw_ns,
	    double ahead_s, struct estimate *out);
void	estimator_get_stats(const struct estimator *e,
	    struct estimator_stats *out);

#endif
