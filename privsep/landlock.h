/*
 * Landlock: which files a process can still reach by name, whatever its user
 * is.  Kernel interface: linux/landlock.h, ABI 1 to 7.
 */
#ifndef PRIVSEP_LANDLOCK_H
#define PRIVSEP_LANDLOCK_H

#include <stddef.h>
#include <stdint.h>

struct sandbox_path;

struct landlock_rules {
	const struct sandbox_path *paths;	/* that do exist, at least */
	size_t		npaths;
	int		exec_only;	/* only execution is restricted */
	uint16_t	tcp_port;	/* may be connected to; 0: none */
};

/*
 * Restrict this process for ever, and all that it starts; nests up to 16
 * times.  no_new_privs must be set.  A path that cannot be reached is left out.
 * A kernel without Landlock restricts nothing, which is logged (debug).
 * 0, or -1 with errno and *what naming the step or the path.
 */
int	landlock_enter(const struct landlock_rules *rules, const char **what);

#endif
