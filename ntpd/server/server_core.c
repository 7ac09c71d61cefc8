/*
 * The pure core of ntpd-server: RFC 5905's server side without its state.
 * Runs in the server only.  It must never read a clock, open or send
 * anything, and never answer what is not a request, so that no two servers
 * can be made to talk to each other.
 */
#include "ntpd/server/server_core.h"

#include <string.h>

#include "common/access.h"
#include "common/clienttab.h"
#include "common/keyring.h"
#include "common/timens.h"

#define MODE_RESERVED	0	/* what an NTPv1 client has there */

/*
 * A packet may be this much younger than the page and still be doubted: the
 * size of a step is known only so well.
 */
#define STEP_MARGIN_NS	(2 * CLOCKPAGE_SLIP_NS)
/*
 * The kernel may put a timestamp on a packet and be kept from putting the
 * packet into a queue for so long.
 */
#define QUEUE_LATE_NS	(20 * NS_PER_MS)
/* From the arrival of a request until its answer left: a second. */
#define SENT_MAX	(1ULL << 32)

static uint64_t
core_random(struct server_core *core)
{
	uint64_t	x;

	/* splitmix64: noise for unused bits, nothing that must be secret */
	x = core->random += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (x ^ (x >> 31));
}

void
server_core_init(struct server_core *core, const struct access *access,
    uint64_t seed)
{
	memset(core, 0, sizeof(*core));
	core->access = access;
	core->random = seed;
}

/* What follows the header of a request: only few have anything there. */
static enum server_verdict
check_trailer(unsigned version, const struct server_request *req,
    struct trailer *trailer)
{
	trailer->mac_len = 0;
	if (req->len == NTP_HEADER_LEN)
		return (SERVER_REPLY);
	return (trailer_parse(version, req->data, req->len, trailer) == -1 ?
	    SERVER_FORMAT : SERVER_REPLY);
}

void
server_core_set_keys(struct server_core *core, const struct keyring *ring)
{
	core->ring = ring;
}

/*
 * A request with a MAC is answered with one by the same key, or, as chronyd
 * does it, not at all: a crypto-NAK would be an answer that anybody can have.
 */
static enum server_verdict
check_mac(const struct server_core *core, unsigned version,
    const struct trailer *trailer, struct server_request *req)
{
	const struct keyring_key	*key;

	req->key = NULL;
	if (trailer->mac_len == 0)
		return (SERVER_REPLY);
	if ((key = keyring_find(core->ring, trailer->key_id)) == NULL)
		return (SERVER_KEY);
	if (!keyring_verify(core->ring, key, version, req->data,
	    trailer->mac_at, req->len))
		return (SERVER_MAC);
	req->key = key;
	return (SERVER_REPLY);
}

/*
 * A client's request.  NTPv1 (RFC 1059) has no mode field, its place is
 * reserved and zero; who is client follows from the ports: its own is not the
 * NTP port.  The answer has mode 4 all the same, as every server does it.
 */
static int
is_request(const struct ntp_header *h, const struct server_request *req)
{
	if (h->mode == NTP_MODE_CLIENT)
		return (1);
	return (h->mode == MODE_RESERVED && h->version == 1 &&
	    req->from.port != NTP_PORT);
}

void
server_core_set_clients(struct server_core *core, struct clienttab *clients,
    const struct conf_ratelimit *limit)
{
	core->clients = clients;
	core->limit = *limit;
}

/* Is it too often, for the address or for its prefix? */
static enum client_verdict
limit_client(struct server_core *core, const struct server_request *req,
    unsigned bits)
{
	struct client	*c = req->client;

	if (bits > 0)
		c = clienttab_hit(core->clients, &req->from, bits,
		    req->now_ns);
	return (clienttab_limit(c, &core->limit, req->now_ns,
	    (uint32_t)(core_random(core) >> 32)));
}

void
server_core_expect(const struct server_core *core, struct server_request *req)
{
	if (core->clients != NULL)
		req->expected = clienttab_expect(core->clients, &req->from);
}

