/*
 * ntpd/server/server_core.c: which packets get an answer and what is in it.
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/addr.h"
#include "common/conf.h"
#include "common/ntp.h"
#include "common/timens.h"
#include "ntpd/server/server_access.h"
#include "ntpd/server/server_core.h"
#include "regress/unit/serverworld.h"
#include "regress/unit/unit.h"

/* Within the precision of the page. */
static void
assert_ts(ntp_ts ts, int64_t ns)
{
	int64_t	diff = ntp_ts_to_ns(ts, REAL) - ns;

	ck_assert_int_ge(diff, -61);
	ck_assert_int_le(diff, 61);
}

/* Only version 1 may have mode 0, all of 1..4 mode 3. */
START_TEST(versions_and_modes)
{
	unsigned	version, mode;

	for (version = 0; version < 8; version++) {
		for (mode = 0; mode < 8; mode++) {
			request(version, mode, NTP_HEADER_LEN);
			if (version == 0 || version > 4) {
				ck_assert_int_eq(serve(), SERVER_VERSION);
				continue;
			}
			if (mode != 3 && !(mode == 0 && version == 1)) {
				ck_assert_int_eq(serve(), SERVER_MODE);
				continue;
			}
			ck_assert_int_eq(serve(), SERVER_REPLY);
			ck_assert_uint_eq(answer.version, version);
			ck_assert_uint_eq(answer.mode, 4);
		}
	}
}
END_TEST

START_TEST(version1_port)
{
	request(1, 0, NTP_HEADER_LEN);
	req.from.port = NTP_PORT;
	ck_assert_int_eq(check(), SERVER_MODE);
	request(1, 3, NTP_HEADER_LEN);
	req.from.port = NTP_PORT;
	ck_assert_int_eq(check(), SERVER_REPLY);
}
END_TEST

START_TEST(lengths)
{
	size_t	len;

	for (len = 0; len < NTP_HEADER_LEN; len++) {
		request(4, 3, len);
		ck_assert_int_eq(check(), SERVER_SHORT);
	}
	for (len = NTP_HEADER_LEN + 1; len < 120; len++) {
		request(4, 3, len);
		if (len % 4 != 0)
			ck_assert_int_eq(check(), SERVER_LENGTH);
		else
			ck_assert_int_ne(check(), SERVER_REPLY);
	}
	request(4, 3, NTP_HEADER_LEN);
	req.truncated = 1;
	ck_assert_int_eq(check(), SERVER_LONG);
}
END_TEST

/* The n-th of the extension fields or a MAC behind the header. */
static void
add(uint16_t type, uint16_t field_len, size_t len)
{
	packet[req.len] = type >> 8;
	packet[req.len + 1] = type & 0xff;
	packet[req.len + 2] = field_len >> 8;
	packet[req.len + 3] = field_len & 0xff;
	req.len += len;
}

START_TEST(extension_fields)
{
	request(4, 3, NTP_HEADER_LEN);
	add(0x1234, 28, 28);
	ck_assert_int_eq(serve(), SERVER_REPLY);
	add(0x0104, 36, 36);
	ck_assert_int_eq(serve(), SERVER_REPLY);
	add(0xffff, 1024, 1024);
	ck_assert_int_eq(serve(), SERVER_REPLY);
	/* short ones may only stand before others, RFC 7822 */
	request(4, 3, NTP_HEADER_LEN);
	add(1, 16, 16);
	ck_assert_int_eq(check(), SERVER_FORMAT);
	add(1, 28, 28);
	ck_assert_int_eq(check(), SERVER_REPLY);
}
END_TEST

START_TEST(extension_fields_bad)
{
	static const struct {
		uint16_t	field_len;
		size_t		len;
	} bad[] = {
		{ 0, 28 }, { 4, 28 }, { 12, 28 }, { 15, 28 }, { 26, 28 },
		{ 27, 28 }, { 29, 28 }, { 32, 28 }, { 65532, 28 },
		{ 65535, 28 }, { 8, 8 }, { 12, 12 }, { 16, 16 },
		{ 20, 28 },	/* leaves 8 */
		{ 16, 32 },	/* leaves 16 */
	};
	size_t	i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request(4, 3, NTP_HEADER_LEN);
		add(1, bad[i].field_len, bad[i].len);
		ck_assert_msg(check() == SERVER_FORMAT, "case %zu", i);
	}
}
END_TEST

