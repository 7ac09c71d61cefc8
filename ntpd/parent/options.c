/*
 * The command line of ntpd.  Run by the parent before anything else; pure but
 * for getopt(3)'s own state.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/parent/options.h"
#include "privsep/sandbox.h"

struct option_row {
	int		letter;
	int		(*apply)(struct options *o, const char *argument);
};

static int
apply_family4(struct options *o, const char *argument)
{
	(void)argument;
	if (o->family == ADDR_INET6)
		return (-1);
	o->family = ADDR_INET;
	return (0);
}

static int
apply_family6(struct options *o, const char *argument)
{
	(void)argument;
	if (o->family == ADDR_INET)
		return (-1);
	o->family = ADDR_INET6;
	return (0);
}

static int
apply_foreground(struct options *o, const char *argument)
{
	(void)argument;
	o->foreground = 1;
	return (0);
}

static int
apply_file(struct options *o, const char *argument)
{
	o->conf_file = argument;
	return (argument[0] == '\0' ? -1 : 0);
}

static int
apply_sandbox(struct options *o, const char *argument)
{
	const char *error;

	o->sandbox = (int)strtonum(argument, SANDBOX_OFF, SANDBOX_ON, &error);
	return (error != NULL ? -1 : 0);
}

static int
apply_log_file(struct options *o, const char *argument)
{
	o->log_file = argument;
	return (argument[0] == '\0' ? -1 : 0);
}

/* chronyd's numbers: -1 debug, 0 information, 1 warning, 2 error, 3 fatal. */
static int
apply_level(struct options *o, const char *argument)
{
	const char *error;
	long long n;

	n = strtonum(argument, -1, 3, &error);
	if (error != NULL)
		return (-1);
	if (n == -1 && o->verbosity == 0)
		o->verbosity = 1;
	o->level = n >= 2 ? LOG_LEVEL_ERROR :
	    (enum log_level)(n + LOG_LEVEL_INFO);
	return (0);
}

static int
apply_check(struct options *o, const char *argument)
{
	(void)argument;
	o->action = OPTIONS_CHECK;
	return (0);
}

static int
apply_pidfile(struct options *o, const char *argument)
{
	o->pidfile = argument;
	return (argument[0] == '\0' ? -1 : 0);
}

static int
apply_print_once(struct options *o, const char *argument)
{
	(void)argument;
	o->mode = RUN_PRINT_ONCE;
	o->foreground = 1;
	o->no_clock = 1;
	return (0);
}

static int
apply_set_once(struct options *o, const char *argument)
{
	(void)argument;
	/* -Q promises to change nothing, whatever else there is */
	if (o->mode != RUN_PRINT_ONCE)
		o->mode = RUN_SET_ONCE;
	o->foreground = 1;
	return (0);
}

static int
apply_timeout(struct options *o, const char *argument)
{
	const char *error;

	o->timeout_s = (int)strtonum(argument, 1, OPTIONS_TIMEOUT_MAX,
	    &error);
	return (error != NULL ? -1 : 0);
}

static int
apply_user(struct options *o, const char *argument)
{
	o->user = argument;
	return (argument[0] == '\0' ? -1 : 0);
}

static int
apply_version(struct options *o, const char *argument)
{
	(void)argument;
	o->action = OPTIONS_VERSION;
	return (0);
}

static int
apply_verbose(struct options *o, const char *argument)
{
	(void)argument;
	o->verbosity++;
	return (0);
}

static int
apply_samples(struct options *o, const char *argument)
{
	(void)argument;
	o->samples = 1;
	return (0);
}

static int
apply_no_clock(struct options *o, const char *argument)
{
	(void)argument;
	o->no_clock = 1;
	return (0);
}

static int
apply_help(struct options *o, const char *argument)
{
	(void)argument;
	o->action = OPTIONS_HELP;
	return (0);
}

static int
apply_restore(struct options *o, const char *argument)
{
	(void)argument;
	o->action = OPTIONS_RESTORE;
	return (0);
}

#define LETTER_RESTORE	256		/* --restore has no letter */

