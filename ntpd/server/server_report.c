/*
 * What `serverstats' tells of this server.  Runs in ntpd-server; pure.
 */
#include "ntpd/server/server_report.h"

#include "common/clienttab.h"
#include "common/report.h"
#include "common/report_counters.h"
#include "common/timens.h"
#include "ntpd/server/server_core.h"

/* The timestamps that answers in interleaved mode can have. */
static void
report_timestamps(const struct clienttab *clients,
    struct report_serverstats *r)
{
	const struct client	*c;
	int64_t			 first_ns = INT64_MAX, last_ns = INT64_MIN;
	uint32_t		 i, size = clienttab_size(clients);

	for (i = 0; i < size; i++) {
		c = clienttab_at(clients, i);
		if (c == NULL || (c->flags & CLIENT_SENT) == 0)
			continue;
		r->ntp_timestamps++;
		if (c->last_ns < first_ns)
			first_ns = c->last_ns;
		if (c->last_ns > last_ns)
			last_ns = c->last_ns;
	}
	if (r->ntp_timestamps > 0)
		r->ntp_span_s = (uint64_t)((last_ns - first_ns) / NS_PER_SEC);
}

void
server_report(const struct server_stats *stats,
    const struct clienttab *clients, struct report_serverstats *r)
{
	const uint64_t	*v = stats->verdicts;
	uint64_t	 answers = v[SERVER_REPLY] + v[SERVER_KISS], stamped;

	r->ntp_drops = v[SERVER_PAGE] + v[SERVER_SLIP] + v[SERVER_STEP] +
	    v[SERVER_LIMITED] + stats->send_failed;
	r->ntp_hits = answers + v[SERVER_PAGE] + v[SERVER_SLIP] +
	    v[SERVER_STEP] + v[SERVER_LIMITED];
	r->ntp_interleaved_hits = stats->interleaved;
	r->ntp_auth_hits = stats->authenticated;
	/* of the answers that were made */
	stamped = answers > stats->no_timestamp ?
	    answers - stats->no_timestamp : 0;
	r->kernel_rx = stamped;
	r->daemon_rx = answers - stamped;
	r->kernel_tx = stats->interleaved;
	r->daemon_tx = answers - stats->interleaved;
	if (clients != NULL) {
		r->log_drops = clienttab_evicted(clients);
		report_timestamps(clients, r);
	}
}

void
server_report_counters(const struct server_stats *stats,
    struct report_counters *r)
{
	unsigned	i;

#define VERDICT(name, counter, text)					\
	r->counter = stats->verdicts[SERVER_##name];
	SERVER_VERDICTS(VERDICT)
#undef VERDICT
	r->packets = 0;
	for (i = 0; i < SERVER_VERDICT_COUNT; i++)
		r->packets += stats->verdicts[i];
	r->dropped_queue_full = stats->queue_full;
	r->not_sent = stats->send_failed;
	r->receive_errors = stats->receive_errors;
	r->batches = stats->batches;
	r->rx_timestamps_missing = stats->no_timestamp;
	r->tx_timestamps_lost = stats->timestamps_lost;
}
