/*
 * How a source is shown: by its address, its looked-up name, or the name in
 * the configuration of the daemon.
 */
#ifndef NTPCTL_NAMES_OF_H
#define NTPCTL_NAMES_OF_H

#include <stddef.h>

#include "ntpctl/ctl.h"
#include "ntpctl/tables.h"

/*
 * Fills in a name, looked-up ones cut to so many columns; a source without an
 * address is a number.  0, or -1 after saying why.
 */
int	names_of_source(struct ctl *ctl, const struct candm_source *source,
	    int columns, struct row_name *n);
/* The same for a reference clock. */
void	names_of_refclock(uint32_t refid, struct row_name *n);

#endif
