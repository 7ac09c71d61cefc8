/*
 * Going into the background.
 */
#ifndef PARENT_BACKGROUND_H
#define PARENT_BACKGROUND_H

/*
 * Forks; the child returns with a descriptor in *ready_fd, into which it
 * writes one byte when everything is up.  The process that was started waits
 * for that and then exits 0, or exits 1 when the child ends before.  0, or -1
 * with errno.
 */
int	background_enter(int *ready_fd);

#endif
