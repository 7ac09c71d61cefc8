/*
 * What ntpd-control thinks: the bytes of a request and who asks become a job;
 * the engine's answer to it becomes the bytes of a reply.  Pure.
 */
#ifndef NTPD_CONTROL_CORE_H
#define NTPD_CONTROL_CORE_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/candm.h"
#include "privsep/messages.h"

struct access;

/* What a client may ask for, rising. */
enum control_rights {
	CONTROL_NOBODY,			/* not even an error */
	CONTROL_MONITOR,		/* UDP: the open commands */
	CONTROL_READER,			/* Unix socket: all that only read */
	CONTROL_OWNER			/* root and the daemon's user: all */
};

/* Where a request came from and the reply goes to. */
struct control_from {
	uint32_t	socket;		/* index of the socket */
	uint32_t	ifindex;	/* UDP: interface it came by, 0: none */
	struct addr	addr;		/* UDP: the client */
	struct addr	local;		/* UDP: address it asked */
	char		path[MSG_PATH_MAX];	/* Unix: the client's address */
};

/* Who carries a command out. */
enum control_to {
	CONTROL_SELF,			/* answered here */
	CONTROL_ENGINE,
	CONTROL_PARENT,
	CONTROL_SERVER,			/* status: when there is none */
	CONTROL_CYCLELOGS,		/* the parent, which has no answer */
	CONTROL_RELOAD			/* control_reload.h, and the parent */
};

struct control_route {
	uint16_t	command;
	uint8_t		to;		/* enum control_to */
	uint8_t		operator;	/* the parent hears of it first */
	uint32_t	open;		/* CONF_OPEN_*: any of them opens it */
	uint16_t	status;		/* of CONTROL_SELF */
};

/* A request that was understood. */
struct control_job {
	struct control_from	 from;
	uint16_t		 command;
	uint16_t		 status;	/* of CONTROL_ANSWER */
	uint32_t		 sequence;
	uint32_t		 request_len;	/* a reply is never longer */
	uint16_t		 number;	/* of the good reply */
	const struct control_route *route;	/* of CONTROL_FORWARD */
	struct candm_request	 request;
};

enum control_verdict {
	CONTROL_DROP,			/* no answer at all */
	CONTROL_ANSWER,			/* job->status says what */
	CONTROL_FORWARD			/* see job->route */
};

int	control_core_is_loopback(const struct addr *a);
/* An UDP client: loopback and what acl allows are CONTROL_MONITOR. */
enum control_rights control_core_udp(const struct access *acl,
	    const struct addr *a);
/* A client of the Unix socket, by its user id; own: the daemon's. */
enum control_rights control_core_unix(uint32_t uid, uint32_t own);

/*
 * Where the reply to a client's socket address is to be sent.  Only what is
 * below dir (the outer path of the socket's directory; /var/run is /run) is
 * answered, and nothing with a `..' or an empty part.  chrooted: this process'
 * root is dir.  0 with to filled in, or -1.
 */
int	control_core_path(const char *dir, int chrooted, const char *client,
	    char to[MSG_PATH_MAX]);

/*
 * Checks a request in the protocol's order: length, type, version, command,
 * length for the command, permission, values.  open: CONF_OPEN_* that UDP
 * clients may use.  Fills in all of job but `from'.  What this build does not
 * have gets the status that chronyd gives without it.
 */
enum control_verdict control_core_request(const uint8_t *buf, size_t len,
	    enum control_rights rights, uint32_t open,
	    struct control_job *job);
/* The message that passes a job of CONTROL_FORWARD on. */
void	control_core_command(const struct control_job *job, uint32_t id,
	    struct msg_command *m);

/* Reply without a body, at most CANDM_REPLY_MAX bytes: the length. */
size_t	control_core_status(const struct control_job *job, unsigned status,
	    uint8_t *buf);
/* The same for a RESULT: success where a report is wanted is FAILED. */
size_t	control_core_result(const struct control_job *job, unsigned status,
	    uint8_t *buf);
/*
 * Reply from a report, whose values were checked by the channel.  One of
 * another kind than the job wants gives FAILED.  0: the reply would be longer
 * than the request, and nothing is to be sent.
 */
size_t	control_core_report(const struct control_job *job,
	    const struct msg_report *report, uint8_t *buf);

#endif
