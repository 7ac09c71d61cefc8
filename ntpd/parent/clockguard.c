/*
 * The clock guard.  Parent core: pure policy, no I/O and no clock reads.  It
 * must never trust a number of the engine's, nor end the process.
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/parent/clockguard.h"

#define STEP_SLACK	1e-6	/* relative, of makestep's threshold */
#define DAY_S		86400
#define ERA_DAYS	719468	/* 1970-01-01 from 0000-03-01 */

struct usage {
	double		path_s;
	double		net_s;
	double		freq_ppm;
	uint32_t	steps;
};

static void
take_policy(struct clockguard *g, const struct clockguard_policy *policy)
{
	g->policy = *policy;
	if (!(g->policy.slew_limit_ppm >= 0))
		g->policy.slew_limit_ppm = 0;
	if (g->policy.slew_limit_ppm > CLOCKGUARD_SLEW_PPM)
		g->policy.slew_limit_ppm = CLOCKGUARD_SLEW_PPM;
	if (!(g->policy.base_limit_ppm >= 0))
		g->policy.base_limit_ppm = 0;
	if (g->policy.base_limit_ppm > CLOCKGUARD_BASE_PPM)
		g->policy.base_limit_ppm = CLOCKGUARD_BASE_PPM;
}

void
clockguard_set_policy(struct clockguard *g,
    const struct clockguard_policy *policy)
{
	struct clockguard_policy new = *policy;

	new.oneshot = g->policy.oneshot;
	new.floor_ns = g->policy.floor_ns;
	new.operator_floor_ns = g->policy.operator_floor_ns;
	take_policy(g, &new);
}

void
clockguard_init(struct clockguard *g, const struct clockguard_policy *policy,
    double base_ppm)
{
	int i;

	memset(g, 0, sizeof(*g));
	take_policy(g, policy);
	g->freq_anchor_ppm = base_ppm;
	g->synced_since_ns = -1;
	for (i = 0; i < CLOCKGUARD_BUCKETS; i++)
		g->buckets[i].minute = -1;
}

static struct clockguard_bucket *
get_bucket(struct clockguard *g, int64_t now_ns)
{
	struct clockguard_bucket *b;
	int64_t minute;

	minute = now_ns / CLOCKGUARD_MINUTE_NS;
	if (minute < 0)
		minute = 0;
	b = &g->buckets[minute % CLOCKGUARD_BUCKETS];
	if (b->minute != minute) {
		memset(b, 0, sizeof(*b));
		b->minute = minute;
	}
	return (b);
}

/* Sums the buckets that began less than span_ns ago. */
static struct usage
sum_buckets(const struct clockguard *g, int64_t now_ns, int64_t span_ns)
{
	const struct clockguard_bucket *b;
	struct usage u;
	int64_t first = -1;
	int i;

	memset(&u, 0, sizeof(u));
	if (now_ns >= span_ns)
		first = (now_ns - span_ns) / CLOCKGUARD_MINUTE_NS;
	for (i = 0; i < CLOCKGUARD_BUCKETS; i++) {
		b = &g->buckets[i];
		if (b->minute < 0 || b->minute <= first)
			continue;
		u.path_s += b->path_s;
		u.net_s += b->net_s;
		u.freq_ppm += b->freq_ppm;
		u.steps += b->steps;
	}
	return (u);
}

static struct usage
sum_window(const struct clockguard *g, int64_t now_ns)
{
	return (sum_buckets(g, now_ns,
	    CLOCKGUARD_BUCKETS * CLOCKGUARD_MINUTE_NS));
}

/* What was used of the reserve comes back with time. */
static void
refill_reserve(struct clockguard *g, int64_t now_ns)
{
	if (now_ns <= g->reserve_at_ns)
		return;
	g->reserve_s = fmin(CLOCKGUARD_RESERVE_S, g->reserve_s +
	    timens_to_s(now_ns - g->reserve_at_ns) *
	    CLOCKGUARD_RESERVE_S / CLOCKGUARD_RESERVE_DAY_S);
	g->reserve_at_ns = now_ns;
}

