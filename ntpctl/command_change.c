/*
 * Commands that change something in the daemon, by the form of their
 * arguments.  Used by ntpctl; the complaints are chronyc's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ntpctl/commands.h"
#include "ntpctl/parse.h"
#include "ntpctl/tables.h"

static void
begin(const struct command *c, struct candm_request *request)
{
	memset(request, 0, sizeof(*request));
	request->command = c->request;
}

static int
no_address(struct ctl *ctl, const char *text)
{
	return (ctl_syntax(ctl, strchr(text, '/') != NULL ?
	    "Invalid syntax for mask/address" :
	    "Could not get address for hostname"));
}

int
command_plain(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	struct candm_request	request;

	(void)argc;
	(void)argv;
	begin(c, &request);
	return (ctl_do(ctl, &request));
}

int
command_of_mask(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;

	begin(c, &request);
	if (argc > 0 && parse_mask(ctl, argv[0], &request.body.mask) == -1)
		return (no_address(ctl, argv[0]));
	return (ctl_do(ctl, &request));
}

int
command_of_source_number(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;

	begin(c, &request);
	if (argc != 2 ||
	    parse_int(argv[1], &request.body.number_of.value) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for address value"));
	if (parse_source(ctl, argv[0], &request.body.number_of.source) == -1)
		return (no_address(ctl, argv[0]));
	return (ctl_do(ctl, &request));
}

int
command_of_source_real(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;

	begin(c, &request);
	if (argc != 2 ||
	    parse_real(argv[1], &request.body.real_of.value) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for address value"));
	if (parse_source(ctl, argv[0], &request.body.real_of.source) == -1)
		return (no_address(ctl, argv[0]));
	return (ctl_do(ctl, &request));
}

int
command_of_source(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;

	begin(c, &request);
	if (argc != 1)
		return (ctl_syntax(ctl, "Invalid syntax for address"));
	if (parse_source(ctl, argv[0], &request.body.source) == -1)
		return (no_address(ctl, argv[0]));
	return (ctl_do(ctl, &request));
}

/* accheck, cmdaccheck: the answer is a status of its own. */
int
command_of_address(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;
	struct candm_reply	reply;
	int			result;

	begin(c, &request);
	if (argc != 1 ||
	    parse_source(ctl, argv[0], &request.body.source) == -1)
		return (ctl_syntax(ctl, "Could not read address"));
	result = ctl_try(ctl, &request, CANDM_RPY_NULL, &reply);
	if (result == -1)
		return (-1);
	output_status(&ctl->out, &ctl->style, ctl_status_text(reply.status));
	return (result == 0 || reply.status == CANDM_STT_ACCESSALLOWED ||
	    reply.status == CANDM_STT_ACCESSDENIED ? 0 : -1);
}

int
command_of_subnet(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;

	begin(c, &request);
	if (argc > 0 &&
	    parse_subnet(ctl, argv[0], &request.body.subnet) == -1)
		return (ctl_syntax(ctl, "Could not read address"));
	return (ctl_do(ctl, &request));
}

