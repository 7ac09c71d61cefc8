/*
 * NTP requests while the clock is set, for the User-Mode Linux tests: does an
 * answer ever have its two timestamps from two sides of a step?  Runs in the
 * guest, where it sets the clock itself, and nowhere else.
 *
 *	steps [-f] [-t] ADDRESS ROUNDS [COMMAND ...]
 *
 *	-f	no other process runs between the requests of a round: what
 *		was sent on both sides of a step waits in one queue
 *	-t	the server knows true time: all of its answers, on whatever
 *		side, have the time that it had when this began
 *
 * A round sends requests from many addresses, some in interleaved mode (RFC
 * 9769), sets the clock in their midst as a table says, waits and looks at the
 * answers.  With a COMMAND the clock is put wrong, and the command runs while
 * requests are sent without a pause.
 *
 * Prints one line of name=value.  `wrong' are answers with times that do not
 * belong to one clock, `silent' rounds in which nobody was answered a while
 * after the step.  The status is 1 when there were any.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ntp.h"
#include "common/timens.h"

#define FLOWS		16	/* each has an address of its own */
#define INTERLEAVED	8	/* the first ones, one request at a time */
#define SLOTS		512	/* requests of a flow that are remembered */
#define CLOCKS		4096	/* positions of the clock that are */
#define PARTS		3	/* of a round, a step between each two */
#define SOURCE_BASE	0x7f020001u	/* 127.2.0.1 */
#define LEAD		3	/* requests of a flow before a round */
#define LEAD_NS		(2 * NS_PER_MS)
#define WAIT_NS		(20 * NS_PER_MS)
#define SETTLE_NS	(200 * NS_PER_MS)
#define EVENTUALLY	5	/* tries of SETTLE_NS */
#define SLACK_NS	NS_PER_MS	/* of a time, and of the server */
#define SAME_NS		10000	/* a clock that moved less has not */
#define REPORTS		20	/* of wrong answers */
#define COMMAND_TURNS	20000	/* requests beside a command, at most */

struct request {
	ntp_ts		transmit;	/* 0: none waits */
	ntp_ts		receive;	/* of an interleaved one, else 0 */
	int64_t		raw_ns;
	unsigned	clock;		/* index of the clock then */
};

/* What a server said of one exchange; interleaved mode needs the last one. */
struct exchange {
	ntp_ts		receive;
	int64_t		raw_ns;		/* sent */
	int64_t		came_ns;
	unsigned	clock, came_clock;
};

struct flow {
	int		fd;
	unsigned	next;
	struct request	requests[SLOTS];
	struct exchange	last;		/* receive 0: none */
};

struct totals {
	unsigned	sent, answered, interleaved, unsynced;
	unsigned	wrong, silent, steps;
	int64_t		worst_ns;	/* transmit less receive, at most */
};

struct steps {
	int		fifo;
	int		truth;		/* -t */
	int64_t		true_ns;	/* true time less RAW */
	struct flow	flows[FLOWS];
	int64_t		clocks[CLOCKS];	/* REALTIME less RAW */
	unsigned	nclocks;
	uint64_t	number;
	struct totals	totals;
};

/* How many requests of a flow before, between and after two steps, in ms. */
struct round {
	unsigned	count[PARTS];
	double		step_ms[PARTS - 1];
};

/*
 * Batches of the server are of 64; a clock that went to and fro looks as if
 * nothing had happened.
 */
static const struct round rounds[] = {
	{ { 1, 1, 0 }, { 300, 0 } },
	{ { 1, 1, 0 }, { -300, 0 } },
	{ { 4, 4, 0 }, { -20, 0 } },
	{ { 4, 4, 0 }, { 20, 0 } },
	{ { 8, 8, 0 }, { -2, 0 } },
	{ { 2, 3, 0 }, { 2, 0 } },
	{ { 9, 1, 0 }, { 5000, 0 } },
	{ { 1, 9, 0 }, { -5000, 0 } },
	{ { 1, 1, 1 }, { -300, 300 } },
	{ { 3, 3, 3 }, { 300, -300 } },
	{ { 5, 1, 5 }, { -40, 40 } },
	{ { 0, 4, 0 }, { -100, 0 } },
	{ { 4, 0, 0 }, { 100, 0 } },
	{ { 0, 8, 8 }, { 700, -500 } },
	{ { 8, 0, 8 }, { -100, -100 } },
};

