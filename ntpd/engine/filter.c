/*
 * Several samples to one.  Engine core: pure.
 *
 * The error of a sample is bounded by half of its delay above the least one
 * (the excess), so samples are weighed by 1/excess^2, with a slack that keeps
 * one at the minimum from looking perfect.  The instant is weighed like the
 * offset: as the clock runs straight over so few polls, the mean offset is
 * that of the mean instant, and no frequency has to be known.  The delay that
 * the sample gets is the one whose weight is the sum of the weights, so that
 * the estimator takes it for what it is worth.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/filter.h"

#define SLACK		0.2	/* of the median excess */

void
filter_init(struct filter *f, int32_t polls)
{
	memset(f, 0, sizeof(*f));
	f->polls = polls > CONF_FILTER_MAX ? CONF_FILTER_MAX : polls;
}

void
filter_clear(struct filter *f)
{
	f->n = 0;
	f->asked = 0;
}

void
filter_poll(struct filter *f)
{
	f->asked++;
}

static int
double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

static double
median_delay(const struct filter *f)
{
	double sorted[CONF_FILTER_MAX];
	uint32_t i;

	for (i = 0; i < f->n; i++)
		sorted[i] = f->samples[i].delay_s;
	qsort(sorted, f->n, sizeof(sorted[0]), double_cmp);
	return (sorted[f->n / 2]);
}

static void
filter_combine(const struct filter *f, struct estimator_sample *out,
    double min_s)
{
	const struct estimator_sample *s, *first = &f->samples[0];
	double excess, slack, w, sum = 0, when = 0, offset = 0, disp = 0;
	uint32_t i;

	for (i = 0; i < f->n; i++)
		min_s = fmin(min_s, f->samples[i].delay_s);
	slack = SLACK * (median_delay(f) - min_s) + first->disp_s;
	for (i = 0; i < f->n; i++) {
		s = &f->samples[i];
		excess = s->delay_s - min_s + slack;
		w = 1 / (excess * excess);
		sum += w;
		when += w * timens_to_s(s->raw_ns - first->raw_ns);
		offset += w * timens_to_s(s->y_ns - first->y_ns);
		disp += w * s->disp_s;
	}
	*out = *first;
	out->raw_ns += timens_from_s(when / sum);
	out->y_ns += timens_from_s(offset / sum);
	out->disp_s = disp / sum;
	out->delay_s = min_s + fmax(0, 1 / sqrt(sum) - slack);
}

int
filter_add(struct filter *f, struct estimator_sample *s, double min_delay_s)
{
	if (f->polls <= 1)
		return (1);
	/* as many as the polls at most, but the link may answer late */
	if (f->n < CONF_FILTER_MAX)
		f->samples[f->n++] = *s;
	if (f->asked < f->polls)
		return (0);
	filter_combine(f, s, min_delay_s);
	filter_clear(f);
	return (1);
}
