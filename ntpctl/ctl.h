/*
 * What every command works with: a way to ask the daemon, a way to print, and
 * the options.  The ways are functions, so that tests have their own.
 */
#ifndef NTPCTL_CTL_H
#define NTPCTL_CTL_H

#include <stddef.h>
#include <stdint.h>

#include "common/candm.h"
#include "ntpctl/client.h"
#include "ntpctl/output.h"
#include "ntpctl/text.h"

struct ctl_ops {
	enum client_result (*ask)(void *ctx, struct candm_request *request,
	    struct candm_reply *reply);
	void	(*sleep)(double seconds);
	/* print out and err, and empty them */
	void	(*flush)(void *ctx, struct text *out, struct text *err);
	/* as names.h */
	const char *(*name_of)(const struct addr *a, char *buf, size_t len);
	int	(*addr_of)(const char *name, int family, struct addr *a);
	void	(*random)(void *buf, size_t len);
	int64_t	(*now)(void);		/* ns since 1970 */
	double	(*elapsed)(void);	/* seconds, whatever the clock does */
	/*
	 * A live screen: begins (rows, columns of the terminal) or ends (rows
	 * NULL); -1: there is no terminal.
	 */
	int	(*screen)(void *ctx, int *rows, int *columns);
	/* a key, 0 when there was none for so long, -1 at the end */
	int	(*key)(void *ctx, double seconds);
	/* timeout and retries of ask */
	void	(*limits)(void *ctx, const struct client_limits *limits);
};

struct ctl {
	const struct ctl_ops	*ops;
	void			*ctx;
	struct output_style	 style;
	struct client_limits	 limits;
	struct text		 out;
	struct text		 err;
	int			 family;	/* of names: -4, -6 */
	int			 numeric;	/* -n */
	int			 source_names;	/* -N */
	int			 quit;		/* `exit' came */
	int			 code;		/* exit status, or 0: 0 or 1 */
};

/*
 * Asks and checks that the reply is good and carries a body of this number
 * (enum candm_number).  0, or -1 after the reason was added to out.
 */
int	ctl_ask(struct ctl *ctl, struct candm_request *request,
	    unsigned number, struct candm_reply *reply);
/*
 * The same, but a refusal by the daemon is no error and says nothing: 0 good,
 * 1 refused (reply->status says why), -1 after the reason was added.
 */
int	ctl_try(struct ctl *ctl, struct candm_request *request,
	    unsigned number, struct candm_reply *reply);
/* Common forms of a request. */
int	ctl_ask_command(struct ctl *ctl, unsigned command, unsigned number,
	    struct candm_reply *reply);
int	ctl_ask_index(struct ctl *ctl, unsigned command, uint32_t index,
	    unsigned number, struct candm_reply *reply);
/* "503 No such source" and so on. */
const char *ctl_status_text(unsigned status);
/*
 * Asks for something that has no report: says how it went, also that it went
 * well.  0 or -1.
 */
int	ctl_do(struct ctl *ctl, struct candm_request *request);
/* Adds rows of a table, heading and all, in the format that is wanted. */
void	ctl_show(struct ctl *ctl, const struct field_table *table,
	    const void *rows, size_t n, size_t size, int verbose);
/* Adds a complaint about the arguments to err; returns -1. */
int	ctl_syntax(struct ctl *ctl, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));

#endif
