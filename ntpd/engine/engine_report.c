/*
 * What control asks, and the answers.  Engine core: pure.
 */
#include <math.h>
#include <string.h>

#include "common/candm.h"
#include "common/refid.h"
#include "common/timens.h"
#include "ntpd/engine/engine_report.h"
#include "ntpd/engine/sources.h"
#include "ntpd/engine/steer.h"

#define TRUST_MAX	10	/* OpenNTPD's scale */
#define TRUST_VALID	6
#define NO_SKEW_PPM	2000.0	/* what chrony shows without samples */
#define NO_SD_S		4.0

/* What is known for an index or an address, by message type. */
struct ask {
	enum msg_type	type;
	void		(*fn)(struct engine *, const struct clock_pair *,
			    const void *);
};

static const uint16_t report_states[] = {
	[SELECT_UNUSABLE] = REPORT_STATE_NONSELECTABLE,
	[SELECT_DISTANT] = REPORT_STATE_NONSELECTABLE,
	[SELECT_JITTERY] = REPORT_STATE_JITTERY,
	[SELECT_FALSETICKER] = REPORT_STATE_FALSETICKER,
	[SELECT_WAITING] = REPORT_STATE_NONSELECTABLE,
	[SELECT_SELECTABLE] = REPORT_STATE_SELECTABLE,
	[SELECT_COMBINED] = REPORT_STATE_COMBINED,
	[SELECT_SELECTED] = REPORT_STATE_SELECTED
};

static double
steered_offset(struct engine *e, const struct clock_pair *now)
{
	if (!e->disc.synced)
		return (0);
	return (timens_to_s(discipline_y_ns(&e->disc, now->raw_ns) -
	    (clockmodel_steered(&e->clock, now) - now->raw_ns)));
}

static void
report_tracking(struct engine *e, const struct clock_pair *now,
    struct report_tracking *r)
{
	const struct discipline *d = &e->disc;

