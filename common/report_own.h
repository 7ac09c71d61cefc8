/*
 * Reports that chrony's protocol does not have: OpenNTPD's lines, the state of
 * the clock and of each source in reasons, and what a reload did.
 */
#ifndef COMMON_REPORT_OWN_H
#define COMMON_REPORT_OWN_H

#include <stdint.h>

#include "common/addr.h"
#include "common/report.h"

/* What `ntpctl -s status' shows (OpenNTPD's line). */
struct report_status {
	uint32_t	peers;
	uint32_t	peers_valid;	/* reachable and not falsetickers */
	uint32_t	sensors;
	uint32_t	sensors_valid;
	uint16_t	synced;		/* 0 or 1 */
	uint16_t	stratum;
	uint32_t	pad;
	double		offset_s;	/* outstanding correction */
};

/* One row of `ntpctl -s peers'. */
struct report_peer {
	struct addr	addr;		/* NONE: not resolved */
	uint16_t	selected;	/* shown as * */
	uint16_t	weight;		/* 1..10 */
	uint16_t	trust;		/* 0..10, from the reach register */
	uint16_t	stratum;	/* 0: unknown */
	int32_t		next_s;		/* seconds to the next poll */
	int32_t		poll_s;		/* poll interval */
	uint16_t	valid;		/* 0: `peer not valid' */
	uint16_t	from_pool;
	uint32_t	pad;
	double		offset_s;
	double		delay_s;
	double		jitter_s;
	char		name[REPORT_NAME_MAX];
};

/* A clock that is known to be off by that is not called right, s. */
#define REPORT_WRONG_S	0.1

/* Is the clock right?  In the order of `ntpctl status'. */
enum report_health_state {
	REPORT_HEALTH_STARTING,		/* nothing asked yet */
	REPORT_HEALTH_WAITING,		/* for replies, or for enough samples */
	REPORT_HEALTH_SYNC,
	REPORT_HEALTH_HOLDING,		/* was right; no source answers since */
	REPORT_HEALTH_NO_MAJORITY,	/* sources disagree */
	REPORT_HEALTH_TOO_FEW,		/* good ones: see minsources */
	REPORT_HEALTH_UNUSABLE,		/* sources answer, none can be used */
	REPORT_HEALTH_UNSYNC,		/* no source is configured or online */
	REPORT_HEALTH_LOCAL,		/* local reference, no real one */
	REPORT_HEALTH_COUNT
};

/* Why a source is (not) used, or why the clock is not right. */
enum report_reason {
	REPORT_REASON_NONE,
	/* in use */
	REPORT_REASON_SELECTED,
	REPORT_REASON_COMBINED,
	/* good, and still not used */
	REPORT_REASON_NOT_PREFERRED,	/* others have `prefer' */
	REPORT_REASON_NOT_COMBINED,	/* farther than the others */
	REPORT_REASON_WAITING,		/* for more samples, or for an update */
	REPORT_REASON_WAITING_OTHERS,	/* for sources that are not ready */
	REPORT_REASON_NOSELECT,
	REPORT_REASON_ORPHAN,		/* orphan, and another one is lower */
	/* answers, and cannot be used */
	REPORT_REASON_NOT_SYNCED,	/* it says that it has no time */
	REPORT_REASON_DISTANCE,		/* value_s above limit_s */
	REPORT_REASON_JITTER,		/* value_s above limit_s */
	REPORT_REASON_FALSETICKER,	/* value_s outside of the others */
	REPORT_REASON_NOT_TRUSTED,	/* disagrees with those with `trust' */
	REPORT_REASON_TOO_FEW,		/* agree with it */
	REPORT_REASON_REQUIRE,		/* no source with `require' is good */
	REPORT_REASON_STALE,		/* its last sample is too old */
	REPORT_REASON_LOOP,		/* it takes its time from us */
	REPORT_REASON_TESTS,		/* replies fail tests: see tests */
	REPORT_REASON_AUTH,		/* replies are not authentic */
	/* does not answer */
	REPORT_REASON_NO_REPLY,
	REPORT_REASON_ICMP,		/* value of errno in error */
	REPORT_REASON_KISS_DENY,
	REPORT_REASON_KISS_RSTR,
	REPORT_REASON_KISS_RATE,
	/* is not asked */
	REPORT_REASON_OFFLINE,
	REPORT_REASON_UNRESOLVED,	/* the name has no answer yet */
	REPORT_REASON_NO_SUCH_NAME,	/* DNS knows no address of it */
	/* of the clock, not of a source */
	REPORT_REASON_NO_SOURCES,	/* none configured */
	REPORT_REASON_GUARD,		/* the clock guard refused a change */
	REPORT_REASON_NO_STEP,		/* REPORT_WRONG_S, and may not step */
	REPORT_REASON_COUNT
};

