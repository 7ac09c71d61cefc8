/*
 * Network addresses and subnets: text, sockaddr, comparison.  Used by every
 * process and by ntpctl.  Pure: it must never resolve a name or ask the
 * kernel for an interface, so a %scope is accepted as a number only.
 */
#include "common/addr.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t
addr_bytes(uint16_t family)
{
	switch (family) {
	case ADDR_INET:
		return (4);
	case ADDR_INET6:
		return (16);
	default:
		return (0);
	}
}

int
addr_is_valid(const struct addr *a)
{
	size_t i;

	if (a->family != ADDR_NONE && a->family != ADDR_INET &&
	    a->family != ADDR_INET6)
		return (0);
	if (a->family != ADDR_INET6 && a->scope != 0)
		return (0);
	for (i = addr_bytes(a->family); i < sizeof(a->ip); i++)
		if (a->ip[i] != 0)
			return (0);
	return (1);
}

int
addr_equal(const struct addr *a, const struct addr *b)
{
	return (a->family == b->family && a->scope == b->scope &&
	    memcmp(a->ip, b->ip, addr_bytes(a->family)) == 0);
}

int
addr_same(const struct addr *a, const struct addr *b)
{
	return (addr_equal(a, b) && a->port == b->port);
}

/* Decimal digits only, so that strtoul's blanks and signs stay out. */
static int
addr_parse_number(const char *text, unsigned long max, unsigned long *value)
{
	unsigned long n;
	size_t i;

	n = 0;
	for (i = 0; text[i] != '\0'; i++) {
		if (i == 10 || text[i] < '0' || text[i] > '9')
			return (-1);
		n = n * 10 + (unsigned long)(text[i] - '0');
	}
	if (i == 0 || n > max)
		return (-1);
	*value = n;
	return (0);
}

int
addr_parse(const char *text, struct addr *a)
{
	char buf[ADDR_TEXT_MAX];
	unsigned long scope;
	size_t len;
	char *percent;

	memset(a, 0, sizeof(*a));
	len = strlen(text);
	if (len >= sizeof(buf))
		return (-1);
	memcpy(buf, text, len + 1);
	if (inet_pton(AF_INET, buf, a->ip) == 1) {
		a->family = ADDR_INET;
		return (0);
	}
	if ((percent = strchr(buf, '%')) != NULL) {
		*percent++ = '\0';
		if (addr_parse_number(percent, UINT32_MAX, &scope) == -1)
			return (-1);
		a->scope = (uint32_t)scope;
	}
	if (inet_pton(AF_INET6, buf, a->ip) != 1) {
		memset(a, 0, sizeof(*a));
		return (-1);
	}
	a->family = ADDR_INET6;
	return (0);
}

const char *
addr_format(const struct addr *a, char *buf, size_t len)
{
	char ip[INET6_ADDRSTRLEN];
	int af;

	if (len == 0)
		return (buf);
	if (a->family == ADDR_NONE) {
		snprintf(buf, len, "-");
		return (buf);
	}
	af = a->family == ADDR_INET ? AF_INET : AF_INET6;
	if (inet_ntop(af, a->ip, ip, sizeof(ip)) == NULL)
		snprintf(buf, len, "?");
	else if (a->scope != 0)
		snprintf(buf, len, "%s%%%u", ip, a->scope);
	else
		snprintf(buf, len, "%s", ip);
	return (buf);
}

unsigned
addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(ss, 0, sizeof(*ss));
	switch (a->family) {
	case ADDR_INET:
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_port = htons(a->port);
		memcpy(&sin.sin_addr, a->ip, 4);
		memcpy(ss, &sin, sizeof(sin));
		return (sizeof(sin));
	case ADDR_INET6:
		memset(&sin6, 0, sizeof(sin6));
		sin6.sin6_family = AF_INET6;
		sin6.sin6_port = htons(a->port);
		sin6.sin6_scope_id = a->scope;
		memcpy(&sin6.sin6_addr, a->ip, 16);
		memcpy(ss, &sin6, sizeof(sin6));
		return (sizeof(sin6));
	default:
		return (0);
	}
}

