/*
 * A flood of garbage: all that an NTP server must not answer and an NTP client
 * must not believe, as fast as one processor can send it.
 *
 *	flood [-a] FILE FROM DENIED SPOOFED TARGET PORT
 *
 *	-a	only what seems to be answers of the target's server
 *	FILE	when it is there, the flood ends; or after a minute
 *	FROM	one of our addresses, that the target allows
 *	DENIED	another one of ours, that it does not
 *	SPOOFED	the address of the target's own server
 *	TARGET	who is flooded, at port 123
 *	PORT	and at this one, from which it asks its server
 *
 * Prints one line of name=value; `replies' are packets that came back.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ntp.h"
#include "common/timens.h"

#define BATCH		64
#define LEN_MAX		1200
#define HEADERS		(sizeof(struct iphdr) + sizeof(struct udphdr))
#define KEYS		3		/* ids 1.. may be keys of the target */
#define SETTLE_MS	300
#define LONGEST_S	60

struct flood {
	int			fd;		/* from FROM */
	int			denied;		/* from DENIED */
	int			raw;		/* from anybody */
	struct in_addr		spoofed;
	struct sockaddr_in	server;		/* the target's two ports */
	struct sockaddr_in	client;
	int			answers;	/* -a */
	uint64_t		random;
	uint64_t		sent, refused, replies;
	struct mmsghdr		msgs[BATCH];
	struct iovec		iovs[BATCH];
	uint8_t			packets[BATCH][HEADERS + LEN_MAX];
	uint8_t			noise[1 << 20];
};

static uint32_t
draw(struct flood *f, uint32_t below)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return ((uint32_t)(f->random >> 16) % below);
}

static void
fill(struct flood *f, uint8_t *p, size_t len)
{
	memcpy(p, f->noise + draw(f, sizeof(f->noise) - LEN_MAX), len);
}

/* ---- kinds of garbage: each writes a packet and returns its length ------- */

static void
put_header(uint8_t *p, uint32_t version, uint32_t mode)
{
	p[0] = (uint8_t)(version << 3 | mode);
}

/* Any bytes, any length; never by chance a good request. */
static size_t
make_noise(struct flood *f, uint8_t *p)
{
	size_t	len = draw(f, LEN_MAX);

	fill(f, p, len);
	return (len > 0 && ((p[0] & 7) == NTP_MODE_CLIENT || (p[0] & 7) == 0) ?
	    len | 1 : len);
}

/* Every mode but a client's, with lengths that they have. */
static size_t
make_mode(struct flood *f, uint8_t *p)
{
	static const uint8_t	modes[] = { 1, 2, 4, 5, 6, 7 };
	static const uint16_t	lens[] = { 8, 12, 48, 68, 192, 468 };
	size_t			len = lens[draw(f, 6)];

	fill(f, p, len);
	put_header(p, 1 + draw(f, 4), modes[draw(f, 6)]);
	return (len);
}

static size_t
make_version(struct flood *f, uint8_t *p)
{
	fill(f, p, NTP_HEADER_LEN);
	put_header(p, 5 + draw(f, 4) % 3, NTP_MODE_CLIENT);
	return (NTP_HEADER_LEN);
}

/* A MAC of one of the target's keys, as long as such are, but wrong. */
static size_t
make_mac(struct flood *f, uint8_t *p)
{
	size_t	len = NTP_HEADER_LEN + 4 + (draw(f, 2) ? 16 : 20);

	fill(f, p, len);
	put_header(p, 4, NTP_MODE_CLIENT);
	memset(p + NTP_HEADER_LEN, 0, 4);
	p[NTP_HEADER_LEN + 3] = (uint8_t)(1 + draw(f, KEYS));
	return (len);
}

/* An extension field that is longer than the packet. */
static size_t
make_extension(struct flood *f, uint8_t *p)
{
	size_t	len = NTP_HEADER_LEN + 28 + 4 * draw(f, 100);

	fill(f, p, len);
	put_header(p, 4, NTP_MODE_CLIENT);
	p[NTP_HEADER_LEN + 2] = 0xff;
	return (len);
}

/* Good but for who asks. */
static size_t
make_request(struct flood *f, uint8_t *p)
{
	fill(f, p, NTP_HEADER_LEN);
	put_header(p, 4, NTP_MODE_CLIENT);
	return (NTP_HEADER_LEN);
}

/* An answer to a question that nobody asked. */
static size_t
make_answer(struct flood *f, uint8_t *p)
{
	fill(f, p, NTP_HEADER_LEN);
	put_header(p, 4, NTP_MODE_SERVER);
	p[1] = 1;				/* stratum */
	memset(p + 4, 0, 8);			/* root delay and dispersion */
	return (NTP_HEADER_LEN);
}

