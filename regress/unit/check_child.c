/*
 * privsep/child.c: this program runs itself as an engine-like child on
 * descriptor 3 and plays the parent.  Without the sandbox, which is the
 * system tests' affair.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/conf.h"
#include "common/log.h"
#include "privsep/child.h"
#include "privsep/imsg.h"
#include "regress/unit/unit.h"

#define WAIT_MS		10000		/* until a test gives up */
#define LINES_MAX	2048
#define PING_FLOOD	1000
#define PING_START_ME	1001		/* makes it exit by child_exit */

static const struct msg_empty empty;

/* ---- the child ---------------------------------------------------------- */

static int
role_start(struct child *child)
{
	log_info("start port=%d drift=%g,%g sockets=%u control=%d dns=%d "
	    "mode=%u page=%d", child->conf->port, child->drift.freq_ppm,
	    child->drift.skew_ppm, child->nsockets,
	    child->peers[ROLE_CONTROL] != NULL,
	    child->peers[ROLE_DNS] != NULL, child->init.mode,
	    child->page_fd != -1);
	child->ctx = child;
	/* a port that the role cannot have */
	return (child->conf->port == 4444 ? -1 : 0);
}

static void
role_stop(struct child *child)
{
	log_info("stop");
	child->ctx = NULL;
}

static void
role_peer_changed(struct child *child, enum role peer)
{
	log_info("%s %s", role_name(peer),
	    child->peers[peer] != NULL ? "came" : "went");
}

static void
role_ping(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_id *m = payload;
	struct child *child = ctx;
	int i;

	(void)fd;
	if (child->ctx == NULL) {
		log_info("a message for a role that is not there");
		return;
	}
	if (m->id == PING_FLOOD)
		for (i = 0; i < 5000; i++)
			log_info("line %d", i);
	if (m->id == PING_START_ME) {
		child_exit(child, 7);
		return;
	}
	channel_send(ch, MSG_PONG, payload, -1);
}

static void
role_ask(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct msg_result m = {
	    ((const struct msg_command *)payload)->id, 0
	};

	(void)fd;
	if (((struct child *)ctx)->ctx == NULL)
		m.status = 1;
	channel_send(ch, MSG_RESULT, &m, -1);
}

static const struct channel_handler role_parent_handlers[] = {
	{ MSG_PING, role_ping },
	{ MSG_NONE, NULL }
};

static const struct channel_handler role_peer_handlers[] = {
	{ MSG_COMMAND, role_ask },
	{ MSG_NONE, NULL }
};

static const struct child_role role = {
	.role = ROLE_ENGINE,
	.start = role_start,
	.stop = role_stop,
	.peer_changed = role_peer_changed,
	.parent_handlers = role_parent_handlers,
	.peer_handlers = role_peer_handlers,
	.precise_timers = 1,
};

/* ---- the parent --------------------------------------------------------- */

static struct {
	struct event_base	*base;
	struct channel		*ch;
	pid_t			 pid;
	int			 stderr_fd;	/* of the child */
	char			 lines[LINES_MAX][LOG_LINE_MAX];
	int			 nlines;
	int			 ready;
	int			 ended;
	uint32_t		 pong;
} t;

static void
on_log(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_log *m = payload;

	(void)ctx;
	(void)ch;
	(void)fd;
	if (t.nlines < LINES_MAX)
		snprintf(t.lines[t.nlines++], LOG_LINE_MAX, "%s", m->line);
}

static void
on_ready(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ctx;
	(void)ch;
	(void)payload;
	(void)fd;
	t.ready++;
}

static void
on_pong(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ctx;
	(void)ch;
	(void)fd;
	t.pong = ((const struct msg_id *)payload)->id;
}

static const struct channel_handler handlers[] = {
	{ MSG_LOG, on_log },
	{ MSG_READY, on_ready },
	{ MSG_PONG, on_pong },
	{ MSG_NONE, NULL }
};

static void
on_ended(void *ctx, struct channel *ch, enum channel_end end, const char *why)
{
	(void)ctx;
	(void)why;
	ck_assert_int_eq(end, CHANNEL_CLOSED);
	channel_free(ch);
	t.ch = NULL;
	t.ended = 1;
}

