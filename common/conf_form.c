/*
 * The directives that are more than a row of arguments: one function for each
 * form of the table.  For common/conf_parse.c only.  Must not open files
 * (include and confdir ask the caller).
 */
#include "common/conf_form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/conf_args.h"
#include "common/conf_line.h"
#include "common/conf_table.h"

typedef void (*form_fn)(struct conf_parser *, const struct conf_directive *,
    struct conf_line *);

static void
form_args(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	conf_args_parse(p, d, p->conf, line);
}

static void
form_source(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct conf		*conf = p->conf;
	struct conf_source	 source, *sources;
	int			 column = line->words[0].column;

	memset(&source, 0, sizeof(source));
	if (conf_args_parse(p, d, &source, line) == -1)
		return;
	/* as chrony: a default or given maxpoll below minpoll is raised */
	if (source.maxpoll_log2 < source.minpoll_log2)
		source.maxpoll_log2 = source.minpoll_log2;
	sources = conf_args_grow(p, column, conf->sources, conf->nsources,
	    CONF_SOURCES_MAX, sizeof(*sources));
	if (sources == NULL)
		return;
	conf->sources = sources;
	conf->sources[conf->nsources++] = source;
}

/* The subnet or name of allow and its like. 0 or -1. */
static int
access_parse(struct conf_parser *p, const struct conf_directive *d,
    const struct conf_word *word, struct conf_access *rule)
{
	char	shown[CONF_SHOWN_MAX];

	if (subnet_parse(word->text, &rule->net) == 0)
		return (0);
	memset(&rule->net, 0, sizeof(rule->net));
	/* ALL is no name: chrony takes it for one, which nobody means */
	if (!conf_host_is_valid(word->text) ||
	    strcasecmp(word->text, "all") == 0) {
		conf_args_report(p, CONF_ERROR, word->column,
		    "%s \"%s\": must be all, an address, a subnet "
		    "(address/bits) or a host name", d->name,
		    conf_text_safe(word->text, shown, sizeof(shown)));
		return (-1);
	}
	if ((rule->host = conf_name_add(p->conf, word->text)) != NULL)
		return (0);
	conf_args_report(p, CONF_ERROR, word->column, "%s", strerror(errno));
	return (-1);
}

static void
form_access(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	int			 command = (d->flags & CONF_FLAG_COMMAND) != 0;
	struct conf		*conf = p->conf;
	struct conf_access	 rule = { .all = 0 }, **rules;
	const struct conf_word	*word;
	size_t			*n;
	void			*grown;

	rule.allow = (d->flags & CONF_FLAG_ALLOW) != 0;
	word = conf_line_next(line);
	/* chrony wants this word in lower case */
	if (word != NULL && strcmp(word->text, "all") == 0) {
		rule.all = 1;
		word = conf_line_next(line);
	}
	if (word != NULL && access_parse(p, d, word, &rule) == -1)
		return;
	if (conf_args_done(p, d, line) == -1)
		return;
	rules = command ? &conf->cmdaccess : &conf->access;
	n = command ? &conf->ncmdaccess : &conf->naccess;
	grown = conf_args_grow(p, line->words[0].column, *rules, *n,
	    CONF_RULES_MAX, sizeof(rule));
	if (grown == NULL)
		return;
	*rules = grown;
	(*rules)[(*n)++] = rule;
}

/* A numeric address as the last word; 0 or -1. */
static int
address_parse(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line, const char *allowed, struct addr *addr)
{
	const struct conf_word	*word;
	char			 shown[CONF_SHOWN_MAX];

	if ((word = conf_args_need(p, d, line)) == NULL)
		return (-1);
	if (addr_parse(word->text, addr) == -1) {
		conf_args_report(p, CONF_ERROR, word->column,
		    "%s \"%s\": must be %s", d->name,
		    conf_text_safe(word->text, shown, sizeof(shown)), allowed);
		return (-1);
	}
	return (conf_args_done(p, d, line));
}

/* 0.0.0.0 and :: */
static int
address_is_any(const struct addr *addr)
{
	size_t	i;

	for (i = 0; i < sizeof(addr->ip); i++)
		if (addr->ip[i] != 0)
			return (0);
	return (1);
}

static void
pair_store(struct addr *pair, const struct addr *addr)
{
	pair[addr->family == ADDR_INET6] = *addr;
}

