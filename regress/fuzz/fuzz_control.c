/*
 * Any bytes as a request on the command socket, and any bytes as what the
 * engine says to it: a reply is never longer than the request, and changes
 * are for the owner only.  The first byte chooses who asks.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/candm.h"
#include "common/conf.h"
#include "ntpd/control/control_core.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int good)
{
	if (!good)
		abort();
}

/* Every report there is, with the input as its content. */
static void
answer(const struct control_job *job, const uint8_t *data, size_t len)
{
	struct msg_report	 report;
	uint8_t			 out[CANDM_REPLY_MAX];
	struct candm_reply	 reply;
	size_t			 n;

	memset(&report, 0, sizeof(report));
	memcpy(&report, data, len < sizeof(report) ? len : sizeof(report));
	report.number = candm_get_info(job->command)->number;
	n = control_core_report(job, &report, out);
	must(n <= job->request_len && n <= sizeof(out));
	if (n == 0)
		return;
	must(n >= CANDM_REPLY_HEADER && out[0] == CANDM_VERSION);
	/* a name from the engine may be one that nobody takes */
	if (candm_reply_parse(out, n, &reply) == 0)
		must(reply.sequence == job->sequence);
}

static void
path(const uint8_t *data, size_t len)
{
	char	 client[256], to[MSG_PATH_MAX];

	if (len >= sizeof(client))
		len = sizeof(client) - 1;
	memcpy(client, data, len);
	client[len] = '\0';
	if (control_core_path("/run/chrony", 1, client, to) == -1)
		return;
	must(to[0] == '/' && to[1] != '\0' && strlen(to) < sizeof(to));
	must(strstr(to, "/../") == NULL && strstr(to, "//") == NULL);
	must(strcmp(to + strlen(to) - 1, "/") != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum control_rights	 rights;
	struct control_job	 job;
	struct msg_command	 m;
	uint8_t			 out[CANDM_REPLY_MAX];

	if (len < 1)
		return (0);
	rights = data[0] % (CONTROL_OWNER + 1);
	data++;
	len--;
	path(data, len);
	memset(&job, 0, sizeof(job));
	switch (control_core_request(data, len, rights, CONF_OPEN_INITIAL,
	    &job)) {
	case CONTROL_DROP:
		return (0);
	case CONTROL_ANSWER:
		must(rights != CONTROL_NOBODY);
		must(control_core_status(&job, job.status, out) <= len);
		return (0);
	case CONTROL_FORWARD:
		break;
	}
	must(rights != CONTROL_NOBODY);
	must(rights == CONTROL_OWNER || !job.route->operator);
	must(candm_get_info(job.command)->class != CANDM_WRITE ||
	    rights == CONTROL_OWNER);
	/* whoever gets it takes it: control is never the bad child */
	control_core_command(&job, 1, &m);
	if (job.route->to == CONTROL_ENGINE)
		must(msg_check(MSG_COMMAND, ROLE_CONTROL, ROLE_ENGINE, &m,
		    sizeof(m), 0) == NULL);
	answer(&job, data, len);
	return (0);
}
