/*
 * The simulated world of the User-Mode Linux tests: random numbers, an
 * oscillator with wander, delays.  Part of the test program truth.  Never
 * reads a clock and keeps nothing outside the structs that it is given.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "regress/uml/model.h"

#define NS		1000000000LL
#define PARETO_SHAPE	2.5
#define BIMODAL_SHARE	0.1
#define BIMODAL_LATE	10.0
#define REORDER_S	0.2

void
rng_init(struct rng *rng, uint64_t seed, uint64_t stream)
{
	uint64_t	z;

	/*
	 * Mixed, and not by a multiple of the generator's own step: seeds
	 * that follow each other would give the same numbers, one later.
	 */
	z = (seed + 1) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 29)) + (stream + 1) * 0xd1b54a32d192ed03ULL;
	z = (z ^ (z >> 30)) * 0x94d049bb133111ebULL;
	rng->state = z ^ (z >> 31);
}

/* The generator splitmix64 (Steele, Lea, Flood 2014). */
double
rng_uniform(struct rng *rng)
{
	uint64_t	z;

	z = rng->state += 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return (((double)(z >> 11) + 0.5) / 9007199254740992.0);
}

double
rng_normal(struct rng *rng)
{
	double	radius;

	radius = sqrt(2 * rng_exponential(rng));
	return (radius * cos(2 * M_PI * rng_uniform(rng)));
}

double
rng_exponential(struct rng *rng)
{
	return (-log(rng_uniform(rng)));
}

int
dist_from_name(const char *name)
{
	static const char *const	names[DIST_COUNT] = {
		[DIST_NONE] = "none",
		[DIST_NORMAL] = "normal",
		[DIST_EXPONENTIAL] = "exponential",
		[DIST_UNIFORM] = "uniform",
		[DIST_PARETO] = "pareto",
		[DIST_GAMMA] = "gamma",
		[DIST_BIMODAL] = "bimodal",
	};
	int				i;

	for (i = 0; i < DIST_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (i);
	return (-1);
}

/* Marsaglia and Tsang 2000; a shape below 1 is that of shape + 1, cut. */
static double
draw_gamma(double shape, struct rng *rng)
{
	double	c, cut, d, v, x;

	cut = 1;
	if (shape < 1) {
		cut = pow(rng_uniform(rng), 1 / shape);
		shape += 1;
	}
	d = shape - 1.0 / 3;
	c = 1 / sqrt(9 * d);
	do {
		x = rng_normal(rng);
		v = 1 + c * x;
		v = v * v * v;
	} while (v <= 0 || log(rng_uniform(rng)) >=
	    x * x / 2 + d * (1 - v + log(v)));
	return (cut * d * v);
}

static double
draw_jitter(const struct path *path, struct rng *rng)
{
	double	late;

	switch (path->dist) {
	case DIST_NORMAL:
		return (rng_normal(rng));
	case DIST_EXPONENTIAL:
		return (rng_exponential(rng));
	case DIST_UNIFORM:
		return (rng_uniform(rng));
	case DIST_PARETO:
		return (pow(rng_uniform(rng), -1 / PARETO_SHAPE) - 1);
	case DIST_GAMMA:
		return (draw_gamma(path->shape, rng));
	case DIST_BIMODAL:
		late = rng_uniform(rng) < BIMODAL_SHARE ? BIMODAL_LATE : 0;
		return (late + rng_exponential(rng));
	default:
		return (0);
	}
}

int64_t
path_delay_ns(const struct path *path, struct rng *rng)
{
	double	d;

	d = path->delay_s + path->jitter_s * draw_jitter(path, rng);
	if (path->spike_share > 0 && rng_uniform(rng) < path->spike_share)
		d += path->spike_s * rng_exponential(rng);
	if (path->reorder > 0 && rng_uniform(rng) < path->reorder)
		d += REORDER_S * rng_uniform(rng);
	return (d > 0 ? llround(d * 1e9) : 0);
}

void
oscillator_init(struct oscillator *osc, uint64_t seed, int64_t raw_ns,
    int64_t true_ns, double freq, double wander)
{
	memset(osc, 0, sizeof(*osc));
	rng_init(&osc->rng, seed, 0);
	osc->start_raw_ns = raw_ns;
	osc->epoch_ns = true_ns;
	osc->freq = freq;
	osc->wander = wander;
}

int
oscillator_add_jump(struct oscillator *osc, double at_s, double freq)
{
	if (osc->njumps == MODEL_JUMPS)
		return (-1);
	osc->jumps[osc->njumps].at_s = at_s;
	osc->jumps[osc->njumps].freq = freq;
	osc->njumps++;
	return (0);
}

static void
make_second(struct oscillator *osc)
{
	size_t	slot;
	int	i;

	for (i = 0; i < osc->njumps; i++)
		if (floor(osc->jumps[i].at_s) == (double)osc->nseconds)
			osc->freq += osc->jumps[i].freq;
	slot = (size_t)(osc->nseconds % MODEL_RING);
	osc->ring[slot].x_ns = osc->next_x_ns;
	/* a clock that gains f per true second: RAW = true * (1 + f) */
	osc->ring[slot].rate = -osc->freq / (1 + osc->freq);
	osc->next_x_ns += osc->ring[slot].rate * 1e9;
	osc->freq += osc->wander * rng_normal(&osc->rng);
	osc->nseconds++;
}

int64_t
oscillator_true_ns(struct oscillator *osc, int64_t raw_ns)
{
	int64_t	since, second;
	size_t	slot;
	double	x_ns;

	since = raw_ns - osc->start_raw_ns;
	second = since / NS;
	if (since < 0)
		second = 0;
	while (osc->nseconds <= second)
		make_second(osc);
	if (second < osc->nseconds - MODEL_RING)
		second = osc->nseconds - MODEL_RING;
	slot = (size_t)(second % MODEL_RING);
	x_ns = osc->ring[slot].x_ns +
	    osc->ring[slot].rate * (double)(since - second * NS);
	return (osc->epoch_ns + since + llround(x_ns));
}
