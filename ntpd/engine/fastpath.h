/*
 * Keeps the time of the program in the kernel (`xdp') up to date.
 */
#ifndef NTPD_ENGINE_FASTPATH_H
#define NTPD_ENGINE_FASTPATH_H

struct clockpage_data;
struct event_base;
struct fastpath;

/*
 * fd: the map `times', which is closed.  From then on the time is written anew
 * each second: it is good for XDP_SPAN_NS only, so that a program whose engine
 * is gone or stuck soon leaves all to the server.  NULL with errno.
 */
struct fastpath *fastpath_new(struct event_base *base, int fd);
void	fastpath_free(struct fastpath *f);	/* NULL is fine */
/* This is the page now.  f may be NULL, here and below. */
void	fastpath_publish(struct fastpath *f,
	    const struct clockpage_data *page);
/* The clock is about to change: no time until the next page. */
void	fastpath_hold(struct fastpath *f);

#endif
