/*
 * Reads the scenario files of the User-Mode Linux tests.  Part of the test
 * program truth.
 */
#include <ctype.h>
#include <err.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "regress/uml/scenario.h"

struct number {
	const char	*name;
	size_t		 at;
	double		 min;
	double		 max;
};

#define FIELD(f)	offsetof(struct scenario, f)
#define PATH(f)		offsetof(struct source_conf, f)

static const struct number	globals[] = {
	{ "duration",	FIELD(duration_s),	1,	1e9 },
	{ "from",	FIELD(from_s),		0,	1e9 },
	{ "interval",	FIELD(interval_s),	1e-3,	1e4 },
	{ "seed",	FIELD(seed),		0,	9e15 },
	{ "offset",	FIELD(offset_s),	-3e9,	3e9 },
	{ "freq",	FIELD(freq_ppm),	-1e5,	1e5 },
	{ "wander",	FIELD(wander),		0,	1e-3 },
	{ "epoch",	FIELD(epoch_s),		1e9,	4.5e9 },
	{ "nodes",	FIELD(nodes),		1,	1e6 },
	{ "resolution",	FIELD(unused),		0,	1 },
	{ "latency",	FIELD(unused),		0,	1 },
	{ "set_latency", FIELD(unused),		0,	1 },
	{ "wake",	FIELD(unused),		0,	1 },
	{ "meter",	FIELD(unused),		1,	1e6 },
	{ "grace",	FIELD(unused),		0,	1e9 },
	{ NULL,		0,			0,	0 }
};

/* "delay", "jitter" and "spike_share" set the fields of both directions. */
static const struct number	path_keys[] = {
	{ "delay",	PATH(up.delay_s),	0,	100 },
	{ "delay",	PATH(down.delay_s),	0,	100 },
	{ "delay_up",	PATH(up.delay_s),	0,	100 },
	{ "delay_down",	PATH(down.delay_s),	0,	100 },
	{ "jitter",	PATH(up.jitter_s),	0,	100 },
	{ "jitter",	PATH(down.jitter_s),	0,	100 },
	{ "jitter_up",	PATH(up.jitter_s),	0,	100 },
	{ "jitter_down", PATH(down.jitter_s),	0,	100 },
	{ "spike",	PATH(spike_s),		0,	100 },
	{ "spike_share", PATH(up.spike_share),	0,	1 },
	{ "spike_share", PATH(down.spike_share), 0,	1 },
	{ "spike_share_up", PATH(up.spike_share), 0,	1 },
	{ "spike_share_down", PATH(down.spike_share), 0, 1 },
	{ "loss",	PATH(loss),		0,	1 },
	{ "dup",	PATH(dup),		0,	1 },
	{ "reorder",	PATH(reorder),		0,	1 },
	{ "corrupt",	PATH(corrupt),		0,	1 },
	{ "shape",	PATH(shape),		0.1,	100 },
	{ "lie",	PATH(lie_s),		-3e9,	3e9 },
	{ "drift",	PATH(drift_ppm),	-1e5,	1e5 },
	{ "stratum",	PATH(stratum),		0,	255 },
	{ "kiss",	PATH(kiss),		0,	2 },
	{ "unsync",	PATH(unsync),		0,	1 },
	{ "root_delay",	PATH(root_delay_s),	0,	1000 },
	{ "root_disp",	PATH(root_disp_s),	0,	1000 },
	{ "tamper",	PATH(tamper),		0,	255 },
	{ "outage_at",	PATH(outage_at_s),	0,	1e9 },
	{ "outage_len",	PATH(outage_len_s),	0,	1e9 },
	{ "outage_every", PATH(outage_every_s),	0,	1e9 },
	{ NULL,		0,			0,	0 }
};

static int
parse_number(const char *text, double min, double max, double *value)
{
	char	*end;

	if (text == NULL)
		return (-1);
	*value = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(*value) ||
	    *value < min || *value > max)
		return (-1);
	return (0);
}

