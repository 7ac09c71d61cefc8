/*
 * The table of clients.  Runs in ntpd-server and ntpd-control on addresses
 * that anybody can forge; must never allocate after it was made, nor look at
 * more than one bucket for one request.
 */
#include "common/clienttab.h"

#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/report.h"
#include "common/timens.h"

#define FAMILY_PREFIX	0x80
#define LOG2_NS		7654		/* log2(1e9) * 256 */
#define LOG2_MIN	(-19 * 256)
#define AVERAGE_SHIFT	2		/* weight of the newest: 1/4 */

#define WORDS		(CLIENTTAB_WAYS / 8)
#define OLDEST		(CLIENTTAB_WAYS - 1)

/* A byte for each record; most processors compute with 16 at once. */
union bytes {
	uint8_t		of[CLIENTTAB_WAYS];
	uint64_t	words[WORDS];
	int8_t __attribute__((__vector_size__(16))) half[2];
};

/*
 * What is needed to look for a record, or for the one that gives way, is one
 * line of the cache, and the record another.
 */
struct bucket {
	union bytes	tags;	/* of the hash; 0: free */
	union bytes	ages;	/* 0: the last that was used, 1: the one
				 * before it ..; if not free */
	struct client	clients[CLIENTTAB_WAYS];
};

struct clienttab {
	void		*memory;
	struct bucket	*buckets;
	uint32_t	 nbuckets;
	uint64_t	 key[2];
	uint64_t	 evicted;
};

_Static_assert(sizeof(struct client) == 64, "one line of the cache");
_Static_assert(CLIENTTAB_WAYS == 32, "one line of the cache");
_Static_assert(sizeof(struct bucket) ==
    CLIENTTAB_WAYS * CLIENTTAB_CLIENT_BYTES, "bytes of a client");

struct clienttab *
clienttab_new(size_t bytes, const uint8_t key[CLIENTTAB_KEY_LEN])
{
	struct clienttab	*tab;
	size_t			 n = bytes / sizeof(struct bucket);

	if (n == 0)
		n = 1;
	else if (n > UINT32_MAX / CLIENTTAB_WAYS)
		n = UINT32_MAX / CLIENTTAB_WAYS;
	if ((tab = calloc(1, sizeof(*tab))) == NULL)
		return (NULL);
	/* zero pages of the kernel's, which cost nothing until written to */
	tab->memory = calloc(1, n * sizeof(struct bucket) + 63);
	if (tab->memory == NULL) {
		free(tab);
		return (NULL);
	}
	tab->buckets = (struct bucket *)(((uintptr_t)tab->memory + 63) &
	    ~(uintptr_t)63);
	tab->nbuckets = (uint32_t)n;
	memcpy(tab->key, key, sizeof(tab->key));
	return (tab);
}

void
clienttab_free(struct clienttab *tab)
{
	if (tab == NULL)
		return;
	free(tab->memory);
	free(tab);
}

