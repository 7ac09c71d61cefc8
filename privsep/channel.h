/*
 * A channel: one end of a socketpair to another process, on libevent.
 * It checks every message against the table (messages.h) before anybody sees
 * it, and limits what may queue up.  What a bad message or a closed channel
 * means is told to the owner, who decides (a bad child is restarted, a bad
 * parent ends the child); the channel itself never ends a process.
 */
#ifndef PRIVSEP_CHANNEL_H
#define PRIVSEP_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/messages.h"

struct event_base;
struct channel;

#define CHANNEL_QUEUE_MAX	1024	/* messages waiting to be written */
#define CHANNEL_BURST		64	/* messages handled per wake-up */

enum channel_end {
	CHANNEL_CLOSED,		/* end of file: the other process is gone */
	CHANNEL_BAD,		/* it sent something that is not allowed */
	CHANNEL_ERROR,		/* system error */
	CHANNEL_FULL		/* it does not read: the queue is full */
};

struct channel_handler {
	enum msg_type	type;
	/* fd: -1, or the descriptor, which is the handler's to close. */
	void		(*fn)(void *ctx, struct channel *ch,
			    const void *payload, int fd);
};

struct channel_params {
	struct event_base	*base;
	int			 fd;		/* owned by the channel */
	enum role		 me;
	enum role		 peer;
	uint32_t		 instance;	/* of the peer */
	/*
	 * Ends with MSG_NONE; must live as long as the channel.  What may
	 * come by the table but has no handler here is a bad message.
	 */
	const struct channel_handler *handlers;
	void			*ctx;
	/*
	 * Called once, from the event loop and never from inside
	 * channel_send(), after which the channel is dead: it sends and
	 * receives no more and waits for channel_free(), which may be called
	 * from here.  why: what a bad message was, or NULL.
	 */
	void			(*ended)(void *ctx, struct channel *ch,
				    enum channel_end end, const char *why);
};

/* NULL with errno when there is no memory; the descriptor is closed then. */
struct channel *channel_new(const struct channel_params *params);
void	channel_free(struct channel *ch);	/* closes; NULL is fine */
/*
 * Queue a message; the type's size is used.  fd -1 or a descriptor, which is
 * closed after sending (also on failure).  0, or -1 when the channel is dead
 * or full, or the table does not let this role say that.
 */
int	channel_send(struct channel *ch, enum msg_type type,
	    const void *payload, int fd);
/* Write out what is queued, waiting at most timeout_ms. 0 when all went. */
int	channel_flush(struct channel *ch, int timeout_ms);
/* Messages that wait to be written. */
uint32_t channel_queued(const struct channel *ch);
enum role channel_peer(const struct channel *ch);
uint32_t channel_instance(const struct channel *ch);
/* Counters since channel_new. */
uint64_t channel_sent(const struct channel *ch);
uint64_t channel_received(const struct channel *ch);

#endif
