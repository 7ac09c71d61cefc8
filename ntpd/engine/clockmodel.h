/*
 * What the engine knows of the system clock: how REALTIME ran against
 * MONOTONIC_RAW lately, what was asked of the parent and not answered yet,
 * and the running slew lease.  Pure.
 *
 * With the `none' back end (-x) the steered clock is REALTIME, which somebody
 * else may keep right, until it is to be changed for the first time; from then
 * on it is imaginary and follows what was asked, on the raw clock.
 */
#ifndef ENGINE_CLOCKMODEL_H
#define ENGINE_CLOCKMODEL_H

#include <stdint.h>

struct msg_clock;

#define CLOCKMODEL_SEGMENTS	8

/* Both clocks read together, and the time spent suspended since boot. */
struct clock_pair {
	int64_t		raw_ns;
	int64_t		real_ns;
	int64_t		sleep_ns;	/* BOOTTIME - MONOTONIC */
};

struct clockmodel {
	struct {
		int64_t	raw_ns;		/* start */
		int64_t	real_ns;	/* REALTIME at the start */
		double	rate;		/* d real/d raw - 1 */
	}		seg[CLOCKMODEL_SEGMENTS];
	unsigned	nseg;		/* newest is seg[nseg - 1] */
	int		ready;		/* CLOCK_STATE came */
	int		none;		/* -x */
	int		jumped;		/* -x: perhaps to another rate */
	int		imaginary;	/* the steered clock is */
	uint32_t	pending;	/* id of the unanswered request or 0 */
	double		base_ppm;	/* after the lease */
	double		rate_ppm;	/* now */
	int64_t		end_raw_ns;	/* of the lease; 0: none */
	int64_t		steer_raw_ns;	/* imaginary clock: anchor */
	int64_t		steer_ns;
	int64_t		sleep_ns;
	uint32_t	steps_left;
};

void	clockmodel_init(struct clockmodel *m);
/* CLOCK_STATE, CLOCK_DONE, CLOCK_LEASE_END of the parent. */
void	clockmodel_answer(struct clockmodel *m, const struct msg_clock *c);
/*
 * By how much REALTIME had jumped, not by us, when the parent began with what
 * it answers now; 0: explained.  To be asked before clockmodel_answer().
 */
int64_t	clockmodel_answer_jump(const struct clockmodel *m,
	    const struct msg_clock *c);
/*
 * A reading of both clocks.  Returns by how much REALTIME jumped against what
 * is known (0 when explained): somebody else changed the clock.  While a
 * change of ours is under way nothing can be said, and 0 is returned.
 */
int64_t	clockmodel_observe(struct clockmodel *m, const struct clock_pair *p);
/* True when a change of ours may have happened already, unanswered. */
int	clockmodel_uncertain(const struct clockmodel *m, int64_t raw_ns);
/*
 * MONOTONIC_RAW for a REALTIME stamp taken lately, at or before now.
 * -1 when it cannot be told (the clock was stepped in between).
 */
int	clockmodel_raw(const struct clockmodel *m,
	    const struct clock_pair *now, int64_t real_ns, int64_t *raw_ns);
/* The steered clock (REALTIME, or the imaginary one) at a pair. */
int64_t	clockmodel_steered(const struct clockmodel *m,
	    const struct clock_pair *p);
/* The same, minus the raw clock. */
int64_t	clockmodel_steer_ns(const struct clockmodel *m,
	    const struct clock_pair *p);
/* Rate of REALTIME against RAW now, as - 1. */
double	clockmodel_real_rate(const struct clockmodel *m);

#endif
