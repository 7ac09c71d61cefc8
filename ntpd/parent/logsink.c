/*
 * Log lines to stderr or syslog.  Run by the parent.  It must never pass a
 * child's bytes on as they came (they may hold escape sequences or forged
 * lines), nor let a child fill the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LIBBSD_OPENBSD_VIS	1	/* or its header warns */
#include <vis.h>

#include "common/now.h"
#include "common/timens.h"
#include "ntpd/parent/logsink.h"

char *
logsink_stamp(int64_t real_ns, char *buf, size_t len)
{
	time_t t = real_ns / NS_PER_SEC;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, len, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		strlcpy(buf, "-", len);
	return (buf);
}

char *
logsink_encode(char *dst, size_t len, const char *src)
{
	char one[8];
	size_t n, used = 0;

	dst[0] = '\0';
	for (; *src != '\0'; src++) {
		vis(one, (unsigned char)*src, VIS_CSTYLE | VIS_TAB | VIS_NL |
		    VIS_NOSLASH, (unsigned char)src[1]);
		n = strlen(one);
		if (used + n >= len)
			break;
		memcpy(dst + used, one, n + 1);
		used += n;
	}
	return (dst);
}

int
logsink_allow(struct logsink_bucket *b, int64_t now_ns, int burst)
{
	if (b->full_ns < now_ns)
		b->full_ns = now_ns;
	if (b->full_ns - now_ns > (burst - 1) * LOGSINK_LINE_NS) {
		b->dropped++;
		return (0);
	}
	b->full_ns += LOGSINK_LINE_NS;
	return (1);
}

static void
write_stamped(const struct logsink *ls, int fd, const char *line)
{
	char buf[LOGSINK_TEXT_MAX + 64], stamp[32];
	int len;
	ssize_t n;

	if (ls->plain)
		len = snprintf(buf, sizeof(buf), "%s\n", line);
	else
		len = snprintf(buf, sizeof(buf), "%s %s\n", logsink_stamp(
		    now_read_ns(CLOCK_REALTIME), stamp, sizeof(stamp)), line);
	if (len >= (int)sizeof(buf)) {
		len = sizeof(buf) - 1;
		buf[len - 1] = '\n';
	}
	do {
		n = write(fd, buf, (size_t)len);
	} while (n == -1 && errno == EINTR);
}

/*
 * The framing of RFC 3164 4.1 as syslog(3) uses it on /dev/log.  0; -1 when
 * the other end is gone.
 */
