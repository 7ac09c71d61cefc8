/*
 * The state machine of a reload.  Parent core: pure.  It must never leave one
 * child with another configuration than the rest.
 */
#include "ntpd/parent/reload.h"

#include <stdio.h>
#include <string.h>

#define WHY_MAX		(MSG_RELOAD_TEXT + 64)

void
reload_init(struct reload *r, const struct reload_hooks *hooks, void *ctx)
{
	memset(r, 0, sizeof(*r));
	r->hooks = hooks;
	r->ctx = ctx;
}

static void
finish(struct reload *r, int ok, const char *why)
{
	r->phase = RELOAD_IDLE;
	r->hooks->arm(r->ctx, 0);
	r->hooks->done(r->ctx, ok, why);
}

/* dead: who needs no message any more; nwho: nobody is. */
static void
give_up(struct reload *r, unsigned dead, const char *why)
{
	unsigned i;

	for (i = 0; i < r->nwho; i++)
		if (i != dead && r->who[i] != RELOAD_WHO_UNTOLD)
			r->hooks->abort(r->ctx, i);
	finish(r, 0, why);
}

static int
all_are(const struct reload *r, enum reload_who what)
{
	unsigned i;

	for (i = 0; i < r->nwho; i++)
		if (r->who[i] != what)
			return (0);
	return (1);
}

static void
check_done(struct reload *r)
{
	if (all_are(r, RELOAD_WHO_DONE))
		finish(r, 1, NULL);
}

static void
check_ready(struct reload *r)
{
	unsigned i;

	if (!all_are(r, RELOAD_WHO_READY))
		return;
	r->phase = RELOAD_COMMITTING;
	r->hooks->arm(r->ctx, RELOAD_COMMIT_MS);
	r->hooks->apply(r->ctx);
	for (i = 0; i < r->nwho; i++)
		r->hooks->commit(r->ctx, i);
	check_done(r);
}

static void
prepare_all(struct reload *r)
{
	char why[WHY_MAX];
	unsigned i;

	r->phase = RELOAD_PREPARING;
	for (i = 0; i < r->nwho; i++) {
		r->who[i] = RELOAD_WHO_WAITING;
		if (r->hooks->prepare(r->ctx, i) == 0)
			continue;
		snprintf(why, sizeof(why), "%s could not be told",
		    r->hooks->name(r->ctx, i));
		give_up(r, r->nwho, why);
		return;
	}
	check_ready(r);
}

void
reload_begin(struct reload *r, unsigned nwho, uint32_t sockets)
{
	unsigned i;

	if (r->phase != RELOAD_IDLE || nwho > RELOAD_WHO_MAX)
		return;
	/* 0 is no reload */
	if (++r->id == 0)
		r->id = 1;
	r->nwho = nwho;
	r->sockets = sockets;
	for (i = 0; i < nwho; i++)
		r->who[i] = RELOAD_WHO_UNTOLD;
	r->phase = RELOAD_SOCKETS_WAIT;
	r->hooks->arm(r->ctx, RELOAD_PREPARE_MS);
	if (sockets == 0)
		prepare_all(r);
}

void
reload_socket(struct reload *r, const char *why)
{
	if (r->phase != RELOAD_SOCKETS_WAIT)
		return;
	if (why != NULL)
		give_up(r, r->nwho, why);
	else if (--r->sockets == 0)
		prepare_all(r);
}

void
reload_answer(struct reload *r, unsigned who, const struct msg_reloadanswer *m)
{
	char why[WHY_MAX];

	if (r->phase == RELOAD_IDLE || who >= r->nwho || m->id != r->id)
		return;
	if (r->phase == RELOAD_PREPARING &&
	    r->who[who] == RELOAD_WHO_WAITING) {
		if (m->answer == RELOAD_READY) {
			r->who[who] = RELOAD_WHO_READY;
			check_ready(r);
		} else if (m->answer == RELOAD_REFUSED) {
			snprintf(why, sizeof(why), "%s: %s",
			    r->hooks->name(r->ctx, who), m->text);
			give_up(r, r->nwho, why);
		}
	} else if (r->phase == RELOAD_COMMITTING &&
	    m->answer == RELOAD_DONE) {
		r->who[who] = RELOAD_WHO_DONE;
		check_done(r);
	}
}

void
reload_died(struct reload *r, unsigned who)
{
	char why[WHY_MAX];

	if (r->phase == RELOAD_IDLE || who >= r->nwho)
		return;
	if (r->phase == RELOAD_COMMITTING) {
		r->who[who] = RELOAD_WHO_DONE;
		check_done(r);
		return;
	}
	snprintf(why, sizeof(why), "%s ended while it was being done",
	    r->hooks->name(r->ctx, who));
	give_up(r, who, why);
}

void
reload_timeout(struct reload *r)
{
	char why[WHY_MAX];
	unsigned i;

	if (r->phase == RELOAD_IDLE)
		return;
	if (r->phase == RELOAD_SOCKETS_WAIT) {
		give_up(r, r->nwho, "the launcher gives no answer");
		return;
	}
	for (i = 0; i < r->nwho; i++)
		if (r->who[i] == RELOAD_WHO_WAITING ||
		    (r->phase == RELOAD_COMMITTING &&
		    r->who[i] != RELOAD_WHO_DONE))
			break;
	snprintf(why, sizeof(why), "%s gives no answer",
	    i < r->nwho ? r->hooks->name(r->ctx, i) : "nobody");
	if (r->phase == RELOAD_PREPARING)
		give_up(r, r->nwho, why);
	else
		finish(r, 1, why);
}
