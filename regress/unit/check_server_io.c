/*
 * ntpd/server/server_io.c on real sockets of the loopback interface: batches,
 * kernel timestamps, the address that answers, what is dropped and counted.
 * beside: no
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/access.h"
#include "common/addr.h"
#include "common/clienttab.h"
#include "common/conf.h"
#include "common/key.h"
#include "common/keyring.h"
#include "common/ntp.h"
#include "common/timens.h"
#include "ntpd/server/server_core.h"
#include "ntpd/server/server_io.h"
#include "privsep/clockpage.h"
#include "regress/unit/unit.h"

#define MANY	200
#define TX	0x1122334455667788u
#define NOISE	128	/* units of time stamps below 2^-25 s */

static struct event_base	*base;
static struct access		*acl;
static struct clockpage		*page;
static struct server_io		*io;
static struct addr		 local;		/* the server's socket */

static int64_t
now_ns(clockid_t id)
{
	struct timespec	ts;

	clock_gettime(id, &ts);
	return (ts.tv_sec * NS_PER_SEC + ts.tv_nsec);
}

/*
 * The page of a clock that is right, shifted by error_ns.  Its anchor is a
 * moment ago, for a server doubts what came before the page.
 */
static void
publish(int64_t error_ns)
{
	struct clockpage_data	d;
	int64_t			raw_ns, real_ns;

	/* both readings of one moment */
	do {
		raw_ns = now_ns(CLOCK_MONOTONIC_RAW);
		real_ns = now_ns(CLOCK_REALTIME);
	} while (now_ns(CLOCK_MONOTONIC_RAW) - raw_ns > 20000);
	memset(&d, 0, sizeof(d));
	d.anchor_raw_ns = raw_ns - NS_PER_MS;
	d.anchor_real_ns = real_ns - NS_PER_MS + error_ns;
	d.ref_time_ns = d.anchor_real_ns;
	d.stratum = 3;
	d.precision_log2 = -25;
	clockpage_write(page, &d);
}

/* Everybody but 127.0.0.9. */
static void
setup(void)
{
	static const struct conf_access	rules[] = {
		{ .allow = 1 },
		{ .allow = 0, .net = { .bits = 32, .addr = {
		    .family = ADDR_INET, .ip = { 127, 0, 0, 9 } } } },
	};
	cpu_set_t			one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	base = event_base_new();
	acl = access_new(rules, 2);
	page = calloc(1, CLOCKPAGE_SIZE);
	ck_assert(base != NULL && acl != NULL && page != NULL);
	clockpage_init(page);
	publish(0);
	io = server_io_new(base, page, acl);
	ck_assert_ptr_nonnull(io);
}

static void
teardown(void)
{
	server_io_free(io);
	access_free(acl);
	event_base_free(base);
	free(page);
}

static void
set_option(int fd, int level, int option)
{
	int	on = 1;

	ck_assert_int_eq(setsockopt(fd, level, option, &on, sizeof(on)), 0);
}

/* A server's socket on all addresses of a family; its number. */
static int
serve(int family, int timestamps)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = sizeof(ss);
	int			 fd;

	fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (fd == -1 && errno == EAFNOSUPPORT)
		return (-1);
	ck_assert_int_ne(fd, -1);
	if (family == AF_INET)
		set_option(fd, IPPROTO_IP, IP_PKTINFO);
	else {
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
		set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	}
	if (timestamps)
		set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS);
	memset(&ss, 0, sizeof(ss));
	ss.ss_family = (sa_family_t)family;
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss,
	    family == AF_INET ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&ss, len,
	    &local), 0);
	ck_assert_int_eq(server_io_add(io, fd, &local), 0);
	return (fd);
}

