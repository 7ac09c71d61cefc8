/*
 * Which system calls each role may make.  Constant data only.
 *
 * A call is here because the role, or the C library, libevent or an NSS
 * module on its behalf, needs it; regress/system/test_sandbox.sh proves from
 * the inside what may and may not be done.  Names that an architecture does
 * not have are skipped, so old and new names of a call stand side by side.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>

#include "privsep/role.h"
#include "privsep/sandbox_table.h"

#define BOXED	(R_PARENT | R_CHILDREN)		/* roles with an allow-list */
#define NET	(R_ENGINE | R_DNS)		/* roles that make sockets */
#define FILES	(R_PARENT | R_DNS)		/* Landlock says which files */
#define KEPT	(R_SERVER | R_CONTROL)	/* their sockets are not theirs alone */

/* An int argument: only its low half is what the kernel looks at. */
#define INT(n, v)	{ (n), 0xffffffffu, (uint32_t)(v) }
#define SELF(n)		{ (n), 0xffffffffu, SANDBOX_SELF }
#define BITS(n, m, v)	{ (n), (m), (v) }
/* the null pointer */
#define NOTHING(n)	{ (n) | SANDBOX_WHOLE, 0xffffffffu, 0 }
#define SOCK_TYPE	0xfu			/* without CLOEXEC, NONBLOCK */
#define WRITE_FLAGS	(O_ACCMODE | O_CREAT | O_TRUNC)

#ifndef PR_SET_VMA
#define PR_SET_VMA	0x53564d41
#endif

/* dns makes threads: no new process, no new namespace */
#define THREAD_FLAGS	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
	    CLONE_THREAD | CLONE_SYSVSEM)
#define NEW_FLAGS	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
	    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#ifdef __s390__
#define CLONE_FLAGS	1			/* the argument's number */
#else
#define CLONE_FLAGS	0
#endif

#define ALLOW(name, roles)	{ name, (roles), SANDBOX_ALLOW, { { 0 } } }
#define ALLOW1(name, roles, a)	{ name, (roles), SANDBOX_ALLOW, { a } }
#define ALLOW2(name, roles, a, b) { name, (roles), SANDBOX_ALLOW, { a, b } }
#define ALLOW3(name, roles, a, b, c) \
	{ name, (roles), SANDBOX_ALLOW, { a, b, c } }
#define NOSYS(name, roles)	{ name, (roles), SANDBOX_NOSYS, { { 0 } } }
#define REFUSE(name, roles)	{ name, (roles), SANDBOX_REFUSE, { { 0 } } }
#define KILL(name, roles)	{ name, (roles), SANDBOX_KILL, { { 0 } } }
#define REFUSE_CLONE(bit) \
	{ "clone", R_LAUNCHER, SANDBOX_REFUSE, \
	    { BITS(CLONE_FLAGS, (bit), (bit)) } }

