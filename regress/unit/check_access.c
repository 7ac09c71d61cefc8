/*
 * common/access.c: the rules of allow and deny, each case by hand and many
 * random lists against a slow reference.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/addr.h"
#include "common/conf.h"
#include "regress/unit/unit.h"

#define RULES_MAX	64

struct list {
	struct conf_access	rules[RULES_MAX];
	size_t			n;
};

static struct addr
inet(unsigned a, unsigned b, unsigned c, unsigned d)
{
	struct addr	addr = { .family = ADDR_INET, .ip = { a, b, c, d } };

	return (addr);
}

static struct addr
inet6(unsigned first, unsigned last)
{
	struct addr	addr = { .family = ADDR_INET6 };

	addr.ip[0] = first >> 8;
	addr.ip[1] = first & 0xff;
	addr.ip[15] = last;
	return (addr);
}

static void
rule(struct list *l, int allow, int all, struct addr net, unsigned bits)
{
	struct conf_access	*r = &l->rules[l->n++];

	memset(r, 0, sizeof(*r));
	r->net.addr = net;
	r->net.bits = bits;
	r->allow = allow;
	r->all = all;
}

static int
ask(const struct list *l, struct addr a)
{
	struct access	*acl = access_new(l->rules, l->n);
	int		 allowed;

	ck_assert_ptr_nonnull(acl);
	allowed = access_allows(acl, &a);
	access_free(acl);
	return (allowed);
}

START_TEST(default_is_deny)
{
	struct list	l = { .n = 0 };
	struct addr	none = { .family = ADDR_NONE };

	ck_assert_int_eq(ask(&l, inet(127, 0, 0, 1)), 0);
	ck_assert_int_eq(ask(&l, inet6(0, 1)), 0);
	ck_assert_int_eq(access_allows(NULL, &none), 0);
	rule(&l, 1, 0, none, 0);
	ck_assert_int_eq(ask(&l, inet(0, 0, 0, 0)), 1);
	ck_assert_int_eq(ask(&l, inet(255, 255, 255, 255)), 1);
	ck_assert_int_eq(ask(&l, inet6(0xffff, 255)), 1);
	ck_assert_int_eq(ask(&l, none), 0);
}
END_TEST

START_TEST(longest_prefix_in_any_order)
{
	struct list	a = { .n = 0 }, b = { .n = 0 };

	rule(&a, 1, 0, inet(192, 0, 2, 0), 24);
	rule(&a, 0, 0, inet(192, 0, 2, 128), 25);
	rule(&a, 1, 0, inet(192, 0, 2, 255), 32);
	rule(&b, 1, 0, inet(192, 0, 2, 255), 32);
	rule(&b, 0, 0, inet(192, 0, 2, 128), 25);
	rule(&b, 1, 0, inet(192, 0, 2, 0), 24);
	ck_assert_int_eq(ask(&a, inet(192, 0, 1, 255)), 0);
	ck_assert_int_eq(ask(&a, inet(192, 0, 2, 0)), 1);
	ck_assert_int_eq(ask(&a, inet(192, 0, 2, 127)), 1);
	ck_assert_int_eq(ask(&a, inet(192, 0, 2, 128)), 0);
	ck_assert_int_eq(ask(&a, inet(192, 0, 2, 254)), 0);
	ck_assert_int_eq(ask(&a, inet(192, 0, 2, 255)), 1);
	ck_assert_int_eq(ask(&a, inet(192, 0, 3, 0)), 0);
	ck_assert_int_eq(ask(&b, inet(192, 0, 2, 127)), 1);
	ck_assert_int_eq(ask(&b, inet(192, 0, 2, 254)), 0);
	ck_assert_int_eq(ask(&b, inet(192, 0, 2, 255)), 1);
}
END_TEST

START_TEST(later_rule_for_same_subnet)
{
	struct list	l = { .n = 0 };

	rule(&l, 1, 0, inet(10, 0, 0, 0), 8);
	rule(&l, 0, 0, inet(10, 0, 0, 0), 8);
	ck_assert_int_eq(ask(&l, inet(10, 1, 1, 1)), 0);
	rule(&l, 1, 0, inet(10, 0, 0, 0), 8);
	ck_assert_int_eq(ask(&l, inet(10, 1, 1, 1)), 1);
}
END_TEST

START_TEST(all_removes_inside)
{
	struct list	l = { .n = 0 };

	rule(&l, 0, 0, inet(10, 1, 0, 0), 16);
	rule(&l, 1, 1, inet(10, 0, 0, 0), 8);
	ck_assert_int_eq(ask(&l, inet(10, 1, 0, 1)), 1);
	/* later ones inside count again */
	rule(&l, 0, 0, inet(10, 1, 2, 0), 24);
	ck_assert_int_eq(ask(&l, inet(10, 1, 0, 1)), 1);
	ck_assert_int_eq(ask(&l, inet(10, 1, 2, 1)), 0);
	/* a later plain rule for the subnet does not undo the removal */
	rule(&l, 0, 0, inet(10, 0, 0, 0), 8);
	rule(&l, 1, 0, inet(10, 7, 0, 0), 16);
	ck_assert_int_eq(ask(&l, inet(10, 1, 0, 1)), 0);
	ck_assert_int_eq(ask(&l, inet(10, 7, 0, 1)), 1);
}
END_TEST

