/*
 * Entries of measurements.log, statistics.log and tracking.log in chrony's
 * columns.  The engine makes the lines, the parent writes the files.  Pure.
 */
#ifndef ENGINE_ENGINE_LOG_H
#define ENGINE_ENGINE_LOG_H

#include "ntpd/engine/engine_state.h"

void	engine_log_measurement(struct engine *e, const struct source *s,
	    const struct clock_pair *now);
void	engine_log_statistics(struct engine *e, const struct source *s,
	    const struct clock_pair *now);
void	engine_log_tracking(struct engine *e, const struct clock_pair *now,
	    unsigned combined);

#endif
