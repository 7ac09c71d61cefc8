/*
 * Sockets of NTP requests.  Engine shell: the only part of the engine that
 * touches the network.  It reads nothing from a host that was not asked, as
 * the sockets are connected, and nothing that is no answer to the request, as
 * they have a filter.
 */
#include <sys/types.h>
#include <sys/endian.h>
#include <sys/socket.h>

#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/ntp.h"
#include "common/timens.h"
#include "ntpd/engine/net.h"

#define CONTROL_LEN	512
#define READS_MAX	8	/* packets of one wake-up */
/* Fields of the header, RFC 5905 7.3. */
#define AT_ORIGIN	24
#define AT_RECEIVE	32
#define AT_TRANSMIT	40
#define UDP_HEADER_LEN	8

struct net_socket {
	struct net	*net;
	struct net_socket *next;
	uint32_t	 source;
	int		 fd;
	struct event	*ev;
	struct addr	 local;
};

struct net {
	struct event_base	*base;
	struct net_ops		 ops;
	void			*ctx;
	struct addr		 bind[2];
	int32_t			 port[2];	/* -1: of the system's choice */
	char			 device[16];	/* "": as the routes say */
	struct net_socket	*sockets;
};

void
net_bind(struct net *n, const struct addr bind_to[2], const char *device)
{
	n->bind[0] = bind_to[0];
	n->bind[1] = bind_to[1];
	strlcpy(n->device, device, sizeof(n->device));
}

struct net *
net_new(struct event_base *base, const struct net_ops *ops, void *ctx,
    const struct addr bind_to[2], const char *device, int32_t port)
{
	struct net *n;

	if ((n = calloc(1, sizeof(*n))) == NULL)
		return (NULL);
	n->base = base;
	n->ops = *ops;
	n->ctx = ctx;
	net_bind(n, bind_to, device);
	n->port[0] = n->port[1] = port;
	return (n);
}

static void
socket_close(struct net_socket *s)
{
	if (s->ev != NULL)
		event_free(s->ev);
	if (s->fd != -1)
		close(s->fd);
	free(s);
}

void
net_forget(struct net *n, uint32_t source)
{
	struct net_socket **p, *s;

	for (p = &n->sockets; (s = *p) != NULL; p = &s->next)
		if (s->source == source) {
			*p = s->next;
			socket_close(s);
			return;
		}
}

void
net_free(struct net *n)
{
	if (n == NULL)
		return;
	while (n->sockets != NULL)
		net_forget(n, n->sockets->source);
	free(n);
}

/* Software stamps of the kernel; without them our own readings do. */
static void
enable_timestamps(int fd)
{
	int flags = SOF_TIMESTAMPING_SOFTWARE |
	    SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE |
	    SOF_TIMESTAMPING_OPT_TSONLY;
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags,
	    sizeof(flags)) == 0)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == -1)
		log_debug("no kernel time stamps: %s", strerror(errno));
}

/* The REALTIME stamp in the control data of a message, 0: none. */
static int64_t
control_stamp(struct msghdr *msg)
{
	struct scm_timestamping stamps;
	struct timespec ts;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_TIMESTAMPING &&
		    c->cmsg_len >= CMSG_LEN(sizeof(stamps))) {
			memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
			return (timens_from_timespec(&stamps.ts[0]));
		}
		if (c->cmsg_type == SCM_TIMESTAMPNS &&
		    c->cmsg_len >= CMSG_LEN(sizeof(ts))) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			return (timens_from_timespec(&ts));
		}
	}
	return (0);
}

static ssize_t
receive(int fd, uint8_t *buf, size_t len, int flags, int64_t *stamp_ns)
{
	union {
		struct cmsghdr	align;
		uint8_t		buf[CONTROL_LEN];
	} control;
	struct iovec iov = { buf, len };
	struct msghdr msg;
	ssize_t n;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	n = recvmsg(fd, &msg, flags | MSG_DONTWAIT);
	*stamp_ns = n == -1 ? 0 : control_stamp(&msg);
	/* what does not fit is longer than anything of ours */
	if (n != -1 && (msg.msg_flags & MSG_TRUNC) != 0)
		n = 0;
	return (n);
}

static void
read_tx_stamps(struct net_socket *s)
{
	uint8_t buf[NTP_PACKET_MAX];
	int64_t stamp;
	int i;

	for (i = 0; i < READS_MAX; i++) {
		if (receive(s->fd, buf, sizeof(buf), MSG_ERRQUEUE,
		    &stamp) == -1)
			return;
		if (stamp != 0)
			s->net->ops.sent(s->net->ctx, s->source, stamp);
	}
}

static void
socket_readable(int fd, short what, void *arg)
{
	struct net_socket *s = arg;
	struct net *n = s->net;
	struct addr local = s->local;
	uint32_t source = s->source;
	uint8_t buf[NTP_PACKET_MAX];
	int64_t stamp;
	ssize_t len;

	(void)what;
	/* the transmit stamp belongs to the request: it must be known first */
	read_tx_stamps(s);
	len = receive(fd, buf, sizeof(buf), 0, &stamp);
	if (len > 0)
		n->ops.packet(n->ctx, source, buf, (size_t)len, stamp,
		    &local);
	else if (len == -1 && errno != EAGAIN && errno != EINTR)
		n->ops.error(n->ctx, source, errno);
	/* s may be gone now */
}

