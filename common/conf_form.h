/*
 * A line of the configuration whose directive is known.  For common/conf*.c
 * only.
 */
#ifndef COMMON_CONF_FORM_H
#define COMMON_CONF_FORM_H

struct conf_directive;
struct conf_line;
struct conf_parser;

/*
 * Takes the words behind the directive into p->conf, after checking each.
 * What is wrong is told by conf_args_report() and changes nothing.
 */
void	conf_form_parse(struct conf_parser *p, const struct conf_directive *d,
	    struct conf_line *line);

#endif
