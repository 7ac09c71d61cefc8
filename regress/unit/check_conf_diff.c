/*
 * common/conf_diff.c: what is told about two configurations, and what of one
 * can be kept in another; sources of sourcedirs (conf_parse_sources()).
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_table.h"
#include "regress/unit/unit.h"

struct told {
	char	text[8192];
	int	restarts;
};

static struct conf *
parse(const char *text)
{
	struct conf *conf = conf_new();

	ck_assert_ptr_nonnull(conf);
	ck_assert_int_eq(conf_parse(conf, text, strlen(text), "t", NULL), 0);
	return (conf);
}

static void
on_change(void *ctx, const struct conf_change *c)
{
	struct told *told = ctx;

	ck_assert_ptr_nonnull(conf_directive_find(c->directive));
	strcat(told->text, c->text);
	strcat(told->text, "\n");
	told->restarts += c->restart;
}

/* What is said of a change from old to new; the number of lines. */
static int
diff(const char *old, const char *new, struct told *told)
{
	struct conf *a = parse(old), *b = parse(new);
	int n;

	memset(told, 0, sizeof(*told));
	n = conf_diff(a, b, on_change, told);
	conf_free(a);
	conf_free(b);
	return (n);
}

static const struct {
	const char	*old;
	const char	*new;
	const char	*want;
	int		 restarts;
} cases[] = {
	{ "", "", "", 0 },
	{ "server a\nport 1\n", "port 1\nserver a\n", "", 0 },
	/* sources */
	{ "", "server ntp1.example\n", "added server ntp1.example\n", 0 },
	{ "", "pool p iburst maxsources 3\n",
	    "added pool p iburst maxsources 3\n", 0 },
	{ "server a iburst\nserver b\n", "server b\n",
	    "removed server a\n", 0 },
	{ "pool x\n", "pool x maxsources 6\n",
	    "changed pool x: maxsources 4 -> 6\n", 0 },
	{ "server x iburst ipv4\n", "server x minpoll 4 prefer ipv6\n",
	    "changed server x: minpoll 6 -> 4, iburst off, prefer on, "
	    "ipv4 off, ipv6 on\n", 0 },
	{ "server x\n", "pool x\n", "added pool x\nremoved server x\n", 0 },
	{ "server x\n", "server x port 11123\n",
	    "added server x port 11123\nremoved server x\n", 0 },
	{ "server x\nserver x\n", "server x\n", "removed server x\n", 0 },
	{ "server a\nserver b\n", "server b\nserver a\n",
	    "changed the order of the sources\n", 0 },
	{ "servers x\n", "servers x weight 3\n",
	    "changed servers x: weight 1 -> 3\n", 0 },
	/* single values */
	{ "maxslewrate 100\n", "maxslewrate 500\n",
	    "changed maxslewrate: 100 -> 500\n", 0 },
	{ "makestep 1 3\n", "makestep 0.5 -1\n",
	    "changed makestep: threshold 1 -> 0.5, limit 3 -> -1\n", 0 },
	{ "", "makestep 1 3\n", "added makestep 1 3\n", 0 },
	{ "local stratum 8\n", "", "removed local stratum 8\n", 0 },
	{ "", "rtcsync\n", "added rtcsync\n", 0 },
	{ "driftfile /a\n", "driftfile /a interval 60\n",
	    "changed driftfile: interval 3600 -> 60\n", 0 },
	{ "user a\n", "user b\n", "changed user: a -> b\n", 1 },
	{ "", "pidfile /a\n", "added pidfile /a\n", 1 },
	/* lists */
	{ "log tracking\n", "log statistics\n",
	    "changed log: tracking -> statistics\n", 0 },
	{ "allow\ndeny 10.0.0.0/8\nallow 10.1.0.0/16\n",
	    "allow\ndeny 10.0.0.0/8\nallow 10.2.0.0/16\nallow fd00::/8\n",
	    "allow list: 3 rules -> 4\nremoved allow 10.1.0.0/16\n"
	    "added allow 10.2.0.0/16\nadded allow fd00::/8\n", 0 },
	{ "allow 10.0.0.0/8\ndeny\n", "deny\nallow 10.0.0.0/8\n",
	    "allow list: other rules or another order\n", 0 },
	{ "", "cmdallow 10.0.0.1\n",
	    "cmdallow list: 0 rules -> 1\nadded cmdallow 10.0.0.1\n", 0 },
	{ "bindaddress 10.0.0.1\n", "bindaddress 10.0.0.2\n",
	    "changed bindaddress: 10.0.0.1 -> 10.0.0.2\n", 0 },
	{ "bindaddress 10.0.0.1\n", "bindaddress 10.0.0.1\nbindaddress ::1\n",
	    "added bindaddress ::1\n", 0 },
	{ "", "bindcmdaddress /\n", "added bindcmdaddress /\n", 0 },
	{ "listen on *\n", "listen on 10.0.0.1\n",
	    "changed listen: on * -> on 10.0.0.1\n", 0 },
};

