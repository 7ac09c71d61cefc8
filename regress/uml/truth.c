/*
 * Time server, network and measuring instrument of the User-Mode Linux tests
 * in one process, inside the guest.  Answers NTP with a time computed from
 * CLOCK_MONOTONIC_RAW, which nobody can discipline, through simulated delays
 * (an answer waits, and is dated back), and compares CLOCK_REALTIME with that
 * truth.  It must never spin: under time travel, time stands still while any
 * process runs.
 *
 *	truth -c SCENARIO		prints the daemon's configuration
 *	truth -m NAME			prints NAME and RAW in seconds
 *	truth [-t TRACE] [-r READY] SCENARIO	runs; figures on stdout
 *
 * SIGTERM ends a run before its time.
 */
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/timex.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "regress/uml/meter.h"
#include "regress/uml/model.h"
#include "regress/uml/scenario.h"

#define NS		1000000000LL
#define NTP_UNIX	2208988800LL	/* 1900 to 1970 in s */
#define NTP_PORT	123
#define NTP_LEN		48
#define PACKET_MAX	1024
#define TICKS_A_SECOND	100		/* of struct timex, USER_HZ */
#define RATE_MAX	0.15		/* no slew is faster */
#define SERVE_NS	2000		/* from receipt to transmission */

/* A request on its way to the server, or its answer on the way back. */
struct flight {
	TAILQ_ENTRY(flight)	 entry;
	int64_t			 due_raw_ns;	/* leaves here */
	int64_t			 arrive_raw_ns;	/* at the server */
	int64_t			 back_ns;	/* delay of the answer */
	struct sockaddr_in	 to;
	int			 source;
	uint8_t			 request[NTP_LEN];
};

TAILQ_HEAD(flights, flight);

struct source {
	struct source_conf	 conf;
	struct rng		 rng;
	int			 fd;
	uint64_t		 requests;
	uint64_t		 answers;
};

struct reading {
	int64_t	raw_ns;
	int64_t	real_ns;
};

struct truth {
	struct scenario		 sc;
	struct oscillator	 osc;
	struct meter		 meter;
	struct source		 sources[SCENARIO_SOURCES];
	struct flights		 flights;
	struct reading		 last;		/* of the meter */
	int64_t			 mono_ns;	/* REALTIME - MONOTONIC */
	double			 mono_rate;	/* against RAW, at the last */
	int64_t			 start_raw_ns;
	int64_t			 sample_raw_ns;	/* next */
	int64_t			 work_raw_ns;	/* when we began to wait */
	int64_t			 meant_ns;	/* our own steps since last */
	int			 set_fd;	/* tells of steps */
	FILE			*trace;
};

static volatile sig_atomic_t	ended;

static void
handle_end(int signo)
{
	(void)signo;
	ended = 1;
}

static int64_t
read_clock(clockid_t id)
{
	struct timespec	ts;

	if (clock_gettime(id, &ts) == -1)
		err(1, "clock_gettime");
	return (ts.tv_sec * NS + ts.tv_nsec);
}

/* Every reading costs the guest some time: they are centred. */
static void
read_clocks(struct reading *r)
{
	int64_t	raw1, raw2;

	raw1 = read_clock(CLOCK_MONOTONIC_RAW);
	r->real_ns = read_clock(CLOCK_REALTIME);
	raw2 = read_clock(CLOCK_MONOTONIC_RAW);
	r->raw_ns = raw1 + (raw2 - raw1) / 2;
}

/*
 * REALTIME - MONOTONIC: they are slewed together, so this moves by steps and
 * by nothing else.
 */
static int64_t
read_mono_ns(void)
{
	int64_t	mono, real1, real2;

	real1 = read_clock(CLOCK_REALTIME);
	mono = read_clock(CLOCK_MONOTONIC);
	real2 = read_clock(CLOCK_REALTIME);
	return (real1 + (real2 - real1) / 2 - mono);
}

