/*
 * The record of the base frequency (`ntpd --restore').  Run by the parent.
 * It must be on its way to the disk before the slew begins, and must never
 * set the clock to anything that is not a sane frequency.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "ntpd/parent/clock_backend.h"
#include "ntpd/parent/clockguard.h"
#include "ntpd/parent/drift.h"
#include "ntpd/parent/files.h"
#include "ntpd/parent/restore.h"
#include "privsep/messages.h"

void
restore_init(struct restore *r, int dirfd)
{
	memset(r, 0, sizeof(*r));
	r->dirfd = dirfd;
}

void
restore_record(struct restore *r, double ppm)
{
	char text[64];
	int len;

	if (r->dirfd == -1 || (r->recorded && r->ppm == ppm))
		return;
	/* the drift file's form, but the clock's own rate and no skew */
	len = snprintf(text, sizeof(text), "%.6f 0\n", ppm);
	if (files_replace(r->dirfd, RESTORE_NAME, text, (size_t)len,
	    0600) == -1) {
		if (!r->failed)
			log_warn("cannot write the record of the frequency");
		r->failed = 1;
		return;
	}
	r->recorded = 1;
	r->ppm = ppm;
}

void
restore_clear(struct restore *r)
{
	if (r->dirfd == -1 || !r->recorded)
		return;
	if (unlinkat(r->dirfd, RESTORE_NAME, 0) == -1 && errno != ENOENT)
		log_warn("cannot remove the record of the frequency");
	r->recorded = 0;
}

int
restore_read(int dirfd, double *ppm)
{
	struct msg_drift drift;
	int found;

	found = drift_read(dirfd, RESTORE_NAME, RESTORE_NAME, &drift);
	if (found != 0)
		return (found == 1 ? 0 : -1);
	if (fabs(drift.freq_ppm) > CLOCKGUARD_BASE_PPM) {
		log_warnx("recorded frequency %.3f ppm is out of range",
		    drift.freq_ppm);
		return (-1);
	}
	*ppm = drift.freq_ppm;
	return (1);
}

int
restore_apply(int dirfd, const struct clock_backend *backend)
{
	struct clock_kernel kernel;
	double now_ppm, ppm;
	int found;

	found = restore_read(dirfd, &ppm);
	if (found != 1)
		return (found);
	memset(&kernel, 0, sizeof(kernel));
	if (backend->open(&kernel, &now_ppm) == -1 ||
	    backend->set_rate(&kernel, &ppm) == -1) {
		log_warn("cannot restore the clock's frequency");
		return (-1);
	}
	log_info("the clock was left running at %+.3f ppm: back to %+.3f ppm",
	    now_ppm, ppm);
	if (unlinkat(dirfd, RESTORE_NAME, 0) == -1)
		log_warn("cannot remove the record of the frequency");
	return (1);
}
