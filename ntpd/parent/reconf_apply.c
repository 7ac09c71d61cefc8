/*
 * What a new configuration means for the parent itself: what it cannot change
 * any more, which sockets come and go, and the change.  Run by the parent.
 * Nothing before reconf_apply() may touch what the old configuration said.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/reconf.h"

void
reconf_say(struct reconf *rc, char kind, const char *fmt, ...)
{
	char text[RECONF_LINE_MAX];
	const char *line;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line = reconf_lines_add(&rc->lines, kind, "%s", text);
	if (line == NULL)
		return;
	log_at(kind == RECONF_ERROR ? LOG_LEVEL_ERROR :
	    kind == RECONF_WARNING ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
	    "reload: %.*s", (int)strcspn(line, "\n"), line);
}

/* ---- what needs a restart ---------------------------------------------- */

static void
on_change(void *ctx, const struct conf_change *change)
{
	struct reconf *rc = ctx;

	if (!change->restart)
		return;
	reconf_say(rc, RECONF_WARNING, "needs a restart: %s", change->text);
	(void)conf_keep(rc->next, rc->p->conf, change->directive);
}

static void
keep_file(struct reconf *rc, const char *directive, const char *old,
    const char *new, int is_dir)
{
	char dir[DIRS_PATH_MAX];

	if (new[0] == '\0' || strcmp(old, new) == 0)
		return;
	if (is_dir)
		strlcpy(dir, new, sizeof(dir));
	else if (dirs_parent(new, dir, sizeof(dir)) == -1)
		dir[0] = '\0';
	if (start_may_write(rc->p, dir) && access(dir, F_OK) == 0)
		return;
	reconf_say(rc, RECONF_WARNING, "needs a restart: %s %s (in a "
	    "directory that was not used at the start)", directive, new);
	(void)conf_keep(rc->next, rc->p->conf, directive);
}

/* The control process lives in the directory of its socket. */
static void
keep_cmdsocket(struct reconf *rc)
{
	const struct parent *p = rc->p;
	char dir[DIRS_PATH_MAX];

	if (rc->next->cmdsocket[0] == '\0' ||
	    strcmp(p->conf->cmdsocket, rc->next->cmdsocket) == 0)
		return;
	if (p->socket_dir[0] != '\0' && dirs_parent(rc->next->cmdsocket, dir,
	    sizeof(dir)) == 0 && strcmp(dir, p->socket_dir) == 0)
		return;
	reconf_say(rc, RECONF_WARNING, "needs a restart: bindcmdaddress %s "
	    "(in another directory)", rc->next->cmdsocket);
	memcpy(rc->next->cmdsocket, p->conf->cmdsocket,
	    sizeof(rc->next->cmdsocket));
}

/* Ports below 1024 are for who had one at the start: others gave it up. */
static void
keep_ports(struct reconf *rc)
{
	const struct parent *p = rc->p;
	struct conf *next = rc->next;

	if (p->reserved || !p->is_root)
		return;
	if (rc->servers > 0 && next->port < PARENT_RESERVED) {
		if (p->servers > 0) {
			reconf_say(rc, RECONF_WARNING,
			    "needs a restart: port %d (below %d)",
			    next->port, PARENT_RESERVED);
			(void)conf_keep(next, p->conf, "port");
		} else {
			reconf_say(rc, RECONF_WARNING, "needs a restart: "
			    "serving on port %d (below %d)", next->port,
			    PARENT_RESERVED);
			rc->servers = 0;
		}
	}
	if (next->cmdport != 0 && next->cmdport < PARENT_RESERVED) {
		reconf_say(rc, RECONF_WARNING,
		    "needs a restart: cmdport %d (below %d)", next->cmdport,
		    PARENT_RESERVED);
		(void)conf_keep(next, p->conf, "cmdport");
	}
}

void
reconf_keep(struct reconf *rc)
{
	const struct conf *old = rc->p->conf;
	struct conf *next = rc->next;

	/* what the table says of each directive, then what depends */
	(void)conf_diff(old, next, on_change, rc);
	keep_file(rc, "driftfile", old->driftfile, next->driftfile, 0);
	keep_file(rc, "logdir", old->logdir, next->logdir, 1);
	keep_cmdsocket(rc);
	rc->servers = start_count_servers(rc->p, next);
	keep_ports(rc);
	if (!fastpath_can_have(&rc->p->fastpath, old, next))
		reconf_say(rc, RECONF_WARNING, "needs a restart: xdp (with "
		    "another port, other addresses or ratelimit; until then "
		    "the server answers alone)");
	rc->control = next->cmdport != 0 || (next->cmdsocket[0] != '\0' &&
	    rc->p->socket_dir[0] != '\0');
}

/* ---- sockets ------------------------------------------------------------ */

