/*
 * Files of configuration.  Run by the parent, before it drops its rights and
 * again at a reload.  It reads; what the text means is the parser's
 * (common/conf.h).
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/options.h"

#define COMMAND_LINE	"command line"
#define READ_CHUNK	16384
#define FILES_MAX	1024		/* of the directories of one line */

/* The files of some directories, by name; the first directory wins. */
struct file {
	char	*path;
	const char *name;		/* in path */
	size_t	 dir;
};

struct file_list {
	struct file list[FILES_MAX];
	size_t	 n;
};

/* As the kernel shall see it: ours may have changed its directory. */
static const char *
absolute(const struct conf_files *cf, const char *path, char *buf, size_t len)
{
	if (path[0] == '/' || cf->cwd[0] == '\0' ||
	    snprintf(buf, len, "%s/%s", cf->cwd, path) >= (int)len)
		return (path);
	return (buf);
}

static void
note_dir(struct conf_files *cf, const char *dir)
{
	size_t i;

	for (i = 0; i < cf->ndirs; i++)
		if (strcmp(cf->dirs[i], dir) == 0)
			return;
	if (cf->ndirs == CONF_FILES_DIRS) {
		cf->dirs_lost = 1;
		return;
	}
	strlcpy(cf->dirs[cf->ndirs++], dir, DIRS_PATH_MAX);
}

/*
 * A directory, or what there is of it: one that comes later can then be read
 * later.
 */
static void
note_existing(struct conf_files *cf, const char *path)
{
	char dir[DIRS_PATH_MAX], real[PATH_MAX], up[DIRS_PATH_MAX];

	strlcpy(dir, path, sizeof(dir));
	while (realpath(dir, real) == NULL) {
		if (dirs_parent(dir, up, sizeof(up)) == -1 ||
		    strcmp(up, dir) == 0)
			return;
		strlcpy(dir, up, sizeof(dir));
	}
	if (strcmp(real, "/") != 0)
		note_dir(cf, real);
}

/* Where a file is, by its name and, where that is a link, in truth. */
static void
note_file(struct conf_files *cf, const char *path)
{
	char dir[DIRS_PATH_MAX], real[PATH_MAX];

	if (dirs_parent(path, dir, sizeof(dir)) == 0)
		note_existing(cf, dir);
	if (realpath(path, real) != NULL &&
	    dirs_parent(real, dir, sizeof(dir)) == 0 && strcmp(dir, "/") != 0)
		note_dir(cf, dir);
}

/* At a reload nobody waits for a pipe. */
static int
open_file(const struct conf_files *cf, const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | (cf->again ? O_NONBLOCK : 0));
	if (fd == -1 || fstat(fd, &st) == -1)
		return (fd);
	if (S_ISREG(st.st_mode) || (!cf->again && !S_ISDIR(st.st_mode)))
		return (fd);
	close(fd);
	errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return (-1);
}

