/*
 * One filter over the samples of all combined sources.  Pure.
 *
 * Offsets as in estimator.h: true time - CLOCK_MONOTONIC_RAW.
 */
#ifndef ENGINE_ENSEMBLE_H
#define ENGINE_ENSEMBLE_H

#include <stdint.h>

#include "ntpd/engine/estimator.h"

struct ensemble {
	struct bank	bank;
	int64_t		base_ns;	/* of x */
	int64_t		raw_ns;		/* of the state */
	uint64_t	count;		/* samples since the start; 0: off */
	int		learnt;		/* the bank has its weights */
};

void	ensemble_init(struct ensemble *e);
/*
 * Begin (again) with what is known otherwise; what was learnt of the wander
 * stays.
 */
void	ensemble_start(struct ensemble *e, int64_t raw_ns, int64_t y_ns,
	    double freq, double var_y, double var_f);
/* Off until the next start. */
void	ensemble_stop(struct ensemble *e);
/*
 * A sample of one of them, as that one's estimator took it (box; its z is not
 * used), var_s2: what is not known of its bias.  It may be somewhat older than
 * the last one: another's answer took longer.
 */
void	ensemble_add(struct ensemble *e, int64_t raw_ns, int64_t y_ns,
	    const struct bank_sample *box, double var_s2);
/* Time or the raw clock jumped: shift, known to sd_s. */
void	ensemble_disturb(struct ensemble *e, int64_t shift_ns, double sd_s);
/* At raw_ns (y_ns, freq, var_y, var_f of it). -1 while it is off. */
int	ensemble_predict(const struct ensemble *e, int64_t raw_ns,
	    struct estimate *out);

#endif
