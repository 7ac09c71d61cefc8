/*
 * The arguments of one directive, by its row of the table: taken from the
 * words of a line, checked, stored.  What is wrong is told with its column.
 * For common/conf*.c only.  Must not know what any directive means.
 */
#include "common/conf_args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf_line.h"
#include "common/conf_table.h"

void
conf_args_report(struct conf_parser *p, enum conf_kind kind, int column,
    const char *fmt, ...)
{
	char	text[CONF_TEXT_MAX];
	va_list	ap;

	if (kind == CONF_ERROR && !p->only_sources)
		p->errors++;
	if (p->params == NULL || p->params->error == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (kind == CONF_ERROR && p->only_sources) {
		strlcat(text, ": the line is skipped", sizeof(text));
		kind = CONF_WARNING;
	}
	p->params->error(p->params->ctx, kind, p->file, p->line, column, text);
}

const struct conf_word *
conf_args_need(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const struct conf_word	*word;

	if ((word = conf_line_next(line)) == NULL)
		conf_args_report(p, CONF_ERROR, line->end_column,
		    "%s: argument missing, must be: %s", d->name, d->syntax);
	return (word);
}

int
conf_args_done(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const struct conf_word	*word;

	if ((word = conf_line_next(line)) == NULL)
		return (0);
	conf_args_report(p, CONF_ERROR, word->column,
	    "%s: too many arguments, must be: %s", d->name, d->syntax);
	return (-1);
}

void *
conf_args_grow(struct conf_parser *p, int column, void *array, size_t n,
    size_t max, size_t size)
{
	void	*grown;

	if (n >= max) {
		conf_args_report(p, CONF_ERROR, column,
		    "too many, at most %zu", max);
		return (NULL);
	}
	/* the room is the power of two that n has reached */
	if ((n & (n - 1)) != 0)
		return (array);
	if ((grown = reallocarray(array, n == 0 ? 1 : 2 * n, size)) == NULL)
		conf_args_report(p, CONF_ERROR, column, "%s", strerror(errno));
	return (grown);
}

/* The options of a directive as one line, for error texts. */
static void
options_format(const struct conf_arg *args, char *buf, size_t len)
{
	const struct conf_arg	*arg;
	size_t			 used = 0;

	buf[0] = '\0';
	for (arg = args; arg->name != NULL && used < len; arg++)
		if (arg->place == CONF_PLACE_OPTION)
			used += (size_t)snprintf(buf + used, len - used,
			    " %s", arg->name);
}

/* 0, or -1 when the value is missing or wrong. */
static int
arg_parse(struct conf_parser *p, const struct conf_directive *d,
    const struct conf_arg *arg, void *base, struct conf_line *line)
{
	const struct conf_word	*word;
	char			 why[CONF_TEXT_MAX];
	enum conf_verdict	 verdict;
	int			 named;

	if (arg->type == CONF_TYPE_CONST) {
		conf_value_set_constant(arg, base);
		return (0);
	}
	if (arg->place == CONF_PLACE_POSITION) {
		if ((word = conf_args_need(p, d, line)) == NULL)
			return (-1);
	} else if ((word = conf_line_next(line)) == NULL) {
		conf_args_report(p, CONF_ERROR, line->end_column,
		    "option %s: value missing", arg->name);
		return (-1);
	}
	verdict = conf_value_set(arg, base, word->text, why);
	named = arg->place == CONF_PLACE_OPTION ||
	    strcmp(arg->name, d->name) == 0;
	if (verdict != CONF_GOOD)
		conf_args_report(p, verdict == CONF_BAD ?
		    CONF_ERROR : CONF_WARNING, word->column, "%s%s%s",
		    named ? "" : d->name, named ? "" : ": ", why);
	return (verdict == CONF_BAD ? -1 : 0);
}

static int
options_parse(struct conf_parser *p, const struct conf_directive *d,
    void *base, struct conf_line *line)
{
	const struct conf_arg	*arg;
	const struct conf_word	*word;
	char			 list[448], shown[CONF_SHOWN_MAX];
	int			 bad = 0, openntpd = 0;

	while ((word = conf_line_next(line)) != NULL) {
		if (openntpd && word->text[0] == '#')
			return (bad);
		arg = conf_arg_find(d->args, word->text);
		if (arg == NULL) {
			options_format(d->args, list, sizeof(list));
			conf_args_report(p, CONF_ERROR, word->column,
			    "%s: unknown option \"%s\", must be one of%s",
			    d->name, conf_text_safe(word->text, shown,
			    sizeof(shown)), list);
			bad = -1;
		} else if (arg->place == CONF_PLACE_ABSENT) {
			conf_args_report(p, CONF_ERROR, word->column,
			    "option %s: not in this build", arg->name);
			line->next += (size_t)arg->max;
			bad = -1;
		} else {
			openntpd |= arg->openntpd;
			if (arg_parse(p, d, arg, base, line) == -1)
				bad = -1;
		}
	}
	return (bad);
}

int
conf_args_parse(struct conf_parser *p, const struct conf_directive *d,
    void *base, struct conf_line *line)
{
	const struct conf_arg	*arg;
	int			 bad = 0, options = 0;

	/* a repeated directive replaces the first with all its options */
	conf_args_set_initial(d->args, base);
	for (arg = d->args; arg->name != NULL; arg++) {
		if (arg->place == CONF_PLACE_IMPLIED)
			conf_value_set_constant(arg, base);
		else if (arg->place != CONF_PLACE_POSITION)
			options = 1;
		else if (arg_parse(p, d, arg, base, line) == -1) {
			bad = -1;
			if (line->next >= line->nwords)
				return (-1);
		}
	}
	if (options)
		return (options_parse(p, d, base, line) == -1 ? -1 : bad);
	return (conf_args_done(p, d, line) == -1 ? -1 : bad);
}
