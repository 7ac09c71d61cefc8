/*
 * Fuzz target: the core of ntpd-server with an arbitrary packet, source,
 * clock and clock page.  The first byte says what else the input has:
 *
 *	1	flags, FLAG_*
 *	8	clock and kernel timestamp, if FLAG_TIME
 *	n	struct clockpage_data, if FLAG_PAGE
 *	...	the packet
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/clienttab.h"
#include "common/conf.h"
#include "common/keyring.h"
#include "common/ntp.h"
#include "common/timens.h"
#include "ntpd/server/server_core.h"

#define FLAG_TIME	0x01
#define FLAG_PAGE	0x02
#define FLAG_PORT_NTP	0x04
#define FLAG_GROUP	0x08
#define FLAG_TRUNCATED	0x10
#define FLAG_STEPS	0x20
#define FLAG_CLIENTS	0x40	/* noted, limited and remembered */
#define FLAG_KEYS	0x80	/* 1 and 2, whose MACs are zeros */

#define REAL		(1800000000 * NS_PER_SEC)
#define RAW		(1000 * NS_PER_SEC)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const uint8_t	*data;
	size_t		 len;
};

static void
check(int good)
{
	if (!good)
		abort();
}

/* Zeroes when there is not enough. */
static void
take(struct input *in, void *to, size_t len)
{
	memset(to, 0, len);
	if (in->len < len)
		return;
	memcpy(to, in->data, len);
	in->data += len;
	in->len -= len;
}

/* A page as a reader gets it: one that is out of range is not seen. */
static int
take_page(struct input *in, int flags, struct clockpage_data *data)
{
	struct clockpage	page;

	memset(data, 0, sizeof(*data));
	if (flags & FLAG_PAGE)
		take(in, data, sizeof(*data));
	else {
		data->anchor_raw_ns = RAW - NS_PER_SEC;
		data->anchor_real_ns = REAL - NS_PER_SEC;
		data->stratum = 1;
		data->precision_log2 = -25;
	}
	memset(&page, 0, sizeof(page));
	clockpage_init(&page);
	clockpage_write(&page, data);
	return (clockpage_read(&page, data));
}

static void
check_reply(const struct server_request *req, const uint8_t *reply)
{
	struct ntp_header	h, q;

	check(req->len >= NTP_HEADER_LEN);
	check(ntp_header_parse(req->data, req->len, &q) == 0);
	check(ntp_header_parse(reply, NTP_HEADER_LEN, &h) == 0);
	check(h.mode == NTP_MODE_SERVER && h.version == q.version);
	check(h.origin == (req->interleaved ? q.receive : q.transmit));
	check(req->interleaved || (int64_t)(h.transmit - h.receive) > 0);
	if (req->kiss) {
		check(h.stratum == 0 && h.refid == NTP_KISS_RATE);
		return;
	}
	check(h.poll == q.poll);
	check(h.leap != NTP_LEAP_UNSYNC || (h.stratum == 0 && h.refid == 0));
	check(h.stratum <= NTP_STRATUM_MAX);
	check((h.stratum == 0) == (h.leap == NTP_LEAP_UNSYNC));
}

/* A client that is known: the packet may be its next in interleaved mode. */
static struct clienttab *
make_clients(struct server_core *core, struct server_request *req)
{
	static const struct conf_ratelimit	 limit = { .enabled = 1,
	    .interval_log2 = 0, .burst = 2, .leak_log2 = 1, .kod_log2 = 1 };
	static const uint8_t			 key[CLIENTTAB_KEY_LEN] = "k";
	struct clienttab			*tab = clienttab_new(0, key);
	struct client				*c;

	check(tab != NULL);
	server_core_set_clients(core, tab, &limit);
	c = clienttab_hit(tab, &req->from, 0, 1);
	c->full_ns = 4 * NS_PER_SEC;
	c->steps = (uint16_t)core->steps;
	if (req->len >= NTP_HEADER_LEN) {
		c->flags |= CLIENT_SENT;
		memcpy(&c->rx, req->data + 24, sizeof(c->rx));
		c->rx = __builtin_bswap64(c->rx);
		c->tx = c->rx + 1;
	}
	return (tab);
}

