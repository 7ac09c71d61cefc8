/*
 * Reasons in plain words, and what to do.  Used by ntpctl.  One line of the
 * table a reason: what is so, and the advice.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "common/timens.h"
#include "ntpctl/format.h"
#include "ntpctl/health.h"

/* What comes between a reason and its advice. */
enum detail {
	DETAIL_NONE,
	DETAIL_SILENCE,		/* since when, how many requests */
	DETAIL_LIMIT,		/* value and limit */
	DETAIL_VALUE,
	DETAIL_TESTS,
	DETAIL_ERROR		/* of errno */
};

static const struct {
	const char	*what;
	enum detail	 detail;
	const char	*advice;
} reasons[REPORT_REASON_COUNT] = {
	[REPORT_REASON_NONE] = { "not judged yet", DETAIL_NONE, NULL },
	[REPORT_REASON_SELECTED] = { "the clock follows it", DETAIL_NONE,
	    NULL },
	[REPORT_REASON_COMBINED] = { "used together with the selected one",
	    DETAIL_NONE, NULL },
	[REPORT_REASON_NOT_PREFERRED] = { "good, but others have `prefer'",
	    DETAIL_NONE, NULL },
	[REPORT_REASON_NOT_COMBINED] = {
	    "good, but farther away than the selected one", DETAIL_NONE,
	    NULL },
	[REPORT_REASON_WAITING] = { "needs more samples", DETAIL_NONE, NULL },
	[REPORT_REASON_WAITING_OTHERS] = {
	    "waits for sources that are not ready", DETAIL_NONE, NULL },
	[REPORT_REASON_NOSELECT] = { "only watched: it has `noselect'",
	    DETAIL_NONE, NULL },
	[REPORT_REASON_ORPHAN] = { "an orphan, like this computer",
	    DETAIL_NONE, NULL },
	[REPORT_REASON_NOT_SYNCED] = { "says itself that it has no time",
	    DETAIL_NONE, "is it synchronised?" },
	[REPORT_REASON_DISTANCE] = { "too far from the true time",
	    DETAIL_LIMIT, "a nearer server, or `maxdistance'" },
	[REPORT_REASON_JITTER] = { "varies too much",
	    DETAIL_LIMIT, "a nearer server, or `maxjitter'" },
	[REPORT_REASON_FALSETICKER] = { "disagrees with the others",
	    DETAIL_VALUE, "its time is wrong, or theirs" },
	[REPORT_REASON_NOT_TRUSTED] = { "disagrees with those with `trust'",
	    DETAIL_NONE, NULL },
	[REPORT_REASON_TOO_FEW] = { "too few others agree with it",
	    DETAIL_NONE, "more sources, or a lower `minsources'" },
	[REPORT_REASON_REQUIRE] = { "no source with `require' is good",
	    DETAIL_NONE, NULL },
	[REPORT_REASON_STALE] = { "its samples are too old",
	    DETAIL_SILENCE, NULL },
	[REPORT_REASON_LOOP] = { "takes its time from this computer",
	    DETAIL_NONE, "that would be a loop" },
	[REPORT_REASON_TESTS] = { "replies are not good", DETAIL_TESTS,
	    NULL },
	[REPORT_REASON_AUTH] = { "replies are not authentic", DETAIL_SILENCE,
	    "is it the same key on both sides?" },
	[REPORT_REASON_NO_REPLY] = { "no reply", DETAIL_SILENCE,
	    "is UDP 123 blocked?" },
	[REPORT_REASON_ICMP] = { "not reached",
	    DETAIL_ERROR, "does an NTP server run there?" },
	[REPORT_REASON_KISS_DENY] = { "refuses this computer (DENY)",
	    DETAIL_NONE, "use another server; it is asked once an hour" },
	[REPORT_REASON_KISS_RSTR] = { "refuses this computer (RSTR)",
	    DETAIL_NONE, "use another server; it is asked once an hour" },
	[REPORT_REASON_KISS_RATE] = { "wants to be asked less (RATE)",
	    DETAIL_NONE, "a longer `minpoll'; do many share this address?" },
	[REPORT_REASON_OFFLINE] = { "offline: it is not asked",
	    DETAIL_NONE, "`ntpctl online' changes that" },
	[REPORT_REASON_UNRESOLVED] = { "its name has no answer yet",
	    DETAIL_NONE, "does DNS work?" },
	[REPORT_REASON_NO_SUCH_NAME] = { "DNS knows no address of it",
	    DETAIL_NONE, "is the name written right?" },
	[REPORT_REASON_NO_SOURCES] = { "no source is configured",
	    DETAIL_NONE, "put `pool' or `server' into ntpd.conf" },
	[REPORT_REASON_GUARD] = { "the clock guard refused a change",
	    DETAIL_NONE, "see the log" },
	[REPORT_REASON_NO_STEP] = { "too far off, and it may not step",
	    DETAIL_NONE, "`ntpctl makestep' steps it now" },
};

