/*
 * The table of directives: name, arguments, types, ranges, defaults, target
 * fields and the roles that need each.  Parsing, checking, printing and what
 * is sent to a child come from it.  Used by every process that has a
 * configuration.  Data only: this file must not know how a value is read.
 */
#include <limits.h>
#include <stddef.h>
#include <strings.h>

#include "common/conf_table.h"

#define FIELD(type, member)						\
	.offset = offsetof(struct type, member),			\
	.size = sizeof(((struct type *)0)->member)

#define POSITION(word, t, member)					\
	.name = word, .place = CONF_PLACE_POSITION, .type = t,		\
	FIELD(conf, member)
#define OPTION(word, t, member)						\
	.name = word, .place = CONF_PLACE_OPTION, .type = t,		\
	FIELD(conf, member)
#define IMPLIED(member, value)						\
	.name = #member, .place = CONF_PLACE_IMPLIED,			\
	.type = CONF_TYPE_CONST, .constant = value, FIELD(conf, member)

#define S_POSITION(word, t, member)					\
	.name = word, .place = CONF_PLACE_POSITION, .type = t,		\
	FIELD(conf_source, member)
#define S_OPTION(word, t, member)					\
	.name = word, .place = CONF_PLACE_OPTION, .type = t,		\
	FIELD(conf_source, member)
#define S_FLAG(word, member, value)					\
	S_OPTION(word, CONF_TYPE_CONST, member), .constant = value
#define S_IMPLIED(member, value)					\
	.name = #member, .place = CONF_PLACE_IMPLIED,			\
	.type = CONF_TYPE_CONST, .constant = value,			\
	FIELD(conf_source, member)

#define S_IMPLIED_REAL(member, value)					\
	.name = #member, .place = CONF_PLACE_IMPLIED,			\
	.type = CONF_TYPE_REAL, .constant = value,			\
	FIELD(conf_source, member)

/* a known option that is not in this build; words: how many values it has */
#define ABSENT(word, words)						\
	{ .name = word, .place = CONF_PLACE_ABSENT, .max = words }
#define END	{ .name = NULL }

/* the options that server and pool share */
#define SOURCE_OPTIONS							\
	{ S_OPTION("minpoll", CONF_TYPE_INT, minpoll_log2),		\
	    .min = -7, .max = 24, .initial = 6 },			\
	{ S_OPTION("maxpoll", CONF_TYPE_INT, maxpoll_log2),		\
	    .min = -7, .max = 24, .initial = 10 },			\
	{ S_FLAG("iburst", iburst, 1) },				\
	{ S_OPTION("port", CONF_TYPE_INT, port),			\
	    .min = 0, .max = 65535, .initial = 123 },			\
	{ S_OPTION("maxsources", CONF_TYPE_INT, maxsources),		\
	    .min = 1, .max = INT_MAX, .clamp = 16, .initial = 4 },	\
	{ S_FLAG("prefer", prefer, 1) },				\
	{ S_FLAG("noselect", noselect, 1) },				\
	{ S_FLAG("offline", offline, 1) },				\
	{ S_OPTION("version", CONF_TYPE_INT, version),			\
	    .min = 1, .max = 4 },					\
	{ S_OPTION("key", CONF_TYPE_INT, key),				\
	    .min = 1, .max = 4294967295.0 },				\
	{ S_FLAG("ipv4", family, ADDR_INET) },				\
	{ S_FLAG("ipv6", family, ADDR_INET6) },				\
	{ S_OPTION("weight", CONF_TYPE_INT, weight),			\
	    .min = 1, .max = 10, .initial = 1, .openntpd = 1 },		\
	{ S_FLAG("trusted", trust, 2), .openntpd = 1 },			\
	{ S_FLAG("burst", burst, 1) },					\
	{ S_FLAG("auto_offline", auto_offline, 1) },			\
	{ S_FLAG("xleave", xleave, 1) },				\
	{ S_FLAG("copy", copy, 1) },					\
	{ S_FLAG("require", require, 1) },				\
	{ S_FLAG("trust", trust, 1) },					\
	{ S_OPTION("minstratum", CONF_TYPE_INT, minstratum),		\
	    .min = 0, .max = 16, .clamp = 15 },				\
	{ S_OPTION("polltarget", CONF_TYPE_INT, polltarget),		\
	    .min = 1, .max = INT_MAX, .initial = 8 },			\
	{ S_OPTION("presend", CONF_TYPE_INT, presend_log2),		\
	    .min = -32, .max = 32, .initial = CONF_PRESEND_OFF },	\
	{ S_OPTION("maxunreach", CONF_TYPE_INT, maxunreach),		\
	    .min = 0, .max = INT_MAX, .initial = 100000 },		\
	{ S_OPTION("minsamples", CONF_TYPE_INT, minsamples),		\
	    .min = 0, .max = INT_MAX, .clamp = CONF_SAMPLES_MAX,	\
	    .initial = -1 },						\
	{ S_OPTION("maxsamples", CONF_TYPE_INT, maxsamples),		\
	    .min = 0, .max = INT_MAX, .clamp = CONF_SAMPLES_MAX,	\
	    .initial = -1 },						\
	{ S_OPTION("filter", CONF_TYPE_INT, filter),			\
	    .min = 0, .max = INT_MAX, .clamp = CONF_FILTER_MAX },	\
	{ S_OPTION("maxdelay", CONF_TYPE_REAL, maxdelay_s),		\
	    .min = 0, .max = CONF_NO_LIMIT, .clamp = 1000, .initial = 3 }, \
	{ S_OPTION("maxdelayratio", CONF_TYPE_REAL, maxdelayratio),	\
	    .min = 0, .max = CONF_NO_LIMIT, .clamp = 1e6 },		\
	{ S_OPTION("maxdelaydevratio", CONF_TYPE_REAL, maxdelaydevratio), \
	    .min = 0, .max = CONF_NO_LIMIT, .clamp = 1e6, .initial = 10 }, \
	{ S_OPTION("maxdelayquant", CONF_TYPE_REAL, maxdelayquant),	\
	    .min = 0, .max = 1, .clamp = 0.95 },			\
	{ S_OPTION("mindelay", CONF_TYPE_REAL, mindelay_s),		\
	    .min = 0, .max = 1000 },					\
	{ S_OPTION("asymmetry", CONF_TYPE_REAL, asymmetry),		\
	    .min = -0.5, .max = 0.5, .initial = CONF_ASYMMETRY_AUTO },	\
	{ S_OPTION("offset", CONF_TYPE_REAL, offset_s),			\
	    .min = -CONF_NO_LIMIT, .max = CONF_NO_LIMIT },		\
	ABSENT("certset", 1), ABSENT("extfield", 1),			\
	ABSENT("nts", 0), ABSENT("ntsport", 1)

