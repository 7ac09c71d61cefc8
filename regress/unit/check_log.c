/*
 * common/log.c: what reaches the sink at which verbosity, errno texts, long
 * lines, and that fatal() ends the process after it has told why.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "regress/unit/unit.h"

struct capture {
	int		n;
	enum log_level	level;
	char		line[LOG_LINE_MAX + 8];
};

static void
capture_sink(void *ctx, enum log_level level, const char *line)
{
	struct capture *c = ctx;

	c->n++;
	c->level = level;
	snprintf(c->line, sizeof(c->line), "%s", line);
	errno = ERANGE;		/* a sink may do that */
}

START_TEST(verbosity_decides)
{
	struct capture c;
	int verbosity, expected;

	for (verbosity = 0; verbosity <= 2; verbosity++) {
		memset(&c, 0, sizeof(c));
		log_init(capture_sink, &c, verbosity);
		ck_assert_int_eq(log_get_verbosity(), verbosity);
		expected = 0;
		log_info("i");
		ck_assert_int_eq(c.n, ++expected);
		ck_assert_int_eq(c.level, LOG_LEVEL_INFO);
		log_warnx("w");
		ck_assert_int_eq(c.n, ++expected);
		ck_assert_int_eq(c.level, LOG_LEVEL_WARN);
		log_at(LOG_LEVEL_ERROR, "e");
		ck_assert_int_eq(c.n, ++expected);
		ck_assert_int_eq(c.level, LOG_LEVEL_ERROR);
		log_debug("d");
		log_at(LOG_LEVEL_DEBUG, "d");
		expected += verbosity >= 1 ? 2 : 0;
		ck_assert_int_eq(c.n, expected);
		log_trace("t");
		expected += verbosity >= 2 ? 1 : 0;
		ck_assert_int_eq(c.n, expected);
		if (verbosity >= 2)
			ck_assert_int_eq(c.level, LOG_LEVEL_DEBUG);
	}
}
END_TEST

START_TEST(text_and_errno)
{
	struct capture c = { 0 };

	log_init(capture_sink, &c, 0);
	errno = ENOENT;
	log_warn("open %s %d", "x", 7);
	ck_assert_str_eq(c.line, "open x 7: No such file or directory");
	ck_assert_int_eq(errno, ENOENT);
	errno = ENOENT;
	log_warnx("plain %s", "%n%s");
	ck_assert_str_eq(c.line, "plain %n%s");
	log_init(NULL, NULL, 2);
	log_warnx("nobody hears this");
	ck_assert_int_eq(c.n, 2);
}
END_TEST

START_TEST(long_lines_are_cut)
{
	struct capture c = { 0 };
	char text[3 * LOG_LINE_MAX];
	size_t len;

	log_init(capture_sink, &c, 0);
	for (len = LOG_LINE_MAX - 10; len < LOG_LINE_MAX + 10; len++) {
		memset(text, 'a', sizeof(text));
		text[len] = '\0';
		errno = EPERM;
		log_warn("%s", text);
		ck_assert_uint_lt(strlen(c.line), LOG_LINE_MAX);
		ck_assert_uint_ge(strlen(c.line), LOG_LINE_MAX - 10);
	}
	text[len] = 'a';
	text[sizeof(text) - 1] = '\0';
	log_info("%s", text);
	ck_assert_uint_eq(strlen(c.line), LOG_LINE_MAX - 1);
}
END_TEST

static void
must_be_fatal(void *ctx, enum log_level level, const char *line)
{
	/* a wrong line ends the test with another status than 1 */
	if (level != LOG_LEVEL_ERROR || strcmp(line, ctx) != 0)
		_Exit(7);
}

START_TEST(fatal_exits)
{
	static char text[] = "no way: Permission denied";

	log_init(must_be_fatal, text, 0);
	errno = EACCES;
	fatal("no %s", "way");
}
END_TEST

START_TEST(fatalx_exits)
{
	static char text[] = "no 3";

	log_init(must_be_fatal, text, 0);
	fatalx("no %d", 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = tcase_create("log");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, verbosity_decides);
	tcase_add_test(tc, text_and_errno);
	tcase_add_test(tc, long_lines_are_cut);
	tcase_add_exit_test(tc, fatal_exits, 1);
	tcase_add_exit_test(tc, fatalx_exits, 1);
	return (unit_run(suite));
}
