/*
 * The simulator: computers with the real engine core, server core and the
 * parent's clock with its guard, on simulated kernel clocks, in a simulated
 * network with simulated reference servers.  One process, discrete events; the
 * same scenario and seed give the same run.
 */
#ifndef REGRESS_SIM_SIM_H
#define REGRESS_SIM_SIM_H

#include "ntpd/engine/engine.h"
#include "ntpd/parent/clock.h"
#include "ntpd/server/server_core.h"
#include "regress/sim/kclock.h"
#include "regress/sim/queue.h"
#include "regress/sim/simconf.h"
#include "regress/uml/meter.h"

#define SIM_TX_NS	5000	/* from asking the kernel to the wire */
#define SIM_SERVE_NS	10000	/* a reference server's work */

struct access;
struct sim;

/* A node's way to one server. */
struct sim_feeder {
	struct addr	addr;
	const struct sim_path *path;
	struct sim_path	*server;	/* NULL: the target is a node */
	uint32_t	target;
	struct rng	rng;
	int64_t		last_raw_ns;	/* request; for the invariants */
	int		burst;		/* early ones that are still allowed */
	int		calm;		/* others since they were fewer */
	int8_t		minpoll_log2;
};

struct sim_node {
	struct sim	*sim;
	uint32_t	index;
	struct kclock	kernel;
	struct clock	parent;
	struct conf	*conf;
	struct engine	*engine;	/* NULL: dead */
	uint32_t	gen;		/* of the engine */
	struct msg_drift drift;		/* the drift file's */
	struct clockpage page;
	struct server_core server;
	struct rng	rng;
	struct addr	addr;
	struct sim_feeder *feeds;
	uint32_t	nfeeds;
	int64_t		timer_ns;	/* of the tick that is on its way */
	uint32_t	timer_gen;
	uint32_t	lease_gen;
	int64_t		asked_ns;	/* messages stay in order */
	int64_t		told_ns;
	int		pausing;	/* the VM, else it is suspended */
	int64_t		wake_ns;	/* when it is stopped */
	uint64_t	packets;
	int		disturbed;	/* from a step or resume until ... */
	int		asked_disturbed; /* ... what is asked after it is
					 * answered: the bound may be wrong */
	/* invariants */
	int64_t		explained_ns;	/* sum of steps that were reported */
	int64_t		last_ns;	/* REALTIME without its steps */
	uint32_t	own_steps;
};

struct sim {
	struct sim_conf	conf;
	struct sim_queue queue;
	struct sim_node	*nodes;
	uint32_t	nnodes;
	struct access	*access;	/* everybody */
	int64_t		now_ns;
	int64_t		end_ns;
	uint64_t	events;
	/* the meter */
	struct meter	meter;
	FILE		*trace;
	int64_t		meant_ns;	/* steps by the scenario */
	int64_t		seen_ns;
	double		page_err_s;	/* last, NAN: no page to use */
	double		page_bound_s;
	double		grace_until_s;	/* the bound may be wrong */
	uint64_t	page_seconds;	/* with a stratum on the page */
	double		*excess;	/* bound over root delay / 2, each
					 * second that is not excused */
	size_t		nexcess;
	size_t		cap_excess;
	uint64_t	page_outside;	/* clock's error above what it says */
	uint64_t	est_outside;	/* estimate's, and not in a grace */
	double		est_sum2;
	double		est_worst;	/* est_outside's error over bound */
	/* the first invariant that was broken; "": none */
	char		broken[160];
	int		strict;		/* the bound is one of them ... */
	int		bound_broken;	/* ... and this one */
	double		bound_slack_s;
};

/* event.c: what all parts do. */
/* True time (UTC, ns since 1970) at a simulated instant. */
int64_t	sim_utc(const struct sim *s, int64_t at_ns);
/* An event some time from now. Ends the program without memory. */
struct sim_event *sim_add(struct sim *s, int64_t in_ns, enum sim_kind kind);
/* An invariant is broken: the first one is kept, and ends the run. */
void	sim_break(struct sim *s, const struct sim_node *n, const char *fmt,
	    ...) __attribute__((__format__(printf, 3, 4)));
/* The kernel's clock of a computer was set. */
void	sim_notice(struct sim_node *n);
/* A delay of a process of that mean, ns. */
int64_t	sim_latency(struct sim_node *n, double mean_s);

/* From the conf that is in it; 0, or -1 (written to stderr). */
int	sim_start(struct sim *s);
/* Until the end, or a broken invariant. */
void	sim_run(struct sim *s);
/* The result line without its newline. */
void	sim_print(struct sim *s, FILE *fp);
void	sim_free(struct sim *s);

/* node.c: computers.  0 or -1. */
int	node_init(struct sim *s, uint32_t index);
void	node_free(struct sim_node *n);
void	node_event(struct sim_node *n, struct sim_event *ev);
/* An `at' line. */
void	node_script(struct sim_node *n, const struct sim_script *a);
/* Its feeder for an address, NULL: none. */
struct sim_feeder *node_feeder(const struct sim_node *n,
	    const struct addr *a);

/* parent.c: its parent process. */
int	parent_init(struct sim_node *n);
void	parent_event(struct sim_node *n, struct sim_event *ev);
/* A message of the engine. */
void	parent_ask(struct sim_node *n, enum msg_type type,
	    const void *payload);
/* What its engine is told first. */
void	parent_state(struct sim_node *n);
/* (Re)starts the timer of the slew, if there is one. */
void	parent_arm(struct sim_node *n);

/* net.c: packets on their way, and reference servers. */
void	net_event(struct sim_node *n, struct sim_event *ev);

/* watch.c: what must always hold. */
void	watch_event(struct sim_node *n);
void	watch_send(struct sim_node *n, struct sim_feeder *f);
void	watch_burst(struct sim_node *n);
void	watch_message(struct sim_node *n, enum msg_type type,
	    const void *payload);
void	watch_step(struct sim_node *n, const struct msg_step *m,
	    const struct msg_clock *done);

/* random.c: a scenario from a seed, as text. */
void	random_write(FILE *fp, uint64_t seed);

#endif
