/* Bytes of messages in tests: big-endian numbers and hex. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "regress/unit/wire.h"

uint32_t
be32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]);
}

unsigned
be16(const uint8_t *p)
{
	return (p[0] << 8 | p[1]);
}

double
real(const uint8_t *p)
{
	return (candm_float_decode(be32(p)));
}

void
set32(uint8_t *p, uint32_t v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

/* Hex digits; "(12)" are twelve bytes of zero.  The rest is zeros too. */
size_t
unhex(const char *text, uint8_t *buf, size_t len)
{
	size_t	 n = 0;
	char	 byte[3] = "";
	char	*end;

	memset(buf, 0, len);
	while (*text != '\0') {
		ck_assert_uint_lt(n, len);
		if (*text == '(') {
			n += strtoul(text + 1, &end, 10);
			text = end + 1;
			continue;
		}
		memcpy(byte, text, 2);
		buf[n++] = strtoul(byte, NULL, 16);
		text += 2;
	}
	return (n);
}
