/*
 * Reads the configuration: from a file and what it includes, or from the
 * command line.
 */
#ifndef PARENT_CONF_FILES_H
#define PARENT_CONF_FILES_H

#include <stddef.h>

#include "common/conf.h"
#include "ntpd/parent/dirs.h"

struct options;

#define CONF_FILES_SIZE_MAX	(64 << 20)	/* bytes of one file */
#define CONF_FILES_DIRS		48

/* What is read, and what became known by reading. */
struct conf_files {
	const struct options *options;
	conf_error_fn	 error;		/* NULL: to the log */
	void		*ctx;
	int		 again;		/* a reload: regular files only */
	char		 cwd[DIRS_PATH_MAX];	/* for relative paths */
	int		 denied;	/* something may not be read (EACCES) */
	/* the directories of what was read or looked for, with real paths */
	char		 dirs[CONF_FILES_DIRS][DIRS_PATH_MAX];
	size_t		 ndirs;
	int		 dirs_lost;	/* there were more */
};

void	conf_files_init(struct conf_files *cf, const struct options *o);
/*
 * The configuration that the options name, with what it includes and the
 * sources of its sourcedirs, parsed and checked.  NULL when there was an
 * error; all of them are told as file:line:column: text.
 */
struct conf *conf_files_read(struct conf_files *cf);
/* A copy of a configuration.  NULL with errno. */
struct conf *conf_files_copy(const struct conf *conf);
/*
 * A copy of a configuration with the files of its sourcedirs read anew.
 * NULL when it cannot be had (told).
 */
struct conf *conf_files_read_sources(struct conf_files *cf,
	    const struct conf *conf);
/* conf_files_read() with errors to the log and nothing else known after. */
struct conf *conf_files_load(const struct options *o);
/*
 * A sealed memfd with the text, which nobody can change.  -1 with errno.
 */
int	conf_files_seal(const char *text, size_t len);

#endif
