/*
 * The table of commands of the control protocol.  Engine core: pure.  It must
 * never let a command do what the same directive of the configuration could
 * not, and must answer each exactly once.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "common/log.h"
#include "common/timens.h"
#include "ntpd/engine/engine_change.h"
#include "ntpd/engine/engine_command.h"
#include "ntpd/engine/engine_explain.h"
#include "ntpd/engine/engine_report.h"
#include "ntpd/engine/operate.h"
#include "ntpd/engine/sources.h"

/* A command and where its report goes; the number is set beforehand. */
struct ask {
	struct engine			*e;
	const struct clock_pair		*now;
	const struct msg_command	*m;
	union candm_reply_body		*r;
};

/* Sources by index; entries without an address come after them. */
static struct source *
index_source(struct engine *e, uint32_t index)
{
	return (index < e->nsources ? e->sources[index] : NULL);
}

static const struct entry *
index_unresolved(struct engine *e, uint32_t index)
{
	uint32_t n = (uint32_t)e->nsources;
	size_t i;

	for (i = 0; i < e->nentries; i++)
		if (sources_is_unresolved(e, i) && n++ == index)
			return (&e->entries[i]);
	return (NULL);
}

/* What an address or the number of an unresolved source means. */
static struct source *
find_source(struct engine *e, const struct candm_source *which)
{
	struct addr a = which->addr;

	if (a.family == ADDR_NONE)
		return (NULL);
	a.port = 0;
	a.scope = 0;
	return (engine_find_ip(e, &a));
}

