/*
 * The processes of ntpd and which of them have a channel to each other.
 */
#ifndef PRIVSEP_ROLE_H
#define PRIVSEP_ROLE_H

#include <stdint.h>

enum role {
	ROLE_PARENT,
	ROLE_LAUNCHER,
	ROLE_ENGINE,
	ROLE_SERVER,
	ROLE_CONTROL,
	ROLE_DNS,
	ROLE_MAIL,
	ROLE_COUNT
};

#define ROLE_BIT(r)	(1u << (r))
#define R_PARENT	ROLE_BIT(ROLE_PARENT)
#define R_LAUNCHER	ROLE_BIT(ROLE_LAUNCHER)
#define R_ENGINE	ROLE_BIT(ROLE_ENGINE)
#define R_SERVER	ROLE_BIT(ROLE_SERVER)
#define R_CONTROL	ROLE_BIT(ROLE_CONTROL)
#define R_DNS		ROLE_BIT(ROLE_DNS)
#define R_MAIL		ROLE_BIT(ROLE_MAIL)
/* what the parent has started through the launcher */
#define R_CHILDREN	(R_ENGINE | R_SERVER | R_CONTROL | R_DNS | \
			    R_MAIL)
#define R_ALL		(R_PARENT | R_LAUNCHER | R_CHILDREN)

/* "parent", "launcher", "engine" ...; "?" for an unknown number. */
const char *role_name(unsigned role);
/* Two children that talk to each other: engine with control and dns, and
 * control with the servers. */
int	role_is_pair(enum role a, enum role b);

#endif
