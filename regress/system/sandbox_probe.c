/*
 * Tries from inside each role's sandbox what may and may not be done there.
 *
 *	sandbox_probe -d DIR -u UID -g GID ROLE [ACTION ...]
 *	sandbox_probe -l	the kernel's Landlock ABI, 0: none
 *
 * For each action a process takes the way that the role's process takes (as
 * a child of the launcher: through the launcher's own drop and sandbox, and
 * an exec), tries it, and `ROLE ACTION allowed|denied|killed' is printed, or
 * `error N' for an errno that is neither.  DIR has been made by
 * test_sandbox.sh: bin (this program as `probe', and `true'), empty, control,
 * state, and the file outside.
 *
 * It never changes a clock: what it asks of one is not valid, so that the
 * kernel refuses it in any case (and says EINVAL when the sandbox does not).
 */
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <linux/netlink.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "privsep/role.h"
#include "privsep/sandbox.h"

#define EXIT_SETUP	255		/* other values: an errno */
#define PATH_LEN	512
#define CAP(c)		(1ULL << (c))
#define LAUNCHER_CAPS	(CAP(CAP_SETUID) | CAP(CAP_SETGID) | \
			    CAP(CAP_SYS_CHROOT) | CAP(CAP_KILL))
#define NEW_CALL	4000		/* no kernel has got so far */

struct probe {
	const char	*dir;
	uint32_t	 uid;
	uint32_t	 gid;
	enum role	 role;
	int		 was_root;
	unsigned	 reports;	/* lines that named a call */
};

struct action {
	const char	*name;
	int		(*try)(struct probe *);	/* 0, or -1 with errno */
	long		 nr;			/* or just this call */
	long		 args[6];
};

#define TRY(name)	{ #name, try_##name, 0, { 0 } }
#define CALL(name, nr, ...)	{ name, NULL, nr, { __VA_ARGS__ } }
#define SOCKOPT(name, o)	CALL(name, SYS_setsockopt, -1, SOL_SOCKET, o)
#define MMAP(name, prot)	CALL(name, SYS_mmap, 0, 4096, prot, \
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)

static int
call(long rc)
{
	return (rc == -1 ? -1 : 0);
}

/* The sandbox let it through to where the kernel itself looks at it. */
static int
call_but(long rc, int expected)
{
	return (rc == -1 && errno != expected ? -1 : 0);
}

static const char *
in_dir(const struct probe *p, const char *name, char *buf)
{
	snprintf(buf, PATH_LEN, "%s/%s", p->dir, name);
	return (buf);
}

/* ---- time ---------------------------------------------------------- */

static int
try_clock_gettime(struct probe *p)
{
	struct timespec ts;

	(void)p;
	return (call(syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts)));
}

static int
try_adjtimex_read(struct probe *p)
{
	struct timex tx;

	(void)p;
	memset(&tx, 0, sizeof(tx));
	return (call(syscall(SYS_adjtimex, &tx)));
}

/* No kernel takes a tick of nothing. */
static int
try_adjtimex_set(struct probe *p)
{
	struct timex tx;

	(void)p;
	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_TICK;
	return (call_but(syscall(SYS_adjtimex, &tx), EINVAL));
}

static int
try_clock_adjtime(struct probe *p)
{
	struct timex tx;

	(void)p;
	memset(&tx, 0, sizeof(tx));
	return (call(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &tx)));
}

/* A clock that nobody can set. */
static int
try_clock_settime(struct probe *p)
{
	struct timespec ts = { 0, 0 };

	(void)p;
	return (call_but(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &ts),
	    EINVAL));
}

static int
try_settimeofday(struct probe *p)
{
	struct timeval tv = { 0, 2000000 };

	(void)p;
	return (call_but(syscall(SYS_settimeofday, &tv, NULL), EINVAL));
}

/* ---- files --------------------------------------------------------- */

static int
try_open_etc(struct probe *p)
{
	(void)p;
	return (call(open("/etc/hosts", O_RDONLY)));
}

static int
try_open_state(struct probe *p)
{
	char path[PATH_LEN];

	return (call(open(in_dir(p, "state/file", path),
	    O_WRONLY | O_CREAT | O_TRUNC, 0644)));
}

static int
try_open_outside(struct probe *p)
{
	char path[PATH_LEN];

	return (call(open(in_dir(p, "outside", path), O_WRONLY)));
}

