/*
 * Any bytes as replies of a daemon to ntpctl: every command and every output
 * must come to an end.  What is taken apart, as a reply or as a request, builds
 * the same bytes again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/candm.h"
#include "ntpctl/commands.h"
#include "ntpctl/ctl.h"
#include "ntpctl/show.h"

#define ASKED_MAX	40	/* replies a command gets before silence */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct input {
	const uint8_t	*data;
	size_t		 len;
	unsigned	 asked;
};

static double	elapsed_s;	/* passes while it sleeps */

static enum client_result
input_ask(void *ctx, struct candm_request *request, struct candm_reply *reply)
{
	struct input	*in = ctx;

	(void)request;
	if (++in->asked > ASKED_MAX)
		return (CLIENT_SILENT);
	if (candm_reply_parse(in->data, in->len, reply) == -1)
		return (CLIENT_BAD);
	return (CLIENT_OK);
}

static void
input_sleep(double seconds)
{
	if (!(seconds > 0))
		abort();
	elapsed_s += seconds;
}

static double
input_elapsed(void)
{
	return (elapsed_s);
}

static void
input_flush(void *ctx, struct text *out, struct text *err)
{
	(void)ctx;
	text_clear(out);
	text_clear(err);
}

static int
input_addr_of(const char *name, int family, struct addr *a)
{
	(void)name;
	(void)family;
	(void)a;
	return (-1);
}

static void
input_random(void *buf, size_t len)
{
	memset(buf, 1, len);
}

static int64_t
input_now(void)
{
	return (1795239972123060092LL);
}

static int
input_screen(void *ctx, int *rows, int *columns)
{
	(void)ctx;
	if (rows != NULL) {
		*rows = 24;
		*columns = 80;
	}
	return (0);
}

static int
input_key(void *ctx, double seconds)
{
	(void)ctx;
	(void)seconds;
	return ('q');
}

static void
input_limits(void *ctx, const struct client_limits *limits)
{
	(void)ctx;
	(void)limits;
}

static const struct ctl_ops	ops = {
	.ask = input_ask, .sleep = input_sleep, .flush = input_flush,
	.name_of = addr_format, .addr_of = input_addr_of,
	.random = input_random, .now = input_now, .elapsed = input_elapsed,
	.screen = input_screen, .key = input_key, .limits = input_limits
};

static void
check_again(const uint8_t *data, size_t len)
{
	struct candm_reply	r, back;
	uint8_t			buf[CANDM_REPLY_MAX], again[CANDM_REPLY_MAX];
	size_t			n;

	if (candm_reply_parse(data, len, &r) == -1)
		return;
	n = candm_reply_build(&r, buf);
	if (n > sizeof(buf) || candm_reply_parse(buf, n, &back) == -1)
		abort();
	if (candm_reply_build(&back, again) != n || memcmp(buf, again, n) != 0)
		abort();
}

/* The same bytes as a request. */
static void
check_request(const uint8_t *data, size_t len)
{
	struct candm_request	r, back;
	uint8_t			buf[CANDM_REQUEST_MAX];
	uint8_t			again[CANDM_REQUEST_MAX];
	size_t			n;

	if (candm_request_parse(data, len, &r) == -1 ||
	    candm_request_parse_body(data, len, &r) != CANDM_STT_SUCCESS)
		return;
	if ((n = candm_request_build(&r, buf)) == 0)
		return;
	if (n > sizeof(buf) || candm_request_parse(buf, n, &back) == -1 ||
	    candm_request_parse_body(buf, n, &back) != CANDM_STT_SUCCESS)
		abort();
	if (candm_request_build(&back, again) != n ||
	    memcmp(buf, again, n) != 0)
		abort();
}

static void
run(struct ctl *ctl, struct input *in, const char *command)
{
	char	 line[64];

	strlcpy(line, command, sizeof(line));
	in->asked = 0;
	elapsed_s = 0;
	commands_run(ctl, line);
	input_flush(NULL, &ctl->out, &ctl->err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const	commands[] = {
		"tracking", "sources -a -v", "sourcestats -a",
		"sourcename 192.0.2.1", "activity", "makestep",
		"waitsync 2", "selectdata -av", "authdata -a", "ntpdata",
		"ntpdata 192.0.2.1", "serverstats -v", "clients", "clients -k",
		"rtcdata", "smoothing", "manual list", "settime 12:00",
		"status", "check", "wait --timeout 2s", "reload", "watch",
		"accheck 192.0.2.1", "local orphan"
	};
	struct input	in = { data, len, 0 };
	struct ctl	ctl;
	unsigned	mode;
	size_t		i;

	check_again(data, len);
	check_request(data, len);
	memset(&ctl, 0, sizeof(ctl));
	ctl.ops = &ops;
	ctl.ctx = &in;
	for (mode = 0; mode < 8; mode++) {
		ctl.style.format = (enum output_format)(mode & 3);
		ctl.source_names = ctl.style.wide = mode >> 2;
		for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			run(&ctl, &in, commands[i]);
	}
	ctl.style.format = OUTPUT_TEXT;
	for (mode = SHOW_ALL; mode <= SHOW_STATUS; mode++) {
		in.asked = 0;
		show_run(&ctl, mode);
		text_clear(&ctl.out);
	}
	text_free(&ctl.out);
	text_free(&ctl.err);
	return (0);
}