/* A client's socket, connected to the server at that address. */
static int
client(const char *from, const char *to)
{
	struct sockaddr_storage	 ss;
	struct addr		 a;
	unsigned		 len;
	int			 fd;

	ck_assert_int_eq(addr_parse(to, &a), 0);
	a.port = local.port;
	fd = socket(a.family == ADDR_INET ? AF_INET : AF_INET6,
	    SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ne(fd, -1);
	set_option(fd, SOL_SOCKET, SO_BROADCAST);
	len = addr_to_sockaddr(&a, &ss);
	if (from != NULL) {
		struct sockaddr_storage	src;
		struct addr		b;

		ck_assert_int_eq(addr_parse(from, &b), 0);
		b.port = 0;
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&src,
		    addr_to_sockaddr(&b, &src)), 0);
	}
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&ss, len), 0);
	return (fd);
}

static void
ask_len(int fd, uint64_t id, size_t len)
{
	struct ntp_header	h;
	uint8_t			buf[4096];

	memset(buf, 0, sizeof(buf));
	memset(&h, 0, sizeof(h));
	h.version = 4;
	h.mode = NTP_MODE_CLIENT;
	h.transmit = TX + id;
	ntp_header_build(&h, buf);
	ck_assert_int_eq(send(fd, buf, len, 0), (ssize_t)len);
}

static void
ask(int fd, uint64_t id)
{
	ask_len(fd, id, NTP_HEADER_LEN);
}

/*
 * What was sent is there.  On a busy computer the loopback interface delivers
 * later, but one after the other what one CPU has sent: see setup().
 */
