/*
 * ntpd: the parent.  It reads the configuration, starts the others and keeps
 * them running, and it alone changes the clock.  It must never read a packet
 * or a byte from anybody but its children, nor end because of what one said.
 */
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/parent/background.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/parent.h"
#include "privsep/memory.h"

static const int stop_signals[] = { SIGTERM, SIGINT, SIGQUIT };
#define STOP_SIGNALS	(sizeof(stop_signals) / sizeof(stop_signals[0]))

static const struct parent_hooks hooks = {
	.drop = start_drop,
	.start = supervise_start,
	.stop = supervise_stop,
	.socket = supervise_socket,
	.started = supervise_started,
	.exited = supervise_exited,
	.handlers = handlers_of,
	.proc_ready = handlers_proc_ready,
	.engine_gone = handlers_engine_gone,
	.tell_hosts = handlers_tell_hosts,
	.proc_gone = command_proc_gone,
	.rekey = rekey_command,
	.serve = reconf_serve,
	.rekey_gone = rekey_proc_gone,
	.send_keys = rekey_send,
	.ask_hosts = handlers_ask_hosts,
	.fresh = reconf_socket,
	.gone = reconf_gone,
	.hold = reconf_holds,
	.lease_ended = handlers_lease_ended,
};

/* Events and counters that only this file knows. */
struct run {
	struct parent	*p;
	struct event	*signals[STOP_SIGNALS];
	struct event	*cycle;		/* SIGUSR1 */
	struct event	*reload;	/* SIGHUP */
};

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct run *run = arg;
	struct parent *p = run->p;

	(void)what;
	log_debug("signal %d", (int)signo);
	/* a measurement that was not waited for */
	supervise_stop(p, p->opt.mode == RUN_DAEMON ? 0 : 1);
}

static void
on_cycle(evutil_socket_t signo, short what, void *arg)
{
	struct parent *p = arg;

	(void)signo;
	(void)what;
	handlers_cycle(p);
}

static void
on_hangup(evutil_socket_t signo, short what, void *arg)
{
	struct parent *p = arg;

	(void)signo;
	(void)what;
	if (p->opt.mode == RUN_DAEMON)
		reconf_request(p, RELOAD_ALL, NULL);
	else
		supervise_stop(p, 1);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	(void)fd;
	(void)what;
	if (p->opt.mode != RUN_DAEMON)
		log_warnx("no time within %d s", p->opt.timeout_s);
	supervise_stop(p, p->opt.mode == RUN_DAEMON && p->synced ? 0 : 1);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	(void)fd;
	(void)what;
	handlers_ping(p);
	/* the disk may take a moment, which the end of a slew must not wait */
	if (!clock_is_slewing(&p->clock))
		files_settle(&p->files, parent_now_ns());
}

static void
on_event_log(int severity, const char *text)
{
	if (severity != EVENT_LOG_DEBUG)
		log_warnx("libevent: %s", text);
}

static struct event_base *
make_base(void)
{
	struct event_config *config;
	struct event_base *base;

	event_set_log_callback(on_event_log);
	config = event_config_new();
	if (config == NULL)
		return (NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK |
	    EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_PRECISE_TIMER);
	/* what the system call filter knows is epoll */
	event_config_avoid_method(config, "poll");
	event_config_avoid_method(config, "select");
	base = event_base_new_with_config(config);
	event_config_free(config);
	return (base);
}

static int
add_events(struct run *run)
{
	struct parent *p = run->p;
	struct timeval tv;
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	for (i = 0; i < STOP_SIGNALS; i++) {
		run->signals[i] = evsignal_new(p->base, stop_signals[i],
		    on_signal, run);
		if (run->signals[i] == NULL ||
		    evsignal_add(run->signals[i], NULL) == -1)
			return (-1);
	}
	run->cycle = evsignal_new(p->base, SIGUSR1, on_cycle, p);
	run->reload = evsignal_new(p->base, SIGHUP, on_hangup, p);
	if (run->reload == NULL || evsignal_add(run->reload, NULL) == -1 ||
	    reconf_init(p) == -1)
		return (-1);
	if (run->cycle == NULL || evsignal_add(run->cycle, NULL) == -1)
		return (-1);
	if (p->opt.timeout_s > 0) {
		tv.tv_sec = p->opt.timeout_s;
		tv.tv_usec = 0;
		p->timeout = evtimer_new(p->base, on_timeout, p);
		if (p->timeout == NULL || evtimer_add(p->timeout, &tv) == -1)
			return (-1);
	}
	tv.tv_sec = PARENT_PING_S;
	tv.tv_usec = 0;
	if (p->notify.fd != -1 && p->notify.watchdog_us > 0 &&
	    p->notify.watchdog_us / 2 < PARENT_PING_S * 1000000LL) {
		tv.tv_sec = p->notify.watchdog_us / 2 / 1000000;
		tv.tv_usec = p->notify.watchdog_us / 2 % 1000000;
	}
	p->watchdog = event_new(p->base, -1, EV_PERSIST, on_watchdog, p);
	if (p->watchdog == NULL || event_add(p->watchdog, &tv) == -1)
		return (-1);
	return (supervise_init(p));
}

