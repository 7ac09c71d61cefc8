/* Selection: majorities, falsetickers, preference, hysteresis, weights. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/engine/select.h"

static void
candidate(struct select_candidate *c, uint32_t id, double offset,
    double distance)
{
	memset(c, 0, sizeof(*c));
	c->id = id;
	c->usable = 1;
	c->stratum = 2;
	c->weight = 1;
	c->offset_s = offset;
	c->distance_s = distance;
	c->var_s2 = 1e-8;
	c->var_f = 1e-14;
}

START_TEST(test_none)
{
	struct select_candidate c[1];
	struct select_result r;

	ck_assert_int_eq(select_run(c, 0, 1, 0, &r), -1);
	candidate(&c[0], 1, 0, 0.01);
	c[0].usable = 0;
	ck_assert_int_eq(select_run(c, 1, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_UNUSABLE);
	candidate(&c[0], 1, 0, 3.5);
	ck_assert_int_eq(select_run(c, 1, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_DISTANT);
	candidate(&c[0], 1, 0, NAN);
	ck_assert_int_eq(select_run(c, 1, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_DISTANT);
	candidate(&c[0], 1, 0, 0.01);
	c[0].jitter_s = 2;
	ck_assert_int_eq(select_run(c, 1, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_JITTERY);
}
END_TEST

START_TEST(test_one)
{
	struct select_candidate c[1];
	struct select_result r;

	candidate(&c[0], 1, 0.5, 0.01);
	c[0].freq = 3e-6;
	ck_assert_int_eq(select_run(c, 1, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 0);
	ck_assert_int_eq(c[0].state, SELECT_SELECTED);
	ck_assert_double_eq_tol(r.offset_s, 0.5, 1e-12);
	ck_assert_double_eq_tol(r.freq, 3e-6, 1e-15);
	/* minsources */
	ck_assert_int_eq(select_run(c, 1, 2, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_WAITING);
}
END_TEST

START_TEST(test_falsetickers)
{
	static const double offsets[5] = { 0.001, 9, 0.002, -7, 0.0015 };
	struct select_candidate c[5];
	struct select_result r;
	int i, bad;

	/* 1 of 3, 1 of 4, 2 of 5 */
	for (int n = 3; n <= 5; n++) {
		for (i = 0; i < n; i++)
			candidate(&c[i], (uint32_t)i + 1, offsets[i], 0.01);
		if (n == 4)
			c[3].offset_s = 0.0012;
		ck_assert_int_eq(select_run(c, (size_t)n, 1, 0, &r), 0);
		for (i = 0; i < n; i++) {
			bad = fabs(c[i].offset_s) > 1;
			ck_assert_int_eq(c[i].state == SELECT_FALSETICKER,
			    bad);
		}
		ck_assert_double_lt(r.offset_s, 0.0021);
		ck_assert_double_gt(r.offset_s, 0.0009);
	}
}
END_TEST

START_TEST(test_no_majority)
{
	struct select_candidate c[4];
	struct select_result r;

	candidate(&c[0], 1, 0, 0.01);
	candidate(&c[1], 2, 5, 0.01);
	ck_assert_int_eq(select_run(c, 2, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_FALSETICKER);
	ck_assert_int_eq(c[1].state, SELECT_FALSETICKER);
	ck_assert_uint_eq(r.falsetickers, 2);
	candidate(&c[2], 3, 0.001, 0.01);
	candidate(&c[3], 4, 5.001, 0.01);
	ck_assert_int_eq(select_run(c, 4, 1, 0, &r), -1);
}
END_TEST

/* Intervals that just touch agree. */
START_TEST(test_touching)
{
	struct select_candidate c[2];
	struct select_result r;

	candidate(&c[0], 1, 0, 0.5);
	candidate(&c[1], 2, 1, 0.5);
	ck_assert_int_eq(select_run(c, 2, 1, 0, &r), 0);
	ck_assert_uint_eq(r.selectable, 2);
}
END_TEST

START_TEST(test_prefer)
{
	struct select_candidate c[3];
	struct select_result r;

	candidate(&c[0], 1, 0, 0.01);
	candidate(&c[1], 2, 0, 0.05);
	candidate(&c[2], 3, 0, 0.01);
	c[1].prefer = 1;
	ck_assert_int_eq(select_run(c, 3, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 1);
	ck_assert_uint_eq(r.combined, 1);
	ck_assert_int_eq(c[0].state, SELECT_SELECTABLE);
	/* but not when it lies */
	c[1].offset_s = 4;
	ck_assert_int_eq(select_run(c, 3, 1, 0, &r), 0);
	ck_assert_int_ne(r.index, 1);
	ck_assert_int_eq(c[1].state, SELECT_FALSETICKER);
}
END_TEST

START_TEST(test_hysteresis)
{
	struct select_candidate c[2];
	struct select_result r;

	candidate(&c[0], 1, 0, 0.0105);
	candidate(&c[1], 2, 0, 0.0100);
	ck_assert_int_eq(select_run(c, 2, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 1);
	ck_assert_int_eq(select_run(c, 2, 1, 1, &r), 0);
	ck_assert_int_eq(r.index, 0);
	/* until the other is clearly better */
	c[0].distance_s = 0.02;
	ck_assert_int_eq(select_run(c, 2, 1, 1, &r), 0);
	ck_assert_int_eq(r.index, 1);
}
END_TEST

START_TEST(test_combination)
{
	struct select_candidate c[3];
	struct select_result r;
	double even;

	candidate(&c[0], 1, 0.000, 0.001);
	candidate(&c[1], 2, 0.001, 0.001);
	ck_assert_int_eq(select_run(c, 2, 1, 0, &r), 0);
	ck_assert_uint_eq(r.combined, 2);
	ck_assert_double_eq_tol(r.offset_s, 0.0005, 1e-9);
	/* the bound is the selected one's: the difference must be added */
	ck_assert_double_eq_tol(r.spread_s, 0.0005, 1e-9);
	even = r.offset_s;
	/* a weight pulls */
	c[1].weight = 10;
	ck_assert_int_eq(select_run(c, 2, 1, 0, &r), 0);
	ck_assert_double_gt(r.offset_s, even * 1.5);
	/* so does precision */
	c[1].weight = 1;
	c[0].var_s2 = 1e-4;
	ck_assert_int_eq(select_run(c, 2, 1, 0, &r), 0);
	ck_assert_double_gt(r.offset_s, even * 1.5);
	/* one that is much more distant is not combined */
	candidate(&c[2], 3, 0.01, 0.5);
	ck_assert_int_eq(select_run(c, 3, 1, 0, &r), 0);
	ck_assert_int_eq(c[2].state, SELECT_SELECTABLE);
	ck_assert_uint_eq(r.combined, 2);
}
END_TEST

START_TEST(test_stratum)
{
	struct select_candidate c[2];
	struct select_result r;

	candidate(&c[0], 1, 0, 0.0100);
	candidate(&c[1], 2, 0, 0.0105);
	c[0].stratum = 5;
	ck_assert_int_eq(select_run(c, 2, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("select");
	TCase *t = tcase_create("select");
	SRunner *r;
	int failed;

	tcase_add_test(t, test_none);
	tcase_add_test(t, test_one);
	tcase_add_test(t, test_falsetickers);
	tcase_add_test(t, test_no_majority);
	tcase_add_test(t, test_touching);
	tcase_add_test(t, test_prefer);
	tcase_add_test(t, test_hysteresis);
	tcase_add_test(t, test_combination);
	tcase_add_test(t, test_stratum);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed != 0);
}
