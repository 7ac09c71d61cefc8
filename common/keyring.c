/*
 * Symmetric keys at work: NTP's MAC is that of the packet before it, RFC 5905
 * 7.3 (digest of key and packet) and RFC 8573 (CMAC).  Used by engine and
 * server.  It must never let the time that a comparison takes tell where two
 * MACs differ.
 */
#include "common/keyring.h"

#include <sys/endian.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct keyring {
	struct keyring_ops	ops;
	size_t			n;
	struct keyring_key	keys[];
};

struct keyring *
keyring_new(const struct keys *keys, const struct keyring_ops *ops,
    uint32_t *bad)
{
	struct keyring *ring;
	struct keyring_key *k;
	size_t i;

	*bad = 0;
	ring = calloc(1, sizeof(*ring) + keys->n * sizeof(ring->keys[0]));
	if (ring == NULL)
		return (NULL);
	ring->ops = *ops;
	for (i = 0; i < keys->n; i++) {
		k = &ring->keys[i];
		k->id = keys->list[i].id;
		k->type = keys->list[i].type;
		k->bits = (uint32_t)(8 * keys->list[i].len);
		k->mac_len = (uint32_t)key_mac_len(k->type);
		k->mac = ops->open(&keys->list[i]);
		if (k->mac == NULL) {
			*bad = k->id;
			keyring_free(ring);
			errno = EINVAL;
			return (NULL);
		}
		ring->n++;
	}
	return (ring);
}

void
keyring_free(struct keyring *ring)
{
	size_t i;

	if (ring == NULL)
		return;
	for (i = 0; i < ring->n; i++)
		ring->ops.close(ring->keys[i].mac);
	free(ring);
}

const struct keyring_key *
keyring_find(const struct keyring *ring, uint32_t id)
{
	size_t lo = 0, hi, mid;

	if (ring == NULL)
		return (NULL);
	for (hi = ring->n; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (ring->keys[mid].id == id)
			return (&ring->keys[mid]);
		if (ring->keys[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (NULL);
}

size_t
keyring_tail_len(const struct keyring_key *key, unsigned version)
{
	size_t len = KEYRING_ID_LEN + key->mac_len;

	return (version >= 4 && len > KEYRING_TAIL_V4 ? KEYRING_TAIL_V4 :
	    len);
}

size_t
keyring_sign(const struct keyring *ring, const struct keyring_key *key,
    unsigned version, uint8_t *packet, size_t len)
{
	uint8_t mac[KEY_MAC_MAX], *tail = packet + len;
	size_t n = keyring_tail_len(key, version);

	if (ring->ops.sign(key->mac, packet, len, mac) != key->mac_len)
		return (0);
	be32enc(tail, key->id);
	memcpy(tail + KEYRING_ID_LEN, mac, n - KEYRING_ID_LEN);
	return (len + n);
}

/* All bytes are looked at: the time does not tell which is the first wrong. */
static int
is_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	volatile uint8_t differ = 0;
	size_t i;

	for (i = 0; i < n; i++)
		differ |= a[i] ^ b[i];
	return (differ == 0);
}

int
keyring_verify(const struct keyring *ring, const struct keyring_key *key,
    unsigned version, const uint8_t *packet, size_t at, size_t len)
{
	uint8_t mac[KEY_MAC_MAX];
	size_t n = keyring_tail_len(key, version);

	if (at > len || len - at != n ||
	    ring->ops.sign(key->mac, packet, at, mac) != key->mac_len)
		return (0);
	return (is_equal(mac, packet + at + KEYRING_ID_LEN,
	    n - KEYRING_ID_LEN));
}
