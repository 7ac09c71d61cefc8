/* What is asked of the clock: slews within the rate, steps within makestep. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/clockmodel.h"
#include "ntpd/engine/discipline.h"
#include "ntpd/engine/select.h"
#include "regress/unit/unit.h"

#define RAW0	(100 * NS_PER_SEC)
#define STEER	(1700000000LL * NS_PER_SEC)

struct fixture {
	struct discipline		d;
	struct clockmodel		m;
	struct select_result		r;
	struct discipline_request	req;
	int64_t				raw;
};

static void
begin(struct fixture *f, double step_s, int limit)
{
	struct discipline_conf c = {
		.makestep_s = step_s,
		.makestep_limit = limit,
		.maxupdateskew_ppm = 1000,
		.maxslewrate_ppm = 83333.333,
		.maxdrift_ppm = 100000,
		.hold_rate = 1e-6,
		.maxchange_start = -1,
	};

	memset(f, 0, sizeof(*f));
	discipline_init(&f->d, &c, 10e-6, 200e-6);
	clockmodel_init(&f->m);
	f->m.steps_left = 100;
	f->r.var_s2 = 1e-8;
	f->r.var_f = 1e-14;
	f->r.freq = 20e-6;
	f->raw = RAW0;
}

static void
update(struct fixture *f, double offset, double interval)
{
	f->r.offset_s = offset;
	discipline_update(&f->d, &f->m, &f->r, f->raw, STEER, interval,
	    &f->req);
	f->raw += timens_from_s(interval);
}

START_TEST(test_slew_over_before_next)
{
	static const double offsets[] = { 1e-9, -1e-6, 1e-4, -0.01, 1, -4 };
	struct fixture f;
	double span;
	size_t i;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		begin(&f, 0, 0);
		update(&f, offsets[i], 64);
		ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
		span = timens_to_s(f.req.slew.end_raw_ns - RAW0);
		ck_assert_double_eq_tol(span * f.req.slew.slew_ppm * 1e-6,
		    offsets[i], fabs(offsets[i]) * 1e-6);
		ck_assert_double_le(fabs(f.req.slew.slew_ppm), 83333.4);
		ck_assert_double_gt(span, 0.4);
		/* within the deviation (1e-4) it may take its time, but is
		 * over before the next; a large one is quick */
		if (fabs(offsets[i]) < 0.1)
			ck_assert_double_le(span,
			    fabs(offsets[i]) > 1e-3 ? 2.01 : 61);
		if (fabs(offsets[i]) <= 1e-4)
			ck_assert_double_ge(span, 30);
		ck_assert_double_eq_tol(f.req.slew.base_ppm, 20, 1e-9);
	}
}
END_TEST

/* While the frequency is unknown nothing is gained by being slow. */
/* Weeks between samples, and a clock that is known well: no lease lasts so. */
START_TEST(test_long_interval)
{
	struct fixture f;
	int64_t start;

	begin(&f, 0, 0);
	f.r.var_s2 = 1e-4;
	f.r.var_f = 1e-24;
	start = f.raw;
	update(&f, 1e-3, 1 << 24);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	ck_assert_int_le(f.req.slew.end_raw_ns - start, 86400LL * NS_PER_SEC);
	ck_assert_double_gt(f.req.slew.slew_ppm, 0.01);
}
END_TEST

START_TEST(test_unknown_frequency)
{
	struct fixture f;

	begin(&f, 0, 0);
	f.r.var_f = 1e-10;		/* 10 ppm, deviation 1e-4 s: 10 s */
	update(&f, 1e-5, 64);
	ck_assert_double_le(timens_to_s(f.req.slew.end_raw_ns - RAW0), 10.1);
}
END_TEST

START_TEST(test_huge_offset)
{
	struct fixture f;

	begin(&f, 0, 0);
	update(&f, -1e6, 64);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	ck_assert_double_eq_tol(f.req.slew.slew_ppm, -83333.333, 0.01);
	ck_assert_int_lt(f.req.slew.end_raw_ns - RAW0,
	    86400 * NS_PER_SEC);
}
END_TEST

