/*
 * The fields of the command protocol's bodies, both ways.  Used by
 * ntpd-control and ntpctl; must never trust a value that it is given to decode.
 * Members are aligned: the tables say where they are in the union of bodies.
 */
#include "common/candm_field.h"

#include <sys/endian.h>

#include <string.h>

#include "common/timens.h"

#define NO_HIGH_SECONDS	0x7fffffffu	/* the high word is not known */
#define SECONDS_MAX	9223372036LL	/* that fit in int64_t ns */

/* an address: 16 bytes, the family in 2, and 2 of padding */
#define IP_NONE		0
#define IP_INET		1
#define IP_INET6	2
#define IP_ID		3

#define ADDR_LEN	20
#define SOURCE_MODE	26		/* of SOURCE_DATA, after its address */

/* p: in the message, zeroed before a put; m: the member of the body. */
struct field_ops {
	void	(*put)(uint8_t *p, const void *m);
	int	(*get)(const uint8_t *p, void *m);
	double	(*number)(const void *m);	/* for its range; may be NULL */
};

static void
put_time(uint8_t *p, int64_t ns)
{
	int64_t	 sec = ns / NS_PER_SEC;
	int64_t	 rest = ns % NS_PER_SEC;

	if (rest < 0) {
		sec--;
		rest += NS_PER_SEC;
	}
	be32enc(p, (uint64_t)sec >> 32);
	be32enc(p + 4, (uint64_t)sec & 0xffffffffu);
	be32enc(p + 8, rest);
}

static int64_t
get_time(const uint8_t *p)
{
	uint32_t	 high = be32dec(p);
	int64_t		 nsec = be32dec(p + 8);
	int64_t		 sec;

	if (high == NO_HIGH_SECONDS)
		high = 0;
	sec = (int64_t)((uint64_t)high << 32 | be32dec(p + 4));
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
		be16enc(p + 16, IP_INET);
	} else if (a->family == ADDR_INET6) {
		memcpy(p, a->ip, 16);
		be16enc(p + 16, IP_INET6);
	}
}

static void
put_id(uint8_t *p, uint32_t id)
{
	be32enc(p, id);
	be16enc(p + 16, IP_ID);
}

/* id: where the number of an unresolved source goes; NULL: not allowed. */
static int
get_addr(const uint8_t *p, struct addr *a, uint32_t *id)
{
	memset(a, 0, sizeof(*a));
	switch (be16dec(p + 16)) {
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
		*id = be32dec(p);
		return (0);
	}
	return (-1);
}

static void
field_put_u8(uint8_t *p, const void *m)
{
	*p = *(const uint8_t *)m;
}

static int
field_get_u8(const uint8_t *p, void *m)
{
	*(uint8_t *)m = *p;
	return (0);
}

static double
field_number_u8(const void *m)
{
	return (*(const uint8_t *)m);
}

static double
field_number_s8(const void *m)
{
	return (*(const int8_t *)m);
}

static void
field_put_u16(uint8_t *p, const void *m)
{
	be16enc(p, *(const uint16_t *)m);
}

static int
field_get_u16(const uint8_t *p, void *m)
{
	*(uint16_t *)m = be16dec(p);
	return (0);
}

static double
field_number_u16(const void *m)
{
	return (*(const uint16_t *)m);
}

static void
field_put_u32(uint8_t *p, const void *m)
{
	be32enc(p, *(const uint32_t *)m);
}

static int
field_get_u32(const uint8_t *p, void *m)
{
	*(uint32_t *)m = be32dec(p);
	return (0);
}

static double
field_number_u32(const void *m)
{
	return (*(const uint32_t *)m);
}

static double
field_number_s32(const void *m)
{
	return (*(const int32_t *)m);
}

static void
field_put_u64(uint8_t *p, const void *m)
{
	uint64_t	 v = *(const uint64_t *)m;

	be32enc(p, v >> 32);
	be32enc(p + 4, v & 0xffffffffu);
}

static int
field_get_u64(const uint8_t *p, void *m)
{
	*(uint64_t *)m = (uint64_t)be32dec(p) << 32 | be32dec(p + 4);
	return (0);
}

