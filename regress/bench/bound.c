/*
 * How well a clock can be known at all that is compared with one perfect
 * server at a fixed interval: lower bounds of the rms error, for the tables of
 * regress/bench/accuracy.sh.
 *
 *	bound WANDER JITTER POLL DURATION
 *
 * WANDER: random walk of the clock's frequency, s/s per sqrt(s).  JITTER: mean
 * in seconds of the exponential part of the delay, in each direction.  Polls
 * every POLL seconds from an unknown start; the second half of DURATION counts,
 * all its seconds alike.  Prints
 *
 *	kf	a Kalman filter that knows WANDER and JITTER but not the delays
 *	dw	one that knows the shortest delay, too, and takes each sample as
 *		exact as its own delay tells
 *	exact	one that knows that the truth must lie within the sample's delay
 *		(a normal distribution cut to it, its first two moments kept)
 *
 * Corrections are immediate and exact; a daemon that slews cannot reach that.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "regress/uml/model.h"

#define RUNS		200	/* of the bounds that chance decides */
#define BLIND_POLLS	4	/* of exact, until there is something to cut */

/* What a filter knows: phase (in units of the jitter), frequency. */
struct belief {
	double	phase;
	double	freq;
	double	var;		/* of the phase */
	double	cov;
	double	freq_var;
};

struct world {
	double		w;	/* wander in units of the jitter */
	int		poll;
	int		polls;
	double		q_phase;	/* what a poll interval adds */
	double		q_cov;
	double		q_freq;
	double		hold;	/* own share of the mean in the interval */
	struct rng	rng;
};

static void
world_init(struct world *w, double wander, int poll, double duration)
{
	double	sum, sum2;
	int	i;

	w->w = wander;
	w->poll = poll;
	w->polls = (int)(duration / poll);
	sum = sum2 = w->hold = 0;
	/* a change of frequency i seconds ago has moved the phase by i */
	for (i = 0; i < poll; i++) {
		w->hold += sum2;
		sum += i;
		sum2 += (double)i * i;
	}
	w->q_phase = wander * wander * sum2;
	w->q_cov = wander * wander * sum;
	w->q_freq = wander * wander * poll;
	w->hold *= wander * wander / poll;
	rng_init(&w->rng, 1, 0);
}

/* Mean square error over the seconds after a poll that left these errors. */
static double
mean_square(const struct world *w, double var, double cov, double freq_var)
{
	double	n;

	n = w->poll;
	return (var + cov * (n - 1) + freq_var * (n - 1) * (2 * n - 1) / 6 +
	    w->hold);
}

static void
belief_init(struct belief *b)
{
	b->phase = b->freq = b->cov = 0;
	b->var = 1e6;
	b->freq_var = 1e6;
}

static void
belief_move(struct belief *b, const struct world *w)
{
	double	t;

	t = w->poll;
	b->phase += t * b->freq;
	b->var += 2 * t * b->cov + t * t * b->freq_var + w->q_phase;
	b->cov += t * b->freq_var + w->q_cov;
	b->freq_var += w->q_freq;
}

/* The phase is now known to be mean +- sqrt(var). */
static void
belief_learn(struct belief *b, double mean, double var)
{
	double	gain;

	gain = b->cov / b->var;
	b->freq += gain * (mean - b->phase);
	b->freq_var -= gain * gain * (b->var - var);
	b->cov = gain * var;
	b->phase = mean;
	b->var = var;
}

/* A sample z of the phase with a variance of its own. */
static void
belief_update(struct belief *b, double z, double noise)
{
	double	share;

	share = b->var / (b->var + noise);
	belief_learn(b, b->phase + share * (z - b->phase),
	    b->var * noise / (b->var + noise));
}

static double
normal_below(double x)
{
	return (erfc(-x * M_SQRT1_2) / 2);
}

static double
normal_density(double x)
{
	return (exp(-x * x / 2) / sqrt(2 * M_PI));
}

