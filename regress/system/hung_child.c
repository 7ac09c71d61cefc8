/*
 * A child that was started and never says a word: it stands in for one of the
 * daemon's processes.  It ends when its channel to the parent does, as they
 * all must, so that a test that fails leaves nothing behind.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

int
main(void)
{
	struct pollfd channel;

	memset(&channel, 0, sizeof(channel));
	channel.fd = 3;
	channel.events = 0;
	while (poll(&channel, 1, -1) == -1 && errno == EINTR)
		;
	return (0);
}