START_TEST(all_older_than_its_equal)
{
	struct list	l = { .n = 0 };

	rule(&l, 1, 0, inet(10, 1, 0, 0), 16);
	rule(&l, 1, 1, inet(10, 0, 0, 0), 8);
	rule(&l, 0, 0, inet(10, 0, 0, 0), 8);
	/* the /16 was removed by the second, the third denies all of it */
	ck_assert_int_eq(ask(&l, inet(10, 1, 0, 1)), 0);
}
END_TEST

START_TEST(families_are_apart)
{
	struct list	l = { .n = 0 };

	rule(&l, 1, 0, inet(0, 0, 0, 0), 0);
	ck_assert_int_eq(ask(&l, inet(1, 2, 3, 4)), 1);
	ck_assert_int_eq(ask(&l, inet6(0x2001, 1)), 0);
	rule(&l, 1, 0, inet6(0x2001, 0), 127);
	ck_assert_int_eq(ask(&l, inet6(0x2001, 1)), 1);
	ck_assert_int_eq(ask(&l, inet6(0x2001, 2)), 0);
	rule(&l, 0, 0, inet6(0x2001, 1), 128);
	ck_assert_int_eq(ask(&l, inet6(0x2001, 0)), 1);
	ck_assert_int_eq(ask(&l, inet6(0x2001, 1)), 0);
}
END_TEST

START_TEST(scope_and_host_bits)
{
	struct list	l = { .n = 0 };
	struct addr	a = inet6(0xfe80, 9);

	a.scope = 3;
	a.port = 323;
	rule(&l, 1, 0, inet6(0xfe80, 77), 10);
	ck_assert_int_eq(ask(&l, a), 1);
	rule(&l, 1, 0, inet(10, 9, 8, 7), 8);
	ck_assert_int_eq(ask(&l, inet(10, 0, 0, 0)), 1);
}
END_TEST

START_TEST(unresolved_host_is_nobody)
{
	struct list	l = { .n = 0 };
	struct addr	none = { .family = ADDR_NONE };

	rule(&l, 1, 0, none, 0);
	l.rules[0].host = "ntp.example.net";
	ck_assert_int_eq(ask(&l, inet(192, 0, 2, 1)), 0);
	ck_assert_int_eq(ask(&l, inet6(0x2001, 1)), 0);
	l.rules[0].net.addr = inet(192, 0, 2, 1);
	l.rules[0].net.bits = 32;
	ck_assert_int_eq(ask(&l, inet(192, 0, 2, 1)), 1);
	ck_assert_int_eq(ask(&l, inet(192, 0, 2, 2)), 0);
}
END_TEST

