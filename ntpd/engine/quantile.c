/*
 * A running quantile by stochastic approximation (Robbins and Monro 1951):
 * a number above the estimate moves it up by p steps, one below moves it down
 * by 1 - p, so that it rests where p of the numbers are below.  Engine core:
 * pure.
 *
 * The step is a share of the mean distance of the numbers from the estimate,
 * which makes it independent of their unit; the share falls as 1/n down to a
 * floor, so that a changed path is followed, slowly.  It begins at the
 * quantile of the first few.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/engine/quantile.h"

#define STEP_MIN	0.02	/* of the mean distance */
#define SCALE_SHARE	0.05	/* of a new distance in the mean */

void
quantile_init(struct quantile *q, double p)
{
	memset(q, 0, sizeof(*q));
	q->p = p;
	q->value = INFINITY;
}

static int
double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/* Few numbers: exactly, between the two next to it. */
static void
quantile_sort(struct quantile *q)
{
	double sorted[QUANTILE_FIRST], at, sum = 0;
	size_t n = (size_t)q->count, i;

	memcpy(sorted, q->first, sizeof(sorted));
	qsort(sorted, n, sizeof(sorted[0]), double_cmp);
	at = q->p * (double)(n - 1);
	i = (size_t)at;
	q->value = sorted[i];
	if (i + 1 < n)
		q->value += (at - (double)i) * (sorted[i + 1] - sorted[i]);
	for (i = 0; i < n; i++)
		sum += fabs(sorted[i] - q->value);
	q->scale = sum / (double)n;
}

void
quantile_add(struct quantile *q, double x)
{
	double step;

	if (q->count < QUANTILE_FIRST) {
		q->first[q->count++] = x;
		quantile_sort(q);
		return;
	}
	q->count++;
	q->scale += SCALE_SHARE * (fabs(x - q->value) - q->scale);
	step = q->scale * fmax(STEP_MIN,
	    (double)QUANTILE_FIRST / 4 / (double)q->count);
	q->value += x > q->value ? step * q->p : step * (q->p - 1);
}

double
quantile_get(const struct quantile *q)
{
	return (q->value);
}
