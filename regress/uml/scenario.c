/*
 * What of a scenario of the simulator the User-Mode Linux tests make true.
 * Part of the test program truth.
 */
#include <err.h>
#include <math.h>
#include <string.h>

#include "regress/uml/scenario.h"

static const enum dist dists[SIM_DIST_COUNT] = {
	[SIM_DIST_NONE] = DIST_NONE,
	[SIM_DIST_NORMAL] = DIST_NORMAL,
	[SIM_DIST_EXPONENTIAL] = DIST_EXPONENTIAL,
	[SIM_DIST_UNIFORM] = DIST_UNIFORM,
	[SIM_DIST_PARETO] = DIST_PARETO,
	[SIM_DIST_GAMMA] = DIST_GAMMA,
	[SIM_DIST_BIMODAL] = DIST_BIMODAL,
};

/* What an `at' line of the simulator is here; some have a word instead. */
static const struct {
	enum event_kind	 kind;
	const char	*sim_only;
} acts[] = {
	[ACT_FREQ] = { EVENT_FREQ, NULL },
	[ACT_STEP] = { EVENT_STEP, NULL },
	[ACT_LIE] = { EVENT_LIE, NULL },
	[ACT_STRATUM] = { EVENT_STRATUM, NULL },
	[ACT_KISS] = { EVENT_KISS, NULL },
	[ACT_DELAY] = { EVENT_DELAY, NULL },
	[ACT_TAMPER] = { EVENT_TAMPER, NULL },
	[ACT_SUSPEND] = { EVENT_STEP, "suspend" },
	[ACT_PAUSE] = { EVENT_STEP, "pause" },
	[ACT_KILL] = { EVENT_STEP, "kill" },
};

/* This cannot be done to a guest. */
static void
for_simulator(struct scenario *sc, const char *word)
{
	snprintf(sc->sim_only, sizeof(sc->sim_only), "%s", word);
}

static void
take_source(struct source_conf *s, const struct sim_path *p)
{
	s->up.delay_s = p->delay_up;
	s->down.delay_s = p->delay_down;
	s->up.jitter_s = p->jitter_up;
	s->down.jitter_s = p->jitter_down;
	s->up.spike_share = p->spike_share_up;
	s->down.spike_share = p->spike_share_down;
	s->up.spike_s = s->down.spike_s = p->spike;
	s->up.reorder = s->down.reorder = p->reorder;
	s->up.shape = s->down.shape = p->shape;
	s->up.dist = s->down.dist = dists[p->dist];
	s->loss = p->loss;
	s->dup = p->dup;
	s->corrupt = p->corrupt;
	s->lie_s = p->lie;
	s->drift_ppm = p->drift_ppm;
	s->stratum = p->stratum;
	s->kiss = p->kiss;
	s->unsync = p->unsync;
	s->root_delay_s = p->root_delay;
	s->root_disp_s = p->root_disp;
	s->tamper = p->tamper;
	s->outage_at_s = p->outage_at;
	s->outage_len_s = p->outage_len;
	s->outage_every_s = p->outage_every;
	memcpy(s->options, p->options, sizeof(s->options));
}

static void
take_event(struct scenario *sc, const struct sim_script *s)
{
	struct event	*e;

	if (acts[s->act].sim_only != NULL) {
		for_simulator(sc, acts[s->act].sim_only);
		return;
	}
	e = &sc->events[sc->nevents++];
	e->kind = acts[s->act].kind;
	e->at_s = s->at_s;
	e->value = s->value;
	e->source = s->source;
}

static void
take(struct scenario *sc, const struct sim_conf *c)
{
	int	i;

	memset(sc, 0, sizeof(*sc));
	sc->duration_s = c->duration_s;
	sc->from_s = c->from_s;
	sc->interval_s = c->interval_s;
	sc->seed = c->seed;
	sc->offset_s = c->offset_s;
	sc->freq_ppm = c->freq_ppm;
	sc->wander = c->wander;
	sc->epoch_s = c->epoch_s;
	sc->leap = c->leap;
	sc->leap_at_s = c->leap_at_s;
	sc->drift_ppm = c->drift_ppm;
	sc->have_drift = c->have_drift;
	sc->nsources = c->nsources;
	for (i = 0; i < c->nsources; i++)
		take_source(&sc->sources[i], &c->sources[i]);
	for (i = 0; i < c->nscript; i++)
		take_event(sc, &c->script[i]);
	sc->nconf = c->nconf;
	memcpy(sc->conf, c->conf, sizeof(sc->conf));
	if (c->nfeeds > 0)
		for_simulator(sc, "feed");
	if (c->nodes > 1)
		for_simulator(sc, "nodes");
}

int
scenario_read(struct scenario *sc, const char *file)
{
	static struct sim_conf	 c;
	FILE			*fp;
	int			 r;

	simconf_init(&c);
	c.epoch_s = 0;
	if ((fp = fopen(file, "re")) == NULL) {
		warn("%s", file);
		return (-1);
	}
	r = simconf_read(&c, fp, file);
	fclose(fp);
	if (r == -1 || simconf_finish(&c, file) == -1)
		return (-1);
	if (c.leap != 0 && c.epoch_s == 0) {
		warnx("%s: a leap second needs an epoch", file);
		return (-1);
	}
	take(sc, &c);
	return (0);
}

void
scenario_print_facts(const struct scenario *sc, FILE *fp)
{
	if (sc->sim_only[0] != '\0')
		fprintf(fp, "sim_only=%s\n", sc->sim_only);
	if (sc->epoch_s > 0)
		fprintf(fp, "epoch=%.0f\n", floor(sc->epoch_s));
	if (sc->have_drift)
		fprintf(fp, "drift=%f\n", sc->drift_ppm);
}

void
scenario_address(int source, char *buf, size_t len)
{
	snprintf(buf, len, "10.77.1.%d", source + 1);
}

void
scenario_print_conf(const struct scenario *sc, FILE *fp)
{
	char	address[32];
	int	i;

	for (i = 0; i < sc->nsources; i++) {
		scenario_address(i, address, sizeof(address));
		fprintf(fp, "server %s %s\n", address,
		    sc->sources[i].options);
	}
	for (i = 0; i < sc->nconf; i++)
		fprintf(fp, "%s\n", sc->conf[i]);
}
