/*
 * A scenario of the simulator (regress/sim/simconf.h has its words) as the
 * User-Mode Linux tests run it.
 *
 * The keys resolution, latency, set_latency, wake, meter, grace, limit and
 * least do nothing over here: the kernel and the processes are real, and the
 * limits are those of the simulator.  Without `epoch' the guest's time is
 * whatever it is.  What a guest cannot do (nodes, feed, suspend, pause, kill)
 * makes the scenario one for the simulator only.
 */
#ifndef REGRESS_UML_SCENARIO_H
#define REGRESS_UML_SCENARIO_H

#include <stdint.h>
#include <stdio.h>

#include "regress/sim/simconf.h"
#include "regress/uml/model.h"

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
	double		loss;
	double		dup;
	double		reorder;
	double		corrupt;
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
	char		options[SIM_LINE];
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
	int			leap;		/* 0, 1 insert, 2 delete */
	double			leap_at_s;
	double			drift_ppm;
	int			have_drift;
	char			sim_only[32];	/* a word, or "" */
	struct source_conf	sources[SIM_SOURCES];
	int			nsources;
	struct event		events[SIM_SCRIPT_MAX];
	int			nevents;
	char			conf[SIM_CONF_MAX][SIM_LINE];
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
