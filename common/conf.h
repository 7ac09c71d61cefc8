/*
 * The configuration as values, and the one table of directives that parses,
 * checks, prints and distributes it.  Pure: text in, struct out.  Reading
 * files (include) is the parent's, by the callback.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define CONF_NAME_MAX	256		/* host names, with NUL */
#define CONF_PATH_MAX	1024
#define CONF_LINE_MAX	2048		/* as chrony */
#define CONF_INCLUDE_DEPTH 10
#define CONF_SOURCES_MAX 4096
#define CONF_RULES_MAX	(1 << 20)	/* of allow or cmdallow each */
#define CONF_LISTEN_MAX	64
#define CONF_SAMPLES_MAX 64		/* of minsamples, maxsamples */
#define CONF_FILTER_MAX	64		/* samples of a source's filter */
#define CONF_PRESEND_OFF 100
#define CONF_ASYMMETRY_AUTO 1.0
#define CONF_PROCS_MAX	64		/* server processes */
#define CONF_PROCS_AUTO	(-1)		/* as many as there are cores */
#define CONF_DIRS_MAX	10		/* directories of one line */
#define CONF_SOURCEDIRS_MAX 64

#define CONF_CMDSOCKET	"/run/chrony/chronyd.sock"	/* as chronyc */
#define CONF_PIDFILE	"/run/ntpd/ntpd.pid"
#define CONF_USER	"_ntpd"

/* which roles get a directive (bits of privsep/role.h by number) */
#define CONF_PARENT	(1u << 0)
#define CONF_ENGINE	(1u << 2)
#define CONF_SERVER	(1u << 3)
#define CONF_CONTROL	(1u << 4)
#define CONF_DNS	(1u << 5)
#define CONF_MAIL	(1u << 6)
#define CONF_ALL	(~0u)

enum conf_source_type { CONF_SERVER_SOURCE, CONF_POOL_SOURCE };

struct conf_source {
	char		name[CONF_NAME_MAX];
	uint8_t		type;		/* enum conf_source_type */
	uint8_t		family;		/* 0, ADDR_INET, ADDR_INET6 */
	uint8_t		iburst;
	uint8_t		prefer;
	uint8_t		noselect;
	uint8_t		offline;
	uint8_t		version;	/* 1..4; 0: what suits the key */
	uint8_t		weight;		/* 1..10, OpenNTPD's; 1 */
	int8_t		minpoll_log2;	/* -7..24 */
	int8_t		maxpoll_log2;
	uint8_t		maxsources;	/* pools: 1..16 */
	uint8_t		openntpd;	/* `servers X' (prints back so) */
	uint8_t		burst;
	uint8_t		auto_offline;
	uint8_t		xleave;
	uint8_t		copy;
	uint8_t		require;
	uint8_t		trust;		/* 1 trust, 2 `trusted' (the same) */
	uint8_t		minstratum;	/* 0..15 */
	int8_t		presend_log2;	/* CONF_PRESEND_OFF: never */
	uint16_t	port;
	uint32_t	key;		/* its number, 0: none */
	int32_t		polltarget;	/* >= 1 */
	int32_t		maxunreach;	/* polls */
	int32_t		minsamples;	/* 0..CONF_SAMPLES_MAX, -1: global */
	int32_t		maxsamples;
	int32_t		filter;		/* 0, 1: none */
	double		maxdelay_s;
	double		maxdelayratio;	/* 0: no test */
	double		maxdelaydevratio;
	double		maxdelayquant;	/* 0: no test */
	double		mindelay_s;	/* 0: as measured */
	double		asymmetry;	/* CONF_ASYMMETRY_AUTO: estimated */
	double		offset_s;	/* added to what is measured */
};

struct conf_access {
	struct subnet	net;
	uint8_t		allow;		/* 1 allow, 0 deny */
	uint8_t		all;		/* drops more specific rules inside */
	uint8_t		command;	/* of run time, not of the file */
	const char	*host;		/* NULL, or a name, net unresolved; of
					 * conf->names */
};

