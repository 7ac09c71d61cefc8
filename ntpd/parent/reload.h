/*
 * The two phases of a reload, without what is reloaded.  Pure: it is told
 * what came, and acts through hooks.
 *
 *	SOCKETS		new sockets are made; each ok or not
 *	PREPARING	everybody was sent the new configuration
 *	COMMITTING	all said ready: it is in effect, they change to it
 *
 * Until COMMITTING any refusal, death, failed socket or timeout ends it with
 * ABORT to all who were sent something, and nothing has changed.  After it
 * nothing goes back: who dies is started with the new configuration.
 */
#ifndef PARENT_RELOAD_H
#define PARENT_RELOAD_H

#include <stdint.h>

#include "privsep/messages.h"

#define RELOAD_WHO_MAX		(MSG_INSTANCES + 6)
#define RELOAD_PREPARE_MS	20000	/* sockets and PREPARE: long lists */
#define RELOAD_COMMIT_MS	2000

enum reload_phase {
	RELOAD_IDLE,
	RELOAD_SOCKETS_WAIT,
	RELOAD_PREPARING,
	RELOAD_COMMITTING
};

struct reload_hooks {
	/* Send who its sockets and PREPARE, COMMIT, ABORT. 0, -1: cannot. */
	int	(*prepare)(void *ctx, unsigned who);
	void	(*commit)(void *ctx, unsigned who);
	void	(*abort)(void *ctx, unsigned who);
	/* All are ready: from here on the new configuration counts. */
	void	(*apply)(void *ctx);
	/*
	 * It is over, and the phase is IDLE again.  ok 0: why says what was
	 * in the way.  ok 1: why may be a warning, or NULL.
	 */
	void	(*done)(void *ctx, int ok, const char *why);
	void	(*arm)(void *ctx, int64_t ms);	/* one timer; 0: off */
	const char *(*name)(void *ctx, unsigned who);
};

enum reload_who {
	RELOAD_WHO_WAITING,
	RELOAD_WHO_READY,
	RELOAD_WHO_DONE,		/* also: dead after the COMMIT */
	RELOAD_WHO_UNTOLD		/* was sent nothing yet */
};

struct reload {
	const struct reload_hooks *hooks;
	void		*ctx;
	enum reload_phase phase;
	uint32_t	 id;		/* of this reload */
	unsigned	 nwho;
	enum reload_who	 who[RELOAD_WHO_MAX];
	uint32_t	 sockets;	/* answers that are to come */
};

void	reload_init(struct reload *r, const struct reload_hooks *hooks,
	    void *ctx);
/*
 * Begins with nwho children, 0..nwho-1, and so many sockets that are being
 * made.  Only in IDLE.  May end (done) before it returns.
 */
void	reload_begin(struct reload *r, unsigned nwho, uint32_t sockets);
/* A socket is there; or why it is not (and the reload cannot be). */
void	reload_socket(struct reload *r, const char *why);
/* An answer of a child; what belongs to no reload of now is passed over. */
void	reload_answer(struct reload *r, unsigned who,
	    const struct msg_reloadanswer *m);
/* A child is gone. */
void	reload_died(struct reload *r, unsigned who);
/* The timer ran out. */
void	reload_timeout(struct reload *r);

#endif