/* The same of the clock, where it is so of most sources and reads better. */
static const struct {
	const char	*what;
	const char	*advice;
} clock_reasons[REPORT_REASON_COUNT] = {
	[REPORT_REASON_WAITING] = { "more samples are needed", NULL },
	[REPORT_REASON_NOT_SYNCED] = {
	    "the sources say that they have no time",
	    "are they synchronised?" },
	[REPORT_REASON_DISTANCE] = {
	    "the sources are too far from the true time",
	    NULL },
	[REPORT_REASON_JITTER] = { "the sources vary too much", NULL },
	[REPORT_REASON_FALSETICKER] = {
	    "",
	    "of three or more, one that is wrong is outvoted" },
	[REPORT_REASON_TOO_FEW] = { "", NULL },
	[REPORT_REASON_STALE] = { "the samples are too old", NULL },
	[REPORT_REASON_LOOP] = {
	    "the sources take their time from this computer",
	    NULL },
	[REPORT_REASON_ICMP] = {
	    NULL,
	    "is the network up, does an NTP server run there?" },
	[REPORT_REASON_KISS_DENY] = {
	    "the sources refuse this computer (DENY)",
	    "use other servers" },
	[REPORT_REASON_KISS_RSTR] = {
	    "the sources refuse this computer (RSTR)",
	    "use other servers" },
	[REPORT_REASON_KISS_RATE] = {
	    "the sources want to be asked less (RATE)",
	    NULL },
	[REPORT_REASON_OFFLINE] = { "all sources are offline", NULL },
	[REPORT_REASON_UNRESOLVED] = { "no name has an address yet", NULL },
	[REPORT_REASON_NO_SUCH_NAME] = { "DNS knows no address of the names",
	    "are they written right?" },
};

static void
add_span(struct text *t, double s)
{
	char	 buf[FORMAT_MAX];

	text_add(t, "%s", format_plain(s, 0, buf, sizeof(buf)));
}

void
health_time_text(struct text *t, int64_t now_ns, uint32_t ago_s)
{
	time_t		 now = now_ns / NS_PER_SEC, then = now - ago_s;
	struct tm	 tm;
	char		 buf[FORMAT_MAX];

	if (gmtime_r(&then, &tm) == NULL || strftime(buf, sizeof(buf),
	    ago_s < 86400 / 2 ? "%H:%M:%S UTC" : "%Y-%m-%d %H:%M UTC",
	    &tm) == 0)
		strlcpy(buf, "?", sizeof(buf));
	text_add(t, "%s", buf);
}

static void
add_silence(struct text *t, const struct report_explain *e, int64_t now_ns)
{
	if (e->since_valid_s == REPORT_NEVER)
		text_add(t, " yet");
	else {
		text_add(t, " since ");
		health_time_text(t, now_ns, e->since_valid_s);
	}
	if (e->unanswered > 0)
		text_add(t, ": %u request%s unanswered", e->unanswered,
		    e->unanswered == 1 ? "" : "s");
}

static void
add_tests(struct text *t, unsigned tests)
{
	static const struct {
		unsigned	 test;
		const char	*what;
	} names[] = {
		{ REPORT_TEST_1, "twice the same" },
		{ REPORT_TEST_2, "no answer to our request" },
		{ REPORT_TEST_3, "timestamps are missing" },
		{ REPORT_TEST_5, "not authentic" },
		{ REPORT_TEST_6, "not synchronised" },
		{ REPORT_TEST_7, "impossible root distance" },
		{ REPORT_TEST_DELAY, "delay above maxdelay" },
		{ REPORT_TEST_RATIO, "delay above maxdelayratio" },
		{ REPORT_TEST_DEV, "delay above maxdelaydevratio" },
		{ REPORT_TEST_LOOP, "a loop" },
	};
	const char	*before = ": ";
	size_t		 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (tests & names[i].test)
			continue;
		text_add(t, "%s%s", before, names[i].what);
		before = ", ";
	}
}

static void
add_detail(struct text *t, enum detail detail, const struct report_explain *e,
    int64_t now_ns)
{
	switch (detail) {
	case DETAIL_NONE:
		break;
	case DETAIL_SILENCE:
		add_silence(t, e, now_ns);
		break;
	case DETAIL_LIMIT:
		if (e->limit_s <= 0)
			break;
		text_add(t, ": ");
		add_span(t, e->value_s);
		text_add(t, ", at most ");
		add_span(t, e->limit_s);
		break;
	case DETAIL_VALUE:
		if (fabs(e->value_s) < FORMAT_NOTHING_S)
			break;
		text_add(t, ": it says that this clock is ");
		add_span(t, fabs(e->value_s));
		text_add(t, " %s", e->value_s > 0 ? "behind" : "ahead");
		break;
	case DETAIL_TESTS:
		add_tests(t, e->tests);
		break;
	case DETAIL_ERROR:
		if (e->error != 0)
			text_add(t, ": %s", strerror(e->error));
		break;
	}
}

