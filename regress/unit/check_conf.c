/*
 * Tests of common/conf*.c: what is read, what is refused and with which
 * words, and that the canonical text reads back as the same.
 */
#include <sys/types.h>

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_table.h"
#include "regress/unit/unit.h"

#define LOG_MAX		8192

/* What conf_parse said, one line each. */
struct said {
	char	text[LOG_MAX];
	size_t	len;
	int	errors;
	int	warnings;
	int	depth;		/* of the include that loops */
};

static void
say(void *ctx, enum conf_kind kind, const char *file, int line, int column,
    const char *text)
{
	struct said	*s = ctx;

	if (kind == CONF_ERROR)
		s->errors++;
	else
		s->warnings++;
	s->len += (size_t)snprintf(s->text + s->len, LOG_MAX - s->len,
	    "%s:%d:%d: %s%s\n", file, line, column,
	    kind == CONF_WARNING ? "warning: " : "", text);
	ck_assert_uint_lt(s->len, LOG_MAX);
}

/* Files by name: what a pattern stands for is the pattern's own text. */
static int
include(void *ctx, struct conf_parser *parser, const char *pattern)
{
	struct said	*s = ctx;

	if (strcmp(pattern, "loop") == 0) {
		s->depth++;
		conf_parse_included(parser, "include loop\n", 13, "loop");
		return (0);
	}
	if (strcmp(pattern, "two") == 0) {
		conf_parse_included(parser, "\nwrong\n", 7, "one.conf");
		conf_parse_included(parser, "port 99", 7, "two.conf");
		return (0);
	}
	if (strcmp(pattern, "none*") == 0)
		return (0);
	errno = ENOENT;
	return (-1);
}

static int
parse(struct conf *conf, struct said *said, const char *text, size_t len)
{
	struct conf_params	params = {
		.error = say, .include = include, .ctx = said
	};
	int			n;

	n = conf_parse(conf, text, len, "f", &params);
	ck_assert_int_eq(n, said->errors);
	return (n);
}

static char *
print(const struct conf *conf, unsigned roles)
{
	char	*text;
	size_t	 len;

	text = conf_print(conf, roles, &len);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(strlen(text), len);
	return (text);
}

/* Parses, must be good, prints. The caller frees. */
static char *
canonical(const char *text, unsigned roles)
{
	struct said	 said = { .len = 0 };
	struct conf	*conf;
	char		*out;

	conf = conf_new();
	ck_assert_ptr_nonnull(conf);
	ck_assert_msg(parse(conf, &said, text, strlen(text)) == 0,
	    "\"%s\": %s", text, said.text);
	out = print(conf, roles);
	conf_free(conf);
	return (out);
}

