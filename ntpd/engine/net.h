/*
 * The engine's sockets: a new one for each request, so that every request
 * leaves from a random port, with kernel time stamps both ways.
 */
#ifndef ENGINE_NET_H
#define ENGINE_NET_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

struct event_base;
struct net;

struct net_ops {
	/* rx_real_ns: the kernel's REALTIME stamp, 0: none. */
	void	(*packet)(void *ctx, uint32_t source, const uint8_t *buf,
		    size_t len, int64_t rx_real_ns, const struct addr *local);
	void	(*sent)(void *ctx, uint32_t source, int64_t tx_real_ns);
	void	(*error)(void *ctx, uint32_t source, int error);
};

/*
 * bind: local addresses, [0] IPv4, [1] IPv6, family NONE: any.  port: -1, or
 * the local port of all requests; 0: one that the system chooses once.
 * device: the interface or VRF that requests leave by; "": any.
 */
struct net *net_new(struct event_base *base, const struct net_ops *ops,
	    void *ctx, const struct addr bind[2], const char *device,
	    int32_t port);
/* Another local address and device, from the next request on. */
void	net_bind(struct net *n, const struct addr bind[2],
	    const char *device);
void	net_free(struct net *n);
/*
 * Send from a new socket; what the last one may still get is not wanted.
 * 0 or errno.
 */
int	net_send(struct net *n, uint32_t source, const struct addr *to,
	    const uint8_t *buf, size_t len);
/* 1 when there is a route to that address. */
int	net_connectable(const struct net *n, const struct addr *to);
void	net_forget(struct net *n, uint32_t source);

#endif
