/*
 * Every message that crosses a process boundary.  The enum, the names for the
 * trace, the size check, the descriptor check and the allow-list all come from
 * this one table.  What is not in it cannot be said.
 *
 *	X(name, senders, receivers, payload type, descriptor)
 *
 * descriptor: NOFD, or FD: the message carries exactly one.
 * Payloads are fixed-size and fixed-width; instants and spans are int64_t ns,
 * doubles are checked on receipt (messages.c) to be finite and in range.
 */
#ifndef PRIVSEP_MESSAGES_H
#define PRIVSEP_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/log.h"
#include "privsep/messages_control.h"
#include "privsep/role.h"

#define MSG_NOFD	0
#define MSG_FD		1

/* bounds that msg_check() holds the numbers of things to */
#define MSG_INSTANCES	64		/* children of a role */
#define MSG_SOCKETS	1024		/* sockets that the launcher makes */
#define MSG_CONF_MAX	(64 << 20)	/* bytes of canonical text */
#define MSG_KEYS_MAX	(64 << 20)	/* bytes of keys */
#define MSG_SOURCES	65536		/* sources, as a report counts them */

#define MSG_TABLE(X)							\
/* parent <-> launcher: sockets, then children */			\
X(LAUNCH_GIVEN,    R_PARENT,   R_LAUNCHER, struct msg_empty,    MSG_FD)   \
X(LAUNCH_SOCKET,   R_PARENT,   R_LAUNCHER, struct msg_socket,   MSG_NOFD) \
X(LAUNCH_SEAL,     R_PARENT,   R_LAUNCHER, struct msg_empty,    MSG_NOFD) \
X(LAUNCH_START,    R_PARENT,   R_LAUNCHER, struct msg_start,    MSG_FD)   \
X(LAUNCH_SIGNAL,   R_PARENT,   R_LAUNCHER, struct msg_signal,   MSG_NOFD) \
X(LAUNCH_GETSOCK,  R_PARENT,   R_LAUNCHER, struct msg_index,    MSG_NOFD) \
X(LAUNCH_READY,    R_LAUNCHER, R_PARENT,   struct msg_empty,    MSG_NOFD) \
X(LAUNCH_SOCK,     R_LAUNCHER, R_PARENT,   struct msg_index,    MSG_FD)   \
X(LAUNCH_SOCKFAIL, R_LAUNCHER, R_PARENT,   struct msg_errno,    MSG_NOFD) \
X(LAUNCH_STARTED,  R_LAUNCHER, R_PARENT,   struct msg_started,  MSG_NOFD) \
X(LAUNCH_EXITED,   R_LAUNCHER, R_PARENT,   struct msg_exited,   MSG_NOFD) \
/* parent -> launcher, a reload: a socket more (GETSOCK gets it), */	\
/* one less; how many of an address there are and share its packets */	\
X(LAUNCH_ADDSOCK,  R_PARENT,   R_LAUNCHER, struct msg_socket,   MSG_NOFD) \
X(LAUNCH_CLOSESOCK, R_PARENT,  R_LAUNCHER, struct msg_index,    MSG_NOFD) \
X(LAUNCH_GROUP,    R_PARENT,   R_LAUNCHER, struct msg_group,    MSG_NOFD) \
/* parent -> a child that starts: all it will ever have */		\
X(INIT_CONF,       R_PARENT,   R_CHILDREN, struct msg_conf,     MSG_FD)   \
X(INIT_PAGE,       R_PARENT,   R_ENGINE | R_SERVER, struct msg_empty, MSG_FD) \
X(INIT_XDP,        R_PARENT,   R_ENGINE | R_SERVER, struct msg_empty, MSG_FD) \
X(INIT_SOCKET,     R_PARENT,   R_SERVER | R_CONTROL, \
	struct msg_socket, MSG_FD) \
X(INIT_PEER,       R_PARENT,   R_CHILDREN, struct msg_child,    MSG_FD)   \
X(INIT_DRIFT,      R_PARENT,   R_ENGINE,   struct msg_drift,    MSG_NOFD) \
/* symmetric keys: before INIT_DONE, and others later */		\
X(KEYS,            R_PARENT,   R_ENGINE | R_SERVER, struct msg_keys, MSG_FD) \
X(KEYS_DONE,       R_ENGINE | R_SERVER, R_PARENT, struct msg_keysdone, \
	MSG_NOFD) \
X(INIT_DONE,       R_PARENT,   R_CHILDREN, struct msg_empty,    MSG_NOFD) \
X(STOP,            R_PARENT,   R_CHILDREN | R_LAUNCHER, \
	struct msg_empty, MSG_NOFD) \
