/*
 * One association: the NTP client exchange with one address.  When to ask,
 * what to ask, what of the answer is believed, reach, bursts, poll interval,
 * kisses.  Pure: it is told times and packets, and tells what to do.
 */
#ifndef ENGINE_ASSOCIATION_H
#define ENGINE_ASSOCIATION_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/keyring.h"
#include "common/ntp.h"
#include "ntpd/engine/estimator.h"
#include "ntpd/engine/filter.h"
#include "ntpd/engine/quantile.h"
#include "ntpd/engine/xleave.h"

/* The tests of a reply, RFC 5905 9.2 (and 8), in the order of NTP tests of
 * chrony's logs: a set bit is a test that passed. */
#define ASSOC_TEST_DUPLICATE	0x200	/* 1: not seen before */
#define ASSOC_TEST_BOGUS	0x100	/* 2: origin is what we sent */
#define ASSOC_TEST_INVALID	0x080	/* 3: receive, transmit not zero */
#define ASSOC_TEST_AUTH		0x040	/* 5: authentic as configured */
#define ASSOC_TEST_SYNC		0x020	/* 6: server is synchronised */
#define ASSOC_TEST_ROOT		0x010	/* 7: root distance, ref time sane */
#define ASSOC_TEST_DELAY	0x008	/* A: delay is possible and below max */
#define ASSOC_TEST_RATIO	0x004	/* B: within maxdelayratio */
#define ASSOC_TEST_DEV		0x002	/* C: maxdelaydevratio or -quant */
#define ASSOC_TEST_LOOP		0x001	/* D: not us, nor follows us */
#define ASSOC_TEST_PACKET	(ASSOC_TEST_DUPLICATE | ASSOC_TEST_BOGUS | \
				 ASSOC_TEST_INVALID)
#define ASSOC_TEST_REACHED	(ASSOC_TEST_PACKET | ASSOC_TEST_AUTH | \
				 ASSOC_TEST_SYNC | ASSOC_TEST_ROOT)
#define ASSOC_TEST_ALL		0x3ff

#define ASSOC_REQUEST_MAX	(NTP_HEADER_LEN + KEYRING_TAIL_MAX)

/*
 * A server that tells an earlier time (2020-01-01) is wrong, or a later one
 * (2116) than the guard in the parent lets the clock have: with it sums of two
 * instants stay in range.
 */
#define ASSOC_TIME_MIN_NS	1577836800000000000LL
#define ASSOC_TIME_MAX_NS	(1LL << 62)

struct assoc_conf {
	int8_t		minpoll_log2;
	int8_t		maxpoll_log2;
	uint8_t		version;	/* 1..4; 0: what suits the key */
	uint8_t		iburst;
	uint8_t		online;
	uint8_t		burst;		/* ask again when nothing good came */
	uint8_t		auto_offline;	/* when sending fails */
	uint8_t		xleave;		/* interleaved mode, RFC 9769 */
	uint8_t		copy;		/* we are the server's double */
	uint8_t		minstratum;	/* it counts as at least this */
	int8_t		presend_log2;	/* from this interval on, 100: never */
	uint32_t	key;		/* symmetric key, 0: none */
	int32_t		polltarget;	/* samples that polling aims at */
	int32_t		maxunreach;	/* polls: may stay selected so long */
	int32_t		minsamples;	/* 1..64, kept at least */
	int32_t		maxsamples;	/* 1..64, 0: no limit */
	int32_t		filter;		/* samples to one, 0: none */
	double		maxdelay_s;
	double		maxdelayratio;	/* < 1: no test */
	double		maxdelaydevratio; /* 0: no test */
	double		maxdelayquant;	/* 0: no test; replaces the last */
	double		mindelay_s;	/* 0: the least that was measured */
	double		asymmetry;	/* of the jitter, -0.5..0.5 */
	uint8_t		asymmetry_auto;	/* is to be estimated instead */
	double		offset_s;	/* added to what is measured */
};