/* How fast the kernel lets MONOTONIC run against RAW. */
static double
mono_rate(const struct timex *tx)
{
	return ((double)tx->tick * TICKS_A_SECOND / 1e6 +
	    (double)tx->freq / 65536 * 1e-6);
}

static void
put_timestamp(uint8_t *p, int64_t ns)
{
	uint64_t	frac, s;
	int		i;

	s = (uint64_t)(ns / NS + NTP_UNIX);
	frac = ((uint64_t)(ns % NS) << 32) / NS;
	for (i = 0; i < 4; i++) {
		p[i] = (uint8_t)(s >> (24 - 8 * i));
		p[4 + i] = (uint8_t)(frac >> (24 - 8 * i));
	}
}

static int
is_unreachable(const struct source_conf *conf, double t_s)
{
	double	since;

	since = t_s - conf->outage_at_s;
	if (conf->outage_len_s <= 0 || since < 0)
		return (0);
	if (conf->outage_every_s > 0)
		since = fmod(since, conf->outage_every_s);
	return (since < conf->outage_len_s);
}

static void
insert_flight(struct truth *t, struct flight *f)
{
	struct flight	*other;

	TAILQ_FOREACH_REVERSE(other, &t->flights, flights, entry)
		if (other->due_raw_ns <= f->due_raw_ns)
			break;
	if (other == NULL)
		TAILQ_INSERT_HEAD(&t->flights, f, entry);
	else
		TAILQ_INSERT_AFTER(&t->flights, other, f, entry);
}

/*
 * Receives a request and tells when the kernel had it, in RAW: its stamp is
 * of REALTIME, some microseconds ago.  Length, 0 for none.
 */
static size_t
receive_stamped(int fd, uint8_t *buf, size_t len, struct sockaddr_in *from,
    int64_t *raw_ns)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(struct timespec))];
	}		 control;
	struct cmsghdr	*cmsg;
	struct iovec	 iov;
	struct msghdr	 msg;
	struct reading	 now;
	struct timespec	 ts;
	int64_t		 ago_ns;
	ssize_t		 n;

	memset(&msg, 0, sizeof(msg));
	iov.iov_base = buf;
	iov.iov_len = len;
	msg.msg_name = from;
	msg.msg_namelen = sizeof(*from);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	n = recvmsg(fd, &msg, MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN && errno != ECONNREFUSED)
		err(1, "recvmsg");
	if (n == -1)
		return (0);
	read_clocks(&now);
	*raw_ns = now.raw_ns;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg == NULL || cmsg->cmsg_type != SCM_TIMESTAMPNS)
		return ((size_t)n);
	memcpy(&ts, CMSG_DATA(cmsg), sizeof(ts));
	ago_ns = now.real_ns - (ts.tv_sec * NS + ts.tv_nsec);
	/* otherwise the clock was set in between */
	if (ago_ns > 0 && ago_ns < NS / 1000)
		*raw_ns -= ago_ns;
	return ((size_t)n);
}

static void
receive_request(struct truth *t, int i)
{
	struct source		*src;
	struct flight		*f;
	struct sockaddr_in	 from;
	uint8_t			 buf[PACKET_MAX];
	int64_t			 raw_ns;
	int			 lost;

	src = &t->sources[i];
	if (receive_stamped(src->fd, buf, sizeof(buf), &from,
	    &raw_ns) < NTP_LEN || (buf[0] & 7) != 3)
		return;
	src->requests++;
	if (is_unreachable(&src->conf,
	    (double)(raw_ns - t->start_raw_ns) / 1e9))
		return;
	/* both are drawn for each packet, so that nothing shifts the rest */
	lost = rng_uniform(&src->rng) < src->conf.loss;
	lost += rng_uniform(&src->rng) < src->conf.loss;
	if (lost)
		return;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		err(1, "calloc");
	f->arrive_raw_ns = raw_ns + path_delay_ns(&src->conf.up, &src->rng);
	f->back_ns = path_delay_ns(&src->conf.down, &src->rng);
	f->due_raw_ns = f->arrive_raw_ns + SERVE_NS + f->back_ns;
	f->to = from;
	f->source = i;
	memcpy(f->request, buf, NTP_LEN);
	insert_flight(t, f);
}