static int64_t
read_clock(clockid_t id)
{
	struct timespec	ts;

	if (clock_gettime(id, &ts) == -1)
		err(2, "clock_gettime");
	return (ts.tv_sec * NS_PER_SEC + ts.tv_nsec);
}

static void
pause_ns(int64_t ns)
{
	struct timespec	ts = { ns / NS_PER_SEC, ns % NS_PER_SEC };

	nanosleep(&ts, NULL);
}

/* Nothing of this may happen to another computer's clock. */
static void
must_be_guest(void)
{
	char	line[256];
	FILE	*f;

	if ((f = fopen("/proc/cpuinfo", "r")) == NULL)
		err(2, "/proc/cpuinfo");
	while (fgets(line, sizeof(line), f) != NULL)
		if (strstr(line, "User Mode Linux") != NULL) {
			fclose(f);
			return;
		}
	errx(2, "only for a User-Mode Linux guest");
}

/* ---- the clock ----------------------------------------------------------- */

/* Where the clock is now: noted when it is not where it was. */
static unsigned
note_clock(struct steps *s)
{
	int64_t	before_ns, after_ns, ahead_ns, *last;

	before_ns = read_clock(CLOCK_MONOTONIC_RAW);
	ahead_ns = read_clock(CLOCK_REALTIME);
	after_ns = read_clock(CLOCK_MONOTONIC_RAW);
	ahead_ns -= before_ns + (after_ns - before_ns) / 2;
	last = &s->clocks[s->nclocks > 0 ? s->nclocks - 1 : 0];
	if (s->nclocks == 0 || llabs(ahead_ns - *last) > SAME_NS) {
		if (s->nclocks == CLOCKS)
			errx(2, "too many steps");
		s->clocks[s->nclocks++] = ahead_ns;
	}
	return (s->nclocks - 1);
}

static void
step_clock(struct steps *s, double step_ms)
{
	struct timespec	ts;
	int64_t		ns;

	if (step_ms == 0)
		return;
	ns = read_clock(CLOCK_REALTIME) + (int64_t)(step_ms * NS_PER_MS);
	ts.tv_sec = ns / NS_PER_SEC;
	ts.tv_nsec = ns % NS_PER_SEC;
	if (clock_settime(CLOCK_REALTIME, &ts) == -1)
		err(2, "clock_settime");
	s->totals.steps++;
	note_clock(s);
}

/* ---- requests ------------------------------------------------------------ */

static void
open_flows(struct steps *s, const char *address)
{
	struct sockaddr_in	to, from;
	int			i, fd, size = 1 << 22;

	memset(&to, 0, sizeof(to));
	to.sin_family = AF_INET;
	to.sin_port = htons(NTP_PORT);
	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		errx(2, "%s: not an address", address);
	for (i = 0; i < FLOWS; i++) {
		from = to;
		from.sin_port = 0;
		from.sin_addr.s_addr = htonl(SOURCE_BASE + (uint32_t)i);
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE,
		    &size, sizeof(size)) == -1 ||
		    bind(fd, (struct sockaddr *)&from, sizeof(from)) == -1 ||
		    connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
			err(2, "socket");
		s->flows[i].fd = fd;
	}
}

/*
 * The number of a request is its transmit timestamp.  An interleaved one has
 * the receive timestamp of the answer before it as its origin, and another
 * number as receive, which comes back as the origin.
 */
static void
send_request(struct steps *s, struct flow *f)
{
	struct ntp_header	 h;
	struct request		*r = &f->requests[f->next++ % SLOTS];
	uint8_t			 packet[NTP_HEADER_LEN];

	memset(&h, 0, sizeof(h));
	h.version = 4;
	h.mode = NTP_MODE_CLIENT;
	h.transmit = r->transmit = ++s->number;
	r->receive = 0;
	if (f - s->flows < INTERLEAVED && f->last.receive != 0) {
		h.origin = f->last.receive;
		h.receive = r->receive = ++s->number;
	}
	r->clock = note_clock(s);
	r->raw_ns = read_clock(CLOCK_MONOTONIC_RAW);
	ntp_header_build(&h, packet);
	if (send(f->fd, packet, sizeof(packet), 0) == sizeof(packet))
		s->totals.sent++;
}

/* An interleaved client waits for its answer before it asks again. */
static void
send_part(struct steps *s, unsigned count, int first)
{
	unsigned	i, k;

	for (k = 0; k < count; k++)
		for (i = first && k == 0 ? 0 : INTERLEAVED; i < FLOWS; i++)
			send_request(s, &s->flows[i]);
}

/* ---- answers ------------------------------------------------------------- */

