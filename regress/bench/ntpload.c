/*
 * Load generator for NTP servers: sends requests in batches, checks every
 * answer, and says what the server's processes used for one.
 *
 *	ntpload [-b base] [-e] [-f flows] [-g count] [-k id:file] [-l file]
 *	    [-o seconds] [-p pid,pid...] [-r rate] [-s count] [-t seconds]
 *	    [-V version] [-w window] address port
 *
 *	-b	the first of the source addresses, else 127.1.0.0
 *	-e	never sleep, look for answers all the time
 *	-f	sockets (and ports) to send from, 1..256
 *	-g	requests from one source that the kernel gets as one packet
 *		and takes apart for the server (UDP_SEGMENT), 1..64: with 8
 *		sending costs a third, so that one CPU is enough for as many
 *		requests as another can answer
 *	-k	sign with this key of a file as in ntpd.keys(5); an answer
 *		is good only with the right MAC of that key
 *	-l	write the source address of each request that is lost
 *	-o	unanswered for so long is lost, else 0.5 s
 *	-p	processes of the server, whose CPU time is read
 *	-r	requests a second, whether answers come or not; without it
 *		a closed loop: a new request for each answer
 *	-s	that many source addresses, one after the other
 *	-w	requests that may be unanswered, 1..65536
 *
 * Prints one line of `name=value'.  An answer is good when it has the right
 * length, mode and version and the transmit timestamp of a request that waits
 * for it; what else comes is `bad', and the exit status is 1.  `kod' are those
 * of stratum 0 that ask to send less.  `early' and
 * `late' count answers whose times lie outside of what the generator saw
 * with its own clock, and gap is the median from transmit timestamp to
 * arrival: these tell something if the server has the same clock.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <linux/udp.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/mac.h"
#include "common/addr.h"
#include "common/key.h"
#include "common/keyring.h"
#include "common/ntp.h"
#include "common/timens.h"
#include "regress/bench/figures.h"

#define BATCH		64
#define FLOWS_MAX	256
#define WINDOW_MAX	65536
#define PIDS_MAX	64
#define SOURCES_MAX	(1 << 20)
#define SOURCE_BASE	0x7f010000u	/* 127.1.0.0 */
#define REPLY_MAX	512
#define REQUEST_MAX	(NTP_HEADER_LEN + KEYRING_TAIL_MAX)
#define CONTROL_LEN	128
#define REFID_RATE	0x52415445u	/* "RATE", RFC 5905 7.4 */
#define LOST_S		0.5
#define SETTLE_NS	(50 * NS_PER_MS)
#define POLL_MS		1
/* clocks are read at other moments than packets leave and come */
#define CLOCK_SLACK_NS	1000
#define TIME_NONE	INT64_MIN

struct slot {
	uint64_t	transmit;	/* of the request; 0: free */
	int64_t		sent_ns;	/* MONOTONIC */
	int64_t		sent_real_ns;
	uint32_t	source;		/* address, 0: any */
};

struct flow {
	int		 fd;
	uint32_t	*free;		/* stack of free slots */
	uint32_t	 nfree;
	uint32_t	 first;		/* its slots: first.. */
	uint32_t	 count;
};

struct totals {
	uint64_t	sent, replies, bad, lost, unsynced, kod;
	uint64_t	early, late;
	uint64_t	send_errors;
	int64_t		late_max_ns;
	struct histogram response;	/* request sent to answer read */
	struct histogram gap;		/* transmit timestamp to arrival */
};

struct load {
	struct addr	 server;
	int		 spin;
	unsigned	 nflows;
	uint32_t	 window;
	int64_t		 lost_ns;
	uint32_t	 nsources;
	uint32_t	 base;		/* first source address */
	unsigned	 group;		/* requests of a packet to the kernel */
	size_t		 request_len;
	double		 rate;		/* requests a second, 0: closed loop */
	double		 seconds;
	unsigned	 version;
	int		 pids[PIDS_MAX];
	unsigned	 npids;
	FILE		*lost;		/* -l, or NULL */
	struct keyring	*keyring;
	const struct keyring_key *key;	/* NULL: none */

