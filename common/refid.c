/*
 * Reference ids.  Pure; linked by the roles that need libmd's MD5 and by no
 * other.  The hash is an identifier here, never a protection.
 */
#include "common/refid.h"

#include <sys/endian.h>
#include <sys/types.h>

#include <md5.h>

#include "common/addr.h"

uint32_t
refid_from_addr(const struct addr *a)
{
	uint8_t digest[MD5_DIGEST_LENGTH];
	MD5_CTX ctx;

	if (a->family == ADDR_INET)
		return (be32dec(a->ip));
	if (a->family != ADDR_INET6)
		return (0);
	MD5Init(&ctx);
	MD5Update(&ctx, a->ip, sizeof(a->ip));
	MD5Final(digest, &ctx);
	return (be32dec(digest));
}