static void
exec_child(int fd, int error_fd, char **argv)
{
	/* neither may sit where the other goes */
	if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, 10)) == -1 ||
	    dup2(error_fd, STDERR_FILENO) == -1 || dup2(fd, CHILD_FD) == -1)
		_exit(98);
	/* a leak check needs a process, and the limit is none */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	execv("/proc/self/exe", argv);
	_exit(99);
}

static void
spawn(char **argv)
{
	struct channel_params params;
	int fd[2], error[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fd), 0);
	ck_assert_int_eq(pipe2(error, O_CLOEXEC | O_NONBLOCK), 0);
	t.pid = fork();
	ck_assert_int_ne(t.pid, -1);
	if (t.pid == 0)
		exec_child(fd[1], error[1], argv);
	close(fd[1]);
	close(error[1]);
	t.stderr_fd = error[0];
	memset(&params, 0, sizeof(params));
	params.base = t.base;
	params.fd = fd[0];
	params.me = ROLE_PARENT;
	params.peer = ROLE_ENGINE;
	params.handlers = handlers;
	params.ended = on_ended;
	t.ch = channel_new(&params);
	ck_assert_ptr_nonnull(t.ch);
}

static void
setup(void)
{
	char uid[16], gid[16];
	char *argv[] = { (char *)(uintptr_t)"ntpd-engine-with-a-long-name",
	    (char *)(uintptr_t)"-i", (char *)(uintptr_t)"0",
	    (char *)(uintptr_t)"-u", uid, (char *)(uintptr_t)"-g", gid,
	    (char *)(uintptr_t)"-r", (char *)(uintptr_t)"-",
	    (char *)(uintptr_t)"-F", (char *)(uintptr_t)"0", NULL };

	memset(&t, 0, sizeof(t));
	t.base = event_base_new();
	snprintf(uid, sizeof(uid), "%u", geteuid() == 0 ? 65534 : geteuid());
	snprintf(gid, sizeof(gid), "%u", geteuid() == 0 ? 65534 : getegid());
	spawn(argv);
}

static void
teardown(void)
{
	channel_free(t.ch);
	event_base_free(t.base);
	if (t.pid > 0) {
		kill(t.pid, SIGKILL);
		waitpid(t.pid, NULL, 0);
	}
}

/* Runs the loop for a millisecond, again and again: a budget, not a wait. */
static void
turn(void)
{
	struct timeval tv = { 0, 1000 };

	event_base_loopexit(t.base, &tv);
	event_base_dispatch(t.base);
}

#define UNTIL(what) do {						\
	int ms_;							\
	for (ms_ = 0; ms_ < WAIT_MS && !(what); ms_++)			\
		turn();							\
	ck_assert_msg(what, "waited in vain for " #what);		\
} while (0)

static int
heard(const char *text)
{
	int i;

	for (i = 0; i < t.nlines; i++)
		if (strstr(t.lines[i], text) != NULL)
			return (1);
	return (0);
}

/* After its end: what it said on stderr becomes a line. */
static void
hear_stderr(void)
{
	char buf[4096];
	ssize_t n;

	if ((n = read(t.stderr_fd, buf, sizeof(buf) - 1)) <= 0)
		return;
	buf[n] = '\0';
	strlcpy(t.lines[t.nlines++], buf, LOG_LINE_MAX);
}

/* The exit status; what it says until then is heard. */
static int
exit_status(void)
{
	int status;

	UNTIL(t.ended || t.ch == NULL);
	ck_assert_int_eq(waitpid(t.pid, &status, 0), t.pid);
	t.pid = 0;
	hear_stderr();
	ck_assert(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
send_conf(const char *text, uint32_t len)
{
	struct msg_conf m;
	int fd;

	fd = memfd_create("conf", MFD_CLOEXEC);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, strlen(text)),
	    (ssize_t)strlen(text));
	memset(&m, 0, sizeof(m));
	m.len = len;
	m.mode = RUN_PRINT_ONCE;
	ck_assert_int_eq(channel_send(t.ch, MSG_INIT_CONF, &m, fd), 0);
}

static int
send_peer(enum role peer)
{
	struct msg_child m = { peer, 0 };
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fd), 0);
	ck_assert_int_eq(channel_send(t.ch, MSG_INIT_PEER, &m, fd[1]), 0);
	return (fd[0]);
}

