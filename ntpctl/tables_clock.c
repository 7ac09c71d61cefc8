/*
 * Reports about the clock: tracking, waitsync, activity, rtcdata, smoothing,
 * settime, manual list.  Used by ntpctl; the texts are chronyc's.
 */
#include "ntpctl/tables.h"
#include "ntpctl/words.h"

#define TABLE(key, fields)						\
	{ key, 0, NULL, 0, NULL, fields, sizeof(fields) / sizeof(fields[0]) }
#define AT(row, member)	offsetof(struct row, member)

static const struct field	fields_tracking[] = {
	{ "reference_id", AT(row_tracking, r.refid), FT_U32, FK_HEX, 0, 0,
	    FM_NONE, 0, "Reference ID    : ", NULL, NULL },
	{ "reference_name", AT(row_tracking, n.name), FT_STRING, FK_STRING,
	    0, 0, FM_NONE, 0, " (", ")\n", NULL },
	{ "reference_address", AT(row_tracking, n.address), FT_STRING,
	    FK_STRING, -1, 0, FM_NONE, FF_NOTEXT, NULL, NULL, NULL },
	{ "stratum", AT(row_tracking, r.stratum), FT_U16, FK_NUMBER, 0, 0,
	    FM_GAUGE, 0, "Stratum         : ", "\n", NULL },
	{ "reference_time_seconds", AT(row_tracking, r.ref_time_ns), FT_TIME,
	    FK_DATE, 0, 0, FM_GAUGE, 0, "Ref time (UTC)  : ", "\n", NULL },
	{ "correction_seconds", AT(row_tracking, r.correction_s), FT_REAL,
	    FK_SLOW, 0, 9, FM_GAUGE, 0, "System time     : ",
	    " of NTP time\n", NULL },
	{ "last_offset_seconds", AT(row_tracking, r.last_offset_s), FT_TURNED,
	    FK_SIGNED, 0, 9, FM_GAUGE, 0, "Last offset     : ",
	    " seconds\n", NULL },
	{ "rms_offset_seconds", AT(row_tracking, r.rms_offset_s), FT_REAL,
	    FK_NUMBER, 0, 9, FM_GAUGE, 0, "RMS offset      : ",
	    " seconds\n", NULL },
	{ "frequency_ppm", AT(row_tracking, r.freq_ppm), FT_REAL, FK_FAST, 0,
	    3, FM_GAUGE, 0, "Frequency       : ", "\n", NULL },
	{ "residual_frequency_ppm", AT(row_tracking, r.resid_freq_ppm),
	    FT_REAL, FK_SIGNED, 0, 3, FM_GAUGE, 0, "Residual freq   : ",
	    " ppm\n", NULL },
	{ "skew_ppm", AT(row_tracking, r.skew_ppm), FT_REAL, FK_NUMBER, 0, 3,
	    FM_GAUGE, 0, "Skew            : ", " ppm\n", NULL },
	{ "root_delay_seconds", AT(row_tracking, r.root_delay_s), FT_REAL,
	    FK_NUMBER, 0, 9, FM_GAUGE, 0, "Root delay      : ",
	    " seconds\n", NULL },
	{ "root_dispersion_seconds", AT(row_tracking, r.root_disp_s), FT_REAL,
	    FK_NUMBER, 0, 9, FM_GAUGE, 0, "Root dispersion : ",
	    " seconds\n", NULL },
	{ "update_interval_seconds", AT(row_tracking, r.update_interval_s),
	    FT_REAL, FK_NUMBER, 0, 1, FM_GAUGE, 0, "Update interval : ",
	    " seconds\n", NULL },
	{ "leap", AT(row_tracking, r.leap), FT_U16, FK_WORD, 0, 0, FM_GAUGE,
	    0, "Leap status     : ", "\n", words_leap },
};

static const struct field	fields_waitsync[] = {
	{ "try", AT(row_waitsync, try), FT_U32, FK_NUMBER, 0, 0, FM_NONE, 0,
	    "try: ", NULL, NULL },
	{ "reference_id", AT(row_waitsync, refid), FT_U32, FK_HEX, 0, 0,
	    FM_NONE, 0, ", refid: ", NULL, NULL },
	{ "correction_seconds", AT(row_waitsync, correction_s), FT_REAL,
	    FK_NUMBER, 0, 9, FM_NONE, 0, ", correction: ", NULL, NULL },
	{ "skew_ppm", AT(row_waitsync, skew_ppm), FT_REAL, FK_NUMBER, 0, 3,
	    FM_NONE, 0, ", skew: ", "\n", NULL },
};

static const struct field	fields_activity[] = {
	{ "online", AT(report_activity, online), FT_U32, FK_NUMBER, 0, 0,
	    FM_GAUGE, 0, "200 OK\n", " sources online\n", NULL },
	{ "offline", AT(report_activity, offline), FT_U32, FK_NUMBER, 0, 0,
	    FM_GAUGE, 0, NULL, " sources offline\n", NULL },
	{ "burst_online", AT(report_activity, burst_online), FT_U32,
	    FK_NUMBER, 0, 0, FM_GAUGE, 0, NULL,
	    " sources doing burst (return to online)\n", NULL },
	{ "burst_offline", AT(report_activity, burst_offline), FT_U32,
	    FK_NUMBER, 0, 0, FM_GAUGE, 0, NULL,
	    " sources doing burst (return to offline)\n", NULL },
	{ "unresolved", AT(report_activity, unresolved), FT_U32, FK_NUMBER, 0,
	    0, FM_GAUGE, 0, NULL, " sources with unknown address\n", NULL },
};

