/*
 * An engine that was taken over: it stands in for ntpd-engine and asks the
 * parent for everything that an engine may ask, with extreme values, in
 * rounds; then it does something that no engine may do, another thing each
 * time that it is started, and when there is nothing left of that it floods.
 *
 * It keeps the number of its start in the drift file, the only memory that a
 * child has.  What it did and what it got it says in lines `hostile: ...'.
 */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/timens.h"
#include "privsep/channel.h"
#include "privsep/child.h"
#include "privsep/imsg.h"
#include "privsep/messages.h"

#define ROUNDS		3
#define FLOOD		20000		/* messages in the last act */
#define FLOOD_DEAF	(8 * CHANNEL_QUEUE_MAX)
#define FLOOD_SOURCES	2000		/* more than the parent remembers */
#define PACE_MS		20
#define FLUSH_MS	2000
#define SETTLE_MS	400		/* for the answers of a round */
#define EXTREME_NS	(INT64_MAX / 2)	/* what messages.c lets through */

struct hostile {
	struct child	*child;
	struct event	*timer;
	int		 round;
	uint32_t	 id;		/* of the last request */
	uint64_t	 asked;
	uint64_t	 answered;
	uint64_t	 results[3];	/* enum clock_result */
	uint64_t	 steps;		/* granted */
	uint64_t	 sources;	/* that the parent remembers */
	double		 worst_ppm;	/* fastest rate that we were given */
	double		 worst_base_ppm;
	int64_t		 flood_left;
};

static const double bases[] = {
	0, 1, 499.5, -499.5, 1000, -1000, 1000.01, -1000.01, 100000, -100000,
	MSG_RATE_MAX_PPM, -MSG_RATE_MAX_PPM, 5e-324, -0.0
};
static const double slews[] = {
	0, 100, -100, 83333, -83333, 100000, -100000, MSG_RATE_MAX_PPM,
	-MSG_RATE_MAX_PPM, 5e-324
};
static const int64_t spans[] = {
	-EXTREME_NS, -1, 0, 1, 1000, NS_PER_SEC, 3600 * NS_PER_SEC,
	86400 * NS_PER_SEC, 86401 * NS_PER_SEC, EXTREME_NS
};
static const int64_t deltas[] = {
	0, 1, -1, NS_PER_SEC, -NS_PER_SEC, 86400 * NS_PER_SEC,
	-86400 * NS_PER_SEC, 30LL * 365 * 86400 * NS_PER_SEC,
	-30LL * 365 * 86400 * NS_PER_SEC, EXTREME_NS, -EXTREME_NS
};
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static int64_t
raw_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ((int64_t)ts.tv_sec * NS_PER_SEC + ts.tv_nsec);
}

static void
arm(struct hostile *h, int ms)
{
	struct timeval tv;

	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	evtimer_add(h->timer, &tv);
}

static void
tell(struct hostile *h, enum msg_type type, const void *payload)
{
	/* a full queue would be our own end */
	if (channel_queued(h->child->parent) >= CHANNEL_QUEUE_MAX / 2)
		channel_flush(h->child->parent, FLUSH_MS);
	channel_send(h->child->parent, type, payload, -1);
}

static void
ask_freq(struct hostile *h)
{
	struct msg_freq m;
	size_t i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < COUNT(bases); i++) {
		m.id = ++h->id;
		m.base_ppm = bases[i];
		tell(h, MSG_CLOCK_FREQ, &m);
		h->asked++;
	}
}

static int64_t
add_span(int64_t ns, int64_t span)
{
	if (span < 0)
		return (0);
	return (span > EXTREME_NS - ns ? EXTREME_NS : ns + span);
}

static void
ask_slew(struct hostile *h)
{
	struct msg_slew m;
	size_t i, j, k;

	memset(&m, 0, sizeof(m));
	for (k = 0; k < 2; k++)		/* first without a new base */
		for (i = 0; i < COUNT(slews); i++)
			for (j = 0; j < COUNT(spans); j++) {
				m.id = ++h->id;
				m.base_ppm = k == 0 ? 0 :
				    bases[(i + j) % COUNT(bases)];
				m.slew_ppm = slews[i];
				m.end_raw_ns = add_span(raw_now(), spans[j]);
				tell(h, MSG_CLOCK_SLEW, &m);
				h->asked++;
			}
}