/* Whatever number of processes has it. */
static int
is_same_socket(const struct msg_socket *a, const struct msg_socket *b)
{
	return (a->kind == b->kind && addr_same(&a->addr, &b->addr) &&
	    strcmp(a->path, b->path) == 0 &&
	    strcmp(a->device, b->device) == 0);
}

static int
find_socket(const struct parent *p, const struct msg_socket *what)
{
	int i;

	for (i = 0; i < p->nsockets; i++)
		if (is_same_socket(&p->sockets[i].what, what))
			return (i);
	return (-1);
}

static uint32_t
free_index(const struct parent *p)
{
	uint32_t index;
	int i;

	for (index = 0; index < MSG_SOCKETS; index++) {
		for (i = 0; i < p->nsockets; i++)
			if (p->sockets[i].what.index == index)
				break;
		if (i == p->nsockets)
			break;
	}
	return (index);
}

/* How many answers are to come: 1 when it changes. */
static int
plan_size(struct parent_socket *s, const struct msg_socket *next)
{
	/* one that could not be had at the start stays so */
	if (s->failed != 0 || (s->what.members == next->members &&
	    (next->members == 1 || s->what.prefix == next->prefix)))
		return (0);
	s->next_members = next->members;
	s->next_prefix = next->prefix;
	return (1);
}

static void
send_group(const struct parent *p, const struct parent_socket *s,
    uint32_t sockets, uint32_t members)
{
	struct msg_group m;

	memset(&m, 0, sizeof(m));
	m.index = s->what.index;
	m.sockets = sockets;
	m.members = members;
	m.prefix = s->what.prefix;
	if (p->launcher != NULL)
		channel_send(p->launcher, MSG_LAUNCH_GROUP, &m, -1);
}

void
reconf_resize(struct reconf *rc, int i)
{
	const struct parent_socket *s = &rc->p->sockets[i];
	uint32_t is = s->what.members, next = s->next_members;

	send_group(rc->p, s, is > next ? is : next, is < next ? is : next);
	launch_ask_socket(rc->p, i, (is > next ? is : next) - 1);
}

/* It is as it was, or as it was to be. */
static void
end_size(const struct parent *p, struct parent_socket *s, int committed)
{
	if (s->next_members == 0)
		return;
	if (committed) {
		s->what.members = s->next_members;
		s->what.prefix = s->next_prefix;
	}
	s->next_members = 0;
	s->failed = 0;
	send_group(p, s, s->what.members, s->what.members);
}

int
reconf_plan_sockets(struct reconf *rc)
{
	struct msg_socket list[LISTEN_MAX];
	struct parent *p = rc->p;
	struct parent_socket *s;
	int i, k, n, fresh = 0;

	n = start_list_sockets(p, rc->next, rc->servers, rc->control, list);
	if (n == -1) {
		reconf_say(rc, RECONF_ERROR, "more than %d addresses to "
		    "listen on", CHILD_SOCKETS);
		return (-1);
	}
	for (i = 0; i < PARENT_SOCKETS; i++)
		rc->closing[i] = i < p->nsockets;
	for (i = 0; i < n; i++) {
		k = find_socket(p, &list[i]);
		if (k != -1) {
			rc->closing[k] = 0;
			fresh += plan_size(&p->sockets[k], &list[i]);
			continue;
		}
		s = &p->sockets[p->nsockets];
		memset(s, 0, sizeof(*s));
		s->what = list[i];
		s->what.index = free_index(p);
		s->fresh = 1;
		p->nsockets++;
		fresh += (int)s->what.members;
	}
	return (fresh);
}

void
reconf_close(struct reconf *rc, int i)
{
	uint32_t k;

	for (k = 0; k < MSG_INSTANCES; k++) {
		if (rc->fds[i][k] != -1)
			close(rc->fds[i][k]);
		rc->fds[i][k] = -1;
	}
}

void
reconf_drop_sockets(struct reconf *rc, int committed)
{
	struct parent *p = rc->p;
	struct msg_index m;
	int i, n = 0;

	for (i = 0; i < p->nsockets; i++) {
		reconf_close(rc, i);
		if (committed ? !rc->closing[i] : !p->sockets[i].fresh) {
			end_size(p, &p->sockets[i], committed);
			p->sockets[i].fresh = 0;
			p->sockets[n++] = p->sockets[i];
			continue;
		}
		memset(&m, 0, sizeof(m));
		m.index = p->sockets[i].what.index;
		if (p->launcher != NULL)
			channel_send(p->launcher, MSG_LAUNCH_CLOSESOCK, &m,
			    -1);
	}
	p->nsockets = n;
}

/* ---- the configuration of a role ---------------------------------------- */

