/*
 * A simulated computer: its engine and server around the real cores, as
 * ntpd/engine/main.c and ntpd/server/server_io.c are in the daemon.  Part of
 * the simulator.
 */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "regress/sim/sim.h"

#define TIMER_MIN_NS	(50 * NS_PER_US)
#define RESTART_NS	(200 * NS_PER_MS)
#define BOOT_RAW_NS	(30 * NS_PER_SEC)
#define PRECISION_S	5e-8

struct sim_feeder *
node_feeder(const struct sim_node *n, const struct addr *a)
{
	uint32_t i;

	for (i = 0; i < n->nfeeds; i++)
		if (addr_equal(&n->feeds[i].addr, a))
			return (&n->feeds[i]);
	return (NULL);
}

static void
read_pair(const struct sim_node *n, struct clock_pair *p)
{
	p->raw_ns = kclock_raw(&n->kernel);
	p->real_ns = kclock_real(&n->kernel);
	p->sleep_ns = n->kernel.sleep_ns;
}

/* The engine's timer, as its shell arms it after every event. */
static void
node_arm(struct sim_node *n)
{
	struct sim *s = n->sim;
	struct sim_event *ev;
	int64_t at, next;

	if (n->engine == NULL)
		return;
	next = engine_next_raw(n->engine);
	if (next < n->kernel.raw_ns + TIMER_MIN_NS)
		next = n->kernel.raw_ns + TIMER_MIN_NS;
	at = kclock_when(&n->kernel, next);
	/* a timer that comes too early is armed anew */
	if (at == INT64_MAX || (n->timer_ns != 0 && n->timer_ns <= at))
		return;
	n->timer_ns = at;
	ev = sim_add(s, at - s->now_ns + sim_latency(n, s->conf.wake_s),
	    SIM_TICK);
	ev->node = n->index;
	ev->gen = ++n->timer_gen;
}

static int
op_send(void *ctx, uint32_t source, const struct addr *to,
    const uint8_t *buf, size_t len)
{
	struct sim_node *n = ctx;
	struct sim_feeder *f;
	struct sim_event *ev;

	f = node_feeder(n, to);
	if (f == NULL || len != NTP_HEADER_LEN) {
		sim_break(n->sim, n, "packet to nobody, %zu bytes", len);
		return (EHOSTUNREACH);
	}
	watch_send(n, f);
	if (n->sim->conf.sabotage == 3)
		watch_send(n, f);
	n->packets++;
	n->asked_disturbed = n->disturbed;
	ev = sim_add(n->sim, SIM_TX_NS, SIM_TX);
	ev->node = n->index;
	ev->gen = n->gen;
	ev->source = source;
	ev->feed = (uint32_t)(f - n->feeds);
	ev->len = len;
	memcpy(ev->buf, buf, len);
	return (0);
}

static void
op_forget(void *ctx, uint32_t source)
{
	(void)ctx;
	(void)source;
}

static void
op_to_parent(void *ctx, enum msg_type type, const void *payload)
{
	parent_ask(ctx, type, payload);
}

/* Scenarios have addresses only. */
static void
op_to_dns(void *ctx, const struct msg_dnsask *ask)
{
	struct sim_node *n = ctx;

	sim_break(n->sim, n, "asked for the name %s", ask->name);
}

static void
op_to_control(void *ctx, enum msg_type type, const void *payload)
{
	struct sim_node *n = ctx;

	(void)payload;
	sim_break(n->sim, n, "answered control unasked, message %d",
	    (int)type);
}

static void
op_publish(void *ctx, const struct clockpage_data *data)
{
	struct sim_node *n = ctx;

	clockpage_write(&n->page, data);
}

static void
op_random(void *ctx, void *buf, size_t len)
{
	struct sim_node *n = ctx;
	uint8_t *p = buf;

	while (len-- > 0)
		*p++ = (uint8_t)(rng_uniform(&n->rng) * 256);
}

static const struct engine_ops engine_ops = {
	.send = op_send,
	.forget = op_forget,
	.to_parent = op_to_parent,
	.to_dns = op_to_dns,
	.to_control = op_to_control,
	.publish = op_publish,
	.random = op_random
};

static void
engine_start(struct sim_node *n)
{
	struct engine_params p;
	struct clock_pair now;

	memset(&p, 0, sizeof(p));
	p.conf = n->conf;
	p.mode = RUN_DAEMON;
	p.drift = n->drift;
	/* as the parent's supervisor tells a new engine */
	if (n->parent.base_held) {
		p.drift.freq_ppm = -n->parent.base_ppm;
		p.drift.skew_ppm = LEASE_HOLD_PPM;
	}
	p.precision_s = fmax(n->sim->conf.resolution_s, PRECISION_S);
	p.serving = 1;
	if (clockpage_read(&n->page, &p.page) == -1)
		p.page.stratum = NTP_STRATUM_UNSYNC;
	read_pair(n, &now);
	watch_burst(n);
	n->engine = engine_new(&engine_ops, n, &p, &now);
	if (n->engine == NULL)
		err(1, "engine");
	parent_state(n);
	node_arm(n);
}

