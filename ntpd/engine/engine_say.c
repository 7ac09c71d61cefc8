/*
 * Lines of the log about sources.  Engine core: pure.  It must never write a
 * line for a packet: only for what is no longer as the log has it.
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/timens.h"
#include "ntpd/engine/engine_say.h"

#define SILENT		8	/* requests in a row without an answer */

int
engine_say_allow(struct engine_say_limit *l, int64_t raw_ns)
{
	if (l->full_ns < raw_ns)
		l->full_ns = raw_ns;
	if (l->full_ns - raw_ns > (ENGINE_SAY_BURST - 1) * ENGINE_SAY_NS) {
		l->muted++;
		return (0);
	}
	l->full_ns += ENGINE_SAY_NS;
	return (1);
}

/* "", or how much was not told before this line. */
static const char *
muted_text(struct engine_say_limit *l, char *buf, size_t len)
{
	buf[0] = '\0';
	if (l->muted > 0)
		snprintf(buf, len, " (after changes that were too many to be "
		    "told)");
	l->muted = 0;
	return (buf);
}

void
engine_say_reach(struct engine *e, const struct clock_pair *now,
    struct source *s)
{
	struct entry *en = &e->entries[s->entry];
	char name[ENGINE_NAME_MAX], muted[64];
	struct engine_say_limit *limit;
	uint8_t silent;

	/* those of a name take each other's place while nobody answers */
	limit = en->literal ? &s->said.limit : &en->said;
	silent = s->a.reach == 0 && s->a.unanswered >= SILENT;
	/* between the two it is as the log has it */
	if (silent == s->said.silent || (!silent && s->a.unanswered > 0) ||
	    !engine_say_allow(limit, now->raw_ns))
		return;
	s->said.silent = silent;
	engine_source_name(e, s, name, sizeof(name));
	muted_text(limit, muted, sizeof(muted));
	if (silent)
		log_warnx("No reply from %s: %u requests unanswered%s", name,
		    s->a.unanswered, muted);
	else
		log_info("%s answers again%s", name, muted);
}

void
engine_say_kiss(struct engine *e, const struct clock_pair *now,
    struct source *s, const uint8_t *packet)
{
	char name[ENGINE_NAME_MAX], muted[64];

	if (s->said.kissed ||
	    !engine_say_allow(&s->said.limit, now->raw_ns))
		return;
	s->said.kissed = 1;
	/* only codes that association.c knows come here */
	log_warnx("Received KoD %.4s from %s: next request in %lld s%s",
	    (const char *)packet + 12,
	    engine_source_name(e, s, name, sizeof(name)),
	    (long long)((s->a.next_raw_ns - now->raw_ns) / NS_PER_SEC),
	    muted_text(&s->said.limit, muted, sizeof(muted)));
}

/* How the log should have it; as it is where nothing can be told. */
static enum source_standing
standing_of(const struct source *s, const struct select_result *r)
{
	if (s->a.reach == 0 || s->a.est.count == 0 || !s->a.online)
		return (s->said.standing);
	switch (s->state) {
	case SELECT_NO_SAMPLES:
	case SELECT_NOSELECT:
	case SELECT_EARLY:
	case SELECT_STALE:
		return (s->said.standing);
	case SELECT_UNSYNC:
		return (STANDING_UNSYNC);
	case SELECT_STRATUM:
	case SELECT_ORPHAN:
		return (STANDING_STRATUM);
	case SELECT_UNTRUSTED:
		return (STANDING_UNTRUSTED);
	case SELECT_DISTANT:
		return (STANDING_DISTANT);
	case SELECT_JITTERY:
		return (STANDING_JITTERY);
	case SELECT_FALSETICKER:
		/* without a majority nobody knows who is wrong */
		return (r->selectable > 0 ? STANDING_FALSETICKER :
		    s->said.standing);
	default:
		return (STANDING_GOOD);
	}
}

static void
say_standing(struct engine *e, const struct clock_pair *now, struct source *s,
    const struct select_result *r)
{
	enum source_standing standing = standing_of(s, r);
	char name[ENGINE_NAME_MAX], muted[64];
	enum source_standing was = s->said.standing;

	if (standing == was ||
	    !engine_say_allow(&s->said.limit, now->raw_ns))
		return;
	s->said.standing = standing;
	engine_source_name(e, s, name, sizeof(name));
	muted_text(&s->said.limit, muted, sizeof(muted));
	switch (standing) {
	case STANDING_FALSETICKER:
		log_warnx("Detected falseticker %s%s", name, muted);
		break;
	case STANDING_DISTANT:
		log_warnx("Source %s is not used: its root distance of %.3g s "
		    "is too large%s", name, s->sel.distance_s, muted);
		break;
	case STANDING_JITTERY:
		log_warnx("Source %s is not used: its jitter of %.3g s is too "
		    "large%s", name, s->sel.jitter_s, muted);
		break;
	case STANDING_UNSYNC:
		log_warnx("Source %s is not used: it says that it is not "
		    "synchronised%s", name, muted);
		break;
	case STANDING_STRATUM:
		log_warnx("Source %s is not used: its stratum of %u is not "
		    "allowed%s", name, s->sel.stratum, muted);
		break;
	case STANDING_UNTRUSTED:
		log_warnx("Source %s is not used: it does not agree with the "
		    "trusted ones%s", name, muted);
		break;
	case STANDING_GOOD:
		log_info("Source %s %s again%s", name,
		    was == STANDING_FALSETICKER ? "agrees with the others" :
		    "is good", muted);
		break;
	}
}

static void
say_nothing_selected(struct engine *e, const struct clock_pair *now,
    const struct select_result *r)
{
	unsigned silent = 0;
	const char *why;
	size_t i;

	/* at the start nobody has been asked yet */
	if (e->no_source_logged ||
	    (e->last_selected == 0 && r->falsetickers == 0) ||
	    !engine_say_allow(&e->said_selected, now->raw_ns))
		return;
	e->no_source_logged = 1;
	e->last_selected = 0;
	for (i = 0; i < e->nsources; i++)
		silent += e->sources[i]->a.reach == 0;
	if (r->selectable > 0)
		why = "not enough selectable sources";
	else if (r->falsetickers > 0)
		why = "no majority";
	else
		why = "no selectable sources";
	log_warnx("Can't synchronise: %s (%zu in all, %u do not answer, %u "
	    "disagree)", why, e->nsources, silent, r->falsetickers);
}

void
engine_say_selection(struct engine *e, const struct clock_pair *now,
    const struct select_result *r, const struct source *sel)
{
	char name[ENGINE_NAME_MAX], muted[64];
	size_t i;

	for (i = 0; i < e->nsources; i++)
		say_standing(e, now, e->sources[i], r);
	if (sel == NULL) {
		say_nothing_selected(e, now, r);
		return;
	}
	e->no_source_logged = 0;
	if (sel->id == e->last_selected ||
	    !engine_say_allow(&e->said_selected, now->raw_ns))
		return;
	e->last_selected = sel->id;
	log_info("Selected source %s%s",
	    engine_source_name(e, sel, name, sizeof(name)),
	    muted_text(&e->said_selected, muted, sizeof(muted)));
}
