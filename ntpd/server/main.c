/*
 * ntpd-server: answers the NTP requests of whoever is allowed, from the clock
 * page.  It can steer nothing: all it has is its sockets and a read-only view
 * of one page.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/mac.h"
#include "common/access.h"
#include "common/clienttab.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/now.h"
#include "common/timens.h"
#include "ntpd/server/broadcast.h"
#include "ntpd/server/server_access.h"
#include "ntpd/server/server_core.h"
#include "ntpd/server/server_io.h"
#include "ntpd/server/server_report.h"
#include "privsep/child.h"
#include "privsep/clockpage.h"
#include "privsep/xdp.h"

struct server {
	struct clockpage	*page;
	struct access		*access;
	struct access		*prepared;	/* for a reload's COMMIT */
	struct clienttab	*clients;	/* NULL: noclientlog */
	struct clienttab	*next_clients;	/* for a reload's COMMIT, */
	int			 has_next_clients;	/* if this is set */
	uint64_t		 evicted;	/* from tables before this */
	struct broadcast	*broadcast;	/* NULL: nothing to send */
	struct server_io	*io;
	const struct xdp_service *xdp;	/* NULL: nobody answers for us */
};

static void
log_stats(const struct server_stats *stats)
{
	uint64_t	received = 0;
	unsigned	i;

	for (i = 0; i < SERVER_VERDICT_COUNT; i++)
		received += stats->verdicts[i];
	log_debug("%llu packets in %llu batches, %llu without a "
	    "kernel timestamp, %llu answers not sent",
	    (unsigned long long)received, (unsigned long long)stats->batches,
	    (unsigned long long)stats->no_timestamp,
	    (unsigned long long)stats->send_failed);
	for (i = 0; i < SERVER_VERDICT_COUNT; i++) {
		if (stats->verdicts[i] > 0)
			log_debug("%s: %llu", server_verdict_text(i),
			    (unsigned long long)stats->verdicts[i]);
	}
}

/* Takes the descriptors of NTP sockets. 0, or -1 when one is not served. */
static int
server_add_sockets(struct server *server, const struct msg_socket *sockets,
    int *fds, uint32_t n)
{
	uint32_t	 i;
	int		 fd, result = 0;

	for (i = 0; i < n; i++) {
		if (sockets[i].kind != SOCKET_NTP)
			continue;
		fd = fds[i];
		fds[i] = -1;
		if (server_io_add(server->io, fd, &sockets[i].addr) == -1) {
			log_warn("socket %u", sockets[i].index);
			result = -1;
		}
	}
	return (result);
}

static void
server_map_xdp(struct server *server, struct child *child)
{
	if (child->xdp_fd == -1)
		return;
	server->xdp = xdp_map(child->xdp_fd, sizeof(*server->xdp), 0);
	if (server->xdp == NULL)
		log_warn("xdp");
	close(child->xdp_fd);
	child->xdp_fd = -1;
}

/* From now on this list, which is taken, says who is answered. */
static void
server_take_access(struct server *server, struct access *access)
{
	server_io_set_access(server->io, access);
	access_free(server->access);
	server->access = access;
	log_debug("access list: %zu bytes", access_bytes(access));
}

/* 0, or -1 after saying why: the old list counts still. */
static int
server_set_access(struct server *server, const struct conf *conf)
{
	struct access	*access;

	if ((access = server_access_new(conf)) == NULL) {
		log_warn("access list");
		return (-1);
	}
	server_take_access(server, access);
	return (0);
}

/* The table of clients, under a key that nobody knows; NULL: none. */
static int
server_new_clients(const struct conf *conf, struct clienttab **clients)
{
	uint8_t	key[CLIENTTAB_KEY_LEN];

	*clients = NULL;
	if (conf->noclientlog)
		return (0);
	arc4random_buf(key, sizeof(key));
	*clients = clienttab_new((size_t)conf->clientloglimit, key);
	explicit_bzero(key, sizeof(key));
	return (*clients == NULL ? -1 : 0);
}

/* What a reload that was given up, or the end, leaves. */
static void
server_forget(struct server *server)
{
	access_free(server->prepared);
	server->prepared = NULL;
	clienttab_free(server->next_clients);
	server->next_clients = NULL;
	server->has_next_clients = 0;
}

/*
 * The list of a reload is made while the old one counts: with a million rules
 * that takes longer than clients should wait.  A table of another size is an
 * empty one.
 */
