/* The engine's commands: what an operator asks and changes at run time. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

static union candm_request_body	body;

/* A command that must end with this status at once. */
static void
expect(struct world *w, unsigned command, enum candm_status status)
{
	ck_assert_int_eq(world_command(w, command, &body), 0);
	ck_assert_msg(w->result == status, "command %u: %u", command,
	    w->result);
}

static void
report(struct world *w, unsigned command)
{
	ck_assert_int_eq(world_command(w, command, &body), 1);
}

static void
about(const char *text)
{
	memset(&body, 0, sizeof(body));
	if (text != NULL)
		ck_assert_int_eq(addr_parse(text, &body.source.addr), 0);
}

static void
masked(const char *addr, const char *mask)
{
	memset(&body, 0, sizeof(body));
	ck_assert_int_eq(addr_parse(addr, &body.mask.source.addr), 0);
	if (mask != NULL)
		ck_assert_int_eq(addr_parse(mask, &body.mask.mask), 0);
}

static void
activity(struct world *w, unsigned online, unsigned offline,
    unsigned burst_online, unsigned burst_offline)
{
	const struct report_activity *r = &w->report.body.activity;

	memset(&body, 0, sizeof(body));
	report(w, CANDM_REQ_ACTIVITY);
	ck_assert_msg(r->online == online && r->offline == offline &&
	    r->burst_online == burst_online &&
	    r->burst_offline == burst_offline, "%u %u %u %u", r->online,
	    r->offline, r->burst_online, r->burst_offline);
}

START_TEST(connectivity)
{
	struct conf *c = world_conf("server 192.0.2.1\nserver 192.0.2.2\n"
	    "server 198.51.100.1 offline\n");
	struct world *w = world_new(0, 0);
	uint64_t asked;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_server_add(w, "198.51.100.1");
	world_start(w, c, RUN_DAEMON);
	activity(w, 2, 1, 0, 0);
	masked("192.0.2.0", "255.255.255.0");
	expect(w, CANDM_REQ_OFFLINE, CANDM_STT_SUCCESS);
	activity(w, 0, 3, 0, 0);
	masked("192.0.2.1", NULL);
	expect(w, CANDM_REQ_ONLINE, CANDM_STT_SUCCESS);
	activity(w, 1, 2, 0, 0);
	masked("192.0.2.9", NULL);
	expect(w, CANDM_REQ_ONLINE, CANDM_STT_NOSUCHSOURCE);
	masked("2001:db8::", "ffff:ffff::");
	expect(w, CANDM_REQ_ONLINE, CANDM_STT_NOSUCHSOURCE);
	about(NULL);
	expect(w, CANDM_REQ_OFFLINE, CANDM_STT_SUCCESS);
	activity(w, 0, 3, 0, 0);
	world_run(w, 300, NULL);
	ck_assert_uint_eq(w->servers[1].requests, 0);
	/* a burst of one that is offline, and back */
	memset(&body, 0, sizeof(body));
	ck_assert_int_eq(addr_parse("198.51.100.1",
	    &body.burst.which.source.addr), 0);
	body.burst.good = 2;
	body.burst.total = 5;
	expect(w, CANDM_REQ_BURST, CANDM_STT_SUCCESS);
	activity(w, 0, 2, 0, 1);
	asked = w->servers[2].requests;
	world_run(w, 340, NULL);
	ck_assert_uint_eq(w->servers[2].requests, asked + 2);
	activity(w, 0, 3, 0, 0);
	/* one that nobody answers: as many as allowed, and back */
	w->servers[2].dead = 1;
	memset(&body, 0, sizeof(body));
	body.burst.good = 2;
	body.burst.total = 5;
	body.burst.which.source.addr = w->servers[2].addr;
	expect(w, CANDM_REQ_BURST, CANDM_STT_SUCCESS);
	world_run(w, 400, NULL);
	ck_assert_uint_eq(w->servers[2].requests, asked + 7);
	activity(w, 0, 3, 0, 0);
	about(NULL);
	expect(w, CANDM_REQ_ONOFFLINE, CANDM_STT_SUCCESS);
	activity(w, 3, 0, 0, 0);
	world_end(w, c);
}
END_TEST

