/* The estimator: accuracy where the answer is known, jumps, order. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "common/timens.h"
#include "ntpd/engine/estimator.h"
#include "regress/unit/unit.h"

static uint64_t rng;

static double
uniform(void)
{
	rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (((rng >> 11) + 0.5) / 9007199254740992.0);
}

static double
normal(void)
{
	return (sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform()));
}

/* rms error at the samples of the second half; clock with wander w. */
static double
run_cell(double w, double j, uint64_t seed, unsigned n)
{
	struct estimator e;
	struct estimator_sample s;
	struct estimate est;
	double x = 0, f = 30e-6, d1, d2, err, sum = 0;
	unsigned i, k;

	rng = seed;
	estimator_init(&e, &estimator_conf_default, 0, 200e-6);
	for (i = 0; i < n; i++) {
		for (k = 0; k < 64; k++) {
			x += f;
			f += w * normal();
		}
		d1 = -log(uniform()) * j;
		d2 = -log(uniform()) * j;
		s.raw_ns = (int64_t)(i + 1) * 64 * NS_PER_SEC;
		s.y_ns = 1700000000LL * NS_PER_SEC +
		    timens_from_s(x + (d1 - d2) / 2);
		s.delay_s = 2e-3 + d1 + d2;
		s.disp_s = 1e-9;
		ck_assert_int_eq(estimator_add(&e, &s), 0);
		ck_assert_int_eq(estimator_predict(&e, s.raw_ns, 64, &est),
		    0);
		if (i < n / 2)
			continue;
		err = timens_to_s(est.y_ns - 1700000000LL * NS_PER_SEC) - x;
		sum += err * err;
	}
	return (sqrt(sum / (n - n / 2)));
}

static double
rms_of_seeds(double w, double j)
{
	double sum = 0, r;
	uint64_t seed;

	for (seed = 1; seed <= 5; seed++) {
		r = run_cell(w, j, seed, 3000);
		sum += r * r;
	}
	return (sqrt(sum / 5));
}

/*
 * Bounds at the polls from the theory of a delay-weighted filter that knows
 * everything (W/J 1e-5: 0.127 J, 1e-4: 0.28 J); ours knows nothing.
 */
START_TEST(test_known_cells)
{
	ck_assert_double_lt(rms_of_seeds(1e-9, 1e-4), 0.127e-4 * 1.0);
	ck_assert_double_lt(rms_of_seeds(1e-9, 1e-5), 0.281e-5 * 1.1);
	ck_assert_double_lt(rms_of_seeds(1e-10, 1e-3), 0.0303e-3 * 1.0);
}
END_TEST

enum world { ONE_WAY, GAUSSIAN, STEP };

/*
 * 10^-10 wander, poll 64 s: rms error at the polls of the second half, or for
 * STEP (1 ppm in the middle) the largest one after it.
 */
static double
run_world(enum world w, uint64_t seed, uint32_t *jumps, double *asymmetry)
{
	struct estimator e;
	struct estimator_sample s;
	struct estimate est;
	double x = 0, f = 30e-6, d1, d2, err, sum = 0, most = 0, xe = 0;
	unsigned i, k, n = 3000;

	rng = seed;
	est.freq = 0;
	estimator_init(&e, &estimator_conf_default, 0, 200e-6);
	for (i = 0; i < n; i++) {
		if (w == STEP && i == n / 2)
			f += 1e-6;
		for (k = 0; k < 64; k++) {
			x += f;
			f += 1e-10 * normal();
			xe += est.freq;
			if (i > n / 2)
				most = fmax(most, fabs(xe - x));
		}
		d1 = -log(uniform()) * 1e-5;
		d2 = -log(uniform()) * (w == ONE_WAY ? 1e-3 : 1e-5);
		if (w == GAUSSIAN) {
			d1 = 5e-4 * (10 + normal());
			d2 = 5e-4 * (10 + normal());
		}
		s.raw_ns = (int64_t)(i + 1) * 64 * NS_PER_SEC;
		s.y_ns = 1700000000LL * NS_PER_SEC +
		    timens_from_s(x + (d1 - d2) / 2);
		s.delay_s = 2e-3 + d1 + d2;
		s.disp_s = 1e-9;
		ck_assert_int_eq(estimator_add(&e, &s), 0);
		estimator_predict(&e, s.raw_ns, 64, &est);
		xe = timens_to_s(est.y_ns - 1700000000LL * NS_PER_SEC);
		err = xe - x;
		if (i >= n / 2)
			sum += err * err;
	}
	*jumps = e.freq_jumps;
	*asymmetry = e.asymmetry;
	return (w == STEP ? most : sqrt(sum / (n - n / 2)));
}

