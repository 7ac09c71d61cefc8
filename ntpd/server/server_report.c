/*
 * What `serverstats' tells of this server.  Runs in ntpd-server; pure.
 */
#include "ntpd/server/server_report.h"

#include "common/report.h"
#include "ntpd/server/server_core.h"

void
server_report(const struct server_stats *stats, struct report_serverstats *r)
{
	const uint64_t	*v = stats->verdicts;
	uint64_t	 stamped;

	r->ntp_drops = v[SERVER_PAGE] + v[SERVER_SLIP] + v[SERVER_STEP] +
	    stats->send_failed;
	r->ntp_hits = v[SERVER_REPLY] + v[SERVER_PAGE] + v[SERVER_SLIP] +
	    v[SERVER_STEP];
	/* of the answers that were made */
	stamped = v[SERVER_REPLY] > stats->no_timestamp ?
	    v[SERVER_REPLY] - stats->no_timestamp : 0;
	r->kernel_rx = stamped;
	r->daemon_rx = v[SERVER_REPLY] - stamped;
	r->daemon_tx = v[SERVER_REPLY];
}
