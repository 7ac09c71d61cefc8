/*
 * The simulated clocks of a computer; see kclock.h.  Part of the simulator.
 * Never reads a clock of the machine it runs on.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "regress/sim/kclock.h"

#define DAY_NS		(86400 * NS_PER_SEC)
#define FREQ_LIMIT	(500L << 16)	/* kernel: MAXFREQ_SCALED */
#define TICK_RANGE_US	(KCLOCK_TICK_US / 10)
#define ERROR_RATE_US	500		/* a second: MAXFREQ */
#define ERROR_LIMIT_US	16000000	/* NTP_PHASE_LIMIT */

void
kclock_init(struct kclock *k, uint64_t seed, uint64_t stream, int64_t raw_ns,
    int64_t real_ns, double freq, double wander)
{
	memset(k, 0, sizeof(*k));
	rng_init(&k->rng, seed, stream);
	k->raw_ns = raw_ns;
	k->real_ns = real_ns;
	k->freq = freq;
	k->wander = wander;
	k->tick_us = KCLOCK_TICK_US;
	k->status = STA_UNSYNC;
	k->maxerror_us = k->esterror_us = ERROR_LIMIT_US;
	k->rate_at_ns = INT64_MAX;
	k->resolution_ns = 1;
}

/* Adds a span that need not be whole nanoseconds. */
static void
clock_add(int64_t *ns, double *frac, int64_t span_ns, double more_ns)
{
	double whole;

	*frac += more_ns;
	whole = floor(*frac);
	*frac -= whole;
	*ns += span_ns + (int64_t)whole;
}

/*
 * second_overflow() of the kernel: an inserted second is 23:59:59 again, of
 * a deleted one nothing is seen.
 */
static void
leap_overflow(struct kclock *k)
{
	if (k->leap == TIME_OK) {
		if ((k->status & (STA_INS | STA_DEL)) == 0)
			return;
		k->leap = k->status & STA_INS ? TIME_INS : TIME_DEL;
		k->leap_real_ns = (k->real_ns / DAY_NS + 1) * DAY_NS;
	}
	switch (k->leap) {
	case TIME_INS:
		if ((k->status & STA_INS) == 0)
			k->leap = TIME_OK;
		else if (k->real_ns >= k->leap_real_ns) {
			k->real_ns -= NS_PER_SEC;
			k->leap_ns -= NS_PER_SEC;
			k->leap = TIME_OOP;
		}
		break;
	case TIME_DEL:
		if ((k->status & STA_DEL) == 0)
			k->leap = TIME_OK;
		else if (k->real_ns >= k->leap_real_ns - NS_PER_SEC) {
			k->real_ns += NS_PER_SEC;
			k->leap_ns += NS_PER_SEC;
			k->leap = TIME_WAIT;
		}
		break;
	case TIME_OOP:
		if (k->real_ns >= k->leap_real_ns)
			k->leap = TIME_WAIT;
		break;
	default:
		if ((k->status & (STA_INS | STA_DEL)) == 0)
			k->leap = TIME_OK;
		break;
	}
}

static void
advance_piece(struct kclock *k, int64_t dt_ns)
{
	double more;

	more = k->freq * (double)dt_ns;
	clock_add(&k->raw_ns, &k->raw_frac, dt_ns, more);
	clock_add(&k->real_ns, &k->real_frac, dt_ns,
	    more + k->rate * ((double)dt_ns + more));
	if (k->leap != TIME_OK || (k->status & (STA_INS | STA_DEL)) != 0)
		leap_overflow(k);
}

void
kclock_advance(struct kclock *k, int64_t to_ns)
{
	int64_t next_ns, second_ns;

	if (k->stopped && to_ns > k->at_ns) {
		k->at_ns = to_ns;
		return;
	}
	while (k->at_ns < to_ns) {
		next_ns = to_ns;
		if (k->rate_at_ns < next_ns)
			next_ns = k->rate_at_ns;
		second_ns = INT64_MAX;
		if (k->wander > 0) {
			second_ns = (k->at_ns / NS_PER_SEC + 1) * NS_PER_SEC;
			if (second_ns < next_ns)
				next_ns = second_ns;
		}
		if (next_ns > k->at_ns) {
			advance_piece(k, next_ns - k->at_ns);
			k->at_ns = next_ns;
		}
		if (k->at_ns >= k->rate_at_ns) {
			k->rate = k->rate_next;
			k->rate_at_ns = INT64_MAX;
		}
		if (k->at_ns == second_ns)
			k->freq += k->wander * rng_normal(&k->rng);
	}
}

