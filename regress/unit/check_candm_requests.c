/*
 * common/candm_requests.c: requests byte for byte as chronyc 4.3 sends them,
 * every body both ways, and values out of range.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "regress/unit/unit.h"
#include "regress/unit/wire.h"

#define INET	{ .family = ADDR_INET, .ip = { 192, 0, 2, 7 } }
#define NET	{ .family = ADDR_INET, .ip = { 192, 0, 2 } }
#define IP1234	{ .family = ADDR_INET, .ip = { 1, 2, 3, 4 } }
#define INET6	{ .family = ADDR_INET6, .ip = { 0x20, 1, 0xd, 0xb8, [15] = 1 } }
#define NET6	{ .family = ADDR_INET6, .ip = { 0x20, 1, 0xd, 0xb8 } }
#define MASK32	{ .family = ADDR_INET, .ip = { 255, 255, 255, 255 } }
#define MASK24	{ .family = ADDR_INET, .ip = { 255, 255, 255 } }
#define MASK128	{ .family = ADDR_INET6, .ip = { 255, 255, 255, 255, 255, 255, \
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } }

static const struct {
	struct candm_request	 request;
	size_t			 len;
	const char		*body;
} from_chronyc[] = {
	{ /* online */
	    { .command = 1 }, 60,
	    "" },
	{ /* online 192.0.2.7 */
	    { .command = 1,
	    .body.mask = { MASK32, { INET } } }, 60,
	    "ffffffff(13)010000c0000207(13)01" },
	{ /* offline 255.255.255.0/192.0.2.0 */
	    { .command = 2,
	    .body.mask = { MASK24, { NET } } }, 60,
	    "ffffff(14)010000c00002(14)01" },
	{ /* burst 3/5 */
	    { .command = 3,
	    .body.burst = { .good = 3, .total = 5 } }, 68,
	    "(43)0300000005" },
	{ /* burst 3/5 2001:db8::1 */
	    { .command = 3,
	    .body.burst = { { MASK128, { INET6 } }, 3, 5 } }, 68,
	    "ffffffffffffffffffffffffffffffff0002000020010db8(11)0100"
	    "02(5)0300000005" },
	{ /* minpoll 192.0.2.7 -3 */
	    { .command = 4,
	    .body.number_of = { { INET }, -3 } }, 44,
	    "c0000207(13)010000fffffffd" },
	{ /* maxpoll 192.0.2.7 12 */
	    { .command = 5,
	    .body.number_of = { { INET }, 12 } }, 44,
	    "c0000207(13)01(5)0c" },
	{ /* dump */
	    { .command = 6 }, 28,
	    "" },
	{ /* maxdelay 192.0.2.7 0.25 */
	    { .command = 7,
	    .body.real_of = { { INET }, 0, 0.25 } }, 44,
	    "c0000207(13)0100000080" },
	{ /* maxdelayratio 192.0.2.7 1.5 */
	    { .command = 8,
	    .body.real_of = { { INET }, 0, 1.5 } }, 44,
	    "c0000207(13)01000004c0" },
	{ /* maxdelaydevratio 192.0.2.7 2.5 */
	    { .command = 47,
	    .body.real_of = { { INET }, 0, 2.5 } }, 44,
	    "c0000207(13)01000006a0" },
	{ /* maxupdateskew 5 */
	    { .command = 9,
	    .body.value = 5 }, 28,
	    "08a0" },
	{ /* manual on */
	    { .command = 13,
	    .body.option = CANDM_MANUAL_ON }, 28,
	    "00000001" },
	{ /* manual reset */
	    { .command = 13,
	    .body.option = CANDM_MANUAL_RESET }, 28,
	    "00000002" },
	{ /* rekey */
	    { .command = 16 }, 28,
	    "" },
	{ /* allow */
	    { .command = 17 }, 44,
	    "" },
	{ /* allow 192.0.2.0/24 */
	    { .command = 17,
	    .body.subnet = { NET, 24 } }, 44,
	    "c00002(14)01(5)18" },
	{ /* deny 2001:db8::/32 */
	    { .command = 19,
	    .body.subnet = { NET6, 32 } }, 44,
	    "20010db8(13)02(5)20" },
	{ /* cmddeny 0/0 */
	    { .command = 23,
	    .body.subnet = { { .family = ADDR_INET }, 0 } }, 44,
	    "(17)01" },
	{ /* cmddeny all */
	    { .command = 24 }, 44,
	    "" },
	{ /* cmdallow all 1.2.3.4 */
	    { .command = 22,
	    .body.subnet = { IP1234, 32 } }, 44,
	    "01020304(13)01(5)20" },
	{ /* accheck 192.0.2.7 */
	    { .command = 25,
	    .body.source = { INET } }, 40,
	    "c0000207(13)01" },
	{ /* cmdaccheck 2001:db8::1 */
	    { .command = 26,
	    .body.source = { INET6 } }, 40,
	    "20010db8(11)010002" },
	{ /* delete 192.0.2.7 */
	    { .command = 29,
	    .body.source = { INET } }, 40,
	    "c0000207(13)01" },
	{ /* dfreq 1.5 */
	    { .command = 31,
	    .body.value = 1.5 }, 28,
	    "04c0" },
	{ /* manual delete 3 */
	    { .command = 42,
	    .body.index = 3 }, 28,
	    "00000003" },
	{ /* makestep 0.1 3 */
	    { .command = 50,
	    .body.makestep = { 3, 0.1 } }, 28,
	    "00000003fccccccd" },
	{ /* minstratum 192.0.2.7 2 */
	    { .command = 45,
	    .body.number_of = { { INET }, 2 } }, 44,
	    "c0000207(13)01(5)02" },
	{ /* polltarget 192.0.2.7 9 */
	    { .command = 46,
	    .body.number_of = { { INET }, 9 } }, 44,
	    "c0000207(13)01(5)09" },
	{ /* reselectdist 0.001 */
	    { .command = 49,
	    .body.value = 0.001 }, 28,
	    "f083126f" },
	{ /* smoothtime activate */
	    { .command = 52,
	    .body.option = CANDM_SMOOTHTIME_ACTIVATE }, 28,
	    "00000001" },
	{ /* shutdown */
	    { .command = 62 }, 28,
	    "" },
	{ /* sourcename 192.0.2.7 */
	    { .command = 65,
	    .body.source = { INET } }, 284,
	    "c0000207(13)01" },
	{ /* clients -p 5 -r */
	    { .command = 68,
	    .body.clients = { 0, 8, 5, 1 } }, 520,
	    "(7)080000000500000001" },
	{ /* doffset 0.001 */
	    { .command = 71,
	    .body.value = -0.001 }, 28,
	    "f083126f" },
	{ /* local stratum 8 distance 0.5 orphan */
	    { .command = 56,
	    .body.local = { 1, 8, 1, 0, 0.5, 0, 0, 0 } }, 36,
	    "00000001000000080280(5)01" },
	{ /* tracking */
	    { .command = 33 }, 104,
	    "" },
	{ /* sources */
	    { .command = 14 }, 32,
	    "" },
	{ /* manual list */
	    { .command = 41 }, 416,
	    "" },
	{ /* smoothing */
	    { .command = 51 }, 52,
	    "" },
	{ /* rtcdata */
	    { .command = 35 }, 56,
	    "" },
	{ /* activity */
	    { .command = 44 }, 48,
	    "" },
	{ /* onoffline */
	    { .command = 63 }, 28,
	    "" },
	{ /* refresh */
	    { .command = 53 }, 28,
	    "" },
	{ /* reload sources */
	    { .command = 70 }, 28,
	    "" },
	{ /* reset sources */
	    { .command = 66 }, 28,
	    "" },
	{ /* reselect */
	    { .command = 48 }, 28,
	    "" },
	{ /* cyclelogs */
	    { .command = 37 }, 28,
	    "" },
	{ /* trimrtc */
	    { .command = 36 }, 28,
	    "" },
	{ /* writertc */
	    { .command = 30 }, 28,
	    "" },
	{ /* makestep */
	    { .command = 43 }, 28,
	    "" },
};

