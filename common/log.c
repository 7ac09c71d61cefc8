/*
 * Logging: formats a line and hands it to the process's sink.  Linked into
 * every program.  It owns the one log state of the process and must never do
 * I/O itself: where lines go is the sink's affair.
 */
#include "common/log.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	log_sink_fn	 sink;
	void		*ctx;
	int		 verbosity;
} log_state;

static struct log_denied log_denied = { { -1, -1 }, { 0 } };

void
log_init(log_sink_fn sink, void *ctx, int verbosity)
{
	log_state.sink = sink;
	log_state.ctx = ctx;
	log_state.verbosity = verbosity;
}

int
log_get_verbosity(void)
{
	return (log_state.verbosity);
}

static void	log_line(enum log_level, int, const char *, va_list)
		    __attribute__((__format__(printf, 3, 0)));

/* error: an errno whose text follows the line, 0 for none. */
static void
log_line(enum log_level level, int error, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];
	int saved_errno, len;

	if (log_state.sink == NULL)
		return;
	if (level == LOG_LEVEL_DEBUG && log_state.verbosity < 1)
		return;
	saved_errno = errno;
	len = vsnprintf(line, sizeof(line), fmt, ap);
	if (len < 0)
		len = 0;
	line[sizeof(line) - 1] = '\0';
	if (error != 0 && (size_t)len < sizeof(line) - 1)
		snprintf(line + len, sizeof(line) - (size_t)len, ": %s",
		    strerror(error));
	log_state.sink(log_state.ctx, level, line);
	errno = saved_errno;
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
log_trace(const char *fmt, ...)
{
	va_list ap;

	if (log_state.verbosity < 2)
		return;
	va_start(ap, fmt);
	log_line(LOG_LEVEL_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_WARN, errno, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_WARN, 0, fmt, ap);
	va_end(ap);
}

void
log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(level, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, errno, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, 0, fmt, ap);
	va_end(ap);
	exit(1);
}

struct log_denied *
log_denied_state(void)
{
	return (&log_denied);
}
