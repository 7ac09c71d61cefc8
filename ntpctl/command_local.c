/*
 * Commands that ask no daemon: dns, timeout, retries, keygen, and those that
 * chrony no longer has.  Used by ntpctl; the complaints are chronyc's.
 */
#include <stdlib.h>
#include <string.h>

#include "common/key.h"
#include "ntpctl/commands.h"
#include "ntpctl/parse.h"

#define TIMEOUT_MIN_MS	100
#define RETRIES_MAX	30
#define KEY_BITS	160
#define KEY_BITS_MAX	4096

int
command_dns(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	const char	*word = argc > 0 ? argv[0] : "";

	(void)c;
	if (strcmp(word, "-46") == 0)
		ctl->family = ADDR_NONE;
	else if (strcmp(word, "-4") == 0)
		ctl->family = ADDR_INET;
	else if (strcmp(word, "-6") == 0)
		ctl->family = ADDR_INET6;
	else if (strcmp(word, "-n") == 0)
		ctl->numeric = 1;
	else if (strcmp(word, "+n") == 0)
		ctl->numeric = 0;
	else
		return (ctl_syntax(ctl, "Unrecognized dns command"));
	return (0);
}

int
command_timeout(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	int32_t	 ms = 0;

	(void)c;
	if (argc > 0 && parse_int(argv[0], &ms) == -1)
		ms = 0;
	if (ms < TIMEOUT_MIN_MS)
		return (ctl_syntax(ctl, "Timeout %d is too short", ms));
	ctl->limits.timeout_ms = ms;
	ctl->ops->limits(ctl->ctx, &ctl->limits);
	return (0);
}

int
command_retries(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	int32_t	 n = 0;

	(void)c;
	if ((argc > 0 && parse_int(argv[0], &n) == -1) || n < 0 ||
	    n > RETRIES_MAX)
		return (ctl_syntax(ctl,
		    "Invalid maximum number of retries"));
	ctl->limits.retries = n;
	ctl->ops->limits(ctl->ctx, &ctl->limits);
	return (0);
}

int
command_keygen(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	const char	*type = argc > 1 ? argv[1] : "SHA1";
	uint32_t	 id = 1, bits = KEY_BITS;
	uint8_t		 key[KEY_BITS_MAX / 8];
	size_t		 i, len;

	if ((argc > 0 && parse_uint(argv[0], &id) == -1) || id == 0 ||
	    (argc > 2 && parse_uint(argv[2], &bits) == -1))
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	if (key_type_find(type, &type, &len) == 0)
		return (ctl_syntax(ctl,
		    "Unknown hash function or cipher %s", type));
	if (bits < KEY_BITS_WEAK)
		bits = KEY_BITS_WEAK;
	if (bits > KEY_BITS_MAX)
		bits = KEY_BITS_MAX;
	/* a cipher's length is its own */
	if (len == 0)
		len = (bits + 7) / 8;
	ctl->ops->random(key, sizeof(key));
	text_add(&ctl->out, "%u %s HEX:", id, type);
	for (i = 0; i < len; i++)
		text_add(&ctl->out, "%02X", key[i]);
	text_add(&ctl->out, "\n");
	explicit_bzero(key, sizeof(key));
	return (0);
}

int
command_obsolete(struct ctl *ctl, const struct command *c, int argc,
    char **argv)
{
	(void)c;
	(void)argc;
	(void)argv;
	text_add(&ctl->err, "Authentication is no longer supported\n");
	return (0);
}