static enum candm_status
take(const uint8_t *buf, size_t len, struct candm_request *r)
{
	ck_assert_int_eq(candm_request_parse(buf, len, r), 0);
	return (candm_request_parse_body(buf, len, r));
}

START_TEST(request_from_chronyc)
{
	struct candm_request	r = from_chronyc[_i].request, back;
	uint8_t			want[CANDM_REQUEST_MAX];
	uint8_t			buf[CANDM_REQUEST_MAX];
	size_t			len = from_chronyc[_i].len;

	unhex(from_chronyc[_i].body, want + 20, len - 20);
	ck_assert_uint_eq(candm_request_build(&r, buf), len);
	ck_assert_mem_eq(buf + 20, want + 20, len - 20);
	ck_assert_uint_eq(take(buf, len, &back), CANDM_STT_SUCCESS);
	ck_assert_uint_eq(candm_request_build(&back, want), len);
	ck_assert_mem_eq(buf, want, len);
	/* what it says, but for the precision of a float */
	if (be32(buf + 20) != 0 && r.command != CANDM_REQ_MODIFY_MAKESTEP &&
	    r.command != CANDM_REQ_DOFFSET &&
	    r.command != CANDM_REQ_RESELECTDISTANCE)
		ck_assert_mem_eq(&back.body, &r.body, sizeof(r.body));
}
END_TEST

