/*
 * Requests that wait for the engine.  Runs in ntpd-control; must never hold
 * more than its fixed number of them, nor hand one out twice.
 */
#include "ntpd/control/control_pending.h"

uint32_t
control_pending_add(struct control_pending *p, const struct control_job *job,
    int64_t now_ns)
{
	int		 udp = job->from.addr.family != ADDR_NONE;
	unsigned	 end = udp ? CONTROL_PENDING_UDP : CONTROL_PENDING_MAX;
	unsigned	 i;

	/* Who floods UDP while the engine is slow leaves these to operators. */
	for (i = udp ? 0 : CONTROL_PENDING_UDP; i < end; i++)
		if (p->slots[i].id == 0)
			break;
	if (i == end)
		return (0);
	/* the slot is part of the id, which makes it unique among the live */
	if (++p->next_id > UINT32_MAX / CONTROL_PENDING_MAX - 1)
		p->next_id = 1;
	p->slots[i].id = p->next_id * CONTROL_PENDING_MAX + i;
	p->slots[i].deadline_ns = now_ns + CONTROL_PENDING_NS;
	p->slots[i].job = *job;
	p->count++;
	return (p->slots[i].id);
}

struct control_merge *
control_pending_merge(struct control_pending *p, uint32_t id)
{
	unsigned	 i = id % CONTROL_PENDING_MAX;

	if (id == 0 || p->slots[i].id != id)
		return (NULL);
	return (&p->slots[i].merge);
}

int
control_pending_has(const struct control_pending *p, uint32_t id)
{
	return (id != 0 && p->slots[id % CONTROL_PENDING_MAX].id == id);
}

int
control_pending_is_for(const struct control_pending *p, uint32_t id,
    enum control_to to)
{
	return (control_pending_has(p, id) &&
	    p->slots[id % CONTROL_PENDING_MAX].job.route->to == to);
}

int
control_pending_take(struct control_pending *p, uint32_t id,
    struct control_job *job)
{
	unsigned	 i = id % CONTROL_PENDING_MAX;

	if (id == 0 || p->slots[i].id != id)
		return (-1);
	*job = p->slots[i].job;
	p->slots[i].id = 0;
	p->count--;
	return (0);
}

int
control_pending_take_to(struct control_pending *p, enum control_to to,
    struct control_job *job)
{
	unsigned	 i;

	for (i = 0; i < CONTROL_PENDING_MAX; i++)
		if (p->slots[i].id != 0 && p->slots[i].job.route->to == to)
			return (control_pending_take(p, p->slots[i].id, job));
	return (-1);
}

unsigned
control_pending_expire(struct control_pending *p, int64_t now_ns)
{
	unsigned	 i, n = 0;

	for (i = 0; i < CONTROL_PENDING_MAX; i++) {
		if (p->slots[i].id == 0 || p->slots[i].deadline_ns > now_ns)
			continue;
		p->slots[i].id = 0;
		p->count--;
		n++;
	}
	return (n);
}
