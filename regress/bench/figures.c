/*
 * What the load generator measures with: the processor time of other
 * processes, from /proc, and a histogram of times.
 */
#include "regress/bench/figures.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

static void
add_cpu(const char *task, struct figures *f)
{
	char		 path[320];
	long long	 ns;
	FILE		*file;

	snprintf(path, sizeof(path), "%s/schedstat", task);
	if ((file = fopen(path, "r")) == NULL)
		return;			/* the thread is gone */
	if (fscanf(file, "%lld", &ns) == 1)
		f->cpu_ns += ns;
	fclose(file);
}

static void
add_sleeps(const char *task, struct figures *f)
{
	char		 path[320], line[256];
	long long	 n;
	FILE		*file;

	snprintf(path, sizeof(path), "%s/status", task);
	if ((file = fopen(path, "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "voluntary_ctxt_switches: %lld", &n) == 1)
			f->sleeps += n;
	fclose(file);
}

void
figures_read(const int *pids, unsigned npids, struct figures *f)
{
	struct dirent	*entry;
	char		 path[300];
	unsigned	 i;
	DIR		*dir;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < npids; i++) {
		snprintf(path, sizeof(path), "/proc/%d/task", pids[i]);
		if ((dir = opendir(path)) == NULL)
			err(2, "%s", path);
		while ((entry = readdir(dir)) != NULL) {
			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "/proc/%d/task/%s",
			    pids[i], entry->d_name);
			add_cpu(path, f);
			add_sleeps(path, f);
		}
		closedir(dir);
	}
}

void
figures_add(struct histogram *h, int64_t ns)
{
	unsigned	log2, step;

	if (ns < FIGURES_STEPS)
		ns = FIGURES_STEPS;
	log2 = 63 - (unsigned)__builtin_clzll((uint64_t)ns);
	step = (unsigned)((uint64_t)ns >> (log2 - 4)) & (FIGURES_STEPS - 1);
	h->buckets[log2 * FIGURES_STEPS + step]++;
	h->count++;
}

double
figures_part(const struct histogram *h, double part)
{
	uint64_t	seen = 0;
	unsigned	i;

	for (i = 0; i < FIGURES_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen > 0 && (double)seen >= part * (double)h->count)
			break;
	}
	if (i == FIGURES_BUCKETS)
		return (0);
	return ((double)(1ULL << (i / FIGURES_STEPS)) *
	    (1 + (double)(i % FIGURES_STEPS + 1) / FIGURES_STEPS) / 1e3);
}
