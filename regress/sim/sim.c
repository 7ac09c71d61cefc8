/*
 * Runs a scenario in the simulator and prints its figures:
 *
 *	sim [-ctv] [--seed N] [--duration S] [--set LINE]... [--trace FILE]
 *	    SCENARIO
 *	sim --random N [--seed FIRST]
 *
 * SCENARIO: a file.  -c, --check: hold the result to the scenario's limits.
 * --trace: a line per second: RAW, time since the start, error of the clock,
 * its rate against RAW (ppm), step, bound of the kernel, synchronised, error
 * and bound of the clock page.  -t: say on stderr how fast it was.  -v, -vv:
 * the daemons' log on stderr.
 * Figures are those of regress/uml and: est_* of the clock page's estimate,
 * page_outside and est_outside (shares of seconds in which the clock and the
 * estimate were outside of the page's bound), useful: what the bound has beside
 * half of the root delay, in 99 of 100 seconds at most, of 4 times the
 * estimate's rms error (or 3 times the resolution).
 * --random: N random scenarios from the seeds FIRST, FIRST + 1 ..; what must
 * always hold is checked at every event.  --random 0 --seed N prints the
 * scenario of a seed.  Exit status 1: a limit was missed, an invariant broken.
 */
#include <err.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/timens.h"
#include "regress/sim/sim.h"

struct args {
	int	 check;
	int	 speed;
	int	 verbose;
	long	 random;	/* -1: none */
	char	*lines;		/* of --set and others */
	size_t	 nlines;
	FILE	*add;
	FILE	*trace;
	double	 seed;
};

/* Where a log line comes from, simulated time. */
struct sink {
	const struct sim *sim;
};

static void
on_log(void *ctx, enum log_level level, const char *line)
{
	const struct sink *sink = ctx;

	(void)level;
	fprintf(stderr, "%14.6f %s\n", timens_to_s(sink->sim->now_ns), line);
}

static void
usage(void)
{
	fprintf(stderr, "usage: sim [-ctv] [--seed N] [--duration S] "
	    "[--set LINE] [--trace FILE] SCENARIO\n"
	    "       sim --random N [--seed FIRST]\n");
	exit(2);
}

/* The value of a key in a result line; 0 or -1. */
static int
find_figure(const char *line, const char *key, double *value)
{
	const char *p = line;
	size_t len = strlen(key);

	while ((p = strstr(p, key)) != NULL) {
		if ((p == line || p[-1] == ' ') && p[len] == '=') {
			*value = strtod(p + len + 1, NULL);
			return (0);
		}
		p++;
	}
	return (-1);
}

/* A time that was never reached counts as for ever. */
static double
figure_of(const struct sim_limit *l, const char *line)
{
	double value;

	if (find_figure(line, l->key, &value) == -1)
		errx(1, "no figure is called %s", l->key);
	if (strncmp(l->key, "t_", 2) == 0 && value < 0)
		return (INFINITY);
	return (value);
}

static int
check_limits(const struct sim *s, const char *line)
{
	const struct sim_limit *l;
	double value;
	int failed = 0, i;

	for (i = 0; i < s->conf.nlimits; i++) {
		l = &s->conf.limits[i];
		value = figure_of(l, line);
		if (l->least ? value < l->value : !(value <= l->value)) {
			printf("FAIL %s=%g, must be at %s %g\n", l->key,
			    value, l->least ? "least" : "most", l->value);
			failed = 1;
		}
		if (l->have_want)
			printf("note: %s=%g, wanted at %s %g\n", l->key,
			    value, l->least ? "least" : "most", l->want);
	}
	return (failed);
}

static double
cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* One run of what is in s->conf; name for the messages. */
static int
run_one(struct sim *s, const char *name, const struct args *a)
{
	struct sink sink = { s };
	char *line = NULL;
	double cpu;
	size_t len;
	FILE *fp;
	int failed = 0;

	log_init(a->verbose ? on_log : NULL, &sink,
	    a->verbose > 1 ? 1 : 0);
	s->trace = a->trace;
	cpu = cpu_seconds();
	if (sim_start(s) == -1)
		errx(1, "%s: cannot start", name);
	sim_run(s);
	cpu = cpu_seconds() - cpu;
	fp = open_memstream(&line, &len);
	if (fp == NULL)
		err(1, "open_memstream");
	sim_print(s, fp);
	fclose(fp);
	if (a->random < 0)
		printf("scenario=%s daemon=sim %s\n", name, line);
	if (s->broken[0] != '\0') {
		printf("FAIL %s\n", s->broken);
		failed = 1;
	}
	if (a->check && check_limits(s, line))
		failed = 1;
	if (a->speed)
		fprintf(stderr, "%.3f s, %.0f times real time, %.0f events "
		    "a second\n", cpu, s->conf.duration_s *
		    (double)s->nnodes / cpu, (double)s->events / cpu);
	log_init(NULL, NULL, 0);
	free(line);
	return (failed);
}

