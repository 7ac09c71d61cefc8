/*
 * common/candm_replies.c: replies as chronyd 4.3 sends them, every body both
 * ways, values out of range, and no reply longer than its request.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "regress/unit/unit.h"
#include "regress/unit/wire.h"

#define INET	{ .family = ADDR_INET, .ip = { 192, 0, 2, 7 } }
#define INET6	{ .family = ADDR_INET6, .ip = { 0x20, 1, 0xd, 0xb8, [15] = 1 } }

/* Replies of chronyd 4.3: built again, the same bytes. */
static const struct {
	size_t		 len;
	const char	*bytes;
} from_chronyd[] = {
	{ 76, "0602(3)4500170000000000000000deadbeef(8)7f0000017f000001(12)"
	    "000100002a0100000000000000000000"
	    "0480000020d1605d20d1605d" },
	{ 152, "0602(3)3900100000000000000000deadbeef(8)7f000001(12)00010000"
	    "7f000001(12)00010000300d00040403fee6(8)7f7f010100000000"
	    "6b01574a0e66dbca212e9fa3e0c60134d295ec55e69afce800000000"
	    "83ff4b4b0000001000000010000000100000000e"
	    "ffffffffffffffffffffffff" },
	{ 72, "0602(3)3600180000000000000000deadbeef(16)00000012" },
	{ 52, "0602(3)4300140000000000000000deadbeef(8)000100020000000100a0"
	    "0000ffffffff" },
	{ 520, "0602(3)4400150000000000000000deadbeef(8)0000001000000010" },
	{ 416, "0602(3)2900120000000000000000deadbeef(8)00000001000000006b01"
	    "574f30b4da77212e9fa3212e9fa3" },
	{ 52, "0602(3)33000d0000000000000000deadbeef(8)00000001dc95219300899a"
	    "87f75c28f6feee8281108cad8a" },
	{ 28, "0602(3)230001000d000000000000deadbeef" },
};

START_TEST(reply_from_chronyd)
{
	struct candm_reply	r, part;
	uint8_t			buf[CANDM_REPLY_MAX], again[CANDM_REPLY_MAX];
	size_t			len = from_chronyd[_i].len;

	unhex(from_chronyd[_i].bytes, buf, len);
	ck_assert_int_eq(candm_reply_parse(buf, len, &r), 0);
	ck_assert_uint_eq(candm_reply_build(&r, again), len);
	ck_assert_mem_eq(buf, again, len);
	ck_assert_int_eq(candm_reply_parse(buf, len - 1, &part), -1);
	switch (r.number) {
	case CANDM_RPY_SELECT_DATA:
		ck_assert_uint_eq(r.body.selectdata.state, '*');
		ck_assert_uint_eq(r.body.selectdata.authenticated, 1);
		ck_assert(r.body.selectdata.score == 1);
		/* 26800 s ahead */
		ck_assert(r.body.selectdata.offset_lo_s < -26799);
		break;
	case CANDM_RPY_NTP_DATA:
		ck_assert_uint_eq(r.body.ntpdata.remote.port, 12301);
		ck_assert_int_eq(r.body.ntpdata.poll_log2, -2);
		ck_assert_int_eq(r.body.ntpdata.precision_log2, -26);
		ck_assert(fabs(r.body.ntpdata.offset_s + 26800.18) < 0.01);
		ck_assert_uint_eq(r.body.ntpdata.tests, REPORT_TEST_ALL);
		ck_assert_uint_eq(r.body.ntpdata.authenticated, 1);
		ck_assert_uint_eq(r.body.ntpdata.interleaved, 0);
		ck_assert_uint_eq(r.body.ntpdata.tx_source, 'K');
		ck_assert_uint_eq(r.body.ntpdata.total_good, 14);
		ck_assert_uint_eq(r.body.ntpdata.kernel_tx, UINT32_MAX);
		break;
	case CANDM_RPY_SERVER_STATS3:
		ck_assert_uint_eq(r.body.serverstats.cmd_hits, 18);
		ck_assert(r.body.serverstats.hw_tx == UINT64_MAX);
		break;
	case CANDM_RPY_AUTH_DATA:
		ck_assert_uint_eq(r.body.authdata.key_bits, 160);
		ck_assert_uint_eq(r.body.authdata.since_ke_s, REPORT_NEVER);
		break;
	case CANDM_RPY_MANUAL_LIST:
		ck_assert_uint_eq(r.body.manual_list.count, 1);
		ck_assert(r.body.manual_list.sample[0].orig_offset_s > 26799);
		break;
	}
}
END_TEST

