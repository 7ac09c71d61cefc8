/*
 * Starts ntpd-xdp, takes the descriptors that it answers with, and writes the
 * list of who may be answered.  Run by the parent.  It holds the descriptors
 * and hands the maps to engine and server: when it ends, however it ends, the
 * kernel takes the program out.  Maps are memory here, so that there is nothing
 * to ask the kernel for.
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

#include "common/access.h"
#include "common/addr.h"
#include "common/conf.h"
#include "common/log.h"
#include "ntpd/parent/conf_files.h"
#include "ntpd/parent/dirs.h"
#include "ntpd/parent/parent.h"
#include "privsep/xdp.h"
#include "privsep/xdp_start.h"

#define ANSWER_S	15
#define LIST_BYTES	(2 * XDP_LIST_MAX * sizeof(struct xdp_bound))

void
fastpath_init(struct fastpath *f)
{
	memset(f, 0, sizeof(*f));
	f->link = f->times = f->service = -1;
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

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(fds)))
		return (-1);
	memcpy(fds, CMSG_DATA(c), sizeof(fds));
	f->link = fds[XDP_START_LINK];
	f->times = fds[XDP_START_TIMES];
	f->service = fds[XDP_START_SERVICE];
	f->shared = xdp_map(f->service, sizeof(*f->shared), 1);
	f->list = xdp_map(fds[XDP_START_LIST], LIST_BYTES, 1);
	close(fds[XDP_START_LIST]);
	return (f->shared == NULL || f->list == NULL ? -1 : 0);
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

/* All rules that count now; NULL: the program cannot have them. */
static struct access *
make_access(const struct parent *p)
{
	const struct conf *conf = p->conf;
	struct conf_access *rules, *to;
	struct access *access;
	size_t i;

	rules = calloc(conf->naccess + p->rules.count + 2, sizeof(*rules));
	if (rules == NULL)
		return (NULL);
	to = rules;
	/* as conf_add_rule() and the server have it */
	if (conf->naccess == 0 && conf->nlisten > 0)
		(to++)->allow = 1;
	for (i = 0; i < conf->naccess && conf->access[i].host == NULL; i++)
		*to++ = conf->access[i];
	if (i < conf->naccess) {
		free(rules);
		errno = EINVAL;
		return (NULL);
	}
	for (i = 0; i < p->rules.count; i++) {
		if (p->rules.list[i].list != ACCESS_NTP)
			continue;
		to->net = p->rules.list[i].net;
		to->allow = p->rules.list[i].allow != 0;
		(to++)->all = p->rules.list[i].all != 0;
	}
	/* -4, -6: there is no socket of the other family */
	if (p->opt.family != 0) {
		to->net.addr.family = p->opt.family == ADDR_INET ?
		    ADDR_INET6 : ADDR_INET;
		(to++)->all = 1;
	}
	access = access_new(rules, (size_t)(to - rules));
	free(rules);
	return (access);
}

void
fastpath_update(struct parent *p)
{
	struct fastpath *f = &p->fastpath;
	__u64 number = f->number;
	struct access *access;

	if (f->link == -1)
		return;
	/* the old list first: making the new one takes a moment */
	(void)xdp_list_publish(f->shared, f->list, &number, NULL);
	if (p->servers == 0)
		return;
	access = p->conf->naccess > XDP_LIST_MAX ? NULL : make_access(p);
	if (access == NULL || xdp_list_publish(f->shared, f->list, &number,
	    access) == -1)
		log_warnx("xdp %s: the access list is too long, or has names: "
		    "the server answers alone", p->conf->xdp);
	f->number = number;
	access_free(access);
}

static int
is_same_list(const struct addr *a, size_t na, const struct addr *b, size_t nb)
{
	size_t i;

	if (na != nb)
		return (0);
	for (i = 0; i < na; i++)
		if (!addr_same(&a[i], &b[i]))
			return (0);
	return (1);
}

int
fastpath_can_have(const struct fastpath *f, const struct conf *old,
    const struct conf *next)
{
	if (f->link == -1)
		return (1);
	/* it got these with its code */
	return (old->port == next->port && !next->ratelimit.enabled &&
	    is_same_list(old->listen, old->nlisten, next->listen,
	    next->nlisten) &&
	    is_same_list(old->bindaddress, old->nbindaddress,
	    next->bindaddress, next->nbindaddress));
}

void
fastpath_end(struct fastpath *f)
{
	__u64 number = f->number;

	if (f->link == -1)
		return;
	(void)xdp_list_publish(f->shared, f->list, &number, NULL);
	close(f->link);
	f->link = -1;
	log_info("xdp: everybody is answered by the server until ntpd is "
	    "restarted");
}

void
fastpath_close(struct fastpath *f)
{
	if (f->shared != NULL)
		munmap(f->shared, sizeof(*f->shared));
	if (f->list != NULL)
		munmap(f->list, LIST_BYTES);
	if (f->link != -1)
		close(f->link);
	if (f->times != -1)
		close(f->times);
	if (f->service != -1)
		close(f->service);
	fastpath_init(f);
}
