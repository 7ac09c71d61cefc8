/*
 * Access lists.  The rules are flattened into the sorted addresses where the
 * decision changes, and these made a tree without pointers whose nodes are
 * lines of the cache.  Runs in server and control; must never do I/O or look
 * names up.
 */
#include "common/access.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/conf.h"

#define DEPTH_MAX	130	/* prefixes of 0..128 bits and the default */
#define LEVELS_MAX	24
#define NODE_INET	16	/* keys */
#define NODE_INET6	8
#define LINE		64	/* bytes of the cache's lines */

struct rule {
	struct access_key	start;
	uint32_t	order;	/* 1.. in the file; 0: the default */
	uint32_t	all_order;	/* of the newest `all', 0: none */
	uint8_t		bits;
	uint8_t		allow;
};

/*
 * The bounds of one family, where the decision changes: every other range has
 * the first one's, so that there is nothing to store but the addresses.  Each
 * level has the first key of every node of the one below, down to all bounds
 * in level 0; a look-up reads one node of each.  IPv4 has 16 keys in a node,
 * IPv6 8 upper halves, and a lower half is read where the upper one is equal:
 * a line of the cache either way.
 */
struct table {
	uint32_t	*inet;		/* IPv4 keys of all levels */
	uint64_t	*hi;		/* IPv6 */
	uint64_t	*lo;
	size_t		 at[LEVELS_MAX];	/* where a level begins */
	size_t		 n[LEVELS_MAX];
	unsigned	 levels;
	int		 first;		/* decision of the first range */
};

struct access {
	struct table	inet;
	struct table	inet6;
};

/* A prefix that the current one is inside of. */
struct level {
	struct access_key	end;	/* first address after it */
	int		last;	/* 1: it reaches the end of the space */
	int		allow;
	uint32_t	all_order;	/* newest `all' of it and above */
};

struct builder {
	struct level	 stack[DEPTH_MAX];
	size_t		 depth;
	struct access_key	*bounds;	/* in order */
	size_t		 n;
	int		 first;		/* decision of the first one */
};

static int
key_compare(const struct access_key *a, const struct access_key *b)
{
	if (a->hi != b->hi)
		return (a->hi < b->hi ? -1 : 1);
	if (a->lo != b->lo)
		return (a->lo < b->lo ? -1 : 1);
	return (0);
}

static uint64_t
key_half(const uint8_t *bytes, size_t n)
{
	uint64_t	 half = 0;
	size_t		 i;

	for (i = 0; i < n; i++)
		half |= (uint64_t)bytes[i] << (56 - 8 * i);
	return (half);
}

static struct access_key
key_from_addr(const struct addr *a)
{
	struct access_key	key = { 0, 0 };

	if (a->family == ADDR_INET)
		key.hi = key_half(a->ip, 4);
	else {
		key.hi = key_half(a->ip, 8);
		key.lo = key_half(a->ip + 8, 8);
	}
	return (key);
}

/* Keep the first bits (0..64) of a half. */
static uint64_t
half_mask(uint64_t half, unsigned bits)
{
	return (bits == 0 ? 0 : half & (UINT64_MAX << (64 - bits)));
}

static void
key_mask(struct access_key *key, unsigned bits)
{
	key->hi = half_mask(key->hi, bits < 64 ? bits : 64);
	key->lo = half_mask(key->lo, bits > 64 ? bits - 64 : 0);
}

/* First address after the prefix; 1 when there is none. */
static int
key_after(const struct access_key *start, unsigned bits, struct access_key *end)
{
	*end = *start;
	if (bits == 0)
		return (1);
	if (bits <= 64)
		end->hi += 1ULL << (64 - bits);
	else {
		end->lo += 1ULL << (128 - bits);
		if (end->lo == 0)
			end->hi++;
	}
	return (end->hi == 0 && end->lo == 0);
}

/* By address, outer before inner, the latest of equal ones first. */
static int
rule_compare(const void *va, const void *vb)
{
	const struct rule	*a = va, *b = vb;
	int			 c;

	if ((c = key_compare(&a->start, &b->start)) != 0)
		return (c);
	if (a->bits != b->bits)
		return (a->bits < b->bits ? -1 : 1);
	return (a->order > b->order ? -1 : a->order < b->order);
}

/* What holds after the last bound. */
static int
builder_decision(const struct builder *b)
{
	return (b->first ^ (int)((b->n - 1) & 1));
}

/* From start on the decision is allow. Starts never decrease. */
static void
builder_put(struct builder *b, const struct access_key *start, int allow)
{
	if (b->n > 0 && key_compare(&b->bounds[b->n - 1], start) == 0)
		b->n--;
	if (b->n == 0)
		b->first = allow;
	else if (builder_decision(b) == allow)
		return;
	b->bounds[b->n++] = *start;
}

