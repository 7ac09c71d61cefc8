/*
 * ntpctl: shows what ntpd does and tells it what to do.  This file has the
 * options and the streams; it talks to the daemon's command socket through
 * client.c and must never need more rights than its user has.
 */
#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/candm.h"
#include "common/now.h"
#include "common/timens.h"
#include "ntpctl/client.h"
#include "ntpctl/commands.h"
#include "ntpctl/ctl.h"
#include "ntpctl/interactive.h"
#include "ntpctl/names.h"
#include "ntpctl/show.h"
#include "ntpctl/terminal.h"

#define HOSTS	CANDM_SOCKET ",127.0.0.1,::1"

struct options {
	const char	*hosts;
	int		 show;		/* -s */
	enum show_what	 what;		/* its argument */
	const char	*user;		/* -u */
	uint16_t	 port;
	int		 family;
	enum output_format format;
	int		 wide;
	int		 numeric;
	int		 source_names;
	int		 many;		/* -m */
	int		 end_line;	/* -e */
};

/* Our end of a Unix socket, which must not stay behind. */
static char	client_path[CLIENT_PATH_MAX];
/* It must not stay raw when a signal comes. */
static struct terminal	terminal;

static void
remove_path(void)
{
	if (client_path[0] != '\0')
		unlink(client_path);
}

static void
on_signal(int signo)
{
	terminal_restore(&terminal);
	remove_path();
	_exit(128 + signo);
}

static void __attribute__((__noreturn__))
usage(FILE *to)
{
	fprintf(to,
	    "usage: ntpctl [-46acdejmNnw] [-f file] [-h host[,host]] "
	    "[-o format] [-p port]\n"
	    "              [-u user] [command [argument ...]]\n"
	    "       ntpctl [-46adeNn] [-f file] [-h host[,host]] [-p port] "
	    "[-u user]\n"
	    "              -s all | peers | Sensors | status\n"
	    "       ntpctl --help | --version\n");
	exit(to == stderr);
}

/* By which name: scripts look at what that one writes. */
static int
is_chronyc(void)
{
	return (strcmp(getprogname(), "chronyc") == 0);
}

static void __attribute__((__noreturn__))
version(void)
{
	if (is_chronyc())
		printf("chronyc (ntpd) version %s "
		    "(+READLINE +SECHASH +IPV6 -DEBUG)\n", VERSION);
	else
		printf("ntpctl (ntpd) version %s\n", VERSION);
	exit(0);
}

static enum client_result
main_ask(void *ctx, struct candm_request *request, struct candm_reply *reply)
{
	return (client_ask(ctx, request, reply));
}

static void
main_sleep(double seconds)
{
	struct timespec	ts;

	if (seconds > INT_MAX)
		seconds = INT_MAX;
	ts.tv_sec = (time_t)seconds;
	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	nanosleep(&ts, NULL);
}

static void
main_random(void *buf, size_t len)
{
	arc4random_buf(buf, len);
}

static int64_t
main_now(void)
{
	return (now_read_ns(CLOCK_REALTIME));
}

static double
main_elapsed(void)
{
	return (timens_to_s(now_read_ns(CLOCK_MONOTONIC)));
}

static int
main_screen(void *ctx, int *rows, int *columns)
{
	(void)ctx;
	return (terminal_screen(&terminal, rows, columns));
}

static int
main_key(void *ctx, double seconds)
{
	(void)ctx;
	return (terminal_key(&terminal, seconds));
}

static void
main_limits(void *ctx, const struct client_limits *limits)
{
	client_set_limits(ctx, limits);
}

static void
print(struct text *t, FILE *to)
{
	if (t->failed)
		errx(1, "out of memory");
	if (t->len > 0 && fwrite(t->data, 1, t->len, to) != t->len)
		err(1, "write");
	if (fflush(to) == EOF)
		err(1, "write");
	text_clear(t);
}

static void
main_flush(void *ctx, struct text *out, struct text *err_text)
{
	(void)ctx;
	print(out, stdout);
	print(err_text, stderr);
}

