/*
 * Reports about the server and its clients.  Used by ntpctl; the lines are
 * chronyc's.
 */
#include "ntpctl/tables.h"

#define AT(row, member)	offsetof(struct row, member)
#define N(fields)	sizeof(fields) / sizeof(fields[0])

static const struct field	fields_serverstats[] = {
	{ "ntp_packets_received", AT(report_serverstats, ntp_hits), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTP packets received       : ", "\n", NULL },
	{ "ntp_packets_dropped", AT(report_serverstats, ntp_drops), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTP packets dropped        : ", "\n", NULL },
	{ "command_packets_received", AT(report_serverstats, cmd_hits), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "Command packets received   : ", "\n", NULL },
	{ "command_packets_dropped", AT(report_serverstats, cmd_drops), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "Command packets dropped    : ", "\n", NULL },
	{ "log_records_dropped", AT(report_serverstats, log_drops), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "Client log records dropped : ", "\n", NULL },
	{ "nts_ke_connections_accepted", AT(report_serverstats, nke_hits),
	    FT_U64, FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTS-KE connections accepted: ", "\n", NULL },
	{ "nts_ke_connections_dropped", AT(report_serverstats, nke_drops),
	    FT_U64, FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTS-KE connections dropped : ", "\n", NULL },
	{ "ntp_packets_authenticated", AT(report_serverstats, ntp_auth_hits),
	    FT_U64, FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "Authenticated NTP packets  : ", "\n", NULL },
	{ "ntp_packets_interleaved",
	    AT(report_serverstats, ntp_interleaved_hits), FT_U64, FK_NUMBER, 0,
	    0, FM_COUNTER, FF_OPTIONAL, "Interleaved NTP packets    : ", "\n",
	    NULL },
	{ "timestamps_held", AT(report_serverstats, ntp_timestamps), FT_U64,
	    FK_NUMBER, 0, 0, FM_GAUGE, FF_OPTIONAL,
	    "NTP timestamps held        : ", "\n", NULL },
	{ "timestamps_span_seconds", AT(report_serverstats, ntp_span_s),
	    FT_U64, FK_NUMBER, 0, 0, FM_GAUGE, FF_OPTIONAL,
	    "NTP timestamp span         : ", "\n", NULL },
	{ "daemon_rx_timestamps", AT(report_serverstats, daemon_rx), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTP daemon RX timestamps   : ", "\n", NULL },
	{ "daemon_tx_timestamps", AT(report_serverstats, daemon_tx), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTP daemon TX timestamps   : ", "\n", NULL },
	{ "kernel_rx_timestamps", AT(report_serverstats, kernel_rx), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTP kernel RX timestamps   : ", "\n", NULL },
	{ "kernel_tx_timestamps", AT(report_serverstats, kernel_tx), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTP kernel TX timestamps   : ", "\n", NULL },
	{ "hardware_rx_timestamps", AT(report_serverstats, hw_rx), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTP hardware RX timestamps : ", "\n", NULL },
	{ "hardware_tx_timestamps", AT(report_serverstats, hw_tx), FT_U64,
	    FK_NUMBER, 0, 0, FM_COUNTER, FF_OPTIONAL,
	    "NTP hardware TX timestamps : ", "\n", NULL },
};

/* serverstats -v: in the columns of chrony's lines. */
#define COUNTER(member, text)						\
	{ #member, AT(report_counters, member), FT_U64, FK_NUMBER, 0, 0, \
	    FM_COUNTER, 0, text, "\n", NULL },

static const struct field	fields_counters[] = {
	REPORT_COUNTERS(COUNTER)
};

static const struct field	fields_clients[] = {
	{ "name", AT(row_client, n.name), FT_STRING, FK_STRING, -25, 0,
	    FM_LABEL, 0, NULL, NULL, NULL },
	{ "address", AT(row_client, n.address), FT_STRING, FK_STRING, -1, 0,
	    FM_LABEL, FF_NOTEXT, NULL, NULL, NULL },
	{ "ntp_packets", AT(row_client, r.ntp_hits), FT_U32, FK_NUMBER, 6, 0,
	    FM_COUNTER, 0, "  ", NULL, NULL },
	{ "ntp_dropped", AT(row_client, r.ntp_drops), FT_U32, FK_NUMBER, 5, 0,
	    FM_COUNTER, 0, "  ", NULL, NULL },
	{ "ntp_interval_log2", AT(row_client, r.ntp_log2), FT_S8, FK_INTERVAL,
	    0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "ntp_limited_interval_log2", AT(row_client, r.ntp_limited_log2),
	    FT_S8, FK_INTERVAL, 0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "since_ntp_seconds", AT(row_client, r.since_ntp_s), FT_U32, FK_AGO,
	    0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "command_packets", AT(row_client, r.cmd_hits), FT_U32, FK_NUMBER, 6,
	    0, FM_COUNTER, 0, "  ", NULL, NULL },
	{ "command_dropped", AT(row_client, r.cmd_drops), FT_U32, FK_NUMBER, 5,
	    0, FM_COUNTER, 0, "  ", NULL, NULL },
	{ "command_interval_log2", AT(row_client, r.cmd_log2), FT_S8,
	    FK_INTERVAL, 0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "since_command_seconds", AT(row_client, r.since_cmd_s), FT_U32,
	    FK_AGO, 0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "nts_ke_packets", AT(row_client, r.nke_hits), FT_U32, FK_NUMBER, 6,
	    0, FM_COUNTER, FF_NOTEXT | FF_NOCSV, "  ", NULL, NULL },
	{ "nts_ke_dropped", AT(row_client, r.nke_drops), FT_U32, FK_NUMBER, 5,
	    0, FM_COUNTER, FF_NOTEXT | FF_NOCSV, "  ", NULL, NULL },
	{ "nts_ke_interval_log2", AT(row_client, r.nke_log2), FT_S8,
	    FK_INTERVAL, 0, 0, FM_NONE, FF_NOTEXT | FF_NOCSV, "  ", NULL,
	    NULL },
	{ "since_nts_ke_seconds", AT(row_client, r.since_nke_s), FT_U32,
	    FK_AGO, 0, 0, FM_NONE, FF_NOTEXT | FF_NOCSV, "  ", NULL, NULL },
};

static const struct field	fields_clients_nke[] = {
	{ "name", AT(row_client, n.name), FT_STRING, FK_STRING, -25, 0,
	    FM_LABEL, 0, NULL, NULL, NULL },
	{ "address", AT(row_client, n.address), FT_STRING, FK_STRING, -1, 0,
	    FM_LABEL, FF_NOTEXT, NULL, NULL, NULL },
	{ "ntp_packets", AT(row_client, r.ntp_hits), FT_U32, FK_NUMBER, 6, 0,
	    FM_COUNTER, 0, "  ", NULL, NULL },
	{ "ntp_dropped", AT(row_client, r.ntp_drops), FT_U32, FK_NUMBER, 5, 0,
	    FM_COUNTER, 0, "  ", NULL, NULL },
	{ "ntp_interval_log2", AT(row_client, r.ntp_log2), FT_S8, FK_INTERVAL,
	    0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "ntp_limited_interval_log2", AT(row_client, r.ntp_limited_log2),
	    FT_S8, FK_INTERVAL, 0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "since_ntp_seconds", AT(row_client, r.since_ntp_s), FT_U32, FK_AGO,
	    0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "command_packets", AT(row_client, r.cmd_hits), FT_U32, FK_NUMBER, 6,
	    0, FM_COUNTER, FF_NOTEXT | FF_NOCSV, "  ", NULL, NULL },
	{ "command_dropped", AT(row_client, r.cmd_drops), FT_U32, FK_NUMBER, 5,
	    0, FM_COUNTER, FF_NOTEXT | FF_NOCSV, "  ", NULL, NULL },
	{ "command_interval_log2", AT(row_client, r.cmd_log2), FT_S8,
	    FK_INTERVAL, 0, 0, FM_NONE, FF_NOTEXT | FF_NOCSV, "  ", NULL,
	    NULL },
	{ "since_command_seconds", AT(row_client, r.since_cmd_s), FT_U32,
	    FK_AGO, 0, 0, FM_NONE, FF_NOTEXT | FF_NOCSV, "  ", NULL, NULL },
	{ "nts_ke_packets", AT(row_client, r.nke_hits), FT_U32, FK_NUMBER, 6,
	    0, FM_COUNTER, 0, "  ", NULL, NULL },
	{ "nts_ke_dropped", AT(row_client, r.nke_drops), FT_U32, FK_NUMBER, 5,
	    0, FM_COUNTER, 0, "  ", NULL, NULL },
	{ "nts_ke_interval_log2", AT(row_client, r.nke_log2), FT_S8,
	    FK_INTERVAL, 0, 0, FM_NONE, 0, "  ", NULL, NULL },
	{ "since_nts_ke_seconds", AT(row_client, r.since_nke_s), FT_U32,
	    FK_AGO, 0, 0, FM_NONE, 0, "  ", NULL, NULL },
};

const struct field_table	table_serverstats = {
	"serverstats", 0, NULL, 0, NULL, fields_serverstats,
	N(fields_serverstats)
};

const struct field_table	table_counters = {
	"server", 0, NULL, 0, NULL, fields_counters, N(fields_counters)
};

const struct field_table	table_clients = {
	"clients", 1, "Hostname                      NTP   Drop Int IntL "
	    "Last     Cmd   Drop Int  Last", 8, NULL, fields_clients,
	N(fields_clients)
};

const struct field_table	table_clients_nke = {
	"clients", 1, "Hostname                      NTP   Drop Int IntL "
	    "Last  NTS-KE   Drop Int  Last", 8, NULL, fields_clients_nke,
	N(fields_clients_nke)
};
