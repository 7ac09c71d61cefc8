/*
 * A scenario of the User-Mode Linux tests: a short text, one word and its
 * arguments a line, `#' starts a comment.  The last line of a name wins, so
 * that a runner overrides by appending.
 *
 *	duration S	how long; figures are of the time after `from S'
 *	interval S	between two samples
 *	seed N		of everything that is random
 *	offset S	of the clock under test at the start, > 0: ahead
 *	freq PPM	error of its oscillator, > 0: it gains
 *	wander W	random walk of that, s/s per sqrt(s)
 *	conf TEXT	a line of the daemon's configuration
 *	options TEXT	of the server lines that have none of their own
 *	path KEY=VALUE ...	of the sources that do not say otherwise
 *	source [KEY=VALUE ...] [: TEXT]		a server, options after `:'
 *	at T freq PPM	the oscillator's frequency moves by that much
 *	at T step S	the clock under test is set by that much
 *	at T lie K S	source K (1..) is wrong by S from now on
 *	at T stratum|kiss|delay|tamper K V	likewise, see the keys
 *	epoch S		true time at the start, since 1970
 *	leap 1|2 S	a second is inserted (deleted) at that time since the
 *			start, which is the end of a UTC day; sources tell it
 *			for a day before
 *	drift PPM	of the drift file
 *
 * The keys of a path: delay, jitter (and _up, _down for one direction; up is
 * towards the server), dist (see model.h), shape (of dist=gamma), spike,
 * spike_share (_up, _down), loss, dup, reorder, corrupt (shares of packets of a
 * direction), lie, drift (PPM by which the source gains), stratum, kiss (1
 * RATE, 2 DENY), unsync, root_delay, root_disp, tamper (bits: what is wrong in
 * answers, see answer.c), and outage_at, outage_len, outage_every: unreachable
 * in [at + k * every, at + k * every + len).
 *
 * The simulator (regress/sim) reads the same scenarios and has some words more.
 * resolution, latency, set_latency, wake, meter, grace, limit and least are
 * read over here: the kernel and the processes are real, and the limits are
 * those of the simulator.  What a guest cannot do (nodes, feed, suspend, pause,
 * kill) makes the scenario one for the simulator only.
 */
#ifndef REGRESS_UML_SCENARIO_H
#define REGRESS_UML_SCENARIO_H

#include <stdint.h>
#include <stdio.h>

#include "regress/uml/model.h"

#define SCENARIO_SOURCES	32
#define SCENARIO_EVENTS		32
#define SCENARIO_CONF		32
#define SCENARIO_LINE		256

enum event_kind {
	EVENT_FREQ,
	EVENT_STEP,
	EVENT_LIE,
	EVENT_STRATUM,
	EVENT_KISS,
	EVENT_DELAY,
	EVENT_TAMPER
};

struct event {
	enum event_kind	kind;
	double		at_s;
	double		value;		/* s, or s/s */
	int		source;		/* from LIE on, 0.. */
	int		done;
};

struct source_conf {
	struct path	up;		/* client -> server */
	struct path	down;
	double		dist;		/* enum dist */
	double		spike_s;
	double		loss;
	double		dup;
	double		reorder;
	double		corrupt;
	double		shape;
	double		lie_s;
	double		drift_ppm;
	double		stratum;
	double		kiss;
	double		unsync;
	double		root_delay_s;
	double		root_disp_s;
	double		tamper;
	double		outage_at_s;
	double		outage_len_s;
	double		outage_every_s;
	char		options[SCENARIO_LINE];
};

struct scenario {
	double			duration_s;
	double			from_s;		/* < 0: half the duration */
	double			interval_s;
	double			seed;
	double			offset_s;
	double			freq_ppm;
	double			wander;
	double			epoch_s;	/* 0: whatever it is */
	double			leap;		/* 0, 1 insert, 2 delete */
	double			leap_at_s;
	double			drift_ppm;
	int			have_drift;
	double			nodes;
	char			sim_only[32];	/* a word, or "" */
	double			unused;		/* of the simulator */
	struct source_conf	defaults;
	struct source_conf	sources[SCENARIO_SOURCES];
	int			nsources;
	struct event		events[SCENARIO_EVENTS];
	int			nevents;
	char			conf[SCENARIO_CONF][SCENARIO_LINE];
	int			nconf;
};

/*
 * Reads a scenario; its sources' paths are complete afterwards.  0, or -1
 * after it has written what is wrong to stderr.
 */
int	scenario_read(struct scenario *sc, const char *file);
/* The daemon's configuration: server lines with addresses, conf lines. */
void	scenario_print_conf(const struct scenario *sc, FILE *fp);
/* The lines for run that are not the daemon's: epoch, drift. */
void	scenario_print_facts(const struct scenario *sc, FILE *fp);
/* Address of a source as text. */
void	scenario_address(int source, char *buf, size_t len);

#endif
