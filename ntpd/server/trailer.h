/*
 * What follows the header of a request: extension fields and a MAC, told from
 * each other by their lengths (RFC 7822 3).  Pure.
 */
#ifndef NTPD_SERVER_TRAILER_H
#define NTPD_SERVER_TRAILER_H

#include <stddef.h>
#include <stdint.h>

#define TRAILER_KEY_LEN		4	/* key identifier before a digest */
#define TRAILER_MAC_MAX		68	/* before NTPv4; then 24 */

struct trailer {
	uint32_t	mac_at;		/* bytes that the MAC is made of */
	uint32_t	mac_len;	/* identifier and digest; 0: no MAC */
	uint32_t	key_id;
	uint32_t	fields;		/* extension fields before it */
};

/*
 * Takes apart what follows the header in a packet of len bytes, which is
 * NTP_HEADER_LEN or more and a multiple of 4.  Before version 4 all of it is
 * a MAC (RFC 1305 C).  Extension fields have 16 bytes or more, the last one
 * 28 where no MAC follows; none is known here, all are passed over.  A
 * crypto-NAK is a MAC of 4 bytes.  0, or -1 when it does not add up.
 */
int	trailer_parse(unsigned version, const uint8_t *packet, size_t len,
	    struct trailer *trailer);

#endif
