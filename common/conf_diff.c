/*
 * What changed between two configurations, by the table of directives, in
 * words.  Used by the parent when it reads its configuration again.  Must not
 * know a directive by its name: what is in the table is covered.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_table.h"

#define VALUE_MAX	256		/* of a value that is shown */
#define RULES_SHOWN	10		/* single rules of a changed list */
#define RULES_COMPARED	4096	/* in longer lists nobody looks for them */

struct diff {
	const struct conf	*old;
	const struct conf	*new;
	conf_change_fn		 fn;
	void			*ctx;
	int			 n;
};

/* Canonical lines taken apart. */
struct lines {
	char	*text;
	char	**line;
	size_t	 n;
};

static void	change(struct diff *, const struct conf_directive *,
		    const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));

static void
change(struct diff *diff, const struct conf_directive *d, const char *fmt,
    ...)
{
	struct conf_change	c;
	va_list			ap;

	memset(&c, 0, sizeof(c));
	c.directive = d->name;
	c.restart = (d->flags & CONF_FLAG_RESTART) != 0;
	va_start(ap, fmt);
	vsnprintf(c.text, sizeof(c.text), fmt, ap);
	va_end(ap);
	diff->n++;
	diff->fn(diff->ctx, &c);
}

static void
lines_free(struct lines *l)
{
	free(l->text);
	free(l->line);
	memset(l, 0, sizeof(*l));
}

/* 0, or -1 with errno. */
static int
lines_make(struct lines *l, const struct conf *conf,
    const struct conf_directive *d)
{
	char	*p;
	size_t	 n = 0;

	memset(l, 0, sizeof(*l));
	if ((l->text = conf_print_row(conf, d)) == NULL)
		return (-1);
	for (p = l->text; *p != '\0'; p++)
		n += *p == '\n';
	if ((l->line = calloc(n + 1, sizeof(*l->line))) == NULL) {
		lines_free(l);
		return (-1);
	}
	for (p = l->text; l->n < n; p++) {
		l->line[l->n++] = p;
		p += strcspn(p, "\n");
		*p = '\0';
	}
	return (0);
}

static int
lines_equal(const struct lines *a, const struct lines *b)
{
	size_t	i;

	if (a->n != b->n)
		return (0);
	for (i = 0; i < a->n; i++)
		if (strcmp(a->line[i], b->line[i]) != 0)
			return (0);
	return (1);
}

/* Lines of a that b has not (each of b's counts once); or tells them. */
static size_t
lines_missing(struct diff *diff, const struct conf_directive *d,
    const struct lines *a, const struct lines *b, const char *verb)
{
	size_t	 i, j, n = 0;
	char	*used;

	if ((used = calloc(b->n + 1, 1)) == NULL)
		return (0);
	for (i = 0; i < a->n; i++) {
		for (j = 0; j < b->n; j++)
			if (!used[j] && strcmp(a->line[i], b->line[j]) == 0)
				break;
		used[j < b->n ? j : b->n] = 1;
		if (j < b->n)
			continue;
		n++;
		if (verb != NULL)
			change(diff, d, "%s %s", verb, a->line[i]);
	}
	free(used);
	return (n);
}

/* What is said after the directive's name. */
static const char *
line_rest(const char *line)
{
	line += strcspn(line, " ");
	return (*line == ' ' ? line + 1 : line);
}

static void
diff_lines(struct diff *diff, const struct conf_directive *d,
    const struct lines *old, const struct lines *new)
{
	if (old->n == 1 && new->n == 1) {
		change(diff, d, "changed %s: %s -> %s", d->name,
		    line_rest(old->line[0]), line_rest(new->line[0]));
		return;
	}
	if (lines_missing(diff, d, old, new, "removed") +
	    lines_missing(diff, d, new, old, "added") == 0)
		change(diff, d, "changed the order of %s", d->name);
}

/* Rules count in their order, so that the list is one thing. */
static void
diff_access(struct diff *diff, const struct conf_directive *d,
    const struct lines *old, const struct lines *new)
{
	size_t	n;

	if (old->n != new->n)
		change(diff, d, "%s list: %zu rule%s -> %zu", d->name,
		    old->n, old->n == 1 ? "" : "s", new->n);
	else
		change(diff, d, "%s list: other rules or another order",
		    d->name);
	if (old->n > RULES_COMPARED || new->n > RULES_COMPARED)
		return;
	n = lines_missing(diff, d, old, new, NULL) +
	    lines_missing(diff, d, new, old, NULL);
	if (n > RULES_SHOWN)
		return;
	lines_missing(diff, d, old, new, "removed");
	lines_missing(diff, d, new, old, "added");
}

/* One argument that differs, as `name old -> new', added to text. */
static void
arg_describe(const struct conf_directive *d, const struct conf_arg *arg,
    const void *old, const void *new, char *text, size_t len)
{
	size_t	used = strlen(text);
	char	a[VALUE_MAX], b[VALUE_MAX];
	int	was, is;

	if (arg->type == CONF_TYPE_CONST) {
		was = conf_value_is_constant(arg, old);
		is = conf_value_is_constant(arg, new);
		if (was != is)
			snprintf(text + used, len - used, "%s%s %s",
			    used > 0 ? ", " : "", arg->name,
			    is ? "on" : "off");
		return;
	}
	conf_value_format(arg, old, a, sizeof(a));
	conf_value_format(arg, new, b, sizeof(b));
	if (strcmp(a, b) == 0)
		return;
	if (strcmp(arg->name, d->name) == 0)
		snprintf(text + used, len - used, "%s%s -> %s",
		    used > 0 ? ", " : "", a, b);
	else
		snprintf(text + used, len - used, "%s%s %s -> %s",
		    used > 0 ? ", " : "", arg->name, a, b);
}

