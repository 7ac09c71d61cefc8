/*
 * Buffers that messages are put together and taken apart in, in the shape of
 * OpenBSD's ibuf API.  A buffer may own one descriptor.  Numbers are in host
 * byte order: both ends are on one machine.
 */
#ifndef PRIVSEP_IBUF_H
#define PRIVSEP_IBUF_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

struct ibuf {
	TAILQ_ENTRY(ibuf)	 entry;
	unsigned char		*buf;
	size_t			 size;		/* allocated */
	size_t			 max;		/* may grow to this */
	size_t			 wpos;
	size_t			 rpos;
	int			 fd;		/* owned; -1: none */
};

/* Fixed size, or growing up to max.  NULL with errno (0 is EINVAL). */
struct ibuf *ibuf_open(size_t len);
struct ibuf *ibuf_dynamic(size_t len, size_t max);
/* Frees it and closes its descriptor; NULL is fine; errno is kept. */
void	ibuf_free(struct ibuf *buf);

/* Append.  0, or -1 with ERANGE (it would pass max) or ENOMEM. */
int	ibuf_add(struct ibuf *buf, const void *data, size_t len);
int	ibuf_add_n8(struct ibuf *buf, uint64_t value);
int	ibuf_add_n16(struct ibuf *buf, uint64_t value);
int	ibuf_add_n32(struct ibuf *buf, uint64_t value);
int	ibuf_add_n64(struct ibuf *buf, uint64_t value);

/* Take from the front.  0, or -1 with EBADMSG: there is less than that. */
int	ibuf_get(struct ibuf *buf, void *data, size_t len);
int	ibuf_get_n8(struct ibuf *buf, uint8_t *value);
int	ibuf_get_n16(struct ibuf *buf, uint16_t *value);
int	ibuf_get_n32(struct ibuf *buf, uint32_t *value);
int	ibuf_get_n64(struct ibuf *buf, uint64_t *value);

/* What was written and not yet taken. */
const void *ibuf_data(const struct ibuf *buf);
size_t	ibuf_size(const struct ibuf *buf);

/* Gives a descriptor to the buffer (one that it had is closed). */
void	ibuf_fd_set(struct ibuf *buf, int fd);
/* Takes the descriptor out: the caller's to close; -1: none. */
int	ibuf_fd_get(struct ibuf *buf);

#endif
