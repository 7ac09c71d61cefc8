/*
 * Gets the state of the clock and the sources.  Used by ntpctl; a chronyd,
 * which has no such reports, is asked for what it has.
 */
#include "ntpctl/health.h"

#include <math.h>
#include <string.h>

#include "common/addr.h"
#include "common/refid.h"
#include "common/timens.h"
#include "ntpctl/format.h"
#include "ntpctl/tables.h"

/* What the letters of selectdata mean. */
static const struct {
	char		letter;
	uint16_t	reason;
} letters[] = {
	{ '*', REPORT_REASON_SELECTED }, { '+', REPORT_REASON_COMBINED },
	{ 'D', REPORT_REASON_NOT_COMBINED },
	{ 'P', REPORT_REASON_NOT_PREFERRED }, { 'U', REPORT_REASON_WAITING },
	{ 'W', REPORT_REASON_WAITING }, { 'x', REPORT_REASON_FALSETICKER },
	{ 'T', REPORT_REASON_NOT_TRUSTED }, { 'O', REPORT_REASON_ORPHAN },
	{ 'S', REPORT_REASON_STALE }, { 'w', REPORT_REASON_WAITING_OTHERS },
	{ '~', REPORT_REASON_JITTER }, { 'd', REPORT_REASON_DISTANCE },
	{ 'M', REPORT_REASON_WAITING }, { 's', REPORT_REASON_NOT_SYNCED },
	{ 'N', REPORT_REASON_NOSELECT }, { '-', REPORT_REASON_NOT_COMBINED },
	{ '?', REPORT_REASON_WAITING },
};

static uint16_t
reason_of(char letter)
{
	size_t	 i;

	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].letter == letter)
			return (letters[i].reason);
	return (REPORT_REASON_NONE);
}

static int
try_index(struct ctl *ctl, unsigned command, uint32_t index, unsigned number,
    struct candm_reply *reply)
{
	struct candm_request	request;

	memset(&request, 0, sizeof(request));
	request.command = command;
	request.body.index = index;
	return (ctl_try(ctl, &request, number, reply));
}

/* The newest request is bit 0; more than 8 are not known. */
static uint32_t
unanswered(unsigned reach)
{
	uint32_t	 n;

	for (n = 0; n < 8 && (reach >> n & 1) == 0; n++)
		;
	return (n);
}

static int
compose_name(struct ctl *ctl, const struct report_source *s, char *name,
    size_t len)
{
	struct candm_request	request;
	struct candm_reply	reply;
	int			result;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_NTP_SOURCE_NAME;
	request.body.source.addr = s->addr;
	request.body.source.id = s->id;
	result = ctl_try(ctl, &request, CANDM_RPY_NTP_SOURCE_NAME, &reply);
	if (result == 0)
		strlcpy(name, reply.body.name.name, len);
	return (result);
}

/* A source of a chronyd: what sources and selectdata say. */
static int
compose_source(struct ctl *ctl, uint32_t index, struct report_explain *e)
{
	static const char	states[] = "*?x~+-";
	struct candm_reply	reply;
	struct report_source	s;
	int			result;

	if (ctl_ask_index(ctl, CANDM_REQ_SOURCE_DATA, index,
	    CANDM_RPY_SOURCE_DATA, &reply) == -1)
		return (-1);
	s = reply.body.source;
	memset(e, 0, sizeof(*e));
	e->addr = s.addr;
	e->id = s.id;
	e->refid = s.refid;
	e->mode = s.mode;
	e->stratum = s.stratum;
	e->poll_log2 = s.poll_log2;
	e->reach = s.reach;
	e->offset_s = s.offset_s;
	e->error_s = s.error_s;
	e->since_valid_s = s.since_sample_s;
	e->since_s = REPORT_NEVER;
	e->unanswered = unanswered(s.reach);
	e->letter = s.state < sizeof(states) - 1 ? states[s.state] : '?';
	result = try_index(ctl, CANDM_REQ_SELECT_DATA, index,
	    CANDM_RPY_SELECT_DATA, &reply);
	if (result == -1)
		return (-1);
	if (result == 0)
		e->letter = reply.body.selectdata.state;
	e->reason = reason_of(e->letter);
	if (s.mode == REPORT_MODE_REFCLOCK)
		return (0);
	if (s.addr.family == ADDR_NONE)
		e->reason = REPORT_REASON_UNRESOLVED;
	else if (s.reach == 0 && e->reason != REPORT_REASON_NOSELECT)
		e->reason = REPORT_REASON_NO_REPLY;
	return (compose_name(ctl, &s, e->name, sizeof(e->name)) == -1 ?
	    -1 : 0);
}

/* Which of the counts a source belongs to. */
static uint16_t *
count_of(struct report_health *h, const struct report_explain *e)
{
	switch (e->reason) {
	case REPORT_REASON_SELECTED:
	case REPORT_REASON_COMBINED:
		return (&h->n_used);
	case REPORT_REASON_FALSETICKER:
		return (&h->n_falseticker);
	case REPORT_REASON_JITTER:
		return (&h->n_jittery);
	case REPORT_REASON_NO_REPLY:
		return (&h->n_silent);
	case REPORT_REASON_UNRESOLVED:
		return (&h->n_unresolved);
	case REPORT_REASON_NOT_PREFERRED:
	case REPORT_REASON_NOT_COMBINED:
		return (&h->n_selectable);
	}
	return (&h->n_unusable);
}

