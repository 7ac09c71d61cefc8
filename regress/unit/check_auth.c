/*
 * Symmetric keys between the two cores, the client's exchange and the server:
 * what is signed is accepted, nothing else is; and authselectmode.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mac.h"
#include "common/access.h"
#include "common/conf.h"
#include "common/keyring.h"
#include "common/timens.h"
#include "ntpd/engine/association.h"
#include "ntpd/server/server_core.h"
#include "regress/unit/unit.h"
#include "regress/unit/world.h"

#define T0	(500 * NS_PER_SEC)
#define REAL	1800000000123456789LL	/* the server's clock at T0 */

struct talk {
	struct association	a;
	struct keyring		*client_ring;
	struct keyring		*server_ring;
	struct access		*acl;
	struct server_core	core;
	struct clockpage_data	page;
	struct server_request	req;
	uint8_t			packet[ASSOC_REQUEST_MAX];
	uint8_t			reply[SERVER_REPLY_MAX + 32];
	size_t			len;		/* of the reply */
	int64_t			now;
};

static struct keyring *
ring_of(const char *text)
{
	struct keys keys = { NULL, 0 };
	struct keyring *ring;
	uint32_t bad;

	ck_assert_int_eq(keys_parse(&keys, text, strlen(text), NULL, NULL),
	    0);
	ring = keyring_new(&keys, &mac_libcrypto, &bad);
	ck_assert_ptr_nonnull(ring);
	keys_free(&keys);
	return (ring);
}

static void
begin(struct talk *t, uint32_t key, unsigned version, const char *client,
    const char *server)
{
	static const struct conf_access all = { .allow = 1 };
	struct assoc_conf c;
	struct addr addr;

	memset(t, 0, sizeof(*t));
	t->client_ring = ring_of(client);
	t->server_ring = ring_of(server);
	t->acl = access_new(&all, 1);
	ck_assert_ptr_nonnull(t->acl);
	server_core_init(&t->core, t->acl, 1);
	server_core_set_keys(&t->core, t->server_ring);
	t->now = T0;
	t->page.anchor_raw_ns = T0 - NS_PER_SEC;
	t->page.anchor_real_ns = REAL - NS_PER_SEC;
	t->page.ref_time_ns = REAL - NS_PER_SEC;
	t->page.stratum = 1;
	t->page.refid = 0x47505300;
	t->page.precision_log2 = -24;
	memset(&c, 0, sizeof(c));
	c.minpoll_log2 = c.maxpoll_log2 = 6;
	c.version = (uint8_t)version;
	c.online = 1;
	c.presend_log2 = 100;
	c.maxunreach = 100000;
	c.maxdelay_s = 3;
	c.maxdelaydevratio = 10;
	c.key = key;
	ck_assert_int_eq(addr_parse("192.0.2.1", &addr), 0);
	association_init(&t->a, &addr, &c, t->now, 0, 1e-9);
	t->a.ring = t->client_ring;
}

static void
end(struct talk *t)
{
	keyring_free(t->client_ring);
	keyring_free(t->server_ring);
	access_free(t->acl);
}

/* A request; its length, as association_tick(). */
static int
ask(struct talk *t)
{
	static uint64_t seq = 1;
	uint64_t rnd[2] = { 0x1234567800000000ULL + seq++, 77 };
	int len;

	t->now = t->a.next_raw_ns;
	len = association_tick(&t->a, t->now, rnd, t->packet);
	association_sent(&t->a, t->now, 'K');
	memset(&t->req, 0, sizeof(t->req));
	t->req.data = t->packet;
	t->req.len = len < 0 ? 0 : (size_t)len;
	t->req.from.family = ADDR_INET;
	t->req.from.port = 40000;
	t->req.from.ip[0] = 192;
	return (len);
}

/* What the server makes of it. */
static enum server_verdict
serve(struct talk *t)
{
	int64_t real_ns = REAL + (t->now - T0);
	enum server_verdict v;

	v = server_core_check(&t->core, &t->req);
	if (v != SERVER_REPLY)
		return (v);
	v = server_core_begin(&t->core, &t->page, t->now, real_ns);
	ck_assert_int_eq(v, SERVER_REPLY);
	return (server_core_answer(&t->core, &t->req, 0, t->reply, &t->len));
}

static enum assoc_event
take(struct talk *t, size_t len)
{
	struct assoc_packet p;

	memset(&p, 0, sizeof(p));
	p.buf = t->reply;
	p.len = len;
	p.rx_raw_ns = t->now + NS_PER_MS;
	p.rx_source = 'K';
	p.now_true_ns = REAL + (t->now - T0);
	p.precision_s = 1e-7;
	return (association_receive(&t->a, &p));
}

