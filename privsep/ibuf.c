/*
 * Message buffers.  Used by imsg.c in every process.  Must never let a read
 * or write position leave the buffer, nor lose a descriptor.
 */
#include "privsep/ibuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ibuf *
ibuf_open(size_t len)
{
	return (ibuf_dynamic(len, len));
}

struct ibuf *
ibuf_dynamic(size_t len, size_t max)
{
	struct ibuf *buf;

	if (max == 0 || len > max) {
		errno = EINVAL;
		return (NULL);
	}
	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return (NULL);
	/* never NULL: the data of an empty buffer is a pointer, too */
	if ((buf->buf = calloc(1, len > 0 ? len : 1)) == NULL) {
		free(buf);
		return (NULL);
	}
	buf->size = len;
	buf->max = max;
	buf->fd = -1;
	return (buf);
}

void
ibuf_free(struct ibuf *buf)
{
	int saved_errno;

	if (buf == NULL)
		return;
	saved_errno = errno;
	if (buf->fd != -1)
		close(buf->fd);
	free(buf->buf);
	free(buf);
	errno = saved_errno;
}

static int
ibuf_grow(struct ibuf *buf, size_t len)
{
	unsigned char *p;
	size_t size;

	if (len <= buf->size - buf->wpos)
		return (0);
	if (len > buf->max - buf->wpos) {
		errno = ERANGE;
		return (-1);
	}
	size = buf->size < buf->max / 2 ? buf->size * 2 : buf->max;
	if (size < buf->wpos + len)
		size = buf->wpos + len;
	if ((p = realloc(buf->buf, size)) == NULL)
		return (-1);
	buf->buf = p;
	buf->size = size;
	return (0);
}

int
ibuf_add(struct ibuf *buf, const void *data, size_t len)
{
	if (len == 0)
		return (0);
	if (ibuf_grow(buf, len) == -1)
		return (-1);
	memcpy(buf->buf + buf->wpos, data, len);
	buf->wpos += len;
	return (0);
}

/* A value that the narrow field cannot hold must not be cut in silence. */
static int
ibuf_fits(uint64_t value, uint64_t max)
{
	if (value <= max)
		return (1);
	errno = EINVAL;
	return (0);
}

int
ibuf_add_n8(struct ibuf *buf, uint64_t value)
{
	uint8_t v = (uint8_t)value;

	return (ibuf_fits(value, UINT8_MAX) ?
	    ibuf_add(buf, &v, sizeof(v)) : -1);
}

int
ibuf_add_n16(struct ibuf *buf, uint64_t value)
{
	uint16_t v = (uint16_t)value;

	return (ibuf_fits(value, UINT16_MAX) ?
	    ibuf_add(buf, &v, sizeof(v)) : -1);
}

int
ibuf_add_n32(struct ibuf *buf, uint64_t value)
{
	uint32_t v = (uint32_t)value;

	return (ibuf_fits(value, UINT32_MAX) ?
	    ibuf_add(buf, &v, sizeof(v)) : -1);
}

int
ibuf_add_n64(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add(buf, &value, sizeof(value)));
}

int
ibuf_get(struct ibuf *buf, void *data, size_t len)
{
	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return (-1);
	}
	if (len > 0)
		memcpy(data, buf->buf + buf->rpos, len);
	buf->rpos += len;
	return (0);
}

int
ibuf_get_n8(struct ibuf *buf, uint8_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_n16(struct ibuf *buf, uint16_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_n32(struct ibuf *buf, uint32_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_n64(struct ibuf *buf, uint64_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

const void *
ibuf_data(const struct ibuf *buf)
{
	return (buf->buf + buf->rpos);
}

size_t
ibuf_size(const struct ibuf *buf)
{
	return (buf->wpos - buf->rpos);
}

void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	if (buf->fd != -1)
		close(buf->fd);
	buf->fd = fd;
}

int
ibuf_fd_get(struct ibuf *buf)
{
	int fd;

	fd = buf->fd;
	buf->fd = -1;
	return (fd);
}
