/*
 * ntpd/control: which requests are taken from whom, what the engine is asked,
 * what goes back; the table of waiting requests; and the sockets.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/access.h"
#include "common/conf.h"
#include "ntpd/control/control_core.h"
#include "ntpd/control/control_io.h"
#include "ntpd/control/control_pending.h"
#include "regress/unit/scratch.h"
#include "regress/unit/unit.h"

static struct control_job	job;
static uint8_t			buf[2048];
static uint8_t			out[CANDM_REPLY_MAX];

/* A good request of this command in buf; its length. */
static size_t
request(unsigned command)
{
	struct candm_request	r = { .command = command,
	    .sequence = 0xcafe0001 };

	memset(buf, 0, sizeof(buf));
	return (candm_request_build(&r, buf));
}

static enum control_verdict
ask_open(size_t len, enum control_rights rights, uint32_t open)
{
	memset(&job, 0, sizeof(job));
	return (control_core_request(buf, len, rights, open, &job));
}

static enum control_verdict
ask(size_t len, enum control_rights rights)
{
	return (ask_open(len, rights, CONF_OPEN_INITIAL));
}

static void
answered(size_t len, enum control_rights rights, unsigned status)
{
	ck_assert_int_eq(ask(len, rights), CONTROL_ANSWER);
	ck_assert_uint_eq(job.status, status);
	ck_assert_uint_eq(control_core_status(&job, job.status, out), 28);
	ck_assert_uint_eq(out[9], status);
	ck_assert_mem_eq(out + 16, buf + 8, 4);		/* the sequence */
	ck_assert_mem_eq(out + 4, buf + 4, 2);		/* the command */
	ck_assert_uint_eq(out[7], CANDM_RPY_NULL);
}

/* Who may ask what, by default, and who does it. */
START_TEST(good_requests)
{
	static const struct {
		uint16_t	command;
		uint8_t		to;
		uint8_t		rights;
		uint8_t		operator;
	} good[] = {
		{ 1, CONTROL_ENGINE, CONTROL_OWNER, 0 },
		{ 3, CONTROL_ENGINE, CONTROL_OWNER, 0 },
		{ 11, CONTROL_ENGINE, CONTROL_OWNER, 1 },
		{ 14, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 15, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 16, CONTROL_PARENT, CONTROL_OWNER, 0 },
		{ 17, CONTROL_PARENT, CONTROL_OWNER, 0 },
		{ 24, CONTROL_PARENT, CONTROL_OWNER, 0 },
		{ 25, CONTROL_SERVER, CONTROL_READER, 0 },
		{ 26, CONTROL_SELF, CONTROL_READER, 0 },
		{ 31, CONTROL_ENGINE, CONTROL_OWNER, 1 },
		{ 33, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 34, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 37, CONTROL_CYCLELOGS, CONTROL_OWNER, 0 },
		{ 41, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 43, CONTROL_ENGINE, CONTROL_OWNER, 1 },
		{ 44, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 50, CONTROL_ENGINE, CONTROL_OWNER, 1 },
		{ 54, CONTROL_SERVER, CONTROL_READER, 0 },
		{ 57, CONTROL_ENGINE, CONTROL_READER, 0 },
		{ 62, CONTROL_PARENT, CONTROL_OWNER, 0 },
		{ 65, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 67, CONTROL_ENGINE, CONTROL_READER, 0 },
		{ 69, CONTROL_ENGINE, CONTROL_READER, 0 },
		{ 71, CONTROL_ENGINE, CONTROL_OWNER, 1 },
		{ 0x4000, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 0x4001, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 0x4002, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ 0x4003, CONTROL_ENGINE, CONTROL_MONITOR, 0 },
		{ CANDM_REQ_COUNTERS, CONTROL_SERVER, CONTROL_READER, 0 },
	};
	struct msg_command	question;
	enum control_rights	r;
	size_t			i, len;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		len = request(good[i].command);
		if (good[i].command == 3)
			buf[63] = buf[67] = 1;
		ck_assert_int_eq(ask(len, CONTROL_NOBODY), CONTROL_DROP);
		for (r = CONTROL_MONITOR; r <= CONTROL_OWNER; r++) {
			if (r < good[i].rights) {
				answered(len, r, CANDM_STT_UNAUTH);
				continue;
			}
			ck_assert_int_eq(ask(len, r), CONTROL_FORWARD);
			control_core_command(&job, 99, &question);
			ck_assert_uint_eq(question.id, 99);
			ck_assert_uint_eq(question.command, good[i].command);
			ck_assert_uint_eq(job.route->to, good[i].to);
			ck_assert_uint_eq(job.route->operator,
			    good[i].operator);
		}
		/* longer is fine, up to the maximum */
		ck_assert_int_eq(ask(CANDM_REQUEST_MAX, CONTROL_OWNER),
		    CONTROL_FORWARD);
		ck_assert_int_eq(ask(CANDM_REQUEST_MAX + 1, CONTROL_OWNER),
		    CONTROL_DROP);
		/* and shorter is not, but for older forms of the reply */
		ck_assert_int_eq(ask(27, CONTROL_OWNER), CONTROL_DROP);
		if (len > 28 && candm_reply_number(good[i].command,
		    len - 1) == 0)
			answered(len - 1, CONTROL_OWNER,
			    CANDM_STT_BADPKTLENGTH);
	}
}
END_TEST

