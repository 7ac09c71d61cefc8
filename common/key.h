/*
 * Symmetric keys and the file that they are written in.  Pure: text in, keys
 * out.  What is left of a key is wiped when it is freed.
 */
#ifndef COMMON_KEY_H
#define COMMON_KEY_H

#include <stddef.h>
#include <stdint.h>

#define KEY_LEN_MAX	2047		/* bytes of a key */
#define KEY_LINE_MAX	(2 * KEY_LEN_MAX + 40)	/* with NUL: one in digits */
#define KEY_FILE_MAX	(4 << 20)	/* bytes of a file */
#define KEY_MAC_MAX	64		/* bytes of the longest MAC */
#define KEY_BITS_WEAK	80		/* fewer can be guessed */

/* Numbers as in the report `authdata' of chrony's protocol. */
enum key_type {
	KEY_MD5 = 1,
	KEY_SHA1,
	KEY_SHA256,
	KEY_SHA384,
	KEY_SHA512,
	KEY_SHA3_224,
	KEY_SHA3_256,
	KEY_SHA3_384,
	KEY_SHA3_512,
	KEY_TIGER,			/* known by name only */
	KEY_WHIRLPOOL,			/* the same */
	KEY_AES128 = 13,		/* CMAC, RFC 8573 */
	KEY_AES256
};

struct key {
	uint32_t	 id;		/* 1.. */
	uint32_t	 type;		/* enum key_type */
	uint32_t	 line;		/* of the file */
	size_t		 len;		/* bytes, 1.. */
	uint8_t		*bytes;
};

struct keys {				/* all zero: none */
	struct key	*list;		/* by rising id */
	size_t		 n;
};

/* What is wrong with a line (from 1); text has no control characters. */
typedef void (*key_error_fn)(void *ctx, unsigned line, const char *text);

/*
 * Adds the keys of a text to keys, which has none.  A line is `ID [TYPE] KEY',
 * KEY is text, ASCII:text or HEX:digits, TYPE MD5 when there is none.  A bad
 * line is told of (fn may be NULL) and has no key.  The number of errors.
 */
int	keys_parse(struct keys *keys, const char *text, size_t len,
	    key_error_fn fn, void *ctx);
/*
 * The same as text, one line each: all of them, or those with the ids (nids of
 * them, in any order) that ids says when it is not NULL.  malloc'd, *len is
 * without the NUL; whoever has it wipes it.  NULL with errno.
 */
char	*keys_print(const struct keys *keys, const uint32_t *ids,
	    size_t nids, size_t *len);
void	keys_free(struct keys *keys);
/* NULL: there is none. */
const struct key *keys_find(const struct keys *keys, uint32_t id);
/*
 * The type of this name in any case, with its name and how many bytes its keys
 * have (0: any number).  0: there is none that could be used.
 */
uint32_t key_type_find(const char *word, const char **name, size_t *key_len);
/* Length in bytes of the MAC of a type, before it is cut; 0: no such type. */
size_t	key_mac_len(uint32_t type);

#endif