	struct flow	 flows[FLOWS_MAX];
	struct pollfd	 polls[FLOWS_MAX];
	struct slot	*slots;
	uint64_t	 random;
	uint32_t	 next_source;
	struct totals	 totals;

	struct mmsghdr	 out[BATCH];
	struct iovec	 out_iov[BATCH];
	/* one after the other, each of request_len */
	uint8_t		 requests[BATCH * REQUEST_MAX];
	uint8_t		 out_control[BATCH][CONTROL_LEN]
			    __attribute__((__aligned__(8)));
	struct mmsghdr	 in[BATCH];
	struct iovec	 in_iov[BATCH];
	uint8_t		 replies[BATCH][REPLY_MAX];
	uint8_t		 in_control[BATCH][CONTROL_LEN]
			    __attribute__((__aligned__(8)));
};

static int64_t
clock_ns(clockid_t id)
{
	struct timespec	ts;

	clock_gettime(id, &ts);
	return (ts.tv_sec * NS_PER_SEC + ts.tv_nsec);
}

static uint64_t
load_random(struct load *l)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return (l->random);
}

/* ---- sockets ------------------------------------------------------------ */

static int
flow_socket(const struct load *l)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd, on = 1, size = 4 << 20;

	fd = socket(l->server.family == ADDR_INET ? AF_INET : AF_INET6,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(2, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on,
	    sizeof(on)) == -1)
		err(2, "SO_TIMESTAMPNS");
	/* with sources, each packet names its own in a control message */
	len = addr_to_sockaddr(&l->server, &ss);
	if (l->nsources == 0 && connect(fd, (struct sockaddr *)&ss,
	    len) == -1)
		err(2, "connect");
	return (fd);
}

static void
load_open(struct load *l)
{
	struct flow	*f;
	uint32_t	 first = 0, i, k;

	if ((l->slots = calloc(l->window, sizeof(*l->slots))) == NULL)
		err(2, NULL);
	for (i = 0; i < l->nflows; i++) {
		f = &l->flows[i];
		f->fd = flow_socket(l);
		f->first = first;
		f->count = l->window / l->nflows +
		    (i < l->window % l->nflows);
		first += f->count;
		if ((f->free = calloc(f->count + 1,
		    sizeof(*f->free))) == NULL)
			err(2, NULL);
		for (k = 0; k < f->count; k++)
			f->free[f->nfree++] = f->first + k;
		l->polls[i].fd = f->fd;
		l->polls[i].events = POLLIN;
	}
	for (i = 0; i < BATCH; i++) {
		l->out[i].msg_hdr.msg_iov = &l->out_iov[i];
		l->out[i].msg_hdr.msg_iovlen = 1;
		l->in_iov[i].iov_base = l->replies[i];
		l->in_iov[i].iov_len = REPLY_MAX;
		l->in[i].msg_hdr.msg_iov = &l->in_iov[i];
		l->in[i].msg_hdr.msg_iovlen = 1;
		l->in[i].msg_hdr.msg_control = l->in_control[i];
	}
}

static void
load_close(struct load *l)
{
	unsigned	i;

	for (i = 0; i < l->nflows; i++) {
		close(l->flows[i].fd);
		free(l->flows[i].free);
	}
	free(l->slots);
	if (l->lost != NULL)
		fclose(l->lost);
	keyring_free(l->keyring);
}

/* ---- requests ----------------------------------------------------------- */

static struct cmsghdr *
add_control(struct msghdr *msg, int level, int type, const void *data,
    size_t len)
{
	struct cmsghdr	*c;

	c = (struct cmsghdr *)((char *)msg->msg_control + msg->msg_controllen);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	msg->msg_controllen += CMSG_SPACE(len);
	return (c);
}

