/* What the options of sources do in the whole engine core. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "common/timens.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

START_TEST(test_maxunreach)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst maxpoll 6 "
	    "maxunreach 4\n");
	struct world *w = world_new(30, 0.02);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 3000, NULL);
	w->servers[0].dead = 1;
	world_run(w, 3000 + 11 * 64, NULL);
	ck_assert_uint_ne(w->engine->selected, 0);
	world_run(w, 3000 + 15 * 64, NULL);
	ck_assert_uint_eq(w->engine->selected, 0);
	ck_assert_int_eq(w->engine->sources[0]->state, SELECT_NO_SAMPLES);
	world_end(w, c);
}
END_TEST

START_TEST(test_auto_offline)
{
	struct conf *c = world_conf("server 192.0.2.1 auto_offline\n"
	    "server 192.0.2.2\n");
	struct world *w = world_new(30, 0.02);

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	w->servers[0].unroutable = w->servers[1].unroutable = 1;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 1000, NULL);
	ck_assert_int_eq(w->engine->sources[0]->a.online, 0);
	ck_assert_uint_eq(w->servers[0].requests, 1);
	ck_assert_int_eq(w->engine->sources[1]->a.online, 1);
	ck_assert_uint_gt(w->servers[1].requests, 10);
	world_end(w, c);
}
END_TEST

/* Without a majority the bound covers whoever may be right. */
START_TEST(test_doubtful_bound)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst maxpoll 6\n"
	    "server 192.0.2.2 iburst maxpoll 6\n");
	struct world *w = world_new(0, 0);

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 2000, NULL);
	ck_assert_int_lt(w->page.root_disp_ns, 10 * NS_PER_MS);
	w->servers[1].offset_s = 0.5;
	world_run(w, 4000, NULL);
	ck_assert_int_eq(w->engine->sources[0]->state, SELECT_FALSETICKER);
	ck_assert_int_eq(w->engine->sources[1]->state, SELECT_FALSETICKER);
	ck_assert_int_ge(w->page.root_disp_ns + w->page.root_delay_ns / 2,
	    490 * NS_PER_MS);
	/* and is small again when they agree */
	w->servers[1].offset_s = 0;
	world_run(w, 8000, NULL);
	ck_assert_int_lt(w->page.root_disp_ns, 10 * NS_PER_MS);
	world_end(w, c);
}
END_TEST

/* What the options say gets where it is used; globals where they do not. */
START_TEST(test_source_options)
{
	struct conf *c = world_conf("server 192.0.2.1 minsamples 9 "
	    "maxsamples 8 asymmetry -0.25 mindelay 0.03 polltarget 20 "
	    "trust require maxdelayquant 0.01 minstratum 5\n"
	    "server 192.0.2.2 trusted\nminsamples 7\nmaxsamples 30\n"
	    "combinelimit 0\n");
	struct world *w = world_new(0, 0);
	const struct assoc_conf *a;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_start(w, c, RUN_DAEMON);
	a = &w->engine->sources[0]->a.conf;
	ck_assert_int_eq(a->minsamples, 8);
	ck_assert_int_eq(a->maxsamples, 8);
	ck_assert_int_eq(a->asymmetry_auto, 0);
	ck_assert_double_eq(a->asymmetry, -0.25);
	ck_assert_double_eq(a->mindelay_s, 0.03);
	ck_assert_int_eq(a->polltarget, 20);
	ck_assert_double_eq(a->maxdelayquant, 0.05);
	ck_assert_uint_eq(w->engine->sources[0]->options,
	    SELECT_TRUST_OPT | SELECT_REQUIRE_OPT);
	a = &w->engine->sources[1]->a.conf;
	ck_assert_int_eq(a->minsamples, 7);
	ck_assert_int_eq(a->maxsamples, 30);
	ck_assert_int_eq(a->asymmetry_auto, 1);
	ck_assert_uint_eq(w->engine->sources[1]->options, SELECT_TRUST_OPT);
	world_run(w, 3000, NULL);
	/* the first is as good, but its stratum counts as 5 */
	ck_assert_int_eq(w->engine->sources[1]->state, SELECT_SELECTED);
	ck_assert_int_eq(w->engine->sources[0]->state, SELECT_OUTLIER);
	ck_assert_uint_eq(w->engine->sources[0]->sel.stratum, 5);
	world_end(w, c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("options");

	tcase_add_test(t, test_maxunreach);
	tcase_add_test(t, test_auto_offline);
	tcase_add_test(t, test_doubtful_bound);
	tcase_add_test(t, test_source_options);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
