/*
 * Sockets of ntpd-server: takes requests in batches, lets the core judge and
 * answer them, sends the answers in one call, from the address that was
 * asked.  Runs in the server only.  It must never allocate or make a system
 * call for a single packet, and never wait.
 */
#include "ntpd/server/server_io.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <netinet/in.h>

#include <linux/sock_diag.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/addr.h"
#include "common/log.h"
#include "common/ntp.h"
#include "common/timens.h"
#include "ntpd/server/server_core.h"
#include "ntpd/server/server_tx.h"
#include "privsep/clockpage.h"

/* Batches until other events have their turn. */
#define EVENT_BATCHES	16
/*
 * Of a socket that is closed: more than fits into its buffer (4 MiB with the
 * kernel's part, of which the smallest packet takes 768 bytes), so that one
 * that is flooded does not keep the others waiting.
 */
#define LAST_BATCHES	128
/* Receive errors in a row after which a socket is given up. */
#define ERRORS_MAX	1000
/*
 * Room for a timestamp and the larger pktinfo, and for the other kind of
 * timestamp, which comes as well where there are transmit timestamps on
 * older kernels.
 */
#define CONTROL_LEN	(CMSG_SPACE(sizeof(struct timespec)) + \
			    CMSG_SPACE(sizeof(struct in6_pktinfo)) + \
			    CMSG_SPACE(3 * sizeof(struct timespec)))
/* Of an answer: where it leaves from, and that it is to be stamped. */
#define OUT_CONTROL_LEN	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + \
			    SERVER_TX_CONTROL)
/*
 * Not a power of two: only the first line of most buffers is used, and these
 * lines must not all fall into the same set of the cache.
 */
#define SLOT_LEN	(NTP_PACKET_MAX + 64)
/* Two lines of the cache. */
#define REPLY_SLOT_LEN	128
/* Readings of the clock pair, and how close together is good enough. */
#define PAIR_TRIES	3
#define PAIR_CLOSE_NS	5000
/* Nothing could be answered for so long: somebody should know. */
#define SILENT_NS	(10 * NS_PER_SEC)
#define SLIP_TELL_NS	(100 * NS_PER_MS)
/* Sizes of batches that differ in cost: 1, 2..3, 4..7 .. 64, and the most. */
#define COST_CLASSES	7
#define COST_MAX_NS	20000

union sockaddr_ip {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

union control {
	struct cmsghdr	header;		/* for its alignment */
	uint8_t		bytes[CONTROL_LEN];
};

_Static_assert(CONTROL_LEN >= OUT_CONTROL_LEN, "room for both");
_Static_assert(REPLY_SLOT_LEN >= SERVER_REPLY_MAX, "room for a reply");
_Static_assert(SERVER_IO_BATCH < 1 << COST_CLASSES, "a class for each");

struct server_socket {
	struct server_io	*io;
	struct event		*event;
	int			 fd;		/* -1: free */
	uint16_t		 port;
	struct addr		 local;
	uint32_t		 drained;	/* core.steps when empty */
	int64_t			 empty_raw_ns;	/* and MONOTONIC_RAW */
	unsigned		 errors;	/* in a row */
	uint32_t		 drops;		/* of the kernel, seen */
	unsigned		 asked;		/* timestamps in this batch */
	struct server_tx	 tx;
};

struct server_io {
	struct event_base	*base;
	const struct clockpage	*page;
	struct server_core	 core;
	struct server_stats	 stats;
	int64_t			 cost_ns[COST_CLASSES];	/* of one answer */
	int64_t			 now_ns;	/* RAW, of the last batch */
	int64_t			 silent_raw_ns;	/* since; 0: answering */
	int			 silent_told;
	server_io_fn		 slip_fn;	/* NULL: nobody to tell */
	void			*slip_ctx;
	int64_t			 slip_raw_ns;	/* when it was told */
	struct server_socket	 sockets[SERVER_IO_SOCKETS];
	unsigned		 nsockets;