/*
 * The answer was sent back_ns ago, by the truth: whatever the lateness of our
 * timer, the way back has exactly its length and the server was slow.
 */
static void
send_answer(struct truth *t, const struct flight *f)
{
	struct source	*src;
	uint8_t		 p[NTP_LEN];
	int64_t		 lie_ns, receive_ns, transmit_ns;

	src = &t->sources[f->source];
	lie_ns = llround(src->conf.lie_s * 1e9);
	memset(p, 0, sizeof(p));
	p[0] = (uint8_t)((f->request[0] & 0x38) | 4);
	p[1] = (uint8_t)src->conf.stratum;
	p[2] = f->request[2];
	p[3] = (uint8_t)-28;
	memcpy(p + 12, "SIM", 3);
	memcpy(p + 24, f->request + 40, 8);
	receive_ns = oscillator_true_ns(&t->osc, f->arrive_raw_ns);
	put_timestamp(p + 16, receive_ns + lie_ns - receive_ns % NS);
	put_timestamp(p + 32, receive_ns + lie_ns);
	transmit_ns = oscillator_true_ns(&t->osc,
	    read_clock(CLOCK_MONOTONIC_RAW) - f->back_ns);
	put_timestamp(p + 40, transmit_ns + lie_ns);
	if (sendto(src->fd, p, sizeof(p), 0, (const struct sockaddr *)&f->to,
	    sizeof(f->to)) == sizeof(p))
		src->answers++;
}

static void
send_due(struct truth *t)
{
	struct flight	*f;

	while ((f = TAILQ_FIRST(&t->flights)) != NULL &&
	    read_clock(CLOCK_MONOTONIC_RAW) >= f->due_raw_ns - SERVE_NS / 2) {
		TAILQ_REMOVE(&t->flights, f, entry);
		send_answer(t, f);
		free(f);
	}
}

static void
step_clock(struct truth *t, double by_s)
{
	struct timespec	ts;
	int64_t		by_ns, ns;

	by_ns = llround(by_s * 1e9);
	ns = read_clock(CLOCK_REALTIME) + by_ns;
	ts.tv_sec = ns / NS;
	ts.tv_nsec = ns % NS;
	if (clock_settime(CLOCK_REALTIME, &ts) == -1)
		err(1, "clock_settime");
	t->meant_ns += by_ns;
}

static void
do_events(struct truth *t, double t_s)
{
	struct event	*e;
	int		 i;

	for (i = 0; i < t->sc.nevents; i++) {
		e = &t->sc.events[i];
		if (e->done || t_s < e->at_s)
			continue;
		e->done = 1;
		if (e->kind == EVENT_STEP)
			step_clock(t, e->value);
		else if (e->kind == EVENT_LIE)
			t->sources[e->source].conf.lie_s = e->value;
	}
}

/* set: the clock may have been set since the last sample. */
static void
take_sample(struct truth *t, int set)
{
	struct meter_sample	s;
	struct reading		now;
	struct timex		tx;
	int64_t			mono_ns, passed_ns, step_ns;
	double			rate;

	read_clocks(&now);
	passed_ns = now.raw_ns - t->last.raw_ns;
	rate = (double)(now.real_ns - t->last.real_ns - passed_ns);
	step_ns = 0;
	if (set || fabs(rate) > RATE_MAX * (double)passed_ns) {
		mono_ns = read_mono_ns();
		step_ns = mono_ns - t->mono_ns;
		t->mono_ns = mono_ns;
	}
	memset(&tx, 0, sizeof(tx));
	if (adjtimex(&tx) == -1)
		err(1, "adjtimex");
	t->mono_rate = mono_rate(&tx);
	s.t_s = (double)(now.raw_ns - t->start_raw_ns) / 1e9;
	s.err_s = (double)(now.real_ns -
	    oscillator_true_ns(&t->osc, now.raw_ns)) / 1e9;
	s.step_s = (double)(step_ns - t->meant_ns) / 1e9;
	/* too short to tell: as before */
	s.rate_ppm = passed_ns > NS / 100 ?
	    (rate - (double)step_ns) / (double)passed_ns * 1e6 :
	    t->meter.end_rate_ppm;
	s.bound_s = (double)tx.maxerror * 1e-6;
	s.synced = (tx.status & STA_UNSYNC) == 0;
	t->last = now;
	t->meant_ns = 0;
	if (meter_add(&t->meter, &s) == -1)
		err(1, "samples");
	if (t->trace != NULL)
		fprintf(t->trace, "%.6f %.3f %.9f %.4f %.9f %.6f %d\n",
		    (double)now.raw_ns / 1e9, s.t_s, s.err_s, s.rate_ppm,
		    s.step_s, s.bound_s, s.synced);
	do_events(t, s.t_s);
}

