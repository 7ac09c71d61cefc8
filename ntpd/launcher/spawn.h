/*
 * The children: starting, signalling and reaping them.
 */
#ifndef NTPD_LAUNCHER_SPAWN_H
#define NTPD_LAUNCHER_SPAWN_H

#include <stdint.h>

#include "privsep/role.h"

/* What every child is started with. */
struct spawn_params {
	const char	*dir;		/* of the executables */
	const char	*empty_root;	/* absolute, or "-" for none */
	const char	*control_root;	/* the socket's directory, ditto */
	uint32_t	 uid;
	uint32_t	 gid;
	unsigned	 sandbox;	/* SANDBOX_OFF, SANDBOX_ON */
	int		 verbosity;
};

struct spawn;

/* Called for each child that ended; status: of waitpid(2). */
typedef void (*spawn_ended_fn)(void *ctx, enum role role, uint32_t instance,
    int pid, int status);

/* params is kept, not copied.  NULL with errno. */
struct spawn *spawn_new(const struct spawn_params *params);
void	spawn_free(struct spawn *sp);
/*
 * Starts ntpd-ROLE, or ntpd-ROLE-keys, which is the same with libcrypto, with
 * fd as its descriptor 3; fd stays the caller's.
 * Returns the process id, or -1 with errno: EEXIST when this instance runs,
 * ENOSPC when there are too many, or what fork or exec gave.
 */
int	spawn_start(struct spawn *sp, enum role role, uint32_t instance,
	    int keys, int fd);
/* 0, or -1 with errno; ESRCH when it does not run. */
int	spawn_signal(struct spawn *sp, enum role role, uint32_t instance,
	    int signo);
void	spawn_signal_all(struct spawn *sp, int signo);
/* Collects all that have ended. */
void	spawn_reap(struct spawn *sp, spawn_ended_fn fn, void *ctx);
/* How many run. */
unsigned spawn_running(const struct spawn *sp);

#endif
