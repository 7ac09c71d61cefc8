/*
 * A reload: reads the configuration again, says what is different, and leads
 * everybody to it in two phases (reload.c).  Run by the parent.  It must never
 * end the daemon, nor change anything when something is wrong.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/now.h"
#include "common/timens.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/reconf.h"

static void	begin(struct reconf *);

static void
arm(struct reconf *rc, int64_t ms)
{
	struct timeval tv;

	if (ms == 0) {
		evtimer_del(rc->timer);
		return;
	}
	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	if (evtimer_add(rc->timer, &tv) == -1)
		log_warn("timer");
}

/* The lines for who asked; a control that has ended since asks no more. */
static void
tell_asker(struct reconf *rc, uint32_t id, int ok)
{
	struct proc *control = supervise_find(rc->p, ROLE_CONTROL, 0);
	struct msg_reloadresult m;
	int fd;

	if (control == NULL || control->channel == NULL)
		return;
	fd = conf_files_seal(rc->lines.text, rc->lines.len);
	if (fd == -1) {
		log_warn("reload: answer");
		return;
	}
	memset(&m, 0, sizeof(m));
	m.id = id;
	m.ok = ok != 0;
	m.nlines = rc->lines.n;
	m.len = (uint32_t)rc->lines.len;
	channel_send(control->channel, MSG_RELOAD_RESULT, &m, fd);
}

static void
tell_manager(struct reconf *rc, int reloading)
{
	char text[96];

	if (!reloading) {
		notify_send(&rc->p->notify, "READY=1");
		return;
	}
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    now_read_ns(CLOCK_MONOTONIC) / NS_PER_US);
	notify_send(&rc->p->notify, text);
}

/* All is over: say so, clean up, and go on with what came meanwhile. */
static void
finish(struct reconf *rc, int ok, const char *why)
{
	unsigned i;

	if (why != NULL)
		reconf_say(rc, ok ? RECONF_WARNING : RECONF_ERROR, "%s", why);
	reconf_lines_end(&rc->lines);
	if (!ok)
		log_at(LOG_LEVEL_ERROR, "reload: failed, nothing is changed");
	else
		log_info("reload: done, %u change%s", rc->lines.changes,
		    rc->lines.changes == 1 ? "" : "s");
	for (i = 0; i < rc->askers.n; i++)
		tell_asker(rc, rc->askers.ids[i], ok);
	rc->askers.n = 0;
	reconf_lines_free(&rc->lines);
	conf_free(rc->next);
	rc->next = NULL;
	keystore_close(&rc->keys);
	if (ok)
		rekey_replace(rc->p);
	tell_manager(rc, 0);
	rc->p->hooks->ask_hosts(rc->p);
	if (!rc->serve)
		command_served(rc->p);
	if (rc->wanted || rc->serve)
		arm(rc, 1);
}

static void
on_conf_error(void *ctx, enum conf_kind kind, const char *file, int line,
    int column, const char *text)
{
	struct reconf *rc = ctx;
	char c = kind == CONF_ERROR ? RECONF_ERROR : RECONF_WARNING;

	if (line == 0)
		reconf_say(rc, c, "%s", text);
	else
		reconf_say(rc, c, "%s:%d:%d: %s", file, line, column, text);
}

static int
read_again(struct reconf *rc)
{
	struct conf_files *cf = rc->p->conf_files;

	cf->again = 1;
	cf->denied = 0;
	cf->error = on_conf_error;
	cf->ctx = rc;
	rc->next = rc->kind == RELOAD_ALL ? conf_files_read(cf) :
	    conf_files_read_sources(cf, rc->p->conf);
	if (cf->denied)
		reconf_say(rc, RECONF_WARNING, "needs a restart: files in "
		    "directories that were not used at the start");
	return (rc->next == NULL ? -1 : 0);
}