static void
form_bind(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct addr	 addr, *pair;

	if (address_parse(p, d, line, "an IPv4 or IPv6 address", &addr) == -1)
		return;
	pair = (struct addr *)((char *)p->conf + d->offset);
	pair_store(pair, &addr);
	if (address_is_any(&addr))
		memset(&pair[addr.family == ADDR_INET6], 0, sizeof(*pair));
}

/* Any address of a family takes the place of those that were given. */
static void
bind_any(struct conf *conf, uint16_t family)
{
	size_t	i, n = 0;

	for (i = 0; i < conf->nbindaddress; i++)
		if (conf->bindaddress[i].family != family)
			conf->bindaddress[n++] = conf->bindaddress[i];
	conf->nbindaddress = n;
}

static void
form_bindmany(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct conf	*conf = p->conf;
	struct addr	 addr, *grown;
	int		 column = line->words[0].column;

	if (address_parse(p, d, line, "an IPv4 or IPv6 address", &addr) == -1)
		return;
	if (conf->nlisten > 0) {
		conf_args_report(p, CONF_ERROR, column, "bindaddress and "
		    "listen on: only one of them can be used");
		return;
	}
	if (address_is_any(&addr)) {
		bind_any(conf, addr.family);
		return;
	}
	grown = conf_args_grow(p, column, conf->bindaddress,
	    conf->nbindaddress, CONF_LISTEN_MAX, sizeof(*grown));
	if (grown == NULL)
		return;
	conf->bindaddress = grown;
	conf->bindaddress[conf->nbindaddress++] = addr;
}

static void
form_bindcmd(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct conf		*conf = p->conf;
	const struct conf_word	*word;
	struct addr		 addr;

	if (line->nwords < 2 || line->words[1].text[0] != '/') {
		if (address_parse(p, d, line,
		    "an address, /PATH, or / for no Unix socket", &addr) == 0)
			pair_store(conf->bindcmdaddress, &addr);
		return;
	}
	word = conf_line_next(line);
	if (conf_args_done(p, d, line) == -1)
		return;
	if (strlen(word->text) >= sizeof(conf->cmdsocket)) {
		conf_args_report(p, CONF_ERROR, word->column,
		    "%s: the path must be at most %zu characters", d->name,
		    sizeof(conf->cmdsocket) - 1);
		return;
	}
	memset(conf->cmdsocket, 0, sizeof(conf->cmdsocket));
	if (word->text[1] != '\0')
		memcpy(conf->cmdsocket, word->text, strlen(word->text));
}

static void
form_log(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const struct conf_log_word	*w;
	const struct conf_word		*word;
	char				 shown[CONF_SHOWN_MAX];

	while ((word = conf_line_next(line)) != NULL) {
		/* chrony wants these words in lower case */
		for (w = conf_log_words; w->name != NULL; w++)
			if (strcmp(w->name, word->text) == 0)
				break;
		if (w->name == NULL)
			conf_args_report(p, CONF_ERROR, word->column,
			    "%s: unknown word \"%s\", must be one of "
			    "measurements rawmeasurements statistics tracking "
			    "selection",
			    d->name,
			    conf_text_safe(word->text, shown, sizeof(shown)));
		else if (w->bit == 0)
			conf_args_report(p, CONF_ERROR, word->column,
			    "%s %s: not in this build", d->name, w->name);
		else
			p->conf->log |= w->bit;
	}
}

/* What is said last counts, as in chrony; without a word nothing is open. */
static void
form_open(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const struct conf_log_word	*w;
	const struct conf_word		*word;
	char				 shown[CONF_SHOWN_MAX];

	p->conf->opencommands = 0;
	while ((word = conf_line_next(line)) != NULL) {
		for (w = conf_open_words; w->name != NULL; w++)
			if (strcmp(w->name, word->text) == 0)
				break;
		if (w->name == NULL)
			conf_args_report(p, CONF_ERROR, word->column,
			    "%s: unknown command \"%s\", must be one that "
			    "only reads", d->name, conf_text_safe(word->text,
			    shown, sizeof(shown)));
		p->conf->opencommands |= w->bit;
	}
}

