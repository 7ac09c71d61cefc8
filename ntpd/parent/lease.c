/*
 * Arithmetic of rates and leases: what the kernel's knobs must be, and how
 * long to wait.  Parent core: pure.
 */
#include <math.h>

#include "ntpd/parent/lease.h"

struct lease_rate
lease_rate_split(double ppm, int64_t nominal_us)
{
	struct lease_rate rate;
	double tick_ppm = 1e6 / (double)nominal_us;
	double ticks = 0;

	if (!isfinite(ppm))
		ppm = 0;
	if (ppm > LEASE_RATE_MAX_PPM)
		ppm = LEASE_RATE_MAX_PPM;
	if (ppm < -LEASE_RATE_MAX_PPM)
		ppm = -LEASE_RATE_MAX_PPM;
	if (fabs(ppm) > LEASE_FREQ_MAX_PPM)
		ticks = round(ppm / tick_ppm);
	rate.tick_us = nominal_us + (int64_t)ticks;
	rate.freq = llround((ppm - ticks * tick_ppm) * LEASE_FREQ_UNIT);
	return (rate);
}

double
lease_rate_join(const struct lease_rate *rate, int64_t nominal_us)
{
	return ((double)(rate->tick_us - nominal_us) * 1e6 /
	    (double)nominal_us + (double)rate->freq / LEASE_FREQ_UNIT);
}

int64_t
lease_wait_us(int64_t left_ns, double rate_ppm)
{
	double us;

	us = floor((double)left_ns * (1 + rate_ppm * 1e-6) / 1000);
	if (!(us >= 1))
		return (1);
	return ((int64_t)us);
}

void
lease_hold_init(struct lease_hold *h, int64_t now_ns, double base_ppm)
{
	h->anchor_ppm = base_ppm;
	h->last_ppm = base_ppm;
	h->good_ppm = base_ppm;
	h->since_ns = now_ns;
}

void
lease_hold_change(struct lease_hold *h, int64_t now_ns, double base_ppm)
{
	/* what held until now counts first */
	(void)lease_hold_good(h, now_ns);
	if (fabs(base_ppm - h->anchor_ppm) > LEASE_HOLD_PPM) {
		h->anchor_ppm = base_ppm;
		h->since_ns = now_ns;
	}
	h->last_ppm = base_ppm;
}

double
lease_hold_good(struct lease_hold *h, int64_t now_ns)
{
	if (now_ns - h->since_ns >= LEASE_HOLD_NS)
		h->good_ppm = h->last_ppm;
	return (h->good_ppm);
}