/* To be told at once when the clock is set, by whomever. */
static void
watch_steps(struct truth *t)
{
	struct itimerspec	it;

	memset(&it, 0, sizeof(it));
	it.it_value.tv_sec = (time_t)1 << 33;
	if (timerfd_settime(t->set_fd, TFD_TIMER_ABSTIME |
	    TFD_TIMER_CANCEL_ON_SET, &it, NULL) == -1)
		err(1, "timerfd_settime");
}

static void
clock_was_set(struct truth *t)
{
	uint64_t	n;

	if (read(t->set_fd, &n, sizeof(n)) == -1 && errno == ECANCELED)
		take_sample(t, 1);
	watch_steps(t);
}

/*
 * Until a RAW instant, on the clock that poll goes by; its rate may change
 * meanwhile: an answer's lateness is dated back.
 */
static void
time_to(const struct truth *t, int64_t due_ns, int64_t now_ns,
    struct timespec *ts)
{
	int64_t	in_ns;

	in_ns = llround((double)(due_ns - now_ns) * t->mono_rate);
	if (in_ns < 0)
		in_ns = 0;
	ts->tv_sec = in_ns / NS;
	ts->tv_nsec = in_ns % NS;
}

/* Waits; every system call less makes an idle second cheaper. */
static int
wait_for_work(const struct truth *t, struct pollfd *pfd, int nfds)
{
	struct flight	*f;
	struct timespec	 ts;
	int		 n;

	f = TAILQ_FIRST(&t->flights);
	if (f != NULL && f->due_raw_ns < t->sample_raw_ns)
		time_to(t, f->due_raw_ns, read_clock(CLOCK_MONOTONIC_RAW),
		    &ts);
	else
		time_to(t, t->sample_raw_ns, t->work_raw_ns, &ts);
	n = ppoll(pfd, (nfds_t)nfds, &ts, NULL);
	if (n == -1 && errno != EINTR)
		err(1, "ppoll");
	return (n);
}

static void
serve(struct truth *t)
{
	struct pollfd	pfd[SCENARIO_SOURCES + 1];
	int64_t		end_ns;
	int		i, n, nfds;

	end_ns = t->start_raw_ns + llround(t->sc.duration_s * 1e9);
	nfds = t->sc.nsources + 1;
	for (i = 0; i < nfds; i++) {
		pfd[i].fd = i < t->sc.nsources ? t->sources[i].fd : t->set_fd;
		pfd[i].events = POLLIN;
	}
	while (t->last.raw_ns < end_ns && !ended) {
		n = wait_for_work(t, pfd, nfds);
		for (i = 0; n > 0 && i < t->sc.nsources; i++)
			if (pfd[i].revents != 0)
				receive_request(t, i);
		if (n > 0 && pfd[nfds - 1].revents != 0)
			clock_was_set(t);
		if (n > 0 || !TAILQ_EMPTY(&t->flights)) {
			send_due(t);
			t->work_raw_ns = read_clock(CLOCK_MONOTONIC_RAW);
			if (t->work_raw_ns < t->sample_raw_ns)
				continue;
		}
		take_sample(t, 0);
		t->work_raw_ns = t->last.raw_ns;
		t->sample_raw_ns += llround(t->sc.interval_s * 1e9);
	}
}