static void
free_events(struct run *run)
{
	struct parent *p = run->p;
	size_t i;

	for (i = 0; i < STOP_SIGNALS; i++)
		if (run->signals[i] != NULL)
			event_free(run->signals[i]);
	if (run->cycle != NULL)
		event_free(run->cycle);
	if (run->reload != NULL)
		event_free(run->reload);
	if (p->timeout != NULL)
		event_free(p->timeout);
	if (p->watchdog != NULL)
		event_free(p->watchdog);
	if (p->report != NULL)
		event_free(p->report);
}

/* In the reverse order of start_prepare. */
static void
finish(struct run *run)
{
	struct parent *p = run->p;

	supervise_free(p);
	reconf_free(p);
	keystore_close(&p->keys);
	if (p->clock_is_open)
		clock_close(&p->clock);
	free_events(run);
	fastpath_close(&p->fastpath);
	files_close(&p->files);
	logfile_close(&p->logfile);
	dumps_close(&p->dumps);
	if (p->restarts > 0 || (p->clock_is_open &&
	    clockguard_refused(&p->clock.guard) > 0))
		log_info("%" PRIu64 " restarts of children, %" PRIu64
		    " bad messages, %" PRIu64 " refusals of the clock guard",
		    p->restarts, p->bad_messages, p->clock_is_open ?
		    clockguard_refused(&p->clock.guard) : 0);
	log_info("ntpd exiting");
	pidlock_remove(&p->pidlock);
	notify_close(&p->notify);
	if (p->base != NULL)
		event_base_free(p->base);
	if (p->launcher_pid > 0)
		(void)waitpid(p->launcher_pid, NULL, WNOHANG);
	conf_free(p->conf);
	free(p->conf_files);
	logsink_close(&p->log);
}

static int
run_loop(struct run *run)
{
	struct parent *p = run->p;

	p->base = make_base();
	if (p->base == NULL) {
		log_warnx("no event base");
		return (-1);
	}
	if (start_prepare(p) == -1 || add_events(run) == -1 ||
	    launch_start(p) == -1)
		return (-1);
	if (!p->opt.foreground && chdir("/") == -1)
		log_warn("chdir");
	return (event_base_dispatch(p->base) == -1 ? -1 : 0);
}

