/*
 * Combination of sources by their covariance.  Engine core: pure.
 *
 * The sources measure one clock, whose wander no filter can know before it is
 * seen: that part of the error is the same for all, and does not become less
 * by averaging.  In the steady state of a filter that weighs wander against
 * noise optimally, noise is 3/4 of the variance of the offset and 1/4 of that
 * of the frequency (minimise a g + b / g^3, and a g^3 + b / g, over the gain
 * g).  So the covariance of the estimates is
 *
 *	C = D + u u',	D_ii = share var_i,	u_i = sqrt((1 - share) var_i)
 *
 * and the best linear estimate has the weights C^-1 1 (by the formula of
 * Sherman and Morrison).  A negative one would be a bet on the model; such a
 * source gets none, beginning with the noisiest.  The variance is that of
 * these weights under C, never 1 / sum(1 / var_i).  What does not average out
 * (asymmetry, at most half of the delay; the servers' own bounds) is bounded by
 * the sum of the bounds with the same weights.
 *
 * Biases: the mean difference of each source from the ensemble is tracked by
 * a scalar filter; a sample is worth its noise.  Where zero is among these
 * means is decided by a product of Cauchy densities, whose width is what is
 * not known of the mean and a share of the delay: most sources agree with
 * each other, a few are far off, and the near ones less.  The mean over that
 * density, and not its peak, keeps two sources that contradict each other from
 * taking turns.  Only a bias of several deviations is taken off: one that may
 * be noise would carry the noise of the worst source into the best.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/engine/combine.h"

#define OFFSET_SHARE	0.75	/* of the variance that is noise */
#define FREQ_SHARE	0.25
#define DELAY_SHARE	3e-4	/* of the delay: an asymmetry without news */
#define BIAS_COUNT	1000.0	/* samples after which a mean is renewed */
#define BIAS_AWAY	4.0	/* deviations that contradict a mean */
#define BIAS_AWAY_COUNT	12	/* so many times: it is another one now */
#define BIAS_FAR	16.0	/* and these contradict it more */
#define BIAS_FAR_COUNTS	3
#define BIAS_NONE	3.0	/* deviations: not taken off */
#define BIAS_ALL	5.0	/* taken off whole */
#define ANCHORS		8	/* sources that decide where zero is */
#define STEPS		9	/* points on a side of each */
#define FIRST_STEP	0.25	/* of its width; each is twice the last */
#define TINY		1e-30

/* One of those that decide where zero is. */
struct anchor {
	double	mean;
	double	width2;
};

/* Variance of what is known of a source's bias. */
static double
bias_width2(const struct combine_source *s)
{
	double share = DELAY_SHARE * s->delay_s;

	return ((s->bias.var_s2 + share * share) / s->weight + TINY);
}

double
combine_correction(const struct combine_source *s)
{
	double sigmas, part;

	if (s->bias.count == 0)
		return (0);
	sigmas = fabs(s->bias.mean_s) / sqrt(bias_width2(s));
	part = (sigmas - BIAS_NONE) / (BIAS_ALL - BIAS_NONE);
	return (s->bias.mean_s * fmax(0, fmin(1, part)));
}

/* Share of the bias' own error that the corrected offset has. */
static double
correction_var(const struct combine_source *s)
{
	double part;

	if (s->bias.count == 0 || s->bias.mean_s == 0)
		return (0);
	part = combine_correction(s) / s->bias.mean_s;
	return (part * part * s->bias.var_s2);
}

double
combine_doubt(const struct combine_source *s)
{
	return (correction_var(s));
}

/* One estimate in a weighted sum. */
struct term {
	double	value;
	double	own;		/* variance of its own */
	double	common;		/* sd of what all have in common */
	double	weight;
};

static void
term_set(struct term *t, double value, double var, double share,
    double extra)
{
	t->value = value;
	t->own = share * var + extra + TINY;
	t->common = sqrt((1 - share) * var);
	t->weight = 1;
}

/* One round of the weights (not yet of sum 1). 1: one was dropped. */
static int
weigh_round(struct term *t, size_t n)
{
	double cross = 0, self = 0;
	size_t i;
	int dropped = 0;

	for (i = 0; i < n; i++)
		if (t[i].weight > 0) {
			cross += t[i].common / t[i].own;
			self += t[i].common * t[i].common / t[i].own;
		}
	for (i = 0; i < n; i++) {
		if (t[i].weight <= 0)
			continue;
		t[i].weight = (1 - t[i].common * cross / (1 + self)) /
		    t[i].own;
		dropped |= t[i].weight <= 0;
	}
	return (dropped);
}

/* The best sum; returns its variance. */
static double
weigh(struct term *t, size_t n, double *value)
{
	double sum = 0, own = 0, common = 0;
	size_t i;

	while (weigh_round(t, n))
		;
	for (i = 0; i < n; i++)
		sum += fmax(t[i].weight, 0);
	*value = 0;
	for (i = 0; i < n; i++) {
		t[i].weight = fmax(t[i].weight, 0) / sum;
		*value += t[i].weight * t[i].value;
		own += t[i].weight * t[i].weight * t[i].own;
		common += t[i].weight * t[i].common;
	}
	return (own + common * common);
}

