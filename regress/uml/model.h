/*
 * What the simulated world does: a clock's oscillator against true time, and
 * the delays of a network.  Everything comes from a seed: the same seed gives
 * the same world, whatever is asked of it.  Pure.
 */
#ifndef REGRESS_UML_MODEL_H
#define REGRESS_UML_MODEL_H

#include <stdint.h>

#define MODEL_RING	4096	/* seconds that are remembered */
#define MODEL_JUMPS	16

struct rng {
	uint64_t	state;
};

/* A stream of its own for every (seed, stream). */
void	rng_init(struct rng *rng, uint64_t seed, uint64_t stream);
double	rng_uniform(struct rng *rng);		/* 0 < x < 1 */
double	rng_normal(struct rng *rng);		/* mean 0, deviation 1 */
double	rng_exponential(struct rng *rng);	/* mean 1 */

enum dist {
	DIST_NONE,
	DIST_NORMAL,		/* jitter: standard deviation */
	DIST_EXPONENTIAL,	/* jitter: mean */
	DIST_UNIFORM,		/* jitter: width, 0..jitter is added */
	DIST_PARETO,		/* jitter: scale; shape 2.5, heavy tail */
	DIST_GAMMA,		/* jitter: scale; the path says the shape */
	DIST_BIMODAL,		/* exponential, one of ten is 10 times later */
	DIST_COUNT
};

/* The number of a name, -1 for none. */
int	dist_from_name(const char *name);

/* One direction of a path. */
struct path {
	double		delay_s;
	double		jitter_s;
	double		spike_s;	/* mean of an added exponential ... */
	double		spike_share;	/* ... that this share gets, 0..1 */
	double		reorder;	/* share that gets up to 0.2 s */
	double		shape;		/* of DIST_GAMMA, > 0 */
	enum dist	dist;
};

/* A delay in ns, >= 0. */
int64_t	path_delay_ns(const struct path *path, struct rng *rng);

/*
 * The oscillator of the clock under test is RAW; true time runs against it.
 * Frequencies are the clock's, s/s, > 0: it gains on true time.
 */
struct oscillator {
	int64_t		start_raw_ns;
	int64_t		epoch_ns;	/* true time at start_raw_ns */
	double		freq;		/* in the next second to be made */
	double		wander;		/* random walk, s/s per sqrt(s) */
	struct rng	rng;
	struct {
		double	at_s;
		double	freq;
	}		jumps[MODEL_JUMPS];
	int		njumps;
	int64_t		nseconds;	/* made up to here */
	double		next_x_ns;
	struct {
		double	x_ns;		/* true - RAW gained so far */
		double	rate;		/* of x in this second */
	}		ring[MODEL_RING];
};

void	oscillator_init(struct oscillator *osc, uint64_t seed,
	    int64_t raw_ns, int64_t true_ns, double freq, double wander);
/* At at_s seconds after the start the frequency moves by freq; 0 or -1. */
int	oscillator_add_jump(struct oscillator *osc, double at_s,
	    double freq);
/*
 * True time in ns since 1970 at a RAW instant, which may lie ahead, or behind
 * by less than MODEL_RING seconds of the furthest one asked for.
 */
int64_t	oscillator_true_ns(struct oscillator *osc, int64_t raw_ns);

#endif
