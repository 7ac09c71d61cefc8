/*
 * Reads scenarios; see simconf.h.  Part of the simulator.
 */
#include <ctype.h>
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "regress/sim/simconf.h"

struct number {
	const char	*name;
	size_t		 at;
	double		 min;
	double		 max;
};

#define FIELD(f)	offsetof(struct sim_conf, f)
#define PATH(f)		offsetof(struct sim_path, f)

static const struct number globals[] = {
	{ "duration",	FIELD(duration_s),	1,	1e9 },
	{ "from",	FIELD(from_s),		0,	1e9 },
	{ "interval",	FIELD(interval_s),	1e-3,	1e4 },
	{ "seed",	FIELD(seed),		0,	9e15 },
	{ "draws",	FIELD(draws),		0,	1e6 },
	{ "offset",	FIELD(offset_s),	-3e9,	3e9 },
	{ "freq",	FIELD(freq_ppm),	-1e5,	1e5 },
	{ "wander",	FIELD(wander),		0,	1e-3 },
	{ "epoch",	FIELD(epoch_s),		1e9,	4.5e9 },
	{ "resolution",	FIELD(resolution_s),	1e-9,	1e-2 },
	{ "latency",	FIELD(latency_s),	0,	1 },
	{ "set_latency", FIELD(set_latency_s),	0,	1 },
	{ "wake",	FIELD(wake_s),		0,	1 },
	{ "nodes",	FIELD(nodes),		1,	SIM_NODES_MAX },
	{ "meter",	FIELD(meter),		1,	SIM_NODES_MAX },
	{ "grace",	FIELD(grace_s),		0,	1e9 },
	{ "sabotage",	FIELD(sabotage),	0,	5 },
	{ NULL,		0,			0,	0 }
};

/* "delay", "jitter" and "spike_share" set the fields of both directions. */
static const struct number path_keys[] = {
	{ "delay",	PATH(delay_up),		0,	100 },
	{ "delay",	PATH(delay_down),	0,	100 },
	{ "delay_up",	PATH(delay_up),		0,	100 },
	{ "delay_down",	PATH(delay_down),	0,	100 },
	{ "jitter",	PATH(jitter_up),	0,	100 },
	{ "jitter",	PATH(jitter_down),	0,	100 },
	{ "jitter_up",	PATH(jitter_up),	0,	100 },
	{ "jitter_down", PATH(jitter_down),	0,	100 },
	{ "shape",	PATH(shape),		0.1,	100 },
	{ "spike",	PATH(spike),		0,	100 },
	{ "spike_share", PATH(spike_share_up),	0,	1 },
	{ "spike_share", PATH(spike_share_down), 0,	1 },
	{ "spike_share_up", PATH(spike_share_up), 0,	1 },
	{ "spike_share_down", PATH(spike_share_down), 0, 1 },
	{ "loss",	PATH(loss),		0,	1 },
	{ "dup",	PATH(dup),		0,	1 },
	{ "reorder",	PATH(reorder),		0,	1 },
	{ "corrupt",	PATH(corrupt),		0,	1 },
	{ "outage_at",	PATH(outage_at),	0,	1e9 },
	{ "outage_len",	PATH(outage_len),	0,	1e9 },
	{ "outage_every", PATH(outage_every),	0,	1e9 },
	{ "lie",	PATH(lie),		-3e9,	3e9 },
	{ "drift",	PATH(drift_ppm),	-1e5,	1e5 },
	{ "stratum",	PATH(stratum),		0,	255 },
	{ "kiss",	PATH(kiss),		0,	2 },
	{ "unsync",	PATH(unsync),		0,	1 },
	{ "root_delay",	PATH(root_delay),	0,	1000 },
	{ "root_disp",	PATH(root_disp),	0,	1000 },
	{ "tamper",	PATH(tamper),		0,	255 },
	{ NULL,		0,			0,	0 }
};

