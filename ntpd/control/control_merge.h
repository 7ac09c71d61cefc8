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
	uint32_t	number;		/* enum candm_number of the report */
	uint32_t	pad;
	union {
		struct report_serverstats	serverstats;
		struct report_counters		counters;
	} sum;
};

/* 1: a report (enum candm_number) that is the sum of all servers'. */
int	control_merge_is_sum(uint32_t number);
/* Begins: these servers (bits by instance) were asked for that report. */
void	control_merge_begin(struct control_merge *m, uint32_t number,
	    uint64_t asked);
/*
 * The counters of one of them are added, once.  1 when it was the last and
 * the sum is whole, else 0.
 */
int	control_merge_add(struct control_merge *m, uint32_t instance,
	    const struct msg_report *one);

#endif
