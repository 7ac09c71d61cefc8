/*
 * One value of the configuration: from a word to a field and back, with the
 * type and range that its row of the table gives.  Used by every process that
 * has a configuration.  Must not know any directive by name.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/conf_table.h"

#define SHOWN_MAX	64		/* of a word in an error text */
#define HOST_MAX	253		/* RFC 1035 2.3.4, without last dot */
#define LABEL_MAX	63
#define MAIL_NAME_MAX	64		/* RFC 5321 4.5.3.1.1 */

static void *
field_get(const struct conf_arg *arg, void *base)
{
	return ((char *)base + arg->offset);
}

static int
type_is_text(enum conf_type type)
{
	return (type == CONF_TYPE_PATH || type == CONF_TYPE_PATH_NONE ||
	    type == CONF_TYPE_HOST || type == CONF_TYPE_USER ||
	    type == CONF_TYPE_MAIL || type == CONF_TYPE_DEVICE);
}

static void
number_store(const struct conf_arg *arg, void *base, double value)
{
	void		*field = field_get(arg, base);
	int32_t		 i32;
	uint16_t	 u16;
	uint8_t		 u8;

	if (arg->type == CONF_TYPE_REAL) {
		memcpy(field, &value, sizeof(value));
	} else if (arg->size == sizeof(i32)) {
		i32 = arg->max > INT32_MAX ? (int32_t)(uint32_t)value :
		    (int32_t)value;
		memcpy(field, &i32, sizeof(i32));
	} else if (arg->size == sizeof(u16)) {
		u16 = (uint16_t)value;
		memcpy(field, &u16, sizeof(u16));
	} else {
		u8 = (uint8_t)(int)value;	/* also the bits of int8_t */
		memcpy(field, &u8, sizeof(u8));
	}
}

static double
number_load(const struct conf_arg *arg, const void *base)
{
	const void	*field = (const char *)base + arg->offset;
	double		 real;
	int32_t		 i32;
	uint16_t	 u16;
	uint8_t		 u8;

	if (arg->type == CONF_TYPE_REAL) {
		memcpy(&real, field, sizeof(real));
		return (real);
	}
	if (arg->size == sizeof(i32)) {
		memcpy(&i32, field, sizeof(i32));
		return (arg->max > INT32_MAX ? (double)(uint32_t)i32 :
		    (double)i32);
	}
	if (arg->size == sizeof(u16)) {
		memcpy(&u16, field, sizeof(u16));
		return (u16);
	}
	memcpy(&u8, field, sizeof(u8));
	return (arg->min < 0 ? (double)(int8_t)u8 : (double)u8);
}

static void
text_store(const struct conf_arg *arg, void *base, const char *text)
{
	char	*field = field_get(arg, base);

	/* all of the field, so that equal values are equal bytes */
	memset(field, 0, arg->size);
	memcpy(field, text, strlen(text));
}

const char *
conf_text_safe(const char *text, char *buf, size_t len)
{
	size_t	i;

	for (i = 0; i + 1 < len && text[i] != '\0'; i++)
		buf[i] = isprint((unsigned char)text[i]) ? text[i] : '?';
	buf[i] = '\0';
	if (text[i] != '\0' && i >= 3)
		memcpy(buf + i - 3, "...", 3);
	return (buf);
}

/* "must be ..." of a number's row. */
static void
range_format(const struct conf_arg *arg, char *buf, size_t len)
{
	const char	*what;
	double		 max;

	what = arg->type == CONF_TYPE_INT ? "a whole number" : "a number";
	max = arg->clamp != 0 ? arg->clamp : arg->max;
	if (arg->min <= -CONF_NO_LIMIT)
		snprintf(buf, len, "must be %s", what);
	else if (max == CONF_NO_LIMIT)
		snprintf(buf, len, "must be %s, %.10g or more", what,
		    arg->min);
	else if (arg->type == CONF_TYPE_INT)
		snprintf(buf, len, "must be %.10g to %.10g%s%s", arg->min,
		    max, arg->word != NULL ? " or " : "",
		    arg->word != NULL ? arg->word : "");
	else
		snprintf(buf, len, "must be %s, %.10g to %.10g", what,
		    arg->min, max);
}

/* The whole text as a decimal number; -1 when it is none. */
static int
number_parse(const char *text, int integer, double *value)
{
	const char	*digits = integer ? "+-0123456789" : "+-0123456789.eE";
	char		*end;

	/* strtod alone takes hexadecimal, nan and inf; 1e999 is above max */
	if (text[0] == '\0' || text[strspn(text, digits)] != '\0')
		return (-1);
	*value = strtod(text, &end);
	return (*end == '\0' ? 0 : -1);
}

