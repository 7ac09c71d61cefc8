/*
 * The resolver, for ntpctl.
 */
#include <sys/socket.h>

#include <netdb.h>
#include <string.h>

#include "common/addr.h"
#include "ntpctl/names.h"

const char *
names_of_addr(const struct addr *a, char *buf, size_t len)
{
	struct sockaddr_storage	 ss;
	struct addr		 bare = *a;
	socklen_t		 salen;
	char			*p;

	bare.port = 0;
	salen = addr_to_sockaddr(&bare, &ss);
	if (salen == 0 || getnameinfo((struct sockaddr *)&ss, salen, buf, len,
	    NULL, 0, NI_NAMEREQD) != 0)
		return (addr_format(&bare, buf, len));
	/* who runs the reverse zone may not write to the terminal */
	for (p = buf; *p != '\0'; p++)
		if (*p <= ' ' || (unsigned char)*p >= 0x7f)
			return (addr_format(&bare, buf, len));
	return (buf);
}

int
names_to_addr(const char *name, int family, struct addr *a)
{
	struct addrinfo	 hints, *list;
	int		 result;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_DGRAM;
	hints.ai_family = family == ADDR_INET ? AF_INET :
	    family == ADDR_INET6 ? AF_INET6 : AF_UNSPEC;
	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return (-1);
	result = addr_from_sockaddr(list->ai_addr, list->ai_addrlen, a);
	freeaddrinfo(list);
	return (result);
}
