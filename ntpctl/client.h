/*
 * The way to a daemon: sends a request to the first address that answers and
 * waits for the reply that belongs to it.
 */
#ifndef NTPCTL_CLIENT_H
#define NTPCTL_CLIENT_H

#include <stdint.h>

struct candm_request;
struct candm_reply;
struct client;

#define CLIENT_ADDRESSES	32	/* of all hosts together */
#define CLIENT_TIMEOUT_MS	1000	/* doubled at each repetition */
#define CLIENT_RETRIES		2
#define CLIENT_PATH_MAX		108	/* of a Unix socket, with its NUL */

struct client_limits {
	int	timeout_ms;	/* of the first attempt */
	int	retries;
};

struct client_params {
	const char	*hosts;		/* "host,host": name, address, /path */
	uint16_t	 port;		/* UDP */
	int		 family;	/* ADDR_INET, ADDR_INET6 or 0 */
	/*
	 * Here is the name of our end of a Unix socket, or "", for a signal
	 * handler to remove: CLIENT_PATH_MAX bytes, zeroed.
	 */
	char		*path;
};

enum client_result {
	CLIENT_OK,
	CLIENT_SILENT,		/* nobody answered */
	CLIENT_BAD		/* what came makes no sense */
};

/*
 * Looks the hosts up and opens the first address that lets itself be opened.
 * NULL with errno (ENOENT: none can be opened).
 */
struct client *client_new(const struct client_params *params);
/* Closes, and removes our end of a Unix socket. NULL is fine. */
void	client_free(struct client *c);
/*
 * Asks and waits; sequence and attempt are filled in.  Goes on to the next
 * address when one is silent, and stays there.
 */
enum client_result client_ask(struct client *c, struct candm_request *request,
	    struct candm_reply *reply);
/* Other limits than CLIENT_TIMEOUT_MS and CLIENT_RETRIES. */
void	client_set_limits(struct client *c, const struct client_limits *limits);

#endif