static void
charge_move(struct clockguard *g, int64_t at_ns, double move_s)
{
	struct clockguard_bucket *b;

	g->pending_s += move_s;
	if (fabs(g->pending_s) < CLOCKGUARD_BAND_S)
		return;
	b = get_bucket(g, at_ns);
	b->path_s += fabs(g->pending_s);
	b->net_s += g->pending_s;
	if (g->settled && sum_window(g, at_ns).path_s > CLOCKGUARD_SETTLED_S)
		g->reserve_s -= fabs(g->pending_s);
	g->pending_s = 0;
}

static void
charge_freq(struct clockguard *g, int64_t now_ns, double base_ppm)
{
	double change;

	change = fabs(base_ppm - g->freq_anchor_ppm);
	if (change < CLOCKGUARD_BAND_PPM)
		return;
	get_bucket(g, now_ns)->freq_ppm += change;
	g->freq_anchor_ppm = base_ppm;
}

/* Count what the running lease did up to now, minute by minute. */
static void
play_lease(struct clockguard *g, int64_t now_ns)
{
	int64_t from, to, end, first;

	if (g->lease_ppm == 0)
		return;
	end = now_ns < g->lease_end_ns ? now_ns : g->lease_end_ns;
	from = g->lease_done_ns;
	/* older minutes have left the window, but not the reserve */
	first = now_ns - CLOCKGUARD_BUCKETS * CLOCKGUARD_MINUTE_NS;
	if (first > end)
		first = end;
	if (from < first) {
		if (g->settled)
			g->reserve_s -= timens_to_s(first - from) *
			    fabs(g->lease_ppm) * 1e-6;
		from = first;
	}
	while (from < end) {
		to = (from / CLOCKGUARD_MINUTE_NS + 1) * CLOCKGUARD_MINUTE_NS;
		if (to > end)
			to = end;
		charge_move(g, from, timens_to_s(to - from) *
		    g->lease_ppm * 1e-6);
		from = to;
	}
	if (end > g->lease_done_ns)
		g->lease_done_ns = end;
	if (now_ns >= g->lease_end_ns)
		g->lease_ppm = 0;
}

static enum clockguard_reason
refuse(struct clockguard *g, enum clockguard_reason reason)
{
	g->refused[reason]++;
	return (reason);
}

static void
clear_buckets(struct clockguard *g)
{
	int i;

	for (i = 0; i < CLOCKGUARD_BUCKETS; i++) {
		/* steps and requests keep their own count */
		g->buckets[i].path_s = 0;
		g->buckets[i].net_s = 0;
		g->buckets[i].freq_ppm = 0;
	}
	g->pending_s = 0;
}

static void
check_settled(struct clockguard *g, int64_t now_ns)
{
	struct usage u;

	if (g->settled || g->synced_since_ns < 0 ||
	    now_ns - g->synced_since_ns < CLOCKGUARD_SETTLE_NS)
		return;
	u = sum_buckets(g, now_ns, CLOCKGUARD_SETTLE_NS);
	if (u.path_s >= CLOCKGUARD_CALM_S || u.freq_ppm >= CLOCKGUARD_CALM_PPM)
		return;
	g->settled = 1;
	g->reserve_s = CLOCKGUARD_RESERVE_S;
	g->reserve_at_ns = now_ns;
	clear_buckets(g);
}

/* A right clock that has to go far, one way. */
static int
reserve_covers(const struct clockguard *g, const struct usage *u,
    double freq_s, double total_s, double full_s)
{
	double waste_s = u->path_s + fabs(total_s) - fabs(u->net_s + total_s);

	return (freq_s <= CLOCKGUARD_SETTLED_S &&
	    waste_s <= CLOCKGUARD_SETTLED_S && full_s <= g->reserve_s);
}

/*
 * What move_s (signed, within the window) and the new base would use of the
 * budget together with what was used; full_s: all of the move, unsigned.
 */
