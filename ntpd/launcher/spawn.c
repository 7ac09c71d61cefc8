/*
 * Children of the launcher.  Command lines are made here from numbers and
 * from what the launcher was started with; nothing that comes in a message
 * becomes a part of them, save for the instance's number.
 */
#include "ntpd/launcher/spawn.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/messages.h"
#include "privsep/role.h"

#define SPAWN_MAX	(MSG_INSTANCES + 8)	/* children at a time */
#define ARGS_MAX	16		/* with the closing NULL */
#define PATH_LEN	4096
#define NO_ROOT		"-"
#define MAX_VERBOSITY	2		/* more is the same */

struct proc {
	pid_t		pid;		/* 0: free */
	enum role	role;
	uint32_t	instance;
};

struct spawn {
	const struct spawn_params	*params;
	struct proc			 procs[SPAWN_MAX];
};

/* A child's command line; args point into text. */
struct command {
	char	path[PATH_LEN];
	char	*args[ARGS_MAX];
	int	nargs;
	char	text[PATH_LEN + 256];
	size_t	used;
};

/* Of the environment a child gets only what the resolver or a check needs. */
static const char *const env_names[] = {
	"TZ", "RES_OPTIONS", "LOCALDOMAIN",
	"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
};
#define ENV_NAMES	(sizeof(env_names) / sizeof(env_names[0]))

struct spawn *
spawn_new(const struct spawn_params *params)
{
	struct spawn *sp;

	sp = calloc(1, sizeof(*sp));
	if (sp != NULL)
		sp->params = params;
	return (sp);
}

void
spawn_free(struct spawn *sp)
{
	free(sp);
}

static struct proc *
find(struct spawn *sp, enum role role, uint32_t instance)
{
	size_t i;

	for (i = 0; i < SPAWN_MAX; i++)
		if (sp->procs[i].pid != 0 && sp->procs[i].role == role &&
		    sp->procs[i].instance == instance)
			return (&sp->procs[i]);
	return (NULL);
}

static struct proc *
find_free(struct spawn *sp)
{
	size_t i;

	for (i = 0; i < SPAWN_MAX; i++)
		if (sp->procs[i].pid == 0)
			return (&sp->procs[i]);
	return (NULL);
}

static const char *
role_root(const struct spawn_params *params, enum role role)
{
	switch (role) {
	case ROLE_DNS:
		return (NO_ROOT);	/* getaddrinfo(3) needs files */
	case ROLE_CONTROL:
		if (strcmp(params->control_root, NO_ROOT) != 0)
			return (params->control_root);
		break;
	default:
		break;
	}
	return (params->empty_root);
}