static const struct {
	const char	*text;
	const char	*canonical;
} good[] = {
	/* layout, comments, case */
	{ "", "" },
	{ "\n\n \t \r\n", "" },
	{ "# a\n; b\n! c\n% d\n  # e\n#\001\033\377", "" },
	{ "  RtcSync \t \r\n", "rtcsync\n" },
	{ "rtcsync", "rtcsync\n" },
	{ "\v\fport  124\r\n", "port 124\n" },
	/* sources */
	{ "server a", "server a\n" },
	{ "server 192.0.2.1 IBurst", "server 192.0.2.1 iburst\n" },
	{ "server 2001:db8::1 version 3 port 0",
	    "server 2001:db8::1 port 0 version 3\n" },
	{ "server a.b. minpoll -7 maxpoll 24",
	    "server a.b. minpoll -7 maxpoll 24\n" },
	{ "server a minpoll 12", "server a minpoll 12 maxpoll 12\n" },
	{ "server a maxpoll 4", "server a maxpoll 6\n" },
	{ "server a minpoll +3", "server a minpoll 3\n" },
	{ "server a prefer noselect offline",
	    "server a prefer noselect offline\n" },
	{ "server a ipv6 ipv4", "server a ipv4\n" },
	{ "server a port 1 port 2", "server a port 2\n" },
	{ "pool p maxsources 1 iburst\nserver s\npool q",
	    "pool p iburst maxsources 1\nserver s\npool q\n" },
	{ "pool p maxsources 4", "pool p\n" },
	/* OpenNTPD's statements, with its comments */
	{ "servers p", "servers p\n" },
	{ "servers p weight 10 # c", "servers p weight 10\n" },
	{ "servers p#c", "servers p\n" },
	{ "server s weight 2 # c", "server s weight 2\n" },
	{ "server s weight 2 iburst", "server s iburst weight 2\n" },
	{ "listen on *\nlisten on 192.0.2.1 # c\nlisten on ::",
	    "listen on *\nlisten on 192.0.2.1\nlisten on ::\n" },
	{ "query from 192.0.2.1\nserver a",
	    "server a\nbindacqaddress 192.0.2.1\n" },
	/* access: every form, order kept */
	{ "allow", "allow\n" },
	{ "allow all", "allow all\n" },
	{ "allow all 10", "allow all 10.0.0.0/8\n" },
	{ "allow 1.2.3.4\ndeny 1.2.3.4/30\nallow 1.2.3\nallow 1.2",
	    "allow 1.2.3.4\ndeny 1.2.3.4/30\nallow 1.2.3.0/24\n"
	    "allow 1.2.0.0/16\n" },
	{ "deny 2001:db8::1\nallow 2001:db8::ff/32\nallow ::/0\nallow 0/0",
	    "deny 2001:db8::1\nallow 2001:db8::/32\nallow ::/0\n"
	    "allow 0.0.0.0/0\n" },
	{ "allow host.example\ndeny all other",
	    "allow host.example\ndeny all other\n" },
	{ "cmddeny\ncmdallow 192.0.2.0/24",
	    "cmddeny\ncmdallow 192.0.2.0/24\n" },
	/* the others */
	{ "local", "local\n" },
	{ "local Stratum 3", "local stratum 3\n" },
	{ "local stratum 3\nlocal", "local\n" },
	{ "driftfile /d", "driftfile /d\n" },
	{ "driftfile /d interval 60.5", "driftfile /d interval 60.5\n" },
	{ "driftfile /d interval 60\ndriftfile /e", "driftfile /e\n" },
	{ "makestep 1 3", "makestep 1 3\n" },
	{ "makestep 1.0e-1 -1", "makestep 0.1 -1\n" },
	{ "makestep 1 3\nmakestep 0 0", "" },
	{ "port 0\ncmdport 0", "port 0\ncmdport 0\n" },
	{ "port 123\ncmdport 323\nminsources 1", "" },
	{ "minsources 2147483647", "minsources 2147483647\n" },
	{ "minsources 1000000", "minsources 1000000\n" },
	{ "maxupdateskew 5", "maxupdateskew 5\n" },
	{ "maxslewrate 1000.25", "maxslewrate 1000.25\n" },
	{ "maxslewrate 83333.333333333333", "" },
	{ "user ntp_2-a", "user ntp_2-a\n" },
	{ "user _ntpd", "user _ntpd\n" },
	{ "pidfile /", "pidfile /\n" },
	{ "pidfile /x", "pidfile /x\n" },
	{ "logdir /l\nlog tracking\nlog measurements tracking",
	    "logdir /l\nlog measurements tracking\n" },
	{ "log rawmeasurements statistics",
	    "log rawmeasurements statistics\n" },
	{ "log", "" },
	{ "bindaddress 192.0.2.1\nbindaddress ::1\nbindaddress 192.0.2.2",
	    "bindaddress 192.0.2.1\nbindaddress ::1\nbindaddress 192.0.2.2\n" },
	{ "bindaddress 192.0.2.1\nbindaddress ::1\nbindaddress 192.0.2.2\n"
	    "bindaddress 0.0.0.0", "bindaddress ::1\n" },
	{ "bindaddress ::\nbindaddress ::1\nbindaddress 192.0.2.1\n"
	    "bindaddress 0.0.0.0\nbindaddress 192.0.2.2",
	    "bindaddress ::1\nbindaddress 192.0.2.2\n" },
	{ "bindacqaddress 2001:db8::1", "bindacqaddress 2001:db8::1\n" },
	{ "bindcmdaddress /\nbindcmdaddress 0.0.0.0\nbindcmdaddress ::1",
	    "bindcmdaddress 0.0.0.0\nbindcmdaddress /\n" },
	{ "bindcmdaddress /\nbindcmdaddress /x", "bindcmdaddress /x\n" },
	{ "bindcmdaddress /run/chrony/chronyd.sock", "" },
	{ "include none*", "" },
	{ "dumponexit whatever", "" },
};

