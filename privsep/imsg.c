/*
 * Messages over a Unix stream socket.  Runs in every process.  It trusts no
 * byte that it reads, never blocks (but for imsgbuf_flush) and never lets a
 * descriptor get lost: each is either in a message or closed.
 */
#include "privsep/imsg.h"

#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMSG_HASFD	0x80000000u
#define IMSG_RBUF	(4 * IMSG_MAX)
#define IMSG_IOV	32

_Static_assert(sizeof(struct imsg_hdr) == IMSG_HEADER_LEN, "imsg header");

int
imsgbuf_init(struct imsgbuf *imsgbuf, int fd)
{
	memset(imsgbuf, 0, sizeof(*imsgbuf));
	TAILQ_INIT(&imsgbuf->wqueue);
	imsgbuf->fd = fd;
	imsgbuf->maxsize = IMSG_MAX;
	imsgbuf->pid = getpid();
	if ((imsgbuf->rbuf = malloc(IMSG_RBUF)) == NULL)
		return (-1);
	return (0);
}

void
imsgbuf_allow_fdpass(struct imsgbuf *imsgbuf)
{
	imsgbuf->fdpass = 1;
}

int
imsgbuf_set_maxsize(struct imsgbuf *imsgbuf, uint32_t max)
{
	if (max < IMSG_HEADER_LEN || max > IMSG_MAX) {
		errno = EINVAL;
		return (-1);
	}
	imsgbuf->maxsize = max;
	return (0);
}

void
imsgbuf_clear(struct imsgbuf *imsgbuf)
{
	struct ibuf *msg;
	unsigned i;

	while ((msg = TAILQ_FIRST(&imsgbuf->wqueue)) != NULL) {
		TAILQ_REMOVE(&imsgbuf->wqueue, msg, entry);
		ibuf_free(msg);
	}
	for (i = 0; i < imsgbuf->nfds; i++)
		close(imsgbuf->fds[i].fd);
	free(imsgbuf->rbuf);
	imsgbuf->rbuf = NULL;
	imsgbuf->wlen = 0;
	imsgbuf->nfds = 0;
	imsgbuf->rlen = imsgbuf->rpos = 0;
}

uint32_t
imsgbuf_queuelen(const struct imsgbuf *imsgbuf)
{
	return (imsgbuf->wlen);
}

/*
 * Keeps the descriptors of one receive.  A message has one at most, and the
 * kernel ends a receive after each, so more than one is nobody's.
 */