struct assoc_reply {			/* what a reply told */
	struct ntp_header header;
	double		root_delay_s;
	double		root_disp_s;
	double		offset_s;	/* at the time, > 0: we are behind */
	double		delay_s;
	double		disp_s;
	double		response_s;	/* the server's own time */
	int64_t		raw_ns;		/* middle of the exchange */
	int64_t		steered_ns;	/* steered clock - raw, then */
	uint32_t	tests;		/* ASSOC_TEST_* that passed */
	char		tx_source;	/* D daemon, K kernel time stamp */
	char		rx_source;
	uint8_t		interleaved;	/* 0 or 1 */
};

struct association {
	struct addr	addr;
	struct assoc_conf conf;
	const struct keyring *ring;	/* keys of the engine, or NULL */
	uint8_t		version;	/* of the last request */
	uint8_t		forged;		/* the last reply was not authentic */
	uint64_t	total_forged;	/* replies that were not */
	uint8_t		reach;
	uint8_t		online;
	uint8_t		waiting;	/* a request is out */
	uint8_t		back_offline;	/* when the burst is over */
	uint16_t	burst_good;	/* good samples still wanted */
	uint16_t	burst_left;	/* requests that may still be sent */
	uint8_t		early_left;	/* requests before the interval is over
					 * that the first minutes still allow */
	int64_t		early_raw_ns;	/* when they began */
	int64_t		calm_raw_ns;	/* no recheck before this */
	uint8_t		burst_short;	/* it is of the option `burst' */
	uint8_t		presending;	/* the request out is not measured */
	uint8_t		have_reply;
	uint8_t		have_last;
	int8_t		poll_log2;
	int8_t		poll_score;	/* asks for longer (+) or shorter */
	uint32_t	unanswered;	/* requests in a row */
	uint32_t	kisses;		/* of DENY or RSTR in a row */
	uint32_t	kiss;		/* code of the last reply, 0: none */
	int		error;		/* errno since the last reply, 0 */
	int64_t		next_raw_ns;	/* when to send or give up */
	int64_t		sent_raw_ns;	/* T1 */
	ntp_ts		cookie;		/* the transmit time stamp sent */
	struct xleave	xleave;		/* of the option of that name */
	ntp_ts		last_transmit;	/* of the server, to see duplicates */
	char		tx_source;
	struct assoc_reply reply;	/* the last one that was believed */
	struct assoc_reply last;	/* the last valid one, for the logs */
	struct filter	filter;		/* before the estimator */
	struct estimator est;
	struct estimator_sample sample;	/* the last one in it */
	struct quantile	quant;		/* of the delays, `maxdelayquant' */
	double		delay_old_s;	/* least delays, see reply.c */
	double		delay_new_s;
	uint32_t	ndelays;
	uint32_t	refused;	/* by test C in a row */
	uint64_t	total_tx;
	uint64_t	total_rx;
	uint64_t	total_valid;
	uint64_t	total_good;
	uint64_t	kernel_tx;	/* time stamps that were the kernel's */
	uint64_t	kernel_rx;
	struct addr	local;		/* that the last reply came to */
};

enum assoc_event {
	ASSOC_NOTHING,			/* dropped, counted */
	ASSOC_SAMPLE,			/* a good sample is in the estimator */
	ASSOC_COLLECTED,		/* ... is in the filter */
	ASSOC_REJECTED,			/* our reply, but its tests failed */
	ASSOC_JUMP,			/* good, but it contradicts what was
					 * known: is asked again soon */
	ASSOC_KISS			/* the server asked to be left alone */
};

/* What our own server told clients lately: an answer with that is ours. */
#define ASSOC_SHOWN	4
struct assoc_shown {
	ntp_ts		reference;	/* 0: nothing to know it by */
	uint32_t	refid;
	uint8_t		stratum;
};

