/*
 * The instruments of the User-Mode Linux tests: what they say of a clock must
 * be right before a clock is judged by them.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/uml/answer.h"
#include "regress/uml/meter.h"
#include "regress/uml/model.h"
#include "regress/uml/scenario.h"
#include "regress/unit/scratch.h"
#include "regress/unit/unit.h"

#define NS	1000000000LL

/* Reads the figures of a meter as text. */
static void
figures(struct meter *m, char *buf, size_t len)
{
	FILE	*fp;

	memset(buf, 0, len);
	fp = fmemopen(buf, len - 1, "w");
	ck_assert_ptr_nonnull(fp);
	meter_print(m, fp);
	fclose(fp);
}

static double
figure(const char *text, const char *key)
{
	char		 word[64];
	const char	*at;

	snprintf(word, sizeof(word), " %s=", key);
	at = strstr(text, word);
	ck_assert_msg(at != NULL, "no %s in %s", key, text);
	return (atof(at + strlen(word)));
}

static void
add(struct meter *m, double t_s, double err_s, double step_s)
{
	struct meter_sample	s;

	memset(&s, 0, sizeof(s));
	s.t_s = t_s;
	s.err_s = err_s;
	s.step_s = step_s;
	s.bound_s = 1;
	s.synced = 1;
	ck_assert_int_eq(meter_add(m, &s), 0);
}

START_TEST(test_meter_figures)
{
	struct meter	m;
	char		text[1024];
	int		i;

	meter_init(&m, 10, 1);
	for (i = 0; i < 10; i++)
		add(&m, i, 5, 0);
	/* 3, -4, 3, -4 ... ms: rms of 3 and 4, mean -0.5 */
	for (i = 10; i < 1010; i++)
		add(&m, i, i % 2 == 0 ? 3e-3 : -4e-3, 0);
	figures(&m, text, sizeof(text));
	ck_assert_double_eq_tol(figure(text, "rms"), 3.536e-3, 1e-6);
	ck_assert_double_eq_tol(figure(text, "mean"), -5e-4, 1e-7);
	ck_assert_double_eq_tol(figure(text, "max"), 4e-3, 1e-9);
	ck_assert_double_eq_tol(figure(text, "freq_1s"), 7e-3, 1e-6);
	ck_assert_double_eq_tol(figure(text, "freq_64s"), 0, 1e-12);
	ck_assert_double_eq(figure(text, "samples"), 1010);
	ck_assert_double_eq(figure(text, "t_1ms"), -1);
	ck_assert_double_eq_tol(figure(text, "err_start"), 5, 1e-9);
	meter_free(&m);
}
END_TEST

START_TEST(test_meter_limits)
{
	struct meter	m;
	char		text[1024];
	int		i;

	meter_init(&m, 0, 1);
	/* under 1 ms from 20 s on, but for the one at 90 s */
	for (i = 0; i < 400; i++)
		add(&m, i, i < 20 || i == 90 ? 2e-3 : 5e-5, 0);
	figures(&m, text, sizeof(text));
	ck_assert_double_eq(figure(text, "t_1ms"), 91);
	ck_assert_double_eq(figure(text, "t_100us"), 91);
	ck_assert_double_eq(figure(text, "t_10us"), -1);
	meter_free(&m);
}
END_TEST

START_TEST(test_meter_steps)
{
	struct meter	m;
	char		text[1024];

	meter_init(&m, 0, 1);
	add(&m, 0, 10, 0);
	add(&m, 1, 7, -3);
	add(&m, 2, 8, 1);
	add(&m, 3, 8, 2e-7);
	figures(&m, text, sizeof(text));
	ck_assert_double_eq(figure(text, "steps"), 2);
	ck_assert_double_eq_tol(figure(text, "step_max"), 3, 1e-9);
	ck_assert_double_eq_tol(figure(text, "back_max"), 3, 1e-9);
	/* the bound is 1 s */
	ck_assert_double_eq(figure(text, "outside"), 1);
	meter_free(&m);
}
END_TEST