/* Rules whose names are known already count at once: as their addresses. */
static struct conf_access *
copy_rules(const struct parent *p, uint32_t list,
    const struct conf_access *rules, size_t n)
{
	const struct host *host;
	struct conf_access *copy;
	size_t i;

	copy = calloc(n + 1, sizeof(*copy));
	if (copy == NULL)
		return (NULL);
	for (i = 0; i < n; i++) {
		copy[i] = rules[i];
		host = rules[i].host == NULL ? NULL :
		    hosts_find(&p->hosts, list, rules[i].host);
		if (host != NULL) {
			copy[i].net = host->what.net;
			copy[i].host = NULL;
		}
	}
	return (copy);
}

int
reconf_seal(const struct reconf *rc, enum role role, size_t *len)
{
	struct conf *next = rc->next;
	struct conf_access *access = next->access;
	struct conf_access *cmdaccess = next->cmdaccess;
	char *text;
	int fd = -1;

	next->access = copy_rules(rc->p, ACCESS_NTP, access, next->naccess);
	next->cmdaccess = copy_rules(rc->p, ACCESS_COMMAND, cmdaccess,
	    next->ncmdaccess);
	if (next->access != NULL && next->cmdaccess != NULL) {
		text = conf_print(next, ROLE_BIT(role), len);
		if (text != NULL)
			fd = conf_files_seal(text, *len);
		free(text);
	}
	free(next->access);
	free(next->cmdaccess);
	next->access = access;
	next->cmdaccess = cmdaccess;
	return (fd);
}

/* ---- the change --------------------------------------------------------- */

static void
change_driftfile(struct parent *p, const struct conf *next)
{
	struct files_place *place = &p->files.places[FILE_DRIFT], new;

	memset(&new, 0, sizeof(new));
	if (strcmp(p->conf->driftfile, next->driftfile) == 0)
		return;
	files_forget(&p->files);
	if (next->driftfile[0] == '\0')
		new.dirfd = -1;
	else if (files_place_open(&new, next->driftfile) == -1)
		log_warn("cannot open the directory of the drift file %s",
		    next->driftfile);
	/* the record of a slew stays where it was */
	if (place->dirfd != -1 && place->dirfd != p->restore.dirfd)
		close(place->dirfd);
	*place = new;
}

static void
change_logs(struct parent *p, const struct conf *next)
{
	int fd;

	if (strcmp(p->conf->logdir, next->logdir) != 0 ||
	    (p->log_fd == -1 && next->logdir[0] != '\0')) {
		fd = next->logdir[0] == '\0' ? -1 : open(next->logdir,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd == -1 && next->logdir[0] != '\0')
			log_warn("cannot open the log directory %s",
			    next->logdir);
		logfile_close(&p->logfile);
		if (p->log_fd != -1)
			close(p->log_fd);
		p->log_fd = fd;
	}
	logfile_change(&p->logfile, p->log_fd, next->log,
	    (uint32_t)next->logbanner);
}

static void
change_hosts(struct parent *p, struct conf *next)
{
	struct hosts hosts;

	if (hosts_init(&hosts, next, parent_now_ns()) == -1) {
		log_warn("names of access rules");
		memset(&hosts, 0, sizeof(hosts));
	}
	hosts_carry(&hosts, &p->hosts);
	hosts_free(&p->hosts);
	p->hosts = hosts;
}

static void
change_children(struct reconf *rc)
{
	struct parent *p = rc->p;

	p->servers = rc->servers;
	p->control = rc->control;
	supervise_want(p, ROLE_CONTROL, rc->control != 0);
	supervise_want(p, ROLE_SERVER, rc->servers);
}

void
reconf_apply(struct reconf *rc)
{
	struct clockguard_policy policy;
	struct parent *p = rc->p;
	struct conf *old = p->conf;

	change_driftfile(p, rc->next);
	change_logs(p, rc->next);
	change_hosts(p, rc->next);
	if (rc->kind == RELOAD_ALL) {
		memset(&policy, 0, sizeof(policy));
		start_clock_policy(rc->next, &policy);
		clock_set_policy(&p->clock, &policy, rc->next->rtcsync);
	}
	if (!fastpath_can_have(&p->fastpath, p->conf, rc->next))
		fastpath_end(&p->fastpath);
	p->conf = rc->next;
	rc->next = NULL;
	/* before the COMMIT that may bring sources which use them */
	if (!rc->serving)
		rekey_apply(p, &rc->keys);
	conf_free(old);
	/* the access lists are what the file says */
	if (rc->kind == RELOAD_ALL)
		rules_clear(&p->rules);
	/* who is started now asks for its sockets, the new ones alone */
	reconf_drop_sockets(rc, 1);
	change_children(rc);
	/* also for a server that is away and starts with the new one */
	fastpath_update(p);
}
