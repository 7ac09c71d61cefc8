/*
 * The reports of `ntpctl -s', in OpenNTPD's format.
 */
#ifndef NTPCTL_OUTPUT_OPENNTPD_H
#define NTPCTL_OUTPUT_OPENNTPD_H

#include "common/report_own.h"

struct text;

/* One row of the sensors: a reference clock. */
struct openntpd_sensor {
	uint32_t	refid;
	uint16_t	selected;
	uint16_t	good;		/* of the last 8 polls */
	uint16_t	stratum;
	uint16_t	valid;
	int32_t		next_s;
	int32_t		poll_s;
	double		offset_s;
};

void	openntpd_status(struct text *t, const struct report_status *r);
void	openntpd_peers_head(struct text *t);
void	openntpd_peer(struct text *t, const struct report_peer *r);
void	openntpd_sensors_head(struct text *t);
void	openntpd_sensor(struct text *t, const struct openntpd_sensor *r);

#endif
