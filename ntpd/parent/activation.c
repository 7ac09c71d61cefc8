/*
 * Sockets from the service manager.  Run by the parent at its very start; it
 * hands them on to the launcher, which looks at what they are.  Nothing is
 * read from them here.
 */
#include "ntpd/parent/activation.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int
activation_count(const char *listen_pid, const char *listen_fds, pid_t pid)
{
	const char *error;
	long long n;

	if (listen_pid == NULL || listen_fds == NULL)
		return (0);
	n = strtonum(listen_pid, 1, INT32_MAX, &error);
	if (error != NULL || n != pid)
		return (0);
	n = strtonum(listen_fds, 0, ACTIVATION_MAX, &error);
	return (error != NULL ? 0 : (int)n);
}

void
activation_take(struct activation *a)
{
	int i;

	a->n = activation_count(getenv("LISTEN_PID"), getenv("LISTEN_FDS"),
	    getpid());
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	for (i = 0; i < a->n; i++) {
		if (fcntl(ACTIVATION_FIRST + i, F_SETFD, FD_CLOEXEC) == -1) {
			/* not as many as it says: nothing is believed */
			a->n = 0;
			return;
		}
	}
}
