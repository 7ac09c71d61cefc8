/*
 * The NTP client exchange, RFC 5905 8, 9 and 13.  Engine core: pure.
 *
 * A request tells nothing about us: everything but version, mode and the
 * transmit time stamp is zero, and that time stamp is random.
 */
#include <sys/endian.h>

#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/reply.h"

#define BURST_GOOD	4		/* iburst: good samples wanted */
#define BURST_MAX	8		/* and requests at most */
#define BURST_GAP_NS	(2 * NS_PER_SEC)
#define EARLY_BURST	10	/* requests above the interval's: iburst */
#define EARLY_PLAIN	4	/* and without it */
#define EARLY_GAP_NS	(4 * NS_PER_SEC)	/* without a burst */
#define EARLY_SHARE	0.5	/* the next gap, of the time since the first */
#define PLAIN_SHARE	1.0	/* without a burst */
#define EARLY_GROWTH	1.0	/* worth it: the error that the frequency may
				 * make until then, of a sample's noise */
#define RECHECK_MAX	4	/* requests, 2 s apart, for a good exchange */
#define RECHECK_CALM	8	/* intervals until the next time */
#define RETRY_MAX	4		/* burst: requests at most */
#define PRESEND_NS	(2 * NS_PER_SEC)	/* before the measurement */
#define NEAR_S		0.01	/* round trip: shorter is a LAN */
#define REPLY_MAX_NS	(4 * NS_PER_SEC)	/* then it is given up */
#define HOLD_RATE	1e-6		/* of the bound between samples */
#define OWN_SIGMAS	3.0		/* of the estimate, in the bound */
#define KISS_POLL	10		/* RATE: at least this from now on */
#define DENY_NS		(3600 * NS_PER_SEC)	/* doubled each time */
#define DENY_MAX_SHIFT	5
#define POLL_LONGER	2.5	/* growth until the next but one sample,
				 * in its noise, that is of no matter */
#define POLL_SHORTER	5.0	/* and that is too much */
#define POLL_TARGET	8.0	/* polltarget at which these hold */
#define POLL_SCORE_UP	6
#define POLL_SCORE_DOWN	(-4)

int64_t
association_interval_ns(const struct association *a)
{
	if (a->poll_log2 >= 0)
		return (NS_PER_SEC << a->poll_log2);
	/* as chrony: many a second are for those that are near; it also would
	 * ask again before the answer is here */
	if (reply_min_delay(a) >= NEAR_S)
		return (NS_PER_SEC);
	return (NS_PER_SEC >> -a->poll_log2);
}

/* iburst: at the start, and when it goes online. */
static void
start_burst(struct association *a, int64_t now_raw_ns)
{
	a->burst_good = BURST_GOOD;
	a->burst_left = BURST_MAX;
	a->burst_short = 0;
	a->presending = 0;
	a->early_left = EARLY_BURST;
	a->early_raw_ns = now_raw_ns;
	a->next_raw_ns = now_raw_ns;
}

static void
assoc_estimator_conf(const struct assoc_conf *c, struct estimator_conf *ec)
{
	*ec = estimator_conf_default;
	ec->minsamples = (uint32_t)c->minsamples;
	ec->maxsamples = (uint32_t)c->maxsamples;
	ec->asymmetry = c->asymmetry_auto ? NAN : c->asymmetry;
	if (c->mindelay_s > 0)
		ec->mindelay_s = c->mindelay_s;
}

void
association_init(struct association *a, const struct addr *addr,
    const struct assoc_conf *conf, int64_t now_raw_ns, double init_f,
    double init_f_sd)
{
	struct estimator_conf ec;

	memset(a, 0, sizeof(*a));
	a->addr = *addr;
	a->conf = *conf;
	a->poll_log2 = conf->minpoll_log2;
	a->tx_source = 'D';
	assoc_estimator_conf(conf, &ec);
	estimator_init(&a->est, &ec, init_f, init_f_sd);
	filter_init(&a->filter, conf->filter);
	quantile_init(&a->quant, conf->maxdelayquant);
	association_set_online(a, conf->online, now_raw_ns);
}

