/*
 * The client's side of the interleaved mode, RFC 9769 2: an answer brings the
 * time when the answer before it really left, so what is measured is the
 * exchange before.  Pure; a part of association.h.
 */
#ifndef ENGINE_XLEAVE_H
#define ENGINE_XLEAVE_H

#include <stdint.h>

#include "common/ntp.h"

struct xleave {
	uint8_t		asked;		/* the request out is interleaved */
	uint8_t		have;		/* the exchange before is known */
	uint8_t		used;		/* and was measured already */
	uint8_t		requests;	/* since the last answer */
	ntp_ts		cookie;		/* receive timestamp of the request */
	ntp_ts		receive;	/* the server's, of the one before */
	int64_t		sent_raw_ns;	/* of it: T1 */
	int64_t		rx_raw_ns;	/* T4 */
	int64_t		steered_ns;	/* steered clock - raw, then */
	char		tx_source;
	char		rx_source;
};

/* The four timestamps of an exchange, and what goes with them. */
struct xleave_times {
	int64_t		sent_raw_ns;
	ntp_ts		receive;
	ntp_ts		transmit;
	int64_t		rx_raw_ns;
	int64_t		steered_ns;
	char		tx_source;
	char		rx_source;
};

/* Forgets the exchange before: the next request is a basic one. */
void	xleave_clear(struct xleave *x);
/*
 * Makes a request, whose transmit timestamp is set, an interleaved one if
 * that is possible.  rnd: random.
 */
void	xleave_request(struct xleave *x, struct ntp_header *h, uint64_t rnd);
/* Is this the interleaved answer to the request out? */
int	xleave_is_answer(const struct xleave *x, const struct ntp_header *h);
/*
 * An answer came, in the exchange `now', which is remembered.  now becomes the
 * exchange that the answer measures.  1, or 0 when that one was measured
 * before.
 */
int	xleave_answer(struct xleave *x, const struct ntp_header *h,
	    struct xleave_times *now);

#endif
