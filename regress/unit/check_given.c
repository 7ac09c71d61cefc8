/*
 * Sockets that the service manager gives: how many, and which are used in
 * place of our own.
 * beside: no
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/addr.h"
#include "ntpd/launcher/sockets.h"
#include "ntpd/parent/activation.h"
#include "regress/unit/scratch.h"
#include "regress/unit/unit.h"

START_TEST(test_count)
{
	ck_assert_int_eq(activation_count("17", "2", 17), 2);
	ck_assert_int_eq(activation_count("17", "0", 17), 0);
	ck_assert_int_eq(activation_count("18", "2", 17), 0);
	ck_assert_int_eq(activation_count(NULL, "2", 17), 0);
	ck_assert_int_eq(activation_count("17", NULL, 17), 0);
	ck_assert_int_eq(activation_count("17", "-1", 17), 0);
	ck_assert_int_eq(activation_count("17", "257", 17), 0);
	ck_assert_int_eq(activation_count("17x", "2", 17), 0);
	ck_assert_int_eq(activation_count("17", "2x", 17), 0);
}
END_TEST

/* A socket of that type and address; what it is bound to in *what. */
static int
manager_socket(int type, const char *text, int v6only,
    struct msg_socket *what)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	memset(what, 0, sizeof(*what));
	what->kind = SOCKET_NTP;
	what->members = 1;
	ck_assert_int_eq(addr_parse(text, &what->addr), 0);
	len = addr_to_sockaddr(&what->addr, &ss);
	fd = socket(ss.ss_family, type, 0);
	ck_assert_int_ne(fd, -1);
	if (ss.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only,
		    sizeof(v6only));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss, len), 0);
	len = sizeof(ss);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	ck_assert_int_eq(addr_from_sockaddr((struct sockaddr *)&ss, len,
	    &what->addr), 0);
	return (fd);
}

/* Is what sockets_make() makes of it the one that was given? */
static int
is_used(int fd, const struct msg_socket *what)
{
	struct sockets *s;
	int mark = 77777, mine, rc;
	socklen_t len = sizeof(mark);

	/* something to know it by */
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &mark, len),
	    0);
	s = sockets_new(getuid(), getgid());
	sockets_give(s, fd);
	rc = sockets_make(s, what);
	sockets_seal(s);
	if (rc != 0) {
		sockets_free(s);
		return (0);
	}
	mine = sockets_dup(s, what->index, 0);
	ck_assert_int_ne(mine, -1);
	ck_assert_int_ne(fcntl(mine, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(getsockopt(mine, SOL_SOCKET, SO_SNDBUF, &mark, &len),
	    0);
	close(mine);
	sockets_free(s);
	return (mark == 2 * 77777);
}

START_TEST(test_match)
{
	struct msg_socket what;
	int fd;

	fd = manager_socket(SOCK_DGRAM, "127.0.0.1", 0, &what);
	ck_assert(is_used(fd, &what));
	fd = manager_socket(SOCK_DGRAM, "::1", 1, &what);
	ck_assert(is_used(fd, &what));
	/* not with IPv4 in it, not TCP, not another port or address */
	fd = manager_socket(SOCK_DGRAM, "::", 0, &what);
	ck_assert(!is_used(fd, &what));
	fd = manager_socket(SOCK_STREAM, "127.0.0.1", 0, &what);
	ck_assert(!is_used(fd, &what));
	fd = manager_socket(SOCK_DGRAM, "127.0.0.1", 0, &what);
	what.addr.port ^= 1;
	ck_assert(!is_used(fd, &what));
	fd = manager_socket(SOCK_DGRAM, "127.0.0.1", 0, &what);
	what.addr.ip[3] = 2;
	ck_assert(!is_used(fd, &what));
	fd = manager_socket(SOCK_DGRAM, "127.0.0.1", 0, &what);
	strcpy(what.device, "lo");
	ck_assert(!is_used(fd, &what));
}
END_TEST

/* It is the first of a group; the others are made. */
START_TEST(test_group)
{
	struct msg_socket what;
	struct sockets *s;
	int fd, round;

	for (round = 0; round < 2; round++) {
		fd = manager_socket(SOCK_DGRAM, "127.0.0.1", 0, &what);
		what.members = 3;
		s = sockets_new(getuid(), getgid());
		sockets_give(s, fcntl(fd, F_DUPFD_CLOEXEC, 0));
		ck_assert_int_eq(sockets_make(s, &what), 0);
		sockets_seal(s);
		sockets_free(s);
		/* the next daemon gets the same one again */
		s = sockets_new(getuid(), getgid());
		sockets_give(s, fd);
		ck_assert_int_eq(sockets_make(s, &what), 0);
		sockets_free(s);
	}
}
END_TEST

/* What is not ours is not removed from the file system, either. */
START_TEST(test_unix)
{
	struct msg_socket what;
	struct sockaddr_un sun;
	struct sockets *s;
	char dir[SCRATCH_MAX];
	int fd;

	scratch_make(dir);
	memset(&what, 0, sizeof(what));
	what.kind = SOCKET_COMMAND_UNIX;
	what.members = 1;
	snprintf(what.path, sizeof(what.path), "%s/s", dir);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	memcpy(sun.sun_path, what.path, strlen(what.path));
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	s = sockets_new(getuid(), getgid());
	sockets_give(s, fd);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	sockets_free(s);
	ck_assert_int_eq(access(what.path, F_OK), 0);
	ck_assert_int_eq(unlink(what.path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tc;

	suite = suite_create("given");
	tc = tcase_create("given");
	tcase_add_test(tc, test_count);
	tcase_add_test(tc, test_match);
	tcase_add_test(tc, test_group);
	tcase_add_test(tc, test_unix);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
