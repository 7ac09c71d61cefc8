/*
 * Settings of the allocator.  Runs in every process of the daemon; there are
 * six of them or more, and what each keeps counts so many times.
 */
#include "privsep/memory.h"

#include <malloc.h>
#include <stddef.h>

#define LARGE	(16 * 1024)	/* bytes that are worth a mapping */

void
memory_begin(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
#ifdef M_TOP_PAD
	/* a reserve above would be used, and written to, before a mapping is */
	mallopt(M_TOP_PAD, LARGE / 2);
#endif
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
#endif
}

void
memory_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
