/*
 * Entries of measurements.log, statistics.log, tracking.log and selection.log
 * in chrony's columns.  The engine makes the lines, the parent writes the
 * files.  Pure.
 */
#ifndef ENGINE_ENGINE_LOG_H
#define ENGINE_ENGINE_LOG_H

#include "ntpd/engine/engine_state.h"

/* What selection.log says of a source. */
struct engine_log_choice {
	char		state;		/* as selectdata shows it */
	int		noselect;
	int		prefer;
	int		trust;
	int		require;
	uint8_t		reach;
	double		score;		/* against the selected source's */
	double		since_s;	/* of the last sample */
	double		lo_s;		/* of the clock's error, > 0: ahead */
	double		hi_s;
};

/* The columns after the address; returns buf. */
char	*engine_log_format_choice(const struct engine_log_choice *c,
	    char *buf, size_t len);
void	engine_log_measurement(struct engine *e, const struct source *s,
	    const struct clock_pair *now);
void	engine_log_statistics(struct engine *e, const struct source *s,
	    const struct clock_pair *now);
/* How the clock was just before an update. */
struct engine_log_before {
	double		known_s;	/* error still being corrected */
	double		error_s;	/* bound on the error */
};

void	engine_log_tracking(struct engine *e, const struct clock_pair *now,
	    unsigned combined, const struct engine_log_before *before);
/* All sources after a selection. */
void	engine_log_selection(struct engine *e, const struct clock_pair *now);

#endif
