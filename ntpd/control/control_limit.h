/*
 * The rate limit of `cmdratelimit': how often an address gets a reply over
 * UDP.  Pure: time and random numbers are arguments.
 */
#ifndef NTPD_CONTROL_LIMIT_H
#define NTPD_CONTROL_LIMIT_H

#include <stdint.h>

#include "common/addr.h"
#include "common/conf.h"

/* Addresses remembered; the one that waits least gives way. */
#define CONTROL_LIMIT_SETS	256
#define CONTROL_LIMIT_WAYS	4

struct control_limit {
	struct conf_ratelimit	conf;
	uint32_t		seed;
	struct {
		struct addr	addr;
		int64_t		free_ns;	/* when all is forgiven */
	}			slots[CONTROL_LIMIT_SETS][CONTROL_LIMIT_WAYS];
};

/* seed: random, so that nobody can choose addresses that collide. */
void	control_limit_init(struct control_limit *l,
	    const struct conf_ratelimit *conf, uint32_t seed);
/*
 * May a request of this address at now_ns (MONOTONIC) be answered?  1 or 0.
 * rnd: a random number, for the requests that pass all the same.
 */
int	control_limit_pass(struct control_limit *l, const struct addr *a,
	    int64_t now_ns, uint32_t rnd);

#endif
