/*
 * ntpd/server/server_tx.c on a socket of the loopback interface: transmit
 * timestamps that come, and those that the kernel loses, which are given up.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <check.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/timens.h"
#include "ntpd/server/server_tx.h"
#include "regress/unit/unit.h"

#define T0	(1000 * NS_PER_SEC)

static struct server_tx	 tx;
static int		 fd;
static struct sockaddr_in to;
static ntp_ts		 got[4 * SERVER_TX_PENDING];
static unsigned		 ngot;

static void
setup(void)
{
	socklen_t	len = sizeof(to);

	memset(&tx, 0, sizeof(tx));
	ngot = 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ne(fd, -1);
	memset(&to, 0, sizeof(to));
	to.sin_family = AF_INET;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&to, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&to, &len), 0);
}

static void
teardown(void)
{
	close(fd);
}

static void
note(void *ctx, const struct addr *addr, ntp_ts rx, int64_t tx_real_ns)
{
	ck_assert_ptr_eq(ctx, &tx);
	ck_assert_uint_eq(addr->port, rx & 0xffff);
	ck_assert_int_gt(tx_real_ns, 0);
	ck_assert_uint_lt(ngot, 4 * SERVER_TX_PENDING);
	got[ngot++] = rx;
}

/* Sends an answer of that number, of which the timestamp is asked for. */
static void
answer(ntp_ts rx, int64_t now_ns)
{
	union {
		struct cmsghdr	header;
		uint8_t		bytes[SERVER_TX_CONTROL];
	}		control;
	struct addr	addr = { .family = ADDR_INET };
	struct iovec	iov = { &rx, sizeof(rx) };
	struct msghdr	msg;
	uint8_t		drain[16];

	addr.port = rx & 0xffff;
	memset(&msg, 0, sizeof(msg));
	msg.msg_name = &to;
	msg.msg_namelen = sizeof(to);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	server_tx_ask(&tx, fd, &msg, &addr, rx, now_ns);
	ck_assert_int_eq(sendmsg(fd, &msg, 0), sizeof(rx));
	ck_assert_int_eq(recv(fd, drain, sizeof(drain), 0), sizeof(rx));
}

static void
take(int64_t now_ns)
{
	server_tx_read(&tx, fd, now_ns, note, &tx);
}

/* What the kernel does when its queue is full, or the packet never left. */
static unsigned
lose(void)
{
	struct msghdr	msg;
	unsigned	n;

	for (n = 0;; n++) {
		memset(&msg, 0, sizeof(msg));
		if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
			return (n);
	}
}

START_TEST(comes)
{
	ntp_ts	rx;

	for (rx = 1; rx <= 3; rx++)
		answer(rx, T0);
	ck_assert_uint_eq(tx.awaited, 3);
	take(T0);
	ck_assert_uint_eq(ngot, 3);
	for (rx = 1; rx <= 3; rx++)
		ck_assert_uint_eq(got[rx - 1], rx);
	ck_assert_uint_eq(tx.awaited, 0);
	ck_assert_uint_eq(tx.lost, 0);
}
END_TEST

/* It is not waited for for ever. */
START_TEST(never_comes)
{
	answer(1, T0);
	ck_assert_uint_eq(lose(), 1);
	take(T0);
	take(T0 + SERVER_TX_WAIT_NS - 1);
	ck_assert_uint_eq(tx.awaited, 1);
	ck_assert_uint_eq(tx.lost, 0);
	take(T0 + SERVER_TX_WAIT_NS);
	ck_assert_uint_eq(tx.awaited, 0);
	ck_assert_uint_eq(tx.lost, 1);
	/* and the next one is found as before */
	answer(2, T0 + 2 * SERVER_TX_WAIT_NS);
	ck_assert_uint_eq(tx.awaited, 1);
	take(T0 + 2 * SERVER_TX_WAIT_NS);
	ck_assert_uint_eq(ngot, 1);
	ck_assert_uint_eq(got[0], 2);
	ck_assert_uint_eq(tx.awaited, 0);
	ck_assert_uint_eq(tx.lost, 1);
}
END_TEST

/* One that was given up is of no use any more: its client has gone on. */
START_TEST(comes_too_late)
{
	answer(1, T0);
	/* as if it had been given up before */
	tx.pending[0].rx = 0;
	tx.awaited = 0;
	take(T0);
	ck_assert_uint_eq(ngot, 0);
	ck_assert_uint_eq(tx.awaited, 0);
	ck_assert_uint_eq(lose(), 0);
}
END_TEST

/* Some of many are lost: what is awaited never grows beyond the places. */
START_TEST(some_are_lost)
{
	ntp_ts	 rx;
	unsigned lost = 0;

	for (rx = 1; rx <= 3 * SERVER_TX_PENDING; rx++) {
		answer(rx, T0);
		if (rx % 4 == 0)
			lost += lose();
		take(T0);
		ck_assert_uint_le(tx.awaited, SERVER_TX_PENDING / 4);
	}
	ck_assert_uint_eq(lost, 3 * SERVER_TX_PENDING / 4);
	ck_assert_uint_eq(ngot, 3 * SERVER_TX_PENDING - lost);
	ck_assert_uint_eq(tx.lost + tx.awaited, lost);
	take(T0 + SERVER_TX_WAIT_NS);
	ck_assert_uint_eq(tx.awaited, 0);
	ck_assert_uint_eq(tx.lost, lost);
}
END_TEST

/* All are: a driver that has no such timestamps. */
START_TEST(all_are_lost)
{
	ntp_ts	rx;

	for (rx = 1; rx <= SERVER_TX_PENDING + 10; rx++) {
		answer(rx, T0);
		lose();
		take(T0);
	}
	ck_assert_uint_eq(tx.awaited, SERVER_TX_PENDING);
	ck_assert_uint_eq(tx.lost, 10);
	take(T0 + SERVER_TX_WAIT_NS);
	ck_assert_uint_eq(tx.awaited, 0);
	ck_assert_uint_eq(tx.lost, SERVER_TX_PENDING + 10);
	ck_assert_uint_eq(ngot, 0);
}
END_TEST

START_TEST(reset)
{
	answer(1, T0);
	answer(2, T0);
	server_tx_reset(&tx, fd);
	ck_assert_uint_eq(tx.awaited, 0);
	ck_assert_uint_eq(tx.lost, 2);
	answer(3, T0);
	take(T0);
	ck_assert_uint_eq(ngot, 1);
	ck_assert_uint_eq(got[0], 3);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("server_tx");
	TCase	*tc = tcase_create("timestamps");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, comes);
	tcase_add_test(tc, never_comes);
	tcase_add_test(tc, comes_too_late);
	tcase_add_test(tc, some_are_lost);
	tcase_add_test(tc, all_are_lost);
	tcase_add_test(tc, reset);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