START_TEST(macs)
{
	static const size_t	lens[] = { 4, 20, 24 };
	unsigned		version;
	size_t			i;

	for (i = 0; i < 3; i++) {
		for (version = 1; version <= 4; version++) {
			request(version, 3, NTP_HEADER_LEN);
			add(0, 1, lens[i]);
			ck_assert_int_eq(check(), SERVER_KEY);
		}
		request(4, 3, NTP_HEADER_LEN);
		add(0x2005, 28, 28);
		add(0, 1, lens[i]);
		ck_assert_int_eq(check(), SERVER_KEY);
	}
	/* there are no extension fields before version 4 */
	for (version = 1; version < 4; version++) {
		request(version, 3, NTP_HEADER_LEN);
		add(1, 28, 28);
		ck_assert_int_eq(check(), SERVER_KEY);
	}
}
END_TEST

START_TEST(trailers)
{
	struct trailer	t;

	request(4, 3, NTP_HEADER_LEN);
	add(0x2005, 16, 16);
	add(0x2006, 28, 28);
	add(0x0001, 0x0203, 24);
	ck_assert_int_eq(trailer_parse(4, packet, req.len, &t), 0);
	ck_assert_uint_eq(t.fields, 2);
	ck_assert_uint_eq(t.mac_at, NTP_HEADER_LEN + 16 + 28);
	ck_assert_uint_eq(t.mac_len, 24);
	ck_assert_uint_eq(t.key_id, 0x00010203);
	ck_assert_int_eq(trailer_parse(4, packet, NTP_HEADER_LEN, &t), 0);
	ck_assert_uint_eq(t.fields + t.mac_len + t.mac_at + t.key_id, 0);
	/* a MAC of SHA512 before version 4, and no longer one */
	ck_assert_int_eq(trailer_parse(3, packet, NTP_HEADER_LEN + 68, &t), 0);
	ck_assert_uint_eq(t.mac_at, NTP_HEADER_LEN);
	ck_assert_uint_eq(t.mac_len, 68);
	ck_assert_int_eq(trailer_parse(3, packet, NTP_HEADER_LEN + 72, &t),
	    -1);
}
END_TEST

START_TEST(addresses)
{
	request(4, 3, NTP_HEADER_LEN);
	req.from.ip[0] = 10;
	ck_assert_int_eq(check(), SERVER_DENIED);
	request(4, 3, NTP_HEADER_LEN);
	req.from.port = 0;
	ck_assert_int_eq(check(), SERVER_SOURCE);
	request(4, 3, NTP_HEADER_LEN);
	req.group = 1;
	ck_assert_int_eq(check(), SERVER_GROUP);
	/* we do not talk to ourselves; another port of ours is a client's */
	request(4, 3, NTP_HEADER_LEN);
	req.from = req.to;
	ck_assert_int_eq(check(), SERVER_SOURCE);
	req.from.port++;
	ck_assert_int_eq(check(), SERVER_REPLY);
	/* nobody is served when there is no list, or an empty one */
	server_core_init(&core, NULL, 1);
	ck_assert_int_eq(check(), SERVER_DENIED);
	access_free(acl);
	acl = access_new(NULL, 0);
	server_core_init(&core, acl, 1);
	ck_assert_int_eq(check(), SERVER_DENIED);
}
END_TEST