static enum clockguard_reason
check_budget(const struct clockguard *g, int64_t now_ns, double base_ppm,
    double move_s, double full_s)
{
	struct usage u;
	double freq_s, change, path_s, total_s;

	u = sum_window(g, now_ns);
	change = fabs(base_ppm - g->freq_anchor_ppm);
	if (change < CLOCKGUARD_BAND_PPM)
		change = 0;
	freq_s = (u.freq_ppm + change) * 1e-6 * CLOCKGUARD_WINDOW_S;
	total_s = move_s + g->pending_s;
	path_s = u.path_s + fabs(total_s);
	if (!g->settled) {
		if (change > 0 && freq_s > CLOCKGUARD_FREQ_S)
			return (CLOCKGUARD_FREQ_LIMIT);
		if (move_s != 0 && path_s - fabs(u.net_s + total_s) >
		    CLOCKGUARD_WASTE_S)
			return (CLOCKGUARD_WASTE_LIMIT);
		return (CLOCKGUARD_OK);
	}
	/* what stays inside the dead bands is always allowed */
	if (change == 0 && fabs(total_s) < CLOCKGUARD_BAND_S)
		return (CLOCKGUARD_OK);
	if (path_s + freq_s > CLOCKGUARD_SETTLED_S &&
	    !reserve_covers(g, &u, freq_s, total_s, full_s))
		return (CLOCKGUARD_SETTLED_LIMIT);
	return (CLOCKGUARD_OK);
}

/* What every request goes through first. */
static enum clockguard_reason
begin_request(struct clockguard *g, int64_t now_ns, double base_ppm)
{
	play_lease(g, now_ns);
	check_settled(g, now_ns);
	refill_reserve(g, now_ns);
	if (!isfinite(base_ppm))
		return (CLOCKGUARD_VALUE);
	if (fabs(base_ppm) > g->policy.base_limit_ppm)
		return (CLOCKGUARD_BASE);
	if (get_bucket(g, now_ns)->requests >= CLOCKGUARD_REQUESTS)
		return (CLOCKGUARD_FLOOD);
	get_bucket(g, now_ns)->requests++;
	return (CLOCKGUARD_OK);
}

/* A right clock would move too far: has an operator said that it shall? */
static int
operator_frees(struct clockguard *g, int64_t now_ns,
    enum clockguard_reason reason)
{
	if (reason != CLOCKGUARD_SETTLED_LIMIT || g->operator_end_ns == 0 ||
	    now_ns > g->operator_end_ns)
		return (0);
	g->operator_end_ns = 0;
	g->settled = 0;
	if (g->synced_since_ns >= 0)
		g->synced_since_ns = now_ns;
	return (1);
}

enum clockguard_reason
clockguard_freq(struct clockguard *g, int64_t now_ns, double base_ppm)
{
	enum clockguard_reason reason;

	reason = begin_request(g, now_ns, base_ppm);
	if (reason == CLOCKGUARD_OK)
		reason = check_budget(g, now_ns, base_ppm, 0, 0);
	if (operator_frees(g, now_ns, reason))
		reason = check_budget(g, now_ns, base_ppm, 0, 0);
	if (reason != CLOCKGUARD_OK)
		return (refuse(g, reason));
	g->lease_ppm = 0;
	charge_freq(g, now_ns, base_ppm);
	return (CLOCKGUARD_OK);
}

static enum clockguard_reason
check_slew(struct clockguard *g, int64_t now_ns, double base_ppm,
    double slew_ppm, int64_t end_ns)
{
	enum clockguard_reason reason;
	double span_s, full_s;

	reason = begin_request(g, now_ns, base_ppm);
	if (reason != CLOCKGUARD_OK)
		return (reason);
	if (!isfinite(slew_ppm))
		return (CLOCKGUARD_VALUE);
	if (fabs(slew_ppm) > g->policy.slew_limit_ppm)
		return (CLOCKGUARD_SLEW);
	if (end_ns <= now_ns)
		return (check_budget(g, now_ns, base_ppm, 0, 0));
	if (end_ns - now_ns > CLOCKGUARD_LEASE_NS)
		return (CLOCKGUARD_LEASE);
	span_s = timens_to_s(end_ns - now_ns);
	full_s = fabs(slew_ppm) * 1e-6 * span_s;
	if (span_s > CLOCKGUARD_WINDOW_S)
		span_s = CLOCKGUARD_WINDOW_S;
	return (check_budget(g, now_ns, base_ppm, slew_ppm * 1e-6 * span_s,
	    full_s));
}

