/*
 * NTP packets on the wire, RFC 5905 7.3, and NTP timestamps.  Pure.
 */
#ifndef COMMON_NTP_H
#define COMMON_NTP_H

#include <stddef.h>
#include <stdint.h>

#define NTP_PORT		123
#define NTP_HEADER_LEN		48
#define NTP_PACKET_MAX		2048	/* what we care to receive */
#define NTP_VERSION_MIN		1
#define NTP_VERSION_MAX		4

#define NTP_MODE_SYM_ACTIVE	1
#define NTP_MODE_SYM_PASSIVE	2
#define NTP_MODE_CLIENT		3
#define NTP_MODE_SERVER		4
#define NTP_MODE_BROADCAST	5

#define NTP_LEAP_NONE		0
#define NTP_LEAP_INSERT		1
#define NTP_LEAP_DELETE		2
#define NTP_LEAP_UNSYNC		3

#define NTP_STRATUM_MAX		15
#define NTP_STRATUM_UNSYNC	16

#define NTP_MAXDISP_S		16.0	/* RFC 5905 appendix A.1.1 */

/* kiss codes, RFC 5905 7.4 */
#define NTP_KISS_RATE		0x52415445u
#define NTP_KISS_DENY		0x44454e59u
#define NTP_KISS_RSTR		0x52535452u

/* A 64-bit NTP timestamp: seconds since 1900 modulo 2^32, and 2^-32 s. */
typedef uint64_t ntp_ts;

struct ntp_header {
	uint8_t		leap;
	uint8_t		version;
	uint8_t		mode;
	uint8_t		stratum;
	int8_t		poll;
	int8_t		precision;
	uint32_t	root_delay;	/* 16.16 s */
	uint32_t	root_disp;	/* 16.16 s */
	uint32_t	refid;
	ntp_ts		reference;
	ntp_ts		origin;
	ntp_ts		receive;
	ntp_ts		transmit;
};

/*
 * Takes a packet apart.  0, or -1 when it is shorter than a header, its length
 * is no multiple of 4 or its version is none of 1..4.  What follows the
 * header (extension fields, MAC) is the caller's.
 */
int	ntp_header_parse(const uint8_t *buf, size_t len,
	    struct ntp_header *h);
/* Writes NTP_HEADER_LEN bytes. */
void	ntp_header_build(const struct ntp_header *h, uint8_t *buf);

/*
 * ns since 1970 to and from NTP time.  From: the era is the one that puts the
 * result within 68 years of pivot_ns (RFC 5905 6).  Rounds to the nearest.
 */
ntp_ts	ntp_ts_from_ns(int64_t unix_ns);
int64_t	ntp_ts_to_ns(ntp_ts ts, int64_t pivot_ns);

/* 16.16 seconds, RFC 5905 6; from: saturates, never negative, rounds up. */
double	ntp_short_to_s(uint32_t s);
uint32_t ntp_short_from_s(double s);

/* Kiss code or reference id of 4 characters as text (non-printing as `.'). */
const char *ntp_refid_text(uint32_t refid, char buf[5]);

#endif