X(PING,            R_PARENT,   R_ENGINE,   struct msg_id,       MSG_NOFD) \
/* a reload: sockets come and go, PREPARE with the configuration, */	\
/* which the child accepts or not; then COMMIT (answered) or ABORT */	\
X(RELOAD_SOCKET,   R_PARENT,   R_SERVER | R_CONTROL, \
	struct msg_socket, MSG_FD) \
X(RELOAD_CLOSE,    R_PARENT,   R_SERVER | R_CONTROL, \
	struct msg_socket, MSG_NOFD) \
X(RELOAD_PREPARE,  R_PARENT,   R_CHILDREN, struct msg_reload,   MSG_FD)   \
X(RELOAD_COMMIT,   R_PARENT,   R_CHILDREN, struct msg_id,       MSG_NOFD) \
X(RELOAD_ABORT,    R_PARENT,   R_CHILDREN, struct msg_id,       MSG_NOFD) \
X(RELOAD_ANSWER,   R_CHILDREN, R_PARENT,   struct msg_reloadanswer, MSG_NOFD) \
/* control -> parent: reload (value: enum reload_kind); what it gave */	\
X(RELOAD_ASK,      R_CONTROL,  R_PARENT,   struct msg_ask,      MSG_NOFD) \
X(RELOAD_RESULT,   R_PARENT,   R_CONTROL,  struct msg_reloadresult, MSG_FD) \
/* any child -> parent */						\
X(READY,           R_CHILDREN, R_PARENT,   struct msg_empty,    MSG_NOFD) \
X(LOG,             R_CHILDREN | R_LAUNCHER, R_PARENT, \
	struct msg_log, MSG_NOFD) \
/* parent -> mail: the letter to send */				\
X(MAIL,            R_PARENT,   R_MAIL,     struct msg_change,   MSG_NOFD) \
/* engine -> parent: the clock (answers carry the id), files, state */	\
X(CLOCK_FREQ,      R_ENGINE,   R_PARENT,   struct msg_freq,     MSG_NOFD) \
X(CLOCK_SLEW,      R_ENGINE,   R_PARENT,   struct msg_slew,     MSG_NOFD) \
X(CLOCK_STEP,      R_ENGINE,   R_PARENT,   struct msg_step,     MSG_NOFD) \
X(CLOCK_STATUS,    R_ENGINE,   R_PARENT,   struct msg_status,   MSG_NOFD) \
X(FILE_WRITE,      R_ENGINE,   R_PARENT,   struct msg_file,     MSG_NOFD) \
X(FILE_COMMIT,     R_ENGINE,   R_PARENT,   struct msg_index,    MSG_NOFD) \
X(LOG_ENTRY,       R_ENGINE,   R_PARENT,   struct msg_entry,    MSG_NOFD) \
X(DUMP,            R_ENGINE,   R_PARENT,   struct msg_dump,     MSG_NOFD) \
X(CHANGE,          R_ENGINE,   R_PARENT,   struct msg_change,   MSG_NOFD) \
X(ONESHOT_DONE,    R_ENGINE,   R_PARENT,   struct msg_oneshot,  MSG_NOFD) \
X(GIVE_UP,         R_ENGINE,   R_PARENT,   struct msg_empty,    MSG_NOFD) \
X(PONG,            R_ENGINE,   R_PARENT,   struct msg_id,       MSG_NOFD) \
/* a source that a command added, its end, and to the next engine */	\
X(SOURCE_ADDED,    R_ENGINE,   R_PARENT,   struct msg_command,  MSG_NOFD) \
X(SOURCE_REMOVED,  R_ENGINE,   R_PARENT,   struct msg_name,     MSG_NOFD) \
X(SOURCE_ADD,      R_PARENT,   R_ENGINE,   struct msg_command,  MSG_NOFD) \
/* what DUMP told an earlier daemon */					\
X(SAMPLES,         R_PARENT,   R_ENGINE,   struct msg_dump,     MSG_NOFD) \
X(CLOCK_STATE,     R_PARENT,   R_ENGINE,   struct msg_clock,    MSG_NOFD) \
X(CLOCK_DONE,      R_PARENT,   R_ENGINE,   struct msg_clock,    MSG_NOFD) \
X(CLOCK_LEASE_END, R_PARENT,   R_ENGINE,   struct msg_clock,    MSG_NOFD) \
/* control -> parent: an operator is about to change the clock */	\
X(OPERATOR,        R_CONTROL,  R_PARENT,   struct msg_command,  MSG_NOFD) \
/* control -> parent: the measurement logs are to be opened anew */	\
X(CYCLELOGS,       R_CONTROL,  R_PARENT,   struct msg_empty,    MSG_NOFD) \
/* control <-> whom a command concerns: one answer each, with its id */	\
X(COMMAND,         R_CONTROL,  R_ENGINE | R_PARENT | R_SERVER,		\
	struct msg_command, MSG_NOFD) \
