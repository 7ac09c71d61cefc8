/*
 * Commands that show reports.  Used by ntpctl: what is asked, row by row; how
 * it is written is in the tables.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "common/refid.h"
#include "ntpctl/commands.h"
#include "ntpctl/format.h"
#include "ntpctl/health.h"
#include "ntpctl/names_of.h"
#include "ntpctl/parse.h"
#include "ntpctl/rows.h"
#include "ntpctl/status.h"
#include "ntpctl/tables.h"

#define NAME_COLUMNS	25	/* longer looked-up names are cut */
#define REFERENCE_COLUMNS 50

struct source_options {
	int	all;		/* -a: also those without address */
	int	verbose;	/* -v */
};

enum take {			/* what becomes of a row */
	TAKE_ROW,
	TAKE_NOT,
	TAKE_ERROR		/* it was said why */
};

/* A list with a row for each source. */
struct list {
	unsigned			 command;
	unsigned			 number;
	const struct field_table	*table;
	size_t				 size;
	enum take (*take)(struct ctl *, const struct candm_reply *,
	    const struct source_options *, void *row);
};

/* As words of their own or together; other words are ignored. */
static void
parse_options(int argc, char **argv, struct source_options *options)
{
	const char	*p;
	int		 i;

	memset(options, 0, sizeof(*options));
	for (i = 0; i < argc; i++) {
		p = argv[i];
		if (*p++ != '-' || p[strspn(p, "av")] != '\0')
			continue;
		options->all |= strchr(p, 'a') != NULL;
		options->verbose |= strchr(p, 'v') != NULL;
	}
}

static int
no_memory(struct ctl *ctl)
{
	ctl->out.failed = 1;
	return (-1);
}

/* Name of a row's source; without an address only where all are wanted. */
static enum take
take_name(struct ctl *ctl, const struct addr *addr, uint32_t id,
    const struct source_options *options, struct row_name *n)
{
	struct candm_source	source;

	memset(&source, 0, sizeof(source));
	source.addr = *addr;
	source.id = id;
	if (addr->family == ADDR_NONE && !options->all)
		return (TAKE_NOT);
	if (names_of_source(ctl, &source, NAME_COLUMNS, n) == -1)
		return (TAKE_ERROR);
	return (TAKE_ROW);
}

static enum take
take_source(struct ctl *ctl, const struct candm_reply *reply,
    const struct source_options *options, void *to)
{
	struct row_source	*row = to;

	row->r = reply->body.source;
	if (row->r.mode == REPORT_MODE_REFCLOCK) {
		names_of_refclock(row->r.refid, &row->n);
		return (TAKE_ROW);
	}
	return (take_name(ctl, &row->r.addr, row->r.id, options, &row->n));
}

/* In these family 0 is a reference clock, a number an unresolved source. */
static enum take
take_named(struct ctl *ctl, const struct addr *addr, uint32_t id,
    uint32_t refid, const struct source_options *options, struct row_name *n)
{
	if (addr->family == ADDR_NONE && id == 0) {
		names_of_refclock(refid, n);
		return (TAKE_ROW);
	}
	return (take_name(ctl, addr, id, options, n));
}

static enum take
take_sourcestats(struct ctl *ctl, const struct candm_reply *reply,
    const struct source_options *options, void *to)
{
	struct row_sourcestats	*row = to;

	row->r = reply->body.sourcestats;
	return (take_named(ctl, &row->r.addr, row->r.id, row->r.refid,
	    options, &row->n));
}

static enum take
take_selectdata(struct ctl *ctl, const struct candm_reply *reply,
    const struct source_options *options, void *to)
{
	struct row_selectdata	*row = to;

	row->r = reply->body.selectdata;
	return (take_named(ctl, &row->r.addr, row->r.id, row->r.refid,
	    options, &row->n));
}

