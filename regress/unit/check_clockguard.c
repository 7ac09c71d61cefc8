/*
 * Tests of the clock guard (ntpd/parent/clockguard.c).
 */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/timens.h"
#include "ntpd/parent/clockguard.h"
#include "regress/unit/unit.h"

#define S		NS_PER_SEC
#define START		(10 * S)	/* MONOTONIC_RAW */
#define REAL		(1800000000LL * S)	/* 2027 */
#define FLOOR		(1767225600LL * S)

static struct clockguard guard;

static struct clockguard_policy
policy(double makestep_s, int32_t limit)
{
	struct clockguard_policy p = {
		.slew_limit_ppm = 1e6 / 12,
		.base_limit_ppm = 100000,
		.makestep_s = makestep_s,
		.makestep_limit = limit,
		.floor_ns = FLOOR,
		.operator_floor_ns = FLOOR - 1000 * S,
	};

	return (p);
}

static void
setup(void)
{
	struct clockguard_policy p = policy(1, 3);

	clockguard_init(&guard, &p, 0);
}

static void
init(double makestep_s, int32_t limit)
{
	struct clockguard_policy p = policy(makestep_s, limit);

	clockguard_init(&guard, &p, 0);
}

static enum clockguard_reason
step(int64_t now_ns, int64_t delta_ns)
{
	return (clockguard_step(&guard, now_ns, REAL, 0, delta_ns, 0));
}

/* Synchronised reports for long enough with nothing to correct. */
static int64_t
settle(int64_t now_ns)
{
	int i;

	for (i = 0; i < 20; i++, now_ns += 60 * S)
		clockguard_status(&guard, now_ns, 1);
	ck_assert_int_eq(guard.settled, 1);
	return (now_ns);
}

START_TEST(test_values)
{
	const double bad[] = { NAN, INFINITY, -INFINITY };
	unsigned i;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(clockguard_freq(&guard, START, bad[i]),
		    CLOCKGUARD_VALUE);
		ck_assert_int_eq(clockguard_slew(&guard, START, 0, bad[i],
		    START + S), CLOCKGUARD_VALUE);
		ck_assert_int_eq(clockguard_slew(&guard, START, bad[i], 0,
		    START + S), CLOCKGUARD_VALUE);
		ck_assert_int_eq(clockguard_step(&guard, START, REAL, bad[i],
		    2 * S, 0), CLOCKGUARD_VALUE);
	}
	ck_assert_uint_eq(clockguard_refused(&guard), 12);
	ck_assert_uint_eq(guard.refused[CLOCKGUARD_VALUE], 12);
}
END_TEST

START_TEST(test_base)
{
	ck_assert_int_eq(clockguard_freq(&guard, START, 1000),
	    CLOCKGUARD_OK);
	ck_assert_int_eq(clockguard_freq(&guard, START, -1000),
	    CLOCKGUARD_OK);
	ck_assert_int_eq(clockguard_freq(&guard, START, 1000.1),
	    CLOCKGUARD_BASE);
	ck_assert_int_eq(clockguard_slew(&guard, START, -1001, 0, START + S),
	    CLOCKGUARD_BASE);
	ck_assert_int_eq(clockguard_step(&guard, START, REAL, 200000, 2 * S,
	    0), CLOCKGUARD_BASE);
}
END_TEST

START_TEST(test_slew_limits)
{
	ck_assert_int_eq(clockguard_slew(&guard, START, 0, 83333,
	    START + 60 * S), CLOCKGUARD_OK);
	ck_assert_int_eq(clockguard_slew(&guard, START, 0, 83334,
	    START + 60 * S), CLOCKGUARD_SLEW);
	ck_assert_int_eq(clockguard_slew(&guard, START, 0, -83334,
	    START + 60 * S), CLOCKGUARD_SLEW);
	ck_assert_int_eq(clockguard_slew(&guard, START, 0, 1,
	    START + 86401 * S), CLOCKGUARD_LEASE);
	ck_assert_int_eq(clockguard_slew(&guard, START, 0, 1, INT64_MAX / 2),
	    CLOCKGUARD_LEASE);
	/* one that is over already is a mere frequency */
	ck_assert_int_eq(clockguard_slew(&guard, START, 0, 83333, 0),
	    CLOCKGUARD_OK);
}
END_TEST