static int
try_rename(struct probe *p)
{
	char from[PATH_LEN], to[PATH_LEN];

	return (call(rename(in_dir(p, "state/from", from),
	    in_dir(p, "state/from", to))));
}

static int
try_mkdir(struct probe *p)
{
	char path[PATH_LEN];

	return (call_but(mkdir(in_dir(p, "state/dir", path), 0755), EEXIST));
}

static int
try_unlink(struct probe *p)
{
	char path[PATH_LEN];

	return (call_but(unlink(in_dir(p, "state/nothing", path)), ENOENT));
}

static int
try_statx(struct probe *p)
{
	struct statx stx;

	(void)p;		/* statx(3) would fall back to stat */
	return (call(syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_BASIC_STATS,
	    &stx)));
}

static int
try_chroot(struct probe *p)
{
	(void)p;
	return (call(chroot("/")));
}

static int
try_memfd(struct probe *p)
{
	(void)p;
	return (call(memfd_create("probe", MFD_CLOEXEC)));
}

/* ---- sockets ------------------------------------------------------- */

static int
try_socketpair(struct probe *p)
{
	int fds[2];

	(void)p;
	return (call(socketpair(AF_UNIX, SOCK_STREAM, 0, fds)));
}

static int
connect_tcp(uint16_t port)
{
	struct sockaddr_in sin;
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		return (-1);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (call_but(connect(fd, (struct sockaddr *)&sin, sizeof(sin)),
	    ECONNREFUSED));
}

static int
try_connect_tcp53(struct probe *p)
{
	(void)p;
	return (connect_tcp(53));
}

static int
try_connect_tcp1(struct probe *p)
{
	(void)p;
	return (connect_tcp(1));
}

static int
try_resolve(struct probe *p)
{
	struct addrinfo hints, *res;
	int rc;

	(void)p;
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_DGRAM;
	rc = getaddrinfo("localhost", "123", &hints, &res);
	if (rc != 0) {
		errno = rc == EAI_SYSTEM ? errno : EPERM;
		return (-1);
	}
	freeaddrinfo(res);
	return (0);
}

/* ---- processes ----------------------------------------------------- */

static int
run(const char *path)
{
	char name[] = "true", *args[] = { name, NULL }, *envp[] = { NULL };

	return (execve(path, args, envp));
}

static int
try_exec_other(struct probe *p)
{
	(void)p;
	return (run("/bin/true"));
}

static int
try_exec_child(struct probe *p)
{
	char path[PATH_LEN];

	return (run(in_dir(p, "bin/true", path)));
}

static void *
thread(void *arg)
{
	return (arg);
}

static int
try_thread(struct probe *p)
{
	pthread_t id;

	errno = pthread_create(&id, NULL, thread, p);
	return (errno != 0 || pthread_join(id, NULL) != 0 ? -1 : 0);
}

static int
try_kill_parent(struct probe *p)
{
	(void)p;
	return (call(kill(getppid(), 0)));
}

static int
try_tgkill_parent(struct probe *p)
{
	(void)p;
	return (call(syscall(SYS_tgkill, getppid(), getppid(), 0)));
}

static int
try_abort(struct probe *p)
{
	(void)p;
	abort();
}

static int
try_setuid(struct probe *p)
{
	(void)p;
	return (call(setuid(getuid())));
}

static int
try_setrlimit(struct probe *p)
{
	struct rlimit rl = { 0, 0 };

	(void)p;
	return (call(setrlimit(RLIMIT_CORE, &rl)));
}

static int
try_getrlimit(struct probe *p)
{
	struct rlimit rl;

	(void)p;
	return (call(getrlimit(RLIMIT_CORE, &rl)));
}

/* ---- the state after the drop --------------------------------------- */

static int
wrong(const char *what)
{
	fprintf(stderr, "sandbox_probe: %s is not as it should be\n", what);
	errno = EINVAL;
	return (-1);
}

static uint64_t
may_have(const struct probe *p)
{
	if (p->role == ROLE_PARENT)
		return (CAP(CAP_SYS_TIME));
	return (p->role == ROLE_LAUNCHER ? LAUNCHER_CAPS : 0);
}

