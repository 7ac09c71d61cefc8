/*
 * The bodies of requests of the command protocol, as ntpctl fills them in and
 * ntpd-control gets them after candm.h checked their ranges.  Fixed-size, no
 * pointers: they cross process boundaries.
 */
#ifndef COMMON_CANDM_REQUEST_H
#define COMMON_CANDM_REQUEST_H

#include <stdint.h>

#include "common/addr.h"
#include "common/report.h"

/* A source by its address or, while it has none, by its number. */
struct candm_source {
	struct addr	addr;
	uint32_t	id;	/* when addr is NONE; 0: none */
};

/* online, offline: addresses under a mask; NONE: all of them. */
struct candm_mask {
	struct addr	mask;		/* NONE: see addr */
	struct candm_source source;
};

struct candm_burst {
	struct candm_mask which;
	uint32_t	good;		/* measurements to be had */
	uint32_t	total;		/* requests to be sent at most */
};

/* minpoll, maxpoll, minstratum, polltarget */
struct candm_number_of {
	struct candm_source source;
	int32_t		value;
};

/* maxdelay (seconds), maxdelayratio, maxdelaydevratio */
struct candm_real_of {
	struct candm_source source;
	uint32_t	pad;
	double		value;
};

struct candm_makestep {
	int32_t		limit;		/* < 0: always */
	double		threshold_s;
};

enum candm_manual {
	CANDM_MANUAL_OFF,
	CANDM_MANUAL_ON,
	CANDM_MANUAL_RESET
};

enum candm_smoothtime {
	CANDM_SMOOTHTIME_RESET,
	CANDM_SMOOTHTIME_ACTIVATE
};

enum candm_add_type {
	CANDM_ADD_SERVER = 1,
	CANDM_ADD_PEER,
	CANDM_ADD_POOL
};

#define CANDM_ADD_ONLINE	0x1u
#define CANDM_ADD_AUTO_OFFLINE	0x2u
#define CANDM_ADD_IBURST	0x4u
#define CANDM_ADD_PREFER	0x8u
#define CANDM_ADD_NOSELECT	0x10u
#define CANDM_ADD_TRUST		0x20u
#define CANDM_ADD_REQUIRE	0x40u
#define CANDM_ADD_INTERLEAVED	0x80u
#define CANDM_ADD_BURST		0x100u
#define CANDM_ADD_NTS		0x200u
#define CANDM_ADD_COPY		0x400u
#define CANDM_ADD_EF_EXP1	0x800u	/* extension field F323 */
#define CANDM_ADD_EF_NETCORR	0x1000u	/* extension field 10A */
#define CANDM_ADD_IPV4		0x2000u
#define CANDM_ADD_IPV6		0x4000u

/* All options of a source, each with a value: the client has the defaults. */
struct candm_add {
	uint32_t	type;		/* enum candm_add_type */
	char		name[REPORT_NAME_MAX];
	uint32_t	port;
	int32_t		minpoll_log2;
	int32_t		maxpoll_log2;
	int32_t		presend_log2;
	uint32_t	min_stratum;
	uint32_t	polltarget;
	uint32_t	version;	/* 0: the default */
	uint32_t	maxsources;
	int32_t		min_samples;	/* -1: the global one */
	int32_t		max_samples;	/* -1: the global one */
	uint32_t	key;		/* 0: none */
	uint32_t	nts_port;
	uint32_t	flags;		/* CANDM_ADD_ */
	int32_t		filter;		/* 0: none */
	uint32_t	certset;
	uint32_t	max_unreach;	/* 0 from older clients */
	double		max_delay_s;
	double		max_delay_ratio;
	double		max_delay_dev_ratio;
	double		max_delay_quant;	/* 0: none */
	double		min_delay_s;	/* 0: none */
	double		asymmetry;	/* 1: to be estimated */
	double		offset_s;	/* option `offset', in its sign */
};

struct candm_clients {
	uint32_t	first;		/* index to begin with */
	uint32_t	count;		/* records wanted, 1 .. 8 */
	uint32_t	min_hits;
	uint32_t	reset;		/* 1: forget the counts */
};

/* selectopts: options of REPORT_OPT_ in mask are set to those in options. */
struct candm_selectopts {
	struct candm_source source;
	uint32_t	refid;		/* a refclock, when source is none */
	uint32_t	mask;
	uint32_t	options;
};

/* offset: as the source's option `offset', and in its sign. */
struct candm_offset {
	struct candm_source source;
	uint32_t	refid;		/* a refclock, when source is none */
	double		offset_s;
};

struct candm_local {
	uint32_t	on;
	uint32_t	stratum;	/* 1 .. 15 */
	uint32_t	orphan;
	uint32_t	pad;
	double		distance_s;
	double		activate_s;	/* 0: at once */
	double		wait_synced_s;
	double		wait_unsynced_s;
};

#endif
