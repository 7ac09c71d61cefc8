/* privsep/messages_control.c: every value of commands and reports. */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/messages.h"
#include "regress/unit/unit.h"

static struct msg_command	command;
static struct msg_report	report;

static int
command_passes(void)
{
	return (msg_check(MSG_COMMAND, ROLE_CONTROL, ROLE_ENGINE, &command,
	    sizeof(command), 0) == NULL);
}

static int
report_passes(void)
{
	return (msg_check(MSG_REPORT, ROLE_ENGINE, ROLE_CONTROL, &report,
	    sizeof(report), 0) == NULL);
}

static void
good_command(unsigned number)
{
	memset(&command, 0, sizeof(command));
	command.command = number;
	if (number == CANDM_REQ_ADD_SOURCE) {
		command.body.add.type = CANDM_ADD_SERVER;
		memcpy(command.body.add.name, "a", 2);
	}
}

static void
good_report(unsigned number)
{
	memset(&report, 0, sizeof(report));
	report.number = number;
	if (number == CANDM_RPY_SELECT_DATA)
		report.body.selectdata.state = '*';
	if (number == CANDM_RPY_EXPLAIN)
		report.body.explain.letter = '*';
}

/* A good one but for one value: does it pass? */
#define TRY_COMMAND(number, field, value, good) do {			\
	good_command(CANDM_REQ_##number);				\
	command.body.field = (value);					\
	ck_assert_msg(command_passes() == (good), #number ": " #field	\
	    " = " #value);						\
} while (0)
#define C_GOOD(number, field, value)	TRY_COMMAND(number, field, value, 1)
#define C_BAD(number, field, value)	TRY_COMMAND(number, field, value, 0)
#define C_DOUBLE(number, field) do {					\
	C_GOOD(number, field, 1e20);					\
	C_BAD(number, field, 1.1e20);					\
	C_BAD(number, field, NAN);					\
	C_BAD(number, field, -INFINITY);				\
} while (0)
#define TRY(num, field, value, good) do {				\
	good_report(CANDM_RPY_##num);					\
	report.body.field = (value);					\
	ck_assert_msg(report_passes() == (good), #num ": " #field	\
	    " = " #value);						\
} while (0)
#define GOOD(number, field, value)	TRY(number, field, value, 1)
#define BAD(number, field, value)	TRY(number, field, value, 0)
#define DOUBLE(number, field, min, max) do {				\
	GOOD(number, field, min);					\
	GOOD(number, field, max);					\
	BAD(number, field, nextafter(max, INFINITY));			\
	BAD(number, field, nextafter(min, -INFINITY) - 1e-300);		\
	BAD(number, field, NAN);					\
	BAD(number, field, INFINITY);					\
} while (0)
#define TEXT(number, field) do {					\
	good_report(CANDM_RPY_##number);				\
	memset(report.body.field, 'a', sizeof(report.body.field));	\
	ck_assert(!report_passes());					\
	report.body.field[sizeof(report.body.field) - 1] = '\0';	\
	ck_assert(report_passes());					\
} while (0)

