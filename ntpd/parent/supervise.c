/*
 * The children: start, restart with back-off, pairs, shutdown.  Run by the
 * parent.  Nothing that a child says or does ends the parent; only a child
 * that never once gets ready does, before the daemon has become one.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/timens.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/parent.h"
#include "privsep/memory.h"

/* Within a second of SIGTERM all is over: asked, killed, left alone. */
#define STOP_ASK_MS	350
#define STOP_KILL_MS	200
#define STOP_LEAVE_MS	200
#define HOLD_MS		100	/* a reload is under way: start later */
#define END_WAIT_MS	200	/* for last words, or for the exit */
#define READY_WAIT_MS	30000	/* until a child must be ready */

static void	start_proc(struct proc *);
static void	proc_gone(struct proc *);

static void
arm(struct event *timer, int64_t ms)
{
	struct timeval tv;

	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	if (evtimer_add(timer, &tv) == -1)
		log_warn("timer");
}

struct proc *
supervise_find(struct parent *p, enum role role, uint32_t instance)
{
	int i;

	for (i = 0; i < p->nprocs; i++)
		if (p->procs[i].role == role &&
		    p->procs[i].instance == instance)
			return (&p->procs[i]);
	return (NULL);
}

const char *
supervise_name(const struct proc *proc, char *buf, size_t len)
{
	/* as the title of its process */
	if (proc->instance > 0)
		snprintf(buf, len, "%s %u", role_name(proc->role),
		    proc->instance);
	else
		snprintf(buf, len, "%s", role_name(proc->role));
	return (buf);
}

