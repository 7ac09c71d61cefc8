/*
 * How rows of a table are written: as chronyc writes them for people and as
 * CSV, as JSON, and as OpenMetrics.  Each appends to a text and does nothing
 * else.
 */
#ifndef NTPCTL_OUTPUT_H
#define NTPCTL_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "ntpctl/field.h"

struct text;

enum output_format {
	OUTPUT_TEXT,
	OUTPUT_CSV,
	OUTPUT_JSON,
	OUTPUT_METRICS
};

struct output_style {
	enum output_format	format;
	int			wide;		/* -w */
};

/* Begins a list in text: legend (verbose) and heading; else nothing. */
void	output_head(struct text *t, const struct output_style *style,
	    const struct field_table *table, int verbose);
/* n rows of `size' bytes each. */
void	output_rows(struct text *t, const struct output_style *style,
	    const struct field_table *table, const void *rows, size_t n,
	    size_t size);
/* Rows as a member of a JSON object, without its braces. */
void	output_member(struct text *t, const struct field_table *table,
	    const void *rows, size_t n, size_t size);
/*
 * The outcome of a command, "200 OK" or an error with its number; in JSON an
 * object with status and message, in metrics nothing but errors as a comment.
 */
void	output_status(struct text *t, const struct output_style *style,
	    const char *status);

#endif
