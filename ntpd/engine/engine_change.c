/*
 * What an operator changes about sources and settings.  Engine core: pure.
 * It must never touch the clock: that is operate.c's.
 */
#include <math.h>
#include <string.h>

#include "common/candm.h"
#include "common/log.h"
#include "common/timens.h"
#include "ntpd/engine/engine_change.h"
#include "ntpd/engine/engine_dump.h"
#include "ntpd/engine/sources.h"
#include "ntpd/engine/steer.h"

#define POLL_MIN	(-7)
#define POLL_MAX	24
#define MAXUNREACH	100000	/* the default */
#define OFFSET_MAX_S	1e9		/* of the option `offset' */

struct change {
	struct engine			*e;
	const struct clock_pair		*now;
	const union candm_request_body	*b;
	uint32_t			 command;
	int				 again;	/* the parent knows of it */
};

/* ---- which sources ----------------------------------------------------- */

static int
ip_matches(const struct candm_mask *m, const struct addr *ip)
{
	const struct addr *a = &m->source.addr;
	size_t i, n = a->family == ADDR_INET ? 4 : 16;
	uint8_t mask;

	if (a->family != ip->family)
		return (0);
	for (i = 0; i < n; i++) {
		mask = m->mask.family == ADDR_NONE ? 0xff : m->mask.ip[i];
		if ((a->ip[i] & mask) != (ip->ip[i] & mask))
			return (0);
	}
	return (1);
}

static int
is_everybody(const struct candm_mask *m)
{
	return (m->source.addr.family == ADDR_NONE && m->source.id == 0);
}

static struct source *
find_source(struct engine *e, const struct candm_source *which)
{
	struct addr a = which->addr;

	a.port = 0;
	a.scope = 0;
	return (a.family == ADDR_NONE ? NULL : engine_find_ip(e, &a));
}

/* A number is that of a source without an address. */
static struct entry *
find_unresolved(struct engine *e, const struct candm_source *which)
{
	struct entry *en;

	if (which->addr.family != ADDR_NONE ||
	    (en = sources_find(e, which->id)) == NULL ||
	    !sources_is_unresolved(e, (size_t)(en - e->entries)))
		return (NULL);
	return (en);
}

/* ---- online, offline, burst -------------------------------------------- */

static void
set_online(struct change *c, struct source *s, int online)
{
	char name[ENGINE_NAME_MAX];

	if (s->a.online && s->a.back_offline != online)
		return;
	if (!s->a.online && !online)
		return;
	/* a burst goes on, and then it is as it is told now */
	if (association_bursting(&s->a))
		s->a.back_offline = !online;
	else
		association_set_online(&s->a, online, c->now->raw_ns);
	log_info("Source %s %s", engine_source_name(c->e, s, name,
	    sizeof(name)), online ? "online" : "offline");
}

/* Entries that have no address: 1 when one was meant. */
static int
set_unresolved(struct change *c, const struct candm_mask *m, int online)
{
	struct entry *en;
	int any = 0;
	size_t i;

	for (i = 0; i < c->e->nentries; i++) {
		en = &c->e->entries[i];
		if (!sources_is_unresolved(c->e, i) || (!is_everybody(m) &&
		    (m->source.addr.family != ADDR_NONE ||
		    m->source.id != en->id)))
			continue;
		en->conf.offline = !online;
		any = 1;
	}
	return (any);
}

static enum candm_status
change_connectivity(struct change *c)
{
	const struct candm_mask *m = &c->b->mask;
	int online = c->command == CANDM_REQ_ONLINE, any;
	struct source *s;
	size_t i;

	any = set_unresolved(c, m, online);
	for (i = 0; i < c->e->nsources; i++) {
		s = c->e->sources[i];
		if (!is_everybody(m) && !ip_matches(m, &s->a.addr))
			continue;
		any = 1;
		set_online(c, s, online);
		/* also those that come in the place of one that is silent */
		if (is_everybody(m))
			c->e->entries[s->entry].conf.offline = !online;
	}
	if (online)
		sources_resolve_now(c->e, c->now);
	steer_select(c->e, c->now, NULL);
	return (any ? CANDM_STT_SUCCESS : CANDM_STT_NOSUCHSOURCE);
}

