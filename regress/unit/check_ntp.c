/*
 * common/ntp.c: headers byte for byte, timestamps across eras, short format.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/ntp.h"
#include "common/timens.h"
#include "regress/unit/unit.h"

/* 1970-01-01 and 2036-02-07 06:28:16 (era 1) in the other's count */
#define UNIX_EPOCH	2208988800u
#define ERA1_UNIX_S	2085978496LL

static const uint8_t packet[NTP_HEADER_LEN] = {
	0xe3, 0x02, 0x06, 0xec, 0x00, 0x01, 0x80, 0x00,
	0x00, 0x00, 0x40, 0x01, 0xc0, 0x00, 0x02, 0x01,
	0xe0, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
	0xe1, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
	0xe2, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27,
	0xe3, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
};

START_TEST(header_fields)
{
	struct ntp_header h;
	uint8_t out[NTP_HEADER_LEN];

	ck_assert_int_eq(ntp_header_parse(packet, sizeof(packet), &h), 0);
	ck_assert_uint_eq(h.leap, NTP_LEAP_UNSYNC);
	ck_assert_uint_eq(h.version, 4);
	ck_assert_uint_eq(h.mode, NTP_MODE_CLIENT);
	ck_assert_uint_eq(h.stratum, 2);
	ck_assert_int_eq(h.poll, 6);
	ck_assert_int_eq(h.precision, -20);
	ck_assert_uint_eq(h.root_delay, 0x18000);
	ck_assert_uint_eq(h.root_disp, 0x4001);
	ck_assert_uint_eq(h.refid, 0xc0000201);
	ck_assert_uint_eq(h.reference, 0xe001020304050607ULL);
	ck_assert_uint_eq(h.origin, 0xe111121314151617ULL);
	ck_assert_uint_eq(h.receive, 0xe221222324252627ULL);
	ck_assert_uint_eq(h.transmit, 0xe331323334353637ULL);
	memset(out, 0, sizeof(out));
	ntp_header_build(&h, out);
	ck_assert_mem_eq(out, packet, sizeof(out));
}
END_TEST

START_TEST(header_lengths_and_versions)
{
	uint8_t buf[128];
	struct ntp_header h;
	size_t len;
	int version, good;

	memset(buf, 0, sizeof(buf));
	buf[0] = 0x23;
	for (len = 0; len <= sizeof(buf); len++) {
		good = len >= NTP_HEADER_LEN && len % 4 == 0;
		ck_assert_int_eq(ntp_header_parse(buf, len, &h),
		    good ? 0 : -1);
	}
	for (version = 0; version < 8; version++) {
		buf[0] = (uint8_t)(version << 3 | 3);
		good = version >= 1 && version <= 4;
		ck_assert_int_eq(ntp_header_parse(buf, NTP_HEADER_LEN, &h),
		    good ? 0 : -1);
	}
}
END_TEST

START_TEST(timestamps_known)
{
	ck_assert_uint_eq(ntp_ts_from_ns(0), (ntp_ts)UNIX_EPOCH << 32);
	ck_assert_uint_eq(ntp_ts_from_ns(NS_PER_SEC / 2),
	    (ntp_ts)UNIX_EPOCH << 32 | 0x80000000u);
	/* -0.25 s: the second before, three quarters of it gone */
	ck_assert_uint_eq(ntp_ts_from_ns(-NS_PER_SEC / 4),
	    (ntp_ts)(UNIX_EPOCH - 1) << 32 | 0xc0000000u);
	ck_assert_uint_eq(ntp_ts_from_ns(ERA1_UNIX_S * NS_PER_SEC), 0);
	ck_assert_uint_eq(ntp_ts_from_ns(ERA1_UNIX_S * NS_PER_SEC - 1),
	    0xffffffff00000000ULL | 0xfffffffcu);
	/* era 1's first instant, seen from 2030 and from 2040 */
	ck_assert_int_eq(ntp_ts_to_ns(0, 1900000000LL * NS_PER_SEC),
	    ERA1_UNIX_S * NS_PER_SEC);
	ck_assert_int_eq(ntp_ts_to_ns(0, 2200000000LL * NS_PER_SEC),
	    ERA1_UNIX_S * NS_PER_SEC);
	/* and the same number seen from 1930 is 1900 */
	ck_assert_int_eq(ntp_ts_to_ns(0, -1262304000LL * NS_PER_SEC),
	    -(int64_t)UNIX_EPOCH * NS_PER_SEC);
	/* a fraction that rounds up to a whole second */
	ck_assert_int_eq(ntp_ts_to_ns((ntp_ts)UNIX_EPOCH << 32 | 0xffffffffu,
	    0), NS_PER_SEC);
}
END_TEST

