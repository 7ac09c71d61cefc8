/*
 * Where log lines end: stderr or syslog.  Lines of children are encoded,
 * limited and tagged with the child's role.
 */
#ifndef PARENT_LOGSINK_H
#define PARENT_LOGSINK_H

#include <stdint.h>
#include <stdio.h>

#include "common/log.h"
#include "ntpd/parent/files.h"
#include "privsep/role.h"

#define LOGSINK_BURST		200	/* lines of a child at once */
#define LOGSINK_BURST_VERBOSE	20000	/* with -v */
#define LOGSINK_LINE_NS		50000000LL	/* then one in 50 ms */
#define LOGSINK_TEXT_MAX	1400
#define LOGSINK_BACKLOG		64	/* lines kept until syslog is there */

struct logsink_bucket {
	int64_t		full_ns;	/* when it will be full again */
	uint64_t	dropped;	/* since the last line let through */
};

struct logsink_line {
	enum log_level	level;
	char		*text;
};

struct logsink {
	int		to_stderr;
	enum log_level	level;		/* what is below is dropped */
	int		file_fd;	/* -l; -1: none */
	struct files_place file;	/* where it is */
	int		plain;		/* stderr without the time (-n) */
	int		syslog_fd;	/* -1: none; owned */
	int		burst;
	struct logsink_bucket buckets[ROLE_COUNT];
	uint64_t	dropped;	/* all of them */
	uint64_t	lost;		/* syslog did not take them */
	int		keeping;	/* syslog is wanted, there or not */
	struct logsink_line backlog[LOGSINK_BACKLOG];
	size_t		nbacklog;
	/* There is a line, but no syslog: a socket is wanted. May be NULL. */
	void		(*reopen)(void *ctx);
	void		*ctx;
};

/* To stderr for now; becomes the sink of common/log.h. */
void	logsink_init(struct logsink *ls, int verbosity);
/* Lines go to syslog too; they are kept until its socket comes. */
void	logsink_expect_syslog(struct logsink *ls);
/*
 * Lines go to this connected syslog socket from now on, those that were kept
 * first; -1: there is none.
 */
void	logsink_set_syslog(struct logsink *ls, int fd);
/*
 * Lines also go to the end of this file, which is made (0640) where it is
 * missing.  0 or -1 with errno.
 */
int	logsink_open_file(struct logsink *ls, const char *path);
/* The file was renamed: open it anew; -1 with errno: still the old one. */
int	logsink_cycle(struct logsink *ls);
/* Closes and frees; lines go to stderr, as at first. */
void	logsink_close(struct logsink *ls);
/* A line that a child sent. */
void	logsink_child(struct logsink *ls, enum role role,
	    enum log_level level, const char *line);

/* Pure: may a line pass at now_ns?  Counts it as dropped otherwise. */
int	logsink_allow(struct logsink_bucket *b, int64_t now_ns, int burst);
/* `2026-11-21T05:20:38Z '; returns buf. */
char	*logsink_stamp(int64_t real_ns, char *buf, size_t len);
/*
 * Non-printing bytes as vis(3) has them, cut so that it fits; returns dst.
 * Pure.
 */
char	*logsink_encode(char *dst, size_t len, const char *src);

#endif