START_TEST(test_good)
{
	char	*first, *second;

	first = canonical(good[_i].text, CONF_ALL);
	ck_assert_str_eq(first, good[_i].canonical);
	second = canonical(first, CONF_ALL);
	ck_assert_str_eq(second, first);
	free(first);
	free(second);
}
END_TEST

#define SOURCE_OPTIONS "must be one of minpoll maxpoll iburst port "	\
	"maxsources prefer noselect offline version key ipv4 ipv6 "	\
	"weight trusted burst auto_offline xleave copy require trust "	\
	"minstratum polltarget presend maxunreach minsamples "		\
	"maxsamples filter maxdelay maxdelayratio maxdelaydevratio "	\
	"maxdelayquant mindelay asymmetry offset\n"

static const struct {
	const char	*text;
	const char	*said;
} bad[] = {
	{ "wibble 3", "f:1:1: unknown directive \"wibble\"\n" },
	{ "\n  \033x", "f:2:3: control character 0x1b is not allowed\n" },
	{ "\n\303\244", "f:2:1: unknown directive \"??\"\n" },
	{ "rtcsync # c", "f:1:9: rtcsync: too many arguments, must be: "
	    "rtcsync\n" },
	{ "server", "f:1:7: server: argument missing, must be: server NAME "
	    "[OPTION ...]\n" },
	{ "server a minpoll 99", "f:1:18: minpoll 99: must be -7 to 24\n" },
	{ "server a minpoll -8", "f:1:18: minpoll -8: must be -7 to 24\n" },
	{ "server a maxpoll 25", "f:1:18: maxpoll 25: must be -7 to 24\n" },
	{ "server a minpoll 1.5", "f:1:18: minpoll 1.5: must be -7 to 24\n" },
	{ "server a minpoll", "f:1:17: option minpoll: value missing\n" },
	{ "server a version 5", "f:1:18: version 5: must be 1 to 4\n" },
	{ "server a version 0", "f:1:18: version 0: must be 1 to 4\n" },
	{ "server a port 65536", "f:1:15: port 65536: must be 0 to 65535\n" },
	{ "server a port 1x", "f:1:15: port 1x: must be 0 to 65535\n" },
	{ "server a weight 11", "f:1:17: weight 11: must be 1 to 10\n" },
	{ "pool a maxsources 0",
	    "f:1:19: maxsources 0: must be 1 to 16\n" },
	{ "pool a maxsources 17", "f:1:19: warning: maxsources 17: must be "
	    "1 to 16, 16 is used\n" },
	{ "server a iburst # c", "f:1:17: server: unknown option \"#\", "
	    SOURCE_OPTIONS
	    "f:1:19: server: unknown option \"c\", " SOURCE_OPTIONS },
	{ "server a key 3 nts xleave copy iburst",
	    "f:1:16: option nts: not in this build\n" },
	{ "server a/b port 99999", "f:1:8: server: name \"a/b\": must be an "
	    "address or a host name\n"
	    "f:1:17: port 99999: must be 0 to 65535\n" },
	{ "server 1.2.3.256", "f:1:8: server: name \"1.2.3.256\": must be an "
	    "address or a host name\n" },
	{ "servers p iburst", "f:1:11: servers: unknown option \"iburst\", "
	    "must be one of weight trusted\n" },
	{ "local stratum 16", "f:1:15: stratum 16: must be 1 to 15\n" },
	{ "local stratum 0", "f:1:15: stratum 0: must be 1 to 15\n" },
	{ "local orphan distance 3 activate",
	    "f:1:33: option activate: value missing\n" },
	{ "local waitsynced -1", "f:1:18: waitsynced -1: must be a number, "
	    "0 or more\n" },
	{ "local 3", "f:1:7: local: unknown option \"3\", must be one of "
	    "stratum distance orphan activate waitsynced waitunsynced\n" },
	{ "local distance -1", "f:1:16: distance -1: must be a number, "
	    "0 or more\n" },
	{ "makestep 1", "f:1:11: makestep: argument missing, must be: "
	    "makestep THRESHOLD LIMIT\n" },
	{ "makestep nan 3", "f:1:10: makestep: threshold nan: must be a "
	    "number, 0 or more\n" },
	{ "makestep 0x1 y", "f:1:10: makestep: threshold 0x1: must be a "
	    "number, 0 or more\n"
	    "f:1:14: makestep: limit y: must be a whole number\n" },
	{ "makestep 1e999 1", "f:1:10: makestep: threshold 1e999: must be a "
	    "number, 0 or more\n" },
	{ "makestep 1 2 3", "f:1:14: makestep: too many arguments, must be: "
	    "makestep THRESHOLD LIMIT\n" },
	{ "driftfile", "f:1:10: driftfile: argument missing, must be: "
	    "driftfile FILE [interval SECONDS]\n" },
	{ "driftfile /d interval 0", "f:1:23: interval 0: must be a number, "
	    "1 or more\n" },
	{ "driftfile /d 30", "f:1:14: driftfile: unknown option \"30\", must "
	    "be one of interval\n" },
	{ "port -1", "f:1:6: port -1: must be 0 to 65535\n" },
	{ "port", "f:1:5: port: argument missing, must be: port NUMBER\n" },
	{ "minsources 0", "f:1:12: minsources 0: must be a whole number, 1 "
	    "or more\n" },
	{ "maxslewrate -1", "f:1:13: maxslewrate -1: must be a number, 0 to "
	    "100000\n" },
	{ "maxslewrate 2e5", "f:1:13: warning: maxslewrate 2e5: must be a "
	    "number, 0 to 100000, 100000 is used\n" },
	{ "maxupdateskew x", "f:1:15: maxupdateskew x: must be a number, 0 "
	    "to 1000000\n" },
	{ "user a:b", "f:1:6: user \"a:b\": must be letters, digits and any "
	    "of _-.$\n" },
	{ "log Tracking rtc", "f:1:5: log: unknown word \"Tracking\", must "
	    "be one of measurements rawmeasurements statistics tracking "
	    "selection\n"
	    "f:1:14: log rtc: not in this build\n" },
	{ "allow ALL", "f:1:7: allow \"ALL\": must be all, an address, a "
	    "subnet (address/bits) or a host name\n" },
	{ "cmdallow 1.2.3.4/33", "f:1:10: cmdallow \"1.2.3.4/33\": must be "
	    "all, an address, a subnet (address/bits) or a host name\n" },
	{ "deny 1.2.3.", "f:1:6: deny \"1.2.3.\": must be all, an address, a "
	    "subnet (address/bits) or a host name\n" },
	{ "allow 10 11", "f:1:10: allow: too many arguments, must be: allow "
	    "[all] [SUBNET]\n" },
	{ "bindaddress host", "f:1:13: bindaddress \"host\": must be an IPv4 "
	    "or IPv6 address\n" },
	{ "bindcmdaddress run/x", "f:1:16: bindcmdaddress \"run/x\": must be "
	    "an address, /PATH, or / for no Unix socket\n" },
	{ "bindcmdaddress", "f:1:15: bindcmdaddress: argument missing, must "
	    "be: bindcmdaddress ADDRESS|/PATH|/\n" },
	{ "listen at 1", "f:1:8: listen: \"on\" is missing, must be: listen "
	    "on ADDRESS\n" },
	{ "listen on", "f:1:10: listen: argument missing, must be: listen on "
	    "ADDRESS\n" },
	{ "listen on h.example", "f:1:11: listen \"h.example\": must be an "
	    "IPv4 or IPv6 address or *\n" },
	{ "listen on * rtable 3",
	    "f:1:13: option rtable: not in this build\n" },
	{ "listen on * 3", "f:1:13: listen: too many arguments, must be: "
	    "listen on ADDRESS\n" },
	{ "server a\nquery from ::1",
	    "f:2:1: query from: must come before the first source\n" },
	{ "include gone", "f:1:9: include gone: No such file or directory\n" },
	{ "include a b", "f:1:11: include: too many arguments, must be: "
	    "include PATTERN\n" },
	{ "include two\nalso", "one.conf:2:1: unknown directive \"wrong\"\n"
	    "f:2:1: unknown directive \"also\"\n" },
	{ "commandkey 1 2 3",
	    "f:1:1: warning: commandkey: no longer supported, ignored\n" },
	{ "generatecommandkey\nlinux_hz\nLinux_Freq_Scale",
	    "f:1:1: warning: generatecommandkey: no longer supported, "
	    "ignored\n"
	    "f:2:1: warning: linux_hz: no longer supported, ignored\n"
	    "f:3:1: warning: linux_freq_scale: no longer supported, "
	    "ignored\n" },
	{ "sensor *\nconstraint from \"x\"\nconstraints from \"y\"",
	    "f:1:1: sensor: not in this build\n"
	    "f:2:1: constraint: not in this build\n"
	    "f:3:1: constraints: not in this build\n" },
};

