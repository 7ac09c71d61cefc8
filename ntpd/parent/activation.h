/*
 * Sockets that the service manager has made and keeps over our restarts
 * (LISTEN_FDS, sd_listen_fds(3)).
 */
#ifndef PARENT_ACTIVATION_H
#define PARENT_ACTIVATION_H

#include <sys/types.h>

#define ACTIVATION_FIRST	3	/* they are numbered from here on */
#define ACTIVATION_MAX		256

struct activation {
	int	 n;			/* descriptors from the first one on */
};

/* Pure: how many were given to process pid; 0 also when a text is wrong. */
int	activation_count(const char *listen_pid, const char *listen_fds,
	    pid_t pid);
/*
 * Takes what the environment says, which nobody after us sees.  First of all,
 * before a descriptor is opened.
 */
void	activation_take(struct activation *a);

#endif