/* allow, deny and listen on: who is answered */
START_TEST(access_of_conf)
{
	struct conf_access	 rule = { .allow = 1, .net = { .bits = 32,
				    .addr = { .family = ADDR_INET,
				    .ip = { 192, 0, 2, 1 } } } };
	struct addr		 one = rule.net.addr, other = one;
	struct conf		*conf = conf_new();
	struct access		*a;

	ck_assert_ptr_nonnull(conf);
	other.ip[3] = 2;
	a = server_access_new(conf);
	ck_assert_int_eq(access_allows(a, &one), 0);
	access_free(a);
	conf->nlisten = 1;
	a = server_access_new(conf);
	ck_assert_int_eq(access_allows(a, &one), 1);
	ck_assert_int_eq(access_allows(a, &other), 1);
	access_free(a);
	conf->access = &rule;
	conf->naccess = 1;
	a = server_access_new(conf);
	ck_assert_int_eq(access_allows(a, &one), 1);
	ck_assert_int_eq(access_allows(a, &other), 0);
	access_free(a);
	/* a name without an address opens nothing */
	memset(&rule.net, 0, sizeof(rule.net));
	rule.host = "host.example";
	a = server_access_new(conf);
	ck_assert_int_eq(access_allows(a, &one), 0);
	access_free(a);
	conf->access = NULL;
	conf->naccess = conf->nlisten = 0;
	conf_free(conf);
}
END_TEST

START_TEST(fields)
{
	request(4, 3, NTP_HEADER_LEN);
	ck_assert_int_eq(serve(), SERVER_REPLY);
	ck_assert_uint_eq(answer.leap, 0);
	ck_assert_uint_eq(answer.stratum, 2);
	ck_assert_int_eq(answer.poll, 6);
	ck_assert_int_eq(answer.precision, -24);
	ck_assert_uint_eq(answer.refid, 0xc0000201);
	ck_assert_uint_eq(answer.origin, TX);
	/* 1 ns and 1 ms + 10 s * 1 ppm, in 2^-16 s, rounded up */
	ck_assert_uint_eq(answer.root_delay, 1);
	ck_assert_uint_eq(answer.root_disp, 67);
	ck_assert_uint_eq(answer.reference,
	    ntp_ts_from_ns(page.ref_time_ns));
	/* the clock is 1000 ns behind, says the page */
	assert_ts(answer.receive, REAL - 20000 + 1000);
	assert_ts(answer.transmit, REAL + 1000);
	page.leap = CLOCKPAGE_LEAP_INSERT;
	page.ref_time_ns = 0;
	ck_assert_int_eq(serve(), SERVER_REPLY);
	ck_assert_uint_eq(answer.leap, 1);
	ck_assert_uint_eq(answer.reference, 0);
}
END_TEST

/* RFC 5905 7.3: 16 is sent as 0; and nothing is claimed. */
static void
assert_unsynchronised(void)
{
	request(4, 3, NTP_HEADER_LEN);
	ck_assert_int_eq(serve(), SERVER_REPLY);
	ck_assert_uint_eq(answer.leap, 3);
	ck_assert_uint_eq(answer.stratum, 0);
	ck_assert_uint_eq(answer.refid, 0);
	ck_assert_uint_eq(answer.root_disp, 16 << 16);
	ck_assert_uint_eq(answer.origin, TX);
	ck_assert_uint_eq(answer.mode, 4);
}

START_TEST(unsynchronised)
{
	struct clockpage	empty;

	page.leap = CLOCKPAGE_LEAP_UNSYNC;
	assert_unsynchronised();
	page.leap = 0;
	page.stratum = 16;
	assert_unsynchronised();
	page.leap = 1;
	assert_unsynchronised();
	/* a page that the engine has not written yet */
	memset(&empty, 0, sizeof(empty));
	clockpage_init(&empty);
	ck_assert_int_eq(clockpage_read(&empty, &page), 0);
	assert_unsynchronised();
}
END_TEST

START_TEST(page_invalid)
{
	struct clockpage_data	 data;
	struct clockpage	 bad;

	request(4, 3, NTP_HEADER_LEN);
	ck_assert_int_eq(server_core_begin(&core, NULL, RAW, REAL),
	    SERVER_PAGE);
	memset(&bad, 0, sizeof(bad));
	clockpage_init(&bad);
	page.stratum = 17;
	clockpage_write(&bad, &page);
	ck_assert_int_eq(clockpage_read(&bad, &data), -1);
}
END_TEST