static int
try_rights(struct probe *p)
{
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct data[2];
	int keeps = p->role == ROLE_PARENT || p->role == ROLE_LAUNCHER;
	uint64_t caps;
	uid_t uid;
	int c;

	uid = p->was_root && !keeps ? p->uid : getuid();
	if (p->was_root && keeps && uid != 0)
		return (wrong("user"));
	if (getuid() != uid || geteuid() != uid)
		return (wrong("user"));
	if (p->was_root && !keeps && (getgid() != p->gid ||
	    getegid() != p->gid))
		return (wrong("group"));
	if (p->was_root && getgroups(0, NULL) != 0)
		return (wrong("list of groups"));
	memset(&head, 0, sizeof(head));
	head.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capget, &head, data) == -1)
		return (-1);
	caps = (uint64_t)(data[1].permitted | data[1].effective) << 32 |
	    data[0].permitted | data[0].effective;
	if ((caps & ~may_have(p)) != 0 || data[0].inheritable != 0)
		return (wrong("capability set"));
	/* The children have the launcher's: they cannot exec anyway. */
	for (c = 0; p->was_root && c <= CAP_LAST_CAP; c++)
		if (prctl(PR_CAPBSET_READ, c) == 1 &&
		    ((may_have(p) | (keeps ? 0 : LAUNCHER_CAPS)) & CAP(c)) ==
		    0)
			return (wrong("bounding set"));
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return (wrong("no_new_privs"));
	if (prctl(PR_GET_SECCOMP) != 2)
		return (wrong("seccomp mode"));
	return (0);
}

static int
report_waits(void)
{
	struct pollfd pfd = { .fd = sandbox_report_fd(), .events = POLLIN };

	return (poll(&pfd, 1, 0) == 1);
}

/* Denied calls are told once, by name. */
static int
try_report(struct probe *p)
{
	if (chroot("/") != -1 || errno != EPERM || chroot("/") != -1)
		return (wrong("a denied call"));
	if (!report_waits())
		return (wrong("the report"));
	sandbox_report();
	if (report_waits() || p->reports != 1)
		return (wrong("the number of reports"));
	if (chroot("/") != -1 || report_waits())
		return (wrong("a second report"));
	sandbox_report();
	return (p->reports == 1 ? 0 : wrong("the number of reports"));
}

