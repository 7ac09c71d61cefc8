/*
 * The sources that commands added at run time, for an engine that has to be
 * started anew.  Pure.
 */
#ifndef PARENT_ADDED_H
#define PARENT_ADDED_H

#include <stddef.h>
#include <stdint.h>

#include "common/candm_request.h"
#include "privsep/messages.h"

#define ADDED_MAX	256

struct added {
	struct candm_add *list;		/* in the order of the commands */
	size_t		 count;
	uint64_t	 refused;	/* for want of room */
};

/* Begins as zeros. */
void	added_free(struct added *a);
/* One more: 0, or -1 when there is no room, which is counted. */
int	added_put(struct added *a, const struct candm_add *add);
/* One of that name and port is gone; it may be of the configuration. */
void	added_remove(struct added *a, const struct msg_name *what);

#endif
