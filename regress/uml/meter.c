/*
 * The figures of a run of the User-Mode Linux tests.  Part of the test program
 * truth.  Never reads a clock: samples come in, one line of figures goes out.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "regress/uml/meter.h"

#define STAY_S		100.0	/* this long below a limit is "reached" */
#define BOUND_UNIT_S	1e-6	/* the kernel publishes whole us */
#define STEP_MIN_S	1e-6	/* less is two clocks read one by one */

static const struct {
	const char	*name;
	double		 limit_s;
} limits[METER_LIMITS] = {
	{ "t_1ms",	1e-3 },
	{ "t_100us",	1e-4 },
	{ "t_10us",	1e-5 },
};

void
meter_init(struct meter *m, double from_s, double interval_s)
{
	int	i;

	memset(m, 0, sizeof(*m));
	m->from_s = from_s;
	m->interval_s = interval_s;
	for (i = 0; i < METER_LIMITS; i++)
		m->since_s[i] = m->reached_s[i] = -1;
}

void
meter_free(struct meter *m)
{
	free(m->errs);
	m->errs = NULL;
}

static int
keep_error(struct meter *m, double err_s)
{
	double	*errs;
	size_t	 cap;

	if (m->nerrs == m->cap) {
		cap = m->cap == 0 ? 4096 : m->cap * 2;
		errs = reallocarray(m->errs, cap, sizeof(*errs));
		if (errs == NULL)
			return (-1);
		m->errs = errs;
		m->cap = cap;
	}
	m->errs[m->nerrs++] = err_s;
	return (0);
}

static void
watch_limits(struct meter *m, double t_s, double err_s)
{
	int	i;

	for (i = 0; i < METER_LIMITS; i++) {
		if (fabs(err_s) >= limits[i].limit_s) {
			m->since_s[i] = -1;
			continue;
		}
		if (m->since_s[i] < 0)
			m->since_s[i] = t_s;
		if (m->reached_s[i] < 0 && t_s - m->since_s[i] >= STAY_S)
			m->reached_s[i] = m->since_s[i];
	}
}

int
meter_add(struct meter *m, const struct meter_sample *s)
{
	if (m->samples++ == 0)
		m->start_err_s = s->err_s;
	m->end_err_s = s->err_s;
	m->end_rate_ppm = s->rate_ppm;
	if (fabs(s->rate_ppm) > m->max_rate_ppm)
		m->max_rate_ppm = fabs(s->rate_ppm);
	if (fabs(s->step_s) > STEP_MIN_S) {
		m->steps++;
		if (fabs(s->step_s) > m->max_step_s)
			m->max_step_s = fabs(s->step_s);
		if (-s->step_s > m->max_back_s)
			m->max_back_s = -s->step_s;
	}
	watch_limits(m, s->t_s, s->err_s);
	if (s->t_s < m->from_s)
		return (0);
	if (!s->synced)
		m->unsynced++;
	else if (fabs(s->err_s) > s->bound_s + BOUND_UNIT_S)
		m->outside++;
	return (keep_error(m, s->err_s));
}

/*
 * Rms of the mean frequency error over lag samples, s/s; not a number when
 * they come too seldom for it.
 */
static double
freq_rms(const struct meter *m, size_t lag)
{
	double	d, sum;
	size_t	i;

	if (lag == 0)
		return (NAN);
	if (m->nerrs <= lag)
		return (0);
	sum = 0;
	for (i = lag; i < m->nerrs; i++) {
		d = (m->errs[i] - m->errs[i - lag]) /
		    ((double)lag * m->interval_s);
		sum += d * d;
	}
	return (sqrt(sum / (double)(m->nerrs - lag)));
}

static int
compare_size(const void *a, const void *b)
{
	double	x, y;

	x = fabs(*(const double *)a);
	y = fabs(*(const double *)b);
	return ((x > y) - (x < y));
}

void
meter_print(struct meter *m, FILE *fp)
{
	double	freq1, freq64, mean, n, sum2;
	size_t	i;

	freq1 = freq_rms(m, (size_t)lround(1 / m->interval_s));
	freq64 = freq_rms(m, (size_t)lround(64 / m->interval_s));
	mean = sum2 = 0;
	for (i = 0; i < m->nerrs; i++) {
		mean += m->errs[i];
		sum2 += m->errs[i] * m->errs[i];
	}
	n = m->nerrs > 0 ? (double)m->nerrs : 1;
	qsort(m->errs, m->nerrs, sizeof(*m->errs), compare_size);
	fprintf(fp, " rms=%.3e mean=%.3e p999=%.3e max=%.3e",
	    sqrt(sum2 / n), mean / n,
	    m->nerrs > 0 ? fabs(m->errs[(m->nerrs - 1) * 999 / 1000]) : 0,
	    m->nerrs > 0 ? fabs(m->errs[m->nerrs - 1]) : 0);
	fprintf(fp, " freq_1s=%.3e freq_64s=%.3e", freq1, freq64);
	for (i = 0; i < METER_LIMITS; i++)
		fprintf(fp, " %s=%.0f", limits[i].name, m->reached_s[i]);
	fprintf(fp, " steps=%llu step_max=%.9f back_max=%.9f",
	    (unsigned long long)m->steps, m->max_step_s, m->max_back_s);
	fprintf(fp, " slew_max_ppm=%.3f rate_end_ppm=%.3f",
	    m->max_rate_ppm, m->end_rate_ppm);
	fprintf(fp, " err_start=%.9f err_end=%.9f", m->start_err_s,
	    m->end_err_s);
	fprintf(fp, " outside=%.5f unsynced=%.5f samples=%llu",
	    (double)m->outside / n, (double)m->unsynced / n,
	    (unsigned long long)m->samples);
}
