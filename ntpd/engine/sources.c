/*
 * Sources, pools and names.  Engine core: pure.
 *
 * A name that cannot be resolved is asked for again after 2, 4, 8 .. 60 s and
 * holds up nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/engine/engine_say.h"
#include "ntpd/engine/sources.h"

#define ENTRY_LITERAL	0x80000000u	/* in the id of an address */
#define ASK_MAX_S	60
#define ANSWER_MAX_NS	(30 * NS_PER_SEC)	/* dns gives no answer */
#define QUANTILE_LEAST	0.05		/* chrony takes no less */
#define UNREACHABLE	8		/* requests without an answer */
#define REPLACE_GAP_NS	(300 * NS_PER_SEC)	/* between replacements */

static unsigned
entry_members(const struct engine *e, uint32_t entry)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->entry == entry)
			n++;
	return (n);
}

static unsigned
entry_wanted(const struct entry *en)
{
	return (en->conf.type == CONF_POOL_SOURCE ? en->conf.maxsources : 1);
}

/* What the configuration says of a source, for its association. */
static void
source_conf(const struct engine *e, const struct conf_source *c,
    struct assoc_conf *ac)
{
	const struct conf *g = e->params.conf;

	memset(ac, 0, sizeof(*ac));
	ac->minpoll_log2 = c->minpoll_log2;
	ac->maxpoll_log2 = c->maxpoll_log2;
	ac->version = c->version;
	ac->iburst = c->iburst || e->params.mode != RUN_DAEMON;
	ac->online = !c->offline;
	ac->burst = c->burst;
	ac->auto_offline = c->auto_offline;
	ac->xleave = c->xleave;
	ac->copy = c->copy;
	ac->minstratum = c->minstratum;
	ac->presend_log2 = c->presend_log2;
	ac->key = c->key;
	ac->polltarget = c->polltarget;
	ac->maxunreach = c->maxunreach;
	ac->maxsamples = c->maxsamples < 0 ? g->maxsamples : c->maxsamples;
	ac->minsamples = c->minsamples < 0 ? g->minsamples : c->minsamples;
	if (ac->minsamples < 1)
		ac->minsamples = 1;
	/* as chrony: the upper limit is the stronger one */
	if (ac->maxsamples > 0 && ac->minsamples > ac->maxsamples)
		ac->minsamples = ac->maxsamples;
	/* a single answer has to do when the clock is set but once */
	ac->filter = e->params.mode == RUN_DAEMON ? c->filter : 0;
	ac->maxdelay_s = c->maxdelay_s;
	ac->maxdelayratio = c->maxdelayratio;
	ac->maxdelaydevratio = c->maxdelaydevratio;
	ac->maxdelayquant = c->maxdelayquant;
	if (ac->maxdelayquant > 0 && ac->maxdelayquant < QUANTILE_LEAST)
		ac->maxdelayquant = QUANTILE_LEAST;
	ac->mindelay_s = c->mindelay_s;
	ac->asymmetry_auto = c->asymmetry >= CONF_ASYMMETRY_AUTO;
	ac->asymmetry = ac->asymmetry_auto ? 0 : c->asymmetry;
	ac->offset_s = c->offset_s;
}

static uint32_t
source_options(const struct conf_source *c)
{
	return ((c->noselect ? SELECT_NOSELECT_OPT : 0) |
	    (c->prefer ? SELECT_PREFER_OPT : 0) |
	    (c->trust ? SELECT_TRUST_OPT : 0) |
	    (c->require ? SELECT_REQUIRE_OPT : 0));
}

static int
source_add(struct engine *e, const struct clock_pair *now, uint32_t entry,
    const struct addr *addr)
{
	const struct conf_source *c = &e->entries[entry].conf;
	struct assoc_conf ac;
	struct source *s;
	struct addr a = *addr;
	double sd;

	if (e->nsources == ENGINE_SOURCES)
		return (-1);
	a.port = c->port;
	if (engine_find_addr(e, &a) != NULL)
		return (-1);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (-1);
	source_conf(e, c, &ac);
	s->id = e->next_id++;
	s->entry = entry;
	s->options = source_options(c);
	sd = e->disc.skew;
	association_init(&s->a, &a, &ac, now->raw_ns, e->disc.freq, sd);
	s->a.ring = e->ring;
	e->sources[e->nsources++] = s;
	return (0);
}

static void
source_remove(struct engine *e, size_t i)
{
	struct source *s = e->sources[i];

	e->ops.forget(e->ctx, s->id);
	if (e->selected == s->id)
		e->selected = 0;
	/* what it said is in there */
	if (s->member)
		ensemble_stop(&e->ensemble);
	e->nsources--;
	memmove(&e->sources[i], &e->sources[i + 1],
	    (e->nsources - i) * sizeof(e->sources[0]));
	free(s);
}

