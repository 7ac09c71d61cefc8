/*
 * Files that are replaced whole: content from a child, path from the parent.
 */
#ifndef PARENT_FILES_H
#define PARENT_FILES_H

#include <stddef.h>
#include <sys/types.h>

#include "privsep/messages.h"

#define FILES_SIZE_MAX	65536
#define FILES_NAME_MAX	256
#define FILES_BURST	10		/* commits at once */
#define FILES_COMMIT_NS	(10 * 1000000000LL)	/* then one in 10 s */
#define FILES_SETTLE_NS		(30 * 1000000000LL)	/* the disk has it */

/* Directory and name of a file that may be written later. */
struct files_place {
	int		dirfd;		/* -1: not configured or not there */
	char		name[FILES_NAME_MAX];
};

struct files {
	struct files_place places[FILE_COUNT];
	char		*data[FILE_COUNT];	/* what came so far */
	size_t		 len[FILE_COUNT];
	int		 failed[FILE_COUNT];	/* was logged */
	int		 written[FILE_COUNT];	/* `.NAME.new', -1: none */
	int64_t		 written_ns[FILE_COUNT];	/* MONOTONIC */
	int64_t		 full_ns;	/* the allowance will be full again */
	uint64_t	 refused;
};

/*
 * Splits a path and opens its directory.  0, or -1 with errno.
 * place->dirfd is the caller's to close.
 */
int	files_place_open(struct files_place *place, const char *path);
/*
 * Old or new whole: writes `.NAME.new' in the directory, fsyncs it, renames
 * it over NAME and fsyncs the directory.  0 or -1 with errno.
 */
int	files_replace(int dirfd, const char *name, const char *data,
	    size_t len, mode_t mode);

/* The same without waiting for the disk: after a crash it may be gone. */
int	files_put(int dirfd, const char *name, const char *data, size_t len,
	    mode_t mode);

void	files_init(struct files *f);
/* What is written becomes the file first, which waits for the disk. */
void	files_close(struct files *f);
/* FILE_WRITE: append to what is kept. -1: too much; all of it is dropped. */
int	files_write(struct files *f, const struct msg_file *m);
/*
 * FILE_COMMIT: check the text and write it beside the file; files_settle()
 * makes it the file.  For the drift file *drift gets the values.  now_ns:
 * MONOTONIC; too many commits are refused.  0; 1 when the file is not
 * configured; -1 refused or failed (logged).
 */
int	files_commit(struct files *f, uint32_t index, int64_t now_ns,
	    struct msg_drift *drift);
/*
 * What was written FILES_SETTLE_NS ago, and so is on the disk by now, becomes
 * the file; all of it with now_ns INT64_MAX.  Old or new whole, as above.
 */
void	files_settle(struct files *f, int64_t now_ns);
/* The writer is gone: what it did not commit is dropped. */
void	files_forget(struct files *f);

#endif
