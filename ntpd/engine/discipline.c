/*
 * The discipline of the clock.  Engine core: pure.
 *
 * The estimate is of true time on the raw clock, which nobody moves: what the
 * clock was told before has no influence on it.  So a correction is not part
 * of a loop that could swing; it takes the system clock to where the estimate
 * is, all of it and at once, and whatever it misses is seen in the clock
 * readings of the answer, not in the next sample.
 *
 * Speed: a correction of d spread over S of T seconds to the next sample adds
 * d^2 S/(3T) to the mean square of the offset and d^2/(S T) to that of the
 * frequency.  A correction within the estimate's own deviation may therefore
 * take its time (SLEW_COST variances of it: 3 % of the rms offset over
 * the grid, but a third to a half of the frequency error), a large one is over
 * in 1/32 of the interval, as is any while the frequency is not known (offset
 * by frequency deviation).  Tried: 1/32 always (frequency error up to 7 times
 * chronyd's at its long polls), 0.15 variances (4 times).  At a high rate the
 * end of the lease is late by up to a millisecond: the rest is corrected by a
 * second, slow one.
 * Steps only where `makestep' allows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/timens.h"
#include "ntpd/engine/clockmodel.h"
#include "ntpd/engine/discipline.h"
#include "ntpd/engine/select.h"

#define SLEW_SHARE	(1 / 32.0)	/* of the interval to the next sample */
#define SLEW_COST	8.0	/* of the estimate's variance, see above */
#define SLEW_MOST	0.95	/* of the interval, whatever it costs */
#define SLEW_MIN_SHARE	0.125	/* of it, when it is short */
#define SLEW_MIN_S	0.5
#define SLEW_LEAST_S	0.05
#define FAR_SIGMAS	6.0	/* of the estimate: no mere correction */
#define SLEW_MAX_S	64.0
#define OFF_SHARE	0.25	/* of the estimate's sd: worth another slew */
#define OFF_MIN_S	1e-8	/* less is noise of reading the clocks */
#define RATIO_MIN_S	1.0	/* as chrony: shortest and longest slew */
#define RATIO_MAX_S	10000.0
#define SLEW_LONGEST_S	86000.0	/* the guard allows a day */
#define LATE_SHARE	1.5	/* intervals until a sample is overdue */
#define RMS_WEIGHT	0.1
#define FREQ_MAX_PPM	1000.0	/* the guard allows no more */

void
discipline_init(struct discipline *d, const struct discipline_conf *conf,
    double freq, double skew)
{
	memset(d, 0, sizeof(*d));
	d->conf = *conf;
	d->freq = freq;
	d->skew = skew;
	d->stratum = 16;
	d->leap = 3;
	d->changes = conf->maxchange_start;
}

void
discipline_settings(const struct conf *c, struct discipline_conf *dc)
{
	memset(dc, 0, sizeof(*dc));
	dc->makestep_s = c->makestep_s;
	dc->makestep_limit = c->makestep_limit;
	dc->maxupdateskew_ppm = c->maxupdateskew_ppm;
	dc->maxslewrate_ppm = c->maxslewrate_ppm;
	dc->maxdrift_ppm = c->maxdrift_ppm;
	dc->hold_rate = c->maxclockerror_ppm * 1e-6;
	dc->hold_always = c->maxclockerror_set;
	dc->corrtimeratio = c->corrtimeratio_set ? c->corrtimeratio : 0;
	dc->maxchange_s = c->maxchange_s;
	dc->maxchange_start = c->maxchange_start;
	dc->maxchange_ignore = c->maxchange_ignore;
}

#define CHANGE(field)							\
	if (was->field != is->field)					\
		d->conf.field = is->field

void
discipline_change(struct discipline *d, const struct discipline_conf *was,
    const struct discipline_conf *is)
{
	/* the guard in the parent has forgotten an operator's makestep, too */
	d->conf.makestep_s = is->makestep_s;
	d->conf.makestep_limit = is->makestep_limit;
	CHANGE(maxupdateskew_ppm);
	CHANGE(maxslewrate_ppm);
	CHANGE(maxdrift_ppm);
	CHANGE(hold_rate);
	CHANGE(hold_always);
	CHANGE(corrtimeratio);
	CHANGE(maxchange_s);
	CHANGE(maxchange_start);
	CHANGE(maxchange_ignore);
	/* maxchange counts from the start, or from a new maxchange */
	if (was->maxchange_s != is->maxchange_s ||
	    was->maxchange_start != is->maxchange_start)
		d->changes = is->maxchange_start;
}

