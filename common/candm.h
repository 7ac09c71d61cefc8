/*
 * The command protocol between ntpctl (or chronyc) and ntpd-control: chrony's
 * version 6, and two requests of our own.  Encodes and decodes both ways,
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
#include "common/report.h"

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
	CANDM_REQ_N_SOURCES = 14,
	CANDM_REQ_SOURCE_DATA = 15,
	CANDM_REQ_TRACKING = 33,
	CANDM_REQ_SOURCESTATS = 34,
	CANDM_REQ_MAKESTEP = 43,
	CANDM_REQ_ACTIVITY = 44,
	CANDM_REQ_MODIFY_MAKESTEP = 50,
	CANDM_REQ_NTP_SOURCE_NAME = 65,
	CANDM_REQ_MAX = 74,		/* chrony's last one */
	CANDM_REQ_OWN = 0x4000,		/* chronyd: invalid command */
	CANDM_REQ_STATUS = CANDM_REQ_OWN,
	CANDM_REQ_PEER,
	CANDM_REQ_OWN_END
};

enum candm_number {			/* of a reply: what its body is */
	CANDM_RPY_NULL = 1,
	CANDM_RPY_N_SOURCES = 2,
	CANDM_RPY_SOURCE_DATA = 3,
	CANDM_RPY_TRACKING = 5,
	CANDM_RPY_SOURCESTATS = 6,
	CANDM_RPY_ACTIVITY = 12,
	CANDM_RPY_NTP_SOURCE_NAME = 19,
	CANDM_RPY_STATUS = 0x4000,
	CANDM_RPY_PEER = 0x4001
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
};

/* A source by its address or, while it has none, by its number. */
struct candm_source {
	struct addr	addr;
	uint32_t	id;	/* when addr is NONE */
};

struct candm_makestep {
	int32_t		limit;		/* < 0: always */
	double		threshold_s;
};

struct candm_request {
	uint8_t		version;
	uint8_t		type;
	uint8_t		res1;
	uint8_t		res2;
	uint16_t	command;
	uint16_t	attempt;
	uint32_t	sequence;
	union {
		uint32_t		index;
		struct candm_source	source;
		struct candm_makestep	makestep;
	} body;
};

struct candm_reply {
	uint8_t		version;
	uint8_t		type;
	uint16_t	command;
	uint16_t	number;		/* enum candm_number */
	uint16_t	status;		/* enum candm_status */
	uint32_t	sequence;
	union {
		uint32_t			count;
		struct report_tracking		tracking;
		struct report_source		source;
		struct report_sourcestats	sourcestats;
		struct report_activity		activity;
		struct report_name		name;
		struct report_status		status;
		struct report_peer		peer;
	} body;
};

/* What is known about a command of the protocol; NULL for a number of none. */
const struct candm_info *candm_get_info(uint16_t command);

/*
 * Header of a request: 0, or -1 when len is below CANDM_REQUEST_HEADER.
 * Nothing of its content is judged.
 */
int	candm_request_parse(const uint8_t *buf, size_t len,
	    struct candm_request *r);
/*
 * The body, for a header that was parsed: 0, or -1 when it is too short or an
 * address in it is none.  Commands without a body of interest give 0.
 */
int	candm_request_parse_body(const uint8_t *buf, size_t len,
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
 * does not end or is not printable.  An unknown number has no body.
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