static enum conf_verdict
number_set(const struct conf_arg *arg, void *base, const char *text,
    char *why)
{
	char	range[128], shown[SHOWN_MAX];
	double	value;

	range_format(arg, range, sizeof(range));
	conf_text_safe(text, shown, sizeof(shown));
	if (arg->word != NULL && strcasecmp(text, arg->word) == 0) {
		number_store(arg, base, arg->constant);
		return (CONF_GOOD);
	}
	if (number_parse(text, arg->type == CONF_TYPE_INT, &value) == -1 ||
	    value < arg->min || value > arg->max) {
		snprintf(why, CONF_TEXT_MAX, "%s %s: %s", arg->name, shown,
		    range);
		return (CONF_BAD);
	}
	if (arg->clamp != 0 && value > arg->clamp) {
		snprintf(why, CONF_TEXT_MAX, "%s %s: %s, %.10g is used",
		    arg->name, shown, range, arg->clamp);
		number_store(arg, base, arg->clamp);
		return (CONF_GOOD_BUT);
	}
	number_store(arg, base, value);
	return (CONF_GOOD);
}

/* The next word of a CHOICE in buf, which has room; NULL: there is none. */
static const char *
choice_next(const char *words, char *buf, size_t len)
{
	size_t	n = strcspn(words, " ");

	if (n == 0)
		return (NULL);
	snprintf(buf, len, "%.*s", (int)n, words);
	return (words + n + strspn(words + n, " "));
}

/* One of the words of its row; what is stored is its place among them. */
static enum conf_verdict
choice_set(const struct conf_arg *arg, void *base, const char *text,
    char *why)
{
	char		 list[128] = "", word[SHOWN_MAX], shown[SHOWN_MAX];
	const char	*next = arg->word;
	int		 i;

	for (i = 0; (next = choice_next(next, word, sizeof(word))) != NULL;
	    i++) {
		if (strcasecmp(word, text) == 0) {
			number_store(arg, base, i);
			return (CONF_GOOD);
		}
		strlcat(list, i == 0 ? "" : *next == '\0' ? " or " : ", ",
		    sizeof(list));
		strlcat(list, word, sizeof(list));
	}
	snprintf(why, CONF_TEXT_MAX, "%s %s: must be %s", arg->name,
	    conf_text_safe(text, shown, sizeof(shown)), list);
	return (CONF_BAD);
}

/* The word that was stored. */
static void
choice_format(const struct conf_arg *arg, int value, char *buf, size_t len)
{
	const char	*next = arg->word;

	while ((next = choice_next(next, buf, len)) != NULL && value-- > 0)
		;
}

int
conf_host_is_valid(const char *text)
{
	struct addr	addr;
	size_t		i, label = 0, digits = 0;

	if (addr_parse(text, &addr) == 0)
		return (1);
	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] == '.') {
			/* empty label, also a lone dot */
			if (label == 0 || text[i - 1] == '-')
				return (0);
			if (text[i + 1] == '\0')
				break;
			label = digits = 0;
			continue;
		}
		if (!isalnum((unsigned char)text[i]) && text[i] != '_' &&
		    (text[i] != '-' || label == 0))
			return (0);
		label++;
		digits += isdigit((unsigned char)text[i]) != 0;
		if (label > LABEL_MAX || i >= HOST_MAX)
			return (0);
	}
	return (label > digits && text[i - 1] != '-');
}

/* Letters, digits and what useradd lets a name have. */
static int
user_is_valid(const char *text)
{
	size_t	i;

	for (i = 0; text[i] != '\0'; i++) {
		if (isalnum((unsigned char)text[i]) || text[i] == '_')
			continue;
		if (i == 0 || strchr("-.$", text[i]) == NULL)
			return (0);
	}
	return (i > 0);
}

/*
 * name or name@domain: an RFC 5321 4.1.2 Dot-string, which needs no quoting
 * in an envelope, and a host name.
 */
static int
mail_is_valid(const char *text)
{
	size_t	i;

	for (i = 0; text[i] != '\0' && text[i] != '@'; i++) {
		if (isalnum((unsigned char)text[i]))
			continue;
		if (strchr("!#$%&'*+-/=?^_`{|}~.", text[i]) == NULL)
			return (0);
		if (text[i] == '.' && (i == 0 || text[i + 1] == '.' ||
		    text[i + 1] == '@' || text[i + 1] == '\0'))
			return (0);
	}
	if (i == 0 || i > MAIL_NAME_MAX)
		return (0);
	return (text[i] == '\0' || conf_host_is_valid(text + i + 1));
}