int64_t
discipline_y_ns(const struct discipline *d, int64_t raw_ns)
{
	return (d->y_ns + llround((double)(raw_ns - d->ref_raw_ns) *
	    d->freq));
}

double
discipline_root_disp(const struct discipline *d, int64_t raw_ns)
{
	int64_t late_ns = d->late_raw_ns;

	if (raw_ns <= late_ns)
		late_ns = raw_ns;
	return (d->root_disp_s +
	    d->disp_rate * timens_to_s(late_ns - d->ref_raw_ns) +
	    d->late_rate * timens_to_s(raw_ns - late_ns));
}

void
discipline_disturb(struct discipline *d, int64_t shift_ns, double error_s)
{
	d->root_disp_s += error_s;
	d->y_ns += shift_ns;
}

void
discipline_doubt(struct discipline *d, int64_t raw_ns, double error_s)
{
	double known_s = d->root_delay_s / 2 + discipline_root_disp(d, raw_ns);

	if (error_s > known_s)
		d->root_disp_s += error_s - known_s;
}

void
discipline_resume(struct discipline *d, int64_t raw_ns, int64_t y_ns,
    double freq, double root_disp_s, double disp_rate)
{
	d->ref_raw_ns = raw_ns;
	d->y_ns = y_ns;
	d->freq = freq;
	d->root_disp_s = root_disp_s;
	d->disp_rate = d->late_rate = disp_rate;
	d->late_raw_ns = raw_ns;
	d->synced = 1;
}

/*
 * A moving average of squares that begins when the first corrections are
 * over, so that a clock that was an hour off does not show it for ever.
 */
static void
average_offset(struct discipline *d, double offset_s)
{
	double sq = offset_s * offset_s;
	double mean = d->rms_offset_s * d->rms_offset_s;

	if (!d->rms_moving && mean > 0 && mean < sq)
		d->rms_moving = 1;
	if (d->rms_moving)
		mean += RMS_WEIGHT * (sq - mean);
	else
		mean = sq;
	d->rms_offset_s = sqrt(mean);
}

double
discipline_base_ppm(const struct discipline *d)
{
	double ppm = d->freq * 1e6, most;

	most = fmin(FREQ_MAX_PPM, d->conf.maxdrift_ppm);
	return (fmax(-most, fmin(most, ppm)));
}

/*
 * How long to take for a correction.  The user's corrtimeratio, in chrony's
 * sense: the area under the offset while it is corrected is so many times
 * half of the estimate's deviation times the interval.
 */
static double
slew_span(const struct discipline *d, double offset_s, double interval_s)
{
	double span, share, slow;

	if (d->conf.corrtimeratio > 0) {
		span = d->conf.corrtimeratio * sqrt(d->var_s2) / 2 *
		    interval_s / (fabs(offset_s) + 1e-12);
		return (fmax(RATIO_MIN_S, fmin(RATIO_MAX_S, span)));
	}
	span = fmin(SLEW_MIN_S, interval_s * SLEW_MIN_SHARE);
	/* what is known to be wrong need not wait */
	if (fabs(offset_s) < FAR_SIGMAS * sqrt(d->var_s2))
		span = fmax(span, interval_s * SLEW_SHARE);
	span = fmax(SLEW_LEAST_S, fmin(SLEW_MAX_S, span));
	share = SLEW_COST * d->var_s2 / (offset_s * offset_s + 1e-30);
	slow = fmin(interval_s * fmin(share, SLEW_MOST),
	    sqrt(d->var_s2) / (d->skew + 1e-15));
	return (fmin(SLEW_LONGEST_S, fmax(span, slow)));
}

static void
request_slew(const struct discipline *d, int64_t raw_ns, double offset_s,
    double interval_s, struct discipline_request *req)
{
	double span, most = d->conf.maxslewrate_ppm * 1e-6, rate;

	span = slew_span(d, offset_s, interval_s);
	rate = offset_s / span;
	if (fabs(rate) > most) {
		rate = rate < 0 ? -most : most;
		span = fmin(offset_s / rate, SLEW_LONGEST_S);
	}
	req->act = DISCIPLINE_SLEW;
	req->offset_s = offset_s;
	memset(&req->slew, 0, sizeof(req->slew));
	req->slew.base_ppm = discipline_base_ppm(d);
	req->slew.slew_ppm = rate * 1e6;
	req->slew.end_raw_ns = raw_ns + timens_from_s(span);
}

