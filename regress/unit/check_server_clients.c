/*
 * ntpd/server/server_core.c and server_report.c: what is remembered of
 * clients: rate limit, kisses, interleaved mode; broadcasts; counters.
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/addr.h"
#include "common/clienttab.h"
#include "common/conf.h"
#include "common/ntp.h"
#include "common/report.h"
#include "common/timens.h"
#include "ntpd/server/server_core.h"
#include "ntpd/server/server_report.h"
#include "regress/unit/serverworld.h"
#include "regress/unit/unit.h"

/* Clients are noted in this table, with or without a limit. */
static struct clienttab *
note_clients(const struct conf_ratelimit *limit)
{
	static const uint8_t	 key[CLIENTTAB_KEY_LEN] = "any";
	static const struct conf_ratelimit none;
	struct clienttab	*tab = clienttab_new(16384, key);

	ck_assert_ptr_nonnull(tab);
	server_core_set_clients(&core, tab, limit != NULL ? limit : &none);
	return (tab);
}

START_TEST(rate_limit)
{
	static const struct conf_ratelimit limit = { .enabled = 1,
	    .interval_log2 = 3, .burst = 2, .leak_log2 = 4 };
	struct clienttab	*tab = note_clients(&limit);
	unsigned		 i, passed = 0, n = 3200;

	for (i = 0; i < n; i++) {
		request(4, 3, NTP_HEADER_LEN);
		req.now_ns = NS_PER_SEC;
		passed += check() == SERVER_REPLY;
	}
	/* two, and one of 16 of the others */
	ck_assert_uint_gt(passed, 2 + n / 16 / 2);
	ck_assert_uint_lt(passed, 2 + n / 16 * 2);
	ck_assert_uint_eq(clienttab_find(tab, &req.from)->hits, n);
	ck_assert_uint_eq(clienttab_find(tab, &req.from)->drops, n - passed);
	/* somebody else has a limit of his own */
	for (i = 0; i < 2; i++) {
		request(4, 3, NTP_HEADER_LEN);
		req.from.ip[3] = 77;
		ck_assert_int_eq(check(), SERVER_REPLY);
	}
	/* who may not ask at all leaves no trace */
	request(4, 3, NTP_HEADER_LEN);
	req.from.ip[0] = 10;
	ck_assert_int_eq(check(), SERVER_DENIED);
	ck_assert_ptr_null(clienttab_find(tab, &req.from));
	clienttab_free(tab);
}
END_TEST

/* All of a prefix together: the addresses are noted one by one. */
START_TEST(rate_limit_of_prefix)
{
	static const struct conf_ratelimit limit = { .enabled = 1,
	    .interval_log2 = 3, .burst = 16, .leak_log2 = 4, .prefix4 = 24 };
	struct clienttab	*tab = note_clients(&limit);
	unsigned		 i, passed = 0;

	for (i = 0; i < 250; i++) {
		request(4, 3, NTP_HEADER_LEN);
		req.from.ip[3] = (uint8_t)i;
		req.now_ns = NS_PER_SEC;
		passed += check() == SERVER_REPLY;
	}
	ck_assert_uint_ge(passed, 16);
	ck_assert_uint_lt(passed, 16 + 2 * 250 / 16);
	request(4, 3, NTP_HEADER_LEN);
	req.from.ip[2] = 1;
	ck_assert_int_eq(check(), SERVER_REPLY);
	ck_assert_uint_eq(clienttab_find(tab, &req.from)->hits, 1);
	clienttab_free(tab);
}
END_TEST

START_TEST(kiss)
{
	static const struct conf_ratelimit limit = { .enabled = 1,
	    .interval_log2 = 8, .burst = 1, .leak_log2 = 4, .kod_log2 = 1 };
	struct clienttab	*tab = note_clients(&limit);
	enum server_verdict	 v;
	unsigned		 i, kisses = 0;

	for (i = 0; i < 400; i++) {
		request(4, 3, NTP_HEADER_LEN);
		if ((v = serve()) != SERVER_KISS) {
			ck_assert(v == SERVER_REPLY || v == SERVER_LIMITED);
			continue;
		}
		kisses++;
		ck_assert_uint_eq(reply_len, NTP_HEADER_LEN);
		ck_assert_int_eq(ntp_header_parse(reply, reply_len, &answer),
		    0);
		ck_assert_uint_eq(answer.leap, NTP_LEAP_UNSYNC);
		ck_assert_uint_eq(answer.stratum, 0);
		ck_assert_uint_eq(answer.refid, NTP_KISS_RATE);
		ck_assert_uint_eq(answer.origin, TX);
		ck_assert_int_eq(answer.poll, 8);
	}
	/* half of the 15 of 16 that do not leak through */
	ck_assert_uint_gt(kisses, 100);
	ck_assert_uint_lt(kisses, 280);
	clienttab_free(tab);
}
END_TEST

