/*
 * The engine core: events in, actions out.  Pure; see engine.h.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/refid.h"
#include "common/timens.h"
#include "ntpd/engine/engine.h"
#include "ntpd/engine/engine_change.h"
#include "ntpd/engine/engine_explain.h"
#include "ntpd/engine/engine_dump.h"
#include "ntpd/engine/engine_log.h"
#include "ntpd/engine/engine_command.h"
#include "ntpd/engine/engine_say.h"
#include "ntpd/engine/operate.h"
#include "ntpd/engine/sources.h"
#include "ntpd/engine/steer.h"

#define UNKNOWN_SKEW	200e-6	/* nothing is known of the oscillator */
#define TICK_SOON_NS	NS_PER_MS	/* look again while uncertain */
#define SLEEP_NS	(NS_PER_SEC / 2)	/* a shorter sleep is noise */
#define DAY_S		86400
#define LEAP_LATE_S	7200	/* it is noticed so much later at most */
#define LEAP_SLACK_NS	(NS_PER_SEC / 10)
#define TELL_MOST	5e-6	/* s/s: what temperature does at once */
#define SLEEP_ERROR_S	1.0	/* what the kernel knows of its length */
#define SLEEP_SD_S	0.5	/* three are well below maxdistance */

struct engine *
engine_new(const struct engine_ops *ops, void *ctx,
    const struct engine_params *params, const struct clock_pair *now)
{
	struct discipline_conf dc;
	struct engine *e;
	double freq = 0, skew = UNKNOWN_SKEW;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (NULL);
	e->ops = *ops;
	e->ctx = ctx;
	e->params = *params;
	e->ring = params->ring;
	e->next_id = 1;
	e->start_raw_ns = now->raw_ns;
	e->drift_raw_ns = now->raw_ns +
	    timens_from_s(params->conf->drift_interval_s);
	e->publish_raw_ns = e->late_raw_ns = ENGINE_NEVER;
	discipline_settings(params->conf, &dc);
	if (params->drift.skew_ppm >= 0) {
		/* a clock that gains must be told to run slower */
		freq = -params->drift.freq_ppm * 1e-6;
		skew = fmax(params->drift.skew_ppm * 1e-6, 1e-7);
	}
	discipline_init(&e->disc, &dc, freq, skew);
	e->local = params->conf->local;
	e->reselectdist_s = params->conf->reselectdist_s;
	manual_init(&e->manual, params->conf->manual);
	operate_init(&e->operate);
	clockmodel_init(&e->clock);
	e->clock.sleep_ns = now->sleep_ns;
	steer_resume(e, now);
	if (sources_init(e, now) == -1) {
		free(e);
		return (NULL);
	}
	return (e);
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	engine_dump_free(e);
	sources_free(e);
	free(e);
}

void
engine_set_keys(struct engine *e, const struct keyring *ring)
{
	e->ring = e->params.ring = ring;
	sources_set_keys(e);
}

int64_t
engine_next_raw(const struct engine *e)
{
	int64_t next = sources_next_raw(e);
	size_t i;

	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->a.next_raw_ns < next)
			next = e->sources[i]->a.next_raw_ns;
	if (e->drift_raw_ns < next)
		next = e->drift_raw_ns;
	if (e->publish_raw_ns < next)
		next = e->publish_raw_ns;
	if (e->late_raw_ns < next)
		next = e->late_raw_ns;
	return (next);
}

/*
 * The oscillator is the same for all sources: those that are asked rarely, or
 * are too noisy to see it soon, are told.  But it may as well be that server
 * that changed: what is more than temperature does, or what one of the others
 * would have seen, is not believed.
 */
static void
engine_tell_jump(struct engine *e, const struct source *from)
{
	const struct jump_found *found = &from->a.est.found;
	int64_t raw_ns = from->a.est.last_raw_ns;
	size_t i;

	if (fabs(found->df) > TELL_MOST)
		return;
	for (i = 0; i < e->nsources; i++)
		if (e->sources[i] != from &&
		    e->sources[i]->state >= SELECT_WAITING &&
		    estimator_denies_jump(&e->sources[i]->a.est, raw_ns,
		    found))
			return;
	for (i = 0; i < e->nsources; i++)
		if (e->sources[i] != from)
			estimator_tell_jump(&e->sources[i]->a.est, raw_ns,
			    found);
	log_debug("The frequency changed by %.3f ppm", found->df * 1e6);
}

/* Something happened that concerns all: ask all sources soon. */
static void
engine_recheck(struct engine *e, const struct clock_pair *now)
{
	size_t i;

	for (i = 0; i < e->nsources; i++)
		association_recheck(&e->sources[i]->a, now->raw_ns);
}

