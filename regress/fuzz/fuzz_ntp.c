/*
 * Fuzz target: common/ntp.c.  What is taken apart and put together again is
 * the same, and conversions of time go there and back.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/ntp.h"
#include "common/timens.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(int good)
{
	if (!good)
		abort();
}

static void
check_ts(ntp_ts ts, int64_t pivot_ns)
{
	int64_t	ns = ntp_ts_to_ns(ts, pivot_ns), diff;

	if (ns == INT64_MIN || ns == INT64_MAX)
		return;		/* saturated */
	/* a nanosecond is 4.3 units */
	diff = (int64_t)(ntp_ts_from_ns(ns) - ts);
	check(diff >= -5 && diff <= 5);
	/* within half an era of the pivot */
	check(ns / NS_PER_SEC - pivot_ns / NS_PER_SEC <= (1LL << 31) + 1);
	check(pivot_ns / NS_PER_SEC - ns / NS_PER_SEC <= (1LL << 31) + 1);
}

static void
check_header(const struct ntp_header *h, const uint8_t *data)
{
	uint8_t	out[NTP_HEADER_LEN];
	char	text[5];
	int64_t	pivot_ns = (int64_t)h->receive;

	ntp_header_build(h, out);
	check(memcmp(out, data, sizeof(out)) == 0);
	check(h->version >= NTP_VERSION_MIN && h->version <= NTP_VERSION_MAX);
	check(strlen(ntp_refid_text(h->refid, text)) <= 4);
	check(ntp_short_from_s(ntp_short_to_s(h->root_delay)) ==
	    h->root_delay);
	check(ntp_short_to_s(ntp_short_from_s(ntp_short_to_s(h->root_disp) +
	    1e-9)) >= ntp_short_to_s(h->root_disp));
	check_ts(h->transmit, pivot_ns);
	check_ts(h->origin, pivot_ns);
	check_ts(h->transmit, 1800000000 * NS_PER_SEC);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ntp_header	h;

	if (ntp_header_parse(data, len, &h) == 0) {
		check(len >= NTP_HEADER_LEN && len % 4 == 0);
		check_header(&h, data);
	}
	return (0);
}