/* maxslewrate beyond what the kernel can do is cut. */
START_TEST(test_slew_policy)
{
	struct clockguard_policy p = policy(1, 3);

	p.slew_limit_ppm = 1e9;
	clockguard_init(&guard, &p, 0);
	ck_assert_int_eq(clockguard_slew(&guard, START, 0, 100001,
	    START + S), CLOCKGUARD_SLEW);
	p.slew_limit_ppm = NAN;
	clockguard_init(&guard, &p, 0);
	ck_assert_int_eq(clockguard_slew(&guard, START, 0, 1, START + S),
	    CLOCKGUARD_SLEW);
}
END_TEST

/* maxdrift bounds the frequency, and CLOCKGUARD_BASE_PPM bounds maxdrift. */
START_TEST(test_drift_policy)
{
	struct clockguard_policy p = policy(1, 3);

	p.base_limit_ppm = 20;
	clockguard_init(&guard, &p, 0);
	ck_assert_int_eq(clockguard_freq(&guard, START, 20), CLOCKGUARD_OK);
	ck_assert_int_eq(clockguard_freq(&guard, START, -20.01),
	    CLOCKGUARD_BASE);
	ck_assert_int_eq(clockguard_slew(&guard, START, 20.01, 1, START + S),
	    CLOCKGUARD_BASE);
	p.base_limit_ppm = NAN;
	clockguard_init(&guard, &p, 0);
	ck_assert_int_eq(clockguard_freq(&guard, START, 0.1),
	    CLOCKGUARD_BASE);
	p.base_limit_ppm = 5000;
	clockguard_init(&guard, &p, 0);
	ck_assert_int_eq(clockguard_freq(&guard, START, 1000.1),
	    CLOCKGUARD_BASE);
}
END_TEST

START_TEST(test_makestep_count)
{
	ck_assert_uint_eq(clockguard_steps_left(&guard), 3);
	ck_assert_int_eq(step(START, 1000 * S), CLOCKGUARD_OK);
	ck_assert_int_eq(step(START, -1000 * S), CLOCKGUARD_OK);
	ck_assert_int_eq(step(START, S / 2), CLOCKGUARD_SMALL);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 1);
	ck_assert_int_eq(step(START, S), CLOCKGUARD_OK);
	ck_assert_int_eq(step(START, 1000 * S), CLOCKGUARD_STEP);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 0);
}
END_TEST

START_TEST(test_makestep_never)
{
	init(0, 0);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 0);
	ck_assert_int_eq(step(START, 1000 * S), CLOCKGUARD_STEP);
	ck_assert_int_eq(step(START, -1), CLOCKGUARD_STEP);
	ck_assert_int_eq(clockguard_step(&guard, START, REAL, 0, S, 1),
	    CLOCKGUARD_STEP);
}
END_TEST

START_TEST(test_makestep_always)
{
	int64_t now_ns = START;
	int i;

	init(0.1, -1);
	ck_assert_uint_eq(clockguard_steps_left(&guard), INT32_MAX);
	for (i = 0; i < CLOCKGUARD_STEPS; i++)
		ck_assert_int_eq(step(now_ns, S), CLOCKGUARD_OK);
	ck_assert_int_eq(step(now_ns, S), CLOCKGUARD_OFTEN);
	/* an hour later they are forgotten */
	now_ns += 3600 * S;
	ck_assert_int_eq(step(now_ns, S), CLOCKGUARD_OK);
}
END_TEST

/* The permission of `makestep 1 3' ends with the updates, used or not. */
START_TEST(test_makestep_updates)
{
	int i;

	for (i = 0; i < 3 * CLOCKGUARD_UPDATES - 1; i++)
		clockguard_status(&guard, START + i * S, 1);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 3);
	clockguard_status(&guard, START + i * S, 0);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 3);
	clockguard_status(&guard, START + i * S, 1);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 0);
	ck_assert_int_eq(step(START + i * S, 5 * S), CLOCKGUARD_STEP);
}
END_TEST

