/*
 * Selection and combination of sources.  Engine core: pure.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/engine/select.h"

/* A constant asymmetry of a path is taken as this share of the distance. */
#define ASYMMETRY_SHARE	0.1

struct edge {
	double	value;
	int	kind;		/* +1 an interval starts, -1 it ends */
};

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
 * The part of the line that most intervals [offset - distance, offset +
 * distance] cover.  Returns how many do.
 */
static size_t
intersect(const struct select_candidate *c, size_t n, double *lo, double *hi)
{
	struct edge edges[2 * SELECT_MAX];
	size_t i, m = 0, depth = 0, best = 0;

	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_WAITING)
			continue;
		edges[m].value = c[i].offset_s - c[i].distance_s;
		edges[m++].kind = 1;
		edges[m].value = c[i].offset_s + c[i].distance_s;
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

/* What can be said of each alone; returns those that remain. */
static size_t
screen(struct select_candidate *c, size_t n)
{
	size_t i, left = 0;

	for (i = 0; i < n; i++) {
		if (!c[i].usable)
			c[i].state = SELECT_UNUSABLE;
		else if (!(c[i].distance_s <= SELECT_DISTANCE_MAX_S))
			c[i].state = SELECT_DISTANT;
		else if (!(c[i].jitter_s <= SELECT_JITTER_MAX_S))
			c[i].state = SELECT_JITTERY;
		else {
			c[i].state = SELECT_WAITING;
			left++;
		}
	}
	return (left);
}

static double
score(const struct select_candidate *c, unsigned min_stratum)
{
	return (c->distance_s + SELECT_STRATUM_S * (c->stratum - min_stratum));
}

/* The best truechimer; the one followed until now has a head start. */
static int
choose(const struct select_candidate *c, size_t n, uint32_t last_id)
{
	unsigned min_stratum = 16;
	int best = -1, prefer = 0;
	double value, best_value = INFINITY;
	size_t i;

	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_SELECTABLE)
			continue;
		if (c[i].stratum < min_stratum)
			min_stratum = c[i].stratum;
		prefer |= c[i].prefer;
	}
	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_SELECTABLE ||
		    (prefer && !c[i].prefer))
			continue;
		value = score(&c[i], min_stratum);
		if (c[i].id != last_id)
			value += SELECT_RESELECT_S + value / 4;
		if (value < best_value) {
			best_value = value;
			best = (int)i;
		}
	}
	return (best);
}

static void
combine(struct select_candidate *c, size_t n, struct select_result *r)
{
	struct select_candidate *sel = &c[r->index];
	double limit, var, w, wf, sum = 0, sumf = 0, asym;
	size_t i;

	sel->state = SELECT_SELECTED;
	limit = SELECT_COMBINE_LIMIT * (sel->distance_s + SELECT_RESELECT_S);
	r->distance_s = sel->distance_s;
	for (i = 0; i < n; i++) {
		if (&c[i] != sel && (c[i].state != SELECT_SELECTABLE ||
		    c[i].distance_s > limit || c[i].prefer != sel->prefer))
			continue;
		asym = ASYMMETRY_SHARE * c[i].distance_s;
		var = (c[i].var_s2 + asym * asym) / c[i].weight;
		w = 1 / (var + 1e-20);
		wf = c[i].weight / (c[i].var_f + 1e-30);
		r->offset_s += w * c[i].offset_s;
		r->freq += wf * c[i].freq;
		sum += w;
		sumf += wf;
		if (&c[i] != sel)
			c[i].state = SELECT_COMBINED;
		r->combined++;
	}
	r->offset_s /= sum;
	r->spread_s = fabs(r->offset_s - sel->offset_s);
	r->freq /= sumf;
	r->var_f = 1 / sumf;
	r->var_s2 = sel->var_s2;
	if (r->combined > 1)
		r->var_s2 = fmin(r->var_s2, 1 / sum);
}

int
select_run(struct select_candidate *c, size_t n, unsigned minsources,
    uint32_t last_id, struct select_result *r)
{
	double lo = INFINITY, hi = -INFINITY;
	size_t i, left, agree;

	memset(r, 0, sizeof(*r));
	r->index = -1;
	if (n > SELECT_MAX)
		n = SELECT_MAX;
	left = screen(c, n);
	if (left == 0)
		return (-1);
	agree = intersect(c, n, &lo, &hi);
	if (agree * 2 <= left) {
		/* no majority: nobody can be believed */
		for (i = 0; i < n; i++)
			if (c[i].state == SELECT_WAITING)
				c[i].state = SELECT_FALSETICKER;
		r->falsetickers = left;
		return (-1);
	}
	for (i = 0; i < n; i++) {
		if (c[i].state != SELECT_WAITING)
			continue;
		if (c[i].offset_s + c[i].distance_s < lo ||
		    c[i].offset_s - c[i].distance_s > hi) {
			c[i].state = SELECT_FALSETICKER;
			r->falsetickers++;
		} else
			r->selectable++;
	}
	if (r->selectable < minsources)
		return (-1);
	for (i = 0; i < n; i++)
		if (c[i].state == SELECT_WAITING)
			c[i].state = SELECT_SELECTABLE;
	r->index = choose(c, n, last_id);
	if (r->index == -1)
		return (-1);
	combine(c, n, r);
	return (0);
}
