/*
 * The file of symmetric keys, line by line.  Used by the parent, and by the
 * processes that get the keys of it that they need, in the same form.  It must
 * never say a key in a message, nor leave one in memory that is freed.
 */
#include "common/key.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ID_MAX		4294967295ULL
#define WORDS		4		/* one more than a line may have */
#define COMMENT		"!;#%"		/* as in ntpd.conf */
#define SPACE		" \t\r"
#define ALLOWED		"MD5, SHA1, SHA256, SHA384, SHA512, SHA3-224, "	\
			"SHA3-256, SHA3-384, SHA3-512, AES128, AES256"

struct type {
	const char	*name;
	uint32_t	 number;	/* enum key_type */
	size_t		 mac_len;	/* 0: libcrypto does not have it */
	size_t		 key_len;	/* 0: any */
};

static const struct type types[] = {
	{ "MD5", KEY_MD5, 16, 0 },
	{ "SHA1", KEY_SHA1, 20, 0 },
	{ "SHA256", KEY_SHA256, 32, 0 },
	{ "SHA384", KEY_SHA384, 48, 0 },
	{ "SHA512", KEY_SHA512, 64, 0 },
	{ "SHA3-224", KEY_SHA3_224, 28, 0 },
	{ "SHA3-256", KEY_SHA3_256, 32, 0 },
	{ "SHA3-384", KEY_SHA3_384, 48, 0 },
	{ "SHA3-512", KEY_SHA3_512, 64, 0 },
	{ "TIGER", KEY_TIGER, 0, 0 },
	{ "WHIRLPOOL", KEY_WHIRLPOOL, 0, 0 },
	{ "AES128", KEY_AES128, 16, 16 },
	{ "AES256", KEY_AES256, 16, 32 },
};
#define NTYPES		(sizeof(types) / sizeof(types[0]))

struct parser {
	struct keys	*keys;
	size_t		 room;		/* of the list */
	unsigned	 line;
	int		 errors;
	key_error_fn	 fn;
	void		*ctx;
};

