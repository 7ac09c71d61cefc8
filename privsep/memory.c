/*
 * Settings of the allocator.  Runs in every process of the daemon; there are
 * six of them or more, and what each keeps counts so many times.
 */
#include "privsep/memory.h"

#include <sys/mman.h>

#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

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

/*
 * What is read-only in a file is there again when it is looked at.  Where a
 * program or library is writable, its relocations are: those parts stay.
 */
static int
forget_files(struct dl_phdr_info *info, size_t len, void *ctx)
{
	uintptr_t page = (uintptr_t)getpagesize(), from, to;
	unsigned i;

	(void)len;
	(void)ctx;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD ||
		    (info->dlpi_phdr[i].p_flags & PF_W) != 0)
			continue;
		from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		to = from + info->dlpi_phdr[i].p_memsz;
		from -= from % page;
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return (0);
}

void
memory_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(forget_files, NULL);
}
