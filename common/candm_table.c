/*
 * The tables of the command protocol: offsets count from the start of the
 * message.  Used by ntpd-control and ntpctl; must never hold code that judges.
 */
#include "common/candm_table.h"

#include "common/candm.h"

#define M(report, member)	offsetof(struct report, member)
#define LAYOUT(number, len, fields)					\
	{ number, len, sizeof(fields) / sizeof(fields[0]), fields }

static const struct candm_field fields_count[] = {
	{ 28, FIELD_U32, 0 },
};

static const struct candm_field fields_source[] = {
	{ 28, FIELD_SOURCE, 0 },
	{ 48, FIELD_U16, M(report_source, poll_log2) },
	{ 50, FIELD_U16, M(report_source, stratum) },
	{ 52, FIELD_U16, M(report_source, state) },
	{ 54, FIELD_U16, M(report_source, mode) },
	{ 58, FIELD_U16, M(report_source, reach) },
	{ 60, FIELD_U32, M(report_source, since_sample_s) },
	{ 64, FIELD_FLOAT_TURNED, M(report_source, orig_offset_s) },
	{ 68, FIELD_FLOAT_TURNED, M(report_source, offset_s) },
	{ 72, FIELD_FLOAT, M(report_source, error_s) },
};

static const struct candm_field fields_tracking[] = {
	{ 28, FIELD_U32, M(report_tracking, refid) },
	{ 32, FIELD_ADDR, M(report_tracking, addr) },
	{ 52, FIELD_U16, M(report_tracking, stratum) },
	{ 54, FIELD_U16, M(report_tracking, leap) },
	{ 56, FIELD_TIME, M(report_tracking, ref_time_ns) },
	{ 68, FIELD_FLOAT, M(report_tracking, correction_s) },
	{ 72, FIELD_FLOAT_TURNED, M(report_tracking, last_offset_s) },
	{ 76, FIELD_FLOAT, M(report_tracking, rms_offset_s) },
	{ 80, FIELD_FLOAT, M(report_tracking, freq_ppm) },
	{ 84, FIELD_FLOAT, M(report_tracking, resid_freq_ppm) },
	{ 88, FIELD_FLOAT, M(report_tracking, skew_ppm) },
	{ 92, FIELD_FLOAT, M(report_tracking, root_delay_s) },
	{ 96, FIELD_FLOAT, M(report_tracking, root_disp_s) },
	{ 100, FIELD_FLOAT, M(report_tracking, update_interval_s) },
};

static const struct candm_field fields_sourcestats[] = {
	{ 28, FIELD_U32, M(report_sourcestats, refid) },
	{ 32, FIELD_STATS, 0 },
	{ 52, FIELD_U32, M(report_sourcestats, n_samples) },
	{ 56, FIELD_U32, M(report_sourcestats, n_runs) },
	{ 60, FIELD_U32, M(report_sourcestats, span_s) },
	{ 64, FIELD_FLOAT, M(report_sourcestats, sd_s) },
	{ 68, FIELD_FLOAT, M(report_sourcestats, resid_freq_ppm) },
	{ 72, FIELD_FLOAT, M(report_sourcestats, skew_ppm) },
	{ 76, FIELD_FLOAT_TURNED, M(report_sourcestats, offset_s) },
	{ 80, FIELD_FLOAT, M(report_sourcestats, offset_err_s) },
};

static const struct candm_field fields_activity[] = {
	{ 28, FIELD_U32, M(report_activity, online) },
	{ 32, FIELD_U32, M(report_activity, offline) },
	{ 36, FIELD_U32, M(report_activity, burst_online) },
	{ 40, FIELD_U32, M(report_activity, burst_offline) },
	{ 44, FIELD_U32, M(report_activity, unresolved) },
};

static const struct candm_field fields_name[] = {
	{ 28, FIELD_NAME, M(report_name, name) },
};

static const struct candm_field fields_status[] = {
	{ 28, FIELD_U32, M(report_status, peers) },
	{ 32, FIELD_U32, M(report_status, peers_valid) },
	{ 36, FIELD_U32, M(report_status, sensors) },
	{ 40, FIELD_U32, M(report_status, sensors_valid) },
	{ 44, FIELD_U16, M(report_status, synced) },
	{ 46, FIELD_U16, M(report_status, stratum) },
	{ 48, FIELD_FLOAT, M(report_status, offset_s) },
};

