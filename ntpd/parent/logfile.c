/*
 * Writes the measurement logs.  Run by the parent.  The lines come from the
 * engine: they are encoded, and limited in number so that they cannot fill
 * the disk at the speed of a loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/now.h"
#include "common/timens.h"
#include "ntpd/parent/logfile.h"
#include "ntpd/parent/logsink.h"

struct log_kind {
	const char	*name;
	uint32_t	 words;		/* of `log' */
	const char	*banner;
};

static const struct log_kind kinds[LOG_FILE_COUNT] = {
	[LOG_MEASUREMENTS] = { "measurements.log",
	    CONF_LOG_MEASUREMENTS | CONF_LOG_RAW,
	    "   Date (UTC) Time     IP Address   L St 123 567 ABCD  LP RP "
	    "Score    Offset  Peer del. Peer disp.  Root del. Root disp. "
	    "Refid     MTxRx" },
	[LOG_STATISTICS] = { "statistics.log", CONF_LOG_STATISTICS,
	    "   Date (UTC) Time     IP Address    Std dev'n Est offset  "
	    "Offset sd  Diff freq   Est skew  Stress  Ns  Bs  Nr  Asym" },
	[LOG_TRACKING] = { "tracking.log", CONF_LOG_TRACKING,
	    "   Date (UTC) Time     IP Address   St   Freq ppm   Skew ppm     "
	    "Offset L Co  Offset sd Rem. corr. Root delay Root disp. "
	    "Max. error" },
	[LOG_SELECTION] = { "selection.log", CONF_LOG_SELECTION,
	    "   Date (UTC) Time     IP Address   S EOpts Reach Score "
	    "Last sample  Low end   High end" },
};

void
logfile_init(struct logfile *lf, int dirfd, uint32_t enabled,
    uint32_t banner)
{
	int i;

	memset(lf, 0, sizeof(*lf));
	lf->dirfd = dirfd;
	lf->enabled = enabled;
	lf->banner = banner;
	for (i = 0; i < LOG_FILE_COUNT; i++)
		lf->fds[i] = -1;
}

void
logfile_close(struct logfile *lf)
{
	int i;

	for (i = 0; i < LOG_FILE_COUNT; i++) {
		if (lf->fds[i] != -1)
			close(lf->fds[i]);
		lf->fds[i] = -1;
	}
}

void
logfile_change(struct logfile *lf, int dirfd, uint32_t enabled,
    uint32_t banner)
{
	if (dirfd != lf->dirfd)
		logfile_cycle(lf);
	lf->dirfd = dirfd;
	lf->enabled = enabled;
	lf->banner = banner;
}

void
logfile_cycle(struct logfile *lf)
{
	int i;

	logfile_close(lf);
	for (i = 0; i < LOG_FILE_COUNT; i++) {
		lf->entries[i] = 0;
		lf->failed[i] = 0;
	}
}

static void
write_text(struct logfile *lf, uint32_t file, const char *text, size_t len)
{
	if (write(lf->fds[file], text, len) == (ssize_t)len)
		return;
	if (!lf->failed[file])
		log_warn("cannot write to %s", kinds[file].name);
	lf->failed[file] = 1;
}

static void
write_banner(struct logfile *lf, uint32_t file)
{
	char text[1024], rule[256];
	size_t len;

	len = strlen(kinds[file].banner);
	memset(rule, '=', len);
	rule[len] = '\0';
	len = (size_t)snprintf(text, sizeof(text), "%s\n%s\n%s\n", rule,
	    kinds[file].banner, rule);
	write_text(lf, file, text, len);
}

/* An allowance of LOGFILE_BURST that fills up with time. */
static int
may_write(struct logfile *lf)
{
	int64_t now_ns;

	now_ns = now_read_ns(CLOCK_MONOTONIC);
	if (lf->full_ns < now_ns)
		lf->full_ns = now_ns;
	if (lf->full_ns - now_ns > LOGFILE_BURST * LOGFILE_ENTRY_NS) {
		if (lf->dropped++ == 0)
			log_warnx("too many log entries: some are dropped");
		return (0);
	}
	lf->full_ns += LOGFILE_ENTRY_NS;
	/* when there is room for a while, not at every entry */
	if (lf->dropped > 0 && lf->full_ns - now_ns <
	    LOGFILE_BURST / 2 * LOGFILE_ENTRY_NS) {
		log_warnx("%" PRIu64 " log entries were dropped",
		    lf->dropped);
		lf->dropped = 0;
	}
	return (1);
}

void
logfile_write(struct logfile *lf, const struct msg_entry *m)
{
	char text[4 * MSG_ENTRY_MAX + 2];
	size_t len;

	if (m->file >= LOG_FILE_COUNT || lf->dirfd == -1 ||
	    (kinds[m->file].words & lf->enabled) == 0 || !may_write(lf))
		return;
	if (lf->fds[m->file] == -1) {
		lf->fds[m->file] = openat(lf->dirfd, kinds[m->file].name,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0644);
		if (lf->fds[m->file] == -1) {
			if (!lf->failed[m->file])
				log_warn("cannot open %s",
				    kinds[m->file].name);
			lf->failed[m->file] = 1;
			return;
		}
	}
	if (lf->banner != 0 && lf->entries[m->file]++ % lf->banner == 0)
		write_banner(lf, m->file);
	logsink_encode(text, sizeof(text) - 1, m->line);
	len = strlen(text);
	text[len++] = '\n';
	write_text(lf, m->file, text, len);
}