/* Asks for a report of one source. */
static int
ask_of_source(struct ctl *ctl, unsigned command, unsigned number,
    const struct addr *addr, uint32_t id, struct candm_reply *reply)
{
	struct candm_request	request;

	memset(&request, 0, sizeof(request));
	request.command = command;
	request.body.source.addr = *addr;
	request.body.source.id = id;
	return (ctl_ask(ctl, &request, number, reply));
}

static enum take
take_authdata(struct ctl *ctl, const struct candm_reply *reply,
    const struct source_options *options, void *to)
{
	const struct report_source	*source = &reply->body.source;
	struct row_authdata		*row = to;
	struct candm_reply		 auth;
	enum take			 take;

	if (source->mode == REPORT_MODE_REFCLOCK)
		return (TAKE_NOT);
	take = take_name(ctl, &source->addr, source->id, options, &row->n);
	if (take != TAKE_ROW)
		return (take);
	if (ask_of_source(ctl, CANDM_REQ_AUTH_DATA, CANDM_RPY_AUTH_DATA,
	    &source->addr, source->id, &auth) == -1)
		return (TAKE_ERROR);
	row->r = auth.body.authdata;
	return (TAKE_ROW);
}

static int
timestamping(uint8_t letter)
{
	const char	*letters = "DKH", *p;

	if (letter == '\0' || (p = strchr(letters, letter)) == NULL)
		return (0);
	return (p - letters + 1);
}

static int
fill_ntpdata(struct ctl *ctl, const struct addr *addr, int alone,
    struct row_ntpdata *row)
{
	struct candm_reply	reply;

	if (ask_of_source(ctl, CANDM_REQ_NTP_DATA, CANDM_RPY_NTP_DATA2, addr,
	    0, &reply) == -1)
		return (-1);
	row->r = reply.body.ntpdata;
	addr_format(&row->r.remote, row->n.address, sizeof(row->n.address));
	strlcpy(row->n.name, row->n.address, sizeof(row->n.name));
	if (row->r.local.family == ADDR_NONE)
		strlcpy(row->local, "[UNSPEC]", sizeof(row->local));
	else
		addr_format(&row->r.local, row->local, sizeof(row->local));
	if (!alone)
		strlcpy(row->gap, "\n", sizeof(row->gap));
	if (row->r.stratum <= 1)
		format_refid(row->r.refid, row->refid_name,
		    sizeof(row->refid_name));
	row->remote_id = refid_from_addr(&row->r.remote);
	row->local_id = refid_from_addr(&row->r.local);
	row->tx = timestamping(row->r.tx_source);
	row->rx = timestamping(row->r.rx_source);
	row->poll_s = ldexp(1, row->r.poll_log2);
	row->precision_s = ldexp(1, row->r.precision_log2);
	return (0);
}

static enum take
take_ntpdata(struct ctl *ctl, const struct candm_reply *reply,
    const struct source_options *options, void *row)
{
	const struct report_source	*source = &reply->body.source;

	(void)options;
	if (source->mode == REPORT_MODE_REFCLOCK ||
	    source->addr.family == ADDR_NONE)
		return (TAKE_NOT);
	return (fill_ntpdata(ctl, &source->addr, 0, row) == -1 ?
	    TAKE_ERROR : TAKE_ROW);
}

/* Collects the rows; those before an error are shown in a table still. */
static int
list_sources(struct ctl *ctl, const struct list *list,
    const struct source_options *options)
{
	struct candm_reply	 reply;
	struct rows		 rows;
	struct text		 said;
	uint32_t		 i, count;
	enum take		 take = TAKE_ROW;
	void			*row;

	if (ctl_ask_command(ctl, CANDM_REQ_N_SOURCES, CANDM_RPY_N_SOURCES,
	    &reply) == -1)
		return (-1);
	count = reply.body.count;
	said = ctl->out;	/* what goes wrong is said after the rows */
	text_init(&ctl->out);
	rows_init(&rows, list->size);
	for (i = 0; i < count && take != TAKE_ERROR; i++) {
		if ((row = rows_add(&rows)) == NULL)
			take = TAKE_ERROR;
		else if (ctl_ask_index(ctl, list->command, i, list->number,
		    &reply) == -1)
			take = TAKE_ERROR;
		else
			take = list->take(ctl, &reply, options, row);
		if (take != TAKE_ROW && row != NULL)
			rows_drop(&rows);
	}
	if (take != TAKE_ERROR || ctl->style.format <= OUTPUT_CSV) {
		output_head(&said, &ctl->style, list->table, options->verbose);
		output_rows(&said, &ctl->style, list->table, rows.data,
		    rows.n, rows.size);
	}
	rows_free(&rows);
	if (ctl->out.len > 0)
		text_add(&said, "%s", ctl->out.data);
	said.failed |= ctl->out.failed;
	text_free(&ctl->out);
	ctl->out = said;
	return (take == TAKE_ERROR ? -1 : 0);
}

