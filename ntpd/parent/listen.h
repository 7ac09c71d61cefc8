/*
 * Which sockets the configuration asks for.  Pure.
 */
#ifndef PARENT_LISTEN_H
#define PARENT_LISTEN_H

#include "privsep/child.h"
#include "privsep/messages.h"

struct conf;

#define LISTEN_MAX	(CHILD_SOCKETS + 8)

/* Which sockets are wanted, besides what the configuration says. */
struct listen_want {
	uint32_t	family;		/* -4, -6; 0: both */
	uint32_t	servers;	/* so many NTP sockets of an address,
					 * one for each process; 0: none */
	int		control;	/* command sockets, UDP */
	int		unix_socket;	/* command socket, path */
	int		syslog;
};

/*
 * Fills list (LISTEN_MAX rows) with the sockets that the launcher shall make,
 * numbered from 0; returns how many.  -1: more than CHILD_SOCKETS for one
 * child.
 */
int	listen_list(const struct conf *conf, const struct listen_want *want,
	    struct msg_socket *list);
/* Whose socket it is: ROLE_PARENT for the syslog. */
enum role listen_owner(uint32_t kind);

#endif
