/*
 * common/candm.c: known floats, the offset of every field, round trips, and
 * what must not be taken.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "regress/unit/unit.h"
#include "regress/unit/wire.h"

START_TEST(float_known)
{
	/* 2000 and 4 are from a reply of chronyd 4.3 */
	ck_assert_uint_eq(candm_float_encode(2000.0), 0x18fa0000u);
	ck_assert_uint_eq(candm_float_encode(4.0), 0x08800000u);
	ck_assert_uint_eq(candm_float_encode(1.0), 0x04800000u);
	ck_assert_uint_eq(candm_float_encode(0.5), 0x02800000u);
	ck_assert_uint_eq(candm_float_encode(-1.0), 0x03000000u);
	ck_assert_uint_eq(candm_float_encode(0.0), 0);
	ck_assert_uint_eq(candm_float_encode(-0.0), 0);
	ck_assert_uint_eq(candm_float_encode(NAN), 0);
	ck_assert(candm_float_decode(0x18fa0000u) == 2000.0);
	ck_assert(candm_float_decode(0x08800000u) == 4.0);
	ck_assert(candm_float_decode(0x03000000u) == -1.0);
	ck_assert(candm_float_decode(0) == 0.0);
	/* smallest exponent, largest coefficient; and all ones */
	ck_assert(candm_float_decode(0x80ffffffu) ==
	    ldexp(16777215, -64 - 25));
	ck_assert(candm_float_decode(0xffffffffu) == ldexp(-1, -1 - 25));
}
END_TEST

START_TEST(float_saturates)
{
	static const double	large[] = { 1e19, 1e50, 1e99, 1e101, 1e300,
	    INFINITY };
	size_t			i;

	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		ck_assert_uint_eq(candm_float_encode(large[i]), 0x7effffffu);
		ck_assert_uint_eq(candm_float_encode(-large[i]),
		    0x7f000000u);
	}
	ck_assert(candm_float_decode(0x7effffffu) == 16777215.0 *
	    ldexp(1, 63 - 25));
	ck_assert(candm_float_decode(0x7f000000u) == -ldexp(1, 62));
	/* the largest that does not */
	ck_assert(candm_float_decode(candm_float_encode(4e18)) > 3.9e18);
	ck_assert_uint_ne(candm_float_encode(4e18), 0x7effffffu);
	ck_assert_uint_eq(candm_float_encode(1e-101), 0);
	ck_assert_uint_eq(candm_float_encode(1e-30), 0);
	/* below the normal range bits are lost, the size is kept */
	ck_assert(fabs(candm_float_decode(candm_float_encode(1e-25)) - 1e-25)
	    < 1e-26);
}
END_TEST

START_TEST(float_round_trip)
{
	double	 x, y;
	int	 i;

	srandom(1);
	for (i = 0; i < 20000; i++) {
		x = ldexp((double)random() / (1 << 30) - 1,
		    (int)(random() % 110) - 50);
		y = candm_float_decode(candm_float_encode(x));
		ck_assert_msg(fabs(x - y) <= fabs(x) * 1.3e-7, "%a -> %a", x,
		    y);
		ck_assert(candm_float_decode(candm_float_encode(y)) == y);
	}
}
END_TEST

static struct addr
inet(void)
{
	struct addr	a = { .family = ADDR_INET, .ip = { 192, 0, 2, 7 } };

	return (a);
}

static struct addr
inet6(void)
{
	struct addr	a = { .family = ADDR_INET6,
	    .ip = { 0x20, 1, 0xd, 0xb8, [15] = 9 } };

	return (a);
}

