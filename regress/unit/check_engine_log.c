/*
 * What the engine writes for people and programs: the measurement logs and
 * the lines of the log.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/engine/engine_log.h"
#include "ntpd/engine/engine_say.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

static unsigned
words(const char *line)
{
	unsigned n = 0;

	for (; *line != '\0'; line++)
		n += *line != ' ' && (line[1] == ' ' || line[1] == '\0');
	return (n);
}

START_TEST(test_log_entries)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n"
	    "log measurements statistics tracking selection\nlogdir /x\n");
	struct world *w = world_new(30, 0.25);
	double off, delay, lo, hi;

	world_server_add(w, "192.0.2.1");
	world_start(w, c, RUN_DAEMON);
	/* after the first sample */
	world_run(w, 5.1, NULL);
	ck_assert_uint_eq(words(w->entries[LOG_MEASUREMENTS]), 20);
	ck_assert_int_eq(sscanf(w->entries[LOG_MEASUREMENTS],
	    "%*s %*s 192.0.2.1 N 2 111 111 1111 %*d %*d %*f %lf %lf", &off,
	    &delay), 2);
	ck_assert_double_eq_tol(off, 0.25, 2e-3);
	ck_assert_double_eq_tol(delay, 0.02, 5e-3);
	ck_assert_uint_eq(words(w->entries[LOG_STATISTICS]), 13);
	ck_assert_int_eq(sscanf(w->entries[LOG_STATISTICS],
	    "%*s %*s 192.0.2.1 %*f %lf", &off), 1);
	/* chrony's sign here */
	ck_assert_double_eq_tol(off, -0.25, 2e-3);
	ck_assert_uint_eq(words(w->entries[LOG_TRACKING]), 14);
	ck_assert_int_eq(sscanf(w->entries[LOG_TRACKING],
	    "%*s %*s 192.0.2.1 3 %*f %*f %lf N 1", &off), 1);
	/* chrony's sign: positive where the clock was ahead */
	ck_assert_double_eq_tol(off, -0.25, 2e-3);
	ck_assert_uint_eq(words(w->entries[LOG_SELECTION]), 10);
	ck_assert_int_eq(sscanf(w->entries[LOG_SELECTION],
	    "%*s %*s 192.0.2.1 * ----- 1 1.00 %lf %lf %lf", &delay, &lo,
	    &hi), 3);
	ck_assert_double_lt(lo, -0.25);
	ck_assert_double_gt(hi, -0.25);
	ck_assert_double_lt(hi, -0.2);
	world_end(w, c);
}
END_TEST

/* selection.log, column by column. */
START_TEST(test_log_choice)
{
	struct engine_log_choice choice = { .state = '+', .prefer = 1,
	    .reach = 0377, .score = 1.5, .since_s = 23.25, .lo_s = -1.5e-3,
	    .hi_s = 2.25e-3 };
	char buf[128];

	ck_assert_str_eq(engine_log_format_choice(&choice, buf, sizeof(buf)),
	    "+ --P--  377  1.50  2.325e+01 -1.500e-03  2.250e-03");
	choice.noselect = choice.trust = choice.require = 1;
	choice.state = 'N';
	ck_assert_str_eq(engine_log_format_choice(&choice, buf, sizeof(buf)),
	    "N -NPTR  377  1.50  2.325e+01 -1.500e-03  2.250e-03");
}
END_TEST

static unsigned
count_lines(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return (n);
}

/* Appends to a text of LOG_TEXT bytes. */
#define LOG_TEXT	65536

static void
keep_line(void *ctx, enum log_level level, const char *line)
{
	(void)level;
	strlcat(ctx, line, LOG_TEXT);
	strlcat(ctx, "\n", LOG_TEXT);
}

/* What takes long to be slewed away is news but once. */
START_TEST(test_log_change)
{
	static const struct {
		const char	*conf;
		double		 offset_s;
		const char	*line;
	} cases[] = {
		{ "", 300, "System clock wrong by 300." },
		{ "", -300, "System clock wrong by -" },
		{ "logchange 0.1\n", 0.25, "System clock wrong by 0.2" },
		{ "", 0.25, NULL },
		{ "makestep 0.1 3\n", 0.25, NULL },
		{ "makestep 0.1 3\n", 2, "System clock wrong by 2." },
	};
	char conf[128], text[LOG_TEXT] = "";
	struct conf *c;
	struct world *w;

	snprintf(conf, sizeof(conf), "server 192.0.2.1 iburst\n%s",
	    cases[_i].conf);
	c = world_conf(conf);
	w = world_new(30, cases[_i].offset_s);
	world_server_add(w, "192.0.2.1");
	log_init(keep_line, text, 0);
	world_start(w, c, RUN_DAEMON);
	world_run(w, 600, NULL);
	log_init(NULL, NULL, 0);
	ck_assert_uint_eq(count_lines(text, "System clock wrong by"),
	    cases[_i].line != NULL);
	if (cases[_i].line != NULL)
		ck_assert_ptr_nonnull(strstr(text, cases[_i].line));
	ck_assert_uint_eq(count_lines(text, "Selected source"), 1);
	world_end(w, c);
}
END_TEST

