/*
 * The configuration as a whole: defaults, checks between directives and
 * questions about it.  Used by every process that has one.  Must not read
 * files, resolve names or write anything.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_table.h"

static const struct addr	loopback_inet = {
	.family = ADDR_INET,
	.ip = { 127, 0, 0, 1 }
};

static const struct addr	loopback_inet6 = {
	.family = ADDR_INET6,
	.ip = { [15] = 1 }
};

struct conf *
conf_new(void)
{
	const struct conf_directive	*d;
	struct conf			*conf;

	if ((conf = calloc(1, sizeof(*conf))) == NULL)
		return (NULL);
	for (d = conf_directives; d->name != NULL; d++)
		if (d->form == CONF_FORM_ARGS)
			conf_args_set_initial(d->args, conf);
	conf->opencommands = CONF_OPEN_INITIAL;
	conf->bindcmdaddress[0] = loopback_inet;
	conf->bindcmdaddress[1] = loopback_inet6;
	snprintf(conf->cmdsocket, sizeof(conf->cmdsocket), "%s",
	    CONF_CMDSOCKET);
	return (conf);
}

void
conf_free(struct conf *conf)
{
	struct conf_name	*name;

	if (conf == NULL)
		return;
	free(conf->sources);
	while (conf->nsourcedirs > 0)
		free(conf->sourcedirs[--conf->nsourcedirs]);
	free(conf->sourcedirs);
	while ((name = conf->names) != NULL) {
		conf->names = name->next;
		free(name);
	}
	free(conf->access);
	free(conf->cmdaccess);
	free(conf->listen);
	free(conf->bindaddress);
	free(conf);
}

const char *
conf_name_add(struct conf *conf, const char *text)
{
	struct conf_name	*name;
	size_t			 size = strlen(text) + 1;

	if ((name = malloc(sizeof(*name) + size)) == NULL)
		return (NULL);
	memcpy(name->text, text, size);
	name->next = conf->names;
	conf->names = name;
	return (name->text);
}

int
conf_serves(const struct conf *conf)
{
	size_t	i;

	if (conf->port == 0 || conf->serverprocs == 0)
		return (0);
	/* a server process sends them */
	if (conf->nlisten > 0 || conf->nbroadcasts > 0)
		return (1);
	for (i = 0; i < conf->naccess; i++)
		if (conf->access[i].allow)
			return (1);
	return (0);
}

/* What conf_check found: collects, counts and hands on. */
struct findings {
	const struct conf_params	*params;
	int				 errors;
};

static void
findings_add(struct findings *f, enum conf_kind kind, const char *text)
{
	if (kind == CONF_ERROR)
		f->errors++;
	if (f->params != NULL && f->params->error != NULL)
		f->params->error(f->params->ctx, kind, "", 0, 0, text);
}

static void
check_sources(const struct conf *conf, struct findings *f)
{
	char	text[CONF_TEXT_MAX];
	size_t	i, most = 0;

	if (conf->nsources == 0)
		return;
	for (i = 0; i < conf->nsources; i++) {
		if (conf->sources[i].noselect)
			continue;
		most += conf->sources[i].type == CONF_POOL_SOURCE ?
		    conf->sources[i].maxsources : 1;
	}
	if (most >= (size_t)conf->minsources)
		return;
	snprintf(text, sizeof(text), "minsources %d: only %zu can be "
	    "selected, so the clock would never be set", conf->minsources,
	    most);
	findings_add(f, CONF_WARNING, text);
}

static void
check_keys(const struct conf *conf, struct findings *f)
{
	char	text[CONF_TEXT_MAX];
	size_t	i;

	for (i = 0; conf->keyfile[0] == '\0' && i < conf->nsources; i++) {
		if (conf->sources[i].key == 0)
			continue;
		snprintf(text, sizeof(text), "key %u of %s: there is no "
		    "keyfile, so it will not be asked", conf->sources[i].key,
		    conf->sources[i].name);
		findings_add(f, CONF_WARNING, text);
	}
}

