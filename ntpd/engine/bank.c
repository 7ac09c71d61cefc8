/*
 * The bank of filters.  Engine core: pure.
 *
 * A Kalman filter needs to know the wander only; a grid of wanders, weighed by
 * the likelihood of what arrived, with forgetting, finds it by itself and
 * follows when it changes (multiple-model estimation, Magill 1965).  A wander
 * too large by 3 costs a fifth, one too small by 10 more than double: so steps
 * of 10^0.5 are fine enough.
 *
 * The second dimension is the noise of the samples: boxes from the delay with
 * no, a little and more noise beside; Gaussians that the delay tells nothing
 * of (a jittering server, delays that are the same both ways); boxes that are
 * tilted towards one direction.  Their scale is the median innovation.
 */
#include <math.h>
#include <string.h>

#include "ntpd/engine/bank.h"

#define FORGET		0.99	/* per sample, of the likelihood */
#define BEND_DOUBT	0.25	/* of a change that another source tells */
#define OUTLIER		0.002	/* probability of a sample beyond belief */
#define OUTLIER_SCALE	3.0	/* of the Cauchy density that it has, in sd */
#define OUTLIER_NEVER	30.0	/* log of how much more likely it is not */

enum noise_kind { NOISE_BOX, NOISE_GAUSS, NOISE_TILT };

static const struct noise {
	enum noise_kind	kind;
	double		share;		/* of the scale, Gaussian sd */
} noises[BANK_NOISES] = {
	{ NOISE_BOX,	0 },
	{ NOISE_BOX,	0.15 },
	{ NOISE_BOX,	0.5 },
	{ NOISE_GAUSS,	0.7 },
	{ NOISE_GAUSS,	1.1 },
	{ NOISE_GAUSS,	1.7 },
	{ NOISE_TILT,	0 },
	{ NOISE_TILT,	0.15 }
};

/* half decades, s/s per sqrt(s) */
static const double grid[BANK_WANDERS] = {
	3.1623e-13, 1e-12, 3.1623e-12, 1e-11, 3.1623e-11, 1e-10, 3.1623e-10,
	1e-9, 3.1623e-9, 1e-8, 3.1623e-8, 1e-7, 3.1623e-7, 1e-6, 3.1623e-6
};

double
bank_get_wander(const struct bank *b, int index)
{
	return (fmax(b->wander_least, fmin(b->wander_most,
	    grid[index % BANK_WANDERS])));
}

void
bank_see(const struct bank_sample *s, int index, struct kalman_sample *out)
{
	const struct noise *n = &noises[index / BANK_WANDERS];
	double extra = s->scale_s * n->share;

	out->z = s->z;
	out->half_s = n->kind == NOISE_GAUSS ? 0 : s->half_s;
	out->var_s2 = s->var_s2 + extra * extra;
	out->tilt = n->kind == NOISE_TILT ? s->tilt : 0;
}

static void
bank_weigh(struct bank *b)
{
	double best = -INFINITY, sum = 0;
	int i;

	for (i = 0; i < BANK_SIZE; i++)
		best = fmax(best, b->loglik[i]);
	for (i = 0; i < BANK_SIZE; i++) {
		b->weight[i] = exp(b->loglik[i] - best);
		sum += b->weight[i];
	}
	for (i = 0; i < BANK_SIZE; i++)
		b->weight[i] /= sum;
}

void
bank_init(struct bank *b, double f, double f_sd,
    const struct bank_sample *first)
{
	struct kalman_sample s;
	int i;

	memset(b, 0, sizeof(*b));
	b->wander_most = INFINITY;
	for (i = 0; i < BANK_SIZE; i++) {
		bank_see(first, i, &s);
		b->k[i].x = s.z;
		b->k[i].f = f;
		b->k[i].pxx = first->half_s * first->half_s / 3 + s.var_s2;
		b->k[i].pff = f_sd * f_sd;
	}
	bank_weigh(b);
}

void
bank_advance(struct bank *b, double dt)
{
	int i;

	for (i = 0; i < BANK_SIZE; i++)
		kalman_advance(&b->k[i], bank_get_wander(b, i), dt);
}

