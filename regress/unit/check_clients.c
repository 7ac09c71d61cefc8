/*
 * The report `clients': pages of one table (common/clienttab_report.c) and of
 * several tables together (ntpd/control/control_clients.c).
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "common/clienttab.h"
#include "common/report.h"
#include "common/timens.h"
#include "ntpd/control/control_clients.h"
#include "regress/unit/unit.h"

#define NOW		(1000 * NS_PER_SEC)
#define SERVERS		3
#define EACH		21

static struct clienttab	*tabs[SERVERS];
static struct clienttab	*own;

static struct addr
client(unsigned server, unsigned i)
{
	struct addr	a = { .family = ADDR_INET };

	a.ip[0] = 10;
	a.ip[1] = (uint8_t)server;
	a.ip[3] = (uint8_t)i;
	return (a);
}

/* Client i of each has i + 1 hits; the first of each also sends commands. */
static void
setup(void)
{
	static const uint8_t	key[CLIENTTAB_KEY_LEN] = "any";
	struct addr		a;
	unsigned		s, i, k;

	own = clienttab_new(16384, key);
	ck_assert_ptr_nonnull(own);
	for (s = 0; s < SERVERS; s++) {
		tabs[s] = clienttab_new(65536, key);
		ck_assert_ptr_nonnull(tabs[s]);
		for (i = 0; i < EACH; i++) {
			a = client(s, i);
			for (k = 0; k <= i; k++)
				clienttab_hit(tabs[s], &a, 0, NOW);
		}
		a = client(s, 0);
		clienttab_hit(own, &a, 0, NOW);
		/* prefixes are no clients */
		clienttab_hit(tabs[s], &a, 24, NOW);
	}
	a = client(9, 9);
	clienttab_hit(own, &a, 0, NOW);
}

static void
teardown(void)
{
	unsigned	s;

	for (s = 0; s < SERVERS; s++)
		clienttab_free(tabs[s]);
	clienttab_free(own);
}

/* One page, with server 1 missing when gap is 1. */
static void
page(struct candm_clients *ask, int gap, struct report_clients *r)
{
	struct control_clients	c;
	struct candm_clients	part_ask;
	struct report_clients	part;
	int			s;

	control_clients_begin(&c, 1, ask, own);
	while ((s = control_clients_next(&c, &part_ask)) != -1) {
		ck_assert_uint_le(part_ask.count, ask->count);
		if (s == CONTROL_CLIENTS_SERVERS)
			clienttab_report(own, CLIENT_CMD, &part_ask, NOW,
			    &part);
		else if (s >= SERVERS || (gap && s == 1)) {
			control_clients_skip(&c, (unsigned)(s >= SERVERS ?
			    CONTROL_CLIENTS_SERVERS : s + 1));
			continue;
		} else
			clienttab_report(tabs[s], CLIENT_NTP, &part_ask, NOW,
			    &part);
		control_clients_add(&c, &part, own, NOW);
	}
	control_clients_finish(&c, r);
}

/* As a client does it: how many records, with how many hits in all. */
static unsigned
list(struct candm_clients *ask, int gap, unsigned *ntp, unsigned *cmd)
{
	struct report_clients	r;
	unsigned		i, n = 0, pages = 0;

	*ntp = *cmd = 0;
	ask->first = 0;
	do {
		page(ask, gap, &r);
		ck_assert_uint_lt(++pages, 100);
		for (i = 0; i < r.count; i++) {
			*ntp += r.client[i].ntp_hits;
			*cmd += r.client[i].cmd_hits;
		}
		n += r.count;
		ck_assert_uint_gt(r.next, ask->first);
		ask->first = r.next;
	} while (r.count == ask->count && r.next < r.size);
	return (n);
}

START_TEST(all_tables)
{
	struct candm_clients	ask = { .count = 8 };
	unsigned		ntp, cmd;

	ck_assert_uint_eq(list(&ask, 0, &ntp, &cmd), SERVERS * EACH + 1);
	ck_assert_uint_eq(ntp, SERVERS * EACH * (EACH + 1) / 2);
	ck_assert_uint_eq(cmd, SERVERS + 1);
	/* and once more the same */
	ck_assert_uint_eq(list(&ask, 0, &ntp, &cmd), SERVERS * EACH + 1);
	ask.count = 1;
	ck_assert_uint_eq(list(&ask, 0, &ntp, &cmd), SERVERS * EACH + 1);
	/* a client that only has commands as far as we know */
	ask.count = 8;
	ck_assert_uint_eq(list(&ask, 1, &ntp, &cmd), 2 * EACH + 2);
	ck_assert_uint_eq(cmd, SERVERS + 1);
}
END_TEST

START_TEST(min_hits_and_reset)
{
	struct candm_clients	ask = { .count = 8, .min_hits = 11 };
	unsigned		ntp, cmd;

	ck_assert_uint_eq(list(&ask, 0, &ntp, &cmd), SERVERS * (EACH - 10));
	ask.reset = 1;
	ck_assert_uint_eq(list(&ask, 0, &ntp, &cmd), SERVERS * (EACH - 10));
	ck_assert_uint_eq(list(&ask, 0, &ntp, &cmd), 0);
	ask.min_hits = 0;
	list(&ask, 0, &ntp, &cmd);
	ck_assert_uint_eq(ntp, SERVERS * 55);
	list(&ask, 0, &ntp, &cmd);
	ck_assert_uint_eq(ntp + cmd, 0);
}
END_TEST

/* A server that says nonsense does not keep us for ever. */
START_TEST(hostile_server)
{
	struct control_clients	c;
	struct candm_clients	ask = { .count = 3, .first = 100 }, part_ask;
	struct report_clients	part;

	memset(&part, 0, sizeof(part));
	part.size = UINT32_MAX;
	part.next = 5;
	part.count = 8;
	control_clients_begin(&c, 1, &ask, NULL);
	ck_assert_int_eq(control_clients_next(&c, &part_ask), 0);
	ck_assert_uint_eq(part_ask.first, 100);
	control_clients_add(&c, &part, NULL, NOW);
	ck_assert_int_eq(control_clients_next(&c, &part_ask), -1);
	ck_assert_uint_eq(c.page.count, 3);
	part.count = 0;
	control_clients_begin(&c, 1, &ask, NULL);
	control_clients_add(&c, &part, NULL, NOW);
	ck_assert_int_eq(control_clients_next(&c, &part_ask), 1);
	ck_assert_uint_eq(part_ask.first, 0);
	part.next = UINT32_MAX - 1;
	control_clients_add(&c, &part, NULL, NOW);
	ck_assert_int_eq(control_clients_next(&c, &part_ask), -1);
	ask.first = UINT32_MAX;
	ask.count = UINT32_MAX;
	control_clients_begin(&c, 1, &ask, NULL);
	ck_assert_int_eq(control_clients_next(&c, &part_ask), -1);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("clients");
	TCase	*tc = tcase_create("clients");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, all_tables);
	tcase_add_test(tc, min_hits_and_reset);
	tcase_add_test(tc, hostile_server);
	return (unit_run(suite));
}