START_TEST(opencommands)
{
	static const struct {
		uint16_t	command;
		uint32_t	open;
	} rows[] = {
		{ 33, CONF_OPEN_TRACKING }, { 15, CONF_OPEN_SOURCES },
		{ 34, CONF_OPEN_SOURCESTATS }, { 44, CONF_OPEN_ACTIVITY },
		{ 54, CONF_OPEN_SERVERSTATS }, { 57, CONF_OPEN_NTPDATA },
		{ 67, CONF_OPEN_AUTHDATA }, { 69, CONF_OPEN_SELECTDATA },
		{ 65, CONF_OPEN_SOURCENAME }, { 41, CONF_OPEN_MANUAL },
	};
	size_t	i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		len = request(rows[i].command);
		ck_assert_int_eq(ask_open(len, CONTROL_MONITOR,
		    rows[i].open), CONTROL_FORWARD);
		ck_assert_int_eq(ask_open(len, CONTROL_MONITOR, 0),
		    CONTROL_ANSWER);
		ck_assert_uint_eq(job.status, CANDM_STT_UNAUTH);
		/* by the Unix socket it does not matter */
		ck_assert_int_eq(ask_open(len, CONTROL_READER, 0),
		    CONTROL_FORWARD);
	}
	/* what changes something stays closed, whatever is said */
	len = request(43);
	ck_assert_int_eq(ask_open(len, CONTROL_MONITOR, UINT32_MAX),
	    CONTROL_ANSWER);
	ck_assert_uint_eq(job.status, CANDM_STT_UNAUTH);
}
END_TEST

/* Every length, every command, all bytes of the body at an extreme. */
START_TEST(hostile_requests)
{
	static const uint8_t	 fills[] = { 0x00, 0xff, 0x80, 0x7f, 0x01 };
	enum control_verdict	 verdict;
	struct msg_command	 question;
	unsigned		 command, len, r;
	size_t			 f;

	for (command = 0; command < 80; command++)
		for (len = 0; len <= 2048; len += len < 600 ? 1 : 61)
			for (f = 0; f < sizeof(fills); f++) {
				memset(buf, fills[f], sizeof(buf));
				memset(buf, 0, 20);
				buf[0] = 6;
				buf[1] = 1;
				buf[5] = command;
				r = (len + f) % (CONTROL_OWNER + 1);
				verdict = ask(len, r);
				if (r == CONTROL_NOBODY || len < 28 ||
				    len > CANDM_REQUEST_MAX)
					ck_assert_int_eq(verdict,
					    CONTROL_DROP);
				if (verdict == CONTROL_ANSWER)
					ck_assert_uint_le(
					    control_core_status(&job,
					    job.status, out), len);
				if (verdict != CONTROL_FORWARD ||
				    job.route->to != CONTROL_ENGINE)
					continue;
				/* no channel would call that a bad message */
				control_core_command(&job, 1, &question);
				ck_assert_msg(msg_check(MSG_COMMAND,
				    ROLE_CONTROL, ROLE_ENGINE, &question,
				    sizeof(question), 0) == NULL,
				    "%u of %u bytes, %02x", command, len,
				    fills[f]);
			}
}
END_TEST

