/*
 * The command protocol between ntpctl (or chronyc) and ntpd-control: chrony's
 * version 6, and requests of our own.  Encodes and decodes both ways,
 * because the daemon and the client use it.  Pure.
 *
 * All integers are big-endian; a message is a header and a body of fixed size.
 * A request is padded with zeros to at least the length of its good reply, and
 * a server never answers with more bytes than it got: so it is no amplifier.
 *
 * chrony's offsets of sources are positive where the local clock is ahead;
 * report.h has it the other way round.  The sign is turned here.
 */
#ifndef COMMON_CANDM_H
#define COMMON_CANDM_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/candm_request.h"
#include "common/report.h"
#include "common/report_counters.h"
#include "common/report_own.h"

#define CANDM_VERSION		6
#define CANDM_VERSION_OLD	5	/* oldest that gets an answer */
#define CANDM_PORT		323
#define CANDM_SOCKET		"/run/chrony/chronyd.sock"
#define CANDM_REQUEST_HEADER	20
#define CANDM_REPLY_HEADER	28
#define CANDM_REQUEST_MAX	860
#define CANDM_REPLY_MAX		524
#define CANDM_TYPE_REQUEST	1
#define CANDM_TYPE_REPLY	2

enum candm_command {
	CANDM_REQ_ONLINE = 1,
	CANDM_REQ_OFFLINE = 2,
	CANDM_REQ_BURST = 3,
	CANDM_REQ_MODIFY_MINPOLL = 4,
	CANDM_REQ_MODIFY_MAXPOLL = 5,
	CANDM_REQ_DUMP = 6,
	CANDM_REQ_MODIFY_MAXDELAY = 7,
	CANDM_REQ_MODIFY_MAXDELAYRATIO = 8,
	CANDM_REQ_MODIFY_MAXUPDATESKEW = 9,
	CANDM_REQ_SETTIME = 11,
	CANDM_REQ_MANUAL = 13,
	CANDM_REQ_N_SOURCES = 14,
	CANDM_REQ_SOURCE_DATA = 15,
	CANDM_REQ_REKEY = 16,
	CANDM_REQ_ALLOW = 17,
	CANDM_REQ_ALLOWALL = 18,
	CANDM_REQ_DENY = 19,
	CANDM_REQ_DENYALL = 20,
	CANDM_REQ_CMDALLOW = 21,
	CANDM_REQ_CMDALLOWALL = 22,
	CANDM_REQ_CMDDENY = 23,
	CANDM_REQ_CMDDENYALL = 24,
	CANDM_REQ_ACCHECK = 25,
	CANDM_REQ_CMDACCHECK = 26,
	CANDM_REQ_DELETE = 29,
	CANDM_REQ_WRITERTC = 30,
	CANDM_REQ_DFREQ = 31,
	CANDM_REQ_TRACKING = 33,
	CANDM_REQ_SOURCESTATS = 34,
	CANDM_REQ_RTCREPORT = 35,
	CANDM_REQ_TRIMRTC = 36,
	CANDM_REQ_CYCLELOGS = 37,
	CANDM_REQ_MANUAL_LIST = 41,
	CANDM_REQ_MANUAL_DELETE = 42,
	CANDM_REQ_MAKESTEP = 43,
	CANDM_REQ_ACTIVITY = 44,
	CANDM_REQ_MODIFY_MINSTRATUM = 45,
	CANDM_REQ_MODIFY_POLLTARGET = 46,
	CANDM_REQ_MODIFY_MAXDELAYDEVRATIO = 47,
	CANDM_REQ_RESELECT = 48,
	CANDM_REQ_RESELECTDISTANCE = 49,
	CANDM_REQ_MODIFY_MAKESTEP = 50,
	CANDM_REQ_SMOOTHING = 51,
	CANDM_REQ_SMOOTHTIME = 52,
	CANDM_REQ_REFRESH = 53,
	CANDM_REQ_SERVER_STATS = 54,
	CANDM_REQ_LOCAL2 = 56,
	CANDM_REQ_NTP_DATA = 57,
	CANDM_REQ_SHUTDOWN = 62,
	CANDM_REQ_ONOFFLINE = 63,
	CANDM_REQ_ADD_SOURCE = 64,
	CANDM_REQ_NTP_SOURCE_NAME = 65,
	CANDM_REQ_RESET_SOURCES = 66,
	CANDM_REQ_AUTH_DATA = 67,
	CANDM_REQ_CLIENTS = 68,
	CANDM_REQ_SELECT_DATA = 69,
	CANDM_REQ_RELOAD_SOURCES = 70,
	CANDM_REQ_DOFFSET = 71,
	CANDM_REQ_SELECTOPTS = 72,
	CANDM_REQ_OFFSET = 73,
	CANDM_REQ_LOCAL = 74,
	CANDM_REQ_MAX = 74,		/* chrony's last one */
	CANDM_REQ_OWN = 0x4000,		/* chronyd: invalid command */
	CANDM_REQ_STATUS = CANDM_REQ_OWN,
	CANDM_REQ_PEER,			/* index */
	CANDM_REQ_HEALTH,
	CANDM_REQ_EXPLAIN,		/* index, as of SOURCE_DATA */
	CANDM_REQ_RELOAD,		/* index: a token, see report_reload */
	CANDM_REQ_RELOAD_TEXT,		/* index of the line */
	CANDM_REQ_COUNTERS,
	CANDM_REQ_OWN_END
};

