/*
 * Samples that outlive the daemon: `dumpdir', `dump' and ntpd -r.  Pure.
 */
#ifndef ENGINE_DUMP_H
#define ENGINE_DUMP_H

#include "ntpd/engine/engine_state.h"

/* Tell the parent the samples of every source, where there is a dumpdir. */
void	engine_dump_send(struct engine *e, const struct clock_pair *now);
/* SAMPLES: kept until the source has its first own sample. */
void	engine_dump_take(struct engine *e, const struct clock_pair *now,
	    const struct msg_dump *m);
/* The source has a sample: what was kept for it comes before that one. */
void	engine_dump_use(struct engine *e, struct source *s);
void	engine_dump_free(struct engine *e);

#endif
