/*
 * The last values of something, kept in the order of arrival and in that of
 * size, so that minimum and median cost nothing.  Pure.
 */
#ifndef ENGINE_WINDOW_H
#define ENGINE_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/*
 * Put v (finite) in the place of the oldest once there are size of them.
 * count: how many were put before.  Returns how many there are now.
 */
size_t	window_put(float *ring, float *sorted, size_t size, uint64_t count,
	    float v);

#endif
