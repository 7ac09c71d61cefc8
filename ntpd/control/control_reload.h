/*
 * What a client is told of a reload: RELOAD begins one, or asks how the one
 * with its token went; RELOAD_TEXT reads its lines.  Pure.
 */
#ifndef NTPD_CONTROL_RELOAD_H
#define NTPD_CONTROL_RELOAD_H

#include <stddef.h>
#include <stdint.h>

#include "common/report_own.h"
#include "ntpd/control/control_core.h"

/* The id of our RELOAD_ASK; those of `reload sources' are never 0. */
#define CONTROL_RELOAD_ID	0
/* So long nobody else's reload takes the lines away from who reads them. */
#define CONTROL_RELOAD_READ_NS	2000000000LL

struct control_reload {
	uint32_t	token;		/* of the last one */
	int		known;		/* there was one */
	int		busy;		/* the parent has not answered yet */
	int64_t		done_ns;
	uint16_t	result;		/* enum report_reload_result */
	char		*text;		/* of its lines */
	char		**lines;	/* in text, each with its kind first */
	uint32_t	nlines;
	uint32_t	nread;		/* the highest index asked for, + 1 */
};

/* Begins as zeros. */
void	control_reload_free(struct control_reload *cr);
/*
 * A RELOAD with this token.  1: the parent is to be asked; then say so with
 * control_reload_asked(); 0: not.  *r is the answer in both cases.
 */
int	control_reload_request(struct control_reload *cr, uint32_t token,
	    int64_t now_ns, struct report_reload *r);
/* The parent was asked for it. */
void	control_reload_asked(struct control_reload *cr, uint32_t token);
/*
 * The parent's answer with its text (NUL after m->len bytes, malloc'd, taken;
 * NULL: it could not be read).
 */
void	control_reload_done(struct control_reload *cr,
	    const struct msg_reloadresult *m, char *text, int64_t now_ns);
/* A line by its index; -1: there is none. */
int	control_reload_line(struct control_reload *cr, uint32_t index,
	    struct report_reload_line *line);
/* The reply to a RELOAD or RELOAD_TEXT: its length, 0: none is to be sent. */
size_t	control_reload_reply(const struct control_job *job,
	    const struct report_reload *r,
	    const struct report_reload_line *line, uint8_t *buf);

#endif
