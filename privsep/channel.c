/*
 * Channels: messages over socketpairs on libevent.  Runs in every process.  It
 * must never hand on a message that the table does not allow, never block and
 * never end the process.
 *
 * The owner may free the channel from inside a handler or from `ended', so
 * every function here that calls out holds it (busy) and looks again.
 */
#include "privsep/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/now.h"
#include "privsep/imsg.h"

struct channel {
	struct channel_params	 params;
	struct imsgbuf		 imsgbuf;
	struct event		*read_event;
	struct event		*write_event;
	struct event		*later_event;	/* end, or rest of a burst */
	enum channel_end	 end;
	char			 why[64];	/* empty: none */
	int			 dead;		/* nothing in or out any more */
	int			 ended;		/* and the owner knows */
	int			 mute;		/* writing is of no use */
	int			 busy;		/* depth of calls to owner */
	int			 freed;		/* while busy */
	uint64_t		 sent;
	uint64_t		 received;
};

static void	channel_on_read(int, short, void *);
static void	channel_on_write(int, short, void *);
static void	channel_on_later(int, short, void *);

struct channel *
channel_new(const struct channel_params *params)
{
	struct channel *ch;

	if ((ch = calloc(1, sizeof(*ch))) == NULL) {
		close(params->fd);
		return (NULL);
	}
	ch->params = *params;
	if (imsgbuf_init(&ch->imsgbuf, params->fd) == -1)
		goto fail;
	imsgbuf_allow_fdpass(&ch->imsgbuf);
	ch->read_event = event_new(params->base, params->fd,
	    EV_READ | EV_PERSIST, channel_on_read, ch);
	ch->write_event = event_new(params->base, params->fd, EV_WRITE,
	    channel_on_write, ch);
	ch->later_event = event_new(params->base, -1, 0, channel_on_later,
	    ch);
	if (ch->read_event == NULL || ch->write_event == NULL ||
	    ch->later_event == NULL)
		goto fail;
	if (event_add(ch->read_event, NULL) == -1)
		goto fail;
	return (ch);
fail:
	channel_free(ch);
	errno = ENOMEM;
	return (NULL);
}

static void
channel_release(struct channel *ch)
{
	if (ch->read_event != NULL)
		event_free(ch->read_event);
	if (ch->write_event != NULL)
		event_free(ch->write_event);
	if (ch->later_event != NULL)
		event_free(ch->later_event);
	imsgbuf_clear(&ch->imsgbuf);
	close(ch->params.fd);
	free(ch);
}

void
channel_free(struct channel *ch)
{
	if (ch == NULL)
		return;
	ch->dead = ch->ended = ch->freed = 1;
	if (ch->busy == 0)
		channel_release(ch);
}

/* Calls to the owner are made between these two. */
static void
channel_hold(struct channel *ch)
{
	ch->busy++;
}

/* 1 when the channel is still there. */
static int
channel_unhold(struct channel *ch)
{
	ch->busy--;
	if (ch->freed) {
		if (ch->busy == 0)
			channel_release(ch);
		return (0);
	}
	return (1);
}

/*
 * As soon as the loop has looked at the other descriptors: neither the end
 * of a channel nor a busy peer may come in between somebody's two lines.
 */
static void
channel_run_later(struct channel *ch)
{
	static const struct timeval now = { 0, 0 };

	if (event_add(ch->later_event, &now) == -1)
		event_active(ch->later_event, EV_TIMEOUT, 0);
}

/* The first reason counts. */
static void
channel_end(struct channel *ch, enum channel_end end, const char *why)
{
	if (ch->dead)
		return;
	ch->dead = 1;
	ch->end = end;
	snprintf(ch->why, sizeof(ch->why), "%s", why != NULL ? why : "");
	event_del(ch->read_event);
	event_del(ch->write_event);
	channel_run_later(ch);
}

/*
 * A peer that is gone may have left messages for us, so that writing in vain
 * ends nothing until they have been read.
 */