static size_t
build(struct candm_reply *r, unsigned number, uint8_t *buf)
{
	size_t	 len;

	r->command = 0x1234;
	r->number = number;
	r->status = 0;
	r->sequence = 0xdeadbeef;
	memset(buf, 0xee, CANDM_REPLY_MAX);
	len = candm_reply_build(r, buf);
	ck_assert_uint_eq(buf[0], 6);
	ck_assert_uint_eq(buf[1], 2);
	ck_assert_uint_eq(be16(buf + 2), 0);
	ck_assert_uint_eq(be16(buf + 4), 0x1234);
	ck_assert_uint_eq(be16(buf + 6), number);
	ck_assert_uint_eq(be16(buf + 8), 0);
	ck_assert_uint_eq(be16(buf + 10), 0);
	ck_assert_uint_eq(be32(buf + 12), 0);
	ck_assert_uint_eq(be32(buf + 16), 0xdeadbeef);
	ck_assert_uint_eq(be32(buf + 20), 0);
	ck_assert_uint_eq(be32(buf + 24), 0);
	return (len);
}

/* Built, taken apart, built: the same bytes. And one byte less is refused. */
static void
again(const uint8_t *buf, size_t len)
{
	struct candm_reply	r;
	uint8_t			copy[CANDM_REPLY_MAX];

	ck_assert_int_eq(candm_reply_parse(buf, len, &r), 0);
	ck_assert_uint_eq(candm_reply_build(&r, copy), len);
	ck_assert_mem_eq(buf, copy, len);
	ck_assert_int_eq(candm_reply_parse(buf, len - 1, &r), -1);
}

START_TEST(reply_header)
{
	struct candm_reply	r = { .command = 43, .number = 1,
	    .status = CANDM_STT_UNAUTH, .sequence = 5 };
	uint8_t			buf[CANDM_REPLY_MAX];

	ck_assert_uint_eq(candm_reply_build(&r, buf), 28);
	ck_assert_uint_eq(be16(buf + 8), 2);
	again(buf, 28);
	ck_assert_int_eq(candm_reply_parse(buf, 28, &r), 0);
	ck_assert_uint_eq(r.status, CANDM_STT_UNAUTH);
	/* no reply, reserved bytes, versions */
	buf[1] = 1;
	ck_assert_int_eq(candm_reply_parse(buf, 28, &r), -1);
	buf[1] = 2;
	buf[3] = 1;
	ck_assert_int_eq(candm_reply_parse(buf, 28, &r), -1);
	buf[3] = 0;
	buf[0] = 5;
	ck_assert_int_eq(candm_reply_parse(buf, 28, &r), -1);
	buf[9] = CANDM_STT_BADPKTVERSION;
	ck_assert_int_eq(candm_reply_parse(buf, 28, &r), 0);
}
END_TEST

START_TEST(reply_n_sources)
{
	struct candm_reply	r = { .body.count = 0x01020304 };
	uint8_t			buf[CANDM_REPLY_MAX];

	ck_assert_uint_eq(build(&r, 2, buf), 32);
	ck_assert_uint_eq(be32(buf + 28), 0x01020304);
	again(buf, 32);
}
END_TEST

