/*
 * Commands about the clock itself: makestep changes it, waitsync waits for it.
 * Used by ntpctl.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/refid.h"
#include "ntpctl/commands.h"

#define WAIT_INTERVAL_S		10.0
#define WAIT_INTERVAL_MIN_S	0.1

/* A whole number or a real one, and nothing behind it; 0 or -1. */
static int
parse_int(const char *text, int *n)
{
	const char	*error;

	*n = strtonum(text, INT32_MIN, INT32_MAX, &error);
	return (error == NULL ? 0 : -1);
}

static int
parse_real(const char *text, double *x)
{
	char	*end;

	errno = 0;
	*x = strtod(text, &end);
	return (end == text || *end != '\0' || !isfinite(*x) ? -1 : 0);
}

int
command_makestep(struct ctl *ctl, int argc, char **argv)
{
	struct candm_request	request;
	struct candm_reply	reply;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_MAKESTEP;
	if (argc > 0) {
		request.command = CANDM_REQ_MODIFY_MAKESTEP;
		if (argc != 2 || parse_real(argv[0],
		    &request.body.makestep.threshold_s) == -1 ||
		    parse_int(argv[1], &request.body.makestep.limit) == -1) {
			text_add(&ctl->err,
			    "Bad syntax for makestep command\n");
			return (-1);
		}
	}
	if (ctl_ask(ctl, &request, CANDM_RPY_NULL, &reply) == -1)
		return (-1);
	text_add(&ctl->out, "%s\n", ctl_status_text(CANDM_STT_SUCCESS));
	return (0);
}

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
command_waitsync(struct ctl *ctl, int argc, char **argv)
{
	struct candm_reply	reply;
	struct wait		w;
	int			try;

	if (parse_wait(argc, argv, &w) == -1) {
		text_add(&ctl->err, "Bad syntax for waitsync command\n");
		return (-1);
	}
	for (try = 1; ; try++) {
		if (ctl_ask_command(ctl, CANDM_REQ_TRACKING,
		    CANDM_RPY_TRACKING, &reply) == 0) {
			ctl->output->waitsync(&ctl->out, try,
			    &reply.body.tracking);
			if (is_synced(&w, &reply.body.tracking))
				return (0);
		}
		if (w.tries > 0 && try >= w.tries)
			return (-1);
		ctl->ops->flush(ctl->ctx, &ctl->out, &ctl->err);
		ctl->ops->sleep(w.interval_s);
	}
}