/* chronyc's short forms get the reply of their time. */
START_TEST(request_old_forms)
{
	ck_assert_uint_eq(candm_reply_number(54, 860), 25);
	ck_assert_uint_eq(candm_reply_number(54, 196), 25);
	ck_assert_uint_eq(candm_reply_number(54, 195), 24);
	ck_assert_uint_eq(candm_reply_number(54, 72), 24);
	ck_assert_uint_eq(candm_reply_number(54, 71), 22);
	ck_assert_uint_eq(candm_reply_number(54, 59), 14);
	ck_assert_uint_eq(candm_reply_number(54, 47), 0);
	ck_assert_uint_eq(candm_reply_number(57, 172), 26);
	ck_assert_uint_eq(candm_reply_number(57, 171), 16);
	ck_assert_uint_eq(candm_reply_number(57, 151), 0);
	ck_assert_uint_eq(candm_reply_number(43, 28), 1);
	ck_assert_uint_eq(candm_reply_number(43, 27), 0);
	ck_assert_uint_eq(candm_reply_number(75, 860), 0);
	ck_assert_uint_eq(candm_reply_number(0, 860), 0);
}
END_TEST

START_TEST(request_add)
{
	struct candm_request	r = { .command = 64 };
	struct candm_add	*a = &r.body.add;
	uint8_t			want[CANDM_REQUEST_MAX];
	uint8_t			buf[CANDM_REQUEST_MAX];

	unhex("000000013139322e302e322e37(250)7b000000060000000a0000006"
	    "4(7)08(7)04ffffffffffffffff(6)116c06c0(6)0aa0(6)0480(9)0"
	    "1", buf + 20, 352);
	memset(buf, 0, 20);
	buf[5] = 64;
	ck_assert_uint_eq(take(buf, 372, &r), CANDM_STT_SUCCESS);
	ck_assert_uint_eq(a->type, CANDM_ADD_SERVER);
	ck_assert_str_eq(a->name, "192.0.2.7");
	ck_assert_uint_eq(a->port, 123);
	ck_assert_int_eq(a->minpoll_log2, 6);
	ck_assert_int_eq(a->maxpoll_log2, 10);
	ck_assert_int_eq(a->presend_log2, 100);
	ck_assert_uint_eq(a->polltarget, 8);
	ck_assert_int_eq(a->min_samples, -1);
	ck_assert_int_eq(a->max_samples, -1);
	ck_assert_uint_eq(a->maxsources, 4);
	ck_assert_uint_eq(a->nts_port, 4460);
	ck_assert(a->max_delay_s == 3.0);
	ck_assert(a->max_delay_ratio == 0.0);
	ck_assert(a->max_delay_dev_ratio == 10.0);
	ck_assert(a->asymmetry == 1.0);
	ck_assert_uint_eq(a->flags, CANDM_ADD_ONLINE);

	memset(&r, 0, sizeof(r));
	r.command = 64;
	a->type = CANDM_ADD_SERVER;
	strcpy(a->name, "192.0.2.7");
	a->port = 124;
	a->minpoll_log2 = 3;
	a->maxpoll_log2 = 8;
	a->presend_log2 = 9;
	a->min_stratum = 1;
	a->polltarget = 10;
	a->version = 3;
	a->maxsources = 4;
	a->min_samples = 5;
	a->max_samples = 20;
	a->key = 7;
	a->nts_port = 4461;
	a->max_delay_s = 0.5;
	a->max_delay_ratio = 2;
	a->max_delay_dev_ratio = 3;
	a->min_delay_s = 0.25;
	a->asymmetry = 0.125;
	a->offset_s = 0.0625;
	a->flags = 0x7fe;
	a->filter = 4;
	a->certset = 2;
	unhex("000000013139322e302e322e37(250)7c00000003000000080000000"
	    "9000000010000000a000000030000000400000005000000140000000"
	    "70000116d028000000680000006c0000000800000fe800000fc80(4)"
	    "07fe0000000400000002", want + 20, 352);
	ck_assert_uint_eq(candm_request_build(&r, buf), 372);
	ck_assert_mem_eq(buf + 20, want + 20, 352);
	a->max_delay_quant = 0.5;
	a->max_unreach = 77;
	candm_request_build(&r, buf);
	ck_assert(real(buf + 364) == 0.5);
	ck_assert_uint_eq(be32(buf + 368), 77);
}
END_TEST