static int
double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/* The sources whose bias is known best. Returns how many. */
static size_t
find_anchors(const struct combine_source *s, size_t n, struct anchor *a)
{
	size_t i, k, m = 0;
	double width2;

	for (i = 0; i < n; i++) {
		if (s[i].bias.count == 0)
			continue;
		width2 = bias_width2(&s[i]);
		for (k = m < ANCHORS ? m++ : ANCHORS; k > 0 &&
		    width2 < a[k - 1].width2; k--)
			if (k < ANCHORS)
				a[k] = a[k - 1];
		if (k < ANCHORS) {
			a[k].mean = s[i].bias.mean_s;
			a[k].width2 = width2;
		}
	}
	return (m);
}

static double
density(const struct anchor *a, size_t n, double t)
{
	double p = 1, d;
	size_t i;

	for (i = 0; i < n; i++) {
		d = a[i].mean - t;
		/* relative to the narrowest: no underflow of the widths */
		p *= a[0].width2 / (a[i].width2 + d * d);
	}
	return (p);
}

/* Mean of the product of the densities, by the trapezoidal rule. */
static double
find_zero(const struct anchor *a, size_t n)
{
	double points[ANCHORS * (2 * STEPS + 1)], p, last = 0, mass, step;
	double sum = 0, moment = 0;
	size_t i, k, m = 0;

	for (i = 0; i < n; i++) {
		points[m++] = a[i].mean;
		step = FIRST_STEP * sqrt(a[i].width2);
		for (k = 0; k < STEPS; k++, step *= 2) {
			points[m++] = a[i].mean - step;
			points[m++] = a[i].mean + step;
		}
	}
	qsort(points, m, sizeof(points[0]), double_cmp);
	for (i = 0; i < m; i++) {
		p = density(a, n, points[i]);
		if (i > 0) {
			mass = (points[i] - points[i - 1]) / 2;
			sum += mass * (p + last);
			moment += mass * (p * points[i] +
			    last * points[i - 1]);
		}
		last = p;
	}
	return (sum > 0 ? moment / sum : a[0].mean);
}

/*
 * Has the bias changed (another route, a server that was set)?  What lags
 * behind the clock comes back soon.
 */
static int
is_away(struct combine_bias *b, double inn, double var)
{
	double sigmas = fabs(inn) / sqrt(var);
	int side = inn > 0 ? 1 : -1;

	if (sigmas > BIAS_FAR)
		side *= BIAS_FAR_COUNTS;
	if (sigmas < BIAS_AWAY)
		b->away = 0;
	else
		b->away = b->away * side > 0 ? b->away + side : side;
	return (abs(b->away) >= BIAS_AWAY_COUNT);
}

/* A new sample tells more of the difference from the ensemble. */
static void
learn_bias(struct combine_source *s, double ensemble_s)
{
	struct combine_bias *b = &s->bias;
	double noise2 = s->noise_s * s->noise_s + TINY, gain;
	double inn = s->offset_s - ensemble_s - b->mean_s;

	if (is_away(b, inn, b->var_s2 + s->var_s2 + TINY) ||
	    b->count == 0) {
		b->count = 1;
		b->away = 0;
		b->mean_s += inn;
		b->var_s2 = noise2;
		return;
	}
	b->count++;
	b->var_s2 += noise2 / (BIAS_COUNT * BIAS_COUNT);
	/* while the clock is caught up with, the slow ones are far off */
	gain = b->var_s2 / (b->var_s2 + noise2 + inn * inn);
	b->mean_s += gain * inn;
	b->var_s2 *= 1 - gain;
}

/*
 * The same weights over what each may be wrong by for good.  One whose bias
 * was taken off says what the others say, and is as wrong as they are.
 */
static double
combine_bound(const struct combine_source *s, const struct term *t, size_t n)
{
	double others = 0, weight = 0, sum = 0, bias, bound;
	size_t i;

	for (i = 0; i < n; i++)
		if (combine_correction(&s[i]) == 0) {
			others += t[i].weight * s[i].bound_s;
			weight += t[i].weight;
		}
	for (i = 0; i < n; i++) {
		bias = fabs(combine_correction(&s[i]));
		bound = s[i].bound_s + bias;
		if (bias > 0 && weight > 0)
			bound = fmin(bound, others / weight);
		sum += t[i].weight * bound;
	}
	return (sum);
}

static void
combine_offset(const struct combine_source *s, size_t n,
    struct combine_result *r)
{
	struct term terms[COMBINE_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		term_set(&terms[i], s[i].offset_s - combine_correction(&s[i]),
		    s[i].var_s2 / s[i].weight, OFFSET_SHARE,
		    correction_var(&s[i]));
	r->var_s2 = weigh(terms, n, &r->offset_s);
	r->bound_s = combine_bound(s, terms, n);
}

static void
combine_freq(const struct combine_source *s, size_t n,
    struct combine_result *r)
{
	struct term terms[COMBINE_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		term_set(&terms[i], s[i].freq, s[i].var_f / s[i].weight,
		    FREQ_SHARE, 0);
	r->var_f = weigh(terms, n, &r->freq);
}

void
combine_run(struct combine_source *s, size_t n, struct combine_result *r)
{
	struct anchor anchors[ANCHORS];
	size_t i, m;
	double zero;

	combine_offset(s, n, r);
	combine_freq(s, n, r);
	if (n < 2)
		return;
	for (i = 0; i < n; i++)
		if (s[i].updated || s[i].bias.count == 0)
			learn_bias(&s[i], r->offset_s);
	m = find_anchors(s, n, anchors);
	if (m < 2)
		return;
	zero = find_zero(anchors, m);
	for (i = 0; i < n; i++)
		s[i].bias.mean_s -= zero;
	combine_offset(s, n, r);
}
