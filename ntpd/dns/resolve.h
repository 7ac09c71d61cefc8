/*
 * Lookups that do not wait for each other: getaddrinfo(3) blocks, so each
 * runs in a thread of its own, up to a limit.
 */
#ifndef NTPD_DNS_RESOLVE_H
#define NTPD_DNS_RESOLVE_H

#include <stdint.h>

#include "common/addr.h"
#include "ntpd/dns/lookup.h"

#define RESOLVE_ADDRS		16	/* addresses of an answer */
#define RESOLVE_WORKERS		64	/* threads, made when needed */
#define RESOLVE_QUEUE		256	/* names on the way */
#define RESOLVE_IDS		8	/* questions that share one lookup */

struct event_base;
struct resolve;

struct resolve_answer {
	uint32_t	id;
	uint32_t	family;		/* as asked */
	const char	*name;
	int		error;		/* EAI_*, 0: good */
	int		system_error;	/* errno of EAI_SYSTEM */
	uint32_t	count;		/* of addrs; 0 is possible when good */
	struct addr	addrs[RESOLVE_ADDRS];
};

typedef void (*resolve_fn)(void *ctx, const struct resolve_answer *answer);

/* done() is called from the event loop.  NULL with errno. */
struct resolve *resolve_new(struct event_base *base, resolve_fn done,
	    void *ctx);
/*
 * Forgets all.  Threads that are still in the resolver are left alone: they
 * own what they use and end by themselves or with the process.
 */
void	resolve_free(struct resolve *r);	/* NULL is fine */
/*
 * Looks a valid host name up, once.  done() is called exactly once with id,
 * later.  A name that is already being looked up is not looked up twice.
 * -1 with errno: done() will not be called (too many, or no thread).
 */
int	resolve_ask(struct resolve *r, uint32_t id, uint32_t family,
	    const char *name);
/* Nobody waits for what was asked so far: done() is not called for it. */
void	resolve_forget(struct resolve *r);

#endif
