/* Selection: majorities, falsetickers, preference, hysteresis, weights. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/engine/select.h"
#include "regress/unit/unit.h"

static const struct select_conf defaults = {
	.minsources = 1, .maxstratum = 15, .orphan_stratum = 16,
	.maxdistance_s = 3, .maxjitter_s = 1, .stratumweight_s = 1e-3,
	.reselectdist_s = 1e-4, .combinelimit = 3
};

/* As the last selection left them, with a new sample each. */
static int
run(struct select_candidate *c, size_t n, unsigned minsources,
    uint32_t last_id, struct select_result *r)
{
	struct select_conf conf = defaults;

	conf.minsources = minsources;
	return (select_run(&conf, c, n, last_id, r));
}

static void
candidate(struct select_candidate *c, uint32_t id, double offset,
    double distance)
{
	memset(c, 0, sizeof(*c));
	c->id = id;
	c->obstacle = SELECT_SELECTABLE;
	c->stratum = 2;
	c->score = 1;
	c->distance_s = distance;
	c->est.weight = 1;
	c->est.offset_s = offset;
	c->est.var_s2 = 1e-8;
	c->est.var_f = 1e-14;
	c->est.noise_s = 1e-4;
	c->est.updated = 1;
}

START_TEST(test_none)
{
	struct select_candidate c[1];
	struct select_result r;

	ck_assert_int_eq(run(c, 0, 1, 0, &r), -1);
	candidate(&c[0], 1, 0, 0.01);
	c[0].obstacle = SELECT_NO_SAMPLES;
	ck_assert_int_eq(run(c, 1, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_NO_SAMPLES);
	candidate(&c[0], 1, 0, 3.5);
	ck_assert_int_eq(run(c, 1, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_DISTANT);
	candidate(&c[0], 1, 0, NAN);
	ck_assert_int_eq(run(c, 1, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_DISTANT);
	candidate(&c[0], 1, 0, 0.01);
	c[0].jitter_s = 2;
	ck_assert_int_eq(run(c, 1, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_JITTERY);
}
END_TEST

START_TEST(test_one)
{
	struct select_candidate c[1];
	struct select_result r;

	candidate(&c[0], 1, 0.5, 0.01);
	c[0].est.freq = 3e-6;
	ck_assert_int_eq(run(c, 1, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 0);
	ck_assert_int_eq(c[0].state, SELECT_SELECTED);
	ck_assert_double_eq_tol(r.offset_s, 0.5, 1e-12);
	ck_assert_double_eq_tol(r.freq, 3e-6, 1e-15);
	/* minsources */
	ck_assert_int_eq(run(c, 1, 2, 0, &r), -1);
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
			c[3].est.offset_s = 0.0012;
		ck_assert_int_eq(run(c, (size_t)n, 1, 0, &r), 0);
		for (i = 0; i < n; i++) {
			bad = fabs(c[i].est.offset_s) > 1;
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
	ck_assert_int_eq(run(c, 2, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_FALSETICKER);
	ck_assert_int_eq(c[1].state, SELECT_FALSETICKER);
	ck_assert_uint_eq(r.falsetickers, 2);
	candidate(&c[2], 3, 0.001, 0.01);
	candidate(&c[3], 4, 5.001, 0.01);
	ck_assert_int_eq(run(c, 4, 1, 0, &r), -1);
}
END_TEST

/* Intervals that just touch agree. */
START_TEST(test_touching)
{
	struct select_candidate c[2];
	struct select_result r;

	candidate(&c[0], 1, 0, 0.5);
	candidate(&c[1], 2, 1, 0.5);
	ck_assert_int_eq(run(c, 2, 1, 0, &r), 0);
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
	c[1].options = SELECT_PREFER_OPT;
	ck_assert_int_eq(run(c, 3, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 1);
	ck_assert_uint_eq(r.combined, 1);
	ck_assert_int_eq(c[0].state, SELECT_NOT_PREFERRED);
	/* but not when it lies */
	c[1].est.offset_s = 4;
	ck_assert_int_eq(run(c, 3, 1, 0, &r), 0);
	ck_assert_int_ne(r.index, 1);
	ck_assert_int_eq(c[1].state, SELECT_FALSETICKER);
}
END_TEST

START_TEST(test_hysteresis)
{
	struct select_candidate c[2];
	struct select_result r;
	int i;

	candidate(&c[0], 1, 0, 0.0105);
	candidate(&c[1], 2, 0, 0.0100);
	ck_assert_int_eq(run(c, 2, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 1);
	/* a little better: only when it lasts */
	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(run(c, 2, 1, 1, &r), 0);
		ck_assert_int_eq(r.index, 0);
	}
	ck_assert_double_gt(c[1].score, 1.5);
	for (i = 0; i < 100 && r.index == 0; i++)
		ck_assert_int_eq(run(c, 2, 1, 1, &r), 0);
	ck_assert_int_eq(r.index, 1);
	ck_assert_double_eq(c[1].score, 1);
	/* only samples make it better */
	c[1].est.updated = 0;
	for (i = 0; i < 200; i++)
		ck_assert_int_eq(run(c, 2, 1, 1, &r), 0);
	ck_assert_int_eq(r.index, 0);
	/* ten times better: at once */
	c[1].est.updated = 1;
	c[0].distance_s = 0.2;
	ck_assert_int_eq(run(c, 2, 1, 1, &r), 0);
	ck_assert_int_eq(r.index, 1);
	/* equal ones never take turns */
	candidate(&c[0], 1, 0, 0.01);
	candidate(&c[1], 2, 0, 0.01);
	for (i = 0; i < 2000; i++) {
		c[1].distance_s = 0.01 + (i % 3 - 1) * 1e-4;
		ck_assert_int_eq(run(c, 2, 1, 1, &r), 0);
		ck_assert_int_eq(r.index, 0);
	}
}
END_TEST

START_TEST(test_combination)
{
	struct select_candidate c[3];
	struct select_conf conf = defaults;
	struct select_result r;
	int i;

	candidate(&c[0], 1, 0.000, 0.001);
	candidate(&c[1], 2, 0.001, 0.001);
	ck_assert_int_eq(run(c, 2, 1, 0, &r), 0);
	ck_assert_uint_eq(r.combined, 2);
	ck_assert_double_eq_tol(r.offset_s, 0.0005, 1e-9);
	/* half of what each may be wrong by, and what was taken off both */
	c[0].est.bound_s = 0.001;
	c[1].est.bound_s = 0.003;
	ck_assert_int_eq(run(c, 2, 1, 0, &r), 0);
	ck_assert_double_eq_tol(r.bound_s, 0.0025, 1e-6);
	/* one that is much more distant is not combined, nor soon after */
	candidate(&c[2], 3, 0.01, 0.5);
	ck_assert_int_eq(run(c, 3, 1, 1, &r), 0);
	ck_assert_int_eq(c[2].state, SELECT_OUTLIER);
	ck_assert_uint_eq(r.combined, 2);
	c[2].est.offset_s = 0.001;
	c[2].distance_s = 0.001;
	for (i = 1; i < SELECT_OUTLIER_SAMPLES; i++)
		run(c, 3, 1, 1, &r);
	ck_assert_int_eq(c[2].state, SELECT_OUTLIER);
	run(c, 3, 1, 1, &r);
	ck_assert_int_eq(c[2].state, SELECT_COMBINED);
	/* nor one whose clock runs differently */
	c[1].est.freq = 1e-4;
	run(c, 3, 1, 1, &r);
	ck_assert_int_eq(c[1].state, SELECT_OUTLIER);
	ck_assert_uint_eq(r.combined, 2);
	/* combinelimit 0: the selected one alone */
	conf.combinelimit = 0;
	ck_assert_int_eq(select_run(&conf, c, 3, 1, &r), 0);
	ck_assert_uint_eq(r.combined, 1);
	ck_assert_int_eq(c[2].state, SELECT_OUTLIER);
}
END_TEST

START_TEST(test_trust)
{
	struct select_candidate c[4];
	struct select_result r;

	/* three against a trusted one */
	candidate(&c[0], 1, 0.000, 0.01);
	candidate(&c[1], 2, 1.000, 0.01);
	candidate(&c[2], 3, 1.001, 0.01);
	candidate(&c[3], 4, 1.002, 0.01);
	c[0].options = SELECT_TRUST_OPT;
	ck_assert_int_eq(run(c, 4, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 0);
	ck_assert_uint_eq(r.falsetickers, 3);
	/* one that overlaps it, but says something else */
	c[1].est.offset_s = 0.015;
	ck_assert_int_eq(run(c, 4, 1, 0, &r), 0);
	ck_assert_int_eq(c[1].state, SELECT_UNTRUSTED);
	c[1].est.offset_s = 0.005;
	ck_assert_int_eq(run(c, 4, 1, 0, &r), 0);
	ck_assert_int_ge(c[1].state, SELECT_SELECTABLE);
	/* only another trusted one can contradict */
	c[3].options = SELECT_TRUST_OPT;
	ck_assert_int_eq(run(c, 4, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_FALSETICKER);
}
END_TEST

START_TEST(test_require)
{
	struct select_candidate c[3];
	struct select_result r;

	candidate(&c[0], 1, 0.000, 0.01);
	candidate(&c[1], 2, 0.001, 0.01);
	candidate(&c[2], 3, 5.000, 0.01);
	c[2].options = SELECT_REQUIRE_OPT;
	ck_assert_int_eq(run(c, 3, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_WAITING);
	/* one that must not be selected requires nothing */
	c[2].options |= SELECT_NOSELECT_OPT;
	ck_assert_int_eq(run(c, 3, 1, 0, &r), 0);
	ck_assert_int_eq(c[2].state, SELECT_NOSELECT);
	c[2].options = SELECT_REQUIRE_OPT;
	c[2].est.offset_s = 0.002;
	ck_assert_int_eq(run(c, 3, 1, 0, &r), 0);
}
END_TEST

START_TEST(test_limits)
{
	struct select_candidate c[1];
	struct select_conf conf = defaults;
	struct select_result r;

	candidate(&c[0], 1, 0, 0.01);
	c[0].jitter_s = 0.002;
	conf.maxdistance_s = 0.009;
	ck_assert_int_eq(select_run(&conf, c, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_DISTANT);
	conf = defaults;
	conf.maxjitter_s = 0.001;
	ck_assert_int_eq(select_run(&conf, c, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_JITTERY);
	conf = defaults;
	conf.maxstratum = 1;
	ck_assert_int_eq(select_run(&conf, c, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_STRATUM);
	conf = defaults;
	conf.minstratum = 3;
	ck_assert_int_eq(select_run(&conf, c, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_STRATUM);
	conf = defaults;
	conf.orphan_stratum = 2;
	ck_assert_int_eq(select_run(&conf, c, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_ORPHAN);
	ck_assert_double_eq_tol(c[0].lo_s, -0.01, 1e-12);
	ck_assert_double_eq_tol(c[0].hi_s, 0.01, 1e-12);
}
END_TEST

/* Unreachable: kept while it is the one that is followed and nobody else. */
START_TEST(test_stale)
{
	struct select_candidate c[2];
	struct select_result r;

	candidate(&c[0], 1, 0, 0.01);
	candidate(&c[1], 2, 0, 0.01);
	c[0].obstacle = c[1].obstacle = SELECT_STALE;
	ck_assert_int_eq(run(c, 2, 1, 0, &r), -1);
	ck_assert_int_eq(c[0].state, SELECT_STALE);
	ck_assert_int_eq(run(c, 2, 1, 2, &r), 0);
	ck_assert_int_eq(r.index, 1);
	ck_assert_int_eq(c[0].state, SELECT_STALE);
	c[0].obstacle = SELECT_SELECTABLE;
	ck_assert_int_eq(run(c, 2, 1, 2, &r), 0);
	ck_assert_int_eq(r.index, 0);
	ck_assert_int_eq(c[1].state, SELECT_STALE);
}
END_TEST

/* Who contradicts each other may each be right. */
START_TEST(test_doubt)
{
	struct select_candidate c[2];
	struct select_result r;

	candidate(&c[0], 1, 0.001, 0.01);
	candidate(&c[1], 2, -5, 0.25);
	ck_assert_int_eq(run(c, 2, 1, 0, &r), -1);
	ck_assert_double_eq_tol(r.doubt_s, 5.25, 1e-9);
	ck_assert_int_eq(run(c, 1, 1, 0, &r), 0);
	ck_assert_double_eq(r.doubt_s, 0);
}
END_TEST

START_TEST(test_letters)
{
	char text[SELECT_STATES + 1];
	int i;

	for (i = 0; i < SELECT_STATES; i++)
		text[i] = select_letter((enum select_state)i);
	text[i] = '\0';
	ck_assert_str_eq(text, "MNsrd~wSOTxW?PD+*");
	ck_assert_int_eq(select_letter(SELECT_STATES), '?');
}
END_TEST

START_TEST(test_stratum)
{
	struct select_candidate c[2];
	struct select_result r;

	candidate(&c[0], 1, 0, 0.0100);
	candidate(&c[1], 2, 0, 0.0105);
	c[0].stratum = 5;
	ck_assert_int_eq(run(c, 2, 1, 0, &r), 0);
	ck_assert_int_eq(r.index, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("select");
	TCase *t = tcase_create("select");

	tcase_add_test(t, test_none);
	tcase_add_test(t, test_one);
	tcase_add_test(t, test_falsetickers);
	tcase_add_test(t, test_no_majority);
	tcase_add_test(t, test_touching);
	tcase_add_test(t, test_prefer);
	tcase_add_test(t, test_hysteresis);
	tcase_add_test(t, test_combination);
	tcase_add_test(t, test_stratum);
	tcase_add_test(t, test_trust);
	tcase_add_test(t, test_require);
	tcase_add_test(t, test_limits);
	tcase_add_test(t, test_stale);
	tcase_add_test(t, test_doubt);
	tcase_add_test(t, test_letters);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