/* Jitter of 1 ms in one direction, 10 us in the other: 5 us (of 500) left. */
START_TEST(test_one_way)
{
	uint32_t jumps;
	double sum = 0, r, asym;
	uint64_t seed;

	for (seed = 1; seed <= 4; seed++) {
		r = run_world(ONE_WAY, seed, &jumps, &asym);
		/* the sign that chrony shows */
		ck_assert_double_gt(asym, 0.4);
		sum += r * r;
	}
	ck_assert_double_lt(sqrt(sum / 4), 8e-6);
}
END_TEST

/* The delay tells nothing; nothing is taken for a jump of the frequency. */
START_TEST(test_gaussian)
{
	uint32_t jumps, all = 0;
	double sum = 0, r, asym;
	uint64_t seed;

	for (seed = 1; seed <= 4; seed++) {
		r = run_world(GAUSSIAN, seed, &jumps, &asym);
		sum += r * r;
		all += jumps;
	}
	ck_assert_double_lt(sqrt(sum / 4), 0.14 * 5e-4);
	ck_assert_uint_le(all, 2);
}
END_TEST

static int
cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/* 0.64e-4 is lost before anybody can know. */
START_TEST(test_frequency_step)
{
	double most[9], asym;
	uint32_t jumps;
	int i;

	for (i = 0; i < 9; i++) {
		most[i] = run_world(STEP, (uint64_t)i + 1, &jumps,
		    &asym);
		ck_assert_uint_ge(jumps, 1);
	}
	qsort(most, 9, sizeof(most[0]), cmp_double);
	ck_assert_double_lt(most[4], 1.2e-4);
}
END_TEST

/*
 * The first three lie on a line by chance, 250 ppm fast; the fourth says that
 * it was chance.  No drift file: nothing else was known of the frequency.
 */
START_TEST(test_first_line_by_chance)
{
	static const struct {
		double	t, error, delay;
	} first[] = {
		{ 0,	0,		3.0257e-3 },
		{ 1.996, 0.715e-3,	1.6989e-3 },
		{ 3.994, 0.824e-3,	1.8518e-3 },
		{ 9.971, 0.738e-3,	1.6615e-3 },
	};
	struct estimator_sample s;
	struct estimate est;
	struct estimator e;
	double f = 43e-6, x;
	size_t i;

	estimator_init(&e, &estimator_conf_default, 0, 200e-6);
	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		s.raw_ns = timens_from_s(100 + first[i].t);
		x = f * first[i].t;
		s.y_ns = 1700000000LL * NS_PER_SEC +
		    timens_from_s(x + first[i].error);
		s.delay_s = first[i].delay;
		s.disp_s = 1e-7;
		ck_assert_int_eq(estimator_add(&e, &s), 0);
	}
	ck_assert_int_eq(estimator_predict(&e, s.raw_ns, 0, &est), 0);
	ck_assert_double_lt(fabs(est.freq - f), 3 * sqrt(est.var_f));
	ck_assert_double_lt(fabs(est.freq - f), 100e-6);
}
END_TEST

