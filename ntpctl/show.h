/*
 * ntpctl -s: OpenNTPD's reports.
 */
#ifndef NTPCTL_SHOW_H
#define NTPCTL_SHOW_H

#include "ntpctl/ctl.h"

enum show_what {
	SHOW_ALL,
	SHOW_PEERS,
	SHOW_SENSORS,
	SHOW_STATUS,
	SHOW_UNKNOWN,
	SHOW_AMBIGUOUS
};

/* The word after -s or a beginning of it, as OpenNTPD takes them. */
enum show_what show_parse(const char *word);
/*
 * Asks and writes.  A daemon that does not know our own requests (chronyd) is
 * asked for the sources instead: the delay is then the upper bound that
 * follows from a source's error, and the weight is 1.  0 or -1.
 */
int	show_run(struct ctl *ctl, enum show_what what);

#endif
