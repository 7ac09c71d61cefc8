/*
 * The bodies of replies: what is where, counted from the start of the message.
 * Used by ntpd-control and ntpctl; must never hold code that judges.
 */
#include "common/candm_field.h"

#define M(report, member)	offsetof(struct report, member)
#define F(wire, type, member)	{ wire, FIELD_##type, member, 0, 0, 0 }
#define R(wire, type, member, hi)					\
	{ wire, FIELD_##type, member, 0, 0, hi }
#define LAYOUT(number, len, fields)					\
	{ number, len, CANDM_COUNT(fields), 0, 0, 0, 0, 0, fields, NULL, 0 }
#define RECORDS(number, len, fields, n, at, size, report, member, rfields) \
	{ number, len, CANDM_COUNT(fields), n, at, size,		\
	    M(report, member[0]), M(report, member[1]) -		\
	    M(report, member[0]), fields, rfields, CANDM_COUNT(rfields) }

static const struct candm_field fields_count[] = {
	F(28, U32, 0),
};

static const struct candm_field fields_source[] = {
	F(28, SOURCE, 0),
	F(48, U16, M(report_source, poll_log2)),
	F(50, U16, M(report_source, stratum)),
	F(52, U16, M(report_source, state)),
	F(54, U16, M(report_source, mode)),
	F(58, U16, M(report_source, reach)),
	F(60, U32, M(report_source, since_sample_s)),
	F(64, TURNED, M(report_source, orig_offset_s)),
	F(68, TURNED, M(report_source, offset_s)),
	F(72, FLOAT, M(report_source, error_s)),
};

static const struct candm_field fields_tracking[] = {
	F(28, U32, M(report_tracking, refid)),
	F(32, ADDR, M(report_tracking, addr)),
	F(52, U16, M(report_tracking, stratum)),
	F(54, U16, M(report_tracking, leap)),
	F(56, TIME, M(report_tracking, ref_time_ns)),
	F(68, FLOAT, M(report_tracking, correction_s)),
	F(72, TURNED, M(report_tracking, last_offset_s)),
	F(76, FLOAT, M(report_tracking, rms_offset_s)),
	F(80, FLOAT, M(report_tracking, freq_ppm)),
	F(84, FLOAT, M(report_tracking, resid_freq_ppm)),
	F(88, FLOAT, M(report_tracking, skew_ppm)),
	F(92, FLOAT, M(report_tracking, root_delay_s)),
	F(96, FLOAT, M(report_tracking, root_disp_s)),
	F(100, FLOAT, M(report_tracking, update_interval_s)),
};

static const struct candm_field fields_sourcestats[] = {
	F(28, U32, M(report_sourcestats, refid)),
	F(32, STATS, 0),
	F(52, U32, M(report_sourcestats, n_samples)),
	F(56, U32, M(report_sourcestats, n_runs)),
	F(60, U32, M(report_sourcestats, span_s)),
	F(64, FLOAT, M(report_sourcestats, sd_s)),
	F(68, FLOAT, M(report_sourcestats, resid_freq_ppm)),
	F(72, FLOAT, M(report_sourcestats, skew_ppm)),
	F(76, TURNED, M(report_sourcestats, offset_s)),
	F(80, FLOAT, M(report_sourcestats, offset_err_s)),
};

static const struct candm_field fields_rtc[] = {
	F(28, TIME, M(report_rtc, ref_time_ns)),
	F(40, U16, M(report_rtc, n_samples)),
	F(42, U16, M(report_rtc, n_runs)),
	F(44, U32, M(report_rtc, span_s)),
	F(48, FLOAT, M(report_rtc, fast_s)),
	F(52, FLOAT, M(report_rtc, gain_ppm)),
};

static const struct candm_field fields_activity[] = {
	F(28, U32, M(report_activity, online)),
	F(32, U32, M(report_activity, offline)),
	F(36, U32, M(report_activity, burst_online)),
	F(40, U32, M(report_activity, burst_offline)),
	F(44, U32, M(report_activity, unresolved)),
};

static const struct candm_field fields_smoothing[] = {
	F(28, U32, M(report_smoothing, flags)),
	F(32, FLOAT, M(report_smoothing, offset_s)),
	F(36, FLOAT, M(report_smoothing, freq_ppm)),
	F(40, FLOAT, M(report_smoothing, wander_ppm_s)),
	F(44, FLOAT, M(report_smoothing, since_update_s)),
	F(48, FLOAT, M(report_smoothing, remaining_s)),
};

static const struct candm_field fields_manual[] = {
	F(28, TURNED, M(report_manual, offset_s)),
	F(32, FLOAT, M(report_manual, freq_change_ppm)),
	F(36, FLOAT, M(report_manual, freq_ppm)),
};

static const struct candm_field fields_manual_list[] = {
	R(28, U32, M(report_manual_list, count), REPORT_MANUAL_SAMPLES),
};

static const struct candm_field fields_manual_sample[] = {
	F(0, TIME, M(report_manual_sample, when_ns)),
	F(12, TURNED, M(report_manual_sample, slewed_offset_s)),
	F(16, TURNED, M(report_manual_sample, orig_offset_s)),
	F(20, TURNED, M(report_manual_sample, residual_s)),
};

static const struct candm_field fields_name[] = {
	F(28, NAME, M(report_name, name)),
};

static const struct candm_field fields_authdata[] = {
	F(28, U16, M(report_authdata, mode)),
	F(30, U16, M(report_authdata, key_type)),
	F(32, U32, M(report_authdata, key_id)),
	F(36, U16, M(report_authdata, key_bits)),
	F(38, U16, M(report_authdata, ke_attempts)),
	F(40, U32, M(report_authdata, since_ke_s)),
	F(44, U16, M(report_authdata, cookies)),
	F(46, U16, M(report_authdata, cookie_len)),
	F(48, U16, M(report_authdata, naks)),
};

static const struct candm_field fields_clients[] = {
	F(28, U32, M(report_clients, size)),
	F(32, U32, M(report_clients, next)),
	R(36, U32, M(report_clients, count), REPORT_CLIENTS),
};

static const struct candm_field fields_client[] = {
	F(0, ADDR, M(report_client, addr)),
	F(20, U32, M(report_client, ntp_hits)),
	F(24, U32, M(report_client, nke_hits)),
	F(28, U32, M(report_client, cmd_hits)),
	F(32, U32, M(report_client, ntp_drops)),
	F(36, U32, M(report_client, nke_drops)),
	F(40, U32, M(report_client, cmd_drops)),
	F(44, S8, M(report_client, ntp_log2)),
	F(45, S8, M(report_client, nke_log2)),
	F(46, S8, M(report_client, cmd_log2)),
	F(47, S8, M(report_client, ntp_limited_log2)),
	F(48, U32, M(report_client, since_ntp_s)),
	F(52, U32, M(report_client, since_nke_s)),
	F(56, U32, M(report_client, since_cmd_s)),
};

/* The sign is turned, so the limits change places. */
static const struct candm_field fields_selectdata[] = {
	F(28, U32, M(report_selectdata, refid)),
	F(32, STATS, 0),
	F(52, LETTER, M(report_selectdata, state)),
	F(53, U8, M(report_selectdata, authenticated)),
	F(54, U8, M(report_selectdata, leap)),
	F(56, U16, M(report_selectdata, conf_options)),
	F(58, U16, M(report_selectdata, eff_options)),
	F(60, U32, M(report_selectdata, since_sample_s)),
	F(64, FLOAT, M(report_selectdata, score)),
	F(68, TURNED, M(report_selectdata, offset_hi_s)),
	F(72, TURNED, M(report_selectdata, offset_lo_s)),
};

static const struct candm_field fields_serverstats[] = {
	F(28, U64, M(report_serverstats, ntp_hits)),
	F(36, U64, M(report_serverstats, nke_hits)),
	F(44, U64, M(report_serverstats, cmd_hits)),
	F(52, U64, M(report_serverstats, ntp_drops)),
	F(60, U64, M(report_serverstats, nke_drops)),
	F(68, U64, M(report_serverstats, cmd_drops)),
	F(76, U64, M(report_serverstats, log_drops)),
	F(84, U64, M(report_serverstats, ntp_auth_hits)),
	F(92, U64, M(report_serverstats, ntp_interleaved_hits)),
	F(100, U64, M(report_serverstats, ntp_timestamps)),
	F(108, U64, M(report_serverstats, ntp_span_s)),
	F(116, U64, M(report_serverstats, daemon_rx)),
	F(124, U64, M(report_serverstats, daemon_tx)),
	F(132, U64, M(report_serverstats, kernel_rx)),
	F(140, U64, M(report_serverstats, kernel_tx)),
	F(148, U64, M(report_serverstats, hw_rx)),
	F(156, U64, M(report_serverstats, hw_tx)),
	F(164, ONES16, 0),
	F(180, ONES16, 0),
};

/* Before 4.4: 32 bits, and fewer of them the older it is. */
static const struct candm_field fields_serverstats3[] = {
	F(28, LOW32, M(report_serverstats, ntp_hits)),
	F(32, LOW32, M(report_serverstats, nke_hits)),
	F(36, LOW32, M(report_serverstats, cmd_hits)),
	F(40, LOW32, M(report_serverstats, ntp_drops)),
	F(44, LOW32, M(report_serverstats, nke_drops)),
	F(48, LOW32, M(report_serverstats, cmd_drops)),
	F(52, LOW32, M(report_serverstats, log_drops)),
	F(56, LOW32, M(report_serverstats, ntp_auth_hits)),
	F(60, LOW32, M(report_serverstats, ntp_interleaved_hits)),
	F(64, LOW32, M(report_serverstats, ntp_timestamps)),
	F(68, LOW32, M(report_serverstats, ntp_span_s)),
	F(0, NO_U64, M(report_serverstats, daemon_rx)),
	F(0, NO_U64, M(report_serverstats, daemon_tx)),
	F(0, NO_U64, M(report_serverstats, kernel_rx)),
	F(0, NO_U64, M(report_serverstats, kernel_tx)),
	F(0, NO_U64, M(report_serverstats, hw_rx)),
	F(0, NO_U64, M(report_serverstats, hw_tx)),
};

static const struct candm_field fields_serverstats2[] = {
	F(28, LOW32, M(report_serverstats, ntp_hits)),
	F(32, LOW32, M(report_serverstats, nke_hits)),
	F(36, LOW32, M(report_serverstats, cmd_hits)),
	F(40, LOW32, M(report_serverstats, ntp_drops)),
	F(44, LOW32, M(report_serverstats, nke_drops)),
	F(48, LOW32, M(report_serverstats, cmd_drops)),
	F(52, LOW32, M(report_serverstats, log_drops)),
	F(56, LOW32, M(report_serverstats, ntp_auth_hits)),
	F(0, NO_U64, M(report_serverstats, ntp_interleaved_hits)),
	F(0, NO_U64, M(report_serverstats, ntp_timestamps)),
	F(0, NO_U64, M(report_serverstats, ntp_span_s)),
	F(0, NO_U64, M(report_serverstats, daemon_rx)),
	F(0, NO_U64, M(report_serverstats, daemon_tx)),
	F(0, NO_U64, M(report_serverstats, kernel_rx)),
	F(0, NO_U64, M(report_serverstats, kernel_tx)),
	F(0, NO_U64, M(report_serverstats, hw_rx)),
	F(0, NO_U64, M(report_serverstats, hw_tx)),
};

static const struct candm_field fields_serverstats1[] = {
	F(28, LOW32, M(report_serverstats, ntp_hits)),
	F(32, LOW32, M(report_serverstats, cmd_hits)),
	F(36, LOW32, M(report_serverstats, ntp_drops)),
	F(40, LOW32, M(report_serverstats, cmd_drops)),
	F(44, LOW32, M(report_serverstats, log_drops)),
	F(0, NO_U64, M(report_serverstats, nke_hits)),
	F(0, NO_U64, M(report_serverstats, nke_drops)),
	F(0, NO_U64, M(report_serverstats, ntp_auth_hits)),
	F(0, NO_U64, M(report_serverstats, ntp_interleaved_hits)),
	F(0, NO_U64, M(report_serverstats, ntp_timestamps)),
	F(0, NO_U64, M(report_serverstats, ntp_span_s)),
	F(0, NO_U64, M(report_serverstats, daemon_rx)),
	F(0, NO_U64, M(report_serverstats, daemon_tx)),
	F(0, NO_U64, M(report_serverstats, kernel_rx)),
	F(0, NO_U64, M(report_serverstats, kernel_tx)),
	F(0, NO_U64, M(report_serverstats, hw_rx)),
	F(0, NO_U64, M(report_serverstats, hw_tx)),
};

#define NTPDATA								\
	F(28, ADDR, M(report_ntpdata, remote)),				\
	F(48, ADDR, M(report_ntpdata, local)),				\
	F(68, U16, M(report_ntpdata, remote.port)),			\
	F(70, U8, M(report_ntpdata, leap)),				\
	F(71, U8, M(report_ntpdata, version)),				\
	F(72, U8, M(report_ntpdata, mode)),				\
	F(73, U8, M(report_ntpdata, stratum)),				\
	F(74, S8, M(report_ntpdata, poll_log2)),			\
	F(75, S8, M(report_ntpdata, precision_log2)),			\
	F(76, FLOAT, M(report_ntpdata, root_delay_s)),			\
	F(80, FLOAT, M(report_ntpdata, root_disp_s)),			\
	F(84, U32, M(report_ntpdata, refid)),				\
	F(88, TIME, M(report_ntpdata, ref_time_ns)),			\
	F(100, FLOAT, M(report_ntpdata, offset_s)),			\
	F(104, FLOAT, M(report_ntpdata, delay_s)),			\
	F(108, FLOAT, M(report_ntpdata, disp_s)),			\
	F(112, FLOAT, M(report_ntpdata, response_s)),			\
	F(116, FLOAT, M(report_ntpdata, jitter_asymmetry)),		\
	F(120, FLAGS, 0),						\
	F(122, LETTER, M(report_ntpdata, tx_source)),			\
	F(123, LETTER, M(report_ntpdata, rx_source)),			\
	F(124, U32, M(report_ntpdata, total_tx)),			\
	F(128, U32, M(report_ntpdata, total_rx)),			\
	F(132, U32, M(report_ntpdata, total_valid)),			\
	F(136, U32, M(report_ntpdata, total_good))

static const struct candm_field fields_ntpdata[] = {
	NTPDATA,
	F(140, U32, M(report_ntpdata, kernel_tx)),
	F(144, U32, M(report_ntpdata, kernel_rx)),
	F(148, U32, M(report_ntpdata, hw_tx)),
	F(152, U32, M(report_ntpdata, hw_rx)),
	F(156, ONES16, 0),
};

/* Before 4.6. */
static const struct candm_field fields_ntpdata1[] = {
	NTPDATA,
	F(0, NO_U32, M(report_ntpdata, kernel_tx)),
	F(0, NO_U32, M(report_ntpdata, kernel_rx)),
	F(0, NO_U32, M(report_ntpdata, hw_tx)),
	F(0, NO_U32, M(report_ntpdata, hw_rx)),
	F(140, ONES4, 0),
	F(144, ONES4, 0),
	F(148, ONES4, 0),
};

static const struct candm_field fields_status[] = {
	F(28, U32, M(report_status, peers)),
	F(32, U32, M(report_status, peers_valid)),
	F(36, U32, M(report_status, sensors)),
	F(40, U32, M(report_status, sensors_valid)),
	F(44, U16, M(report_status, synced)),
	F(46, U16, M(report_status, stratum)),
	F(48, FLOAT, M(report_status, offset_s)),
};

static const struct candm_field fields_peer[] = {
	F(28, ADDR, M(report_peer, addr)),
	F(48, U16, M(report_peer, selected)),
	F(50, U16, M(report_peer, weight)),
	F(52, U16, M(report_peer, trust)),
	F(54, U16, M(report_peer, stratum)),
	F(56, S32, M(report_peer, next_s)),
	F(60, S32, M(report_peer, poll_s)),
	F(64, U16, M(report_peer, valid)),
	F(66, U16, M(report_peer, from_pool)),
	F(68, FLOAT, M(report_peer, offset_s)),
	F(72, FLOAT, M(report_peer, delay_s)),
	F(76, FLOAT, M(report_peer, jitter_s)),
	F(80, NAME, M(report_peer, name)),
};

static const struct candm_field fields_health[] = {
	R(28, U16, M(report_health, state), REPORT_HEALTH_COUNT - 1),
	R(30, U16, M(report_health, reason), REPORT_REASON_COUNT - 1),
	R(32, U16, M(report_health, leap), REPORT_LEAP_UNSYNC),
	F(34, U16, M(report_health, stratum)),
	R(36, U16, M(report_health, untouched), 1),
	F(38, U16, M(report_health, n_sources)),
	F(40, U16, M(report_health, n_used)),
	F(42, U16, M(report_health, n_selectable)),
	F(44, U16, M(report_health, n_falseticker)),
	F(46, U16, M(report_health, n_jittery)),
	F(48, U16, M(report_health, n_unusable)),
	F(50, U16, M(report_health, n_silent)),
	F(52, U16, M(report_health, n_unresolved)),
	F(54, U16, M(report_health, n_offline)),
	F(56, U16, M(report_health, n_needed)),
	F(60, U32, M(report_health, since_s)),
	F(64, U32, M(report_health, uptime_s)),
	F(68, U32, M(report_health, since_update_s)),
	F(72, U32, M(report_health, since_step_s)),
	F(76, U32, M(report_health, guard_refused)),
	F(80, U32, M(report_health, refid)),
	F(84, ADDR, M(report_health, addr)),
	F(104, FLOAT, M(report_health, offset_s)),
	F(108, FLOAT, M(report_health, error_s)),
	F(112, FLOAT, M(report_health, root_delay_s)),
	F(116, FLOAT, M(report_health, freq_ppm)),
	F(120, FLOAT, M(report_health, skew_ppm)),
	F(124, FLOAT, M(report_health, step_s)),
	F(128, NAME, M(report_health, name)),
};

static const struct candm_field fields_explain[] = {
	F(28, U32, M(report_explain, refid)),
	F(32, STATS, 0),
	F(52, LETTER, M(report_explain, letter)),
	R(53, U8, M(report_explain, mode), REPORT_MODE_REFCLOCK),
	F(54, U8, M(report_explain, stratum)),
	F(55, S8, M(report_explain, poll_log2)),
	R(56, U16, M(report_explain, reason), REPORT_REASON_COUNT - 1),
	F(58, U16, M(report_explain, reach)),
	F(60, U16, M(report_explain, tests)),
	F(62, U16, M(report_explain, error)),
	F(64, U32, M(report_explain, since_s)),
	F(68, U32, M(report_explain, unanswered)),
	F(72, U32, M(report_explain, since_valid_s)),
	F(76, FLOAT, M(report_explain, value_s)),
	F(80, FLOAT, M(report_explain, limit_s)),
	F(84, FLOAT, M(report_explain, offset_s)),
	F(88, FLOAT, M(report_explain, error_s)),
	F(92, FLOAT, M(report_explain, delay_s)),
	F(96, FLOAT, M(report_explain, jitter_s)),
	F(100, NAME, M(report_explain, name)),
};

static const struct candm_field fields_reload[] = {
	F(28, U32, M(report_reload, token)),
	R(32, U16, M(report_reload, result), REPORT_RELOAD_COUNT - 1),
	F(36, U32, M(report_reload, n_lines)),
};

static const struct candm_field fields_reload_line[] = {
	R(28, U16, M(report_reload_line, kind), REPORT_LINE_COUNT - 1),
	F(32, TEXT, M(report_reload_line, text)),
};

/* All are 64 bits wide, one after the other as in the struct. */
#define COUNTER(member, text)						\
	F(CANDM_REPLY_HEADER + offsetof(struct report_counters, member), U64, \
	    M(report_counters, member)),

static const struct candm_field fields_counters[] = {
	REPORT_COUNTERS(COUNTER)
};

static const struct candm_layout layouts[] = {
	LAYOUT(CANDM_RPY_N_SOURCES, 32, fields_count),
	LAYOUT(CANDM_RPY_SOURCE_DATA, 76, fields_source),
	LAYOUT(CANDM_RPY_TRACKING, 104, fields_tracking),
	LAYOUT(CANDM_RPY_SOURCESTATS, 84, fields_sourcestats),
	LAYOUT(CANDM_RPY_RTC, 56, fields_rtc),
	LAYOUT(CANDM_RPY_ACTIVITY, 48, fields_activity),
	LAYOUT(CANDM_RPY_SMOOTHING, 52, fields_smoothing),
	LAYOUT(CANDM_RPY_SERVER_STATS, 48, fields_serverstats1),
	LAYOUT(CANDM_RPY_NTP_DATA, 152, fields_ntpdata1),
	LAYOUT(CANDM_RPY_MANUAL_TIMESTAMP, 40, fields_manual),
	LAYOUT(CANDM_RPY_NTP_SOURCE_NAME, 284, fields_name),
	LAYOUT(CANDM_RPY_AUTH_DATA, 52, fields_authdata),
	LAYOUT(CANDM_RPY_SERVER_STATS2, 60, fields_serverstats2),
	LAYOUT(CANDM_RPY_SELECT_DATA, 76, fields_selectdata),
	LAYOUT(CANDM_RPY_SERVER_STATS3, 72, fields_serverstats3),
	LAYOUT(CANDM_RPY_SERVER_STATS4, 196, fields_serverstats),
	LAYOUT(CANDM_RPY_NTP_DATA2, 172, fields_ntpdata),
	LAYOUT(CANDM_RPY_STATUS, 52, fields_status),
	LAYOUT(CANDM_RPY_PEER, 336, fields_peer),
	LAYOUT(CANDM_RPY_HEALTH, 384, fields_health),
	LAYOUT(CANDM_RPY_EXPLAIN, 356, fields_explain),
	LAYOUT(CANDM_RPY_RELOAD, 40, fields_reload),
	LAYOUT(CANDM_RPY_RELOAD_TEXT, 512, fields_reload_line),
	LAYOUT(CANDM_RPY_COUNTERS, CANDM_REPLY_HEADER +
	    sizeof(struct report_counters), fields_counters),
	RECORDS(CANDM_RPY_MANUAL_LIST, 416, fields_manual_list,
	    REPORT_MANUAL_SAMPLES, 32, 24, report_manual_list, sample,
	    fields_manual_sample),
	RECORDS(CANDM_RPY_CLIENTS, 520, fields_clients, REPORT_CLIENTS, 40, 60,
	    report_clients, client, fields_client),
};

const struct candm_layout *
candm_replies_find(uint16_t number)
{
	size_t	 i;

	for (i = 0; i < CANDM_COUNT(layouts); i++)
		if (layouts[i].number == number)
			return (&layouts[i]);
	return (NULL);
}
