/*
 * The payloads of the command protocol between control and those who carry
 * a command out.  The bodies are those of common/candm.h; which member of a
 * union counts is told by the number beside it.  Read by way of messages.h.
 */
#ifndef PRIVSEP_MESSAGES_CONTROL_H
#define PRIVSEP_MESSAGES_CONTROL_H

#include <stdint.h>

#include "common/addr.h"
#include "common/candm.h"
#include "common/report.h"

struct msg_command {
	uint32_t	id;
	uint32_t	command;	/* enum candm_command */
	union candm_request_body body;
};

struct msg_report {
	uint32_t	id;
	uint32_t	number;		/* enum candm_number */
	union candm_reply_body body;
};

struct msg_result {
	uint32_t	id;
	uint32_t	status;		/* enum candm_status */
};

/* NULL: every value of the body is in its range; otherwise what is not. */
const char *msg_check_command(uint32_t type, const void *payload);
const char *msg_check_report(uint32_t type, const void *payload);

#endif
