/* One filter: its update against numerical integration of the product. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "ntpd/engine/kalman.h"
#include "regress/unit/unit.h"

/* Log-likelihood of a sample, prior mean x, by brute force over y and noise */
static double
integrate(const struct kalman *k, const struct kalman_sample *s, double x)
{
	double lo = s->z - s->half_s, hi = s->z + s->half_s, sum = 0, v, g;
	double var = k->pxx + s->var_s2, norm = 0, plain = 0, t, step;
	int i, n = 200000;

	/* v = y + Gaussian noise: prior widened, box untouched */
	step = (hi - lo) / n;
	for (i = 0; i < n; i++) {
		v = lo + (i + 0.5) * step;
		g = exp(-0.5 * (v - x) * (v - x) / var) /
		    sqrt(2 * M_PI * var);
		t = exp(-s->tilt * (s->z - v + s->half_s));
		sum += g * t * step;
		norm += t * step;
		plain += g * step;
	}
	/* a tenth of the samples need not follow the tilt */
	return (log(0.9 * sum / norm + 0.1 * plain / (hi - lo)));
}

static const struct {
	double	z, half, sd, tilt;
} cases[] = {
	{ 0.3, 2, 0.1, 0 },
	{ 1.9, 2, 0.5, 0 },
	{ -4, 1, 0.5, 0 },		/* prior far outside, to the left */
	{ 6, 1.5, 0.1, 0 },		/* and to the right: the tail */
	{ 0.5, 3, 0.2, 2 },
	{ 0.5, 3, 0.2, -2 },
	{ -2, 1, 0.3, 0.7 },
	{ 2.8, 3, 0.2, 5 },		/* late the other way, for once */
	{ -2.8, 3, 0.2, 5 },
};

START_TEST(test_fit)
{
	struct kalman k = { 0, 0, 1, 0, 1e-6 };
	struct kalman_sample s = { cases[_i].z, cases[_i].half,
	    cases[_i].sd * cases[_i].sd, cases[_i].tilt };
	struct kalman_fit fit;
	double l, up, down, h = 1e-3;

	kalman_fit(&k, &s, &fit);
	l = integrate(&k, &s, 0);
	up = integrate(&k, &s, h);
	down = integrate(&k, &s, -h);
	ck_assert_double_eq_tol(fit.loglik, l, 1e-4);
	ck_assert_double_eq_tol(fit.slope, (up - down) / (2 * h), 1e-3);
	ck_assert_double_eq_tol(fit.curve, (up - 2 * l + down) / (h * h),
	    2e-3);
}
END_TEST

/* Far tails, wide and narrow boxes: everything stays finite and in order. */
START_TEST(test_extremes)
{
	static const double sizes[] = { 0, 1e-12, 1e-6, 1e-3, 1, 1e4 };
	struct kalman_sample s;
	struct kalman_fit fit;
	struct kalman k;
	size_t z, h, p, t;

	for (z = 0; z < 6; z++)
	for (h = 0; h < 6; h++)
	for (p = 1; p < 6; p++)
	for (t = 0; t < 6; t++) {
		k.x = 0;
		k.f = 1e-4;
		k.pxx = sizes[p] * sizes[p];
		k.pff = k.pxx * 1e-6;
		k.pxf = 0.99 * sqrt(k.pxx * k.pff);
		s.z = t % 2 ? sizes[z] : -sizes[z];
		s.half_s = sizes[h];
		s.var_s2 = 1e-20;
		s.tilt = s.half_s > 0 && t > 2 ? (t % 2 ? 20 : -20) /
		    s.half_s : 0;
		kalman_fit(&k, &s, &fit);
		ck_assert(isfinite(fit.slope) && isfinite(fit.curve));
		ck_assert(!isnan(fit.loglik));
		kalman_apply(&k, &fit, t / 5.0);
		ck_assert(isfinite(k.x) && isfinite(k.f));
		ck_assert(k.pxx > 0 && k.pff > 0 &&
		    k.pxf * k.pxf <= k.pxx * k.pff);
	}
}
END_TEST

START_TEST(test_narrow_is_kalman)
{
	struct kalman k = { 0, 0, 4, 1, 1 };
	struct kalman_sample s = { 3, 0, 1, 0 };
	struct kalman_fit fit;

	kalman_fit(&k, &s, &fit);
	kalman_apply(&k, &fit, 1);
	ck_assert_double_eq_tol(k.x, 3 * 4 / 5.0, 1e-12);
	ck_assert_double_eq_tol(k.f, 3 * 1 / 5.0, 1e-12);
	ck_assert_double_eq_tol(k.pxx, 4 / 5.0, 1e-12);
	ck_assert_double_eq_tol(k.pff, 1 - 1 / 5.0, 1e-12);
	/* an outlier changes nothing */
	kalman_fit(&k, &s, &fit);
	kalman_apply(&k, &fit, 0);
	ck_assert_double_eq_tol(k.x, 2.4, 1e-12);
	ck_assert_double_eq_tol(k.pxx, 0.8, 1e-12);
}
END_TEST

START_TEST(test_advance)
{
	struct kalman k = { 1, 1e-3, 1, 0, 1e-6 };

	kalman_advance(&k, 1e-4, 100);
	ck_assert_double_eq_tol(k.x, 1.1, 1e-12);
	ck_assert_double_eq_tol(k.pxx, 1 + 1e4 * 1e-6 + 1e-8 * 1e6 / 3,
	    1e-9);
	ck_assert_double_eq_tol(k.pxf, 1e-4 + 1e-8 * 1e4 / 2, 1e-12);
	ck_assert_double_eq_tol(k.pff, 1e-6 + 1e-6, 1e-15);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("kalman");
	TCase *t = tcase_create("kalman");

	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, test_fit, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, test_extremes);
	tcase_add_test(t, test_narrow_is_kalman);
	tcase_add_test(t, test_advance);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
