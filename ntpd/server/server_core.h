/*
 * The server's thinking: which packets get an answer, and what is in it.
 * Pure: no socket, no clock reading, no allocation; the clock and the clock
 * page come as arguments.
 *
 * A batch is: server_core_check() for each packet that came, then once
 * server_core_begin() with the clock as it is now, then
 * server_core_answer() for each packet that passed.  So the clock is read
 * when all the work but the stamping is done.
 */
#ifndef NTPD_SERVER_SERVER_CORE_H
#define NTPD_SERVER_SERVER_CORE_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/conf.h"
#include "common/ntp.h"
#include "ntpd/server/trailer.h"
#include "privsep/clockpage.h"

struct access;
struct client;
struct clienttab;
struct keyring;
struct keyring_key;

/* A kernel timestamp older than this is not used. */
#define SERVER_AGE_MAX_NS	1000000000LL
/* A header and the longest MAC. */
#define SERVER_REPLY_MAX	(NTP_HEADER_LEN + TRAILER_MAC_MAX)
/* Steps that are remembered for sockets whose queue was not emptied since. */
#define SERVER_STEPS		8

/*
 * What became of a packet: X(name, its counter in report_counters.h, text in
 * the log).  REPLY and KISS are answers, the others are the reasons to give
 * none.
 */
#define SERVER_VERDICTS(X)						\
X(REPLY, answers, "answered")					\
X(SHORT, dropped_short, "too short")	/* no whole header */	\
X(LENGTH, dropped_length, "odd length")	/* not in words */	\
X(LONG, dropped_long, "too long")		/* was cut */		\
X(VERSION, dropped_version, "bad version")	/* none of 1..4 */	\
X(MODE, dropped_mode, "not a request")	/* other than client */	\
X(FORMAT, dropped_extension, "bad extension") /* do not add up */	\
X(KEY, dropped_unknown_key, "unknown key")	/* has another's MAC */	\
X(MAC, dropped_bad_mac, "bad MAC")		/* or cut, or too long */ \
X(SIGN, dropped_unsigned, "cannot be signed") /* libcrypto fails */	\
X(GROUP, dropped_group, "to a group")	/* broad- or multicast */ \
X(SOURCE, dropped_source, "bad source")	/* port 0, or ourselves */ \
X(DENIED, dropped_denied, "not allowed")	/* by allow and deny */	\
X(LIMITED, dropped_limited, "too often")	/* by ratelimit */	\
X(KISS, kisses, "told to wait")		/* likewise, told so */	\
X(PAGE, dropped_no_page, "no clock page")	/* or a damaged one */	\
X(SLIP, dropped_clock_changed, "clock changed") /* not published yet */ \
X(STEP, dropped_before_step, "before a step") /* by the old clock */

#define SERVER_VERDICT_ENUM(name, counter, text)	SERVER_##name,
enum server_verdict {
	SERVER_VERDICTS(SERVER_VERDICT_ENUM)
	SERVER_VERDICT_COUNT
};
#undef SERVER_VERDICT_ENUM

struct server_stats {
	uint64_t	verdicts[SERVER_VERDICT_COUNT];
	uint64_t	send_failed;	/* answers the kernel did not take */
	uint64_t	interleaved;	/* answers in that mode */
	uint64_t	authenticated;	/* requests with a good MAC */
	uint64_t	no_timestamp;	/* packets without a kernel one */
	uint64_t	batches;
	uint64_t	receive_errors;	/* of the system call */
	uint64_t	queue_full;	/* packets that the kernel dropped */
	uint64_t	timestamps_lost;	/* see server_tx.h */
};

