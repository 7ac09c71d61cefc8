/*
 * The reports as tables of fields, and the rows that these describe.
 */
#ifndef NTPCTL_TABLES_H
#define NTPCTL_TABLES_H

#include "common/addr.h"
#include "common/report.h"
#include "common/report_counters.h"
#include "common/report_own.h"
#include "ntpctl/field.h"

/* Begins every row of a source: how it is shown, and its address. */
struct row_name {
	char	name[REPORT_NAME_MAX];
	char	address[ADDR_TEXT_MAX];
};

struct row_tracking {
	struct row_name		 n;
	struct report_tracking	 r;
};

struct row_waitsync {
	uint32_t	try;
	uint32_t	refid;
	double		correction_s;	/* its amount */
	double		skew_ppm;
};

struct row_source {
	struct row_name		 n;
	struct report_source	 r;
};

struct row_sourcestats {
	struct row_name		 n;
	struct report_sourcestats r;
};

struct row_selectdata {
	struct row_name		 n;
	struct report_selectdata r;
};

struct row_authdata {
	struct row_name		 n;
	struct report_authdata	 r;
};

struct row_ntpdata {
	struct row_name		 n;	/* the address in both */
	char			 local[ADDR_TEXT_MAX];
	char			 gap[2];	/* "\n" before a report */
	char			 refid_name[8];
	uint32_t		 remote_id;	/* as chrony shows it */
	uint32_t		 local_id;
	uint8_t			 tx;		/* words_timestamping */
	uint8_t			 rx;
	double			 poll_s;
	double			 precision_s;
	struct report_ntpdata	 r;
};

struct row_client {
	struct row_name		 n;
	struct report_client	 r;
};

struct row_manual_sample {
	uint32_t		 index;
	struct report_manual_sample r;
};

struct row_explain {
	struct row_name		 n;
	char			 why[256];	/* in words */
	struct report_explain	 r;
};

struct row_health {
	struct row_name		 n;
	char			 why[256];
	struct report_health	 r;
};

extern const struct field_table	table_tracking;
extern const struct field_table	table_waitsync;
extern const struct field_table	table_activity;		/* the report */
extern const struct field_table	table_rtc;		/* the report */
extern const struct field_table	table_smoothing;	/* the report */
extern const struct field_table	table_manual;		/* the report */
extern const struct field_table	table_manual_list;
extern const struct field_table	table_sourcename;	/* struct report_name */
extern const struct field_table	table_sources;
extern const struct field_table	table_sourcestats;
extern const struct field_table	table_selectdata;
extern const struct field_table	table_authdata;
extern const struct field_table	table_ntpdata;
extern const struct field_table	table_serverstats;	/* the report */
extern const struct field_table	table_counters;		/* the report */
extern const struct field_table	table_clients;
extern const struct field_table	table_clients_nke;
extern const struct field_table	table_health;		/* JSON, metrics */
extern const struct field_table	table_explain;		/* JSON, metrics */

#endif
