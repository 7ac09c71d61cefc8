/* Why the clock is (not) right and sources are (not) used: world.h. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/unit.h"
#include "regress/unit/world.h"

/* Names that have no address are no start that goes on for ever. */
START_TEST(test_health_without_names)
{
	struct conf *c = world_conf("server a.example.net\n");
	struct world *w = world_new(0, 0);
	struct msg_dnstell tell;
	struct clock_pair now;

	world_start(w, c, RUN_DAEMON);
	world_run(w, 100, NULL);
	world_expect(w, CANDM_REQ_HEALTH, 0, 1);
	ck_assert_uint_eq(w->report.body.health.state,
	    REPORT_HEALTH_WAITING);
	ck_assert_uint_eq(w->report.body.health.reason,
	    REPORT_REASON_UNRESOLVED);
	memset(&tell, 0, sizeof(tell));
	tell.id = w->last_ask.id;
	tell.no_such_name = 1;
	world_pair(w, &now);
	engine_resolved(w->engine, &now, &tell);
	world_expect(w, CANDM_REQ_HEALTH, 0, 1);
	ck_assert_uint_eq(w->report.body.health.reason,
	    REPORT_REASON_NO_SUCH_NAME);
	world_expect(w, CANDM_REQ_EXPLAIN, 0, 1);
	ck_assert_uint_eq(w->report.body.explain.reason,
	    REPORT_REASON_NO_SUCH_NAME);
	world_end(w, c);
}
END_TEST

/* Two servers of which the second is dead: the reason that explain gives. */
static unsigned
reason_of_one_dead(const char *text)
{
	struct conf *c = world_conf(text);
	struct world *w = world_new(0, 0);
	unsigned reason;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	w->servers[1].dead = 1;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 600, NULL);
	world_expect(w, CANDM_REQ_EXPLAIN, 0, 1);
	reason = w->report.body.explain.reason;
	world_end(w, c);
	return (reason);
}

/*
 * What `require' asks for is not there; but where more are needed than there
 * are, it is not for that.
 */
START_TEST(test_health_required)
{
	ck_assert_uint_eq(reason_of_one_dead("server 192.0.2.1 iburst\n"
	    "server 192.0.2.2 iburst require\n"), REPORT_REASON_REQUIRE);
	ck_assert_uint_eq(reason_of_one_dead("server 192.0.2.1 iburst\n"
	    "server 192.0.2.2 iburst require\nminsources 2\n"),
	    REPORT_REASON_TOO_FEW);
}
END_TEST

/* Far off, and no `makestep': it takes days. */
START_TEST(test_health_no_step)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "makestep 1000 3\n");
	struct world *w = world_new(0, 300);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 100, NULL);
	world_expect(w, CANDM_REQ_HEALTH, 0, 1);
	ck_assert_uint_eq(w->report.body.health.state, REPORT_HEALTH_SYNC);
	ck_assert_uint_eq(w->report.body.health.reason,
	    REPORT_REASON_NO_STEP);
	ck_assert_double_ge(w->report.body.health.offset_s, 200);
	world_end(w, c);
}
END_TEST

/* A step that is allowed is not what is missing: it is a moment away. */
START_TEST(test_health_step)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "makestep 1 -1\n");
	struct world *w = world_new(0, 300);
	double t;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	for (t = 0; t < 100 && w->steps == 0; t += 1e-4) {
		world_run(w, t, NULL);
		world_expect(w, CANDM_REQ_HEALTH, 0, 1);
		ck_assert_uint_ne(w->report.body.health.reason,
		    REPORT_REASON_NO_STEP);
	}
	ck_assert_uint_eq(w->steps, 1);
	world_end(w, c);
}
END_TEST

/* Who is refused by all has no source that can be used. */
START_TEST(test_health_refused)
{
	struct conf *c = world_conf("server 192.0.2.1\n");
	struct world *w = world_new(0, 0);

	world_server_add(w, "192.0.2.1");
	w->servers[0].kiss = 1;
	world_start(w, c, RUN_DAEMON);
	world_run(w, 10, NULL);
	world_expect(w, CANDM_REQ_HEALTH, 0, 1);
	ck_assert_uint_eq(w->report.body.health.state,
	    REPORT_HEALTH_UNUSABLE);
	ck_assert_uint_eq(w->report.body.health.reason,
	    REPORT_REASON_KISS_RATE);
	ck_assert_uint_eq(w->report.body.health.n_unusable, 1);
	world_end(w, c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("explain");
	TCase *t = tcase_create("explain");

	tcase_add_test(t, test_health_without_names);
	tcase_add_test(t, test_health_required);
	tcase_add_test(t, test_health_no_step);
	tcase_add_test(t, test_health_step);
	tcase_add_test(t, test_health_refused);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
