/*
 * ntpd-engine: the network child.  This file joins the pure core (engine.c)
 * to the sockets (net.c), the timer and the channels.  It can set no clock and
 * open no file: it asks the parent.
 */
#include <sys/timerfd.h>

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/mac.h"
#include "common/log.h"
#include "common/now.h"
#include "common/timens.h"
#include "ntpd/engine/engine.h"
#include "ntpd/engine/engine_reload.h"
#include "ntpd/engine/fastpath.h"
#include "ntpd/engine/net.h"
#include "privsep/child.h"
#include "privsep/clockpage.h"

#define PAIR_TRIES	3	/* readings of both clocks, the best counts */
#define PRECISION_READS	1000
#define PRECISION_S	1e-7	/* where readings never differ */
#define TIMER_MIN_NS	(50 * NS_PER_US)
#define TIMER_MAX_NS	(3600 * NS_PER_SEC)
#define PRECISION_MIN_S	1e-9	/* of the user's clockprecision */
#define NEVER_S		4000000000LL	/* 2096: no clock gets there */

struct shell {
	struct child		*child;
	struct engine		*engine;
	struct net		*net;
	struct clockpage	*page;
	struct fastpath		*fastpath;	/* NULL: no `xdp' */
	struct event		*timer;
	int			 in_event;
	int			 set_fd;	/* the clock was set */
	struct event		*set_event;
};

/* Both clocks at one instant: RAW before and after, the tightest of a few. */
static void
read_pair(struct clock_pair *p)
{
	int64_t a, b, real, best = INT64_MAX;
	int i;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < PAIR_TRIES; i++) {
		a = now_read_ns(CLOCK_MONOTONIC_RAW);
		real = now_read_ns(CLOCK_REALTIME);
		b = now_read_ns(CLOCK_MONOTONIC_RAW);
		if (b - a >= best)
			continue;
		best = b - a;
		p->raw_ns = a + (b - a) / 2;
		p->real_ns = real;
	}
	p->sleep_ns = now_read_ns(CLOCK_BOOTTIME) -
	    now_read_ns(CLOCK_MONOTONIC);
}

/* The smallest step seen between two readings of the clock. */
static double
read_precision(void)
{
	int64_t last = now_read_ns(CLOCK_REALTIME), now, min = INT64_MAX;
	int i;

	for (i = 0; i < PRECISION_READS; i++) {
		now = now_read_ns(CLOCK_REALTIME);
		if (now > last && now - last < min)
			min = now - last;
		last = now;
	}
	return (min == INT64_MAX ? PRECISION_S : timens_to_s(min));
}

static void
shell_arm(struct shell *sh)
{
	struct clock_pair now;
	struct timeval tv;
	int64_t wait;

	read_pair(&now);
	wait = engine_next_raw(sh->engine) - now.raw_ns;
	if (wait < TIMER_MIN_NS)
		wait = TIMER_MIN_NS;
	if (wait > TIMER_MAX_NS)
		wait = TIMER_MAX_NS;
	tv.tv_sec = wait / NS_PER_SEC;
	tv.tv_usec = (wait % NS_PER_SEC + NS_PER_US - 1) / NS_PER_US;
	if (tv.tv_usec == 1000000) {
		tv.tv_sec++;
		tv.tv_usec = 0;
	}
	evtimer_add(sh->timer, &tv);
}

static void
shell_timer(int fd, short what, void *arg)
{
	struct shell *sh = arg;
	struct clock_pair now;

	(void)fd;
	(void)what;
	read_pair(&now);
	engine_tick(sh->engine, &now);
	shell_arm(sh);
}

/*
 * A timer that never comes, but that the kernel cancels when CLOCK_REALTIME
 * is set or the computer wakes up: so both are known at once, and waiting for
 * them wakes nobody.
 */
static int
set_arm(struct shell *sh)
{
	struct itimerspec never;

	memset(&never, 0, sizeof(never));
	never.it_value.tv_sec = (time_t)NEVER_S;
	return (timerfd_settime(sh->set_fd, TFD_TIMER_ABSTIME |
	    TFD_TIMER_CANCEL_ON_SET, &never, NULL));
}

static void
shell_clock_set(int fd, short what, void *arg)
{
	struct shell *sh = arg;
	struct clock_pair now;
	uint64_t count;

	(void)what;
	/* ECANCELED is what it is for; a clock at 2096 must not spin here */
	if (read(fd, &count, sizeof(count)) == -1 && errno == EAGAIN)
		return;
	if (set_arm(sh) == -1) {
		log_warn("timerfd");
		event_del(sh->set_event);
	}
	read_pair(&now);
	engine_clock_set(sh->engine, &now);
	shell_arm(sh);
}

