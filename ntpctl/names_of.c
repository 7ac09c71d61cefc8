/*
 * Names of sources in reports.  Used by ntpctl.
 */
#include "ntpctl/names_of.h"

#include <stdio.h>
#include <string.h>

#include "common/addr.h"
#include "ntpctl/format.h"

/* The name from the configuration, "?" when the daemon does not say it. */
static int
configured_name(struct ctl *ctl, const struct candm_source *source,
    char *name, size_t len)
{
	struct candm_request	request;
	struct candm_reply	reply;

	memset(&request, 0, sizeof(request));
	request.command = CANDM_REQ_NTP_SOURCE_NAME;
	request.body.source = *source;
	switch (ctl_try(ctl, &request, CANDM_RPY_NTP_SOURCE_NAME, &reply)) {
	case 0:
		strlcpy(name, reply.body.name.name, len);
		return (0);
	case 1:
		strlcpy(name, "?", len);
		return (0);
	}
	return (-1);
}

int
names_of_source(struct ctl *ctl, const struct candm_source *source,
    int columns, struct row_name *n)
{
	if (source->addr.family != ADDR_NONE)
		addr_format(&source->addr, n->address, sizeof(n->address));
	if (ctl->source_names)
		return (configured_name(ctl, source, n->name,
		    sizeof(n->name)));
	if (source->addr.family == ADDR_NONE) {
		snprintf(n->name, sizeof(n->name), "ID#%010u", source->id);
		return (0);
	}
	if (ctl->numeric || ctl->style.format != OUTPUT_TEXT) {
		strlcpy(n->name, n->address, sizeof(n->name));
		return (0);
	}
	if (ctl->style.wide)
		columns += FIELD_WIDE;
	ctl->ops->name_of(&source->addr, n->name, sizeof(n->name));
	if (strlen(n->name) > (size_t)columns)
		strlcpy(n->name + columns - 1, ">",
		    sizeof(n->name) - columns + 1);
	return (0);
}

void
names_of_refclock(uint32_t refid, struct row_name *n)
{
	format_refid(refid, n->name, sizeof(n->name));
}
