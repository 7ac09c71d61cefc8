/*
 * The start and the end of every child process: arguments, rights, sandbox,
 * what the parent hands over, peers.  Runs in engine, server, control and dns.
 * It must never read a byte from anybody before its rights are gone.
 */
#include "privsep/child.h"

#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/conf.h"
#include "common/keyring.h"
#include "common/log.h"
#include "privsep/child_keys.h"
#include "privsep/child_peers.h"
#include "privsep/child_reload.h"
#include "privsep/memory.h"
#include "privsep/sandbox.h"

/* What of the queue log lines may fill, so that they never end a channel. */
#define CHILD_LOG_QUEUE	(CHANNEL_QUEUE_MAX / 2)
#define CHILD_FLUSH_MS	200

/* The child as its role knows it, and what only this file knows. */
struct child_shell {
	struct child		 child;		/* first: see shell_of() */
	struct channel_handler	*handlers;	/* of the parent's channel */
	struct event		*report_event;	/* denied system calls */
	int			 connected;	/* the log goes to the parent */
	int			 status;	/* of exit */
	unsigned		 log_dropped;
};

static struct child_shell *
shell_of(struct child *child)
{
	return ((struct child_shell *)child);
}

struct child_args {
	struct drop	 drop;
	uint32_t	 instance;
	int		 level;
	int		 verbosity;
};

/*
 * Where getaddrinfo(3) and its NSS modules look, and where distributions
 * let resolv.conf point to.  Paths that are not there do not matter.
 */
static const struct sandbox_path dns_paths[] = {
	{ "/etc", SANDBOX_READ },
	{ "/lib", SANDBOX_READ },
	{ "/lib64", SANDBOX_READ },
	{ "/usr/lib", SANDBOX_READ },
	{ "/usr/lib64", SANDBOX_READ },
	{ "/usr/local/lib", SANDBOX_READ },
	{ "/usr/share", SANDBOX_READ },
	/*
	 * systemd/resolve, NetworkManager, resolvconf, connman, nscd: whole,
	 * because the directory of one that starts later is not there yet.
	 */
	{ "/run", SANDBOX_READ },
	{ "/var/lib/misc", SANDBOX_READ },
};

/* A line for the parent; what it cannot take is counted and told later. */
static int
child_send_log(struct child_shell *sh, enum log_level level, const char *line)
{
	struct msg_log m;

	if (sh->child.parent == NULL)
		return (-1);
	if (channel_queued(sh->child.parent) >= CHILD_LOG_QUEUE) {
		sh->log_dropped++;
		return (0);
	}
	memset(&m, 0, sizeof(m));
	if (sh->log_dropped > 0) {
		m.level = LOG_LEVEL_WARN;
		snprintf(m.line, sizeof(m.line), "%u log lines were dropped",
		    sh->log_dropped);
		sh->log_dropped = 0;
		channel_send(sh->child.parent, MSG_LOG, &m, -1);
		memset(&m, 0, sizeof(m));
	}
	m.level = level;
	strlcpy(m.line, line, sizeof(m.line));
	if (channel_send(sh->child.parent, MSG_LOG, &m, -1) == -1)
		return (-1);
	/* the process may end now */
	if (level == LOG_LEVEL_ERROR)
		channel_flush(sh->child.parent, CHILD_FLUSH_MS);
	return (0);
}

/* Errors are not lost when there is no parent to hear them. */
static void
child_log(void *ctx, enum log_level level, const char *line)
{
	struct child_shell *sh = ctx;

	if (sh->connected && (child_send_log(sh, level, line) == 0 ||
	    level != LOG_LEVEL_ERROR))
		return;
	fprintf(stderr, "ntpd %s: %s\n", role_name(sh->child.role), line);
}

static void
child_event_log(int severity, const char *text)
{
	if (severity == EVENT_LOG_DEBUG)
		return;
	log_warnx("libevent: %s", text);
}

static void
child_usage(void)
{
	fatalx("this program is started by ntpd and by nothing else");
}

static uint32_t
child_number(const char *text, uint32_t min, uint32_t max)
{
	const char *error;
	long long n;

	n = strtonum(text, min, max, &error);
	if (error != NULL)
		fatalx("argument %s is %s", text, error);
	return ((uint32_t)n);
}

