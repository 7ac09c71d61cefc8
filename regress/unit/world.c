/*
 * The small world of the engine's tests; see world.h.
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "regress/unit/world.h"

static double
world_uniform(struct world *w)
{
	w->rng = w->rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (((w->rng >> 11) + 0.5) / 9007199254740992.0);
}

static double
world_exp(struct world *w, double mean)
{
	return (-log(world_uniform(w)) * mean);
}

int64_t
world_real(const struct world *w)
{
	double span = (double)(w->raw_ns - w->real_raw_ns);

	return (w->real_ns + (w->raw_ns - w->real_raw_ns) +
	    llround(span * w->rate_ppm * 1e-6));
}

int64_t
world_true(const struct world *w, int64_t raw_ns)
{
	return (EPOCH_NS + raw_ns - llround((double)raw_ns * w->ppm * 1e-6));
}

double
world_error(const struct world *w)
{
	return (timens_to_s(world_true(w, w->raw_ns) - world_real(w)));
}

void
world_pair(const struct world *w, struct clock_pair *p)
{
	p->raw_ns = w->raw_ns;
	p->real_ns = world_real(w);
	p->sleep_ns = w->sleep_ns;
}

void
world_anchor(struct world *w)
{
	w->real_ns = world_real(w);
	w->real_raw_ns = w->raw_ns;
}

static unsigned
world_push(struct world *w, int64_t at_ns, enum world_event type)
{
	ck_assert_uint_lt(w->nqueue, QUEUE_MAX);
	memset(&w->queue[w->nqueue], 0, sizeof(w->queue[0]));
	w->queue[w->nqueue].at_ns = at_ns;
	w->queue[w->nqueue].type = type;
	return (w->nqueue++);
}

static void
world_answer(struct world *w, uint32_t id, enum clock_result result,
    int64_t delta_ns, int64_t real_before)
{
	unsigned i = world_push(w, w->raw_ns + PARENT_NS, WE_ANSWER);
	struct msg_clock *c = &w->queue[i].answer;

	c->id = id;
	c->result = result;
	c->raw_before_ns = c->raw_after_ns = w->raw_ns;
	c->real_before_ns = real_before;
	c->real_after_ns = world_real(w);
	c->rate_ppm = w->rate_ppm;
	c->base_ppm = w->base_ppm;
	c->end_raw_ns = w->lease_end_ns;
	c->steps_left = 100;
	c->delta_ns = delta_ns;
}

static void
world_lease(struct world *w, double base, double slew, int64_t end_ns)
{
	unsigned i;

	world_anchor(w);
	w->base_ppm = base;
	w->rate_ppm = base + slew;
	w->lease_end_ns = end_ns;
	w->lease_id++;
	if (end_ns != 0) {
		i = world_push(w, end_ns, WE_LEASE_END);
		w->queue[i].source = w->lease_id;
	}
}

/* As our own server would say it. */
static void
fill_us(const struct world *w, struct ntp_header *a)
{
	a->leap = w->page.leap;
	a->stratum = w->page.stratum;
	a->refid = w->page.refid;
	a->reference = ntp_ts_from_ns(w->page.ref_time_ns);
	a->root_delay = ntp_short_from_s(timens_to_s(w->page.root_delay_ns));
	a->root_disp = ntp_short_from_s(timens_to_s(w->page.root_disp_ns));
}

