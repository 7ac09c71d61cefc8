/*
 * The clock page as the program in the kernel needs it.  Runs in the engine,
 * only with `xdp'.  It must never give a time while a change of the clock is
 * under way, or one that the server would not give.
 */
#include "ntpd/engine/fastpath.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/now.h"
#include "common/timens.h"
#include "privsep/clockpage.h"
#include "privsep/xdp.h"

#define TRIES	4			/* of readings, the tightest counts */

struct fastpath {
	struct xdp_times	*times;
	struct clockpage_data	 page;
	int			 have;		/* a page that counts */
	struct event		*timer;
};

/* What to add to a reading of one clock to have the other's. */
static int64_t
read_ahead(clockid_t id, clockid_t of)
{
	int64_t before, after, there, ahead = 0, best = INT64_MAX;
	int i;

	for (i = 0; i < TRIES; i++) {
		before = now_read_ns(of);
		there = now_read_ns(id);
		after = now_read_ns(of);
		if (after - before >= best)
			continue;
		best = after - before;
		ahead = there - before - best / 2;
	}
	return (ahead);
}

static void
write_time(struct fastpath *f)
{
	struct xdp_clocks now;
	struct xdp_time t;
	int64_t tai, real, raw;

	/*
	 * TAI first: a step between these readings makes REALTIME slip
	 * against the page, or shows in TAI when the program looks.
	 */
	tai = read_ahead(CLOCK_TAI, CLOCK_MONOTONIC);
	real = read_ahead(CLOCK_REALTIME, CLOCK_MONOTONIC);
	raw = read_ahead(CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC);
	now.mono_ns = now_read_ns(CLOCK_MONOTONIC);
	now.tai_ns = now.mono_ns + tai;
	now.real_ns = now.mono_ns + real;
	now.raw_ns = now.mono_ns + raw;
	xdp_time_publish(f->times, f->have &&
	    xdp_time_make(&t, &f->page, &now) == 0 ? &t : NULL);
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	write_time(ctx);
}

struct fastpath *
fastpath_new(struct event_base *base, int fd)
{
	static const struct timeval second = { 1, 0 };
	struct fastpath *f;

	if ((f = calloc(1, sizeof(*f))) == NULL) {
		close(fd);
		return (NULL);
	}
	f->times = xdp_map(fd, sizeof(*f->times), 1);
	close(fd);
	if (f->times != NULL)
		f->timer = event_new(base, -1, EV_PERSIST, on_timer, f);
	if (f->timer == NULL || event_add(f->timer, &second) == -1) {
		fastpath_free(f);
		return (NULL);
	}
	/* what an engine before us has left there */
	xdp_time_publish(f->times, NULL);
	return (f);
}

void
fastpath_free(struct fastpath *f)
{
	if (f == NULL)
		return;
	if (f->timer != NULL)
		event_free(f->timer);
	if (f->times != NULL) {
		xdp_time_publish(f->times, NULL);
		munmap(f->times, sizeof(*f->times));
	}
	free(f);
}

void
fastpath_publish(struct fastpath *f, const struct clockpage_data *page)
{
	if (f == NULL)
		return;
	f->page = *page;
	f->have = 1;
	write_time(f);
}

void
fastpath_hold(struct fastpath *f)
{
	if (f == NULL)
		return;
	f->have = 0;
	xdp_time_publish(f->times, NULL);
}
