/*
 * Tells extension fields and MAC behind the header of a packet from each
 * other.  Runs in ntpd-server on bytes of anybody; must never read beyond the
 * length that it was given, nor believe one that a field states.
 */
#include "ntpd/server/trailer.h"

#include <sys/endian.h>

#include <string.h>

#include "common/ntp.h"

/* RFC 7822 3: sizes that tell a MAC from an extension field. */
#define FIELD_HEADER_LEN	4
#define FIELD_MIN_LEN		16
#define FIELD_LAST_MIN_LEN	28
#define MAC_NAK_LEN		4
#define MAC_MIN_LEN		20
#define MAC_V4_MAX_LEN		24

static int
trailer_take_mac(const uint8_t *packet, size_t at, size_t len,
    struct trailer *t)
{
	t->mac_at = (uint32_t)at;
	t->mac_len = (uint32_t)(len - at);
	t->key_id = be32dec(packet + at);
	return (0);
}

int
trailer_parse(unsigned version, const uint8_t *packet, size_t len,
    struct trailer *t)
{
	size_t	at, left, field;

	memset(t, 0, sizeof(*t));
	at = NTP_HEADER_LEN;
	left = len - at;
	if (left > 0 && version < 4)
		return (left > TRAILER_MAC_MAX ? -1 :
		    trailer_take_mac(packet, at, len, t));
	for (; left > 0; at += field, left -= field) {
		if (left == MAC_NAK_LEN ||
		    (left >= MAC_MIN_LEN && left <= MAC_V4_MAX_LEN))
			return (trailer_take_mac(packet, at, len, t));
		if (left < FIELD_LAST_MIN_LEN)
			return (-1);
		field = be16dec(packet + at + 2);
		if (field < FIELD_MIN_LEN || field % FIELD_HEADER_LEN != 0 ||
		    field > left)
			return (-1);
		t->fields++;
	}
	return (0);
}
