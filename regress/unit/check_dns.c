/*
 * Tests of ntpd/dns: what is taken from an answer, what is told of failures,
 * and that every question is answered once.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "ntpd/dns/lookup.h"
#include "ntpd/dns/resolve.h"
#include "regress/unit/unit.h"

#define LIST_MAX	32

/* An answer of getaddrinfo(3), made by hand. */
struct list {
	struct addrinfo		ai[LIST_MAX];
	struct sockaddr_storage	ss[LIST_MAX];
	unsigned		n;
};

static void
list_add(struct list *l, const char *text)
{
	struct addr	 addr;
	struct addrinfo	*ai = &l->ai[l->n];

	ck_assert_int_eq(addr_parse(text, &addr), 0);
	addr.port = 99;
	ai->ai_addrlen = addr_to_sockaddr(&addr, &l->ss[l->n]);
	ai->ai_addr = (struct sockaddr *)&l->ss[l->n];
	if (l->n > 0)
		l->ai[l->n - 1].ai_next = ai;
	l->n++;
}

static void
addr_is(const struct addr *addr, const char *text)
{
	char	buf[ADDR_TEXT_MAX];

	ck_assert_str_eq(addr_format(addr, buf, sizeof(buf)), text);
	ck_assert_int_eq(addr->port, 0);
}

START_TEST(test_collect)
{
	struct list	 l = { .n = 0 };
	struct addr	 addrs[16];

	list_add(&l, "2001:db8::1");
	list_add(&l, "192.0.2.1");
	list_add(&l, "192.0.2.1");
	list_add(&l, "0.0.0.0");
	list_add(&l, "::");
	list_add(&l, "224.0.0.1");
	list_add(&l, "255.255.255.255");
	list_add(&l, "ff02::1");
	list_add(&l, "2001:db8::1");
	list_add(&l, "127.0.0.1");
	list_add(&l, "::1");
	ck_assert_uint_eq(lookup_collect(l.ai, 0, addrs, 16), 4);
	addr_is(&addrs[0], "2001:db8::1");
	addr_is(&addrs[1], "192.0.2.1");
	addr_is(&addrs[2], "127.0.0.1");
	addr_is(&addrs[3], "::1");
	ck_assert_uint_eq(lookup_collect(l.ai, ADDR_INET, addrs, 16), 2);
	addr_is(&addrs[0], "192.0.2.1");
	addr_is(&addrs[1], "127.0.0.1");
	ck_assert_uint_eq(lookup_collect(l.ai, ADDR_INET6, addrs, 16), 2);
	addr_is(&addrs[1], "::1");
	ck_assert_uint_eq(lookup_collect(NULL, 0, addrs, 16), 0);
}
END_TEST

START_TEST(test_collect_limits)
{
	struct list	 l = { .n = 0 };
	struct addr	 addrs[17];
	char		 text[32];
	unsigned	 i;

	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", i + 1);
		list_add(&l, text);
	}
	memset(addrs, 0xa5, sizeof(addrs));
	ck_assert_uint_eq(lookup_collect(l.ai, 0, addrs, 16), 16);
	addr_is(&addrs[15], "192.0.2.16");
	ck_assert_uint_eq(addrs[16].port, 0xa5a5);
	ck_assert_uint_eq(lookup_collect(l.ai, 0, addrs, 0), 0);

	/* no address, too short a one, a family that is none */
	l.ai[0].ai_addr = NULL;
	l.ai[1].ai_addrlen = sizeof(struct sockaddr_in) - 1;
	l.ss[2].ss_family = AF_UNIX;
	ck_assert_uint_eq(lookup_collect(l.ai, 0, addrs, 16), 16);
	addr_is(&addrs[0], "192.0.2.4");
}
END_TEST

START_TEST(test_literal)
{
	struct addr	addr;

	ck_assert_int_eq(lookup_literal("192.0.2.1", 0, &addr), 1);
	addr_is(&addr, "192.0.2.1");
	ck_assert_int_eq(lookup_literal("::1", ADDR_INET6, &addr), 1);
	ck_assert_int_eq(lookup_literal("::1", ADDR_INET, &addr), -1);
	ck_assert_int_eq(lookup_literal("192.0.2.1", ADDR_INET6, &addr), -1);
	ck_assert_int_eq(lookup_literal("239.1.1.1", 0, &addr), -1);
	ck_assert_int_eq(lookup_literal("0.0.0.0", 0, &addr), -1);
	ck_assert_int_eq(lookup_literal("a.example", 0, &addr), 0);
}
END_TEST

START_TEST(test_memory)
{
	struct lookup_memory	m;
	char			name[32];
	unsigned		i;

	memset(&m, 0, sizeof(m));
	ck_assert_int_eq(lookup_memory_note(&m, "a", 0, 0), 0);
	ck_assert_int_eq(lookup_memory_note(&m, "a", 0, EAI_AGAIN), 1);
	ck_assert_int_eq(lookup_memory_note(&m, "a", 0, EAI_AGAIN), 0);
	ck_assert_int_eq(lookup_memory_note(&m, "a", 6, EAI_AGAIN), 1);
	ck_assert_int_eq(lookup_memory_note(&m, "b", 0, EAI_AGAIN), 1);
	ck_assert_int_eq(lookup_memory_note(&m, "a", 0, EAI_NONAME), 1);
	ck_assert_int_eq(lookup_memory_note(&m, "a", 0, 0), 1);
	ck_assert_int_eq(lookup_memory_note(&m, "a", 0, 0), 0);
	ck_assert_int_eq(lookup_memory_note(&m, "b", 0, EAI_AGAIN), 0);
	for (i = 0; i < LOOKUP_MEMORY; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		ck_assert_int_eq(lookup_memory_note(&m, name, 0, EAI_AGAIN),
		    1);
	}
	/* forgotten by now */
	ck_assert_int_eq(lookup_memory_note(&m, "b", 0, EAI_AGAIN), 1);
}
END_TEST

