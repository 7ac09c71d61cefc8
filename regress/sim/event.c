/*
 * What every part of the simulator does to the queue of events, and how a
 * broken rule is noted.  Part of the simulator; uses no other part but the
 * queue.
 */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/timens.h"
#include "regress/sim/sim.h"

int64_t
sim_utc(const struct sim *s, int64_t at_ns)
{
	int64_t utc = timens_from_s(s->conf.epoch_s) + at_ns;

	if (s->conf.leap == NTP_LEAP_INSERT &&
	    at_ns >= timens_from_s(s->conf.leap_at_s))
		utc -= NS_PER_SEC;
	/* the last second of the day is left out */
	if (s->conf.leap == NTP_LEAP_DELETE &&
	    at_ns >= timens_from_s(s->conf.leap_at_s - 1))
		utc += NS_PER_SEC;
	return (utc);
}

struct sim_event *
sim_add(struct sim *s, int64_t in_ns, enum sim_kind kind)
{
	struct sim_event *ev;

	ev = queue_add(&s->queue, s->now_ns + (in_ns > 0 ? in_ns : 0), kind);
	if (ev == NULL)
		err(1, "event");
	return (ev);
}

void
sim_break(struct sim *s, const struct sim_node *n, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (s->broken[0] != '\0')
		return;
	len = snprintf(s->broken, sizeof(s->broken), "%.9f s, node %u: ",
	    timens_to_s(s->now_ns), n->index + 1);
	va_start(ap, fmt);
	vsnprintf(s->broken + len, sizeof(s->broken) - (size_t)len, fmt, ap);
	va_end(ap);
}

/* the least that a reading takes */

int64_t
sim_latency(struct sim_node *n, double mean_s)
{
	if (mean_s <= 0)
		return (0);
	return ((int64_t)(mean_s * 1e9 * rng_exponential(&n->rng)));
}

/* The kernel tells those who asked for it: the clock was set. */
void
sim_notice(struct sim_node *n)
{
	struct sim_event *ev;

	ev = sim_add(n->sim, sim_latency(n, n->sim->conf.wake_s),
	    SIM_NOTICE);
	ev->node = n->index;
	ev->gen = n->gen;
}
