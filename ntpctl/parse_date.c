/*
 * The date of settime, in the forms that people write.  Used by ntpctl; pure
 * but for the time zone, which a clock on the wall has and all else has not.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/timens.h"
#include "ntpctl/parse.h"

#define WORDS_MAX	8

struct date {
	int	year, month, day;	/* month 1..12; 0: not said */
	int	hour, minute, second;	/* hour -1: not said */
	int	utc;
};

static int
month_of(const char *word)
{
	static const char *const	names[] = {
		"january", "february", "march", "april", "may", "june",
		"july", "august", "september", "october", "november",
		"december"
	};
	size_t				i, len = strlen(word);

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (len >= 3 && strncasecmp(word, names[i], len) == 0)
			return (i + 1);
	return (0);
}

/* "16:30", "16:30:05", "16:30Z" and "4:30pm". */
static int
take_clock(const char *word, struct date *d)
{
	int	 n = 0, m = 0;

	d->second = 0;
	if (sscanf(word, "%2d:%2d%n", &d->hour, &d->minute, &n) != 2 || n == 0)
		return (-1);
	if (word[n] == ':') {
		if (sscanf(word + n, ":%2d%n", &d->second, &m) != 1)
			return (-1);
		n += m;
	}
	if (strcasecmp(word + n, "pm") == 0 ||
	    strcasecmp(word + n, "am") == 0) {
		if (d->hour < 1 || d->hour > 12)
			return (-1);
		d->hour = d->hour % 12 + (tolower(word[n]) == 'p' ? 12 : 0);
		n += 2;
	} else if (strcasecmp(word + n, "z") == 0) {
		d->utc = 1;
		n++;
	}
	return (word[n] == '\0' ? 0 : -1);
}

/* "2015-09-25" and "9/25/2015". */
static int
take_numbers(const char *word, struct date *d)
{
	int	 n = 0;

	if (sscanf(word, "%4d-%2d-%2d%n", &d->year, &d->month, &d->day,
	    &n) == 3 && word[n] == '\0')
		return (0);
	if (sscanf(word, "%2d/%2d/%4d%n", &d->month, &d->day, &d->year,
	    &n) == 3 && word[n] == '\0')
		return (0);
	return (-1);
}

/* A day of the month, or a year. */
static int
take_number(const char *word, struct date *d)
{
	const char	*error;
	int		 n = strtonum(word, 1, 9999, &error);

	if (error != NULL)
		return (-1);
	if (n <= 31 && d->day == 0)
		d->day = n;
	else if (n >= 1970 && d->year == 0)
		d->year = n;
	else
		return (-1);
	return (0);
}

static int
take_word(const char *word, struct date *d)
{
	static const char *const	zones[] = { "utc", "gmt", "z" };
	static const char *const	ignored[] = {
		"sun", "mon", "tue", "wed", "thu", "fri", "sat"
	};
	size_t				i;

	if (strchr(word, ':') != NULL)
		return (take_clock(word, d));
	if (strpbrk(word, "-/") != NULL)
		return (take_numbers(word, d));
	if (isdigit((unsigned char)word[0]))
		return (take_number(word, d));
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (strcasecmp(word, zones[i]) == 0) {
			d->utc = 1;
			return (0);
		}
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (strcasecmp(word, ignored[i]) == 0)
			return (0);
	if (d->month != 0)
		return (-1);
	d->month = month_of(word);
	return (d->month == 0 ? -1 : 0);
}

/* Fills in what was not said: 0, or -1 when there is no such time. */
static int
complete(struct date *d, int64_t now_ns, int64_t *ns)
{
	time_t		 now = now_ns / NS_PER_SEC, t;
	struct tm	 tm, back;

	if ((d->utc ? gmtime_r(&now, &tm) : localtime_r(&now, &tm)) == NULL)
		return (-1);
	if ((d->month == 0) != (d->day == 0) || (d->year != 0 &&
	    d->month == 0) || (d->hour < 0 && d->month == 0))
		return (-1);
	if (d->year != 0)
		tm.tm_year = d->year - 1900;
	if (d->month != 0) {
		tm.tm_mon = d->month - 1;
		tm.tm_mday = d->day;
	}
	tm.tm_hour = d->hour < 0 ? 0 : d->hour;
	tm.tm_min = d->hour < 0 ? 0 : d->minute;
	tm.tm_sec = d->hour < 0 ? 0 : d->second;
	tm.tm_isdst = -1;
	back = tm;
	t = d->utc ? timegm(&back) : mktime(&back);
	if (back.tm_mday != tm.tm_mday || back.tm_hour != tm.tm_hour ||
	    back.tm_min != tm.tm_min || back.tm_sec != tm.tm_sec || t < 0 ||
	    t > INT64_MAX / NS_PER_SEC)
		return (-1);
	*ns = (int64_t)t * NS_PER_SEC;
	return (0);
}

int
parse_date(const char *text, int64_t now_ns, int64_t *ns)
{
	struct date	 d = { .hour = -1 };
	char		 copy[128], *rest = copy, *word, *t;

	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return (-1);
	/* 2015-09-25T16:30:05Z */
	if ((t = strchr(copy, 'T')) != NULL && t > copy &&
	    isdigit((unsigned char)t[-1]))
		*t = ' ';
	while ((word = strsep(&rest, " ,\t")) != NULL)
		if (*word != '\0' && take_word(word, &d) == -1)
			return (-1);
	return (complete(&d, now_ns, ns));
}