/* The clock is not where the page says: nothing is answered. */
START_TEST(slip)
{
	int64_t	age_ppm = ANCHOR / 1000000;

	request(4, 3, NTP_HEADER_LEN);
	ck_assert_int_eq(server_core_begin(&core, &page, RAW,
	    REAL + CLOCKPAGE_SLIP_NS + age_ppm - 100), SERVER_REPLY);
	ck_assert_int_eq(server_core_begin(&core, &page, RAW,
	    REAL + CLOCKPAGE_SLIP_NS + age_ppm + 100), SERVER_SLIP);
	ck_assert_int_eq(server_core_begin(&core, &page, RAW,
	    REAL - CLOCKPAGE_SLIP_NS - age_ppm - 100), SERVER_SLIP);
	ck_assert_int_eq(server_core_begin(&core, &page, RAW,
	    REAL + 3600 * NS_PER_SEC), SERVER_SLIP);
	/* nor when the page says that nothing is known */
	page.leap = CLOCKPAGE_LEAP_UNSYNC;
	ck_assert_int_eq(server_core_begin(&core, &page, RAW,
	    REAL - NS_PER_SEC), SERVER_SLIP);
	page.leap = 0;
	ck_assert_int_eq(serve(), SERVER_REPLY);
}
END_TEST

/* Missing, future and old kernel timestamps: the clock is used instead. */
START_TEST(receive_time)
{
	static const int64_t	bad[] = {
		0, -1, INT64_MIN, INT64_MAX, REAL + 1,
		REAL - NS_PER_SEC - 1, 1
	};
	size_t			i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request(4, 3, NTP_HEADER_LEN);
		req.rx_real_ns = bad[i];
		ck_assert_int_eq(serve(), SERVER_REPLY);
		assert_ts(answer.receive, REAL + 1000);
		assert_ts(answer.transmit, REAL + 1000);
		ck_assert_uint_gt(answer.transmit, answer.receive);
	}
	request(4, 3, NTP_HEADER_LEN);
	req.rx_real_ns = REAL - NS_PER_SEC;
	ck_assert_int_eq(serve(), SERVER_REPLY);
	assert_ts(answer.receive, REAL - NS_PER_SEC + 1000);
}
END_TEST

/* Sent later in a batch; and never before it came. */
START_TEST(transmit_time)
{
	unsigned	i;

	request(4, 3, NTP_HEADER_LEN);
	ck_assert_int_eq(serve(), SERVER_REPLY);
	ck_assert_int_eq(server_core_answer(&core, &req, 64000, reply,
	    &reply_len),
	    SERVER_REPLY);
	ntp_header_parse(reply, sizeof(reply), &answer);
	assert_ts(answer.transmit, REAL + 1000 + 64000);
	page.precision_log2 = -10;
	for (i = 0; i < 1000; i++) {
		req.rx_real_ns = REAL - i;
		ck_assert_int_eq(serve(), SERVER_REPLY);
		ck_assert_uint_gt(answer.transmit, answer.receive);
	}
}
END_TEST

/* The bits below the precision change from answer to answer, no others. */
START_TEST(noise)
{
	ntp_ts		first, ones, zeros;
	int		precision, i;

	for (precision = -32; precision <= 0; precision += 8) {
		page.precision_log2 = (int8_t)precision;
		request(4, 3, NTP_HEADER_LEN);
		req.rx_real_ns = REAL - NS_PER_SEC;
		ck_assert_int_eq(serve(), SERVER_REPLY);
		first = answer.receive;
		ones = zeros = 0;
		for (i = 0; i < 200; i++) {
			ck_assert_int_eq(serve(), SERVER_REPLY);
			ones |= answer.receive & ~first;
			zeros |= ~answer.receive & first;
		}
		ck_assert_uint_eq(ones | zeros,
		    (1ULL << (32 + precision)) - 1);
	}
}
END_TEST

/*
 * A step of the clock by step_ns that the next page publishes, age_ns before
 * the request with that timestamp is answered.
 */
