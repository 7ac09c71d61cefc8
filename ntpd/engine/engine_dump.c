/*
 * Samples that outlive the daemon.  Engine core: pure.  They are of
 * CLOCK_MONOTONIC_RAW, so they are good as long as the computer neither was
 * started anew (the parent knows) nor slept.  They must never be believed
 * alone: a source uses them only once it has answered itself.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/engine/engine_dump.h"

#define SLEPT_NS	(NS_PER_SEC / 2)	/* less is noise */
#define ERROR_MAX_S	1e9			/* as in messages.h */

static int
is_plain(const struct msg_sample *s)
{
	return (s->raw_ns >= 0 && s->y_ns > 0 && s->delay_s >= 0 &&
	    s->delay_s <= ERROR_MAX_S && s->disp_s >= 0 &&
	    s->disp_s <= ERROR_MAX_S);
}

static void
dump_source(const struct association *a, const struct clock_pair *now,
    struct msg_dump *m)
{
	const struct estimator *est = &a->est;
	const struct estimator_sample *s;
	struct msg_sample *out;
	uint64_t i, n;

	memset(m, 0, sizeof(*m));
	m->addr = a->addr;
	m->addr.port = 0;
	m->addr.scope = 0;
	m->sleep_ns = now->sleep_ns > 0 ? now->sleep_ns : 0;
	n = est->count < ESTIMATOR_HISTORY ? est->count : ESTIMATOR_HISTORY;
	for (i = est->count - n; i < est->count; i++) {
		s = &est->history[i % ESTIMATOR_HISTORY];
		out = &m->sample[m->n];
		out->raw_ns = s->raw_ns;
		/* another configuration may have another `offset' */
		out->y_ns = s->y_ns - timens_from_s(a->conf.offset_s);
		out->delay_s = s->delay_s;
		out->disp_s = s->disp_s;
		m->n += is_plain(out) != 0;
	}
}

void
engine_dump_send(struct engine *e, const struct clock_pair *now)
{
	struct msg_dump m;
	size_t i;

	if (e->params.conf->dumpdir[0] == '\0' ||
	    e->params.mode != RUN_DAEMON)
		return;
	for (i = 0; i < e->nsources; i++) {
		dump_source(&e->sources[i]->a, now, &m);
		if (m.n > 0)
			e->ops.to_parent(e->ctx, MSG_DUMP, &m);
	}
}

static struct msg_dump *
find_dump(struct engine *e, const struct addr *addr)
{
	struct addr a = *addr;
	size_t i;

	a.scope = 0;
	for (i = 0; i < e->ndumps; i++)
		if (addr_equal(&e->dumps[i].addr, &a))
			return (&e->dumps[i]);
	return (NULL);
}

void
engine_dump_take(struct engine *e, const struct clock_pair *now,
    const struct msg_dump *m)
{
	struct msg_dump *grown;
	struct source *s;

	if (llabs(now->sleep_ns - m->sleep_ns) > SLEPT_NS ||
	    m->sample[m->n - 1].raw_ns > now->raw_ns) {
		log_debug("Samples from before a sleep are not used");
		return;
	}
	if (e->ndumps == ENGINE_SOURCES || find_dump(e, &m->addr) != NULL)
		return;
	grown = reallocarray(e->dumps, e->ndumps + 1, sizeof(*grown));
	if (grown == NULL)
		return;
	e->dumps = grown;
	e->dumps[e->ndumps++] = *m;
	/* it may have answered already */
	s = engine_find_ip(e, &m->addr);
	if (s != NULL && s->a.est.count == 1)
		engine_dump_use(e, s);
}

void
engine_dump_use(struct engine *e, struct source *s)
{
	struct estimator_sample samples[MSG_DUMP_MAX];
	char name[ENGINE_NAME_MAX];
	struct msg_dump *m;
	uint32_t i, n = 0;

	m = find_dump(e, &s->a.addr);
	if (m == NULL || s->a.est.count != 1)
		return;
	for (i = 0; i < m->n; i++) {
		/* a reply that came meanwhile is later than all of them */
		if (m->sample[i].raw_ns >= s->a.sample.raw_ns)
			break;
		samples[n].raw_ns = m->sample[i].raw_ns;
		samples[n].y_ns = m->sample[i].y_ns +
		    timens_from_s(s->a.conf.offset_s);
		samples[n].delay_s = m->sample[i].delay_s;
		samples[n++].disp_s = m->sample[i].disp_s;
	}
	engine_source_name(e, s, name, sizeof(name));
	if (association_restore(&s->a, samples, n) == 0)
		log_info("Source %s: %u samples of before are used", name, n);
	else
		log_info("Source %s: the samples of before do not go with "
		    "its answer", name);
	*m = e->dumps[--e->ndumps];
}

void
engine_dump_free(struct engine *e)
{
	free(e->dumps);
	e->dumps = NULL;
	e->ndumps = 0;
}
