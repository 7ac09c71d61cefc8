/*
 * Arguments of commands.  All return 0, or -1 when the text is none.
 */
#ifndef NTPCTL_PARSE_H
#define NTPCTL_PARSE_H

#include <stdint.h>

struct candm_mask;
struct candm_source;
struct ctl;
struct subnet;

int	parse_int(const char *text, int32_t *n);
int	parse_uint(const char *text, uint32_t *n);
int	parse_real(const char *text, double *x);
/* "100ms", "3m", "2.5": seconds without a unit; ns us ms s m h d. */
int	parse_span(const char *text, double *s);
/* An address, a name of one, or "ID#0000000001". */
int	parse_source(struct ctl *ctl, const char *text,
	    struct candm_source *source);
/* "mask/address", "address/bits", an address or a name. */
int	parse_mask(struct ctl *ctl, const char *text, struct candm_mask *mask);
/* A subnet as in allow, or a name. */
int	parse_subnet(struct ctl *ctl, const char *text, struct subnet *s);
/* Four characters at most, as a reference clock has them. */
int	parse_refid(const char *text, uint32_t *refid);
/*
 * A time of day, or a date with one: "16:30:05", "25 Sep 2015 16:30",
 * "Sep 25, 2015 16:30:05", "2015-09-25 16:30:05 UTC", "2015-09-25T16:30:05Z",
 * "9/25/2015 4:30pm".  Without a date it is today's, without UTC that of the
 * local time zone.
 */
int	parse_date(const char *text, int64_t now_ns, int64_t *ns);

#endif