static const struct conf_arg	server_args[] = {
	{ S_IMPLIED(type, CONF_SERVER_SOURCE) },
	{ S_POSITION("name", CONF_TYPE_HOST, name) },
	SOURCE_OPTIONS,
	END
};

static const struct conf_arg	pool_args[] = {
	{ S_IMPLIED(type, CONF_POOL_SOURCE) },
	{ S_IMPLIED(openntpd, 0) },
	{ S_POSITION("name", CONF_TYPE_HOST, name) },
	SOURCE_OPTIONS,
	END
};

/* OpenNTPD's: every address of the name; 16 is what a pool can have */
static const struct conf_arg	servers_args[] = {
	{ S_IMPLIED(type, CONF_POOL_SOURCE) },
	{ S_IMPLIED(openntpd, 1) },
	{ S_IMPLIED(maxsources, 16), .initial = 16 },
	{ S_IMPLIED(minpoll_log2, 6), .min = -7, .initial = 6 },
	{ S_IMPLIED(maxpoll_log2, 10), .min = -7, .initial = 10 },
	{ S_IMPLIED(port, 123), .initial = 123 },
	{ S_IMPLIED(version, 0) },
	{ S_POSITION("name", CONF_TYPE_HOST, name) },
	{ S_OPTION("weight", CONF_TYPE_INT, weight),
	    .min = 1, .max = 10, .initial = 1, .openntpd = 1 },
	{ S_FLAG("trusted", trust, 2), .openntpd = 1 },
	{ S_IMPLIED(polltarget, 8), .initial = 8 },
	{ S_IMPLIED(presend_log2, CONF_PRESEND_OFF), .min = -32,
	    .initial = CONF_PRESEND_OFF },
	{ S_IMPLIED(maxunreach, 100000), .initial = 100000 },
	{ S_IMPLIED(minsamples, -1), .initial = -1 },
	{ S_IMPLIED(maxsamples, -1), .initial = -1 },
	{ S_IMPLIED_REAL(maxdelay_s, 3), .initial = 3 },
	{ S_IMPLIED_REAL(maxdelaydevratio, 10), .initial = 10 },
	{ S_IMPLIED_REAL(asymmetry, CONF_ASYMMETRY_AUTO),
	    .initial = CONF_ASYMMETRY_AUTO },
	END
};