void
bank_mix(const struct bank *b, double scale_s, struct mixture *m)
{
	double w, dx, df, share;
	int i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < BANK_SIZE; i++) {
		m->k.x += b->weight[i] * b->k[i].x;
		m->k.f += b->weight[i] * b->k[i].f;
	}
	for (i = 0; i < BANK_SIZE; i++) {
		w = b->weight[i];
		dx = b->k[i].x - m->k.x;
		df = b->k[i].f - m->k.f;
		share = noises[i / BANK_WANDERS].share * scale_s;
		m->k.pxx += w * (b->k[i].pxx + dx * dx);
		m->k.pxf += w * (b->k[i].pxf + dx * df);
		m->k.pff += w * (b->k[i].pff + df * df);
		m->noise_s2 += w * share * share;
	}
}

double
bank_doubt(double loglik, double outlier, double *weight)
{
	double ratio;

	ratio = (1 - OUTLIER) * exp(fmin(loglik - outlier, OUTLIER_NEVER));
	*weight = ratio / (ratio + OUTLIER);
	return (outlier + log(ratio + OUTLIER));
}

/* Log of a Cauchy density: anything may happen, the nearer the likelier. */
static double
bank_outlier(double inn, double sd)
{
	double q = inn / (OUTLIER_SCALE * sd);

	return (-log(M_PI * OUTLIER_SCALE * sd * (1 + q * q)));
}

/*
 * Whether a sample is an outlier is decided once, by all filters together:
 * each for itself could lock out the truth for ever.
 */
void
bank_update(struct bank *b, const struct bank_sample *s,
    struct bank_verdict *v)
{
	struct kalman_fit fit[BANK_SIZE];
	struct kalman_sample ks;
	struct mixture m;
	double sd, best = -INFINITY, sum = 0, weight, own;
	int i;

	bank_mix(b, s->scale_s, &m);
	sd = sqrt(m.k.pxx + s->half_s * s->half_s / 3 + s->var_s2 +
	    m.noise_s2);
	v->outlier = bank_outlier(s->z - m.k.x, sd);
	for (i = 0; i < BANK_SIZE; i++) {
		bank_see(s, i, &ks);
		kalman_fit(&b->k[i], &ks, &fit[i]);
		if (b->weight[i] > 0)
			best = fmax(best, fit[i].loglik);
	}
	for (i = 0; i < BANK_SIZE; i++)
		sum += b->weight[i] * exp(fit[i].loglik - best);
	v->loglik = bank_doubt(best + log(sum), v->outlier, &weight);
	for (i = 0; i < BANK_SIZE; i++) {
		b->loglik[i] = FORGET * b->loglik[i] +
		    bank_doubt(fit[i].loglik, v->outlier, &own);
		kalman_apply(&b->k[i], &fit[i], weight);
	}
	bank_weigh(b);
}

int
bank_get_best(const struct bank *b)
{
	int i, best = 0;

	for (i = 1; i < BANK_SIZE; i++)
		if (b->weight[i] > b->weight[best])
			best = i;
	return (best);
}

void
bank_set(struct bank *b, const struct kalman *k,
    const double loglik[BANK_SIZE])
{
	int i;

	for (i = 0; i < BANK_SIZE; i++)
		b->k[i] = *k;
	memcpy(b->loglik, loglik, sizeof(b->loglik));
	bank_weigh(b);
}

void
bank_bend(struct bank *b, double df, double after_s, double var_f,
    double var_x)
{
	int i;

	for (i = 0; i < BANK_SIZE; i++) {
		b->k[i].x -= df * after_s;
		b->k[i].f += df;
		b->k[i].pxx += var_x;
		b->k[i].pff += var_f * BEND_DOUBT * BEND_DOUBT;
	}
}

void
bank_widen(struct bank *b, double factor)
{
	int i;

	for (i = 0; i < BANK_SIZE; i++) {
		b->k[i].pxx *= factor;
		b->k[i].pxf *= factor;
		b->k[i].pff *= factor;
	}
}

void
bank_shift(struct bank *b, double shift_s, double var_s2)
{
	int i;

	for (i = 0; i < BANK_SIZE; i++) {
		b->k[i].x += shift_s;
		b->k[i].pxx += var_s2;
	}
}
