/*
 * Text to configuration, line by line.  The parent parses the files; a child
 * parses the canonical text of its own directives.  Must not open files
 * (include asks the caller) nor stop at the first error.
 */
#include <ctype.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_args.h"
#include "common/conf_form.h"
#include "common/conf_line.h"
#include "common/conf_table.h"

/* What no line may have; NUL not even a comment. 0, or -1 after telling. */
static int
line_check(struct conf_parser *p, const char *text, size_t len)
{
	int		comment = conf_line_is_comment(text, len);
	unsigned char	c;
	size_t		i;

	if (len >= CONF_LINE_MAX) {
		conf_args_report(p, CONF_ERROR, CONF_LINE_MAX,
		    "line too long, must be at most %d bytes",
		    CONF_LINE_MAX - 1);
		return (-1);
	}
	for (i = 0; i < len; i++) {
		c = (unsigned char)text[i];
		if (c == '\0' || (iscntrl(c) && !isspace(c) && !comment)) {
			conf_args_report(p, CONF_ERROR, (int)i + 1,
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
	char				 shown[CONF_SHOWN_MAX];

	if (line_check(p, text, len) == -1 || conf_line_is_comment(text, len))
		return;
	memcpy(line.buf, text, len);
	line.buf[len] = '\0';
	conf_line_split(&line);
	d = conf_directive_find(line.words[0].text);
	if (d == NULL) {
		conf_args_report(p, CONF_ERROR, line.words[0].column,
		    "unknown directive \"%s\"",
		    conf_text_safe(line.words[0].text, shown, sizeof(shown)));
		return;
	}
	if (p->only_sources && d->form != CONF_FORM_SOURCE) {
		conf_args_report(p, CONF_ERROR, line.words[0].column,
		    "%s: only sources may be in this file", d->name);
		return;
	}
	if (d->flags & CONF_FLAG_OPENNTPD)
		conf_line_cut_comment(&line);
	line.next = 1;
	conf_form_parse(p, d, &line);
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
	conf_args_report(&p, CONF_ERROR, 1, "no newline at the end");
}