static void
form_include(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const struct conf_word	*word;
	char			 shown[CONF_SHOWN_MAX];

	if ((word = conf_args_need(p, d, line)) == NULL ||
	    conf_args_done(p, d, line) == -1)
		return;
	if (p->params == NULL || p->params->include == NULL) {
		conf_args_report(p, CONF_ERROR, word->column,
		    "include: not allowed here");
		return;
	}
	if (p->depth >= CONF_INCLUDE_DEPTH) {
		conf_args_report(p, CONF_ERROR, word->column,
		    "include: must be at most %d levels deep",
		    CONF_INCLUDE_DEPTH);
		return;
	}
	if (p->params->include(p->params->ctx, p, word->text) == -1)
		conf_args_report(p, CONF_ERROR, word->column, "include %s: %s",
		    conf_text_safe(word->text, shown, sizeof(shown)),
		    strerror(errno));
}

/* The directories of confdir or sourcedir; how many, 0 after an error. */
static size_t
dirs_parse(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line, const char **dirs)
{
	const struct conf_word	*word;
	size_t			 n = 0;

	if (conf_args_need(p, d, line) == NULL)
		return (0);
	line->next--;
	while ((word = conf_line_next(line)) != NULL) {
		if (n == CONF_DIRS_MAX || strlen(word->text) >=
		    CONF_PATH_MAX) {
			conf_args_report(p, CONF_ERROR, word->column,
			    "%s: must be at most %d directories of at most "
			    "%d characters", d->name, CONF_DIRS_MAX,
			    CONF_PATH_MAX - 1);
			return (0);
		}
		dirs[n++] = word->text;
	}
	return (n);
}

static void
form_confdir(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const char	*dirs[CONF_DIRS_MAX];
	size_t		 n;

	if ((n = dirs_parse(p, d, line, dirs)) == 0)
		return;
	if (p->params == NULL || p->params->confdir == NULL)
		conf_args_report(p, CONF_ERROR, line->words[0].column,
		    "confdir: not allowed here");
	else if (p->depth >= CONF_INCLUDE_DEPTH)
		conf_args_report(p, CONF_ERROR, line->words[0].column,
		    "confdir: must be at most %d levels deep",
		    CONF_INCLUDE_DEPTH);
	else if (p->params->confdir(p->params->ctx, p, dirs, n) == -1)
		conf_args_report(p, CONF_ERROR, line->words[0].column,
		    "confdir: %s", strerror(errno));
}

/* Their files are read when all else is: conf_parse_sources() */
static void
form_sourcedir(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct conf	*conf = p->conf;
	const char	*dirs[CONF_DIRS_MAX];
	char		**grown;
	size_t		 i, n;

	n = dirs_parse(p, d, line, dirs);
	for (i = 0; i < n; i++) {
		grown = conf_args_grow(p, line->words[0].column,
		    conf->sourcedirs, conf->nsourcedirs, CONF_SOURCEDIRS_MAX,
		    sizeof(*grown));
		if (grown == NULL)
			return;
		conf->sourcedirs = grown;
		if ((grown[conf->nsourcedirs] = strdup(dirs[i])) != NULL)
			conf->nsourcedirs++;
		else
			conf_args_report(p, CONF_ERROR, line->words[0].column,
			    "%s", strerror(errno));
	}
}

/* The second word of OpenNTPD's two-word statements. 0 or -1. */
static int
keyword_parse(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line, const char *keyword)
{
	const struct conf_word	*word;

	if ((word = conf_args_need(p, d, line)) == NULL)
		return (-1);
	if (strcasecmp(word->text, keyword) == 0)
		return (0);
	conf_args_report(p, CONF_ERROR, word->column,
	    "%s: \"%s\" is missing, must be: %s", d->name, keyword, d->syntax);
	return (-1);
}

static void
form_listen(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct conf	*conf = p->conf;
	struct addr	 addr, *listen;

	if (keyword_parse(p, d, line, "on") == -1)
		return;
	if (line->nwords > 3 &&
	    strcasecmp(line->words[3].text, "rtable") == 0) {
		conf_args_report(p, CONF_ERROR, line->words[3].column,
		    "option rtable: not in this build");
		return;
	}
	memset(&addr, 0, sizeof(addr));
	if (line->nwords > 2 && strcmp(line->words[2].text, "*") == 0) {
		line->next++;
		if (conf_args_done(p, d, line) == -1)
			return;
	} else if (address_parse(p, d, line, "an IPv4 or IPv6 address or *",
	    &addr) == -1)
		return;
	if (conf->nbindaddress > 0) {
		conf_args_report(p, CONF_ERROR, line->words[0].column,
		    "listen on and bindaddress: only one of them can be "
		    "used");
		return;
	}
	listen = conf_args_grow(p, line->words[0].column, conf->listen,
	    conf->nlisten, CONF_LISTEN_MAX, sizeof(*listen));
	if (listen == NULL)
		return;
	conf->listen = listen;
	conf->listen[conf->nlisten++] = addr;
}

