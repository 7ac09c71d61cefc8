/*
 * The record of the base frequency: written before a large slew, removed
 * after it.  When it is found, a daemon was killed in the middle of a slew
 * and the kernel still runs at that rate: the recorded frequency is put back.
 * The kernel forgets its frequency at a reboot, as /run does, where it lives.
 */
#ifndef PARENT_RESTORE_H
#define PARENT_RESTORE_H

struct clock_backend;

#define RESTORE_NAME	"base-frequency"

struct restore {
	int		dirfd;		/* -1: nowhere to write; not owned */
	int		recorded;
	double		ppm;
	int		failed;		/* was logged */
};

/* A record of before stays until restore_apply or restore_clear. */
void	restore_init(struct restore *r, int dirfd);
/* Write that the base frequency is ppm. Failure is logged once. */
void	restore_record(struct restore *r, double ppm);
/* The slew is over. */
void	restore_clear(struct restore *r);
/* 1 and *ppm, 0: there is none, -1: it is unreadable (logged). */
int	restore_read(int dirfd, double *ppm);
/*
 * If there is a record, sets the clock to its frequency through the back end
 * and removes it.  1 when that was done, 0 when there was nothing to do, -1
 * when it failed (logged).
 */
int	restore_apply(int dirfd, const struct clock_backend *backend);

#endif
