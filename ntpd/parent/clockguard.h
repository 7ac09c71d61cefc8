/*
 * The clock guard: policy over everything the engine asks of the clock.  The
 * engine reads packets and may one day be taken over; the guard bounds what
 * it can then do.  Pure: no clock is read, time comes as MONOTONIC_RAW.
 *
 * Absolute limits, always:
 *   frequency   |base| <= maxdrift, CLOCKGUARD_BASE_PPM at most.  Quartz is
 *               within 200 ppm, a badly calibrated TSC within 500.
 *   slew        |slew| <= maxslewrate; a lease lasts a day at most.
 *   steps       only those of `makestep' (size, number; with `makestep X -1'
 *               at most CLOCKGUARD_STEPS an hour), the one of -q, and one
 *               within CLOCKGUARD_OPERATOR_NS of an operator's command.
 *               Never to before the floor or past 2^62 ns (2116).
 *               The engine counts clock updates for makestep's limit
 *               exactly; the guard ends the permission after
 *               CLOCKGUARD_UPDATES times as many synchronised reports.
 *   requests    CLOCKGUARD_REQUESTS a minute.
 *
 * The budget, over a sliding window of one hour in 60 buckets, counts
 *   path        the sum of |steps| and |time slewed|, in seconds, after a
 *               dead band of 10 ms: noise that goes to and fro costs nothing;
 *   frequency   the sum of |changes of base| times the window (what the
 *               change does to the clock in an hour), dead band 1 ppm.
 *
 * While the clock is being set, which is until CLOCKGUARD_SETTLE_NS of
 * synchronised reports with less than 0.5 s of path and 50 ppm of frequency
 * moves, and again after a permitted step:
 *   frequency   72 s, which is 20000 ppm: ten swings over the whole range
 *   waste       path - |net| <= 60 s.  Slewing a day's offset at 83333 ppm
 *               goes one way and wastes nothing; a wrong first measurement
 *               wastes twice its size; an oscillating engine wastes all.
 *   steps are limited by number, not by the sum: makestep must be able to
 *   set a clock that is years off.
 * Once settled, path and frequency together may be CLOCKGUARD_SETTLED_S = 5 s
 * an hour.  An honest clock uses some 0.1 s of it; one that ran free for a
 * week at 10 ppm needs 6 s.  Beyond that there is a reserve for a clock that
 * truly lost time (a virtual machine that was paused, with nobody to log in):
 * CLOCKGUARD_RESERVE_S = 1000 s, which come back within a day, one way only
 * (waste at most 5 s) and only as slews.  1000 s is the offset above which
 * the NTP reference implementation gives up.  A taken-over engine can move
 * the clock by 1000 s, then by 1000 s a day, one way and never as a jump, with
 * every refusal in the log.  What must move more needs an operator's
 * makestep, `makestep X -1' or a restart of the daemon: from here it cannot be
 * told from an attack.
 *
 * An operator's command (makestep, settime, doffset, dfreq) is announced by
 * the control process.  The change that follows within 5 s is held to the
 * limits of a clock that is being set, and sets the clock free like a step.
 * A control process that was taken over can announce what it likes, but that
 * moves nothing: it takes the engine, too, and then the limits are those of a
 * clock that is being set, for ever: 16 steps an hour, never to before the
 * floor, 60 s of waste an hour, 72 s of frequency.
 */
#ifndef PARENT_CLOCKGUARD_H
#define PARENT_CLOCKGUARD_H

#include <stdint.h>

#define CLOCKGUARD_BASE_PPM	1000.0
#define CLOCKGUARD_SLEW_PPM	100000.0	/* what maxslewrate may be */
#define CLOCKGUARD_LEASE_NS	(86400 * 1000000000LL)
#define CLOCKGUARD_MINUTE_NS	(60 * 1000000000LL)
#define CLOCKGUARD_BUCKETS	60
#define CLOCKGUARD_WINDOW_S	3600.0
#define CLOCKGUARD_WASTE_S	60.0
#define CLOCKGUARD_FREQ_S	72.0
#define CLOCKGUARD_SETTLED_S	5.0
#define CLOCKGUARD_RESERVE_S	1000.0
#define CLOCKGUARD_RESERVE_DAY_S 86400.0	/* to have it all again */
#define CLOCKGUARD_SETTLE_NS	(900 * 1000000000LL)
#define CLOCKGUARD_CALM_S	0.5
#define CLOCKGUARD_CALM_PPM	50.0
#define CLOCKGUARD_BAND_S	0.01
#define CLOCKGUARD_BAND_PPM	1.0
#define CLOCKGUARD_STEPS	16
#define CLOCKGUARD_REQUESTS	10000
#define CLOCKGUARD_UPDATES	8
#define CLOCKGUARD_OPERATOR_NS	(5 * 1000000000LL)
#define CLOCKGUARD_TIME_MAX_NS	(1LL << 62)

