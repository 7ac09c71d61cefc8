/*
 * The roles by name, and which children talk to each other.  Used by every
 * process; pure.
 */
#include "privsep/role.h"

#include <stddef.h>

static const char * const role_names[ROLE_COUNT] = {
	[ROLE_PARENT] = "parent",
	[ROLE_LAUNCHER] = "launcher",
	[ROLE_ENGINE] = "engine",
	[ROLE_SERVER] = "server",
	[ROLE_CONTROL] = "control",
	[ROLE_DNS] = "dns",
	[ROLE_MAIL] = "mail",
};

const char *
role_name(unsigned role)
{
	return (role < ROLE_COUNT ? role_names[role] : "?");
}

int
role_is_pair(enum role a, enum role b)
{
	static const struct {
		enum role a, b;
	} pairs[] = {
		{ ROLE_ENGINE, ROLE_CONTROL },
		{ ROLE_ENGINE, ROLE_DNS },
		{ ROLE_CONTROL, ROLE_SERVER },
	};
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if ((pairs[i].a == a && pairs[i].b == b) ||
		    (pairs[i].a == b && pairs[i].b == a))
			return (1);
	return (0);
}
