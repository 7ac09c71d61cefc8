/*
 * The estimate of one source.  Engine core: pure.
 *
 * A sample becomes a box: given the round-trip delay its error is within half
 * of the excess over the minimum delay (delays.c), uniform there (kalman.c), or
 * tilted when the jitter is mostly in one direction, which the residuals tell
 * (estimator_learn).  A bank of filters over the wander of the oscillator and
 * the kind of noise takes it (bank.c); jumps of the frequency are looked for
 * beside it (jump.c).  What cannot be at all is left out here.
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/estimator.h"
#include "ntpd/engine/window.h"

#define FLOOR		0.05	/* noise that is always there, of the median */
#define SURPRISES_MIN	8
#define SURPRISE_PRIOR	0.35	/* of the median excess, before */
#define EXCESS_MIN	32	/* samples that may prove an asymmetry */
#define TILT_RATIO	2.0	/* of the two directions' jitter */
#define TILT_FLOOR	0.003	/* least jitter of one, of the median */
#define REBASE_S	1.0	/* keeps doubles precise */
#define ABSURD_SIGMAS	8.0
#define ABSURD_FREQ	20e-6	/* no oscillator changes so at once */
#define ABSURD_COUNT	4	/* so many in a row are no glitch */
#define ABSURD_FREQ_MAX	500e-6	/* a wrong frequency explains less */
#define ABSURD_FREQ_SD	5e-3	/* no more is worth trying */
#define CALM		8	/* samples after which it is over */
#define YOUNG		CALM	/* jumps are looked for only after these */
#define YOUNG_SIGMAS	3.0	/* what contradicts the first samples */
#define YOUNG_FREQ	3.0	/* deviations of the frequency before them */
#define MINSAMPLES_FREE	6	/* chrony's default: no constraint */
#define WANDER_LEAST	3e-13	/* s/s per sqrt(s): minsamples asks no less */
#define DENY_SIGMAS	3.0	/* a jump that it would have seen */
#define LN2		0.69314718055994531

const struct estimator_conf	estimator_conf_default = {
	.asymmetry = NAN,
	.mindelay_s = -1
};

void
estimator_init(struct estimator *e, const struct estimator_conf *conf,
    double init_f, double init_f_sd)
{
	struct estimator_conf own = *conf;	/* may lie within e */

	memset(e, 0, sizeof(*e));
	e->conf = own;
	delays_init(&e->delays, own.mindelay_s);
	estimator_guess(e, init_f, init_f_sd);
}

void
estimator_change(struct estimator *e, const struct estimator_conf *conf)
{
	e->conf = *conf;
	delays_fix(&e->delays, conf->mindelay_s);
}

void
estimator_guess(struct estimator *e, double init_f, double init_f_sd)
{
	e->init_f = init_f;
	e->init_f_sd = init_f_sd;
}

static size_t
at_most(uint64_t count, size_t size)
{
	return (count < size ? (size_t)count : size);
}

/* Scale of the noise: the median innovation, once there are enough. */
static double
noise_scale(const struct estimator *e)
{
	size_t n = at_most(e->nsurprises, ESTIMATOR_SURPRISES);

	/* a first sample that looks perfect must not count for ever */
	if (n < SURPRISES_MIN)
		return (SURPRISE_PRIOR * e->excess_s);
	return ((double)e->surprises_sorted[n / 2]);
}

/* What is known of the two directions' jitter: 1/out - 1/back. */
static double
learned_tilt(struct estimator *e, double disp_s)
{
	size_t n = at_most(e->nexcess, ESTIMATOR_HISTORY);
	double out, back, least = TILT_FLOOR * e->excess_s + disp_s;

	if (!isnan(e->conf.asymmetry))
		return (0);
	e->asymmetry = 0;
	if (n < EXCESS_MIN)
		return (0);
	out = (double)e->out_sorted[n / 2] / LN2 + least;
	back = (double)e->back_sorted[n / 2] / LN2 + least;
	if (out < TILT_RATIO * back && back < TILT_RATIO * out)
		return (0);
	e->asymmetry = (back - out) / (out + back) / 2;
	return (1 / out - 1 / back);
}

static void
make_sample(struct estimator *e, const struct estimator_sample *s,
    struct bank_sample *out)
{
	double slack = delays_slack(&e->delays);
	double doubt = delays_doubt(&e->delays), excess, median;

	median = e->excess_s = delays_median(&e->delays);
	excess = fmax(s->delay_s - delays_min(&e->delays), 0);
	out->z = timens_to_s(s->y_ns - e->base_ns);
	out->half_s = (excess + slack) / 2;
	/* what the user says of the asymmetry is no longer in doubt */
	if (!isnan(e->conf.asymmetry)) {
		e->asymmetry = e->conf.asymmetry;
		out->z += e->conf.asymmetry * excess;
		out->half_s *= 1 - 2 * fabs(e->conf.asymmetry);
	}
	out->var_s2 = (FLOOR * FLOOR * median * median +
	    s->disp_s * s->disp_s) / 12 + doubt * doubt + 1e-20;
	out->tilt = learned_tilt(e, s->disp_s);
	out->scale_s = noise_scale(e);
	e->noise_s = sqrt(median * median / 12 + s->disp_s * s->disp_s);
	e->box = *out;
}

