/*
 * A daemon for tests of ntpctl: one canned reply for each request, by way of
 * the wire.
 */
#ifndef REGRESS_FAKEDAEMON_H
#define REGRESS_FAKEDAEMON_H

#include "common/candm.h"
#include "ntpctl/ctl.h"

#define FAKE_NOW_NS	1795239972000000000LL	/* Sat Nov 21 05:46:12 2026 */

struct fakedaemon {
	struct candm_reply	 replies[16];
	size_t			 n;
	struct candm_request	 last;
	unsigned		 pending;	/* RELOAD: so often */
	unsigned		 screens;
	struct client_limits	 limits;
	double			 ask_s;		/* that a reply takes */
	double			 elapsed_s;
	struct text		 printed;
	struct text		 complained;
};

extern struct fakedaemon	fake;
extern struct ctl		ctl;
extern const struct addr	fake_inet;	/* 192.0.2.1 */

void	fake_setup(void);
void	fake_teardown(void);
/* The reply to a request from now on. */
struct candm_reply *fake_canned(unsigned command, unsigned number);
/* One source, selected: N_SOURCES and SOURCE_DATA. */
void	fake_one_source(void);
/* Runs a line and compares what it said; NULL is not compared. */
void	fake_run(const char *line, int result, const char *out,
	    const char *err);
void	fake_in_format(enum output_format format, const char *line,
	    const char *out);

#endif
