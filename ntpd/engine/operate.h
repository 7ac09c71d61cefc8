/*
 * What an operator does to the clock: makestep, settime, doffset, dfreq.  Each
 * asks the parent, whose guard decides, and control hears how it ended.
 * While another change is under way a command waits for its end.  Pure.
 */
#ifndef ENGINE_OPERATE_H
#define ENGINE_OPERATE_H

#include "ntpd/engine/engine_state.h"

void	operate_init(struct operate *o);
/*
 * Takes a command (MAKESTEP, SETTIME, DOFFSET, DFREQ, MANUAL_DELETE) that is
 * going to be answered by operate_done(): CANDM_STT_SUCCESS.  Otherwise the
 * status that is its answer.
 */
enum candm_status operate_command(struct engine *e,
	    const struct clock_pair *now, const struct msg_command *m);
/* The parent answered a request; the next command may come. */
void	operate_done(struct engine *e, const struct clock_pair *now,
	    const struct msg_clock *c);
/*
 * A lease has ended: with no source that knows better, go on to where the
 * operator said that the clock should be.
 */
void	operate_settle(struct engine *e, const struct clock_pair *now);

#endif
