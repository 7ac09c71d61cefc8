/*
 * A daemon that answers as a test wants it.  For the tests of ntpctl only.
 */
#include "regress/unit/fakedaemon.h"

#include <check.h>
#include <string.h>

#include "common/addr.h"
#include "ntpctl/commands.h"

struct fakedaemon	fake;
struct ctl		ctl;

struct candm_reply *
fake_canned(unsigned command, unsigned number)
{
	struct candm_reply	*r;

	ck_assert_uint_lt(fake.n, 16);
	r = &fake.replies[fake.n++];
	r->command = command;
	r->number = number;
	return (r);
}

static enum client_result
fake_ask(void *ctx, struct candm_request *request, struct candm_reply *reply)
{
	struct candm_reply	*r = NULL, none;
	uint8_t			 buf[CANDM_REPLY_MAX];
	uint8_t			 sent[CANDM_REQUEST_MAX];
	size_t			 i, len;

	(void)ctx;
	fake.elapsed_s += fake.ask_s;
	/* by way of the wire, there and back */
	len = candm_request_build(request, sent);
	ck_assert_int_eq(candm_request_parse(sent, len, &fake.last), 0);
	ck_assert_uint_eq(candm_request_parse_body(sent, len, &fake.last),
	    CANDM_STT_SUCCESS);
	for (i = 0; i < fake.n; i++)
		if (fake.replies[i].command == request->command)
			r = &fake.replies[i];
	if (r == NULL) {
		memset(&none, 0, sizeof(none));
		none.command = request->command;
		none.number = CANDM_RPY_NULL;
		none.status = CANDM_STT_INVALID;
		r = &none;
	}
	if (r->number == CANDM_RPY_RELOAD) {
		r->body.reload.token = request->body.index;
		if (fake.pending > 0) {
			none = *r;
			none.body.reload.result = REPORT_RELOAD_PENDING;
			r = &none;
			fake.pending--;
		}
	}
	len = candm_reply_build(r, buf);
	ck_assert_uint_le(len, candm_get_info(request->command)->len);
	ck_assert_int_eq(candm_reply_parse(buf, len, reply), 0);
	return (CLIENT_OK);
}

static void
fake_sleep(double seconds)
{
	ck_assert(seconds >= 0.05);
	fake.elapsed_s += seconds;
}

static double
fake_elapsed(void)
{
	return (fake.elapsed_s);
}

static void
fake_flush(void *ctx, struct text *out, struct text *err)
{
	(void)ctx;
	text_add(&fake.printed, "%s", out->len > 0 ? out->data : "");
	text_add(&fake.complained, "%s", err->len > 0 ? err->data : "");
	text_clear(out);
	text_clear(err);
}

static int
fake_addr_of(const char *name, int family, struct addr *a)
{
	(void)family;
	if (strcmp(name, "one.example.net") != 0)
		return (-1);
	return (addr_parse("192.0.2.1", a));
}

static void
fake_random(void *buf, size_t len)
{
	memset(buf, 0xa5, len);
}

static int64_t
fake_now(void)
{
	return (FAKE_NOW_NS);
}

static int
fake_screen(void *ctx, int *rows, int *columns)
{
	(void)ctx;
	if (rows != NULL) {
		/* q must not wait long for a silent daemon */
		ck_assert_int_eq(fake.limits.retries, 0);
		*rows = 24;
		*columns = 80;
		fake.screens++;
	}
	return (0);
}

static int
fake_key(void *ctx, double seconds)
{
	(void)ctx;
	(void)seconds;
	return (fake.screens == 3 ? 'q' : 0);
}

static void
fake_limits(void *ctx, const struct client_limits *limits)
{
	(void)ctx;
	fake.limits = *limits;
}

static const struct ctl_ops	ops = {
	.ask = fake_ask, .sleep = fake_sleep, .flush = fake_flush,
	.name_of = addr_format, .addr_of = fake_addr_of,
	.random = fake_random, .now = fake_now, .elapsed = fake_elapsed,
	.screen = fake_screen, .key = fake_key, .limits = fake_limits
};

void
fake_setup(void)
{
	memset(&fake, 0, sizeof(fake));
	memset(&ctl, 0, sizeof(ctl));
	ctl.ops = &ops;
}

void
fake_teardown(void)
{
	text_free(&fake.printed);
	text_free(&fake.complained);
	text_free(&ctl.out);
	text_free(&ctl.err);
}

void
fake_run(const char *line, int result, const char *out, const char *err)
{
	char	 copy[COMMANDS_LINE_MAX];

	text_clear(&fake.printed);
	text_clear(&fake.complained);
	strlcpy(copy, line, sizeof(copy));
	ck_assert_int_eq(commands_run(&ctl, copy), result);
	fake_flush(&fake, &ctl.out, &ctl.err);
	if (out != NULL)
		ck_assert_str_eq(fake.printed.data, out);
	if (err != NULL)
		ck_assert_str_eq(fake.complained.data, err);
}

void
fake_in_format(enum output_format format, const char *line, const char *out)
{
	ctl.style.format = format;
	fake_run(line, 0, out, "");
	ctl.style.format = OUTPUT_TEXT;
}

const struct addr	fake_inet = { .family = ADDR_INET,
    .ip = { 192, 0, 2, 1 } };

void
fake_one_source(void)
{
	struct candm_reply	*r;

	fake_canned(CANDM_REQ_N_SOURCES, CANDM_RPY_N_SOURCES)->body.count = 1;
	r = fake_canned(CANDM_REQ_SOURCE_DATA, CANDM_RPY_SOURCE_DATA);
	r->body.source.addr = fake_inet;
	r->body.source.reach = 0377;
	r->body.source.poll_log2 = 6;
	r->body.source.stratum = 1;
	r->body.source.offset_s = -0.5;
	r->body.source.since_sample_s = 10;
}
