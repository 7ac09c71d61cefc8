/*
 * Making sockets.  Runs in the launcher only, as root before the drop, which
 * is why it does nothing but make them: it never reads from one of them, nor
 * sends.
 */
#include "ntpd/launcher/sockets.h"

#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/log.h"
#include "common/timens.h"

#define SYSLOG_PATH	"/dev/log"
#define RECV_BUFFER	(2 * 1024 * 1024)	/* bytes, NTP sockets */
#define RESERVED_PORT	1024		/* below: CAP_NET_BIND_SERVICE */
/*
 * An address may be in use by the children of a daemon that has just been
 * killed; they need a moment to see it.  All sockets share these waits.
 */
#define BUSY_WAIT_NS	(50 * NS_PER_MS)
#define BUSY_WAITS	20
#define UNIX_UMASK	0111		/* gives 0666: the directory decides */
#define NAME_MAX_LEN	(ADDR_TEXT_MAX + MSG_PATH_MAX + MSG_DEVICE_MAX)

struct slot {
	struct msg_socket	what;
	int			used;
	int			fd;	/* -1: it failed */
	int			error;	/* with this */
	dev_t			dev;	/* of a Unix socket's file */
	ino_t			ino;
};

struct sockets {
	uint32_t	uid;
	uint32_t	gid;
	int		waits;		/* for busy addresses that are left */
	struct slot	slots[MSG_SOCKETS];
};

struct user {
	uid_t		uid;
	gid_t		gid;
};

struct sockets *
sockets_new(uint32_t uid, uint32_t gid)
{
	struct sockets *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return (NULL);
	s->uid = uid;
	s->gid = gid;
	s->waits = BUSY_WAITS;
	return (s);
}

/* For the log. */
static const char *
socket_name(const struct msg_socket *what, char *buf, size_t len)
{
	char text[ADDR_TEXT_MAX];

	switch (what->kind) {
	case SOCKET_COMMAND_UNIX:
		snprintf(buf, len, "%s", what->path);
		break;
	case SOCKET_SYSLOG:
		snprintf(buf, len, "%s", SYSLOG_PATH);
		break;
	default:
		addr_format(&what->addr, text, sizeof(text));
		snprintf(buf, len, "%s port %u%s%s", text, what->addr.port,
		    what->device[0] != '\0' ? " on " : "", what->device);
		break;
	}
	return (buf);
}

static int
set_option(int fd, int level, int option)
{
	int on = 1;

	return (setsockopt(fd, level, option, &on, sizeof(on)));
}

/*
 * A server that is not scheduled for a moment loses what does not fit.  More
 * than the system's limit needs CAP_NET_ADMIN; without it the limit will do.
 */
static void
set_receive_buffer(int fd)
{
	int size = RECV_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int
addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return (memcmp(a->ip, zero, sizeof(zero)) == 0);
}

static int
set_inet_options(int fd, const struct msg_socket *what)
{
	int inet6 = what->addr.family == ADDR_INET6;
	int rc;

	rc = inet6 ? set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) : 0;
	if (rc == 0)
		rc = inet6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) :
		    set_option(fd, IPPROTO_IP, IP_PKTINFO);
	/* The address may come later than we, or go and come back. */
	if (rc == 0 && !addr_is_any(&what->addr))
		rc = inet6 ? set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND) :
		    set_option(fd, IPPROTO_IP, IP_FREEBIND);
	if (rc == 0 && what->device[0] != '\0')
		rc = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, what->device,
		    (socklen_t)strlen(what->device));
	if (rc == 0 && what->kind == SOCKET_NTP) {
		rc = set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS);
		set_receive_buffer(fd);
	}
	return (rc);
}

/*
 * Let a socket and those that we have on its port share the port.  That is
 * for `any' beside single addresses, and only while one of ours is bound: in
 * between nobody else can take a part of our port, and we do not silently
 * share the port of another time service.
 */
