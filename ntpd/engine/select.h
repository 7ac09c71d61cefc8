/*
 * Which sources tell the truth, which is followed, and what they say together.
 * Pure: the intersection of RFC 5905 11.2.1 over root distances, then a choice
 * with hysteresis, then the combination (combine.h).  Each source is told the
 * reason for what became of it.
 */
#ifndef ENGINE_SELECT_H
#define ENGINE_SELECT_H

#include <stddef.h>
#include <stdint.h>

#include "ntpd/engine/combine.h"

#define SELECT_MAX		COMBINE_MAX
#define SELECT_SCORE_LIMIT	10.0	/* then it is followed instead */
#define SELECT_OUTLIER_SAMPLES	8	/* it was too distant so long ago */

/* bits, as in the control protocol */
#define SELECT_NOSELECT_OPT	0x1
#define SELECT_PREFER_OPT	0x2
#define SELECT_TRUST_OPT	0x4
#define SELECT_REQUIRE_OPT	0x8

/* In the order of merit: comparisons are meant. */
enum select_state {
	SELECT_NO_SAMPLES,	/* M not enough measurements */
	SELECT_NOSELECT,	/* N the option */
	SELECT_UNSYNC,		/* s not synchronised */
	SELECT_STRATUM,		/* r stratum not in minstratum..maxstratum */
	SELECT_DISTANT,		/* d root distance above maxdistance */
	SELECT_JITTERY,		/* ~ above maxjitter */
	SELECT_EARLY,		/* w waits for others to get out of M */
	SELECT_STALE,		/* S unreachable, others have newer samples */
	SELECT_ORPHAN,		/* O stratum of an orphan or more */
	SELECT_UNTRUSTED,	/* T not what the trusted ones say */
	SELECT_FALSETICKER,	/* x */
	SELECT_WAITING,		/* W minsources or `require' not met */
	SELECT_SELECTABLE,	/* no more is known yet; never at the end */
	SELECT_NOT_PREFERRED,	/* P another one is preferred */
	SELECT_OUTLIER,		/* D too distant to be combined */
	SELECT_COMBINED,	/* + */
	SELECT_SELECTED,	/* * */
	SELECT_STATES
};

struct select_conf {
	unsigned	minsources;
	unsigned	minstratum;
	unsigned	maxstratum;
	unsigned	orphan_stratum;	/* 16: nobody is an orphan */
	int		required;	/* `require', of who is not here yet */
	double		maxdistance_s;
	double		maxjitter_s;
	double		stratumweight_s;
	double		reselectdist_s;
	double		combinelimit;
};

struct select_candidate {
	/* in */
	enum select_state obstacle;	/* SELECTABLE: none that is known */
	uint32_t	id;
	uint32_t	options;	/* SELECT_*_OPT in effect */
	unsigned	stratum;
	uint8_t		leap;		/* for reports */
	int64_t		sample_raw_ns;	/* last sample, ditto; 0: none */
	double		distance_s;	/* root distance: |error| at most */
	double		jitter_s;
	struct combine_source est;	/* offset from the steered clock */
	/* in and out */
	double		score;		/* >= 1; against the followed one */
	uint32_t	outlier;	/* samples until it may be combined */
	/* out */
	enum select_state state;
	double		lo_s;		/* the interval of the true offset */
	double		hi_s;
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
	double		bound_s;	/* of what no average makes less */
	double		spread_s;	/* between two ways to combine */
	double		doubt_s;	/* no majority: any of them may be
					 * right, so far is the clock off at
					 * most; else 0 */
};

/*
 * last_id: the source followed until now (0: none), which is kept until
 * another's score is at the limit.  Returns 0, or -1 when nothing can be
 * selected.
 */
int	select_run(const struct select_conf *conf,
	    struct select_candidate *c, size_t n, uint32_t last_id,
	    struct select_result *r);
/* The letter of a state in chrony's selectdata. */
char	select_letter(enum select_state state);

#endif
