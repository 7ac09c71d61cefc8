/*
 * Tests of lease arithmetic (ntpd/parent/lease.c) and of what asks the guard
 * and drives the clock (clock.c, restore.c), with a back end that is a table
 * of numbers.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/parent/clock.h"
#include "ntpd/parent/files.h"
#include "ntpd/parent/restore.h"
#include "regress/unit/scratch.h"
#include "regress/unit/unit.h"

#define S	NS_PER_SEC
#define TICK	10000
#define REAL0	(1800000000LL * S)

/* The machine: it counts only when a test says so. */
static struct {
	int64_t			raw_ns;
	int64_t			real_ns;
	double			ppm;
	struct clock_errors	errors;
	int			sets;
	int			fail;
	int			running;	/* time passes while reading */
} machine;

static struct clock		the_clock;
static struct clock_params	params;
static struct msg_clock		ended;
static int			nended;
static char			dir[SCRATCH_MAX];

static void
pass(int64_t ns)
{
	machine.raw_ns += ns;
	machine.real_ns += ns + llround((double)ns * machine.ppm * 1e-6);
}

static int
fake_open(struct clock_kernel *k, double *ppm)
{
	k->nominal_us = TICK;
	*ppm = machine.ppm;
	return (0);
}

static int
fake_set_rate(struct clock_kernel *k, double *ppm)
{
	struct lease_rate rate;

	machine.sets++;
	if (machine.fail) {
		errno = EPERM;
		return (-1);
	}
	rate = lease_rate_split(*ppm, k->nominal_us);
	*ppm = machine.ppm = lease_rate_join(&rate, k->nominal_us);
	return (0);
}

static int
fake_step(struct clock_kernel *k, int64_t delta_ns)
{
	(void)k;
	machine.real_ns += delta_ns;
	return (0);
}

static int
fake_set_errors(struct clock_kernel *k, const struct clock_errors *e)
{
	(void)k;
	machine.errors = *e;
	return (0);
}

static void
fake_read(struct clock_kernel *k, struct lease_pair *pair)
{
	(void)k;
	pair->raw_ns = machine.raw_ns;
	pair->real_ns = machine.real_ns;
	pair->width_ns = 0;
}

static int64_t
fake_read_raw(struct clock_kernel *k)
{
	(void)k;
	if (machine.running)
		pass(1000);
	return (machine.raw_ns);
}

static const struct clock_backend fake = {
	.open = fake_open,
	.set_rate = fake_set_rate,
	.step = fake_step,
	.set_errors = fake_set_errors,
	.read = fake_read,
	.read_raw = fake_read_raw,
};

static void
on_ended(void *ctx, const struct msg_clock *c)
{
	(void)ctx;
	ended = *c;
	nended++;
}

static void
setup(void)
{
	memset(&machine, 0, sizeof(machine));
	machine.raw_ns = 100 * S;
	machine.real_ns = REAL0;
	memset(&params, 0, sizeof(params));
	params.backend = &fake;
	params.policy.slew_limit_ppm = 83333;
	params.policy.base_limit_ppm = 100000;
	params.policy.makestep_s = 1;
	params.policy.makestep_limit = 3;
	params.lease_ended = on_ended;
	nended = 0;
	ck_assert_int_eq(clock_open(&the_clock, &params, NULL), 0);
}

static void
slew(uint32_t id, double base, double ppm, int64_t end_ns,
    struct msg_clock *done)
{
	struct msg_slew m = {
		.id = id, .base_ppm = base, .slew_ppm = ppm,
		.end_raw_ns = end_ns
	};

	clock_slew(&the_clock, &m, done);
	ck_assert_uint_eq(done->id, id);
}

START_TEST(test_split)
{
	struct lease_rate rate;
	const double values[] = {
		0, 1, -1, 499.9, -499.9, 500, 501, -501, 549, 551, 83333.3,
		-83333.3, 99999.9, 100000, -100000
	};
	unsigned i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		rate = lease_rate_split(values[i], TICK);
		ck_assert_double_eq_tol(lease_rate_join(&rate, TICK),
		    values[i], 1 / LEASE_FREQ_UNIT);
		ck_assert_int_ge(rate.tick_us, 9000);
		ck_assert_int_le(rate.tick_us, 11000);
		ck_assert_int_le(llabs(rate.freq), 500 * 65536);
		if (fabs(values[i]) <= 500)
			ck_assert_int_eq(rate.tick_us, TICK);
	}
	rate = lease_rate_split(1e300, TICK);
	ck_assert_double_eq(lease_rate_join(&rate, TICK), 100000);
	rate = lease_rate_split(-INFINITY, TICK);
	ck_assert_double_eq(lease_rate_join(&rate, TICK), 0);
	rate = lease_rate_split(NAN, TICK);
	ck_assert_double_eq(lease_rate_join(&rate, TICK), 0);
}
END_TEST

