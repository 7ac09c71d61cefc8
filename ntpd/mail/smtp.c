/*
 * Dialogue with a mail server and the text of the letter.  Run by ntpd-mail;
 * pure.  What the server says decides on nothing but whether to go on.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/timens.h"
#include "ntpd/mail/smtp.h"

enum step {
	STEP_GREETING,
	STEP_HELO,
	STEP_MAIL,
	STEP_RCPT,
	STEP_DATA,
	STEP_TEXT,
	STEP_COUNT
};

/* First digit of the reply that lets a step go on (RFC 5321 4.3.2). */
static const char wanted[STEP_COUNT] = {
	[STEP_GREETING] = '2',
	[STEP_HELO] = '2',
	[STEP_MAIL] = '2',
	[STEP_RCPT] = '2',
	[STEP_DATA] = '3',
	[STEP_TEXT] = '2',
};

void
smtp_init(struct smtp *s, const struct smtp_letter *letter)
{
	memset(s, 0, sizeof(*s));
	s->letter = letter;
}

int
smtp_format_letter(const struct smtp_letter *l, char *buf, size_t len)
{
	time_t t = (time_t)(l->real_ns / NS_PER_SEC);
	double offset_s = timens_to_s(l->offset_ns);
	char date[64], when[64];
	struct tm tm;
	int n;

	if (gmtime_r(&t, &tm) == NULL || strftime(date, sizeof(date),
	    "%a, %d %b %Y %H:%M:%S +0000", &tm) == 0 ||
	    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		return (-1);
	n = snprintf(buf, len,
	    "From: ntpd <root@%s>\r\n"
	    "To: <%s%s>\r\n"
	    "Subject: The clock of %s was wrong by %.3f seconds\r\n"
	    "Date: %s\r\n"
	    "Message-ID: <%" PRId64 ".ntpd@%s>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "\r\n"
	    "At %s, as the clock of %s had it,\r\n"
	    "ntpd found that clock %.6f seconds %s true time.\r\n"
	    "It is being corrected.\r\n"
	    ".\r\n",
	    l->host, l->to, strchr(l->to, '@') == NULL ? "@localhost" : "",
	    l->host, offset_s, date, l->real_ns, l->host, when, l->host,
	    offset_s < 0 ? -offset_s : offset_s,
	    offset_s < 0 ? "ahead of" : "behind");
	return (n < 0 || (size_t)n >= len ? -1 : 0);
}

/* The command of the step that begins now.  0, or -1. */
static int
make_command(struct smtp *s)
{
	const struct smtp_letter *l = s->letter;
	size_t size = sizeof(s->out);
	int n = 0;

	switch (s->step) {
	case STEP_HELO:
		n = snprintf(s->out, size, "HELO %s\r\n", l->host);
		break;
	case STEP_MAIL:
		n = snprintf(s->out, size, "MAIL FROM:<root@%s>\r\n",
		    l->host);
		break;
	case STEP_RCPT:
		n = snprintf(s->out, size, "RCPT TO:<%s%s>\r\n", l->to,
		    strchr(l->to, '@') == NULL ? "@localhost" : "");
		break;
	case STEP_DATA:
		n = snprintf(s->out, size, "DATA\r\n");
		break;
	default:
		return (smtp_format_letter(l, s->out, size));
	}
	return (n < 0 || (size_t)n >= size ? -1 : 0);
}

/* A reply has ended: its last line is in s->reply. */
static enum smtp_result
next_step(struct smtp *s)
{
	if (s->reply[0] != wanted[s->step])
		return (SMTP_FAILED);
	if (++s->step == STEP_COUNT)
		return (SMTP_DONE);
	return (make_command(s) == -1 ? SMTP_FAILED : SMTP_SEND);
}

static int
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* `250-text' goes on, `250 text' and `250' are the last line. */
static enum smtp_result
take_line(struct smtp *s)
{
	char *r = s->reply;

	while (s->len > 0 && r[s->len - 1] == '\r')
		s->len--;
	r[s->len] = '\0';
	s->len = 0;
	if (!is_digit(r[0]) || !is_digit(r[1]) || !is_digit(r[2]) ||
	    (r[3] != '\0' && r[3] != ' ' && r[3] != '-'))
		return (SMTP_FAILED);
	return (r[3] == '-' ? SMTP_MORE : next_step(s));
}

enum smtp_result
smtp_input(struct smtp *s, const char *data, size_t len)
{
	enum smtp_result result = SMTP_MORE;
	size_t i;

	if (s->step >= STEP_COUNT)
		return (SMTP_FAILED);
	for (i = 0; i < len && result == SMTP_MORE; i++) {
		if (data[i] == '\n') {
			result = take_line(s);
		} else if (s->len < sizeof(s->reply) - 1) {
			s->reply[s->len++] = data[i];
			s->reply[s->len] = '\0';
		} else
			return (SMTP_FAILED);
	}
	return (i < len && result == SMTP_SEND ? SMTP_FAILED : result);
}
