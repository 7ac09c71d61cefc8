/*
 * A growing array of rows.  Used by ntpctl.
 */
#include "ntpctl/rows.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_FIRST	16

void
rows_init(struct rows *r, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->size = size;
}

void
rows_free(struct rows *r)
{
	free(r->data);
	rows_init(r, r->size);
}

void *
rows_add(struct rows *r)
{
	size_t	 room;
	char	*data;

	if (r->n == r->room) {
		room = r->room == 0 ? ROWS_FIRST : 2 * r->room;
		if ((data = reallocarray(r->data, room, r->size)) == NULL)
			return (NULL);
		r->data = data;
		r->room = room;
	}
	data = r->data + r->n++ * r->size;
	memset(data, 0, r->size);
	return (data);
}

void
rows_drop(struct rows *r)
{
	r->n--;
}