static const struct conf_arg	local_args[] = {
	{ IMPLIED(local.enabled, 1) },
	{ OPTION("stratum", CONF_TYPE_INT, local.stratum),
	    .min = 1, .max = 15, .initial = 10 },
	{ OPTION("distance", CONF_TYPE_REAL, local.distance_s),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = 1 },
	{ OPTION("orphan", CONF_TYPE_CONST, local.orphan), .constant = 1 },
	{ OPTION("activate", CONF_TYPE_REAL, local.activate_s),
	    .min = 0, .max = CONF_NO_LIMIT },
	{ OPTION("waitsynced", CONF_TYPE_REAL, local.waitsynced_s),
	    .min = 0, .max = CONF_NO_LIMIT },
	{ OPTION("waitunsynced", CONF_TYPE_REAL, local.waitunsynced_s),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = -1 },
	END
};

static const struct conf_arg	driftfile_args[] = {
	{ POSITION("file", CONF_TYPE_PATH, driftfile) },
	{ OPTION("interval", CONF_TYPE_REAL, drift_interval_s),
	    .min = 1, .max = CONF_NO_LIMIT, .initial = 3600 },
	END
};

static const struct conf_arg	makestep_args[] = {
	{ POSITION("threshold", CONF_TYPE_REAL, makestep_s),
	    .min = 0, .max = CONF_NO_LIMIT },
	{ POSITION("limit", CONF_TYPE_INT, makestep_limit),
	    .min = -CONF_NO_LIMIT, .max = CONF_NO_LIMIT },
	END
};

static const struct conf_arg	maxslewrate_args[] = {
	{ POSITION("maxslewrate", CONF_TYPE_REAL, maxslewrate_ppm), .min = 0,
	    .max = 1e6, .clamp = 100000, .initial = 1e6 / 12 },
	END
};

static const struct conf_arg	maxdrift_args[] = {
	{ POSITION("maxdrift", CONF_TYPE_REAL, maxdrift_ppm), .min = 0,
	    .max = 1e6, .clamp = 100000, .initial = 100000 },
	END
};

/* set: the user's word goes over what the engine would do by itself */
static const struct conf_arg	maxclockerror_args[] = {
	{ IMPLIED(maxclockerror_set, 1) },
	{ POSITION("maxclockerror", CONF_TYPE_REAL, maxclockerror_ppm),
	    .min = 0, .max = 1e6, .initial = 1 },
	END
};

static const struct conf_arg	corrtimeratio_args[] = {
	{ IMPLIED(corrtimeratio_set, 1) },
	{ POSITION("corrtimeratio", CONF_TYPE_REAL, corrtimeratio),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = 3 },
	END
};

static const struct conf_arg	clockprecision_args[] = {
	{ POSITION("clockprecision", CONF_TYPE_REAL, clockprecision_s),
	    .min = 0, .max = CONF_NO_LIMIT, .clamp = 1 },
	END
};

static const struct conf_arg	maxchange_args[] = {
	{ POSITION("maxchange", CONF_TYPE_REAL, maxchange_s),
	    .min = 0, .max = CONF_NO_LIMIT },
	{ POSITION("start", CONF_TYPE_INT, maxchange_start),
	    .min = -CONF_NO_LIMIT, .max = CONF_NO_LIMIT, .initial = -1 },
	{ POSITION("ignore", CONF_TYPE_INT, maxchange_ignore),
	    .min = -CONF_NO_LIMIT, .max = CONF_NO_LIMIT },
	END
};

static const struct conf_arg	maxupdateskew_args[] = {
	{ POSITION("maxupdateskew", CONF_TYPE_REAL, maxupdateskew_ppm),
	    .min = 0, .max = 1e6, .initial = 1000 },
	END
};

static const struct conf_arg	authselectmode_args[] = {
	{ POSITION("authselectmode", CONF_TYPE_CHOICE, authselectmode),
	    .word = "require prefer mix ignore",
	    .initial = CONF_AUTH_MIX },
	END
};

static const struct conf_arg	keyfile_args[] = {
	{ POSITION("file", CONF_TYPE_PATH, keyfile) },
	END
};

static const struct conf_arg	minsources_args[] = {
	{ POSITION("minsources", CONF_TYPE_INT, minsources),
	    .min = 1, .max = CONF_NO_LIMIT, .initial = 1 },
	END
};

static const struct conf_arg	minsamples_args[] = {
	{ POSITION("minsamples", CONF_TYPE_INT, minsamples), .min = 0,
	    .max = INT_MAX, .clamp = CONF_SAMPLES_MAX, .initial = 6 },
	END
};

static const struct conf_arg	maxsamples_args[] = {
	{ POSITION("maxsamples", CONF_TYPE_INT, maxsamples), .min = 0,
	    .max = INT_MAX, .clamp = CONF_SAMPLES_MAX },
	END
};

static const struct conf_arg	minstratum_args[] = {
	{ POSITION("minstratum", CONF_TYPE_INT, minstratum),
	    .min = 0, .max = INT_MAX, .clamp = 16 },
	END
};

