/*
 * privsep/channel.c over real socketpairs and libevent: order, descriptors,
 * trace, limits, bad messages, ends, and freeing at every bad moment.
 */
#include <sys/socket.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "privsep/channel.h"
#include "privsep/imsg.h"
#include "regress/unit/unit.h"

/* One end: the parent's or the engine's, with what it has seen. */
struct end {
	struct channel	*ch;
	int		 got;		/* messages */
	uint32_t	 last;		/* id or index of the last */
	int		 fds;		/* descriptors with them */
	int		 ended;
	enum channel_end how;
	char		 why[64];
	int		 free_at;	/* free in the handler of this one */
	int		 free_in_ended;
};

static struct {
	struct event_base	*base;
	int			 fd[2];
	int			 nfds;
	struct end		 parent, engine;
	char			 trace[64][LOG_LINE_MAX];
	int			 traces;
} t;

static int
count_fds(void)
{
	DIR *dir;
	int n;

	dir = opendir("/proc/self/fd");
	ck_assert_ptr_nonnull(dir);
	for (n = 0; readdir(dir) != NULL; n++)
		;
	closedir(dir);
	return (n);
}

static int
open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	return (fd);
}

static void
on_message(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct end *e = ctx;

	/* the first word of every payload used here is a number */
	memcpy(&e->last, payload, sizeof(e->last));
	e->got++;
	if (fd != -1) {
		ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
		e->fds++;
		close(fd);
	}
	if (e->free_at == e->got) {
		channel_free(ch);
		e->ch = NULL;
	}
}

static void
on_ping(void *ctx, struct channel *ch, const void *payload, int fd)
{
	on_message(ctx, ch, payload, fd);
	if (((struct end *)ctx)->ch != NULL)
		channel_send(ch, MSG_PONG, payload, -1);
}

static void
on_ended(void *ctx, struct channel *ch, enum channel_end how, const char *why)
{
	struct end *e = ctx;

	ck_assert_ptr_eq(ch, e->ch);
	e->ended++;
	e->how = how;
	snprintf(e->why, sizeof(e->why), "%s", why != NULL ? why : "");
	ck_assert_int_eq(channel_send(ch, MSG_PING, "xxxxxxxx", -1), -1);
	if (e->free_in_ended) {
		channel_free(ch);
		e->ch = NULL;
	}
}

static const struct channel_handler parent_handlers[] = {
	{ MSG_PONG, on_message },
	{ MSG_READY, on_message },
	{ MSG_LOG, on_message },
	{ MSG_NONE, NULL }
};

static const struct channel_handler engine_handlers[] = {
	{ MSG_PING, on_ping },
	{ MSG_INIT_PAGE, on_message },
	{ MSG_INIT_DONE, on_message },
	{ MSG_NONE, NULL }
};

static void
open_end(struct end *e, int fd, enum role me, enum role peer,
    const struct channel_handler *handlers)
{
	struct channel_params params;

	memset(&params, 0, sizeof(params));
	params.base = t.base;
	params.fd = fd;
	params.me = me;
	params.peer = peer;
	params.instance = 3;
	params.handlers = handlers;
	params.ctx = e;
	params.ended = on_ended;
	e->ch = channel_new(&params);
	ck_assert_ptr_nonnull(e->ch);
	ck_assert_int_eq(channel_peer(e->ch), peer);
	ck_assert_uint_eq(channel_instance(e->ch), 3);
}

static void
open_parent(void)
{
	open_end(&t.parent, t.fd[0], ROLE_PARENT, ROLE_ENGINE,
	    parent_handlers);
	t.fd[0] = -1;
}

static void
open_engine(void)
{
	open_end(&t.engine, t.fd[1], ROLE_ENGINE, ROLE_PARENT,
	    engine_handlers);
	t.fd[1] = -1;
}

static void
setup(void)
{
	memset(&t, 0, sizeof(t));
	log_init(NULL, NULL, 0);
	t.nfds = count_fds();
	t.base = event_base_new();
	ck_assert_ptr_nonnull(t.base);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    t.fd), 0);
}

static void
teardown(void)
{
	channel_free(t.parent.ch);
	channel_free(t.engine.ch);
	if (t.fd[0] != -1)
		close(t.fd[0]);
	if (t.fd[1] != -1)
		close(t.fd[1]);
	event_base_free(t.base);
	ck_assert_int_eq(count_fds(), t.nfds);
}

