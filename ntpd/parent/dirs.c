/*
 * Makes and checks directories.  Run by the parent at start, while it still
 * is root in full.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "ntpd/parent/dirs.h"

int
dirs_parent(const char *path, char *dir, size_t len)
{
	const char *slash;
	size_t n;

	slash = strrchr(path, '/');
	if (slash == NULL)
		return (strlcpy(dir, ".", len) >= len ? -1 : 0);
	n = slash == path ? 1 : (size_t)(slash - path);
	if (n >= len)
		return (-1);
	memcpy(dir, path, n);
	dir[n] = '\0';
	return (0);
}

static int
exists(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return (0);
	if (S_ISDIR(st.st_mode))
		return (1);
	errno = ENOTDIR;
	return (-1);
}

/*
 * The directory is opened to be changed: its name could be something else
 * by then where others may write beside it.
 */
static int
make_one(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	int error, fd;

	if (mkdir(path, 0700) == -1)
		return (errno == EEXIST ? 0 : -1);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	/* in this order: the mode of a foreign directory takes CAP_FOWNER */
	if (fchmod(fd, mode) == -1)
		goto fail;
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) &&
	    fchown(fd, uid, gid) == -1)
		goto fail;
	close(fd);
	return (0);
fail:
	error = errno;
	close(fd);
	rmdir(path);
	errno = error;
	return (-1);
}

int
dirs_make(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	char above[DIRS_PATH_MAX];
	size_t i, len;
	int there;

	there = exists(path);
	if (there != 0)
		return (there == 1 ? 0 : -1);
	len = strlcpy(above, path, sizeof(above));
	if (len >= sizeof(above)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	while (len > 1 && above[len - 1] == '/')
		above[--len] = '\0';
	for (i = 1; i < len; i++) {
		if (above[i] != '/')
			continue;
		above[i] = '\0';
		there = exists(above);
		if (there == -1 || (there == 0 && make_one(above, (uid_t)-1,
		    (gid_t)-1, 0755) == -1))
			return (-1);
		above[i] = '/';
	}
	return (make_one(above, uid, gid, mode));
}

int
dirs_check_socket(const char *dir, uid_t uid)
{
	struct stat st;

	if (lstat(dir, &st) == -1) {
		log_warn("cannot look at %s", dir);
		return (-1);
	}
	if (!S_ISDIR(st.st_mode)) {
		log_warnx("Wrong permissions on %s (not a directory)", dir);
		return (-1);
	}
	if (st.st_uid != uid) {
		log_warnx("Wrong permissions on %s (owner %u, not %u)", dir,
		    (unsigned)st.st_uid, (unsigned)uid);
		return (-1);
	}
	if ((st.st_mode & 07777 & ~(mode_t)0770) != 0) {
		log_warnx("Wrong permissions on %s (mode %04o, not 0770)",
		    dir, (unsigned)(st.st_mode & 07777));
		return (-1);
	}
	return (0);
}
