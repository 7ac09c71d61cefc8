/*
 * The kernel's clock, through clock_adjtime(2) and clock_gettime(2).  Run by
 * the parent only, which holds CAP_SYS_TIME for this.  Must not decide
 * anything: whoever calls has asked the guard.
 *
 * The kernel's own loop (PLL, FLL, PPS) is switched off; it only counts at
 * the rate that it was told, and keeps the error figures for others to see.
 */
#include <errno.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "common/now.h"
#include "common/timens.h"
#include "ntpd/parent/clock_backend.h"
#include "ntpd/parent/lease.h"

#define PAIR_TRIES	5
#define ERROR_MAX_US	16000000	/* NTP_PHASE_LIMIT of the kernel */

static int
adjust(struct timex *tx)
{
	/* the result is a clock state (TIME_ERROR ...), not an error */
	return (clock_adjtime(CLOCK_REALTIME, tx) == -1 ? -1 : 0);
}

int64_t
clock_kernel_read_raw(struct clock_kernel *k)
{
	(void)k;
	return (now_read_ns(CLOCK_MONOTONIC_RAW));
}

void
clock_kernel_read(struct clock_kernel *k, struct lease_pair *pair)
{
	struct lease_pair new;
	int64_t before, after;
	int i;

	(void)k;
	for (i = 0; i < PAIR_TRIES; i++) {
		before = now_read_ns(CLOCK_MONOTONIC_RAW);
		new.real_ns = now_read_ns(CLOCK_REALTIME);
		after = now_read_ns(CLOCK_MONOTONIC_RAW);
		new.width_ns = after - before;
		new.raw_ns = before + new.width_ns / 2;
		/* latest when equal: the caller wants what holds now */
		if (i == 0 || new.width_ns <= pair->width_ns)
			*pair = new;
	}
}

static int64_t
nominal_tick(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return (1000000 / (hz > 0 ? hz : 100));
}

int
clock_kernel_get_rate(struct clock_kernel *k, double *ppm)
{
	struct lease_rate rate;
	struct timex tx;

	memset(&tx, 0, sizeof(tx));
	if (adjust(&tx) == -1)
		return (-1);
	k->nominal_us = nominal_tick();
	rate.tick_us = tx.tick;
	rate.freq = tx.freq;
	*ppm = lease_rate_join(&rate, k->nominal_us);
	return (0);
}

static int
set_status(struct clock_kernel *k, int status)
{
	struct timex tx;

	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_STATUS;
	tx.status = status;
	if (adjust(&tx) == -1)
		return (-1);
	k->status = status;
	return (0);
}

/*
 * The kernel pays out what is left of its loop's offset even after the loop
 * was switched off, and takes a new offset only while it is on: so on with
 * the frequency held, offset 0, and off.
 */
static int
kernel_open(struct clock_kernel *k, double *ppm)
{
	struct timex tx;

	if (clock_kernel_get_rate(k, ppm) == -1)
		return (-1);
	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_STATUS | ADJ_OFFSET;
	tx.status = STA_PLL | STA_FREQHOLD | STA_UNSYNC;
	tx.offset = 0;
	if (adjust(&tx) == -1)
		return (-1);
	/* what it says from here on is ours to know: nothing yet */
	if (set_status(k, STA_UNSYNC) == -1)
		return (-1);
	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_OFFSET_SINGLESHOT;	/* adjtime(3)'s rest */
	return (adjust(&tx));
}

static int
kernel_set_rate(struct clock_kernel *k, double *ppm)
{
	struct lease_rate rate;
	struct timex tx;

	rate = lease_rate_split(*ppm, k->nominal_us);
	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_TICK | ADJ_FREQUENCY;
	tx.tick = rate.tick_us;
	tx.freq = rate.freq;
	if (adjust(&tx) == -1)
		return (-1);
	*ppm = lease_rate_join(&rate, k->nominal_us);
	return (0);
}

static int
kernel_step(struct clock_kernel *k, int64_t delta_ns)
{
	struct timex tx;
	int64_t s, ns;

	(void)k;
	s = delta_ns / NS_PER_SEC;
	ns = delta_ns % NS_PER_SEC;
	if (ns < 0) {
		s--;
		ns += NS_PER_SEC;
	}
	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_SETOFFSET | ADJ_NANO;
	tx.time.tv_sec = s;
	tx.time.tv_usec = ns;
	return (adjust(&tx));
}

static int
kernel_set_errors(struct clock_kernel *k, const struct clock_errors *e)
{
	struct timex tx;

	memset(&tx, 0, sizeof(tx));
	tx.modes = ADJ_STATUS;
	/* what the kernel cannot hold must not look like less */
	tx.status = e->synced && e->max_us < ERROR_MAX_US ? 0 : STA_UNSYNC;
	if (e->leap == 1)
		tx.status |= STA_INS;
	if (e->leap == 2)
		tx.status |= STA_DEL;
	if (e->max_us >= 0) {
		tx.modes |= ADJ_MAXERROR | ADJ_ESTERROR;
		tx.maxerror = e->max_us < ERROR_MAX_US ? e->max_us :
		    ERROR_MAX_US;
		tx.esterror = e->est_us < ERROR_MAX_US ? e->est_us :
		    ERROR_MAX_US;
	}
	if (adjust(&tx) == -1)
		return (-1);
	k->status = tx.status;
	return (0);
}

static const struct clock_backend backend = {
	.none = 0,
	.open = kernel_open,
	.set_rate = kernel_set_rate,
	.step = kernel_step,
	.set_errors = kernel_set_errors,
	.read = clock_kernel_read,
	.read_raw = clock_kernel_read_raw,
};

const struct clock_backend *
clock_kernel_backend(void)
{
	return (&backend);
}
