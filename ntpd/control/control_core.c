/*
 * The thinking part of ntpd-control.  Runs on bytes from anybody who can reach
 * the command sockets; must never do I/O, keep state or believe a length.
 */
#include "ntpd/control/control_core.h"

#include <stddef.h>
#include <string.h>

#include "common/access.h"
#include "common/conf.h"

/*
 * Who carries a command out; which of `opencommands' lets it through UDP (0:
 * none does); what is answered here.
 */
static const struct control_route routes[] = {
	{ CANDM_REQ_ONLINE, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_OFFLINE, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_BURST, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_MODIFY_MINPOLL, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_MODIFY_MAXPOLL, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_DUMP, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_MODIFY_MAXDELAY, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_MODIFY_MAXDELAYRATIO, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_MODIFY_MAXUPDATESKEW, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_SETTIME, CONTROL_ENGINE, 1, 0, 0 },
	{ CANDM_REQ_MANUAL, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_N_SOURCES, CONTROL_ENGINE, 0, CONF_OPEN_SOURCES |
	    CONF_OPEN_SOURCESTATS | CONF_OPEN_SELECTDATA |
	    CONF_OPEN_AUTHDATA | CONF_OPEN_NTPDATA, 0 },
	{ CANDM_REQ_SOURCE_DATA, CONTROL_ENGINE, 0, CONF_OPEN_SOURCES |
	    CONF_OPEN_AUTHDATA | CONF_OPEN_NTPDATA, 0 },
	{ CANDM_REQ_REKEY, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_ALLOW, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_ALLOWALL, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_DENY, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_DENYALL, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_CMDALLOW, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_CMDALLOWALL, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_CMDDENY, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_CMDDENYALL, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_ACCHECK, CONTROL_SERVER, 0, 0, CANDM_STT_ACCESSDENIED },
	{ CANDM_REQ_CMDACCHECK, CONTROL_SELF, 0, 0, 0 },
	{ CANDM_REQ_DELETE, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_WRITERTC, CONTROL_SELF, 0, 0, CANDM_STT_NORTC },
	{ CANDM_REQ_DFREQ, CONTROL_ENGINE, 1, 0, 0 },
	{ CANDM_REQ_TRACKING, CONTROL_ENGINE, 0, CONF_OPEN_TRACKING, 0 },
	{ CANDM_REQ_SOURCESTATS, CONTROL_ENGINE, 0, CONF_OPEN_SOURCESTATS,
	    0 },
	{ CANDM_REQ_RTCREPORT, CONTROL_SELF, 0, CONF_OPEN_RTCDATA,
	    CANDM_STT_NORTC },
	{ CANDM_REQ_TRIMRTC, CONTROL_SELF, 0, 0, CANDM_STT_NORTC },
	{ CANDM_REQ_CYCLELOGS, CONTROL_CYCLELOGS, 0, 0, 0 },
	{ CANDM_REQ_MANUAL_LIST, CONTROL_ENGINE, 0, CONF_OPEN_MANUAL, 0 },
	{ CANDM_REQ_MANUAL_DELETE, CONTROL_ENGINE, 1, 0, 0 },
	{ CANDM_REQ_MAKESTEP, CONTROL_ENGINE, 1, 0, 0 },
	{ CANDM_REQ_ACTIVITY, CONTROL_ENGINE, 0, CONF_OPEN_ACTIVITY, 0 },
	{ CANDM_REQ_MODIFY_MINSTRATUM, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_MODIFY_POLLTARGET, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_MODIFY_MAXDELAYDEVRATIO, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_RESELECT, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_RESELECTDISTANCE, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_MODIFY_MAKESTEP, CONTROL_ENGINE, 1, 0, 0 },
	{ CANDM_REQ_SMOOTHING, CONTROL_SELF, 0, CONF_OPEN_SMOOTHING,
	    CANDM_STT_NOTENABLED },
	{ CANDM_REQ_SMOOTHTIME, CONTROL_SELF, 0, 0, CANDM_STT_NOTENABLED },
	{ CANDM_REQ_REFRESH, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_SERVER_STATS, CONTROL_SERVER, 0, CONF_OPEN_SERVERSTATS,
	    0 },
	{ CANDM_REQ_LOCAL2, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_NTP_DATA, CONTROL_ENGINE, 0, CONF_OPEN_NTPDATA, 0 },
	{ CANDM_REQ_SHUTDOWN, CONTROL_PARENT, 0, 0, 0 },
	{ CANDM_REQ_ONOFFLINE, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_ADD_SOURCE, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_NTP_SOURCE_NAME, CONTROL_ENGINE, 0,
	    CONF_OPEN_SOURCENAME, 0 },
	{ CANDM_REQ_RESET_SOURCES, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_AUTH_DATA, CONTROL_ENGINE, 0, CONF_OPEN_AUTHDATA, 0 },
	{ CANDM_REQ_CLIENTS, CONTROL_SERVER, 0, CONF_OPEN_CLIENTS,
	    CANDM_STT_INACTIVE },
	{ CANDM_REQ_SELECT_DATA, CONTROL_ENGINE, 0, CONF_OPEN_SELECTDATA,
	    0 },
	{ CANDM_REQ_RELOAD_SOURCES, CONTROL_RELOAD, 0, 0, 0 },
	{ CANDM_REQ_DOFFSET, CONTROL_ENGINE, 1, 0, 0 },
	{ CANDM_REQ_SELECTOPTS, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_OFFSET, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_LOCAL, CONTROL_ENGINE, 0, 0, 0 },
	{ CANDM_REQ_STATUS, CONTROL_ENGINE, 0, CONF_OPEN_TRACKING, 0 },
	{ CANDM_REQ_PEER, CONTROL_ENGINE, 0, CONF_OPEN_SOURCES, 0 },
	{ CANDM_REQ_HEALTH, CONTROL_ENGINE, 0, CONF_OPEN_TRACKING, 0 },
	{ CANDM_REQ_EXPLAIN, CONTROL_ENGINE, 0, CONF_OPEN_SOURCES, 0 },
	{ CANDM_REQ_RELOAD, CONTROL_RELOAD, 0, 0, 0 },
	{ CANDM_REQ_RELOAD_TEXT, CONTROL_RELOAD, 0, 0, 0 },
	{ CANDM_REQ_COUNTERS, CONTROL_SERVER, 0, CONF_OPEN_SERVERSTATS, 0 },
};