/* The state of the clock; counts are of sources by their state. */
struct report_health {
	uint16_t	state;		/* enum report_health_state */
	uint16_t	reason;		/* enum report_reason */
	uint16_t	leap;		/* enum report_leap */
	uint16_t	stratum;	/* 0: not synchronised */
	uint16_t	untouched;	/* 1: -x, the clock is not ours */
	uint16_t	n_sources;
	uint16_t	n_used;		/* selected and combined */
	uint16_t	n_selectable;	/* good and not used */
	uint16_t	n_falseticker;
	uint16_t	n_jittery;
	uint16_t	n_unusable;	/* answer, and cannot be used */
	uint16_t	n_silent;	/* asked, and do not answer */
	uint16_t	n_unresolved;
	uint16_t	n_offline;
	uint16_t	n_needed;	/* minsources */
	uint16_t	pad;
	uint32_t	since_s;	/* in this state */
	uint32_t	uptime_s;
	uint32_t	since_update_s;	/* of the clock; REPORT_NEVER */
	uint32_t	since_step_s;	/* REPORT_NEVER */
	uint32_t	guard_refused;	/* changes that the guard refused */
	uint32_t	refid;		/* of the selected source */
	struct addr	addr;		/* of it, or NONE */
	double		offset_s;	/* estimated, now */
	double		error_s;	/* bound on the clock's error, now */
	double		root_delay_s;
	double		freq_ppm;	/* > 0: the clock gains */
	double		skew_ppm;
	double		step_s;		/* the last step; > 0: forwards */
	char		name[REPORT_NAME_MAX];	/* of the selected source */
};

/* One source: what it is, why, since when. */
struct report_explain {
	struct addr	addr;		/* NONE: a refclock, or see id */
	uint32_t	id;		/* of an unresolved source */
	uint32_t	refid;		/* refclocks: shown as text */
	uint8_t		letter;		/* as in selectdata */
	uint8_t		mode;		/* enum report_mode */
	uint8_t		stratum;
	int8_t		poll_log2;
	uint16_t	reason;		/* enum report_reason */
	uint16_t	reach;		/* 8 bits */
	uint16_t	tests;		/* of the last reply: REPORT_TEST_ */
	uint16_t	error;		/* errno of REPORT_REASON_ICMP, or 0 */
	uint32_t	since_s;	/* in this state */
	uint32_t	unanswered;	/* requests since the last reply */
	uint32_t	since_valid_s;	/* last valid reply; REPORT_NEVER */
	uint32_t	pad;
	double		value_s;	/* what is judged: see the reason */
	double		limit_s;
	double		offset_s;
	double		error_s;	/* of it: root distance */
	double		delay_s;
	double		jitter_s;
	char		name[REPORT_NAME_MAX];	/* as configured */
};

enum report_reload_result {
	REPORT_RELOAD_PENDING,		/* under way: ask again */
	REPORT_RELOAD_DONE,		/* the new configuration is in effect */
	REPORT_RELOAD_SAME,		/* there was nothing to change */
	REPORT_RELOAD_ERROR,		/* the old one stays in effect */
	REPORT_RELOAD_COUNT
};

/*
 * The answer to RELOAD.  The request carries a token that its client chose:
 * the same token again starts no other reload but asks how it went.
 */
struct report_reload {
	uint32_t	token;
	uint16_t	result;		/* enum report_reload_result */
	uint16_t	pad;
	uint32_t	n_lines;	/* for RELOAD_TEXT, index 0 .. */
};

#define REPORT_TEXT_MAX		480

enum report_line_kind {
	REPORT_LINE_CHANGE,
	REPORT_LINE_WARNING,
	REPORT_LINE_ERROR,
	REPORT_LINE_COUNT
};

/* One line of what the last reload did; an error as `file:line: why'. */
struct report_reload_line {
	uint16_t	kind;		/* enum report_line_kind */
	char		text[REPORT_TEXT_MAX];	/* printable; NUL padded */
};

#endif
