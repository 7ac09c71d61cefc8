/*
 * privsep/xdp.c and xdp.h: the time of the program in the kernel against the
 * clock page's, what must leave it without one, slots that are written in
 * turn; its list against the access list; ntpd/xdp/local.c.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/conf.h"
#include "common/ntp.h"
#include "ntpd/xdp/local.h"
#include "privsep/clockpage.h"
#include "privsep/xdp.h"
#include "regress/unit/unit.h"

#define NOW_RAW		5000000000000LL
#define NOW_REAL	1700000000000000000LL
#define NOW_MONO	5000100000000LL
#define SEC		1000000000LL
#define TAI_AHEAD	(NOW_REAL + 37 * SEC - NOW_MONO)

static struct clockpage_data
good_page(void)
{
	struct clockpage_data d;

	memset(&d, 0, sizeof(d));
	d.anchor_raw_ns = NOW_RAW;
	d.anchor_real_ns = NOW_REAL;
	d.corr_ns = -1500000;
	d.rate = clockpage_rate_from_double(-8e-2);
	d.rate_after = clockpage_rate_from_double(3e-5);
	d.end_real_ns = NOW_REAL + 2 * SEC;
	d.ref_time_ns = NOW_REAL - SEC;
	d.root_delay_ns = 10000000;
	d.root_disp_ns = 300000;
	d.root_disp_rate = clockpage_rate_from_double(15e-6);
	d.refid = 0xc0000201;
	d.stratum = 3;
	d.precision_log2 = -24;
	return (d);
}

/* Readings, so long after the page's. */
static struct xdp_clocks
clocks(int64_t age_ns)
{
	struct xdp_clocks c;

	c.raw_ns = NOW_RAW + age_ns;
	c.real_ns = NOW_REAL + age_ns;
	c.mono_ns = NOW_MONO + age_ns;
	c.tai_ns = c.mono_ns + TAI_AHEAD;
	return (c);
}

/* Before, at and after the end of the slew, and with none. */
START_TEST(same_as_page)
{
	struct clockpage_data page = good_page();
	struct xdp_clocks now;
	struct xdp_time t;
	int64_t at, age, diff;
	int i;

	for (i = 0; i < 3; i++) {
		if (i == 1)
			page.rate = -page.rate;
		if (i == 2)
			page.end_real_ns = 0;
		for (at = 0; at < 4 * SEC; at += SEC / 7) {
			now = clocks(at);
			ck_assert_int_eq(xdp_time_make(&t, &page, &now), 0);
			ck_assert_int_eq(t.tai_ahead_ns, TAI_AHEAD);
			for (age = 0; age <= XDP_SPAN_NS; age += SEC / 9) {
				diff = xdp_true_ns(&t, age) -
				    clockpage_true_ns(&page,
				    NOW_REAL + at + age);
				ck_assert_msg(diff >= -5 && diff <= 5,
				    "case %d at %lld + %lld: %lld ns", i,
				    (long long)at, (long long)age,
				    (long long)diff);
			}
		}
	}
}
END_TEST

START_TEST(largest_rates)
{
	struct clockpage_data page = good_page();
	struct xdp_clocks now = clocks(0);
	struct xdp_time t;
	int64_t diff;
	int sign;

	for (sign = -1; sign <= 1; sign += 2) {
		page.rate = sign * CLOCKPAGE_RATE_MAX;
		page.rate_after = -sign * CLOCKPAGE_RATE_MAX;
		ck_assert_int_eq(xdp_time_make(&t, &page, &now), 0);
		diff = xdp_true_ns(&t, XDP_SPAN_NS) -
		    clockpage_true_ns(&page, NOW_REAL + XDP_SPAN_NS);
		ck_assert(diff >= -5 && diff <= 5);
	}
}
END_TEST

START_TEST(fields)
{
	struct clockpage_data page = good_page();
	struct xdp_clocks now = clocks(SEC);
	struct xdp_time t;
	double disp;

	ck_assert_int_eq(xdp_time_make(&t, &page, &now), 0);
	ck_assert_uint_eq(t.stratum, 3);
	ck_assert_uint_eq(t.refid, 0xc0000201);
	ck_assert_int_eq(t.precision_log2, -24);
	ck_assert_uint_eq(t.noise_mask, 0xff);
	ck_assert_uint_eq(t.reference, ntp_ts_from_ns(page.ref_time_ns));
	disp = xdp_root_disp(&t, 3 * SEC) / 65536.0;
	ck_assert(disp >= 300e-6 + 4 * 15e-6 && disp < 376e-6);
	ck_assert_uint_eq(xdp_ntp_time(NOW_REAL), ntp_ts_from_ns(NOW_REAL));
	/* the next era of NTP begins in 2036 */
	ck_assert_uint_eq(xdp_ntp_time(2085978496ULL * SEC),
	    ntp_ts_from_ns(2085978496LL * SEC));
	page.root_disp_ns = 65535 * SEC;
	ck_assert_int_eq(xdp_time_make(&t, &page, &now), 0);
	ck_assert_uint_ge(xdp_root_disp(&t, XDP_SPAN_NS), 65535U << 16);
}
END_TEST