START_TEST(test_oscillator_rate)
{
	struct oscillator	osc;
	int64_t			raw, t, last;

	oscillator_init(&osc, 1, 7 * NS, 1000 * NS, 80e-6, 0);
	ck_assert_int_eq(oscillator_add_jump(&osc, 5000, 20e-6), 0);
	ck_assert(oscillator_true_ns(&osc, 7 * NS) == 1000 * NS);
	last = 1000 * NS;
	for (raw = 7 * NS; raw < 6007 * NS; raw += NS / 4) {
		t = oscillator_true_ns(&osc, raw);
		ck_assert(t == last || (t > last && t < last + NS / 3));
		last = t;
	}
	/* 1000 s at 100 ppm after 5000 s at 80 ppm; the clock gains */
	t = oscillator_true_ns(&osc, 6007 * NS) - 1000 * NS;
	ck_assert_double_eq_tol((double)(6000 * NS - t) / 1e9,
	    5000 * 80e-6 + 1000 * 100e-6, 1e-4);
	ck_assert_double_gt((double)(6000 * NS - t), 0);
}
END_TEST

/* The world does not depend on who looks at it, only on the seed. */
START_TEST(test_oscillator_seed)
{
	struct oscillator	a, b, c;
	int64_t			i;

	oscillator_init(&a, 5, 0, 0, 0, 1e-8);
	oscillator_init(&b, 5, 0, 0, 0, 1e-8);
	oscillator_init(&c, 6, 0, 0, 0, 1e-8);
	for (i = 0; i < 3000; i++)
		oscillator_true_ns(&a, i * NS + NS / 2);
	ck_assert(oscillator_true_ns(&a, 3000 * NS) ==
	    oscillator_true_ns(&b, 3000 * NS));
	ck_assert(oscillator_true_ns(&a, 1000 * NS) ==
	    oscillator_true_ns(&b, 1000 * NS));
	ck_assert(oscillator_true_ns(&a, 3000 * NS) !=
	    oscillator_true_ns(&c, 3000 * NS));
}
END_TEST

/* No seed is another one that has begun earlier or later. */
START_TEST(test_seeds)
{
	struct rng	rng;
	double		x[32][8];
	int		a, b, i, j;

	for (a = 0; a < 32; a++) {
		rng_init(&rng, (uint64_t)a, 3);
		for (i = 0; i < 8; i++)
			x[a][i] = rng_uniform(&rng);
	}
	for (a = 0; a < 32; a++)
		for (b = 0; b < a; b++)
			for (i = 0; i < 8; i++)
				for (j = 0; j < 8; j++)
					ck_assert(x[a][i] < x[b][j] ||
					    x[a][i] > x[b][j]);
}
END_TEST

START_TEST(test_wander)
{
	struct oscillator	osc;
	double			f, sum2, x;
	int			i, seed;

	/* after 1000 s the frequency's deviation is W sqrt(1000) */
	sum2 = 0;
	for (seed = 0; seed < 400; seed++) {
		oscillator_init(&osc, (uint64_t)seed, 0, 0, 0, 1e-8);
		for (i = 0; i < 1000; i += 100)
			oscillator_true_ns(&osc, i * NS);
		x = (double)oscillator_true_ns(&osc, 1000 * NS);
		f = ((double)oscillator_true_ns(&osc, 1001 * NS) - x) / 1e9 -
		    1;
		sum2 += f * f;
	}
	ck_assert_double_eq_tol(sqrt(sum2 / 400), 1e-8 * sqrt(1000), 3e-8);
}
END_TEST

START_TEST(test_delays)
{
	static const struct {
		const char	*name;
		double		 mean_s;	/* of what is added to 10 ms */
		double		 dev_s;
	} rows[] = {
		{ "none",		0,	0 },
		{ "normal",		0,	1e-3 },
		{ "exponential",	1e-3,	1e-3 },
		{ "uniform",		5e-4,	1e-3 / 3.4641 },
		{ "gamma",		3e-3,	1e-3 * 1.7321 },
		{ "bimodal",		2e-3,	1e-3 * 3.1623 },
	};
	struct path	path;
	struct rng	rng;
	double		d, sum, sum2;
	size_t		r;
	int		i;

	for (r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		rng_init(&rng, 3, r);
		memset(&path, 0, sizeof(path));
		path.delay_s = 0.01;
		path.jitter_s = 1e-3;
		path.shape = 3;
		path.dist = (enum dist)dist_from_name(rows[r].name);
		sum = sum2 = 0;
		for (i = 0; i < 20000; i++) {
			d = (double)path_delay_ns(&path, &rng) / 1e9 - 0.01;
			sum += d;
			sum2 += d * d;
		}
		sum /= 20000;
		ck_assert_double_eq_tol(sum, rows[r].mean_s,
		    1e-9 + 0.04 * rows[r].dev_s);
		ck_assert_double_eq_tol(sqrt(sum2 / 20000 - sum * sum),
		    rows[r].dev_s, 1e-9 + 0.04 * rows[r].dev_s);
	}
	ck_assert_int_eq(dist_from_name("cauchy"), -1);
}
END_TEST