START_TEST(commands)
{
	C_BAD(ONLINE, mask.source.addr.family, 1);
	C_BAD(OFFLINE, mask.mask.family, ADDR_INET);
	C_BAD(BURST, burst.good, 65536);
	C_BAD(BURST, burst.total, 65536);
	C_BAD(BURST, burst.which.source.addr.family, 9);
	C_BAD(MODIFY_MINPOLL, number_of.source.addr.family, 2);
	C_DOUBLE(MODIFY_MAXDELAY, real_of.value);
	C_DOUBLE(MODIFY_MAXUPDATESKEW, value);
	C_DOUBLE(DFREQ, value);
	C_DOUBLE(DOFFSET, value);
	C_DOUBLE(RESELECTDISTANCE, value);
	C_GOOD(MANUAL, option, 2);
	C_BAD(MANUAL, option, 3);
	C_GOOD(SOURCE_DATA, index, UINT32_MAX);
	C_GOOD(ALLOW, subnet.bits, 0);
	C_BAD(ALLOW, subnet.bits, 1);
	C_BAD(CMDDENYALL, subnet.addr.family, 5);
	C_BAD(ACCHECK, source.addr.ip[0], 1);
	C_BAD(MODIFY_MAKESTEP, makestep.threshold_s, -1);
	C_DOUBLE(MODIFY_MAKESTEP, makestep.threshold_s);
	C_BAD(ADD_SOURCE, add.type, 0);
	C_BAD(ADD_SOURCE, add.type, 4);
	C_BAD(ADD_SOURCE, add.name[0], '\0');
	C_BAD(ADD_SOURCE, add.name[0], ' ');
	C_BAD(ADD_SOURCE, add.port, 65536);
	C_DOUBLE(ADD_SOURCE, add.max_delay_s);
	C_DOUBLE(ADD_SOURCE, add.offset_s);
	C_BAD(SELECTOPTS, selectopts.mask, 0x10);
	C_BAD(SELECTOPTS, selectopts.options, 0x10);
	C_DOUBLE(OFFSET, offset.offset_s);
	C_BAD(LOCAL, local.on, 1);		/* stratum 0 */
	C_DOUBLE(LOCAL, local.distance_s);
	C_DOUBLE(LOCAL, local.wait_synced_s);
}
END_TEST

/* What is in no row cannot be sent, whoever reads it. */
START_TEST(numbers)
{
	unsigned n, ncommands = 0, nreports = 0;

	for (n = 0; n < 0x5000; n++) {
		good_command(n);
		ncommands += command_passes();
		good_report(n);
		nreports += report_passes();
	}
	ck_assert_uint_gt(ncommands, 50);
	ck_assert_uint_lt(ncommands, 75);
	ck_assert_uint_gt(nreports, 14);
	ck_assert_uint_lt(nreports, 25);
	good_command(0);
	ck_assert(!command_passes());
	good_command(75);
	ck_assert(!command_passes());
	good_command(0x10000 + CANDM_REQ_TRACKING);
	ck_assert(!command_passes());
	good_report(CANDM_RPY_NULL);
	ck_assert(!report_passes());
}
END_TEST

