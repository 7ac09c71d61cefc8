/*
 * Configuration to canonical text, by the table of directives.  The parent
 * makes what `ntpd -n -v' shows and what each child gets.  Only what differs
 * from the defaults is written.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_table.h"

#define VALUE_MAX	(CONF_PATH_MAX + 1)

/* Text that grows. */
struct text {
	char	*buf;
	size_t	 len;
	size_t	 room;
	int	 error;			/* errno, and nothing more is added */
};

typedef void (*form_fn)(struct text *, const struct conf *,
    const struct conf_directive *);

static void	text_add(struct text *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

/* One piece, at most VALUE_MAX and a few bytes. */
static void
text_add(struct text *t, const char *fmt, ...)
{
	size_t	 need = VALUE_MAX + 64;
	va_list	 ap;
	char	*buf;
	int	 n;

	if (t->error != 0)
		return;
	if (t->room - t->len < need) {
		buf = realloc(t->buf, t->room * 2 + need);
		if (buf == NULL) {
			t->error = errno;
			return;
		}
		t->buf = buf;
		t->room = t->room * 2 + need;
	}
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->room - t->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->room - t->len) {
		t->error = EOVERFLOW;
		return;
	}
	t->len += (size_t)n;
}

static void
text_add_args(struct text *t, const struct conf_directive *d,
    const void *base)
{
	const struct conf_arg	*arg;
	char			 value[VALUE_MAX];

	text_add(t, "%s", d->name);
	for (arg = d->args; arg->name != NULL; arg++) {
		if (arg->place == CONF_PLACE_IMPLIED ||
		    arg->place == CONF_PLACE_ABSENT)
			continue;
		if (arg->place == CONF_PLACE_OPTION) {
			if (conf_value_is_initial(arg, base))
				continue;
			if (arg->type == CONF_TYPE_CONST &&
			    !conf_value_is_constant(arg, base))
				continue;
			text_add(t, " %s", arg->name);
			if (arg->type == CONF_TYPE_CONST)
				continue;
		}
		conf_value_format(arg, base, value, sizeof(value));
		text_add(t, " %s", value);
	}
	text_add(t, "\n");
}

static void
form_args(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	const struct conf_arg	*arg;

	for (arg = d->args; arg->name != NULL; arg++) {
		if (!conf_value_is_initial(arg, conf)) {
			text_add_args(t, d, conf);
			return;
		}
	}
}

/* Whose constants it has. */
const struct conf_directive *
conf_source_directive(const struct conf_source *source)
{
	const struct conf_directive	*d;
	const struct conf_arg		*arg;

	for (d = conf_directives; d->name != NULL; d++) {
		if (d->form != CONF_FORM_SOURCE)
			continue;
		for (arg = d->args; arg->name != NULL; arg++)
			if (arg->place == CONF_PLACE_IMPLIED &&
			    !conf_value_is_constant(arg, source))
				break;
		if (arg->name == NULL)
			return (d);
	}
	return (NULL);
}

/* All sources in their order, which is the order of preference. */
static void
form_source(struct text *t, const struct conf *conf,
    const struct conf_directive *row)
{
	const struct conf_directive	*d;
	size_t				 i;

	(void)row;
	for (i = 0; i < conf->nsources; i++) {
		d = conf_source_directive(&conf->sources[i]);
		if (d == NULL)
			t->error = EINVAL;
		else
			text_add_args(t, d, &conf->sources[i]);
	}
}

static void
form_access(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	int				 command, allow;
	const struct conf_access	*rules;
	char				 net[ADDR_TEXT_MAX + 8];
	size_t				 i, n;

	command = (d->flags & CONF_FLAG_COMMAND) != 0;
	rules = command ? conf->cmdaccess : conf->access;
	n = command ? conf->ncmdaccess : conf->naccess;
	for (i = 0; i < n; i++) {
		allow = rules[i].allow;
		text_add(t, "%s%s%s", command ? "cmd" : "",
		    allow ? "allow" : "deny", rules[i].all ? " all" : "");
		if (rules[i].host != NULL)
			text_add(t, " %s", rules[i].host);
		else if (rules[i].net.addr.family != ADDR_NONE)
			text_add(t, " %s", subnet_format(&rules[i].net, net,
			    sizeof(net)));
		text_add(t, "\n");
	}
}

/* The engine asks only whether somebody is served: one rule tells it. */
static void
form_somebody(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	size_t	i;

	if ((d->roles & CONF_ENGINE) == 0 || (d->flags & CONF_FLAG_NOPRINT))
		return;
	for (i = 0; i < conf->naccess; i++) {
		if (conf->access[i].allow) {
			text_add(t, "allow\n");
			return;
		}
	}
}

