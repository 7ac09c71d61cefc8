/*
 * Several sockets of one address, each source of packets belonging to one of
 * them: SO_REUSEPORT with a classic BPF program that looks at the source
 * address alone.
 */
#ifndef NTPD_LAUNCHER_REUSEPORT_H
#define NTPD_LAUNCHER_REUSEPORT_H

#include <stddef.h>
#include <stdint.h>

struct sock_filter;

#define REUSEPORT_PROGRAM_MAX	64	/* instructions */

/*
 * The program for packets of one family: the number of the socket, 0 to
 * members - 1, from the first prefix bits of the source address (0: all of
 * them).  prog has REUSEPORT_PROGRAM_MAX places; how many are used.  key: any
 * numbers, so that nobody outside knows which address belongs to which.
 */
size_t	reuseport_program(struct sock_filter *prog, int inet6,
	    unsigned members, unsigned prefix, const uint32_t key[2]);
/*
 * Lets others join fd: before its bind(2) where it is the first one.  Then
 * the bind fails if anybody has the address, even one who would share it.
 * When there are others already: packets are shared out like this from now on.
 * 0, or -1 with errno.
 */
int	reuseport_begin(int fd, int inet6, unsigned members, unsigned prefix,
	    const uint32_t key[2]);
/*
 * Before the bind(2) of each of the others.  Who wants to join needs the user
 * whose socket the first one is, and gets no packet unless it is one of the
 * members that the program knows, in the order of their bind(2).
 */
int	reuseport_join(int fd);
/* Nobody can join any more; of one that has no others. */
void	reuseport_leave(int fd);
#endif
