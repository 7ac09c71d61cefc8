/* The engine core in a small world of its own (world.h). */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

START_TEST(test_step_and_hold)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4\n"
	    "makestep 1 3\ndriftfile /var/lib/ntpd/drift\n");
	struct world *w = world_new(80, 1000);
	double worst;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 65, NULL);
	ck_assert_uint_eq(w->steps, 1);
	ck_assert_double_lt(fabs(world_error(w)), 1e-3);
	world_run(w, 86400, &worst);
	ck_assert_msg(worst < 1e-3, "worst error %g", worst);
	ck_assert_double_lt(fabs(w->base_ppm + 80), 0.5);
	ck_assert_uint_eq(w->steps, 1);
	/* the interval grew: fewer packets than at minpoll */
	ck_assert_uint_lt(w->servers[0].requests, 86400 / 16);
	ck_assert_uint_eq(w->status.synced, 1);
	ck_assert_uint_gt(w->drift_writes, 10);
	ck_assert_double_lt(fabs(w->drift_ppm - 80), 0.5);
	world_end(w, c);
}
END_TEST

START_TEST(test_slew_without_makestep)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n");
	struct world *w = world_new(0, 10);
	double worst;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 300, NULL);
	ck_assert_uint_eq(w->steps, 0);
	ck_assert_double_lt(fabs(world_error(w)), 1e-3);
	world_run(w, 3000, &worst);
	ck_assert_double_lt(worst, 1e-3);
	world_end(w, c);
}
END_TEST

START_TEST(test_makestep_limit)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4\n"
	    "makestep 1 3\n");
	struct world *w = world_new(0, 0);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 300, NULL);
	ck_assert_uint_eq(w->steps, 0);
	/* now the server jumps: too late for a step */
	w->servers[0].offset_s = 5;
	world_run(w, 1200, NULL);
	ck_assert_uint_eq(w->steps, 0);
	ck_assert_double_lt(fabs(world_error(w) + 5), 0.5);
	world_end(w, c);
}
END_TEST

START_TEST(test_refused_step_slews)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "makestep 1 -1\n");
	struct world *w = world_new(0, 3);

	w->refuse_steps = 1;
	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 400, NULL);
	ck_assert_uint_eq(w->steps, 0);
	ck_assert_double_lt(fabs(world_error(w)), 1e-3);
	world_end(w, c);
}
END_TEST

START_TEST(test_falseticker)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "server 192.0.2.2 iburst\nserver 192.0.2.3 iburst\n"
	    "server 192.0.2.4 iburst\nmakestep 0.1 3\n");
	struct world *w = world_new(20, 7);
	double worst;
	size_t i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_server_add(w, "192.0.2.3");
	world_server_add(w, "192.0.2.4");
	w->servers[1].offset_s = 2.5;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 300, NULL);
	world_run(w, 4000, &worst);
	ck_assert_double_lt(worst, 2e-3);
	for (i = 0; i < w->engine->nsources; i++) {
		struct source *s = w->engine->sources[i];

		ck_assert_int_eq(s->state == SELECT_FALSETICKER,
		    addr_equal(&s->a.addr, &w->servers[1].addr));
	}
	world_end(w, c);
}
END_TEST

START_TEST(test_unsync_and_kiss)
{
	struct conf *c = world_conf("server 192.0.2.1\nserver 192.0.2.2\n");
	struct world *w = world_new(0, 0.5);

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	w->servers[0].unsync = 1;
	w->servers[1].kiss = 1;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 5000, NULL);
	ck_assert_int_eq(w->engine->disc.synced, 0);
	ck_assert_double_lt(fabs(world_error(w) - 0.5), 1e-6);
	/* RATE was obeyed */
	ck_assert_uint_lt(w->servers[1].requests, 20);
	ck_assert_uint_gt(w->servers[0].requests, 60);
	ck_assert_int_eq(w->page.stratum, 16);
	world_end(w, c);
}
END_TEST