static enum server_verdict
step(int64_t step_ns, int64_t age_ns, int64_t rx_real_ns)
{
	enum server_verdict	v;

	request(4, 3, NTP_HEADER_LEN);
	server_core_init(&core, acl, 1);
	ck_assert_int_eq(server_core_begin(&core, &page, RAW, REAL),
	    SERVER_REPLY);
	ck_assert_uint_eq(core.steps, 1);
	page.anchor_raw_ns = RAW + NS_PER_SEC;
	page.anchor_real_ns = REAL + NS_PER_SEC + step_ns;
	req.rx_real_ns = rx_real_ns;
	v = server_core_begin(&core, &page, RAW + NS_PER_SEC + age_ns,
	    page.anchor_real_ns + age_ns);
	ck_assert_int_eq(v, SERVER_REPLY);
	v = server_core_answer(&core, &req, 0, reply,
	    &reply_len);
	page.anchor_raw_ns = RAW - ANCHOR;
	page.anchor_real_ns = REAL - ANCHOR;
	if (v == SERVER_REPLY)
		ntp_header_parse(reply, sizeof(reply), &answer);
	return (v);
}

START_TEST(before_step)
{
	int64_t	now = REAL + NS_PER_SEC;	/* on the old clock */
	int64_t	ms = NS_PER_MS;

	/* came 50 ms before a step of +-0.3 s: on the old clock */
	ck_assert_int_eq(step(300 * ms, 10 * ms, now - 50 * ms), SERVER_STEP);
	ck_assert_uint_eq(core.steps, 2);
	ck_assert_int_eq(step(-300 * ms, 400 * ms, now - 50 * ms),
	    SERVER_STEP);
	/* not a step: the same request is answered with both its times */
	ck_assert_int_eq(step(0, 10 * ms, now - 50 * ms), SERVER_REPLY);
	ck_assert_uint_eq(core.steps, 1);
	assert_ts(answer.receive, now - 50 * ms + 1000);
	/* came after it */
	ck_assert_int_eq(step(300 * ms, 400 * ms, now + 650 * ms),
	    SERVER_REPLY);
	assert_ts(answer.receive, now + 650 * ms + 1000);
	ck_assert_int_eq(step(-300 * ms, 400 * ms, now + 50 * ms),
	    SERVER_REPLY);
	/* on the old clock, but too old to be used at all */
	ck_assert_int_eq(step(10000 * ms, 10 * ms, now - 50 * ms),
	    SERVER_REPLY);
	assert_ts(answer.receive, now + 10010 * ms + 1000);
	ck_assert_uint_gt(answer.transmit, answer.receive);
}
END_TEST

/* A socket that was emptied after the step has nothing from before it. */
START_TEST(before_step_drained)
{
	int64_t	now = REAL + NS_PER_SEC;

	ck_assert_int_eq(step(-NS_PER_SEC / 2, NS_PER_SEC,
	    now - NS_PER_SEC / 10), SERVER_STEP);
	req.drained = core.steps;
	ck_assert_int_eq(server_core_answer(&core, &req, 0, reply,
	    &reply_len),
	    SERVER_REPLY);
	/* nothing is remembered of so many steps */
	req.drained = core.steps - SERVER_STEPS - 1;
	ck_assert_int_eq(server_core_answer(&core, &req, 0, reply,
	    &reply_len),
	    SERVER_STEP);
}
END_TEST

/*
 * A clock that went to and fro leaves nothing for the pages to show.  But
 * nothing in a queue is older than the moment when that was empty.
 */
START_TEST(older_than_the_queue)
{
	request(4, 3, NTP_HEADER_LEN);
	req.empty_raw_ns = RAW - 10 * NS_PER_MS;
	req.rx_real_ns = REAL - 300 * NS_PER_MS;
	ck_assert_int_eq(serve(), SERVER_STEP);
	req.rx_real_ns = REAL - 9 * NS_PER_MS;
	ck_assert_int_eq(serve(), SERVER_REPLY);
	assert_ts(answer.receive, req.rx_real_ns + 1000);
	/* it never was */
	req.empty_raw_ns = 0;
	req.rx_real_ns = REAL - 300 * NS_PER_MS;
	ck_assert_int_eq(serve(), SERVER_REPLY);
	assert_ts(answer.receive, req.rx_real_ns + 1000);
	/* a clock that is slewed fast */
	req.empty_raw_ns = RAW - 400 * NS_PER_MS;
	req.rx_real_ns = REAL - 430 * NS_PER_MS;
	ck_assert_int_eq(serve(), SERVER_REPLY);
}
END_TEST

/*
 * What an earlier server left in the queue: nobody knows about steps before
 * the first page, so it counts as received when it is read.
 */
