/*
 * The run of a simulation: the order of events, true time, the meter.  Part
 * of the simulator.
 */
#include <err.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/conf.h"
#include "common/timens.h"
#include "regress/sim/sim.h"

#define BOUND_SLACK_S	1e-6
/*
 * After the start the bound may be wrong for so long, for each computer in a
 * chain of them: an oscillator of 200 ppm, a few samples, and a server that
 * does not know better.  An event has a grace of its own, for each likewise:
 * the first one of them notices it at its next poll, the next one after that.
 */
#define START_GRACE_S	300.0
#define CHAIN_MAX	5.0
/* three sigmas of an estimate are no hard limit in thousands of days */
#define BOUND_SHARE	0.15

static struct sim_node *
metered(struct sim *s)
{
	return (&s->nodes[(int)s->conf.meter - 1]);
}

/*
 * A clock that is still seconds off comes to its leap second sooner or later
 * than true time does: until both are over it it cannot be told.
 */
static int
is_in_leap(const struct sim *s, double t_s, double clock_err)
{
	return (s->conf.leap != 0 && fabs(t_s - s->conf.leap_at_s) <
	    2 * fabs(clock_err) + 0.1);
}

/* What the bound says beyond what nobody can know: half of the root delay. */
static int
keep_excess(struct sim *s, const struct clockpage_data *p, double bound_s)
{
	double *excess;
	size_t cap;

	if (s->nexcess == s->cap_excess) {
		cap = s->cap_excess == 0 ? 4096 : s->cap_excess * 2;
		excess = reallocarray(s->excess, cap, sizeof(*excess));
		if (excess == NULL)
			return (-1);
		s->excess = excess;
		s->cap_excess = cap;
	}
	s->excess[s->nexcess++] = bound_s - BOUND_SLACK_S -
	    timens_to_s(p->root_delay_ns) / 2;
	return (0);
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/*
 * Is the bound of use?  The excess that 99 of 100 seconds do not exceed,
 * of what it may be: 4 times the rms error, or 3 resolutions of the clock.
 */
static double
usefulness(struct sim *s, double est_rms)
{
	double most;

	if (s->nexcess == 0)
		return (0);
	qsort(s->excess, s->nexcess, sizeof(*s->excess), compare_doubles);
	most = fmax(4 * est_rms, 3 * fmax(s->conf.resolution_s, 1e-9));
	return (s->excess[(s->nexcess - 1) * 99 / 100] / most);
}

/* The estimate on the clock page, as a server would tell it. */
static void
meter_page(struct sim *s, const struct sim_node *n, double t_s)
{
	struct clockpage_data p;
	int64_t age_ns, est, real = n->kernel.real_ns;
	double bound, clock_err, est_err;

	s->page_err_s = s->page_bound_s = NAN;
	if (clockpage_read(&n->page, &p) == -1 ||
	    p.stratum >= NTP_STRATUM_UNSYNC || p.stratum == 0 ||
	    n->kernel.stopped || t_s < s->conf.from_s)
		return;
	/* no reader may use it: the clock was changed meanwhile */
	age_ns = n->kernel.raw_ns - p.anchor_raw_ns;
	if (clockpage_slip_ns(&p, n->kernel.raw_ns, real) >
	    CLOCKPAGE_SLIP_NS + age_ns / 1000000)
		return;
	est = clockpage_true_ns(&p, real);
	est_err = timens_to_s(est - sim_utc(s, n->kernel.at_ns));
	clock_err = timens_to_s(real - sim_utc(s, n->kernel.at_ns));
	bound = timens_to_s(p.root_delay_ns / 2 +
	    clockpage_root_disp_ns(&p, real)) + BOUND_SLACK_S;
	if (s->conf.sabotage == 5)
		bound = 0;
	s->page_err_s = est_err;
	s->page_bound_s = bound;
	s->page_seconds++;
	s->est_sum2 += est_err * est_err;
	if (!n->disturbed &&
	    fabs(clock_err) > bound + fabs(timens_to_s(est - real)))
		s->page_outside++;
	if (n->disturbed)
		return;
	if (keep_excess(s, &p, bound) == -1)
		err(1, "samples");
	if (t_s < s->grace_until_s || is_in_leap(s, t_s, clock_err) ||
	    fabs(est_err) <= bound)
		return;
	s->est_outside++;
	s->est_worst = fmax(s->est_worst, fabs(est_err) - bound);
	if (s->strict && fabs(est_err) > bound * (1 + BOUND_SHARE) +
	    s->bound_slack_s) {
		s->bound_broken = s->broken[0] == '\0';
		sim_break(s, n, "estimate wrong by %.3g s, says %.3g s",
		    est_err, bound);
	}
}

/*
 * A server that lies a little, or drifts, is found out when it contradicts the
 * others, and they may be so far off themselves.  So is a computer that
 * swings between its sources, for those that ask it.
 */
static double
liars_slack(const struct sim_conf *c)
{
	const struct sim_path *p;
	double slack = 0, worst = 0;
	int i, liars = 0;

	for (i = 0; i < c->nsources; i++) {
		p = &c->sources[i];
		liars += p->lie != 0 || p->drift_ppm != 0;
		slack = p->delay_up + p->delay_down + p->root_delay +
		    p->root_disp + 20 * (p->jitter_up + p->jitter_down) +
		    10 * p->spike * (p->spike_share_up + p->spike_share_down >
		    0) +
		    0.4 * (p->reorder > 0);
		worst = fmax(worst, slack);
	}
	return (liars > 0 || (c->nodes > 1 && c->nsources > 1) ? 2 * worst :
	    0);
}

static void
on_meter(struct sim *s)
{
	struct sim_node *n = metered(s);
	struct meter_sample m;
	int64_t moved;

	kclock_advance(&n->kernel, s->now_ns);
	sim_add(s, timens_from_s(s->conf.interval_s), SIM_METER);
	if (n->kernel.stopped)
		return;
	if (s->conf.sabotage == 2 && s->meter.samples == 1000)
		kclock_set(&n->kernel, -NS_PER_MS);
	moved = n->kernel.set_ns - s->seen_ns;
	s->seen_ns = n->kernel.set_ns;
	memset(&m, 0, sizeof(m));
	m.t_s = timens_to_s(s->now_ns);
	m.err_s = timens_to_s(n->kernel.real_ns - sim_utc(s, s->now_ns));
	m.rate_ppm = n->kernel.rate * 1e6;
	m.step_s = timens_to_s(moved - s->meant_ns);
	m.bound_s = kclock_maxerror_s(&n->kernel, &m.synced);
	/* between a disturbance and the next exchange nobody can know */
	if (n->disturbed)
		m.bound_s = fmax(m.bound_s, fabs(m.err_s));
	s->meant_ns = 0;
	if (meter_add(&s->meter, &m) == -1)
		err(1, "samples");
	meter_page(s, n, m.t_s);
	if (s->trace != NULL)
		fprintf(s->trace, "%.6f %.3f %.9f %.4f %.9f %.6f %d %.9f "
		    "%.9f\n", timens_to_s(n->kernel.raw_ns), m.t_s, m.err_s,
		    m.rate_ppm, m.step_s, m.bound_s, m.synced,
		    s->page_err_s, s->page_bound_s);
}

static void
on_script(struct sim *s, uint32_t index)
{
	const struct sim_script *a = &s->conf.script[index];
	struct sim_path *p = &s->conf.sources[a->source];
	double until_s = timens_to_s(s->now_ns) + s->conf.grace_s *
	    fmin(s->conf.nodes, CHAIN_MAX);

	switch (a->act) {
	case ACT_LIE:
		p->lie = a->value;
		break;
	case ACT_STRATUM:
		p->stratum = a->value;
		break;
	case ACT_KISS:
		p->kiss = a->value;
		break;
	case ACT_DELAY:
		p->delay_up = p->delay_down = a->value;
		break;
	case ACT_TAMPER:
		p->tamper = a->value;
		break;
	default:
		kclock_advance(&s->nodes[0].kernel, s->now_ns);
		node_script(&s->nodes[0], a);
		if (a->act == ACT_STEP && s->conf.meter == 1)
			s->meant_ns += timens_from_s(a->value);
		if (a->act == ACT_SUSPEND || a->act == ACT_PAUSE)
			until_s += a->value;
		if (a->act == ACT_SUSPEND && s->conf.meter == 1)
			s->meant_ns += timens_from_s(a->value) +
			    timens_from_s(a->error);
		break;
	}
	s->grace_until_s = fmax(s->grace_until_s, until_s);
}

/*
 * A computer that stands still loses what arrives, and its timers are armed
 * anew; what one process said to another waits.  1: that is done.
 */
static int
while_stopped(struct sim *s, struct sim_node *n, const struct sim_event *ev)
{
	struct sim_event *later;
	uint64_t seq;
	int64_t at;

	switch (ev->kind) {
	case SIM_WAKE:
	case SIM_SERVE:
		return (0);
	case SIM_RX:
		return (ev->stamp_ns != -1);
	case SIM_TICK:
	case SIM_LEASE:
	case SIM_REQUEST:
		return (1);
	default:
		break;
	}
	later = sim_add(s, n->wake_ns - s->now_ns + 1, ev->kind);
	seq = later->seq;
	at = later->at_ns;
	*later = *ev;
	later->seq = seq;
	later->at_ns = at;
	return (1);
}

static void
sim_step(struct sim *s, struct sim_event *ev)
{
	struct sim_node *n;

	s->events++;
	if (ev->kind == SIM_METER) {
		on_meter(s);
		return;
	}
	if (ev->kind == SIM_SCRIPT) {
		on_script(s, ev->source);
		return;
	}
	n = &s->nodes[ev->node];
	kclock_advance(&n->kernel, s->now_ns);
	if (n->kernel.stopped && while_stopped(s, n, ev))
		return;
	node_event(n, ev);
	watch_event(n);
}

void
sim_run(struct sim *s)
{
	struct sim_event *ev;

	while (s->broken[0] == '\0' &&
	    (ev = queue_next(&s->queue)) != NULL) {
		if (ev->at_ns >= s->end_ns) {
			queue_free(&s->queue, ev);
			break;
		}
		s->now_ns = ev->at_ns;
		sim_step(s, ev);
		queue_free(&s->queue, ev);
	}
}

int
sim_start(struct sim *s)
{
	struct conf_access everybody;
	struct sim_event *ev;
	uint32_t i;
	int k;

	memset(&everybody, 0, sizeof(everybody));
	everybody.allow = 1;
	s->access = access_new(&everybody, 1);
	s->nnodes = (uint32_t)s->conf.nodes;
	s->nodes = calloc(s->nnodes, sizeof(*s->nodes));
	if (s->access == NULL || s->nodes == NULL) {
		warn("nodes");
		return (-1);
	}
	s->end_ns = timens_from_s(s->conf.duration_s);
	s->grace_until_s = START_GRACE_S * fmin(s->conf.nodes, CHAIN_MAX);
	s->bound_slack_s = liars_slack(&s->conf);
	meter_init(&s->meter, s->conf.from_s, s->conf.interval_s);
	for (i = 0; i < s->nnodes; i++)
		if (node_init(s, i) == -1)
			return (-1);
	for (k = 0; k < s->conf.nscript; k++) {
		ev = sim_add(s, timens_from_s(s->conf.script[k].at_s),
		    SIM_SCRIPT);
		ev->source = (uint32_t)k;
	}
	/* between the seconds: at a leap two clocks never agree */
	(void)sim_add(s, timens_from_s(s->conf.interval_s / 2), SIM_METER);
	return (0);
}

void
sim_print(struct sim *s, FILE *fp)
{
	const struct sim_node *n = metered(s);
	double seconds = s->page_seconds > 0 ? (double)s->page_seconds : 1;

	fprintf(fp, "seed=%.0f duration=%.0f", s->conf.seed,
	    s->conf.duration_s);
	meter_print(&s->meter, fp);
	fprintf(fp, " packets=%llu est_rms=%.3e", (unsigned long long)
	    n->packets, sqrt(s->est_sum2 / seconds));
	fprintf(fp, " page=%.5f page_outside=%.5f est_outside=%.5f",
	    (double)s->page_seconds / (s->meter.nerrs > 0 ?
	    (double)s->meter.nerrs : 1), (double)s->page_outside / seconds,
	    (double)s->est_outside / seconds);
	fprintf(fp, " useful=%.3f", usefulness(s,
	    sqrt(s->est_sum2 / seconds)));
	fprintf(fp, " refused=%llu leap=%.0f events=%llu",
	    (unsigned long long)clockguard_refused(&n->parent.guard),
	    timens_to_s(n->kernel.leap_ns), (unsigned long long)s->events);
}

void
sim_free(struct sim *s)
{
	uint32_t i;

	for (i = 0; s->nodes != NULL && i < s->nnodes; i++)
		node_free(&s->nodes[i]);
	free(s->nodes);
	access_free(s->access);
	queue_clear(&s->queue);
	meter_free(&s->meter);
	free(s->excess);
}