static int
set_number(const struct number *table, void *base, const char *name,
    const char *text)
{
	double	value;
	int	found, i;

	found = 0;
	for (i = 0; table[i].name != NULL; i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if (parse_number(text, table[i].min, table[i].max,
		    &value) == -1)
			return (-1);
		memcpy((char *)base + table[i].at, &value, sizeof(value));
		found = 1;
	}
	return (found ? 0 : -1);
}

/* One KEY=VALUE. */
static int
set_path_key(struct source_conf *conf, char *word)
{
	char	*value;
	int	 dist;

	value = strchr(word, '=');
	if (value == NULL)
		return (-1);
	*value++ = '\0';
	if (strcmp(word, "dist") != 0)
		return (set_number(path_keys, conf, word, value));
	dist = dist_from_name(value);
	if (dist == -1)
		return (-1);
	conf->dist = dist;
	return (0);
}

static int
set_path(struct source_conf *conf, char *rest)
{
	char	*word;

	while ((word = strsep(&rest, " \t")) != NULL)
		if (*word != '\0' && set_path_key(conf, word) == -1)
			return (-1);
	return (0);
}

static const struct {
	const char	*name;
	enum event_kind	 kind;
	double		 scale;
} events[] = {
	{ "freq",	EVENT_FREQ,	1e-6 },
	{ "step",	EVENT_STEP,	1 },
	{ "lie",	EVENT_LIE,	1 },
	{ "stratum",	EVENT_STRATUM,	1 },
	{ "kiss",	EVENT_KISS,	1 },
	{ "delay",	EVENT_DELAY,	1 },
	{ "tamper",	EVENT_TAMPER,	1 },
	{ NULL,		EVENT_FREQ,	0 }
};

/* This cannot be done to a guest. */
static int
for_simulator(struct scenario *sc, const char *word)
{
	snprintf(sc->sim_only, sizeof(sc->sim_only), "%s", word);
	return (0);
}

static char *
next_word(char **rest)
{
	char	*word;

	while ((word = strsep(rest, " \t")) != NULL && *word == '\0')
		;
	return (word);
}

static int
add_event(struct scenario *sc, char *rest)
{
	struct event	*e;
	char		*word;
	double		 source;
	int		 i;

	if (sc->nevents == SCENARIO_EVENTS)
		return (-1);
	e = &sc->events[sc->nevents];
	if (parse_number(next_word(&rest), 0, 1e9, &e->at_s) == -1 ||
	    (word = next_word(&rest)) == NULL)
		return (-1);
	if (strcmp(word, "suspend") == 0 || strcmp(word, "pause") == 0 ||
	    strcmp(word, "kill") == 0)
		return (for_simulator(sc, word));
	for (i = 0; events[i].name != NULL; i++)
		if (strcmp(events[i].name, word) == 0)
			break;
	if (events[i].name == NULL)
		return (-1);
	e->kind = events[i].kind;
	if (e->kind >= EVENT_LIE) {
		if (parse_number(next_word(&rest), 1, SCENARIO_SOURCES,
		    &source) == -1)
			return (-1);
		e->source = (int)source - 1;
	}
	if (parse_number(next_word(&rest), -3e9, 3e9, &e->value) == -1)
		return (-1);
	e->value *= events[i].scale;
	sc->nevents++;
	return (0);
}

/* What does not only set a number.  1: not one of these words. */
static int
read_special(struct scenario *sc, const char *name, char *rest)
{
	if (strcmp(name, "leap") == 0) {
		if (parse_number(next_word(&rest), 0, 2, &sc->leap) == -1)
			return (-1);
		return (parse_number(next_word(&rest), 0, 1e9,
		    &sc->leap_at_s));
	}
	if (strcmp(name, "drift") == 0) {
		sc->have_drift = 1;
		return (parse_number(rest, -1e5, 1e5, &sc->drift_ppm));
	}
	if (strcmp(name, "feed") == 0)
		return (for_simulator(sc, name));
	if (strcmp(name, "limit") == 0 || strcmp(name, "least") == 0)
		return (0);
	return (1);
}

/*
 * The text of a source line is kept until the end of the file, because a
 * `path' line below it may still change what it starts from.
 */
