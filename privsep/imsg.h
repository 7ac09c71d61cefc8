/*
 * Messages over a Unix stream socket, in the shape of OpenBSD's imsg API: a
 * header, up to 16 KiB in all, and at most one descriptor.  What a message
 * means and who may send it is channel.c's and messages.c's affair.
 *
 * Sockets are used without ever blocking, whatever their flags.
 */
#ifndef PRIVSEP_IMSG_H
#define PRIVSEP_IMSG_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "privsep/ibuf.h"

#define IMSG_MAX	16384		/* with its header */
#define IMSG_HEADER_LEN	16
#define IMSG_FD_MAX	4		/* received, not yet claimed */

/* On the socket; the top bit of len says that a descriptor belongs to it. */
struct imsg_hdr {
	uint32_t	type;
	uint32_t	len;		/* with the header */
	uint32_t	peerid;
	uint32_t	pid;
};

struct imsg {
	struct imsg_hdr	 hdr;		/* len without the descriptor bit */
	struct ibuf	*buf;		/* payload; owns the descriptor */
};

/* A received descriptor and the part of the stream that it came with. */
struct imsg_fd {
	int		fd;
	uint64_t	start;
	uint64_t	end;
};

TAILQ_HEAD(ibuf_queue, ibuf);

struct imsgbuf {
	struct ibuf_queue	 wqueue;
	uint32_t		 wlen;		/* messages in wqueue */
	unsigned char		*rbuf;
	size_t			 rlen;		/* bytes in rbuf */
	size_t			 rpos;		/* taken by imsg_get */
	uint64_t		 rtotal;	/* stream offset of rlen */
	struct imsg_fd		 fds[IMSG_FD_MAX];
	unsigned		 nfds;
	uint32_t		 maxsize;
	pid_t			 pid;
	int			 fd;		/* not owned */
	int			 fdpass;
};

/* 0 or -1 with errno.  The socket stays the caller's. */
int	imsgbuf_init(struct imsgbuf *imsgbuf, int fd);
/* Without this, descriptors are refused both ways. */
void	imsgbuf_allow_fdpass(struct imsgbuf *imsgbuf);
/* Most bytes of a message with header, up to IMSG_MAX.  0 or -1 (EINVAL). */
int	imsgbuf_set_maxsize(struct imsgbuf *imsgbuf, uint32_t max);
/* One receive: 1 ok (perhaps nothing came), 0 end of file, -1 with errno. */
int	imsgbuf_read(struct imsgbuf *imsgbuf);
/* Writes as much as goes: 0 (perhaps something is left), -1 with errno. */
int	imsgbuf_write(struct imsgbuf *imsgbuf);
/* Writes all and waits as long as that takes: 0, or -1 with errno. */
int	imsgbuf_flush(struct imsgbuf *imsgbuf);
/* Frees all that is queued in both directions, descriptors too. */
void	imsgbuf_clear(struct imsgbuf *imsgbuf);
uint32_t imsgbuf_queuelen(const struct imsgbuf *imsgbuf);

/*
 * The next message that is here as a whole: its length, 0 when there is none,
 * -1 with EBADMSG (a length below the header's), ERANGE (above the maximum)
 * or ENOMEM.  After -1 the stream cannot be used any more.
 */
ssize_t	imsg_get(struct imsgbuf *imsgbuf, struct imsg *imsg);
void	imsg_free(struct imsg *imsg);
uint32_t imsg_get_type(const struct imsg *imsg);
uint32_t imsg_get_id(const struct imsg *imsg);
pid_t	imsg_get_pid(const struct imsg *imsg);
/* Bytes of payload. */
size_t	imsg_get_len(const struct imsg *imsg);
/* The descriptor, from now on the caller's to close; -1: none. */
int	imsg_get_fd(struct imsg *imsg);
/* Payload of exactly len bytes, or the next len of it.  -1 with EBADMSG. */
int	imsg_get_data(const struct imsg *imsg, void *data, size_t len);
int	imsg_get_buf(struct imsg *imsg, void *data, size_t len);

/*
 * Queue a message: 1, or -1 with errno.  pid 0: the own one.  fd -1, or a
 * descriptor, which is closed in any case.
 */
int	imsg_compose(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id,
	    pid_t pid, int fd, const void *data, size_t len);
int	imsg_composev(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id,
	    pid_t pid, int fd, const struct iovec *iov, int iovcnt);
/* Queue piece by piece; len is a hint.  create: NULL with errno. */
struct ibuf *imsg_create(struct imsgbuf *imsgbuf, uint32_t type,
	    uint32_t id, pid_t pid, size_t len);
/* len, or -1 with errno, then the message has been freed. */
int	imsg_add(struct ibuf *msg, const void *data, size_t len);
void	imsg_close(struct imsgbuf *imsgbuf, struct ibuf *msg);

#endif
