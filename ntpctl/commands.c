/*
 * The table of commands and how a line finds its row.  Used by ntpctl; the
 * names are chronyc's.
 */
#include "ntpctl/commands.h"

#include <string.h>

struct command {
	const char	*name;
	int		 min_args;
	int		 max_args;
	int		(*run)(struct ctl *ctl, int argc, char **argv);
	const char	*arguments;
	const char	*help;
};

static int	command_exit(struct ctl *, int, char **);
static int	command_help(struct ctl *, int, char **);

static const struct command commands[] = {
	{ "tracking", 0, 0, command_tracking, "",
	    "the clock and its reference" },
	{ "sources", 0, 2, command_sources, "[-a] [-v]",
	    "the sources, their last samples" },
	{ "sourcestats", 0, 2, command_sourcestats, "[-a] [-v]",
	    "statistics of the samples" },
	{ "sourcename", 1, 1, command_sourcename, "address",
	    "a source's configured name" },
	{ "activity", 0, 0, command_activity, "",
	    "numbers of sources" },
	{ "makestep", 0, 2, command_makestep, "[threshold limit]",
	    "step the clock now (or when)" },
	{ "waitsync", 0, 4, command_waitsync,
	    "[tries [corr [skew [interval]]]]",
	    "wait until the clock is synchronised" },
	{ "help", 0, 0, command_help, "", "this list" },
	{ "exit", 0, 0, command_exit, "", "leave" },
	{ "quit", 0, 0, command_exit, "", "leave" },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static int
command_exit(struct ctl *ctl, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	ctl->quit = 1;
	return (0);
}

static int
command_help(struct ctl *ctl, int argc, char **argv)
{
	size_t	 i;

	(void)argc;
	(void)argv;
	for (i = 0; i < NCOMMANDS; i++)
		text_add(&ctl->out, "%-11s %-32s %s\n", commands[i].name,
		    commands[i].arguments, commands[i].help);
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

int
commands_run(struct ctl *ctl, char *line)
{
	const struct command	*c;
	char			*words[COMMANDS_ARGS_MAX];
	int			 n;

	n = split(line, words, COMMANDS_ARGS_MAX);
	if (n == 0 || (n > 0 && strchr("#;!%", words[0][0]) != NULL))
		return (0);
	for (c = commands; n > 0 && c < commands + NCOMMANDS; c++) {
		if (strcmp(c->name, words[0]) != 0)
			continue;
		if (n - 1 >= c->min_args && n - 1 <= c->max_args)
			return (c->run(ctl, n - 1, words + 1));
		text_add(&ctl->err, "Bad syntax for %s command\n", c->name);
		return (-1);
	}
	text_add(&ctl->err, "Unrecognized command\n");
	return (-1);
}
