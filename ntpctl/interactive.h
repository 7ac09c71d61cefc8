/*
 * Commands from a terminal: prompt, history, completion.
 */
#ifndef NTPCTL_INTERACTIVE_H
#define NTPCTL_INTERACTIVE_H

struct ctl;

/*
 * Reads lines and gives them to run until the end or ctl->quit.  prompt has no
 * blank.  The result of the last one; -1 when there is no memory.
 */
int	interactive_run(struct ctl *ctl, const char *prompt,
	    int (*run)(void *arg, char *line), void *arg);

#endif