static void
choose_source(struct load *l, struct msghdr *msg)
{
	struct in_pktinfo	info;

	memset(&info, 0, sizeof(info));
	info.ipi_spec_dst.s_addr = htonl(l->base + l->next_source);
	if (++l->next_source == l->nsources)
		l->next_source = 0;
	add_control(msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

/* The n requests from the first on are one message, number m. */
static void
make_message(struct load *l, unsigned m, unsigned first, unsigned n,
    struct sockaddr_storage *to, socklen_t len)
{
	struct msghdr	*msg = &l->out[m].msg_hdr;
	uint16_t	 size = (uint16_t)l->request_len;

	l->out_iov[m].iov_base = l->requests + first * l->request_len;
	l->out_iov[m].iov_len = n * l->request_len;
	msg->msg_name = len > 0 ? to : NULL;
	msg->msg_namelen = len;
	msg->msg_control = l->out_control[m];
	msg->msg_controllen = 0;
	if (l->nsources > 0)
		choose_source(l, msg);
	if (n > 1)
		add_control(msg, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
}

static size_t
make_request(struct load *l, unsigned i, uint32_t slot, int64_t sent_ns,
    int64_t sent_real_ns)
{
	struct ntp_header	 h;
	struct slot		*s = &l->slots[slot];
	uint8_t			*request = l->requests + i * l->request_len;

	s->transmit = (load_random(l) | 1ULL << 63) & ~0xffffULL;
	s->transmit |= slot;
	s->sent_ns = sent_ns;
	s->sent_real_ns = sent_real_ns;
	memset(&h, 0, sizeof(h));
	h.version = (uint8_t)l->version;
	h.mode = NTP_MODE_CLIENT;
	h.transmit = s->transmit;
	if (l->nsources > 0)
		s->source = l->base +
		    (l->next_source + i / l->group) % l->nsources;
	ntp_header_build(&h, request);
	if (l->key == NULL)
		return (NTP_HEADER_LEN);
	return (keyring_sign(l->keyring, l->key, l->version, request,
	    NTP_HEADER_LEN));
}

/* As many as are free, at most max; returns how many. */
static unsigned
send_requests(struct load *l, struct flow *f, unsigned max)
{
	struct sockaddr_storage	ss;
	int64_t			sent_ns, real_ns;
	socklen_t		len = 0;
	unsigned		i, n, m, sent;
	int			messages;

	n = f->nfree < max ? f->nfree : max;
	if (n > BATCH)
		n = BATCH;
	if (n == 0)
		return (0);
	if (l->nsources > 0)
		len = addr_to_sockaddr(&l->server, &ss);
	sent_ns = clock_ns(CLOCK_MONOTONIC);
	real_ns = clock_ns(CLOCK_REALTIME);
	for (i = 0; i < n; i++)
		make_request(l, i, f->free[f->nfree - 1 - i], sent_ns,
		    real_ns);
	for (i = m = 0; i < n; i += l->group)
		make_message(l, m++, i, n - i < l->group ? n - i : l->group,
		    &ss, len);
	messages = sendmmsg(f->fd, l->out, m, 0);
	if (messages == -1) {
		/* what came back of an earlier packet, or a full buffer */
		l->totals.send_errors++;
		messages = 0;
	}
	sent = (unsigned)messages * l->group;
	if (sent > n)
		sent = n;
	for (i = sent; i < n; i++)
		l->slots[f->free[f->nfree - 1 - i]].transmit = 0;
	/* those that went are on top of the stack */
	f->nfree -= sent;
	l->totals.sent += sent;
	return (sent);
}

/* ---- answers ------------------------------------------------------------ */

static int64_t
arrival_ns(struct msghdr *msg)
{
	struct cmsghdr	*c;
	struct timespec	 ts;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			return (ts.tv_sec * NS_PER_SEC + ts.tv_nsec);
		}
	}
	return (TIME_NONE);
}

/* What the answer's times say, seen with our own clock. */
static void
check_times(struct totals *t, const struct ntp_header *h,
    const struct slot *s, int64_t came_ns)
{
	int64_t	receive_ns, transmit_ns;

	receive_ns = ntp_ts_to_ns(h->receive, s->sent_real_ns);
	transmit_ns = ntp_ts_to_ns(h->transmit, s->sent_real_ns);
	if (receive_ns < s->sent_real_ns - CLOCK_SLACK_NS)
		t->early++;
	if (came_ns == TIME_NONE)
		return;
	figures_add(&t->gap, came_ns - transmit_ns);
	if (transmit_ns <= came_ns + CLOCK_SLACK_NS)
		return;
	t->late++;
	if (transmit_ns - came_ns > t->late_max_ns)
		t->late_max_ns = transmit_ns - came_ns;
}

/* The request that an answer belongs to; NULL: it is no good. */
static struct slot *
check_reply(struct load *l, const struct flow *f, const uint8_t *data,
    size_t len, struct ntp_header *h)
{
	struct slot	*s;
	uint32_t	 slot;

	if (len < NTP_HEADER_LEN || ntp_header_parse(data, len, h) == -1)
		return (NULL);
	if (l->key == NULL ? len != NTP_HEADER_LEN :
	    !keyring_verify(l->keyring, l->key, l->version, data,
	    NTP_HEADER_LEN, len))
		return (NULL);
	slot = (uint32_t)(h->origin & 0xffff);
	if (slot < f->first || slot - f->first >= f->count)
		return (NULL);
	s = &l->slots[slot];
	if (s->transmit == 0 || s->transmit != h->origin ||
	    h->mode != NTP_MODE_SERVER || h->version != l->version ||
	    (int64_t)(h->transmit - h->receive) < 0)
		return (NULL);
	return (s);
}

static void
take_replies(struct load *l, struct flow *f, unsigned n, int64_t now_ns)
{
	struct totals		*t = &l->totals;
	struct ntp_header	 h;
	struct slot		*s;
	unsigned		 i;

	for (i = 0; i < n; i++) {
		s = check_reply(l, f, l->replies[i], l->in[i].msg_len, &h);
		if (s == NULL) {
			t->bad++;
			continue;
		}
		t->replies++;
		figures_add(&t->response, now_ns - s->sent_ns);
		if (h.stratum == 0 && h.refid == REFID_RATE)
			t->kod++;
		else if (h.leap == NTP_LEAP_UNSYNC || h.stratum == 0 ||
		    h.stratum > NTP_STRATUM_MAX)
			t->unsynced++;
		else
			check_times(t, &h, s, arrival_ns(&l->in[i].msg_hdr));
		s->transmit = 0;
		f->free[f->nfree++] = (uint32_t)(s - l->slots);
	}
}

/* All that has come on one socket; 1 when there was something. */
static int
receive(struct load *l, struct flow *f)
{
	int	i, n, any = 0;

	do {
		for (i = 0; i < BATCH; i++)
			l->in[i].msg_hdr.msg_controllen = CONTROL_LEN;
		n = recvmmsg(f->fd, l->in, BATCH, MSG_DONTWAIT, NULL);
		if (n <= 0)
			break;
		take_replies(l, f, (unsigned)n, clock_ns(CLOCK_MONOTONIC));
		any = 1;
	} while (n == BATCH);
	return (any);
}

static int
receive_all(struct load *l)
{
	unsigned	i;
	int		any = 0;

	for (i = 0; i < l->nflows; i++)
		any |= receive(l, &l->flows[i]);
	return (any);
}

static void
write_lost(FILE *f, uint32_t source)
{
	struct in_addr	a = { htonl(source) };

	if (f != NULL)
		fprintf(f, "%s\n", inet_ntoa(a));
}

/* Requests that nobody answered. */
static void
give_up(struct load *l, int64_t now_ns)
{
	struct flow	*f;
	struct slot	*s;
	uint32_t	 k;
	unsigned	 i;

	for (i = 0; i < l->nflows; i++) {
		f = &l->flows[i];
		for (k = f->first; k < f->first + f->count; k++) {
			s = &l->slots[k];
			if (s->transmit == 0 ||
			    now_ns - s->sent_ns < l->lost_ns)
				continue;
			s->transmit = 0;
			f->free[f->nfree++] = k;
			l->totals.lost++;
			write_lost(l->lost, s->source);
		}
	}
}

/* ---- the run ------------------------------------------------------------ */

static uint32_t
waiting(const struct load *l)
{
	uint32_t	n = l->window;
	unsigned	i;

	for (i = 0; i < l->nflows; i++)
		n -= l->flows[i].nfree;
	return (n);
}

/* As many as may be sent now, a part of them from each socket. */
static void
send_all(struct load *l, int64_t since_ns)
{
	double		due = l->window;
	unsigned	i, part;

	if (l->rate > 0) {
		due = l->rate * timens_to_s(since_ns) -
		    (double)l->totals.sent;
		if (due < l->group)
			return;
	}
	if (due > BATCH * l->nflows)
		due = BATCH * l->nflows;
	part = ((unsigned)due + l->nflows - 1) / l->nflows;
	for (i = 0; i < l->nflows; i++)
		send_requests(l, &l->flows[i], part);
}

/* Returns how long requests were sent, ns. */
static int64_t
load_run(struct load *l)
{
	struct timespec	settle = { 0, SETTLE_NS };
	int64_t		begin_ns, now_ns, swept_ns, end_ns, stop_ns;

	begin_ns = swept_ns = stop_ns = clock_ns(CLOCK_MONOTONIC);
	end_ns = begin_ns + timens_from_s(l->seconds);
	for (;;) {
		now_ns = clock_ns(CLOCK_MONOTONIC);
		if (now_ns < end_ns) {
			send_all(l, now_ns - begin_ns);
			stop_ns = clock_ns(CLOCK_MONOTONIC);
		} else if (waiting(l) == 0)
			break;
		if (now_ns - swept_ns > l->lost_ns / 4) {
			give_up(l, now_ns);
			swept_ns = now_ns;
		}
		if (!receive_all(l) && !l->spin)
			poll(l->polls, l->nflows, POLL_MS);
	}
	nanosleep(&settle, NULL);
	return (stop_ns - begin_ns);
}

static void
load_print(const struct load *l, int64_t span_ns,
    const struct figures *server, int64_t client_ns)
{
	const struct totals	*t = &l->totals;
	double			 n = t->replies > 0 ? (double)t->replies : 1;

	printf("rate=%.0f server_us=%.3f request_us=%.3f client_us=%.3f "
	    "lost_percent=%.4f p50_us=%.1f p99_us=%.1f p999_us=%.1f "
	    "sent_rate=%.0f sent=%llu replies=%llu lost=%llu bad=%llu "
	    "unsynced=%llu kod=%llu early=%llu late=%llu late_max_ns=%lld "
	    "gap_us=%.2f send_errors=%llu sleeps=%lld\n",
	    (double)t->replies / timens_to_s(span_ns),
	    (double)server->cpu_ns / n / 1e3,
	    (double)server->cpu_ns / (t->sent > 0 ? (double)t->sent : 1) / 1e3,
	    (double)client_ns / n / 1e3,
	    100 * (double)t->lost / (t->sent > 0 ? (double)t->sent : 1),
	    figures_part(&t->response, 0.5),
	    figures_part(&t->response, 0.99),
	    figures_part(&t->response, 0.999),
	    (double)t->sent / timens_to_s(span_ns),
	    (unsigned long long)t->sent, (unsigned long long)t->replies,
	    (unsigned long long)t->lost, (unsigned long long)t->bad,
	    (unsigned long long)t->unsynced, (unsigned long long)t->kod,
	    (unsigned long long)t->early, (unsigned long long)t->late,
	    (long long)t->late_max_ns, figures_part(&t->gap, 0.5),
	    (unsigned long long)t->send_errors, (long long)server->sleeps);
}

static double
number(const char *text, double min, double max)
{
	double	 v;
	char	*end;

	errno = 0;
	v = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !(v >= min) ||
	    !(v <= max))
		errx(2, "%s: not a number of %g..%g", text, min, max);
	return (v);
}

