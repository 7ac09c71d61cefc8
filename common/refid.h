/*
 * Reference ids, RFC 5905 7.3: how a server names its source.  Apart from
 * addr.h because the hash comes from libmd, which only some roles link.
 */
#ifndef COMMON_REFID_H
#define COMMON_REFID_H

#include <stdint.h>

struct addr;

#define REFID_LOCAL	0x7f7f0101u	/* 127.127.1.1, as chrony's `local' */

/* IPv4: the address; IPv6: the first four bytes of its MD5. Host order. */
uint32_t refid_from_addr(const struct addr *a);

#endif