/* What to look at depends on what the kernel said. */
static const char *
error_advice(int error, const char *advice)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return ("does a firewall of this computer forbid it?");
	case ENETUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
	case EHOSTUNREACH:
		return ("is the network up?");
	default:
		return (advice);
	}
}

void
health_source_text(struct text *t, const struct report_explain *e,
    int64_t now_ns)
{
	unsigned	 reason = e->reason;
	const char	*advice;

	if (reason >= REPORT_REASON_COUNT || reasons[reason].what == NULL)
		reason = REPORT_REASON_NONE;
	text_add(t, "%s", reasons[reason].what);
	add_detail(t, reasons[reason].detail, e, now_ns);
	advice = reasons[reason].advice;
	if (reasons[reason].detail == DETAIL_ERROR)
		advice = error_advice(e->error, advice);
	if (advice != NULL)
		text_add(t, "; %s", advice);
}

static const char *const	clock_states[REPORT_HEALTH_COUNT] = {
	[REPORT_HEALTH_STARTING] = "Not right yet: the daemon is starting",
	[REPORT_HEALTH_WAITING] = "Not right yet: waiting for replies",
	[REPORT_HEALTH_SYNC] = "Right",
	[REPORT_HEALTH_HOLDING] = "Right still, without a source",
	[REPORT_HEALTH_NO_MAJORITY] =
	    "Not known: the sources disagree, no majority",
	[REPORT_HEALTH_TOO_FEW] = "Not known: too few good sources",
	[REPORT_HEALTH_UNUSABLE] = "Not known: no source can be used",
	[REPORT_HEALTH_UNSYNC] = "Not known: nothing to compare with",
	[REPORT_HEALTH_LOCAL] = "On its own (`local'): no real source",
};

/* A clock that is known, and how far it is off. */
static void
add_offset(struct text *t, const struct report_health *h)
{
	const char	*side = h->offset_s > 0 ? "behind" : "ahead";

	if (fabs(h->offset_s) >= REPORT_WRONG_S) {
		text_add(t, "Wrong by about ");
		add_span(t, fabs(h->offset_s));
		text_add(t, " (%s)%s", side, h->untouched ? "" :
		    ", being corrected");
		return;
	}
	text_add(t, "%s, to ", clock_states[h->state]);
	add_span(t, h->error_s);
	text_add(t, " at worst, ");
	if (fabs(h->offset_s) < FORMAT_NOTHING_S) {
		text_add(t, "less than 1 ns off");
		return;
	}
	text_add(t, "about ");
	add_span(t, fabs(h->offset_s));
	text_add(t, " %s", side);
}

static void
add_reason(struct text *t, unsigned reason)
{
	const char	*what, *advice;

	what = clock_reasons[reason].what != NULL ?
	    clock_reasons[reason].what : reasons[reason].what;
	advice = clock_reasons[reason].advice != NULL ?
	    clock_reasons[reason].advice : reasons[reason].advice;
	if (what[0] != '\0')
		text_add(t, "; %s", what);
	if (advice != NULL)
		text_add(t, "; %s", advice);
}

int
health_is_known(const struct report_health *h)
{
	return (h->state == REPORT_HEALTH_SYNC ||
	    h->state == REPORT_HEALTH_HOLDING);
}

void
health_clock_text(struct text *t, const struct report_health *h,
    int64_t now_ns)
{
	int	 known = health_is_known(h);

	if (known)
		add_offset(t, h);
	else
		text_add(t, "%s", h->state < REPORT_HEALTH_COUNT ?
		    clock_states[h->state] : "Unknown");
	if (h->since_s != REPORT_NEVER) {
		text_add(t, ", since ");
		health_time_text(t, now_ns, h->since_s);
	}
	if (h->state == REPORT_HEALTH_TOO_FEW && h->n_needed > 0)
		text_add(t, "; %u are needed", h->n_needed);
	if (h->reason > REPORT_REASON_COMBINED &&
	    h->reason < REPORT_REASON_COUNT)
		add_reason(t, h->reason);
	else if (known && !h->untouched &&
	    fabs(h->offset_s) >= REPORT_WRONG_S)
		text_add(t, "; %s", reasons[REPORT_REASON_NO_STEP].advice);
}
