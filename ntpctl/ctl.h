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
};

struct ctl {
	const struct ctl_ops	*ops;
	void			*ctx;
	const struct output	*output;
	struct text		 out;
	struct text		 err;
	int			 family;	/* of names: -4, -6 */
	int			 numeric;	/* -n */
	int			 source_names;	/* -N */
	int			 quit;		/* `exit' came */
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
int	ctl_ask_source(struct ctl *ctl, const struct candm_source *source,
	    struct candm_reply *reply);
/* "503 No such source" and so on. */
const char *ctl_status_text(unsigned status);

#endif
