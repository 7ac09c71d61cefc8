/*
 * `xdp': has ntpd-xdp put its program into the kernel, and keeps what comes
 * of it for the children.
 */
#ifndef PARENT_FASTPATH_H
#define PARENT_FASTPATH_H

struct conf;

struct fastpath {
	int	link;		/* the program stays while this is open */
	int	times;		/* maps, see privsep/xdp.h */
	int	service;
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
void	fastpath_close(struct fastpath *f);

#endif
