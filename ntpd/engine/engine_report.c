/*
 * Reports of chrony's protocol and of OpenNTPD's lines, from the state of the
 * engine.  Engine core: pure; must change nothing.
 */
#include <math.h>
#include <string.h>

#include "common/refid.h"
#include "common/timens.h"
#include "ntpd/engine/engine_report.h"
#include "ntpd/engine/sources.h"
#include "ntpd/engine/steer.h"

#define TRUST_MAX	10	/* OpenNTPD's scale */
#define TRUST_VALID	6
#define NO_SKEW_PPM	2000.0	/* what chrony shows without samples */
#define NO_SD_S		4.0

static const uint16_t report_states[SELECT_STATES] = {
	[SELECT_NO_SAMPLES] = REPORT_STATE_NONSELECTABLE,
	[SELECT_NOSELECT] = REPORT_STATE_NONSELECTABLE,
	[SELECT_UNSYNC] = REPORT_STATE_NONSELECTABLE,
	[SELECT_STRATUM] = REPORT_STATE_NONSELECTABLE,
	[SELECT_DISTANT] = REPORT_STATE_NONSELECTABLE,
	[SELECT_JITTERY] = REPORT_STATE_JITTERY,
	[SELECT_EARLY] = REPORT_STATE_NONSELECTABLE,
	[SELECT_STALE] = REPORT_STATE_NONSELECTABLE,
	[SELECT_ORPHAN] = REPORT_STATE_NONSELECTABLE,
	[SELECT_UNTRUSTED] = REPORT_STATE_FALSETICKER,
	[SELECT_FALSETICKER] = REPORT_STATE_FALSETICKER,
	[SELECT_WAITING] = REPORT_STATE_NONSELECTABLE,
	[SELECT_SELECTABLE] = REPORT_STATE_SELECTABLE,
	[SELECT_NOT_PREFERRED] = REPORT_STATE_SELECTABLE,
	[SELECT_OUTLIER] = REPORT_STATE_SELECTABLE,
	[SELECT_COMBINED] = REPORT_STATE_COMBINED,
	[SELECT_SELECTED] = REPORT_STATE_SELECTED
};

int
engine_report_true(const struct engine *e, const struct clock_pair *now,
    int64_t *y_ns)
{
	if (e->disc.synced)
		*y_ns = discipline_y_ns(&e->disc, now->raw_ns);
	else if (e->manual.n > 0)
		*y_ns = manual_y_ns(&e->manual, now->raw_ns);
	else
		return (0);
	return (1);
}

static double
steered_offset(struct engine *e, const struct clock_pair *now)
{
	int64_t y;

	if (!engine_report_true(e, now, &y))
		return (0);
	return (timens_to_s(y -
	    clockmodel_steer_ns(&e->clock, now)));
}

void
engine_report_tracking(struct engine *e, const struct clock_pair *now,
    struct report_tracking *r)
{
	const struct discipline *d = &e->disc;

	memset(r, 0, sizeof(*r));
	r->leap = REPORT_LEAP_UNSYNC;
	r->freq_ppm = -e->clock.base_ppm;
	r->skew_ppm = d->skew * 1e6;
	r->resid_freq_ppm = 0;
	if (steer_is_local(e, now->raw_ns)) {
		r->stratum = e->local.stratum;
		r->refid = REFID_LOCAL;
		r->leap = REPORT_LEAP_NORMAL;
		r->ref_time_ns = now->real_ns;
	} else if (d->synced) {
		r->addr = d->addr;
		r->refid = d->refid;
		r->stratum = d->stratum < NTP_STRATUM_UNSYNC ? d->stratum : 0;
		r->leap = d->leap;
		r->ref_time_ns = d->ref_time_ns;
		r->root_delay_s = d->root_delay_s;
		r->root_disp_s = discipline_root_disp(d, now->raw_ns);
	} else
		r->root_delay_s = r->root_disp_s = 1;
	r->correction_s = steered_offset(e, now);
	r->last_offset_s = d->last_offset_s;
	r->rms_offset_s = d->rms_offset_s;
	r->update_interval_s = d->interval_s;
	if (d->synced)
		r->resid_freq_ppm = -(d->freq * 1e6 - e->clock.base_ppm);
}

static uint32_t
seconds_since(const struct clock_pair *now, int64_t raw_ns)
{
	return ((uint32_t)((now->raw_ns - raw_ns) / NS_PER_SEC));
}

/* Whatever a server says, 0 to 16. */
static uint16_t
source_stratum(const struct source *s)
{
	if (!s->a.have_last)
		return (0);
	return (s->a.last.header.stratum > NTP_STRATUM_UNSYNC ?
	    NTP_STRATUM_UNSYNC : s->a.last.header.stratum);
}

