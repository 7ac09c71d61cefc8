/* Sources that a command added outlive the engine that was told of them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "ntpd/parent/added.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

static struct msg_name
name(const char *text, uint32_t port)
{
	struct msg_name m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.name, text, sizeof(m.name));
	m.port = port;
	return (m);
}

START_TEST(test_list)
{
	struct added a = { NULL, 0, 0 };
	struct candm_add add;
	struct msg_name m;
	unsigned i;

	memset(&add, 0, sizeof(add));
	for (i = 0; i < ADDED_MAX; i++) {
		snprintf(add.name, sizeof(add.name), "192.0.2.%u", i);
		add.port = 123;
		ck_assert_int_eq(added_put(&a, &add), 0);
	}
	ck_assert_uint_eq(a.refused, 0);
	ck_assert_int_eq(added_put(&a, &add), -1);
	ck_assert_uint_eq(a.refused, 1);
	/* one of the configuration, as far as this list knows */
	m = name("192.0.2.7", 124);
	added_remove(&a, &m);
	ck_assert_uint_eq(a.count, ADDED_MAX);
	m = name("192.0.2.7", 123);
	added_remove(&a, &m);
	added_remove(&a, &m);
	ck_assert_uint_eq(a.count, ADDED_MAX - 1);
	ck_assert_str_eq(a.list[6].name, "192.0.2.6");
	ck_assert_str_eq(a.list[7].name, "192.0.2.8");
	ck_assert_int_eq(added_put(&a, &add), 0);
	added_free(&a);
	ck_assert_uint_eq(a.count, 0);
}
END_TEST

static void
fill_add(struct candm_add *add, const char *text)
{
	memset(add, 0, sizeof(*add));
	add->type = CANDM_ADD_SERVER;
	strlcpy(add->name, text, sizeof(add->name));
	add->port = 123;
	add->minpoll_log2 = 5;
	add->maxpoll_log2 = 7;
	add->version = 4;
	add->polltarget = 8;
	add->min_samples = add->max_samples = -1;
	add->max_delay_s = 3;
	add->asymmetry = 1;
	add->flags = CANDM_ADD_ONLINE;
}

START_TEST(test_engine)
{
	struct conf *c = world_conf("server 192.0.2.1\n");
	struct world *w = world_new(0, 0);
	union candm_request_body body;
	struct clock_pair now;
	struct msg_command kept;

	memset(&body, 0, sizeof(body));
	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	/* what the configuration has is nobody else's business */
	fill_add(&body.add, "192.0.2.1");
	world_command(w, CANDM_REQ_ADD_SOURCE, &body);
	ck_assert_uint_eq(w->nadded, 0);
	fill_add(&body.add, "192.0.2.2");
	world_command(w, CANDM_REQ_ADD_SOURCE, &body);
	ck_assert_uint_eq(w->result, CANDM_STT_SUCCESS);
	ck_assert_uint_eq(w->nadded, 1);
	kept = w->added;
	ck_assert_str_eq(kept.body.add.name, "192.0.2.2");
	ck_assert_ptr_null(msg_check(MSG_SOURCE_ADD, ROLE_PARENT,
	    ROLE_ENGINE, &kept, sizeof(kept), 0));
	/* another engine */
	engine_free(w->engine);
	world_start(w, c, RUN_DAEMON);
	ck_assert_uint_eq(w->engine->nsources, 1);
	world_pair(w, &now);
	engine_source_again(w->engine, &now, &kept);
	ck_assert_uint_eq(w->engine->nsources, 2);
	ck_assert_int_eq(w->engine->sources[1]->a.conf.maxpoll_log2, 7);
	ck_assert_uint_eq(w->nadded, 1);
	/* nothing but that is done again */
	kept.command = CANDM_REQ_RESELECT;
	engine_source_again(w->engine, &now, &kept);
	ck_assert_uint_eq(w->nremoved, 0);
	memset(&body, 0, sizeof(body));
	body.source.addr = w->engine->sources[1]->a.addr;
	body.source.addr.port = 0;
	world_command(w, CANDM_REQ_DELETE, &body);
	ck_assert_uint_eq(w->result, CANDM_STT_SUCCESS);
	ck_assert_uint_eq(w->nremoved, 1);
	ck_assert_str_eq(w->removed.name, "192.0.2.2");
	ck_assert_uint_eq(w->removed.port, 123);
	world_end(w, c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("added");
	TCase *t = tcase_create("added");

	tcase_add_test(t, test_list);
	tcase_add_test(t, test_engine);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