	/* one batch; the n-th answer may belong to a later request */
	struct mmsghdr		 in[SERVER_IO_BATCH];
	struct mmsghdr		 out[SERVER_IO_BATCH];
	struct iovec		 in_iov[SERVER_IO_BATCH];
	struct iovec		 out_iov[SERVER_IO_BATCH];
	union sockaddr_ip	 from[SERVER_IO_BATCH];
	union control		 control[SERVER_IO_BATCH];
	struct cmsghdr		*pktinfo[SERVER_IO_BATCH];
	struct server_request	 requests[SERVER_IO_BATCH];
	unsigned		 passed[SERVER_IO_BATCH];
	union control		 out_control[SERVER_IO_BATCH];
	uint8_t			 replies[SERVER_IO_BATCH][REPLY_SLOT_LEN];
	uint8_t			 slots[SERVER_IO_BATCH][SLOT_LEN];
};

static int64_t
clock_ns(clockid_t id)
{
	struct timespec	ts;

	clock_gettime(id, &ts);
	return (timens_from_timespec(&ts));
}

/* Both clocks at one instant: nothing may come between the readings. */
static void
clock_pair(int64_t *raw_ns, int64_t *real_ns)
{
	int64_t	before_ns, after_ns;
	int	i;

	after_ns = clock_ns(CLOCK_MONOTONIC_RAW);
	for (i = 0; i < PAIR_TRIES; i++) {
		before_ns = after_ns;
		*real_ns = clock_ns(CLOCK_REALTIME);
		after_ns = clock_ns(CLOCK_MONOTONIC_RAW);
		*raw_ns = before_ns + (after_ns - before_ns) / 2;
		if (after_ns - before_ns <= PAIR_CLOSE_NS)
			break;
	}
}

/*
 * Where it was sent to, and the same control message made ready for the
 * answer: from that address, by whatever way the routes say.
 */
static void
take_pktinfo(struct cmsghdr *c, struct server_request *req)
{
	struct in_pktinfo	info;
	struct in6_pktinfo	info6;

	if (c->cmsg_level == IPPROTO_IP) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		req->group = info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr;
		req->to.family = ADDR_INET;
		memcpy(req->to.ip, &info.ipi_addr, 4);
		info.ipi_ifindex = 0;
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		return;
	}
	memcpy(&info6, CMSG_DATA(c), sizeof(info6));
	req->group = IN6_IS_ADDR_MULTICAST(&info6.ipi6_addr);
	req->to.family = ADDR_INET6;
	memcpy(req->to.ip, &info6.ipi6_addr, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&info6.ipi6_addr))
		req->to.scope = info6.ipi6_ifindex;
	else
		info6.ipi6_ifindex = 0;
	memcpy(CMSG_DATA(c), &info6, sizeof(info6));
}

static int
is_pktinfo(const struct cmsghdr *c)
{
	if (c->cmsg_level == IPPROTO_IP)
		return (c->cmsg_type == IP_PKTINFO &&
		    c->cmsg_len == CMSG_LEN(sizeof(struct in_pktinfo)));
	return (c->cmsg_level == IPPROTO_IPV6 &&
	    c->cmsg_type == IPV6_PKTINFO &&
	    c->cmsg_len == CMSG_LEN(sizeof(struct in6_pktinfo)));
}

/* Timestamp and pktinfo of a packet; the latter, or NULL. */
static struct cmsghdr *
take_control(struct msghdr *msg, struct server_request *req)
{
	struct cmsghdr	*c, *pktinfo = NULL;
	struct timespec	 ts;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS &&
		    c->cmsg_len == CMSG_LEN(sizeof(ts))) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			req->rx_real_ns = timens_from_timespec(&ts);
		} else if (is_pktinfo(c)) {
			take_pktinfo(c, req);
			pktinfo = c;
		}
	}
	return (pktinfo);
}

