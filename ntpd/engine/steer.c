/*
 * What is done with the sources' word.  Engine core: pure.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/refid.h"
#include "common/timens.h"
#include "ntpd/engine/choose.h"
#include "ntpd/engine/engine_log.h"
#include "ntpd/engine/engine_say.h"
#include "ntpd/engine/reply.h"
#include "ntpd/engine/steer.h"

#define UNKNOWN_ERROR_S	1.5		/* half a delay of 1, and 1 */
#define ORPHAN_WAIT_S	300.0		/* as chrony */
#define LOOK_MAX_S	256.0		/* has the distance grown? */
#define LOOK_NS		NS_PER_SEC
#define PUBLISH_NS	(4 * NS_PER_SEC)	/* with -x */
#define ONESHOT_MAX_NS	(20 * NS_PER_SEC)	/* for names and bursts */
#define RESUME_MAX_NS	(3600 * NS_PER_SEC)	/* older is of no use */
#define RESUME_SLEEP_NS	NS_PER_MS		/* suspended meanwhile */
#define RESUME_ERROR_S	1e-4		/* nobody knows how it ended */
#define RESUME_RATE	1e-5

/* Time until the next sample of any source that counts. */
static double
steer_interval(const struct engine *e, const struct clock_pair *now)
{
	int64_t next = ENGINE_NEVER;
	size_t i;

	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->state >= SELECT_COMBINED &&
		    e->sources[i]->a.next_raw_ns < next)
			next = e->sources[i]->a.next_raw_ns;
	if (next == ENGINE_NEVER || next <= now->raw_ns)
		return (1);
	return (timens_to_s(next - now->raw_ns));
}

/* What was known of the clock's error before the news of now. */
static double
steer_known(const struct engine *e, const struct clock_pair *now)
{
	if (!e->disc.synced)
		return (0);
	return (timens_to_s(discipline_y_ns(&e->disc, now->raw_ns) -
	    clockmodel_steer_ns(&e->clock, now)));
}

/* The bound on the error of what is known of true time. */
static double
steer_distance(const struct engine *e, int64_t raw_ns)
{
	return (e->disc.root_delay_s / 2 +
	    discipline_root_disp(&e->disc, raw_ns));
}

/* The bound on the clock's error, known_s of which is being corrected. */
static double
steer_error(const struct engine *e, const struct clock_pair *now,
    double known_s)
{
	if (!e->disc.synced)
		return (UNKNOWN_ERROR_S);
	return (steer_distance(e, now->raw_ns) + fabs(known_s));
}

/* A correction that goes on for hours is news but once. */
static void
steer_say_wrong(const struct engine *e, const struct clock_pair *now,
    double offset_s, double known_s)
{
	const struct conf *conf = e->params.conf;
	struct msg_change m;

	if (fabs(offset_s - known_s) > conf->logchange_s)
		log_warnx("System clock wrong by %.6f seconds", offset_s);
	if (conf->mail_to[0] == '\0' ||
	    fabs(offset_s - known_s) <= conf->mailchange_s)
		return;
	memset(&m, 0, sizeof(m));
	m.offset_ns = timens_from_s(offset_s);
	m.real_ns = now->real_ns;
	e->ops.to_parent(e->ctx, MSG_CHANGE, &m);
}

static void
steer_ask(struct engine *e, struct discipline_request *req)
{
	uint32_t id = e->next_id++;

	e->clock.pending = id;
	e->asked_offset_s = req->offset_s;
	if (req->act == DISCIPLINE_STEP) {
		req->step.id = id;
		e->stepping = 1;
		e->ops.to_parent(e->ctx, MSG_CLOCK_STEP, &req->step);
		return;
	}
	req->slew.id = id;
	e->stepping = 0;
	e->ops.to_parent(e->ctx, MSG_CLOCK_SLEW, &req->slew);
}

