/*
 * Token buckets of the command port, in a table of fixed size.  Runs in
 * ntpd-control; must never grow with the number of clients.
 *
 * A bucket is one number: the instant at which it is full again.  A reply
 * moves it on by one interval; as long as it is not more than burst intervals
 * ahead of now, there is a token left.
 */
#include "ntpd/control/control_limit.h"

#include <string.h>

#include "common/timens.h"

void
control_limit_init(struct control_limit *l, const struct conf_ratelimit *conf,
    uint32_t seed)
{
	memset(l, 0, sizeof(*l));
	l->conf = *conf;
	l->seed = seed;
}

/* FNV-1a over the bytes, begun with the seed. */
static unsigned
limit_hash(const struct control_limit *l, const struct addr *a)
{
	uint32_t	 hash = 2166136261u ^ l->seed;
	unsigned	 i, n = a->family == ADDR_INET ? 4 : 16;

	for (i = 0; i < n; i++)
		hash = (hash ^ a->ip[i]) * 16777619u;
	hash ^= hash >> 15;
	return (hash % CONTROL_LIMIT_SETS);
}

static int64_t
limit_interval(const struct control_limit *l)
{
	if (l->conf.interval_log2 >= 0)
		return (NS_PER_SEC << l->conf.interval_log2);
	return (NS_PER_SEC >> -l->conf.interval_log2);
}

int
control_limit_pass(struct control_limit *l, const struct addr *a,
    int64_t now_ns, uint32_t rnd)
{
	unsigned	 set, i, best = 0;
	int64_t		 interval = limit_interval(l), *free_ns;

	if (!l->conf.enabled)
		return (1);
	set = limit_hash(l, a);
	for (i = 0; i < CONTROL_LIMIT_WAYS; i++) {
		if (addr_equal(&l->slots[set][i].addr, a))
			break;
		if (l->slots[set][i].free_ns < l->slots[set][best].free_ns)
			best = i;
	}
	if (i == CONTROL_LIMIT_WAYS) {
		i = best;
		l->slots[set][i].addr = *a;
		l->slots[set][i].free_ns = 0;
	}
	free_ns = &l->slots[set][i].free_ns;
	if (*free_ns < now_ns)
		*free_ns = now_ns;
	if (*free_ns - now_ns > (l->conf.burst - 1) * interval)
		return ((rnd & ((1u << l->conf.leak_log2) - 1)) == 0);
	*free_ns += interval;
	return (1);
}