void
engine_report_source(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct report_source *r)
{
	const struct assoc_reply *rep = &s->a.reply;
	struct estimate est;
	int64_t steer = clockmodel_steer_ns(&e->clock, now);

	memset(r, 0, sizeof(*r));
	r->addr = s->a.addr;
	r->id = s->id;
	r->poll_log2 = s->a.poll_log2;
	r->mode = REPORT_MODE_CLIENT;
	r->state = report_states[s->state];
	r->reach = s->a.reach;
	r->since_sample_s = REPORT_NEVER;
	r->stratum = source_stratum(s);
	if (!s->a.have_reply)
		return;
	if (estimator_predict(&s->a.est, now->raw_ns, 0, &est) == -1)
		return;
	r->since_sample_s = seconds_since(now, s->a.est.last_raw_ns);
	r->orig_offset_s = rep->offset_s;
	/* the measured one, seen from where the clock is now */
	r->offset_s = rep->offset_s + timens_to_s(rep->steered_ns - steer);
	r->error_s = rep->root_delay_s / 2 + rep->root_disp_s +
	    rep->delay_s / 2 + rep->disp_s;
}

void
engine_report_sourcestats(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct report_sourcestats *r)
{
	struct estimator_stats st;
	struct estimate est;
	int64_t steer = clockmodel_steer_ns(&e->clock, now);

	memset(r, 0, sizeof(*r));
	r->addr = s->a.addr;
	r->id = s->id;
	r->skew_ppm = NO_SKEW_PPM;
	r->sd_s = NO_SD_S;
	if (s->a.est.count == 0)
		return;
	estimator_get_stats(&s->a.est, &st);
	r->n_samples = st.samples;
	r->n_runs = st.runs;
	r->span_s = (uint32_t)st.span_s;
	r->sd_s = st.sd_s;
	if (estimator_predict(&s->a.est, now->raw_ns, 0, &est) == -1)
		return;
	r->resid_freq_ppm = e->clock.base_ppm - est.freq * 1e6;
	r->skew_ppm = sqrt(est.var_f) * 1e6;
	r->offset_s = timens_to_s(est.y_ns - steer);
	r->offset_err_s = sqrt(est.var_y);
}

void
engine_report_no_stats(uint32_t id, struct report_sourcestats *r)
{
	memset(r, 0, sizeof(*r));
	r->id = id;
	r->skew_ppm = NO_SKEW_PPM;
	r->sd_s = NO_SD_S;
}

static uint16_t
conf_options(const struct conf_source *c)
{
	return ((c->noselect ? REPORT_OPT_NOSELECT : 0) |
	    (c->prefer ? REPORT_OPT_PREFER : 0) |
	    (c->trust ? REPORT_OPT_TRUST : 0) |
	    (c->require ? REPORT_OPT_REQUIRE : 0));
}

void
engine_report_selectdata(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct report_selectdata *r)
{
	(void)e;
	memset(r, 0, sizeof(*r));
	r->addr = s->a.addr;
	r->id = s->id;
	r->state = (uint8_t)select_letter(s->state);
	/* one that never answered is not synchronised, to chronyd */
	if (s->state == SELECT_NO_SAMPLES && !s->a.have_last)
		r->state = (uint8_t)select_letter(SELECT_UNSYNC);
	r->leap = REPORT_LEAP_UNSYNC;
	r->conf_options = (uint16_t)s->options;
	r->eff_options = r->conf_options;
	r->authenticated = s->a.conf.key != 0;
	r->score = s->sel.score > 1 ? s->sel.score : 1;
	/* 0 where there is no sample: so chronyd has it */
	if (s->a.est.count == 0)
		return;
	r->leap = s->a.last.header.leap;
	r->since_sample_s = seconds_since(now, s->a.est.last_raw_ns);
	r->eff_options = (uint16_t)s->sel.options;
	r->offset_lo_s = s->sel.lo_s;
	r->offset_hi_s = s->sel.hi_s;
}

void
engine_report_no_selectdata(const struct entry *en,
    struct report_selectdata *r)
{
	memset(r, 0, sizeof(*r));
	r->id = en->id;
	r->state = 's';
	r->leap = REPORT_LEAP_UNSYNC;
	r->conf_options = conf_options(&en->conf);
	r->eff_options = r->conf_options;
	r->authenticated = en->conf.key != 0;
	r->score = 1;
}

static uint32_t
counter(uint64_t n)
{
	return ((uint32_t)n);
}

void
engine_report_ntpdata(const struct clock_pair *now, const struct source *s,
    struct report_ntpdata *r)
{
	const struct assoc_reply *l = &s->a.last;
	const struct ntp_header *h = &l->header;
	int64_t ref;

