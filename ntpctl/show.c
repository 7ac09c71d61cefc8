/*
 * OpenNTPD's reports from our own requests, or from chrony's where the daemon
 * is chronyd.  Used by ntpctl.
 */
#include "ntpctl/show.h"

#include <limits.h>
#include <string.h>

#include "common/addr.h"
#include "ntpctl/output_openntpd.h"

#define TRUST_START	2	/* OpenNTPD's level before the first reply */

struct show {
	uint32_t	nsources;
	int		own;		/* the daemon knows our requests */
	struct report_status status;
};

enum show_what
show_parse(const char *word)
{
	static const struct {
		const char	*word;
		enum show_what	 what;
	} words[] = {
		{ "all", SHOW_ALL },
		{ "peers", SHOW_PEERS },
		{ "Sensors", SHOW_SENSORS },
		{ "status", SHOW_STATUS },
	};
	enum show_what	what = SHOW_UNKNOWN;
	size_t		i, len = strlen(word);

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(words[i].word, word, len) != 0)
			continue;
		if (words[i].word[len] == '\0')
			return (words[i].what);
		what = what == SHOW_UNKNOWN ? words[i].what : SHOW_AMBIGUOUS;
	}
	return (what);
}

/* Whether a source has a say in the time, as far as chrony's reports tell. */
static int
is_valid(const struct report_source *r)
{
	return (r->reach != 0 && (r->state == REPORT_STATE_SELECTED ||
	    r->state == REPORT_STATE_COMBINED ||
	    r->state == REPORT_STATE_SELECTABLE));
}

static unsigned
count_bits(unsigned reach)
{
	unsigned	 n = 0;

	for (reach &= 0xff; reach != 0; reach &= reach - 1)
		n++;
	return (n);
}

static int32_t
poll_seconds(int poll_log2)
{
	if (poll_log2 <= 0)
		return (1);
	return (poll_log2 > 30 ? INT_MAX : 1 << poll_log2);
}

static int32_t
next_seconds(int32_t poll_s, uint32_t since_s)
{
	if (since_s == REPORT_NEVER || since_s > (uint32_t)poll_s)
		return (0);
	return (poll_s - (int32_t)since_s);
}

static int
ask_source(struct ctl *ctl, uint32_t index, struct report_source *r)
{
	struct candm_reply	reply;

	if (ctl_ask_index(ctl, CANDM_REQ_SOURCE_DATA, index,
	    CANDM_RPY_SOURCE_DATA, &reply) == -1)
		return (-1);
	*r = reply.body.source;
	return (0);
}

/* The status of a chronyd. */
static int
compose_status(struct ctl *ctl, struct show *show)
{
	struct report_status	*s = &show->status;
	struct report_source	 r;
	struct candm_reply	 reply;
	uint32_t		 i;

	if (ctl_ask_command(ctl, CANDM_REQ_TRACKING, CANDM_RPY_TRACKING,
	    &reply) == -1)
		return (-1);
	memset(s, 0, sizeof(*s));
	s->synced = reply.body.tracking.leap != REPORT_LEAP_UNSYNC;
	s->stratum = reply.body.tracking.stratum;
	s->offset_s = reply.body.tracking.correction_s;
	for (i = 0; i < show->nsources; i++) {
		if (ask_source(ctl, i, &r) == -1)
			return (-1);
		if (r.mode == REPORT_MODE_REFCLOCK) {
			s->sensors++;
			s->sensors_valid += is_valid(&r);
		} else {
			s->peers++;
			s->peers_valid += is_valid(&r);
		}
	}
	return (0);
}

/* A row of the peers from chrony's reports. */
static int
compose_peer(struct ctl *ctl, uint32_t index, const struct report_source *r,
    struct report_peer *p)
{
	struct candm_request	request;
	struct candm_reply	reply;
	int			result;

	memset(p, 0, sizeof(*p));
	p->addr = r->addr;
	p->selected = r->state == REPORT_STATE_SELECTED;
	p->weight = 1;
	p->trust = TRUST_START + count_bits(r->reach);
	p->stratum = r->stratum;
	p->poll_s = poll_seconds(r->poll_log2);
	p->next_s = next_seconds(p->poll_s, r->since_sample_s);
	p->valid = is_valid(r);
	p->offset_s = r->offset_s;
	p->delay_s = 2 * r->error_s;
	if (ctl_ask_index(ctl, CANDM_REQ_SOURCESTATS, index,
	    CANDM_RPY_SOURCESTATS, &reply) == -1)
		return (-1);
	p->jitter_s = reply.body.sourcestats.sd_s;
	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_NTP_SOURCE_NAME;
	request.body.source.addr = r->addr;
	request.body.source.id = r->id;
	result = ctl_try(ctl, &request, CANDM_RPY_NTP_SOURCE_NAME, &reply);
	if (result == -1)
		return (-1);
	if (result == 0)
		strlcpy(p->name, reply.body.name.name, sizeof(p->name));
	else
		addr_format(&p->addr, p->name, sizeof(p->name));
	return (0);
}

