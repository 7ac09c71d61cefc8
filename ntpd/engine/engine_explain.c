/*
 * Reasons.  Engine core: pure; it must decide nothing, only tell what was
 * decided.
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/engine_explain.h"
#include "ntpd/engine/engine_report.h"
#include "ntpd/engine/sources.h"
#include "ntpd/engine/steer.h"

#define SILENT		8	/* requests in a row without an answer */

static uint32_t
seconds_since(const struct clock_pair *now, int64_t raw_ns)
{
	int64_t s = (now->raw_ns - raw_ns) / NS_PER_SEC;

	return (s < 0 ? 0 : s >= REPORT_NEVER ? REPORT_NEVER - 1 :
	    (uint32_t)s);
}

/* What the last reply fails, or NONE. */
static enum report_reason
reason_of_tests(const struct association *a)
{
	if (!a->have_last || a->last.tests == ASSOC_TEST_ALL)
		return (REPORT_REASON_NONE);
	if ((a->last.tests & ASSOC_TEST_AUTH) == 0)
		return (REPORT_REASON_AUTH);
	if ((a->last.tests & ASSOC_TEST_SYNC) == 0)
		return (REPORT_REASON_NOT_SYNCED);
	if ((a->last.tests & ASSOC_TEST_LOOP) == 0)
		return (REPORT_REASON_LOOP);
	return (REPORT_REASON_TESTS);
}

static enum report_reason
reason_of_kiss(const struct association *a)
{
	switch (a->kiss) {
	case NTP_KISS_DENY:
		return (REPORT_REASON_KISS_DENY);
	case NTP_KISS_RSTR:
		return (REPORT_REASON_KISS_RSTR);
	case NTP_KISS_RATE:
		return (REPORT_REASON_KISS_RATE);
	case 0:
		return (REPORT_REASON_NONE);
	default:
		/* INIT, STEP and the like: it answers, and has no time */
		return (REPORT_REASON_NOT_SYNCED);
	}
}

/* Enough are good; what is missing is one with `require'. */
static int
lacks_required(const struct engine *e)
{
	int good = 0;
	size_t i;

	for (i = 0; i < e->nsources; i++)
		good += e->sources[i]->state == SELECT_WAITING;
	return (good >= e->params.conf->minsources);
}

static enum report_reason
reason_of(const struct engine *e, const struct source *s)
{
	static const enum report_reason reasons[SELECT_STATES] = {
		[SELECT_NO_SAMPLES] = REPORT_REASON_WAITING,
		[SELECT_NOSELECT] = REPORT_REASON_NOSELECT,
		[SELECT_UNSYNC] = REPORT_REASON_NOT_SYNCED,
		[SELECT_STRATUM] = REPORT_REASON_TESTS,
		[SELECT_EARLY] = REPORT_REASON_WAITING_OTHERS,
		[SELECT_STALE] = REPORT_REASON_STALE,
		[SELECT_ORPHAN] = REPORT_REASON_ORPHAN,
		[SELECT_UNTRUSTED] = REPORT_REASON_NOT_TRUSTED,
		[SELECT_NOT_PREFERRED] = REPORT_REASON_NOT_PREFERRED,
		[SELECT_OUTLIER] = REPORT_REASON_NOT_COMBINED,
		[SELECT_DISTANT] = REPORT_REASON_DISTANCE,
		[SELECT_JITTERY] = REPORT_REASON_JITTER,
		[SELECT_FALSETICKER] = REPORT_REASON_FALSETICKER,
		[SELECT_WAITING] = REPORT_REASON_TOO_FEW,
		[SELECT_SELECTABLE] = REPORT_REASON_NOT_COMBINED,
		[SELECT_COMBINED] = REPORT_REASON_COMBINED,
		[SELECT_SELECTED] = REPORT_REASON_SELECTED
	};
	const struct association *a = &s->a;
	enum report_reason reason;

	if (!a->online)
		return (REPORT_REASON_OFFLINE);
	if (!association_has_key(a) || (a->forged && a->unanswered > 0))
		return (REPORT_REASON_AUTH);
	if (a->unanswered >= SILENT || (a->unanswered > 0 && !a->have_last))
		return (a->error != 0 ? REPORT_REASON_ICMP :
		    REPORT_REASON_NO_REPLY);
	if ((reason = reason_of_kiss(a)) != REPORT_REASON_NONE)
		return (reason);
	if (s->state >= SELECT_COMBINED)
		return (reasons[s->state]);
	if ((reason = reason_of_tests(a)) != REPORT_REASON_NONE)
		return (reason);
	if (s->state == SELECT_WAITING && lacks_required(e))
		return (REPORT_REASON_REQUIRE);
	return (reasons[s->state]);
}

