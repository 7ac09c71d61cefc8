/*
 * A scenario of the simulator and of the User-Mode Linux tests: short text,
 * one word and its arguments a line, `#' starts a comment, the last line of a
 * name wins, so that a runner overrides by appending:
 *
 *	include FILE	relative to this file
 *	duration S	how long; figures are of the time after `from S'
 *	interval S	between two samples
 *	seed N		of everything that is random
 *	draws N		of what the daemons draw: other ones in the same world
 *	epoch S		true time at the start, since 1970
 *	leap 1|2 S	a second is inserted (deleted) at that time since the
 *			start, which is the end of a UTC day; sources tell it
 *			for a day before
 *	offset S	of the clock under test at the start, > 0: ahead
 *	freq PPM	error of its oscillator, > 0: it gains
 *	wander W	random walk of that, s/s per sqrt(s)
 *	resolution S	of reading the clock
 *	latency S	mean of what a message between the processes takes
 *	set_latency S	until the kernel runs at a new frequency
 *	wake S		mean of what a process takes to wake up
 *	drift PPM	of the drift file
 *	conf TEXT	a line of the daemon's configuration
 *	options TEXT	of the server lines that have none of their own
 *	path KEY=VALUE ...	of the sources that do not say otherwise
 *	source [KEY=VALUE ...] [: TEXT]		a server, options after `:'
 *	nodes N		so many computers, of which number
 *	meter K		is measured (1).  The others' offset and frequency are
 *			a random share of the first one's
 *	feed A-B sK|nK [KEY=VALUE ...] [: TEXT]
 *			nodes A to B use source or node K, and no `source'
 *			line counts for them that is not fed
 *	at T freq PPM	the oscillator's frequency moves by that much
 *	at T step S	the clock under test is set by that much
 *	at T lie K S	source K (1..) is wrong by S from now on
 *	at T stratum|kiss|delay|tamper K V	likewise, see the keys
 *	at T suspend S [ERR]	asleep so long; the RTC errs
 *	at T pause S	the virtual machine stands still
 *	at T kill	the engine dies; a new one comes 0.2 s later
 *	grace S		after something like this the published bound may be
 *			wrong for so long (and at the start, see simulate.c)
 *	sabotage N	something goes wrong that an invariant must see: 1 the
 *			parent forgets to end slews, 2 the clock is set and
 *			nobody says so, 3 requests are sent twice, 4 messages
 *			have bad values, 5 the bound of the clock page is zero
 *	limit KEY MAX [want W]	a figure of the result line is at most that;
 *	least KEY MIN [want W]	at least that.  want: what it should be, and
 *			is not yet
 *
 * `at' lines about a computer are about node 1.  From a step, suspend or pause
 * until the next request of the engine is answered the bounds may be wrong.
 *
 * The keys of a path: delay, jitter (and _up, _down for one direction; up is
 * towards the server), dist (none, normal, exponential, uniform, pareto, gamma
 * or bimodal: one packet of ten is ten times jitter late), shape (of
 * dist=gamma), spike, spike_share (_up, _down), loss, dup, reorder, corrupt
 * (shares of packets), lie, drift (PPM by which the source gains), stratum,
 * kiss (1 RATE, 2 DENY), unsync, root_delay, root_disp, tamper (bits: what is
 * wrong in answers, see net.c), and outage_at, outage_len, outage_every:
 * unreachable in [at + k * every, at + k * every + len).
 */
#ifndef REGRESS_SIM_SIMCONF_H
#define REGRESS_SIM_SIMCONF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SIM_SOURCES	32
#define SIM_SCRIPT_MAX	64
#define SIM_CONF_MAX	32
#define SIM_FEEDS_MAX	64
#define SIM_LIMITS	32
#define SIM_LINE	256
#define SIM_NODES_MAX	20000

enum sim_dist {
	SIM_DIST_NONE,
	SIM_DIST_NORMAL,
	SIM_DIST_EXPONENTIAL,
	SIM_DIST_UNIFORM,
	SIM_DIST_PARETO,
	SIM_DIST_GAMMA,
	SIM_DIST_BIMODAL,
	SIM_DIST_COUNT
};

struct sim_path {
	double	delay_up;	/* s; up: towards the server */
	double	delay_down;
	double	jitter_up;
	double	jitter_down;
	double	shape;
	double	spike;
	double	spike_share_up;
	double	spike_share_down;
	double	loss;
	double	dup;
	double	reorder;
	double	corrupt;
	double	outage_at;
	double	outage_len;
	double	outage_every;
	int	dist;
	/* of the server */
	double	lie;
	double	drift_ppm;
	double	stratum;
	double	kiss;
	double	unsync;
	double	root_delay;
	double	root_disp;
	double	tamper;
	char	options[SIM_LINE];
};

struct sim_feed {
	int	first;		/* node, 0.. */
	int	last;
	int	is_node;
	int	target;		/* node or source, 0.. */
	struct sim_path path;
};

enum sim_act {
	ACT_FREQ,
	ACT_STEP,
	ACT_LIE,
	ACT_SUSPEND,
	ACT_PAUSE,
	ACT_KILL,
	ACT_STRATUM,
	ACT_KISS,
	ACT_DELAY,
	ACT_TAMPER
};

struct sim_script {
	enum sim_act	act;
	double		at_s;
	double		value;
	double		error;	/* SUSPEND */
	int		source;
};

struct sim_limit {
	char	key[32];
	int	least;
	double	value;
	double	want;
	int	have_want;
};

struct sim_conf {
	double	duration_s;
	double	from_s;
	double	interval_s;
	double	seed;
	double	draws;
	double	offset_s;
	double	freq_ppm;
	double	wander;
	double	epoch_s;
	double	leap_at_s;
	int	leap;		/* 0, 1 insert, 2 delete */
	double	resolution_s;
	double	latency_s;
	double	set_latency_s;
	double	wake_s;
	double	drift_ppm;
	int	have_drift;
	double	nodes;
	double	meter;
	double	grace_s;
	double	sabotage;
	struct sim_path	defaults;
	struct sim_path	sources[SIM_SOURCES];
	char	source_text[SIM_SOURCES][SIM_LINE];	/* until all is read */
	int	nsources;
	struct sim_feed	feeds[SIM_FEEDS_MAX];
	char	feed_text[SIM_FEEDS_MAX][SIM_LINE];
	int	nfeeds;
	struct sim_script script[SIM_SCRIPT_MAX];
	int	nscript;
	struct sim_limit limits[SIM_LIMITS];
	int	nlimits;
	char	conf[SIM_CONF_MAX][SIM_LINE];
	int	nconf;
};

/* Defaults. */
void	simconf_init(struct sim_conf *c);
/*
 * Takes the lines of a stream.  0, or -1 after it has written to stderr what
 * is wrong in it.
 */
int	simconf_read(struct sim_conf *c, FILE *fp, const char *name);
/* When all is read: checks what belongs together. 0 or -1, as above. */
int	simconf_finish(struct sim_conf *c, const char *name);

#endif
