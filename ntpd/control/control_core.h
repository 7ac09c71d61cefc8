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

/* A request that was understood. */
struct control_job {
	struct control_from	 from;
	uint16_t		 command;
	uint16_t		 status;	/* of CONTROL_ANSWER */
	uint32_t		 sequence;
	uint32_t		 request_len;	/* a reply is never longer */
	const struct control_action *action;	/* of CONTROL_FORWARD */
	struct candm_request	 request;
};

enum control_verdict {
	CONTROL_DROP,			/* no answer at all */
	CONTROL_ANSWER,			/* job->status says what */
	CONTROL_FORWARD			/* ask the engine */
};

union control_ask {
	struct msg_id		id;
	struct msg_ask		ask;
	struct msg_askaddr	addr;
};

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
 * length for the command, permission.  Fills in all of job but `from'.  A
 * command of chrony's that this build does not do gets NOTENABLED or the like.
 */
enum control_verdict control_core_request(const uint8_t *buf, size_t len,
	    enum control_rights rights, struct control_job *job);
/* The message that asks the engine for a job of CONTROL_FORWARD. */
enum msg_type control_core_ask(const struct control_job *job, uint32_t id,
	    union control_ask *ask);
/* 1 when the parent must hear of it first: an operator changes the clock. */
int	control_core_is_step(const struct control_job *job);

/* Reply without a body, at most CANDM_REPLY_MAX bytes: the length. */
size_t	control_core_status(const struct control_job *job, unsigned status,
	    uint8_t *buf);
/*
 * Reply from the engine's answer, whose payload was checked by the channel.
 * An answer of another kind than the job wants gives FAILED.  0: the reply
 * would be longer than the request, and nothing is to be sent.
 */
size_t	control_core_reply(const struct control_job *job, enum msg_type type,
	    const void *payload, uint8_t *buf);

#endif
