/*
 * The sockets of ntpd-control: UDP on the command port and the Unix socket.
 * Must never wait, and never take more than a message is allowed to be.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/candm.h"
#include "common/log.h"
#include "common/now.h"
#include "common/timens.h"
#include "ntpd/control/control_io.h"

#define SOCKETS_MAX	128	/* twice what a child is given: a reload */

struct control_socket {
	struct control_io	*io;
	struct event		*event;
	int			 fd;		/* -1: free */
	int			 is_unix;
	int			 paused;
	double			 tokens;	/* datagrams that may be read */
	int64_t			 filled_ns;
	struct addr		 addr;		/* UDP */
};

struct control_io {
	struct event_base	*base;
	control_io_fn		 fn;
	void			*ctx;
	struct event		*resume;
	struct control_socket	 sockets[SOCKETS_MAX];
	uint32_t		 nsockets;
};

union control_buf {
	struct cmsghdr	align;
	uint8_t		buf[256];
};

static void
on_resume(int fd, short events, void *arg)
{
	struct control_io	*io = arg;
	uint32_t		 i;

	(void)fd;
	(void)events;
	for (i = 0; i < io->nsockets; i++) {
		if (!io->sockets[i].paused)
			continue;
		io->sockets[i].paused = 0;
		event_add(io->sockets[i].event, NULL);
	}
}

struct control_io *
control_io_new(struct event_base *base, control_io_fn fn, void *ctx)
{
	struct control_io	*io;

	if ((io = calloc(1, sizeof(*io))) == NULL)
		return (NULL);
	if ((io->resume = evtimer_new(base, on_resume, io)) == NULL) {
		free(io);
		return (NULL);
	}
	io->base = base;
	io->fn = fn;
	io->ctx = ctx;
	return (io);
}

static void
socket_close(struct control_socket *s)
{
	if (s->fd == -1)
		return;
	event_free(s->event);
	close(s->fd);
	s->fd = -1;
	s->paused = 0;
}

void
control_io_free(struct control_io *io)
{
	uint32_t	 i;

	if (io == NULL)
		return;
	for (i = 0; i < io->nsockets; i++)
		socket_close(&io->sockets[i]);
	event_free(io->resume);
	free(io);
}

static void
close_rights(const struct cmsghdr *c)
{
	const uint8_t	*p = CMSG_DATA(c);
	size_t		 n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int		 fd;

	for (; n > 0; n--, p += sizeof(fd)) {
		memcpy(&fd, p, sizeof(fd));
		close(fd);
	}
}

static void
take_cmsg(const struct cmsghdr *c, struct control_datagram *d)
{
	struct in_pktinfo	info;
	struct in6_pktinfo	info6;
	struct ucred		cred;

	if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
	    c->cmsg_len == CMSG_LEN(sizeof(cred))) {
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		d->uid = cred.uid;
		d->has_uid = 1;
	} else if (c->cmsg_level == IPPROTO_IP &&
	    c->cmsg_type == IP_PKTINFO &&
	    c->cmsg_len == CMSG_LEN(sizeof(info))) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		d->from.local.family = ADDR_INET;
		memcpy(d->from.local.ip, &info.ipi_spec_dst, 4);
	} else if (c->cmsg_level == IPPROTO_IPV6 &&
	    c->cmsg_type == IPV6_PKTINFO &&
	    c->cmsg_len == CMSG_LEN(sizeof(info6))) {
		memcpy(&info6, CMSG_DATA(c), sizeof(info6));
		d->from.local.family = ADDR_INET6;
		memcpy(d->from.local.ip, &info6.ipi6_addr, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&info6.ipi6_addr))
			d->from.ifindex = info6.ipi6_ifindex;
	}
}

/* The client's own socket must have a path; 0, or -1 when it has none. */
static int
take_path(const struct sockaddr_un *sun, socklen_t len,
    struct control_datagram *d)
{
	size_t	 n, max = sizeof(d->from.path) - 1;

	if (len <= offsetof(struct sockaddr_un, sun_path) ||
	    sun->sun_family != AF_UNIX || sun->sun_path[0] == '\0')
		return (-1);
	n = len - offsetof(struct sockaddr_un, sun_path);
	n = strnlen(sun->sun_path, n < sizeof(sun->sun_path) ?
	    n : sizeof(sun->sun_path));
	if (n > max)
		return (-1);
	memcpy(d->from.path, sun->sun_path, n);
	return (0);
}

/* One datagram. 0: handled or dropped; -1: there is none. */
static int
receive(struct control_socket *s)
{
	struct control_datagram	 d;
	struct sockaddr_storage	 ss;
	union control_buf	 control;
	uint8_t			 buf[CANDM_REQUEST_MAX + 1];
	struct iovec		 iov = { buf, sizeof(buf) };
	struct msghdr		 msg;
	struct cmsghdr		*c;
	ssize_t			 n;

	memset(&msg, 0, sizeof(msg));
	msg.msg_name = &ss;
	msg.msg_namelen = sizeof(ss);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	if ((n = recvmsg(s->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) == -1) {
		if (errno != EAGAIN && errno != EINTR)
			log_debug("control: receive: %s", strerror(errno));
		return (-1);
	}
	memset(&d, 0, sizeof(d));
	d.from.socket = s - s->io->sockets;
	d.is_unix = s->is_unix;
	d.data = buf;
	d.len = n;
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
		/* a client may send descriptors: nobody wants them */
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			close_rights(c);
		else
			take_cmsg(c, &d);
	}
	if (s->is_unix) {
		if (take_path((struct sockaddr_un *)&ss, msg.msg_namelen,
		    &d) == -1)
			return (0);
	} else if (addr_from_sockaddr((struct sockaddr *)&ss, msg.msg_namelen,
	    &d.from.addr) == -1 || d.from.addr.port == 0)
		return (0);
	s->io->fn(s->io->ctx, &d);
	return (0);
}