/*
 * The memory of a filter, in samples, is sqrt(noise / (wander dt^1.5)): what
 * the user wants of it limits the wanders.
 */
static void
limit_memory(struct estimator *e, double dt)
{
	double n = e->conf.minsamples, m = e->conf.maxsamples;
	double one = (e->noise_s + 1e-12) / (dt * sqrt(dt));

	e->bank.wander_most = n > MINSAMPLES_FREE ?
	    fmax(one / (n * n), WANDER_LEAST) : INFINITY;
	e->bank.wander_least = m > 0 ? one / (m * m) : 0;
}

/* What the sample, now that it is in, says of the path. */
static void
estimator_learn(struct estimator *e, const struct bank_sample *b)
{
	struct mixture m;
	double res;

	bank_mix(&e->bank, b->scale_s, &m);
	res = b->z - m.k.x;
	window_put(e->out, e->out_sorted, ESTIMATOR_HISTORY, e->nexcess,
	    (float)fmax(b->half_s + res, 0));
	window_put(e->back, e->back_sorted, ESTIMATOR_HISTORY, e->nexcess,
	    (float)fmax(b->half_s - res, 0));
	e->nexcess++;
}

static void
estimator_rebase(struct estimator *e, double x)
{
	int64_t shift;

	if (fabs(x) < REBASE_S)
		return;
	shift = timens_from_s(x);
	e->base_ns += shift;
	bank_shift(&e->bank, -timens_to_s(shift), 0);
	jump_shift(&e->jump, -timens_to_s(shift), 0);
}

static void
estimator_first(struct estimator *e, const struct estimator_sample *s)
{
	struct bank_sample b;

	e->base_ns = s->y_ns;
	make_sample(e, s, &b);
	bank_init(&e->bank, e->init_f, e->init_f_sd, &b);
	jump_init(&e->jump);
}

/* Could it be the frequency that the first few samples have wrong? */
static int
may_be_frequency(const struct estimator *e, int64_t raw_ns, double inn)
{
	double span = timens_to_s(raw_ns - e->history[0].raw_ns);

	return (e->count <= YOUNG && fabs(inn) < span *
	    fmin(ABSURD_FREQ_MAX, YOUNG_FREQ * e->init_f_sd));
}

/*
 * The first few samples may lie on a line by chance, and then less is known of
 * noise and frequency than it seems.  One that contradicts them is no outlier.
 */
static void
estimator_widen(struct estimator *e, int64_t raw_ns)
{
	double sigmas = e->last_innovation_s / e->last_innovation_sd;

	if (fabs(sigmas) > YOUNG_SIGMAS &&
	    may_be_frequency(e, raw_ns, e->last_innovation_s))
		bank_widen(&e->bank, sigmas * sigmas);
}

static void
estimator_take(struct estimator *e, const struct estimator_sample *s)
{
	double dt = timens_to_s(s->raw_ns - e->last_raw_ns);
	struct bank_verdict v;
	struct bank_sample b;
	struct mixture m;

	bank_advance(&e->bank, dt);
	make_sample(e, s, &b);
	bank_mix(&e->bank, b.scale_s, &m);
	e->last_innovation_s = b.z - m.k.x;
	e->last_innovation_sd = sqrt(m.k.pxx + b.half_s * b.half_s / 3 +
	    b.var_s2 + m.noise_s2);
	estimator_widen(e, s->raw_ns);
	e->noise_s = sqrt(e->noise_s * e->noise_s + m.noise_s2);
	limit_memory(e, dt);
	jump_suppose(&e->jump, &e->bank, &b, dt);
	bank_update(&e->bank, &b, &v);
	if (e->count > CALM && e->count >= e->conf.minsamples)
		e->freq_jumps += (uint32_t)jump_judge(&e->jump, &e->bank, &b,
		    &v, dt, &e->found);
	window_put(e->surprises, e->surprises_sorted, ESTIMATOR_SURPRISES,
	    e->nsurprises++, (float)fabs(e->last_innovation_s));
	estimator_learn(e, &b);
	estimator_rebase(e, m.k.x);
}

/* Does a sample say the same as the unexplained one before? */
static int
is_confirmed(const struct estimator *e, const struct estimator_sample *s,
    double freq)
{
	const struct estimator_sample *was = &e->strange;
	double dt = timens_to_s(s->raw_ns - was->raw_ns), least, late;

	least = delays_min(&e->delays);
	late = fmax(s->delay_s - least, 0) + fmax(was->delay_s - least, 0);
	return (e->jumps > 0 && fabs(timens_to_s(s->y_ns - was->y_ns) -
	    freq * dt) < late / 2 + s->disp_s + was->disp_s +
	    ABSURD_FREQ_MAX * dt);
}

