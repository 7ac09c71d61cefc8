/*
 * ntpctl: status, check, wait, watch and reload, with a daemon that has our
 * requests and with a chronyd.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ntpctl/commands.h"
#include "ntpctl/health.h"
#include "regress/unit/fakedaemon.h"
#include "regress/unit/unit.h"

static struct report_health *
healthy(void)
{
	struct report_health	*h;

	h = &fake_canned(CANDM_REQ_HEALTH, CANDM_RPY_HEALTH)->body.health;
	h->state = REPORT_HEALTH_SYNC;
	h->reason = REPORT_REASON_NONE;
	h->since_s = 600;
	h->error_s = 0.0034;
	h->offset_s = -0.000012;
	h->freq_ppm = -20.5;
	h->skew_ppm = 0.25;
	h->stratum = 2;
	h->n_sources = 2;
	h->n_used = 1;
	h->n_silent = 1;
	h->since_step_s = REPORT_NEVER;
	return (h);
}

static struct report_explain *
explained(void)
{
	struct report_explain	*e;

	e = &fake_canned(CANDM_REQ_EXPLAIN, CANDM_RPY_EXPLAIN)->body.explain;
	e->addr = fake_inet;
	e->letter = '*';
	e->reason = REPORT_REASON_SELECTED;
	e->stratum = 1;
	e->since_s = 540;
	e->offset_s = -0.00008;
	e->error_s = 0.0034;
	strlcpy(e->name, "ntp.example.net", sizeof(e->name));
	return (e);
}

/* What a state of the clock, or of a source, is called. */
static void
clock_says(const struct report_health *h, const char *want)
{
	struct text	 t;

	text_init(&t);
	health_clock_text(&t, h, FAKE_NOW_NS);
	ck_assert_str_eq(t.data, want);
	text_free(&t);
}

static void
source_says(const struct report_explain *e, const char *want)
{
	struct text	 t;

	text_init(&t);
	health_source_text(&t, e, FAKE_NOW_NS);
	ck_assert_str_eq(t.data, want);
	text_free(&t);
}

START_TEST(words_of_clock)
{
	struct report_health	 h = *healthy();

	h.since_s = REPORT_NEVER;
	h.offset_s = 0;
	clock_says(&h, "Right, to 3.40 ms at worst, less than 1 ns off");
	h.offset_s = 4.33;
	h.error_s = 4.34;
	clock_says(&h, "Wrong by about 4.33 s (behind), being corrected; "
	    "`ntpctl makestep' steps it now");
	h.reason = REPORT_REASON_NO_STEP;
	clock_says(&h, "Wrong by about 4.33 s (behind), being corrected; "
	    "too far off, and it may not step; `ntpctl makestep' steps it "
	    "now");
	h.reason = REPORT_REASON_SELECTED;
	h.offset_s = -4.33;
	h.untouched = 1;
	clock_says(&h, "Wrong by about 4.33 s (ahead)");
	h.offset_s = 1e-5;
	h.error_s = 2e-5;
	h.state = REPORT_HEALTH_HOLDING;
	h.reason = REPORT_REASON_OFFLINE;
	clock_says(&h, "Right still, without a source, to 20.0 us at worst, "
	    "about 10.0 us behind; all sources are offline; `ntpctl online' "
	    "changes that");
	h.state = REPORT_HEALTH_NO_MAJORITY;
	h.reason = REPORT_REASON_FALSETICKER;
	clock_says(&h, "Not known: the sources disagree, no majority; of "
	    "three or more, one that is wrong is outvoted");
	h.state = REPORT_HEALTH_WAITING;
	h.reason = REPORT_REASON_UNRESOLVED;
	clock_says(&h, "Not right yet: waiting for replies; no name has an "
	    "address yet; does DNS work?");
	h.state = REPORT_HEALTH_UNUSABLE;
	h.reason = REPORT_REASON_KISS_DENY;
	clock_says(&h, "Not known: no source can be used; the sources refuse "
	    "this computer (DENY); use other servers");
}
END_TEST

