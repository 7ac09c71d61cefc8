/*
 * The table of commands and how a line finds its row.  Used by ntpctl; the
 * names are chronyc's, and a few of our own.
 */
#include "ntpctl/commands.h"

#include <stdio.h>
#include <string.h>

#define REQ(name)	CANDM_REQ_##name
/* chronyc ignores what a report does not know; scripts have such words */
#define ANY		COMMANDS_ARGS_MAX

static int	command_exit(struct ctl *, const struct command *, int,
		    char **);
static int	command_help(struct ctl *, const struct command *, int,
		    char **);

#define HEADING(text)	{ text, NULL, 0, 0, 0, NULL, NULL, NULL }
#define SUBNET(name, request, help, all)				\
	{ name, "all", 0, 1, request + 1, command_of_subnet,		\
	    "[subnet]", all },						\
	{ name, NULL, 0, 1, request, command_of_subnet, "[subnet]", help }

static const struct command	table[] = {
	HEADING("Is the clock right"),
	{ "status", NULL, 0, 0, 0, command_status, "",
	    "the clock and its sources in plain words" },
	{ "watch", NULL, 0, 1, 0, command_watch, "[interval]",
	    "the same, live; q ends it" },
	{ "wait", NULL, 0, 4, 0, command_wait,
	    "[--error span] [--timeout span]", "until the clock is right" },
	{ "check", NULL, 0, 4, 0, command_check, "[-w span] [-c span]",
	    "as a plugin of Nagios" },
	HEADING("Clock"),
	{ "tracking", NULL, 0, ANY, 0, command_tracking, "",
	    "the clock and its reference" },
	{ "makestep", NULL, 0, 2, 0, command_makestep, "[threshold limit]",
	    "step the clock now, or when to do so" },
	{ "maxupdateskew", NULL, 1, 1, REQ(MODIFY_MAXUPDATESKEW),
	    command_of_real, "ppm", "largest skew that may steer" },
	{ "waitsync", NULL, 0, 4, 0, command_waitsync,
	    "[tries [corr [skew [interval]]]]", "until it is synchronised" },
	{ "dfreq", NULL, 1, 1, REQ(DFREQ), command_of_real, "ppm",
	    "change the frequency" },
	{ "doffset", NULL, 1, 1, REQ(DOFFSET), command_of_real, "seconds",
	    "slew the clock back by so much" },
	HEADING("Sources"),
	{ "sources", NULL, 0, ANY, 0, command_sources, "[-a] [-v]",
	    "the sources and their last samples" },
	{ "sourcestats", NULL, 0, ANY, 0, command_sourcestats, "[-a] [-v]",
	    "statistics of the samples" },
	{ "selectdata", NULL, 0, ANY, 0, command_selectdata, "[-a] [-v]",
	    "why a source is used or not" },
	{ "selectopts", NULL, 1, 9, 0, command_selectopts,
	    "source [+|-option ...]", "options of selection" },
	{ "reselect", NULL, 0, 0, REQ(RESELECT), command_plain, "",
	    "select anew" },
	{ "reselectdist", NULL, 1, 1, REQ(RESELECTDISTANCE), command_of_real,
	    "seconds", "distance that makes it change its mind" },
	{ "offset", NULL, 2, 2, 0, command_offset, "source seconds",
	    "correction of a source" },
	HEADING("NTP sources"),
	{ "activity", NULL, 0, ANY, REQ(ACTIVITY), command_report, "",
	    "how many are online" },
	{ "authdata", NULL, 0, ANY, 0, command_authdata, "[-a] [-v]",
	    "keys and cookies" },
	{ "ntpdata", NULL, 0, 1, 0, command_ntpdata, "[address]",
	    "the last valid packet" },
	{ "add", NULL, 0, COMMANDS_ARGS_MAX, 0, command_add,
	    "server|pool|peer name [option ...]", "a new source" },
	{ "delete", NULL, 0, 1, REQ(DELETE), command_of_source, "address",
	    "remove a source" },
	{ "burst", NULL, 0, 2, 0, command_burst,
	    "good/max [[mask/]address]", "several measurements now" },
	{ "maxdelay", NULL, 0, 2, REQ(MODIFY_MAXDELAY),
	    command_of_source_real, "address seconds", "largest delay" },
	{ "maxdelayratio", NULL, 0, 2, REQ(MODIFY_MAXDELAYRATIO),
	    command_of_source_real, "address ratio",
	    "largest delay, by the smallest" },
	{ "maxdelaydevratio", NULL, 0, 2, REQ(MODIFY_MAXDELAYDEVRATIO),
	    command_of_source_real, "address ratio",
	    "largest delay, by its deviation" },
	{ "minpoll", NULL, 0, 2, REQ(MODIFY_MINPOLL),
	    command_of_source_number, "address log2", "shortest interval" },
	{ "maxpoll", NULL, 0, 2, REQ(MODIFY_MAXPOLL),
	    command_of_source_number, "address log2", "longest interval" },
	{ "minstratum", NULL, 0, 2, REQ(MODIFY_MINSTRATUM),
	    command_of_source_number, "address stratum", "lowest stratum" },
	{ "polltarget", NULL, 0, 2, REQ(MODIFY_POLLTARGET),
	    command_of_source_number, "address samples",
	    "samples that set the interval" },
	{ "offline", NULL, 0, 1, REQ(OFFLINE), command_of_mask,
	    "[[mask/]address]", "ask them no more" },
	{ "online", NULL, 0, 1, REQ(ONLINE), command_of_mask,
	    "[[mask/]address]", "ask them again" },
	{ "onoffline", NULL, 0, 0, REQ(ONOFFLINE), command_plain, "",
	    "online where there is a route" },
	{ "refresh", NULL, 0, 0, REQ(REFRESH), command_plain, "",
	    "look up the names again" },
	{ "reload", "sources", 0, 0, REQ(RELOAD_SOURCES), command_plain, "",
	    "read the files of sources again" },
	{ "sourcename", NULL, 1, 1, 0, command_sourcename, "address",
	    "a source's name in the configuration" },
	HEADING("Time by hand"),
	{ "manual", "list", 0, ANY, 0, command_manual_list, "",
	    "what was entered" },
	{ "manual", "delete", 0, 1, 0, command_manual_delete, "index",
	    "take an entry back" },
	{ "manual", NULL, 0, 1, REQ(MANUAL), command_of_option,
	    "on|off|reset", "whether settime works" },
	{ "settime", NULL, 0, 9, 0, command_settime, "time",
	    "what time it is: Sep 25, 2015 16:30:05" },
	HEADING("NTP server"),
	{ "accheck", NULL, 0, 1, REQ(ACCHECK), command_of_address, "address",
	    "may this client ask" },
	{ "clients", NULL, 0, ANY, 0, command_clients, "[-p packets] [-k] [-r]",
	    "who asked" },
	{ "serverstats", NULL, 0, ANY, 0, command_serverstats, "[-v]",
	    "counters of the server" },
	SUBNET("allow", REQ(ALLOW), "may ask", "may ask, and all in it"),
	SUBNET("deny", REQ(DENY), "may not ask", "may not ask, nobody in it"),
	{ "local", NULL, 0, 12, 0, command_local, "[off | option ...]",
	    "serve time also without a source" },
	{ "smoothtime", NULL, 0, 1, REQ(SMOOTHTIME), command_of_option,
	    "reset|activate", "smoothing of the served time" },
	{ "smoothing", NULL, 0, ANY, REQ(SMOOTHING), command_report, "",
	    "state of it" },
	HEADING("Command access"),
	{ "cmdaccheck", NULL, 0, 1, REQ(CMDACCHECK), command_of_address,
	    "address", "may this client monitor" },
	SUBNET("cmdallow", REQ(CMDALLOW), "may monitor",
	    "may monitor, and all in it"),
	SUBNET("cmddeny", REQ(CMDDENY), "may not monitor",
	    "may not monitor, nobody in it"),
	HEADING("Real-time clock"),
	{ "rtcdata", NULL, 0, ANY, REQ(RTCREPORT), command_report, "",
	    "how it runs" },
	{ "trimrtc", NULL, 0, 0, REQ(TRIMRTC), command_plain, "",
	    "set it by the system's clock" },
	{ "writertc", NULL, 0, 0, REQ(WRITERTC), command_plain, "",
	    "keep what is known of it in its file" },
	HEADING("Daemon"),
	{ "reload", NULL, 0, 0, 0, command_reload, "",
	    "read the configuration again; what changed" },
	{ "cyclelogs", NULL, 0, 0, REQ(CYCLELOGS), command_plain, "",
	    "open the logs again" },
	{ "dump", NULL, 0, 0, REQ(DUMP), command_plain, "",
	    "write samples, keys and cookies" },
	{ "rekey", NULL, 0, 0, REQ(REKEY), command_plain, "",
	    "read the keys again" },
	{ "reset", "sources", 0, 0, REQ(RESET_SOURCES), command_plain, "",
	    "forget all samples" },
	{ "shutdown", NULL, 0, 0, REQ(SHUTDOWN), command_plain, "",
	    "end the daemon" },
	HEADING("This program"),
	{ "dns", NULL, 0, 1, 0, command_dns, "-n|+n|-4|-6|-46",
	    "names of addresses, addresses of names" },
	{ "timeout", NULL, 0, 1, 0, command_timeout, "milliseconds",
	    "of the first attempt" },
	{ "retries", NULL, 0, 1, 0, command_retries, "number",
	    "attempts after it" },
	{ "keygen", NULL, 0, 3, 0, command_keygen, "[id [type [bits]]]",
	    "a line for the file of keys" },
	{ "password", NULL, 0, COMMANDS_ARGS_MAX, 0, command_obsolete, NULL,
	    NULL },
	{ "authhash", NULL, 0, COMMANDS_ARGS_MAX, 0, command_obsolete, NULL,
	    NULL },
	{ "exit", NULL, 0, 0, 0, command_exit, "", "leave" },
	{ "quit", NULL, 0, 0, 0, command_exit, "", "leave" },
	{ "help", NULL, 0, COMMANDS_ARGS_MAX, 0, command_help, "[command]",
	    "this list, or of commands that begin so" },
};