START_TEST(test_bad)
{
	struct said	 said = { .len = 0 };
	struct conf	*conf;

	conf = conf_new();
	parse(conf, &said, bad[_i].text, strlen(bad[_i].text));
	ck_assert_str_eq(said.text, bad[_i].said);
	conf_free(conf);
}
END_TEST

/* Every name of chrony's parser is known here, one way or the other. */
static const char	*const names[] = {
	"acquisitionport", "allow", "authselectmode", "bindacqaddress",
	"bindacqdevice", "bindaddress", "bindcmdaddress", "bindcmddevice",
	"binddevice", "broadcast", "clientloglimit", "clockprecision",
	"cmdallow", "cmddeny", "cmdport", "cmdratelimit", "combinelimit",
	"commandkey", "confdir", "corrtimeratio", "deny", "driftfile", "dscp",
	"dumpdir", "dumponexit", "fallbackdrift", "generatecommandkey",
	"hwclockfile", "hwtimestamp", "hwtstimeout", "include",
	"initstepslew", "keyfile", "leapsecmode", "leapseclist", "leapsectz",
	"linux_freq_scale", "linux_hz", "local", "lock_all", "log",
	"logbanner", "logchange", "logdir", "mailonchange", "makestep",
	"manual", "maxchange", "maxclockerror", "maxdistance", "maxdrift",
	"maxjitter", "maxntsconnections", "maxsamples", "maxslewrate",
	"maxstratum", "maxtxbuffers", "maxupdateskew", "minsamples",
	"minsources", "minstratum", "nocerttimecheck", "noclientlog",
	"nosystemcert", "ntpsigndsocket", "ntsaeads", "ntscachedir",
	"ntsdumpdir", "ntsntpserver", "ntsport", "ntsprocesses",
	"ntsratelimit", "ntsrefresh", "ntsrotate", "ntsservercert",
	"ntsserverkey", "ntstrustedcerts", "opencommands", "peer", "pidfile",
	"pool", "port", "ptpdomain", "ptpport", "ratelimit", "refclock",
	"refresh", "reselectdist", "rtcautotrim", "rtcdevice", "rtcfile",
	"rtconutc", "rtcsync", "sched_priority", "server", "smoothtime",
	"sourcedir", "stratumweight", "tempcomp", "user",
};