int
discipline_is_off(const struct discipline *d, int64_t raw_ns,
    int64_t steer_ns)
{
	double off_s = timens_to_s(discipline_y_ns(d, raw_ns) - steer_ns);

	return (d->synced &&
	    fabs(off_s) > OFF_SHARE * sqrt(d->var_s2) + OFF_MIN_S);
}

int
discipline_may_step(const struct discipline *d, const struct clockmodel *m,
    double offset_s)
{
	if (d->conf.makestep_limit == 0 ||
	    fabs(offset_s) <= d->conf.makestep_s + d->doubt_s ||
	    m->steps_left == 0)
		return (0);
	return (d->conf.makestep_limit < 0 ||
	    d->updates <= (uint32_t)d->conf.makestep_limit);
}

void
discipline_correct(struct discipline *d, const struct clockmodel *m,
    int64_t raw_ns, int64_t steer_ns, double interval_s, int step,
    struct discipline_request *req)
{
	int64_t offset_ns = discipline_y_ns(d, raw_ns) - steer_ns;
	double offset_s = timens_to_s(offset_ns);

	memset(req, 0, sizeof(*req));
	if (!step && !discipline_may_step(d, m, offset_s)) {
		request_slew(d, raw_ns, offset_s, interval_s, req);
		return;
	}
	req->act = DISCIPLINE_STEP;
	req->offset_s = offset_s;
	req->step.base_ppm = discipline_base_ppm(d);
	req->step.delta_ns = offset_ns;
}

/*
 * maxchange: an offset that is too large for a clock that was right.  1: the
 * update is not to be used, and req says what else.
 */
static int
exceeds_change(struct discipline *d, double offset_s,
    struct discipline_request *req)
{
	if (d->conf.maxchange_start < 0)
		return (0);
	if (d->changes > 0) {
		d->changes--;
		return (0);
	}
	if (fabs(offset_s) <= d->conf.maxchange_s)
		return (0);
	memset(req, 0, sizeof(*req));
	req->offset_s = offset_s;
	if (d->conf.maxchange_ignore >= 0 &&
	    d->ignored >= d->conf.maxchange_ignore)
		req->act = DISCIPLINE_GIVE_UP;
	else if (d->ignored < INT32_MAX)
		d->ignored++;
	return (1);
}

/*
 * How the bound grows: by what the filter says of the time to the next sample
 * as long as that may come, by what the user thinks of the oscillator when it
 * does not.
 */
static void
set_growth(struct discipline *d, int64_t raw_ns, double interval_s)
{
	d->late_rate = d->conf.hold_rate + DISCIPLINE_SIGMAS * d->skew;
	d->disp_rate = d->late_rate;
	if (!d->conf.hold_always)
		d->disp_rate = fmin(d->late_rate,
		    DISCIPLINE_SIGMAS * d->grow_s / interval_s);
	d->late_raw_ns = raw_ns + timens_from_s(interval_s * LATE_SHARE);
}

void
discipline_update(struct discipline *d, const struct clockmodel *m,
    const struct select_result *r, int64_t raw_ns, int64_t steer_ns,
    double interval_s, struct discipline_request *req)
{
	double skew = sqrt(r->var_f), old = d->freq;

	if (exceeds_change(d, r->offset_s, req))
		return;
	d->updates++;
	if (skew * 1e6 <= d->conf.maxupdateskew_ppm) {
		d->freq = r->freq;
		d->skew = skew;
	}
	d->resid_freq = d->freq - old;
	d->interval_s = d->synced ? timens_to_s(raw_ns - d->ref_raw_ns) : 0;
	d->ref_raw_ns = raw_ns;
	d->y_ns = steer_ns + timens_from_s(r->offset_s);
	d->ref_time_ns = raw_ns + d->y_ns;
	d->var_s2 = r->var_s2;
	d->last_offset_s = r->offset_s;
	average_offset(d, r->offset_s);
	set_growth(d, raw_ns, interval_s);
	d->synced = 1;
	discipline_correct(d, m, raw_ns, steer_ns, interval_s, 0, req);
	/* it looks like a step, but another exchange has to say so, too */
	if (d->doubt_s > 0 && req->act == DISCIPLINE_SLEW &&
	    fabs(r->offset_s) > d->conf.makestep_s)
		d->updates--;
}
