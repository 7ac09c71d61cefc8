/*
 * ntpctl: the formats at their limits, and whole outputs of every command
 * against a daemon that this file plays.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/candm.h"
#include "ntpctl/commands.h"
#include "ntpctl/ctl.h"
#include "ntpctl/format.h"
#include "ntpctl/show.h"
#include "regress/unit/unit.h"

#define SOURCES	4

/* The daemon: what it answers, and what it was asked. */
struct fake {
	int			 own;		/* knows -s */
	unsigned		 refuse;	/* status for everything */
	enum client_result	 result;
	struct report_tracking	 tracking;
	struct candm_request	 last;
	unsigned		 asked;
	double			 slept_s;
	struct text		 printed;
	struct text		 complained;
};

static void
fake_source(uint32_t i, struct report_source *r)
{
	static const struct report_source	sources[SOURCES] = {
		{ .addr = { .family = ADDR_INET, .ip = { 192, 0, 2, 1 } },
		    .poll_log2 = 6, .stratum = 1, .reach = 0377,
		    .state = REPORT_STATE_SELECTED, .since_sample_s = 10,
		    .orig_offset_s = -0.000125, .offset_s = -0.00008,
		    .error_s = 0.0034 },
		{ .addr = { .family = ADDR_INET6, .ip = { 0x20, 1, 0xd, 0xb8,
		    0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55,
		    0x55, 0x66, 0x66 } },
		    .poll_log2 = -2, .stratum = 15, .reach = 7,
		    .mode = REPORT_MODE_PEER,
		    .state = REPORT_STATE_FALSETICKER,
		    .since_sample_s = 1200, .orig_offset_s = 12.5,
		    .offset_s = 12.4, .error_s = 1e-9 },
		{ .refid = 0x50505330, .mode = REPORT_MODE_REFCLOCK,
		    .poll_log2 = 4, .reach = 0377,
		    .state = REPORT_STATE_COMBINED, .offset_s = 1e-6,
		    .orig_offset_s = 1e-6, .error_s = 1e-6 },
		{ .id = 7, .state = REPORT_STATE_NONSELECTABLE,
		    .poll_log2 = 6, .since_sample_s = REPORT_NEVER },
	};

	*r = sources[i];
}

static void
fake_stats(uint32_t i, struct report_sourcestats *r)
{
	struct report_source	s;

	fake_source(i, &s);
	memset(r, 0, sizeof(*r));
	r->addr = s.addr;
	r->id = s.id;
	r->refid = s.refid;
	r->n_samples = 8 * (i + 1);
	r->n_runs = 4;
	r->span_s = 345600;
	r->resid_freq_ppm = i == 0 ? -0.25 : 123456.7;
	r->skew_ppm = i == 0 ? 2000 : 99999.25;
	r->offset_s = 0.001;
	r->sd_s = 4;
}

static void
fake_peer(uint32_t i, struct report_peer *p)
{
	memset(p, 0, sizeof(*p));
	p->weight = 1;
	if (i < 2) {
		p->addr.family = ADDR_INET;
		memcpy(p->addr.ip, "\300\0\2\1", 4);
		p->addr.ip[3] = i + 1;
		p->valid = 1;
		p->stratum = 2;
	}
	p->selected = i == 0;
	p->trust = i < 2 ? 10 : 2;
	p->next_s = 5;
	p->poll_s = 1024;
	p->offset_s = -0.000753;
	p->delay_s = 0.003702;
	p->jitter_s = 0.00078;
	p->from_pool = i == 3;
	strcpy(p->name, i == 0 ? "192.0.2.1" : "ntp.example.net");
}

static int
fake_name(const struct candm_source *s, struct report_name *r)
{
	if (s->addr.family == ADDR_INET && s->addr.ip[3] == 1)
		strcpy(r->name, "a-rather-long-name-of-a.ntp.example.net");
	else if (s->addr.family == ADDR_NONE && s->id == 7)
		strcpy(r->name, "pool.example.net");
	else
		return (-1);
	return (0);
}

