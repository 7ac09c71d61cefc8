/*
 * What the children may ask of the parent.  Run by the parent.  Types and
 * ranges were checked by the channel; policy is the guard's.  Every clock
 * request gets exactly one CLOCK_DONE.
 */
#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include <event2/event.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/timens.h"
#include "ntpd/parent/parent.h"

static void
tell_engine(struct parent *p, enum msg_type type, const void *payload)
{
	struct proc *proc = supervise_find(p, ROLE_ENGINE, 0);

	if (proc != NULL && proc->channel != NULL)
		channel_send(proc->channel, type, payload, -1);
}

static void
on_ready(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;

	(void)ch;
	(void)payload;
	(void)fd;
	supervise_ready(proc->parent, proc);
}

static void
on_log(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_log *m = payload;
	struct proc *proc = ctx;

	(void)ch;
	(void)fd;
	logsink_child(&proc->parent->log, proc->role, m->level, m->line);
}

static void
on_freq(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;
	struct msg_clock done;

	(void)fd;
	clock_freq(&proc->parent->clock, payload, &done);
	channel_send(ch, MSG_CLOCK_DONE, &done, -1);
}

static void
on_slew(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;
	struct msg_clock done;

	(void)fd;
	clock_slew(&proc->parent->clock, payload, &done);
	channel_send(ch, MSG_CLOCK_DONE, &done, -1);
}

static void
on_step(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_step *m = payload;
	struct proc *proc = ctx;
	struct msg_clock done;

	(void)fd;
	clock_step(&proc->parent->clock, m, &done);
	if (m->oneshot && done.result == CLOCK_OK)
		proc->parent->stepped = 1;
	channel_send(ch, MSG_CLOCK_DONE, &done, -1);
}

char *
handlers_format_error(double s, char *buf, size_t len)
{
	if (s < 0.9995e-6)
		snprintf(buf, len, "%.0f ns", s * 1e9);
	else if (s < 0.9995e-3)
		snprintf(buf, len, "%.3g us", s * 1e6);
	else if (s < 0.9995)
		snprintf(buf, len, "%.3g ms", s * 1e3);
	else if (s < 999.5)
		snprintf(buf, len, "%.3g s", s);
	else
		snprintf(buf, len, "%.0f s", s);
	return (buf);
}

static void
on_status(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_status *m = payload;
	struct proc *proc = ctx;
	struct parent *p = proc->parent;
	char text[sizeof(p->notify.status)], error[32], source[64];

	(void)ch;
	(void)fd;
	clock_status(&p->clock, m);
	p->synced = m->synced != 0;
	/* the service manager need not hear of each update */
	if (parent_now_ns() - p->status_ns < NS_PER_SEC)
		return;
	p->status_ns = parent_now_ns();
	if (!m->synced) {
		notify_status(&p->notify, "not synchronised");
		return;
	}
	/* the engine's text: no line may be added to the manager's protocol */
	logsink_encode(source, sizeof(source), m->source);
	snprintf(text, sizeof(text), "synchronised to %s, stratum %u, "
	    "error < %s", source[0] != '\0' ? source : "itself", m->stratum,
	    handlers_format_error(m->maxerror_s, error, sizeof(error)));
	notify_status(&p->notify, text);
}

static void
on_file_write(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;

	(void)ch;
	(void)fd;
	(void)files_write(&proc->parent->files, payload);
}

static void
on_file_commit(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_index *m = payload;
	struct proc *proc = ctx;
	struct parent *p = proc->parent;
	struct msg_drift drift;

	(void)ch;
	(void)fd;
	if (clock_is_slewing(&p->clock)) {
		/* it comes again */
		files_forget(&p->files);
		return;
	}
	if (files_commit(&p->files, m->index, parent_now_ns(), &drift) == 0 &&
	    m->index == FILE_DRIFT) {
		/* what the next engine starts with */
		p->drift = drift;
		p->drift_known = 1;
	}
}

static void
on_dump(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;

	(void)ch;
	(void)fd;
	(void)dumps_write(&proc->parent->dumps, payload, parent_now_ns());
}

