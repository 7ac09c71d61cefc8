/*
 * Lines for the measurement logs.  Engine core: pure.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/refid.h"
#include "common/timens.h"
#include "ntpd/engine/engine_log.h"
#include "ntpd/engine/steer.h"

#define DATE_MAX	32

static const char leap_chars[] = "N+-?";

static const char *
log_date(const struct engine *e, const struct clock_pair *now,
    char buf[DATE_MAX])
{
	time_t t = (time_t)(clockmodel_steered(&e->clock, now) / NS_PER_SEC);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, DATE_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		strlcpy(buf, "-", DATE_MAX);
	return (buf);
}

static void
log_entry(struct engine *e, enum log_file file, const struct msg_entry *m)
{
	struct msg_entry out = *m;

	out.file = file;
	e->ops.to_parent(e->ctx, MSG_LOG_ENTRY, &out);
}

static int
test_bit(const struct assoc_reply *r, uint32_t test)
{
	return ((r->tests & test) != 0);
}

void
engine_log_measurement(struct engine *e, const struct source *s,
    const struct clock_pair *now)
{
	const struct assoc_reply *r = &s->a.last;
	char date[DATE_MAX], addr[ADDR_TEXT_MAX];
	struct msg_entry m;

	/* `measurements' wants the good ones, `rawmeasurements' all */
	if ((e->params.conf->log & CONF_LOG_RAW) == 0 &&
	    ((e->params.conf->log & CONF_LOG_MEASUREMENTS) == 0 ||
	    r->tests != ASSOC_TEST_ALL))
		return;
	memset(&m, 0, sizeof(m));
	snprintf(m.line, sizeof(m.line), "%s %-15s %1c %2d %1d%1d%1d "
	    "%1d%1d%1d %1d%1d%1d%d  %2d %2d %4.2f %10.3e %10.3e %10.3e "
	    "%10.3e %10.3e %08X %1d%1c %1c %1c",
	    log_date(e, now, date),
	    addr_format(&s->a.addr, addr, sizeof(addr)),
	    leap_chars[r->header.leap & 3], r->header.stratum,
	    test_bit(r, ASSOC_TEST_DUPLICATE), test_bit(r, ASSOC_TEST_BOGUS),
	    test_bit(r, ASSOC_TEST_INVALID), test_bit(r, ASSOC_TEST_AUTH),
	    test_bit(r, ASSOC_TEST_SYNC), test_bit(r, ASSOC_TEST_ROOT),
	    test_bit(r, ASSOC_TEST_DELAY), test_bit(r, ASSOC_TEST_RATIO),
	    test_bit(r, ASSOC_TEST_DEV), test_bit(r, ASSOC_TEST_LOOP),
	    s->a.poll_log2, r->header.poll,
	    /* chrony has no negative ones, and the column no room */
	    fmax(s->a.poll_score, 0) / 10,
	    r->offset_s, r->delay_s, r->disp_s, r->root_delay_s,
	    r->root_disp_s, r->header.refid, r->header.mode,
	    r->interleaved ? 'I' : 'B',
	    r->tx_source, r->rx_source);
	log_entry(e, LOG_MEASUREMENTS, &m);
}

void
engine_log_statistics(struct engine *e, const struct source *s,
    const struct clock_pair *now)
{
	char date[DATE_MAX], addr[ADDR_TEXT_MAX];
	struct estimator_stats st;
	struct estimate est;
	struct msg_entry m;
	double stress = 0;
	int64_t steer;

	if ((e->params.conf->log & CONF_LOG_STATISTICS) == 0 ||
	    estimator_predict(&s->a.est, now->raw_ns, 0, &est) == -1)
		return;
	estimator_get_stats(&s->a.est, &st);
	steer = clockmodel_steer_ns(&e->clock, now);
	if (s->a.est.last_innovation_sd > 0)
		stress = fabs(s->a.est.last_innovation_s) /
		    s->a.est.last_innovation_sd;
	memset(&m, 0, sizeof(m));
	snprintf(m.line, sizeof(m.line), "%s %-15s %10.3e %10.3e %10.3e "
	    "%10.3e %10.3e %7.1e %3d %3d %3d %5.2f",
	    log_date(e, now, date),
	    addr_format(&s->a.addr, addr, sizeof(addr)), st.sd_s,
	    -timens_to_s(est.y_ns - steer), sqrt(est.var_y),
	    e->clock.base_ppm * 1e-6 - est.freq, sqrt(est.var_f), stress,
	    (int)st.samples, 0, (int)st.runs, 0.0);
	log_entry(e, LOG_STATISTICS, &m);
}