START_TEST(header_is_checked)
{
	size_t	 len = request(33), i;

	for (i = 1; i < 4; i++) {
		buf[i]++;
		ck_assert_int_eq(ask(len, CONTROL_OWNER), CONTROL_DROP);
		buf[i]--;
	}
	buf[0] = 4;
	ck_assert_int_eq(ask(len, CONTROL_OWNER), CONTROL_DROP);
	buf[0] = 5;
	answered(len, CONTROL_OWNER, CANDM_STT_BADPKTVERSION);
	buf[0] = 7;
	answered(len, CONTROL_OWNER, CANDM_STT_BADPKTVERSION);
	/* the version is looked at before the command and the rights */
	buf[4] = 0xff;
	answered(len, CONTROL_MONITOR, CANDM_STT_BADPKTVERSION);
	for (i = 0; i < 28; i++)
		ck_assert_int_eq(ask(i, CONTROL_OWNER), CONTROL_DROP);
}
END_TEST

START_TEST(other_commands)
{
	size_t	 len;

	/* no command, also for the owner */
	len = request(33);
	buf[5] = 10;
	answered(len, CONTROL_OWNER, CANDM_STT_INVALID);
	buf[5] = 75;
	answered(len, CONTROL_MONITOR, CANDM_STT_INVALID);
	buf[4] = 0x40;
	buf[5] = CANDM_REQ_OWN_END & 0xff;
	answered(len, CONTROL_OWNER, CANDM_STT_INVALID);
	/* what this build does not have: rights come first */
	len = request(52);
	answered(len, CONTROL_READER, CANDM_STT_UNAUTH);
	answered(len, CONTROL_OWNER, CANDM_STT_NOTENABLED);
	answered(27 + 1, CONTROL_OWNER, CANDM_STT_NOTENABLED);
	len = request(51);
	answered(len, CONTROL_MONITOR, CANDM_STT_NOTENABLED);
	answered(len - 1, CONTROL_MONITOR, CANDM_STT_BADPKTLENGTH);
	len = request(35);
	answered(len, CONTROL_MONITOR, CANDM_STT_NORTC);
	len = request(30);
	answered(len, CONTROL_OWNER, CANDM_STT_NORTC);
	len = request(68);
	answered(len, CONTROL_MONITOR, CANDM_STT_UNAUTH);
}
END_TEST

START_TEST(question_carries_the_body)
{
	struct msg_command	question;
	size_t			len;

	len = request(15);
	buf[23] = 7;
	ck_assert_int_eq(ask(len, CONTROL_MONITOR), CONTROL_FORWARD);
	control_core_command(&job, 5, &question);
	ck_assert_uint_eq(question.id, 5);
	ck_assert_uint_eq(question.body.index, 7);
	len = request(65);
	memcpy(buf + 20, "\300\0\2\1", 4);
	buf[37] = 1;
	ck_assert_int_eq(ask(len, CONTROL_MONITOR), CONTROL_FORWARD);
	control_core_command(&job, 6, &question);
	ck_assert_uint_eq(question.body.source.addr.family, ADDR_INET);
	ck_assert_mem_eq(question.body.source.addr.ip, "\300\0\2\1", 4);
	buf[37] = 3;
	ck_assert_int_eq(ask(len, CONTROL_MONITOR), CONTROL_FORWARD);
	control_core_command(&job, 6, &question);
	ck_assert_uint_eq(question.body.source.addr.family, ADDR_NONE);
	ck_assert_uint_eq(question.body.source.id, 0xc0000201);
	buf[37] = 4;
	answered(len, CONTROL_MONITOR, CANDM_STT_NOSUCHSOURCE);
}
END_TEST