/* One that a drift file contradicts is a glitch, now as ever. */
START_TEST(test_first_glitch)
{
	struct estimator_sample s;
	struct estimate est;
	struct estimator e;
	int i;

	estimator_init(&e, &estimator_conf_default, 0, 1e-7);
	s.disp_s = 1e-7;
	for (i = 0; i < 5; i++) {
		s.raw_ns = (100 + i * 2) * NS_PER_SEC;
		s.y_ns = 1700000000LL * NS_PER_SEC +
		    (i == 3 ? NS_PER_MS : 0);
		s.delay_s = 2e-3 + (i % 2) * 1e-5;
		ck_assert_int_eq(estimator_add(&e, &s), i == 3 ? -1 : 0);
	}
	ck_assert_int_eq(estimator_predict(&e, s.raw_ns, 0, &est), 0);
	ck_assert_double_lt(fabs(est.freq), 1e-6);
}
END_TEST

START_TEST(test_limits_of_memory)
{
	struct estimator_conf conf = estimator_conf_default;
	struct estimator_stats st;
	struct estimate few, all;
	struct estimator e, m;
	struct estimator_sample s;
	int i;

	conf.maxsamples = 4;
	estimator_init(&e, &conf, 0, 1e-4);
	estimator_init(&m, &estimator_conf_default, 0, 1e-4);
	rng = 3;
	for (i = 1; i <= 40; i++) {
		s.raw_ns = (int64_t)i * 64 * NS_PER_SEC;
		s.delay_s = 0.01 + 1e-5 * uniform();
		s.disp_s = 1e-9;
		/* the clock changed its frequency 3 samples ago */
		s.y_ns = i <= 37 ? 0 : timens_from_s((i - 37) * 64 * 1e-7);
		estimator_add(&e, &s);
		estimator_add(&m, &s);
	}
	estimator_get_stats(&e, &st);
	ck_assert_uint_le(st.samples, 4);
	ck_assert_double_le(st.span_s, 192);
	estimator_predict(&e, s.raw_ns, 0, &few);
	estimator_predict(&m, s.raw_ns, 0, &all);
	/* what it has forgotten makes it less sure */
	ck_assert_double_gt(few.var_f, all.var_f);
	/* a long memory allows no wild wander */
	conf.maxsamples = 0;
	conf.minsamples = 60;
	estimator_init(&e, &conf, 0, 1e-4);
	for (i = 1; i <= 40; i++) {
		s.raw_ns = (int64_t)i * 64 * NS_PER_SEC;
		s.y_ns = timens_from_s(1e-3 * sin(i / 3.0));
		estimator_add(&e, &s);
	}
	ck_assert_double_lt(e.bank.wander_most, 1e-9);
	ck_assert_uint_eq(e.freq_jumps, 0);
}
END_TEST

/* Another source saw a jump 100 s ago; this one has no sample since. */
START_TEST(test_told_of_jump)
{
	struct jump_found found = { 1e-6, 1e-6, 100, 32 };
	struct estimator_sample s;
	struct estimate est;
	struct estimator e;
	int i;

	estimator_init(&e, &estimator_conf_default, 0, 1e-7);
	for (i = 1; i <= 50; i++) {
		s.raw_ns = (int64_t)i * 64 * NS_PER_SEC;
		s.delay_s = 0.01 + 1e-4 * (i % 3);
		s.y_ns = 0;
		s.disp_s = 1e-9;
		estimator_add(&e, &s);
	}
	estimator_tell_jump(&e, s.raw_ns + 300 * NS_PER_SEC, &found);
	estimator_predict(&e, s.raw_ns + 300 * NS_PER_SEC, 0, &est);
	/* the line bends 200 s after the sample */
	ck_assert_double_eq_tol(est.freq, 1e-6, 1e-9);
	ck_assert_double_eq_tol(timens_to_s(est.y_ns), 1e-4, 5e-7);
	ck_assert_double_gt(sqrt(est.var_f), 1e-7);
	/* it has seen nothing of one that came before its last sample */
	ck_assert_int_eq(estimator_denies_jump(&e, s.raw_ns +
	    300 * NS_PER_SEC, &found), 0);
	found.f = 5e-6;
	found.df = 4e-6;
	found.ago_s = 360;
	ck_assert_int_eq(estimator_denies_jump(&e, s.raw_ns +
	    300 * NS_PER_SEC, &found), 1);
	found.ago_s = 302;
	ck_assert_int_eq(estimator_denies_jump(&e, s.raw_ns +
	    300 * NS_PER_SEC, &found), 0);
	found.f = found.df = 1e-6;
	/* it knows by now: once is enough */
	estimator_tell_jump(&e, s.raw_ns + 300 * NS_PER_SEC, &found);
	estimator_predict(&e, s.raw_ns + 300 * NS_PER_SEC, 0, &est);
	ck_assert_double_eq_tol(est.freq, 1e-6, 1e-9);
}
END_TEST

