/*
 * Which sources tell the truth, which is followed, and what they say together.
 * Pure: the intersection of RFC 5905 11.2.1 over root distances, then a
 * choice with hysteresis, then a combination by variances.
 */
#ifndef ENGINE_SELECT_H
#define ENGINE_SELECT_H

#include <stddef.h>
#include <stdint.h>

#define SELECT_MAX		256
#define SELECT_DISTANCE_MAX_S	3.0	/* chrony's maxdistance */
#define SELECT_JITTER_MAX_S	1.0	/* chrony's maxjitter */
#define SELECT_COMBINE_LIMIT	3.0	/* chrony's combinelimit */
#define SELECT_STRATUM_S	0.001	/* chrony's stratumweight */
#define SELECT_RESELECT_S	0.0001	/* chrony's reselectdist */

enum select_state {
	SELECT_UNUSABLE,	/* the caller says so: no sample, unreachable */
	SELECT_DISTANT,		/* root distance above the limit */
	SELECT_JITTERY,
	SELECT_FALSETICKER,
	SELECT_WAITING,		/* truechimer, but too few or no majority */
	SELECT_SELECTABLE,	/* good, not combined */
	SELECT_COMBINED,
	SELECT_SELECTED
};

struct select_candidate {
	/* in */
	int		usable;
	int		prefer;
	uint32_t	id;
	unsigned	stratum;
	unsigned	weight;		/* 1..10: divides the variance */
	double		offset_s;	/* from the steered clock */
	double		distance_s;	/* root distance: |error| at most */
	double		jitter_s;
	double		var_s2;		/* of the offset */
	double		freq;		/* d y/d raw */
	double		var_f;
	/* out */
	enum select_state state;
};

struct select_result {
	int		index;		/* selected candidate, -1: none */
	unsigned	selectable;
	unsigned	combined;	/* with the selected one */
	unsigned	falsetickers;
	double		offset_s;
	double		var_s2;
	double		freq;
	double		var_f;
	double		distance_s;
	double		spread_s;	/* combined from selected offset */
};

/*
 * last_id: the source followed until now (0: none), which is kept unless
 * another is clearly better.  Returns 0, or -1 when nothing can be selected.
 */
int	select_run(struct select_candidate *c, size_t n, unsigned minsources,
	    uint32_t last_id, struct select_result *r);

#endif
