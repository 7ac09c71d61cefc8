/*
 * Each reason to give no answer, and what counts it: one packet raises its
 * own counter and that of all packets, and nothing else.
 */
#include <check.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/clienttab.h"
#include "common/conf.h"
#include "common/keyring.h"
#include "common/key.h"
#include "common/report_counters.h"
#include "common/timens.h"
#include "ntpd/server/server_report.h"
#include "regress/unit/serverworld.h"
#include "regress/unit/unit.h"

#define M(member)	offsetof(struct report_counters, member)
#define KEY_LEN		16

static struct clienttab	*tab;
static struct keyring	*ring;
static int		 works;		/* the keys can be used */

static void *
open_key(const struct key *key)
{
	(void)key;
	return (&works);
}

static void
close_key(void *mac)
{
	(void)mac;
}

static size_t
sign(void *mac, const uint8_t *data, size_t len, uint8_t *out)
{
	(void)mac;
	(void)data;
	(void)len;
	memset(out, 0x5a, KEY_MAC_MAX);
	return (works-- > 0 ? KEY_LEN : 0);
}

static void
setup_keys(void)
{
	static const struct keyring_ops	ops = { open_key, close_key, sign };
	static const char		text[] = "7 MD5 secret\n";
	struct keys			keys = { NULL, 0 };
	uint32_t			bad;

	setup();
	works = 1;
	ck_assert_int_eq(keys_parse(&keys, text, sizeof(text) - 1, NULL,
	    NULL), 0);
	ring = keyring_new(&keys, &ops, &bad);
	keys_free(&keys);
	ck_assert_ptr_nonnull(ring);
	server_core_set_keys(&core, ring);
}

static void
limit(unsigned kod_log2)
{
	struct conf_ratelimit	 conf = { .enabled = 1, .interval_log2 = 8,
				    .burst = 1, .leak_log2 = 4 };
	static const uint8_t	 key[CLIENTTAB_KEY_LEN] = "any";

	conf.kod_log2 = (int)kod_log2;
	tab = clienttab_new(16384, key);
	ck_assert_ptr_nonnull(tab);
	server_core_set_clients(&core, tab, &conf);
}

static void
teardown_keys(void)
{
	keyring_free(ring);
	clienttab_free(tab);
	tab = NULL;
	teardown();
}

/* This verdict of one packet is in that counter, alone. */
static void
counted(enum server_verdict v, size_t member)
{
	struct server_stats	 stats;
	struct report_counters	 r, want;

	memset(&stats, 0, sizeof(stats));
	memset(&r, 0, sizeof(r));
	memset(&want, 0, sizeof(want));
	stats.verdicts[v] = 1;
	server_report_counters(&stats, &r);
	want.packets = 1;
	*(uint64_t *)(void *)((char *)&want + member) = 1;
	ck_assert_mem_eq(&r, &want, sizeof(r));
}

START_TEST(form)
{
	unsigned	i;

	request(4, 3, NTP_HEADER_LEN);
	counted(serve(), M(answers));
	request(4, 3, NTP_HEADER_LEN - 1);
	counted(serve(), M(dropped_short));
	request(4, 3, 0);
	counted(serve(), M(dropped_short));
	request(4, 3, NTP_HEADER_LEN + 1);
	counted(serve(), M(dropped_length));
	request(4, 3, NTP_HEADER_LEN);
	req.truncated = 1;
	counted(serve(), M(dropped_long));
	for (i = 0; i < 8; i++) {
		request(i, 3, NTP_HEADER_LEN);
		counted(serve(), i >= 1 && i <= 4 ? M(answers) :
		    M(dropped_version));
		request(4, i, NTP_HEADER_LEN);
		counted(serve(), i == 3 ? M(answers) :
		    M(dropped_mode));
	}
	request(4, 3, NTP_HEADER_LEN + 8);
	counted(serve(), M(dropped_extension));
	request(4, 3, NTP_HEADER_LEN);
	req.group = 1;
	counted(serve(), M(dropped_group));
	request(4, 3, NTP_HEADER_LEN);
	req.from.port = 0;
	counted(serve(), M(dropped_source));
	request(4, 3, NTP_HEADER_LEN);
	req.from = req.to;
	counted(serve(), M(dropped_source));
	request(4, 3, NTP_HEADER_LEN);
	req.from.ip[0] = 10;
	counted(serve(), M(dropped_denied));
}
END_TEST