START_TEST(replies)
{
	struct msg_report	r;
	size_t			len;

	memset(&r, 0, sizeof(r));
	r.number = CANDM_RPY_TRACKING;
	r.body.tracking.stratum = 3;
	r.body.tracking.refid = 0x01020304;
	len = request(33);
	ask(len, CONTROL_MONITOR);
	ck_assert_uint_eq(control_core_report(&job, &r, out), 104);
	ck_assert_mem_eq(out + 28, "\1\2\3\4", 4);
	ck_assert_uint_eq(out[53], 3);
	ck_assert_mem_eq(out + 16, buf + 8, 4);
	/* an error, a success without a report, another report */
	ck_assert_uint_eq(control_core_result(&job, CANDM_STT_NOSUCHSOURCE,
	    out), 28);
	ck_assert_uint_eq(out[9], CANDM_STT_NOSUCHSOURCE);
	ck_assert_uint_eq(control_core_result(&job, 0, out), 28);
	ck_assert_uint_eq(out[9], CANDM_STT_FAILED);
	r.number = CANDM_RPY_N_SOURCES;
	ck_assert_uint_eq(control_core_report(&job, &r, out), 28);
	ck_assert_uint_eq(out[9], CANDM_STT_FAILED);
	/* never longer than the request */
	r.number = CANDM_RPY_TRACKING;
	job.request_len = 103;
	ck_assert_uint_eq(control_core_report(&job, &r, out), 0);
	job.request_len = 104;
	ck_assert_uint_eq(control_core_report(&job, &r, out), 104);

	len = request(14);
	ask(len, CONTROL_MONITOR);
	r.number = CANDM_RPY_N_SOURCES;
	r.body.count = 12;
	ck_assert_uint_eq(control_core_report(&job, &r, out), 32);
	ck_assert_uint_eq(out[31], 12);
	len = request(43);
	ask(len, CONTROL_OWNER);
	ck_assert_uint_eq(control_core_result(&job, 0, out), 28);
	ck_assert_uint_eq(out[9], CANDM_STT_SUCCESS);
	ck_assert_uint_eq(out[7], CANDM_RPY_NULL);
	ck_assert_uint_eq(control_core_report(&job, &r, out), 28);
	ck_assert_uint_eq(out[9], CANDM_STT_FAILED);
	/* an older client has room for fewer counters */
	memset(&r, 0, sizeof(r));
	r.number = CANDM_RPY_SERVER_STATS4;
	r.body.serverstats.ntp_hits = 5;
	request(54);
	ck_assert_int_eq(ask(72, CONTROL_OWNER), CONTROL_FORWARD);
	ck_assert_uint_eq(control_core_report(&job, &r, out), 72);
	ck_assert_uint_eq(out[7], CANDM_RPY_SERVER_STATS3);
}
END_TEST

START_TEST(rights)
{
	struct conf_access	rule;
	struct access		*acl;
	struct addr		a;

	memset(&rule, 0, sizeof(rule));
	rule.allow = 1;
	ck_assert_int_eq(subnet_parse("192.0.2.0/24", &rule.net), 0);
	acl = access_new(&rule, 1);
	ck_assert_ptr_nonnull(acl);
	addr_parse("127.0.0.1", &a);
	ck_assert_int_eq(control_core_udp(acl, &a), CONTROL_MONITOR);
	addr_parse("::1", &a);
	ck_assert_int_eq(control_core_udp(acl, &a), CONTROL_MONITOR);
	addr_parse("192.0.2.99", &a);
	ck_assert_int_eq(control_core_udp(acl, &a), CONTROL_MONITOR);
	addr_parse("192.0.3.1", &a);
	ck_assert_int_eq(control_core_udp(acl, &a), CONTROL_NOBODY);
	addr_parse("::2", &a);
	ck_assert_int_eq(control_core_udp(acl, &a), CONTROL_NOBODY);
	addr_parse("::ffff:127.0.0.1", &a);
	ck_assert_int_eq(control_core_udp(acl, &a), CONTROL_NOBODY);
	access_free(acl);
	ck_assert_int_eq(control_core_unix(0, 123), CONTROL_OWNER);
	ck_assert_int_eq(control_core_unix(123, 123), CONTROL_OWNER);
	ck_assert_int_eq(control_core_unix(124, 123), CONTROL_READER);
	ck_assert_int_eq(control_core_unix(65534, 123), CONTROL_READER);
}
END_TEST