static void
parse_pids(struct load *l, char *list)
{
	char	*pid;

	while ((pid = strsep(&list, ",")) != NULL) {
		if (l->npids == PIDS_MAX)
			errx(2, "more than %d processes", PIDS_MAX);
		l->pids[l->npids++] = (int)number(pid, 1, 1 << 30);
	}
}

static void
on_key_error(void *ctx, unsigned line, const char *text)
{
	errx(2, "%s:%u: %s", (const char *)ctx, line, text);
}

/* id:file */
static void
read_key(struct load *l, char *arg)
{
	struct keys	 keys = { 0 };
	char		*text, *file;
	uint32_t	 id, bad;
	size_t		 len;
	FILE		*f;

	if ((file = strchr(arg, ':')) == NULL)
		errx(2, "%s: not a key and its file", arg);
	*file++ = '\0';
	id = (uint32_t)number(arg, 1, UINT32_MAX);
	if ((f = fopen(file, "r")) == NULL ||
	    (text = malloc(KEY_FILE_MAX)) == NULL)
		err(2, "%s", file);
	len = fread(text, 1, KEY_FILE_MAX, f);
	fclose(f);
	keys_parse(&keys, text, len, on_key_error, file);
	free(text);
	l->keyring = keyring_new(&keys, &mac_libcrypto, &bad);
	keys_free(&keys);
	if ((l->key = keyring_find(l->keyring, id)) == NULL)
		errx(2, "%s: no key %u that can be used", file, id);
}