static void *
zero_open(const struct key *key)
{
	uint32_t	*mac_len = malloc(sizeof(*mac_len));

	check(mac_len != NULL);
	*mac_len = (uint32_t)key_mac_len(key->type);
	return (mac_len);
}

static size_t
zero_sign(void *mac, const uint8_t *data, size_t len, uint8_t *out)
{
	(void)data;
	check(len >= NTP_HEADER_LEN);
	memset(out, 0, KEY_MAC_MAX);
	return (*(uint32_t *)mac);
}

static struct keyring *
make_keys(struct server_core *core)
{
	static const struct keyring_ops	 ops = { zero_open, free, zero_sign };
	static const char		 text[] = "1 MD5 a\n2 SHA512 b\n";
	struct keys			 keys = { NULL, 0 };
	struct keyring			*ring;
	uint32_t			 bad;

	check(keys_parse(&keys, text, sizeof(text) - 1, NULL, NULL) == 0);
	check((ring = keyring_new(&keys, &ops, &bad)) != NULL);
	keys_free(&keys);
	server_core_set_keys(core, ring);
	return (ring);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct conf_access	 all = { .allow = 1 };
	struct access			*acl = access_new(&all, 1);
	struct input			 in = { data, len };
	struct clockpage_data		 page;
	struct clienttab		*clients = NULL;
	struct keyring			*ring = NULL;
	struct server_core		 core;
	struct server_request		 req;
	enum server_verdict		 v;
	uint8_t				*reply = malloc(SERVER_REPLY_MAX);
	size_t				 reply_len = 0;
	uint8_t				 flags;
	int64_t				 shift_ns = 0;
	int				 have;

	check(acl != NULL && reply != NULL);
	memset(&req, 0, sizeof(req));
	take(&in, &flags, 1);
	if (flags & FLAG_TIME)
		take(&in, &shift_ns, sizeof(shift_ns));
	have = take_page(&in, flags, &page) == 0;
	req.data = in.data;
	req.len = in.len;
	req.from.family = ADDR_INET;
	req.from.port = flags & FLAG_PORT_NTP ? NTP_PORT : 1024;
	req.group = (flags & FLAG_GROUP) != 0;
	req.truncated = (flags & FLAG_TRUNCATED) != 0;
	req.rx_real_ns = (int64_t)((uint64_t)REAL + (uint64_t)shift_ns);
	server_core_init(&core, acl, 1);
	if (flags & FLAG_STEPS) {
		/* an earlier page, from which a step leads to this one */
		struct clockpage_data	before = page;

		before.anchor_raw_ns = RAW - 2;
		before.anchor_real_ns = REAL - 2 + shift_ns % 1000000000;
		server_core_begin(&core, &before, RAW,
		    REAL + shift_ns % 1000000000);
		req.drained = core.steps;
		req.empty_raw_ns = RAW - NS_PER_SEC / 2;
	} else
		req.drained = 1;
	if (flags & FLAG_CLIENTS)
		clients = make_clients(&core, &req);
	if (flags & FLAG_KEYS)
		ring = make_keys(&core);
	v = server_core_check(&core, &req);
	check(v < SERVER_VERDICT_COUNT);
	if (v == SERVER_REPLY)
		v = server_core_begin(&core, have ? &page : NULL, RAW, REAL);
	if (v == SERVER_REPLY)
		v = server_core_answer(&core, &req, 1000, reply,
		    &reply_len);
	check(v < SERVER_VERDICT_COUNT);
	if (v == SERVER_REPLY || v == SERVER_KISS) {
		check(reply_len >= NTP_HEADER_LEN && reply_len <= req.len);
		check_reply(&req, reply);
		check((req.key != NULL) == (reply_len > NTP_HEADER_LEN));
	}
	keyring_free(ring);
	clienttab_free(clients);
	access_free(acl);
	free(reply);
	return (0);
}