static size_t
build(struct candm_reply *r, unsigned number, uint8_t *buf)
{
	struct candm_reply	 back;
	uint8_t			 again[CANDM_REPLY_MAX];
	size_t			 len;

	r->number = number;
	r->command = 1;
	memset(buf, 0xee, CANDM_REPLY_MAX);
	len = candm_reply_build(r, buf);
	ck_assert_int_eq(candm_reply_parse(buf, len, &back), 0);
	ck_assert_uint_eq(candm_reply_build(&back, again), len);
	ck_assert_mem_eq(buf, again, len);
	/* and nothing was lost */
	ck_assert_mem_eq(&back.body, &r->body, sizeof(r->body));
	ck_assert_int_eq(candm_reply_parse(buf, len - 1, &back), -1);
	return (len);
}

static int
parses(const uint8_t *buf, size_t len)
{
	struct candm_reply	 r;

	return (candm_reply_parse(buf, len, &r) == 0);
}

START_TEST(reply_serverstats)
{
	struct candm_reply	 r = { .number = 0 }, back;
	struct report_serverstats *s = &r.body.serverstats;
	uint64_t		*member = (uint64_t *)s;
	uint8_t			 buf[CANDM_REPLY_MAX];
	unsigned		 i;

	for (i = 0; i < 17; i++)
		member[i] = 0x100000001ULL * (i + 1);
	ck_assert_uint_eq(build(&r, 25, buf), 196);
	for (i = 0; i < 17; i++) {
		ck_assert_uint_eq(be32(buf + 28 + 8 * i), i + 1);
		ck_assert_uint_eq(be32(buf + 32 + 8 * i), i + 1);
	}
	for (i = 164; i < 196; i++)
		ck_assert_uint_eq(buf[i], 0xff);
	/* the low words of the older ones */
	r.number = 24;
	ck_assert_uint_eq(candm_reply_build(&r, buf), 72);
	for (i = 0; i < 11; i++)
		ck_assert_uint_eq(be32(buf + 28 + 4 * i), i + 1);
	r.number = 22;
	ck_assert_uint_eq(candm_reply_build(&r, buf), 60);
	ck_assert_uint_eq(be32(buf + 56), 8);
	r.number = 14;
	ck_assert_uint_eq(candm_reply_build(&r, buf), 48);
	ck_assert_uint_eq(be32(buf + 32), 3);	/* commands */
	ck_assert_uint_eq(be32(buf + 44), 7);	/* lost records */
	ck_assert_int_eq(candm_reply_parse(buf, 48, &back), 0);
	ck_assert_uint_eq(back.body.serverstats.log_drops, 7);
	ck_assert(back.body.serverstats.nke_hits == UINT64_MAX);
}
END_TEST