static void
send_empty(enum msg_type type)
{
	ck_assert_int_eq(channel_send(t.ch, type, &empty, -1), 0);
}

static void
send_ping(uint32_t id)
{
	struct msg_id m = { id, 0 };

	ck_assert_int_eq(channel_send(t.ch, MSG_PING, &m, -1), 0);
}

static void
start(void)
{
	send_conf("port 1234\n", 10);
	send_empty(MSG_INIT_DONE);
	UNTIL(t.ready == 1);
}

/* The peer's end: the answer to a command with this id; -1: closed. */
static int
ask(int fd, uint32_t id)
{
	struct msg_command m = { .id = id, .command = CANDM_REQ_STATUS };
	struct msg_result r;
	struct imsgbuf buf;
	struct imsg imsg;
	int ms, ret;

	ck_assert_int_eq(imsgbuf_init(&buf, fd), 0);
	imsg_compose(&buf, MSG_COMMAND, 0, 0, -1, &m, sizeof(m));
	if (imsgbuf_flush(&buf) == -1) {
		imsgbuf_clear(&buf);
		return (-1);
	}
	for (ms = 0; ms < WAIT_MS; ms++) {
		turn();
		ret = imsgbuf_read(&buf);
		if (imsg_get(&buf, &imsg) > 0) {
			ck_assert_uint_eq(imsg_get_type(&imsg),
			    MSG_RESULT);
			ck_assert_int_eq(imsg_get_data(&imsg, &r, sizeof(r)),
			    0);
			ck_assert_uint_eq(r.id, id);
			imsg_free(&imsg);
			imsgbuf_clear(&buf);
			return ((int)r.status);
		}
		if (ret != 1)
			break;
	}
	imsgbuf_clear(&buf);
	return (-1);
}

START_TEST(whole_life)
{
	char path[64], title[64] = "";
	struct msg_drift drift = { 12.5, 0.25 };
	FILE *f;
	int peer;

	send_conf("port 1234\n", 10);
	ck_assert_int_eq(channel_send(t.ch, MSG_INIT_PAGE, &empty,
	    open("/dev/null", O_RDONLY | O_CLOEXEC)), 0);
	peer = send_peer(ROLE_CONTROL);
	ck_assert_int_eq(channel_send(t.ch, MSG_INIT_DRIFT, &drift, -1), 0);
	UNTIL(channel_queued(t.ch) == 0);
	ck_assert_int_eq(t.ready, 0);
	send_empty(MSG_INIT_DONE);
	UNTIL(t.ready == 1);
	ck_assert(heard("start port=1234 drift=12.5,0.25 sockets=0 "
	    "control=1 dns=0 mode=2 page=1"));
	ck_assert_int_eq(ask(peer, 5), 0);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)t.pid);
	ck_assert_ptr_nonnull(f = fopen(path, "r"));
	ck_assert_ptr_nonnull(fgets(title, sizeof(title), f));
	fclose(f);
	ck_assert_str_eq(title, "ntpd: engine");
	send_ping(3);
	UNTIL(t.pong == 3);
	send_empty(MSG_STOP);
	/* what comes after STOP must not reach the role */
	send_ping(4);
	ck_assert_int_eq(exit_status(), 0);
	ck_assert(heard("stop"));
	ck_assert(!heard("not there"));
	ck_assert_uint_eq(t.pong, 3);
	close(peer);
}
END_TEST