void
steer_tell_status(struct engine *e, const struct clock_pair *now)
{
	struct discipline *d = &e->disc;
	struct msg_status st;
	size_t i;

	memset(&st, 0, sizeof(st));
	st.synced = d->synced;
	st.leap = d->leap == 3 ? 0 : d->leap;
	st.stratum = d->synced ? d->stratum : 0;
	st.esterror_s = sqrt(d->var_s2) + fabs(e->asked_offset_s);
	st.maxerror_s = steer_distance(e, now->raw_ns) +
	    fabs(e->asked_offset_s);
	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->state >= SELECT_SELECTABLE)
			st.sources++;
	if (d->addr.family != ADDR_NONE)
		addr_format(&d->addr, st.source, sizeof(st.source));
	e->ops.to_parent(e->ctx, MSG_CLOCK_STATUS, &st);
}

/*
 * A leap second needs more than half of those that tell the truth: nobody
 * alone shall move the clock by a second.
 */
static uint8_t
steer_leap(const struct engine *e)
{
	unsigned votes[4] = { 0, 0, 0, 0 }, all = 0;
	size_t i;

	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->state >= SELECT_SELECTABLE) {
			votes[e->sources[i]->a.reply.header.leap & 3]++;
			all++;
		}
	if (votes[NTP_LEAP_INSERT] * 2 > all)
		return (NTP_LEAP_INSERT);
	if (votes[NTP_LEAP_DELETE] * 2 > all)
		return (NTP_LEAP_DELETE);
	return (NTP_LEAP_NONE);
}

/* What we are now that this source is our reference. */
static void
steer_reference(struct engine *e, const struct source *s,
    const struct select_result *r)
{
	const struct assoc_reply *rep = &s->a.reply;
	struct discipline *d = &e->disc;

	d->addr = s->a.addr;
	d->refid = refid_from_addr(&s->a.addr);
	d->leap = steer_leap(e);
	d->stratum = (uint8_t)(s->sel.stratum + 1);
	/* we and that server are one to the world */
	if (s->a.conf.copy) {
		d->refid = rep->header.refid;
		d->stratum = (uint8_t)s->sel.stratum;
	}
	d->root_delay_s = rep->root_delay_s + reply_min_delay(&s->a);
	/* all that are combined may err, not only the one that is named */
	d->root_disp_s = fmax(rep->root_disp_s + rep->disp_s,
	    r->bound_s - d->root_delay_s / 2) +
	    DISCIPLINE_SIGMAS * sqrt(r->var_s2) + r->spread_s;
}

/*
 * What the discipline has to know of the source that is followed: how the
 * error grows until its next sample; and whether what it says so far comes
 * from a single exchange, which may be wrong by half of its delay.
 */
static void
steer_outlook(struct engine *e, const struct source *s,
    const struct clock_pair *now, double interval_s)
{
	struct discipline *d = &e->disc;
	struct estimate est;

	d->grow_s = 0;
	if (estimator_predict(&s->a.est, now->raw_ns, interval_s, &est) == 0)
		d->grow_s = est.grow_s;
	d->doubt_s = s->a.est.count < 2 ? s->a.reply.delay_s / 2 : 0;
}

/* maxchange: this update is not to be used, or it is the end. */
static int
steer_refused(struct engine *e, const struct discipline_request *req)
{
	struct msg_empty m;

	if (req->act != DISCIPLINE_NONE && req->act != DISCIPLINE_GIVE_UP)
		return (0);
	log_warnx("Adjustment of %.3f seconds exceeds the allowed maximum of "
	    "%.3f seconds (%s)", req->offset_s, e->disc.conf.maxchange_s,
	    req->act == DISCIPLINE_NONE ? "ignored" : "exiting");
	if (req->act == DISCIPLINE_GIVE_UP) {
		memset(&m, 0, sizeof(m));
		e->ops.to_parent(e->ctx, MSG_GIVE_UP, &m);
	}
	return (1);
}

/*
 * The sources contradict each other and each of them may be right: as far as
 * the farthest may the clock be off.
 */
static void
steer_doubt(struct engine *e, const struct clock_pair *now,
    const struct select_result *r)
{
	if (!e->disc.synced || r->doubt_s <= steer_distance(e, now->raw_ns))
		return;
	discipline_doubt(&e->disc, now->raw_ns, r->doubt_s);
	if (e->clock.pending == 0) {
		steer_tell_status(e, now);
		steer_publish(e, now);
	}
}

