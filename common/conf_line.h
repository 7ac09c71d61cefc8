/*
 * One line of a configuration taken apart.  For common/conf*.c only.
 */
#ifndef COMMON_CONF_LINE_H
#define COMMON_CONF_LINE_H

#include <stddef.h>

#include "common/conf.h"

struct conf_word {
	char	*text;
	int	 column;
};

/* One line taken apart. */
struct conf_line {
	char			 buf[CONF_LINE_MAX];
	struct conf_word	 words[CONF_LINE_MAX / 2 + 1];
	size_t			 nwords;
	size_t			 next;		/* word to be looked at */
	int			 end_column;	/* just behind the last word */
};

/* Takes buf apart in place. */
void	conf_line_split(struct conf_line *line);
/* OpenNTPD: `#' ends the line wherever it is. */
void	conf_line_cut_comment(struct conf_line *line);
/* The next word, or NULL at the end. */
const struct conf_word *conf_line_next(struct conf_line *line);
/* The line is a comment or has nothing but blanks. */
int	conf_line_is_comment(const char *text, size_t len);

#endif
