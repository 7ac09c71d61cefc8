/*
 * Any bytes as a file of saved samples: what is read is a good message, and
 * its text is read back as the same samples.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/parent/dump.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[DUMP_TEXT_MAX], boot[DUMP_BOOT_MAX];
	struct msg_dump m, again;
	uint32_t i;
	size_t n;

	if (dump_parse((const char *)data, len, &m, boot) == -1)
		return (0);
	if (msg_check(MSG_SAMPLES, ROLE_PARENT, ROLE_ENGINE, &m, sizeof(m),
	    0) != NULL)
		abort();
	n = dump_format(&m, boot, text);
	if (n != strlen(text) || dump_parse(text, n, &again, boot) == -1)
		abort();
	if (again.n != m.n || !addr_same(&again.addr, &m.addr))
		abort();
	for (i = 0; i < m.n; i++)
		if (again.sample[i].raw_ns != m.sample[i].raw_ns ||
		    again.sample[i].y_ns != m.sample[i].y_ns)
			abort();
	return (0);
}