static const struct candm_field fields_peer[] = {
	{ 28, FIELD_ADDR, M(report_peer, addr) },
	{ 48, FIELD_U16, M(report_peer, selected) },
	{ 50, FIELD_U16, M(report_peer, weight) },
	{ 52, FIELD_U16, M(report_peer, trust) },
	{ 54, FIELD_U16, M(report_peer, stratum) },
	{ 56, FIELD_U32, M(report_peer, next_s) },
	{ 60, FIELD_U32, M(report_peer, poll_s) },
	{ 64, FIELD_U16, M(report_peer, valid) },
	{ 66, FIELD_U16, M(report_peer, from_pool) },
	{ 68, FIELD_FLOAT, M(report_peer, offset_s) },
	{ 72, FIELD_FLOAT, M(report_peer, delay_s) },
	{ 76, FIELD_FLOAT, M(report_peer, jitter_s) },
	{ 80, FIELD_NAME, M(report_peer, name) },
};

static const struct candm_layout reply_layouts[] = {
	LAYOUT(CANDM_RPY_N_SOURCES, 32, fields_count),
	LAYOUT(CANDM_RPY_SOURCE_DATA, 76, fields_source),
	LAYOUT(CANDM_RPY_TRACKING, 104, fields_tracking),
	LAYOUT(CANDM_RPY_SOURCESTATS, 84, fields_sourcestats),
	LAYOUT(CANDM_RPY_ACTIVITY, 48, fields_activity),
	LAYOUT(CANDM_RPY_NTP_SOURCE_NAME, 284, fields_name),
	LAYOUT(CANDM_RPY_STATUS, 52, fields_status),
	LAYOUT(CANDM_RPY_PEER, 336, fields_peer),
};

static const struct candm_field fields_index[] = {
	{ 20, FIELD_U32, 0 },
};

static const struct candm_field fields_request_ip[] = {
	{ 20, FIELD_REQUEST, 0 },
};

static const struct candm_field fields_makestep[] = {
	{ 20, FIELD_U32, M(candm_makestep, limit) },
	{ 24, FIELD_FLOAT, M(candm_makestep, threshold_s) },
};

static const struct candm_layout request_layouts[] = {
	LAYOUT(CANDM_REQ_SOURCE_DATA, 24, fields_index),
	LAYOUT(CANDM_REQ_SOURCESTATS, 24, fields_index),
	LAYOUT(CANDM_REQ_MODIFY_MAKESTEP, 28, fields_makestep),
	LAYOUT(CANDM_REQ_NTP_SOURCE_NAME, 40, fields_request_ip),
	LAYOUT(CANDM_REQ_PEER, 24, fields_index),
};

