/*
 * Reports about the sources.  Used by ntpctl; the columns are chronyc's.
 */
#include "ntpctl/tables.h"
#include "ntpctl/words.h"

#define AT(row, member)	offsetof(struct row, member)
#define N(fields)	sizeof(fields) / sizeof(fields[0])

static const struct field	fields_sources[] = {
	{ "mode", AT(row_source, r.mode), FT_U16, FK_WORD, 0, 0, FM_NONE, 0,
	    NULL, NULL, words_mode },
	{ "state", AT(row_source, r.state), FT_U16, FK_WORD, 0, 0, FM_GAUGE, 0,
	    NULL, NULL, words_state },
	{ "name", AT(row_source, n.name), FT_STRING, FK_STRING, -27, 0,
	    FM_LABEL, 0, " ", NULL, NULL },
	{ "address", AT(row_source, n.address), FT_STRING, FK_STRING, -1, 0,
	    FM_LABEL, FF_NOTEXT, NULL, NULL, NULL },
	{ "stratum", AT(row_source, r.stratum), FT_U16, FK_NUMBER, 2, 0,
	    FM_GAUGE, 0, "  ", NULL, NULL },
	{ "poll_log2", AT(row_source, r.poll_log2), FT_S16, FK_NUMBER, 2, 0,
	    FM_GAUGE, 0, "  ", NULL, NULL },
	{ "reach", AT(row_source, r.reach), FT_U16, FK_OCTAL, 3, 0, FM_GAUGE,
	    0, "   ", NULL, NULL },
	{ "since_sample_seconds", AT(row_source, r.since_sample_s), FT_U32,
	    FK_AGO, 0, 0, FM_GAUGE, 0, "  ", NULL, NULL },
	{ "offset_seconds", AT(row_source, r.offset_s), FT_TURNED, FK_OFFSET,
	    0, 0, FM_GAUGE, 0, "  ", NULL, NULL },
	{ "measured_offset_seconds", AT(row_source, r.orig_offset_s),
	    FT_TURNED, FK_OFFSET, 0, 0, FM_GAUGE, 0, "[", NULL, NULL },
	{ "error_seconds", AT(row_source, r.error_s), FT_REAL, FK_SPAN, 0, 0,
	    FM_GAUGE, 0, "] +/- ", NULL, NULL },
};

static const struct field	fields_sourcestats[] = {
	{ "name", AT(row_sourcestats, n.name), FT_STRING, FK_STRING, -25, 0,
	    FM_LABEL, 0, NULL, NULL, NULL },
	{ "address", AT(row_sourcestats, n.address), FT_STRING, FK_STRING, -1,
	    0, FM_LABEL, FF_NOTEXT, NULL, NULL, NULL },
	{ "samples", AT(row_sourcestats, r.n_samples), FT_U32, FK_NUMBER, 3, 0,
	    FM_GAUGE, 0, " ", NULL, NULL },
	{ "runs", AT(row_sourcestats, r.n_runs), FT_U32, FK_NUMBER, 3, 0,
	    FM_GAUGE, 0, " ", NULL, NULL },
	{ "span_seconds", AT(row_sourcestats, r.span_s), FT_U32, FK_AGO, 0, 0,
	    FM_GAUGE, 0, "  ", NULL, NULL },
	{ "residual_frequency_ppm", AT(row_sourcestats, r.resid_freq_ppm),
	    FT_REAL, FK_FREQ, 0, 0, FM_GAUGE, 0, " ", NULL, NULL },
	{ "skew_ppm", AT(row_sourcestats, r.skew_ppm), FT_REAL, FK_PPM, 0, 0,
	    FM_GAUGE, 0, " ", NULL, NULL },
	{ "offset_seconds", AT(row_sourcestats, r.offset_s), FT_TURNED,
	    FK_OFFSET, 0, 0, FM_GAUGE, 0, "  ", NULL, NULL },
	{ "deviation_seconds", AT(row_sourcestats, r.sd_s), FT_REAL, FK_SPAN,
	    0, 0, FM_GAUGE, 0, "  ", NULL, NULL },
	{ "offset_error_seconds", AT(row_sourcestats, r.offset_err_s), FT_REAL,
	    FK_SPAN, 0, 0, FM_GAUGE, FF_NOTEXT, NULL, NULL, NULL },
};