enum candm_number {			/* of a reply: what its body is */
	CANDM_RPY_NULL = 1,
	CANDM_RPY_N_SOURCES = 2,
	CANDM_RPY_SOURCE_DATA = 3,
	CANDM_RPY_TRACKING = 5,
	CANDM_RPY_SOURCESTATS = 6,
	CANDM_RPY_RTC = 7,
	CANDM_RPY_ACTIVITY = 12,
	CANDM_RPY_SMOOTHING = 13,
	CANDM_RPY_SERVER_STATS = 14,	/* 2.x, 3.x: five counters */
	CANDM_RPY_NTP_DATA = 16,	/* before 4.6 */
	CANDM_RPY_MANUAL_TIMESTAMP = 17,
	CANDM_RPY_MANUAL_LIST = 18,
	CANDM_RPY_NTP_SOURCE_NAME = 19,
	CANDM_RPY_AUTH_DATA = 20,
	CANDM_RPY_CLIENTS = 21,
	CANDM_RPY_SERVER_STATS2 = 22,	/* 4.0, 4.1 */
	CANDM_RPY_SELECT_DATA = 23,
	CANDM_RPY_SERVER_STATS3 = 24,	/* 4.2, 4.3 */
	CANDM_RPY_SERVER_STATS4 = 25,
	CANDM_RPY_NTP_DATA2 = 26,
	CANDM_RPY_STATUS = 0x4000,	/* ours: as their requests */
	CANDM_RPY_PEER,
	CANDM_RPY_HEALTH,
	CANDM_RPY_EXPLAIN,
	CANDM_RPY_RELOAD,
	CANDM_RPY_RELOAD_TEXT,
	CANDM_RPY_COUNTERS
};

enum candm_status {
	CANDM_STT_SUCCESS = 0,
	CANDM_STT_FAILED = 1,
	CANDM_STT_UNAUTH = 2,
	CANDM_STT_INVALID = 3,
	CANDM_STT_NOSUCHSOURCE = 4,
	CANDM_STT_INVALIDTS = 5,
	CANDM_STT_NOTENABLED = 6,
	CANDM_STT_BADSUBNET = 7,
	CANDM_STT_ACCESSALLOWED = 8,
	CANDM_STT_ACCESSDENIED = 9,
	CANDM_STT_NOHOSTACCESS = 10,
	CANDM_STT_SOURCEALREADYKNOWN = 11,
	CANDM_STT_TOOMANYSOURCES = 12,
	CANDM_STT_NORTC = 13,
	CANDM_STT_BADRTCFILE = 14,
	CANDM_STT_INACTIVE = 15,
	CANDM_STT_BADSAMPLE = 16,
	CANDM_STT_INVALIDAF = 17,
	CANDM_STT_BADPKTVERSION = 18,
	CANDM_STT_BADPKTLENGTH = 19,
	CANDM_STT_INVALIDNAME = 21
};

/* Who may ask: everybody with access, only the Unix socket, only its owner. */
enum candm_class {
	CANDM_OPEN,
	CANDM_READ,
	CANDM_WRITE
};

