/*
 * An operator's changes of the clock.  Engine core: pure.  It must never touch
 * the clock but by a request to the parent, like everything else.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "common/log.h"
#include "common/timens.h"
#include "ntpd/engine/engine_report.h"
#include "ntpd/engine/operate.h"

#define SLEW_MIN_S	1.0		/* the shortest slew */
#define SLEW_LONGEST_S	86000.0		/* the guard allows a day */
#define SETTLE_NS	(10 * NS_PER_MS) /* nobody types better */

void
operate_init(struct operate *o)
{
	memset(o, 0, sizeof(*o));
}

static void
answer_result(struct engine *e, uint32_t id, enum candm_status status)
{
	struct msg_result m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.status = status;
	e->ops.to_control(e->ctx, MSG_RESULT, &m);
}

/* What the running lease has still to do, s. */
static double
lease_rest_s(const struct engine *e, const struct clock_pair *now)
{
	const struct clockmodel *c = &e->clock;

	if (c->end_raw_ns <= now->raw_ns)
		return (0);
	return ((c->rate_ppm - c->base_ppm) * 1e-6 *
	    timens_to_s(c->end_raw_ns - now->raw_ns));
}

/* The answer to it is the answer to the command. */
static void
ask_parent(struct engine *e, uint32_t id, enum msg_type type, void *payload,
    double offset_s)
{
	uint32_t request = e->next_id++;

	/* the id is the first field of every request */
	memcpy(payload, &request, sizeof(request));
	e->clock.pending = request;
	e->asked_offset_s = offset_s;
	e->stepping = type == MSG_CLOCK_STEP;
	e->operate.control_id = id;
	e->operate.request_id = request;
	e->ops.to_parent(e->ctx, type, payload);
}

/* Move the clock by offset_s, within maxslewrate, and its rate by ppm. */
static void
slew(struct engine *e, const struct clock_pair *now, uint32_t id,
    double offset_s, double base_ppm)
{
	double most = e->disc.conf.maxslewrate_ppm * 1e-6, span, rate;
	struct msg_slew m;

	memset(&m, 0, sizeof(m));
	span = fmax(SLEW_MIN_S, fmin(fabs(offset_s) / fmax(most, 1e-9),
	    SLEW_LONGEST_S));
	rate = fmax(-most, fmin(most, offset_s / span));
	m.base_ppm = base_ppm;
	m.slew_ppm = rate * 1e6;
	m.end_raw_ns = now->raw_ns + timens_from_s(span);
	ask_parent(e, id, MSG_CLOCK_SLEW, &m, offset_s);
}