enum clockguard_reason
clockguard_slew(struct clockguard *g, int64_t now_ns, double base_ppm,
    double slew_ppm, int64_t end_ns)
{
	enum clockguard_reason reason;

	reason = check_slew(g, now_ns, base_ppm, slew_ppm, end_ns);
	if (operator_frees(g, now_ns, reason))
		reason = check_slew(g, now_ns, base_ppm, slew_ppm, end_ns);
	if (reason != CLOCKGUARD_OK)
		return (refuse(g, reason));
	charge_freq(g, now_ns, base_ppm);
	g->lease_ppm = end_ns > now_ns ? slew_ppm : 0;
	g->lease_end_ns = end_ns;
	g->lease_done_ns = now_ns;
	return (CLOCKGUARD_OK);
}

static int
makestep_over(const struct clockguard *g)
{
	uint32_t limit = (uint32_t)g->policy.makestep_limit;

	if (g->policy.makestep_limit < 0)
		return (0);
	return (g->steps >= limit || g->updates / CLOCKGUARD_UPDATES >= limit);
}

/* Which permission covers the step.  OK: *used is what to mark as used. */
static enum clockguard_reason
find_permission(struct clockguard *g, int64_t now_ns, int64_t delta_ns,
    int oneshot, int **used)
{
	double size_s = fabs(timens_to_s(delta_ns));

	*used = NULL;
	if (oneshot && g->policy.oneshot && !g->oneshot_used) {
		*used = &g->oneshot_used;
		return (CLOCKGUARD_OK);
	}
	if (g->operator_end_ns != 0 && now_ns <= g->operator_end_ns) {
		g->operator_end_ns = 0;
		return (CLOCKGUARD_OK);
	}
	if (g->policy.makestep_limit == 0 || makestep_over(g))
		return (CLOCKGUARD_STEP);
	if (size_s < g->policy.makestep_s * (1 - STEP_SLACK))
		return (CLOCKGUARD_SMALL);
	g->steps++;
	return (CLOCKGUARD_OK);
}

static enum clockguard_reason
check_target(const struct clockguard *g, int64_t now_ns, int64_t real_ns,
    int64_t delta_ns)
{
	int64_t target, floor_ns = g->policy.floor_ns;

	/* the file may be from a future that never was; an operator knows */
	if (g->operator_end_ns != 0 && now_ns <= g->operator_end_ns)
		floor_ns = g->policy.operator_floor_ns;

	if (__builtin_add_overflow(real_ns, delta_ns, &target))
		return (delta_ns > 0 ? CLOCKGUARD_CEILING : CLOCKGUARD_FLOOR);
	if (target < floor_ns)
		return (CLOCKGUARD_FLOOR);
	if (target > CLOCKGUARD_TIME_MAX_NS)
		return (CLOCKGUARD_CEILING);
	return (CLOCKGUARD_OK);
}

static enum clockguard_reason
check_step(struct clockguard *g, int64_t now_ns, int64_t real_ns,
    double base_ppm, int64_t delta_ns, int oneshot, int **used)
{
	enum clockguard_reason reason;

	reason = begin_request(g, now_ns, base_ppm);
	if (reason == CLOCKGUARD_OK)
		reason = check_target(g, now_ns, real_ns, delta_ns);
	if (reason != CLOCKGUARD_OK)
		return (reason);
	if (sum_window(g, now_ns).steps >= CLOCKGUARD_STEPS)
		return (CLOCKGUARD_OFTEN);
	/* the base that comes with it is bound like any other */
	reason = check_budget(g, now_ns, base_ppm, 0, 0);
	if (reason != CLOCKGUARD_OK)
		return (reason);
	return (find_permission(g, now_ns, delta_ns, oneshot, used));
}

enum clockguard_reason
clockguard_step(struct clockguard *g, int64_t now_ns, int64_t real_ns,
    double base_ppm, int64_t delta_ns, int oneshot)
{
	enum clockguard_reason reason;
	int *used = NULL;

	reason = check_step(g, now_ns, real_ns, base_ppm, delta_ns, oneshot,
	    &used);
	if (reason != CLOCKGUARD_OK)
		return (refuse(g, reason));
	if (used != NULL)
		*used = 1;
	g->lease_ppm = 0;
	charge_freq(g, now_ns, base_ppm);
	get_bucket(g, now_ns)->steps++;
	/* the clock is being set: what follows may correct the rest */
	g->settled = 0;
	if (g->synced_since_ns >= 0)
		g->synced_since_ns = now_ns;
	return (CLOCKGUARD_OK);
}