START_TEST(parent_is_gone)
{
	int status;

	if (_i == 1)
		start();
	channel_free(t.ch);
	t.ch = NULL;
	ck_assert_int_eq(waitpid(t.pid, &status, 0), t.pid);
	t.pid = 0;
	hear_stderr();
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(stop_before_start)
{
	send_empty(MSG_STOP);
	ck_assert_int_eq(exit_status(), 0);
	ck_assert(!heard("stop"));
}
END_TEST

START_TEST(out_of_order)
{
	static const char * const said[] = {
		"out of order", "sent twice", "not expected", "page",
		"too late", "none of ours", "out of order", "sent twice",
		"none of ours",
	};

	switch (_i) {
	case 0:
		send_empty(MSG_INIT_DONE);
		break;
	case 1:
		send_conf("", 0);
		send_conf("", 0);
		break;
	case 2:
		send_ping(1);		/* to a role that has not started */
		break;
	case 3:
		channel_send(t.ch, MSG_INIT_PAGE, &empty, dup(0));
		channel_send(t.ch, MSG_INIT_PAGE, &empty, dup(0));
		break;
	case 4:
		/* a page that comes after the start */
		start();
		channel_send(t.ch, MSG_INIT_PAGE, &empty, dup(0));
		ck_assert_int_eq(exit_status(), 1);
		return;
	case 5:
		close(send_peer(ROLE_SERVER));
		break;
	case 6:
		start();
		send_empty(MSG_INIT_DONE);
		break;
	case 7:
		start();
		send_conf("", 0);
		break;
	case 8:
		start();
		close(send_peer(ROLE_ENGINE));
		break;
	}
	/* nothing after the offence counts */
	send_conf("port 1\n", 7);
	send_empty(MSG_INIT_DONE);
	ck_assert_int_eq(exit_status(), 1);
	ck_assert_msg(heard(said[_i]), "not said: %s", said[_i]);
	ck_assert(!heard("start port=1 "));
}
END_TEST

START_TEST(bad_configuration)
{
	switch (_i) {
	case 0:
		send_conf("port abc\n", 9);
		break;
	case 1:
		send_conf("port 1\n", 6);
		break;
	case 2:
		send_conf("port 1\n", 8);
		break;
	case 3:
		send_conf("nonsense 1\n", 11);
		break;
	}
	send_empty(MSG_INIT_DONE);
	ck_assert_int_eq(exit_status(), 1);
	ck_assert(heard("onfiguration"));
	ck_assert_int_eq(t.ready, 0);
}
END_TEST

START_TEST(role_cannot_start)
{
	send_conf("port 4444\n", 10);
	send_empty(MSG_INIT_DONE);
	ck_assert_int_eq(exit_status(), 1);
	ck_assert(heard("engine cannot start"));
	ck_assert_int_eq(t.ready, 0);
}
END_TEST

START_TEST(exit_by_role)
{
	start();
	send_ping(PING_START_ME);
	ck_assert_int_eq(exit_status(), 7);
}
END_TEST

START_TEST(peers_come_and_go)
{
	int first, second;
	char c;

	start();
	first = send_peer(ROLE_CONTROL);
	UNTIL(heard("control came"));
	ck_assert_int_eq(ask(first, 1), 0);
	t.nlines = 0;
	/* a new one replaces it, and the old one's other end is told */
	second = send_peer(ROLE_CONTROL);
	UNTIL(heard("control went") && heard("control came"));
	ck_assert_int_eq(recv(first, &c, 1, 0), 0);
	ck_assert_int_eq(ask(second, 2), 0);
	t.nlines = 0;
	close(second);
	UNTIL(heard("control went"));
	second = send_peer(ROLE_CONTROL);
	ck_assert_int_eq(ask(second, 3), 0);
	close(first);
	close(second);
}
END_TEST

START_TEST(peer_misbehaves)
{
	static const char junk[64] = "junk";
	int peer, dns;
	char c;

	start();
	peer = send_peer(ROLE_CONTROL);
	dns = send_peer(ROLE_DNS);
	ck_assert_int_eq(ask(peer, 1), 0);
	ck_assert_int_eq(send(peer, junk, sizeof(junk), 0), sizeof(junk));
	UNTIL(heard("bad message from control"));
	/* shut out, or reset because it had more to say */
	ck_assert_int_le(recv(peer, &c, 1, 0), 0);
	UNTIL(heard("control went"));
	ck_assert(!heard("dns went"));
	/* dns may not say what control may */
	ck_assert_int_eq(ask(dns, 1), -1);
	UNTIL(heard("bad message from dns: wrong sender"));
	send_ping(9);
	UNTIL(t.pong == 9);
	close(peer);
	close(dns);
}
END_TEST

START_TEST(peer_asks_early)
{
	struct msg_command m = { .id = 77, .command = CANDM_REQ_STATUS };
	struct imsg_hdr hdr = { MSG_COMMAND, 16 + sizeof(m), 0, 0 };
	struct msg_result r;
	int peer;

	peer = send_peer(ROLE_CONTROL);
	ck_assert_int_eq(send(peer, &hdr, sizeof(hdr), 0), sizeof(hdr));
	ck_assert_int_eq(send(peer, &m, sizeof(m), 0), sizeof(m));
	UNTIL(channel_queued(t.ch) == 0);
	start();
	/* it was asked before the start and answered after it */
	ck_assert_int_eq(recv(peer, &hdr, sizeof(hdr), 0), sizeof(hdr));
	ck_assert_int_eq(recv(peer, &r, sizeof(r), 0), sizeof(r));
	ck_assert_uint_eq(r.id, 77);
	ck_assert_uint_eq(r.status, 0);
	close(peer);
}
END_TEST

START_TEST(log_flood)
{
	int i;

	start();
	send_ping(PING_FLOOD);
	UNTIL(t.pong == PING_FLOOD);
	ck_assert(heard("line 0"));
	send_ping(PING_FLOOD);
	UNTIL(heard("log lines were dropped"));
	for (i = 0; i < 100; i++)
		turn();
	send_ping(5);
	UNTIL(t.pong == 5);
}
END_TEST

START_TEST(signals_are_the_parents)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE,
	    SIGUSR1, SIGUSR2, SIGALRM };
	size_t i;

	start();
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		ck_assert_int_eq(kill(t.pid, signals[i]), 0);
	send_ping(6);
	UNTIL(t.pong == 6);
	ck_assert_int_eq(waitpid(t.pid, NULL, WNOHANG), 0);
}
END_TEST