/* The phase lies between lo and hi. */
static void
belief_cut(struct belief *b, double lo, double hi)
{
	double	a, c, flip, mass, mean, s, var;

	s = sqrt(b->var);
	a = (lo - b->phase) / s;
	c = (hi - b->phase) / s;
	/* on the side where small probabilities keep their digits */
	flip = a > 0 ? -1 : 1;
	if (flip < 0) {
		mean = a;
		a = -c;
		c = -mean;
	}
	mass = normal_below(c) - normal_below(a);
	if (c - a < 1e-3) {
		mean = (a + c) / 2;
		var = (c - a) * (c - a) / 12;
	} else if (c < -30 || mass < 1e-200) {
		/* so far out it is an exponential that ends at c */
		mean = c - fmin(1 / fabs(c), (c - a) / 2);
		var = fmin(1 / (c * c), (c - a) * (c - a) / 12);
	} else {
		mean = (normal_density(a) - normal_density(c)) / mass;
		var = 1 + (a * normal_density(a) - c * normal_density(c)) /
		    mass - mean * mean;
		if (var < 1e-9)
			var = 1e-9;
	}
	belief_learn(b, b->phase + flip * mean * s, var * s * s);
}

/* The covariances depend on nothing that is seen. */
static double
bound_kf(const struct world *w)
{
	struct belief	b;
	double		sum;
	int		i;

	belief_init(&b);
	sum = 0;
	for (i = 0; i < w->polls; i++) {
		belief_move(&b, w);
		belief_update(&b, 0, 0.5);
		if (i >= w->polls / 2)
			sum += mean_square(w, b.var, b.cov, b.freq_var);
	}
	return (sum / (w->polls - w->polls / 2));
}

/* They depend on the delays, of which there are many runs. */
static double
bound_dw(struct world *w)
{
	struct belief	b;
	double		delay, sum;
	int		i, run;

	sum = 0;
	for (run = 0; run < RUNS; run++) {
		belief_init(&b);
		for (i = 0; i < w->polls; i++) {
			delay = rng_exponential(&w->rng) +
			    rng_exponential(&w->rng);
			belief_move(&b, w);
			belief_update(&b, 0, delay * delay / 12);
			if (i >= w->polls / 2)
				sum += mean_square(w, b.var, b.cov,
				    b.freq_var);
		}
	}
	return (sum / (w->polls - w->polls / 2) / RUNS);
}

/* One run against a clock; the sum of the mean squares. */
static double
run_exact(struct world *w)
{
	struct belief	b;
	double		down, f, n1, part, sum, up, x;
	int		i;

	belief_init(&b);
	x = f = sum = 0;
	part = w->q_freq > 0 ? w->q_cov / w->q_freq : 0;
	for (i = 0; i < w->polls; i++) {
		/* phase and frequency of the clock move together */
		n1 = sqrt(w->q_freq) * rng_normal(&w->rng);
		x += w->poll * f + part * n1 + rng_normal(&w->rng) *
		    sqrt(fmax(w->q_phase - part * w->q_cov, 0));
		f += n1;
		up = rng_exponential(&w->rng);
		down = rng_exponential(&w->rng);
		belief_move(&b, w);
		if (i < BLIND_POLLS)
			belief_update(&b, x + (up - down) / 2,
			    (up + down) * (up + down) / 12);
		else
			belief_cut(&b, x - down, x + up);
		if (i >= w->polls / 2)
			sum += mean_square(w, (b.phase - x) * (b.phase - x),
			    (b.phase - x) * (b.freq - f),
			    (b.freq - f) * (b.freq - f));
	}
	return (sum);
}

static double
bound_exact(struct world *w)
{
	double	sum;
	int	run;

	sum = 0;
	for (run = 0; run < RUNS; run++)
		sum += run_exact(w);
	return (sum / (w->polls - w->polls / 2) / RUNS);
}

int
main(int argc, char *argv[])
{
	struct world	w;
	double		duration, jitter, poll, wander;

	if (argc != 5)
		errx(2, "usage: bound WANDER JITTER POLL DURATION");
	wander = strtod(argv[1], NULL);
	jitter = strtod(argv[2], NULL);
	poll = strtod(argv[3], NULL);
	duration = strtod(argv[4], NULL);
	if (!(wander >= 0) || !(jitter > 0) || !(poll >= 1 && poll <= 1e6) ||
	    !(duration >= 8 * poll && duration <= 1e9))
		errx(2, "an argument is out of range");
	world_init(&w, wander / jitter, (int)poll, duration);
	printf("kf=%.3e", jitter * sqrt(bound_kf(&w)));
	printf(" dw=%.3e", jitter * sqrt(bound_dw(&w)));
	printf(" exact=%.3e\n", jitter * sqrt(bound_exact(&w)));
	return (0);
}