START_TEST(reports)
{
	BAD(N_SOURCES, count, MSG_SOURCES + 1);
	DOUBLE(TRACKING, tracking.correction_s, -1e15, 1e15);
	DOUBLE(TRACKING, tracking.last_offset_s, -1e15, 1e15);
	DOUBLE(TRACKING, tracking.rms_offset_s, 0.0, 1e15);
	DOUBLE(TRACKING, tracking.freq_ppm, -1e15, 1e15);
	DOUBLE(TRACKING, tracking.resid_freq_ppm, -1e15, 1e15);
	DOUBLE(TRACKING, tracking.skew_ppm, 0.0, 1e15);
	DOUBLE(TRACKING, tracking.root_delay_s, -1e15, 1e15);
	DOUBLE(TRACKING, tracking.root_disp_s, -1e15, 1e15);
	DOUBLE(TRACKING, tracking.update_interval_s, 0.0, 1e15);
	BAD(TRACKING, tracking.addr.family, 1);
	BAD(TRACKING, tracking.stratum, 17);
	BAD(TRACKING, tracking.leap, 4);
	BAD(TRACKING, tracking.ref_time_ns, -1);
	DOUBLE(SOURCE_DATA, source.orig_offset_s, -1e15, 1e15);
	DOUBLE(SOURCE_DATA, source.offset_s, -1e15, 1e15);
	DOUBLE(SOURCE_DATA, source.error_s, -1e15, 1e15);
	BAD(SOURCE_DATA, source.addr.family, 1);
	BAD(SOURCE_DATA, source.poll_log2, 33);
	BAD(SOURCE_DATA, source.poll_log2, -33);
	BAD(SOURCE_DATA, source.stratum, 17);
	BAD(SOURCE_DATA, source.state, REPORT_STATE_SELECTABLE + 1);
	BAD(SOURCE_DATA, source.mode, REPORT_MODE_REFCLOCK + 1);
	BAD(SOURCE_DATA, source.reach, 256);
	GOOD(SOURCE_DATA, source.since_sample_s, REPORT_NEVER);
	DOUBLE(SOURCESTATS, sourcestats.sd_s, 0.0, 1e15);
	DOUBLE(SOURCESTATS, sourcestats.resid_freq_ppm, -1e15, 1e15);
	DOUBLE(SOURCESTATS, sourcestats.skew_ppm, 0.0, 1e15);
	DOUBLE(SOURCESTATS, sourcestats.offset_s, -1e15, 1e15);
	DOUBLE(SOURCESTATS, sourcestats.offset_err_s, -1e15, 1e15);
	BAD(SOURCESTATS, sourcestats.addr.ip[15], 1);
	BAD(SOURCESTATS, sourcestats.n_samples, MSG_SOURCES + 1);
	BAD(SOURCESTATS, sourcestats.n_runs, MSG_SOURCES + 1);
	BAD(ACTIVITY, activity.online, MSG_SOURCES + 1);
	BAD(ACTIVITY, activity.offline, MSG_SOURCES + 1);
	BAD(ACTIVITY, activity.burst_online, MSG_SOURCES + 1);
	BAD(ACTIVITY, activity.burst_offline, MSG_SOURCES + 1);
	BAD(ACTIVITY, activity.unresolved, MSG_SOURCES + 1);
	TEXT(NTP_SOURCE_NAME, name.name);
	BAD(NTP_SOURCE_NAME, name.name[0], '\033');
	DOUBLE(STATUS, status.offset_s, -1e15, 1e15);
	BAD(STATUS, status.peers, MSG_SOURCES + 1);
	BAD(STATUS, status.peers_valid, 1);
	BAD(STATUS, status.sensors, MSG_SOURCES + 1);
	BAD(STATUS, status.sensors_valid, 1);
	BAD(STATUS, status.synced, 2);
	BAD(STATUS, status.stratum, 17);
	DOUBLE(PEER, peer.offset_s, -1e15, 1e15);
	DOUBLE(PEER, peer.delay_s, -1e15, 1e15);
	DOUBLE(PEER, peer.jitter_s, -1e15, 1e15);
	BAD(PEER, peer.addr.family, 1);
	BAD(PEER, peer.selected, 2);
	BAD(PEER, peer.valid, 2);
	BAD(PEER, peer.from_pool, 2);
	BAD(PEER, peer.weight, 11);
	BAD(PEER, peer.trust, 11);
	BAD(PEER, peer.stratum, 17);
	BAD(PEER, peer.next_s, INT32_MIN);
	BAD(PEER, peer.next_s, INT32_MAX);
	BAD(PEER, peer.poll_s, -1);
	BAD(PEER, peer.poll_s, INT32_MAX);
	TEXT(PEER, peer.name);
	BAD(PEER, peer.name[0], '\n');
	BAD(AUTH_DATA, authdata.mode, 3);
	BAD(SELECT_DATA, selectdata.state, '\0');
	BAD(SELECT_DATA, selectdata.conf_options, 0x10);
	DOUBLE(SELECT_DATA, selectdata.score, -1e15, 1e15);
	DOUBLE(SELECT_DATA, selectdata.offset_lo_s, -1e15, 1e15);
	BAD(NTP_DATA2, ntpdata.tests, 0x400);
	BAD(NTP_DATA2, ntpdata.leap, 4);
	DOUBLE(NTP_DATA2, ntpdata.response_s, -1e15, 1e15);
	DOUBLE(MANUAL_TIMESTAMP, manual.offset_s, -1e15, 1e15);
	BAD(MANUAL_LIST, manual_list.count, 17);
	BAD(HEALTH, health.state, REPORT_HEALTH_COUNT);
	BAD(HEALTH, health.reason, REPORT_REASON_COUNT);
	DOUBLE(HEALTH, health.error_s, 0.0, 1e15);
	TEXT(HEALTH, health.name);
	BAD(EXPLAIN, explain.letter, '\0');
	BAD(EXPLAIN, explain.reason, REPORT_REASON_COUNT);
	DOUBLE(EXPLAIN, explain.error_s, -1e15, 1e15);
	TEXT(EXPLAIN, explain.name);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("messages_control");
	TCase *tc = tcase_create("messages_control");

	tcase_add_test(tc, commands);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, reports);
	suite_add_tcase(s, tc);
	return (unit_run(s));
}
