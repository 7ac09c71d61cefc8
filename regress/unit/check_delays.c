/* Delays of a path: window, minimum, slack, a route that changes. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "ntpd/engine/delays.h"
#include "ntpd/engine/window.h"
#include "regress/unit/unit.h"

static uint64_t rng = 7;

static double
exponential(void)
{
	rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (-log(((double)(rng >> 11) + 0.5) / 9007199254740992.0));
}

START_TEST(test_window)
{
	float ring[16], sorted[16], kept;
	uint64_t i;
	size_t n = 0, j, k;

	for (i = 0; i < 1000; i++) {
		n = window_put(ring, sorted, 16, i,
		    (float)floor(exponential() * 8));
		ck_assert_uint_eq(n, i < 16 ? i + 1 : 16);
		for (j = 1; j < n; j++)
			ck_assert(sorted[j - 1] <= sorted[j]);
		/* the same values, equally often */
		for (j = 0; j < n; j++) {
			int a = 0, b = 0;

			kept = ring[j];
			for (k = 0; k < n; k++) {
				a += ring[k] == kept;
				b += sorted[k] == kept;
			}
			ck_assert_int_eq(a, b);
		}
	}
}
END_TEST

/* The minimum less the slack hardly ever lies above the true minimum. */
START_TEST(test_slack)
{
	struct delays d;
	double excess[2] = { 0, 0 }, j = 1e-4;
	int i, kind, over = 0, n = 0;

	for (kind = 0; kind < 2; kind++) {
		delays_init(&d, -1);
		for (i = 1; i <= 20000; i++) {
			delays_add(&d, 0.01 + j * exponential() +
			    (kind == 0 ? j * exponential() : 0));
			if (i < 100)
				continue;
			over += delays_min(&d) - delays_slack(&d) > 0.01;
			excess[kind] += fabs(delays_min(&d) -
			    delays_slack(&d) - 0.01) / j / 19900;
			n++;
		}
	}
	ck_assert_int_lt(over, n / 2);
	ck_assert_double_lt(excess[0], 0.05);
	ck_assert_double_lt(excess[1], 0.02);
	/* 1.68 J for the sum of two exponentials, ln 2 for one */
	ck_assert_double_eq_tol(delays_median(&d), 0.69 * j, 0.1 * j);
}
END_TEST

START_TEST(test_few)
{
	struct delays d;

	delays_init(&d, -1);
	ck_assert_double_eq(delays_median(&d), 0);
	delays_add(&d, 0.02);
	/* one delay: it is admitted that it may have been late */
	ck_assert_double_gt(delays_median(&d), 1e-4);
	ck_assert_double_gt(delays_slack(&d), 1e-4);
	delays_init(&d, 0.015);
	delays_add(&d, 0.02);
	ck_assert_double_eq(delays_min(&d), 0.015);
}
END_TEST

START_TEST(test_route)
{
	struct delays d;
	int i;

	delays_init(&d, -1);
	for (i = 0; i < 1000; i++)
		delays_add(&d, 0.010 + 1e-4 * exponential());
	ck_assert_double_eq_tol(delays_min(&d), 0.010, 1e-5);
	/* a shorter one is believed when it is no glitch */
	for (i = 0; i < 3; i++)
		delays_add(&d, 0.005);
	ck_assert_double_eq_tol(delays_min(&d), 0.010, 1e-5);
	delays_add(&d, 0.005);
	ck_assert_double_eq_tol(delays_min(&d), 0.005, 1e-9);
	delays_init(&d, -1);
	for (i = 0; i < 1000; i++)
		delays_add(&d, 0.010 + 1e-4 * exponential());
	for (i = 0; i < 100; i++)
		delays_add(&d, 0.013 + 1e-4 * exponential());
	ck_assert_double_eq_tol(delays_min(&d), 0.010, 1e-5);
	for (i = 0; i < 100; i++)
		delays_add(&d, 0.013 + 1e-4 * exponential());
	ck_assert_double_eq_tol(delays_min(&d), 0.013, 1e-5);
}
END_TEST

/* One that is impossible does not hide what the others tell. */
START_TEST(test_glitch)
{
	struct delays d;
	int i;

	delays_init(&d, -1);
	for (i = 0; i < 300; i++)
		delays_add(&d, i % 100 == 50 ? 0.009 : 0.01 + 1e-5 *
		    (exponential() + exponential()));
	ck_assert_double_ge(delays_min(&d), 0.01);
	ck_assert_double_lt(delays_slack(&d) + delays_doubt(&d), 1e-5);
	ck_assert_double_lt(delays_median(&d), 3e-5);
	/* many are no glitches */
	for (i = 0; i < 4; i++)
		delays_add(&d, 0.009 + 1e-5 * exponential());
	ck_assert_double_lt(delays_min(&d), 0.0091);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("delays");
	TCase *t = tcase_create("delays");

	tcase_add_test(t, test_window);
	tcase_add_test(t, test_slack);
	tcase_add_test(t, test_glitch);
	tcase_add_test(t, test_few);
	tcase_add_test(t, test_route);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