/* What the kernel lets an interface be called, in printable letters. */
static int
device_is_valid(const char *text)
{
	size_t	i;

	for (i = 0; text[i] != '\0'; i++)
		if (!isgraph((unsigned char)text[i]) || text[i] == '/' ||
		    text[i] == ':')
			return (0);
	return (i > 0 && strcmp(text, ".") != 0 && strcmp(text, "..") != 0);
}

static enum conf_verdict
text_set(const struct conf_arg *arg, void *base, const char *text, char *why)
{
	const char	*must = NULL;
	char		 shown[SHOWN_MAX];

	if (arg->type == CONF_TYPE_HOST && !conf_host_is_valid(text))
		must = "must be an address or a host name";
	else if (arg->type == CONF_TYPE_USER && !user_is_valid(text))
		must = "must be letters, digits and any of _-.$";
	else if (arg->type == CONF_TYPE_MAIL && !mail_is_valid(text))
		must = "must be a name or name@host";
	else if (arg->type == CONF_TYPE_DEVICE && !device_is_valid(text))
		must = "must be the name of a network interface";
	if (must != NULL) {
		snprintf(why, CONF_TEXT_MAX, "%s \"%s\": %s", arg->name,
		    conf_text_safe(text, shown, sizeof(shown)), must);
		return (CONF_BAD);
	}
	if (strlen(text) >= arg->size) {
		snprintf(why, CONF_TEXT_MAX,
		    "%s \"%s\": must be at most %d characters", arg->name,
		    conf_text_safe(text, shown, sizeof(shown)),
		    arg->size - 1);
		return (CONF_BAD);
	}
	if (arg->type == CONF_TYPE_PATH_NONE && strcmp(text, "/") == 0)
		text = "";
	text_store(arg, base, text);
	return (CONF_GOOD);
}

enum conf_verdict
conf_value_set(const struct conf_arg *arg, void *base, const char *text,
    char *why)
{
	if (type_is_text(arg->type))
		return (text_set(arg, base, text, why));
	if (arg->type == CONF_TYPE_CHOICE)
		return (choice_set(arg, base, text, why));
	return (number_set(arg, base, text, why));
}

void
conf_value_set_constant(const struct conf_arg *arg, void *base)
{
	number_store(arg, base, arg->constant);
}

static void
value_set_initial(const struct conf_arg *arg, void *base)
{
	if (arg->place == CONF_PLACE_ABSENT)
		return;
	if (!type_is_text(arg->type))
		number_store(arg, base, arg->initial);
	else
		text_store(arg, base,
		    arg->initial_text != NULL ? arg->initial_text : "");
}

void
conf_args_set_initial(const struct conf_arg *args, void *base)
{
	const struct conf_arg	*arg;

	for (arg = args; arg->name != NULL; arg++)
		value_set_initial(arg, base);
}

int
conf_value_is_initial(const struct conf_arg *arg, const void *base)
{
	const char	*text = (const char *)base + arg->offset;

	if (arg->place == CONF_PLACE_ABSENT)
		return (1);
	if (!type_is_text(arg->type))
		return (number_load(arg, base) == arg->initial);
	return (strcmp(text, arg->initial_text != NULL ?
	    arg->initial_text : "") == 0);
}

int
conf_value_is_constant(const struct conf_arg *arg, const void *base)
{
	return (number_load(arg, base) == arg->constant);
}

void
conf_value_format(const struct conf_arg *arg, const void *base, char *buf,
    size_t len)
{
	const char	*text = (const char *)base + arg->offset;
	double		 value;
	int		 digits;

	if (type_is_text(arg->type)) {
		if (arg->type == CONF_TYPE_PATH_NONE && text[0] == '\0')
			text = "/";
		snprintf(buf, len, "%s", text);
		return;
	}
	value = number_load(arg, base);
	if (arg->type == CONF_TYPE_CHOICE) {
		choice_format(arg, (int)value, buf, len);
		return;
	}
	if (arg->word != NULL && value == arg->constant) {
		snprintf(buf, len, "%s", arg->word);
		return;
	}
	/* the shortest that reads back as the same value, integers without e */
	digits = arg->type == CONF_TYPE_REAL ? 6 : 10;
	for (; digits <= 17; digits++) {
		snprintf(buf, len, "%.*g", digits, value);
		if (strtod(buf, NULL) == value)
			break;
	}
}
