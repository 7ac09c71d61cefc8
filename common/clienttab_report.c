/*
 * Clients of a table as the records of the command protocol.  Runs in
 * ntpd-server (requests for the time) and ntpd-control (commands); must never
 * look at more than a limited part of the table for one question.
 */
#include <string.h>

#include "common/candm.h"
#include "common/clienttab.h"
#include "common/report.h"

#define RECORDS_MAX	65536		/* looked at for one page */

/* No column has anything. */
static void
clienttab_no_columns(struct report_client *r)
{
	memset(r, 0, sizeof(*r));
	r->ntp_log2 = r->nke_log2 = r->cmd_log2 = REPORT_NO_INTERVAL;
	r->ntp_limited_log2 = REPORT_NO_INTERVAL;
	r->since_ntp_s = r->since_nke_s = r->since_cmd_s = REPORT_NEVER;
}

void
clienttab_columns(const struct client *c, enum client_columns what,
    int64_t now_ns, struct report_client *r)
{
	if (what == CLIENT_CMD) {
		r->cmd_hits = c->hits;
		r->cmd_drops = c->drops;
		r->cmd_log2 = clienttab_interval_log2(c->interval);
		r->since_cmd_s = clienttab_since_s(c, now_ns);
		return;
	}
	r->ntp_hits = c->hits;
	r->ntp_drops = c->drops;
	r->ntp_log2 = clienttab_interval_log2(c->interval);
	r->ntp_limited_log2 = clienttab_interval_log2(c->limited);
	r->since_ntp_s = clienttab_since_s(c, now_ns);
}

void
clienttab_report(const struct clienttab *tab, enum client_columns what,
    const struct candm_clients *ask, int64_t now_ns,
    struct report_clients *r)
{
	struct client	*c;
	uint32_t	 i, looked;

	memset(r, 0, sizeof(*r));
	if (tab == NULL)
		return;
	r->size = clienttab_size(tab);
	for (i = ask->first, looked = 0; i < r->size && r->count < ask->count &&
	    r->count < REPORT_CLIENTS && looked < RECORDS_MAX; i++, looked++) {
		c = clienttab_at(tab, i);
		if (c == NULL || !clienttab_is_address(c) ||
		    c->hits < ask->min_hits || (c->flags & CLIENT_LISTED))
			continue;
		clienttab_no_columns(&r->client[r->count]);
		clienttab_address(c, &r->client[r->count].addr);
		clienttab_columns(c, what, now_ns, &r->client[r->count]);
		r->count++;
		if (ask->reset)
			c->hits = c->drops = 0;
	}
	r->next = i;
}
