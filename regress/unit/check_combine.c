/* Combination by covariance, biases, and the joint filter. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/combine.h"
#include "ntpd/engine/ensemble.h"
#include "regress/uml/model.h"
#include "regress/unit/unit.h"

#define Y0	(1700000000LL * NS_PER_SEC)

static void
source(struct combine_source *s, double offset, double sd)
{
	memset(s, 0, sizeof(*s));
	s->offset_s = offset;
	s->var_s2 = sd * sd;
	s->freq = 1e-6;
	s->var_f = 1e-16;
	s->noise_s = 10 * sd;
	s->delay_s = 0.02;
	s->weight = 1;
}

START_TEST(test_one)
{
	struct combine_source s[1];
	struct combine_result r;

	source(&s[0], 0.003, 1e-5);
	combine_run(s, 1, &r);
	ck_assert_double_eq_tol(r.offset_s, 0.003, 1e-15);
	ck_assert_double_eq_tol(r.var_s2, 1e-10, 1e-18);
	ck_assert_double_eq_tol(r.freq, 1e-6, 1e-18);
	ck_assert_double_eq_tol(r.var_f, 1e-16, 1e-24);
	ck_assert_uint_eq(s[0].bias.count, 0);
}
END_TEST

/* Equal ones: the mean, and never more certain than the common part. */
START_TEST(test_equal)
{
	struct combine_source s[COMBINE_MAX];
	struct combine_result r;
	size_t i, n;

	for (n = 2; n <= COMBINE_MAX; n *= 2) {
		for (i = 0; i < n; i++)
			source(&s[i], 1e-6 * (double)(i % 2), 1e-5);
		combine_run(s, n, &r);
		ck_assert_double_eq_tol(r.offset_s, 0.5e-6, 1e-12);
		ck_assert_double_eq_tol(r.var_s2,
		    1e-10 * (0.25 + 0.75 / (double)n), 1e-16);
		ck_assert_double_eq_tol(r.var_f,
		    1e-16 * (0.75 + 0.25 / (double)n), 1e-22);
	}
}
END_TEST

/* A much worse one changes nothing; a weight pulls. */
START_TEST(test_unequal)
{
	struct combine_source s[2];
	struct combine_result r;

	source(&s[0], 0, 1e-6);
	source(&s[1], 1e-4, 1e-4);
	combine_run(s, 2, &r);
	ck_assert_double_lt(fabs(r.offset_s), 1e-7);
	ck_assert_double_le(r.var_s2, 1e-12 * (1 + 1e-9));
	source(&s[0], 0, 1e-5);
	source(&s[1], 1e-6, 1e-5);
	s[1].weight = 10;
	combine_run(s, 2, &r);
	ck_assert_double_gt(r.offset_s, 0.75e-6);
}
END_TEST

/* Many rounds of noise around these true biases. */
static void
live(struct combine_source *s, size_t n, const double *bias, double sd,
    int rounds, struct combine_result *r)
{
	struct rng rng;
	size_t i, k;
	int round;

	rng_init(&rng, 7, 1);
	for (round = 0; round < rounds; round++)
		for (k = 0; k < n; k++) {
			for (i = 0; i < n; i++) {
				s[i].updated = i == k;
				s[i].offset_s = bias[i] +
				    sd * rng_normal(&rng);
			}
			combine_run(s, n, r);
		}
	for (i = 0; i < n; i++)
		s[i].offset_s = bias[i];
	combine_run(s, n, r);
}

/* One of three has an asymmetric path: the two that agree are right. */
START_TEST(test_bias)
{
	static const double bias[3] = { 0, 0, 1e-4 };
	struct combine_source s[3];
	struct combine_result r;
	size_t i;

	for (i = 0; i < 3; i++) {
		source(&s[i], 0, 1e-5);
		s[i].bound_s = i == 2 ? 0.02 : 0.01;
	}
	live(s, 3, bias, 1e-5, 300, &r);
	ck_assert_double_lt(fabs(r.offset_s), 1e-5);
	ck_assert_double_eq_tol(combine_correction(&s[2]), 1e-4, 2e-5);
	ck_assert_double_lt(fabs(combine_correction(&s[0])), 1e-5);
	/* it says now what the others say, and is as wrong as they are */
	ck_assert_double_le(r.bound_s, 0.01 + 1e-5);
}
END_TEST