START_TEST(test_table)
{
	const struct conf_directive	*d, *e;
	size_t				 i;

	ck_assert_uint_eq(sizeof(names) / sizeof(names[0]), 100);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(conf_directive_find(names[i]) != NULL, "%s",
		    names[i]);
	ck_assert_ptr_null(conf_directive_find("serve"));
	ck_assert_ptr_null(conf_directive_find(""));
	for (d = conf_directives; d->name != NULL; d++) {
		for (e = d + 1; e->name != NULL; e++)
			ck_assert_str_ne(d->name, e->name);
		if (d->form < CONF_FORM_ABSENT)
			ck_assert_ptr_nonnull(d->syntax);
	}
}
END_TEST

START_TEST(test_absent)
{
	const struct conf_directive	*d;
	struct said			 said;
	struct conf			*conf;
	char				 text[128], want[128];
	int				 absent = 0;

	for (d = conf_directives; d->name != NULL; d++) {
		if (d->form != CONF_FORM_ABSENT)
			continue;
		absent++;
		memset(&said, 0, sizeof(said));
		conf = conf_new();
		snprintf(text, sizeof(text), "\n %s x y z", d->name);
		parse(conf, &said, text, strlen(text));
		snprintf(want, sizeof(want), "f:2:2: %s: not in this build\n",
		    d->name);
		ck_assert_str_eq(said.text, want);
		conf_free(conf);
	}
	ck_assert_int_gt(absent, 40);
}
END_TEST

