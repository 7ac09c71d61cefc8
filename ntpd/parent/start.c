/*
 * Everything that needs full rights, in the order in which it can fail:
 * users, directories, files, the clock, the clock page.  Run by the parent
 * before the launcher is started.  Nothing here reads from a child.
 */
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/timens.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/drift.h"
#include "ntpd/parent/parent.h"
#include "privsep/clockpage.h"

/* No clock is right that is behind the build; the Makefile knows when. */
#ifndef BUILD_EPOCH
#define BUILD_EPOCH	1767225600LL	/* 2026-01-01 */
#endif
#define WRITE	(SANDBOX_READ | SANDBOX_WRITE)
#ifndef LIBEXECDIR
#define LIBEXECDIR	"/usr/local/libexec/ntpd"
#endif

static int
has_clock_right(void)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps;

	caps = cap_get_proc();
	if (caps == NULL)
		return (0);
	cap_get_flag(caps, CAP_SYS_TIME, CAP_EFFECTIVE, &value);
	cap_free(caps);
	return (value == CAP_SET);
}

/* Whom the children run as. */
static int
find_user(struct parent *p)
{
	struct passwd *pw;
	const char *name;
	int chosen;

	p->is_root = geteuid() == 0;
	if (!p->is_root) {
		p->uid = geteuid();
		p->gid = getegid();
		if (p->opt.user != NULL)
			log_warnx("not root: -u is ignored");
		return (0);
	}
	chosen = p->opt.user != NULL || p->conf->user_set;
	name = p->opt.user != NULL ? p->opt.user : p->conf->user;
	pw = getpwnam(name);
	if (pw == NULL && !chosen) {
		log_warnx("there is no user %s: nobody is used instead", name);
		name = "nobody";
		pw = getpwnam(name);
	}
	if (pw == NULL) {
		log_at(LOG_LEVEL_ERROR, "there is no user %s", name);
		return (-1);
	}
	if (pw->pw_uid == 0) {
		log_at(LOG_LEVEL_ERROR, "the children cannot run as %s: "
		    "root would be nobody to drop to", name);
		return (-1);
	}
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	return (0);
}

/* Where the children's programs are: beside us, as installed and built. */
static int
find_programs(struct parent *p)
{
	char exe[DIRS_PATH_MAX], sbin[DIRS_PATH_MAX], top[DIRS_PATH_MAX];
	char path[DIRS_PATH_MAX + 32];
	ssize_t n;

	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n == -1) {
		log_warn("cannot read /proc/self/exe");
		return (-1);
	}
	exe[n] = '\0';
	if (dirs_parent(exe, sbin, sizeof(sbin)) == -1 ||
	    dirs_parent(sbin, top, sizeof(top)) == -1 ||
	    snprintf(p->exe_dir, sizeof(p->exe_dir), "%s/libexec/ntpd",
	    strcmp(top, "/") == 0 ? "" : top) >= (int)sizeof(p->exe_dir)) {
		log_warnx("the path of ntpd is too long");
		return (-1);
	}
	snprintf(path, sizeof(path), "%s/ntpd-launcher", p->exe_dir);
	if (access(path, X_OK) == 0)
		return (0);
	strlcpy(p->exe_dir, LIBEXECDIR, sizeof(p->exe_dir));
	if (access(LIBEXECDIR "/ntpd-launcher", X_OK) == 0)
		return (0);
	log_warn("cannot find ntpd-launcher, neither %s nor " LIBEXECDIR
	    "/ntpd-launcher", path);
	return (-1);
}

/* A directory that the parent will read or write later. */
static void
allow_path(struct parent *p, const char *path, unsigned rights)
{
	struct sandbox_path *row;
	char real[PATH_MAX], *name;

	if (p->npaths == PARENT_PATHS) {
		log_warnx("too many directories: %s cannot be used by a "
		    "reload", path);
		return;
	}
	/* the sandbox and start_may_write() know files by their real paths */
	if (realpath(path, real) == NULL)
		return;
	name = p->path_names[p->npaths];
	strlcpy(name, real, DIRS_PATH_MAX);
	row = &p->paths[p->npaths++];
	row->path = name;
	row->rights = rights;
}

