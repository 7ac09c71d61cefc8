/*
 * Reads the file of symmetric keys.  Run by the parent.  No key may stay in
 * its memory: what is read goes into sealed memfds, and is wiped.
 */
#include "ntpd/parent/keystore.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/key.h"
#include "ntpd/parent/conf_files.h"

#define PART_SOURCES	0
#define PART_ALL	1
#define SAY_MAX		1400

struct reading {
	const struct conf	*conf;
	keystore_say_fn		 say;
	void			*ctx;
	int			 errors;
};

static void	tell(struct reading *, int, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));

static void
tell(struct reading *r, int error, const char *fmt, ...)
{
	char text[SAY_MAX];
	va_list ap;

	r->errors += error;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->say(r->ctx, error, text);
}

static void
on_error(void *ctx, unsigned line, const char *text)
{
	struct reading *r = ctx;

	tell(r, 1, "%s:%u: %s", r->conf->keyfile, line, text);
}

/* Who can read it can tell us a time, who can write it, any time. */
static void
check_mode(struct reading *r, const struct stat *st, uid_t uid, gid_t gid)
{
	const char *name = r->conf->keyfile;

	if ((st->st_mode & (S_IROTH | S_IWOTH)) != 0)
		tell(r, 0, "%s: everybody can %s it, should be of mode 0640 "
		    "at most", name, (st->st_mode & S_IWOTH) != 0 ? "write" :
		    "read");
	else if (st->st_uid != 0 && st->st_uid == uid && geteuid() == 0 &&
	    (st->st_mode & S_IWUSR) != 0)
		tell(r, 0, "%s: the user of the children can write it",
		    name);
	else if ((st->st_mode & S_IWGRP) != 0)
		tell(r, 0, "%s: %s can write it", name, st->st_gid == gid ?
		    "the group of the children" : "its group");
}

/* The whole file, with its length; NULL with errno. */
static char *
read_file(struct reading *r, uid_t uid, gid_t gid, size_t *len)
{
	struct stat st;
	size_t done = 0;
	ssize_t n = 0;
	char *text = NULL;
	int fd, error;

	fd = open(r->conf->keyfile, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1)
		return (NULL);
	if (fstat(fd, &st) == -1)
		goto fail;
	errno = !S_ISREG(st.st_mode) ? EINVAL :
	    st.st_size > KEY_FILE_MAX ? EFBIG : 0;
	if (errno != 0)
		goto fail;
	check_mode(r, &st, uid, gid);
	*len = (size_t)st.st_size;
	if ((text = malloc(*len + 1)) == NULL)
		goto fail;
	/* one that shrinks meanwhile has what there is */
	while (done < *len && (n = read(fd, text + done, *len - done)) > 0)
		done += (size_t)n;
	if (n == -1)
		goto fail;
	close(fd);
	memset(text + done, '\n', *len - done);
	return (text);
fail:
	error = errno;
	close(fd);
	freezero(text, *len);
	errno = error;
	return (NULL);
}

static int
seal_part(struct keystore *store, int part, const struct keys *keys,
    const uint32_t *ids, size_t nids)
{
	size_t len;
	char *text;
	int fd;

	if ((text = keys_print(keys, ids, nids, &len)) == NULL)
		return (-1);
	fd = len == 0 ? 0 : conf_files_seal(text, len);
	freezero(text, len + 1);
	if (fd == -1)
		return (-1);
	store->parts[part].fd = fd;
	store->parts[part].len = len;
	return (0);
}

/* Those that sources use, and what is to be said of these. */
static size_t
list_used(struct reading *r, const struct keys *keys, uint32_t *ids)
{
	const struct conf_source *s;
	const struct key *key;
	size_t i, n = 0;

	for (i = 0; i < r->conf->nsources; i++) {
		s = &r->conf->sources[i];
		if (s->key == 0)
			continue;
		key = keys_find(keys, s->key);
		if (key == NULL) {
			tell(r, 0, "key %u of %s is not in %s: it will not "
			    "be asked", s->key, s->name, r->conf->keyfile);
			continue;
		}
		if (8 * key->len < KEY_BITS_WEAK)
			tell(r, 0, "%s:%u: key %u has %zu bits: fewer than "
			    "%d can be guessed", r->conf->keyfile, key->line,
			    key->id, 8 * key->len, KEY_BITS_WEAK);
		ids[n++] = s->key;
	}
	return (n);
}

/* Does anything go wrong when there is no such file? */
static int
is_wanted(const struct conf *conf, int in_use)
{
	size_t i;

	for (i = 0; i < conf->nsources && !in_use; i++)
		in_use = conf->sources[i].key != 0;
	return (in_use);
}

int
keystore_read(struct keystore *store, const struct conf *conf, int in_use,
    uid_t uid, gid_t gid, keystore_say_fn say, void *ctx)
{
	struct reading r = { conf, say, ctx, 0 };
	struct keys keys = { NULL, 0 };
	uint32_t *ids;
	size_t len = 0;
	int failed;
	char *text;

	memset(store, 0, sizeof(*store));
	if (conf->keyfile[0] == '\0')
		return (0);
	if ((text = read_file(&r, uid, gid, &len)) == NULL) {
		failed = errno != ENOENT || is_wanted(conf, in_use);
		tell(&r, failed, "cannot read the keys in %s: %s",
		    conf->keyfile, errno == EINVAL ? "no regular file" :
		    strerror(errno));
		return (failed ? -1 : 0);
	}
	keys_parse(&keys, text, len, on_error, &r);
	freezero(text, len);
	ids = calloc(conf->nsources + 1, sizeof(*ids));
	if (ids == NULL || seal_part(store, PART_ALL, &keys, NULL, 0) == -1 ||
	    seal_part(store, PART_SOURCES, &keys, ids,
	    list_used(&r, &keys, ids)) == -1) {
		tell(&r, 1, "%s: %s", conf->keyfile, strerror(errno));
		keystore_close(store);
	}
	free(ids);
	keys_free(&keys);
	return (r.errors);
}

void
keystore_close(struct keystore *store)
{
	int i;

	for (i = 0; i < 2; i++)
		if (store->parts[i].len > 0)
			close(store->parts[i].fd);
	memset(store, 0, sizeof(*store));
}

static int
part_of(enum role role)
{
	return (role == ROLE_SERVER ? PART_ALL : PART_SOURCES);
}

int
keystore_has(const struct keystore *store, enum role role)
{
	return ((role == ROLE_SERVER || role == ROLE_ENGINE) &&
	    store->parts[part_of(role)].len > 0);
}

int
keystore_open(const struct keystore *store, enum role role, size_t *len)
{
	int part = part_of(role);

	*len = store->parts[part].len;
	if (*len == 0)
		return (conf_files_seal("", 0));
	return (fcntl(store->parts[part].fd, F_DUPFD_CLOEXEC, 0));
}
