/*
 * What the loader tells the program in the kernel.  Compiled for both.
 */
#ifndef NTPD_XDP_MAPS_H
#define NTPD_XDP_MAPS_H

#include <linux/in6.h>
#include <linux/types.h>

#define XDP_LOCAL_MAX	1024		/* addresses of ours */

/* keys of the prefix maps, as the kernel wants them */
struct xdp_prefix4 {
	__u32		len;		/* bits */
	__u32		addr;		/* network order */
};

struct xdp_prefix6 {
	__u32		len;
	struct in6_addr	addr;
};

struct xdp_config {
	__u16	port;			/* network order */
	__u8	loopback;		/* the interface is lo */
	__u8	pad;
	__u8	mac[6];			/* of the interface */
	__u8	pad2[2];
};

#endif