START_TEST(test_wait)
{
	ck_assert_int_eq(lease_wait_us(S, 0), 1000000);
	ck_assert_int_eq(lease_wait_us(12 * S, 83333), 12999996);
	ck_assert_int_eq(lease_wait_us(12 * S, -83333), 11000004);
	ck_assert_int_eq(lease_wait_us(999, 0), 1);
	ck_assert_int_eq(lease_wait_us(-5 * S, 0), 1);
	ck_assert_int_eq(lease_wait_us(S, NAN), 1);
}
END_TEST

START_TEST(test_hold)
{
	struct lease_hold h;

	lease_hold_init(&h, 0, 5);
	ck_assert_double_eq(lease_hold_good(&h, 0), 5);
	lease_hold_change(&h, 10 * S, 80);
	ck_assert_double_eq(lease_hold_good(&h, 600 * S), 5);
	lease_hold_change(&h, 300 * S, 80.5);
	ck_assert_double_eq(lease_hold_good(&h, 610 * S), 80.5);
	lease_hold_change(&h, 700 * S, 900);
	ck_assert_double_eq(lease_hold_good(&h, 700 * S), 80.5);
	lease_hold_change(&h, 800 * S, 80);
	ck_assert_double_eq(lease_hold_good(&h, 900 * S), 80.5);
	ck_assert_double_eq(lease_hold_good(&h, 1400 * S), 80);
}
END_TEST

START_TEST(test_open_base)
{
	struct msg_drift drift = { .freq_ppm = 12.5, .skew_ppm = 1 };

	/* a clock that gains must be slowed */
	ck_assert_int_eq(clock_open(&the_clock, &params, &drift), 0);
	ck_assert_double_eq(machine.ppm, -12.5);
	/* out of range: the kernel's own is kept */
	drift.freq_ppm = 5000;
	ck_assert_int_eq(clock_open(&the_clock, &params, &drift), 0);
	ck_assert_double_eq(machine.ppm, -12.5);
	/* left in a slew, and nobody knows more */
	machine.ppm = 83333;
	ck_assert_int_eq(clock_open(&the_clock, &params, NULL), 0);
	ck_assert_double_eq(machine.ppm, 0);
}
END_TEST

START_TEST(test_freq)
{
	struct msg_freq m = { .id = 7, .base_ppm = 80 };
	struct msg_clock done;

	clock_freq(&the_clock, &m, &done);
	ck_assert_uint_eq(done.id, 7);
	ck_assert_uint_eq(done.result, CLOCK_OK);
	ck_assert_double_eq(done.rate_ppm, 80);
	ck_assert_double_eq(done.base_ppm, 80);
	ck_assert_int_eq(done.end_raw_ns, 0);
	ck_assert_int_eq(done.raw_before_ns, machine.raw_ns);
	ck_assert_int_eq(done.real_after_ns, machine.real_ns);
	ck_assert_uint_eq(done.steps_left, 3);
	ck_assert_double_eq(machine.ppm, 80);
	m.base_ppm = 5000;
	clock_freq(&the_clock, &m, &done);
	ck_assert_uint_eq(done.result, CLOCK_REFUSED);
	ck_assert_double_eq(done.rate_ppm, 80);
	ck_assert_double_eq(machine.ppm, 80);
	m.base_ppm = 90;
	machine.fail = 1;
	clock_freq(&the_clock, &m, &done);
	ck_assert_uint_eq(done.result, CLOCK_FAILED);
	ck_assert_double_eq(done.rate_ppm, 80);
}
END_TEST

