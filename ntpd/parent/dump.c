/*
 * The text of a file of saved samples.  Parent core: pure.  It must not
 * believe what it reads: others may be able to write there.
 */
#include "ntpd/parent/dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN	160

struct reader {
	const char	*p;
	const char	*end;
	char		 line[LINE_MAX_LEN];
};

size_t
dump_format(const struct msg_dump *m, const char *boot, char *buf)
{
	const struct msg_sample *s;
	char addr[ADDR_TEXT_MAX];
	size_t len;
	uint32_t i;

	len = (size_t)snprintf(buf, DUMP_TEXT_MAX, DUMP_MAGIC
	    "source %s\nboot %s\nsleep %" PRId64 "\n",
	    addr_format(&m->addr, addr, sizeof(addr)), boot, m->sleep_ns);
	for (i = 0; i < m->n && i < MSG_DUMP_MAX; i++) {
		s = &m->sample[i];
		len += (size_t)snprintf(buf + len, DUMP_TEXT_MAX - len,
		    "%" PRId64 " %" PRId64 " %.9e %.9e\n", s->raw_ns,
		    s->y_ns, s->delay_s, s->disp_s);
	}
	return (len + (size_t)snprintf(buf + len, DUMP_TEXT_MAX - len,
	    "end\n"));
}

/* The next line, without its newline: 0, or -1 when there is none. */
static int
next_line(struct reader *r)
{
	size_t left = (size_t)(r->end - r->p), len;
	const char *nl = left == 0 ? NULL : memchr(r->p, '\n', left);

	if (nl == NULL)
		return (-1);
	len = (size_t)(nl - r->p);
	if (len >= sizeof(r->line) || memchr(r->p, '\0', len) != NULL)
		return (-1);
	memcpy(r->line, r->p, len);
	r->line[len] = '\0';
	r->p = nl + 1;
	return (0);
}

/* The next line begins with this word; what follows it, or NULL. */
static const char *
next_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (next_line(r) == -1 || strncmp(r->line, word, len) != 0 ||
	    r->line[len] != ' ')
		return (NULL);
	return (r->line + len + 1);
}

/* A number and the blank or the end behind it. */
static int
take_int(const char **p, int64_t *value)
{
	char *end;

	if (**p < '0' || **p > '9')
		return (-1);
	*value = strtoll(*p, &end, 10);
	if (*end != ' ' && *end != '\0')
		return (-1);
	*p = *end == ' ' ? end + 1 : end;
	return (0);
}

static int
take_real(const char **p, double *value)
{
	size_t len = strcspn(*p, " ");
	char *end;

	/* strtod(3) also takes hexadecimal, nan and inf */
	if (len == 0 || strspn(*p, "+-.0123456789eE") != len)
		return (-1);
	*value = strtod(*p, &end);
	if (end != *p + len)
		return (-1);
	*p = *end == ' ' ? end + 1 : end;
	return (0);
}

static int
take_sample(const char *p, struct msg_sample *s)
{
	if (take_int(&p, &s->raw_ns) == -1 || take_int(&p, &s->y_ns) == -1 ||
	    take_real(&p, &s->delay_s) == -1 ||
	    take_real(&p, &s->disp_s) == -1 || *p != '\0')
		return (-1);
	return (0);
}

static int
is_boot(const char *s)
{
	size_t len = strlen(s);

	return (len > 0 && len < DUMP_BOOT_MAX &&
	    strspn(s, "0123456789abcdef-") == len);
}

int
dump_parse(const char *text, size_t len, struct msg_dump *m,
    char boot[DUMP_BOOT_MAX])
{
	struct reader r = { .p = text, .end = text + len };
	size_t magic = strlen(DUMP_MAGIC);
	const char *p;

	memset(m, 0, sizeof(*m));
	if (len < magic || memcmp(text, DUMP_MAGIC, magic) != 0)
		return (-1);
	r.p += magic;
	if ((p = next_word(&r, "source")) == NULL ||
	    addr_parse(p, &m->addr) == -1)
		return (-1);
	if ((p = next_word(&r, "boot")) == NULL || !is_boot(p))
		return (-1);
	strlcpy(boot, p, DUMP_BOOT_MAX);
	if ((p = next_word(&r, "sleep")) == NULL ||
	    take_int(&p, &m->sleep_ns) == -1 || *p != '\0')
		return (-1);
	for (;;) {
		if (next_line(&r) == -1)
			return (-1);
		if (strcmp(r.line, "end") == 0)
			break;
		if (m->n == MSG_DUMP_MAX ||
		    take_sample(r.line, &m->sample[m->n]) == -1)
			return (-1);
		m->n++;
	}
	if (r.p != r.end)
		return (-1);
	return (msg_check(MSG_SAMPLES, ROLE_PARENT, ROLE_ENGINE, m,
	    sizeof(*m), 0) == NULL ? 0 : -1);
}
