/*
 * Tests of the list of sockets that a configuration asks for
 * (ntpd/parent/listen.c).
 */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"
#include "ntpd/parent/listen.h"
#include "regress/unit/unit.h"

static struct msg_socket	sockets[LISTEN_MAX];

static int
list_of(const char *text, uint32_t family)
{
	struct listen_want want = {
		.family = family, .servers = 3, .control = 1,
		.unix_socket = 1, .syslog = 1
	};
	struct conf *conf;
	int n;

	conf = conf_new();
	ck_assert_ptr_nonnull(conf);
	ck_assert_int_eq(conf_parse(conf, text, strlen(text), "test", NULL),
	    0);
	n = listen_list(conf, &want, sockets);
	conf_free(conf);
	return (n);
}

START_TEST(test_listen)
{
	char text[ADDR_TEXT_MAX];
	int i, n;

	n = list_of("allow\n", 0);
	ck_assert_int_eq(n, 6);
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(sockets[i].index, (uint32_t)i);
	ck_assert_uint_eq(sockets[0].kind, SOCKET_SYSLOG);
	ck_assert_uint_eq(sockets[1].kind, SOCKET_COMMAND_UNIX);
	ck_assert_str_eq(sockets[1].path, CONF_CMDSOCKET);
	ck_assert_uint_eq(sockets[2].kind, SOCKET_COMMAND);
	ck_assert_str_eq(addr_format(&sockets[2].addr, text, sizeof(text)),
	    "127.0.0.1");
	ck_assert_uint_eq(sockets[2].addr.port, 323);
	ck_assert_uint_eq(sockets[4].kind, SOCKET_NTP);
	ck_assert_uint_eq(sockets[4].addr.family, ADDR_INET);
	ck_assert_uint_eq(sockets[5].addr.family, ADDR_INET6);
	ck_assert_uint_eq(sockets[5].members, 3);

	ck_assert_int_eq(list_of("allow\n", ADDR_INET), 4);
	ck_assert_int_eq(list_of("allow\ncmdport 0\n", ADDR_INET6), 3);
	n = list_of("cmdport 0\nallow\nport 5000\nbindaddress 192.0.2.1\n",
	    ADDR_INET);
	ck_assert_int_eq(n, 3);
	ck_assert_str_eq(addr_format(&sockets[2].addr, text, sizeof(text)),
	    "192.0.2.1");
	ck_assert_uint_eq(sockets[2].addr.port, 5000);
	n = list_of("cmdport 0\nallow\nbindaddress 192.0.2.2\n"
	    "bindaddress 192.0.2.1\nbindaddress 192.0.2.2\n", 0);
	ck_assert_int_eq(n, 5);
	ck_assert_str_eq(addr_format(&sockets[3].addr, text, sizeof(text)),
	    "192.0.2.1");
	ck_assert_uint_eq(sockets[4].addr.family, ADDR_INET6);
	n = list_of("cmdport 0\nlisten on 192.0.2.1\nlisten on 192.0.2.1\n"
	    "listen on 2001:db8::1\n", 0);
	ck_assert_int_eq(n, 4);
	ck_assert_int_eq(list_of("cmdport 0\nlisten on *\n", 0), 4);
	ck_assert_int_eq(listen_owner(SOCKET_NTP), ROLE_SERVER);
	ck_assert_int_eq(listen_owner(SOCKET_COMMAND_UNIX), ROLE_CONTROL);
	ck_assert_int_eq(listen_owner(SOCKET_SYSLOG), ROLE_PARENT);
}
END_TEST

START_TEST(test_listen_many)
{
	char text[8192];
	size_t len = 0;
	int i;

	for (i = 1; i <= CHILD_SOCKETS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "listen on 192.0.2.%d\n", i);
	ck_assert_int_eq(list_of(text, 0), CHILD_SOCKETS + 4);
	/* the parser allows as many lines, but one may mean two sockets */
	len = (size_t)snprintf(text, sizeof(text), "listen on *\n");
	for (i = 2; i <= CHILD_SOCKETS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "listen on 192.0.2.%d\n", i);
	ck_assert_int_eq(list_of(text, 0), -1);
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tc;

	suite = suite_create("listen");
	tc = tcase_create("listen");
	tcase_add_test(tc, test_listen);
	tcase_add_test(tc, test_listen_many);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