START_TEST(test_reach_and_return)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 6\n");
	struct world *w = world_new(30, 0.02);
	double worst;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 20000, NULL);
	w->servers[0].dead = 1;
	world_run(w, 23600, &worst);
	ck_assert_uint_eq(w->engine->sources[0]->a.reach, 0);
	/* its last word is the best that there is */
	ck_assert_uint_ne(w->engine->selected, 0);
	/* frequency is held */
	ck_assert_double_lt(worst, 3e-3);
	w->servers[0].dead = 0;
	world_run(w, 24600, NULL);
	ck_assert_uint_ne(w->engine->selected, 0);
	world_run(w, 26000, &worst);
	ck_assert_double_lt(worst, 1e-3);
	world_end(w, c);
}
END_TEST

START_TEST(test_stepped_by_others)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 4\nmakestep 1 -1\n");
	struct world *w = world_new(10, 0);
	double worst;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 3000, NULL);
	world_anchor(w);
	w->real_ns += 100 * NS_PER_SEC;
	world_run(w, 3040, NULL);
	world_run(w, 5000, &worst);
	ck_assert_uint_eq(w->steps, 1);
	ck_assert_double_lt(worst, 1e-3);
	world_end(w, c);
}
END_TEST

START_TEST(test_oneshot)
{
	struct conf *c = world_conf("server 192.0.2.1\n");
	struct world *w = world_new(0, -42);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_SET_ONCE);
	world_run(w, 30, NULL);
	ck_assert_uint_eq(w->noneshot, 1);
	ck_assert_uint_eq(w->oneshot.ok, 1);
	ck_assert_uint_eq(w->steps, 1);
	ck_assert_double_lt(fabs(world_error(w)), 1e-3);
	ck_assert_double_lt(fabs(timens_to_s(w->oneshot.offset_ns) + 42),
	    1e-3);
	world_end(w, c);
}
END_TEST

START_TEST(test_oneshot_no_server)
{
	struct conf *c = world_conf("server 192.0.2.1\n");
	struct world *w = world_new(0, -42);

	world_server_add(w, "192.0.2.1");
	w->servers[0].dead = 1;
	world_start(w, c, RUN_PRINT_ONCE);
	world_run(w, 60, NULL);
	ck_assert_uint_eq(w->noneshot, 1);
	ck_assert_uint_eq(w->oneshot.ok, 0);
	ck_assert_uint_eq(w->steps, 0);
	world_end(w, c);
}
END_TEST

/* A name that cannot be resolved does not hold up -q. */
START_TEST(test_oneshot_bad_name)
{
	struct conf *c = world_conf("server 192.0.2.1\n"
	    "server never.invalid\n");
	struct world *w = world_new(0, 1);
	struct msg_dnstell tell;
	struct clock_pair now;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_SET_ONCE);
	world_run(w, 5.1, NULL);
	memset(&tell, 0, sizeof(tell));
	tell.id = w->last_ask.id;
	world_pair(w, &now);
	engine_resolved(w->engine, &now, &tell);
	world_run(w, 13, NULL);
	ck_assert_uint_eq(w->oneshot.ok, 1);
	world_end(w, c);
}
END_TEST

