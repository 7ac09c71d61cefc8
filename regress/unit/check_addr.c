/*
 * common/addr.c and common/refid.c: text and sockaddr both ways, validity,
 * subnets.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/refid.h"
#include "regress/unit/unit.h"

static struct addr
parse(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a) == 0, "%s", text);
	ck_assert(addr_is_valid(&a));
	return (a);
}

START_TEST(text_both_ways)
{
	static const struct {
		const char	*in, *out;	/* out NULL: as in */
		int		 family;
	} rows[] = {
		{ "192.0.2.1", NULL, ADDR_INET },
		{ "0.0.0.0", NULL, ADDR_INET },
		{ "255.255.255.255", NULL, ADDR_INET },
		{ "::", NULL, ADDR_INET6 },
		{ "2001:db8::1", NULL, ADDR_INET6 },
		{ "2001:DB8:0:0::1", "2001:db8::1", ADDR_INET6 },
		{ "fe80::1%2", NULL, ADDR_INET6 },
		{ "fe80::1%4294967295", NULL, ADDR_INET6 },
		{ "fe80::1%0", "fe80::1", ADDR_INET6 },
		{ "::ffff:1.2.3.4", NULL, ADDR_INET6 },
	};
	char buf[ADDR_TEXT_MAX];
	struct addr a;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = parse(rows[i].in);
		ck_assert_int_eq(a.family, rows[i].family);
		ck_assert_uint_eq(a.port, 0);
		ck_assert_str_eq(addr_format(&a, buf, sizeof(buf)),
		    rows[i].out != NULL ? rows[i].out : rows[i].in);
	}
}
END_TEST

START_TEST(bad_text)
{
	static const char *rows[] = {
		"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4%1",
		" 1.2.3.4", "1.2.3.4 ", "host", "fe80::1%", "fe80::1%eth0",
		"fe80::1%-1", "fe80::1%+1", "fe80::1% 1",
		"fe80::1%4294967296", "fe80::1%99999999999999999999", "1::2::3",
		"1.2.3.4/8", ":::", "%1",
		("00000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000"),
	};
	struct addr a;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(addr_parse(rows[i], &a) == -1, "%s", rows[i]);
		ck_assert_int_eq(a.family, ADDR_NONE);
		ck_assert(addr_is_valid(&a));
	}
}
END_TEST

START_TEST(format_is_terminated)
{
	struct addr a = parse("2001:db8::1234"), none;
	char buf[8];

	memset(&none, 0, sizeof(none));
	memset(buf, 'x', sizeof(buf));
	ck_assert_str_eq(addr_format(&a, buf, 5), "2001");
	ck_assert_int_eq(buf[5], 'x');
	addr_format(&a, buf, 0);
	ck_assert_str_eq(buf, "2001");
	ck_assert_str_ne(addr_format(&none, buf, sizeof(buf)), "");
}
END_TEST

START_TEST(validity)
{
	struct addr a = parse("192.0.2.1"), b = parse("fe80::1%3"), c;

	c = a;
	c.ip[4] = 1;
	ck_assert(!addr_is_valid(&c));
	c = a;
	c.ip[15] = 1;
	ck_assert(!addr_is_valid(&c));
	c = a;
	c.scope = 1;
	ck_assert(!addr_is_valid(&c));
	c = a;
	c.port = 65535;
	ck_assert(addr_is_valid(&c));
	c = b;
	c.family = 5;
	ck_assert(!addr_is_valid(&c));
	c.family = AF_INET6;
	ck_assert(!addr_is_valid(&c));
	c.family = ADDR_NONE;
	ck_assert(!addr_is_valid(&c));
	memset(&c, 0, sizeof(c));
	ck_assert(addr_is_valid(&c));
	c.scope = 1;
	ck_assert(!addr_is_valid(&c));
}
END_TEST

START_TEST(equality)
{
	struct addr a = parse("fe80::1%3"), b = a;

	ck_assert(addr_same(&a, &b) && addr_equal(&a, &b));
	b.port = 123;
	ck_assert(!addr_same(&a, &b) && addr_equal(&a, &b));
	b = a;
	b.scope = 4;
	ck_assert(!addr_equal(&a, &b));
	b = a;
	b.ip[15] = 2;
	ck_assert(!addr_equal(&a, &b));
	a = parse("0.0.0.0");
	b = parse("::");
	ck_assert(!addr_equal(&a, &b));
}
END_TEST

