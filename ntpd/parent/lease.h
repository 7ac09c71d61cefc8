/*
 * Arithmetic of rates and leases.  Pure.
 */
#ifndef PARENT_LEASE_H
#define PARENT_LEASE_H

#include <stdint.h>

#define LEASE_RATE_MAX_PPM	100000.0	/* kernel: tick +-10 % */
#define LEASE_FREQ_MAX_PPM	500.0		/* kernel: freq */
#define LEASE_FREQ_UNIT		65536.0		/* adjtimex(2): 2^-16 ppm */
#define LEASE_SPIN_NS		20000
#define LEASE_HOLD_NS		(600 * 1000000000LL)
#define LEASE_HOLD_PPM		1.0

/*
 * The kernel's two knobs: the length of a tick in microseconds (100 ppm each
 * at 100 ticks a second) and the frequency in 2^-16 ppm.
 */
struct lease_rate {
	int64_t		tick_us;
	int64_t		freq;
};

/* A reading of two clocks, bracketed: REALTIME between two of the other. */
struct lease_pair {
	int64_t		raw_ns;		/* MONOTONIC_RAW, middle */
	int64_t		real_ns;
	int64_t		width_ns;	/* between the two readings */
};

/* The frequency that may be trusted: one that held for ten minutes. */
struct lease_hold {
	double		anchor_ppm;
	double		last_ppm;
	double		good_ppm;
	int64_t		since_ns;	/* MONOTONIC_RAW */
};

/*
 * Splits a rate.  Small ones leave the tick nominal, so that they change only
 * the frequency.  nominal_us: 1e6 / USER_HZ.  Saturates at LEASE_RATE_MAX_PPM.
 */
struct lease_rate lease_rate_split(double ppm, int64_t nominal_us);
double	lease_rate_join(const struct lease_rate *rate, int64_t nominal_us);
/*
 * How long MONOTONIC runs while MONOTONIC_RAW runs left_ns, when the clock
 * runs at rate_ppm: MONOTONIC is slewed as REALTIME is.  In us, rounded down,
 * at least 1.
 */
int64_t	lease_wait_us(int64_t left_ns, double rate_ppm);

void	lease_hold_init(struct lease_hold *h, int64_t now_ns,
	    double base_ppm);
/* The base frequency was changed (or asked for again) at now_ns. */
void	lease_hold_change(struct lease_hold *h, int64_t now_ns,
	    double base_ppm);
/* Within 1 ppm for ten minutes, last time; at first: that of init. */
double	lease_hold_good(struct lease_hold *h, int64_t now_ns);

#endif
