/*
 * Starts the launcher and talks to it.  Run by the parent.  Without it no
 * child can be started again, and the rights to make a new one are gone: when
 * it ends, the parent ends, and the service manager starts everything anew.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/parent/parent.h"
#include "privsep/child.h"

#define SYSLOG_AGAIN_NS	(10 * NS_PER_SEC)

int
launch_pair(int fds[2])
{
	return (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, fds));
}

static struct parent_socket *
find_socket(struct parent *p, uint32_t index)
{
	int i;

	for (i = 0; i < p->nsockets; i++)
		if (p->sockets[i].what.index == index)
			return (&p->sockets[i]);
	return (NULL);
}

void
launch_ask_socket(struct parent *p, int i, uint32_t member)
{
	struct msg_index m;

	memset(&m, 0, sizeof(m));
	m.index = p->sockets[i].what.index;
	m.member = member;
	if (channel_send(p->launcher, MSG_LAUNCH_GETSOCK, &m, -1) == 0)
		p->sockets[i].asked[member]++;
}

/* syslogd was restarted: its old socket is dead. */
static void
reopen_syslog(void *ctx)
{
	struct parent *p = ctx;
	int64_t now_ns = parent_now_ns();
	int i;

	if (p->launcher == NULL || p->stopping || (p->syslog_asked_ns != 0 &&
	    now_ns - p->syslog_asked_ns < SYSLOG_AGAIN_NS))
		return;
	p->syslog_asked_ns = now_ns;
	for (i = 0; i < p->nsockets; i++)
		if (p->sockets[i].what.kind == SOCKET_SYSLOG &&
		    p->sockets[i].asked[0] == 0)
			launch_ask_socket(p, i, 0);
}

/* All NTP sockets failed: nobody would be served. */
static int
cannot_serve(const struct parent *p)
{
	int i, n = 0;

	for (i = 0; i < p->nsockets; i++) {
		if (p->sockets[i].what.kind != SOCKET_NTP)
			continue;
		if (p->sockets[i].failed == 0)
			return (0);
		n++;
	}
	return (n > 0);
}

static void
on_report(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	sandbox_report();
}

/* Calls that the sandbox denied are logged by name. */
static void
watch_reports(struct parent *p)
{
	int fd = sandbox_report_fd();

	if (fd == -1)
		return;
	p->report = event_new(p->base, fd, EV_READ | EV_PERSIST, on_report,
	    p);
	if (p->report == NULL || event_add(p->report, NULL) == -1)
		log_warn("event");
}

static void
on_ready(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct parent *p = ctx;
	int i;

	(void)ch;
	(void)payload;
	(void)fd;
	if (p->nprocs > 0)
		return;
	if (cannot_serve(p) && !p->is_root) {
		log_warnx("Could not open NTP sockets: nobody is served");
		p->servers = 0;
	} else if (cannot_serve(p)) {
		log_at(LOG_LEVEL_ERROR, "Could not open NTP sockets");
		p->hooks->stop(p, 1);
		return;
	}
	p->hooks->drop(p);
	watch_reports(p);
	p->log.reopen = reopen_syslog;
	p->log.ctx = p;
	/* also when it failed: syslogd may come later */
	for (i = 0; i < p->nsockets; i++)
		if (p->sockets[i].what.kind == SOCKET_SYSLOG)
			launch_ask_socket(p, i, 0);
	p->hooks->start(p);
}

static void
on_socket(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_index *m = payload;
	struct parent *p = ctx;
	struct parent_socket *s;

	(void)ch;
	s = find_socket(p, m->index);
	if (s == NULL || s->asked[m->member] == 0) {
		close(fd);
		return;
	}
	/* more answers are to come: this one was for a child that is gone */
	if (--s->asked[m->member] > 0) {
		close(fd);
		return;
	}
	if (s->fresh || s->next_members != 0)
		p->hooks->fresh(p, s, m->member, fd);
	else if (s->what.kind == SOCKET_SYSLOG) {
		logsink_set_syslog(&p->log, fd);
		if (p->ready_fd == -1)
			p->log.to_stderr = 0;
	} else
		p->hooks->socket(p, m, fd);
}

static void
on_socket_failed(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_errno *m = payload;
	struct parent *p = ctx;
	struct parent_socket *s;
	struct msg_index which;

	(void)ch;
	(void)fd;
	s = find_socket(p, m->index);
	if (s == NULL)
		return;
	if (p->nprocs == 0) {
		/* while it made them; it has logged why */
		s->failed = m->error;
		if (s->what.kind == SOCKET_COMMAND_UNIX)
			log_warnx("Disabled command socket %s",
			    s->what.path);
		return;
	}
	if (s->asked[m->member] == 0 || --s->asked[m->member] > 0)
		return;
	if (s->fresh || s->next_members != 0) {
		s->failed = m->error;
		p->hooks->fresh(p, s, m->member, -1);
		return;
	}
	which.index = m->index;
	which.member = m->member;
	/* the next line for syslog asks again */
	if (s->what.kind != SOCKET_SYSLOG)
		p->hooks->socket(p, &which, -1);
}

