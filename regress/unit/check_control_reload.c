/* ntpd/control/control_reload.c: one reload a token, and its lines. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/control/control_reload.h"
#include "regress/unit/unit.h"

static struct control_reload	 cr;
static struct report_reload	 r;

static void
setup(void)
{
	memset(&cr, 0, sizeof(cr));
}

static void
teardown(void)
{
	control_reload_free(&cr);
}

static void
done(int ok, uint32_t nlines, const char *text, int64_t now_ns)
{
	struct msg_reloadresult m;

	memset(&m, 0, sizeof(m));
	m.ok = (uint32_t)ok;
	m.nlines = nlines;
	m.len = (uint32_t)strlen(text);
	control_reload_done(&cr, &m, strdup(text), now_ns);
}

START_TEST(one_a_token)
{
	struct report_reload_line line;

	ck_assert_int_eq(control_reload_line(&cr, 0, &line), -1);
	ck_assert_int_eq(control_reload_request(&cr, 7, 0, &r), 1);
	ck_assert_uint_eq(r.token, 7);
	ck_assert_uint_eq(r.result, REPORT_RELOAD_PENDING);
	control_reload_asked(&cr, 7);
	/* its client asks again: not another one */
	ck_assert_int_eq(control_reload_request(&cr, 7, 0, &r), 0);
	ck_assert_uint_eq(r.result, REPORT_RELOAD_PENDING);
	ck_assert_int_eq(control_reload_line(&cr, 0, &line), -1);
	done(1, 3, "cadded server a\nwneeds a restart: user b\ncx\n", 1);
	ck_assert_int_eq(control_reload_request(&cr, 7, 2, &r), 0);
	ck_assert_uint_eq(r.result, REPORT_RELOAD_DONE);
	ck_assert_uint_eq(r.n_lines, 3);
	ck_assert_int_eq(control_reload_line(&cr, 0, &line), 0);
	ck_assert_uint_eq(line.kind, REPORT_LINE_CHANGE);
	ck_assert_str_eq(line.text, "added server a");
	ck_assert_int_eq(control_reload_line(&cr, 1, &line), 0);
	ck_assert_uint_eq(line.kind, REPORT_LINE_WARNING);
	ck_assert_int_eq(control_reload_line(&cr, 2, &line), 0);
	ck_assert_str_eq(line.text, "x");
	ck_assert_int_eq(control_reload_line(&cr, 3, &line), -1);
	/* all is read: the next one may begin */
	ck_assert_int_eq(control_reload_request(&cr, 8, 3, &r), 1);
}
END_TEST

START_TEST(two_clients)
{
	struct report_reload_line line;

	control_reload_asked(&cr, 1);
	ck_assert_int_eq(control_reload_request(&cr, 2, 0, &r), 0);
	ck_assert_uint_eq(r.token, 2);
	ck_assert_uint_eq(r.result, REPORT_RELOAD_PENDING);
	done(0, 1, "ef:1: no\n", 0);
	/* the first one's lines are still to be read */
	ck_assert_int_eq(control_reload_request(&cr, 2, NS_PER_SEC, &r), 0);
	ck_assert_int_eq(control_reload_request(&cr, 1, NS_PER_SEC, &r), 0);
	ck_assert_uint_eq(r.result, REPORT_RELOAD_ERROR);
	ck_assert_int_eq(control_reload_line(&cr, 0, &line), 0);
	ck_assert_uint_eq(line.kind, REPORT_LINE_ERROR);
	ck_assert_int_eq(control_reload_request(&cr, 2, NS_PER_SEC, &r), 1);
	/* one who does not read them does not hold up others */
	control_reload_asked(&cr, 3);
	done(1, 1, "cx\n", 0);
	ck_assert_int_eq(control_reload_request(&cr, 4,
	    CONTROL_RELOAD_READ_NS, &r), 1);
}
END_TEST

START_TEST(results)
{
	static const char *const bad[] = { "", "c", "cx", "cx\n\n", "cx\ncy" };
	struct report_reload_line line;
	struct msg_reloadresult m;
	size_t i;

	control_reload_asked(&cr, 1);
	done(1, 0, "", 0);
	ck_assert_int_eq(control_reload_request(&cr, 1, 0, &r), 0);
	ck_assert_uint_eq(r.result, REPORT_RELOAD_SAME);
	ck_assert_uint_eq(r.n_lines, 0);
	/* lines that are not as announced are none */
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		control_reload_asked(&cr, 2 + (uint32_t)i);
		done(1, 2, bad[i], 0);
		ck_assert_uint_eq(cr.nlines, 0);
		ck_assert_int_eq(control_reload_line(&cr, 0, &line), -1);
	}
	/* an answer that nobody waits for */
	done(1, 1, "cx\n", 0);
	ck_assert_uint_eq(cr.nlines, 0);
	/* it could not be read */
	control_reload_asked(&cr, 99);
	memset(&m, 0, sizeof(m));
	m.nlines = 3;
	m.len = 9;
	control_reload_done(&cr, &m, NULL, 0);
	ck_assert_int_eq(control_reload_request(&cr, 99, 0, &r), 0);
	ck_assert_uint_eq(r.result, REPORT_RELOAD_ERROR);
	ck_assert_uint_eq(r.n_lines, 0);
}
END_TEST

/* A reply is never longer than its request. */
START_TEST(replies)
{
	struct control_job job;
	struct report_reload_line line;
	uint8_t buf[CANDM_REPLY_MAX];

	memset(&job, 0, sizeof(job));
	memset(&r, 0, sizeof(r));
	memset(&line, 0, sizeof(line));
	job.command = CANDM_REQ_RELOAD;
	job.number = CANDM_RPY_RELOAD;
	job.request_len = 40;
	ck_assert_uint_eq(control_reload_reply(&job, &r, NULL, buf), 40);
	job.request_len = 39;
	ck_assert_uint_eq(control_reload_reply(&job, &r, NULL, buf), 0);
	job.command = CANDM_REQ_RELOAD_TEXT;
	job.number = CANDM_RPY_RELOAD_TEXT;
	job.request_len = CANDM_REQUEST_MAX;
	ck_assert_uint_gt(control_reload_reply(&job, NULL, &line, buf), 100);
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("control_reload");
	Suite *s = suite_create("control_reload");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_a_token);
	tcase_add_test(tc, two_clients);
	tcase_add_test(tc, results);
	tcase_add_test(tc, replies);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