/* Until nothing happens any more. */
static void
run(void)
{
	int i;

	for (i = 0; i < 2000; i++)
		event_base_loop(t.base, EVLOOP_NONBLOCK);
}

static int
send_ping(struct end *e, uint32_t id)
{
	struct msg_id m = { id, 0 };

	return (channel_send(e->ch, MSG_PING, &m, -1));
}

/* Any bytes as a message to the parent, from a hostile engine. */
static void
raw_send(uint32_t type, uint32_t len, const void *data, size_t datalen)
{
	struct imsg_hdr hdr = { type, len, 0, 0 };

	ck_assert_int_eq(send(t.fd[1], &hdr, sizeof(hdr), 0), sizeof(hdr));
	if (datalen > 0)
		ck_assert_int_eq(send(t.fd[1], data, datalen, 0),
		    (ssize_t)datalen);
}

START_TEST(both_ways_in_order)
{
	uint32_t i;

	open_parent();
	open_engine();
	for (i = 1; i <= 500; i++)
		ck_assert_int_eq(send_ping(&t.parent, i), 0);
	ck_assert_uint_eq(channel_queued(t.parent.ch), 500);
	run();
	ck_assert_int_eq(t.engine.got, 500);
	ck_assert_uint_eq(t.engine.last, 500);
	ck_assert_int_eq(t.parent.got, 500);
	ck_assert_uint_eq(t.parent.last, 500);
	ck_assert_uint_eq(channel_sent(t.parent.ch), 500);
	ck_assert_uint_eq(channel_received(t.parent.ch), 500);
	ck_assert_uint_eq(channel_queued(t.parent.ch), 0);
	ck_assert_int_eq(t.parent.ended + t.engine.ended, 0);
}
END_TEST

START_TEST(descriptors)
{
	static const struct msg_empty empty;
	int i;

	open_parent();
	open_engine();
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(channel_send(t.parent.ch, MSG_INIT_PAGE,
		    &empty, open_null()), 0);
		ck_assert_int_eq(channel_send(t.parent.ch, MSG_INIT_DONE,
		    &empty, -1), 0);
	}
	run();
	ck_assert_int_eq(t.engine.got, 200);
	ck_assert_int_eq(t.engine.fds, 100);
	/* some that never leave the queue must be closed as well */
	for (i = 0; i < 10; i++)
		channel_send(t.parent.ch, MSG_INIT_PAGE, &empty, open_null());
}
END_TEST

START_TEST(not_allowed_to_send)
{
	static const struct msg_empty empty;
	struct msg_id id = { 1, 0 };

	open_parent();
	/* wrong sender, wrong receiver, no such type */
	ck_assert_int_eq(channel_send(t.parent.ch, MSG_READY, &empty, -1), -1);
	ck_assert_int_eq(channel_send(t.parent.ch, MSG_LAUNCH_SEAL, &empty,
	    -1), -1);
	ck_assert_int_eq(channel_send(t.parent.ch, MSG_NONE, &empty, -1), -1);
	ck_assert_int_eq(channel_send(t.parent.ch, MSG_TYPE_COUNT, &empty,
	    -1), -1);
	/* descriptor missing, descriptor too many (and closed) */
	ck_assert_int_eq(channel_send(t.parent.ch, MSG_INIT_PAGE, &empty, -1),
	    -1);
	ck_assert_int_eq(channel_send(t.parent.ch, MSG_PING, &id,
	    open_null()), -1);
	ck_assert_uint_eq(channel_queued(t.parent.ch), 0);
	run();
	ck_assert_int_eq(t.parent.ended, 0);
}
END_TEST

