/*
 * Sockets that the service manager made and gave us (LISTEN_FDS): each is used
 * in place of one of our own that would be the same.
 */
#ifndef NTPD_LAUNCHER_GIVEN_H
#define NTPD_LAUNCHER_GIVEN_H

#include "privsep/messages.h"

#define GIVEN_MAX	256

struct given {
	int		 fds[GIVEN_MAX];
	unsigned	 n;
};

/* One more; closed when it is one too many. */
void	given_add(struct given *g, int fd);
/*
 * The one that is a datagram socket of that address, port and device, or of
 * that path, taken from the list, non-blocking; -1: there is none.
 */
int	given_take(struct given *g, const struct msg_socket *what);
/* Closes those that nobody took, with a line of the log for each. */
void	given_close(struct given *g);

#endif