static void
imsgbuf_take_fds(struct imsgbuf *imsgbuf, struct msghdr *mh, size_t len)
{
	struct imsg_fd *slot;
	struct cmsghdr *cmsg;
	const unsigned char *data;
	size_t i, n;
	int fd, taken;

	taken = 0;
	for (cmsg = CMSG_FIRSTHDR(mh); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(mh, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		data = CMSG_DATA(cmsg);
		for (i = 0; i < n; i++) {
			memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
			if (taken || !imsgbuf->fdpass || len == 0 ||
			    imsgbuf->nfds == IMSG_FD_MAX) {
				close(fd);
				continue;
			}
			taken = 1;
			slot = &imsgbuf->fds[imsgbuf->nfds++];
			slot->fd = fd;
			slot->start = imsgbuf->rtotal;
			slot->end = imsgbuf->rtotal + len;
		}
	}
}

int
imsgbuf_read(struct imsgbuf *imsgbuf)
{
	union {
		struct cmsghdr	align;
		char		buf[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct msghdr mh;
	struct iovec iov;
	ssize_t n;

	if (imsgbuf->rpos > 0) {
		memmove(imsgbuf->rbuf, imsgbuf->rbuf + imsgbuf->rpos,
		    imsgbuf->rlen - imsgbuf->rpos);
		imsgbuf->rlen -= imsgbuf->rpos;
		imsgbuf->rpos = 0;
	}
	/* full of whole messages: they must be taken first */
	if (imsgbuf->rlen == IMSG_RBUF)
		return (1);
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = imsgbuf->rbuf + imsgbuf->rlen;
	iov.iov_len = IMSG_RBUF - imsgbuf->rlen;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = control.buf;
	mh.msg_controllen = sizeof(control.buf);
	do {
		n = recvmsg(imsgbuf->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (errno == EAGAIN || errno == EWOULDBLOCK ? 1 : -1);
	imsgbuf_take_fds(imsgbuf, &mh, (size_t)n);
	if (n == 0)
		return (0);
	imsgbuf->rlen += (size_t)n;
	imsgbuf->rtotal += (uint64_t)n;
	return (1);
}

/* The first message of the queue, which has a descriptor, by itself. */
static ssize_t
imsgbuf_send_fd(struct imsgbuf *imsgbuf, struct ibuf *msg)
{
	union {
		struct cmsghdr	align;
		char		buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct cmsghdr *cmsg;
	struct msghdr mh;
	struct iovec iov;
	ssize_t n;

	memset(&mh, 0, sizeof(mh));
	memset(&control, 0, sizeof(control));
	iov.iov_base = msg->buf + msg->rpos;
	iov.iov_len = ibuf_size(msg);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = control.buf;
	mh.msg_controllen = sizeof(control.buf);
	cmsg = CMSG_FIRSTHDR(&mh);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &msg->fd, sizeof(int));
	n = sendmsg(imsgbuf->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* it went with the first byte, also when the rest has to wait */
	if (n > 0)
		close(ibuf_fd_get(msg));
	return (n);
}

/* Messages without a descriptor, as many as there are in a row. */
static ssize_t
imsgbuf_send(struct imsgbuf *imsgbuf)
{
	struct iovec iov[IMSG_IOV];
	struct msghdr mh;
	struct ibuf *msg;
	int n;

	n = 0;
	TAILQ_FOREACH(msg, &imsgbuf->wqueue, entry) {
		if (n == IMSG_IOV || msg->fd != -1)
			break;
		iov[n].iov_base = msg->buf + msg->rpos;
		iov[n].iov_len = ibuf_size(msg);
		n++;
	}
	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = iov;
	mh.msg_iovlen = (size_t)n;
	return (sendmsg(imsgbuf->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void
imsgbuf_drain(struct imsgbuf *imsgbuf, size_t len)
{
	struct ibuf *msg;

	while ((msg = TAILQ_FIRST(&imsgbuf->wqueue)) != NULL) {
		if (len < ibuf_size(msg)) {
			msg->rpos += len;
			return;
		}
		len -= ibuf_size(msg);
		TAILQ_REMOVE(&imsgbuf->wqueue, msg, entry);
		imsgbuf->wlen--;
		ibuf_free(msg);
		if (len == 0)
			return;
	}
}

int
imsgbuf_write(struct imsgbuf *imsgbuf)
{
	struct ibuf *msg;
	ssize_t n;

	while ((msg = TAILQ_FIRST(&imsgbuf->wqueue)) != NULL) {
		if (msg->fd != -1)
			n = imsgbuf_send_fd(imsgbuf, msg);
		else
			n = imsgbuf_send(imsgbuf);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == ENOBUFS))
			return (0);
		if (n == -1)
			return (-1);
		imsgbuf_drain(imsgbuf, (size_t)n);
	}
	return (0);
}

int
imsgbuf_flush(struct imsgbuf *imsgbuf)
{
	struct pollfd pfd;

	while (imsgbuf->wlen > 0) {
		if (imsgbuf_write(imsgbuf) == -1)
			return (-1);
		if (imsgbuf->wlen == 0)
			break;
		pfd.fd = imsgbuf->fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return (-1);
	}
	return (0);
}

/* Forgets descriptor i. */
static int
imsgbuf_remove_fd(struct imsgbuf *imsgbuf, unsigned i)
{
	int fd;

	fd = imsgbuf->fds[i].fd;
	imsgbuf->nfds--;
	memmove(&imsgbuf->fds[i], &imsgbuf->fds[i + 1],
	    (imsgbuf->nfds - i) * sizeof(imsgbuf->fds[0]));
	return (fd);
}

/*
 * The descriptor that came with a part of the stream's bytes start to end.
 * Those that came before and that no message claimed are closed.
 */
static int
imsgbuf_claim_fd(struct imsgbuf *imsgbuf, uint64_t start, uint64_t end)
{
	while (imsgbuf->nfds > 0 && imsgbuf->fds[0].end <= start)
		close(imsgbuf_remove_fd(imsgbuf, 0));
	if (imsgbuf->nfds == 0 || imsgbuf->fds[0].start >= end)
		return (-1);
	return (imsgbuf_remove_fd(imsgbuf, 0));
}

ssize_t
imsg_get(struct imsgbuf *imsgbuf, struct imsg *imsg)
{
	struct imsg_hdr hdr;
	uint64_t start;
	size_t have;
	int hasfd;

	memset(imsg, 0, sizeof(*imsg));
	have = imsgbuf->rlen - imsgbuf->rpos;
	start = imsgbuf->rtotal - have;
	imsgbuf_claim_fd(imsgbuf, start, 0);	/* only closes */
	if (have < sizeof(hdr))
		return (0);
	memcpy(&hdr, imsgbuf->rbuf + imsgbuf->rpos, sizeof(hdr));
	hasfd = (hdr.len & IMSG_HASFD) != 0;
	hdr.len &= ~IMSG_HASFD;
	if (hdr.len < sizeof(hdr)) {
		errno = EBADMSG;
		return (-1);
	}
	if (hdr.len > imsgbuf->maxsize) {
		errno = ERANGE;
		return (-1);
	}
	if (have < hdr.len)
		return (0);
	if ((imsg->buf = ibuf_dynamic(hdr.len - sizeof(hdr),
	    IMSG_MAX)) == NULL)
		return (-1);
	if (ibuf_add(imsg->buf, imsgbuf->rbuf + imsgbuf->rpos + sizeof(hdr),
	    hdr.len - sizeof(hdr)) == -1) {
		imsg_free(imsg);
		return (-1);
	}
	if (hasfd)
		imsg->buf->fd = imsgbuf_claim_fd(imsgbuf, start,
		    start + hdr.len);
	imsg->hdr = hdr;
	imsgbuf->rpos += hdr.len;
	return ((ssize_t)hdr.len);
}

void
imsg_free(struct imsg *imsg)
{
	ibuf_free(imsg->buf);
	imsg->buf = NULL;
}

uint32_t
imsg_get_type(const struct imsg *imsg)
{
	return (imsg->hdr.type);
}

uint32_t
imsg_get_id(const struct imsg *imsg)
{
	return (imsg->hdr.peerid);
}

pid_t
imsg_get_pid(const struct imsg *imsg)
{
	return ((pid_t)imsg->hdr.pid);
}

size_t
imsg_get_len(const struct imsg *imsg)
{
	return (imsg->buf == NULL ? 0 : ibuf_size(imsg->buf));
}

int
imsg_get_fd(struct imsg *imsg)
{
	return (imsg->buf == NULL ? -1 : ibuf_fd_get(imsg->buf));
}

int
imsg_get_data(const struct imsg *imsg, void *data, size_t len)
{
	if (imsg_get_len(imsg) != len) {
		errno = EBADMSG;
		return (-1);
	}
	if (len > 0)
		memcpy(data, ibuf_data(imsg->buf), len);
	return (0);
}

int
imsg_get_buf(struct imsg *imsg, void *data, size_t len)
{
	return (ibuf_get(imsg->buf, data, len));
}

struct ibuf *
imsg_create(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    size_t len)
{
	struct imsg_hdr hdr;
	struct ibuf *msg;

	if (len > imsgbuf->maxsize - sizeof(hdr)) {
		errno = ERANGE;
		return (NULL);
	}
	msg = ibuf_dynamic(sizeof(hdr) + len, imsgbuf->maxsize);
	if (msg == NULL)
		return (NULL);
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.peerid = id;
	hdr.pid = (uint32_t)(pid == 0 ? imsgbuf->pid : pid);
	if (ibuf_add(msg, &hdr, sizeof(hdr)) == -1) {
		ibuf_free(msg);
		return (NULL);
	}
	return (msg);
}

int
imsg_add(struct ibuf *msg, const void *data, size_t len)
{
	if (ibuf_add(msg, data, len) == -1) {
		ibuf_free(msg);
		return (-1);
	}
	return ((int)len);
}

void
imsg_close(struct imsgbuf *imsgbuf, struct ibuf *msg)
{
	struct imsg_hdr hdr;

	memcpy(&hdr, msg->buf, sizeof(hdr));
	hdr.len = (uint32_t)msg->wpos;
	if (msg->fd != -1 && imsgbuf->fdpass)
		hdr.len |= IMSG_HASFD;
	else
		ibuf_fd_set(msg, -1);
	memcpy(msg->buf, &hdr, sizeof(hdr));
	TAILQ_INSERT_TAIL(&imsgbuf->wqueue, msg, entry);
	imsgbuf->wlen++;
}

int
imsg_compose(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t len)
{
	struct iovec iov;

	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	return (imsg_composev(imsgbuf, type, id, pid, fd, &iov, 1));
}

int
imsg_composev(struct imsgbuf *imsgbuf, uint32_t type, uint32_t id, pid_t pid,
    int fd, const struct iovec *iov, int iovcnt)
{
	struct ibuf *msg;
	size_t len;
	int i;

	msg = NULL;
	len = 0;
	for (i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > IMSG_MAX - len) {
			errno = ERANGE;
			goto fail;
		}
		len += iov[i].iov_len;
	}
	if (fd != -1 && !imsgbuf->fdpass) {
		errno = EINVAL;
		goto fail;
	}
	if ((msg = imsg_create(imsgbuf, type, id, pid, len)) == NULL)
		goto fail;
	for (i = 0; i < iovcnt; i++)
		if (imsg_add(msg, iov[i].iov_base, iov[i].iov_len) == -1)
			goto fail;
	ibuf_fd_set(msg, fd);
	imsg_close(imsgbuf, msg);
	return (1);
fail:
	if (fd != -1)
		close(fd);
	return (-1);
}
