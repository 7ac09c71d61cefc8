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
	size_t i, others = 0;

	for (i = 0; i < conf->nbindaddress; i++) {
		if (conf->bindaddress[i].family != local->family)
			continue;
		if (memcmp(conf->bindaddress[i].ip, local->ip,
		    sizeof(local->ip)) == 0)
			return (1);
		others++;
	}
	if (conf->nlisten == 0)
		return (others == 0);
	for (i = 0; i < conf->nlisten; i++)
		if (conf->listen[i].family == ADDR_NONE ||
		    (conf->listen[i].family == local->family &&
		    memcmp(conf->listen[i].ip, local->ip,
		    sizeof(local->ip)) == 0))
			return (1);
	return (0);
}