/* Wraps, as the counters of those versions do. */
static void
field_put_low32(uint8_t *p, const void *m)
{
	be32enc(p, *(const uint64_t *)m & 0xffffffffu);
}

static int
field_get_low32(const uint8_t *p, void *m)
{
	*(uint64_t *)m = be32dec(p);
	return (0);
}

static void
field_put_nothing(uint8_t *p, const void *m)
{
	(void)p;
	(void)m;
}

static int
field_get_nothing(const uint8_t *p, void *m)
{
	(void)p;
	(void)m;
	return (0);
}

static int
field_get_no_u32(const uint8_t *p, void *m)
{
	(void)p;
	*(uint32_t *)m = UINT32_MAX;
	return (0);
}

static int
field_get_no_u64(const uint8_t *p, void *m)
{
	(void)p;
	*(uint64_t *)m = UINT64_MAX;
	return (0);
}

static void
field_put_ones4(uint8_t *p, const void *m)
{
	(void)m;
	memset(p, 0xff, 4);
}

static void
field_put_ones16(uint8_t *p, const void *m)
{
	(void)m;
	memset(p, 0xff, 16);
}

static void
field_put_float(uint8_t *p, const void *m)
{
	be32enc(p, candm_float_encode(*(const double *)m));
}

static int
field_get_float(const uint8_t *p, void *m)
{
	*(double *)m = candm_float_decode(be32dec(p));
	return (0);
}

static double
field_number_float(const void *m)
{
	return (*(const double *)m);
}

static void
field_put_turned(uint8_t *p, const void *m)
{
	be32enc(p, candm_float_encode(-*(const double *)m));
}

