/*
 * The pure part of resolving: what of an answer is used, and which failures
 * are worth a line in the log.
 */
#ifndef NTPD_DNS_LOOKUP_H
#define NTPD_DNS_LOOKUP_H

#include <stdint.h>

#include "common/addr.h"

struct addrinfo;

#define LOOKUP_NAME_MAX		256	/* with its NUL */
#define LOOKUP_MEMORY		64	/* names */

/*
 * The addresses of an answer that a packet can be sent to, in the answer's
 * order, each once, port 0.  family: 0, ADDR_INET or ADDR_INET6.  Returns how
 * many, at most max.
 */
unsigned lookup_collect(const struct addrinfo *list, uint32_t family,
	    struct addr *addrs, unsigned max);
/*
 * Is the name an address?  0: no.  1: it is, and of that family.  -1: it is
 * one that is of no use.
 */
int	lookup_literal(const char *name, uint32_t family, struct addr *addr);

/* The last failure of each name; zeroed to begin with. */
struct lookup_memory {
	struct lookup_memory_row {
		char		name[LOOKUP_NAME_MAX];
		uint32_t	family;
		int		error;		/* of getaddrinfo; 0: free */
	}		rows[LOOKUP_MEMORY];
	unsigned	next;			/* row to be used next */
};

/*
 * Notes the result of a lookup (0: good).  Returns 1 when it is another one
 * than last time, so that it should be told; a first success is not.
 */
int	lookup_memory_note(struct lookup_memory *m, const char *name,
	    uint32_t family, int error);

#endif