START_TEST(paths)
{
	static const struct {
		const char	*dir;
		const char	*client;
		const char	*inside;	/* NULL: nothing is sent */
	} cases[] = {
		{ "/run/chrony", "/run/chrony/chronyc.1.sock",
		    "/chronyc.1.sock" },
		{ "/run/chrony/", "/run/chrony/chronyc.1.sock",
		    "/chronyc.1.sock" },
		{ "/run/chrony", "/var/run/chrony/c.sock", "/c.sock" },
		{ "/var/run/chrony", "/run/chrony/c.sock", "/c.sock" },
		{ "/run/chrony", "/run/chrony/chronyc.1/xyz/sock",
		    "/chronyc.1/xyz/sock" },
		{ "/run/chrony", "/run/chrony/a..b", "/a..b" },
		{ "/run/chrony", "/run/chrony/...", "/..." },
		{ "/run/chrony", "/run/chrony", NULL },
		{ "/run/chrony", "/run/chrony/", NULL },
		{ "/run/chrony", "/run/chronyx/c", NULL },
		{ "/run/chrony", "/run/chrony/../c", NULL },
		{ "/run/chrony", "/run/chrony/a/../../c", NULL },
		{ "/run/chrony", "/run/chrony/..", NULL },
		{ "/run/chrony", "/run/chrony/./c", NULL },
		{ "/run/chrony", "/run/chrony//c", NULL },
		{ "/run/chrony", "/run/chrony/c/", NULL },
		{ "/run/chrony", "/tmp/c", NULL },
		{ "/run/chrony", "run/chrony/c", NULL },
		{ "/run/chrony", "", NULL },
		{ "", "/c", NULL },
		{ "/", "/c", NULL },
	};
	char	to[MSG_PATH_MAX], path[256];
	size_t	i;
	int	result;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		result = control_core_path(cases[i].dir, 1, cases[i].client,
		    to);
		ck_assert_msg(result == (cases[i].inside == NULL ? -1 : 0),
		    "%s", cases[i].client);
		if (result == 0)
			ck_assert_str_eq(to, cases[i].inside);
		ck_assert_int_eq(control_core_path(cases[i].dir, 0,
		    cases[i].client, to), result);
		if (result == 0)
			ck_assert_str_eq(to, cases[i].client);
	}
	/* in place, as the caller does */
	strcpy(to, "/run/chrony/c.sock");
	ck_assert_int_eq(control_core_path("/run/chrony", 1, to, to), 0);
	ck_assert_str_eq(to, "/c.sock");
	memset(path, 'a', sizeof(path));
	memcpy(path, "/run/chrony/", 12);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(control_core_path("/run/chrony", 1, path, to), -1);
}
END_TEST

START_TEST(pending)
{
	static const struct control_route	route = {
		.to = CONTROL_ENGINE
	};
	static struct control_pending	p;
	struct control_job		got, in;
	uint32_t			ids[CONTROL_PENDING_MAX], i, again;

	memset(&p, 0, sizeof(p));
	memset(&in, 0, sizeof(in));
	in.route = &route;
	for (i = 0; i < CONTROL_PENDING_MAX; i++) {
		/* UDP cannot have all, and then the others cannot */
		in.from.addr.family = i < CONTROL_PENDING_UDP ? ADDR_INET :
		    ADDR_NONE;
		if (i == CONTROL_PENDING_UDP) {
			in.from.addr.family = ADDR_INET6;
			ck_assert_uint_eq(control_pending_add(&p, &in, 0), 0);
			in.from.addr.family = ADDR_NONE;
		}
		in.sequence = i;
		ids[i] = control_pending_add(&p, &in, i);
		ck_assert_uint_ne(ids[i], 0);
	}
	ck_assert_uint_eq(control_pending_add(&p, &in, 0), 0);
	/* nobody answers for another one */
	ck_assert_int_eq(control_pending_is_for(&p, ids[3], CONTROL_ENGINE),
	    1);
	ck_assert_int_eq(control_pending_is_for(&p, ids[3], CONTROL_SERVER),
	    0);
	ck_assert_int_eq(control_pending_is_for(&p, 0, CONTROL_ENGINE), 0);
	ck_assert_int_eq(control_pending_is_for(&p, ids[3] +
	    CONTROL_PENDING_MAX, CONTROL_ENGINE), 0);
	ck_assert_int_eq(control_pending_take(&p, 0, &got), -1);
	ck_assert_int_eq(control_pending_take(&p, 0xffffffff, &got), -1);
	for (i = 10; i < 20; i++) {
		ck_assert_int_eq(control_pending_take(&p, ids[i], &got), 0);
		ck_assert_uint_eq(got.sequence, i);
		ck_assert_int_eq(control_pending_take(&p, ids[i], &got), -1);
	}
	/* what UDP has left is not for others */
	ck_assert_uint_eq(control_pending_add(&p, &in, 0), 0);
	in.from.addr.family = ADDR_INET;
	/* a slot's new id is not its old one */
	again = control_pending_add(&p, &in, 0);
	ck_assert_uint_ne(again, ids[10]);
	ck_assert_int_eq(control_pending_take(&p, ids[10], &got), -1);
	ck_assert_int_eq(control_pending_take(&p, again, &got), 0);
	ck_assert_uint_eq(p.count, CONTROL_PENDING_MAX - 10);
	/* the deadlines of 0..9 and 20.. are 0.9 s after they came */
	ck_assert_uint_eq(control_pending_expire(&p, CONTROL_PENDING_NS - 1),
	    0);
	ck_assert_uint_eq(control_pending_expire(&p, CONTROL_PENDING_NS + 4),
	    5);
	ck_assert_int_eq(control_pending_take(&p, ids[4], &got), -1);
	ck_assert_int_eq(control_pending_take(&p, ids[5], &got), 0);
	ck_assert_int_eq(control_pending_take_to(&p, CONTROL_SERVER, &got),
	    -1);
	for (i = p.count; i > 0; i--)
		ck_assert_int_eq(control_pending_take_to(&p, CONTROL_ENGINE,
		    &got), 0);
	ck_assert_int_eq(control_pending_take_to(&p, CONTROL_ENGINE, &got),
	    -1);
	ck_assert_uint_eq(p.count, 0);
}
END_TEST

