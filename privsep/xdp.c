/*
 * The time for the program in the kernel (xdp.h), and its counters.  Pure.
 * Runs in the engine, which writes, and in the server.  It must never leave a
 * time in place that the clock page would not give.
 */
#include "privsep/xdp.h"

#include <stddef.h>
#include <string.h>

#include "common/ntp.h"
#include "common/timens.h"
#include "privsep/clockpage.h"

#define SLIP_PART	1000000		/* of the age of a page, as the server
					 * has it */

int
xdp_time_make(struct xdp_time *t, const struct clockpage_data *page,
    const struct xdp_clocks *now)
{
	__s64 slip_ns, age_ns, span_ns;
	int bits;

	if (page->leap != CLOCKPAGE_LEAP_NONE || page->stratum == 0 ||
	    page->stratum > NTP_STRATUM_MAX || page->anchor_real_ns == 0)
		return (-1);
	age_ns = now->raw_ns - page->anchor_raw_ns;
	slip_ns = clockpage_slip_ns(page, now->raw_ns, now->real_ns);
	if (age_ns < 0 || slip_ns > CLOCKPAGE_SLIP_NS + age_ns / SLIP_PART)
		return (-1);
	memset(t, 0, sizeof(*t));
	t->mono_ns = now->mono_ns;
	t->tai_ahead_ns = now->tai_ns - now->mono_ns;
	t->true_ns = clockpage_true_ns(page, now->real_ns);
	t->rate = page->rate;
	t->rate_after = page->rate_after;
	span_ns = page->end_real_ns - now->real_ns;
	if (page->end_real_ns > page->anchor_real_ns && span_ns > 0)
		t->end_ns = span_ns < XDP_SPAN_NS ? span_ns : XDP_SPAN_NS;
	t->root_disp_ns = clockpage_root_disp_ns(page, now->real_ns);
	t->root_disp_rate = page->root_disp_rate;
	t->root_delay = ntp_short_from_s(timens_to_s(page->root_delay_ns));
	t->refid = page->refid;
	t->stratum = page->stratum;
	t->precision_log2 = page->precision_log2;
	if (page->ref_time_ns != 0)
		t->reference = ntp_ts_from_ns(page->ref_time_ns);
	bits = 32 + page->precision_log2;
	if (bits < 0 || bits > 32)
		bits = bits < 0 ? 0 : 32;
	t->noise_mask = (1ULL << bits) - 1;
	return (0);
}

/*
 * The slots are written in turn, and each has its number before and after, so
 * that the program neither waits nor believes half of one.
 */
void
xdp_time_publish(struct xdp_times *times, const struct xdp_time *t)
{
	struct xdp_time *slot;
	__u32 next;

	if (t == NULL) {
		__atomic_store_n(&times->current, 0, __ATOMIC_RELEASE);
		return;
	}
	times->number++;
	next = 1 + (__u32)(times->number % (XDP_SLOTS - 1));
	slot = &times->slots[next];
	__atomic_store_n(&slot->number, 0, __ATOMIC_SEQ_CST);
	memcpy((char *)slot + sizeof(slot->number),
	    (const char *)t + sizeof(t->number),
	    sizeof(*t) - sizeof(t->number));
	__atomic_store_n(&slot->number, times->number, __ATOMIC_RELEASE);
	__atomic_store_n(&times->current, next, __ATOMIC_RELEASE);
}

__u64
xdp_count(const struct xdp_service *service, enum xdp_count which)
{
	__u64 sum = 0;
	unsigned i;

	for (i = 0; i < XDP_CPUS; i++)
		sum += __atomic_load_n(&service->cpus[i].counts[which],
		    __ATOMIC_RELAXED);
	return (sum);
}
