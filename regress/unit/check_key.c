/* The file of keys, the ring that is made of it, and MACs by libcrypto. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mac.h"
#include "common/key.h"
#include "common/keyring.h"
#include "regress/unit/unit.h"

#define HEX20	"00112233445566778899AABBCCDDEEFF00112233"
#define HEX16	"00112233445566778899AABBCCDDEEFF"
#define HEX32	HEX16 HEX16

struct told {
	int		n;
	unsigned	line;
	char		text[256];	/* of the last one */
};

static void
on_error(void *ctx, unsigned line, const char *text)
{
	struct told *told = ctx;

	told->n++;
	told->line = line;
	strlcpy(told->text, text, sizeof(told->text));
}

static int
parse(struct keys *keys, const char *text, struct told *told)
{
	memset(keys, 0, sizeof(*keys));
	memset(told, 0, sizeof(*told));
	return (keys_parse(keys, text, strlen(text), on_error, told));
}

START_TEST(test_forms)
{
	const char *text =
	    "# a comment with \x01 in it\n! one\n ; two\n%three\n\n"
	    "20 foobar\r\n"
	    "1 SHA1 HEX:A6CFC50C9C93AB6E5A19754C246242FC5471BCDF\n"
	    "4294967295\tsha3-512  ascii:a:b#c \n"
	    "7 aes128 ASCII:0123456789abcdef\n"
	    "8 AES256 hex:" HEX32;
	struct keys keys;
	struct told told;

	ck_assert_int_eq(parse(&keys, text, &told), 0);
	ck_assert_int_eq(told.n, 0);
	ck_assert_uint_eq(keys.n, 5);
	ck_assert_uint_eq(keys.list[0].id, 1);
	ck_assert_uint_eq(keys.list[0].type, KEY_SHA1);
	ck_assert_uint_eq(keys.list[0].line, 7);
	ck_assert_uint_eq(keys.list[0].len, 20);
	ck_assert_uint_eq(keys.list[0].bytes[1], 0xcf);
	ck_assert_ptr_eq(keys_find(&keys, 20), &keys.list[3]);
	ck_assert_uint_eq(keys.list[3].type, KEY_MD5);
	ck_assert_mem_eq(keys.list[3].bytes, "foobar", 6);
	ck_assert_uint_eq(keys.list[4].id, 4294967295u);
	ck_assert_mem_eq(keys.list[4].bytes, "a:b#c", 5);
	ck_assert_ptr_null(keys_find(&keys, 2));
	keys_free(&keys);
	ck_assert_uint_eq(keys.n, 0);
}
END_TEST

static const struct {
	const char	*line;
	const char	*text;		/* a part of what is said */
} bad[] = {
	{ "0 x", "1..4294967295" },
	{ "4294967296 x", "1..4294967295" },
	{ "-1 x", "1..4294967295" },
	{ "1x y", "1..4294967295" },
	{ "5", "no key" },
	{ "5 MD5 a b", "too many words" },
	{ "5 SHA x", "MD5, SHA1, SHA256" },
	{ "5 TIGER HEX:1234", "type TIGER is not in OpenSSL" },
	{ "5 whirlpool HEX:1234", "type WHIRLPOOL is not in OpenSSL" },
	{ "5 MD5 HEX:", "empty key" },
	{ "5 MD5 ASCII:", "empty key" },
	{ "5 MD5 HEX:123", "even number" },
	{ "5 MD5 HEX:12G4", "even number" },
	{ "5 AES128 HEX:1234", "key of 2 bytes: AES128 needs 16" },
	{ "5 AES256 HEX:" HEX16, "AES256 needs 32" },
	{ "5 a\x01", "control character" },
	{ "1 b", "key 1 is in line 1 already" },
};

START_TEST(test_bad)
{
	struct keys keys;
	struct told told;
	char text[512];

	snprintf(text, sizeof(text), "1 a\n%s\n9 c\n", bad[_i].line);
	ck_assert_int_eq(parse(&keys, text, &told), 1);
	ck_assert_msg(strstr(told.text, bad[_i].text) != NULL, "%s",
	    told.text);
	ck_assert_uint_eq(told.line, 2);
	/* no key is ever said */
	ck_assert_ptr_null(strstr(told.text, "1234"));
	/* the good ones are there */
	ck_assert_uint_eq(keys.n, 2);
	keys_free(&keys);
}
END_TEST