/* What chronyc 4.3 does not have. */
START_TEST(request_newer)
{
	struct candm_request	r = { .command = 72 }, back;
	uint8_t			buf[CANDM_REQUEST_MAX];

	r.body.selectopts.refid = 0x47505300;
	r.body.selectopts.mask = REPORT_OPT_NOSELECT | REPORT_OPT_REQUIRE;
	r.body.selectopts.options = REPORT_OPT_NOSELECT | REPORT_OPT_PREFER |
	    REPORT_OPT_TRUST | REPORT_OPT_REQUIRE;
	ck_assert_uint_eq(candm_request_build(&r, buf), 52);
	ck_assert_uint_eq(be32(buf + 40), 0x47505300);
	ck_assert_uint_eq(be32(buf + 44), 9);
	ck_assert_uint_eq(be32(buf + 48), 0x78);
	ck_assert_uint_eq(take(buf, 52, &back), CANDM_STT_SUCCESS);
	ck_assert_mem_eq(&back.body, &r.body, sizeof(r.body));
	set32(buf + 48, 0x10);
	take(buf, 52, &back);
	ck_assert_uint_eq(back.body.selectopts.options, REPORT_OPT_NOSELECT);

	memset(&r, 0, sizeof(r));
	r.command = 73;
	r.body.offset.source.id = 5;
	r.body.offset.offset_s = -0.5;
	ck_assert_uint_eq(candm_request_build(&r, buf), 48);
	ck_assert_uint_eq(be32(buf + 20), 5);
	ck_assert_uint_eq(be16(buf + 36), 3);
	ck_assert(real(buf + 44) == -0.5);
	ck_assert_uint_eq(take(buf, 48, &back), CANDM_STT_SUCCESS);
	ck_assert_mem_eq(&back.body, &r.body, sizeof(r.body));

	memset(&r, 0, sizeof(r));
	r.command = 74;
	r.body.local = (struct candm_local) { 1, 8, 1, 0, 0.5, 2, 4, 16 };
	ck_assert_uint_eq(candm_request_build(&r, buf), 48);
	ck_assert_uint_eq(be32(buf + 20), 1);
	ck_assert_uint_eq(be32(buf + 24), 8);
	ck_assert(real(buf + 28) == 0.5);
	ck_assert_uint_eq(be32(buf + 32), 1);
	ck_assert(real(buf + 36) == 2);
	ck_assert(real(buf + 40) == 4);
	ck_assert(real(buf + 44) == 16);
	ck_assert_uint_eq(take(buf, 48, &back), CANDM_STT_SUCCESS);
	ck_assert_mem_eq(&back.body, &r.body, sizeof(r.body));

	memset(&r, 0, sizeof(r));
	r.command = 11;
	r.body.time_ns = 1893456000000000007LL;
	ck_assert_uint_eq(candm_request_build(&r, buf), 40);
	ck_assert_uint_eq(be32(buf + 24), 1893456000);
	ck_assert_uint_eq(be32(buf + 28), 7);
	ck_assert_uint_eq(take(buf, 40, &back), CANDM_STT_SUCCESS);
	ck_assert_int_eq(back.body.time_ns, r.body.time_ns);
}
END_TEST