/* Leave the prefixes that end at or before the key (NULL: all). */
static void
builder_leave(struct builder *b, const struct access_key *key)
{
	struct level	*top;

	while (b->depth > 1) {
		top = &b->stack[b->depth - 1];
		if (key != NULL &&
		    (top->last || key_compare(&top->end, key) > 0))
			return;
		b->depth--;
		if (!top->last)
			builder_put(b, &top->end,
			    b->stack[b->depth - 1].allow);
	}
}

static void
builder_enter(struct builder *b, const struct rule *r)
{
	struct level	*level = &b->stack[b->depth];
	uint32_t	 all_order = 0;

	if (b->depth > 0)
		all_order = b->stack[b->depth - 1].all_order;
	if (r->order < all_order)
		return;		/* a later `all' around it removed it */
	level->last = key_after(&r->start, r->bits, &level->end);
	level->allow = r->allow;
	level->all_order = r->all_order > all_order ?
	    r->all_order : all_order;
	b->depth++;
	builder_put(b, &r->start, r->allow);
}

/*
 * Of the rules for one prefix only the latest decides, but an older `all'
 * among them still removed what is inside and older than itself.
 */
static size_t
rules_merge(struct rule *rules, size_t n)
{
	struct rule	*last;
	size_t		 i, out = 0;

	for (i = 0; i < n; i++) {
		last = out > 0 ? &rules[out - 1] : NULL;
		if (last == NULL || last->bits != rules[i].bits ||
		    key_compare(&last->start, &rules[i].start) != 0)
			rules[out++] = rules[i];
		else if (last->all_order < rules[i].all_order)
			last->all_order = rules[i].all_order;
	}
	return (out);
}

/* The rules of one family, the default in front. Returns how many. */
static size_t
rules_collect(struct rule *rules, const struct conf_access *conf, size_t n,
    unsigned family)
{
	struct rule	*r = rules;
	size_t		 i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < n; i++) {
		if (conf[i].net.addr.family == ADDR_NONE) {
			if (conf[i].host != NULL)
				continue;
		} else if (conf[i].net.addr.family != family)
			continue;
		r++;
		r->start = key_from_addr(&conf[i].net.addr);
		r->bits = (uint8_t)conf[i].net.bits;
		r->order = (uint32_t)i + 1;
		r->all_order = conf[i].all ? r->order : 0;
		r->allow = conf[i].allow != 0;
		key_mask(&r->start, r->bits);
	}
	return (r - rules + 1);
}

/* How many keys the levels have, the nodes' full ones and the last of each. */
static size_t
table_shape(struct table *t, size_t n, size_t node)
{
	size_t	at = 0;

	t->levels = 0;
	for (;;) {
		t->at[t->levels] = at;
		t->n[t->levels++] = n;
		at += (n + node - 1) / node * node;
		if (n <= node)
			return (at);
		n = (n + node - 1) / node;
	}
}

/* Room for n numbers of that size, in whole lines. */
static void *
table_room(size_t n, size_t size)
{
	void	*room;

	room = aligned_alloc(LINE, (n * size + LINE - 1) / LINE * LINE);
	if (room != NULL)
		/* what follows the last key is above all of them */
		memset(room, 0xff, n * size);
	return (room);
}

static int
table_fill_inet(struct table *t, const struct builder *b)
{
	size_t		i, total = table_shape(t, b->n, NODE_INET);
	unsigned	l;

	if ((t->inet = table_room(total, sizeof(*t->inet))) == NULL)
		return (-1);
	for (i = 0; i < b->n; i++)
		t->inet[i] = (uint32_t)(b->bounds[i].hi >> 32);
	for (l = 1; l < t->levels; l++)
		for (i = 0; i < t->n[l]; i++)
			t->inet[t->at[l] + i] =
			    t->inet[t->at[l - 1] + i * NODE_INET];
	return (0);
}

static int
table_fill_inet6(struct table *t, const struct builder *b)
{
	size_t		i, total = table_shape(t, b->n, NODE_INET6);
	unsigned	l;

	t->hi = table_room(total, sizeof(*t->hi));
	t->lo = table_room(total, sizeof(*t->lo));
	if (t->hi == NULL || t->lo == NULL)
		return (-1);
	for (i = 0; i < b->n; i++) {
		t->hi[i] = b->bounds[i].hi;
		t->lo[i] = b->bounds[i].lo;
	}
	for (l = 1; l < t->levels; l++)
		for (i = 0; i < t->n[l]; i++) {
			t->hi[t->at[l] + i] =
			    t->hi[t->at[l - 1] + i * NODE_INET6];
			t->lo[t->at[l] + i] =
			    t->lo[t->at[l - 1] + i * NODE_INET6];
		}
	return (0);
}

