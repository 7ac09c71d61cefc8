/*
 * Takes the keys that the parent gives, which are read from a sealed memfd.
 * Runs in engine and server.  Nothing of a key may stay in memory but what the
 * ring has of it.
 */
#include "privsep/child_keys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/keyring.h"
#include "common/log.h"
#include "privsep/child.h"
#include "privsep/child_reload.h"

/* Lines that the parent has made: it is never seen. */
static void
key_error(void *ctx, unsigned line, const char *text)
{
	(void)ctx;
	log_warnx("keys: line %u: %s", line, text);
}

/* NULL: logged. */
static struct keyring *
ring_make(const struct child *child, const char *text, size_t len)
{
	struct keys keys = { NULL, 0 };
	struct keyring *ring = NULL;
	uint32_t bad = 0;

	if (keys_parse(&keys, text, len, key_error, NULL) == 0)
		ring = keyring_new(&keys, child->ops->mac, &bad);
	if (ring == NULL && bad != 0)
		log_warnx("key %u cannot be used: OpenSSL does not have its "
		    "type here", bad);
	else if (ring == NULL)
		log_warn("keys");
	keys_free(&keys);
	return (ring);
}

const char *
child_keys_message(struct child *child, enum msg_type type,
    const void *payload, int fd)
{
	const struct msg_keys *m = payload;
	struct keyring *old = child->ring, *ring = NULL;
	struct msg_keysdone done;
	char *text;

	(void)type;
	if (child->ops->mac == NULL) {
		close(fd);
		return ("keys for who cannot use them");
	}
	text = child_reload_text(fd, m->len);
	close(fd);
	if (text == NULL)
		log_warn("keys of %u bytes", m->len);
	else
		ring = ring_make(child, text, m->len);
	freezero(text, m->len);
	if (ring != NULL) {
		child->ring = ring;
		if (child->running && child->ops->keys_changed != NULL)
			child->ops->keys_changed(child);
		keyring_free(old);
	}
	if (m->id == 0)
		return (NULL);
	memset(&done, 0, sizeof(done));
	done.id = m->id;
	done.ok = ring != NULL;
	channel_send(child->parent, MSG_KEYS_DONE, &done, -1);
	return (NULL);
}
