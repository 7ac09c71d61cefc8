/*
 * The requests: which there are, who may ask, how long they are, which reply
 * they have, and what is where in their bodies, with its range.  Used by
 * ntpd-control and ntpctl; must never hold code that judges.
 */
#include "common/candm_field.h"

#define M(body, member)		offsetof(struct body, member)
#define F(wire, type, member)	{ wire, FIELD_##type, member, 0, 0, 0 }
#define V(wire, type, member, status)					\
	{ wire, FIELD_##type, member, CANDM_STT_##status, 0, 0 }
#define R(wire, type, member, status, lo, hi)				\
	{ wire, FIELD_##type, member, CANDM_STT_##status, lo, hi }
#define LAYOUT(number, len, fields)					\
	{ number, len, CANDM_COUNT(fields), 0, 0, 0, 0, 0, fields, NULL, 0 }

#define PPM_MAX		1e6
#define SECONDS_MAX	4e18		/* what a float can hold */

static const struct candm_field fields_index[] = {
	F(20, U32, 0),
};

static const struct candm_field fields_which[] = {
	V(20, WHICH, 0, NOSUCHSOURCE),
};

static const struct candm_field fields_check[] = {
	V(20, WHICH, 0, INVALIDAF),
};

static const struct candm_field fields_mask[] = {
	V(20, MASK, 0, INVALIDAF),
};

static const struct candm_field fields_burst[] = {
	V(20, MASK, M(candm_burst, which), INVALIDAF),
	R(60, U32, M(candm_burst, good), FAILED, 0, 65535),
	R(64, U32, M(candm_burst, total), FAILED, 0, 65535),
};

static const struct candm_field fields_poll[] = {
	V(20, WHICH, M(candm_number_of, source), NOSUCHSOURCE),
	R(40, S32, M(candm_number_of, value), FAILED, -7, 24),
};

static const struct candm_field fields_number_of[] = {
	V(20, WHICH, M(candm_number_of, source), NOSUCHSOURCE),
	R(40, S32, M(candm_number_of, value), FAILED, 0, 65535),
};

static const struct candm_field fields_real_of[] = {
	V(20, WHICH, M(candm_real_of, source), NOSUCHSOURCE),
	R(40, FLOAT, M(candm_real_of, value), FAILED, 0, SECONDS_MAX),
};

static const struct candm_field fields_ppm[] = {
	R(20, FLOAT, 0, FAILED, 0, PPM_MAX),
};

static const struct candm_field fields_dfreq[] = {
	R(20, FLOAT, 0, FAILED, -PPM_MAX, PPM_MAX),
};

static const struct candm_field fields_distance[] = {
	R(20, FLOAT, 0, FAILED, 0, SECONDS_MAX),
};

static const struct candm_field fields_doffset[] = {
	F(20, TURNED, 0),
};

static const struct candm_field fields_time[] = {
	F(20, TIME, 0),
};

static const struct candm_field fields_manual[] = {
	R(20, U32, 0, INVALID, CANDM_MANUAL_OFF, CANDM_MANUAL_RESET),
};

static const struct candm_field fields_smoothtime[] = {
	R(20, U32, 0, INVALID, CANDM_SMOOTHTIME_RESET,
	    CANDM_SMOOTHTIME_ACTIVATE),
};

static const struct candm_field fields_subnet[] = {
	V(20, SUBNET, 0, BADSUBNET),
};

static const struct candm_field fields_makestep[] = {
	F(20, S32, M(candm_makestep, limit)),
	R(24, FLOAT, M(candm_makestep, threshold_s), FAILED, 0, SECONDS_MAX),
};

/* What else may not be is for the engine: it clamps as the directive does. */
static const struct candm_field fields_add[] = {
	R(20, U32, M(candm_add, type),
	    INVALID, CANDM_ADD_SERVER, CANDM_ADD_POOL),
	V(24, NAME, M(candm_add, name), INVALIDNAME),
	R(280, U32, M(candm_add, port), FAILED, 0, 65535),
	R(284, S32, M(candm_add, minpoll_log2), FAILED, -7, 24),
	R(288, S32, M(candm_add, maxpoll_log2), FAILED, -7, 24),
	F(292, S32, M(candm_add, presend_log2)),
	F(296, U32, M(candm_add, min_stratum)),
	F(300, U32, M(candm_add, polltarget)),
	R(304, U32, M(candm_add, version), FAILED, 0, 7),
	F(308, U32, M(candm_add, maxsources)),
	F(312, S32, M(candm_add, min_samples)),
	F(316, S32, M(candm_add, max_samples)),
	F(320, U32, M(candm_add, key)),
	R(324, U32, M(candm_add, nts_port), FAILED, 0, 65535),
	F(328, FLOAT, M(candm_add, max_delay_s)),
	F(332, FLOAT, M(candm_add, max_delay_ratio)),
	F(336, FLOAT, M(candm_add, max_delay_dev_ratio)),
	F(340, FLOAT, M(candm_add, min_delay_s)),
	F(344, FLOAT, M(candm_add, asymmetry)),
	F(348, FLOAT, M(candm_add, offset_s)),
	F(352, U32, M(candm_add, flags)),
	F(356, S32, M(candm_add, filter)),
	F(360, U32, M(candm_add, certset)),
	F(364, FLOAT, M(candm_add, max_delay_quant)),
	F(368, U32, M(candm_add, max_unreach)),
};

static const struct candm_field fields_clients[] = {
	F(20, U32, M(candm_clients, first)),
	F(24, U32, M(candm_clients, count)),
	F(28, U32, M(candm_clients, min_hits)),
	F(32, U32, M(candm_clients, reset)),
};

/*
 * The mask is in the bits of selectdata and the options are in those of add:
 * so they are on the wire.
 */
static const struct candm_field fields_selectopts[] = {
	V(20, WHICH, M(candm_selectopts, source), NOSUCHSOURCE),
	F(40, U32, M(candm_selectopts, refid)),
	F(44, U32, M(candm_selectopts, mask)),
	F(48, OPTIONS, M(candm_selectopts, options)),
};

static const struct candm_field fields_offset[] = {
	V(20, WHICH, M(candm_offset, source), NOSUCHSOURCE),
	F(40, U32, M(candm_offset, refid)),
	F(44, FLOAT, M(candm_offset, offset_s)),
};

static const struct candm_field fields_local2[] = {
	F(20, U32, M(candm_local, on)),
	F(24, U32, M(candm_local, stratum)),
	R(28, FLOAT, M(candm_local, distance_s), FAILED, 0, SECONDS_MAX),
	F(32, U32, M(candm_local, orphan)),
};

static const struct candm_field fields_local[] = {
	F(20, U32, M(candm_local, on)),
	F(24, U32, M(candm_local, stratum)),
	R(28, FLOAT, M(candm_local, distance_s), FAILED, 0, SECONDS_MAX),
	F(32, U32, M(candm_local, orphan)),
	R(36, FLOAT, M(candm_local, activate_s), FAILED, 0, SECONDS_MAX),
	R(40, FLOAT, M(candm_local, wait_synced_s), FAILED, 0, SECONDS_MAX),
	R(44, FLOAT, M(candm_local, wait_unsynced_s), FAILED, 0, SECONDS_MAX),
};

static const struct candm_layout layouts[] = {
	LAYOUT(CANDM_REQ_ONLINE, 60, fields_mask),
	LAYOUT(CANDM_REQ_OFFLINE, 60, fields_mask),
	LAYOUT(CANDM_REQ_BURST, 68, fields_burst),
	LAYOUT(CANDM_REQ_MODIFY_MINPOLL, 44, fields_poll),
	LAYOUT(CANDM_REQ_MODIFY_MAXPOLL, 44, fields_poll),
	LAYOUT(CANDM_REQ_MODIFY_MAXDELAY, 44, fields_real_of),
	LAYOUT(CANDM_REQ_MODIFY_MAXDELAYRATIO, 44, fields_real_of),
	LAYOUT(CANDM_REQ_MODIFY_MAXUPDATESKEW, 24, fields_ppm),
	LAYOUT(CANDM_REQ_SETTIME, 32, fields_time),
	LAYOUT(CANDM_REQ_MANUAL, 24, fields_manual),
	LAYOUT(CANDM_REQ_SOURCE_DATA, 24, fields_index),
	LAYOUT(CANDM_REQ_ALLOW, 44, fields_subnet),
	LAYOUT(CANDM_REQ_ALLOWALL, 44, fields_subnet),
	LAYOUT(CANDM_REQ_DENY, 44, fields_subnet),
	LAYOUT(CANDM_REQ_DENYALL, 44, fields_subnet),
	LAYOUT(CANDM_REQ_CMDALLOW, 44, fields_subnet),
	LAYOUT(CANDM_REQ_CMDALLOWALL, 44, fields_subnet),
	LAYOUT(CANDM_REQ_CMDDENY, 44, fields_subnet),
	LAYOUT(CANDM_REQ_CMDDENYALL, 44, fields_subnet),
	LAYOUT(CANDM_REQ_ACCHECK, 40, fields_check),
	LAYOUT(CANDM_REQ_CMDACCHECK, 40, fields_check),
	LAYOUT(CANDM_REQ_DELETE, 40, fields_which),
	LAYOUT(CANDM_REQ_DFREQ, 24, fields_dfreq),
	LAYOUT(CANDM_REQ_SOURCESTATS, 24, fields_index),
	LAYOUT(CANDM_REQ_MANUAL_DELETE, 24, fields_index),
	LAYOUT(CANDM_REQ_MODIFY_MINSTRATUM, 44, fields_number_of),
	LAYOUT(CANDM_REQ_MODIFY_POLLTARGET, 44, fields_number_of),
	LAYOUT(CANDM_REQ_MODIFY_MAXDELAYDEVRATIO, 44, fields_real_of),
	LAYOUT(CANDM_REQ_RESELECTDISTANCE, 24, fields_distance),
	LAYOUT(CANDM_REQ_MODIFY_MAKESTEP, 28, fields_makestep),
	LAYOUT(CANDM_REQ_SMOOTHTIME, 24, fields_smoothtime),
	LAYOUT(CANDM_REQ_LOCAL2, 36, fields_local2),
	LAYOUT(CANDM_REQ_NTP_DATA, 40, fields_which),
	LAYOUT(CANDM_REQ_ADD_SOURCE, 372, fields_add),
	LAYOUT(CANDM_REQ_NTP_SOURCE_NAME, 40, fields_which),
	LAYOUT(CANDM_REQ_AUTH_DATA, 40, fields_which),
	LAYOUT(CANDM_REQ_CLIENTS, 36, fields_clients),
	LAYOUT(CANDM_REQ_SELECT_DATA, 24, fields_index),
	LAYOUT(CANDM_REQ_DOFFSET, 24, fields_doffset),
	LAYOUT(CANDM_REQ_SELECTOPTS, 52, fields_selectopts),
	LAYOUT(CANDM_REQ_OFFSET, 48, fields_offset),
	LAYOUT(CANDM_REQ_LOCAL, 48, fields_local),
	LAYOUT(CANDM_REQ_PEER, 24, fields_index),
	LAYOUT(CANDM_REQ_EXPLAIN, 24, fields_index),
	LAYOUT(CANDM_REQ_RELOAD, 24, fields_index),
	LAYOUT(CANDM_REQ_RELOAD_TEXT, 24, fields_index),
};

/* Length with its padding, who may ask, the reply. */
static const struct candm_info infos[CANDM_REQ_MAX + 1] = {
	[CANDM_REQ_ONLINE] = { 60, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_OFFLINE] = { 60, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_BURST] = { 68, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MODIFY_MINPOLL] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MODIFY_MAXPOLL] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_DUMP] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MODIFY_MAXDELAY] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MODIFY_MAXDELAYRATIO] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MODIFY_MAXUPDATESKEW] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_SETTIME] = { 40, CANDM_WRITE, CANDM_RPY_MANUAL_TIMESTAMP },
	[CANDM_REQ_MANUAL] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_N_SOURCES] = { 32, CANDM_OPEN, CANDM_RPY_N_SOURCES },
	[CANDM_REQ_SOURCE_DATA] = { 76, CANDM_OPEN, CANDM_RPY_SOURCE_DATA },
	[CANDM_REQ_REKEY] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_ALLOW] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_ALLOWALL] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_DENY] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_DENYALL] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_CMDALLOW] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_CMDALLOWALL] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_CMDDENY] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_CMDDENYALL] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_ACCHECK] = { 40, CANDM_READ, CANDM_RPY_NULL },
	[CANDM_REQ_CMDACCHECK] = { 40, CANDM_READ, CANDM_RPY_NULL },
	[CANDM_REQ_DELETE] = { 40, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_WRITERTC] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_DFREQ] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_TRACKING] = { 104, CANDM_OPEN, CANDM_RPY_TRACKING },
	[CANDM_REQ_SOURCESTATS] = { 84, CANDM_OPEN, CANDM_RPY_SOURCESTATS },
	[CANDM_REQ_RTCREPORT] = { 56, CANDM_OPEN, CANDM_RPY_RTC },
	[CANDM_REQ_TRIMRTC] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_CYCLELOGS] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MANUAL_LIST] = { 416, CANDM_OPEN, CANDM_RPY_MANUAL_LIST },
	[CANDM_REQ_MANUAL_DELETE] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MAKESTEP] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_ACTIVITY] = { 48, CANDM_OPEN, CANDM_RPY_ACTIVITY },
	[CANDM_REQ_MODIFY_MINSTRATUM] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MODIFY_POLLTARGET] = { 44, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MODIFY_MAXDELAYDEVRATIO] = { 44, CANDM_WRITE,
	    CANDM_RPY_NULL },
	[CANDM_REQ_RESELECT] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_RESELECTDISTANCE] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_MODIFY_MAKESTEP] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_SMOOTHING] = { 52, CANDM_OPEN, CANDM_RPY_SMOOTHING },
	[CANDM_REQ_SMOOTHTIME] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_REFRESH] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_SERVER_STATS] = { 196, CANDM_READ, CANDM_RPY_SERVER_STATS4 },
	[CANDM_REQ_LOCAL2] = { 36, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_NTP_DATA] = { 172, CANDM_READ, CANDM_RPY_NTP_DATA2 },
	[CANDM_REQ_SHUTDOWN] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_ONOFFLINE] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_ADD_SOURCE] = { 372, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_NTP_SOURCE_NAME] = { 284, CANDM_OPEN,
	    CANDM_RPY_NTP_SOURCE_NAME },
	[CANDM_REQ_RESET_SOURCES] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_AUTH_DATA] = { 52, CANDM_READ, CANDM_RPY_AUTH_DATA },
	[CANDM_REQ_CLIENTS] = { 520, CANDM_READ, CANDM_RPY_CLIENTS },
	[CANDM_REQ_SELECT_DATA] = { 76, CANDM_READ, CANDM_RPY_SELECT_DATA },
	[CANDM_REQ_RELOAD_SOURCES] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_DOFFSET] = { 28, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_SELECTOPTS] = { 52, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_OFFSET] = { 48, CANDM_WRITE, CANDM_RPY_NULL },
	[CANDM_REQ_LOCAL] = { 48, CANDM_WRITE, CANDM_RPY_NULL },
};

