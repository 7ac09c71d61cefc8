/* ntpd/parent/rules.c: access rules of run time. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/parent/rules.h"
#include "regress/unit/unit.h"

static struct rules	rules;

static struct msg_rule
rule(unsigned command, const char *net)
{
	struct msg_command m;
	struct msg_rule r;

	memset(&m, 0, sizeof(m));
	m.command = command;
	if (net != NULL)
		ck_assert_int_eq(subnet_parse(net, &m.body.subnet), 0);
	ck_assert_int_eq(rules_from_command(&m, &r), 0);
	return (r);
}

static int
add(unsigned command, const char *net)
{
	struct msg_rule r = rule(command, net);

	return (rules_add(&rules, &r));
}

START_TEST(from_command)
{
	struct msg_rule r = rule(CANDM_REQ_CMDDENYALL, "192.0.2.0/24");
	struct msg_command m = { .command = CANDM_REQ_SHUTDOWN };

	ck_assert_uint_eq(r.list, ACCESS_COMMAND);
	ck_assert_uint_eq(r.allow, 0);
	ck_assert_uint_eq(r.all, 1);
	ck_assert_uint_eq(r.net.bits, 24);
	r = rule(CANDM_REQ_ALLOW, NULL);
	ck_assert_uint_eq(r.list, ACCESS_NTP);
	ck_assert_uint_eq(r.allow, 1);
	ck_assert_uint_eq(r.all, 0);
	ck_assert_int_eq(rules_from_command(&m, &r), -1);
}
END_TEST

START_TEST(same_subnet)
{
	ck_assert_int_eq(add(CANDM_REQ_ALLOW, "192.0.2.0/24"), 0);
	ck_assert_int_eq(add(CANDM_REQ_DENY, "192.0.2.0/25"), 0);
	ck_assert_int_eq(add(CANDM_REQ_DENY, "192.0.2.0/24"), 0);
	/* the list does not grow by saying the same again and again */
	ck_assert_uint_eq(rules.count, 2);
	ck_assert_uint_eq(rules.list[1].allow, 0);
	ck_assert_uint_eq(rules.list[1].net.bits, 24);
	/* what removed others inside it stays: it did more */
	ck_assert_int_eq(add(CANDM_REQ_ALLOWALL, "192.0.2.0/24"), 0);
	ck_assert_uint_eq(rules.count, 2);
	ck_assert_int_eq(add(CANDM_REQ_DENY, "192.0.2.0/24"), 0);
	ck_assert_uint_eq(rules.count, 3);
	ck_assert_int_eq(add(CANDM_REQ_CMDDENY, "192.0.2.0/24"), 0);
	ck_assert_uint_eq(rules.count, 4);
	rules_free(&rules);
}
END_TEST

START_TEST(limit)
{
	char net[32];
	unsigned i;

	for (i = 0; i < RULES_MAX; i++) {
		snprintf(net, sizeof(net), "10.%u.%u.1", i / 256, i % 256);
		ck_assert_int_eq(add(CANDM_REQ_ALLOW, net), 0);
	}
	ck_assert_int_eq(add(CANDM_REQ_ALLOW, "192.0.2.1"), -1);
	ck_assert_int_eq(add(CANDM_REQ_DENY, "10.0.0.1"), 0);
	rules_free(&rules);
}
END_TEST

START_TEST(waiting)
{
	uint32_t id, other, i;
	int all = 0;

	id = rules_wait(&rules, 7, 1ULL << 3 | 1ULL << 5);
	other = rules_wait(&rules, 8, 1ULL << 5);
	ck_assert_uint_ne(id, other);
	ck_assert_uint_eq(rules_done(&rules, id, 3, 1, &all), 0);
	ck_assert_uint_eq(rules_done(&rules, id, 3, 1, &all), 0);
	ck_assert_uint_eq(rules_done(&rules, 0, 5, 1, &all), 0);
	ck_assert_uint_eq(rules_done(&rules, id, 5, 1, &all), 7);
	ck_assert_int_eq(all, 1);
	ck_assert_uint_eq(rules_done(&rules, id, 5, 1, &all), 0);
	/* who is gone owes nothing any more */
	all = 0;
	ck_assert_uint_eq(rules_gone(&rules, 4, &all), 0);
	ck_assert_uint_eq(rules_gone(&rules, 5, &all), 8);
	ck_assert_int_eq(all, 1);
	ck_assert_uint_eq(rules_gone(&rules, 5, &all), 0);
	for (i = 0; i < RULES_WAITING; i++) {
		ck_assert_int_eq(rules_must_wait(&rules), 0);
		ck_assert_uint_ne(rules_wait(&rules, i + 1, 1), 0);
	}
	ck_assert_int_eq(rules_must_wait(&rules), 1);
	rules_free(&rules);
}
END_TEST

/* In one of them it does not hold: the command failed, whoever was last. */
START_TEST(one_failed)
{
	uint32_t id;
	int all = 1;

	id = rules_wait(&rules, 7, 3);
	ck_assert_uint_eq(rules_done(&rules, id, 0, 0, &all), 0);
	ck_assert_uint_eq(rules_done(&rules, id, 1, 1, &all), 7);
	ck_assert_int_eq(all, 0);
	id = rules_wait(&rules, 8, 3);
	ck_assert_uint_eq(rules_done(&rules, id, 1, 1, &all), 0);
	ck_assert_uint_eq(rules_done(&rules, id, 0, 0, &all), 8);
	ck_assert_int_eq(all, 0);
	id = rules_wait(&rules, 9, 3);
	ck_assert_uint_eq(rules_done(&rules, id, 1, 0, &all), 0);
	all = 1;
	ck_assert_uint_eq(rules_gone(&rules, 0, &all), 9);
	ck_assert_int_eq(all, 0);
	/* the next one has nothing of it */
	id = rules_wait(&rules, 10, 1);
	ck_assert_uint_eq(rules_done(&rules, id, 0, 1, &all), 10);
	ck_assert_int_eq(all, 1);
	rules_free(&rules);
}
END_TEST

START_TEST(held_back)
{
	struct msg_rule r = rule(CANDM_REQ_ALLOW, "192.0.2.0/24");
	struct rules_held held[RULES_HELD];
	uint32_t i;

	for (i = 0; i < RULES_HELD; i++)
		ck_assert_int_eq(rules_hold(&rules, i + 1, &r), 0);
	ck_assert_int_eq(rules_hold(&rules, i + 1, &r), -1);
	ck_assert_uint_eq(rules.count, 0);
	ck_assert_uint_eq(rules_release(&rules, held), RULES_HELD);
	for (i = 0; i < RULES_HELD; i++)
		ck_assert_uint_eq(held[i].command, i + 1);
	ck_assert_uint_eq(held[0].rule.net.bits, 24);
	ck_assert_uint_eq(rules_release(&rules, held), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rules");
	TCase *tc = tcase_create("rules");

	tcase_add_test(tc, from_command);
	tcase_add_test(tc, same_subnet);
	tcase_add_test(tc, held_back);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, waiting);
	tcase_add_test(tc, one_failed);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