struct server_request {
	const uint8_t	*data;
	size_t		 len;		/* as sent; see truncated */
	struct addr	 from;
	struct addr	 to;		/* NONE: not known */
	int64_t		 rx_real_ns;	/* kernel's timestamp; 0: none */
	int64_t		 now_ns;	/* MONOTONIC_RAW, for the client log */
	uint64_t	 expected;	/* by the client log, or 0 */
	struct client	*client;	/* set by the check; NULL: no log */
	ntp_ts		 sent_rx;	/* set by the answer, not 0: tell when
					 * it left, with this number */
	const struct keyring_key *key;	/* set by the check: answer with it */
	uint32_t	 drained;	/* core.steps when the socket's queue
					 * was last seen empty; 0: not since
					 * there is a page */
	int64_t		 empty_raw_ns;	/* MONOTONIC_RAW then; 0: never yet */
	uint8_t		 truncated;	/* data holds less than was sent */
	uint8_t		 group;		/* sent to broad- or multicast */
	uint8_t		 kiss;		/* set by the check: RATE */
	uint8_t		 interleaved;	/* set by the answer: it is */
};

/* All of it belongs to server_core.c; the shell reads only `steps'. */
struct server_core {
	const struct access	*access;
	struct clienttab	*clients;	/* NULL: no client log */
	struct conf_ratelimit	 limit;
	const struct keyring	*ring;		/* NULL: no keys */
	uint64_t		 random;
	uint32_t		 steps;		/* of the clock, seen so far;
						 * the first page is one */
	int			 have_page;	/* with an anchor, was used */
	int64_t			 step_ns[SERVER_STEPS];	/* sizes, a ring */
	int64_t			 raw_ns;	/* the clocks at begin */
	int64_t			 real_ns;
	struct clockpage_data	 page;		/* last one that was used */
	struct ntp_header	 header;	/* same in all of a batch */
	ntp_ts			 noise_mask;	/* bits below the precision */
};

/* access: who is answered; seed: any number, better a random one. */
void	server_core_init(struct server_core *core,
	    const struct access *access, uint64_t seed);
/* From now on clients are noted in this table and have this limit. */
void	server_core_set_clients(struct server_core *core,
	    struct clienttab *clients, const struct conf_ratelimit *limit);
/* From now on these are the keys; NULL: none. */
void	server_core_set_keys(struct server_core *core,
	    const struct keyring *ring);
/*
 * Optional, for all of a batch before the checks: what these will read comes
 * into the cache.
 */
void	server_core_expect(const struct server_core *core,
	    struct server_request *req);
/* May this packet have an answer?  SERVER_REPLY or why not. */
enum server_verdict server_core_check(struct server_core *core,
	    struct server_request *req);
/*
 * The clock page (NULL: it could not be read) and the clock now: a
 * MONOTONIC_RAW and a REALTIME reading taken together, after the page.
 * SERVER_REPLY, or why nothing of the batch can be answered.
 */
enum server_verdict server_core_begin(struct server_core *core,
	    const struct clockpage_data *page, int64_t raw_ns,
	    int64_t real_ns);
/*
 * Writes the answer and its length (SERVER_REPLY_MAX at most, never more than
 * the request has; may be the request's own buffer) to a packet that passed
 * the check, after a begin that gave SERVER_REPLY.  lead_ns: how long after
 * that clock reading the answer is expected to leave, >= 0.  SERVER_REPLY,
 * SERVER_KISS or SERVER_STEP.
 */
enum server_verdict server_core_answer(struct server_core *core,
	    struct server_request *req, int64_t lead_ns,
	    uint8_t *reply, size_t *len);
/*
 * The answer with req.sent_rx to this address left at tx_real_ns by the
 * kernel's clock.  1 when the client's next request can make use of it.
 */
int	server_core_sent(struct server_core *core, const struct addr *to,
	    ntp_ts sent_rx, int64_t tx_real_ns);
/*
 * Writes a broadcast packet (NTP_HEADER_LEN bytes), of one every interval_s
 * (1..2^24), after a begin that gave SERVER_REPLY.
 */
void	server_core_broadcast(struct server_core *core, int interval_s,
	    uint8_t *packet);
/* The text of a verdict; "?" for a number that is none. */
const char *server_verdict_text(unsigned verdict);

#endif
