/*
 * Measuring a reply, and what of it is believed.  Engine core: pure.
 *
 * The tests of the delay take the least delay of the last 33 to 64 good
 * replies (in two halves, the older of which is dropped when the newer is
 * full), or `mindelay'.
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/reply.h"

#define DRIFT_RATE	15e-6		/* RFC 5905 PHI, s/s */
#define DELAY_HALF	32		/* replies of one half */
#define DEV_SAMPLES	6		/* fewer tell no deviation */
#define QUANT_SAMPLES	8		/* fewer tell no quantile */
#define HOLD_RATE	1e-6		/* of the prediction, s/s */
#define REFUSED_MAX	8		/* by test C in a row */

double
reply_min_delay(const struct association *a)
{
	if (a->conf.mindelay_s > 0)
		return (a->conf.mindelay_s);
	if (a->ndelays == 0)
		return (INFINITY);
	return (fmin(a->delay_old_s, a->delay_new_s));
}

/* Who asks his own server would follow himself, whatever its address is. */
static int
is_us(const struct assoc_packet *p, const struct ntp_header *h)
{
	const struct assoc_shown *s;
	unsigned i;

	for (i = 0; p->shown != NULL && i < ASSOC_SHOWN; i++) {
		s = &p->shown[i];
		if (s->reference != 0 && s->reference == h->reference &&
		    s->refid == h->refid && s->stratum == h->stratum)
			return (1);
	}
	return (0);
}

uint32_t
reply_test_header(const struct association *a, const struct assoc_packet *p,
    const struct ntp_header *h, const struct assoc_reply *r)
{
	uint32_t tests = 0;
	int64_t age;
	ntp_ts now;

	if (h->transmit != a->last_transmit)
		tests |= ASSOC_TEST_DUPLICATE;
	if (h->origin == a->cookie || xleave_is_answer(&a->xleave, h))
		tests |= ASSOC_TEST_BOGUS;
	if (h->receive != 0 && h->transmit != 0)
		tests |= ASSOC_TEST_INVALID;
	if (h->leap != NTP_LEAP_UNSYNC && h->stratum >= 1 &&
	    h->stratum <= NTP_STRATUM_MAX)
		tests |= ASSOC_TEST_SYNC;
	/* reference time after transmit time: the server contradicts itself */
	now = xleave_is_answer(&a->xleave, h) ? h->receive : h->transmit;
	age = ntp_ts_to_ns(now, p->now_true_ns) -
	    ntp_ts_to_ns(h->reference, p->now_true_ns);
	if (r->root_delay_s / 2 + r->root_disp_s < NTP_MAXDISP_S &&
	    (h->reference == 0 || age >= 0))
		tests |= ASSOC_TEST_ROOT;
	/* stratum 1 names a clock, not an address */
	if ((h->stratum <= 1 || p->our_refid == 0 ||
	    h->refid != p->our_refid) && !is_us(p, h))
		tests |= ASSOC_TEST_LOOP;
	return (tests);
}

void
reply_measure(const struct association *a, const struct assoc_packet *p,
    const struct ntp_header *h, const struct xleave_times *t,
    struct estimator_sample *s, struct assoc_reply *r)
{
	int64_t t2, t3, d1, d2, span;
	double remote;

	t2 = ntp_ts_to_ns(t->receive, p->now_true_ns);
	t3 = ntp_ts_to_ns(t->transmit, t2);
	d1 = t2 - t->sent_raw_ns;
	d2 = t3 - t->rx_raw_ns;
	span = t->rx_raw_ns - t->sent_raw_ns;
	s->raw_ns = t->sent_raw_ns + span / 2;
	s->y_ns = d1 + (d2 - d1) / 2 + timens_from_s(a->conf.offset_s);
	s->delay_s = timens_to_s(span) - timens_to_s(t3 - t2);
	remote = ldexp(1, h->precision < -32 ? -32 :
	    h->precision > 0 ? 0 : h->precision);
	s->disp_s = p->precision_s + remote;
	r->disp_s = s->disp_s + DRIFT_RATE * timens_to_s(span);
	r->delay_s = s->delay_s;
	r->response_s = timens_to_s(t3 - t2);
	r->raw_ns = s->raw_ns;
	r->steered_ns = t->steered_ns;
	r->offset_s = timens_to_s(s->y_ns - t->steered_ns);
	if (t2 >= ASSOC_TIME_MIN_NS && t3 >= t2 && t3 <= ASSOC_TIME_MAX_NS &&
	    s->delay_s > -s->disp_s &&
	    s->delay_s - s->disp_s <= a->conf.maxdelay_s)
		r->tests |= ASSOC_TEST_DELAY;
	/* with a coarse clock the difference may come out below zero */
	if (s->delay_s < s->disp_s)
		s->delay_s = s->disp_s;
	if (r->delay_s < 0)
		r->delay_s = 0;
}

/*
 * Test C.  A long delay that the offset does not show is let through: the
 * delay cannot be what moved such a sample, the clock or the server did.
 */
static int
test_deviation(const struct association *a, const struct estimator_sample *s,
    double min_s)
{
	struct estimator_stats st;
	struct estimate est;
	double increase, most, moved, ago;

	if (a->conf.maxdelaydevratio <= 0 || a->est.count < DEV_SAMPLES ||
	    estimator_predict(&a->est, s->raw_ns, 0, &est) == -1)
		return (1);
	estimator_get_stats(&a->est, &st);
	ago = timens_to_s(s->raw_ns - a->est.last_raw_ns);
	increase = (s->delay_s - min_s) / 2;
	most = a->conf.maxdelaydevratio * st.sd_s + s->disp_s +
	    ago * (sqrt(est.var_f) + HOLD_RATE);
	if (increase <= most)
		return (1);
	moved = fabs(timens_to_s(s->y_ns - est.y_ns));
	return (moved - most > increase);
}

uint32_t
reply_test_delay(struct association *a, const struct estimator_sample *s)
{
	double min_s = reply_min_delay(a);
	uint32_t tests = 0;
	int fits;

	if (a->conf.maxdelayratio < 1 || !isfinite(min_s) ||
	    s->delay_s <= min_s * a->conf.maxdelayratio)
		tests |= ASSOC_TEST_RATIO;
	if (a->conf.maxdelayquant > 0) {
		fits = a->quant.count < QUANT_SAMPLES ||
		    s->delay_s <= quantile_get(&a->quant);
		quantile_add(&a->quant, s->delay_s);
	} else {
		fits = !isfinite(min_s) || test_deviation(a, s, min_s);
		a->refused = fits ? 0 : a->refused + 1;
		if (a->refused >= REFUSED_MAX) {
			a->refused = 0;
			a->ndelays = 0;
			reply_learn_delay(a, s->delay_s);
			fits = 1;
		}
	}
	if (fits)
		tests |= ASSOC_TEST_DEV;
	return (tests);
}

void
reply_learn_delay(struct association *a, double delay_s)
{
	if (a->ndelays == 0)
		a->delay_old_s = a->delay_new_s = INFINITY;
	else if (a->ndelays % DELAY_HALF == 0) {
		a->delay_old_s = a->delay_new_s;
		a->delay_new_s = INFINITY;
	}
	a->ndelays++;
	a->delay_new_s = fmin(a->delay_new_s, delay_s);
}