/* What arrived, with its times on the raw clock. */
struct assoc_packet {
	const uint8_t	*buf;
	size_t		len;
	int64_t		rx_raw_ns;
	char		rx_source;	/* D or K */
	int64_t		now_true_ns;	/* our best idea, since 1970 */
	double		precision_s;	/* of our clock */
	int64_t		steered_ns;	/* steered clock - raw, for offset_s */
	uint32_t	our_refid;	/* what a server that follows us shows*/
	const struct assoc_shown *shown; /* ASSOC_SHOWN of them, or NULL */
	const struct addr *local;	/* our address, or NULL */
};

void	association_init(struct association *a, const struct addr *addr,
	    const struct assoc_conf *conf, int64_t now_raw_ns,
	    double init_f, double init_f_sd);
/*
 * Its time has come (now >= next_raw_ns): the bytes to send in buf, which has
 * ASSOC_REQUEST_MAX; 0: nothing to send; -1: its key is missing, which
 * association_error() is to be told.  rnd are 64 random bits and 32 more to
 * spread the polls.
 */
int	association_tick(struct association *a, int64_t now_raw_ns,
	    const uint64_t rnd[2], uint8_t *buf);
/* The request left at this instant; source: D or K. Also when told later. */
void	association_sent(struct association *a, int64_t raw_ns, char source);
/* The key that it is to use is there, or it needs none. */
int	association_has_key(const struct association *a);
/* errno: sending failed, or ICMP said that nobody is there. */
void	association_error(struct association *a, int error,
	    int64_t now_raw_ns);
enum assoc_event association_receive(struct association *a,
	    const struct assoc_packet *p);
/*
 * Something happened to a clock: ask as soon as is polite, until one good
 * exchange has come.  Not again within some intervals, so that a server that
 * jumps about is not asked more often for that.
 */
void	association_recheck(struct association *a, int64_t now_raw_ns);
void	association_set_online(struct association *a, int online,
	    int64_t now_raw_ns);
/*
 * An operator's burst: until good samples came or total requests were sent,
 * also of a source that is offline, which it is again afterwards.  Nothing
 * while a burst is under way.
 */
void	association_burst_of(struct association *a, uint16_t good,
	    uint16_t total, int64_t now_raw_ns);
/* minpoll or maxpoll changed: the interval keeps to them from now on. */
void	association_limit_poll(struct association *a, int64_t now_raw_ns);
/* Forgets all that was measured; d y/d raw is freq, give or take its sd. */
void	association_reset(struct association *a, double freq, double freq_sd,
	    int64_t now_raw_ns);
/*
 * After the first sample: those of an earlier daemon, the oldest first, come
 * before it.  0, or -1 when they do not go together: then nothing changes.
 */
int	association_restore(struct association *a,
	    const struct estimator_sample *samples, size_t n);
/*
 * The raw clock jumped against time by shift_ns, known to sd_s.  An exchange
 * that is under way does not count.
 */
void	association_disturb(struct association *a, int64_t shift_ns,
	    double sd_s);
/*
 * Other settings for the same server: samples stay, the poll interval is moved
 * into its new limits, and the next request comes no later than that says.
 */
void	association_change(struct association *a,
	    const struct assoc_conf *conf, int64_t now_raw_ns);
/* minsamples and maxsamples alone, as the directives of these names say. */
void	association_keep_samples(struct association *a, int32_t minsamples,
	    int32_t maxsamples);
/* Still in its first burst. */
int	association_bursting(const struct association *a);
/*
 * The interval in effect, ns; at least 1 s unless the server is known to be
 * near.
 */
int64_t	association_interval_ns(const struct association *a);
/*
 * Root distance now, s: root delay/2 + root dispersion + own share, which is
 * half of the least delay and three deviations of the estimate.  The last
 * reply's delay has no part in it: it would make the choice of a source swing
 * with every queue on the way.
 */
double	association_root_distance(const struct association *a,
	    int64_t raw_ns);

#endif
