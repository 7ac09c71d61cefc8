/*
 * Rows of a table while they are being collected.
 */
#ifndef NTPCTL_ROWS_H
#define NTPCTL_ROWS_H

#include <stddef.h>

struct rows {
	char	*data;
	size_t	 n;
	size_t	 room;
	size_t	 size;		/* of a row */
};

void	rows_init(struct rows *r, size_t size);
void	rows_free(struct rows *r);
/* A new row, zeroed; NULL: no memory. */
void	*rows_add(struct rows *r);
/* Forgets the last one. */
void	rows_drop(struct rows *r);

#endif
