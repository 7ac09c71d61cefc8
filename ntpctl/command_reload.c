/*
 * ntpctl reload: the daemon reads its configuration again, and says what
 * changed or where the error is.  Used by ntpctl.
 */
#include <string.h>

#include "ntpctl/commands.h"

#define RELOAD_POLL_S	0.1
#define RELOAD_POLLS	600	/* a minute */

/* Asks until it is done: 0, or -1 after the reason was added. */
static int
reload_wait(struct ctl *ctl, struct report_reload *r)
{
	struct candm_reply	reply;
	uint32_t		token;
	int			i;

	do
		ctl->ops->random(&token, sizeof(token));
	while (token == 0);
	for (i = 0; i < RELOAD_POLLS; i++) {
		if (ctl_ask_index(ctl, CANDM_REQ_RELOAD, token,
		    CANDM_RPY_RELOAD, &reply) == -1)
			return (-1);
		*r = reply.body.reload;
		if (r->result != REPORT_RELOAD_PENDING)
			return (0);
		ctl->ops->sleep(RELOAD_POLL_S);
	}
	text_add(&ctl->err, "The reload does not come to an end\n");
	return (-1);
}

/* Metrics have no words: what is said goes where no program reads it. */
static struct text *
to(struct ctl *ctl, int is_error)
{
	return (is_error || ctl->style.format == OUTPUT_METRICS ? &ctl->err :
	    &ctl->out);
}

/* In JSON the lines become a list; else those of errors go to stderr. */
static int
reload_line(struct ctl *ctl, uint32_t index, struct text *list)
{
	static const char *const	kinds[REPORT_LINE_COUNT] = {
		[REPORT_LINE_CHANGE] = "",
		[REPORT_LINE_WARNING] = "warning: ",
		[REPORT_LINE_ERROR] = "error: ",
	};
	static const char *const	words[REPORT_LINE_COUNT] = {
		[REPORT_LINE_CHANGE] = "change",
		[REPORT_LINE_WARNING] = "warning",
		[REPORT_LINE_ERROR] = "error",
	};
	struct candm_reply		reply;
	struct report_reload_line	*l = &reply.body.reload_line;

	if (ctl_ask_index(ctl, CANDM_REQ_RELOAD_TEXT, index,
	    CANDM_RPY_RELOAD_TEXT, &reply) == -1)
		return (-1);
	if (ctl->style.format == OUTPUT_JSON) {
		text_add(list, "%s{\"kind\":\"%s\",\"text\":",
		    index > 0 ? "," : "", words[l->kind]);
		field_quote(list, l->text);
		text_add(list, "}");
		return (0);
	}
	text_add(to(ctl, l->kind != REPORT_LINE_CHANGE), "%s%s\n",
	    kinds[l->kind], l->text);
	return (0);
}

int
command_reload(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	static const char *const	results[REPORT_RELOAD_COUNT] = {
		[REPORT_RELOAD_PENDING] = "",
		[REPORT_RELOAD_DONE] = "The new configuration is in effect.",
		[REPORT_RELOAD_SAME] = "Nothing changed.",
		[REPORT_RELOAD_ERROR] =
		    "The old configuration stays in effect.",
	};
	static const char *const	words[REPORT_RELOAD_COUNT] = {
		[REPORT_RELOAD_PENDING] = "pending",
		[REPORT_RELOAD_DONE] = "done",
		[REPORT_RELOAD_SAME] = "same",
		[REPORT_RELOAD_ERROR] = "error",
	};
	struct report_reload		r;
	struct text			list;
	uint32_t			i;

	(void)c;
	(void)argc;
	(void)argv;
	if (reload_wait(ctl, &r) == -1)
		return (-1);
	text_init(&list);
	for (i = 0; i < r.n_lines; i++)
		if (reload_line(ctl, i, &list) == -1)
			break;
	if (i == r.n_lines && ctl->style.format == OUTPUT_JSON)
		text_add(&ctl->out, "{\"reload\":{\"result\":\"%s\","
		    "\"lines\":[%s]}}\n", words[r.result],
		    list.data != NULL ? list.data : "");
	else if (i == r.n_lines)
		text_add(to(ctl, r.result == REPORT_RELOAD_ERROR), "%s\n",
		    results[r.result]);
	ctl->out.failed |= list.failed;
	text_free(&list);
	return (i < r.n_lines || r.result == REPORT_RELOAD_ERROR ? -1 : 0);
}
