/*
 * Commands that show reports: tracking, sources, sourcestats, sourcename,
 * activity.  Used by ntpctl.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "ntpctl/commands.h"
#include "ntpctl/format.h"

#define NAME_COLUMNS	25	/* longer looked-up names are cut */
#define REFERENCE_COLUMNS 50

struct source_options {
	int	all;		/* -a: also those without address */
	int	verbose;	/* -v */
};

/* Options as words of their own or together; 0 or -1. */
static int
parse_options(struct ctl *ctl, const char *command, int argc, char **argv,
    struct source_options *options)
{
	const char	*p;
	int		 i;

	memset(options, 0, sizeof(*options));
	for (i = 0; i < argc; i++) {
		p = argv[i];
		if (*p++ != '-' || *p == '\0')
			goto bad;
		for (; *p != '\0'; p++) {
			if (*p == 'a')
				options->all = 1;
			else if (*p == 'v')
				options->verbose = 1;
			else
				goto bad;
		}
	}
	return (0);
bad:
	text_add(&ctl->err, "Bad syntax for %s command\n", command);
	return (-1);
}

/* The name from the configuration, "?" when the daemon does not say it. */
static int
configured_name(struct ctl *ctl, const struct candm_source *source,
    char *name, size_t len)
{
	struct candm_request	request;
	struct candm_reply	reply;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_NTP_SOURCE_NAME;
	request.body.source = *source;
	switch (ctl_try(ctl, &request, CANDM_RPY_NTP_SOURCE_NAME, &reply)) {
	case 0:
		strlcpy(name, reply.body.name.name, len);
		return (0);
	case 1:
		strlcpy(name, "?", len);
		return (0);
	}
	return (-1);
}

/*
 * What is shown for a source: 0, or -1 after saying why.  columns: where a
 * looked-up name is cut.
 */
static int
source_name(struct ctl *ctl, const struct candm_source *source, int columns,
    char *name, size_t len)
{
	if (ctl->source_names)
		return (configured_name(ctl, source, name, len));
	if (source->addr.family == ADDR_NONE) {
		snprintf(name, len, "ID#%010u", source->id);
		return (0);
	}
	if (ctl->numeric || ctl->output->numeric) {
		addr_format(&source->addr, name, len);
		return (0);
	}
	ctl->ops->name_of(&source->addr, name, len);
	if (strlen(name) > (size_t)columns)
		strlcpy(name + columns - 1, ">", len - columns + 1);
	return (0);
}

int
command_tracking(struct ctl *ctl, int argc, char **argv)
{
	const struct report_tracking	*r;
	struct candm_source		 source;
	struct candm_reply		 reply;
	char				 name[REPORT_NAME_MAX];

	(void)argc;
	(void)argv;
	if (ctl_ask_command(ctl, CANDM_REQ_TRACKING, CANDM_RPY_TRACKING,
	    &reply) == -1)
		return (-1);
	r = &reply.body.tracking;
	memset(&source, 0, sizeof(source));
	source.addr = r->addr;
	if (r->addr.family == ADDR_NONE)
		format_refid(r->refid, name, sizeof(name));
	else if (source_name(ctl, &source, REFERENCE_COLUMNS, name,
	    sizeof(name)) == -1)
		return (-1);
	ctl->output->tracking(&ctl->out, r, name);
	return (0);
}

/* How many sources there are; -1 after saying why. */
static int
count_sources(struct ctl *ctl, uint32_t *count)
{
	struct candm_reply	reply;

	if (ctl_ask_command(ctl, CANDM_REQ_N_SOURCES, CANDM_RPY_N_SOURCES,
	    &reply) == -1)
		return (-1);
	*count = reply.body.count;
	return (0);
}

