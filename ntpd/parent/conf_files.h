/*
 * Reads the configuration: from a file and what it includes, or from the
 * command line.
 */
#ifndef PARENT_CONF_FILES_H
#define PARENT_CONF_FILES_H

#include <stddef.h>

struct conf;
struct options;

#define CONF_FILES_SIZE_MAX	(4 << 20)	/* bytes of one file */

/*
 * The configuration that the options name, parsed and checked.  Every error
 * is logged as file:line:column: text.  NULL when there was one.
 */
struct conf *conf_files_load(const struct options *o);
/*
 * A sealed memfd with the text, which nobody can change.  -1 with errno.
 */
int	conf_files_seal(const char *text, size_t len);

#endif
