/* The history of the clock: time stamps across slews and steps. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/clockmodel.h"
#include "privsep/messages.h"
#include "regress/unit/unit.h"

#define UNIX_NS	(1700000000LL * NS_PER_SEC)
#define RAW0	(50 * NS_PER_SEC)

static void
answer(struct clockmodel *m, uint32_t id, int64_t raw, int64_t real,
    double rate, double base, int64_t end, int none)
{
	struct msg_clock c;

	memset(&c, 0, sizeof(c));
	c.id = id;
	c.raw_before_ns = c.raw_after_ns = raw;
	c.real_before_ns = c.real_after_ns = real;
	c.rate_ppm = rate;
	c.base_ppm = base;
	c.end_raw_ns = end;
	c.clock_none = (uint32_t)none;
	c.steps_left = 3;
	clockmodel_answer(m, &c);
}

static struct clock_pair
pair(int64_t raw, int64_t real)
{
	struct clock_pair p = { raw, real, 0 };

	return (p);
}

START_TEST(test_uncertain)
{
	struct clockmodel m;

	clockmodel_init(&m);
	ck_assert_int_eq(clockmodel_uncertain(&m, RAW0), 1);
	answer(&m, 0, RAW0, UNIX_NS, 0, 0, 0, 0);
	ck_assert_int_eq(clockmodel_uncertain(&m, RAW0), 0);
	m.pending = 5;
	ck_assert_int_eq(clockmodel_uncertain(&m, RAW0), 1);
	/* another's answer does not end it */
	answer(&m, 4, RAW0, UNIX_NS, 0, 0, 0, 0);
	ck_assert_int_eq(clockmodel_uncertain(&m, RAW0), 1);
	answer(&m, 5, RAW0, UNIX_NS, 100, 10, RAW0 + NS_PER_SEC, 0);
	ck_assert_int_eq(clockmodel_uncertain(&m, RAW0), 0);
	/* the lease ends about now: only the parent knows when */
	ck_assert_int_eq(clockmodel_uncertain(&m, RAW0 + NS_PER_SEC), 1);
}
END_TEST

START_TEST(test_conversion)
{
	struct clockmodel m;
	struct clock_pair now;
	int64_t raw;

	clockmodel_init(&m);
	/* 1 s at rate 0, then 8 % for 1 s, then a step back by 0.3 s */
	answer(&m, 0, RAW0, UNIX_NS, 0, 0, 0, 0);
	answer(&m, 0, RAW0 + NS_PER_SEC, UNIX_NS + NS_PER_SEC, 80000, 0,
	    RAW0 + 2 * NS_PER_SEC, 0);
	now = pair(RAW0 + NS_PER_SEC + 500 * NS_PER_MS,
	    UNIX_NS + NS_PER_SEC + 540 * NS_PER_MS);
	/* in the slew */
	ck_assert_int_eq(clockmodel_raw(&m, &now,
	    UNIX_NS + NS_PER_SEC + 108 * NS_PER_MS, &raw), 0);
	ck_assert_int_lt(llabs(raw - (RAW0 + NS_PER_SEC +
	    100 * NS_PER_MS)), 2);
	/* before it */
	ck_assert_int_eq(clockmodel_raw(&m, &now,
	    UNIX_NS + 700 * NS_PER_MS, &raw), 0);
	ck_assert_int_lt(llabs(raw - (RAW0 + 700 * NS_PER_MS)), 2);
	/* too old, in the future */
	ck_assert_int_eq(clockmodel_raw(&m, &now, UNIX_NS, &raw), -1);
	ck_assert_int_eq(clockmodel_raw(&m, &now,
	    now.real_ns + NS_PER_MS, &raw), -1);
	/* a stamp from before a step back seems to be in the future */
	answer(&m, 0, RAW0 + 2 * NS_PER_SEC, UNIX_NS + 1780 * NS_PER_MS, 0,
	    0, 0, 0);
	now = pair(RAW0 + 2 * NS_PER_SEC + NS_PER_MS,
	    UNIX_NS + 1781 * NS_PER_MS);
	ck_assert_int_eq(clockmodel_raw(&m, &now,
	    UNIX_NS + 2079 * NS_PER_MS, &raw), -1);
}
END_TEST

