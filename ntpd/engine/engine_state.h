/*
 * The state of the engine core, and looking things up in it.  Pure.  A struct
 * that is passed in: several engines can live in one process.
 */
#ifndef ENGINE_ENGINE_STATE_H
#define ENGINE_ENGINE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "ntpd/engine/association.h"
#include "ntpd/engine/clockmodel.h"
#include "ntpd/engine/discipline.h"
#include "ntpd/engine/ensemble.h"
#include "ntpd/engine/manual.h"
#include "ntpd/engine/select.h"
#include "privsep/clockpage.h"
#include "privsep/messages.h"

#define ENGINE_SOURCES		SELECT_MAX
#define ENGINE_HELD		16	/* packets waiting for the parent */
#define ENGINE_HELD_LEN		128	/* bytes kept of one */
#define ENGINE_NEVER		INT64_MAX
#define ENGINE_CALM_MAX		4	/* the page anew after 64 s, not 4 */
#define ENGINE_NAME_MAX		(REPORT_NAME_MAX + ADDR_TEXT_MAX + 4)

struct engine_ops {
	/* Send a request of a source from a new port. 0 or errno. */
	int	(*send)(void *ctx, uint32_t source, const struct addr *to,
		    const uint8_t *buf, size_t len);
	/* The source is gone: forget its socket. */
	void	(*forget)(void *ctx, uint32_t source);
	/* Say something to the parent, to dns, or to control. */
	void	(*to_parent)(void *ctx, enum msg_type type,
		    const void *payload);
	void	(*to_dns)(void *ctx, const struct msg_dnsask *ask);
	void	(*to_control)(void *ctx, enum msg_type type,
		    const void *payload);
	void	(*publish)(void *ctx, const struct clockpage_data *data);
	void	(*random)(void *ctx, void *buf, size_t len);
	/* Is there a way to that address?  NULL: always. */
	int	(*connectable)(void *ctx, const struct addr *to);
};

struct engine_params {
	const struct conf	*conf;		/* outlives the engine */
	enum run_mode		 mode;
	int			 family;	/* 0, ADDR_INET, ADDR_INET6 */
	struct msg_drift	 drift;
	double			 precision_s;	/* of reading the clock */
	const struct keyring	*ring;		/* of the sources' keys; NULL:
						 * none.  Outlives the engine */
	int			 serving;	/* somebody reads the page */
	/* What the page said when this engine started: the word of another
	 * engine that died, or of none (stratum 16). */
	struct clockpage_data	 page;
};

/* Lines that come too often: a bucket (engine_say.h). */
struct engine_say_limit {
	int64_t		full_ns;	/* raw; when it will be full again */
	uint32_t	muted;		/* since the last line */
};

/* A line of the configuration: server, pool. */
struct entry {
	uint32_t	id;		/* 1.., never used again */
	struct conf_source conf;
	struct addr	cache[MSG_DNS_MAX];	/* last answer of dns */
	uint32_t	ncache;
	uint32_t	next_cache;	/* the next one to try */
	uint32_t	asked;		/* id of the running DNS_ASK, 0: none */
	uint32_t	attempts;	/* failed in a row */
	int64_t		next_ask_raw_ns; /* ENGINE_NEVER: need not ask */
	int64_t		last_replace_raw_ns;
	int64_t		since_raw_ns;	/* without an address */
	uint8_t		literal;	/* the name is an address */
	uint8_t		no_such_name;	/* the last answer of dns was that */
	struct engine_say_limit said;	/* of those that come and go */
	uint8_t		refresh;	/* the answer replaces what is gone */
};

enum source_standing {
	STANDING_GOOD,
	STANDING_FALSETICKER,
	STANDING_DISTANT,
	STANDING_JITTERY,
	STANDING_STRATUM,
	STANDING_UNTRUSTED,
	STANDING_UNSYNC
};

/* What the log has of a source. */
struct source_said {
	enum source_standing standing;
	uint8_t		silent;		/* it does not answer */
	uint8_t		kissed;		/* it asked to be left alone */
	struct engine_say_limit limit;
};