	memset(r, 0, sizeof(*r));
	r->leap = REPORT_LEAP_UNSYNC;
	r->freq_ppm = -e->clock.base_ppm;
	r->skew_ppm = d->skew * 1e6;
	r->resid_freq_ppm = 0;
	if (steer_is_local(e, now->raw_ns)) {
		r->stratum = e->params.conf->local.stratum;
		r->refid = REFID_LOCAL;
		r->leap = REPORT_LEAP_NORMAL;
		r->ref_time_ns = now->real_ns;
	} else if (d->synced) {
		r->addr = d->addr;
		r->refid = d->refid;
		r->stratum = d->stratum < NTP_STRATUM_UNSYNC ? d->stratum : 0;
		r->leap = d->leap;
		r->ref_time_ns = d->ref_raw_ns + d->y_ns;
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

static void
report_source(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct report_source *r)
{
	const struct assoc_reply *rep = &s->a.reply;
	struct estimate est;
	int64_t steer = clockmodel_steered(&e->clock, now) - now->raw_ns;

	memset(r, 0, sizeof(*r));
	r->addr = s->a.addr;
	r->id = s->id;
	r->poll_log2 = s->a.poll_log2;
	r->mode = REPORT_MODE_CLIENT;
	r->state = report_states[s->state];
	if (s->a.reach == 0)
		r->state = REPORT_STATE_NONSELECTABLE;
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

static void
report_sourcestats(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct report_sourcestats *r)
{
	struct estimator_stats st;
	struct estimate est;
	int64_t steer = clockmodel_steered(&e->clock, now) - now->raw_ns;

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

static void
report_activity(struct engine *e, struct report_activity *r)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < e->nsources; i++) {
		const struct association *a = &e->sources[i]->a;

		if (!a->online)
			r->offline++;
		else if (a->burst_good > 0 && !a->conf.iburst)
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

static void
report_status(struct engine *e, const struct clock_pair *now,
    struct report_status *r)
{
	struct report_tracking t;
	size_t i;

	memset(r, 0, sizeof(*r));
	report_tracking(e, now, &t);
	for (i = 0; i < e->nsources; i++) {
		r->peers++;
		r->peers_valid += peer_valid(e->sources[i]);
	}
	r->peers += sources_unresolved(e);
	r->synced = t.leap != REPORT_LEAP_UNSYNC;
	r->stratum = t.stratum;
	r->offset_s = t.correction_s;
}

static void
report_peer(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct report_peer *r)
{
	const struct entry *en = &e->entries[s->entry];
	struct report_sourcestats st;

	memset(r, 0, sizeof(*r));
	report_sourcestats(e, now, s, &st);
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

static void
tell_result(struct engine *e, uint32_t id, uint32_t status)
{
	struct msg_result m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.status = status;
	e->ops.to_control(e->ctx, MSG_TELL_RESULT, &m);
}

/* Sources by index; unresolved entries come after them. */
static struct source *
ask_index(struct engine *e, const struct msg_ask *m)
{
	if (m->value < e->nsources)
		return (e->sources[m->value]);
	return (NULL);
}

static const struct entry *
ask_unresolved(struct engine *e, uint32_t index, uint32_t *id)
{
	uint32_t n = (uint32_t)e->nsources;
	size_t i, k;

	for (i = 0; i < e->nentries; i++) {
		for (k = 0; k < e->nsources; k++)
			if (e->sources[k]->entry == i)
				break;
		if (e->entries[i].literal || k < e->nsources)
			continue;
		if (n++ == index) {
			*id = e->entries[i].id;
			return (&e->entries[i]);
		}
	}
	return (NULL);
}

static void
ask_tracking(struct engine *e, const struct clock_pair *now, const void *p)
{
	struct msg_tracking t;

	memset(&t, 0, sizeof(t));
	t.id = ((const struct msg_id *)p)->id;
	report_tracking(e, now, &t.r);
	e->ops.to_control(e->ctx, MSG_TELL_TRACKING, &t);
}

static void
ask_nsources(struct engine *e, const struct clock_pair *now, const void *p)
{
	struct msg_ask t;

	(void)now;
	memset(&t, 0, sizeof(t));
	t.id = ((const struct msg_id *)p)->id;
	t.value = (uint32_t)e->nsources + sources_unresolved(e);
	e->ops.to_control(e->ctx, MSG_TELL_NSOURCES, &t);
}

static void
ask_source(struct engine *e, const struct clock_pair *now, const void *p)
{
	const struct msg_ask *m = p;
	const struct source *s = ask_index(e, m);
	const struct entry *en = NULL;
	struct msg_source t;

	memset(&t, 0, sizeof(t));
	t.id = m->id;
	if (s != NULL)
		report_source(e, now, s, &t.r);
	else if ((en = ask_unresolved(e, m->value, &t.r.id)) != NULL) {
		t.r.poll_log2 = en->conf.minpoll_log2;
		t.r.state = REPORT_STATE_NONSELECTABLE;
		t.r.since_sample_s = REPORT_NEVER;
	} else {
		tell_result(e, m->id, CANDM_STT_NOSUCHSOURCE);
		return;
	}
	e->ops.to_control(e->ctx, MSG_TELL_SOURCE, &t);
}

static void
ask_sourcestats(struct engine *e, const struct clock_pair *now,
    const void *p)
{
	const struct msg_ask *m = p;
	const struct source *s = ask_index(e, m);
	struct msg_sourcestats t;

	memset(&t, 0, sizeof(t));
	t.id = m->id;
	if (s != NULL)
		report_sourcestats(e, now, s, &t.r);
	else if (ask_unresolved(e, m->value, &t.r.id) == NULL) {
		tell_result(e, m->id, CANDM_STT_NOSUCHSOURCE);
		return;
	}
	e->ops.to_control(e->ctx, MSG_TELL_SOURCESTATS, &t);
}

static void
ask_activity(struct engine *e, const struct clock_pair *now, const void *p)
{
	struct msg_activity t;

	(void)now;
	memset(&t, 0, sizeof(t));
	t.id = ((const struct msg_id *)p)->id;
	report_activity(e, &t.r);
	e->ops.to_control(e->ctx, MSG_TELL_ACTIVITY, &t);
}

static void
ask_name(struct engine *e, const struct clock_pair *now, const void *p)
{
	const struct msg_askaddr *m = p;
	const struct source *s = NULL;
	struct addr a = m->addr;
	const struct entry *en = NULL;
	struct msg_name t;

	(void)now;
	a.port = 0;
	if (a.family != ADDR_NONE) {
		s = engine_find_addr(e, &a);
		en = s != NULL ? &e->entries[s->entry] : NULL;
	} else
		en = sources_find(e, m->source_id);
	if (en == NULL) {
		tell_result(e, m->id, CANDM_STT_NOSUCHSOURCE);
		return;
	}
	memset(&t, 0, sizeof(t));
	t.id = m->id;
	strlcpy(t.r.name, en->conf.name, sizeof(t.r.name));
	e->ops.to_control(e->ctx, MSG_TELL_NAME, &t);
}

static void
ask_status(struct engine *e, const struct clock_pair *now, const void *p)
{
	struct msg_peerstatus t;

	memset(&t, 0, sizeof(t));
	t.id = ((const struct msg_id *)p)->id;
	report_status(e, now, &t.r);
	e->ops.to_control(e->ctx, MSG_TELL_PEERSTATUS, &t);
}

static void
ask_peer(struct engine *e, const struct clock_pair *now, const void *p)
{
	const struct msg_ask *m = p;
	const struct source *s = ask_index(e, m);
	const struct entry *en;
	struct msg_peer t;
	uint32_t id;

	memset(&t, 0, sizeof(t));
	t.id = m->id;
	if (s != NULL)
		report_peer(e, now, s, &t.r);
	else if ((en = ask_unresolved(e, m->value, &id)) != NULL) {
		t.r.weight = en->conf.weight;
		t.r.from_pool = en->conf.type == CONF_POOL_SOURCE;
		if (en->next_ask_raw_ns != ENGINE_NEVER &&
		    en->next_ask_raw_ns > now->raw_ns)
			t.r.next_s = (int32_t)((en->next_ask_raw_ns -
			    now->raw_ns) / NS_PER_SEC);
		strlcpy(t.r.name, en->conf.name, sizeof(t.r.name));
	} else {
		tell_result(e, m->id, CANDM_STT_NOSUCHSOURCE);
		return;
	}
	e->ops.to_control(e->ctx, MSG_TELL_PEER, &t);
}

static void
do_makestep(struct engine *e, const struct clock_pair *now, const void *p)
{
	steer_makestep(e, now, ((const struct msg_id *)p)->id);
}

static const struct ask asks[] = {
	{ MSG_ASK_TRACKING,	ask_tracking },
	{ MSG_ASK_NSOURCES,	ask_nsources },
	{ MSG_ASK_SOURCE,	ask_source },
	{ MSG_ASK_SOURCESTATS,	ask_sourcestats },
	{ MSG_ASK_ACTIVITY,	ask_activity },
	{ MSG_ASK_NAME,		ask_name },
	{ MSG_ASK_STATUS,	ask_status },
	{ MSG_ASK_PEER,		ask_peer },
	{ MSG_DO_MAKESTEP,	do_makestep }
};

void
engine_report_answer(struct engine *e, const struct clock_pair *now,
    enum msg_type type, const void *payload)
{
	size_t i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (asks[i].type == type) {
			asks[i].fn(e, now, payload);
			return;
		}
}