#define NCOMMANDS	(sizeof(table) / sizeof(table[0]))

const struct command *
commands_get(size_t i)
{
	return (i < NCOMMANDS ? &table[i] : NULL);
}

static int
command_exit(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	(void)c;
	(void)argc;
	(void)argv;
	ctl->quit = 1;
	return (0);
}

static void
help_line(struct ctl *ctl, const struct command *c)
{
	char	 usage[80];

	snprintf(usage, sizeof(usage), "%s%s%s %s", c->name,
	    c->sub != NULL ? " " : "", c->sub != NULL ? c->sub : "",
	    c->arguments);
	if (strlen(usage) > 37)
		text_add(&ctl->out, "  %s\n%40s%s\n", usage, "", c->help);
	else
		text_add(&ctl->out, "  %-37s %s\n", usage, c->help);
}

static int
command_help(struct ctl *ctl, const struct command *self, int argc,
    char **argv)
{
	const struct command	*c;
	const char		*heading = NULL;

	(void)self;
	for (c = table; c < table + NCOMMANDS; c++) {
		if (c->run == NULL) {
			heading = c->name;
			continue;
		}
		if (c->help == NULL || (argc > 0 &&
		    strncmp(c->name, argv[0], strlen(argv[0])) != 0))
			continue;
		if (heading != NULL && argc == 0)
			text_add(&ctl->out, "%s:\n", heading);
		heading = NULL;
		help_line(ctl, c);
	}
	return (0);
}

