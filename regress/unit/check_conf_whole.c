/*
 * Tests of the configuration as a whole: defaults, checks between directives,
 * what each role gets, and that any canonical text reads back as the same.
 */
#include <sys/types.h>

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "regress/unit/unit.h"

#define LOG_MAX		8192

/* What conf_parse said, one line each. */
struct said {
	char	text[LOG_MAX];
	size_t	len;
	int	errors;
	int	warnings;
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

static int
parse(struct conf *conf, struct said *said, const char *text, size_t len)
{
	struct conf_params	params = {
		.error = say, .ctx = said
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

START_TEST(test_defaults)
{
	struct conf	*conf;
	char		*text, buf[ADDR_TEXT_MAX];

	conf = conf_new();
	ck_assert_int_eq(conf->port, 123);
	ck_assert_int_eq(conf->cmdport, 323);
	ck_assert_int_eq(conf->minsources, 1);
	ck_assert(conf->maxupdateskew_ppm == 1000);
	ck_assert(conf->maxslewrate_ppm > 83333 &&
	    conf->maxslewrate_ppm < 83334);
	ck_assert(conf->makestep_s == 0 && conf->makestep_limit == 0);
	ck_assert(conf->drift_interval_s == 3600);
	ck_assert_str_eq(conf->driftfile, "");
	ck_assert_str_eq(conf->user, "_ntpd");
	ck_assert_str_eq(conf->pidfile, CONF_PIDFILE);
	ck_assert_str_eq(conf->cmdsocket, CONF_CMDSOCKET);
	ck_assert_int_eq(conf->user_set, 0);
	ck_assert_int_eq(conf->pidfile_set, 0);
	ck_assert_int_eq(conf->local.enabled, 0);
	ck_assert_int_eq(conf->local.stratum, 10);
	ck_assert_str_eq(addr_format(&conf->bindcmdaddress[0], buf,
	    sizeof(buf)), "127.0.0.1");
	ck_assert_str_eq(addr_format(&conf->bindcmdaddress[1], buf,
	    sizeof(buf)), "::1");
	text = print(conf, CONF_ALL);
	ck_assert_str_eq(text, "");
	free(text);
	conf_free(conf);
	conf_free(NULL);
}
END_TEST

START_TEST(test_roles)
{
	const char	*text = "server a\nallow\nport 124\ncmdallow\nuser u\n"
	    "rtcsync\npidfile /p\nlogdir /l\nlog tracking\ncmdport 1\n";
	static const struct {
		unsigned	 roles;
		const char	*text;
	} want[] = {
		{ CONF_ENGINE, "server a\nrtcsync\nallow\nport 124\n"
		    "logdir /l\nlog tracking\n" },
		{ CONF_SERVER, "allow\nport 124\n" },
		{ CONF_CONTROL, "cmdallow\ncmdport 1\n" },
		{ CONF_DNS, "" },
		{ CONF_SERVER | CONF_CONTROL,
		    "allow\nport 124\ncmdallow\ncmdport 1\n" },
	};
	char		*out;
	size_t		 i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		out = canonical(text, want[i].roles);
		ck_assert_str_eq(out, want[i].text);
		free(out);
	}
}
END_TEST

static const struct {
	const char	*text;
	const char	*said;
} checks[] = {
	{ "", "" },
	{ "server a\nallow\nlogdir /l\nlog tracking", "" },
	{ "minsources 3\nserver a\nserver b noselect\n", ":0:0: warning: "
	    "minsources 3: only 1 can be selected, so the clock would never "
	    "be set\n" },
	{ "minsources 5\nserver a\npool b", "" },
	{ "port 0\nallow", ":0:0: warning: port 0: nobody is served, allow "
	    "and listen on do nothing\n" },
	{ "log tracking",
	    ":0:0: warning: log without logdir: nothing is written\n" },
};

START_TEST(test_check)
{
	struct said		 said = { .len = 0 };
	struct conf_params	 params = { .error = say, .ctx = &said };
	struct conf		*conf;

	conf = conf_new();
	ck_assert_int_eq(parse(conf, &said, checks[_i].text,
	    strlen(checks[_i].text)), 0);
	ck_assert_int_eq(conf_check(conf, &params), said.errors);
	ck_assert_str_eq(said.text, checks[_i].said);
	conf_free(conf);
}
END_TEST

static const struct {
	const char	*text;
	int		 serves;
} serves[] = {
	{ "", 0 },
	{ "server a", 0 },
	{ "deny", 0 },
	{ "allow", 1 },
	{ "deny\nallow 10", 1 },
	{ "allow\nport 0", 0 },
	{ "listen on *", 1 },
	{ "listen on ::1\ndeny 10", 1 },
	{ "listen on *\nport 0", 0 },
	{ "cmdallow", 0 },
};

START_TEST(test_serves)
{
	struct said	 said = { .len = 0 };
	struct conf	*conf;

	conf = conf_new();
	ck_assert_int_eq(parse(conf, &said, serves[_i].text,
	    strlen(serves[_i].text)), 0);
	ck_assert_int_eq(conf_serves(conf), serves[_i].serves);
	conf_free(conf);
}
END_TEST

/* xorshift, so that a failing seed can be run again */
static uint32_t
random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return (*state);
}

static const char	*const pieces[] = {
	"server %h%o", "server %h%o", "pool %h%o", "servers %h weight 3 # c",
	"allow", "allow all", "allow %a/17", "deny all %a/%n", "deny %h",
	"cmdallow %a", "cmddeny %h", "listen on %a", "local stratum %n",
	"local", "driftfile /d%n interval %n", "driftfile /d%n",
	"makestep %n.%n -%n", "makestep 0.%n %n", "rtcsync", "port %n",
	"cmdport %n", "bindacqaddress %a",
	"bindcmdaddress %a", "bindcmdaddress /s%n", "bindcmdaddress /",
	"minsources %n", "maxupdateskew %n.%n", "maxslewrate %n.%n",
	"user u%n", "pidfile /", "pidfile /p%n", "logdir /l%n",
	"log tracking statistics", "log rawmeasurements", "# %h", "",
};

static const char	*const options[] = {
	" minpoll %n", " maxpoll %n", " minpoll -%n", " iburst", " port %n",
	" maxsources %n", " prefer", " noselect", " offline", " version 3",
	" ipv4", " ipv6", " weight %n",
};

#define PICK(array, state) \
	((array)[random_next(state) % (sizeof(array) / sizeof((array)[0]))])

static void
random_expand(char *out, size_t len, const char *piece, uint32_t *state)
{
	static const char *const addresses[] = {
		"10.1.2.3", "0.0.0.0", "192.0.2.1", "127.0.0.1",
	};
	static const char *const hosts[] = {
		"a.example", "2001:db8::1", "192.0.2.7", "x",
	};
	char	 more[256];
	size_t	 used = strlen(out);
	int	 n;

	for (; *piece != '\0' && used + 64 < len; piece++) {
		if (*piece != '%') {
			out[used++] = *piece;
			out[used] = '\0';
			continue;
		}
		piece++;
		if (*piece == 'n')
			used += (size_t)snprintf(out + used, len - used, "%u",
			    1 + random_next(state) % 7);
		else if (*piece == 'a')
			used += (size_t)snprintf(out + used, len - used, "%s",
			    PICK(addresses, state));
		else if (*piece == 'h')
			used += (size_t)snprintf(out + used, len - used, "%s",
			    PICK(hosts, state));
		for (n = *piece == 'o' ? random_next(state) % 4 : 0; n > 0;
		    n--) {
			snprintf(more, sizeof(more), "%s", "");
			random_expand(more, sizeof(more),
			    PICK(options, state), state);
			used += (size_t)snprintf(out + used, len - used, "%s",
			    more);
		}
	}
}

/* print(parse(print(c))) == print(c), for every role on its own as well. */
START_TEST(test_property)
{
	static const unsigned	 roles[] = {
		CONF_ALL, CONF_ENGINE, CONF_SERVER, CONF_CONTROL,
	};
	char			 text[16384], *first, *second;
	uint32_t		 state;
	size_t			 r;
	int			 seed, n;

	for (seed = 1; seed <= 500; seed++) {
		state = (uint32_t)seed * 2654435761u;
		text[0] = '\0';
		for (n = random_next(&state) % 30; n > 0; n--) {
			random_expand(text, sizeof(text), PICK(pieces,
			    &state), &state);
			random_expand(text, sizeof(text), "\n", &state);
		}
		for (r = 0; r < sizeof(roles) / sizeof(roles[0]); r++) {
			first = canonical(text, roles[r]);
			second = canonical(first, CONF_ALL);
			ck_assert_msg(strcmp(first, second) == 0,
			    "seed %d:\n%s\n-\n%s", seed, first, second);
			free(first);
			free(second);
		}
	}
}
END_TEST

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))

int
main(void)
{
	Suite	*suite = suite_create("conf_whole");
	TCase	*tc = tcase_create("conf_whole");

	tcase_add_loop_test(tc, test_check, 0, COUNT(checks));
	tcase_add_loop_test(tc, test_serves, 0, COUNT(serves));
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_roles);
	tcase_add_test(tc, test_property);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
