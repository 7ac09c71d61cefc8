/*
 * Replaces files in directories that were opened before the rights were
 * dropped.  Run by the parent.  A child names a file by number and never by
 * path, and its text is checked before it becomes the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "ntpd/parent/drift.h"
#include "ntpd/parent/files.h"

int
files_place_open(struct files_place *place, const char *path)
{
	char dir[1024];
	const char *slash;
	size_t len;

	place->dirfd = -1;
	slash = strrchr(path, '/');
	len = slash == NULL ? 0 : (size_t)(slash - path);
	if (len >= sizeof(dir) || strlen(slash == NULL ? path : slash + 1) >=
	    sizeof(place->name) - sizeof("..new")) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(dir, path, len);
	dir[len] = '\0';
	strlcpy(place->name, slash == NULL ? path : slash + 1,
	    sizeof(place->name));
	if (place->name[0] == '\0') {
		errno = EISDIR;
		return (-1);
	}
	if (slash == NULL)
		strlcpy(dir, ".", sizeof(dir));
	else if (len == 0)
		strlcpy(dir, "/", sizeof(dir));
	place->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return (place->dirfd == -1 ? -1 : 0);
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		data += n;
		len -= (size_t)n;
	}
	return (0);
}

static void
temp_name(const char *name, char temp[FILES_NAME_MAX + 8])
{
	snprintf(temp, FILES_NAME_MAX + 8, ".%s.new", name);
}

/* A new file with this content: its descriptor, or -1 with errno. */
static int
write_temp(int dirfd, const char *name, const char *data, size_t len,
    mode_t mode)
{
	char temp[FILES_NAME_MAX + 8];
	int fd, saved_errno;

	temp_name(name, temp);
	/* one left by a crash, or put there by somebody else, is not ours */
	if (unlinkat(dirfd, temp, 0) == -1 && errno != ENOENT)
		return (-1);
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, mode);
	if (fd == -1)
		return (-1);
	/* whatever the umask */
	if (fchmod(fd, mode) == 0 && write_all(fd, data, len) == 0)
		return (fd);
	saved_errno = errno;
	close(fd);
	unlinkat(dirfd, temp, 0);
	errno = saved_errno;
	return (-1);
}

/*
 * Makes it the file, when the disk has it if sync is set.  Closes fd.  0 or -1
 * with errno.
 */
static int
rename_temp(int dirfd, const char *name, int fd, int sync)
{
	char temp[FILES_NAME_MAX + 8];
	int bad, saved_errno;

	temp_name(name, temp);
	bad = sync && fsync(fd) == -1;
	saved_errno = errno;
	if (close(fd) == -1 && !bad) {
		bad = 1;
		saved_errno = errno;
	}
	if (!bad && renameat(dirfd, temp, dirfd, name) == 0)
		return (0);
	if (!bad)
		saved_errno = errno;
	unlinkat(dirfd, temp, 0);
	errno = saved_errno;
	return (-1);
}

int
files_replace(int dirfd, const char *name, const char *data, size_t len,
    mode_t mode)
{
	int fd;

	fd = write_temp(dirfd, name, data, len, mode);
	if (fd == -1 || rename_temp(dirfd, name, fd, 1) == -1)
		return (-1);
	/* some file systems cannot sync a directory: the file is there */
	(void)fsync(dirfd);
	return (0);
}

int
files_put(int dirfd, const char *name, const char *data, size_t len,
    mode_t mode)
{
	int fd;

	fd = write_temp(dirfd, name, data, len, mode);
	return (fd == -1 ? -1 : rename_temp(dirfd, name, fd, 0));
}

void
files_init(struct files *f)
{
	int i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < FILE_COUNT; i++)
		f->places[i].dirfd = f->written[i] = -1;
}

static void
note_result(struct files *f, uint32_t index, int result)
{
	if (result == -1 && !f->failed[index])
		log_warn("cannot write the file %s", f->places[index].name);
	f->failed[index] = result == -1;
}

void
files_settle(struct files *f, int64_t now_ns)
{
	uint32_t i;

	for (i = 0; i < FILE_COUNT; i++) {
		if (f->written[i] == -1 ||
		    now_ns - f->written_ns[i] < FILES_SETTLE_NS)
			continue;
		note_result(f, i, rename_temp(f->places[i].dirfd,
		    f->places[i].name, f->written[i], 1));
		f->written[i] = -1;
	}
}

void
files_forget(struct files *f)
{
	int i;

	for (i = 0; i < FILE_COUNT; i++) {
		free(f->data[i]);
		f->data[i] = NULL;
		f->len[i] = 0;
	}
}

void
files_close(struct files *f)
{
	int i;

	files_settle(f, INT64_MAX);
	files_forget(f);
	for (i = 0; i < FILE_COUNT; i++) {
		if (f->places[i].dirfd != -1)
			close(f->places[i].dirfd);
		f->places[i].dirfd = -1;
	}
}

static void
drop_data(struct files *f, uint32_t index)
{
	free(f->data[index]);
	f->data[index] = NULL;
	f->len[index] = 0;
}

int
files_write(struct files *f, const struct msg_file *m)
{
	char *data;

	if (m->index >= FILE_COUNT || m->len > sizeof(m->data))
		return (-1);
	if (f->len[m->index] + m->len > FILES_SIZE_MAX) {
		drop_data(f, m->index);
		f->refused++;
		return (-1);
	}
	data = realloc(f->data[m->index], f->len[m->index] + m->len + 1);
	if (data == NULL) {
		drop_data(f, m->index);
		return (-1);
	}
	memcpy(data + f->len[m->index], m->data, m->len);
	f->data[m->index] = data;
	f->len[m->index] += m->len;
	return (0);
}

static int
refuse_commit(struct files *f, uint32_t index, const char *why)
{
	drop_data(f, index);
	if (f->refused++ == 0)
		log_warnx("text for the file %s refused: %s",
		    f->places[index].name, why);
	return (-1);
}

/*
 * The disk begins to write now, and nobody waits for it: the parent has the
 * ends of slews to think of.
 */
static int
write_beside(struct files *f, uint32_t index, int64_t now_ns)
{
	struct files_place *place = &f->places[index];

	if (f->written[index] != -1)
		close(f->written[index]);
	f->written[index] = write_temp(place->dirfd, place->name,
	    f->data[index], f->len[index], 0644);
	if (f->written[index] == -1)
		return (-1);
	f->written_ns[index] = now_ns;
	(void)sync_file_range(f->written[index], 0, 0,
	    SYNC_FILE_RANGE_WRITE);
	return (0);
}

int
files_commit(struct files *f, uint32_t index, int64_t now_ns,
    struct msg_drift *drift)
{
	struct files_place *place;
	struct msg_drift new;
	int result;

	if (index >= FILE_COUNT)
		return (-1);
	place = &f->places[index];
	if (place->dirfd == -1) {
		drop_data(f, index);
		return (1);
	}
	if (f->full_ns < now_ns)
		f->full_ns = now_ns;
	if (f->full_ns - now_ns >= FILES_BURST * FILES_COMMIT_NS)
		return (refuse_commit(f, index, "too often"));
	if (f->data[index] == NULL)
		return (refuse_commit(f, index, "there is none"));
	if (index == FILE_DRIFT &&
	    drift_parse(f->data[index], f->len[index], &new) == -1)
		return (refuse_commit(f, index, "not `frequency skew'"));
	f->full_ns += FILES_COMMIT_NS;
	result = write_beside(f, index, now_ns);
	note_result(f, index, result);
	drop_data(f, index);
	if (result == 0 && index == FILE_DRIFT)
		*drift = new;
	return (result);
}