START_TEST(polls)
{
	struct conf *c = world_conf("server 192.0.2.1\n");
	struct world *w = world_new(0, 0);
	const struct association *a;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	a = &w->engine->sources[0]->a;
	about("192.0.2.1");
	body.number_of.value = 12;
	expect(w, CANDM_REQ_MODIFY_MINPOLL, CANDM_STT_SUCCESS);
	ck_assert_int_eq(a->conf.maxpoll_log2, 12);
	ck_assert_int_eq(a->poll_log2, 12);
	body.number_of.value = 3;
	expect(w, CANDM_REQ_MODIFY_MAXPOLL, CANDM_STT_SUCCESS);
	ck_assert_int_eq(a->conf.minpoll_log2, 3);
	ck_assert_int_eq(a->poll_log2, 3);
	ck_assert_int_le(a->next_raw_ns - w->raw_ns, 8 * NS_PER_SEC);
	body.number_of.value = 25;
	expect(w, CANDM_REQ_MODIFY_MAXPOLL, CANDM_STT_FAILED);
	about("192.0.2.7");
	expect(w, CANDM_REQ_MODIFY_MAXPOLL, CANDM_STT_NOSUCHSOURCE);
	world_end(w, c);
}
END_TEST

/* What is changed before there is an address holds when there is one. */
START_TEST(options_without_address)
{
	struct conf *c = world_conf("pool p.example\n");
	struct world *w = world_new(0, 0);
	struct msg_dnstell tell;
	struct clock_pair now;
	struct source *s;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 10, NULL);
	about(NULL);
	body.number_of.source.id = w->engine->entries[0].id;
	body.number_of.value = 11;
	expect(w, CANDM_REQ_MODIFY_MINPOLL, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_MODIFY_POLLTARGET, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_MODIFY_MINSTRATUM, CANDM_STT_SUCCESS);
	about(NULL);
	body.real_of.source.id = w->engine->entries[0].id;
	body.real_of.value = 0.5;
	expect(w, CANDM_REQ_MODIFY_MAXDELAY, CANDM_STT_SUCCESS);
	about(NULL);
	body.selectopts.source.id = w->engine->entries[0].id;
	body.selectopts.mask = REPORT_OPT_REQUIRE | REPORT_OPT_PREFER;
	body.selectopts.options = REPORT_OPT_REQUIRE;
	expect(w, CANDM_REQ_SELECTOPTS, CANDM_STT_SUCCESS);
	about(NULL);
	body.offset.source.id = w->engine->entries[0].id;
	body.offset.offset_s = 0.25;
	expect(w, CANDM_REQ_OFFSET, CANDM_STT_SUCCESS);
	memset(&tell, 0, sizeof(tell));
	tell.id = w->last_ask.id;
	tell.count = 1;
	tell.addrs[0] = w->servers[0].addr;
	world_pair(w, &now);
	engine_resolved(w->engine, &now, &tell);
	s = w->engine->sources[0];
	ck_assert_int_eq(s->a.conf.minpoll_log2, 11);
	ck_assert_int_eq(s->a.conf.maxpoll_log2, 11);
	ck_assert_int_eq(s->a.conf.polltarget, 11);
	ck_assert_uint_eq(s->a.conf.minstratum, 11);
	ck_assert_double_eq(s->a.conf.maxdelay_s, 0.5);
	ck_assert_double_eq(s->a.conf.offset_s, 0.25);
	ck_assert_uint_eq(s->options, SELECT_REQUIRE_OPT);
	/* now it has no number any more */
	expect(w, CANDM_REQ_OFFSET, CANDM_STT_NOSUCHSOURCE);
	world_end(w, c);
}
END_TEST