void
steer_select(struct engine *e, const struct clock_pair *now,
    struct source *s)
{
	struct discipline_request req;
	struct select_result r;
	struct source *sel = NULL;
	struct engine_log_before before;
	double interval_s;

	if (!e->started || choose_waits(e, now))
		return;
	if (choose_run(e, now, s, e->selected, &r) == 0)
		sel = e->sources[r.index];
	steer_doubt(e, now, &r);
	e->selected = sel != NULL ? sel->id : 0;
	engine_say_selection(e, now, &r, sel);
	engine_log_selection(e, now);
	/* only a new sample of a source that counts moves the clock, or news
	 * of the oscillator */
	if (sel == NULL || s == NULL ||
	    (s->state < SELECT_COMBINED && !e->bent) ||
	    e->clock.pending != 0 || e->params.mode != RUN_DAEMON)
		return;
	before.known_s = steer_known(e, now);
	before.error_s = steer_error(e, now, before.known_s);
	interval_s = steer_interval(e, now);
	steer_outlook(e, sel, now, interval_s);
	choose_refine(e, now, s, &r);
	discipline_update(&e->disc, &e->clock, &r, now->raw_ns,
	    clockmodel_steer_ns(&e->clock, now),
	    interval_s, &req);
	if (steer_refused(e, &req))
		return;
	steer_say_wrong(e, now, req.offset_s, before.known_s);
	steer_reference(e, sel, &r);
	steer_ask(e, &req);
	steer_tell_status(e, now);
	engine_log_tracking(e, now, r.combined, &before);
}

void
steer_correct(struct engine *e, const struct clock_pair *now)
{
	struct discipline_request req;

	if (!e->disc.synced || e->clock.pending != 0 ||
	    e->params.mode != RUN_DAEMON)
		return;
	discipline_correct(&e->disc, &e->clock, now->raw_ns,
	    clockmodel_steer_ns(&e->clock, now),
	    steer_interval(e, now), 0, &req);
	steer_ask(e, &req);
	steer_tell_status(e, now);
}

void
steer_settle(struct engine *e, const struct clock_pair *now)
{
	if (discipline_is_off(&e->disc, now->raw_ns,
	    clockmodel_steer_ns(&e->clock, now)))
		steer_correct(e, now);
}

static void
steer_tell_oneshot(struct engine *e, int ok, double offset_s,
    double error_s)
{
	struct msg_oneshot m;

	memset(&m, 0, sizeof(m));
	m.ok = ok;
	m.offset_ns = timens_from_s(offset_s);
	m.error_ns = timens_from_s(error_s);
	e->oneshot_done = 1;
	e->ops.to_parent(e->ctx, MSG_ONESHOT_DONE, &m);
}

void
steer_done(struct engine *e, const struct clock_pair *now,
    const struct msg_clock *c)
{
	struct discipline_request req;

	if (e->params.mode == RUN_SET_ONCE && !e->oneshot_done) {
		steer_tell_oneshot(e, c->result == CLOCK_OK,
		    e->asked_offset_s, 0);
		return;
	}
	/* a step that policy does not allow becomes a slew */
	if (e->stepping && c->result != CLOCK_OK && e->disc.synced) {
		e->stepping = 0;
		e->clock.steps_left = 0;
		discipline_correct(&e->disc, &e->clock, now->raw_ns,
		    clockmodel_steer_ns(&e->clock, now),
		    steer_interval(e, now), 0, &req);
		steer_ask(e, &req);
	}
}

/*
 * When the local reference counts, if no sample comes until then: now or
 * before, later, or ENGINE_NEVER.
 */
