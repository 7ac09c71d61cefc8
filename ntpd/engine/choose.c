/*
 * The choice among the sources of an engine: what is known of each for
 * select.h, what came out of it back to each, and the joint filter.  Engine
 * core: pure.
 */
#include <math.h>
#include <string.h>

#include "common/refid.h"
#include "common/timens.h"
#include "ntpd/engine/choose.h"
#include "ntpd/engine/reply.h"
#include "ntpd/engine/sources.h"

#define FIRST_WAIT_NS	(2 * NS_PER_SEC)	/* for the other sources */
#define ENSEMBLE_SIGMAS	3.0	/* contradiction */
#define MEMBER_SIGMAS	4.0	/* ditto, of one of them */

int
choose_waits(struct engine *e, const struct clock_pair *now)
{
	size_t i;

	if (e->disc.synced ||
	    now->raw_ns - e->start_raw_ns > FIRST_WAIT_NS)
		return (0);
	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->a.online &&
		    e->sources[i]->a.est.count == 0)
			break;
	if (i == e->nsources)
		return (0);
	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->a.est.count > 0)
			e->sources[i]->state = e->sources[i]->sel.state =
			    SELECT_EARLY;
	return (1);
}

static void
fill_conf(const struct engine *e, struct select_conf *sc)
{
	const struct conf *c = e->params.conf;

	sc->minsources = (unsigned)c->minsources;
	sc->minstratum = (unsigned)c->minstratum;
	sc->maxstratum = (unsigned)c->maxstratum;
	sc->orphan_stratum = e->local.enabled && e->local.orphan ?
	    e->local.stratum : NTP_STRATUM_UNSYNC;
	sc->maxdistance_s = c->maxdistance_s;
	sc->maxjitter_s = c->maxjitter_s;
	sc->stratumweight_s = c->stratumweight_s;
	sc->combinelimit = c->combinelimit;
}

/* What `authselectmode' adds: [1] to sources with a key, [0] without. */
static void
auth_options(const struct engine *e, uint32_t add[2])
{
	unsigned n[2] = { 0, 0 };
	const struct source *s;
	size_t i;

	for (i = 0; i < e->nsources; i++) {
		s = e->sources[i];
		if ((s->options & SELECT_NOSELECT_OPT) == 0)
			n[s->a.conf.key != 0]++;
	}
	/* nobody takes the place of one whose name is not known yet */
	for (i = 0; i < e->nentries; i++)
		if (!e->entries[i].conf.noselect &&
		    sources_is_unresolved(e, i))
			n[e->entries[i].conf.key != 0]++;
	add[0] = add[1] = 0;
	switch (e->params.conf->authselectmode) {
	case CONF_AUTH_REQUIRE:
		add[0] = SELECT_NOSELECT_OPT;
		break;
	case CONF_AUTH_PREFER:
		add[0] = n[1] > 0 ? SELECT_NOSELECT_OPT : 0;
		break;
	case CONF_AUTH_MIX:
		add[1] = n[0] > 0 && n[1] > 0 ? SELECT_TRUST_OPT |
		    SELECT_REQUIRE_OPT : 0;
		break;
	default:
		break;
	}
}

/* A source whose name is not known yet would have to agree? */
static int
is_required(const struct engine *e, const uint32_t add[2])
{
	const struct conf_source *c;
	size_t i;

	for (i = 0; i < e->nentries; i++) {
		c = &e->entries[i].conf;
		if (!c->noselect && sources_is_unresolved(e, i) &&
		    (c->require || (add[c->key != 0] & SELECT_REQUIRE_OPT)))
			return (1);
	}
	return (0);
}

/* What is known of a source, updated: with a new sample. */
static void
fill_candidate(const struct engine *e, const struct source *s,
    const struct clock_pair *now, int updated, struct select_candidate *c)
{
	const struct conf_source *cs = &e->entries[s->entry].conf;
	struct combine_bias bias = s->sel.est.bias;
	double score = s->sel.score;
	uint32_t outlier = s->sel.outlier;
	struct estimator_stats st;
	struct estimate est;
	int64_t steer;

	memset(c, 0, sizeof(*c));
	c->id = s->id;
	c->options = s->options;
	c->obstacle = engine_obstacle(s);
	c->score = fmax(score, 1);
	c->outlier = outlier;
	c->leap = s->a.have_last ? s->a.last.header.leap : NTP_LEAP_UNSYNC;
	if (estimator_predict(&s->a.est, now->raw_ns, 0, &est))
		return;
	estimator_get_stats(&s->a.est, &st);
	steer = clockmodel_steer_ns(&e->clock, now);
	c->sample_raw_ns = s->a.est.last_raw_ns;
	c->stratum = s->a.reply.header.stratum;
	if (c->stratum < s->a.conf.minstratum)
		c->stratum = s->a.conf.minstratum;
	c->distance_s = association_root_distance(&s->a, now->raw_ns);
	c->jitter_s = st.sd_s;
	c->est.offset_s = timens_to_s(est.y_ns - steer);
	c->est.var_s2 = est.var_y;
	c->est.freq = est.freq;
	c->est.var_f = est.var_f;
	c->est.noise_s = est.noise_s;
	c->est.delay_s = reply_min_delay(&s->a);
	c->est.bound_s = s->a.reply.root_delay_s / 2 +
	    s->a.reply.root_disp_s + c->est.delay_s / 2 + s->a.reply.disp_s;
	c->est.weight = cs->weight >= 1 ? cs->weight : 1;
	c->est.updated = updated;
	c->est.bias = bias;
}

