/*
 * The access list as prefixes for the kernel's maps, where the longest prefix
 * decides.  Pure.
 */
#ifndef NTPD_XDP_PREFIXES_H
#define NTPD_XDP_PREFIXES_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

struct conf;

struct prefix {
	uint16_t	family;		/* ADDR_INET or ADDR_INET6 */
	uint16_t	bits;
	uint8_t		ip[16];
	uint8_t		allow;
};

/*
 * The rules of a configuration in the order in which they are to be put into
 * the maps, a later one over an earlier one with the same prefix; what no
 * prefix has is denied.  As access_new() has it, and server_access_new().
 * malloc'd, *n of them; NULL with errno, EINVAL for a rule with a host name.
 */
struct prefix *prefixes_new(const struct conf *conf, size_t *n);
/* May a request to this address of ours be answered? */
int	prefixes_is_served(const struct conf *conf, const struct addr *local);

#endif
