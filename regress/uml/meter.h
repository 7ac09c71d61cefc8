/*
 * The error of a clock, sampled against the truth, and its figures.  Pure.
 */
#ifndef REGRESS_UML_METER_H
#define REGRESS_UML_METER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define METER_LIMITS	3	/* 1 ms, 100 us, 10 us */

struct meter_sample {
	double	t_s;		/* since the start */
	double	err_s;		/* clock - truth */
	double	rate_ppm;	/* of the clock against RAW, steps left out */
	double	step_s;		/* by how much it was set since the last */
	double	bound_s;	/* published maximum error */
	int	synced;		/* the kernel's state says so */
};

struct meter {
	double	 from_s;	/* figures start here */
	double	 interval_s;
	double	*errs;		/* from from_s on */
	size_t	 nerrs;
	size_t	 cap;
	double	 since_s[METER_LIMITS];	/* below the limit since, or -1 */
	double	 reached_s[METER_LIMITS];	/* and stayed, or -1 */
	double	 start_err_s;
	double	 end_err_s;
	double	 end_rate_ppm;
	double	 max_rate_ppm;
	double	 max_step_s;
	double	 max_back_s;
	uint64_t steps;
	uint64_t samples;
	uint64_t outside;	/* of the published bound, while synced */
	uint64_t unsynced;
};

void	meter_init(struct meter *m, double from_s, double interval_s);
/* 0, or -1 without memory. */
int	meter_add(struct meter *m, const struct meter_sample *s);
/* Writes the figures as key=value with a blank before each; sorts errs. */
void	meter_print(struct meter *m, FILE *fp);
void	meter_free(struct meter *m);

#endif