#define CONF_BROADCASTS_MAX 16
#define CONF_BROADCAST_PORT 123

/* packets to everybody on a network, every so many seconds */
struct conf_broadcast {
	struct addr	to;		/* with its port */
	int32_t		interval_s;	/* 1..2^24 */
};

struct conf_local {
	uint8_t		enabled;
	uint8_t		stratum;	/* 1..15 */
	uint8_t		orphan;		/* the one with the lowest address */
	double		distance_s;	/* root distance that activates it */
	double		activate_s;	/* that was to be reached before; 0 */
	double		waitsynced_s;	/* since the last update */
	double		waitunsynced_s;	/* without any; -1: 300 for orphans */
};

/* of `ratelimit', `cmdratelimit': burst replies, then one per interval */
struct conf_ratelimit {
	uint8_t		enabled;
	int8_t		interval_log2;	/* -19..12, of seconds */
	uint8_t		burst;		/* 1..255 */
	uint8_t		leak_log2;	/* 1..4: one of 2^n passes still */
	uint8_t		kod_log2;	/* 0..4: one of 2^n gets a kiss */
	uint8_t		prefix4;	/* bits that share a limit, 0: all */
	uint8_t		prefix6;
};

/* commands that are answered over UDP, of those that only read */
enum { CONF_OPEN_ACTIVITY = 0x1, CONF_OPEN_AUTHDATA = 0x2,
    CONF_OPEN_CLIENTS = 0x4, CONF_OPEN_MANUAL = 0x8,
    CONF_OPEN_NTPDATA = 0x10, CONF_OPEN_RTCDATA = 0x20,
    CONF_OPEN_SELECTDATA = 0x40, CONF_OPEN_SERVERSTATS = 0x80,
    CONF_OPEN_SMOOTHING = 0x100, CONF_OPEN_SOURCENAME = 0x200,
    CONF_OPEN_SOURCES = 0x400, CONF_OPEN_SOURCESTATS = 0x800,
    CONF_OPEN_TRACKING = 0x1000 };
#define CONF_OPEN_INITIAL						\
	(CONF_OPEN_ACTIVITY | CONF_OPEN_MANUAL | CONF_OPEN_RTCDATA |	\
	CONF_OPEN_SMOOTHING | CONF_OPEN_SOURCENAME | CONF_OPEN_SOURCES | \
	CONF_OPEN_SOURCESTATS | CONF_OPEN_TRACKING)

enum { CONF_LOG_MEASUREMENTS = 1, CONF_LOG_STATISTICS = 2,
    CONF_LOG_TRACKING = 4, CONF_LOG_RAW = 8, CONF_LOG_SELECTION = 16 };

enum conf_auth {			/* authselectmode */
	CONF_AUTH_REQUIRE,
	CONF_AUTH_PREFER,
	CONF_AUTH_MIX,
	CONF_AUTH_IGNORE
};

/* A host name of a rule. */
struct conf_name {
	struct conf_name *next;
	char		text[];
};