/* Sources that go and come back, and lie for a while: a line each time. */
START_TEST(test_say_sources)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst maxpoll 6\n"
	    "server 192.0.2.2 iburst maxpoll 6\n"
	    "server 192.0.2.3 iburst maxpoll 6\n");
	struct world *w = world_new(30, 0);
	char text[LOG_TEXT] = "";
	int i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_server_add(w, "192.0.2.3");
	log_init(keep_line, text, 0);
	world_start(w, c, RUN_DAEMON);
	world_run(w, 600, NULL);
	ck_assert_uint_eq(count_lines(text, "\n"), 1);
	ck_assert_uint_eq(count_lines(text, "Selected source 192.0.2."), 1);
	w->servers[2].dead = 1;
	world_run(w, 2400, NULL);
	w->servers[1].offset_s = 2;
	world_run(w, 3600, NULL);
	ck_assert_uint_eq(count_lines(text,
	    "No reply from 192.0.2.3: 8 requests unanswered\n"), 1);
	/* one against one: nobody is called a falseticker */
	ck_assert_uint_eq(count_lines(text, "falseticker"), 0);
	ck_assert_uint_eq(count_lines(text, "Can't synchronise: no majority "
	    "(3 in all, 1 do not answer, 2 disagree)\n"), 1);
	w->servers[2].dead = 0;
	world_run(w, 7200, NULL);
	ck_assert_uint_eq(count_lines(text, "192.0.2.3 answers again\n"), 1);
	ck_assert_uint_eq(count_lines(text,
	    "Detected falseticker 192.0.2.2\n"), 1);
	w->servers[1].offset_s = 0;
	world_run(w, 4 * 3600, NULL);
	ck_assert_uint_eq(count_lines(text,
	    "Source 192.0.2.2 agrees with the others again\n"), 1);
	/* and it is not told how often one that goes to and fro does so */
	for (i = 0; i < 100; i++) {
		w->servers[1].offset_s = i % 2 == 0 ? 2 : 0;
		world_run(w, 4 * 3600 + 300 * (i + 1), NULL);
	}
	ck_assert_uint_lt(count_lines(text, "192.0.2.2 agrees"), 25);
	world_end(w, c);
	log_init(NULL, NULL, 0);
}
END_TEST

/* A day without any answer, with addresses that take each other's place. */
START_TEST(test_say_outage)
{
	struct conf *c = world_conf("pool p.example iburst maxsources 2\n");
	struct world *w = world_new(30, 0);
	struct msg_dnstell tell;
	struct clock_pair now;
	char text[LOG_TEXT] = "";
	int i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	world_server_add(w, "192.0.2.3");
	world_server_add(w, "192.0.2.4");
	for (i = 0; i < 4; i++)
		w->servers[i].dead = 1;
	log_init(keep_line, text, 0);
	world_start(w, c, RUN_DAEMON);
	for (i = 0; i < 24 * 12; i++) {
		memset(&tell, 0, sizeof(tell));
		tell.id = w->last_ask.id;
		for (tell.count = 0; tell.count < 4; tell.count++)
			tell.addrs[tell.count] =
			    w->servers[tell.count].addr;
		world_pair(w, &now);
		engine_resolved(w->engine, &now, &tell);
		world_run(w, 300 * (i + 1), NULL);
	}
	ck_assert_uint_gt(count_lines(text, "No reply from 192.0.2."), 0);
	ck_assert_uint_gt(count_lines(text, "trying another"), 3);
	ck_assert_uint_lt(count_lines(text, "\n"), 4 + 4 * 24 + 2);
	world_end(w, c);
	log_init(NULL, NULL, 0);
}
END_TEST

/* Two that agree, and do not, and agree ... */
START_TEST(test_say_majority)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst maxpoll 4\n"
	    "server 192.0.2.2 iburst maxpoll 4\n");
	struct world *w = world_new(30, 0);
	char text[LOG_TEXT] = "";
	int i;

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	log_init(keep_line, text, 0);
	world_start(w, c, RUN_DAEMON);
	for (i = 0; i < 100; i++) {
		w->servers[1].offset_s = i % 2;
		world_run(w, 300 * (i + 1), NULL);
	}
	ck_assert_uint_gt(count_lines(text, "no majority"), 1);
	ck_assert_uint_lt(count_lines(text, "\n"), 4 + 300 * 100 / 900 + 8);
	world_end(w, c);
	log_init(NULL, NULL, 0);
}
END_TEST

/* One that says RATE to everything is told of once. */
START_TEST(test_say_kiss)
{
	struct conf *c = world_conf("server 192.0.2.1 iburst\n");
	struct world *w = world_new(30, 0);
	char text[LOG_TEXT] = "";

	world_server_add(w, "192.0.2.1");
	w->servers[0].kiss = 1;
	log_init(keep_line, text, 0);
	world_start(w, c, RUN_DAEMON);
	world_run(w, 86400, NULL);
	ck_assert_uint_eq(count_lines(text, "Received KoD "), 1);
	ck_assert_ptr_nonnull(strstr(text,
	    "Received KoD RATE from 192.0.2.1: next request in "));
	world_end(w, c);
	log_init(NULL, NULL, 0);
}
END_TEST

START_TEST(test_say_limit)
{
	struct engine_say_limit l = { 0, 0 };
	int64_t now = 1000 * NS_PER_SEC;
	int i;

	for (i = 0; i < ENGINE_SAY_BURST; i++)
		ck_assert_int_eq(engine_say_allow(&l, now), 1);
	ck_assert_int_eq(engine_say_allow(&l, now), 0);
	ck_assert_int_eq(engine_say_allow(&l, now), 0);
	ck_assert_uint_eq(l.muted, 2);
	now += ENGINE_SAY_NS;
	ck_assert_int_eq(engine_say_allow(&l, now), 1);
	ck_assert_int_eq(engine_say_allow(&l, now), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_log");
	TCase *t = tcase_create("logs");

	tcase_add_test(t, test_log_entries);
	tcase_add_test(t, test_log_choice);
	tcase_add_loop_test(t, test_log_change, 0, 6);
	tcase_add_test(t, test_say_sources);
	tcase_add_test(t, test_say_majority);
	tcase_add_test(t, test_say_kiss);
	tcase_add_test(t, test_say_outage);
	tcase_add_test(t, test_say_limit);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
