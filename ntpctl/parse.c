/*
 * Takes the arguments of commands apart.  Used by ntpctl; pure but for looking
 * up names by way of the options.
 */
#include "ntpctl/parse.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "ntpctl/ctl.h"

int
parse_int(const char *text, int32_t *n)
{
	const char	*error;

	*n = strtonum(text, INT32_MIN, INT32_MAX, &error);
	return (error == NULL ? 0 : -1);
}

int
parse_uint(const char *text, uint32_t *n)
{
	const char	*error;

	*n = strtonum(text, 0, UINT32_MAX, &error);
	return (error == NULL ? 0 : -1);
}

int
parse_real(const char *text, double *x)
{
	char	*end;

	errno = 0;
	*x = strtod(text, &end);
	return (end == text || *end != '\0' || !isfinite(*x) ? -1 : 0);
}

int
parse_span(const char *text, double *s)
{
	static const struct {
		const char	*unit;
		double		 s;
	} units[] = {
		{ "", 1 }, { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 },
		{ "s", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 },
		{ "d", 86400 },
	};
	char	*end;
	size_t	 i;

	*s = strtod(text, &end);
	if (end == text || !isfinite(*s) || *s < 0)
		return (-1);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		*s *= units[i].s;
		return (0);
	}
	return (-1);
}

int
parse_source(struct ctl *ctl, const char *text, struct candm_source *source)
{
	memset(source, 0, sizeof(*source));
	if (strncmp(text, "ID#", 3) == 0)
		return (parse_uint(text + 3, &source->id));
	if (addr_parse(text, &source->addr) == 0)
		return (0);
	return (ctl->ops->addr_of(text, ctl->family, &source->addr));
}

static void
mask_of_bits(unsigned family, unsigned bits, struct addr *mask)
{
	unsigned	 i, max = family == ADDR_INET ? 32 : 128;

	memset(mask, 0, sizeof(*mask));
	mask->family = family;
	for (i = 0; i < max && i < bits; i++)
		mask->ip[i / 8] |= 0x80 >> (i % 8);
}

int
parse_mask(struct ctl *ctl, const char *text, struct candm_mask *m)
{
	char		 first[ADDR_TEXT_MAX];
	const char	*slash = strchr(text, '/');
	uint32_t	 bits;

	memset(m, 0, sizeof(*m));
	if (slash == NULL) {
		if (parse_source(ctl, text, &m->source) == -1)
			return (-1);
		if (m->source.addr.family != ADDR_NONE)
			mask_of_bits(m->source.addr.family, 128, &m->mask);
		return (0);
	}
	if ((size_t)(slash - text) >= sizeof(first))
		return (-1);
	memcpy(first, text, slash - text);
	first[slash - text] = '\0';
	if (addr_parse(first, &m->mask) == -1)
		return (-1);
	if (parse_uint(slash + 1, &bits) == 0) {
		m->source.addr = m->mask;
		if (bits > (m->mask.family == ADDR_INET ? 32 : 128))
			return (-1);
		mask_of_bits(m->source.addr.family, bits, &m->mask);
		return (0);
	}
	if (parse_source(ctl, slash + 1, &m->source) == -1)
		return (-1);
	return (m->source.addr.family == m->mask.family ? 0 : -1);
}

int
parse_subnet(struct ctl *ctl, const char *text, struct subnet *s)
{
	if (subnet_parse(text, s) == 0)
		return (0);
	memset(s, 0, sizeof(*s));
	if (strchr(text, '/') != NULL ||
	    ctl->ops->addr_of(text, ctl->family, &s->addr) == -1)
		return (-1);
	s->bits = s->addr.family == ADDR_INET ? 32 : 128;
	return (0);
}

int
parse_refid(const char *text, uint32_t *refid)
{
	size_t	 i, len = strlen(text);

	if (len == 0 || len > 4)
		return (-1);
	*refid = 0;
	for (i = 0; i < len; i++)
		*refid |= (uint32_t)(unsigned char)text[i] << (24 - 8 * i);
	return (0);
}
