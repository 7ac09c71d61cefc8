/*
 * The `filter' option of a source: the samples of several polls become one
 * before the estimator sees them.  Pure.
 */
#ifndef ENGINE_FILTER_H
#define ENGINE_FILTER_H

#include <stdint.h>

#include "common/conf.h"
#include "ntpd/engine/estimator.h"

struct filter {
	int32_t		polls;		/* per sample out; 0, 1: every one */
	int32_t		asked;		/* since the last one */
	uint32_t	n;		/* samples here */
	struct estimator_sample	samples[CONF_FILTER_MAX];
};

void	filter_init(struct filter *f, int32_t polls);
/* A request left. */
void	filter_poll(struct filter *f);
/*
 * A sample came.  1: it is time, and `s' is now what the collected ones say
 * together; 0: wait for more.  min_delay_s: the least delay of the path.
 */
int	filter_add(struct filter *f, struct estimator_sample *s,
	    double min_delay_s);
/* What is here is of no use any more: suspend, going offline. */
void	filter_clear(struct filter *f);

#endif
