/*
 * Reports as tables for people, as chronyc writes them.  Scripts read these
 * too: used by ntpctl, must never change a column.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ntpctl/format.h"
#include "ntpctl/output.h"
#include "ntpctl/text.h"

static void
text_tracking(struct text *t, const struct report_tracking *r,
    const char *name)
{
	char	 date[FORMAT_MAX];

	text_add(t, "Reference ID    : %08" PRIX32 " (%s)\n", r->refid, name);
	text_add(t, "Stratum         : %u\n", r->stratum);
	text_add(t, "Ref time (UTC)  : %s\n",
	    format_date(r->ref_time_ns, date, sizeof(date)));
	text_add(t, "System time     : %.9f seconds %s of NTP time\n",
	    fabs(r->correction_s), r->correction_s > 0 ? "slow" : "fast");
	text_add(t, "Last offset     : %+.9f seconds\n",
	    0 - r->last_offset_s);
	text_add(t, "RMS offset      : %.9f seconds\n", r->rms_offset_s);
	text_add(t, "Frequency       : %.3f ppm %s\n", fabs(r->freq_ppm),
	    r->freq_ppm > 0 ? "fast" : "slow");
	text_add(t, "Residual freq   : %+.3f ppm\n", r->resid_freq_ppm);
	text_add(t, "Skew            : %.3f ppm\n", r->skew_ppm);
	text_add(t, "Root delay      : %.9f seconds\n", r->root_delay_s);
	text_add(t, "Root dispersion : %.9f seconds\n", r->root_disp_s);
	text_add(t, "Update interval : %.1f seconds\n",
	    r->update_interval_s);
	text_add(t, "Leap status     : %s\n", output_leap(r->leap));
}

/* A heading, underlined to its whole length. */
static void
text_head(struct text *t, const char *head)
{
	text_add(t, "%s\n", head);
	text_fill(t, '=', strlen(head));
	text_add(t, "\n");
}

static void
text_lines(struct text *t, const char *const *lines)
{
	for (; *lines != NULL; lines++)
		text_add(t, "%s\n", *lines);
}

static void
text_sources_head(struct text *t, int verbose)
{
	static const char *const	legend[] = {
		"",
		"  .-- Source mode  '^' = server, '=' = peer, "
		    "'#' = local clock.",
		" / .- Source state '*' = current best, '+' = combined, "
		    "'-' = not combined,",
		"| /             'x' = may be in error, '~' = too variable, "
		    "'?' = unusable.",
		"||                                                 "
		    ".- xxxx [ yyyy ] +/- zzzz",
		"||      Reachability register (octal) -.           "
		    "|  xxxx = adjusted offset,",
		"||      Log2(Polling interval) --.      |          "
		    "|  yyyy = measured offset,",
		"||                                \\     |          "
		    "|  zzzz = estimated error.",
		"||                                 |    |           \\",
		NULL
	};

	if (verbose)
		text_lines(t, legend);
	text_head(t, "MS Name/IP address         Stratum Poll Reach LastRx "
	    "Last sample               ");
}

static void
text_source(struct text *t, const struct report_source *r, const char *name)
{
	char	 ago[FORMAT_MAX], latest[FORMAT_MAX], orig[FORMAT_MAX];
	char	 err[FORMAT_MAX];

	text_add(t, "%c%c %-27s  %2u  %2d   %3o  %s  %s[%s] +/- %s\n",
	    output_mode(r->mode), output_state(r->state), name, r->stratum,
	    r->poll_log2, r->reach,
	    format_ago(r->since_sample_s, ago, sizeof(ago)),
	    format_offset(0 - r->offset_s, latest, sizeof(latest)),
	    format_offset(0 - r->orig_offset_s, orig, sizeof(orig)),
	    format_span(r->error_s, err, sizeof(err)));
}

static void
text_sourcestats_head(struct text *t, int verbose)
{
	static const char *const	legend[] = {
		"                             "
		    ".- Number of sample points in measurement set.",
		"                            /    "
		    ".- Number of residual runs with same sign.",
		"                           |    /    "
		    ".- Length of measurement set (time).",
		"                           |   |    /      "
		    ".- Est. clock freq error (ppm).",
		"                           |   |   |      /           "
		    ".- Est. error in freq.",
		"                           |   |   |     |           /"
		    "         .- Est. offset.",
		"                           |   |   |     |          | "
		    "         |   On the -.",
		"                           |   |   |     |          | "
		    "         |   samples. \\",
		"                           |   |   |     |          | "
		    "         |             |",
		NULL
	};

	if (verbose)
		text_lines(t, legend);
	text_head(t, "Name/IP Address            NP  NR  Span  Frequency  "
	    "Freq Skew  Offset  Std Dev");
}

static void
text_sourcestats(struct text *t, const struct report_sourcestats *r,
    const char *name)
{
	char	 span[FORMAT_MAX], freq[FORMAT_MAX], skew[FORMAT_MAX];
	char	 offset[FORMAT_MAX], sd[FORMAT_MAX];

	text_add(t, "%-25s %3" PRIu32 " %3" PRIu32 "  %s %s %s  %s  %s\n",
	    name, r->n_samples, r->n_runs,
	    format_ago(r->span_s, span, sizeof(span)),
	    format_freq(r->resid_freq_ppm, freq, sizeof(freq)),
	    format_ppm(r->skew_ppm, skew, sizeof(skew)),
	    format_offset(0 - r->offset_s, offset, sizeof(offset)),
	    format_span(r->sd_s, sd, sizeof(sd)));
}

static void
text_activity(struct text *t, const struct report_activity *r)
{
	text_add(t, "200 OK\n");
	text_add(t, "%" PRIu32 " sources online\n", r->online);
	text_add(t, "%" PRIu32 " sources offline\n", r->offline);
	text_add(t, "%" PRIu32 " sources doing burst (return to online)\n",
	    r->burst_online);
	text_add(t, "%" PRIu32 " sources doing burst (return to offline)\n",
	    r->burst_offline);
	text_add(t, "%" PRIu32 " sources with unknown address\n",
	    r->unresolved);
}

static void
text_waitsync(struct text *t, unsigned try, const struct report_tracking *r)
{
	text_add(t, "try: %u, refid: %08" PRIX32
	    ", correction: %.9f, skew: %.3f\n", try, r->refid,
	    fabs(r->correction_s), r->skew_ppm);
}

const struct output	output_text = {
	.tracking = text_tracking,
	.sources_head = text_sources_head,
	.source = text_source,
	.sourcestats_head = text_sourcestats_head,
	.sourcestats = text_sourcestats,
	.activity = text_activity,
	.waitsync = text_waitsync,
};
