/*
 * ntpctl: reports in every format, and commands that change something.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ntpctl/commands.h"
#include "ntpctl/parse.h"
#include "regress/unit/fakedaemon.h"
#include "regress/unit/unit.h"

START_TEST(selectdata)
{
	struct report_selectdata	*s;

	fake_one_source();
	s = &fake_canned(CANDM_REQ_SELECT_DATA, CANDM_RPY_SELECT_DATA)->body
	    .selectdata;
	s->addr = fake_inet;
	s->state = '*';
	s->authenticated = 1;
	s->conf_options = REPORT_OPT_PREFER;
	s->eff_options = REPORT_OPT_PREFER | REPORT_OPT_TRUST;
	s->since_sample_s = 4;
	s->score = 1.5;
	s->offset_lo_s = -0.25;
	s->offset_hi_s = 0.5;
	fake_run("selectdata", 0,
	    "S Name/IP Address        Auth COpts EOpts Last Score     Interval"
	    "  Leap\n"
	    "================================================================"
	    "=======\n"
	    "* 192.0.2.1                 Y -P--- -PT--    4   1.5  -500ms  "
	    "+250ms  N\n", "");
	ctl.style.wide = 1;
	fake_run("selectdata", 0,
	    "S Name/IP Address                      Auth COpts EOpts Last "
	    "Score     Interval  Leap\n"
	    "================================================================"
	    "=====================\n"
	    "* 192.0.2.1                               Y -P--- -PT--    4   "
	    "1.5  -500ms  +250ms  N\n", "");
	ctl.style.wide = 0;
	fake_in_format(OUTPUT_CSV, "selectdata",
	    "*,192.0.2.1,Y,-,P,-,-,-,-,P,T,-,-,"
	    "4,1.5,-0.500000000,0.250000000,Normal\n");
	fake_in_format(OUTPUT_JSON, "selectdata", "{\"selectdata\":[{\"state\":"
	    "\"*\",\"name\":\"192.0.2.1\",\"address\":\"192.0.2.1\","
	    "\"authenticated\":true,\"configured_options\":[\"prefer\"],"
	    "\"effective_options\":[\"prefer\",\"trust\"],"
	    "\"since_sample_seconds\":4,\"score\":1.5,"
	    "\"offset_low_seconds\":-0.5,\"offset_high_seconds\":0.25,"
	    "\"leap\":\"normal\"}]}\n");
}
END_TEST

START_TEST(sources_in_json_and_metrics)
{
	fake_one_source();
	fake_in_format(OUTPUT_JSON, "sources",
	    "{\"sources\":[{\"mode\":\"server\","
	    "\"state\":\"selected\",\"name\":\"192.0.2.1\",\"address\":"
	    "\"192.0.2.1\",\"stratum\":1,\"poll_log2\":6,\"reach\":255,"
	    "\"since_sample_seconds\":10,\"offset_seconds\":0.5,"
	    "\"measured_offset_seconds\":0,\"error_seconds\":0}]}\n");
	ctl.style.format = OUTPUT_METRICS;
	fake_run("sources", 0, NULL, "");
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "# TYPE ntp_sources_offset_seconds gauge\n"
	    "ntp_sources_offset_seconds{name=\"192.0.2.1\","
	    "address=\"192.0.2.1\"} 0.5\n"));
	/* never is no number */
	fake.replies[1].body.source.since_sample_s = REPORT_NEVER;
	fake_run("sources", 0, NULL, "");
	ck_assert_ptr_null(strstr(fake.printed.data, "4294967295"));
}
END_TEST

START_TEST(authdata)
{
	struct report_authdata	*a;

	fake_one_source();
	a = &fake_canned(CANDM_REQ_AUTH_DATA, CANDM_RPY_AUTH_DATA)->body
	    .authdata;
	a->mode = REPORT_AUTH_NTS;
	a->key_id = 1;
	a->key_type = 15;
	a->key_bits = 256;
	a->since_ke_s = REPORT_NEVER;
	a->ke_attempts = 2;
	a->cookies = 8;
	a->cookie_len = 100;
	fake_run("authdata", 0,
	    "Name/IP address             Mode KeyID Type KLen Last Atmp  NAK "
	    "Cook CLen\n"
	    "================================================================"
	    "=========\n"
	    "192.0.2.1                    NTS     1   15  256    -    2    0 "
	    "   8  100\n", "");
	fake_in_format(OUTPUT_CSV, "authdata",
	    "192.0.2.1,NTS,1,15,256,4294967295,2,0,8,100\n");
}
END_TEST