struct conf {
	struct conf_source *sources;
	size_t		nsources;
	size_t		ndirsources;	/* the last so many of them are from
					 * the files of sourcedir */
	char		**sourcedirs;
	size_t		nsourcedirs;
	struct conf_access *access;	/* allow, deny in file order */
	size_t		naccess;
	struct conf_access *cmdaccess;
	size_t		ncmdaccess;
	struct conf_name *names;	/* that the rules point to */
	struct addr	*listen;	/* `listen on', port 0; NONE: `*'.  With
					 * it, but no allow nor deny, everybody
					 * is served: OpenNTPD has no list */
	size_t		nlisten;
	struct conf_broadcast broadcasts[CONF_BROADCASTS_MAX];
	size_t		nbroadcasts;
	struct conf_local local;
	struct addr	*bindaddress;	/* port 0; none of a family: any */
	size_t		nbindaddress;
	struct addr	bindacqaddress[2]; /* IPv4 and IPv6; NONE: any */
	struct addr	bindcmdaddress[2]; /* default loopback, never NONE */
	char		bindcmddevice[16];	/* interface; "": any */
	char		xdp[16];	/* interface; "": no fast path */
	uint8_t		xdp_generic;	/* behind the driver, not in it */
	char		binddevice[16];
	char		bindacqdevice[16];
	struct conf_ratelimit ratelimit;
	struct conf_ratelimit cmdratelimit;
	int32_t		clientloglimit;	/* bytes */
	uint8_t		noclientlog;
	uint32_t	opencommands;	/* CONF_OPEN_* */
	char		cmdsocket[108];	/* Unix path; "": disabled */
	int32_t		port;		/* 0..65535; 0: no server */
	int32_t		serverprocs;	/* 0..CONF_PROCS_MAX, CONF_PROCS_AUTO */
	int32_t		cmdport;	/* 0: no UDP */
	int32_t		minsources;	/* >= 1 */
	int32_t		minsamples;	/* of sources that do not say */
	int32_t		maxsamples;	/* 0: no limit */
	int32_t		minstratum;
	int32_t		maxstratum;
	int32_t		acquisitionport; /* -1: a new one each time */
	double		maxdistance_s;
	double		maxjitter_s;
	double		stratumweight_s;
	double		reselectdist_s;
	double		combinelimit;	/* 0: no combination */
	double		maxupdateskew_ppm;
	double		maxslewrate_ppm;
	double		maxdrift_ppm;
	double		maxclockerror_ppm;
	double		corrtimeratio;
	double		clockprecision_s; /* 0: measured */
	double		maxchange_s;
	int32_t		maxchange_start; /* < 0: off */
	int32_t		maxchange_ignore; /* < 0: for ever */
	double		makestep_s;	/* threshold; 0 and limit 0: never */
	int32_t		makestep_limit;	/* < 0: always */
	char		driftfile[CONF_PATH_MAX];	/* "": none */
	double		drift_interval_s;
	char		keyfile[CONF_PATH_MAX];	/* "": no keys */
	char		pidfile[CONF_PATH_MAX];	/* "": none (`pidfile /') */
	char		logdir[CONF_PATH_MAX];	/* "": none */
	char		dumpdir[CONF_PATH_MAX];	/* "": none */
	char		user[64];
	uint32_t	log;		/* CONF_LOG_* */
	int32_t		logbanner;	/* entries between headers; 0: none */
	double		logchange_s;	/* a surprise that is worth a line */
	char		mail_to[CONF_NAME_MAX];	/* "": nobody */
	double		mailchange_s;	/* one that is worth a letter */
	uint8_t		manual;		/* settime works from the start */
	uint8_t		rtcsync;
	uint8_t		authselectmode;	/* enum conf_auth */
	uint8_t		pidfile_set;	/* by a directive */
	uint8_t		maxclockerror_set;
	uint8_t		corrtimeratio_set;
	uint8_t		user_set;
};

enum conf_kind { CONF_ERROR, CONF_WARNING };
/*
 * One error or warning of a text; line and column start at 1.  Checks between
 * directives (conf_check) belong to no line: file is "", line and column 0.
 * Warnings are not counted.  text has no control characters.
 */
typedef void (*conf_error_fn)(void *ctx, enum conf_kind kind,
    const char *file, int line, int column, const char *text);
/*
 * Gives the text of the files that a pattern names, in order: calls
 * conf_parse_included() for each.  0 (also when a wildcard matches nothing), or
 * -1 with errno: that is reported as an error at the include directive.
 */
struct conf_parser;
typedef int (*conf_include_fn)(void *ctx, struct conf_parser *parser,
    const char *pattern);

/* The same for the directories of a `confdir', at most CONF_DIRS_MAX. */
typedef int (*conf_confdir_fn)(void *ctx, struct conf_parser *parser,
    const char *const *dirs, size_t n);