/* Attacks have arguments that do no harm where they are possible. */
static const struct action actions[] = {
	TRY(clock_gettime),
	TRY(adjtimex_read),
	TRY(adjtimex_set),
	TRY(clock_adjtime),
	TRY(clock_settime),
	TRY(settimeofday),
	CALL("timerfd", SYS_timerfd_create, CLOCK_MONOTONIC, 0),
	TRY(open_etc),
	TRY(open_state),
	TRY(open_outside),
	TRY(rename),
	TRY(mkdir),
	TRY(unlink),
	TRY(statx),
	TRY(chroot),
	TRY(memfd),
	CALL("udp4", SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC),
	CALL("udp6", SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK),
	CALL("tcp4", SYS_socket, AF_INET, SOCK_STREAM),
	CALL("unix_dgram", SYS_socket, AF_UNIX, SOCK_DGRAM),
	CALL("netlink_route", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
	CALL("netlink_other", SYS_socket, AF_NETLINK, SOCK_RAW,
	    NETLINK_KOBJECT_UEVENT),
	CALL("packet", SYS_socket, AF_PACKET, SOCK_RAW),
	TRY(socketpair),
	SOCKOPT("sock_filter", SO_ATTACH_FILTER),
	SOCKOPT("sock_group", SO_DETACH_REUSEPORT_BPF),
	SOCKOPT("sock_stamps", SO_TIMESTAMPING),
	SOCKOPT("sock_broadcast", SO_BROADCAST),
	SOCKOPT("sock_cred", SO_PASSCRED),
	CALL("sock_end", SYS_shutdown, -1, SHUT_RDWR),
	TRY(connect_tcp53),
	TRY(connect_tcp1),
	TRY(resolve),
	TRY(exec_other),
	TRY(exec_child),
	CALL("fork", SYS_clone, SIGCHLD),
	TRY(thread),
	CALL("clone3", SYS_clone3, 0, 0),
	CALL("clone_ns", SYS_clone, SIGCHLD | CLONE_NEWUSER),
	TRY(kill_parent),
	TRY(tgkill_parent),
	TRY(abort),
	TRY(setuid),
	TRY(setrlimit),
	TRY(getrlimit),
	CALL("prctl_timerslack", SYS_prctl, PR_SET_TIMERSLACK, 0),
	CALL("prctl_dumpable", SYS_prctl, PR_SET_DUMPABLE, 0),
	MMAP("mmap", PROT_READ | PROT_WRITE),
	MMAP("mmap_exec", PROT_READ | PROT_EXEC),
	MMAP("mmap_write_exec", PROT_READ | PROT_WRITE | PROT_EXEC),
	CALL("ioctl_fionread", SYS_ioctl, -1, FIONREAD),
	CALL("ioctl_tiocsti", SYS_ioctl, -1, TIOCSTI),
	CALL("ptrace", SYS_ptrace, PTRACE_TRACEME, 0, 0, 0),
	CALL("process_vm_writev", SYS_process_vm_writev, 1, 0, 0, 0),
	CALL("mount", SYS_mount, 0, 0, 0, 0),
	CALL("pivot_root", SYS_pivot_root, 0, 0),
	CALL("unshare", SYS_unshare, 0),
	CALL("setns", SYS_setns, -1, 0),
	CALL("bpf", SYS_bpf, -1, 0, 0),
	CALL("perf_event_open", SYS_perf_event_open, 0, 0, -1, -1),
	CALL("keyctl", SYS_keyctl, 0, 0, 0, 0),
	CALL("userfaultfd", SYS_userfaultfd, 0),
	CALL("io_uring", SYS_io_uring_setup, 0, 0),
	CALL("finit_module", SYS_finit_module, -1, 0, 0),
	CALL("reboot", SYS_reboot, 0, 0, 0, 0),
	CALL("new_call", NEW_CALL, 0),
	TRY(rights),
	TRY(report),
	{ NULL, NULL, 0, { 0 } }
};

/* ---- entering a role ------------------------------------------------ */

static void __attribute__((__noreturn__))
setup_failed(const char *what)
{
	fprintf(stderr, "sandbox_probe: %s: %s\n", what, strerror(errno));
	_exit(EXIT_SETUP);
}

static void
enter(const struct probe *p, const struct drop *drop,
    const struct sandbox_path *paths, size_t npaths)
{
	const char *what = "";

	if (drop_limits(p->role) == -1)
		setup_failed("drop_limits");
	if (drop_rights(drop, &what) == -1)
		setup_failed(what);
	if (sandbox_enter(p->role, paths, npaths, &what) == -1)
		setup_failed(what);
}

static void
enter_launcher(const struct probe *p)
{
	struct probe launcher = *p;
	struct sandbox_path paths[2];
	struct drop drop;
	char bin[PATH_LEN];

	paths[0].path = in_dir(p, "bin", bin);
	paths[0].rights = SANDBOX_EXEC;
	paths[1].path = sandbox_interpreter();
	paths[1].rights = SANDBOX_EXEC;
	launcher.role = ROLE_LAUNCHER;
	memset(&drop, 0, sizeof(drop));
	drop.keep_root = 1;
	drop.keep_caps = LAUNCHER_CAPS;
	enter(&launcher, &drop, paths, paths[1].path != NULL ? 2 : 1);
}

static void
enter_parent(const struct probe *p)
{
	struct sandbox_path path;
	struct drop drop;
	char state[PATH_LEN];

	path.path = in_dir(p, "state", state);
	path.rights = SANDBOX_READ | SANDBOX_WRITE;
	memset(&drop, 0, sizeof(drop));
	drop.keep_root = 1;
	drop.keep_caps = CAP(CAP_SYS_TIME);
	enter(p, &drop, &path, 1);
}

/* What child.c does in the new program. */
static void
enter_child(const struct probe *p)
{
	static const struct sandbox_path dns_paths[] = {
		{ "/etc", SANDBOX_READ },
		{ "/lib", SANDBOX_READ },
		{ "/lib64", SANDBOX_READ },
		{ "/usr/lib", SANDBOX_READ },
		{ "/nothing/here", SANDBOX_READ },
	};
	struct drop drop;
	char root[PATH_LEN];

	memset(&drop, 0, sizeof(drop));
	drop.uid = p->uid;
	drop.gid = p->gid;
	drop.root_is_shared = p->role == ROLE_CONTROL;
	if (p->role != ROLE_DNS)
		drop.root = in_dir(p, p->role == ROLE_CONTROL ? "control" :
		    "empty", root);
	enter(p, &drop, dns_paths, p->role == ROLE_DNS ?
	    sizeof(dns_paths) / sizeof(dns_paths[0]) : 0);
}

static void __attribute__((__noreturn__))
try_here(struct probe *p, const struct action *a)
{
	int rc;

	if (a->try != NULL)
		rc = a->try(p);
	else
		rc = call(syscall(a->nr, a->args[0], a->args[1], a->args[2],
		    a->args[3], a->args[4], a->args[5]));
	if (rc == 0)
		_exit(0);
	_exit(errno > 0 && errno < EXIT_SETUP ? errno : EXIT_SETUP);
}

/* The launcher's way to a child: its sandbox is inherited. */
static void __attribute__((__noreturn__))
become_child(const struct probe *p, const struct action *a)
{
	char path[PATH_LEN], uid[16], gid[16], dir[PATH_LEN], role[16];
	char action[64], inner[] = "-i", d[] = "-d", u[] = "-u", g[] = "-g";
	char *args[] = { path, inner, d, dir, u, uid, g, gid, role, action,
	    NULL };

	in_dir(p, "bin/probe", path);
	snprintf(dir, sizeof(dir), "%s", p->dir);
	snprintf(uid, sizeof(uid), "%u", p->uid);
	snprintf(gid, sizeof(gid), "%u", p->gid);
	snprintf(role, sizeof(role), "%s", role_name(p->role));
	snprintf(action, sizeof(action), "%s", a->name);
	execv(path, args);
	setup_failed(path);
}

static void __attribute__((__noreturn__))
try_in_role(struct probe *p, const struct action *a)
{
	if (p->role == ROLE_PARENT)
		enter_parent(p);
	else
		enter_launcher(p);
	if (p->role == ROLE_PARENT || p->role == ROLE_LAUNCHER)
		try_here(p, a);
	become_child(p, a);
}

static void
print_result(const struct probe *p, const struct action *a, int status)
{
	int code = WEXITSTATUS(status);

	printf("%s %s ", role_name(p->role), a->name);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		printf("killed\n");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	    strcmp(a->name, "abort") == 0)
		printf("allowed\n");
	else if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else if (code == 0 || code == EBADF)	/* tried on none: let through */
		printf("allowed\n");
	else if (code == EPERM || code == EACCES || code == ENOSYS)
		printf("denied\n");
	else
		printf("error %d\n", code);
}

