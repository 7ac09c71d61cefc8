/*
 * Commands of the control protocol: what is asked of the engine, and what an
 * operator tells it to do.  Pure.
 */
#ifndef ENGINE_ENGINE_COMMAND_H
#define ENGINE_ENGINE_COMMAND_H

#include "ntpd/engine/engine_state.h"

/*
 * Carries a command out and answers it through ops.to_control: a REPORT, or a
 * RESULT.  What changes the clock is answered when the parent has done it.
 */
void	engine_command(struct engine *e, const struct clock_pair *now,
	    const struct msg_command *m);

#endif