static int64_t
steer_local_raw_ns(const struct engine *e, int64_t raw_ns)
{
	const struct conf_local *l = &e->local;
	const struct discipline *d = &e->disc;
	int64_t wait_ns, at;
	double left_s;

	if (!l->enabled || (l->activate_s > 0 && !e->local_ready))
		return (ENGINE_NEVER);
	if (!d->synced) {
		wait_ns = timens_from_s(l->waitunsynced_s >= 0 ?
		    l->waitunsynced_s : l->orphan ? ORPHAN_WAIT_S : 0);
		return ((e->unsynced_raw_ns != 0 ? e->unsynced_raw_ns :
		    raw_ns) + wait_ns);
	}
	at = d->ref_raw_ns + timens_from_s(l->waitsynced_s);
	left_s = l->distance_s - steer_distance(e, raw_ns);
	if (left_s >= 0) {
		/* not before it has grown so far; looked at now and then */
		left_s /= fmax(d->late_rate, 1e-9);
		wait_ns = raw_ns + timens_from_s(fmin(left_s, LOOK_MAX_S)) +
		    LOOK_NS;
		at = wait_ns > at ? wait_ns : at;
	}
	return (at);
}

int
steer_is_local(const struct engine *e, int64_t raw_ns)
{
	return (steer_local_raw_ns(e, raw_ns) <= raw_ns);
}

/* What decides later when the local reference counts. */
static void
steer_note_local(struct engine *e, int64_t raw_ns)
{
	if (e->disc.synced)
		e->unsynced_raw_ns = 0;
	else if (e->unsynced_raw_ns == 0)
		e->unsynced_raw_ns = raw_ns;
	if (e->disc.synced &&
	    steer_distance(e, raw_ns) < e->local.activate_s)
		e->local_ready = 1;
}

/* Who we are: from the reference, from `local', or nobody. */
static void
fill_identity(const struct engine *e, const struct clock_pair *now,
    struct clockpage_data *p)
{
	const struct discipline *d = &e->disc;

	p->precision_log2 = (int8_t)lround(log2(e->params.precision_s));
	if (steer_is_local(e, now->raw_ns)) {
		p->stratum = e->local.stratum;
		p->refid = REFID_LOCAL;
		p->leap = CLOCKPAGE_LEAP_NONE;
		p->ref_time_ns = now->real_ns;
	} else if (d->synced && d->stratum < NTP_STRATUM_UNSYNC) {
		p->stratum = d->stratum;
		p->refid = d->refid;
		p->leap = d->leap;
		p->ref_time_ns = d->ref_time_ns;
		p->root_delay_ns = timens_from_s(d->root_delay_s);
		p->root_disp_ns = timens_from_s(
		    discipline_root_disp(d, now->raw_ns));
		p->root_disp_rate = clockpage_rate_from_double(now->raw_ns <
		    d->late_raw_ns ? d->disp_rate : d->late_rate);
	} else {
		p->stratum = NTP_STRATUM_UNSYNC;
		p->leap = CLOCKPAGE_LEAP_UNSYNC;
	}
}

/* Replies are held against it, so that our own server is no source. */
static void
steer_note_shown(struct engine *e, const struct clockpage_data *p)
{
	struct assoc_shown s;

	memset(&s, 0, sizeof(s));
	s.stratum = p->stratum;
	s.refid = p->refid;
	if (p->ref_time_ns != 0)
		s.reference = ntp_ts_from_ns(p->ref_time_ns);
	if (memcmp(&s, &e->shown[0], sizeof(s)) == 0)
		return;
	memmove(&e->shown[1], &e->shown[0], sizeof(e->shown) - sizeof(s));
	e->shown[0] = s;
}