static const struct field	fields_selectdata[] = {
	{ "state", AT(row_selectdata, r.state), FT_U8, FK_CHAR, 0, 0, FM_NONE,
	    0, NULL, NULL, NULL },
	{ "name", AT(row_selectdata, n.name), FT_STRING, FK_STRING, -25, 0,
	    FM_LABEL, 0, " ", NULL, NULL },
	{ "address", AT(row_selectdata, n.address), FT_STRING, FK_STRING, -1,
	    0, FM_LABEL, FF_NOTEXT, NULL, NULL, NULL },
	{ "authenticated", AT(row_selectdata, r.authenticated), FT_U8, FK_WORD,
	    0, 0, FM_GAUGE, 0, " ", NULL, words_y_n },
	{ "configured_options", AT(row_selectdata, r.conf_options), FT_U16,
	    FK_OPTIONS, 0, 0, FM_NONE, 0, " ", NULL, NULL },
	{ "effective_options", AT(row_selectdata, r.eff_options), FT_U16,
	    FK_OPTIONS, 0, 0, FM_NONE, 0, " ", NULL, NULL },
	{ "since_sample_seconds", AT(row_selectdata, r.since_sample_s), FT_U32,
	    FK_AGO, 0, 0, FM_GAUGE, 0, " ", NULL, NULL },
	{ "score", AT(row_selectdata, r.score), FT_REAL, FK_NUMBER, 5, 1,
	    FM_GAUGE, 0, " ", NULL, NULL },
	{ "offset_low_seconds", AT(row_selectdata, r.offset_hi_s), FT_TURNED,
	    FK_OFFSET, 0, 0, FM_GAUGE, 0, " ", NULL, NULL },
	{ "offset_high_seconds", AT(row_selectdata, r.offset_lo_s), FT_TURNED,
	    FK_OFFSET, 0, 0, FM_GAUGE, 0, " ", NULL, NULL },
	{ "leap", AT(row_selectdata, r.leap), FT_U8, FK_WORD, 0, 0, FM_GAUGE,
	    0, "  ", NULL, words_leap_letter },
};

static const struct field	fields_authdata[] = {
	{ "name", AT(row_authdata, n.name), FT_STRING, FK_STRING, -27, 0,
	    FM_LABEL, 0, NULL, NULL, NULL },
	{ "address", AT(row_authdata, n.address), FT_STRING, FK_STRING, -1, 0,
	    FM_LABEL, FF_NOTEXT, NULL, NULL, NULL },
	{ "mode", AT(row_authdata, r.mode), FT_U16, FK_WORD, 4, 0, FM_GAUGE, 0,
	    " ", NULL, words_auth },
	{ "key_id", AT(row_authdata, r.key_id), FT_U32, FK_NUMBER, 5, 0,
	    FM_NONE, 0, " ", NULL, NULL },
	{ "key_type", AT(row_authdata, r.key_type), FT_U16, FK_NUMBER, 4, 0,
	    FM_NONE, 0, " ", NULL, NULL },
	{ "key_bits", AT(row_authdata, r.key_bits), FT_U16, FK_NUMBER, 4, 0,
	    FM_NONE, 0, " ", NULL, NULL },
	{ "since_key_establishment_seconds", AT(row_authdata, r.since_ke_s),
	    FT_U32, FK_AGO, 0, 0, FM_GAUGE, 0, " ", NULL, NULL },
	{ "attempts", AT(row_authdata, r.ke_attempts), FT_U16, FK_NUMBER, 4, 0,
	    FM_GAUGE, 0, " ", NULL, NULL },
	{ "naks", AT(row_authdata, r.naks), FT_U16, FK_NUMBER, 4, 0, FM_GAUGE,
	    0, " ", NULL, NULL },
	{ "cookies", AT(row_authdata, r.cookies), FT_U16, FK_NUMBER, 4, 0,
	    FM_GAUGE, 0, " ", NULL, NULL },
	{ "cookie_bytes", AT(row_authdata, r.cookie_len), FT_U16, FK_NUMBER, 4,
	    0, FM_NONE, 0, " ", NULL, NULL },
};

