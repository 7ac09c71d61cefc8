/*
 * Host names in allow, deny, cmdallow and cmddeny: the dns child resolves
 * them, with back-off while it cannot, and the process that has the rule gets
 * the address.  Until then the rule does not count.
 */
#ifndef PARENT_HOSTS_H
#define PARENT_HOSTS_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/messages.h"

#define HOSTS_RETRY_MAX_S	60
#define HOSTS_ASKED_MAX		64	/* questions at a time */

struct conf;
struct conf_access;

struct host {
	struct conf_access *rule;	/* of the parent's configuration */
	struct msg_access  what;	/* net is set when it is resolved */
	uint32_t	asked;		/* id of the question, 0: none */
	unsigned	attempts;	/* failed in a row */
	int64_t		due_ns;		/* MONOTONIC; INT64_MAX: not to ask */
	int		resolved;
};

struct hosts {
	struct host	*list;
	size_t		 count;
	uint32_t	 next_id;
};

/* The names of a configuration, which must outlive this. 0, or -1. */
int	hosts_init(struct hosts *h, struct conf *conf, int64_t now_ns);
void	hosts_free(struct hosts *h);
/* A question that is due, for dns: 1 and *ask; 0: none now. */
int	hosts_ask(struct hosts *h, int64_t now_ns, struct msg_dnsask *ask);
/* When hosts_ask has something to ask again; INT64_MAX: never. */
int64_t	hosts_next_ns(const struct hosts *h);
/*
 * An answer of dns.  The first address counts, as in chrony.  The host that is
 * known now, or NULL: failed, or nobody asked.
 */
const struct host *hosts_tell(struct hosts *h, int64_t now_ns,
	    const struct msg_dnstell *tell);
/* A name of a list that is known; NULL: there is none, or not yet. */
const struct host *hosts_find(const struct hosts *h, uint32_t list,
	    const char *name);
/* What the old ones know counts for the new ones, too. */
void	hosts_carry(struct hosts *h, const struct hosts *old);
/* dns was restarted: what was asked is asked again. */
void	hosts_forget(struct hosts *h, int64_t now_ns);

#endif