void
steer_publish(struct engine *e, const struct clock_pair *now)
{
	const struct clockmodel *m = &e->clock;
	const struct discipline *d = &e->disc;
	struct clockpage_data p;
	double rate, after, freq;
	int64_t local_ns;

	if (!m->ready || m->pending != 0)
		return;
	memset(&p, 0, sizeof(p));
	p.anchor_raw_ns = now->raw_ns;
	p.anchor_real_ns = now->real_ns;
	p.sleep_ns = now->sleep_ns;
	rate = m->none ? clockmodel_real_rate(m) : m->rate_ppm * 1e-6;
	after = m->none ? rate : m->base_ppm * 1e-6;
	if (d->synced) {
		freq = d->freq;
		p.corr_ns = discipline_y_ns(d, now->raw_ns) -
		    (now->real_ns - now->raw_ns);
	} else {
		freq = m->imaginary ? m->rate_ppm * 1e-6 : rate;
		p.corr_ns = clockmodel_steered(m, now) - now->real_ns;
		if (!m->none)
			after = rate;
	}
	p.rate = clockpage_rate_from_double((freq - rate) / (1 + rate));
	p.rate_after = clockpage_rate_from_double((freq - after) /
	    (1 + after));
	p.real_rate = clockpage_rate_from_double(rate);
	p.real_rate_after = clockpage_rate_from_double(after);
	p.end_real_ns = now->real_ns;
	if (!m->none && m->end_raw_ns > now->raw_ns)
		p.end_real_ns += llround((double)(m->end_raw_ns -
		    now->raw_ns) * (1 + rate));
	steer_note_local(e, now->raw_ns);
	fill_identity(e, now, &p);
	steer_note_shown(e, &p);
	e->ops.publish(e->ctx, &p);
	/* the bound grows faster when the next sample does not come */
	e->late_raw_ns = ENGINE_NEVER;
	if (d->synced && now->raw_ns < d->late_raw_ns &&
	    d->late_rate > d->disp_rate)
		e->late_raw_ns = d->late_raw_ns;
	/*
	 * With -x the rate of the clock is somebody else's: look often, but
	 * less so while nothing happens.
	 */
	e->publish_raw_ns = m->none && e->params.serving ?
	    now->raw_ns + (PUBLISH_NS << e->calm) : ENGINE_NEVER;
	if (steer_is_local(e, now->raw_ns) && e->params.serving)
		e->publish_raw_ns = now->raw_ns + (PUBLISH_NS <<
		    (m->none ? e->calm : ENGINE_CALM_MAX));
	else if (e->params.serving) {
		local_ns = steer_local_raw_ns(e, now->raw_ns);
		if (local_ns < e->publish_raw_ns)
			e->publish_raw_ns = local_ns;
	}
}

/* REALTIME as the page expects it, and the rate of true time there. */
static int64_t
resume_real(const struct clockpage_data *p, int64_t age, double *rate)
{
	double run = clockpage_rate_to_double(p->real_rate);
	int64_t before = 0;

	*rate = clockpage_rate_to_double(p->rate) + run;
	if (p->end_real_ns > p->anchor_real_ns)
		before = llround((double)(p->end_real_ns -
		    p->anchor_real_ns) / (1 + run));
	if (age < before)
		return (p->anchor_real_ns + age +
		    clockpage_scale(p->real_rate, age));
	*rate = clockpage_rate_to_double(p->rate_after) +
	    clockpage_rate_to_double(p->real_rate_after);
	age -= before;
	return (p->anchor_real_ns + before +
	    clockpage_scale(p->real_rate, before) + age +
	    clockpage_scale(p->real_rate_after, age));
}

/*
 * The page says what true time is as a function of REALTIME, and how REALTIME
 * was to run against RAW: together, true time on RAW, which nobody has moved
 * since.  It may be a lie; it is worth no more than until the first sample.
 */
void
steer_resume(struct engine *e, const struct clock_pair *now)
{
	const struct clockpage_data *p = &e->params.page;
	int64_t age = now->raw_ns - p->anchor_raw_ns, real;
	double rate;

	steer_note_shown(e, p);
	if (p->stratum >= NTP_STRATUM_UNSYNC || p->refid == REFID_LOCAL ||
	    age < 0 || age > RESUME_MAX_NS || e->params.mode != RUN_DAEMON ||
	    llabs(now->sleep_ns - p->sleep_ns) > RESUME_SLEEP_NS)
		return;
	real = resume_real(p, age, &rate);
	discipline_resume(&e->disc, now->raw_ns,
	    clockpage_true_ns(p, real) - now->raw_ns, rate,
	    timens_to_s(clockpage_root_disp_ns(p, real)) + RESUME_ERROR_S,
	    fmax(clockpage_rate_to_double(p->root_disp_rate), RESUME_RATE));
	e->disc.stratum = p->stratum;
	e->disc.leap = p->leap;
	e->disc.refid = p->refid;
	e->disc.ref_time_ns = p->ref_time_ns;
	e->disc.root_delay_s = timens_to_s(p->root_delay_ns);
	log_info("Going on with the time of the engine before");
}