static int
show_source(struct ctl *ctl, const struct report_source *r,
    const struct source_options *options)
{
	struct candm_source	source;
	char			name[REPORT_NAME_MAX];

	memset(&source, 0, sizeof(source));
	source.addr = r->addr;
	source.id = r->id;
	if (r->mode == REPORT_MODE_REFCLOCK)
		format_refid(r->refid, name, sizeof(name));
	else if (r->addr.family == ADDR_NONE && !options->all)
		return (0);
	else if (source_name(ctl, &source, NAME_COLUMNS, name,
	    sizeof(name)) == -1)
		return (-1);
	ctl->output->source(&ctl->out, r, name);
	return (0);
}

int
command_sources(struct ctl *ctl, int argc, char **argv)
{
	struct source_options	options;
	struct candm_reply	reply;
	uint32_t		i, count;

	if (parse_options(ctl, "sources", argc, argv, &options) == -1 ||
	    count_sources(ctl, &count) == -1)
		return (-1);
	ctl->output->sources_head(&ctl->out, options.verbose);
	for (i = 0; i < count; i++) {
		if (ctl_ask_index(ctl, CANDM_REQ_SOURCE_DATA, i,
		    CANDM_RPY_SOURCE_DATA, &reply) == -1 ||
		    show_source(ctl, &reply.body.source, &options) == -1)
			return (-1);
	}
	return (0);
}

static int
show_sourcestats(struct ctl *ctl, const struct report_sourcestats *r,
    const struct source_options *options)
{
	struct candm_source	source;
	char			name[REPORT_NAME_MAX];

	memset(&source, 0, sizeof(source));
	source.addr = r->addr;
	source.id = r->id;
	/* family 0 is a reference clock, a number an unresolved source */
	if (r->addr.family == ADDR_NONE && r->id == 0)
		format_refid(r->refid, name, sizeof(name));
	else if (r->addr.family == ADDR_NONE && !options->all)
		return (0);
	else if (source_name(ctl, &source, NAME_COLUMNS, name,
	    sizeof(name)) == -1)
		return (-1);
	ctl->output->sourcestats(&ctl->out, r, name);
	return (0);
}

int
command_sourcestats(struct ctl *ctl, int argc, char **argv)
{
	struct source_options	options;
	struct candm_reply	reply;
	uint32_t		i, count;

	if (parse_options(ctl, "sourcestats", argc, argv, &options) == -1 ||
	    count_sources(ctl, &count) == -1)
		return (-1);
	ctl->output->sourcestats_head(&ctl->out, options.verbose);
	for (i = 0; i < count; i++) {
		if (ctl_ask_index(ctl, CANDM_REQ_SOURCESTATS, i,
		    CANDM_RPY_SOURCESTATS, &reply) == -1 ||
		    show_sourcestats(ctl, &reply.body.sourcestats,
		    &options) == -1)
			return (-1);
	}
	return (0);
}

/* An address, a name of one, or "ID#0000000001". */
static int
parse_source(struct ctl *ctl, const char *text, struct candm_source *source)
{
	const char	*error;

	memset(source, 0, sizeof(*source));
	if (strncmp(text, "ID#", 3) == 0) {
		source->id = strtonum(text + 3, 0, UINT32_MAX, &error);
		return (error == NULL ? 0 : -1);
	}
	if (addr_parse(text, &source->addr) == 0)
		return (0);
	return (ctl->ops->addr_of(text, ctl->family, &source->addr));
}

int
command_sourcename(struct ctl *ctl, int argc, char **argv)
{
	struct candm_source	source;
	struct candm_reply	reply;

	(void)argc;
	if (parse_source(ctl, argv[0], &source) == -1) {
		text_add(&ctl->err, "Could not read address\n");
		return (-1);
	}
	if (ctl_ask_source(ctl, &source, &reply) == -1)
		return (-1);
	text_add(&ctl->out, "%s\n", reply.body.name.name);
	return (0);
}

int
command_activity(struct ctl *ctl, int argc, char **argv)
{
	struct candm_reply	reply;

	(void)argc;
	(void)argv;
	if (ctl_ask_command(ctl, CANDM_REQ_ACTIVITY, CANDM_RPY_ACTIVITY,
	    &reply) == -1)
		return (-1);
	ctl->output->activity(&ctl->out, &reply.body.activity);
	return (0);
}