/* 2, 4, 8 .. 60 s between tries, and a literal source goes on meanwhile. */
START_TEST(test_dns_backoff)
{
	static const int want_s[] = { 0, 2, 4, 8, 16, 32, 60, 60 };
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "pool pool.example maxsources 2\n");
	struct world *w = world_new(0, 0.05);
	struct msg_dnstell tell;
	struct clock_pair now;
	double at;
	unsigned i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.7");
	world_server_add(w, "192.0.2.8");
	world_server_add(w, "192.0.2.9");
	world_start(w, c, RUN_DAEMON);
	for (i = 0; i < 8; i++) {
		at = timens_to_s(w->raw_ns) + want_s[i];
		world_run(w, at - 0.001, NULL);
		ck_assert_uint_eq(w->dns_asks, i);
		world_run(w, at + 0.001, NULL);
		ck_assert_uint_eq(w->dns_asks, i + 1);
		memset(&tell, 0, sizeof(tell));
		tell.id = w->last_ask.id;
		world_pair(w, &now);
		engine_resolved(w->engine, &now, &tell);
	}
	ck_assert_double_lt(fabs(world_error(w)), 2e-3);
	world_run(w, timens_to_s(w->raw_ns) + 60.01, NULL);
	memset(&tell, 0, sizeof(tell));
	tell.id = w->last_ask.id;
	tell.count = 3;
	for (i = 0; i < 3; i++)
		tell.addrs[i] = w->servers[i + 1].addr;
	world_pair(w, &now);
	engine_resolved(w->engine, &now, &tell);
	ck_assert_uint_eq(w->engine->nsources, 3);
	/* an answer that nobody asked for changes nothing */
	engine_resolved(w->engine, &now, &tell);
	ck_assert_uint_eq(w->engine->nsources, 3);
	world_end(w, c);
}
END_TEST

START_TEST(test_makestep_command)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n");
	struct world *w = world_new(0, 300);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	/* nothing is known to be wrong yet */
	world_expect(w, CANDM_REQ_MAKESTEP, 0, 0);
	ck_assert_uint_eq(w->result, CANDM_STT_SUCCESS);
	ck_assert_uint_eq(w->steps, 0);
	world_run(w, 20, NULL);
	ck_assert_double_gt(fabs(world_error(w)), 100);
	world_expect(w, CANDM_REQ_MAKESTEP, 0, -1);
	world_run(w, 21, NULL);
	ck_assert_uint_eq(w->nresults, 2);
	ck_assert_uint_eq(w->result, 0);
	ck_assert_uint_eq(w->steps, 1);
	ck_assert_double_lt(fabs(world_error(w)), 2e-3);
	world_end(w, c);
}
END_TEST

/* What servers read: the page's true time is right also while slewing. */
START_TEST(test_page_during_slew)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n");
	struct world *w = world_new(40, 200);
	int64_t t;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 30, NULL);
	ck_assert_double_gt(fabs(world_error(w)), 100);
	ck_assert_int_eq(w->page.stratum, 3);
	t = clockpage_true_ns(&w->page, world_real(w));
	ck_assert_double_lt(fabs(timens_to_s(t -
	    world_true(w, w->raw_ns))), 2e-3);
	world_end(w, c);
}
END_TEST

/* The engine dies in a slew; the next goes on with what the page says. */
START_TEST(test_resume)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 6\n");
	struct world *w = world_new(40, 200);
	struct clock_pair now;
	int64_t t, reference;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 30, NULL);
	ck_assert_double_gt(fabs(world_error(w)), 100);
	reference = w->page.ref_time_ns;
	engine_free(w->engine);
	/* the parent ends the lease; 20 s pass */
	world_anchor(w);
	w->rate_ppm = w->base_ppm;
	w->lease_id++;
	w->nqueue = 0;
	w->raw_ns += 20 * NS_PER_SEC;
	w->servers[0].dead = 1;
	world_start(w, c, RUN_DAEMON);
	ck_assert_int_eq(w->page.stratum, 3);
	ck_assert_int_eq(w->page.leap, 0);
	ck_assert_int_eq(w->page.ref_time_ns, reference);
	world_pair(w, &now);
	t = clockpage_true_ns(&w->page, now.real_ns);
	ck_assert_double_lt(fabs(timens_to_s(t -
	    world_true(w, w->raw_ns))), 10e-3);
	w->servers[0].dead = 0;
	world_run(w, 4000, NULL);
	ck_assert_double_lt(fabs(world_error(w)), 1e-3);
	world_end(w, c);
}
END_TEST