/* Who was answered how often. */
struct asker {
	struct event_base	*base;
	unsigned		 times[512];
	unsigned		 answers;
	unsigned		 expected;
};

static void
on_answer(void *ctx, const struct resolve_answer *answer)
{
	struct asker	*asker = ctx;

	ck_assert_uint_lt(answer->id, 512);
	ck_assert_int_eq(answer->error, 0);
	ck_assert_uint_eq(answer->count, 1);
	ck_assert_str_eq(answer->name, answer->addrs[0].family == ADDR_INET ?
	    "127.0.0.1" : "::1");
	asker->times[answer->id]++;
	if (++asker->answers == asker->expected)
		event_base_loopbreak(asker->base);
}

static void
run_loop(struct event_base *base, long ms)
{
	struct timeval	limit = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(base, &limit);
	event_base_dispatch(base);
}

/* Addresses as names: the resolver answers them without a network. */
START_TEST(test_resolve)
{
	struct asker	 asker = { .expected = 3 * RESOLVE_IDS };
	struct resolve	*r;
	unsigned	 i, round;

	asker.base = event_base_new();
	r = resolve_new(asker.base, on_answer, &asker);
	ck_assert_ptr_nonnull(r);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < RESOLVE_IDS / 2; i++) {
			ck_assert_int_eq(resolve_ask(r, i, 0, "127.0.0.1"), 0);
			ck_assert_int_eq(resolve_ask(r, 100 + i, ADDR_INET6,
			    "::1"), 0);
		}
		asker.expected = (round + 1) * RESOLVE_IDS;
		run_loop(asker.base, 30000);
	}
	for (i = 0; i < RESOLVE_IDS / 2; i++) {
		ck_assert_uint_eq(asker.times[i], 3);
		ck_assert_uint_eq(asker.times[100 + i], 3);
	}
	ck_assert_uint_eq(asker.answers, 3 * RESOLVE_IDS);
	resolve_free(r);
	event_base_free(asker.base);
}
END_TEST

START_TEST(test_resolve_limits)
{
	struct asker	 asker = { .expected = 1 };
	struct resolve	*r;
	char		 name[LOOKUP_NAME_MAX + 1];
	unsigned	 i;

	asker.base = event_base_new();
	r = resolve_new(asker.base, on_answer, &asker);
	/* nothing is taken off before the loop runs */
	for (i = 0; i < RESOLVE_IDS; i++)
		ck_assert_int_eq(resolve_ask(r, i, 0, "127.0.0.1"), 0);
	ck_assert_int_eq(resolve_ask(r, i, 0, "127.0.0.1"), -1);
	ck_assert_int_eq(errno, EAGAIN);
	for (i = 1; i < RESOLVE_QUEUE; i++) {
		snprintf(name, sizeof(name), "127.1.%u.%u", i / 200, i % 200);
		ck_assert_int_eq(resolve_ask(r, i, 0, name), 0);
	}
	ck_assert_int_eq(resolve_ask(r, i, 0, "127.9.9.9"), -1);
	memset(name, 'n', sizeof(name));
	name[LOOKUP_NAME_MAX] = '\0';
	ck_assert_int_eq(resolve_ask(r, i, 0, name), -1);

	/* after this nobody is told, and a new question is */
	resolve_forget(r);
	run_loop(asker.base, 300);
	ck_assert_uint_eq(asker.answers, 0);
	ck_assert_int_eq(resolve_ask(r, 7, 0, "127.0.0.1"), 0);
	run_loop(asker.base, 30000);
	ck_assert_uint_eq(asker.times[7], 1);
	ck_assert_uint_eq(asker.answers, 1);
	resolve_free(r);
	event_base_free(asker.base);
}
END_TEST

/* Threads may still be busy when it is freed. */
START_TEST(test_resolve_free)
{
	struct asker	 asker = { .expected = 1 };
	struct resolve	*r;
	char		 name[32];
	unsigned	 i, round;

	asker.base = event_base_new();
	for (round = 0; round < 20; round++) {
		r = resolve_new(asker.base, on_answer, &asker);
		for (i = 1; i < 40; i++) {
			snprintf(name, sizeof(name), "127.0.0.%u", i);
			ck_assert_int_eq(resolve_ask(r, i, 0, name), 0);
		}
		resolve_free(r);
	}
	resolve_free(NULL);
	run_loop(asker.base, 100);
	ck_assert_uint_eq(asker.answers, 0);
	event_base_free(asker.base);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("dns");
	TCase	*tc = tcase_create("dns");

	tcase_add_test(tc, test_collect);
	tcase_add_test(tc, test_collect_limits);
	tcase_add_test(tc, test_literal);
	tcase_add_test(tc, test_memory);
	tcase_add_test(tc, test_resolve);
	tcase_add_test(tc, test_resolve_limits);
	tcase_add_test(tc, test_resolve_free);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