static unsigned
fake_answer(struct fake *f, struct candm_reply *r)
{
	uint32_t	i = f->last.body.index;

	switch (f->last.command) {
	case CANDM_REQ_N_SOURCES:
		r->body.count = SOURCES;
		return (CANDM_RPY_N_SOURCES);
	case CANDM_REQ_SOURCE_DATA:
		fake_source(i, &r->body.source);
		return (CANDM_RPY_SOURCE_DATA);
	case CANDM_REQ_SOURCESTATS:
		fake_stats(i, &r->body.sourcestats);
		return (CANDM_RPY_SOURCESTATS);
	case CANDM_REQ_TRACKING:
		r->body.tracking = f->tracking;
		return (CANDM_RPY_TRACKING);
	case CANDM_REQ_ACTIVITY:
		r->body.activity.online = 3;
		r->body.activity.unresolved = 1;
		return (CANDM_RPY_ACTIVITY);
	case CANDM_REQ_NTP_SOURCE_NAME:
		if (fake_name(&f->last.body.source, &r->body.name) == 0)
			return (CANDM_RPY_NTP_SOURCE_NAME);
		r->status = CANDM_STT_NOSUCHSOURCE;
		return (CANDM_RPY_NULL);
	case CANDM_REQ_STATUS:
		if (!f->own)
			break;
		r->body.status.peers = 4;
		r->body.status.peers_valid = 2;
		r->body.status.synced = 1;
		r->body.status.stratum = 3;
		return (CANDM_RPY_STATUS);
	case CANDM_REQ_PEER:
		fake_peer(i, &r->body.peer);
		return (CANDM_RPY_PEER);
	case CANDM_REQ_MAKESTEP:
	case CANDM_REQ_MODIFY_MAKESTEP:
		return (CANDM_RPY_NULL);
	}
	r->status = CANDM_STT_INVALID;
	return (CANDM_RPY_NULL);
}

static enum client_result
fake_ask(void *ctx, struct candm_request *request, struct candm_reply *reply)
{
	struct fake	*f = ctx;
	struct candm_reply plain;
	uint8_t		 buf[CANDM_REPLY_MAX];
	size_t		 len;

	f->last = *request;
	f->asked++;
	memset(&plain, 0, sizeof(plain));
	plain.number = CANDM_RPY_NULL;
	if ((plain.status = f->refuse) == 0)
		plain.number = fake_answer(f, &plain);
	/* by way of the wire */
	len = candm_reply_build(&plain, buf);
	ck_assert_int_eq(candm_reply_parse(buf, len, reply), 0);
	return (f->result);
}

static struct fake	*sleeper;

static void
fake_sleep(double seconds)
{
	sleeper->slept_s += seconds;
	if (sleeper->slept_s >= 20)
		sleeper->tracking.refid = 0x01020304;
}

static void
fake_flush(void *ctx, struct text *out, struct text *err)
{
	struct fake	*f = ctx;

	text_add(&f->printed, "%s", out->len > 0 ? out->data : "");
	text_add(&f->complained, "%s", err->len > 0 ? err->data : "");
	text_clear(out);
	text_clear(err);
}

static const char *
fake_name_of(const struct addr *a, char *buf, size_t len)
{
	if (a->family == ADDR_INET)
		strlcpy(buf, "time.a-very-long.domain.example.net", len);
	else
		addr_format(a, buf, len);
	return (buf);
}

static int
fake_addr_of(const char *name, int family, struct addr *a)
{
	(void)family;
	if (strcmp(name, "one.example.net") != 0)
		return (-1);
	return (addr_parse("192.0.2.1", a));
}

static int64_t
fake_now(void)
{
	return (1795239972123060092LL);
}

static const struct ctl_ops	ops = {
	.ask = fake_ask, .sleep = fake_sleep, .flush = fake_flush,
	.name_of = fake_name_of, .addr_of = fake_addr_of, .now = fake_now
};

static struct fake	fake;
static struct ctl	ctl;

