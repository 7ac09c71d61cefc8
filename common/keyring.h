/*
 * Keys made ready for use, and what they do with NTP packets.  Pure: how a MAC
 * is computed is given (mac.h).
 */
#ifndef COMMON_KEYRING_H
#define COMMON_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "common/key.h"

/* id and MAC at the end of a packet; RFC 7822 7.5: 24 at most from v4 on */
#define KEYRING_ID_LEN		4
#define KEYRING_TAIL_V4		24
#define KEYRING_TAIL_MAX	(KEYRING_ID_LEN + KEY_MAC_MAX)

struct keyring;

struct keyring_ops {
	/* A context for this key, prepared as far as can be. NULL: cannot. */
	void	*(*open)(const struct key *key);
	void	 (*close)(void *mac);
	/* The MAC in out (KEY_MAC_MAX bytes), its length; 0: failed. */
	size_t	 (*sign)(void *mac, const uint8_t *data, size_t len,
		    uint8_t *out);
};

struct keyring_key {
	uint32_t	 id;
	uint32_t	 type;		/* enum key_type */
	uint32_t	 bits;		/* of the key */
	uint32_t	 mac_len;	/* bytes, before it is cut */
	void		*mac;
};

/*
 * A ring of these keys.  NULL with errno; *bad is the id of the key that
 * cannot be used, or 0.
 */
struct keyring *keyring_new(const struct keys *keys,
	    const struct keyring_ops *ops, uint32_t *bad);
void	keyring_free(struct keyring *ring);	/* NULL is fine */
/* NULL: there is no such key, or no ring. */
const struct keyring_key *keyring_find(const struct keyring *ring,
	    uint32_t id);
/* Bytes of id and MAC that this key adds to a packet of that version. */
size_t	keyring_tail_len(const struct keyring_key *key, unsigned version);
/*
 * Appends id and MAC to a packet of len bytes with room for
 * KEYRING_TAIL_MAX more.  The new length, or 0 when it failed.
 */
size_t	keyring_sign(const struct keyring *ring,
	    const struct keyring_key *key, unsigned version, uint8_t *packet,
	    size_t len);
/*
 * Is what begins at at (the id) the MAC by this key of all that is before?
 * Takes the same time wherever it differs.
 */
int	keyring_verify(const struct keyring *ring,
	    const struct keyring_key *key, unsigned version,
	    const uint8_t *packet, size_t at, size_t len);

#endif