static int
op_send(void *ctx, uint32_t source, const struct addr *to,
    const uint8_t *buf, size_t len)
{
	struct world *w = ctx;
	struct world_server *s = NULL;
	struct ntp_header q, a;
	int64_t t2, arrive;
	unsigned i;

	ck_assert_uint_eq(len, NTP_HEADER_LEN);
	ck_assert_int_eq(ntp_header_parse(buf, len, &q), 0);
	ck_assert_int_eq(q.mode, NTP_MODE_CLIENT);
	for (i = 0; i < w->nservers; i++)
		if (addr_equal(&w->servers[i].addr, to))
			s = &w->servers[i];
	ck_assert_ptr_nonnull(s);
	s->requests++;
	if (s->unroutable)
		return (ENETUNREACH);
	if (s->dead)
		return (0);
	arrive = w->raw_ns + timens_from_s(s->delay_s +
	    world_exp(w, s->jitter_s));
	t2 = world_true(w, arrive) + timens_from_s(s->offset_s);
	memset(&a, 0, sizeof(a));
	a.version = q.version;
	a.mode = NTP_MODE_SERVER;
	a.stratum = s->kiss ? 0 : s->stratum != 0 ? s->stratum : 2;
	a.refid = s->kiss == 1 ? NTP_KISS_RATE :
	    s->kiss ? 0x494e4954 : 0x0a000001;
	a.leap = s->unsync ? NTP_LEAP_UNSYNC : s->leap;
	a.precision = -23;
	a.root_delay = ntp_short_from_s(0.001);
	a.root_disp = ntp_short_from_s(0.001);
	a.origin = q.transmit;
	a.receive = ntp_ts_from_ns(t2);
	a.transmit = ntp_ts_from_ns(t2 + 10000);
	a.reference = ntp_ts_from_ns(t2 - NS_PER_SEC);
	if (s->is_us)
		fill_us(w, &a);
	i = world_push(w, arrive + 10000 + timens_from_s(s->delay_s +
	    world_exp(w, s->jitter_s)), WE_PACKET);
	w->queue[i].source = source;
	ntp_header_build(&a, w->queue[i].buf);
	return (0);
}

static void
op_forget(void *ctx, uint32_t source)
{
	(void)ctx;
	(void)source;
}

/* The parent does it some time after it was asked. */
static void
world_act(struct world *w, enum msg_type type, const void *payload)
{
	const struct msg_slew *sl = payload;
	const struct msg_step *st = payload;
	const struct msg_freq *fr = payload;
	int64_t before = world_real(w);

	switch (type) {
	case MSG_CLOCK_FREQ:
		world_lease(w, fr->base_ppm, 0, 0);
		world_answer(w, fr->id, CLOCK_OK, 0, before);
		break;
	case MSG_CLOCK_SLEW:
		ck_assert(fabs(sl->slew_ppm) <= 83334);
		ck_assert(sl->end_raw_ns > w->raw_ns);
		world_lease(w, sl->base_ppm, sl->slew_ppm, sl->end_raw_ns);
		world_answer(w, sl->id, CLOCK_OK, 0, before);
		break;
	case MSG_CLOCK_STEP:
		if (w->refuse_steps) {
			world_answer(w, st->id, CLOCK_REFUSED, 0, before);
			break;
		}
		w->steps++;
		world_lease(w, st->base_ppm, 0, 0);
		w->real_ns += st->delta_ns;
		world_answer(w, st->id, CLOCK_OK, st->delta_ns, before);
		break;
	default:
		break;
	}
}

static void
world_ask(struct world *w, enum msg_type type, const void *payload)
{
	unsigned i = world_push(w, w->raw_ns + PARENT_NS, WE_ASKED);

	w->queue[i].asked = type;
	memcpy(&w->queue[i].ask, payload, msg_get_info(type)->size);
}

