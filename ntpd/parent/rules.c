/*
 * Access rules of run time.  Parent core: pure.
 */
#include "ntpd/parent/rules.h"

#include <stdlib.h>
#include <string.h>

void
rules_clear(struct rules *r)
{
	free(r->list);
	r->list = NULL;
	r->count = 0;
}

void
rules_free(struct rules *r)
{
	free(r->list);
	memset(r, 0, sizeof(*r));
}

int
rules_from_command(const struct msg_command *m, struct msg_rule *rule)
{
	static const struct {
		uint32_t	command;
		uint8_t		list;
		uint8_t		allow;
		uint8_t		all;
	} kinds[] = {
		{ CANDM_REQ_ALLOW, ACCESS_NTP, 1, 0 },
		{ CANDM_REQ_ALLOWALL, ACCESS_NTP, 1, 1 },
		{ CANDM_REQ_DENY, ACCESS_NTP, 0, 0 },
		{ CANDM_REQ_DENYALL, ACCESS_NTP, 0, 1 },
		{ CANDM_REQ_CMDALLOW, ACCESS_COMMAND, 1, 0 },
		{ CANDM_REQ_CMDALLOWALL, ACCESS_COMMAND, 1, 1 },
		{ CANDM_REQ_CMDDENY, ACCESS_COMMAND, 0, 0 },
		{ CANDM_REQ_CMDDENYALL, ACCESS_COMMAND, 0, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].command != m->command)
			continue;
		memset(rule, 0, sizeof(*rule));
		rule->list = kinds[i].list;
		rule->allow = kinds[i].allow;
		rule->all = kinds[i].all;
		rule->net = m->body.subnet;
		return (0);
	}
	return (-1);
}

/* The newer one decides all that the older one did. */
static int
is_covered(const struct msg_rule *old, const struct msg_rule *new)
{
	return (old->list == new->list && (!old->all || new->all) &&
	    subnet_equal(&old->net, &new->net));
}

int
rules_add(struct rules *r, const struct msg_rule *rule)
{
	struct msg_rule *grown;
	size_t i;

	for (i = 0; i < r->count; i++) {
		if (!is_covered(&r->list[i], rule))
			continue;
		r->count--;
		memmove(&r->list[i], &r->list[i + 1],
		    (r->count - i) * sizeof(*r->list));
		i--;
	}
	if (r->count >= RULES_MAX)
		return (-1);
	grown = reallocarray(r->list, r->count + 1, sizeof(*grown));
	if (grown == NULL)
		return (-1);
	r->list = grown;
	r->list[r->count] = *rule;
	r->list[r->count++].id = 0;
	return (0);
}

int
rules_hold(struct rules *r, uint32_t command, const struct msg_rule *rule)
{
	if (r->nheld == RULES_HELD)
		return (-1);
	r->held[r->nheld].command = command;
	r->held[r->nheld++].rule = *rule;
	return (0);
}

size_t
rules_release(struct rules *r, struct rules_held *held)
{
	size_t n = r->nheld;

	memcpy(held, r->held, n * sizeof(*held));
	r->nheld = 0;
	return (n);
}

int
rules_must_wait(const struct rules *r)
{
	size_t i;

	for (i = 0; i < RULES_WAITING; i++)
		if (r->waiting[i].id == 0)
			return (0);
	return (1);
}

uint32_t
rules_wait(struct rules *r, uint32_t command, uint64_t procs)
{
	size_t i;

	for (i = 0; i < RULES_WAITING; i++)
		if (r->waiting[i].id == 0)
			break;
	if (i == RULES_WAITING)
		return (0);
	if (++r->next_id == 0)
		r->next_id = 1;
	r->waiting[i].id = r->next_id;
	r->waiting[i].command = command;
	r->waiting[i].procs = procs;
	r->waiting[i].failed = 0;
	return (r->next_id);
}

/* One process less: the command, when it was the last, or 0. */
static uint32_t
answered(struct rules *r, size_t i, unsigned proc, int *all)
{
	r->waiting[i].procs &= ~(1ULL << proc);
	if (r->waiting[i].procs != 0)
		return (0);
	r->waiting[i].id = 0;
	*all = !r->waiting[i].failed;
	return (r->waiting[i].command);
}

uint32_t
rules_done(struct rules *r, uint32_t id, unsigned proc, int ok, int *all)
{
	size_t i;

	for (i = 0; i < RULES_WAITING; i++) {
		if (r->waiting[i].id != id || id == 0)
			continue;
		r->waiting[i].failed |= !ok;
		return (answered(r, i, proc, all));
	}
	return (0);
}

uint32_t
rules_gone(struct rules *r, unsigned proc, int *all)
{
	uint32_t command;
	size_t i;

	for (i = 0; i < RULES_WAITING; i++) {
		if (r->waiting[i].id == 0 ||
		    (r->waiting[i].procs & 1ULL << proc) == 0)
			continue;
		if ((command = answered(r, i, proc, all)) != 0)
			return (command);
	}
	return (0);
}