void
association_set_online(struct association *a, int online, int64_t now_raw_ns)
{
	if (online && !a->online) {
		a->next_raw_ns = now_raw_ns;
		a->early_left = EARLY_PLAIN;
		a->early_raw_ns = now_raw_ns;
		if (a->conf.iburst)
			start_burst(a, now_raw_ns);
	}
	if (!online) {
		a->next_raw_ns = INT64_MAX;
		a->waiting = 0;
		a->burst_good = a->burst_left = 0;
		a->presending = 0;
		a->reach = 0;
		a->error = 0;
		xleave_clear(&a->xleave);
		filter_clear(&a->filter);
	}
	a->back_offline = 0;
	a->online = online != 0;
}

void
association_burst_of(struct association *a, uint16_t good, uint16_t total,
    int64_t now_raw_ns)
{
	if (a->burst_good > 0 || good == 0 || total == 0)
		return;
	if (!a->online) {
		a->online = 1;
		a->back_offline = 1;
	}
	a->burst_good = good;
	a->burst_left = total;
	a->burst_short = 0;
	a->presending = 0;
	a->next_raw_ns = now_raw_ns;
}

void
association_limit_poll(struct association *a, int64_t now_raw_ns)
{
	int64_t latest;

	if (a->poll_log2 < a->conf.minpoll_log2)
		a->poll_log2 = a->conf.minpoll_log2;
	if (a->poll_log2 > a->conf.maxpoll_log2)
		a->poll_log2 = a->conf.maxpoll_log2;
	latest = now_raw_ns + association_interval_ns(a);
	if (a->online && a->kisses == 0 && a->next_raw_ns > latest)
		a->next_raw_ns = latest;
}

void
association_reset(struct association *a, double freq, double freq_sd,
    int64_t now_raw_ns)
{
	estimator_init(&a->est, &a->est.conf, freq, freq_sd);
	filter_clear(&a->filter);
	a->ndelays = 0;
	a->refused = 0;
	a->have_reply = 0;
	a->poll_log2 = a->conf.minpoll_log2;
	a->poll_score = 0;
	association_limit_poll(a, now_raw_ns);
}

void
association_change(struct association *a, const struct assoc_conf *conf,
    int64_t now_raw_ns)
{
	struct estimator_conf ec;
	int online = a->conf.online;
	double offset_s = conf->offset_s - a->conf.offset_s;

	if (conf->filter != a->conf.filter)
		filter_init(&a->filter, conf->filter);
	if (conf->maxdelayquant != a->conf.maxdelayquant)
		quantile_init(&a->quant, conf->maxdelayquant);
	/* what was measured already is seen with the new correction, too */
	if (offset_s != 0)
		association_disturb(a, timens_from_s(offset_s), 0);
	a->conf = *conf;
	assoc_estimator_conf(conf, &ec);
	estimator_change(&a->est, &ec);
	/* what a command said stays, unless this line changed */
	if (conf->online != online)
		association_set_online(a, conf->online, now_raw_ns);
	association_limit_poll(a, now_raw_ns);
}

void
association_keep_samples(struct association *a, int32_t minsamples,
    int32_t maxsamples)
{
	struct estimator_conf ec;

	a->conf.minsamples = minsamples;
	a->conf.maxsamples = maxsamples;
	assoc_estimator_conf(&a->conf, &ec);
	estimator_change(&a->est, &ec);
}

void
association_recheck(struct association *a, int64_t now_raw_ns)
{
	int64_t at = now_raw_ns;

	if (!a->online || a->burst_good > 0 || now_raw_ns < a->calm_raw_ns)
		return;
	if (a->total_tx > 0 && at < a->sent_raw_ns + BURST_GAP_NS)
		at = a->sent_raw_ns + BURST_GAP_NS;
	if (at >= a->next_raw_ns)
		return;
	a->calm_raw_ns = now_raw_ns +
	    RECHECK_CALM * association_interval_ns(a);
	a->burst_good = 1;
	a->burst_left = RECHECK_MAX;
	a->burst_short = 0;
	a->presending = 0;
	a->next_raw_ns = at;
}

/*
 * The option `burst': each poll may be several requests, until one is
 * answered well.  No more than the shortest interval allows on average.
 */
static void
burst_retry(struct association *a)
{
	int room = a->poll_log2 - a->conf.minpoll_log2;

	if (!a->conf.burst || room <= 0 || a->burst_left > 0 ||
	    a->back_offline)
		return;
	a->burst_good = 1;
	a->burst_left = room >= 2 ? RETRY_MAX : 2;
	a->burst_short = 1;
}