static const struct list	list_of_sources = {
	CANDM_REQ_SOURCE_DATA, CANDM_RPY_SOURCE_DATA, &table_sources,
	sizeof(struct row_source), take_source
};

static const struct list	list_of_sourcestats = {
	CANDM_REQ_SOURCESTATS, CANDM_RPY_SOURCESTATS, &table_sourcestats,
	sizeof(struct row_sourcestats), take_sourcestats
};

static const struct list	list_of_selectdata = {
	CANDM_REQ_SELECT_DATA, CANDM_RPY_SELECT_DATA, &table_selectdata,
	sizeof(struct row_selectdata), take_selectdata
};

static const struct list	list_of_authdata = {
	CANDM_REQ_SOURCE_DATA, CANDM_RPY_SOURCE_DATA, &table_authdata,
	sizeof(struct row_authdata), take_authdata
};

static const struct list	list_of_ntpdata = {
	CANDM_REQ_SOURCE_DATA, CANDM_RPY_SOURCE_DATA, &table_ntpdata,
	sizeof(struct row_ntpdata), take_ntpdata
};

/* Behind the table of -v: of each source in words why it is used or not. */
static int
explain(struct ctl *ctl)
{
	struct health	 h;
	int		 result;
	size_t		 i;

	if ((result = health_get(ctl, &h)) == 0 && h.sources.n > 0) {
		text_add(&ctl->out, "\n");
		for (i = 0; i < h.sources.n; i++)
			status_add_source(&ctl->out,
			    (const struct row_explain *)h.sources.data + i,
			    ctl->ops->now());
	}
	health_free(&h);
	return (result);
}

static int
run_list(struct ctl *ctl, int argc, char **argv, const struct list *list)
{
	struct source_options	options;

	parse_options(argc, argv, &options);
	if (list_sources(ctl, list, &options) == -1)
		return (-1);
	if (options.verbose && ctl->style.format == OUTPUT_TEXT &&
	    (list == &list_of_sources || list == &list_of_selectdata))
		return (explain(ctl));
	return (0);
}

int
command_sources(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	(void)c;
	return (run_list(ctl, argc, argv, &list_of_sources));
}

int
command_sourcestats(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	(void)c;
	return (run_list(ctl, argc, argv, &list_of_sourcestats));
}

int
command_selectdata(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	(void)c;
	return (run_list(ctl, argc, argv, &list_of_selectdata));
}

int
command_authdata(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	(void)c;
	return (run_list(ctl, argc, argv, &list_of_authdata));
}

int
command_ntpdata(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	static const struct source_options	options;
	struct candm_source			source;
	struct row_ntpdata			row;

	(void)c;
	if (argc == 0)
		return (list_sources(ctl, &list_of_ntpdata, &options));
	if (parse_source(ctl, argv[0], &source) == -1 ||
	    source.addr.family == ADDR_NONE)
		return (ctl_syntax(ctl, "Could not get address for hostname"));
	memset(&row, 0, sizeof(row));
	if (fill_ntpdata(ctl, &source.addr, 1, &row) == -1)
		return (-1);
	ctl_show(ctl, &table_ntpdata, &row, 1, sizeof(row), 0);
	return (0);
}

