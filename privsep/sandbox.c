/*
 * The sandbox: no_new_privs, Landlock and the role's system call filter.
 * Entered once by every process when it has what it needs, and never left.
 *
 * Calls that are not on a role's list raise SIGSYS; the handler lets them
 * fail with EPERM (ENOSYS for calls newer than this program, for which the C
 * library has a way round) and leaves a note, which sandbox_report() writes
 * to the log from the event loop.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "common/log.h"
#include "privsep/landlock.h"
#include "privsep/memory.h"
#include "privsep/sandbox.h"
#include "privsep/sandbox_table.h"

/* System calls from here on are newer than the table. */
#define NEWER_CALLS	463

#define DNS_PORT	53
#define SMTP_PORT	25		/* the mailer of this computer */

/*
 * Where the result of a call is in the context of a signal.  Without that a
 * denied call fails with EPERM by the filter itself, and is not reported.
 */
#if defined(__x86_64__)
#define CONTEXT_RESULT(uc)	((uc)->uc_mcontext.gregs[REG_RAX])
#elif defined(__i386__)
#define CONTEXT_RESULT(uc)	((uc)->uc_mcontext.gregs[REG_EAX])
#elif defined(__aarch64__)
#define CONTEXT_RESULT(uc)	((uc)->uc_mcontext.regs[0])
#elif defined(__arm__)
#define CONTEXT_RESULT(uc)	((uc)->uc_mcontext.arm_r0)
#elif defined(__riscv)
#define CONTEXT_RESULT(uc)	((uc)->uc_mcontext.__gregs[REG_A0])
#endif

#ifndef __has_feature
#define __has_feature(x)	0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
/*
 * The sanitizer asks before it looks for leaks at exit, which it does by
 * ptrace(2): not from inside the sandbox.
 */
int	__lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0);
}
#endif

static int
fail(const char **what, const char *step, int error)
{
	*what = step;
	errno = error;
	return (-1);
}

#ifdef CONTEXT_RESULT

#define DENY_ACTION	SCMP_ACT_TRAP

/* Runs in the middle of anything: no calls but write(2), no locks. */
static void
denied(int signo, siginfo_t *info, void *context)
{
	struct log_denied *state = log_denied_state();
	ucontext_t *uc = context;
	int call = info->si_syscall;
	int saved_errno = errno;
	ssize_t n;

	(void)signo;
	if (call >= 0 && call < LOG_DENIED_MAX &&
	    state->calls[call] == LOG_DENIED_NEVER) {
		state->calls[call] = LOG_DENIED_SEEN;
		/* When the pipe is full it is readable: that is enough. */
		n = write(state->fds[1], "", 1);
		(void)n;
	}
	CONTEXT_RESULT(uc) = call >= NEWER_CALLS ? -ENOSYS : -EPERM;
	errno = saved_errno;
}

static int
report_init(const char **what)
{
	struct sigaction sa;
	struct log_denied *state = log_denied_state();

	if (state->fds[0] == -1 &&
	    pipe2(state->fds, O_CLOEXEC | O_NONBLOCK) == -1)
		return (fail(what, "pipe2", errno));
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = denied;
	sa.sa_flags = SA_SIGINFO;
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGSYS, &sa, NULL) == -1)
		return (fail(what, "sigaction", errno));
	return (0);
}

#else

#define DENY_ACTION	SCMP_ACT_ERRNO(EPERM)

static int
report_init(const char **what)
{
	(void)what;
	return (0);
}

#endif

int
sandbox_report_fd(void)
{
	return (log_denied_state()->fds[0]);
}

void
sandbox_report(void)
{
	struct log_denied *state = log_denied_state();
	char buf[64], *name;
	int i;

	while (read(state->fds[0], buf, sizeof(buf)) > 0)
		;
	for (i = 0; i < LOG_DENIED_MAX; i++) {
		if (state->calls[i] != LOG_DENIED_SEEN)
			continue;
		state->calls[i] = LOG_DENIED_TOLD;
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
		if (name != NULL)
			log_warnx("system call %s is not allowed here", name);
		else
			log_warnx("system call %d is not allowed here", i);
		free(name);
	}
}