static void
channel_write(struct channel *ch)
{
	if (ch->mute)
		return;
	if (imsgbuf_write(&ch->imsgbuf) == 0)
		return;
	if (errno == EPIPE || errno == ECONNRESET) {
		ch->mute = 1;
		channel_run_later(ch);
	} else
		channel_end(ch, CHANNEL_ERROR, strerror(errno));
}

static void
channel_want_write(struct channel *ch)
{
	if (ch->dead || ch->mute || imsgbuf_queuelen(&ch->imsgbuf) == 0)
		return;
	if (event_add(ch->write_event, NULL) == -1)
		channel_end(ch, CHANNEL_ERROR, "event_add");
}

static void
channel_on_write(int fd, short what, void *arg)
{
	struct channel *ch = arg;

	(void)fd;
	(void)what;
	if (ch->dead)
		return;
	channel_write(ch);
	channel_want_write(ch);
}

/* A log line that is itself sent as a message would have no end. */
static void
channel_trace(const struct channel *ch, const char *direction,
    enum msg_type type, const struct msg_info *info)
{
	char number[16] = "";

	if (type == MSG_LOG || log_get_verbosity() < 2)
		return;
	if (ch->params.instance != 0)
		snprintf(number, sizeof(number), " %u", ch->params.instance);
	log_trace("%s %s%s: %s, %zu bytes%s", direction,
	    role_name(ch->params.peer), number, info->name, info->size,
	    info->fd == MSG_FD ? ", descriptor" : "");
}

static const struct channel_handler *
channel_find_handler(const struct channel *ch, uint32_t type)
{
	const struct channel_handler *h;

	for (h = ch->params.handlers; h->type != MSG_NONE; h++)
		if (h->type == type)
			return (h);
	return (NULL);
}

/* Takes the message's descriptor.  0, or -1 when the channel is gone. */
static int
channel_dispatch(struct channel *ch, struct imsg *imsg)
{
	const struct channel_handler *h;
	const char *why;
	uint32_t type;
	int fd;

	type = imsg_get_type(imsg);
	fd = imsg_get_fd(imsg);
	why = msg_check(type, ch->params.peer, ch->params.me,
	    ibuf_data(imsg->buf), imsg_get_len(imsg), fd != -1);
	h = NULL;
	if (why == NULL && (h = channel_find_handler(ch, type)) == NULL)
		why = "not expected";
	if (why != NULL) {
		if (fd != -1)
			close(fd);
		channel_end(ch, CHANNEL_BAD, why);
		return (0);
	}
	ch->received++;
	channel_trace(ch, "from", h->type, msg_get_info(type));
	channel_hold(ch);
	h->fn(ch->params.ctx, ch, ibuf_data(imsg->buf), fd);
	return (channel_unhold(ch) ? 0 : -1);
}

/*
 * Handles what is in the buffer, CHANNEL_BURST messages at most; *n counts.
 * 1: the buffer has no whole message left, 0: stopped before, -1: gone.
 */
static int
channel_handle(struct channel *ch, int *n)
{
	struct imsg imsg;
	ssize_t len;
	int gone;

	while (*n < CHANNEL_BURST) {
		if ((len = imsg_get(&ch->imsgbuf, &imsg)) == 0)
			return (1);
		if (len == -1) {
			if (errno == ENOMEM)
				channel_end(ch, CHANNEL_ERROR, "memory");
			else
				channel_end(ch, CHANNEL_BAD, "bad length");
			return (0);
		}
		(*n)++;
		gone = channel_dispatch(ch, &imsg) == -1;
		imsg_free(&imsg);
		if (gone)
			return (-1);
		if (ch->dead)
			return (0);
	}
	return (0);
}

static void
channel_receive(struct channel *ch)
{
	int n, ret;

	n = 0;
	/* what an earlier burst has left over comes first */
	if ((ret = channel_handle(ch, &n)) == -1)
		return;
	if (ret == 1 && !ch->dead) {
		switch (imsgbuf_read(&ch->imsgbuf)) {
		case 0:
			channel_end(ch, CHANNEL_CLOSED, NULL);
			return;
		case -1:
			if (errno == ECONNRESET)
				channel_end(ch, CHANNEL_CLOSED, NULL);
			else
				channel_end(ch, CHANNEL_ERROR,
				    strerror(errno));
			return;
		}
		if ((ret = channel_handle(ch, &n)) == -1)
			return;
	}
	if (ret == 0 && !ch->dead)
		channel_run_later(ch);
}