static void
engine_die(struct sim_node *n)
{
	struct sim_event *ev;

	if (n->engine == NULL)
		return;
	engine_free(n->engine);
	n->engine = NULL;
	n->gen++;
	n->timer_ns = 0;
	n->timer_gen++;
	clock_engine_gone(&n->parent);
	parent_arm(n);
	ev = sim_add(n->sim, RESTART_NS, SIM_RESTART);
	ev->node = n->index;
}

/* What the scenario does to this computer. */
void
node_script(struct sim_node *n, const struct sim_script *a)
{
	struct sim_event *ev;

	switch (a->act) {
	case ACT_FREQ:
		n->kernel.freq += a->value;
		break;
	case ACT_STEP:
		kclock_set(&n->kernel, timens_from_s(a->value));
		n->explained_ns += timens_from_s(a->value);
		n->disturbed = 1;
		sim_notice(n);
		break;
	case ACT_KILL:
		engine_die(n);
		break;
	default:
		if (n->kernel.stopped)
			break;
		n->pausing = a->act == ACT_PAUSE;
		kclock_stop(&n->kernel);
		n->wake_ns = n->sim->now_ns + timens_from_s(a->value);
		ev = sim_add(n->sim, timens_from_s(a->value), SIM_WAKE);
		ev->node = n->index;
		ev->stamp_ns = timens_from_s(a->value);
		ev->m.clock.delta_ns = timens_from_s(a->error);
		break;
	}
}

static void
on_wake(struct sim_node *n, const struct sim_event *ev)
{
	kclock_resume(&n->kernel, n->pausing ? 0 : ev->stamp_ns,
	    ev->m.clock.delta_ns);
	n->disturbed = 1;
	if (!n->pausing) {
		sim_notice(n);
		n->explained_ns += ev->stamp_ns + ev->m.clock.delta_ns;
		watch_burst(n);
	}
	/* timers go by clocks that stood still */
	n->timer_ns = 0;
	n->timer_gen++;
	parent_arm(n);
	node_arm(n);
}

/* Its server: the request came at stamp_ns, now it is answered. */
static void
on_answer(struct sim_node *n, struct sim_event *ev)
{
	struct clockpage_data page;
	struct server_request req;
	struct sim_event *out;
	struct sim_node *client = &n->sim->nodes[ev->source];
	const struct clockpage_data *p = &page;

	memset(&req, 0, sizeof(req));
	req.data = ev->buf;
	req.len = ev->len;
	req.from = client->addr;
	req.from.port = 40000;
	req.to = n->addr;
	req.rx_real_ns = ev->stamp_ns;
	req.drained = n->server.steps;
	if (server_core_check(&n->server, &req) != SERVER_REPLY)
		return;
	if (clockpage_read(&n->page, &page) == -1)
		p = NULL;
	if (server_core_begin(&n->server, p, kclock_raw(&n->kernel),
	    kclock_real(&n->kernel)) != SERVER_REPLY ||
	    server_core_answer(&n->server, &req, SIM_TX_NS, ev->buf,
	    &ev->len) != SERVER_REPLY)
		return;
	out = sim_add(n->sim, SIM_TX_NS, SIM_RX);
	out->node = client->index;
	out->gen = ev->gen;
	out->source = ev->type;
	out->feed = ev->feed;
	out->len = ev->len;
	memcpy(out->buf, ev->buf, NTP_HEADER_LEN);
	/* not there yet: net.c takes it over the way back */
	out->stamp_ns = -1;
}

static void
engine_event(struct sim_node *n, struct sim_event *ev)
{
	struct clock_pair now;

	if (n->engine == NULL || ev->gen != n->gen)
		return;
	read_pair(n, &now);
	switch (ev->kind) {
	case SIM_SENT:
		engine_sent(n->engine, &now, ev->source, ev->stamp_ns);
		break;
	case SIM_DELIVER:
		if (n->asked_disturbed)
			n->disturbed = n->asked_disturbed = 0;
		engine_packet(n->engine, &now, ev->source, ev->buf, ev->len,
		    ev->stamp_ns, &n->addr);
		break;
	case SIM_NOTICE:
		engine_clock_set(n->engine, &now);
		break;
	default:
		engine_clock(n->engine, &now, &ev->m.clock);
		break;
	}
	node_arm(n);
}

static void
on_tick(struct sim_node *n, const struct sim_event *ev)
{
	struct clock_pair now;

	if (ev->gen != n->timer_gen || n->engine == NULL)
		return;
	n->timer_ns = 0;
	read_pair(n, &now);
	if (now.raw_ns >= engine_next_raw(n->engine))
		engine_tick(n->engine, &now);
	node_arm(n);
}

/*
 * An event of this computer.  While it stands still, packets are lost and
 * everything else happens when it goes on.
 */
void
node_event(struct sim_node *n, struct sim_event *ev)
{
	switch (ev->kind) {
	case SIM_TICK:
		on_tick(n, ev);
		break;
	case SIM_SENT:
	case SIM_DELIVER:
	case SIM_CLOCK:
	case SIM_NOTICE:
		engine_event(n, ev);
		break;
	case SIM_ANSWER:
		on_answer(n, ev);
		break;
	case SIM_ASK:
	case SIM_LEASE:
		parent_event(n, ev);
		break;
	case SIM_WAKE:
		on_wake(n, ev);
		break;
	case SIM_RESTART:
		engine_start(n);
		break;
	default:
		net_event(n, ev);
		break;
	}
}