static const char *const dists[SIM_DIST_COUNT] = {
	[SIM_DIST_NONE] = "none",
	[SIM_DIST_NORMAL] = "normal",
	[SIM_DIST_EXPONENTIAL] = "exponential",
	[SIM_DIST_UNIFORM] = "uniform",
	[SIM_DIST_PARETO] = "pareto",
	[SIM_DIST_GAMMA] = "gamma",
	[SIM_DIST_BIMODAL] = "bimodal",
};

/* What an `at' line can do: with a source's number, a value, another. */
static const struct {
	const char	*name;
	enum sim_act	 act;
	int		 source;
	int		 value;
	double		 scale;
} acts[] = {
	{ "freq",	ACT_FREQ,	0, 1, 1e-6 },
	{ "step",	ACT_STEP,	0, 1, 1 },
	{ "lie",	ACT_LIE,	1, 1, 1 },
	{ "suspend",	ACT_SUSPEND,	0, 1, 1 },
	{ "pause",	ACT_PAUSE,	0, 1, 1 },
	{ "kill",	ACT_KILL,	0, 0, 1 },
	{ "stratum",	ACT_STRATUM,	1, 1, 1 },
	{ "kiss",	ACT_KISS,	1, 1, 1 },
	{ "delay",	ACT_DELAY,	1, 1, 1 },
	{ "tamper",	ACT_TAMPER,	1, 1, 1 },
	{ NULL,		ACT_FREQ,	0, 0, 0 }
};

static int
parse_number(const char *text, double min, double max, double *value)
{
	char *end;

	if (text == NULL)
		return (-1);
	*value = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(*value) ||
	    *value < min || *value > max)
		return (-1);
	return (0);
}

/* The next word of a line, NULL at its end. */
static char *
next_word(char **rest)
{
	char *word;

	while ((word = strsep(rest, " \t")) != NULL)
		if (*word != '\0')
			return (word);
	return (NULL);
}

