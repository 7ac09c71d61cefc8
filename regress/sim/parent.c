/*
 * The parent process of a simulated computer: the real ntpd/parent/clock.c
 * with its guard, driven through a back end that is the simulated kernel, and
 * the messages to and from the engine.  Part of the simulator.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "common/log.h"
#include "common/timens.h"
#include "regress/sim/sim.h"

#define ERROR_MAX_US	16000000
#define HOLD_SKEW_PPM	LEASE_HOLD_PPM

static struct sim_node *
node_of(struct clock_kernel *k)
{
	return ((struct sim_node *)(void *)((char *)k -
	    offsetof(struct sim_node, parent.kernel)));
}

static int
adjust(struct clock_kernel *k, struct timex *tx)
{
	return (kclock_adjtime(&node_of(k)->kernel, tx) == -1 ? -1 : 0);
}

static int
back_set_rate(struct clock_kernel *k, double *ppm)
{
	struct lease_rate rate;
	struct timex tx;

	rate = lease_rate_split(*ppm, k->nominal_us);
	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_TICK | ADJ_FREQUENCY;
	tx.tick = rate.tick_us;
	tx.freq = rate.freq;
	if (adjust(k, &tx) == -1)
		return (-1);
	*ppm = lease_rate_join(&rate, k->nominal_us);
	return (0);
}

static int
back_open(struct clock_kernel *k, double *ppm)
{
	struct timex tx;

	k->nominal_us = KCLOCK_TICK_US;
	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_STATUS;
	tx.status = STA_UNSYNC;
	if (adjust(k, &tx) == -1)
		return (-1);
	*ppm = (double)tx.freq / LEASE_FREQ_UNIT;
	return (0);
}

static int
back_step(struct clock_kernel *k, int64_t delta_ns)
{
	struct timex tx;

	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_SETOFFSET | ADJ_NANO;
	tx.time.tv_sec = delta_ns / NS_PER_SEC;
	tx.time.tv_usec = delta_ns % NS_PER_SEC;
	if (tx.time.tv_usec < 0) {
		tx.time.tv_sec--;
		tx.time.tv_usec += NS_PER_SEC;
	}
	return (adjust(k, &tx));
}

static int
back_set_errors(struct clock_kernel *k, const struct clock_errors *e)
{
	struct timex tx;

	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_STATUS;
	tx.status = e->synced && e->max_us < ERROR_MAX_US ? 0 : STA_UNSYNC;
	if (e->leap == 1)
		tx.status |= STA_INS;
	if (e->leap == 2)
		tx.status |= STA_DEL;
	if (e->max_us >= 0) {
		tx.modes |= ADJ_MAXERROR | ADJ_ESTERROR;
		tx.maxerror = e->max_us < ERROR_MAX_US ? e->max_us :
		    ERROR_MAX_US;
		tx.esterror = e->est_us < ERROR_MAX_US ? e->est_us :
		    ERROR_MAX_US;
	}
	return (adjust(k, &tx));
}

static void
back_read(struct clock_kernel *k, struct lease_pair *pair)
{
	const struct kclock *clock = &node_of(k)->kernel;

	pair->raw_ns = kclock_raw(clock);
	pair->real_ns = kclock_real(clock);
	pair->width_ns = 0;
}

static int64_t
back_read_raw(struct clock_kernel *k)
{
	return (kclock_raw(&node_of(k)->kernel));
}

static const struct clock_backend backend = {
	.open = back_open,
	.set_rate = back_set_rate,
	.step = back_step,
	.set_errors = back_set_errors,
	.read = back_read,
	.read_raw = back_read_raw
};

/* A message to the engine; they arrive in order. */
static void
tell_engine(struct sim_node *n, enum msg_type type,
    const struct msg_clock *c)
{
	struct sim_event *ev;
	struct sim *s = n->sim;
	int64_t at;

	at = s->now_ns + sim_latency(n, s->conf.latency_s);
	if (at < n->told_ns)
		at = n->told_ns;
	n->told_ns = at;
	ev = sim_add(s, at - s->now_ns, SIM_CLOCK);
	ev->node = n->index;
	ev->gen = n->gen;
	ev->type = type;
	ev->m.clock = *c;
}