START_TEST(test_makestep)
{
	struct fixture f;

	begin(&f, 1, 2);
	update(&f, 5, 2);
	ck_assert_int_eq(f.req.act, DISCIPLINE_STEP);
	ck_assert_int_eq(f.req.step.delta_ns, 5 * NS_PER_SEC);
	ck_assert_int_eq(f.req.step.oneshot, 0);
	update(&f, -0.9, 2);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	/* the third update is beyond the limit */
	update(&f, -5, 2);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	begin(&f, 1, -1);
	for (int i = 0; i < 10; i++) {
		update(&f, -5, 2);
		ck_assert_int_eq(f.req.act, DISCIPLINE_STEP);
		ck_assert_int_eq(f.req.step.delta_ns, -5 * NS_PER_SEC);
	}
	/* the parent says that no step is left */
	f.m.steps_left = 0;
	update(&f, 5, 2);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
}
END_TEST

START_TEST(test_frequency)
{
	struct fixture f;

	begin(&f, 0, 0);
	/* too uncertain a frequency is not taken */
	f.r.var_f = 2e-3 * 2e-3;
	update(&f, 0.001, 64);
	ck_assert_double_eq_tol(f.d.freq, 10e-6, 1e-12);
	ck_assert_double_eq_tol(f.req.slew.base_ppm, 10, 1e-6);
	f.r.var_f = 1e-12;
	update(&f, 0.001, 64);
	ck_assert_double_eq_tol(f.d.freq, 20e-6, 1e-12);
	ck_assert_double_eq_tol(f.d.resid_freq, 10e-6, 1e-12);
	/* what the kernel could not do is not asked for */
	f.r.freq = 0.2;
	update(&f, 0.001, 64);
	ck_assert_double_le(f.req.slew.base_ppm, 1000);
}
END_TEST

START_TEST(test_figures)
{
	struct fixture f;
	int64_t raw, y;
	double disp;

	begin(&f, 0, 0);
	update(&f, 0.004, 64);
	ck_assert_double_eq_tol(f.d.last_offset_s, 0.004, 1e-12);
	ck_assert_double_eq_tol(f.d.rms_offset_s, 0.004, 1e-12);
	ck_assert_double_eq(f.d.interval_s, 0);
	update(&f, -0.001, 64);
	ck_assert_double_eq_tol(f.d.interval_s, 64, 1e-6);
	/* the first corrections are over: no average yet, then one */
	ck_assert_double_eq_tol(f.d.rms_offset_s, 0.001, 1e-12);
	update(&f, 0.002, 64);
	ck_assert_double_eq_tol(f.d.rms_offset_s, sqrt(1.3e-6), 1e-9);
	/* carried on at the frequency, error growing */
	y = discipline_y_ns(&f.d, f.d.ref_raw_ns + 1000 * NS_PER_SEC);
	ck_assert_int_lt(llabs(y - f.d.y_ns - 20 * NS_PER_MS), 10);
	ck_assert_double_gt(discipline_root_disp(&f.d, f.d.ref_raw_ns +
	    1000 * NS_PER_SEC), f.d.root_disp_s + 0.0009);
	raw = f.d.ref_raw_ns + 1000 * NS_PER_SEC;
	disp = discipline_root_disp(&f.d, raw);
	discipline_disturb(&f.d, NS_PER_SEC, 0.5);
	ck_assert_int_eq(discipline_y_ns(&f.d, raw), y + NS_PER_SEC);
	ck_assert_double_eq_tol(discipline_root_disp(&f.d, raw), disp + 0.5,
	    1e-9);
	ck_assert_double_gt(discipline_root_disp(&f.d, raw + 1000 *
	    NS_PER_SEC), disp + 0.501);
}
END_TEST

