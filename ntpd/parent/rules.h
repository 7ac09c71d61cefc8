/*
 * The access rules of run time (allow .. cmddeny of an operator), in order,
 * and which processes have still to say that they have the newest.  They are
 * kept here so that a server or control that starts anew has them too.  Pure.
 */
#ifndef PARENT_RULES_H
#define PARENT_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/messages.h"

#define RULES_MAX	4096
#define RULES_WAITING	64		/* commands under way */
#define RULES_HELD	16		/* until there is a server */

struct rules_held {
	uint32_t	command;	/* id of control's command */
	struct msg_rule	rule;
};

struct rules {
	struct msg_rule	*list;
	size_t		 count;
	uint32_t	 next_id;
	struct {
		uint32_t	id;	/* of the message, 0: free */
		uint32_t	command;	/* id of control's command */
		uint64_t	procs;	/* a bit for each server that
					 * owes an answer */
		uint32_t	failed;	/* 1: it does not hold in one */
		uint32_t	pad;
	}		 waiting[RULES_WAITING];
	struct rules_held held[RULES_HELD];	/* in order */
	size_t		 nheld;
};

/* Begins as zeros. */
void	rules_free(struct rules *r);
/* A reload: none of them any more; who waits is told all the same. */
void	rules_clear(struct rules *r);
/*
 * The rule of an ALLOW .. CMDDENYALL command.  0, or -1 for another one.
 */
int	rules_from_command(const struct msg_command *m, struct msg_rule *rule);
/*
 * Appends; an older rule for the same subnet that can have no effect any more
 * goes.  0, or -1 when there are too many.
 */
int	rules_add(struct rules *r, const struct msg_rule *rule);
/* For later; it does not count yet.  0, or -1 when there are too many. */
int	rules_hold(struct rules *r, uint32_t command,
	    const struct msg_rule *rule);
/* Gives up to RULES_HELD of them and forgets them; how many. */
size_t	rules_release(struct rules *r, struct rules_held *held);
/* 1 when no more commands can be under way. */
int	rules_must_wait(const struct rules *r);
/*
 * procs are going to be told for this command of control.  The id for the
 * message, never 0 when there was room.
 */
uint32_t rules_wait(struct rules *r, uint32_t command, uint64_t procs);
/*
 * Process number proc has it, or could not (ok 0): the command that is done
 * now, or 0, and in *all whether all have it.
 */
uint32_t rules_done(struct rules *r, uint32_t id, unsigned proc, int ok,
	    int *all);
/* Process number proc has gone: as done, any number of times until 0. */
uint32_t rules_gone(struct rules *r, unsigned proc, int *all);

#endif