START_TEST(reply_source_data)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_source	*s = &r.body.source;
	uint8_t			 buf[CANDM_REPLY_MAX];

	s->addr = inet6();
	s->poll_log2 = -2;
	s->stratum = 3;
	s->state = REPORT_STATE_COMBINED;
	s->mode = REPORT_MODE_PEER;
	s->reach = 0377;
	s->since_sample_s = 70000;
	s->orig_offset_s = -0.25;	/* behind by -0.25: ahead */
	s->offset_s = 0.125;
	s->error_s = 0.5;
	ck_assert_uint_eq(build(&r, 3, buf), 76);
	ck_assert_mem_eq(buf + 28, s->addr.ip, 16);
	ck_assert_uint_eq(be16(buf + 44), 2);
	ck_assert_uint_eq(be16(buf + 46), 0);
	ck_assert_uint_eq(be16(buf + 48), 0xfffe);
	ck_assert_uint_eq(be16(buf + 50), 3);
	ck_assert_uint_eq(be16(buf + 52), 4);
	ck_assert_uint_eq(be16(buf + 54), 1);
	ck_assert_uint_eq(be16(buf + 56), 0);
	ck_assert_uint_eq(be16(buf + 58), 0377);
	ck_assert_uint_eq(be32(buf + 60), 70000);
	ck_assert(real(buf + 64) == 0.25);
	ck_assert(real(buf + 68) == -0.125);
	ck_assert(real(buf + 72) == 0.5);
	again(buf, 76);
	ck_assert_int_eq(candm_reply_parse(buf, 76, &r), 0);
	ck_assert_int_eq(s->poll_log2, -2);
	ck_assert(s->orig_offset_s == -0.25);
	ck_assert(s->offset_s == 0.125);
	/* without an address: its number */
	memset(&s->addr, 0, sizeof(s->addr));
	s->id = 77;
	build(&r, 3, buf);
	ck_assert_uint_eq(be32(buf + 28), 77);
	ck_assert_uint_eq(be16(buf + 44), 3);
	again(buf, 76);
	ck_assert_int_eq(candm_reply_parse(buf, 76, &r), 0);
	ck_assert_uint_eq(s->id, 77);
	ck_assert_uint_eq(s->addr.family, ADDR_NONE);
	/* a reference clock: its id as an IPv4 address */
	s->mode = REPORT_MODE_REFCLOCK;
	s->refid = 0x50505300;
	build(&r, 3, buf);
	ck_assert_uint_eq(be32(buf + 28), 0x50505300);
	ck_assert_uint_eq(be16(buf + 44), 1);
	ck_assert_uint_eq(be16(buf + 54), 2);
	again(buf, 76);
	/* a family of none */
	buf[45] = 4;
	ck_assert_int_eq(candm_reply_parse(buf, 76, &r), -1);
}
END_TEST

START_TEST(reply_tracking)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_tracking	*t = &r.body.tracking;
	uint8_t			 buf[CANDM_REPLY_MAX];

	t->addr = inet();
	t->refid = 0xc0000207;
	t->stratum = 2;
	t->leap = REPORT_LEAP_DELETE;
	t->ref_time_ns = 5000000001000000007LL;
	t->correction_s = 0.5;
	t->last_offset_s = 0.25;
	t->rms_offset_s = 0.125;
	t->freq_ppm = -20;
	t->resid_freq_ppm = 1;
	t->skew_ppm = 2;
	t->root_delay_s = 3;
	t->root_disp_s = 4;
	t->update_interval_s = 64;
	ck_assert_uint_eq(build(&r, 5, buf), 104);
	ck_assert_uint_eq(be32(buf + 28), 0xc0000207);
	ck_assert_mem_eq(buf + 32, t->addr.ip, 16);
	ck_assert_uint_eq(be16(buf + 48), 1);
	ck_assert_uint_eq(be16(buf + 52), 2);
	ck_assert_uint_eq(be16(buf + 54), 2);
	ck_assert_uint_eq(be32(buf + 56), 5000000001LL >> 32);
	ck_assert_uint_eq(be32(buf + 60), 5000000001LL & 0xffffffffu);
	ck_assert_uint_eq(be32(buf + 64), 7);
	ck_assert(real(buf + 68) == 0.5);
	/* the clock was behind, which is negative with chrony */
	ck_assert(real(buf + 72) == -0.25);
	ck_assert(real(buf + 76) == 0.125);
	ck_assert(real(buf + 80) == -20);
	ck_assert(real(buf + 84) == 1);
	ck_assert(real(buf + 88) == 2);
	ck_assert(real(buf + 92) == 3);
	ck_assert(real(buf + 96) == 4);
	ck_assert(real(buf + 100) == 64);
	again(buf, 104);
	/* an address of kind 3 has no business here */
	buf[49] = 3;
	ck_assert_int_eq(candm_reply_parse(buf, 104, &r), -1);
}
END_TEST

