/*
 * The server's shell: sockets, batches, kernel timestamps and the clock
 * around the pure core.
 */
#ifndef NTPD_SERVER_SERVER_IO_H
#define NTPD_SERVER_SERVER_IO_H

#include <stdint.h>

struct access;
struct keyring;
struct addr;
struct clienttab;
struct conf_ratelimit;
struct clockpage;
struct event_base;
struct server_stats;
struct server_io;

#define SERVER_IO_SOCKETS	128	/* twice a child's, for a reload */
#define SERVER_IO_BATCH		64	/* packets of one system call */

/* page and access stay the caller's and must outlive it. NULL with errno. */
struct server_io *server_io_new(struct event_base *base,
	    const struct clockpage *page, const struct access *access);
/*
 * Called when requests are not answered because the clock is not where the
 * page says, but not oftener than every 0.1 s.
 */
typedef void (*server_io_fn)(void *ctx);
void	server_io_on_slip(struct server_io *io, server_io_fn fn, void *ctx);
/* From now on this list counts. */
void	server_io_set_access(struct server_io *io,
	    const struct access *access);
/* And clients are noted there, and have that limit.  NULL: they are not. */
void	server_io_set_clients(struct server_io *io,
	    struct clienttab *clients, const struct conf_ratelimit *limit);
/* From now on these are the keys; NULL: none. */
void	server_io_set_keys(struct server_io *io,
	    const struct keyring *ring);
void	server_io_free(struct server_io *io);	/* closes; NULL is fine */
/*
 * Answer on a UDP socket bound to local (its port matters, its address may be
 * any), with kernel receive timestamps and pktinfo switched on.  Owns fd from
 * now on, also on failure.  0, or -1 with errno.
 */
int	server_io_add(struct server_io *io, int fd, const struct addr *local);
/*
 * Sends a broadcast packet, of one every interval_s, from a socket of that
 * family, if the clock is synchronised.  0, or -1 with errno (0: no time).
 */
int	server_io_broadcast(struct server_io *io, const struct addr *to,
	    int interval_s);
/* Answers what is in the queue of the socket bound to local, and closes it. */
void	server_io_remove(struct server_io *io, const struct addr *local);
/* The counters as they are now. */
const struct server_stats *server_io_stats(struct server_io *io);

#endif