static int
table_build(struct table *t, const struct conf_access *conf, size_t n,
    unsigned family)
{
	struct builder	 b;
	struct rule	*rules;
	size_t		 i, nrules;
	int		 rc;

	if ((rules = calloc(n + 1, sizeof(*rules))) == NULL)
		return (-1);
	nrules = rules_collect(rules, conf, n, family);
	qsort(rules, nrules, sizeof(*rules), rule_compare);
	nrules = rules_merge(rules, nrules);
	b.depth = 0;
	b.n = 0;
	b.first = 0;
	/* every prefix changes the decision at most where it starts and ends */
	if ((b.bounds = calloc(2 * nrules + 1, sizeof(*b.bounds))) == NULL) {
		free(rules);
		return (-1);
	}
	for (i = 0; i < nrules; i++) {
		builder_leave(&b, &rules[i].start);
		builder_enter(&b, &rules[i]);
	}
	builder_leave(&b, NULL);
	free(rules);
	t->first = b.first;
	rc = family == ADDR_INET ? table_fill_inet(t, &b) :
	    table_fill_inet6(t, &b);
	free(b.bounds);
	return (rc);
}

static int
rule_is_valid(const struct conf_access *rule)
{
	static const unsigned	 max[] = {
		[ADDR_NONE] = 0, [ADDR_INET] = 32, [ADDR_INET6] = 128,
	};
	unsigned		 family = rule->net.addr.family;

	if (family != ADDR_NONE && family != ADDR_INET &&
	    family != ADDR_INET6)
		return (0);
	return (rule->net.bits <= max[family]);
}

struct access *
access_new(const struct conf_access *rules, size_t n)
{
	struct access	*acl;
	size_t		 i;

	for (i = 0; i < n; i++) {
		if (!rule_is_valid(&rules[i])) {
			errno = EINVAL;
			return (NULL);
		}
	}
	if ((acl = calloc(1, sizeof(*acl))) == NULL)
		return (NULL);
	if (table_build(&acl->inet, rules, n, ADDR_INET) == -1 ||
	    table_build(&acl->inet6, rules, n, ADDR_INET6) == -1) {
		access_free(acl);
		errno = ENOMEM;
		return (NULL);
	}
	return (acl);
}

void
access_free(struct access *acl)
{
	if (acl == NULL)
		return;
	free(acl->inet.inet);
	free(acl->inet6.hi);
	free(acl->inet6.lo);
	free(acl);
}

/*
 * Down the levels: i is the range of one, and the node of the next one below.
 * Keys behind the last one of a level compare equal only to the last address
 * of all, and then i is put back.
 */
static size_t
table_find_inet(const struct table *t, uint32_t key)
{
	const uint32_t	*node;
	size_t		 i = 0;
	unsigned	 l, k, below;

	for (l = t->levels; l-- > 0; ) {
		node = t->inet + t->at[l] + i * NODE_INET;
		below = 0;
		for (k = 0; k < NODE_INET; k++)
			below += node[k] <= key;
		i = i * NODE_INET + below - 1;
		if (i >= t->n[l])
			i = t->n[l] - 1;
	}
	return (i);
}

static size_t
table_find_inet6(const struct table *t, const struct access_key *key)
{
	const uint64_t	*hi, *lo;
	size_t		 i = 0;
	unsigned	 l, k, below, same;

	for (l = t->levels; l-- > 0; ) {
		hi = t->hi + t->at[l] + i * NODE_INET6;
		below = same = 0;
		for (k = 0; k < NODE_INET6; k++) {
			below += hi[k] < key->hi;
			same += hi[k] == key->hi;
		}
		if (same > 0) {
			lo = t->lo + t->at[l] + i * NODE_INET6 + below;
			for (k = 0; k < same && lo[k] <= key->lo; k++)
				;
			below += k;
		}
		i = i * NODE_INET6 + below - 1;
		if (i >= t->n[l])
			i = t->n[l] - 1;
	}
	return (i);
}

int
access_allows(const struct access *acl, const struct addr *a)
{
	struct access_key	key;
	size_t		i;

	if (acl == NULL)
		return (0);
	key = key_from_addr(a);
	if (a->family == ADDR_INET) {
		i = table_find_inet(&acl->inet, (uint32_t)(key.hi >> 32));
		return (acl->inet.first ^ (int)(i & 1));
	}
	if (a->family == ADDR_INET6) {
		i = table_find_inet6(&acl->inet6, &key);
		return (acl->inet6.first ^ (int)(i & 1));
	}
	return (0);
}

size_t
access_bounds(const struct access *acl, unsigned family,
    struct access_key *bounds, size_t room, int *first)
{
	const struct table	*t;
	size_t			 i;

	t = family == ADDR_INET ? &acl->inet : &acl->inet6;
	*first = t->first;
	/* level 0 has them all, from its beginning on */
	for (i = 0; i < t->n[0] && i < room; i++) {
		bounds[i].hi = family == ADDR_INET ?
		    (uint64_t)t->inet[i] << 32 : t->hi[i];
		bounds[i].lo = family == ADDR_INET ? 0 : t->lo[i];
	}
	return (t->n[0]);
}

size_t
access_bytes(const struct access *acl)
{
	const struct table	*t4 = &acl->inet, *t6 = &acl->inet6;

	return (sizeof(*acl) + (t4->at[t4->levels - 1] + NODE_INET) *
	    sizeof(*t4->inet) + (t6->at[t6->levels - 1] + NODE_INET6) *
	    (sizeof(*t6->hi) + sizeof(*t6->lo)));
}
