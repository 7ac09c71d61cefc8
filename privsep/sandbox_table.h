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

/* The call's argument n, masked, must be value.  mask 0: no condition. */
struct sandbox_arg {
	uint32_t	n;
	uint64_t	mask;
	uint64_t	value;
};

#define SANDBOX_ARGS	3
/* As value: the id of the process itself. */
#define SANDBOX_SELF	UINT64_MAX

/* All conditions of a rule must hold; several rules for a call are an "or". */
struct sandbox_rule {
	const char		*name;	/* unknown ones are skipped */
	uint32_t		 roles;
	enum sandbox_action	 action;
	struct sandbox_arg	 args[SANDBOX_ARGS];
};

/* The table; ends with a rule without name. */
const struct sandbox_rule *sandbox_table_rules(void);

#endif
