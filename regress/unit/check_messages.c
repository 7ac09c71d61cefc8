/*
 * privsep/messages.c: each message of the table, good and with everything
 * that can be wrong with it; and privsep/role.c.
 */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/messages.h"
#include "regress/unit/unit.h"

/* Room for any payload, and a byte more for what is too long. */
union payload {
	uint64_t	align;
	char		bytes[8192];
};

static int
good_socket(void *p)
{
	struct msg_socket *m = p;

	m->kind = SOCKET_NTP;
	m->members = 1;
	m->addr.family = ADDR_INET;
	m->addr.port = 123;
	return (0);
}

static void
good_clock(struct msg_clock *m)
{
	m->raw_before_ns = 10;
	m->raw_after_ns = 20;
	m->real_before_ns = 1700000000000000000LL;
	m->real_after_ns = 1700000000000000010LL;
	m->rate_ppm = -12.5;
}

/* A payload that must pass: zeroes for most. */
static void
make_good(uint32_t type, union payload *p)
{
	static const struct addr inet = { .family = ADDR_INET, .ip = { 1 } };

	memset(p, 0, sizeof(*p));
	switch (type) {
	case MSG_LAUNCH_SOCKET:
	case MSG_INIT_SOCKET:
	case MSG_LAUNCH_ADDSOCK:
	case MSG_RELOAD_SOCKET:
	case MSG_RELOAD_CLOSE:
		good_socket(p);
		break;
	case MSG_LAUNCH_START:
		((struct msg_start *)p)->role = ROLE_ENGINE;
		break;
	case MSG_INIT_PEER:
		((struct msg_child *)p)->role = ROLE_ENGINE;
		break;
	case MSG_LAUNCH_SIGNAL:
		((struct msg_signal *)p)->role = ROLE_DNS;
		((struct msg_signal *)p)->signo = SIGTERM;
		break;
	case MSG_LAUNCH_STARTED:
		((struct msg_started *)p)->role = ROLE_CONTROL;
		((struct msg_started *)p)->pid = 17;
		break;
	case MSG_LAUNCH_EXITED:
		((struct msg_exited *)p)->role = ROLE_SERVER;
		break;
	case MSG_LAUNCH_SOCKFAIL:
		((struct msg_errno *)p)->error = 98;
		break;
	case MSG_CLOCK_STATE:
	case MSG_CLOCK_DONE:
	case MSG_CLOCK_LEASE_END:
		good_clock((struct msg_clock *)p);
		break;
	case MSG_DUMP:
	case MSG_SAMPLES:
		((struct msg_dump *)p)->addr = inet;
		((struct msg_dump *)p)->n = 2;
		((struct msg_dump *)p)->sample[0].y_ns = 1;
		((struct msg_dump *)p)->sample[1].raw_ns = 1;
		((struct msg_dump *)p)->sample[1].y_ns = 1;
		break;
	case MSG_COMMAND:
	case MSG_OPERATOR:
	case MSG_SOURCE_ADDED:
	case MSG_SOURCE_ADD:
		((struct msg_command *)p)->command = CANDM_REQ_MAKESTEP;
		break;
	case MSG_REPORT:
		((struct msg_report *)p)->number = CANDM_RPY_TRACKING;
		break;
	case MSG_LAUNCH_GROUP:
		((struct msg_group *)p)->sockets = 4;
		((struct msg_group *)p)->members = 2;
		break;
	case MSG_DNS_ASK:
		strcpy(((struct msg_dnsask *)p)->name, "ntp.example");
		break;
	case MSG_ACCESS_NET:
		((struct msg_access *)p)->net.addr = inet;
		break;
	case MSG_DNS_TELL:
		((struct msg_dnstell *)p)->count = 1;
		((struct msg_dnstell *)p)->addrs[0] = inet;
		break;
	default:
		break;
	}
}

