/*
 * Giving up users, root directory, capabilities and resources for good.  Run
 * once by every process before it reads anything that came from outside.
 * Everything is looked at again afterwards: a right that could not be given
 * up ends the start, never only a warning.
 */
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stddef.h>
#include <unistd.h>

#include "privsep/sandbox.h"

#define GROUPS_MAX	1		/* more than we look at are too many */

static int
fail(const char **what, const char *step)
{
	*what = step;
	return (-1);
}

static int
refuse(const char **what, const char *step, int error)
{
	*what = step;
	errno = error;
	return (-1);
}

/*
 * Opens the future root directory; O_PATH, because a root without
 * CAP_DAC_READ_SEARCH cannot read the directory of another user.
 */
static int
root_open(const struct drop *drop, struct stat *st, const char **what)
{
	mode_t others = S_IWOTH;
	int fd, ours;

	fd = open(drop->root, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (fail(what, "open root directory"));
	if (fstat(fd, st) == -1) {
		close(fd);
		return (fail(what, "fstat root directory"));
	}
	ours = st->st_uid == 0 ||
	    (drop->root_is_shared && st->st_uid == drop->uid);
	if (!drop->root_is_shared || st->st_gid != drop->gid)
		others |= S_IWGRP;
	if (!ours || (st->st_mode & others) != 0) {
		close(fd);
		return (refuse(what, "root directory's owner and mode",
		    EPERM));
	}
	return (fd);
}

/* Needs the group that may search the directory, or its owner. */
static int
root_enter(int fd, const struct drop *drop, const struct stat *st,
    const char **what)
{
	int rc;

	/*
	 * The file system user decides who may enter.  This keeps
	 * CAP_SYS_CHROOT, which a change of the effective user would not.
	 */
	if (st->st_uid != 0)
		setfsuid(drop->uid);
	rc = fchdir(fd);
	if (rc == 0)
		rc = chroot(".");
	if (st->st_uid != 0)
		setfsuid(geteuid());
	if (rc == -1)
		return (fail(what, "chroot"));
	if (chdir("/") == -1)
		return (fail(what, "chdir"));
	return (0);
}

static int
users_set(const struct drop *drop, const char **what)
{
	struct stat st;
	int fd = -1, rc;

	if (drop->root != NULL && (fd = root_open(drop, &st, what)) == -1)
		return (-1);
	rc = setgroups(0, NULL);
	if (rc == -1)
		fail(what, "setgroups");
	if (rc == 0 && !drop->keep_root) {
		rc = setresgid(drop->gid, drop->gid, drop->gid);
		if (rc == -1)
			fail(what, "setresgid");
	}
	if (rc == 0 && fd != -1)
		rc = root_enter(fd, drop, &st, what);
	if (fd != -1)
		close(fd);
	if (rc == -1 || drop->keep_root)
		return (rc);
	if (prctl(PR_SET_KEEPCAPS, drop->keep_caps != 0, 0, 0, 0) == -1)
		return (fail(what, "keepcaps"));
	if (setresuid(drop->uid, drop->uid, drop->uid) == -1)
		return (fail(what, "setresuid"));
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == -1)
		return (fail(what, "keepcaps"));
	return (0);
}

static int
users_verify(const struct drop *drop, const char **what)
{
	gid_t egid, groups[GROUPS_MAX], rgid, sgid, want_gid;
	uid_t euid, ruid, suid, want_uid;

	want_uid = drop->keep_root ? 0 : drop->uid;
	want_gid = drop->keep_root ? getegid() : drop->gid;
	if (getresuid(&ruid, &euid, &suid) == -1 ||
	    getresgid(&rgid, &egid, &sgid) == -1)
		return (fail(what, "getresuid"));
	if (ruid != want_uid || euid != want_uid || suid != want_uid)
		return (refuse(what, "user after the drop", EPERM));
	if (rgid != want_gid || egid != want_gid || sgid != want_gid)
		return (refuse(what, "group after the drop", EPERM));
	if (getgroups(GROUPS_MAX, groups) != 0)
		return (refuse(what, "groups after the drop", EPERM));
	if (want_uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return (refuse(what, "user after the drop", EPERM));
	return (0);
}

static uint64_t
caps_get(cap_t caps, cap_flag_t flag)
{
	cap_flag_value_t value;
	uint64_t set = 0;
	cap_value_t c;

	for (c = 0; c < cap_max_bits(); c++)
		if (cap_get_flag(caps, c, flag, &value) == 0 &&
		    value == CAP_SET)
			set |= 1ULL << c;
	return (set);
}

/* The bounding set can be reduced only by who has CAP_SETPCAP. */
static int
bounding_reduce(uint64_t keep, const char **what)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_value_t c;
	cap_t caps;

	caps = cap_get_proc();
	if (caps == NULL)
		return (fail(what, "cap_get_proc"));
	cap_get_flag(caps, CAP_SETPCAP, CAP_EFFECTIVE, &value);
	cap_free(caps);
	if (value != CAP_SET)
		return (0);
	for (c = 0; c < cap_max_bits(); c++)
		if ((keep & (1ULL << c)) == 0 && cap_get_bound(c) == 1 &&
		    cap_drop_bound(c) == -1)
			return (fail(what, "cap_drop_bound"));
	return (0);
}