/* A received packet as the core wants it. */
static void
make_request(struct server_io *io, const struct server_socket *s, unsigned i)
{
	struct server_request	*req = &io->requests[i];
	struct msghdr		*msg = &io->in[i].msg_hdr;

	memset(req, 0, sizeof(*req));
	req->data = io->slots[i];
	req->len = io->in[i].msg_len;
	req->truncated = (msg->msg_flags & MSG_TRUNC) != 0;
	req->drained = s->drained;
	req->empty_raw_ns = s->empty_raw_ns;
	req->now_ns = io->now_ns;
	/* an address that cannot be read leaves port 0, which is refused */
	if (addr_from_sockaddr(&io->from[i].sa, msg->msg_namelen,
	    &req->from) == -1)
		memset(&req->from, 0, sizeof(req->from));
	io->pktinfo[i] = take_control(msg, req);
	req->to.port = s->port;
	if (req->rx_real_ns == 0)
		io->stats.no_timestamp++;
}

/* The page does not let us answer, or does again: in the log after a while. */
static void
note_silence(struct server_io *io, enum server_verdict verdict,
    int64_t raw_ns)
{
	if (verdict == SERVER_REPLY) {
		if (io->silent_told)
			log_info("answering again");
		io->silent_raw_ns = 0;
		io->silent_told = 0;
	} else if (io->silent_raw_ns == 0)
		io->silent_raw_ns = raw_ns;
	else if (!io->silent_told && raw_ns - io->silent_raw_ns > SILENT_NS) {
		log_warnx("no answers for %lld s: %s",
		    SILENT_NS / NS_PER_SEC, server_verdict_text(verdict));
		io->silent_told = 1;
	}
}

/* Who can put the page right may not know yet. */
static void
tell_slip(struct server_io *io, int64_t raw_ns)
{
	if (io->slip_fn == NULL || (io->slip_raw_ns != 0 &&
	    raw_ns - io->slip_raw_ns < SLIP_TELL_NS))
		return;
	io->slip_raw_ns = raw_ns;
	io->slip_fn(io->slip_ctx);
}

static unsigned
cost_class(unsigned n)
{
	return (31 - (unsigned)__builtin_clz(n));
}

/*
 * The n-th answer leaves from the address that was asked.  Where somebody
 * waits for the time when it left, that is to be told.
 */
static void
make_message(struct server_io *io, struct server_socket *s, unsigned n,
    unsigned i)
{
	struct msghdr	*msg = &io->out[n].msg_hdr;
	struct cmsghdr	*pktinfo = io->pktinfo[i];

	msg->msg_name = &io->from[i];
	msg->msg_namelen = io->in[i].msg_hdr.msg_namelen;
	msg->msg_control = pktinfo;
	msg->msg_controllen = pktinfo == NULL ? 0 :
	    CMSG_ALIGN(pktinfo->cmsg_len);
	if (io->requests[i].sent_rx == 0)
		return;
	if (pktinfo != NULL)
		memcpy(&io->out_control[n], pktinfo, msg->msg_controllen);
	msg->msg_control = &io->out_control[n];
	server_tx_ask(&s->tx, s->fd, msg, &io->requests[i].from,
	    io->requests[i].sent_rx, io->now_ns);
	s->asked++;
}

/* The answers of a batch, stamped; returns how many. */
static unsigned
make_replies(struct server_io *io, struct server_socket *s, unsigned npassed)
{
	struct clockpage_data	 page;
	enum server_verdict	 verdict;
	int64_t			 raw_ns, real_ns, cost_ns;
	unsigned		 i, k, n = 0;
	int			 have;

	have = clockpage_read(io->page, &page) == 0;
	clock_pair(&raw_ns, &real_ns);
	verdict = server_core_begin(&io->core, have ? &page : NULL, raw_ns,
	    real_ns);
	if (verdict != SERVER_REPLY || io->silent_raw_ns != 0)
		note_silence(io, verdict, raw_ns);
	if (verdict == SERVER_SLIP)
		tell_slip(io, raw_ns);
	if (verdict != SERVER_REPLY) {
		io->stats.verdicts[verdict] += npassed;
		return (0);
	}
	cost_ns = io->cost_ns[cost_class(npassed)];
	for (k = 0; k < npassed; k++) {
		i = io->passed[k];
		verdict = server_core_answer(&io->core, &io->requests[i],
		    n * cost_ns, io->replies[n], &io->out_iov[n].iov_len);
		io->stats.verdicts[verdict]++;
		if (verdict != SERVER_REPLY && verdict != SERVER_KISS)
			continue;
		io->stats.interleaved += io->requests[i].interleaved;
		make_message(io, s, n++, i);
	}
	return (n);
}

