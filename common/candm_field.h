/*
 * Bodies of the command protocol as tables of fields, and what walks them.
 * For the files of candm only.
 */
#ifndef COMMON_CANDM_FIELD_H
#define COMMON_CANDM_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "common/candm.h"

enum candm_field_type {
	FIELD_U8,
	FIELD_S8,
	FIELD_U16,
	FIELD_U32,
	FIELD_S32,
	FIELD_U64,
	FIELD_LOW32,		/* uint64_t of which 32 bits are sent */
	FIELD_NO_U32,		/* not in this message: becomes all ones */
	FIELD_NO_U64,
	FIELD_ONES4,		/* 4 reserved bytes of ones */
	FIELD_ONES16,
	FIELD_FLOAT,
	FIELD_TURNED,		/* a float: chrony has the opposite sign */
	FIELD_TIME,		/* int64_t ns since 1970, saturates */
	FIELD_NAME,		/* char[REPORT_NAME_MAX] */
	FIELD_TEXT,		/* char[REPORT_TEXT_MAX], also with blanks */
	FIELD_LETTER,		/* uint8_t, printable */
	FIELD_ADDR,		/* struct addr */
	FIELD_SOURCE,		/* whole struct report_source: see there */
	FIELD_STATS,		/* what begins with an addr, id and refid */
	FIELD_WHICH,		/* struct candm_source */
	FIELD_MASK,		/* struct candm_mask */
	FIELD_SUBNET,		/* struct subnet */
	FIELD_OPTIONS,		/* REPORT_OPT_, as CANDM_ADD_ on the wire */
	FIELD_FLAGS,		/* of a whole struct report_ntpdata */
	FIELD_TYPE_COUNT
};

/*
 * Where a value is in the message (from its start) and where in the union of
 * bodies.  lo < hi: the range of a number.  bad: the status (enum
 * candm_status) of a value that cannot be; 0: FAILED.
 */
struct candm_field {
	uint16_t	wire;
	uint16_t	type;
	uint16_t	member;
	uint16_t	bad;
	double		lo;
	double		hi;
};

struct candm_layout {
	uint16_t		 number;	/* of the reply or request */
	uint16_t		 len;		/* of header and body */
	uint16_t		 nfields;
	uint16_t		 nrecords;	/* that follow, of rfields */
	uint16_t		 record;	/* where the first one begins */
	uint16_t		 record_len;
	uint16_t		 record_member;
	uint16_t		 record_size;
	const struct candm_field	*fields;
	const struct candm_field	*rfields;
	uint16_t		 nrfields;
};

#define CANDM_COUNT(a)		(sizeof(a) / sizeof((a)[0]))

/*
 * Takes a body apart: 0, or the status of what is wrong.  A layout of NULL
 * has no body.
 */
enum candm_status candm_field_get(const struct candm_layout *layout,
	    const uint8_t *buf, size_t len, void *body);
/* The buffer was zeroed and has layout->len bytes. */
void	candm_field_put(const struct candm_layout *layout, uint8_t *buf,
	    const void *body);

/* As in candm.h. */
const struct candm_info *candm_requests_info(uint16_t command);
uint16_t candm_requests_number(uint16_t command, size_t len);
/* NULL: there is no body. */
const struct candm_layout *candm_replies_find(uint16_t number);
const struct candm_layout *candm_requests_find(uint16_t command);

#endif