START_TEST(add_and_delete)
{
	struct conf *c = world_conf("server 192.0.2.1\n");
	struct world *w = world_new(0, 0);

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_start(w, c, RUN_DAEMON);
	memset(&body, 0, sizeof(body));
	body.add.type = CANDM_ADD_SERVER;
	strlcpy(body.add.name, "192.0.2.2", sizeof(body.add.name));
	body.add.port = 123;
	body.add.minpoll_log2 = 4;
	body.add.maxpoll_log2 = 5;
	body.add.maxsources = 4;
	body.add.min_samples = body.add.max_samples = -1;
	body.add.max_delay_s = 3;
	body.add.polltarget = 8;
	body.add.flags = CANDM_ADD_ONLINE | CANDM_ADD_IBURST;
	expect(w, CANDM_REQ_ADD_SOURCE, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_ADD_SOURCE, CANDM_STT_SOURCEALREADYKNOWN);
	world_run(w, 30, NULL);
	ck_assert_uint_ge(w->servers[1].requests, 4);
	body.add.flags |= CANDM_ADD_NTS;
	expect(w, CANDM_REQ_ADD_SOURCE, CANDM_STT_FAILED);
	body.add.flags = 0;
	strlcpy(body.add.name, "bad!name", sizeof(body.add.name));
	expect(w, CANDM_REQ_ADD_SOURCE, CANDM_STT_INVALIDNAME);
	strlcpy(body.add.name, "a.example", sizeof(body.add.name));
	body.add.type = CANDM_ADD_POOL;
	expect(w, CANDM_REQ_ADD_SOURCE, CANDM_STT_SUCCESS);
	ck_assert_uint_eq(w->engine->nentries, 3);
	/* by its number, which only one without an address has */
	about(NULL);
	body.source.id = w->engine->entries[2].id;
	expect(w, CANDM_REQ_DELETE, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_DELETE, CANDM_STT_NOSUCHSOURCE);
	body.source.id = w->engine->entries[0].id;
	expect(w, CANDM_REQ_DELETE, CANDM_STT_NOSUCHSOURCE);
	about("192.0.2.1");
	expect(w, CANDM_REQ_DELETE, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_DELETE, CANDM_STT_NOSUCHSOURCE);
	report(w, CANDM_REQ_N_SOURCES);
	ck_assert_uint_eq(w->report.body.count, 1);
	world_end(w, c);
}
END_TEST

/* Nobody but the operator knows the time. */
START_TEST(manual_time)
{
	struct conf *c = world_conf("local\n");
	struct world *w = world_new(0, 3);
	struct clock_pair now;

	world_start(w, c, RUN_DAEMON);
	memset(&body, 0, sizeof(body));
	body.time_ns = world_true(w, w->raw_ns);
	expect(w, CANDM_REQ_SETTIME, CANDM_STT_NOTENABLED);
	memset(&body, 0, sizeof(body));
	body.option = CANDM_MANUAL_ON;
	expect(w, CANDM_REQ_MANUAL, CANDM_STT_SUCCESS);
	memset(&body, 0, sizeof(body));
	body.time_ns = world_true(w, w->raw_ns);
	ck_assert_int_eq(world_command(w, CANDM_REQ_SETTIME, &body), -1);
	world_run(w, 6, NULL);
	ck_assert_int_eq(w->answer_type, MSG_REPORT);
	ck_assert_uint_eq(w->report.number, CANDM_RPY_MANUAL_TIMESTAMP);
	ck_assert_double_eq_tol(w->report.body.manual.offset_s, 3, 1e-3);
	/* makestep does the rest at once */
	ck_assert_double_gt(fabs(world_error(w)), 2);
	ck_assert_int_eq(world_command(w, CANDM_REQ_MAKESTEP, NULL), -1);
	world_run(w, 7, NULL);
	ck_assert_uint_eq(w->result, CANDM_STT_SUCCESS);
	ck_assert_uint_eq(w->steps, 1);
	ck_assert_double_lt(fabs(world_error(w)), 1e-3);
	report(w, CANDM_REQ_MANUAL_LIST);
	ck_assert_uint_eq(w->report.body.manual_list.count, 1);
	ck_assert_double_eq_tol(
	    w->report.body.manual_list.sample[0].orig_offset_s, 3, 1e-3);
	/* two inputs that differ by a second say nothing of the rate */
	world_run(w, 60, NULL);
	memset(&body, 0, sizeof(body));
	body.time_ns = world_true(w, w->raw_ns) + NS_PER_SEC;
	ck_assert_int_eq(world_command(w, CANDM_REQ_SETTIME, &body), -1);
	world_run(w, 70, NULL);
	ck_assert_double_lt(fabs(w->base_ppm), 20);
	memset(&body, 0, sizeof(body));
	body.index = 5;
	expect(w, CANDM_REQ_MANUAL_DELETE, CANDM_STT_BADSAMPLE);
	body.index = 1;
	ck_assert_int_eq(world_command(w, CANDM_REQ_MANUAL_DELETE, &body),
	    -1);
	world_run(w, 80, NULL);
	ck_assert_double_lt(fabs(world_error(w)), 2e-3);
	memset(&body, 0, sizeof(body));
	body.option = CANDM_MANUAL_RESET;
	expect(w, CANDM_REQ_MANUAL, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_MANUAL_DELETE, CANDM_STT_BADSAMPLE);
	world_pair(w, &now);
	world_end(w, c);
}
END_TEST