START_TEST(test_oneshot)
{
	struct clockguard_policy p = policy(0, 0);

	p.oneshot = 1;
	clockguard_init(&guard, &p, 0);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 1);
	ck_assert_int_eq(step(START, S), CLOCKGUARD_STEP);
	ck_assert_int_eq(clockguard_step(&guard, START, REAL, 0, 1, 1),
	    CLOCKGUARD_OK);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 0);
	ck_assert_int_eq(clockguard_step(&guard, START, REAL, 0, 1, 1),
	    CLOCKGUARD_STEP);
}
END_TEST

START_TEST(test_operator)
{
	init(0, 0);
	clockguard_operator(&guard, START);
	ck_assert_int_eq(step(START + 5 * S, -7 * S), CLOCKGUARD_OK);
	ck_assert_int_eq(step(START + 5 * S, 7 * S), CLOCKGUARD_STEP);
	clockguard_operator(&guard, START);
	ck_assert_int_eq(step(START + 5 * S + 1, S), CLOCKGUARD_STEP);
}
END_TEST

START_TEST(test_target)
{
	init(0, -1);
	ck_assert_int_eq(step(START, FLOOR - REAL), CLOCKGUARD_OK);
	ck_assert_int_eq(step(START, FLOOR - REAL - 1), CLOCKGUARD_FLOOR);
	ck_assert_int_eq(step(START, INT64_MIN), CLOCKGUARD_FLOOR);
	ck_assert_int_eq(step(START, CLOCKGUARD_TIME_MAX_NS - REAL),
	    CLOCKGUARD_OK);
	ck_assert_int_eq(step(START, CLOCKGUARD_TIME_MAX_NS - REAL + 1),
	    CLOCKGUARD_CEILING);
	ck_assert_int_eq(step(START, INT64_MAX), CLOCKGUARD_CEILING);
	/* an operator can go further back, but not before the build */
	clockguard_operator(&guard, START);
	ck_assert_int_eq(step(START, FLOOR - REAL - 1000 * S - 1),
	    CLOCKGUARD_FLOOR);
	ck_assert_int_eq(step(START, FLOOR - REAL - 1), CLOCKGUARD_OK);
}
END_TEST

/* The largest legal behaviour: a day slewed at 83333 ppm takes 12 days. */
START_TEST(test_long_slew)
{
	int64_t now_ns = START;
	int i;

	init(0, 0);
	for (i = 0; i < 12 * 24 * 60; i++, now_ns += 60 * S) {
		ck_assert_int_eq(clockguard_slew(&guard, now_ns, 10, -83333,
		    now_ns + 3600 * S), CLOCKGUARD_OK);
		clockguard_status(&guard, now_ns, 1);
	}
	ck_assert_int_eq(guard.settled, 0);
	/* and once with the longest leases */
	for (i = 0; i < 12; i++, now_ns += 86400 * S)
		ck_assert_int_eq(clockguard_slew(&guard, now_ns, 10, -83333,
		    now_ns + 86400 * S), CLOCKGUARD_OK);
	ck_assert_uint_eq(clockguard_refused(&guard), 0);
}
END_TEST

/* To and fro at full rate is stopped even while the clock is being set. */
START_TEST(test_oscillation)
{
	int64_t now_ns = START;
	double last = 0, ppm = 83333, wasted_s = 0;
	int i;

	init(0, 0);
	for (i = 0; i < 60; i++, ppm = -ppm, now_ns += 40 * S) {
		if (clockguard_slew(&guard, now_ns, 0, ppm,
		    now_ns + 40 * S) != CLOCKGUARD_OK)
			continue;
		/* going on in one direction is none */
		if (ppm != last)
			wasted_s += fabs(ppm) * 40e-6;
		last = ppm;
	}
	ck_assert_double_gt(wasted_s, CLOCKGUARD_WASTE_S / 2);
	ck_assert_double_lt(wasted_s, CLOCKGUARD_WASTE_S + 10);
	ck_assert_uint_gt(guard.refused[CLOCKGUARD_WASTE_LIMIT], 0);
}
END_TEST

/* A wrong first measurement of 20 s may be taken back. */
START_TEST(test_overshoot)
{
	int64_t now_ns = START;

	init(0, 0);
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 80000,
	    now_ns + 250 * S), CLOCKGUARD_OK);
	now_ns += 250 * S;
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, -80000,
	    now_ns + 250 * S), CLOCKGUARD_OK);
}
END_TEST

