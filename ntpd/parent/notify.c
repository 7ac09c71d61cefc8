/*
 * sd_notify(3) over a datagram socket of our own.  Run by the parent, which
 * connects it at start and cannot make sockets later.  Must never block: a
 * service manager that does not read loses the line.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "ntpd/parent/notify.h"

#define WATCHDOG_MAX_US	(86400LL * 1000000)

size_t
notify_address(const char *name, struct sockaddr_un *sun)
{
	size_t len = strlen(name);

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if ((name[0] != '/' && name[0] != '@') || len < 2 ||
	    len >= sizeof(sun->sun_path))
		return (0);
	memcpy(sun->sun_path, name, len);
	if (name[0] == '@')
		sun->sun_path[0] = '\0';	/* abstract, unix(7) */
	else
		len++;
	return (offsetof(struct sockaddr_un, sun_path) + len);
}

int64_t
notify_watchdog(const char *usec, const char *watched, pid_t pid)
{
	const char *error;
	long long value;

	if (usec == NULL)
		return (0);
	if (watched != NULL) {
		value = strtonum(watched, 1, INT32_MAX, &error);
		if (error != NULL || value != pid)
			return (0);
	}
	value = strtonum(usec, 1, WATCHDOG_MAX_US, &error);
	return (error != NULL ? 0 : value);
}

int
notify_open(struct notify *n)
{
	struct sockaddr_un sun;
	const char *name;
	size_t len;

	memset(n, 0, sizeof(*n));
	n->fd = -1;
	name = getenv("NOTIFY_SOCKET");
	if (name == NULL)
		return (0);
	n->watchdog_us = notify_watchdog(getenv("WATCHDOG_USEC"),
	    getenv("WATCHDOG_PID"), getpid());
	len = notify_address(name, &sun);
	if (len == 0) {
		log_warnx("NOTIFY_SOCKET is neither a path nor @name");
		return (-1);
	}
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd == -1 ||
	    connect(n->fd, (struct sockaddr *)&sun, (socklen_t)len) == -1) {
		log_warn("cannot connect to NOTIFY_SOCKET");
		notify_close(n);
		return (-1);
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return (0);
}

void
notify_close(struct notify *n)
{
	if (n->fd != -1)
		close(n->fd);
	n->fd = -1;
}

void
notify_send(const struct notify *n, const char *text)
{
	if (n->fd == -1)
		return;
	if (send(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    -1)
		log_debug("service manager does not read: %s",
		    strerror(errno));
}

void
notify_status(struct notify *n, const char *status)
{
	char text[sizeof(n->status) + 8];

	if (strcmp(n->status, status) == 0)
		return;
	strlcpy(n->status, status, sizeof(n->status));
	snprintf(text, sizeof(text), "STATUS=%s", n->status);
	notify_send(n, text);
}
