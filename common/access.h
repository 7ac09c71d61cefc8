/*
 * Access lists for addresses: who may ask for time (allow, deny) and who may
 * ask the control port (cmdallow, cmddeny).  Built once from the rules of the
 * configuration, then only looked up.  Pure.
 */
#ifndef COMMON_ACCESS_H
#define COMMON_ACCESS_H

#include <stddef.h>
#include <stdint.h>

struct addr;
struct conf_access;
struct access;

/*
 * Makes the list of n rules in file order.  An address gets the decision of
 * the rule with the longest prefix that contains it, whatever the order; of
 * two rules for the same subnet the later one counts; `all' also removes
 * earlier rules for parts of its subnet.  No rule: denied.  (chronyd 4.3
 * decides this way between prefixes of different nibbles; inside one nibble,
 * as with /7 and /8, it takes the later one.)
 * A rule whose host name has no address yet is left out.  Needs time n log n.
 * NULL with errno: ENOMEM, or EINVAL for a prefix longer than its family has.
 */
struct access *access_new(const struct conf_access *rules, size_t n);
void	access_free(struct access *acl);	/* NULL is fine */
/*
 * 1 or 0.  Reads one line of memory for each factor of 16 (IPv4) or 8 (IPv6)
 * of the ranges that differ, at most 2n + 1; the port and the scope do not
 * matter.  ADDR_NONE and a NULL list: 0.
 */
int	access_allows(const struct access *acl, const struct addr *a);
/* An address of either family, left-aligned, as a number. */
struct access_key {
	uint64_t	hi;
	uint64_t	lo;
};

/*
 * The addresses of a family where the decision changes, in order, the first
 * one being 0; *first is the decision there.  Copies as many as there is room
 * for; how many there are, 1 at least.
 */
size_t	access_bounds(const struct access *acl, unsigned family,
	    struct access_key *bounds, size_t room, int *first);
/* Memory that it has, in bytes: for n rules never more than 40 * n + 1024. */
size_t	access_bytes(const struct access *acl);

#endif
