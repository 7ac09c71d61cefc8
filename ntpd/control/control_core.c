/*
 * The thinking part of ntpd-control.  Runs on bytes from anybody who can reach
 * the command sockets; must never do I/O, keep state or believe a length.
 */
#include "ntpd/control/control_core.h"

#include <stddef.h>
#include <string.h>

#include "common/access.h"

enum ask_kind {
	ASK_PLAIN,			/* struct msg_id */
	ASK_INDEX,			/* struct msg_ask */
	ASK_ADDR			/* struct msg_askaddr */
};

/* A command that this build does: what is asked and what comes back. */
struct control_action {
	uint16_t	command;
	uint16_t	number;		/* of the good reply */
	uint8_t		kind;		/* enum ask_kind */
	uint8_t		step;		/* the parent hears of it */
	uint16_t	ask;		/* enum msg_type */
	uint16_t	tell;		/* the good answer */
	uint16_t	offset;		/* of the report in its payload */
	uint16_t	size;
};

#define REPORT(type, member)						\
	offsetof(struct type, member), sizeof(((struct type *)0)->member)

static const struct control_action actions[] = {
	{ CANDM_REQ_N_SOURCES, CANDM_RPY_N_SOURCES, ASK_PLAIN, 0,
	    MSG_ASK_NSOURCES, MSG_TELL_NSOURCES, REPORT(msg_ask, value) },
	{ CANDM_REQ_SOURCE_DATA, CANDM_RPY_SOURCE_DATA, ASK_INDEX, 0,
	    MSG_ASK_SOURCE, MSG_TELL_SOURCE, REPORT(msg_source, r) },
	{ CANDM_REQ_TRACKING, CANDM_RPY_TRACKING, ASK_PLAIN, 0,
	    MSG_ASK_TRACKING, MSG_TELL_TRACKING, REPORT(msg_tracking, r) },
	{ CANDM_REQ_SOURCESTATS, CANDM_RPY_SOURCESTATS, ASK_INDEX, 0,
	    MSG_ASK_SOURCESTATS, MSG_TELL_SOURCESTATS,
	    REPORT(msg_sourcestats, r) },
	{ CANDM_REQ_MAKESTEP, CANDM_RPY_NULL, ASK_PLAIN, 1,
	    MSG_DO_MAKESTEP, MSG_NONE, 0, 0 },
	{ CANDM_REQ_ACTIVITY, CANDM_RPY_ACTIVITY, ASK_PLAIN, 0,
	    MSG_ASK_ACTIVITY, MSG_TELL_ACTIVITY, REPORT(msg_activity, r) },
	{ CANDM_REQ_NTP_SOURCE_NAME, CANDM_RPY_NTP_SOURCE_NAME, ASK_ADDR, 0,
	    MSG_ASK_NAME, MSG_TELL_NAME, REPORT(msg_name, r) },
	{ CANDM_REQ_STATUS, CANDM_RPY_STATUS, ASK_PLAIN, 0,
	    MSG_ASK_STATUS, MSG_TELL_PEERSTATUS, REPORT(msg_peerstatus, r) },
	{ CANDM_REQ_PEER, CANDM_RPY_PEER, ASK_INDEX, 0,
	    MSG_ASK_PEER, MSG_TELL_PEER, REPORT(msg_peer, r) },
};

/* Why the rest is not done, where chrony has a word for it. */
static const struct {
	uint16_t	command;
	uint16_t	status;
} absent[] = {
	{ 30, CANDM_STT_NORTC },	/* writertc */
	{ 35, CANDM_STT_NORTC },	/* rtcdata */
	{ 36, CANDM_STT_NORTC },	/* trimrtc */
	{ 68, CANDM_STT_INACTIVE },	/* clients */
};

static enum candm_status
absent_status(uint16_t command)
{
	size_t	 i;

	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (absent[i].command == command)
			return ((enum candm_status)absent[i].status);
	return (CANDM_STT_NOTENABLED);
}

