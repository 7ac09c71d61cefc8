/*
 * The list of sources: lines of the configuration, their names, pools and the
 * replacement of members that do not answer.  Pure.
 */
#ifndef ENGINE_SOURCES_H
#define ENGINE_SOURCES_H

#include "ntpd/engine/engine_state.h"

enum sources_result {
	SOURCES_OK,
	SOURCES_KNOWN,			/* that address is there */
	SOURCES_FULL,			/* too many of them */
	SOURCES_FAMILY,			/* -4 or -6, or the option, forbid it */
	SOURCES_MEMORY
};

/* Make the entries of the configuration and the sources of literals. */
int	sources_init(struct engine *e, const struct clock_pair *now);
void	sources_free(struct engine *e);
/*
 * One more line of the configuration: its address becomes a source at once,
 * its name is asked for at the next tick.  *id: of the entry, when OK.
 */
enum sources_result sources_add(struct engine *e,
	    const struct clock_pair *now, const struct conf_source *conf,
	    uint32_t *id);
/* Forget an entry and all its sources: 0, or -1 when there is no such. */
int	sources_remove(struct engine *e, uint32_t entry_id);
/*
 * Forget one source for good: its entry gives it up too, and is gone with
 * its last one.  0, or -1 when there is no such source.
 */
int	sources_remove_source(struct engine *e, uint32_t source_id);
/*
 * An entry gets other options, with the same name, port and type.  Its sources
 * keep their samples; those that it must not have any more go, and what is
 * missing is asked for.  0, or -1 when there is no such entry.
 */
int	sources_change(struct engine *e, const struct clock_pair *now,
	    uint32_t entry_id, const struct conf_source *conf);
/* The configuration's own minsamples or maxsamples changed. */
void	sources_limit(struct engine *e);
/* The keys of the engine changed. */
void	sources_set_keys(struct engine *e);
/* An entry by its id; NULL: none. */
struct entry *sources_find(struct engine *e, uint32_t entry_id);
/* Ask for all names anew; a source whose address is gone is replaced. */
void	sources_refresh(struct engine *e, const struct clock_pair *now);
/* Ask dns where it is time; replace members that do not answer. */
void	sources_tick(struct engine *e, const struct clock_pair *now);
int64_t	sources_next_raw(const struct engine *e);
void	sources_resolved(struct engine *e, const struct clock_pair *now,
	    const struct msg_dnstell *tell);
void	sources_dns_restarted(struct engine *e,
	    const struct clock_pair *now);
/* Names without an address are asked for now, whatever failed before. */
void	sources_resolve_now(struct engine *e, const struct clock_pair *now);
/* This entry has a name but no address yet. */
int	sources_is_unresolved(const struct engine *e, size_t entry);
/* Entries that have a name but no address yet. */
unsigned sources_unresolved(const struct engine *e);

#endif
