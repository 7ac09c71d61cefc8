/*
 * Asks the guard and drives the clock.  Run by the parent.  It must never
 * change the clock without the guard's word for it, nor leave a slew running
 * that nobody will end.
 */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/time.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/parent/clock.h"
#include "ntpd/parent/restore.h"

#define RETRY_US	100000	/* the kernel refused to end a slew */
#define SPIN_READS	400	/* under UML time stands still meanwhile */

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)clock_expire(arg);
}

static int
set_rate(struct clock *c, double ppm)
{
	if (c->p.backend->set_rate(&c->kernel, &ppm) == -1) {
		c->failed++;
		log_warn("cannot set the clock's frequency to %.3f ppm", ppm);
		return (-1);
	}
	c->rate_ppm = ppm;
	return (0);
}

/* The back end rounds: what it holds is what we say. */
static int
set_base(struct clock *c, int64_t now_ns, double ppm)
{
	if (set_rate(c, ppm) == -1)
		return (-1);
	c->base_ppm = c->rate_ppm;
	lease_hold_change(&c->hold, now_ns, c->base_ppm);
	return (0);
}

static double
choose_base(double kernel_ppm, const struct msg_drift *drift, double most)
{
	if (drift != NULL) {
		if (fabs(drift->freq_ppm) <= most)
			return (-drift->freq_ppm);
		log_warnx("frequency %.3f ppm of the drift file is beyond "
		    "%.0f ppm: ignored", drift->freq_ppm, most);
	}
	if (fabs(kernel_ppm) <= most)
		return (kernel_ppm);
	log_warnx("the clock was found running at %+.3f ppm: set to 0",
	    kernel_ppm);
	return (0);
}

int
clock_open(struct clock *c, const struct clock_params *params,
    const struct msg_drift *drift)
{
	double ppm = 0;
	int64_t now_ns;

	memset(c, 0, sizeof(*c));
	c->p = *params;
	if (c->p.backend->open(&c->kernel, &ppm) == -1) {
		log_warn("cannot open the clock");
		return (-1);
	}
	log_debug("the clock's frequency is %+.3f ppm", ppm);
	if (c->p.base != NULL) {
		c->timer = evtimer_new(c->p.base, on_timer, c);
		if (c->timer == NULL) {
			log_warn("timer");
			return (-1);
		}
	}
	now_ns = c->p.backend->read_raw(&c->kernel);
	lease_hold_init(&c->hold, now_ns, 0);
	if (set_base(c, now_ns, choose_base(ppm, drift,
	    fmin(c->p.policy.base_limit_ppm, CLOCKGUARD_BASE_PPM))) == -1)
		return (-1);
	lease_hold_init(&c->hold, now_ns, c->base_ppm);
	clockguard_init(&c->guard, &c->p.policy, c->base_ppm);
	return (0);
}

void
clock_set_policy(struct clock *c, const struct clockguard_policy *policy,
    int rtcsync)
{
	clockguard_set_policy(&c->guard, policy);
	c->p.policy = c->guard.policy;
	c->p.rtcsync = rtcsync;
}

static void
stop_timer(struct clock *c)
{
	c->end_raw_ns = 0;
	if (c->timer != NULL)
		evtimer_del(c->timer);
}

/* The running lease is over, whatever the reason, and with it its record. */
static void
forget_lease(struct clock *c)
{
	if (c->end_raw_ns == 0)
		return;
	stop_timer(c);
	if (c->p.restore != NULL)
		restore_clear(c->p.restore);
}

void
clock_close(struct clock *c)
{
	if (c->end_raw_ns != 0 && set_rate(c, c->base_ppm) == 0)
		forget_lease(c);
	if (c->timer != NULL)
		event_free(c->timer);
	c->timer = NULL;
}

static void
read_before(struct clock *c, struct msg_clock *m)
{
	struct lease_pair pair;

	memset(m, 0, sizeof(*m));
	c->p.backend->read(&c->kernel, &pair);
	m->raw_before_ns = pair.raw_ns;
	m->real_before_ns = pair.real_ns;
}

static void
read_after(struct clock *c, struct msg_clock *m)
{
	struct lease_pair pair;

	c->p.backend->read(&c->kernel, &pair);
	m->raw_after_ns = pair.raw_ns;
	m->real_after_ns = pair.real_ns;
	m->rate_ppm = c->rate_ppm;
	m->base_ppm = c->base_ppm;
	m->end_raw_ns = c->end_raw_ns;
	m->clock_none = (uint32_t)c->p.backend->none;
	m->steps_left = clockguard_steps_left(&c->guard);
}