static void
ask_step(struct hostile *h)
{
	struct msg_step m;
	size_t i;
	int oneshot;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < COUNT(deltas); i++)
		for (oneshot = 0; oneshot < 2; oneshot++) {
			m.id = ++h->id;
			m.oneshot = (uint32_t)oneshot;
			m.base_ppm = i % 3 == 0 ? bases[i] : 0;
			m.delta_ns = deltas[i];
			tell(h, MSG_CLOCK_STEP, &m);
			h->asked++;
		}
}

static void
tell_status(struct hostile *h)
{
	struct msg_status m;
	uint32_t i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < 12; i++) {
		m.synced = i % 2;
		m.leap = i % 3;
		m.esterror_s = i % 4 < 2 ? 0 : 1e9;
		m.maxerror_s = i % 4 == 1 ? 1e9 : 0;
		m.stratum = i % 2 ? 16 : 0;
		m.sources = 0;
		/* lines for the service manager and for the terminal */
		snprintf(m.source, sizeof(m.source), "\033[2Jx\nREADY=0\n");
		tell(h, MSG_CLOCK_STATUS, &m);
	}
}

static void
tell_files(struct hostile *h)
{
	struct msg_index commit;
	struct msg_file m;
	int i;

	memset(&commit, 0, sizeof(commit));
	memset(&m, 0, sizeof(m));
	commit.index = m.index = FILE_DRIFT;
	tell(h, MSG_FILE_COMMIT, &commit);	/* of nothing */
	tell(h, MSG_FILE_WRITE, &m);		/* of no length */
	tell(h, MSG_FILE_COMMIT, &commit);
	m.len = MSG_FILE_CHUNK;
	for (i = 0; i < 100; i++) {		/* more than there may be */
		memset(m.data, 'A' + i % 26, sizeof(m.data));
		tell(h, MSG_FILE_WRITE, &m);
	}
	tell(h, MSG_FILE_COMMIT, &commit);
	m.len = (uint32_t)snprintf(m.data, sizeof(m.data), "nan 1e999\n");
	tell(h, MSG_FILE_WRITE, &m);
	tell(h, MSG_FILE_COMMIT, &commit);
}

static void
tell_lines(struct hostile *h)
{
	struct msg_entry entry;
	struct msg_log line;
	uint32_t i;

	memset(&entry, 0, sizeof(entry));
	memset(&line, 0, sizeof(line));
	memset(entry.line, 0x80, sizeof(entry.line) - 1);
	memset(line.line, 0x1b, sizeof(line.line) - 1);
	for (i = 0; i < LOG_FILE_COUNT; i++) {
		entry.file = i;
		tell(h, MSG_LOG_ENTRY, &entry);
	}
	for (i = 0; i < LOG_LEVEL_COUNT; i++) {
		line.level = i;
		tell(h, MSG_LOG, &line);
	}
}

static void
tell_others(struct hostile *h)
{
	struct msg_oneshot oneshot;
	struct msg_empty empty;
	struct msg_id id;

	memset(&oneshot, 0, sizeof(oneshot));
	memset(&empty, 0, sizeof(empty));
	memset(&id, 0, sizeof(id));
	oneshot.ok = 1;
	oneshot.offset_ns = EXTREME_NS;
	oneshot.error_ns = INT64_MAX;
	tell(h, MSG_ONESHOT_DONE, &oneshot);
	oneshot.offset_ns = -EXTREME_NS;
	tell(h, MSG_ONESHOT_DONE, &oneshot);
	tell(h, MSG_READY, &empty);		/* again */
	for (id.id = UINT32_MAX - 2; id.id != 2; id.id++)
		tell(h, MSG_PONG, &id);		/* to no question */
}

