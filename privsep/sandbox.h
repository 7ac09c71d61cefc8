/*
 * Giving up rights: users, roots, capabilities, resource limits, system calls
 * (seccomp) and files (Landlock).  Which role keeps what is a table in
 * sandbox_table.c.
 */
#ifndef PRIVSEP_SANDBOX_H
#define PRIVSEP_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/role.h"

#define SANDBOX_OFF	0		/* -F 0 */
#define SANDBOX_ON	1

struct sandbox_path {
	const char	*path;
	unsigned	 rights;	/* SANDBOX_* below */
};

#define SANDBOX_READ	0x1		/* files and directories below */
#define SANDBOX_WRITE	0x2		/* make, write, replace, remove */
#define SANDBOX_EXEC	0x4

struct drop {
	uint32_t	 uid;
	uint32_t	 gid;
	const char	*root;		/* chroot here; NULL: none */
	uint64_t	 keep_caps;	/* 1 << CAP_*; 0: none at all */
	int		 keep_root;	/* 1: stay uid 0 (parent, launcher) */
	/*
	 * 0: root is owned by uid 0 and nobody else may write there.
	 * 1: it may belong to uid, or gid may write there (control's).
	 */
	int		 root_is_shared;
};

/*
 * chroot, groups, user, capability sets and bounding set.  Where the process
 * is not root it keeps its user and root directory and drops what it has.
 * 0, or -1 with errno and *what naming the step that failed.
 */
int	drop_rights(const struct drop *drop, const char **what);
/* RLIMIT_CORE, NPROC, NOFILE, MEMLOCK, FSIZE of the role. */
int	drop_limits(enum role role);

/*
 * no_new_privs, Landlock with these paths (NULL, 0: nothing can be opened;
 * launcher: only execution is restricted) and the role's seccomp filter.
 * A call that is denied harmlessly is written once by name to the log through
 * sandbox_report().  0, or -1 with errno and *what.
 */
int	sandbox_enter(enum role role, const struct sandbox_path *paths,
	    size_t npaths, const char **what);
/*
 * The program that loads this one and its shared libraries (NULL: none); who
 * may start other programs has to be able to execute it.
 */
const char *sandbox_interpreter(void);
/*
 * Descriptor that becomes readable when a call was denied (-1: none), and the
 * function to call then: logs each name once.
 */
int	sandbox_report_fd(void);
void	sandbox_report(void);

#endif
