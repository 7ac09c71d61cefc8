/*
 * Sums of what the server processes report.  Runs in ntpd-control; must never
 * count a process twice, nor one that was not asked.
 */
#include "ntpd/control/control_merge.h"

#include <string.h>

int
control_merge_is_sum(uint32_t number)
{
	return (number == CANDM_RPY_SERVER_STATS4 ||
	    number == CANDM_RPY_COUNTERS);
}

void
control_merge_begin(struct control_merge *m, uint32_t number, uint64_t asked)
{
	memset(m, 0, sizeof(*m));
	m->number = number;
	m->awaited = asked;
}

static void
add_counters(struct report_counters *sum, const struct report_counters *one)
{
#define ADD(member, text)	sum->member += one->member;
	REPORT_COUNTERS(ADD)
#undef ADD
}

static void
add_stats(struct report_serverstats *sum, const struct report_serverstats *one)
{
	sum->ntp_hits += one->ntp_hits;
	sum->nke_hits += one->nke_hits;
	sum->ntp_drops += one->ntp_drops;
	sum->nke_drops += one->nke_drops;
	sum->log_drops += one->log_drops;
	sum->ntp_auth_hits += one->ntp_auth_hits;
	sum->ntp_interleaved_hits += one->ntp_interleaved_hits;
	sum->ntp_timestamps += one->ntp_timestamps;
	/* each keeps its own; the oldest says how far back they go */
	if (one->ntp_span_s > sum->ntp_span_s)
		sum->ntp_span_s = one->ntp_span_s;
	sum->daemon_rx += one->daemon_rx;
	sum->daemon_tx += one->daemon_tx;
	sum->kernel_rx += one->kernel_rx;
	sum->kernel_tx += one->kernel_tx;
	sum->hw_rx += one->hw_rx;
	sum->hw_tx += one->hw_tx;
}

int
control_merge_add(struct control_merge *m, uint32_t instance,
    const struct msg_report *one)
{
	if (instance >= MSG_INSTANCES || one->number != m->number ||
	    (m->awaited & 1ULL << instance) == 0)
		return (0);
	m->awaited &= ~(1ULL << instance);
	if (one->number == CANDM_RPY_COUNTERS)
		add_counters(&m->sum.counters, &one->body.counters);
	else
		add_stats(&m->sum.serverstats, &one->body.serverstats);
	return (m->awaited == 0);
}
