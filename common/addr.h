/*
 * Network addresses as fixed-size values that may cross a process boundary
 * or sit in a table.  Pure: no resolver, no sockets are opened.
 */
#ifndef COMMON_ADDR_H
#define COMMON_ADDR_H

#include <stddef.h>
#include <stdint.h>

struct sockaddr;
struct sockaddr_storage;

#define ADDR_NONE	0
#define ADDR_INET	4
#define ADDR_INET6	6

#define ADDR_TEXT_MAX	64	/* address, %scope and NUL */

struct addr {
	uint16_t	family;		/* ADDR_NONE, ADDR_INET, ADDR_INET6 */
	uint16_t	port;		/* host byte order, 0: none */
	uint32_t	scope;		/* IPv6 scope id, else 0 */
	uint8_t		ip[16];		/* network order; IPv4: first 4 */
};

struct subnet {
	struct addr	addr;		/* NONE with bits 0: everything */
	uint16_t	bits;		/* 0..32 or 0..128 */
	uint16_t	pad;
};

/* True when family, scope and unused bytes are what they may be. */
int	addr_is_valid(const struct addr *a);
/* Same family, bytes and scope (addr_equal) and also port (addr_same). */
int	addr_equal(const struct addr *a, const struct addr *b);
int	addr_same(const struct addr *a, const struct addr *b);
/* Numeric text (with optional %scope) to address; -1 when it is none. */
int	addr_parse(const char *text, struct addr *a);
/* Text without port; always terminated; returns buf. */
const char *addr_format(const struct addr *a, char *buf, size_t len);
/* To sockaddr: returns its length, 0 for ADDR_NONE. */
unsigned addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss);
/* From sockaddr of at least len bytes; -1 for another family or too short. */
int	addr_from_sockaddr(const struct sockaddr *sa, unsigned len,
	    struct addr *a);
/* Its address is valid and the prefix is not longer than the family has. */
int	subnet_is_valid(const struct subnet *s);
/* addr inside subnet (family NONE of the subnet: always). */
int	subnet_contains(const struct subnet *s, const struct addr *a);
/* The same addresses, whatever the bits beyond the prefix are. */
int	subnet_equal(const struct subnet *a, const struct subnet *b);
/*
 * The argument of allow, deny, cmdallow, cmddeny (reference: chrony.conf):
 * "1.2.3.4", "1.2.3.0/24", "2001:db8::/32", short IPv4 "1.2.3", "1.2", "1",
 * "0/0".  Host bits beyond the prefix are cleared.  -1 when it is none.
 */
int	subnet_parse(const char *text, struct subnet *s);
const char *subnet_format(const struct subnet *s, char *buf, size_t len);

#endif