static void
probe_action(struct probe *p, const struct action *a)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == -1)
		setup_failed("fork");
	if (pid == 0)
		try_in_role(p, a);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	print_result(p, a, status);
}

static const struct action *
find_action(const char *name)
{
	const struct action *a;

	for (a = actions; a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return (a);
	fprintf(stderr, "sandbox_probe: no action %s\n", name);
	exit(2);
}

static enum role
find_role(const char *name)
{
	unsigned r;

	for (r = 0; r < ROLE_COUNT; r++)
		if (strcmp(role_name(r), name) == 0)
			return (r);
	fprintf(stderr, "sandbox_probe: no role %s\n", name);
	exit(2);
}

static void
count_report(void *ctx, enum log_level level, const char *line)
{
	struct probe *p = ctx;

	(void)level;
	if (strcmp(line, "system call chroot is not allowed here") == 0)
		p->reports++;
}

static int
print_landlock(void)
{
	long abi;

	abi = syscall(444, NULL, 0, 1);		/* landlock_create_ruleset */
	printf("%ld\n", abi > 0 ? abi : 0);
	return (0);
}

int
main(int argc, char **argv)
{
	struct probe p;
	int ch, i, inner = 0;

	memset(&p, 0, sizeof(p));
	while ((ch = getopt(argc, argv, "d:g:ilu:")) != -1) {
		if (ch == 'd')
			p.dir = optarg;
		else if (ch == 'g')
			p.gid = (uint32_t)strtoul(optarg, NULL, 10);
		else if (ch == 'u')
			p.uid = (uint32_t)strtoul(optarg, NULL, 10);
		else if (ch == 'i')
			inner = 1;
		else if (ch == 'l')
			return (print_landlock());
		else
			return (2);
	}
	if (p.dir == NULL || optind >= argc)
		return (2);
	p.role = find_role(argv[optind]);
	p.was_root = geteuid() == 0;
	log_init(count_report, &p, 0);
	if (inner) {
		enter_child(&p);
		try_here(&p, find_action(argv[optind + 1]));
	}
	for (i = optind + 1; i < argc; i++)
		probe_action(&p, find_action(argv[i]));
	return (0);
}
