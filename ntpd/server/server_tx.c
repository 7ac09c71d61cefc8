/*
 * Asks the kernel for transmit timestamps of single packets and reads them
 * from the error queue of the socket.  Runs in ntpd-server only; must never
 * cost anything for a packet that none is asked for.
 */
#include "ntpd/server/server_tx.h"

#include <netinet/in.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <time.h>

#include "common/timens.h"

#define READS_MAX	(4 * SERVER_TX_PENDING)
#define TX_SOFTWARE	SOF_TIMESTAMPING_TX_SOFTWARE
/*
 * Linux 6.12: no second timestamp with every packet that comes in, which we
 * have by SO_TIMESTAMPNS.  Not in the headers of all.
 */
#define OPT_RX_FILTER	(1 << 17)

/* The numbers begin with 0 when they are switched on. */
static int
set_flags(int fd)
{
	int	off = 0, flags;

	flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
	    SOF_TIMESTAMPING_OPT_TSONLY | OPT_RX_FILTER;
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &off, sizeof(off));
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags,
	    sizeof(flags)) == 0)
		return (0);
	flags &= ~OPT_RX_FILTER;
	return (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags,
	    sizeof(flags)));
}

static void
ignore(void *ctx, const struct addr *to, ntp_ts rx, int64_t tx_real_ns)
{
	(void)ctx;
	(void)to;
	(void)rx;
	(void)tx_real_ns;
}

/* None of those that are awaited will come, or they are not to be used. */
static void
give_up(struct server_tx *tx)
{
	memset(tx->pending, 0, sizeof(tx->pending));
	tx->lost += tx->awaited;
	tx->awaited = 0;
}

static void
enable(struct server_tx *tx, int fd)
{
	give_up(tx);
	/* what an earlier server asked for */
	server_tx_read(tx, fd, 0, ignore, NULL);
	tx->next = 0;
	tx->enabled = 1;
	tx->failed = set_flags(fd) == -1;
}

void
server_tx_ask(struct server_tx *tx, int fd, struct msghdr *msg,
    const struct addr *to, ntp_ts rx, int64_t now_ns)
{
	const uint32_t	 want = TX_SOFTWARE;
	struct cmsghdr	*c;
	uint32_t	 i;

	if (!tx->enabled)
		enable(tx, fd);
	if (tx->failed)
		return;
	c = (struct cmsghdr *)((char *)msg->msg_control + msg->msg_controllen);
	memset(c, 0, SERVER_TX_CONTROL);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SO_TIMESTAMPING;
	c->cmsg_len = CMSG_LEN(sizeof(want));
	memcpy(CMSG_DATA(c), &want, sizeof(want));
	msg->msg_controllen += SERVER_TX_CONTROL;
	i = tx->next++ % SERVER_TX_PENDING;
	if (tx->awaited == 0)
		tx->since_ns = now_ns;
	if (tx->pending[i].rx != 0)
		tx->lost++;
	else
		tx->awaited++;
	tx->pending[i].to = *to;
	tx->pending[i].rx = rx;
}

void
server_tx_reset(struct server_tx *tx, int fd)
{
	if (tx->enabled && !tx->failed)
		enable(tx, fd);
}

/* The timestamp and the number of its packet: 0, or -1. */
static int
take_stamp(struct msghdr *msg, int64_t *tx_real_ns, uint32_t *id)
{
	struct sock_extended_err	 error;
	struct scm_timestamping		 stamps;
	struct cmsghdr			*c;
	int				 have = 0;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPING &&
		    c->cmsg_len >= CMSG_LEN(sizeof(stamps))) {
			memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
			*tx_real_ns = timens_from_timespec(&stamps.ts[0]);
			have |= 1;
		} else if (((c->cmsg_level == IPPROTO_IP &&
		    c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_RECVERR)) &&
		    c->cmsg_len >= CMSG_LEN(sizeof(error))) {
			memcpy(&error, CMSG_DATA(c), sizeof(error));
			if (error.ee_origin != SO_EE_ORIGIN_TIMESTAMPING)
				continue;
			*id = error.ee_data;
			have |= 2;
		}
	}
	return (have == 3 ? 0 : -1);
}

void
server_tx_read(struct server_tx *tx, int fd, int64_t now_ns, server_tx_fn fn,
    void *ctx)
{
	union {
		struct cmsghdr	header;
		uint8_t		bytes[512];
	}		control;
	struct msghdr	msg;
	int64_t		tx_real_ns;
	uint32_t	id;
	int		i;

	for (i = 0; i < READS_MAX; i++) {
		memset(&msg, 0, sizeof(msg));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
			break;
		if (take_stamp(&msg, &tx_real_ns, &id) == -1 ||
		    tx->next - id - 1 >= SERVER_TX_PENDING)
			continue;
		id %= SERVER_TX_PENDING;
		if (tx->pending[id].rx == 0)
			continue;
		fn(ctx, &tx->pending[id].to, tx->pending[id].rx, tx_real_ns);
		tx->pending[id].rx = 0;
		tx->awaited--;
		tx->since_ns = now_ns;
	}
	if (tx->awaited > 0 && now_ns - tx->since_ns >= SERVER_TX_WAIT_NS)
		give_up(tx);
}