START_TEST(tracking_times)
{
	static const struct {
		uint32_t	high, low, nsec;
		int64_t		ns;
	} times[] = {
		{ 0, 0, 0, 0 },
		{ 0x7fffffff, 1000, 5, 1000000000005LL },
		{ 0, 10, 0xffffffff, 10999999999LL },
		{ 0xffffffff, 0xffffffff, 999999999, -1 },
		{ 2, 0xffffffff, 0, INT64_MAX },
		{ 0x12345678, 0, 0, INT64_MAX },
		{ 0x80000000, 0, 0, INT64_MIN },
	};
	struct candm_reply	r = { .number = 0 };
	uint8_t			buf[CANDM_REPLY_MAX], *p = buf + 56;
	size_t			i, j, len = build(&r, 5, buf);
	uint32_t		words[3];

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		words[0] = times[i].high;
		words[1] = times[i].low;
		words[2] = times[i].nsec;
		for (j = 0; j < 12; j++)
			p[j] = words[j / 4] >> (24 - 8 * (j % 4));
		ck_assert_int_eq(candm_reply_parse(buf, len, &r), 0);
		ck_assert_int_eq(r.body.tracking.ref_time_ns, times[i].ns);
	}
	r.body.tracking.ref_time_ns = -1;
	build(&r, 5, buf);
	ck_assert_uint_eq(be32(p), 0xffffffff);
	ck_assert_uint_eq(be32(p + 4), 0xffffffff);
	ck_assert_uint_eq(be32(p + 8), 999999999);
}
END_TEST

START_TEST(reply_sourcestats)
{
	struct candm_reply		 r = { .number = 0 };
	struct report_sourcestats	*s = &r.body.sourcestats;
	uint8_t				 buf[CANDM_REPLY_MAX];

	s->addr = inet();
	s->refid = 0xc0000207;
	s->n_samples = 64;
	s->n_runs = 32;
	s->span_s = 1000;
	s->sd_s = 0.5;
	s->resid_freq_ppm = -0.25;
	s->skew_ppm = 0.125;
	s->offset_s = 2;
	s->offset_err_s = 8;
	ck_assert_uint_eq(build(&r, 6, buf), 84);
	ck_assert_uint_eq(be32(buf + 28), 0xc0000207);
	ck_assert_mem_eq(buf + 32, s->addr.ip, 16);
	ck_assert_uint_eq(be16(buf + 48), 1);
	ck_assert_uint_eq(be32(buf + 52), 64);
	ck_assert_uint_eq(be32(buf + 56), 32);
	ck_assert_uint_eq(be32(buf + 60), 1000);
	ck_assert(real(buf + 64) == 0.5);
	ck_assert(real(buf + 68) == -0.25);
	ck_assert(real(buf + 72) == 0.125);
	ck_assert(real(buf + 76) == -2);
	ck_assert(real(buf + 80) == 8);
	again(buf, 84);
	/* reference clock: no address; unresolved: its number */
	memset(&s->addr, 0, sizeof(s->addr));
	build(&r, 6, buf);
	ck_assert_uint_eq(be16(buf + 48), 0);
	again(buf, 84);
	s->refid = 0;
	s->id = 9;
	build(&r, 6, buf);
	ck_assert_uint_eq(be16(buf + 48), 3);
	ck_assert_uint_eq(be32(buf + 32), 9);
	again(buf, 84);
}
END_TEST

START_TEST(reply_activity)
{
	struct candm_reply	r = { .body.activity = { 1, 2, 3, 4, 5 } };
	uint8_t			buf[CANDM_REPLY_MAX];
	unsigned		i;

	ck_assert_uint_eq(build(&r, 12, buf), 48);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(be32(buf + 28 + 4 * i), i + 1);
	again(buf, 48);
}
END_TEST