/* What the server would not answer, or not alone, has no time. */
START_TEST(no_time)
{
	static const int64_t slips[] = { 60000, -60000, SEC, -SEC };
	struct clockpage_data page = good_page();
	struct xdp_clocks now = clocks(SEC);
	struct xdp_time t;
	size_t i;

	page.leap = CLOCKPAGE_LEAP_INSERT;
	ck_assert_int_eq(xdp_time_make(&t, &page, &now), -1);
	page.leap = CLOCKPAGE_LEAP_UNSYNC;
	ck_assert_int_eq(xdp_time_make(&t, &page, &now), -1);
	page = good_page();
	page.stratum = 16;
	ck_assert_int_eq(xdp_time_make(&t, &page, &now), -1);
	page = good_page();
	page.anchor_real_ns = 0;
	ck_assert_int_eq(xdp_time_make(&t, &page, &now), -1);
	page = good_page();
	/* a step that no page has yet; a page of the future */
	for (i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		now = clocks(SEC);
		now.real_ns += slips[i];
		ck_assert_int_eq(xdp_time_make(&t, &page, &now), -1);
	}
	now = clocks(-SEC);
	ck_assert_int_eq(xdp_time_make(&t, &page, &now), -1);
	now = clocks(SEC);
	ck_assert_int_eq(xdp_time_make(&t, &page, &now), 0);
}
END_TEST

START_TEST(slots)
{
	struct clockpage_data page = good_page();
	struct xdp_clocks now = clocks(0);
	struct xdp_times *times;
	struct xdp_time t;
	uint32_t last = 0;
	int i;

	times = calloc(1, sizeof(*times));
	ck_assert_ptr_nonnull(times);
	ck_assert_int_eq(xdp_time_make(&t, &page, &now), 0);
	for (i = 1; i < 100; i++) {
		t.true_ns = i;
		xdp_time_publish(times, &t);
		ck_assert_uint_ne(times->current, 0);
		ck_assert_uint_lt(times->current, XDP_SLOTS);
		/* never the one that may just be read */
		ck_assert_uint_ne(times->current, last);
		last = times->current;
		ck_assert_uint_eq(times->slots[last].number, i);
		ck_assert_int_eq(times->slots[last].true_ns, i);
		ck_assert_uint_eq(times->slots[last].stratum, 3);
	}
	xdp_time_publish(times, NULL);
	ck_assert_uint_eq(times->current, 0);
	free(times);
}
END_TEST

START_TEST(counters)
{
	struct xdp_service *s;

	s = calloc(1, sizeof(*s));
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(xdp_count(s, XDP_COUNT_ANSWERED), 0);
	s->cpus[0].counts[XDP_COUNT_ANSWERED] = 1;
	s->cpus[0].counts[XDP_COUNT_DENIED] = 100;
	s->cpus[XDP_CPUS - 1].counts[XDP_COUNT_ANSWERED] = 10;
	ck_assert_uint_eq(xdp_count(s, XDP_COUNT_ANSWERED), 11);
	ck_assert_uint_eq(xdp_count(s, XDP_COUNT_DENIED), 100);
	free(s);
}
END_TEST

/* What the program does with a list, the slow way: 1 when allowed. */
static int
in_list(const struct xdp_service *s, const struct xdp_bound *list,
    const struct addr *a)
{
	const struct xdp_family *f = s->lists[s->current & 1];
	struct xdp_bound key = { 0, 0 };
	int v6 = a->family == ADDR_INET6;
	uint32_t i, n = 0;

	for (i = 0; i < 8; i++)
		key.hi = key.hi << 8 | (v6 || i < 4 ? a->ip[i] : 0);
	for (i = 8; v6 && i < 16; i++)
		key.lo = key.lo << 8 | a->ip[i];
	list += (s->current & 1) * XDP_LIST_MAX + (v6 ? f[0].n : 0);
	while (n < f[v6].n && (list[n].hi < key.hi ||
	    (list[n].hi == key.hi && list[n].lo <= key.lo)))
		n++;
	ck_assert_uint_gt(n, 0);
	return (f[v6].first ^ ((n - 1) & 1));
}

/* Few different bytes, so that rules meet. */
static void
random_addr(struct addr *a)
{
	size_t i;

	memset(a, 0, sizeof(*a));
	a->family = random() % 2 ? ADDR_INET : ADDR_INET6;
	for (i = 0; i < (a->family == ADDR_INET ? 4 : 16); i++)
		a->ip[i] = (uint8_t)(random() % 2 * 0x80);
}