START_TEST(test_source_fields)
{
	struct said	 said = { .len = 0 };
	struct conf	*conf;
	const char	*text = "server a.example iburst prefer port 11123 "
	    "minpoll -2 maxpoll 3 version 3 ipv6\n"
	    "pool b noselect offline maxsources 2\nservers c weight 7\n";

	conf = conf_new();
	ck_assert_int_eq(parse(conf, &said, text, strlen(text)), 0);
	ck_assert_uint_eq(conf->nsources, 3);
	ck_assert_str_eq(conf->sources[0].name, "a.example");
	ck_assert_int_eq(conf->sources[0].type, CONF_SERVER_SOURCE);
	ck_assert_int_eq(conf->sources[0].iburst, 1);
	ck_assert_int_eq(conf->sources[0].prefer, 1);
	ck_assert_int_eq(conf->sources[0].port, 11123);
	ck_assert_int_eq(conf->sources[0].minpoll_log2, -2);
	ck_assert_int_eq(conf->sources[0].maxpoll_log2, 3);
	ck_assert_int_eq(conf->sources[0].version, 3);
	ck_assert_int_eq(conf->sources[0].family, ADDR_INET6);
	ck_assert_int_eq(conf->sources[0].weight, 1);
	ck_assert_int_eq(conf->sources[1].type, CONF_POOL_SOURCE);
	ck_assert_int_eq(conf->sources[1].maxsources, 2);
	ck_assert_int_eq(conf->sources[1].noselect, 1);
	ck_assert_int_eq(conf->sources[1].offline, 1);
	ck_assert_int_eq(conf->sources[1].iburst, 0);
	ck_assert_int_eq(conf->sources[1].port, 123);
	ck_assert_int_eq(conf->sources[1].minpoll_log2, 6);
	ck_assert_int_eq(conf->sources[1].maxpoll_log2, 10);
	ck_assert_int_eq(conf->sources[2].type, CONF_POOL_SOURCE);
	ck_assert_int_eq(conf->sources[2].openntpd, 1);
	ck_assert_int_eq(conf->sources[2].weight, 7);
	ck_assert_int_eq(conf->sources[2].maxsources, 16);
	ck_assert_int_eq(conf->sources[2].version, 0);
	ck_assert_int_eq(conf->sources[2].maxpoll_log2, 10);
	conf_free(conf);
}
END_TEST

