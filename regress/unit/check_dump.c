/* The text of saved samples: it is read as it was written, or not at all. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/timens.h"
#include "ntpd/parent/dumps.h"
#include "regress/unit/scratch.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

#define BOOT	"6f0c3b0a-6c2e-4a55-9d0e-0123456789ab"

static void
fill(struct msg_dump *m, unsigned n)
{
	unsigned i;

	memset(m, 0, sizeof(*m));
	ck_assert_int_eq(addr_parse("2001:db8::1", &m->addr), 0);
	m->n = n;
	m->sleep_ns = 5;
	for (i = 0; i < n; i++) {
		m->sample[i].raw_ns = INT64_MAX / 2 - 100 + i;
		m->sample[i].y_ns = INT64_MAX / 2 - i;
		m->sample[i].delay_s = 0.012345678901 + i;
		m->sample[i].disp_s = 1e-9;
	}
}

START_TEST(as_written)
{
	static const unsigned sizes[] = { 1, 2, MSG_DUMP_MAX };
	char text[DUMP_TEXT_MAX], boot[DUMP_BOOT_MAX];
	struct msg_dump m, again;
	size_t i, k, len;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(&m, sizes[i]);
		len = dump_format(&m, BOOT, text);
		ck_assert_uint_eq(len, strlen(text));
		ck_assert_int_eq(dump_parse(text, len, &again, boot), 0);
		ck_assert_str_eq(boot, BOOT);
		ck_assert_uint_eq(again.n, m.n);
		ck_assert(addr_same(&again.addr, &m.addr));
		ck_assert_int_eq(again.sleep_ns, 5);
		for (k = 0; k < m.n; k++) {
			ck_assert_int_eq(again.sample[k].raw_ns,
			    m.sample[k].raw_ns);
			ck_assert_int_eq(again.sample[k].y_ns,
			    m.sample[k].y_ns);
			ck_assert_double_eq_tol(again.sample[k].delay_s,
			    m.sample[k].delay_s, 1e-7);
		}
		/* a part of it is nothing */
		for (k = 0; k < len; k++)
			ck_assert_int_eq(dump_parse(text, k, &again, boot),
			    -1);
	}
}
END_TEST