static const struct {
	uint16_t	command;
	uint16_t	at;
	uint32_t	value;
	uint16_t	status;
} bad_values[] = {
	{ 1, 36, 7 << 16, CANDM_STT_INVALIDAF },
	{ 1, 56, 7 << 16, CANDM_STT_INVALIDAF },
	{ 1, 36, 2 << 16, CANDM_STT_INVALIDAF },	/* mask IPv6, no addr */
	{ 1, 36, 3 << 16, CANDM_STT_INVALIDAF },
	{ 1, 56, 3 << 16, CANDM_STT_SUCCESS },		/* an id */
	{ 3, 60, 65536, CANDM_STT_FAILED },
	{ 3, 64, 0xffffffff, CANDM_STT_FAILED },
	{ 4, 36, 4 << 16, CANDM_STT_NOSUCHSOURCE },
	{ 4, 40, 25, CANDM_STT_FAILED },
	{ 5, 40, (uint32_t)-8, CANDM_STT_FAILED },
	{ 5, 40, (uint32_t)-7, CANDM_STT_SUCCESS },
	{ 7, 40, 0x03000000, CANDM_STT_FAILED },	/* -1 */
	{ 9, 20, 0x03000000, CANDM_STT_FAILED },
	{ 9, 20, 0x7effffff, CANDM_STT_FAILED },
	{ 13, 20, 3, CANDM_STT_INVALID },
	{ 17, 40, 1, CANDM_STT_BADSUBNET },
	{ 17, 36, 3 << 16, CANDM_STT_BADSUBNET },
	{ 25, 36, 5 << 16, CANDM_STT_INVALIDAF },
	{ 29, 36, 5 << 16, CANDM_STT_NOSUCHSOURCE },
	{ 31, 20, 0x7effffff, CANDM_STT_FAILED },
	{ 49, 20, 0x03000000, CANDM_STT_FAILED },
	{ 50, 24, 0x03000000, CANDM_STT_FAILED },
	{ 52, 20, 2, CANDM_STT_INVALID },
	{ 64, 20, 0, CANDM_STT_INVALID },
	{ 74, 36, 0x03000000, CANDM_STT_FAILED },
};

START_TEST(request_out_of_range)
{
	struct candm_request	r = { .command = bad_values[_i].command };
	uint8_t			buf[CANDM_REQUEST_MAX] = { 6, 1 };
	size_t			len;

	buf[5] = bad_values[_i].command;
	len = candm_get_info(r.command)->len;
	set32(buf + bad_values[_i].at, bad_values[_i].value);
	ck_assert_uint_eq(take(buf, len, &r), bad_values[_i].status);
}
END_TEST

START_TEST(request_names_and_subnets)
{
	struct candm_request	r = { .command = 64 };
	uint8_t			buf[CANDM_REQUEST_MAX];
	size_t			len;

	r.body.add.type = CANDM_ADD_POOL;
	len = candm_request_build(&r, buf);
	memset(buf + 24, 'a', REPORT_NAME_MAX);
	ck_assert_uint_eq(take(buf, len, &r), CANDM_STT_INVALIDNAME);
	buf[24 + REPORT_NAME_MAX - 1] = '\0';
	ck_assert_uint_eq(take(buf, len, &r), CANDM_STT_SUCCESS);
	buf[30] = '\n';
	ck_assert_uint_eq(take(buf, len, &r), CANDM_STT_INVALIDNAME);

	memset(&r, 0, sizeof(r));
	r.command = 19;
	r.body.subnet.addr = (struct addr)INET6;
	r.body.subnet.bits = 128;
	len = candm_request_build(&r, buf);
	ck_assert_uint_eq(take(buf, len, &r), CANDM_STT_SUCCESS);
	ck_assert_uint_eq(r.body.subnet.bits, 128);
	buf[43] = 129;
	ck_assert_uint_eq(take(buf, len, &r), CANDM_STT_BADSUBNET);
	buf[37] = 1;
	buf[43] = 33;
	ck_assert_uint_eq(take(buf, len, &r), CANDM_STT_BADSUBNET);
	buf[43] = 32;
	ck_assert_uint_eq(take(buf, len, &r), CANDM_STT_SUCCESS);
	/* one byte is missing */
	ck_assert_uint_eq(take(buf, len - 1, &r), CANDM_STT_BADPKTLENGTH);
}
END_TEST

#define LOOP(tc, test, list)						\
	tcase_add_loop_test(tc, test, 0, sizeof(list) / sizeof(list[0]))

int
main(void)
{
	Suite	*suite = suite_create("candm_requests");
	TCase	*tc = tcase_create("candm_requests");

	suite_add_tcase(suite, tc);
	LOOP(tc, request_from_chronyc, from_chronyc);
	tcase_add_test(tc, request_old_forms);
	tcase_add_test(tc, request_add);
	tcase_add_test(tc, request_newer);
	LOOP(tc, request_out_of_range, bad_values);
	tcase_add_test(tc, request_names_and_subnets);
	return (unit_run(suite));
}