/*
 * The kernel sends the answers of a batch one after the other, so each
 * leaves later than the one before.  What one costs is followed by a minimum
 * that forgets slowly: a transmit timestamp should rather be early than later
 * than the truth.
 */
static void
note_cost(struct server_io *io, unsigned n, int64_t begin_ns)
{
	int64_t	*known_ns, cost_ns;

	if (n < 2)
		return;
	cost_ns = (clock_ns(CLOCK_REALTIME) - begin_ns) / n;
	if (cost_ns < 0 || cost_ns > COST_MAX_NS)
		return;
	known_ns = &io->cost_ns[cost_class(n)];
	if (cost_ns < *known_ns)
		*known_ns = cost_ns;
	else
		*known_ns += (cost_ns - *known_ns) / 256;
}

static void
on_sent(void *ctx, const struct addr *to, ntp_ts rx, int64_t tx_real_ns)
{
	struct server_io	*io = ctx;

	(void)server_core_sent(&io->core, to, rx, tx_real_ns);
}

static void
send_replies(struct server_io *io, struct server_socket *s, unsigned n)
{
	unsigned	done;
	int		sent, failed = 0;

	for (done = 0; done < n; done += (unsigned)sent) {
		sent = sendmmsg(s->fd, &io->out[done], n - done,
		    MSG_DONTWAIT);
		if (sent > 0)
			continue;
		sent = 0;
		if (errno == EINTR)
			continue;
		failed = 1;
		if (errno == EAGAIN || errno == ENOBUFS) {
			io->stats.send_failed += n - done;
			break;
		}
		/* this one cannot be sent (no route, firewall): next */
		io->stats.send_failed++;
		sent = 1;
	}
	/*
	 * Which of them has a number is not known; only now, because those
	 * behind it have theirs by the old count.
	 */
	if (failed && s->asked > 0)
		server_tx_reset(&s->tx, s->fd);
	/* mostly they are there already, which saves a wake-up */
	if (s->asked > 0)
		server_tx_read(&s->tx, s->fd, io->now_ns, on_sent, io);
	s->asked = 0;
}

/* Receive errors pass, or the socket is given up: never a busy loop. */
static void
note_error(struct server_socket *s)
{
	if (errno == EAGAIN || errno == EINTR)
		return;
	s->io->stats.receive_errors++;
	if (++s->errors < ERRORS_MAX)
		return;
	log_warn("port %u: no longer reading", s->port);
	event_del(s->event);
}

/*
 * Nothing that will be read from here on was in the queue at an instant, when
 * so many steps were known: both are from before the queue was looked at.
 */
static void
note_empty(struct server_socket *s, uint32_t steps, int64_t raw_ns)
{
	s->drained = steps;
	s->empty_raw_ns = raw_ns;
}

