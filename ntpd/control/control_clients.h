/*
 * The report `clients' over all tables: those of the server processes, one
 * after the other, then the clients of the command port that none of them
 * has.  Pure.
 *
 * A page must be full unless it is the last one, so several processes may
 * have to be asked for one.  An index is the process's number and the index
 * in its table.
 */
#ifndef NTPD_CONTROL_CLIENTS_H
#define NTPD_CONTROL_CLIENTS_H

#include <stdint.h>

#include "common/candm.h"
#include "common/report.h"

struct clienttab;

#define CONTROL_CLIENTS_SHIFT	25	/* a table has fewer records */
#define CONTROL_CLIENTS_SERVERS	64	/* the number after these is ours */

struct control_clients {
	uint32_t		id;	/* of the request; 0: none */
	struct candm_clients	ask;
	uint64_t		cursor;	/* index to go on with */
	struct report_clients	page;
};

/* Begins a page; own: the command port's table, or NULL. */
void	control_clients_begin(struct control_clients *c, uint32_t id,
	    const struct candm_clients *ask, const struct clienttab *own);
/*
 * Whom to ask next, and what: the number of a server process, or
 * CONTROL_CLIENTS_SERVERS when it is our turn; -1 when the page is full.
 */
int	control_clients_next(const struct control_clients *c,
	    struct candm_clients *ask);
/* The number of the one that was next. */
unsigned control_clients_server(const struct control_clients *c);
/* Goes on with this one; those with lower numbers are not there. */
void	control_clients_skip(struct control_clients *c, unsigned server);
/*
 * What the table that was next had.  The records of servers get the columns
 * of the command port, those of whom own has as well.
 */
void	control_clients_add(struct control_clients *c,
	    const struct report_clients *part, const struct clienttab *own,
	    int64_t now_ns);
/* The page for the client. */
void	control_clients_finish(const struct control_clients *c,
	    struct report_clients *r);

#endif
