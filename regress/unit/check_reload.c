/*
 * ntpd/parent/reload.c: every order of answers, refusals, deaths, failed
 * sockets and timeouts.  Whatever comes: one end, all or nothing, and nobody
 * is left with another configuration than the others.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/parent/reload.h"
#include "regress/unit/unit.h"

#define WHO	4

struct world {
	struct reload	r;
	char		said[512];	/* P0 P1 apply C0 ... */
	int		prepared[WHO];	/* PREPARE without an end */
	int		has_new[WHO];
	int		dead[WHO];
	int		applied;
	int		done;
	int		ok;
	char		why[300];
	int64_t		timer_ms;
	unsigned	cannot;		/* prepare fails for this one */
};

static void
say(struct world *w, const char *what, unsigned who)
{
	size_t n = strlen(w->said);

	snprintf(w->said + n, sizeof(w->said) - n, "%s%s%u",
	    n > 0 ? " " : "", what, who);
}

static int
on_prepare(void *ctx, unsigned who)
{
	struct world *w = ctx;

	ck_assert_int_eq(w->prepared[who], 0);
	if (w->cannot == who + 1)
		return (-1);
	say(w, "P", who);
	w->prepared[who] = 1;
	return (0);
}

static void
on_commit(void *ctx, unsigned who)
{
	struct world *w = ctx;

	ck_assert_int_eq(w->applied, 1);
	ck_assert_int_eq(w->prepared[who], 1);
	say(w, "C", who);
	w->prepared[who] = 0;
	w->has_new[who] = 1;
}

static void
on_abort(void *ctx, unsigned who)
{
	struct world *w = ctx;

	ck_assert_int_eq(w->applied, 0);
	ck_assert_int_eq(w->dead[who], 0);
	say(w, "A", who);
	w->prepared[who] = 0;
}

static void
on_apply(void *ctx)
{
	struct world *w = ctx;
	unsigned i;

	ck_assert_int_eq(w->applied, 0);
	w->applied = 1;
	/* who died before has the new one by being started */
	for (i = 0; i < WHO; i++)
		ck_assert_int_eq(w->dead[i], 0);
}

static void
on_done(void *ctx, int ok, const char *why)
{
	struct world *w = ctx;

	ck_assert_int_eq(w->done, 0);
	ck_assert_int_eq(w->r.phase, RELOAD_IDLE);
	ck_assert_int_eq(w->timer_ms, 0);
	w->done = 1;
	w->ok = ok;
	snprintf(w->why, sizeof(w->why), "%s", why != NULL ? why : "");
	ck_assert(ok || w->why[0] != '\0');
}

static void
on_arm(void *ctx, int64_t ms)
{
	struct world *w = ctx;

	w->timer_ms = ms;
}

static const char *
on_name(void *ctx, unsigned who)
{
	static const char *const names[] = { "engine", "dns", "control",
	    "server" };

	(void)ctx;
	return (names[who]);
}

static const struct reload_hooks hooks = {
	.prepare = on_prepare,
	.commit = on_commit,
	.abort = on_abort,
	.apply = on_apply,
	.done = on_done,
	.arm = on_arm,
	.name = on_name
};

static void
begin(struct world *w, unsigned nwho, uint32_t sockets)
{
	memset(w, 0, sizeof(*w));
	reload_init(&w->r, &hooks, w);
	reload_begin(&w->r, nwho, sockets);
}

static void
reply(struct world *w, unsigned who, enum reload_answer what)
{
	struct msg_reloadanswer m;

	memset(&m, 0, sizeof(m));
	m.id = w->r.id;
	m.answer = what;
	if (what == RELOAD_REFUSED)
		strcpy(m.text, "no");
	reload_answer(&w->r, who, &m);
}

