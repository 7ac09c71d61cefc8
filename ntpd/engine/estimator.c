/*
 * A bank of delay-weighted Kalman filters over the unknown wander of the
 * clock; the likelihood of what arrived weighs them.  Engine core: pure.
 *
 * Why so: given the round-trip delay, the error of a sample is bounded by
 * half of the excess over the minimum delay, so its variance is excess^2/12;
 * unknown then are how much the oscillator wanders, and whether there is noise
 * that the delay does not show (a server's own, jitter that is the same both
 * ways).  A grid of hypotheses over both finds that by itself.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/estimator.h"

#define WANDER_MIN_LOG10	(-12.5)
#define WANDER_STEP_LOG10	0.5
#define FORGET			0.98	/* per sample, of the likelihood */
#define STUDENT_DF		5.0	/* heavy tails: outliers count less */
#define SLACK			0.2	/* of the median excess, at least */
#define SLACK_FEW		1.3	/* few samples: the minimum seen is
					 * that much above the true one */
#define FLOOR			0.05	/* ditto */
#define PRIOR_EXCESS		0.05	/* of the delay, before it is known */
#define PRIOR_WEIGHT		2.0	/* samples that the prior is worth */
#define SURPRISES_MIN		8
#define SURPRISE_PRIOR		0.35	/* of the median excess, before */
#define REBASE_S		1.0	/* keeps doubles precise */
#define JUMP_SIGMAS		8.0
#define JUMP_FREQ		20e-6	/* no oscillator changes so at once */
#define JUMP_COUNT		2	/* so many in a row are no glitch */
#define JUMP_FREQ_MAX		500e-6	/* a wrong frequency explains less */
#define JUMP_FREQ_SD		5e-3	/* no more is worth trying */
#define JUMP_CALM		8	/* samples after which it is over */

/* hypotheses: the noise is this share of the median innovation */
static const double floor_shares[ESTIMATOR_FLOORS] = { 0, 0.15, 0.5, 1.2 };

struct mixture {
	double	x;
	double	f;
	double	pxx;
	double	pxf;
	double	pff;
	double	share2;		/* floor_shares squared */
};

/* Wander of a filter: they are ordered by floor, then by wander. */
static double
bank_wander(int i)
{
	return (exp10(WANDER_MIN_LOG10 + WANDER_STEP_LOG10 *
	    (i % ESTIMATOR_WANDERS)));
}

void
estimator_init(struct estimator *e, double init_f, double init_f_sd)
{
	memset(e, 0, sizeof(*e));
	e->init_f = init_f;
	e->init_f_sd = init_f_sd;
}

static int
double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/*
 * Variance of a sample from its delay.  A sample at the running minimum must
 * not look perfect, hence the slack and the floor.
 */
static double
sample_variance(struct estimator *e, const struct estimator_sample *s)
{
	double sorted[ESTIMATOR_DELAYS], min, median, excess;
	size_t n;

	n = e->count < ESTIMATOR_DELAYS ? e->count : ESTIMATOR_DELAYS;
	memcpy(sorted, e->delays, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), double_cmp);
	min = sorted[0];
	median = sorted[n / 2] - min;
	median = (median * n + PRIOR_EXCESS * min * PRIOR_WEIGHT) /
	    (n + PRIOR_WEIGHT * (n < 32));
	e->excess_s = median;
	excess = s->delay_s - min +
	    fmax(SLACK, SLACK_FEW / sqrt((double)n)) * median;
	e->noise_s = sqrt(median * median / 12 + s->disp_s * s->disp_s);
	return (excess * excess / 12 + FLOOR * FLOOR * median * median / 12 +
	    s->disp_s * s->disp_s / 12 + 1e-20);
}

