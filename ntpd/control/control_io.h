/*
 * The command sockets: receives datagrams with all that is known about their
 * senders, and sends replies.  Thinks nothing.
 */
#ifndef NTPD_CONTROL_IO_H
#define NTPD_CONTROL_IO_H

#include <stddef.h>
#include <stdint.h>

#include "ntpd/control/control_core.h"

struct event_base;
struct control_io;

/* Messages taken per wake-up and socket, so that the engine is heard too. */
#define CONTROL_IO_RATE		4000	/* datagrams a second of a socket */
#define CONTROL_IO_TOKENS	256	/* at once, when it was calm before */
#define CONTROL_IO_PAUSE_US	10000
#define CONTROL_IO_BURST	16

struct control_datagram {
	struct control_from	 from;
	int			 is_unix;
	int			 has_uid;	/* Unix: the kernel told */
	uint32_t		 uid;
	const uint8_t		*data;
	size_t			 len;
};

typedef void (*control_io_fn)(void *ctx, const struct control_datagram *d);

/* NULL with errno. */
struct control_io *control_io_new(struct event_base *base, control_io_fn fn,
	    void *ctx);
void	control_io_free(struct control_io *io);	/* closes; NULL is fine */
/*
 * Takes over a bound datagram socket of kind SOCKET_COMMAND or
 * SOCKET_COMMAND_UNIX: 0, or -1 with errno (and fd closed).
 */
int	control_io_add(struct control_io *io, const struct msg_socket *sock,
	    int fd);
/*
 * Closes the socket; of Unix sockets there is one at most, but for the moment
 * of a reload, when the old one is removed before the new one is added.
 */
void	control_io_remove(struct control_io *io, const struct msg_socket *sock);
/*
 * Sends to from.path (Unix) or from.addr; 0, or -1 with errno.  Never waits:
 * what cannot go at once is lost, and the client asks again.
 */
int	control_io_send(struct control_io *io, const struct control_from *to,
	    const uint8_t *data, size_t len);

#endif
