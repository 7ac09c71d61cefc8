/*
 * Which changes of the clock become a letter (`mailonchange'): not more than
 * a few, whatever the engine says.  Pure.
 */
#ifndef PARENT_LETTERS_H
#define PARENT_LETTERS_H

#include <stdint.h>

#include "common/timens.h"
#include "privsep/messages.h"

#define LETTERS_BURST	5
#define LETTERS_NS	(600 * NS_PER_SEC)	/* then one in 10 minutes */

struct letters {
	struct msg_change waiting;
	int		 waits;
	int64_t		 full_ns;	/* when it will be full again */
	uint64_t	 dropped;
};

/*
 * A change at the MONOTONIC instant now_ns.  1: it is waiting now, in the
 * place of an older one; 0: there were too many, it is dropped.
 */
int	letters_put(struct letters *l, const struct msg_change *m,
	    int64_t now_ns);
/* Takes the one that waits: 1; 0 when there is none. */
int	letters_take(struct letters *l, struct msg_change *m);

#endif