/* The path of one of three changes after a long time: it is noticed. */
START_TEST(test_bias_late)
{
	static const double before[3] = { 0, 0, 0 }, after[3] = { 0, 0, 5e-4 };
	struct combine_source s[3];
	struct combine_result r;
	size_t i;

	for (i = 0; i < 3; i++)
		source(&s[i], 0, 1e-5);
	live(s, 3, before, 1e-5, 1000, &r);
	live(s, 3, after, 1e-5, 50, &r);
	ck_assert_double_lt(fabs(r.offset_s), 1e-5);
	ck_assert_double_eq_tol(combine_correction(&s[2]), 5e-4, 5e-5);
	/* and back */
	live(s, 3, before, 1e-5, 50, &r);
	ck_assert_double_lt(fabs(r.offset_s), 1e-5);
}
END_TEST

/* Two that contradict each other: the middle, and no turns. */
START_TEST(test_two)
{
	static const double bias[2] = { 0, 1e-4 };
	struct combine_source s[2];
	struct combine_result r;

	source(&s[0], 0, 1e-5);
	source(&s[1], 0, 1e-5);
	s[0].bound_s = s[1].bound_s = 0.01;
	live(s, 2, bias, 1e-5, 300, &r);
	ck_assert_double_eq_tol(r.offset_s, 5e-5, 5e-6);
	/* nobody knows who is right: no less than both may be wrong */
	ck_assert_double_ge(r.bound_s, 0.01);
}
END_TEST

/* Noise alone is no bias. */
START_TEST(test_no_bias)
{
	static const double bias[4] = { 0, 0, 0, 0 };
	struct combine_source s[4];
	struct combine_result r;
	size_t i;

	for (i = 0; i < 4; i++)
		source(&s[i], 0, 1e-5);
	live(s, 4, bias, 1e-5, 500, &r);
	for (i = 0; i < 4; i++)
		ck_assert_double_eq(combine_correction(&s[i]), 0);
	ck_assert_double_eq_tol(r.offset_s, 0, 1e-12);
}
END_TEST

/* White noise on a steady clock: the error falls as it should. */
START_TEST(test_ensemble)
{
	struct ensemble e;
	struct estimate est;
	struct bank_sample box = { .var_s2 = 1e-8 };
	struct rng rng;
	int64_t raw;
	int i;

	rng_init(&rng, 3, 1);
	ensemble_init(&e);
	ck_assert_int_eq(ensemble_predict(&e, 0, &est), -1);
	ensemble_add(&e, 0, Y0, &box, 0);
	ck_assert_int_eq(ensemble_predict(&e, 0, &est), -1);
	ensemble_start(&e, 0, Y0, 0, 1e-8, 1e-12);
	for (i = 1; i <= 2000; i++) {
		/* every other one came later than the next */
		raw = (int64_t)i * 16 * NS_PER_SEC -
		    (i % 2) * 20 * NS_PER_MS;
		ensemble_add(&e, raw, Y0 + raw / 100000 +
		    timens_from_s(1e-4 * rng_normal(&rng)), &box, 0);
	}
	raw = 2000 * 16 * NS_PER_SEC;
	ck_assert_int_eq(ensemble_predict(&e, raw, &est), 0);
	ck_assert_double_eq_tol(est.freq, 1e-5, 3e-8);
	ck_assert_double_lt(fabs(timens_to_s(est.y_ns - Y0 - raw / 100000)),
	    4 * sqrt(est.var_y));
	ck_assert_double_lt(sqrt(est.var_y), 2e-5);
	/* a suspend shifts all */
	ensemble_disturb(&e, 5 * NS_PER_SEC, 1);
	ensemble_predict(&e, raw, &est);
	ck_assert_double_eq_tol(timens_to_s(est.y_ns - Y0 - raw / 100000), 5,
	    1e-4);
	ck_assert_double_gt(est.var_y, 0.9);
	ensemble_stop(&e);
	ck_assert_int_eq(ensemble_predict(&e, raw, &est), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("combine");
	TCase *t = tcase_create("combine");

	tcase_add_test(t, test_one);
	tcase_add_test(t, test_equal);
	tcase_add_test(t, test_unequal);
	tcase_add_test(t, test_bias);
	tcase_add_test(t, test_bias_late);
	tcase_add_test(t, test_two);
	tcase_add_test(t, test_no_bias);
	tcase_add_test(t, test_ensemble);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