/*
 * Nobody can make us, and the engine behind us, work more than this; what is
 * too much waits in the socket's queue, and what does not fit there is lost.
 * A flood of one socket does not take from the others.
 */
static int
socket_may_read(struct control_socket *s)
{
	static const struct timeval	tv = { 0, CONTROL_IO_PAUSE_US };
	int64_t				now = now_read_ns(CLOCK_MONOTONIC);

	s->tokens += timens_to_s(now - s->filled_ns) * CONTROL_IO_RATE;
	if (s->tokens > CONTROL_IO_TOKENS)
		s->tokens = CONTROL_IO_TOKENS;
	s->filled_ns = now;
	if (s->tokens >= 1) {
		s->tokens--;
		return (1);
	}
	if (event_del(s->event) == 0) {
		s->paused = 1;
		if (!evtimer_pending(s->io->resume, NULL))
			evtimer_add(s->io->resume, &tv);
	}
	return (0);
}

static void
on_readable(int fd, short events, void *arg)
{
	struct control_socket	*s = arg;
	int			 i;

	(void)fd;
	(void)events;
	for (i = 0; i < CONTROL_IO_BURST && socket_may_read(s) &&
	    receive(s) == 0; i++)
		;
}

int
control_io_add(struct control_io *io, const struct msg_socket *sock, int fd)
{
	struct control_socket	*s;
	uint32_t		 i;
	int			 on = 1;

	for (i = 0; i < io->nsockets; i++)
		if (io->sockets[i].fd == -1)
			break;
	if (i == SOCKETS_MAX) {
		close(fd);
		errno = EMFILE;
		return (-1);
	}
	s = &io->sockets[i];
	s->io = io;
	s->fd = -1;
	s->addr = sock->addr;
	s->paused = 0;
	s->tokens = CONTROL_IO_TOKENS;
	s->filled_ns = now_read_ns(CLOCK_MONOTONIC);
	s->is_unix = sock->kind == SOCKET_COMMAND_UNIX;
	if ((s->is_unix && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on,
	    sizeof(on)) == -1) || (s->event = event_new(io->base, fd,
	    EV_READ | EV_PERSIST, on_readable, s)) == NULL) {
		close(fd);
		return (-1);
	}
	if (event_add(s->event, NULL) == -1) {
		event_free(s->event);
		close(fd);
		return (-1);
	}
	s->fd = fd;
	if (i == io->nsockets)
		io->nsockets++;
	return (0);
}

void
control_io_remove(struct control_io *io, const struct msg_socket *sock)
{
	int		 is_unix = sock->kind == SOCKET_COMMAND_UNIX;
	uint32_t	 i;

	for (i = 0; i < io->nsockets; i++)
		if (io->sockets[i].is_unix == is_unix && (is_unix ||
		    addr_same(&io->sockets[i].addr, &sock->addr)))
			socket_close(&io->sockets[i]);
}

/* The reply leaves from the address that was asked. */
static void
put_local(struct msghdr *msg, union control_buf *control,
    const struct control_from *to)
{
	struct in_pktinfo	 info;
	struct in6_pktinfo	 info6;
	struct cmsghdr		*c;

	if (to->local.family == ADDR_NONE)
		return;
	memset(control, 0, sizeof(*control));
	memset(&info, 0, sizeof(info));
	memset(&info6, 0, sizeof(info6));
	msg->msg_control = control;
	c = &control->align;
	if (to->local.family == ADDR_INET) {
		memcpy(&info.ipi_spec_dst, to->local.ip, 4);
		msg->msg_controllen = CMSG_SPACE(sizeof(info));
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
	} else {
		memcpy(&info6.ipi6_addr, to->local.ip, 16);
		info6.ipi6_ifindex = to->ifindex;
		msg->msg_controllen = CMSG_SPACE(sizeof(info6));
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info6));
		memcpy(CMSG_DATA(c), &info6, sizeof(info6));
	}
}

int
control_io_send(struct control_io *io, const struct control_from *to,
    const uint8_t *data, size_t len)
{
	struct sockaddr_storage	 ss;
	struct sockaddr_un	*sun = (struct sockaddr_un *)&ss;
	struct control_socket	*s;
	union control_buf	 control;
	struct iovec		 iov;
	struct msghdr		 msg;

	if (to->socket >= io->nsockets || io->sockets[to->socket].fd == -1) {
		errno = EINVAL;
		return (-1);
	}
	s = &io->sockets[to->socket];
	memset(&msg, 0, sizeof(msg));
	memset(&ss, 0, sizeof(ss));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_name = &ss;
	if (s->is_unix) {
		sun->sun_family = AF_UNIX;
		memcpy(sun->sun_path, to->path,
		    strnlen(to->path, sizeof(sun->sun_path) - 1));
		msg.msg_namelen = sizeof(*sun);
	} else {
		msg.msg_namelen = addr_to_sockaddr(&to->addr, &ss);
		put_local(&msg, &control, to);
	}
	return (sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 ?
	    -1 : 0);
}
