/*
 * Time server, network and measuring instrument of the User-Mode Linux tests
 * in one process, inside the guest.  Answers NTP with a time computed from
 * CLOCK_MONOTONIC_RAW, which nobody can discipline, through simulated delays
 * (an answer waits, and is dated back), and compares CLOCK_REALTIME with that
 * truth.  It must never spin: under time travel, time stands still while any
 * process runs.
 *
 *	truth -c SCENARIO		prints the daemon's configuration
 *	truth -f SCENARIO		prints what else concerns the runner
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

#include "regress/uml/answer.h"
#include "regress/uml/meter.h"
#include "regress/uml/model.h"
#include "regress/uml/scenario.h"

#define NS		1000000000LL
#define NTP_PORT	123
#define PACKET_MAX	1024
#define TICKS_A_SECOND	100		/* of struct timex, USER_HZ */
#define RATE_MAX	0.15		/* no slew is faster */
#define SERVE_NS	2000		/* from receipt to transmission */
#define DAY_S		86400.0
#define STREAM_SOURCES	1000		/* as in regress/sim: the same world */
#define LEAP_NEAR_S	2.0		/* clocks leap at different instants */

/* A request on its way to the server, or its answer on the way back. */
struct flight {
	TAILQ_ENTRY(flight)	 entry;
	int64_t			 due_raw_ns;	/* leaves here */
	int64_t			 arrive_raw_ns;	/* at the server */
	int64_t			 back_ns;	/* delay of the answer */
	struct sockaddr_in	 to;
	int			 source;
	int			 twice;		/* the answer comes twice */
	int			 replay;	/* and once more, late */
	size_t			 len;		/* of the answer, or 0 */
	uint8_t			 packet[ANSWER_LEN];
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
	struct source		 sources[SIM_SOURCES];
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

/* True time as clocks tell it: with the leap second. */
static int64_t
true_utc(struct truth *t, int64_t raw_ns)
{
	int64_t	ns, since_ns;

	ns = oscillator_true_ns(&t->osc, raw_ns);
	since_ns = ns - t->osc.epoch_ns;
	if (t->sc.leap == 1 && since_ns >= llround(t->sc.leap_at_s * 1e9))
		ns -= NS;
	if (t->sc.leap == 2 &&
	    since_ns >= llround((t->sc.leap_at_s - 1) * 1e9))
		ns += NS;
	return (ns);
}

/* For a moment two clocks differ by the leap second. */
static int
is_near_leap(const struct truth *t, double t_s)
{
	return (t->sc.leap != 0 && fabs(t_s - t->sc.leap_at_s) < LEAP_NEAR_S);
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

/* The other direction draws for itself. */
static int
is_drawn(struct source *src, double share)
{
	return (share > 0 && rng_uniform(&src->rng) < share);
}

static struct flight *
new_flight(struct truth *t, const struct flight *like, int64_t due_raw_ns)
{
	struct flight	*f;

	f = malloc(sizeof(*f));
	if (f == NULL)
		err(1, "malloc");
	*f = *like;
	f->due_raw_ns = due_raw_ns;
	insert_flight(t, f);
	return (f);
}

/* A request that is in f reaches the server, or does not, or does twice. */
static void
carry_request(struct truth *t, struct flight *f, int64_t raw_ns)
{
	struct source	*src;
	struct flight	 one;
	int		 copies;

	src = &t->sources[f->source];
	if (is_drawn(src, src->conf.loss))
		return;
	for (copies = is_drawn(src, src->conf.dup) ? 2 : 1; copies > 0;
	    copies--) {
		one = *f;
		one.arrive_raw_ns = raw_ns +
		    path_delay_ns(&src->conf.up, &src->rng);
		if (is_drawn(src, src->conf.corrupt))
			answer_corrupt(one.packet, ANSWER_LEN, &src->rng);
		if (!answer_is_due(one.packet, ANSWER_LEN) ||
		    is_drawn(src, src->conf.loss))
			continue;
		one.twice = is_drawn(src, src->conf.dup);
		one.back_ns = path_delay_ns(&src->conf.down, &src->rng);
		new_flight(t, &one, one.arrive_raw_ns + SERVE_NS +
		    one.back_ns);
	}
}

static void
receive_request(struct truth *t, int i)
{
	struct source	*src;
	struct flight	 f;
	uint8_t		 buf[PACKET_MAX];
	int64_t		 raw_ns;
	size_t		 len;

	src = &t->sources[i];
	raw_ns = 0;
	memset(&f, 0, sizeof(f));
	len = receive_stamped(src->fd, buf, sizeof(buf), &f.to, &raw_ns);
	if (!answer_is_due(buf, len))
		return;
	src->requests++;
	if (is_unreachable(&src->conf,
	    (double)(raw_ns - t->start_raw_ns) / 1e9))
		return;
	f.source = i;
	memcpy(f.packet, buf, ANSWER_LEN);
	carry_request(t, &f, raw_ns);
}

/* Sends what is in f, and sees to what comes after it. */
static void
send_packet(struct truth *t, struct flight *f)
{
	struct source	*src;
	struct flight	 again;
	int64_t		 late_ns;

	src = &t->sources[f->source];
	again = *f;
	again.twice = again.replay = 0;
	if (f->twice) {
		late_ns = path_delay_ns(&src->conf.down, &src->rng) -
		    f->back_ns;
		new_flight(t, &again, f->due_raw_ns +
		    (late_ns > 0 ? late_ns : 0));
	}
	if (f->replay)
		new_flight(t, &again, f->due_raw_ns + NS);
	if (is_drawn(src, src->conf.corrupt))
		answer_corrupt(f->packet, f->len, &src->rng);
	if (sendto(src->fd, f->packet, f->len, 0,
	    (const struct sockaddr *)&f->to, sizeof(f->to)) ==
	    (ssize_t)f->len)
		src->answers++;
}

/*
 * The answer was sent back_ns ago, by the truth: whatever the lateness of our
 * timer, the way back has exactly its length and the server was slow.
 */
static void
send_answer(struct truth *t, struct flight *f)
{
	struct answer_facts	 facts;
	struct source		*src;
	uint8_t			 request[ANSWER_LEN];
	int64_t			 lie_ns, raw_ns;
	double			 t_s;

	if (f->len != 0) {
		send_packet(t, f);
		return;
	}
	src = &t->sources[f->source];
	memcpy(request, f->packet, sizeof(request));
	raw_ns = read_clock(CLOCK_MONOTONIC_RAW) - f->back_ns;
	t_s = (double)(raw_ns - t->start_raw_ns) / 1e9;
	lie_ns = llround((src->conf.lie_s +
	    src->conf.drift_ppm * 1e-6 * t_s) * 1e9);
	facts.receive_ns = true_utc(t, f->arrive_raw_ns) + lie_ns;
	facts.transmit_ns = true_utc(t, raw_ns) + lie_ns;
	facts.leap = 0;
	if (t->sc.leap != 0 && t_s < t->sc.leap_at_s &&
	    t_s >= t->sc.leap_at_s - DAY_S)
		facts.leap = (int)t->sc.leap;
	f->len = answer_build(&src->conf, request, &facts, f->packet);
	f->replay = answer_is_replayed(&src->conf);
	send_packet(t, f);
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
do_event(struct truth *t, const struct event *e)
{
	struct source_conf	*conf;

	conf = &t->sources[e->source].conf;
	switch (e->kind) {
	case EVENT_STEP:
		step_clock(t, e->value);
		break;
	case EVENT_LIE:
		conf->lie_s = e->value;
		break;
	case EVENT_STRATUM:
		conf->stratum = e->value;
		break;
	case EVENT_KISS:
		conf->kiss = e->value;
		break;
	case EVENT_DELAY:
		conf->up.delay_s = conf->down.delay_s = e->value;
		break;
	case EVENT_TAMPER:
		conf->tamper = e->value;
		break;
	case EVENT_FREQ:	/* the oscillator knows */
		break;
	}
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
		do_event(t, e);
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
	s.err_s = (double)(now.real_ns - true_utc(t, now.raw_ns)) / 1e9;
	/* the leap is no step */
	if (is_near_leap(t, s.t_s) && llabs(llabs(step_ns) - NS) < NS / 2)
		t->meant_ns += step_ns < 0 ? -NS : NS;
	s.step_s = (double)(step_ns - t->meant_ns) / 1e9;
	/* too short to tell: as before */
	s.rate_ppm = passed_ns > NS / 100 ?
	    (rate - (double)step_ns) / (double)passed_ns * 1e6 :
	    t->meter.end_rate_ppm;
	s.bound_s = (double)tx.maxerror * 1e-6;
	s.synced = (tx.status & STA_UNSYNC) == 0;
	t->last = now;
	t->meant_ns = 0;
	if (!is_near_leap(t, s.t_s) && meter_add(&t->meter, &s) == -1)
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
	struct pollfd	pfd[SIM_SOURCES + 1];
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
	rng_init(&src->rng, (uint64_t)t->sc.seed,
	    STREAM_SOURCES + (uint64_t)i);
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
	if (t->sc.epoch_s > 0)
		step_clock(t, t->sc.epoch_s + t->sc.offset_s -
		    (double)read_clock(CLOCK_REALTIME) / 1e9);
	t->meant_ns = 0;
	watch_steps(t);
	t->mono_ns = read_mono_ns();
	t->mono_rate = 1;
	read_clocks(&t->last);
	t->start_raw_ns = t->sample_raw_ns = t->last.raw_ns;
	t->work_raw_ns = t->last.raw_ns;
	oscillator_init(&t->osc, (uint64_t)t->sc.seed, t->last.raw_ns,
	    t->sc.epoch_s > 0 ? llround(t->sc.epoch_s * 1e9) :
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
	int			 ch, conf, facts;

	ready = trace = NULL;
	conf = facts = 0;
	while ((ch = getopt(argc, argv, "cfm:r:t:")) != -1) {
		switch (ch) {
		case 'c':
			conf = 1;
			break;
		case 'f':
			facts = 1;
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
		errx(1, "usage: truth [-c | -f | -m name] [-r file] [-t file] "
		    "scenario");
	if (scenario_read(&t.sc, argv[optind]) == -1)
		return (1);
	if (conf)
		scenario_print_conf(&t.sc, stdout);
	if (facts)
		scenario_print_facts(&t.sc, stdout);
	if (conf || facts)
		return (0);
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
