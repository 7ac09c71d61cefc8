/*
 * ntpd-launcher: makes the sockets, then starts, signals and reaps the
 * children for the parent, which has not got the rights to do it.  It knows
 * no time, reads no packet and listens to nobody but the parent: fixed-size
 * messages on descriptor 3.
 */
#include <sys/capability.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/launcher/sockets.h"
#include "ntpd/launcher/spawn.h"
#include "privsep/channel.h"
#include "privsep/child.h"
#include "privsep/memory.h"
#include "privsep/messages.h"
#include "privsep/sandbox.h"

#define CAP(c)		(1ULL << (c))
/* The children need the first three to drop their own rights. */
#define LAUNCHER_CAPS	(CAP(CAP_SETUID) | CAP(CAP_SETGID) | \
			    CAP(CAP_SYS_CHROOT) | CAP(CAP_KILL))

/* When stopping: children have so long to leave, and then to be reaped. */
#define LEAVE_MS	350
#define REAP_MS		100
#define FLUSH_MS	50

struct launcher {
	struct event_base	*base;
	struct channel		*parent;
	struct event		*sigchld;
	struct event		*deadline;
	struct sockets		*sockets;
	struct spawn		*spawn;
	struct spawn_params	 params;
	char			 dir[PATH_MAX];
	int			 reserved;	/* ports below 1024 */
	int			 sealed;	/* no more sockets */
	int			 stopping;
	int			 killed;	/* they had their time */
};

/* Lines for the parent; what may be the last one must not be lost. */
static void
log_to_parent(void *ctx, enum log_level level, const char *line)
{
	struct launcher *l = ctx;
	struct msg_log msg;

	if (l->parent == NULL) {
		fprintf(stderr, "ntpd-launcher: %s\n", line);
		return;
	}
	memset(&msg, 0, sizeof(msg));
	msg.level = level;
	snprintf(msg.line, sizeof(msg.line), "%s", line);
	if (channel_send(l->parent, MSG_LOG, &msg, -1) == 0 &&
	    level == LOG_LEVEL_ERROR)
		channel_flush(l->parent, FLUSH_MS);
}

static void
on_socket(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_socket *what = payload;
	struct launcher *l = ctx;
	struct msg_errno answer;

	(void)fd;
	memset(&answer, 0, sizeof(answer));
	answer.index = what->index;
	answer.error = l->sealed ? EPERM : sockets_make(l->sockets, what);
	if (answer.error != 0)
		channel_send(ch, MSG_LAUNCH_SOCKFAIL, &answer, -1);
}

/* Of the service manager; before all that it could be used for. */
static void
on_given(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct launcher *l = ctx;

	(void)ch;
	(void)payload;
	if (l->sealed)
		fatalx("given a socket after they are sealed");
	sockets_give(l->sockets, fd);
}

static void
on_getsock(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_index *which = payload;
	struct launcher *l = ctx;
	struct msg_errno answer;
	int sock;

	(void)fd;
	sock = sockets_dup(l->sockets, which->index, which->member);
	if (sock != -1) {
		channel_send(ch, MSG_LAUNCH_SOCK, which, sock);
		return;
	}
	memset(&answer, 0, sizeof(answer));
	answer.index = which->index;
	answer.member = which->member;
	answer.error = errno;
	channel_send(ch, MSG_LAUNCH_SOCKFAIL, &answer, -1);
}

/* A reload wants one more: it gets it, or its error, with GETSOCK. */
static void
on_addsock(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct launcher *l = ctx;

	(void)ch;
	(void)fd;
	if (!l->sealed)
		fatalx("asked for more sockets before they are sealed");
	sockets_add(l->sockets, payload, l->params.control_root);
}

static void
on_group(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct launcher *l = ctx;

	(void)ch;
	(void)fd;
	sockets_group(l->sockets, payload);
}

static void
on_closesock(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_index *which = payload;
	struct launcher *l = ctx;

	(void)ch;
	(void)fd;
	sockets_close(l->sockets, which->index);
}

static void
enter_sandbox(const struct launcher *l)
{
	struct sandbox_path paths[2];
	const char *what;
	size_t n = 0;

	paths[n].path = l->dir;
	paths[n++].rights = SANDBOX_EXEC;
	paths[n].path = sandbox_interpreter();
	if (paths[n].path != NULL)
		paths[n++].rights = SANDBOX_EXEC;
	if (sandbox_enter(ROLE_LAUNCHER, paths, n, &what) == -1)
		fatal("cannot enter the sandbox: %s", what);
}