static int
read_text(struct scenario *sc, const char *text)
{
	char	dir[SCRATCH_MAX], name[SCRATCH_MAX + 8];
	FILE	*fp;
	int	r;

	snprintf(name, sizeof(name), "%s/text", scratch_make(dir));
	fp = fopen(name, "w");
	ck_assert_ptr_nonnull(fp);
	fputs(text, fp);
	fclose(fp);
	r = scenario_read(sc, name);
	unlink(name);
	rmdir(dir);
	return (r);
}

START_TEST(test_scenario)
{
	static struct scenario	sc;

	ck_assert_int_eq(read_text(&sc,
	    "# a comment\n"
	    "duration 100\n"
	    "source delay=0.5 : iburst minpoll 4 # here too\n"
	    "source\n"
	    "options xleave\n"
	    "path delay=0.25 jitter_down=0.125 dist=exponential\n"
	    "at 50 lie 2 -0.5\n"
	    "conf makestep 1 3\n"
	    "duration 200\n"), 0);
	ck_assert_double_eq(sc.duration_s, 200);
	ck_assert_double_eq(sc.from_s, 100);
	ck_assert_int_eq(sc.nsources, 2);
	ck_assert_double_eq(sc.sources[0].up.delay_s, 0.5);
	ck_assert_double_eq(sc.sources[1].down.delay_s, 0.25);
	ck_assert_double_eq(sc.sources[0].down.jitter_s, 0.125);
	ck_assert_double_eq(sc.sources[0].up.jitter_s, 0);
	ck_assert_int_eq(sc.sources[1].up.dist, DIST_EXPONENTIAL);
	ck_assert_str_eq(sc.sources[0].options, "iburst minpoll 4");
	ck_assert_str_eq(sc.sources[1].options, "xleave");
	ck_assert_int_eq(sc.nevents, 1);
	ck_assert_int_eq(sc.events[0].source, 1);
	ck_assert_double_eq(sc.events[0].value, -0.5);
	ck_assert_str_eq(sc.conf[0], "makestep 1 3");
	ck_assert_str_eq(sc.sim_only, "");
}
END_TEST

/* The words of the simulator mean the same here, or say that they do not. */
START_TEST(test_scenario_simulator)
{
	static const struct {
		const char	*text;
		const char	*sim_only;
	} rows[] = {
		{ "limit rms 1e-3\nleast packets 5 want 9\n",	"" },
		{ "grace 100\nlatency 1e-4\nresolution 1e-8\n",	"" },
		{ "nodes 1\n",					"" },
		{ "nodes 5\n",					"nodes" },
		{ "source\nfeed 1 s1\n",			"feed" },
		{ "at 100 suspend 3600 0.5\n",			"suspend" },
		{ "at 100 kill\n",				"kill" },
	};
	static struct scenario	sc;
	size_t			i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(read_text(&sc, rows[i].text), 0);
		ck_assert_str_eq(sc.sim_only, rows[i].sim_only);
	}
	ck_assert_int_eq(read_text(&sc, "epoch 1735646400\nleap 1 43200\n"
	    "drift -5\npath reorder=0.5\nsource corrupt=0.25 dup=0.125\n"
	    "at 7 kiss 1 2\n"), 0);
	ck_assert_double_eq(sc.epoch_s, 1735646400);
	ck_assert_double_eq(sc.leap_at_s, 43200);
	ck_assert_double_eq(sc.drift_ppm, -5);
	ck_assert_double_eq(sc.sources[0].down.reorder, 0.5);
	ck_assert_double_eq(sc.sources[0].corrupt, 0.25);
	ck_assert_double_eq(sc.sources[0].dup, 0.125);
	ck_assert_int_eq(sc.events[0].kind, EVENT_KISS);
	ck_assert_double_eq(sc.events[0].value, 2);
}
END_TEST

static uint32_t
get_32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