START_TEST(reply_ntpdata)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_ntpdata	*n = &r.body.ntpdata;
	uint8_t			 buf[CANDM_REPLY_MAX];
	unsigned		 i;

	n->remote = (struct addr)INET6;
	n->remote.port = 123;
	n->local = (struct addr)INET;
	n->leap = 1;
	n->version = 2;
	n->mode = 3;
	n->stratum = 4;
	n->poll_log2 = -5;
	n->precision_log2 = -6;
	n->interleaved = 1;
	n->tx_source = 'D';
	n->rx_source = 'H';
	n->tests = REPORT_TEST_1 | REPORT_TEST_LOOP;
	n->refid = 0x47505300;
	n->ref_time_ns = 5000000007LL;
	n->root_delay_s = 0.5;
	n->root_disp_s = 1;
	n->offset_s = 2;
	n->delay_s = 4;
	n->disp_s = 8;
	n->response_s = 16;
	n->jitter_asymmetry = -0.25;
	n->total_tx = 1;
	n->total_rx = 2;
	n->total_valid = 3;
	n->total_good = 4;
	n->kernel_tx = 5;
	n->kernel_rx = 6;
	n->hw_tx = 7;
	n->hw_rx = 8;
	ck_assert_uint_eq(build(&r, 26, buf), 172);
	ck_assert_uint_eq(be16(buf + 44), 2);
	ck_assert_uint_eq(be32(buf + 48), 0xc0000207);
	ck_assert_uint_eq(be16(buf + 68), 123);
	ck_assert_uint_eq(be32(buf + 70), 0x01020304);
	ck_assert_uint_eq(be16(buf + 74), 0xfbfa);
	ck_assert(real(buf + 76) == 0.5);
	ck_assert(real(buf + 80) == 1);
	ck_assert_uint_eq(be32(buf + 84), 0x47505300);
	ck_assert_uint_eq(be32(buf + 92), 5);
	ck_assert_uint_eq(be32(buf + 96), 7);
	for (i = 0; i < 4; i++)
		ck_assert(real(buf + 100 + 4 * i) == 2 << i);
	ck_assert(real(buf + 116) == -0.25);
	ck_assert_uint_eq(be16(buf + 120), 0x4201);
	ck_assert_uint_eq(be16(buf + 122), 'D' << 8 | 'H');
	for (i = 0; i < 8; i++)
		ck_assert_uint_eq(be32(buf + 124 + 4 * i), i + 1);
	for (i = 156; i < 172; i++)
		ck_assert_uint_eq(buf[i], 0xff);
}
END_TEST

START_TEST(reply_selectdata)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_selectdata *s = &r.body.selectdata;
	uint8_t			 buf[CANDM_REPLY_MAX];

	s->refid = 0x50505300;
	s->state = 'x';
	s->authenticated = 1;
	s->leap = 2;
	s->conf_options = 9;
	s->eff_options = 6;
	s->since_sample_s = 7;
	s->score = 1.5;
	s->offset_lo_s = -0.5;
	s->offset_hi_s = 0.25;
	ck_assert_uint_eq(build(&r, 23, buf), 76);
	ck_assert_uint_eq(be32(buf + 28), 0x50505300);
	ck_assert_uint_eq(be32(buf + 48), 0);
	ck_assert_uint_eq(be32(buf + 52), 'x' << 24 | 0x010200);
	ck_assert_uint_eq(be32(buf + 56), 0x00090006);
	ck_assert_uint_eq(be32(buf + 60), 7);
	ck_assert(real(buf + 64) == 1.5);
	ck_assert(real(buf + 68) == -0.25);
	ck_assert(real(buf + 72) == 0.5);
}
END_TEST

START_TEST(reply_clients)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_clients	*c = &r.body.clients;
	struct report_client	*last = &c->client[REPORT_CLIENTS - 1];
	uint8_t			 buf[CANDM_REPLY_MAX], *p = buf + 40 + 7 * 60;
	unsigned		 i;

	c->size = 100;
	c->next = 9;
	c->count = 8;
	last->addr = (struct addr)INET;
	last->ntp_hits = 1;
	last->nke_hits = 2;
	last->cmd_hits = 3;
	last->ntp_drops = 4;
	last->nke_drops = 5;
	last->cmd_drops = 6;
	last->ntp_log2 = -7;
	last->nke_log2 = 127;
	last->cmd_log2 = 9;
	last->ntp_limited_log2 = 10;
	last->since_ntp_s = 11;
	last->since_nke_s = REPORT_NEVER;
	last->since_cmd_s = 13;
	ck_assert_uint_eq(build(&r, 21, buf), 520);
	ck_assert_uint_eq(be32(buf + 28), 100);
	ck_assert_uint_eq(be32(buf + 32), 9);
	ck_assert_uint_eq(be32(p), 0xc0000207);
	for (i = 0; i < 6; i++)
		ck_assert_uint_eq(be32(p + 20 + 4 * i), i + 1);
	ck_assert_uint_eq(be32(p + 44), 0xf97f090a);
	ck_assert_uint_eq(be32(p + 48), 11);
	ck_assert_uint_eq(be32(p + 52), 0xffffffff);
	ck_assert_uint_eq(be32(p + 56), 13);
	set32(buf + 36, 9);
	ck_assert(!parses(buf, 520));
}
END_TEST

