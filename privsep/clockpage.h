/*
 * The clock page: the state of the time service in one page of shared
 * memory.  The engine writes it, servers and control read it, nobody waits.
 * The parent makes the memfd; readers hold a descriptor opened read-only.
 *
 * A reader trusts nothing: the page could be written by a taken-over engine,
 * so every field is checked for its range, and retries are bounded.
 */
#ifndef PRIVSEP_CLOCKPAGE_H
#define PRIVSEP_CLOCKPAGE_H

#include <stdatomic.h>
#include <stdint.h>

#define CLOCKPAGE_MAGIC		0x6e747031u	/* "ntp1" */
#define CLOCKPAGE_SIZE		4096
#define CLOCKPAGE_RETRIES	64
#define CLOCKPAGE_RATE_BITS	50	/* rates are in units of 2^-50 s/s */
#define CLOCKPAGE_RATE_MAX	(1LL << 48)	/* 25 % */

/* leap indicator as on the wire, RFC 5905 7.3 */
#define CLOCKPAGE_LEAP_NONE	0
#define CLOCKPAGE_LEAP_INSERT	1
#define CLOCKPAGE_LEAP_DELETE	2
#define CLOCKPAGE_LEAP_UNSYNC	3

/*
 * The engine's best estimate of true time is a function of a REALTIME
 * reading r:
 *	r <  end_real:  r + corr + rate       * (r - anchor_real)
 *	r >= end_real:  the value at end_real, then rate_after from there on
 * (an end at or before the anchor: rate_after alone, from the anchor)
 * and REALTIME itself is expected to run against MONOTONIC_RAW at real_rate
 * (before end_real) and real_rate_after.
 */
struct clockpage_data {
	int64_t		anchor_raw_ns;	/* MONOTONIC_RAW and REALTIME read */
	int64_t		anchor_real_ns;	/* together; real is since 1970 */
	int64_t		sleep_ns;	/* BOOTTIME - MONOTONIC there: the
					 * time that RAW does not count */
	int64_t		corr_ns;	/* true - REALTIME at the anchor */
	int64_t		rate;		/* of corr, 2^-50 */
	int64_t		rate_after;	/* of corr, 2^-50 */
	int64_t		end_real_ns;	/* REALTIME instant */
	int64_t		real_rate;	/* d(REAL)/d(RAW) - 1, 2^-50 */
	int64_t		real_rate_after;
	int64_t		ref_time_ns;	/* last update, true time; 0: never */
	int64_t		root_delay_ns;	/* >= 0 */
	int64_t		root_disp_ns;	/* at the anchor, >= 0 */
	int64_t		root_disp_rate;	/* growth, 2^-50 */
	uint32_t	refid;		/* host order: 0x7f7f0101 local */
	uint8_t		leap;		/* CLOCKPAGE_LEAP_* */
	uint8_t		stratum;	/* 1..15; 16: not synchronised */
	int8_t		precision_log2;	/* -32..0 */
	uint8_t		pad;
};

struct clockpage {
	uint32_t		magic;
	uint32_t		size;	/* sizeof(struct clockpage) */
	_Atomic uint32_t	seq;	/* odd while it is being written */
	uint32_t		pad;
	struct clockpage_data	data;
};

/* Rate as double s/s to and from fixed point (saturates at RATE_MAX). */
int64_t	clockpage_rate_from_double(double rate);
double	clockpage_rate_to_double(int64_t rate);
/* rate (2^-50) times span_ns, without overflow. */
int64_t	clockpage_scale(int64_t rate, int64_t span_ns);

/* Makes an empty page: unsynchronised, stratum 16. */
void	clockpage_init(struct clockpage *page);
/* Writer: publish a whole new state. */
void	clockpage_write(struct clockpage *page,
	    const struct clockpage_data *data);
/* Reader: 0 and a consistent, range-checked copy; -1 otherwise. */
int	clockpage_read(const struct clockpage *page,
	    struct clockpage_data *data);
/* True time (ns since 1970) for a REALTIME reading. */
int64_t	clockpage_true_ns(const struct clockpage_data *d, int64_t real_ns);
/* Root dispersion now, in ns, >= root_disp_ns. */
int64_t	clockpage_root_disp_ns(const struct clockpage_data *d,
	    int64_t real_ns);
/*
 * How far a REALTIME reading is from what the page expects at a
 * MONOTONIC_RAW reading taken with it.  A reader that sees more than
 * CLOCKPAGE_SLIP_NS (plus 1e-6 of the age) must not use the page: the clock
 * was changed and the change is not published yet.  Never negative.
 */
#define CLOCKPAGE_SLIP_NS	50000
int64_t	clockpage_slip_ns(const struct clockpage_data *d, int64_t raw_ns,
	    int64_t real_ns);

/*
 * Maps the page of a memfd: NULL with errno.  The caller may close fd.  A file
 * that is too short, or not sealed against shrinking (F_SEAL_SHRINK), gives
 * EINVAL: its writer could kill the readers.
 */
struct clockpage *clockpage_map(int fd, int writable);

#endif