START_TEST(offset_and_frequency)
{
	struct conf *c = world_conf("");
	struct world *w = world_new(0, 0);
	double before;

	world_start(w, c, RUN_DAEMON);
	world_run(w, 6, NULL);
	before = world_error(w);
	memset(&body, 0, sizeof(body));
	body.value = 0.02;		/* > 0: forwards */
	ck_assert_int_eq(world_command(w, CANDM_REQ_DOFFSET, &body), -1);
	/* the next waits until the parent has answered */
	body.value = 3;			/* > 0: it gains: slower */
	ck_assert_int_eq(world_command(w, CANDM_REQ_DFREQ, &body), -1);
	world_run(w, 9, NULL);
	ck_assert_uint_eq(w->nresults, 2);
	ck_assert_uint_eq(w->result, CANDM_STT_SUCCESS);
	ck_assert_double_eq_tol(world_error(w) - before, -0.02, 2e-4);
	ck_assert_double_eq_tol(w->base_ppm, -3, 1e-9);
	world_end(w, c);
}
END_TEST

START_TEST(settings)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n");
	struct world *w = world_new(0, 5);

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	memset(&body, 0, sizeof(body));
	body.value = 7;
	expect(w, CANDM_REQ_MODIFY_MAXUPDATESKEW, CANDM_STT_SUCCESS);
	ck_assert_double_eq(w->engine->disc.conf.maxupdateskew_ppm, 7);
	memset(&body, 0, sizeof(body));
	body.makestep.limit = 2;
	body.makestep.threshold_s = 1;
	expect(w, CANDM_REQ_MODIFY_MAKESTEP, CANDM_STT_SUCCESS);
	world_run(w, 10, NULL);
	ck_assert_uint_eq(w->steps, 1);
	memset(&body, 0, sizeof(body));
	body.local.on = 1;
	body.local.stratum = 7;
	body.local.distance_s = 0.5;
	body.local.activate_s = -1;
	expect(w, CANDM_REQ_LOCAL, CANDM_STT_FAILED);
	body.local.activate_s = 1;
	body.local.orphan = 1;
	expect(w, CANDM_REQ_LOCAL, CANDM_STT_SUCCESS);
	ck_assert_uint_eq(w->engine->local.orphan, 1);
	ck_assert_double_eq(w->engine->local.activate_s, 1);
	ck_assert_double_eq(w->engine->local.distance_s, 0.5);
	ck_assert_uint_eq(w->engine->local.stratum, 7);
	/* all that was measured is forgotten, and measured again */
	memset(&body, 0, sizeof(body));
	expect(w, CANDM_REQ_RESET_SOURCES, CANDM_STT_SUCCESS);
	report(w, CANDM_REQ_TRACKING);
	ck_assert_uint_eq(w->report.body.tracking.refid, 0x7f7f0101);
	world_run(w, 200, NULL);
	report(w, CANDM_REQ_TRACKING);
	ck_assert_uint_eq(w->report.body.tracking.refid, 0xc0000201);
	expect(w, CANDM_REQ_RESELECT, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_REFRESH, CANDM_STT_SUCCESS);
	world_end(w, c);
}
END_TEST

