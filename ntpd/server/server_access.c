/*
 * Makes ntpd-server's access list.  Runs in the server at its start; it must
 * never look a name up (the server cannot).
 */
#include "ntpd/server/server_access.h"

#include "common/access.h"
#include "common/conf.h"

struct access *
server_access_new(const struct conf *conf)
{
	static const struct conf_access	 everybody = { .allow = 1 };

	if (conf->naccess == 0 && conf->nlisten > 0)
		return (access_new(&everybody, 1));
	return (access_new(conf->access, conf->naccess));
}
