/*
 * Logging for every program.  log.c formats one line and hands it to the
 * sink of the process: a child sends it to the parent as a message, the
 * parent writes syslog, stderr or a file.  log.c itself does no I/O.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdarg.h>
#include <stdint.h>

#define LOG_LINE_MAX	400	/* bytes of a line with its NUL; cut after */

enum log_level {
	LOG_LEVEL_DEBUG,	/* -v */
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_COUNT
};

/* Takes one line without newline; must not log itself. */
typedef void (*log_sink_fn)(void *ctx, enum log_level level,
    const char *line);

/*
 * Sets where lines go (NULL: they are dropped) and how much: verbosity 0
 * drops debug lines, 1 (-v) keeps them, 2 (-v -v) also traces messages.
 */
void	log_init(log_sink_fn sink, void *ctx, int verbosity);
int	log_get_verbosity(void);

void	log_debug(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_trace(const char *fmt, ...)		/* only with -v -v */
	    __attribute__((__format__(printf, 1, 2)));
void	log_info(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_warn(const char *fmt, ...)		/* appends strerror(errno) */
	    __attribute__((__format__(printf, 1, 2)));
void	log_warnx(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_at(enum log_level level, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));

/* Log an error and exit(1).  For own bugs and for a start that cannot be. */
void	fatal(const char *fmt, ...)		/* appends strerror(errno) */
	    __attribute__((__format__(printf, 1, 2), __noreturn__));
void	fatalx(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2), __noreturn__));

/*
 * Calls that the sandbox denied (privsep/sandbox.c).  A signal handler gets
 * no argument of ours, so what it writes has to be found from nowhere; this
 * is the one place for it.  Only plain loads and stores: safe in a handler.
 */
#define LOG_DENIED_MAX	1024		/* system call numbers */

struct log_denied {
	int			fds[2];	/* pipe that wakes the loop; -1 */
	volatile unsigned char	calls[LOG_DENIED_MAX];	/* enum below */
};

enum { LOG_DENIED_NEVER, LOG_DENIED_SEEN, LOG_DENIED_TOLD };

struct log_denied *log_denied_state(void);

#endif
