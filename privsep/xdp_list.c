/*
 * The list of who may be answered, for the program in the kernel (xdp.h).  Runs
 * in the parent, which knows nothing of packets.  Pure but for xdp_map().  It
 * must never leave a list in place that does not count any more.
 */
#include <sys/mman.h>

#include <stddef.h>

#include "common/access.h"
#include "common/addr.h"
#include "privsep/xdp.h"

_Static_assert(sizeof(struct xdp_bound) == sizeof(struct access_key) &&
    offsetof(struct xdp_bound, lo) == offsetof(struct access_key, lo),
    "one is written as the other");

int
xdp_list_publish(struct xdp_service *service, struct xdp_bound *list,
    __u64 *number, const struct access *acl)
{
	static const unsigned families[2] = { ADDR_INET, ADDR_INET6 };
	struct access_key *to;
	struct xdp_family *f;
	size_t room = XDP_LIST_MAX, n;
	int i, first;

	__atomic_store_n(&service->current, 0, __ATOMIC_SEQ_CST);
	if (acl == NULL)
		return (0);
	(*number)++;
	to = (struct access_key *)list + (*number & 1) * XDP_LIST_MAX;
	for (i = 0; i < 2; i++) {
		n = access_bounds(acl, families[i], to, room, &first);
		if (n > room)
			return (-1);
		f = &service->lists[*number & 1][i];
		f->n = (__u32)n;
		f->first = first != 0;
		to += n;
		room -= n;
	}
	__atomic_store_n(&service->current, *number, __ATOMIC_SEQ_CST);
	return (0);
}

void *
xdp_map(int fd, __u64 len, int writable)
{
	void *p;

	p = mmap(NULL, len, writable ? PROT_READ | PROT_WRITE : PROT_READ,
	    MAP_SHARED, fd, 0);
	return (p == MAP_FAILED ? NULL : p);
}