static void
read_text(struct sim *s, const char *text, size_t len, const char *name)
{
	FILE *fp;

	if (len == 0)
		return;
	fp = fmemopen((void *)(uintptr_t)text, len, "r");
	if (fp == NULL)
		err(1, "fmemopen");
	if (simconf_read(&s->conf, fp, name) == -1)
		exit(2);
	fclose(fp);
}

static struct sim *
new_sim(void)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (s == NULL)
		err(1, "sim");
	simconf_init(&s->conf);
	return (s);
}

static int
run_file(const char *file, const struct args *a)
{
	struct sim *s = new_sim();
	const char *name;
	FILE *fp;
	int failed;

	fp = fopen(file, "re");
	if (fp == NULL)
		err(2, "%s", file);
	name = strrchr(file, '/');
	name = name == NULL ? file : name + 1;
	if (simconf_read(&s->conf, fp, file) == -1)
		exit(2);
	fclose(fp);
	read_text(s, a->lines, a->nlines, "command line");
	if (simconf_finish(&s->conf, file) == -1)
		exit(2);
	failed = run_one(s, name, a);
	sim_free(s);
	free(s);
	return (failed);
}

/* Writes the scenario of a seed, or runs it. */
static int
run_random(uint64_t seed, const struct args *a)
{
	struct sim *s = new_sim();
	char name[32], *text = NULL;
	size_t len;
	FILE *fp;
	int failed;

	fp = open_memstream(&text, &len);
	if (fp == NULL)
		err(1, "open_memstream");
	random_write(fp, seed);
	fclose(fp);
	if (a->random == 0) {
		fputs(text, stdout);
		failed = 0;
	} else {
		snprintf(name, sizeof(name), "random-%llu",
		    (unsigned long long)seed);
		read_text(s, text, len, name);
		read_text(s, a->lines, a->nlines, "command line");
		if (simconf_finish(&s->conf, name) == -1)
			exit(2);
		s->strict = 1;
		failed = run_one(s, name, a);
		sim_free(s);
	}
	if (failed)
		printf("seed %llu failed; again: sim -v --random 1 --seed "
		    "%llu; its scenario: sim --random 0 --seed %llu\n",
		    (unsigned long long)seed, (unsigned long long)seed,
		    (unsigned long long)seed);
	free(text);
	free(s);
	return (failed);
}

static int
run_randoms(const struct args *a)
{
	uint64_t first = (uint64_t)a->seed, i;
	long failures = 0;

	if (a->random == 0)
		return (run_random(first, a));
	for (i = 0; i < (uint64_t)a->random; i++)
		failures += run_random(first + i, a);
	printf("%ld random runs from seed %llu, %ld failed\n", a->random,
	    (unsigned long long)first, failures);
	return (failures != 0);
}

static const struct option options[] = {
	{ "check",	no_argument,		NULL, 'c' },
	{ "seed",	required_argument,	NULL, 's' },
	{ "duration",	required_argument,	NULL, 'd' },
	{ "set",	required_argument,	NULL, 'S' },
	{ "trace",	required_argument,	NULL, 'T' },
	{ "random",	required_argument,	NULL, 'r' },
	{ NULL,		0,			NULL, 0 }
};

static void
take_option(struct args *a, int ch)
{
	switch (ch) {
	case 'c':
		a->check = 1;
		break;
	case 't':
		a->speed = 1;
		break;
	case 'v':
		a->verbose++;
		break;
	case 's':
		a->seed = strtod(optarg, NULL);
		if (a->random < 0)
			fprintf(a->add, "seed %s\n", optarg);
		break;
	case 'd':
		fprintf(a->add, "duration %s\n", optarg);
		break;
	case 'S':
		fprintf(a->add, "%s\n", optarg);
		break;
	case 'T':
		a->trace = fopen(optarg, "we");
		if (a->trace == NULL)
			err(2, "%s", optarg);
		break;
	case 'r':
		a->random = strtol(optarg, NULL, 10);
		break;
	default:
		usage();
	}
}

int
main(int argc, char **argv)
{
	struct args a;
	int ch, failed;

	memset(&a, 0, sizeof(a));
	a.random = -1;
	a.seed = 1;
	a.add = open_memstream(&a.lines, &a.nlines);
	if (a.add == NULL)
		err(1, "open_memstream");
	while ((ch = getopt_long(argc, argv, "ctv", options, NULL)) != -1)
		take_option(&a, ch);
	fflush(a.add);
	if (optind != argc - (a.random < 0))
		usage();
	failed = a.random < 0 ? run_file(argv[optind], &a) : run_randoms(&a);
	if (a.trace != NULL && fclose(a.trace) != 0)
		err(1, "trace");
	fclose(a.add);
	free(a.lines);
	return (failed);
}
