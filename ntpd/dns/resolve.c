/*
 * The threads that ask the resolver, and the queue to and from them.  Runs in
 * dns.  A thread must do nothing but getaddrinfo(3): no log, no events, no
 * messages.
 *
 * glibc (2.26 on) looks at each call whether resolv.conf has changed, so
 * nothing is cached here and nothing has to be read again.
 */
#include <sys/types.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ntpd/dns/lookup.h"
#include "ntpd/dns/resolve.h"

#define STACK_SIZE	(512 * 1024)	/* NSS modules like large buffers */

/*
 * One name on its way.  The event loop owns it, except between queue and
 * done list, when the thread that has it may read name and family and write
 * the result.
 */
struct flight {
	TAILQ_ENTRY(flight)	entry;		/* in all flights */
	STAILQ_ENTRY(flight)	next;		/* in queue or done */
	uint32_t		ids[RESOLVE_IDS];
	unsigned		nids;
	uint32_t		family;
	char			name[LOOKUP_NAME_MAX];
	int			error;
	int			system_error;
	uint32_t		count;
	struct addr		addrs[RESOLVE_ADDRS];
};

TAILQ_HEAD(flight_list, flight);
STAILQ_HEAD(flight_queue, flight);

/* What the threads see.  The last of its users frees it. */
struct pool {
	pthread_mutex_t		lock;
	pthread_cond_t		wakeup;
	struct flight_queue	queue;
	struct flight_queue	done;
	unsigned		queued;
	unsigned		idle;		/* threads that wait */
	unsigned		workers;
	unsigned		users;		/* threads and the loop */
	int			closing;
	int			fd;		/* done ones, to the loop */
};

struct resolve {
	struct pool		*pool;
	struct event		*event;
	struct flight_list	 flights;
	unsigned		 nflights;
	resolve_fn		 done;
	void			*ctx;
};

static void
queue_free(struct flight_queue *queue)
{
	struct flight	*f;

	while ((f = STAILQ_FIRST(queue)) != NULL) {
		STAILQ_REMOVE_HEAD(queue, next);
		free(f);
	}
}

/* Called with the lock held, gives it back. */
static void
pool_leave(struct pool *pool)
{
	int	last = --pool->users == 0;

	pthread_mutex_unlock(&pool->lock);
	if (!last)
		return;
	queue_free(&pool->queue);
	queue_free(&pool->done);
	pthread_cond_destroy(&pool->wakeup);
	pthread_mutex_destroy(&pool->lock);
	close(pool->fd);
	free(pool);
}

static struct pool *
pool_new(void)
{
	struct pool	*pool;

	if ((pool = calloc(1, sizeof(*pool))) == NULL)
		return (NULL);
	pool->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->fd == -1) {
		free(pool);
		return (NULL);
	}
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wakeup, NULL);
	STAILQ_INIT(&pool->queue);
	STAILQ_INIT(&pool->done);
	pool->users = 1;
	return (pool);
}

/* The one thing that may block for long. */
static void
flight_look_up(struct flight *f)
{
	struct addrinfo	 hints, *list = NULL;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = f->family == ADDR_INET ? AF_INET :
	    f->family == ADDR_INET6 ? AF_INET6 : AF_UNSPEC;
	hints.ai_socktype = SOCK_DGRAM;
	f->error = getaddrinfo(f->name, NULL, &hints, &list);
	f->system_error = f->error == EAI_SYSTEM ? errno : 0;
	if (f->error != 0)
		return;
	f->count = lookup_collect(list, f->family, f->addrs, RESOLVE_ADDRS);
	freeaddrinfo(list);
}

static void *
worker_run(void *arg)
{
	struct pool	*pool = arg;
	struct flight	*f;
	uint64_t	 one = 1;

	pthread_mutex_lock(&pool->lock);
	while (!pool->closing) {
		if ((f = STAILQ_FIRST(&pool->queue)) == NULL) {
			pool->idle++;
			pthread_cond_wait(&pool->wakeup, &pool->lock);
			pool->idle--;
			continue;
		}
		STAILQ_REMOVE_HEAD(&pool->queue, next);
		pool->queued--;
		pthread_mutex_unlock(&pool->lock);
		flight_look_up(f);
		pthread_mutex_lock(&pool->lock);
		STAILQ_INSERT_TAIL(&pool->done, f, next);
		/* the counter is full only when the loop is told already */
		while (write(pool->fd, &one, sizeof(one)) == -1 &&
		    errno == EINTR)
			;
	}
	pool_leave(pool);
	return (NULL);
}

/*
 * A thread takes no signals but those of its own faults; SIGSYS is how the
 * sandbox tells of a denied call.
 */
