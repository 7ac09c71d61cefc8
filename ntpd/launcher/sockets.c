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
#include "ntpd/launcher/given.h"
#include "ntpd/launcher/reuseport.h"

#define SYSLOG_PATH	"/dev/log"
#define RECV_BUFFER	(2 * 1024 * 1024)	/* bytes, NTP sockets */
#define RECV_BUFFER_MIN	(1024 * 1024)	/* less is worth a line */
/*
 * An address may be in use by the children of a daemon that has just been
 * killed; they need a moment to see it.  All sockets share these waits.
 */
#define BUSY_WAIT_NS	(50 * NS_PER_MS)
#define BUSY_WAITS	20
#define GROUP_UID	2147483646	/* of nobody: see new_socket() */
#define UNIX_UMASK	0111		/* gives 0666: the directory decides */
#define NAME_MAX_LEN	(ADDR_TEXT_MAX + MSG_PATH_MAX + MSG_DEVICE_MAX)

struct slot {
	struct msg_socket	what;
	int			used;
	int			fd;	/* -1: it failed */
	int			error;	/* with this */
	int			*more;	/* others that share its address */
	uint32_t		nmore;
	int			grouped;	/* there is a program */
	int			given;	/* by the service manager */
	int			own_user;	/* not of GROUP_UID */
	dev_t			dev;	/* of a Unix socket's file */
	ino_t			ino;
};

struct sockets {
	uint32_t	uid;
	uint32_t	gid;
	int		waits;		/* for busy addresses that are left */
	int		told;		/* that receive buffers are small */
	uint32_t	key[2];		/* of the group's programs */
	struct given	given;
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
	arc4random_buf(s->key, sizeof(s->key));
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
set_receive_buffer(struct sockets *s, int fd)
{
	int size = RECV_BUFFER;
	socklen_t len = sizeof(size);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* the kernel counts its own part, too, and says twice the size */
	if (s->told || getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len) ==
	    -1 || size / 2 >= RECV_BUFFER_MIN)
		return;
	s->told = 1;
	log_warnx("the receive buffers have only %d bytes: set the sysctl "
	    "net.core.rmem_max to %d or more", size / 2, RECV_BUFFER);
}

static int
addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return (memcmp(a->ip, zero, sizeof(zero)) == 0);
}

/*
 * No answer is ever in fragments, so none needs a number among those of its
 * destination, which costs 5 % of the time and tells strangers how much we
 * send.  Of the two ways to say so this one does not let a forged ICMP message
 * stop answers to somebody.
 */
static void
set_no_fragments(int fd)
{
	int probe = IP_PMTUDISC_PROBE;

	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof(probe));
}

/* What the server and control need, whoever made the socket. */
static int
set_use_options(struct sockets *s, int fd, const struct msg_socket *what)
{
	int rc;

	rc = what->addr.family == ADDR_INET6 ?
	    set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) :
	    set_option(fd, IPPROTO_IP, IP_PKTINFO);
	if (rc == 0 && what->kind == SOCKET_NTP) {
		rc = set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS);
		set_receive_buffer(s, fd);
		if (what->addr.family == ADDR_INET)
			set_no_fragments(fd);
	}
	return (rc);
}

static int
set_bind_options(int fd, const struct msg_socket *what)
{
	int inet6 = what->addr.family == ADDR_INET6;
	int rc;

	rc = inet6 ? set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) : 0;
	/* The address may come later than we, or go and come back. */
	if (rc == 0 && !addr_is_any(&what->addr))
		rc = inet6 ? set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND) :
		    set_option(fd, IPPROTO_IP, IP_FREEBIND);
	if (rc == 0 && what->device[0] != '\0')
		rc = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, what->device,
		    (socklen_t)strlen(what->device));
	return (rc);
}

static void
set_reuse(int fd, int on)
{
	if (fd != -1)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
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
	uint32_t k;

	for (i = 0; i < MSG_SOCKETS; i++) {
		slot = &s->slots[i];
		if (slot->what.addr.family != addr->family ||
		    slot->what.addr.port != addr->port || slot->fd == -1 ||
		    slot->what.members == 0)
			continue;
		set_reuse(slot->fd, on);
		for (k = 0; k < slot->nmore; k++)
			set_reuse(slot->more[k], on);
	}
	set_reuse(fd, on);
}