static enum candm_status
ask_tracking(struct ask *a)
{
	engine_report_tracking(a->e, a->now, &a->r->tracking);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_nsources(struct ask *a)
{
	a->r->count = (uint32_t)a->e->nsources + sources_unresolved(a->e);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_source(struct ask *a)
{
	struct source *s = index_source(a->e, a->m->body.index);
	const struct entry *en;
	struct report_source *r = &a->r->source;

	if (s != NULL)
		engine_report_source(a->e, a->now, s, r);
	else if ((en = index_unresolved(a->e, a->m->body.index)) != NULL) {
		r->id = en->id;
		r->poll_log2 = en->conf.minpoll_log2;
		r->state = REPORT_STATE_NONSELECTABLE;
		r->since_sample_s = REPORT_NEVER;
	} else
		return (CANDM_STT_NOSUCHSOURCE);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_sourcestats(struct ask *a)
{
	struct source *s = index_source(a->e, a->m->body.index);
	const struct entry *en;

	if (s != NULL)
		engine_report_sourcestats(a->e, a->now, s,
		    &a->r->sourcestats);
	else if ((en = index_unresolved(a->e, a->m->body.index)) != NULL)
		engine_report_no_stats(en->id, &a->r->sourcestats);
	else
		return (CANDM_STT_NOSUCHSOURCE);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_selectdata(struct ask *a)
{
	struct source *s = index_source(a->e, a->m->body.index);
	const struct entry *en;

	if (s != NULL)
		engine_report_selectdata(a->e, a->now, s,
		    &a->r->selectdata);
	else if ((en = index_unresolved(a->e, a->m->body.index)) != NULL)
		engine_report_no_selectdata(en, &a->r->selectdata);
	else
		return (CANDM_STT_NOSUCHSOURCE);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_authdata(struct ask *a)
{
	const struct candm_source *which = &a->m->body.source;
	const struct source *s = find_source(a->e, which);
	const struct entry *en = NULL;

	if (s == NULL && which->addr.family == ADDR_NONE)
		en = sources_find(a->e, which->id);
	if (s == NULL && en == NULL)
		return (CANDM_STT_NOSUCHSOURCE);
	engine_report_authdata(a->e, s != NULL ? s->a.conf.key :
	    en->conf.key, &a->r->authdata);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_ntpdata(struct ask *a)
{
	struct source *s = find_source(a->e, &a->m->body.source);

	if (s == NULL)
		return (CANDM_STT_NOSUCHSOURCE);
	engine_report_ntpdata(a->now, s, &a->r->ntpdata);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_activity(struct ask *a)
{
	engine_report_activity(a->e, &a->r->activity);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_name(struct ask *a)
{
	const struct candm_source *which = &a->m->body.source;
	struct source *s = find_source(a->e, which);
	const struct entry *en = NULL;

	if (s != NULL)
		en = &a->e->entries[s->entry];
	else if (which->addr.family == ADDR_NONE)
		en = sources_find(a->e, which->id);
	if (en == NULL)
		return (CANDM_STT_NOSUCHSOURCE);
	strlcpy(a->r->name.name, en->conf.name, sizeof(a->r->name.name));
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_manual_list(struct ask *a)
{
	manual_list(&a->e->manual, &a->r->manual_list);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_status(struct ask *a)
{
	engine_report_status(a->e, a->now, &a->r->status);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_peer(struct ask *a)
{
	struct source *s = index_source(a->e, a->m->body.index);
	const struct entry *en;

	if (s != NULL)
		engine_report_peer(a->e, a->now, s, &a->r->peer);
	else if ((en = index_unresolved(a->e, a->m->body.index)) != NULL)
		engine_report_no_peer(a->now, en, &a->r->peer);
	else
		return (CANDM_STT_NOSUCHSOURCE);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_health(struct ask *a)
{
	engine_explain_health(a->e, a->now, &a->r->health);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
ask_explain(struct ask *a)
{
	struct source *s = index_source(a->e, a->m->body.index);
	const struct entry *en;

	if (s != NULL)
		engine_explain_source(a->e, a->now, s, &a->r->explain);
	else if ((en = index_unresolved(a->e, a->m->body.index)) != NULL)
		engine_explain_entry(a->e, a->now, en, &a->r->explain);
	else
		return (CANDM_STT_NOSUCHSOURCE);
	return (CANDM_STT_SUCCESS);
}

static const struct {
	uint32_t	command;
	uint32_t	number;
	enum candm_status (*fn)(struct ask *);
} asks[] = {
	{ CANDM_REQ_N_SOURCES, CANDM_RPY_N_SOURCES, ask_nsources },
	{ CANDM_REQ_SOURCE_DATA, CANDM_RPY_SOURCE_DATA, ask_source },
	{ CANDM_REQ_TRACKING, CANDM_RPY_TRACKING, ask_tracking },
	{ CANDM_REQ_SOURCESTATS, CANDM_RPY_SOURCESTATS, ask_sourcestats },
	{ CANDM_REQ_MANUAL_LIST, CANDM_RPY_MANUAL_LIST, ask_manual_list },
	{ CANDM_REQ_ACTIVITY, CANDM_RPY_ACTIVITY, ask_activity },
	{ CANDM_REQ_NTP_DATA, CANDM_RPY_NTP_DATA2, ask_ntpdata },
	{ CANDM_REQ_NTP_SOURCE_NAME, CANDM_RPY_NTP_SOURCE_NAME, ask_name },
	{ CANDM_REQ_AUTH_DATA, CANDM_RPY_AUTH_DATA, ask_authdata },
	{ CANDM_REQ_SELECT_DATA, CANDM_RPY_SELECT_DATA, ask_selectdata },
	{ CANDM_REQ_STATUS, CANDM_RPY_STATUS, ask_status },
	{ CANDM_REQ_PEER, CANDM_RPY_PEER, ask_peer },
	{ CANDM_REQ_HEALTH, CANDM_RPY_HEALTH, ask_health },
	{ CANDM_REQ_EXPLAIN, CANDM_RPY_EXPLAIN, ask_explain },
};

static void
answer_result(struct engine *e, uint32_t id, enum candm_status status)
{
	struct msg_result m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.status = status;
	e->ops.to_control(e->ctx, MSG_RESULT, &m);
}

/* 1: it was a question. */
static int
answer_question(struct engine *e, const struct clock_pair *now,
    const struct msg_command *m)
{
	struct msg_report out;
	struct ask a = { e, now, m, &out.body };
	enum candm_status status;
	size_t i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (asks[i].command == m->command)
			break;
	if (i == sizeof(asks) / sizeof(asks[0]))
		return (0);
	memset(&out, 0, sizeof(out));
	out.id = m->id;
	out.number = asks[i].number;
	status = asks[i].fn(&a);
	if (status == CANDM_STT_SUCCESS)
		e->ops.to_control(e->ctx, MSG_REPORT, &out);
	else
		answer_result(e, m->id, status);
	return (1);
}

/* Answered by operate.c when they are done. */
static int
is_operation(uint32_t command)
{
	static const uint32_t operations[] = {
		CANDM_REQ_MAKESTEP, CANDM_REQ_SETTIME, CANDM_REQ_DOFFSET,
		CANDM_REQ_DFREQ, CANDM_REQ_MANUAL_DELETE
	};
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (operations[i] == command)
			return (1);
	return (0);
}

void
engine_command(struct engine *e, const struct clock_pair *now,
    const struct msg_command *m)
{
	enum candm_status status;

	if (answer_question(e, now, m))
		return;
	if (!is_operation(m->command)) {
		answer_result(e, m->id, engine_change(e, now, m));
		return;
	}
	status = operate_command(e, now, m);
	if (status != CANDM_STT_SUCCESS)
		answer_result(e, m->id, status);
}