enum clockguard_reason {
	CLOCKGUARD_OK,
	CLOCKGUARD_VALUE,		/* not a number, or absurd */
	CLOCKGUARD_BASE,		/* frequency out of range */
	CLOCKGUARD_SLEW,		/* faster than maxslewrate */
	CLOCKGUARD_LEASE,		/* longer than a day */
	CLOCKGUARD_STEP,		/* nothing permits it */
	CLOCKGUARD_SMALL,		/* below makestep's threshold */
	CLOCKGUARD_OFTEN,		/* too many steps in the window */
	CLOCKGUARD_FLOOR,		/* to before the time floor */
	CLOCKGUARD_CEILING,		/* to after 2116 */
	CLOCKGUARD_WASTE_LIMIT,		/* to and fro */
	CLOCKGUARD_FREQ_LIMIT,		/* frequency moved too much */
	CLOCKGUARD_SETTLED_LIMIT,	/* a right clock moved too much */
	CLOCKGUARD_FLOOD,		/* too many requests */
	CLOCKGUARD_REASONS
};

struct clockguard_policy {
	double		slew_limit_ppm;	/* maxslewrate; cut to SLEW_PPM */
	double		base_limit_ppm;	/* maxdrift; cut to BASE_PPM */
	double		makestep_s;	/* >= 0 */
	int32_t		makestep_limit;	/* < 0: always, 0: never */
	int		oneshot;	/* -q: one step */
	int64_t		floor_ns;	/* since 1970 */
	int64_t		operator_floor_ns;	/* for an operator's step */
};

struct clockguard_bucket {
	int64_t		minute;		/* MONOTONIC_RAW / 60 s; -1: empty */
	double		path_s;
	double		net_s;		/* signed */
	double		freq_ppm;
	uint32_t	steps;
	uint32_t	requests;
};

struct clockguard {
	struct clockguard_policy policy;
	struct clockguard_bucket buckets[CLOCKGUARD_BUCKETS];
	double		lease_ppm;	/* the running one; 0: none */
	int64_t		lease_end_ns;
	int64_t		lease_done_ns;	/* counted up to here */
	double		pending_s;	/* inside the dead band */
	double		freq_anchor_ppm;
	double		reserve_s;	/* what is left of it */
	int64_t		reserve_at_ns;	/* counted up to here */
	int64_t		synced_since_ns;	/* -1: is not */
	int64_t		operator_end_ns;	/* 0: not asked */
	uint32_t	steps;		/* used of makestep's */
	uint32_t	updates;	/* synchronised reports */
	int		oneshot_used;
	int		settled;
	uint64_t	refused[CLOCKGUARD_REASONS];
};

/* base_ppm: the frequency that the clock has now. */
void	clockguard_init(struct clockguard *g,
	    const struct clockguard_policy *policy, double base_ppm);
/*
 * Another policy from now on; what was done under the old one counts, and the
 * time floors stay.
 */
void	clockguard_set_policy(struct clockguard *g,
	    const struct clockguard_policy *policy);
/*
 * May this be done at now_ns (MONOTONIC_RAW)?  OK: it is counted as done and
 * replaces a running lease.  Otherwise nothing changes but the counters.
 */
enum clockguard_reason clockguard_freq(struct clockguard *g, int64_t now_ns,
	    double base_ppm);
/* A lease that has ended already is a mere frequency. */
enum clockguard_reason clockguard_slew(struct clockguard *g, int64_t now_ns,
	    double base_ppm, double slew_ppm, int64_t end_ns);
/* real_ns: REALTIME at now_ns; oneshot: the step of -q. */
enum clockguard_reason clockguard_step(struct clockguard *g, int64_t now_ns,
	    int64_t real_ns, double base_ppm, int64_t delta_ns, int oneshot);
/* The lease was ended (engine gone, kernel failed) at now_ns. */
void	clockguard_cancel(struct clockguard *g, int64_t now_ns);
/*
 * An operator set the limits of makestep anew: so many steps from now on.  The
 * window's limit holds all the same.
 */
void	clockguard_makestep(struct clockguard *g, double threshold_s,
	    int32_t limit);
/*
 * An operator commanded a change, which may come within 5 s: one step, or one
 * slew or frequency that a right clock may otherwise not have.  The limits of
 * a clock that is being set hold for it.
 */
void	clockguard_operator(struct clockguard *g, int64_t now_ns);
/* The engine reports its state after an update; -1: too many requests. */
int	clockguard_status(struct clockguard *g, int64_t now_ns, int synced);
/* How many steps makestep or -q still allow; INT32_MAX: any number. */
uint32_t clockguard_steps_left(const struct clockguard *g);
/*
 * A leap second may be given to the kernel only on the last UTC day of June
 * or December (ITU-R TF.460-6's first choices, the only ones ever used).
 */
int	clockguard_leap_day(int64_t real_ns);
/* Sentence for the log. */
const char *clockguard_text(enum clockguard_reason reason);
/* All refusals so far. */
uint64_t clockguard_refused(const struct clockguard *g);

#endif