static enum candm_status
do_makestep(struct engine *e, const struct clock_pair *now,
    const struct msg_command *c)
{
	struct msg_step m;
	int64_t y;

	/* a clock that is not ours cannot be stepped */
	if (e->clock.none) {
		log_warnx("makestep: the clock is not touched (-x)");
		return (CANDM_STT_FAILED);
	}
	memset(&m, 0, sizeof(m));
	m.base_ppm = e->clock.base_ppm;
	if (engine_report_true(e, now, &y))
		m.delta_ns = y - clockmodel_steer_ns(&e->clock, now);
	else
		m.delta_ns = timens_from_s(lease_rest_s(e, now));
	if (m.delta_ns == 0) {
		/* nothing is known to be wrong */
		answer_result(e, c->id, CANDM_STT_SUCCESS);
		return (CANDM_STT_SUCCESS);
	}
	ask_parent(e, c->id, MSG_CLOCK_STEP, &m, timens_to_s(m.delta_ns));
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
do_doffset(struct engine *e, const struct clock_pair *now,
    const struct msg_command *c)
{
	slew(e, now, c->id, lease_rest_s(e, now) + c->body.value,
	    e->clock.base_ppm);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
do_dfreq(struct engine *e, const struct clock_pair *now,
    const struct msg_command *c)
{
	double base = e->clock.base_ppm - c->body.value;

	/* the guard allows 1000, and a rate of a message has its own limit */
	if (fabs(base) > MSG_RATE_MAX_PPM) {
		log_warnx("dfreq: %g ppm in all are too much", base);
		return (CANDM_STT_FAILED);
	}
	slew(e, now, c->id, lease_rest_s(e, now), base);
	return (CANDM_STT_SUCCESS);
}

/* The line has changed: the clock follows it. */
static void
follow_manual(struct engine *e, const struct clock_pair *now, uint32_t id)
{
	struct operate *o = &e->operate;
	double base = e->manual.freq * 1e6;

	o->manual.offset_s = timens_to_s(manual_y_ns(&e->manual,
	    now->raw_ns) - clockmodel_steer_ns(&e->clock, now));
	o->manual.freq_change_ppm = e->clock.base_ppm - base;
	o->manual.freq_ppm = -base;
	slew(e, now, id, o->manual.offset_s, base);
}

static enum candm_status
do_settime(struct engine *e, const struct clock_pair *now,
    const struct msg_command *c)
{
	if (!e->manual.enabled)
		return (CANDM_STT_NOTENABLED);
	if (c->body.time_ns <= 0 || c->body.time_ns > INT64_MAX / 2)
		return (CANDM_STT_FAILED);
	manual_add(&e->manual, now->raw_ns, clockmodel_steered(&e->clock,
	    now), c->body.time_ns, e->clock.base_ppm * 1e-6, e->disc.skew);
	log_info("Time was set by an operator: the clock is wrong by %.2f "
	    "seconds", timens_to_s(manual_y_ns(&e->manual, now->raw_ns) -
	    clockmodel_steer_ns(&e->clock, now)));
	follow_manual(e, now, c->id);
	e->operate.has_report = 1;
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
do_manual_delete(struct engine *e, const struct clock_pair *now,
    const struct msg_command *c)
{
	if (manual_delete(&e->manual, c->body.index, e->clock.base_ppm * 1e-6,
	    e->disc.skew) == -1)
		return (CANDM_STT_BADSAMPLE);
	if (e->manual.n == 0) {
		answer_result(e, c->id, CANDM_STT_SUCCESS);
		return (CANDM_STT_SUCCESS);
	}
	follow_manual(e, now, c->id);
	return (CANDM_STT_SUCCESS);
}

static const struct {
	uint32_t	command;
	enum candm_status (*fn)(struct engine *, const struct clock_pair *,
			    const struct msg_command *);
} commands[] = {
	{ CANDM_REQ_MAKESTEP,		do_makestep },
	{ CANDM_REQ_SETTIME,		do_settime },
	{ CANDM_REQ_DOFFSET,		do_doffset },
	{ CANDM_REQ_DFREQ,		do_dfreq },
	{ CANDM_REQ_MANUAL_DELETE,	do_manual_delete },
};

static enum candm_status
run(struct engine *e, const struct clock_pair *now,
    const struct msg_command *m)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].command == m->command)
			return (commands[i].fn(e, now, m));
	return (CANDM_STT_INVALID);
}

enum candm_status
operate_command(struct engine *e, const struct clock_pair *now,
    const struct msg_command *m)
{
	struct operate *o = &e->operate;

	if (!e->started || e->params.mode != RUN_DAEMON)
		return (CANDM_STT_FAILED);
	if (o->request_id == 0 && e->clock.pending == 0)
		return (run(e, now, m));
	if (o->nwaiting == OPERATE_WAITING) {
		log_warnx("too many commands wait for the clock");
		return (CANDM_STT_FAILED);
	}
	o->waiting[o->nwaiting++] = *m;
	return (CANDM_STT_SUCCESS);
}

static void
answer_request(struct engine *e, const struct msg_clock *c)
{
	struct operate *o = &e->operate;
	struct msg_report m;

	if (o->has_report && c->result == CLOCK_OK) {
		memset(&m, 0, sizeof(m));
		m.id = o->control_id;
		m.number = CANDM_RPY_MANUAL_TIMESTAMP;
		m.body.manual = o->manual;
		e->ops.to_control(e->ctx, MSG_REPORT, &m);
	} else if (o->control_id != 0)
		answer_result(e, o->control_id, c->result == CLOCK_OK ?
		    CANDM_STT_SUCCESS : CANDM_STT_FAILED);
	o->request_id = 0;
	o->control_id = 0;
	o->has_report = 0;
}

void
operate_done(struct engine *e, const struct clock_pair *now,
    const struct msg_clock *c)
{
	struct operate *o = &e->operate;
	struct msg_command m;
	enum candm_status status;

	if (c->id != 0 && c->id == o->request_id)
		answer_request(e, c);
	while (o->nwaiting > 0 && e->clock.pending == 0) {
		m = o->waiting[0];
		o->nwaiting--;
		memmove(&o->waiting[0], &o->waiting[1],
		    o->nwaiting * sizeof(o->waiting[0]));
		status = run(e, now, &m);
		if (status != CANDM_STT_SUCCESS)
			answer_result(e, m.id, status);
	}
}

void
operate_settle(struct engine *e, const struct clock_pair *now)
{
	int64_t offset_ns;

	if (e->disc.synced || e->manual.n == 0 || e->clock.pending != 0 ||
	    e->params.mode != RUN_DAEMON)
		return;
	offset_ns = manual_y_ns(&e->manual, now->raw_ns) -
	    clockmodel_steer_ns(&e->clock, now);
	if (llabs(offset_ns) > SETTLE_NS)
		slew(e, now, 0, timens_to_s(offset_ns),
		    e->manual.freq * 1e6);
}
