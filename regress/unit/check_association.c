/* The client exchange: every test of a reply, kisses, reach, bursts. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/association.h"

#define T0	(100 * NS_PER_SEC)
#define UNIX_NS	(1700000000LL * NS_PER_SEC)

struct fixture {
	struct association	a;
	struct ntp_header	reply;
	struct assoc_packet	p;
	uint8_t			buf[NTP_HEADER_LEN + 24];
	int64_t			now;
	double			precision_s;
};

static void
begin_known(struct fixture *f, int iburst, double freq_sd)
{
	struct assoc_conf c = { 6, 10, 4, (uint8_t)iburst, 1 };
	struct addr addr;

	memset(f, 0, sizeof(*f));
	ck_assert_int_eq(addr_parse("192.0.2.1", &addr), 0);
	f->now = T0;
	f->precision_s = 1e-7;
	association_init(&f->a, &addr, &c, f->now, 0, freq_sd);
}

/* A frequency that is known, for samples of this path. */
static void
begin_calm(struct fixture *f, int iburst)
{
	begin_known(f, iburst, 1e-9);
	f->precision_s = 1e-3;
}

static void
begin(struct fixture *f, int iburst)
{
	begin_known(f, iburst, 1e-4);
}

static uint64_t
ask(struct fixture *f)
{
	static uint64_t seq = 1;
	uint64_t rnd[2] = { 0x1234567800000000ULL + seq++, 77 };
	struct ntp_header h;
	uint8_t buf[NTP_HEADER_LEN];

	f->now = f->a.next_raw_ns;
	ck_assert_int_eq(association_tick(&f->a, f->now, rnd, buf), 1);
	ck_assert_int_eq(ntp_header_parse(buf, sizeof(buf), &h), 0);
	/* a request tells nothing but the cookie */
	ck_assert_uint_eq(h.transmit, rnd[0]);
	ck_assert_uint_eq(h.reference | h.origin | h.receive, 0);
	ck_assert_int_eq(h.mode, NTP_MODE_CLIENT);
	ck_assert_int_eq(h.version, 4);
	ck_assert_int_eq(h.stratum, 0);
	association_sent(&f->a, f->now, 'K');
	f->reply.version = 4;
	f->reply.mode = NTP_MODE_SERVER;
	f->reply.stratum = 1;
	f->reply.leap = 0;
	f->reply.precision = -20;
	f->reply.root_delay = 0;
	f->reply.root_disp = ntp_short_from_s(0.001);
	f->reply.refid = 0x47505300;
	f->reply.origin = rnd[0];
	f->reply.receive = ntp_ts_from_ns(UNIX_NS + f->now);
	f->reply.transmit = f->reply.receive + 1000;
	f->reply.reference = f->reply.receive - (10ULL << 32);
	return (rnd[0]);
}

static enum assoc_event
answer(struct fixture *f, size_t extra)
{
	ntp_header_build(&f->reply, f->buf);
	f->p.buf = f->buf;
	f->p.len = NTP_HEADER_LEN + extra;
	f->p.rx_raw_ns = f->now + 20 * NS_PER_MS;
	f->p.rx_source = 'K';
	f->p.now_true_ns = UNIX_NS + f->now;
	f->p.precision_s = f->precision_s;
	f->p.steered_ns = UNIX_NS;
	return (association_receive(&f->a, &f->p));
}

START_TEST(test_good)
{
	struct fixture f;

	begin(&f, 0);
	ask(&f);
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
	ck_assert_uint_eq(f.a.reach, 1);
	ck_assert_double_eq_tol(f.a.reply.delay_s, 0.02, 1e-6);
	/* server says T2 = T1, so we seem 10 ms fast */
	ck_assert_double_eq_tol(f.a.reply.offset_s, -0.010, 1e-6);
	ck_assert_int_eq(f.a.reply.tests, ASSOC_TEST_ALL);
	/* the same packet again is a replay */
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	ck_assert_uint_eq(f.a.est.count, 1);
}
END_TEST

START_TEST(test_bad_packets)
{
	struct fixture f;
	uint64_t cookie;
	size_t len;

	begin(&f, 0);
	/* nothing was asked */
	memset(&f.reply, 0, sizeof(f.reply));
	f.reply.version = 4;
	f.reply.mode = NTP_MODE_SERVER;
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	cookie = ask(&f);
	f.reply.origin = cookie + 1;
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	f.reply.origin = 0;
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	f.reply.origin = cookie;
	f.reply.mode = NTP_MODE_CLIENT;
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	f.reply.mode = NTP_MODE_BROADCAST;
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	f.reply.mode = NTP_MODE_SERVER;
	ck_assert_int_eq(answer(&f, 20), ASSOC_NOTHING);
	f.reply.receive = 0;
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	f.reply.receive = f.reply.transmit;
	for (len = 0; len < NTP_HEADER_LEN; len++) {
		f.p.len = len;
		ck_assert_int_eq(association_receive(&f.a, &f.p),
		    ASSOC_NOTHING);
	}
	/* after all that the good one still counts */
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
}
END_TEST

