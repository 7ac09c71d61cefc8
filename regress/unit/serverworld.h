/*
 * The world of the tests of the server core: one core, its clock page, the
 * request that is asked and the answer.
 */
#ifndef REGRESS_UNIT_SERVERWORLD_H
#define REGRESS_UNIT_SERVERWORLD_H

#include <stddef.h>
#include <stdint.h>

#include "common/access.h"
#include "common/ntp.h"
#include "ntpd/server/server_core.h"

#define REAL	1800000000123456789LL	/* the clock of most tests */
#define RAW	500000000000LL
#define ANCHOR	(10 * NS_PER_SEC)	/* the page is that old then */
#define TX	0xe000000012345678u	/* transmit timestamp of requests */

extern struct access		*acl;
extern struct clockpage_data	 page;
extern struct server_core	 core;
extern struct server_request	 req;
extern uint8_t			 packet[NTP_PACKET_MAX];
extern uint8_t			 reply[SERVER_REPLY_MAX];
extern size_t			 reply_len;
extern struct ntp_header	 answer;

/* Everybody but 10.0.0.0/8 is allowed; the clock is good. */
void	setup(void);
void	teardown(void);
/* A request of that first byte and length, otherwise good. */
void	request(unsigned version, unsigned mode, size_t len);
enum server_verdict check(void);
/* All steps with a clock that agrees with the page. */
enum server_verdict serve(void);

#endif
