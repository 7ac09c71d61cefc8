/*
 * Files of configuration.  Run by the parent, before it drops its rights.  It
 * reads; what the text means is the parser's (common/conf.h).
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/options.h"

#define COMMAND_LINE	"command line"
#define READ_CHUNK	16384

/* All of a file, which may be a pipe. malloc'd; NULL with errno. */
static char *
read_file(const char *path, size_t *len)
{
	struct stat st;
	char *text = NULL, *more;
	size_t size = 0;
	ssize_t n;
	int fd, error;

	*len = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (NULL);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		errno = EISDIR;
		return (NULL);
	}
	for (;;) {
		if (size - *len < READ_CHUNK) {
			size += READ_CHUNK;
			more = realloc(text, size);
			if (more == NULL)
				break;
			text = more;
		}
		n = read(fd, text + *len, size - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0) {
			close(fd);
			return (text);
		}
		if (n == -1)
			break;
		*len += (size_t)n;
		if (*len > CONF_FILES_SIZE_MAX) {
			errno = EFBIG;
			break;
		}
	}
	error = errno;
	free(text);
	close(fd);
	errno = error;
	return (NULL);
}

static void
say_error(void *ctx, enum conf_kind kind, const char *file, int line,
    int column, const char *text)
{
	enum log_level level;
	const char *prefix;

	(void)ctx;
	level = kind == CONF_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN;
	prefix = kind == CONF_ERROR ? "" : "warning: ";
	if (line == 0)
		log_at(level, "%s%s", prefix, text);
	else
		log_at(level, "%s:%d:%d: %s%s", file, line, column, prefix,
		    text);
}

static int
include_files(void *ctx, struct conf_parser *parser, const char *pattern)
{
	char *text;
	glob_t found;
	size_t i, len;
	int result;

	(void)ctx;
	/* a name without wildcards is itself the match, there or not */
	result = glob(pattern, GLOB_ERR | GLOB_NOMAGIC, NULL, &found);
	if (result == GLOB_NOMATCH)
		return (0);
	if (result != 0) {
		errno = result == GLOB_NOSPACE ? ENOMEM : EIO;
		return (-1);
	}
	for (i = 0; i < found.gl_pathc; i++) {
		text = read_file(found.gl_pathv[i], &len);
		if (text == NULL) {
			result = errno;
			globfree(&found);
			errno = result;
			return (-1);
		}
		conf_parse_included(parser, text, len, found.gl_pathv[i]);
		free(text);
	}
	globfree(&found);
	return (0);
}

/* One argument one line, so that a message's line counts arguments. */
static char *
join_lines(const struct options *o, size_t *len)
{
	char *text;
	size_t size = 1;
	int i;

	for (i = 0; i < o->nlines; i++)
		size += strlen(o->lines[i]) + 1;
	text = calloc(1, size);
	if (text == NULL)
		return (NULL);
	for (i = 0; i < o->nlines; i++) {
		strlcat(text, o->lines[i], size);
		strlcat(text, "\n", size);
	}
	*len = strlen(text);
	return (text);
}

struct conf *
conf_files_load(const struct options *o)
{
	const struct conf_params params = {
		.error = say_error,
		.include = include_files,
	};
	struct conf *conf;
	const char *name;
	char *text;
	size_t len;
	int errors;

	name = o->nlines > 0 ? COMMAND_LINE : o->conf_file;
	text = o->nlines > 0 ? join_lines(o, &len) : read_file(name, &len);
	if (text == NULL) {
		log_at(LOG_LEVEL_ERROR, "cannot read %s: %s", name,
		    strerror(errno));
		return (NULL);
	}
	conf = conf_new();
	if (conf == NULL) {
		log_warn("configuration");
		free(text);
		return (NULL);
	}
	errors = conf_parse(conf, text, len, name, &params);
	free(text);
	if (errors == 0)
		errors = conf_check(conf, &params);
	if (errors == 0)
		return (conf);
	conf_free(conf);
	return (NULL);
}

int
conf_files_seal(const char *text, size_t len)
{
	ssize_t n;
	size_t done = 0;
	int fd, error;

	fd = memfd_create("ntpd-conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return (-1);
	while (done < len) {
		n = write(fd, text + done, len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		done += (size_t)n;
	}
	if (done == len && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}