#define ARG(s)	(char *)(uintptr_t)(s)

START_TEST(bad_arguments)
{
	static char *rows[][14] = {
		{ ARG("x"), ARG("-i"), NULL },
		{ ARG("x"), ARG("-i"), ARG("0"), NULL },
#define ROW(i, u, g, r, f, more)					\
		{ ARG("x"), ARG("-i"), ARG(i), ARG("-u"), ARG(u),	\
		    ARG("-g"), ARG(g), ARG("-r"), ARG(r), ARG("-F"),	\
		    ARG(f), more, NULL }
		ROW("64", "1", "1", "-", "0", NULL),
		ROW("-1", "1", "1", "-", "0", NULL),
		ROW("0", "0", "1", "-", "0", NULL),
		ROW("0", "x", "1", "-", "0", NULL),
		ROW("0", "4294967295", "1", "-", "0", NULL),
		ROW("0", "1", "4294967295", "-", "0", NULL),
		ROW("0", "1", "1", "relative", "0", NULL),
		ROW("0", "1", "1", "", "0", NULL),
		ROW("0", "1", "1", "-", "2", NULL),
		ROW("0", "1", "1", "-", "", NULL),
		ROW("0", "1", "1", "-", "0", ARG("more")),
		ROW("0", "1", "1", "-", "0", ARG("-z")),
	};

	/* the good one of setup() is not used */
	kill(t.pid, SIGKILL);
	waitpid(t.pid, NULL, 0);
	channel_free(t.ch);
	close(t.stderr_fd);
	spawn(rows[_i]);
	ck_assert_int_eq(exit_status(), 1);
	ck_assert_int_eq(t.nlines, 1);
	ck_assert_str_eq(strtok(t.lines[0], ":"), "ntpd engine");
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite;
	TCase *tc;

	if (argc > 1)
		return (child_main(&role, argc, argv));
	suite = suite_create("child");
	tc = tcase_create("child");
	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, whole_life);
	tcase_add_loop_test(tc, parent_is_gone, 0, 2);
	tcase_add_test(tc, stop_before_start);
	tcase_add_loop_test(tc, out_of_order, 0, 9);
	tcase_add_loop_test(tc, bad_configuration, 0, 4);
	tcase_add_test(tc, role_cannot_start);
	tcase_add_test(tc, exit_by_role);
	tcase_add_test(tc, peers_come_and_go);
	tcase_add_test(tc, peer_misbehaves);
	tcase_add_test(tc, peer_asks_early);
	tcase_add_test(tc, log_flood);
	tcase_add_test(tc, signals_are_the_parents);
	tcase_add_loop_test(tc, bad_arguments, 0, 14);
	return (unit_run(suite));
}
