/*
 * The launcher's parts: sockets on loopback and in a directory of the test,
 * and children, which are shell scripts here.
 * beside: no
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/addr.h"
#include "ntpd/launcher/sockets.h"
#include "ntpd/launcher/spawn.h"
#include "privsep/sandbox.h"
#include "regress/unit/scratch.h"
#include "regress/unit/unit.h"

static struct msg_socket
inet_socket(uint32_t index, uint32_t kind, const char *address, uint16_t port)
{
	struct msg_socket what;

	memset(&what, 0, sizeof(what));
	what.index = index;
	what.kind = kind;
	ck_assert_int_eq(addr_parse(address, &what.addr), 0);
	what.addr.port = port;
	what.members = 1;
	return (what);
}

static struct msg_socket
unix_socket(uint32_t index, const char *path)
{
	struct msg_socket what;

	memset(&what, 0, sizeof(what));
	what.index = index;
	what.kind = SOCKET_COMMAND_UNIX;
	what.members = 1;
	snprintf(what.path, sizeof(what.path), "%s", path);
	return (what);
}

/* Binds a socket of somebody else's; returns its port, *fd. */
static uint16_t
foreign_socket(int *fd)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_ne(*fd, -1);
	ck_assert_int_eq(bind(*fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(getsockname(*fd, (struct sockaddr *)&sin, &len), 0);
	return (ntohs(sin.sin_port));
}

static uint16_t
free_port(void)
{
	uint16_t port;
	int fd;

	port = foreign_socket(&fd);
	close(fd);
	return (port);
}

static int
option(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return (value);
}

START_TEST(test_inet)
{
	struct msg_socket what;
	struct sockets *s;
	uint16_t port = free_port();
	int fd;

	s = sockets_new(getuid(), getgid());
	what = inet_socket(3, SOCKET_NTP, "127.0.0.1", port);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	fd = sockets_dup(s, 3, 0);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_PKTINFO), 1);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_FREEBIND), 1);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_TIMESTAMPNS), 1);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_MTU_DISCOVER),
	    IP_PMTUDISC_PROBE);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_REUSEADDR), 0);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
	/* The same number again, and one that was never made. */
	ck_assert_int_eq(sockets_make(s, &what), EEXIST);
	ck_assert_int_eq(sockets_dup(s, 4, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(sockets_dup(s, MSG_SOCKETS, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	sockets_free(s);
}
END_TEST

START_TEST(test_inet6)
{
	struct msg_socket what;
	struct sockets *s;
	int fd;

	s = sockets_new(getuid(), getgid());
	what = inet_socket(0, SOCKET_COMMAND, "::1", free_port());
	if (sockets_make(s, &what) == 0) {
		fd = sockets_dup(s, 0, 0);
		ck_assert_int_eq(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
		ck_assert_int_eq(option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO),
		    1);
		ck_assert_int_eq(option(fd, SOL_SOCKET, SO_TIMESTAMPNS), 0);
		close(fd);
	}
	sockets_free(s);
}
END_TEST

/* `any' beside an address of one's own, but not beside somebody else. */
START_TEST(test_share)
{
	struct msg_socket what;
	struct sockets *s;
	uint16_t port = free_port();
	int fd;

	s = sockets_new(getuid(), getgid());
	what = inet_socket(0, SOCKET_NTP, "0.0.0.0", port);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	what = inet_socket(1, SOCKET_NTP, "127.0.0.1", port);
	ck_assert_int_eq(sockets_make(s, &what), 0);
	fd = sockets_dup(s, 0, 0);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_REUSEADDR), 0);
	close(fd);
	sockets_free(s);
}
END_TEST

START_TEST(test_busy)
{
	struct msg_socket what;
	struct sockets *s;
	int fd, on = 1;

	s = sockets_new(getuid(), getgid());
	what = inet_socket(0, SOCKET_NTP, "127.0.0.1", foreign_socket(&fd));
	/* as other time services do */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ck_assert_int_eq(sockets_make(s, &what), EADDRINUSE);
	ck_assert_int_eq(sockets_dup(s, 0, 0), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	close(fd);
	sockets_free(s);
}
END_TEST

/* The other one ends while we wait. */
START_TEST(test_busy_ends)
{
	struct timespec ts = { 0, 120000000 };
	struct msg_socket what;
	struct sockets *s;
	pid_t pid;
	int fd;

	what = inet_socket(0, SOCKET_NTP, "127.0.0.1", foreign_socket(&fd));
	pid = fork();
	if (pid == 0) {
		nanosleep(&ts, NULL);
		_exit(0);
	}
	close(fd);
	s = sockets_new(getuid(), getgid());
	ck_assert_int_eq(sockets_make(s, &what), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	sockets_free(s);
}
END_TEST

START_TEST(test_unix)
{
	char dir[SCRATCH_MAX], path[SCRATCH_MAX + 8];
	struct msg_socket what;
	struct sockets *other, *s;
	struct sockaddr_un sun;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/socket", scratch_make(dir));
	what = unix_socket(0, path);
	/* A stale one is replaced. */
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
	s = sockets_new(getuid(), getgid());
	ck_assert_int_eq(sockets_make(s, &what), 0);
	fd = sockets_dup(s, 0, 0);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_PASSCRED), 1);
	close(fd);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0666);
	/* One that lives is not, and is not removed by who failed. */
	other = sockets_new(getuid(), getgid());
	ck_assert_int_eq(sockets_make(other, &what), EADDRINUSE);
	sockets_free(other);
	ck_assert_int_eq(lstat(path, &st), 0);
	sockets_free(s);
	ck_assert_int_eq(lstat(path, &st), -1);
	/* Nor is a file. */
	close(open(path, O_WRONLY | O_CREAT, 0644));
	s = sockets_new(getuid(), getgid());
	ck_assert_int_eq(sockets_make(s, &what), EEXIST);
	sockets_free(s);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* At exit a file that somebody else has put there stays. */
START_TEST(test_unix_replaced)
{
	char dir[SCRATCH_MAX], path[SCRATCH_MAX + 8];
	struct msg_socket what;
	struct sockets *s;
	struct stat st;

	snprintf(path, sizeof(path), "%s/socket", scratch_make(dir));
	what = unix_socket(0, path);
	s = sockets_new(getuid(), getgid());
	ck_assert_int_eq(sockets_make(s, &what), 0);
	ck_assert_int_eq(unlink(path), 0);
	close(open(path, O_WRONLY | O_CREAT, 0644));
	sockets_free(s);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

struct end {
	unsigned	count;
	enum role	role;
	uint32_t	instance;
	int		status;
};

static void
ended(void *ctx, enum role role, uint32_t instance, int pid, int status)
{
	struct end *end = ctx;

	(void)pid;
	end->count++;
	end->role = role;
	end->instance = instance;
	end->status = status;
}

/* Waits up to twenty seconds for one child's end. */
static void
wait_end(struct spawn *sp, struct end *end)
{
	struct timespec ts = { 0, 5000000 };
	int i;

	memset(end, 0, sizeof(*end));
	for (i = 0; i < 4000 && end->count == 0; i++) {
		spawn_reap(sp, ended, end);
		nanosleep(&ts, NULL);
	}
	ck_assert_uint_eq(end->count, 1);
}

static void
write_script(const char *dir, const char *role, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/ntpd-%s", dir, role);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

static void
remove_dir(const char *dir)
{
	static const char *const names[] = { "engine", "control", "dns" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/ntpd-%s", dir, names[i]);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

static struct spawn_params
params_of(const char *dir)
{
	struct spawn_params params;

	memset(&params, 0, sizeof(params));
	params.dir = dir;
	params.empty_root = "/empty";
	params.control_root = "/control";
	params.uid = 12;
	params.gid = 34;
	params.sandbox = SANDBOX_ON;
	params.verbosity = 1;
	return (params);
}

/* What the script of a role says on descriptor 3. */
static void
said(struct spawn *sp, enum role role, uint32_t instance, char *buf,
    size_t size)
{
	struct end end;
	int fds[2];
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	ck_assert_int_gt(spawn_start(sp, role, instance, 0,
	    fds[1]), 0);
	close(fds[1]);
	ck_assert_uint_eq(spawn_running(sp), 1);
	wait_end(sp, &end);
	ck_assert_int_eq(end.role, role);
	ck_assert_uint_eq(end.instance, instance);
	ck_assert_int_eq(end.status, W_EXITCODE(7, 0));
	ck_assert_uint_eq(spawn_running(sp), 0);
	n = read(fds[0], buf, size - 1);
	ck_assert_int_ge(n, 0);
	buf[n] = '\0';
	close(fds[0]);
}

START_TEST(test_command_line)
{
	struct spawn_params params;
	struct spawn *sp;
	char buf[512], dir[SCRATCH_MAX];

	scratch_make(dir);
	write_script(dir, "engine", "echo \"$@\" >&3; exit 7");
	write_script(dir, "control", "echo \"$@\" >&3; exit 7");
	write_script(dir, "dns", "echo \"$4 $CHECK_A $TZ\" >&3; exit 7");
	setenv("CHECK_A", "secret", 1);
	setenv("TZ", "Here0", 1);
	params = params_of(dir);
	sp = spawn_new(&params);
	said(sp, ROLE_ENGINE, 0, buf, sizeof(buf));
	ck_assert_str_eq(buf, "-i0 -u12 -g34 -r/empty -F1 -v\n");
	said(sp, ROLE_CONTROL, 5, buf, sizeof(buf));
	ck_assert_str_eq(buf, "-i5 -u12 -g34 -r/control -F1 -v\n");
	params.control_root = "-";
	said(sp, ROLE_CONTROL, 0, buf, sizeof(buf));
	ck_assert_str_eq(buf, "-i0 -u12 -g34 -r/empty -F1 -v\n");
	said(sp, ROLE_DNS, 0, buf, sizeof(buf));
	ck_assert_str_eq(buf, "-r-  Here0\n");
	spawn_free(sp);
	remove_dir(dir);
}
END_TEST

START_TEST(test_signal)
{
	struct spawn_params params;
	struct spawn *sp;
	struct end end;
	char dir[SCRATCH_MAX];
	int fd;

	scratch_make(dir);
	write_script(dir, "engine", "exec sleep 100");
	params = params_of(dir);
	sp = spawn_new(&params);
	fd = open("/dev/null", O_RDONLY);
	/* An ignored signal would stay ignored in the child. */
	signal(SIGTERM, SIG_IGN);
	ck_assert_int_gt(spawn_start(sp, ROLE_ENGINE, 1, 0, fd), 0);
	ck_assert_int_eq(spawn_start(sp, ROLE_ENGINE, 1, 0, fd), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(spawn_signal(sp, ROLE_ENGINE, 0, SIGTERM), -1);
	ck_assert_int_eq(errno, ESRCH);
	ck_assert_int_eq(spawn_signal(sp, ROLE_ENGINE, 1, SIGTERM), 0);
	wait_end(sp, &end);
	ck_assert(WIFSIGNALED(end.status));
	ck_assert_int_eq(WTERMSIG(end.status), SIGTERM);
	ck_assert_int_gt(spawn_start(sp, ROLE_ENGINE, 1, 0, fd), 0);
	spawn_signal_all(sp, SIGKILL);
	wait_end(sp, &end);
	ck_assert_int_eq(WTERMSIG(end.status), SIGKILL);
	close(fd);
	spawn_free(sp);
	remove_dir(dir);
}
END_TEST

START_TEST(test_no_program)
{
	struct spawn_params params;
	struct spawn *sp;
	char dir[SCRATCH_MAX];

	params = params_of(scratch_make(dir));
	sp = spawn_new(&params);
	ck_assert_int_eq(spawn_start(sp, ROLE_ENGINE, 0, 0, 0), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_uint_eq(spawn_running(sp), 0);
	spawn_free(sp);
	remove_dir(dir);
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tc;

	suite = suite_create("launcher");
	tc = tcase_create("sockets");
	tcase_add_test(tc, test_inet);
	tcase_add_test(tc, test_inet6);
	tcase_add_test(tc, test_share);
	tcase_add_test(tc, test_busy);
	tcase_add_test(tc, test_busy_ends);
	tcase_add_test(tc, test_unix);
	tcase_add_test(tc, test_unix_replaced);
	suite_add_tcase(suite, tc);
	tc = tcase_create("children");
	tcase_add_test(tc, test_command_line);
	tcase_add_test(tc, test_signal);
	tcase_add_test(tc, test_no_program);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