/* Without it the changes are seen at the next event. */
static void
set_watch(struct shell *sh)
{
	sh->set_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK |
	    TFD_CLOEXEC);
	if (sh->set_fd == -1 || set_arm(sh) == -1) {
		log_warn("timerfd");
		return;
	}
	sh->set_event = event_new(sh->child->base, sh->set_fd, EV_READ |
	    EV_PERSIST, shell_clock_set, sh);
	if (sh->set_event != NULL)
		event_add(sh->set_event, NULL);
}

static int
op_send(void *ctx, uint32_t source, const struct addr *to,
    const uint8_t *buf, size_t len)
{
	struct shell *sh = ctx;

	return (net_send(sh->net, source, to, buf, len));
}

static void
op_forget(void *ctx, uint32_t source)
{
	struct shell *sh = ctx;

	net_forget(sh->net, source);
}

static void
op_to_parent(void *ctx, enum msg_type type, const void *payload)
{
	struct shell *sh = ctx;

	/* the next page has what became of it */
	if (type == MSG_CLOCK_FREQ || type == MSG_CLOCK_SLEW ||
	    type == MSG_CLOCK_STEP)
		fastpath_hold(sh->fastpath);
	channel_send(sh->child->parent, type, payload, -1);
}

static void
op_to_dns(void *ctx, const struct msg_dnsask *ask)
{
	struct shell *sh = ctx;

	if (sh->child->peers[ROLE_DNS] != NULL)
		channel_send(sh->child->peers[ROLE_DNS], MSG_DNS_ASK, ask,
		    -1);
}

static void
op_to_control(void *ctx, enum msg_type type, const void *payload)
{
	struct shell *sh = ctx;

	if (sh->child->peers[ROLE_CONTROL] != NULL)
		channel_send(sh->child->peers[ROLE_CONTROL], type, payload,
		    -1);
}

static void
op_publish(void *ctx, const struct clockpage_data *data)
{
	struct shell *sh = ctx;

	if (sh->page != NULL)
		clockpage_write(sh->page, data);
	fastpath_publish(sh->fastpath, data);
}

static void
op_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	arc4random_buf(buf, len);
}

static int
op_connectable(void *ctx, const struct addr *to)
{
	struct shell *sh = ctx;

	return (net_connectable(sh->net, to));
}

static const struct engine_ops engine_ops = {
	.send = op_send,
	.forget = op_forget,
	.to_parent = op_to_parent,
	.to_dns = op_to_dns,
	.to_control = op_to_control,
	.publish = op_publish,
	.random = op_random,
	.connectable = op_connectable
};

static void
on_packet(void *ctx, uint32_t source, const uint8_t *buf, size_t len,
    int64_t rx_real_ns, const struct addr *local)
{
	struct shell *sh = ctx;
	struct clock_pair now;

	read_pair(&now);
	engine_packet(sh->engine, &now, source, buf, len, rx_real_ns, local);
	shell_arm(sh);
}

static void
on_sent(void *ctx, uint32_t source, int64_t tx_real_ns)
{
	struct shell *sh = ctx;
	struct clock_pair now;

	read_pair(&now);
	engine_sent(sh->engine, &now, source, tx_real_ns);
}

static void
on_error(void *ctx, uint32_t source, int error)
{
	struct shell *sh = ctx;
	struct clock_pair now;

	read_pair(&now);
	engine_send_error(sh->engine, &now, source, error);
	shell_arm(sh);
}

static const struct net_ops net_ops = {
	.packet = on_packet,
	.sent = on_sent,
	.error = on_error
};

static int
shell_start(struct child *child)
{
	struct engine_params params;
	struct clock_pair now;
	struct shell *sh;

	if ((sh = calloc(1, sizeof(*sh))) == NULL)
		return (-1);
	child->ctx = sh;
	sh->child = child;
	sh->set_fd = -1;
	sh->net = net_new(child->base, &net_ops, sh,
	    child->conf->bindacqaddress, child->conf->bindacqdevice,
	    child->conf->acquisitionport);
	sh->timer = evtimer_new(child->base, shell_timer, sh);
	if (child->page_fd != -1)
		sh->page = clockpage_map(child->page_fd, 1);
	if (child->xdp_fd != -1) {
		sh->fastpath = fastpath_new(child->base, child->xdp_fd);
		child->xdp_fd = -1;
		if (sh->fastpath == NULL)
			log_warn("xdp");
	}
	memset(&params, 0, sizeof(params));
	params.conf = child->conf;
	params.mode = child->init.mode;
	params.family = (int)child->init.family;
	params.drift = child->drift;
	params.precision_s = child->conf->clockprecision_s > 0 ?
	    fmax(child->conf->clockprecision_s, PRECISION_MIN_S) :
	    read_precision();
	if (sh->page == NULL || clockpage_read(sh->page, &params.page) == -1)
		params.page.stratum = NTP_STRATUM_UNSYNC;
	params.ring = child->ring;
	params.serving = conf_serves(child->conf) && child->conf->port != 0;
	read_pair(&now);
	sh->engine = engine_new(&engine_ops, sh, &params, &now);
	if (sh->net == NULL || sh->timer == NULL || sh->engine == NULL)
		return (-1);
	set_watch(sh);
	log_debug("%zu sources, precision %.3g s", child->conf->nsources,
	    params.precision_s);
	shell_arm(sh);
	return (0);
}

