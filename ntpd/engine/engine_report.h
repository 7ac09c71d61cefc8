/*
 * The reports of common/report.h from the engine's state.  Pure.
 */
#ifndef ENGINE_ENGINE_REPORT_H
#define ENGINE_ENGINE_REPORT_H

#include "ntpd/engine/engine_state.h"

/* Best idea of true time - raw: 1 and *y_ns, or 0 when there is none. */
int	engine_report_true(const struct engine *e,
	    const struct clock_pair *now, int64_t *y_ns);
void	engine_report_tracking(struct engine *e,
	    const struct clock_pair *now, struct report_tracking *r);
void	engine_report_source(struct engine *e, const struct clock_pair *now,
	    const struct source *s, struct report_source *r);
void	engine_report_sourcestats(struct engine *e,
	    const struct clock_pair *now, const struct source *s,
	    struct report_sourcestats *r);
void	engine_report_selectdata(struct engine *e,
	    const struct clock_pair *now, const struct source *s,
	    struct report_selectdata *r);
void	engine_report_ntpdata(const struct clock_pair *now,
	    const struct source *s, struct report_ntpdata *r);
/* Of a source that uses the key with this number, 0: none. */
void	engine_report_authdata(const struct engine *e, uint32_t id,
	    struct report_authdata *r);
void	engine_report_activity(struct engine *e, struct report_activity *r);
void	engine_report_status(struct engine *e, const struct clock_pair *now,
	    struct report_status *r);
void	engine_report_peer(struct engine *e, const struct clock_pair *now,
	    const struct source *s, struct report_peer *r);
/* Of a name that has no address (yet). */
void	engine_report_no_stats(uint32_t id, struct report_sourcestats *r);
void	engine_report_no_selectdata(const struct entry *en,
	    struct report_selectdata *r);
void	engine_report_no_peer(const struct clock_pair *now,
	    const struct entry *en, struct report_peer *r);

#endif