struct candm_info {
	uint16_t	len;	/* of the padded request; 0: no such command */
	uint8_t		class;	/* enum candm_class */
	uint16_t	number;	/* enum candm_number of the good reply */
};

union candm_request_body {
	uint32_t		index;	/* manual delete too */
	uint32_t		option;	/* manual, smoothtime */
	double			value;	/* maxupdateskew, dfreq (ppm),
					   reselectdist, doffset (s,
					   > 0: forwards) */
	int64_t			time_ns;	/* settime */
	struct candm_source	source;	/* accheck too */
	struct candm_mask	mask;
	struct candm_burst	burst;
	struct candm_number_of	number_of;
	struct candm_real_of	real_of;
	struct candm_makestep	makestep;
	struct subnet		subnet;	/* NONE: everything */
	struct candm_add	add;
	struct candm_clients	clients;
	struct candm_selectopts	selectopts;
	struct candm_offset	offset;
	struct candm_local	local;
};

struct candm_request {
	uint8_t		version;
	uint8_t		type;
	uint8_t		res1;
	uint8_t		res2;
	uint16_t	command;
	uint16_t	attempt;
	uint32_t	sequence;
	union candm_request_body body;
};

union candm_reply_body {
	uint32_t			count;
	struct report_tracking		tracking;
	struct report_source		source;
	struct report_sourcestats	sourcestats;
	struct report_activity		activity;
	struct report_name		name;
	struct report_authdata		authdata;
	struct report_selectdata	selectdata;
	struct report_ntpdata		ntpdata;
	struct report_serverstats	serverstats;
	struct report_clients		clients;
	struct report_rtc		rtc;
	struct report_smoothing		smoothing;
	struct report_manual		manual;
	struct report_manual_list	manual_list;
	struct report_status		status;
	struct report_peer		peer;
	struct report_health		health;
	struct report_explain		explain;
	struct report_reload		reload;
	struct report_reload_line	reload_line;
	struct report_counters		counters;
};

struct candm_reply {
	uint8_t		version;
	uint8_t		type;
	uint16_t	command;
	uint16_t	number;		/* enum candm_number */
	uint16_t	status;		/* enum candm_status */
	uint32_t	sequence;
	union candm_reply_body body;
};

/* What is known about a command of the protocol; NULL for a number of none. */
const struct candm_info *candm_get_info(uint16_t command);
/*
 * Number (enum candm_number) of the good reply to a request of len bytes: the
 * newest that it has room for, since older clients pad serverstats and ntpdata
 * less.  0: too short, or no such command.
 */
uint16_t candm_reply_number(uint16_t command, size_t len);

/*
 * Header of a request: 0, or -1 when len is below CANDM_REQUEST_HEADER.
 * Nothing of its content is judged.
 */
int	candm_request_parse(const uint8_t *buf, size_t len,
	    struct candm_request *r);
/*
 * The body, for a header that was parsed: CANDM_STT_SUCCESS, or the status of
 * what is wrong with it: too short, a value out of range, an address or a name
 * that is none.  Commands without a body give success.
 */
enum candm_status candm_request_parse_body(const uint8_t *buf, size_t len,
	    struct candm_request *r);
/*
 * Writes at most CANDM_REQUEST_MAX bytes, padded; version, type and reserved
 * bytes are filled in.  Returns the length, 0 for an unknown command.
 */
size_t	candm_request_build(const struct candm_request *r, uint8_t *buf);

/*
 * Takes a reply apart: 0, or -1 when it is too short for its number, not a
 * reply of version 6 (an older version with status BADPKTVERSION is let
 * through), or a value in it cannot be: an unknown address family, a name that
 * does not end or is not printable.  An unknown number has no body.  What the
 * shorter forms of older daemons lack is all ones.
 */
int	candm_reply_parse(const uint8_t *buf, size_t len,
	    struct candm_reply *r);
/* Writes at most CANDM_REPLY_MAX bytes, returns the length. */
size_t	candm_reply_build(const struct candm_reply *r, uint8_t *buf);

/*
 * The 32-bit float: 7 bits signed exponent e, 25 bits signed coefficient c,
 * value c * 2^(e - 25).  NaN becomes 0; what is too large saturates at about
 * 4.6e18, what is too small becomes 0.
 */
uint32_t candm_float_encode(double x);
double	candm_float_decode(uint32_t f);

#endif