static const struct conf_arg	maxstratum_args[] = {
	{ POSITION("maxstratum", CONF_TYPE_INT, maxstratum),
	    .min = 0, .max = INT_MAX, .clamp = 15, .initial = 15 },
	END
};

static const struct conf_arg	maxdistance_args[] = {
	{ POSITION("maxdistance", CONF_TYPE_REAL, maxdistance_s),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = 3 },
	END
};

static const struct conf_arg	maxjitter_args[] = {
	{ POSITION("maxjitter", CONF_TYPE_REAL, maxjitter_s),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = 1 },
	END
};

static const struct conf_arg	stratumweight_args[] = {
	{ POSITION("stratumweight", CONF_TYPE_REAL, stratumweight_s),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = 1e-3 },
	END
};

static const struct conf_arg	reselectdist_args[] = {
	{ POSITION("reselectdist", CONF_TYPE_REAL, reselectdist_s),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = 1e-4 },
	END
};

static const struct conf_arg	combinelimit_args[] = {
	{ POSITION("combinelimit", CONF_TYPE_REAL, combinelimit),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = 3 },
	END
};

static const struct conf_arg	acquisitionport_args[] = {
	{ POSITION("acquisitionport", CONF_TYPE_INT, acquisitionport),
	    .min = 0, .max = 65535, .initial = -1 },
	END
};

static const struct conf_arg	rtcsync_args[] = {
	{ IMPLIED(rtcsync, 1) },
	END
};

static const struct conf_arg	port_args[] = {
	{ POSITION("port", CONF_TYPE_INT, port),
	    .min = 0, .max = 65535, .initial = 123 },
	END
};

static const struct conf_arg	cmdport_args[] = {
	{ POSITION("cmdport", CONF_TYPE_INT, cmdport),
	    .min = 0, .max = 65535, .initial = 323 },
	END
};

static const struct conf_arg	serverprocs_args[] = {
	{ POSITION("serverprocs", CONF_TYPE_INT, serverprocs),
	    .min = 0, .max = CONF_PROCS_MAX, .initial = 1,
	    .word = "auto", .constant = CONF_PROCS_AUTO },
	END
};

static const struct conf_arg	binddevice_args[] = {
	{ POSITION("device", CONF_TYPE_DEVICE, binddevice) },
	END
};

static const struct conf_arg	bindacqdevice_args[] = {
	{ POSITION("device", CONF_TYPE_DEVICE, bindacqdevice) },
	END
};

static const struct conf_arg	bindcmddevice_args[] = {
	{ POSITION("device", CONF_TYPE_DEVICE, bindcmddevice) },
	END
};

static const struct conf_arg	ratelimit_args[] = {
	{ IMPLIED(ratelimit.enabled, 1) },
	{ OPTION("interval", CONF_TYPE_INT, ratelimit.interval_log2),
	    .min = -19, .max = 12, .initial = 3 },
	{ OPTION("burst", CONF_TYPE_INT, ratelimit.burst),
	    .min = 1, .max = 255, .initial = 8 },
	{ OPTION("leak", CONF_TYPE_INT, ratelimit.leak_log2),
	    .min = 1, .max = 4, .initial = 2 },
	{ OPTION("kod", CONF_TYPE_INT, ratelimit.kod_log2),
	    .min = 0, .max = 4 },
	{ OPTION("prefix4", CONF_TYPE_INT, ratelimit.prefix4),
	    .min = 0, .max = 32 },
	{ OPTION("prefix6", CONF_TYPE_INT, ratelimit.prefix6),
	    .min = 0, .max = 128 },
	END
};

static const struct conf_arg	clientloglimit_args[] = {
	{ POSITION("clientloglimit", CONF_TYPE_INT, clientloglimit),
	    .min = 0, .max = INT_MAX, .initial = 524288 },
	END
};

static const struct conf_arg	noclientlog_args[] = {
	{ IMPLIED(noclientlog, 1) },
	END
};

static const struct conf_arg	xdp_args[] = {
	{ POSITION("interface", CONF_TYPE_DEVICE, xdp) },
	{ OPTION("generic", CONF_TYPE_CONST, xdp_generic), .constant = 1 },
	END
};

static const struct conf_arg	cmdratelimit_args[] = {
	{ IMPLIED(cmdratelimit.enabled, 1) },
	{ OPTION("interval", CONF_TYPE_INT, cmdratelimit.interval_log2),
	    .min = -19, .max = 12, .initial = -4 },
	{ OPTION("burst", CONF_TYPE_INT, cmdratelimit.burst),
	    .min = 1, .max = 255, .initial = 8 },
	{ OPTION("leak", CONF_TYPE_INT, cmdratelimit.leak_log2),
	    .min = 1, .max = 4, .initial = 2 },
	END
};

static const struct conf_arg	manual_args[] = {
	{ IMPLIED(manual, 1) },
	END
};