START_TEST(bad_messages)
{
	static const struct {
		uint32_t	 type, len;
		uint32_t	 word;		/* first of the payload */
		size_t		 datalen;
		const char	*why;
	} rows[] = {
		{ MSG_READY, 20, 1, 4, "not zero" },
		{ MSG_READY, 19, 0, 3, "wrong size" },
		{ MSG_READY, 24, 0, 8, "wrong size" },
		{ MSG_READY, 16, 0, 0, "wrong size" },
		{ MSG_PING, 24, 0, 8, "wrong sender" },
		{ MSG_TYPE_COUNT, 20, 0, 4, "unknown type" },
		{ MSG_NONE, 20, 0, 4, "unknown type" },
		{ 0xffffffff, 20, 0, 4, "unknown type" },
		{ MSG_READY, 15, 0, 0, "bad length" },
		{ MSG_READY, 16385, 0, 0, "bad length" },
		{ MSG_READY, 0, 0, 0, "bad length" },
		/* the table allows it, this parent has no use for it */
		{ MSG_CLOCK_FREQ, 32, 0, 16, "not expected" },
		{ MSG_COMMAND, 24, 0, 8, "wrong sender" },
	};
	uint32_t data[8] = { 0 };
	static const struct msg_empty empty;

	open_parent();
	raw_send(MSG_READY, 16 + sizeof(empty), &empty, sizeof(empty));
	data[0] = rows[_i].word;
	raw_send(rows[_i].type, rows[_i].len, data, rows[_i].datalen);
	raw_send(MSG_READY, 16 + sizeof(empty), &empty, sizeof(empty));
	run();
	/* the one before counts, the one after is never looked at */
	ck_assert_int_eq(t.parent.got, 1);
	ck_assert_int_eq(t.parent.ended, 1);
	ck_assert_int_eq(t.parent.how, CHANNEL_BAD);
	ck_assert_str_eq(t.parent.why, rows[_i].why);
	ck_assert_int_eq(send_ping(&t.parent, 1), -1);
	run();
	ck_assert_int_eq(t.parent.ended, 1);
}
END_TEST

START_TEST(descriptor_not_wanted)
{
	struct imsgbuf raw;
	static const struct msg_empty empty;

	open_parent();
	t.parent.free_in_ended = 1;
	ck_assert_int_eq(imsgbuf_init(&raw, t.fd[1]), 0);
	imsgbuf_allow_fdpass(&raw);
	imsg_compose(&raw, MSG_READY, 0, 0, open_null(), &empty,
	    sizeof(empty));
	ck_assert_int_eq(imsgbuf_flush(&raw), 0);
	imsgbuf_clear(&raw);
	run();
	ck_assert_int_eq(t.parent.got, 0);
	ck_assert_int_eq(t.parent.how, CHANNEL_BAD);
	ck_assert_str_eq(t.parent.why, "descriptor not wanted");
}
END_TEST

START_TEST(descriptor_missing)
{
	static const struct msg_empty empty;
	struct imsg_hdr hdr = { MSG_INIT_PAGE, 16 + sizeof(empty), 0, 0 };

	/* the descriptor bit without a descriptor, and neither */
	if (_i == 1)
		hdr.len |= 0x80000000u;
	open_engine();
	ck_assert_int_eq(send(t.fd[0], &hdr, sizeof(hdr), 0), sizeof(hdr));
	ck_assert_int_eq(send(t.fd[0], &empty, sizeof(empty), 0),
	    sizeof(empty));
	run();
	ck_assert_int_eq(t.engine.got, 0);
	ck_assert_int_eq(t.engine.how, CHANNEL_BAD);
	ck_assert_str_eq(t.engine.why, "descriptor missing");
}
END_TEST

START_TEST(end_of_file)
{
	static const struct msg_empty empty;

	open_parent();
	/* what was said before the end is heard, even if writing fails */
	raw_send(MSG_READY, 16 + sizeof(empty), &empty, sizeof(empty));
	raw_send(MSG_READY, 16 + sizeof(empty), &empty, sizeof(empty));
	close(t.fd[1]);
	t.fd[1] = -1;
	ck_assert_int_eq(send_ping(&t.parent, 1), 0);
	ck_assert_int_eq(channel_flush(t.parent.ch, 10), -1);
	run();
	ck_assert_int_eq(t.parent.got, 2);
	ck_assert_int_eq(t.parent.ended, 1);
	ck_assert_int_eq(t.parent.how, CHANNEL_CLOSED);
}
END_TEST

START_TEST(end_of_file_after_much)
{
	struct end *e = &t.engine;
	static struct msg_log m;
	int i;

	open_engine();
	open_parent();
	m.level = LOG_LEVEL_INFO;
	for (i = 0; i < 400; i++)
		ck_assert_int_eq(channel_send(e->ch, MSG_LOG, &m, -1), 0);
	/* the socket holds fewer: write, read a little, and go */
	ck_assert_int_eq(channel_flush(e->ch, 0), 0);
	channel_free(e->ch);
	e->ch = NULL;
	ck_assert_int_eq(send_ping(&t.parent, 1), 0);
	run();
	ck_assert_int_eq(t.parent.got, 400);
	ck_assert_int_eq(t.parent.how, CHANNEL_CLOSED);
	ck_assert_int_eq(t.parent.ended, 1);
}
END_TEST