START_TEST(test_long)
{
	struct keys keys, again;
	struct told told;
	char *text, *printed;
	size_t n;

	text = calloc(1, KEY_LINE_MAX + 32);
	ck_assert_ptr_nonnull(text);
	memcpy(text, "1 ", 2);
	memset(text + 2, 'x', KEY_LEN_MAX);
	ck_assert_int_eq(parse(&keys, text, &told), 0);
	printed = keys_print(&keys, NULL, 0, &n);
	ck_assert_ptr_nonnull(printed);
	ck_assert_int_eq(parse(&again, printed, &told), 0);
	ck_assert_uint_eq(again.list[0].len, KEY_LEN_MAX);
	free(printed);
	keys_free(&keys);
	keys_free(&again);
	text[2 + KEY_LEN_MAX] = 'x';
	ck_assert_int_eq(parse(&keys, text, &told), 1);
	memset(text + 2, 'x', KEY_LINE_MAX);
	ck_assert_int_eq(parse(&keys, text, &told), 1);
	ck_assert_ptr_nonnull(strstr(told.text, "line of"));
	keys_free(&keys);
	free(text);
}
END_TEST

START_TEST(test_print)
{
	static const uint32_t ids[] = { 30, 99, 1 };
	struct keys keys;
	struct told told;
	char *text;
	size_t n;

	ck_assert_int_eq(parse(&keys, "30 SHA256 c\n1 ab\n20 d\n", &told), 0);
	text = keys_print(&keys, ids, 3, &n);
	ck_assert_str_eq(text, "1 MD5 HEX:6162\n30 SHA256 HEX:63\n");
	ck_assert_uint_eq(n, strlen(text));
	free(text);
	text = keys_print(&keys, ids, 0, &n);
	ck_assert_str_eq(text, "");
	free(text);
	keys_free(&keys);
}
END_TEST

/*
 * The MAC of the bytes 0..47, as `openssl dgst' says of key and packet, and
 * `openssl mac ... CMAC' of the packet.
 */
static const struct {
	const char	*key;
	const char	*mac;
} vectors[] = {
	{ "MD5 HEX:" HEX20, "6b286fe111fe45b006f73e11718ab0a9" },
	{ "SHA1 HEX:" HEX20, "2c448b8ad92c6809cdd79dc3a54ea8efd14251de" },
	{ "SHA256 HEX:" HEX20, "a638ddda32dc5caf37a27571baa0676865b482aeacb9"
	    "fcb60cd3761e097dfb37" },
	{ "SHA384 HEX:" HEX20, "4d202c42bb8be200c6a8f1864c7180bd86d910a4e179"
	    "93e66b4e0ee1c0ddf9106603c8dacaa7f76abfbdd25a802a1d40" },
	{ "SHA512 HEX:" HEX20, "a7f1cb045cfdf7a0304190c78faf5254fac99a7030fc"
	    "cf367c560270de4991107d0323b26b6815255be645214a932b777ad14b271a9b"
	    "a20a145219734fcd4128" },
	{ "SHA3-224 HEX:" HEX20, "18552c0b786cd55ce37962083ac1a6c2f29ffa2df5"
	    "036e55c61c3833" },
	{ "SHA3-256 HEX:" HEX20, "13c4b81024c7514f914b0c75e375f54082676f0a41"
	    "26b19c6360468077c9b011" },
	{ "SHA3-384 HEX:" HEX20, "27640d7f92443b4a4acb83949c192a0cf1d68402f3"
	    "9910fd3f989f87c57a58cd8b110e9f746e22c92d6f23ca98707b56" },
	{ "SHA3-512 HEX:" HEX20, "10cfbc9383a88e5d34d39d73b19c20d06bbb85a3aa"
	    "b6e3d235ac106a790ff9595fff14945d6f69f22f97ace8ecf0b536f716c7891f"
	    "0b4d11b6ab06ed2bc28909" },
	{ "AES128 HEX:" HEX16, "c5f4a8923cceb6a679673131a722b153" },
	{ "AES256 HEX:" HEX32, "e9a1c49e0a78731349d7fd987517336c" },
};

static struct keyring *
ring_of(const char *text)
{
	struct keyring *ring;
	struct keys keys;
	struct told told;
	uint32_t id;

	ck_assert_int_eq(parse(&keys, text, &told), 0);
	ring = keyring_new(&keys, &mac_libcrypto, &id);
	ck_assert_ptr_nonnull(ring);
	ck_assert_uint_eq(id, 0);
	keys_free(&keys);
	return (ring);
}

static size_t
packet_make(uint8_t *packet)
{
	size_t i;

	for (i = 0; i < 48; i++)
		packet[i] = (uint8_t)i;
	return (i);
}

