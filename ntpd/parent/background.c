/*
 * The classic daemon's fork, except that who started it waits until the
 * daemon is really there.  Run by the parent before it opens anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ntpd/parent/background.h"

static void __attribute__((__noreturn__))
wait_ready(int fd)
{
	char byte;
	ssize_t n;

	do {
		n = read(fd, &byte, 1);
	} while (n == -1 && errno == EINTR);
	/* no atexit: everything is the child's now */
	_exit(n == 1 ? 0 : 1);
}

int
background_enter(int *ready_fd)
{
	int fds[2], error;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return (-1);
	switch (fork()) {
	case -1:
		error = errno;
		close(fds[0]);
		close(fds[1]);
		errno = error;
		return (-1);
	case 0:
		close(fds[0]);
		*ready_fd = fds[1];
		if (setsid() == -1)
			return (-1);
		return (0);
	default:
		close(fds[1]);
		wait_ready(fds[0]);
	}
}
