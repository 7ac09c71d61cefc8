/*
 * What a look-up costs in a large access list and in a full table of clients:
 * nanoseconds, and bytes.  Prints; judges nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/access.h"
#include "common/clienttab.h"
#include "common/conf.h"
#include "common/timens.h"

#define LOOKUPS		4000000
#define PREFIXES	1000000
#define CLIENTS		100000

static uint64_t	state = 88172645463325252u;

static uint64_t
next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state);
}

static double
now_ns(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

static void
random_addr(struct addr *a, unsigned family)
{
	uint64_t	x = next(), y = next();

	memset(a, 0, sizeof(*a));
	a->family = (uint16_t)family;
	if (family == ADDR_INET) {
		memcpy(a->ip, &x, 4);
		return;
	}
	/* as they are given out: 2001::/16 .. 2a0f::/16, /32s and /48s */
	memcpy(a->ip, &x, 8);
	memcpy(a->ip + 8, &y, 8);
	a->ip[0] = 0x20 + y % 11;
}

static void
bench_access(unsigned family)
{
	struct conf_access	*rules = calloc(PREFIXES, sizeof(*rules));
	struct addr		*asked = calloc(65536, sizeof(*asked));
	struct access		*acl;
	double			 start_ns;
	unsigned		 i, yes = 0;

	if (rules == NULL || asked == NULL)
		exit(1);
	for (i = 0; i < PREFIXES; i++) {
		random_addr(&rules[i].net.addr, family);
		rules[i].net.bits = (uint16_t)(family == ADDR_INET ?
		    18 + next() % 15 : 32 + next() % 33);
		rules[i].allow = next() % 2;
	}
	if ((acl = access_new(rules, PREFIXES)) == NULL)
		exit(1);
	for (i = 0; i < 65536; i++) {
		/* half of them inside of a prefix */
		random_addr(&asked[i], family);
		if (i % 2)
			memcpy(asked[i].ip, rules[next() % PREFIXES].
			    net.addr.ip, family == ADDR_INET ? 3 : 8);
	}
	start_ns = now_ns();
	for (i = 0; i < LOOKUPS; i++) {
		/* each depends on the one before it, as packets do not */
		yes += (unsigned)access_allows(acl,
		    &asked[(i * 40503u + yes) & 0xffff]);
	}
	printf("access list of %u IPv%u prefixes: %.1f MiB, "
	    "%.0f ns a look-up (%u%% allowed)\n", PREFIXES, family,
	    (double)access_bytes(acl) / (1 << 20),
	    (now_ns() - start_ns) / LOOKUPS, yes / (LOOKUPS / 100));
	access_free(acl);
	free(asked);
	free(rules);
}

static void
bench_clients(const char *what, size_t bytes, uint32_t addresses)
{
	static const uint8_t		 key[CLIENTTAB_KEY_LEN] = "bench";
	static const struct conf_ratelimit limit = { .enabled = 1,
	    .interval_log2 = 3, .burst = 8, .leak_log2 = 2 };
	struct clienttab		*tab = clienttab_new(bytes, key);
	struct client			*c;
	struct addr			 a = { .family = ADDR_INET };
	double				 start_ns;
	uint32_t			 i, n;

	if (tab == NULL)
		exit(1);
	start_ns = now_ns();
	for (i = 0; i < LOOKUPS; i++) {
		n = (uint32_t)(next() % addresses);
		memcpy(a.ip, &n, sizeof(n));
		c = clienttab_hit(tab, &a, 0, (int64_t)i * 1000);
		(void)clienttab_limit(c, &limit, (int64_t)i * 1000, i);
	}
	printf("%s: %u clients have room in %zu bytes, %.0f ns a request, "
	    "%llu evicted\n", what, clienttab_size(tab), bytes,
	    (now_ns() - start_ns) / LOOKUPS,
	    (unsigned long long)clienttab_evicted(tab));
	clienttab_free(tab);
}

int
main(void)
{
	bench_access(ADDR_INET);
	bench_access(ADDR_INET6);
	bench_clients("default client log, 1000 clients", 524288, 1000);
	bench_clients("100000 clients", (size_t)CLIENTS * 85, CLIENTS);
	bench_clients("a flood of addresses", 524288, UINT32_MAX);
	return (0);
}
