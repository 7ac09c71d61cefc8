/*
 * Asking the daemon, and what is said when that fails: chronyc's words, which
 * scripts know.  Used by every command of ntpctl.
 */
#include "ntpctl/ctl.h"

#include <string.h>

const char *
ctl_status_text(unsigned status)
{
	static const char *const	texts[] = {
		[CANDM_STT_SUCCESS] = "200 OK",
		[CANDM_STT_FAILED] = "500 Failure",
		[CANDM_STT_UNAUTH] = "501 Not authorised",
		[CANDM_STT_INVALID] = "502 Invalid command",
		[CANDM_STT_NOSUCHSOURCE] = "503 No such source",
		[CANDM_STT_INVALIDTS] =
		    "504 Duplicate or stale logon detected",
		[CANDM_STT_NOTENABLED] =
		    "505 Facility not enabled in daemon",
		[CANDM_STT_BADSUBNET] = "507 Bad subnet",
		[CANDM_STT_ACCESSALLOWED] = "208 Access allowed",
		[CANDM_STT_ACCESSDENIED] = "209 Access denied",
		[CANDM_STT_NOHOSTACCESS] =
		    "510 No command access from this host",
		[CANDM_STT_SOURCEALREADYKNOWN] =
		    "511 Source already present",
		[CANDM_STT_TOOMANYSOURCES] = "512 Too many sources present",
		[CANDM_STT_NORTC] = "513 RTC driver not running",
		[CANDM_STT_BADRTCFILE] = "514 Can't write RTC parameters",
		[CANDM_STT_INACTIVE] =
		    "519 Client logging is not active in the daemon",
		[CANDM_STT_BADSAMPLE] = "516 Sample index out of range",
		[CANDM_STT_INVALIDAF] = "515 Invalid address family",
		[CANDM_STT_BADPKTVERSION] = "517 Protocol version mismatch",
		[CANDM_STT_BADPKTLENGTH] = "518 Packet length mismatch",
		[CANDM_STT_INVALIDNAME] = "521 Invalid name",
	};

	if (status >= sizeof(texts) / sizeof(texts[0]) ||
	    texts[status] == NULL)
		return ("520 Got unexpected error from daemon");
	return (texts[status]);
}

int
ctl_try(struct ctl *ctl, struct candm_request *request, unsigned number,
    struct candm_reply *reply)
{
	switch (ctl->ops->ask(ctl->ctx, request, reply)) {
	case CLIENT_OK:
		break;
	case CLIENT_SILENT:
		text_add(&ctl->out, "506 Cannot talk to daemon\n");
		return (-1);
	case CLIENT_BAD:
		text_add(&ctl->out, "508 Bad reply from daemon\n");
		return (-1);
	}
	if (reply->status != CANDM_STT_SUCCESS)
		return (1);
	if (reply->number != number) {
		text_add(&ctl->out, "508 Bad reply from daemon\n");
		return (-1);
	}
	return (0);
}

int
ctl_ask(struct ctl *ctl, struct candm_request *request, unsigned number,
    struct candm_reply *reply)
{
	int	 result = ctl_try(ctl, request, number, reply);

	if (result == 1)
		text_add(&ctl->out, "%s\n", ctl_status_text(reply->status));
	return (result == 0 ? 0 : -1);
}

int
ctl_ask_command(struct ctl *ctl, unsigned command, unsigned number,
    struct candm_reply *reply)
{
	struct candm_request	request;

	memset(&request, 0, sizeof(request));
	request.command = command;
	return (ctl_ask(ctl, &request, number, reply));
}

int
ctl_ask_index(struct ctl *ctl, unsigned command, uint32_t index,
    unsigned number, struct candm_reply *reply)
{
	struct candm_request	request;

	memset(&request, 0, sizeof(request));
	request.command = command;
	request.body.index = index;
	return (ctl_ask(ctl, &request, number, reply));
}

int
ctl_ask_source(struct ctl *ctl, const struct candm_source *source,
    struct candm_reply *reply)
{
	struct candm_request	request;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_NTP_SOURCE_NAME;
	request.body.source = *source;
	return (ctl_ask(ctl, &request, CANDM_RPY_NTP_SOURCE_NAME, reply));
}