static inline uint64_t
rotate(uint64_t x, unsigned bits)
{
	return (x << bits | x >> (64 - bits));
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/*
 * SipHash-1-3 (Aumasson and Bernstein, 2012), of which no way to find
 * colliding inputs without the key is known.  The last word has what tells
 * the families apart where the definition has the length.
 */
static inline uint64_t
table_hash(const struct clienttab *tab, const uint8_t ip[16],
    unsigned family)
{
	uint64_t	v[4], word;
	uint32_t	inet;

	v[0] = tab->key[0] ^ 0x736f6d6570736575u;
	v[1] = tab->key[1] ^ 0x646f72616e646f6du;
	v[2] = tab->key[0] ^ 0x6c7967656e657261u;
	v[3] = tab->key[1] ^ 0x7465646279746573u;
	if ((family & ~(unsigned)FAMILY_PREFIX) == ADDR_INET) {
		memcpy(&inet, ip, sizeof(inet));
		sip_word(v, (uint64_t)family << 56 | inet);
	} else {
		memcpy(&word, ip, sizeof(word));
		sip_word(v, word);
		memcpy(&word, ip + 8, sizeof(word));
		sip_word(v, word);
		sip_word(v, (uint64_t)family << 56);
	}
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return (v[0] ^ v[1] ^ v[2] ^ v[3]);
}

uint64_t
clienttab_hash(const struct clienttab *tab, const uint8_t ip[16],
    unsigned family)
{
	return (table_hash(tab, ip, family));
}

/* Where a byte is x; those are 0xff, the others 0. */
static inline union bytes
bytes_like(const union bytes *b, uint8_t x)
{
	union bytes	like;

	like.half[0] = b->half[0] == (int8_t)x;
	like.half[1] = b->half[1] == (int8_t)x;
	return (like);
}

/* The first of these in a word that has one, and takes it out. */
static inline unsigned
next_byte(uint64_t *word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	unsigned	at = (unsigned)__builtin_clzll(*word) / 8;

	*word &= ~(0xff00000000000000u >> at * 8);
#else
	unsigned	at = (unsigned)__builtin_ctzll(*word) / 8;

	*word &= ~(0xffull << at * 8);
#endif
	return (at);
}

/* The first place where a byte is x, or -1. */
static inline int
byte_at(const union bytes *b, uint8_t x)
{
	union bytes	like = bytes_like(b, x);
	unsigned	i;

	for (i = 0; i < WORDS; i++)
		if (like.words[i] != 0)
			return ((int)(i * 8 + next_byte(&like.words[i])));
	return (-1);
}

static inline int
same_ip(const uint8_t a[16], const uint8_t b[16])
{
	uint64_t	x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return (((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0);
}

static inline uint8_t
hash_tag(uint64_t hash)
{
	uint8_t	tag = hash >> 56;

	return (tag == 0 ? 1 : tag);
}

static inline struct bucket *
hash_bucket(const struct clienttab *tab, uint64_t hash)
{
	/* the low half, spread over their number without a division */
	return (&tab->buckets[(hash & 0xffffffffu) * tab->nbuckets >> 32]);
}

/* The place of an address in its bucket, or -1. */
static inline int
bucket_find(const struct bucket *b, uint8_t tag, const uint8_t ip[16],
    unsigned family)
{
	const struct client	*c;
	union bytes		 like = bytes_like(&b->tags, tag);
	unsigned		 i, at;

	for (i = 0; i < WORDS; i++) {
		while (like.words[i] != 0) {
			at = i * 8 + next_byte(&like.words[i]);
			c = &b->clients[at];
			if (c->family == family && same_ip(c->ip, ip))
				return ((int)at);
		}
	}
	return (-1);
}

/* This one is used: those that were used since its last time age. */
static inline void
bucket_use(struct bucket *b, unsigned at, uint8_t age)
{
	/* what is true is -1 */
	b->ages.half[0] -= b->ages.half[0] < (int8_t)age;
	b->ages.half[1] -= b->ages.half[1] < (int8_t)age;
	b->ages.of[at] = 0;
}

/* A free place, or that of the record that was not used for longest. */
static unsigned
bucket_room(struct clienttab *tab, struct bucket *b, uint8_t tag)
{
	int	at;

	if ((at = byte_at(&b->tags, 0)) == -1) {
		at = byte_at(&b->ages, OLDEST);
		tab->evicted++;
	}
	b->tags.of[at] = tag;
	bucket_use(b, (unsigned)at, OLDEST);
	return ((unsigned)at);
}

/* log2 of seconds times 256, of the interval; the fraction is linear. */
static int
interval_log2(int64_t ns)
{
	int		high, value;

	if (ns <= 0)
		return (LOG2_MIN);
	high = 63 - __builtin_clzll((uint64_t)ns);
	value = (int)((uint64_t)ns << (63 - high) >> 55 & 0xff);
	value += high * 256 - LOG2_NS;
	return (value < LOG2_MIN ? LOG2_MIN : value);
}

static void
note_interval(struct client *c, int64_t now_ns)
{
	int	 newest = interval_log2(now_ns - c->last_ns);
	int16_t	*mean;

	mean = c->flags & CLIENT_LIMITED ? &c->limited : &c->interval;
	if (*mean == CLIENTTAB_NO_INTERVAL)
		*mean = (int16_t)newest;
	else
		*mean += (int16_t)((newest - *mean) >> AVERAGE_SHIFT);
}

static void
mask_ip(uint8_t ip[16], const uint8_t from[16], unsigned bits)
{
	memset(ip, 0, 16);
	memcpy(ip, from, bits / 8);
	if (bits % 8 != 0)
		ip[bits / 8] = from[bits / 8] & (0xff00 >> bits % 8);
}

static struct client *
hit(struct clienttab *tab, const uint8_t ip[16], unsigned family,
    uint64_t hash, int64_t now_ns)
{
	struct bucket	*b = hash_bucket(tab, hash);
	struct client	*c;
	int		 i = bucket_find(b, hash_tag(hash), ip, family);

	if (i != -1) {
		c = &b->clients[i];
		bucket_use(b, (unsigned)i, b->ages.of[i]);
		note_interval(c, now_ns);
	} else {
		i = (int)bucket_room(tab, b, hash_tag(hash));
		c = &b->clients[i];
		memset(c, 0, sizeof(*c));
		memcpy(c->ip, ip, sizeof(c->ip));
		c->family = (uint8_t)family;
		c->interval = c->limited = CLIENTTAB_NO_INTERVAL;
		c->full_ns = INT64_MIN;
	}
	c->last_ns = now_ns;
	c->hits++;
	return (c);
}

struct client *
clienttab_hit(struct clienttab *tab, const struct addr *a, unsigned bits,
    int64_t now_ns)
{
	const uint8_t	*ip = a->ip;
	uint8_t		 masked[16];
	unsigned	 family = a->family;

	if (bits > 0) {
		mask_ip(masked, a->ip, bits);
		ip = masked;
		family |= FAMILY_PREFIX;
	}
	return (hit(tab, ip, family, table_hash(tab, ip, family), now_ns));
}

uint64_t
clienttab_expect(const struct clienttab *tab, const struct addr *a)
{
	uint64_t	hash = table_hash(tab, a->ip, a->family);

	__builtin_prefetch(hash_bucket(tab, hash), 1);
	return (hash);
}

struct client *
clienttab_hit_expected(struct clienttab *tab, const struct addr *a,
    uint64_t expected, int64_t now_ns)
{
	return (hit(tab, a->ip, a->family, expected, now_ns));
}

struct client *
clienttab_find(const struct clienttab *tab, const struct addr *a)
{
	uint64_t	 hash = table_hash(tab, a->ip, a->family);
	struct bucket	*b = hash_bucket(tab, hash);
	int		 i = bucket_find(b, hash_tag(hash), a->ip, a->family);

	return (i == -1 ? NULL : &b->clients[i]);
}

int
clienttab_is_address(const struct client *c)
{
	return ((c->family & FAMILY_PREFIX) == 0);
}

int
clienttab_is(const struct client *c, const struct addr *a)
{
	return (c->family == a->family && same_ip(c->ip, a->ip));
}

static int64_t
limit_interval_ns(const struct conf_ratelimit *conf)
{
	if (conf->interval_log2 >= 0)
		return (NS_PER_SEC << conf->interval_log2);
	return (NS_PER_SEC >> -conf->interval_log2);
}

/*
 * The bucket is one number: the instant at which it is full again.  An answer
 * moves it on by one interval; while it is less than burst intervals ahead
 * there is a token left.
 */
enum client_verdict
clienttab_limit(struct client *c, const struct conf_ratelimit *conf,
    int64_t now_ns, uint32_t rnd)
{
	int64_t	interval_ns = limit_interval_ns(conf);
	int64_t	most_ns = now_ns + conf->burst * interval_ns;

	if (c->full_ns < now_ns)
		c->full_ns = now_ns;
	else if (c->full_ns > most_ns)
		/* an earlier limit's, before a reload */
		c->full_ns = most_ns;
	if (c->full_ns - now_ns <= (conf->burst - 1) * interval_ns) {
		c->full_ns += interval_ns;
		c->flags &= (uint8_t)~CLIENT_LIMITED;
		return (CLIENT_PASS);
	}
	if ((rnd & ((1u << conf->leak_log2) - 1)) == 0) {
		c->flags &= (uint8_t)~CLIENT_LIMITED;
		return (CLIENT_PASS);
	}
	clienttab_note_drop(c);
	if (conf->kod_log2 > 0 &&
	    (rnd >> 16 & ((1u << conf->kod_log2) - 1)) == 0)
		return (CLIENT_KOD);
	return (CLIENT_DROP);
}

void
clienttab_note_drop(struct client *c)
{
	c->flags |= CLIENT_LIMITED;
	c->drops++;
}

uint32_t
clienttab_size(const struct clienttab *tab)
{
	return (tab->nbuckets * CLIENTTAB_WAYS);
}

struct client *
clienttab_at(const struct clienttab *tab, uint32_t index)
{
	struct bucket	*b = &tab->buckets[index / CLIENTTAB_WAYS];

	if (b->tags.of[index % CLIENTTAB_WAYS] == 0)
		return (NULL);
	return (&b->clients[index % CLIENTTAB_WAYS]);
}

uint64_t
clienttab_evicted(const struct clienttab *tab)
{
	return (tab->evicted);
}

void
clienttab_address(const struct client *c, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = c->family & (uint8_t)~FAMILY_PREFIX;
	memcpy(a->ip, c->ip, sizeof(a->ip));
}

int8_t
clienttab_interval_log2(int16_t interval)
{
	if (interval == CLIENTTAB_NO_INTERVAL)
		return (REPORT_NO_INTERVAL);
	return ((int8_t)((interval + 128) >> 8));
}

uint32_t
clienttab_since_s(const struct client *c, int64_t now_ns)
{
	int64_t	s = (now_ns - c->last_ns) / NS_PER_SEC;

	if (s < 0)
		return (0);
	return (s >= REPORT_NEVER ? REPORT_NEVER - 1 : (uint32_t)s);
}