START_TEST(words_of_source)
{
	struct report_explain	 e;

	memset(&e, 0, sizeof(e));
	e.since_valid_s = REPORT_NEVER;
	e.reason = REPORT_REASON_ICMP;
	e.error = ENETUNREACH;
	source_says(&e, "not reached: Network is unreachable; is the network "
	    "up?");
	e.error = ECONNREFUSED;
	source_says(&e, "not reached: Connection refused; does an NTP server "
	    "run there?");
	e.error = EPERM;
	source_says(&e, "not reached: Operation not permitted; does a "
	    "firewall of this computer forbid it?");
	e.reason = REPORT_REASON_FALSETICKER;
	e.value_s = 5;
	source_says(&e, "disagrees with the others: it says that this clock "
	    "is 5.00 s behind; its time is wrong, or theirs");
	e.reason = REPORT_REASON_KISS_RSTR;
	source_says(&e, "refuses this computer (RSTR); use another server; "
	    "it is asked once an hour");
}
END_TEST

START_TEST(status)
{
	struct report_health	*h;
	struct report_explain	*e;

	fake_one_source();
	h = healthy();
	e = explained();
	fake_run("status", 0,
	    "Clock       Right, to 3.40 ms at worst, about 12.0 us ahead, "
	    "since 05:36:12 UTC\n"
	    "Source      ntp.example.net (192.0.2.1), clock at stratum 2\n"
	    "Frequency   20.500 ppm slow, +/- 0.250 ppm\n"
	    "Sources     2: 1 used, 1 silent\n"
	    "* ntp.example.net (192.0.2.1)  stratum 1, +80.0 us +/- 3.40 ms\n"
	    "    the clock follows it (since 05:37:12 UTC)\n", "");
	h->offset_s = 0.0999;
	fake_run("status", 0, NULL, "");
	h->offset_s = 0.1001;
	fake_run("status", -1, NULL, "");
	h->state = REPORT_HEALTH_WAITING;
	h->reason = REPORT_REASON_NO_REPLY;
	h->untouched = 1;
	h->guard_refused = 2;
	h->step_s = 1.5;
	h->since_step_s = 700;
	h->leap = REPORT_LEAP_INSERT;
	e->letter = 'M';
	e->reason = REPORT_REASON_NO_REPLY;
	e->unanswered = 8;
	e->since_valid_s = 62;
	fake_run("status", -1,
	    "Clock       Not right yet: waiting for replies, since "
	    "05:36:12 UTC; no reply; is UDP 123 blocked?\n"
	    "Frequency   20.500 ppm slow, +/- 0.250 ppm\n"
	    "Leap        a second is inserted at the end of the month\n"
	    "Last step   +1.50 s at 05:34:32 UTC\n"
	    "Guard       2 changes of the clock refused; see the log\n"
	    "Note        the daemon runs with -x: it does not touch this "
	    "computer's clock\n"
	    "Sources     2: 1 used, 1 silent\n"
	    "M ntp.example.net (192.0.2.1)\n"
	    "    no reply since 05:45:10 UTC: 8 requests unanswered; is UDP "
	    "123 blocked? (since 05:37:12 UTC)\n", "");
	ctl.style.format = OUTPUT_CSV;
	fake_run("status", -1, NULL, "");
	ck_assert_int_eq(strncmp(fake.printed.data, "waiting,no_reply,"
	    "\"Not right yet: waiting for replies, since 05:36:12 UTC; no "
	    "reply; is UDP 123 blocked?\",600,", 100), 0);
	ctl.style.format = OUTPUT_JSON;
	fake_run("status", -1, NULL, "");
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "{\"health\":{\"state\":\"waiting\",\"reason\":\"no_reply\","));
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "},\"explain\":[{\"name\":\"ntp.example.net\","));
}
END_TEST

