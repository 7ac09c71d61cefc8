/*
 * The discipline of the clock.  Engine core: pure.
 *
 * A correction is a slew lease that is over well before the next sample; the
 * frequency is that of the estimate.  Steps only where `makestep' allows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/clockmodel.h"
#include "ntpd/engine/discipline.h"
#include "ntpd/engine/select.h"

#define SLEW_SHARE	0.25	/* of the interval to the next sample */
#define SLEW_MIN_S	0.5
#define SLEW_MAX_S	64.0
#define LATENESS_S	1e-3	/* of the parent's timer, at worst */
#define SLEW_LONGEST_S	86000.0	/* the guard allows a day */
#define HOLD_RATE	1e-6	/* chrony's maxclockerror */
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
	return (d->root_disp_s +
	    d->disp_rate * timens_to_s(raw_ns - d->ref_raw_ns));
}

void
discipline_disturb(struct discipline *d, int64_t shift_ns)
{
	d->y_ns += shift_ns;
}

void
discipline_resume(struct discipline *d, int64_t raw_ns, int64_t y_ns,
    double freq, double root_disp_s, double disp_rate)
{
	d->ref_raw_ns = raw_ns;
	d->y_ns = y_ns;
	d->freq = freq;
	d->root_disp_s = root_disp_s;
	d->disp_rate = disp_rate;
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

static double
base_ppm(const struct discipline *d)
{
	double ppm = d->freq * 1e6;

	return (fmax(-FREQ_MAX_PPM, fmin(FREQ_MAX_PPM, ppm)));
}

static void
request_slew(const struct discipline *d, int64_t raw_ns, double offset_s,
    double interval_s, struct discipline_request *req)
{
	double span, most = d->conf.maxslewrate_ppm * 1e-6, noise, rate;

	span = interval_s * SLEW_SHARE;
	/* slow enough that the timer's lateness drowns in the noise */
	noise = sqrt(d->var_s2) / 4 + 1e-9;
	span = fmax(span, fmin(fabs(offset_s) * LATENESS_S / noise,
	    interval_s / 2));
	span = fmax(SLEW_MIN_S, fmin(SLEW_MAX_S, span));
	rate = offset_s / span;
	if (fabs(rate) > most) {
		rate = rate < 0 ? -most : most;
		span = fmin(offset_s / rate, SLEW_LONGEST_S);
	}
	req->act = DISCIPLINE_SLEW;
	req->offset_s = offset_s;
	memset(&req->slew, 0, sizeof(req->slew));
	req->slew.base_ppm = base_ppm(d);
	req->slew.slew_ppm = rate * 1e6;
	req->slew.end_raw_ns = raw_ns + timens_from_s(span);
}

static int
may_step(const struct discipline *d, const struct clockmodel *m,
    double offset_s)
{
	if (d->conf.makestep_limit == 0 ||
	    fabs(offset_s) <= d->conf.makestep_s || m->steps_left == 0)
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
	if (!step && !may_step(d, m, offset_s)) {
		request_slew(d, raw_ns, offset_s, interval_s, req);
		return;
	}
	req->act = DISCIPLINE_STEP;
	req->offset_s = offset_s;
	req->step.base_ppm = base_ppm(d);
	req->step.delta_ns = offset_ns;
}

void
discipline_update(struct discipline *d, const struct clockmodel *m,
    const struct select_result *r, int64_t raw_ns, int64_t steer_ns,
    double interval_s, struct discipline_request *req)
{
	double skew = sqrt(r->var_f), old = d->freq;

	d->updates++;
	if (skew * 1e6 <= d->conf.maxupdateskew_ppm) {
		d->freq = r->freq;
		d->skew = skew;
	}
	d->resid_freq = d->freq - old;
	d->interval_s = d->synced ? timens_to_s(raw_ns - d->ref_raw_ns) : 0;
	d->ref_raw_ns = raw_ns;
	d->y_ns = steer_ns + timens_from_s(r->offset_s);
	d->var_s2 = r->var_s2;
	d->last_offset_s = r->offset_s;
	average_offset(d, r->offset_s);
	d->disp_rate = HOLD_RATE + d->skew;
	d->synced = 1;
	discipline_correct(d, m, raw_ns, steer_ns, interval_s, 0, req);
}
