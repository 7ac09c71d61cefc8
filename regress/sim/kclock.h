/*
 * A simulated computer's clocks: an oscillator that errs and wanders, and on
 * it the three clocks of Linux that matter (MONOTONIC_RAW, REALTIME, the time
 * spent suspended) with what adjtimex(2) does to them.  Pure.
 *
 * Simulated time is true time in ns since the start of the run; it only goes
 * forward.  Frequencies are s/s, > 0: the clock gains.
 */
#ifndef REGRESS_SIM_KCLOCK_H
#define REGRESS_SIM_KCLOCK_H

#include <stdint.h>
#include <sys/timex.h>

#include "regress/uml/model.h"

#define KCLOCK_TICK_US	10000	/* nominal: USER_HZ is 100 */

struct kclock {
	struct rng	rng;
	int64_t		at_ns;		/* all below is of this instant */
	double		freq;		/* of RAW against truth */
	double		wander;		/* s/s per sqrt(s) */
	int64_t		raw_ns;
	double		raw_frac;	/* of a ns */
	int64_t		real_ns;
	double		real_frac;
	int64_t		sleep_ns;
	int		stopped;	/* suspended, or the VM is paused */
	/* adjtimex(2) */
	long		tick_us;
	long		freq_scaled;	/* 2^-16 ppm */
	int		status;		/* STA_* */
	long		maxerror_us;	/* at error_at_ns */
	long		esterror_us;
	int64_t		error_at_ns;
	int		leap;		/* TIME_OK, INS, DEL, OOP, WAIT */
	int64_t		leap_real_ns;	/* midnight that it is for */
	/* a new rate counts from here on, when the kernel gets to it */
	double		rate;		/* of REALTIME against RAW, as - 1 */
	double		rate_next;
	int64_t		rate_at_ns;
	int64_t		latency_ns;	/* until then */
	int64_t		resolution_ns;	/* of reading */
	/* for the meter and the invariants */
	int64_t		set_ns;		/* sum of what it was set by */
	int64_t		leap_ns;	/* sum of leap seconds */
	uint64_t	sets;
};

void	kclock_init(struct kclock *k, uint64_t seed, uint64_t stream,
	    int64_t raw_ns, int64_t real_ns, double freq, double wander);
/* On to this instant; earlier ones are where it is already. */
void	kclock_advance(struct kclock *k, int64_t to_ns);
/* Readings, at the resolution. */
int64_t	kclock_raw(const struct kclock *k);
int64_t	kclock_real(const struct kclock *k);
/* clock_adjtime(CLOCK_REALTIME, tx): the state, or -1 with errno. */
int	kclock_adjtime(struct kclock *k, struct timex *tx);
/* clock_settime(2) by somebody: moves REALTIME. */
void	kclock_set(struct kclock *k, int64_t by_ns);
/* The maximum error that the kernel publishes now, and is it synchronised? */
double	kclock_maxerror_s(const struct kclock *k, int *synced);
/* When (simulated time) RAW will be raw_ns if the frequency stays. */
int64_t	kclock_when(const struct kclock *k, int64_t raw_ns);
/* It stands still; and goes on. slept_ns: told by the RTC, 0 for a VM. */
void	kclock_stop(struct kclock *k);
void	kclock_resume(struct kclock *k, int64_t slept_ns, int64_t error_ns);

#endif