static void
on_started(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct parent *p = ctx;

	(void)ch;
	(void)fd;
	p->hooks->started(p, payload);
}

static void
on_exited(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct parent *p = ctx;

	(void)ch;
	(void)fd;
	p->hooks->exited(p, payload);
}

static void
on_ended(void *ctx, struct channel *ch, enum channel_end end, const char *why)
{
	struct parent *p = ctx;

	(void)end;
	channel_free(ch);
	p->launcher = NULL;
	if (!p->stopping)
		log_at(LOG_LEVEL_ERROR, "the launcher is gone%s%s: ntpd ends",
		    why != NULL ? ": " : "", why != NULL ? why : "");
	p->hooks->stop(p, 1);
}

/* With p as context; those of the children are in handlers.c. */
static void
on_log(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_log *m = payload;
	struct parent *p = ctx;

	(void)fd;
	logsink_child(&p->log, channel_peer(ch), m->level, m->line);
}

static const struct channel_handler handlers[] = {
	{ MSG_LAUNCH_READY,	on_ready },
	{ MSG_LAUNCH_SOCK,	on_socket },
	{ MSG_LAUNCH_SOCKFAIL,	on_socket_failed },
	{ MSG_LAUNCH_STARTED,	on_started },
	{ MSG_LAUNCH_EXITED,	on_exited },
	{ MSG_LOG,		on_log },
	{ MSG_NONE,		NULL }
};

/* In the new process: descriptor 3 is the channel, then exec. */
static void __attribute__((__noreturn__))
exec_launcher(struct parent *p, int fd)
{
	char path[DIRS_PATH_MAX + 32], uid[16], gid[16], level[16];
	char *args[16];
	int i, n = 0;

	snprintf(path, sizeof(path), "%s/ntpd-launcher", p->exe_dir);
	snprintf(uid, sizeof(uid), "-u%u", (unsigned)p->uid);
	snprintf(gid, sizeof(gid), "-g%u", (unsigned)p->gid);
	snprintf(level, sizeof(level), "-F%d", p->opt.sandbox);
	args[n++] = path;
	args[n++] = uid;
	args[n++] = gid;
	args[n++] = (char *)(uintptr_t)"-r";
	args[n++] = (char *)(uintptr_t)(p->is_root ? PARENT_EMPTY_DIR : "-");
	args[n++] = (char *)(uintptr_t)"-s";
	/* who is not root keeps its root directory all the same */
	args[n++] = p->socket_dir[0] != '\0' ? p->socket_dir :
	    (char *)(uintptr_t)"-";
	args[n++] = level;
	if (p->reserved)
		args[n++] = (char *)(uintptr_t)"-p";
	for (i = 0; i < p->opt.verbosity && i < 2; i++)
		args[n++] = (char *)(uintptr_t)"-v";
	args[n] = NULL;
	if (chdir("/") == -1 || dup2(p->null_fd, STDIN_FILENO) == -1 ||
	    dup2(p->null_fd, STDOUT_FILENO) == -1)
		_exit(127);
	/* only for what a sanitizer or the loader has to say */
	if (!p->opt.foreground && dup2(p->null_fd, STDERR_FILENO) == -1)
		_exit(127);
	if (fd == CHILD_FD) {
		if (fcntl(fd, F_SETFD, 0) == -1)
			_exit(127);
	} else if (dup2(fd, CHILD_FD) == -1)
		_exit(127);
	execv(path, args);
	_exit(127);
}

static int
send_sockets(struct parent *p)
{
	struct msg_empty empty;
	int i;

	memset(&empty, 0, sizeof(empty));
	for (i = 0; i < p->given.n; i++)
		if (channel_send(p->launcher, MSG_LAUNCH_GIVEN, &empty,
		    ACTIVATION_FIRST + i) == -1)
			return (-1);
	p->given.n = 0;
	for (i = 0; i < p->nsockets; i++)
		if (channel_send(p->launcher, MSG_LAUNCH_SOCKET,
		    &p->sockets[i].what, -1) == -1)
			return (-1);
	return (channel_send(p->launcher, MSG_LAUNCH_SEAL, &empty, -1));
}

int
launch_start(struct parent *p)
{
	struct channel_params params;
	int fds[2];

	if (launch_pair(fds) == -1) {
		log_warn("socketpair");
		return (-1);
	}
	p->launcher_pid = fork();
	if (p->launcher_pid == -1) {
		log_warn("fork");
		return (-1);
	}
	if (p->launcher_pid == 0)
		exec_launcher(p, fds[1]);
	close(fds[1]);
	memset(&params, 0, sizeof(params));
	params.base = p->base;
	params.fd = fds[0];
	params.me = ROLE_PARENT;
	params.peer = ROLE_LAUNCHER;
	params.handlers = handlers;
	params.ctx = p;
	params.ended = on_ended;
	p->launcher = channel_new(&params);
	if (p->launcher == NULL || send_sockets(p) == -1) {
		log_warn("channel to the launcher");
		return (-1);
	}
	return (0);
}
