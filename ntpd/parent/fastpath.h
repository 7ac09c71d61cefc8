/*
 * `xdp': has ntpd-xdp put its program into the kernel, keeps what comes of it
 * for the children, and tells it who may be answered.
 */
#ifndef PARENT_FASTPATH_H
#define PARENT_FASTPATH_H

#include <stdint.h>

struct conf;
struct parent;
struct xdp_bound;
struct xdp_service;

struct fastpath {
	int	link;		/* the program stays while this is open */
	int	times;		/* maps, see privsep/xdp.h */
	int	service;
	struct xdp_service *shared;	/* the map of that, NULL: none */
	struct xdp_bound *list;	/* another map */
	unsigned long long number;	/* of the last list */
};

/* None: all -1. */
void	fastpath_init(struct fastpath *f);
/*
 * For a configuration with `xdp', while the parent has all its rights; waits
 * for some seconds at most.  exe_dir: where ntpd-xdp is.  -1 when there will
 * be no fast path, which is logged: the server answers all the same.
 */
int	fastpath_start(struct fastpath *f, const struct conf *conf,
	    const char *exe_dir);
/*
 * Who is served has changed, and p knows it: from here on nobody is answered
 * who is denied now, whether there is a server process that hears of it or
 * not, and who is allowed is answered again.
 */
void	fastpath_update(struct parent *p);
/*
 * Can it go on with another configuration, besides its access list?  1 also
 * where there is none.
 */
int	fastpath_can_have(const struct fastpath *f, const struct conf *old,
	    const struct conf *next);
/* The program goes for good; its counters stay. */
void	fastpath_end(struct fastpath *f);
void	fastpath_close(struct fastpath *f);

#endif