START_TEST(test_nul_and_long)
{
	struct said	 said = { .len = 0 };
	struct conf	*conf;
	char		 text[3 * CONF_LINE_MAX];

	conf = conf_new();
	parse(conf, &said, "port 1\0 2\nport 124\n#\0\n\0", 23);
	ck_assert_str_eq(said.text,
	    "f:1:7: control character 0x00 is not allowed\n"
	    "f:3:2: control character 0x00 is not allowed\n"
	    "f:4:1: control character 0x00 is not allowed\n");
	ck_assert_int_eq(conf->port, 124);

	/* 2047 bytes are a line, 2048 are not; the next line counts on */
	memset(&said, 0, sizeof(said));
	memset(text, ' ', sizeof(text));
	memcpy(text, "port 5", 6);
	text[CONF_LINE_MAX - 1] = '\n';
	memcpy(text + CONF_LINE_MAX, "port 6", 6);
	text[2 * CONF_LINE_MAX] = '\n';
	parse(conf, &said, text, 2 * CONF_LINE_MAX + 1);
	ck_assert_str_eq(said.text,
	    "f:2:2048: line too long, must be at most 2047 bytes\n");
	ck_assert_int_eq(conf->port, 5);
	conf_free(conf);
}
END_TEST

/* A line full of words must fit what it is split into. */
START_TEST(test_many_words)
{
	struct said	 said = { .len = 0 };
	struct conf	*conf;
	char		 text[CONF_LINE_MAX];
	size_t		 i;

	for (i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "a ", 2);
	conf = conf_new();
	ck_assert_int_eq(parse(conf, &said, text, sizeof(text) - 1), 1);
	memcpy(text, "log ", 4);
	memset(&said, 0, sizeof(said));
	ck_assert_int_eq(conf_parse(conf, text, sizeof(text) - 1, "f", NULL),
	    (CONF_LINE_MAX - 4) / 2);
	conf_free(conf);
}
END_TEST

