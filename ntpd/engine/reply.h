/*
 * What a reply tells and whether to believe it: the tests of RFC 5905 8 and
 * 9.2 and those of its delay, the offset and the delay.  Pure; a part of
 * association.h, whose users need not include it.
 */
#ifndef ENGINE_REPLY_H
#define ENGINE_REPLY_H

#include "ntpd/engine/association.h"

/*
 * Tests 1 to 3, 6, 7 and D: all that the header alone tells.  root delay
 * and dispersion are in r already.
 */
uint32_t reply_test_header(const struct association *a,
	    const struct assoc_packet *p, const struct ntp_header *h,
	    const struct assoc_reply *r);
/*
 * Offset and delay of the exchange t on the raw clock (RFC 5905 8), `offset'
 * included, into s and r; test A (`maxdelay') into r->tests.
 */
void	reply_measure(const struct association *a,
	    const struct assoc_packet *p, const struct ntp_header *h,
	    const struct xleave_times *t, struct estimator_sample *s,
	    struct assoc_reply *r);
/*
 * Tests B and C: `maxdelayratio', and `maxdelayquant' or `maxdelaydevratio'.
 * Counts what C refuses: after eight in a row the path has become longer, and
 * what was known of its delay is forgotten.
 */
uint32_t reply_test_delay(struct association *a,
	    const struct estimator_sample *s);
/* The least delay of the path, s: measured or configured; else INFINITY. */
double	reply_min_delay(const struct association *a);
/* A reply that passed: remember its delay. */
void	reply_learn_delay(struct association *a, double delay_s);

#endif
