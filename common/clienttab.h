/*
 * A table of clients by their address: how often and when they asked, their
 * token bucket, what the last answer said.  Fixed in memory.  Pure: the time,
 * the key and random numbers are arguments.
 *
 * The table is an array of buckets of CLIENTTAB_WAYS records.  A hash with a
 * secret key says which bucket an address is in, so that nobody can choose
 * addresses that meet there; and if they do, the longest unused record of
 * that bucket gives way, and no operation looks at more than one bucket.
 */
#ifndef COMMON_CLIENTTAB_H
#define COMMON_CLIENTTAB_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

struct candm_clients;
struct clienttab;
struct conf_ratelimit;
struct report_client;
struct report_clients;

#define CLIENTTAB_WAYS		32
#define CLIENTTAB_KEY_LEN	16
#define CLIENTTAB_NO_INTERVAL	INT16_MAX
#define CLIENTTAB_CLIENT_BYTES	66	/* of memory, for each */

/* bits of client.flags */
#define CLIENT_LIMITED		0x1	/* its last request was dropped */
#define CLIENT_XLEAVE		0x2	/* it asked in interleaved mode */
#define CLIENT_SENT		0x4	/* tx is the kernel's timestamp */
#define CLIENT_LISTED		0x8	/* is left out of reports */

/* One line of the cache. */
struct client {
	uint8_t		ip[16];
	int64_t		last_ns;	/* last request */
	int64_t		full_ns;	/* when the token bucket is full */
	uint64_t	rx;		/* of the last answer: NTP times, as */
	uint64_t	tx;		/* sent, and when it really left */
	uint32_t	hits;
	uint32_t	drops;
	int16_t		interval;	/* mean, log2(s) * 256; or none */
	int16_t		limited;	/* the same, while it is limited */
	uint16_t	steps;		/* of the clock, when rx was */
	uint8_t		family;		/* 0: free; 0x80: a prefix */
	uint8_t		flags;
};

enum client_verdict { CLIENT_PASS, CLIENT_DROP, CLIENT_KOD };

/*
 * A table of at most so many bytes (one bucket at least).  Memory that is not
 * used is not touched.  NULL with errno.
 */
struct clienttab *clienttab_new(size_t bytes,
	    const uint8_t key[CLIENTTAB_KEY_LEN]);
void	clienttab_free(struct clienttab *tab);	/* NULL is fine */
/*
 * Notes a request at now_ns (of any clock that does not go back) and gives
 * the client's record, a new one if need be.  The record is valid until the
 * next call.  bits: only so many of the address count, and the record is one
 * of a prefix; 0: all of it.
 */
struct client *clienttab_hit(struct clienttab *tab, const struct addr *a,
	    unsigned bits, int64_t now_ns);
/*
 * The same for a whole address in two parts: what is read first comes into
 * the cache, while other addresses are expected, too; then the hit, with the
 * number that came of that for this address and table.
 */
uint64_t clienttab_expect(const struct clienttab *tab, const struct addr *a);
struct client *clienttab_hit_expected(struct clienttab *tab,
	    const struct addr *a, uint64_t expected, int64_t now_ns);
/* The record of an address, or NULL. */
struct client *clienttab_find(const struct clienttab *tab,
	    const struct addr *a);
/* Is it one of a client, not of a prefix? */
int	clienttab_is_address(const struct client *c);
/* Is this the record of that address? */
int	clienttab_is(const struct client *c, const struct addr *a);
/*
 * Takes a token of c's bucket.  What has none left is answered in one of
 * 2^leak cases all the same, and else with a kiss in one of 2^kod.
 */
enum client_verdict clienttab_limit(struct client *c,
	    const struct conf_ratelimit *conf, int64_t now_ns, uint32_t rnd);
/* Counts a drop, for the mean interval that the next request gives. */
void	clienttab_note_drop(struct client *c);

/* Records there is room for; of an index below that: it, or NULL. */
uint32_t clienttab_size(const struct clienttab *tab);
struct client *clienttab_at(const struct clienttab *tab, uint32_t index);
/* Records that had to give way so far. */
uint64_t clienttab_evicted(const struct clienttab *tab);
void	clienttab_address(const struct client *c, struct addr *a);
/* Mean interval in whole log2 of seconds, or REPORT_NO_INTERVAL. */
int8_t	clienttab_interval_log2(int16_t interval);
/* Seconds since the last request, at most a little less than never. */
uint32_t clienttab_since_s(const struct client *c, int64_t now_ns);
/*
 * A page of the report: up to ask->count clients, of those with ask->min_hits
 * or more, from ask->first on.  Looks at a limited number of records, so
 * there may be more behind fewer than were asked for: see r->next and
 * r->size.  ask->reset: their counts begin anew.  what: whose columns these
 * are.
 */
enum client_columns { CLIENT_NTP, CLIENT_CMD };
void	clienttab_report(const struct clienttab *tab,
	    enum client_columns what, const struct candm_clients *ask,
	    int64_t now_ns, struct report_clients *r);
/* The columns of one client; the others are as they were. */
void	clienttab_columns(const struct client *c, enum client_columns what,
	    int64_t now_ns, struct report_client *r);
/* All bytes of the hash of an address, for tests. */
uint64_t clienttab_hash(const struct clienttab *tab, const uint8_t ip[16],
	    unsigned family);

#endif
