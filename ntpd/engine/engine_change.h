/*
 * Commands that change the engine's sources and settings at run time.  Pure.
 */
#ifndef ENGINE_ENGINE_CHANGE_H
#define ENGINE_ENGINE_CHANGE_H

#include "ntpd/engine/engine_state.h"

/* The status that is the answer; INVALID for a command that is none here. */
enum candm_status engine_change(struct engine *e,
	    const struct clock_pair *now, const struct msg_command *m);
/*
 * A source that a command added to the engine that ran before this one; the
 * parent has kept it, and is not told of it again.
 */
void	engine_change_again(struct engine *e, const struct clock_pair *now,
	    const struct msg_command *m);

#endif