START_TEST(test_frequency_swings)
{
	double last = 0, moved = 0, ppm = 1000;
	int i;

	for (i = 0; i < 40; i++, ppm = -ppm)
		if (clockguard_freq(&guard, START + i * S, ppm) ==
		    CLOCKGUARD_OK) {
			moved += fabs(ppm - last);
			last = ppm;
		}
	ck_assert_double_gt(moved, 18000);
	ck_assert_double_le(moved, 20000);
	ck_assert_uint_gt(guard.refused[CLOCKGUARD_FREQ_LIMIT], 0);
	/* the window slides */
	ck_assert_int_eq(clockguard_freq(&guard, START + 3700 * S, 0),
	    CLOCKGUARD_OK);
}
END_TEST

/* Honest steering of a right clock: 16 s polls, 1 ms and 0.3 ppm of noise. */
START_TEST(test_honest)
{
	int64_t now_ns = START;
	uint32_t seed = 1;
	double noise, ppm = 80;
	int i;

	init(1, 3);
	ck_assert_int_eq(clockguard_freq(&guard, now_ns, ppm),
	    CLOCKGUARD_OK);
	for (i = 0; i < 86400 / 16; i++, now_ns += 16 * S) {
		seed = seed * 1664525 + 1013904223;
		noise = (double)(int32_t)seed / INT32_MAX;
		ck_assert_int_eq(clockguard_slew(&guard, now_ns,
		    ppm + 0.3 * noise, 1e-3 * noise / 4 * 1e6,
		    now_ns + 4 * S), CLOCKGUARD_OK);
		clockguard_status(&guard, now_ns, 1);
	}
	ck_assert_int_eq(guard.settled, 1);
	ck_assert_uint_eq(clockguard_refused(&guard), 0);
}
END_TEST

/* A week without sources at 10 ppm: the 6 s are allowed in two hours. */
START_TEST(test_free_run)
{
	int64_t now_ns;
	double left_s = 6;
	int i;

	now_ns = settle(START) + 7 * 86400 * S;
	for (i = 0; left_s > 0 && i < 1000; i++, now_ns += 60 * S)
		if (clockguard_slew(&guard, now_ns, 0, 50000,
		    now_ns + 5 * S) == CLOCKGUARD_OK)
			left_s -= 0.25;
	ck_assert_double_le(left_s, 0);
	ck_assert_int_lt(i, 120);
}
END_TEST

/* What a taken-over engine can do to a right clock in a day. */
START_TEST(test_attack_settled)
{
	int64_t now_ns, end_ns;
	double net_s = 0;

	now_ns = settle(START);
	end_ns = now_ns + 86400 * S;
	for (; now_ns < end_ns; now_ns += 10 * S)
		if (clockguard_slew(&guard, now_ns, 0, 83333,
		    now_ns + 10 * S) == CLOCKGUARD_OK)
			net_s += 0.83333;
	/* the reserve, and what of it came back, and the hourly budget */
	ck_assert_double_lt(net_s, 2 * CLOCKGUARD_RESERVE_S +
	    25 * CLOCKGUARD_SETTLED_S);
	ck_assert_double_gt(net_s, CLOCKGUARD_RESERVE_S);
	ck_assert_uint_gt(guard.refused[CLOCKGUARD_SETTLED_LIMIT], 5000);
	ck_assert_int_eq(guard.settled, 1);
}
END_TEST

START_TEST(test_attack_frequency)
{
	int64_t now_ns = settle(START);

	ck_assert_int_eq(clockguard_freq(&guard, now_ns, 1000),
	    CLOCKGUARD_OK);
	ck_assert_int_eq(clockguard_freq(&guard, now_ns, 0),
	    CLOCKGUARD_SETTLED_LIMIT);
	ck_assert_int_eq(clockguard_freq(&guard, now_ns, -1000),
	    CLOCKGUARD_SETTLED_LIMIT);
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 1000, 50000,
	    now_ns + 21000 * S), CLOCKGUARD_SETTLED_LIMIT);
	/* the dead band stays usable */
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 999.5, 100,
	    now_ns + 60 * S), CLOCKGUARD_OK);
}
END_TEST

