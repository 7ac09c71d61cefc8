/*
 * The symmetric keys of a child.  For child.c.
 */
#ifndef PRIVSEP_CHILD_KEYS_H
#define PRIVSEP_CHILD_KEYS_H

#include "privsep/messages.h"

struct child;

/*
 * KEYS: a ring of these takes the place of child->ring, which the role is
 * told when it runs, and the parent when it waits for that.  What cannot be
 * used leaves the old ring (logged).  Closes fd.  NULL, or why the parent must
 * not have sent it.
 */
const char *child_keys_message(struct child *child, enum msg_type type,
	    const void *payload, int fd);

#endif
