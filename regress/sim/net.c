/*
 * The simulated network and the reference servers in it.  Part of the
 * simulator.
 *
 * tamper, the bits: what is wrong in a server's answers.
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "regress/sim/sim.h"

#define TAMPER_ORIGIN	1	/* not what was asked */
#define TAMPER_ZERO	2	/* no receive time stamp */
#define TAMPER_MODE	4	/* a broadcast */
#define TAMPER_SHORT	8	/* cut */
#define TAMPER_REFTIME	16	/* reference time in the future */
#define TAMPER_REPLAY	32	/* every answer twice, late */

#define PARETO_SHAPE	2.5
#define BIMODAL_SHARE	0.1
#define BIMODAL_LATE	10.0
#define REORDER_S	0.2
#define DAY_S		86400.0

/* Marsaglia and Tsang 2000, for any shape. */
static double
draw_gamma(double shape, struct rng *rng)
{
	double boost = 1, c, d, v, x;

	if (shape < 1) {
		boost = pow(rng_uniform(rng), 1 / shape);
		shape++;
	}
	d = shape - 1.0 / 3;
	c = 1 / sqrt(9 * d);
	for (;;) {
		x = rng_normal(rng);
		v = pow(1 + c * x, 3);
		if (v > 0 && log(rng_uniform(rng)) <
		    x * x / 2 + d - d * v + d * log(v))
			return (boost * d * v);
	}
}

static double
draw_jitter(const struct sim_path *p, struct rng *rng)
{
	switch ((enum sim_dist)p->dist) {
	case SIM_DIST_NORMAL:
		return (rng_normal(rng));
	case SIM_DIST_EXPONENTIAL:
		return (rng_exponential(rng));
	case SIM_DIST_UNIFORM:
		return (rng_uniform(rng));
	case SIM_DIST_PARETO:
		return (pow(rng_uniform(rng), -1 / PARETO_SHAPE) - 1);
	case SIM_DIST_GAMMA:
		return (draw_gamma(p->shape, rng));
	case SIM_DIST_BIMODAL:
		if (rng_uniform(rng) < BIMODAL_SHARE)
			return (BIMODAL_LATE + rng_exponential(rng));
		return (rng_exponential(rng));
	default:
		return (0);
	}
}

static int64_t
draw_delay(const struct sim_path *p, int up, struct rng *rng)
{
	double d, share;

	d = (up ? p->jitter_up : p->jitter_down) * draw_jitter(p, rng);
	d += up ? p->delay_up : p->delay_down;
	share = up ? p->spike_share_up : p->spike_share_down;
	if (share > 0 && rng_uniform(rng) < share)
		d += p->spike * rng_exponential(rng);
	if (p->reorder > 0 && rng_uniform(rng) < p->reorder)
		d += REORDER_S * rng_uniform(rng);
	return (d > 0 ? llround(d * 1e9) : 0);
}

static int
is_unreachable(const struct sim_path *p, double t_s)
{
	double since = t_s - p->outage_at;

	if (p->outage_len <= 0 || since < 0)
		return (0);
	if (p->outage_every > 0)
		since = fmod(since, p->outage_every);
	return (since < p->outage_len);
}

/* One direction: the packet, none, or two of it. */
static void
carry(struct sim_node *client, const struct sim_event *packet, int up,
    enum sim_kind kind, uint32_t node, int64_t after_ns)
{
	struct sim *s = client->sim;
	struct sim_feeder *f = &client->feeds[packet->feed];
	const struct sim_path *p = f->path;
	struct sim_event *ev;
	int copies = 1;
	size_t bit;