/* Twice: a context is used again for the next packet. */
START_TEST(test_vector)
{
	const struct keyring_key *key;
	struct keyring *ring;
	uint8_t packet[48 + KEYRING_TAIL_MAX];
	char text[256], hex[2 * KEY_MAC_MAX + 1];
	size_t len, i, n, round;

	snprintf(text, sizeof(text), "305419896 %s\n", vectors[_i].key);
	ring = ring_of(text);
	key = keyring_find(ring, 0x12345678);
	ck_assert_ptr_nonnull(key);
	for (round = 0; round < 2; round++) {
		len = packet_make(packet);
		len = keyring_sign(ring, key, 3, packet, len);
		n = strlen(vectors[_i].mac) / 2;
		ck_assert_uint_eq(len, 48 + 4 + n);
		ck_assert_uint_eq(len - 48, keyring_tail_len(key, 3));
		ck_assert_mem_eq(packet + 48, "\x12\x34\x56\x78", 4);
		for (i = 0; i < n; i++)
			snprintf(hex + 2 * i, 3, "%02x", packet[52 + i]);
		ck_assert_str_eq(hex, vectors[_i].mac);
		ck_assert_int_eq(keyring_verify(ring, key, 3, packet, 48,
		    len), 1);
		/* version 4: cut to 20 */
		len = packet_make(packet);
		len = keyring_sign(ring, key, 4, packet, len);
		ck_assert_uint_eq(len, 52 + (n > 20 ? 20 : n));
		ck_assert_int_eq(keyring_verify(ring, key, 4, packet, 48,
		    len), 1);
		if (n > 20)
			ck_assert_int_eq(keyring_verify(ring, key, 3, packet,
			    48, len), 0);
	}
	keyring_free(ring);
}
END_TEST

/* Every bit of packet and MAC counts, and so does the length. */
START_TEST(test_verify)
{
	const struct keyring_key *key, *other;
	struct keyring *ring;
	uint8_t packet[48 + KEYRING_TAIL_MAX];
	size_t len, i;

	ring = ring_of("1 SHA256 one\n2 SHA256 two\n");
	key = keyring_find(ring, 1);
	other = keyring_find(ring, 2);
	ck_assert_ptr_null(keyring_find(ring, 3));
	ck_assert_ptr_null(keyring_find(NULL, 1));
	ck_assert_uint_eq(key->bits, 24);
	len = keyring_sign(ring, key, 4, packet, packet_make(packet));
	ck_assert_int_eq(keyring_verify(ring, key, 4, packet, 48, len), 1);
	ck_assert_int_eq(keyring_verify(ring, other, 4, packet, 48, len), 0);
	for (i = 0; i < 8 * len; i++) {
		if (i / 8 >= 48 && i / 8 < 52)
			continue;	/* the id is looked up, not signed */
		packet[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(keyring_verify(ring, key, 4, packet, 48,
		    len), 0);
		packet[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_int_eq(keyring_verify(ring, key, 4, packet, 48, len - 4),
	    0);
	ck_assert_int_eq(keyring_verify(ring, key, 4, packet, 48, len + 4),
	    0);
	ck_assert_int_eq(keyring_verify(ring, key, 4, packet, len + 4, len),
	    0);
	keyring_free(ring);
}
END_TEST

static void *
no_open(const struct key *key)
{
	static char good;

	return (key->id == 2 ? NULL : &good);
}

static void
no_close(void *mac)
{
	(void)mac;
}

static size_t
no_sign(void *mac, const uint8_t *data, size_t len, uint8_t *out)
{
	(void)mac;
	(void)data;
	(void)len;
	(void)out;
	return (0);
}

START_TEST(test_ops_fail)
{
	static const struct keyring_ops ops = { no_open, no_close, no_sign };
	uint8_t packet[48 + KEYRING_TAIL_MAX];
	struct keyring *ring;
	struct keys keys;
	struct told told;
	uint32_t id;

	ck_assert_int_eq(parse(&keys, "1 a\n2 b\n", &told), 0);
	ck_assert_ptr_null(keyring_new(&keys, &ops, &id));
	ck_assert_uint_eq(id, 2);
	keys_free(&keys);
	ck_assert_int_eq(parse(&keys, "1 a\n", &told), 0);
	ring = keyring_new(&keys, &ops, &id);
	ck_assert_ptr_nonnull(ring);
	memset(packet, 0, sizeof(packet));
	ck_assert_uint_eq(keyring_sign(ring, keyring_find(ring, 1), 4, packet,
	    48), 0);
	ck_assert_int_eq(keyring_verify(ring, keyring_find(ring, 1), 4,
	    packet, 48, 68), 0);
	keyring_free(ring);
	keyring_free(NULL);
	keys_free(&keys);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("key");
	TCase *tc = tcase_create("key");

	tcase_add_test(tc, test_forms);
	tcase_add_loop_test(tc, test_bad, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_print);
	tcase_add_loop_test(tc, test_vector, 0,
	    sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tc, test_verify);
	tcase_add_test(tc, test_ops_fail);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
