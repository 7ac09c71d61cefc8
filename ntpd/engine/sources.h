/*
 * The list of sources: lines of the configuration, their names, pools and the
 * replacement of members that do not answer.  Pure.
 */
#ifndef ENGINE_SOURCES_H
#define ENGINE_SOURCES_H

#include "ntpd/engine/engine_state.h"

/* Make the entries of the configuration and the sources of literals. */
int	sources_init(struct engine *e, const struct clock_pair *now);
void	sources_free(struct engine *e);
/* Ask dns where it is time; replace members that do not answer. */
void	sources_tick(struct engine *e, const struct clock_pair *now);
int64_t	sources_next_raw(const struct engine *e);
void	sources_resolved(struct engine *e, const struct clock_pair *now,
	    const struct msg_dnstell *tell);
void	sources_dns_restarted(struct engine *e,
	    const struct clock_pair *now);
/* Entries that have a name but no address yet. */
unsigned sources_unresolved(const struct engine *e);

#endif