static void
on_source_added(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct added *added = &((struct proc *)ctx)->parent->added;
	const struct msg_command *m = payload;

	(void)ch;
	(void)fd;
	/* said once: an engine that was taken over cannot fill the log */
	if (m->command == CANDM_REQ_ADD_SOURCE &&
	    added_put(added, &m->body.add) == -1 && added->refused == 1)
		log_warnx("a source that was added is not remembered");
}

static void
on_source_removed(void *ctx, struct channel *ch, const void *payload,
    int fd)
{
	struct proc *proc = ctx;

	(void)ch;
	(void)fd;
	added_remove(&proc->parent->added, payload);
}

static void
on_entry(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;

	(void)ch;
	(void)fd;
	logfile_write(&proc->parent->logfile, payload);
}

static void
on_change(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;
	struct parent *p = proc->parent;

	(void)ch;
	(void)fd;
	if (p->conf->mail_to[0] == '\0' || p->opt.mode != RUN_DAEMON)
		return;
	if (letters_put(&p->letters, payload, parent_now_ns()))
		supervise_wake(p, ROLE_MAIL);
	else if (p->letters.dropped == 1)
		log_warnx("too many letters to %s: dropped",
		    p->conf->mail_to);
}

/* -Q: the only line that counts; -q: said when the clock was stepped. */
static void
on_oneshot(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_oneshot *m = payload;
	struct proc *proc = ctx;
	struct parent *p = proc->parent;
	int ok;

	(void)ch;
	(void)fd;
	if (p->opt.mode == RUN_DAEMON || p->stopping)
		return;
	ok = m->ok != 0;
	if (ok && p->opt.mode == RUN_PRINT_ONCE)
		log_info("System clock wrong by %.6f seconds (ignored)",
		    timens_to_s(m->offset_ns));
	/* -q that could not set the clock did not do what it was asked */
	if (p->opt.mode == RUN_SET_ONCE && (!p->stepped ||
	    (p->clock_none && !p->opt.no_clock)))
		ok = 0;
	supervise_stop(p, ok ? 0 : 1);
}

/*
 * maxchange: the engine's word ends the daemon only where the configuration
 * asks for that.
 */
static void
on_give_up(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;
	struct parent *p = proc->parent;

	(void)ch;
	(void)payload;
	(void)fd;
	if (p->conf->maxchange_start < 0 || p->conf->maxchange_ignore < 0) {
		log_warnx("the engine gives up, but maxchange does not say "
		    "so");
		supervise_kill(proc);
		return;
	}
	log_at(LOG_LEVEL_ERROR, "the clock is off by more than maxchange "
	    "allows: ending");
	supervise_stop(p, 1);
}

static void
on_pong(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_id *m = payload;
	struct proc *proc = ctx;
	struct parent *p = proc->parent;

	(void)ch;
	(void)fd;
	/* only an answer to the last question is a sign of life */
	if (m->id == p->ping_id && p->ping_id != 0)
		p->pings = 0;
}

static void
on_operator(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;

	(void)ch;
	(void)fd;
	command_operator(proc->parent, payload);
}

static void
on_command(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;

	(void)ch;
	(void)fd;
	command_run(proc->parent, payload);
}

static void
on_access_done(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ch;
	(void)fd;
	command_rule_done(ctx, payload);
}

/*
 * Servers cannot answer until the engine has seen what happened to the clock.
 * A server that was taken over cannot keep it busy with that.
 */
static void
on_page_slipped(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct parent *p = ((struct proc *)ctx)->parent;
	int64_t now_ns = parent_now_ns();

	(void)ch;
	(void)fd;
	if (p->looked_ns != 0 && now_ns - p->looked_ns < PARENT_LOOK_NS)
		return;
	p->looked_ns = now_ns;
	tell_engine(p, MSG_CLOCK_LOOK, payload);
}

static void
on_keys_done(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ch;
	(void)fd;
	rekey_done(ctx, payload);
}

void
handlers_cycle(struct parent *p)
{
	logfile_cycle(&p->logfile);
	if (logsink_cycle(&p->log) == -1)
		log_warn("cannot open the log file %s anew",
		    p->log.file.name);
}

static void
on_cyclelogs(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;

	(void)ch;
	(void)payload;
	(void)fd;
	handlers_cycle(proc->parent);
}

