/*
 * ntpd-control: answers ntpctl, chronyc and monitors.  It holds the command
 * sockets, checks who may ask what, and passes on to the engine only what is
 * in the table of messages.  It must never change anything by itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/access.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/timens.h"
#include "ntpd/control/control_core.h"
#include "ntpd/control/control_io.h"
#include "ntpd/control/control_pending.h"
#include "privsep/child.h"

struct control {
	struct child		*child;
	struct access		*access;
	struct control_io	*io;
	struct event		*timer;
	struct control_pending	 pending;
	uint32_t		 own_uid;
	/* counters of this run */
	uint64_t		 requests;
	uint64_t		 dropped;	/* got no answer */
	uint64_t		 timeouts;	/* of the engine */
	uint64_t		 unsent;
};

static int64_t
now_ns(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec * NS_PER_SEC + ts.tv_nsec);
}

static void
control_send(struct control *ctl, const struct control_job *job,
    const uint8_t *buf, size_t len)
{
	if (len == 0) {
		ctl->dropped++;
		return;
	}
	if (control_io_send(ctl->io, &job->from, buf, len) == -1) {
		ctl->unsent++;
		log_debug("control: reply: %s", strerror(errno));
	}
}

static void
control_refuse(struct control *ctl, const struct control_job *job,
    unsigned status)
{
	uint8_t	 buf[CANDM_REPLY_MAX];

	control_send(ctl, job, buf, control_core_status(job, status, buf));
}

static void
control_arm(struct control *ctl)
{
	static const struct timeval	tv = { 0, CONTROL_PENDING_NS / 1000 };

	if (ctl->pending.count > 0 && !evtimer_pending(ctl->timer, NULL))
		evtimer_add(ctl->timer, &tv);
}

static void
on_timer(int fd, short events, void *arg)
{
	struct control	*ctl = arg;

	(void)fd;
	(void)events;
	ctl->timeouts += control_pending_expire(&ctl->pending, now_ns());
	control_arm(ctl);
}

/*
 * An operator's step is announced to the parent, which allows more then.  It
 * must be on its way before the engine hears of it.
 */
static int
control_announce(struct control *ctl)
{
	struct channel		*parent = ctl->child->parent;
	struct msg_empty	 empty = { 0 };

	if (channel_send(parent, MSG_OPERATOR_STEP, &empty, -1) == -1)
		return (-1);
	return (channel_flush(parent, 0));
}

static void
control_forward(struct control *ctl, const struct control_job *job)
{
	struct channel		*engine = ctl->child->peers[ROLE_ENGINE];
	struct control_job	 gone;
	union control_ask	 ask;
	enum msg_type		 type;
	uint32_t		 id;

	if (engine == NULL ||
	    (control_core_is_step(job) && control_announce(ctl) == -1)) {
		control_refuse(ctl, job, CANDM_STT_FAILED);
		return;
	}
	ctl->timeouts += control_pending_expire(&ctl->pending, now_ns());
	if ((id = control_pending_add(&ctl->pending, job, now_ns())) == 0) {
		ctl->dropped++;
		return;
	}
	type = control_core_ask(job, id, &ask);
	if (channel_send(engine, type, &ask, -1) == -1) {
		control_pending_take(&ctl->pending, id, &gone);
		control_refuse(ctl, job, CANDM_STT_FAILED);
		return;
	}
	control_arm(ctl);
}

static enum control_rights
control_rights(const struct control *ctl, const struct control_datagram *d)
{
	if (!d->is_unix)
		return (control_core_udp(ctl->access, &d->from.addr));
	if (!d->has_uid)
		return (CONTROL_READER);
	return (control_core_unix(d->uid, ctl->own_uid));
}

static void
on_datagram(void *ctx, const struct control_datagram *d)
{
	struct control		*ctl = ctx;
	struct child		*child = ctl->child;
	struct control_job	 job;

	ctl->requests++;
	memset(&job, 0, sizeof(job));
	job.from = d->from;
	if (d->is_unix && control_core_path(child->init.socket_dir,
	    child->chrooted, d->from.path, job.from.path) == -1) {
		log_debug("control: %s is outside of %s", d->from.path,
		    child->init.socket_dir);
		ctl->dropped++;
		return;
	}
	switch (control_core_request(d->data, d->len, control_rights(ctl, d),
	    &job)) {
	case CONTROL_DROP:
		ctl->dropped++;
		break;
	case CONTROL_ANSWER:
		control_refuse(ctl, &job, job.status);
		break;
	case CONTROL_FORWARD:
		control_forward(ctl, &job);
		break;
	}
}

/* Every answer of the engine starts with the id. */
static void
control_told(void *ctx, enum msg_type type, const void *payload)
{
	struct child		*child = ctx;
	struct control		*ctl = child->ctx;
	struct control_job	 job;
	uint8_t			 buf[CANDM_REPLY_MAX];
	uint32_t		 id;

	memcpy(&id, payload, sizeof(id));
	if (control_pending_take(&ctl->pending, id, &job) == -1) {
		log_debug("control: answer to no question");
		return;
	}
	control_send(ctl, &job, buf, control_core_reply(&job, type, payload,
	    buf));
}

