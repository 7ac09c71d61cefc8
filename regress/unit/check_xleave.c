/*
 * ntpd/engine/xleave.c and its place in an association: the client's side of
 * the interleaved mode.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/association.h"
#include "regress/unit/unit.h"

#define UNIX_NS	1700000000000000000LL	/* true time when raw is 0 */
#define DELAY	(20 * NS_PER_MS)
#define EARLY	(3 * NS_PER_MS)		/* told by the server, of leaving */

static struct association	a;
static struct ntp_header	req, reply;
static int64_t			now;
static ntp_ts			left, rx;	/* the server's memory */

static void
begin(int xleave)
{
	struct assoc_conf	c;
	struct addr		addr;

	memset(&c, 0, sizeof(c));
	c.minpoll_log2 = c.maxpoll_log2 = 6;
	c.version = 4;
	c.online = 1;
	c.presend_log2 = 100;
	c.maxunreach = 100000;
	c.maxdelay_s = 3;
	c.xleave = (uint8_t)(xleave != 0);
	ck_assert_int_eq(addr_parse("192.0.2.1", &addr), 0);
	now = 1000 * NS_PER_SEC;
	left = rx = 0;
	association_init(&a, &addr, &c, now, 0, 1e-9);
}

static void
ask(void)
{
	static uint64_t	seq = 1;
	uint64_t	rnd[2] = { 0x5555000000000000u + seq, 99 + seq };
	uint8_t		buf[NTP_HEADER_LEN];

	seq++;
	now = a.next_raw_ns;
	ck_assert_int_eq(association_tick(&a, now, rnd, buf),
	    NTP_HEADER_LEN);
	ck_assert_int_eq(ntp_header_parse(buf, sizeof(buf), &req), 0);
	ck_assert_uint_eq(req.transmit, rnd[0]);
	association_sent(&a, now, 'K');
}

/*
 * The server's side: it says that it sends EARLY before it does, and knows
 * better afterwards.
 */
static enum assoc_event
answer(int interleaved)
{
	struct assoc_packet	p;
	uint8_t			buf[NTP_HEADER_LEN];
	int64_t			there = now + DELAY / 2 + EARLY;

	memset(&reply, 0, sizeof(reply));
	reply.version = 4;
	reply.mode = NTP_MODE_SERVER;
	reply.stratum = 1;
	reply.precision = -20;
	reply.refid = 0x47505300;
	reply.receive = ntp_ts_from_ns(UNIX_NS + now + DELAY / 2);
	reply.origin = interleaved ? req.receive : req.transmit;
	reply.transmit = interleaved ? left : reply.receive + 1000;
	left = ntp_ts_from_ns(UNIX_NS + there);
	rx = reply.receive;
	ntp_header_build(&reply, buf);
	memset(&p, 0, sizeof(p));
	p.buf = buf;
	p.len = sizeof(buf);
	p.rx_raw_ns = there + DELAY / 2;
	p.rx_source = 'K';
	p.now_true_ns = UNIX_NS + now;
	p.precision_s = 1e-7;
	p.steered_ns = UNIX_NS;
	return (association_receive(&a, &p));
}

START_TEST(off)
{
	begin(0);
	ask();
	ck_assert_int_eq(answer(0), ASSOC_SAMPLE);
	ask();
	ck_assert_uint_eq(req.origin | req.receive, 0);
	ck_assert_int_eq(answer(0), ASSOC_SAMPLE);
	ck_assert_uint_eq(a.last.interleaved, 0);
}
END_TEST

START_TEST(on)
{
	int64_t	sent;

	begin(1);
	ask();
	ck_assert_uint_eq(req.origin | req.receive, 0);
	ck_assert_int_eq(answer(0), ASSOC_SAMPLE);
	/* half of what the server was wrong by */
	ck_assert_double_eq_tol(a.last.offset_s, -0.0015, 1e-6);
	/* asked for; the server's first answer may still be basic */
	ask();
	ck_assert_uint_eq(req.origin, rx);
	ck_assert(req.receive != 0 && req.receive != req.transmit);
	ck_assert_int_eq(answer(0), ASSOC_SAMPLE);
	ck_assert_uint_eq(a.last.interleaved, 0);
	/* this answer is about the exchange before, which was measured */
	ask();
	ck_assert_int_eq(answer(1), ASSOC_NOTHING);
	ck_assert_uint_eq(a.last.interleaved, 1);
	ck_assert_uint_eq(a.reach & 1, 1);
	sent = now;
	/* and from now on they are samples, without the error */
	ask();
	ck_assert_int_eq(answer(1), ASSOC_SAMPLE);
	ck_assert_double_eq_tol(a.last.offset_s, 0, 1e-6);
	ck_assert_double_eq_tol(a.last.delay_s, 0.02, 1e-6);
	ck_assert_int_eq(a.sample.raw_ns, sent + DELAY / 2 + EARLY / 2);
	ck_assert_uint_eq(a.last.tests, ASSOC_TEST_ALL);
	/* the same once more is a replay */
	ck_assert_int_eq(answer(1), ASSOC_NOTHING);
}
END_TEST

/* A server that forgot us answers in basic mode, and all goes on. */
START_TEST(fallback)
{
	int	i;

	begin(1);
	for (i = 0; i < 4; i++) {
		ask();
		answer(i > 1);
	}
	ask();
	ck_assert_int_eq(answer(0), ASSOC_SAMPLE);
	ck_assert_double_eq_tol(a.last.offset_s, -0.0015, 1e-6);
	/* nothing comes any more: then basic requests */
	for (i = 0; i < 4; i++) {
		ask();
		ck_assert_uint_eq(req.origin, rx);
	}
	ask();
	ck_assert_uint_eq(req.origin | req.receive, 0);
	ck_assert_int_eq(answer(0), ASSOC_SAMPLE);
	/* an answer that nobody asked for */
	ask();
	req.receive ^= 1;
	ck_assert_int_eq(answer(1), ASSOC_NOTHING);
	ck_assert_int_eq(a.waiting, 1);
	/* offline, or a jump of the raw clock: what was is no use */
	association_disturb(&a, 0, 1);
	ask();
	ck_assert_uint_eq(req.origin | req.receive, 0);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("xleave");
	TCase	*tc = tcase_create("xleave");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, off);
	tcase_add_test(tc, on);
	tcase_add_test(tc, fallback);
	return (unit_run(suite));
}
