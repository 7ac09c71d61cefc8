/* The list of sources: added and removed at run time, names asked anew. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/sources.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

static struct conf_source
source_conf(const char *name, uint8_t type)
{
	struct conf_source cs;

	memset(&cs, 0, sizeof(cs));
	strlcpy(cs.name, name, sizeof(cs.name));
	cs.type = type;
	cs.port = 123;
	cs.version = 4;
	cs.minpoll_log2 = 6;
	cs.maxpoll_log2 = 10;
	cs.maxsources = type == CONF_POOL_SOURCE ? 4 : 1;
	cs.weight = 1;
	return (cs);
}

/* The world knows 192.0.2.1 .. 192.0.2.7. */
static void
add_servers(struct world *w)
{
	char text[32];
	unsigned i;

	for (i = 1; i <= 7; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", i);
		world_server_add(w, text);
	}
}

static void
resolve(struct world *w, unsigned first, unsigned n)
{
	struct clock_pair now;
	struct msg_dnstell tell;
	char text[32];
	unsigned i;

	world_pair(w, &now);
	engine_tick(w->engine, &now);
	memset(&tell, 0, sizeof(tell));
	tell.id = w->last_ask.id;
	tell.count = n;
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", first + i);
		ck_assert_int_eq(addr_parse(text, &tell.addrs[i]), 0);
	}
	engine_resolved(w->engine, &now, &tell);
}

START_TEST(test_add_remove)
{
	struct conf *c = world_conf("server 192.0.2.1\n");
	struct world *w = world_new(0, 0);
	struct conf_source cs = source_conf("192.0.2.2", CONF_SERVER_SOURCE);
	struct clock_pair now;
	uint32_t id = 0, other = 0;

	world_start(w, c, RUN_DAEMON);
	world_pair(w, &now);
	ck_assert_int_eq(sources_add(w->engine, &now, &cs, &id), SOURCES_OK);
	ck_assert_int_eq(sources_add(w->engine, &now, &cs, &other),
	    SOURCES_KNOWN);
	cs.port = 124;
	ck_assert_int_eq(sources_add(w->engine, &now, &cs, &other),
	    SOURCES_OK);
	ck_assert_uint_ne(id, other);
	strlcpy(cs.name, "2001:db8::1", sizeof(cs.name));
	cs.family = ADDR_INET;
	ck_assert_int_eq(sources_add(w->engine, &now, &cs, &other),
	    SOURCES_FAMILY);
	ck_assert_uint_eq(w->engine->nsources, 3);
	/* those behind it keep their entry */
	ck_assert_int_eq(sources_remove(w->engine, id), 0);
	ck_assert_int_eq(sources_remove(w->engine, id), -1);
	ck_assert_uint_eq(w->engine->nsources, 2);
	ck_assert_uint_eq(w->engine->sources[1]->entry, 1);
	ck_assert_uint_eq(w->engine->entries[1].conf.port, 124);
	world_end(w, c);
}
END_TEST

/* The joint filter begins anew without the samples of one that is gone. */
START_TEST(test_ensemble_member_removed)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "server 192.0.2.2 iburst\nserver 192.0.2.3 iburst\n");
	struct world *w = world_new(10, 0);
	uint64_t count;

	add_servers(w);
	world_start(w, c, RUN_DAEMON);
	world_run(w, 3000, NULL);
	count = w->engine->ensemble.count;
	ck_assert_uint_gt(count, 10);
	ck_assert_int_eq(w->engine->sources[2]->member, 1);
	ck_assert_int_eq(sources_remove_source(w->engine,
	    w->engine->sources[2]->id), 0);
	world_run(w, 4500, NULL);
	ck_assert_uint_gt(w->engine->ensemble.count, 0);
	ck_assert_uint_lt(w->engine->ensemble.count, 10);
	world_end(w, c);
}
END_TEST

START_TEST(test_full)
{
	struct conf *c = world_conf("");
	struct world *w = world_new(0, 0);
	struct conf_source cs = source_conf("", CONF_SERVER_SOURCE);
	struct clock_pair now;
	uint32_t id, i;

	world_start(w, c, RUN_DAEMON);
	world_pair(w, &now);
	for (i = 0; i < ENGINE_SOURCES; i++) {
		snprintf(cs.name, sizeof(cs.name), "10.0.%u.%u", i / 250,
		    i % 250 + 1);
		ck_assert_int_eq(sources_add(w->engine, &now, &cs, &id),
		    SOURCES_OK);
	}
	strlcpy(cs.name, "10.1.0.1", sizeof(cs.name));
	ck_assert_int_eq(sources_add(w->engine, &now, &cs, &id),
	    SOURCES_FULL);
	world_end(w, c);
}
END_TEST

START_TEST(test_pool_member)
{
	struct conf *c = world_conf("");
	struct world *w = world_new(0, 0);
	struct conf_source cs = source_conf("pool.example",
	    CONF_POOL_SOURCE);
	struct clock_pair now;
	uint32_t id;

	add_servers(w);
	world_start(w, c, RUN_DAEMON);
	world_pair(w, &now);
	ck_assert_int_eq(sources_add(w->engine, &now, &cs, &id), SOURCES_OK);
	ck_assert_uint_eq(sources_unresolved(w->engine), 1);
	resolve(w, 1, 6);
	ck_assert_uint_eq(w->engine->nsources, 4);
	/* one less, and nobody comes instead */
	ck_assert_int_eq(sources_remove_source(w->engine,
	    w->engine->sources[0]->id), 0);
	ck_assert_int_eq(sources_remove_source(w->engine, 0xffffff), -1);
	sources_refresh(w->engine, &now);
	resolve(w, 1, 6);
	ck_assert_uint_eq(w->engine->nsources, 3);
	/* the name with its last one */
	while (w->engine->nsources > 0)
		sources_remove_source(w->engine, w->engine->sources[0]->id);
	ck_assert_ptr_null(sources_find(w->engine, id));
	ck_assert_uint_eq(w->engine->nentries, 0);
	world_end(w, c);
}
END_TEST

START_TEST(test_refresh)
{
	struct conf *c = world_conf("");
	struct world *w = world_new(0, 0);
	struct conf_source cs = source_conf("a.example", CONF_SERVER_SOURCE);
	struct clock_pair now;
	uint32_t id, was;

	add_servers(w);
	world_start(w, c, RUN_DAEMON);
	world_pair(w, &now);
	ck_assert_int_eq(sources_add(w->engine, &now, &cs, &id), SOURCES_OK);
	resolve(w, 1, 2);
	was = w->engine->sources[0]->id;
	sources_refresh(w->engine, &now);
	resolve(w, 1, 2);
	/* its address is still right */
	ck_assert_uint_eq(w->engine->sources[0]->id, was);
	sources_refresh(w->engine, &now);
	resolve(w, 7, 1);
	ck_assert_uint_eq(w->engine->nsources, 1);
	ck_assert_uint_ne(w->engine->sources[0]->id, was);
	ck_assert_uint_eq(w->engine->sources[0]->a.addr.ip[3], 7);
	world_end(w, c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sources");
	TCase *tc = tcase_create("sources");

	tcase_add_test(tc, test_add_remove);
	tcase_add_test(tc, test_ensemble_member_removed);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_pool_member);
	tcase_add_test(tc, test_refresh);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
