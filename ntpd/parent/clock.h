/*
 * The clock: asks the guard, drives a back end, holds the slew lease's timer
 * and says exactly what was done.
 */
#ifndef PARENT_CLOCK_H
#define PARENT_CLOCK_H

#include <stdint.h>

#include "ntpd/parent/clock_backend.h"
#include "ntpd/parent/clockguard.h"
#include "ntpd/parent/lease.h"
#include "privsep/messages.h"

struct event;
struct event_base;
struct restore;

#define CLOCK_RECORD_PPM	50.0	/* leases above this are recorded */
#define CLOCK_LARGE_PPM		500.0	/* above: nothing may delay its end */
#define CLOCK_REFUSAL_NS	(60 * 1000000000LL)	/* log one a minute */

struct clock_params {
	struct event_base	*base;		/* NULL: no timer (tests) */
	const struct clock_backend *backend;
	struct clockguard_policy policy;
	struct restore		*restore;	/* NULL: nothing recorded */
	int			 rtcsync;
	/* A lease ran to its end; not called when one was replaced. */
	void			(*lease_ended)(void *ctx,
				    const struct msg_clock *c);
	void			*ctx;
};

struct clock {
	struct clock_params	 p;
	struct clock_kernel	 kernel;
	struct clockguard	 guard;
	struct lease_hold	 hold;
	struct event		*timer;
	double			 base_ppm;
	int			 base_held;	/* when an engine ended */
	double			 rate_ppm;	/* base and slew */
	int64_t			 end_raw_ns;	/* 0: no lease */
	int64_t			 said_ns[CLOCKGUARD_REASONS];
	uint64_t		 said[CLOCKGUARD_REASONS];
	uint64_t		 leases;
	uint64_t		 steps;
	uint64_t		 failed;	/* by the kernel */
};

/*
 * Opens the back end and sets the frequency.  drift: of the drift file, or
 * NULL: the kernel's own frequency is kept, if it is sane.  0, or -1 when the
 * clock cannot be driven (logged).
 */
int	clock_open(struct clock *c, const struct clock_params *params,
	    const struct msg_drift *drift);
/* Another policy, by a reload; a lease that runs goes on. */
void	clock_set_policy(struct clock *c,
	    const struct clockguard_policy *policy, int rtcsync);
/* A running lease is ended; the base frequency stays in the kernel. */
void	clock_close(struct clock *c);

/* Requests of the engine. Each fills its one CLOCK_DONE. */
void	clock_freq(struct clock *c, const struct msg_freq *m,
	    struct msg_clock *done);
void	clock_slew(struct clock *c, const struct msg_slew *m,
	    struct msg_clock *done);
void	clock_step(struct clock *c, const struct msg_step *m,
	    struct msg_clock *done);
/* The error figures for the kernel. */
void	clock_status(struct clock *c, const struct msg_status *m);
/* CLOCK_STATE: how things are now. */
void	clock_state(struct clock *c, struct msg_clock *state);
/* An operator changes the clock: more is allowed for a moment. */
void	clock_operator(struct clock *c);
/* An operator's makestep: from now on these steps are allowed. */
void	clock_makestep(struct clock *c, double threshold_s, int32_t limit);
/* The engine died: no lease, and the last frequency that held. */
void	clock_engine_gone(struct clock *c);
/* In a large slew, whose timer must not wait for a disk. */
int	clock_is_slewing(const struct clock *c);
/*
 * The lease's timer.  Ends the lease when it is over at MONOTONIC_RAW, or
 * waits for the rest; returns the us still to wait, 0 when it is over.
 */
int64_t	clock_expire(struct clock *c);

#endif
