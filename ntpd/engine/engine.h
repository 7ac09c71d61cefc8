/*
 * The engine core: everything between packets and the clock.  Pure: it is
 * called with the time and what happened, and acts through struct engine_ops.
 * The daemon, the tests and the simulator drive the same core.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "ntpd/engine/engine_state.h"

/* NULL with errno. ops is copied. */
struct engine *engine_new(const struct engine_ops *ops, void *ctx,
	    const struct engine_params *params, const struct clock_pair *now);
void	engine_free(struct engine *e);
/* Save what is to be saved. */
void	engine_stop(struct engine *e, const struct clock_pair *now);

/* The instant (MONOTONIC_RAW) at which engine_tick wants to be called. */
int64_t	engine_next_raw(const struct engine *e);
void	engine_tick(struct engine *e, const struct clock_pair *now);
/* Other keys, for all sources at once; the old ring is not used any more. */
void	engine_set_keys(struct engine *e, const struct keyring *ring);
/* CLOCK_STATE, CLOCK_DONE, CLOCK_LEASE_END. */
void	engine_clock(struct engine *e, const struct clock_pair *now,
	    const struct msg_clock *c);
/*
 * The kernel says that somebody (also we) set the clock, or that the computer
 * woke up.
 */
void	engine_clock_set(struct engine *e, const struct clock_pair *now);
/* A server says that the clock is not where the page has it. */
void	engine_look(struct engine *e, const struct clock_pair *now);
/* A packet for a source; rx_real_ns 0: no kernel time stamp. */
void	engine_packet(struct engine *e, const struct clock_pair *now,
	    uint32_t source, const uint8_t *buf, size_t len,
	    int64_t rx_real_ns, const struct addr *local);
/* The kernel's transmit time stamp of the last request of a source. */
void	engine_sent(struct engine *e, const struct clock_pair *now,
	    uint32_t source, int64_t tx_real_ns);
/* errno: of sending, or of what ICMP said. */
void	engine_send_error(struct engine *e, const struct clock_pair *now,
	    uint32_t source, int error);
void	engine_resolved(struct engine *e, const struct clock_pair *now,
	    const struct msg_dnstell *tell);
/* SAMPLES: what an earlier daemon saved. */
void	engine_samples(struct engine *e, const struct clock_pair *now,
	    const struct msg_dump *m);
/* SOURCE_ADD: a command gave it to the engine before this one. */
void	engine_source_again(struct engine *e, const struct clock_pair *now,
	    const struct msg_command *m);
/* A command of the control protocol. Answered through to_control. */
void	engine_control(struct engine *e, const struct clock_pair *now,
	    const struct msg_command *m);
/* Control or dns is there anew; questions on the way are lost. */
void	engine_dns_restarted(struct engine *e, const struct clock_pair *now);

#endif