static void
settle(void)
{
	struct sockaddr_in	sin = { .sin_family = AF_INET };
	socklen_t		len = sizeof(sin);
	struct pollfd		p;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p.fd = socket(AF_INET, SOCK_DGRAM, 0);
	p.events = POLLIN;
	ck_assert_int_ne(p.fd, -1);
	ck_assert_int_eq(bind(p.fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(getsockname(p.fd, (struct sockaddr *)&sin, &len), 0);
	ck_assert_int_eq(sendto(p.fd, "", 1, 0, (struct sockaddr *)&sin, len),
	    1);
	ck_assert_int_eq(poll(&p, 1, 20000), 1);
	close(p.fd);
}

/* All that waits is answered or dropped. */
static void
run(void)
{
	settle();
	event_base_loop(base, EVLOOP_NONBLOCK);
	settle();
}

/* An answer that is there: 1 and the header, 0 none. */
static int
answer(int fd, struct ntp_header *h)
{
	uint8_t	buf[4096];
	ssize_t	len;

	len = recv(fd, buf, sizeof(buf), 0);
	if (len == -1)
		return (0);
	ck_assert_int_eq(len, NTP_HEADER_LEN);
	ck_assert_int_eq(ntp_header_parse(buf, (size_t)len, h), 0);
	ck_assert_uint_eq(h->mode, NTP_MODE_SERVER);
	return (1);
}

static uint64_t
count(enum server_verdict v)
{
	return (server_io_stats(io)->verdicts[v]);
}

/* The client is connected: an answer from another address is not seen. */
START_TEST(answers_from_asked_address)
{
	static const char *const	to[] = {
		"127.0.0.1", "127.0.0.2", "127.99.0.7"
	};
	struct ntp_header		h;
	unsigned			i;
	int				fd;

	serve(AF_INET, 1);
	for (i = 0; i < 3; i++) {
		fd = client("127.0.0.1", to[i]);
		ask(fd, i);
		run();
		ck_assert_int_eq(answer(fd, &h), 1);
		ck_assert_uint_eq(h.origin, TX + i);
		ck_assert_uint_eq(h.stratum, 3);
		close(fd);
	}
	ck_assert_uint_eq(count(SERVER_REPLY), 3);
	ck_assert_uint_eq(server_io_stats(io)->no_timestamp, 0);
	ck_assert_uint_eq(server_io_stats(io)->send_failed, 0);
}
END_TEST

START_TEST(answers_inet6)
{
	struct ntp_header	h;
	int			fd;

	if (serve(AF_INET6, 1) == -1)
		return;		/* there is no IPv6 here */
	fd = client(NULL, "::1");
	ask(fd, 1);
	run();
	ck_assert_int_eq(answer(fd, &h), 1);
	ck_assert_uint_eq(h.origin, TX + 1);
	close(fd);
}
END_TEST

/* More than a batch, of two clients: everyone gets just its own answers. */
START_TEST(batches)
{
	struct ntp_header	h, previous = { .transmit = 0 };
	int			fd[2];
	uint64_t		i, k;

	serve(AF_INET, 1);
	fd[0] = client(NULL, "127.0.0.1");
	fd[1] = client(NULL, "127.0.0.1");
	for (i = 0; i < MANY; i++)
		ask(fd[i % 2], i);
	run();
	for (k = 0; k < 2; k++) {
		for (i = k; i < MANY; i += 2) {
			ck_assert_int_eq(answer(fd[k], &h), 1);
			ck_assert_uint_eq(h.origin, TX + i);
			ck_assert_uint_gt(h.transmit, h.receive);
			if (k == 0)
				ck_assert_uint_ge(h.transmit + NOISE,
				    previous.transmit);
			previous = h;
		}
		ck_assert_int_eq(answer(fd[k], &h), 0);
		close(fd[k]);
	}
	ck_assert_uint_eq(count(SERVER_REPLY), MANY);
	ck_assert_uint_eq(server_io_stats(io)->batches,
	    (MANY + SERVER_IO_BATCH - 1) / SERVER_IO_BATCH);
}
END_TEST

/* Both times of an answer to a request that had to wait for 20 ms. */
static void
wait_answer(int timestamps, struct ntp_header *h, int64_t *sent_ns)
{
	struct timespec	wait = { 0, 20 * NS_PER_MS };
	int		fd;

	serve(AF_INET, timestamps);
	fd = client(NULL, "127.0.0.1");
	/* of what is in the queue of a new server the timestamp is not used */
	ask(fd, 0);
	run();
	ck_assert_int_eq(answer(fd, h), 1);
	*sent_ns = now_ns(CLOCK_REALTIME);
	ask(fd, 1);
	nanosleep(&wait, NULL);
	run();
	ck_assert_int_eq(answer(fd, h), 1);
	ck_assert_int_le(ntp_ts_to_ns(h->transmit, *sent_ns),
	    now_ns(CLOCK_REALTIME) + 100);
	close(fd);
}

START_TEST(kernel_timestamp)
{
	struct ntp_header	h;
	int64_t			sent_ns, rx_ns;

	wait_answer(1, &h, &sent_ns);
	rx_ns = ntp_ts_to_ns(h.receive, sent_ns);
	ck_assert_int_ge(rx_ns, sent_ns - 100);
	ck_assert_int_ge(ntp_ts_to_ns(h.transmit, sent_ns) - rx_ns,
	    15 * NS_PER_MS);
	ck_assert_uint_eq(server_io_stats(io)->no_timestamp, 0);
}
END_TEST

START_TEST(no_kernel_timestamp)
{
	struct ntp_header	h;
	int64_t			sent_ns;

	wait_answer(0, &h, &sent_ns);
	ck_assert_int_ge(ntp_ts_to_ns(h.receive, sent_ns),
	    sent_ns + 20 * NS_PER_MS);
	ck_assert_uint_eq(server_io_stats(io)->no_timestamp, 2);
}
END_TEST

START_TEST(drops)
{
	struct ntp_header	h;
	struct sockaddr_storage	ss;
	struct addr		self;
	uint8_t			buf[NTP_HEADER_LEN] = { 4 << 3 | 3 };
	int			fd, denied, group, server;

	server = serve(AF_INET, 1);
	denied = client("127.0.0.9", "127.0.0.1");
	ask(denied, 1);
	fd = client(NULL, "127.0.0.1");
	ask_len(fd, 2, 3000);
	ask_len(fd, 2, 47);
	ask_len(fd, 2, 49);
	ask_len(fd, 2, 68);
	group = client(NULL, "127.255.255.255");
	ask(group, 3);
	/* the server's own socket to itself */
	ck_assert_int_eq(addr_parse("127.0.0.1", &self), 0);
	self.port = local.port;
	ck_assert_int_eq(sendto(server, buf, sizeof(buf), 0,
	    (struct sockaddr *)&ss, addr_to_sockaddr(&self, &ss)),
	    sizeof(buf));
	run();
	ck_assert_int_eq(answer(denied, &h), 0);
	ck_assert_int_eq(answer(fd, &h), 0);
	ck_assert_int_eq(answer(group, &h), 0);
	ck_assert_uint_eq(count(SERVER_DENIED), 1);
	ck_assert_uint_eq(count(SERVER_LONG), 1);
	ck_assert_uint_eq(count(SERVER_SHORT), 1);
	ck_assert_uint_eq(count(SERVER_LENGTH), 1);
	ck_assert_uint_eq(count(SERVER_KEY), 1);
	ck_assert_uint_eq(count(SERVER_GROUP), 1);
	ck_assert_uint_eq(count(SERVER_SOURCE), 1);
	ck_assert_uint_eq(count(SERVER_REPLY), 0);
	close(denied);
	close(fd);
	close(group);
}
END_TEST

static void
count_slip(void *ctx)
{
	unsigned	*told = ctx;

	(*told)++;
}

/* The clock and the page do not agree; later they do. */
START_TEST(clock_changed)
{
	struct ntp_header	h;
	unsigned		told = 0;
	int			fd;

	serve(AF_INET, 1);
	server_io_on_slip(io, count_slip, &told);
	fd = client(NULL, "127.0.0.1");
	ask(fd, 0);
	run();
	ck_assert_int_eq(answer(fd, &h), 1);
	ck_assert_uint_eq(told, 0);
	publish(10 * NS_PER_MS);
	ask(fd, 1);
	run();
	ck_assert_int_eq(answer(fd, &h), 0);
	ck_assert_uint_eq(count(SERVER_SLIP), 1);
	ck_assert_uint_eq(told, 1);
	/* not again at once */
	ask(fd, 1);
	run();
	ck_assert_uint_eq(count(SERVER_SLIP), 2);
	ck_assert_uint_eq(told, 1);
	publish(0);
	ask(fd, 2);
	run();
	ck_assert_int_eq(answer(fd, &h), 1);
	ck_assert_uint_eq(h.origin, TX + 2);
	page->magic = 0;
	ask(fd, 3);
	run();
	ck_assert_int_eq(answer(fd, &h), 0);
	ck_assert_uint_eq(count(SERVER_PAGE), 1);
	close(fd);
}
END_TEST

/* ---- what came before a step -------------------------------------------- */

#define STEP_MS		20	/* of the clock, as two pages tell it */

static struct keyring	*ring;
static int		 late_fd;	/* who asks while a batch is judged */

static void *
key_open(const struct key *key)
{
	(void)key;
	return (&late_fd);
}

static void
key_close(void *mac)
{
	(void)mac;
}

/*
 * While the server looks at a MAC another request comes, then the clock is
 * put back.  The two pages say so, the clock of this computer is left alone:
 * the first one expects it to have gained STEP_MS.
 */
static size_t
key_sign(void *mac, const uint8_t *data, size_t len, uint8_t *out)
{
	(void)mac;
	(void)data;
	(void)len;
	memset(out, 0, 16);
	if (late_fd != -1) {
		ask(late_fd, 7);
		publish(0);
	}
	late_fd = -1;
	return (16);
}

static void
make_ring(void)
{
	static const struct keyring_ops	ops = { key_open, key_close,
		key_sign };
	uint8_t				byte = 1;
	struct key			key = { .id = 1, .type = KEY_MD5,
		.len = 1, .bytes = &byte };
	struct keys			keys = { .list = &key, .n = 1 };
	uint32_t			bad;

	ring = keyring_new(&keys, &ops, &bad);
	ck_assert_ptr_nonnull(ring);
	server_io_set_keys(io, ring);
}

/* A clock that is right now and gains 25 % from here on. */
static void
publish_fast(void)
{
	struct clockpage_data	d;

	ck_assert_int_eq(clockpage_read(page, &d), 0);
	d.anchor_raw_ns = now_ns(CLOCK_MONOTONIC_RAW);
	d.anchor_real_ns = now_ns(CLOCK_REALTIME);
	d.real_rate = d.real_rate_after = CLOCKPAGE_RATE_MAX;
	clockpage_write(page, &d);
}

START_TEST(step_after_reading)
{
	struct timespec		wait = { 0, 4 * STEP_MS * NS_PER_MS };
	struct ntp_header	h;
	uint8_t			buf[NTP_HEADER_LEN + 20] = { 4 << 3 | 3 };
	int			fd;

	make_ring();
	late_fd = -1;
	serve(AF_INET, 1);
	fd = client(NULL, "127.0.0.1");
	late_fd = client(NULL, "127.0.0.1");
	/* it does not gain for long, or the two do not agree */
	do {
		publish_fast();
		ask(fd, 1);
		run();
	} while (answer(fd, &h) == 0);
	nanosleep(&wait, NULL);
	/* key 1, MAC 0 */
	buf[NTP_HEADER_LEN + 3] = 1;
	ck_assert_int_eq(send(fd, buf, sizeof(buf), 0), sizeof(buf));
	run();
	ck_assert_int_eq(late_fd, -1);
	run();
	/* it may have come on the clock before the step */
	ck_assert_uint_eq(count(SERVER_STEP), 2);
	/* and what comes now has not */
	ask(fd, 2);
	run();
	ck_assert_uint_eq(count(SERVER_STEP), 2);
	ck_assert_int_eq(answer(fd, &h), 1);
	server_io_set_keys(io, NULL);
	keyring_free(ring);
}
END_TEST

/* A new server finds a queue: who knows what became of the clock meanwhile. */
START_TEST(queue_of_another_server)
{
	struct timespec		wait = { 0, 20 * NS_PER_MS };
	struct ntp_header	h;
	struct addr		gone;
	int64_t			now;
	int			fd, server;

	server = dup(serve(AF_INET, 1));
	gone = local;
	fd = client(NULL, "127.0.0.1");
	server_io_remove(io, &gone);
	ask(fd, 1);
	nanosleep(&wait, NULL);
	now = now_ns(CLOCK_REALTIME);
	publish(0);
	ck_assert_int_eq(server_io_add(io, server, &gone), 0);
	run();
	ck_assert_int_eq(answer(fd, &h), 1);
	ck_assert_int_ge(ntp_ts_to_ns(h.receive, now), now - 100);
	ck_assert_int_gt(h.transmit - h.receive, 0);
	close(fd);
}
END_TEST

/* Two sockets at once, more than there is room for. */
/* What found the queue full is counted by the kernel, and told once. */
START_TEST(queue_full)
{
	const struct server_stats	*stats;
	int				 fd, server, small = 1, i;

	server = serve(AF_INET, 1);
	ck_assert_int_eq(setsockopt(server, SOL_SOCKET, SO_RCVBUF, &small,
	    sizeof(small)), 0);
	fd = client(NULL, "127.0.0.1");
	for (i = 0; i < MANY; i++)
		ask(fd, (uint64_t)i);
	run();
	stats = server_io_stats(io);
	ck_assert_uint_gt(stats->queue_full, 0);
	ck_assert_uint_gt(count(SERVER_REPLY), 0);
	ck_assert_uint_eq(stats->queue_full + count(SERVER_REPLY), MANY);
	/* also after the socket has gone */
	server_io_remove(io, &local);
	stats = server_io_stats(io);
	ck_assert_uint_eq(stats->queue_full + count(SERVER_REPLY), MANY);
	close(fd);
}
END_TEST

/*
 * The answer cannot be sent, and the timestamp that was asked for, because the
 * client is interleaved, never comes.
 */
START_TEST(not_sent)
{
	static const struct conf_ratelimit	 none;
	static const uint8_t			 key[CLIENTTAB_KEY_LEN] = "any";
	struct clienttab			*tab;
	struct ntp_header			 h, q;
	uint8_t					 buf[NTP_HEADER_LEN];
	int					 fd, server;

	tab = clienttab_new(16384, key);
	ck_assert_ptr_nonnull(tab);
	server_io_set_clients(io, tab, &none);
	server = serve(AF_INET, 1);
	fd = client(NULL, "127.0.0.1");
	ask(fd, 1);
	run();
	ck_assert_int_eq(answer(fd, &h), 1);
	memset(&q, 0, sizeof(q));
	q.version = 4;
	q.mode = NTP_MODE_CLIENT;
	q.origin = h.receive;
	q.receive = TX + 2;
	q.transmit = TX + 3;
	ntp_header_build(&q, buf);
	ck_assert_int_eq(send(fd, buf, sizeof(buf), 0), sizeof(buf));
	shutdown(server, SHUT_WR);	/* works, and says that it does not */
	run();
	ck_assert_int_eq(answer(fd, &h), 0);
	ck_assert_uint_eq(server_io_stats(io)->send_failed, 1);
	ck_assert_uint_eq(server_io_stats(io)->timestamps_lost, 1);
	ck_assert_uint_eq(count(SERVER_REPLY), 2);
	close(fd);
	server_io_free(io);
	io = NULL;
	clienttab_free(tab);
}
END_TEST

/* A descriptor that cannot be read. */
START_TEST(receive_error)
{
	int	fds[2], server = serve(AF_INET, 1);

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(dup2(fds[0], server), server);
	server_io_remove(io, &local);
	ck_assert_uint_eq(server_io_stats(io)->receive_errors, 1);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(sockets)
{
	struct ntp_header	h;
	int			fd[2], i;

	for (i = 0; i < 2; i++) {
		serve(AF_INET, 1);
		fd[i] = client(NULL, "127.0.0.1");
		ask(fd[i], 1);
	}
	run();
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(answer(fd[i], &h), 1);
		close(fd[i]);
	}
	for (i = 2; i < SERVER_IO_SOCKETS; i++)
		serve(AF_INET, 1);
	i = dup(STDIN_FILENO);
	ck_assert_int_ne(i, -1);
	ck_assert_int_eq(server_io_add(io, i, &local), -1);
	ck_assert_int_eq(close(i), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

/* A reload takes one socket away: what it had is answered, others go on. */
START_TEST(remove_socket)
{
	struct addr		gone, other;
	struct ntp_header	h;
	int			fd[2];

	serve(AF_INET, 1);
	gone = local;
	fd[0] = client(NULL, "127.0.0.1");
	serve(AF_INET, 1);
	other = local;
	fd[1] = client(NULL, "127.0.0.1");
	ask(fd[0], 1);
	settle();
	server_io_remove(io, &gone);
	settle();
	ck_assert_int_eq(answer(fd[0], &h), 1);
	close(fd[0]);
	/* nothing of that address: nothing happens */
	server_io_remove(io, &gone);
	ask(fd[1], 1);
	run();
	ck_assert_int_eq(answer(fd[1], &h), 1);
	/* its place is free again */
	serve(AF_INET, 1);
	fd[0] = client(NULL, "127.0.0.1");
	ask(fd[0], 1);
	run();
	ck_assert_int_eq(answer(fd[0], &h), 1);
	close(fd[0]);
	server_io_remove(io, &other);
	close(fd[1]);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("server_io");
	TCase	*tc = tcase_create("loopback");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answers_from_asked_address);
	tcase_add_test(tc, answers_inet6);
	tcase_add_test(tc, batches);
	tcase_add_test(tc, kernel_timestamp);
	tcase_add_test(tc, no_kernel_timestamp);
	tcase_add_test(tc, drops);
	tcase_add_test(tc, clock_changed);
	tcase_add_test(tc, step_after_reading);
	tcase_add_test(tc, queue_of_another_server);
	tcase_add_test(tc, queue_full);
	tcase_add_test(tc, not_sent);
	tcase_add_test(tc, receive_error);
	tcase_add_test(tc, sockets);
	tcase_add_test(tc, remove_socket);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
