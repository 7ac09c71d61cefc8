/*
 * Access lists.  The rules are flattened into a sorted array of the addresses
 * where the decision changes, so that a look-up touches one small array and
 * no tree.  Runs in server and control; must never do I/O or look names up.
 */
#include "common/access.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/conf.h"

#define DEPTH_MAX	130	/* prefixes of 0..128 bits and the default */

/* An address of either family, left-aligned, as a number. */
struct key {
	uint64_t	hi;
	uint64_t	lo;
};

struct rule {
	struct key	start;
	unsigned	bits;
	size_t		order;	/* 1.. in the file; 0: the default */
	size_t		all_order;	/* of the newest `all', 0: none */
	int		allow;
};

/* The decision from start up to the next bound. */
struct bound {
	struct key	start;
	int		allow;
};

struct table {
	struct bound	*bounds;	/* [0] starts at 0 */
	size_t		 n;
};

struct access {
	struct table	inet;
	struct table	inet6;
};

/* A prefix that the current one is inside of. */
struct level {
	struct key	end;	/* first address after it */
	int		last;	/* 1: it reaches the end of the space */
	int		allow;
	size_t		all_order;	/* newest `all' of it and above */
};

struct builder {
	struct level	 stack[DEPTH_MAX];
	size_t		 depth;
	struct table	*table;
};

static int
key_compare(const struct key *a, const struct key *b)
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

static struct key
key_from_addr(const struct addr *a)
{
	struct key	key = { 0, 0 };

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
key_mask(struct key *key, unsigned bits)
{
	key->hi = half_mask(key->hi, bits < 64 ? bits : 64);
	key->lo = half_mask(key->lo, bits > 64 ? bits - 64 : 0);
}

/* First address after the prefix; 1 when there is none. */
static int
key_after(const struct key *start, unsigned bits, struct key *end)
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

/* From start on the decision is allow. Starts never decrease. */
static void
table_put(struct table *t, const struct key *start, int allow)
{
	if (t->n > 0 && key_compare(&t->bounds[t->n - 1].start, start) == 0)
		t->n--;
	if (t->n > 0 && t->bounds[t->n - 1].allow == allow)
		return;
	t->bounds[t->n].start = *start;
	t->bounds[t->n].allow = allow;
	t->n++;
}

/* Leave the prefixes that end at or before the key (NULL: all). */
static void
builder_leave(struct builder *b, const struct key *key)
{
	struct level	*top;

	while (b->depth > 1) {
		top = &b->stack[b->depth - 1];
		if (key != NULL &&
		    (top->last || key_compare(&top->end, key) > 0))
			return;
		b->depth--;
		if (!top->last)
			table_put(b->table, &top->end,
			    b->stack[b->depth - 1].allow);
	}
}

static void
builder_enter(struct builder *b, const struct rule *r)
{
	struct level	*level = &b->stack[b->depth];
	size_t		 all_order = 0;

	if (b->depth > 0)
		all_order = b->stack[b->depth - 1].all_order;
	if (r->order < all_order)
		return;		/* a later `all' around it removed it */
	level->last = key_after(&r->start, r->bits, &level->end);
	level->allow = r->allow;
	level->all_order = r->all_order > all_order ?
	    r->all_order : all_order;
	b->depth++;
	table_put(b->table, &r->start, r->allow);
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
			if (conf[i].host[0] != '\0')
				continue;
		} else if (conf[i].net.addr.family != family)
			continue;
		r++;
		r->start = key_from_addr(&conf[i].net.addr);
		r->bits = conf[i].net.bits;
		r->order = i + 1;
		r->all_order = conf[i].all ? i + 1 : 0;
		r->allow = conf[i].allow != 0;
		key_mask(&r->start, r->bits);
	}
	return (r - rules + 1);
}

static int
table_build(struct table *t, const struct conf_access *conf, size_t n,
    unsigned family)
{
	struct builder	 b;
	struct rule	*rules;
	size_t		 i, nrules;

	if ((rules = calloc(n + 1, sizeof(*rules))) == NULL)
		return (-1);
	nrules = rules_collect(rules, conf, n, family);
	qsort(rules, nrules, sizeof(*rules), rule_compare);
	nrules = rules_merge(rules, nrules);
	/* every prefix changes the decision at most where it starts and ends */
	if ((t->bounds = calloc(2 * nrules + 1, sizeof(*t->bounds))) == NULL) {
		free(rules);
		return (-1);
	}
	b.depth = 0;
	b.table = t;
	for (i = 0; i < nrules; i++) {
		builder_leave(&b, &rules[i].start);
		builder_enter(&b, &rules[i]);
	}
	builder_leave(&b, NULL);
	free(rules);
	return (0);
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
	free(acl->inet.bounds);
	free(acl->inet6.bounds);
	free(acl);
}

int
access_allows(const struct access *acl, const struct addr *a)
{
	const struct table	*t;
	struct key		 key;
	size_t			 low = 0, high, mid;

	if (acl == NULL)
		return (0);
	if (a->family == ADDR_INET)
		t = &acl->inet;
	else if (a->family == ADDR_INET6)
		t = &acl->inet6;
	else
		return (0);
	key = key_from_addr(a);
	for (high = t->n; high - low > 1; ) {
		mid = low + (high - low) / 2;
		if (key_compare(&t->bounds[mid].start, &key) <= 0)
			low = mid;
		else
			high = mid;
	}
	return (t->bounds[low].allow);
}