START_TEST(reply_name)
{
	struct candm_reply	r = { .number = 0 };
	uint8_t			buf[CANDM_REPLY_MAX];
	size_t			i;

	strcpy(r.body.name.name, "ntp.example.net");
	ck_assert_uint_eq(build(&r, 19, buf), 284);
	ck_assert_str_eq((char *)buf + 28, "ntp.example.net");
	for (i = 28 + 15; i < 284; i++)
		ck_assert_uint_eq(buf[i], 0);
	again(buf, 284);
	/* control characters and a name without end */
	buf[30] = '\033';
	ck_assert_int_eq(candm_reply_parse(buf, 284, &r), -1);
	buf[30] = 0x80;
	ck_assert_int_eq(candm_reply_parse(buf, 284, &r), -1);
	memset(buf + 28, 'a', 256);
	ck_assert_int_eq(candm_reply_parse(buf, 284, &r), -1);
	buf[283] = 0;
	ck_assert_int_eq(candm_reply_parse(buf, 284, &r), 0);
	ck_assert_uint_eq(strlen(r.body.name.name), 255);
	again(buf, 284);
}
END_TEST

START_TEST(reply_own)
{
	struct candm_reply	 r = { .number = 0 };
	struct report_status	*s = &r.body.status;
	struct report_peer	*p = &r.body.peer;
	uint8_t			 buf[CANDM_REPLY_MAX];

	s->peers = 4;
	s->peers_valid = 3;
	s->sensors = 2;
	s->sensors_valid = 1;
	s->synced = 1;
	s->stratum = 5;
	s->offset_s = 0.5;
	ck_assert_uint_eq(build(&r, 0x4000, buf), 52);
	ck_assert_uint_eq(be32(buf + 28), 4);
	ck_assert_uint_eq(be32(buf + 32), 3);
	ck_assert_uint_eq(be32(buf + 36), 2);
	ck_assert_uint_eq(be32(buf + 40), 1);
	ck_assert_uint_eq(be16(buf + 44), 1);
	ck_assert_uint_eq(be16(buf + 46), 5);
	ck_assert(real(buf + 48) == 0.5);
	again(buf, 52);

	memset(&r, 0, sizeof(r));
	p->addr = inet();
	p->selected = 1;
	p->weight = 2;
	p->trust = 3;
	p->stratum = 4;
	p->next_s = -5;
	p->poll_s = 6;
	p->valid = 1;
	p->from_pool = 1;
	p->offset_s = 0.5;
	p->delay_s = 0.25;
	p->jitter_s = 0.125;
	strcpy(p->name, "pool.example.net");
	ck_assert_uint_eq(build(&r, 0x4001, buf), 336);
	ck_assert_uint_eq(be16(buf + 44), 1);
	ck_assert_uint_eq(be16(buf + 48), 1);
	ck_assert_uint_eq(be16(buf + 50), 2);
	ck_assert_uint_eq(be16(buf + 52), 3);
	ck_assert_uint_eq(be16(buf + 54), 4);
	ck_assert_uint_eq(be32(buf + 56), (uint32_t)-5);
	ck_assert_uint_eq(be32(buf + 60), 6);
	ck_assert_uint_eq(be16(buf + 64), 1);
	ck_assert_uint_eq(be16(buf + 66), 1);
	ck_assert(real(buf + 68) == 0.5);
	ck_assert(real(buf + 72) == 0.25);
	ck_assert(real(buf + 76) == 0.125);
	ck_assert_str_eq((char *)buf + 80, "pool.example.net");
	again(buf, 336);
}
END_TEST

