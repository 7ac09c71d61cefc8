/*
 * One line of a configuration to words with their columns.  Used by whoever
 * parses one.  Must not know what the words mean.
 */
#include <ctype.h>
#include <string.h>

#include "common/conf_line.h"

const struct conf_word *
conf_line_next(struct conf_line *line)
{
	if (line->next >= line->nwords)
		return (NULL);
	return (&line->words[line->next++]);
}

void
conf_line_split(struct conf_line *line)
{
	size_t	i = 0, start;

	line->nwords = line->next = 0;
	line->end_column = 1;
	for (;;) {
		while (isspace((unsigned char)line->buf[i]))
			i++;
		if (line->buf[i] == '\0')
			return;
		start = i;
		while (line->buf[i] != '\0' &&
		    !isspace((unsigned char)line->buf[i]))
			i++;
		line->words[line->nwords].text = line->buf + start;
		line->words[line->nwords].column = (int)start + 1;
		line->nwords++;
		line->end_column = (int)i + 1;
		if (line->buf[i] != '\0')
			line->buf[i++] = '\0';
	}
}

void
conf_line_cut_comment(struct conf_line *line)
{
	size_t	i, len;

	for (i = 0; i < line->nwords; i++) {
		len = strcspn(line->words[i].text, "#");
		if (line->words[i].text[len] == '\0')
			continue;
		line->words[i].text[len] = '\0';
		line->nwords = len > 0 ? i + 1 : i;
		return;
	}
}

int
conf_line_is_comment(const char *text, size_t len)
{
	size_t	i = 0;

	while (i < len && isspace((unsigned char)text[i]))
		i++;
	return (i == len || (text[i] != '\0' &&
	    strchr("#;!%", text[i]) != NULL));
}