static void
setup(void)
{
	struct report_tracking	*t = &fake.tracking;

	memset(&fake, 0, sizeof(fake));
	memset(&ctl, 0, sizeof(ctl));
	sleeper = &fake;
	ctl.ops = &ops;
	ctl.ctx = &fake;
	fake.own = 1;
	t->addr.family = ADDR_INET;
	memcpy(t->addr.ip, "\300\0\2\1", 4);
	t->refid = 0xc0000201;
	t->stratum = 2;
	t->ref_time_ns = 1795239972123060092LL;
	t->correction_s = 0.5;
	t->last_offset_s = -0.25;
	t->rms_offset_s = 0.125;
	t->freq_ppm = -20.5;
	t->resid_freq_ppm = 0.0625;
	t->skew_ppm = 0.5;
	t->root_delay_s = 0.25;
	t->root_disp_s = 0.03125;
	t->update_interval_s = 64.25;
}

static void
teardown(void)
{
	text_free(&fake.printed);
	text_free(&fake.complained);
	text_free(&ctl.out);
	text_free(&ctl.err);
}

/* Runs a line and compares what it said. */
static void
run(const char *line, int result, const char *out, const char *err)
{
	char	 copy[COMMANDS_LINE_MAX];

	text_clear(&fake.printed);
	text_clear(&fake.complained);
	strcpy(copy, line);
	ck_assert_int_eq(commands_run(&ctl, copy), result);
	fake_flush(&fake, &ctl.out, &ctl.err);
	ck_assert_str_eq(fake.printed.data, out);
	ck_assert_str_eq(fake.complained.data, err);
}

static void
show(const char *word, const char *out)
{
	text_clear(&fake.printed);
	ck_assert_int_eq(show_run(&ctl, show_parse(word)), 0);
	fake_flush(&fake, &ctl.out, &ctl.err);
	ck_assert_str_eq(fake.printed.data, out);
}

START_TEST(format_of_ago)
{
	static const struct {
		uint32_t	 s;
		const char	*text;
	} t[] = {
		{ 0, "   0" }, { 1199, "1199" }, { 1200, " 20m" },
		{ 35999, "599m" }, { 36000, " 10h" }, { 345599, " 95h" },
		{ 345600, "  4d" }, { 86399999, "999d" },
		{ 86400000, "  2y" }, { 0xfffffffe, "136y" },
		{ 0xffffffff, "   -" },
	};
	char	 buf[FORMAT_MAX];
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_str_eq(format_ago(t[i].s, buf, sizeof(buf)),
		    t[i].text);
}
END_TEST

START_TEST(format_of_spans)
{
	static const struct {
		double		 s;
		const char	*span;
		const char	*offset;
	} t[] = {
		{ 0, "   0ns", "   +0ns" },
		{ 9999.4e-9, "9999ns", "+9999ns" },
		{ 9999.6e-9, "  10us", "  +10us" },
		{ 9999.4e-6, "9999us", "+9999us" },
		{ 9999.6e-6, "  10ms", "  +10ms" },
		{ 9999.4e-3, "9999ms", "+9999ms" },
		{ 9999.6e-3, " 10.0s", " +10.0s" },
		{ 999.4, "999.4s", "+999.4s" },
		{ 999.6, " 1000s", " +1000s" },
		{ 99999.4, "99999s", "+99999s" },
		{ 99999.6, " 1667m", " +1667m" },
		{ 99999.6 * 60, " 1667h", " +1667h" },
		{ 99999.6 * 3600, " 4167d", " +4167d" },
		{ 99999.6 * 86400, "  274y", "  +274y" },
		{ 1e18, "31709791984y", "+31709791984y" },
		{ -1.5e-6, "-1500ns", "-1500ns" },
		{ -0.2, "-200ms", " -200ms" },
	};
	char	 buf[FORMAT_MAX];
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_str_eq(format_span(t[i].s, buf, sizeof(buf)),
		    t[i].span);
		ck_assert_str_eq(format_offset(t[i].s, buf, sizeof(buf)),
		    t[i].offset);
	}
	/* whatever a daemon says, it stays in its place */
	ck_assert_uint_lt(strlen(format_offset(-1e300, buf, sizeof(buf))),
	    sizeof(buf));
	ck_assert_str_eq(format_span(NAN, buf, sizeof(buf)), "  nany");
}
END_TEST

