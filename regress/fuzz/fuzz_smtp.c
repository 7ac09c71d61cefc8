/*
 * Any bytes as a mail server's replies, in pieces of any size: no more than
 * one command for a reply, every command whole, and an end.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ntpd/mail/smtp.h"

#define COMMANDS	5	/* HELO, MAIL, RCPT, DATA and the letter */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct smtp_letter letter = {
		.host = "time.example", .to = "root",
		.offset_ns = 1500000000, .real_ns = 1795238438000000000LL,
	};
	enum smtp_result result = SMTP_MORE;
	unsigned commands = 0;
	struct smtp s;
	size_t n, out;

	smtp_init(&s, &letter);
	/* the first byte of each piece is its length */
	while (len > 1 && (result == SMTP_MORE || result == SMTP_SEND)) {
		n = data[0] < len - 1 ? data[0] : len - 1;
		result = smtp_input(&s, (const char *)data + 1, n);
		data += n + 1;
		len -= n + 1;
		if (strlen(s.reply) >= sizeof(s.reply))
			abort();
		if (result != SMTP_SEND)
			continue;
		out = strlen(s.out);
		if (++commands > COMMANDS || out < 3 || out >= sizeof(s.out) ||
		    strcmp(s.out + out - 2, "\r\n") != 0)
			abort();
	}
	if (result == SMTP_DONE && commands != COMMANDS)
		abort();
	return (0);
}
