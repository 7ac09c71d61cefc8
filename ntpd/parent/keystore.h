/*
 * The file of symmetric keys, as the parent has it: read and checked, then
 * sealed, each role's keys apart.  The parent keeps descriptors, not keys.
 */
#ifndef PARENT_KEYSTORE_H
#define PARENT_KEYSTORE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "privsep/role.h"

struct conf;

struct keystore {			/* all zero: no keys */
	struct {
		int	 fd;		/* sealed memfd; valid when len > 0 */
		size_t	 len;
	} parts[2];			/* keys of sources; all of them */
};

/* error: 1, or 0: a warning. */
typedef void (*keystore_say_fn)(void *ctx, int error, const char *text);

/*
 * Reads the keyfile of conf (none: no keys) into store, which is empty: for
 * the engine the keys that its sources use, for servers all of them.  uid, gid
 * are the children's, who should not be able to write it.  The number of
 * errors, which are told (-1: it could not be read at all); the lines without
 * an error are in store all the same.  A file that is not there is only warned
 * of when no source has a key and in_use is 0: none are in use now.
 */
int	keystore_read(struct keystore *store, const struct conf *conf,
	    int in_use, uid_t uid, gid_t gid, keystore_say_fn say,
	    void *ctx);
void	keystore_close(struct keystore *store);
/* Has this role got any? */
int	keystore_has(const struct keystore *store, enum role role);
/* A descriptor of the role's own, with *len bytes.  -1 with errno. */
int	keystore_open(const struct keystore *store, enum role role,
	    size_t *len);

#endif
