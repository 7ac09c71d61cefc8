/*
 * A growing text.  Used by ntpctl; must never print.
 */
#include "ntpctl/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_FIRST	512

void
text_init(struct text *t)
{
	memset(t, 0, sizeof(*t));
}

void
text_free(struct text *t)
{
	free(t->data);
	text_init(t);
}

/* Room for n more bytes and a NUL. 0 or -1. */
static int
text_grow(struct text *t, size_t n)
{
	size_t	 size = t->size == 0 ? TEXT_FIRST : t->size;
	char	*data;

	if (t->failed)
		return (-1);
	while (size - t->len <= n)
		size *= 2;
	if (size == t->size)
		return (0);
	if ((data = realloc(t->data, size)) == NULL) {
		t->failed = 1;
		return (-1);
	}
	t->data = data;
	t->size = size;
	return (0);
}

void
text_add(struct text *t, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || text_grow(t, n) == -1) {
		t->failed = 1;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(t->data + t->len, n + 1, fmt, ap);
	va_end(ap);
	t->len += n;
}

void
text_fill(struct text *t, char c, size_t n)
{
	if (text_grow(t, n) == -1)
		return;
	memset(t->data + t->len, c, n);
	t->len += n;
	t->data[t->len] = '\0';
}

void
text_clear(struct text *t)
{
	t->len = 0;
	if (t->data != NULL)
		t->data[0] = '\0';
}