static const char *
server_prepare(struct child *child, const struct conf *next)
{
	struct server		*server = child->ctx;
	const struct conf	*now = child->conf;

	server_forget(server);
	server->prepared = server_access_new(next);
	if (server->prepared == NULL)
		return ("no memory for the access list");
	if (now->noclientlog == next->noclientlog &&
	    now->clientloglimit == next->clientloglimit)
		return (NULL);
	if (server_new_clients(next, &server->next_clients) == -1)
		return ("no memory for the client log");
	server->has_next_clients = 1;
	return (NULL);
}

static void
server_take_clients(struct server *server)
{
	if (!server->has_next_clients)
		return;
	if (server->clients != NULL)
		server->evicted += clienttab_evicted(server->clients);
	clienttab_free(server->clients);
	server->clients = server->next_clients;
	server->next_clients = NULL;
	server->has_next_clients = 0;
}

/* One of several server processes sends for all. */
static void
server_broadcast(struct child *child)
{
	struct server	*server = child->ctx;

	broadcast_stop(server->broadcast);
	server->broadcast = NULL;
	if (child->instance != 0)
		return;
	server->broadcast = broadcast_start(child->base, server->io,
	    child->conf);
	if (server->broadcast == NULL && errno != 0)
		log_warn("broadcast");
}

static void
on_slip(void *ctx)
{
	static const struct msg_empty	nothing;
	struct child			*child = ctx;

	channel_send(child->parent, MSG_PAGE_SLIPPED, &nothing, -1);
}

static int
server_start(struct child *child)
{
	struct server	*server;

	if ((server = calloc(1, sizeof(*server))) == NULL)
		return (-1);
	child->ctx = server;
	if (child->page_fd == -1) {
		log_warnx("no clock page");
		return (-1);
	}
	if ((server->page = clockpage_map(child->page_fd, 0)) == NULL) {
		log_warn("clock page");
		return (-1);
	}
	close(child->page_fd);
	child->page_fd = -1;
	server_map_xdp(server, child);
	server->access = server_access_new(child->conf);
	if (server->access == NULL) {
		log_warn("access list");
		return (-1);
	}
	server->io = server_io_new(child->base, server->page,
	    server->access);
	if (server->io == NULL) {
		log_warn("sockets");
		return (-1);
	}
	server_io_on_slip(server->io, on_slip, child);
	server_io_set_keys(server->io, child->ring);
	if (server_new_clients(child->conf, &server->clients) == -1) {
		log_warn("client log");
		return (-1);
	}
	server_io_set_clients(server->io, server->clients,
	    &child->conf->ratelimit);
	server_broadcast(child);
	return (server_add_sockets(server, child->sockets,
	    child->socket_fds, child->nsockets));
}

/*
 * A reload: the whole list at once, and the sockets that stay are not
 * touched, so that nobody who is served before and after waits.
 */
static void
server_commit(struct child *child, const struct conf *old)
{
	struct server		*server = child->ctx;
	struct child_reload	*r = &child->reload;
	uint32_t		 i;

	(void)old;
	server_take_access(server, server->prepared);
	server->prepared = NULL;
	server_take_clients(server);
	server_io_set_clients(server->io, server->clients,
	    &child->conf->ratelimit);
	server_broadcast(child);
	(void)server_add_sockets(server, r->sockets, r->fds, r->nsockets);
	for (i = 0; i < r->nclosed; i++)
		if (r->closed[i].kind == SOCKET_NTP)
			server_io_remove(server->io, &r->closed[i].addr);
}

static void
server_keys(struct child *child)
{
	struct server	*server = child->ctx;

	server_io_set_keys(server->io, child->ring);
}

/* Where it is not linked this is no address. */
#pragma weak mac_libcrypto

/* A host name of an allow or deny rule has its address now. */
static void
on_access(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child	*child = ctx;
	struct server	*server = child->ctx;
	const struct msg_access *m = payload;

	(void)ch;
	(void)fd;
	if (server == NULL || m->list != ACCESS_NTP)
		return;
	if (conf_set_host(child->conf->access, child->conf->naccess,
	    m->index, &m->net) == -1) {
		log_warnx("there is no rule %u with a name", m->index);
		return;
	}
	(void)server_set_access(server, child->conf);
}

/* A rule of run time; the parent waits to hear that it holds. */
static void
on_access_rule(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child		*child = ctx;
	const struct msg_rule	*m = payload;
	struct conf_access	 rule;
	struct msg_ruledone	 done;
	int			 result = 0;

	(void)fd;
	memset(&rule, 0, sizeof(rule));
	rule.net = m->net;
	rule.allow = m->allow != 0;
	rule.all = m->all != 0;
	if (m->list == ACCESS_NTP) {
		if ((result = conf_add_rule(child->conf, &rule, 0)) == -1)
			log_warn("access rule");
		else
			result = server_set_access(child->ctx, child->conf);
	}
	if (m->id == 0)
		return;
	memset(&done, 0, sizeof(done));
	done.id = m->id;
	done.ok = result == 0;
	channel_send(ch, MSG_ACCESS_DONE, &done, -1);
}

