/*
 * Why: the state of the clock and of each source in reasons, and since when.
 * Pure.
 */
#ifndef ENGINE_ENGINE_EXPLAIN_H
#define ENGINE_ENGINE_EXPLAIN_H

#include "ntpd/engine/engine_state.h"

/*
 * After each event: where a reason is another one than before, it is so since
 * now.
 */
void	engine_explain_observe(struct engine *e,
	    const struct clock_pair *now);
void	engine_explain_health(struct engine *e,
	    const struct clock_pair *now, struct report_health *r);
void	engine_explain_source(struct engine *e,
	    const struct clock_pair *now, const struct source *s,
	    struct report_explain *r);
/* A name that has no address (yet). */
void	engine_explain_entry(struct engine *e, const struct clock_pair *now,
	    const struct entry *en, struct report_explain *r);

#endif