START_TEST(bad_prefix_is_refused)
{
	struct list	l = { .n = 0 };

	rule(&l, 1, 0, inet(10, 0, 0, 0), 33);
	ck_assert_ptr_null(access_new(l.rules, 1));
	ck_assert_int_eq(errno, EINVAL);
	l.n = 0;
	rule(&l, 1, 0, inet6(0x2001, 0), 129);
	ck_assert_ptr_null(access_new(l.rules, 1));
	l.rules[0].net.bits = 1;
	l.rules[0].net.addr.family = 5;
	ck_assert_ptr_null(access_new(l.rules, 1));
}
END_TEST

static int
bits_match(const struct subnet *s, const struct addr *a)
{
	unsigned	 i;

	if (s->addr.family != ADDR_NONE && s->addr.family != a->family)
		return (0);
	for (i = 0; i < s->bits; i++)
		if (((s->addr.ip[i / 8] ^ a->ip[i / 8]) >> (7 - i % 8)) & 1)
			return (0);
	return (1);
}

/* The header's sentences, word by word. */
static int
slow_allows(const struct list *l, const struct addr *a)
{
	struct addr	 net;
	size_t		 i, j;
	int		 best = -1, allow = 0, removed;

	for (i = 0; i < l->n; i++) {
		if (!bits_match(&l->rules[i].net, a))
			continue;
		removed = 0;
		net = l->rules[i].net.addr;
		if (net.family == ADDR_NONE)
			net.family = a->family;
		for (j = i + 1; j < l->n; j++)
			if (l->rules[j].all && l->rules[j].net.bits <=
			    l->rules[i].net.bits &&
			    bits_match(&l->rules[j].net, &net))
				removed = 1;
		if (removed || (int)l->rules[i].net.bits < best)
			continue;
		best = l->rules[i].net.bits;
		allow = l->rules[i].allow;
	}
	return (allow);
}

/* Addresses that differ in few bits, so that prefixes nest and touch. */
static struct addr
near_addr(void)
{
	struct addr	a = inet(0, 0, 0, 0);

	if (random() % 3 == 0)
		a.family = ADDR_INET6;
	a.ip[0] = random() % 2 ? 0xff : 0;
	a.ip[3] = random() % 4;
	if (random() % 4 == 0)
		a.ip[3] = 0xff;
	if (a.family == ADDR_INET6) {
		a.ip[7] = random() % 2;
		a.ip[8] = random() % 2 ? 0x80 : 0;
		a.ip[15] = random() % 2 ? 0xff : 0;
	}
	return (a);
}

START_TEST(random_lists)
{
	struct list	 l;
	struct access	*acl;
	struct addr	 a;
	unsigned	 i, j, n, bits;

	srandom(1);
	for (i = 0; i < 2000; i++) {
		l.n = 0;
		for (n = random() % 20; l.n < n; ) {
			a = near_addr();
			bits = random() % (a.family == ADDR_INET ? 33 : 129);
			if (random() % 20 == 0)
				a.family = bits = 0;
			rule(&l, random() % 2, random() % 5 == 0, a, bits);
		}
		acl = access_new(l.rules, l.n);
		ck_assert_ptr_nonnull(acl);
		for (j = 0; j < 50; j++) {
			a = near_addr();
			ck_assert_int_eq(access_allows(acl, &a),
			    slow_allows(&l, &a));
		}
		access_free(acl);
	}
}
END_TEST

/*
 * Rules of run time: each counts as the last one, and the list is no longer
 * than there are subnets, with and without `all', behind those of the file,
 * which stay where they are.
 */
