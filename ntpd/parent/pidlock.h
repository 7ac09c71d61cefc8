/*
 * The file with the process id, whose lock keeps a second instance out.
 */
#ifndef PARENT_PIDLOCK_H
#define PARENT_PIDLOCK_H

#include "ntpd/parent/files.h"

struct pidlock {
	int		fd;		/* -1: none; holds the lock */
	struct files_place place;
};

/*
 * Takes the lock and writes the pid.  path "/" or "": no pid file.  0, 1 when
 * another ntpd has it (logged with its pid), -1 otherwise (logged).
 */
int	pidlock_take(struct pidlock *p, const char *path);
/* Removes the file and gives the lock back. */
void	pidlock_remove(struct pidlock *p);
/* 1 when a running ntpd holds the file, 0 when none does. */
int	pidlock_is_held(const char *path);

#endif