static void
tell_host(const struct proc *proc, const struct host *host)
{
	enum role who = host->what.list == ACCESS_NTP ? ROLE_SERVER :
	    ROLE_CONTROL;

	if (proc->role == who && proc->channel != NULL)
		channel_send(proc->channel, MSG_ACCESS_NET, &host->what, -1);
}

void
handlers_tell_hosts(struct parent *p, const struct proc *proc)
{
	size_t i;

	for (i = 0; i < p->hosts.count; i++)
		if (p->hosts.list[i].resolved)
			tell_host(proc, &p->hosts.list[i]);
	command_tell_rules(p, proc);
}

void
handlers_ask_hosts(struct parent *p)
{
	struct proc *dns = supervise_find(p, ROLE_DNS, 0);
	int64_t now = parent_now_ns(), next;
	struct msg_dnsask ask;
	struct timeval tv;

	if (dns == NULL || dns->state != PROC_READY || dns->channel == NULL)
		return;
	while (hosts_ask(&p->hosts, now, &ask))
		channel_send(dns->channel, MSG_DNS_ASK, &ask, -1);
	if ((next = hosts_next_ns(&p->hosts)) == INT64_MAX)
		return;
	next = (next - now) / NS_PER_SEC + 1;
	tv.tv_sec = next;
	tv.tv_usec = 0;
	if (evtimer_add(p->hosts_timer, &tv) == -1)
		log_warn("timer");
}

static void
on_dns_tell(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct proc *proc = ctx;
	struct parent *p = proc->parent;
	const struct host *host;
	int i;

	(void)ch;
	(void)fd;
	/* which list the answer is for is not known: it is asked again */
	if (reconf_holds(p)) {
		hosts_forget(&p->hosts, parent_now_ns());
		return;
	}
	host = hosts_tell(&p->hosts, parent_now_ns(), payload);
	for (i = 0; host != NULL && i < p->nprocs; i++)
		if (p->procs[i].told_conf)
			tell_host(&p->procs[i], host);
	handlers_ask_hosts(p);
}

static void
on_reload_answer(void *ctx, struct channel *ch, const void *payload, int fd)
{
	(void)ch;
	(void)fd;
	reconf_answer(ctx, payload);
}

static void
on_reload_ask(void *ctx, struct channel *ch, const void *payload, int fd)
{
	const struct msg_ask *m = payload;
	struct proc *proc = ctx;

	(void)ch;
	(void)fd;
	reconf_request(proc->parent, (enum reload_kind)m->value, &m->id);
}

static const struct channel_handler engine_handlers[] = {
	{ MSG_READY,		on_ready },
	{ MSG_LOG,		on_log },
	{ MSG_RELOAD_ANSWER,	on_reload_answer },
	{ MSG_CLOCK_FREQ,	on_freq },
	{ MSG_CLOCK_SLEW,	on_slew },
	{ MSG_CLOCK_STEP,	on_step },
	{ MSG_CLOCK_STATUS,	on_status },
	{ MSG_FILE_WRITE,	on_file_write },
	{ MSG_FILE_COMMIT,	on_file_commit },
	{ MSG_LOG_ENTRY,	on_entry },
	{ MSG_DUMP,		on_dump },
	{ MSG_SOURCE_ADDED,	on_source_added },
	{ MSG_SOURCE_REMOVED,	on_source_removed },
	{ MSG_CHANGE,		on_change },
	{ MSG_ONESHOT_DONE,	on_oneshot },
	{ MSG_GIVE_UP,		on_give_up },
	{ MSG_PONG,		on_pong },
	{ MSG_KEYS_DONE,	on_keys_done },
	{ MSG_NONE,		NULL }
};

static const struct channel_handler control_handlers[] = {
	{ MSG_READY,		on_ready },
	{ MSG_LOG,		on_log },
	{ MSG_OPERATOR,		on_operator },
	{ MSG_COMMAND,		on_command },
	{ MSG_RELOAD_ANSWER,	on_reload_answer },
	{ MSG_RELOAD_ASK,	on_reload_ask },
	{ MSG_CYCLELOGS,	on_cyclelogs },
	{ MSG_NONE,		NULL }
};