void
clockguard_cancel(struct clockguard *g, int64_t now_ns)
{
	play_lease(g, now_ns);
	g->lease_ppm = 0;
}

void
clockguard_makestep(struct clockguard *g, double threshold_s, int32_t limit)
{
	g->policy.makestep_s = threshold_s;
	g->policy.makestep_limit = limit;
	g->steps = 0;
	g->updates = 0;
}

void
clockguard_operator(struct clockguard *g, int64_t now_ns)
{
	g->operator_end_ns = now_ns + CLOCKGUARD_OPERATOR_NS;
}

int
clockguard_status(struct clockguard *g, int64_t now_ns, int synced)
{
	struct clockguard_bucket *b = get_bucket(g, now_ns);

	if (b->requests >= CLOCKGUARD_REQUESTS) {
		refuse(g, CLOCKGUARD_FLOOD);
		return (-1);
	}
	b->requests++;
	play_lease(g, now_ns);
	if (!synced) {
		g->synced_since_ns = -1;
		return (0);
	}
	if (g->updates < UINT32_MAX)
		g->updates++;
	if (g->synced_since_ns < 0)
		g->synced_since_ns = now_ns;
	check_settled(g, now_ns);
	return (0);
}

uint32_t
clockguard_steps_left(const struct clockguard *g)
{
	if (g->policy.oneshot)
		return (g->oneshot_used ? 0 : 1);
	if (g->policy.makestep_limit < 0)
		return (INT32_MAX);
	if (g->policy.makestep_limit == 0 || makestep_over(g))
		return (0);
	return ((uint32_t)g->policy.makestep_limit - g->steps);
}

int
clockguard_leap_day(int64_t real_ns)
{
	int64_t era, year, yday;
	int month, day;

	if (real_ns < 0)
		return (0);
	/*
	 * Civil date of the proleptic Gregorian calendar with years that
	 * begin on 1 March, so that the leap day is a year's last.
	 */
	era = (real_ns / NS_PER_SEC / DAY_S + ERA_DAYS) % 146097;
	year = (era - era / 1460 + era / 36524 - era / 146096) / 365;
	yday = era - (365 * year + year / 4 - year / 100);
	month = (int)((5 * yday + 2) / 153);		/* 0: March */
	day = (int)(yday - (153 * month + 2) / 5) + 1;
	return ((month == 3 && day == 30) || (month == 9 && day == 31));
}

const char *
clockguard_text(enum clockguard_reason reason)
{
	static const char *const texts[CLOCKGUARD_REASONS] = {
	    [CLOCKGUARD_OK] = "allowed",
	    [CLOCKGUARD_VALUE] = "not a number",
	    [CLOCKGUARD_BASE] = "frequency out of range",
	    [CLOCKGUARD_SLEW] = "faster than maxslewrate",
	    [CLOCKGUARD_LEASE] = "slew longer than a day",
	    [CLOCKGUARD_STEP] = "step not allowed by makestep",
	    [CLOCKGUARD_SMALL] = "step below the threshold of makestep",
	    [CLOCKGUARD_OFTEN] = "too many steps in an hour",
	    [CLOCKGUARD_FLOOR] = "step to before the time floor (when ntpd "
	    "was built or the drift file written); makestep allows it",
	    [CLOCKGUARD_CEILING] = "step to after the year 2116",
	    [CLOCKGUARD_WASTE_LIMIT] = "the clock was moved to and fro by "
	    "more than 60 s in an hour",
	    [CLOCKGUARD_FREQ_LIMIT] = "the frequency was changed too much in "
	    "an hour",
	    [CLOCKGUARD_SETTLED_LIMIT] = "a clock that was right would move "
	    "too far; makestep or a restart allows it",
	    [CLOCKGUARD_FLOOD] = "too many requests",
	};

	if ((unsigned)reason >= CLOCKGUARD_REASONS)
		return ("?");
	return (texts[reason]);
}

uint64_t
clockguard_refused(const struct clockguard *g)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < CLOCKGUARD_REASONS; i++)
		sum += g->refused[i];
	return (sum);
}