/* All sockets are there: from now on there is no way back to full rights. */
static void
on_seal(void *ctx, struct channel *ch, const void *payload, int fd)
{
	static const struct msg_empty empty;
	struct launcher *l = ctx;
	const char *what;
	struct drop drop;

	(void)payload;
	(void)fd;
	if (l->sealed)
		fatalx("sealed twice");
	l->sealed = 1;
	sockets_seal(l->sockets);
	memset(&drop, 0, sizeof(drop));
	drop.uid = getuid();
	drop.gid = getgid();
	drop.keep_root = 1;
	drop.keep_caps = LAUNCHER_CAPS;
	if (l->reserved)
		drop.keep_caps |= CAP(CAP_NET_BIND_SERVICE);
	if (drop_rights(&drop, &what) == -1)
		fatal("cannot drop rights: %s", what);
	if (l->params.sandbox != SANDBOX_OFF)
		enter_sandbox(l);
	channel_send(ch, MSG_LAUNCH_READY, &empty, -1);
}

static void
tell_exited(void *ctx, enum role role, uint32_t instance, int pid, int status)
{
	struct launcher *l = ctx;
	struct msg_exited msg;

	memset(&msg, 0, sizeof(msg));
	msg.role = role;
	msg.instance = instance;
	msg.pid = pid;
	msg.status = status & 0xffff;
	channel_send(l->parent, MSG_LAUNCH_EXITED, &msg, -1);
}

static void
on_start(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_start *child = payload;
	struct launcher *l = ctx;
	struct msg_started msg;
	int pid;

	if (!l->sealed)
		fatalx("asked to start a child before the sockets are sealed");
	if (l->stopping) {
		close(fd);
		return;
	}
	pid = spawn_start(l->spawn, child->role, child->instance,
	    child->keys != 0, fd);
	if (pid == -1) {
		log_warn("cannot start %s", role_name(child->role));
		/* A second one of a name is not the first one's end. */
		if (errno != EEXIST)
			tell_exited(l, child->role, child->instance, 0,
			    W_EXITCODE(127, 0));
		close(fd);
		return;
	}
	close(fd);
	memset(&msg, 0, sizeof(msg));
	msg.role = child->role;
	msg.instance = child->instance;
	msg.pid = pid;
	channel_send(ch, MSG_LAUNCH_STARTED, &msg, -1);
}

static void
on_signal(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_signal *msg = payload;
	struct launcher *l = ctx;

	(void)ch;
	(void)fd;
	/* One that has just ended is none that runs: not worth a line. */
	if (spawn_signal(l->spawn, msg->role, msg->instance,
	    msg->signo) == -1 && errno != ESRCH)
		log_warn("cannot signal %s", role_name(msg->role));
}

static void
set_deadline(struct launcher *l, int ms)
{
	struct timeval tv;

	tv.tv_sec = 0;
	tv.tv_usec = ms * (NS_PER_MS / NS_PER_US);
	if (event_add(l->deadline, &tv) == -1)
		event_base_loopbreak(l->base);
}

/* Ends the loop when no child is left. */
static void
stop(struct launcher *l)
{
	if (l->stopping)
		return;
	l->stopping = 1;
	if (spawn_running(l->spawn) == 0) {
		event_base_loopbreak(l->base);
		return;
	}
	spawn_signal_all(l->spawn, SIGTERM);
	set_deadline(l, LEAVE_MS);
}

static void
on_deadline(int fd, short events, void *ctx)
{
	struct launcher *l = ctx;

	(void)fd;
	(void)events;
	if (l->killed) {
		event_base_loopbreak(l->base);
		return;
	}
	l->killed = 1;
	log_debug("%u children do not leave", spawn_running(l->spawn));
	spawn_signal_all(l->spawn, SIGKILL);
	set_deadline(l, REAP_MS);
}

static void
on_sigchld(int signo, short events, void *ctx)
{
	struct launcher *l = ctx;

	(void)signo;
	(void)events;
	spawn_reap(l->spawn, tell_exited, l);
	if (l->stopping && spawn_running(l->spawn) == 0)
		event_base_loopbreak(l->base);
}

static void
on_stop(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ch;
	(void)payload;
	(void)fd;
	stop(ctx);
}

static void
on_parent_ended(void *ctx, struct channel *ch, enum channel_end end,
    const char *why)
{
	(void)ch;
	(void)end;
	(void)why;		/* there is nobody left to tell */
	stop(ctx);
}

