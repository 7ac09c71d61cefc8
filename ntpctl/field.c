/*
 * One value in four formats.  Used by ntpctl; must never print, and never
 * depend on the locale or the time zone.
 */
#include "ntpctl/field.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/report.h"
#include "common/timens.h"
#include "ntpctl/format.h"
#include "ntpctl/text.h"

#define NO_INTERVAL	127

static const void *
member(const struct field *f, const void *row)
{
	return ((const uint8_t *)row + f->at);
}

static int64_t
get_int(const struct field *f, const void *row)
{
	const void	*m = member(f, row);

	switch ((enum field_type)f->type) {
	case FT_U8:
		return (*(const uint8_t *)m);
	case FT_S8:
		return (*(const int8_t *)m);
	case FT_U16:
		return (*(const uint16_t *)m);
	case FT_S16:
		return (*(const int16_t *)m);
	case FT_U32:
		return (*(const uint32_t *)m);
	case FT_S32:
		return (*(const int32_t *)m);
	case FT_U64:
	case FT_TIME:
		return (*(const int64_t *)m);
	case FT_REAL:
	case FT_TURNED:
	case FT_STRING:
		break;
	}
	return (0);
}

static double
get_real(const struct field *f, const void *row)
{
	const void	*m = member(f, row);

	if (f->type == FT_REAL)
		return (*(const double *)m);
	if (f->type == FT_TURNED)
		return (0 - *(const double *)m);
	return (get_int(f, row));
}

static int
is_real(const struct field *f)
{
	return (f->type == FT_REAL || f->type == FT_TURNED);
}

int
field_is_absent(const struct field *f, const void *row)
{
	if ((f->flags & FF_OPTIONAL) == 0)
		return (0);
	return (f->type == FT_U64 ? get_int(f, row) == -1 :
	    get_int(f, row) == UINT32_MAX);
}

static const struct field_word *
get_word(const struct field *f, const void *row)
{
	int64_t	 i, n = get_int(f, row);

	/* the one before the end stands for all that cannot be */
	for (i = 0; i < n && f->words[i + 1].text != NULL; i++)
		;
	return (&f->words[i]);
}

static void
add_options(struct text *t, unsigned options, const char *between)
{
	static const char	letters[] = "NPTR";
	unsigned		i;

	for (i = 0; i < 4; i++)
		text_add(t, "%c%s", options & 1u << i ? letters[i] : '-',
		    between);
	text_add(t, "-");
}

static void
add_bits(struct text *t, unsigned bits, int width)
{
	while (width-- > 0)
		text_add(t, "%c", bits >> width & 1 ? '1' : '0');
}

static void
add_isodate(struct text *t, int64_t ns)
{
	time_t		 s = ns / NS_PER_SEC - (ns % NS_PER_SEC < 0);
	struct tm	 tm;
	char		 buf[FORMAT_MAX];

	if (gmtime_r(&s, &tm) == NULL ||
	    strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		strlcpy(buf, "?", sizeof(buf));
	text_add(t, "%s", buf);
}

static void
add_seconds(struct text *t, int64_t ns)
{
	int64_t	 s = ns / NS_PER_SEC, rest = ns % NS_PER_SEC;

	if (rest < 0) {
		s--;
		rest += NS_PER_SEC;
	}
	text_add(t, "%" PRId64 ".%09" PRId64, s, rest);
}

/* Whole numbers, and reals with so many decimals. */
static void
add_number(struct text *t, const struct field *f, const void *row, int width)
{
	if (is_real(f))
		text_add(t, "%*.*f", width, f->decimals, get_real(f, row));
	else if (f->type == FT_U64)
		text_add(t, "%*" PRIu64, width, (uint64_t)get_int(f, row));
	else
		text_add(t, "%*" PRId64, width, get_int(f, row));
}

static void
add_slow(struct text *t, const struct field *f, const void *row)
{
	double	 x = get_real(f, row);
	int	 slow = f->kind == FK_SLOW ? x > 0 : !(x > 0);

	text_add(t, "%.*f %s %s", f->decimals, fabs(x),
	    f->kind == FK_SLOW ? "seconds" : "ppm", slow ? "slow" : "fast");
}

static void
add_string(struct text *t, const struct field *f, const void *row, int wide)
{
	int	 width = f->width;

	if (wide && width < -1)
		width -= FIELD_WIDE;
	text_add(t, "%*s", width, (const char *)member(f, row));
}

static void
text_value(struct text *t, const struct field *f, const void *row, int wide)
{
	char	 buf[FORMAT_MAX];
	double	 x = get_real(f, row);
	int64_t	 n = get_int(f, row);

	switch ((enum field_kind)f->kind) {
	case FK_NUMBER:
		add_number(t, f, row, f->width);
		break;
	case FK_SIGNED:
		text_add(t, "%+*.*f", f->width, f->decimals, x);
		break;
	case FK_OCTAL:
		text_add(t, "%*o", f->width, (unsigned)n);
		break;
	case FK_HEX:
		text_add(t, "%08X", (unsigned)n);
		break;
	case FK_AGO:
		text_add(t, "%s", format_ago(n, buf, sizeof(buf)));
		break;
	case FK_OFFSET:
		text_add(t, "%s", format_offset(x, buf, sizeof(buf)));
		break;
	case FK_SPAN:
		text_add(t, "%s", format_span(x, buf, sizeof(buf)));
		break;
	case FK_PPM:
		text_add(t, "%s", format_ppm(x, buf, sizeof(buf)));
		break;
	case FK_FREQ:
		text_add(t, "%s", format_freq(x, buf, sizeof(buf)));
		break;
	case FK_SLOW:
	case FK_FAST:
		add_slow(t, f, row);
		break;
	case FK_DATE:
		text_add(t, "%s", format_date(n, buf, sizeof(buf)));
		break;
	case FK_ISODATE:
		add_isodate(t, n);
		break;
	case FK_STRING:
		add_string(t, f, row, wide);
		break;
	case FK_REFID:
		text_add(t, "%s", format_refid(n, buf, sizeof(buf)));
		break;
	case FK_WORD:
		text_add(t, "%*s", f->width, get_word(f, row)->text);
		break;
	case FK_CHAR:
		text_add(t, "%c", n > ' ' && n < 0x7f ? (char)n : '?');
		break;
	case FK_OPTIONS:
		add_options(t, n, "");
		break;
	case FK_INTERVAL:
		if (n >= NO_INTERVAL)
			text_add(t, " -");
		else
			text_add(t, "%2d", (int)n);
		break;
	case FK_BITS:
		add_bits(t, (unsigned)n >> f->decimals, f->width);
		break;
	}
}

void
field_text(struct text *t, const struct field *f, const void *row, int wide)
{
	if (f->before != NULL)
		text_add(t, "%s", f->before);
	text_value(t, f, row, wide);
	if (f->after != NULL)
		text_add(t, "%s", f->after);
}

/* As RFC 4180 2 has it; what chrony has in its fields needs no quotes. */
static void
csv_string(struct text *t, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		text_add(t, "%s", s);
		return;
	}
	text_add(t, "\"");
	for (; *s != '\0'; s++)
		text_add(t, *s == '"' ? "\"\"" : "%c", *s);
	text_add(t, "\"");
}

