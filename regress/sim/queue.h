/*
 * What is going to happen, in the order of time; of two at one instant the
 * one that was put in first.  Pure.
 */
#ifndef REGRESS_SIM_QUEUE_H
#define REGRESS_SIM_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "common/ntp.h"
#include "privsep/messages.h"

enum sim_kind {
	SIM_TICK,		/* the engine's timer */
	SIM_TX,			/* a request leaves the node */
	SIM_SENT,		/* its engine hears when */
	SIM_SERVE,		/* a request reaches a reference server */
	SIM_RX,			/* an answer reaches the node's kernel */
	SIM_DELIVER,		/* and then the engine */
	SIM_REQUEST,		/* a request reaches a node that serves */
	SIM_ANSWER,		/* its server answers */
	SIM_ASK,		/* the engine's message reaches the parent */
	SIM_CLOCK,		/* the parent's answer reaches the engine */
	SIM_NOTICE,		/* the engine hears that the clock was set */
	SIM_LEASE,		/* the parent's timer of the slew */
	SIM_METER,
	SIM_SCRIPT,		/* an `at' line of the scenario */
	SIM_WAKE,		/* after a suspend or pause */
	SIM_RESTART		/* a new engine after one that died */
};

struct sim_event {
	int64_t		at_ns;
	uint64_t	seq;
	enum sim_kind	kind;
	uint32_t	node;		/* whose it is */
	uint32_t	gen;		/* of that node's engine, or timer */
	uint32_t	source;		/* the engine's number */
	uint32_t	feed;		/* where the packet goes and comes */
	uint32_t	type;		/* enum msg_type */
	int64_t		stamp_ns;	/* kernel's, REALTIME */
	size_t		len;
	uint8_t		buf[NTP_HEADER_LEN];
	union {
		struct msg_freq		freq;
		struct msg_slew		slew;
		struct msg_step		step;
		struct msg_status	status;
		struct msg_clock	clock;
	}		m;
	struct sim_event *next;		/* in the free list */
};

struct sim_queue {
	struct sim_event **heap;
	size_t		n;
	size_t		cap;
	uint64_t	seq;
	struct sim_event *free;
	uint64_t	allocated;
};

/* A new event, all zero but for its kind and time; NULL with errno. */
struct sim_event *queue_add(struct sim_queue *q, int64_t at_ns,
	    enum sim_kind kind);
/* The next event, which is the caller's until queue_free(); NULL: none. */
struct sim_event *queue_next(struct sim_queue *q);
void	queue_free(struct sim_queue *q, struct sim_event *ev);
/* Everything away. */
void	queue_clear(struct sim_queue *q);

#endif
