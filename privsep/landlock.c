/*
 * Landlock by its three system calls; the C library has no wrappers and the
 * kernel headers that we are built with may be older than the kernel that we
 * run on, so the few numbers are here.  Run once by every process when its
 * descriptors are open.  Never takes back what it restricts.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "privsep/landlock.h"
#include "privsep/sandbox.h"

/* The same numbers on every architecture. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_add_rule		445
#define SYS_landlock_restrict_self	446
#endif

#define QUERY_VERSION	1u		/* flag of create_ruleset */
#define RULE_PATH	1		/* rule types */
#define RULE_PORT	2

/* rights to files */
#define FS_EXECUTE	(1ULL << 0)
#define FS_WRITE_FILE	(1ULL << 1)
#define FS_READ_FILE	(1ULL << 2)
#define FS_READ_DIR	(1ULL << 3)
#define FS_REMOVE_FILE	(1ULL << 5)
#define FS_MAKE_DIR	(1ULL << 7)
#define FS_MAKE_REG	(1ULL << 8)
#define FS_TRUNCATE	(1ULL << 14)	/* ABI 3 */
#define FS_ALL(bits)	((1ULL << (bits)) - 1)

/* those of them that a rule for a file, not a directory, may name */
#define FS_OF_FILE	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | \
			    FS_TRUNCATE)

/* rights to the network (ABI 4): to bind and connect TCP */
#define NET_BIND	(1ULL << 0)
#define NET_CONNECT	(1ULL << 1)

/* scopes (ABI 6): abstract Unix sockets, signals */
#define SCOPE_ABSTRACT	(1ULL << 0)
#define SCOPE_SIGNAL	(1ULL << 1)

struct ruleset_attr {
	uint64_t	fs;
	uint64_t	net;		/* ABI 4 */
	uint64_t	scope;		/* ABI 6 */
};

struct path_attr {
	uint64_t	rights;
	int32_t		fd;
} __attribute__((__packed__));

struct port_attr {
	uint64_t	rights;
	uint64_t	port;
};

static int
fail(const char **what, const char *step)
{
	*what = step;
	return (-1);
}

/* Number of the file rights that an ABI knows: the first so many bits. */
static unsigned
fs_bits(int abi)
{
	if (abi >= 5)
		return (16);		/* IOCTL_DEV */
	if (abi >= 3)
		return (15);		/* TRUNCATE */
	if (abi >= 2)
		return (14);		/* REFER */
	return (13);
}

/* What is restricted, and the size of the structure that this ABI knows. */
static size_t
handled(int abi, int exec_only, struct ruleset_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	if (exec_only) {
		attr->fs = FS_EXECUTE;
		return (sizeof(attr->fs));
	}
	attr->fs = FS_ALL(fs_bits(abi));
	if (abi < 4)
		return (offsetof(struct ruleset_attr, net));
	attr->net = NET_BIND | NET_CONNECT;
	if (abi < 6)
		return (offsetof(struct ruleset_attr, scope));
	attr->scope = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	return (sizeof(*attr));
}

static uint64_t
path_rights(unsigned rights)
{
	uint64_t fs = 0;

	if (rights & SANDBOX_READ)
		fs |= FS_READ_FILE | FS_READ_DIR;
	if (rights & SANDBOX_WRITE)
		fs |= FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG |
		    FS_MAKE_DIR | FS_REMOVE_FILE;
	if (rights & SANDBOX_EXEC)
		fs |= FS_EXECUTE;
	return (fs);
}

static int
add_path(int ruleset, uint64_t known, const struct sandbox_path *path)
{
	struct path_attr attr;
	struct stat st;
	int error, fd, rc;

	fd = open(path->path, O_PATH | O_CLOEXEC);
	if (fd == -1) {
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return (-1);
		log_debug("sandbox: %s cannot be reached", path->path);
		return (0);
	}
	memset(&attr, 0, sizeof(attr));
	attr.fd = fd;
	attr.rights = path_rights(path->rights) & known;
	rc = fstat(fd, &st);
	if (rc == 0 && !S_ISDIR(st.st_mode))
		attr.rights &= FS_OF_FILE;
	if (rc == 0 && attr.rights != 0)
		rc = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH,
		    &attr, 0);
	error = errno;
	close(fd);
	errno = error;
	return (rc);
}

static int
add_port(int ruleset, uint16_t port)
{
	struct port_attr attr;

	attr.rights = NET_CONNECT;
	attr.port = port;
	return ((int)syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &attr,
	    0));
}

static int
fill_and_restrict(int ruleset, const struct landlock_rules *rules,
    const struct ruleset_attr *attr, const char **what)
{
	size_t i;

	for (i = 0; i < rules->npaths; i++)
		if (add_path(ruleset, attr->fs, &rules->paths[i]) == -1)
			return (fail(what, rules->paths[i].path));
	if (attr->net != 0 && rules->tcp_port != 0 &&
	    add_port(ruleset, rules->tcp_port) == -1)
		return (fail(what, "landlock_add_rule"));
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		return (fail(what, "landlock_restrict_self"));
	return (0);
}

int
landlock_enter(const struct landlock_rules *rules, const char **what)
{
	struct ruleset_attr attr;
	size_t size;
	int abi, error, rc, ruleset;

	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    QUERY_VERSION);
	if (abi < 1) {
		if (abi == -1 && errno != ENOSYS && errno != EOPNOTSUPP)
			return (fail(what, "landlock_create_ruleset"));
		log_debug("sandbox: this kernel has no Landlock");
		return (0);
	}
	size = handled(abi, rules->exec_only, &attr);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset == -1)
		return (fail(what, "landlock_create_ruleset"));
	rc = fill_and_restrict(ruleset, rules, &attr, what);
	error = errno;
	close(ruleset);
	errno = error;
	return (rc);
}