/* Some role of a set; the table's sets are never empty. */
static enum role
first_of(uint32_t roles)
{
	ck_assert_uint_ne(roles, 0);
	return ((enum role)__builtin_ctz(roles));
}

static const char *
check_as_is(uint32_t type, const void *payload)
{
	const struct msg_info *info = msg_get_info(type);

	return (msg_check(type, first_of(info->senders),
	    first_of(info->receivers), payload, info->size,
	    info->fd == MSG_FD));
}

START_TEST(table_is_sane)
{
	const struct msg_info *info = msg_get_info((uint32_t)_i);

	ck_assert_ptr_nonnull(info);
	ck_assert_ptr_nonnull(info->name);
	ck_assert_uint_gt(info->size, 0);
	/* with the header of 16 it must fit into a message */
	ck_assert_uint_le(info->size, 16384 - 16);
	ck_assert_uint_le(info->size + 1, sizeof(union payload));
	ck_assert_uint_eq(info->senders & ~(uint32_t)R_ALL, 0);
	ck_assert_uint_eq(info->receivers & ~(uint32_t)R_ALL, 0);
	ck_assert_uint_eq(info->senders & info->receivers, 0);
}
END_TEST

START_TEST(no_such_type)
{
	union payload p;
	uint32_t types[] = { MSG_NONE, MSG_TYPE_COUNT, MSG_TYPE_COUNT + 1,
	    0x7fffffff, 0xffffffff };
	size_t i;

	memset(&p, 0, sizeof(p));
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ck_assert_ptr_null(msg_get_info(types[i]));
		ck_assert_ptr_nonnull(msg_check(types[i], ROLE_PARENT,
		    ROLE_ENGINE, &p, 4, 0));
	}
}
END_TEST

START_TEST(good_and_every_size)
{
	uint32_t type = (uint32_t)_i;
	const struct msg_info *info = msg_get_info(type);
	union payload p;
	enum role from = first_of(info->senders);
	enum role to = first_of(info->receivers);
	size_t len;
	const char *why;

	make_good(type, &p);
	why = check_as_is(type, &p);
	ck_assert_msg(why == NULL, "%s: %s", info->name, why);
	for (len = 0; len <= info->size + 1; len++)
		if (len != info->size)
			ck_assert_ptr_nonnull(msg_check(type, from, to, &p,
			    len, info->fd == MSG_FD));
	ck_assert_ptr_nonnull(msg_check(type, from, to, &p, SIZE_MAX,
	    info->fd == MSG_FD));
}
END_TEST

START_TEST(descriptor_there_or_not)
{
	uint32_t type = (uint32_t)_i;
	const struct msg_info *info = msg_get_info(type);
	union payload p;
	const char *why;

	make_good(type, &p);
	why = msg_check(type, first_of(info->senders),
	    first_of(info->receivers), &p, info->size, info->fd != MSG_FD);
	ck_assert_ptr_nonnull(why);
	ck_assert_str_eq(why, info->fd == MSG_FD ? "descriptor missing" :
	    "descriptor not wanted");
}
END_TEST

START_TEST(every_pair_of_roles)
{
	uint32_t type = (uint32_t)_i, from, to;
	const struct msg_info *info = msg_get_info(type);
	union payload p;
	int allowed, passed;

	make_good(type, &p);
	for (from = 0; from < ROLE_COUNT; from++)
		for (to = 0; to < ROLE_COUNT; to++) {
			allowed = (info->senders & ROLE_BIT(from)) != 0 &&
			    (info->receivers & ROLE_BIT(to)) != 0;
			passed = msg_check(type, from, to, &p, info->size,
			    info->fd == MSG_FD) == NULL;
			ck_assert_msg(passed == allowed, "%s from %s to %s",
			    info->name, role_name(from), role_name(to));
		}
}
END_TEST