static int
run_daemon(struct parent *p)
{
	struct run run;
	int status;

	memset(&run, 0, sizeof(run));
	run.p = p;
	p->pidlock.fd = p->pidlock.place.dirfd = -1;
	p->ready_fd = -1;
	fastpath_init(&p->fastpath);
	files_init(&p->files);
	dumps_init(&p->dumps);
	logfile_init(&p->logfile, -1, 0, 0);
	/* logrotate may know the pid before the loop runs */
	signal(SIGUSR1, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	p->conf_files = calloc(1, sizeof(*p->conf_files));
	if (p->conf_files == NULL)
		return (1);
	conf_files_init(p->conf_files, &p->opt);
	p->conf = conf_files_read(p->conf_files);
	if (p->conf == NULL)
		return (1);
	if (p->opt.log_file != NULL &&
	    logsink_open_file(&p->log, p->opt.log_file) == -1)
		fatal("cannot open the log file %s", p->opt.log_file);
	(void)notify_open(&p->notify);
	if (!p->opt.foreground) {
		if (p->notify.fd == -1 && background_enter(&p->ready_fd) ==
		    -1)
			fatal("cannot go into the background");
		if (p->opt.log_file == NULL)
			logsink_expect_syslog(&p->log);
		/* a service manager would log both */
		if (p->notify.fd != -1)
			p->log.to_stderr = 0;
	}
	setproctitle("-ntpd: parent");
	log_info("ntpd version " VERSION " starting (%s)",
	    options_features());
	status = run_loop(&run) == -1 ? 1 : p->status;
	finish(&run);
	return (status);
}

static void
on_key(void *ctx, int error, const char *text)
{
	(void)ctx;
	log_at(error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, "%s", text);
}

/* The keys, too; but who is not root may not be meant to read them. */
static int
check_keys(const struct conf *conf)
{
	struct keystore keys;
	int errors;

	errors = keystore_read(&keys, conf, 0, (uid_t)-1, (gid_t)-1, on_key,
	    NULL);
	keystore_close(&keys);
	if (errors == -1 && geteuid() != 0 &&
	    access(conf->keyfile, R_OK) == -1 && errno == EACCES)
		return (0);
	return (errors != 0 ? -1 : 0);
}

static int
run_check(struct parent *p)
{
	struct conf *conf;
	char *text;
	size_t len;

	p->log.plain = 1;
	conf = conf_files_load(&p->opt);
	if (conf == NULL || check_keys(conf) == -1) {
		conf_free(conf);
		return (1);
	}
	log_info("configuration OK");
	if (p->opt.verbosity > 0) {
		text = conf_print(conf, CONF_ALL, &len);
		if (text == NULL || fwrite(text, 1, len, stdout) != len ||
		    fflush(stdout) == EOF)
			fatal("cannot print the configuration");
		free(text);
	}
	conf_free(conf);
	return (0);
}

static int
run_version(struct parent *p)
{
	(void)p;
	printf("ntpd version " VERSION " (%s)\n", options_features());
	return (0);
}

static int
run_help(struct parent *p)
{
	(void)p;
	printf("%s", options_usage());
	return (0);
}

static int
restore_from(const char *dir)
{
	int fd, result;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (0);
	result = restore_apply(fd, clock_kernel_backend());
	close(fd);
	return (result);
}

/*
 * After a daemon that was killed: the record is in /run, or beside the drift
 * file.  A configuration that cannot be read must not keep us from the first.
 */
static int
run_restore(struct parent *p)
{
	const char *pidfile = CONF_PIDFILE;
	char dir[DIRS_PATH_MAX];
	struct conf *conf;
	int result;

	conf = access(p->opt.conf_file, R_OK) == 0 || p->opt.nlines > 0 ?
	    conf_files_load(&p->opt) : NULL;
	if (p->opt.pidfile != NULL)
		pidfile = p->opt.pidfile;
	else if (conf != NULL)
		pidfile = conf->pidfile;
	if (pidlock_is_held(pidfile)) {
		log_at(LOG_LEVEL_ERROR, "ntpd is running: nothing is done");
		conf_free(conf);
		return (1);
	}
	result = restore_from(PARENT_RUN_DIR);
	if (result == 0 && conf != NULL && conf->driftfile[0] != '\0' &&
	    dirs_parent(conf->driftfile, dir, sizeof(dir)) == 0)
		result = restore_from(dir);
	if (result == 0)
		log_info("the clock was not left in a slew");
	conf_free(conf);
	return (result == -1 ? 1 : 0);
}

/* Descriptors 0, 1 and 2 must be something before the first open(2). */
static void
open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char **argv)
{
	static int (*const actions[])(struct parent *) = {
	    [OPTIONS_RUN] = run_daemon,
	    [OPTIONS_CHECK] = run_check,
	    [OPTIONS_VERSION] = run_version,
	    [OPTIONS_HELP] = run_help,
	    [OPTIONS_RESTORE] = run_restore,
	};
	struct activation given;
	struct parent *p;
	char error[128];
	int status;

	memory_begin();
	activation_take(&given);
	setproctitle_init(argc, argv, environ);
	open_standard();
	/* nobody else is to have them */
	closefrom(ACTIVATION_FIRST + given.n);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return (1);
	p->hooks = &hooks;
	p->notify.fd = -1;
	p->given = given;
	if (options_parse(&p->opt, argc, argv, error, sizeof(error)) == -1) {
		fprintf(stderr, "ntpd: %s\n%s", error, options_usage());
		free(p);
		return (1);
	}
	logsink_init(&p->log, p->opt.verbosity);
	p->log.level = p->opt.level;
	status = actions[p->opt.action](p);
	log_init(NULL, NULL, 0);
	free(p);
	return (status);
}
