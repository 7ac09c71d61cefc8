/*
 * What the log says of the sources and of the choice among them: one line
 * where a state changes, with the reason.  Changes that come too often are
 * not told one by one; the log then tells how it is now as soon as it may.
 * Pure but for log.h.
 */
#ifndef ENGINE_ENGINE_SAY_H
#define ENGINE_ENGINE_SAY_H

#include "ntpd/engine/engine_state.h"

#define ENGINE_SAY_BURST	4
#define ENGINE_SAY_NS		(900 * NS_PER_SEC)	/* then one in 15 min */

/* May a line be written at raw_ns?  Counts it in l->muted otherwise. */
int	engine_say_allow(struct engine_say_limit *l, int64_t raw_ns);
/* A request of the source was sent, or a reply of it came. */
void	engine_say_reach(struct engine *e, const struct clock_pair *now,
	    struct source *s);
/* It asked to be left alone; the packet has at least a header. */
void	engine_say_kiss(struct engine *e, const struct clock_pair *now,
	    struct source *s, const uint8_t *packet);
/*
 * After a selection, whose states the sources have; sel: the selected one or
 * NULL.
 */
void	engine_say_selection(struct engine *e, const struct clock_pair *now,
	    const struct select_result *r, const struct source *sel);

#endif
