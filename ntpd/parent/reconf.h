/*
 * The configuration read again while the daemon runs: what reconf.c and
 * reconf_apply.c share.
 */
#ifndef PARENT_RECONF_H
#define PARENT_RECONF_H

#include "ntpd/parent/parent.h"
#include "ntpd/parent/reconf_lines.h"
#include "ntpd/parent/reload.h"

#define RECONF_ASKERS	16		/* requests of control that wait */
#define RECONF_RETRY_MS	100		/* somebody is just starting */
#define RECONF_PATIENCE_NS (10 * NS_PER_SEC)	/* for them */

/* Who wants to know how it went. */
struct reconf_askers {
	uint32_t	ids[RECONF_ASKERS];
	unsigned	n;
};

struct reconf {
	struct parent	*p;
	struct reload	 core;
	struct event	*timer;		/* of core, or of a retry */
	int		 wanted;	/* one more after this */
	enum reload_kind wanted_kind;
	int64_t		 wanted_ns;	/* since when */
	struct reconf_askers waiting;	/* for the wanted one */
	int		 serve;		/* wanted, too: reconf_serve() */
	struct msg_rule	 rule;		/* of that */
	struct reconf_askers askers;	/* for the one under way */
	/* the one under way */
	enum reload_kind kind;
	int		 serving;	/* it is one of reconf_serve() */
	struct conf	*next;
	struct proc	*who[RELOAD_WHO_MAX];
	/* of the members of fresh p->sockets, -1 */
	int		 fds[PARENT_SOCKETS][MSG_INSTANCES];
	int		 closing[PARENT_SOCKETS]; /* p->sockets not wanted */
	uint32_t	 servers;
	struct keystore	 keys;		/* that go with it */
	int		 control;
	struct reconf_lines lines;
	char		 name[PARENT_NAME_MAX];
};

/* ---- reconf_apply.c ---- */
/* Adds a line; it is logged, too. */
void	reconf_say(struct reconf *rc, char kind, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
/*
 * What the running daemon cannot change is said and stays in rc->next as it
 * is now.
 */
void	reconf_keep(struct reconf *rc);
/*
 * Fresh rows of p->sockets for what rc->next wants and is not there, marks for
 * what it does not want.  How many are fresh; -1: too many (said).
 */
int	reconf_plan_sockets(struct reconf *rc);
/*
 * Row i of p->sockets is there and becomes another number of them: those for
 * processes that come are made and get nothing yet, those of processes that go
 * get no more.  The answer comes to reconf_socket().
 */
void	reconf_resize(struct reconf *rc, int i);
/* rc->next is the configuration. */
void	reconf_apply(struct reconf *rc);
/*
 * The new configuration counts, or is given up: sockets that it does without,
 * or that were made for it, are forgotten here and in the launcher.  Who has
 * one open keeps it until its COMMIT.
 */
void	reconf_drop_sockets(struct reconf *rc, int committed);
/* Closes what has come of row i of p->sockets and was not handed on. */
void	reconf_close(struct reconf *rc, int i);
/* The text of rc->next for a role, sealed, its length in *len. -1: errno. */
int	reconf_seal(const struct reconf *rc, enum role role, size_t *len);

#endif
