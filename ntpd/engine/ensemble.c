/*
 * The joint filter.  Engine core: pure.
 *
 * Why: n filters of one source each lag behind the clock by what is right for
 * the samples that each of them sees; their mean has less noise, but lags as
 * much.  A filter that sees the samples of all may follow the clock faster.
 * It is a bank of two-state Kalman filters over the unknown wander, weighed
 * by the likelihood of what arrived, like that of one source (estimator.c);
 * the variance of a sample is what its own source's estimator took it for.
 * What it says is checked against the combination of the single estimates
 * (combine.c), from which it starts and starts again, so it need not judge
 * sources, jumps or steps itself.
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/ensemble.h"

#define WANDER_MIN_LOG10	(-12.5)
#define WANDER_STEP_LOG10	0.5
#define FORGET		0.995	/* per sample, of the likelihood */
#define STUDENT_DF	5.0	/* heavy tails: outliers count less */
#define CORRELATION	0.7	/* of offset and frequency, steady state */
#define REBASE_S	1.0	/* keeps doubles precise */

static double
bank_wander(int i)
{
	return (exp10(WANDER_MIN_LOG10 + WANDER_STEP_LOG10 * i));
}

void
ensemble_init(struct ensemble *e)
{
	memset(e, 0, sizeof(*e));
}

void
ensemble_start(struct ensemble *e, int64_t raw_ns, int64_t y_ns, double freq,
    double var_y, double var_f)
{
	struct estimator_filter *k;
	int i;

	e->base_ns = y_ns;
	e->raw_ns = raw_ns;
	e->count = 1;
	for (i = 0; i < ENSEMBLE_BANK; i++) {
		k = &e->bank[i];
		k->x = 0;
		k->f = freq;
		k->pxx = var_y;
		k->pff = var_f;
		k->pxf = CORRELATION * sqrt(var_y * var_f);
	}
}

void
ensemble_stop(struct ensemble *e)
{
	e->count = 0;
}

static void
filter_advance(struct estimator_filter *k, double q, double dt)
{
	double qq = q * q;

	k->x += k->f * dt;
	k->pxx += 2 * dt * k->pxf + dt * dt * k->pff + qq * dt * dt * dt / 3;
	k->pxf += dt * k->pff + qq * dt * dt / 2;
	k->pff += qq * dt;
}

static void
filter_update(struct estimator_filter *k, double z, double r)
{
	double s = k->pxx + r, inn = z - k->x;
	double gx = k->pxx / s, gf = k->pxf / s, pxf = k->pxf;

	k->loglik = FORGET * k->loglik - 0.5 * log(s) -
	    0.5 * (STUDENT_DF + 1) * log1p(inn * inn / s / STUDENT_DF);
	k->x += gx * inn;
	k->f += gf * inn;
	k->pxx *= r / s;
	k->pxf *= r / s;
	k->pff -= gf * pxf;
}

static void
bank_mix(const struct estimator_filter *bank, struct estimator_filter *m)
{
	double best = -INFINITY, w, sum = 0, dx, df;
	int i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < ENSEMBLE_BANK; i++)
		best = fmax(best, bank[i].loglik);
	for (i = 0; i < ENSEMBLE_BANK; i++) {
		w = exp(bank[i].loglik - best);
		sum += w;
		m->x += w * bank[i].x;
		m->f += w * bank[i].f;
	}
	m->x /= sum;
	m->f /= sum;
	for (i = 0; i < ENSEMBLE_BANK; i++) {
		dx = bank[i].x - m->x;
		df = bank[i].f - m->f;
		w = exp(bank[i].loglik - best) / sum;
		m->pxx += w * (bank[i].pxx + dx * dx);
		m->pff += w * (bank[i].pff + df * df);
	}
}

static void
ensemble_rebase(struct ensemble *e)
{
	struct estimator_filter m;
	int64_t shift;
	int i;

	bank_mix(e->bank, &m);
	if (fabs(m.x) < REBASE_S)
		return;
	shift = timens_from_s(m.x);
	e->base_ns += shift;
	for (i = 0; i < ENSEMBLE_BANK; i++)
		e->bank[i].x -= timens_to_s(shift);
}

void
ensemble_add(struct ensemble *e, int64_t raw_ns, int64_t y_ns, double var_s2)
{
	double dt = timens_to_s(raw_ns - e->raw_ns), late = 0, z;
	int i;

	if (e->count == 0)
		return;
	e->count++;
	if (dt < 0) {
		late = -dt;
		dt = 0;
	} else
		e->raw_ns = raw_ns;
	z = timens_to_s(y_ns - e->base_ns);
	for (i = 0; i < ENSEMBLE_BANK; i++) {
		filter_advance(&e->bank[i], bank_wander(i), dt);
		filter_update(&e->bank[i], z + late * e->bank[i].f, var_s2);
	}
	ensemble_rebase(e);
}

void
ensemble_disturb(struct ensemble *e, int64_t shift_ns, double sd_s)
{
	int i;

	e->base_ns += shift_ns;
	for (i = 0; i < ENSEMBLE_BANK; i++)
		e->bank[i].pxx += sd_s * sd_s;
}

int
ensemble_predict(const struct ensemble *e, int64_t raw_ns,
    struct estimate *out)
{
	struct estimator_filter bank[ENSEMBLE_BANK], m;
	double dt = fmax(0, timens_to_s(raw_ns - e->raw_ns));
	int i;

	if (e->count == 0)
		return (-1);
	memcpy(bank, e->bank, sizeof(bank));
	for (i = 0; i < ENSEMBLE_BANK; i++)
		filter_advance(&bank[i], bank_wander(i), dt);
	bank_mix(bank, &m);
	memset(out, 0, sizeof(*out));
	out->y_ns = e->base_ns + timens_from_s(m.x);
	out->freq = m.f;
	out->var_y = m.pxx;
	out->var_f = m.pff;
	return (0);
}
