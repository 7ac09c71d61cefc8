/*
 * The lines that a reload gives: for the log, and for who asked.  Pure.
 */
#ifndef PARENT_RECONF_LINES_H
#define PARENT_RECONF_LINES_H

#include <stddef.h>
#include <stdint.h>

/* The first byte of a line in the text says what it is. */
#define RECONF_CHANGE	'c'
#define RECONF_WARNING	'w'
#define RECONF_ERROR	'e'

#define RECONF_LINE_MAX	480		/* with its kind, without newline */
#define RECONF_LINES_MAX 2000		/* more are counted only */

struct reconf_lines {
	char		*text;		/* "cadded server a\n..." or NULL */
	size_t		 len;
	size_t		 room;
	uint32_t	 n;		/* in text */
	uint32_t	 changes;
	uint32_t	 errors;
	uint32_t	 lost;
};

void	reconf_lines_init(struct reconf_lines *l);
void	reconf_lines_free(struct reconf_lines *l);
/*
 * Adds one; what does not print is `?', what is too long is cut.  Returns the
 * line as it was kept, without its kind, until the next one; NULL: it was not.
 */
const char *reconf_lines_add(struct reconf_lines *l, char kind,
	    const char *fmt, ...) __attribute__((__format__(printf, 3, 4)));
/* After the last one: says how many were lost. */
void	reconf_lines_end(struct reconf_lines *l);

#endif
