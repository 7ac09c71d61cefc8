/*
 * The client's view of a reload.  Runs in ntpd-control; must never let one
 * client start more than one reload by repeating its request.
 */
#include "ntpd/control/control_reload.h"

#include <stdlib.h>
#include <string.h>

static void
forget_lines(struct control_reload *cr)
{
	free(cr->lines);
	free(cr->text);
	cr->lines = NULL;
	cr->text = NULL;
	cr->nlines = cr->nread = 0;
}

void
control_reload_free(struct control_reload *cr)
{
	forget_lines(cr);
	memset(cr, 0, sizeof(*cr));
}

int
control_reload_request(struct control_reload *cr, uint32_t token,
    int64_t now_ns, struct report_reload *r)
{
	memset(r, 0, sizeof(*r));
	r->token = token;
	r->result = REPORT_RELOAD_PENDING;
	if (cr->known && cr->token == token) {
		if (!cr->busy) {
			r->result = cr->result;
			r->n_lines = cr->nlines;
		}
		return (0);
	}
	/* another one's is under way, or its lines are just being read */
	if (cr->busy || (cr->known && cr->nread < cr->nlines &&
	    now_ns - cr->done_ns < CONTROL_RELOAD_READ_NS))
		return (0);
	return (1);
}

void
control_reload_asked(struct control_reload *cr, uint32_t token)
{
	forget_lines(cr);
	cr->token = token;
	cr->known = 1;
	cr->busy = 1;
}

/* 0, or -1 when these are not the lines that were announced. */
static int
split_lines(struct control_reload *cr, const struct msg_reloadresult *m)
{
	char		*p = cr->text, *end;
	uint32_t	 n;

	cr->lines = calloc(m->nlines + 1, sizeof(*cr->lines));
	if (cr->lines == NULL || strlen(cr->text) != m->len)
		return (-1);
	for (n = 0; n < m->nlines; n++) {
		if ((end = strchr(p, '\n')) == NULL || end == p)
			return (-1);
		*end = '\0';
		cr->lines[n] = p;
		p = end + 1;
	}
	cr->nlines = m->nlines;
	return (*p == '\0' ? 0 : -1);
}

void
control_reload_done(struct control_reload *cr,
    const struct msg_reloadresult *m, char *text, int64_t now_ns)
{
	uint32_t	 i;

	if (!cr->busy) {
		free(text);
		return;
	}
	forget_lines(cr);
	cr->busy = 0;
	cr->done_ns = now_ns;
	cr->text = text;
	if (text == NULL || split_lines(cr, m) == -1)
		forget_lines(cr);
	cr->result = m->ok ? REPORT_RELOAD_SAME : REPORT_RELOAD_ERROR;
	for (i = 0; m->ok && i < cr->nlines; i++)
		if (cr->lines[i][0] == 'c')
			cr->result = REPORT_RELOAD_DONE;
}

int
control_reload_line(struct control_reload *cr, uint32_t index,
    struct report_reload_line *line)
{
	if (cr->busy || index >= cr->nlines)
		return (-1);
	if (cr->nread <= index)
		cr->nread = index + 1;
	memset(line, 0, sizeof(*line));
	switch (cr->lines[index][0]) {
	case 'c':
		line->kind = REPORT_LINE_CHANGE;
		break;
	case 'w':
		line->kind = REPORT_LINE_WARNING;
		break;
	default:
		line->kind = REPORT_LINE_ERROR;
		break;
	}
	strlcpy(line->text, cr->lines[index] + 1, sizeof(line->text));
	return (0);
}

size_t
control_reload_reply(const struct control_job *job,
    const struct report_reload *r, const struct report_reload_line *line,
    uint8_t *buf)
{
	struct candm_reply	reply;
	size_t			len;

	memset(&reply, 0, sizeof(reply));
	reply.command = job->command;
	reply.number = job->number;
	reply.sequence = job->sequence;
	if (r != NULL)
		reply.body.reload = *r;
	else
		reply.body.reload_line = *line;
	len = candm_reply_build(&reply, buf);
	return (len > job->request_len ? 0 : len);
}