static void
child_parse_args(int argc, char **argv, struct child_args *args)
{
	unsigned seen;
	int c;

	memset(args, 0, sizeof(*args));
	args->level = SANDBOX_ON;
	seen = 0;
	opterr = 0;
	while ((c = getopt(argc, argv, "i:u:g:r:F:v")) != -1) {
		switch (c) {
		case 'i':
			args->instance = child_number(optarg, 0,
			    MSG_INSTANCES - 1);
			seen |= 0x01;
			break;
		case 'u':
			/* root is nobody to drop to */
			args->drop.uid = child_number(optarg, 1,
			    UINT32_MAX - 1);
			seen |= 0x02;
			break;
		case 'g':
			args->drop.gid = child_number(optarg, 0,
			    UINT32_MAX - 1);
			seen |= 0x04;
			break;
		case 'r':
			if (optarg[0] == '/')
				args->drop.root = optarg;
			else if (strcmp(optarg, "-") != 0)
				fatalx("root %s is not absolute", optarg);
			seen |= 0x08;
			break;
		case 'F':
			args->level = (int)child_number(optarg, SANDBOX_OFF,
			    SANDBOX_ON);
			seen |= 0x10;
			break;
		case 'v':
			args->verbosity++;
			break;
		default:
			child_usage();
		}
	}
	if (seen != 0x1f || optind != argc)
		child_usage();
}

/* The parent speaks for the terminal and the service manager. */
static void
child_ignore_signals(void)
{
	static const int signals[] = {
		SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
		SIGXFSZ, SIGTSTP, SIGTTIN, SIGTTOU
	};
	struct sigaction sa;
	sigset_t none;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], &sa, NULL) == -1)
			fatal("sigaction %d", signals[i]);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		fatal("sigprocmask");
}

static void
child_set_title(const struct child *child)
{
	/* the dash leaves out the name of the program file */
	if (child->instance == 0)
		setproctitle("-ntpd: %s", role_name(child->role));
	else
		setproctitle("-ntpd: %s %u", role_name(child->role),
		    child->instance);
}

static struct event_base *
child_new_base(const struct child_role *ops)
{
	struct event_config *config;
	struct event_base *base;
	int flags;

	if ((config = event_config_new()) == NULL)
		return (NULL);
	flags = EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV;
	if (ops->precise_timers)
		flags |= EVENT_BASE_FLAG_PRECISE_TIMER;
	event_config_set_flag(config, flags);
	/* what the system call filter knows is epoll */
	event_config_avoid_method(config, "poll");
	event_config_avoid_method(config, "select");
	base = event_base_new_with_config(config);
	event_config_free(config);
	return (base);
}

void
child_exit(struct child *child, int status)
{
	shell_of(child)->status = status;
	event_base_loopbreak(child->base);
}

/*
 * The parent did what it must not: one of us is not what it was.  Nothing
 * that it has sent after that is looked at.
 */
static void
child_reject(struct child *child, const char *what)
{
	log_at(LOG_LEVEL_ERROR, "parent: %s", what);
	channel_free(child->parent);
	child->parent = NULL;
	child_exit(child, 1);
}

/*
 * In order: the role, what is still to be said, the channels.  They are freed
 * here so that no message reaches a role that has stopped.
 */
static void
child_stop(struct child *child)
{
	if (child->running)
		child->ops->stop(child);
	child->running = 0;
	child_peers_free(child);
	if (child->parent != NULL)
		channel_flush(child->parent, CHILD_FLUSH_MS);
	channel_free(child->parent);
	child->parent = NULL;
	child_exit(child, 0);
}

static void
child_parent_ended(void *ctx, struct channel *ch, enum channel_end end,
    const char *why)
{
	struct child *child = ctx;

	(void)ch;
	switch (end) {
	case CHANNEL_CLOSED:
		child_stop(child);
		break;
	case CHANNEL_BAD:
		child_reject(child, why);
		break;
	default:
		child_exit(child, 1);
		break;
	}
}

static void
child_orphaned(int fd, short what, void *arg)
{
	struct child *child = arg;

	(void)fd;
	(void)what;
	log_warnx("no channel to the engine for %d s", CHILD_PEERS_ORPHAN_S);
	child_stop(child);
	child_exit(child, 1);
}

static void
child_init_conf(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child *child = ctx;
	int errors;

	(void)ch;
	if (child->conf != NULL || child->running) {
		close(fd);
		child_reject(child, "configuration sent twice");
		return;
	}
	memcpy(&child->init, payload, sizeof(child->init));
	child->conf = child_reload_conf(fd, child->init.len, &errors);
	if (child->conf == NULL && errors == 0)
		fatal("configuration of %u bytes", child->init.len);
	if (child->conf == NULL)
		child_reject(child, "bad configuration");
}

static void
child_init_page(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child *child = ctx;

	(void)ch;
	(void)payload;
	if (child->page_fd != -1 || child->running) {
		close(fd);
		child_reject(child, "clock page sent twice");
		return;
	}
	child->page_fd = fd;
}