	memset(r, 0, sizeof(*r));
	r->remote = s->a.addr;
	r->total_tx = counter(s->a.total_tx);
	r->total_rx = counter(s->a.total_rx);
	r->total_valid = counter(s->a.total_valid);
	r->total_good = counter(s->a.total_good);
	r->kernel_tx = counter(s->a.kernel_tx);
	r->kernel_rx = counter(s->a.kernel_rx);
	if (!s->a.have_last)
		return;
	r->local = s->a.local;
	r->jitter_asymmetry = s->a.est.asymmetry;
	r->leap = h->leap;
	r->version = h->version;
	r->mode = h->mode;
	r->stratum = h->stratum;
	r->poll_log2 = h->poll;
	r->precision_log2 = h->precision;
	r->tests = (uint16_t)l->tests;
	r->authenticated = s->a.conf.key != 0;
	r->refid = h->refid;
	ref = h->reference != 0 ? ntp_ts_to_ns(h->reference, now->real_ns) : 0;
	r->ref_time_ns = ref > 0 ? ref : 0;
	r->root_delay_s = l->root_delay_s;
	r->root_disp_s = l->root_disp_s;
	r->offset_s = l->offset_s;
	r->delay_s = l->delay_s;
	r->disp_s = l->disp_s;
	r->response_s = l->response_s;
	r->interleaved = l->interleaved;
	r->tx_source = (uint8_t)l->tx_source;
	r->rx_source = (uint8_t)l->rx_source;
}

void
engine_report_authdata(const struct engine *e, uint32_t id,
    struct report_authdata *r)
{
	const struct keyring_key *key = keyring_find(e->ring, id);

	memset(r, 0, sizeof(*r));
	r->since_ke_s = REPORT_NEVER;
	if (id == 0)
		return;
	r->mode = REPORT_AUTH_KEY;
	r->key_id = id;
	if (key == NULL)
		return;
	r->key_type = (uint16_t)key->type;
	r->key_bits = (uint16_t)key->bits;
}

void
engine_report_activity(struct engine *e, struct report_activity *r)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < e->nsources; i++) {
		const struct association *a = &e->sources[i]->a;

		if (a->back_offline)
			r->burst_offline++;
		else if (!a->online)
			r->offline++;
		else if (a->burst_good > 0)
			r->burst_online++;
		else
			r->online++;
	}
	r->unresolved = sources_unresolved(e);
}

/* The reach register on OpenNTPD's scale of trust. */
static unsigned
trust_level(const struct source *s)
{
	unsigned bits = (unsigned)__builtin_popcount(s->a.reach);
	unsigned t = s->a.est.count > 0 ? 2 + bits : 0;

	if (s->state >= SELECT_WAITING && t < TRUST_VALID)
		t = TRUST_VALID;
	return (t > TRUST_MAX ? TRUST_MAX : t);
}

static int
peer_valid(const struct source *s)
{
	return (s->a.reach != 0 && s->state >= SELECT_WAITING &&
	    s->a.have_reply);
}

void
engine_report_status(struct engine *e, const struct clock_pair *now,
    struct report_status *r)
{
	struct report_tracking t;
	size_t i;

	memset(r, 0, sizeof(*r));
	engine_report_tracking(e, now, &t);
	for (i = 0; i < e->nsources; i++) {
		r->peers++;
		r->peers_valid += peer_valid(e->sources[i]);
	}
	r->peers += sources_unresolved(e);
	r->synced = t.leap != REPORT_LEAP_UNSYNC;
	r->stratum = t.stratum;
	r->offset_s = t.correction_s;
}

void
engine_report_peer(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct report_peer *r)
{
	const struct entry *en = &e->entries[s->entry];
	struct report_sourcestats st;

	memset(r, 0, sizeof(*r));
	engine_report_sourcestats(e, now, s, &st);
	r->addr = s->a.addr;
	r->selected = s->state == SELECT_SELECTED;
	r->weight = en->conf.weight;
	r->trust = trust_level(s);
	r->stratum = source_stratum(s);
	if (s->a.online && s->a.next_raw_ns > now->raw_ns)
		r->next_s = (int32_t)((s->a.next_raw_ns - now->raw_ns) /
		    NS_PER_SEC);
	r->poll_s = (int32_t)(association_interval_ns(&s->a) / NS_PER_SEC);
	r->valid = peer_valid(s);
	r->from_pool = en->conf.type == CONF_POOL_SOURCE;
	r->offset_s = st.offset_s;
	r->delay_s = s->a.reply.delay_s;
	r->jitter_s = st.sd_s;
	strlcpy(r->name, en->conf.name, sizeof(r->name));
}

void
engine_report_no_peer(const struct clock_pair *now, const struct entry *en,
    struct report_peer *r)
{
	memset(r, 0, sizeof(*r));
	r->weight = en->conf.weight;
	r->from_pool = en->conf.type == CONF_POOL_SOURCE;
	if (en->next_ask_raw_ns != ENGINE_NEVER &&
	    en->next_ask_raw_ns > now->raw_ns)
		r->next_s = (int32_t)((en->next_ask_raw_ns - now->raw_ns) /
		    NS_PER_SEC);
	strlcpy(r->name, en->conf.name, sizeof(r->name));
}
