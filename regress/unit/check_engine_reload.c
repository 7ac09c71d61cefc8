/* Another configuration for a running engine: what stays, comes and goes. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/engine_reload.h"
#include "ntpd/engine/sources.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

static struct world	*w;
static struct conf	*conf;
static enum reload_kind	 kind = RELOAD_ALL;

static void
run_for(double s)
{
	double worst;

	world_run(w, timens_to_s(w->raw_ns) + s, &worst);
}

static void
begin(const char *text)
{
	char addr[32];
	unsigned i;

	w = world_new(0, 0);
	for (i = 1; i <= 7; i++) {
		snprintf(addr, sizeof(addr), "192.0.2.%u", i);
		world_server_add(w, addr);
	}
	conf = world_conf(text);
	world_start(w, conf, RUN_DAEMON);
	run_for(300);
}

/* The text becomes the configuration of the engine. */
static void
reload(const char *text)
{
	struct conf *old = conf;
	struct clock_pair now;

	conf = world_conf(text);
	world_pair(w, &now);
	engine_reload(w->engine, &now, conf, kind, conf_serves(conf));
	/* nobody may still look at the old one */
	conf_free(old);
	run_for(1);
}

static void
end(void)
{
	world_end(w, conf);
}

static struct source *
source(const char *text)
{
	struct addr a;
	struct source *s;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	s = engine_find_addr(w->engine, &a);
	return (s);
}

static unsigned
samples(const char *text)
{
	const struct source *s = source(text);

	ck_assert_msg(s != NULL, "%s is gone", text);
	return (s->a.est.count);
}

START_TEST(add_and_remove)
{
	unsigned n;
	uint32_t id;

	begin("server 192.0.2.1 iburst minpoll 4 maxpoll 4\n"
	    "server 192.0.2.2 iburst minpoll 4 maxpoll 4\n");
	n = samples("192.0.2.1");
	ck_assert_uint_gt(n, 5);
	id = source("192.0.2.1")->id;
	reload("server 192.0.2.3 iburst\n"
	    "server 192.0.2.1 iburst minpoll 4 maxpoll 4\n");
	ck_assert_ptr_null(source("192.0.2.2"));
	ck_assert_uint_eq(samples("192.0.2.3"), 1);
	/* the one that stayed is the same, with all it knows */
	ck_assert_uint_eq(source("192.0.2.1")->id, id);
	ck_assert_uint_ge(samples("192.0.2.1"), n);
	ck_assert_uint_eq(w->engine->nsources, 2);
	run_for(60);
	ck_assert_uint_gt(samples("192.0.2.1"), n);
	/* nothing in it at all, and back */
	reload("");
	ck_assert_uint_eq(w->engine->nsources, 0);
	ck_assert_uint_eq(w->engine->selected, 0);
	run_for(100);
	reload("server 192.0.2.1\n");
	ck_assert_uint_eq(w->engine->nsources, 1);
	end();
}
END_TEST

START_TEST(options)
{
	const struct association *a;
	unsigned n;

	begin("server 192.0.2.1 iburst minpoll 6 maxpoll 6\n");
	n = samples("192.0.2.1");
	a = &source("192.0.2.1")->a;
	reload("server 192.0.2.1 minpoll 3 maxpoll 4 noselect\n");
	ck_assert_uint_ge(samples("192.0.2.1"), n);
	ck_assert_ptr_eq(&source("192.0.2.1")->a, a);
	ck_assert_int_eq(a->poll_log2, 4);
	ck_assert_int_eq(a->conf.iburst, 0);
	/* the next request does not wait for the old interval */
	ck_assert_int_le(a->next_raw_ns, w->raw_ns + 16 * NS_PER_SEC);
	ck_assert_uint_eq(w->engine->selected, 0);
	reload("server 192.0.2.1 minpoll 8 maxpoll 9 prefer\n");
	ck_assert_int_eq(a->poll_log2, 8);
	ck_assert_uint_ne(w->engine->selected, 0);
	reload("server 192.0.2.1 minpoll 8 maxpoll 9 prefer offline\n");
	ck_assert_int_eq(a->online, 0);
	reload("server 192.0.2.1 minpoll 8 maxpoll 9 prefer\n");
	ck_assert_int_eq(a->online, 1);
	ck_assert_uint_ge(samples("192.0.2.1"), n);
	end();
}
END_TEST