START_TEST(format_of_words)
{
	static const struct {
		double		 s;
		const char	*text;
	} spans[] = {
		{ 0, "0 ns" }, { 999.4e-9, "+999 ns" },
		{ 999.6e-9, "+1.00 us" }, { -0.0034, "-3.40 ms" },
		{ 9.996e-3, "+10.0 ms" }, { 0.25, "+250 ms" },
		{ 1.5, "+1.50 s" }, { 119, "+119 s" }, { 600, "+10.0 min" },
		{ 86400, "+24.0 h" }, { 864000, "+10.0 days" },
		{ 1e300, NULL },
	};
	char		buf[FORMAT_MAX];
	size_t		i;

	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		format_plain(spans[i].s, 1, buf, sizeof(buf));
		if (spans[i].text != NULL)
			ck_assert_str_eq(buf, spans[i].text);
		ck_assert_uint_lt(strlen(buf), sizeof(buf));
	}
	ck_assert_str_eq(format_plain(0.0125, 0, buf, sizeof(buf)),
	    "12.5 ms");
	ck_assert_str_eq(format_plain(0, 1, buf, sizeof(buf)), "0 ns");
	ck_assert_str_eq(format_plain(-4e-12, 0, buf, sizeof(buf)), "0 ns");
}
END_TEST

START_TEST(format_of_the_rest)
{
	char	 buf[FORMAT_MAX];

	ck_assert_str_eq(format_ppm(99999.4, buf, sizeof(buf)), " 99999.400");
	ck_assert_str_eq(format_ppm(99999.6, buf, sizeof(buf)), "    100000");
	ck_assert_str_eq(format_freq(0, buf, sizeof(buf)), "    +0.000");
	ck_assert_str_eq(format_freq(-1e6, buf, sizeof(buf)), "  -1000000");
	ck_assert_str_eq(format_date(0, buf, sizeof(buf)),
	    "Thu Jan 01 00:00:00 1970");
	ck_assert_str_eq(format_date(-1, buf, sizeof(buf)),
	    "Wed Dec 31 23:59:59 1969");
	ck_assert_str_eq(format_date(INT64_MAX, buf, sizeof(buf)),
	    "Fri Apr 11 23:47:16 2262");
	ck_assert_str_eq(format_refid(0x47505300, buf, sizeof(buf)), "GPS");
	ck_assert_str_eq(format_refid(0x7f7f0101, buf, sizeof(buf)), "");
	ck_assert_str_eq(format_refid(0x50505331, buf, sizeof(buf)), "PPS1");
	ck_assert_str_eq(format_refid(0x41201f42, buf, sizeof(buf)), "A B");
}
END_TEST

START_TEST(tracking)
{
	run("tracking", 0,
	    "Reference ID    : C0000201 (time.a-very-long.domain.example.net)"
	    "\n"
	    "Stratum         : 2\n"
	    "Ref time (UTC)  : Sat Nov 21 05:46:12 2026\n"
	    "System time     : 0.500000000 seconds slow of NTP time\n"
	    "Last offset     : +0.250000000 seconds\n"
	    "RMS offset      : 0.125000000 seconds\n"
	    "Frequency       : 20.500 ppm slow\n"
	    "Residual freq   : +0.062 ppm\n"
	    "Skew            : 0.500 ppm\n"
	    "Root delay      : 0.250000000 seconds\n"
	    "Root dispersion : 0.031250000 seconds\n"
	    "Update interval : 64.2 seconds\n"
	    "Leap status     : Normal\n", "");
	ctl.style.format = OUTPUT_CSV;
	run("tracking", 0, "C0000201,192.0.2.1,2,1795239972.123060092,"
	    "0.500000000,0.250000000,0.125000000,-20.500,0.062,0.500,"
	    "0.250000000,0.031250000,64.2,Normal\n", "");
	memset(&fake.tracking, 0, sizeof(fake.tracking));
	fake.tracking.leap = REPORT_LEAP_UNSYNC;
	run("tracking", 0, "00000000,,0,0.000000000,0.000000000,0.000000000,"
	    "0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,0.0,"
	    "Not synchronised\n", "");
	ctl.style.format = OUTPUT_TEXT;
	run("tracking", 0,
	    "Reference ID    : 00000000 ()\n"
	    "Stratum         : 0\n"
	    "Ref time (UTC)  : Thu Jan 01 00:00:00 1970\n"
	    "System time     : 0.000000000 seconds fast of NTP time\n"
	    "Last offset     : +0.000000000 seconds\n"
	    "RMS offset      : 0.000000000 seconds\n"
	    "Frequency       : 0.000 ppm slow\n"
	    "Residual freq   : +0.000 ppm\n"
	    "Skew            : 0.000 ppm\n"
	    "Root delay      : 0.000000000 seconds\n"
	    "Root dispersion : 0.000000000 seconds\n"
	    "Update interval : 0.0 seconds\n"
	    "Leap status     : Not synchronised\n", "");
	ctl.style.format = OUTPUT_CSV;
	fake.tracking.leap = 9;
	fake.tracking.refid = 0x47505300;
	run("tracking", 0, "47505300,GPS,0,0.000000000,0.000000000,"
	    "0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,"
	    "0.000000000,0.0,Invalid\n", "");
}
END_TEST

