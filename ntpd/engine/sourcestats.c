/*
 * What `sourcestats' and the selection show of the samples of a source, in
 * chrony's sense.  Engine core: pure.  The estimate does not depend on it.
 *
 * chrony fits a line through as many of the last samples as look like a line
 * with white noise: fewer while their residuals change sign too rarely (test
 * of runs, 5 %).
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/estimator.h"

#define RUNS_SIGMAS	1.65	/* 5 % on one side */
#define STATS_LEAST	3	/* samples that define a line and more */

struct line {
	size_t	n;
	double	mean_t;		/* s from the last sample */
	double	mean_y;
	double	slope;
};

static const struct estimator_sample *
sample_back(const struct estimator *e, size_t i)
{
	return (&e->history[(e->count - 1 - i) % ESTIMATOR_HISTORY]);
}

static double
sample_t(const struct estimator *e, size_t i)
{
	return (timens_to_s(sample_back(e, i)->raw_ns - e->last_raw_ns));
}

static double
sample_y(const struct estimator *e, size_t i)
{
	return (timens_to_s(sample_back(e, i)->y_ns - e->base_ns));
}

/* Least squares through the last n samples. */
static void
line_fit(const struct estimator *e, size_t n, struct line *l)
{
	double dt, stt = 0, sty = 0;
	size_t i;

	memset(l, 0, sizeof(*l));
	l->n = n;
	for (i = 0; i < n; i++) {
		l->mean_t += sample_t(e, i) / (double)n;
		l->mean_y += sample_y(e, i) / (double)n;
	}
	for (i = 0; i < n; i++) {
		dt = sample_t(e, i) - l->mean_t;
		stt += dt * dt;
		sty += dt * (sample_y(e, i) - l->mean_y);
	}
	if (stt > 0)
		l->slope = sty / stt;
}

static void
line_judge(const struct estimator *e, const struct line *l,
    struct estimator_stats *out)
{
	double res, sum = 0;
	int sign, last = 0;
	size_t i;

	out->samples = (uint32_t)l->n;
	out->runs = 0;
	out->span_s = -sample_t(e, l->n - 1);
	for (i = 0; i < l->n; i++) {
		res = sample_y(e, i) - l->mean_y -
		    l->slope * (sample_t(e, i) - l->mean_t);
		sum += res * res;
		sign = res < 0 ? -1 : 1;
		if (sign != last)
			out->runs++;
		last = sign;
	}
	out->sd_s = l->n > 2 ? sqrt(sum / (double)(l->n - 2)) : e->noise_s;
}

void
estimator_get_stats(const struct estimator *e, struct estimator_stats *out)
{
	size_t n = e->count < ESTIMATOR_HISTORY ? (size_t)e->count :
	    ESTIMATOR_HISTORY;
	struct line l;

	memset(out, 0, sizeof(*out));
	if (e->conf.maxsamples > 0 && n > e->conf.maxsamples)
		n = e->conf.maxsamples;
	if (n == 0)
		return;
	for (;;) {
		line_fit(e, n, &l);
		line_judge(e, &l, out);
		if (n <= STATS_LEAST || n <= e->conf.minsamples ||
		    out->runs >= (double)n / 2 + 1 -
		    RUNS_SIGMAS * sqrt((double)n - 1) / 2)
			return;
		/* coarse steps: it is only shown */
		n = n * 3 / 4 > STATS_LEAST ? n * 3 / 4 : STATS_LEAST;
	}
}