int
association_bursting(const struct association *a)
{
	return (a->burst_good > 0 && (a->burst_left > 0 || a->waiting));
}

/*
 * The first minutes.  A frequency that is known to J / span (J: the noise of a
 * sample, span: since the first one) lets the error grow to J * gap / span
 * until the next sample, so gaps that grow with the span keep it at J from the
 * start; a whole interval after four samples in 6 s is an error of 10 J.  The
 * requests that this takes are few and counted, and when the frequency is
 * known well enough (a drift file) there are none.
 */
static int64_t
early_gap(struct association *a, int64_t now_raw_ns)
{
	int64_t gap = association_interval_ns(a), early;
	struct estimate est;

	if (a->early_left == 0 || a->est.count == 0 || estimator_predict(
	    &a->est, a->est.last_raw_ns, 0, &est) == -1 || sqrt(est.var_f) *
	    timens_to_s(gap) < EARLY_GROWTH * est.noise_s)
		return (gap);
	early = timens_from_s((a->conf.iburst ? EARLY_SHARE : PLAIN_SHARE) *
	    timens_to_s(now_raw_ns - a->early_raw_ns));
	if (early < EARLY_GAP_NS && !a->conf.iburst)
		early = EARLY_GAP_NS;
	if (early < BURST_GAP_NS)
		early = BURST_GAP_NS;
	if (early >= gap - gap / 8)
		return (gap);
	a->early_left--;
	return (early);
}

/* How long to wait for the next request; 1/64 at random spreads clients. */
static int64_t
next_gap(struct association *a, int64_t now_raw_ns, uint64_t rnd)
{
	int64_t gap = association_interval_ns(a);

	if (a->burst_good > 0 && a->burst_left > 0 && a->burst_short &&
	    gap < 4 * BURST_GAP_NS)
		return (gap / 4);
	if (a->burst_good > 0 && a->burst_left > 0 && gap > BURST_GAP_NS)
		return (BURST_GAP_NS - (int64_t)(rnd % (NS_PER_SEC / 64)));
	gap = early_gap(a, now_raw_ns);
	return (gap + (int64_t)(rnd % (uint64_t)(gap / 64 + 1)) - gap / 128);
}

int
association_has_key(const struct association *a)
{
	return (a->conf.key == 0 ||
	    keyring_find(a->ring, a->conf.key) != NULL);
}

/*
 * Version 4 cuts a MAC to 20 bytes, which older servers do not know: with a
 * longer one chrony asks with version 3, unless told otherwise, and so do we.
 */
static uint8_t
choose_version(const struct association *a, const struct keyring_key *key)
{
	if (a->conf.version != 0)
		return (a->conf.version);
	return (key != NULL && !a->conf.xleave &&
	    keyring_tail_len(key, NTP_VERSION_MAX - 1) > KEYRING_TAIL_V4 ?
	    NTP_VERSION_MAX - 1 : NTP_VERSION_MAX);
}

/* Its length, or -1 when it cannot be signed. */
static int
build_request(struct association *a, uint64_t rnd, uint8_t *buf)
{
	const struct keyring_key *key = NULL;
	struct ntp_header h;
	size_t len;

	if (a->conf.key != 0 &&
	    (key = keyring_find(a->ring, a->conf.key)) == NULL)
		return (-1);
	a->version = choose_version(a, key);
	memset(&h, 0, sizeof(h));
	h.version = a->version;
	h.mode = NTP_MODE_CLIENT;
	h.transmit = a->cookie;
	if (a->conf.xleave)
		xleave_request(&a->xleave, &h, rnd);
	ntp_header_build(&h, buf);
	if (key == NULL)
		return (NTP_HEADER_LEN);
	len = keyring_sign(a->ring, key, h.version, buf, NTP_HEADER_LEN);
	return (len == 0 ? -1 : (int)len);
}

/*
 * Test 5: what follows the header is the MAC by our key, or, without one,
 * nothing.
 */