/* Cuts a line into words; how many, or -1 when there are too many. */
static int
split(char *line, char **words, int max)
{
	char	*word;
	int	 n = 0;

	while ((word = strsep(&line, " \t\r\n\f\v")) != NULL) {
		if (*word == '\0')
			continue;
		if (n == max)
			return (-1);
		words[n++] = word;
	}
	return (n);
}

/* The row of a line: by two words where it has them, or by one. */
static const struct command *
find(int n, char **words)
{
	const struct command	*c;

	for (c = table; c < table + NCOMMANDS; c++) {
		if (c->run == NULL || strcmp(c->name, words[0]) != 0)
			continue;
		if (c->sub == NULL ||
		    (n > 1 && strcmp(c->sub, words[1]) == 0))
			return (c);
	}
	return (NULL);
}

/* "reset" alone is a command that lacks its word. */
static int
is_name(const char *word)
{
	const struct command	*c;

	for (c = table; c < table + NCOMMANDS; c++)
		if (c->run != NULL && strcmp(c->name, word) == 0)
			return (1);
	return (0);
}

int
commands_run(struct ctl *ctl, char *line)
{
	const struct command	*c;
	char			*words[COMMANDS_ARGS_MAX];
	int			 n, skip;

	n = split(line, words, COMMANDS_ARGS_MAX);
	if (n == 0 || (n > 0 && strchr("#;!%", words[0][0]) != NULL))
		return (0);
	if (n < 0)
		return (ctl_syntax(ctl, "Unrecognized command"));
	if ((c = find(n, words)) == NULL) {
		if (is_name(words[0]))
			return (ctl_syntax(ctl, "Invalid syntax for %s command",
			    words[0]));
		return (ctl_syntax(ctl, "Unrecognized command"));
	}
	skip = c->sub != NULL ? 2 : 1;
	if (n - skip < c->min_args || n - skip > c->max_args)
		return (ctl_syntax(ctl, "Bad syntax for %s command", c->name));
	ctl->code = 0;
	return (c->run(ctl, c, n - skip, words + skip));
}