/*
 * Is a socket of ours there that differs in the address only?  Not the one of
 * this slot itself.
 */
static int
have_port(const struct sockets *s, const struct slot *self)
{
	const struct addr *a, *addr = &self->what.addr;
	int found = 0;
	size_t i;

	for (i = 0; i < MSG_SOCKETS; i++) {
		a = &s->slots[i].what.addr;
		if (&s->slots[i] == self || !s->slots[i].used ||
		    s->slots[i].fd == -1 || a->family != addr->family ||
		    a->port != addr->port)
			continue;
		if (addr_equal(a, addr))
			return (0);
		found = 1;
	}
	return (found);
}

static int
bind_inet(struct sockets *s, int fd, const struct slot *slot)
{
	const struct addr *addr = &slot->what.addr;
	struct sockaddr_storage ss;
	socklen_t len;
	int error, rc;

	len = addr_to_sockaddr(addr, &ss);
	rc = bind(fd, (struct sockaddr *)&ss, len);
	if (rc == 0 || errno != EADDRINUSE || !have_port(s, slot))
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
	const struct msg_socket *what = &slot->what;

	if (set_bind_options(fd, what) == -1 ||
	    set_use_options(s, fd, what) == -1)
		return (-1);
	if (what->members > 1 && reuseport_begin(fd,
	    what->addr.family == ADDR_INET6, what->members, what->prefix,
	    s->key) == -1)
		return (-1);
	return (bind_inet(s, fd, slot));
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

/*
 * A socket that others of ours will share is one of a user that nobody has,
 * where we may do that: nobody else can join then, not even root's.  Not
 * where it shares with one that is root's, alone or the service manager's.
 */
static int
new_socket(const struct msg_socket *what, int own_user)
{
	int domain, error, fd;
	uid_t old = 0;

	domain = what->addr.family == ADDR_INET ? AF_INET :
	    what->addr.family == ADDR_INET6 ? AF_INET6 : AF_UNIX;
	if (!own_user)
		old = (uid_t)setfsuid(GROUP_UID);
	fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = errno;
	if (!own_user)
		setfsuid(old);
	errno = error;
	return (fd);
}

/* One of the others that share the slot's address: its descriptor or -1. */
static int
join_group(struct sockets *s, const struct slot *slot)
{
	int error, fd;

	fd = new_socket(&slot->what, slot->own_user);
	if (fd == -1)
		return (-1);
	if (set_bind_options(fd, &slot->what) == 0 &&
	    set_use_options(s, fd, &slot->what) == 0 &&
	    reuseport_join(fd) == 0 && bind_inet(s, fd, slot) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

/* One more that shares the slot's address: its descriptor or -1. */
static int
new_member(struct sockets *s, const struct slot *slot)
{
	int error, fd;

	fd = given_take(&s->given, &slot->what);
	if (fd == -1)
		return (join_group(s, slot));
	if (set_use_options(s, fd, &slot->what) == 0 &&
	    reuseport_join(fd) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

/* The first one is there: others, in the order of their processes. */
static int
grow(struct sockets *s, struct slot *slot, uint32_t n)
{
	int *more, fd;

	if (n <= slot->nmore + 1)
		return (0);
	more = reallocarray(slot->more, n - 1, sizeof(*more));
	if (more == NULL)
		return (-1);
	slot->more = more;
	while (slot->nmore + 1 < n) {
		fd = new_member(s, slot);
		if (fd == -1)
			return (-1);
		more[slot->nmore++] = fd;
	}
	return (0);
}

/* From now on packets go to the first so many of them. */
static int
share(struct sockets *s, struct slot *slot, uint32_t members, uint32_t prefix)
{
	if (reuseport_begin(slot->fd, slot->what.addr.family == ADDR_INET6,
	    members, prefix, s->key) == -1)
		return (-1);
	slot->grouped = 1;
	return (0);
}

static int
make_group(struct sockets *s, struct slot *slot)
{
	if (grow(s, slot, slot->what.members) == -1)
		return (-1);
	/* ours have the program since before they were bound */
	slot->grouped = 1;
	return (slot->given ? share(s, slot, slot->what.members,
	    slot->what.prefix) : 0);
}

static void
close_slot(struct slot *slot)
{
	uint32_t i;

	if (slot->fd != -1)
		close(slot->fd);
	slot->fd = -1;
	for (i = 0; i < slot->nmore; i++)
		close(slot->more[i]);
	free(slot->more);
	slot->more = NULL;
	slot->nmore = 0;
	slot->grouped = 0;
}

static int
make_first(struct sockets *s, struct slot *slot)
{
	slot->fd = given_take(&s->given, &slot->what);
	slot->given = slot->fd != -1;
	slot->own_user = slot->given || slot->what.members < 2;
	if (!slot->given) {
		slot->fd = new_socket(&slot->what, slot->own_user);
		if (slot->fd == -1)
			return (-1);
		return (make_kind[slot->what.kind](s, slot->fd, slot));
	}
	if (slot->what.kind == SOCKET_COMMAND_UNIX)
		return (set_option(slot->fd, SOL_SOCKET, SO_PASSCRED));
	if (slot->what.members > 1 && reuseport_join(slot->fd) == -1)
		return (-1);
	return (set_use_options(s, slot->fd, &slot->what));
}

/* Sets the slot's fd, or -1 and its error. */
static void
make_slot(struct sockets *s, struct slot *slot)
{
	slot->error = 0;
	if (make_first(s, slot) == 0 && (slot->what.members < 2 ||
	    make_group(s, slot) == 0))
		return;
	slot->error = errno;
	close_slot(slot);
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
		log_debug("socket %s is %s", name,
		    slot->given ? "the one that was given" : "open");
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
sockets_dup(struct sockets *s, uint32_t index, uint32_t member)
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
	if (member > slot->nmore) {
		errno = slot->error != 0 ? slot->error : EBADF;
		return (-1);
	}
	return (fcntl(member == 0 ? slot->fd : slot->more[member - 1],
	    F_DUPFD_CLOEXEC, 0));
}

/* Sockets at the end go; the kernel's numbers of the others stay. */
static void
shrink(struct slot *slot, uint32_t n)
{
	while (slot->nmore + 1 > n)
		close(slot->more[--slot->nmore]);
}

void
sockets_group(struct sockets *s, const struct msg_group *g)
{
	struct slot *slot = &s->slots[g->index];
	uint32_t before = slot->nmore + 1;

	if (!slot->used || slot->fd == -1 || slot->what.kind != SOCKET_NTP)
		return;
	slot->error = 0;
	/* all that come until there are others for them are the first one's */
	if (!slot->grouped && g->sockets > 1 &&
	    (reuseport_join(slot->fd) == -1 || grow(s, slot, 2) == -1 ||
	    share(s, slot, 1, 0) == -1)) {
		slot->error = errno;
		shrink(slot, 1);
		reuseport_leave(slot->fd);
		return;
	}
	if (grow(s, slot, g->sockets) == -1 || (slot->grouped &&
	    share(s, slot, g->members, g->prefix) == -1)) {
		slot->error = errno;
		shrink(slot, before);
		return;
	}
	shrink(slot, g->sockets);
	slot->what.members = g->members;
	slot->what.prefix = g->prefix;
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

	if (slot->given)
		return;
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
	if (slot->fd != -1 && slot->what.kind == SOCKET_COMMAND_UNIX)
		remove_unix(s, slot);
	close_slot(slot);
	memset(slot, 0, sizeof(*slot));
}

void
sockets_free(struct sockets *s)
{
	uint32_t i;

	if (s == NULL)
		return;
	for (i = 0; i < MSG_SOCKETS; i++)
		sockets_close(s, i);
	given_close(&s->given);
	free(s);
}

void
sockets_give(struct sockets *s, int fd)
{
	given_add(&s->given, fd);
}

void
sockets_seal(struct sockets *s)
{
	given_close(&s->given);
}
