/*
 * What a child does with a configuration: reads the one it is given, and
 * changes to another one in two steps.  Runs in engine, server, control and
 * dns.  Until COMMIT it must not change anything that the old one said.
 */
#include "privsep/child_reload.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "privsep/child.h"

char *
child_reload_text(int fd, size_t len)
{
	struct stat st;
	size_t done;
	ssize_t n;
	char *text;

	if (fstat(fd, &st) == -1)
		return (NULL);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != len) {
		errno = EINVAL;
		return (NULL);
	}
	/* what is parsed is this copy, whatever happens to the file */
	if ((text = calloc(1, len + 1)) == NULL)
		return (NULL);
	for (done = 0; done < len; done += (size_t)n) {
		n = pread(fd, text + done, len - done, (off_t)done);
		if (n == -1 && errno == EINTR) {
			n = 0;
			continue;
		}
		if (n <= 0) {
			if (n == 0)
				errno = EINVAL;
			free(text);
			return (NULL);
		}
	}
	return (text);
}

static void
conf_error(void *ctx, enum conf_kind kind, const char *file, int line,
    int column, const char *text)
{
	(void)ctx;
	log_at(kind == CONF_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
	    "%s:%d:%d: %s", file, line, column, text);
}

struct conf *
child_reload_conf(int fd, size_t len, int *errors)
{
	const struct conf_params params = { .error = conf_error };
	struct conf *conf;
	char *text;

	*errors = 0;
	text = child_reload_text(fd, len);
	close(fd);
	if (text == NULL)
		return (NULL);
	if ((conf = conf_new()) != NULL) {
		*errors = conf_parse(conf, text, len, "configuration",
		    &params);
		if (*errors != 0) {
			conf_free(conf);
			conf = NULL;
		}
	}
	free(text);
	return (conf);
}

void
child_reload_forget(struct child *child)
{
	struct child_reload *r = &child->reload;
	uint32_t i;

	for (i = 0; i < r->nsockets; i++)
		if (r->fds[i] != -1)
			close(r->fds[i]);
	conf_free(r->conf);
	memset(r, 0, sizeof(*r));
}

static void
answer(struct child *child, uint32_t id, enum reload_answer what,
    const char *text)
{
	struct msg_reloadanswer m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.answer = what;
	if (text != NULL)
		strlcpy(m.text, text, sizeof(m.text));
	channel_send(child->parent, MSG_RELOAD_ANSWER, &m, -1);
}

static const char *
on_socket(struct child *child, const struct msg_socket *m, int fd)
{
	struct child_reload *r = &child->reload;

	if (r->conf != NULL || r->nsockets == CHILD_SOCKETS) {
		close(fd);
		return ("reload: a socket too many or too late");
	}
	r->sockets[r->nsockets] = *m;
	r->fds[r->nsockets++] = fd;
	return (NULL);
}

static const char *
on_close(struct child *child, const struct msg_socket *m)
{
	struct child_reload *r = &child->reload;

	if (r->conf != NULL || r->nclosed == CHILD_SOCKETS)
		return ("reload: a socket too many or too late");
	r->closed[r->nclosed++] = *m;
	return (NULL);
}

static const char *
on_prepare(struct child *child, const struct msg_reload *m, int fd)
{
	struct child_reload *r = &child->reload;
	const char *why = NULL;
	int errors;

	if (r->conf != NULL) {
		close(fd);
		return ("reload: prepared twice");
	}
	r->id = m->id;
	r->kind = (enum reload_kind)m->kind;
	r->conf = child_reload_conf(fd, m->len, &errors);
	if (r->conf == NULL)
		why = errors != 0 ? "the configuration is bad" :
		    strerror(errno);
	else if (child->ops->prepare != NULL)
		why = child->ops->prepare(child, r->conf);
	if (why != NULL)
		child_reload_forget(child);
	answer(child, m->id, why != NULL ? RELOAD_REFUSED : RELOAD_READY,
	    why);
	return (NULL);
}

static const char *
on_commit(struct child *child, const struct msg_id *m)
{
	struct child_reload *r = &child->reload;
	struct conf *old;

	if (r->conf == NULL || r->id != m->id)
		return ("reload: committed but not prepared");
	old = child->conf;
	child->conf = r->conf;
	r->conf = NULL;
	if (child->ops->commit != NULL)
		child->ops->commit(child, old);
	conf_free(old);
	child_reload_forget(child);
	answer(child, m->id, RELOAD_DONE, NULL);
	return (NULL);
}

const char *
child_reload_message(struct child *child, enum msg_type type,
    const void *payload, int fd)
{
	if (!child->running) {
		if (fd != -1)
			close(fd);
		return ("reload before the start");
	}
	switch (type) {
	case MSG_RELOAD_SOCKET:
		return (on_socket(child, payload, fd));
	case MSG_RELOAD_CLOSE:
		return (on_close(child, payload));
	case MSG_RELOAD_PREPARE:
		return (on_prepare(child, payload, fd));
	case MSG_RELOAD_COMMIT:
		return (on_commit(child, payload));
	default:
		/* ABORT; also of one that we refused */
		child_reload_forget(child);
		return (NULL);
	}
}
