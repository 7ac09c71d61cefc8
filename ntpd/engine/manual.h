/*
 * Time that an operator types in (`settime'): what true time is and how fast
 * the raw clock runs, from up to 16 inputs.  Engine core: pure.
 *
 * An input is good to a second at best, and its error is the operator's, so it
 * is taken for 0.3 s (a uniform second).  The rate is the known one until the
 * inputs, weighed like that, know better: least squares of true - raw on raw
 * with the known rate and its deviation as a further observation (a Gaussian
 * prior; ridge regression).  Two inputs a minute apart change nothing, two
 * that are a month apart find 0.1 ppm.
 */
#ifndef ENGINE_MANUAL_H
#define ENGINE_MANUAL_H

#include <stdint.h>

#include "common/report.h"

#define MANUAL_SAMPLES	REPORT_MANUAL_SAMPLES
#define MANUAL_SD_S	0.3	/* of an input */

struct manual {
	int		enabled;
	unsigned	n;
	struct {
		int64_t	raw_ns;
		int64_t	real_ns;	/* the clock showed this */
		int64_t	y_ns;		/* true - raw, as typed in */
	}		sample[MANUAL_SAMPLES];
	int64_t		raw_ns;		/* of the line: the last input */
	int64_t		y_ns;		/* true - raw, there */
	double		freq;		/* d y/d raw */
	double		skew;		/* its sd */
};

void	manual_init(struct manual *m, int enabled);
void	manual_enable(struct manual *m, int enabled);
/* Forgets the inputs. */
void	manual_reset(struct manual *m);
/*
 * Somebody said at raw_ns, when the clock showed real_ns, that it was true_ns.
 * freq, skew: what is known of d y/d raw, and its sd.  The oldest gives way.
 */
void	manual_add(struct manual *m, int64_t raw_ns, int64_t real_ns,
	    int64_t true_ns, double freq, double skew);
/* Forgets one input: 0, or -1 when there is none of this index. */
int	manual_delete(struct manual *m, unsigned index, double freq,
	    double skew);
/* The raw clock jumped against time by shift_ns (suspend, leap second). */
void	manual_disturb(struct manual *m, int64_t shift_ns);
/* True - raw at raw_ns; only when n > 0. */
int64_t	manual_y_ns(const struct manual *m, int64_t raw_ns);
/*
 * For `manual list': offsets are positive where the clock was behind; slewed is
 * against the line, which the clock follows.
 */
void	manual_list(const struct manual *m, struct report_manual_list *list);

#endif
