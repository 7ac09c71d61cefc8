/*
 * Commands that say whether the clock is right enough: waitsync (chronyc's),
 * wait, and check, a plugin of Nagios.  Used by ntpctl.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/refid.h"
#include "common/timens.h"
#include "ntpctl/commands.h"
#include "ntpctl/format.h"
#include "ntpctl/health.h"
#include "ntpctl/parse.h"
#include "ntpctl/tables.h"

#define WAIT_INTERVAL_S		10.0
#define WAIT_INTERVAL_MIN_S	0.1
#define WAIT_ERROR_S		0.1	/* of wait */
#define WAIT_TIMEOUT_S		180.0
#define WAIT_POLL_S		1.0

#define CHECK_WARNING_S		0.01	/* of check */
#define CHECK_CRITICAL_S	0.1

struct wait {
	int	tries;		/* 0 and less: for ever */
	double	correction_s;	/* 0: any */
	double	skew_ppm;	/* 0: any */
	double	interval_s;
};

static int
parse_wait(int argc, char **argv, struct wait *w)
{
	w->tries = 0;
	w->correction_s = w->skew_ppm = 0;
	w->interval_s = WAIT_INTERVAL_S;
	if ((argc > 0 && parse_int(argv[0], &w->tries) == -1) ||
	    (argc > 1 && parse_real(argv[1], &w->correction_s) == -1) ||
	    (argc > 2 && parse_real(argv[2], &w->skew_ppm) == -1) ||
	    (argc > 3 && parse_real(argv[3], &w->interval_s) == -1))
		return (-1);
	if (w->interval_s < WAIT_INTERVAL_MIN_S)
		w->interval_s = WAIT_INTERVAL_MIN_S;
	return (0);
}

/* A reference that is not the clock itself, and close enough to it. */
static int
is_synced(const struct wait *w, const struct report_tracking *r)
{
	if (r->addr.family == ADDR_NONE &&
	    (r->refid == 0 || r->refid == REFID_LOCAL))
		return (0);
	return ((w->correction_s <= 0 ||
	    fabs(r->correction_s) <= w->correction_s) &&
	    (w->skew_ppm <= 0 || r->skew_ppm <= w->skew_ppm));
}

int
command_waitsync(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_reply	reply;
	struct row_waitsync	row;
	struct wait		w;
	int			try;

	if (parse_wait(argc, argv, &w) == -1)
		return (ctl_syntax(ctl, "Bad syntax for %s command", c->name));
	for (try = 1; ; try++) {
		if (ctl_ask_command(ctl, CANDM_REQ_TRACKING,
		    CANDM_RPY_TRACKING, &reply) == 0) {
			row.try = try;
			row.refid = reply.body.tracking.refid;
			row.correction_s =
			    fabs(reply.body.tracking.correction_s);
			row.skew_ppm = reply.body.tracking.skew_ppm;
			ctl_show(ctl, &table_waitsync, &row, 1, sizeof(row),
			    0);
			if (is_synced(&w, &reply.body.tracking))
				return (0);
		}
		if (w.tries > 0 && try >= w.tries)
			return (-1);
		ctl->ops->flush(ctl->ctx, &ctl->out, &ctl->err);
		ctl->ops->sleep(w.interval_s);
	}
}

/* Pairs of an option and a span: 0 or -1. */
static int
parse_spans(int argc, char **argv, const char *const names[2],
    double spans[2])
{
	int	 i, j;

	for (i = 0; i < argc; i += 2) {
		for (j = 0; j < 2; j++)
			if (strcmp(argv[i], names[j]) == 0)
				break;
		if (j == 2 || i + 1 >= argc ||
		    parse_span(argv[i + 1], &spans[j]) == -1)
			return (-1);
	}
	return (0);
}

int
command_wait(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	static const char *const	names[2] = { "--error", "--timeout" };
	struct health			 h;
	double				 spans[2] = { WAIT_ERROR_S,
					    WAIT_TIMEOUT_S };
	double				 end_s, left_s;
	int				 got;

	if (parse_spans(argc, argv, names, spans) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	/* a daemon that is silent takes time, too */
	end_s = ctl->ops->elapsed() + spans[1];
	for (;;) {
		text_clear(&ctl->out);
		got = health_get_clock(ctl, &h);
		health_free(&h);
		if (got == 0 && health_is_known(&h.clock) &&
		    h.clock.error_s <= spans[0])
			return (0);
		left_s = end_s - ctl->ops->elapsed();
		if (left_s <= 0)
			break;
		ctl->ops->sleep(left_s < WAIT_POLL_S ? left_s : WAIT_POLL_S);
	}
	if (got == 0) {
		health_clock_text(&ctl->err, &h.clock, ctl->ops->now());
		text_add(&ctl->err, "\n");
	}
	return (-1);
}

/* The exit codes of a plugin. */
enum nagios {
	NAGIOS_OK,
	NAGIOS_WARNING,
	NAGIOS_CRITICAL,
	NAGIOS_UNKNOWN = COMMANDS_UNKNOWN
};

static enum nagios
check_judge(const struct report_health *h, const double limits[2])
{
	if (!health_is_known(h))
		return (NAGIOS_CRITICAL);
	if (h->error_s > limits[1])
		return (NAGIOS_CRITICAL);
	if (h->error_s > limits[0] || h->state == REPORT_HEALTH_HOLDING)
		return (NAGIOS_WARNING);
	return (NAGIOS_OK);
}

/* What the plugin measured; U is what is not known. */
static void
add_perfdata(struct text *t, const struct report_health *h,
    const double limits[2])
{
	if (health_is_known(h) || h->state == REPORT_HEALTH_LOCAL)
		text_add(t, " | error=%.9fs;%g;%g;0 offset=%.9fs",
		    h->error_s, limits[0], limits[1], 0 - h->offset_s);
	else
		text_add(t, " | error=U;%g;%g;0 offset=U", limits[0],
		    limits[1]);
	text_add(t, " frequency=%.3fppm stratum=%u;;;0;16 sources=%u;;;0 "
	    "used=%u;;;0\n", h->freq_ppm, h->stratum, h->n_sources,
	    h->n_used);
}

int
command_check(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	static const char *const	names[2] = { "-w", "-c" };
	static const char *const	words[] = {
		"OK", "WARNING", "CRITICAL"
	};
	struct report_health		*h;
	struct health			 health;
	struct text			 line;
	double				 limits[2] = { CHECK_WARNING_S,
					    CHECK_CRITICAL_S };
	enum nagios			 state;

	ctl->code = NAGIOS_UNKNOWN;
	if (parse_spans(argc, argv, names, limits) == -1)
		return (ctl_syntax(ctl, "NTP UNKNOWN: Invalid syntax for %s "
		    "command", c->name));
	h = &health.clock;
	if (health_get_clock(ctl, &health) == -1) {
		text_init(&line);
		text_add(&line, "NTP UNKNOWN: %s",
		    ctl->out.data != NULL ? ctl->out.data : "\n");
		text_free(&ctl->out);
		ctl->out = line;
		health_free(&health);
		return (-1);
	}
	health_free(&health);
	state = check_judge(h, limits);
	text_add(&ctl->out, "NTP %s: ", words[state]);
	health_clock_text(&ctl->out, h, ctl->ops->now());
	add_perfdata(&ctl->out, h, limits);
	ctl->code = state;
	return (state == NAGIOS_OK ? 0 : -1);
}