/* All of chrony's requests: the length with its padding, and who may ask. */
static const struct candm_info command_info[CANDM_REQ_MAX + 1] = {
	[1] = { 60, CANDM_WRITE },	/* online */
	[2] = { 60, CANDM_WRITE },	/* offline */
	[3] = { 68, CANDM_WRITE },	/* burst */
	[4] = { 44, CANDM_WRITE },	/* minpoll */
	[5] = { 44, CANDM_WRITE },	/* maxpoll */
	[6] = { 28, CANDM_WRITE },	/* dump */
	[7] = { 44, CANDM_WRITE },	/* maxdelay */
	[8] = { 44, CANDM_WRITE },	/* maxdelayratio */
	[9] = { 28, CANDM_WRITE },	/* maxupdateskew */
	[11] = { 40, CANDM_WRITE },	/* settime */
	[13] = { 28, CANDM_WRITE },	/* manual */
	[14] = { 32, CANDM_OPEN },	/* sources */
	[15] = { 76, CANDM_OPEN },	/* sources: one */
	[16] = { 28, CANDM_WRITE },	/* rekey */
	[17] = { 44, CANDM_WRITE },	/* allow */
	[18] = { 44, CANDM_WRITE },	/* allow all */
	[19] = { 44, CANDM_WRITE },	/* deny */
	[20] = { 44, CANDM_WRITE },	/* deny all */
	[21] = { 44, CANDM_WRITE },	/* cmdallow */
	[22] = { 44, CANDM_WRITE },	/* cmdallow all */
	[23] = { 44, CANDM_WRITE },	/* cmddeny */
	[24] = { 44, CANDM_WRITE },	/* cmddeny all */
	[25] = { 40, CANDM_READ },	/* accheck */
	[26] = { 40, CANDM_READ },	/* cmdaccheck */
	[29] = { 40, CANDM_WRITE },	/* delete */
	[30] = { 28, CANDM_WRITE },	/* writertc */
	[31] = { 28, CANDM_WRITE },	/* dfreq */
	[33] = { 104, CANDM_OPEN },	/* tracking */
	[34] = { 84, CANDM_OPEN },	/* sourcestats */
	[35] = { 56, CANDM_OPEN },	/* rtcdata */
	[36] = { 28, CANDM_WRITE },	/* trimrtc */
	[37] = { 28, CANDM_WRITE },	/* cyclelogs */
	[41] = { 416, CANDM_OPEN },	/* manual list */
	[42] = { 28, CANDM_WRITE },	/* manual delete */
	[43] = { 28, CANDM_WRITE },	/* makestep */
	[44] = { 48, CANDM_OPEN },	/* activity */
	[45] = { 44, CANDM_WRITE },	/* minstratum */
	[46] = { 44, CANDM_WRITE },	/* polltarget */
	[47] = { 44, CANDM_WRITE },	/* maxdelaydevratio */
	[48] = { 28, CANDM_WRITE },	/* reselect */
	[49] = { 28, CANDM_WRITE },	/* reselectdist */
	[50] = { 28, CANDM_WRITE },	/* makestep: threshold, limit */
	[51] = { 52, CANDM_OPEN },	/* smoothing */
	[52] = { 28, CANDM_WRITE },	/* smoothtime */
	[53] = { 28, CANDM_WRITE },	/* refresh */
	[54] = { 196, CANDM_READ },	/* serverstats */
	[57] = { 172, CANDM_READ },	/* ntpdata */
	[62] = { 28, CANDM_WRITE },	/* shutdown */
	[63] = { 28, CANDM_WRITE },	/* onoffline */
	[64] = { 372, CANDM_WRITE },	/* add */
	[65] = { 284, CANDM_OPEN },	/* sourcename */
	[66] = { 28, CANDM_WRITE },	/* reset sources */
	[67] = { 52, CANDM_READ },	/* authdata */
	[68] = { 520, CANDM_READ },	/* clients */
	[69] = { 76, CANDM_READ },	/* selectdata */
	[70] = { 28, CANDM_WRITE },	/* reload sources */
	[71] = { 28, CANDM_WRITE },	/* doffset */
	[72] = { 52, CANDM_WRITE },	/* selectopts */
	[73] = { 48, CANDM_WRITE },	/* offset */
	[74] = { 48, CANDM_WRITE },	/* local */
};

static const struct candm_info own_info[] = {
	[CANDM_REQ_STATUS - CANDM_REQ_OWN] = { 52, CANDM_OPEN },
	[CANDM_REQ_PEER - CANDM_REQ_OWN] = { 336, CANDM_OPEN },
};

const struct candm_info *
candm_get_info(uint16_t command)
{
	if (command >= CANDM_REQ_OWN && command < CANDM_REQ_OWN_END)
		return (&own_info[command - CANDM_REQ_OWN]);
	if (command > CANDM_REQ_MAX || command_info[command].len == 0)
		return (NULL);
	return (&command_info[command]);
}

static const struct candm_layout *
layout_find(const struct candm_layout *layouts, size_t n, uint16_t number)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (layouts[i].number == number)
			return (&layouts[i]);
	return (NULL);
}

const struct candm_layout *
candm_table_reply(uint16_t number)
{
	return (layout_find(reply_layouts,
	    sizeof(reply_layouts) / sizeof(reply_layouts[0]), number));
}

const struct candm_layout *
candm_table_request(uint16_t command)
{
	return (layout_find(request_layouts,
	    sizeof(request_layouts) / sizeof(request_layouts[0]), command));
}