/* Replies of a real chronyd 4.3. */
START_TEST(reply_from_chronyd)
{
	struct candm_reply	r;
	uint8_t			buf[CANDM_REPLY_MAX];
	size_t			len;

	len = unhex("06020000002100050000000000000000deadbeef0000000000000000"
	    "7f0000017f0000010000000000000000000000000001000000020000"
	    "000000006b0131561679523cdd3d2977cd5962cdd0ec2fb5ea83fa16"
	    "e16175ffeec1be71e0bca49dded887fd088235dd", buf, sizeof(buf));
	ck_assert_uint_eq(len, 104);
	ck_assert_int_eq(candm_reply_parse(buf, len, &r), 0);
	ck_assert_uint_eq(r.sequence, 0xdeadbeef);
	ck_assert_uint_eq(r.body.tracking.refid, 0x7f000001);
	ck_assert_uint_eq(r.body.tracking.stratum, 2);
	ck_assert_int_eq(r.body.tracking.ref_time_ns / 1000000000,
	    0x6b013156);
	ck_assert(fabs(r.body.tracking.root_delay_s - 5.622e-6) < 1e-8);
	ck_assert(fabs(r.body.tracking.update_interval_s - 4.07) < 0.01);
	again(buf, len);
	len = unhex("06020000002200060000000000000000deadbeef0000000000000000"
	    "00000000000000010000000000000000000000000003000000000000"
	    "0000000000000000088000000000000018fa0000000000000000"
	    "0000", buf, sizeof(buf));
	ck_assert_uint_eq(len, 84);
	ck_assert_int_eq(candm_reply_parse(buf, len, &r), 0);
	ck_assert_uint_eq(r.body.sourcestats.id, 1);
	ck_assert_uint_eq(r.body.sourcestats.addr.family, ADDR_NONE);
	ck_assert(r.body.sourcestats.skew_ppm == 2000);
	ck_assert(r.body.sourcestats.sd_s == 4);
	again(buf, len);
}
END_TEST

/* Length of a request with its padding, and who may ask: the whole list. */
START_TEST(request_table)
{
	static const uint16_t	lengths[75] = {
		0, 60, 60, 68, 44, 44, 28, 44, 44, 28, 0, 40, 0, 28, 32, 76,
		28, 44, 44, 44, 44, 44, 44, 44, 44, 40, 40, 0, 0, 40, 28, 28,
		0, 104, 84, 56, 28, 28, 0, 0, 0, 416, 28, 28, 48, 44, 44, 44,
		28, 28, 28, 52, 28, 28, 196, 0, 36, 172, 0, 0, 0, 0, 28, 28,
		372, 284, 28, 52, 520, 76, 28, 28, 52, 48, 48,
	};
	static const struct candm_info own[] = {
		{ 52, CANDM_OPEN, 0x4000 }, { 336, CANDM_OPEN, 0x4001 },
		{ 384, CANDM_OPEN, 0x4002 }, { 356, CANDM_OPEN, 0x4003 },
		{ 40, CANDM_WRITE, 0x4004 }, { 512, CANDM_WRITE, 0x4005 },
		{ 292, CANDM_READ, 0x4006 },
	};
	static const uint8_t	open[] = { 14, 15, 33, 34, 35, 41, 44, 51,
	    65 };
	static const uint8_t	reading[] = { 25, 26, 54, 57, 67, 68, 69 };
	const struct candm_info	*info;
	struct candm_request	 r = { .command = 0 };
	uint8_t			 buf[CANDM_REQUEST_MAX];
	unsigned		 i, class;

	for (i = 0; i < 0x4010; i++) {
		info = candm_get_info(i);
		if (i >= 0x4000 && i < 0x4007) {
			ck_assert_uint_eq(info->len, own[i - 0x4000].len);
			ck_assert_uint_eq(info->class, own[i - 0x4000].class);
			ck_assert_uint_eq(info->number,
			    own[i - 0x4000].number);
			continue;
		}
		r.command = i;
		if (i >= 75 || lengths[i] == 0) {
			ck_assert_ptr_null(info);
			ck_assert_uint_eq(candm_request_build(&r, buf), 0);
			continue;
		}
		ck_assert_uint_eq(info->len, lengths[i]);
		ck_assert_uint_eq(candm_request_build(&r, buf), lengths[i]);
		class = CANDM_WRITE;
		if (memchr(open, i, sizeof(open)) != NULL)
			class = CANDM_OPEN;
		if (memchr(reading, i, sizeof(reading)) != NULL)
			class = CANDM_READ;
		ck_assert_uint_eq(info->class, class);
	}
}
END_TEST

