/*
 * The server's counters as a report.  Pure.
 */
#ifndef NTPD_SERVER_SERVER_REPORT_H
#define NTPD_SERVER_SERVER_REPORT_H

struct clienttab;
struct report_counters;
struct report_serverstats;
struct server_stats;

/*
 * In the protocol's sense: requests that are allowed and well formed count as
 * received, those of them that got no answer as dropped.  Only fills in what
 * the server knows.  clients: NULL when they are not noted.
 */
void	server_report(const struct server_stats *stats,
	    const struct clienttab *clients, struct report_serverstats *r);
/* Every counter of the server; the others are left as they are. */
void	server_report_counters(const struct server_stats *stats,
	    struct report_counters *r);

#endif