void
supervise_kill(struct proc *proc)
{
	struct msg_signal m;

	if (!proc->alive || proc->parent->launcher == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.role = proc->role;
	m.instance = proc->instance;
	m.signo = SIGKILL;
	channel_send(proc->parent->launcher, MSG_LAUNCH_SIGNAL, &m, -1);
}

static void
close_channel(struct proc *proc)
{
	channel_free(proc->channel);
	proc->channel = NULL;
}

static void
on_channel_ended(void *ctx, struct channel *ch, enum channel_end end,
    const char *why)
{
	struct proc *proc = ctx;
	char name[PARENT_NAME_MAX];

	(void)ch;
	supervise_name(proc, name, sizeof(name));
	close_channel(proc);
	proc->state = PROC_ENDING;
	proc->parent->hooks->gone(proc->parent, proc);
	switch (end) {
	case CHANNEL_BAD:
		proc->parent->bad_messages++;
		log_warnx("%s sent a bad message (%s; %" PRIu64 " so far): "
		    "it is ended", name, why,
		    proc->parent->bad_messages);
		break;
	case CHANNEL_FULL:
		log_warnx("%s does not read its messages: it is ended", name);
		break;
	case CHANNEL_ERROR:
		log_warnx("channel to %s: %s", name,
		    why != NULL ? why : "error");
		break;
	case CHANNEL_CLOSED:
		/* it is about to exit; if not, it is of no use all the same */
		if (proc->alive) {
			arm(proc->timer, END_WAIT_MS);
			return;
		}
		break;
	}
	if (proc->alive)
		supervise_kill(proc);
	else
		proc_gone(proc);
}

/* What a child's end was, in words. */
static const char *
format_end(const struct proc *proc, char *buf, size_t len)
{
	if (WIFSIGNALED(proc->status))
		snprintf(buf, len, "was ended by signal %d",
		    WTERMSIG(proc->status));
	else
		snprintf(buf, len, "exited with status %d",
		    WEXITSTATUS(proc->status));
	return (buf);
}

static int64_t
backoff_s(unsigned deaths)
{
	int64_t s;

	if (deaths < 2)
		return (0);
	if (deaths > 8)
		return (PARENT_BACKOFF_MAX_S);
	s = 1LL << (deaths - 2);
	return (s < PARENT_BACKOFF_MAX_S ? s : PARENT_BACKOFF_MAX_S);
}

static int
any_running(const struct parent *p)
{
	int i;

	for (i = 0; i < p->nprocs; i++)
		if (p->procs[i].alive || p->procs[i].channel != NULL)
			return (1);
	return (0);
}

/* The last child is gone: now the launcher. */
static void
stop_launcher(struct parent *p)
{
	struct msg_empty empty;

	if (p->launcher == NULL) {
		event_base_loopbreak(p->base);
		return;
	}
	memset(&empty, 0, sizeof(empty));
	channel_send(p->launcher, MSG_STOP, &empty, -1);
}

/*
 * It has done its work, or not: there is no second try, but there may be
 * another letter meanwhile.
 */
static void
mail_gone(struct proc *proc)
{
	struct msg_change m;
	char how[64];

	proc->state = PROC_IDLE;
	if (WIFEXITED(proc->status) && WEXITSTATUS(proc->status) == 0) {
		if (proc->parent->letters.waits)
			start_proc(proc);
		return;
	}
	(void)letters_take(&proc->parent->letters, &m);
	log_warnx("%s %s: no mail was sent", role_name(proc->role),
	    format_end(proc, how, sizeof(how)));
}

/* Both its channel and its process are gone. */
static void
proc_gone(struct proc *proc)
{
	struct parent *p = proc->parent;
	char how[64], when[32], name[PARENT_NAME_MAX];
	int64_t wait_s;

	supervise_name(proc, name, sizeof(name));
	format_end(proc, how, sizeof(how));
	evtimer_del(proc->timer);
	if (proc->role == ROLE_ENGINE)
		p->hooks->engine_gone(p);
	if (proc->role == ROLE_DNS)
		hosts_forget(&p->hosts, parent_now_ns());
	p->hooks->proc_gone(p, proc);
	p->hooks->rekey_gone(proc);
	if (p->stopping) {
		proc->state = PROC_IDLE;
		if (!any_running(p))
			stop_launcher(p);
		return;
	}
	if (proc->role == ROLE_MAIL) {
		mail_gone(proc);
		return;
	}
	if (proc->dismissed) {
		proc->state = PROC_IDLE;
		return;
	}
	if (proc->replaced) {
		proc->state = PROC_BACKOFF;
		arm(proc->timer, 0);
		return;
	}
	if (parent_now_ns() - proc->started_ns > PARENT_FORGIVE_NS)
		proc->deaths = 0;
	proc->deaths++;
	if (!proc->was_ready && proc->deaths >= PARENT_START_DEATHS &&
	    !p->ready) {
		log_at(LOG_LEVEL_ERROR, "%s %s: it cannot be started",
		    name, how);
		proc->state = PROC_IDLE;
		supervise_stop(p, 1);
		return;
	}
	proc->restarts++;
	p->restarts++;
	wait_s = backoff_s(proc->deaths);
	if (wait_s == 0)
		strlcpy(when, "at once", sizeof(when));
	else
		snprintf(when, sizeof(when), "in %lld s", (long long)wait_s);
	log_warnx("%s %s: restart %" PRIu64 " %s", name, how, proc->restarts,
	    when);
	proc->state = PROC_BACKOFF;
	arm(proc->timer, wait_s * 1000);
}

static void
on_proc_timer(evutil_socket_t fd, short what, void *arg)
{
	struct proc *proc = arg;

	(void)fd;
	(void)what;
	if (proc->state == PROC_BACKOFF && !proc->parent->stopping) {
		/* it would not know which configuration is the right one */
		if (proc->parent->hooks->hold(proc->parent))
			arm(proc->timer, HOLD_MS);
		else
			start_proc(proc);
	}
	else if (proc->state == PROC_STARTING) {
		log_warnx("%s does not get ready: it is ended",
		    role_name(proc->role));
		proc->state = PROC_ENDING;
		supervise_kill(proc);
	} else if (proc->state == PROC_ENDING && proc->alive)
		supervise_kill(proc);
	else if (proc->state == PROC_ENDING) {
		/* it is dead but its channel is held open: by nobody good */
		close_channel(proc);
		proc_gone(proc);
	}
}

void
supervise_started(struct parent *p, const struct msg_started *m)
{
	struct proc *proc = supervise_find(p, m->role, m->instance);

	if (proc != NULL && proc->alive)
		proc->pid = m->pid;
}

void
supervise_exited(struct parent *p, const struct msg_exited *m)
{
	struct proc *proc = supervise_find(p, m->role, m->instance);

	if (proc == NULL || !proc->alive)
		return;
	proc->alive = 0;
	proc->status = m->status;
	proc->state = PROC_ENDING;
	p->hooks->gone(p, proc);
	if (proc->channel == NULL)
		proc_gone(proc);
	else
		arm(proc->timer, END_WAIT_MS);	/* its last words */
}

static int
send_conf(struct proc *proc)
{
	struct parent *p = proc->parent;
	struct msg_conf m;
	char *text;
	size_t len;
	int fd;

	text = conf_print(p->conf, ROLE_BIT(proc->role), &len);
	if (text == NULL)
		return (-1);
	fd = conf_files_seal(text, len);
	free(text);
	if (fd == -1)
		return (-1);
	memset(&m, 0, sizeof(m));
	m.len = (uint32_t)len;
	m.mode = p->opt.mode;
	m.clock_none = p->clock_none != 0;
	m.family = p->opt.family;
	if (proc->role == ROLE_CONTROL)
		strlcpy(m.socket_dir, p->socket_dir, sizeof(m.socket_dir));
	return (channel_send(proc->channel, MSG_INIT_CONF, &m, fd));
}

static int
send_copy(struct proc *proc, enum msg_type type, int fd)
{
	struct msg_empty m;

	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	memset(&m, 0, sizeof(m));
	return (channel_send(proc->channel, type, &m, fd));
}

/* The clock page, and with `xdp' a map for who tells and who counts. */
static int
send_page(struct proc *proc)
{
	const struct parent *p = proc->parent;
	int engine = proc->role == ROLE_ENGINE, map;

	if (!engine && proc->role != ROLE_SERVER)
		return (0);
	map = engine ? p->fastpath.times : p->fastpath.service;
	if (map != -1 && proc->instance == 0 &&
	    send_copy(proc, MSG_INIT_XDP, map) == -1)
		return (-1);
	return (send_copy(proc, MSG_INIT_PAGE, engine ? p->page_rw :
	    p->page_ro));
}

static int
send_drift(struct proc *proc)
{
	struct parent *p = proc->parent;
	struct msg_drift m;

	if (proc->role != ROLE_ENGINE)
		return (0);
	m = p->drift;
	if (p->clock.base_held) {
		/* a new engine need not learn what the old one knew */
		m.freq_ppm = -p->clock.base_ppm;
		m.skew_ppm = LEASE_HOLD_PPM;
	} else if (!p->drift_known) {
		m.freq_ppm = -p->clock.base_ppm;
		m.skew_ppm = -1;
	}
	return (channel_send(proc->channel, MSG_INIT_DRIFT, &m, -1));
}

static int
send_peer(struct proc *proc, const struct proc *peer, int fd)
{
	struct msg_child m;

	memset(&m, 0, sizeof(m));
	m.role = peer->role;
	m.instance = peer->instance;
	return (channel_send(proc->channel, MSG_INIT_PEER, &m, fd));
}

/* New pairs with everybody who is there; those who come later make theirs. */
static int
make_pairs(struct proc *proc)
{
	struct parent *p = proc->parent;
	struct proc *peer;
	int fds[2], i;

	for (i = 0; i < p->nprocs; i++) {
		peer = &p->procs[i];
		if (peer == proc || peer->channel == NULL ||
		    peer->state == PROC_ENDING ||
		    !role_is_pair(proc->role, peer->role))
			continue;
		if (launch_pair(fds) == -1)
			return (-1);
		/* each closes its descriptor also when it fails */
		(void)send_peer(peer, proc, fds[1]);
		if (send_peer(proc, peer, fds[0]) == -1)
			return (-1);
	}
	return (0);
}

static void
ask_sockets(struct proc *proc)
{
	struct parent *p = proc->parent;
	int i;

	proc->awaited = 0;
	for (i = 0; i < p->nsockets; i++)
		if (p->sockets[i].failed == 0 &&
		    proc->instance < p->sockets[i].what.members &&
		    listen_owner(p->sockets[i].what.kind) == proc->role) {
			launch_ask_socket(p, i, proc->instance);
			proc->awaited++;
		}
}

static void
finish_init(struct proc *proc)
{
	struct msg_empty m;

	if (proc->awaited > 0 || proc->told_conf || proc->channel == NULL)
		return;
	memset(&m, 0, sizeof(m));
	proc->told_conf = 1;
	channel_send(proc->channel, MSG_INIT_DONE, &m, -1);
	proc->parent->hooks->tell_hosts(proc->parent, proc);
}

void
supervise_socket(struct parent *p, const struct msg_index *which, int fd)
{
	struct proc *proc;
	int i;

	for (i = 0; i < p->nsockets; i++)
		if (p->sockets[i].what.index == which->index)
			break;
	proc = i == p->nsockets ? NULL : supervise_find(p,
	    listen_owner(p->sockets[i].what.kind), which->member);
	if (proc == NULL || proc->channel == NULL || proc->awaited == 0) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (fd != -1)
		channel_send(proc->channel, MSG_INIT_SOCKET,
		    &p->sockets[i].what, fd);
	proc->awaited--;
	finish_init(proc);
}

/* fds: the parent's end and the other, both closed when it fails. */
static int
open_channel(struct proc *proc, int fds[2])
{
	struct channel_params params;

	memset(&params, 0, sizeof(params));
	params.base = proc->parent->base;
	params.fd = fds[0];
	params.me = ROLE_PARENT;
	params.peer = proc->role;
	params.instance = proc->instance;
	params.handlers = proc->parent->hooks->handlers(proc->role);
	params.ctx = proc;
	params.ended = on_channel_ended;
	proc->channel = channel_new(&params);
	if (proc->channel == NULL)
		close(fds[1]);
	return (proc->channel == NULL ? -1 : 0);
}

static void
start_proc(struct proc *proc)
{
	struct parent *p = proc->parent;
	struct msg_start m;
	int fds[2];

	if (p->launcher == NULL)
		return;
	proc->keyed = keystore_has(&p->keys, proc->role);
	proc->replaced = 0;
	proc->started_ns = parent_now_ns();
	proc->told_conf = 0;
	proc->pid = 0;
	if (launch_pair(fds) == -1 || open_channel(proc, fds) == -1) {
		log_warn("channel to %s", role_name(proc->role));
		proc->state = PROC_BACKOFF;
		arm(proc->timer, 1000);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.role = proc->role;
	m.instance = proc->instance;
	m.keys = proc->keyed != 0;
	proc->state = PROC_STARTING;
	proc->alive = 1;
	proc->status = 0;
	if (channel_send(p->launcher, MSG_LAUNCH_START, &m, fds[1]) == -1 ||
	    send_conf(proc) == -1 || send_page(proc) == -1 ||
	    (proc->keyed && p->hooks->send_keys(proc, 0) == -1) ||
	    send_drift(proc) == -1 || make_pairs(proc) == -1) {
		/* the child sees its channel close and ends */
		log_warn("cannot start %s", role_name(proc->role));
		close_channel(proc);
		proc->state = PROC_ENDING;
		supervise_kill(proc);
		return;
	}
	arm(proc->timer, READY_WAIT_MS);
	ask_sockets(proc);
	finish_init(proc);
}

static void
add_proc(struct parent *p, enum role role, uint32_t instance)
{
	struct proc *proc = &p->procs[p->nprocs];

	memset(proc, 0, sizeof(*proc));
	proc->parent = p;
	proc->role = role;
	proc->instance = instance;
	proc->timer = evtimer_new(p->base, on_proc_timer, proc);
	if (proc->timer == NULL)
		fatal("timer");
	p->nprocs++;
}

void
supervise_start(struct parent *p)
{
	uint32_t n;
	int i;

	add_proc(p, ROLE_ENGINE, 0);
	add_proc(p, ROLE_DNS, 0);
	if (p->control)
		add_proc(p, ROLE_CONTROL, 0);
	for (n = 0; n < p->servers; n++)
		add_proc(p, ROLE_SERVER, n);
	for (i = 0; i < p->nprocs; i++)
		start_proc(&p->procs[i]);
	/* sleeps until there is a letter; a reload may bring an address */
	add_proc(p, ROLE_MAIL, 0);
}

void
supervise_wake(struct parent *p, enum role role)
{
	struct proc *proc = supervise_find(p, role, 0);

	if (proc != NULL && proc->state == PROC_IDLE && !p->stopping)
		start_proc(proc);
}

/* This child is needed: started, if it is not there. */
static void
want_proc(struct parent *p, enum role role, uint32_t instance)
{
	struct proc *proc = supervise_find(p, role, instance);

	if (proc == NULL) {
		if (p->nprocs == PARENT_PROCS)
			return;
		add_proc(p, role, instance);
		start_proc(&p->procs[p->nprocs - 1]);
		return;
	}
	/* one that is just leaving is started again when it is gone */
	proc->dismissed = 0;
	if (proc->state == PROC_IDLE)
		start_proc(proc);
}

/* It is not needed any more. */
static void
dismiss_proc(struct proc *proc)
{
	struct msg_empty empty;

	if (proc->dismissed)
		return;
	proc->dismissed = 1;
	memset(&empty, 0, sizeof(empty));
	if (proc->state == PROC_BACKOFF) {
		evtimer_del(proc->timer);
		proc->state = PROC_IDLE;
	} else if (proc->channel != NULL)
		channel_send(proc->channel, MSG_STOP, &empty, -1);
}

void
supervise_want(struct parent *p, enum role role, uint32_t n)
{
	uint32_t i;
	int k;

	for (i = 0; i < n; i++)
		want_proc(p, role, i);
	for (k = 0; k < p->nprocs; k++)
		if (p->procs[k].role == role && p->procs[k].instance >= n)
			dismiss_proc(&p->procs[k]);
}

/* Everybody is ready for the first time: the daemon is there. */
static void
all_ready(struct parent *p)
{
	ssize_t n;

	p->ready = 1;
	notify_send(&p->notify, "READY=1");
	if (p->notify.status[0] == '\0')
		notify_status(&p->notify, "not synchronised");
	if (p->ready_fd != -1) {
		n = write(p->ready_fd, "", 1);
		if (n != 1)
			log_debug("nobody waits for ntpd to be ready");
		close(p->ready_fd);
		p->ready_fd = -1;
		/* the terminal is not ours any more */
		dup2(p->null_fd, STDIN_FILENO);
		dup2(p->null_fd, STDOUT_FILENO);
		dup2(p->null_fd, STDERR_FILENO);
		p->log.to_stderr = 0;
	}
	memory_trim();
	log_debug("all processes are ready");
}

void
supervise_ready(struct parent *p, struct proc *proc)
{
	int i;

	if (proc->state != PROC_STARTING)
		return;
	evtimer_del(proc->timer);
	proc->state = PROC_READY;
	proc->was_ready = 1;
	p->hooks->proc_ready(p, proc);
	if (p->ready)
		return;
	for (i = 0; i < p->nprocs; i++)
		if (p->procs[i].state != PROC_READY &&
		    p->procs[i].role != ROLE_MAIL)
			return;
	all_ready(p);
}

static void
on_stop_timer(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;
	int i;

	(void)fd;
	(void)what;
	switch (p->stopping++) {
	case 1:
		for (i = 0; i < p->nprocs; i++) {
			if (p->procs[i].alive)
				log_warnx("%s does not leave: it is killed",
				    role_name(p->procs[i].role));
			supervise_kill(&p->procs[i]);
		}
		arm(p->stop_timer, STOP_KILL_MS);
		break;
	case 2:
		/* whoever is left ends when its channel closes */
		stop_launcher(p);
		arm(p->stop_timer, STOP_LEAVE_MS);
		break;
	default:
		event_base_loopbreak(p->base);
		break;
	}
}

void
supervise_stop(struct parent *p, int status)
{
	struct msg_empty empty;
	struct proc *proc;
	int i;

	if (p->stopping) {
		/* the launcher's end is what we wait for, or a disaster */
		if (p->launcher == NULL)
			event_base_loopbreak(p->base);
		return;
	}
	p->stopping = 1;
	p->status = status;
	notify_send(&p->notify, "STOPPING=1\nSTATUS=stopping");
	memset(&empty, 0, sizeof(empty));
	for (i = 0; i < p->nprocs; i++) {
		proc = &p->procs[i];
		if (proc->state == PROC_BACKOFF) {
			evtimer_del(proc->timer);
			proc->state = PROC_IDLE;
		}
		if (proc->channel != NULL)
			channel_send(proc->channel, MSG_STOP, &empty, -1);
	}
	if (p->launcher == NULL) {
		event_base_loopbreak(p->base);
		return;
	}
	if (any_running(p))
		arm(p->stop_timer, STOP_ASK_MS);
	else {
		stop_launcher(p);
		p->stopping = 3;
		arm(p->stop_timer, STOP_LEAVE_MS);
	}
}

static void
on_hosts_timer(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	(void)fd;
	(void)what;
	p->hooks->ask_hosts(p);
}

int
supervise_init(struct parent *p)
{
	p->stop_timer = evtimer_new(p->base, on_stop_timer, p);
	p->hosts_timer = evtimer_new(p->base, on_hosts_timer, p);
	if (p->stop_timer == NULL || p->hosts_timer == NULL ||
	    hosts_init(&p->hosts, p->conf, parent_now_ns()) == -1) {
		log_warn("start");
		return (-1);
	}
	return (0);
}

void
supervise_free(struct parent *p)
{
	int i;

	if (p->hosts_timer != NULL)
		event_free(p->hosts_timer);
	p->hosts_timer = NULL;
	hosts_free(&p->hosts);
	rules_free(&p->rules);
	added_free(&p->added);
	if (p->stop_timer != NULL)
		event_free(p->stop_timer);
	p->stop_timer = NULL;
	for (i = 0; i < p->nprocs; i++) {
		close_channel(&p->procs[i]);
		event_free(p->procs[i].timer);
	}
	p->nprocs = 0;
	channel_free(p->launcher);
	p->launcher = NULL;
}
