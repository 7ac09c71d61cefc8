/*
 * ntpd-control: answers ntpctl, chronyc and monitors.  It holds the command
 * sockets, checks who may ask what, and passes commands on to engine, server
 * and parent, which know no others than those of the table.  It must never
 * change anything by itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/access.h"
#include "common/clienttab.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/now.h"
#include "common/timens.h"
#include "ntpd/control/control_clients.h"
#include "ntpd/control/control_core.h"
#include "ntpd/control/control_io.h"
#include "ntpd/control/control_pending.h"
#include "ntpd/control/control_reload.h"
#include "privsep/child.h"
#include "privsep/child_reload.h"

/* Clients of the command port that are remembered. */
#define CLIENT_BYTES	65536

_Static_assert(CONTROL_CLIENTS_SERVERS == MSG_INSTANCES, "ours comes next");

struct control {
	struct child		*child;
	struct access		*access;
	struct control_io	*io;
	struct event		*timer;
	struct control_pending	 pending;
	struct clienttab	*clients;	/* for cmdratelimit, too */
	struct clienttab	*next_clients;	/* a reload's, NULL: the same */
	struct control_clients	 listing;
	struct control_reload	 reload;
	uint32_t		 own_uid;
	int			 rule_failed;	/* the last one of run time */
	/* counters of this run */
	uint64_t		 requests;
	uint64_t		 dropped;	/* got no answer */
	uint64_t		 limited;	/* nor these, by cmdratelimit */
	uint64_t		 timeouts;	/* of the engine */
	uint64_t		 unsent;
};

static int64_t
now_ns(void)
{
	return (now_read_ns(CLOCK_MONOTONIC));
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

	control_send(ctl, job, buf, control_core_result(job, status, buf));
}