int
addr_from_sockaddr(const struct sockaddr *sa, unsigned len, struct addr *a)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;
	sa_family_t family;

	memset(a, 0, sizeof(*a));
	if (len < offsetof(struct sockaddr, sa_family) + sizeof(family))
		return (-1);
	memcpy(&family, (const char *)sa +
	    offsetof(struct sockaddr, sa_family), sizeof(family));
	if (family == AF_INET && len >= sizeof(sin)) {
		memcpy(&sin, sa, sizeof(sin));
		a->family = ADDR_INET;
		a->port = ntohs(sin.sin_port);
		memcpy(a->ip, &sin.sin_addr, 4);
		return (0);
	}
	if (family == AF_INET6 && len >= sizeof(sin6)) {
		memcpy(&sin6, sa, sizeof(sin6));
		a->family = ADDR_INET6;
		a->port = ntohs(sin6.sin6_port);
		a->scope = sin6.sin6_scope_id;
		memcpy(a->ip, &sin6.sin6_addr, 16);
		return (0);
	}
	return (-1);
}

int
subnet_is_valid(const struct subnet *s)
{
	if (!addr_is_valid(&s->addr))
		return (0);
	switch (s->addr.family) {
	case ADDR_INET:
		return (s->bits <= 32);
	case ADDR_INET6:
		return (s->bits <= 128);
	default:
		return (s->bits == 0);
	}
}

int
subnet_contains(const struct subnet *s, const struct addr *a)
{
	size_t bytes, nbits;
	uint8_t mask;

	if (s->addr.family == ADDR_NONE)
		return (1);
	if (s->addr.family != a->family ||
	    s->bits > 8 * addr_bytes(a->family))
		return (0);
	bytes = s->bits / 8;
	nbits = s->bits % 8;
	if (memcmp(s->addr.ip, a->ip, bytes) != 0)
		return (0);
	if (nbits == 0)
		return (1);
	mask = (uint8_t)(0xff << (8 - nbits));
	return (((s->addr.ip[bytes] ^ a->ip[bytes]) & mask) == 0);
}

int
subnet_equal(const struct subnet *a, const struct subnet *b)
{
	return (a->addr.family == b->addr.family && a->bits == b->bits &&
	    subnet_contains(a, &b->addr));
}

static void
subnet_clear_host(struct subnet *s)
{
	size_t bytes, i;

	bytes = s->bits / 8;
	if (s->bits % 8 != 0) {
		s->addr.ip[bytes] &= (uint8_t)(0xff << (8 - s->bits % 8));
		bytes++;
	}
	for (i = bytes; i < sizeof(s->addr.ip); i++)
		s->addr.ip[i] = 0;
}

/* One to four dotted numbers; each of them is worth 8 bits of prefix. */
static int
subnet_parse_short(char *text, struct subnet *s)
{
	unsigned long value;
	char *part, *dot;
	unsigned n;

	part = text;
	for (n = 0; part != NULL; n++) {
		if (n == 4)
			return (-1);
		if ((dot = strchr(part, '.')) != NULL)
			*dot++ = '\0';
		if (addr_parse_number(part, 255, &value) == -1)
			return (-1);
		s->addr.ip[n] = (uint8_t)value;
		part = dot;
	}
	s->addr.family = ADDR_INET;
	s->bits = (uint16_t)(8 * n);
	return (0);
}

int
subnet_parse(const char *text, struct subnet *s)
{
	char buf[ADDR_TEXT_MAX];
	unsigned long bits;
	size_t len;
	char *slash;

	memset(s, 0, sizeof(*s));
	len = strlen(text);
	if (len >= sizeof(buf) || strchr(text, '%') != NULL)
		return (-1);
	memcpy(buf, text, len + 1);
	if ((slash = strchr(buf, '/')) != NULL)
		*slash++ = '\0';
	if (strchr(buf, ':') != NULL) {
		if (addr_parse(buf, &s->addr) == -1)
			return (-1);
		s->bits = 128;
	} else if (subnet_parse_short(buf, s) == -1) {
		memset(s, 0, sizeof(*s));
		return (-1);
	}
	if (slash != NULL) {
		if (addr_parse_number(slash,
		    8 * addr_bytes(s->addr.family), &bits) == -1) {
			memset(s, 0, sizeof(*s));
			return (-1);
		}
		s->bits = (uint16_t)bits;
	}
	subnet_clear_host(s);
	return (0);
}

const char *
subnet_format(const struct subnet *s, char *buf, size_t len)
{
	char text[ADDR_TEXT_MAX];

	if (len == 0)
		return (buf);
	if (s->addr.family == ADDR_NONE)
		snprintf(buf, len, "all");
	else if (s->bits >= 8 * addr_bytes(s->addr.family))
		addr_format(&s->addr, buf, len);
	else
		snprintf(buf, len, "%s/%u",
		    addr_format(&s->addr, text, sizeof(text)), s->bits);
	return (buf);
}