static void
tell_stats(struct server *server, struct channel *ch, uint32_t id)
{
	struct msg_report	 m;
	uint64_t		 answered;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.number = CANDM_RPY_SERVER_STATS4;
	server_report(server_io_stats(server->io), server->clients,
	    &m.body.serverstats);
	m.body.serverstats.log_drops += server->evicted;
	if (server->xdp != NULL) {
		answered = xdp_count(server->xdp, XDP_COUNT_ANSWERED);
		m.body.serverstats.ntp_hits += answered;
		m.body.serverstats.kernel_rx += answered;
		m.body.serverstats.kernel_tx += answered;
	}
	channel_send(ch, MSG_REPORT, &m, -1);
}

static void
tell_counters(struct server *server, struct channel *ch, uint32_t id)
{
	struct report_counters	*r;
	struct msg_report	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.number = CANDM_RPY_COUNTERS;
	r = &m.body.counters;
	server_report_counters(server_io_stats(server->io), r);
	if (server->xdp != NULL) {
		r->xdp_answers = xdp_count(server->xdp, XDP_COUNT_ANSWERED);
		r->xdp_passed_denied = xdp_count(server->xdp,
		    XDP_COUNT_DENIED);
		r->xdp_passed_no_time = xdp_count(server->xdp,
		    XDP_COUNT_NO_TIME);
		r->xdp_dropped = xdp_count(server->xdp, XDP_COUNT_SPOILT);
	}
	channel_send(ch, MSG_REPORT, &m, -1);
}

static void
tell_clients(struct server *server, struct channel *ch,
    const struct msg_command *ask)
{
	struct msg_report	 m;

	memset(&m, 0, sizeof(m));
	m.id = ask->id;
	m.number = CANDM_RPY_CLIENTS;
	clienttab_report(server->clients, CLIENT_NTP, &ask->body.clients,
	    now_read_ns(CLOCK_MONOTONIC_RAW), &m.body.clients);
	channel_send(ch, MSG_REPORT, &m, -1);
}

/* What control asks the server. */
static void
on_command(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child			*child = ctx;
	struct server			*server = child->ctx;
	const struct msg_command	*m = payload;
	struct msg_result		 result;

	(void)fd;
	memset(&result, 0, sizeof(result));
	result.id = m->id;
	switch (m->command) {
	case CANDM_REQ_SERVER_STATS:
		tell_stats(server, ch, m->id);
		return;
	case CANDM_REQ_COUNTERS:
		tell_counters(server, ch, m->id);
		return;
	case CANDM_REQ_CLIENTS:
		if (server->clients != NULL) {
			tell_clients(server, ch, m);
			return;
		}
		result.status = CANDM_STT_INACTIVE;
		break;
	case CANDM_REQ_ACCHECK:
		result.status = access_allows(server->access,
		    &m->body.source.addr) ? CANDM_STT_ACCESSALLOWED :
		    CANDM_STT_ACCESSDENIED;
		break;
	default:
		result.status = CANDM_STT_INVALID;
		break;
	}
	channel_send(ch, MSG_RESULT, &result, -1);
}

static void
server_stop(struct child *child)
{
	struct server	*server = child->ctx;

	if (server == NULL)
		return;
	if (server->io != NULL)
		log_stats(server_io_stats(server->io));
	broadcast_stop(server->broadcast);
	server_io_free(server->io);
	access_free(server->access);
	clienttab_free(server->clients);
	server_forget(server);
	if (server->xdp != NULL)
		munmap((void *)(uintptr_t)server->xdp, sizeof(*server->xdp));
	if (server->page != NULL)
		munmap(server->page, CLOCKPAGE_SIZE);
	free(server);
	child->ctx = NULL;
}

int
main(int argc, char **argv)
{
	static const struct channel_handler	handlers[] = {
		{ MSG_ACCESS_NET, on_access },
		{ MSG_ACCESS_RULE, on_access_rule },
		{ MSG_NONE, NULL }
	};
	static const struct channel_handler	peer_handlers[] = {
		{ MSG_COMMAND, on_command },
		{ MSG_NONE, NULL }
	};
	static const struct child_role	ops = {
		.role = ROLE_SERVER,
		.start = server_start,
		.stop = server_stop,
		.prepare = server_prepare,
		.commit = server_commit,
		.keys_changed = server_keys,
		.mac = &mac_libcrypto,
		.parent_handlers = handlers,
		.peer_handlers = peer_handlers,
	};

	return (child_main(&ops, argc, argv));
}