int64_t
kclock_raw(const struct kclock *k)
{
	return (k->raw_ns - k->raw_ns % k->resolution_ns);
}

int64_t
kclock_real(const struct kclock *k)
{
	return (k->real_ns - k->real_ns % k->resolution_ns);
}

/* The frequency that tick and freq make together. */
static void
set_rate(struct kclock *k)
{
	k->rate_next = (double)(k->tick_us - KCLOCK_TICK_US) /
	    KCLOCK_TICK_US + (double)k->freq_scaled / 65536e6;
	k->rate_at_ns = k->at_ns + k->latency_ns;
	if (k->latency_ns == 0) {
		k->rate = k->rate_next;
		k->rate_at_ns = INT64_MAX;
	}
}

void
kclock_set(struct kclock *k, int64_t by_ns)
{
	k->real_ns += by_ns;
	k->set_ns += by_ns;
	k->sets++;
	/* ntp_clear() of the kernel: a clock that was set is not trusted */
	k->status |= STA_UNSYNC;
	k->leap = TIME_OK;
	k->maxerror_us = k->esterror_us = ERROR_LIMIT_US;
	k->error_at_ns = k->at_ns;
}

static int
adjust_offset(struct kclock *k, const struct timex *tx)
{
	int64_t unit;

	unit = tx->modes & ADJ_NANO ? 1 : 1000;
	if (tx->time.tv_usec < 0 || tx->time.tv_usec * unit >= NS_PER_SEC) {
		errno = EINVAL;
		return (-1);
	}
	kclock_set(k, tx->time.tv_sec * NS_PER_SEC + tx->time.tv_usec * unit);
	return (0);
}

int
kclock_adjtime(struct kclock *k, struct timex *tx)
{
	if ((tx->modes & ADJ_TICK) &&
	    (tx->tick < KCLOCK_TICK_US - TICK_RANGE_US ||
	    tx->tick > KCLOCK_TICK_US + TICK_RANGE_US)) {
		errno = EINVAL;
		return (-1);
	}
	if ((tx->modes & ADJ_SETOFFSET) && adjust_offset(k, tx) == -1)
		return (-1);
	if (tx->modes & ADJ_STATUS)
		k->status = tx->status;
	if (tx->modes & ADJ_FREQUENCY)
		k->freq_scaled = tx->freq > FREQ_LIMIT ? FREQ_LIMIT :
		    tx->freq < -FREQ_LIMIT ? -FREQ_LIMIT : tx->freq;
	if (tx->modes & ADJ_TICK)
		k->tick_us = tx->tick;
	if (tx->modes & (ADJ_TICK | ADJ_FREQUENCY))
		set_rate(k);
	if (tx->modes & ADJ_MAXERROR) {
		k->maxerror_us = tx->maxerror;
		k->error_at_ns = k->at_ns;
	}
	if (tx->modes & ADJ_ESTERROR)
		k->esterror_us = tx->esterror;
	tx->tick = k->tick_us;
	tx->freq = k->freq_scaled;
	tx->status = k->status;
	return (k->status & STA_UNSYNC ? TIME_ERROR : k->leap);
}

double
kclock_maxerror_s(const struct kclock *k, int *synced)
{
	double us;

	us = (double)k->maxerror_us +
	    ERROR_RATE_US * timens_to_s(k->at_ns - k->error_at_ns);
	*synced = (k->status & STA_UNSYNC) == 0 && us < ERROR_LIMIT_US;
	return (fmin(us, ERROR_LIMIT_US) * 1e-6);
}

int64_t
kclock_when(const struct kclock *k, int64_t raw_ns)
{
	double left;

	if (raw_ns <= k->raw_ns)
		return (k->at_ns);
	if (raw_ns - k->raw_ns > 1000 * DAY_NS)
		return (INT64_MAX);
	left = (double)(raw_ns - k->raw_ns);
	return (k->at_ns + (int64_t)ceil(left - left * k->freq /
	    (1 + k->freq)));
}

void
kclock_stop(struct kclock *k)
{
	k->stopped = 1;
}

void
kclock_resume(struct kclock *k, int64_t slept_ns, int64_t error_ns)
{
	k->stopped = 0;
	k->sleep_ns += slept_ns;
	if (slept_ns != 0) {
		k->real_ns += slept_ns + error_ns;
		k->set_ns += slept_ns + error_ns;
	}
	/* the maximum error does not grow in a sleep: nobody counts */
	k->error_at_ns = k->at_ns;
}
