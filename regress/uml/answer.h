/*
 * The packets of the simulated servers, right ones and wrong ones.  Pure.
 */
#ifndef REGRESS_UML_ANSWER_H
#define REGRESS_UML_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "regress/uml/model.h"
#include "regress/uml/scenario.h"

#define ANSWER_LEN	48

/* True times in ns since 1970, of the server's clock; leap: 0..2. */
struct answer_facts {
	int64_t	receive_ns;
	int64_t	transmit_ns;
	int	leap;
};

/* Is it a request of a client? */
int	answer_is_due(const uint8_t *request, size_t len);
/* Makes the answer to a request of ANSWER_LEN; its length. */
size_t	answer_build(const struct source_conf *conf, const uint8_t *request,
	    const struct answer_facts *facts, uint8_t *p);
/* Does the source send every answer a second time, late? */
int	answer_is_replayed(const struct source_conf *conf);
/* One bit of it flips. */
void	answer_corrupt(uint8_t *p, size_t len, struct rng *rng);

#endif