static void
fill_ntpdata(struct report_ntpdata *n)
{
	n->remote = fake_inet;
	n->remote.port = 123;
	n->version = n->mode = 4;
	n->stratum = 1;
	n->poll_log2 = 6;
	n->precision_log2 = -20;
	n->refid = 0x47505300;
	n->ref_time_ns = FAKE_NOW_NS;
	n->offset_s = -0.5;
	n->jitter_asymmetry = 0.25;
	n->tests = REPORT_TEST_ALL & ~REPORT_TEST_6;
	n->tx_source = 'K';
	n->total_tx = 3;
}

#define NTPDATA								\
	"Remote address  : 192.0.2.1 (C0000201)\n"			\
	"Remote port     : 123\n"					\
	"Local address   : [UNSPEC] (00000000)\n"			\
	"Leap status     : Normal\n"					\
	"Version         : 4\n"						\
	"Mode            : Server\n"					\
	"Stratum         : 1\n"						\
	"Poll interval   : 6 (64 seconds)\n"				\
	"Precision       : -20 (0.000000954 seconds)\n"			\
	"Root delay      : 0.000000 seconds\n"				\
	"Root dispersion : 0.000000 seconds\n"				\
	"Reference ID    : 47505300 (GPS)\n"				\
	"Reference time  : Sat Nov 21 05:46:12 2026\n"			\
	"Offset          : -0.500000000 seconds\n"			\
	"Peer delay      : 0.000000000 seconds\n"			\
	"Peer dispersion : 0.000000000 seconds\n"			\
	"Response time   : 0.000000000 seconds\n"			\
	"Jitter asymmetry: +0.25\n"					\
	"NTP tests       : 111 101 1111\n"				\
	"Interleaved     : No\n"					\
	"Authenticated   : No\n"					\
	"TX timestamping : Kernel\n"					\
	"RX timestamping : Invalid\n"					\
	"Total TX        : 3\n"						\
	"Total RX        : 0\n"						\
	"Total valid RX  : 0\n"						\
	"Total good RX   : 0\n"

START_TEST(ntpdata)
{
	struct candm_reply	*r;

	fake_one_source();
	r = fake_canned(CANDM_REQ_NTP_DATA, CANDM_RPY_NTP_DATA2);
	fill_ntpdata(&r->body.ntpdata);
	fake_run("ntpdata", 0, "\n" NTPDATA
	    "Total kernel TX : 0\nTotal kernel RX : 0\n"
	    "Total HW TX     : 0\nTotal HW RX     : 0\n", "");
	fake_in_format(OUTPUT_CSV, "ntpdata one.example.net",
	    "192.0.2.1,C0000201,123,[UNSPEC],00000000,Normal,4,Server,1,6,64,"
	    "-20,0.000000954,0.000000,0.000000,47505300,GPS,"
	    "1795239972.000000000,-0.500000000,0.000000000,0.000000000,"
	    "0.000000000,0.25,111,101,1111,No,No,Kernel,Invalid,3,0,0,0,"
	    "0,0,0,0\n");
	/* chronyd 4.3 lacks four lines */
	r->number = CANDM_RPY_NTP_DATA;
	fake_run("ntpdata 192.0.2.1", 0, NTPDATA, "");
	fake_run("ntpdata two.example.net", -1, "",
	    "Could not get address for hostname\n");
}
END_TEST

START_TEST(serverstats)
{
	struct candm_reply	*r;

	r = fake_canned(CANDM_REQ_SERVER_STATS, CANDM_RPY_SERVER_STATS4);
	r->body.serverstats.ntp_hits = 5000000000ULL;
	r->body.serverstats.hw_tx = 7;
	fake_in_format(OUTPUT_CSV, "serverstats",
	    "5000000000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,7\n");
	ctl.style.format = OUTPUT_METRICS;
	fake_run("serverstats", 0, NULL, "");
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "# TYPE ntp_serverstats_ntp_packets_received counter\n"
	    "ntp_serverstats_ntp_packets_received_total 5000000000\n"));
	/* chronyd 4.3 */
	ctl.style.format = OUTPUT_TEXT;
	r->number = CANDM_RPY_SERVER_STATS3;
	r->body.serverstats.ntp_hits = 5;
	fake_run("serverstats", 0,
	    "NTP packets received       : 5\n"
	    "NTP packets dropped        : 0\n"
	    "Command packets received   : 0\n"
	    "Command packets dropped    : 0\n"
	    "Client log records dropped : 0\n"
	    "NTS-KE connections accepted: 0\n"
	    "NTS-KE connections dropped : 0\n"
	    "Authenticated NTP packets  : 0\n"
	    "Interleaved NTP packets    : 0\n"
	    "NTP timestamps held        : 0\n"
	    "NTP timestamp span         : 0\n", "");
}
END_TEST