/* Into the client log. */
static enum server_verdict
note_client(struct server_core *core, struct server_request *req)
{
	enum client_verdict	 v;
	unsigned		 bits;

	if (core->clients == NULL)
		return (SERVER_REPLY);
	if (req->expected == 0)
		server_core_expect(core, req);
	req->client = clienttab_hit_expected(core->clients, &req->from,
	    req->expected, req->now_ns);
	if (!core->limit.enabled)
		return (SERVER_REPLY);
	bits = req->from.family == ADDR_INET ? core->limit.prefix4 :
	    core->limit.prefix6;
	v = limit_client(core, req, bits);
	/* the prefix' record may have taken the place of its own */
	if (bits > 0 && !clienttab_is(req->client, &req->from))
		req->client = NULL;
	if (v == CLIENT_PASS)
		return (SERVER_REPLY);
	if (bits > 0 && req->client != NULL)
		clienttab_note_drop(req->client);
	req->kiss = v == CLIENT_KOD;
	return (req->kiss ? SERVER_REPLY : SERVER_LIMITED);
}

static enum server_verdict
why_no_header(const struct server_request *req)
{
	if (req->len < NTP_HEADER_LEN)
		return (SERVER_SHORT);
	return (req->len % 4 != 0 ? SERVER_LENGTH : SERVER_VERSION);
}

enum server_verdict
server_core_check(struct server_core *core, struct server_request *req)
{
	struct ntp_header	h;
	struct trailer		trailer;
	enum server_verdict	verdict;

	if (req->truncated)
		return (SERVER_LONG);
	if (ntp_header_parse(req->data, req->len, &h) == -1)
		return (why_no_header(req));
	if (!is_request(&h, req))
		return (SERVER_MODE);
	verdict = check_trailer(h.version, req, &trailer);
	if (verdict != SERVER_REPLY)
		return (verdict);
	if (req->group)
		return (SERVER_GROUP);
	if (req->from.port == 0 || addr_same(&req->from, &req->to))
		return (SERVER_SOURCE);
	if (!access_allows(core->access, &req->from))
		return (SERVER_DENIED);
	verdict = note_client(core, req);
	if (verdict != SERVER_REPLY)
		return (verdict);
	/* last: it is what costs most */
	return (check_mac(core, h.version, &trailer, req));
}

/*
 * How far the clock is from where a page expects it, with its sign (> 0: it
 * was put forwards); 0 when the page explains it.
 */
static int64_t
unexplained_ns(const struct clockpage_data *page, int64_t raw_ns,
    int64_t real_ns)
{
	double	age_ns = (double)raw_ns - (double)page->anchor_raw_ns;
	int64_t	slip_ns, there_ns;

	slip_ns = clockpage_slip_ns(page, raw_ns, real_ns);
	if (age_ns < 0)
		age_ns = -age_ns;
	if ((double)slip_ns <= (double)CLOCKPAGE_SLIP_NS + age_ns / 1e6)
		return (0);
	/* the slip has no sign: is it nearer when moved forwards? */
	if (!__builtin_add_overflow(real_ns, slip_ns, &there_ns) &&
	    clockpage_slip_ns(page, raw_ns, there_ns) < slip_ns)
		return (-slip_ns);
	return (slip_ns);
}

/*
 * The page that came against the one before it: what the old one does not
 * explain of the new one's anchor was a step.
 */
static void
note_page(struct server_core *core, const struct clockpage_data *page)
{
	int64_t	step_ns;

	if (!core->have_page)
		core->steps = page->anchor_real_ns != 0;
	else if (core->page.anchor_real_ns != 0 &&
	    page->anchor_raw_ns != core->page.anchor_raw_ns) {
		step_ns = unexplained_ns(&core->page, page->anchor_raw_ns,
		    page->anchor_real_ns);
		if (step_ns != 0) {
			core->steps++;
			core->step_ns[core->steps % SERVER_STEPS] = step_ns;
		}
	}
	core->page = *page;
	core->have_page |= page->anchor_real_ns != 0;
}

