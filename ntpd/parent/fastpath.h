/*
 * `xdp': has ntpd-xdp put its program into the kernel, and keeps what comes
 * of it for the children.
 */
#ifndef PARENT_FASTPATH_H
#define PARENT_FASTPATH_H

struct conf;
struct xdp_service;

struct fastpath {
	int	link;		/* the program stays while this is open */
	int	times;		/* maps, see privsep/xdp.h */
	int	service;
	struct xdp_service *shared;	/* the map of that, NULL: none */
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
 * Who is served has changed: for good, whether there is a server process that
 * hears of it or not.
 */
void	fastpath_stop(struct fastpath *f);
/* Do two configurations have the kernel answer alike?  Not if unknown. */
int	fastpath_is_same(const struct conf *a, const struct conf *b);
void	fastpath_close(struct fastpath *f);

#endif