static const struct conf_arg	user_args[] = {
	{ IMPLIED(user_set, 1) },
	{ POSITION("user", CONF_TYPE_USER, user),
	    .initial_text = CONF_USER },
	END
};

static const struct conf_arg	pidfile_args[] = {
	{ IMPLIED(pidfile_set, 1) },
	{ POSITION("pidfile", CONF_TYPE_PATH_NONE, pidfile),
	    .initial_text = CONF_PIDFILE },
	END
};

static const struct conf_arg	logdir_args[] = {
	{ POSITION("logdir", CONF_TYPE_PATH, logdir) },
	END
};

static const struct conf_arg	dumpdir_args[] = {
	{ POSITION("dumpdir", CONF_TYPE_PATH, dumpdir) },
	END
};

static const struct conf_arg	logbanner_args[] = {
	{ POSITION("logbanner", CONF_TYPE_INT, logbanner),
	    .min = 0, .max = INT_MAX, .initial = 32 },
	END
};

static const struct conf_arg	logchange_args[] = {
	{ POSITION("logchange", CONF_TYPE_REAL, logchange_s),
	    .min = 0, .max = CONF_NO_LIMIT, .initial = 1 },
	END
};

static const struct conf_arg	mailonchange_args[] = {
	{ POSITION("address", CONF_TYPE_MAIL, mail_to) },
	{ POSITION("threshold", CONF_TYPE_REAL, mailchange_s),
	    .min = 0, .max = CONF_NO_LIMIT },
	END
};

#define NOT_BUILT(word)	{ .name = word, .form = CONF_FORM_ABSENT }
#define OBSOLETE(word)	{ .name = word, .form = CONF_FORM_OBSOLETE }

/*
 * The order is that of the canonical text.  The engine knows who is served
 * because it keeps the clock page fresh when somebody is (conf_serves); of the
 * rules it gets one, see conf_print.c.
 */
