/*
 * The table of directives and how one value of it is read, compared and
 * written.  For common/conf*.c only: everybody else uses conf.h.
 */
#ifndef COMMON_CONF_TABLE_H
#define COMMON_CONF_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

#define CONF_NO_LIMIT	2147483647.0	/* a maximum not worth telling */
#define CONF_TEXT_MAX	512		/* an error text with its NUL */

enum conf_place {
	CONF_PLACE_POSITION,		/* by its position; must be there */
	CONF_PLACE_OPTION,		/* name, then the value; any order */
	CONF_PLACE_IMPLIED,		/* set by the directive being there */
	CONF_PLACE_ABSENT		/* known option, not in this build */
};

enum conf_type {
	CONF_TYPE_CONST,		/* no value: stores `constant' */
	CONF_TYPE_INT,
	CONF_TYPE_REAL,
	CONF_TYPE_PATH,
	CONF_TYPE_PATH_NONE,		/* `/' is stored as "" */
	CONF_TYPE_HOST,
	CONF_TYPE_USER,
	CONF_TYPE_MAIL,			/* address of a mailbox */
	CONF_TYPE_DEVICE,		/* a network interface */
	CONF_TYPE_CHOICE		/* one of the words, by its number */
};

/* One argument or option of a directive and the field it sets. */
struct conf_arg {
	const char	*name;		/* NULL ends an array */
	uint8_t		 place;		/* enum conf_place */
	uint8_t		 type;		/* enum conf_type */
	uint8_t		 openntpd;	/* makes it an OpenNTPD statement */
	uint16_t	 offset;	/* in struct conf or conf_source */
	uint16_t	 size;		/* of the field */
	double		 min;		/* signed field when < 0 */
	double		 max;		/* ABSENT: how many words follow it;
					 * 4 bytes are unsigned above 2^31 */
	double		 clamp;		/* 0, or: more is allowed, this used */
	double		 initial;
	double		 constant;	/* CONST and IMPLIED */
	const char	*word;		/* instead of a number, is stored as
					 * the constant; of a CHOICE all words
					 * with blanks between; NULL: none */
	const char	*initial_text;	/* of text fields; NULL: "" */
};

enum conf_form {
	CONF_FORM_ARGS,			/* all is said by args */
	CONF_FORM_SOURCE,		/* the same, a new conf_source each */
	CONF_FORM_ACCESS,
	CONF_FORM_BIND,			/* address pair at offset */
	CONF_FORM_BINDMANY,
	CONF_FORM_BINDCMD,
	CONF_FORM_LOG,
	CONF_FORM_OPEN,
	CONF_FORM_INCLUDE,
	CONF_FORM_CONFDIR,
	CONF_FORM_SOURCEDIR,
	CONF_FORM_LISTEN,
	CONF_FORM_BROADCAST,
	CONF_FORM_QUERY,
	CONF_FORM_ABSENT,		/* known, not in this build: refused */
	CONF_FORM_OBSOLETE,		/* a warning, nothing else */
	CONF_FORM_IGNORED,
	CONF_FORM_COUNT
};

/* bits of conf_directive.flags */
#define CONF_FLAG_OPENNTPD	0x1	/* `#' starts a comment anywhere */
#define CONF_FLAG_ALLOW		0x2	/* FORM_ACCESS: allow, not deny */
#define CONF_FLAG_COMMAND	0x4	/* FORM_ACCESS: the cmd list */
#define CONF_FLAG_NOPRINT	0x8	/* another row prints it */
#define CONF_FLAG_RESTART	0x10	/* FORM_ARGS: not by a reload */

struct conf_directive {
	const char	*name;		/* NULL ends the table */
	const char	*syntax;	/* for error texts */
	enum conf_form	 form;
	unsigned	 roles;		/* CONF_* that need it */
	unsigned	 flags;
	const struct conf_arg *args;	/* FORM_ARGS, FORM_SOURCE */
	size_t		 offset;	/* FORM_BIND */
};

struct conf_log_word {
	const char	*name;
	uint32_t	 bit;		/* CONF_LOG_*; 0: not in this build */
};

extern const struct conf_directive conf_directives[];
extern const struct conf_log_word conf_log_words[];
extern const struct conf_log_word conf_open_words[];

/* The row of a directive, whatever its case; NULL when there is none. */
const struct conf_directive *conf_directive_find(const char *name);
/* The option of a directive, whatever its case; NULL when there is none. */
const struct conf_arg *conf_arg_find(const struct conf_arg *args,
    const char *name);

/* A copy of text that lives as long as conf; NULL with errno. */
const char *conf_name_add(struct conf *conf, const char *text);

enum conf_verdict { CONF_GOOD, CONF_GOOD_BUT, CONF_BAD };

/*
 * Stores text in the field of arg in base (struct conf or conf_source).
 * GOOD_BUT and BAD: what is to be said is in why[CONF_TEXT_MAX].
 */
enum conf_verdict conf_value_set(const struct conf_arg *arg, void *base,
    const char *text, char *why);
void	conf_value_set_constant(const struct conf_arg *arg, void *base);
/* Stores the initial value of each. */
void	conf_args_set_initial(const struct conf_arg *args, void *base);
int	conf_value_is_initial(const struct conf_arg *arg, const void *base);
/* The field equals the constant. */
int	conf_value_is_constant(const struct conf_arg *arg, const void *base);
/* The value as it is written in a file. Always terminated. */
void	conf_value_format(const struct conf_arg *arg, const void *base,
    char *buf, size_t len);
/*
 * The canonical lines of one row of the table, malloc'd, each with its
 * newline; "" when it has only defaults.  NULL with errno.
 */
char	*conf_print_row(const struct conf *conf,
    const struct conf_directive *d);
/* The row that a source was made by; NULL when it was made by none. */
const struct conf_directive *conf_source_directive(
    const struct conf_source *source);
/* A copy for a message: cut, `?' for what does not print. Returns buf. */
const char *conf_text_safe(const char *text, char *buf, size_t len);

#endif
