/*
 * The queue of events: a binary heap and a free list.  Part of the simulator.
 * Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "regress/sim/queue.h"

static int
before(const struct sim_event *a, const struct sim_event *b)
{
	if (a->at_ns != b->at_ns)
		return (a->at_ns < b->at_ns);
	return (a->seq < b->seq);
}

static int
queue_grow(struct sim_queue *q)
{
	struct sim_event **heap;
	size_t cap;

	cap = q->cap == 0 ? 64 : q->cap * 2;
	heap = reallocarray(q->heap, cap, sizeof(*heap));
	if (heap == NULL)
		return (-1);
	q->heap = heap;
	q->cap = cap;
	return (0);
}

struct sim_event *
queue_add(struct sim_queue *q, int64_t at_ns, enum sim_kind kind)
{
	struct sim_event *ev;
	size_t i, up;

	if (q->n == q->cap && queue_grow(q) == -1)
		return (NULL);
	ev = q->free;
	if (ev != NULL)
		q->free = ev->next;
	else {
		ev = malloc(sizeof(*ev));
		if (ev == NULL)
			return (NULL);
		q->allocated++;
	}
	memset(ev, 0, sizeof(*ev));
	ev->at_ns = at_ns;
	ev->kind = kind;
	ev->seq = q->seq++;
	for (i = q->n++; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!before(ev, q->heap[up]))
			break;
		q->heap[i] = q->heap[up];
	}
	q->heap[i] = ev;
	return (ev);
}

struct sim_event *
queue_next(struct sim_queue *q)
{
	struct sim_event *first, *last;
	size_t i, down;

	if (q->n == 0)
		return (NULL);
	first = q->heap[0];
	last = q->heap[--q->n];
	for (i = 0; (down = 2 * i + 1) < q->n; i = down) {
		if (down + 1 < q->n && before(q->heap[down + 1],
		    q->heap[down]))
			down++;
		if (!before(q->heap[down], last))
			break;
		q->heap[i] = q->heap[down];
	}
	if (q->n > 0)
		q->heap[i] = last;
	return (first);
}

void
queue_free(struct sim_queue *q, struct sim_event *ev)
{
	ev->next = q->free;
	q->free = ev;
}

void
queue_clear(struct sim_queue *q)
{
	struct sim_event *ev;

	while ((ev = queue_next(q)) != NULL)
		queue_free(q, ev);
	while ((ev = q->free) != NULL) {
		q->free = ev->next;
		free(ev);
	}
	free(q->heap);
	memset(q, 0, sizeof(*q));
}