static void
usage(void)
{
	fprintf(stderr, "usage: ntpload [-b base] [-e] [-f flows] "
	    "[-g count] [-k id:file] [-l file]\n\t[-o seconds] "
	    "[-p pid,pid...] [-r rate] [-s count] [-t seconds]\n\t"
	    "[-V version] [-w window] address port\n");
	exit(2);
}

static void
options(struct load *l, int argc, char **argv)
{
	struct in_addr	base;
	int		c;

	while ((c = getopt(argc, argv, "b:ef:g:k:l:o:p:r:s:t:V:w:")) != -1) {
		switch (c) {
		case 'b':
			if (inet_pton(AF_INET, optarg, &base) != 1)
				errx(2, "%s: not an IPv4 address", optarg);
			l->base = ntohl(base.s_addr);
			break;
		case 'e':
			l->spin = 1;
			break;
		case 'f':
			l->nflows = (unsigned)number(optarg, 1, FLOWS_MAX);
			break;
		case 'g':
			l->group = (unsigned)number(optarg, 1, BATCH);
			break;
		case 'k':
			read_key(l, optarg);
			break;
		case 'l':
			if ((l->lost = fopen(optarg, "w")) == NULL)
				err(2, "%s", optarg);
			break;
		case 'p':
			parse_pids(l, optarg);
			break;
		case 'r':
			l->rate = number(optarg, 1, 1e8);
			break;
		case 's':
			l->nsources = (uint32_t)number(optarg, 1,
			    SOURCES_MAX);
			break;
		case 't':
			l->seconds = number(optarg, 0.001, 1e6);
			break;
		case 'V':
			l->version = (unsigned)number(optarg, 1, 4);
			break;
		case 'o':
			l->lost_ns = timens_from_s(number(optarg, 0.01, 60));
			break;
		case 'w':
			l->window = (uint32_t)number(optarg, 1, WINDOW_MAX);
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
	if (addr_parse(argv[optind], &l->server) == -1)
		errx(2, "%s: not an address", argv[optind]);
	l->server.port = (uint16_t)number(argv[optind + 1], 1, 65535);
	if (l->nsources > 0 && l->server.family != ADDR_INET)
		errx(2, "-s is for IPv4");
	if (l->window < l->nflows)
		l->window = l->nflows;
}

int
main(int argc, char **argv)
{
	struct load	*l;
	struct figures	 before, after;
	int64_t		 span_ns, client_ns;
	int		 status;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		err(2, NULL);
	l->nflows = l->group = 1;
	l->window = 64;
	l->lost_ns = timens_from_s(LOST_S);
	l->seconds = 1;
	l->version = 4;
	l->base = SOURCE_BASE;
	l->random = (uint64_t)clock_ns(CLOCK_REALTIME) | 1;
	options(l, argc, argv);
	load_open(l);
	l->request_len = make_request(l, 0, 0, 0, 0);
	l->slots[0].transmit = 0;
	figures_read(l->pids, l->npids, &before);
	client_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	span_ns = load_run(l);
	client_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - client_ns;
	figures_read(l->pids, l->npids, &after);
	after.cpu_ns -= before.cpu_ns;
	after.sleeps -= before.sleeps;
	load_print(l, span_ns, &after, client_ns);
	status = l->totals.bad > 0 || l->totals.replies == 0;
	load_close(l);
	free(l);
	return (status);
}
