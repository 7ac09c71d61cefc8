/*
 * Selection of sources.  Engine core: pure.
 *
 * Hysteresis: a source that is not followed has a score that grows with each
 * of its samples by the ratio of the distances, and falls likewise; at 10 it
 * is followed.  One that is a little nearer takes long, one that is ten times
 * nearer is followed at once, equal ones never take turns, because a distance
 * is added to those that are not followed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/engine/select.h"

#define FREQ_SIGMAS	5.0	/* frequencies that do not go together */
#define FREQ_SLACK	1e-6

static const char letters[SELECT_STATES + 1] = "MNsrd~wSOTxW?PD+*";

struct edge {
	double	value;
	int	kind;		/* +1 an interval starts, -1 it ends */
};

char
select_letter(enum select_state state)
{
	return ((unsigned)state < SELECT_STATES ? letters[state] : '?');
}

static int
edge_cmp(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->value != y->value)
		return (x->value > y->value ? 1 : -1);
	/* touching intervals overlap: starts first */
	return (y->kind - x->kind);
}

/*
 * The part of the line that most intervals of those cover that still wait and
 * have all of these options.  Returns how many do.
 */
static size_t
intersect(const struct select_candidate *c, size_t n, uint32_t options,
    double *lo, double *hi)
{
	struct edge edges[2 * SELECT_MAX];
	size_t i, m = 0, depth = 0, best = 0;

	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_WAITING ||
		    (c[i].options & options) != options)
			continue;
		edges[m].value = c[i].lo_s;
		edges[m++].kind = 1;
		edges[m].value = c[i].hi_s;
		edges[m++].kind = -1;
	}
	qsort(edges, m, sizeof(edges[0]), edge_cmp);
	for (i = 0; i < m; i++) {
		if (edges[i].kind < 0) {
			if (depth-- == best && *hi < *lo)
				*hi = edges[i].value;
			continue;
		}
		if (++depth > best) {
			best = depth;
			*lo = edges[i].value;
			*hi = -INFINITY;
		}
	}
	return (best);
}

static size_t
count(const struct select_candidate *c, size_t n, enum select_state state,
    uint32_t options)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		found += c[i].state == state &&
		    (c[i].options & options) == options;
	return (found);
}

static void
turn(struct select_candidate *c, size_t n, enum select_state from,
    enum select_state to)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (c[i].state == from)
			c[i].state = to;
}

/* What can be said of one alone. */
static enum select_state
screen_one(const struct select_conf *conf, const struct select_candidate *c)
{
	if (c->options & SELECT_NOSELECT_OPT)
		return (SELECT_NOSELECT);
	if (c->obstacle != SELECT_SELECTABLE && c->obstacle != SELECT_STALE)
		return (c->obstacle);
	if (c->stratum < conf->minstratum || c->stratum > conf->maxstratum)
		return (SELECT_STRATUM);
	if (!(c->distance_s <= conf->maxdistance_s))
		return (SELECT_DISTANT);
	if (!(c->jitter_s <= conf->maxjitter_s))
		return (SELECT_JITTERY);
	if (c->stratum >= conf->orphan_stratum)
		return (SELECT_ORPHAN);
	return (c->obstacle == SELECT_STALE ? SELECT_STALE : SELECT_WAITING);
}

/* Returns how many remain; they are WAITING. */
static size_t
screen(const struct select_conf *conf, struct select_candidate *c, size_t n,
    uint32_t last_id)
{
	size_t i, left;

	for (i = 0; i < n; i++) {
		c[i].lo_s = c[i].est.offset_s - c[i].distance_s;
		c[i].hi_s = c[i].est.offset_s + c[i].distance_s;
		c[i].state = screen_one(conf, &c[i]);
	}
	left = count(c, n, SELECT_WAITING, 0);
	/* nobody answers: stay with the last word of the one that we had */
	for (i = 0; i < n && left == 0; i++)
		if (c[i].state == SELECT_STALE && c[i].id == last_id &&
		    last_id != 0) {
			c[i].state = SELECT_WAITING;
			left = 1;
		}
	return (left);
}

/* Those that do not meet [lo, hi] lie. */
static void
mark_falsetickers(struct select_candidate *c, size_t n, double lo, double hi)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (c[i].state == SELECT_WAITING &&
		    (c[i].hi_s < lo || c[i].lo_s > hi))
			c[i].state = SELECT_FALSETICKER;
}

/* No majority: nobody can be believed, anybody may be right. */
static void
doubt(struct select_candidate *c, size_t n, struct select_result *r)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_WAITING)
			continue;
		c[i].state = SELECT_FALSETICKER;
		r->doubt_s = fmax(r->doubt_s,
		    fmax(fabs(c[i].lo_s), fabs(c[i].hi_s)));
	}
}

/*
 * The trusted ones, if there are any, decide among themselves; the others
 * must overlap them, and say what they say.  0, or -1 without a majority.
 */
static int
find_truechimers(struct select_candidate *c, size_t n,
    struct select_result *r)
{
	double lo = INFINITY, hi = -INFINITY;
	size_t i, all, agree;
	uint32_t options = SELECT_TRUST_OPT;

	if ((all = count(c, n, SELECT_WAITING, options)) == 0) {
		options = 0;
		all = count(c, n, SELECT_WAITING, options);
	}
	agree = intersect(c, n, options, &lo, &hi);
	if (agree * 2 <= all) {
		doubt(c, n, r);
		return (-1);
	}
	mark_falsetickers(c, n, lo, hi);
	for (i = 0; i < n && options != 0; i++)
		if (c[i].state == SELECT_WAITING &&
		    (c[i].options & options) == 0 &&
		    (c[i].est.offset_s < lo || c[i].est.offset_s > hi))
			c[i].state = SELECT_UNTRUSTED;
	return (0);
}

