/*
 * Fuzz target: any bytes as a configuration.  What is accepted must print as
 * something that is accepted and prints the same; an included file gets the
 * rest of the input.  The same bytes as a file of a sourcedir, which is written
 * by others: no error, and nothing but sources.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct input {
	const char	*rest;		/* what an include gets */
	size_t		 rest_len;
	int		 includes;
	int		 errors;
};

static void
count_error(void *ctx, enum conf_kind kind, const char *file, int line,
    int column, const char *text)
{
	struct input	*in = ctx;
	size_t		 i;

	if (kind == CONF_ERROR)
		in->errors++;
	if (file == NULL || line < 1 || column < 1 ||
	    column > CONF_LINE_MAX + 1)
		abort();
	for (i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			abort();
	if (i == 0)
		abort();
}

static int
include(void *ctx, struct conf_parser *parser, const char *pattern)
{
	struct input	*in = ctx;

	if (pattern[0] == '/' || ++in->includes > 32) {
		errno = ENOENT;
		return (-1);
	}
	conf_parse_included(parser, in->rest, in->rest_len, "included");
	return (0);
}

static char *
print(const char *text, size_t len, size_t *out)
{
	struct conf	*conf;
	char		*canonical;

	if ((conf = conf_new()) == NULL)
		abort();
	if (conf_parse(conf, text, len, "canonical", NULL) != 0)
		abort();
	if ((canonical = conf_print(conf, CONF_ALL, out)) == NULL)
		abort();
	conf_free(conf);
	return (canonical);
}

static void
print_twice(const struct conf *conf)
{
	char	*first, *second;
	size_t	 len, again;

	if ((first = conf_print(conf, CONF_ALL, &len)) == NULL)
		abort();
	second = print(first, len, &again);
	if (len != again || memcmp(first, second, len) != 0)
		abort();
	free(first);
	free(second);
}

static void
sources(const uint8_t *data, size_t size)
{
	struct input		 in = { .includes = 32 };
	struct conf_params	 params = {
		.error = count_error, .include = include, .ctx = &in
	};
	struct conf		*conf;
	struct conf_source	*list;
	char			*text;
	size_t			 n, len;

	if ((conf = conf_new()) == NULL)
		return;
	conf_parse_sources(conf, (const char *)data, size, "fuzz", &params);
	if (in.errors != 0 || in.includes != 32)
		abort();
	print_twice(conf);
	/* without them there is nothing */
	list = conf->sources;
	n = conf->nsources;
	conf->sources = NULL;
	conf->nsources = 0;
	if ((text = conf_print(conf, CONF_ALL, &len)) == NULL || len != 0)
		abort();
	free(text);
	conf->sources = list;
	conf->nsources = n;
	conf_free(conf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input		 in = { .includes = 0 };
	struct conf_params	 params = {
		.error = count_error, .include = include, .ctx = &in
	};
	struct conf		*conf;
	size_t			 half;
	int			 errors;

	if ((conf = conf_new()) == NULL)
		return (0);
	half = size / 2;
	in.rest = (const char *)data + half;
	in.rest_len = size - half;
	errors = conf_parse(conf, (const char *)data, size, "fuzz", &params);
	if (errors != in.errors)
		abort();
	if (errors == 0) {
		conf_check(conf, NULL);
		print_twice(conf);
	}
	conf_free(conf);
	sources(data, size);
	return (0);
}