static void
random_rule(struct conf_access *rule)
{
	char text[ADDR_TEXT_MAX + 8], addr[ADDR_TEXT_MAX];
	struct addr a;

	memset(rule, 0, sizeof(*rule));
	rule->allow = random() % 2;
	rule->all = random() % 4 == 0;
	if (random() % 8 == 0)
		return;			/* everybody */
	random_addr(&a);
	addr_format(&a, addr, sizeof(addr));
	snprintf(text, sizeof(text), "%s/%ld", addr,
	    random() % (a.family == ADDR_INET ? 33 : 129));
	ck_assert_int_eq(subnet_parse(text, &rule->net), 0);
}

START_TEST(lists)
{
	struct conf_access rules[12];
	struct xdp_service *s = calloc(1, sizeof(*s));
	struct xdp_bound *list = calloc(2 * XDP_LIST_MAX, sizeof(*list));
	struct access *access;
	struct addr a;
	__u64 number = 0;
	size_t i, n;
	int round;

	srandom(6);
	for (round = 0; round < 400; round++) {
		n = (size_t)random() % 13;
		for (i = 0; i < n; i++)
			random_rule(&rules[i]);
		access = access_new(rules, n);
		ck_assert_ptr_nonnull(access);
		ck_assert_int_eq(xdp_list_publish(s, list, &number, access),
		    0);
		ck_assert_uint_eq(s->current, (uint64_t)round + 1);
		for (i = 0; i < 200; i++) {
			random_addr(&a);
			ck_assert_int_eq(in_list(s, list, &a),
			    access_allows(access, &a));
		}
		access_free(access);
	}
	ck_assert_int_eq(xdp_list_publish(s, list, &number, NULL), 0);
	ck_assert_uint_eq(s->current, 0);
	free(list);
	free(s);
}
END_TEST

START_TEST(long_list)
{
	size_t i, n = XDP_LIST_MAX / 2;
	struct conf_access *rules = calloc(n, sizeof(*rules));
	struct xdp_service *s = calloc(1, sizeof(*s));
	struct xdp_bound *list = calloc(2 * XDP_LIST_MAX, sizeof(*list));
	struct access *access;
	__u64 number = 0;

	/* every other address, from 1.0.0.0 on */
	for (i = 0; i < n; i++) {
		rules[i].allow = 1;
		rules[i].net.bits = 32;
		rules[i].net.addr.family = ADDR_INET;
		rules[i].net.addr.ip[0] = 1;
		rules[i].net.addr.ip[1] = (uint8_t)(i >> 15);
		rules[i].net.addr.ip[2] = (uint8_t)(i >> 7);
		rules[i].net.addr.ip[3] = (uint8_t)(i << 1);
	}
	/* and the two families' 0 */
	access = access_new(rules, n - 1);
	ck_assert_int_eq(xdp_list_publish(s, list, &number, access), 0);
	ck_assert_uint_eq(s->current, 1);
	ck_assert_int_eq(in_list(s, list, &rules[n - 2].net.addr), 1);
	ck_assert_int_eq(in_list(s, list, &rules[n - 1].net.addr), 0);
	access_free(access);
	access = access_new(rules, n);
	ck_assert_int_eq(xdp_list_publish(s, list, &number, access), -1);
	ck_assert_uint_eq(s->current, 0);
	access_free(access);
	free(rules);
	free(list);
	free(s);
}
END_TEST

START_TEST(local)
{
	struct addr a, listen, bind[2];
	struct conf conf;

	memset(&conf, 0, sizeof(conf));
	ck_assert_int_eq(addr_parse("192.0.2.1", &a), 0);
	listen = a;
	conf.listen = &listen;
	conf.nlisten = 1;
	ck_assert_int_eq(local_is_served(&conf, &a), 1);
	listen.ip[3]++;
	ck_assert_int_eq(local_is_served(&conf, &a), 0);
	listen.family = ADDR_NONE;
	ck_assert_int_eq(local_is_served(&conf, &a), 1);
	conf.nlisten = 0;
	ck_assert_int_eq(local_is_served(&conf, &a), 1);
	bind[0] = bind[1] = a;
	bind[0].ip[0]++;
	conf.bindaddress = bind;
	conf.nbindaddress = 2;
	ck_assert_int_eq(local_is_served(&conf, &a), 1);
	conf.nbindaddress = 1;
	ck_assert_int_eq(local_is_served(&conf, &a), 0);
	bind[0].family = ADDR_INET6;
	ck_assert_int_eq(local_is_served(&conf, &a), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("xdp");
	TCase *t = tcase_create("all");

	tcase_add_test(t, same_as_page);
	tcase_add_test(t, largest_rates);
	tcase_add_test(t, fields);
	tcase_add_test(t, no_time);
	tcase_add_test(t, slots);
	tcase_add_test(t, counters);
	tcase_add_test(t, lists);
	tcase_add_test(t, long_list);
	tcase_add_test(t, local);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
