/*
 * The commands of ntpctl: lines, the table, and what they do.
 */
#ifndef NTPCTL_COMMANDS_H
#define NTPCTL_COMMANDS_H

#include "ntpctl/ctl.h"

#define COMMANDS_LINE_MAX	2048	/* bytes of a line with its NUL */
#define COMMANDS_ARGS_MAX	16

/*
 * Does one line: 0, or -1 when it failed.  An empty line or one that starts
 * with one of # ; ! % does nothing, well.  The line is cut into words.
 */
int	commands_run(struct ctl *ctl, char *line);

/* A command gets its words without its own name: 0 or -1. */
int	command_tracking(struct ctl *ctl, int argc, char **argv);
int	command_sources(struct ctl *ctl, int argc, char **argv);
int	command_sourcestats(struct ctl *ctl, int argc, char **argv);
int	command_sourcename(struct ctl *ctl, int argc, char **argv);
int	command_activity(struct ctl *ctl, int argc, char **argv);
int	command_makestep(struct ctl *ctl, int argc, char **argv);
int	command_waitsync(struct ctl *ctl, int argc, char **argv);

#endif
