/*
 * What the loader tells the program in the kernel.  Compiled for both.
 */
#ifndef NTPD_XDP_MAPS_H
#define NTPD_XDP_MAPS_H

#include <linux/types.h>

#define XDP_LOCAL_MAX	1024		/* addresses of ours */

struct xdp_config {
	__u16	port;			/* network order */
	__u8	loopback;		/* the interface is lo */
	__u8	pad;
	__u8	mac[6];			/* of the interface */
	__u8	pad2[2];
};

#endif