static const struct control_route *
route_find(uint16_t command)
{
	size_t	 i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (routes[i].command == command)
			return (&routes[i]);
	return (NULL);
}

int
control_core_is_loopback(const struct addr *a)
{
	static const uint8_t	loopback6[16] = { [15] = 1 };

	if (a->family == ADDR_INET)
		return (a->ip[0] == 127);
	return (a->family == ADDR_INET6 &&
	    memcmp(a->ip, loopback6, sizeof(loopback6)) == 0);
}

enum control_rights
control_core_udp(const struct access *acl, const struct addr *a)
{
	if (control_core_is_loopback(a) || access_allows(acl, a))
		return (CONTROL_MONITOR);
	return (CONTROL_NOBODY);
}

enum control_rights
control_core_unix(uint32_t uid, uint32_t own)
{
	return (uid == 0 || uid == own ? CONTROL_OWNER : CONTROL_READER);
}

/* /var/run is a link to /run; clients use either name. */
static const char *
path_without_var(const char *path)
{
	return (strncmp(path, "/var/run/", 9) == 0 ? path + 4 : path);
}

/* Every part of "/a/b" is there and leads down. */
static int
path_is_plain(const char *path)
{
	const char	*part;
	size_t		 len;

	if (*path != '/')
		return (0);
	for (part = path; *part == '/'; part += len) {
		part++;
		len = strcspn(part, "/");
		if (len == 0 || (len == 1 && part[0] == '.') ||
		    (len == 2 && part[0] == '.' && part[1] == '.'))
			return (0);
	}
	return (1);
}

int
control_core_path(const char *dir, int chrooted, const char *client,
    char to[MSG_PATH_MAX])
{
	const char	*inner, *from = client;
	size_t		 len;

	dir = path_without_var(dir);
	inner = path_without_var(client);
	len = strlen(dir);
	while (len > 0 && dir[len - 1] == '/')
		len--;
	if (len == 0 || strncmp(inner, dir, len) != 0)
		return (-1);
	inner += len;
	if (!path_is_plain(inner))
		return (-1);
	if (chrooted)
		from = inner;
	if ((len = strlen(from)) >= MSG_PATH_MAX)
		return (-1);
	memmove(to, from, len + 1);
	return (0);
}

