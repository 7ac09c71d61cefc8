/*
 * ntpctl status: is the clock right, which source and why, and if not, what to
 * do.  Used by ntpctl, also for the upper part of watch.
 */
#include "ntpctl/status.h"

#include <math.h>
#include <string.h>

#include "ntpctl/commands.h"
#include "ntpctl/format.h"
#include "ntpctl/health.h"
#include "ntpctl/tables.h"

static void
add_names(struct text *t, const struct row_explain *row)
{
	const struct row_name	*n = &row->n;

	if (n->name[0] == '\0')
		text_add(t, "ID#%010u", row->r.id);
	else if (n->address[0] == '\0' || strcmp(n->name, n->address) == 0)
		text_add(t, "%s", n->name);
	else
		text_add(t, "%s (%s)", n->name, n->address);
}

void
status_add_source(struct text *t, const struct row_explain *row,
    int64_t now_ns)
{
	const struct report_explain	*e = &row->r;
	char				 offset[FORMAT_MAX];
	char				 error[FORMAT_MAX];

	text_add(t, "%c ", e->letter != 0 ? e->letter : '?');
	add_names(t, row);
	if (e->since_valid_s != REPORT_NEVER && e->reason <
	    REPORT_REASON_NOT_SYNCED && e->reason != REPORT_REASON_NONE)
		text_add(t, "  stratum %u, %s +/- %s", e->stratum,
		    format_plain(0 - e->offset_s, 1, offset, sizeof(offset)),
		    format_plain(e->error_s, 0, error, sizeof(error)));
	text_add(t, "\n    %s", row->why);
	if (e->since_s != REPORT_NEVER) {
		text_add(t, " (since ");
		health_time_text(t, now_ns, e->since_s);
		text_add(t, ")");
	}
	text_add(t, "\n");
}

static void
add_counts(struct text *t, const struct report_health *h)
{
	const struct {
		const char	*what;
		unsigned	 n;
	} counts[] = {
		{ "used", h->n_used }, { "good", h->n_selectable },
		{ "false", h->n_falseticker }, { "jittery", h->n_jittery },
		{ "unusable", h->n_unusable }, { "silent", h->n_silent },
		{ "without address", h->n_unresolved },
		{ "offline", h->n_offline },
	};
	const char	*before = ": ";
	size_t		 i;

	text_add(t, "Sources     %u", h->n_sources);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (counts[i].n == 0)
			continue;
		text_add(t, "%s%u %s", before, counts[i].n, counts[i].what);
		before = ", ";
	}
	text_add(t, "\n");
}

static const struct row_explain *
find_selected(const struct health *h)
{
	const struct row_explain	*row;
	size_t				 i;

	row = (const struct row_explain *)h->sources.data;
	for (i = 0; i < h->sources.n; i++)
		if (row[i].r.reason == REPORT_REASON_SELECTED)
			return (&row[i]);
	return (NULL);
}

void
status_add_clock(struct text *t, const struct health *h, int64_t now_ns)
{
	const struct report_health	*c = &h->clock;
	const struct row_explain	*selected = find_selected(h);
	char				 buf[FORMAT_MAX];

	text_add(t, "Clock       ");
	health_clock_text(t, c, now_ns);
	text_add(t, "\n");
	if (selected != NULL) {
		text_add(t, "Source      ");
		add_names(t, selected);
		text_add(t, ", clock at stratum %u\n", c->stratum);
	}
	text_add(t, "Frequency   %.3f ppm%s, +/- %.3f ppm\n",
	    c->freq_ppm < 0 ? -c->freq_ppm : c->freq_ppm,
	    c->freq_ppm > 0 ? " fast" : c->freq_ppm < 0 ? " slow" : "",
	    c->skew_ppm);
	if (c->leap == REPORT_LEAP_INSERT || c->leap == REPORT_LEAP_DELETE)
		text_add(t, "Leap        a second is %s at the end of the "
		    "month\n", c->leap == REPORT_LEAP_INSERT ? "inserted" :
		    "left out");
	if (c->since_step_s != REPORT_NEVER && c->step_s != 0) {
		text_add(t, "Last step   %s at ",
		    format_plain(c->step_s, 1, buf, sizeof(buf)));
		health_time_text(t, now_ns, c->since_step_s);
		text_add(t, "\n");
	}
	if (c->guard_refused > 0)
		text_add(t, "Guard       %u change%s of the clock refused; "
		    "see the log\n", c->guard_refused,
		    c->guard_refused == 1 ? "" : "s");
	if (c->untouched)
		text_add(t, "Note        the daemon runs with -x: it does not "
		    "touch this computer's clock\n");
	add_counts(t, c);
}

/* For programs: both tables. */
static void
add_tables(struct ctl *ctl, const struct health *h)
{
	struct row_health	row;
	struct text		why;

	memset(&row, 0, sizeof(row));
	row.r = h->clock;
	strlcpy(row.n.name, h->clock.name, sizeof(row.n.name));
	if (row.r.addr.family != ADDR_NONE)
		addr_format(&row.r.addr, row.n.address,
		    sizeof(row.n.address));
	text_init(&why);
	health_clock_text(&why, &row.r, ctl->ops->now());
	if (why.data != NULL)
		strlcpy(row.why, why.data, sizeof(row.why));
	text_free(&why);
	if (ctl->style.format == OUTPUT_JSON) {
		text_add(&ctl->out, "{");
		output_member(&ctl->out, &table_health, &row, 1, sizeof(row));
		text_add(&ctl->out, ",");
		output_member(&ctl->out, &table_explain, h->sources.data,
		    h->sources.n, h->sources.size);
		text_add(&ctl->out, "}\n");
		return;
	}
	ctl_show(ctl, &table_health, &row, 1, sizeof(row), 0);
	ctl_show(ctl, &table_explain, h->sources.data, h->sources.n,
	    h->sources.size, 0);
}

int
command_status(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	const struct row_explain	*row;
	struct health			 h;
	int64_t				 now_ns = ctl->ops->now();
	size_t				 i;
	int				 result;

	(void)c;
	(void)argc;
	(void)argv;
	if ((result = health_get(ctl, &h)) == 0) {
		if (ctl->style.format != OUTPUT_TEXT)
			add_tables(ctl, &h);
		else {
			status_add_clock(&ctl->out, &h, now_ns);
			row = (const struct row_explain *)h.sources.data;
			for (i = 0; i < h.sources.n; i++)
				status_add_source(&ctl->out, &row[i], now_ns);
		}
		/* as the words say it */
		if (!health_is_known(&h.clock) ||
		    fabs(h.clock.offset_s) >= REPORT_WRONG_S)
			result = -1;
	}
	health_free(&h);
	return (result);
}