const struct conf_directive	conf_directives[] = {
	{ .name = "server", .form = CONF_FORM_SOURCE,
	    .syntax = "server NAME [OPTION ...]",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = server_args },
	{ .name = "pool", .form = CONF_FORM_SOURCE,
	    .syntax = "pool NAME [OPTION ...]", .flags = CONF_FLAG_NOPRINT,
	    .roles = CONF_PARENT | CONF_ENGINE, .args = pool_args },
	{ .name = "servers", .form = CONF_FORM_SOURCE,
	    .syntax = "servers NAME [weight NUMBER]",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = servers_args,
	    .flags = CONF_FLAG_OPENNTPD | CONF_FLAG_NOPRINT },
	{ .name = "bindacqaddress", .form = CONF_FORM_BIND,
	    .syntax = "bindacqaddress ADDRESS",
	    .roles = CONF_PARENT | CONF_ENGINE,
	    .offset = offsetof(struct conf, bindacqaddress) },
	{ .name = "bindacqdevice", .form = CONF_FORM_ARGS,
	    .syntax = "bindacqdevice INTERFACE",
	    .roles = CONF_ENGINE, .args = bindacqdevice_args },
	{ .name = "acquisitionport", .form = CONF_FORM_ARGS,
	    .syntax = "acquisitionport NUMBER",
	    .roles = CONF_PARENT | CONF_ENGINE,
	    .flags = CONF_FLAG_RESTART, .args = acquisitionport_args },
	{ .name = "query", .form = CONF_FORM_QUERY,
	    .syntax = "query from ADDRESS", .roles = CONF_ENGINE,
	    .flags = CONF_FLAG_OPENNTPD | CONF_FLAG_NOPRINT },
	{ .name = "keyfile", .form = CONF_FORM_ARGS,
	    .syntax = "keyfile FILE",
	    .roles = CONF_PARENT, .args = keyfile_args },
	{ .name = "authselectmode", .form = CONF_FORM_ARGS,
	    .syntax = "authselectmode require|prefer|mix|ignore",
	    .roles = CONF_ENGINE, .args = authselectmode_args },
	{ .name = "minsources", .form = CONF_FORM_ARGS,
	    .syntax = "minsources NUMBER",
	    .roles = CONF_ENGINE, .args = minsources_args },
	{ .name = "minsamples", .form = CONF_FORM_ARGS,
	    .syntax = "minsamples NUMBER",
	    .roles = CONF_ENGINE, .args = minsamples_args },
	{ .name = "maxsamples", .form = CONF_FORM_ARGS,
	    .syntax = "maxsamples NUMBER",
	    .roles = CONF_ENGINE, .args = maxsamples_args },
	{ .name = "minstratum", .form = CONF_FORM_ARGS,
	    .syntax = "minstratum NUMBER",
	    .roles = CONF_ENGINE, .args = minstratum_args },
	{ .name = "maxstratum", .form = CONF_FORM_ARGS,
	    .syntax = "maxstratum NUMBER",
	    .roles = CONF_ENGINE, .args = maxstratum_args },
	{ .name = "maxdistance", .form = CONF_FORM_ARGS,
	    .syntax = "maxdistance SECONDS",
	    .roles = CONF_ENGINE, .args = maxdistance_args },
	{ .name = "maxjitter", .form = CONF_FORM_ARGS,
	    .syntax = "maxjitter SECONDS",
	    .roles = CONF_ENGINE, .args = maxjitter_args },
	{ .name = "stratumweight", .form = CONF_FORM_ARGS,
	    .syntax = "stratumweight SECONDS",
	    .roles = CONF_ENGINE, .args = stratumweight_args },
	{ .name = "reselectdist", .form = CONF_FORM_ARGS,
	    .syntax = "reselectdist SECONDS",
	    .roles = CONF_ENGINE, .args = reselectdist_args },
	{ .name = "combinelimit", .form = CONF_FORM_ARGS,
	    .syntax = "combinelimit LIMIT",
	    .roles = CONF_ENGINE, .args = combinelimit_args },
	{ .name = "maxupdateskew", .form = CONF_FORM_ARGS,
	    .syntax = "maxupdateskew PPM",
	    .roles = CONF_ENGINE, .args = maxupdateskew_args },
	{ .name = "driftfile", .form = CONF_FORM_ARGS,
	    .syntax = "driftfile FILE [interval SECONDS]",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = driftfile_args },
	{ .name = "makestep", .form = CONF_FORM_ARGS,
	    .syntax = "makestep THRESHOLD LIMIT",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = makestep_args },
	{ .name = "maxslewrate", .form = CONF_FORM_ARGS,
	    .syntax = "maxslewrate PPM",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = maxslewrate_args },
	{ .name = "maxdrift", .form = CONF_FORM_ARGS,
	    .syntax = "maxdrift PPM",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = maxdrift_args },
	{ .name = "maxclockerror", .form = CONF_FORM_ARGS,
	    .syntax = "maxclockerror PPM",
	    .roles = CONF_ENGINE, .args = maxclockerror_args },
	{ .name = "corrtimeratio", .form = CONF_FORM_ARGS,
	    .syntax = "corrtimeratio RATIO",
	    .roles = CONF_ENGINE, .args = corrtimeratio_args },
	{ .name = "clockprecision", .form = CONF_FORM_ARGS,
	    .syntax = "clockprecision SECONDS",
	    .roles = CONF_ENGINE, .flags = CONF_FLAG_RESTART,
	    .args = clockprecision_args },
	{ .name = "maxchange", .form = CONF_FORM_ARGS,
	    .syntax = "maxchange OFFSET START IGNORE",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = maxchange_args },
	{ .name = "rtcsync", .form = CONF_FORM_ARGS, .syntax = "rtcsync",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = rtcsync_args },
	{ .name = "local", .form = CONF_FORM_ARGS,
	    .syntax = "local [OPTION ...]",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = local_args },
	{ .name = "manual", .form = CONF_FORM_ARGS, .syntax = "manual",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = manual_args },
	{ .name = "allow", .form = CONF_FORM_ACCESS,
	    .syntax = "allow [all] [SUBNET]",
	    .flags = CONF_FLAG_ALLOW,
	    .roles = CONF_PARENT | CONF_ENGINE | CONF_SERVER },
	{ .name = "deny", .form = CONF_FORM_ACCESS,
	    .syntax = "deny [all] [SUBNET]", .flags = CONF_FLAG_NOPRINT,
	    .roles = CONF_PARENT | CONF_ENGINE | CONF_SERVER },
	{ .name = "listen", .form = CONF_FORM_LISTEN,
	    .syntax = "listen on ADDRESS", .flags = CONF_FLAG_OPENNTPD,
	    .roles = CONF_PARENT | CONF_ENGINE | CONF_SERVER },
	{ .name = "broadcast", .form = CONF_FORM_BROADCAST,
	    .syntax = "broadcast SECONDS ADDRESS [PORT]",
	    .roles = CONF_PARENT | CONF_ENGINE | CONF_SERVER },
	{ .name = "port", .form = CONF_FORM_ARGS, .syntax = "port NUMBER",
	    .roles = CONF_PARENT | CONF_ENGINE | CONF_SERVER,
	    .args = port_args },
	{ .name = "bindaddress", .form = CONF_FORM_BINDMANY,
	    .syntax = "bindaddress ADDRESS",
	    .roles = CONF_PARENT | CONF_SERVER },
	{ .name = "binddevice", .form = CONF_FORM_ARGS,
	    .syntax = "binddevice INTERFACE",
	    .roles = CONF_PARENT, .flags = CONF_FLAG_RESTART,
	    .args = binddevice_args },
	{ .name = "serverprocs", .form = CONF_FORM_ARGS,
	    .syntax = "serverprocs NUMBER|auto",
	    .roles = CONF_PARENT | CONF_ENGINE,
	    .args = serverprocs_args },
	{ .name = "ratelimit", .form = CONF_FORM_ARGS,
	    .syntax = "ratelimit [interval N] [burst N] [leak N] [kod N] "
	    "[prefix4 BITS] [prefix6 BITS]",
	    .roles = CONF_PARENT | CONF_SERVER, .args = ratelimit_args },
	{ .name = "clientloglimit", .form = CONF_FORM_ARGS,
	    .syntax = "clientloglimit BYTES",
	    .roles = CONF_PARENT | CONF_SERVER | CONF_CONTROL,
	    .args = clientloglimit_args },
	{ .name = "noclientlog", .form = CONF_FORM_ARGS,
	    .syntax = "noclientlog",
	    .roles = CONF_PARENT | CONF_SERVER | CONF_CONTROL,
	    .args = noclientlog_args },
	{ .name = "xdp", .form = CONF_FORM_ARGS,
	    .syntax = "xdp INTERFACE [generic]",
	    .roles = CONF_PARENT | CONF_SERVER, .flags = CONF_FLAG_RESTART,
	    .args = xdp_args },
	{ .name = "cmdallow", .form = CONF_FORM_ACCESS,
	    .syntax = "cmdallow [all] [SUBNET]",
	    .flags = CONF_FLAG_ALLOW | CONF_FLAG_COMMAND,
	    .roles = CONF_PARENT | CONF_CONTROL },
	{ .name = "cmddeny", .form = CONF_FORM_ACCESS,
	    .syntax = "cmddeny [all] [SUBNET]",
	    .flags = CONF_FLAG_COMMAND | CONF_FLAG_NOPRINT,
	    .roles = CONF_PARENT | CONF_CONTROL },
	{ .name = "cmdport", .form = CONF_FORM_ARGS,
	    .syntax = "cmdport NUMBER",
	    .roles = CONF_PARENT | CONF_CONTROL, .args = cmdport_args },
	{ .name = "bindcmdaddress", .form = CONF_FORM_BINDCMD,
	    .syntax = "bindcmdaddress ADDRESS|/PATH|/",
	    .roles = CONF_PARENT | CONF_CONTROL },
	{ .name = "bindcmddevice", .form = CONF_FORM_ARGS,
	    .syntax = "bindcmddevice INTERFACE",
	    .roles = CONF_PARENT, .flags = CONF_FLAG_RESTART,
	    .args = bindcmddevice_args },
	{ .name = "opencommands", .form = CONF_FORM_OPEN,
	    .syntax = "opencommands [COMMAND ...]",
	    .roles = CONF_PARENT | CONF_CONTROL },
	{ .name = "cmdratelimit", .form = CONF_FORM_ARGS,
	    .syntax = "cmdratelimit [interval N] [burst N] [leak N]",
	    .roles = CONF_PARENT | CONF_CONTROL, .args = cmdratelimit_args },
	{ .name = "user", .form = CONF_FORM_ARGS, .syntax = "user NAME",
	    .roles = CONF_PARENT, .flags = CONF_FLAG_RESTART,
	    .args = user_args },
	{ .name = "pidfile", .form = CONF_FORM_ARGS,
	    .syntax = "pidfile FILE",
	    .roles = CONF_PARENT, .flags = CONF_FLAG_RESTART,
	    .args = pidfile_args },
	{ .name = "logdir", .form = CONF_FORM_ARGS,
	    .syntax = "logdir DIRECTORY",
	    .roles = CONF_PARENT | CONF_ENGINE, .args = logdir_args },
	{ .name = "dumpdir", .form = CONF_FORM_ARGS,
	    .syntax = "dumpdir DIRECTORY",
	    .roles = CONF_PARENT | CONF_ENGINE, .flags = CONF_FLAG_RESTART,
	    .args = dumpdir_args },
	{ .name = "log", .form = CONF_FORM_LOG, .syntax = "log WORD ...",
	    .roles = CONF_PARENT | CONF_ENGINE },
	{ .name = "logbanner", .form = CONF_FORM_ARGS,
	    .syntax = "logbanner ENTRIES",
	    .roles = CONF_PARENT, .args = logbanner_args },
	{ .name = "logchange", .form = CONF_FORM_ARGS,
	    .syntax = "logchange SECONDS",
	    .roles = CONF_ENGINE, .args = logchange_args },
	{ .name = "mailonchange", .form = CONF_FORM_ARGS,
	    .syntax = "mailonchange ADDRESS SECONDS",
	    .roles = CONF_PARENT | CONF_ENGINE | CONF_MAIL,
	    .args = mailonchange_args },
	{ .name = "include", .form = CONF_FORM_INCLUDE,
	    .syntax = "include PATTERN" },
	{ .name = "confdir", .form = CONF_FORM_CONFDIR,
	    .syntax = "confdir DIRECTORY ..." },
	{ .name = "sourcedir", .form = CONF_FORM_SOURCEDIR,
	    .syntax = "sourcedir DIRECTORY ..." },
	NOT_BUILT("constraint"), NOT_BUILT("constraints"), NOT_BUILT("dscp"),
	NOT_BUILT("fallbackdrift"), NOT_BUILT("hwclockfile"),
	NOT_BUILT("hwtimestamp"), NOT_BUILT("hwtstimeout"),
	NOT_BUILT("initstepslew"),
	NOT_BUILT("leapsecmode"), NOT_BUILT("leapseclist"),
	NOT_BUILT("leapsectz"), NOT_BUILT("lock_all"),
	NOT_BUILT("maxntsconnections"), NOT_BUILT("maxtxbuffers"),
	NOT_BUILT("nocerttimecheck"),
	NOT_BUILT("nosystemcert"), NOT_BUILT("ntpsigndsocket"),
	NOT_BUILT("ntsaeads"), NOT_BUILT("ntscachedir"),
	NOT_BUILT("ntsdumpdir"), NOT_BUILT("ntsntpserver"),
	NOT_BUILT("ntsport"), NOT_BUILT("ntsprocesses"),
	NOT_BUILT("ntsratelimit"), NOT_BUILT("ntsrefresh"),
	NOT_BUILT("ntsrotate"), NOT_BUILT("ntsservercert"),
	NOT_BUILT("ntsserverkey"), NOT_BUILT("ntstrustedcerts"),
	NOT_BUILT("peer"), NOT_BUILT("ptpdomain"), NOT_BUILT("ptpport"),
	NOT_BUILT("refclock"), NOT_BUILT("refresh"),
	NOT_BUILT("rtcautotrim"), NOT_BUILT("rtcdevice"), NOT_BUILT("rtcfile"),
	NOT_BUILT("rtconutc"), NOT_BUILT("sched_priority"),
	NOT_BUILT("sensor"), NOT_BUILT("smoothtime"),
	NOT_BUILT("tempcomp"),

	OBSOLETE("commandkey"), OBSOLETE("generatecommandkey"),
	OBSOLETE("linux_freq_scale"), OBSOLETE("linux_hz"),
	{ .name = "dumponexit", .form = CONF_FORM_IGNORED },
	{ .name = NULL }
};