/* The fields that all answers of a batch share. */
static void
make_header(struct server_core *core, const struct clockpage_data *page,
    int64_t real_ns)
{
	struct ntp_header	*h = &core->header;

	memset(h, 0, sizeof(*h));
	h->mode = NTP_MODE_SERVER;
	h->precision = page->precision_log2;
	if (page->ref_time_ns != 0)
		h->reference = ntp_ts_from_ns(page->ref_time_ns);
	if (page->leap == CLOCKPAGE_LEAP_UNSYNC || page->stratum == 0 ||
	    page->stratum > NTP_STRATUM_MAX) {
		/* on the wire stratum 0 stands for 16, RFC 5905 7.3 */
		h->leap = NTP_LEAP_UNSYNC;
		h->root_disp = ntp_short_from_s(NTP_MAXDISP_S);
		return;
	}
	h->leap = page->leap;
	h->stratum = page->stratum;
	h->refid = page->refid;
	h->root_delay = ntp_short_from_s(timens_to_s(page->root_delay_ns));
	h->root_disp = ntp_short_from_s(
	    timens_to_s(clockpage_root_disp_ns(page, real_ns)));
}

enum server_verdict
server_core_begin(struct server_core *core, const struct clockpage_data *page,
    int64_t raw_ns, int64_t real_ns)
{
	int	bits;

	if (page == NULL)
		return (SERVER_PAGE);
	/* a page that nobody has written yet has no anchor to compare with */
	if (page->anchor_real_ns != 0 &&
	    unexplained_ns(page, raw_ns, real_ns) != 0)
		return (SERVER_SLIP);
	note_page(core, page);
	core->raw_ns = raw_ns;
	core->real_ns = real_ns;
	make_header(core, page, real_ns);
	bits = 32 + page->precision_log2;
	if (bits < 0)
		bits = 0;
	else if (bits > 32)
		bits = 32;
	core->noise_mask = (1ULL << bits) - 1;
	return (SERVER_REPLY);
}

/*
 * Nothing in a queue is older than the moment when that was empty: else it was
 * stamped by another clock, which was there too shortly for a page to tell.
 * REALTIME gains a quarter at most.
 */
static int
is_before_queue(const struct server_core *core,
    const struct server_request *req)
{
	int64_t	waited_ns = core->raw_ns - req->empty_raw_ns;

	return (req->empty_raw_ns != 0 && core->real_ns - req->rx_real_ns >
	    waited_ns + waited_ns / 4 + QUEUE_LATE_NS);
}

/*
 * May the kernel have put its timestamp on with the clock as it was before
 * one of the last steps?  Only if the packet waited in the queue since then,
 * and only if the timestamp, moved to the new clock, is older than the page.
 */
static int
is_before_step(const struct server_core *core,
    const struct server_request *req)
{
	int64_t		anchor_ns = core->page.anchor_real_ns;
	int64_t		moved_ns = req->rx_real_ns;
	uint32_t	step;

	if (core->steps - req->drained > SERVER_STEPS ||
	    is_before_queue(core, req))
		return (1);
	for (step = core->steps; step != req->drained; step--) {
		if (__builtin_add_overflow(moved_ns,
		    core->step_ns[step % SERVER_STEPS], &moved_ns))
			return (1);
		if (moved_ns < anchor_ns ||
		    moved_ns - anchor_ns < STEP_MARGIN_NS)
			return (1);
	}
	return (0);
}

/*
 * NTP time with noise in the bits that the clock does not resolve, RFC 4330 3:
 * no rounding error of one sign, and no two timestamps alike.
 */
static ntp_ts
noisy_ts(struct server_core *core, int64_t true_ns)
{
	ntp_ts	ts = ntp_ts_from_ns(true_ns);

	return ((ts & ~core->noise_mask) |
	    (core_random(core) & core->noise_mask));
}

/*
 * Interleaved mode, RFC 9769 2: the request has our last receive timestamp as
 * its origin.  Then the answer has the transmit timestamp of the answer
 * before it, as the kernel saw that leave, if it did on the same clock.
 * What is remembered of clients that do not ask for it costs nothing more.
 */
static void
interleave(struct server_core *core, struct server_request *req,
    const struct ntp_header *q, struct ntp_header *h)
{
	struct client	*c = req->client;

	req->interleaved = 0;
	req->sent_rx = 0;
	/* another one in this batch may have taken the place */
	if (c == NULL || !clienttab_is(c, &req->from))
		return;
	if (q->origin != 0 && q->origin == c->rx &&
	    q->receive != q->transmit) {
		req->sent_rx = h->receive;
		if ((c->flags & CLIENT_SENT) &&
		    c->steps == (uint16_t)core->steps) {
			req->interleaved = 1;
			h->origin = q->receive;
			h->transmit = c->tx;
		}
	}
	c->rx = h->receive;
	c->steps = (uint16_t)core->steps;
	c->flags &= (uint8_t)~CLIENT_SENT;
}

