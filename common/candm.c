/*
 * The codec of the command protocol.  Every body is a table of fields, which
 * one encoder and one decoder walk.  Used by ntpd-control and ntpctl; must
 * never trust a length or a value that it is given to decode.
 */
#include "common/candm.h"

#include <math.h>
#include <string.h>

#include "common/candm_table.h"
#include "common/timens.h"

#define FLOAT_COEF_BITS	25
#define FLOAT_EXP_MAX	63
#define FLOAT_EXP_MIN	(-64)
#define FLOAT_COEF_MAX	((1 << (FLOAT_COEF_BITS - 1)) - 1)

#define NO_HIGH_SECONDS	0x7fffffffu	/* the high word is not known */
#define SECONDS_MAX	9223372036LL	/* that fit in int64_t ns */

/* an address: 16 bytes, the family in 2, and 2 of padding */
#define IP_NONE		0
#define IP_INET		1
#define IP_INET6	2
#define IP_ID		3

#define SOURCE_MODE	26		/* of SOURCE_DATA, after its address */

/* p: in the message, zeroed before a put; m: the member of the body. */
struct field_ops {
	void	(*put)(uint8_t *p, const void *m);
	int	(*get)(const uint8_t *p, void *m);
};

static void
put_u16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static void
put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, v >> 16);
	put_u16(p + 2, v & 0xffff);
}

static uint16_t
get_u16(const uint8_t *p)
{
	return (p[0] << 8 | p[1]);
}

static uint32_t
get_u32(const uint8_t *p)
{
	return ((uint32_t)get_u16(p) << 16 | get_u16(p + 2));
}

uint32_t
candm_float_encode(double x)
{
	double	 fraction, size = fabs(x);
	int	 negative = x < 0, exponent;
	int32_t	 coef;

	if (!(size >= 1e-100))		/* NaN too */
		return (0);
	if (size > 1e100) {
		exponent = FLOAT_EXP_MAX + 1;
		coef = 0;
	} else {
		/* chrony's choice: log2 of it plus 1, towards zero */
		fraction = frexp(size, &exponent);
		if (exponent < 0 && fraction > 0.5)
			exponent++;
		coef = ldexp(size, FLOAT_COEF_BITS - exponent) + 0.5;
		while (coef > FLOAT_COEF_MAX + negative) {
			coef >>= 1;
			exponent++;
		}
	}
	if (exponent > FLOAT_EXP_MAX) {
		exponent = FLOAT_EXP_MAX;
		coef = FLOAT_COEF_MAX + negative;
	} else if (exponent < FLOAT_EXP_MIN) {
		if (exponent < FLOAT_EXP_MIN - FLOAT_COEF_BITS)
			return (0);
		coef >>= FLOAT_EXP_MIN - exponent;
		exponent = FLOAT_EXP_MIN;
	}
	if (negative)
		coef = -coef;
	return ((uint32_t)exponent << FLOAT_COEF_BITS |
	    ((uint32_t)coef & ((1u << FLOAT_COEF_BITS) - 1)));
}

double
candm_float_decode(uint32_t f)
{
	int32_t	 exponent = f >> FLOAT_COEF_BITS;
	int32_t	 coef = f & ((1u << FLOAT_COEF_BITS) - 1);

	if (exponent > FLOAT_EXP_MAX)
		exponent -= 2 * (FLOAT_EXP_MAX + 1);
	if (coef > FLOAT_COEF_MAX)
		coef -= 2 * (FLOAT_COEF_MAX + 1);
	return (ldexp(coef, exponent - FLOAT_COEF_BITS));
}

static void
put_time(uint8_t *p, int64_t ns)
{
	int64_t	 sec = ns / NS_PER_SEC;
	int64_t	 rest = ns % NS_PER_SEC;

	if (rest < 0) {
		sec--;
		rest += NS_PER_SEC;
	}
	put_u32(p, (uint64_t)sec >> 32);
	put_u32(p + 4, (uint64_t)sec & 0xffffffffu);
	put_u32(p + 8, rest);
}

static int64_t
get_time(const uint8_t *p)
{
	uint32_t	 high = get_u32(p);
	int64_t		 nsec = get_u32(p + 8);
	int64_t		 sec;

	if (high == NO_HIGH_SECONDS)
		high = 0;
	sec = (int64_t)((uint64_t)high << 32 | get_u32(p + 4));
	if (sec >= SECONDS_MAX)
		return (INT64_MAX);
	if (sec <= -SECONDS_MAX)
		return (INT64_MIN);
	if (nsec >= NS_PER_SEC)
		nsec = NS_PER_SEC - 1;
	return (sec * NS_PER_SEC + nsec);
}