struct source {
	uint32_t	id;		/* 1.., never used again */
	uint32_t	entry;
	struct association a;
	enum select_state state;
	struct source_said said;
	uint16_t	reason;		/* enum report_reason */
	int64_t		since_raw_ns;	/* of it */
	uint32_t	options;	/* SELECT_*_OPT, as configured */
	struct select_candidate sel;	/* of the last selection */
	uint8_t		member;		/* its samples are in the ensemble */
};

/* An operator's change of the clock that the parent is asked for. */
#define OPERATE_WAITING		4

struct operate {
	uint32_t	request_id;	/* of ours to the parent, 0: none */
	uint32_t	control_id;	/* 0: nobody waits */
	int		has_report;	/* the answer when all went well */
	struct report_manual manual;
	struct msg_command waiting[OPERATE_WAITING];
	size_t		nwaiting;
};

struct held {
	uint32_t	source;
	int64_t		rx_real_ns;	/* 0: none */
	struct clock_pair now;
	struct addr	local;
	size_t		len;
	uint8_t		buf[ENGINE_HELD_LEN];
};

struct engine {
	struct engine_ops	 ops;
	void			*ctx;
	struct engine_params	 params;
	const struct keyring	*ring;		/* NULL: no keys */
	struct clockmodel	 clock;
	struct discipline	 disc;
	struct ensemble		 ensemble;
	struct entry		*entries;
	size_t			 nentries;
	struct source		*sources[ENGINE_SOURCES];
	size_t			 nsources;
	uint32_t		 next_id;	/* of sources and requests */
	uint32_t		 next_entry_id;	/* of names */
	uint32_t		 next_literal_id;
	uint32_t		 selected;	/* id, 0: none */
	uint32_t		 last_selected;	/* for messages */
	int			 no_source_logged;
	struct engine_say_limit	 said_selected;
	struct engine_say_limit	 said_jump;
	struct held		 held[ENGINE_HELD];
	size_t			 nheld;
	uint64_t		 held_lost;
	struct msg_dump		*dumps;		/* of before; engine_dump.h */
	size_t			 ndumps;
	int64_t			 start_raw_ns;
	int64_t			 drift_raw_ns;	/* next time to save */
	int64_t			 publish_raw_ns; /* next time */
	unsigned		 calm;	/* with -x: times that nobody had
					 * to say that the clock changed */
	struct assoc_shown	 shown[ASSOC_SHOWN];	/* the newest first */
	struct conf_local	 local;		/* may change at run time */
	uint8_t			 local_ready;	/* `activate' was reached */
	int64_t			 unsynced_raw_ns;	/* since; 0: synced */
	double			 reselectdist_s;	/* the same */
	struct manual		 manual;
	struct operate		 operate;
	double			 asked_offset_s;
	int64_t			 late_raw_ns;	/* the page is to say that no
						 * sample came; ENGINE_NEVER */
	uint16_t		 health;	/* enum report_health_state */
	int64_t			 health_raw_ns;	/* since when */
	int64_t			 step_raw_ns;	/* last step, 0: none */
	double			 step_s;
	uint32_t		 guard_refused;
	int			 guard_said;	/* ... the last request */
	int			 oneshot_done;
	int			 started;
	int			 stepping;
	int			 bent;		/* a source told the others
						 * of a jump just now */
};

/* A source by its id or address (port 0: any); NULL: none. */
struct source *engine_find(struct engine *e, uint32_t id);
struct source *engine_find_addr(struct engine *e, const struct addr *a);
/* By its bytes alone, as the control protocol has an address. */
struct source *engine_find_ip(struct engine *e, const struct addr *a);
/* "192.0.2.1 (name)" for messages; returns buf. */
const char *engine_source_name(const struct engine *e,
	    const struct source *s, char *buf, size_t len);
/* Why a source cannot be selected, whatever others say; SELECTABLE: it can. */
enum select_state engine_obstacle(const struct source *s);

#endif