static const struct field	fields_rtc[] = {
	{ "reference_time_seconds", AT(report_rtc, ref_time_ns), FT_TIME,
	    FK_DATE, 0, 0, FM_GAUGE, 0, "RTC ref time (UTC) : ", "\n", NULL },
	{ "samples", AT(report_rtc, n_samples), FT_U16, FK_NUMBER, 0, 0,
	    FM_GAUGE, 0, "Number of samples  : ", "\n", NULL },
	{ "runs", AT(report_rtc, n_runs), FT_U16, FK_NUMBER, 0, 0, FM_GAUGE,
	    0, "Number of runs     : ", "\n", NULL },
	{ "span_seconds", AT(report_rtc, span_s), FT_U32, FK_AGO, 0, 0,
	    FM_GAUGE, 0, "Sample span period : ", "\n", NULL },
	{ "fast_seconds", AT(report_rtc, fast_s), FT_REAL, FK_NUMBER, 12, 6,
	    FM_GAUGE, 0, "RTC is fast by     : ", " seconds\n", NULL },
	{ "gain_ppm", AT(report_rtc, gain_ppm), FT_REAL, FK_NUMBER, 9, 3,
	    FM_GAUGE, 0, "RTC gains time at  : ", " ppm\n", NULL },
};

static const struct field	fields_smoothing[] = {
	{ "active", AT(report_smoothing, flags), FT_U32, FK_WORD, 0, 0,
	    FM_GAUGE, 0, "Active         : ", " ", words_active },
	{ "leap_only", AT(report_smoothing, flags), FT_U32, FK_WORD, 0, 0,
	    FM_NONE, 0, NULL, "\n", words_leap_only },
	{ "offset_seconds", AT(report_smoothing, offset_s), FT_REAL,
	    FK_SIGNED, 0, 9, FM_GAUGE, 0, "Offset         : ",
	    " seconds\n", NULL },
	{ "frequency_ppm", AT(report_smoothing, freq_ppm), FT_REAL, FK_SIGNED,
	    0, 6, FM_GAUGE, 0, "Frequency      : ", " ppm\n", NULL },
	{ "wander_ppm_per_second", AT(report_smoothing, wander_ppm_s),
	    FT_REAL, FK_SIGNED, 0, 6, FM_GAUGE, 0, "Wander         : ",
	    " ppm per second\n", NULL },
	{ "since_update_seconds", AT(report_smoothing, since_update_s),
	    FT_REAL, FK_NUMBER, 0, 1, FM_GAUGE, 0, "Last update    : ",
	    " seconds ago\n", NULL },
	{ "remaining_seconds", AT(report_smoothing, remaining_s), FT_REAL,
	    FK_NUMBER, 0, 1, FM_GAUGE, 0, "Remaining time : ",
	    " seconds\n", NULL },
};

static const struct field	fields_manual[] = {
	{ "fast_seconds", AT(report_manual, offset_s), FT_TURNED, FK_NUMBER,
	    0, 2, FM_NONE, 0, "Clock was ", " seconds fast.  ", NULL },
	{ "frequency_change_ppm", AT(report_manual, freq_change_ppm), FT_REAL,
	    FK_NUMBER, 0, 2, FM_NONE, 0, "Frequency change = ",
	    "ppm, ", NULL },
	{ "frequency_ppm", AT(report_manual, freq_ppm), FT_REAL, FK_NUMBER, 0,
	    2, FM_NONE, 0, "new frequency = ", "ppm\n", NULL },
};

static const struct field	fields_manual_list[] = {
	{ "index", AT(row_manual_sample, index), FT_U32, FK_NUMBER, 2, 0,
	    FM_NONE, 0, NULL, NULL, NULL },
	{ "time_seconds", AT(row_manual_sample, r.when_ns), FT_TIME,
	    FK_ISODATE, 0, 0, FM_NONE, 0, " ", NULL, NULL },
	{ "slewed_offset_seconds", AT(row_manual_sample, r.slewed_offset_s),
	    FT_TURNED, FK_NUMBER, 10, 2, FM_NONE, 0, " ", NULL, NULL },
	{ "original_offset_seconds", AT(row_manual_sample, r.orig_offset_s),
	    FT_TURNED, FK_NUMBER, 10, 2, FM_NONE, 0, " ", NULL, NULL },
	{ "residual_seconds", AT(row_manual_sample, r.residual_s), FT_TURNED,
	    FK_NUMBER, 10, 2, FM_NONE, 0, " ", NULL, NULL },
};

const struct field_table	table_tracking =
    TABLE("tracking", fields_tracking);
const struct field_table	table_waitsync =
    TABLE("waitsync", fields_waitsync);
const struct field_table	table_activity =
    TABLE("activity", fields_activity);
const struct field_table	table_rtc = TABLE("rtc", fields_rtc);
const struct field_table	table_smoothing =
    TABLE("smoothing", fields_smoothing);
const struct field_table	table_manual = TABLE("settime", fields_manual);
const struct field_table	table_manual_list = {
	"manual", 1, "#    Date     Time(UTC)    Slewed   Original   Residual",
	0, NULL, fields_manual_list,
	sizeof(fields_manual_list) / sizeof(fields_manual_list[0])
};
