/*
 * What the clock is driven through: the kernel, nothing (-x), or a test's.
 */
#ifndef PARENT_CLOCK_BACKEND_H
#define PARENT_CLOCK_BACKEND_H

#include <stdint.h>

#include "ntpd/parent/lease.h"

struct clock_kernel {
	int64_t		nominal_us;	/* length of a tick */
	int		status;		/* STA_* as we set it last */
};

struct clock_errors {
	int		synced;		/* STA_UNSYNC is clear */
	int		leap;		/* 0, 1 insert, 2 delete */
	int64_t		max_us;		/* < 0: leave to the kernel */
	int64_t		est_us;
};

struct clock_backend {
	int		none;		/* touches nothing */
	/* Put into a known state; *ppm is the rate it has. 0, -1 errno. */
	int		(*open)(struct clock_kernel *k, double *ppm);
	/* Run at this rate from now on; *ppm becomes what was set. */
	int		(*set_rate)(struct clock_kernel *k, double *ppm);
	int		(*step)(struct clock_kernel *k, int64_t delta_ns);
	int		(*set_errors)(struct clock_kernel *k,
			    const struct clock_errors *e);
	/* Both clocks, read as close together as can be. */
	void		(*read)(struct clock_kernel *k,
			    struct lease_pair *pair);
	int64_t		(*read_raw)(struct clock_kernel *k);
};

const struct clock_backend *clock_kernel_backend(void);
const struct clock_backend *clock_none_backend(void);
/* Shared by the two. */
void	clock_kernel_read(struct clock_kernel *k, struct lease_pair *pair);
int64_t	clock_kernel_read_raw(struct clock_kernel *k);
/* The kernel's rate without touching anything. 0 or -1 with errno. */
int	clock_kernel_get_rate(struct clock_kernel *k, double *ppm);

#endif
