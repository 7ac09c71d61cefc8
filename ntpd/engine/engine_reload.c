/*
 * The difference between two configurations, applied to a running engine.
 * Engine core: pure.  It must not lose a sample of a source that stays.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/engine/engine_reload.h"
#include "ntpd/engine/sources.h"
#include "ntpd/engine/steer.h"

static size_t
find_line(const struct conf *conf, const char *used,
    const struct conf_source *what)
{
	size_t i;

	for (i = 0; i < conf->nsources; i++)
		if (!used[i] && conf_source_is_same(&conf->sources[i], what))
			break;
	return (i);
}

/* The entry of a line; 0: a command has deleted it. */
static uint32_t
find_entry(const struct engine *e, const struct conf_source *what)
{
	size_t i;

	for (i = 0; i < e->nentries; i++)
		if (conf_source_is_same(&e->entries[i].conf, what))
			return (e->entries[i].id);
	return (0);
}

static void
add_line(struct engine *e, const struct clock_pair *now,
    const struct conf_source *line)
{
	uint32_t id;

	switch (sources_add(e, now, line, &id)) {
	case SOURCES_OK:
		break;
	case SOURCES_KNOWN:
		/* a command added it, and the line takes it over */
		id = find_entry(e, line);
		if (id == 0 || sources_change(e, now, id, line) == -1)
			log_warnx("source %s: is there already", line->name);
		break;
	case SOURCES_FAMILY:
		log_warnx("source %s: not of the address family that was "
		    "asked for", line->name);
		break;
	default:
		log_warnx("source %s: too many sources", line->name);
		break;
	}
}

static void
change_line(struct engine *e, const struct clock_pair *now,
    const struct conf_source *old, const struct conf_source *line)
{
	uint32_t id;

	if (conf_source_is_equal(old, line))
		return;
	id = find_entry(e, old);
	if (id == 0)
		add_line(e, now, line);
	else
		(void)sources_change(e, now, id, line);
}

/*
 * First those that go: of lines that are equal but for the order, the last
 * ones.  Then those that stay and those that come.
 */
static int
change_sources(struct engine *e, const struct clock_pair *now,
    const struct conf *old, const struct conf *next)
{
	const struct conf_source *line;
	size_t i, k, *was;
	uint32_t id;
	char *used;

	used = calloc(old->nsources + 1, 1);
	was = calloc(next->nsources + 1, sizeof(*was));
	if (used == NULL || was == NULL) {
		free(used);
		free(was);
		return (-1);
	}
	for (i = 0; i < next->nsources; i++) {
		was[i] = find_line(old, used, &next->sources[i]);
		used[was[i]] = 1;
	}
	for (k = 0; k < old->nsources; k++) {
		id = used[k] ? 0 : find_entry(e, &old->sources[k]);
		if (id != 0)
			(void)sources_remove(e, id);
	}
	for (i = 0; i < next->nsources; i++) {
		line = &next->sources[i];
		if (was[i] < old->nsources)
			change_line(e, now, &old->sources[was[i]], line);
		else
			add_line(e, now, line);
	}
	free(used);
	free(was);
	return (0);
}

/* What a command changed stays, unless the configuration changes it, too. */
static void
change_settings(struct engine *e, const struct conf *old,
    const struct conf *next)
{
	struct discipline_conf was, is;

	discipline_settings(old, &was);
	discipline_settings(next, &is);
	discipline_change(&e->disc, &was, &is);
	if (memcmp(&old->local, &next->local, sizeof(old->local)) != 0)
		e->local = next->local;
	if (old->reselectdist_s != next->reselectdist_s)
		e->reselectdist_s = next->reselectdist_s;
	if (old->minsamples != next->minsamples ||
	    old->maxsamples != next->maxsamples)
		sources_limit(e);
	if (old->manual != next->manual)
		manual_enable(&e->manual, next->manual);
}

void
engine_reload(struct engine *e, const struct clock_pair *now,
    const struct conf *next, enum reload_kind kind, int serving)
{
	const struct conf *old = e->params.conf;
	int64_t drift_ns;

	e->params.conf = next;
	e->params.serving = serving;
	if (kind == RELOAD_ALL)
		change_settings(e, old, next);
	drift_ns = now->raw_ns + timens_from_s(next->drift_interval_s);
	if (e->drift_raw_ns > drift_ns)
		e->drift_raw_ns = drift_ns;
	if (change_sources(e, now, old, next) == -1)
		log_warn("the sources stay as they were");
	steer_select(e, now, NULL);
	if (e->started)
		steer_publish(e, now);
}