/* Permitted and effective: of what there is, exactly what is kept. */
static int
caps_set(uint64_t keep, const char **what)
{
	cap_t caps, had;
	cap_value_t c;
	uint64_t have;
	int rc;

	had = cap_get_proc();
	caps = cap_init();
	if (had == NULL || caps == NULL) {
		cap_free(had);
		cap_free(caps);
		return (refuse(what, "cap_get_proc", ENOMEM));
	}
	have = caps_get(had, CAP_PERMITTED);
	cap_free(had);
	for (c = 0; c < cap_max_bits(); c++)
		if ((keep & have & (1ULL << c)) != 0) {
			cap_set_flag(caps, CAP_PERMITTED, 1, &c, CAP_SET);
			cap_set_flag(caps, CAP_EFFECTIVE, 1, &c, CAP_SET);
		}
	rc = cap_set_proc(caps);
	cap_free(caps);
	if (rc == -1)
		return (fail(what, "cap_set_proc"));
	return (0);
}

static int
caps_verify(uint64_t keep, const char **what)
{
	uint64_t extra;
	cap_value_t c;
	cap_t caps;

	caps = cap_get_proc();
	if (caps == NULL)
		return (fail(what, "cap_get_proc"));
	extra = (caps_get(caps, CAP_PERMITTED) |
	    caps_get(caps, CAP_EFFECTIVE)) & ~keep;
	extra |= caps_get(caps, CAP_INHERITABLE);
	cap_free(caps);
	for (c = 0; c < cap_max_bits(); c++)
		if (cap_get_ambient(c) == 1)
			extra |= 1ULL << c;
	if (extra != 0)
		return (refuse(what, "capabilities after the drop", EPERM));
	return (0);
}

int
drop_rights(const struct drop *drop, const char **what)
{
	int root = geteuid() == 0;

	if (bounding_reduce(drop->keep_caps, what) == -1)
		return (-1);
	if (cap_reset_ambient() == -1)
		return (fail(what, "ambient capabilities"));
	if (root && users_set(drop, what) == -1)
		return (-1);
	if (caps_set(drop->keep_caps, what) == -1)
		return (-1);
	if (root && users_verify(drop, what) == -1)
		return (-1);
	return (caps_verify(drop->keep_caps, what));
}

/* What a role needs at most; the inherited limit may be lower. */
#define KEEP		RLIM_INFINITY

struct role_limits {
	rlim_t		files;		/* descriptors */
	rlim_t		processes;	/* of the user, as this one sees it */
	rlim_t		file_size;
};

static const struct role_limits limits[ROLE_COUNT] = {
	[ROLE_PARENT] =		{ 1024,	KEEP,	KEEP },
	[ROLE_LAUNCHER] =	{ 16384, KEEP,	KEEP },
	[ROLE_ENGINE] =		{ 1024,	0,	0 },
	[ROLE_SERVER] =		{ 256,	0,	0 },
	[ROLE_CONTROL] =	{ 256,	0,	0 },
	/* threads count as processes; the filter lets it make nothing else */
	[ROLE_DNS] =		{ 256,	KEEP,	0 },
	[ROLE_MAIL] =		{ 64,	0,	0 },
};

static int
limit(int resource, rlim_t most)
{
	struct rlimit rl;

	if (most == KEEP)
		return (0);
	if (getrlimit(resource, &rl) == -1)
		return (-1);
	if (rl.rlim_max > most)
		rl.rlim_max = most;
	rl.rlim_cur = rl.rlim_max;
	return (setrlimit(resource, &rl));
}

int
drop_limits(enum role role)
{
	const struct role_limits *rl = &limits[role];
	struct stat st;

	if (limit(RLIMIT_CORE, 0) == -1 ||
	    limit(RLIMIT_NOFILE, rl->files) == -1 ||
	    limit(RLIMIT_NPROC, rl->processes) == -1 ||
	    limit(RLIMIT_MEMLOCK, 0) == -1)
		return (-1);
	/* Last words to a file that somebody put there are not cut off. */
	if (fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode))
		return (0);
	return (limit(RLIMIT_FSIZE, rl->file_size));
}