/* All of a file, which may be a pipe. malloc'd; NULL with errno. */
static char *
read_file(struct conf_files *cf, const char *name, size_t *len)
{
	char buf[DIRS_PATH_MAX], *text = NULL, *more;
	const char *path = absolute(cf, name, buf, sizeof(buf));
	size_t size = 0;
	ssize_t n;
	int fd, error;

	*len = 0;
	note_file(cf, path);
	fd = open_file(cf, path);
	if (fd == -1) {
		cf->denied |= errno == EACCES;
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

static void
forward_error(void *ctx, enum conf_kind kind, const char *file, int line,
    int column, const char *text)
{
	struct conf_files *cf = ctx;

	if (cf->error != NULL)
		cf->error(cf->ctx, kind, file, line, column, text);
	else
		say_error(NULL, kind, file, line, column, text);
}

/* The directory of a pattern: what is before its first wildcard. */
static void
note_pattern(struct conf_files *cf, const char *pattern)
{
	char dir[DIRS_PATH_MAX], up[DIRS_PATH_MAX];
	size_t len = strcspn(pattern, "*?[\\");

	if (len >= sizeof(dir))
		return;
	memcpy(dir, pattern, len);
	dir[len] = '\0';
	if (len > 0 && dir[len - 1] == '/')
		note_existing(cf, dir);
	else if (dirs_parent(dir, up, sizeof(up)) == 0)
		note_existing(cf, up);
}

static int
include_files(void *ctx, struct conf_parser *parser, const char *name)
{
	struct conf_files *cf = ctx;
	char buf[DIRS_PATH_MAX], *text;
	const char *pattern = absolute(cf, name, buf, sizeof(buf));
	glob_t found;
	size_t i, len;
	int result;

	note_pattern(cf, pattern);
	/* a name without wildcards is itself the match, there or not */
	errno = 0;
	result = glob(pattern, GLOB_ERR | GLOB_NOMAGIC, NULL, &found);
	if (result == GLOB_NOMATCH)
		return (0);
	if (result != 0) {
		cf->denied |= errno == EACCES;
		if (errno == 0)
			errno = result == GLOB_NOSPACE ? ENOMEM : EIO;
		return (-1);
	}
	for (i = 0; i < found.gl_pathc; i++) {
		text = read_file(cf, found.gl_pathv[i], &len);
		if (text == NULL) {
			result = errno;
			globfree(&found);
			errno = result;
			return (-1);
		}
		/* names are shown as they were written */
		conf_parse_included(parser, text, len, found.gl_pathv[i] +
		    (pattern == name ? 0 : strlen(cf->cwd) + 1));
		free(text);
	}
	globfree(&found);
	return (0);
}

static void
list_free(struct file_list *files)
{
	while (files->n > 0)
		free(files->list[--files->n].path);
	free(files);
}

static int
has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return (name[0] != '.' && n > m && strcmp(name + n - m, suffix) == 0);
}

static void
list_add(struct file_list *files, const char *dir, size_t number,
    const char *name)
{
	struct file *f = &files->list[files->n];

	if (files->n == FILES_MAX ||
	    asprintf(&f->path, "%s/%s", dir, name) == -1)
		return;
	f->name = strrchr(f->path, '/') + 1;
	f->dir = number;
	files->n++;
}

static int
compare_files(const void *pa, const void *pb)
{
	const struct file *a = pa, *b = pb;
	int order = strcmp(a->name, b->name);

	if (order != 0)
		return (order);
	return (a->dir < b->dir ? -1 : a->dir > b->dir);
}

/* A directory that is not there has no files. 0, or -1 with errno. */
static int
list_dir(struct conf_files *cf, struct file_list *files, const char *name,
    size_t number, const char *suffix)
{
	char buf[DIRS_PATH_MAX];
	const char *dir = absolute(cf, name, buf, sizeof(buf));
	struct dirent *entry;
	DIR *d;

	note_existing(cf, dir);
	d = opendir(dir);
	if (d == NULL) {
		cf->denied |= errno == EACCES;
		return (errno == ENOENT ? 0 : -1);
	}
	while ((entry = readdir(d)) != NULL)
		if (has_suffix(entry->d_name, suffix))
			list_add(files, name, number, entry->d_name);
	closedir(d);
	return (0);
}

/* In order of names; of several with one name the first directory's. */
static void
list_sort(struct file_list *files)
{
	size_t i, n = 0;

	qsort(files->list, files->n, sizeof(files->list[0]), compare_files);
	for (i = 0; i < files->n; i++) {
		if (n > 0 && strcmp(files->list[i].name,
		    files->list[n - 1].name) == 0)
			free(files->list[i].path);
		else
			files->list[n++] = files->list[i];
	}
	files->n = n;
}

static int
include_dirs(void *ctx, struct conf_parser *parser, const char *const *dirs,
    size_t n)
{
	struct conf_files *cf = ctx;
	struct file_list *files;
	char *text;
	size_t i, len;
	int error = 0;

	files = calloc(1, sizeof(*files));
	if (files == NULL)
		return (-1);
	for (i = 0; i < n && error == 0; i++)
		if (list_dir(cf, files, dirs[i], i, ".conf") == -1)
			error = errno;
	list_sort(files);
	for (i = 0; i < files->n && error == 0; i++) {
		text = read_file(cf, files->list[i].path, &len);
		if (text == NULL)
			error = errno;
		else
			conf_parse_included(parser, text, len,
			    files->list[i].path);
		free(text);
	}
	list_free(files);
	errno = error;
	return (error == 0 ? 0 : -1);
}

static void
tell(struct conf_files *cf, enum conf_kind kind, const char *what,
    const char *why)
{
	char text[CONF_PATH_MAX + 128];

	snprintf(text, sizeof(text), "cannot read %s: %s", what, why);
	forward_error(cf, kind, "", 0, 0, text);
}

static struct conf_params
params_of(struct conf_files *cf)
{
	struct conf_params params;

	memset(&params, 0, sizeof(params));
	params.error = forward_error;
	params.include = include_files;
	params.confdir = include_dirs;
	params.ctx = cf;
	return (params);
}

/* What cannot be read is no reason to do without the rest. */
static void
read_sourcedirs(struct conf_files *cf, struct conf *conf)
{
	const struct conf_params params = params_of(cf);
	struct file_list *files;
	char *text;
	size_t i, len;

	files = calloc(1, sizeof(*files));
	if (files == NULL)
		return;
	for (i = 0; i < conf->nsourcedirs; i++)
		if (list_dir(cf, files, conf->sourcedirs[i], i,
		    ".sources") == -1)
			tell(cf, CONF_WARNING, conf->sourcedirs[i],
			    strerror(errno));
	list_sort(files);
	for (i = 0; i < files->n; i++) {
		text = read_file(cf, files->list[i].path, &len);
		if (text == NULL)
			tell(cf, CONF_WARNING, files->list[i].path,
			    strerror(errno));
		else
			conf_parse_sources(conf, text, len,
			    files->list[i].path, &params);
		free(text);
	}
	list_free(files);
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

void
conf_files_init(struct conf_files *cf, const struct options *o)
{
	memset(cf, 0, sizeof(*cf));
	cf->options = o;
	if (getcwd(cf->cwd, sizeof(cf->cwd)) == NULL)
		cf->cwd[0] = '\0';
}

struct conf *
conf_files_read(struct conf_files *cf)
{
	const struct conf_params params = params_of(cf);
	const struct options *o = cf->options;
	struct conf *conf;
	const char *name;
	char *text;
	size_t len;
	int errors;

	name = o->nlines > 0 ? COMMAND_LINE : o->conf_file;
	text = o->nlines > 0 ? join_lines(o, &len) : read_file(cf, name,
	    &len);
	if (text == NULL) {
		tell(cf, CONF_ERROR, name, strerror(errno));
		return (NULL);
	}
	conf = conf_new();
	if (conf == NULL) {
		tell(cf, CONF_ERROR, name, strerror(errno));
		free(text);
		return (NULL);
	}
	errors = conf_parse(conf, text, len, name, &params);
	free(text);
	if (errors == 0) {
		read_sourcedirs(cf, conf);
		errors = conf_check(conf, &params);
	}
	if (errors == 0)
		return (conf);
	conf_free(conf);
	return (NULL);
}

/* The names alone; what is in their files is read after. 0 or -1. */
static int
copy_sourcedirs(struct conf *to, const struct conf *from)
{
	size_t i;

	if (from->nsourcedirs == 0)
		return (0);
	to->sourcedirs = calloc(from->nsourcedirs, sizeof(char *));
	if (to->sourcedirs == NULL)
		return (-1);
	for (i = 0; i < from->nsourcedirs; i++) {
		to->sourcedirs[i] = strdup(from->sourcedirs[i]);
		if (to->sourcedirs[i] == NULL)
			return (-1);
		to->nsourcedirs++;
	}
	return (0);
}

struct conf *
conf_files_copy(const struct conf *old)
{
	struct conf *conf = NULL;
	char *text;
	size_t len;

	/* the canonical text is all that there is to a configuration */
	text = conf_print(old, CONF_ALL, &len);
	if (text != NULL && (conf = conf_new()) != NULL &&
	    conf_parse(conf, text, len, "configuration", NULL) == 0 &&
	    copy_sourcedirs(conf, old) == 0) {
		free(text);
		conf->ndirsources = old->ndirsources;
		return (conf);
	}
	free(text);
	conf_free(conf);
	return (NULL);
}

struct conf *
conf_files_read_sources(struct conf_files *cf, const struct conf *old)
{
	struct conf *conf = conf_files_copy(old);

	if (conf == NULL) {
		tell(cf, CONF_ERROR, "the configuration", strerror(errno));
		return (NULL);
	}
	conf->nsources -= conf->ndirsources;
	conf->ndirsources = 0;
	read_sourcedirs(cf, conf);
	return (conf);
}

struct conf *
conf_files_load(const struct options *o)
{
	struct conf_files *cf;
	struct conf *conf;

	cf = calloc(1, sizeof(*cf));
	if (cf == NULL) {
		log_warn("configuration");
		return (NULL);
	}
	conf_files_init(cf, o);
	conf = conf_files_read(cf);
	free(cf);
	return (conf);
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
