/*
 * What every child executable does first: take descriptor 3, drop its rights,
 * get its configuration, descriptors and peers from the parent, say READY and
 * run.  A role gives its two hooks and its handlers; the rest is the same.
 */
#ifndef PRIVSEP_CHILD_H
#define PRIVSEP_CHILD_H

#include "privsep/channel.h"
#include "privsep/messages.h"

#define CHILD_FD	3		/* the channel to the parent */
#define CHILD_SOCKETS	64

struct conf;
struct keyring;
struct keyring_ops;

/* What a reload brings, from PREPARE to COMMIT. */
struct child_reload {
	uint32_t		 id;
	enum reload_kind	 kind;
	struct conf		*conf;		/* NULL: nothing is prepared */
	struct msg_socket	 sockets[CHILD_SOCKETS];	/* new ones */
	int			 fds[CHILD_SOCKETS];
	uint32_t		 nsockets;
	struct msg_socket	 closed[CHILD_SOCKETS];	/* to be closed */
	uint32_t		 nclosed;
};

/* Channels to other children before the role has started. */
struct child_waiting {
	int			 fds[ROLE_COUNT];	/* -1: none */
	int			 server_fds[MSG_INSTANCES];
	struct event		*orphan_event;	/* there is no engine */
};

struct child {
	enum role		 role;
	uint32_t		 instance;
	struct event_base	*base;
	struct channel		*parent;
	struct channel		*peers[ROLE_COUNT];	/* NULL: not there */
	/* the server processes are here and not above */
	struct channel		*servers[MSG_INSTANCES];
	struct child_waiting	 waiting;
	struct conf		*conf;		/* the role's directives */
	struct keyring		*ring;		/* keys; NULL: it got none */
	struct msg_conf		 init;
	struct msg_drift	 drift;
	int			 page_fd;	/* -1: none */
	int			 xdp_fd;	/* a map of xdp.h; -1: none */
	struct msg_socket	 sockets[CHILD_SOCKETS];
	int			 socket_fds[CHILD_SOCKETS];
	uint32_t		 nsockets;
	struct child_reload	 reload;
	int			 running;	/* INIT_DONE came */
	int			 chrooted;	/* -r took effect */
	void			*ctx;		/* the role's own state */
	const struct child_role	*ops;
};

struct child_role {
	enum role	role;
	/* All INIT messages are in; make the state and the events. 0 or -1. */
	int		(*start)(struct child *child);
	/* Parent said STOP or is gone; leave in order. */
	void		(*stop)(struct child *child);
	/*
	 * A peer came or went after start(), which finds those that are there
	 * in peers[] and servers[].  May be NULL.
	 */
	void		(*peer_changed)(struct child *child, enum role peer);
	/*
	 * A reload: can this configuration be had?  Nothing is changed yet.
	 * NULL, or why not.  NULL hook: always.
	 */
	const char	*(*prepare)(struct child *child,
			    const struct conf *next);
	/*
	 * child->conf is the new one from now on, `old' goes after this.
	 * child->reload has the sockets to take over (set their descriptor
	 * to -1) and to close.  NULL hook: there is nothing to do.
	 */
	void		(*commit)(struct child *child,
			    const struct conf *old);
	/*
	 * child->ring is another one, the old one goes after this.  NULL
	 * hook: none is expected.
	 */
	void		(*keys_changed)(struct child *child);
	const struct keyring_ops *mac;	/* NULL: this executable has none */
	/* Beyond INIT_*, RELOAD_* and STOP; none is called before start(). */
	const struct channel_handler *parent_handlers;
	const struct channel_handler *peer_handlers;	/* of every peer; the
							 * table says who */
	int		precise_timers;	/* microseconds, not milliseconds */
};

/*
 * The whole of main(): returns the exit status.  Handlers get
 * `struct child *' as ctx.  A descriptor of socket_fds, page_fd or xdp_fd that
 * the role takes over must be set to -1 there; the rest is closed at the end.
 */
int	child_main(const struct child_role *ops, int argc, char **argv);
/* Leave the event loop with this status after the current event. */
void	child_exit(struct child *child, int status);

#endif
