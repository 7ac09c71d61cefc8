/*
 * Reports: what the engine tells about itself.  The engine fills them, control
 * encodes them for the wire (candm.h), ntpctl prints them.  Fixed-size, no
 * pointers: they cross process boundaries.
 *
 * Signs are the daemon's own: offset > 0 means that the local clock is behind
 * (RFC 5905).  Where chrony prints the opposite, the output code turns it.
 */
#ifndef COMMON_REPORT_H
#define COMMON_REPORT_H

#include <stdint.h>

#include "common/addr.h"

#define REPORT_NAME_MAX		256
#define REPORT_NEVER		0xffffffffu	/* seconds since: never */

enum report_leap {			/* as on the wire */
	REPORT_LEAP_NORMAL,
	REPORT_LEAP_INSERT,
	REPORT_LEAP_DELETE,
	REPORT_LEAP_UNSYNC
};

enum report_mode {			/* SOURCE_DATA mode */
	REPORT_MODE_CLIENT,
	REPORT_MODE_PEER,
	REPORT_MODE_REFCLOCK
};

enum report_state {			/* SOURCE_DATA state */
	REPORT_STATE_SELECTED,		/* * */
	REPORT_STATE_NONSELECTABLE,	/* ? */
	REPORT_STATE_FALSETICKER,	/* x */
	REPORT_STATE_JITTERY,		/* ~ */
	REPORT_STATE_COMBINED,		/* + */
	REPORT_STATE_SELECTABLE		/* - */
};

struct report_tracking {
	struct addr	addr;		/* of the reference, may be NONE */
	uint32_t	refid;
	uint16_t	stratum;	/* 0: not synchronised */
	uint16_t	leap;		/* enum report_leap */
	int64_t		ref_time_ns;	/* since 1970, 0: never */
	double		correction_s;	/* > 0: clock is slow */
	double		last_offset_s;	/* > 0: clock was slow */
	double		rms_offset_s;
	double		freq_ppm;	/* > 0: the clock gains (fast) */
	double		resid_freq_ppm;
	double		skew_ppm;
	double		root_delay_s;
	double		root_disp_s;
	double		update_interval_s;
};

struct report_source {
	struct addr	addr;		/* NONE: unresolved, see id */
	uint32_t	id;		/* of the source, for unresolved ones */
	uint32_t	refid;		/* refclocks: shown instead of addr */
	int16_t		poll_log2;
	uint16_t	stratum;
	uint16_t	state;		/* enum report_state */
	uint16_t	mode;		/* enum report_mode */
	uint16_t	reach;		/* 8 bits */
	uint16_t	pad;
	uint32_t	since_sample_s;	/* REPORT_NEVER */
	uint32_t	pad2;
	double		orig_offset_s;	/* as measured */
	double		offset_s;	/* adjusted for corrections since */
	double		error_s;	/* delay/2 + dispersion */
};

struct report_sourcestats {
	struct addr	addr;
	uint32_t	id;
	uint32_t	refid;
	uint32_t	n_samples;
	uint32_t	n_runs;
	uint32_t	span_s;
	uint32_t	pad;
	double		sd_s;
	double		resid_freq_ppm;
	double		skew_ppm;
	double		offset_s;
	double		offset_err_s;
};

struct report_activity {
	uint32_t	online;
	uint32_t	offline;
	uint32_t	burst_online;
	uint32_t	burst_offline;
	uint32_t	unresolved;
};

struct report_name {
	char		name[REPORT_NAME_MAX];	/* as configured; NUL padded */
};

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

#endif