START_TEST(test_answer)
{
	struct answer_facts	facts;
	struct source_conf	conf;
	uint8_t			p[ANSWER_LEN], request[ANSWER_LEN];

	memset(&conf, 0, sizeof(conf));
	memset(request, 0, sizeof(request));
	request[0] = 4 << 3 | 3;
	request[40] = 0xab;
	request[47] = 0xcd;
	conf.stratum = 2;
	conf.root_delay_s = 0.5;
	facts.receive_ns = 1700000000 * NS + NS / 2;
	facts.transmit_ns = 1700000001 * NS;
	facts.leap = 1;
	ck_assert(answer_is_due(request, sizeof(request)));
	ck_assert(!answer_is_due(request, sizeof(request) - 1));
	ck_assert(answer_build(&conf, request, &facts, p) == ANSWER_LEN);
	ck_assert(!answer_is_due(p, sizeof(p)));
	ck_assert_int_eq(p[0], 1 << 6 | 4 << 3 | 4);
	ck_assert_int_eq(p[1], 2);
	ck_assert(get_32(p + 4) == 0x8000);
	ck_assert_int_eq(memcmp(p + 24, request + 40, 8), 0);
	ck_assert(get_32(p + 32) == 1700000000 + 2208988800U);
	ck_assert(get_32(p + 36) == 0x80000000);
	ck_assert(get_32(p + 40) == 1700000001 + 2208988800U);
	conf.kiss = 1;
	answer_build(&conf, request, &facts, p);
	ck_assert_int_eq(p[1], 0);
	ck_assert_int_eq(memcmp(p + 12, "RATE", 4), 0);
}
END_TEST

/* Each bit of tamper spoils what it says and nothing else. */
START_TEST(test_answer_wrong)
{
	static const struct {
		int	tamper;
		size_t	len;
		size_t	first;		/* bytes that differ */
		size_t	last;
	} rows[] = {
		{ 1,	48,	31,	31 },
		{ 2,	48,	32,	39 },
		{ 4,	48,	0,	0 },
		{ 8,	44,	0,	0 },
		{ 16,	48,	16,	23 },
	};
	struct answer_facts	facts;
	struct source_conf	conf;
	uint8_t			good[ANSWER_LEN], p[ANSWER_LEN];
	uint8_t			request[ANSWER_LEN];
	size_t			i, n;

	memset(&conf, 0, sizeof(conf));
	memset(request, 0x11, sizeof(request));
	request[0] = 4 << 3 | 3;
	memset(&facts, 0, sizeof(facts));
	facts.receive_ns = facts.transmit_ns = 1700000000 * NS + 7;
	answer_build(&conf, request, &facts, good);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		conf.tamper = rows[i].tamper;
		ck_assert(answer_build(&conf, request, &facts, p) ==
		    rows[i].len);
		ck_assert(memcmp(good, p, ANSWER_LEN) != 0 ||
		    rows[i].len != ANSWER_LEN);
		for (n = 0; n < ANSWER_LEN; n++)
			ck_assert(good[n] == p[n] || (n >= rows[i].first &&
			    n <= rows[i].last));
		ck_assert(!answer_is_replayed(&conf));
	}
	conf.tamper = 32;
	ck_assert(answer_is_replayed(&conf));
}
END_TEST

START_TEST(test_scenario_errors)
{
	static const char *const	bad[] = {
		"duration\n", "duration x\n", "duration 5 6\n", "nonsense 1\n",
		"wander -1\n", "source delay\n", "source delay=x\n",
		"source dist=cauchy\n", "source loss=1.5\n", "at 5\n",
		"at 5 step\n", "at x step 1\n", "at 5 lie 0 1\n",
		"at 5 jump 1\n", "path speed=1\n", "path shape=0\n",
		"leap 1 43200\n", "at 5 kiss 1\n", "at 5 kiss 40 1\n"
	};
	static struct scenario		sc;
	size_t				i;

	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(read_text(&sc, bad[i]) == -1, "%s", bad[i]);
}
END_TEST

int
main(void)
{
	Suite	*suite;
	TCase	*tc;

	suite = suite_create("uml");
	tc = tcase_create("instruments");
	tcase_add_test(tc, test_meter_figures);
	tcase_add_test(tc, test_meter_limits);
	tcase_add_test(tc, test_meter_steps);
	tcase_add_test(tc, test_oscillator_rate);
	tcase_add_test(tc, test_oscillator_seed);
	tcase_add_test(tc, test_seeds);
	tcase_add_test(tc, test_wander);
	tcase_add_test(tc, test_delays);
	tcase_add_test(tc, test_scenario);
	tcase_add_test(tc, test_scenario_errors);
	tcase_add_test(tc, test_scenario_simulator);
	tcase_add_test(tc, test_answer);
	tcase_add_test(tc, test_answer_wrong);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