/* Enough of them, and one that is required when any is? */
static int
is_enough(const struct select_conf *conf, const struct select_candidate *c,
    size_t n)
{
	size_t i;
	int required = conf->required;

	for (i = 0; i < n; i++)
		required |= (c[i].options & (SELECT_REQUIRE_OPT |
		    SELECT_NOSELECT_OPT)) == SELECT_REQUIRE_OPT;
	return (count(c, n, SELECT_WAITING, 0) >= conf->minsources &&
	    (!required ||
	    count(c, n, SELECT_WAITING, SELECT_REQUIRE_OPT) > 0));
}

static double
selection_distance(const struct select_conf *conf,
    const struct select_candidate *c, unsigned min_stratum, int followed)
{
	return (c->distance_s +
	    conf->stratumweight_s * (c->stratum - min_stratum) +
	    (followed ? 0 : conf->reselectdist_s));
}

/* The best truechimer: the one followed until now, unless ... */
static int
choose(const struct select_conf *conf, struct select_candidate *c, size_t n,
    uint32_t last_id)
{
	unsigned min_stratum = UINT32_MAX;
	int best = -1, last = -1;
	double distance, followed = 0, nearest = INFINITY, score = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_SELECTABLE)
			continue;
		if (c[i].stratum < min_stratum)
			min_stratum = c[i].stratum;
		if (c[i].id == last_id && last_id != 0)
			last = (int)i;
	}
	if (last != -1)
		followed = selection_distance(conf, &c[last], min_stratum, 1);
	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_SELECTABLE) {
			c[i].score = 1;
			continue;
		}
		distance = selection_distance(conf, &c[i], min_stratum,
		    (int)i == last);
		if (last == -1 || (int)i == last)
			c[i].score = 1;
		else if (c[i].est.updated)
			c[i].score = fmax(1, c[i].score * followed /
			    distance);
		if (last == -1 ? distance < nearest : (int)i != last &&
		    c[i].score >= SELECT_SCORE_LIMIT && c[i].score > score) {
			nearest = distance;
			score = c[i].score;
			best = (int)i;
		}
	}
	if (best == -1)
		return (last);
	for (i = 0; i < n; i++)
		c[i].score = 1;
	return (best);
}

/* May this one be combined with the selected one? */
static int
is_combinable(const struct select_conf *conf, struct select_candidate *c,
    const struct select_candidate *sel)
{
	double sigma;

	if (c == sel)
		return (1);
	sigma = sqrt(c->est.var_f + sel->est.var_f);
	if (!(c->distance_s <= conf->combinelimit * (sel->distance_s +
	    conf->reselectdist_s)) || fabs(c->est.freq - sel->est.freq) >
	    FREQ_SIGMAS * sigma + FREQ_SLACK)
		c->outlier = SELECT_OUTLIER_SAMPLES;
	else if (c->outlier > 0 && c->est.updated)
		c->outlier--;
	return (c->outlier == 0);
}

static void
combine(const struct select_conf *conf, struct select_candidate *c, size_t n,
    struct select_result *r)
{
	struct combine_source sources[SELECT_MAX];
	size_t map[SELECT_MAX], i, m = 0;
	struct select_candidate *sel = &c[r->index];
	struct combine_result sum;
	double most = 0;

	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_SELECTABLE)
			continue;
		c[i].state = SELECT_OUTLIER;
		if (!is_combinable(conf, &c[i], sel))
			continue;
		c[i].state = SELECT_COMBINED;
		map[m] = i;
		sources[m++] = c[i].est;
		most = fmax(most, c[i].est.weight);
	}
	sel->state = SELECT_SELECTED;
	/* a weight makes the others worse: no measurement gets better by it */
	for (i = 0; i < m; i++)
		c[map[i]].est.weight = sources[i].weight /= most;
	combine_run(sources, m, &sum);
	for (i = 0; i < m; i++)
		c[map[i]].est.bias = sources[i].bias;
	r->combined = (unsigned)m;
	r->offset_s = sum.offset_s;
	r->var_s2 = sum.var_s2;
	r->freq = sum.freq;
	r->var_f = sum.var_f;
	r->distance_s = sel->distance_s;
	r->bound_s = sum.bound_s;
}

int
select_run(const struct select_conf *conf, struct select_candidate *c,
    size_t n, uint32_t last_id, struct select_result *r)
{
	size_t i;
	int found;

	memset(r, 0, sizeof(*r));
	r->index = -1;
	if (n > SELECT_MAX)
		n = SELECT_MAX;
	if (screen(conf, c, n, last_id) == 0)
		return (-1);
	found = find_truechimers(c, n, r);
	r->falsetickers = (unsigned)count(c, n, SELECT_FALSETICKER, 0);
	r->selectable = (unsigned)count(c, n, SELECT_WAITING, 0);
	if (found == -1 || r->selectable == 0 || !is_enough(conf, c, n))
		return (-1);
	turn(c, n, SELECT_WAITING, SELECT_SELECTABLE);
	if (count(c, n, SELECT_SELECTABLE, SELECT_PREFER_OPT) > 0)
		for (i = 0; i < n; i++)
			if (c[i].state == SELECT_SELECTABLE &&
			    (c[i].options & SELECT_PREFER_OPT) == 0)
				c[i].state = SELECT_NOT_PREFERRED;
	r->index = choose(conf, c, n, last_id);
	combine(conf, c, n, r);
	return (0);
}