/* Sources that nobody added, more than there may be. */
static void
tell_sources(struct hostile *h)
{
	struct msg_command m;
	struct msg_name gone;
	int i;

	memset(&m, 0, sizeof(m));
	memset(&gone, 0, sizeof(gone));
	m.command = CANDM_REQ_ADD_SOURCE;
	m.body.add.type = CANDM_ADD_SERVER;
	for (i = 0; i < FLOOD_SOURCES; i++) {
		snprintf(m.body.add.name, sizeof(m.body.add.name), "h%d", i);
		tell(h, MSG_SOURCE_ADDED, &m);
	}
	strlcpy(gone.name, "of nobody", sizeof(gone.name));
	tell(h, MSG_SOURCE_REMOVED, &gone);
}

/* What is left of us for the next one of us. */
static void
remember(struct hostile *h, int act)
{
	struct msg_index commit;
	struct msg_file m;

	memset(&commit, 0, sizeof(commit));
	memset(&m, 0, sizeof(m));
	commit.index = m.index = FILE_DRIFT;
	m.len = (uint32_t)snprintf(m.data, sizeof(m.data), "%d 1\n", act);
	tell(h, MSG_FILE_WRITE, &m);
	tell(h, MSG_FILE_COMMIT, &commit);
	channel_flush(h->child->parent, FLUSH_MS);
}

/* Bytes on the channel that channel_send() would not have sent. */
static void
send_raw(uint32_t type, const void *payload, size_t len, int fd)
{
	struct imsgbuf raw;

	if (imsgbuf_init(&raw, CHILD_FD) == -1)
		fatal("imsgbuf");
	imsgbuf_allow_fdpass(&raw);
	if (imsg_compose(&raw, type, 0, 0, fd, payload, len) == -1 ||
	    imsgbuf_flush(&raw) == -1)
		log_warn("raw message");
	imsgbuf_clear(&raw);
}

static void
act_nan(struct hostile *h)
{
	struct msg_freq m;

	(void)h;
	memset(&m, 0, sizeof(m));
	m.base_ppm = NAN;
	send_raw(MSG_CLOCK_FREQ, &m, sizeof(m), -1);
}

/* Asks for the parent's step in control's name. */
static void
act_other(struct hostile *h)
{
	struct msg_command m;

	(void)h;
	memset(&m, 0, sizeof(m));
	m.command = CANDM_REQ_MAKESTEP;
	send_raw(MSG_OPERATOR, &m, sizeof(m), -1);
}

/* With a descriptor where there is none, and the channel left open. */
static void
act_descriptor(struct hostile *h)
{
	struct msg_status m;

	(void)h;
	memset(&m, 0, sizeof(m));
	send_raw(MSG_CLOCK_STATUS, &m, sizeof(m),
	    fcntl(CHILD_FD, F_DUPFD_CLOEXEC, 0));
}

/* Asks and never reads the answers. */
static void
act_deaf(struct hostile *h)
{
	const struct timespec long_time = { 3600, 0 };
	struct msg_freq m;
	int i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < FLOOD_DEAF; i++)
		tell(h, MSG_CLOCK_FREQ, &m);
	channel_flush(h->child->parent, FLUSH_MS);
	/* nor leaves by itself */
	nanosleep(&long_time, NULL);
}

/* The table of what no engine may do; each ends in a restart. */
static const struct {
	const char	*name;
	void		(*act)(struct hostile *h);
} acts[] = {
	{ "nan", act_nan },
	{ "deaf", act_deaf },
	{ "descriptor", act_descriptor },
	{ "other", act_other },
};

static void
say_result(struct hostile *h)
{
	log_info("hostile: asked %" PRIu64 ", answered %" PRIu64
	    ", refused %" PRIu64 ", failed %" PRIu64 ", steps %" PRIu64
	    ", sources %" PRIu64
	    ", fastest %.0f ppm, base %.0f ppm", h->asked, h->answered,
	    h->results[CLOCK_REFUSED], h->results[CLOCK_FAILED], h->steps,
	    h->sources,
	    h->worst_ppm, h->worst_base_ppm);
}

