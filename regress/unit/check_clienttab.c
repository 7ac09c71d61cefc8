/*
 * common/clienttab.c: what is noted of a client, the token bucket, and that
 * nobody can make the table slow or large.
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/clienttab.h"
#include "common/conf.h"
#include "common/report.h"
#include "common/timens.h"
#include "regress/unit/unit.h"

#define NOW	(1000 * NS_PER_SEC)
#define BUCKET	(CLIENTTAB_WAYS * CLIENTTAB_CLIENT_BYTES)

static const uint8_t	key[CLIENTTAB_KEY_LEN] = "no secret key";

static struct addr
inet(uint32_t number)
{
	struct addr	a = { .family = ADDR_INET };

	a.ip[0] = number >> 24;
	a.ip[1] = number >> 16 & 0xff;
	a.ip[2] = number >> 8 & 0xff;
	a.ip[3] = number & 0xff;
	return (a);
}

static struct clienttab *
table(size_t buckets)
{
	struct clienttab	*tab = clienttab_new(buckets * BUCKET, key);

	ck_assert_ptr_nonnull(tab);
	ck_assert_uint_eq(clienttab_size(tab), buckets * CLIENTTAB_WAYS);
	return (tab);
}

START_TEST(hits_and_intervals)
{
	struct clienttab	*tab = table(4);
	struct client		*c;
	struct addr		 a = inet(0xc0000201), other = inet(1), back;
	int			 i;

	c = clienttab_hit(tab, &a, 0, NOW);
	ck_assert_uint_eq(c->hits, 1);
	ck_assert_int_eq(clienttab_interval_log2(c->interval),
	    REPORT_NO_INTERVAL);
	for (i = 1; i <= 20; i++)
		c = clienttab_hit(tab, &a, 0, NOW + i * 64 * NS_PER_SEC);
	ck_assert_uint_eq(c->hits, 21);
	ck_assert_int_eq(clienttab_interval_log2(c->interval), 6);
	ck_assert_int_eq(clienttab_interval_log2(c->limited),
	    REPORT_NO_INTERVAL);
	for (i = 0; i < 40; i++)
		c = clienttab_hit(tab, &a, 0, c->last_ns + NS_PER_SEC / 1024);
	ck_assert_int_eq(clienttab_interval_log2(c->interval), -10);
	/* time that stands still is the shortest interval */
	for (i = 0; i < 60; i++)
		c = clienttab_hit(tab, &a, 0, c->last_ns);
	ck_assert_int_eq(clienttab_interval_log2(c->interval), -19);
	ck_assert_uint_eq(clienttab_since_s(c, c->last_ns + NS_PER_SEC), 1);
	ck_assert_uint_eq(clienttab_since_s(c, c->last_ns - NS_PER_SEC), 0);

	ck_assert_ptr_eq(clienttab_hit_expected(tab, &a,
	    clienttab_expect(tab, &a), c->last_ns), c);
	ck_assert_uint_eq(c->hits, 122);
	ck_assert_ptr_eq(clienttab_find(tab, &a), c);
	ck_assert(clienttab_is(c, &a) && !clienttab_is(c, &other));
	ck_assert_ptr_null(clienttab_find(tab, &other));
	clienttab_address(c, &back);
	ck_assert(addr_equal(&a, &back));
	clienttab_free(tab);
}
END_TEST

START_TEST(families_and_prefixes)
{
	struct clienttab	*tab = table(4);
	struct addr		 a = inet(0x0a010203), b = inet(0x0a0102ff);
	struct addr		 six = { .family = ADDR_INET6 };
	struct client		*c;

	memcpy(six.ip, a.ip, 4);
	clienttab_hit(tab, &a, 0, NOW);
	ck_assert_uint_eq(clienttab_hit(tab, &six, 0, NOW)->hits, 1);
	/* one record for all of a prefix, which is no client's */
	ck_assert_uint_eq(clienttab_hit(tab, &a, 24, NOW)->hits, 1);
	c = clienttab_hit(tab, &b, 24, NOW);
	ck_assert_uint_eq(c->hits, 2);
	ck_assert(!clienttab_is(c, &b));
	ck_assert_uint_eq(clienttab_hit(tab, &b, 25, NOW)->hits, 1);
	ck_assert_ptr_null(clienttab_find(tab, &b));
	ck_assert_uint_eq(clienttab_find(tab, &a)->hits, 1);
	six.ip[15] = 1;
	clienttab_hit(tab, &six, 56, NOW);
	six.ip[7] = 0x80;
	ck_assert_uint_eq(clienttab_hit(tab, &six, 56, NOW)->hits, 2);
	six.ip[6] = 0x80;
	ck_assert_uint_eq(clienttab_hit(tab, &six, 56, NOW)->hits, 1);
	clienttab_free(tab);
}
END_TEST

