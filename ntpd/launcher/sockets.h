/*
 * The sockets that need rights, or that shall outlive the process that uses
 * them.  The launcher makes them at start, keeps them, and gives copies away.
 */
#ifndef NTPD_LAUNCHER_SOCKETS_H
#define NTPD_LAUNCHER_SOCKETS_H

#include <stdint.h>

#include "privsep/messages.h"

struct sockets;

/* uid, gid: whose Unix sockets shall be.  NULL with errno. */
struct sockets *sockets_new(uint32_t uid, uint32_t gid);
/* Closes all and removes the Unix sockets from the file system. */
void	sockets_free(struct sockets *s);
/*
 * Makes the socket and keeps it under its index (below MSG_SOCKETS), which
 * must not have been used.  Logs what fails.  0, or an errno.
 */
int	sockets_make(struct sockets *s, const struct msg_socket *what);
/*
 * As sockets_make(), after the start: a socket that a reload wants.  Only NTP
 * and command sockets; a Unix one only directly in dir ("-": none at all).
 * Does not wait for an address that is in use, and logs nothing: the errno is
 * for sockets_dup().
 */
void	sockets_add(struct sockets *s, const struct msg_socket *what,
	    const char *dir);
/*
 * An NTP socket is to be g->sockets ones of the same address, of which the
 * first g->members get the packets, each source by its prefix one of them; the
 * last ones are closed when there are more.  What has come for a socket that
 * stays is not lost, nor what is sent meanwhile.  When it fails all is as it
 * was, and sockets_dup() of one that is not there tells why.
 */
void	sockets_group(struct sockets *s, const struct msg_group *g);
/* Closes a socket and forgets its index; a Unix one's file is removed. */
void	sockets_close(struct sockets *s, uint32_t index);
/*
 * A new descriptor of the socket of a member of its group (0 where there is
 * none), the caller's to close; or -1 with the errno that making it gave,
 * EBADF for an index that was never asked for or a member that it has not.  The
 * syslog socket is connected anew, for its other end comes and goes.
 */
int	sockets_dup(struct sockets *s, uint32_t index, uint32_t member);
/*
 * A socket that the service manager has made: used in place of one of ours
 * that is asked for later.
 */
void	sockets_give(struct sockets *s, int fd);
/* No more is asked for at the start: what was given and not used goes. */
void	sockets_seal(struct sockets *s);

#endif
