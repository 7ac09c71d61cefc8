/*
 * Jumps of the frequency: a generalised likelihood ratio test (Willsky and
 * Jones 1976) beside the bank.  Engine core: pure.
 *
 * One forgetting factor of the bank would have to trade steady accuracy
 * against the time to notice a change of temperature: with 0.98 the largest
 * error after a step of 1 ppm at 64 s was 3.4e-4 s, with 0.998 1.7e-3 s.  With
 * these hypotheses it is 0.95e-4 s with either, and the bank can remember.
 *
 * When one is accepted, all filters start from its state, with the weights
 * that they had before the jump: a step says nothing of the wander.
 */
#include <math.h>
#include <string.h>

#include "ntpd/engine/jump.h"

#define GAIN_MANY	10.0	/* that two or more samples must give; 8 gave
				 * false alarms with Gaussian jitter */
#define GAIN_ONE	7.0	/* one sample, if the change is a likely one */
#define LIKELY		5e-6	/* s/s at once */

void
jump_init(struct jump *j)
{
	j->n = 0;
}

void
jump_suppose(struct jump *j, const struct bank *b,
    const struct bank_sample *s, double dt)
{
	struct jump_candidate *c;
	struct mixture m;
	double size;

	if (j->n == JUMP_CANDIDATES) {
		memmove(&j->c[0], &j->c[1],
		    (JUMP_CANDIDATES - 1) * sizeof(j->c[0]));
		j->n--;
	}
	c = &j->c[j->n++];
	bank_mix(b, s->scale_s, &m);
	c->k = m.k;
	/* by as much as the innovation suggests, since the last sample */
	size = fmax(fabs(s->z - m.k.x), 3 * sqrt(m.k.pxx)) / dt;
	c->k.pxx += size * size * dt * dt;
	c->k.pxf += size * size * dt;
	c->k.pff += size * size;
	c->f = m.k.f;
	c->gap_s = dt;
	c->since_s = 0;
	c->filter = bank_get_best(b);
	c->age = 0;
	c->gain = 0;
	memcpy(c->loglik, b->loglik, sizeof(c->loglik));
}

int
jump_judge(struct jump *j, struct bank *b, const struct bank_sample *s,
    const struct bank_verdict *v, double dt, struct jump_found *found)
{
	const struct jump_candidate *best = NULL;
	struct jump_candidate *c;
	struct kalman_sample ks;
	struct kalman_fit fit;
	double inn, weight;
	int i;

	for (i = 0; i < j->n; i++) {
		c = &j->c[i];
		if (c->age > 0)
			kalman_advance(&c->k, bank_get_wander(b, c->filter),
			    dt);
		c->since_s += dt;
		inn = s->z - c->k.x;
		bank_see(s, c->filter, &ks);
		kalman_fit(&c->k, &ks, &fit);
		c->gain += bank_doubt(fit.loglik, v->outlier, &weight) -
		    v->loglik;
		kalman_apply(&c->k, &fit, weight);
		c->age++;
		if (c->gain > (c->age > 1 ? GAIN_MANY :
		    fabs(inn) / dt < LIKELY ? GAIN_ONE : INFINITY) &&
		    (best == NULL || c->gain > best->gain))
			best = c;
	}
	if (best == NULL)
		return (0);
	found->df = best->k.f - best->f;
	found->f = best->k.f;
	found->gap_s = best->gap_s;
	found->ago_s = best->since_s - best->gap_s / 2;
	bank_set(b, &best->k, best->loglik);
	j->n = 0;
	return (1);
}

void
jump_shift(struct jump *j, double shift_s, double var_s2)
{
	int i;

	for (i = 0; i < j->n; i++) {
		j->c[i].k.x += shift_s;
		j->c[i].k.pxx += var_s2;
	}
}