static int
is_authentic(const struct association *a, const struct assoc_packet *p,
    const struct ntp_header *h)
{
	const struct keyring_key *key;

	if (a->conf.key == 0)
		return (p->len == NTP_HEADER_LEN);
	if (p->len < NTP_HEADER_LEN + KEYRING_ID_LEN ||
	    (key = keyring_find(a->ring, a->conf.key)) == NULL)
		return (0);
	return (be32dec(p->buf + NTP_HEADER_LEN) == key->id &&
	    keyring_verify(a->ring, key, h->version, p->buf, NTP_HEADER_LEN,
	    p->len));
}

/* A request that fills the caches of addresses on the way comes first? */
static int
presend_wanted(const struct association *a)
{
	return (!a->presending && a->burst_good == 0 &&
	    a->poll_log2 >= a->conf.presend_log2 &&
	    association_interval_ns(a) > 2 * PRESEND_NS);
}

/* A measurement begins. */
static void
poll_begin(struct association *a)
{
	if (a->waiting && !a->presending) {
		/* nothing came; the reach register tells */
		a->unanswered++;
	}
	a->presending = 0;
	a->reach <<= 1;
	filter_poll(&a->filter);
	burst_retry(a);
	if (a->burst_left > 0)
		a->burst_left--;
	if (a->burst_left == 0)
		a->burst_good = 0;
}

int
association_tick(struct association *a, int64_t now_raw_ns,
    const uint64_t rnd[2], uint8_t *buf)
{
	int presend, len;

	if (!a->online || now_raw_ns < a->next_raw_ns)
		return (0);
	if (a->back_offline && a->burst_good == 0) {
		/* the burst is over, and its last request had its time */
		association_set_online(a, 0, now_raw_ns);
		return (0);
	}
	presend = presend_wanted(a);
	if (!presend)
		poll_begin(a);
	else {
		a->unanswered += a->waiting;
		a->presending = 1;
	}
	/* zero is what a broken server would echo anyway */
	a->cookie = rnd[0] != 0 ? rnd[0] : 1;
	a->waiting = 1;
	a->sent_raw_ns = now_raw_ns;
	a->tx_source = 'D';
	len = build_request(a, rnd[0] ^ (rnd[1] << 32 | rnd[1] >> 32), buf);
	a->total_tx += len > 0;
	a->next_raw_ns = now_raw_ns + (presend ? PRESEND_NS :
	    a->back_offline && a->burst_left == 0 ? REPLY_MAX_NS :
	    next_gap(a, now_raw_ns, rnd[1]));
	/* the interval is that of the measurements */
	if (!presend && !a->back_offline && presend_wanted(a))
		a->next_raw_ns -= PRESEND_NS;
	return (len);
}

void
association_sent(struct association *a, int64_t raw_ns, char source)
{
	if (!a->waiting)
		return;
	a->sent_raw_ns = raw_ns;
	a->tx_source = source;
	a->kernel_tx += source == 'K';
}

void
association_error(struct association *a, int error, int64_t now_raw_ns)
{
	a->error = error;
	if (!a->waiting)
		return;
	a->waiting = 0;
	a->unanswered++;
	if (a->next_raw_ns < now_raw_ns)
		a->next_raw_ns = now_raw_ns;
}

/*
 * A kiss counts only when it echoes our random time stamp, otherwise anybody
 * could silence us.  Codes that are not known have no effect (RFC 5905 7.4);
 * a server that is not synchronised answers like that too.
 */
static enum assoc_event
receive_kiss(struct association *a, const struct ntp_header *h,
    int64_t now_raw_ns)
{
	int shift;

	a->waiting = 0;
	a->error = 0;
	a->early_left = 0;
	a->kiss = h->refid;
	if (h->refid == NTP_KISS_DENY || h->refid == NTP_KISS_RSTR) {
		shift = a->kisses < DENY_MAX_SHIFT ? a->kisses :
		    DENY_MAX_SHIFT;
		a->kisses++;
		a->burst_good = a->burst_left = 0;
		a->next_raw_ns = now_raw_ns + (DENY_NS << shift);
		a->calm_raw_ns = a->next_raw_ns;
		return (ASSOC_KISS);
	}
	if (h->refid != NTP_KISS_RATE)
		return (ASSOC_REJECTED);
	a->burst_good = a->burst_left = 0;
	if (a->conf.minpoll_log2 < KISS_POLL)
		a->conf.minpoll_log2++;
	if (a->conf.maxpoll_log2 < a->conf.minpoll_log2)
		a->conf.maxpoll_log2 = a->conf.minpoll_log2;
	if (a->poll_log2 < a->conf.maxpoll_log2)
		a->poll_log2++;
	a->next_raw_ns = now_raw_ns + 4 * association_interval_ns(a);
	a->calm_raw_ns = a->next_raw_ns +
	    RECHECK_CALM * association_interval_ns(a);
	return (ASSOC_KISS);
}

