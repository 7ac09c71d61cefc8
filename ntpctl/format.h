/*
 * Values as chronyc writes them: columns of fixed width.  All return buf,
 * terminated.
 */
#ifndef NTPCTL_FORMAT_H
#define NTPCTL_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX	32	/* is enough for each of these */

/* How long ago, 4 columns: "1199", " 20m", " 10h", "  4d", "  2y", "   -". */
const char *format_ago(uint32_t seconds, char *buf, size_t len);
/*
 * An amount of time, 6 columns: " 999ns", "10.0s" and so on up to years; with
 * sign one more: "+9999us".
 */
const char *format_span(double s, char *buf, size_t len);
const char *format_offset(double s, char *buf, size_t len);
/*
 * An amount as one would say it: "3.40 ms"; with sign where plus is set, and
 * "0 ns" for what is less than FORMAT_NOTHING_S.
 */
#define FORMAT_NOTHING_S	1e-9
const char *format_plain(double s, int plus, char *buf, size_t len);
/* Parts per million, 10 columns; format_freq has a sign. */
const char *format_ppm(double ppm, char *buf, size_t len);
const char *format_freq(double ppm, char *buf, size_t len);
/* "Sat Nov 21 05:46:12 2026" in UTC. */
const char *format_date(int64_t ns, char *buf, size_t len);
/* Reference id as characters, without those that cannot be printed. */
const char *format_refid(uint32_t refid, char *buf, size_t len);

#endif
