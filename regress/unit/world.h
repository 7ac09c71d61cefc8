/*
 * A small world for the engine core: one clock with a frequency error, a
 * parent that does what it is asked after some delay, servers behind a
 * network.  No kernel, no processes.
 */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include "common/conf.h"
#include "common/ntp.h"
#include "ntpd/engine/engine.h"

#define QUEUE_MAX	256
#define EPOCH_NS	(1700000000LL * NS_PER_SEC)
#define PARENT_NS	(200 * NS_PER_US)

enum world_event { WE_PACKET, WE_ASKED, WE_ANSWER, WE_LEASE_END };

struct world_server {
	struct addr	addr;
	double		offset_s;	/* of what it tells */
	double		delay_s;	/* one way */
	double		jitter_s;	/* exponential mean, per direction */
	int		leap;
	int		stratum;	/* 0: 2 */
	int		dead;
	int		unroutable;	/* sending fails */
	int		kiss;
	int		unsync;
	int		is_us;		/* tells what our page has */
	uint64_t	requests;
};

struct world {
	uint64_t	rng;
	int64_t		raw_ns;		/* the world's time is RAW */
	double		ppm;		/* RAW is fast against truth */
	int64_t		real_ns;	/* system clock at real_raw_ns */
	int64_t		real_raw_ns;
	double		rate_ppm;	/* of the system clock against RAW */
	double		base_ppm;
	int64_t		lease_end_ns;
	uint32_t	lease_id;
	int		refuse_steps;
	unsigned	steps;
	struct world_server servers[8];
	unsigned	nservers;
	struct {
		int64_t		at_ns;
		enum world_event type;
		uint32_t	source;
		uint32_t	server;
		uint8_t		buf[NTP_HEADER_LEN];
		struct msg_clock answer;
		enum msg_type	asked;
		union {
			struct msg_freq	freq;
			struct msg_slew	slew;
			struct msg_step	step;
		}		ask;
	}		queue[QUEUE_MAX];
	unsigned	nqueue;
	struct engine	*engine;
	struct clockpage_data page;
	struct msg_oneshot oneshot;
	struct msg_status status;
	unsigned	noneshot;
	unsigned	gave_up;
	unsigned	drift_writes;
	double		drift_ppm;
	double		drift_skew_ppm;	/* of the drift file, 0: none */
	unsigned	dns_asks;
	struct msg_dnsask last_ask;
	uint32_t	result;		/* status of the last RESULT */
	uint32_t	answer_id;
	unsigned	nresults;
	unsigned	nanswers;
	enum msg_type	answer_type;
	struct msg_report report;	/* the last one */
	char		entries[LOG_FILE_COUNT][MSG_ENTRY_MAX];
	int64_t		sleep_ns;
	struct msg_command added;	/* of SOURCE_ADDED, the last one */
	struct msg_name	removed;	/* of SOURCE_REMOVED, ditto */
	unsigned	nadded;
	unsigned	nremoved;
	struct msg_dump	dump;		/* the last one */
	unsigned	ndumps;
	struct addr	local;		/* our own, that replies come to */
};

/* The system clock now. */
int64_t	world_real(const struct world *w);
/* True time at a RAW instant. */
int64_t	world_true(const struct world *w, int64_t raw_ns);
/* true - system clock, s */
double	world_error(const struct world *w);
void	world_pair(const struct world *w, struct clock_pair *p);
/* Before real_ns is changed by hand. */
void	world_anchor(struct world *w);
/* A configuration that must parse. */
struct conf * world_conf(const char *text);
void	world_server_add(struct world *w, const char *addr);
/* Engine made, CLOCK_STATE told. */
void	world_start(struct world *w, struct conf *c, enum run_mode mode);
/* Runs until RAW instant end_s; *worst: the largest |error| meanwhile. */
void	world_run(struct world *w, double end_s, double *worst);
/*
 * A command of control: 1 when it was answered with a report at once, 0 with
 * a result, -1 when the answer is to come.
 */
int	world_command(struct world *w, unsigned command,
	    const union candm_request_body *body);
/* The same of a command that takes a number; the answer must be `report'. */
void	world_expect(struct world *w, unsigned command, uint32_t value,
	    int report);
void	world_end(struct world *w, struct conf *c);
struct world * world_new(double ppm, double offset_s);

#endif
