/*
 * The command protocol as tables: which commands there are and what is where
 * in the bodies.  For candm.c only.
 */
#ifndef COMMON_CANDM_TABLE_H
#define COMMON_CANDM_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum candm_field_type {
	FIELD_U16,
	FIELD_U32,
	FIELD_FLOAT,
	FIELD_FLOAT_TURNED,	/* chrony has the opposite sign */
	FIELD_TIME,		/* int64_t ns since 1970, saturates */
	FIELD_NAME,		/* char[REPORT_NAME_MAX] */
	FIELD_ADDR,		/* struct addr */
	FIELD_SOURCE,		/* whole struct report_source: see there */
	FIELD_STATS,		/* whole struct report_sourcestats */
	FIELD_REQUEST,		/* whole struct candm_source */
	FIELD_TYPE_COUNT
};

/* Where a value is in the message and where in the union of bodies. */
struct candm_field {
	uint16_t	wire;
	uint16_t	type;
	uint16_t	member;
};

struct candm_layout {
	uint16_t		 number;	/* of the reply or request */
	uint16_t		 len;		/* of header and body */
	uint16_t		 nfields;
	const struct candm_field	*fields;
};

/* NULL: the message has no body of interest. */
const struct candm_layout *candm_table_reply(uint16_t number);
const struct candm_layout *candm_table_request(uint16_t command);

#endif
