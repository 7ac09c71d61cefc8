/*
 * Text to configuration, by the table of directives.  The parent parses the
 * files; a child parses the canonical text of its own directives.  Must not
 * open files (include asks the caller) nor stop at the first error.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/conf.h"
#include "common/conf_line.h"
#include "common/conf_table.h"

#define SHOWN_MAX	64		/* of a word in an error text */

struct conf_parser {
	struct conf			*conf;
	const struct conf_params	*params;
	const char			*file;
	int				 line;
	int				 depth;	/* 1: not included */
	int				 errors;
	int				 only_sources;	/* and forgiving */
};

typedef void (*form_fn)(struct conf_parser *, const struct conf_directive *,
    struct conf_line *);

static void	report(struct conf_parser *, enum conf_kind, int, const char *,
		    ...) __attribute__((__format__(printf, 4, 5)));

static void
report(struct conf_parser *p, enum conf_kind kind, int column,
    const char *fmt, ...)
{
	char	text[CONF_TEXT_MAX];
	va_list	ap;

	if (kind == CONF_ERROR && !p->only_sources)
		p->errors++;
	if (p->params == NULL || p->params->error == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (kind == CONF_ERROR && p->only_sources) {
		strlcat(text, ": the line is skipped", sizeof(text));
		kind = CONF_WARNING;
	}
	p->params->error(p->params->ctx, kind, p->file, p->line, column, text);
}

/* The next word; when there is none that is an error. */
static const struct conf_word *
line_need(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const struct conf_word	*word;

	if ((word = conf_line_next(line)) == NULL)
		report(p, CONF_ERROR, line->end_column,
		    "%s: argument missing, must be: %s", d->name, d->syntax);
	return (word);
}

/* 0 when no word is left, else an error and -1. */
static int
line_done(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const struct conf_word	*word;

	if ((word = conf_line_next(line)) == NULL)
		return (0);
	report(p, CONF_ERROR, word->column,
	    "%s: too many arguments, must be: %s", d->name, d->syntax);
	return (-1);
}

/* Room for one more in an array whose size doubles. NULL: told the error. */
static void *
array_grow(struct conf_parser *p, int column, void *array, size_t n,
    size_t max, size_t size)
{
	void	*grown;

	if (n >= max) {
		report(p, CONF_ERROR, column, "too many, at most %zu", max);
		return (NULL);
	}
	/* the room is the power of two that n has reached */
	if ((n & (n - 1)) != 0)
		return (array);
	if ((grown = reallocarray(array, n == 0 ? 1 : 2 * n, size)) == NULL)
		report(p, CONF_ERROR, column, "%s", strerror(errno));
	return (grown);
}

/* The options of a directive as one line, for error texts. */
static void
options_format(const struct conf_arg *args, char *buf, size_t len)
{
	const struct conf_arg	*arg;
	size_t			 used = 0;

	buf[0] = '\0';
	for (arg = args; arg->name != NULL && used < len; arg++)
		if (arg->place == CONF_PLACE_OPTION)
			used += (size_t)snprintf(buf + used, len - used,
			    " %s", arg->name);
}

/* 0, or -1 when the value is missing or wrong. */
static int
arg_parse(struct conf_parser *p, const struct conf_directive *d,
    const struct conf_arg *arg, void *base, struct conf_line *line)
{
	const struct conf_word	*word;
	char			 why[CONF_TEXT_MAX];
	enum conf_verdict	 verdict;
	int			 named;

	if (arg->type == CONF_TYPE_CONST) {
		conf_value_set_constant(arg, base);
		return (0);
	}
	if (arg->place == CONF_PLACE_POSITION) {
		if ((word = line_need(p, d, line)) == NULL)
			return (-1);
	} else if ((word = conf_line_next(line)) == NULL) {
		report(p, CONF_ERROR, line->end_column,
		    "option %s: value missing", arg->name);
		return (-1);
	}
	verdict = conf_value_set(arg, base, word->text, why);
	named = arg->place == CONF_PLACE_OPTION ||
	    strcmp(arg->name, d->name) == 0;
	if (verdict != CONF_GOOD)
		report(p, verdict == CONF_BAD ? CONF_ERROR : CONF_WARNING,
		    word->column, "%s%s%s", named ? "" : d->name,
		    named ? "" : ": ", why);
	return (verdict == CONF_BAD ? -1 : 0);
}

static int
options_parse(struct conf_parser *p, const struct conf_directive *d,
    void *base, struct conf_line *line)
{
	const struct conf_arg	*arg;
	const struct conf_word	*word;
	char			 list[448], shown[SHOWN_MAX];
	int			 bad = 0, openntpd = 0;

	while ((word = conf_line_next(line)) != NULL) {
		if (openntpd && word->text[0] == '#')
			return (bad);
		arg = conf_arg_find(d->args, word->text);
		if (arg == NULL) {
			options_format(d->args, list, sizeof(list));
			report(p, CONF_ERROR, word->column,
			    "%s: unknown option \"%s\", must be one of%s",
			    d->name, conf_text_safe(word->text, shown,
			    sizeof(shown)), list);
			bad = -1;
		} else if (arg->place == CONF_PLACE_ABSENT) {
			report(p, CONF_ERROR, word->column,
			    "option %s: not in this build", arg->name);
			line->next += (size_t)arg->max;
			bad = -1;
		} else {
			openntpd |= arg->openntpd;
			if (arg_parse(p, d, arg, base, line) == -1)
				bad = -1;
		}
	}
	return (bad);
}

/* All of a directive's arguments into base. 0 or -1. */
static int
args_parse(struct conf_parser *p, const struct conf_directive *d, void *base,
    struct conf_line *line)
{
	const struct conf_arg	*arg;
	int			 bad = 0, options = 0;

	/* a repeated directive replaces the first with all its options */
	conf_args_set_initial(d->args, base);
	for (arg = d->args; arg->name != NULL; arg++) {
		if (arg->place == CONF_PLACE_IMPLIED)
			conf_value_set_constant(arg, base);
		else if (arg->place != CONF_PLACE_POSITION)
			options = 1;
		else if (arg_parse(p, d, arg, base, line) == -1) {
			bad = -1;
			if (line->next >= line->nwords)
				return (-1);
		}
	}
	if (options)
		return (options_parse(p, d, base, line) == -1 ? -1 : bad);
	return (line_done(p, d, line) == -1 ? -1 : bad);
}

static void
form_args(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	args_parse(p, d, p->conf, line);
}

static void
form_source(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	struct conf		*conf = p->conf;
	struct conf_source	 source, *sources;
	int			 column = line->words[0].column;

	memset(&source, 0, sizeof(source));
	if (args_parse(p, d, &source, line) == -1)
		return;
	/* as chrony: a default or given maxpoll below minpoll is raised */
	if (source.maxpoll_log2 < source.minpoll_log2)
		source.maxpoll_log2 = source.minpoll_log2;
	sources = array_grow(p, column, conf->sources, conf->nsources,
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
	char	shown[SHOWN_MAX];

	if (subnet_parse(word->text, &rule->net) == 0)
		return (0);
	memset(&rule->net, 0, sizeof(rule->net));
	/* ALL is no name: chrony takes it for one, which nobody means */
	if (!conf_host_is_valid(word->text) ||
	    strcasecmp(word->text, "all") == 0) {
		report(p, CONF_ERROR, word->column, "%s \"%s\": must be all, "
		    "an address, a subnet (address/bits) or a host name",
		    d->name, conf_text_safe(word->text, shown, sizeof(shown)));
		return (-1);
	}
	if ((rule->host = conf_name_add(p->conf, word->text)) != NULL)
		return (0);
	report(p, CONF_ERROR, word->column, "%s", strerror(errno));
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
	if (line_done(p, d, line) == -1)
		return;
	rules = command ? &conf->cmdaccess : &conf->access;
	n = command ? &conf->ncmdaccess : &conf->naccess;
	grown = array_grow(p, line->words[0].column, *rules, *n,
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
	char			 shown[SHOWN_MAX];

	if ((word = line_need(p, d, line)) == NULL)
		return (-1);
	if (addr_parse(word->text, addr) == -1) {
		report(p, CONF_ERROR, word->column, "%s \"%s\": must be %s",
		    d->name, conf_text_safe(word->text, shown, sizeof(shown)),
		    allowed);
		return (-1);
	}
	return (line_done(p, d, line));
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
	if (pair == p->conf->bindaddress && p->conf->nlisten > 0) {
		report(p, CONF_ERROR, line->words[0].column, "bindaddress and "
		    "listen on: only one of them can be used");
		return;
	}
	pair_store(pair, &addr);
	if (address_is_any(&addr))
		memset(&pair[addr.family == ADDR_INET6], 0, sizeof(*pair));
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
	if (line_done(p, d, line) == -1)
		return;
	if (strlen(word->text) >= sizeof(conf->cmdsocket)) {
		report(p, CONF_ERROR, word->column,
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
	char				 shown[SHOWN_MAX];

	while ((word = conf_line_next(line)) != NULL) {
		/* chrony wants these words in lower case */
		for (w = conf_log_words; w->name != NULL; w++)
			if (strcmp(w->name, word->text) == 0)
				break;
		if (w->name == NULL)
			report(p, CONF_ERROR, word->column, "%s: unknown word "
			    "\"%s\", must be one of measurements "
			    "rawmeasurements statistics tracking selection",
			    d->name,
			    conf_text_safe(word->text, shown, sizeof(shown)));
		else if (w->bit == 0)
			report(p, CONF_ERROR, word->column,
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
	char				 shown[SHOWN_MAX];

	p->conf->opencommands = 0;
	while ((word = conf_line_next(line)) != NULL) {
		for (w = conf_open_words; w->name != NULL; w++)
			if (strcmp(w->name, word->text) == 0)
				break;
		if (w->name == NULL)
			report(p, CONF_ERROR, word->column, "%s: unknown "
			    "command \"%s\", must be one that only reads",
			    d->name, conf_text_safe(word->text, shown,
			    sizeof(shown)));
		p->conf->opencommands |= w->bit;
	}
}

static void
form_include(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	const struct conf_word	*word;
	char			 shown[SHOWN_MAX];

	if ((word = line_need(p, d, line)) == NULL ||
	    line_done(p, d, line) == -1)
		return;
	if (p->params == NULL || p->params->include == NULL) {
		report(p, CONF_ERROR, word->column,
		    "include: not allowed here");
		return;
	}
	if (p->depth >= CONF_INCLUDE_DEPTH) {
		report(p, CONF_ERROR, word->column,
		    "include: must be at most %d levels deep",
		    CONF_INCLUDE_DEPTH);
		return;
	}
	if (p->params->include(p->params->ctx, p, word->text) == -1)
		report(p, CONF_ERROR, word->column, "include %s: %s",
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

	if (line_need(p, d, line) == NULL)
		return (0);
	line->next--;
	while ((word = conf_line_next(line)) != NULL) {
		if (n == CONF_DIRS_MAX || strlen(word->text) >=
		    CONF_PATH_MAX) {
			report(p, CONF_ERROR, word->column, "%s: must be at "
			    "most %d directories of at most %d characters",
			    d->name, CONF_DIRS_MAX, CONF_PATH_MAX - 1);
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
		report(p, CONF_ERROR, line->words[0].column,
		    "confdir: not allowed here");
	else if (p->depth >= CONF_INCLUDE_DEPTH)
		report(p, CONF_ERROR, line->words[0].column,
		    "confdir: must be at most %d levels deep",
		    CONF_INCLUDE_DEPTH);
	else if (p->params->confdir(p->params->ctx, p, dirs, n) == -1)
		report(p, CONF_ERROR, line->words[0].column, "confdir: %s",
		    strerror(errno));
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
		grown = array_grow(p, line->words[0].column, conf->sourcedirs,
		    conf->nsourcedirs, CONF_SOURCEDIRS_MAX, sizeof(*grown));
		if (grown == NULL)
			return;
		conf->sourcedirs = grown;
		if ((grown[conf->nsourcedirs] = strdup(dirs[i])) != NULL)
			conf->nsourcedirs++;
		else
			report(p, CONF_ERROR, line->words[0].column, "%s",
			    strerror(errno));
	}
}

/* The second word of OpenNTPD's two-word statements. 0 or -1. */
static int
keyword_parse(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line, const char *keyword)
{
	const struct conf_word	*word;

	if ((word = line_need(p, d, line)) == NULL)
		return (-1);
	if (strcasecmp(word->text, keyword) == 0)
		return (0);
	report(p, CONF_ERROR, word->column, "%s: \"%s\" is missing, must be: "
	    "%s", d->name, keyword, d->syntax);
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
		report(p, CONF_ERROR, line->words[3].column,
		    "option rtable: not in this build");
		return;
	}
	memset(&addr, 0, sizeof(addr));
	if (line->nwords > 2 && strcmp(line->words[2].text, "*") == 0) {
		line->next++;
		if (line_done(p, d, line) == -1)
			return;
	} else if (address_parse(p, d, line, "an IPv4 or IPv6 address or *",
	    &addr) == -1)
		return;
	if (conf->bindaddress[0].family != ADDR_NONE ||
	    conf->bindaddress[1].family != ADDR_NONE) {
		report(p, CONF_ERROR, line->words[0].column, "listen on and "
		    "bindaddress: only one of them can be used");
		return;
	}
	listen = array_grow(p, line->words[0].column, conf->listen,
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
	char			*end, shown[SHOWN_MAX];

	if ((word = line_need(p, d, line)) == NULL)
		return (-1);
	*value = strtol(word->text, &end, 10);
	if (*end == '\0' && *value >= 1 && *value <= max)
		return (0);
	report(p, CONF_ERROR, word->column, "%s %s: must be 1 to %ld",
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
	    (word = line_need(p, d, line)) == NULL)
		return;
	if (addr_parse(word->text, &b.to) == -1) {
		report(p, CONF_ERROR, word->column,
		    "%s: must be an IPv4 or IPv6 address", d->name);
		return;
	}
	if ((line->nwords > 3 && count_parse(p, d, line, 65535, &port) ==
	    -1) || line_done(p, d, line) == -1)
		return;
	if (p->conf->nbroadcasts == CONF_BROADCASTS_MAX) {
		report(p, CONF_ERROR, line->words[0].column,
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
		report(p, CONF_ERROR, line->words[0].column,
		    "query from: must come before the first source");
		return;
	}
	pair_store(p->conf->bindacqaddress, &addr);
}

static void
form_absent(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	report(p, CONF_ERROR, line->words[0].column, "%s: not in this build",
	    d->name);
}

static void
form_obsolete(struct conf_parser *p, const struct conf_directive *d,
    struct conf_line *line)
{
	report(p, CONF_WARNING, line->words[0].column,
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

/* What no line may have; NUL not even a comment. 0, or -1 after telling. */
static int
line_check(struct conf_parser *p, const char *text, size_t len)
{
	int		comment = conf_line_is_comment(text, len);
	unsigned char	c;
	size_t		i;

	if (len >= CONF_LINE_MAX) {
		report(p, CONF_ERROR, CONF_LINE_MAX,
		    "line too long, must be at most %d bytes",
		    CONF_LINE_MAX - 1);
		return (-1);
	}
	for (i = 0; i < len; i++) {
		c = (unsigned char)text[i];
		if (c == '\0' || (iscntrl(c) && !isspace(c) && !comment)) {
			report(p, CONF_ERROR, (int)i + 1,
			    "control character 0x%02x is not allowed", c);
			return (-1);
		}
	}
	return (0);
}

static void
line_parse(struct conf_parser *p, const char *text, size_t len)
{
	const struct conf_directive	*d;
	struct conf_line		 line;
	char				 shown[SHOWN_MAX];

	if (line_check(p, text, len) == -1 || conf_line_is_comment(text, len))
		return;
	memcpy(line.buf, text, len);
	line.buf[len] = '\0';
	conf_line_split(&line);
	d = conf_directive_find(line.words[0].text);
	if (d == NULL) {
		report(p, CONF_ERROR, line.words[0].column,
		    "unknown directive \"%s\"",
		    conf_text_safe(line.words[0].text, shown, sizeof(shown)));
		return;
	}
	if (p->only_sources && d->form != CONF_FORM_SOURCE) {
		report(p, CONF_ERROR, line.words[0].column,
		    "%s: only sources may be in this file", d->name);
		return;
	}
	if (d->flags & CONF_FLAG_OPENNTPD)
		conf_line_cut_comment(&line);
	line.next = 1;
	forms[d->form](p, d, &line);
}

void
conf_parse_included(struct conf_parser *p, const char *text, size_t len,
    const char *file)
{
	const char	*outer_file = p->file;
	const char	*newline;
	size_t		 used;
	int		 outer_line = p->line;

	p->file = file;
	p->line = 0;
	p->depth++;
	while (len > 0) {
		p->line++;
		newline = memchr(text, '\n', len);
		used = newline != NULL ? (size_t)(newline - text) : len;
		line_parse(p, text, used);
		if (newline != NULL)
			used++;
		text += used;
		len -= used;
	}
	p->depth--;
	p->file = outer_file;
	p->line = outer_line;
}

int
conf_parse(struct conf *conf, const char *text, size_t len, const char *file,
    const struct conf_params *params)
{
	struct conf_parser	p = { .conf = conf, .params = params };

	conf_parse_included(&p, text, len, file);
	return (p.errors);
}

void
conf_parse_sources(struct conf *conf, const char *text, size_t len,
    const char *file, const struct conf_params *params)
{
	struct conf_parser	p = { .conf = conf, .params = params,
				    .only_sources = 1 };
	size_t			before = conf->nsources, whole = len, lines = 0;

	/* what is not finished may be half a name */
	while (whole > 0 && text[whole - 1] != '\n')
		whole--;
	conf_parse_included(&p, text, whole, file);
	conf->ndirsources += conf->nsources - before;
	if (whole == len || conf_line_is_comment(text + whole, len - whole))
		return;
	for (p.file = file; len > 0; len--)
		lines += text[len - 1] == '\n';
	p.line = (int)lines + 1;
	report(&p, CONF_ERROR, 1, "no newline at the end");
}