#define SOURCES_HEAD							\
	"MS Name/IP address         Stratum Poll Reach LastRx "		\
	"Last sample               \n"					\
	"======================================================="	\
	"========================\n"

START_TEST(sources)
{
	run("sources", 0, SOURCES_HEAD
	    "^* time.a-very-long.domain.>     1   6   377    10    "
	    "+80us[ +125us] +/- 3400us\n"
	    "=x 2001:db8:1111:2222:3333:>    15  -2     7   20m   "
	    "-12.4s[ -12.5s] +/-    1ns\n"
	    "#+ PPS0                          0   4   377     0  "
	    "-1000ns[-1000ns] +/- 1000ns\n", "");
	ctl.numeric = 1;
	run("sources -a", 0, SOURCES_HEAD
	    "^* 192.0.2.1                     1   6   377    10    "
	    "+80us[ +125us] +/- 3400us\n"
	    "=x 2001:db8:1111:2222:3333:4444:5555:6666  15  -2     7   20m   "
	    "-12.4s[ -12.5s] +/-    1ns\n"
	    "#+ PPS0                          0   4   377     0  "
	    "-1000ns[-1000ns] +/- 1000ns\n"
	    "^? ID#0000000007                 0   6     0     -     "
	    "+0ns[   +0ns] +/-    0ns\n", "");
	ctl.style.format = OUTPUT_CSV;
	ctl.numeric = 0;
	run("sources -v", 0,
	    "^,*,192.0.2.1,1,6,377,10,0.000080000,0.000125000,0.003400000\n"
	    "=,x,2001:db8:1111:2222:3333:4444:5555:6666,15,-2,7,1200,"
	    "-12.399999619,-12.500000000,0.000000001\n"
	    "#,+,PPS0,0,4,377,0,-0.000001000,-0.000001000,0.000001000\n",
	    "");
	ctl.source_names = 1;
	run("sources -a", 0,
	    "^,*,a-rather-long-name-of-a.ntp.example.net,1,6,377,10,"
	    "0.000080000,0.000125000,0.003400000\n"
	    "=,x,?,15,-2,7,1200,-12.399999619,-12.500000000,0.000000001\n"
	    "#,+,PPS0,0,4,377,0,-0.000001000,-0.000001000,0.000001000\n"
	    "^,?,pool.example.net,0,6,0,4294967295,0.000000000,0.000000000,"
	    "0.000000000\n", "");
}
END_TEST

START_TEST(sources_legend)
{
	const char	*p;
	char		 line[] = "sources -av";
	unsigned	 lines = 0;

	ck_assert_int_eq(commands_run(&ctl, line), 0);
	ck_assert_int_eq(ctl.out.data[0], '\n');
	ck_assert_ptr_nonnull(strstr(ctl.out.data, "\n| |               "
	    "~ varies too much, ? cannot be used (yet).\n"));
	for (p = ctl.out.data; *p != '\0'; p++)
		lines += *p == '\n';
	/* and behind the table two lines for each in words */
	ck_assert_uint_eq(lines, 9 + 2 + SOURCES + 1 + 2 * SOURCES);
	ck_assert_ptr_nonnull(strstr(ctl.out.data,
	    "    disagrees with the others; its time is wrong, or theirs\n"));
	ck_assert_ptr_nonnull(strstr(ctl.out.data, "? pool.example.net\n"
	    "    its name has no answer yet; does DNS work?\n"));
}
END_TEST