static const struct option_row rows[] = {
	{ '4', apply_family4 },
	{ '6', apply_family6 },
	{ 'd', apply_foreground },
	{ 'f', apply_file },
	{ 'F', apply_sandbox },
	{ 'h', apply_help },
	{ 'l', apply_log_file },
	{ 'L', apply_level },
	{ 'n', apply_check },
	{ 'p', apply_pidfile },
	{ 'q', apply_set_once },
	{ 'r', apply_samples },
	{ 'Q', apply_print_once },
	{ 't', apply_timeout },
	{ 'u', apply_user },
	{ 'v', apply_verbose },
	{ 'V', apply_version },
	{ 'x', apply_no_clock },
	{ LETTER_RESTORE, apply_restore },
	{ 0, NULL }
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "restore", no_argument, NULL, LETTER_RESTORE },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static int
apply(struct options *o, int letter, const char *argument)
{
	const struct option_row *row;

	for (row = rows; row->apply != NULL; row++)
		if (row->letter == letter)
			return (row->apply(o, argument));
	return (-1);
}

int
options_parse(struct options *o, int argc, char **argv, char *error,
    size_t len)
{
	int letter;

	memset(o, 0, sizeof(*o));
	o->sandbox = SANDBOX_ON;
	o->conf_file = OPTIONS_CONF_FILE;
	opterr = 0;
	optind = 0;		/* glibc: begin anew */
	/* `+': an argument ends the options, as POSIX has it */
	while ((letter = getopt_long(argc, argv, "+:46df:F:hl:L:np:qQrt:u:vVx",
	    long_options, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			if (optopt > 0 && optopt < LETTER_RESTORE)
				snprintf(error, len, "%s -%c", letter == '?' ?
				    "unknown option" :
				    "no argument after", optopt);
			else
				snprintf(error, len, "bad option %s",
				    argv[optind - 1]);
			return (-1);
		}
		if (apply(o, letter, optarg) == -1) {
			snprintf(error, len, "bad option -%c%s%s", letter,
			    optarg != NULL ? " " : "",
			    optarg != NULL ? optarg : "");
			return (-1);
		}
	}
	o->lines = argv + optind;
	o->nlines = argc - optind;
	return (0);
}

const char *
options_usage(void)
{
	return (
	    "usage: ntpd [-46dnQqrVvx] [-F level] [-f file] [-L level] "
	    "[-l file]\n"
	    "            [-p pidfile] [-t seconds] [-u user] "
	    "[directive ...]\n"
	    "       ntpd --restore\n"
	    "\n"
	    "  -4, -6      IPv4, IPv6 only\n"
	    "  -d          stay in the foreground, log to stderr\n"
	    "  -F level    sandbox: 1 on (default), 0 off\n"
	    "  -f file     configuration (default " OPTIONS_CONF_FILE ")\n"
	    "  -L level    log from: -1 debug, 0 information (default), 1 "
	    "warnings,\n"
	    "              2 errors\n"
	    "  -l file     log to a file instead of syslog\n"
	    "  -n          check the configuration and exit; with -v print "
	    "it\n"
	    "  -p pidfile  where the process id is written\n"
	    "  -Q          measure once, print how wrong the clock is, exit\n"
	    "  -q          measure once, set the clock, exit\n"
	    "  -r          use the samples that were saved in dumpdir\n"
	    "  -t seconds  end after so long; 1 when not synchronised then\n"
	    "  -u user     whom the children run as\n"
	    "  -V          print the version and exit\n"
	    "  -v          log more; twice: trace the messages\n"
	    "  -x          do not touch the clock\n"
	    "  --restore   put back the frequency that a killed ntpd left in "
	    "a slew\n"
	    "  directive   configuration lines, instead of a file\n");
}

const char *
options_features(void)
{
	return ("+CMDMON +NTP +PRIVDROP +SCFILTER +LANDLOCK +ASYNCDNS +IPV6 "
	    "-REFCLOCK -RTC -NTS +SECHASH -SIGND");
}
