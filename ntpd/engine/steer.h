/*
 * From samples to the clock: selects, disciplines, asks the parent, publishes
 * the clock page.  The part of the core that decides.  Pure.
 */
#ifndef ENGINE_STEER_H
#define ENGINE_STEER_H

#include "ntpd/engine/engine_state.h"

/* Take over what params.page tells of an engine that died. */
void	steer_resume(struct engine *e, const struct clock_pair *now);
/* The first CLOCK_STATE is there: begin. */
void	steer_start(struct engine *e, const struct clock_pair *now);
/* Take freq (d y/d raw) as the best guess where no sample says better. */
void	steer_adopt(struct engine *e, double freq);
/* Select anew; s: whose sample made it necessary, or NULL. */
void	steer_select(struct engine *e, const struct clock_pair *now,
	    struct source *s);
/* The clock is not where it should be (somebody changed it): correct. */
void	steer_correct(struct engine *e, const struct clock_pair *now);
/* A lease ended: correct what it left, if that is worth it. */
void	steer_settle(struct engine *e, const struct clock_pair *now);
/* The parent answered our request. */
void	steer_done(struct engine *e, const struct clock_pair *now,
	    const struct msg_clock *c);
/* Kernel's view of the state, for timedatectl and others. */
void	steer_tell_status(struct engine *e, const struct clock_pair *now);
void	steer_publish(struct engine *e, const struct clock_pair *now);
void	steer_save_drift(struct engine *e);
/* -q and -Q: done yet? */
void	steer_oneshot(struct engine *e, const struct clock_pair *now);
/* True when we serve our own time because `local' is configured. */
int	steer_is_local(const struct engine *e, int64_t raw_ns);

#endif
