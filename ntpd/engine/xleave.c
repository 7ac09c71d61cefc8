/*
 * Interleaved mode of the client.  Engine core: pure.  It must never send a
 * timestamp of ours: what looks like one is random.
 */
#include "ntpd/engine/xleave.h"

#include <string.h>

#define UNANSWERED_MAX	4	/* then the server has forgotten us */

void
xleave_clear(struct xleave *x)
{
	memset(x, 0, sizeof(*x));
}

void
xleave_request(struct xleave *x, struct ntp_header *h, uint64_t rnd)
{
	x->asked = 0;
	if (x->requests >= UNANSWERED_MAX)
		x->have = 0;
	else
		x->requests++;
	if (!x->have)
		return;
	/* the two cookies differ, and neither is zero */
	x->cookie = rnd;
	while (x->cookie == 0 || x->cookie == h->transmit)
		x->cookie++;
	x->asked = 1;
	h->origin = x->receive;
	h->receive = x->cookie;
}

int
xleave_is_answer(const struct xleave *x, const struct ntp_header *h)
{
	return (x->asked && h->origin == x->cookie);
}

int
xleave_answer(struct xleave *x, const struct ntp_header *h,
    struct xleave_times *now)
{
	struct xleave_times	 measured = *now;
	int			 interleaved, fresh = 1;

	interleaved = xleave_is_answer(x, h);
	if (interleaved) {
		measured.sent_raw_ns = x->sent_raw_ns;
		measured.receive = x->receive;
		measured.rx_raw_ns = x->rx_raw_ns;
		measured.steered_ns = x->steered_ns;
		measured.tx_source = x->tx_source;
		measured.rx_source = x->rx_source;
		fresh = !x->used;
	}
	x->have = 1;
	x->used = !interleaved;
	x->asked = x->requests = 0;
	x->receive = now->receive;
	x->sent_raw_ns = now->sent_raw_ns;
	x->rx_raw_ns = now->rx_raw_ns;
	x->steered_ns = now->steered_ns;
	x->tx_source = now->tx_source;
	x->rx_source = now->rx_source;
	*now = measured;
	return (fresh);
}