START_TEST(test_late)
{
	struct fixture f;

	begin(&f, 0);
	ask(&f);
	ntp_header_build(&f.reply, f.buf);
	answer(&f, 0);
	ask(&f);
	ntp_header_build(&f.reply, f.buf);
	f.p.rx_raw_ns = f.now + 5 * NS_PER_SEC;
	ck_assert_int_eq(association_receive(&f.a, &f.p), ASSOC_NOTHING);
	f.p.rx_raw_ns = f.now - 1;
	ck_assert_int_eq(association_receive(&f.a, &f.p), ASSOC_NOTHING);
}
END_TEST

/* Replies that are ours but must not be believed. */
START_TEST(test_rejected)
{
	struct fixture f;

	begin(&f, 0);
	ask(&f);
	f.reply.leap = NTP_LEAP_UNSYNC;
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	ask(&f);
	f.reply.stratum = 16;
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	ask(&f);
	f.reply.root_disp = ntp_short_from_s(20);
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	ask(&f);
	f.reply.reference = f.reply.transmit + (5ULL << 32);
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	/* answered before it was received */
	ask(&f);
	f.reply.transmit = f.reply.receive - (1ULL << 32);
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	/* longer at the server than the exchange took: delay below zero */
	ask(&f);
	f.reply.transmit = f.reply.receive + (1ULL << 32);
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	/* it follows us */
	ask(&f);
	f.reply.stratum = 3;
	f.reply.refid = f.p.our_refid = 0x0a000002;
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	ck_assert_uint_eq(f.a.reach, 0);
	ck_assert_uint_eq(f.a.est.count, 0);
	ck_assert_uint_eq(f.a.total_valid, 7);
}
END_TEST

START_TEST(test_kiss_rate)
{
	struct fixture f;
	int64_t gap;

	begin(&f, 1);
	ask(&f);
	f.reply.stratum = 0;
	f.reply.refid = NTP_KISS_RATE;
	ck_assert_int_eq(answer(&f, 0), ASSOC_KISS);
	ck_assert_int_eq(f.a.conf.minpoll_log2, 7);
	gap = f.a.next_raw_ns - f.now;
	ck_assert_int_ge(gap, 4 * 128 * NS_PER_SEC);
	ck_assert_int_eq(association_bursting(&f.a), 0);
	ck_assert_uint_eq(f.a.est.count, 0);
}
END_TEST

START_TEST(test_kiss_forged)
{
	struct fixture f;

	begin(&f, 1);
	ask(&f);
	f.reply.stratum = 0;
	f.reply.refid = NTP_KISS_DENY;
	f.reply.origin ^= 1;
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	ck_assert_int_eq(f.a.kisses, 0);
	ck_assert_int_eq(association_bursting(&f.a), 1);
}
END_TEST

START_TEST(test_kiss_deny)
{
	struct fixture f;
	int64_t first;

	begin(&f, 1);
	ask(&f);
	f.reply.stratum = 0;
	f.reply.refid = NTP_KISS_DENY;
	ck_assert_int_eq(answer(&f, 0), ASSOC_KISS);
	first = f.a.next_raw_ns - f.now;
	ck_assert_int_ge(first, 3600 * NS_PER_SEC);
	ask(&f);
	f.reply.stratum = 0;
	f.reply.refid = NTP_KISS_DENY;
	ck_assert_int_eq(answer(&f, 0), ASSOC_KISS);
	ck_assert_int_ge(f.a.next_raw_ns - f.now, 2 * first -
	    NS_PER_SEC);
}
END_TEST

START_TEST(test_reach)
{
	struct fixture f;
	int i;

	begin(&f, 0);
	for (i = 0; i < 8; i++) {
		ask(&f);
		ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
	}
	ck_assert_uint_eq(f.a.reach, 0xff);
	for (i = 0; i < 8; i++)
		ask(&f);
	ck_assert_uint_eq(f.a.reach, 0);
	ck_assert_uint_eq(f.a.unanswered, 7);
}
END_TEST