static void
share_port(struct sockets *s, int fd, const struct addr *addr, int on)
{
	struct slot *slot;
	size_t i;

	for (i = 0; i < MSG_SOCKETS; i++) {
		slot = &s->slots[i];
		if (slot->used && slot->fd != -1 &&
		    slot->what.addr.family == addr->family &&
		    slot->what.addr.port == addr->port)
			setsockopt(slot->fd, SOL_SOCKET, SO_REUSEADDR, &on,
			    sizeof(on));
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

/* Is a socket of ours there that differs from addr in the address only? */
static int
have_port(const struct sockets *s, const struct addr *addr)
{
	const struct addr *a;
	int found = 0;
	size_t i;

	for (i = 0; i < MSG_SOCKETS; i++) {
		a = &s->slots[i].what.addr;
		if (!s->slots[i].used || s->slots[i].fd == -1 ||
		    a->family != addr->family || a->port != addr->port)
			continue;
		if (addr_equal(a, addr))
			return (0);
		found = 1;
	}
	return (found);
}

static int
bind_inet(struct sockets *s, int fd, const struct addr *addr)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int error, rc;

	len = addr_to_sockaddr(addr, &ss);
	rc = bind(fd, (struct sockaddr *)&ss, len);
	if (rc == 0 || errno != EADDRINUSE || !have_port(s, addr))
		return (rc);
	share_port(s, fd, addr, 1);
	rc = bind(fd, (struct sockaddr *)&ss, len);
	error = errno;
	share_port(s, fd, addr, 0);
	errno = error;
	return (rc);
}

static int
make_inet(struct sockets *s, int fd, struct slot *slot)
{
	if (set_inet_options(fd, &slot->what) == -1)
		return (-1);
	return (bind_inet(s, fd, &slot->what.addr));
}

/*
 * Work in the file system as the user that Unix sockets belong to.  Whoever
 * takes over that user's process could put a link into the directory, and
 * what root would do then is not what was meant.
 */
static struct user
become(const struct sockets *s)
{
	struct user old;

	old.gid = (gid_t)setfsgid(s->gid);
	old.uid = (uid_t)setfsuid(s->uid);
	return (old);
}

static void
become_again(struct user old)
{
	setfsuid(old.uid);
	setfsgid(old.gid);
}

static void
unix_address(const char *path, struct sockaddr_un *sun)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	memcpy(sun->sun_path, path, strnlen(path, sizeof(sun->sun_path) - 1));
}

/* Removes a socket that no process listens to any more. */
static int
remove_stale(const struct sockaddr_un *sun)
{
	struct stat st;
	int error, fd, rc;

	if (lstat(sun->sun_path, &st) == -1)
		return (errno == ENOENT ? 0 : -1);
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return (-1);
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	rc = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	error = errno;
	close(fd);
	if (rc == 0 || error != ECONNREFUSED) {
		errno = rc == 0 ? EADDRINUSE : error;
		return (-1);
	}
	return (unlink(sun->sun_path));
}

static int
replace_unix(int fd, const struct sockaddr_un *sun)
{
	if (remove_stale(sun) == -1)
		return (-1);
	return (bind(fd, (const struct sockaddr *)sun, sizeof(*sun)));
}

static int
make_unix(struct sockets *s, int fd, struct slot *slot)
{
	struct sockaddr_un sun;
	struct user old;
	struct stat st;
	mode_t mask;
	int error, rc;

	if (set_option(fd, SOL_SOCKET, SO_PASSCRED) == -1)
		return (-1);
	unix_address(slot->what.path, &sun);
	mask = umask(UNIX_UMASK);
	old = become(s);
	rc = replace_unix(fd, &sun);
	error = errno;
	become_again(old);
	/* A directory of root's: then there is nobody to play tricks in it. */
	if (rc == -1 && error == EACCES) {
		rc = replace_unix(fd, &sun);
		if (rc == 0 && geteuid() == 0)
			rc = fchownat(AT_FDCWD, sun.sun_path, s->uid, s->gid,
			    AT_SYMLINK_NOFOLLOW);
		error = errno;
	}
	umask(mask);
	if (rc == 0 && lstat(sun.sun_path, &st) == 0) {
		slot->dev = st.st_dev;
		slot->ino = st.st_ino;
	}
	errno = error;
	return (rc);
}

static int
make_syslog(struct sockets *s, int fd, struct slot *slot)
{
	struct sockaddr_un sun;

	(void)s;
	(void)slot;
	unix_address(SYSLOG_PATH, &sun);
	return (connect(fd, (struct sockaddr *)&sun, sizeof(sun)));
}

static int	(*const make_kind[SOCKET_KIND_COUNT])(struct sockets *, int,
		    struct slot *) = {
	[SOCKET_NTP] = make_inet,
	[SOCKET_COMMAND] = make_inet,
	[SOCKET_COMMAND_UNIX] = make_unix,
	[SOCKET_SYSLOG] = make_syslog,
};

/* Sets the slot's fd, or -1 and its error. */
static void
make_slot(struct sockets *s, struct slot *slot)
{
	int domain;

	slot->error = 0;
	domain = slot->what.addr.family == ADDR_INET ? AF_INET :
	    slot->what.addr.family == ADDR_INET6 ? AF_INET6 : AF_UNIX;
	slot->fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (slot->fd == -1) {
		slot->error = errno;
		return;
	}
	if (make_kind[slot->what.kind](s, slot->fd, slot) == -1) {
		slot->error = errno;
		close(slot->fd);
		slot->fd = -1;
	}
}