/* The server knows nothing of the packets that come to us. */
static void
control_add_own(const struct control *ctl, struct msg_report *report)
{
	struct report_counters	*r = &report->body.counters;

	if (report->number == CANDM_RPY_SERVER_STATS4) {
		report->body.serverstats.cmd_hits = ctl->requests;
		report->body.serverstats.cmd_drops = ctl->dropped +
		    ctl->limited;
	} else if (report->number == CANDM_RPY_COUNTERS) {
		r->command_dropped = ctl->dropped;
		r->command_limited = ctl->limited;
		r->command_timeouts = ctl->timeouts;
		r->command_not_sent = ctl->unsent;
	}
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
 * What an operator does to the clock is announced to the parent, which allows
 * more then.  It must be on its way before the engine hears of it.
 */
static int
control_announce(struct control *ctl, const struct msg_command *m)
{
	struct channel	*parent = ctl->child->parent;

	if (channel_send(parent, MSG_OPERATOR, m, -1) == -1)
		return (-1);
	return (channel_flush(parent, 0));
}

/* Any of them: all have the same rules. */
static struct channel *
control_server(const struct child *child)
{
	unsigned	 i;

	for (i = 0; i < MSG_INSTANCES; i++)
		if (child->servers[i] != NULL)
			return (child->servers[i]);
	return (NULL);
}

/* A question to every server: those that it went to, a bit each. */
static uint64_t
control_ask_servers(struct child *child, const struct msg_command *m)
{
	uint64_t	 asked = 0;
	unsigned	 i;

	for (i = 0; i < MSG_INSTANCES; i++)
		if (child->servers[i] != NULL &&
		    channel_send(child->servers[i], MSG_COMMAND, m, -1) == 0)
			asked |= 1ULL << i;
	return (asked);
}

/*
 * The first server of this number or a higher one that is there, or NULL and
 * the number behind the last one.
 */
static struct channel *
control_server_from(const struct control *ctl, int *server)
{
	for (; *server < MSG_INSTANCES; (*server)++)
		if (ctl->child->servers[*server] != NULL)
			return (ctl->child->servers[*server]);
	return (NULL);
}

static struct channel *
control_channel(struct control *ctl, const struct control_job *job)
{
	switch (job->route->to) {
	case CONTROL_ENGINE:
		return (ctl->child->peers[ROLE_ENGINE]);
	case CONTROL_SERVER:
		return (control_server(ctl->child));
	case CONTROL_PARENT:
		return (ctl->child->parent);
	default:
		return (NULL);
	}
}

/* Nobody is served: there is no server process to ask. */
static void
control_no_server(struct control *ctl, const struct control_job *job)
{
	struct msg_report	 report;
	uint8_t			 buf[CANDM_REPLY_MAX];

	memset(&report, 0, sizeof(report));
	report.number = candm_get_info(job->command)->number;
	if (!control_merge_is_sum(report.number)) {
		control_refuse(ctl, job, job->route->status);
		return;
	}
	control_add_own(ctl, &report);
	control_send(ctl, job, buf, control_core_report(job, &report, buf));
}

/*
 * The report `clients': asks one server after the other until the page is
 * full.  One listing at a time; who else wants one asks again.
 */
static void
control_list(struct control *ctl)
{
	struct control_clients	*l = &ctl->listing;
	struct control_job	 job;
	struct msg_report	 report;
	struct msg_command	 m;
	struct channel		*ch;
	uint8_t			 buf[CANDM_REPLY_MAX];
	int			 server, there;

	memset(&report, 0, sizeof(report));
	memset(&m, 0, sizeof(m));
	m.id = l->id;
	m.command = CANDM_REQ_CLIENTS;
	while ((server = control_clients_next(l, &m.body.clients)) != -1) {
		if (server == CONTROL_CLIENTS_SERVERS) {
			clienttab_report(ctl->clients, CLIENT_CMD,
			    &m.body.clients, now_ns(), &report.body.clients);
			control_clients_add(l, &report.body.clients,
			    ctl->clients, now_ns());
			continue;
		}
		there = server;
		ch = control_server_from(ctl, &there);
		if (ch != NULL && there == server &&
		    channel_send(ch, MSG_COMMAND, &m, -1) == 0)
			return;
		control_clients_skip(l, (unsigned)(there > server ? there :
		    server + 1));
	}
	report.number = CANDM_RPY_CLIENTS;
	control_clients_finish(l, &report.body.clients);
	if (control_pending_take(&ctl->pending, l->id, &job) == 0)
		control_send(ctl, &job, buf, control_core_report(&job,
		    &report, buf));
	l->id = 0;
}

static void
control_list_begin(struct control *ctl, const struct control_job *job)
{
	uint32_t	id;

	if (ctl->child->conf->noclientlog) {
		control_refuse(ctl, job, CANDM_STT_INACTIVE);
		return;
	}
	ctl->timeouts += control_pending_expire(&ctl->pending, now_ns());
	if (control_pending_has(&ctl->pending, ctl->listing.id) ||
	    (id = control_pending_add(&ctl->pending, job, now_ns())) == 0) {
		ctl->dropped++;
		return;
	}
	control_clients_begin(&ctl->listing, id, &job->request.body.clients,
	    ctl->clients);
	control_list(ctl);
	control_arm(ctl);
}

static void
control_ask(struct control *ctl, const struct control_job *job)
{
	struct channel		*ch = control_channel(ctl, job);
	struct control_job	 gone;
	struct msg_command	 m;
	uint32_t		 id, number;

	if (ch == NULL && job->route->to == CONTROL_SERVER) {
		control_no_server(ctl, job);
		return;
	}
	if (ch == NULL) {
		control_refuse(ctl, job, CANDM_STT_FAILED);
		return;
	}
	ctl->timeouts += control_pending_expire(&ctl->pending, now_ns());
	if ((id = control_pending_add(&ctl->pending, job, now_ns())) == 0) {
		ctl->dropped++;
		return;
	}
	control_core_command(job, id, &m);
	number = candm_get_info(job->command)->number;
	if (control_merge_is_sum(number)) {
		control_merge_begin(control_pending_merge(&ctl->pending, id),
		    number, control_ask_servers(ctl->child, &m));
		control_arm(ctl);
		return;
	}
	if ((job->route->operator && control_announce(ctl, &m) == -1) ||
	    channel_send(ch, MSG_COMMAND, &m, -1) == -1) {
		control_pending_take(&ctl->pending, id, &gone);
		control_refuse(ctl, job, CANDM_STT_FAILED);
		return;
	}
	control_arm(ctl);
}

/* 0, or -1 when the parent could not be asked. */
static int
control_ask_reload(struct control *ctl, uint32_t id, enum reload_kind kind)
{
	struct msg_ask	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.value = kind;
	return (channel_send(ctl->child->parent, MSG_RELOAD_ASK, &m, -1));
}

/* `reload sources' is answered when it is done. */
static void
control_reload_sources(struct control *ctl, const struct control_job *job)
{
	struct control_job	 gone;
	uint32_t		 id;

	ctl->timeouts += control_pending_expire(&ctl->pending, now_ns());
	if ((id = control_pending_add(&ctl->pending, job, now_ns())) == 0) {
		ctl->dropped++;
		return;
	}
	if (control_ask_reload(ctl, id, RELOAD_SOURCES) == -1) {
		control_pending_take(&ctl->pending, id, &gone);
		control_refuse(ctl, job, CANDM_STT_FAILED);
		return;
	}
	control_arm(ctl);
}

static void
control_do_reload(struct control *ctl, const struct control_job *job)
{
	struct report_reload_line	 line;
	struct report_reload		 r;
	uint32_t			 index = job->request.body.index;
	uint8_t				 buf[CANDM_REPLY_MAX];

	if (job->command == CANDM_REQ_RELOAD_SOURCES) {
		control_reload_sources(ctl, job);
		return;
	}
	if (job->command == CANDM_REQ_RELOAD_TEXT) {
		if (control_reload_line(&ctl->reload, index, &line) == -1)
			control_refuse(ctl, job, CANDM_STT_FAILED);
		else
			control_send(ctl, job, buf, control_reload_reply(job,
			    NULL, &line, buf));
		return;
	}
	if (control_reload_request(&ctl->reload, index, now_ns(), &r)) {
		if (control_ask_reload(ctl, CONTROL_RELOAD_ID, RELOAD_ALL) ==
		    -1) {
			control_refuse(ctl, job, CANDM_STT_FAILED);
			return;
		}
		control_reload_asked(&ctl->reload, index);
	}
	control_send(ctl, job, buf, control_reload_reply(job, &r, NULL, buf));
}

static void
control_forward(struct control *ctl, const struct control_job *job)
{
	struct msg_empty	 empty = { 0 };

	switch (job->route->to) {
	case CONTROL_SELF:
		/* cmdaccheck: as chronyd, without what is always allowed */
		control_refuse(ctl, job, access_allows(ctl->access,
		    &job->request.body.source.addr) ?
		    CANDM_STT_ACCESSALLOWED : CANDM_STT_ACCESSDENIED);
		break;
	case CONTROL_CYCLELOGS:
		control_refuse(ctl, job, channel_send(ctl->child->parent,
		    MSG_CYCLELOGS, &empty, -1) == -1 ? CANDM_STT_FAILED :
		    CANDM_STT_SUCCESS);
		break;
	case CONTROL_RELOAD:
		control_do_reload(ctl, job);
		break;
	default:
		if (job->command == CANDM_REQ_CLIENTS)
			control_list_begin(ctl, job);
		else
			control_ask(ctl, job);
		break;
	}
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

/* Into the client log.  1: this address has had its share. */
static int
control_is_limited(struct control *ctl, const struct control_datagram *d)
{
	const struct conf	*conf = ctl->child->conf;
	struct client		*client;

	if (d->is_unix || (conf->noclientlog && !conf->cmdratelimit.enabled))
		return (0);
	client = clienttab_hit(ctl->clients, &d->from.addr, 0, now_ns());
	if (!conf->cmdratelimit.enabled ||
	    control_core_is_loopback(&d->from.addr) ||
	    clienttab_limit(client, &conf->cmdratelimit, now_ns(),
	    arc4random()) == CLIENT_PASS)
		return (0);
	ctl->limited++;
	return (1);
}

static void
on_datagram(void *ctx, const struct control_datagram *d)
{
	struct control		*ctl = ctx;
	struct child		*child = ctl->child;
	struct control_job	 job;
	enum control_verdict	 verdict;
	uint8_t			 buf[CANDM_REPLY_MAX];

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
	verdict = control_core_request(d->data, d->len,
	    control_rights(ctl, d), child->conf->opencommands, &job);
	if (verdict == CONTROL_DROP) {
		ctl->dropped++;
		return;
	}
	if (control_is_limited(ctl, d))
		return;
	if (verdict == CONTROL_ANSWER)
		control_send(ctl, &job, buf, control_core_status(&job,
		    job.status, buf));
	else
		control_forward(ctl, &job);
}

/*
 * A server or an engine that was taken over does not answer for another one.
 * The parent may answer what it was asked in any way.
 */
static int
control_may_answer(const struct control *ctl, const struct channel *ch,
    uint32_t id)
{
	enum role	peer = channel_peer(ch);

	return (peer == ROLE_PARENT || control_pending_is_for(&ctl->pending,
	    id, peer == ROLE_ENGINE ? CONTROL_ENGINE : CONTROL_SERVER));
}

/* One server's counters: 1 when they were the last, with all in report. */
static int
control_collect(struct control *ctl, const struct channel *ch,
    struct msg_report *report)
{
	struct control_merge	*merge;

	merge = control_pending_merge(&ctl->pending, report->id);
	if (merge == NULL || !control_merge_add(merge, channel_instance(ch),
	    report))
		return (0);
	memcpy(&report->body, &merge->sum, sizeof(merge->sum));
	return (1);
}

static void
on_report(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child		*child = ctx;
	struct control		*ctl = child->ctx;
	struct msg_report	 report = *(const struct msg_report *)payload;
	struct control_job	 job;
	uint8_t			 buf[CANDM_REPLY_MAX];

	(void)fd;
	if (!control_may_answer(ctl, ch, report.id)) {
		log_debug("control: report to no question");
		return;
	}
	if (control_merge_is_sum(report.number) &&
	    !control_collect(ctl, ch, &report))
		return;
	if (report.number == CANDM_RPY_CLIENTS &&
	    report.id == ctl->listing.id && report.id != 0 &&
	    channel_instance(ch) == control_clients_server(&ctl->listing)) {
		control_clients_add(&ctl->listing, &report.body.clients,
		    ctl->clients, now_ns());
		control_list(ctl);
		return;
	}
	if (control_pending_take(&ctl->pending, report.id, &job) == -1)
		return;
	control_add_own(ctl, &report);
	control_send(ctl, &job, buf, control_core_report(&job, &report,
	    buf));
}

static void
on_result(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child			*child = ctx;
	struct control			*ctl = child->ctx;
	const struct msg_result		*m = payload;
	struct control_job		 job;
	uint32_t			 status = m->status;

	(void)fd;
	if (ctl == NULL)
		return;
	if (!control_may_answer(ctl, ch, m->id) ||
	    control_pending_take(&ctl->pending, m->id, &job) == -1) {
		log_debug("control: answer to no question");
		return;
	}
	/* the rule of this command came just before */
	if (ctl->rule_failed && job.command >= CANDM_REQ_CMDALLOW &&
	    job.command <= CANDM_REQ_CMDDENYALL)
		status = CANDM_STT_FAILED;
	control_refuse(ctl, &job, status);
}

static void
on_reload(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child			*child = ctx;
	struct control			*ctl = child->ctx;
	const struct msg_reloadresult	*m = payload;
	struct control_job		 job;
	char				*text;

	(void)ch;
	text = child_reload_text(fd, m->len);
	close(fd);
	if (ctl == NULL) {
		free(text);
		return;
	}
	if (m->id == CONTROL_RELOAD_ID) {
		control_reload_done(&ctl->reload, m, text, now_ns());
		return;
	}
	free(text);
	if (control_pending_take(&ctl->pending, m->id, &job) == 0)
		control_refuse(ctl, &job, m->ok ? CANDM_STT_SUCCESS :
		    CANDM_STT_FAILED);
}

/* Who asked the process that is gone gets no answer from the new one. */
static void
control_peer_changed(struct child *child, enum role peer)
{
	struct control		*ctl = child->ctx;
	enum control_to		 to;
	struct control_job	 job;

	to = peer == ROLE_ENGINE ? CONTROL_ENGINE : CONTROL_SERVER;
	while (control_pending_take_to(&ctl->pending, to, &job) == 0)
		control_refuse(ctl, &job, CANDM_STT_FAILED);
}

/* Takes the descriptors of command sockets. 0, or -1 when one failed. */
static int
control_add_sockets(struct control *ctl, const struct msg_socket *sockets,
    int *fds, uint32_t n)
{
	uint32_t	 i;
	int		 fd, result = 0;

	for (i = 0; i < n; i++) {
		if (sockets[i].kind != SOCKET_COMMAND &&
		    sockets[i].kind != SOCKET_COMMAND_UNIX)
			continue;
		fd = fds[i];
		fds[i] = -1;
		if (control_io_add(ctl->io, &sockets[i], fd) == -1) {
			log_warn("control: socket %u", sockets[i].index);
			result = -1;
		}
	}
	return (result);
}

/* From now on the configuration's list counts.  0, or -1: the old one does. */
static int
control_set_access(struct control *ctl)
{
	const struct conf	*conf = ctl->child->conf;
	struct access		*access;

	access = access_new(conf->cmdaccess, conf->ncmdaccess);
	if (access == NULL) {
		log_warn("access list");
		return (-1);
	}
	access_free(ctl->access);
	ctl->access = access;
	return (0);
}

static struct clienttab *
control_new_clients(void)
{
	struct clienttab	*clients;
	uint8_t			 key[CLIENTTAB_KEY_LEN];

	arc4random_buf(key, sizeof(key));
	clients = clienttab_new(CLIENT_BYTES, key);
	explicit_bzero(key, sizeof(key));
	return (clients);
}

/* Who switches the client log off wants nobody to be remembered. */
static const char *
control_prepare(struct child *child, const struct conf *next)
{
	struct control	*ctl = child->ctx;

	clienttab_free(ctl->next_clients);	/* of one that was given up */
	ctl->next_clients = NULL;
	if (child->conf->noclientlog == next->noclientlog)
		return (NULL);
	ctl->next_clients = control_new_clients();
	return (ctl->next_clients == NULL ? "no memory for the client log" :
	    NULL);
}

/* A reload: old sockets go first, for there is one Unix socket at most. */
static void
control_commit(struct child *child, const struct conf *old)
{
	struct control		*ctl = child->ctx;
	struct child_reload	*r = &child->reload;
	uint32_t		 i;

	(void)old;
	if (ctl->next_clients != NULL) {
		clienttab_free(ctl->clients);
		ctl->clients = ctl->next_clients;
		ctl->next_clients = NULL;
	}
	(void)control_set_access(ctl);
	for (i = 0; i < r->nclosed; i++)
		control_io_remove(ctl->io, &r->closed[i]);
	(void)control_add_sockets(ctl, r->sockets, r->fds, r->nsockets);
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
	ctl->access = access_new(child->conf->cmdaccess,
	    child->conf->ncmdaccess);
	ctl->io = control_io_new(child->base, on_datagram, ctl);
	ctl->timer = evtimer_new(child->base, on_timer, ctl);
	ctl->clients = control_new_clients();
	if (ctl->access == NULL || ctl->io == NULL || ctl->timer == NULL ||
	    ctl->clients == NULL) {
		log_warn("control: start");
		return (-1);
	}
	return (control_add_sockets(ctl, child->sockets, child->socket_fds,
	    child->nsockets));
}

/* A host name of a cmdallow or cmddeny rule has its address now. */
static void
on_access(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child		*child = ctx;
	struct control		*ctl = child->ctx;
	struct conf		*conf = child->conf;
	const struct msg_access	*m = payload;

	(void)ch;
	(void)fd;
	if (ctl == NULL || m->list != ACCESS_COMMAND)
		return;
	if (conf_set_host(conf->cmdaccess, conf->ncmdaccess, m->index,
	    &m->net) == -1) {
		log_warnx("there is no rule %u with a name", m->index);
		return;
	}
	(void)control_set_access(ctl);
}

/* A rule of run time, of our own command or of before we started. */
static void
on_access_rule(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child		*child = ctx;
	struct control		*ctl = child->ctx;
	const struct msg_rule	*m = payload;
	struct conf_access	 rule;

	(void)ch;
	(void)fd;
	if (ctl == NULL || m->list != ACCESS_COMMAND)
		return;
	memset(&rule, 0, sizeof(rule));
	rule.net = m->net;
	rule.allow = m->allow != 0;
	rule.all = m->all != 0;
	ctl->rule_failed = conf_add_rule(child->conf, &rule, 1) == -1;
	if (ctl->rule_failed)
		log_warn("access rule");
	else
		ctl->rule_failed = control_set_access(ctl) == -1;
}

static void
control_stop(struct child *child)
{
	struct control	*ctl = child->ctx;

	if (ctl == NULL)
		return;
	log_debug("control: %llu requests, %llu dropped, %llu limited, "
	    "%llu timed out, %llu replies not sent",
	    (unsigned long long)ctl->requests,
	    (unsigned long long)ctl->dropped,
	    (unsigned long long)ctl->limited,
	    (unsigned long long)ctl->timeouts,
	    (unsigned long long)ctl->unsent);
	control_io_free(ctl->io);
	control_reload_free(&ctl->reload);
	access_free(ctl->access);
	clienttab_free(ctl->clients);
	clienttab_free(ctl->next_clients);
	if (ctl->timer != NULL)
		event_free(ctl->timer);
	free(ctl);
	child->ctx = NULL;
}

int
main(int argc, char **argv)
{
	static const struct channel_handler	peer_handlers[] = {
		{ MSG_REPORT, on_report },
		{ MSG_RESULT, on_result },
		{ MSG_NONE, NULL },
	};
	static const struct channel_handler	parent_handlers[] = {
		{ MSG_ACCESS_NET, on_access },
		{ MSG_RELOAD_RESULT, on_reload },
		{ MSG_ACCESS_RULE, on_access_rule },
		{ MSG_RESULT, on_result },
		{ MSG_NONE, NULL },
	};
	static const struct child_role		ops = {
		.role = ROLE_CONTROL,
		.start = control_start,
		.stop = control_stop,
		.peer_changed = control_peer_changed,
		.prepare = control_prepare,
		.commit = control_commit,
		.parent_handlers = parent_handlers,
		.peer_handlers = peer_handlers,
	};

	return (child_main(&ops, argc, argv));
}
