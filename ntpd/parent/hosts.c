/*
 * Names in access rules.  Parent; pure: the parent may not resolve anything
 * itself and does not.
 */
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/timens.h"
#include "ntpd/parent/hosts.h"

#define NEVER		INT64_MAX
#define ANSWER_NS	(30 * NS_PER_SEC)	/* then it is asked again */

static size_t
add_rules(struct hosts *h, size_t n, uint32_t list,
    struct conf_access *rules, size_t nrules, int64_t now_ns)
{
	size_t i;

	for (i = 0; i < nrules; i++) {
		if (rules[i].host == NULL)
			continue;
		if (h != NULL) {
			h->list[n].rule = &rules[i];
			h->list[n].what.list = list;
			h->list[n].what.index = (uint32_t)i;
			h->list[n].due_ns = now_ns;
		}
		n++;
	}
	return (n);
}

int
hosts_init(struct hosts *h, struct conf *conf, int64_t now_ns)
{
	size_t n;

	memset(h, 0, sizeof(*h));
	h->next_id = 1;
	n = add_rules(NULL, 0, 0, conf->access, conf->naccess, 0);
	n = add_rules(NULL, n, 0, conf->cmdaccess, conf->ncmdaccess, 0);
	if (n == 0)
		return (0);
	if ((h->list = calloc(n, sizeof(*h->list))) == NULL)
		return (-1);
	h->count = n;
	n = add_rules(h, 0, ACCESS_NTP, conf->access, conf->naccess, now_ns);
	add_rules(h, n, ACCESS_COMMAND, conf->cmdaccess, conf->ncmdaccess,
	    now_ns);
	return (0);
}

void
hosts_free(struct hosts *h)
{
	free(h->list);
	memset(h, 0, sizeof(*h));
}

int
hosts_ask(struct hosts *h, int64_t now_ns, struct msg_dnsask *ask)
{
	struct host *host;
	size_t i, asked = 0;

	for (i = 0; i < h->count; i++)
		asked += h->list[i].asked != 0;
	for (i = 0; i < h->count; i++) {
		host = &h->list[i];
		/* the rest when these are answered */
		if (host->due_ns > now_ns ||
		    (host->asked == 0 && asked >= HOSTS_ASKED_MAX))
			continue;
		memset(ask, 0, sizeof(*ask));
		host->asked = ask->id = h->next_id++;
		host->due_ns = now_ns + ANSWER_NS;
		strlcpy(ask->name, host->rule->host, sizeof(ask->name));
		return (1);
	}
	return (0);
}

int64_t
hosts_next_ns(const struct hosts *h)
{
	int64_t next = NEVER;
	size_t i;

	for (i = 0; i < h->count; i++)
		if (h->list[i].due_ns < next)
			next = h->list[i].due_ns;
	return (next);
}

const struct host *
hosts_tell(struct hosts *h, int64_t now_ns, const struct msg_dnstell *tell)
{
	struct host *host;
	int64_t wait_s;
	size_t i;

	for (i = 0; i < h->count; i++)
		if (tell->id != 0 && h->list[i].asked == tell->id)
			break;
	if (i == h->count)
		return (NULL);
	host = &h->list[i];
	host->asked = 0;
	if (tell->count == 0) {
		/* 2, 4, 8 .. 60 s */
		if (host->attempts < 6)
			host->attempts++;
		wait_s = 1LL << host->attempts;
		if (wait_s > HOSTS_RETRY_MAX_S)
			wait_s = HOSTS_RETRY_MAX_S;
		host->due_ns = now_ns + wait_s * NS_PER_SEC;
		return (NULL);
	}
	host->due_ns = NEVER;
	host->resolved = 1;
	host->what.net.addr = tell->addrs[0];
	host->what.net.addr.port = 0;
	host->what.net.addr.scope = 0;
	host->what.net.bits =
	    tell->addrs[0].family == ADDR_INET ? 32 : 128;
	return (host);
}

const struct host *
hosts_find(const struct hosts *h, uint32_t list, const char *name)
{
	size_t i;

	for (i = 0; i < h->count; i++)
		if (h->list[i].resolved && h->list[i].what.list == list &&
		    strcmp(h->list[i].rule->host, name) == 0)
			return (&h->list[i]);
	return (NULL);
}

void
hosts_carry(struct hosts *h, const struct hosts *old)
{
	const struct host *known;
	size_t i;

	/* an answer to an old question is none to a new one */
	h->next_id = old->next_id;
	for (i = 0; i < h->count; i++) {
		known = hosts_find(old, h->list[i].what.list,
		    h->list[i].rule->host);
		if (known == NULL)
			continue;
		h->list[i].what.net = known->what.net;
		h->list[i].resolved = 1;
		h->list[i].due_ns = NEVER;
	}
}

void
hosts_forget(struct hosts *h, int64_t now_ns)
{
	size_t i;

	for (i = 0; i < h->count; i++) {
		if (h->list[i].asked == 0)
			continue;
		h->list[i].asked = 0;
		h->list[i].due_ns = now_ns;
	}
}
