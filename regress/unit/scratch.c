/* Directories for what a test writes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "regress/unit/scratch.h"

char *
scratch_make(char dir[SCRATCH_MAX])
{
	const char	*top = getenv("TMPDIR");

	if (top == NULL || top[0] == '\0')
		top = P_tmpdir;
	ck_assert_msg(snprintf(dir, SCRATCH_MAX, "%s/unit.XXXXXX", top) <
	    SCRATCH_MAX, "%s: TMPDIR must be shorter", top);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	return (dir);
}