START_TEST(test_lease)
{
	struct msg_clock done;
	int64_t real_ns, wait_us;

	slew(1, 10, 50000, machine.raw_ns + 2 * S, &done);
	ck_assert_uint_eq(done.result, CLOCK_OK);
	ck_assert_double_eq(done.rate_ppm, 50010);
	ck_assert_double_eq(done.base_ppm, 10);
	ck_assert_int_eq(done.end_raw_ns, 102 * S);
	real_ns = machine.real_ns;
	/* the timer runs on a clock that is slewed: too early, wait again */
	pass(S);
	wait_us = clock_expire(&the_clock);
	ck_assert_int_ge(wait_us, 1050009);
	ck_assert_int_le(wait_us, 1050010);
	ck_assert_int_eq(nended, 0);
	pass(S - 15000);
	machine.running = 1;
	ck_assert_int_eq(clock_expire(&the_clock), 0);
	machine.running = 0;
	ck_assert_int_eq(nended, 1);
	ck_assert_int_eq(machine.raw_ns, 102 * S);
	ck_assert_double_eq(machine.ppm, 10);
	ck_assert_uint_eq(ended.id, 0);
	ck_assert_double_eq(ended.rate_ppm, 10);
	ck_assert_int_eq(ended.end_raw_ns, 0);
	ck_assert_int_eq(ended.raw_before_ns, 102 * S);
	ck_assert_int_le(llabs(machine.real_ns - real_ns - 2 * S -
	    (int64_t)100020000), 100);
	/* nothing is left to end */
	ck_assert_int_eq(clock_expire(&the_clock), 0);
	ck_assert_int_eq(nended, 1);
}
END_TEST

/* Time that stands still must not hang us. */
START_TEST(test_lease_frozen)
{
	struct msg_clock done;

	slew(1, 0, 100, machine.raw_ns + 10000, &done);
	ck_assert_int_eq(clock_expire(&the_clock), 0);
	ck_assert_int_eq(nended, 1);
}
END_TEST

START_TEST(test_lease_late)
{
	struct msg_clock done;

	slew(1, 25, 50000, machine.raw_ns - 1, &done);
	ck_assert_uint_eq(done.result, CLOCK_OK);
	ck_assert_double_eq(done.rate_ppm, 25);
	ck_assert_int_eq(done.end_raw_ns, 0);
	ck_assert_double_eq(machine.ppm, 25);
}
END_TEST

START_TEST(test_lease_replaced)
{
	struct msg_freq f = { .id = 2, .base_ppm = 5 };
	struct msg_step s = { .id = 4, .base_ppm = 3, .delta_ns = 9 * S };
	struct msg_clock done;

	slew(1, 0, 50000, machine.raw_ns + 10 * S, &done);
	clock_freq(&the_clock, &f, &done);
	ck_assert_double_eq(machine.ppm, 5);
	ck_assert_int_eq(done.end_raw_ns, 0);
	slew(3, 0, 50000, machine.raw_ns + 10 * S, &done);
	clock_step(&the_clock, &s, &done);
	ck_assert_uint_eq(done.result, CLOCK_OK);
	ck_assert_int_eq(done.delta_ns, 9 * S);
	ck_assert_int_eq(done.real_after_ns - done.real_before_ns, 9 * S);
	ck_assert_double_eq(machine.ppm, 3);
	ck_assert_int_eq(done.end_raw_ns, 0);
	ck_assert_uint_eq(done.steps_left, 2);
	pass(20 * S);
	ck_assert_int_eq(clock_expire(&the_clock), 0);
	ck_assert_int_eq(nended, 0);
}
END_TEST

START_TEST(test_refused_keeps_lease)
{
	struct msg_step s = { .id = 2, .delta_ns = S / 2 };
	struct msg_clock done;

	slew(1, 0, 50000, machine.raw_ns + 10 * S, &done);
	clock_step(&the_clock, &s, &done);
	ck_assert_uint_eq(done.result, CLOCK_REFUSED);
	ck_assert_int_eq(done.delta_ns, 0);
	ck_assert_double_eq(done.rate_ppm, 50000);
	ck_assert_int_eq(done.end_raw_ns, 110 * S);
	ck_assert_double_eq(machine.ppm, 50000);
	ck_assert_int_eq(machine.real_ns, REAL0);
}
END_TEST

START_TEST(test_engine_gone)
{
	struct msg_freq f = { .id = 2, .base_ppm = 80 };
	struct msg_clock done;

	clock_freq(&the_clock, &f, &done);
	pass(601 * S);
	/* an engine that went wrong, and then died in a slew */
	f.base_ppm = 900;
	clock_freq(&the_clock, &f, &done);
	slew(3, 900, 50000, machine.raw_ns + 100 * S, &done);
	ck_assert_double_eq(machine.ppm, 50900);
	clock_engine_gone(&the_clock);
	ck_assert_double_eq(machine.ppm, 80);
	clock_state(&the_clock, &done);
	ck_assert_double_eq(done.base_ppm, 80);
	ck_assert_int_eq(done.end_raw_ns, 0);
	ck_assert_uint_eq(done.id, 0);
	pass(200 * S);
	ck_assert_int_eq(clock_expire(&the_clock), 0);
	ck_assert_int_eq(nended, 0);
}
END_TEST