static void
shell_stop(struct child *child)
{
	struct shell *sh = child->ctx;
	struct clock_pair now;

	if (sh == NULL)
		return;
	read_pair(&now);
	engine_stop(sh->engine, &now);
	event_free(sh->timer);
	if (sh->set_event != NULL)
		event_free(sh->set_event);
	if (sh->set_fd != -1)
		close(sh->set_fd);
	engine_free(sh->engine);
	fastpath_free(sh->fastpath);
	net_free(sh->net);
	free(sh);
	child->ctx = NULL;
}

static void
shell_commit(struct child *child, const struct conf *old)
{
	struct shell *sh = child->ctx;
	struct clock_pair now;

	(void)old;
	if (sh == NULL)
		return;
	net_bind(sh->net, child->conf->bindacqaddress,
	    child->conf->bindacqdevice);
	read_pair(&now);
	engine_reload(sh->engine, &now, child->conf, child->reload.kind,
	    conf_serves(child->conf) && child->conf->port != 0);
	shell_arm(sh);
}

static void
shell_keys(struct child *child)
{
	struct shell *sh = child->ctx;

	if (sh != NULL)
		engine_set_keys(sh->engine, child->ring);
}

static void
shell_peer_changed(struct child *child, enum role peer)
{
	struct shell *sh = child->ctx;
	struct clock_pair now;

	if (sh == NULL || peer != ROLE_DNS)
		return;
	read_pair(&now);
	engine_dns_restarted(sh->engine, &now);
	shell_arm(sh);
}

/* The engine hears of a message, and when it wants to be woken. */
#define ENGINE_HANDLER(name, tell)					\
static void								\
name(void *ctx, struct channel *ch, const void *payload, int fd)	\
{									\
	struct child *child = ctx;					\
	struct shell *sh = child->ctx;					\
	struct clock_pair now;						\
									\
	(void)ch;							\
	(void)fd;							\
	if (sh == NULL)							\
		return;							\
	read_pair(&now);						\
	tell(sh->engine, &now, payload);				\
	shell_arm(sh);							\
}

ENGINE_HANDLER(on_clock, engine_clock)
ENGINE_HANDLER(on_samples, engine_samples)
ENGINE_HANDLER(on_source_add, engine_source_again)
ENGINE_HANDLER(on_dns_tell, engine_resolved)
ENGINE_HANDLER(on_command, engine_control)

static void
on_look(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child *child = ctx;
	struct shell *sh = child->ctx;
	struct clock_pair now;

	(void)ch;
	(void)payload;
	(void)fd;
	if (sh == NULL)
		return;
	read_pair(&now);
	engine_look(sh->engine, &now);
	shell_arm(sh);
}

static void
on_ping(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ctx;
	(void)fd;
	channel_send(ch, MSG_PONG, payload, -1);
}

static const struct channel_handler parent_handlers[] = {
	{ MSG_CLOCK_STATE,	on_clock },
	{ MSG_CLOCK_DONE,	on_clock },
	{ MSG_CLOCK_LEASE_END,	on_clock },
	{ MSG_PING,		on_ping },
	{ MSG_CLOCK_LOOK,	on_look },
	{ MSG_SAMPLES,		on_samples },
	{ MSG_SOURCE_ADD,	on_source_add },
	{ MSG_NONE,		NULL }
};

static const struct channel_handler peer_handlers[] = {
	{ MSG_DNS_TELL,		on_dns_tell },
	{ MSG_COMMAND,		on_command },
	{ MSG_NONE,		NULL }
};

/* Where it is not linked this is no address. */
#pragma weak mac_libcrypto

static const struct child_role engine_role = {
	.role = ROLE_ENGINE,
	.start = shell_start,
	.stop = shell_stop,
	.peer_changed = shell_peer_changed,
	.commit = shell_commit,
	.keys_changed = shell_keys,
	.mac = &mac_libcrypto,
	.precise_timers = 1,
	.parent_handlers = parent_handlers,
	.peer_handlers = peer_handlers
};

int
main(int argc, char **argv)
{
	return (child_main(&engine_role, argc, argv));
}