static void	complain(struct parser *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

static void
complain(struct parser *p, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	p->errors++;
	if (p->fn == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->fn(p->ctx, p->line, text);
}

static const struct type *
type_of(uint32_t number)
{
	size_t i;

	for (i = 0; i < NTYPES; i++)
		if (types[i].number == number)
			return (&types[i]);
	return (NULL);
}

static const struct type *
type_named(const char *word)
{
	size_t i;

	for (i = 0; i < NTYPES; i++)
		if (strcasecmp(types[i].name, word) == 0)
			return (&types[i]);
	return (NULL);
}

uint32_t
key_type_find(const char *word, const char **name, size_t *key_len)
{
	const struct type *t = type_named(word);

	if (t == NULL || t->mac_len == 0)
		return (0);
	*name = t->name;
	*key_len = t->key_len;
	return (t->number);
}

size_t
key_mac_len(uint32_t type)
{
	const struct type *t = type_of(type);

	return (t == NULL ? 0 : t->mac_len);
}

static int
parse_id(struct parser *p, const char *word, uint32_t *id)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(word, &end, 10);
	if (!isdigit((unsigned char)word[0]) || *end != '\0' || errno != 0 ||
	    value < 1 || value > ID_MAX) {
		complain(p, "bad number of a key: 1..%llu is allowed",
		    ID_MAX);
		return (-1);
	}
	*id = (uint32_t)value;
	return (0);
}

/* A word that is no type may be a key in the wrong place: it is not said. */
static const struct type *
parse_type(struct parser *p, const char *word)
{
	const struct type *type = type_named(word);

	if (type == NULL) {
		complain(p, "unknown type of key: " ALLOWED " are allowed");
		return (NULL);
	}
	if (type->mac_len == 0) {
		complain(p, "type %s is not in OpenSSL: " ALLOWED
		    " are allowed", type->name);
		return (NULL);
	}
	return (type);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

/* The bytes of a key into buf (as long as word). Their number, or -1. */
static int
parse_hex(struct parser *p, const char *word, uint8_t *buf)
{
	int hi, lo, n = 0;

	for (; word[0] != '\0'; word += 2) {
		hi = hex_digit(word[0]);
		lo = hi == -1 ? -1 : hex_digit(word[1]);
		if (lo == -1) {
			complain(p, "bad key: after HEX: an even number of "
			    "hexadecimal digits is allowed");
			return (-1);
		}
		buf[n++] = (uint8_t)(hi << 4 | lo);
	}
	return (n);
}

static int
parse_bytes(struct parser *p, const char *word, const struct type *type,
    uint8_t *buf)
{
	int n;

	if (strncasecmp(word, "HEX:", 4) == 0)
		n = parse_hex(p, word + 4, buf);
	else {
		if (strncasecmp(word, "ASCII:", 6) == 0)
			word += 6;
		n = (int)strlen(word);
		memcpy(buf, word, (size_t)n);
	}
	if (n == 0) {
		complain(p, "empty key: text, ASCII:text or HEX:digits is "
		    "allowed");
		return (-1);
	}
	if (n > KEY_LEN_MAX) {
		complain(p, "key of %d bytes: at most %d are allowed", n,
		    KEY_LEN_MAX);
		return (-1);
	}
	if (n > 0 && type->key_len != 0 && (size_t)n != type->key_len) {
		complain(p, "key of %d bytes: %s needs %zu", n, type->name,
		    type->key_len);
		return (-1);
	}
	return (n);
}

/* Where an id is in the list, or would be. */
static size_t
keys_place(const struct keys *keys, uint32_t id)
{
	size_t lo = 0, hi = keys->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (keys->list[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

const struct key *
keys_find(const struct keys *keys, uint32_t id)
{
	size_t i = keys_place(keys, id);

	return (i < keys->n && keys->list[i].id == id ? &keys->list[i] :
	    NULL);
}

static void
add_key(struct parser *p, uint32_t id, const struct type *type,
    const uint8_t *bytes, size_t len)
{
	struct keys *keys = p->keys;
	struct key *list, *k;
	uint8_t *copy;
	size_t i, room;

	i = keys_place(keys, id);
	if (i < keys->n && keys->list[i].id == id) {
		complain(p, "key %u is in line %u already", id,
		    keys->list[i].line);
		return;
	}
	if (keys->n == p->room) {
		room = p->room == 0 ? 16 : 2 * p->room;
		list = reallocarray(keys->list, room, sizeof(*list));
		if (list == NULL) {
			complain(p, "no memory");
			return;
		}
		keys->list = list;
		p->room = room;
	}
	if ((copy = malloc(len)) == NULL) {
		complain(p, "no memory");
		return;
	}
	memcpy(copy, bytes, len);
	k = &keys->list[i];
	memmove(k + 1, k, (keys->n - i) * sizeof(*k));
	keys->n++;
	k->id = id;
	k->type = type->number;
	k->line = p->line;
	k->len = len;
	k->bytes = copy;
}

static void
parse_words(struct parser *p, char **words, int n)
{
	const struct type *type;
	uint8_t bytes[KEY_LINE_MAX];
	uint32_t id;
	int len;

	if (n < 2 || n > 3) {
		complain(p, "%s: ID [TYPE] KEY is allowed",
		    n < 2 ? "no key" : "too many words");
		return;
	}
	if (parse_id(p, words[0], &id) == -1)
		return;
	type = n == 2 ? &types[0] : parse_type(p, words[1]);
	if (type == NULL)
		return;
	len = parse_bytes(p, words[n - 1], type, bytes);
	if (len > 0)
		add_key(p, id, type, bytes, (size_t)len);
	explicit_bzero(bytes, sizeof(bytes));
}

static void
parse_line(struct parser *p, const char *text, size_t len)
{
	char line[KEY_LINE_MAX], *words[WORDS], *s, *word;
	size_t i;
	int n = 0;

	if (len >= sizeof(line)) {
		complain(p, "line of %zu characters: at most %d are allowed",
		    len, KEY_LINE_MAX - 1);
		return;
	}
	memcpy(line, text, len);
	line[len] = '\0';
	s = line + strspn(line, SPACE);
	/* a comment may have any characters */
	if (s[0] != '\0' && strchr(COMMENT, s[0]) != NULL)
		return;
	for (i = 0; i < len; i++)
		if (line[i] != '\t' && line[i] != '\r' &&
		    ((unsigned char)line[i] < ' ' || line[i] == 0x7f))
			break;
	if (i < len)
		complain(p, "control character: HEX: is for those");
	else {
		while (n < WORDS && (word = strsep(&s, SPACE)) != NULL)
			if (word[0] != '\0')
				words[n++] = word;
		if (n > 0)
			parse_words(p, words, n);
	}
	explicit_bzero(line, sizeof(line));
}

int
keys_parse(struct keys *keys, const char *text, size_t len, key_error_fn fn,
    void *ctx)
{
	struct parser p;
	const char *end;
	size_t n;

	memset(&p, 0, sizeof(p));
	p.keys = keys;
	p.fn = fn;
	p.ctx = ctx;
	for (; len > 0; text += n, len -= n) {
		p.line++;
		end = memchr(text, '\n', len);
		n = end == NULL ? len : (size_t)(end - text);
		parse_line(&p, text, n);
		if (end != NULL)
			n++;
	}
	return (p.errors);
}

static int
is_wanted(uint32_t id, const uint32_t *ids, size_t nids)
{
	size_t i;

	for (i = 0; ids != NULL && i < nids; i++)
		if (ids[i] == id)
			return (1);
	return (ids == NULL);
}

/* Room for what stands around the digits: number, type, HEX:, newline. */
#define PRINT_EXTRA	32

char *
keys_print(const struct keys *keys, const uint32_t *ids, size_t nids,
    size_t *len)
{
	const struct key *k;
	size_t i, b, room = 1;
	char *text, *s;

	for (i = 0; i < keys->n; i++)
		if (is_wanted(keys->list[i].id, ids, nids))
			room += PRINT_EXTRA + 2 * keys->list[i].len;
	if ((text = calloc(1, room)) == NULL)
		return (NULL);
	s = text;
	for (i = 0; i < keys->n; i++) {
		k = &keys->list[i];
		if (!is_wanted(k->id, ids, nids))
			continue;
		s += snprintf(s, PRINT_EXTRA, "%u %s HEX:", k->id,
		    type_of(k->type)->name);
		for (b = 0; b < k->len; b++)
			s += snprintf(s, 3, "%02X", k->bytes[b]);
		*s++ = '\n';
	}
	*s = '\0';
	*len = (size_t)(s - text);
	return (text);
}

void
keys_free(struct keys *keys)
{
	size_t i;

	for (i = 0; i < keys->n; i++)
		freezero(keys->list[i].bytes, keys->list[i].len);
	free(keys->list);
	memset(keys, 0, sizeof(*keys));
}