START_TEST(damaged)
{
#define HEAD	DUMP_MAGIC "source 192.0.2.1\nboot ab-1\nsleep 0\n"
	static const char *const bad[] = {
		"", "\n", "ntpd samples 2\n", DUMP_MAGIC,
		DUMP_MAGIC "source nobody\nboot ab\nsleep 0\n1 1 1 1\nend\n",
		DUMP_MAGIC "source 192.0.2.1\nboot x/y\nsleep 0\n1 1 1 1\n"
		    "end\n",
		DUMP_MAGIC "source 192.0.2.1\nboot ab\nsleep -1\n1 1 1 1\n"
		    "end\n",
		HEAD "end\n",			/* no sample */
		HEAD "1 1 1\nend\n",
		HEAD "1 1 1 1 1\nend\n",
		HEAD "1 1 1 nan\nend\n", HEAD "1 1 inf 1\nend\n",
		HEAD "1 1 0x1 1\nend\n", HEAD "1 1 -1 1\nend\n",
		HEAD "1 1 1e999 1\nend\n", HEAD "1 0 1 1\nend\n",
		HEAD "-1 1 1 1\nend\n", HEAD " 1 1 1 1\nend\n",
		HEAD "99999999999999999999 1 1 1\nend\n",
		HEAD "2 1 1 1\n2 1 1 1\nend\n",	/* at the same time */
		HEAD "2 1 1 1\n1 1 1 1\nend\n",
		HEAD "1 1 1 1\nend\n\n", HEAD "1 1 1 1\nend\nend\n",
	};
	static const char good[] = HEAD "1 1 1 1\n2 1 .5e-3 1\nend\n";
	char boot[DUMP_BOOT_MAX], text[sizeof(good)];
	struct msg_dump m;
	size_t i;

	ck_assert_int_eq(dump_parse(good, strlen(good), &m, boot), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(dump_parse(bad[i], strlen(bad[i]), &m, boot) ==
		    -1, "%s", bad[i]);
	for (i = 0; i < strlen(good); i++) {
		memcpy(text, good, sizeof(good));
		text[i] = '\0';
		ck_assert_int_eq(dump_parse(text, strlen(good), &m, boot),
		    -1);
	}
#undef HEAD
}
END_TEST

static const char lines[] = "server 192.0.2.1 iburst minpoll 4 maxpoll 4\n"
    "dumpdir /d\n";

/* One run of a daemon that is told to dump; what it said is in w->dump. */
static void
first_run(struct world *w)
{
	struct conf *c = world_conf(lines);
	struct clock_pair now;

	world_start(w, c, RUN_DAEMON);
	world_run(w, 1000, NULL);
	ck_assert_int_eq(world_command(w, CANDM_REQ_DUMP, NULL), 0);
	ck_assert_uint_eq(w->result, CANDM_STT_SUCCESS);
	ck_assert_uint_eq(w->ndumps, 1);
	ck_assert_uint_eq(w->dump.n, MSG_DUMP_MAX);
	world_pair(w, &now);
	engine_stop(w->engine, &now);
	ck_assert_uint_eq(w->ndumps, 2);
	engine_free(w->engine);
	conf_free(c);
	/* what is on its way is for nobody any more */
	w->nqueue = 0;
}

/* The next one, with what the first saved; samples after its first reply. */
static uint64_t
second_run(struct world *w, const struct msg_dump *m)
{
	struct conf *c = world_conf(lines);
	struct clock_pair now;
	uint64_t count;

	world_start(w, c, RUN_DAEMON);
	world_pair(w, &now);
	engine_samples(w->engine, &now, m);
	/* nothing is believed before the source has answered */
	ck_assert_uint_eq(w->engine->sources[0]->a.est.count, 0);
	world_run(w, 1003, NULL);
	count = w->engine->sources[0]->a.est.count;
	world_end(w, c);
	return (count);
}

START_TEST(another_daemon)
{
	struct world *w = world_new(30, 0.02);
	struct conf *c = world_conf(lines);
	struct clock_pair now;
	struct msg_dump m;

	world_server_add(w, "192.0.2.1");
	first_run(w);
	m = w->dump;
	world_start(w, c, RUN_DAEMON);
	world_pair(w, &now);
	engine_samples(w->engine, &now, &m);
	ck_assert_uint_eq(w->engine->sources[0]->a.est.count, 0);
	world_run(w, 1001, NULL);
	ck_assert_uint_gt(w->engine->sources[0]->a.est.count, MSG_DUMP_MAX);
	ck_assert_int_eq(w->engine->disc.synced, 1);
	/* the frequency is known from them */
	ck_assert_double_lt(w->engine->disc.skew, 2e-6);
	ck_assert_uint_eq(w->engine->ndumps, 0);
	world_end(w, c);
}
END_TEST

START_TEST(not_these)
{
	struct world *w = world_new(30, 0.02);
	struct msg_dump m;
	unsigned i;

	world_server_add(w, "192.0.2.1");
	first_run(w);
	m = w->dump;
	if (_i == 0)
		m.sleep_ns += NS_PER_SEC;
	else if (_i == 1)
		m.sample[m.n - 1].raw_ns = INT64_MAX / 4;
	else
		/* a server that has another time now */
		for (i = 0; i < m.n; i++)
			m.sample[i].y_ns -= 5 * NS_PER_SEC;
	ck_assert_uint_lt(second_run(w, &m), 5);
}
END_TEST

/* An engine that was taken over: its files are limited, and their rate. */
START_TEST(limits)
{
	char dir[SCRATCH_MAX], name[SCRATCH_MAX + 16];
	struct dumps d;
	struct msg_dump m;
	unsigned i, written = 0;

	scratch_make(dir);
	dumps_init(&d);
	fill(&m, 1);
	ck_assert_int_eq(dumps_write(&d, &m, 0), -1);
	dumps_open(&d, dir, 0);
	for (i = 0; i < 2 * DUMPS_MAX; i++) {
		m.addr.ip[14] = (uint8_t)(i >> 8);
		m.addr.ip[15] = (uint8_t)i;
		written += dumps_write(&d, &m, 0) == 0;
	}
	ck_assert_uint_eq(written, DUMPS_MAX);
	m.addr.ip[14] = 0;
	for (i = 0; i < 2 * DUMPS_BURST; i++)
		written += dumps_write(&d, &m, 0) == 0;
	ck_assert_uint_eq(written, DUMPS_BURST);
	ck_assert_int_eq(dumps_write(&d, &m, 2 * DUMPS_NS), 0);
	dumps_close(&d);
	/* the next start finds them, and then nobody does */
	dumps_open(&d, dir, 1);
	ck_assert_uint_eq(d.nloaded, DUMPS_MAX);
	dumps_close(&d);
	dumps_open(&d, dir, 1);
	ck_assert_uint_eq(d.nloaded, 0);
	/* nor is a link followed */
	snprintf(name, sizeof(name), "%s/10.0.0.1.dat", dir);
	ck_assert_int_eq(symlink("/etc/passwd", name), 0);
	dumps_close(&d);
	dumps_open(&d, dir, 1);
	ck_assert_uint_eq(d.nloaded, 0);
	dumps_close(&d);
	ck_assert_int_eq(unlink(name), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dump");
	TCase *t = tcase_create("dump");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, as_written);
	tcase_add_test(t, damaged);
	tcase_add_test(t, limits);
	tcase_add_test(t, another_daemon);
	tcase_add_loop_test(t, not_these, 0, 3);
	suite_add_tcase(suite, t);
	return (unit_run(suite));
}
