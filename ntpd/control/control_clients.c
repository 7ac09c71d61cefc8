/*
 * Pages of the report `clients', gathered from several tables.  Runs in
 * ntpd-control; must never give more records than were asked for, nor go back.
 */
#include "ntpd/control/control_clients.h"

#include <string.h>

#include "common/clienttab.h"

#define END	((uint64_t)(CONTROL_CLIENTS_SERVERS + 1) << \
		    CONTROL_CLIENTS_SHIFT)

static uint64_t
table_start(unsigned server)
{
	return ((uint64_t)server << CONTROL_CLIENTS_SHIFT);
}

void
control_clients_begin(struct control_clients *c, uint32_t id,
    const struct candm_clients *ask, const struct clienttab *own)
{
	struct client	*client;
	uint32_t	 i;

	memset(c, 0, sizeof(*c));
	c->id = id;
	c->ask = *ask;
	if (c->ask.count > REPORT_CLIENTS)
		c->ask.count = REPORT_CLIENTS;
	c->cursor = ask->first;
	if (ask->first != 0 || own == NULL)
		return;
	/* a new listing: who has a server's record comes with that */
	for (i = 0; i < clienttab_size(own); i++)
		if ((client = clienttab_at(own, i)) != NULL)
			client->flags &= (uint8_t)~CLIENT_LISTED;
}

int
control_clients_next(const struct control_clients *c,
    struct candm_clients *ask)
{
	if (c->page.count >= c->ask.count || c->cursor >= END)
		return (-1);
	*ask = c->ask;
	ask->first = (uint32_t)(c->cursor & (table_start(1) - 1));
	ask->count = c->ask.count - c->page.count;
	return ((int)control_clients_server(c));
}

unsigned
control_clients_server(const struct control_clients *c)
{
	return ((unsigned)(c->cursor >> CONTROL_CLIENTS_SHIFT));
}

void
control_clients_skip(struct control_clients *c, unsigned server)
{
	if (c->cursor < table_start(server))
		c->cursor = table_start(server);
}

static void
add_command_columns(const struct clienttab *own, struct report_client *r,
    int reset, int64_t now_ns)
{
	struct client	*client;

	if (own == NULL || (client = clienttab_find(own, &r->addr)) == NULL)
		return;
	clienttab_columns(client, CLIENT_CMD, now_ns, r);
	client->flags |= CLIENT_LISTED;
	if (reset)
		client->hits = client->drops = 0;
}

void
control_clients_add(struct control_clients *c,
    const struct report_clients *part, const struct clienttab *own,
    int64_t now_ns)
{
	unsigned		 server = control_clients_server(c);
	struct report_client	*r;
	uint64_t		 next;
	uint32_t		 i;

	for (i = 0; i < part->count && c->page.count < c->ask.count; i++) {
		r = &c->page.client[c->page.count++];
		*r = part->client[i];
		if (server < CONTROL_CLIENTS_SERVERS)
			add_command_columns(own, r, c->ask.reset != 0,
			    now_ns);
	}
	next = part->next >= part->size ? table_start(server + 1) :
	    table_start(server) + part->next;
	if (next > c->cursor)
		c->cursor = next;
	else
		/* one that goes back is asked no more */
		c->cursor = table_start(server + 1);
}

void
control_clients_finish(const struct control_clients *c,
    struct report_clients *r)
{
	*r = c->page;
	r->size = (uint32_t)END;
	r->next = (uint32_t)c->cursor;
}