static const struct channel_handler handlers[] = {
	{ MSG_LAUNCH_GIVEN,	on_given },
	{ MSG_LAUNCH_SOCKET,	on_socket },
	{ MSG_LAUNCH_SEAL,	on_seal },
	{ MSG_LAUNCH_START,	on_start },
	{ MSG_LAUNCH_SIGNAL,	on_signal },
	{ MSG_LAUNCH_GETSOCK,	on_getsock },
	{ MSG_LAUNCH_ADDSOCK,	on_addsock },
	{ MSG_LAUNCH_GROUP,	on_group },
	{ MSG_LAUNCH_CLOSESOCK,	on_closesock },
	{ MSG_STOP,		on_stop },
	{ MSG_NONE,		NULL }
};

static void __attribute__((__noreturn__))
usage(void)
{
	fprintf(stderr, "ntpd-launcher is started by ntpd\n");
	exit(1);
}

static uint32_t
number(const char *text, uint32_t max)
{
	const char *error;
	long long n;

	n = strtonum(text, 0, max, &error);
	if (error != NULL)
		usage();
	return ((uint32_t)n);
}

static const char *
directory(const char *text)
{
	if (text[0] != '/' && strcmp(text, "-") != 0)
		usage();
	return (text);
}

static int
parse_arguments(int argc, char **argv, struct launcher *l)
{
	struct spawn_params *params = &l->params;
	unsigned given = 0;
	int ch;

	memset(params, 0, sizeof(*params));
	params->empty_root = params->control_root = "-";
	while ((ch = getopt(argc, argv, "F:g:pr:s:u:v")) != -1) {
		switch (ch) {
		case 'F':
			params->sandbox = number(optarg, SANDBOX_ON);
			given |= 1;
			break;
		case 'g':
			params->gid = number(optarg, UINT32_MAX - 1);
			given |= 2;
			break;
		case 'p':
			l->reserved = 1;
			break;
		case 'r':
			params->empty_root = directory(optarg);
			break;
		case 's':
			params->control_root = directory(optarg);
			break;
		case 'u':
			params->uid = number(optarg, UINT32_MAX - 1);
			given |= 4;
			break;
		case 'v':
			params->verbosity++;
			break;
		default:
			usage();
		}
	}
	return (given == 7 && optind == argc ? 0 : -1);
}

/* The children are where we are. */
static void
find_directory(struct launcher *l)
{
	char path[PATH_MAX];
	ssize_t n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n <= 0)
		fatal("cannot read /proc/self/exe");
	path[n] = '\0';
	strlcpy(l->dir, dirname(path), sizeof(l->dir));
	l->params.dir = l->dir;
}

/* The parent alone decides when we end: by a message, or by being gone. */
static void
ignore_signals(void)
{
	static const int ignored[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGUSR1, SIGUSR2
	};
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	setsid();		/* nor does a terminal: ^C is the parent's */
}

static void
prepare(struct launcher *l)
{
	struct channel_params params;

	find_directory(l);
	ignore_signals();
	l->base = event_base_new();
	l->sockets = sockets_new(l->params.uid, l->params.gid);
	l->spawn = spawn_new(&l->params);
	if (l->base == NULL || l->sockets == NULL || l->spawn == NULL)
		fatal("cannot start");
	l->sigchld = evsignal_new(l->base, SIGCHLD, on_sigchld, l);
	l->deadline = evtimer_new(l->base, on_deadline, l);
	if (l->sigchld == NULL || l->deadline == NULL ||
	    evsignal_add(l->sigchld, NULL) == -1)
		fatal("cannot start");
	memset(&params, 0, sizeof(params));
	params.base = l->base;
	params.fd = CHILD_FD;
	params.me = ROLE_LAUNCHER;
	params.peer = ROLE_PARENT;
	params.handlers = handlers;
	params.ctx = l;
	params.ended = on_parent_ended;
	l->parent = channel_new(&params);
	if (l->parent == NULL)
		fatal("cannot start");
}

static void
finish(struct launcher *l)
{
	channel_flush(l->parent, FLUSH_MS);
	sockets_free(l->sockets);
	spawn_free(l->spawn);
	event_free(l->sigchld);
	event_free(l->deadline);
	channel_free(l->parent);
	l->parent = NULL;
	event_base_free(l->base);
}

int
main(int argc, char **argv)
{
	struct launcher l;

	memory_begin();
	closefrom(CHILD_FD + 1);	/* what was left open is not for us */
	memset(&l, 0, sizeof(l));
	setproctitle_init(argc, argv, environ);
	if (parse_arguments(argc, argv, &l) == -1)
		usage();
	log_init(log_to_parent, &l, l.params.verbosity);
	setproctitle("-ntpd: launcher");
	if (drop_limits(ROLE_LAUNCHER) == -1)
		fatal("cannot limit resources");
	prepare(&l);
	if (event_base_dispatch(l.base) == -1)
		fatal("event loop");
	finish(&l);
	return (0);
}
