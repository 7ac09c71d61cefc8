/*
 * Delays of one path.  Engine core: pure.
 *
 * The smallest of n delays lies above the true minimum by about as much as the
 * next ones lie above it: with k-th smallest d(k), exponential jitter both
 * ways (density rising from the minimum) gives d(1) - min = 0.66 (d(5) -
 * d(1)), in one direction only (density falling) 0.25 of it.  That needs no
 * assumption about the scale.  What lies between is taken as slack, and once
 * more as doubt (without it: 1.9 instead of 1.3 times the bound in the first
 * 100 samples of a stable clock).  Tried: a share of 0.2 of the median (1.5
 * times the error at W/J 1e-8), 0.05 of the median (biased by half of it where
 * jitter is in one direction).
 *
 * One that lies far below all others (eight times what they span; by chance 1
 * in 7000 with jitter in one direction) is a glitch.  Taken for the minimum, it
 * hid for hours what the others tell: 7.5e-5 s instead of 3e-6.
 *
 * A route that became longer shows as a new minimum that lies well above the
 * old one for DELAYS_RECENT samples; then what was before is forgotten.
 */
#include <math.h>
#include <string.h>

#include "ntpd/engine/delays.h"
#include "ntpd/engine/window.h"

#define DELAYS_FEW	32	/* below: order statistics say little */
#define DELAYS_RECENT	128	/* samples that prove a new route */
#define SLACK_ORDER	5	/* the k above */
#define GLITCHES	3	/* smallest ones that may be wrong */
#define GLITCH_GAP	8.0f	/* to the next, in the gap of the slack */
#define GLITCH_SHARE	0.5f	/* and of the median above it */
#define GLITCH_LEAST_S	1e-7f	/* below: reading the clocks */
#define SLACK_GAP	0.4
#define SLACK_LEAST	0.01	/* of the median */
#define SLACK_FEW	0.5	/* of the median, by sqrt(n) */
#define PRIOR_SHARE	0.05	/* excess that a first delay suggests */
#define PRIOR_WEIGHT	2.0	/* samples that this is worth */
#define ROUTE_SHARE	0.5	/* of the recent median excess */

void
delays_init(struct delays *d, double fixed_s)
{
	d->count = 0;
	d->base_s = 0;
	delays_fix(d, fixed_s);
}

void
delays_fix(struct delays *d, double fixed_s)
{
	d->fixed_s = fixed_s;
}

static size_t
delays_held(const struct delays *d)
{
	return (d->count < DELAYS_WINDOW ? (size_t)d->count : DELAYS_WINDOW);
}

/* Has the minimum risen for good?  Then only the last samples count. */
static void
delays_forget_route(struct delays *d)
{
	float recent[DELAYS_RECENT], sorted[DELAYS_RECENT];
	uint64_t i, first = d->count - DELAYS_RECENT;
	size_t n = 0;

	if (d->count < 2 * DELAYS_RECENT || d->fixed_s >= 0 ||
	    d->count % (DELAYS_RECENT / 8) != 0)
		return;
	for (i = first; i < d->count; i++) {
		recent[i - first] = d->ring[i % DELAYS_WINDOW];
		n = window_put(recent, sorted, DELAYS_RECENT, i - first,
		    recent[i - first]);
	}
	if (sorted[0] - d->sorted[0] <=
	    ROUTE_SHARE * (sorted[n / 2] - sorted[0]))
		return;
	memcpy(d->ring, recent, sizeof(recent));
	memcpy(d->sorted, sorted, sizeof(sorted));
	d->count = DELAYS_RECENT;
}

void
delays_add(struct delays *d, double delay_s)
{
	if (d->count == 0)
		d->base_s = delay_s;
	window_put(d->ring, d->sorted, DELAYS_WINDOW, d->count,
	    (float)(delay_s - d->base_s));
	d->count++;
	delays_forget_route(d);
}

/*
 * The first of the sorted ones that is no glitch: a server's clock that was
 * stepped between two time stamps, or a way that was short for once.
 */
static size_t
delays_first(const struct delays *d)
{
	size_t i, n = delays_held(d);
	float gap;

	if (n < DELAYS_FEW)
		return (0);
	for (i = GLITCHES; i > 0; i--) {
		gap = d->sorted[i] - d->sorted[i - 1];
		if (gap > GLITCH_SHARE * (d->sorted[n / 2] - d->sorted[i]) +
		    GLITCH_LEAST_S && gap > GLITCH_GAP *
		    (d->sorted[i + SLACK_ORDER - 1] - d->sorted[i]))
			break;
	}
	return (i);
}

double
delays_min(const struct delays *d)
{
	if (d->fixed_s >= 0)
		return (d->fixed_s);
	return (d->count > 0 ? d->base_s + (double)d->sorted[delays_first(d)] :
	    0);
}

double
delays_median(const struct delays *d)
{
	size_t n = delays_held(d);
	double min = delays_min(d), median;

	if (n == 0)
		return (0);
	median = fmax(d->base_s + (double)d->sorted[n / 2] - min, 0);
	if (n >= DELAYS_FEW)
		return (median);
	return ((median * (double)n + PRIOR_SHARE * min * PRIOR_WEIGHT) /
	    ((double)n + PRIOR_WEIGHT));
}

double
delays_slack(const struct delays *d)
{
	size_t n = delays_held(d), first;
	double median = delays_median(d), gap;

	if (n == 0 || d->fixed_s >= 0)
		return (SLACK_LEAST * median);
	if (n < DELAYS_FEW)
		return (SLACK_FEW / sqrt((double)n) * median);
	first = delays_first(d);
	gap = (double)(d->sorted[first + SLACK_ORDER - 1] - d->sorted[first]);
	return (fmax(SLACK_GAP * gap, SLACK_LEAST * median));
}

double
delays_doubt(const struct delays *d)
{
	double slack = delays_slack(d);

	/* the slack of few is a guess that is large enough */
	return (delays_held(d) < DELAYS_FEW ? slack / 2 : slack);
}