static int
write_syslog(struct logsink *ls, enum log_level level, const char *line)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const int severities[LOG_LEVEL_COUNT] = {
	    [LOG_LEVEL_DEBUG] = LOG_DEBUG,
	    [LOG_LEVEL_INFO] = LOG_INFO,
	    [LOG_LEVEL_WARN] = LOG_WARNING,
	    [LOG_LEVEL_ERROR] = LOG_ERR,
	};
	char buf[LOGSINK_TEXT_MAX + 64];
	struct tm tm;
	time_t t;
	int len;

	t = now_read_ns(CLOCK_REALTIME) / NS_PER_SEC;
	if (localtime_r(&t, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	len = snprintf(buf, sizeof(buf),
	    "<%d>%.3s %2d %02d:%02d:%02d ntpd[%d]: %s",
	    LOG_DAEMON | severities[level], months + 3 * tm.tm_mon,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)getpid(),
	    line);
	if (len >= (int)sizeof(buf))
		len = sizeof(buf) - 1;
	if (send(ls->syslog_fd, buf, (size_t)len,
	    MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
		return (0);
	if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
		return (-1);
	ls->lost++;
	return (0);
}

void
logsink_expect_syslog(struct logsink *ls)
{
	ls->keeping = 1;
}

static void
keep_line(struct logsink *ls, enum log_level level, const char *text)
{
	struct logsink_line *line;

	if (ls->nbacklog == LOGSINK_BACKLOG) {
		ls->lost++;
		return;
	}
	line = &ls->backlog[ls->nbacklog];
	line->level = level;
	line->text = strdup(text);
	if (line->text != NULL)
		ls->nbacklog++;
}

/* To syslog, or kept until there is one again. */
static void
log_syslog(struct logsink *ls, enum log_level level, const char *text)
{
	if (ls->syslog_fd != -1 && write_syslog(ls, level, text) == 0)
		return;
	if (ls->syslog_fd != -1) {
		close(ls->syslog_fd);
		ls->syslog_fd = -1;
	}
	keep_line(ls, level, text);
	if (ls->reopen != NULL)
		ls->reopen(ls->ctx);
}

void
logsink_set_syslog(struct logsink *ls, int fd)
{
	size_t i;

	if (ls->syslog_fd != -1)
		close(ls->syslog_fd);
	ls->syslog_fd = fd;
	for (i = 0; i < ls->nbacklog; i++) {
		if (fd != -1 && write_syslog(ls, ls->backlog[i].level,
		    ls->backlog[i].text) == -1)
			ls->lost++;
		free(ls->backlog[i].text);
	}
	ls->nbacklog = 0;
}

int
logsink_cycle(struct logsink *ls)
{
	int fd;

	if (ls->file.dirfd == -1)
		return (0);
	fd = openat(ls->file.dirfd, ls->file.name, O_WRONLY | O_APPEND |
	    O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd == -1)
		return (-1);
	if (ls->file_fd != -1)
		close(ls->file_fd);
	ls->file_fd = fd;
	return (0);
}

int
logsink_open_file(struct logsink *ls, const char *path)
{
	if (files_place_open(&ls->file, path) == -1)
		return (-1);
	return (logsink_cycle(ls));
}

void
logsink_close(struct logsink *ls)
{
	size_t i;

	/* kept for a syslog that never came */
	for (i = 0; !ls->to_stderr && i < ls->nbacklog; i++)
		write_stamped(ls, STDERR_FILENO, ls->backlog[i].text);
	logsink_set_syslog(ls, -1);
	ls->keeping = 0;
	ls->to_stderr = 1;
	if (ls->file_fd != -1)
		close(ls->file_fd);
	if (ls->file.dirfd != -1)
		close(ls->file.dirfd);
	ls->file_fd = ls->file.dirfd = -1;
	ls->reopen = NULL;
}

static void
write_line(void *ctx, enum log_level level, const char *line)
{
	struct logsink *ls = ctx;
	char text[LOGSINK_TEXT_MAX];

	if ((unsigned)level >= LOG_LEVEL_COUNT)
		level = LOG_LEVEL_ERROR;
	if (level < ls->level)
		return;
	logsink_encode(text, sizeof(text), line);
	if (ls->keeping)
		log_syslog(ls, level, text);
	if (ls->file_fd != -1)
		write_stamped(ls, ls->file_fd, text);
	/* what ends the start must be seen even if there is no syslog yet */
	if (ls->to_stderr || (level == LOG_LEVEL_ERROR &&
	    ls->syslog_fd == -1 && ls->file_fd == -1))
		write_stamped(ls, STDERR_FILENO, text);
}

void
logsink_init(struct logsink *ls, int verbosity)
{
	memset(ls, 0, sizeof(*ls));
	ls->to_stderr = 1;
	ls->syslog_fd = ls->file_fd = ls->file.dirfd = -1;
	ls->burst = verbosity > 0 ? LOGSINK_BURST_VERBOSE : LOGSINK_BURST;
	/* the time zone's file cannot be read later */
	tzset();
	log_init(write_line, ls, verbosity);
}

void
logsink_child(struct logsink *ls, enum role role, enum log_level level,
    const char *line)
{
	struct logsink_bucket *b;
	char text[LOG_LINE_MAX + 32];

	if ((unsigned)role >= ROLE_COUNT ||
	    (level == LOG_LEVEL_DEBUG && log_get_verbosity() == 0))
		return;
	b = &ls->buckets[role];
	if (!logsink_allow(b, now_read_ns(CLOCK_MONOTONIC), ls->burst)) {
		ls->dropped++;
		return;
	}
	if (b->dropped > 0) {
		snprintf(text, sizeof(text), "%llu lines of %s dropped",
		    (unsigned long long)b->dropped, role_name(role));
		b->dropped = 0;
		write_line(ls, LOG_LEVEL_WARN, text);
	}
	snprintf(text, sizeof(text), "%s: %s", role_name(role), line);
	write_line(ls, level, text);
}