#define STATS0								\
	"NTP packets received       : 0\n"				\
	"NTP packets dropped        : 0\n"				\
	"Command packets received   : 0\n"				\
	"Command packets dropped    : 0\n"				\
	"Client log records dropped : 0\n"				\
	"NTS-KE connections accepted: 0\n"				\
	"NTS-KE connections dropped : 0\n"				\
	"Authenticated NTP packets  : 0\n"				\
	"Interleaved NTP packets    : 0\n"				\
	"NTP timestamps held        : 0\n"				\
	"NTP timestamp span         : 0\n"				\
	"NTP daemon RX timestamps   : 0\n"				\
	"NTP daemon TX timestamps   : 0\n"				\
	"NTP kernel RX timestamps   : 0\n"				\
	"NTP kernel TX timestamps   : 0\n"				\
	"NTP hardware RX timestamps : 0\n"				\
	"NTP hardware TX timestamps : 0\n"

/* What became of every packet, behind what chronyc says, which stays. */
START_TEST(serverstats_verbose)
{
	struct candm_reply	*r;
	uint64_t		 each[sizeof(struct report_counters) / 8];
	size_t			 i;

	fake_canned(CANDM_REQ_SERVER_STATS, CANDM_RPY_SERVER_STATS4);
	fake_run("serverstats", 0, STATS0, "");
	/* a daemon that does not know more */
	fake_run("serverstats -v", 0, STATS0, "");
	r = fake_canned(CANDM_REQ_COUNTERS, CANDM_RPY_COUNTERS);
	for (i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		each[i] = i + 1;
	memcpy(&r->body.counters, each, sizeof(each));
	fake_run("serverstats", 0, STATS0, "");
	fake_run("serverstats -v", 0, STATS0
	    "NTP packets read           : 1\n"
	    "NTP answers                : 2\n"
	    "NTP kisses (RATE)          : 3\n"
	    "Dropped: too short         : 4\n"
	    "Dropped: odd length        : 5\n"
	    "Dropped: too long          : 6\n"
	    "Dropped: bad version       : 7\n"
	    "Dropped: not a request     : 8\n"
	    "Dropped: bad extension     : 9\n"
	    "Dropped: unknown key       : 10\n"
	    "Dropped: bad MAC           : 11\n"
	    "Dropped: no MAC for it     : 12\n"
	    "Dropped: to a group        : 13\n"
	    "Dropped: bad source        : 14\n"
	    "Dropped: not allowed       : 15\n"
	    "Dropped: too often         : 16\n"
	    "Dropped: no clock page     : 17\n"
	    "Dropped: clock changed     : 18\n"
	    "Dropped: before a step     : 19\n"
	    "Dropped: queue was full    : 20\n"
	    "NTP answers not sent       : 21\n"
	    "NTP receive errors         : 22\n"
	    "NTP batches read           : 23\n"
	    "RX timestamps missing      : 24\n"
	    "TX timestamps lost         : 25\n"
	    "XDP answers                : 26\n"
	    "XDP passed: not allowed    : 27\n"
	    "XDP passed: no time        : 28\n"
	    "XDP dropped: time changed  : 29\n"
	    "Commands dropped           : 30\n"
	    "Commands too often         : 31\n"
	    "Commands not answered      : 32\n"
	    "Command replies not sent   : 33\n", "");
	fake_run("serverstats all", 0, STATS0, "");
	fake_in_format(OUTPUT_CSV, "serverstats",
	    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n");
	fake_in_format(OUTPUT_CSV, "serverstats -v",
	    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n"
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,"
	    "24,25,26,27,28,29,30,31,32,33""\n");
	ctl.style.format = OUTPUT_JSON;
	fake_run("serverstats -v", 0, NULL, "");
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "{\"serverstats\":{\"ntp_packets_received\":0,"));
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "\"hardware_tx_timestamps\":0},\"server\":{"
	    "\"packets\":1,\"answers\":2,\"kisses\":3,\"dropped_short\":4,"
	    "\"dropped_length\":5,\"dropped_long\":6,\"dropped_version\":7,"
	    "\"dropped_mode\":8,\"dropped_extension\":9,"
	    "\"dropped_unknown_key\":10,\"dropped_bad_mac\":11,"
	    "\"dropped_unsigned\":12,\"dropped_group\":13,"
	    "\"dropped_source\":14,\"dropped_denied\":15,"
	    "\"dropped_limited\":16,\"dropped_no_page\":17,"
	    "\"dropped_clock_changed\":18,\"dropped_before_step\":19,"
	    "\"dropped_queue_full\":20,\"not_sent\":21,\"receive_errors\":22,"
	    "\"batches\":23,\"rx_timestamps_missing\":24,"
	    "\"tx_timestamps_lost\":25,\"xdp_answers\":26,"
	    "\"xdp_passed_denied\":27,\"xdp_passed_no_time\":28,"
	    "\"xdp_dropped\":29,\"command_dropped\":30,"
	    "\"command_limited\":31,\"command_timeouts\":32,"
	    "\"command_not_sent\":33}}\n"));
	ctl.style.format = OUTPUT_METRICS;
	fake_run("serverstats -v", 0, NULL, "");
	ck_assert_ptr_nonnull(strstr(fake.printed.data,
	    "# TYPE ntp_server_dropped_denied counter\n"
	    "ntp_server_dropped_denied_total 15\n"));
	ctl.style.format = OUTPUT_TEXT;
	memset(r, 0, sizeof(*r));
	r->command = CANDM_REQ_COUNTERS;
	r->number = CANDM_RPY_NULL;
	r->status = CANDM_STT_UNAUTH;
	fake_run("serverstats -v", -1, "501 Not authorised\n", "");
}
END_TEST