/* Scale of the noise: the median innovation, once there are enough. */
static double
noise_scale(const struct estimator *e)
{
	double sorted[ESTIMATOR_SURPRISES];
	size_t n = e->nsurprises < ESTIMATOR_SURPRISES ? e->nsurprises :
	    ESTIMATOR_SURPRISES;

	/* a first sample that looks perfect must not count for ever */
	if (n < SURPRISES_MIN)
		return (SURPRISE_PRIOR * e->excess_s);
	memcpy(sorted, e->surprises, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), double_cmp);
	return (sorted[n / 2]);
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
bank_mix(const struct estimator_filter *bank, struct mixture *m)
{
	double best = -INFINITY, w, sum = 0;
	int i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < ESTIMATOR_BANK; i++)
		best = fmax(best, bank[i].loglik);
	for (i = 0; i < ESTIMATOR_BANK; i++) {
		w = exp(bank[i].loglik - best);
		sum += w;
		m->x += w * bank[i].x;
		m->f += w * bank[i].f;
	}
	m->x /= sum;
	m->f /= sum;
	for (i = 0; i < ESTIMATOR_BANK; i++) {
		double dx = bank[i].x - m->x, df = bank[i].f - m->f;

		w = exp(bank[i].loglik - best) / sum;
		m->pxx += w * (bank[i].pxx + dx * dx);
		m->pxf += w * (bank[i].pxf + dx * df);
		m->pff += w * (bank[i].pff + df * df);
		m->share2 += w * floor_shares[i / ESTIMATOR_WANDERS] *
		    floor_shares[i / ESTIMATOR_WANDERS];
	}
}

static void
estimator_rebase(struct estimator *e)
{
	struct mixture m;
	int64_t shift;
	int i;

	bank_mix(e->bank, &m);
	if (fabs(m.x) < REBASE_S)
		return;
	shift = timens_from_s(m.x);
	e->base_ns += shift;
	for (i = 0; i < ESTIMATOR_BANK; i++)
		e->bank[i].x -= timens_to_s(shift);
}

static void
estimator_first(struct estimator *e, const struct estimator_sample *s,
    double r)
{
	struct estimator_filter *k;
	double extra;
	int i;

	e->base_ns = s->y_ns;
	for (i = 0; i < ESTIMATOR_BANK; i++) {
		k = &e->bank[i];
		memset(k, 0, sizeof(*k));
		k->f = e->init_f;
		extra = SURPRISE_PRIOR * e->excess_s *
		    floor_shares[i / ESTIMATOR_WANDERS];
		k->pxx = r + extra * extra;
		k->pff = e->init_f_sd * e->init_f_sd;
	}
}

/*
 * A sample that neither its delay nor the oscillator can explain: the server
 * (or the world) jumped.  One may be a glitch and is left out; when the next
 * says the same, all before is forgotten but the frequency.
 */
static int
estimator_jumped(struct estimator *e, const struct estimator_sample *s,
    double inn, double sd, double dt)
{
	size_t n = e->count < ESTIMATOR_DELAYS ? e->count : ESTIMATOR_DELAYS;
	double min = s->delay_s;
	struct mixture m;
	size_t i;

	for (i = 0; i < n; i++)
		min = fmin(min, e->delays[i]);
	if (fabs(inn) < (s->delay_s - min) / 2 + s->disp_s +
	    JUMP_FREQ * dt + JUMP_SIGMAS * sd) {
		e->jumps = 0;
		return (0);
	}
	if (++e->jumps < JUMP_COUNT)
		return (1);
	bank_mix(e->bank, &m);
	e->init_f = m.f;
	e->init_f_sd = fmax(sqrt(m.pff), 1e-6);
	/* or was it the frequency that was wrong? again and again: surely */
	if (fabs(inn) / dt < JUMP_FREQ_MAX || e->resets > 0)
		e->init_f_sd = fmax(e->init_f_sd,
		    fmin(fabs(inn) / dt, JUMP_FREQ_SD));
	e->resets++;
	e->jumps = 0;
	e->count = 0;
	e->nsurprises = 0;
	return (0);
}

static void
bank_update(struct estimator *e, const struct estimator_sample *s, double r)
{
	double dt = timens_to_s(s->raw_ns - e->last_raw_ns), z, extra, scale;
	struct mixture m;
	int i;

	for (i = 0; i < ESTIMATOR_BANK; i++)
		filter_advance(&e->bank[i], bank_wander(i), dt);
	z = timens_to_s(s->y_ns - e->base_ns);
	bank_mix(e->bank, &m);
	e->last_innovation_s = z - m.x;
	scale = noise_scale(e);
	e->last_innovation_sd = sqrt(m.pxx + r + m.share2 * scale * scale);
	e->noise_s = sqrt(e->noise_s * e->noise_s +
	    m.share2 * scale * scale);
	for (i = 0; i < ESTIMATOR_BANK; i++) {
		extra = scale * floor_shares[i / ESTIMATOR_WANDERS];
		filter_update(&e->bank[i], z, r + extra * extra);
	}
	e->surprises[e->nsurprises++ % ESTIMATOR_SURPRISES] = fabs(z - m.x);
}