/* Suspended between the engines: nothing is known then. */
START_TEST(test_resume_after_suspend)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n");
	struct world *w = world_new(40, 0.1);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 30, NULL);
	ck_assert_int_eq(w->page.stratum, 3);
	engine_free(w->engine);
	w->nqueue = 0;
	w->sleep_ns += 3600 * NS_PER_SEC;
	w->servers[0].dead = 1;
	world_start(w, c, RUN_DAEMON);
	ck_assert_int_eq(w->page.stratum, 16);
	world_end(w, c);
}
END_TEST

/*
 * Replies that come while a step is under way must not ask for it again: the
 * parent acts a little later than it is asked.
 */
START_TEST(test_one_step_only)
{
	struct conf *c;
	struct world *w;
	unsigned seed, i;
	char addr[32];

	for (seed = 0; seed < 100; seed++) {
		c = world_conf("server 192.0.2.1 iburst\n"
		    "server 192.0.2.2 iburst\nserver 192.0.2.3 iburst\n"
		    "server 192.0.2.4 iburst\nmakestep 1 3\n");
		w = world_new(20, 1000);
		w->rng = seed;
		for (i = 1; i <= 4; i++) {
			snprintf(addr, sizeof(addr), "192.0.2.%u", i);
			world_server_add(w, addr);
			w->servers[i - 1].delay_s = 0.001;
			w->servers[i - 1].jitter_s = 0.0001;
		}
		w->servers[3].dead = seed % 2;
		world_start(w, c, RUN_DAEMON);
		world_run(w, 40, NULL);
		ck_assert_uint_eq(w->steps, 1);
		ck_assert_double_lt(fabs(world_error(w)), 0.01);
		world_end(w, c);
	}
}
END_TEST

/* Somebody sets the clock while it is slewed: seen when the slew ends. */
START_TEST(test_stepped_during_lease)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 6 "
	    "maxpoll 6\n");
	struct world *w = world_new(50, 0);
	double t = 10000;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	while (world_run(w, t, NULL),
	    w->lease_end_ns < w->raw_ns + NS_PER_SEC)
		t += 0.5;
	world_anchor(w);
	w->real_ns += NS_PER_SEC / 4;
	world_run(w, timens_to_s(w->lease_end_ns) + 0.01, NULL);
	ck_assert_double_lt(w->rate_ppm, w->base_ppm - 1000);
	ck_assert_double_lt(fabs(timens_to_s(clockpage_true_ns(&w->page,
	    world_real(w)) - world_true(w, w->raw_ns))), 2e-3);
	world_end(w, c);
}
END_TEST

START_TEST(test_leap_second)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 6\nserver 192.0.2.2 iburst minpoll 4 maxpoll 6\n"
	    "server 192.0.2.3 iburst minpoll 4 maxpoll 6\n");
	struct world *w = world_new(5, 0);
	double worst, leap_s;
	int64_t midnight;
	int i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_server_add(w, "192.0.2.3");
	/* one alone is not believed */
	w->servers[0].leap = NTP_LEAP_INSERT;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 500, NULL);
	ck_assert_int_eq(w->page.leap, NTP_LEAP_NONE);
	w->servers[1].leap = NTP_LEAP_INSERT;
	world_run(w, 1000, NULL);
	ck_assert_int_eq(w->page.leap, NTP_LEAP_INSERT);
	ck_assert_uint_eq(w->status.leap, NTP_LEAP_INSERT);
	/* the kernel takes a second out at midnight, the servers too */
	midnight = (world_real(w) / NS_PER_SEC / 86400 + 1) * 86400;
	leap_s = (double)(midnight - world_real(w) / NS_PER_SEC) + 1000;
	world_run(w, leap_s + 1, NULL);
	world_anchor(w);
	w->real_ns -= NS_PER_SEC;
	for (i = 0; i < 3; i++) {
		w->servers[i].offset_s -= 1;
		w->servers[i].leap = 0;
	}
	world_run(w, leap_s + 3000, &worst);
	/* error is against a time that did not leap */
	ck_assert_double_lt(fabs(worst - 1), 2e-3);
	ck_assert_int_eq(w->page.leap, NTP_LEAP_NONE);
	ck_assert_uint_eq(w->steps, 0);
	world_end(w, c);
}
END_TEST