#define TELL_HANDLER(type)						\
static void								\
on_##type(void *ctx, struct channel *ch, const void *payload, int fd)	\
{									\
	(void)ch;							\
	(void)fd;							\
	control_told(ctx, MSG_##type, payload);				\
}

TELL_HANDLER(TELL_TRACKING)
TELL_HANDLER(TELL_NSOURCES)
TELL_HANDLER(TELL_SOURCE)
TELL_HANDLER(TELL_SOURCESTATS)
TELL_HANDLER(TELL_ACTIVITY)
TELL_HANDLER(TELL_NAME)
TELL_HANDLER(TELL_PEERSTATUS)
TELL_HANDLER(TELL_PEER)
TELL_HANDLER(TELL_RESULT)

/* Who asked the old engine gets no answer from the new one. */
static void
control_peer_changed(struct child *child, enum role peer)
{
	struct control		*ctl = child->ctx;
	struct control_job	 job;

	if (peer != ROLE_ENGINE)
		return;
	while (control_pending_take_any(&ctl->pending, &job) == 0)
		control_refuse(ctl, &job, CANDM_STT_FAILED);
}

static int
control_add_sockets(struct control *ctl)
{
	struct child	*child = ctl->child;
	uint32_t	 i;
	int		 fd;

	for (i = 0; i < child->nsockets; i++) {
		if (child->sockets[i].kind != SOCKET_COMMAND &&
		    child->sockets[i].kind != SOCKET_COMMAND_UNIX)
			continue;
		fd = child->socket_fds[i];
		child->socket_fds[i] = -1;
		if (control_io_add(ctl->io, &child->sockets[i], fd) == -1) {
			log_warn("control: socket %u", i);
			return (-1);
		}
	}
	return (0);
}

static int
control_start(struct child *child)
{
	struct control	*ctl;

	if ((ctl = calloc(1, sizeof(*ctl))) == NULL)
		return (-1);
	child->ctx = ctl;
	ctl->child = child;
	ctl->own_uid = geteuid();
	control_pending_init(&ctl->pending);
	ctl->access = access_new(child->conf->cmdaccess,
	    child->conf->ncmdaccess);
	ctl->io = control_io_new(child->base, on_datagram, ctl);
	ctl->timer = evtimer_new(child->base, on_timer, ctl);
	if (ctl->access == NULL || ctl->io == NULL || ctl->timer == NULL) {
		log_warn("control: start");
		return (-1);
	}
	return (control_add_sockets(ctl));
}

/* A host name of a cmdallow or cmddeny rule has its address now. */
static void
on_access(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child		*child = ctx;
	struct control		*ctl = child->ctx;
	struct conf		*conf = child->conf;
	const struct msg_access	*m = payload;
	struct access		*access;

	(void)ch;
	(void)fd;
	if (ctl == NULL || m->list != ACCESS_COMMAND)
		return;
	if (conf_set_host(conf->cmdaccess, conf->ncmdaccess, m->index,
	    &m->net) == -1) {
		log_warnx("there is no rule %u with a name", m->index);
		return;
	}
	access = access_new(conf->cmdaccess, conf->ncmdaccess);
	if (access == NULL) {
		log_warn("access list");
		return;
	}
	access_free(ctl->access);
	ctl->access = access;
}

static void
control_stop(struct child *child)
{
	struct control	*ctl = child->ctx;

	if (ctl == NULL)
		return;
	log_debug("control: %llu requests, %llu dropped, %llu timed out, "
	    "%llu replies not sent", (unsigned long long)ctl->requests,
	    (unsigned long long)ctl->dropped,
	    (unsigned long long)ctl->timeouts,
	    (unsigned long long)ctl->unsent);
	control_io_free(ctl->io);
	access_free(ctl->access);
	if (ctl->timer != NULL)
		event_free(ctl->timer);
	free(ctl);
	child->ctx = NULL;
}

int
main(int argc, char **argv)
{
	static const struct channel_handler	engine_handlers[] = {
		{ MSG_TELL_TRACKING, on_TELL_TRACKING },
		{ MSG_TELL_NSOURCES, on_TELL_NSOURCES },
		{ MSG_TELL_SOURCE, on_TELL_SOURCE },
		{ MSG_TELL_SOURCESTATS, on_TELL_SOURCESTATS },
		{ MSG_TELL_ACTIVITY, on_TELL_ACTIVITY },
		{ MSG_TELL_NAME, on_TELL_NAME },
		{ MSG_TELL_PEERSTATUS, on_TELL_PEERSTATUS },
		{ MSG_TELL_PEER, on_TELL_PEER },
		{ MSG_TELL_RESULT, on_TELL_RESULT },
		{ MSG_NONE, NULL },
	};
	static const struct channel_handler	parent_handlers[] = {
		{ MSG_ACCESS_NET, on_access },
		{ MSG_NONE, NULL },
	};
	static const struct child_role		ops = {
		.role = ROLE_CONTROL,
		.start = control_start,
		.stop = control_stop,
		.peer_changed = control_peer_changed,
		.parent_handlers = parent_handlers,
		.peer_handlers = engine_handlers,
	};

	return (child_main(&ops, argc, argv));
}