/*
 * What the user says of the path is believed; positive, as with chrony, when
 * the way back is the one that varies: then samples are too low.
 */
START_TEST(test_asymmetry_given)
{
	struct estimator_conf conf = estimator_conf_default;
	struct estimator_sample s;
	struct estimate est;
	struct estimator e;
	int i;

	conf.asymmetry = 0.5;
	conf.mindelay_s = 0.01;
	estimator_init(&e, &conf, 0, 1e-7);
	for (i = 1; i <= 20; i++) {
		s.raw_ns = (int64_t)i * 64 * NS_PER_SEC;
		s.delay_s = 0.01 + 1e-3;
		s.y_ns = timens_from_s(5 - 0.5e-3);
		s.disp_s = 1e-9;
		estimator_add(&e, &s);
	}
	estimator_predict(&e, s.raw_ns, 0, &est);
	ck_assert_double_eq_tol(timens_to_s(est.y_ns), 5, 1e-6);
	ck_assert_double_eq(e.asymmetry, 0.5);
}
END_TEST

static void
add(struct estimator *e, double t, double y, double delay, int want)
{
	struct estimator_sample s;

	s.raw_ns = timens_from_s(t);
	s.y_ns = timens_from_s(y);
	s.delay_s = delay;
	s.disp_s = 1e-7;
	ck_assert_int_eq(estimator_add(e, &s), want);
}

START_TEST(test_first_sample)
{
	struct estimator e;
	struct estimate est;

	estimator_init(&e, &estimator_conf_default, 5e-6, 1e-6);
	ck_assert_int_eq(estimator_predict(&e, 0, 0, &est), -1);
	add(&e, 10, 1000, 0.01, 0);
	ck_assert_int_eq(estimator_predict(&e, 110 * NS_PER_SEC, 64, &est),
	    0);
	/* what was known of the frequency carries it on */
	ck_assert_double_lt(fabs(timens_to_s(est.y_ns) - 1000.0005), 1e-7);
	ck_assert_double_eq_tol(est.freq, 5e-6, 1e-12);
	/* and it admits that it is not sure */
	ck_assert_double_gt(est.var_y, 1e-8);
	ck_assert_double_gt(est.grow_s, 0);
}
END_TEST

START_TEST(test_order)
{
	struct estimator e;

	estimator_init(&e, &estimator_conf_default, 0, 1e-4);
	add(&e, 10, 1, 0.01, 0);
	add(&e, 10, 1, 0.01, -1);
	add(&e, 9, 1, 0.01, -1);
	add(&e, 12, 1, 0.01, 0);
	ck_assert_uint_eq(e.count, 2);
}
END_TEST

