/*
 * The directory of saved samples, `dumpdir': one file for each source, by its
 * address.
 */
#ifndef PARENT_DUMPS_H
#define PARENT_DUMPS_H

#include "ntpd/parent/dump.h"

#define DUMPS_MAX	256		/* sources, since the start */
#define DUMPS_BURST	1024		/* files at once */
#define DUMPS_NS	1000000000LL	/* then one each */

struct dumps {
	int		 dirfd;		/* -1: none */
	char		 boot[DUMP_BOOT_MAX];	/* "": not known */
	struct msg_dump	*loaded;	/* for the first engine */
	size_t		 nloaded;
	struct addr	 names[DUMPS_MAX];	/* that were written */
	size_t		 nnames;
	int64_t		 full_ns;	/* the allowance will be full again */
	int		 failed;	/* was logged */
};

void	dumps_init(struct dumps *d);
void	dumps_close(struct dumps *d);
/*
 * At start: reads the files of this start of the computer when they are wanted
 * (ntpd -r), and removes all that are ours in any case: they are not to be
 * found by a later start.
 */
void	dumps_open(struct dumps *d, const char *path, int wanted);
/* DUMP: 0; -1 when it was not written (logged once). now_ns: MONOTONIC. */
int	dumps_write(struct dumps *d, const struct msg_dump *m,
	    int64_t now_ns);
/* The engine has them. */
void	dumps_forget(struct dumps *d);

#endif
