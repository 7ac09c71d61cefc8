/*
 * The interactive mode, by libedit.  Completes commands, and behind those that
 * take a source also the names of sources, which are asked for only then.
 */
#include "ntpctl/interactive.h"

#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "ntpctl/commands.h"

#define HISTORY_LINES	500
#define WORDS_MAX	256
#define WORD_MAX	REPORT_NAME_MAX

struct state {
	struct ctl	*ctl;
	char		 prompt[32];
};

/* What a word may become. */
struct matches {
	const char	*prefix;
	size_t		 len;
	unsigned	 n;
	char		 first[WORD_MAX];
	size_t		 common;	/* of all matches */
	struct text	 list;
};

static void
match(struct matches *m, const char *word)
{
	size_t	 i;

	if (strncmp(word, m->prefix, m->len) != 0)
		return;
	if (m->n == 0) {
		strlcpy(m->first, word, sizeof(m->first));
		m->common = strlen(m->first);
	} else if (strcmp(word, m->first) == 0)
		return;
	for (i = 0; i < m->common && word[i] == m->first[i]; i++)
		;
	m->common = i;
	m->n++;
	text_add(&m->list, "%s  ", word);
}

static void
match_commands(struct matches *m, const char *first)
{
	const struct command	*c;
	const char		*last = "";
	size_t			 i;

	for (i = 0; (c = commands_get(i)) != NULL; i++) {
		if (c->run == NULL || c->help == NULL)
			continue;
		if (first != NULL) {
			if (c->sub != NULL && strcmp(c->name, first) == 0)
				match(m, c->sub);
		} else if (strcmp(c->name, last) != 0) {
			match(m, c->name);
			last = c->name;
		}
	}
}

static int
takes_source(const char *name)
{
	const struct command	*c;
	size_t			 i;

	for (i = 0; (c = commands_get(i)) != NULL; i++)
		if (c->run != NULL && c->help != NULL &&
		    strcmp(c->name, name) == 0 &&
		    (strstr(c->arguments, "address") != NULL ||
		    strstr(c->arguments, "source") != NULL))
			return (1);
	return (0);
}

/* The address of a source, and its name in the daemon's configuration. */
static void
match_source(struct matches *m, struct ctl *ctl,
    const struct report_source *source)
{
	struct candm_request	request;
	struct candm_reply	reply;
	char			addr[ADDR_TEXT_MAX];

	if (source->mode == REPORT_MODE_REFCLOCK)
		return;
	if (source->addr.family != ADDR_NONE)
		match(m, addr_format(&source->addr, addr, sizeof(addr)));
	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_NTP_SOURCE_NAME;
	request.body.source.addr = source->addr;
	request.body.source.id = source->id;
	if (ctl_try(ctl, &request, CANDM_RPY_NTP_SOURCE_NAME, &reply) == 0)
		match(m, reply.body.name.name);
}

/* A daemon that is silent completes nothing. */
static void
match_sources(struct matches *m, struct ctl *ctl)
{
	struct candm_reply	 reply;
	struct text		 said = ctl->out;
	uint32_t		 i, n;

	text_init(&ctl->out);
	if (ctl_ask_command(ctl, CANDM_REQ_N_SOURCES, CANDM_RPY_N_SOURCES,
	    &reply) == 0) {
		n = reply.body.count;
		for (i = 0; i < n && i < WORDS_MAX && ctl_ask_index(ctl,
		    CANDM_REQ_SOURCE_DATA, i, CANDM_RPY_SOURCE_DATA,
		    &reply) == 0; i++)
			match_source(m, ctl, &reply.body.source);
	}
	text_free(&ctl->out);
	ctl->out = said;
}

static unsigned char
complete(EditLine *el, int ch)
{
	const LineInfo	*line = el_line(el);
	struct state	*state;
	struct matches	 m;
	char		 first[WORD_MAX], prefix[WORD_MAX];
	const char	*start = line->cursor, *p;
	unsigned char	 result = CC_ERROR;
	size_t		 len;

	(void)ch;
	el_get(el, EL_CLIENTDATA, &state);
	while (start > line->buffer && start[-1] != ' ')
		start--;
	p = line->buffer + strspn(line->buffer, " ");
	len = strcspn(p, " ");
	memset(&m, 0, sizeof(m));
	m.len = line->cursor - start;
	if (m.len >= sizeof(prefix) || len >= sizeof(first))
		return (CC_ERROR);
	memcpy(prefix, start, m.len);
	prefix[m.len] = '\0';
	m.prefix = prefix;
	if (start <= p)
		match_commands(&m, NULL);
	else {
		memcpy(first, p, len);
		first[len] = '\0';
		match_commands(&m, first);
		if (takes_source(first))
			match_sources(&m, state->ctl);
	}
	if (m.n > 0 && m.common > m.len) {
		m.first[m.common] = '\0';
		el_insertstr(el, m.first + m.len);
		result = CC_REFRESH;
	}
	if (m.n == 1) {
		el_insertstr(el, " ");
		result = CC_REFRESH;
	} else if (m.n > 1 && result == CC_ERROR && m.list.data != NULL) {
		printf("\n%s\n", m.list.data);
		result = CC_REDISPLAY;
	}
	text_free(&m.list);
	return (result);
}

static char *
prompt_of(EditLine *el)
{
	struct state	*state;

	el_get(el, EL_CLIENTDATA, &state);
	return (state->prompt);
}

static void
set_up(EditLine *el, History *hist, struct state *state)
{
	HistEvent	 event;

	history(hist, &event, H_SETSIZE, HISTORY_LINES);
	el_set(el, EL_CLIENTDATA, state);
	el_set(el, EL_PROMPT, prompt_of);
	el_set(el, EL_EDITOR, "emacs");
	el_set(el, EL_SIGNAL, 1);
	el_set(el, EL_HIST, history, hist);
	el_set(el, EL_ADDFN, "complete", "complete a word", complete);
	el_set(el, EL_BIND, "\t", "complete", NULL);
	el_source(el, NULL);
}

int
interactive_run(struct ctl *ctl, const char *prompt,
    int (*run)(void *arg, char *line), void *arg)
{
	struct state	 state = { .ctl = ctl };
	HistEvent	 event;
	EditLine	*el;
	History		*hist;
	const char	*line = NULL;
	char		 copy[COMMANDS_LINE_MAX];
	int		 len, result = 0;

	snprintf(state.prompt, sizeof(state.prompt), "%s ", prompt);
	hist = history_init();
	el = el_init(prompt, stdin, stdout, stderr);
	if (hist == NULL || el == NULL) {
		if (hist != NULL)
			history_end(hist);
		return (-1);
	}
	set_up(el, hist, &state);
	while (!ctl->quit && (line = el_gets(el, &len)) != NULL && len > 0) {
		if (strlcpy(copy, line, sizeof(copy)) >= sizeof(copy)) {
			fprintf(stderr, "The line is too long\n");
			continue;
		}
		if (copy[strspn(copy, " \t\r\n")] != '\0')
			history(hist, &event, H_ENTER, line);
		result = run(arg, copy);
	}
	if (!ctl->quit)
		printf("\n");
	el_end(el);
	history_end(hist);
	return (result);
}