/* What the lines say of the measurements reaches the estimate at once. */
START_TEST(measuring)
{
	const struct association *a;
	struct estimate was, is;
	unsigned n;

	begin("server 192.0.2.1 iburst minpoll 4 maxpoll 4\n");
	n = samples("192.0.2.1");
	a = &source("192.0.2.1")->a;
	ck_assert_int_eq(estimator_predict(&a->est, w->raw_ns, 0, &was), 0);
	reload("minsamples 12\nserver 192.0.2.1 iburst minpoll 4 maxpoll 4 "
	    "offset 0.25 asymmetry -0.5 mindelay 0.002 maxsamples 20 "
	    "filter 3 maxdelayquant 0.5\n");
	ck_assert_uint_ge(samples("192.0.2.1"), n);
	/* also what was measured before is off by so much */
	ck_assert_int_eq(estimator_predict(&a->est, w->raw_ns, 0, &is), 0);
	ck_assert_double_eq_tol(timens_to_s(is.y_ns - was.y_ns), 0.25, 1e-3);
	ck_assert_double_eq(a->est.conf.asymmetry, -0.5);
	ck_assert_double_eq(delays_min(&a->est.delays), 0.002);
	ck_assert_uint_eq(a->est.conf.maxsamples, 20);
	ck_assert_uint_eq(a->est.conf.minsamples, 12);
	ck_assert_int_eq(a->filter.polls, 3);
	ck_assert_double_eq(a->quant.p, 0.5);
	reload("maxsamples 5\nserver 192.0.2.1 iburst minpoll 4 maxpoll 4\n");
	ck_assert(isnan(a->est.conf.asymmetry));
	ck_assert_double_gt(delays_min(&a->est.delays), 0.002);
	ck_assert_uint_eq(a->est.conf.maxsamples, 5);
	ck_assert_uint_eq(a->est.conf.minsamples, 5);
	reload("maxsamples 6\nserver 192.0.2.1 iburst minpoll 4 maxpoll 4\n");
	ck_assert_uint_eq(a->est.conf.maxsamples, 6);
	ck_assert_uint_ge(samples("192.0.2.1"), n);
	end();
}
END_TEST

/* What commands did to the source of a line stays while the line does. */
START_TEST(commands)
{
	struct conf_source cs;
	struct clock_pair now;
	uint32_t id;

	begin("server 192.0.2.1\nserver 192.0.2.2\n");
	world_pair(w, &now);
	association_set_online(&source("192.0.2.1")->a, 0, now.raw_ns);
	ck_assert_int_eq(sources_remove(w->engine,
	    w->engine->entries[1].id), 0);
	cs = conf->sources[0];
	strlcpy(cs.name, "192.0.2.5", sizeof(cs.name));
	ck_assert_int_eq(sources_add(w->engine, &now, &cs, &id), SOURCES_OK);
	reload("server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3\n");
	ck_assert_int_eq(source("192.0.2.1")->a.online, 0);
	ck_assert_ptr_null(source("192.0.2.2"));
	ck_assert_ptr_nonnull(source("192.0.2.3"));
	ck_assert_ptr_nonnull(source("192.0.2.5"));
	/* a line of that name takes it over, and then it goes with the line */
	id = source("192.0.2.5")->id;
	reload("server 192.0.2.1\nserver 192.0.2.2 prefer\n"
	    "server 192.0.2.5 maxpoll 7\n");
	ck_assert_uint_eq(source("192.0.2.5")->id, id);
	ck_assert_int_eq(source("192.0.2.5")->a.conf.maxpoll_log2, 7);
	ck_assert_ptr_nonnull(source("192.0.2.2"));
	reload("server 192.0.2.1\n");
	ck_assert_ptr_null(source("192.0.2.5"));
	ck_assert_uint_eq(w->engine->nsources, 1);
	end();
}
END_TEST

static void
resolve(unsigned first, unsigned n)
{
	struct msg_dnstell tell;
	struct clock_pair now;
	char text[32];
	unsigned i;

	run_for(1);
	memset(&tell, 0, sizeof(tell));
	tell.id = w->last_ask.id;
	tell.count = n;
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", first + i);
		ck_assert_int_eq(addr_parse(text, &tell.addrs[i]), 0);
	}
	world_pair(w, &now);
	engine_resolved(w->engine, &now, &tell);
}