/* One source as a peer: 0 good, 1 it is no peer, -1 after saying why. */
static int
get_peer(struct ctl *ctl, const struct show *show, uint32_t index,
    struct report_peer *p)
{
	struct report_source	r;
	struct candm_reply	reply;

	if (show->own) {
		if (ctl_ask_index(ctl, CANDM_REQ_PEER, index, CANDM_RPY_PEER,
		    &reply) == -1)
			return (-1);
		*p = reply.body.peer;
		return (0);
	}
	if (ask_source(ctl, index, &r) == -1)
		return (-1);
	if (r.mode == REPORT_MODE_REFCLOCK)
		return (1);
	return (compose_peer(ctl, index, &r, p));
}

/* Fills in show: 0, or -1 after saying why. */
static int
begin(struct ctl *ctl, struct show *show)
{
	struct candm_request	request;
	struct candm_reply	reply;

	if (ctl_ask_command(ctl, CANDM_REQ_N_SOURCES, CANDM_RPY_N_SOURCES,
	    &reply) == -1)
		return (-1);
	show->nsources = reply.body.count;
	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_STATUS;
	switch (ctl_try(ctl, &request, CANDM_RPY_STATUS, &reply)) {
	case 0:
		show->own = 1;
		show->status = reply.body.status;
		return (0);
	case 1:
		show->own = 0;
		if (reply.status == CANDM_STT_INVALID)
			return (compose_status(ctl, show));
		output_status(&ctl->out, &ctl->style,
		    ctl_status_text(reply.status));
	}
	return (-1);
}

static int
show_peers(struct ctl *ctl, const struct show *show, int all)
{
	struct report_peer	peer;
	uint32_t		i;
	int			result, any = 0;

	for (i = 0; i < show->nsources; i++) {
		if ((result = get_peer(ctl, show, i, &peer)) == -1)
			return (-1);
		if (result == 1)
			continue;
		if (!any++) {
			text_fill(&ctl->out, '\n', all);
			openntpd_peers_head(&ctl->out);
		}
		openntpd_peer(&ctl->out, &peer);
	}
	if (!any && !all)
		text_add(&ctl->out, "no peers configured\n");
	return (0);
}

static int
show_sensors(struct ctl *ctl, const struct show *show, int all)
{
	struct openntpd_sensor	sensor;
	struct report_source	r;
	uint32_t		i;
	int			any = 0;

	for (i = 0; i < show->nsources; i++) {
		if (ask_source(ctl, i, &r) == -1)
			return (-1);
		if (r.mode != REPORT_MODE_REFCLOCK)
			continue;
		if (!any++) {
			text_fill(&ctl->out, '\n', all);
			openntpd_sensors_head(&ctl->out);
		}
		memset(&sensor, 0, sizeof(sensor));
		sensor.refid = r.refid;
		sensor.selected = r.state == REPORT_STATE_SELECTED;
		sensor.good = count_bits(r.reach);
		sensor.stratum = r.stratum;
		sensor.valid = is_valid(&r);
		sensor.poll_s = poll_seconds(r.poll_log2);
		sensor.next_s = next_seconds(sensor.poll_s,
		    r.since_sample_s);
		sensor.offset_s = r.offset_s;
		openntpd_sensor(&ctl->out, &sensor);
	}
	if (!any && !all)
		text_add(&ctl->out, "no sensors configured\n");
	return (0);
}

int
show_run(struct ctl *ctl, enum show_what what)
{
	struct show	show;
	int		all = what == SHOW_ALL;

	if (begin(ctl, &show) == -1)
		return (-1);
	if (all || what == SHOW_STATUS)
		openntpd_status(&ctl->out, &show.status);
	if ((all || what == SHOW_PEERS) &&
	    show_peers(ctl, &show, all) == -1)
		return (-1);
	if ((all || what == SHOW_SENSORS) &&
	    show_sensors(ctl, &show, all) == -1)
		return (-1);
	return (0);
}