X(REPORT,          R_ENGINE | R_SERVER, R_CONTROL,			\
	struct msg_report, MSG_NOFD) \
X(RESULT,          R_ENGINE | R_PARENT | R_SERVER, R_CONTROL,		\
	struct msg_result, MSG_NOFD) \
/* a host name of an access rule is known now */			\
X(ACCESS_NET,      R_PARENT,   R_SERVER | R_CONTROL, struct msg_access,	\
    MSG_NOFD)								\
/* an access rule of run time; id not 0: say when it holds */		\
X(ACCESS_RULE,     R_PARENT,   R_SERVER | R_CONTROL,			\
	struct msg_rule, MSG_NOFD) \
X(ACCESS_DONE,     R_SERVER,   R_PARENT,   struct msg_ruledone, MSG_NOFD) \
/* the clock is not where its page says; and the engine is to look */	\
X(PAGE_SLIPPED,    R_SERVER,   R_PARENT,   struct msg_empty,    MSG_NOFD) \
X(CLOCK_LOOK,      R_PARENT,   R_ENGINE,   struct msg_empty,    MSG_NOFD) \
/* engine <-> dns, and parent <-> dns for names in access rules */	\
X(DNS_ASK,         R_ENGINE | R_PARENT, R_DNS, struct msg_dnsask, MSG_NOFD) \
X(DNS_TELL,        R_DNS, R_ENGINE | R_PARENT, struct msg_dnstell, MSG_NOFD)

struct msg_empty {
	uint32_t	zero;
};

struct msg_id {
	uint32_t	id;
	uint32_t	pad;
};

struct msg_index {
	uint32_t	index;
	uint32_t	member;		/* GETSOCK, SOCK: whose of the group */
};

/* A line of the configuration, or one that a command added. */
struct msg_name {
	char		name[REPORT_NAME_MAX];
	uint32_t	port;
	uint32_t	pad;
};

struct msg_errno {
	uint32_t	index;
	int32_t		error;		/* errno, 1..4095 */
	uint32_t	member;		/* as in the GETSOCK */
	uint32_t	pad;
};

enum socket_kind {
	SOCKET_NTP,			/* server port */
	SOCKET_COMMAND,			/* command port, UDP */
	SOCKET_COMMAND_UNIX,		/* command socket, path */
	SOCKET_SYSLOG,			/* connected to /dev/log */
	SOCKET_KIND_COUNT
};

#define MSG_PATH_MAX	108		/* sun_path with its NUL */
#define MSG_DEVICE_MAX	16

struct msg_socket {
	uint32_t	index;		/* 0.., the parent's number for it */
	uint32_t	kind;		/* enum socket_kind */
	struct addr	addr;		/* with port; family tells v4 or v6 */
	char		path[MSG_PATH_MAX];	/* COMMAND_UNIX only */
	char		device[MSG_DEVICE_MAX];	/* empty: any */
	uint32_t	members;	/* NTP: so many sockets share the
					 * address, 1..MSG_INSTANCES; else 1 */
	uint32_t	prefix;		/* bits of the source address that say
					 * whose it is; 0: all */
	uint32_t	pad;
};

struct msg_group {
	uint32_t	index;		/* of an NTP socket */
	uint32_t	sockets;	/* of its address, 1..MSG_INSTANCES */
	uint32_t	members;	/* get packets, 1..sockets */
	uint32_t	prefix;		/* as in struct msg_socket */
};

struct msg_child {
	uint32_t	role;		/* who is behind the descriptor */
	uint32_t	instance;	/* 0.. */
};

struct msg_start {
	uint32_t	role;
	uint32_t	instance;	/* 0.. */
	uint32_t	keys;		/* 1: the executable with libcrypto */
	uint32_t	pad;
};

/* The descriptor has the lines of a file of keys. */
struct msg_keys {
	uint32_t	id;		/* 0: nobody waits for KEYS_DONE */
	uint32_t	len;		/* bytes */
};

struct msg_keysdone {
	uint32_t	id;
	uint32_t	ok;		/* 0: the old ones are kept */
};

struct msg_signal {
	uint32_t	role;
	uint32_t	instance;
	int32_t		signo;		/* SIGTERM or SIGKILL */
	uint32_t	pad;
};