static int
run_line(struct ctl *ctl, const struct options *options, char *line)
{
	int	 result = commands_run(ctl, line);

	if (options->end_line)
		text_add(&ctl->out, ".\n");
	main_flush(ctl->ctx, &ctl->out, &ctl->err);
	return (result);
}

/* The words after the options: one command, or with -m one each. */
static int
run_arguments(struct ctl *ctl, const struct options *options, int argc,
    char **argv)
{
	struct text	line;
	int		i, result = 0;

	text_init(&line);
	for (i = 0; i < argc && result == 0 && !ctl->quit; i++) {
		text_add(&line, "%s%s", line.len > 0 ? " " : "", argv[i]);
		if (!options->many && i < argc - 1)
			continue;
		if (line.failed || line.len >= COMMANDS_LINE_MAX)
			errx(1, "the command is too long");
		result = run_line(ctl, options, line.data);
		text_clear(&line);
	}
	text_free(&line);
	return (result);
}

struct lines {
	struct ctl		*ctl;
	const struct options	*options;
};

static int
run_typed(void *arg, char *line)
{
	struct lines	*lines = arg;

	return (run_line(lines->ctl, lines->options, line));
}

/* Commands from a terminal. */
static int
run_terminal(struct ctl *ctl, const struct options *options)
{
	struct lines	lines = { ctl, options };
	int		chronyc = is_chronyc();

	if (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
		printf("%s (ntpd) version %s\n"
		    "It is free software, under the licence of ISC; there is "
		    "no warranty.\n"
		    "`help' lists the commands, `quit' leaves.\n\n",
		    getprogname(), VERSION);
	return (interactive_run(ctl, chronyc ? "chronyc>" : "ntpctl>",
	    run_typed, &lines));
}

/* Commands from a pipe or a file; the last one counts. */
static int
run_input(struct ctl *ctl, const struct options *options)
{
	char	*line = NULL;
	size_t	 size = 0;
	ssize_t	 len;
	int	 result = 0;

	while (!ctl->quit &&
	    (len = getline(&line, &size, stdin)) != -1) {
		if (len >= COMMANDS_LINE_MAX || strlen(line) != (size_t)len)
			errx(1, "a line is too long or not text");
		result = run_line(ctl, options, line);
	}
	if (ferror(stdin))
		err(1, "read");
	free(line);
	return (result);
}

static int
run_show(struct ctl *ctl, const struct options *options)
{
	int	 result = show_run(ctl, options->what);

	if (options->end_line)
		text_add(&ctl->out, ".\n");
	main_flush(ctl->ctx, &ctl->out, &ctl->err);
	return (result);
}

static enum show_what
parse_show(const char *word)
{
	enum show_what	what = show_parse(word);

	if (what == SHOW_UNKNOWN)
		errx(1, "unknown argument %s", word);
	if (what == SHOW_AMBIGUOUS)
		errx(1, "%s is ambiguous", word);
	return (what);
}

static enum output_format
parse_format(const char *word)
{
	static const char *const	names[] = {
		[OUTPUT_TEXT] = "text",
		[OUTPUT_CSV] = "csv",
		[OUTPUT_JSON] = "json",
		[OUTPUT_METRICS] = "metrics",
	};
	size_t				i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0)
			return ((enum output_format)i);
	errx(1, "unknown format %s", word);
}