/* Why a source has no address. */
static enum report_reason
reason_of_entry(const struct entry *en)
{
	if (en->conf.offline)
		return (REPORT_REASON_OFFLINE);
	return (en->no_such_name ? REPORT_REASON_NO_SUCH_NAME :
	    REPORT_REASON_UNRESOLVED);
}

/* How many sources are how. */
static void
count_sources(const struct engine *e, struct report_health *r)
{
	const struct source *s;
	size_t i;

	for (i = 0; i < e->nsources; i++) {
		s = e->sources[i];
		switch (s->reason) {
		case REPORT_REASON_SELECTED:
		case REPORT_REASON_COMBINED:
			r->n_used++;
			break;
		case REPORT_REASON_NOT_PREFERRED:
		case REPORT_REASON_NOT_COMBINED:
			r->n_selectable++;
			break;
		case REPORT_REASON_FALSETICKER:
		case REPORT_REASON_NOT_TRUSTED:
			r->n_falseticker++;
			break;
		case REPORT_REASON_JITTER:
			r->n_jittery++;
			break;
		case REPORT_REASON_OFFLINE:
			r->n_offline++;
			break;
		case REPORT_REASON_NO_REPLY:
		case REPORT_REASON_ICMP:
			r->n_silent++;
			break;
		case REPORT_REASON_NOT_SYNCED:
		case REPORT_REASON_KISS_DENY:
		case REPORT_REASON_KISS_RSTR:
		case REPORT_REASON_KISS_RATE:
			r->n_unusable++;
			break;
		default:
			r->n_unusable += s->a.have_last != 0;
			break;
		}
	}
	r->n_unresolved = (uint16_t)sources_unresolved(e);
	r->n_sources = (uint16_t)(e->nsources + r->n_unresolved);
}

/* The reason that most of the sources give, of those that are not used. */
static enum report_reason
common_reason(const struct engine *e)
{
	unsigned counts[REPORT_REASON_COUNT] = { 0 };
	unsigned best = REPORT_REASON_NONE;
	size_t i;

	for (i = 0; i < e->nsources; i++)
		counts[e->sources[i]->reason]++;
	for (i = 0; i < e->nentries; i++)
		if (sources_is_unresolved(e, i))
			counts[reason_of_entry(&e->entries[i])]++;
	for (i = 1; i < REPORT_REASON_COUNT; i++)
		if (counts[i] > counts[best])
			best = (unsigned)i;
	return ((enum report_reason)best);
}

static int
nobody_asked(const struct engine *e)
{
	size_t i;

	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->a.total_tx > 0)
			return (0);
	return (1);
}

/* State and reason of the clock; r has the counts. */
static void
judge(const struct engine *e, const struct clock_pair *now,
    struct report_health *r)
{
	r->reason = common_reason(e);
	/* one that does not answer any more stays selected for long */
	if (r->n_used > 0 && e->selected != 0 && e->disc.synced) {
		r->state = REPORT_HEALTH_SYNC;
		r->reason = e->guard_said ? REPORT_REASON_GUARD :
		    REPORT_REASON_SELECTED;
	} else if (steer_is_local(e, now->raw_ns))
		r->state = REPORT_HEALTH_LOCAL;
	else if (r->n_sources == 0 || r->n_sources == r->n_offline) {
		r->state = e->disc.synced ? REPORT_HEALTH_HOLDING :
		    REPORT_HEALTH_UNSYNC;
		r->reason = r->n_sources == 0 ? REPORT_REASON_NO_SOURCES :
		    REPORT_REASON_OFFLINE;
	} else if (r->n_falseticker > 0 && r->n_selectable == 0) {
		r->state = REPORT_HEALTH_NO_MAJORITY;
		r->reason = REPORT_REASON_FALSETICKER;
	} else if (e->disc.synced)
		r->state = REPORT_HEALTH_HOLDING;
	else if (nobody_asked(e) && r->n_unresolved < r->n_sources)
		r->state = REPORT_HEALTH_STARTING;
	else if (r->reason == REPORT_REASON_TOO_FEW)
		r->state = REPORT_HEALTH_TOO_FEW;
	else if (r->n_unusable + r->n_jittery > 0 &&
	    r->reason != REPORT_REASON_WAITING)
		r->state = REPORT_HEALTH_UNUSABLE;
	else
		r->state = REPORT_HEALTH_WAITING;
}

void
engine_explain_observe(struct engine *e, const struct clock_pair *now)
{
	struct report_health r;
	uint16_t reason;
	size_t i;

	for (i = 0; i < e->nsources; i++) {
		reason = (uint16_t)reason_of(e, e->sources[i]);
		if (reason == e->sources[i]->reason &&
		    e->sources[i]->since_raw_ns != 0)
			continue;
		e->sources[i]->reason = reason;
		e->sources[i]->since_raw_ns = now->raw_ns;
	}
	memset(&r, 0, sizeof(r));
	count_sources(e, &r);
	judge(e, now, &r);
	if (r.state != e->health || e->health_raw_ns == 0) {
		e->health = r.state;
		e->health_raw_ns = now->raw_ns;
	}
}