/* What a server says must fit into what control and others are told. */
/* One that is 60 years later each time takes the clock over no edge. */
START_TEST(test_far_future)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 4\nmakestep 1 -1\n");
	struct world *w = world_new(0, 0);
	int i;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	for (i = 1; i <= 4; i++) {
		world_run(w, i * 200, NULL);
		w->servers[0].offset_s += 60 * 365 * 86400.0;
	}
	ck_assert_int_lt(w->engine->sources[0]->a.sample.y_ns,
	    ASSOC_TIME_MAX_NS);
	ck_assert_int_lt(discipline_y_ns(&w->engine->disc, w->raw_ns),
	    ASSOC_TIME_MAX_NS);
	world_end(w, c);
}
END_TEST

START_TEST(test_absurd_servers)
{
	struct conf *c = world_conf("server 192.0.2.1\nserver 192.0.2.2\n"
	    "server 192.0.2.3\nserver 192.0.2.4\n");
	struct world *w = world_new(0, 0);
	uint32_t i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_server_add(w, "192.0.2.3");
	world_server_add(w, "192.0.2.4");
	w->servers[0].stratum = 200;
	w->servers[1].stratum = 255;
	w->servers[2].offset_s = -2e9;		/* 1960 */
	w->servers[3].kiss = 2;			/* INIT */
	world_start(w, c, RUN_DAEMON);
	world_run(w, 1000, NULL);
	ck_assert_int_eq(w->engine->disc.synced, 0);
	ck_assert_uint_eq(w->page.stratum, 16);
	for (i = 0; i < 4; i++) {
		/* world.c holds every answer against the table */
		world_expect(w, CANDM_REQ_SOURCE_DATA, i, 1);
		world_expect(w, CANDM_REQ_PEER, i, 1);
		world_expect(w, CANDM_REQ_SOURCESTATS, i, 1);
	}
	ck_assert_uint_eq(w->nanswers, 12);
	/* INIT: it answers, and has no time */
	world_expect(w, CANDM_REQ_EXPLAIN, 3, 1);
	ck_assert_uint_eq(w->report.body.explain.reason,
	    REPORT_REASON_NOT_SYNCED);
	/* an unknown code is no kiss: it is asked as often as the others */
	ck_assert_uint_ge(w->servers[3].requests + 1,
	    w->servers[0].requests);
	world_end(w, c);
}
END_TEST

/* A source that lost its own is not followed, and not passed on. */
START_TEST(test_server_loses_sync)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 4\nserver 192.0.2.2 iburst minpoll 4 maxpoll 4\n");
	struct world *w = world_new(5, 0);
	int i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 500, NULL);
	w->servers[0].unsync = 1;
	world_run(w, 520, NULL);
	for (i = 0; i < 50; i++) {
		world_run(w, 520 + 4 * i, NULL);
		ck_assert_uint_ne(w->page.leap, NTP_LEAP_UNSYNC);
		ck_assert_uint_eq(w->engine->selected, 2);
	}
	world_end(w, c);
}
END_TEST

