/*
 * ntpd-mail: brings one letter to the mail server of this computer and ends
 * (`mailonchange').  It speaks SMTP itself: a program for it would need the
 * very rights that nobody here has.  It must never reach another computer.
 */
#include <sys/socket.h>
#include <sys/utsname.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/timens.h"
#include "ntpd/mail/smtp.h"
#include "privsep/child.h"

#define MAIL_PORT	25
#define MAIL_WAIT_S	60		/* for all of it */

struct mail {
	struct child		*child;
	struct smtp_letter	 letter;
	struct smtp		 smtp;
	struct event		*io;
	struct event		*timer;
	int			 fd;	/* -1: none */
	int			 tried;	/* families */
	size_t			 sent;	/* bytes of smtp.out */
};

static void	mail_try(struct mail *);

static void
mail_free(struct mail *m)
{
	if (m->io != NULL)
		event_free(m->io);
	if (m->timer != NULL)
		event_free(m->timer);
	if (m->fd != -1)
		close(m->fd);
	m->child->ctx = NULL;
	free(m);
}

/* It is done, or given up: there is nothing else to do here. */
static void
mail_end(struct mail *m)
{
	struct child *child = m->child;

	mail_free(m);
	child_exit(child, 0);
}

static void
mail_failed(struct mail *m, const char *why)
{
	log_warnx("cannot send mail to %s: %s", m->letter.to, why);
	mail_end(m);
}

/* Wait for what. */
static void
mail_want(struct mail *m, short what, event_callback_fn fn)
{
	if (event_assign(m->io, m->child->base, m->fd, what, fn, m) == -1 ||
	    event_add(m->io, NULL) == -1)
		mail_failed(m, "no event");
}

static void	on_readable(evutil_socket_t, short, void *);

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct mail *m = arg;
	size_t len = strlen(m->smtp.out);
	ssize_t n;

	(void)what;
	n = send(fd, m->smtp.out + m->sent, len - m->sent,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		mail_failed(m, strerror(errno));
		return;
	}
	if (n > 0)
		m->sent += (size_t)n;
	if (m->sent < len)
		mail_want(m, EV_WRITE, on_writable);
	else
		mail_want(m, EV_READ, on_readable);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct mail *m = arg;
	char buf[SMTP_LINE_MAX];
	ssize_t n;

	(void)what;
	n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		mail_want(m, EV_READ, on_readable);
		return;
	}
	if (n <= 0) {
		mail_failed(m, n == 0 ? "the mail server hung up" :
		    strerror(errno));
		return;
	}
	switch (smtp_input(&m->smtp, buf, (size_t)n)) {
	case SMTP_MORE:
		mail_want(m, EV_READ, on_readable);
		break;
	case SMTP_SEND:
		m->sent = 0;
		mail_want(m, EV_WRITE, on_writable);
		break;
	case SMTP_DONE:
		(void)send(fd, "QUIT\r\n", 6, MSG_NOSIGNAL | MSG_DONTWAIT);
		log_info("Mail sent to %s", m->letter.to);
		mail_end(m);
		break;
	case SMTP_FAILED:
		mail_failed(m, m->smtp.reply);
		break;
	}
}

static void
on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct mail *m = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	errno = error;
	if (error != 0)
		mail_try(m);
	else
		mail_want(m, EV_READ, on_readable);
}

static int
mail_connect(struct mail *m)
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(MAIL_PORT);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_port = htons(MAIL_PORT);
	sin6.sin6_addr = in6addr_loopback;
	m->fd = socket(m->tried == 1 ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (m->fd == -1)
		return (-1);
	if (m->tried == 1)
		return (connect(m->fd, (struct sockaddr *)&sin, sizeof(sin)));
	return (connect(m->fd, (struct sockaddr *)&sin6, sizeof(sin6)));
}

/* 127.0.0.1, then ::1; the first one's error tells more. */
static void
mail_try(struct mail *m)
{
	int saved_errno = errno;

	while (m->tried < 2) {
		if (m->fd != -1)
			close(m->fd);
		m->tried++;
		if (mail_connect(m) == 0 || errno == EINPROGRESS) {
			mail_want(m, EV_WRITE, on_connected);
			return;
		}
		saved_errno = errno;
	}
	log_warnx("cannot send mail to %s: port 25 of this computer: %s",
	    m->letter.to, strerror(saved_errno));
	mail_end(m);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	mail_failed(arg, "the mail server does not answer");
}

static void
mail_on_change(void *ctx, struct channel *ch, const void *payload, int fd)
{
	static const struct timeval wait = { MAIL_WAIT_S, 0 };
	const struct msg_change *change = payload;
	struct child *child = ctx;
	struct mail *m = child->ctx;

	(void)ch;
	(void)fd;
	if (m == NULL || m->tried > 0)
		return;			/* one letter a process */
	m->letter.offset_ns = change->offset_ns;
	m->letter.real_ns = change->real_ns;
	smtp_init(&m->smtp, &m->letter);
	if (evtimer_add(m->timer, &wait) == -1)
		mail_failed(m, "no timer");
	else
		mail_try(m);
}

static int
mail_start(struct child *child)
{
	struct utsname name;
	struct mail *m;

	if ((m = calloc(1, sizeof(*m))) == NULL) {
		log_warn("mail");
		return (-1);
	}
	child->ctx = m;
	m->child = child;
	m->fd = -1;
	strlcpy(m->letter.to, child->conf->mail_to, sizeof(m->letter.to));
	strlcpy(m->letter.host, uname(&name) == 0 &&
	    conf_host_is_valid(name.nodename) ? name.nodename : "localhost",
	    sizeof(m->letter.host));
	m->io = event_new(child->base, -1, 0, on_readable, m);
	m->timer = evtimer_new(child->base, on_timeout, m);
	if (m->io == NULL || m->timer == NULL) {
		log_warn("mail");
		return (-1);
	}
	return (0);
}

static void
mail_stop(struct child *child)
{
	if (child->ctx != NULL)
		mail_free(child->ctx);
}

static const struct channel_handler handlers[] = {
	{ MSG_MAIL, mail_on_change },
	{ MSG_NONE, NULL }
};

int
main(int argc, char **argv)
{
	static const struct child_role ops = {
		.role = ROLE_MAIL,
		.start = mail_start,
		.stop = mail_stop,
		.parent_handlers = handlers,
	};

	return (child_main(&ops, argc, argv));
}
