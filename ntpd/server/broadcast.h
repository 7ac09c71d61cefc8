/*
 * The packets of `broadcast': timers around server_io_broadcast().
 */
#ifndef NTPD_SERVER_BROADCAST_H
#define NTPD_SERVER_BROADCAST_H

struct conf;
struct event_base;
struct server_io;
struct broadcast;

/* Begins to send what conf says. NULL with errno; errno 0: nothing to send. */
struct broadcast *broadcast_start(struct event_base *base,
	    struct server_io *io, const struct conf *conf);
void	broadcast_stop(struct broadcast *b);	/* NULL is fine */

#endif