START_TEST(sourcestats)
{
	run("sourcestats", 0,
	    "Name/IP Address            NP  NR  Span  Frequency  Freq Skew"
	    "  Offset  Std Dev\n"
	    "============================================================="
	    "=================\n"
	    "time.a-very-long.domain.>   8   4    4d     -0.250   2000.000"
	    "  -1000us  4000ms\n"
	    "2001:db8:1111:2222:3333:>  16   4    4d    +123457  99999.250"
	    "  -1000us  4000ms\n"
	    "PPS0                       24   4    4d    +123457  99999.250"
	    "  -1000us  4000ms\n", "");
	ctl.style.format = OUTPUT_CSV;
	run("sourcestats -a", 0,
	    "192.0.2.1,8,4,345600,-0.250,2000.000,-0.001000000,4.000000000\n"
	    "2001:db8:1111:2222:3333:4444:5555:6666,16,4,345600,123456.695,"
	    "99999.250,-0.001000000,4.000000000\n"
	    "PPS0,24,4,345600,123456.695,99999.250,-0.001000000,4.000000000\n"
	    "ID#0000000007,32,4,345600,123456.695,99999.250,-0.001000000,"
	    "4.000000000\n", "");
}
END_TEST

START_TEST(small_commands)
{
	run("activity", 0, "200 OK\n3 sources online\n0 sources offline\n"
	    "0 sources doing burst (return to online)\n"
	    "0 sources doing burst (return to offline)\n"
	    "1 sources with unknown address\n", "");
	ctl.style.format = OUTPUT_CSV;
	run("activity", 0, "3,0,0,0,1\n", "");
	run("makestep", 0, "200 OK\n", "");
	ck_assert_uint_eq(fake.last.command, CANDM_REQ_MAKESTEP);
	run("makestep 0.5 -1", 0, "200 OK\n", "");
	ck_assert_uint_eq(fake.last.command, CANDM_REQ_MODIFY_MAKESTEP);
	ck_assert(fake.last.body.makestep.threshold_s == 0.5);
	ck_assert_int_eq(fake.last.body.makestep.limit, -1);
	run("sourcename 192.0.2.1", 0,
	    "a-rather-long-name-of-a.ntp.example.net\n", "");
	run("sourcename one.example.net", 0,
	    "a-rather-long-name-of-a.ntp.example.net\n", "");
	run("sourcename ID#0000000007", 0, "pool.example.net\n", "");
	run("sourcename 192.0.2.9", -1, "503 No such source\n", "");
	run("sourcename two.example.net", -1, "", "Could not read address\n");
	run("sourcename ID#x", -1, "", "Could not read address\n");
}
END_TEST

START_TEST(bad_lines)
{
	run("", 0, "", "");
	run("  \t\n", 0, "", "");
	run(" # tracking", 0, "", "");
	run("!x", 0, "", "");
	run("nonsense", -1, "", "Unrecognized command\n");
	run("Tracking", -1, "", "Unrecognized command\n");
	run("track", -1, "", "Unrecognized command\n");
	run("a b c d e f g h i j k l m n o p q", -1, "",
	    "Unrecognized command\n");
	run("makestep 1", -1, "", "Bad syntax for makestep command\n");
	run("makestep 1 x", -1, "", "Bad syntax for makestep command\n");
	run("makestep inf 1", -1, "", "Bad syntax for makestep command\n");
	run("sourcename", -1, "", "Bad syntax for sourcename command\n");
	run("waitsync x", -1, "", "Bad syntax for waitsync command\n");
	run("waitsync 1 1 1 1 1", -1, "",
	    "Bad syntax for waitsync command\n");
	ck_assert_uint_eq(fake.asked, 0);
	run("quit", 0, "", "");
	ck_assert_int_eq(ctl.quit, 1);
}
END_TEST

