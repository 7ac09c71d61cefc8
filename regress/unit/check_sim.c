/* The simulator's kernel clock and its queue: what the rest is measured by. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "regress/sim/kclock.h"
#include "regress/sim/queue.h"
#include "regress/unit/unit.h"

#define DAY_NS		(86400 * NS_PER_SEC)
#define MIDNIGHT_NS	(19000 * DAY_NS)

static struct timex
modes(unsigned what)
{
	struct timex tx;

	memset(&tx, 0, sizeof(tx));
	tx.modes = what;
	tx.tick = KCLOCK_TICK_US;
	return (tx);
}

START_TEST(test_rates)
{
	struct timex tx = modes(ADJ_TICK | ADJ_FREQUENCY);
	struct kclock k;

	kclock_init(&k, 1, 0, 0, MIDNIGHT_NS, 50e-6, 0);
	kclock_advance(&k, 1000 * NS_PER_SEC);
	ck_assert_int_eq(kclock_raw(&k), 1000 * NS_PER_SEC + 50 * NS_PER_MS);
	ck_assert_int_eq(kclock_real(&k) - MIDNIGHT_NS, kclock_raw(&k));
	/* 100 ppm a tick, 2^-16 ppm of freq, both at once */
	tx.tick = KCLOCK_TICK_US - 2;
	tx.freq = 100 << 16;
	ck_assert_int_ne(kclock_adjtime(&k, &tx), -1);
	kclock_advance(&k, 2000 * NS_PER_SEC);
	ck_assert_int_eq(kclock_raw(&k) - (kclock_real(&k) - MIDNIGHT_NS),
	    100005 * NS_PER_US);
	tx.tick = KCLOCK_TICK_US * 12 / 10;
	ck_assert_int_eq(kclock_adjtime(&k, &tx), -1);
	ck_assert_int_eq(errno, EINVAL);
	tx = modes(ADJ_FREQUENCY);
	tx.freq = 900 << 16;
	ck_assert_int_ne(kclock_adjtime(&k, &tx), -1);
	ck_assert_int_eq(tx.freq, 500 << 16);
	ck_assert_int_eq(tx.tick, KCLOCK_TICK_US - 2);
}
END_TEST

START_TEST(test_latency_and_when)
{
	struct timex tx = modes(ADJ_FREQUENCY);
	struct kclock k;
	int64_t at;

	kclock_init(&k, 1, 0, 0, MIDNIGHT_NS, -200e-6, 0);
	k.latency_ns = 4 * NS_PER_MS;
	tx.freq = 500 << 16;
	kclock_adjtime(&k, &tx);
	kclock_advance(&k, 4 * NS_PER_MS);
	ck_assert_int_eq(kclock_real(&k) - MIDNIGHT_NS, kclock_raw(&k));
	kclock_advance(&k, NS_PER_SEC);
	ck_assert_int_gt(kclock_real(&k) - MIDNIGHT_NS, kclock_raw(&k) +
	    497 * NS_PER_US);
	/* the instant is where RAW gets there, and not a ns before */
	at = kclock_when(&k, 5 * NS_PER_SEC);
	kclock_advance(&k, at);
	ck_assert_int_ge(kclock_raw(&k), 5 * NS_PER_SEC);
	ck_assert_int_le(kclock_raw(&k), 5 * NS_PER_SEC + 2);
}
END_TEST

START_TEST(test_step_and_error)
{
	struct timex tx = modes(ADJ_STATUS | ADJ_MAXERROR);
	struct kclock k;
	int synced;

	kclock_init(&k, 1, 0, 0, MIDNIGHT_NS, 0, 0);
	kclock_maxerror_s(&k, &synced);
	ck_assert_int_eq(synced, 0);
	tx.maxerror = 1000;
	kclock_adjtime(&k, &tx);
	kclock_advance(&k, 10 * NS_PER_SEC);
	ck_assert_double_eq_tol(kclock_maxerror_s(&k, &synced), 6e-3, 1e-9);
	ck_assert_int_eq(synced, 1);
	/* 500 us a second, and at 16 s it is no more synchronised */
	kclock_advance(&k, 40000 * NS_PER_SEC);
	kclock_maxerror_s(&k, &synced);
	ck_assert_int_eq(synced, 0);
	kclock_adjtime(&k, &tx);
	tx = modes(ADJ_SETOFFSET | ADJ_NANO);
	tx.time.tv_sec = -1;
	tx.time.tv_usec = NS_PER_SEC / 2;
	kclock_adjtime(&k, &tx);
	ck_assert_int_eq(kclock_real(&k), MIDNIGHT_NS + 40000 * NS_PER_SEC -
	    NS_PER_SEC / 2);
	ck_assert_int_eq(k.set_ns, -NS_PER_SEC / 2);
	kclock_maxerror_s(&k, &synced);
	ck_assert_int_eq(synced, 0);
	tx.time.tv_usec = NS_PER_SEC;
	ck_assert_int_eq(kclock_adjtime(&k, &tx), -1);
}
END_TEST