static enum control_verdict
answer(struct control_job *job, enum candm_status status)
{
	job->status = status;
	return (CONTROL_ANSWER);
}

static int
is_permitted(const struct control_route *route, uint8_t class,
    enum control_rights rights, uint32_t open)
{
	if (rights >= CONTROL_OWNER)
		return (1);
	if (class == CANDM_WRITE)
		return (0);
	return (rights >= CONTROL_READER || (route->open & open) != 0);
}

void
control_core_command(const struct control_job *job, uint32_t id,
    struct msg_command *m)
{
	memset(m, 0, sizeof(*m));
	m->id = id;
	m->command = job->command;
	m->body = job->request.body;
}

enum control_verdict
control_core_request(const uint8_t *buf, size_t len,
    enum control_rights rights, uint32_t open, struct control_job *job)
{
	const struct candm_info	*info;
	struct candm_request	*r = &job->request;
	struct msg_command	 m;
	enum candm_status	 status;

	if (rights == CONTROL_NOBODY || len < CANDM_REPLY_HEADER ||
	    len > CANDM_REQUEST_MAX || candm_request_parse(buf, len, r) == -1)
		return (CONTROL_DROP);
	job->command = r->command;
	job->sequence = r->sequence;
	job->request_len = len;
	job->route = NULL;
	if (r->type != CANDM_TYPE_REQUEST || r->res1 != 0 || r->res2 != 0)
		return (CONTROL_DROP);
	if (r->version != CANDM_VERSION) {
		if (r->version < CANDM_VERSION_OLD)
			return (CONTROL_DROP);
		return (answer(job, CANDM_STT_BADPKTVERSION));
	}
	if ((info = candm_get_info(r->command)) == NULL ||
	    (job->route = route_find(r->command)) == NULL)
		return (answer(job, CANDM_STT_INVALID));
	/* older clients pad some requests less: their replies are shorter */
	job->number = candm_reply_number(r->command, len);
	if (job->number == 0)
		return (answer(job, CANDM_STT_BADPKTLENGTH));
	if (!is_permitted(job->route, info->class, rights, open))
		return (answer(job, CANDM_STT_UNAUTH));
	if ((status = candm_request_parse_body(buf, len, r)) !=
	    CANDM_STT_SUCCESS)
		return (answer(job, status));
	if (job->route->to == CONTROL_SELF &&
	    r->command != CANDM_REQ_CMDACCHECK)
		return (answer(job, job->route->status));
	/* a client cannot make us send what we would be ended for */
	control_core_command(job, 0, &m);
	if (msg_check_command(MSG_COMMAND, &m) != NULL &&
	    job->route->to != CONTROL_CYCLELOGS &&
	    job->route->to != CONTROL_RELOAD &&
	    job->route->to != CONTROL_SELF)
		return (answer(job, CANDM_STT_FAILED));
	return (CONTROL_FORWARD);
}

size_t
control_core_status(const struct control_job *job, unsigned status,
    uint8_t *buf)
{
	struct candm_reply	reply;

	memset(&reply, 0, sizeof(reply));
	reply.command = job->command;
	reply.number = CANDM_RPY_NULL;
	reply.status = status;
	reply.sequence = job->sequence;
	return (candm_reply_build(&reply, buf));
}

size_t
control_core_result(const struct control_job *job, unsigned status,
    uint8_t *buf)
{
	/* success alone is no report */
	if (status == CANDM_STT_SUCCESS && job->number != CANDM_RPY_NULL)
		status = CANDM_STT_FAILED;
	return (control_core_status(job, status, buf));
}

size_t
control_core_report(const struct control_job *job,
    const struct msg_report *report, uint8_t *buf)
{
	struct candm_reply	 reply;
	size_t			 len;

	if (report->number != candm_get_info(job->command)->number)
		return (control_core_status(job, CANDM_STT_FAILED, buf));
	memset(&reply, 0, sizeof(reply));
	reply.command = job->command;
	reply.number = job->number;
	reply.sequence = job->sequence;
	reply.body = report->body;
	len = candm_reply_build(&reply, buf);
	return (len > job->request_len ? 0 : len);
}
