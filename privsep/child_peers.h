/*
 * The other children, as a child sees them: their channels, from the parent's
 * INIT_PEER on.  For child.c.
 */
#ifndef PRIVSEP_CHILD_PEERS_H
#define PRIVSEP_CHILD_PEERS_H

#include "privsep/messages.h"

struct child;

/*
 * A child that has lost the engine ends when the parent does not give it a
 * new one: then the engine is alive and does not want to hear from us.  The
 * parent waits 60 s at most before it restarts an engine.
 */
#define CHILD_PEERS_ORPHAN_S	100

/* Before anything else: there are none. */
void	child_peers_begin(struct child *child);
/*
 * INIT_PEER, also after the start, when the one that was there has been
 * restarted.  Takes fd.  NULL, or why the parent must not have sent it.
 */
const char *child_peers_message(struct child *child,
	    const struct msg_child *m, int fd);
/* Those that came before the role's start get their channels now. */
void	child_peers_connect(struct child *child);
/* The role runs: without an engine, child->waiting.orphan_event is added. */
void	child_peers_watch(struct child *child);
void	child_peers_free(struct child *child);

#endif