START_TEST(good_way)
{
	struct world w;

	begin(&w, 2, 2);
	ck_assert_str_eq(w.said, "");
	ck_assert_int_gt(w.timer_ms, 0);
	reload_socket(&w.r, NULL);
	reload_socket(&w.r, NULL);
	ck_assert_str_eq(w.said, "P0 P1");
	reply(&w, 1, RELOAD_READY);
	ck_assert_int_eq(w.applied, 0);
	reply(&w, 0, RELOAD_READY);
	ck_assert_str_eq(w.said, "P0 P1 C0 C1");
	reply(&w, 0, RELOAD_DONE);
	ck_assert_int_eq(w.done, 0);
	reply(&w, 1, RELOAD_DONE);
	ck_assert_int_eq(w.done, 1);
	ck_assert_int_eq(w.ok, 1);
	ck_assert_str_eq(w.why, "");
}
END_TEST

START_TEST(nobody_to_tell)
{
	struct world w;

	begin(&w, 0, 0);
	ck_assert_int_eq(w.applied, 1);
	ck_assert_int_eq(w.done, 1);
	ck_assert_int_eq(w.ok, 1);
}
END_TEST

START_TEST(socket_fails)
{
	struct world w;

	begin(&w, 2, 3);
	reload_socket(&w.r, NULL);
	reload_socket(&w.r, "socket x: in use");
	ck_assert_str_eq(w.said, "");	/* nobody was told anything */
	ck_assert_int_eq(w.done, 1);
	ck_assert_int_eq(w.ok, 0);
	ck_assert_str_eq(w.why, "socket x: in use");
	reload_socket(&w.r, NULL);	/* too late */
	ck_assert_int_eq(w.r.phase, RELOAD_IDLE);
}
END_TEST

START_TEST(refused)
{
	struct world w;

	begin(&w, 3, 0);
	reply(&w, 2, RELOAD_READY);
	reply(&w, 0, RELOAD_REFUSED);
	ck_assert_str_eq(w.said, "P0 P1 P2 A0 A1 A2");
	ck_assert_int_eq(w.ok, 0);
	ck_assert_str_eq(w.why, "engine: no");
	reply(&w, 1, RELOAD_READY);
	ck_assert_int_eq(w.applied, 0);
}
END_TEST

START_TEST(cannot_be_told)
{
	struct world w;

	memset(&w, 0, sizeof(w));
	w.cannot = 2;
	reload_init(&w.r, &hooks, &w);
	reload_begin(&w.r, 3, 0);
	/* the third was told nothing; the second may have got a part */
	ck_assert_str_eq(w.said, "P0 A0 A1");
	ck_assert_int_eq(w.ok, 0);
	ck_assert_str_eq(w.why, "dns could not be told");
}
END_TEST

START_TEST(dies)
{
	struct world w;

	begin(&w, 3, 0);
	w.dead[1] = 1;
	reload_died(&w.r, 1);
	ck_assert_str_eq(w.said, "P0 P1 P2 A0 A2");
	ck_assert_str_eq(w.why, "dns ended while it was being done");
	/* after COMMIT it is no failure */
	begin(&w, 2, 0);
	reply(&w, 0, RELOAD_READY);
	reply(&w, 1, RELOAD_READY);
	reload_died(&w.r, 0);
	reply(&w, 1, RELOAD_DONE);
	ck_assert_int_eq(w.ok, 1);
	/* while sockets are made */
	begin(&w, 2, 1);
	reload_died(&w.r, 0);
	ck_assert_int_eq(w.done, 1);
	ck_assert_str_eq(w.said, "");
}
END_TEST

START_TEST(timeouts)
{
	struct world w;

	begin(&w, 2, 1);
	reload_timeout(&w.r);
	ck_assert_str_eq(w.why, "the launcher gives no answer");
	begin(&w, 2, 0);
	reply(&w, 0, RELOAD_READY);
	reload_timeout(&w.r);
	ck_assert_str_eq(w.said, "P0 P1 A0 A1");
	ck_assert_str_eq(w.why, "dns gives no answer");
	ck_assert_int_eq(w.ok, 0);
	begin(&w, 2, 0);
	reply(&w, 0, RELOAD_READY);
	reply(&w, 1, RELOAD_READY);
	reply(&w, 0, RELOAD_DONE);
	reload_timeout(&w.r);
	ck_assert_int_eq(w.ok, 1);	/* it is in effect all the same */
	ck_assert_str_eq(w.why, "dns gives no answer");
	reload_timeout(&w.r);		/* nothing */
}
END_TEST

