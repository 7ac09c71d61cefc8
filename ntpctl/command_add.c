/*
 * Commands with options that have values: add and local.  Used by ntpctl; the
 * options are those of the directives of the same names.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ntpctl/commands.h"
#include "ntpctl/parse.h"

#define STRATUM_NONE	16	/* not synchronised */

enum kind {
	OPT_UINT,
	OPT_INT,
	OPT_REAL,
	OPT_HEX_FLAG,		/* extfield: a flag by its value */
	OPT_ON,			/* a flag or a 1 */
	OPT_OFF
};

struct option {
	const char	*name;
	enum kind	 kind;
	size_t		 at;
	uint32_t	 flag;
};

#define ADD(member)	offsetof(struct candm_add, member)
#define FLAG		ADD(flags)

static const struct option	add_options[] = {
	{ "port", OPT_UINT, ADD(port), 0 },
	{ "minpoll", OPT_INT, ADD(minpoll_log2), 0 },
	{ "maxpoll", OPT_INT, ADD(maxpoll_log2), 0 },
	{ "presend", OPT_INT, ADD(presend_log2), 0 },
	{ "minstratum", OPT_UINT, ADD(min_stratum), 0 },
	{ "polltarget", OPT_UINT, ADD(polltarget), 0 },
	{ "version", OPT_UINT, ADD(version), 0 },
	{ "maxsources", OPT_UINT, ADD(maxsources), 0 },
	{ "minsamples", OPT_INT, ADD(min_samples), 0 },
	{ "maxsamples", OPT_INT, ADD(max_samples), 0 },
	{ "key", OPT_UINT, ADD(key), 0 },
	{ "ntsport", OPT_UINT, ADD(nts_port), 0 },
	{ "filter", OPT_INT, ADD(filter), 0 },
	{ "certset", OPT_UINT, ADD(certset), 0 },
	{ "maxunreach", OPT_UINT, ADD(max_unreach), 0 },
	{ "maxdelay", OPT_REAL, ADD(max_delay_s), 0 },
	{ "maxdelayratio", OPT_REAL, ADD(max_delay_ratio), 0 },
	{ "maxdelaydevratio", OPT_REAL, ADD(max_delay_dev_ratio), 0 },
	{ "maxdelayquant", OPT_REAL, ADD(max_delay_quant), 0 },
	{ "mindelay", OPT_REAL, ADD(min_delay_s), 0 },
	{ "asymmetry", OPT_REAL, ADD(asymmetry), 0 },
	{ "offset", OPT_REAL, ADD(offset_s), 0 },
	{ "extfield", OPT_HEX_FLAG, FLAG, 0 },
	{ "offline", OPT_OFF, FLAG, CANDM_ADD_ONLINE },
	{ "auto_offline", OPT_ON, FLAG, CANDM_ADD_AUTO_OFFLINE },
	{ "iburst", OPT_ON, FLAG, CANDM_ADD_IBURST },
	{ "prefer", OPT_ON, FLAG, CANDM_ADD_PREFER },
	{ "noselect", OPT_ON, FLAG, CANDM_ADD_NOSELECT },
	{ "trust", OPT_ON, FLAG, CANDM_ADD_TRUST },
	{ "require", OPT_ON, FLAG, CANDM_ADD_REQUIRE },
	{ "xleave", OPT_ON, FLAG, CANDM_ADD_INTERLEAVED },
	{ "burst", OPT_ON, FLAG, CANDM_ADD_BURST },
	{ "nts", OPT_ON, FLAG, CANDM_ADD_NTS },
	{ "copy", OPT_ON, FLAG, CANDM_ADD_COPY },
	{ "ipv4", OPT_ON, FLAG, CANDM_ADD_IPV4 },
	{ "ipv6", OPT_ON, FLAG, CANDM_ADD_IPV6 },
};

#define LOCAL(member)	offsetof(struct candm_local, member)

static const struct option	local_options[] = {
	{ "stratum", OPT_UINT, LOCAL(stratum), 0 },
	{ "distance", OPT_REAL, LOCAL(distance_s), 0 },
	{ "activate", OPT_REAL, LOCAL(activate_s), 0 },
	{ "waitsynced", OPT_REAL, LOCAL(wait_synced_s), 0 },
	{ "waitunsynced", OPT_REAL, LOCAL(wait_unsynced_s), 0 },
	{ "orphan", OPT_ON, LOCAL(orphan), 1 },
};