/* A whole number that must be there; 0 or -1. */
static int
count_parse(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line, long max, long *value)
{
	const struct conf_word	*word;
	char			*end, shown[CONF_SHOWN_MAX];

	if ((word = conf_args_need(p, d, line)) == NULL)
		return (-1);
	*value = strtol(word->text, &end, 10);
	if (*end == '\0' && *value >= 1 && *value <= max)
		return (0);
	conf_args_report(p, CONF_ERROR, word->column, "%s %s: must be 1 to %ld",
	    d->name, conf_text_safe(word->text, shown, sizeof(shown)), max);
	return (-1);
}

static void
form_broadcast(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct conf_broadcast	 b;
	const struct conf_word	*word;
	long			 interval, port = CONF_BROADCAST_PORT;

	memset(&b, 0, sizeof(b));
	if (count_parse(p, d, line, 1 << 24, &interval) == -1 ||
	    (word = conf_args_need(p, d, line)) == NULL)
		return;
	if (addr_parse(word->text, &b.to) == -1) {
		conf_args_report(p, CONF_ERROR, word->column,
		    "%s: must be an IPv4 or IPv6 address", d->name);
		return;
	}
	if ((line->nwords > 3 && count_parse(p, d, line, 65535, &port) ==
	    -1) || conf_args_done(p, d, line) == -1)
		return;
	if (p->conf->nbroadcasts == CONF_BROADCASTS_MAX) {
		conf_args_report(p, CONF_ERROR, line->words[0].column,
		    "%s: at most %d of them", d->name, CONF_BROADCASTS_MAX);
		return;
	}
	b.to.port = (uint16_t)port;
	b.interval_s = (int32_t)interval;
	p->conf->broadcasts[p->conf->nbroadcasts++] = b;
}

static void
form_query(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct addr	addr;

	if (keyword_parse(p, d, line, "from") == -1)
		return;
	if (address_parse(p, d, line, "an IPv4 or IPv6 address", &addr) == -1)
		return;
	/* OpenNTPD's is for what follows; ours is for all: so it goes first */
	if (p->conf->nsources > 0) {
		conf_args_report(p, CONF_ERROR, line->words[0].column,
		    "query from: must come before the first source");
		return;
	}
	pair_store(p->conf->bindacqaddress, &addr);
}

static void
form_absent(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	conf_args_report(p, CONF_ERROR, line->words[0].column,
	    "%s: not in this build", d->name);
}

static void
form_obsolete(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	conf_args_report(p, CONF_WARNING, line->words[0].column,
	    "%s: no longer supported, ignored", d->name);
}

static void
form_ignored(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	(void)p;
	(void)d;
	(void)line;
}

static const form_fn	forms[CONF_FORM_COUNT] = {
	[CONF_FORM_ARGS] = form_args,
	[CONF_FORM_SOURCE] = form_source,
	[CONF_FORM_ACCESS] = form_access,
	[CONF_FORM_BIND] = form_bind,
	[CONF_FORM_BINDMANY] = form_bindmany,
	[CONF_FORM_BINDCMD] = form_bindcmd,
	[CONF_FORM_LOG] = form_log,
	[CONF_FORM_OPEN] = form_open,
	[CONF_FORM_INCLUDE] = form_include,
	[CONF_FORM_CONFDIR] = form_confdir,
	[CONF_FORM_SOURCEDIR] = form_sourcedir,
	[CONF_FORM_LISTEN] = form_listen,
	[CONF_FORM_BROADCAST] = form_broadcast,
	[CONF_FORM_QUERY] = form_query,
	[CONF_FORM_ABSENT] = form_absent,
	[CONF_FORM_OBSOLETE] = form_obsolete,
	[CONF_FORM_IGNORED] = form_ignored,
};

void
conf_form_parse(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	forms[d->form](p, d, line);
}
