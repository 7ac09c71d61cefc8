/*
 * Who is answered, from the configuration.
 */
#ifndef NTPD_SERVER_SERVER_ACCESS_H
#define NTPD_SERVER_SERVER_ACCESS_H

struct access;
struct conf;

/*
 * The list of allow and deny.  With neither, `listen on' means everybody who
 * reaches one of its addresses, as in OpenNTPD; without that, nobody.  A rule
 * for a host name that has no address (yet) is left out.
 * NULL with errno.
 */
struct access *server_access_new(const struct conf *conf);

#endif