static void
open_source(struct truth *t, int i)
{
	struct source		*src;
	struct sockaddr_in	 sin;
	char			 address[32];
	int			 on;

	src = &t->sources[i];
	src->conf = t->sc.sources[i];
	rng_init(&src->rng, (uint64_t)t->sc.seed, (uint64_t)i + 1);
	scenario_address(i, address, sizeof(address));
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(NTP_PORT);
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(1, "address %s", address);
	src->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	on = 1;
	if (src->fd == -1 || setsockopt(src->fd, SOL_SOCKET, SO_TIMESTAMPNS,
	    &on, sizeof(on)) == -1 ||
	    bind(src->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "socket %s", address);
}

static void
start(struct truth *t, const char *ready)
{
	int	fd, i;

	TAILQ_INIT(&t->flights);
	for (i = 0; i < t->sc.nsources; i++)
		open_source(t, i);
	if (prctl(PR_SET_TIMERSLACK, 1) == -1)
		err(1, "prctl");
	t->set_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (t->set_fd == -1)
		err(1, "timerfd_create");
	watch_steps(t);
	t->mono_ns = read_mono_ns();
	t->mono_rate = 1;
	read_clocks(&t->last);
	t->start_raw_ns = t->sample_raw_ns = t->last.raw_ns;
	t->work_raw_ns = t->last.raw_ns;
	oscillator_init(&t->osc, (uint64_t)t->sc.seed, t->last.raw_ns,
	    t->last.real_ns - llround(t->sc.offset_s * 1e9),
	    t->sc.freq_ppm * 1e-6, t->sc.wander);
	for (i = 0; i < t->sc.nevents; i++)
		if (t->sc.events[i].kind == EVENT_FREQ &&
		    oscillator_add_jump(&t->osc, t->sc.events[i].at_s,
		    t->sc.events[i].value) == -1)
			errx(1, "too many frequency events");
	meter_init(&t->meter, t->sc.from_s, t->sc.interval_s);
	if (ready == NULL)
		return;
	fd = open(ready, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1)
		err(1, "%s", ready);
	close(fd);
}

static void
print_result(struct truth *t)
{
	uint64_t	answers, requests;
	int		i;

	answers = requests = 0;
	for (i = 0; i < t->sc.nsources; i++) {
		requests += t->sources[i].requests;
		answers += t->sources[i].answers;
	}
	printf("seed=%.0f duration=%.0f", t->sc.seed, t->sc.duration_s);
	meter_print(&t->meter, stdout);
	printf(" packets=%llu answers=%llu\n", (unsigned long long)requests,
	    (unsigned long long)answers);
}

int
main(int argc, char *argv[])
{
	static struct truth	 t;
	const char		*ready, *trace;
	int			 ch, conf;

	ready = trace = NULL;
	conf = 0;
	while ((ch = getopt(argc, argv, "cm:r:t:")) != -1) {
		switch (ch) {
		case 'c':
			conf = 1;
			break;
		case 'm':
			printf("%s %.6f\n", optarg,
			    (double)read_clock(CLOCK_MONOTONIC_RAW) / 1e9);
			return (0);
		case 'r':
			ready = optarg;
			break;
		case 't':
			trace = optarg;
			break;
		default:
			return (1);
		}
	}
	if (optind != argc - 1)
		errx(1, "usage: truth [-c | -m name] [-r file] [-t file] "
		    "scenario");
	if (scenario_read(&t.sc, argv[optind]) == -1)
		return (1);
	if (conf) {
		scenario_print_conf(&t.sc, stdout);
		return (0);
	}
	signal(SIGTERM, handle_end);
	if (trace != NULL && (t.trace = fopen(trace, "we")) == NULL)
		err(1, "%s", trace);
	start(&t, ready);
	serve(&t);
	print_result(&t);
	if (t.trace != NULL && fclose(t.trace) != 0)
		err(1, "%s", trace);
	meter_free(&t.meter);
	return (0);
}
