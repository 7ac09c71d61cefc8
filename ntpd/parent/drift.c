/*
 * Reads and checks the drift file.  Run by the parent, at start and before a
 * new one from the engine replaces it.  Must not believe what it reads: the
 * file may have been damaged, the text may come from a child.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "ntpd/parent/drift.h"
#include "privsep/messages.h"

/* One number at *p; *p is set behind it.  -1 when there is none. */
static int
parse_number(const char **p, double *value)
{
	const char *s = *p;
	char *end;
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	/* strtod(3) also takes hexadecimal, nan and inf */
	len = strspn(s, "+-.0123456789eE");
	if (len == 0 || (s[len] != '\0' && !isspace((unsigned char)s[len])))
		return (-1);
	*value = strtod(s, &end);
	if (end != s + len || !isfinite(*value))
		return (-1);
	*p = end;
	return (0);
}

int
drift_parse(const char *text, size_t len, struct msg_drift *drift)
{
	char buf[DRIFT_TEXT_MAX];
	const char *p = buf;

	if (len >= sizeof(buf) || memchr(text, '\0', len) != NULL)
		return (-1);
	memcpy(buf, text, len);
	buf[len] = '\0';
	if (parse_number(&p, &drift->freq_ppm) == -1)
		return (-1);
	while (isspace((unsigned char)*p))
		p++;
	if (*p == '\0')
		drift->skew_ppm = DRIFT_SKEW_MAX_PPM;
	else if (parse_number(&p, &drift->skew_ppm) == -1)
		return (-1);
	while (isspace((unsigned char)*p))
		p++;
	if (*p != '\0')
		return (-1);
	if (fabs(drift->freq_ppm) > DRIFT_FREQ_MAX_PPM ||
	    drift->skew_ppm < 0 || drift->skew_ppm > DRIFT_SKEW_MAX_PPM)
		return (-1);
	return (0);
}

int
drift_read(int dirfd, const char *name, const char *path,
    struct msg_drift *drift)
{
	char buf[DRIFT_TEXT_MAX];
	struct stat st;
	ssize_t n;
	int fd;

	if (dirfd == -1)
		return (1);
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		if (errno == ENOENT)
			return (1);
		log_warn("cannot read the drift file %s", path);
		return (-1);
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		log_warnx("the drift file %s is not a regular file", path);
		close(fd);
		return (-1);
	}
	n = read(fd, buf, sizeof(buf));
	close(fd);
	if (n == -1) {
		log_warn("cannot read the drift file %s", path);
		return (-1);
	}
	if (drift_parse(buf, (size_t)n, drift) == -1) {
		log_warnx("the drift file %s is not `frequency skew': "
		    "ignored", path);
		return (-1);
	}
	return (0);
}