/* Is it between two instants of RAW, by a clock that is so much ahead? */
static int
is_within(ntp_ts ts, int64_t ahead_ns, int64_t from_ns, int64_t to_ns)
{
	int64_t	ns = ntp_ts_to_ns(ts, from_ns + ahead_ns);

	return (ns >= from_ns + ahead_ns - SLACK_NS &&
	    ns <= to_ns + ahead_ns + SLACK_NS);
}

/*
 * Is there a clock, of those that there were, by which one time is of the
 * exchange a and the other of b?  They are the same but in interleaved mode.
 */
static int
is_one_clock(const struct steps *s, const struct exchange *a, ntp_ts receive,
    const struct exchange *b, ntp_ts transmit)
{
	int64_t		ahead_ns = s->true_ns;
	unsigned	i;

	for (i = b->clock; i <= a->came_clock; i++) {
		if (s->true_ns == 0)
			ahead_ns = s->clocks[i];
		if (is_within(receive, ahead_ns, a->raw_ns, a->came_ns) &&
		    is_within(transmit, ahead_ns, b->raw_ns, b->came_ns))
			return (1);
	}
	return (0);
}

/* What an answer to request a says; sent is the answer to request b. */
static void
check_times(struct steps *s, const struct flow *f, const struct exchange *a,
    ntp_ts receive, const struct exchange *b, ntp_ts transmit)
{
	int64_t	start_ns, span_ns;

	span_ns = (int64_t)((double)(int64_t)(transmit - receive) * 1e9 /
	    4294967296.0);
	if (is_one_clock(s, a, receive, b, transmit) &&
	    (a != b || span_ns >= 0)) {
		if (a == b && span_ns > s->totals.worst_ns)
			s->totals.worst_ns = span_ns;
		return;
	}
	if (s->totals.wrong++ >= REPORTS)
		return;
	start_ns = a->raw_ns + (s->true_ns != 0 ? s->true_ns :
	    s->clocks[a->clock]);
	fprintf(stderr, "wrong%s: flow %d after step %u: received %+.6f ms and "
	    "sent %+.6f ms after the request, which was %.6f ms before the "
	    "answer; clocks %u..%u\n", a != b ? ", interleaved" : "",
	    (int)(f - s->flows), s->totals.steps,
	    (double)(ntp_ts_to_ns(receive, start_ns) - start_ns) / 1e6,
	    (double)(ntp_ts_to_ns(transmit, start_ns) - start_ns) / 1e6,
	    (double)(a->came_ns - a->raw_ns) / 1e6, a->clock, a->came_clock);
}

static void
take_answer(struct steps *s, struct flow *f, const struct ntp_header *h)
{
	struct request	*r = NULL;
	struct exchange	 e;
	unsigned	 i;

	for (i = 0; i < SLOTS && r == NULL; i++)
		if (f->requests[i].transmit != 0 && (h->origin ==
		    f->requests[i].transmit || (h->origin != 0 &&
		    h->origin == f->requests[i].receive)))
			r = &f->requests[i];
	if (r == NULL || h->mode != NTP_MODE_SERVER)
		errx(2, "an answer that nobody asked for");
	e.receive = h->receive;
	e.raw_ns = r->raw_ns;
	e.clock = r->clock;
	e.came_ns = read_clock(CLOCK_MONOTONIC_RAW);
	e.came_clock = note_clock(s);
	s->totals.answered++;
	s->totals.unsynced += h->leap == NTP_LEAP_UNSYNC;
	if (h->leap == NTP_LEAP_UNSYNC)
		;
	else if (h->origin == r->transmit)
		check_times(s, f, &e, h->receive, &e, h->transmit);
	else {
		s->totals.interleaved++;
		/* when the answer before left; nor may these two be mixed */
		check_times(s, f, &f->last, f->last.receive, &f->last,
		    h->transmit);
		check_times(s, f, &e, h->receive, &f->last, h->transmit);
	}
	f->last = e;
	r->transmit = 0;
}

/* Returns how many there were. */
static unsigned
take_answers(struct steps *s)
{
	struct ntp_header	h;
	uint8_t			packet[512];
	unsigned		n = s->totals.answered;
	ssize_t			len;
	int			i;

	for (i = 0; i < FLOWS; i++)
		while ((len = recv(s->flows[i].fd, packet, sizeof(packet),
		    MSG_DONTWAIT)) > 0) {
			if (len != NTP_HEADER_LEN ||
			    ntp_header_parse(packet, (size_t)len, &h) == -1)
				errx(2, "a bad answer");
			take_answer(s, &s->flows[i], &h);
		}
	return (s->totals.answered - n);
}

