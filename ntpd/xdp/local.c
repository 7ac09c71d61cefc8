/*
 * Which of our addresses are served.  Runs in ntpd-xdp; pure.
 */
#include "ntpd/xdp/local.h"

#include <string.h>

#include "common/addr.h"
#include "common/conf.h"

int
local_is_served(const struct conf *conf, const struct addr *local)
{
	const struct addr *bind;
	size_t i;

	if (conf->nlisten == 0) {
		bind = &conf->bindaddress[local->family == ADDR_INET6];
		return (bind->family == ADDR_NONE || memcmp(bind->ip,
		    local->ip, sizeof(bind->ip)) == 0);
	}
	for (i = 0; i < conf->nlisten; i++)
		if (conf->listen[i].family == ADDR_NONE ||
		    (conf->listen[i].family == local->family &&
		    memcmp(conf->listen[i].ip, local->ip,
		    sizeof(local->ip)) == 0))
			return (1);
	return (0);
}
