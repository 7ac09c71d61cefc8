/*
 * Names of addresses and addresses of names, by the system's resolver.
 */
#ifndef NTPCTL_NAMES_H
#define NTPCTL_NAMES_H

#include <stddef.h>

struct addr;

/* The name of an address, or the address itself as text; returns buf. */
const char *names_of_addr(const struct addr *a, char *buf, size_t len);
/* First address of a name or a numeric one; family 0: any.  0 or -1. */
int	names_to_addr(const char *name, int family, struct addr *a);

#endif