static int
take_extfield(const char *text, uint32_t *flags)
{
	char		*end;
	unsigned long	 type = strtoul(text, &end, 16);

	if (*end != '\0')
		return (-1);
	if (type == 0xf323)
		*flags |= CANDM_ADD_EF_EXP1;
	else if (type == 0xf324 || type == 0x10a)
		*flags |= CANDM_ADD_EF_NETCORR;
	else
		return (-1);
	return (0);
}

/* One option: how many words it took, or -1. */
static int
take_option(const struct option *o, int argc, char **argv, char *to)
{
	uint32_t	*n = (uint32_t *)(to + o->at);
	int		 result = -1;

	if (o->kind == OPT_ON || o->kind == OPT_OFF) {
		*n = o->kind == OPT_ON ? *n | o->flag : *n & ~o->flag;
		return (1);
	}
	if (argc < 2)
		return (-1);
	if (o->kind == OPT_UINT)
		result = parse_uint(argv[1], n);
	else if (o->kind == OPT_INT)
		result = parse_int(argv[1], (int32_t *)n);
	else if (o->kind == OPT_REAL)
		result = parse_real(argv[1], (double *)(to + o->at));
	else if (o->kind == OPT_HEX_FLAG)
		result = take_extfield(argv[1], n);
	return (result == 0 ? 2 : -1);
}

static int
take_options(const struct option *options, size_t n, int argc, char **argv,
    void *to)
{
	size_t	 i;
	int	 took;

	while (argc > 0) {
		for (i = 0; i < n; i++)
			if (strcmp(options[i].name, argv[0]) == 0)
				break;
		if (i == n)
			return (-1);
		if ((took = take_option(&options[i], argc, argv, to)) == -1)
			return (-1);
		argc -= took;
		argv += took;
	}
	return (0);
}

static int
add_type(const char *word)
{
	static const char *const	names[] = {
		[CANDM_ADD_SERVER] = "server",
		[CANDM_ADD_PEER] = "peer",
		[CANDM_ADD_POOL] = "pool",
	};
	int				i;

	for (i = CANDM_ADD_SERVER; i <= CANDM_ADD_POOL; i++)
		if (strcmp(word, names[i]) == 0)
			return (i);
	return (0);
}

int
command_add(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	static const struct candm_add	defaults = {
		.port = 123, .minpoll_log2 = 6, .maxpoll_log2 = 10,
		.presend_log2 = 100, .polltarget = 8, .maxsources = 4,
		.min_samples = -1, .max_samples = -1, .nts_port = 4460,
		.flags = CANDM_ADD_ONLINE, .max_unreach = 100000,
		.max_delay_s = 3, .max_delay_dev_ratio = 10, .asymmetry = 1
	};
	struct candm_request		request;
	struct candm_add		*a = &request.body.add;
	struct addr			 addr;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_ADD_SOURCE;
	*a = defaults;
	if (argc < 2 || (a->type = add_type(argv[0])) == 0 ||
	    strlcpy(a->name, argv[1], sizeof(a->name)) >= sizeof(a->name) ||
	    take_options(add_options, sizeof(add_options) /
	    sizeof(add_options[0]), argc - 2, argv + 2, a) == -1)
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	/* the daemon would try for ever */
	if (addr_parse(a->name, &addr) == -1 &&
	    ctl->ops->addr_of(a->name, ctl->family, &addr) == -1)
		return (ctl_syntax(ctl, "Invalid host/IP address"));
	return (ctl_do(ctl, &request));
}

int
command_local(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	struct candm_request	request;
	struct candm_reply	reply;
	struct candm_local	*l = &request.body.local;
	int			 result;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_LOCAL;
	l->on = 1;
	l->stratum = 10;
	l->distance_s = 1;
	l->wait_unsynced_s = -1;
	if (argc == 1 && strcmp(argv[0], "off") == 0)
		l->on = l->stratum = l->distance_s = 0;
	else if (take_options(local_options, sizeof(local_options) /
	    sizeof(local_options[0]), argc, argv, l) == -1 ||
	    l->stratum < 1 || l->stratum >= STRATUM_NONE)
		/* a chronyd would take any stratum */
		return (ctl_syntax(ctl, "Invalid syntax for %s command",
		    c->name));
	if (l->wait_unsynced_s < 0)
		l->wait_unsynced_s = l->orphan ? 300 : 0;
	result = ctl_try(ctl, &request, CANDM_RPY_NULL, &reply);
	if (result == -1)
		return (-1);
	if (result == 1 && reply.status == CANDM_STT_INVALID) {
		/* a daemon before 4.7 knows an older request */
		request.command = CANDM_REQ_LOCAL2;
		return (ctl_do(ctl, &request));
	}
	output_status(&ctl->out, &ctl->style, ctl_status_text(reply.status));
	return (result == 0 ? 0 : -1);
}
