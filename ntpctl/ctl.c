/*
 * Asking the daemon, and what is said when that fails: chronyc's words, which
 * scripts know.  Used by every command of ntpctl.
 */
#include "ntpctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
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

/* The body that was wanted, or the one that an older daemon has. */
static int
is_number(unsigned number, unsigned wanted)
{
	if (wanted == CANDM_RPY_SERVER_STATS4 &&
	    (number == CANDM_RPY_SERVER_STATS3 ||
	    number == CANDM_RPY_SERVER_STATS2 ||
	    number == CANDM_RPY_SERVER_STATS))
		return (1);
	if (wanted == CANDM_RPY_NTP_DATA2 && number == CANDM_RPY_NTP_DATA)
		return (1);
	return (number == wanted);
}

int
ctl_try(struct ctl *ctl, struct candm_request *request, unsigned number,
    struct candm_reply *reply)
{
	switch (ctl->ops->ask(ctl->ctx, request, reply)) {
	case CLIENT_OK:
		break;
	case CLIENT_SILENT:
		output_status(&ctl->out, &ctl->style,
		    "506 Cannot talk to daemon");
		return (-1);
	case CLIENT_BAD:
		output_status(&ctl->out, &ctl->style,
		    "508 Bad reply from daemon");
		return (-1);
	}
	if (reply->status != CANDM_STT_SUCCESS)
		return (1);
	if (!is_number(reply->number, number)) {
		output_status(&ctl->out, &ctl->style,
		    "508 Bad reply from daemon");
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
		output_status(&ctl->out, &ctl->style,
		    ctl_status_text(reply->status));
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
ctl_do(struct ctl *ctl, struct candm_request *request)
{
	struct candm_reply	reply;

	if (ctl_ask(ctl, request, CANDM_RPY_NULL, &reply) == -1)
		return (-1);
	output_status(&ctl->out, &ctl->style,
	    ctl_status_text(CANDM_STT_SUCCESS));
	return (0);
}

void
ctl_show(struct ctl *ctl, const struct field_table *table, const void *rows,
    size_t n, size_t size, int verbose)
{
	output_head(&ctl->out, &ctl->style, table, verbose);
	output_rows(&ctl->out, &ctl->style, table, rows, n, size);
}

int
ctl_syntax(struct ctl *ctl, const char *fmt, ...)
{
	va_list	 ap;
	char	 buf[256];

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	text_add(&ctl->err, "%s\n", buf);
	return (-1);
}