/* 16 bytes, family and pad; the bytes were zeroed. */
static void
put_addr(uint8_t *p, const struct addr *a)
{
	if (a->family == ADDR_INET) {
		memcpy(p, a->ip, 4);
		put_u16(p + 16, IP_INET);
	} else if (a->family == ADDR_INET6) {
		memcpy(p, a->ip, 16);
		put_u16(p + 16, IP_INET6);
	}
}

static void
put_id(uint8_t *p, uint32_t id)
{
	put_u32(p, id);
	put_u16(p + 16, IP_ID);
}

/* id: where the number of an unresolved source goes; NULL: not allowed. */
static int
get_addr(const uint8_t *p, struct addr *a, uint32_t *id)
{
	memset(a, 0, sizeof(*a));
	switch (get_u16(p + 16)) {
	case IP_NONE:
		return (0);
	case IP_INET:
		a->family = ADDR_INET;
		memcpy(a->ip, p, 4);
		return (0);
	case IP_INET6:
		a->family = ADDR_INET6;
		memcpy(a->ip, p, 16);
		return (0);
	case IP_ID:
		if (id == NULL)
			return (-1);
		*id = get_u32(p);
		return (0);
	}
	return (-1);
}

static void
field_put_u16(uint8_t *p, const void *m)
{
	uint16_t	 v;

	memcpy(&v, m, sizeof(v));
	put_u16(p, v);
}

static int
field_get_u16(const uint8_t *p, void *m)
{
	uint16_t	 v = get_u16(p);

	memcpy(m, &v, sizeof(v));
	return (0);
}

static void
field_put_u32(uint8_t *p, const void *m)
{
	uint32_t	 v;

	memcpy(&v, m, sizeof(v));
	put_u32(p, v);
}

static int
field_get_u32(const uint8_t *p, void *m)
{
	uint32_t	 v = get_u32(p);

	memcpy(m, &v, sizeof(v));
	return (0);
}

static void
field_put_float(uint8_t *p, const void *m)
{
	put_u32(p, candm_float_encode(*(const double *)m));
}

static int
field_get_float(const uint8_t *p, void *m)
{
	*(double *)m = candm_float_decode(get_u32(p));
	return (0);
}

static void
field_put_turned(uint8_t *p, const void *m)
{
	put_u32(p, candm_float_encode(-*(const double *)m));
}

static int
field_get_turned(const uint8_t *p, void *m)
{
	/* a difference, so that 0 does not become -0 */
	*(double *)m = 0 - candm_float_decode(get_u32(p));
	return (0);
}

static void
field_put_time(uint8_t *p, const void *m)
{
	put_time(p, *(const int64_t *)m);
}

static int
field_get_time(const uint8_t *p, void *m)
{
	*(int64_t *)m = get_time(p);
	return (0);
}

static void
field_put_name(uint8_t *p, const void *m)
{
	memcpy(p, m, strnlen(m, REPORT_NAME_MAX - 1));
}

static int
field_get_name(const uint8_t *p, void *m)
{
	size_t	 i, len;

	len = strnlen((const char *)p, REPORT_NAME_MAX);
	if (len == REPORT_NAME_MAX)
		return (-1);
	for (i = 0; i < len; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f)
			return (-1);
	memset(m, 0, REPORT_NAME_MAX);
	memcpy(m, p, len);
	return (0);
}

static void
field_put_addr(uint8_t *p, const void *m)
{
	put_addr(p, m);
}

static int
field_get_addr(const uint8_t *p, void *m)
{
	return (get_addr(p, m, NULL));
}

/* A reference clock carries its id in the place of an IPv4 address. */
static void
field_put_source(uint8_t *p, const void *m)
{
	const struct report_source	*r = m;

	if (r->mode == REPORT_MODE_REFCLOCK) {
		put_u32(p, r->refid);
		put_u16(p + 16, IP_INET);
	} else if (r->addr.family == ADDR_NONE)
		put_id(p, r->id);
	else
		put_addr(p, &r->addr);
}

static int
field_get_source(const uint8_t *p, void *m)
{
	struct report_source	*r = m;

	if (get_addr(p, &r->addr, &r->id) == -1)
		return (-1);
	if (get_u16(p + SOURCE_MODE) == REPORT_MODE_REFCLOCK) {
		r->refid = get_u32(p);
		memset(&r->addr, 0, sizeof(r->addr));
	}
	return (0);
}

/* Here a reference clock has no address and its id is in another field. */
static void
field_put_stats(uint8_t *p, const void *m)
{
	const struct report_sourcestats	*r = m;

	if (r->addr.family == ADDR_NONE && r->refid == 0)
		put_id(p, r->id);
	else
		put_addr(p, &r->addr);
}

static int
field_get_stats(const uint8_t *p, void *m)
{
	struct report_sourcestats	*r = m;

	return (get_addr(p, &r->addr, &r->id));
}

