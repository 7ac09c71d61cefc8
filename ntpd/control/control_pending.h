/*
 * The requests that wait for the engine's answer: a table of fixed size, so
 * that clients cannot make it grow, with a deadline each.  Pure.
 */
#ifndef NTPD_CONTROL_PENDING_H
#define NTPD_CONTROL_PENDING_H

#include <stdint.h>

#include "ntpd/control/control_core.h"
#include "ntpd/control/control_merge.h"

#define CONTROL_PENDING_MAX	64
#define CONTROL_PENDING_UDP	32	/* of these; the others for Unix */
#define CONTROL_PENDING_NS	900000000LL	/* clients repeat after 1 s */

/* Begins as zeros: an empty one. */
struct control_pending {
	struct {
		uint32_t		id;	/* 0: free */
		int64_t			deadline_ns;
		struct control_job	job;
		struct control_merge	merge;	/* of several servers */
	} slots[CONTROL_PENDING_MAX];
	uint32_t	next_id;
	uint32_t	count;
};

/* Keeps a copy of the job; its id, or 0 when its part of the table is full. */
uint32_t control_pending_add(struct control_pending *p,
	    const struct control_job *job, int64_t now_ns);
/* What is collected for an id; NULL when there is none. */
struct control_merge *control_pending_merge(struct control_pending *p,
	    uint32_t id);
/* 1 while the job of an id waits. */
int	control_pending_has(const struct control_pending *p, uint32_t id);
/* 1 while the job of an id waits, and this one was asked for it. */
int	control_pending_is_for(const struct control_pending *p, uint32_t id,
	    enum control_to to);
/* Gives the job of an id and forgets it: 0, or -1 when there is none. */
int	control_pending_take(struct control_pending *p, uint32_t id,
	    struct control_job *job);
/* As take, of any job that this one was asked for; when it has gone. */
int	control_pending_take_to(struct control_pending *p,
	    enum control_to to, struct control_job *job);
/* Forgets what is too old; how many. */
unsigned control_pending_expire(struct control_pending *p, int64_t now_ns);

#endif