void
engine_explain_health(struct engine *e, const struct clock_pair *now,
    struct report_health *r)
{
	const struct source *s = engine_find(e, e->selected);
	struct report_tracking t;

	engine_explain_observe(e, now);
	memset(r, 0, sizeof(*r));
	count_sources(e, r);
	judge(e, now, r);
	engine_report_tracking(e, now, &t);
	r->leap = t.leap;
	r->stratum = t.stratum;
	r->untouched = e->clock.none != 0;
	r->n_needed = (uint16_t)e->params.conf->minsources;
	r->since_s = seconds_since(now, e->health_raw_ns);
	r->uptime_s = seconds_since(now, e->start_raw_ns);
	r->since_update_s = e->disc.updates > 0 ?
	    seconds_since(now, e->disc.ref_raw_ns) : REPORT_NEVER;
	r->since_step_s = e->step_raw_ns != 0 ?
	    seconds_since(now, e->step_raw_ns) : REPORT_NEVER;
	r->step_s = e->step_s;
	r->guard_refused = e->guard_refused;
	r->refid = t.refid;
	r->addr = t.addr;
	r->offset_s = t.correction_s;
	r->root_delay_s = t.root_delay_s;
	r->error_s = t.root_delay_s / 2 + t.root_disp_s +
	    fabs(t.correction_s);
	r->freq_ppm = t.freq_ppm;
	r->skew_ppm = t.skew_ppm;
	if (r->reason == REPORT_REASON_SELECTED && !r->untouched &&
	    fabs(r->offset_s) >= REPORT_WRONG_S &&
	    !discipline_may_step(&e->disc, &e->clock, r->offset_s))
		r->reason = REPORT_REASON_NO_STEP;
	if (s != NULL)
		strlcpy(r->name, e->entries[s->entry].conf.name,
		    sizeof(r->name));
}

/* What was judged, and against what, where the reason is a number. */
static void
explain_value(const struct conf *c, const struct source *s,
    struct report_explain *r)
{
	switch (s->reason) {
	case REPORT_REASON_DISTANCE:
		r->value_s = r->error_s;
		r->limit_s = c->maxdistance_s;
		break;
	case REPORT_REASON_JITTER:
		r->value_s = r->jitter_s;
		r->limit_s = c->maxjitter_s;
		break;
	case REPORT_REASON_FALSETICKER:
		r->value_s = r->offset_s;
		r->limit_s = r->error_s;
		break;
	default:
		break;
	}
}

void
engine_explain_source(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct report_explain *r)
{
	struct report_sourcestats st;
	struct report_selectdata sd;
	double distance;

	engine_explain_observe(e, now);
	memset(r, 0, sizeof(*r));
	engine_report_sourcestats(e, now, s, &st);
	engine_report_selectdata(e, now, s, &sd);
	r->addr = s->a.addr;
	r->id = s->id;
	r->letter = sd.state;
	r->mode = REPORT_MODE_CLIENT;
	r->poll_log2 = s->a.poll_log2;
	r->reason = s->reason;
	r->reach = s->a.reach;
	r->error = (uint16_t)s->a.error;
	r->since_s = seconds_since(now, s->since_raw_ns);
	r->unanswered = s->a.unanswered;
	r->since_valid_s = REPORT_NEVER;
	if (s->a.have_last) {
		r->stratum = s->a.last.header.stratum > NTP_STRATUM_UNSYNC ?
		    NTP_STRATUM_UNSYNC : s->a.last.header.stratum;
		r->tests = (uint16_t)s->a.last.tests;
		r->since_valid_s = seconds_since(now, s->a.last.raw_ns);
		r->delay_s = s->a.last.delay_s;
	}
	r->offset_s = st.offset_s;
	r->jitter_s = st.sd_s;
	distance = association_root_distance(&s->a, now->raw_ns);
	r->error_s = isfinite(distance) ? distance : 0;
	explain_value(e->params.conf, s, r);
	strlcpy(r->name, e->entries[s->entry].conf.name, sizeof(r->name));
}

void
engine_explain_entry(struct engine *e, const struct clock_pair *now,
    const struct entry *en, struct report_explain *r)
{
	(void)e;
	memset(r, 0, sizeof(*r));
	r->id = en->id;
	r->letter = 'M';
	r->poll_log2 = en->conf.minpoll_log2;
	r->reason = reason_of_entry(en);
	r->since_s = seconds_since(now, en->since_raw_ns);
	r->since_valid_s = REPORT_NEVER;
	strlcpy(r->name, en->conf.name, sizeof(r->name));
}
