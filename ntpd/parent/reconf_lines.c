/*
 * Lines of a reload.  Parent core: pure.  File names in them come from
 * directories that others may write to: nothing but text leaves here.
 */
#include "ntpd/parent/reconf_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
reconf_lines_init(struct reconf_lines *l)
{
	memset(l, 0, sizeof(*l));
}

void
reconf_lines_free(struct reconf_lines *l)
{
	free(l->text);
	memset(l, 0, sizeof(*l));
}

/* A place for one more line with its newline and a NUL. */
static char *
make_room(struct reconf_lines *l)
{
	char *text;
	size_t room;

	if (l->room - l->len < RECONF_LINE_MAX + 2) {
		room = 2 * l->room + 4 * RECONF_LINE_MAX;
		text = realloc(l->text, room);
		if (text == NULL)
			return (NULL);
		l->text = text;
		l->room = room;
	}
	return (l->text + l->len);
}

const char *
reconf_lines_add(struct reconf_lines *l, char kind, const char *fmt, ...)
{
	va_list ap;
	char *line, *p;

	l->changes += kind == RECONF_CHANGE;
	l->errors += kind == RECONF_ERROR;
	/* one is kept for reconf_lines_end() */
	line = l->n + 1 < RECONF_LINES_MAX ? make_room(l) : NULL;
	if (line == NULL) {
		l->lost++;
		return (NULL);
	}
	line[0] = kind;
	va_start(ap, fmt);
	vsnprintf(line + 1, RECONF_LINE_MAX, fmt, ap);
	va_end(ap);
	for (p = line + 1; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	*p++ = '\n';
	*p = '\0';
	l->len = (size_t)(p - l->text);
	l->n++;
	return (line + 1);
}

void
reconf_lines_end(struct reconf_lines *l)
{
	char *line;

	if (l->lost == 0 || (line = make_room(l)) == NULL)
		return;
	l->len += (size_t)snprintf(line, RECONF_LINE_MAX,
	    "%cand %u more lines\n", RECONF_WARNING, l->lost);
	l->n++;
	l->lost = 0;
}
