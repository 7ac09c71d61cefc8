/* How every unit test program ends. */
#ifndef REGRESS_UNIT_UNIT_H
#define REGRESS_UNIT_UNIT_H

#include <check.h>

/* Runs the suite and frees it.  The exit status: 0 when nothing failed. */
int	unit_run(Suite *suite);

#endif
