/*
 * Another configuration for a running engine.  Pure.
 */
#ifndef ENGINE_ENGINE_RELOAD_H
#define ENGINE_ENGINE_RELOAD_H

#include "ntpd/engine/engine_state.h"

/*
 * next counts from now on (RELOAD_SOURCES: as for sources), and must outlive
 * the engine; the old one is not used any more.  serving: as in struct
 * engine_params.
 * A source whose line is the same as before is not touched, whatever commands
 * did to it; options of a line that changed are applied without losing
 * samples; sources that commands added stay.
 */
void	engine_reload(struct engine *e, const struct clock_pair *now,
	    const struct conf *next, enum reload_kind kind, int serving);

#endif