/* Each according to whether there is a way to it. */
static enum candm_status
change_onoffline(struct change *c)
{
	struct engine *e = c->e;
	struct source *s;
	size_t i;

	for (i = 0; i < e->nsources; i++) {
		s = e->sources[i];
		set_online(c, s, e->ops.connectable == NULL ||
		    e->ops.connectable(e->ctx, &s->a.addr));
	}
	sources_resolve_now(e, c->now);
	steer_select(e, c->now, NULL);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_burst(struct change *c)
{
	const struct candm_burst *b = &c->b->burst;
	struct source *s;
	int any = 0;
	size_t i;

	for (i = 0; i < c->e->nsources; i++) {
		s = c->e->sources[i];
		if (!is_everybody(&b->which) &&
		    !ip_matches(&b->which, &s->a.addr))
			continue;
		any = 1;
		association_burst_of(&s->a, (uint16_t)b->good,
		    (uint16_t)b->total, c->now->raw_ns);
	}
	return (any ? CANDM_STT_SUCCESS : CANDM_STT_NOSUCHSOURCE);
}

/* ---- options of one source --------------------------------------------- */

/*
 * Where the options of a source are, and what they become when it gets an
 * address.
 */
struct options {
	struct source	*s;		/* NULL: it has no address yet */
	struct conf_source *conf;	/* of that */
	int8_t		*minpoll_log2;
	int8_t		*maxpoll_log2;
	uint8_t		*minstratum;
	int32_t		*polltarget;
	double		*maxdelay_s;
	double		*maxdelayratio;
	double		*maxdelaydevratio;
	double		*offset_s;
};

#define OPTIONS_OF(c)							\
	.minpoll_log2 = &(c).minpoll_log2,				\
	.maxpoll_log2 = &(c).maxpoll_log2,				\
	.minstratum = &(c).minstratum, .polltarget = &(c).polltarget,	\
	.maxdelay_s = &(c).maxdelay_s,					\
	.maxdelayratio = &(c).maxdelayratio,				\
	.maxdelaydevratio = &(c).maxdelaydevratio, .offset_s = &(c).offset_s

/* 0, or -1 when there is no such source. */
static int
find_options(struct change *c, const struct candm_source *which,
    struct options *o)
{
	struct source *s = find_source(c->e, which);
	struct entry *en;

	if (s != NULL) {
		*o = (struct options) { .s = s, OPTIONS_OF(s->a.conf) };
		return (0);
	}
	if ((en = find_unresolved(c->e, which)) == NULL)
		return (-1);
	*o = (struct options) { .conf = &en->conf, OPTIONS_OF(en->conf) };
	return (0);
}

static enum candm_status
change_poll(struct change *c)
{
	int32_t value = c->b->number_of.value;
	struct options o;

	if (find_options(c, &c->b->number_of.source, &o) == -1)
		return (CANDM_STT_NOSUCHSOURCE);
	if (value < POLL_MIN || value > POLL_MAX)
		return (CANDM_STT_FAILED);
	if (c->command == CANDM_REQ_MODIFY_MINPOLL) {
		*o.minpoll_log2 = (int8_t)value;
		if (*o.maxpoll_log2 < *o.minpoll_log2)
			*o.maxpoll_log2 = *o.minpoll_log2;
	} else {
		*o.maxpoll_log2 = (int8_t)value;
		if (*o.minpoll_log2 > *o.maxpoll_log2)
			*o.minpoll_log2 = *o.maxpoll_log2;
	}
	if (o.s != NULL)
		association_limit_poll(&o.s->a, c->now->raw_ns);
	return (CANDM_STT_SUCCESS);
}

/* What a reply's delay and the source's stratum are held against. */
static enum candm_status
change_real(struct change *c)
{
	double value = c->b->real_of.value;
	struct options o;

	if (find_options(c, &c->b->real_of.source, &o) == -1)
		return (CANDM_STT_NOSUCHSOURCE);
	if (!(value >= 0))
		return (CANDM_STT_FAILED);
	if (c->command == CANDM_REQ_MODIFY_MAXDELAY)
		*o.maxdelay_s = value;
	else if (c->command == CANDM_REQ_MODIFY_MAXDELAYRATIO)
		*o.maxdelayratio = value;
	else
		*o.maxdelaydevratio = value;
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_number(struct change *c)
{
	int32_t value = c->b->number_of.value;
	struct options o;

	if (find_options(c, &c->b->number_of.source, &o) == -1)
		return (CANDM_STT_NOSUCHSOURCE);
	if (c->command == CANDM_REQ_MODIFY_MINSTRATUM) {
		if (value < 0 || value > NTP_STRATUM_MAX)
			return (CANDM_STT_FAILED);
		*o.minstratum = (uint8_t)value;
		steer_select(c->e, c->now, NULL);
		return (CANDM_STT_SUCCESS);
	}
	if (value < 1)
		return (CANDM_STT_FAILED);
	*o.polltarget = value;
	return (CANDM_STT_SUCCESS);
}

static void
set_flag(uint8_t *flag, uint32_t bit, const struct candm_selectopts *b)
{
	if ((b->mask & bit) != 0)
		*flag = (b->options & bit) != 0;
}

static enum candm_status
change_selectopts(struct change *c)
{
	const struct candm_selectopts *b = &c->b->selectopts;
	struct options o;

	if (find_options(c, &b->source, &o) == -1)
		return (CANDM_STT_NOSUCHSOURCE);
	if (o.s != NULL) {
		o.s->options = (o.s->options & ~b->mask) |
		    (b->options & b->mask);
		steer_select(c->e, c->now, NULL);
		return (CANDM_STT_SUCCESS);
	}
	set_flag(&o.conf->noselect, REPORT_OPT_NOSELECT, b);
	set_flag(&o.conf->prefer, REPORT_OPT_PREFER, b);
	set_flag(&o.conf->trust, REPORT_OPT_TRUST, b);
	set_flag(&o.conf->require, REPORT_OPT_REQUIRE, b);
	return (CANDM_STT_SUCCESS);
}

/* What was measured already is seen with the new correction, too. */
static enum candm_status
change_offset(struct change *c)
{
	double offset_s = c->b->offset.offset_s;
	struct options o;

	if (find_options(c, &c->b->offset.source, &o) == -1)
		return (CANDM_STT_NOSUCHSOURCE);
	if (fabs(offset_s) > OFFSET_MAX_S)
		return (CANDM_STT_FAILED);
	if (o.s == NULL) {
		*o.offset_s = offset_s;
		return (CANDM_STT_SUCCESS);
	}
	association_disturb(&o.s->a, timens_from_s(offset_s - *o.offset_s),
	    0);
	*o.offset_s = offset_s;
	ensemble_stop(&c->e->ensemble);
	steer_select(c->e, c->now, NULL);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_reselectdist(struct change *c)
{
	if (!(c->b->value >= 0))
		return (CANDM_STT_FAILED);
	c->e->reselectdist_s = c->b->value;
	return (CANDM_STT_SUCCESS);
}

/* ---- the list of sources ----------------------------------------------- */

/* Options that this build does not have; NULL: none is asked for. */
static const char *
absent_option(const struct candm_add *a)
{
	static const struct {
		uint32_t	 flag;
		const char	*name;
	} flags[] = {
		{ CANDM_ADD_NTS, "nts" },
		{ CANDM_ADD_EF_EXP1, "extfield F323" },
		{ CANDM_ADD_EF_NETCORR, "extfield F324" },
	};
	size_t i;

	if (a->type == CANDM_ADD_PEER)
		return ("peer");
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if ((a->flags & flags[i].flag) != 0)
			return (flags[i].name);
	return (NULL);
}

static double
clamped(double value, double min, double max)
{
	return (value < min ? min : value > max ? max : value);
}

/* What is measured, how it is judged and what it is worth. */
static void
add_measuring(const struct candm_add *a, struct conf_source *cs)
{
	cs->trust = (a->flags & CANDM_ADD_TRUST) != 0;
	cs->require = (a->flags & CANDM_ADD_REQUIRE) != 0;
	cs->burst = (a->flags & CANDM_ADD_BURST) != 0;
	cs->auto_offline = (a->flags & CANDM_ADD_AUTO_OFFLINE) != 0;
	cs->xleave = (a->flags & CANDM_ADD_INTERLEAVED) != 0;
	cs->copy = (a->flags & CANDM_ADD_COPY) != 0;
	cs->presend_log2 = (int8_t)clamped(a->presend_log2, -32,
	    CONF_PRESEND_OFF);
	cs->minstratum = (uint8_t)clamped(a->min_stratum, 0, 15);
	cs->polltarget = (int32_t)clamped(a->polltarget, 1, INT32_MAX);
	/* older clients do not have it */
	cs->maxunreach = a->max_unreach == 0 ? MAXUNREACH :
	    (int32_t)clamped(a->max_unreach, 0, INT32_MAX);
	cs->minsamples = (int32_t)clamped(a->min_samples, -1,
	    CONF_SAMPLES_MAX);
	cs->maxsamples = (int32_t)clamped(a->max_samples, -1,
	    CONF_SAMPLES_MAX);
	cs->filter = (int32_t)clamped(a->filter, 0, CONF_FILTER_MAX);
	cs->maxdelay_s = clamped(a->max_delay_s, 0, 1000);
	cs->maxdelayratio = clamped(a->max_delay_ratio, 0, 1e6);
	cs->maxdelaydevratio = clamped(a->max_delay_dev_ratio, 0, 1e6);
	cs->maxdelayquant = clamped(a->max_delay_quant, 0, 0.95);
	cs->mindelay_s = clamped(a->min_delay_s, 0, 1000);
	cs->asymmetry = fabs(a->asymmetry) <= 0.5 ? a->asymmetry :
	    CONF_ASYMMETRY_AUTO;
	cs->offset_s = a->offset_s;
}

/* What chrony's parser would refuse. */
static int
add_is_valid(const struct candm_add *a)
{
	return (a->version <= 4 && a->minpoll_log2 >= POLL_MIN &&
	    a->minpoll_log2 <= POLL_MAX && a->maxpoll_log2 >= POLL_MIN &&
	    a->maxpoll_log2 <= POLL_MAX &&
	    a->min_stratum <= NTP_STRATUM_MAX &&
	    a->polltarget <= INT32_MAX && a->max_delay_s >= 0 &&
	    a->max_delay_ratio >= 0 && a->max_delay_dev_ratio >= 0 &&
	    a->max_delay_quant >= 0 && a->max_delay_quant <= 1 &&
	    a->min_delay_s >= 0 && fabs(a->offset_s) <= OFFSET_MAX_S &&
	    (a->asymmetry >= CONF_ASYMMETRY_AUTO ||
	    fabs(a->asymmetry) <= 0.5));
}

static void
add_conf(const struct candm_add *a, struct conf_source *cs)
{
	memset(cs, 0, sizeof(*cs));
	strlcpy(cs->name, a->name, sizeof(cs->name));
	cs->type = a->type == CANDM_ADD_POOL ? CONF_POOL_SOURCE :
	    CONF_SERVER_SOURCE;
	cs->port = (uint16_t)a->port;
	cs->minpoll_log2 = (int8_t)a->minpoll_log2;
	cs->maxpoll_log2 = (int8_t)a->maxpoll_log2;
	if (cs->maxpoll_log2 < cs->minpoll_log2)
		cs->maxpoll_log2 = cs->minpoll_log2;
	cs->version = (uint8_t)a->version;
	cs->key = a->key;
	cs->maxsources = a->maxsources < 1 ? 1 :
	    a->maxsources > 16 ? 16 : (uint8_t)a->maxsources;
	cs->weight = 1;
	cs->iburst = (a->flags & CANDM_ADD_IBURST) != 0;
	cs->prefer = (a->flags & CANDM_ADD_PREFER) != 0;
	cs->noselect = (a->flags & CANDM_ADD_NOSELECT) != 0;
	cs->offline = (a->flags & CANDM_ADD_ONLINE) == 0;
	add_measuring(a, cs);
	if ((a->flags & CANDM_ADD_IPV4) != 0)
		cs->family = ADDR_INET;
	else if ((a->flags & CANDM_ADD_IPV6) != 0)
		cs->family = ADDR_INET6;
}

static enum candm_status
change_add(struct change *c)
{
	static const enum candm_status statuses[] = {
		[SOURCES_OK] = CANDM_STT_SUCCESS,
		[SOURCES_KNOWN] = CANDM_STT_SOURCEALREADYKNOWN,
		[SOURCES_FULL] = CANDM_STT_TOOMANYSOURCES,
		[SOURCES_FAMILY] = CANDM_STT_INVALIDAF,
		[SOURCES_MEMORY] = CANDM_STT_FAILED
	};
	const struct candm_add *a = &c->b->add;
	enum sources_result result;
	struct conf_source cs;
	struct msg_command m;
	const char *absent;
	uint32_t id;

	if (!conf_host_is_valid(a->name))
		return (CANDM_STT_INVALIDNAME);
	if (!add_is_valid(a))
		return (CANDM_STT_FAILED);
	if ((absent = absent_option(a)) != NULL) {
		log_warnx("add %s: %s is not in this build", a->name, absent);
		return (CANDM_STT_FAILED);
	}
	/* it gets only the keys of the configuration's sources */
	if (a->key != 0 && keyring_find(c->e->ring, a->key) == NULL) {
		log_warnx("add %s: no source of the configuration has key "
		    "%u", a->name, a->key);
		return (CANDM_STT_FAILED);
	}
	add_conf(a, &cs);
	result = sources_add(c->e, c->now, &cs, &id);
	if (result != SOURCES_OK)
		return (statuses[result]);
	log_info("Added source %s", cs.name);
	if (!c->again) {
		memset(&m, 0, sizeof(m));
		m.command = CANDM_REQ_ADD_SOURCE;
		m.body.add = *a;
		c->e->ops.to_parent(c->e->ctx, MSG_SOURCE_ADDED, &m);
	}
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_delete(struct change *c)
{
	const struct candm_source *which = &c->b->source;
	struct source *s = find_source(c->e, which);
	char name[ENGINE_NAME_MAX];
	struct entry *en;

	if (s != NULL) {
		engine_source_name(c->e, s, name, sizeof(name));
		sources_remove_source(c->e, s->id);
	} else {
		if ((en = find_unresolved(c->e, which)) == NULL)
			return (CANDM_STT_NOSUCHSOURCE);
		strlcpy(name, en->conf.name, sizeof(name));
		sources_remove(c->e, en->id);
	}
	log_info("Removed source %s", name);
	steer_select(c->e, c->now, NULL);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_refresh(struct change *c)
{
	sources_refresh(c->e, c->now);
	return (CANDM_STT_SUCCESS);
}

/* Nothing that was measured counts any more, and we say so. */
static enum candm_status
change_reset(struct change *c)
{
	struct engine *e = c->e;
	size_t i;

	for (i = 0; i < e->nsources; i++)
		association_reset(&e->sources[i]->a, e->disc.freq,
		    e->disc.skew, c->now->raw_ns);
	e->selected = 0;
	e->disc.synced = 0;
	ensemble_stop(&e->ensemble);
	log_info("Sources were reset");
	steer_select(e, c->now, NULL);
	steer_tell_status(e, c->now);
	steer_publish(e, c->now);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_dump(struct change *c)
{
	engine_dump_send(c->e, c->now);
	return (CANDM_STT_SUCCESS);
}

/* ---- settings ---------------------------------------------------------- */

static enum candm_status
change_reselect(struct change *c)
{
	/* nobody has a head start */
	c->e->selected = 0;
	steer_select(c->e, c->now, NULL);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_maxupdateskew(struct change *c)
{
	if (!(c->b->value >= 0))
		return (CANDM_STT_FAILED);
	c->e->disc.conf.maxupdateskew_ppm = c->b->value;
	return (CANDM_STT_SUCCESS);
}

/* So many updates from now on. */
static enum candm_status
change_makestep(struct change *c)
{
	struct discipline *d = &c->e->disc;
	int32_t limit = c->b->makestep.limit;

	d->conf.makestep_s = c->b->makestep.threshold_s;
	if (limit > 0 && limit <= INT32_MAX - (int32_t)(d->updates &
	    INT32_MAX))
		d->conf.makestep_limit = limit + (int32_t)d->updates;
	else
		d->conf.makestep_limit = limit;
	/* the guard has been told, too; its next answer has its count */
	c->e->clock.steps_left = limit < 0 ? INT32_MAX : (uint32_t)limit;
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_local(struct change *c)
{
	const struct candm_local *l = &c->b->local;

	if (l->on && (!(l->distance_s >= 0) || l->activate_s < 0 ||
	    l->wait_synced_s < 0 || l->wait_unsynced_s < 0))
		return (CANDM_STT_FAILED);
	c->e->local.enabled = l->on != 0;
	if (l->on) {
		c->e->local.stratum = (uint8_t)l->stratum;
		c->e->local.distance_s = l->distance_s;
		c->e->local.orphan = l->orphan != 0;
		c->e->local.activate_s = l->activate_s;
		c->e->local.waitsynced_s = l->wait_synced_s;
		c->e->local.waitunsynced_s = l->wait_unsynced_s;
	}
	log_info("Local reference %s", l->on ? "enabled" : "disabled");
	steer_publish(c->e, c->now);
	return (CANDM_STT_SUCCESS);
}

static enum candm_status
change_manual(struct change *c)
{
	switch (c->b->option) {
	case CANDM_MANUAL_OFF:
		manual_enable(&c->e->manual, 0);
		return (CANDM_STT_SUCCESS);
	case CANDM_MANUAL_ON:
		manual_enable(&c->e->manual, 1);
		return (CANDM_STT_SUCCESS);
	case CANDM_MANUAL_RESET:
		manual_reset(&c->e->manual);
		return (CANDM_STT_SUCCESS);
	default:
		return (CANDM_STT_INVALID);
	}
}

static const struct {
	uint32_t	command;
	enum candm_status (*fn)(struct change *);
} changes[] = {
	{ CANDM_REQ_ONLINE,			change_connectivity },
	{ CANDM_REQ_OFFLINE,			change_connectivity },
	{ CANDM_REQ_ONOFFLINE,			change_onoffline },
	{ CANDM_REQ_BURST,			change_burst },
	{ CANDM_REQ_MODIFY_MINPOLL,		change_poll },
	{ CANDM_REQ_MODIFY_MAXPOLL,		change_poll },
	{ CANDM_REQ_MODIFY_MAXDELAY,		change_real },
	{ CANDM_REQ_MODIFY_MAXDELAYRATIO,	change_real },
	{ CANDM_REQ_MODIFY_MAXDELAYDEVRATIO,	change_real },
	{ CANDM_REQ_MODIFY_MINSTRATUM,		change_number },
	{ CANDM_REQ_MODIFY_POLLTARGET,		change_number },
	{ CANDM_REQ_SELECTOPTS,			change_selectopts },
	{ CANDM_REQ_OFFSET,			change_offset },
	{ CANDM_REQ_RESELECTDISTANCE,		change_reselectdist },
	{ CANDM_REQ_ADD_SOURCE,			change_add },
	{ CANDM_REQ_DELETE,			change_delete },
	{ CANDM_REQ_REFRESH,			change_refresh },
	{ CANDM_REQ_RESET_SOURCES,		change_reset },
	{ CANDM_REQ_DUMP,			change_dump },
	{ CANDM_REQ_RESELECT,			change_reselect },
	{ CANDM_REQ_MODIFY_MAXUPDATESKEW,	change_maxupdateskew },
	{ CANDM_REQ_MODIFY_MAKESTEP,		change_makestep },
	{ CANDM_REQ_LOCAL,			change_local },
	{ CANDM_REQ_LOCAL2,			change_local },
	{ CANDM_REQ_MANUAL,			change_manual },
};

enum candm_status
engine_change(struct engine *e, const struct clock_pair *now,
    const struct msg_command *m)
{
	struct change c = { e, now, &m->body, m->command, 0 };
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (changes[i].command == m->command)
			return (changes[i].fn(&c));
	return (CANDM_STT_INVALID);
}

void
engine_change_again(struct engine *e, const struct clock_pair *now,
    const struct msg_command *m)
{
	struct change c = { e, now, &m->body, m->command, 1 };

	if (m->command == CANDM_REQ_ADD_SOURCE)
		(void)change_add(&c);
}
