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

void	files_init(struct files *f);
void	files_close(struct files *f);
/* FILE_WRITE: append to what is kept. -1: too much; all of it is dropped. */
int	files_write(struct files *f, const struct msg_file *m);
/*
 * FILE_COMMIT: check the text and replace the file.  For the drift file
 * *drift gets the values.  now_ns: MONOTONIC; too many commits are refused,
 * each waits for the disk.  0; 1 when the file is not configured; -1 refused
 * or failed (logged).
 */
int	files_commit(struct files *f, uint32_t index, int64_t now_ns,
	    struct msg_drift *drift);
/* The writer is gone: what it did not commit is dropped. */
void	files_forget(struct files *f);

#endif
