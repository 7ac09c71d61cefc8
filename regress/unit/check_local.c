/*
 * The options of `local', orphans, and `copy': who we are when there is no
 * better time, in a small world.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/timens.h"
#include "ntpd/engine/engine_state.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

#define LOCAL	0x7f7f0101u

static struct world *
start(struct conf *c)
{
	struct world	*w = world_new(0, 0);

	ck_assert_int_eq(addr_parse("192.0.2.5", &w->local), 0);
	world_start(w, c, RUN_DAEMON);
	return (w);
}

START_TEST(waits_unsynced)
{
	struct conf	*c = world_conf("local waitunsynced 50\nallow\n");
	struct world	*w = start(c);

	world_run(w, 54, NULL);
	ck_assert_int_eq(w->page.stratum, 16);
	world_run(w, 57, NULL);
	ck_assert_int_eq(w->page.stratum, 10);
	ck_assert_uint_eq(w->page.refid, LOCAL);
	world_end(w, c);
}
END_TEST

START_TEST(orphans_wait_longer)
{
	struct conf	*c = world_conf("local stratum 9 orphan\nallow\n");
	struct world	*w = start(c);

	world_run(w, 304, NULL);
	ck_assert_int_eq(w->page.stratum, 16);
	world_run(w, 307, NULL);
	ck_assert_int_eq(w->page.stratum, 9);
	world_end(w, c);
}
END_TEST

/* It comes when the root distance has grown, some time after the last sample,
 * if the clock was right before. */
START_TEST(distance_activate_and_synced)
{
	struct conf	*c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 4\nlocal distance 0.1 activate 0.09 waitsynced 200\n"
	    "maxclockerror 100\nallow\n");
	struct world	*w;
	int64_t		 raw_ns;

	w = world_new(0, 0);
	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	w->servers[0].dead = 1;
	world_run(w, 100, NULL);
	/* it never was right so far */
	ck_assert_int_eq(w->page.stratum, 16);
	w->servers[0].dead = 0;
	world_run(w, 600, NULL);
	ck_assert_int_eq(w->page.stratum, 3);
	w->servers[0].dead = 1;
	raw_ns = w->engine->disc.ref_raw_ns;
	world_run(w, 750, NULL);
	ck_assert_int_eq(w->page.stratum, 3);
	world_run(w, 2000, NULL);
	ck_assert_int_eq(w->page.stratum, 10);
	ck_assert_int_ge(w->page.anchor_raw_ns, raw_ns + 200 * NS_PER_SEC);
	world_end(w, c);
}
END_TEST

/* What the address of the other orphan makes of us. */
static void
orphan(const char *other, int stratum, int want, uint32_t refid)
{
	char		 text[160];
	struct conf	*c;
	struct world	*w = world_new(0, 0);

	snprintf(text, sizeof(text), "server %s iburst minpoll 4 maxpoll 4\n"
	    "local stratum 10 orphan waitunsynced 0\nallow\n", other);
	c = world_conf(text);
	ck_assert_int_eq(addr_parse("192.0.2.5", &w->local), 0);
	world_server_add(w, other);
	w->servers[0].stratum = stratum;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 200, NULL);
	ck_assert_msg(w->page.stratum == want, "%s, stratum %d: %d", other,
	    stratum, w->page.stratum);
	ck_assert_uint_eq(w->page.refid, refid);
	world_end(w, c);
}

START_TEST(orphans)
{
	/* the lowest address is followed, and follows nobody */
	orphan("192.0.2.1", 10, 11, 0xc0000201);
	orphan("192.0.2.9", 10, 10, LOCAL);
	/* who follows an orphan is none that could be followed */
	orphan("192.0.2.1", 11, 10, LOCAL);
	/* and a real server is what it always is */
	orphan("192.0.2.9", 2, 3, 0xc0000209);
}
END_TEST

START_TEST(copy)
{
	struct conf	*c = world_conf("server 192.0.2.1 iburst copy\n");
	struct world	*w = world_new(0, 0);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 100, NULL);
	ck_assert_int_eq(w->page.stratum, 2);
	ck_assert_uint_eq(w->page.refid,
	    w->engine->sources[0]->a.reply.header.refid);
	world_end(w, c);
}
END_TEST

/*
 * Who has his own server as a source, by whatever address, would follow
 * himself.
 */
START_TEST(ourselves)
{
	struct conf	*c = world_conf("server 127.0.0.1 iburst minpoll 0 "
	    "maxpoll 2\nserver 192.0.2.5 iburst minpoll 0 maxpoll 2\n"
	    "local stratum 10 distance 0.001\nallow\n");
	struct world	*w = start(c);
	size_t		 i;

	world_server_add(w, "127.0.0.1");
	world_server_add(w, "192.0.2.5");
	w->servers[0].is_us = w->servers[1].is_us = 1;
	world_run(w, 300, NULL);
	ck_assert_int_eq(w->page.stratum, 10);
	ck_assert_uint_eq(w->page.refid, LOCAL);
	for (i = 0; i < 2; i++) {
		ck_assert_uint_ge(w->engine->sources[i]->a.total_valid, 60);
		ck_assert_uint_eq(w->engine->sources[i]->a.total_good, 0);
		/* it is there all the same, as with chronyd */
		ck_assert_uint_ne(w->engine->sources[i]->a.reach, 0);
	}
	world_end(w, c);
}

int
main(void)
{
	Suite	*suite = suite_create("local");
	TCase	*tc = tcase_create("local");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, waits_unsynced);
	tcase_add_test(tc, orphans_wait_longer);
	tcase_add_test(tc, distance_activate_and_synced);
	tcase_add_test(tc, orphans);
	tcase_add_test(tc, copy);
	tcase_add_test(tc, ourselves);
	return (unit_run(suite));
}