void
field_csv(struct text *t, const struct field *f, const void *row)
{
	double	 x = get_real(f, row);
	int64_t	 n = get_int(f, row);

	switch ((enum field_kind)f->kind) {
	case FK_AGO:
	case FK_INTERVAL:
		text_add(t, "%" PRId64, n);
		break;
	case FK_OCTAL:
		text_add(t, "%o", (unsigned)n);
		break;
	case FK_OFFSET:
	case FK_SPAN:
		text_add(t, "%.9f", x);
		break;
	case FK_PPM:
	case FK_FREQ:
		text_add(t, "%.3f", x);
		break;
	case FK_NUMBER:
		add_number(t, f, row, 0);
		break;
	case FK_SIGNED:
	case FK_SLOW:
	case FK_FAST:
		text_add(t, "%.*f", f->decimals, x);
		break;
	case FK_DATE:
		add_seconds(t, n);
		break;
	case FK_STRING:
		csv_string(t, member(f, row));
		break;
	case FK_WORD:
		text_add(t, "%s", get_word(f, row)->csv);
		break;
	case FK_OPTIONS:
		add_options(t, n, ",");
		break;
	case FK_HEX:
	case FK_ISODATE:
	case FK_REFID:
	case FK_CHAR:
	case FK_BITS:
		text_value(t, f, row, 0);
		break;
	}
}

void
field_quote(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			text_add(t, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			text_add(t, "\\u%04x", (unsigned char)*s);
		else
			text_add(t, "%c", *s);
	}
	text_add(t, "\"");
}

/* A number that every reader of JSON and metrics takes. */
static void
add_plain(struct text *t, const struct field *f, const void *row)
{
	if (f->type == FT_TIME)
		add_seconds(t, get_int(f, row));
	else if (is_real(f))
		text_add(t, "%.9g", get_real(f, row));
	else
		add_number(t, f, row, 0);
}

/* Nothing is known: never, no interval. */
static int
is_null(const struct field *f, const void *row)
{
	return ((f->kind == FK_AGO && get_int(f, row) == REPORT_NEVER) ||
	    (f->kind == FK_INTERVAL && get_int(f, row) >= NO_INTERVAL) ||
	    (f->type == FT_TIME && get_int(f, row) == 0) ||
	    (is_real(f) && !isfinite(get_real(f, row))) ||
	    field_is_absent(f, row));
}

static void
json_options(struct text *t, unsigned options)
{
	static const char *const	names[] = {
		"noselect", "prefer", "trust", "require"
	};
	unsigned			i;
	const char			*comma = "";

	text_add(t, "[");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((options & 1u << i) == 0)
			continue;
		text_add(t, "%s\"%s\"", comma, names[i]);
		comma = ",";
	}
	text_add(t, "]");
}

void
field_json(struct text *t, const struct field *f, const void *row)
{
	char		 buf[FORMAT_MAX];
	const char	*word;

	if (is_null(f, row)) {
		text_add(t, "null");
		return;
	}
	switch ((enum field_kind)f->kind) {
	case FK_STRING:
		field_quote(t, member(f, row));
		break;
	case FK_HEX:
		text_add(t, "\"%08X\"", (unsigned)get_int(f, row));
		break;
	case FK_REFID:
		field_quote(t, format_refid(get_int(f, row), buf,
		    sizeof(buf)));
		break;
	case FK_WORD:
		word = get_word(f, row)->json;
		if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
			text_add(t, "%s", word);
		else
			field_quote(t, word);
		break;
	case FK_CHAR:
		buf[0] = get_int(f, row);
		buf[1] = '\0';
		field_quote(t, buf);
		break;
	case FK_OPTIONS:
		json_options(t, get_int(f, row));
		break;
	default:
		add_plain(t, f, row);
		break;
	}
}

int
field_metric(struct text *t, const struct field *f, const void *row)
{
	if (is_null(f, row) || f->kind == FK_STRING)
		return (-1);
	add_plain(t, f, row);
	return (0);
}
