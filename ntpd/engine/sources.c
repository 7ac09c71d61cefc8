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
#include "ntpd/engine/sources.h"

#define ASK_MAX_S	60
#define ANSWER_MAX_NS	(30 * NS_PER_SEC)	/* dns gives no answer */
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

static void
source_add(struct engine *e, const struct clock_pair *now, uint32_t entry,
    const struct addr *addr)
{
	const struct conf_source *c = &e->entries[entry].conf;
	struct assoc_conf ac;
	struct source *s;
	struct addr a = *addr;
	double sd;

	if (e->nsources == ENGINE_SOURCES)
		return;
	a.port = c->port;
	if (engine_find_addr(e, &a) != NULL)
		return;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return;
	memset(&ac, 0, sizeof(ac));
	ac.minpoll_log2 = c->minpoll_log2;
	ac.maxpoll_log2 = c->maxpoll_log2;
	ac.version = c->version;
	ac.iburst = c->iburst || e->params.mode != RUN_DAEMON;
	ac.online = !c->offline;
	s->id = e->next_id++;
	s->entry = entry;
	sd = e->disc.skew;
	association_init(&s->a, &a, &ac, now->raw_ns, e->disc.freq, sd);
	e->sources[e->nsources++] = s;
}

static void
source_remove(struct engine *e, size_t i)
{
	struct source *s = e->sources[i];

	e->ops.forget(e->ctx, s->id);
	if (e->selected == s->id)
		e->selected = 0;
	e->nsources--;
	memmove(&e->sources[i], &e->sources[i + 1],
	    (e->nsources - i) * sizeof(e->sources[0]));
	free(s);
}

static int
family_fits(const struct engine *e, const struct entry *en,
    const struct addr *a)
{
	if (e->params.family != 0 && a->family != e->params.family)
		return (0);
	return (en->conf.family == 0 || a->family == en->conf.family);
}

int
sources_init(struct engine *e, const struct clock_pair *now)
{
	const struct conf *conf = e->params.conf;
	struct entry *en;
	struct addr a;
	size_t i;

	e->nentries = conf->nsources;
	if (e->nentries == 0)
		return (0);
	e->entries = calloc(e->nentries, sizeof(*e->entries));
	if (e->entries == NULL)
		return (-1);
	for (i = 0; i < e->nentries; i++) {
		en = &e->entries[i];
		en->conf = conf->sources[i];
		en->next_ask_raw_ns = now->raw_ns;
		if (addr_parse(en->conf.name, &a) == -1)
			continue;
		en->literal = 1;
		en->next_ask_raw_ns = ENGINE_NEVER;
		if (family_fits(e, en, &a))
			source_add(e, now, i, &a);
		else
			log_warnx("source %s: not of the address family "
			    "that was asked for", en->conf.name);
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

unsigned
sources_unresolved(const struct engine *e)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < e->nentries; i++)
		if (!e->entries[i].literal && entry_members(e, i) == 0)
			n++;
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
		source_add(e, now, entry,
		    &en->cache[en->next_cache % en->ncache]);
		en->next_cache++;
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
	en->ncache = 0;
	en->next_cache = 0;
	for (i = 0; i < tell->count && i < MSG_DNS_MAX; i++)
		if (family_fits(e, en, &tell->addrs[i]))
			en->cache[en->ncache++] = tell->addrs[i];
	if (en->ncache == 0) {
		entry_retry(en, now);
		return;
	}
	en->attempts = 0;
	en->next_ask_raw_ns = ENGINE_NEVER;
	entry_fill(e, now, k);
	log_debug("%s: %u addresses, %u in use", en->conf.name, en->ncache,
	    entry_members(e, k));
	/* all of them are in use elsewhere */
	if (entry_members(e, k) == 0)
		entry_retry(en, now);
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
		log_info("Source %s (%s) does not answer, trying another",
		    addr_format(&s->a.addr, text, sizeof(text)),
		    en->conf.name);
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