START_TEST(test_observe)
{
	struct clockmodel m;
	struct clock_pair now;
	int64_t t;

	clockmodel_init(&m);
	answer(&m, 0, RAW0, UNIX_NS, 0, 0, 0, 0);
	/* the kernel's rounding is followed, not reported */
	for (t = 1; t < 1000; t++) {
		now = pair(RAW0 + t * 64 * NS_PER_SEC,
		    UNIX_NS + t * 64 * NS_PER_SEC + t * 60);
		ck_assert_int_eq(clockmodel_observe(&m, &now), 0);
	}
	/* somebody set it */
	now.raw_ns += NS_PER_SEC;
	now.real_ns += 6 * NS_PER_SEC;
	ck_assert_int_eq(clockmodel_observe(&m, &now), 5 * NS_PER_SEC);
	ck_assert_int_eq(clockmodel_observe(&m, &now), 0);
	now.raw_ns += NS_PER_SEC;
	now.real_ns -= NS_PER_SEC;
	ck_assert_int_eq(clockmodel_observe(&m, &now), -2 * NS_PER_SEC);
	/* our own change under way explains anything */
	m.pending = 9;
	now.real_ns += 100 * NS_PER_SEC;
	ck_assert_int_eq(clockmodel_observe(&m, &now), 0);
}
END_TEST

START_TEST(test_none)
{
	struct clockmodel m;
	struct clock_pair now;
	struct msg_clock c;

	clockmodel_init(&m);
	answer(&m, 0, RAW0, UNIX_NS, 0, 0, 0, 1);
	now = pair(RAW0 + 10 * NS_PER_SEC, UNIX_NS + 10 * NS_PER_SEC);
	ck_assert_int_eq(clockmodel_steered(&m, &now), now.real_ns);
	ck_assert_int_eq(clockmodel_steer_ns(&m, &now),
	    now.real_ns - now.raw_ns);
	/* somebody else sets REALTIME: until we steer, it is the clock */
	now.real_ns += NS_PER_SEC;
	ck_assert_int_eq(clockmodel_steered(&m, &now), now.real_ns);
	now.real_ns -= NS_PER_SEC;
	/* 100 ppm for 10 s moves the imaginary clock by a millisecond */
	answer(&m, 1, now.raw_ns, now.real_ns, 100, 0,
	    now.raw_ns + 10 * NS_PER_SEC, 1);
	now = pair(RAW0 + 20 * NS_PER_SEC, UNIX_NS + 20 * NS_PER_SEC);
	ck_assert_int_eq(clockmodel_steered(&m, &now),
	    now.real_ns + NS_PER_MS);
	answer(&m, 0, now.raw_ns, now.real_ns, 0, 0, 0, 1);
	/* a step, and REALTIME does not move */
	memset(&c, 0, sizeof(c));
	c.id = 2;
	c.raw_after_ns = now.raw_ns;
	c.real_after_ns = now.real_ns;
	c.clock_none = 1;
	c.delta_ns = -5 * NS_PER_SEC;
	clockmodel_answer(&m, &c);
	ck_assert_int_eq(clockmodel_steered(&m, &now),
	    now.real_ns + NS_PER_MS - 5 * NS_PER_SEC);
	/* refused: nothing moved */
	c.result = CLOCK_REFUSED;
	clockmodel_answer(&m, &c);
	ck_assert_int_eq(clockmodel_steered(&m, &now),
	    now.real_ns + NS_PER_MS - 5 * NS_PER_SEC);
}
END_TEST

