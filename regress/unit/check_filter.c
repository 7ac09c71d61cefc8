/* Samples to one, and the running quantile. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/filter.h"
#include "ntpd/engine/quantile.h"
#include "regress/unit/unit.h"

static void
sample(struct estimator_sample *s, int i, double offset_s, double delay_s)
{
	s->raw_ns = (int64_t)(i + 1) * NS_PER_SEC;
	s->y_ns = 1700000000LL * NS_PER_SEC + timens_from_s(offset_s);
	s->delay_s = delay_s;
	s->disp_s = 1e-9;
}

START_TEST(test_off)
{
	struct estimator_sample s, copy;
	struct filter f;

	filter_init(&f, 1);
	sample(&s, 0, 0.5, 0.01);
	copy = s;
	filter_poll(&f);
	ck_assert_int_eq(filter_add(&f, &s, 0.01), 1);
	ck_assert_mem_eq(&s, &copy, sizeof(s));
}
END_TEST

/* A straight line comes out as a point on it. */
START_TEST(test_line)
{
	struct estimator_sample s;
	struct filter f;
	double x;
	int i, out = 0;

	filter_init(&f, 5);
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(out, 0);
		filter_poll(&f);
		sample(&s, i, 3e-5 * i, 0.01 + 1e-4 * (i % 3));
		out = filter_add(&f, &s, 0.01);
	}
	ck_assert_int_eq(out, 1);
	x = timens_to_s(s.raw_ns) - 1;
	ck_assert_double_gt(x, 0);
	ck_assert_double_lt(x, 4);
	ck_assert_double_eq_tol(timens_to_s(s.y_ns -
	    1700000000LL * NS_PER_SEC), 3e-5 * x, 3e-9);
	ck_assert_uint_eq(f.n, 0);
}
END_TEST

/* Late ones count little; more good ones are worth more than one. */
START_TEST(test_weights)
{
	struct estimator_sample s;
	struct filter f;
	double one, four;
	int i;

	filter_init(&f, 4);
	for (i = 0; i < 4; i++) {
		filter_poll(&f);
		sample(&s, 0, i == 0 ? 0 : 5e-4, i == 0 ? 0.01 : 0.011);
		filter_add(&f, &s, 0.01);
	}
	ck_assert_double_lt(timens_to_s(s.y_ns -
	    1700000000LL * NS_PER_SEC), 1e-4);
	one = s.delay_s;
	ck_assert_double_ge(one, 0.01);
	ck_assert_double_lt(one, 0.0101);
	for (i = 0; i < 4; i++) {
		filter_poll(&f);
		sample(&s, 0, 0, 0.0101);
		filter_add(&f, &s, 0.01);
	}
	four = s.delay_s;
	ck_assert_double_lt(four, 0.01006);
	ck_assert_double_ge(four, 0.01);
}
END_TEST

START_TEST(test_many)
{
	struct estimator_sample s;
	struct filter f;
	int i;

	/* more answers than polls can be: none beyond the end */
	filter_init(&f, 1000);
	for (i = 0; i < 1000; i++) {
		sample(&s, i, 0, 0.01);
		ck_assert_int_eq(filter_add(&f, &s, 0.01), 0);
	}
	ck_assert_uint_eq(f.n, CONF_FILTER_MAX);
	filter_clear(&f);
	ck_assert_uint_eq(f.n, 0);
}
END_TEST

START_TEST(test_quantile)
{
	static const double ps[] = { 0.05, 0.2, 0.5, 0.95 };
	struct quantile q;
	uint64_t x = 88172645463325252ULL;
	double u;
	size_t k;
	int i;

	for (k = 0; k < sizeof(ps) / sizeof(ps[0]); k++) {
		quantile_init(&q, ps[k]);
		ck_assert(isinf(quantile_get(&q)));
		for (i = 0; i < 20000; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			u = (double)(x >> 11) / 9007199254740992.0;
			/* exponential, mean 1 ms above 10 ms */
			quantile_add(&q, 0.01 - 1e-3 * log(1 - u));
		}
		ck_assert_double_eq_tol(quantile_get(&q),
		    0.01 - 1e-3 * log(1 - ps[k]),
		    ps[k] > 0.9 ? 4e-4 : 1e-4);
	}
	/* a path that becomes longer is followed */
	quantile_init(&q, 0.5);
	for (i = 0; i < 1000; i++)
		quantile_add(&q, 0.01 + 1e-5 * (i % 7));
	for (i = 0; i < 200; i++)
		quantile_add(&q, 0.03 + 1e-5 * (i % 7));
	ck_assert_double_gt(quantile_get(&q), 0.027);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("filter");
	TCase *t = tcase_create("filter");

	tcase_add_test(t, test_off);
	tcase_add_test(t, test_line);
	tcase_add_test(t, test_weights);
	tcase_add_test(t, test_many);
	tcase_add_test(t, test_quantile);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
