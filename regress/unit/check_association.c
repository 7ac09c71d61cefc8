/* The client exchange: every test of a reply, kisses, reach, bursts. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/reply.h"
#include "regress/unit/unit.h"

#define T0	(100 * NS_PER_SEC)
#define UNIX_NS	(1700000000LL * NS_PER_SEC)

struct fixture {
	struct association	a;
	struct ntp_header	reply;
	struct assoc_packet	p;
	uint8_t			buf[NTP_HEADER_LEN + 24];
	int64_t			now;
	double			precision_s;
	int64_t			extra_ns;	/* on the way back */
};

static struct assoc_conf
defaults(void)
{
	struct assoc_conf c;

	memset(&c, 0, sizeof(c));
	c.minpoll_log2 = 6;
	c.maxpoll_log2 = 10;
	c.version = 4;
	c.online = 1;
	c.presend_log2 = 100;
	c.maxunreach = 100000;
	c.maxdelay_s = 3;
	c.maxdelaydevratio = 10;
	return (c);
}

static void
begin_sd(struct fixture *f, const struct assoc_conf *c, double freq_sd)
{
	struct addr addr;

	memset(f, 0, sizeof(*f));
	ck_assert_int_eq(addr_parse("192.0.2.1", &addr), 0);
	f->now = T0;
	f->precision_s = 1e-7;
	association_init(&f->a, &addr, c, f->now, 0, freq_sd);
}

static void
begin_known(struct fixture *f, int iburst, double freq_sd)
{
	struct assoc_conf c = defaults();

	c.iburst = iburst != 0;
	begin_sd(f, &c, freq_sd);
}

/* The frequency is known: nothing to ask early for. */
static void
begin_with(struct fixture *f, const struct assoc_conf *c)
{
	begin_sd(f, c, 1e-9);
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
	ck_assert_int_eq(association_tick(&f->a, f->now, rnd, buf),
	    NTP_HEADER_LEN);
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
	f->p.rx_raw_ns = f->now + 20 * NS_PER_MS + f->extra_ns;
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
	/* synchronised, so it is there: the last three */
	ck_assert_uint_eq(f.a.reach, 7);
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

/* A suspend between request and answer, which is of before. */
START_TEST(test_disturbed)
{
	struct fixture f;

	begin_calm(&f, 0);
	ask(&f);
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
	ask(&f);
	association_disturb(&f.a, 3 * NS_PER_SEC, 1);
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	ck_assert_uint_eq(f.a.est.count, 1);
	/* nor is the source taken for one that does not answer */
	ask(&f);
	ck_assert_uint_eq(f.a.unanswered, 0);
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
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
	ck_assert_int_eq(association_tick(&f.a, f.now, rnd, buf),
	    NTP_HEADER_LEN);
	ck_assert_int_eq(association_bursting(&f.a), 1);
}
END_TEST

/* Good samples with a little noise of their own. */
static void
fill(struct fixture *f, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		ask(f);
		f->extra_ns = i % 3 * 20 * NS_PER_US;
		ck_assert_int_eq(answer(f, 0), ASSOC_SAMPLE);
	}
}

START_TEST(test_maxdelay)
{
	struct assoc_conf c = defaults();
	struct fixture f;

	c.maxdelay_s = 0.03;
	begin_with(&f, &c);
	fill(&f, 1);
	ask(&f);
	f.extra_ns = 11 * NS_PER_MS;
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	ck_assert_uint_eq(f.a.last.tests, ASSOC_TEST_ALL & ~ASSOC_TEST_DELAY);
	/* it is reachable all the same */
	ck_assert_uint_eq(f.a.reach, 3);
	ask(&f);
	f.extra_ns = 9 * NS_PER_MS;
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
}
END_TEST

START_TEST(test_maxdelayratio)
{
	struct assoc_conf c = defaults();
	struct fixture f;

	c.maxdelayratio = 1.5;
	begin_with(&f, &c);
	fill(&f, 2);
	ask(&f);
	f.extra_ns = 11 * NS_PER_MS;
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	ck_assert_uint_eq(f.a.last.tests, ASSOC_TEST_ALL & ~ASSOC_TEST_RATIO);
	/* a configured minimum replaces the measured one */
	c.mindelay_s = 0.022;
	begin_with(&f, &c);
	fill(&f, 2);
	ask(&f);
	f.extra_ns = 11 * NS_PER_MS;
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
}
END_TEST

START_TEST(test_maxdelaydevratio)
{
	struct assoc_conf c = defaults();
	struct fixture f;
	int i;

	begin_with(&f, &c);
	fill(&f, 12);
	ask(&f);
	f.extra_ns = 30 * NS_PER_MS;
	ck_assert_int_eq(answer(&f, 0), ASSOC_REJECTED);
	ck_assert_uint_eq(f.a.last.tests, ASSOC_TEST_ALL & ~ASSOC_TEST_DEV);
	/* the offset says more than the delay can explain: let it through */
	ask(&f);
	f.extra_ns = 30 * NS_PER_MS;
	f.reply.receive += 1ULL << 32;
	f.reply.transmit += 1ULL << 32;
	answer(&f, 0);
	ck_assert_uint_eq(f.a.last.tests, ASSOC_TEST_ALL);
	/* and a longer way is one in the end */
	for (i = 0; i < 7; i++) {
		ask(&f);
		f.extra_ns = 30 * NS_PER_MS;
		answer(&f, 0);
		ck_assert_uint_eq(f.a.last.tests & ASSOC_TEST_DEV, 0);
	}
	ask(&f);
	f.extra_ns = 30 * NS_PER_MS;
	answer(&f, 0);
	ck_assert_uint_eq(f.a.last.tests, ASSOC_TEST_ALL);
	ck_assert_double_eq_tol(reply_min_delay(&f.a), 0.05, 1e-4);
	/* switched off */
	c.maxdelaydevratio = 0;
	begin_with(&f, &c);
	fill(&f, 12);
	ask(&f);
	f.extra_ns = 30 * NS_PER_MS;
	answer(&f, 0);
	ck_assert_uint_eq(f.a.last.tests, ASSOC_TEST_ALL);
}
END_TEST