static void
channel_on_read(int fd, short what, void *arg)
{
	struct channel *ch = arg;

	(void)fd;
	(void)what;
	if (!ch->dead)
		channel_receive(ch);
}

/* Reads on; a peer that takes nothing and says nothing any more is gone. */
static void
channel_go_on(struct channel *ch)
{
	uint64_t before;

	before = ch->imsgbuf.rtotal;
	channel_hold(ch);
	channel_receive(ch);
	if (!channel_unhold(ch) || ch->dead || !ch->mute)
		return;
	if (ch->imsgbuf.rtotal != before ||
	    event_pending(ch->later_event, EV_TIMEOUT, NULL))
		channel_run_later(ch);
	else
		channel_end(ch, CHANNEL_CLOSED, NULL);
}

static void
channel_on_later(int fd, short what, void *arg)
{
	struct channel *ch = arg;

	(void)fd;
	(void)what;
	if (!ch->dead) {
		channel_go_on(ch);
		return;
	}
	if (ch->ended)
		return;
	ch->ended = 1;
	channel_hold(ch);
	ch->params.ended(ch->params.ctx, ch, ch->end,
	    ch->why[0] != '\0' ? ch->why : NULL);
	channel_unhold(ch);
}

int
channel_send(struct channel *ch, enum msg_type type, const void *payload,
    int fd)
{
	const struct msg_info *info;

	info = msg_get_info(type);
	if (ch->dead || info == NULL ||
	    (info->senders & ROLE_BIT(ch->params.me)) == 0 ||
	    (info->receivers & ROLE_BIT(ch->params.peer)) == 0 ||
	    (info->fd == MSG_FD) != (fd != -1))
		goto fail;
	if (ch->mute)
		goto fail;
	if (imsgbuf_queuelen(&ch->imsgbuf) >= CHANNEL_QUEUE_MAX) {
		channel_end(ch, CHANNEL_FULL, NULL);
		goto fail;
	}
	channel_trace(ch, "to", type, info);
	if (imsg_compose(&ch->imsgbuf, type, 0, 0, fd, payload,
	    info->size) == -1) {
		channel_end(ch, CHANNEL_ERROR, "memory");
		return (-1);	/* and the descriptor is closed */
	}
	ch->sent++;
	channel_want_write(ch);
	return (ch->dead ? -1 : 0);
fail:
	if (fd != -1)
		close(fd);
	return (-1);
}

int
channel_flush(struct channel *ch, int timeout_ms)
{
	struct pollfd pfd;
	int64_t end_ns, left_ns;

	end_ns = now_read_ns(CLOCK_MONOTONIC) + timeout_ms * NS_PER_MS;
	while (!ch->dead && !ch->mute) {
		channel_write(ch);
		if (ch->dead || ch->mute ||
		    imsgbuf_queuelen(&ch->imsgbuf) == 0)
			break;
		left_ns = end_ns - now_read_ns(CLOCK_MONOTONIC);
		if (left_ns < NS_PER_MS)
			break;
		pfd.fd = ch->params.fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, (int)(left_ns / NS_PER_MS)) == -1 &&
		    errno != EINTR)
			break;
	}
	return (imsgbuf_queuelen(&ch->imsgbuf) == 0 ? 0 : -1);
}

uint32_t
channel_queued(const struct channel *ch)
{
	return (imsgbuf_queuelen(&ch->imsgbuf));
}

enum role
channel_peer(const struct channel *ch)
{
	return (ch->params.peer);
}

uint32_t
channel_instance(const struct channel *ch)
{
	return (ch->params.instance);
}

uint64_t
channel_sent(const struct channel *ch)
{
	return (ch->sent);
}

uint64_t
channel_received(const struct channel *ch)
{
	return (ch->received);
}