struct msg_started {
	uint32_t	role;
	uint32_t	instance;
	int32_t		pid;
	uint32_t	pad;
};

struct msg_exited {
	uint32_t	role;
	uint32_t	instance;
	int32_t		pid;
	int32_t		status;		/* of waitpid(2) */
};

enum run_mode {
	RUN_DAEMON,
	RUN_SET_ONCE,			/* -q */
	RUN_PRINT_ONCE			/* -Q */
};

struct msg_conf {
	uint32_t	len;		/* bytes of canonical text in the fd */
	uint32_t	mode;		/* enum run_mode */
	uint32_t	clock_none;	/* 1: -x */
	uint32_t	family;		/* 0, or ADDR_INET/6 for -4, -6 */
	char		socket_dir[MSG_PATH_MAX]; /* control: where the Unix
						   * socket is; else empty */
	uint32_t	pad;
};

enum reload_kind {
	RELOAD_ALL,
	RELOAD_SOURCES,			/* the files of sourcedir alone */
	RELOAD_KIND_COUNT
};

struct msg_reload {
	uint32_t	id;		/* of this reload */
	uint32_t	len;		/* as in struct msg_conf */
	uint32_t	kind;		/* enum reload_kind */
	uint32_t	pad;
};

enum reload_answer {
	RELOAD_READY,			/* to PREPARE */
	RELOAD_REFUSED,			/* to PREPARE, text says why */
	RELOAD_DONE,			/* to COMMIT */
	RELOAD_ANSWER_COUNT
};

#define MSG_RELOAD_TEXT		200

struct msg_reloadanswer {
	uint32_t	id;
	uint32_t	answer;		/* enum reload_answer */
	char		text[MSG_RELOAD_TEXT];	/* NUL terminated */
};

#define MSG_RELOAD_LINES	10000

/* The descriptor has the lines, each with its newline. */
struct msg_reloadresult {
	uint32_t	id;		/* of RELOAD_ASK */
	uint32_t	ok;		/* 0: an error, nothing was changed */
	uint32_t	nlines;
	uint32_t	len;		/* bytes */
};

struct msg_drift {
	double		freq_ppm;	/* > 0: the clock gains; -1e6..1e6 */
	double		skew_ppm;	/* 0..1e6; < 0: nothing was saved */
};

struct msg_log {
	uint32_t	level;		/* enum log_level */
	uint32_t	pad;
	char		line[LOG_LINE_MAX];	/* NUL terminated */
};

/*
 * The clock.  Rates are ppm of the clock's own rate, > 0: run faster.
 * All numbers are asked for; the guard decides.
 */
#define MSG_RATE_MAX_PPM	200000.0

struct msg_freq {
	uint32_t	id;
	uint32_t	pad;
	double		base_ppm;	/* from now on, until told otherwise */
};

struct msg_slew {
	uint32_t	id;
	uint32_t	pad;
	double		base_ppm;	/* after the end */
	double		slew_ppm;	/* added to base until the end */
	int64_t		end_raw_ns;	/* MONOTONIC_RAW instant */
};

struct msg_step {
	uint32_t	id;
	uint32_t	oneshot;	/* 1: the step of -q */
	double		base_ppm;	/* a running lease ends with this */
	int64_t		delta_ns;	/* > 0: forwards */
};

struct msg_status {
	uint32_t	synced;		/* 0 or 1 */
	uint32_t	leap;		/* 0 none, 1 insert, 2 delete */
	double		esterror_s;	/* 0..1e9 */
	double		maxerror_s;	/* 0..1e9 */
	uint32_t	stratum;	/* for the status line, 0..16 */
	uint32_t	sources;	/* selectable now, ditto */
	char		source[ADDR_TEXT_MAX]; /* selected one, ditto */
};

enum clock_result {
	CLOCK_OK,
	CLOCK_REFUSED,			/* by the guard's policy */
	CLOCK_FAILED			/* by the kernel */
};

/* What the parent did and when: the pairs are read around it. */
struct msg_clock {
	uint32_t	id;		/* of the request, 0: CLOCK_STATE */
	uint32_t	result;		/* enum clock_result */
	int64_t		raw_before_ns;	/* MONOTONIC_RAW */
	int64_t		real_before_ns;	/* REALTIME at raw_before */
	int64_t		raw_after_ns;
	int64_t		real_after_ns;
	double		rate_ppm;	/* the clock runs at this now */
	double		base_ppm;	/* and at this after the lease */
	int64_t		end_raw_ns;	/* end of the lease, 0: none */
	uint32_t	clock_none;	/* 1: nothing was touched (-x) */
	uint32_t	steps_left;	/* that policy still allows */
	int64_t		delta_ns;	/* CLOCK_STEP: what was stepped */
};