/* Who asks is told how often it may, as by chronyd, before it is too often. */
START_TEST(poll_of_limit)
{
	static const struct {
		int	enabled, poll, want;
	} cases[] = {
		{ 1, 3, 5 }, { 1, 5, 5 }, { 1, 9, 9 }, { 1, -6, 5 },
		{ 0, 3, 3 }, { 0, -6, -6 },
	};
	static const struct conf_ratelimit limit = { .enabled = 1,
	    .interval_log2 = 5, .burst = 255, .leak_log2 = 2 };
	struct clienttab	*tab;
	size_t			 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab = note_clients(cases[i].enabled ? &limit : NULL);
		request(4, 3, NTP_HEADER_LEN);
		packet[2] = (uint8_t)cases[i].poll;
		ck_assert_int_eq(serve(), SERVER_REPLY);
		ck_assert_int_eq(ntp_header_parse(reply, reply_len, &answer),
		    0);
		ck_assert_int_eq(answer.poll, cases[i].want);
		clienttab_free(tab);
	}
}
END_TEST

/* A request with these timestamps; the answer is in `answer'. */
static void
exchange(ntp_ts origin, ntp_ts receive, ntp_ts transmit)
{
	struct ntp_header	h;

	request(4, 3, NTP_HEADER_LEN);
	memset(&h, 0, sizeof(h));
	h.version = 4;
	h.mode = NTP_MODE_CLIENT;
	h.origin = origin;
	h.receive = receive;
	h.transmit = transmit;
	ntp_header_build(&h, packet);
	req.drained = core.steps;
	ck_assert_int_eq(serve(), SERVER_REPLY);
	ck_assert_int_eq(ntp_header_parse(reply, reply_len, &answer), 0);
}

#define LEFT_NS	(REAL + 12345678)	/* when the kernel saw it leave */

START_TEST(interleaved)
{
	struct clienttab	*tab = note_clients(NULL);
	ntp_ts			 rx1, rx2, rx3;

	exchange(0, 0, TX);
	ck_assert_uint_eq(answer.origin, TX);
	ck_assert(req.sent_rx == 0 && !req.interleaved);
	rx1 = answer.receive;
	/* it asks for it: the first time there is nothing yet */
	exchange(rx1, 71, 72);
	ck_assert_uint_eq(answer.origin, 72);
	ck_assert(req.sent_rx == answer.receive && !req.interleaved);
	rx2 = answer.receive;
	ck_assert_int_eq(server_core_sent(&core, &req.from, rx1, LEFT_NS), 0);
	ck_assert_int_eq(server_core_sent(&core, &req.from, rx2, LEFT_NS), 1);
	exchange(rx2, 73, 74);
	ck_assert(req.interleaved && req.sent_rx == answer.receive);
	ck_assert_uint_eq(answer.origin, 73);
	ck_assert(answer.receive != rx2);
	ck_assert_int_lt(llabs(ntp_ts_to_ns(answer.transmit, REAL) - LEFT_NS -
	    1000), 200);
	rx3 = answer.receive;
	/* no timestamp came for the last one: basic */
	exchange(rx3, 75, 76);
	ck_assert(!req.interleaved);
	ck_assert_uint_eq(answer.origin, 76);
	/* the one before the last does not count, nor equal timestamps */
	server_core_sent(&core, &req.from, answer.receive, LEFT_NS);
	exchange(rx3, 77, 78);
	ck_assert(!req.interleaved && req.sent_rx == 0);
	server_core_sent(&core, &req.from, answer.receive, LEFT_NS);
	exchange(answer.receive, 79, 79);
	ck_assert(!req.interleaved);
	ck_assert_uint_eq(answer.origin, 79);
	clienttab_free(tab);
}
END_TEST