START_TEST(clients)
{
	struct report_clients	*c;

	fake_run("clients", -1,
	    "Hostname                      NTP   Drop Int IntL Last     Cmd  "
	    " Drop Int  Last\n"
	    "================================================================"
	    "===============\n502 Invalid command\n", "");
	c = &fake_canned(CANDM_REQ_CLIENTS, CANDM_RPY_CLIENTS)->body.clients;
	c->size = c->next = 16;
	c->count = 2;
	c->client[1].addr = fake_inet;
	c->client[1].ntp_hits = 100;
	c->client[1].ntp_drops = 2;
	c->client[1].ntp_log2 = -3;
	c->client[1].ntp_limited_log2 = 127;
	c->client[1].since_ntp_s = 5;
	c->client[1].nke_hits = 9;
	c->client[1].nke_log2 = 4;
	c->client[1].cmd_log2 = 127;
	c->client[1].since_cmd_s = REPORT_NEVER;
	fake_run("clients", 0,
	    "Hostname                      NTP   Drop Int IntL Last     Cmd  "
	    " Drop Int  Last\n"
	    "================================================================"
	    "===============\n"
	    "192.0.2.1                     100      2  -3   -     5       0  "
	    "    0   -     -\n", "");
	fake_run("clients -k -r -p 3", 0,
	    "Hostname                      NTP   Drop Int IntL Last  NTS-KE  "
	    " Drop Int  Last\n"
	    "================================================================"
	    "===============\n"
	    "192.0.2.1                     100      2  -3   -     5       9  "
	    "    0   4     0\n", "");
	ck_assert_uint_eq(fake.last.body.clients.min_hits, 3);
	ck_assert_uint_eq(fake.last.body.clients.reset, 1);
	fake_in_format(OUTPUT_CSV, "clients",
	    "192.0.2.1,100,2,-3,127,5,0,0,127,4294967295\n");
	/* a daemon that sends us in circles */
	c->size = 1000;
	c->next = 0;
	c->count = 8;
	fake_run("clients", 0, NULL, "");
}
END_TEST

