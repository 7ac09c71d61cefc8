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

enum report_auth {			/* AUTH_DATA mode */
	REPORT_AUTH_NONE,
	REPORT_AUTH_KEY,		/* symmetric key */
	REPORT_AUTH_NTS
};

struct report_authdata {
	uint16_t	mode;		/* enum report_auth */
	uint16_t	key_type;
	uint32_t	key_id;
	uint16_t	key_bits;
	uint16_t	ke_attempts;
	uint32_t	since_ke_s;	/* REPORT_NEVER */
	uint16_t	cookies;
	uint16_t	cookie_len;
	uint16_t	naks;
	uint16_t	pad;
};

/* Options of selection, as selectdata and selectopts have them. */
#define REPORT_OPT_NOSELECT	0x1u
#define REPORT_OPT_PREFER	0x2u
#define REPORT_OPT_TRUST	0x4u
#define REPORT_OPT_REQUIRE	0x8u

/* The states of selectdata: N s M d r ~ w S O T x W P U D + * */
struct report_selectdata {
	struct addr	addr;		/* NONE: a refclock, or see id */
	uint32_t	id;		/* of an unresolved source */
	uint32_t	refid;
	uint8_t		state;		/* one of the letters above */
	uint8_t		authenticated;	/* 0 or 1 */
	uint8_t		leap;		/* enum report_leap */
	uint8_t		pad;
	uint16_t	conf_options;	/* REPORT_OPT_ as configured */
	uint16_t	eff_options;	/* and as they are in effect */
	uint32_t	since_sample_s;	/* REPORT_NEVER */
	uint32_t	pad2;
	double		score;
	double		offset_lo_s;	/* the interval of the true offset */
	double		offset_hi_s;
};

/* Results of the tests of a reply: most significant first, 1 is passed. */
#define REPORT_TEST_1		0x200u	/* no duplicate */
#define REPORT_TEST_2		0x100u	/* answers our request */
#define REPORT_TEST_3		0x080u	/* its timestamps are there */
#define REPORT_TEST_5		0x040u	/* authenticated */
#define REPORT_TEST_6		0x020u	/* server is synchronised */
#define REPORT_TEST_7		0x010u	/* root distance is possible */
#define REPORT_TEST_DELAY	0x008u	/* maxdelay, and delays that can be */
#define REPORT_TEST_RATIO	0x004u	/* maxdelayratio */
#define REPORT_TEST_DEV		0x002u	/* maxdelaydevratio, quantile */
#define REPORT_TEST_LOOP	0x001u	/* not synchronised to us */
#define REPORT_TEST_ALL		0x3ffu

struct report_ntpdata {
	struct addr	remote;		/* with its port */
	struct addr	local;
	uint8_t		leap;		/* enum report_leap */
	uint8_t		version;
	uint8_t		mode;		/* of the packet */
	uint8_t		stratum;
	int8_t		poll_log2;
	int8_t		precision_log2;
	uint8_t		interleaved;	/* 0 or 1 */
	uint8_t		authenticated;	/* 0 or 1 */
	uint8_t		tx_source;	/* D, K or H: daemon, kernel ... */
	uint8_t		rx_source;
	uint16_t	tests;		/* REPORT_TEST_ that are passed */
	uint32_t	refid;
	int64_t		ref_time_ns;
	double		root_delay_s;
	double		root_disp_s;
	double		offset_s;
	double		delay_s;
	double		disp_s;
	double		response_s;	/* time that the server took */
	double		jitter_asymmetry;	/* -0.5 .. 0.5 */
	uint32_t	total_tx;
	uint32_t	total_rx;
	uint32_t	total_valid;
	uint32_t	total_good;
	uint32_t	kernel_tx;
	uint32_t	kernel_rx;
	uint32_t	hw_tx;
	uint32_t	hw_rx;
};

struct report_serverstats {
	uint64_t	ntp_hits;
	uint64_t	nke_hits;
	uint64_t	cmd_hits;
	uint64_t	ntp_drops;
	uint64_t	nke_drops;
	uint64_t	cmd_drops;
	uint64_t	log_drops;
	uint64_t	ntp_auth_hits;
	uint64_t	ntp_interleaved_hits;
	uint64_t	ntp_timestamps;
	uint64_t	ntp_span_s;
	uint64_t	daemon_rx;
	uint64_t	daemon_tx;
	uint64_t	kernel_rx;
	uint64_t	kernel_tx;
	uint64_t	hw_rx;
	uint64_t	hw_tx;
};

#define REPORT_CLIENTS		8	/* records of one reply */
#define REPORT_NO_INTERVAL	127

struct report_client {
	struct addr	addr;
	uint32_t	ntp_hits;
	uint32_t	nke_hits;
	uint32_t	cmd_hits;
	uint32_t	ntp_drops;
	uint32_t	nke_drops;
	uint32_t	cmd_drops;
	int8_t		ntp_log2;	/* interval, or REPORT_NO_INTERVAL */
	int8_t		nke_log2;
	int8_t		cmd_log2;
	int8_t		ntp_limited_log2;	/* while it is limited */
	uint32_t	since_ntp_s;	/* REPORT_NEVER */
	uint32_t	since_nke_s;
	uint32_t	since_cmd_s;
};

struct report_clients {
	uint32_t	size;		/* of the whole table */
	uint32_t	next;		/* index to go on with */
	uint32_t	count;		/* of records that follow */
	uint32_t	pad;
	struct report_client client[REPORT_CLIENTS];
};

struct report_rtc {
	int64_t		ref_time_ns;
	uint16_t	n_samples;
	uint16_t	n_runs;
	uint32_t	span_s;
	double		fast_s;		/* > 0: the RTC is ahead */
	double		gain_ppm;
};

#define REPORT_SMOOTHING_ACTIVE	0x1u
#define REPORT_SMOOTHING_LEAP	0x2u	/* only the leap second */

struct report_smoothing {
	uint32_t	flags;		/* REPORT_SMOOTHING_ */
	uint32_t	pad;
	double		offset_s;	/* of the served time: chrony's sign */
	double		freq_ppm;
	double		wander_ppm_s;
	double		since_update_s;
	double		remaining_s;
};

/* The answer to settime. */
struct report_manual {
	double		offset_s;
	double		freq_change_ppm;
	double		freq_ppm;	/* the new one; > 0: fast */
};

#define REPORT_MANUAL_SAMPLES	16

struct report_manual_sample {
	int64_t		when_ns;
	double		slewed_offset_s;
	double		orig_offset_s;
	double		residual_s;
};

struct report_manual_list {
	uint32_t	count;
	uint32_t	pad;
	struct report_manual_sample sample[REPORT_MANUAL_SAMPLES];
};

#endif