static void
lease_ended(void *ctx, const struct msg_clock *c)
{
	tell_engine(ctx, MSG_CLOCK_LEASE_END, c);
}

int
parent_init(struct sim_node *n)
{
	const struct sim_conf *sc = &n->sim->conf;
	struct clock_params p;

	memset(&p, 0, sizeof(p));
	p.backend = &backend;
	p.policy.slew_limit_ppm = n->conf->maxslewrate_ppm;
	p.policy.base_limit_ppm = n->conf->maxdrift_ppm;
	p.policy.makestep_s = n->conf->makestep_s;
	p.policy.makestep_limit = n->conf->makestep_limit;
	p.policy.floor_ns = 0;
	p.rtcsync = n->conf->rtcsync;
	p.lease_ended = lease_ended;
	p.ctx = n;
	n->drift.skew_ppm = -1;
	if (sc->have_drift) {
		n->drift.freq_ppm = sc->drift_ppm;
		n->drift.skew_ppm = 1;
	}
	return (clock_open(&n->parent, &p, sc->have_drift ? &n->drift :
	    NULL));
}

void
parent_state(struct sim_node *n)
{
	struct msg_clock state;

	clock_state(&n->parent, &state);
	tell_engine(n, MSG_CLOCK_STATE, &state);
}

void
parent_arm(struct sim_node *n)
{
	struct sim *s = n->sim;
	struct sim_event *ev;
	int64_t at;

	n->lease_gen++;
	if (n->parent.end_raw_ns == 0 || s->conf.sabotage == 1)
		return;
	at = kclock_when(&n->kernel, n->parent.end_raw_ns);
	if (at == INT64_MAX)
		return;
	ev = sim_add(s, at - s->now_ns + sim_latency(n, s->conf.wake_s),
	    SIM_LEASE);
	ev->node = n->index;
	ev->gen = n->lease_gen;
}

void
parent_ask(struct sim_node *n, enum msg_type type, const void *payload)
{
	struct sim *s = n->sim;
	struct sim_event *ev;
	int64_t at;

	if (s->conf.sabotage == 4 && type == MSG_CLOCK_SLEW) {
		struct msg_slew bad = *(const struct msg_slew *)payload;

		bad.slew_ppm = NAN;
		watch_message(n, type, &bad);
	}
	watch_message(n, type, payload);
	if (type == MSG_LOG_ENTRY)
		log_debug("%s", ((const struct msg_entry *)payload)->line);
	if (type != MSG_CLOCK_FREQ && type != MSG_CLOCK_SLEW &&
	    type != MSG_CLOCK_STEP && type != MSG_CLOCK_STATUS)
		return;
	at = s->now_ns + sim_latency(n, s->conf.latency_s);
	if (at < n->asked_ns)
		at = n->asked_ns;
	n->asked_ns = at;
	ev = sim_add(s, at - s->now_ns, SIM_ASK);
	ev->node = n->index;
	ev->gen = n->gen;
	ev->type = type;
	memcpy(&ev->m, payload, msg_get_info(type)->size);
}

static void
on_ask(struct sim_node *n, const struct sim_event *ev)
{
	struct msg_clock done;

	if (ev->type == MSG_CLOCK_STATUS) {
		clock_status(&n->parent, &ev->m.status);
		return;
	}
	if (ev->type == MSG_CLOCK_FREQ)
		clock_freq(&n->parent, &ev->m.freq, &done);
	else if (ev->type == MSG_CLOCK_SLEW)
		clock_slew(&n->parent, &ev->m.slew, &done);
	else {
		clock_step(&n->parent, &ev->m.step, &done);
		watch_step(n, &ev->m.step, &done);
		sim_notice(n);
	}
	parent_arm(n);
	tell_engine(n, MSG_CLOCK_DONE, &done);
}

void
parent_event(struct sim_node *n, struct sim_event *ev)
{
	if (ev->kind == SIM_ASK && ev->gen == n->gen)
		on_ask(n, ev);
	if (ev->kind == SIM_LEASE && ev->gen == n->lease_gen) {
		/* the timer came early by a rounding: once more */
		if (clock_expire(&n->parent) != 0)
			parent_arm(n);
	}
}