static const struct field	fields_sourcename[] = {
	{ "name", AT(report_name, name), FT_STRING, FK_STRING, 0, 0, FM_NONE,
	    0, NULL, "\n", NULL },
};

static const char *const	legend_sources[] = {
	"",
	"  .-- What it is: ^ a server, = a peer, # a reference clock.",
	" / .- Its state:  * the clock follows it, + together with these,",
	"| /               - good but not needed, x disagrees with the others,",
	"| |               ~ varies too much, ? cannot be used (yet).",
	"| |      Answers to the last 8 requests -.            "
	    ".-- offset now",
	"| |      (octal, newest is the lowest)    \\          "
	    "/    [as measured]",
	"| |      Interval, 2^n seconds ---.        |        "
	    "|     +/- how far it",
	"| |                                \\       |        "
	    "|         may be wrong",
	NULL
};

static const char *const	legend_sourcestats[] = {
	"                             "
	    ".- Samples that are in use.",
	"                            /    "
	    ".- Runs of them on one side of the line.",
	"                           |    /    "
	    ".- Time from the first to the last.",
	"                           |   |    /      "
	    ".- What the clock gains on it (ppm).",
	"                           |   |   |      /           "
	    ".- Error of that.",
	"                           |   |   |     |           /"
	    "         .- Offset, by the line.",
	"                           |   |   |     |          | "
	    "        /    How far samples",
	"                           |   |   |     |          | "
	    "       |     are from it -.",
	NULL
};

static const char *const	legend_selectdata[] = {
	"  .- Used:     * best, + combined with it.",
	" /   Good:     P others are preferred, D too far to combine,",
	"|              U waits for an update, W for others.",
	"|    Unusable: N noselect, s unsynchronised, M few samples, S stale,",
	"|              d far from true time, ~ jittery, w waits for others,",
	"|              O orphan, T disagrees with the trusted, x false.",
	"|   Options in effect ----------.  (N noselect, P prefer,",
	"|   Options as configured --.    \\  T trust, R require)",
	"|   Authenticated (Y/N) -.   \\    \\    The true offset is here -.",
	"|                         |    |     |                            |",
	NULL
};

static const char *const	legend_authdata[] = {
	"                             .- NTS, or SK: symmetric key",
	"                            |     Bits of a key -.    Bytes of a "
	    "cookie -.",
	"                            |                    |    Cookies left "
	    "--.    |",
	"                            |                    |   Attempts since "
	    "  |    |",
	"                            |                    |      the keys -.  "
	    "|    |",
	NULL
};

const struct field_table	table_sourcename = {
	"sourcename", 0, NULL, 0, NULL, fields_sourcename, N(fields_sourcename)
};

const struct field_table	table_sources = {
	"sources", 1, "MS Name/IP address         Stratum Poll Reach LastRx "
	    "Last sample               ", 18, legend_sources, fields_sources,
	N(fields_sources)
};

const struct field_table	table_sourcestats = {
	"sourcestats", 1, "Name/IP Address            NP  NR  Span  "
	    "Frequency  Freq Skew  Offset  Std Dev", 15, legend_sourcestats,
	fields_sourcestats, N(fields_sourcestats)
};

const struct field_table	table_selectdata = {
	"selectdata", 1, "S Name/IP Address        Auth COpts EOpts Last "
	    "Score     Interval  Leap", 17, legend_selectdata,
	fields_selectdata, N(fields_selectdata)
};

const struct field_table	table_authdata = {
	"authdata", 1, "Name/IP address             Mode KeyID Type KLen "
	    "Last Atmp  NAK Cook CLen", 15, legend_authdata, fields_authdata,
	N(fields_authdata)
};