int
command_tracking(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_source	source;
	struct candm_reply	reply;
	struct row_tracking	row;

	(void)c;
	(void)argc;
	(void)argv;
	if (ctl_ask_command(ctl, CANDM_REQ_TRACKING, CANDM_RPY_TRACKING,
	    &reply) == -1)
		return (-1);
	memset(&row, 0, sizeof(row));
	row.r = reply.body.tracking;
	memset(&source, 0, sizeof(source));
	source.addr = row.r.addr;
	if (row.r.addr.family == ADDR_NONE)
		names_of_refclock(row.r.refid, &row.n);
	else if (names_of_source(ctl, &source, REFERENCE_COLUMNS,
	    &row.n) == -1)
		return (-1);
	ctl_show(ctl, &table_tracking, &row, 1, sizeof(row), 0);
	return (0);
}

int
command_sourcename(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_source	source;
	struct candm_reply	reply;

	(void)c;
	(void)argc;
	if (parse_source(ctl, argv[0], &source) == -1)
		return (ctl_syntax(ctl, "Could not read address"));
	if (ask_of_source(ctl, CANDM_REQ_NTP_SOURCE_NAME,
	    CANDM_RPY_NTP_SOURCE_NAME, &source.addr, source.id, &reply) == -1)
		return (-1);
	ctl_show(ctl, &table_sourcename, &reply.body.name, 1,
	    sizeof(reply.body.name), 0);
	return (0);
}

/* Reports that are a row as they come. */
static const struct {
	unsigned			 command;
	unsigned			 number;
	const struct field_table	*table;
} plain[] = {
	{ CANDM_REQ_ACTIVITY, CANDM_RPY_ACTIVITY, &table_activity },
	{ CANDM_REQ_RTCREPORT, CANDM_RPY_RTC, &table_rtc },
	{ CANDM_REQ_SMOOTHING, CANDM_RPY_SMOOTHING, &table_smoothing },
};

int
command_report(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct candm_reply	reply;
	size_t			i;

	(void)argc;
	(void)argv;
	for (i = 0; plain[i].command != c->request; i++)
		;
	if (ctl_ask_command(ctl, c->request, plain[i].number, &reply) == -1)
		return (-1);
	ctl_show(ctl, plain[i].table, &reply.body, 1, sizeof(reply.body), 0);
	return (0);
}

/* 1: there is a report, 0: a daemon that has none, -1 after saying why. */
static int
get_counters(struct ctl *ctl, struct candm_reply *reply)
{
	struct candm_request	request;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_COUNTERS;
	switch (ctl_try(ctl, &request, CANDM_RPY_COUNTERS, reply)) {
	case 0:
		return (1);
	case 1:
		if (reply->status == CANDM_STT_INVALID)
			return (0);
		output_status(&ctl->out, &ctl->style,
		    ctl_status_text(reply->status));
	}
	return (-1);
}

int
command_serverstats(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct source_options	options;
	struct candm_reply	stats, more;
	int			have = 0;

	(void)c;
	parse_options(argc, argv, &options);
	if (ctl_ask_command(ctl, CANDM_REQ_SERVER_STATS,
	    CANDM_RPY_SERVER_STATS4, &stats) == -1 || (options.verbose &&
	    (have = get_counters(ctl, &more)) == -1))
		return (-1);
	if (have && ctl->style.format == OUTPUT_JSON) {
		text_add(&ctl->out, "{");
		output_member(&ctl->out, &table_serverstats, &stats.body, 1,
		    sizeof(stats.body));
		text_add(&ctl->out, ",");
		output_member(&ctl->out, &table_counters, &more.body, 1,
		    sizeof(more.body));
		text_add(&ctl->out, "}\n");
		return (0);
	}
	ctl_show(ctl, &table_serverstats, &stats.body, 1, sizeof(stats.body),
	    0);
	if (have)
		ctl_show(ctl, &table_counters, &more.body, 1,
		    sizeof(more.body), 0);
	return (0);
}