START_TEST(timestamps_round_trip)
{
	static const int64_t bases[] = {
		0, 1, -1, 999999999, 1700000000123456789LL,
		2085978495999999999LL, 2085978496000000001LL,
		4102444800000000000LL, -2208988800000000000LL,
		9000000000000000000LL, -9000000000000000000LL,
	};
	/* up to 68 years to both sides of the pivot */
	static const int64_t far[] = {
		0, 1, 2147483646LL * NS_PER_SEC, -2147483646LL * NS_PER_SEC,
	};
	int64_t ns, pivot;
	size_t i, j;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
		for (j = 0; j < sizeof(far) / sizeof(far[0]); j++) {
			ns = bases[i];
			if (__builtin_add_overflow(ns, far[j], &pivot))
				continue;
			ck_assert_int_eq(ntp_ts_to_ns(ntp_ts_from_ns(ns),
			    pivot), ns);
		}
	for (i = 0; i < 20000; i++) {
		ns = 1700000000LL * NS_PER_SEC + (int64_t)i * 9973777;
		ck_assert_int_eq(ntp_ts_to_ns(ntp_ts_from_ns(ns),
		    1600000000LL * NS_PER_SEC), ns);
	}
}
END_TEST

START_TEST(timestamps_saturate)
{
	ntp_ts last;

	ck_assert_int_eq(ntp_ts_to_ns(ntp_ts_from_ns(INT64_MAX), INT64_MAX),
	    INT64_MAX);
	ck_assert_int_eq(ntp_ts_to_ns(ntp_ts_from_ns(INT64_MIN), INT64_MIN),
	    INT64_MIN);
	last = ntp_ts_from_ns(INT64_MAX) + (1000ULL << 32);
	ck_assert_int_eq(ntp_ts_to_ns(last, INT64_MAX), INT64_MAX);
	last = ntp_ts_from_ns(INT64_MIN) - (1000ULL << 32);
	ck_assert_int_eq(ntp_ts_to_ns(last, INT64_MIN), INT64_MIN);
}
END_TEST

START_TEST(short_format)
{
	static const double odd[] = { 1e-9, 0.01, 0.3, 1.000001, 65000.7 };
	size_t i;
	uint32_t s;

	ck_assert(ntp_short_to_s(0x18000) == 1.5);
	ck_assert(ntp_short_to_s(UINT32_MAX) < 65536.0);
	ck_assert_uint_eq(ntp_short_from_s(1.5), 0x18000);
	ck_assert_uint_eq(ntp_short_from_s(0), 0);
	ck_assert_uint_eq(ntp_short_from_s(-1), 0);
	ck_assert_uint_eq(ntp_short_from_s(-INFINITY), 0);
	ck_assert_uint_eq(ntp_short_from_s(65536), UINT32_MAX);
	ck_assert_uint_eq(ntp_short_from_s(INFINITY), UINT32_MAX);
	ck_assert_uint_eq(ntp_short_from_s(NAN), UINT32_MAX);
	/* an error bound must never become smaller */
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		s = ntp_short_from_s(odd[i]);
		ck_assert(ntp_short_to_s(s) >= odd[i]);
		ck_assert(ntp_short_to_s(s - 1) < odd[i]);
	}
}
END_TEST

START_TEST(refid_text)
{
	char buf[5];

	ck_assert_str_eq(ntp_refid_text(NTP_KISS_RATE, buf), "RATE");
	ck_assert_str_eq(ntp_refid_text(NTP_KISS_DENY, buf), "DENY");
	ck_assert_str_eq(ntp_refid_text(NTP_KISS_RSTR, buf), "RSTR");
	ck_assert_str_eq(ntp_refid_text(0x47505300, buf), "GPS");
	ck_assert_str_eq(ntp_refid_text(0x4700530a, buf), "G.S.");
	ck_assert_str_eq(ntp_refid_text(0, buf), "");
	ck_assert_str_eq(ntp_refid_text(0xff7f1f41, buf), "...A");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ntp");
	TCase *tc = tcase_create("ntp");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, header_fields);
	tcase_add_test(tc, header_lengths_and_versions);
	tcase_add_test(tc, timestamps_known);
	tcase_add_test(tc, timestamps_round_trip);
	tcase_add_test(tc, timestamps_saturate);
	tcase_add_test(tc, short_format);
	tcase_add_test(tc, refid_text);
	return (unit_run(suite));
}