/* The computer slept: the raw clock stood still meanwhile. */
static void
engine_woke_up(struct engine *e, const struct clock_pair *now,
    int64_t slept_ns)
{
	size_t i;

	log_info("Computer was suspended for %.1f seconds",
	    timens_to_s(slept_ns));
	discipline_disturb(&e->disc, slept_ns, SLEEP_ERROR_S);
	manual_disturb(&e->manual, slept_ns);
	ensemble_disturb(&e->ensemble, slept_ns, SLEEP_SD_S);
	for (i = 0; i < e->nsources; i++) {
		association_disturb(&e->sources[i]->a, slept_ns,
		    SLEEP_SD_S);
		association_recheck(&e->sources[i]->a, now->raw_ns);
	}
	steer_tell_status(e, now);
	steer_publish(e, now);
}

static void
engine_observe_sleep(struct engine *e, const struct clock_pair *now)
{
	int64_t slept = now->sleep_ns - e->clock.sleep_ns;

	if (slept <= SLEEP_NS)
		return;
	e->clock.sleep_ns = now->sleep_ns;
	engine_woke_up(e, now, slept);
}

/*
 * Did the kernel do what we told it to at the end of this UTC day?  The next
 * event comes some time later, at the longest poll interval.
 */
static int
is_leap_second(const struct engine *e, const struct clock_pair *now,
    int64_t jump)
{
	int64_t second = now->real_ns / NS_PER_SEC % DAY_S;
	int64_t want = 0;

	if (e->disc.leap == NTP_LEAP_INSERT)
		want = -NS_PER_SEC;
	else if (e->disc.leap == NTP_LEAP_DELETE)
		want = NS_PER_SEC;
	return (want != 0 && llabs(jump - want) < LEAP_SLACK_NS &&
	    (second < LEAP_LATE_S || second >= DAY_S - 1));
}

/* True time, as UTC counts it, made the same jump. */
static void
engine_leapt(struct engine *e, const struct clock_pair *now, int64_t jump)
{
	size_t i;

	log_info("Leap second %s", jump < 0 ? "inserted" : "deleted");
	discipline_disturb(&e->disc, jump, 0);
	manual_disturb(&e->manual, jump);
	ensemble_disturb(&e->ensemble, jump, 0);
	for (i = 0; i < e->nsources; i++)
		association_disturb(&e->sources[i]->a, jump, 0);
	e->disc.leap = NTP_LEAP_NONE;
	steer_tell_status(e, now);
	steer_publish(e, now);
}

/*
 * Somebody changed the clock.  What is known of true time is known on the raw
 * clock, so nothing of it is lost: the page is right again at once, and the
 * clock is taken back.  The sources are asked all the same, for whoever sets
 * a clock may have done more than that.
 */
static void
engine_jumped(struct engine *e, const struct clock_pair *now, int64_t jump)
{

	if (is_leap_second(e, now, jump)) {
		engine_leapt(e, now, jump);
		return;
	}
	if (llabs(jump) > NS_PER_MS &&
	    engine_say_allow(&e->said_jump, now->raw_ns))
		log_warnx("System clock was changed by %+.6f seconds, not by "
		    "this daemon", timens_to_s(jump));
	steer_publish(e, now);
	steer_correct(e, now);
	if (llabs(jump) > NS_PER_MS)
		engine_recheck(e, now);
}

/* Every event begins here: did anything happen to the clock meanwhile? */
static void
engine_observe(struct engine *e, const struct clock_pair *now)
{
	int64_t jump;

	engine_observe_sleep(e, now);
	jump = clockmodel_observe(&e->clock, now);
	if (jump != 0 && !e->clock.none)
		engine_jumped(e, now, jump);
}

void
engine_clock_set(struct engine *e, const struct clock_pair *now)
{
	if (e->clock.none)
		/* it is no business of ours, but servers must know */
		engine_look(e, now);
	else
		engine_observe(e, now);
}

void
engine_look(struct engine *e, const struct clock_pair *now)
{
	engine_observe(e, now);
	e->calm = 0;
	steer_publish(e, now);
}

/* No way out: with `auto_offline' not asked again until told to. */
static void
engine_send_failed(struct engine *e, const struct clock_pair *now,
    struct source *s, int error)
{
	char name[ENGINE_NAME_MAX];

	association_error(&s->a, error, now->raw_ns);
	if (!s->a.conf.auto_offline)
		return;
	association_set_online(&s->a, 0, now->raw_ns);
	log_info("Source %s is offline: it cannot be sent to",
	    engine_source_name(e, s, name, sizeof(name)));
}