START_TEST(clocks)
{
	struct report_manual_list	*m;

	fake_canned(CANDM_REQ_RTCREPORT, CANDM_RPY_RTC)->body.rtc =
	    (struct report_rtc) { FAKE_NOW_NS, 5, 3, 3600, -1.5, 2.25 };
	fake_run("rtcdata", 0,
	    "RTC ref time (UTC) : Sat Nov 21 05:46:12 2026\n"
	    "Number of samples  : 5\n"
	    "Number of runs     : 3\n"
	    "Sample span period :  60m\n"
	    "RTC is fast by     :    -1.500000 seconds\n"
	    "RTC gains time at  :     2.250 ppm\n", "");
	fake_canned(CANDM_REQ_SMOOTHING, CANDM_RPY_SMOOTHING)->body.smoothing =
	    (struct report_smoothing) { 3, 0, 0.5, 1, -0.5, 2, 4 };
	fake_run("smoothing", 0,
	    "Active         : Yes (leap second only)\n"
	    "Offset         : +0.500000000 seconds\n"
	    "Frequency      : +1.000000 ppm\n"
	    "Wander         : -0.500000 ppm per second\n"
	    "Last update    : 2.0 seconds ago\n"
	    "Remaining time : 4.0 seconds\n", "");
	m = &fake_canned(CANDM_REQ_MANUAL_LIST, CANDM_RPY_MANUAL_LIST)->body
	    .manual_list;
	m->count = 1;
	m->sample[0] = (struct report_manual_sample) { FAKE_NOW_NS, -1, 0.5,
	    2 };
	fake_run("manual list", 0, "210 n_samples = 1\n"
	    "#    Date     Time(UTC)    Slewed   Original   Residual\n"
	    "=======================================================\n"
	    " 0 2026-11-21 05:46:12       1.00      -0.50      -2.00\n", "");
	fake_in_format(OUTPUT_CSV, "manual list",
	    "0,2026-11-21 05:46:12,1.00,-0.50,-2.00\n");
	fake_canned(CANDM_REQ_SETTIME,
	    CANDM_RPY_MANUAL_TIMESTAMP)->body.manual =
	    (struct report_manual) { 0.5, 1, -2 };
	fake_run("settime Nov 21, 2026 5:46:13", 0, "200 OK\n"
	    "Clock was -0.50 seconds fast.  Frequency change = 1.00ppm, "
	    "new frequency = -2.00ppm\n", "");
	ck_assert_int_eq(fake.last.body.time_ns, FAKE_NOW_NS + 1000000000LL);
	fake_run("settime tomorrow", -1, "510 - Could not parse date string\n",
	    "");
}
END_TEST

/* Commands that are good, and the request each makes. */
static const struct {
	const char	*line;
	unsigned	 command;
} changes[] = {
	{ "online", 1 }, { "offline 2001:db8::/32", 2 },
	{ "burst 3/5 192.0.2.1", 3 }, { "minpoll 192.0.2.1 -3", 4 },
	{ "maxpoll 192.0.2.1 9", 5 }, { "dump", 6 },
	{ "maxdelay one.example.net 0.5", 7 },
	{ "maxdelayratio 192.0.2.1 2", 8 }, { "maxupdateskew 5", 9 },
	{ "manual on", 13 }, { "manual reset", 13 }, { "rekey", 16 },
	{ "allow", 17 }, { "allow all 10/8", 18 }, { "deny 1.2.3.4", 19 },
	{ "deny all", 20 }, { "cmdallow ::1", 21 }, { "cmdallow all", 22 },
	{ "cmddeny", 23 }, { "cmddeny all 0/0", 24 },
	{ "delete 192.0.2.1", 29 }, { "writertc", 30 }, { "dfreq -1", 31 },
	{ "trimrtc", 36 }, { "cyclelogs", 37 }, { "manual delete 3", 42 },
	{ "makestep", 43 }, { "minstratum 192.0.2.1 2", 45 },
	{ "polltarget 192.0.2.1 9", 46 },
	{ "maxdelaydevratio 192.0.2.1 9", 47 }, { "reselect", 48 },
	{ "reselectdist 0.1", 49 }, { "makestep 1 3", 50 },
	{ "smoothtime reset", 52 }, { "refresh", 53 }, { "shutdown", 62 },
	{ "onoffline", 63 },
	{ "add server 192.0.2.1 iburst port 124 offline", 64 },
	{ "reset sources", 66 }, { "reload sources", 70 },
	{ "doffset 0.5", 71 },
	{ "selectopts GPS +prefer -trust", 72 },
	{ "offset 192.0.2.1 -0.5", 73 }, { "local orphan stratum 8", 74 },
};

START_TEST(change)
{
	fake_canned(changes[_i].command, CANDM_RPY_NULL);
	fake_run(changes[_i].line, 0, "200 OK\n", "");
	ck_assert_uint_eq(fake.last.command, changes[_i].command);
	fake_in_format(OUTPUT_JSON, changes[_i].line,
	    "{\"status\":200,\"message\":\"OK\"}\n");
}
END_TEST