static const struct {
	const char	*key;
	unsigned	 version;
	unsigned	 asked;		/* version of the request */
	size_t		 len;		/* of request and reply */
} types[] = {
	{ "MD5 0123456789", 0, 4, 48 + 20 },
	{ "SHA1 0123456789", 0, 4, 48 + 24 },
	{ "SHA256 0123456789", 0, 3, 48 + 36 },
	{ "SHA256 0123456789", 4, 4, 48 + 24 },
	{ "SHA512 0123456789", 0, 3, 48 + 68 },
	{ "SHA3-224 0123456789", 2, 2, 48 + 32 },
	{ "AES128 0123456789abcdef", 0, 4, 48 + 20 },
	{ "AES256 HEX:00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff", 3, 3, 48 + 20 },
	{ "MD5 0123456789", 1, 1, 48 + 20 },
};

START_TEST(test_exchange)
{
	struct talk t;
	char text[128];
	int i;

	snprintf(text, sizeof(text), "7 %s\n", types[_i].key);
	begin(&t, 7, types[_i].version, text, text);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(ask(&t), (int)types[_i].len);
		ck_assert_uint_eq((t.packet[0] >> 3) & 7, types[_i].asked);
		ck_assert_int_eq(serve(&t), SERVER_REPLY);
		ck_assert_uint_eq(t.len, types[_i].len);
		ck_assert_int_eq(take(&t, t.len), ASSOC_SAMPLE);
		ck_assert_uint_eq(t.a.last.tests, ASSOC_TEST_ALL);
	}
	ck_assert_uint_eq(t.a.total_forged, 0);
	end(&t);
}
END_TEST