/* The engine has no right to a port below 1024, nor to the server's. */
static void
check_port(const struct conf *conf, struct findings *f)
{
	char	text[CONF_TEXT_MAX];

	if (conf->acquisitionport <= 0 || (conf->acquisitionport >= 1024 &&
	    (conf->acquisitionport != conf->port || !conf_serves(conf))))
		return;
	snprintf(text, sizeof(text), "acquisitionport %d: must be 0 or 1024 "
	    "to 65535, and not the port that is served",
	    conf->acquisitionport);
	findings_add(f, CONF_ERROR, text);
}

/* The program in the kernel knows neither clients nor names. */
static void
check_xdp(const struct conf *conf, struct findings *f)
{
	size_t	i;

	if (conf->xdp[0] == '\0')
		return;
	if (conf->ratelimit.enabled)
		findings_add(f, CONF_ERROR, "xdp and ratelimit: only one of "
		    "them can be used");
	if (conf->binddevice[0] != '\0' &&
	    strcmp(conf->binddevice, conf->xdp) != 0)
		findings_add(f, CONF_ERROR, "xdp: not the interface of "
		    "binddevice");
	for (i = 0; i < conf->naccess; i++)
		if (conf->access[i].host != NULL) {
			findings_add(f, CONF_ERROR, "xdp: allow and deny "
			    "must have addresses, not names");
			break;
		}
}

int
conf_check(const struct conf *conf, const struct conf_params *params)
{
	struct findings	f = { .params = params };

	check_sources(conf, &f);
	check_keys(conf, &f);
	check_port(conf, &f);
	check_xdp(conf, &f);
	if (conf->port == 0 && (conf->naccess > 0 || conf->nlisten > 0))
		findings_add(&f, CONF_WARNING,
		    "port 0: nobody is served, allow and listen on do nothing");
	if (conf->serverprocs == 0 &&
	    (conf->naccess > 0 || conf->nlisten > 0))
		findings_add(&f, CONF_WARNING, "serverprocs 0: nobody is "
		    "served, allow and listen on do nothing");
	if (conf->ratelimit.enabled && conf->noclientlog)
		findings_add(&f, CONF_ERROR,
		    "ratelimit: does not work with noclientlog");
	if (conf->log != 0 && conf->logdir[0] == '\0')
		findings_add(&f, CONF_WARNING,
		    "log without logdir: nothing is written");
	return (f.errors);
}

/* Those of run time that the rule leaves nothing to decide. */
static void
rules_drop_covered(struct conf_access *rules, size_t *n,
    const struct conf_access *rule)
{
	const struct conf_access	*old;
	size_t				 i, kept = 0;

	for (i = 0; i < *n; i++) {
		old = &rules[i];
		if (old->command && (!old->all || rule->all) &&
		    subnet_equal(&old->net, &rule->net))
			continue;
		if (kept != i)
			rules[kept] = *old;
		kept++;
	}
	*n = kept;
}

static int
rules_append(struct conf_access **rules, size_t *n,
    const struct conf_access *rule)
{
	struct conf_access	*grown;

	if (*n >= CONF_RULES_MAX) {
		errno = ENOSPC;
		return (-1);
	}
	if ((grown = reallocarray(*rules, *n + 1, sizeof(*grown))) == NULL)
		return (-1);
	*rules = grown;
	grown[(*n)++] = *rule;
	return (0);
}

int
conf_add_rule(struct conf *conf, const struct conf_access *rule, int command)
{
	static const struct conf_access	 everybody = { .allow = 1 };
	struct conf_access		**rules, told = *rule;
	size_t				*n;

	rules = command ? &conf->cmdaccess : &conf->access;
	n = command ? &conf->ncmdaccess : &conf->naccess;
	if (!command && *n == 0 && conf->nlisten > 0 &&
	    rules_append(rules, n, &everybody) == -1)
		return (-1);
	told.command = 1;
	rules_drop_covered(*rules, n, &told);
	return (rules_append(rules, n, &told));
}

int
conf_set_host(struct conf_access *rules, size_t n, size_t index,
    const struct subnet *net)
{
	if (index >= n || rules[index].host == NULL)
		return (-1);
	rules[index].net = *net;
	rules[index].host = NULL;
	return (0);
}
