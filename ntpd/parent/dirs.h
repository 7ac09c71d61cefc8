/*
 * Directories that the configuration names.
 */
#ifndef PARENT_DIRS_H
#define PARENT_DIRS_H

#include <stddef.h>
#include <sys/types.h>

#define DIRS_PATH_MAX	1024

/*
 * Makes a directory with those above it (0755, the caller's), where they are
 * missing.  What was there is left as it is.  uid -1: the caller's.  0 or -1
 * with errno.
 */
int	dirs_make(const char *path, uid_t uid, gid_t gid, mode_t mode);
/* The directory part of a path: "." when there is none. -1: too long. */
int	dirs_parent(const char *path, char *dir, size_t len);
/*
 * May the command socket live in this directory?  It must belong to uid and
 * have no bits beyond 0770.  0; -1 after the warning that chrony gives.
 */
int	dirs_check_socket(const char *dir, uid_t uid);

#endif