static void
op_to_parent(void *ctx, enum msg_type type, const void *payload)
{
	struct world *w = ctx;

	switch (type) {
	case MSG_CLOCK_FREQ:
	case MSG_CLOCK_SLEW:
	case MSG_CLOCK_STEP:
		world_ask(w, type, payload);
		break;
	case MSG_FILE_WRITE:
		w->drift_writes++;
		ck_assert_int_eq(sscanf(((const struct msg_file *)
		    payload)->data, "%lf", &w->drift_ppm), 1);
		break;
	case MSG_SOURCE_ADDED:
		w->added = *(const struct msg_command *)payload;
		w->nadded++;
		break;
	case MSG_SOURCE_REMOVED:
		w->removed = *(const struct msg_name *)payload;
		w->nremoved++;
		break;
	case MSG_DUMP:
		w->dump = *(const struct msg_dump *)payload;
		w->ndumps++;
		break;
	case MSG_LOG_ENTRY:
		ck_assert_ptr_null(msg_check(type, ROLE_ENGINE, ROLE_PARENT,
		    payload, sizeof(struct msg_entry), 0));
		strlcpy(w->entries[((const struct msg_entry *)payload)->file],
		    ((const struct msg_entry *)payload)->line,
		    MSG_ENTRY_MAX);
		break;
	case MSG_CLOCK_STATUS:
		w->status = *(const struct msg_status *)payload;
		break;
	case MSG_ONESHOT_DONE:
		w->oneshot = *(const struct msg_oneshot *)payload;
		w->noneshot++;
		break;
	case MSG_GIVE_UP:
		w->gave_up++;
		break;
	default:
		break;
	}
}

static void
op_to_dns(void *ctx, const struct msg_dnsask *ask)
{
	struct world *w = ctx;

	w->dns_asks++;
	w->last_ask = *ask;
}

static void
op_to_control(void *ctx, enum msg_type type, const void *payload)
{
	struct world *w = ctx;

	ck_assert_ptr_null(msg_check(type, ROLE_ENGINE, ROLE_CONTROL,
	    payload, msg_get_info(type)->size, 0));
	w->nanswers++;
	w->answer_type = type;
	if (type == MSG_REPORT) {
		w->report = *(const struct msg_report *)payload;
		w->answer_id = w->report.id;
		return;
	}
	ck_assert_int_eq(type, MSG_RESULT);
	w->answer_id = ((const struct msg_result *)payload)->id;
	w->result = ((const struct msg_result *)payload)->status;
	w->nresults++;
}

int
world_command(struct world *w, unsigned command,
    const union candm_request_body *body)
{
	unsigned answers = w->nanswers;
	struct clock_pair now;
	struct msg_command m;

	memset(&m, 0, sizeof(m));
	m.id = 42 + answers;
	m.command = command;
	if (body != NULL)
		m.body = *body;
	ck_assert_ptr_null(msg_check(MSG_COMMAND, ROLE_CONTROL, ROLE_ENGINE,
	    &m, sizeof(m), 0));
	world_pair(w, &now);
	engine_control(w->engine, &now, &m);
	if (w->nanswers == answers)
		return (-1);
	ck_assert_uint_eq(w->nanswers, answers + 1);
	ck_assert_uint_eq(w->answer_id, m.id);
	return (w->answer_type == MSG_REPORT);
}

static void
op_publish(void *ctx, const struct clockpage_data *data)
{
	((struct world *)ctx)->page = *data;
}

static void
op_random(void *ctx, void *buf, size_t len)
{
	struct world *w = ctx;
	uint8_t *p = buf;

	while (len-- > 0)
		*p++ = (uint8_t)(world_uniform(w) * 256);
}

static const struct engine_ops ops = { op_send, op_forget, op_to_parent,
    op_to_dns, op_to_control, op_publish, op_random, NULL };

struct conf *
world_conf(const char *text)
{
	struct conf_params params;
	struct conf *c = conf_new();

	memset(&params, 0, sizeof(params));
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(conf_parse(c, text, strlen(text), "test", &params),
	    0);
	return (c);
}

void
world_server_add(struct world *w, const char *addr)
{
	struct world_server *s = &w->servers[w->nservers++];

	ck_assert_int_eq(addr_parse(addr, &s->addr), 0);
	s->delay_s = 0.010;
	s->jitter_s = 0.0005;
}