START_TEST(token_bucket)
{
	static const struct conf_ratelimit	conf = { .enabled = 1,
	    .interval_log2 = 3, .burst = 4, .leak_log2 = 2, .kod_log2 = 1 };
	struct clienttab	*tab = table(1);
	struct addr		 a = inet(1);
	struct client		*c = clienttab_hit(tab, &a, 0, NOW);
	int64_t			 at;
	int			 i;

	for (i = 0; i < 4; i++)
		ck_assert_int_eq(clienttab_limit(c, &conf, NOW, 1),
		    CLIENT_PASS);
	ck_assert_int_eq(clienttab_limit(c, &conf, NOW, 0x10001), CLIENT_DROP);
	ck_assert_int_eq(clienttab_limit(c, &conf, NOW, 0x20001), CLIENT_KOD);
	/* it leaks for one of four, which takes no token */
	ck_assert_int_eq(clienttab_limit(c, &conf, NOW, 4), CLIENT_PASS);
	ck_assert_uint_eq(c->drops, 2);
	at = NOW + 8 * NS_PER_SEC;
	ck_assert_int_eq(clienttab_limit(c, &conf, at - 1, 0x10001),
	    CLIENT_DROP);
	ck_assert_int_eq(clienttab_limit(c, &conf, at, 1), CLIENT_PASS);
	ck_assert_int_eq(clienttab_limit(c, &conf, at, 0x10001), CLIENT_DROP);
	/* full again, and no fuller */
	at = NOW + 3600 * NS_PER_SEC;
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(clienttab_limit(c, &conf, at, 1),
		    CLIENT_PASS);
	ck_assert_int_eq(clienttab_limit(c, &conf, at, 0x10001), CLIENT_DROP);
	/* the interval while it is limited is another one */
	c = clienttab_hit(tab, &a, 0, NOW + NS_PER_SEC / 2);
	ck_assert_int_eq(clienttab_interval_log2(c->limited), -1);
	ck_assert_int_eq(clienttab_interval_log2(c->interval),
	    REPORT_NO_INTERVAL);
	clienttab_free(tab);
}
END_TEST

/* As cmdratelimit has it: sixteen a second, and one in four leaks. */
START_TEST(fractions_of_a_second)
{
	static const struct conf_ratelimit	conf = { .enabled = 1,
	    .interval_log2 = -4, .burst = 8, .leak_log2 = 2 };
	struct clienttab	*tab = table(1);
	struct addr		 a = inet(1), b = inet(2);
	struct client		*c = clienttab_hit(tab, &a, 0, NOW);
	int			 i, passed;

	for (passed = 0, i = 0; i < 100; i++)
		passed += clienttab_limit(c, &conf, NOW, 1) == CLIENT_PASS;
	ck_assert_int_eq(passed, 8);
	for (passed = 0, i = 0; i < 100; i++)
		passed += clienttab_limit(c, &conf, NOW, i) == CLIENT_PASS;
	ck_assert_int_eq(passed, 25);
	for (passed = 0, i = 1; i <= 1000; i++)
		passed += clienttab_limit(c, &conf, NOW + i * NS_PER_MS, 1) ==
		    CLIENT_PASS;
	ck_assert_int_eq(passed, 16);
	c = clienttab_hit(tab, &b, 0, NOW);
	ck_assert_int_eq(clienttab_limit(c, &conf, NOW, 1), CLIENT_PASS);
	clienttab_free(tab);
}
END_TEST

/* A reload to a shorter interval: nobody waits for the tokens of the old. */
START_TEST(limit_is_relaxed)
{
	static const struct conf_ratelimit	hard = { .enabled = 1,
	    .interval_log2 = 12, .burst = 255, .leak_log2 = 2 };
	static const struct conf_ratelimit	soft = { .enabled = 1,
	    .interval_log2 = 3, .burst = 4, .leak_log2 = 2 };
	struct clienttab	*tab = table(1);
	struct addr		 a = inet(1);
	struct client		*c = clienttab_hit(tab, &a, 0, NOW);
	int64_t			 at = NOW + 8 * NS_PER_SEC;
	int			 i;

	for (i = 0; i < 255; i++)
		ck_assert_int_eq(clienttab_limit(c, &hard, NOW, 1),
		    CLIENT_PASS);
	ck_assert_int_eq(clienttab_limit(c, &soft, NOW, 1), CLIENT_DROP);
	ck_assert_int_eq(clienttab_limit(c, &soft, at, 1), CLIENT_PASS);
	ck_assert_int_eq(clienttab_limit(c, &soft, at, 1), CLIENT_DROP);
	clienttab_free(tab);
}
END_TEST