int
start_may_write(const struct parent *p, const char *dir)
{
	char real[PATH_MAX];
	const char *path;
	size_t i, len;

	if (p->opt.sandbox == SANDBOX_OFF)
		return (1);
	if (realpath(dir, real) == NULL)
		return (0);
	for (i = 0; i < p->npaths; i++) {
		path = p->paths[i].path;
		len = strlen(path);
		if ((p->paths[i].rights & SANDBOX_WRITE) != 0 &&
		    strncmp(real, path, len) == 0 &&
		    (real[len] == '\0' || real[len] == '/'))
			return (1);
	}
	return (0);
}

/* What a reload will read. */
static void
allow_configuration(struct parent *p)
{
	const struct conf_files *cf = p->conf_files;
	size_t i;

	if (p->opt.mode != RUN_DAEMON)
		return;
	for (i = 0; i < cf->ndirs; i++)
		allow_path(p, cf->dirs[i], SANDBOX_READ);
	if (cf->dirs_lost)
		log_warnx("the configuration is in more than %d directories: "
		    "not all of them can be read again", CONF_FILES_DIRS);
}

/*
 * Made for root with the children's group, not for their user: the parent
 * writes here, and it has no CAP_DAC_OVERRIDE by then, so the directory must
 * be root's.  The group may look.
 */
static void
make_dir(const struct parent *p, const char *dir, const char *what)
{
	if (dirs_make(dir, (uid_t)-1, p->is_root ? p->gid : (gid_t)-1,
	    0750) == -1)
		log_warn("cannot make the directory %s of the %s", dir, what);
}

static int
make_run_dir(struct parent *p)
{
	p->run_fd = -1;
	if (!p->is_root)
		return (0);
	if (dirs_make(PARENT_RUN_DIR, (uid_t)-1, (gid_t)-1, 0755) == -1 ||
	    dirs_make(PARENT_EMPTY_DIR, (uid_t)-1, (gid_t)-1, 0755) == -1) {
		log_warn("cannot make " PARENT_EMPTY_DIR);
		return (-1);
	}
	p->run_fd = open(PARENT_RUN_DIR,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->run_fd == -1) {
		log_warn("cannot open " PARENT_RUN_DIR);
		return (-1);
	}
	allow_path(p, PARENT_RUN_DIR, WRITE);
	return (0);
}

static int
take_pidfile(struct parent *p)
{
	char dir[DIRS_PATH_MAX];
	const char *path = "/";

	if (p->opt.pidfile != NULL)
		path = p->opt.pidfile;
	else if (p->conf->pidfile_set || p->is_root)
		path = p->conf->pidfile;
	if (p->opt.mode == RUN_PRINT_ONCE && p->opt.pidfile == NULL)
		path = "/";
	if (path[0] != '\0' && strcmp(path, "/") != 0 &&
	    dirs_parent(path, dir, sizeof(dir)) == 0) {
		make_dir(p, dir, "pid file");
		allow_path(p, dir, WRITE);
	}
	return (pidlock_take(&p->pidlock, path) == 0 ? 0 : -1);
}

/* Read now, and again when an operator asks for that. */
static void
read_keys(struct parent *p)
{
	char dir[DIRS_PATH_MAX];

	if (p->conf->keyfile[0] != '\0' &&
	    dirs_parent(p->conf->keyfile, dir, sizeof(dir)) == 0)
		allow_path(p, dir, SANDBOX_READ);
	rekey_start(p);
}

/* It is opened anew after a rotation. */
static void
allow_log_file(struct parent *p)
{
	char dir[DIRS_PATH_MAX];

	if (p->opt.log_file != NULL &&
	    dirs_parent(p->opt.log_file, dir, sizeof(dir)) == 0)
		allow_path(p, dir, WRITE);
}