START_TEST(test_close)
{
	struct msg_clock done;

	slew(1, 44, 50000, machine.raw_ns + 10 * S, &done);
	clock_close(&the_clock);
	ck_assert_double_eq(machine.ppm, 44);
}
END_TEST

START_TEST(test_status)
{
	struct msg_status m = {
		.synced = 1, .leap = 1, .maxerror_s = 1.5e-3,
		.esterror_s = 1e9
	};

	/* without rtcsync the kernel is told the errors, not to copy */
	clock_status(&the_clock, &m);
	ck_assert_int_eq(machine.errors.synced, 0);
	ck_assert_int_eq(machine.errors.max_us, 1500);
	ck_assert_int_eq(machine.errors.est_us, 1000000000000000);
	ck_assert_int_eq(machine.errors.leap, 0);
	params.rtcsync = 1;
	ck_assert_int_eq(clock_open(&the_clock, &params, NULL), 0);
	machine.real_ns = 1483142400 * S;	/* 2016-12-31 */
	clock_status(&the_clock, &m);
	ck_assert_int_eq(machine.errors.synced, 1);
	ck_assert_int_eq(machine.errors.leap, 1);
	m.synced = 0;
	clock_status(&the_clock, &m);
	ck_assert_int_eq(machine.errors.synced, 0);
	ck_assert_int_eq(machine.errors.max_us, -1);
}
END_TEST

START_TEST(test_record)
{
	struct restore restore;
	struct msg_clock done;
	double ppm = 0;
	int fd;

	scratch_make(dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ne(fd, -1);
	restore_init(&restore, fd);
	params.restore = &restore;
	ck_assert_int_eq(clock_open(&the_clock, &params, NULL), 0);
	/* a small slew leaves no record, a large one does */
	slew(1, 33, 40, machine.raw_ns + 10 * S, &done);
	ck_assert_int_eq(restore_read(fd, &ppm), 0);
	slew(2, 33, -60000, machine.raw_ns + 10 * S, &done);
	ck_assert_int_eq(restore_read(fd, &ppm), 1);
	ck_assert_double_eq(ppm, 33);
	/* killed here, and the next one starts */
	ck_assert_int_eq(restore_apply(fd, &fake), 1);
	ck_assert_double_eq_tol(machine.ppm, 33, 1e-4);
	ck_assert_int_eq(restore_apply(fd, &fake), 0);
	/* a lease that ends removes it */
	restore_init(&restore, fd);
	slew(3, 33, -60000, machine.raw_ns + 10 * S, &done);
	ck_assert_int_eq(restore_read(fd, &ppm), 1);
	pass(10 * S);
	ck_assert_int_eq(clock_expire(&the_clock), 0);
	ck_assert_int_eq(restore_read(fd, &ppm), 0);
	/* nonsense is not put into the clock */
	ck_assert_int_eq(files_replace(fd, RESTORE_NAME, "90000 0", 7, 0600),
	    0);
	ck_assert_int_eq(restore_apply(fd, &fake), -1);
	ck_assert_double_eq_tol(machine.ppm, 33, 1e-4);
	ck_assert_int_eq(unlinkat(fd, RESTORE_NAME, 0), 0);
	close(fd);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tc;

	suite = suite_create("clock");
	tc = tcase_create("clock");
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_split);
	tcase_add_test(tc, test_wait);
	tcase_add_test(tc, test_hold);
	tcase_add_test(tc, test_open_base);
	tcase_add_test(tc, test_freq);
	tcase_add_test(tc, test_lease);
	tcase_add_test(tc, test_lease_frozen);
	tcase_add_test(tc, test_lease_late);
	tcase_add_test(tc, test_lease_replaced);
	tcase_add_test(tc, test_refused_keeps_lease);
	tcase_add_test(tc, test_engine_gone);
	tcase_add_test(tc, test_close);
	tcase_add_test(tc, test_status);
	tcase_add_test(tc, test_record);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