START_TEST(test_jump)
{
	struct estimator_stats st;
	struct estimate est;
	struct estimator e;
	int i;

	estimator_init(&e, &estimator_conf_default, 0, 1e-4);
	for (i = 1; i <= 20; i++)
		add(&e, i * 64, 500, 0.01 + 1e-5 * (i % 3), 0);
	/* a single one is a glitch */
	add(&e, 21 * 64, 505, 0.01, -1);
	add(&e, 22 * 64, 500, 0.01, 0);
	/* twice is a jump: the old samples go, the frequency stays */
	add(&e, 23 * 64, 505, 0.01, -1);
	add(&e, 24 * 64, 505, 0.01, 0);
	ck_assert_int_eq(estimator_predict(&e, 24 * 64 * NS_PER_SEC, 0,
	    &est), 0);
	ck_assert_double_eq_tol(timens_to_s(est.y_ns), 505, 1e-6);
	ck_assert_double_lt(fabs(est.freq), 1e-6);
	estimator_get_stats(&e, &st);
	ck_assert_uint_eq(st.samples, 1);
	/* a long delay explains an error of half of it: no jump */
	add(&e, 25 * 64, 505.4, 1.0, 0);
}
END_TEST

/* Strange samples that contradict each other are no jump, either. */
START_TEST(test_nonsense)
{
	struct estimate est;
	struct estimator e;
	int i;

	estimator_init(&e, &estimator_conf_default, 0, 1e-4);
	for (i = 1; i <= 20; i++)
		add(&e, i * 64, 500, 0.01 + 1e-5 * (i % 3), 0);
	add(&e, 21 * 64, 505, 0.01, -1);
	add(&e, 22 * 64, 400, 0.01, -1);
	add(&e, 23 * 64, 500, 0.01, 0);
	ck_assert_uint_eq(e.count, 21);
	/* but one that talks nonsense for long does not lock us out */
	add(&e, 24 * 64, 505, 0.01, -1);
	add(&e, 25 * 64, 400, 0.01, -1);
	add(&e, 26 * 64, 300, 0.01, -1);
	add(&e, 27 * 64, 200, 0.01, 0);
	estimator_predict(&e, 27 * 64 * NS_PER_SEC, 0, &est);
	ck_assert_double_eq_tol(timens_to_s(est.y_ns), 200, 1e-6);
}
END_TEST

/*
 * The jitter is known to be on the way out, but spikes are of another kind:
 * two of them on the way back must not be taken for a change of the clock.
 */
START_TEST(test_spikes_back)
{
	struct estimator e;
	struct estimate est;
	double d;
	int i;

	rng = 5;
	estimator_init(&e, &estimator_conf_default, 0, 1e-6);
	for (i = 1; i <= 300; i++) {
		d = -log(uniform()) * 1e-3;
		add(&e, i * 64, d / 2, 0.01 + d - log(uniform()) * 1e-4, 0);
	}
	ck_assert_double_lt(e.asymmetry, -0.3);
	add(&e, 301 * 64, -4.3e-3, 0.0186, 0);
	add(&e, 302 * 64, -8.7e-3, 0.0274, 0);
	estimator_predict(&e, 302 * 64 * NS_PER_SEC, 0, &est);
	ck_assert_double_lt(fabs(timens_to_s(est.y_ns)), 1e-4);
}
END_TEST

/* Few samples that count: what was known of the frequency is no anchor. */
START_TEST(test_maxsamples)
{
	struct estimator_conf conf = estimator_conf_default;
	struct estimator e;
	struct estimate est;
	double d1, d2, err, sum = 0;
	int i;

	conf.maxsamples = 4;
	rng = 9;
	estimator_init(&e, &conf, 5e-6, 1e-7);
	for (i = 1; i <= 400; i++) {
		d1 = -log(uniform()) * 1e-4;
		d2 = -log(uniform()) * 1e-4;
		add(&e, i * 64, (d1 - d2) / 2, 0.01 + d1 + d2, 0);
		estimator_predict(&e, (int64_t)i * 64 * NS_PER_SEC, 0, &est);
		err = timens_to_s(est.y_ns);
		sum += i > 200 ? err * err : 0;
	}
	/* four samples without the delays' help: 5e-5 */
	ck_assert_double_lt(sqrt(sum / 200), 2.5e-5);
	ck_assert_double_lt(fabs(est.freq), 1e-6);
}
END_TEST