static int
family_fits(const struct engine *e, const struct conf_source *conf,
    const struct addr *a)
{
	if (e->params.family != 0 && a->family != e->params.family)
		return (0);
	return (conf->family == 0 || a->family == conf->family);
}

static struct entry *
entry_new(struct engine *e, const struct clock_pair *now,
    const struct conf_source *conf, int literal)
{
	struct entry *en;

	en = reallocarray(e->entries, e->nentries + 1, sizeof(*en));
	if (en == NULL)
		return (NULL);
	e->entries = en;
	en = &e->entries[e->nentries++];
	memset(en, 0, sizeof(*en));
	en->literal = literal != 0;
	/* the numbers of names are shown, from 1 on, as chronyd has them */
	en->id = literal ? ENTRY_LITERAL | ++e->next_literal_id :
	    ++e->next_entry_id;
	en->conf = *conf;
	en->next_ask_raw_ns = ENGINE_NEVER;
	en->since_raw_ns = now->raw_ns;
	return (en);
}

static void
entry_remove(struct engine *e, uint32_t entry)
{
	struct msg_name gone;
	size_t i;

	memset(&gone, 0, sizeof(gone));
	strlcpy(gone.name, e->entries[entry].conf.name, sizeof(gone.name));
	gone.port = e->entries[entry].conf.port;
	e->ops.to_parent(e->ctx, MSG_SOURCE_REMOVED, &gone);
	e->nentries--;
	memmove(&e->entries[entry], &e->entries[entry + 1],
	    (e->nentries - entry) * sizeof(e->entries[0]));
	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->entry > entry)
			e->sources[i]->entry--;
}

enum sources_result
sources_add(struct engine *e, const struct clock_pair *now,
    const struct conf_source *conf, uint32_t *id)
{
	struct entry *en;
	struct addr a;
	int literal = addr_parse(conf->name, &a) == 0;

	if (literal)
		a.port = conf->port;
	/* names may be there twice: each takes addresses of its own */
	if (literal && engine_find_addr(e, &a) != NULL)
		return (SOURCES_KNOWN);
	if (e->nentries >= CONF_SOURCES_MAX ||
	    (literal && e->nsources == ENGINE_SOURCES))
		return (SOURCES_FULL);
	if (literal && !family_fits(e, conf, &a))
		return (SOURCES_FAMILY);
	if ((en = entry_new(e, now, conf, literal)) == NULL)
		return (SOURCES_MEMORY);
	*id = en->id;
	if (!literal)
		en->next_ask_raw_ns = now->raw_ns;
	else if (source_add(e, now, (uint32_t)e->nentries - 1, &a) == -1) {
		entry_remove(e, (uint32_t)e->nentries - 1);
		return (SOURCES_MEMORY);
	}
	return (SOURCES_OK);
}

int
sources_remove(struct engine *e, uint32_t entry_id)
{
	struct entry *en = sources_find(e, entry_id);
	uint32_t entry;
	size_t i;

	if (en == NULL)
		return (-1);
	entry = (uint32_t)(en - e->entries);
	for (i = e->nsources; i > 0; i--)
		if (e->sources[i - 1]->entry == entry)
			source_remove(e, i - 1);
	entry_remove(e, entry);
	return (0);
}

int
sources_remove_source(struct engine *e, uint32_t source_id)
{
	struct entry *en;
	uint32_t entry;
	size_t i;

	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->id == source_id)
			break;
	if (i == e->nsources)
		return (-1);
	entry = e->sources[i]->entry;
	en = &e->entries[entry];
	source_remove(e, i);
	/* nobody comes in its place */
	if (en->conf.maxsources > 1)
		en->conf.maxsources--;
	if (entry_members(e, entry) == 0)
		entry_remove(e, entry);
	return (0);
}

struct entry *
sources_find(struct engine *e, uint32_t entry_id)
{
	size_t i;

	for (i = 0; i < e->nentries; i++)
		if (e->entries[i].id == entry_id)
			return (&e->entries[i]);
	return (NULL);
}

int
sources_init(struct engine *e, const struct clock_pair *now)
{
	const struct conf *conf = e->params.conf;
	const struct conf_source *c;
	uint32_t id;
	size_t i;

	for (i = 0; i < conf->nsources; i++) {
		c = &conf->sources[i];
		switch (sources_add(e, now, c, &id)) {
		case SOURCES_OK:
			break;
		case SOURCES_KNOWN:
			log_warnx("source %s: is there already", c->name);
			break;
		case SOURCES_FULL:
			log_warnx("source %s: too many sources", c->name);
			break;
		case SOURCES_FAMILY:
			log_warnx("source %s: not of the address family "
			    "that was asked for", c->name);
			break;
		case SOURCES_MEMORY:
			sources_free(e);
			return (-1);
		}
	}
	return (0);
}