static int	arg_add(struct command *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

/* One more argument; the list stays closed.  0, or -1 with errno. */
static int
arg_add(struct command *c, const char *fmt, ...)
{
	size_t room = sizeof(c->text) - c->used;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(c->text + c->used, room, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= room || c->nargs >= ARGS_MAX - 1) {
		errno = E2BIG;
		return (-1);
	}
	c->args[c->nargs++] = c->text + c->used;
	c->args[c->nargs] = NULL;
	c->used += (size_t)len + 1;
	return (0);
}

static int
command_make(struct command *c, const struct spawn_params *params,
    enum role role, uint32_t instance, int keys)
{
	int i;

	c->nargs = 0;
	c->used = 0;
	if (snprintf(c->path, sizeof(c->path), "%s/ntpd-%s%s", params->dir,
	    role_name(role), keys ? "-keys" : "") >=
	    (int)sizeof(c->path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if (arg_add(c, "ntpd-%s", role_name(role)) == -1 ||
	    arg_add(c, "-i%u", instance) == -1 ||
	    arg_add(c, "-u%u", params->uid) == -1 ||
	    arg_add(c, "-g%u", params->gid) == -1 ||
	    arg_add(c, "-r%s", role_root(params, role)) == -1 ||
	    arg_add(c, "-F%u", params->sandbox) == -1)
		return (-1);
	for (i = 0; i < params->verbosity && i < MAX_VERBOSITY; i++)
		if (arg_add(c, "-v") == -1)
			return (-1);
	return (0);
}

/* The environment's strings themselves; envp has room for them all. */
static void
environment(char **envp)
{
	size_t i, len, n = 0;
	char **e;

	for (e = environ; *e != NULL && n < ENV_NAMES; e++)
		for (i = 0; i < ENV_NAMES; i++) {
			len = strlen(env_names[i]);
			if (strncmp(*e, env_names[i], len) == 0 &&
			    (*e)[len] == '=') {
				envp[n++] = *e;
				break;
			}
		}
	envp[n] = NULL;
}

/*
 * In the new process, up to its exec.  Every other descriptor of ours is
 * close-on-exec; errors go to the launcher through one of them.
 */
static void __attribute__((__noreturn__))
child_exec(const struct command *c, int fd, int error_fd)
{
	char *envp[ENV_NAMES + 1];
	sigset_t none;
	int error, signo;
	ssize_t n;

	for (signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);		/* KILL and STOP: no matter */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	environment(envp);
	if (dup2(fd, CHILD_FD) != -1)
		execve(c->path, c->args, envp);
	error = errno;
	n = write(error_fd, &error, sizeof(error));
	_exit(n == (ssize_t)sizeof(error) ? 127 : 126);
}

/*
 * Forks, and waits for the exec, which takes no time that matters: 0 with
 * *pid, or -1 with errno.
 */
static int
fork_exec(const struct command *c, int fd, pid_t *pid)
{
	int error = 0, fds[2];
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return (-1);
	*pid = fork();
	if (*pid == -1) {
		error = errno;
		close(fds[0]);
		close(fds[1]);
		errno = error;
		return (-1);
	}
	if (*pid == 0)
		child_exec(c, fd, fds[1]);
	close(fds[1]);
	do {
		n = read(fds[0], &error, sizeof(error));
	} while (n == -1 && errno == EINTR);
	close(fds[0]);
	if (n != (ssize_t)sizeof(error))
		return (0);
	while (waitpid(*pid, NULL, 0) == -1 && errno == EINTR)
		;
	errno = error;
	return (-1);
}

int
spawn_start(struct spawn *sp, enum role role, uint32_t instance, int keys,
    int fd)
{
	struct command command;
	struct proc *proc;
	pid_t pid;

	if (find(sp, role, instance) != NULL) {
		errno = EEXIST;
		return (-1);
	}
	proc = find_free(sp);
	if (proc == NULL) {
		errno = ENOSPC;
		return (-1);
	}
	if (command_make(&command, sp->params, role, instance, keys) == -1 ||
	    fork_exec(&command, fd, &pid) == -1)
		return (-1);
	proc->pid = pid;
	proc->role = role;
	proc->instance = instance;
	return (pid);
}

int
spawn_signal(struct spawn *sp, enum role role, uint32_t instance, int signo)
{
	struct proc *proc;

	proc = find(sp, role, instance);
	if (proc == NULL) {
		errno = ESRCH;
		return (-1);
	}
	return (kill(proc->pid, signo));
}

void
spawn_signal_all(struct spawn *sp, int signo)
{
	size_t i;

	for (i = 0; i < SPAWN_MAX; i++)
		if (sp->procs[i].pid != 0)
			kill(sp->procs[i].pid, signo);
}

void
spawn_reap(struct spawn *sp, spawn_ended_fn fn, void *ctx)
{
	struct proc ended, *proc;
	int status;
	size_t i;

	for (i = 0; i < SPAWN_MAX; i++) {
		proc = &sp->procs[i];
		if (proc->pid == 0 ||
		    waitpid(proc->pid, &status, WNOHANG) != proc->pid)
			continue;
		ended = *proc;
		proc->pid = 0;
		fn(ctx, ended.role, ended.instance, ended.pid, status);
	}
}

unsigned
spawn_running(const struct spawn *sp)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < SPAWN_MAX; i++)
		if (sp->procs[i].pid != 0)
			n++;
	return (n);
}