void
engine_log_tracking(struct engine *e, const struct clock_pair *now,
    unsigned combined, const struct engine_log_before *before)
{
	const struct discipline *d = &e->disc;
	char date[DATE_MAX], addr[ADDR_TEXT_MAX];
	struct msg_entry m;

	if ((e->params.conf->log & CONF_LOG_TRACKING) == 0)
		return;
	memset(&m, 0, sizeof(m));
	snprintf(m.line, sizeof(m.line), "%s %-15s %2d %10.3f %10.3f %10.3e "
	    "%1c %2d %10.3e %10.3e %10.3e %10.3e %10.3e",
	    log_date(e, now, date),
	    addr_format(&d->addr, addr, sizeof(addr)), d->stratum,
	    -d->freq * 1e6, d->skew * 1e6,
	    before->known_s - d->last_offset_s, leap_chars[d->leap & 3],
	    (int)combined, sqrt(d->var_s2), before->known_s,
	    d->root_delay_s, discipline_root_disp(d, now->raw_ns),
	    before->error_s);
	log_entry(e, LOG_TRACKING, &m);
}

char *
engine_log_format_choice(const struct engine_log_choice *c, char *buf,
    size_t len)
{
	snprintf(buf, len, "%c -%c%c%c%c %4o %5.2f %10.3e %10.3e %10.3e",
	    c->state, c->noselect ? 'N' : '-', c->prefer ? 'P' : '-',
	    c->trust ? 'T' : '-', c->require ? 'R' : '-', c->reach, c->score,
	    c->since_s, c->lo_s, c->hi_s);
	return (buf);
}

void
engine_log_selection(struct engine *e, const struct clock_pair *now)
{
	char date[DATE_MAX], addr[ADDR_TEXT_MAX], text[128];
	struct engine_log_choice choice;
	const struct source *s;
	struct msg_entry m;
	size_t i;

	if ((e->params.conf->log & CONF_LOG_SELECTION) == 0)
		return;
	log_date(e, now, date);
	for (i = 0; i < e->nsources; i++) {
		s = e->sources[i];
		memset(&choice, 0, sizeof(choice));
		choice.state = select_letter(s->state);
		choice.noselect = (s->sel.options & SELECT_NOSELECT_OPT) != 0;
		choice.prefer = (s->sel.options & SELECT_PREFER_OPT) != 0;
		choice.trust = (s->sel.options & SELECT_TRUST_OPT) != 0;
		choice.require = (s->sel.options & SELECT_REQUIRE_OPT) != 0;
		choice.reach = s->a.reach;
		choice.score = s->sel.score;
		if (s->a.est.count > 0)
			choice.since_s = timens_to_s(now->raw_ns -
			    s->a.est.last_raw_ns);
		/* 0 - x: a source of which nothing is known has no -0 */
		choice.lo_s = 0 - s->sel.hi_s;
		choice.hi_s = 0 - s->sel.lo_s;
		memset(&m, 0, sizeof(m));
		snprintf(m.line, sizeof(m.line), "%s %-15s %s", date,
		    addr_format(&s->a.addr, addr, sizeof(addr)),
		    engine_log_format_choice(&choice, text, sizeof(text)));
		log_entry(e, LOG_SELECTION, &m);
	}
}
