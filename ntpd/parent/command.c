/*
 * Commands of operators that are the parent's: access rules, shutdown, and
 * what it has to know before the engine may change the clock.  Run by the
 * parent.  It must never believe more than that control said so: what that
 * may do is bounded by what each command can do.
 */
#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/parent/parent.h"

void
command_answer(struct parent *p, uint32_t id, enum candm_status status)
{
	struct proc *proc = supervise_find(p, ROLE_CONTROL, 0);
	struct msg_result m;

	if (proc == NULL || proc->channel == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.id = id;
	m.status = status;
	channel_send(proc->channel, MSG_RESULT, &m, -1);
}

static enum role
rule_role(const struct msg_rule *rule)
{
	return (rule->list == ACCESS_NTP ? ROLE_SERVER : ROLE_CONTROL);
}

/* A child of the role that rules of this kind are for. */
static int
rule_is_for(const struct msg_rule *rule, const struct proc *proc)
{
	return (proc->role == rule_role(rule) && proc->told_conf &&
	    proc->channel != NULL);
}

/* Those that are told, a bit each; a child that starts is told later. */
static uint64_t
rule_procs(const struct parent *p, const struct msg_rule *rule)
{
	uint64_t procs = 0;
	int i;

	for (i = 0; i < p->nprocs; i++)
		if (rule_is_for(rule, &p->procs[i]))
			procs |= 1ULL << p->procs[i].instance;
	return (procs);
}

/*
 * Nobody was served so far: the servers are started, and this and all that
 * comes before they are there waits for them.
 */
static void
hold_rule(struct parent *p, uint32_t id, const struct msg_rule *rule)
{
	if (rules_hold(&p->rules, id, rule) == -1)
		command_answer(p, id, CANDM_STT_FAILED);
	else if (p->rules.nheld == 1)
		p->hooks->serve(p, rule);
}

/*
 * Control hears the answer when all servers have the rule.  For its own list
 * it gets the rule before the answer, on the same channel.
 */
static void
add_rule(struct parent *p, uint32_t id, const struct msg_rule *rule)
{
	uint64_t procs = rule_procs(p, rule);
	struct msg_rule m = *rule;
	int i;

	if (rule->list == ACCESS_NTP && (p->rules.nheld > 0 ||
	    (rule->allow && p->servers == 0))) {
		hold_rule(p, id, rule);
		return;
	}
	if (rules_must_wait(&p->rules) || rules_add(&p->rules, rule) == -1) {
		log_warnx("too many access rules, or too fast");
		command_answer(p, id, CANDM_STT_FAILED);
		return;
	}
	/* a server that is being restarted would do it too late */
	if (rule->list == ACCESS_NTP)
		fastpath_update(p);
	if (rule->list == ACCESS_NTP && procs != 0)
		m.id = rules_wait(&p->rules, id, procs);
	for (i = 0; i < p->nprocs; i++)
		if (rule_is_for(rule, &p->procs[i]))
			channel_send(p->procs[i].channel, MSG_ACCESS_RULE, &m,
			    -1);
	if (m.id == 0)
		command_answer(p, id, CANDM_STT_SUCCESS);
}

void
command_tell_rules(struct parent *p, const struct proc *proc)
{
	size_t i;

	for (i = 0; i < p->rules.count; i++)
		if (rule_role(&p->rules.list[i]) == proc->role)
			channel_send(proc->channel, MSG_ACCESS_RULE,
			    &p->rules.list[i], -1);
}

void
command_rule_done(struct proc *proc, const struct msg_ruledone *m)
{
	struct parent *p = proc->parent;
	uint32_t command;
	int all;

	command = rules_done(&p->rules, m->id, proc->instance, m->ok != 0,
	    &all);
	if (command != 0)
		command_answer(p, command, all ? CANDM_STT_SUCCESS :
		    CANDM_STT_FAILED);
}

void
command_proc_gone(struct parent *p, const struct proc *proc)
{
	uint32_t command;
	int all;

	/* the next one gets the rule at its start */
	while (proc->role == ROLE_SERVER && (command = rules_gone(&p->rules,
	    proc->instance, &all)) != 0)
		command_answer(p, command, all ? CANDM_STT_SUCCESS :
		    CANDM_STT_FAILED);
}

static void
release_rules(struct parent *p, int ok)
{
	struct rules_held held[RULES_HELD];
	size_t i, n = rules_release(&p->rules, held);

	for (i = 0; i < n; i++)
		if (ok)
			add_rule(p, held[i].command, &held[i].rule);
		else
			command_answer(p, held[i].command, CANDM_STT_FAILED);
}

void
command_proc_ready(struct parent *p, const struct proc *proc)
{
	const struct proc *server;
	uint32_t i;

	if (p->rules.nheld == 0 || proc->role != ROLE_SERVER)
		return;
	for (i = 0; i < p->servers; i++) {
		server = supervise_find(p, ROLE_SERVER, i);
		if (server == NULL || server->state != PROC_READY)
			return;
	}
	release_rules(p, 1);
}

void
command_served(struct parent *p)
{
	if (p->servers == 0)
		release_rules(p, 0);
}

void
command_run(struct parent *p, const struct msg_command *m)
{
	struct msg_rule rule;

	if (rules_from_command(m, &rule) == 0) {
		add_rule(p, m->id, &rule);
		return;
	}
	if (m->command == CANDM_REQ_REKEY) {
		p->hooks->rekey(p, m->id);
		return;
	}
	if (m->command != CANDM_REQ_SHUTDOWN) {
		command_answer(p, m->id, CANDM_STT_INVALID);
		return;
	}
	log_info("An operator asked for the end");
	command_answer(p, m->id, CANDM_STT_SUCCESS);
	supervise_stop(p, 0);
}

void
command_operator(struct parent *p, const struct msg_command *m)
{
	switch (m->command) {
	case CANDM_REQ_MODIFY_MAKESTEP:
		/* for the guard, and for an engine that starts anew */
		p->conf->makestep_s = m->body.makestep.threshold_s;
		p->conf->makestep_limit = m->body.makestep.limit;
		clock_makestep(&p->clock, p->conf->makestep_s,
		    p->conf->makestep_limit);
		break;
	case CANDM_REQ_MAKESTEP:
	case CANDM_REQ_SETTIME:
	case CANDM_REQ_DOFFSET:
	case CANDM_REQ_DFREQ:
	case CANDM_REQ_MANUAL_DELETE:
		clock_operator(&p->clock);
		break;
	default:
		log_warnx("control announced command %u, which changes no "
		    "clock", m->command);
		break;
	}
}