/* As chronyc: "sources -n" is in scripts. */
START_TEST(ignored_words)
{
	run("sources x - -n -vx", 0, SOURCES_HEAD
	    "^* time.a-very-long.domain.>     1   6   377    10    "
	    "+80us[ +125us] +/- 3400us\n"
	    "=x 2001:db8:1111:2222:3333:>    15  -2     7   20m   "
	    "-12.4s[ -12.5s] +/-    1ns\n"
	    "#+ PPS0                          0   4   377     0  "
	    "-1000ns[-1000ns] +/- 1000ns\n", "");
	ctl.style.format = OUTPUT_CSV;
	run("activity -n x", 0, "3,0,0,0,1\n", "");
}
END_TEST

START_TEST(refusals)
{
	fake.refuse = CANDM_STT_UNAUTH;
	run("makestep", -1, "501 Not authorised\n", "");
	run("sources", -1, "501 Not authorised\n", "");
	fake.refuse = 20;
	run("tracking", -1, "520 Got unexpected error from daemon\n", "");
	fake.refuse = 0;
	fake.result = CLIENT_SILENT;
	run("tracking", -1, "506 Cannot talk to daemon\n", "");
	fake.result = CLIENT_BAD;
	run("tracking", -1, "508 Bad reply from daemon\n", "");
	ck_assert_str_eq(ctl_status_text(21), "521 Invalid name");
	ck_assert_str_eq(ctl_status_text(0xffff),
	    "520 Got unexpected error from daemon");
}
END_TEST

START_TEST(waitsync)
{
	struct report_tracking	*t = &fake.tracking;

	run("waitsync", 0, "try: 1, refid: C0000201, "
	    "correction: 0.500000000, skew: 0.500\n", "");
	run("waitsync 2 0.5 0.5", 0, "try: 1, refid: C0000201, "
	    "correction: 0.500000000, skew: 0.500\n", "");
	ck_assert(fake.slept_s == 0);
	t->correction_s = -0.5;
	run("waitsync 2 0.4 0 0", -1, "try: 1, refid: C0000201, "
	    "correction: 0.500000000, skew: 0.500\n"
	    "try: 2, refid: C0000201, "
	    "correction: 0.500000000, skew: 0.500\n", "");
	ck_assert(fake.slept_s > 0.09 && fake.slept_s < 0.11);
	run("waitsync 1 0 0.4", -1, "try: 1, refid: C0000201, "
	    "correction: 0.500000000, skew: 0.500\n", "");
	ctl.style.format = OUTPUT_CSV;
	memset(&t->addr, 0, sizeof(t->addr));
	t->refid = 0x7f7f0101;
	run("waitsync 1", -1, "1,7F7F0101,0.500000000,0.500\n", "");
	/* for ever, until it is there */
	fake.slept_s = 0;
	t->refid = 0;
	run("waitsync", 0, "1,00000000,0.500000000,0.500\n"
	    "2,00000000,0.500000000,0.500\n"
	    "3,01020304,0.500000000,0.500\n", "");
	fake.result = CLIENT_SILENT;
	run("waitsync 2", -1, "506 Cannot talk to daemon\n"
	    "506 Cannot talk to daemon\n", "");
}
END_TEST

START_TEST(show_words)
{
	ck_assert_int_eq(show_parse("all"), SHOW_ALL);
	ck_assert_int_eq(show_parse("a"), SHOW_ALL);
	ck_assert_int_eq(show_parse("p"), SHOW_PEERS);
	ck_assert_int_eq(show_parse("s"), SHOW_STATUS);
	ck_assert_int_eq(show_parse("S"), SHOW_SENSORS);
	ck_assert_int_eq(show_parse("status"), SHOW_STATUS);
	ck_assert_int_eq(show_parse("statuss"), SHOW_UNKNOWN);
	ck_assert_int_eq(show_parse("A"), SHOW_UNKNOWN);
	ck_assert_int_eq(show_parse(""), SHOW_AMBIGUOUS);
}
END_TEST