/* With -x others slew the clock: a rate that lasts is known after a look. */
START_TEST(test_follow)
{
	struct clockmodel m;
	struct msg_clock c;
	struct clock_pair now;
	int64_t raw = RAW0, real = UNIX_NS;
	int i, none;

	for (none = 0; none <= 1; none++) {
		clockmodel_init(&m);
		memset(&c, 0, sizeof(c));
		c.raw_after_ns = raw;
		c.real_after_ns = real;
		c.clock_none = (uint32_t)none;
		clockmodel_answer(&m, &c);
		for (i = 0; i < 5; i++) {
			raw += 4 * NS_PER_SEC;
			real += 4 * NS_PER_SEC;
			now = pair(raw, real);
			ck_assert_int_eq(clockmodel_observe(&m, &now), 0);
		}
		/* 400 ppm */
		for (i = 0; i < 3; i++) {
			raw += 500 * NS_PER_MS;
			real += 500 * NS_PER_MS + 200 * NS_PER_US;
			now = pair(raw, real);
			ck_assert_int_eq(clockmodel_observe(&m, &now),
			    none && i > 0 ? 0 : 200 * NS_PER_US);
		}
		ck_assert(fabs(clockmodel_real_rate(&m) -
		    (none ? 400e-6 : 0)) < 1e-9);
		/* steps are none */
		for (i = 1; i < 4; i++) {
			raw += 100 * NS_PER_MS;
			real += 100 * NS_PER_MS + i * NS_PER_SEC;
			now = pair(raw, real);
			ck_assert_int_ne(clockmodel_observe(&m, &now), 0);
		}
		ck_assert(fabs(clockmodel_real_rate(&m) -
		    (none ? 400e-6 : 0)) < 1e-9);
	}
}
END_TEST

/* With -x: a packet makes us read the clock twice within a millisecond. */
START_TEST(test_follow_quick)
{
	struct clockmodel m;
	struct clock_pair now;
	int64_t raw = RAW0, real = UNIX_NS;
	int i;

	clockmodel_init(&m);
	answer(&m, 0, raw, real, 0, 0, 0, 1);
	for (i = 0; i < 4; i++) {
		/* 100 ppm */
		raw += 16 * NS_PER_SEC;
		real += 16 * NS_PER_SEC + 1600 * NS_PER_US;
		now = pair(raw, real);
		ck_assert_int_eq(clockmodel_observe(&m, &now),
		    i > 0 ? 0 : 1600 * NS_PER_US);
		raw += NS_PER_MS;
		real += NS_PER_MS + 100;
		now = pair(raw, real);
		ck_assert_int_eq(clockmodel_observe(&m, &now), 0);
	}
	ck_assert(fabs(clockmodel_real_rate(&m) - 100e-6) < 1e-9);
	/* of one step nothing is left when the next one comes */
	now.raw_ns += NS_PER_SEC;
	now.real_ns += NS_PER_SEC + NS_PER_MS;
	ck_assert_int_ne(clockmodel_observe(&m, &now), 0);
	now.raw_ns += 2 * NS_PER_SEC;
	now.real_ns += 2 * NS_PER_SEC + 200 * NS_PER_US;
	ck_assert_int_eq(clockmodel_observe(&m, &now), 0);
	now.raw_ns += 2 * NS_PER_SEC;
	now.real_ns += 2 * NS_PER_SEC + NS_PER_MS;
	ck_assert_int_ne(clockmodel_observe(&m, &now), 0);
	ck_assert(fabs(clockmodel_real_rate(&m) - 100e-6) < 1e-9);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("clockmodel");
	TCase *t = tcase_create("clockmodel");

	tcase_add_test(t, test_uncertain);
	tcase_add_test(t, test_conversion);
	tcase_add_test(t, test_observe);
	tcase_add_test(t, test_none);
	tcase_add_test(t, test_follow);
	tcase_add_test(t, test_follow_quick);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