START_TEST(peer_shut_its_ears)
{
	open_parent();
	ck_assert_int_eq(shutdown(t.fd[1], SHUT_RD), 0);
	ck_assert_int_eq(send_ping(&t.parent, 1), 0);
	run();
	ck_assert_int_eq(t.parent.ended, 1);
	ck_assert_int_eq(t.parent.how, CHANNEL_CLOSED);
}
END_TEST

START_TEST(full_queue)
{
	int i, sent;

	open_parent();
	for (i = sent = 0; i < 1000000 && send_ping(&t.parent, 1) == 0; i++) {
		sent++;
		/* what the socket takes does not count */
		channel_flush(t.parent.ch, 0);
	}
	ck_assert_int_ge(sent, CHANNEL_QUEUE_MAX);
	ck_assert_int_lt(sent, 100000);
	ck_assert_uint_eq(channel_queued(t.parent.ch), CHANNEL_QUEUE_MAX);
	/* told by the loop, never from inside channel_send */
	ck_assert_int_eq(t.parent.ended, 0);
	ck_assert_int_eq(send_ping(&t.parent, 1), -1);
	run();
	ck_assert_int_eq(t.parent.ended, 1);
	ck_assert_int_eq(t.parent.how, CHANNEL_FULL);
}
END_TEST

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

START_TEST(flush_waits_no_longer)
{
	int64_t start;

	open_parent();
	do {
		ck_assert_int_eq(send_ping(&t.parent, 1), 0);
	} while (channel_flush(t.parent.ch, 0) == 0);
	start = now_ms();
	ck_assert_int_eq(channel_flush(t.parent.ch, 30), -1);
	ck_assert_int_ge(now_ms() - start, 29);
	ck_assert_uint_gt(channel_queued(t.parent.ch), 0);
}
END_TEST

START_TEST(free_in_handler)
{
	static const struct msg_empty empty;
	int i;

	open_parent();
	t.parent.free_at = 3;
	for (i = 0; i < 10; i++)
		raw_send(MSG_READY, 16 + sizeof(empty), &empty,
		    sizeof(empty));
	run();
	ck_assert_int_eq(t.parent.got, 3);
	ck_assert_ptr_null(t.parent.ch);
	ck_assert_int_eq(t.parent.ended, 0);
}
END_TEST

/* In the handler that would have started the rest of a burst later. */
START_TEST(free_at_end_of_burst)
{
	static const struct msg_empty empty;
	int i;

	open_parent();
	t.parent.free_at = CHANNEL_BURST + _i;
	for (i = 0; i < 2 * CHANNEL_BURST; i++)
		raw_send(MSG_READY, 16 + sizeof(empty), &empty,
		    sizeof(empty));
	run();
	ck_assert_int_eq(t.parent.got, CHANNEL_BURST + _i);
}
END_TEST

START_TEST(free_in_ended_each_way)
{
	static const struct msg_empty empty;

	open_parent();
	t.parent.free_in_ended = 1;
	switch (_i) {
	case 0:
		close(t.fd[1]);
		t.fd[1] = -1;
		break;
	case 1:
		raw_send(MSG_NONE, 20, &empty, sizeof(empty));
		break;
	case 2:
		while (send_ping(&t.parent, 1) == 0)
			;
		break;
	}
	run();
	ck_assert_int_eq(t.parent.ended, 1);
	ck_assert_ptr_null(t.parent.ch);
}
END_TEST

START_TEST(free_before_told)
{
	open_parent();
	while (send_ping(&t.parent, 1) == 0)
		;
	channel_free(t.parent.ch);
	t.parent.ch = NULL;
	run();
	ck_assert_int_eq(t.parent.ended, 0);
}
END_TEST

static void
on_other(int fd, short what, void *arg)
{
	int *seen = arg;

	(void)fd;
	(void)what;
	*seen = t.parent.got;
}

