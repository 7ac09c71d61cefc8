/*
 * ntpd-dns: resolves names for the engine (sources) and for the parent (names
 * in access rules).  Every question is answered exactly once, after one
 * attempt; to ask again, and when, is theirs.  It must never let one name wait
 * for another.
 */
#include <sys/types.h>

#include <malloc.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "ntpd/dns/lookup.h"
#include "ntpd/dns/resolve.h"
#include "privsep/child.h"

struct dns;

/* Who asks: each numbers its questions itself. */
struct asker {
	struct dns		*dns;
	enum role		 role;
	struct resolve		*resolve;
};

struct dns {
	struct child		*child;
	struct asker		 engine;
	struct asker		 parent;
	struct lookup_memory	 memory;
};

_Static_assert(RESOLVE_ADDRS == MSG_DNS_MAX, "addresses of an answer");
_Static_assert(LOOKUP_NAME_MAX == MSG_HOST_MAX, "length of a name");

static void
dns_tell(const struct asker *who, uint32_t id, uint32_t count,
    const struct addr *addrs, int no_such_name)
{
	const struct child	*child = who->dns->child;
	struct msg_dnstell	 tell;
	struct channel		*ch;

	ch = who->role == ROLE_PARENT ? child->parent :
	    child->peers[ROLE_ENGINE];
	if (ch == NULL)
		return;
	memset(&tell, 0, sizeof(tell));
	tell.id = id;
	tell.count = count;
	tell.no_such_name = no_such_name != 0;
	memcpy(tell.addrs, addrs, count * sizeof(*addrs));
	channel_send(ch, MSG_DNS_TELL, &tell, -1);
}

/* What was wrong with an answer; one of nothing that can be used is no good. */
static int
answer_error(const struct resolve_answer *a)
{
	return (a->error == 0 && a->count == 0 ? EAI_NODATA : a->error);
}

/* One line when a name begins to fail, fails otherwise or works again. */
static void
dns_log(struct dns *dns, const struct resolve_answer *a)
{
	int	error = answer_error(a);

	log_debug("dns: %s: %u addresses%s%s", a->name, a->count,
	    error != 0 ? ", " : "", error != 0 ? gai_strerror(error) : "");
	if (!lookup_memory_note(&dns->memory, a->name, a->family, error))
		return;
	if (error == 0)
		log_info("%s is resolved", a->name);
	else
		log_warnx("%s cannot be resolved: %s", a->name,
		    error == EAI_SYSTEM ? strerror(a->system_error) :
		    gai_strerror(error));
}

static void
dns_done(void *ctx, const struct resolve_answer *answer)
{
	struct asker	*who = ctx;
	int		 error = answer_error(answer);

	dns_log(who->dns, answer);
	dns_tell(who, answer->id, answer->count, answer->addrs,
	    error == EAI_NONAME || error == EAI_NODATA);
}

static void
dns_on_ask(void *ctx, struct channel *ch, const void *payload, int fd)
{
	struct child	*child = ctx;
	struct dns	*dns = child->ctx;
	struct asker	*who;
	struct msg_dnsask ask;
	struct addr	 addr;
	int		 literal;

	(void)fd;
	who = channel_peer(ch) == ROLE_PARENT ? &dns->parent : &dns->engine;
	memcpy(&ask, payload, sizeof(ask));
	ask.name[sizeof(ask.name) - 1] = '\0';
	memset(&addr, 0, sizeof(addr));
	literal = lookup_literal(ask.name, ask.family, &addr);
	if (literal != 0) {
		dns_tell(who, ask.id, literal == 1, &addr, 0);
		return;
	}
	if (!conf_host_is_valid(ask.name)) {
		log_warnx("dns: asked for something that is no name");
		dns_tell(who, ask.id, 0, &addr, 0);
		return;
	}
	if (resolve_ask(who->resolve, ask.id, ask.family, ask.name) == -1) {
		log_warn("dns: %s", ask.name);
		dns_tell(who, ask.id, 0, &addr, 0);
	}
}

static int
asker_init(struct asker *who, struct dns *dns, enum role role)
{
	who->dns = dns;
	who->role = role;
	who->resolve = resolve_new(dns->child->base, dns_done, who);
	return (who->resolve == NULL ? -1 : 0);
}

static int
dns_start(struct child *child)
{
	struct dns	*dns;

	if ((dns = calloc(1, sizeof(*dns))) == NULL) {
		log_warn("dns");
		return (-1);
	}
	child->ctx = dns;
	dns->child = child;
#ifdef M_ARENA_MAX
	/* the threads do not allocate enough to have heaps of their own */
	mallopt(M_ARENA_MAX, 1);
#endif
	if (asker_init(&dns->engine, dns, ROLE_ENGINE) == -1 ||
	    asker_init(&dns->parent, dns, ROLE_PARENT) == -1) {
		log_warn("dns");
		return (-1);
	}
	return (0);
}

static void
dns_stop(struct child *child)
{
	struct dns	*dns = child->ctx;

	if (dns == NULL)
		return;
	resolve_free(dns->engine.resolve);
	resolve_free(dns->parent.resolve);
	free(dns);
	child->ctx = NULL;
}

/* Another engine numbers its questions anew. */
static void
dns_peer_changed(struct child *child, enum role peer)
{
	struct dns	*dns = child->ctx;

	if (peer == ROLE_ENGINE && dns != NULL)
		resolve_forget(dns->engine.resolve);
}

static const struct channel_handler	handlers[] = {
	{ MSG_DNS_ASK, dns_on_ask },
	{ MSG_NONE, NULL }
};

int
main(int argc, char **argv)
{
	static const struct child_role	ops = {
		.role = ROLE_DNS,
		.start = dns_start,
		.stop = dns_stop,
		.peer_changed = dns_peer_changed,
		.parent_handlers = handlers,
		.peer_handlers = handlers,
	};

	return (child_main(&ops, argc, argv));
}
