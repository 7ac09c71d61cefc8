/*
 * The command line.
 */
#ifndef PARENT_OPTIONS_H
#define PARENT_OPTIONS_H

#include "privsep/messages.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR	"/etc"
#endif
#ifndef VERSION
#define VERSION		"unreleased"
#endif

#define OPTIONS_CONF_FILE	SYSCONFDIR "/ntpd.conf"
#define OPTIONS_TIMEOUT_MAX	(86400 * 366)

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK,			/* -n */
	OPTIONS_VERSION,		/* -V */
	OPTIONS_HELP,			/* -h, --help */
	OPTIONS_RESTORE			/* --restore */
};

struct options {
	enum options_action action;
	enum run_mode	mode;		/* daemon, -q, -Q */
	int		foreground;	/* -d, -q, -Q */
	int		verbosity;	/* -v */
	enum log_level	level;		/* -L: what is below is not logged */
	const char	*log_file;	/* -l, or NULL */
	int		no_clock;	/* -x, -Q */
	int		samples;	/* -r: of dumpdir are to be used */
	uint32_t	family;		/* 0, ADDR_INET, ADDR_INET6 */
	int		sandbox;	/* -F */
	int		timeout_s;	/* -t; 0: none */
	const char	*conf_file;	/* -f */
	const char	*user;		/* -u, or NULL */
	const char	*pidfile;	/* -p, or NULL */
	char		**lines;	/* the rest: configuration lines */
	int		nlines;
};

/*
 * Takes the command line apart.  0; -1 with what is wrong with it in error
 * (of len bytes).  The strings stay those of argv.
 */
int	options_parse(struct options *o, int argc, char **argv, char *error,
	    size_t len);
/* The text of -h. */
const char *options_usage(void);
/* `+NTP +CMDMON ...': what is in this build and, with -, what is not. */
const char *options_features(void);

#endif