/*
 * The interval follows what more samples are worth: longer while waiting
 * costs less than one sample's noise, shorter after a surprise.
 */
static void
adjust_poll(struct association *a)
{
	struct estimate est;
	double ahead = timens_to_s(association_interval_ns(a));
	double surprise, noise;

	if (a->burst_good > 0 || a->est.count < BURST_GOOD ||
	    estimator_predict(&a->est, a->est.last_raw_ns, 2 * ahead, &est) ==
	    -1)
		return;
	surprise = fabs(a->est.last_innovation_s) /
	    (a->est.last_innovation_sd + 1e-12);
	/* who wants more samples in an estimate gets a shorter interval */
	noise = est.noise_s * POLL_TARGET / fmax(a->conf.polltarget, 1);
	if (surprise > 5)
		a->poll_score -= 4;
	else if (est.grow_s > POLL_SHORTER * noise)
		a->poll_score -= 2;
	else if (est.grow_s < POLL_LONGER * noise)
		a->poll_score++;
	if (a->poll_score >= POLL_SCORE_UP) {
		a->poll_score = 0;
		a->poll_log2++;
	} else if (a->poll_score <= POLL_SCORE_DOWN) {
		a->poll_score = 0;
		a->poll_log2--;
	}
	if (a->poll_log2 > a->conf.maxpoll_log2)
		a->poll_log2 = a->conf.maxpoll_log2;
	if (a->poll_log2 < a->conf.minpoll_log2)
		a->poll_log2 = a->conf.minpoll_log2;
}

/* The answer to a request that only was to be seen on the way. */
static enum assoc_event
receive_presend(struct association *a, const struct ntp_header *h)
{
	a->waiting = 0;
	a->last_transmit = h->transmit;
	/* it warmed the way up: what is measured is to be the next one */
	xleave_clear(&a->xleave);
	return (ASSOC_NOTHING);
}

/* Into the estimator. 0 or -1. */
static int
estimate(struct association *a, const struct estimator_sample *s)
{
	if (estimator_add(&a->est, s) == -1)
		return (-1);
	a->sample = *s;
	return (0);
}

/* A reply that passed all tests. */
static enum assoc_event
take_sample(struct association *a, struct estimator_sample *s,
    int64_t rx_raw_ns)
{
	reply_learn_delay(a, s->delay_s);
	a->total_good++;
	if (a->burst_good > 0 && --a->burst_good == 0) {
		a->burst_left = 0;
		a->next_raw_ns = a->back_offline ? rx_raw_ns :
		    rx_raw_ns + early_gap(a, rx_raw_ns);
	}
	if (!filter_add(&a->filter, s, reply_min_delay(a)))
		return (ASSOC_COLLECTED);
	if (estimate(a, s) == -1) {
		/* a glitch, or did the server or the world jump? */
		association_recheck(a, rx_raw_ns);
		return (ASSOC_JUMP);
	}
	/* when the first one was asked for, nothing was known to be worth it */
	if (a->est.count == 1 && a->burst_good == 0 && !presend_wanted(a))
		a->next_raw_ns = rx_raw_ns + early_gap(a, rx_raw_ns);
	adjust_poll(a);
	return (ASSOC_SAMPLE);
}

