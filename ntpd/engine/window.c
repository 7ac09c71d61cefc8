/*
 * Windows of values, sorted as they come.  Engine core: pure.
 */
#include <string.h>

#include "ntpd/engine/window.h"

/* The first place whose value is not below v. */
static size_t
window_place(const float *sorted, size_t n, float v)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (sorted[mid] < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

size_t
window_put(float *ring, float *sorted, size_t size, uint64_t count, float v)
{
	size_t n = count < size ? (size_t)count : size, at;

	if (n == size) {
		/* the oldest is there; if not, a value is lost, no more */
		at = window_place(sorted, n, ring[count % size]);
		if (at >= n)
			at = n - 1;
		memmove(&sorted[at], &sorted[at + 1],
		    (n - at - 1) * sizeof(sorted[0]));
		n--;
	}
	at = window_place(sorted, n, v);
	memmove(&sorted[at + 1], &sorted[at], (n - at) * sizeof(sorted[0]));
	sorted[at] = v;
	ring[count % size] = v;
	return (n + 1);
}