/* A chronyd, which refuses selectdata to us. */
START_TEST(status_of_chronyd)
{
	struct report_tracking	*t;

	fake_one_source();
	t = &fake_canned(CANDM_REQ_TRACKING, CANDM_RPY_TRACKING)->body.tracking;
	t->addr = fake_inet;
	t->refid = 0xc0000201;
	t->stratum = 2;
	t->correction_s = 0.25;
	t->root_delay_s = 0.5;
	t->ref_time_ns = FAKE_NOW_NS - 5000000000LL;
	fake_run("status", -1,
	    "Clock       Wrong by about 250 ms (behind), being corrected; "
	    "`ntpctl makestep' steps it now\n"
	    "Source      192.0.2.1, clock at stratum 2\n"
	    "Frequency   0.000 ppm, +/- 0.000 ppm\n"
	    "Sources     1: 1 used\n"
	    "* 192.0.2.1  stratum 1, +500 ms +/- 0 ns\n"
	    "    the clock follows it\n", "");
	fake.replies[1].body.source.state = REPORT_STATE_NONSELECTABLE;
	fake.replies[1].body.source.reach = 0;
	t->leap = REPORT_LEAP_UNSYNC;
	fake_run("status", -1, NULL, "");
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "Not right yet: waiting for replies; no reply; is UDP 123 "
	    "blocked?\n"));
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "    no reply since 05:46:02 UTC: 8 requests unanswered; is UDP "
	    "123 blocked?\n"));
}
END_TEST

START_TEST(every_reason_has_words)
{
	struct report_explain	e;
	struct report_health	h;
	struct text		t;
	unsigned		i;

	memset(&e, 0, sizeof(e));
	memset(&h, 0, sizeof(h));
	text_init(&t);
	for (i = REPORT_REASON_NONE + 1; i < REPORT_REASON_COUNT; i++) {
		e.reason = i;
		text_clear(&t);
		health_source_text(&t, &e, FAKE_NOW_NS);
		ck_assert_ptr_nonnull(t.data);
		ck_assert_msg(strncmp(t.data, "not judged", 10) != 0,
		    "reason %u", i);
	}
	for (i = 0; i < REPORT_HEALTH_COUNT; i++) {
		h.state = i;
		text_clear(&t);
		health_clock_text(&t, &h, FAKE_NOW_NS);
		ck_assert_msg(strncmp(t.data, "Unknown", 7) != 0 &&
		    strncmp(t.data, "(null)", 6) != 0, "state %u", i);
	}
	e.reason = REPORT_REASON_TESTS;
	e.tests = REPORT_TEST_ALL & ~REPORT_TEST_6 & ~REPORT_TEST_LOOP;
	text_clear(&t);
	health_source_text(&t, &e, FAKE_NOW_NS);
	ck_assert_str_eq(t.data,
	    "replies are not good: not synchronised, a loop");
	e.reason = REPORT_REASON_DISTANCE;
	e.value_s = 4;
	e.limit_s = 3;
	text_clear(&t);
	health_source_text(&t, &e, FAKE_NOW_NS);
	ck_assert_str_eq(t.data, "too far from the true time: 4.00 s, at most "
	    "3.00 s; a nearer server, or `maxdistance'");
	text_free(&t);
}
END_TEST

START_TEST(check_and_wait)
{
	struct report_health	*h;

	fake_one_source();
	fake_run("check", -1, "NTP UNKNOWN: 502 Invalid command\n", "");
	ck_assert_int_eq(ctl.code, 3);
	h = healthy();
	fake_run("check", 0,
	    "NTP OK: Right, to 3.40 ms at worst, about 12.0 us ahead, "
	    "since 05:36:12 UTC | error=0.003400000s;0.01;0.1;0 "
	    "offset=0.000012000s frequency=-20.500ppm stratum=2;;;0;16 "
	    "sources=2;;;0 used=1;;;0\n", "");
	ck_assert_int_eq(ctl.code, 0);
	fake_run("check -w 1ms -c 1s", -1, NULL, "");
	ck_assert_int_eq(ctl.code, 1);
	fake_run("check -c 1ms", -1, NULL, "");
	ck_assert_int_eq(ctl.code, 2);
	fake_run("check -w", -1, "",
	    "NTP UNKNOWN: Invalid syntax for check command\n");
	ck_assert_int_eq(ctl.code, 3);
	fake_run("wait --error 10ms --timeout 3s", 0, "", "");
	fake_run("wait --error 1us --timeout 3s", -1, "",
	    "Right, to 3.40 ms at worst, about 12.0 us ahead, "
	    "since 05:36:12 UTC\n");
	/* the time that asking takes counts */
	fake.ask_s = 7;
	fake.elapsed_s = 0;
	fake_run("wait --error 1us --timeout 10s", -1, "", NULL);
	ck_assert(fake.elapsed_s >= 10 && fake.elapsed_s < 18);
	fake.ask_s = 0;
	h->state = REPORT_HEALTH_NO_MAJORITY;
	fake_run("check", -1, "NTP CRITICAL: Not known: the sources "
	    "disagree, no majority, since 05:36:12 UTC | "
	    "error=U;0.01;0.1;0 offset=U frequency=-20.500ppm "
	    "stratum=2;;;0;16 sources=2;;;0 used=1;;;0\n", "");
	ck_assert_int_eq(ctl.code, 2);
	fake_run("tracking", -1, NULL, "");
	ck_assert_int_eq(ctl.code, 0);
}
END_TEST

