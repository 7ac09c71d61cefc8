/*
 * The commands of ntpctl: lines, the table, and what they do.
 */
#ifndef NTPCTL_COMMANDS_H
#define NTPCTL_COMMANDS_H

#include "ntpctl/ctl.h"

#define COMMANDS_LINE_MAX	2048	/* bytes of a line with its NUL */
#define COMMANDS_ARGS_MAX	64
#define COMMANDS_UNKNOWN	3	/* exit status of check */

/* A command is one word or two, or one word and another as argument. */
struct command {
	const char	*name;
	const char	*sub;		/* second word, or NULL */
	int		 min_args;	/* without the words above */
	int		 max_args;
	unsigned	 request;	/* enum candm_command, 0: see run */
	/* its words without its own name: 0 or -1 */
	int		(*run)(struct ctl *, const struct command *, int,
	    char **);
	const char	*arguments;
	const char	*help;
};

/* A heading in the list of commands has a name only. */
const struct command *commands_get(size_t i);	/* NULL: the end */

/*
 * Does one line: 0, or -1 when it failed.  An empty line or one that starts
 * with one of # ; ! % does nothing, well.  The line is cut into words.
 */
int	commands_run(struct ctl *ctl, char *line);

#define COMMAND(name)							\
	int	command_##name(struct ctl *, const struct command *, int, \
		    char **)

/* command_report.c */
COMMAND(tracking);
COMMAND(sources);
COMMAND(sourcestats);
COMMAND(selectdata);
COMMAND(authdata);
COMMAND(ntpdata);
COMMAND(sourcename);
COMMAND(report);		/* activity, rtcdata ...: by its request */
COMMAND(manual_list);
COMMAND(serverstats);
COMMAND(clients);
/* command_change.c: by the form of their arguments */
COMMAND(plain);
COMMAND(of_mask);
COMMAND(of_source_number);
COMMAND(of_source_real);
COMMAND(of_source);
COMMAND(of_address);
COMMAND(of_subnet);
COMMAND(of_real);
COMMAND(of_option);
COMMAND(burst);
COMMAND(manual_delete);
COMMAND(makestep);
COMMAND(settime);
COMMAND(selectopts);
COMMAND(offset);
/* command_add.c */
COMMAND(add);
COMMAND(local);
/* command_wait.c */
COMMAND(waitsync);
COMMAND(wait);
COMMAND(check);
/* command_local.c */
COMMAND(dns);
COMMAND(timeout);
COMMAND(retries);
COMMAND(keygen);
COMMAND(obsolete);
/* status.c, watch.c, command_reload.c */
COMMAND(status);
COMMAND(watch);
COMMAND(reload);

#undef COMMAND

#endif
