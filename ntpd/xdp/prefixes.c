/*
 * Makes the prefixes of the kernel's maps from the rules of the configuration.
 * Runs in ntpd-xdp; pure.
 */
#include "ntpd/xdp/prefixes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"

/* Is a inside b, or the same? */
static int
is_inside(const struct subnet *a, const struct subnet *b)
{
	if (b->addr.family == ADDR_NONE)
		return (1);
	return (a->addr.family == b->addr.family && a->bits >= b->bits &&
	    subnet_contains(b, &a->addr));
}

/* A later `all' takes earlier rules for parts of its subnet away. */
static int
is_removed(const struct conf_access *rules, const size_t *alls, size_t nalls,
    size_t i)
{
	size_t k;

	for (k = nalls; k > 0 && alls[k - 1] > i; k--)
		if (is_inside(&rules[i].net, &rules[alls[k - 1]].net))
			return (1);
	return (0);
}

static void
add(struct prefix *list, size_t *n, const struct conf_access *rule,
    uint16_t family)
{
	struct prefix *p = &list[(*n)++];

	p->family = family;
	p->bits = rule->net.bits;
	p->allow = rule->allow;
	memcpy(p->ip, rule->net.addr.ip, sizeof(p->ip));
}

struct prefix *
prefixes_new(const struct conf *conf, size_t *n)
{
	static const struct conf_access everybody = { .allow = 1 };
	const struct conf_access *rules = conf->access;
	size_t i, nrules = conf->naccess, nalls = 0, *alls;
	struct prefix *list;

	if (nrules == 0 && conf->nlisten > 0) {
		rules = &everybody;
		nrules = 1;
	}
	*n = 0;
	/* without an address family a rule is for both */
	list = calloc(2 * nrules + 1, sizeof(*list));
	alls = calloc(nrules + 1, sizeof(*alls));
	if (list == NULL || alls == NULL)
		goto fail;
	for (i = 0; i < nrules; i++) {
		if (rules[i].host != NULL) {
			errno = EINVAL;
			goto fail;
		}
		if (rules[i].all)
			alls[nalls++] = i;
	}
	for (i = 0; i < nrules; i++) {
		if (is_removed(rules, alls, nalls, i))
			continue;
		if (rules[i].net.addr.family != ADDR_INET6)
			add(list, n, &rules[i], ADDR_INET);
		if (rules[i].net.addr.family != ADDR_INET)
			add(list, n, &rules[i], ADDR_INET6);
	}
	free(alls);
	return (list);
fail:
	free(list);
	free(alls);
	return (NULL);
}

int
prefixes_is_served(const struct conf *conf, const struct addr *local)
{
	const struct addr *bind;
	size_t i;

	if (conf->nlisten == 0) {
		bind = &conf->bindaddress[local->family == ADDR_INET6];
		return (bind->family == ADDR_NONE || memcmp(bind->ip,
		    local->ip, sizeof(bind->ip)) == 0);
	}
	for (i = 0; i < conf->nlisten; i++)
		if (conf->listen[i].family == ADDR_NONE ||
		    (conf->listen[i].family == local->family &&
		    memcmp(conf->listen[i].ip, local->ip,
		    sizeof(local->ip)) == 0))
			return (1);
	return (0);
}
