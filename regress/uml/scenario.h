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
 *
 * The keys of a path: delay, jitter (and _up, _down for one direction; up is
 * towards the server), dist (see model.h), spike, spike_share, loss (share of
 * the packets of a direction), lie, stratum, and outage_at, outage_len,
 * outage_every: unreachable in [at + k * every, at + k * every + len).
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
	EVENT_LIE
};

struct event {
	enum event_kind	kind;
	double		at_s;
	double		value;		/* s, or s/s */
	int		source;		/* LIE only, 0.. */
	int		done;
};

struct source_conf {
	struct path	up;		/* client -> server */
	struct path	down;
	double		dist;		/* enum dist */
	double		spike_s;
	double		spike_share;
	double		loss;
	double		lie_s;
	double		stratum;
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
/* Address of a source as text. */
void	scenario_address(int source, char *buf, size_t len);

#endif
