/*
 * The terminal of ntpctl watch.
 */
#ifndef NTPCTL_TERMINAL_H
#define NTPCTL_TERMINAL_H

#include <termios.h>

struct terminal {
	struct termios	 before;
	volatile int	 live;
};

/* As ctl_ops.screen and ctl_ops.key. */
int	terminal_screen(struct terminal *t, int *rows, int *columns);
int	terminal_key(struct terminal *t, double seconds);
/* What it was before; may be called in a signal handler. */
void	terminal_restore(struct terminal *t);

#endif