const struct conf_log_word	conf_log_words[] = {
	{ "measurements", CONF_LOG_MEASUREMENTS },
	{ "rawmeasurements", CONF_LOG_RAW },
	{ "statistics", CONF_LOG_STATISTICS },
	{ "tracking", CONF_LOG_TRACKING },
	{ "selection", CONF_LOG_SELECTION },
	{ "refclocks", 0 }, { "rtc", 0 }, { "tempcomp", 0 },
	{ NULL, 0 }
};

const struct conf_log_word	conf_open_words[] = {
	{ "activity", CONF_OPEN_ACTIVITY },
	{ "authdata", CONF_OPEN_AUTHDATA },
	{ "clients", CONF_OPEN_CLIENTS },
	{ "manual", CONF_OPEN_MANUAL },
	{ "ntpdata", CONF_OPEN_NTPDATA },
	{ "rtcdata", CONF_OPEN_RTCDATA },
	{ "selectdata", CONF_OPEN_SELECTDATA },
	{ "serverstats", CONF_OPEN_SERVERSTATS },
	{ "smoothing", CONF_OPEN_SMOOTHING },
	{ "sourcename", CONF_OPEN_SOURCENAME },
	{ "sources", CONF_OPEN_SOURCES },
	{ "sourcestats", CONF_OPEN_SOURCESTATS },
	{ "tracking", CONF_OPEN_TRACKING },
	{ NULL, 0 }
};

const struct conf_directive *
conf_directive_find(const char *name)
{
	const struct conf_directive	*d;

	for (d = conf_directives; d->name != NULL; d++)
		if (strcasecmp(d->name, name) == 0)
			return (d);
	return (NULL);
}

const struct conf_arg *
conf_arg_find(const struct conf_arg *args, const char *name)
{
	const struct conf_arg	*arg;

	for (arg = args; arg->name != NULL; arg++)
		if ((arg->place == CONF_PLACE_OPTION ||
		    arg->place == CONF_PLACE_ABSENT) &&
		    strcasecmp(arg->name, name) == 0)
			return (arg);
	return (NULL);
}