static void
child_init_xdp(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child *child = ctx;

	(void)ch;
	(void)payload;
	if (child->xdp_fd != -1 || child->running) {
		close(fd);
		child_reject(child, "map sent twice");
		return;
	}
	child->xdp_fd = fd;
}

static void
child_init_socket(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child *child = ctx;

	(void)ch;
	if (child->nsockets == CHILD_SOCKETS || child->running) {
		close(fd);
		child_reject(child, "socket too many or too late");
		return;
	}
	memcpy(&child->sockets[child->nsockets], payload,
	    sizeof(child->sockets[0]));
	child->socket_fds[child->nsockets++] = fd;
}

static void
child_init_peer(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const char *why;

	(void)ch;
	if ((why = child_peers_message(ctx, payload, fd)) != NULL)
		child_reject(ctx, why);
}

static void
child_init_drift(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child *child = ctx;

	(void)ch;
	(void)fd;
	memcpy(&child->drift, payload, sizeof(child->drift));
}

/* From now on the role's own messages are expected, too. */
static void
child_open_handlers(struct child_shell *sh)
{
	const struct channel_handler *from = sh->child.ops->parent_handlers;
	struct channel_handler *to = sh->handlers;

	if (from == NULL)
		return;
	while (to->type != MSG_NONE)
		to++;
	while (from->type != MSG_NONE)
		*to++ = *from++;
}

static void
child_init_done(void *ctx, struct channel *ch, const void *payload, int fd)
{
	static const struct msg_empty empty;
	struct child *child = ctx;
	struct child_shell *sh = shell_of(child);

	(void)payload;
	(void)fd;
	if (child->running || child->conf == NULL) {
		child_reject(child, "INIT_DONE out of order");
		return;
	}
	child_peers_connect(child);
	if (child->ops->start(child) == -1)
		fatalx("%s cannot start", role_name(child->role));
	child->running = 1;
	child_open_handlers(sh);
	child_peers_watch(child);
	memory_trim();
	channel_send(ch, MSG_READY, &empty, -1);
}

static void
child_on_stop(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ch;
	(void)payload;
	(void)fd;
	child_stop(ctx);
}