static const struct control_action *
action_find(uint16_t command)
{
	size_t	 i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (actions[i].command == command)
			return (&actions[i]);
	return (NULL);
}

static int
addr_is_loopback(const struct addr *a)
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
	if (addr_is_loopback(a) || access_allows(acl, a))
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

enum control_verdict
control_core_request(const uint8_t *buf, size_t len,
    enum control_rights rights, struct control_job *job)
{
	const struct candm_info	*info;
	struct candm_request	*r = &job->request;
	enum candm_status	 status;

	if (rights == CONTROL_NOBODY || len < CANDM_REPLY_HEADER ||
	    len > CANDM_REQUEST_MAX || candm_request_parse(buf, len, r) == -1)
		return (CONTROL_DROP);
	job->command = r->command;
	job->sequence = r->sequence;
	job->request_len = len;
	job->action = NULL;
	if (r->type != CANDM_TYPE_REQUEST || r->res1 != 0 || r->res2 != 0)
		return (CONTROL_DROP);
	if (r->version != CANDM_VERSION) {
		if (r->version < CANDM_VERSION_OLD)
			return (CONTROL_DROP);
		return (answer(job, CANDM_STT_BADPKTVERSION));
	}
	if ((info = candm_get_info(r->command)) == NULL)
		return (answer(job, CANDM_STT_INVALID));
	/*
	 * The length of what is not done is not judged: older clients pad
	 * some requests less, for the shorter replies of their time.
	 */
	job->action = action_find(r->command);
	if (job->action != NULL && len < info->len)
		return (answer(job, CANDM_STT_BADPKTLENGTH));
	if ((info->class == CANDM_WRITE && rights < CONTROL_OWNER) ||
	    (info->class == CANDM_READ && rights < CONTROL_READER))
		return (answer(job, CANDM_STT_UNAUTH));
	if (job->action == NULL)
		return (answer(job, absent_status(r->command)));
	if ((status = candm_request_parse_body(buf, len, r)) !=
	    CANDM_STT_SUCCESS)
		return (answer(job, status));
	return (CONTROL_FORWARD);
}

enum msg_type
control_core_ask(const struct control_job *job, uint32_t id,
    union control_ask *ask)
{
	memset(ask, 0, sizeof(*ask));
	switch ((enum ask_kind)job->action->kind) {
	case ASK_PLAIN:
		ask->id.id = id;
		break;
	case ASK_INDEX:
		ask->ask.id = id;
		ask->ask.value = job->request.body.index;
		break;
	case ASK_ADDR:
		ask->addr.id = id;
		ask->addr.source_id = job->request.body.source.id;
		ask->addr.addr = job->request.body.source.addr;
		break;
	}
	return ((enum msg_type)job->action->ask);
}

int
control_core_is_step(const struct control_job *job)
{
	return (job->action->step);
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
control_core_reply(const struct control_job *job, enum msg_type type,
    const void *payload, uint8_t *buf)
{
	const struct control_action	*action = job->action;
	const struct msg_result		*result = payload;
	struct candm_reply		 reply;
	size_t				 len;

	if (type == MSG_TELL_RESULT) {
		/* success alone is no report */
		if (result->status == CANDM_STT_SUCCESS &&
		    action->number != CANDM_RPY_NULL)
			return (control_core_status(job, CANDM_STT_FAILED,
			    buf));
		return (control_core_status(job, result->status, buf));
	}
	if (type != (enum msg_type)action->tell)
		return (control_core_status(job, CANDM_STT_FAILED, buf));
	memset(&reply, 0, sizeof(reply));
	reply.command = job->command;
	reply.number = action->number;
	reply.sequence = job->sequence;
	memcpy(&reply.body, (const uint8_t *)payload + action->offset,
	    action->size);
	len = candm_reply_build(&reply, buf);
	return (len > job->request_len ? 0 : len);
}