#define ROW	"5s 1024s        -0.753ms     3.702ms     0.780ms\n"
#define ROW_BAD	"5s 1024s             ---- peer not valid ----\n"
#define PEERS								\
	"peer\n"							\
	"   wt tl st  next  poll          "				\
	"offset       delay      jitter\n"				\
	"192.0.2.1\n *  1 10  2    " ROW				\
	"192.0.2.2 ntp.example.net\n    1 10  2    " ROW		\
	"not resolved ntp.example.net\n    1  2  -    " ROW_BAD		\
	"not resolved from pool ntp.example.net\n    1  2  -    " ROW_BAD

START_TEST(show_own)
{
	show("status", "2/4 peers valid, clock synced, stratum 3\n");
	show("p", PEERS);
	/* PPS0 is a sensor: by chrony's request */
	show("S", "sensor\n"
	    "   wt gd st  next  poll          offset  correction\n"
	    "PPS0\n"
	    "    1  8  0   16s   16s         0.001ms     0.000ms\n");
	show("all", "2/4 peers valid, clock synced, stratum 3\n\n" PEERS
	    "\nsensor\n"
	    "   wt gd st  next  poll          offset  correction\n"
	    "PPS0\n"
	    "    1  8  0   16s   16s         0.001ms     0.000ms\n");
}
END_TEST

/* chronyd does not know our requests. */
START_TEST(show_composed)
{
	fake.own = 0;
	show("status", "1/3 peers valid, 1/1 sensors valid, "
	    "clock synced, stratum 2\n");
	fake.tracking.leap = REPORT_LEAP_UNSYNC;
	show("status", "1/3 peers valid, 1/1 sensors valid, "
	    "clock unsynced, clock offset is 500.000ms\n");
	fake.tracking.correction_s = 0;
	show("s", "1/3 peers valid, 1/1 sensors valid, clock unsynced\n");
	show("peers", "peer\n"
	    "   wt tl st  next  poll          offset       delay      jitter\n"
	    "192.0.2.1 a-rather-long-name-of-a.ntp.example.net\n"
	    " *  1 10  1   54s   64s        -0.080ms     6.800ms  4000.000ms\n"
	    "2001:db8:1111:2222:3333:4444:5555:6666\n"
	    "    1  5 15    0s    1s             ---- peer not valid ----\n"
	    "not resolved pool.example.net\n"
	    "    1  2  -    0s   64s             ---- peer not valid ----\n");
}
END_TEST

START_TEST(show_fails)
{
	fake.refuse = CANDM_STT_UNAUTH;
	ck_assert_int_eq(show_run(&ctl, SHOW_ALL), -1);
	ck_assert_str_eq(ctl.out.data, "501 Not authorised\n");
}
END_TEST

START_TEST(texts)
{
	struct text	t;
	unsigned	i;

	text_init(&t);
	text_fill(&t, 'x', 3);
	ck_assert_str_eq(t.data, "xxx");
	for (i = 0; i < 1000; i++)
		text_add(&t, "%03u,", i);
	ck_assert_uint_eq(t.len, 4003);
	ck_assert_str_eq(t.data + 3999, "999,");
	ck_assert_mem_eq(t.data, "xxx000,001,", 11);
	text_fill(&t, '=', 10000);
	ck_assert_uint_eq(strlen(t.data), 14003);
	text_clear(&t);
	ck_assert_str_eq(t.data, "");
	ck_assert_int_eq(t.failed, 0);
	text_free(&t);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("ntpctl");
	TCase	*tc = tcase_create("ntpctl");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, format_of_ago);
	tcase_add_test(tc, format_of_spans);
	tcase_add_test(tc, format_of_the_rest);
	tcase_add_test(tc, format_of_words);
	tcase_add_test(tc, tracking);
	tcase_add_test(tc, sources);
	tcase_add_test(tc, sources_legend);
	tcase_add_test(tc, sourcestats);
	tcase_add_test(tc, small_commands);
	tcase_add_test(tc, bad_lines);
	tcase_add_test(tc, ignored_words);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, waitsync);
	tcase_add_test(tc, show_words);
	tcase_add_test(tc, show_own);
	tcase_add_test(tc, show_composed);
	tcase_add_test(tc, show_fails);
	tcase_add_test(tc, texts);
	return (unit_run(suite));
}
