/*
 * The directory of saved samples.  Run by the parent; reads before the rights
 * are dropped, writes later.  An engine that was taken over must not be able
 * to fill the disk, nor to name a file.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "ntpd/parent/dumps.h"
#include "ntpd/parent/files.h"

#define BOOT_ID		"/proc/sys/kernel/random/boot_id"
#define SUFFIX		".dat"
#define NAME_MAX_LEN	(ADDR_TEXT_MAX + sizeof(SUFFIX))

void
dumps_init(struct dumps *d)
{
	memset(d, 0, sizeof(*d));
	d->dirfd = -1;
}

void
dumps_forget(struct dumps *d)
{
	free(d->loaded);
	d->loaded = NULL;
	d->nloaded = 0;
}

void
dumps_close(struct dumps *d)
{
	dumps_forget(d);
	if (d->dirfd != -1)
		close(d->dirfd);
	d->dirfd = -1;
}

/* Up to len bytes of a regular file; how many, -1 with errno. */
static ssize_t
read_file(int dirfd, const char *name, char *buf, size_t len)
{
	struct stat st;
	ssize_t n = -1;
	int fd;

	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOFOLLOW);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, buf, len);
	close(fd);
	return (n);
}

static void
read_boot(struct dumps *d)
{
	ssize_t n;
	int fd;

	fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	n = read(fd, d->boot, sizeof(d->boot) - 1);
	close(fd);
	if (n <= 0)
		return;
	d->boot[n] = '\0';
	d->boot[strcspn(d->boot, "\n")] = '\0';
}

/* 1: the name is that of a file of ours for some address. */
static int
is_name(const char *name)
{
	char text[NAME_MAX_LEN];
	struct addr a;
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	if (len <= suffix || len >= sizeof(text) ||
	    strcmp(name + len - suffix, SUFFIX) != 0)
		return (0);
	memcpy(text, name, len - suffix);
	text[len - suffix] = '\0';
	return (addr_parse(text, &a) == 0);
}

static void
keep(struct dumps *d, const struct msg_dump *m)
{
	struct msg_dump *grown;

	if (d->nloaded == DUMPS_MAX)
		return;
	grown = reallocarray(d->loaded, d->nloaded + 1, sizeof(*grown));
	if (grown == NULL)
		return;
	d->loaded = grown;
	d->loaded[d->nloaded++] = *m;
}

/* One file: 1 when it could be used, 0 else.  Ours are removed. */
static int
load_file(struct dumps *d, const char *name, int wanted)
{
	char buf[DUMP_TEXT_MAX + 1], boot[DUMP_BOOT_MAX];
	struct msg_dump m;
	int used = 0;
	ssize_t n;

	n = read_file(d->dirfd, name, buf, sizeof(buf));
	/* chronyd's files have the same names */
	if (n < (ssize_t)strlen(DUMP_MAGIC) ||
	    memcmp(buf, DUMP_MAGIC, strlen(DUMP_MAGIC)) != 0)
		return (0);
	if (wanted && d->boot[0] != '\0') {
		if (dump_parse(buf, (size_t)n, &m, boot) == -1)
			log_warnx("the file of samples %s is damaged: "
			    "ignored", name);
		else if (strcmp(boot, d->boot) != 0)
			log_info("The samples in %s are from before this "
			    "computer was started: ignored", name);
		else {
			keep(d, &m);
			used = 1;
		}
	}
	if (unlinkat(d->dirfd, name, 0) == -1)
		log_warn("cannot remove the file of samples %s", name);
	return (used);
}

void
dumps_open(struct dumps *d, const char *path, int wanted)
{
	struct dirent *entry;
	unsigned used = 0;
	DIR *dir;
	int fd;

	read_boot(d);
	d->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = d->dirfd == -1 ? -1 : fcntl(d->dirfd, F_DUPFD_CLOEXEC, 3);
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		log_warn("cannot read the directory of samples %s", path);
		if (fd != -1)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (is_name(entry->d_name))
			used += (unsigned)load_file(d, entry->d_name, wanted);
	closedir(dir);
	if (wanted)
		log_info("Samples of %u source%s read from %s", used,
		    used == 1 ? "" : "s", path);
}

/* Not more names than there can be sources, and not all the time. */
static int
may_write(struct dumps *d, const struct addr *a, int64_t now_ns)
{
	size_t i;

	for (i = 0; i < d->nnames; i++)
		if (addr_equal(&d->names[i], a))
			break;
	if (i == DUMPS_MAX)
		return (0);
	if (d->full_ns < now_ns)
		d->full_ns = now_ns;
	if (d->full_ns - now_ns >= DUMPS_BURST * DUMPS_NS)
		return (0);
	d->full_ns += DUMPS_NS;
	if (i == d->nnames)
		d->names[d->nnames++] = *a;
	return (1);
}

int
dumps_write(struct dumps *d, const struct msg_dump *m, int64_t now_ns)
{
	char name[NAME_MAX_LEN], addr[ADDR_TEXT_MAX], buf[DUMP_TEXT_MAX];
	size_t len;
	int result;

	if (d->dirfd == -1 || d->boot[0] == '\0')
		return (-1);
	if (!may_write(d, &m->addr, now_ns)) {
		if (!d->failed)
			log_warnx("too many files of samples: refused");
		d->failed = 1;
		return (-1);
	}
	snprintf(name, sizeof(name), "%s" SUFFIX, addr_format(&m->addr, addr,
	    sizeof(addr)));
	len = dump_format(m, d->boot, buf);
	/* after a crash it is of no use: nobody need wait for the disk */
	result = files_put(d->dirfd, name, buf, len, 0644);
	if (result == -1 && !d->failed)
		log_warn("cannot write the file of samples %s", name);
	d->failed = result == -1;
	return (result);
}