/* The last act goes on while the answers are read. */
static void
flood(struct hostile *h)
{
	int i;

	for (i = 0; i < CHANNEL_QUEUE_MAX / 4 && h->flood_left > 0; i++) {
		struct msg_step m;

		memset(&m, 0, sizeof(m));
		m.id = ++h->id;
		m.delta_ns = h->flood_left % 2 ? EXTREME_NS : -EXTREME_NS;
		tell(h, MSG_CLOCK_STEP, &m);
		h->asked++;
		h->flood_left--;
	}
	if (h->flood_left > 0) {
		arm(h, PACE_MS);
		return;
	}
	if (h->answered < h->asked) {
		arm(h, SETTLE_MS);
		return;
	}
	say_result(h);
	log_info("hostile: done");
}

static void	(*const rounds[])(struct hostile *h) = {
	ask_freq, ask_slew, ask_step
};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct hostile *h = arg;
	int act;

	(void)fd;
	(void)what;
	if (h->flood_left > 0 || h->round > ROUNDS) {
		flood(h);
		return;
	}
	if (h->round++ < ROUNDS) {
		/* what comes first uses up the guard's budget */
		rounds[h->round % COUNT(rounds)](h);
		rounds[(h->round + 1) % COUNT(rounds)](h);
		rounds[(h->round + 2) % COUNT(rounds)](h);
		tell_status(h);
		tell_files(h);
		tell_lines(h);
		tell_others(h);
		tell_sources(h);
		arm(h, SETTLE_MS);
		return;
	}
	say_result(h);
	act = h->child->drift.skew_ppm < 0 ? 0 :
	    (int)h->child->drift.freq_ppm;
	if (act < 0 || (size_t)act >= COUNT(acts)) {
		log_info("hostile: flood");
		h->flood_left = FLOOD;
		arm(h, PACE_MS);
		return;
	}
	remember(h, act + 1);
	log_info("hostile: act %s", acts[act].name);
	channel_flush(h->child->parent, FLUSH_MS);
	acts[act].act(h);
}

static void
on_clock(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_clock *m = payload;
	struct child *child = ctx;
	struct hostile *h = child->ctx;

	(void)ch;
	(void)fd;
	if (m->result <= CLOCK_FAILED && m->id != 0) {
		h->answered++;
		h->results[m->result]++;
		if (m->delta_ns != 0)
			h->steps++;
	}
	h->worst_ppm = fmax(h->worst_ppm, fabs(m->rate_ppm));
	h->worst_base_ppm = fmax(h->worst_base_ppm, fabs(m->base_ppm));
}

static void
on_ping(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ctx;
	(void)fd;
	channel_send(ch, MSG_PONG, payload, -1);
}

/* What an engine before us said that there are. */
static void
on_source(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child *child = ctx;
	struct hostile *h = child->ctx;

	(void)ch;
	(void)payload;
	(void)fd;
	h->sources++;
}

static int
start(struct child *child)
{
	struct hostile *h;

	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return (-1);
	h->child = child;
	h->timer = evtimer_new(child->base, on_timer, h);
	child->ctx = h;
	if (h->timer == NULL)
		return (-1);
	arm(h, SETTLE_MS);
	return (0);
}

static void
stop(struct child *child)
{
	struct hostile *h = child->ctx;

	event_free(h->timer);
	free(h);
}

static const struct channel_handler parent_handlers[] = {
	{ MSG_CLOCK_STATE,	on_clock },
	{ MSG_CLOCK_DONE,	on_clock },
	{ MSG_CLOCK_LEASE_END,	on_clock },
	{ MSG_PING,		on_ping },
	{ MSG_SOURCE_ADD,	on_source },
	{ MSG_NONE,		NULL }
};

static const struct child_role ops = {
	.role = ROLE_ENGINE,
	.start = start,
	.stop = stop,
	.parent_handlers = parent_handlers,
};

int
main(int argc, char **argv)
{
	return (child_main(&ops, argc, argv));
}