START_TEST(reply_manual_and_clocks)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_manual_sample *s = &r.body.manual_list.sample[15];
	uint8_t			 buf[CANDM_REPLY_MAX];

	r.body.manual_list.count = 16;
	s->when_ns = 3000000004LL;
	s->slewed_offset_s = 0.5;
	s->orig_offset_s = -2;
	s->residual_s = 0.25;
	ck_assert_uint_eq(build(&r, 18, buf), 416);
	ck_assert_uint_eq(be32(buf + 392 + 4), 3);
	ck_assert_uint_eq(be32(buf + 392 + 8), 4);
	ck_assert(real(buf + 392 + 12) == -0.5);
	ck_assert(real(buf + 392 + 16) == 2);
	ck_assert(real(buf + 392 + 20) == -0.25);
	set32(buf + 28, 17);
	ck_assert(!parses(buf, 416));

	memset(&r, 0, sizeof(r));
	r.body.manual = (struct report_manual) { 0.5, 2, -4 };
	ck_assert_uint_eq(build(&r, 17, buf), 40);
	ck_assert(real(buf + 28) == -0.5);
	ck_assert(real(buf + 32) == 2);
	ck_assert(real(buf + 36) == -4);

	memset(&r, 0, sizeof(r));
	r.body.rtc = (struct report_rtc) { 9000000001LL, 2, 3, 4, 0.5, -2 };
	ck_assert_uint_eq(build(&r, 7, buf), 56);
	ck_assert_uint_eq(be32(buf + 32), 9);
	ck_assert_uint_eq(be32(buf + 40), 0x00020003);
	ck_assert_uint_eq(be32(buf + 44), 4);
	ck_assert(real(buf + 48) == 0.5);
	ck_assert(real(buf + 52) == -2);

	memset(&r, 0, sizeof(r));
	r.body.smoothing = (struct report_smoothing) { 3, 0, 0.5, 1, 2, 4, 8 };
	ck_assert_uint_eq(build(&r, 13, buf), 52);
	ck_assert_uint_eq(be32(buf + 28), 3);
	ck_assert(real(buf + 32) == 0.5);
	ck_assert(real(buf + 48) == 8);
}
END_TEST

/* 64-bit counters one after the other, each in its place. */
START_TEST(reply_counters)
{
	struct candm_reply	r = { .number = 0 };
	uint64_t		each[sizeof(r.body.counters) / 8];
	uint8_t			buf[CANDM_REPLY_MAX];
	size_t			i, n = sizeof(each) / sizeof(each[0]);

	for (i = 0; i < n; i++)
		each[i] = (uint64_t)(i + 1) << 40;
	memcpy(&r.body.counters, each, sizeof(each));
	ck_assert_uint_eq(build(&r, CANDM_RPY_COUNTERS, buf), 28 + 8 * n);
	ck_assert_uint_le(28 + 8 * n,
	    candm_get_info(CANDM_REQ_COUNTERS)->len);
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(buf[28 + 8 * i + 2], i + 1);
	ck_assert(!parses(buf, 28 + 8 * n - 1));
}
END_TEST

START_TEST(reply_health)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_health	*h = &r.body.health;
	uint8_t			 buf[CANDM_REPLY_MAX];
	unsigned		 i;

	h->state = REPORT_HEALTH_LOCAL;
	h->reason = REPORT_REASON_NO_STEP;
	h->leap = REPORT_LEAP_UNSYNC;
	h->untouched = 1;
	h->stratum = 10;
	h->n_sources = 1000;
	h->n_needed = 3;
	h->since_s = 1;
	h->since_step_s = REPORT_NEVER;
	h->guard_refused = 77;
	h->addr = (struct addr)INET;
	h->offset_s = -0.5;
	h->error_s = 0.25;
	h->step_s = 4;
	strcpy(h->name, "ntp.example.net");
	ck_assert_uint_eq(build(&r, 0x4002, buf), 384);
	for (i = 28; i < 36; i += 2) {
		set32(buf + 384, be32(buf + i));
		buf[i] = 0x7f;
		ck_assert(i == 34 || !parses(buf, 384));
		buf[i] = 0;
	}
	ck_assert(parses(buf, 384));
	buf[37] = 2;
	ck_assert(!parses(buf, 384));
}
END_TEST

