/*
 * OpenNTPD's tables.  Programs read them (telegraf, check plugins): used by
 * ntpctl, must never change a column.
 */
#include "ntpctl/output_openntpd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/addr.h"
#include "ntpctl/format.h"
#include "ntpctl/text.h"

#define WIDTH		80	/* of a description, with its NUL */
#define NEGLIGIBLE_MS	5e-7	/* OpenNTPD's */

void
openntpd_status(struct text *t, const struct report_status *r)
{
	double	 offset_ms = r->offset_s * 1e3;

	if (r->peers > 0)
		text_add(t, "%u/%u peers valid, ", r->peers_valid, r->peers);
	if (r->sensors > 0)
		text_add(t, "%u/%u sensors valid, ", r->sensors_valid,
		    r->sensors);
	if (r->peers == 0 && r->sensors == 0)
		text_add(t, "no peers and no sensors configured\n");
	if (r->synced)
		text_add(t, "clock synced, stratum %u\n", r->stratum);
	else if (fabs(offset_ms) > NEGLIGIBLE_MS)
		text_add(t, "clock unsynced, clock offset is %.3fms\n",
		    offset_ms);
	else
		text_add(t, "clock unsynced\n");
}

void
openntpd_peers_head(struct text *t)
{
	text_add(t, "peer\n   wt tl st  next  poll          "
	    "offset       delay      jitter\n");
}

static void
describe(const struct report_peer *r, char desc[WIDTH])
{
	char	 addr[ADDR_TEXT_MAX];

	if (r->addr.family == ADDR_NONE)
		snprintf(addr, sizeof(addr), "not resolved");
	else
		addr_format(&r->addr, addr, sizeof(addr));
	strlcpy(desc, addr, WIDTH);
	if (!r->from_pool && strcmp(addr, r->name) == 0)
		return;
	strlcat(desc, r->from_pool ? " from pool " : " ", WIDTH);
	strlcat(desc, r->name, WIDTH);
}

/* Mark, weight and so on: the same in both tables but for the stratum. */
static void
columns(struct text *t, int selected, unsigned weight, unsigned trust,
    const char *stratum, int next_s, int poll_s)
{
	text_add(t, " %1s %2u %2u %2s %4ds %4ds", selected ? "*" : " ",
	    weight, trust, stratum, next_s, poll_s);
}

void
openntpd_peer(struct text *t, const struct report_peer *r)
{
	char	 desc[WIDTH], stratum[8];

	describe(r, desc);
	if (r->stratum > 0)
		snprintf(stratum, sizeof(stratum), "%2u", r->stratum);
	else
		snprintf(stratum, sizeof(stratum), " -");
	text_add(t, "%s\n", desc);
	columns(t, r->selected, r->weight, r->trust, stratum, r->next_s,
	    r->poll_s);
	if (r->valid)
		text_add(t, "  %12.3fms %9.3fms  %8.3fms\n",
		    r->offset_s * 1e3, r->delay_s * 1e3, r->jitter_s * 1e3);
	else
		text_add(t, "             ---- peer not valid ----\n");
}

void
openntpd_sensors_head(struct text *t)
{
	text_add(t, "sensor\n   wt gd st  next  poll          "
	    "offset  correction\n");
}

void
openntpd_sensor(struct text *t, const struct openntpd_sensor *r)
{
	char	 refid[FORMAT_MAX], stratum[8];

	snprintf(stratum, sizeof(stratum), "%2u", r->stratum);
	text_add(t, "%s\n", format_refid(r->refid, refid, sizeof(refid)));
	columns(t, r->selected, 1, r->good, stratum, r->next_s, r->poll_s);
	if (r->valid)
		/* corrections are part of the offset here */
		text_add(t, "   %11.3fms %9.3fms\n", r->offset_s * 1e3, 0.0);
	else
		text_add(t, "         - sensor not valid -\n");
}