struct conf_params {
	conf_error_fn	 error;		/* NULL: errors are only counted */
	conf_include_fn	 include;	/* NULL: include is refused */
	conf_confdir_fn	 confdir;	/* likewise */
	void		*ctx;
};

/* Defaults of every directive. NULL with errno. */
struct conf *conf_new(void);
void	conf_free(struct conf *conf);	/* NULL is fine */
/*
 * Parses a whole text (need not end in a newline) into conf, on top of what is
 * there.  Every error of it is reported.  Returns the number of errors; the
 * values of a conf that had errors must not be used.
 */
int	conf_parse(struct conf *conf, const char *text, size_t len,
	    const char *file, const struct conf_params *params);
/* For conf_include_fn: parse an included file's text. Errors are counted. */
void	conf_parse_included(struct conf_parser *parser, const char *text,
	    size_t len, const char *file);
/*
 * Adds the sources of a file of a sourcedir, after all else is parsed.  A line
 * that is wrong, is no source or has no newline is skipped with a warning, as
 * in chrony: such files are written by others.
 */
void	conf_parse_sources(struct conf *conf, const char *text, size_t len,
	    const char *file, const struct conf_params *params);
/* Checks between directives after all is parsed; returns the errors. */
int	conf_check(const struct conf *conf, const struct conf_params *params);
/*
 * Canonical text of the directives that roles (CONF_*) need, only what differs
 * from the default.  Parses back to the same.  malloc'd, NUL terminated, *len
 * without the NUL; NULL with errno.
 */
char	*conf_print(const struct conf *conf, unsigned roles, size_t *len);

#define CONF_CHANGE_MAX	512		/* text of a change, with its NUL */
struct conf_change {
	const char	*directive;	/* name */
	int		 restart;	/* 1: a running daemon cannot do it */
	char		 text[CONF_CHANGE_MAX];	/* cut when it is longer */
};
typedef void (*conf_change_fn)(void *ctx, const struct conf_change *change);
/*
 * What is different in new, one call a line, in the order of the table:
 * `added server a', `changed pool b: maxsources 4 -> 6, iburst on',
 * `removed local stratum 10', `changed maxslewrate: 100 -> 500',
 * `allow list: 3 rules -> 5'.  The number of calls, or -1 with errno.
 */
int	conf_diff(const struct conf *old, const struct conf *new,
	    conf_change_fn fn, void *ctx);
/* The same source (kind of line, name, port), with whatever options. */
int	conf_source_is_same(const struct conf_source *a,
	    const struct conf_source *b);
/* And with the same options. */
int	conf_source_is_equal(const struct conf_source *a,
	    const struct conf_source *b);
/*
 * A directive that is said by its arguments alone gets the values that it has
 * in from.  0, or -1 when there is no such directive.
 */
int	conf_keep(struct conf *conf, const struct conf *from,
	    const char *directive);

/*
 * The host name of rule number index is this address: the rule counts from
 * now on.  -1 when there is no such rule or it has no name.
 */
int	conf_set_host(struct conf_access *rules, size_t n, size_t index,
	    const struct subnet *net);
/*
 * One more rule at run time, which counts like the last of the file and takes
 * the place of one for the same subnet that came like this: a script that
 * blocks and unblocks does not make the list longer.  Where `listen on' alone
 * lets everybody in, it goes on to do so.  command: the list of cmdallow and
 * cmddeny, else that of allow and deny.  0, or -1 with errno.
 */
int	conf_add_rule(struct conf *conf, const struct conf_access *rule,
	    int command);
/* 1 when somebody is allowed to be served (an allow rule or listen on). */
int	conf_serves(const struct conf *conf);
/*
 * 1 when text may be a host name (letters, digits, `-', `_' and `.'; labels
 * of 1..63 with no `-' at an end, the last not all digits; at most 253 and a
 * final dot) or a numeric address.
 */
int	conf_host_is_valid(const char *text);

#endif