static void
text_add_address(struct text *t, const char *what, const struct addr *addr)
{
	char	buf[ADDR_TEXT_MAX];

	text_add(t, "%s %s\n", what, addr_format(addr, buf, sizeof(buf)));
}

static void
form_bind(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	const struct addr	*pair;
	int			 i;

	pair = (const struct addr *)((const char *)conf + d->offset);
	for (i = 0; i < 2; i++)
		if (pair[i].family != ADDR_NONE)
			text_add_address(t, d->name, &pair[i]);
}

static void
form_bindcmd(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	struct conf	*initial;
	int		 i;

	if ((initial = conf_new()) == NULL) {
		t->error = errno;
		return;
	}
	for (i = 0; i < 2; i++)
		if (!addr_equal(&conf->bindcmdaddress[i],
		    &initial->bindcmdaddress[i]))
			text_add_address(t, d->name, &conf->bindcmdaddress[i]);
	if (strcmp(conf->cmdsocket, initial->cmdsocket) != 0)
		text_add(t, "%s %s\n", d->name,
		    conf->cmdsocket[0] != '\0' ? conf->cmdsocket : "/");
	conf_free(initial);
}

static void
form_log(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	const struct conf_log_word	*w;

	if (conf->log == 0)
		return;
	text_add(t, "%s", d->name);
	for (w = conf_log_words; w->name != NULL; w++)
		if (conf->log & w->bit)
			text_add(t, " %s", w->name);
	text_add(t, "\n");
}

static void
form_open(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	const struct conf_log_word	*w;

	if (conf->opencommands == CONF_OPEN_INITIAL)
		return;
	text_add(t, "%s", d->name);
	for (w = conf_open_words; w->name != NULL; w++)
		if (conf->opencommands & w->bit)
			text_add(t, " %s", w->name);
	text_add(t, "\n");
}

static void
form_bindmany(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	size_t	i;

	for (i = 0; i < conf->nbindaddress; i++)
		text_add_address(t, d->name, &conf->bindaddress[i]);
}

static void
form_listen(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	char	what[32];
	size_t	i;

	snprintf(what, sizeof(what), "%s on", d->name);
	for (i = 0; i < conf->nlisten; i++) {
		if (conf->listen[i].family == ADDR_NONE)
			text_add(t, "%s *\n", what);
		else
			text_add_address(t, what, &conf->listen[i]);
	}
}

/* NULL: nothing of it is kept */
static void
form_broadcast(struct text *t, const struct conf *conf,
    const struct conf_directive *d)
{
	const struct conf_broadcast	*b;
	char				 buf[ADDR_TEXT_MAX];
	size_t				 i;

	for (i = 0; i < conf->nbroadcasts; i++) {
		b = &conf->broadcasts[i];
		text_add(t, "%s %d %s", d->name, (int)b->interval_s,
		    addr_format(&b->to, buf, sizeof(buf)));
		if (b->to.port != CONF_BROADCAST_PORT)
			text_add(t, " %u", b->to.port);
		text_add(t, "\n");
	}
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
	[CONF_FORM_LISTEN] = form_listen,
	[CONF_FORM_BROADCAST] = form_broadcast,
};

/* What was written, or NULL with errno. */
static char *
text_take(struct text *t, size_t *len)
{
	if (t->error != 0) {
		free(t->buf);
		errno = t->error;
		return (NULL);
	}
	*len = t->len;
	return (t->buf);
}

char *
conf_print_row(const struct conf *conf, const struct conf_directive *d)
{
	struct text	t = { .buf = NULL };
	size_t		len;

	text_add(&t, "%s", "");
	if (forms[d->form] != NULL && (d->flags & CONF_FLAG_NOPRINT) == 0)
		forms[d->form](&t, conf, d);
	return (text_take(&t, &len));
}

char *
conf_print(const struct conf *conf, unsigned roles, size_t *len)
{
	const struct conf_directive	*d;
	struct text			 t = { .buf = NULL };

	text_add(&t, "%s", "");
	for (d = conf_directives; d->name != NULL; d++) {
		if (d->form == CONF_FORM_ACCESS && roles == CONF_ENGINE)
			form_somebody(&t, conf, d);
		else if (forms[d->form] != NULL && (d->roles & roles) != 0 &&
		    (d->flags & CONF_FLAG_NOPRINT) == 0)
			forms[d->form](&t, conf, d);
	}
	return (text_take(&t, len));
}
