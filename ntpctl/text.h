/*
 * A text that grows: what a command has to say, until somebody prints it.
 */
#ifndef NTPCTL_TEXT_H
#define NTPCTL_TEXT_H

#include <stddef.h>

struct text {
	char	*data;		/* NUL terminated once something was added */
	size_t	 len;
	size_t	 size;
	int	 failed;	/* no memory: something is missing */
};

void	text_init(struct text *t);
void	text_free(struct text *t);
/* Appends; after a failure it does nothing but remember that. */
void	text_add(struct text *t, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));
/* Appends a character n times. */
void	text_fill(struct text *t, char c, size_t n);
/* Empties it, keeps the memory. */
void	text_clear(struct text *t);

#endif
