/*
 * NTP headers and timestamps, RFC 5905.  Used by engine and server.  Pure: it
 * looks at bytes and must never decide what a packet means.
 */
#include "common/ntp.h"

#include <sys/endian.h>

#include <math.h>

#include "common/timens.h"

/* seconds from 1900 to 1970 */
#define NTP_UNIX_OFFSET	2208988800LL

int
ntp_header_parse(const uint8_t *buf, size_t len, struct ntp_header *h)
{
	if (len < NTP_HEADER_LEN || len % 4 != 0)
		return (-1);
	h->leap = buf[0] >> 6;
	h->version = (buf[0] >> 3) & 0x7;
	h->mode = buf[0] & 0x7;
	if (h->version < NTP_VERSION_MIN || h->version > NTP_VERSION_MAX)
		return (-1);
	h->stratum = buf[1];
	h->poll = (int8_t)buf[2];
	h->precision = (int8_t)buf[3];
	h->root_delay = be32dec(buf + 4);
	h->root_disp = be32dec(buf + 8);
	h->refid = be32dec(buf + 12);
	h->reference = be64dec(buf + 16);
	h->origin = be64dec(buf + 24);
	h->receive = be64dec(buf + 32);
	h->transmit = be64dec(buf + 40);
	return (0);
}

void
ntp_header_build(const struct ntp_header *h, uint8_t *buf)
{
	buf[0] = (uint8_t)((h->leap & 0x3) << 6 | (h->version & 0x7) << 3 |
	    (h->mode & 0x7));
	buf[1] = h->stratum;
	buf[2] = (uint8_t)h->poll;
	buf[3] = (uint8_t)h->precision;
	be32enc(buf + 4, h->root_delay);
	be32enc(buf + 8, h->root_disp);
	be32enc(buf + 12, h->refid);
	be64enc(buf + 16, h->reference);
	be64enc(buf + 24, h->origin);
	be64enc(buf + 32, h->receive);
	be64enc(buf + 40, h->transmit);
}

/* Whole seconds, rounded down, and what is left of them (0..1e9-1). */
static int64_t
ntp_split_ns(int64_t ns, int64_t *rest)
{
	int64_t sec;

	sec = ns / NS_PER_SEC;
	*rest = ns % NS_PER_SEC;
	if (*rest < 0) {
		*rest += NS_PER_SEC;
		sec--;
	}
	return (sec);
}

ntp_ts
ntp_ts_from_ns(int64_t unix_ns)
{
	int64_t sec, rest;
	uint64_t frac;

	sec = ntp_split_ns(unix_ns, &rest);
	/* 999999999 gives 2^32 - 4: no carry is possible */
	frac = (((uint64_t)rest << 32) + NS_PER_SEC / 2) / NS_PER_SEC;
	return ((uint64_t)(uint32_t)(sec + NTP_UNIX_OFFSET) << 32 | frac);
}

int64_t
ntp_ts_to_ns(ntp_ts ts, int64_t pivot_ns)
{
	int64_t pivot_sec, rest, frac_ns;
	int32_t diff_sec;
	__int128 ns;

	pivot_sec = ntp_split_ns(pivot_ns, &rest);
	/* modulo 2^32: the nearer of the two eras, RFC 5905 6 */
	diff_sec = (int32_t)((uint32_t)(ts >> 32) -
	    (uint32_t)(pivot_sec + NTP_UNIX_OFFSET));
	frac_ns = (int64_t)(((ts & 0xffffffffu) * (uint64_t)NS_PER_SEC +
	    (1ULL << 31)) >> 32);
	ns = (__int128)(pivot_sec + diff_sec) * NS_PER_SEC + frac_ns;
	if (ns > INT64_MAX)
		return (INT64_MAX);
	if (ns < INT64_MIN)
		return (INT64_MIN);
	return ((int64_t)ns);
}

double
ntp_short_to_s(uint32_t s)
{
	return (s / 65536.0);
}

uint32_t
ntp_short_from_s(double s)
{
	double v;

	if (isnan(s))
		return (UINT32_MAX);	/* the worst, never the best */
	v = ceil(s * 65536.0);
	if (v <= 0)
		return (0);
	if (v >= 4294967295.0)
		return (UINT32_MAX);
	return ((uint32_t)v);
}

const char *
ntp_refid_text(uint32_t refid, char buf[5])
{
	uint8_t c;
	int i;

	for (i = 0; i < 4; i++) {
		c = (uint8_t)(refid >> (24 - 8 * i));
		buf[i] = (char)(c >= 0x20 && c < 0x7f ? c : '.');
	}
	/* shorter codes are padded with zeroes on the right */
	buf[4] = '\0';
	for (i = 3; i >= 0 && (refid & (0xffu << (24 - 8 * i))) == 0; i--)
		buf[i] = '\0';
	return (buf);
}