START_TEST(test_iburst)
{
	struct fixture f;
	int64_t start;
	int i;

	begin_calm(&f, 1);
	start = f.now;
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(association_bursting(&f.a), 1);
		ask(&f);
		ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
	}
	/* four good ones, at most 2 s apart, then the normal interval */
	ck_assert_int_le(f.now - start, 6 * NS_PER_SEC);
	ck_assert_int_eq(association_bursting(&f.a), 0);
	ck_assert_int_ge(f.a.next_raw_ns - f.now, 60 * NS_PER_SEC);
	/* without answers: eight requests at most */
	begin(&f, 1);
	start = f.now;
	for (i = 0; i < 8; i++)
		ask(&f);
	ck_assert_int_le(f.now - start, 14 * NS_PER_SEC);
	ck_assert_int_ge(f.a.next_raw_ns - f.now, 60 * NS_PER_SEC);
}
END_TEST

/* How many requests of the first 300 s come before a whole interval. */
static int
early_requests(struct fixture *f, int *all)
{
	int64_t start = f->now, last = 0;
	int early = 0;

	*all = 0;
	while (f->a.next_raw_ns < start + 300 * NS_PER_SEC) {
		ask(f);
		if (last != 0 && f->now - last < 60 * NS_PER_SEC) {
			ck_assert_int_gt(f->now - last, 19 * NS_PER_SEC / 10);
			early++;
		}
		last = f->now;
		(*all)++;
		(void)answer(f, 0);
	}
	return (early);
}

/* An unknown frequency: a few more requests, with growing gaps. */
START_TEST(test_first_minutes)
{
	struct fixture f;
	int all;

	begin_known(&f, 1, 2e-4);
	ck_assert_int_gt(early_requests(&f, &all), 5);
	ck_assert_int_le(all, 8 + 8);
	begin_known(&f, 0, 2e-4);
	ck_assert_int_le(early_requests(&f, &all), 4);
	ck_assert_int_le(all, 5 + 4);
	/* it is known: nothing but the burst */
	begin_calm(&f, 1);
	ck_assert_int_eq(early_requests(&f, &all), 3);
	begin_calm(&f, 0);
	ck_assert_int_eq(early_requests(&f, &all), 0);
}
END_TEST

START_TEST(test_recheck)
{
	struct fixture f;
	int64_t next;
	int i;

	begin_calm(&f, 0);
	ask(&f);
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
	/* not within 2 s of a request */
	association_recheck(&f.a, f.now);
	ck_assert_int_eq(f.a.next_raw_ns, f.a.sent_raw_ns + 2 * NS_PER_SEC);
	ask(&f);
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
	next = f.a.next_raw_ns;
	ck_assert_int_ge(next - f.now, 60 * NS_PER_SEC);
	/* nor twice in a short time */
	association_recheck(&f.a, f.now + 10 * NS_PER_SEC);
	ck_assert_int_eq(f.a.next_raw_ns, next);
	for (i = 0; i < 8; i++)
		ask(&f);
	f.now += 10 * NS_PER_SEC;
	association_recheck(&f.a, f.now);
	ck_assert_int_eq(f.a.next_raw_ns, f.now);
	/* nobody answers: a few, then the interval again */
	for (i = 0; i < 4; i++)
		ask(&f);
	ck_assert_int_ge(f.a.next_raw_ns - f.now, 60 * NS_PER_SEC);
}
END_TEST

START_TEST(test_offline)
{
	struct fixture f;
	uint64_t rnd[2] = { 1, 2 };
	uint8_t buf[NTP_HEADER_LEN];

	begin(&f, 1);
	association_set_online(&f.a, 0, f.now);
	ck_assert_int_eq(association_tick(&f.a, f.now + 3600 * NS_PER_SEC,
	    rnd, buf), 0);
	association_set_online(&f.a, 1, f.now);
	ck_assert_int_eq(association_tick(&f.a, f.now, rnd, buf), 1);
	ck_assert_int_eq(association_bursting(&f.a), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("association");
	TCase *t = tcase_create("association");
	SRunner *r;
	int failed;

	tcase_add_test(t, test_good);
	tcase_add_test(t, test_bad_packets);
	tcase_add_test(t, test_late);
	tcase_add_test(t, test_rejected);
	tcase_add_test(t, test_kiss_rate);
	tcase_add_test(t, test_kiss_forged);
	tcase_add_test(t, test_kiss_deny);
	tcase_add_test(t, test_reach);
	tcase_add_test(t, test_iburst);
	tcase_add_test(t, test_first_minutes);
	tcase_add_test(t, test_recheck);
	tcase_add_test(t, test_offline);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed != 0);
}