/* A long lease, with no word in between, uses the reserve up all the same. */
START_TEST(test_silent_lease)
{
	int64_t now_ns = settle(START);

	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 56000,
	    now_ns + 17700 * S), CLOCKGUARD_OK);
	now_ns += 17700 * S;
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 56000,
	    now_ns + 17700 * S), CLOCKGUARD_SETTLED_LIMIT);
	ck_assert_double_lt(guard.reserve_s, 300);
}
END_TEST

START_TEST(test_status_flood)
{
	int i;

	for (i = 0; i < CLOCKGUARD_REQUESTS; i++)
		ck_assert_int_eq(clockguard_status(&guard, START, 1), 0);
	ck_assert_int_eq(clockguard_status(&guard, START, 1), -1);
	ck_assert_int_eq(clockguard_freq(&guard, START, 0),
	    CLOCKGUARD_FLOOD);
}
END_TEST

/* A virtual machine was paused for ten minutes: one way, without a step. */
START_TEST(test_paused)
{
	int64_t now_ns = settle(START);
	int64_t end_ns = now_ns + 7200 * S;

	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 83333, end_ns),
	    CLOCKGUARD_OK);
	/* it is replaced again and again by what is left of it */
	for (; now_ns < end_ns; now_ns += 64 * S)
		ck_assert_int_eq(clockguard_slew(&guard, now_ns, 1, 83333,
		    end_ns), CLOCKGUARD_OK);
	ck_assert_int_eq(guard.settled, 1);
	ck_assert_double_lt(guard.reserve_s, CLOCKGUARD_RESERVE_S - 500);
	/* but not there and back */
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, -83333,
	    now_ns + 600 * S), CLOCKGUARD_SETTLED_LIMIT);
	/* and not twice on a day */
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 83333,
	    now_ns + 7200 * S), CLOCKGUARD_SETTLED_LIMIT);
	now_ns += 86400 * S;
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 83333,
	    now_ns + 7200 * S), CLOCKGUARD_OK);
}
END_TEST

/* Lying about the state does not loosen what is settled. */
START_TEST(test_attack_status)
{
	int64_t now_ns = settle(START);

	clockguard_status(&guard, now_ns, 0);
	ck_assert_int_eq(guard.settled, 1);
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 83333,
	    now_ns + 13000 * S), CLOCKGUARD_SETTLED_LIMIT);
	clockguard_operator(&guard, now_ns);
	ck_assert_int_eq(step(now_ns, 3600 * S), CLOCKGUARD_OK);
	ck_assert_int_eq(guard.settled, 0);
}
END_TEST

/* An operator's slew or frequency of a right clock: one, within 5 s. */
START_TEST(test_operator_slew)
{
	int64_t now_ns = settle(START);

	clockguard_operator(&guard, now_ns);
	/* what it may have anyway does not use that up */
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 100,
	    now_ns + 10 * S), CLOCKGUARD_OK);
	ck_assert_int_eq(guard.settled, 1);
	ck_assert_int_eq(clockguard_slew(&guard, now_ns + 5 * S, 0, 83333,
	    now_ns + 20000 * S), CLOCKGUARD_OK);
	ck_assert_int_eq(guard.settled, 0);
	now_ns = settle(now_ns + 30000 * S);
	clockguard_operator(&guard, now_ns);
	ck_assert_int_eq(clockguard_slew(&guard, now_ns + 5 * S + 1, 0,
	    83333, now_ns + 20000 * S), CLOCKGUARD_SETTLED_LIMIT);
}
END_TEST

/* makestep with a limit, at run time. */
START_TEST(test_operator_makestep)
{
	init(1, 1);
	ck_assert_int_eq(step(START, 2 * S), CLOCKGUARD_OK);
	ck_assert_int_eq(step(START, 2 * S), CLOCKGUARD_STEP);
	clockguard_makestep(&guard, 0.5, 2);
	ck_assert_uint_eq(clockguard_steps_left(&guard), 2);
	ck_assert_int_eq(step(START, S), CLOCKGUARD_OK);
	ck_assert_int_eq(step(START, S / 4), CLOCKGUARD_SMALL);
	ck_assert_int_eq(step(START, S), CLOCKGUARD_OK);
	ck_assert_int_eq(step(START, S), CLOCKGUARD_STEP);
	/* always, but not oftener than the window allows */
	clockguard_makestep(&guard, 0, -1);
	while (step(START, S) == CLOCKGUARD_OK)
		;
	ck_assert_int_eq(step(START, S), CLOCKGUARD_OFTEN);
	clockguard_makestep(&guard, 0, -1);
	ck_assert_int_eq(step(START, S), CLOCKGUARD_OFTEN);
}
END_TEST

