/*
 * The pid file and its lock.  Run by the parent.  The lock, and not the
 * number in the file, says whether an ntpd is running: a stale file of a
 * killed daemon stops nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "ntpd/parent/pidlock.h"

static int
is_none(const char *path)
{
	return (path[0] == '\0' || strcmp(path, "/") == 0);
}

static void
say_held(int fd, const char *path)
{
	char buf[32];
	ssize_t n;

	n = pread(fd, buf, sizeof(buf) - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	buf[strspn(buf, "0123456789")] = '\0';
	log_at(LOG_LEVEL_ERROR, "another ntpd is running%s%s (it holds %s)",
	    buf[0] != '\0' ? " as process " : "", buf, path);
}

/* The locked file may have been removed by its last owner meanwhile. */
static int
is_current(int fd, int dirfd, const char *name)
{
	struct stat here, there;

	return (fstat(fd, &here) == 0 && fstatat(dirfd, name, &there,
	    AT_SYMLINK_NOFOLLOW) == 0 && here.st_ino == there.st_ino &&
	    here.st_dev == there.st_dev);
}

int
pidlock_take(struct pidlock *p, const char *path)
{
	char text[32];
	int held, len, tries;

	p->fd = -1;
	p->place.dirfd = -1;
	if (is_none(path))
		return (0);
	if (files_place_open(&p->place, path) == -1) {
		log_warn("cannot open the directory of the pid file %s", path);
		return (-1);
	}
	for (tries = 0; tries < 10; tries++) {
		p->fd = openat(p->place.dirfd, p->place.name, O_RDWR |
		    O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (p->fd == -1) {
			log_warn("cannot open the pid file %s", path);
			return (-1);
		}
		if (flock(p->fd, LOCK_EX | LOCK_NB) == -1) {
			held = errno == EWOULDBLOCK;
			if (held)
				say_held(p->fd, path);
			else
				log_warn("cannot lock the pid file %s", path);
			close(p->fd);
			p->fd = -1;
			return (held ? 1 : -1);
		}
		if (is_current(p->fd, p->place.dirfd, p->place.name))
			break;
		close(p->fd);
		p->fd = -1;
	}
	len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (p->fd == -1 || ftruncate(p->fd, 0) == -1 ||
	    pwrite(p->fd, text, (size_t)len, 0) != len) {
		log_warn("cannot write the pid file %s", path);
		return (-1);
	}
	return (0);
}

void
pidlock_remove(struct pidlock *p)
{
	if (p->fd != -1) {
		if (unlinkat(p->place.dirfd, p->place.name, 0) == -1)
			log_warn("cannot remove the pid file %s",
			    p->place.name);
		close(p->fd);
	}
	if (p->place.dirfd != -1)
		close(p->place.dirfd);
	p->fd = -1;
	p->place.dirfd = -1;
}

int
pidlock_is_held(const char *path)
{
	int fd, held;

	if (is_none(path))
		return (0);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return (0);
	held = flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	close(fd);
	return (held);
}