static enum assoc_event
receive_reply(struct association *a, const struct assoc_packet *p,
    const struct ntp_header *h)
{
	struct estimator_sample s;
	struct xleave_times t;
	struct assoc_reply r;
	int fresh;

	memset(&r, 0, sizeof(r));
	r.header = *h;
	r.root_delay_s = ntp_short_to_s(h->root_delay);
	r.root_disp_s = ntp_short_to_s(h->root_disp);
	r.tests = reply_test_header(a, p, h, &r);
	if (is_authentic(a, p, h))
		r.tests |= ASSOC_TEST_AUTH;
	if ((r.tests & ASSOC_TEST_PACKET) != ASSOC_TEST_PACKET)
		return (ASSOC_NOTHING);
	/* the true one may still come, so the request stays out */
	a->forged = (r.tests & ASSOC_TEST_AUTH) == 0;
	if (a->forged) {
		a->total_forged++;
		return (ASSOC_NOTHING);
	}
	if (h->stratum == 0)
		return (receive_kiss(a, h, p->rx_raw_ns));
	if (a->presending)
		return (receive_presend(a, h));
	r.interleaved = xleave_is_answer(&a->xleave, h) != 0;
	t.sent_raw_ns = a->sent_raw_ns;
	t.receive = h->receive;
	t.transmit = h->transmit;
	t.rx_raw_ns = p->rx_raw_ns;
	t.steered_ns = p->steered_ns;
	t.tx_source = a->tx_source;
	t.rx_source = p->rx_source;
	fresh = xleave_answer(&a->xleave, h, &t);
	reply_measure(a, p, h, &t, &s, &r);
	r.tests |= fresh ? reply_test_delay(a, &s) :
	    ASSOC_TEST_RATIO | ASSOC_TEST_DEV;
	r.tx_source = t.tx_source;
	r.rx_source = t.rx_source;
	a->waiting = 0;
	a->unanswered = 0;
	a->kisses = 0;
	a->kiss = 0;
	a->error = 0;
	a->kernel_rx += p->rx_source == 'K';
	if (p->local != NULL)
		a->local = *p->local;
	a->last_transmit = h->transmit;
	a->total_valid++;
	a->last = r;
	a->have_last = 1;
	/* as chrony: it is there, whatever became of the measurement */
	if ((r.tests & ASSOC_TEST_REACHED) == ASSOC_TEST_REACHED)
		a->reach |= 1;
	if (r.tests != ASSOC_TEST_ALL)
		return (ASSOC_REJECTED);
	a->reply = r;
	a->have_reply = 1;
	/* what a basic answer measured is not measured once more */
	if (!fresh)
		return (ASSOC_NOTHING);
	return (take_sample(a, &s, p->rx_raw_ns));
}

enum assoc_event
association_receive(struct association *a, const struct assoc_packet *p)
{
	struct ntp_header h;

	a->total_rx++;
	/* nothing asked for, or too late to be of use */
	if (!a->waiting || p->rx_raw_ns - a->sent_raw_ns > REPLY_MAX_NS ||
	    p->rx_raw_ns < a->sent_raw_ns)
		return (ASSOC_NOTHING);
	if (ntp_header_parse(p->buf, p->len, &h))
		return (ASSOC_NOTHING);
	/* old servers answer with the version that they know */
	if (h.mode != NTP_MODE_SERVER || h.version > a->version)
		return (ASSOC_NOTHING);
	return (receive_reply(a, p, &h));
}

int
association_restore(struct association *a,
    const struct estimator_sample *samples, size_t n)
{
	struct estimator alone = a->est;
	size_t i;

	if (a->est.count != 1)
		return (-1);
	estimator_init(&a->est, &alone.conf, alone.init_f, alone.init_f_sd);
	for (i = 0; i < n; i++)
		(void)estimator_add(&a->est, &samples[i]);
	if (a->est.count > 0 && estimator_add(&a->est, &a->sample) == 0 &&
	    a->est.count > 1)
		return (0);
	a->est = alone;
	return (-1);
}

void
association_disturb(struct association *a, int64_t shift_ns, double sd_s)
{
	/* what is collected has both sides of it, as has an exchange that is
	 * under way: its answer may come in time and be of before */
	a->waiting = 0;
	filter_clear(&a->filter);
	xleave_clear(&a->xleave);
	estimator_disturb(&a->est, shift_ns, sd_s);
}

double
association_root_distance(const struct association *a, int64_t raw_ns)
{
	struct estimate est;

	if (!a->have_reply || estimator_predict(&a->est, raw_ns, 0, &est))
		return (INFINITY);
	return (a->reply.root_delay_s / 2 + a->reply.root_disp_s +
	    reply_min_delay(a) / 2 + a->reply.disp_s +
	    OWN_SIGMAS * sqrt(est.var_y) +
	    HOLD_RATE * timens_to_s(raw_ns - a->reply.raw_ns));
}