/* what: what was asked, for the log. */
static void
refused(struct clock *c, struct msg_clock *done,
    enum clockguard_reason reason, const char *what)
{
	int64_t now_ns = done->raw_before_ns;

	done->result = CLOCK_REFUSED;
	if (c->guard.refused[reason] > 1 &&
	    now_ns - c->said_ns[reason] < CLOCK_REFUSAL_NS)
		return;
	log_warnx("clock guard: %s refused: %s (%" PRIu64 " times, "
	    "%" PRIu64 " refusals in all)", what, clockguard_text(reason),
	    c->guard.refused[reason] - c->said[reason],
	    clockguard_refused(&c->guard));
	c->said_ns[reason] = now_ns;
	c->said[reason] = c->guard.refused[reason];
}

void
clock_freq(struct clock *c, const struct msg_freq *m, struct msg_clock *done)
{
	enum clockguard_reason reason;
	int64_t now_ns;

	read_before(c, done);
	done->id = m->id;
	now_ns = done->raw_before_ns;
	reason = clockguard_freq(&c->guard, now_ns, m->base_ppm);
	if (reason != CLOCKGUARD_OK)
		refused(c, done, reason, "frequency");
	else if (set_base(c, now_ns, m->base_ppm) == -1)
		done->result = CLOCK_FAILED;
	else
		forget_lease(c);
	read_after(c, done);
}

static void
arm_timer(struct clock *c, int64_t wait_us)
{
	struct timeval tv;

	if (c->timer == NULL)
		return;
	tv.tv_sec = wait_us / 1000000;
	tv.tv_usec = wait_us % 1000000;
	if (evtimer_add(c->timer, &tv) == -1)
		log_warn("timer of the slew");
}

static int
start_lease(struct clock *c, const struct msg_slew *m, int64_t now_ns)
{
	double base_ppm;

	/* what the back end would make of the base alone */
	base_ppm = m->base_ppm;
	if (c->p.restore != NULL) {
		if (fabs(m->slew_ppm) > CLOCK_RECORD_PPM)
			restore_record(c->p.restore, base_ppm);
	}
	if (set_rate(c, base_ppm + m->slew_ppm) == -1)
		return (-1);
	stop_timer(c);
	c->base_ppm = base_ppm;
	lease_hold_change(&c->hold, now_ns, base_ppm);
	c->end_raw_ns = m->end_raw_ns;
	c->leases++;
	/* writing the record took its time */
	arm_timer(c, lease_wait_us(m->end_raw_ns -
	    c->p.backend->read_raw(&c->kernel), c->rate_ppm));
	if (c->p.restore != NULL && fabs(m->slew_ppm) <= CLOCK_RECORD_PPM)
		restore_clear(c->p.restore);
	return (0);
}

void
clock_slew(struct clock *c, const struct msg_slew *m, struct msg_clock *done)
{
	enum clockguard_reason reason;
	int64_t now_ns;
	int failed;

	read_before(c, done);
	done->id = m->id;
	now_ns = done->raw_before_ns;
	reason = clockguard_slew(&c->guard, now_ns, m->base_ppm, m->slew_ppm,
	    m->end_raw_ns);
	if (reason != CLOCKGUARD_OK) {
		refused(c, done, reason, "slew");
		read_after(c, done);
		return;
	}
	if (m->end_raw_ns <= now_ns) {
		/* it came too late: nothing of the slew is left */
		failed = set_base(c, now_ns, m->base_ppm);
		if (failed == 0)
			forget_lease(c);
	} else
		failed = start_lease(c, m, now_ns);
	if (failed == -1) {
		done->result = CLOCK_FAILED;
		clockguard_cancel(&c->guard, now_ns);
	}
	read_after(c, done);
}

