/*
 * Our own addresses, and which of them requests may come to.  Pure.
 */
#ifndef NTPD_XDP_LOCAL_H
#define NTPD_XDP_LOCAL_H

struct addr;
struct conf;

/* May a request to this address of ours be answered? */
int	local_is_served(const struct conf *conf, const struct addr *local);

#endif