START_TEST(sockaddr_both_ways)
{
	static const char *texts[] = { "192.0.2.200", "fe80::abcd%7" };
	struct sockaddr_storage ss;
	struct addr a, b;
	unsigned len, i;
	size_t t;

	for (t = 0; t < 2; t++) {
		a = parse(texts[t]);
		a.port = 0x1234;
		len = addr_to_sockaddr(&a, &ss);
		ck_assert_uint_eq(len, t == 0 ? sizeof(struct sockaddr_in) :
		    sizeof(struct sockaddr_in6));
		for (i = 0; i < len; i++) {
			ck_assert_int_eq(addr_from_sockaddr(
			    (struct sockaddr *)&ss, i, &b), -1);
			ck_assert_int_eq(b.family, ADDR_NONE);
		}
		ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&ss,
		    len, &b), 0);
		ck_assert(addr_same(&a, &b));
		ck_assert(addr_is_valid(&b));
	}
	memset(&a, 0, sizeof(a));
	ck_assert_uint_eq(addr_to_sockaddr(&a, &ss), 0);
	memset(&ss, 0, sizeof(ss));
	ss.ss_family = AF_UNIX;
	ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&ss,
	    sizeof(ss), &a), -1);
}
END_TEST

START_TEST(sockaddr_bytes)
{
	struct sockaddr_storage ss;
	struct sockaddr_in sin;
	struct addr a = parse("1.2.3.4");

	a.port = 123;
	ck_assert_uint_eq(addr_to_sockaddr(&a, &ss), sizeof(sin));
	memcpy(&sin, &ss, sizeof(sin));
	ck_assert_uint_eq(sin.sin_family, AF_INET);
	ck_assert_uint_eq(ntohs(sin.sin_port), 123);
	ck_assert_uint_eq(ntohl(sin.sin_addr.s_addr), 0x01020304);
}
END_TEST

START_TEST(subnet_text)
{
	static const struct {
		const char	*in, *out;	/* out NULL: no subnet */
	} rows[] = {
		{ "1.2.3.4", "1.2.3.4" }, { "1.2.3.0/24", "1.2.3.0/24" },
		{ "1.2.3.77/24", "1.2.3.0/24" }, { "1.2.3", "1.2.3.0/24" },
		{ "1.2", "1.2.0.0/16" }, { "1", "1.0.0.0/8" },
		{ "0/0", "0.0.0.0/0" }, { "10/8", "10.0.0.0/8" },
		{ "1.2.3.4/32", "1.2.3.4" }, { "1.2.3.4/0", "0.0.0.0/0" },
		{ "172.31/12", "172.16.0.0/12" }, { "::/0", "::/0" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "2001:db8:ffff::1/33", "2001:db8:8000::/33" },
		{ "::1", "::1" }, { "::1/128", "::1" },
		{ "", NULL }, { "/", NULL }, { "1.2.3.4/", NULL },
		{ "1.2.3.4/33", NULL }, { "::/129", NULL },
		{ "1.2.3.4/-1", NULL }, { "1.2.3.4/+8", NULL },
		{ "1.2.3.4/8/8", NULL }, { "1.2.3.4.5", NULL },
		{ "1..2", NULL }, { "1.", NULL }, { ".1", NULL },
		{ "256", NULL }, { "1.2.3.4x", NULL }, { "a", NULL },
		{ "fe80::1%1", NULL }, { "fe80::%1/10", NULL },
		{ "1:2", NULL }, { "host.example", NULL },
		{ "0000000000000000000000000000000000000000000000000000000001"
		    "0000000000000000000000000000000000", NULL },
	};
	char buf[ADDR_TEXT_MAX];
	struct subnet s, again;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ret = subnet_parse(rows[i].in, &s);
		ck_assert_msg((ret == 0) == (rows[i].out != NULL), "%s",
		    rows[i].in);
		if (ret == -1)
			continue;
		ck_assert(addr_is_valid(&s.addr));
		ck_assert_str_eq(subnet_format(&s, buf, sizeof(buf)),
		    rows[i].out);
		ck_assert_int_eq(subnet_parse(buf, &again), 0);
		ck_assert_mem_eq(&s, &again, sizeof(s));
	}
}
END_TEST