/* Every report of a daemon that is 2 s behind and slews. */
START_TEST(test_reports)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst weight 3\n"
	    "server 192.0.2.2 offline\npool p.example\n");
	struct world *w = world_new(30, 2);
	union candm_request_body b;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 12, NULL);
	world_expect(w, CANDM_REQ_TRACKING, 0, 1);
	ck_assert_uint_eq(w->report.body.tracking.refid, 0xc0000201);
	ck_assert_uint_eq(w->report.body.tracking.stratum, 3);
	ck_assert_double_eq_tol(w->report.body.tracking.correction_s,
	    world_error(w), 2e-3);
	ck_assert_double_gt(w->report.body.tracking.correction_s, 1);
	ck_assert_double_eq_tol(w->report.body.tracking.root_delay_s, 0.021,
	    2e-3);
	world_expect(w, CANDM_REQ_N_SOURCES, 0, 1);
	ck_assert_uint_eq(w->report.body.count, 3);
	world_expect(w, CANDM_REQ_SOURCE_DATA, 0, 1);
	ck_assert_uint_eq(w->report.body.source.state, REPORT_STATE_SELECTED);
	ck_assert_uint_eq(w->report.body.source.stratum, 2);
	ck_assert_uint_eq(w->report.body.source.reach, 0xf);
	ck_assert_double_eq_tol(w->report.body.source.offset_s, world_error(w),
	    2e-3);
	/* the last one was measured when part was slewed already */
	ck_assert_double_lt(w->report.body.source.orig_offset_s, 2);
	world_expect(w, CANDM_REQ_SOURCE_DATA, 1, 1);
	ck_assert_uint_eq(w->report.body.source.since_sample_s, REPORT_NEVER);
	ck_assert_uint_eq(w->report.body.source.state,
	    REPORT_STATE_NONSELECTABLE);
	world_expect(w, CANDM_REQ_SOURCE_DATA, 2, 1);
	ck_assert_uint_eq(w->report.body.source.addr.family, ADDR_NONE);
	world_expect(w, CANDM_REQ_SOURCE_DATA, 3, 0);
	world_expect(w, CANDM_REQ_SOURCESTATS, 0, 1);
	ck_assert_uint_eq(w->report.body.sourcestats.n_samples, 4);
	ck_assert_uint_eq(w->report.body.sourcestats.span_s, 5);
	ck_assert_double_lt(w->report.body.sourcestats.sd_s, 5e-3);
	world_expect(w, CANDM_REQ_SOURCESTATS, 1, 1);
	ck_assert_double_eq(w->report.body.sourcestats.skew_ppm, 2000);
	world_expect(w, CANDM_REQ_ACTIVITY, 0, 1);
	ck_assert_uint_eq(w->report.body.activity.online, 1);
	ck_assert_uint_eq(w->report.body.activity.offline, 1);
	ck_assert_uint_eq(w->report.body.activity.unresolved, 1);
	world_expect(w, CANDM_REQ_STATUS, 0, 1);
	ck_assert_uint_eq(w->report.body.status.peers, 3);
	ck_assert_uint_eq(w->report.body.status.peers_valid, 1);
	ck_assert_uint_eq(w->report.body.status.synced, 1);
	world_expect(w, CANDM_REQ_PEER, 0, 1);
	ck_assert_uint_eq(w->report.body.peer.weight, 3);
	ck_assert_uint_eq(w->report.body.peer.selected, 1);
	ck_assert_double_eq_tol(w->report.body.peer.delay_s, 0.02, 5e-3);
	world_expect(w, CANDM_REQ_PEER, 2, 1);
	ck_assert_str_eq(w->report.body.peer.name, "p.example");
	ck_assert_uint_eq(w->report.body.peer.from_pool, 1);
	memset(&b, 0, sizeof(b));
	b.source.id = 1;
	ck_assert_int_eq(world_command(w, CANDM_REQ_NTP_SOURCE_NAME, &b), 1);
	ck_assert_str_eq(w->report.body.name.name, "p.example");
	b.source.addr = w->servers[0].addr;
	ck_assert_int_eq(world_command(w, CANDM_REQ_NTP_SOURCE_NAME, &b), 1);
	ck_assert_str_eq(w->report.body.name.name, "192.0.2.1");
	b.source.addr.ip[3] = 99;
	ck_assert_int_eq(world_command(w, CANDM_REQ_NTP_SOURCE_NAME, &b), 0);
	ck_assert_uint_eq(w->result, CANDM_STT_NOSUCHSOURCE);
	world_end(w, c);
}
END_TEST

/* A drift file that is far from the truth, and sure of itself. */
START_TEST(test_wrong_drift)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 6\n");
	struct world *w = world_new(-20, 0);
	double worst;

	w->drift_ppm = 900;
	w->drift_skew_ppm = 0.05;
	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 600, NULL);
	world_run(w, 3000, &worst);
	ck_assert_double_lt(worst, 2e-3);
	world_end(w, c);
}
END_TEST

