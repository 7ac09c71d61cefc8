/*
 * The text of a file of saved samples (`dumpdir').  Pure.
 *
 *	ntpd samples 1
 *	source 192.0.2.1
 *	boot 6f0c...		which start of the computer they are of
 *	sleep 0			how long it had been suspended, ns
 *	1234 1700000000 1e-3 1e-7	raw_ns y_ns delay_s disp_s, each sample
 *	end
 */
#ifndef PARENT_DUMP_H
#define PARENT_DUMP_H

#include <stddef.h>

#include "privsep/messages.h"

#define DUMP_MAGIC	"ntpd samples 1\n"
#define DUMP_TEXT_MAX	8192
#define DUMP_BOOT_MAX	48		/* the kernel's has 36 characters */

/* Its length; buf has DUMP_TEXT_MAX bytes, which is enough. */
size_t	dump_format(const struct msg_dump *m, const char *boot, char *buf);
/* Any bytes; 0, or -1 when this is no such file or not all of it is good. */
int	dump_parse(const char *text, size_t len, struct msg_dump *m,
	    char boot[DUMP_BOOT_MAX]);

#endif
