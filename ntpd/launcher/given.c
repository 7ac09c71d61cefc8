/*
 * Sockets of the service manager.  Runs in the launcher, at start only.  What
 * it is given is looked at before it is used; nothing is read from it.
 */
#include "ntpd/launcher/given.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/log.h"

union sockaddr_any {
	struct sockaddr		sa;
	struct sockaddr_un	un;
	struct sockaddr_storage	ss;
};

void
given_add(struct given *g, int fd)
{
	if (g->n == GIVEN_MAX) {
		log_warnx("more than %d sockets were given", GIVEN_MAX);
		close(fd);
		return;
	}
	g->fds[g->n++] = fd;
}

static int
get_option(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value;

	return (getsockopt(fd, level, name, &value, &len) == -1 ? -1 : value);
}

static int
is_inet(int fd, const union sockaddr_any *name, socklen_t len,
    const struct msg_socket *what)
{
	char device[MSG_DEVICE_MAX] = "";
	socklen_t device_len = sizeof(device) - 1;
	struct addr addr;

	if (addr_from_sockaddr(&name->sa, len, &addr) == -1 ||
	    !addr_equal(&addr, &what->addr) || addr.port != what->addr.port ||
	    get_option(fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_UDP)
		return (0);
	/* with IPv4 in it, it would be two of ours */
	if (addr.family == ADDR_INET6 &&
	    get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 1)
		return (0);
	return (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
	    &device_len) == 0 && strcmp(device, what->device) == 0);
}

static int
is_unix(const union sockaddr_any *name, socklen_t len,
    const struct msg_socket *what)
{
	size_t room;

	if (name->sa.sa_family != AF_UNIX ||
	    len <= offsetof(struct sockaddr_un, sun_path))
		return (0);
	room = len - offsetof(struct sockaddr_un, sun_path);
	return (strnlen(name->un.sun_path, room) == strlen(what->path) &&
	    strncmp(name->un.sun_path, what->path, room) == 0);
}

static int
is_same(int fd, const struct msg_socket *what)
{
	union sockaddr_any name;
	socklen_t len = sizeof(name);

	memset(&name, 0, sizeof(name));
	if (get_option(fd, SOL_SOCKET, SO_TYPE) != SOCK_DGRAM ||
	    getsockname(fd, &name.sa, &len) == -1)
		return (0);
	if (what->kind == SOCKET_COMMAND_UNIX)
		return (is_unix(&name, len, what));
	return (what->kind != SOCKET_SYSLOG &&
	    is_inet(fd, &name, len, what));
}

int
given_take(struct given *g, const struct msg_socket *what)
{
	unsigned i;
	int fd, flags;

	for (i = 0; i < g->n; i++)
		if (is_same(g->fds[i], what))
			break;
	if (i == g->n)
		return (-1);
	fd = g->fds[i];
	memmove(&g->fds[i], &g->fds[i + 1], (--g->n - i) * sizeof(g->fds[0]));
	flags = fcntl(fd, F_GETFL);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1) {
		log_warn("a socket that was given");
		close(fd);
		return (-1);
	}
	return (fd);
}

/* For the log. */
static void
format_name(int fd, char *buf, size_t len)
{
	union sockaddr_any name;
	socklen_t namelen = sizeof(name);
	char text[ADDR_TEXT_MAX];
	struct addr addr;

	memset(&name, 0, sizeof(name));
	snprintf(buf, len, "is none that is known");
	if (getsockname(fd, &name.sa, &namelen) == -1)
		return;
	if (addr_from_sockaddr(&name.sa, namelen, &addr) == 0)
		snprintf(buf, len, "%s port %u",
		    addr_format(&addr, text, sizeof(text)), addr.port);
	else if (name.sa.sa_family == AF_UNIX)
		snprintf(buf, len, "%.*s",
		    (int)sizeof(name.un.sun_path), name.un.sun_path);
}

void
given_close(struct given *g)
{
	char text[ADDR_TEXT_MAX + MSG_PATH_MAX];
	unsigned i;

	for (i = 0; i < g->n; i++) {
		format_name(g->fds[i], text, sizeof(text));
		log_warnx("a socket that was given is not used: %s", text);
		close(g->fds[i]);
	}
	g->n = 0;
}