static void
engine_send(struct engine *e, const struct clock_pair *now, struct source *s)
{
	uint8_t buf[ASSOC_REQUEST_MAX];
	uint64_t rnd[2];
	int error, len;

	e->ops.random(e->ctx, rnd, sizeof(rnd));
	len = association_tick(&s->a, now->raw_ns, rnd, buf);
	if (len == 0)
		return;
	error = len == -1 ? ENOKEY : e->ops.send(e->ctx, s->id, &s->a.addr,
	    buf, (size_t)len);
	if (error != 0)
		engine_send_failed(e, now, s, error);
	engine_say_reach(e, now, s);
	if ((s->a.reach == 0 && s->a.unanswered == 8) ||
	    s->a.unanswered == (uint32_t)s->a.conf.maxunreach + 9)
		steer_select(e, now, NULL);
}

void
engine_tick(struct engine *e, const struct clock_pair *now)
{
	size_t i;

	engine_observe(e, now);
	sources_tick(e, now);
	for (i = 0; i < e->nsources; i++)
		if (now->raw_ns >= e->sources[i]->a.next_raw_ns) {
			/* a time stamp across a change cannot be used */
			if (clockmodel_uncertain(&e->clock, now->raw_ns))
				e->sources[i]->a.next_raw_ns =
				    now->raw_ns + TICK_SOON_NS;
			else
				engine_send(e, now, e->sources[i]);
		}
	if (now->raw_ns >= e->drift_raw_ns) {
		steer_save_drift(e);
		e->drift_raw_ns = now->raw_ns +
		    timens_from_s(e->params.conf->drift_interval_s);
	}
	if (now->raw_ns >= e->publish_raw_ns && e->calm < ENGINE_CALM_MAX)
		e->calm++;
	if (now->raw_ns >= e->publish_raw_ns ||
	    now->raw_ns >= e->late_raw_ns)
		steer_publish(e, now);
	steer_oneshot(e, now);
	e->bent = 0;
	engine_explain_observe(e, now);
}

static void
engine_sample(struct engine *e, const struct clock_pair *now,
    struct source *s)
{
	s->said.kissed = 0;
	if (e->ndumps > 0 && s->a.est.count == 1)
		engine_dump_use(e, s);
	engine_say_reach(e, now, s);
	engine_log_statistics(e, s, now);
	steer_select(e, now, s);
	steer_oneshot(e, now);
}

/*
 * A source that was followed says something else all of a sudden: it jumped,
 * or the world did while this computer stood still and did not know it.  The
 * next exchange decides; until then the bound covers both, and the others are
 * asked, too.
 */
static void
engine_contradicted(struct engine *e, const struct clock_pair *now,
    const struct source *s, int64_t steered_ns)
{
	const struct assoc_reply *last = &s->a.last;
	double off_s;

	if (!e->disc.synced || s->state < SELECT_WAITING)
		return;
	off_s = last->offset_s + timens_to_s(steered_ns -
	    discipline_y_ns(&e->disc, now->raw_ns));
	discipline_doubt(&e->disc, now->raw_ns, fabs(off_s) +
	    (last->root_delay_s + last->delay_s) / 2);
	engine_recheck(e, now);
	steer_tell_status(e, now);
	steer_publish(e, now);
}

/*
 * h->now is when it came, to place its time stamp; everything else is about
 * the clock as it is now, which may have been stepped since.
 */
static void
engine_process(struct engine *e, const struct held *h,
    const struct clock_pair *now)
{
	struct source *s = engine_find(e, h->source);
	struct assoc_packet p;
	uint64_t valid;
	uint32_t jumps;
	enum assoc_event ev;

	if (s == NULL)
		return;
	memset(&p, 0, sizeof(p));
	p.buf = h->buf;
	p.len = h->len;
	p.rx_raw_ns = h->now.raw_ns;
	p.rx_source = 'D';
	if (h->rx_real_ns != 0 && clockmodel_raw(&e->clock, &h->now,
	    h->rx_real_ns, &p.rx_raw_ns) == 0)
		p.rx_source = 'K';
	p.steered_ns = clockmodel_steer_ns(&e->clock, now);
	p.now_true_ns = e->disc.synced ? now->raw_ns +
	    discipline_y_ns(&e->disc, now->raw_ns) : now->real_ns;
	p.precision_s = e->params.precision_s;
	p.our_refid = refid_from_addr(&h->local);
	p.shown = e->shown;
	p.local = &h->local;
	valid = s->a.total_valid;
	jumps = s->a.est.freq_jumps;
	ev = association_receive(&s->a, &p);
	if (s->a.total_valid != valid)
		engine_log_measurement(e, s, now);
	e->bent = s->a.est.freq_jumps != jumps && s->state >= SELECT_WAITING;
	if (e->bent)
		engine_tell_jump(e, s);
	if (ev == ASSOC_SAMPLE)
		engine_sample(e, now, s);
	else if (ev == ASSOC_JUMP)
		engine_contradicted(e, now, s, p.steered_ns);
	else if (ev == ASSOC_KISS)
		engine_say_kiss(e, now, s, h->buf);
	engine_explain_observe(e, now);
}