START_TEST(subnets_alike)
{
	static const struct {
		const char	*a, *b;
		unsigned	 bits_a, bits_b;
		int		 equal;
	} rows[] = {
		{ "10.1.2.3", "10.1.2.77", 24, 24, 1 },
		{ "10.1.2.3", "10.1.2.3", 24, 25, 0 },
		{ "10.1.2.3", "10.1.3.3", 23, 23, 1 },
		{ "10.1.2.3", "10.1.3.3", 24, 24, 0 },
		{ "2001:db8::1", "2001:db8::2", 126, 126, 1 },
		{ "2001:db8::1", "2001:db8::2", 127, 127, 0 },
		{ "0.0.0.0", "::", 0, 0, 0 },
	};
	struct subnet	x, y;
	size_t		i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(addr_parse(rows[i].a, &x.addr), 0);
		ck_assert_int_eq(addr_parse(rows[i].b, &y.addr), 0);
		x.bits = rows[i].bits_a;
		y.bits = rows[i].bits_b;
		ck_assert_msg(subnet_equal(&x, &y) == rows[i].equal, "%zu", i);
		ck_assert_msg(subnet_equal(&y, &x) == rows[i].equal, "%zu", i);
	}
	/* everybody is not all of IPv4 */
	memset(&x, 0, sizeof(x));
	ck_assert(subnet_equal(&x, &x));
	ck_assert(!subnet_equal(&x, &y));
}
END_TEST

START_TEST(subnet_membership)
{
	static const struct {
		const char	*net, *addr;
		int		 in;
	} rows[] = {
		{ "1.2.3.0/24", "1.2.3.255", 1 },
		{ "1.2.3.0/24", "1.2.4.0", 0 },
		{ "1.2.3.4", "1.2.3.4", 1 }, { "1.2.3.4", "1.2.3.5", 0 },
		{ "128/1", "255.0.0.1", 1 }, { "128/1", "127.0.0.1", 0 },
		{ "10.0.0.64/26", "10.0.0.127", 1 },
		{ "10.0.0.64/26", "10.0.0.128", 0 },
		{ "0/0", "9.9.9.9", 1 }, { "0/0", "::1", 0 },
		{ "::/0", "::1", 1 }, { "::/0", "1.1.1.1", 0 },
		{ "fe80::/10", "fe80::1%5", 1 }, { "fe80::/10", "fec0::1", 0 },
		{ "2001:db8::1", "2001:db8::1", 1 },
		{ "2001:db8::1", "2001:db8::2", 0 },
	};
	struct subnet s, all;
	struct addr a;
	size_t i;

	memset(&all, 0, sizeof(all));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(subnet_parse(rows[i].net, &s), 0);
		a = parse(rows[i].addr);
		ck_assert_msg(subnet_contains(&s, &a) == rows[i].in,
		    "%s in %s", rows[i].addr, rows[i].net);
		ck_assert(subnet_contains(&all, &a));
	}
	/* bits beyond the address must not read beyond it */
	a = s.addr = parse("1.2.3.4");
	s.bits = 33;
	ck_assert(!subnet_contains(&s, &a));
	s.bits = 65535;
	ck_assert(!subnet_contains(&s, &a));
}
END_TEST

START_TEST(reference_ids)
{
	struct addr a = parse("192.0.2.129"), none;

	memset(&none, 0, sizeof(none));
	ck_assert_uint_eq(refid_from_addr(&a), 0xc0000281u);
	/* MD5 of 16 zero bytes is 4ae71336... */
	a = parse("::");
	ck_assert_uint_eq(refid_from_addr(&a), 0x4ae71336u);
	a.scope = 9;
	ck_assert_uint_eq(refid_from_addr(&a), 0x4ae71336u);
	ck_assert_uint_eq(refid_from_addr(&none), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("addr");
	TCase *tc = tcase_create("addr");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, text_both_ways);
	tcase_add_test(tc, bad_text);
	tcase_add_test(tc, format_is_terminated);
	tcase_add_test(tc, validity);
	tcase_add_test(tc, equality);
	tcase_add_test(tc, sockaddr_both_ways);
	tcase_add_test(tc, sockaddr_bytes);
	tcase_add_test(tc, subnet_text);
	tcase_add_test(tc, subnets_alike);
	tcase_add_test(tc, subnet_membership);
	tcase_add_test(tc, reference_ids);
	return (unit_run(suite));
}
