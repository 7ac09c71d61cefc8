/*
 * Symmetric keys to those who use them: at their start, after `rekey', after a
 * reload.  Run by the parent.  A file that is bad must leave everybody with
 * the keys that they have.
 */
#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/parent/parent.h"

static void
say(void *ctx, int error, const char *text)
{
	(void)ctx;
	log_at(error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, "%s", text);
}

void
rekey_start(struct parent *p)
{
	/* time is worth more than a file without a mistake */
	if (keystore_read(&p->keys, p->conf, 0, p->uid, p->gid, say,
	    NULL) != 0)
		log_warnx("not all keys can be used");
}

int
rekey_send(struct proc *proc, uint32_t id)
{
	struct msg_keys m;
	size_t len;
	int fd;

	fd = keystore_open(&proc->parent->keys, proc->role, &len);
	if (fd == -1)
		return (-1);
	memset(&m, 0, sizeof(m));
	m.id = id;
	m.len = (uint32_t)len;
	return (channel_send(proc->channel, MSG_KEYS, &m, fd));
}

/*
 * To those that have libcrypto; the others get theirs when they start anew.
 * serial: of a command that waits for the answers, or 0.
 */
static void
send_all(struct parent *p, uint32_t serial)
{
	struct proc *proc;
	int i;

	for (i = 0; i < p->nprocs; i++) {
		proc = &p->procs[i];
		proc->owes_keys = 0;
		if (!proc->keyed || proc->channel == NULL || proc->replaced)
			continue;
		if (rekey_send(proc, serial) == -1) {
			log_warn("keys for %s", role_name(proc->role));
			continue;
		}
		proc->owes_keys = serial;
	}
}

/* Somebody answered or is gone: is it all of them? */
static void
check_all(struct parent *p)
{
	uint32_t id = p->rekey_command;
	int i;

	for (i = 0; i < p->nprocs; i++)
		if (p->procs[i].owes_keys != 0)
			return;
	p->rekey_command = 0;
	if (id != 0)
		command_answer(p, id, CANDM_STT_SUCCESS);
}

void
rekey_apply(struct parent *p, struct keystore *next)
{
	keystore_close(&p->keys);
	p->keys = *next;
	memset(next, 0, sizeof(*next));
	send_all(p, 0);
	check_all(p);
}

/* It ends, and is started again as what it should be now. */
static void
replace(struct proc *proc)
{
	struct msg_empty empty;

	/* what is down or going is started as it should be anyhow */
	if (proc->channel == NULL || proc->replaced || proc->dismissed ||
	    proc->state == PROC_ENDING)
		return;
	log_info("%s is started anew, with keys", role_name(proc->role));
	proc->replaced = 1;
	memset(&empty, 0, sizeof(empty));
	channel_send(proc->channel, MSG_STOP, &empty, -1);
}

void
rekey_replace(struct parent *p)
{
	struct proc *proc;
	int i;

	for (i = 0; i < p->nprocs; i++) {
		proc = &p->procs[i];
		if (!proc->keyed && keystore_has(&p->keys, proc->role))
			replace(proc);
	}
}

void
rekey_command(struct parent *p, uint32_t id)
{
	struct keystore next = { 0 };

	/* one at a time: who answers to what would not be known */
	if (p->rekey_command != 0 || keystore_read(&next, p->conf,
	    keystore_has(&p->keys, ROLE_SERVER), p->uid, p->gid, say,
	    NULL) != 0) {
		log_warnx("rekey: failed, the keys are what they were");
		keystore_close(&next);
		command_answer(p, id, CANDM_STT_FAILED);
		return;
	}
	keystore_close(&p->keys);
	p->keys = next;
	log_info("rekey: read %s", p->conf->keyfile[0] != '\0' ?
	    p->conf->keyfile : "nothing, there is no keyfile");
	p->rekey_command = id;
	if (++p->rekey_serial == 0)
		p->rekey_serial = 1;
	send_all(p, p->rekey_serial);
	check_all(p);
	rekey_replace(p);
}

void
rekey_done(struct proc *proc, const struct msg_keysdone *m)
{
	if (!m->ok)
		log_warnx("%s keeps its old keys", role_name(proc->role));
	if (m->id != proc->owes_keys)
		return;
	proc->owes_keys = 0;
	check_all(proc->parent);
}

void
rekey_proc_gone(struct proc *proc)
{
	if (proc->owes_keys == 0)
		return;
	proc->owes_keys = 0;
	check_all(proc->parent);
}