void
engine_packet(struct engine *e, const struct clock_pair *now,
    uint32_t source, const uint8_t *buf, size_t len, int64_t rx_real_ns,
    const struct addr *local)
{
	struct held *h;

	engine_observe(e, now);
	if (e->nheld == ENGINE_HELD || len > ENGINE_HELD_LEN) {
		e->held_lost++;
		return;
	}
	h = &e->held[e->nheld];
	memset(h, 0, sizeof(*h));
	h->source = source;
	h->rx_real_ns = rx_real_ns;
	h->now = *now;
	h->local = *local;
	h->len = len;
	memcpy(h->buf, buf, len);
	if (e->nheld > 0 || clockmodel_uncertain(&e->clock, now->raw_ns))
		e->nheld++;
	else
		engine_process(e, h, now);
}

/* The change is known now: what waited for it can go on. */
static void
engine_release(struct engine *e, const struct clock_pair *now)
{
	struct held h;

	while (e->nheld > 0 && !clockmodel_uncertain(&e->clock, now->raw_ns)) {
		h = e->held[0];
		e->nheld--;
		memmove(&e->held[0], &e->held[1],
		    e->nheld * sizeof(e->held[0]));
		engine_process(e, &h, now);
	}
}

/* What the reports tell of the clock's changes. */
static void
engine_count(struct engine *e, const struct clock_pair *now,
    const struct msg_clock *c)
{
	e->guard_said = c->result == CLOCK_REFUSED;
	e->guard_refused += c->result == CLOCK_REFUSED;
	if (!e->stepping || c->result != CLOCK_OK)
		return;
	e->step_raw_ns = now->raw_ns;
	e->step_s = timens_to_s(c->delta_ns);
}

void
engine_clock(struct engine *e, const struct clock_pair *now,
    const struct msg_clock *c)
{
	uint32_t was_pending = e->clock.pending;
	int first = !e->clock.ready;
	int64_t jump = 0;

	/* a lease may end right after a sleep or a jump: the page tells it */
	if (!first) {
		engine_observe_sleep(e, now);
		jump = clockmodel_answer_jump(&e->clock, c);
	}
	clockmodel_answer(&e->clock, c);
	if (first) {
		e->clock.sleep_ns = now->sleep_ns;
		/* nothing better is known than what the kernel runs at */
		if (e->params.drift.skew_ppm < 0 && !e->clock.none)
			steer_adopt(e, c->base_ppm * 1e-6);
		steer_start(e, now);
	} else if (c->id != 0 && c->id == was_pending) {
		engine_count(e, now, c);
		steer_done(e, now, c);
	}
	operate_done(e, now, c);
	if (jump != 0)
		engine_jumped(e, now, jump);
	else {
		steer_publish(e, now);
		/* the end of a lease, unasked */
		if (c->id == 0 && !first) {
			steer_settle(e, now);
			operate_settle(e, now);
		}
	}
	engine_release(e, now);
	engine_explain_observe(e, now);
}

void
engine_sent(struct engine *e, const struct clock_pair *now, uint32_t source,
    int64_t tx_real_ns)
{
	struct source *s = engine_find(e, source);
	int64_t raw;

	if (s == NULL || clockmodel_uncertain(&e->clock, now->raw_ns))
		return;
	/* never before the request was made: such a stamp is another's */
	if (clockmodel_raw(&e->clock, now, tx_real_ns, &raw) == 0 &&
	    raw >= s->a.sent_raw_ns - NS_PER_MS && s->a.tx_source == 'D')
		association_sent(&s->a, raw, 'K');
}

void
engine_send_error(struct engine *e, const struct clock_pair *now,
    uint32_t source, int error)
{
	struct source *s = engine_find(e, source);

	if (s != NULL)
		association_error(&s->a, error, now->raw_ns);
}

void
engine_samples(struct engine *e, const struct clock_pair *now,
    const struct msg_dump *m)
{
	engine_dump_take(e, now, m);
}

void
engine_resolved(struct engine *e, const struct clock_pair *now,
    const struct msg_dnstell *tell)
{
	sources_resolved(e, now, tell);
}

void
engine_dns_restarted(struct engine *e, const struct clock_pair *now)
{
	sources_dns_restarted(e, now);
}

void
engine_stop(struct engine *e, const struct clock_pair *now)
{
	steer_save_drift(e);
	engine_dump_send(e, now);
}

void
engine_source_again(struct engine *e, const struct clock_pair *now,
    const struct msg_command *m)
{
	engine_change_again(e, now, m);
}

void
engine_control(struct engine *e, const struct clock_pair *now,
    const struct msg_command *m)
{
	engine_command(e, now, m);
}