int
estimator_add(struct estimator *e, const struct estimator_sample *s)
{
	struct mixture m;
	double r, z, dt;
	size_t slot;

	if (e->count > 0) {
		if (s->raw_ns <= e->last_raw_ns)
			return (-1);
		dt = timens_to_s(s->raw_ns - e->last_raw_ns);
		z = timens_to_s(s->y_ns - e->base_ns);
		bank_mix(e->bank, &m);
		if (estimator_jumped(e, s, z - m.x - m.f * dt,
		    sqrt(m.pxx + 2 * dt * m.pxf + dt * dt * m.pff), dt))
			return (-1);
	}
	slot = e->count % ESTIMATOR_RESIDUALS;
	e->residuals[slot].raw_ns = s->raw_ns;
	e->residuals[slot].y_ns = s->y_ns;
	e->delays[e->count % ESTIMATOR_DELAYS] = s->delay_s;
	e->count++;
	r = sample_variance(e, s);
	if (e->count == 1) {
		estimator_first(e, s, r);
	} else {
		bank_update(e, s, r);
		estimator_rebase(e);
	}
	e->last_raw_ns = s->raw_ns;
	if (e->count >= JUMP_CALM)
		e->resets = 0;
	return (0);
}

void
estimator_disturb(struct estimator *e, int64_t shift_ns, double sd_s)
{
	size_t j;
	int i;

	if (e->count == 0)
		return;
	e->base_ns += shift_ns;
	for (i = 0; i < ESTIMATOR_BANK; i++)
		e->bank[i].pxx += sd_s * sd_s;
	for (j = 0; j < ESTIMATOR_RESIDUALS && j < e->count; j++)
		e->residuals[j].y_ns += shift_ns;
}

int
estimator_predict(const struct estimator *e, int64_t raw_ns, double ahead_s,
    struct estimate *out)
{
	struct estimator_filter bank[ESTIMATOR_BANK];
	struct mixture now, ahead;
	double dt;
	int i;

	if (e->count == 0)
		return (-1);
	dt = timens_to_s(raw_ns - e->last_raw_ns);
	if (dt < 0)
		dt = 0;
	memcpy(bank, e->bank, sizeof(bank));
	for (i = 0; i < ESTIMATOR_BANK; i++)
		filter_advance(&bank[i], bank_wander(i), dt);
	bank_mix(bank, &now);
	for (i = 0; i < ESTIMATOR_BANK; i++)
		filter_advance(&bank[i], bank_wander(i), ahead_s);
	bank_mix(bank, &ahead);
	out->y_ns = e->base_ns + timens_from_s(now.x);
	out->freq = now.f;
	out->var_y = now.pxx;
	out->var_f = now.pff;
	out->noise_s = e->noise_s;
	out->grow_s = sqrt(fmax(ahead.pxx - now.pxx, 0));
	return (0);
}

void
estimator_get_stats(const struct estimator *e, struct estimator_stats *out)
{
	size_t i, n, slot;
	double res, sum = 0;
	int64_t y, oldest = 0;
	struct mixture m;
	int sign, last = 0;

	memset(out, 0, sizeof(*out));
	n = e->count < ESTIMATOR_RESIDUALS ? e->count : ESTIMATOR_RESIDUALS;
	if (n == 0)
		return;
	bank_mix(e->bank, &m);
	for (i = 0; i < n; i++) {
		slot = (e->count - n + i) % ESTIMATOR_RESIDUALS;
		if (i == 0)
			oldest = e->residuals[slot].raw_ns;
		y = e->residuals[slot].y_ns - e->base_ns;
		res = timens_to_s(y) - m.x - m.f *
		    timens_to_s(e->residuals[slot].raw_ns - e->last_raw_ns);
		sum += res * res;
		sign = res < 0 ? -1 : 1;
		if (sign != last)
			out->runs++;
		last = sign;
	}
	out->samples = n;
	out->span_s = timens_to_s(e->last_raw_ns - oldest);
	out->sd_s = n > 1 ? sqrt(sum / (n - 1)) : e->noise_s;
}
