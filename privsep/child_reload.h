/*
 * A child's part of a reload: sockets that come and go, then PREPARE, then
 * COMMIT or ABORT.  For child.c; the text is for whoever is sent one.
 */
#ifndef PRIVSEP_CHILD_RELOAD_H
#define PRIVSEP_CHILD_RELOAD_H

#include <stddef.h>

#include "privsep/messages.h"

struct child;
struct conf;

/* The text of len bytes in a sealed memfd, NUL added.  NULL with errno. */
char	*child_reload_text(int fd, size_t len);
/*
 * The configuration whose canonical text of len bytes is in fd, a sealed
 * memfd, which is closed.  NULL: it is none; *errors counts what was wrong
 * with the text (logged), 0: errno says what.
 */
struct conf *child_reload_conf(int fd, size_t len, int *errors);
/*
 * One of the RELOAD_* messages of the parent; takes the descriptor.  NULL, or
 * why the parent must not have sent it.
 */
const char *child_reload_message(struct child *child, enum msg_type type,
	    const void *payload, int fd);
/* Forgets a reload that is under way. */
void	child_reload_forget(struct child *child);

#endif