START_TEST(pools)
{
	uint32_t id;

	begin("pool p iburst maxsources 2\n");
	resolve(1, 4);
	run_for(100);
	ck_assert_uint_eq(w->engine->nsources, 2);
	id = w->engine->selected;
	ck_assert_uint_ne(id, 0);
	/* more: from what dns has said already */
	reload("pool p iburst maxsources 4\n");
	ck_assert_uint_eq(w->engine->nsources, 4);
	ck_assert_uint_eq(w->engine->selected, id);
	/* less: the selected one stays */
	reload("pool p iburst maxsources 1\n");
	ck_assert_uint_eq(w->engine->nsources, 1);
	ck_assert_uint_eq(w->engine->sources[0]->id, id);
	/* another family: nothing fits, it is asked anew */
	reload("pool p iburst maxsources 1 ipv6\n");
	ck_assert_uint_eq(w->engine->nsources, 0);
	ck_assert_uint_eq(w->engine->entries[0].asked, w->last_ask.id);
	ck_assert_uint_eq(w->last_ask.family, ADDR_INET6);
	reload("");
	ck_assert_uint_eq(w->engine->nentries, 0);
	end();
}
END_TEST

START_TEST(settings)
{
	begin("server 192.0.2.1 iburst\n");
	reload("server 192.0.2.1 iburst\nmaxslewrate 77\nmakestep 3 5\n"
	    "maxupdateskew 9\nminsources 2\n");
	ck_assert_double_eq(w->engine->disc.conf.maxslewrate_ppm, 77);
	ck_assert_double_eq(w->engine->disc.conf.makestep_s, 3);
	ck_assert_int_eq(w->engine->disc.conf.makestep_limit, 5);
	ck_assert_double_eq(w->engine->disc.conf.maxupdateskew_ppm, 9);
	/* what commands changed stays, but for makestep */
	w->engine->disc.conf.maxupdateskew_ppm = 8;
	w->engine->disc.conf.makestep_s = 8;
	kind = RELOAD_SOURCES;
	reload("server 192.0.2.1 iburst\nserver 192.0.2.2 iburst\n"
	    "maxslewrate 77\nmakestep 3 5\nmaxupdateskew 9\nminsources 2\n");
	kind = RELOAD_ALL;
	ck_assert_uint_eq(w->engine->nsources, 2);
	ck_assert_double_eq(w->engine->disc.conf.maxupdateskew_ppm, 8);
	ck_assert_double_eq(w->engine->disc.conf.makestep_s, 8);
	reload("server 192.0.2.1 iburst\nmaxslewrate 77\nmakestep 3 5\n"
	    "maxupdateskew 9\nminsources 2\n");
	ck_assert_double_eq(w->engine->disc.conf.maxupdateskew_ppm, 8);
	ck_assert_double_eq(w->engine->disc.conf.makestep_s, 3);
	/* one source is not enough any more */
	ck_assert_uint_eq(w->engine->selected, 0);
	reload("server 192.0.2.1 iburst\n");
	ck_assert_uint_ne(w->engine->selected, 0);
	end();
}
END_TEST

/* Any lines to any other lines: what is there in the end is what they say. */
START_TEST(random_changes)
{
	char text[1024], line[64];
	unsigned i, k, mask, n;

	srandom((unsigned)_i + 7);
	begin("");
	for (k = 0; k < 60; k++) {
		text[0] = '\0';
		mask = (unsigned)random() % 128;
		for (i = n = 0; i < 7; i++) {
			if ((mask & (1u << i)) == 0)
				continue;
			n++;
			snprintf(line, sizeof(line), "server 192.0.2.%u%s\n",
			    i + 1, random() % 2 ? " maxpoll 8" : "");
			strcat(text, line);
		}
		reload(text);
		ck_assert_uint_eq(w->engine->nsources, n);
		ck_assert_uint_eq(w->engine->nentries, n);
		run_for((double)(random() % 50));
	}
	end();
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("engine_reload");
	Suite *s = suite_create("engine_reload");

	tcase_add_test(tc, add_and_remove);
	tcase_add_test(tc, options);
	tcase_add_test(tc, measuring);
	tcase_add_test(tc, commands);
	tcase_add_test(tc, pools);
	tcase_add_test(tc, settings);
	tcase_add_loop_test(tc, random_changes, 0, 4);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
