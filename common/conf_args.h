/*
 * What the parser of a configuration is at, and the arguments of the directive
 * that it has found.  For common/conf*.c only.
 */
#ifndef COMMON_CONF_ARGS_H
#define COMMON_CONF_ARGS_H

#include <stddef.h>

#include "common/conf.h"

#define CONF_SHOWN_MAX	64		/* of a word in an error text */

struct conf_directive;
struct conf_line;
struct conf_word;

struct conf_parser {
	struct conf			*conf;
	const struct conf_params	*params;
	const char			*file;
	int				 line;
	int				 depth;	/* 1: not included */
	int				 errors;
	int				 only_sources;	/* and forgiving */
};

/*
 * Tells the caller of conf_parse() about this line.  An error counts; in a
 * file of sources it only skips the line.
 */
void	conf_args_report(struct conf_parser *p, enum conf_kind kind,
	    int column, const char *fmt, ...)
	    __attribute__((__format__(printf, 4, 5)));
/* The next word; when there is none that is an error, told, and NULL. */
const struct conf_word *conf_args_need(struct conf_parser *p,
	    const struct conf_directive *d, struct conf_line *line);
/* 0 when no word is left, else an error, told, and -1. */
int	conf_args_done(struct conf_parser *p, const struct conf_directive *d,
	    struct conf_line *line);
/*
 * Room for one more in an array of n elements whose size doubles; max: what
 * the configuration may have.  NULL: the error was told.
 */
void	*conf_args_grow(struct conf_parser *p, int column, void *array,
	    size_t n, size_t max, size_t size);
/*
 * All arguments of d, to the end of the line, into the struct at base that its
 * offsets are for; those that are not given get their defaults.  0, or -1
 * after telling each that is wrong.
 */
int	conf_args_parse(struct conf_parser *p, const struct conf_directive *d,
	    void *base, struct conf_line *line);

#endif