/* The configuration that counts, and a rule more. */
static int
add_rule(struct reconf *rc)
{
	struct conf_access rule;

	memset(&rule, 0, sizeof(rule));
	rule.net = rc->rule.net;
	rule.allow = rc->rule.allow != 0;
	rule.all = rc->rule.all != 0;
	rc->next = conf_files_copy(rc->p->conf);
	return (rc->next == NULL ? -1 : conf_add_rule(rc->next, &rule, 0));
}

static void
on_key(void *ctx, int error, const char *text)
{
	reconf_say(ctx, error ? RECONF_ERROR : RECONF_WARNING, "%s", text);
}

static void
on_change(void *ctx, const struct conf_change *change)
{
	reconf_say(ctx, RECONF_CHANGE, "%s", change->text);
}

/*
 * Everybody who has a configuration and stays; in the order of the table.
 * Sources are the engine's alone: what others have does not change.
 */
static unsigned
list_children(struct reconf *rc)
{
	struct parent *p = rc->p;
	struct proc *proc;
	unsigned n = 0;
	int i;

	for (i = 0; i < p->nprocs; i++) {
		proc = &p->procs[i];
		if (proc->state != PROC_READY || proc->channel == NULL ||
		    proc->dismissed || proc->role == ROLE_MAIL ||
		    (rc->kind == RELOAD_SOURCES &&
		    proc->role != ROLE_ENGINE) ||
		    (proc->role == ROLE_SERVER &&
		    proc->instance >= rc->servers) ||
		    (proc->role == ROLE_CONTROL && !rc->control))
			continue;
		rc->who[n++] = proc;
	}
	return (n);
}

static void
ask_fresh(struct reconf *rc)
{
	struct parent *p = rc->p;
	const struct parent_socket *s;
	uint32_t k;
	int i;

	for (i = 0; i < p->nsockets; i++) {
		s = &p->sockets[i];
		if (s->next_members != 0)
			reconf_resize(rc, i);
		if (!s->fresh)
			continue;
		channel_send(p->launcher, MSG_LAUNCH_ADDSOCK, &s->what, -1);
		for (k = 0; k < s->what.members; k++)
			launch_ask_socket(p, i, k);
	}
}

/* What is to be, in rc->next.  0, or -1: it is told why not. */
static int
make_next(struct reconf *rc)
{
	struct parent *p = rc->p;

	log_info("reload: %s", rc->serving ?
	    "clients are allowed by command: servers are started" :
	    rc->kind == RELOAD_ALL ? "reading the configuration" :
	    "reading the source directories");
	if (rc->serving && add_rule(rc) == -1) {
		reconf_say(rc, RECONF_ERROR, "%s", strerror(errno));
		return (-1);
	}
	if (!rc->serving && read_again(rc) == -1)
		return (-1);
	reconf_keep(rc);
	if (rc->serving && rc->servers == 0) {
		reconf_say(rc, RECONF_ERROR, "no server can be had");
		return (-1);
	}
	return (rc->serving ? 0 : keystore_read(&rc->keys, rc->next,
	    keystore_has(&p->keys, ROLE_SERVER), p->uid, p->gid, on_key, rc));
}

static void
run(struct reconf *rc)
{
	int fresh;

	memset(rc->fds, -1, sizeof(rc->fds));
	tell_manager(rc, 1);
	if (make_next(rc) != 0) {
		finish(rc, 0, NULL);
		return;
	}
	if (conf_diff(rc->p->conf, rc->next, on_change, rc) == -1) {
		finish(rc, 0, strerror(errno));
		return;
	}
	fresh = reconf_plan_sockets(rc);
	if (fresh == -1) {
		finish(rc, 0, NULL);
		return;
	}
	ask_fresh(rc);
	reload_begin(&rc->core, list_children(rc), (uint32_t)fresh);
}

/* Somebody has got the old configuration and is not ready yet. */
static int
somebody_starts(const struct parent *p)
{
	int i;

	for (i = 0; i < p->nprocs; i++)
		if (p->procs[i].state == PROC_STARTING &&
		    p->procs[i].role != ROLE_MAIL)
			return (1);
	return (!p->ready);
}

