/*
 * What must hold at every event of the simulator, whatever the scenario: the
 * policy of the clock, of the messages and of the polls, told anew here and
 * not taken from the code that keeps it.
 */
#include <math.h>
#include <stdlib.h>

#include "common/timens.h"
#include "regress/sim/sim.h"

#define LATE_NS		(50 * NS_PER_MS)	/* of a lease's end */
#define RATE_SLACK_PPM	0.01			/* the kernel rounds */
#define BURST		18			/* requests, 2 s apart */
#define CALM		2			/* intervals for one more */
#define BURST_GAP_S	1.9
#define POLL_SHARE	(1 - 1.0 / 100)		/* polls are spread */

/* No slew without its end, none beyond policy, a sane base. */
static void
watch_rate(struct sim_node *n)
{
	const struct clock *c = &n->parent;
	double kernel_ppm = n->kernel.rate_next * 1e6;
	double slew_ppm = kernel_ppm - c->base_ppm;

	if (fabs(c->base_ppm) > CLOCKGUARD_BASE_PPM)
		sim_break(n->sim, n, "base frequency %g ppm", c->base_ppm);
	if (c->end_raw_ns == 0 && fabs(slew_ppm) > RATE_SLACK_PPM)
		sim_break(n->sim, n, "left slewing at %g ppm", slew_ppm);
	if (fabs(slew_ppm) > n->conf->maxslewrate_ppm + RATE_SLACK_PPM)
		sim_break(n->sim, n, "slew of %g ppm", slew_ppm);
	if (c->end_raw_ns != 0 && !n->kernel.stopped &&
	    n->kernel.raw_ns > c->end_raw_ns + LATE_NS)
		sim_break(n->sim, n, "slew %g s over its end",
		    timens_to_s(n->kernel.raw_ns - c->end_raw_ns));
}

/* Nobody sets the clock without saying so; without that it goes forward. */
static void
watch_forward(struct sim_node *n)
{
	const struct kclock *k = &n->kernel;
	int64_t real_ns = k->real_ns - k->set_ns - k->leap_ns;

	if (k->set_ns != n->explained_ns)
		sim_break(n->sim, n, "an unreported step of %g s",
		    timens_to_s(k->set_ns - n->explained_ns));
	if (real_ns < n->last_ns)
		sim_break(n->sim, n, "the clock went back by %g s",
		    timens_to_s(n->last_ns - real_ns));
	n->last_ns = real_ns;
}

void
watch_event(struct sim_node *n)
{
	watch_forward(n);
	/* a rate that the parent asked for and the kernel has not yet */
	watch_rate(n);
}

/* A burst is allowed now: at a start, and after a sleep. */
void
watch_burst(struct sim_node *n)
{
	uint32_t i;

	for (i = 0; i < n->nfeeds; i++) {
		n->feeds[i].burst = BURST;
		n->feeds[i].last_raw_ns = 0;
	}
}

void
watch_send(struct sim_node *n, struct sim_feeder *f)
{
	double gap_s, poll_s;

	gap_s = timens_to_s(n->kernel.raw_ns - f->last_raw_ns);
	poll_s = ldexp(1, f->minpoll_log2);
	if (f->last_raw_ns != 0 && gap_s < poll_s * POLL_SHARE) {
		if (gap_s < fmin(BURST_GAP_S, poll_s * POLL_SHARE))
			sim_break(n->sim, n, "two requests in %g s", gap_s);
		else if (--f->burst < 0)
			sim_break(n->sim, n, "%d requests faster than "
			    "every %g s", BURST + 1, poll_s);
	} else if (f->burst < BURST && ++f->calm % CALM == 0) {
		/* a glitch may be looked into, now and then */
		f->burst++;
	}
	f->last_raw_ns = n->kernel.raw_ns;
}

void
watch_message(struct sim_node *n, enum msg_type type, const void *payload)
{
	const struct msg_info *info = msg_get_info(type);
	const char *bad;

	bad = msg_check(type, ROLE_ENGINE, ROLE_PARENT, payload,
	    info == NULL ? 0 : info->size, 0);
	if (bad != NULL)
		sim_break(n->sim, n, "message %s to the parent: %s",
		    info == NULL ? "?" : info->name, bad);
}

void
watch_step(struct sim_node *n, const struct msg_step *m,
    const struct msg_clock *done)
{
	const struct conf *c = n->conf;
	double size_s = fabs(timens_to_s(m->delta_ns));

	if (done->result != CLOCK_OK)
		return;
	n->explained_ns += done->delta_ns;
	n->own_steps++;
	if (c->makestep_limit == 0 || size_s < c->makestep_s * 0.999 ||
	    (c->makestep_limit > 0 &&
	    n->own_steps > (uint32_t)c->makestep_limit))
		sim_break(n->sim, n, "step %u of %g s, makestep %g %d",
		    n->own_steps, size_s, c->makestep_s, c->makestep_limit);
}
