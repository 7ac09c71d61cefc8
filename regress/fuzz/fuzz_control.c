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
#include "ntpd/control/control_core.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int good)
{
	if (!good)
		abort();
}

/* Every answer that the engine has, with the input as its content. */
static void
answer(const struct control_job *job, const uint8_t *data, size_t len)
{
	union {
		struct msg_tracking	tracking;
		struct msg_name		name;
		struct msg_peer		peer;
		struct msg_result	result;
		uint8_t			bytes[1024];
	} payload;
	uint8_t			 out[CANDM_REPLY_MAX];
	struct candm_reply	 reply;
	size_t			 n;
	unsigned		 type;

	memset(&payload, 0, sizeof(payload));
	memcpy(&payload, data, len < sizeof(payload) ? len : sizeof(payload));
	for (type = MSG_TELL_TRACKING; type <= MSG_TELL_RESULT; type++) {
		n = control_core_reply(job, type, &payload, out);
		must(n <= job->request_len && n <= sizeof(out));
		if (n == 0)
			continue;
		must(n >= CANDM_REPLY_HEADER && out[0] == CANDM_VERSION);
		/* a name from the engine may be one that nobody takes */
		if (candm_reply_parse(out, n, &reply) == 0)
			must(reply.sequence == job->sequence);
	}
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
	union control_ask	 ask;
	uint8_t			 out[CANDM_REPLY_MAX];

	if (len < 1)
		return (0);
	rights = data[0] % (CONTROL_OWNER + 1);
	data++;
	len--;
	path(data, len);
	memset(&job, 0, sizeof(job));
	switch (control_core_request(data, len, rights, &job)) {
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
	must(rights == CONTROL_OWNER || !control_core_is_step(&job));
	must(control_core_ask(&job, 1, &ask) != MSG_NONE);
	answer(&job, data, len);
	return (0);
}