static void
begin(struct reconf *rc)
{
	struct parent *p = rc->p;

	if (!(rc->wanted || rc->serve) || rc->core.phase != RELOAD_IDLE ||
	    p->stopping || p->launcher == NULL)
		return;
	if (somebody_starts(p) && parent_now_ns() - rc->wanted_ns <
	    RECONF_PATIENCE_NS) {
		arm(rc, RECONF_RETRY_MS);
		return;
	}
	reconf_lines_init(&rc->lines);
	rc->serving = !rc->wanted;
	if (rc->serving) {
		rc->serve = 0;
		rc->kind = RELOAD_SOURCES;
	} else {
		rc->wanted = 0;
		rc->kind = rc->wanted_kind;
		rc->wanted_kind = RELOAD_SOURCES;
		rc->askers = rc->waiting;
		rc->waiting.n = 0;
	}
	if (somebody_starts(p))
		finish(rc, 0, "a process does not get ready");
	else
		run(rc);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct reconf *rc = arg;

	(void)fd;
	(void)what;
	if (rc->core.phase != RELOAD_IDLE)
		reload_timeout(&rc->core);
	else
		begin(rc);
}

void
reconf_request(struct parent *p, enum reload_kind kind, const uint32_t *id)
{
	struct reconf *rc = p->reconf;

	if (!rc->wanted && !rc->serve)
		rc->wanted_ns = parent_now_ns();
	/* all has the sources in it */
	if (kind == RELOAD_ALL)
		rc->wanted_kind = RELOAD_ALL;
	rc->wanted = 1;
	if (id != NULL && rc->waiting.n < RECONF_ASKERS)
		rc->waiting.ids[rc->waiting.n++] = *id;
	else if (id != NULL)
		tell_asker(rc, *id, 0);
	/* from the loop, not from inside a handler */
	if (rc->core.phase == RELOAD_IDLE)
		arm(rc, 1);
}

void
reconf_serve(struct parent *p, const struct msg_rule *rule)
{
	struct reconf *rc = p->reconf;

	if (!rc->wanted)
		rc->wanted_ns = parent_now_ns();
	rc->serve = 1;
	rc->rule = *rule;
	if (rc->core.phase == RELOAD_IDLE)
		arm(rc, 1);
}

void
reconf_answer(struct proc *proc, const struct msg_reloadanswer *m)
{
	struct reconf *rc = proc->parent->reconf;
	unsigned i;

	for (i = 0; i < rc->core.nwho; i++)
		if (rc->who[i] == proc)
			reload_answer(&rc->core, i, m);
}

void
reconf_gone(struct parent *p, struct proc *proc)
{
	struct reconf *rc = p->reconf;
	unsigned i;

	if (proc->role == ROLE_CONTROL)
		rc->askers.n = rc->waiting.n = 0;
	for (i = 0; i < rc->core.nwho; i++)
		if (rc->who[i] == proc)
			reload_died(&rc->core, i);
}

int
reconf_holds(const struct parent *p)
{
	return (p->reconf->core.phase == RELOAD_SOCKETS_WAIT ||
	    p->reconf->core.phase == RELOAD_PREPARING);
}

void
reconf_socket(struct parent *p, struct parent_socket *s, uint32_t member,
    int fd)
{
	struct reconf *rc = p->reconf;
	char why[RECONF_LINE_MAX], addr[ADDR_TEXT_MAX];

	if (rc->core.phase != RELOAD_SOCKETS_WAIT) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (s->fresh)
		rc->fds[s - p->sockets][member] = fd;
	else if (fd != -1)
		/* that it is there is enough: its process will ask for it */
		close(fd);
	/* a machine without IPv6 goes without, as at the start */
	if (fd != -1 || s->failed == EAFNOSUPPORT) {
		reload_socket(&rc->core, NULL);
		return;
	}
	if (s->what.kind == SOCKET_COMMAND_UNIX)
		snprintf(why, sizeof(why), "cannot open socket %s: %s",
		    s->what.path, strerror(s->failed));
	else
		snprintf(why, sizeof(why), "cannot open socket %s port %u: "
		    "%s", addr_format(&s->what.addr, addr, sizeof(addr)),
		    s->what.addr.port, strerror(s->failed));
	reload_socket(&rc->core, why);
}