static uint32_t
action_to_scmp(enum sandbox_action action)
{
	switch (action) {
	case SANDBOX_ALLOW:
		return (SCMP_ACT_ALLOW);
	case SANDBOX_NOSYS:
		return (SCMP_ACT_ERRNO(ENOSYS));
	case SANDBOX_REFUSE:
		return (SCMP_ACT_ERRNO(EPERM));
	case SANDBOX_KILL:
		break;
	}
	return (SCMP_ACT_KILL_PROCESS);
}

/* 0, or a negative errno as libseccomp has it. */
static int
add_rule(scmp_filter_ctx ctx, const struct sandbox_rule *rule)
{
	struct scmp_arg_cmp cmp[SANDBOX_ARGS];
	const struct sandbox_arg *arg;
	unsigned i, n = 0;
	uint64_t mask, value;
	int nr;

	nr = seccomp_syscall_resolve_name(rule->name);
	if (nr == __NR_SCMP_ERROR)
		return (0);
	for (i = 0; i < SANDBOX_ARGS; i++) {
		arg = &rule->args[i];
		if (arg->mask == 0)
			continue;
		value = arg->value == SANDBOX_SELF ? (uint64_t)getpid() :
		    arg->value;
		mask = arg->n & SANDBOX_WHOLE ? UINT64_MAX : arg->mask;
		cmp[n++] = SCMP_CMP64(arg->n & ~SANDBOX_WHOLE,
		    SCMP_CMP_MASKED_EQ, mask, value);
	}
	return (seccomp_rule_add_array(ctx, action_to_scmp(rule->action), nr,
	    n, cmp));
}

static int
filter_fill(scmp_filter_ctx ctx, enum role role, const char **what)
{
	const struct sandbox_rule *rule;
	int rc;

	/*
	 * A tree instead of a list: libseccomp's order is by number, and
	 * the server's calls are not the first ones.
	 */
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
		    SCMP_ACT_KILL_PROCESS);
	if (rc != 0)
		return (fail(what, "seccomp_attr_set", -rc));
	for (rule = sandbox_table_rules(); rule->name[0] != '\0'; rule++) {
		if ((rule->roles & ROLE_BIT(role)) == 0)
			continue;
		rc = add_rule(ctx, rule);
		if (rc != 0)
			return (fail(what, rule->name, -rc));
	}
	rc = seccomp_load(ctx);
	if (rc != 0)
		return (fail(what, "seccomp_load", -rc));
	return (0);
}

static int
filter_enter(enum role role, const char **what)
{
	scmp_filter_ctx ctx;
	int error, rc;

	ctx = seccomp_init(role == ROLE_LAUNCHER ? SCMP_ACT_ALLOW :
	    DENY_ACTION);
	if (ctx == NULL)
		return (fail(what, "seccomp_init", ENOMEM));
	rc = filter_fill(ctx, role, what);
	error = errno;
	seccomp_release(ctx);
	/* the tree was the largest thing that this process will ever have */
	memory_trim();
	errno = error;
	return (rc);
}

static int
find_interpreter(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char **path = arg;
	size_t i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_INTERP)
			*path = (const char *)(info->dlpi_addr +
			    info->dlpi_phdr[i].p_vaddr);
	return (1);		/* the first one is the main program */
}

const char *
sandbox_interpreter(void)
{
	const char *path = NULL;

	dl_iterate_phdr(find_interpreter, &path);
	return (path);
}

int
sandbox_enter(enum role role, const struct sandbox_path *paths, size_t npaths,
    const char **what)
{
	struct landlock_rules rules;

	/* Or the first gmtime(3) would look for the time zone's file. */
	tzset();
	if (role != ROLE_LAUNCHER && report_init(what) == -1)
		return (-1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return (fail(what, "no_new_privs", errno));
	memset(&rules, 0, sizeof(rules));
	rules.paths = paths;
	rules.npaths = npaths;
	rules.exec_only = role == ROLE_LAUNCHER;
	if (role == ROLE_DNS)
		rules.tcp_port = DNS_PORT;
	else if (role == ROLE_MAIL)
		rules.tcp_port = SMTP_PORT;
	if (landlock_enter(&rules, what) == -1)
		return (-1);
	return (filter_enter(role, what));
}
