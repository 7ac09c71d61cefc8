/*
 * When answers really left: transmit timestamps of the kernel, asked for one
 * by one, for clients in interleaved mode (RFC 9769) alone.
 */
#ifndef NTPD_SERVER_SERVER_TX_H
#define NTPD_SERVER_SERVER_TX_H

#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/ntp.h"

#define SERVER_TX_PENDING	128	/* of a socket: two batches */
#define SERVER_TX_CONTROL	CMSG_SPACE(sizeof(uint32_t))
/* After so long without any, those that are awaited are given up. */
#define SERVER_TX_WAIT_NS	1000000000LL

/*
 * The answers of one socket whose timestamps are to come.  The kernel does
 * not say which it lost: one that is not there when its place is needed, or
 * when none came for a while, will not be.
 */
struct server_tx {
	uint32_t	next;		/* the kernel's number of the next */
	uint32_t	awaited;	/* timestamps: pending ones */
	int64_t		since_ns;	/* first awaited, or last that came */
	uint64_t	lost;		/* asked for and not had */
	uint8_t		enabled;
	uint8_t		failed;		/* not here */
	struct {
		struct addr	to;
		ntp_ts		rx;	/* 0: nothing */
	}		pending[SERVER_TX_PENDING];
};

/* A timestamp: the answer of number rx to that address left at tx_real_ns. */
typedef void (*server_tx_fn)(void *ctx, const struct addr *to, ntp_ts rx,
    int64_t tx_real_ns);

/*
 * The message, which is about to be sent, is to have a timestamp: appends
 * SERVER_TX_CONTROL bytes to its control data, where there must be room.  The
 * first time it makes the socket ready for it.  now_ns: MONOTONIC_RAW.
 */
void	server_tx_ask(struct server_tx *tx, int fd, struct msghdr *msg,
	    const struct addr *to, ntp_ts rx, int64_t now_ns);
/* A message was not sent: nobody knows if it was counted.  Begins anew. */
void	server_tx_reset(struct server_tx *tx, int fd);
/*
 * Takes all timestamps that are there, and gives up those that do not come:
 * afterwards awaited is 0, or less than SERVER_TX_WAIT_NS ago one was asked
 * for or came.  now_ns: MONOTONIC_RAW, of the last batch or later.
 */
void	server_tx_read(struct server_tx *tx, int fd, int64_t now_ns,
	    server_tx_fn fn, void *ctx);

#endif