/* Answers of another reload, of nobody, twice, out of order: passed over. */
START_TEST(odd_answers)
{
	struct msg_reloadanswer m;
	struct world w;

	begin(&w, 2, 1);
	reply(&w, 0, RELOAD_READY);	/* was asked nothing yet */
	reply(&w, 0, RELOAD_DONE);
	reload_socket(&w.r, NULL);
	memset(&m, 0, sizeof(m));
	m.id = w.r.id - 1;
	reload_answer(&w.r, 0, &m);
	m.id = w.r.id;
	reload_answer(&w.r, 2, &m);
	reload_answer(&w.r, 77, &m);
	reply(&w, 0, RELOAD_DONE);	/* before COMMIT */
	ck_assert_int_eq(w.applied, 0);
	reply(&w, 0, RELOAD_READY);
	reply(&w, 0, RELOAD_READY);
	reply(&w, 0, RELOAD_REFUSED);	/* it has promised */
	ck_assert_int_eq(w.done, 0);
	reply(&w, 1, RELOAD_READY);
	reply(&w, 1, RELOAD_REFUSED);	/* too late */
	reply(&w, 1, RELOAD_DONE);
	reply(&w, 1, RELOAD_DONE);
	ck_assert_int_eq(w.done, 0);
	reply(&w, 0, RELOAD_DONE);
	ck_assert_int_eq(w.ok, 1);
	/* a second one while one is running is not begun */
	begin(&w, 2, 1);
	reload_begin(&w.r, 1, 0);
	ck_assert_uint_eq(w.r.nwho, 2);
	ck_assert_str_eq(w.said, "");
}
END_TEST

/* Anything in any order, many times: the hooks check what must hold. */
START_TEST(random_orders)
{
	struct world w;
	unsigned n, i, who, nwho, ok = 0, bad = 0;

	srandom((unsigned)_i + 1);
	for (n = 0; n < 2000; n++) {
		nwho = (unsigned)random() % (WHO + 1);
		begin(&w, nwho, (uint32_t)random() % 3);
		for (i = 0; i < 60 && !w.done; i++) {
			who = (unsigned)random() % WHO;
			switch (random() % 24) {
			case 0:
				if (w.dead[who] || who >= nwho)
					break;
				/* an abort must not be sent to it */
				w.dead[who] = !w.applied;
				reload_died(&w.r, who);
				break;
			case 1:
				reload_timeout(&w.r);
				break;
			case 2:
				reply(&w, who, RELOAD_REFUSED);
				break;
			case 3: case 4: case 5: case 6: case 7:
				reload_socket(&w.r, random() % 20 == 0 ?
				    "x" : NULL);
				break;
			case 8: case 9: case 10: case 11: case 12: case 13:
				reply(&w, who, RELOAD_DONE);
				break;
			default:
				reply(&w, who, RELOAD_READY);
				break;
			}
		}
		if (!w.done)
			reload_timeout(&w.r);
		ck_assert_int_eq(w.done, 1);
		ck_assert_int_eq(w.ok, w.applied);
		for (i = 0; i < nwho; i++) {
			/* all or nobody, and nobody left in between */
			ck_assert_int_eq(w.has_new[i], w.ok);
			if (!w.dead[i])
				ck_assert_int_eq(w.prepared[i], 0);
		}
		ok += w.ok != 0;
		bad += w.ok == 0;
	}
	ck_assert_uint_gt(ok, 100);
	ck_assert_uint_gt(bad, 100);
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("reload");
	Suite *s = suite_create("reload");

	tcase_add_test(tc, good_way);
	tcase_add_test(tc, nobody_to_tell);
	tcase_add_test(tc, socket_fails);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, cannot_be_told);
	tcase_add_test(tc, dies);
	tcase_add_test(tc, timeouts);
	tcase_add_test(tc, odd_answers);
	tcase_add_loop_test(tc, random_orders, 0, 8);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