/* The headers of a packet that comes from the target's server. */
static size_t
put_spoofed(const struct flood *f, uint8_t *p, const struct sockaddr_in *to,
    size_t len)
{
	struct iphdr	ip;
	struct udphdr	udp;

	memset(&ip, 0, sizeof(ip));
	ip.version = 4;
	ip.ihl = sizeof(ip) / 4;
	ip.ttl = 64;
	ip.protocol = IPPROTO_UDP;
	ip.saddr = f->spoofed.s_addr;
	ip.daddr = to->sin_addr.s_addr;
	memset(&udp, 0, sizeof(udp));		/* 0: without a checksum */
	udp.source = htons(NTP_PORT);
	udp.dest = to->sin_port;
	udp.len = htons((uint16_t)(sizeof(udp) + len));
	memcpy(p, &ip, sizeof(ip));
	memcpy(p + sizeof(ip), &udp, sizeof(udp));
	return (HEADERS + len);
}

/* ---- the flood ----------------------------------------------------------- */

enum way { FROM, DENIED, SPOOFED };

static const struct kind {
	size_t	 (*make)(struct flood *f, uint8_t *p);
	enum way way;
	int	 client;		/* to the port that asks */
} kinds[] = {
	{ make_noise,		FROM,		0 },
	{ make_mode,		FROM,		0 },
	{ make_version,		FROM,		0 },
	{ make_mac,		FROM,		0 },
	{ make_extension,	FROM,		0 },
	{ make_request,		DENIED,		0 },
	{ make_answer,		FROM,		1 },
	{ make_noise,		DENIED,		1 },
	{ make_mode,		SPOOFED,	0 },
	{ make_answer,		SPOOFED,	1 },
	{ make_noise,		SPOOFED,	1 },
};

static void
send_batch(struct flood *f, const struct kind *k)
{
	struct sockaddr_in	*to = k->client ? &f->client : &f->server;
	uint8_t			*p;
	unsigned		 i;
	int			 fd, n;

	fd = k->way == FROM ? f->fd : k->way == DENIED ? f->denied : f->raw;
	for (i = 0; i < BATCH; i++) {
		p = f->packets[i];
		if (k->way == SPOOFED)
			f->iovs[i].iov_len = put_spoofed(f, p, to,
			    k->make(f, p + HEADERS));
		else
			f->iovs[i].iov_len = k->make(f, p);
		f->iovs[i].iov_base = p;
		f->msgs[i].msg_hdr.msg_iov = &f->iovs[i];
		f->msgs[i].msg_hdr.msg_iovlen = 1;
		f->msgs[i].msg_hdr.msg_name = to;
		f->msgs[i].msg_hdr.msg_namelen = sizeof(*to);
	}
	n = sendmmsg(fd, f->msgs, BATCH, 0);
	if (n == -1)
		f->refused++;
	else
		f->sent += (unsigned)n;
}

static void
count_replies(struct flood *f, int fd)
{
	uint8_t	buf[LEN_MAX];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
		f->replies++;
}

static int
open_from(const char *address)
{
	struct sockaddr_in	from;
	int			fd;

	memset(&from, 0, sizeof(from));
	from.sin_family = AF_INET;
	if (inet_pton(AF_INET, address, &from.sin_addr) != 1)
		errx(2, "%s: not an address", address);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&from, sizeof(from)) == -1)
		err(2, "%s", address);
	return (fd);
}

static double
seconds_now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / NS_PER_SEC);
}

static void
run(struct flood *f, const char *until)
{
	struct timespec	settle = { 0, SETTLE_MS * NS_PER_MS };
	double		begin = seconds_now(), now;
	size_t		i;

	do {
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (!f->answers || (kinds[i].client &&
			    kinds[i].way == SPOOFED))
				send_batch(f, &kinds[i]);
		count_replies(f, f->fd);
		count_replies(f, f->denied);
		now = seconds_now();
	} while (access(until, F_OK) == -1 && now < begin + LONGEST_S);
	nanosleep(&settle, NULL);
	count_replies(f, f->fd);
	count_replies(f, f->denied);
	printf("sent=%llu rate=%.0f refused=%llu replies=%llu\n",
	    (unsigned long long)f->sent, (double)f->sent / (now - begin),
	    (unsigned long long)f->refused, (unsigned long long)f->replies);
}

static void
usage(void)
{
	errx(2, "usage: flood [-a] file from denied spoofed target port");
}

int
main(int argc, char *argv[])
{
	struct flood	*f;
	size_t		 i;
	int		 c;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		err(2, NULL);
	while ((c = getopt(argc, argv, "a")) != -1) {
		if (c != 'a')
			usage();
		f->answers = 1;
	}
	argv += optind;
	if (argc - optind != 6)
		usage();
	f->random = 88172645463325252u;
	for (i = 0; i < sizeof(f->noise); i++)
		f->noise[i] = (uint8_t)draw(f, 256);
	f->fd = open_from(argv[1]);
	f->denied = open_from(argv[2]);
	f->raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (f->raw == -1)
		err(2, "raw socket");
	f->server.sin_family = AF_INET;
	if (inet_pton(AF_INET, argv[3], &f->spoofed) != 1 ||
	    inet_pton(AF_INET, argv[4], &f->server.sin_addr) != 1)
		errx(2, "not an address");
	f->client = f->server;
	f->server.sin_port = htons(NTP_PORT);
	f->client.sin_port = htons((uint16_t)atoi(argv[5]));
	run(f, argv[0]);
	return (0);
}