void
clock_step(struct clock *c, const struct msg_step *m, struct msg_clock *done)
{
	enum clockguard_reason reason;
	int64_t now_ns;
	int oneshot;

	read_before(c, done);
	done->id = m->id;
	now_ns = done->raw_before_ns;
	oneshot = m->oneshot != 0 && c->p.policy.oneshot;
	reason = clockguard_step(&c->guard, now_ns, done->real_before_ns,
	    m->base_ppm, m->delta_ns, oneshot);
	if (reason != CLOCKGUARD_OK) {
		refused(c, done, reason, "step");
		read_after(c, done);
		return;
	}
	if (oneshot)
		log_info("System clock wrong by %.6f seconds %s",
		    timens_to_s(m->delta_ns),
		    c->p.backend->none ? "(ignored)" : "(step)");
	/* the rate first: a step during a slew would leave the slew on */
	if (set_base(c, now_ns, m->base_ppm) == -1) {
		done->result = CLOCK_FAILED;
		read_after(c, done);
		return;
	}
	forget_lease(c);
	read_before(c, done);
	done->id = m->id;
	if (c->p.backend->step(&c->kernel, m->delta_ns) == -1) {
		log_warn("cannot step the clock by %.6f seconds",
		    timens_to_s(m->delta_ns));
		c->failed++;
		done->result = CLOCK_FAILED;
		read_after(c, done);
		return;
	}
	done->delta_ns = m->delta_ns;
	read_after(c, done);
	c->steps++;
	if (!oneshot)
		log_warnx("System clock was stepped by %.6f seconds%s",
		    timens_to_s(m->delta_ns),
		    c->p.backend->none ? " (ignored)" : "");
}

void
clock_status(struct clock *c, const struct msg_status *m)
{
	struct clock_errors e;
	struct lease_pair now;

	c->p.backend->read(&c->kernel, &now);
	if (clockguard_status(&c->guard, now.raw_ns, m->synced != 0) == -1)
		return;
	/*
	 * Without rtcsync STA_UNSYNC stays set, as with chrony: the kernel
	 * must not copy the time to the RTC.
	 */
	e.synced = m->synced && c->p.rtcsync;
	e.leap = clockguard_leap_day(now.real_ns) ? (int)m->leap : 0;
	e.max_us = -1;
	e.est_us = -1;
	if (m->synced) {
		/* 1e9 s at most: messages.c */
		e.max_us = (int64_t)ceil(m->maxerror_s * 1e6);
		e.est_us = (int64_t)ceil(m->esterror_s * 1e6);
	}
	if (c->p.backend->set_errors(&c->kernel, &e) == -1) {
		c->failed++;
		log_warn("cannot set the clock's status");
	}
}

void
clock_state(struct clock *c, struct msg_clock *state)
{
	read_before(c, state);
	read_after(c, state);
}

void
clock_makestep(struct clock *c, double threshold_s, int32_t limit)
{
	clockguard_makestep(&c->guard, threshold_s, limit);
}

void
clock_operator(struct clock *c)
{
	clockguard_operator(&c->guard, c->p.backend->read_raw(&c->kernel));
}

void
clock_engine_gone(struct clock *c)
{
	int64_t now_ns = c->p.backend->read_raw(&c->kernel);
	double good_ppm;

	clockguard_cancel(&c->guard, now_ns);
	good_ppm = lease_hold_good(&c->hold, now_ns);
	if (now_ns - c->hold.since_ns >= LEASE_HOLD_NS)
		c->base_held = 1;
	if (c->end_raw_ns == 0 && good_ppm == c->base_ppm)
		return;
	if (set_rate(c, good_ppm) == -1) {
		/* the lease's timer is still there to try again */
		c->base_ppm = good_ppm;
		return;
	}
	c->base_ppm = c->rate_ppm;
	forget_lease(c);
	/* the next engine's first frequency is no change of heart */
	lease_hold_init(&c->hold, now_ns, c->base_ppm);
	log_info("the clock runs at %+.3f ppm until the engine is back",
	    c->base_ppm);
}

static void
end_lease(struct clock *c)
{
	struct msg_clock m;

	read_before(c, &m);
	if (set_rate(c, c->base_ppm) == -1) {
		/* the slew must not stay on: it is tried again */
		arm_timer(c, RETRY_US);
		return;
	}
	c->base_ppm = c->rate_ppm;
	forget_lease(c);
	read_after(c, &m);
	if (c->p.lease_ended != NULL)
		c->p.lease_ended(c->p.ctx, &m);
}

int64_t
clock_expire(struct clock *c)
{
	int64_t left_ns, wait_us;
	int i;

	if (c->end_raw_ns == 0)
		return (0);
	left_ns = c->end_raw_ns - c->p.backend->read_raw(&c->kernel);
	if (left_ns > LEASE_SPIN_NS) {
		wait_us = lease_wait_us(left_ns, c->rate_ppm);
		arm_timer(c, wait_us);
		return (wait_us);
	}
	for (i = 0; i < SPIN_READS && left_ns > 0; i++)
		left_ns = c->end_raw_ns -
		    c->p.backend->read_raw(&c->kernel);
	end_lease(c);
	return (0);
}

int
clock_is_slewing(const struct clock *c)
{
	return (c->end_raw_ns != 0 &&
	    fabs(c->rate_ppm - c->base_ppm) > CLOCK_LARGE_PPM);
}