/* Timestamps of the clock before a step, or that cannot be. */
START_TEST(interleaved_across_a_step)
{
	struct clienttab	*tab = note_clients(NULL);
	ntp_ts			 rx;

	exchange(0, 0, TX);
	exchange(answer.receive, 71, 72);
	rx = answer.receive;
	ck_assert_int_eq(server_core_sent(&core, &req.from, rx,
	    REAL - NS_PER_SEC), 0);
	ck_assert_int_eq(server_core_sent(&core, &req.from, rx,
	    REAL + 2 * NS_PER_SEC), 0);
	ck_assert_int_eq(server_core_sent(&core, &req.from, rx, LEFT_NS), 1);
	core.steps++;
	core.step_ns[core.steps % SERVER_STEPS] = -NS_PER_SEC;
	exchange(rx, 73, 74);
	ck_assert(!req.interleaved);
	ck_assert_uint_eq(answer.origin, 74);
	rx = answer.receive;
	core.steps++;
	ck_assert_int_eq(server_core_sent(&core, &req.from, rx, LEFT_NS), 0);
	clienttab_free(tab);
}
END_TEST

START_TEST(broadcast)
{
	static const struct {
		int	interval_s, poll;
	} cases[] = {
		{ 1, 0 }, { 2, 1 }, { 3, 2 }, { 5, 2 }, { 6, 3 }, { 45, 5 },
		{ 46, 6 }, { 64, 6 }, { 90, 6 }, { 1 << 24, 24 },
	};
	size_t	i;

	ck_assert_int_eq(server_core_begin(&core, &page, RAW, REAL),
	    SERVER_REPLY);
	/* the nearest power of two, as chronyd has it */
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server_core_broadcast(&core, cases[i].interval_s, reply);
		ck_assert_int_eq(ntp_header_parse(reply, NTP_HEADER_LEN,
		    &answer), 0);
		ck_assert_int_eq(answer.poll, cases[i].poll);
	}
	ck_assert_uint_eq(answer.mode, NTP_MODE_BROADCAST);
	ck_assert_uint_eq(answer.version, 4);
	ck_assert_uint_eq(answer.stratum, 2);
	ck_assert(answer.origin == 0 && answer.receive == 0);
	ck_assert_int_lt(llabs(ntp_ts_to_ns(answer.transmit, REAL) - REAL -
	    1000), 200);
}
END_TEST

/* What serverstats says of all this. */
START_TEST(report)
{
	struct clienttab		*tab = note_clients(NULL);
	struct server_stats		 stats;
	struct report_serverstats	 r;

	memset(&stats, 0, sizeof(stats));
	memset(&r, 0, sizeof(r));
	stats.verdicts[SERVER_REPLY] = 100;
	stats.verdicts[SERVER_KISS] = 3;
	stats.verdicts[SERVER_LIMITED] = 20;
	stats.verdicts[SERVER_DENIED] = 1000;
	stats.interleaved = 7;
	stats.no_timestamp = 2;
	exchange(0, 0, TX);
	exchange(answer.receive, 71, 72);
	server_core_sent(&core, &req.from, answer.receive, LEFT_NS);
	server_report(&stats, tab, &r);
	ck_assert_uint_eq(r.ntp_hits, 123);
	ck_assert_uint_eq(r.ntp_drops, 20);
	ck_assert_uint_eq(r.ntp_interleaved_hits, 7);
	ck_assert_uint_eq(r.kernel_rx, 101);
	ck_assert_uint_eq(r.daemon_rx, 2);
	ck_assert_uint_eq(r.kernel_tx, 7);
	ck_assert_uint_eq(r.daemon_tx, 96);
	ck_assert_uint_eq(r.ntp_timestamps, 1);
	ck_assert_uint_eq(r.log_drops, 0);
	clienttab_free(tab);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("server_clients");
	TCase	*tc = tcase_create("server_clients");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rate_limit);
	tcase_add_test(tc, rate_limit_of_prefix);
	tcase_add_test(tc, kiss);
	tcase_add_test(tc, poll_of_limit);
	tcase_add_test(tc, interleaved);
	tcase_add_test(tc, interleaved_across_a_step);
	tcase_add_test(tc, broadcast);
	tcase_add_test(tc, report);
	return (unit_run(suite));
}
