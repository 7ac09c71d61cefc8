/*
 * Random scenarios, as text.  Part of the simulator.  What is drawn here must
 * leave a majority of honest servers, so that the bounds have to hold.
 */
#include <math.h>

#include "regress/sim/sim.h"

#define LEAP_MIDNIGHT	1735689600.0	/* 2025-01-01 00:00 UTC */

static double
between(struct rng *rng, double low, double high)
{
	return (low + (high - low) * rng_uniform(rng));
}

/* Equal chances for each decade. */
static double
decades(struct rng *rng, double low, double high)
{
	return (exp(between(rng, log(low), log(high))));
}

static int
pick(struct rng *rng, int n)
{
	return ((int)(rng_uniform(rng) * n));
}

static int
chance(struct rng *rng, double p)
{
	return (rng_uniform(rng) < p);
}

static void
write_path(FILE *fp, struct rng *rng)
{
	static const char *const dists[] = { "exponential", "normal",
	    "gamma", "bimodal", "pareto", "uniform" };
	double delay, jitter;

	delay = decades(rng, 1e-4, 0.1);
	jitter = fmin(decades(rng, 1e-6, 1e-2), delay);
	fprintf(fp, " delay=%.6g dist=%s", delay, dists[pick(rng, 6)]);
	if (chance(rng, 0.2))
		fprintf(fp, " jitter_up=%.3g jitter_down=%.3g", jitter,
		    jitter / 10);
	else
		fprintf(fp, " jitter=%.3g", jitter);
	if (chance(rng, 0.2))
		fprintf(fp, " delay_up=%.6g", delay * between(rng, 1, 2));
	if (chance(rng, 0.2))
		fprintf(fp, " spike=%.3g spike_share=%.3g",
		    decades(rng, 1e-3, 1), between(rng, 0, 0.1));
	if (chance(rng, 0.3))
		fprintf(fp, " loss=%.3g", between(rng, 0, 0.5));
	if (chance(rng, 0.2))
		fprintf(fp, " dup=%.3g", between(rng, 0, 0.5));
	if (chance(rng, 0.2))
		fprintf(fp, " reorder=%.3g", between(rng, 0, 0.2));
	if (chance(rng, 0.15))
		fprintf(fp, " outage_at=%.0f outage_len=%.0f "
		    "outage_every=%.0f", between(rng, 0, 4000),
		    between(rng, 10, 3000), between(rng, 5000, 20000));
	if (chance(rng, 0.2))
		fprintf(fp, " root_delay=%.3g root_disp=%.3g",
		    decades(rng, 1e-4, 0.1), decades(rng, 1e-5, 0.1));
}

/* How a server can be bad. */
static void
write_badness(FILE *fp, struct rng *rng)
{
	switch (pick(rng, 7)) {
	case 0:
		fprintf(fp, " lie=%.6g", decades(rng, 1e-3, 1000));
		break;
	case 1:
		fprintf(fp, " drift=%.6g", between(rng, -50, 50));
		break;
	case 2:
		fprintf(fp, " stratum=%d", 16 + pick(rng, 200));
		break;
	case 3:
		fprintf(fp, " kiss=%d", 1 + pick(rng, 2));
		break;
	case 4:
		fprintf(fp, " unsync=1");
		break;
	case 5:
		fprintf(fp, " tamper=%d", 1 << pick(rng, 6));
		break;
	default:
		fprintf(fp, " loss=1");
		break;
	}
}

static void
write_sources(FILE *fp, struct rng *rng)
{
	int bad, i, minpoll, n;

	n = 1 + pick(rng, 6);
	bad = n >= 3 ? pick(rng, (n - 1) / 2 + 1) : 0;
	for (i = 0; i < n; i++) {
		fprintf(fp, "source");
		write_path(fp, rng);
		if (i < bad)
			write_badness(fp, rng);
		minpoll = 2 + pick(rng, 6);
		fprintf(fp, " : %s minpoll %d maxpoll %d\n",
		    chance(rng, 0.7) ? "iburst" : "", minpoll,
		    minpoll + pick(rng, 5));
	}
}

