/*
 * A steady load of NTP requests for the User-Mode Linux tests: one request
 * every interval, and once a second a line: RAW in seconds, requests sent,
 * valid answers got, answers from a synchronised server.  Runs in the guest,
 * never spins.
 *
 *	load ADDRESS INTERVAL_MS SECONDS
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NTP_PORT	123
#define NTP_LEN		48
#define NS		1000000000LL

struct load {
	int		fd;
	int64_t		interval_ns;
	uint64_t	number;		/* of the request: its timestamp */
	unsigned	sent;		/* in this second */
	unsigned	answered;
	unsigned	synced;
};

static int64_t
read_clock(clockid_t id)
{
	struct timespec	ts;

	if (clock_gettime(id, &ts) == -1)
		err(1, "clock_gettime");
	return (ts.tv_sec * NS + ts.tv_nsec);
}

static void
send_request(struct load *l)
{
	uint8_t	p[NTP_LEN];

	memset(p, 0, sizeof(p));
	p[0] = 4 << 3 | 3;
	l->number++;
	memcpy(p + 40, &l->number, sizeof(l->number));
	/* nobody listens while the server is away */
	if (send(l->fd, p, sizeof(p), 0) == sizeof(p))
		l->sent++;
}

static void
receive_answers(struct load *l)
{
	uint8_t		p[NTP_LEN];
	uint64_t	number;

	while (recv(l->fd, p, sizeof(p), MSG_DONTWAIT) == NTP_LEN) {
		memcpy(&number, p + 24, sizeof(number));
		if ((p[0] & 7) != 4 || number == 0 || number > l->number)
			continue;
		l->answered++;
		if (p[0] >> 6 != 3 && p[1] > 0 && p[1] < 16)
			l->synced++;
	}
}

static void
wait_until(struct load *l, int64_t due_ns)
{
	struct pollfd	pfd;
	struct timespec	ts;
	int64_t		in_ns;

	pfd.fd = l->fd;
	pfd.events = POLLIN;
	while ((in_ns = due_ns - read_clock(CLOCK_MONOTONIC)) > 0) {
		ts.tv_sec = in_ns / NS;
		ts.tv_nsec = in_ns % NS;
		if (ppoll(&pfd, 1, &ts, NULL) == 1)
			receive_answers(l);
	}
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in	sin;
	struct load		l;
	int64_t			due_ns, end_ns, line_ns;

	if (argc != 4)
		errx(1, "usage: load address interval_ms seconds");
	memset(&l, 0, sizeof(l));
	l.interval_ns = atoi(argv[2]) * (NS / 1000);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(NTP_PORT);
	if (l.interval_ns <= 0 || inet_pton(AF_INET, argv[1],
	    &sin.sin_addr) != 1)
		errx(1, "bad argument");
	l.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (l.fd == -1 || connect(l.fd, (struct sockaddr *)&sin,
	    sizeof(sin)) == -1)
		err(1, "socket");
	due_ns = read_clock(CLOCK_MONOTONIC);
	end_ns = due_ns + atoi(argv[3]) * NS;
	line_ns = due_ns + NS;
	for (; due_ns < end_ns; due_ns += l.interval_ns) {
		wait_until(&l, due_ns);
		if (due_ns >= line_ns) {
			printf("%.3f %u %u %u\n",
			    (double)read_clock(CLOCK_MONOTONIC_RAW) / 1e9,
			    l.sent, l.answered, l.synced);
			fflush(stdout);
			l.sent = l.answered = l.synced = 0;
			line_ns += NS;
		}
		send_request(&l);
	}
	return (0);
}
