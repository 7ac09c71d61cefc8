/*
 * What is made of a resolver's answer.  Runs in dns.  Pure: it must not
 * resolve anything itself.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "ntpd/dns/lookup.h"

/* Unspecified, multicast and broadcast addresses are nobody's. */
static int
addr_is_host(const struct addr *addr)
{
	static const uint8_t	zero[sizeof(addr->ip)];

	if (memcmp(addr->ip, zero, sizeof(zero)) == 0)
		return (0);
	if (addr->family == ADDR_INET6)
		return (addr->ip[0] != 0xff);
	return (addr->ip[0] != 0 && addr->ip[0] < 224);
}

static int
addr_is_wanted(const struct addr *addr, uint32_t family)
{
	return ((family == ADDR_NONE || addr->family == family) &&
	    addr_is_valid(addr) && addr_is_host(addr));
}

unsigned
lookup_collect(const struct addrinfo *list, uint32_t family,
    struct addr *addrs, unsigned max)
{
	const struct addrinfo	*ai;
	struct addr		 addr;
	unsigned		 i, n = 0;

	for (ai = list; ai != NULL && n < max; ai = ai->ai_next) {
		if (ai->ai_addr == NULL ||
		    addr_from_sockaddr(ai->ai_addr, ai->ai_addrlen,
		    &addr) == -1)
			continue;
		addr.port = 0;
		if (!addr_is_wanted(&addr, family))
			continue;
		for (i = 0; i < n; i++)
			if (addr_equal(&addrs[i], &addr))
				break;
		if (i == n)
			addrs[n++] = addr;
	}
	return (n);
}

int
lookup_literal(const char *name, uint32_t family, struct addr *addr)
{
	if (addr_parse(name, addr) == -1)
		return (0);
	addr->port = 0;
	return (addr_is_wanted(addr, family) ? 1 : -1);
}

int
lookup_memory_note(struct lookup_memory *m, const char *name,
    uint32_t family, int error)
{
	struct lookup_memory_row	*row;
	unsigned			 i;
	int				 changed;

	for (i = 0; i < LOOKUP_MEMORY; i++) {
		row = &m->rows[i];
		if (row->error == 0 || row->family != family ||
		    strcmp(row->name, name) != 0)
			continue;
		changed = row->error != error;
		row->error = error;
		return (changed);
	}
	if (error == 0)
		return (0);
	/* the oldest makes room */
	row = &m->rows[m->next];
	m->next = (m->next + 1) % LOOKUP_MEMORY;
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->family = family;
	row->error = error;
	return (1);
}
