/*
 * The client's side of the Simple Mail Transfer Protocol (RFC 5321) for one
 * letter to one mailbox, and the letter.  Pure: bytes in, bytes out.
 */
#ifndef MAIL_SMTP_H
#define MAIL_SMTP_H

#include <stddef.h>
#include <stdint.h>

#define SMTP_LINE_MAX	512		/* RFC 5321 4.5.3.1.5, with CRLF */
#define SMTP_HOST_MAX	256
#define SMTP_TEXT_MAX	2048

struct smtp_letter {
	char		host[SMTP_HOST_MAX];	/* this computer */
	char		to[SMTP_HOST_MAX];	/* with or without @host */
	int64_t		offset_ns;	/* > 0: the clock was behind */
	int64_t		real_ns;	/* REALTIME when that was seen */
};

enum smtp_result {
	SMTP_MORE,			/* wait for more of the server */
	SMTP_SEND,			/* send out[] and go on */
	SMTP_DONE,			/* the server has taken the letter */
	SMTP_FAILED			/* see reply[] */
};

struct smtp {
	const struct smtp_letter *letter;
	unsigned	step;
	char		reply[SMTP_LINE_MAX];	/* last line, NUL terminated */
	size_t		len;			/* of it, while it comes */
	char		out[SMTP_TEXT_MAX];	/* NUL terminated */
};

/* letter must outlive s. */
void	smtp_init(struct smtp *s, const struct smtp_letter *letter);
/*
 * Bytes of the server.  Everything up to the end of a reply is used; bytes
 * after that, which a server must not send yet, are an error.
 */
enum smtp_result smtp_input(struct smtp *s, const char *data, size_t len);
/*
 * The whole letter as it is sent after DATA, with its final dot.  0, or -1
 * when it does not fit.
 */
int	smtp_format_letter(const struct smtp_letter *letter, char *buf,
	    size_t len);

#endif