START_TEST(test_delay_weighs)
{
	struct estimator e;
	struct estimate est;
	int i;

	estimator_init(&e, &estimator_conf_default, 0, 1e-6);
	for (i = 1; i <= 50; i++) {
		/* every second one is held up by 2 ms on the way back */
		if (i % 2)
			add(&e, i * 64, 100, 0.010 + 1e-6 * (i % 7), 0);
		else
			add(&e, i * 64, 100 - 0.001, 0.012, 0);
	}
	estimator_predict(&e, 50 * 64 * NS_PER_SEC, 0, &est);
	ck_assert_double_lt(fabs(timens_to_s(est.y_ns) - 100), 1e-4);
}
END_TEST

/* Noise of the server itself: every delay is the same. */
START_TEST(test_hidden_noise)
{
	struct estimator e;
	struct estimate est;
	double err, sum = 0;
	int i;

	rng = 99;
	estimator_init(&e, &estimator_conf_default, 0, 1e-4);
	for (i = 1; i <= 2000; i++) {
		add(&e, i * 64, 7 + 1e-4 * normal(), 0.01, 0);
		estimator_predict(&e, i * 64 * NS_PER_SEC, 64, &est);
		if (i <= 1000)
			continue;
		err = timens_to_s(est.y_ns) - 7;
		sum += err * err;
	}
	/* far below one sample's noise, and it knows that noise */
	ck_assert_double_lt(sqrt(sum / 1000), 0.25e-4);
	ck_assert_double_gt(est.noise_s, 0.3e-4);
	ck_assert_double_lt(est.noise_s, 3e-4);
}
END_TEST

START_TEST(test_disturb_and_stats)
{
	struct estimator e;
	struct estimator_stats st;
	struct estimate est;
	int i;

	estimator_init(&e, &estimator_conf_default, 0, 1e-6);
	estimator_get_stats(&e, &st);
	ck_assert_uint_eq(st.samples, 0);
	estimator_disturb(&e, NS_PER_SEC, 1);
	for (i = 1; i <= 100; i++)
		add(&e, i * 16, 7 + 1e-5 * (i % 2 ? 1 : -1), 0.01, 0);
	estimator_get_stats(&e, &st);
	ck_assert_uint_eq(st.samples, ESTIMATOR_HISTORY);
	ck_assert_double_eq_tol(st.span_s, 63 * 16, 1e-6);
	ck_assert_double_eq_tol(st.sd_s, 1e-5, 3e-6);
	ck_assert_uint_gt(st.runs, 50);
	estimator_disturb(&e, 3600 * NS_PER_SEC, 1);
	estimator_predict(&e, 1600 * NS_PER_SEC, 0, &est);
	ck_assert_double_eq_tol(timens_to_s(est.y_ns), 3607, 1e-3);
	ck_assert_double_gt(est.var_y, 0.9);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("estimator");
	TCase *t = tcase_create("estimator");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, test_known_cells);
	tcase_add_test(t, test_one_way);
	tcase_add_test(t, test_gaussian);
	tcase_add_test(t, test_frequency_step);
	tcase_add_test(t, test_first_line_by_chance);
	tcase_add_test(t, test_first_glitch);
	tcase_add_test(t, test_limits_of_memory);
	tcase_add_test(t, test_told_of_jump);
	tcase_add_test(t, test_asymmetry_given);
	tcase_add_test(t, test_first_sample);
	tcase_add_test(t, test_order);
	tcase_add_test(t, test_jump);
	tcase_add_test(t, test_nonsense);
	tcase_add_test(t, test_spikes_back);
	tcase_add_test(t, test_maxsamples);
	tcase_add_test(t, test_delay_weighs);
	tcase_add_test(t, test_hidden_noise);
	tcase_add_test(t, test_disturb_and_stats);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