START_TEST(rules_of_run_time)
{
	struct conf	*conf = conf_new();
	struct list	 l = { .n = 0 };
	struct access	*acl;
	struct addr	 a;
	unsigned	 i, j, bits;

	ck_assert_ptr_nonnull(conf);
	srandom(2);
	for (i = 0; i < 1000; i++) {
		a = inet(10, 0, 0, random() % 256);
		bits = 24 + random() % 3;
		/* the tail of the list is what it would be without dropping */
		if (l.n == sizeof(l.rules) / sizeof(l.rules[0])) {
			memmove(l.rules, l.rules + 1,
			    sizeof(l.rules) - sizeof(l.rules[0]));
			l.n--;
		}
		rule(&l, random() % 2, random() % 5 == 0, a, bits);
		if (i < 3) {
			conf->access = reallocarray(conf->access, i + 1,
			    sizeof(conf->access[0]));
			conf->access[i] = l.rules[l.n - 1];
			conf->naccess = i + 1;
			continue;
		}
		ck_assert_int_eq(conf_add_rule(conf, &l.rules[l.n - 1], 0), 0);
		/* 1 + 2 + 4 subnets, with and without `all' */
		ck_assert_uint_le(conf->naccess, 3 + 14);
	}
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(conf->access[i].command, 0);
	acl = access_new(conf->access, conf->naccess);
	ck_assert_ptr_nonnull(acl);
	for (j = 0; j < 256; j++) {
		a = inet(10, 0, 0, j);
		ck_assert_int_eq(access_allows(acl, &a), slow_allows(&l, &a));
	}
	access_free(acl);
	conf_free(conf);
}
END_TEST

/* Lists so long that the tree has several levels, and their edges. */
START_TEST(long_lists)
{
	enum { N = 20000 };
	struct conf_access	*rules = calloc(N, sizeof(*rules));
	struct access		*acl;
	struct addr		 a;
	uint32_t		 i, net;
	unsigned		 family, at;

	ck_assert_ptr_nonnull(rules);
	for (family = ADDR_INET; family <= ADDR_INET6; family += 2) {
		/* IPv6: the same upper half for all, and lower ones */
		at = family == ADDR_INET ? 0 : 8;
		for (i = 0; i < N; i++) {
			net = i * 0x20000u + 0x10000;
			rules[i].allow = 1;
			rules[i].net.addr.family = (uint16_t)family;
			rules[i].net.addr.ip[at] = net >> 24;
			rules[i].net.addr.ip[at + 1] = net >> 16 & 0xff;
			rules[i].net.bits = at == 0 ? 16 : 80;
		}
		acl = access_new(rules, N);
		ck_assert_ptr_nonnull(acl);
		ck_assert_uint_le(access_bytes(acl), 40 * N + 1024);
		memset(&a, 0, sizeof(a));
		a.family = (uint16_t)family;
		for (i = 0; i < 0x10000; i++) {
			a.ip[at] = i >> 8;
			a.ip[at + 1] = i & 0xff;
			a.ip[at + 2] = a.ip[at + 3] = i % 3 == 0 ? 0xff : 0;
			ck_assert_int_eq(access_allows(acl, &a), i & 1 &&
			    i < 2 * N);
		}
		if (at != 0) {
			a.ip[0] = 1;
			ck_assert_int_eq(access_allows(acl, &a), 0);
		}
		access_free(acl);
		memset(rules, 0, N * sizeof(*rules));
	}
	free(rules);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("access");
	TCase	*tc = tcase_create("access");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, default_is_deny);
	tcase_add_test(tc, longest_prefix_in_any_order);
	tcase_add_test(tc, later_rule_for_same_subnet);
	tcase_add_test(tc, all_removes_inside);
	tcase_add_test(tc, all_older_than_its_equal);
	tcase_add_test(tc, families_are_apart);
	tcase_add_test(tc, scope_and_host_bits);
	tcase_add_test(tc, unresolved_host_is_nobody);
	tcase_add_test(tc, bad_prefix_is_refused);
	tcase_add_test(tc, random_lists);
	tcase_add_test(tc, rules_of_run_time);
	tcase_add_test(tc, long_lists);
	return (unit_run(suite));
}