static int64_t
real_after_leap(int status, int64_t after_ns)
{
	struct timex tx = modes(ADJ_STATUS);
	struct kclock k;
	int i;

	kclock_init(&k, 1, 0, 0, MIDNIGHT_NS - 100 * NS_PER_SEC, 0, 0);
	tx.status = status;
	kclock_adjtime(&k, &tx);
	/* in small steps, as events come */
	for (i = 1; i <= 1000; i++)
		kclock_advance(&k, (100 * NS_PER_SEC + after_ns) / 1000 * i);
	return (kclock_real(&k) - MIDNIGHT_NS);
}

START_TEST(test_leap)
{
	ck_assert_int_eq(real_after_leap(0, NS_PER_SEC), NS_PER_SEC);
	ck_assert_int_eq(real_after_leap(STA_INS, NS_PER_SEC), 0);
	ck_assert_int_eq(real_after_leap(STA_INS, 90 * NS_PER_SEC),
	    89 * NS_PER_SEC);
	ck_assert_int_eq(real_after_leap(STA_DEL, -2 * NS_PER_SEC),
	    -2 * NS_PER_SEC);
	ck_assert_int_eq(real_after_leap(STA_DEL, 90 * NS_PER_SEC),
	    91 * NS_PER_SEC);
}
END_TEST

START_TEST(test_stop)
{
	struct kclock k;

	kclock_init(&k, 1, 0, 0, MIDNIGHT_NS, 0, 0);
	kclock_advance(&k, NS_PER_SEC);
	kclock_stop(&k);
	kclock_advance(&k, 101 * NS_PER_SEC);
	ck_assert_int_eq(kclock_raw(&k), NS_PER_SEC);
	kclock_resume(&k, 100 * NS_PER_SEC, NS_PER_MS);
	ck_assert_int_eq(kclock_raw(&k), NS_PER_SEC);
	ck_assert_int_eq(kclock_real(&k), MIDNIGHT_NS + 101 * NS_PER_SEC +
	    NS_PER_MS);
	ck_assert_int_eq(k.sleep_ns, 100 * NS_PER_SEC);
	/* a virtual machine that was stopped knows nothing */
	kclock_stop(&k);
	kclock_advance(&k, 201 * NS_PER_SEC);
	kclock_resume(&k, 0, 0);
	ck_assert_int_eq(k.sleep_ns, 100 * NS_PER_SEC);
	ck_assert_int_eq(kclock_raw(&k), NS_PER_SEC);
}
END_TEST

START_TEST(test_queue)
{
	struct sim_queue q;
	struct sim_event *ev;
	int64_t last = -1;
	uint64_t last_seq = 0;
	int i, n = 0;

	memset(&q, 0, sizeof(q));
	for (i = 0; i < 5000; i++)
		ck_assert_ptr_nonnull(queue_add(&q, i * 7919LL % 613,
		    SIM_TICK));
	while ((ev = queue_next(&q)) != NULL) {
		ck_assert_int_ge(ev->at_ns, last);
		if (ev->at_ns == last)
			ck_assert_uint_gt(ev->seq, last_seq);
		last = ev->at_ns;
		last_seq = ev->seq;
		queue_free(&q, ev);
		n++;
	}
	ck_assert_int_eq(n, 5000);
	ck_assert_uint_eq(q.allocated, 5000);
	ck_assert_ptr_nonnull(queue_add(&q, 1, SIM_TICK));
	ck_assert_uint_eq(q.allocated, 5000);
	queue_clear(&q);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sim");
	TCase *t = tcase_create("kclock");

	tcase_add_test(t, test_rates);
	tcase_add_test(t, test_latency_and_when);
	tcase_add_test(t, test_step_and_error);
	tcase_add_test(t, test_leap);
	tcase_add_test(t, test_stop);
	tcase_add_test(t, test_queue);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
