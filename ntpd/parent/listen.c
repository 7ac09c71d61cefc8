/*
 * From the configuration to a list of sockets.  Parent core: pure.
 */
#include <string.h>

#include "common/conf.h"
#include "ntpd/parent/listen.h"

struct list {
	struct msg_socket	*rows;
	int			 n;
	uint32_t		 family;
	uint32_t		 servers;
};

static struct msg_socket *
add_row(struct list *l, enum socket_kind kind)
{
	struct msg_socket *row;

	if (l->n >= LISTEN_MAX)
		return (NULL);
	row = &l->rows[l->n];
	memset(row, 0, sizeof(*row));
	row->index = (uint32_t)l->n;
	row->kind = kind;
	row->members = kind == SOCKET_NTP ? l->servers : 1;
	l->n++;
	return (row);
}

/* A socket once, even if the configuration says it twice. */
static int
is_listed(const struct list *l, enum socket_kind kind, const struct addr *a)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (l->rows[i].kind == (uint32_t)kind &&
		    addr_same(&l->rows[i].addr, a))
			return (1);
	return (0);
}

static int
add_addr(struct list *l, enum socket_kind kind, const struct addr *a,
    uint16_t port)
{
	struct msg_socket *row;
	struct addr addr = *a;

	if (l->family != 0 && addr.family != l->family)
		return (0);
	addr.port = port;
	if (is_listed(l, kind, &addr))
		return (0);
	row = add_row(l, kind);
	if (row == NULL)
		return (-1);
	row->addr = addr;
	return (0);
}

/* bind: [0] IPv4 and [1] IPv6; NONE is any address of that family. */
static int
add_both(struct list *l, enum socket_kind kind, const struct addr *bind,
    uint16_t port)
{
	static const uint16_t families[2] = { ADDR_INET, ADDR_INET6 };
	struct addr any;
	int i;

	for (i = 0; i < 2; i++) {
		memset(&any, 0, sizeof(any));
		any.family = families[i];
		if (add_addr(l, kind, bind[i].family == ADDR_NONE ? &any :
		    &bind[i], port) == -1)
			return (-1);
	}
	return (0);
}

/* The server's, by bindaddress; a family that has none is served whole. */
static int
add_bound(struct list *l, const struct conf *conf, uint16_t port)
{
	static const uint16_t families[2] = { ADDR_INET, ADDR_INET6 };
	struct addr any;
	size_t i;
	int f, n;

	for (f = 0; f < 2; f++) {
		n = 0;
		for (i = 0; i < conf->nbindaddress; i++) {
			if (conf->bindaddress[i].family != families[f])
				continue;
			n++;
			if (add_addr(l, SOCKET_NTP, &conf->bindaddress[i],
			    port) == -1)
				return (-1);
		}
		memset(&any, 0, sizeof(any));
		any.family = families[f];
		if (n == 0 && add_addr(l, SOCKET_NTP, &any, port) == -1)
			return (-1);
	}
	return (0);
}

static int
add_server(struct list *l, const struct conf *conf)
{
	static const struct addr any[2];
	uint16_t port = (uint16_t)conf->port;
	size_t i;
	int rc;

	if (conf->nlisten == 0)
		return (add_bound(l, conf, port));
	for (i = 0; i < conf->nlisten; i++) {
		/* `listen on *' */
		if (conf->listen[i].family == ADDR_NONE)
			rc = add_both(l, SOCKET_NTP, any, port);
		else
			rc = add_addr(l, SOCKET_NTP, &conf->listen[i],
			    port);
		if (rc == -1)
			return (-1);
	}
	return (0);
}

/*
 * Bits of a source address that say which server process it belongs to: what
 * shares a rate limit must be in one.  0: all.
 */
static uint32_t
source_prefix(const struct conf *conf, unsigned family)
{
	if (!conf->ratelimit.enabled)
		return (0);
	return (family == ADDR_INET ? conf->ratelimit.prefix4 :
	    conf->ratelimit.prefix6);
}

int
listen_list(const struct conf *conf, const struct listen_want *want,
    struct msg_socket *rows)
{
	struct list l = { .rows = rows, .n = 0, .family = want->family,
	    .servers = want->servers };
	struct msg_socket *row;
	int before;

	if (want->syslog)
		(void)add_row(&l, SOCKET_SYSLOG);
	if (want->unix_socket) {
		row = add_row(&l, SOCKET_COMMAND_UNIX);
		strlcpy(row->path, conf->cmdsocket, sizeof(row->path));
	}
	if (want->control && conf->cmdport != 0 && add_both(&l,
	    SOCKET_COMMAND, conf->bindcmdaddress,
	    (uint16_t)conf->cmdport) == -1)
		return (-1);
	for (before = 0; before < l.n; before++)
		if (rows[before].kind == SOCKET_COMMAND)
			strlcpy(rows[before].device, conf->bindcmddevice,
			    sizeof(rows[before].device));
	before = l.n;
	if (want->servers > 0 && (add_server(&l, conf) == -1 ||
	    l.n - before > CHILD_SOCKETS))
		return (-1);
	for (; before < l.n; before++) {
		strlcpy(rows[before].device, conf->binddevice,
		    sizeof(rows[before].device));
		rows[before].prefix = source_prefix(conf,
		    rows[before].addr.family);
	}
	return (l.n);
}

enum role
listen_owner(uint32_t kind)
{
	switch (kind) {
	case SOCKET_NTP:
		return (ROLE_SERVER);
	case SOCKET_COMMAND:
	case SOCKET_COMMAND_UNIX:
		return (ROLE_CONTROL);
	default:
		return (ROLE_PARENT);
	}
}