int
command_of_real(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;

	(void)argc;
	begin(c, &request);
	if (parse_real(argv[0], &request.body.value) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	/* chrony has it positive where the clock is ahead */
	if (c->request == CANDM_REQ_DOFFSET)
		request.body.value = 0 - request.body.value;
	return (ctl_do(ctl, &request));
}

int
command_of_option(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	static const struct {
		unsigned	 request;
		const char	*word;
		uint32_t	 option;
	} options[] = {
		{ CANDM_REQ_MANUAL, "off", CANDM_MANUAL_OFF },
		{ CANDM_REQ_MANUAL, "on", CANDM_MANUAL_ON },
		{ CANDM_REQ_MANUAL, "reset", CANDM_MANUAL_RESET },
		{ CANDM_REQ_SMOOTHTIME, "reset", CANDM_SMOOTHTIME_RESET },
		{ CANDM_REQ_SMOOTHTIME, "activate",
		    CANDM_SMOOTHTIME_ACTIVATE },
	};
	struct candm_request	request;
	size_t			i;

	begin(c, &request);
	for (i = 0; argc > 0 && i < sizeof(options) / sizeof(options[0]);
	    i++) {
		if (options[i].request != c->request ||
		    strcmp(options[i].word, argv[0]) != 0)
			continue;
		request.body.option = options[i].option;
		return (ctl_do(ctl, &request));
	}
	return (ctl_syntax(ctl, "Invalid syntax for %s command", c->name));
}

int
command_burst(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	struct candm_request	request;
	struct candm_burst	*b = &request.body.burst;
	char			*slash;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_BURST;
	if (argc < 1 || (slash = strchr(argv[0], '/')) == NULL)
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	*slash = '\0';
	if (parse_uint(argv[0], &b->good) == -1 ||
	    parse_uint(slash + 1, &b->total) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	if (argc > 1 && parse_mask(ctl, argv[1], &b->which) == -1)
		return (no_address(ctl, argv[1]));
	return (ctl_do(ctl, &request));
}

int
command_manual_delete(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;

	(void)c;
	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_MANUAL_DELETE;
	if (argc != 1 || parse_uint(argv[0], &request.body.index) == -1)
		return (ctl_syntax(ctl,
		    "Bad syntax for manual delete command"));
	return (ctl_do(ctl, &request));
}

int
command_makestep(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_MAKESTEP;
	if (argc > 0) {
		request.command = CANDM_REQ_MODIFY_MAKESTEP;
		if (argc != 2 || parse_real(argv[0],
		    &request.body.makestep.threshold_s) == -1 ||
		    parse_int(argv[1], &request.body.makestep.limit) == -1)
			return (ctl_syntax(ctl, "Bad syntax for %s command",
			    c->name));
	}
	return (ctl_do(ctl, &request));
}

int
command_settime(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;
	struct candm_reply	reply;
	struct text		words;
	int			i, result;

	(void)c;
	text_init(&words);
	for (i = 0; i < argc; i++)
		text_add(&words, "%s ", argv[i]);
	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_SETTIME;
	result = words.data == NULL ? -1 : parse_date(words.data,
	    ctl->ops->now(), &request.body.time_ns);
	text_free(&words);
	if (result == -1) {
		output_status(&ctl->out, &ctl->style,
		    "510 - Could not parse date string");
		return (-1);
	}
	if (ctl_ask(ctl, &request, CANDM_RPY_MANUAL_TIMESTAMP, &reply) == -1)
		return (-1);
	if (ctl->style.format <= OUTPUT_CSV)
		output_status(&ctl->out, &ctl->style,
		    ctl_status_text(CANDM_STT_SUCCESS));
	ctl_show(ctl, &table_manual, &reply.body, 1, sizeof(reply.body), 0);
	return (0);
}

/* An address or, for a reference clock, its id. */
static int
source_or_refid(struct ctl *ctl, const char *text,
    struct candm_source *source, uint32_t *refid)
{
	memset(source, 0, sizeof(*source));
	if (addr_parse(text, &source->addr) == 0 || (strncmp(text, "ID#",
	    3) == 0 && parse_uint(text + 3, &source->id) == 0) ||
	    parse_refid(text, refid) == 0)
		return (0);
	return (ctl->ops->addr_of(text, ctl->family, &source->addr));
}

int
command_selectopts(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	static const char *const	names[] = {
		"noselect", "prefer", "trust", "require"
	};
	struct candm_request		request;
	struct candm_selectopts		*o = &request.body.selectopts;
	unsigned			 bit;
	int				 i;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_SELECTOPTS;
	if (source_or_refid(ctl, argv[0], &o->source, &o->refid) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for address"));
	for (i = 1; i < argc; i++) {
		for (bit = 0; bit < 4; bit++)
			if (strcmp(argv[i] + 1, names[bit]) == 0)
				break;
		if (bit == 4 || (argv[i][0] != '+' && argv[i][0] != '-'))
			return (ctl_syntax(ctl,
			    "Invalid syntax for %s command", c->name));
		o->mask |= 1u << bit;
		if (argv[i][0] == '+')
			o->options |= 1u << bit;
		else
			o->options &= ~(1u << bit);
	}
	return (ctl_do(ctl, &request));
}

int
command_offset(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_request	request;
	struct candm_offset	*o = &request.body.offset;

	(void)argc;
	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_OFFSET;
	if (source_or_refid(ctl, argv[0], &o->source, &o->refid) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for address"));
	if (parse_real(argv[1], &o->offset_s) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	return (ctl_do(ctl, &request));
}
