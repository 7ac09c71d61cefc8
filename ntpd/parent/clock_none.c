/*
 * The clock back end of -x and of a daemon without CAP_SYS_TIME.  It reads
 * the clocks and must never change one: no call here has a mode.
 */
#include "ntpd/parent/clock_backend.h"

static int
none_open(struct clock_kernel *k, double *ppm)
{
	return (clock_kernel_get_rate(k, ppm));
}

static int
none_set_rate(struct clock_kernel *k, double *ppm)
{
	(void)k;
	(void)ppm;
	return (0);
}

static int
none_step(struct clock_kernel *k, int64_t delta_ns)
{
	(void)k;
	(void)delta_ns;
	return (0);
}

static int
none_set_errors(struct clock_kernel *k, const struct clock_errors *e)
{
	(void)k;
	(void)e;
	return (0);
}

static const struct clock_backend backend = {
	.none = 1,
	.open = none_open,
	.set_rate = none_set_rate,
	.step = none_step,
	.set_errors = none_set_errors,
	.read = clock_kernel_read,
	.read_raw = clock_kernel_read_raw,
};

const struct clock_backend *
clock_none_backend(void)
{
	return (&backend);
}