/* Kiss-o'-Death, RFC 5905 7.4: ask no oftener than the poll field says. */
static void
make_kiss(struct ntp_header *h)
{
	h->leap = NTP_LEAP_UNSYNC;
	h->stratum = 0;
	h->refid = NTP_KISS_RATE;
	h->root_delay = h->root_disp = 0;
}

enum server_verdict
server_core_answer(struct server_core *core, struct server_request *req,
    int64_t lead_ns, uint8_t *reply, size_t *len)
{
	struct ntp_header	h = core->header, q;
	int64_t			rx_ns = req->rx_real_ns;

	if (ntp_header_parse(req->data, req->len, &q) == -1)
		return (why_no_header(req));
	/* of steps before the first page nobody knows: it came just now */
	if (rx_ns <= 0 || rx_ns > core->real_ns || req->drained == 0 ||
	    core->real_ns - rx_ns > SERVER_AGE_MAX_NS)
		rx_ns = core->real_ns;
	else if (is_before_step(core, req))
		return (SERVER_STEP);
	h.version = q.version;
	/* as chronyd: how often is not too often is told before it is */
	h.poll = q.poll;
	if (core->limit.enabled && h.poll < core->limit.interval_log2)
		h.poll = core->limit.interval_log2;
	h.origin = q.transmit;
	h.receive = noisy_ts(core, clockpage_true_ns(&core->page, rx_ns));
	h.transmit = noisy_ts(core, clockpage_true_ns(&core->page,
	    core->real_ns + lead_ns));
	/*
	 * Noise must not put the departure before the arrival, and the two
	 * differ (interleaved clients tell them apart, RFC 9769 2).
	 */
	if ((int64_t)(h.transmit - h.receive) <= 0)
		h.transmit = h.receive + 1;
	if (req->kiss)
		make_kiss(&h);
	else
		interleave(core, req, &q, &h);
	ntp_header_build(&h, reply);
	*len = NTP_HEADER_LEN;
	if (req->key != NULL)
		*len = keyring_sign(core->ring, req->key, h.version, reply,
		    NTP_HEADER_LEN);
	if (*len == 0)
		return (SERVER_SIGN);
	return (req->kiss ? SERVER_KISS : SERVER_REPLY);
}

int
server_core_sent(struct server_core *core, const struct addr *to,
    ntp_ts sent_rx, int64_t tx_real_ns)
{
	struct client	*c;
	ntp_ts		 tx;

	if (core->clients == NULL || !core->have_page ||
	    (c = clienttab_find(core->clients, to)) == NULL ||
	    c->rx != sent_rx || c->steps != (uint16_t)core->steps)
		return (0);
	tx = noisy_ts(core, clockpage_true_ns(&core->page, tx_real_ns));
	/* after it came, and soon: else the clock was changed in between */
	if ((int64_t)(tx - sent_rx) <= 0 || tx - sent_rx > SENT_MAX)
		return (0);
	c->tx = tx;
	c->flags |= CLIENT_SENT;
	return (1);
}

/* The nearest power of two, log2; of 2^24 at most. */
static int8_t
nearest_log2(unsigned n)
{
	int	low = 31 - __builtin_clz(n);

	/* n >= 2^(low + 1/2) */
	return ((int8_t)(low +
	    ((uint64_t)n * n >= 1ULL << (2 * low + 1) ? 1 : 0)));
}

void
server_core_broadcast(struct server_core *core, int interval_s,
    uint8_t *packet)
{
	struct ntp_header	h = core->header;

	h.version = NTP_VERSION_MAX;
	h.mode = NTP_MODE_BROADCAST;
	h.poll = nearest_log2((unsigned)interval_s);
	h.transmit = noisy_ts(core, clockpage_true_ns(&core->page,
	    core->real_ns));
	ntp_header_build(&h, packet);
}

const char *
server_verdict_text(unsigned verdict)
{
#define SERVER_VERDICT_TEXT(name, counter, text)	text,
	static const char *const	texts[] = {
		SERVER_VERDICTS(SERVER_VERDICT_TEXT)
	};
#undef SERVER_VERDICT_TEXT

	return (verdict < SERVER_VERDICT_COUNT ? texts[verdict] : "?");
}