START_TEST(options)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "server 192.0.2.2 iburst prefer\n");
	struct world *w = world_new(0, 0);
	const struct report_selectdata *r = &w->report.body.selectdata;
	const struct association *a;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_start(w, c, RUN_DAEMON);
	world_run(w, 100, NULL);
	a = &w->engine->sources[0]->a;
	about("192.0.2.1");
	body.real_of.value = 0.5;
	expect(w, CANDM_REQ_MODIFY_MAXDELAY, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_MODIFY_MAXDELAYRATIO, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_MODIFY_MAXDELAYDEVRATIO, CANDM_STT_SUCCESS);
	ck_assert_double_eq(a->conf.maxdelay_s, 0.5);
	ck_assert_double_eq(a->conf.maxdelayratio, 0.5);
	ck_assert_double_eq(a->conf.maxdelaydevratio, 0.5);
	body.real_of.value = -1;
	expect(w, CANDM_REQ_MODIFY_MAXDELAY, CANDM_STT_FAILED);
	about("192.0.2.1");
	body.number_of.value = 5;
	expect(w, CANDM_REQ_MODIFY_MINSTRATUM, CANDM_STT_SUCCESS);
	expect(w, CANDM_REQ_MODIFY_POLLTARGET, CANDM_STT_SUCCESS);
	ck_assert_int_eq(a->conf.polltarget, 5);
	body.number_of.value = 16;
	expect(w, CANDM_REQ_MODIFY_MINSTRATUM, CANDM_STT_FAILED);
	/* the preferred one is followed until the other is preferred */
	about(NULL);
	body.index = 1;
	report(w, CANDM_REQ_SELECT_DATA);
	ck_assert_uint_eq(r->state, '*');
	ck_assert_uint_eq(r->conf_options, REPORT_OPT_PREFER);
	ck_assert_double_lt(r->offset_lo_s, r->offset_hi_s);
	about("192.0.2.2");
	body.selectopts.mask = REPORT_OPT_PREFER | REPORT_OPT_NOSELECT;
	body.selectopts.options = REPORT_OPT_NOSELECT;
	expect(w, CANDM_REQ_SELECTOPTS, CANDM_STT_SUCCESS);
	about(NULL);
	body.index = 1;
	report(w, CANDM_REQ_SELECT_DATA);
	ck_assert_uint_eq(r->state, 'N');
	body.index = 0;
	report(w, CANDM_REQ_SELECT_DATA);
	ck_assert_uint_eq(r->state, '*');
	/* all its samples move, and with them the clock */
	about("192.0.2.1");
	body.offset.offset_s = 0.05;
	expect(w, CANDM_REQ_OFFSET, CANDM_STT_SUCCESS);
	world_run(w, 400, NULL);
	ck_assert_double_eq_tol(world_error(w), -0.05, 1e-3);
	about("192.0.2.3");
	expect(w, CANDM_REQ_OFFSET, CANDM_STT_NOSUCHSOURCE);
	expect(w, CANDM_REQ_SELECTOPTS, CANDM_STT_NOSUCHSOURCE);
	memset(&body, 0, sizeof(body));
	body.value = 0.25;
	expect(w, CANDM_REQ_RESELECTDISTANCE, CANDM_STT_SUCCESS);
	ck_assert_double_eq(w->engine->reselectdist_s, 0.25);
	body.value = -1;
	expect(w, CANDM_REQ_RESELECTDISTANCE, CANDM_STT_FAILED);
	world_end(w, c);
}
END_TEST