/*
 * Orphans, as in chrony: servers that have no time but ask each other agree on
 * the one with the lowest address.  It is followed when there is nothing
 * better and its address is below our own; it follows nobody itself.
 */
static int
find_orphan(const struct engine *e, const struct select_candidate *c)
{
	const struct association *a;
	uint32_t refid, least = UINT32_MAX;
	size_t i;
	int found = -1;

	if (!e->local.enabled || !e->local.orphan)
		return (-1);
	for (i = 0; i < e->nsources; i++) {
		if (c[i].state >= SELECT_UNTRUSTED)
			return (-1);
		a = &e->sources[i]->a;
		if (c[i].state != SELECT_ORPHAN ||
		    c[i].stratum != e->local.stratum ||
		    c[i].obstacle != SELECT_SELECTABLE ||
		    a->local.family == ADDR_NONE)
			continue;
		refid = refid_from_addr(&a->addr);
		if (refid < refid_from_addr(&a->local) && refid < least) {
			least = refid;
			found = (int)i;
		}
	}
	return (found);
}

int
choose_run(struct engine *e, const struct clock_pair *now,
    const struct source *s, uint32_t last_id, struct select_result *r)
{
	struct select_candidate c[ENGINE_SOURCES];
	struct select_conf sc;
	uint32_t add[2];
	size_t i;
	int found, orphan;

	fill_conf(e, &sc);
	sc.reselectdist_s = e->reselectdist_s;
	auth_options(e, add);
	sc.required = is_required(e, add);
	for (i = 0; i < e->nsources; i++) {
		fill_candidate(e, e->sources[i], now, e->sources[i] == s,
		    &c[i]);
		if ((c[i].options & SELECT_NOSELECT_OPT) == 0)
			c[i].options |=
			    add[e->sources[i]->a.conf.key != 0];
	}
	found = select_run(&sc, c, e->nsources, last_id, r);
	if (found == -1 && (orphan = find_orphan(e, c)) != -1) {
		sc.orphan_stratum = NTP_STRATUM_UNSYNC;
		found = select_run(&sc, &c[orphan], 1, last_id, r);
		if (found == 0)
			r->index = orphan;
	}
	for (i = 0; i < e->nsources; i++) {
		e->sources[i]->sel = c[i];
		e->sources[i]->state = c[i].state;
	}
	return (found);
}

/* 1: a source that was in the ensemble is no longer combined. */
static int
ensemble_lost(struct engine *e)
{
	size_t i;
	int lost = 0;

	for (i = 0; i < e->nsources; i++) {
		struct source *s = e->sources[i];

		lost |= s->member && s->state < SELECT_COMBINED;
		s->member = s->state >= SELECT_COMBINED;
	}
	return (lost);
}

/*
 * Does one of them contradict what they say together?  Then their samples do
 * not fit one clock, and the filter would take the differences for its wander.
 */
static int
is_contradicted(const struct engine *e, const struct select_result *r)
{
	const struct combine_source *c;
	double off, var;
	size_t i;

	for (i = 0; i < e->nsources; i++) {
		if (e->sources[i]->state < SELECT_COMBINED)
			continue;
		c = &e->sources[i]->sel.est;
		off = c->offset_s - combine_correction(c) - r->offset_s;
		var = c->var_s2 / c->weight + combine_doubt(c) + r->var_s2;
		if (fabs(off) > MEMBER_SIGMAS * sqrt(var))
			return (1);
	}
	return (0);
}

void
choose_refine(struct engine *e, const struct clock_pair *now,
    const struct source *s, struct select_result *r)
{
	int64_t steer = clockmodel_steer_ns(&e->clock, now);
	struct bank_sample box = s->a.est.box;
	struct estimate est;
	double offset;
	int lost = ensemble_lost(e);

	/* its weight divides the variance */
	box.half_s /= sqrt(s->sel.est.weight);
	box.scale_s /= sqrt(s->sel.est.weight);
	box.var_s2 /= s->sel.est.weight;

	if (r->combined < 2 || is_contradicted(e, r)) {
		ensemble_stop(&e->ensemble);
		return;
	}
	if (!lost && e->ensemble.count > 0 && s->member)
		ensemble_add(&e->ensemble, s->a.sample.raw_ns,
		    s->a.sample.y_ns -
		    timens_from_s(combine_correction(&s->sel.est)),
		    &box, combine_doubt(&s->sel.est));
	if (!lost && ensemble_predict(&e->ensemble, now->raw_ns, &est) == 0) {
		offset = timens_to_s(est.y_ns - steer);
		if (fabs(offset - r->offset_s) <= ENSEMBLE_SIGMAS *
		    sqrt(est.var_y + r->var_s2)) {
			r->spread_s += fabs(offset - r->offset_s);
			r->offset_s = offset;
			r->freq = est.freq;
			r->var_s2 = est.var_y;
			r->var_f = est.var_f;
			return;
		}
	}
	ensemble_start(&e->ensemble, now->raw_ns, steer +
	    timens_from_s(r->offset_s), r->freq, r->var_s2, r->var_f);
}