struct seen {
	struct control_io	*io;
	struct control_datagram	 last;
	uint8_t			 data[CANDM_REQUEST_MAX + 1];
	unsigned		 n;
};

static void
see(void *ctx, const struct control_datagram *d)
{
	struct seen	*seen = ctx;

	seen->last = *d;
	memcpy(seen->data, d->data, d->len);
	seen->n++;
	control_io_send(seen->io, &d->from, (const uint8_t *)"reply", 5);
}

/* Counters of several servers, each once. */
START_TEST(merge)
{
	struct msg_report	 one = { .number = CANDM_RPY_SERVER_STATS4 };
	struct control_merge	 m;

	one.body.serverstats.ntp_hits = 5;
	one.body.serverstats.ntp_span_s = 9;
	control_merge_begin(&m, one.number, 1ULL << 0 | 1ULL << 63);
	ck_assert_int_eq(control_merge_add(&m, 1, &one), 0);
	ck_assert_int_eq(control_merge_add(&m, 64, &one), 0);
	ck_assert_int_eq(control_merge_add(&m, 63, &one), 0);
	ck_assert_int_eq(control_merge_add(&m, 63, &one), 0);
	one.body.serverstats.ntp_span_s = 4;
	/* an answer to another question */
	one.number = CANDM_RPY_COUNTERS;
	ck_assert_int_eq(control_merge_add(&m, 0, &one), 0);
	one.number = CANDM_RPY_SERVER_STATS4;
	ck_assert_int_eq(control_merge_add(&m, 0, &one), 1);
	ck_assert_uint_eq(m.sum.serverstats.ntp_hits, 10);
	ck_assert_uint_eq(m.sum.serverstats.ntp_span_s, 9);
	ck_assert_int_eq(control_merge_add(&m, 0, &one), 0);
}
END_TEST

/* And what became of every packet: all are sums. */
START_TEST(merge_counters)
{
	struct msg_report	 one = { .number = CANDM_RPY_COUNTERS };
	struct control_merge	 m;
	uint64_t		 each[sizeof(one.body.counters) / 8];
	size_t			 i, n = sizeof(each) / sizeof(each[0]);

	for (i = 0; i < n; i++)
		each[i] = i + 1;
	memcpy(&one.body.counters, each, sizeof(each));
	control_merge_begin(&m, one.number, 7);
	ck_assert_int_eq(control_merge_add(&m, 0, &one), 0);
	ck_assert_int_eq(control_merge_add(&m, 1, &one), 0);
	ck_assert_int_eq(control_merge_add(&m, 2, &one), 1);
	memcpy(each, &m.sum.counters, sizeof(each));
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(each[i], 3 * (i + 1));
	ck_assert_int_eq(control_merge_is_sum(CANDM_RPY_COUNTERS), 1);
	ck_assert_int_eq(control_merge_is_sum(CANDM_RPY_SERVER_STATS4), 1);
	ck_assert_int_eq(control_merge_is_sum(CANDM_RPY_CLIENTS), 0);
}
END_TEST