/* All sources know the frequency that the kernel had. */
void
steer_adopt(struct engine *e, double freq)
{
	size_t i;

	e->disc.freq = freq;
	for (i = 0; i < e->nsources; i++)
		if (e->sources[i]->a.est.count == 0)
			estimator_guess(&e->sources[i]->a.est, freq,
			    e->disc.skew);
}

void
steer_start(struct engine *e, const struct clock_pair *now)
{
	struct msg_freq f;

	(void)now;
	e->started = 1;
	/* what the drift file says is better than what the kernel had */
	if (e->params.drift.skew_ppm >= 0 &&
	    e->params.mode == RUN_DAEMON) {
		memset(&f, 0, sizeof(f));
		f.id = e->clock.pending = e->next_id++;
		f.base_ppm = discipline_base_ppm(&e->disc);
		e->ops.to_parent(e->ctx, MSG_CLOCK_FREQ, &f);
	}
}

void
steer_save_drift(struct engine *e)
{
	struct msg_file f;
	struct msg_index commit;

	/* a frequency from fewer updates is worse than what is there */
	if (e->disc.updates < 4 || e->params.conf->driftfile[0] == '\0' ||
	    e->params.mode != RUN_DAEMON)
		return;
	memset(&f, 0, sizeof(f));
	f.index = FILE_DRIFT;
	f.len = (uint32_t)snprintf(f.data, sizeof(f.data),
	    "%20.6f %20.6f\n", -e->disc.freq * 1e6, e->disc.skew * 1e6);
	e->ops.to_parent(e->ctx, MSG_FILE_WRITE, &f);
	memset(&commit, 0, sizeof(commit));
	commit.index = FILE_DRIFT;
	e->ops.to_parent(e->ctx, MSG_FILE_COMMIT, &commit);
}

/* Still measuring, or still looking for somebody to ask. */
static int
oneshot_busy(const struct engine *e, const struct clock_pair *now)
{
	uint64_t samples = 0;
	size_t i;

	if (now->raw_ns - e->start_raw_ns > ONESHOT_MAX_NS)
		return (0);
	for (i = 0; i < e->nsources; i++) {
		if (association_bursting(&e->sources[i]->a))
			return (1);
		samples += e->sources[i]->a.est.count;
	}
	/* a name that failed once is waited for only while there is nobody */
	for (i = 0; i < e->nentries; i++)
		if (e->entries[i].next_ask_raw_ns != ENGINE_NEVER &&
		    (e->entries[i].attempts == 0 || samples == 0))
			return (1);
	return (0);
}

void
steer_oneshot(struct engine *e, const struct clock_pair *now)
{
	struct discipline_request req;
	struct select_result r;

	if (e->params.mode == RUN_DAEMON || e->oneshot_done ||
	    e->clock.pending != 0 || oneshot_busy(e, now))
		return;
	if (choose_run(e, now, NULL, 0, &r) == -1) {
		log_warnx("No suitable source for synchronisation");
		steer_tell_oneshot(e, 0, 0, 0);
		return;
	}
	if (e->params.mode == RUN_PRINT_ONCE) {
		steer_tell_oneshot(e, 1, r.offset_s, r.distance_s);
		return;
	}
	memset(&req, 0, sizeof(req));
	req.step.id = e->clock.pending = e->next_id++;
	req.step.oneshot = 1;
	req.step.base_ppm = e->clock.base_ppm;
	req.step.delta_ns = timens_from_s(r.offset_s);
	e->asked_offset_s = r.offset_s;
	e->stepping = 1;
	e->ops.to_parent(e->ctx, MSG_CLOCK_STEP, &req.step);
}