START_TEST(change_bodies)
{
	fake_canned(CANDM_REQ_ADD_SOURCE, CANDM_RPY_NULL);
	fake_canned(CANDM_REQ_SELECTOPTS, CANDM_RPY_NULL);
	fake_canned(CANDM_REQ_DOFFSET, CANDM_RPY_NULL);
	fake_canned(CANDM_REQ_LOCAL2, CANDM_RPY_NULL);
	fake_run("add pool one.example.net maxsources 2 iburst offline "
	    "maxdelay 0.5", 0, "200 OK\n", "");
	ck_assert_uint_eq(fake.last.body.add.type, CANDM_ADD_POOL);
	ck_assert_uint_eq(fake.last.body.add.flags, CANDM_ADD_IBURST);
	ck_assert_uint_eq(fake.last.body.add.maxsources, 2);
	ck_assert(fake.last.body.add.max_delay_s == 0.5);
	fake_run("add server two.example.net", -1, "",
	    "Invalid host/IP address\n");
	fake_run("add server 192.0.2.1 port", -1, "",
	    "Invalid syntax for add command\n");
	fake_run("add clock 192.0.2.1", -1, "",
	    "Invalid syntax for add command\n");
	fake_run("selectopts 192.0.2.1 +require -prefer", 0, "200 OK\n", "");
	ck_assert_uint_eq(fake.last.body.selectopts.mask, 0xa);
	ck_assert_uint_eq(fake.last.body.selectopts.options, 8);
	fake_run("doffset 0.5", 0, "200 OK\n", "");
	ck_assert(fake.last.body.value == -0.5);
	/* chronyd 4.3 does not know LOCAL */
	fake_run("local stratum 8", 0, "200 OK\n", "");
	ck_assert_uint_eq(fake.last.command, CANDM_REQ_LOCAL2);
	ck_assert_uint_eq(fake.last.body.local.stratum, 8);
	fake_run("local stratum 0", -1, "",
	    "Invalid syntax for local command\n");
	fake_run("local stratum 16", -1, "",
	    "Invalid syntax for local command\n");
	fake_run("local off", 0, "200 OK\n", "");
	fake_run("reset", -1, "", "Invalid syntax for reset command\n");
	fake_run("manual foo", -1, "", "Invalid syntax for manual command\n");
	fake_run("online 1.2.3.4/33", -1, "",
	    "Invalid syntax for mask/address\n");
}
END_TEST

START_TEST(accheck)
{
	fake_canned(CANDM_REQ_ACCHECK, CANDM_RPY_NULL)->status =
	    CANDM_STT_ACCESSALLOWED;
	fake_canned(CANDM_REQ_CMDACCHECK, CANDM_RPY_NULL)->status =
	    CANDM_STT_UNAUTH;
	fake_run("accheck 192.0.2.1", 0, "208 Access allowed\n", "");
	fake_run("cmdaccheck 192.0.2.1", -1, "501 Not authorised\n", "");
}
END_TEST

START_TEST(local_commands)
{
	fake_run("keygen", 0,
	    "1 SHA1 HEX:A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5\n", "");
	fake_run("keygen 7 AES128 999", 0,
	    "7 AES128 HEX:A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5\n", "");
	fake_run("keygen 1 md5 1", 0, "1 MD5 HEX:A5A5A5A5A5A5A5A5A5A5\n", "");
	fake_run("keygen 1 foo", -1, "",
	    "Unknown hash function or cipher foo\n");
	/* the daemon could not use these */
	fake_run("keygen 1 TIGER", -1, "",
	    "Unknown hash function or cipher TIGER\n");
	fake_run("keygen 0", -1, "", "Invalid syntax for keygen command\n");
	fake_run("timeout 99", -1, "", "Timeout 99 is too short\n");
	fake_run("timeout 100", 0, "", "");
	ck_assert_int_eq(ctl.limits.timeout_ms, 100);
	fake_run("retries 31", -1, "", "Invalid maximum number of retries\n");
	fake_run("retries 30", 0, "", "");
	fake_run("dns -6", 0, "", "");
	ck_assert_int_eq(ctl.family, ADDR_INET6);
	fake_run("dns -x", -1, "", "Unrecognized dns command\n");
	fake_run("password x", 0, "",
	    "Authentication is no longer supported\n");
	ck_assert_uint_eq(fake.last.command, 0);
}
END_TEST