static const struct channel_handler server_handlers[] = {
	{ MSG_READY,		on_ready },
	{ MSG_LOG,		on_log },
	{ MSG_RELOAD_ANSWER,	on_reload_answer },
	{ MSG_ACCESS_DONE,	on_access_done },
	{ MSG_PAGE_SLIPPED,	on_page_slipped },
	{ MSG_KEYS_DONE,	on_keys_done },
	{ MSG_NONE,		NULL }
};

static const struct channel_handler dns_handlers[] = {
	{ MSG_READY,		on_ready },
	{ MSG_LOG,		on_log },
	{ MSG_RELOAD_ANSWER,	on_reload_answer },
	{ MSG_DNS_TELL,		on_dns_tell },
	{ MSG_NONE,		NULL }
};

static const struct channel_handler other_handlers[] = {
	{ MSG_READY,		on_ready },
	{ MSG_LOG,		on_log },
	{ MSG_RELOAD_ANSWER,	on_reload_answer },
	{ MSG_NONE,		NULL }
};

const struct channel_handler *
handlers_of(enum role role)
{
	switch (role) {
	case ROLE_ENGINE:
		return (engine_handlers);
	case ROLE_CONTROL:
		return (control_handlers);
	case ROLE_SERVER:
		return (server_handlers);
	case ROLE_DNS:
		return (dns_handlers);
	default:
		return (other_handlers);
	}
}

static void
tell_added(const struct added *a, struct channel *ch)
{
	struct msg_command m;
	size_t i;

	for (i = 0; i < a->count; i++) {
		memset(&m, 0, sizeof(m));
		m.command = CANDM_REQ_ADD_SOURCE;
		m.body.add = a->list[i];
		channel_send(ch, MSG_SOURCE_ADD, &m, -1);
	}
}

static void
engine_ready(struct parent *p, struct proc *proc)
{
	struct msg_clock state;
	size_t i;

	clock_state(&p->clock, &state);
	channel_send(proc->channel, MSG_CLOCK_STATE, &state, -1);
	tell_added(&p->added, proc->channel);
	for (i = 0; i < p->dumps.nloaded; i++)
		channel_send(proc->channel, MSG_SAMPLES, &p->dumps.loaded[i],
		    -1);
	dumps_forget(&p->dumps);
	/* not to wait for half of the watchdog's time */
	if (p->watchdog != NULL)
		handlers_ping(p);
}

void
handlers_engine_gone(struct parent *p)
{
	files_forget(&p->files);
	p->synced = 0;
	/* when all ends, clock_close() leaves the base as it is */
	if (p->stopping)
		return;
	clock_engine_gone(&p->clock);
	notify_status(&p->notify,
	    "not synchronised, the engine is restarting");
}

static void
mail_ready(struct parent *p, struct proc *proc)
{
	struct msg_change m;

	if (letters_take(&p->letters, &m))
		channel_send(proc->channel, MSG_MAIL, &m, -1);
}

void
handlers_proc_ready(struct parent *p, struct proc *proc)
{
	switch (proc->role) {
	case ROLE_ENGINE:
		engine_ready(p, proc);
		break;
	case ROLE_SERVER:
		command_proc_ready(p, proc);
		break;
	case ROLE_DNS:
		handlers_ask_hosts(p);
		break;
	case ROLE_MAIL:
		mail_ready(p, proc);
		break;
	default:
		break;
	}
}

void
handlers_lease_ended(void *ctx, const struct msg_clock *c)
{
	tell_engine(ctx, MSG_CLOCK_LEASE_END, c);
}

void
handlers_ping(struct parent *p)
{
	struct proc *proc = supervise_find(p, ROLE_ENGINE, 0);
	struct msg_id m;

	/* this loop runs: that is what the service manager wants to know */
	notify_send(&p->notify, "WATCHDOG=1");
	if (proc == NULL || proc->state != PROC_READY ||
	    proc->channel == NULL) {
		p->pings = 0;
		return;
	}
	if (p->pings >= PARENT_PINGS) {
		log_warnx("engine gives no sign of life: it is ended");
		p->pings = 0;
		supervise_kill(proc);
		return;
	}
	p->pings++;
	if (++p->ping_id == 0)
		p->ping_id = 1;
	memset(&m, 0, sizeof(m));
	m.id = p->ping_id;
	channel_send(proc->channel, MSG_PING, &m, -1);
}