static const struct candm_info own_infos[] = {
	{ 52, CANDM_OPEN, CANDM_RPY_STATUS },
	{ 336, CANDM_OPEN, CANDM_RPY_PEER },
	{ 384, CANDM_OPEN, CANDM_RPY_HEALTH },
	{ 356, CANDM_OPEN, CANDM_RPY_EXPLAIN },
	{ 40, CANDM_WRITE, CANDM_RPY_RELOAD },
	{ 512, CANDM_WRITE, CANDM_RPY_RELOAD_TEXT },
	{ CANDM_REPLY_HEADER + sizeof(struct report_counters), CANDM_READ,
	    CANDM_RPY_COUNTERS },
};

/* What clients of older versions pad less for, the longest first. */
static const struct {
	uint16_t	command;
	uint16_t	len;
	uint16_t	number;
} old_forms[] = {
	{ CANDM_REQ_SERVER_STATS, 72, CANDM_RPY_SERVER_STATS3 },
	{ CANDM_REQ_SERVER_STATS, 60, CANDM_RPY_SERVER_STATS2 },
	{ CANDM_REQ_SERVER_STATS, 48, CANDM_RPY_SERVER_STATS },
	{ CANDM_REQ_NTP_DATA, 152, CANDM_RPY_NTP_DATA },
};

const struct candm_info *
candm_requests_info(uint16_t command)
{
	if (command >= CANDM_REQ_OWN && command < CANDM_REQ_OWN_END)
		return (&own_infos[command - CANDM_REQ_OWN]);
	if (command > CANDM_REQ_MAX || infos[command].len == 0)
		return (NULL);
	return (&infos[command]);
}

uint16_t
candm_requests_number(uint16_t command, size_t len)
{
	const struct candm_info	*info;
	size_t			 i;

	if ((info = candm_requests_info(command)) == NULL)
		return (0);
	if (len >= info->len)
		return (info->number);
	for (i = 0; i < CANDM_COUNT(old_forms); i++)
		if (old_forms[i].command == command && len >= old_forms[i].len)
			return (old_forms[i].number);
	return (0);
}

const struct candm_layout *
candm_requests_find(uint16_t command)
{
	size_t	 i;

	for (i = 0; i < CANDM_COUNT(layouts); i++)
		if (layouts[i].number == command)
			return (&layouts[i]);
	return (NULL);
}
