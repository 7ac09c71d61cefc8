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

#include "ntpd/engine/bank.h"
#include "ntpd/engine/delays.h"
#include "ntpd/engine/jump.h"

#define ESTIMATOR_SURPRISES	32	/* innovations that tell its scale */
#define ESTIMATOR_HISTORY	64	/* samples kept, as chrony does */

struct estimator_conf {			/* what a user may insist on */
	uint32_t	minsamples;	/* at least so long a memory; 0 */
	uint32_t	maxsamples;	/* at most so many count; 0: no limit */
	double		asymmetry;	/* see below; NAN: find */
	double		mindelay_s;	/* < 0: find */
};

struct estimator_sample {
	int64_t		raw_ns;		/* MONOTONIC_RAW, middle */
	int64_t		y_ns;		/* server time - raw */
	double		delay_s;	/* round trip, >= 0 */
	double		disp_s;		/* precisions, > 0 */
};

struct estimator {
	struct estimator_conf	conf;
	struct bank	bank;
	struct jump	jump;
	struct delays	delays;
	float		surprises[ESTIMATOR_SURPRISES];
	float		surprises_sorted[ESTIMATOR_SURPRISES];
	float		out[ESTIMATOR_HISTORY];	/* excess of each direction */
	float		out_sorted[ESTIMATOR_HISTORY];
	float		back[ESTIMATOR_HISTORY];
	float		back_sorted[ESTIMATOR_HISTORY];
	uint64_t	nsurprises;
	uint64_t	nexcess;
	struct bank_sample	box;	/* the last one, as it was taken */
	struct estimator_sample	history[ESTIMATOR_HISTORY];
	uint64_t	count;		/* samples since init or a jump */
	uint32_t	jumps;		/* unexplained samples in a row */
	struct estimator_sample	strange; /* the last of them */
	uint32_t	resets;		/* jumps without calm in between */
	uint32_t	freq_jumps;	/* seen in all */
	struct jump_found found;	/* the last of them */
	int64_t		base_ns;	/* of the bank's x */
	int64_t		last_raw_ns;	/* of the state */
	double		noise_s;	/* typical sd of a sample */
	double		excess_s;	/* median, over the minimum delay */
	double		asymmetry;	/* -0.5: all jitter is on the way to the
					 * server, 0.5: on the way back */
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

/* Nothing insisted on. */
extern const struct estimator_conf estimator_conf_default;

/*
 * init_f: d y/d raw known beforehand (drift file, kernel), s/s, and its
 * standard deviation (100 ppm when nothing is known).
 */
void	estimator_init(struct estimator *e, const struct estimator_conf *conf,
	    double init_f, double init_f_sd);
/* Insist on something else from now on; what was measured stays. */
void	estimator_change(struct estimator *e,
	    const struct estimator_conf *conf);
/* Before the first sample: a better guess of init_f. */
void	estimator_guess(struct estimator *e, double init_f, double init_f_sd);
/*
 * Take a sample.  Samples must come in the order of raw_ns; 0, or -1 when one
 * does not, or when it cannot be true and is left out.
 */
int	estimator_add(struct estimator *e, const struct estimator_sample *s);
/* The raw clock jumped against time (suspend): shift, with this sd. */
void	estimator_disturb(struct estimator *e, int64_t shift_ns, double sd_s);
/*
 * Does it know better, having had a sample since a jump that another one, whose
 * last sample was at raw_ns, has found?
 */
int	estimator_denies_jump(const struct estimator *e, int64_t raw_ns,
	    const struct jump_found *found);
/*
 * Another source, whose last sample was at raw_ns, has found that the frequency
 * of the oscillator jumped: so it did here.
 */
void	estimator_tell_jump(struct estimator *e, int64_t raw_ns,
	    const struct jump_found *found);
/*
 * Estimate at raw_ns (not before the last sample); grow_s is for ahead_s
 * seconds more.  -1 while there is no sample.
 */
int	estimator_predict(const struct estimator *e, int64_t raw_ns,
	    double ahead_s, struct estimate *out);
/* The last samples that look like a line; sourcestats.c. */
void	estimator_get_stats(const struct estimator *e,
	    struct estimator_stats *out);

#endif