START_TEST(changes)
{
	struct told told;
	const char *p;
	int n, lines = 0;

	n = diff(cases[_i].old, cases[_i].new, &told);
	ck_assert_str_eq(told.text, cases[_i].want);
	ck_assert_int_eq(told.restarts, cases[_i].restarts);
	for (p = told.text; *p != '\0'; p++)
		lines += *p == '\n';
	ck_assert_int_eq(n, lines);
}
END_TEST

/* Many single rules are not worth a line each. */
START_TEST(long_list)
{
	char text[4096] = "", rule[64];
	struct told told;
	int i;

	for (i = 0; i < 50; i++) {
		snprintf(rule, sizeof(rule), "allow 10.%d.0.0/16\n", i);
		strcat(text, rule);
	}
	ck_assert_int_eq(diff("allow ::1\n", text, &told), 1);
	ck_assert_str_eq(told.text, "allow list: 1 rule -> 50\n");
}
END_TEST

/* A value of any length is cut, not overrun. */
START_TEST(long_values)
{
	char a[1100] = "logdir /", b[1100] = "logdir /";
	struct told told;

	memset(a + 8, 'a', 1000);
	memset(b + 8, 'b', 1000);
	ck_assert_int_eq(diff(a, b, &told), 1);
	ck_assert_uint_lt(strlen(told.text), CONF_CHANGE_MAX + 1);
	ck_assert_ptr_nonnull(strstr(told.text, "changed logdir: /aaa"));
}
END_TEST

/* What can only be kept by its arguments is what needs a restart. */
START_TEST(restart_rows_can_be_kept)
{
	const struct conf_directive *d;
	int n = 0;

	for (d = conf_directives; d->name != NULL; d++) {
		if ((d->flags & CONF_FLAG_RESTART) == 0)
			continue;
		ck_assert_int_eq(d->form, CONF_FORM_ARGS);
		n++;
	}
	ck_assert_int_gt(n, 0);
}
END_TEST

START_TEST(keep)
{
	struct conf *old = parse("pidfile /a\nport 1\n");
	struct conf *new = parse("pidfile /b\nport 2\n");
	struct told told = { .restarts = 0 };

	ck_assert_int_eq(conf_keep(new, old, "pidfile"), 0);
	ck_assert_int_eq(conf_keep(new, old, "allow"), -1);
	ck_assert_int_eq(conf_keep(new, old, "nonsense"), -1);
	ck_assert_int_eq(conf_diff(old, new, on_change, &told), 1);
	ck_assert_str_eq(told.text, "changed port: 1 -> 2\n");
	conf_free(old);
	conf_free(new);
}
END_TEST

static void
on_error(void *ctx, enum conf_kind kind, const char *file, int line,
    int column, const char *text)
{
	char *out = ctx;

	(void)column;
	(void)text;
	ck_assert_int_eq(kind, CONF_WARNING);
	sprintf(out + strlen(out), "%s:%d ", file, line);
}

START_TEST(sourcedir_files)
{
	static const char file[] = "server 192.0.2.1\nallow\nserver ???\n"
	    "pool x\nserver 192.0.2.2";
	char out[256] = "";
	const struct conf_params params = { .error = on_error, .ctx = out };
	struct conf *conf = parse("server 192.0.2.9\nsourcedir /a /b\n");

	ck_assert_uint_eq(conf->nsourcedirs, 2);
	ck_assert_str_eq(conf->sourcedirs[1], "/b");
	conf_parse_sources(conf, file, strlen(file), "f", &params);
	ck_assert_uint_eq(conf->nsources, 3);
	ck_assert_uint_eq(conf->ndirsources, 2);
	ck_assert_uint_eq(conf->naccess, 0);
	ck_assert_str_eq(conf->sources[2].name, "x");
	ck_assert_str_eq(out, "f:2 f:3 f:5 ");
	/* a second file adds; a comment needs no newline */
	out[0] = '\0';
	conf_parse_sources(conf, "server 192.0.2.3\n# x", 20, "g", &params);
	ck_assert_uint_eq(conf->ndirsources, 3);
	ck_assert_str_eq(out, "");
	conf_parse_sources(conf, "", 0, "h", &params);
	ck_assert_uint_eq(conf->ndirsources, 3);
	conf_free(conf);
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("conf_diff");
	Suite *s = suite_create("conf_diff");

	tcase_add_loop_test(tc, changes, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, long_list);
	tcase_add_test(tc, long_values);
	tcase_add_test(tc, restart_rows_can_be_kept);
	tcase_add_test(tc, keep);
	tcase_add_test(tc, sourcedir_files);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
