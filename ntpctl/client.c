/*
 * Sockets to the daemon, for ntpctl.  A Unix datagram socket must have a name
 * of its own to be answered at; it is made in the daemon's directory and
 * removed at the end.  Must never follow a name there: the directory belongs
 * to another user.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/candm.h"
#include "common/now.h"
#include "common/timens.h"
#include "ntpctl/client.h"

#define DOUBLED_MAX	16	/* times that a timeout is */

struct client_address {
	struct sockaddr_storage	 ss;
	socklen_t		 len;
};

struct client {
	struct client_params	 params;
	struct client_limits	 limits;
	struct client_address	 addresses[CLIENT_ADDRESSES];
	int			 naddresses;
	int			 current;
	int			 fd;		/* -1: not open */
};

static int
add_address(struct client *c, const void *sa, socklen_t len)
{
	struct client_address	*a;

	if (c->naddresses == CLIENT_ADDRESSES)
		return (-1);
	a = &c->addresses[c->naddresses++];
	memcpy(&a->ss, sa, len);
	a->len = len;
	return (0);
}

static void
add_path(struct client *c, const char *path)
{
	struct sockaddr_un	 sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, strlen(path));
	add_address(c, &sun, sizeof(sun));
}

static void
add_host(struct client *c, const char *host)
{
	struct addrinfo	 hints, *list, *ai;
	char		 port[8];

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_DGRAM;
	hints.ai_family = c->params.family == ADDR_INET ? AF_INET :
	    c->params.family == ADDR_INET6 ? AF_INET6 : AF_UNSPEC;
	snprintf(port, sizeof(port), "%u", c->params.port);
	if (getaddrinfo(host, port, &hints, &list) != 0)
		return;
	for (ai = list; ai != NULL; ai = ai->ai_next)
		if (add_address(c, ai->ai_addr, ai->ai_addrlen) == -1)
			break;
	freeaddrinfo(list);
}

static int
add_hosts(struct client *c)
{
	char	*hosts, *host, *rest;

	if ((hosts = rest = strdup(c->params.hosts)) == NULL)
		return (-1);
	while ((host = strsep(&rest, ",")) != NULL) {
		if (host[0] == '/')
			add_path(c, host);
		else if (host[0] != '\0')
			add_host(c, host);
	}
	free(hosts);
	return (0);
}

static void
client_close(struct client *c)
{
	if (c->params.path[0] != '\0')
		unlink(c->params.path);
	c->params.path[0] = '\0';
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

/*
 * Our end of a Unix socket, which the daemon's user must be able to write to.
 * The mode comes from the mask, because chmod(2) would follow a link that
 * somebody put in its place.
 */
static int
bind_path(struct client *c, const struct sockaddr_un *server)
{
	struct sockaddr_un	 sun;
	const char		*slash = strrchr(server->sun_path, '/');
	mode_t			 mask;
	int			 n, error;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	n = snprintf(sun.sun_path, sizeof(sun.sun_path),
	    "%.*s/ntpctl.%ld.sock", (int)(slash - server->sun_path),
	    server->sun_path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	unlink(sun.sun_path);
	/* first the name: a signal may come at any time */
	memcpy(c->params.path, sun.sun_path, CLIENT_PATH_MAX);
	mask = umask(0111);
	error = bind(c->fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	return (error);
}

static int
client_open(struct client *c)
{
	const struct client_address	*a = &c->addresses[c->current];

	c->fd = socket(a->ss.ss_family,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd == -1)
		return (-1);
	if ((a->ss.ss_family == AF_UNIX &&
	    bind_path(c, (const struct sockaddr_un *)&a->ss) == -1) ||
	    connect(c->fd, (const struct sockaddr *)&a->ss, a->len) == -1) {
		client_close(c);
		return (-1);
	}
	return (0);
}

/* The next address, from current on, that can be opened. */
static int
client_open_from(struct client *c, int current)
{
	client_close(c);
	for (c->current = current; c->current < c->naddresses; c->current++)
		if (client_open(c) == 0)
			return (0);
	return (-1);
}

struct client *
client_new(const struct client_params *params)
{
	struct client	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->params = *params;
	c->limits.timeout_ms = CLIENT_TIMEOUT_MS;
	c->limits.retries = CLIENT_RETRIES;
	c->fd = -1;
	if (add_hosts(c) == -1) {
		free(c);
		return (NULL);
	}
	if (client_open_from(c, 0) == -1) {
		client_free(c);
		errno = ENOENT;
		return (NULL);
	}
	return (c);
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	client_close(c);
	free(c);
}

/* 1: there is something to read; 0: the time has come. */
static int
wait_until(const struct client *c, int64_t end_ns)
{
	struct pollfd	 pfd = { .fd = c->fd, .events = POLLIN };
	struct timespec	 ts;
	int64_t		 left;
	int		 n;

	do {
		if ((left = end_ns - now_read_ns(CLOCK_MONOTONIC)) < 0)
			left = 0;
		ts.tv_sec = left / NS_PER_SEC;
		ts.tv_nsec = left % NS_PER_SEC;
		n = ppoll(&pfd, 1, &ts, NULL);
	} while (n == -1 && errno == EINTR);
	return (n > 0);
}

/* 0: the reply to this request; 1: something else; -1: the socket is dead. */
static int
take_reply(struct client *c, const struct candm_request *request,
    struct candm_reply *reply, enum client_result *result)
{
	uint8_t	 buf[CANDM_REPLY_MAX];
	ssize_t	 n;

	if ((n = recv(c->fd, buf, sizeof(buf), 0)) == -1)
		return (errno == EAGAIN || errno == EINTR ? 1 : -1);
	*result = CLIENT_OK;
	if (candm_reply_parse(buf, n, reply) == -1)
		*result = CLIENT_BAD;
	if (reply->command != request->command ||
	    reply->sequence != request->sequence)
		return (1);
	return (0);
}

/* One address, as often as there are attempts. */
static enum client_result
ask_here(struct client *c, struct candm_request *request,
    struct candm_reply *reply)
{
	uint8_t			 buf[CANDM_REQUEST_MAX];
	enum client_result	 result;
	int64_t			 end_ns;
	size_t			 len;
	int			 got;

	for (request->attempt = 0; request->attempt <= c->limits.retries;
	    request->attempt++) {
		request->sequence = arc4random();
		len = candm_request_build(request, buf);
		if (send(c->fd, buf, len, MSG_NOSIGNAL) == -1 &&
		    errno != EAGAIN)
			return (CLIENT_SILENT);
		end_ns = now_read_ns(CLOCK_MONOTONIC) +
		    (c->limits.timeout_ms * NS_PER_MS <<
		    (request->attempt < DOUBLED_MAX ? request->attempt :
		    DOUBLED_MAX));
		while (wait_until(c, end_ns)) {
			got = take_reply(c, request, reply, &result);
			if (got == 0)
				return (result);
			if (got == -1)
				return (CLIENT_SILENT);
		}
	}
	return (CLIENT_SILENT);
}

enum client_result
client_ask(struct client *c, struct candm_request *request,
    struct candm_reply *reply)
{
	enum client_result	result;

	/* all were silent before: try them anew */
	if (c->fd == -1 && client_open_from(c, 0) == -1)
		return (CLIENT_SILENT);
	do {
		result = ask_here(c, request, reply);
		if (result != CLIENT_SILENT)
			return (result);
	} while (client_open_from(c, c->current + 1) == 0);
	return (CLIENT_SILENT);
}

void
client_set_limits(struct client *c, const struct client_limits *limits)
{
	c->limits = *limits;
}