START_TEST(burst_lets_others_run)
{
	static struct {
		struct imsg_hdr		hdr;
		struct msg_empty	empty;
	} many[10 * CHANNEL_BURST];
	struct timeval tv = { 0, 0 };
	struct event *ev;
	int i, seen;

	open_parent();
	for (i = 0; i < 10 * CHANNEL_BURST; i++) {
		many[i].hdr.type = MSG_READY;
		many[i].hdr.len = sizeof(many[i]);
	}
	ck_assert_int_eq(send(t.fd[1], many, sizeof(many), 0),
	    sizeof(many));
	seen = -1;
	ev = evtimer_new(t.base, on_other, &seen);
	/* the first pass handles a burst; a timer is next, then the rest */
	event_base_loop(t.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	ck_assert_int_eq(t.parent.got, CHANNEL_BURST);
	evtimer_add(ev, &tv);
	event_base_loop(t.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	ck_assert_int_ge(seen, CHANNEL_BURST);
	ck_assert_int_le(seen, 3 * CHANNEL_BURST);
	run();
	ck_assert_int_eq(t.parent.got, 10 * CHANNEL_BURST);
	event_free(ev);
}
END_TEST

static void
trace_sink(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	ck_assert_int_eq(level, LOG_LEVEL_DEBUG);
	ck_assert_int_lt(t.traces, 64);
	snprintf(t.trace[t.traces++], LOG_LINE_MAX, "%s", line);
}

/* A child's sink: every line becomes a message. */
static void
message_sink(void *ctx, enum log_level level, const char *line)
{
	struct msg_log m;

	(void)ctx;
	memset(&m, 0, sizeof(m));
	m.level = level;
	strncpy(m.line, line, sizeof(m.line) - 1);
	channel_send(t.engine.ch, MSG_LOG, &m, -1);
}

START_TEST(trace_names_messages)
{
	static const struct msg_empty empty;
	static const char * const lines[] = {
		"to engine 3: PING, 8 bytes",
		"to engine 3: INIT_PAGE, 4 bytes, descriptor",
		"from parent 3: PING, 8 bytes",
		"to parent 3: PONG, 8 bytes",
		"from parent 3: INIT_PAGE, 4 bytes, descriptor",
		"from engine 3: PONG, 8 bytes",
	};
	size_t i;

	open_parent();
	open_engine();
	log_init(trace_sink, NULL, 1);
	send_ping(&t.parent, 1);
	run();
	ck_assert_int_eq(t.traces, 0);
	log_init(trace_sink, NULL, 2);
	send_ping(&t.parent, 1);
	channel_send(t.parent.ch, MSG_INIT_PAGE, &empty, open_null());
	run();
	ck_assert_int_eq(t.traces, 6);
	for (i = 0; i < 6; i++)
		ck_assert_str_eq(t.trace[i], lines[i]);
}
END_TEST

START_TEST(trace_of_log_is_no_loop)
{
	static const struct msg_empty empty;

	open_parent();
	open_engine();
	log_init(message_sink, NULL, 2);
	channel_send(t.engine.ch, MSG_READY, &empty, -1);
	/* the line about READY and READY itself */
	ck_assert_uint_eq(channel_queued(t.engine.ch), 2);
	log_init(NULL, NULL, 0);
	run();
	ck_assert_int_eq(t.parent.got, 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel");
	TCase *tc = tcase_create("channel");

	signal(SIGPIPE, SIG_DFL);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, both_ways_in_order);
	tcase_add_test(tc, descriptors);
	tcase_add_test(tc, not_allowed_to_send);
	tcase_add_loop_test(tc, bad_messages, 0, 13);
	tcase_add_test(tc, descriptor_not_wanted);
	tcase_add_loop_test(tc, descriptor_missing, 0, 2);
	tcase_add_test(tc, end_of_file);
	tcase_add_test(tc, end_of_file_after_much);
	tcase_add_test(tc, peer_shut_its_ears);
	tcase_add_test(tc, full_queue);
	tcase_add_test(tc, flush_waits_no_longer);
	tcase_add_test(tc, free_in_handler);
	tcase_add_loop_test(tc, free_at_end_of_burst, -1, 2);
	tcase_add_loop_test(tc, free_in_ended_each_way, 0, 3);
	tcase_add_test(tc, free_before_told);
	tcase_add_test(tc, burst_lets_others_run);
	tcase_add_test(tc, trace_names_messages);
	tcase_add_test(tc, trace_of_log_is_no_loop);
	return (unit_run(suite));
}