/*
 * Local address and port.  One port for all means a socket for each all the
 * same: the kernel finds the one that is connected to the sender, and none
 * gets what somebody else sends.
 */
static int
socket_bind(const struct net *n, int fd, const struct addr *to)
{
	int six = to->family == ADDR_INET6, on = 1;
	struct addr b = n->bind[six];
	struct sockaddr_storage ss;
	unsigned len;

	/* needs no right as long as the socket has no device (Linux 5.7) */
	if (n->device[0] != '\0' && setsockopt(fd, SOL_SOCKET,
	    SO_BINDTODEVICE, n->device, (socklen_t)strlen(n->device)) == -1)
		return (-1);
	if (b.family == ADDR_NONE && n->port[six] < 0)
		return (0);
	b.family = to->family;
	if (n->port[six] >= 0) {
		b.port = (uint16_t)n->port[six];
		if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
		    sizeof(on)) == -1)
			return (-1);
	}
	len = addr_to_sockaddr(&b, &ss);
	return (bind(fd, (struct sockaddr *)&ss, len));
}

/*
 * The kernel lets only answers to this request in: their origin is its
 * transmit timestamp or, in interleaved mode, its receive timestamp (RFC 9769
 * 2).  Somebody who sends with the server's address but has not seen the
 * request can then neither wake us up nor fill the queue before the answer
 * comes.  Without the filter all is as before.
 */
static void
socket_filter(int fd, const uint8_t *request)
{
	const uint32_t origin = UDP_HEADER_LEN + AT_ORIGIN;
	struct sock_filter prog[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, origin),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, origin + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, origin),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, origin + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog fprog = { sizeof(prog) / sizeof(prog[0]), prog };
	unsigned other = AT_RECEIVE;

	if (be64dec(request + other) == 0)
		other = AT_TRANSMIT;
	prog[1].k = be32dec(request + AT_TRANSMIT);
	prog[3].k = be32dec(request + AT_TRANSMIT + 4);
	prog[5].k = be32dec(request + other);
	prog[7].k = be32dec(request + other + 4);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog,
	    sizeof(fprog)) == -1)
		log_debug("no filter of answers: %s", strerror(errno));
}

static int
socket_open(struct net_socket *s, const struct addr *to,
    const uint8_t *request)
{
	struct sockaddr_storage ss;
	socklen_t slen = sizeof(ss);
	unsigned len = addr_to_sockaddr(to, &ss);

	if (len == 0)
		return (-1);
	s->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (s->fd == -1)
		return (-1);
	enable_timestamps(s->fd);
	socket_filter(s->fd, request);
	if (socket_bind(s->net, s->fd, to) == -1 ||
	    connect(s->fd, (struct sockaddr *)&ss, len) == -1)
		return (-1);
	if (getsockname(s->fd, (struct sockaddr *)&ss, &slen) == -1 ||
	    addr_from_sockaddr((struct sockaddr *)&ss, slen, &s->local) == -1)
		return (-1);
	/* port 0: the first one, chosen by the system, stays */
	if (s->net->port[to->family == ADDR_INET6] == 0)
		s->net->port[to->family == ADDR_INET6] = s->local.port;
	s->ev = event_new(s->net->base, s->fd, EV_READ | EV_PERSIST,
	    socket_readable, s);
	return (s->ev == NULL || event_add(s->ev, NULL) == -1 ? -1 : 0);
}

int
net_send(struct net *n, uint32_t source, const struct addr *to,
    const uint8_t *buf, size_t len)
{
	struct net_socket *s;
	char text[ADDR_TEXT_MAX];
	int error;

	net_forget(n, source);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (ENOMEM);
	s->net = n;
	s->source = source;
	s->fd = -1;
	if (socket_open(s, to, buf) == -1 ||
	    send(s->fd, buf, len, 0) != (ssize_t)len) {
		error = errno != 0 ? errno : EIO;
		log_debug("request to %s: %s",
		    addr_format(to, text, sizeof(text)), strerror(error));
		socket_close(s);
		return (error);
	}
	s->next = n->sockets;
	n->sockets = s;
	/* mostly it is there already, which saves a wake-up */
	read_tx_stamps(s);
	return (0);
}

int
net_connectable(const struct net *n, const struct addr *to)
{
	struct sockaddr_storage ss;
	unsigned len = addr_to_sockaddr(to, &ss);
	int fd, ok;

	if (len == 0 || (fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC,
	    0)) == -1)
		return (0);
	/* sends nothing, but asks for a route */
	ok = socket_bind(n, fd, to) == 0 &&
	    connect(fd, (struct sockaddr *)&ss, len) == 0;
	close(fd);
	return (ok);
}