static void
field_put_request(uint8_t *p, const void *m)
{
	const struct candm_source	*s = m;

	if (s->addr.family == ADDR_NONE)
		put_id(p, s->id);
	else
		put_addr(p, &s->addr);
}

static int
field_get_request(const uint8_t *p, void *m)
{
	struct candm_source	*s = m;

	return (get_addr(p, &s->addr, &s->id));
}

static const struct field_ops field_ops[FIELD_TYPE_COUNT] = {
	[FIELD_U16] = { field_put_u16, field_get_u16 },
	[FIELD_U32] = { field_put_u32, field_get_u32 },
	[FIELD_FLOAT] = { field_put_float, field_get_float },
	[FIELD_FLOAT_TURNED] = { field_put_turned, field_get_turned },
	[FIELD_TIME] = { field_put_time, field_get_time },
	[FIELD_NAME] = { field_put_name, field_get_name },
	[FIELD_ADDR] = { field_put_addr, field_get_addr },
	[FIELD_SOURCE] = { field_put_source, field_get_source },
	[FIELD_STATS] = { field_put_stats, field_get_stats },
	[FIELD_REQUEST] = { field_put_request, field_get_request },
};

static int
layout_get(const struct candm_layout *layout, const uint8_t *buf, size_t len,
    void *body)
{
	const struct candm_field	*f;
	size_t				 i;

	if (layout == NULL)
		return (0);
	if (len < layout->len)
		return (-1);
	for (i = 0; i < layout->nfields; i++) {
		f = &layout->fields[i];
		if (field_ops[f->type].get(buf + f->wire,
		    (uint8_t *)body + f->member) == -1)
			return (-1);
	}
	return (0);
}

static void
layout_put(const struct candm_layout *layout, uint8_t *buf, const void *body)
{
	const struct candm_field	*f;
	size_t				 i;

	if (layout == NULL)
		return;
	for (i = 0; i < layout->nfields; i++) {
		f = &layout->fields[i];
		field_ops[f->type].put(buf + f->wire,
		    (const uint8_t *)body + f->member);
	}
}

int
candm_request_parse(const uint8_t *buf, size_t len, struct candm_request *r)
{
	memset(r, 0, sizeof(*r));
	if (len < CANDM_REQUEST_HEADER)
		return (-1);
	r->version = buf[0];
	r->type = buf[1];
	r->res1 = buf[2];
	r->res2 = buf[3];
	r->command = get_u16(buf + 4);
	r->attempt = get_u16(buf + 6);
	r->sequence = get_u32(buf + 8);
	return (0);
}

int
candm_request_parse_body(const uint8_t *buf, size_t len,
    struct candm_request *r)
{
	return (layout_get(candm_table_request(r->command), buf, len,
	    &r->body));
}

size_t
candm_request_build(const struct candm_request *r, uint8_t *buf)
{
	const struct candm_info	*info;

	if ((info = candm_get_info(r->command)) == NULL)
		return (0);
	memset(buf, 0, info->len);
	buf[0] = CANDM_VERSION;
	buf[1] = CANDM_TYPE_REQUEST;
	put_u16(buf + 4, r->command);
	put_u16(buf + 6, r->attempt);
	put_u32(buf + 8, r->sequence);
	layout_put(candm_table_request(r->command), buf, &r->body);
	return (info->len);
}

int
candm_reply_parse(const uint8_t *buf, size_t len, struct candm_reply *r)
{
	memset(r, 0, sizeof(*r));
	if (len < CANDM_REPLY_HEADER || buf[1] != CANDM_TYPE_REPLY ||
	    buf[2] != 0 || buf[3] != 0)
		return (-1);
	r->version = buf[0];
	r->type = buf[1];
	r->command = get_u16(buf + 4);
	r->number = get_u16(buf + 6);
	r->status = get_u16(buf + 8);
	r->sequence = get_u32(buf + 16);
	if (r->version != CANDM_VERSION)
		return (r->status == CANDM_STT_BADPKTVERSION ? 0 : -1);
	return (layout_get(candm_table_reply(r->number), buf, len, &r->body));
}

size_t
candm_reply_build(const struct candm_reply *r, uint8_t *buf)
{
	const struct candm_layout	*layout;
	size_t				 len;

	layout = candm_table_reply(r->number);
	len = layout != NULL ? layout->len : CANDM_REPLY_HEADER;
	memset(buf, 0, len);
	buf[0] = CANDM_VERSION;
	buf[1] = CANDM_TYPE_REPLY;
	put_u16(buf + 4, r->command);
	put_u16(buf + 6, r->number);
	put_u16(buf + 8, r->status);
	put_u32(buf + 16, r->sequence);
	layout_put(layout, buf, &r->body);
	return (len);
}
