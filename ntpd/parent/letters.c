/*
 * The letter that waits to be sent.  Run by the parent; pure.  An engine that
 * was taken over must not be able to fill anybody's mailbox with it.
 */
#include "ntpd/parent/letters.h"

int
letters_put(struct letters *l, const struct msg_change *m, int64_t now_ns)
{
	if (l->full_ns < now_ns)
		l->full_ns = now_ns;
	if (l->full_ns - now_ns > (LETTERS_BURST - 1) * LETTERS_NS) {
		l->dropped++;
		return (0);
	}
	l->full_ns += LETTERS_NS;
	l->waiting = *m;
	l->waits = 1;
	return (1);
}

int
letters_take(struct letters *l, struct msg_change *m)
{
	if (!l->waits)
		return (0);
	*m = l->waiting;
	l->waits = 0;
	return (1);
}