static int
field_get_turned(const uint8_t *p, void *m)
{
	/* a difference, so that 0 does not become -0 */
	*(double *)m = 0 - candm_float_decode(be32dec(p));
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
field_put_text(uint8_t *p, const void *m)
{
	memcpy(p, m, strnlen(m, REPORT_TEXT_MAX - 1));
}

static int
field_get_text(const uint8_t *p, void *m)
{
	size_t	 i, len;

	len = strnlen((const char *)p, REPORT_TEXT_MAX);
	if (len == REPORT_TEXT_MAX)
		return (-1);
	for (i = 0; i < len; i++)
		if (p[i] < ' ' || p[i] >= 0x7f)
			return (-1);
	memset(m, 0, REPORT_TEXT_MAX);
	memcpy(m, p, len);
	return (0);
}

/* What is no letter is none: it may come from an older daemon. */
static int
field_get_letter(const uint8_t *p, void *m)
{
	*(uint8_t *)m = *p > ' ' && *p < 0x7f ? *p : 0;
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
		be32enc(p, r->refid);
		be16enc(p + 16, IP_INET);
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
	if (be16dec(p + SOURCE_MODE) == REPORT_MODE_REFCLOCK) {
		r->refid = be32dec(p);
		memset(&r->addr, 0, sizeof(r->addr));
	}
	return (0);
}

/* Here a reference clock has no address and its id is in another field. */
struct stats {
	struct addr	addr;
	uint32_t	id;
	uint32_t	refid;
};

#define STATS(report)							\
	_Static_assert(offsetof(struct report, addr) == 0 &&		\
	    offsetof(struct report, id) == offsetof(struct stats, id) && \
	    offsetof(struct report, refid) ==				\
	    offsetof(struct stats, refid), "begins as struct stats")
STATS(report_sourcestats);
STATS(report_selectdata);
STATS(report_explain);

static void
field_put_stats(uint8_t *p, const void *m)
{
	const struct stats	*r = m;

	if (r->addr.family == ADDR_NONE && r->refid == 0)
		put_id(p, r->id);
	else
		put_addr(p, &r->addr);
}

static int
field_get_stats(const uint8_t *p, void *m)
{
	struct stats	*r = m;

	return (get_addr(p, &r->addr, &r->id));
}

static void
field_put_which(uint8_t *p, const void *m)
{
	const struct candm_source	*s = m;

	if (s->addr.family == ADDR_NONE && s->id != 0)
		put_id(p, s->id);
	else
		put_addr(p, &s->addr);
}

static int
field_get_which(const uint8_t *p, void *m)
{
	struct candm_source	*s = m;

	return (get_addr(p, &s->addr, &s->id));
}

static void
field_put_mask(uint8_t *p, const void *m)
{
	const struct candm_mask	*k = m;

	put_addr(p, &k->mask);
	field_put_which(p + ADDR_LEN, &k->source);
}

/* A mask is of the address' family, or there is none. */
static int
field_get_mask(const uint8_t *p, void *m)
{
	struct candm_mask	*k = m;

	if (get_addr(p, &k->mask, NULL) == -1 ||
	    field_get_which(p + ADDR_LEN, &k->source) == -1)
		return (-1);
	return (k->mask.family == k->source.addr.family ||
	    k->mask.family == ADDR_NONE ? 0 : -1);
}

static void
field_put_subnet(uint8_t *p, const void *m)
{
	const struct subnet	*s = m;

	put_addr(p, &s->addr);
	be32enc(p + ADDR_LEN, s->bits);
}

static int
field_get_subnet(const uint8_t *p, void *m)
{
	struct subnet	*s = m;
	uint32_t	 bits = be32dec(p + ADDR_LEN), max = 0;

	memset(s, 0, sizeof(*s));
	if (get_addr(p, &s->addr, NULL) == -1)
		return (-1);
	if (s->addr.family != ADDR_NONE)
		max = s->addr.family == ADDR_INET ? 32 : 128;
	if (bits > max)
		return (-1);
	s->bits = bits;
	return (0);
}

static const struct {
	uint32_t	option, flag;
} option_flags[] = {
	{ REPORT_OPT_NOSELECT, CANDM_ADD_NOSELECT },
	{ REPORT_OPT_PREFER, CANDM_ADD_PREFER },
	{ REPORT_OPT_TRUST, CANDM_ADD_TRUST },
	{ REPORT_OPT_REQUIRE, CANDM_ADD_REQUIRE },
};

static void
field_put_options(uint8_t *p, const void *m)
{
	uint32_t	 flags = 0;
	size_t		 i;

	for (i = 0; i < CANDM_COUNT(option_flags); i++)
		if (*(const uint32_t *)m & option_flags[i].option)
			flags |= option_flags[i].flag;
	be32enc(p, flags);
}

static int
field_get_options(const uint8_t *p, void *m)
{
	uint32_t	 flags = be32dec(p), options = 0;
	size_t		 i;

	for (i = 0; i < CANDM_COUNT(option_flags); i++)
		if (flags & option_flags[i].flag)
			options |= option_flags[i].option;
	*(uint32_t *)m = options;
	return (0);
}

#define FLAG_INTERLEAVED	0x4000
#define FLAG_AUTHENTICATED	0x8000

static void
field_put_flags(uint8_t *p, const void *m)
{
	const struct report_ntpdata	*r = m;

	be16enc(p, (r->tests & REPORT_TEST_ALL) |
	    (r->interleaved ? FLAG_INTERLEAVED : 0) |
	    (r->authenticated ? FLAG_AUTHENTICATED : 0));
}

static int
field_get_flags(const uint8_t *p, void *m)
{
	struct report_ntpdata	*r = m;
	unsigned		 flags = be16dec(p);

	r->tests = flags & REPORT_TEST_ALL;
	r->interleaved = (flags & FLAG_INTERLEAVED) != 0;
	r->authenticated = (flags & FLAG_AUTHENTICATED) != 0;
	return (0);
}

static const struct field_ops field_ops[FIELD_TYPE_COUNT] = {
	[FIELD_U8] = { field_put_u8, field_get_u8, field_number_u8 },
	[FIELD_S8] = { field_put_u8, field_get_u8, field_number_s8 },
	[FIELD_U16] = { field_put_u16, field_get_u16, field_number_u16 },
	[FIELD_U32] = { field_put_u32, field_get_u32, field_number_u32 },
	[FIELD_S32] = { field_put_u32, field_get_u32, field_number_s32 },
	[FIELD_U64] = { field_put_u64, field_get_u64, NULL },
	[FIELD_LOW32] = { field_put_low32, field_get_low32, NULL },
	[FIELD_NO_U32] = { field_put_nothing, field_get_no_u32, NULL },
	[FIELD_NO_U64] = { field_put_nothing, field_get_no_u64, NULL },
	[FIELD_ONES4] = { field_put_ones4, field_get_nothing, NULL },
	[FIELD_ONES16] = { field_put_ones16, field_get_nothing, NULL },
	[FIELD_FLOAT] = { field_put_float, field_get_float,
	    field_number_float },
	[FIELD_TURNED] = { field_put_turned, field_get_turned,
	    field_number_float },
	[FIELD_TIME] = { field_put_time, field_get_time, NULL },
	[FIELD_NAME] = { field_put_name, field_get_name, NULL },
	[FIELD_TEXT] = { field_put_text, field_get_text, NULL },
	[FIELD_LETTER] = { field_put_u8, field_get_letter, NULL },
	[FIELD_ADDR] = { field_put_addr, field_get_addr, NULL },
	[FIELD_SOURCE] = { field_put_source, field_get_source, NULL },
	[FIELD_STATS] = { field_put_stats, field_get_stats, NULL },
	[FIELD_WHICH] = { field_put_which, field_get_which, NULL },
	[FIELD_MASK] = { field_put_mask, field_get_mask, NULL },
	[FIELD_SUBNET] = { field_put_subnet, field_get_subnet, NULL },
	[FIELD_OPTIONS] = { field_put_options, field_get_options, NULL },
	[FIELD_FLAGS] = { field_put_flags, field_get_flags, NULL },
};

static enum candm_status
fields_get(const struct candm_field *fields, size_t n, const uint8_t *buf,
    void *body)
{
	const struct field_ops	*ops;
	const struct candm_field *f;
	uint8_t			*member;
	double			 v;
	size_t			 i;

	for (i = 0; i < n; i++) {
		f = &fields[i];
		ops = &field_ops[f->type];
		member = (uint8_t *)body + f->member;
		if (ops->get(buf + f->wire, member) == -1)
			return (f->bad ? f->bad : CANDM_STT_FAILED);
		if (ops->number == NULL || f->lo >= f->hi)
			continue;
		v = ops->number(member);
		if (!(v >= f->lo && v <= f->hi))
			return (f->bad ? f->bad : CANDM_STT_FAILED);
	}
	return (CANDM_STT_SUCCESS);
}

static void
fields_put(const struct candm_field *fields, size_t n, uint8_t *buf,
    const void *body)
{
	const struct candm_field	*f;
	size_t				 i;

	for (i = 0; i < n; i++) {
		f = &fields[i];
		field_ops[f->type].put(buf + f->wire,
		    (const uint8_t *)body + f->member);
	}
}

enum candm_status
candm_field_get(const struct candm_layout *layout, const uint8_t *buf,
    size_t len, void *body)
{
	enum candm_status	 status;
	size_t			 i;

	if (layout == NULL)
		return (CANDM_STT_SUCCESS);
	if (len < layout->len)
		return (CANDM_STT_BADPKTLENGTH);
	status = fields_get(layout->fields, layout->nfields, buf, body);
	for (i = 0; i < layout->nrecords && status == CANDM_STT_SUCCESS; i++)
		status = fields_get(layout->rfields, layout->nrfields,
		    buf + layout->record + i * layout->record_len,
		    (uint8_t *)body + layout->record_member +
		    i * layout->record_size);
	return (status);
}

void
candm_field_put(const struct candm_layout *layout, uint8_t *buf,
    const void *body)
{
	size_t	 i;

	if (layout == NULL)
		return;
	fields_put(layout->fields, layout->nfields, buf, body);
	for (i = 0; i < layout->nrecords; i++)
		fields_put(layout->rfields, layout->nrfields,
		    buf + layout->record + i * layout->record_len,
		    (const uint8_t *)body + layout->record_member +
		    i * layout->record_size);
}
