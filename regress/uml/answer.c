/*
 * Answers of the simulated servers in the User-Mode Linux tests, and what can
 * be wrong in them.  Part of the test program truth.  Never reads a clock.
 *
 * The bits of `tamper' in a scenario are those below.
 */
#include <string.h>

#include "regress/uml/answer.h"

#define TAMPER_ORIGIN	1	/* not what was asked */
#define TAMPER_ZERO	2	/* no receive time stamp */
#define TAMPER_MODE	4	/* a broadcast */
#define TAMPER_SHORT	8	/* cut */
#define TAMPER_REFTIME	16	/* reference time in the future */
#define TAMPER_REPLAY	32	/* every answer twice, late */

#define NS		1000000000LL
#define NTP_UNIX	2208988800LL	/* 1900 to 1970 in s */
#define MODE_CLIENT	3
#define MODE_SERVER	4
#define MODE_BROADCAST	5
#define LEAP_UNSYNC	3
#define SHORT_LEN	44
#define FUTURE_S	256

static void
put_32(uint8_t *p, uint32_t v)
{
	int	i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void
put_timestamp(uint8_t *p, int64_t ns)
{
	put_32(p, (uint32_t)(uint64_t)(ns / NS + NTP_UNIX));
	put_32(p + 4, (uint32_t)(((uint64_t)(ns % NS) << 32) / NS));
}

int
answer_is_due(const uint8_t *request, size_t len)
{
	return (len >= ANSWER_LEN && (request[0] & 7) == MODE_CLIENT);
}

int
answer_is_replayed(const struct source_conf *conf)
{
	return (((int)conf->tamper & TAMPER_REPLAY) != 0);
}

size_t
answer_build(const struct source_conf *conf, const uint8_t *request,
    const struct answer_facts *facts, uint8_t *p)
{
	int64_t	reference_ns;
	int	how, leap, mode;

	how = (int)conf->tamper;
	leap = conf->unsync != 0 ? LEAP_UNSYNC : facts->leap;
	mode = how & TAMPER_MODE ? MODE_BROADCAST : MODE_SERVER;
	reference_ns = facts->receive_ns - facts->receive_ns % NS;
	if (how & TAMPER_REFTIME)
		reference_ns = facts->transmit_ns + FUTURE_S * NS;
	memset(p, 0, ANSWER_LEN);
	p[0] = (uint8_t)(leap << 6 | (request[0] & 0x38) | mode);
	p[1] = (uint8_t)conf->stratum;
	p[2] = request[2];
	p[3] = (uint8_t)-28;
	put_32(p + 4, (uint32_t)(conf->root_delay_s * 65536));
	put_32(p + 8, (uint32_t)(conf->root_disp_s * 65536));
	memcpy(p + 12, "SIM", 3);
	put_timestamp(p + 16, reference_ns);
	memcpy(p + 24, request + 40, 8);
	if (how & TAMPER_ORIGIN)
		p[31] ^= 1;
	if ((how & TAMPER_ZERO) == 0)
		put_timestamp(p + 32, facts->receive_ns);
	put_timestamp(p + 40, facts->transmit_ns);
	if (conf->kiss != 0) {
		p[1] = 0;
		memcpy(p + 12, conf->kiss == 1 ? "RATE" : "DENY", 4);
	}
	return (how & TAMPER_SHORT ? SHORT_LEN : ANSWER_LEN);
}

void
answer_corrupt(uint8_t *p, size_t len, struct rng *rng)
{
	size_t	bit;

	bit = (size_t)(rng_uniform(rng) * (double)len * 8);
	p[bit / 8] ^= (uint8_t)(1 << bit % 8);
}