/* All bytes 0xff: bad in every type that has anything to be bad. */
START_TEST(all_ones)
{
	uint32_t type = (uint32_t)_i;
	union payload p;
	const char *why;

	memset(&p, 0xff, sizeof(p));
	why = check_as_is(type, &p);
	switch (type) {
	case MSG_PING:
	case MSG_PONG:
	case MSG_RELOAD_COMMIT:
	case MSG_RELOAD_ABORT:
		ck_assert_ptr_null(why);	/* an id and nothing else */
		break;
	default:
		ck_assert_ptr_nonnull(why);
	}
}
END_TEST

/* A good payload of a type but for one field: does it pass? */
#define TRY(type, field, value, good) do {				\
	union payload p_;						\
	const char *why_;						\
	make_good(MSG_##type, &p_);					\
	((PAYLOAD *)&p_)->field = (value);				\
	why_ = check_as_is(MSG_##type, &p_);				\
	ck_assert_msg((why_ == NULL) == (good), #type ": " #field " = "	\
	    #value ": %s", why_ == NULL ? "passed" : why_);		\
} while (0)
#define GOOD(type, field, value)	TRY(type, field, value, 1)
#define BAD(type, field, value)		TRY(type, field, value, 0)
/* A double from -limit (or 0, when min says so) to limit. */
#define DOUBLE(type, field, min, max) do {				\
	GOOD(type, field, min);						\
	GOOD(type, field, max);						\
	BAD(type, field, nextafter(max, INFINITY));			\
	BAD(type, field, nextafter(min, -INFINITY) - 1e-300);		\
	BAD(type, field, NAN);						\
	BAD(type, field, INFINITY);					\
	BAD(type, field, -INFINITY);					\
} while (0)
/* A text without its NUL, or not. */
#define TEXT(type, field) do {						\
	union payload p_;						\
	size_t n_ = sizeof(((PAYLOAD *)&p_)->field);			\
	make_good(MSG_##type, &p_);					\
	memset(((PAYLOAD *)&p_)->field, 'a', n_);			\
	ck_assert_ptr_nonnull(check_as_is(MSG_##type, &p_));		\
	((PAYLOAD *)&p_)->field[n_ - 1] = '\0';				\
	if (((PAYLOAD *)&p_)->field[0] == 'a')				\
		ck_assert_ptr_null(check_as_is(MSG_##type, &p_));	\
} while (0)

#define SPAN_MAX	(INT64_MAX / 2)

START_TEST(values_reload)
{
#define PAYLOAD	struct msg_reload
	GOOD(RELOAD_PREPARE, len, MSG_CONF_MAX);
	BAD(RELOAD_PREPARE, len, MSG_CONF_MAX + 1);
	BAD(RELOAD_PREPARE, kind, RELOAD_KIND_COUNT);
#undef PAYLOAD
#define PAYLOAD	struct msg_reloadanswer
	GOOD(RELOAD_ANSWER, answer, RELOAD_DONE);
	BAD(RELOAD_ANSWER, answer, RELOAD_ANSWER_COUNT);
	TEXT(RELOAD_ANSWER, text);
#undef PAYLOAD
#define PAYLOAD	struct msg_ask
	GOOD(RELOAD_ASK, value, RELOAD_SOURCES);
	BAD(RELOAD_ASK, value, RELOAD_KIND_COUNT);
#undef PAYLOAD
#define PAYLOAD	struct msg_reloadresult
	BAD(RELOAD_RESULT, ok, 2);
	BAD(RELOAD_RESULT, nlines, 1);		/* of no bytes */
	BAD(RELOAD_RESULT, len, MSG_CONF_MAX + 1);
	BAD(RELOAD_RESULT, nlines, MSG_RELOAD_LINES + 1);
#undef PAYLOAD
#define PAYLOAD	struct msg_socket
	BAD(RELOAD_CLOSE, kind, SOCKET_KIND_COUNT);
	BAD(RELOAD_SOCKET, index, MSG_SOCKETS);
	BAD(RELOAD_SOCKET, members, 0);
	GOOD(RELOAD_SOCKET, members, MSG_INSTANCES);
	BAD(RELOAD_SOCKET, members, MSG_INSTANCES + 1);
	BAD(RELOAD_SOCKET, prefix, 129);
	BAD(LAUNCH_ADDSOCK, index, MSG_SOCKETS);
#undef PAYLOAD
#define PAYLOAD	struct msg_index
	BAD(LAUNCH_CLOSESOCK, index, MSG_SOCKETS);
#undef PAYLOAD
#define PAYLOAD	struct msg_group
	BAD(LAUNCH_GROUP, index, MSG_SOCKETS);
	GOOD(LAUNCH_GROUP, members, 4);
	BAD(LAUNCH_GROUP, members, 5);
	BAD(LAUNCH_GROUP, members, 0);
	GOOD(LAUNCH_GROUP, sockets, MSG_INSTANCES);
	BAD(LAUNCH_GROUP, sockets, MSG_INSTANCES + 1);
	BAD(LAUNCH_GROUP, prefix, 129);
#undef PAYLOAD
}
END_TEST

START_TEST(values_small)
{
#define PAYLOAD struct msg_empty
	BAD(LAUNCH_SEAL, zero, 1);
	BAD(READY, zero, 0x80000000u);
	BAD(CYCLELOGS, zero, 1);
#undef PAYLOAD
#define PAYLOAD struct msg_index
	GOOD(LAUNCH_GETSOCK, index, MSG_SOCKETS - 1);
	BAD(LAUNCH_GETSOCK, index, MSG_SOCKETS);
	BAD(LAUNCH_SOCK, index, UINT32_MAX);
	GOOD(FILE_COMMIT, index, FILE_COUNT - 1);
	BAD(FILE_COMMIT, index, FILE_COUNT);
	GOOD(LAUNCH_GETSOCK, member, MSG_INSTANCES - 1);
	BAD(LAUNCH_GETSOCK, member, MSG_INSTANCES);
#undef PAYLOAD
#define PAYLOAD struct msg_errno
	BAD(LAUNCH_SOCKFAIL, index, MSG_SOCKETS);
	BAD(LAUNCH_SOCKFAIL, error, 0);
	BAD(LAUNCH_SOCKFAIL, error, -1);
	GOOD(LAUNCH_SOCKFAIL, error, 4095);
	BAD(LAUNCH_SOCKFAIL, error, 4096);
#undef PAYLOAD
#define PAYLOAD struct msg_start
	BAD(LAUNCH_START, role, ROLE_PARENT);
	BAD(LAUNCH_START, role, ROLE_LAUNCHER);
	BAD(LAUNCH_START, role, ROLE_COUNT);
	GOOD(LAUNCH_START, instance, MSG_INSTANCES - 1);
	BAD(LAUNCH_START, instance, MSG_INSTANCES);
	GOOD(LAUNCH_START, keys, 1);
	BAD(LAUNCH_START, keys, 2);
#undef PAYLOAD
#define PAYLOAD struct msg_keys
	GOOD(KEYS, len, MSG_KEYS_MAX);
	BAD(KEYS, len, MSG_KEYS_MAX + 1);
#undef PAYLOAD
#define PAYLOAD struct msg_keysdone
	GOOD(KEYS_DONE, ok, 1);
	BAD(KEYS_DONE, ok, 2);
#undef PAYLOAD
#define PAYLOAD struct msg_ruledone
	GOOD(ACCESS_DONE, ok, 0);
	GOOD(ACCESS_DONE, ok, 1);
	BAD(ACCESS_DONE, ok, 2);
#undef PAYLOAD
#define PAYLOAD struct msg_child
	BAD(INIT_PEER, role, 32);
	BAD(INIT_PEER, role, UINT32_MAX);
	GOOD(INIT_PEER, role, ROLE_DNS);
#undef PAYLOAD
#define PAYLOAD struct msg_signal
	GOOD(LAUNCH_SIGNAL, signo, SIGKILL);
	BAD(LAUNCH_SIGNAL, signo, 0);
	BAD(LAUNCH_SIGNAL, signo, SIGSTOP);
	BAD(LAUNCH_SIGNAL, signo, -1);
	BAD(LAUNCH_SIGNAL, role, ROLE_LAUNCHER);
	BAD(LAUNCH_SIGNAL, instance, MSG_INSTANCES);
#undef PAYLOAD
#define PAYLOAD struct msg_started
	BAD(LAUNCH_STARTED, pid, 0);
	BAD(LAUNCH_STARTED, pid, -1);
	BAD(LAUNCH_STARTED, role, ROLE_COUNT);
	BAD(LAUNCH_STARTED, instance, UINT32_MAX);
#undef PAYLOAD
#define PAYLOAD struct msg_exited
	GOOD(LAUNCH_EXITED, status, 0xffff);
	BAD(LAUNCH_EXITED, status, 0x10000);
	BAD(LAUNCH_EXITED, status, -1);
	BAD(LAUNCH_EXITED, pid, -1);
	BAD(LAUNCH_EXITED, role, ROLE_PARENT);
#undef PAYLOAD
#define PAYLOAD struct msg_result
	GOOD(RESULT, status, 0xffff);
	BAD(RESULT, status, 0x10000);
#undef PAYLOAD
}
END_TEST

START_TEST(values_socket)
{
	union payload p;
	struct msg_socket *m = (struct msg_socket *)&p;

#define PAYLOAD struct msg_socket
	BAD(LAUNCH_SOCKET, index, MSG_SOCKETS);
	BAD(LAUNCH_SOCKET, kind, SOCKET_KIND_COUNT);
	BAD(LAUNCH_SOCKET, kind, UINT32_MAX);
	BAD(LAUNCH_SOCKET, addr.port, 0);
	BAD(LAUNCH_SOCKET, addr.family, ADDR_NONE);
	BAD(LAUNCH_SOCKET, addr.family, 5);
	BAD(LAUNCH_SOCKET, addr.ip[4], 1);
	BAD(LAUNCH_SOCKET, addr.scope, 1);
	BAD(LAUNCH_SOCKET, path[0], '/');
	BAD(LAUNCH_SOCKET, device[0], ' ');
	BAD(LAUNCH_SOCKET, device[0], '/');
	BAD(LAUNCH_SOCKET, device[0], '\n');
	GOOD(LAUNCH_SOCKET, device[0], 'e');
	TEXT(INIT_SOCKET, device);
	BAD(LAUNCH_SOCKET, members, 0);
	GOOD(LAUNCH_SOCKET, members, 2);
	/* a kind without its address */
	BAD(INIT_SOCKET, kind, SOCKET_COMMAND_UNIX);
	BAD(INIT_SOCKET, kind, SOCKET_SYSLOG);
	GOOD(INIT_SOCKET, kind, SOCKET_COMMAND);
#undef PAYLOAD
	memset(&p, 0, sizeof(p));
	m->kind = SOCKET_SYSLOG;
	m->members = 1;
	ck_assert_ptr_null(check_as_is(MSG_LAUNCH_SOCKET, &p));
	m->path[0] = '/';
	ck_assert_ptr_nonnull(check_as_is(MSG_LAUNCH_SOCKET, &p));
	m->kind = SOCKET_COMMAND_UNIX;
	ck_assert_ptr_null(check_as_is(MSG_LAUNCH_SOCKET, &p));
	m->path[0] = 'r';
	ck_assert_ptr_nonnull(check_as_is(MSG_LAUNCH_SOCKET, &p));
	memset(m->path, '/', sizeof(m->path));
	ck_assert_ptr_nonnull(check_as_is(MSG_LAUNCH_SOCKET, &p));
	m->path[sizeof(m->path) - 1] = '\0';
	ck_assert_ptr_null(check_as_is(MSG_LAUNCH_SOCKET, &p));
}
END_TEST

START_TEST(values_init)
{
#define PAYLOAD struct msg_conf
	GOOD(INIT_CONF, len, MSG_CONF_MAX);
	BAD(INIT_CONF, len, MSG_CONF_MAX + 1);
	BAD(INIT_CONF, mode, RUN_PRINT_ONCE + 1);
	BAD(INIT_CONF, clock_none, 2);
	GOOD(INIT_CONF, family, ADDR_INET6);
	BAD(INIT_CONF, family, 10);
	BAD(INIT_CONF, socket_dir[0], 'r');
	GOOD(INIT_CONF, socket_dir[0], '/');
#undef PAYLOAD
#define PAYLOAD struct msg_drift
	DOUBLE(INIT_DRIFT, freq_ppm, -1e6, 1e6);
	DOUBLE(INIT_DRIFT, skew_ppm, -1e6, 1e6);
#undef PAYLOAD
#define PAYLOAD struct msg_log
	GOOD(LOG, level, LOG_LEVEL_ERROR);
	BAD(LOG, level, LOG_LEVEL_COUNT);
	TEXT(LOG, line);
#undef PAYLOAD
}
END_TEST

START_TEST(values_clock)
{
#define PAYLOAD struct msg_freq
	DOUBLE(CLOCK_FREQ, base_ppm, -MSG_RATE_MAX_PPM, MSG_RATE_MAX_PPM);
#undef PAYLOAD
#define PAYLOAD struct msg_slew
	DOUBLE(CLOCK_SLEW, base_ppm, -MSG_RATE_MAX_PPM, MSG_RATE_MAX_PPM);
	DOUBLE(CLOCK_SLEW, slew_ppm, -MSG_RATE_MAX_PPM, MSG_RATE_MAX_PPM);
	GOOD(CLOCK_SLEW, end_raw_ns, SPAN_MAX);
	BAD(CLOCK_SLEW, end_raw_ns, SPAN_MAX + 1);
	BAD(CLOCK_SLEW, end_raw_ns, -1);
#undef PAYLOAD
#define PAYLOAD struct msg_dump
	BAD(DUMP, addr.family, ADDR_NONE);
	BAD(DUMP, addr.port, 123);
	BAD(DUMP, addr.scope, 1);
	BAD(DUMP, n, 0);
	BAD(DUMP, n, MSG_DUMP_MAX + 1);
	BAD(DUMP, n, UINT32_MAX);
	BAD(DUMP, n, 3);		/* the third is not later */
	BAD(DUMP, sleep_ns, -1);
	BAD(DUMP, sample[0].raw_ns, 1);
	BAD(DUMP, sample[0].raw_ns, -1);
	BAD(DUMP, sample[1].raw_ns, INT64_MAX);
	BAD(DUMP, sample[1].y_ns, 0);
	BAD(DUMP, sample[1].y_ns, INT64_MAX);
	DOUBLE(SAMPLES, sample[1].delay_s, 0, 1e9);
	DOUBLE(SAMPLES, sample[0].disp_s, 0, 1e9);
#undef PAYLOAD
#define PAYLOAD struct msg_name
	GOOD(SOURCE_REMOVED, port, UINT16_MAX);
	BAD(SOURCE_REMOVED, port, UINT16_MAX + 1);
#undef PAYLOAD
#define PAYLOAD struct msg_step
	DOUBLE(CLOCK_STEP, base_ppm, -MSG_RATE_MAX_PPM, MSG_RATE_MAX_PPM);
	BAD(CLOCK_STEP, oneshot, 2);
	GOOD(CLOCK_STEP, delta_ns, -SPAN_MAX);
	BAD(CLOCK_STEP, delta_ns, INT64_MIN);
	BAD(CLOCK_STEP, delta_ns, SPAN_MAX + 1);
#undef PAYLOAD
#define PAYLOAD struct msg_status
	DOUBLE(CLOCK_STATUS, esterror_s, 0.0, 1e9);
	DOUBLE(CLOCK_STATUS, maxerror_s, 0.0, 1e9);
	BAD(CLOCK_STATUS, synced, 2);
	GOOD(CLOCK_STATUS, leap, 2);
	BAD(CLOCK_STATUS, leap, 3);
	GOOD(CLOCK_STATUS, stratum, 16);
	BAD(CLOCK_STATUS, stratum, 17);
	BAD(CLOCK_STATUS, sources, MSG_SOURCES + 1);
	TEXT(CLOCK_STATUS, source);
#undef PAYLOAD
#define PAYLOAD struct msg_clock
	DOUBLE(CLOCK_DONE, rate_ppm, -MSG_RATE_MAX_PPM, MSG_RATE_MAX_PPM);
	DOUBLE(CLOCK_STATE, base_ppm, -MSG_RATE_MAX_PPM, MSG_RATE_MAX_PPM);
	BAD(CLOCK_DONE, result, CLOCK_FAILED + 1);
	BAD(CLOCK_DONE, raw_before_ns, 21);
	BAD(CLOCK_DONE, raw_before_ns, -1);
	BAD(CLOCK_DONE, raw_after_ns, SPAN_MAX + 1);
	BAD(CLOCK_DONE, real_before_ns, -1);
	BAD(CLOCK_DONE, real_after_ns, INT64_MIN);
	GOOD(CLOCK_DONE, real_after_ns, INT64_MAX);
	BAD(CLOCK_LEASE_END, end_raw_ns, -1);
	BAD(CLOCK_LEASE_END, clock_none, 2);
	BAD(CLOCK_LEASE_END, delta_ns, INT64_MAX);
#undef PAYLOAD
}
END_TEST

START_TEST(values_files)
{
#define PAYLOAD struct msg_file
	BAD(FILE_WRITE, index, FILE_COUNT);
	GOOD(FILE_WRITE, len, MSG_FILE_CHUNK);
	BAD(FILE_WRITE, len, MSG_FILE_CHUNK + 1);
#undef PAYLOAD
#define PAYLOAD struct msg_entry
	BAD(LOG_ENTRY, file, LOG_FILE_COUNT);
	BAD(LOG_ENTRY, line[0], '\n');
	TEXT(LOG_ENTRY, line);
#undef PAYLOAD
#define PAYLOAD struct msg_change
	GOOD(CHANGE, offset_ns, -1);
	BAD(CHANGE, offset_ns, INT64_MIN);
	BAD(CHANGE, real_ns, -1);
	BAD(MAIL, offset_ns, INT64_MAX);
#undef PAYLOAD
#define PAYLOAD struct msg_oneshot
	BAD(ONESHOT_DONE, ok, 2);
	BAD(ONESHOT_DONE, offset_ns, INT64_MIN);
	BAD(ONESHOT_DONE, error_ns, -1);
#undef PAYLOAD
}
END_TEST

START_TEST(values_dns)
{
	static const struct addr inet = { .family = ADDR_INET };
	union payload p;
	struct msg_dnstell *m = (struct msg_dnstell *)&p;
	size_t i;

#define PAYLOAD struct msg_dnsask
	BAD(DNS_ASK, family, 2);
	GOOD(DNS_ASK, family, ADDR_INET);
	BAD(DNS_ASK, name[0], '\0');
	BAD(DNS_ASK, name[0], ' ');
	BAD(DNS_ASK, name[0], 0x7f);
	GOOD(DNS_ASK, name[0], (char)0xc3);
	TEXT(DNS_ASK, name);
#undef PAYLOAD
#define PAYLOAD struct msg_access
	GOOD(ACCESS_NET, list, ACCESS_COMMAND);
	BAD(ACCESS_NET, list, 2);
	BAD(ACCESS_NET, index, MSG_RULES_MAX);
	GOOD(ACCESS_NET, net.bits, 32);
	BAD(ACCESS_NET, net.bits, 33);
	BAD(ACCESS_NET, net.addr.family, ADDR_NONE);
	BAD(ACCESS_NET, net.addr.ip[5], 1);
#undef PAYLOAD
#define PAYLOAD struct msg_dnstell
	GOOD(DNS_TELL, count, 0);
	BAD(DNS_TELL, count, 2);	/* the second is no address */
	BAD(DNS_TELL, count, MSG_DNS_MAX + 1);
	BAD(DNS_TELL, count, UINT32_MAX);
	BAD(DNS_TELL, no_such_name, 1);	/* and still an address */
	BAD(DNS_TELL, addrs[0].family, 7);
	BAD(DNS_TELL, addrs[0].family, ADDR_NONE);
	BAD(DNS_TELL, addrs[0].scope, 1);
	BAD(DNS_TELL, addrs[0].ip[9], 1);
#undef PAYLOAD
	memset(&p, 0, sizeof(p));
	m->no_such_name = 1;
	ck_assert_ptr_null(check_as_is(MSG_DNS_TELL, &p));
	m->no_such_name = 2;
	ck_assert_ptr_nonnull(check_as_is(MSG_DNS_TELL, &p));
	m->no_such_name = 0;
	m->count = MSG_DNS_MAX;
	for (i = 0; i < MSG_DNS_MAX; i++)
		m->addrs[i] = inet;
	ck_assert_ptr_null(check_as_is(MSG_DNS_TELL, &p));
}
END_TEST

START_TEST(roles)
{
	unsigned a, b;

	ck_assert_str_eq(role_name(ROLE_PARENT), "parent");
	ck_assert_str_eq(role_name(ROLE_DNS), "dns");
	ck_assert_str_eq(role_name(ROLE_COUNT), "?");
	ck_assert_str_eq(role_name(0xffffffff), "?");
	for (a = 0; a < ROLE_COUNT; a++)
		for (b = 0; b < ROLE_COUNT; b++)
			ck_assert_int_eq(role_is_pair(a, b),
			    role_is_pair(b, a));
	ck_assert(role_is_pair(ROLE_ENGINE, ROLE_CONTROL));
	ck_assert(role_is_pair(ROLE_DNS, ROLE_ENGINE));
	ck_assert(!role_is_pair(ROLE_ENGINE, ROLE_ENGINE));
	ck_assert(!role_is_pair(ROLE_CONTROL, ROLE_DNS));
	ck_assert(!role_is_pair(ROLE_PARENT, ROLE_ENGINE));
	ck_assert(!role_is_pair(ROLE_SERVER, ROLE_ENGINE));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("messages");
	TCase *tc = tcase_create("messages");

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, table_is_sane, 1, MSG_TYPE_COUNT);
	tcase_add_test(tc, no_such_type);
	tcase_add_loop_test(tc, good_and_every_size, 1, MSG_TYPE_COUNT);
	tcase_add_loop_test(tc, descriptor_there_or_not, 1, MSG_TYPE_COUNT);
	tcase_add_loop_test(tc, every_pair_of_roles, 1, MSG_TYPE_COUNT);
	tcase_add_loop_test(tc, all_ones, 1, MSG_TYPE_COUNT);
	tcase_add_test(tc, values_small);
	tcase_add_test(tc, values_socket);
	tcase_add_test(tc, values_init);
	tcase_add_test(tc, values_reload);
	tcase_add_test(tc, values_clock);
	tcase_add_test(tc, values_files);
	tcase_add_test(tc, values_dns);
	tcase_add_test(tc, roles);
	return (unit_run(suite));
}
