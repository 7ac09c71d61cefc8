/*
 * What the user and others say of the clock reaches the engine: limits of the
 * discipline, a clock that somebody sets.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "common/timens.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

/* Directives reach the discipline. */
START_TEST(test_user_limits)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\nmaxdrift 5\n"
	    "maxclockerror 7\ncorrtimeratio 100\n");
	struct world *w = world_new(30, 0.0001);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 200, NULL);
	/* RAW is 30 ppm fast; so much is not corrected */
	ck_assert_double_eq_tol(w->base_ppm, -5, 1e-3);
	ck_assert_double_ge(clockpage_rate_to_double(w->page.root_disp_rate),
	    7e-6 * 0.999);
	/* and a correction takes longer than the interval */
	ck_assert_int_gt(w->lease_end_ns, w->raw_ns + 100 * NS_PER_SEC);
	world_end(w, c);
}
END_TEST

START_TEST(test_maxchange)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 4\nmaxchange 0.1 1 1\n");
	struct world *w = world_new(10, 5);
	double worst;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 1000, NULL);
	ck_assert_uint_ge(w->gave_up, 1);
	world_end(w, c);
	c = world_conf("server 192.0.2.1 iburst minpoll 4 maxpoll 4\n"
	    "maxchange 0.1 30 -1\n");
	w = world_new(10, 5);
	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 1000, NULL);
	w->servers[0].offset_s += 3;
	world_run(w, 2000, &worst);
	ck_assert_double_lt(worst, 1e-2);
	ck_assert_uint_eq(w->gave_up, 0);
	world_end(w, c);
}
END_TEST

/* The clock is set by somebody: known at once, said at once, undone. */
START_TEST(test_clock_set)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 10\n");
	struct world *w = world_new(10, 0);
	struct clock_pair now;
	uint64_t requests;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 4000, NULL);
	requests = w->servers[0].requests;
	world_anchor(w);
	w->real_ns += NS_PER_SEC / 2;
	world_pair(w, &now);
	engine_clock_set(w->engine, &now);
	ck_assert_double_lt(fabs(timens_to_s(clockpage_true_ns(&w->page,
	    world_real(w)) - world_true(w, w->raw_ns))), 2e-3);
	world_run(w, 4020, NULL);
	ck_assert_double_lt(fabs(world_error(w)), 2e-3);
	ck_assert_uint_eq(w->servers[0].requests, requests + 1);
	ck_assert_uint_eq(w->steps, 0);
	world_end(w, c);
}
END_TEST

/* No source is given up while it has not been asked yet. */
START_TEST(test_suspend_keeps_sources)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 6 "
	    "maxpoll 6\nserver 192.0.2.2 iburst minpoll 6 maxpoll 6\n");
	struct world *w = world_new(50, 0);
	double t;
	unsigned i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	w->servers[1].delay_s = 0.05;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 3000, NULL);
	w->sleep_ns += 28800 * NS_PER_SEC;
	world_anchor(w);
	w->real_ns += 28800 * NS_PER_SEC;
	for (i = 0; i < 2; i++)
		w->servers[i].offset_s += 28800;
	for (t = 3000; t < 3070; t += 0.005) {
		world_run(w, t, NULL);
		for (i = 0; i < 2; i++)
			ck_assert_int_ge(w->engine->sources[i]->state,
			    SELECT_WAITING);
	}
	world_end(w, c);
}
END_TEST

static double
page_bound(const struct world *w)
{
	return (timens_to_s(w->page.root_delay_ns / 2 +
	    clockpage_root_disp_ns(&w->page, world_real(w))));
}

/*
 * A source that says something else all of a sudden may be right, as far as it
 * is known itself: the bound covers that from its first answer on.
 */
START_TEST(test_contradicted)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst minpoll 4 "
	    "maxpoll 4\n");
	struct world *w = world_new(0, 0);
	double t;

	world_server_add(w, "192.0.2.1");
	w->servers[0].delay_s = 0.05;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 2000, NULL);
	ck_assert_double_lt(page_bound(w), 0.1);
	w->servers[0].offset_s += 0.2;
	for (t = 2000; t < 2040 && page_bound(w) < 0.1; t += 0.01)
		world_run(w, t, NULL);
	ck_assert_double_ge(page_bound(w), 0.2 + 0.049);
	ck_assert_double_lt(fabs(world_error(w)), 2e-3);
	world_end(w, c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_clock");
	TCase *t = tcase_create("world");

	tcase_add_test(t, test_user_limits);
	tcase_add_test(t, test_suspend_keeps_sources);
	tcase_add_test(t, test_maxchange);
	tcase_add_test(t, test_clock_set);
	tcase_add_test(t, test_contradicted);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
