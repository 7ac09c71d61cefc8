/*
 * The small formats of chronyc's tables.  Used by ntpctl; must never depend on
 * the locale or the time zone.
 */
#include "ntpctl/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/report.h"
#include "common/timens.h"

#define MINUTE	60
#define HOUR	3600
#define DAY	86400
#define YEAR	(365 * DAY)

const char *
format_ago(uint32_t s, char *buf, size_t len)
{
	if (s == REPORT_NEVER)
		snprintf(buf, len, "   -");
	else if (s < 20 * MINUTE)
		snprintf(buf, len, "%4u", s);
	else if (s < 10 * HOUR)
		snprintf(buf, len, "%3um", s / MINUTE);
	else if (s < 4 * DAY)
		snprintf(buf, len, "%3uh", s / HOUR);
	else if (s < 1000 * DAY)
		snprintf(buf, len, "%3ud", s / DAY);
	else
		snprintf(buf, len, "%3uy", s / YEAR);
	return (buf);
}

/* In which unit an amount below a limit is written. */
static const struct {
	double		 below_s;
	double		 unit_s;
	int		 width;
	int		 decimals;
	const char	*name;
} span_units[] = {
	{ 9999.5e-9, 1e-9, 4, 0, "ns" },
	{ 9999.5e-6, 1e-6, 4, 0, "us" },
	{ 9999.5e-3, 1e-3, 4, 0, "ms" },
	{ 999.5, 1, 5, 1, "s" },
	{ 99999.5, 1, 5, 0, "s" },
	{ 99999.5 * MINUTE, MINUTE, 5, 0, "m" },
	{ 99999.5 * HOUR, HOUR, 5, 0, "h" },
	{ 99999.5 * DAY, DAY, 5, 0, "d" },
	{ INFINITY, YEAR, 5, 0, "y" },
};

static const char *
format_time(double s, int sign, char *buf, size_t len)
{
	size_t	 i, last = sizeof(span_units) / sizeof(span_units[0]) - 1;
	int	 width, decimals;

	for (i = 0; i < last && !(fabs(s) < span_units[i].below_s); i++)
		;
	width = span_units[i].width;
	decimals = span_units[i].decimals;
	s /= span_units[i].unit_s;
	if (sign)
		snprintf(buf, len, "%+*.*f%s", width + 1, decimals, s,
		    span_units[i].name);
	else
		snprintf(buf, len, "%*.*f%s", width, decimals, s,
		    span_units[i].name);
	return (buf);
}

const char *
format_span(double s, char *buf, size_t len)
{
	return (format_time(s, 0, buf, len));
}

const char *
format_offset(double s, char *buf, size_t len)
{
	return (format_time(s, 1, buf, len));
}

const char *
format_plain(double s, int plus, char *buf, size_t len)
{
	static const struct {
		double		 below_s;
		double		 unit_s;
		const char	*name;
	} units[] = {
		{ 999.5e-9, 1e-9, "ns" }, { 999.5e-6, 1e-6, "us" },
		{ 999.5e-3, 1e-3, "ms" }, { 120, 1, "s" },
		{ 2 * HOUR, MINUTE, "min" }, { 2 * DAY, HOUR, "h" },
		{ INFINITY, DAY, "days" },
	};
	size_t	 i;
	int	 decimals;

	if (fabs(s) < FORMAT_NOTHING_S) {
		strlcpy(buf, "0 ns", len);
		return (buf);
	}
	for (i = 0; !(fabs(s) < units[i].below_s) &&
	    i < sizeof(units) / sizeof(units[0]) - 1; i++)
		;
	s /= units[i].unit_s;
	decimals = fabs(s) < 9.995 ? 2 : fabs(s) < 99.95 ? 1 : 0;
	snprintf(buf, len, plus ? "%+.*f %s" : "%.*f %s", decimals, s,
	    units[i].name);
	return (buf);
}

const char *
format_ppm(double ppm, char *buf, size_t len)
{
	snprintf(buf, len, "%10.*f", fabs(ppm) > 99999.5 ? 0 : 3, ppm);
	return (buf);
}

const char *
format_freq(double ppm, char *buf, size_t len)
{
	snprintf(buf, len, "%+10.*f", fabs(ppm) > 99999.5 ? 0 : 3, ppm);
	return (buf);
}

const char *
format_date(int64_t ns, char *buf, size_t len)
{
	time_t		 t = ns / NS_PER_SEC - (ns % NS_PER_SEC < 0);
	struct tm	 tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, len, "%a %b %d %H:%M:%S %Y", &tm) == 0)
		snprintf(buf, len, "?");
	return (buf);
}

const char *
format_refid(uint32_t refid, char *buf, size_t len)
{
	size_t	 i, out = 0;
	unsigned c;

	for (i = 0; i < 4 && out + 1 < len; i++) {
		c = refid >> (24 - 8 * i) & 0xff;
		if (c >= ' ' && c < 0x7f)
			buf[out++] = c;
	}
	buf[out] = '\0';
	return (buf);
}