	if (is_unreachable(p, timens_to_s(s->now_ns)))
		return;
	if (p->loss > 0 && rng_uniform(&f->rng) < p->loss)
		return;
	if (p->dup > 0 && rng_uniform(&f->rng) < p->dup)
		copies = 2;
	while (copies-- > 0) {
		ev = sim_add(s, after_ns + draw_delay(p, up, &f->rng), kind);
		ev->node = node;
		ev->gen = packet->gen;
		ev->source = packet->source;
		ev->feed = packet->feed;
		ev->type = packet->type;
		ev->len = packet->len;
		memcpy(ev->buf, packet->buf, packet->len);
		if (p->corrupt == 0 || rng_uniform(&f->rng) >= p->corrupt)
			continue;
		bit = (size_t)(rng_uniform(&f->rng) * (double)ev->len * 8);
		ev->buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static int
announced_leap(const struct sim *s)
{
	double left = s->conf.leap_at_s - timens_to_s(s->now_ns);

	return (s->conf.leap != 0 && left > 0 && left <= DAY_S ?
	    s->conf.leap : NTP_LEAP_NONE);
}

static void
fill_answer(const struct sim *s, const struct sim_path *server,
    const struct ntp_header *q, struct ntp_header *a)
{
	int64_t t2;

	t2 = sim_utc(s, s->now_ns) + timens_from_s(server->lie +
	    server->drift_ppm * 1e-6 * timens_to_s(s->now_ns));
	memset(a, 0, sizeof(*a));
	a->version = q->version;
	a->mode = NTP_MODE_SERVER;
	a->poll = q->poll;
	a->leap = server->unsync != 0 ? NTP_LEAP_UNSYNC :
	    (uint8_t)announced_leap(s);
	a->stratum = (uint8_t)server->stratum;
	a->precision = -28;
	a->refid = 0x53494d00;
	a->root_delay = ntp_short_from_s(server->root_delay);
	a->root_disp = ntp_short_from_s(server->root_disp);
	a->origin = q->transmit;
	a->receive = ntp_ts_from_ns(t2);
	a->transmit = ntp_ts_from_ns(t2 + SIM_SERVE_NS);
	a->reference = ntp_ts_from_ns(t2 - t2 % NS_PER_SEC);
	if (server->kiss != 0) {
		a->stratum = 0;
		a->refid = server->kiss == 1 ? NTP_KISS_RATE : NTP_KISS_DENY;
	}
}

static void
tamper(int how, struct ntp_header *a)
{
	if (how & TAMPER_ORIGIN)
		a->origin ^= 1;
	if (how & TAMPER_ZERO)
		a->receive = 0;
	if (how & TAMPER_MODE)
		a->mode = NTP_MODE_BROADCAST;
	if (how & TAMPER_REFTIME)
		a->reference = a->transmit + (1ULL << 40);
}

/* A reference server answers; ev->node is the client. */
static void
on_serve(struct sim_node *client, struct sim_event *ev)
{
	const struct sim_feeder *f = &client->feeds[ev->feed];
	struct ntp_header q, a;
	int how = (int)f->server->tamper;

	if (ntp_header_parse(ev->buf, ev->len, &q) == -1 ||
	    q.mode != NTP_MODE_CLIENT)
		return;
	fill_answer(client->sim, f->server, &q, &a);
	tamper(how, &a);
	ntp_header_build(&a, ev->buf);
	if (how & TAMPER_SHORT)
		ev->len = NTP_HEADER_LEN - 4;
	carry(client, ev, 0, SIM_RX, client->index, SIM_SERVE_NS);
	if (how & TAMPER_REPLAY)
		carry(client, ev, 0, SIM_RX, client->index, NS_PER_SEC);
}

/* The request is on the wire: when, its engine hears later. */
static void
on_tx(struct sim_node *n, struct sim_event *ev)
{
	struct sim_feeder *f = &n->feeds[ev->feed];
	struct sim_event *sent;
	uint32_t target = n->index;

	sent = sim_add(n->sim, sim_latency(n, n->sim->conf.wake_s),
	    SIM_SENT);
	sent->node = n->index;
	sent->gen = ev->gen;
	sent->source = ev->source;
	sent->stamp_ns = kclock_real(&n->kernel);
	if (f->server == NULL) {
		/* the server's node needs to know whom to answer */
		ev->type = ev->source;
		ev->source = n->index;
		target = f->target;
	}
	carry(n, ev, 1, f->server != NULL ? SIM_SERVE : SIM_REQUEST, target,
	    0);
}

/* It is stamped by the kernel, and reaches the process later. */
static void
stamp(struct sim_node *n, const struct sim_event *ev, enum sim_kind kind)
{
	struct sim_event *out;

	out = sim_add(n->sim, sim_latency(n, n->sim->conf.wake_s), kind);
	out->node = n->index;
	out->gen = ev->gen;
	out->source = ev->source;
	out->feed = ev->feed;
	out->type = ev->type;
	out->stamp_ns = kclock_real(&n->kernel);
	out->len = ev->len;
	memcpy(out->buf, ev->buf, ev->len);
}

void
net_event(struct sim_node *n, struct sim_event *ev)
{
	switch (ev->kind) {
	case SIM_TX:
		on_tx(n, ev);
		break;
	case SIM_SERVE:
		on_serve(n, ev);
		break;
	case SIM_REQUEST:
		stamp(n, ev, SIM_ANSWER);
		break;
	case SIM_RX:
		if (ev->stamp_ns == -1)
			carry(n, ev, 0, SIM_RX, n->index, 0);
		else
			stamp(n, ev, SIM_DELIVER);
		break;
	default:
		break;
	}
}