static int
set_number(const struct number *table, void *base, const char *name,
    const char *text)
{
	double value;
	int found = 0, i;

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

static int
set_path(struct sim_path *path, char *rest)
{
	char *value, *word;
	int i;

	while ((word = next_word(&rest)) != NULL) {
		value = strchr(word, '=');
		if (value == NULL)
			return (-1);
		*value++ = '\0';
		if (strcmp(word, "dist") != 0) {
			if (set_number(path_keys, path, word, value) == -1)
				return (-1);
			continue;
		}
		for (i = 0; i < SIM_DIST_COUNT; i++)
			if (strcmp(dists[i], value) == 0)
				break;
		if (i == SIM_DIST_COUNT)
			return (-1);
		path->dist = i;
	}
	return (0);
}

/* [KEY=VALUE ...] [: TEXT], on top of what `path' lines said so far. */
static int
read_path(const struct sim_conf *c, struct sim_path *path, char *rest)
{
	char *options;

	*path = c->defaults;
	options = strchr(rest, ':');
	if (options != NULL) {
		*options++ = '\0';
		options += strspn(options, " \t");
		snprintf(path->options, sizeof(path->options), "%s",
		    options);
	}
	return (set_path(path, rest));
}

/* Kept as text: a `path' line below may still change what it starts from. */
static int
keep_text(char (*lines)[SIM_LINE], int *n, int max, const char *text)
{
	if (*n == max || strlen(text) >= SIM_LINE)
		return (-1);
	strcpy(lines[(*n)++], text);
	return (0);
}

/* "A" or "A-B", 1.. */
static int
read_nodes(struct sim_feed *f, char *text)
{
	char *last;
	double value;

	last = strchr(text, '-');
	if (last != NULL)
		*last++ = '\0';
	if (parse_number(text, 1, SIM_NODES_MAX, &value) == -1)
		return (-1);
	f->first = f->last = (int)value - 1;
	if (last == NULL)
		return (0);
	if (parse_number(last, 1, SIM_NODES_MAX, &value) == -1)
		return (-1);
	f->last = (int)value - 1;
	return (0);
}

static int
read_feed(const struct sim_conf *c, struct sim_feed *f, char *rest)
{
	char *nodes, *target, none[1] = "";
	double value;

	nodes = next_word(&rest);
	target = next_word(&rest);
	if (target == NULL || (*target != 's' && *target != 'n') ||
	    parse_number(target + 1, 1, SIM_NODES_MAX, &value) == -1)
		return (-1);
	f->is_node = *target == 'n';
	f->target = (int)value - 1;
	if (read_nodes(f, nodes) == -1)
		return (-1);
	return (read_path(c, &f->path, rest == NULL ? none : rest));
}

static int
add_script(struct sim_conf *c, char *rest)
{
	struct sim_script *s;
	double value;
	char *word;
	int i;

	if (c->nscript == SIM_SCRIPT_MAX)
		return (-1);
	s = &c->script[c->nscript++];
	memset(s, 0, sizeof(*s));
	if (parse_number(next_word(&rest), 0, 1e9, &s->at_s) == -1 ||
	    (word = next_word(&rest)) == NULL)
		return (-1);
	for (i = 0; acts[i].name != NULL; i++)
		if (strcmp(acts[i].name, word) == 0)
			break;
	if (acts[i].name == NULL)
		return (-1);
	s->act = acts[i].act;
	if (acts[i].source) {
		if (parse_number(next_word(&rest), 1, SIM_SOURCES,
		    &value) == -1)
			return (-1);
		s->source = (int)value - 1;
	}
	if (!acts[i].value)
		return (0);
	if (parse_number(next_word(&rest), -3e9, 3e9, &s->value) == -1)
		return (-1);
	s->value *= acts[i].scale;
	word = next_word(&rest);
	if (word != NULL)
		return (parse_number(word, -3e9, 3e9, &s->error));
	return (0);
}

static int
add_limit(struct sim_conf *c, int least, char *rest)
{
	struct sim_limit *l;
	char *word;

	if (c->nlimits == SIM_LIMITS || (word = next_word(&rest)) == NULL)
		return (-1);
	l = &c->limits[c->nlimits++];
	memset(l, 0, sizeof(*l));
	snprintf(l->key, sizeof(l->key), "%s", word);
	l->least = least;
	if (parse_number(next_word(&rest), -1e12, 1e12, &l->value) == -1)
		return (-1);
	word = next_word(&rest);
	if (word == NULL)
		return (0);
	l->have_want = 1;
	if (strcmp(word, "want") != 0)
		return (-1);
	return (parse_number(next_word(&rest), -1e12, 1e12, &l->want));
}

static int
set_leap(struct sim_conf *c, char *rest)
{
	double kind;

	if (parse_number(next_word(&rest), 0, 2, &kind) == -1)
		return (-1);
	c->leap = (int)kind;
	return (parse_number(next_word(&rest), 0, 1e9, &c->leap_at_s));
}

static int
include_file(struct sim_conf *c, const char *from, const char *file)
{
	char path[SIM_LINE * 2];
	const char *slash = strrchr(from, '/');
	FILE *fp;
	int r;

	snprintf(path, sizeof(path), "%.*s%s", slash == NULL ? 0 :
	    (int)(slash + 1 - from), from, file);
	fp = fopen(path, "re");
	if (fp == NULL) {
		warn("%s", path);
		return (-1);
	}
	r = simconf_read(c, fp, path);
	fclose(fp);
	return (r);
}

static int
set_text(struct sim_conf *c, const char *name, char *rest)
{
	if (strcmp(name, "conf") == 0) {
		if (c->nconf == SIM_CONF_MAX)
			return (-1);
		snprintf(c->conf[c->nconf++], SIM_LINE, "%s", rest);
		return (0);
	}
	if (strcmp(name, "options") == 0) {
		snprintf(c->defaults.options, sizeof(c->defaults.options),
		    "%s", rest);
		return (0);
	}
	if (strcmp(name, "drift") == 0) {
		c->have_drift = 1;
		return (parse_number(rest, -1e5, 1e5, &c->drift_ppm));
	}
	return (set_number(globals, c, name, rest));
}

static int
read_line(struct sim_conf *c, const char *file, char *line)
{
	char *end, *name, *rest;

	line[strcspn(line, "#\n")] = '\0';
	rest = line + strspn(line, " \t");
	for (end = rest + strlen(rest); end > rest &&
	    isspace((unsigned char)end[-1]); end--)
		end[-1] = '\0';
	if (*rest == '\0')
		return (0);
	name = strsep(&rest, " \t");
	if (rest == NULL)
		rest = name + strlen(name);
	rest += strspn(rest, " \t");
	if (strcmp(name, "include") == 0)
		return (include_file(c, file, rest));
	if (strcmp(name, "source") == 0)
		return (keep_text(c->source_text, &c->nsources,
		    SIM_SOURCES, rest));
	if (strcmp(name, "feed") == 0)
		return (keep_text(c->feed_text, &c->nfeeds, SIM_FEEDS_MAX,
		    rest));
	if (strcmp(name, "path") == 0)
		return (set_path(&c->defaults, rest));
	if (strcmp(name, "at") == 0)
		return (add_script(c, rest));
	if (strcmp(name, "leap") == 0)
		return (set_leap(c, rest));
	if (strcmp(name, "limit") == 0 || strcmp(name, "least") == 0)
		return (add_limit(c, name[1] == 'e', rest));
	return (set_text(c, name, rest));
}

void
simconf_init(struct sim_conf *c)
{
	memset(c, 0, sizeof(*c));
	c->duration_s = 3600;
	c->from_s = -1;
	c->interval_s = 1;
	c->seed = 1;
	c->epoch_s = 1700000000;
	c->resolution_s = 1e-9;
	c->latency_s = 50e-6;
	c->wake_s = 30e-6;
	c->nodes = 1;
	c->meter = 1;
	c->grace_s = 300;
	c->defaults.stratum = 1;
	c->defaults.shape = 2;
}

int
simconf_read(struct sim_conf *c, FILE *fp, const char *name)
{
	char copy[SIM_LINE], line[SIM_LINE];
	int n;

	for (n = 1; fgets(line, sizeof(line), fp) != NULL; n++) {
		strcpy(copy, line);
		if (read_line(c, name, line) == -1) {
			warnx("%s:%d: %s", name, n, copy);
			return (-1);
		}
	}
	return (0);
}

/* Sources and feeds, now that the defaults of their paths are known. */
static int
finish_paths(struct sim_conf *c, const char *name)
{
	char copy[SIM_LINE];
	int i;

	for (i = 0; i < c->nsources; i++) {
		strcpy(copy, c->source_text[i]);
		if (read_path(c, &c->sources[i], copy) == -1) {
			warnx("%s: source %s", name, c->source_text[i]);
			return (-1);
		}
	}
	for (i = 0; i < c->nfeeds; i++) {
		strcpy(copy, c->feed_text[i]);
		if (read_feed(c, &c->feeds[i], copy) == -1) {
			warnx("%s: feed %s", name, c->feed_text[i]);
			return (-1);
		}
	}
	return (0);
}

int
simconf_finish(struct sim_conf *c, const char *name)
{
	const struct sim_feed *f;
	int i, most;

	if (finish_paths(c, name) == -1)
		return (-1);
	if (c->from_s < 0)
		c->from_s = c->duration_s / 2;
	if (c->meter > c->nodes) {
		warnx("%s: meter is none of the nodes", name);
		return (-1);
	}
	for (i = 0; i < c->nfeeds; i++) {
		f = &c->feeds[i];
		most = f->is_node ? (int)c->nodes : c->nsources;
		if (f->target >= most || f->last < f->first ||
		    f->last >= (int)c->nodes) {
			warnx("%s: feed %d: no such node or source", name,
			    i + 1);
			return (-1);
		}
	}
	for (i = 0; i < c->nscript; i++)
		if (c->script[i].source >= SIM_SOURCES ||
		    (c->script[i].source > 0 &&
		    c->script[i].source >= c->nsources)) {
			warnx("%s: at %g: no such source", name,
			    c->script[i].at_s);
			return (-1);
		}
	return (0);
}