static int
add_text(char (*lines)[SCENARIO_LINE], int *n, int max, const char *text)
{
	if (*n == max || strlen(text) >= SCENARIO_LINE)
		return (-1);
	strcpy(lines[(*n)++], text);
	return (0);
}

static int
finish_source(struct scenario *sc, int i, char *text)
{
	struct source_conf	*conf;
	char			*options;

	conf = &sc->sources[i];
	*conf = sc->defaults;
	options = strchr(text, ':');
	if (options != NULL) {
		*options++ = '\0';
		options += strspn(options, " \t");
		snprintf(conf->options, sizeof(conf->options), "%s",
		    options);
	}
	if (set_path(conf, text) == -1)
		return (-1);
	conf->up.dist = conf->down.dist = (enum dist)conf->dist;
	conf->up.spike_s = conf->down.spike_s = conf->spike_s;
	conf->up.reorder = conf->down.reorder = conf->reorder;
	conf->up.shape = conf->down.shape = conf->shape;
	return (0);
}

static int
read_line(struct scenario *sc, char (*sources)[SCENARIO_LINE], char *line)
{
	char	*name, *rest;
	int	 r;

	line[strcspn(line, "#\n")] = '\0';
	rest = line + strspn(line, " \t");
	for (name = rest + strlen(rest); name > rest &&
	    isspace((unsigned char)name[-1]); name--)
		name[-1] = '\0';
	if (*rest == '\0')
		return (0);
	name = strsep(&rest, " \t");
	if (rest == NULL)
		rest = line + strlen(line);
	rest += strspn(rest, " \t");
	if (strcmp(name, "source") == 0)
		return (add_text(sources, &sc->nsources, SCENARIO_SOURCES,
		    rest));
	if (strcmp(name, "conf") == 0)
		return (add_text(sc->conf, &sc->nconf, SCENARIO_CONF, rest));
	if (strcmp(name, "path") == 0)
		return (set_path(&sc->defaults, rest));
	if (strcmp(name, "at") == 0)
		return (add_event(sc, rest));
	if (strcmp(name, "options") == 0) {
		snprintf(sc->defaults.options, sizeof(sc->defaults.options),
		    "%s", rest);
		return (0);
	}
	r = read_special(sc, name, rest);
	return (r != 1 ? r : set_number(globals, sc, name, rest));
}

static int
read_lines(struct scenario *sc, char (*sources)[SCENARIO_LINE],
    const char *file, FILE *fp)
{
	char	copy[SCENARIO_LINE], line[SCENARIO_LINE];
	int	i, n;

	for (n = 1; fgets(line, sizeof(line), fp) != NULL; n++) {
		strcpy(copy, line);
		if (read_line(sc, sources, line) == -1) {
			warnx("%s:%d: %s", file, n, copy);
			return (-1);
		}
	}
	for (i = 0; i < sc->nsources; i++) {
		strcpy(copy, sources[i]);
		if (finish_source(sc, i, sources[i]) == -1) {
			warnx("%s: source %s", file, copy);
			return (-1);
		}
	}
	return (0);
}

int
scenario_read(struct scenario *sc, const char *file)
{
	char	 sources[SCENARIO_SOURCES][SCENARIO_LINE];
	FILE	*fp;
	int	 r;

	memset(sc, 0, sizeof(*sc));
	sc->duration_s = 3600;
	sc->from_s = -1;
	sc->interval_s = 1;
	sc->seed = 1;
	sc->nodes = 1;
	sc->defaults.stratum = 1;
	sc->defaults.shape = 2;
	fp = fopen(file, "re");
	if (fp == NULL) {
		warn("%s", file);
		return (-1);
	}
	r = read_lines(sc, sources, file, fp);
	fclose(fp);
	if (sc->from_s < 0)
		sc->from_s = sc->duration_s / 2;
	if (sc->nodes > 1)
		for_simulator(sc, "nodes");
	if (r == 0 && sc->leap != 0 && sc->epoch_s == 0) {
		warnx("%s: a leap second needs an epoch", file);
		return (-1);
	}
	return (r);
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
