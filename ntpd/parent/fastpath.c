/*
 * Starts ntpd-xdp and takes the descriptors that it answers with.  Run by the
 * parent while it starts.  The parent does nothing with them but hold them and
 * hand the maps to engine and server: when it ends, however it ends, the
 * kernel takes the program out.
 */
#include "ntpd/parent/fastpath.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/dirs.h"
#include "privsep/xdp.h"
#include "privsep/xdp_start.h"

#define ANSWER_S	15

void
fastpath_init(struct fastpath *f)
{
	f->link = f->times = f->service = -1;
	f->shared = NULL;
}

/* The text of the directives that the server has, sealed; -1: none. */
static int
make_conf(const struct conf *conf)
{
	char *text;
	size_t len;
	int fd;

	if ((text = conf_print(conf, CONF_SERVER, &len)) == NULL)
		return (-1);
	fd = conf_files_seal(text, len);
	free(text);
	return (fd);
}

/* In the new process; what it gets is above what may be in the way. */
static void __attribute__((__noreturn__))
exec_loader(const char *exe_dir, int sock, int conf_fd)
{
	char path[DIRS_PATH_MAX + 32];
	char *args[2] = { path, NULL };

	snprintf(path, sizeof(path), "%s/ntpd-xdp", exe_dir);
	sock = fcntl(sock, F_DUPFD, XDP_START_CONF + 1);
	conf_fd = fcntl(conf_fd, F_DUPFD, XDP_START_CONF + 1);
	if (sock == -1 || conf_fd == -1 ||
	    dup2(sock, XDP_START_SOCKET) == -1 ||
	    dup2(conf_fd, XDP_START_CONF) == -1)
		_exit(127);
	close(sock);
	close(conf_fd);
	execv(path, args);
	_exit(127);
}

static int
take_descriptors(struct fastpath *f, struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fds[XDP_START_FDS];
	void *shared;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(fds)))
		return (-1);
	memcpy(fds, CMSG_DATA(c), sizeof(fds));
	f->link = fds[XDP_START_LINK];
	f->times = fds[XDP_START_TIMES];
	f->service = fds[XDP_START_SERVICE];
	/* what cannot be stopped is not begun */
	shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED, f->service, 0);
	if (shared == MAP_FAILED)
		return (-1);
	f->shared = shared;
	return (0);
}

/* 0, or -1 with a text that says why not. */
static int
take_answer(struct fastpath *f, int sock, char *text)
{
	union {
		struct cmsghdr	header;
		char		bytes[CMSG_SPACE(XDP_START_FDS *
				    sizeof(int))];
	} control;
	struct iovec iov = { text, XDP_START_TEXT - 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t n;

	memset(text, 0, XDP_START_TEXT);
	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == 0)
		strlcpy(text, "this build has no ntpd-xdp, or it failed",
		    XDP_START_TEXT);
	else if (n == -1)
		strlcpy(text, strerror(errno), XDP_START_TEXT);
	if (text[0] != '\0')
		return (-1);
	if (take_descriptors(f, &msg) == 0)
		return (0);
	strlcpy(text, "bad answer of ntpd-xdp", XDP_START_TEXT);
	return (-1);
}

int
fastpath_start(struct fastpath *f, const struct conf *conf,
    const char *exe_dir)
{
	struct timeval wait = { ANSWER_S, 0 };
	char text[XDP_START_TEXT];
	int fds[2], conf_fd, result;
	pid_t pid;

	if ((conf_fd = make_conf(conf)) == -1 || socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1) {
		log_warn("xdp %s", conf->xdp);
		return (-1);
	}
	if ((pid = fork()) == 0)
		exec_loader(exe_dir, fds[1], conf_fd);
	close(fds[1]);
	close(conf_fd);
	if (setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &wait,
	    sizeof(wait)) == -1)
		log_warn("SO_RCVTIMEO");
	result = take_answer(f, fds[0], text);
	close(fds[0]);
	if (pid > 0) {
		if (result == -1)
			kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			;
	}
	if (result == -1) {
		log_warnx("xdp %s: %s; the server answers alone", conf->xdp,
		    text);
		fastpath_close(f);
	} else
		log_info("xdp %s: plain requests are answered in the kernel",
		    conf->xdp);
	return (result);
}

void
fastpath_stop(struct fastpath *f)
{
	if (f->shared == NULL || __atomic_exchange_n(&f->shared->stopped, 1,
	    __ATOMIC_SEQ_CST) != 0)
		return;
	log_info("xdp: who is served has changed: everybody is answered by "
	    "the server until ntpd is restarted");
}

int
fastpath_is_same(const struct conf *a, const struct conf *b)
{
	size_t na, nb;
	char *ta = conf_print(a, CONF_SERVER, &na);
	char *tb = conf_print(b, CONF_SERVER, &nb);
	int same = ta != NULL && tb != NULL && na == nb &&
	    memcmp(ta, tb, na) == 0;

	free(ta);
	free(tb);
	return (same);
}

void
fastpath_close(struct fastpath *f)
{
	if (f->shared != NULL)
		munmap(f->shared, sizeof(*f->shared));
	if (f->link != -1)
		close(f->link);
	if (f->times != -1)
		close(f->times);
	if (f->service != -1)
		close(f->service);
	fastpath_init(f);
}