static void
open_driftfile(struct parent *p)
{
	struct files_place *place = &p->files.places[FILE_DRIFT];
	char dir[DIRS_PATH_MAX];

	if (p->conf->driftfile[0] == '\0')
		return;
	if (p->opt.mode == RUN_DAEMON && dirs_parent(p->conf->driftfile, dir,
	    sizeof(dir)) == 0) {
		make_dir(p, dir, "drift file");
		allow_path(p, dir, WRITE);
	}
	if (files_place_open(place, p->conf->driftfile) == -1) {
		log_warn("cannot open the directory of the drift file %s",
		    p->conf->driftfile);
		return;
	}
	if (drift_read(place->dirfd, place->name, p->conf->driftfile,
	    &p->drift) != 0)
		return;
	p->drift_known = 1;
	log_info("Frequency %.3f +/- %.3f ppm read from %s",
	    p->drift.freq_ppm, p->drift.skew_ppm, p->conf->driftfile);
}

static void
open_dumpdir(struct parent *p)
{
	const char *dir = p->conf->dumpdir;

	if (p->opt.mode != RUN_DAEMON)
		return;
	if (dir[0] == '\0') {
		if (p->opt.samples)
			log_warnx("-r: there is no dumpdir to read from");
		return;
	}
	make_dir(p, dir, "samples");
	allow_path(p, dir, WRITE);
	dumps_open(&p->dumps, dir, p->opt.samples);
}