START_TEST(request_layouts)
{
	struct candm_request	 r = { .command = 15, .attempt = 2,
	    .sequence = 0x01020304 };
	struct candm_request	 back;
	uint8_t			 buf[CANDM_REQUEST_MAX];
	size_t			 len, i;

	r.body.index = 0x0a0b0c0d;
	memset(buf, 0xee, sizeof(buf));
	len = candm_request_build(&r, buf);
	ck_assert_uint_eq(len, 76);
	ck_assert_uint_eq(buf[0], 6);
	ck_assert_uint_eq(buf[1], 1);
	ck_assert_uint_eq(be16(buf + 2), 0);
	ck_assert_uint_eq(be16(buf + 4), 15);
	ck_assert_uint_eq(be16(buf + 6), 2);
	ck_assert_uint_eq(be32(buf + 8), 0x01020304);
	ck_assert_uint_eq(be32(buf + 12), 0);
	ck_assert_uint_eq(be32(buf + 16), 0);
	ck_assert_uint_eq(be32(buf + 20), 0x0a0b0c0d);
	for (i = 24; i < len; i++)
		ck_assert_uint_eq(buf[i], 0);
	ck_assert_int_eq(candm_request_parse(buf, 19, &back), -1);
	ck_assert_int_eq(candm_request_parse(buf, 20, &back), 0);
	ck_assert_int_eq(candm_request_parse_body(buf, 23, &back),
	    CANDM_STT_BADPKTLENGTH);
	ck_assert_int_eq(candm_request_parse_body(buf, 24, &back), 0);
	ck_assert_uint_eq(back.body.index, 0x0a0b0c0d);

	r.command = 65;
	r.body.source.addr = inet();
	len = candm_request_build(&r, buf);
	ck_assert_mem_eq(buf + 20, r.body.source.addr.ip, 16);
	ck_assert_uint_eq(be16(buf + 36), 1);
	candm_request_parse(buf, len, &back);
	ck_assert_int_eq(candm_request_parse_body(buf, len, &back), 0);
	ck_assert(addr_equal(&back.body.source.addr, &r.body.source.addr));
	buf[37] = 9;
	ck_assert_int_eq(candm_request_parse_body(buf, len, &back),
	    CANDM_STT_NOSUCHSOURCE);

	r.command = 50;
	r.body.makestep.limit = -1;
	r.body.makestep.threshold_s = 0.5;
	ck_assert_uint_eq(candm_request_build(&r, buf), 28);
	ck_assert_uint_eq(be32(buf + 20), 0xffffffff);
	ck_assert(real(buf + 24) == 0.5);
}
END_TEST

/* Every reply fits into the request that was padded for it. */
START_TEST(padding_is_enough)
{
	static const uint16_t	pairs[][2] = {
		{ 14, 2 }, { 15, 3 }, { 33, 5 }, { 34, 6 }, { 44, 12 },
		{ 65, 19 }, { 43, 1 }, { 0x4000, 0x4000 },
		{ 0x4001, 0x4001 },
	};
	struct candm_reply	 r;
	uint8_t			 buf[CANDM_REPLY_MAX];
	size_t			 i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		memset(&r, 0, sizeof(r));
		r.number = pairs[i][1];
		ck_assert_uint_eq(candm_reply_build(&r, buf),
		    candm_get_info(pairs[i][0])->len);
	}
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("candm");
	TCase	*tc = tcase_create("candm");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, float_known);
	tcase_add_test(tc, float_saturates);
	tcase_add_test(tc, float_round_trip);
	tcase_add_test(tc, reply_header);
	tcase_add_test(tc, reply_n_sources);
	tcase_add_test(tc, reply_source_data);
	tcase_add_test(tc, reply_tracking);
	tcase_add_test(tc, tracking_times);
	tcase_add_test(tc, reply_sourcestats);
	tcase_add_test(tc, reply_activity);
	tcase_add_test(tc, reply_name);
	tcase_add_test(tc, reply_own);
	tcase_add_test(tc, reply_from_chronyd);
	tcase_add_test(tc, request_table);
	tcase_add_test(tc, request_layouts);
	tcase_add_test(tc, padding_is_enough);
	return (unit_run(suite));
}
