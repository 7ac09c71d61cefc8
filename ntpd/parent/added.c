/*
 * Sources of run time.  Parent core: pure.  It must not believe that they are
 * any good: what it has is an engine's word, and only engines get it.
 */
#include <stdlib.h>
#include <string.h>

#include "ntpd/parent/added.h"

void
added_free(struct added *a)
{
	free(a->list);
	memset(a, 0, sizeof(*a));
}

int
added_put(struct added *a, const struct candm_add *add)
{
	struct candm_add *grown = NULL;

	if (a->count < ADDED_MAX)
		grown = reallocarray(a->list, a->count + 1, sizeof(*grown));
	if (grown == NULL) {
		a->refused++;
		return (-1);
	}
	a->list = grown;
	a->list[a->count++] = *add;
	return (0);
}

void
added_remove(struct added *a, const struct msg_name *what)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (strcmp(a->list[i].name, what->name) == 0 &&
		    a->list[i].port == what->port)
			break;
	if (i == a->count)
		return;
	a->count--;
	memmove(&a->list[i], &a->list[i + 1],
	    (a->count - i) * sizeof(a->list[0]));
}
