/*
 * Looking things up in the state of the engine.  Engine core: pure.
 */
#include <stdio.h>
#include <string.h>

#include "ntpd/engine/engine_state.h"

struct source *
engine_find(struct engine *e, uint32_t id)
{
	size_t i;

	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->id == id)
			return (e->sources[i]);
	return (NULL);
}

struct source *
engine_find_addr(struct engine *e, const struct addr *a)
{
	size_t i;

	for (i = 0; i < e->nsources; i++)
		if (addr_equal(&e->sources[i]->a.addr, a) && (a->port == 0 ||
		    a->port == e->sources[i]->a.addr.port))
			return (e->sources[i]);
	return (NULL);
}

struct source *
engine_find_ip(struct engine *e, const struct addr *a)
{
	size_t i, len = a->family == ADDR_INET ? 4 : 16;

	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->a.addr.family == a->family &&
		    memcmp(e->sources[i]->a.addr.ip, a->ip, len) == 0)
			return (e->sources[i]);
	return (NULL);
}

const char *
engine_source_name(const struct engine *e, const struct source *s,
    char *buf, size_t len)
{
	char text[ADDR_TEXT_MAX];
	const struct entry *en = &e->entries[s->entry];

	addr_format(&s->a.addr, text, sizeof(text));
	if (en->literal)
		strlcpy(buf, text, len);
	else
		snprintf(buf, len, "%s (%s)", text, en->conf.name);
	return (buf);
}

enum select_state
engine_obstacle(const struct source *s)
{
	if (s->options & SELECT_NOSELECT_OPT)
		return (SELECT_NOSELECT);
	if (s->a.have_last && (s->a.last.tests & ASSOC_TEST_SYNC) == 0)
		return (SELECT_UNSYNC);
	if (!s->a.online || s->a.est.count == 0 || !s->a.have_reply)
		return (SELECT_NO_SAMPLES);
	if (s->a.reach != 0)
		return (SELECT_SELECTABLE);
	/* eight without an answer make it unreachable */
	if (s->a.unanswered > (uint32_t)s->a.conf.maxunreach + 8)
		return (SELECT_NO_SAMPLES);
	return (SELECT_STALE);
}
