/*
 * The channels of a child to the other children.  Runs in every child; must
 * never read from one before the role has started.
 */
#include "privsep/child_peers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "privsep/child.h"

void
child_peers_begin(struct child *child)
{
	memset(child->waiting.fds, -1, sizeof(child->waiting.fds));
	memset(child->waiting.server_fds, -1,
	    sizeof(child->waiting.server_fds));
}

void
child_peers_watch(struct child *child)
{
	static const struct timeval wait = { CHILD_PEERS_ORPHAN_S, 0 };

	if (!role_is_pair(child->role, ROLE_ENGINE))
		return;
	if (child->peers[ROLE_ENGINE] != NULL)
		event_del(child->waiting.orphan_event);
	else
		event_add(child->waiting.orphan_event, &wait);
}

static void
peer_changed(struct child *child, enum role peer)
{
	child_peers_watch(child);
	if (child->running && child->ops->peer_changed != NULL)
		child->ops->peer_changed(child, peer);
}

/* Where the channel to a peer is kept. */
static struct channel **
peer_slot(struct child *child, enum role peer, uint32_t instance)
{
	return (peer == ROLE_SERVER ? &child->servers[instance] :
	    &child->peers[peer]);
}

static void
peer_ended(void *ctx, struct channel *ch, enum channel_end end,
    const char *why)
{
	struct child *child = ctx;
	enum role peer;

	peer = channel_peer(ch);
	*peer_slot(child, peer, channel_instance(ch)) = NULL;
	switch (end) {
	case CHANNEL_CLOSED:
		log_debug("%s has closed its channel", role_name(peer));
		break;
	case CHANNEL_BAD:
		log_warnx("bad message from %s: %s; it is not heard again",
		    role_name(peer), why);
		break;
	case CHANNEL_FULL:
		log_warnx("%s does not read its messages", role_name(peer));
		break;
	case CHANNEL_ERROR:
		log_warnx("channel to %s: %s", role_name(peer),
		    why != NULL ? why : "error");
		break;
	}
	channel_free(ch);
	peer_changed(child, peer);
}

/* 0, or -1 when there is no memory. */
static int
peer_connect(struct child *child, enum role peer, uint32_t instance,
    int fd)
{
	static const struct channel_handler none[] = { { MSG_NONE, NULL } };
	struct channel_params params;
	struct channel **slot;

	memset(&params, 0, sizeof(params));
	params.base = child->base;
	params.fd = fd;
	params.me = child->role;
	params.peer = peer;
	params.instance = instance;
	params.handlers = child->ops->peer_handlers;
	if (params.handlers == NULL)
		params.handlers = none;
	params.ctx = child;
	params.ended = peer_ended;
	slot = peer_slot(child, peer, instance);
	*slot = channel_new(&params);
	return (*slot == NULL ? -1 : 0);
}

const char *
child_peers_message(struct child *child, const struct msg_child *m, int fd)
{
	enum role peer = (enum role)m->role;
	struct channel **slot;
	int *waits;

	if (!role_is_pair(child->role, peer)) {
		close(fd);
		return ("a peer that is none of ours");
	}
	if (!child->running) {
		/* nothing is read from it before the role has started */
		waits = peer == ROLE_SERVER ?
		    &child->waiting.server_fds[m->instance] :
		    &child->waiting.fds[peer];
		if (*waits != -1)
			close(*waits);
		*waits = fd;
		return (NULL);
	}
	slot = peer_slot(child, peer, m->instance);
	if (*slot != NULL) {
		channel_free(*slot);
		*slot = NULL;
		peer_changed(child, peer);
	}
	if (peer_connect(child, peer, m->instance, fd) == -1)
		fatal("channel to %s", role_name(peer));
	peer_changed(child, peer);
	return (NULL);
}

static void
connect_waiting(struct child *child, enum role peer, uint32_t instance,
    int *fd)
{
	if (*fd == -1)
		return;
	if (peer_connect(child, peer, instance, *fd) == -1)
		fatal("channel to %s", role_name(peer));
	*fd = -1;
}

void
child_peers_connect(struct child *child)
{
	unsigned i;

	for (i = 0; i < ROLE_COUNT; i++)
		connect_waiting(child, i, 0, &child->waiting.fds[i]);
	for (i = 0; i < MSG_INSTANCES; i++)
		connect_waiting(child, ROLE_SERVER, i,
		    &child->waiting.server_fds[i]);
}

void
child_peers_free(struct child *child)
{
	unsigned i;

	for (i = 0; i < ROLE_COUNT; i++) {
		channel_free(child->peers[i]);
		child->peers[i] = NULL;
		if (child->waiting.fds[i] != -1)
			close(child->waiting.fds[i]);
		child->waiting.fds[i] = -1;
	}
	for (i = 0; i < MSG_INSTANCES; i++) {
		channel_free(child->servers[i]);
		child->servers[i] = NULL;
		if (child->waiting.server_fds[i] != -1)
			close(child->waiting.server_fds[i]);
		child->waiting.server_fds[i] = -1;
	}
}
