/*
 * What the load generator measures with.
 */
#ifndef REGRESS_BENCH_FIGURES_H
#define REGRESS_BENCH_FIGURES_H

#include <stdint.h>

/* 16 steps for each power of two of ns */
#define FIGURES_STEPS	16
#define FIGURES_BUCKETS	(64 * FIGURES_STEPS)

struct histogram {
	uint64_t	count;
	uint64_t	buckets[FIGURES_BUCKETS];
};

/* Of some processes with all their threads, so far. */
struct figures {
	int64_t		cpu_ns;
	int64_t		sleeps;		/* how often they had to wait */
};

/* Ends the program where there is no such process. */
void	figures_read(const int *pids, unsigned npids, struct figures *f);
void	figures_add(struct histogram *h, int64_t ns);
/* What a part (0..1) of the times were at most, us; 0 when there is none. */
double	figures_part(const struct histogram *h, double part);

#endif