static const struct sandbox_rule rules[] = {
	/* descriptors */
	ALLOW("read", BOXED),
	ALLOW("readv", BOXED),
	ALLOW("pread64", BOXED),
	ALLOW("write", BOXED),
	ALLOW("writev", BOXED),
	ALLOW("close", BOXED),
	ALLOW("close_range", BOXED),
	ALLOW("lseek", BOXED),
	ALLOW("_llseek", BOXED),
	ALLOW("fstat", BOXED),
	ALLOW("fstat64", BOXED),
	ALLOW("newfstatat", BOXED),	/* fstat(3) of the C library */
	ALLOW("fstatat64", BOXED),
	ALLOW("dup", BOXED),
	ALLOW("dup2", BOXED),
	ALLOW("dup3", BOXED),
	/* not F_SETOWN and F_SETSIG: signals to others */
	ALLOW1("fcntl", BOXED, INT(1, F_GETFD)),
	ALLOW1("fcntl", BOXED, INT(1, F_SETFD)),
	ALLOW1("fcntl", BOXED, INT(1, F_GETFL)),
	ALLOW1("fcntl", BOXED, INT(1, F_DUPFD)),
	ALLOW1("fcntl", BOXED, INT(1, F_DUPFD_CLOEXEC)),
	ALLOW1("fcntl", BOXED, INT(1, F_GET_SEALS)),
	ALLOW2("fcntl", BOXED, INT(1, F_SETFL), BITS(2, O_ASYNC, 0)),
	ALLOW1("fcntl", R_PARENT, INT(1, F_ADD_SEALS)),
	ALLOW1("fcntl64", BOXED, INT(1, F_GETFD)),
	ALLOW1("fcntl64", BOXED, INT(1, F_SETFD)),
	ALLOW1("fcntl64", BOXED, INT(1, F_GETFL)),
	ALLOW1("fcntl64", BOXED, INT(1, F_DUPFD)),
	ALLOW1("fcntl64", BOXED, INT(1, F_DUPFD_CLOEXEC)),
	ALLOW1("fcntl64", BOXED, INT(1, F_GET_SEALS)),
	ALLOW2("fcntl64", BOXED, INT(1, F_SETFL), BITS(2, O_ASYNC, 0)),
	ALLOW1("fcntl64", R_PARENT, INT(1, F_ADD_SEALS)),
	ALLOW("pipe2", BOXED),
	ALLOW1("ioctl", BOXED, INT(1, FIONREAD)),
	ALLOW1("ioctl", BOXED, INT(1, FIONBIO)),
	{ "ioctl", BOXED, SANDBOX_REFUSE, { INT(1, TCGETS) } },	/* stdio */

	/* memory: nothing new becomes executable, save for NSS modules */
	ALLOW("brk", BOXED),
	ALLOW1("mmap", BOXED & ~R_DNS, BITS(2, PROT_EXEC, 0)),
	ALLOW1("mmap2", BOXED & ~R_DNS, BITS(2, PROT_EXEC, 0)),
	ALLOW1("mprotect", BOXED & ~R_DNS, BITS(2, PROT_EXEC, 0)),
	ALLOW1("mmap", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE, 0)),
	ALLOW1("mmap", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE, PROT_EXEC)),
	ALLOW1("mmap", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE, PROT_WRITE)),
	ALLOW1("mmap2", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE, 0)),
	ALLOW1("mmap2", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE, PROT_EXEC)),
	ALLOW1("mmap2", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE, PROT_WRITE)),
	ALLOW1("mprotect", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE, 0)),
	ALLOW1("mprotect", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE,
	    PROT_EXEC)),
	ALLOW1("mprotect", R_DNS, BITS(2, PROT_EXEC | PROT_WRITE,
	    PROT_WRITE)),
	ALLOW("munmap", BOXED),
	ALLOW("mremap", BOXED),
	ALLOW("madvise", BOXED),

	/* signals to oneself, and abort(3) */
	ALLOW("rt_sigaction", BOXED),
	ALLOW("rt_sigprocmask", BOXED),
	ALLOW("rt_sigreturn", BOXED),
	ALLOW("sigreturn", BOXED),
	ALLOW("sigaltstack", BOXED),
	ALLOW1("tgkill", BOXED, SELF(0)),

	/* waiting: libevent, poll(2) */
	ALLOW("epoll_create", BOXED),
	ALLOW("epoll_create1", BOXED),
	ALLOW("epoll_ctl", BOXED),
	ALLOW("epoll_ctl_old", BOXED),
	ALLOW("epoll_wait", BOXED),
	ALLOW("epoll_pwait", BOXED),
	ALLOW("epoll_pwait2", BOXED),
	ALLOW("eventfd2", BOXED),
	ALLOW("poll", BOXED),
	ALLOW("ppoll", BOXED),
	ALLOW("ppoll_time64", BOXED),
	ALLOW("select", BOXED),
	ALLOW("_newselect", BOXED),
	ALLOW("pselect6", BOXED),
	ALLOW("pselect6_time64", BOXED),
	ALLOW("timerfd_create", BOXED),
	ALLOW("timerfd_settime", BOXED),
	ALLOW("timerfd_settime64", BOXED),
	ALLOW("timerfd_gettime", BOXED),
	ALLOW("timerfd_gettime64", BOXED),
	ALLOW("nanosleep", BOXED),
	ALLOW("clock_nanosleep", BOXED),
	ALLOW("clock_nanosleep_time64", BOXED),
	ALLOW("restart_syscall", BOXED),
	ALLOW("futex", BOXED),
	ALLOW("futex_time64", BOXED),
	ALLOW("sched_yield", BOXED),

	/* reading clocks: real calls where there is no vDSO */
	ALLOW("clock_gettime", BOXED),
	ALLOW("clock_gettime64", BOXED),
	ALLOW("clock_getres", BOXED),
	ALLOW("clock_getres_time64", BOXED),
	ALLOW("gettimeofday", BOXED),
	ALLOW("time", BOXED),
	ALLOW("times", BOXED),

	/* about oneself */
	ALLOW("getpid", BOXED),
	ALLOW("getppid", BOXED),
	ALLOW("gettid", BOXED),
	ALLOW("getuid", BOXED),
	ALLOW("getuid32", BOXED),
	ALLOW("geteuid", BOXED),
	ALLOW("geteuid32", BOXED),
	ALLOW("getgid", BOXED),
	ALLOW("getgid32", BOXED),
	ALLOW("getegid", BOXED),
	ALLOW("getegid32", BOXED),
	ALLOW("getresuid", BOXED),
	ALLOW("getresuid32", BOXED),
	ALLOW("getresgid", BOXED),
	ALLOW("getresgid32", BOXED),
	ALLOW("getgroups", BOXED),
	ALLOW("getgroups32", BOXED),
	ALLOW("capget", BOXED),
	ALLOW("getrlimit", BOXED),
	ALLOW("ugetrlimit", BOXED),
	ALLOW2("prlimit64", BOXED, INT(0, 0), NOTHING(2)),
	ALLOW("getrusage", BOXED),
	ALLOW("uname", BOXED),
	ALLOW("sysinfo", BOXED),		/* qsort(3) */
	ALLOW("sched_getaffinity", BOXED),
	ALLOW("getrandom", BOXED),
	ALLOW("set_robust_list", BOXED),
	ALLOW1("clone", R_DNS, BITS(CLONE_FLAGS, THREAD_FLAGS | NEW_FLAGS,
	    THREAD_FLAGS)),
	ALLOW("rseq", R_DNS),		/* each thread, as the first had it */
	ALLOW1("prctl", BOXED, INT(0, PR_SET_NAME)),
	ALLOW1("prctl", BOXED, INT(0, PR_GET_NAME)),
	ALLOW1("prctl", BOXED, INT(0, PR_SET_TIMERSLACK)),
	ALLOW1("prctl", BOXED, INT(0, PR_GET_TIMERSLACK)),
	ALLOW1("prctl", BOXED, INT(0, PR_CAPBSET_READ)),
	ALLOW1("prctl", BOXED, INT(0, PR_GET_NO_NEW_PRIVS)),
	ALLOW1("prctl", BOXED, INT(0, PR_GET_SECCOMP)),
	{ "prctl", BOXED, SANDBOX_REFUSE, { INT(0, PR_SET_VMA) } },
	ALLOW("exit", BOXED),
	ALLOW("exit_group", BOXED),

	/* messages and packets over the sockets that are there */
	ALLOW("sendto", BOXED),
	ALLOW("sendmsg", BOXED),
	ALLOW("sendmmsg", BOXED),
	ALLOW("send", BOXED),
	ALLOW("recvfrom", BOXED),
	ALLOW("recvmsg", BOXED),
	ALLOW("recvmmsg", BOXED),
	ALLOW("recvmmsg_time64", BOXED),
	ALLOW("recv", BOXED),
	ALLOW("getsockname", BOXED),
	ALLOW("getpeername", BOXED),
	ALLOW("getsockopt", BOXED),
	/*
	 * The launcher keeps the sockets of server and control: a filter on
	 * one, or its end, would be there for the next process as well.
	 */
	ALLOW("shutdown", BOXED & ~KEPT),
	ALLOW("setsockopt", BOXED & ~KEPT),
	ALLOW2("setsockopt", R_SERVER, INT(1, SOL_SOCKET),
	    INT(2, SO_TIMESTAMPING)),
	ALLOW2("setsockopt", R_SERVER, INT(1, SOL_SOCKET),
	    INT(2, SO_BROADCAST)),
	ALLOW2("setsockopt", R_CONTROL, INT(1, SOL_SOCKET),
	    INT(2, SO_PASSCRED)),

	/* new sockets */
	ALLOW1("socketpair", R_PARENT, INT(0, AF_UNIX)),
	ALLOW("bind", NET),
	ALLOW("connect", NET | R_MAIL),
	ALLOW2("socket", NET, INT(0, AF_INET), BITS(1, SOCK_TYPE, SOCK_DGRAM)),
	ALLOW2("socket", NET, INT(0, AF_INET6),
	    BITS(1, SOCK_TYPE, SOCK_DGRAM)),
	ALLOW2("socket", R_DNS | R_MAIL, INT(0, AF_INET),
	    BITS(1, SOCK_TYPE, SOCK_STREAM)),
	ALLOW2("socket", R_DNS | R_MAIL, INT(0, AF_INET6),
	    BITS(1, SOCK_TYPE, SOCK_STREAM)),
	ALLOW2("socket", R_DNS, INT(0, AF_UNIX),
	    BITS(1, SOCK_TYPE, SOCK_STREAM)),
	ALLOW2("socket", R_DNS, INT(0, AF_UNIX),
	    BITS(1, SOCK_TYPE, SOCK_DGRAM)),
	ALLOW3("socket", R_DNS, INT(0, AF_NETLINK),
	    BITS(1, SOCK_TYPE, SOCK_RAW), INT(2, NETLINK_ROUTE)),
	ALLOW3("socket", R_DNS, INT(0, AF_NETLINK),
	    BITS(1, SOCK_TYPE, SOCK_DGRAM), INT(2, NETLINK_ROUTE)),

	/* files: dns reads, the parent also replaces */
	ALLOW("open", R_PARENT),
	ALLOW("openat", R_PARENT),
	ALLOW1("open", R_DNS, BITS(1, WRITE_FLAGS, O_RDONLY)),
	ALLOW1("openat", R_DNS, BITS(2, WRITE_FLAGS, O_RDONLY)),
	ALLOW("stat", FILES),
	ALLOW("stat64", FILES),
	ALLOW("lstat", FILES),
	ALLOW("lstat64", FILES),
	ALLOW("statx", FILES),
	ALLOW("statfs", FILES),
	ALLOW("statfs64", FILES),
	ALLOW("fstatfs", FILES),
	ALLOW("fstatfs64", FILES),
	ALLOW("access", FILES),
	ALLOW("faccessat", FILES),
	ALLOW("faccessat2", FILES),
	ALLOW("readlink", FILES),
	ALLOW("readlinkat", FILES),
	ALLOW("getdents", FILES),
	ALLOW("getdents64", FILES),
	ALLOW("getcwd", FILES),
	ALLOW("fadvise64", FILES),
	ALLOW("fadvise64_64", FILES),
	ALLOW("pwrite64", R_PARENT),
	ALLOW("rename", R_PARENT),
	ALLOW("renameat", R_PARENT),
	ALLOW("renameat2", R_PARENT),
	ALLOW("unlink", R_PARENT),
	ALLOW("unlinkat", R_PARENT),
	ALLOW("mkdir", R_PARENT),
	ALLOW("mkdirat", R_PARENT),
	ALLOW("fchmod", R_PARENT),
	ALLOW("ftruncate", R_PARENT),
	ALLOW("ftruncate64", R_PARENT),
	ALLOW("fsync", R_PARENT),
	ALLOW("fdatasync", R_PARENT),
	ALLOW("sync_file_range", R_PARENT),
	ALLOW("sync_file_range2", R_PARENT),
	ALLOW("flock", R_PARENT),
	ALLOW("umask", R_PARENT),
	ALLOW("memfd_create", R_PARENT),

	/* the parent's own trade */
	ALLOW("adjtimex", R_PARENT),
	ALLOW("clock_adjtime", R_PARENT),
	ALLOW("clock_adjtime64", R_PARENT),
	ALLOW("clock_settime", R_PARENT),
	ALLOW("clock_settime64", R_PARENT),
	ALLOW("settimeofday", R_PARENT),
	ALLOW("wait4", R_PARENT),		/* for the launcher */
	ALLOW("waitid", R_PARENT),

	/* what the C library tries first */
	NOSYS("clone3", R_ALL),			/* flags are in memory */
	NOSYS("rseq", BOXED & ~R_DNS),
	NOSYS("openat2", BOXED),
	NOSYS("statx", BOXED & ~FILES),
	NOSYS("faccessat2", BOXED & ~FILES),
	NOSYS("renameat2", BOXED & ~R_PARENT),
	NOSYS("fchmodat2", BOXED),
	NOSYS("futex_waitv", BOXED),
	NOSYS("membarrier", BOXED),
	NOSYS("copy_file_range", BOXED),
	NOSYS("preadv2", BOXED),
	NOSYS("pwritev2", BOXED),
	NOSYS("getcpu", BOXED),

	/* The C library calls it with SIGSYS blocked, so it cannot be told. */
	REFUSE("clone", BOXED & ~R_DNS),

	/*
	 * The launcher's children inherit these; the parent is not one, so
	 * nobody below the launcher can touch the clock.
	 */
	REFUSE("adjtimex", R_LAUNCHER),
	REFUSE("clock_adjtime", R_LAUNCHER),
	REFUSE("clock_adjtime64", R_LAUNCHER),
	REFUSE("clock_settime", R_LAUNCHER),
	REFUSE("clock_settime64", R_LAUNCHER),
	REFUSE("settimeofday", R_LAUNCHER),
	REFUSE("stime", R_LAUNCHER),
	REFUSE("personality", R_LAUNCHER),
	REFUSE("sethostname", R_LAUNCHER),
	REFUSE("setdomainname", R_LAUNCHER),
	REFUSE("syslog", R_LAUNCHER),
	REFUSE("vhangup", R_LAUNCHER),
	REFUSE("mbind", R_LAUNCHER),
	REFUSE("migrate_pages", R_LAUNCHER),
	REFUSE("move_pages", R_LAUNCHER),
	REFUSE("kcmp", R_LAUNCHER),
	REFUSE("fanotify_init", R_LAUNCHER),
	REFUSE_CLONE(CLONE_NEWNS),
	REFUSE_CLONE(CLONE_NEWCGROUP),
	REFUSE_CLONE(CLONE_NEWUTS),
	REFUSE_CLONE(CLONE_NEWIPC),
	REFUSE_CLONE(CLONE_NEWUSER),
	REFUSE_CLONE(CLONE_NEWPID),
	REFUSE_CLONE(CLONE_NEWNET),

	/* to start programs is the launcher's alone */
	KILL("execve", BOXED),
	KILL("execveat", BOXED),

	/* and nobody does these */
	KILL("ptrace", R_ALL),
	KILL("process_vm_readv", R_ALL),
	KILL("process_vm_writev", R_ALL),
	KILL("process_madvise", R_ALL),
	KILL("pidfd_getfd", R_ALL),
	KILL("bpf", R_ALL),
	KILL("perf_event_open", R_ALL),
	KILL("userfaultfd", R_ALL),
	KILL("unshare", R_ALL),
	KILL("setns", R_ALL),
	KILL("io_uring_setup", R_ALL),
	KILL("io_uring_enter", R_ALL),
	KILL("io_uring_register", R_ALL),
	KILL("add_key", R_ALL),
	KILL("request_key", R_ALL),
	KILL("keyctl", R_ALL),
	KILL("mount", R_ALL),
	KILL("umount", R_ALL),
	KILL("umount2", R_ALL),
	KILL("pivot_root", R_ALL),
	KILL("move_mount", R_ALL),
	KILL("open_tree", R_ALL),
	KILL("fsopen", R_ALL),
	KILL("fsconfig", R_ALL),
	KILL("fsmount", R_ALL),
	KILL("fspick", R_ALL),
	KILL("mount_setattr", R_ALL),
	KILL("open_by_handle_at", R_ALL),
	KILL("init_module", R_ALL),
	KILL("finit_module", R_ALL),
	KILL("delete_module", R_ALL),
	KILL("create_module", R_ALL),
	KILL("kexec_load", R_ALL),
	KILL("kexec_file_load", R_ALL),
	KILL("reboot", R_ALL),
	KILL("swapon", R_ALL),
	KILL("swapoff", R_ALL),
	KILL("acct", R_ALL),
	KILL("quotactl", R_ALL),
	KILL("quotactl_fd", R_ALL),
	KILL("iopl", R_ALL),
	KILL("ioperm", R_ALL),
	KILL("modify_ldt", R_ALL),
	KILL("vm86", R_ALL),
	KILL("vm86old", R_ALL),
	KILL("uselib", R_ALL),
	KILL("nfsservctl", R_ALL),
	KILL("lookup_dcookie", R_ALL),
	KILL("_sysctl", R_ALL),

	{ "", 0, SANDBOX_KILL, { { 0 } } }
};

const struct sandbox_rule *
sandbox_table_rules(void)
{
	return (rules);
}