enum file_id {
	FILE_DRIFT,
	FILE_COUNT
};

#define MSG_FILE_CHUNK	1024

/* Content of a file to be replaced; FILE_COMMIT makes it the file. */
struct msg_file {
	uint32_t	index;		/* enum file_id */
	uint32_t	len;		/* 0..MSG_FILE_CHUNK, appended */
	char		data[MSG_FILE_CHUNK];
};

#define MSG_DUMP_MAX	64		/* samples of a source */

struct msg_sample {
	int64_t		raw_ns;		/* MONOTONIC_RAW, each later than the
					 * one before */
	int64_t		y_ns;		/* server time - raw, > 0 */
	double		delay_s;	/* 0..1e9 */
	double		disp_s;		/* 0..1e9 */
};

/* The samples of a source, for `dumpdir'. */
struct msg_dump {
	struct addr	addr;		/* no port, no scope */
	uint32_t	n;		/* 1..MSG_DUMP_MAX */
	uint32_t	pad;
	int64_t		sleep_ns;	/* suspended since boot, then */
	struct msg_sample sample[MSG_DUMP_MAX];	/* the oldest first */
};

enum log_file {
	LOG_MEASUREMENTS,
	LOG_STATISTICS,
	LOG_TRACKING,
	LOG_SELECTION,
	LOG_FILE_COUNT
};

#define MSG_ENTRY_MAX	400

struct msg_entry {
	uint32_t	file;		/* enum log_file */
	uint32_t	pad;
	char		line[MSG_ENTRY_MAX];	/* NUL terminated, no \n */
};

/* The clock turned out to be wrong: somebody is to get a letter. */
struct msg_change {
	int64_t		offset_ns;	/* > 0: it was behind */
	int64_t		real_ns;	/* REALTIME at the time */
};

struct msg_oneshot {
	uint32_t	ok;		/* 0: no time was had */
	uint32_t	pad;
	int64_t		offset_ns;	/* > 0: the clock is behind */
	int64_t		error_ns;	/* bound on the error, >= 0 */
};

struct msg_ask {
	uint32_t	id;
	uint32_t	value;		/* an index, or the number asked for */
};

enum access_list {
	ACCESS_NTP,			/* allow, deny */
	ACCESS_COMMAND			/* cmdallow, cmddeny */
};

#define MSG_RULES_MAX	(1 << 20)

struct msg_access {
	uint32_t	list;		/* enum access_list */
	uint32_t	index;		/* of the rule in the list */
	struct subnet	net;
};

struct msg_rule {
	uint32_t	id;
	uint32_t	list;		/* enum access_list */
	uint32_t	allow;		/* 0: deny */
	uint32_t	all;		/* removes the rules inside */
	struct subnet	net;		/* NONE: both families */
	uint32_t	pad;
};

struct msg_ruledone {
	uint32_t	id;		/* of ACCESS_RULE */
	uint32_t	ok;		/* 0: it does not hold */
};

#define MSG_HOST_MAX	256
#define MSG_DNS_MAX	16

struct msg_dnsask {
	uint32_t	id;
	uint32_t	family;		/* 0, ADDR_INET, ADDR_INET6 */
	char		name[MSG_HOST_MAX];	/* NUL terminated */
};

struct msg_dnstell {
	uint32_t	id;
	uint32_t	count;		/* 0: none for now; ..MSG_DNS_MAX */
	uint32_t	no_such_name;	/* 1: DNS says that there is none */
	uint32_t	pad;
	struct addr	addrs[MSG_DNS_MAX];
};

#define MSG_ENUM(name, from, to, type, fd)	MSG_##name,
enum msg_type {
	MSG_NONE,
	MSG_TABLE(MSG_ENUM)
	MSG_TYPE_COUNT
};
#undef MSG_ENUM

struct msg_info {
	const char	*name;
	uint32_t	 senders;	/* R_* */
	uint32_t	 receivers;
	size_t		 size;
	int		 fd;		/* MSG_FD or MSG_NOFD */
};

/* The row of a type; NULL for a number that is none. */
const struct msg_info *msg_get_info(uint32_t type);
/*
 * Checks a message that `me' got from `peer': the type exists, peer may send
 * and me may receive it, the size is exact, the descriptor is there or not,
 * and every value is in its range.  NULL: good; otherwise what is wrong.
 */
const char *msg_check(uint32_t type, enum role peer, enum role me,
	    const void *payload, size_t len, int has_fd);

#endif