void
world_start(struct world *w, struct conf *c, enum run_mode mode)
{
	struct engine_params p;
	struct clock_pair now;
	struct msg_clock state;

	w->rng ^= 0x9e3779b97f4a7c15ULL;
	memset(&p, 0, sizeof(p));
	p.conf = c;
	p.mode = mode;
	p.serving = conf_serves(c);
	p.drift.skew_ppm = w->drift_skew_ppm != 0 ? w->drift_skew_ppm : -1;
	p.drift.freq_ppm = w->drift_ppm;
	p.precision_s = 1e-7;
	p.page = w->page;
	world_pair(w, &now);
	w->engine = engine_new(&ops, w, &p, &now);
	ck_assert_ptr_nonnull(w->engine);
	memset(&state, 0, sizeof(state));
	state.raw_before_ns = state.raw_after_ns = now.raw_ns;
	state.real_before_ns = state.real_after_ns = now.real_ns;
	state.steps_left = 100;
	engine_clock(w->engine, &now, &state);
}

static void
world_event(struct world *w, unsigned i)
{
	struct clock_pair now;
	struct addr local;
	struct msg_clock c = w->queue[i].answer;
	enum world_event type = w->queue[i].type;
	uint32_t source = w->queue[i].source;
	uint8_t buf[NTP_HEADER_LEN], ask[sizeof(w->queue[i].ask)];
	enum msg_type asked = w->queue[i].asked;

	memcpy(buf, w->queue[i].buf, sizeof(buf));
	memcpy(ask, &w->queue[i].ask, sizeof(ask));
	w->queue[i] = w->queue[--w->nqueue];
	local = w->local;
	world_pair(w, &now);
	switch (type) {
	case WE_PACKET:
		engine_packet(w->engine, &now, source, buf, sizeof(buf),
		    now.real_ns, &local);
		break;
	case WE_ASKED:
		world_act(w, asked, ask);
		break;
	case WE_ANSWER:
		engine_clock(w->engine, &now, &c);
		break;
	case WE_LEASE_END:
		if (source != w->lease_id)
			break;
		world_lease(w, w->base_ppm, 0, 0);
		world_answer(w, 0, CLOCK_OK, 0, now.real_ns);
		break;
	}
}

void
world_run(struct world *w, double end_s, double *worst)
{
	int64_t end = timens_from_s(end_s), next, tick;
	struct clock_pair now;
	unsigned i, best;

	if (worst != NULL)
		*worst = 0;
	while (w->raw_ns < end) {
		next = end;
		best = QUEUE_MAX;
		for (i = 0; i < w->nqueue; i++)
			if (w->queue[i].at_ns < next) {
				next = w->queue[i].at_ns;
				best = i;
			}
		tick = engine_next_raw(w->engine);
		if (tick < w->raw_ns + 50000)
			tick = w->raw_ns + 50000;
		if (tick < next) {
			next = tick;
			best = QUEUE_MAX + 1;
		}
		if (next > w->raw_ns)
			w->raw_ns = next;
		if (worst != NULL && fabs(world_error(w)) > *worst)
			*worst = fabs(world_error(w));
		if (best < QUEUE_MAX)
			world_event(w, best);
		else if (best == QUEUE_MAX + 1) {
			world_pair(w, &now);
			engine_tick(w->engine, &now);
		}
	}
}

void
world_expect(struct world *w, unsigned command, uint32_t value, int report)
{
	union candm_request_body b;

	memset(&b, 0, sizeof(b));
	b.index = value;
	ck_assert_int_eq(world_command(w, command, &b), report);
}

void
world_end(struct world *w, struct conf *c)
{
	engine_free(w->engine);
	conf_free(c);
	free(w);
}

struct world *
world_new(double ppm, double offset_s)
{
	struct world *w = calloc(1, sizeof(*w));

	ck_assert_ptr_nonnull(w);
	w->ppm = ppm;
	w->page.stratum = 16;
	w->raw_ns = 5 * NS_PER_SEC;
	w->real_raw_ns = w->raw_ns;
	w->real_ns = world_true(w, w->raw_ns) - timens_from_s(offset_s);
	return (w);
}