#define CHECKED_HANDLER(name, take)					\
static void								\
child_on_##name(void *ctx, struct channel *ch, const void *payload,	\
    int fd)								\
{									\
	const char *why;						\
									\
	(void)ch;							\
	why = take(ctx, MSG_##name, payload, fd);			\
	if (why != NULL)						\
		child_reject(ctx, why);					\
}

CHECKED_HANDLER(KEYS, child_keys_message)
CHECKED_HANDLER(RELOAD_SOCKET, child_reload_message)
CHECKED_HANDLER(RELOAD_CLOSE, child_reload_message)
CHECKED_HANDLER(RELOAD_PREPARE, child_reload_message)
CHECKED_HANDLER(RELOAD_COMMIT, child_reload_message)
CHECKED_HANDLER(RELOAD_ABORT, child_reload_message)

static const struct channel_handler child_handlers[] = {
	{ MSG_INIT_CONF, child_init_conf },
	{ MSG_INIT_PAGE, child_init_page },
	{ MSG_INIT_XDP, child_init_xdp },
	{ MSG_INIT_SOCKET, child_init_socket },
	{ MSG_INIT_PEER, child_init_peer },
	{ MSG_INIT_DRIFT, child_init_drift },
	{ MSG_INIT_DONE, child_init_done },
	{ MSG_KEYS, child_on_KEYS },
	{ MSG_STOP, child_on_stop },
	{ MSG_RELOAD_SOCKET, child_on_RELOAD_SOCKET },
	{ MSG_RELOAD_CLOSE, child_on_RELOAD_CLOSE },
	{ MSG_RELOAD_PREPARE, child_on_RELOAD_PREPARE },
	{ MSG_RELOAD_COMMIT, child_on_RELOAD_COMMIT },
	{ MSG_RELOAD_ABORT, child_on_RELOAD_ABORT },
};

#define CHILD_HANDLERS	(sizeof(child_handlers) / sizeof(child_handlers[0]))

/* The channel exists early, for the log; it is read after the sandbox. */
static void
child_connect_parent(struct child_shell *sh)
{
	const struct channel_handler *h;
	struct channel_params params;
	socklen_t len;
	size_t n;
	int domain;

	len = sizeof(domain);
	if (getsockopt(CHILD_FD, SOL_SOCKET, SO_DOMAIN, &domain, &len) == -1 ||
	    domain != AF_UNIX)
		child_usage();
	n = 0;
	if ((h = sh->child.ops->parent_handlers) != NULL)
		for (; h->type != MSG_NONE; h++)
			n++;
	sh->handlers = calloc(CHILD_HANDLERS + n + 1, sizeof(*sh->handlers));
	if (sh->handlers == NULL)
		fatal("handlers");
	memcpy(sh->handlers, child_handlers, sizeof(child_handlers));
	memset(&params, 0, sizeof(params));
	params.base = sh->child.base;
	params.fd = CHILD_FD;
	params.me = sh->child.role;
	params.peer = ROLE_PARENT;
	params.handlers = sh->handlers;
	params.ctx = &sh->child;
	params.ended = child_parent_ended;
	if ((sh->child.parent = channel_new(&params)) == NULL)
		fatal("channel to the parent");
	sh->connected = 1;
}

static void
child_drop(struct child *child, struct child_args *args)
{
	const struct sandbox_path *paths;
	const char *what;
	size_t npaths;

	/* clients bind their end of the socket in control's directory */
	args->drop.root_is_shared = child->role == ROLE_CONTROL;
	paths = child->role == ROLE_DNS ? dns_paths : NULL;
	npaths = child->role == ROLE_DNS ?
	    sizeof(dns_paths) / sizeof(dns_paths[0]) : 0;
	what = "";
	/* drop_rights() leaves the root directory to who is not root */
	child->chrooted = geteuid() == 0 && args->drop.root != NULL;
	if (drop_limits(child->role) == -1)
		fatal("resource limits");
	if (drop_rights(&args->drop, &what) == -1)
		fatal("drop rights: %s", what);
	if (args->level == SANDBOX_OFF)
		return;
	if (sandbox_enter(child->role, paths, npaths, &what) == -1)
		fatal("sandbox: %s", what);
}

static void
child_on_report(int fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	sandbox_report();
}

static void
child_add_events(struct child_shell *sh)
{
	struct event_base *base = sh->child.base;
	struct child_waiting *waiting = &sh->child.waiting;
	int fd;

	waiting->orphan_event = evtimer_new(base, child_orphaned, &sh->child);
	if (waiting->orphan_event == NULL)
		fatal("event");
	if ((fd = sandbox_report_fd()) == -1)
		return;
	sh->report_event = event_new(base, fd, EV_READ | EV_PERSIST,
	    child_on_report, NULL);
	if (sh->report_event == NULL ||
	    event_add(sh->report_event, NULL) == -1)
		fatal("event");
}

static void
child_free(struct child_shell *sh)
{
	struct child *child = &sh->child;
	unsigned i;

	child_peers_free(child);
	if (child->parent != NULL)
		channel_flush(child->parent, CHILD_FLUSH_MS);
	channel_free(child->parent);
	child->parent = NULL;
	for (i = 0; i < child->nsockets; i++)
		if (child->socket_fds[i] != -1)
			close(child->socket_fds[i]);
	if (child->page_fd != -1)
		close(child->page_fd);
	if (child->xdp_fd != -1)
		close(child->xdp_fd);
	child_reload_forget(child);
	conf_free(child->conf);
	keyring_free(child->ring);
	event_free(child->waiting.orphan_event);
	if (sh->report_event != NULL)
		event_free(sh->report_event);
	event_base_free(child->base);
	free(sh->handlers);
}

int
child_main(const struct child_role *ops, int argc, char **argv)
{
	struct child_args args;
	struct child_shell *sh;
	int status;

	memory_begin();
	setproctitle_init(argc, argv, environ);
	if ((sh = calloc(1, sizeof(*sh))) == NULL)
		return (1);
	sh->child.role = ops->role;
	sh->child.ops = ops;
	sh->child.page_fd = sh->child.xdp_fd = -1;
	sh->child.drift.skew_ppm = -1;
	child_peers_begin(&sh->child);
	log_init(child_log, sh, 0);
	child_parse_args(argc, argv, &args);
	log_init(child_log, sh, args.verbosity);
	sh->child.instance = args.instance;
	child_set_title(&sh->child);
	child_ignore_signals();
	event_set_log_callback(child_event_log);
	if ((sh->child.base = child_new_base(ops)) == NULL)
		fatalx("no event base");
	child_connect_parent(sh);
	child_drop(&sh->child, &args);
	child_add_events(sh);
	if (event_base_dispatch(sh->child.base) == -1)
		fatalx("event loop");
	child_free(sh);
	log_init(NULL, NULL, 0);
	status = sh->status;
	free(sh);
	return (status);
}