static int
thread_start(struct pool *pool)
{
	static const int	own[] = {
		SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP
	};
	pthread_attr_t		attr;
	pthread_t		thread;
	sigset_t		most, old;
	size_t			i;
	int			error;

	sigfillset(&most);
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&most, own[i]);
	if ((error = pthread_attr_init(&attr)) != 0)
		return (error);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_sigmask(SIG_SETMASK, &most, &old);
	error = pthread_create(&thread, &attr, worker_run, pool);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return (error);
}

/* Gives a flight to a thread, a new one where none is free. 0 or -1. */
static int
pool_start(struct pool *pool, struct flight *f)
{
	int	error = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->queued >= pool->idle && pool->workers < RESOLVE_WORKERS) {
		error = thread_start(pool);
		if (error == 0) {
			pool->workers++;
			pool->users++;
		}
	}
	/* without a new thread the old ones must do */
	if (error == 0 || pool->workers > 0) {
		STAILQ_INSERT_TAIL(&pool->queue, f, next);
		pool->queued++;
		pthread_cond_signal(&pool->wakeup);
		error = 0;
	}
	pthread_mutex_unlock(&pool->lock);
	errno = error;
	return (error == 0 ? 0 : -1);
}

static void
flight_land(struct resolve *r, struct flight *f)
{
	struct resolve_answer	answer;
	unsigned		i;

	memset(&answer, 0, sizeof(answer));
	answer.family = f->family;
	answer.name = f->name;
	answer.error = f->error;
	answer.system_error = f->system_error;
	answer.count = f->count;
	memcpy(answer.addrs, f->addrs, sizeof(answer.addrs));
	TAILQ_REMOVE(&r->flights, f, entry);
	r->nflights--;
	for (i = 0; i < f->nids; i++) {
		answer.id = f->ids[i];
		r->done(r->ctx, &answer);
	}
	free(f);
}

static void
resolve_on_done(int fd, short what, void *arg)
{
	struct resolve	*r = arg;
	struct flight	*f;
	uint64_t	 count;

	(void)what;
	if (read(fd, &count, sizeof(count)) == -1)
		return;
	for (;;) {
		pthread_mutex_lock(&r->pool->lock);
		f = STAILQ_FIRST(&r->pool->done);
		if (f != NULL)
			STAILQ_REMOVE_HEAD(&r->pool->done, next);
		pthread_mutex_unlock(&r->pool->lock);
		if (f == NULL)
			return;
		flight_land(r, f);
	}
}

struct resolve *
resolve_new(struct event_base *base, resolve_fn done, void *ctx)
{
	struct resolve	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	TAILQ_INIT(&r->flights);
	r->done = done;
	r->ctx = ctx;
	if ((r->pool = pool_new()) == NULL) {
		free(r);
		return (NULL);
	}
	r->event = event_new(base, r->pool->fd, EV_READ | EV_PERSIST,
	    resolve_on_done, r);
	if (r->event == NULL || event_add(r->event, NULL) == -1) {
		resolve_free(r);
		errno = ENOMEM;
		return (NULL);
	}
	return (r);
}

void
resolve_free(struct resolve *r)
{
	struct pool	*pool;

	if (r == NULL)
		return;
	pool = r->pool;
	if (r->event != NULL)
		event_free(r->event);
	pthread_mutex_lock(&pool->lock);
	pool->closing = 1;
	pthread_cond_broadcast(&pool->wakeup);
	pool_leave(pool);
	free(r);
}

int
resolve_ask(struct resolve *r, uint32_t id, uint32_t family, const char *name)
{
	struct flight	*f;

	TAILQ_FOREACH(f, &r->flights, entry) {
		if (f->family != family || strcmp(f->name, name) != 0)
			continue;
		if (f->nids == RESOLVE_IDS) {
			errno = EAGAIN;
			return (-1);
		}
		f->ids[f->nids++] = id;
		return (0);
	}
	if (r->nflights >= RESOLVE_QUEUE || strlen(name) >= sizeof(f->name)) {
		errno = EAGAIN;
		return (-1);
	}
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (-1);
	f->ids[f->nids++] = id;
	f->family = family;
	snprintf(f->name, sizeof(f->name), "%s", name);
	if (pool_start(r->pool, f) == -1) {
		free(f);
		return (-1);
	}
	TAILQ_INSERT_TAIL(&r->flights, f, entry);
	r->nflights++;
	return (0);
}

void
resolve_forget(struct resolve *r)
{
	struct flight	*f;

	TAILQ_FOREACH(f, &r->flights, entry)
		f->nids = 0;
}
