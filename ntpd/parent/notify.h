/*
 * Talks to the service manager over $NOTIFY_SOCKET: the protocol of
 * sd_notify(3), without its library.
 */
#ifndef PARENT_NOTIFY_H
#define PARENT_NOTIFY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sockaddr_un;

struct notify {
	int		fd;		/* -1: no service manager */
	int64_t		watchdog_us;	/* 0: it does not watch */
	char		status[192];	/* last one sent */
};

/*
 * Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID and removes them
 * from the environment; connects.  0, or -1 when there is a socket that
 * cannot be used (logged).
 */
int	notify_open(struct notify *n);
void	notify_close(struct notify *n);
/* One or more `NAME=value' lines. Nothing happens without a manager. */
void	notify_send(const struct notify *n, const char *text);
/* STATUS=, when it differs from the last one. */
void	notify_status(struct notify *n, const char *status);

/*
 * Pure: "/path" or "@name" (abstract) to an address; returns its length, 0
 * when it is neither or too long.
 */
size_t	notify_address(const char *name, struct sockaddr_un *sun);
/* Pure: what the two variables mean for process pid; 0: no watchdog. */
int64_t	notify_watchdog(const char *usec, const char *watched, pid_t pid);

#endif