static void
open_logdir(struct parent *p)
{
	p->log_fd = -1;
	if (p->conf->logdir[0] != '\0' && p->opt.mode == RUN_DAEMON &&
	    (p->conf->log != 0 || access(p->conf->logdir, F_OK) == 0)) {
		/* also when nothing is written yet: a reload may want it */
		if (p->conf->log != 0)
			make_dir(p, p->conf->logdir, "logs");
		p->log_fd = open(p->conf->logdir,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (p->log_fd == -1)
			log_warn("cannot open the log directory %s",
			    p->conf->logdir);
		else
			allow_path(p, p->conf->logdir, WRITE);
	}
	logfile_init(&p->logfile, p->log_fd, p->conf->log,
	    (uint32_t)p->conf->logbanner);
}

/*
 * Who can reach the directory of the command socket may talk to the daemon,
 * so it must be the children's user's alone.
 */
static void
prepare_command_socket(struct parent *p)
{
	const char *path = p->conf->cmdsocket;

	p->socket_dir[0] = '\0';
	if (p->opt.mode != RUN_DAEMON || path[0] == '\0')
		return;
	if (dirs_parent(path, p->socket_dir, sizeof(p->socket_dir)) == 0) {
		if (dirs_make(p->socket_dir, p->uid, p->gid, 0770) == -1)
			log_warn("cannot make the directory %s",
			    p->socket_dir);
		else if (dirs_check_socket(p->socket_dir, p->uid) == 0)
			return;
	}
	p->socket_dir[0] = '\0';
	log_warnx("Disabled command socket %s", path);
}

static int64_t
time_floor(const struct parent *p)
{
	const struct files_place *place = &p->files.places[FILE_DRIFT];
	int64_t floor_s = BUILD_EPOCH;
	struct stat st;

	if (place->dirfd != -1 && fstatat(place->dirfd, place->name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime > floor_s &&
	    st.st_mtime < CLOCKGUARD_TIME_MAX_NS / NS_PER_SEC)
		floor_s = st.st_mtime;
	return (floor_s * NS_PER_SEC);
}

/*
 * The record of the base frequency lives in /run, like the kernel's own
 * state, or beside the drift file where there is no /run/ntpd.
 */
static int
record_dir(const struct parent *p)
{
	return (p->run_fd != -1 ? p->run_fd :
	    p->files.places[FILE_DRIFT].dirfd);
}

static void
choose_clock(struct parent *p)
{
	p->clock_none = p->opt.no_clock;
	if (p->clock_none || has_clock_right())
		return;
	log_warnx("cannot set the clock (no CAP_SYS_TIME): nothing is done to "
	    "it, as with -x");
	p->clock_none = 1;
}

void
start_clock_policy(const struct conf *conf, struct clockguard_policy *policy)
{
	policy->slew_limit_ppm = conf->maxslewrate_ppm;
	policy->base_limit_ppm = conf->maxdrift_ppm;
	policy->makestep_s = conf->makestep_s;
	policy->makestep_limit = conf->makestep_limit;
}

static int
open_clock(struct parent *p)
{
	struct clock_params params;

	choose_clock(p);
	memset(&params, 0, sizeof(params));
	params.base = p->base;
	params.backend = p->clock_none ? clock_none_backend() :
	    clock_kernel_backend();
	params.rtcsync = p->conf->rtcsync;
	params.lease_ended = p->hooks->lease_ended;
	params.ctx = p;
	start_clock_policy(p->conf, &params.policy);
	params.policy.oneshot = p->opt.mode == RUN_SET_ONCE;
	params.policy.floor_ns = time_floor(p);
	params.policy.operator_floor_ns = BUILD_EPOCH * NS_PER_SEC;
	if (!p->clock_none) {
		restore_init(&p->restore, record_dir(p));
		params.restore = &p->restore;
		if (p->restore.dirfd == -1)
			log_warnx("nowhere to write the record of the "
			    "frequency to");
		else
			(void)restore_apply(p->restore.dirfd, params.backend);
	}
	if (clock_open(&p->clock, &params, p->drift_known ? &p->drift :
	    NULL) == -1)
		return (-1);
	p->clock_is_open = 1;
	if (!p->drift_known)
		log_info("Initial frequency %.3f ppm",
		    0 - p->clock.base_ppm);
	return (0);
}

/*
 * The readers' descriptor is opened anew, for reading: a mapping of a
 * writable one could be made writable.
 */
static int
make_page(struct parent *p)
{
	char path[64];
	struct clockpage *page;

	p->page_rw = memfd_create("ntpd-clock", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);
	if (p->page_rw == -1 ||
	    ftruncate(p->page_rw, CLOCKPAGE_SIZE) == -1 ||
	    fcntl(p->page_rw, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_SEAL) == -1) {
		log_warn("cannot make the clock page");
		return (-1);
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p->page_rw);
	p->page_ro = open(path, O_RDONLY | O_CLOEXEC);
	page = clockpage_map(p->page_rw, 1);
	if (p->page_ro == -1 || page == NULL) {
		log_warn("cannot open the clock page");
		return (-1);
	}
	clockpage_init(page);
	munmap(page, CLOCKPAGE_SIZE);
	return (0);
}

int
start_list_sockets(const struct parent *p, const struct conf *conf,
    uint32_t servers, int control, struct msg_socket *list)
{
	struct listen_want want;

	memset(&want, 0, sizeof(want));
	want.family = p->opt.family;
	want.syslog = !p->opt.foreground && p->opt.log_file == NULL;
	want.servers = servers;
	want.control = control;
	want.unix_socket = control && p->socket_dir[0] != '\0' &&
	    conf->cmdsocket[0] != '\0';
	return (listen_list(conf, &want, list));
}

uint32_t
start_count_servers(const struct parent *p, const struct conf *conf)
{
	if (!conf_serves(conf))
		return (0);
	return (conf->serverprocs == CONF_PROCS_AUTO ? p->cores :
	    (uint32_t)conf->serverprocs);
}

/* Those that we may run on. */
static uint32_t
count_cores(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return (n < 1 ? 1 : n > CONF_PROCS_MAX ? CONF_PROCS_MAX :
	    (uint32_t)n);
}

static int
is_reserved(int port)
{
	return (port != 0 && port < PARENT_RESERVED);
}

static int
list_sockets(struct parent *p)
{
	struct msg_socket list[LISTEN_MAX];
	int i;

	p->cores = count_cores();
	p->servers = p->opt.mode == RUN_DAEMON ?
	    start_count_servers(p, p->conf) : 0;
	p->control = p->opt.mode == RUN_DAEMON &&
	    (p->socket_dir[0] != '\0' || p->conf->cmdport != 0);
	p->nsockets = start_list_sockets(p, p->conf, p->servers, p->control,
	    list);
	if (p->nsockets == -1) {
		p->nsockets = 0;
		log_at(LOG_LEVEL_ERROR, "more than %d addresses to listen on",
		    CHILD_SOCKETS);
		return (-1);
	}
	/*
	 * The launcher keeps the right to such ports if it needs one now, or
	 * will when an operator allows somebody.
	 */
	p->reserved = p->control && is_reserved(p->conf->port) &&
	    p->conf->serverprocs != 0;
	for (i = 0; i < p->nsockets; i++) {
		p->sockets[i].what = list[i];
		p->reserved |= is_reserved(list[i].addr.port);
	}
	return (0);
}

static void
say_without_root(const struct parent *p)
{
	if (p->is_root)
		return;
	log_warnx("not started by root: one user for all processes, no root "
	    "directories of their own, no ports below 1024");
}

int
start_prepare(struct parent *p)
{
	p->run_fd = p->log_fd = p->page_rw = p->page_ro = -1;
	p->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (p->null_fd == -1) {
		log_warn("/dev/null");
		return (-1);
	}
	umask(022);
	if (find_programs(p) == -1 || find_user(p) == -1)
		return (-1);
	say_without_root(p);
	if (make_run_dir(p) == -1 || take_pidfile(p) == -1)
		return (-1);
	allow_configuration(p);
	read_keys(p);
	allow_log_file(p);
	open_driftfile(p);
	open_logdir(p);
	open_dumpdir(p);
	prepare_command_socket(p);
	/* the clock's timers are not to be rounded up to 50 us */
	if (prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0) == -1)
		log_warn("timer slack");
	if (open_clock(p) == -1 || make_page(p) == -1 ||
	    list_sockets(p) == -1)
		return (-1);
	if (p->opt.mode == RUN_DAEMON && p->conf->xdp[0] != '\0' &&
	    fastpath_start(&p->fastpath, p->conf, p->exe_dir) == 0)
		fastpath_update(p);
	return (0);
}

static void
check_writable(int dirfd, const char *path, const char *what)
{
	if (dirfd != -1 && faccessat(dirfd, ".", W_OK | X_OK, AT_EACCESS) ==
	    -1)
		log_warn("cannot write the %s %s", what, path);
}

void
start_drop(struct parent *p)
{
	const char *step = "";
	struct drop drop;

	memset(&drop, 0, sizeof(drop));
	drop.uid = p->uid;
	drop.gid = p->gid;
	drop.keep_root = 1;
	if (!p->clock_none)
		drop.keep_caps = 1ULL << CAP_SYS_TIME;
	if (drop_limits(ROLE_PARENT) == -1)
		fatal("cannot limit resources");
	if (drop_rights(&drop, &step) == -1)
		fatal("cannot drop rights: %s", step);
	/* what root may write without its capabilities is seen only now */
	if (p->opt.mode == RUN_DAEMON)
		check_writable(p->files.places[FILE_DRIFT].dirfd,
		    p->conf->driftfile, "drift file");
	check_writable(p->log_fd, p->conf->logdir, "logs in");
	check_writable(p->dumps.dirfd, p->conf->dumpdir, "samples in");
	if (p->opt.sandbox == SANDBOX_OFF)
		return;
	if (sandbox_enter(ROLE_PARENT, p->paths, p->npaths, &step) == -1)
		fatal("cannot enter the sandbox: %s", step);
}