/* A clock on the wall is not in UTC. */
START_TEST(dates_of_a_zone)
{
	int64_t	 ns;

	ck_assert_int_eq(setenv("TZ", "JST-9", 1), 0);
	tzset();
	ck_assert_int_eq(parse_date("2015-09-25 16:30:05", FAKE_NOW_NS, &ns),
	    0);
	ck_assert_int_eq(ns / 1000000000, 1443198605 - 9 * 3600);
	ck_assert_int_eq(parse_date("2015-09-25 16:30:05 UTC", FAKE_NOW_NS,
	    &ns), 0);
	ck_assert_int_eq(ns / 1000000000, 1443198605);
	ck_assert_int_eq(parse_date("16:30:05", FAKE_NOW_NS, &ns), 0);
	ck_assert_int_eq(ns / 1000000000, 1795278605 - 9 * 3600);
	/* an hour that there was not, and one that was not today in UTC */
	ck_assert_int_eq(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	ck_assert_int_eq(parse_date("2026-03-29 02:30", FAKE_NOW_NS, &ns),
	    -1);
	ck_assert_int_eq(parse_date("2026-03-29 03:30", FAKE_NOW_NS, &ns), 0);
	ck_assert_int_eq(ns / 1000000000, 1774747800);
	/* by the command, with blanks behind each word */
	fake_canned(CANDM_REQ_SETTIME, CANDM_RPY_MANUAL_TIMESTAMP);
	fake_run("settime 2015-09-25T16:30:05Z", 0, NULL, "");
	ck_assert_int_eq(fake.last.body.time_ns / 1000000000, 1443198605);
}
END_TEST

START_TEST(dates_and_spans)
{
	static const struct {
		const char	*text;
		int64_t		 s;
	} dates[] = {
		{ "16:30:05", 1795278605 }, { "4:30pm", 1795278600 },
		{ "12:00am", 1795219200 },
		{ "Sep 25, 2015 16:30:05", 1443198605 },
		{ "25 september 2015 16:30:05", 1443198605 },
		{ "2015-09-25T16:30:05Z", 1443198605 },
		{ "Fri 2015-09-25 16:30:05 UTC", 1443198605 },
		{ "9/25/2015 16:30:05", 1443198605 },
		{ "2015-09-25", 1443139200 }, { "31 Feb 2020", -1 },
		{ "25:00", -1 }, { "12:60", -1 }, { "", -1 }, { "foo", -1 },
		{ "12:00 12 12", -1 }, { "Sep 12:00", -1 },
	};
	double		s;
	int64_t		ns;
	size_t		i;
	int		result;

	ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
	tzset();
	for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		result = parse_date(dates[i].text, FAKE_NOW_NS, &ns);
		ck_assert_msg(result == (dates[i].s == -1 ? -1 : 0), "%s",
		    dates[i].text);
		if (result == 0)
			ck_assert_int_eq(ns / 1000000000, dates[i].s);
	}
	ck_assert_int_eq(parse_span("100ms", &s), 0);
	ck_assert(s > 0.0999 && s < 0.1001);
	ck_assert_int_eq(parse_span("3m", &s), 0);
	ck_assert(s == 180);
	ck_assert_int_eq(parse_span("3 m", &s), -1);
	ck_assert_int_eq(parse_span("-1", &s), -1);
	ck_assert_int_eq(parse_span("nan", &s), -1);
}
END_TEST

int
main(void)
{
	Suite	*suite = suite_create("ntpctl_reports");
	TCase	*tc = tcase_create("ntpctl_reports");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, fake_setup,
	    fake_teardown);
	tcase_add_test(tc, selectdata);
	tcase_add_test(tc, sources_in_json_and_metrics);
	tcase_add_test(tc, authdata);
	tcase_add_test(tc, ntpdata);
	tcase_add_test(tc, serverstats);
	tcase_add_test(tc, serverstats_verbose);
	tcase_add_test(tc, clients);
	tcase_add_test(tc, clocks);
	tcase_add_loop_test(tc, change, 0,
	    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(tc, change_bodies);
	tcase_add_test(tc, accheck);
	tcase_add_test(tc, local_commands);
	tcase_add_test(tc, dates_of_a_zone);
	tcase_add_test(tc, dates_and_spans);
	return (unit_run(suite));
}
