/*
 * Any bytes as a file of keys: what is read is in order, and its text is read
 * back as the same keys.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/key.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
on_error(void *ctx, unsigned line, const char *text)
{
	unsigned *told = ctx;
	size_t i;

	if (line == 0 || text[0] == '\0')
		abort();
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] < ' ' || text[i] > '~')
			abort();
	(*told)++;
}

static void
must_equal(const struct keys *a, const struct keys *b)
{
	size_t i;

	if (a->n != b->n)
		abort();
	for (i = 0; i < a->n; i++) {
		if (a->list[i].id != b->list[i].id ||
		    a->list[i].type != b->list[i].type ||
		    a->list[i].len != b->list[i].len ||
		    memcmp(a->list[i].bytes, b->list[i].bytes,
		    a->list[i].len) != 0)
			abort();
		if (a->list[i].id == 0 || a->list[i].len == 0 ||
		    key_mac_len(a->list[i].type) == 0 ||
		    keys_find(a, a->list[i].id) != &a->list[i] ||
		    (i > 0 && a->list[i - 1].id >= a->list[i].id))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct keys keys = { NULL, 0 }, again = { NULL, 0 };
	unsigned told = 0;
	size_t n;
	char *text;

	if (keys_parse(&keys, (const char *)data, len, on_error, &told) !=
	    (int)told)
		abort();
	if ((text = keys_print(&keys, NULL, 0, &n)) == NULL)
		abort();
	if (keys_parse(&again, text, n, NULL, NULL) != 0)
		abort();
	must_equal(&keys, &again);
	free(text);
	keys_free(&keys);
	keys_free(&again);
	return (0);
}