/* One batch; 1 when there may be more to read, -1 when there was nothing. */
static int
serve_batch(struct server_socket *s)
{
	struct server_io	*io = s->io;
	enum server_verdict	 verdict;
	uint32_t		 steps = io->core.steps;
	unsigned		 i, n, npassed = 0, nreplies;
	int			 received;

	io->now_ns = clock_ns(CLOCK_MONOTONIC_RAW);
	received = recvmmsg(s->fd, io->in, SERVER_IO_BATCH, MSG_DONTWAIT,
	    NULL);
	if (received <= 0) {
		if (errno == EAGAIN)
			note_empty(s, steps, io->now_ns);
		note_error(s);
		return (-1);
	}
	s->errors = 0;
	n = (unsigned)received;
	io->stats.batches++;
	for (i = 0; i < n; i++) {
		make_request(io, s, i);
		server_core_expect(&io->core, &io->requests[i]);
	}
	for (i = 0; i < n; i++) {
		verdict = server_core_check(&io->core, &io->requests[i]);
		if (verdict == SERVER_REPLY) {
			io->passed[npassed++] = i;
			io->stats.authenticated += io->requests[i].key != NULL;
		} else
			io->stats.verdicts[verdict]++;
	}
	if (npassed > 0 && (nreplies = make_replies(io, s,
	    npassed)) > 0) {
		send_replies(io, s, nreplies);
		note_cost(io, nreplies, io->core.real_ns);
	}
	for (i = 0; i < n; i++) {
		io->in[i].msg_hdr.msg_namelen = sizeof(io->from[i]);
		io->in[i].msg_hdr.msg_controllen = sizeof(io->control[i]);
	}
	if (n == SERVER_IO_BATCH)
		return (1);
	note_empty(s, steps, io->now_ns);
	/* since a step was seen the queue was not looked at */
	return (steps != io->core.steps);
}

static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct server_socket	*s = ctx;
	int			 i, more;

	(void)fd;
	(void)what;
	/* an answer that somebody waits for may be the next one */
	if (s->tx.awaited > 0)
		server_tx_read(&s->tx, s->fd, clock_ns(CLOCK_MONOTONIC_RAW),
		    on_sent, s->io);
	more = serve_batch(s);
	/* timestamps that came wake us up, also those of an earlier server */
	if (more == -1)
		server_tx_read(&s->tx, s->fd, s->io->now_ns, on_sent, s->io);
	for (i = 1; i < EVENT_BATCHES && more == 1; i++)
		more = serve_batch(s);
}

struct server_io *
server_io_new(struct event_base *base, const struct clockpage *page,
    const struct access *access)
{
	struct server_io	*io;
	uint64_t		 seed;
	unsigned		 i;

	if ((io = calloc(1, sizeof(*io))) == NULL)
		return (NULL);
	io->base = base;
	io->page = page;
	arc4random_buf(&seed, sizeof(seed));
	server_core_init(&io->core, access, seed);
	for (i = 0; i < SERVER_IO_BATCH; i++) {
		io->in_iov[i].iov_base = io->slots[i];
		io->in_iov[i].iov_len = NTP_PACKET_MAX;
		io->in[i].msg_hdr.msg_iov = &io->in_iov[i];
		io->in[i].msg_hdr.msg_iovlen = 1;
		io->in[i].msg_hdr.msg_name = &io->from[i];
		io->in[i].msg_hdr.msg_namelen = sizeof(io->from[i]);
		io->in[i].msg_hdr.msg_control = &io->control[i];
		io->in[i].msg_hdr.msg_controllen = sizeof(io->control[i]);
		io->out_iov[i].iov_base = io->replies[i];
		io->out[i].msg_hdr.msg_iov = &io->out_iov[i];
		io->out[i].msg_hdr.msg_iovlen = 1;
	}
	return (io);
}

void
server_io_on_slip(struct server_io *io, server_io_fn fn, void *ctx)
{
	io->slip_fn = fn;
	io->slip_ctx = ctx;
}

void
server_io_set_clients(struct server_io *io, struct clienttab *clients,
    const struct conf_ratelimit *limit)
{
	server_core_set_clients(&io->core, clients, limit);
}

void
server_io_set_keys(struct server_io *io, const struct keyring *ring)
{
	server_core_set_keys(&io->core, ring);
}

void
server_io_set_access(struct server_io *io, const struct access *access)
{
	io->core.access = access;
}

/*
 * What is counted elsewhere, since the last time.  The kernel's counter of
 * packets that found the queue full belongs to the socket, which is older than
 * an earlier server; nobody pays for it until he asks.
 */
static void
collect(struct server_socket *s)
{
	struct server_stats	*stats = &s->io->stats;
	uint32_t		 info[SK_MEMINFO_VARS];
	socklen_t		 len = sizeof(info);

	stats->timestamps_lost += s->tx.lost;
	s->tx.lost = 0;
	if (getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == -1 ||
	    len <= SK_MEMINFO_DROPS * sizeof(info[0]))
		return;
	stats->queue_full += info[SK_MEMINFO_DROPS] - s->drops;
	s->drops = info[SK_MEMINFO_DROPS];
}

