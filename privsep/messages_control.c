/*
 * The check of the bodies of commands and reports that cross a process
 * boundary.  Runs in every process that gets one; pure.  A number that has no
 * row cannot be sent.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "privsep/messages.h"

/* Reports are shown, not used: any number that can be printed in a table. */
#define CHECK_REPORT	1e15
#define CHECK_VALUE	1e20	/* what a float of the protocol can hold */
#define CHECK_POLL_LOG2	32
#define CHECK_POLL_S	(1 << 26)
#define CHECK_STRATUM	16
#define CHECK_OPTIONS	0xfu

typedef const char *(*body_check_fn)(const void *body);

struct body_check {
	uint32_t	number;
	body_check_fn	fn;		/* NULL: the body does not count */
};

static int
is_report(double v)
{
	return (isfinite(v) && fabs(v) <= CHECK_REPORT);
}

static int
are_reports(const double *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_report(v[i]))
			return (0);
	return (1);
}

static int
is_value(double v)
{
	return (isfinite(v) && fabs(v) <= CHECK_VALUE);
}

/* Graphic characters and bytes above ASCII, so no blanks or controls. */
static int
is_word(const char *s, size_t size)
{
	size_t i;

	if (memchr(s, '\0', size) == NULL)
		return (0);
	for (i = 0; s[i] != '\0'; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return (0);
	return (1);
}

/* ---- commands ---------------------------------------------------------- */

static const char *
command_option(const void *body)
{
	const union candm_request_body *b = body;

	return (b->option > CANDM_MANUAL_RESET ? "bad option" : NULL);
}

static const char *
command_value(const void *body)
{
	const union candm_request_body *b = body;

	return (is_value(b->value) ? NULL : "bad value");
}

static const char *
command_source(const void *body)
{
	const union candm_request_body *b = body;

	return (addr_is_valid(&b->source.addr) ? NULL : "bad address");
}

static const char *
command_mask(const void *body)
{
	const struct candm_mask *m = body;

	if (!addr_is_valid(&m->source.addr) || !addr_is_valid(&m->mask))
		return ("bad address");
	if (m->mask.family != ADDR_NONE &&
	    m->mask.family != m->source.addr.family)
		return ("bad mask");
	return (NULL);
}

static const char *
command_burst(const void *body)
{
	const struct candm_burst *b = body;

	if (b->good > UINT16_MAX || b->total > UINT16_MAX)
		return ("bad burst");
	return (command_mask(&b->which));
}

static const char *
command_real_of(const void *body)
{
	const struct candm_real_of *b = body;

	return (is_value(b->value) ? command_source(body) : "bad value");
}

static const char *
command_makestep(const void *body)
{
	const struct candm_makestep *b = body;

	return (is_value(b->threshold_s) && b->threshold_s >= 0 ? NULL :
	    "bad threshold");
}

static const char *
command_subnet(const void *body)
{
	const union candm_request_body *b = body;

	return (subnet_is_valid(&b->subnet) ? NULL : "bad subnet");
}

static const char *
command_add(const void *body)
{
	const struct candm_add *b = body;
	const double values[] = {
		b->max_delay_s, b->max_delay_ratio, b->max_delay_dev_ratio,
		b->max_delay_quant, b->min_delay_s, b->asymmetry, b->offset_s
	};
	size_t i;

	if (b->type < CANDM_ADD_SERVER || b->type > CANDM_ADD_POOL)
		return ("bad type");
	if (!is_word(b->name, sizeof(b->name)) || b->name[0] == '\0')
		return ("bad name");
	if (b->port > UINT16_MAX || b->nts_port > UINT16_MAX)
		return ("bad port");
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (!is_value(values[i]))
			return ("bad value");
	return (NULL);
}

static const char *
command_selectopts(const void *body)
{
	const struct candm_selectopts *b = body;

	if (b->mask > CHECK_OPTIONS || b->options > CHECK_OPTIONS)
		return ("bad options");
	return (command_source(body));
}

static const char *
command_offset(const void *body)
{
	const struct candm_offset *b = body;

	return (is_value(b->offset_s) ? command_source(body) : "bad offset");
}

static const char *
command_local(const void *body)
{
	const struct candm_local *b = body;

	if (b->on && (b->stratum < 1 || b->stratum > 15))
		return ("bad stratum");
	if (!is_value(b->distance_s) || !is_value(b->activate_s) ||
	    !is_value(b->wait_synced_s) || !is_value(b->wait_unsynced_s))
		return ("bad value");
	return (NULL);
}

static const struct body_check command_checks[] = {
	{ CANDM_REQ_ONLINE,			command_mask },
	{ CANDM_REQ_OFFLINE,			command_mask },
	{ CANDM_REQ_BURST,			command_burst },
	{ CANDM_REQ_MODIFY_MINPOLL,		command_source },
	{ CANDM_REQ_MODIFY_MAXPOLL,		command_source },
	{ CANDM_REQ_DUMP,			NULL },
	{ CANDM_REQ_MODIFY_MAXDELAY,		command_real_of },
	{ CANDM_REQ_MODIFY_MAXDELAYRATIO,	command_real_of },
	{ CANDM_REQ_MODIFY_MAXUPDATESKEW,	command_value },
	{ CANDM_REQ_SETTIME,			NULL },
	{ CANDM_REQ_MANUAL,			command_option },
	{ CANDM_REQ_N_SOURCES,			NULL },
	{ CANDM_REQ_SOURCE_DATA,		NULL },
	{ CANDM_REQ_REKEY,			NULL },
	{ CANDM_REQ_ALLOW,			command_subnet },
	{ CANDM_REQ_ALLOWALL,			command_subnet },
	{ CANDM_REQ_DENY,			command_subnet },
	{ CANDM_REQ_DENYALL,			command_subnet },
	{ CANDM_REQ_CMDALLOW,			command_subnet },
	{ CANDM_REQ_CMDALLOWALL,		command_subnet },
	{ CANDM_REQ_CMDDENY,			command_subnet },
	{ CANDM_REQ_CMDDENYALL,			command_subnet },
	{ CANDM_REQ_ACCHECK,			command_source },
	{ CANDM_REQ_DELETE,			command_source },
	{ CANDM_REQ_DFREQ,			command_value },
	{ CANDM_REQ_TRACKING,			NULL },
	{ CANDM_REQ_SOURCESTATS,		NULL },
	{ CANDM_REQ_MANUAL_LIST,		NULL },
	{ CANDM_REQ_MANUAL_DELETE,		NULL },
	{ CANDM_REQ_MAKESTEP,			NULL },
	{ CANDM_REQ_ACTIVITY,			NULL },
	{ CANDM_REQ_MODIFY_MINSTRATUM,		command_source },
	{ CANDM_REQ_MODIFY_POLLTARGET,		command_source },
	{ CANDM_REQ_MODIFY_MAXDELAYDEVRATIO,	command_real_of },
	{ CANDM_REQ_RESELECT,			NULL },
	{ CANDM_REQ_RESELECTDISTANCE,		command_value },
	{ CANDM_REQ_MODIFY_MAKESTEP,		command_makestep },
	{ CANDM_REQ_REFRESH,			NULL },
	{ CANDM_REQ_SERVER_STATS,		NULL },
	{ CANDM_REQ_LOCAL2,			command_local },
	{ CANDM_REQ_NTP_DATA,			command_source },
	{ CANDM_REQ_SHUTDOWN,			NULL },
	{ CANDM_REQ_ONOFFLINE,			NULL },
	{ CANDM_REQ_ADD_SOURCE,			command_add },
	{ CANDM_REQ_NTP_SOURCE_NAME,		command_source },
	{ CANDM_REQ_RESET_SOURCES,		NULL },
	{ CANDM_REQ_AUTH_DATA,			command_source },
	{ CANDM_REQ_CLIENTS,			NULL },
	{ CANDM_REQ_SELECT_DATA,		NULL },
	{ CANDM_REQ_DOFFSET,			command_value },
	{ CANDM_REQ_SELECTOPTS,			command_selectopts },
	{ CANDM_REQ_OFFSET,			command_offset },
	{ CANDM_REQ_LOCAL,			command_local },
	{ CANDM_REQ_STATUS,			NULL },
	{ CANDM_REQ_PEER,			NULL },
	{ CANDM_REQ_HEALTH,			NULL },
	{ CANDM_REQ_EXPLAIN,			NULL },
	{ CANDM_REQ_COUNTERS,			NULL },
};

/* ---- reports ----------------------------------------------------------- */

static const char *
report_count(const void *body)
{
	const union candm_reply_body *b = body;

	return (b->count > MSG_SOURCES ? "bad number of sources" : NULL);
}

static const char *
report_tracking(const void *body)
{
	const struct report_tracking *r = body;

	if (!addr_is_valid(&r->addr))
		return ("bad address");
	if (r->stratum > CHECK_STRATUM)
		return ("bad stratum");
	if (r->leap > REPORT_LEAP_UNSYNC)
		return ("bad leap");
	if (r->ref_time_ns < 0)
		return ("bad reference time");
	if (!is_report(r->correction_s) || !is_report(r->last_offset_s) ||
	    !is_report(r->rms_offset_s) || r->rms_offset_s < 0)
		return ("bad offset");
	if (!is_report(r->freq_ppm) || !is_report(r->resid_freq_ppm) ||
	    !is_report(r->skew_ppm) || r->skew_ppm < 0)
		return ("bad frequency");
	if (!is_report(r->root_delay_s) || !is_report(r->root_disp_s) ||
	    !is_report(r->update_interval_s) || r->update_interval_s < 0)
		return ("bad span");
	return (NULL);
}

static const char *
report_source(const void *body)
{
	const struct report_source *r = body;

	if (!addr_is_valid(&r->addr))
		return ("bad address");
	if (r->poll_log2 < -CHECK_POLL_LOG2 || r->poll_log2 > CHECK_POLL_LOG2)
		return ("bad poll");
	if (r->stratum > CHECK_STRATUM)
		return ("bad stratum");
	if (r->state > REPORT_STATE_SELECTABLE)
		return ("bad state");
	if (r->mode > REPORT_MODE_REFCLOCK)
		return ("bad mode");
	if (r->reach > 0xff)
		return ("bad reach");
	if (!is_report(r->orig_offset_s) || !is_report(r->offset_s) ||
	    !is_report(r->error_s))
		return ("bad offset");
	return (NULL);
}

static const char *
report_sourcestats(const void *body)
{
	const struct report_sourcestats *r = body;

	if (!addr_is_valid(&r->addr))
		return ("bad address");
	if (r->n_samples > MSG_SOURCES || r->n_runs > MSG_SOURCES)
		return ("bad number of samples");
	if (!is_report(r->sd_s) || r->sd_s < 0 || !is_report(r->skew_ppm) ||
	    r->skew_ppm < 0)
		return ("bad deviation");
	if (!is_report(r->resid_freq_ppm) || !is_report(r->offset_s) ||
	    !is_report(r->offset_err_s))
		return ("bad offset");
	return (NULL);
}

static const char *
report_activity(const void *body)
{
	const struct report_activity *r = body;

	if (r->online > MSG_SOURCES || r->offline > MSG_SOURCES ||
	    r->burst_online > MSG_SOURCES || r->burst_offline > MSG_SOURCES ||
	    r->unresolved > MSG_SOURCES)
		return ("bad number of sources");
	return (NULL);
}

static const char *
report_name(const void *body)
{
	const struct report_name *r = body;

	return (is_word(r->name, sizeof(r->name)) ? NULL : "bad name");
}

static const char *
report_authdata(const void *body)
{
	const struct report_authdata *r = body;

	return (r->mode > REPORT_AUTH_NTS ? "bad mode" : NULL);
}

static const char *
report_clients(const void *body)
{
	const struct report_clients *r = body;
	uint32_t i;

	if (r->count > REPORT_CLIENTS)
		return ("bad count");
	for (i = 0; i < r->count; i++)
		if (!addr_is_valid(&r->client[i].addr))
			return ("bad address");
	return (NULL);
}

static const char *
report_selectdata(const void *body)
{
	const struct report_selectdata *r = body;

	if (!addr_is_valid(&r->addr))
		return ("bad address");
	if (r->state <= ' ' || r->state >= 0x7f)
		return ("bad state");
	if (r->authenticated > 1 || r->leap > REPORT_LEAP_UNSYNC ||
	    r->conf_options > CHECK_OPTIONS || r->eff_options > CHECK_OPTIONS)
		return ("bad flag");
	if (!is_report(r->score) || !is_report(r->offset_lo_s) ||
	    !is_report(r->offset_hi_s))
		return ("bad offset");
	return (NULL);
}

static const char *
report_ntpdata(const void *body)
{
	const struct report_ntpdata *r = body;
	const double values[] = {
		r->root_delay_s, r->root_disp_s, r->offset_s, r->delay_s,
		r->disp_s, r->response_s, r->jitter_asymmetry
	};

	if (!addr_is_valid(&r->remote) || !addr_is_valid(&r->local))
		return ("bad address");
	if (r->leap > REPORT_LEAP_UNSYNC || r->version > 7 || r->mode > 7 ||
	    r->interleaved > 1 || r->authenticated > 1 ||
	    r->tests > REPORT_TEST_ALL)
		return ("bad flag");
	if (!are_reports(values, sizeof(values) / sizeof(values[0])))
		return ("bad offset");
	return (NULL);
}

static const char *
report_manual(const void *body)
{
	const struct report_manual *r = body;

	if (!is_report(r->offset_s) || !is_report(r->freq_change_ppm) ||
	    !is_report(r->freq_ppm))
		return ("bad offset");
	return (NULL);
}

static const char *
report_manual_list(const void *body)
{
	const struct report_manual_list *r = body;
	uint32_t i;

	if (r->count > REPORT_MANUAL_SAMPLES)
		return ("bad count");
	for (i = 0; i < r->count; i++)
		if (!is_report(r->sample[i].slewed_offset_s) ||
		    !is_report(r->sample[i].orig_offset_s) ||
		    !is_report(r->sample[i].residual_s))
			return ("bad offset");
	return (NULL);
}

static const char *
report_status(const void *body)
{
	const struct report_status *r = body;

	if (r->peers > MSG_SOURCES || r->peers_valid > r->peers ||
	    r->sensors > MSG_SOURCES || r->sensors_valid > r->sensors)
		return ("bad number of sources");
	if (r->synced > 1)
		return ("bad flag");
	if (r->stratum > CHECK_STRATUM)
		return ("bad stratum");
	return (is_report(r->offset_s) ? NULL : "bad offset");
}

static const char *
report_peer(const void *body)
{
	const struct report_peer *r = body;

	if (!addr_is_valid(&r->addr))
		return ("bad address");
	if (r->selected > 1 || r->valid > 1 || r->from_pool > 1)
		return ("bad flag");
	if (r->weight > 10 || r->trust > 10)
		return ("bad weight or trust");
	if (r->stratum > CHECK_STRATUM)
		return ("bad stratum");
	if (r->next_s < -CHECK_POLL_S || r->next_s > CHECK_POLL_S ||
	    r->poll_s < 0 || r->poll_s > CHECK_POLL_S)
		return ("bad poll");
	if (!is_report(r->offset_s) || !is_report(r->delay_s) ||
	    !is_report(r->jitter_s))
		return ("bad offset");
	return (is_word(r->name, sizeof(r->name)) ? NULL : "bad name");
}

static const char *
report_health(const void *body)
{
	const struct report_health *r = body;
	const double values[] = {
		r->offset_s, r->error_s, r->root_delay_s, r->freq_ppm,
		r->skew_ppm, r->step_s
	};

	if (!addr_is_valid(&r->addr))
		return ("bad address");
	if (r->state >= REPORT_HEALTH_COUNT ||
	    r->reason >= REPORT_REASON_COUNT || r->untouched > 1 ||
	    r->leap > REPORT_LEAP_UNSYNC || r->stratum > CHECK_STRATUM)
		return ("bad state");
	if (!are_reports(values, sizeof(values) / sizeof(values[0])) ||
	    r->error_s < 0)
		return ("bad offset");
	return (is_word(r->name, sizeof(r->name)) ? NULL : "bad name");
}

static const char *
report_explain(const void *body)
{
	const struct report_explain *r = body;
	const double values[] = {
		r->value_s, r->limit_s, r->offset_s, r->error_s, r->delay_s,
		r->jitter_s
	};

	if (!addr_is_valid(&r->addr))
		return ("bad address");
	if (r->letter <= ' ' || r->letter >= 0x7f ||
	    r->mode > REPORT_MODE_REFCLOCK || r->stratum > CHECK_STRATUM ||
	    r->reason >= REPORT_REASON_COUNT || r->reach > 0xff ||
	    r->tests > REPORT_TEST_ALL)
		return ("bad state");
	if (!are_reports(values, sizeof(values) / sizeof(values[0])))
		return ("bad offset");
	return (is_word(r->name, sizeof(r->name)) ? NULL : "bad name");
}

static const struct body_check report_checks[] = {
	{ CANDM_RPY_N_SOURCES,		report_count },
	{ CANDM_RPY_SOURCE_DATA,	report_source },
	{ CANDM_RPY_TRACKING,		report_tracking },
	{ CANDM_RPY_SOURCESTATS,	report_sourcestats },
	{ CANDM_RPY_ACTIVITY,		report_activity },
	{ CANDM_RPY_MANUAL_TIMESTAMP,	report_manual },
	{ CANDM_RPY_MANUAL_LIST,	report_manual_list },
	{ CANDM_RPY_NTP_SOURCE_NAME,	report_name },
	{ CANDM_RPY_AUTH_DATA,		report_authdata },
	{ CANDM_RPY_CLIENTS,		report_clients },
	{ CANDM_RPY_SELECT_DATA,	report_selectdata },
	{ CANDM_RPY_SERVER_STATS4,	NULL },
	{ CANDM_RPY_NTP_DATA2,		report_ntpdata },
	{ CANDM_RPY_STATUS,		report_status },
	{ CANDM_RPY_PEER,		report_peer },
	{ CANDM_RPY_HEALTH,		report_health },
	{ CANDM_RPY_EXPLAIN,		report_explain },
	{ CANDM_RPY_COUNTERS,		NULL },
};

static const char *
body_check(const struct body_check *checks, size_t n, uint32_t number,
    const void *body)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (checks[i].number == number)
			return (checks[i].fn != NULL ? checks[i].fn(body) :
			    NULL);
	return ("unknown number");
}

const char *
msg_check_command(uint32_t type, const void *payload)
{
	const struct msg_command *m = payload;

	(void)type;
	return (body_check(command_checks, sizeof(command_checks) /
	    sizeof(command_checks[0]), m->command, &m->body));
}

const char *
msg_check_report(uint32_t type, const void *payload)
{
	const struct msg_report *m = payload;

	(void)type;
	return (body_check(report_checks, sizeof(report_checks) /
	    sizeof(report_checks[0]), m->number, &m->body));
}