START_TEST(unix_socket)
{
	struct event_base	*base = event_base_new();
	struct msg_socket	 sock = { .kind = SOCKET_COMMAND_UNIX };
	struct sockaddr_un	 server = { .sun_family = AF_UNIX };
	struct sockaddr_un	 client = { .sun_family = AF_UNIX };
	struct seen		 seen;
	char			 dir[SCRATCH_MAX];
	char			 text[64];
	int			 fd, cfd;

	memset(&seen, 0, sizeof(seen));
	scratch_make(dir);
	snprintf(server.sun_path, sizeof(server.sun_path), "%s/d", dir);
	snprintf(client.sun_path, sizeof(client.sun_path), "%s/c", dir);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&server,
	    sizeof(server)), 0);
	seen.io = control_io_new(base, see, &seen);
	ck_assert_int_eq(control_io_add(seen.io, &sock, fd), 0);
	cfd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(connect(cfd, (struct sockaddr *)&server,
	    sizeof(server)), 0);
	/* without a name there is nobody to answer to */
	ck_assert_int_eq(send(cfd, "anonymous", 9, 0), 9);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(seen.n, 0);
	ck_assert_int_eq(bind(cfd, (struct sockaddr *)&client,
	    sizeof(client)), 0);
	ck_assert_int_eq(send(cfd, "hello", 5, 0), 5);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_int_eq(seen.last.is_unix, 1);
	ck_assert_int_eq(seen.last.has_uid, 1);
	ck_assert_uint_eq(seen.last.uid, geteuid());
	ck_assert_str_eq(seen.last.from.path, client.sun_path);
	ck_assert_uint_eq(seen.last.len, 5);
	ck_assert_mem_eq(seen.data, "hello", 5);
	ck_assert_int_eq(recv(cfd, text, sizeof(text), 0), 5);
	ck_assert_mem_eq(text, "reply", 5);
	/* too long a request does not arrive as a shorter one */
	ck_assert_int_eq(send(cfd, buf, 1000, 0), 1000);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_gt(seen.last.len, CANDM_REQUEST_MAX);
	/* a client that is gone */
	ck_assert_int_eq(send(cfd, "bye", 3, 0), 3);
	close(cfd);
	unlink(client.sun_path);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(seen.n, 3);
	control_io_free(seen.io);
	event_base_free(base);
	unlink(server.sun_path);
	rmdir(dir);
}
END_TEST

START_TEST(udp_socket)
{
	struct event_base	*base = event_base_new();
	struct msg_socket	 sock = { .kind = SOCKET_COMMAND };
	struct sockaddr_in	 sin = { .sin_family = AF_INET };
	struct sockaddr_in	 from;
	socklen_t		 len = sizeof(sin);
	struct seen		 seen;
	char			 text[64];
	int			 fd, cfd, on = 1;

	memset(&seen, 0, sizeof(seen));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	getsockname(fd, (struct sockaddr *)&sin, &len);
	seen.io = control_io_new(base, see, &seen);
	ck_assert_int_eq(control_io_add(seen.io, &sock, fd), 0);
	cfd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	/* asked at 127.0.0.3, the reply comes from there */
	inet_pton(AF_INET, "127.0.0.3", &sin.sin_addr);
	ck_assert_int_eq(sendto(cfd, "hello", 5, 0, (struct sockaddr *)&sin,
	    sizeof(sin)), 5);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_int_eq(seen.last.is_unix, 0);
	ck_assert_uint_eq(seen.last.from.addr.family, ADDR_INET);
	len = sizeof(from);
	ck_assert_int_eq(recvfrom(cfd, text, sizeof(text), 0,
	    (struct sockaddr *)&from, &len), 5);
	ck_assert_uint_eq(from.sin_addr.s_addr, sin.sin_addr.s_addr);
	close(cfd);
	control_io_free(seen.io);
	event_base_free(base);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("control");
	TCase	*tc = tcase_create("control");

	/* each check is a system call or two, and others want the CPU, too */
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, good_requests);
	tcase_add_test(tc, header_is_checked);
	tcase_add_test(tc, other_commands);
	tcase_add_test(tc, question_carries_the_body);
	tcase_add_test(tc, replies);
	tcase_add_test(tc, opencommands);
	tcase_add_test(tc, hostile_requests);
	tcase_add_test(tc, rights);
	tcase_add_test(tc, paths);
	tcase_add_test(tc, merge);
	tcase_add_test(tc, merge_counters);
	tcase_add_test(tc, pending);
	tcase_add_test(tc, unix_socket);
	tcase_add_test(tc, udp_socket);
	return (unit_run(suite));
}