static int
hook_prepare(void *ctx, unsigned who)
{
	struct reconf *rc = ctx;
	struct parent *p = rc->p;
	struct proc *proc = rc->who[who];
	struct parent_socket *s;
	struct msg_reload m;
	size_t len;
	int i, fd;

	for (i = 0; i < p->nsockets; i++) {
		s = &p->sockets[i];
		if (listen_owner(s->what.kind) != proc->role)
			continue;
		if (rc->closing[i] && channel_send(proc->channel,
		    MSG_RELOAD_CLOSE, &s->what, -1) == -1)
			return (-1);
		fd = rc->fds[i][proc->instance];
		if (fd == -1)
			continue;
		rc->fds[i][proc->instance] = -1;
		if (channel_send(proc->channel, MSG_RELOAD_SOCKET, &s->what,
		    fd) == -1)
			return (-1);
	}
	fd = reconf_seal(rc, proc->role, &len);
	if (fd == -1)
		return (-1);
	memset(&m, 0, sizeof(m));
	m.id = rc->core.id;
	m.len = (uint32_t)len;
	m.kind = rc->kind;
	return (channel_send(proc->channel, MSG_RELOAD_PREPARE, &m, fd));
}

static void
send_id(struct reconf *rc, unsigned who, enum msg_type type)
{
	struct msg_id m;

	memset(&m, 0, sizeof(m));
	m.id = rc->core.id;
	if (rc->who[who]->channel != NULL)
		channel_send(rc->who[who]->channel, type, &m, -1);
}

static void
hook_commit(void *ctx, unsigned who)
{
	send_id(ctx, who, MSG_RELOAD_COMMIT);
}

static void
hook_abort(void *ctx, unsigned who)
{
	send_id(ctx, who, MSG_RELOAD_ABORT);
}

static void
hook_apply(void *ctx)
{
	reconf_apply(ctx);
}

static void
hook_done(void *ctx, int ok, const char *why)
{
	struct reconf *rc = ctx;

	if (!ok)
		reconf_drop_sockets(rc, 0);
	finish(rc, ok, why);
}

static void
hook_arm(void *ctx, int64_t ms)
{
	arm(ctx, ms);
}

static const char *
hook_name(void *ctx, unsigned who)
{
	struct reconf *rc = ctx;

	return (supervise_name(rc->who[who], rc->name, sizeof(rc->name)));
}

static const struct reload_hooks hooks = {
	.prepare = hook_prepare,
	.commit = hook_commit,
	.abort = hook_abort,
	.apply = hook_apply,
	.done = hook_done,
	.arm = hook_arm,
	.name = hook_name
};

int
reconf_init(struct parent *p)
{
	struct reconf *rc;

	rc = calloc(1, sizeof(*rc));
	if (rc == NULL)
		return (-1);
	rc->p = p;
	rc->wanted_kind = RELOAD_SOURCES;
	rc->timer = evtimer_new(p->base, on_timer, rc);
	if (rc->timer == NULL) {
		free(rc);
		return (-1);
	}
	reload_init(&rc->core, &hooks, rc);
	p->reconf = rc;
	return (0);
}

void
reconf_free(struct parent *p)
{
	struct reconf *rc = p->reconf;
	int i;

	if (rc == NULL)
		return;
	for (i = 0; rc->core.phase != RELOAD_IDLE && i < p->nsockets; i++)
		reconf_close(rc, i);
	event_free(rc->timer);
	reconf_lines_free(&rc->lines);
	conf_free(rc->next);
	keystore_close(&rc->keys);
	free(rc);
	p->reconf = NULL;
}
