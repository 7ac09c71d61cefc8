/*
 * The table of system calls behind sandbox.c.  A rule says what happens to
 * one call in some roles; a call that no rule of a role matches gets the
 * role's default: the launcher may do everything else, all other roles
 * nothing (EPERM, and its name is logged once).
 */
#ifndef PRIVSEP_SANDBOX_TABLE_H
#define PRIVSEP_SANDBOX_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/role.h"

enum sandbox_action {
	SANDBOX_ALLOW,
	SANDBOX_NOSYS,		/* ENOSYS: the C library tries and falls back */
	SANDBOX_REFUSE,		/* EPERM without a word */
	SANDBOX_KILL		/* nothing but an attack does this */
};

/*
 * The call's argument n, masked, must be value.  mask 0: no condition.  What
 * is above its low half does not matter, but with SANDBOX_WHOLE added to n it
 * must be zero.
 */
struct sandbox_arg {
	uint32_t	n;
	uint32_t	mask;
	uint32_t	value;
};

#define SANDBOX_ARGS	3
#define SANDBOX_WHOLE	0x100
/* As value: the id of the process itself. */
#define SANDBOX_SELF	UINT32_MAX

#define SANDBOX_NAME_MAX 24

/*
 * All conditions of a rule must hold; several rules for a call are an "or".
 * No pointers, so that the table is none of the memory that each process has
 * for itself.
 */
struct sandbox_rule {
	char			name[SANDBOX_NAME_MAX];	/* unknown: skipped */
	uint16_t		roles;
	uint8_t			action;		/* enum sandbox_action */
	struct sandbox_arg	args[SANDBOX_ARGS];
};

/* The table; ends with an empty name. */
const struct sandbox_rule *sandbox_table_rules(void);

#endif