static void
socket_close(struct server_socket *s)
{
	if (s->fd == -1)
		return;
	collect(s);
	event_free(s->event);
	close(s->fd);
	s->fd = -1;
}

/* What has come already gets its answer. */
static void
socket_drain(struct server_socket *s)
{
	unsigned	i;

	for (i = 0; s->fd != -1 && i < LAST_BATCHES && serve_batch(s) == 1;
	    i++)
		;
}

void
server_io_free(struct server_io *io)
{
	unsigned	i;

	if (io == NULL)
		return;
	for (i = 0; i < io->nsockets; i++) {
		socket_drain(&io->sockets[i]);
		socket_close(&io->sockets[i]);
	}
	free(io);
}

int
server_io_add(struct server_io *io, int fd, const struct addr *local)
{
	struct server_socket	*s;
	unsigned		 i;
	int			 error;

	for (i = 0; i < io->nsockets; i++)
		if (io->sockets[i].fd == -1)
			break;
	if (i == SERVER_IO_SOCKETS) {
		close(fd);
		errno = EMFILE;
		return (-1);
	}
	s = &io->sockets[i];
	s->io = io;
	s->fd = fd;
	s->port = local->port;
	s->local = *local;
	s->drained = 0;
	s->empty_raw_ns = 0;
	s->errors = 0;
	s->drops = 0;
	s->asked = 0;
	memset(&s->tx, 0, sizeof(s->tx));
	s->event = event_new(io->base, fd, EV_READ | EV_PERSIST, on_readable,
	    s);
	if (s->event == NULL || event_add(s->event, NULL) == -1) {
		error = errno;
		if (s->event != NULL)
			event_free(s->event);
		close(fd);
		s->fd = -1;
		errno = error;
		return (-1);
	}
	if (i == io->nsockets)
		io->nsockets++;
	return (0);
}

void
server_io_remove(struct server_io *io, const struct addr *local)
{
	struct server_socket	*s;
	unsigned		 i;

	for (i = 0; i < io->nsockets; i++) {
		s = &io->sockets[i];
		if (s->fd == -1 || !addr_same(&s->local, local))
			continue;
		socket_drain(s);
		socket_close(s);
	}
}

int
server_io_broadcast(struct server_io *io, const struct addr *to,
    int interval_s)
{
	struct sockaddr_storage	 ss;
	struct clockpage_data	 page;
	uint8_t			 packet[NTP_HEADER_LEN];
	int64_t			 raw_ns, real_ns;
	socklen_t		 len = addr_to_sockaddr(to, &ss);
	unsigned		 i;
	int			 on = 1;

	for (i = 0; i < io->nsockets; i++)
		if (io->sockets[i].fd != -1 &&
		    io->sockets[i].local.family == to->family)
			break;
	if (i == io->nsockets) {
		errno = EAFNOSUPPORT;
		return (-1);
	}
	errno = 0;
	if (clockpage_read(io->page, &page) == -1 ||
	    page.leap == CLOCKPAGE_LEAP_UNSYNC)
		return (-1);
	clock_pair(&raw_ns, &real_ns);
	if (server_core_begin(&io->core, &page, raw_ns, real_ns) !=
	    SERVER_REPLY)
		return (-1);
	server_core_broadcast(&io->core, interval_s, packet);
	setsockopt(io->sockets[i].fd, SOL_SOCKET, SO_BROADCAST, &on,
	    sizeof(on));
	return (sendto(io->sockets[i].fd, packet, sizeof(packet),
	    MSG_DONTWAIT, (struct sockaddr *)&ss, len) == -1 ? -1 : 0);
}

const struct server_stats *
server_io_stats(struct server_io *io)
{
	unsigned	i;

	for (i = 0; i < io->nsockets; i++)
		if (io->sockets[i].fd != -1)
			collect(&io->sockets[i]);
	return (&io->stats);
}