/* Every changed bit of the request, and every other length, is noticed. */
START_TEST(test_server_refuses)
{
	struct talk t;
	size_t i;
	int len;

	begin(&t, 7, 4, "7 SHA1 one\n", "7 SHA1 one\n8 SHA1 two\n");
	len = ask(&t);
	for (i = 8; i < 8 * (size_t)len; i++) {
		t.packet[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_ne(serve(&t), SERVER_REPLY);
		t.packet[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	/* another key, known or not */
	t.packet[51] = 8;
	ck_assert_int_eq(serve(&t), SERVER_MAC);
	t.packet[51] = 9;
	ck_assert_int_eq(serve(&t), SERVER_KEY);
	t.packet[51] = 7;
	t.req.len = 68;
	ck_assert_int_eq(serve(&t), SERVER_MAC);
	/* a crypto-NAK as a request */
	t.req.len = 52;
	ck_assert_int_ne(serve(&t), SERVER_REPLY);
	/* without a MAC: an answer without one */
	t.req.len = 48;
	ck_assert_int_eq(serve(&t), SERVER_REPLY);
	ck_assert_uint_eq(t.len, 48);
	t.req.len = 72;
	ck_assert_int_eq(serve(&t), SERVER_REPLY);
	/* behind an extension field: the reply is shorter */
	server_core_set_keys(&t.core, NULL);
	ck_assert_int_eq(serve(&t), SERVER_KEY);
	end(&t);
}
END_TEST

START_TEST(test_client_refuses)
{
	struct talk t;
	uint8_t good[SERVER_REPLY_MAX];
	size_t i;

	begin(&t, 7, 0, "7 SHA1 one\n8 SHA1 two\n", "7 SHA1 one\n8 SHA1 two\n");
	ck_assert_int_eq(ask(&t), 72);
	ck_assert_int_eq(serve(&t), SERVER_REPLY);
	memcpy(good, t.reply, sizeof(good));
	/* nothing but the header, a crypto-NAK, cut, too long */
	ck_assert_int_eq(take(&t, 48), ASSOC_NOTHING);
	ck_assert_int_eq(t.a.forged, 1);
	ck_assert_uint_eq(t.a.total_forged, 1);
	memset(t.reply + 48, 0, 4);
	ck_assert_int_eq(take(&t, 52), ASSOC_NOTHING);
	memcpy(t.reply, good, sizeof(good));
	ck_assert_int_eq(take(&t, 68), ASSOC_NOTHING);
	ck_assert_int_eq(take(&t, 76), ASSOC_NOTHING);
	/* every bit */
	for (i = 0; i < 8 * t.len; i++) {
		t.reply[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(take(&t, t.len), ASSOC_NOTHING);
		t.reply[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	/* signed by another key that both have */
	ck_assert_uint_eq(keyring_sign(t.server_ring,
	    keyring_find(t.server_ring, 8), 4, t.reply, 48), 72);
	ck_assert_int_eq(take(&t, 72), ASSOC_NOTHING);
	ck_assert_int_eq(t.a.reach, 0);
	/* the true one still counts, once */
	memcpy(t.reply, good, sizeof(good));
	ck_assert_int_eq(take(&t, 72), ASSOC_SAMPLE);
	ck_assert_int_eq(t.a.forged, 0);
	ck_assert_int_eq(take(&t, 72), ASSOC_NOTHING);
	/* and not for the next request */
	ask(&t);
	ck_assert_int_eq(take(&t, 72), ASSOC_NOTHING);
	/* a kiss needs the key, too */
	ck_assert_int_eq(serve(&t), SERVER_REPLY);
	t.reply[1] = 0;
	memcpy(t.reply + 12, "DENY", 4);
	ck_assert_int_eq(take(&t, 72), ASSOC_NOTHING);
	ck_assert_uint_eq(keyring_sign(t.server_ring,
	    keyring_find(t.server_ring, 7), 4, t.reply, 48), 72);
	ck_assert_int_eq(take(&t, 72), ASSOC_KISS);
	end(&t);
}
END_TEST

/* Who has no key accepts no MAC; who lacks its key does not ask. */
START_TEST(test_no_key)
{
	struct talk t;

	begin(&t, 0, 0, "7 SHA1 one\n", "7 SHA1 one\n");
	ck_assert_int_eq(ask(&t), 48);
	ck_assert_int_eq(serve(&t), SERVER_REPLY);
	ck_assert_int_eq(association_has_key(&t.a), 1);
	ck_assert_uint_eq(keyring_sign(t.server_ring,
	    keyring_find(t.server_ring, 7), 4, t.reply, 48), 72);
	ck_assert_int_eq(take(&t, 72), ASSOC_NOTHING);
	ck_assert_int_eq(take(&t, 48), ASSOC_SAMPLE);
	end(&t);
	begin(&t, 9, 0, "7 SHA1 one\n", "7 SHA1 one\n");
	ck_assert_int_eq(association_has_key(&t.a), 0);
	ck_assert_int_eq(ask(&t), -1);
	association_error(&t.a, ENOKEY, t.now);
	ck_assert_uint_eq(t.a.total_tx, 0);
	ck_assert_int_gt(t.a.next_raw_ns, t.now);
	end(&t);
}
END_TEST

/*
 * Two sources without a key that are good, and one with a key that nobody
 * has: may the clock be set?
 */
static const struct {
	const char	*mode;
	const char	*keyed;
	int		 synced;
} modes[] = {
	{ "ignore", "server 192.0.2.9 key 1\n", 1 },
	{ "mix", "server 192.0.2.9 key 1\n", 0 },
	{ "mix", "", 1 },
	{ "mix", "server 192.0.2.9 key 1 noselect\n", 1 },
	{ "mix", "server not.yet.example key 1\n", 0 },
	{ "prefer", "server 192.0.2.9 key 1\n", 0 },
	{ "prefer", "", 1 },
	{ "prefer", "server 192.0.2.9 key 1 noselect\n", 1 },
	{ "require", "", 0 },
	{ "require", "server 192.0.2.9 key 1\n", 0 },
};

START_TEST(test_authselectmode)
{
	struct world *w = world_new(0, 0.1);
	struct conf *c;
	char text[256];

	world_server_add(w, "192.0.2.1");
	world_server_add(w, "192.0.2.2");
	snprintf(text, sizeof(text), "server 192.0.2.1 iburst\n"
	    "server 192.0.2.2 iburst\n%sauthselectmode %s\n",
	    modes[_i].keyed, modes[_i].mode);
	c = world_conf(text);
	world_start(w, c, RUN_DAEMON);
	world_run(w, 60, NULL);
	ck_assert_int_eq(w->page.stratum < NTP_STRATUM_UNSYNC &&
	    w->page.stratum > 0, modes[_i].synced);
	world_end(w, c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("auth");
	TCase *tc = tcase_create("auth");

	tcase_add_loop_test(tc, test_exchange, 0,
	    sizeof(types) / sizeof(types[0]));
	tcase_add_test(tc, test_server_refuses);
	tcase_add_test(tc, test_client_refuses);
	tcase_add_test(tc, test_no_key);
	tcase_add_loop_test(tc, test_authselectmode, 0,
	    sizeof(modes) / sizeof(modes[0]));
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
