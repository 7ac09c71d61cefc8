/*
 * How reports are written.  A format is one table of functions; each appends
 * to a text and does nothing else.  Signs: reports are RFC 5905's, and where
 * chrony shows the opposite it is turned here.
 */
#ifndef NTPCTL_OUTPUT_H
#define NTPCTL_OUTPUT_H

#include <stdint.h>

#include "common/report.h"

struct text;

struct output {
	void	(*tracking)(struct text *t, const struct report_tracking *r,
		    const char *name);
	/* verbose: with an explanation of the columns */
	void	(*sources_head)(struct text *t, int verbose);
	void	(*source)(struct text *t, const struct report_source *r,
		    const char *name);
	void	(*sourcestats_head)(struct text *t, int verbose);
	void	(*sourcestats)(struct text *t,
		    const struct report_sourcestats *r, const char *name);
	void	(*activity)(struct text *t, const struct report_activity *r);
	void	(*waitsync)(struct text *t, unsigned try,
		    const struct report_tracking *r);
	int	numeric;	/* 1: names are never looked up */
};

extern const struct output	output_text;	/* as chronyc */
extern const struct output	output_csv;	/* as chronyc -c */

/* Words that both have. */
const char *output_leap(unsigned leap);
char	output_mode(unsigned mode);
char	output_state(unsigned state);

#endif