START_TEST(macs)
{
	size_t	len = NTP_HEADER_LEN + KEYRING_ID_LEN + KEY_LEN;

	request(4, 3, len);
	packet[NTP_HEADER_LEN + 3] = 8;
	counted(serve(), M(dropped_unknown_key));
	request(4, 3, len);
	packet[NTP_HEADER_LEN + 3] = 7;
	counted(serve(), M(dropped_bad_mac));
	memset(packet + NTP_HEADER_LEN + KEYRING_ID_LEN, 0x5a, KEY_LEN);
	works = 2;
	counted(serve(), M(answers));
	/* the library fails between request and answer */
	works = 1;
	counted(serve(), M(dropped_unsigned));
}
END_TEST

START_TEST(too_often)
{
	enum server_verdict	v;
	unsigned		i, limited = 0, kisses = 0;

	limit(1);
	for (i = 0; i < 200; i++) {
		request(4, 3, NTP_HEADER_LEN);
		v = serve();
		counted(v, v == SERVER_KISS ? M(kisses) :
		    v == SERVER_LIMITED ? M(dropped_limited) :
		    M(answers));
		limited += v == SERVER_LIMITED;
		kisses += v == SERVER_KISS;
	}
	ck_assert_uint_gt(limited, 20);
	ck_assert_uint_gt(kisses, 20);
}
END_TEST

START_TEST(clock_not_good)
{
	counted(server_core_begin(&core, NULL, RAW, REAL),
	    M(dropped_no_page));
	counted(server_core_begin(&core, &page, RAW, REAL + NS_PER_SEC),
	    M(dropped_clock_changed));
	/* a step by a second, published after the request came */
	ck_assert_int_eq(server_core_begin(&core, &page, RAW, REAL),
	    SERVER_REPLY);
	request(4, 3, NTP_HEADER_LEN);
	page.anchor_raw_ns = RAW + NS_PER_SEC;
	page.anchor_real_ns = REAL;
	req.rx_real_ns = REAL - NS_PER_SEC / 2;
	ck_assert_int_eq(server_core_begin(&core, &page, RAW + NS_PER_SEC,
	    REAL), SERVER_REPLY);
	counted(server_core_answer(&core, &req, 0, reply, &reply_len),
	    M(dropped_before_step));
}
END_TEST

/* No two verdicts share a counter, and what is not of verdicts is there. */
START_TEST(all_of_them)
{
	struct server_stats	 stats;
	struct report_counters	 r;
	uint64_t		 each[sizeof(r) / sizeof(uint64_t)], sum = 0;
	unsigned		 i, k, found;

	memset(&stats, 0, sizeof(stats));
	memset(&r, 0, sizeof(r));
	for (i = 0; i < SERVER_VERDICT_COUNT; i++)
		sum += stats.verdicts[i] = 1000 + i;
	stats.send_failed = 1;
	stats.no_timestamp = 2;
	stats.batches = 3;
	stats.receive_errors = 4;
	stats.queue_full = 5;
	stats.timestamps_lost = 6;
	server_report_counters(&stats, &r);
	memcpy(each, &r, sizeof(each));
	for (i = 0; i < SERVER_VERDICT_COUNT; i++) {
		for (found = k = 0; k < sizeof(each) / sizeof(each[0]); k++)
			found += each[k] == 1000 + i;
		ck_assert_uint_eq(found, 1);
	}
	ck_assert_uint_eq(r.packets, sum);
	ck_assert_uint_eq(r.not_sent, 1);
	ck_assert_uint_eq(r.rx_timestamps_missing, 2);
	ck_assert_uint_eq(r.batches, 3);
	ck_assert_uint_eq(r.receive_errors, 4);
	ck_assert_uint_eq(r.dropped_queue_full, 5);
	ck_assert_uint_eq(r.tx_timestamps_lost, 6);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("server_counters");
	TCase	*tc = tcase_create("reasons");

	tcase_add_checked_fixture(tc, setup_keys, teardown_keys);
	tcase_add_test(tc, form);
	tcase_add_test(tc, macs);
	tcase_add_test(tc, too_often);
	tcase_add_test(tc, clock_not_good);
	tcase_add_test(tc, all_of_them);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