START_TEST(test_local)
{
	struct conf *c = world_conf("local stratum 8\nallow\n");
	struct world *w = world_new(0, 0);

	world_start(w, c, RUN_DAEMON);
	world_run(w, 100, NULL);
	ck_assert_int_eq(w->page.stratum, 8);
	ck_assert_int_eq(w->page.leap, 0);
	ck_assert_uint_eq(w->page.refid, 0x7f7f0101);
	world_end(w, c);
}
END_TEST

START_TEST(test_suspend)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 6\nmakestep 1 -1\n");
	struct world *w = world_new(50, 0);
	double worst, base;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 10000, NULL);
	base = w->base_ppm;
	/* 8 hours pass that RAW does not see; the RTC sets the clock badly */
	w->sleep_ns += 28800 * NS_PER_SEC;
	world_anchor(w);
	w->real_ns += 28799 * NS_PER_SEC;
	for (unsigned i = 0; i < w->nservers; i++)
		w->servers[i].offset_s += 28800;
	world_run(w, 10100, NULL);
	world_run(w, 12000, &worst);
	ck_assert_double_lt(fabs(worst - 28800), 2e-3);
	ck_assert_double_lt(fabs(w->base_ppm - base), 1);
	world_end(w, c);
}
END_TEST

/* The slew that ran when it fell asleep ends before any other event. */
START_TEST(test_suspend_during_lease)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 6 "
	    "maxpoll 6\n");
	struct world *w = world_new(50, 0);
	double t = 10000;
	int64_t told;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	while (world_run(w, t, NULL),
	    w->lease_end_ns < w->raw_ns + NS_PER_SEC)
		t += 0.5;
	w->sleep_ns += 28800 * NS_PER_SEC;
	world_anchor(w);
	w->real_ns += 28800 * NS_PER_SEC;
	world_run(w, timens_to_s(w->lease_end_ns) + 0.01, NULL);
	ck_assert_int_lt(w->page.stratum, 16);
	ck_assert_int_gt(w->page.anchor_real_ns, EPOCH_NS +
	    28800 * NS_PER_SEC);
	told = clockpage_true_ns(&w->page, world_real(w)) -
	    28800 * NS_PER_SEC - world_true(w, w->raw_ns);
	ck_assert_double_lt(fabs(timens_to_s(told)), 2e-3);
	world_end(w, c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine");
	TCase *t = tcase_create("world");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, test_step_and_hold);
	tcase_add_test(t, test_slew_without_makestep);
	tcase_add_test(t, test_makestep_limit);
	tcase_add_test(t, test_refused_step_slews);
	tcase_add_test(t, test_falseticker);
	tcase_add_test(t, test_unsync_and_kiss);
	tcase_add_test(t, test_reach_and_return);
	tcase_add_test(t, test_stepped_by_others);
	tcase_add_test(t, test_oneshot);
	tcase_add_test(t, test_oneshot_no_server);
	tcase_add_test(t, test_oneshot_bad_name);
	tcase_add_test(t, test_dns_backoff);
	tcase_add_test(t, test_makestep_command);
	tcase_add_test(t, test_page_during_slew);
	tcase_add_test(t, test_resume);
	tcase_add_test(t, test_resume_after_suspend);
	tcase_add_test(t, test_one_step_only);
	tcase_add_test(t, test_stepped_during_lease);
	tcase_add_test(t, test_leap_second);
	tcase_add_test(t, test_far_future);
	tcase_add_test(t, test_absurd_servers);
	tcase_add_test(t, test_server_loses_sync);
	tcase_add_test(t, test_reports);
	tcase_add_test(t, test_wrong_drift);
	tcase_add_test(t, test_local);
	tcase_add_test(t, test_suspend);
	tcase_add_test(t, test_suspend_during_lease);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