START_TEST(reload)
{
	struct report_reload	*r;
	struct report_reload_line *l;

	r = &fake_canned(CANDM_REQ_RELOAD, CANDM_RPY_RELOAD)->body.reload;
	r->result = REPORT_RELOAD_ERROR;
	r->n_lines = 1;
	l = &fake_canned(CANDM_REQ_RELOAD_TEXT, CANDM_RPY_RELOAD_TEXT)->body
	    .reload_line;
	l->kind = REPORT_LINE_ERROR;
	strlcpy(l->text, "/etc/ntpd.conf:3: minpoll: too large",
	    sizeof(l->text));
	fake.pending = 3;
	fake_run("reload", -1, "",
	    "error: /etc/ntpd.conf:3: minpoll: too large\n"
	    "The old configuration stays in effect.\n");
	r->result = REPORT_RELOAD_DONE;
	l->kind = REPORT_LINE_CHANGE;
	strlcpy(l->text, "server a: minpoll 6 -> 4", sizeof(l->text));
	fake_run("reload", 0, "server a: minpoll 6 -> 4\n"
	    "The new configuration is in effect.\n", "");
	fake_in_format(OUTPUT_JSON, "reload", "{\"reload\":{\"result\":"
	    "\"done\",\"lines\":[{\"kind\":\"change\",\"text\":"
	    "\"server a: minpoll 6 -> 4\"}]}}\n");
	ctl.style.format = OUTPUT_METRICS;
	fake_run("reload", 0, "", "server a: minpoll 6 -> 4\n"
	    "The new configuration is in effect.\n");
	/* another daemon answers when the lines are asked for */
	fake.replies[1].status = CANDM_STT_FAILED;
	ctl.style.format = OUTPUT_JSON;
	fake_run("reload", -1,
	    "{\"status\":500,\"message\":\"Failure\"}\n", "");
	ctl.style.format = OUTPUT_TEXT;
	fake_run("reload", -1, "500 Failure\n", "");
	fake.replies[1].status = CANDM_STT_SUCCESS;
	fake.pending = 10000;
	fake_run("reload", -1, "", "The reload does not come to an end\n");
}
END_TEST

START_TEST(watch)
{
	const char	*p;
	unsigned	 homes = 0;

	fake_one_source();
	healthy();
	explained();
	ctl.limits.retries = 2;
	fake_run("watch 1s", 0, NULL, "");
	ck_assert_int_eq(fake.limits.retries, 2);
	for (p = fake.printed.data; (p = strstr(p, "\033[H")) != NULL; p++)
		homes++;
	ck_assert_uint_eq(homes, 3);
	ck_assert_ptr_nonnull(strstr(fake.printed.data, "q: quit"));
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "Offset      \342\226\201\342\226\201\342\226\201 "));
	fake_run("watch x", -1, "", "Invalid syntax for watch command\n");
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("ntpctl_status");
	TCase	*tc = tcase_create("ntpctl_status");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, fake_setup,
	    fake_teardown);
	tcase_add_test(tc, words_of_clock);
	tcase_add_test(tc, words_of_source);
	tcase_add_test(tc, status);
	tcase_add_test(tc, status_of_chronyd);
	tcase_add_test(tc, every_reason_has_words);
	tcase_add_test(tc, check_and_wait);
	tcase_add_test(tc, reload);
	tcase_add_test(tc, watch);
	return (unit_run(suite));
}