void
sources_free(struct engine *e)
{
	while (e->nsources > 0)
		source_remove(e, e->nsources - 1);
	free(e->entries);
	e->entries = NULL;
	e->nentries = 0;
}

int
sources_is_unresolved(const struct engine *e, size_t entry)
{
	return (!e->entries[entry].literal &&
	    entry_members(e, (uint32_t)entry) == 0);
}

void
sources_resolve_now(struct engine *e, const struct clock_pair *now)
{
	struct entry *en;
	size_t i;

	for (i = 0; i < e->nentries; i++) {
		en = &e->entries[i];
		if (!sources_is_unresolved(e, i) || en->asked != 0)
			continue;
		en->attempts = 0;
		en->next_ask_raw_ns = now->raw_ns;
	}
}

unsigned
sources_unresolved(const struct engine *e)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < e->nentries; i++)
		n += sources_is_unresolved(e, i) != 0;
	return (n);
}

/* Take as many of the cached addresses as are wanted. */
static void
entry_fill(struct engine *e, const struct clock_pair *now, uint32_t entry)
{
	struct entry *en = &e->entries[entry];
	uint32_t tried;

	for (tried = 0; tried < en->ncache &&
	    entry_members(e, entry) < entry_wanted(en); tried++) {
		(void)source_add(e, now, entry,
		    &en->cache[en->next_cache % en->ncache]);
		en->next_cache++;
	}
}

/* Members that the options forbid: another family, or too many. */
static void
entry_trim(struct engine *e, uint32_t entry)
{
	const struct entry *en = &e->entries[entry];
	struct source *s;
	size_t i;

	for (i = e->nsources; i > 0; i--) {
		s = e->sources[i - 1];
		if (s->entry != entry)
			continue;
		if (!family_fits(e, &en->conf, &s->a.addr) ||
		    (entry_members(e, entry) > entry_wanted(en) &&
		    s->id != e->selected))
			source_remove(e, i - 1);
	}
}

void
sources_limit(struct engine *e)
{
	struct association *a;
	struct assoc_conf ac;
	size_t i;

	for (i = 0; i < e->nsources; i++) {
		a = &e->sources[i]->a;
		source_conf(e, &e->entries[e->sources[i]->entry].conf, &ac);
		association_keep_samples(a, ac.minsamples, ac.maxsamples);
	}
}

void
sources_set_keys(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->nsources; i++)
		e->sources[i]->a.ring = e->ring;
}

int
sources_change(struct engine *e, const struct clock_pair *now,
    uint32_t entry_id, const struct conf_source *conf)
{
	struct entry *en = sources_find(e, entry_id);
	struct assoc_conf ac;
	uint32_t entry;
	int family;
	size_t i;

	if (en == NULL)
		return (-1);
	entry = (uint32_t)(en - e->entries);
	family = en->conf.family != conf->family;
	en->conf = *conf;
	entry_trim(e, entry);
	source_conf(e, conf, &ac);
	for (i = 0; i < e->nsources; i++) {
		if (e->sources[i]->entry != entry)
			continue;
		e->sources[i]->options = source_options(conf);
		/* what was measured is not what that key vouches for */
		if (e->sources[i]->a.conf.key != ac.key)
			association_reset(&e->sources[i]->a, e->disc.freq,
			    e->disc.skew, now->raw_ns);
		/* the joint filter has seen it as it was */
		if (e->sources[i]->a.conf.offset_s != ac.offset_s ||
		    e->sources[i]->a.conf.key != ac.key)
			ensemble_stop(&e->ensemble);
		association_change(&e->sources[i]->a, &ac, now->raw_ns);
	}
	if (en->literal) {
		/* of a family that is not wanted: nothing is left of it */
		if (entry_members(e, entry) == 0)
			entry_remove(e, entry);
		return (0);
	}
	if (family)
		en->ncache = 0;
	entry_fill(e, now, entry);
	if (entry_members(e, entry) < entry_wanted(en)) {
		en->asked = 0;
		en->next_ask_raw_ns = now->raw_ns;
	}
	return (0);
}

/* Sources whose address is not in the answer any more give way. */
static void
entry_drop_gone(struct engine *e, uint32_t entry)
{
	const struct entry *en = &e->entries[entry];
	struct source *s;
	uint32_t k;
	size_t i;

	for (i = e->nsources; i > 0; i--) {
		s = e->sources[i - 1];
		if (s->entry != entry)
			continue;
		for (k = 0; k < en->ncache; k++)
			if (addr_equal(&s->a.addr, &en->cache[k]))
				break;
		if (k == en->ncache)
			source_remove(e, i - 1);
	}
}