/* With the key known, all in one bucket: the newest stay, no other moves. */
START_TEST(colliding_addresses)
{
	enum { BUCKETS = 256, N = 400 };
	struct clienttab	*tab = table(BUCKETS), *unknown;
	struct addr		*a = calloc(N, sizeof(*a)), rest = inet(1);
	static const uint8_t	 secret[CLIENTTAB_KEY_LEN] = "another one";
	uint32_t		 i, n, kept;
	uint64_t		 hash;

	ck_assert_ptr_nonnull(a);
	unknown = clienttab_new(BUCKETS * BUCKET, secret);
	ck_assert_ptr_nonnull(unknown);
	for (i = n = 0; n < N; i++) {
		a[n] = inet(i);
		hash = clienttab_hash(tab, a[n].ip, ADDR_INET);
		n += (hash & 0xffffffff) * BUCKETS >> 32 == 7;
	}
	while ((clienttab_hash(tab, rest.ip, ADDR_INET) & 0xffffffff) *
	    BUCKETS >> 32 == 7)
		rest.ip[0]++;
	clienttab_hit(tab, &rest, 0, NOW);
	for (i = 0; i < N; i++) {
		clienttab_hit(tab, &a[i], 0, NOW + i * NS_PER_SEC);
		clienttab_hit(unknown, &a[i], 0, NOW + i * NS_PER_SEC);
	}
	for (i = kept = 0; i < N; i++)
		kept += clienttab_find(tab, &a[i]) != NULL;
	ck_assert_uint_eq(kept, CLIENTTAB_WAYS);
	for (i = N - CLIENTTAB_WAYS; i < N; i++)
		ck_assert_ptr_nonnull(clienttab_find(tab, &a[i]));
	ck_assert_uint_eq(clienttab_evicted(tab), N - CLIENTTAB_WAYS);
	ck_assert_ptr_nonnull(clienttab_find(tab, &rest));
	/* the same addresses mean nothing to another key */
	ck_assert_uint_eq(clienttab_evicted(unknown), 0);
	for (i = 0; i < N; i++)
		ck_assert_ptr_nonnull(clienttab_find(unknown, &a[i]));
	clienttab_free(tab);
	clienttab_free(unknown);
	free(a);
}
END_TEST

/* Of a full bucket the one that was not used for longest gives way. */
START_TEST(longest_unused)
{
	enum { ADDRESSES = CLIENTTAB_WAYS + 8, HITS = 20000 };
	struct clienttab	*tab = table(1);
	struct addr		 a;
	struct client		*c;
	uint32_t		 order[ADDRESSES], i, n, at, x = 1;
	int			 kept;

	for (n = 0; n < ADDRESSES; n++)
		order[n] = n;
	for (i = 0; i < HITS; i++) {
		x = x * 1664525 + 1013904223;
		/* mostly one of the last, so that some are kept for long */
		at = (x >> 8) % ADDRESSES;
		at = at * (x >> 20 & 0xff) / 256;
		a = inet(order[at]);
		kept = clienttab_find(tab, &a) != NULL;
		if (i >= 1000)
			ck_assert_int_eq(kept, at < CLIENTTAB_WAYS);
		/* the clock stands still: the order counts, not the time */
		c = clienttab_hit(tab, &a, 0, NOW);
		ck_assert(clienttab_is(c, &a));
		ck_assert_uint_eq(c->hits > 1, kept);
		n = order[at];
		memmove(order + 1, order, at * sizeof(*order));
		order[0] = n;
	}
	ck_assert_uint_gt(clienttab_evicted(tab), HITS / 100);
	clienttab_free(tab);
}
END_TEST

/* All addresses of one subnet spread evenly, whatever the key. */
START_TEST(spread)
{
	enum { BUCKETS = 1000, N = 24000 };
	struct clienttab	*tab = table(BUCKETS);
	struct addr		 a = { .family = ADDR_INET6 };
	uint32_t		 i, found = 0;

	for (i = 0; i < N; i++) {
		a.ip[14] = i >> 8;
		a.ip[15] = i & 0xff;
		clienttab_hit(tab, &a, 0, NOW);
	}
	/* 24 +- 4.9 in each of 32: hardly one in 250 is too many */
	ck_assert_uint_lt(clienttab_evicted(tab), 120);
	for (i = 0; i < clienttab_size(tab); i++)
		found += clienttab_at(tab, i) != NULL;
	ck_assert_uint_eq(found + clienttab_evicted(tab), N);
	clienttab_free(tab);
}
END_TEST

START_TEST(memory)
{
	struct clienttab	*tab = clienttab_new(0, key);

	ck_assert_ptr_nonnull(tab);
	ck_assert_uint_eq(clienttab_size(tab), CLIENTTAB_WAYS);
	clienttab_free(tab);
	tab = clienttab_new(524288, key);
	ck_assert_ptr_nonnull(tab);
	ck_assert_uint_ge(clienttab_size(tab), 524288 / 68);
	clienttab_free(tab);
	clienttab_free(NULL);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("clienttab");
	TCase	*tc = tcase_create("clienttab");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, hits_and_intervals);
	tcase_add_test(tc, families_and_prefixes);
	tcase_add_test(tc, token_bucket);
	tcase_add_test(tc, fractions_of_a_second);
	tcase_add_test(tc, limit_is_relaxed);
	tcase_add_test(tc, colliding_addresses);
	tcase_add_test(tc, longest_unused);
	tcase_add_test(tc, spread);
	tcase_add_test(tc, memory);
	return (unit_run(suite));
}