/* While samples come the filter says how the bound grows, then the user. */
START_TEST(test_growth)
{
	struct fixture f;

	begin(&f, 0, 0);
	f.d.grow_s = 1e-7;
	update(&f, 0, 100);
	f.d.root_disp_s = 0;
	ck_assert_double_eq_tol(discipline_root_disp(&f.d,
	    RAW0 + 100 * NS_PER_SEC), DISCIPLINE_SIGMAS * 1e-7, 1e-12);
	/* overdue since 150 s: 1 ppm and the sigmas of the frequency */
	ck_assert_double_eq_tol(discipline_root_disp(&f.d,
	    RAW0 + 1150 * NS_PER_SEC), DISCIPLINE_SIGMAS * (1.5e-7 +
	    1000 * 1e-7) + 1000 * 1e-6, 1e-9);
	/* a maxclockerror that was set holds at once */
	begin(&f, 0, 0);
	f.d.conf.hold_always = 1;
	f.d.conf.hold_rate = 5e-6;
	f.d.grow_s = 1e-7;
	update(&f, 0, 100);
	f.d.root_disp_s = 0;
	ck_assert_double_eq_tol(discipline_root_disp(&f.d,
	    RAW0 + 100 * NS_PER_SEC), 100 * (5e-6 +
	    DISCIPLINE_SIGMAS * 1e-7), 1e-9);
}
END_TEST

START_TEST(test_maxdrift)
{
	struct fixture f;

	begin(&f, 0, 0);
	f.d.conf.maxdrift_ppm = 15;
	update(&f, 0.001, 64);
	ck_assert_double_eq_tol(f.req.slew.base_ppm, 15, 1e-9);
	f.r.freq = -20e-6;
	update(&f, 0.001, 64);
	ck_assert_double_eq_tol(f.req.slew.base_ppm, -15, 1e-9);
}
END_TEST

/* chrony's sense: ratio * sd / 2 * interval is the area below the offset. */
START_TEST(test_corrtimeratio)
{
	struct fixture f;

	begin(&f, 0, 0);
	f.d.conf.corrtimeratio = 3;
	update(&f, 1e-4, 64);
	ck_assert_double_eq_tol(timens_to_s(f.req.slew.end_raw_ns - RAW0),
	    96, 0.1);
	begin(&f, 0, 0);
	f.d.conf.corrtimeratio = 3;
	update(&f, 1e-3, 64);
	ck_assert_double_eq_tol(timens_to_s(f.req.slew.end_raw_ns - RAW0),
	    9.6, 0.01);
	begin(&f, 0, 0);
	f.d.conf.corrtimeratio = 3;
	update(&f, 1e-9, 64);
	ck_assert_double_eq_tol(timens_to_s(f.req.slew.end_raw_ns - RAW0),
	    10000, 0.01);
	begin(&f, 0, 0);
	f.d.conf.corrtimeratio = 0.01;
	update(&f, 0.001, 64);
	ck_assert_double_eq_tol(timens_to_s(f.req.slew.end_raw_ns - RAW0),
	    1, 0.001);
}
END_TEST

START_TEST(test_maxchange)
{
	struct fixture f;
	uint32_t updates;

	begin(&f, 0, 0);
	f.d.conf.maxchange_s = 0.1;
	f.d.conf.maxchange_start = f.d.changes = 2;
	f.d.conf.maxchange_ignore = 1;
	update(&f, 5, 64);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	update(&f, -5, 64);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	update(&f, 0.09, 64);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	updates = f.d.updates;
	update(&f, -0.11, 64);
	ck_assert_int_eq(f.req.act, DISCIPLINE_NONE);
	ck_assert_uint_eq(f.d.updates, updates);
	update(&f, 0.01, 64);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	update(&f, 0.11, 64);
	ck_assert_int_eq(f.req.act, DISCIPLINE_GIVE_UP);
	/* a negative number of offsets to ignore: all */
	f.d.conf.maxchange_ignore = -1;
	for (int i = 0; i < 100; i++) {
		update(&f, 0.11, 64);
		ck_assert_int_eq(f.req.act, DISCIPLINE_NONE);
	}
}
END_TEST