START_TEST(reply_explain)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_explain	*e = &r.body.explain;
	uint8_t			 buf[CANDM_REPLY_MAX];

	e->id = 5;
	e->letter = 'M';
	e->mode = REPORT_MODE_PEER;
	e->poll_log2 = -4;
	e->reason = REPORT_REASON_NO_REPLY;
	e->reach = 0377;
	e->tests = REPORT_TEST_ALL;
	e->error = 111;
	e->since_s = 600;
	e->unanswered = 8;
	e->since_valid_s = REPORT_NEVER;
	e->value_s = 0.5;
	e->jitter_s = 0.25;
	strcpy(e->name, "ntp.example.net");
	ck_assert_uint_eq(build(&r, 0x4003, buf), 356);
	buf[56] = 1;
	ck_assert(!parses(buf, 356));
	buf[56] = 0;
	buf[53] = 3;
	ck_assert(!parses(buf, 356));
}
END_TEST

START_TEST(reply_reload)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_reload_line *l = &r.body.reload_line;
	uint8_t			 buf[CANDM_REPLY_MAX];

	r.body.reload.token = 0x01020304;
	r.body.reload.result = REPORT_RELOAD_ERROR;
	r.body.reload.n_lines = 3;
	ck_assert_uint_eq(build(&r, 0x4004, buf), 40);
	buf[33] = REPORT_RELOAD_COUNT;
	ck_assert(!parses(buf, 40));

	memset(&r, 0, sizeof(r));
	l->kind = REPORT_LINE_ERROR;
	memset(l->text, 'x', REPORT_TEXT_MAX - 1);
	l->text[5] = ' ';
	ck_assert_uint_eq(build(&r, 0x4005, buf), 512);
	buf[40] = '\033';
	ck_assert(!parses(buf, 512));
	buf[40] = 'y';
	ck_assert(parses(buf, 512));
	buf[511] = 'y';
	ck_assert(!parses(buf, 512));
}
END_TEST

/* Every good reply is as long as its padded request, or shorter. */
START_TEST(reply_is_not_longer)
{
	const struct candm_info	*info;
	struct candm_reply	 r;
	uint8_t			 buf[CANDM_REPLY_MAX];
	unsigned		 command, len;

	for (command = 0; command < 0x4010; command++) {
		if ((info = candm_get_info(command)) == NULL)
			continue;
		for (len = 28; len <= info->len; len++) {
			memset(&r, 0, sizeof(r));
			r.number = candm_reply_number(command, len);
			if (r.number != 0)
				ck_assert_uint_le(candm_reply_build(&r, buf),
				    len);
		}
		ck_assert_uint_ne(r.number, 0);
	}
}
END_TEST

#define LOOP(tc, test, list)						\
	tcase_add_loop_test(tc, test, 0, sizeof(list) / sizeof(list[0]))

int
main(void)
{
	Suite	*suite = suite_create("candm_replies");
	TCase	*tc = tcase_create("candm_replies");

	suite_add_tcase(suite, tc);
	LOOP(tc, reply_from_chronyd, from_chronyd);
	tcase_add_test(tc, reply_serverstats);
	tcase_add_test(tc, reply_ntpdata);
	tcase_add_test(tc, reply_selectdata);
	tcase_add_test(tc, reply_clients);
	tcase_add_test(tc, reply_manual_and_clocks);
	tcase_add_test(tc, reply_counters);
	tcase_add_test(tc, reply_health);
	tcase_add_test(tc, reply_explain);
	tcase_add_test(tc, reply_reload);
	tcase_add_test(tc, reply_is_not_longer);
	return (unit_run(suite));
}