START_TEST(test_maxdelayquant)
{
	struct assoc_conf c = defaults();
	struct fixture f;
	int i, good = 0;

	c.maxdelayquant = 0.25;
	begin_with(&f, &c);
	for (i = 0; i < 400; i++) {
		ask(&f);
		f.extra_ns = i * 37 % 100 * 10 * NS_PER_US;
		answer(&f, 0);
		good += (f.a.last.tests & ASSOC_TEST_DEV) != 0;
	}
	/* the first few are let through until something is known */
	ck_assert_int_ge(good, 80);
	ck_assert_int_le(good, 125);
	ck_assert_double_eq_tol(quantile_get(&f.a.quant), 0.02025, 5e-5);
}
END_TEST

/* Root distance does not follow the delay of the last reply. */
START_TEST(test_distance)
{
	struct fixture f;
	double before;

	begin(&f, 0);
	fill(&f, 10);
	before = association_root_distance(&f.a, f.p.rx_raw_ns);
	ask(&f);
	f.extra_ns = 100 * NS_PER_US;
	answer(&f, 0);
	ck_assert_double_eq_tol(association_root_distance(&f.a,
	    f.p.rx_raw_ns), before, 2e-5);
	ck_assert_double_eq_tol(reply_min_delay(&f.a), 0.02, 1e-6);
}
END_TEST

START_TEST(test_offset)
{
	struct assoc_conf c = defaults();
	struct fixture f;

	c.offset_s = -0.005;
	begin_with(&f, &c);
	fill(&f, 1);
	/* -10 ms without it, see test_good */
	ck_assert_double_eq_tol(f.a.reply.offset_s, -0.015, 1e-6);
}
END_TEST

START_TEST(test_filter)
{
	struct assoc_conf c = defaults();
	struct fixture f;
	int i;

	c.filter = 4;
	begin_with(&f, &c);
	for (i = 0; i < 12; i++) {
		ask(&f);
		ck_assert_int_eq(answer(&f, 0), i % 4 == 3 ? ASSOC_SAMPLE :
		    ASSOC_COLLECTED);
	}
	ck_assert_uint_eq(f.a.est.count, 3);
	ck_assert_uint_eq(f.a.total_good, 12);
	/* polls count, not answers: two are lost */
	ask(&f);
	answer(&f, 0);
	ask(&f);
	ask(&f);
	ask(&f);
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
	ck_assert_uint_eq(f.a.est.count, 4);
}
END_TEST

START_TEST(test_presend)
{
	struct assoc_conf c = defaults();
	struct fixture f;
	int64_t before;

	c.presend_log2 = 7;
	begin_with(&f, &c);
	fill(&f, 1);
	before = f.now;
	fill(&f, 1);
	ck_assert_int_ge(f.now - before, 63 * NS_PER_SEC);
	c.presend_log2 = 6;
	begin_with(&f, &c);
	ask(&f);
	before = f.now;
	ck_assert_int_eq(answer(&f, 0), ASSOC_NOTHING);
	ck_assert_uint_eq(f.a.est.count, 0);
	fill(&f, 1);
	ck_assert_int_eq(f.now - before, 2 * NS_PER_SEC);
	ck_assert_uint_eq(f.a.reach, 1);
	ask(&f);
	/* the measurements are one interval apart */
	ck_assert_int_ge(f.now - before, 63 * NS_PER_SEC);
	ck_assert_int_le(f.now - before, 65 * NS_PER_SEC);
	/* an answer to the first that is lost is no loss */
	fill(&f, 1);
	ck_assert_uint_eq(f.a.reach, 3);
	ck_assert_uint_eq(f.a.unanswered, 0);
	ck_assert_uint_eq(f.a.est.count, 2);
}
END_TEST

START_TEST(test_burst)
{
	struct assoc_conf c = defaults();
	struct fixture f;
	int64_t start;
	int i;

	/* at the shortest interval there is no room for more */
	c.burst = 1;
	begin_with(&f, &c);
	ask(&f);
	start = f.now;
	ask(&f);
	ck_assert_int_ge(f.now - start, 63 * NS_PER_SEC);
	f.a.poll_log2 = 8;
	ask(&f);
	start = f.now;
	for (i = 0; i < 3; i++)
		ask(&f);
	ck_assert_int_le(f.now - start, 6 * NS_PER_SEC);
	ask(&f);
	ck_assert_int_ge(f.now - start, 240 * NS_PER_SEC);
	/* a good answer ends it */
	start = f.now;
	ck_assert_int_eq(answer(&f, 0), ASSOC_SAMPLE);
	ask(&f);
	ck_assert_int_ge(f.now - start, 240 * NS_PER_SEC);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("association");
	TCase *t = tcase_create("association");

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
	tcase_add_test(t, test_disturbed);
	tcase_add_test(t, test_offline);
	tcase_add_test(t, test_maxdelay);
	tcase_add_test(t, test_maxdelayratio);
	tcase_add_test(t, test_maxdelaydevratio);
	tcase_add_test(t, test_maxdelayquant);
	tcase_add_test(t, test_distance);
	tcase_add_test(t, test_offset);
	tcase_add_test(t, test_filter);
	tcase_add_test(t, test_presend);
	tcase_add_test(t, test_burst);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