static void
wait_answers(struct steps *s, int64_t ns)
{
	int64_t	end_ns = read_clock(CLOCK_MONOTONIC_RAW) + ns;

	do {
		pause_ns(NS_PER_MS);
		take_answers(s);
	} while (read_clock(CLOCK_MONOTONIC_RAW) < end_ns);
}

/* Until every flow is answered again. */
static int
wait_service(struct steps *s)
{
	unsigned	i;

	for (i = 0; i < EVENTUALLY; i++) {
		send_part(s, 1, 1);
		pause_ns(WAIT_NS);
		if (take_answers(s) >= FLOWS)
			return (1);
		pause_ns(SETTLE_NS);
	}
	return (0);
}

/* ---- rounds -------------------------------------------------------------- */

static void
run_round(struct steps *s, const struct round *r)
{
	unsigned	i;

	/* a load: nobody's queue has been empty for long */
	for (i = 0; i < LEAD; i++) {
		send_part(s, 1, 0);
		wait_answers(s, LEAD_NS);
	}
	for (i = 0; i < PARTS; i++) {
		send_part(s, r->count[i], i == 0);
		if (i < PARTS - 1)
			step_clock(s, r->step_ms[i]);
	}
	wait_answers(s, WAIT_NS);
	s->totals.silent += !wait_service(s);
}

/* Others may run after each request, while the command does what it does. */
static void
run_command(struct steps *s, double wrong_ms, char **command)
{
	unsigned	i;
	pid_t		pid;
	int		status = -1;

	step_clock(s, wrong_ms);
	s->totals.silent += !wait_service(s);
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		execv(command[0], command);
		err(2, "%s", command[0]);
	}
	for (i = 0; i < COMMAND_TURNS; i++) {
		send_request(s, &s->flows[INTERLEAVED + i %
		    (FLOWS - INTERLEAVED)]);
		sched_yield();
		take_answers(s);
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		if (i % 64 == 63)
			pause_ns(10 * NS_PER_US);
	}
	if (i == COMMAND_TURNS)
		waitpid(pid, &status, 0);
	if (status != 0)
		errx(2, "%s: status %d", command[0], status);
	wait_answers(s, WAIT_NS);
	s->totals.silent += !wait_service(s);
}

/* True time as the server has it: the clock need not be right any more. */
static void
learn_truth(struct steps *s)
{
	struct exchange	*e = &s->flows[FLOWS - 1].last;

	if (!s->truth)
		return;
	s->true_ns = ntp_ts_to_ns(e->receive, e->raw_ns + s->clocks[0]) -
	    e->raw_ns;
}

static void
usage(void)
{
	errx(2, "usage: steps [-ft] address rounds [command ...]");
}

int
main(int argc, char *argv[])
{
	const struct sched_param	 high = { .sched_priority = 1 };
	const struct totals		*t;
	struct steps			*s;
	unsigned			 i, n;
	int				 c;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		err(2, NULL);
	t = &s->totals;
	while ((c = getopt(argc, argv, "+ft")) != -1) {
		if (c == 'f')
			s->fifo = 1;
		else if (c == 't')
			s->truth = 1;
		else
			usage();
	}
	argv += optind;
	if (argc - optind < 2 || (n = (unsigned)atoi(argv[1])) == 0)
		usage();
	must_be_guest();
	if (s->fifo && sched_setscheduler(0, SCHED_FIFO, &high) == -1)
		err(2, "sched_setscheduler");
	open_flows(s, argv[0]);
	/* the second time it is by the kernel's timestamp */
	if (!wait_service(s) || !wait_service(s))
		errx(2, "no service");
	learn_truth(s);
	for (i = 0; i < n; i++) {
		if (argc - optind > 2)
			run_command(s, i % 2 ? 400 : -400, &argv[2]);
		else
			run_round(s, &rounds[i % (sizeof(rounds) /
			    sizeof(rounds[0]))]);
		pause_ns(SETTLE_NS);
	}
	printf("rounds=%u steps=%u sent=%u answered=%u interleaved=%u "
	    "unsynced=%u wrong=%u silent=%u worst_us=%.3f\n", n, t->steps,
	    t->sent, t->answered, t->interleaved, t->unsynced, t->wrong,
	    t->silent, (double)t->worst_ns / 1e3);
	return (t->wrong > 0 || t->silent > 0);
}
