/*
 * How the parent and ntpd-xdp talk: descriptors of the latter at its start,
 * and those in its answer, which come with a text that is empty.
 */
#ifndef PRIVSEP_XDP_START_H
#define PRIVSEP_XDP_START_H

#define XDP_START_SOCKET	3	/* SOCK_SEQPACKET, for the answer */
#define XDP_START_CONF		4	/* sealed memfd: the server's text */
#define XDP_START_TEXT		256	/* bytes, with NUL: why not */

enum { XDP_START_LINK, XDP_START_TIMES, XDP_START_SERVICE,
    XDP_START_LIST, XDP_START_FDS };

#endif
