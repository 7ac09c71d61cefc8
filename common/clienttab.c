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
#define COARSE_SHIFT	26		/* 67 ms: u32 lasts nine years */
#define LOG2_NS		7654		/* log2(1e9) * 256 */
#define LOG2_MIN	(-19 * 256)
#define AVERAGE_SHIFT	2		/* weight of the newest: 1/4 */

/*
 * Tags and times come first, so that looking for a record touches two lines
 * of the cache and the record itself.
 */
struct bucket {
	uint8_t		tags[CLIENTTAB_WAYS];	/* of the hash; 0: free */
	uint32_t	last[CLIENTTAB_WAYS];	/* coarse time of last use */
	uint8_t		pad[48];
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

/* A bit (of eight) for each byte of the word that is x; seldom one more. */
static inline uint64_t
bytes_like(uint64_t word, uint8_t x)
{
	word ^= x * 0x0101010101010101u;
	return ((word - 0x0101010101010101u) & ~word & 0x8080808080808080u);
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
	uint64_t		 word, like;
	unsigned		 half, i;

	for (half = 0; half < CLIENTTAB_WAYS; half += 8) {
		memcpy(&word, b->tags + half, sizeof(word));
		for (like = bytes_like(word, tag); like != 0;
		    like &= like - 1) {
			/* little or big endian: the tag is compared again */
			i = half + (unsigned)__builtin_ctzll(like) / 8;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			i = half + 7 - (i - half);
#endif
			c = &b->clients[i];
			if (c->family == family && same_ip(c->ip, ip))
				return ((int)i);
		}
	}
	return (-1);
}

/* A free place, or that of the record that was not used for longest. */
static unsigned
bucket_room(struct clienttab *tab, struct bucket *b, uint32_t now)
{
	unsigned	i, oldest = 0;
	uint32_t	age, most = 0;

	for (i = 0; i < CLIENTTAB_WAYS; i++) {
		if (b->tags[i] == 0)
			return (i);
		age = now - b->last[i];
		if (age > most) {
			most = age;
			oldest = i;
		}
	}
	tab->evicted++;
	return (oldest);
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

struct client *
clienttab_hit(struct clienttab *tab, const struct addr *a, unsigned bits,
    int64_t now_ns)
{
	struct bucket	*b;
	struct client	*c;
	const uint8_t	*ip = a->ip;
	uint8_t		 masked[16];
	uint64_t	 hash;
	uint32_t	 now = (uint32_t)(now_ns >> COARSE_SHIFT);
	unsigned	 family = a->family;
	int		 i;

	if (bits > 0) {
		mask_ip(masked, a->ip, bits);
		ip = masked;
		family |= FAMILY_PREFIX;
	}
	hash = table_hash(tab, ip, family);
	b = hash_bucket(tab, hash);
	i = bucket_find(b, hash_tag(hash), ip, family);
	if (i != -1) {
		c = &b->clients[i];
		note_interval(c, now_ns);
	} else {
		i = (int)bucket_room(tab, b, now);
		c = &b->clients[i];
		memset(c, 0, sizeof(*c));
		memcpy(c->ip, ip, sizeof(c->ip));
		c->family = (uint8_t)family;
		c->interval = c->limited = CLIENTTAB_NO_INTERVAL;
		c->full_ns = INT64_MIN;
		b->tags[i] = hash_tag(hash);
	}
	b->last[i] = now;
	c->last_ns = now_ns;
	c->hits++;
	return (c);
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

	if (b->tags[index % CLIENTTAB_WAYS] == 0)
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
