/* Names in access rules: asked, retried with back-off, told once. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/timens.h"
#include "ntpd/parent/hosts.h"
#include "regress/unit/unit.h"

#define T0	(1000 * NS_PER_SEC)

static struct conf *
parse(const char *text)
{
	struct conf_params params;
	struct conf *c = conf_new();

	ck_assert_ptr_nonnull(c);
	memset(&params, 0, sizeof(params));
	ck_assert_int_eq(conf_parse(c, text, strlen(text), "test", &params),
	    0);
	return (c);
}

START_TEST(test_no_names)
{
	struct conf *c = parse("allow 192.0.2.0/24\ndeny\n");
	struct msg_dnsask ask;
	struct hosts h;

	ck_assert_int_eq(hosts_init(&h, c, T0), 0);
	ck_assert_uint_eq(h.count, 0);
	ck_assert_int_eq(hosts_ask(&h, T0, &ask), 0);
	ck_assert_int_eq(hosts_next_ns(&h), INT64_MAX);
	hosts_free(&h);
	conf_free(c);
}
END_TEST

START_TEST(test_ask_and_tell)
{
	struct conf *c = parse("allow 192.0.2.1\nallow a.example\n"
	    "cmdallow b.example\n");
	struct msg_dnsask ask, second;
	struct msg_dnstell tell;
	const struct host *host;
	struct hosts h;

	ck_assert_int_eq(hosts_init(&h, c, T0), 0);
	ck_assert_uint_eq(h.count, 2);
	ck_assert_int_eq(hosts_ask(&h, T0, &ask), 1);
	ck_assert_str_eq(ask.name, "a.example");
	ck_assert_int_eq(hosts_ask(&h, T0, &second), 1);
	ck_assert_str_eq(second.name, "b.example");
	ck_assert_int_eq(hosts_ask(&h, T0, &second), 0);
	memset(&tell, 0, sizeof(tell));
	tell.id = ask.id;
	tell.count = 2;
	ck_assert_int_eq(addr_parse("2001:db8::7", &tell.addrs[0]), 0);
	ck_assert_int_eq(addr_parse("192.0.2.7", &tell.addrs[1]), 0);
	host = hosts_tell(&h, T0, &tell);
	ck_assert_ptr_nonnull(host);
	ck_assert_uint_eq(host->what.list, ACCESS_NTP);
	ck_assert_uint_eq(host->what.index, 1);
	ck_assert_uint_eq(host->what.net.bits, 128);
	ck_assert_int_eq(addr_equal(&host->what.net.addr, &tell.addrs[0]), 1);
	/* twice, or never asked for */
	ck_assert_ptr_null(hosts_tell(&h, T0, &tell));
	tell.id = 0;
	ck_assert_ptr_null(hosts_tell(&h, T0, &tell));
	tell.id = 99;
	ck_assert_ptr_null(hosts_tell(&h, T0, &tell));
	hosts_free(&h);
	conf_free(c);
}
END_TEST

START_TEST(test_backoff)
{
	static const int want_s[] = { 2, 4, 8, 16, 32, 60, 60 };
	struct conf *c = parse("deny a.example\n");
	struct msg_dnsask ask;
	struct msg_dnstell tell;
	struct hosts h;
	int64_t now = T0;
	size_t i;

	ck_assert_int_eq(hosts_init(&h, c, now), 0);
	memset(&tell, 0, sizeof(tell));
	for (i = 0; i < sizeof(want_s) / sizeof(want_s[0]); i++) {
		ck_assert_int_eq(hosts_ask(&h, now, &ask), 1);
		tell.id = ask.id;
		ck_assert_ptr_null(hosts_tell(&h, now, &tell));
		ck_assert_int_eq(hosts_next_ns(&h),
		    now + want_s[i] * NS_PER_SEC);
		ck_assert_int_eq(hosts_ask(&h, now + want_s[i] * NS_PER_SEC -
		    1, &ask), 0);
		now += want_s[i] * NS_PER_SEC;
	}
	/* dns dies with the question */
	ck_assert_int_eq(hosts_ask(&h, now, &ask), 1);
	ck_assert_int_eq(hosts_ask(&h, now, &ask), 0);
	hosts_forget(&h, now);
	ck_assert_int_eq(hosts_ask(&h, now, &ask), 1);
	/* or never answers */
	ck_assert_int_eq(hosts_ask(&h, now + 31 * NS_PER_SEC, &ask), 1);
	hosts_free(&h);
	conf_free(c);
}
END_TEST

START_TEST(test_conf_set_host)
{
	struct conf *c = parse("allow a.example\nallow 192.0.2.1\n");
	struct subnet net;

	ck_assert_int_eq(subnet_parse("198.51.100.1", &net), 0);
	ck_assert_int_eq(conf_set_host(c->access, c->naccess, 1, &net), -1);
	ck_assert_int_eq(conf_set_host(c->access, c->naccess, 2, &net), -1);
	ck_assert_int_eq(conf_set_host(c->access, c->naccess, 0, &net), 0);
	ck_assert_int_eq(conf_set_host(c->access, c->naccess, 0, &net), -1);
	ck_assert_int_eq(addr_equal(&c->access[0].net.addr, &net.addr), 1);
	conf_free(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hosts");
	TCase *t = tcase_create("hosts");

	tcase_add_test(t, test_no_names);
	tcase_add_test(t, test_ask_and_tell);
	tcase_add_test(t, test_backoff);
	tcase_add_test(t, test_conf_set_host);
	suite_add_tcase(s, t);
	return (unit_run(s));
}