int
command_manual_list(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	struct row_manual_sample	rows[REPORT_MANUAL_SAMPLES];
	struct report_manual_list	*list;
	struct candm_reply		reply;
	uint32_t			i;

	(void)c;
	(void)argc;
	(void)argv;
	if (ctl_ask_command(ctl, CANDM_REQ_MANUAL_LIST, CANDM_RPY_MANUAL_LIST,
	    &reply) == -1)
		return (-1);
	list = &reply.body.manual_list;
	for (i = 0; i < list->count; i++) {
		rows[i].index = i;
		rows[i].r = list->sample[i];
	}
	if (ctl->style.format == OUTPUT_TEXT)
		text_add(&ctl->out, "210 n_samples = %u\n", list->count);
	ctl_show(ctl, &table_manual_list, rows, list->count, sizeof(rows[0]),
	    0);
	return (0);
}

struct client_options {
	uint32_t	min_hits;
	int		nke;
	int		reset;
};

static int
parse_clients(int argc, char **argv, struct client_options *o)
{
	int	 i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "-k") == 0)
			o->nke = 1;
		else if (strcmp(argv[i], "-r") == 0)
			o->reset = 1;
		else if (strcmp(argv[i], "-p") == 0 && i + 1 < argc) {
			if (parse_uint(argv[++i], &o->min_hits) == -1)
				return (-1);
		} else if (strcmp(argv[i], "-p") == 0)
			return (-1);
	}
	return (0);
}

/* One page into rows: 0, 1 it was the last one, -1. */
static int
clients_page(struct ctl *ctl, const struct client_options *o, uint32_t *first,
    struct rows *rows)
{
	struct candm_source	 source;
	struct candm_request	 request;
	struct candm_reply	 reply;
	struct report_clients	*c = &reply.body.clients;
	struct row_client	*row;
	uint32_t		 i;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_CLIENTS;
	request.body.clients.first = *first;
	request.body.clients.count = REPORT_CLIENTS;
	request.body.clients.min_hits = o->min_hits;
	request.body.clients.reset = o->reset;
	if (ctl_ask(ctl, &request, CANDM_RPY_CLIENTS, &reply) == -1)
		return (-1);
	memset(&source, 0, sizeof(source));
	for (i = 0; i < c->count; i++) {
		if (c->client[i].addr.family == ADDR_NONE)
			continue;
		if ((row = rows_add(rows)) == NULL)
			return (no_memory(ctl));
		row->r = c->client[i];
		source.addr = row->r.addr;
		if (names_of_source(ctl, &source, NAME_COLUMNS,
		    &row->n) == -1)
			return (-1);
	}
	/* a daemon that goes back would never end */
	if (c->next >= c->size || c->count < REPORT_CLIENTS ||
	    c->next <= *first)
		return (1);
	*first = c->next;
	return (0);
}

int
command_clients(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	const struct field_table	*table;
	struct client_options		 options;
	struct rows			 rows;
	struct text			 said;
	uint32_t			 first = 0;
	int				 names = ctl->source_names, result;

	if (parse_clients(argc, argv, &options) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	table = options.nke ? &table_clients_nke : &table_clients;
	said = ctl->out;
	text_init(&ctl->out);
	ctl->source_names = 0;		/* clients are no sources */
	rows_init(&rows, sizeof(struct row_client));
	while ((result = clients_page(ctl, &options, &first, &rows)) == 0)
		;
	ctl->source_names = names;
	if (result == 1 || ctl->style.format <= OUTPUT_CSV) {
		output_head(&said, &ctl->style, table, 0);
		output_rows(&said, &ctl->style, table, rows.data, rows.n,
		    rows.size);
	}
	rows_free(&rows);
	if (ctl->out.len > 0)
		text_add(&said, "%s", ctl->out.data);
	text_free(&ctl->out);
	ctl->out = said;
	return (result == 1 ? 0 : -1);
}
