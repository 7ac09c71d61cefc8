/*
 * The joint filter.  Engine core: pure.
 *
 * Why: n filters of one source each lag behind the clock by what is right for
 * the samples that each of them sees; their mean has less noise, but lags as
 * much.  A filter that sees the samples of all may follow the clock faster.
 * It is the same bank (bank.c) that a single source has, and it takes the same
 * boxes: what the delays of each source say of its samples.  Of the kinds of
 * noise one weight holds for all sources.
 * What it says is checked against the combination of the single estimates
 * (combine.c), from which it starts and starts again, so it need not judge
 * sources, jumps or steps itself.
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/ensemble.h"

#define CORRELATION	0.7	/* of offset and frequency, steady state */
#define REBASE_S	1.0	/* keeps doubles precise */

void
ensemble_init(struct ensemble *e)
{
	memset(e, 0, sizeof(*e));
}

void
ensemble_start(struct ensemble *e, int64_t raw_ns, int64_t y_ns, double freq,
    double var_y, double var_f)
{
	struct bank_sample none = { 0 };
	struct kalman k;

	if (!e->learnt)
		bank_init(&e->bank, freq, sqrt(var_f), &none);
	e->learnt = 1;
	e->base_ns = y_ns;
	e->raw_ns = raw_ns;
	e->count = 1;
	k.x = 0;
	k.f = freq;
	k.pxx = var_y;
	k.pff = var_f;
	k.pxf = CORRELATION * sqrt(var_y * var_f);
	bank_set(&e->bank, &k, e->bank.loglik);
}

void
ensemble_stop(struct ensemble *e)
{
	e->count = 0;
}

void
ensemble_add(struct ensemble *e, int64_t raw_ns, int64_t y_ns,
    const struct bank_sample *box, double var_s2)
{
	double dt = timens_to_s(raw_ns - e->raw_ns), late = 0;
	struct bank_sample s = *box;
	struct bank_verdict v;
	struct mixture m;
	int64_t shift;

	if (e->count == 0)
		return;
	e->count++;
	if (dt < 0) {
		late = -dt;
		dt = 0;
	} else
		e->raw_ns = raw_ns;
	bank_advance(&e->bank, dt);
	bank_mix(&e->bank, 0, &m);
	s.z = timens_to_s(y_ns - e->base_ns) + late * m.k.f;
	s.var_s2 += var_s2;
	bank_update(&e->bank, &s, &v);
	if (fabs(m.k.x) < REBASE_S)
		return;
	shift = timens_from_s(m.k.x);
	e->base_ns += shift;
	bank_shift(&e->bank, -timens_to_s(shift), 0);
}

void
ensemble_disturb(struct ensemble *e, int64_t shift_ns, double sd_s)
{
	e->base_ns += shift_ns;
	bank_shift(&e->bank, 0, sd_s * sd_s);
}

int
ensemble_predict(const struct ensemble *e, int64_t raw_ns,
    struct estimate *out)
{
	double dt = fmax(0, timens_to_s(raw_ns - e->raw_ns));
	struct mixture m;
	struct bank bank;

	if (e->count == 0)
		return (-1);
	bank = e->bank;
	bank_advance(&bank, dt);
	bank_mix(&bank, 0, &m);
	memset(out, 0, sizeof(*out));
	out->y_ns = e->base_ns + timens_from_s(m.k.x);
	out->freq = m.k.f;
	out->var_y = m.k.pxx;
	out->var_f = m.k.pff;
	return (0);
}