START_TEST(ntpdata)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n");
	struct world *w = world_new(0, 0.5);
	const struct report_ntpdata *r = &w->report.body.ntpdata;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	about("192.0.2.1");
	report(w, CANDM_REQ_NTP_DATA);
	ck_assert_uint_eq(r->total_tx, 0);
	ck_assert_uint_eq(r->version, 0);
	world_run(w, 20, NULL);
	report(w, CANDM_REQ_NTP_DATA);
	ck_assert_uint_eq(r->mode, NTP_MODE_SERVER);
	ck_assert_uint_eq(r->version, 4);
	ck_assert_uint_eq(r->stratum, 2);
	ck_assert_uint_eq(r->tests, REPORT_TEST_ALL);
	ck_assert_uint_ge(r->total_tx, 4);
	ck_assert_uint_eq(r->total_good, r->total_valid);
	ck_assert_double_eq_tol(r->delay_s, 0.02, 5e-3);
	ck_assert_double_eq_tol(r->response_s, 1e-5, 1e-7);
	about("192.0.2.9");
	expect(w, CANDM_REQ_NTP_DATA, CANDM_STT_NOSUCHSOURCE);
	expect(w, CANDM_REQ_AUTH_DATA, CANDM_STT_NOSUCHSOURCE);
	world_end(w, c);
}
END_TEST

/* The state of the clock and of each source, with its reason and its age. */
START_TEST(health)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "server 192.0.2.2 iburst\nserver 192.0.2.3 offline\n"
	    "server a.example\n");
	struct world *w = world_new(10, 0.5);
	const struct report_health *h = &w->report.body.health;
	const struct report_explain *x = &w->report.body.explain;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_server_add(w, "192.0.2.3");
	w->servers[1].dead = 1;
	world_start(w, c, RUN_DAEMON);
	memset(&body, 0, sizeof(body));
	report(w, CANDM_REQ_HEALTH);
	ck_assert_uint_eq(h->state, REPORT_HEALTH_STARTING);
	world_run(w, 1000, NULL);
	report(w, CANDM_REQ_HEALTH);
	ck_assert_uint_eq(h->state, REPORT_HEALTH_SYNC);
	ck_assert_uint_eq(h->n_sources, 4);
	ck_assert_uint_eq(h->n_used, 1);
	ck_assert_uint_eq(h->n_silent, 1);
	ck_assert_uint_eq(h->n_offline, 1);
	ck_assert_uint_eq(h->n_unresolved, 1);
	ck_assert_uint_ge(h->since_s, 900);
	ck_assert_double_gt(h->error_s, fabs(world_error(w)));
	ck_assert_str_eq(h->name, "192.0.2.1");
	body.index = 0;
	report(w, CANDM_REQ_EXPLAIN);
	ck_assert_uint_eq(x->reason, REPORT_REASON_SELECTED);
	ck_assert_uint_ge(x->since_s, 900);
	body.index = 1;
	report(w, CANDM_REQ_EXPLAIN);
	ck_assert_uint_eq(x->reason, REPORT_REASON_NO_REPLY);
	ck_assert_uint_ge(x->unanswered, 8);
	body.index = 2;
	report(w, CANDM_REQ_EXPLAIN);
	ck_assert_uint_eq(x->reason, REPORT_REASON_OFFLINE);
	ck_assert_uint_ge(x->since_s, 990);
	body.index = 3;
	report(w, CANDM_REQ_EXPLAIN);
	ck_assert_uint_eq(x->reason, REPORT_REASON_UNRESOLVED);
	body.index = 4;
	expect(w, CANDM_REQ_EXPLAIN, CANDM_STT_NOSUCHSOURCE);
	/* the only one goes away: the clock is held */
	w->servers[0].dead = 1;
	world_run(w, 40000, NULL);
	memset(&body, 0, sizeof(body));
	report(w, CANDM_REQ_HEALTH);
	ck_assert_uint_eq(h->state, REPORT_HEALTH_HOLDING);
	ck_assert_uint_eq(h->reason, REPORT_REASON_NO_REPLY);
	ck_assert_uint_lt(h->since_s, 39500);
	world_end(w, c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("command");
	TCase *tc = tcase_create("command");

	tcase_add_test(tc, connectivity);
	tcase_add_test(tc, polls);
	tcase_add_test(tc, options_without_address);
	tcase_add_test(tc, add_and_delete);
	tcase_add_test(tc, manual_time);
	tcase_add_test(tc, offset_and_frequency);
	tcase_add_test(tc, settings);
	tcase_add_test(tc, options);
	tcase_add_test(tc, ntpdata);
	tcase_add_test(tc, health);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