/* One exchange with a long delay does not step a clock. */
START_TEST(test_doubt)
{
	struct fixture f;

	begin(&f, 1, 1);
	f.d.doubt_s = 0.5;
	update(&f, 1.4, 2);
	ck_assert_int_eq(f.req.act, DISCIPLINE_SLEW);
	ck_assert_uint_eq(f.d.updates, 0);
	f.d.doubt_s = 0;
	update(&f, 1.4, 2);
	ck_assert_int_eq(f.req.act, DISCIPLINE_STEP);
	begin(&f, 1, 1);
	f.d.doubt_s = 0.5;
	update(&f, -1.6, 2);
	ck_assert_int_eq(f.req.act, DISCIPLINE_STEP);
}
END_TEST

/* What moves the estimate or its bound is not an update. */
START_TEST(test_disturb)
{
	const int64_t at = RAW0 + 50 * NS_PER_SEC;
	struct fixture f;
	int64_t y;
	double disp;

	begin(&f, 0, 0);
	f.d.grow_s = 1e-7;
	update(&f, 0, 100);
	f.d.root_delay_s = 0.02;
	f.d.root_disp_s = 0.01;
	y = discipline_y_ns(&f.d, at);
	disp = discipline_root_disp(&f.d, at);
	discipline_disturb(&f.d, 5 * NS_PER_SEC, 1);
	ck_assert_int_eq(discipline_y_ns(&f.d, at), y + 5 * NS_PER_SEC);
	ck_assert_double_eq_tol(discipline_root_disp(&f.d, at), disp + 1,
	    1e-12);
	discipline_doubt(&f.d, at, 0.5);
	ck_assert_double_eq_tol(discipline_root_disp(&f.d, at), disp + 1,
	    1e-12);
	discipline_doubt(&f.d, at, 3);
	ck_assert_double_eq_tol(discipline_root_disp(&f.d, at), 3 - 0.01,
	    1e-12);
	ck_assert_int_eq(f.d.ref_raw_ns, RAW0);
	ck_assert_int_eq(f.d.ref_time_ns, RAW0 + STEER);
	update(&f, 0, 100);
	ck_assert_double_eq_tol(f.d.interval_s, 100, 1e-9);
}
END_TEST

START_TEST(test_settle)
{
	struct fixture f;

	begin(&f, 0, 0);
	ck_assert_int_eq(discipline_is_off(&f.d, RAW0, STEER), 0);
	update(&f, 0.5, 64);
	/* the sd of what is known is 1e-4 */
	ck_assert_int_eq(discipline_is_off(&f.d, RAW0, STEER +
	    500020 * NS_PER_US), 0);
	ck_assert_int_eq(discipline_is_off(&f.d, RAW0, STEER +
	    500040 * NS_PER_US), 1);
	ck_assert_int_eq(discipline_is_off(&f.d, RAW0, STEER +
	    499960 * NS_PER_US), 1);
}
END_TEST

START_TEST(test_resume)
{
	struct fixture f;

	begin(&f, 1, 3);
	discipline_resume(&f.d, RAW0, STEER + 5000, 30e-6, 0.002, 2e-6);
	ck_assert_int_eq(f.d.synced, 1);
	ck_assert_int_eq(discipline_y_ns(&f.d, RAW0 + 10 * NS_PER_SEC),
	    STEER + 5000 + 300 * NS_PER_US);
	ck_assert_double_eq_tol(discipline_root_disp(&f.d,
	    RAW0 + 1000 * NS_PER_SEC), 0.004, 1e-9);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("discipline");
	TCase *t = tcase_create("discipline");

	tcase_add_test(t, test_slew_over_before_next);
	tcase_add_test(t, test_long_interval);
	tcase_add_test(t, test_unknown_frequency);
	tcase_add_test(t, test_huge_offset);
	tcase_add_test(t, test_makestep);
	tcase_add_test(t, test_frequency);
	tcase_add_test(t, test_figures);
	tcase_add_test(t, test_resume);
	tcase_add_test(t, test_growth);
	tcase_add_test(t, test_maxdrift);
	tcase_add_test(t, test_corrtimeratio);
	tcase_add_test(t, test_maxchange);
	tcase_add_test(t, test_doubt);
	tcase_add_test(t, test_disturb);
	tcase_add_test(t, test_settle);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