/* Why a chronyd's clock is not right, from the state of its sources. */
static void
judge(struct report_health *h, const struct report_tracking *t)
{
	h->state = REPORT_HEALTH_UNUSABLE;
	if (t->leap != REPORT_LEAP_UNSYNC && t->stratum > 0) {
		h->state = t->refid == REFID_LOCAL ? REPORT_HEALTH_LOCAL :
		    h->n_used > 0 ? REPORT_HEALTH_SYNC :
		    REPORT_HEALTH_HOLDING;
		return;
	}
	if (h->n_sources == 0) {
		h->state = REPORT_HEALTH_UNSYNC;
		h->reason = REPORT_REASON_NO_SOURCES;
	} else if (h->n_falseticker > 1)
		h->state = REPORT_HEALTH_NO_MAJORITY;
	else if (h->n_silent + h->n_unresolved == h->n_sources) {
		h->state = REPORT_HEALTH_WAITING;
		h->reason = h->n_silent > 0 ? REPORT_REASON_NO_REPLY :
		    REPORT_REASON_UNRESOLVED;
	}
}

static int
compose_clock(struct ctl *ctl, struct health *h)
{
	const struct row_explain	*row;
	const struct report_tracking	*t;
	struct report_health		*c = &h->clock;
	struct candm_reply		 reply;
	size_t				 i;

	if (ctl_ask_command(ctl, CANDM_REQ_TRACKING, CANDM_RPY_TRACKING,
	    &reply) == -1)
		return (-1);
	t = &reply.body.tracking;
	memset(c, 0, sizeof(*c));
	c->n_sources = h->sources.n;
	c->since_s = c->uptime_s = c->since_step_s = REPORT_NEVER;
	c->since_update_s = REPORT_NEVER;
	if (t->ref_time_ns > 0 && ctl->ops->now() > t->ref_time_ns)
		c->since_update_s = (ctl->ops->now() - t->ref_time_ns) /
		    NS_PER_SEC;
	c->leap = t->leap;
	c->stratum = t->stratum;
	c->refid = t->refid;
	c->addr = t->addr;
	c->offset_s = t->correction_s;
	c->error_s = fabs(t->correction_s) + t->root_delay_s / 2 +
	    t->root_disp_s;
	c->root_delay_s = t->root_delay_s;
	c->freq_ppm = t->freq_ppm;
	c->skew_ppm = t->skew_ppm;
	for (i = 0; i < h->sources.n; i++) {
		row = (const struct row_explain *)h->sources.data + i;
		++*count_of(c, &row->r);
		if (row->r.reason == REPORT_REASON_SELECTED)
			strlcpy(c->name, row->r.name, sizeof(c->name));
	}
	judge(c, t);
	return (0);
}

/* How a row is shown: the configured name, else the address. */
static void
name_row(struct ctl *ctl, struct row_explain *row)
{
	struct report_explain	*e = &row->r;
	struct text		 why;

	if (e->addr.family != ADDR_NONE)
		addr_format(&e->addr, row->n.address,
		    sizeof(row->n.address));
	if (e->name[0] != '\0')
		strlcpy(row->n.name, e->name, sizeof(row->n.name));
	else if (e->mode == REPORT_MODE_REFCLOCK)
		format_refid(e->refid, row->n.name, sizeof(row->n.name));
	else
		strlcpy(row->n.name, row->n.address, sizeof(row->n.name));
	text_init(&why);
	health_source_text(&why, e, ctl->ops->now());
	if (why.data != NULL)
		strlcpy(row->why, why.data, sizeof(row->why));
	text_free(&why);
}

static int
get_sources(struct ctl *ctl, struct health *h)
{
	struct row_explain	*row;
	struct candm_reply	 reply;
	uint32_t		 i, n;

	if (ctl_ask_command(ctl, CANDM_REQ_N_SOURCES, CANDM_RPY_N_SOURCES,
	    &reply) == -1)
		return (-1);
	n = reply.body.count;
	for (i = 0; i < n; i++) {
		if ((row = rows_add(&h->sources)) == NULL) {
			ctl->out.failed = 1;
			return (-1);
		}
		if (!h->own) {
			if (compose_source(ctl, i, &row->r) == -1)
				return (-1);
		} else {
			if (ctl_ask_index(ctl, CANDM_REQ_EXPLAIN, i,
			    CANDM_RPY_EXPLAIN, &reply) == -1)
				return (-1);
			row->r = reply.body.explain;
		}
		name_row(ctl, row);
	}
	return (0);
}

/* Our own report: 0, 1 the daemon does not have it, -1. */
static int
get_clock(struct ctl *ctl, struct health *h)
{
	struct candm_reply	reply;
	int			result;

	memset(h, 0, sizeof(*h));
	rows_init(&h->sources, sizeof(struct row_explain));
	result = try_index(ctl, CANDM_REQ_HEALTH, 0, CANDM_RPY_HEALTH,
	    &reply);
	if (result == 0) {
		h->own = 1;
		h->clock = reply.body.health;
	} else if (result == 1 && reply.status != CANDM_STT_INVALID &&
	    reply.status != CANDM_STT_NOTENABLED) {
		output_status(&ctl->out, &ctl->style,
		    ctl_status_text(reply.status));
		return (-1);
	}
	return (result);
}

int
health_get(struct ctl *ctl, struct health *h)
{
	int	 result = get_clock(ctl, h);

	if (result == -1 || get_sources(ctl, h) == -1)
		return (-1);
	return (result == 1 ? compose_clock(ctl, h) : 0);
}

int
health_get_clock(struct ctl *ctl, struct health *h)
{
	int	 result = get_clock(ctl, h);

	if (result != 1)
		return (result);
	return (get_sources(ctl, h) == -1 ? -1 : compose_clock(ctl, h));
}

void
health_free(struct health *h)
{
	rows_free(&h->sources);
}