/* Computers that ask each other; the last one is measured. */
static void
write_chain(FILE *fp, struct rng *rng)
{
	int i, n, poll;

	n = 2 + pick(rng, 4);
	fprintf(fp, "nodes %d\nmeter %d\n", n, n);
	for (i = 2; i <= n; i++) {
		poll = 3 + pick(rng, 5);
		fprintf(fp, "feed %d n%d", i, i - 1);
		write_path(fp, rng);
		fprintf(fp, " : iburst minpoll %d maxpoll %d\n", poll,
		    poll + pick(rng, 4));
	}
}

static void
write_events(FILE *fp, struct rng *rng, double duration)
{
	double at;
	int i, n;

	n = pick(rng, 4);
	for (i = 0; i < n; i++) {
		at = between(rng, 100, duration);
		switch (pick(rng, 5)) {
		case 0:
			fprintf(fp, "at %.0f step %.6g\n", at,
			    (chance(rng, 0.5) ? -1 : 1) *
			    decades(rng, 1e-5, 100));
			break;
		case 1:
			fprintf(fp, "at %.0f suspend %.0f %.3g\n", at,
			    decades(rng, 2, 30000), between(rng, -0.5, 0.5));
			break;
		case 2:
			fprintf(fp, "at %.0f pause %.3f\n", at,
			    decades(rng, 0.01, 900));
			break;
		case 3:
			fprintf(fp, "at %.0f freq %.3g\n", at,
			    between(rng, -2, 2));
			break;
		default:
			fprintf(fp, "at %.0f kill\n", at);
			break;
		}
	}
}

/* Midnight of the last day of 2024 comes in the middle of the run. */
static void
write_leap(FILE *fp, struct rng *rng, double duration)
{
	double at = floor(between(rng, 1000, duration));

	fprintf(fp, "epoch %.0f\nleap %d %.0f\n", LEAP_MIDNIGHT - at,
	    1 + pick(rng, 2), at);
}

void
random_write(FILE *fp, uint64_t seed)
{
	struct rng rng;
	double duration, offset;

	rng_init(&rng, seed, 7);
	duration = floor(decades(&rng, 2000, 60000));
	fprintf(fp, "seed %llu\nduration %.0f\nfrom 0\ngrace 1000\n",
	    (unsigned long long)seed, duration);
	offset = (chance(&rng, 0.5) ? -1 : 1) * decades(&rng, 1e-6,
	    chance(&rng, 0.2) ? 1e8 : 100);
	fprintf(fp, "offset %.9g\nfreq %.6g\n", offset,
	    between(&rng, -200, 200));
	fprintf(fp, "wander %.3g\n", decades(&rng, 1e-12, 1e-8));
	if (chance(&rng, 0.3))
		fprintf(fp, "resolution %.3g\n", decades(&rng, 1e-9, 1e-6));
	fprintf(fp, "latency %.3g\nwake %.3g\nset_latency %.3g\n",
	    decades(&rng, 1e-6, 1e-3), decades(&rng, 1e-6, 1e-3),
	    chance(&rng, 0.5) ? 0 : decades(&rng, 1e-6, 4e-3));
	if (chance(&rng, 0.15))
		write_leap(fp, &rng, duration);
	write_sources(fp, &rng);
	if (chance(&rng, 0.15))
		write_chain(fp, &rng);
	write_events(fp, &rng, duration);
	switch (pick(&rng, 4)) {
	case 0:
		fprintf(fp, "conf makestep 1 3\n");
		break;
	case 1:
		fprintf(fp, "conf makestep 0.1 -1\n");
		break;
	case 2:
		fprintf(fp, "conf makestep 10 1\n");
		break;
	default:
		break;
	}
	if (chance(&rng, 0.5))
		fprintf(fp, "conf maxslewrate %.0f\n",
		    decades(&rng, 500, 83333));
	fprintf(fp, "conf rtcsync\n");
}