int
sockets_make(struct sockets *s, const struct msg_socket *what)
{
	struct timespec wait = { 0, BUSY_WAIT_NS };
	char name[NAME_MAX_LEN];
	struct slot *slot = &s->slots[what->index];

	if (slot->used)
		return (EEXIST);
	memset(slot, 0, sizeof(*slot));
	slot->what = *what;
	make_slot(s, slot);
	while (slot->error == EADDRINUSE && s->waits > 0) {
		s->waits--;
		nanosleep(&wait, NULL);
		make_slot(s, slot);
	}
	slot->used = 1;
	socket_name(what, name, sizeof(name));
	if (slot->error == 0) {
		log_debug("socket %s is open", name);
		return (0);
	}
	/* Nobody has to be told on a machine without IPv6. */
	log_at(slot->error == EAFNOSUPPORT ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
	    "cannot open socket %s: %s", name, strerror(slot->error));
	return (slot->error);
}

/* Of the kinds that a reload may ask for, and where it may be. 0 or errno. */
static int
may_add(const struct msg_socket *what, const char *dir)
{
	size_t len = strlen(dir);

	if (what->kind == SOCKET_NTP || what->kind == SOCKET_COMMAND)
		return (0);
	if (what->kind != SOCKET_COMMAND_UNIX)
		return (EPERM);
	/* "DIR/NAME" and nothing below that */
	if (strncmp(what->path, dir, len) != 0 || what->path[len] != '/' ||
	    what->path[len + 1] == '\0' ||
	    strchr(what->path + len + 1, '/') != NULL)
		return (EPERM);
	return (0);
}

void
sockets_add(struct sockets *s, const struct msg_socket *what, const char *dir)
{
	struct slot *slot = &s->slots[what->index];

	if (slot->used)
		return;
	memset(slot, 0, sizeof(*slot));
	slot->used = 1;
	slot->fd = -1;
	slot->what = *what;
	slot->error = may_add(what, dir);
	if (slot->error == 0)
		make_slot(s, slot);
}

int
sockets_dup(struct sockets *s, uint32_t index)
{
	struct slot *slot;

	if (index >= MSG_SOCKETS || !s->slots[index].used) {
		errno = EBADF;
		return (-1);
	}
	slot = &s->slots[index];
	if (slot->what.kind == SOCKET_SYSLOG) {
		if (slot->fd != -1)
			close(slot->fd);
		make_slot(s, slot);
	}
	if (slot->fd == -1) {
		errno = slot->error;
		return (-1);
	}
	return (fcntl(slot->fd, F_DUPFD_CLOEXEC, 0));
}

int
sockets_any_reserved(const struct sockets *s)
{
	uint16_t port;
	size_t i;

	for (i = 0; i < MSG_SOCKETS; i++) {
		port = s->slots[i].what.addr.port;
		if (s->slots[i].used && port != 0 && port < RESERVED_PORT)
			return (1);
	}
	return (0);
}

/*
 * Only if the file is still the one that we made; and before it is closed,
 * for until then nobody takes it for a stale one and replaces it.
 */
static int
remove_file(const struct slot *slot)
{
	struct stat st;

	if (lstat(slot->what.path, &st) == -1)
		return (-1);
	if (st.st_dev != slot->dev || st.st_ino != slot->ino)
		return (0);
	return (unlink(slot->what.path));
}

static void
remove_unix(const struct sockets *s, const struct slot *slot)
{
	struct user old;
	int rc;

	old = become(s);
	rc = remove_file(slot);
	become_again(old);
	if (rc == -1 && remove_file(slot) == -1)
		log_debug("cannot remove %s", slot->what.path);
}

void
sockets_close(struct sockets *s, uint32_t index)
{
	struct slot *slot = &s->slots[index];

	if (index >= MSG_SOCKETS || !slot->used)
		return;
	if (slot->fd != -1) {
		if (slot->what.kind == SOCKET_COMMAND_UNIX)
			remove_unix(s, slot);
		close(slot->fd);
	}
	memset(slot, 0, sizeof(*slot));
}

void
sockets_free(struct sockets *s)
{
	const struct slot *slot;
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < MSG_SOCKETS; i++) {
		slot = &s->slots[i];
		if (!slot->used || slot->fd == -1)
			continue;
		if (slot->what.kind == SOCKET_COMMAND_UNIX)
			remove_unix(s, slot);
		close(slot->fd);
	}
	free(s);
}
