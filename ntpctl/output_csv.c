/*
 * Reports as lines of comma-separated values, as chronyc -c writes them.
 * Used by ntpctl; must never change the number or the order of the fields.
 */
#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "common/timens.h"
#include "ntpctl/output.h"
#include "ntpctl/text.h"

static void
csv_tracking(struct text *t, const struct report_tracking *r,
    const char *name)
{
	int64_t	 sec = r->ref_time_ns / NS_PER_SEC;
	int64_t	 nsec = r->ref_time_ns % NS_PER_SEC;

	if (nsec < 0) {
		sec--;
		nsec += NS_PER_SEC;
	}
	text_add(t, "%08" PRIX32 ",%s,%u,%" PRId64 ".%09" PRId64 ",",
	    r->refid, name, r->stratum, sec, nsec);
	text_add(t, "%.9f,%.9f,%.9f,%.3f,%.3f,%.3f,", r->correction_s,
	    0 - r->last_offset_s, r->rms_offset_s, r->freq_ppm,
	    r->resid_freq_ppm, r->skew_ppm);
	text_add(t, "%.9f,%.9f,%.1f,%s\n", r->root_delay_s, r->root_disp_s,
	    r->update_interval_s, output_leap(r->leap));
}

static void
csv_head(struct text *t, int verbose)
{
	(void)t;
	(void)verbose;
}

static void
csv_source(struct text *t, const struct report_source *r, const char *name)
{
	text_add(t, "%c,%c,%s,%u,%d,%o,%" PRIu32 ",%.9f,%.9f,%.9f\n",
	    output_mode(r->mode), output_state(r->state), name, r->stratum,
	    r->poll_log2, r->reach, r->since_sample_s, 0 - r->offset_s,
	    0 - r->orig_offset_s, r->error_s);
}

static void
csv_sourcestats(struct text *t, const struct report_sourcestats *r,
    const char *name)
{
	text_add(t, "%s,%" PRIu32 ",%" PRIu32 ",%" PRIu32
	    ",%.3f,%.3f,%.9f,%.9f\n", name, r->n_samples, r->n_runs,
	    r->span_s, r->resid_freq_ppm, r->skew_ppm, 0 - r->offset_s,
	    r->sd_s);
}

static void
csv_activity(struct text *t, const struct report_activity *r)
{
	text_add(t, "%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32
	    "\n", r->online, r->offline, r->burst_online, r->burst_offline,
	    r->unresolved);
}

static void
csv_waitsync(struct text *t, unsigned try, const struct report_tracking *r)
{
	text_add(t, "%u,%08" PRIX32 ",%.9f,%.3f\n", try, r->refid,
	    fabs(r->correction_s), r->skew_ppm);
}

const struct output	output_csv = {
	.tracking = csv_tracking,
	.sources_head = csv_head,
	.source = csv_source,
	.sourcestats_head = csv_head,
	.sourcestats = csv_sourcestats,
	.activity = csv_activity,
	.waitsync = csv_waitsync,
	.numeric = 1,
};
