/*
 * A server core with an access list and a clock page, and a request to it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/timens.h"
#include "regress/unit/serverworld.h"

struct access		*acl;
struct clockpage_data	 page;
struct server_core	 core;
struct server_request	 req;
uint8_t			 packet[NTP_PACKET_MAX];
uint8_t			 reply[SERVER_REPLY_MAX];
size_t			 reply_len;
struct ntp_header	 answer;

void
setup(void)
{
	static const struct conf_access	rules[] = {
		{ .allow = 1 },
		{ .allow = 0, .net = { .bits = 8, .addr = {
		    .family = ADDR_INET, .ip = { 10 } } } },
	};

	acl = access_new(rules, 2);
	ck_assert_ptr_nonnull(acl);
	server_core_init(&core, acl, 1);
	memset(&page, 0, sizeof(page));
	page.anchor_raw_ns = RAW - ANCHOR;
	page.anchor_real_ns = REAL - ANCHOR;
	page.corr_ns = 1000;
	page.ref_time_ns = REAL - ANCHOR;
	page.root_delay_ns = 1;
	page.root_disp_ns = NS_PER_MS;
	page.root_disp_rate = clockpage_rate_from_double(1e-6);
	page.refid = 0xc0000201;
	page.stratum = 2;
	page.precision_log2 = -24;
}

void
teardown(void)
{
	access_free(acl);
}

/* A request of that first byte and length, otherwise good. */
void
request(unsigned version, unsigned mode, size_t len)
{
	struct ntp_header	h;

	memset(packet, 0, sizeof(packet));
	memset(&h, 0, sizeof(h));
	h.version = version;
	h.mode = mode;
	h.poll = 6;
	h.transmit = TX;
	ntp_header_build(&h, packet);
	memset(&req, 0, sizeof(req));
	req.data = packet;
	req.len = len;
	req.from.family = ADDR_INET;
	req.from.port = 40000;
	req.from.ip[0] = 192;
	req.to.family = ADDR_INET;
	req.to.port = NTP_PORT;
	req.to.ip[0] = 127;
	req.rx_real_ns = REAL - 20000;
	req.drained = 1;
}

enum server_verdict
check(void)
{
	return (server_core_check(&core, &req));
}

/* All steps with a clock that agrees with the page. */
enum server_verdict
serve(void)
{
	enum server_verdict	v;

	if ((v = check()) != SERVER_REPLY)
		return (v);
	v = server_core_begin(&core, &page, RAW, REAL);
	if (v == SERVER_REPLY)
		v = server_core_answer(&core, &req, 0, reply, &reply_len);
	if (v == SERVER_REPLY)
		ck_assert_int_eq(ntp_header_parse(reply, sizeof(reply),
		    &answer), 0);
	return (v);
}
