/*
 * Sends broadcast packets at their intervals.  Runs in the first ntpd-server
 * only; must never send oftener than it was told.
 */
#include "ntpd/server/broadcast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/server/server_io.h"

struct broadcast {
	struct server_io	*io;
	struct {
		struct conf_broadcast	 conf;
		struct event		*timer;
		int			 told;	/* that it cannot be sent */
	}			 to[CONF_BROADCASTS_MAX];
	size_t			 n;
};

static void
on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct broadcast	*b = ctx;
	struct timeval		 tv = { 0, 0 };
	char			 text[ADDR_TEXT_MAX];
	size_t			 i;

	(void)fd;
	(void)what;
	for (i = 0; i < b->n; i++) {
		if (evtimer_pending(b->to[i].timer, NULL))
			continue;
		if (server_io_broadcast(b->io, &b->to[i].conf.to,
		    b->to[i].conf.interval_s) == -1 && errno != 0 &&
		    !b->to[i].told) {
			log_warn("broadcast to %s", addr_format(
			    &b->to[i].conf.to, text, sizeof(text)));
			b->to[i].told = 1;
		}
		tv.tv_sec = b->to[i].conf.interval_s;
		evtimer_add(b->to[i].timer, &tv);
	}
}

struct broadcast *
broadcast_start(struct event_base *base, struct server_io *io,
    const struct conf *conf)
{
	struct broadcast	*b;
	struct timeval		 tv = { 0, 0 };
	size_t			 i;

	errno = 0;
	if (conf->nbroadcasts == 0 ||
	    (b = calloc(1, sizeof(*b))) == NULL)
		return (NULL);
	b->io = io;
	for (i = 0; i < conf->nbroadcasts; i++) {
		b->to[i].conf = conf->broadcasts[i];
		b->to[i].timer = evtimer_new(base, on_time, b);
		if (b->to[i].timer == NULL) {
			broadcast_stop(b);
			errno = ENOMEM;
			return (NULL);
		}
		b->n++;
		tv.tv_sec = conf->broadcasts[i].interval_s;
		evtimer_add(b->to[i].timer, &tv);
	}
	return (b);
}

void
broadcast_stop(struct broadcast *b)
{
	size_t	i;

	if (b == NULL)
		return;
	for (i = 0; i < b->n; i++)
		event_free(b->to[i].timer);
	free(b);
}
