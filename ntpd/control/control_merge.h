/*
 * One question to all server processes: which of them owe an answer, and what
 * their answers are together.  Pure.
 */
#ifndef NTPD_CONTROL_MERGE_H
#define NTPD_CONTROL_MERGE_H

#include <stdint.h>

#include "privsep/messages.h"

struct control_merge {
	uint64_t	awaited;	/* a bit for each server process */
	struct report_serverstats sum;
};

/* Begins: these servers (bits by instance) were asked. */
void	control_merge_begin(struct control_merge *m, uint64_t asked);
/*
 * The counters of one of them are added, once.  1 when it was the last and
 * the sum is whole, else 0.
 */
int	control_merge_add(struct control_merge *m, uint32_t instance,
	    const struct report_serverstats *one);

#endif