static void
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option	names[] = {
		{ "help", no_argument, NULL, 'H' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	const char			*error;
	int				 ch;

	memset(o, 0, sizeof(*o));
	o->hosts = HOSTS;
	o->port = CANDM_PORT;
	while ((ch = getopt_long(argc, argv, "+46acdef:h:jmNno:p:s:u:vw", names,
	    NULL)) != -1) {
		switch (ch) {
		case '4':
		case '6':
			o->family = ch == '4' ? ADDR_INET : ADDR_INET6;
			break;
		case 'a':	/* chrony before 2.2 logged in so */
		case 'd':	/* and this is for builds to debug */
		case 'f':	/* and found its password so */
			break;
		case 'c':
			o->format = OUTPUT_CSV;
			break;
		case 'e':
			o->end_line = 1;
			break;
		case 'h':
			o->hosts = optarg;
			break;
		case 'j':
			o->format = OUTPUT_JSON;
			break;
		case 'm':
			o->many = 1;
			break;
		case 'N':
			o->source_names = 1;
			break;
		case 'n':
			o->numeric = 1;
			break;
		case 'o':
			o->format = parse_format(optarg);
			break;
		case 'p':
			o->port = strtonum(optarg, 1, UINT16_MAX, &error);
			if (error != NULL)
				errx(1, "port %s is %s", optarg, error);
			break;
		case 's':
			o->show = 1;
			o->what = parse_show(optarg);
			break;
		case 'u':
			o->user = optarg;
			break;
		case 'v':
			version();
		case 'w':
			o->wide = 1;
			break;
		case 'H':
			usage(stdout);
		default:
			usage(stderr);
		}
	}
}

/* After this the daemon sees another user. */
static void
become_user(const char *name)
{
	struct passwd	*pw;

	errno = 0;
	if ((pw = getpwnam(name)) == NULL)
		errx(1, "user %s: %s", name,
		    errno != 0 ? strerror(errno) : "there is none");
	if (pw->pw_uid == geteuid())
		return;
	if (initgroups(pw->pw_name, pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		err(1, "user %s", name);
}

static void
catch_signals(void)
{
	static const int	signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction	sa;
	size_t			i;

	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* Nobody can be asked.  For a monitor that is another thing than a warning. */
static void __attribute__((__noreturn__))
not_open(const char *command)
{
	static const char	what[] = "Could not open connection to daemon";

	if (command != NULL && strcmp(command, "check") == 0) {
		printf("NTP UNKNOWN: %s\n", what);
		exit(COMMANDS_UNKNOWN);
	}
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static struct client *
open_client(const struct options *options, const char *command)
{
	struct client_params	 params;
	struct client		*client;

	memset(&params, 0, sizeof(params));
	params.hosts = options->hosts;
	params.port = options->port;
	params.family = options->family;
	params.path = client_path;
	if ((client = client_new(&params)) == NULL) {
		if (errno != ENOENT)
			err(1, NULL);
		not_open(command);
	}
	return (client);
}

int
main(int argc, char **argv)
{
	static const struct ctl_ops	ops = {
		.ask = main_ask,
		.sleep = main_sleep,
		.flush = main_flush,
		.name_of = names_of_addr,
		.addr_of = names_to_addr,
		.random = main_random,
		.now = main_now,
		.elapsed = main_elapsed,
		.screen = main_screen,
		.key = main_key,
		.limits = main_limits,
	};
	struct options	 options;
	struct ctl	 ctl;
	struct client	*client;
	int		 result;

	parse_options(argc, argv, &options);
	argc -= optind;
	argv += optind;
	/* -s has one format, and no command beside it */
	if (options.show && (argc > 0 || options.format != OUTPUT_TEXT))
		usage(stderr);
	if (options.user != NULL)
		become_user(options.user);
	catch_signals();
	if (atexit(remove_path) != 0)
		err(1, "atexit");
	client = open_client(&options, argc > 0 ? argv[0] : NULL);
	memset(&ctl, 0, sizeof(ctl));
	ctl.ops = &ops;
	ctl.ctx = client;
	ctl.style.format = options.format;
	ctl.style.wide = options.wide;
	ctl.limits.timeout_ms = CLIENT_TIMEOUT_MS;
	ctl.limits.retries = CLIENT_RETRIES;
	ctl.family = options.family;
	ctl.numeric = options.numeric;
	ctl.source_names = options.source_names;
	if (options.show)
		result = run_show(&ctl, &options);
	else if (argc > 0)
		result = run_arguments(&ctl, &options, argc, argv);
	else if (isatty(STDIN_FILENO))
		result = run_terminal(&ctl, &options);
	else
		result = run_input(&ctl, &options);
	if (options.format == OUTPUT_METRICS)
		printf("# EOF\n");
	client_free(client);
	text_free(&ctl.out);
	text_free(&ctl.err);
	return (result == 0 ? 0 : ctl.code != 0 ? ctl.code : 1);
}
