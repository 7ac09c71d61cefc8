/*
 * What a plain request costs the server besides the kernel: the server's own
 * loop answers requests on a socket of the loopback interface.  Prints nothing
 * but how many; it is to be run by
 *
 *	valgrind --tool=callgrind --toggle-collect=on_readable own [batch]
 *
 * whose instructions, divided by that number, are the answer.  batch: how many
 * requests wait when the server looks, 1..64.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "common/access.h"
#include "common/addr.h"
#include "common/clienttab.h"
#include "common/conf.h"
#include "common/ntp.h"
#include "common/timens.h"
#include "ntpd/server/server_core.h"
#include "ntpd/server/server_io.h"
#include "privsep/clockpage.h"

#define REQUESTS	65536
#define BATCH_MAX	64
#define SOURCES		50000		/* 127.1.0.0 and so on */
#define SOURCE_BASE	0x7f010000u

static int64_t
clock_ns(clockid_t id)
{
	struct timespec	ts;

	clock_gettime(id, &ts);
	return (ts.tv_sec * NS_PER_SEC + ts.tv_nsec);
}

static int
open_socket(struct sockaddr_in *sin)
{
	socklen_t	len = sizeof(*sin);
	int		fd, on = 1;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)sin, len) == -1 ||
	    getsockname(fd, (struct sockaddr *)sin, &len) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on,
	    sizeof(on)) == -1)
		err(1, "socket");
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (fd);
}

/* One more request from the next address. */
static void
ask(int fd, struct sockaddr_in *to)
{
	static const struct ntp_header	 h = { .version = 4,
	    .mode = NTP_MODE_CLIENT, .transmit = 1 };
	union {
		struct cmsghdr	header;
		uint8_t		bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	}				 control;
	struct in_pktinfo		 info;
	struct msghdr			 msg;
	uint8_t				 packet[NTP_HEADER_LEN];
	struct iovec			 iov = { packet, sizeof(packet) };

	ntp_header_build(&h, packet);
	memset(&info, 0, sizeof(info));
	info.ipi_spec_dst.s_addr = htonl(SOURCE_BASE +
	    (uint32_t)(rand() % SOURCES));
	memset(&control, 0, sizeof(control));
	control.header.cmsg_level = IPPROTO_IP;
	control.header.cmsg_type = IP_PKTINFO;
	control.header.cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(&control.header), &info, sizeof(info));
	memset(&msg, 0, sizeof(msg));
	msg.msg_name = to;
	msg.msg_namelen = sizeof(*to);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	if (sendmsg(fd, &msg, 0) != sizeof(packet))
		err(1, "sendmsg");
}

static struct clockpage *
make_page(void)
{
	struct clockpage	*page;
	struct clockpage_data	 d;

	memset(&d, 0, sizeof(d));
	d.anchor_raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);
	d.anchor_real_ns = clock_ns(CLOCK_REALTIME);
	d.ref_time_ns = d.anchor_real_ns;
	d.stratum = 1;
	d.precision_log2 = -25;
	if ((page = calloc(1, CLOCKPAGE_SIZE)) == NULL)
		err(1, NULL);
	clockpage_init(page);
	clockpage_write(page, &d);
	return (page);
}

int
main(int argc, char **argv)
{
	static const struct conf_access		rule = { .allow = 1 };
	static const struct conf_ratelimit	no_limit = { 0 };
	static const uint8_t			key[CLIENTTAB_KEY_LEN];
	struct event_base	*base = event_base_new();
	struct access		*acl = access_new(&rule, 1);
	struct clockpage	*page = make_page();
	struct clienttab	*clients = clienttab_new(524288, key);
	struct server_io	*io = server_io_new(base, page, acl);
	struct sockaddr_in	 to, from;
	struct addr		 local;
	uint8_t			 packet[NTP_HEADER_LEN];
	int			 batch = argc > 1 ? atoi(argv[1]) : BATCH_MAX;
	int			 answers = 0, client, server, i, n;

	if (acl == NULL || clients == NULL || io == NULL || batch < 1 ||
	    batch > BATCH_MAX)
		errx(1, "cannot start");
	server_io_set_clients(io, clients, &no_limit);
	server = open_socket(&to);
	client = open_socket(&from);
	addr_from_sockaddr((struct sockaddr *)&to, sizeof(to), &local);
	if (server_io_add(io, server, &local) == -1)
		err(1, "server_io_add");
	for (n = 0; n < REQUESTS; n += batch) {
		for (i = 0; i < batch; i++)
			ask(client, &to);
		event_base_loop(base, EVLOOP_NONBLOCK);
		while (recv(client, packet, sizeof(packet), 0) > 0)
			answers++;
	}
	printf("%d requests, %d answers\n", n, answers);
	server_io_free(io);
	clienttab_free(clients);
	access_free(acl);
	event_base_free(base);
	free(page);
	return (answers != n);
}