START_TEST(before_the_start)
{
	request(4, 3, NTP_HEADER_LEN);
	req.drained = core.steps;
	req.rx_real_ns = REAL - NS_PER_MS;
	ck_assert_int_eq(serve(), SERVER_REPLY);
	assert_ts(answer.receive, REAL + 1000);
	ck_assert_uint_gt(answer.transmit, answer.receive);
	req.drained = core.steps;
	ck_assert_int_eq(serve(), SERVER_REPLY);
	assert_ts(answer.receive, req.rx_real_ns + 1000);
}
END_TEST

/* Whatever comes and whatever the page says: no answer is longer. */
START_TEST(random_input)
{
	static const unsigned	lens[] = { 0, 47, 48, 52, 68, 72, 76, 100 };
	struct clockpage_data	d, got;
	struct clockpage	p;
	enum server_verdict	v;
	uint32_t		seed = 1;
	unsigned		i, k, answered = 0;

	memset(&p, 0, sizeof(p));
	clockpage_init(&p);
	for (i = 0; i < 50000; i++) {
		request(4, 3, lens[i % 8]);
		for (k = 0; k < req.len; k++) {
			seed = seed * 1664525 + 1013904223;
			if (k >= i % 128)
				packet[k] = seed >> 24;
		}
		for (k = 0; k < sizeof(d); k++) {
			seed = seed * 1664525 + 1013904223;
			((uint8_t *)&d)[k] = seed >> 24;
		}
		clockpage_write(&p, i % 4 != 0 ? &page : &d);
		if (check() != SERVER_REPLY)
			continue;
		v = server_core_begin(&core, clockpage_read(&p, &got) == 0 ?
		    &got : NULL, RAW, REAL);
		if (v == SERVER_REPLY)
			v =
		    server_core_answer(&core, &req, 0, reply, &reply_len);
		ck_assert_int_lt(v, SERVER_VERDICT_COUNT);
		if (v != SERVER_REPLY)
			continue;
		answered++;
		ck_assert_uint_ge(req.len, NTP_HEADER_LEN);
		ck_assert_uint_eq(reply[0] & 0x7, 4);
	}
	ck_assert_uint_gt(answered, 1000);
}
END_TEST

/* The answer may be written over the request. */
START_TEST(in_place)
{
	request(3, 3, NTP_HEADER_LEN);
	ck_assert_int_eq(serve(), SERVER_REPLY);
	ck_assert_int_eq(server_core_answer(&core, &req, 0, packet,
	    &reply_len),
	    SERVER_REPLY);
	ntp_header_parse(packet, NTP_HEADER_LEN, &answer);
	ck_assert_uint_eq(answer.origin, TX);
	ck_assert_uint_eq(answer.version, 3);
	ck_assert_int_eq(answer.poll, 6);
	/* and an answer is no request */
	ck_assert_int_eq(check(), SERVER_MODE);
}
END_TEST

START_TEST(texts)
{
	unsigned	i;

	for (i = 0; i < SERVER_VERDICT_COUNT; i++)
		ck_assert_uint_gt(strlen(server_verdict_text(i)), 3);
	ck_assert_str_eq(server_verdict_text(SERVER_VERDICT_COUNT), "?");
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("server");
	TCase	*tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, versions_and_modes);
	tcase_add_test(tc, version1_port);
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, extension_fields);
	tcase_add_test(tc, extension_fields_bad);
	tcase_add_test(tc, macs);
	tcase_add_test(tc, trailers);
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, access_of_conf);
	tcase_add_test(tc, fields);
	tcase_add_test(tc, unsynchronised);
	tcase_add_test(tc, page_invalid);
	tcase_add_test(tc, slip);
	tcase_add_test(tc, receive_time);
	tcase_add_test(tc, transmit_time);
	tcase_add_test(tc, noise);
	tcase_add_test(tc, before_step);
	tcase_add_test(tc, before_step_drained);
	tcase_add_test(tc, older_than_the_queue);
	tcase_add_test(tc, before_the_start);
	tcase_add_test(tc, random_input);
	tcase_add_test(tc, in_place);
	tcase_add_test(tc, texts);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
