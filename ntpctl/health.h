/*
 * The state of the clock and of the sources: as ntpd tells it, or composed from
 * chrony's reports where the daemon is chronyd.
 */
#ifndef NTPCTL_HEALTH_H
#define NTPCTL_HEALTH_H

#include "ntpctl/ctl.h"
#include "ntpctl/rows.h"

struct health {
	int			own;	/* ntpd's own words */
	struct report_health	clock;
	struct rows		sources;	/* struct row_explain */
};

/* 0, or -1 after the reason was added to out.  Free it in both cases. */
int	health_get(struct ctl *ctl, struct health *h);
/* Only the clock. */
int	health_get_clock(struct ctl *ctl, struct health *h);
void	health_free(struct health *h);
/* Is it known how far off the clock is at most? */
int	health_is_known(const struct report_health *h);

/*
 * In words, without an end of line: why the clock is right or not and what to
 * do; why a source is used or not.  now_ns: since 1970.
 */
void	health_clock_text(struct text *t, const struct report_health *h,
	    int64_t now_ns);
void	health_source_text(struct text *t, const struct report_explain *e,
	    int64_t now_ns);
/* "12:03:10 UTC", or with its date when that was on another day. */
void	health_time_text(struct text *t, int64_t now_ns, uint32_t ago_s);

#endif