static void
entry_retry(struct entry *en, const struct clock_pair *now)
{
	int64_t wait_s;

	if (en->attempts < 6)
		en->attempts++;
	wait_s = 1LL << en->attempts;
	if (wait_s > ASK_MAX_S)
		wait_s = ASK_MAX_S;
	en->next_ask_raw_ns = now->raw_ns + wait_s * NS_PER_SEC;
	log_debug("%s: not resolved, next try in %lld s", en->conf.name,
	    (long long)wait_s);
}

void
sources_resolved(struct engine *e, const struct clock_pair *now,
    const struct msg_dnstell *tell)
{
	struct entry *en;
	uint32_t i;
	size_t k;

	for (k = 0; k < e->nentries; k++)
		if (e->entries[k].asked == tell->id)
			break;
	if (tell->id == 0 || k == e->nentries)
		return;
	en = &e->entries[k];
	en->asked = 0;
	en->no_such_name = tell->no_such_name != 0;
	en->ncache = 0;
	en->next_cache = 0;
	for (i = 0; i < tell->count && i < MSG_DNS_MAX; i++)
		if (family_fits(e, &en->conf, &tell->addrs[i]))
			en->cache[en->ncache++] = tell->addrs[i];
	if (en->ncache == 0) {
		entry_retry(en, now);
		return;
	}
	en->attempts = 0;
	en->next_ask_raw_ns = ENGINE_NEVER;
	if (en->refresh)
		entry_drop_gone(e, (uint32_t)k);
	en->refresh = 0;
	entry_fill(e, now, k);
	log_debug("%s: %u addresses, %u in use", en->conf.name, en->ncache,
	    entry_members(e, k));
	/* all of them are in use elsewhere */
	if (entry_members(e, k) == 0)
		entry_retry(en, now);
}

void
sources_refresh(struct engine *e, const struct clock_pair *now)
{
	struct entry *en;
	size_t i;

	for (i = 0; i < e->nentries; i++) {
		en = &e->entries[i];
		if (en->literal)
			continue;
		en->refresh = 1;
		en->attempts = 0;
		en->next_ask_raw_ns = now->raw_ns;
	}
}

/* One member at a time, and not often: an outage hits them all. */
static void
replace_dead(struct engine *e, const struct clock_pair *now)
{
	struct entry *en;
	struct source *s;
	char text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < e->nsources; i++) {
		s = e->sources[i];
		en = &e->entries[s->entry];
		if (en->literal || s->a.unanswered < UNREACHABLE ||
		    s->a.reach != 0 || en->asked != 0)
			continue;
		if (en->last_replace_raw_ns != 0 && now->raw_ns <
		    en->last_replace_raw_ns + REPLACE_GAP_NS)
			continue;
		en->last_replace_raw_ns = now->raw_ns;
		/* an outage may last, and goes through all addresses */
		if (engine_say_allow(&en->said, now->raw_ns))
			log_info("Source %s (%s) does not answer, trying "
			    "another", addr_format(&s->a.addr, text,
			    sizeof(text)), en->conf.name);
		source_remove(e, i);
		en->next_ask_raw_ns = now->raw_ns;
		return;
	}
}

static void
entry_ask(struct engine *e, const struct clock_pair *now, struct entry *en)
{
	struct msg_dnsask ask;

	memset(&ask, 0, sizeof(ask));
	en->asked = ask.id = e->next_id++;
	ask.family = en->conf.family != 0 ? en->conf.family :
	    (uint32_t)e->params.family;
	memcpy(ask.name, en->conf.name, sizeof(ask.name) - 1);
	en->next_ask_raw_ns = now->raw_ns + ANSWER_MAX_NS;
	e->ops.to_dns(e->ctx, &ask);
}

void
sources_tick(struct engine *e, const struct clock_pair *now)
{
	size_t i;

	replace_dead(e, now);
	for (i = 0; i < e->nentries; i++)
		if (now->raw_ns >= e->entries[i].next_ask_raw_ns)
			entry_ask(e, now, &e->entries[i]);
}

int64_t
sources_next_raw(const struct engine *e)
{
	int64_t next = ENGINE_NEVER;
	size_t i;

	for (i = 0; i < e->nentries; i++)
		if (e->entries[i].next_ask_raw_ns < next)
			next = e->entries[i].next_ask_raw_ns;
	return (next);
}

void
sources_dns_restarted(struct engine *e, const struct clock_pair *now)
{
	size_t i;

	for (i = 0; i < e->nentries; i++) {
		if (e->entries[i].asked == 0)
			continue;
		e->entries[i].asked = 0;
		e->entries[i].next_ask_raw_ns = now->raw_ns;
	}
}