START_TEST(test_long_values)
{
	struct said	 said = { .len = 0 };
	struct conf	*conf;
	char		 path[CONF_PATH_MAX + 1], text[CONF_LINE_MAX];
	char		 name[300];

	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[CONF_PATH_MAX - 1] = '\0';
	conf = conf_new();
	snprintf(text, sizeof(text), "driftfile %s\nlogdir %s", path, "/l");
	ck_assert_int_eq(parse(conf, &said, text, strlen(text)), 0);
	ck_assert_str_eq(conf->driftfile, path);
	path[CONF_PATH_MAX - 1] = 'p';
	path[CONF_PATH_MAX] = '\0';
	snprintf(text, sizeof(text), "driftfile %s", path);
	ck_assert_int_eq(parse(conf, &said, text, strlen(text)), 1);
	ck_assert_ptr_nonnull(strstr(said.text,
	    "...\": must be at most 1023 characters\n"));

	memset(&said, 0, sizeof(said));
	memset(path, 's', 120);
	path[0] = '/';
	path[107] = '\0';
	snprintf(text, sizeof(text), "bindcmdaddress %s", path);
	ck_assert_int_eq(parse(conf, &said, text, strlen(text)), 0);
	ck_assert_str_eq(conf->cmdsocket, path);
	path[107] = 's';
	path[108] = '\0';
	snprintf(text, sizeof(text), "bindcmdaddress %s", path);
	ck_assert_int_eq(parse(conf, &said, text, strlen(text)), 1);
	ck_assert_str_eq(said.text, "f:1:16: bindcmdaddress: the path must "
	    "be at most 107 characters\n");

	memset(&said, 0, sizeof(said));
	memset(name, 'n', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	name[253] = '\0';
	snprintf(text, sizeof(text), "server %s\nserver %s.\nallow %s", name,
	    name, name);
	ck_assert_int_eq(parse(conf, &said, text, strlen(text)), 0);
	ck_assert_str_eq(conf->sources[0].name, name);
	ck_assert_str_eq(conf->access[0].host, name);
	conf_free(conf);
}
END_TEST

/* The engine is told that somebody is allowed, not who. */
START_TEST(test_engine_rules)
{
	static const char text[] = "deny 10.0.0.0/8\nallow 10.1.0.0/16\n"
	    "allow host.example\ncmdallow 192.0.2.1\n";
	struct said	 said = { .len = 0 };
	struct conf	*conf;
	size_t		 len;
	char		*out;

	conf = conf_new();
	ck_assert_int_eq(parse(conf, &said, text, strlen(text)), 0);
	out = conf_print(conf, CONF_ENGINE, &len);
	ck_assert_str_eq(out, "allow\n");
	free(out);
	conf_free(conf);
}
END_TEST

START_TEST(test_host)
{
	static const char	*const hosts[] = {
		"a", "a.b", "a-b.c_d", "1a", "1.a", "192.0.2.1", "::1", "a.b.",
		"xn--bcher-kva.example", "_ntp._udp.example", "3com",
	};
	static const char	*const others[] = {
		"", ".", "a..b", ".a", "a b", "a/b", "1.2.3", "127.1", "1",
		"a.1", "\303\244", "a\n", "a:b", "fe80::1%eth0", "a%b", "*",
		"a..", "-", "-a", "a-", "a-.b", "a.-b", "a.b-.",
	};
	char			 name[300];
	size_t			 i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		ck_assert_msg(conf_host_is_valid(hosts[i]), "%s", hosts[i]);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!conf_host_is_valid(others[i]), "%s", others[i]);
	memset(name, 'n', sizeof(name));
	name[63] = '\0';
	ck_assert(conf_host_is_valid(name));
	name[63] = 'n';
	name[64] = '\0';
	ck_assert(!conf_host_is_valid(name));
	memset(name, 'n', sizeof(name));
	name[50] = name[100] = name[150] = name[200] = '.';
	name[253] = '\0';
	ck_assert(conf_host_is_valid(name));
	name[253] = 'n';
	name[254] = '\0';
	ck_assert(!conf_host_is_valid(name));
}
END_TEST

START_TEST(test_include_depth)
{
	struct said	 said = { .len = 0 };
	struct conf	*conf;

	conf = conf_new();
	ck_assert_int_eq(parse(conf, &said, "include loop", 12), 1);
	ck_assert_int_eq(said.depth, CONF_INCLUDE_DEPTH - 1);
	ck_assert_str_eq(said.text,
	    "loop:1:9: include: must be at most 10 levels deep\n");
	ck_assert_int_eq(conf_parse(conf, "include x", 9, "f", NULL), 1);

	memset(&said, 0, sizeof(said));
	ck_assert_int_eq(parse(conf, &said, "include two", 11), 1);
	ck_assert_int_eq(conf->port, 99);
	conf_free(conf);
}
END_TEST

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite	*suite = suite_create("conf");
	TCase	*tc = tcase_create("conf");

	tcase_add_loop_test(tc, test_good, 0, COUNT(good));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_test(tc, test_table);
	tcase_add_test(tc, test_absent);
	tcase_add_test(tc, test_source_fields);
	tcase_add_test(tc, test_nul_and_long);
	tcase_add_test(tc, test_many_words);
	tcase_add_test(tc, test_long_values);
	tcase_add_test(tc, test_host);
	tcase_add_test(tc, test_engine_rules);
	tcase_add_test(tc, test_include_depth);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