/* A lease that was replaced or cancelled counts as far as it was played. */
START_TEST(test_partial_lease)
{
	int64_t now_ns = settle(START);
	int i;

	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, 40000,
		    now_ns + 100 * S), CLOCKGUARD_OK);
		now_ns += S / 4;
	}
	/* 25 s at 40000 ppm: 1 s of 5 and nothing of the reserve */
	clockguard_cancel(&guard, now_ns);
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, -40000,
	    now_ns + 25100 * S), CLOCKGUARD_SETTLED_LIMIT);
	ck_assert_int_eq(clockguard_slew(&guard, now_ns, 0, -40000,
	    now_ns + 99 * S), CLOCKGUARD_OK);
}
END_TEST

START_TEST(test_flood)
{
	int i;

	for (i = 0; i < CLOCKGUARD_REQUESTS; i++)
		ck_assert_int_eq(clockguard_freq(&guard, START, 0),
		    CLOCKGUARD_OK);
	ck_assert_int_eq(clockguard_freq(&guard, START, 0),
	    CLOCKGUARD_FLOOD);
	ck_assert_int_eq(clockguard_freq(&guard, START + 60 * S, 0),
	    CLOCKGUARD_OK);
}
END_TEST

START_TEST(test_leap_day)
{
	/* 2016-12-31, 2015-06-30, and days beside them */
	ck_assert(clockguard_leap_day(1483142400 * S));
	ck_assert(clockguard_leap_day(1483228799 * S));
	ck_assert(!clockguard_leap_day(1483228800 * S));
	ck_assert(!clockguard_leap_day(1483142399 * S));
	ck_assert(clockguard_leap_day(1435622400 * S));
	ck_assert(!clockguard_leap_day(1435708800 * S));
	ck_assert(!clockguard_leap_day(1456704000 * S));  /* 29 Feb 2016 */
	ck_assert(!clockguard_leap_day(1459382400 * S));  /* 31 Mar 2016 */
	ck_assert(!clockguard_leap_day(-1));
	ck_assert(!clockguard_leap_day(0));
}
END_TEST

START_TEST(test_texts)
{
	int i;

	for (i = 0; i < CLOCKGUARD_REASONS; i++)
		ck_assert_ptr_nonnull(clockguard_text(i));
	ck_assert_str_eq(clockguard_text(CLOCKGUARD_REASONS), "?");
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_test(tc, test_values);
	tcase_add_test(tc, test_base);
	tcase_add_test(tc, test_slew_limits);
	tcase_add_test(tc, test_slew_policy);
	tcase_add_test(tc, test_drift_policy);
	tcase_add_test(tc, test_makestep_count);
	tcase_add_test(tc, test_makestep_never);
	tcase_add_test(tc, test_makestep_always);
	tcase_add_test(tc, test_makestep_updates);
	tcase_add_test(tc, test_oneshot);
	tcase_add_test(tc, test_operator);
	tcase_add_test(tc, test_operator_slew);
	tcase_add_test(tc, test_operator_makestep);
	tcase_add_test(tc, test_target);
	tcase_add_test(tc, test_long_slew);
	tcase_add_test(tc, test_oscillation);
	tcase_add_test(tc, test_overshoot);
	tcase_add_test(tc, test_frequency_swings);
	tcase_add_test(tc, test_honest);
	tcase_add_test(tc, test_free_run);
	tcase_add_test(tc, test_attack_settled);
	tcase_add_test(tc, test_attack_frequency);
	tcase_add_test(tc, test_silent_lease);
	tcase_add_test(tc, test_status_flood);
	tcase_add_test(tc, test_paused);
	tcase_add_test(tc, test_attack_status);
	tcase_add_test(tc, test_partial_lease);
	tcase_add_test(tc, test_flood);
	tcase_add_test(tc, test_leap_day);
	tcase_add_test(tc, test_texts);
}

int
main(void)
{
	Suite *suite;
	TCase *tc;

	suite = suite_create("clockguard");
	tc = tcase_create("guard");
	tcase_add_checked_fixture(tc, setup, NULL);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
