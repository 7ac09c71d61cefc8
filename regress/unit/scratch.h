/* Directories for what a test writes. */
#ifndef REGRESS_UNIT_SCRATCH_H
#define REGRESS_UNIT_SCRATCH_H

#define SCRATCH_MAX	96	/* short enough for a socket inside */

/*
 * Makes a new directory in $TMPDIR, or where the system has such if that is not
 * set; it is the caller's to remove.  Ends the test when it cannot, also when
 * the name is too long.  Returns dir.
 */
char	*scratch_make(char dir[SCRATCH_MAX]);

#endif