/* All that differs, "" when nothing that has a name does. */
static void
args_describe(const struct conf_directive *d, const void *old,
    const void *new, char *text, size_t len)
{
	const struct conf_arg	*arg;

	text[0] = '\0';
	for (arg = d->args; arg->name != NULL; arg++)
		if (arg->place == CONF_PLACE_POSITION ||
		    arg->place == CONF_PLACE_OPTION)
			arg_describe(d, arg, old, new, text, len);
}

static void
diff_args(struct diff *diff, const struct conf_directive *d,
    const struct lines *old, const struct lines *new)
{
	char	text[CONF_CHANGE_MAX / 2];

	if (old->n != 1 || new->n != 1) {
		diff_lines(diff, d, old, new);
		return;
	}
	args_describe(d, diff->old, diff->new, text, sizeof(text));
	if (text[0] == '\0')
		diff_lines(diff, d, old, new);
	else
		change(diff, d, "changed %s: %s", d->name, text);
}

int
conf_source_is_same(const struct conf_source *a, const struct conf_source *b)
{
	return (conf_source_directive(a) == conf_source_directive(b) &&
	    a->port == b->port && strcmp(a->name, b->name) == 0);
}

int
conf_source_is_equal(const struct conf_source *a, const struct conf_source *b)
{
	const struct conf_directive	*d = conf_source_directive(a);
	const struct conf_arg		*arg;

	if (d == NULL || !conf_source_is_same(a, b))
		return (0);
	for (arg = d->args; arg->name != NULL; arg++)
		if (arg->type != CONF_TYPE_HOST &&
		    memcmp((const char *)a + arg->offset,
		    (const char *)b + arg->offset, arg->size) != 0)
			return (0);
	return (1);
}

/* The first unused one of many that is the same; many->n: none. */
static size_t
source_find(const struct conf *many, const char *used,
    const struct conf_source *what)
{
	size_t	i;

	for (i = 0; i < many->nsources; i++)
		if (!used[i] && conf_source_is_same(&many->sources[i], what))
			break;
	return (i);
}

static void
diff_one_source(struct diff *diff, const struct conf_directive *d,
    const struct conf_source *old, const struct conf_source *new)
{
	const struct conf_directive	*by = conf_source_directive(new);
	char				 text[CONF_CHANGE_MAX / 2];

	if (by == NULL)
		by = d;
	args_describe(by, old, new, text, sizeof(text));
	if (text[0] != '\0')
		change(diff, d, "changed %s %s: %s", by->name, new->name,
		    text);
}

/* "server NAME" */
static const char *
source_head(const struct conf_source *source, char *buf, size_t len)
{
	const struct conf_directive	*d = conf_source_directive(source);

	snprintf(buf, len, "%s %s", d != NULL ? d->name : "source",
	    source->name);
	return (buf);
}

static void
diff_sources(struct diff *diff, const struct conf_directive *d,
    const struct lines *old, const struct lines *new)
{
	const struct conf	*a = diff->old, *b = diff->new;
	size_t			 i, j;
	int			 before = diff->n;
	char			*used, head[CONF_NAME_MAX + 16];

	if ((used = calloc(a->nsources + 1, 1)) == NULL)
		return;
	/* the lines are those of the sources, in their order */
	for (i = 0; i < b->nsources && i < new->n; i++) {
		j = source_find(a, used, &b->sources[i]);
		used[j] = 1;
		if (j < a->nsources)
			diff_one_source(diff, d, &a->sources[j],
			    &b->sources[i]);
		else
			change(diff, d, "added %s", new->line[i]);
	}
	for (i = 0; i < a->nsources && i < old->n; i++)
		if (!used[i])
			change(diff, d, "removed %s",
			    source_head(&a->sources[i], head, sizeof(head)));
	if (diff->n == before)
		change(diff, d, "changed the order of the sources");
	free(used);
}

static void	(*const forms[CONF_FORM_COUNT])(struct diff *,
		    const struct conf_directive *, const struct lines *,
		    const struct lines *) = {
	[CONF_FORM_ARGS] = diff_args,
	[CONF_FORM_SOURCE] = diff_sources,
	[CONF_FORM_ACCESS] = diff_access,
};

int
conf_diff(const struct conf *old, const struct conf *new, conf_change_fn fn,
    void *ctx)
{
	struct diff			 diff = {
		.old = old, .new = new, .fn = fn, .ctx = ctx
	};
	const struct conf_directive	*d;
	struct lines			 a, b;

	for (d = conf_directives; d->name != NULL; d++) {
		if (d->flags & CONF_FLAG_NOPRINT)
			continue;
		if (lines_make(&a, old, d) == -1)
			return (-1);
		if (lines_make(&b, new, d) == -1) {
			lines_free(&a);
			return (-1);
		}
		if (!lines_equal(&a, &b)) {
			if (forms[d->form] != NULL)
				forms[d->form](&diff, d, &a, &b);
			else
				diff_lines(&diff, d, &a, &b);
		}
		lines_free(&a);
		lines_free(&b);
	}
	return (diff.n);
}

int
conf_keep(struct conf *conf, const struct conf *from, const char *directive)
{
	const struct conf_directive	*d = conf_directive_find(directive);
	const struct conf_arg		*arg;

	if (d == NULL || d->form != CONF_FORM_ARGS)
		return (-1);
	for (arg = d->args; arg->name != NULL; arg++)
		if (arg->size > 0)
			memcpy((char *)conf + arg->offset,
			    (const char *)from + arg->offset, arg->size);
	return (0);
}
