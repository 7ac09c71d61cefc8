/*
 * Choosing among the sources of an engine.  Pure.
 */
#ifndef ENGINE_CHOOSE_H
#define ENGINE_CHOOSE_H

#include "ntpd/engine/engine_state.h"

/* 1: the first choice waits a little for those that could contradict. */
int	choose_waits(struct engine *e, const struct clock_pair *now);
/*
 * Choose among all; s: the one with a new sample, or NULL; last_id: the one
 * that is followed.  The sources have their states afterwards.  0, or -1 when
 * there is none.
 */
int	choose_run(struct engine *e, const struct clock_pair *now,
	    const struct source *s, uint32_t last_id,
	    struct select_result *r);
/*
 * The samples of several sources go through one filter, whose word replaces
 * that of their combination in r.  It starts from the combination, and again
 * when one is lost, whose samples are in it, or when the two contradict each
 * other.  s: the source with a new sample, which is one of the combined.
 */
void	choose_refine(struct engine *e, const struct clock_pair *now,
	    const struct source *s, struct select_result *r);

#endif