static void
make_addr(struct addr *a, int net, uint32_t index)
{
	memset(a, 0, sizeof(*a));
	a->family = ADDR_INET;
	a->port = NTP_PORT;
	a->ip[0] = 10;
	a->ip[1] = (uint8_t)net;
	index += 256;
	a->ip[2] = (uint8_t)(index >> 8);
	a->ip[3] = (uint8_t)index;
}

static int
feeder_add(struct sim_node *n, struct sim_path *server, int is_node,
    uint32_t target, const struct sim_path *path)
{
	struct sim *s = n->sim;
	struct sim_feeder *feeds, *f;

	feeds = reallocarray(n->feeds, n->nfeeds + 1, sizeof(*feeds));
	if (feeds == NULL)
		return (-1);
	n->feeds = feeds;
	f = &feeds[n->nfeeds];
	memset(f, 0, sizeof(*f));
	make_addr(&f->addr, is_node ? 78 : 77, target + 1);
	f->path = path;
	f->server = server;
	f->target = target;
	rng_init(&f->rng, (uint64_t)s->conf.seed,
	    1000 + n->index * 64 + n->nfeeds);
	n->nfeeds++;
	return (0);
}

static int
make_feeds(struct sim_node *n)
{
	struct sim_conf *c = &n->sim->conf;
	struct sim_feed *f;
	int i, index = (int)n->index;

	for (i = 0; i < c->nfeeds; i++) {
		f = &c->feeds[i];
		if (index < f->first || index > f->last)
			continue;
		if (feeder_add(n, f->is_node ? NULL : &c->sources[f->target],
		    f->is_node, (uint32_t)f->target, &f->path) == -1)
			return (-1);
	}
	if (n->nfeeds > 0)
		return (0);
	for (i = 0; i < c->nsources; i++)
		if (feeder_add(n, &c->sources[i], 0, (uint32_t)i,
		    &c->sources[i]) == -1)
			return (-1);
	return (0);
}

static int
make_conf(struct sim_node *n)
{
	struct sim_conf *c = &n->sim->conf;
	struct conf_params params;
	char line[SIM_LINE + 80], text[ADDR_TEXT_MAX];
	uint32_t i;
	int k;

	memset(&params, 0, sizeof(params));
	n->conf = conf_new();
	if (n->conf == NULL)
		return (-1);
	for (i = 0; i < n->nfeeds; i++) {
		snprintf(line, sizeof(line), "server %s %s\n",
		    addr_format(&n->feeds[i].addr, text, sizeof(text)),
		    n->feeds[i].path->options);
		if (conf_parse(n->conf, line, strlen(line), "source",
		    &params) != 0) {
			warnx("source: %s", line);
			return (-1);
		}
		n->feeds[i].minpoll_log2 = n->conf->sources[i].minpoll_log2;
	}
	for (k = 0; k < c->nconf; k++)
		if (conf_parse(n->conf, c->conf[k], strlen(c->conf[k]),
		    "conf", &params) != 0) {
			warnx("conf: %s", c->conf[k]);
			return (-1);
		}
	return (0);
}

int
node_init(struct sim *s, uint32_t index)
{
	struct sim_node *n = &s->nodes[index];
	const struct sim_conf *c = &s->conf;
	double offset_s = c->offset_s, freq = c->freq_ppm * 1e-6;
	struct sim_event *ev;

	n->sim = s;
	n->index = index;
	n->gen = 1;
	rng_init(&n->rng, (uint64_t)c->seed, 500000 + index +
	    1000000 * (uint64_t)c->draws);
	make_addr(&n->addr, 78, index + 1);
	if (index > 0) {
		offset_s *= 2 * rng_uniform(&n->rng) - 1;
		freq *= 2 * rng_uniform(&n->rng) - 1;
	}
	kclock_init(&n->kernel, (uint64_t)c->seed, index, BOOT_RAW_NS +
	    (int64_t)index * NS_PER_MS, sim_utc(s, 0) +
	    timens_from_s(offset_s), freq, c->wander);
	n->kernel.latency_ns = timens_from_s(c->set_latency_s);
	n->kernel.resolution_ns = timens_from_s(c->resolution_s);
	n->last_ns = n->kernel.real_ns;
	clockpage_init(&n->page);
	server_core_init(&n->server, s->access, index + 1);
	if (make_feeds(n) == -1 || make_conf(n) == -1 ||
	    parent_init(n) == -1)
		return (-1);
	/* they do not all start at once */
	ev = sim_add(s, index == 0 ? 0 : (int64_t)(rng_uniform(&n->rng) *
	    10e9), SIM_RESTART);
	ev->node = index;
	return (0);
}

void
node_free(struct sim_node *n)
{
	engine_free(n->engine);
	if (n->sim != NULL)
		clock_close(&n->parent);
	conf_free(n->conf);
	free(n->feeds);
}