/*
 * A sample that neither its delay nor the oscillator can explain: the server
 * (or the world) jumped.  One may be a glitch and is left out; when the next
 * says the same, all before is forgotten but the frequency.  So it is when
 * there are many, whatever they say: nothing may lock out the truth.
 */
static int
estimator_is_absurd(struct estimator *e, const struct estimator_sample *s)
{
	double dt = timens_to_s(s->raw_ns - e->last_raw_ns), inn, sd, late;
	struct mixture m;

	bank_mix(&e->bank, 0, &m);
	inn = timens_to_s(s->y_ns - e->base_ns) - m.k.x - m.k.f * dt;
	sd = sqrt(m.k.pxx + 2 * dt * m.k.pxf + dt * dt * m.k.pff);
	late = fmax(s->delay_s - delays_min(&e->delays), 0);
	if (fabs(inn) < late / 2 + s->disp_s + ABSURD_FREQ * dt +
	    ABSURD_SIGMAS * sd || may_be_frequency(e, s->raw_ns, inn)) {
		e->jumps = 0;
		return (0);
	}
	if (!is_confirmed(e, s, m.k.f) && e->jumps + 1 < ABSURD_COUNT) {
		e->jumps++;
		e->strange = *s;
		return (1);
	}
	e->init_f = m.k.f;
	e->init_f_sd = fmax(sqrt(m.k.pff), 1e-6);
	/* or was it the frequency that was wrong? again and again: surely */
	if (fabs(inn) / dt < ABSURD_FREQ_MAX || e->resets > 0)
		e->init_f_sd = fmax(e->init_f_sd,
		    fmin(fabs(inn) / dt, ABSURD_FREQ_SD));
	e->resets++;
	e->jumps = 0;
	e->count = 0;
	e->nsurprises = 0;
	e->nexcess = 0;
	return (0);
}

int
estimator_add(struct estimator *e, const struct estimator_sample *s)
{
	if (e->count > 0 && (s->raw_ns <= e->last_raw_ns ||
	    estimator_is_absurd(e, s)))
		return (-1);
	delays_add(&e->delays, s->delay_s);
	e->history[e->count % ESTIMATOR_HISTORY] = *s;
	e->count++;
	if (e->count == 1)
		estimator_first(e, s);
	else
		estimator_take(e, s);
	e->last_raw_ns = s->raw_ns;
	if (e->count >= CALM)
		e->resets = 0;
	return (0);
}

void
estimator_disturb(struct estimator *e, int64_t shift_ns, double sd_s)
{
	size_t j;

	if (e->count == 0)
		return;
	e->base_ns += shift_ns;
	e->strange.y_ns += shift_ns;
	bank_shift(&e->bank, 0, sd_s * sd_s);
	jump_shift(&e->jump, 0, sd_s * sd_s);
	for (j = 0; j < at_most(e->count, ESTIMATOR_HISTORY); j++)
		e->history[j].y_ns += shift_ns;
}

int
estimator_denies_jump(const struct estimator *e, int64_t raw_ns,
    const struct jump_found *found)
{
	double since = found->ago_s - timens_to_s(raw_ns - e->last_raw_ns);
	struct mixture m;

	if (e->count < CALM || since <= 0)
		return (0);
	bank_mix(&e->bank, 0, &m);
	return (fabs(m.k.f - found->f) > fabs(found->df) / 2 &&
	    fabs(found->df) * since > DENY_SIGMAS * e->noise_s);
}

void
estimator_tell_jump(struct estimator *e, int64_t raw_ns,
    const struct jump_found *found)
{
	double after, df = found->df;
	struct mixture m;

	if (e->count == 0 || df == 0)
		return;
	/* it has seen that itself by now */
	bank_mix(&e->bank, 0, &m);
	if (fabs(m.k.f - found->f) < fabs(df) / 2)
		return;
	/* how long after the last sample it happened */
	after = timens_to_s(raw_ns - e->last_raw_ns) - found->ago_s;
	bank_bend(&e->bank, df, after, df * df,
	    df * df * found->gap_s * found->gap_s / 12);
	jump_init(&e->jump);
}

int
estimator_predict(const struct estimator *e, int64_t raw_ns, double ahead_s,
    struct estimate *out)
{
	struct mixture now, ahead;
	struct bank bank;
	double dt;

	if (e->count == 0)
		return (-1);
	dt = fmax(timens_to_s(raw_ns - e->last_raw_ns), 0);
	bank = e->bank;
	bank_advance(&bank, dt);
	bank_mix(&bank, 0, &now);
	out->grow_s = 0;
	if (ahead_s > 0) {
		bank_advance(&bank, ahead_s);
		bank_mix(&bank, 0, &ahead);
		out->grow_s = sqrt(fmax(ahead.k.pxx - now.k.pxx, 0));
	}
	out->y_ns = e->base_ns + timens_from_s(now.k.x);
	out->freq = now.k.f;
	out->var_y = now.k.pxx;
	out->var_f = now.k.pff;
	out->noise_s = e->noise_s;
	return (0);
}
