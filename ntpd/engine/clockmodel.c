/*
 * History of the system clock against the raw clock.  Engine core: pure.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/clockmodel.h"
#include "privsep/messages.h"

#define JUMP_NS		20000	/* a smaller mismatch is reading noise */
#define JUMP_RATE	1e-6	/* plus this for each second since */
#define EARLY_NS	NS_PER_MS	/* a lease may end so much early */
#define FOLLOW_NS	(50 * NS_PER_MS) /* enough to see another rate */
#define FOLLOW_RATE	0.1	/* what is more was set again */
#define ORDER_NS	5000	/* a stamp may seem so much after now */

void
clockmodel_init(struct clockmodel *m)
{
	memset(m, 0, sizeof(*m));
}

static void
segment_push(struct clockmodel *m, int64_t raw_ns, int64_t real_ns,
    double rate)
{
	if (m->nseg == CLOCKMODEL_SEGMENTS) {
		memmove(&m->seg[0], &m->seg[1],
		    sizeof(m->seg[0]) * (CLOCKMODEL_SEGMENTS - 1));
		m->nseg--;
	}
	m->seg[m->nseg].raw_ns = raw_ns;
	m->seg[m->nseg].real_ns = real_ns;
	m->seg[m->nseg].rate = rate;
	m->nseg++;
}

static int64_t
grow(int64_t span_ns, double rate)
{
	return (span_ns + llround((double)span_ns * rate));
}

double
clockmodel_real_rate(const struct clockmodel *m)
{
	return (m->nseg > 0 ? m->seg[m->nseg - 1].rate : 0);
}

/* The imaginary clock up to raw_ns at the rate that held. */
static void
steer_advance(struct clockmodel *m, int64_t raw_ns)
{
	m->steer_ns += grow(raw_ns - m->steer_raw_ns, m->rate_ppm * 1e-6);
	m->steer_raw_ns = raw_ns;
}

void
clockmodel_answer(struct clockmodel *m, const struct msg_clock *c)
{
	double rate = clockmodel_real_rate(m);

	if (!m->ready)
		m->none = c->clock_none != 0;
	else if (m->none && (m->imaginary || c->result == CLOCK_OK)) {
		if (!m->imaginary) {
			m->imaginary = 1;
			m->steer_raw_ns = c->raw_after_ns;
			m->steer_ns = c->real_after_ns;
		}
		steer_advance(m, c->raw_after_ns);
		m->steer_ns += c->result == CLOCK_OK ? c->delta_ns : 0;
	}
	if (c->id != 0 && c->id == m->pending)
		m->pending = 0;
	m->rate_ppm = c->rate_ppm;
	m->base_ppm = c->base_ppm;
	m->end_raw_ns = c->end_raw_ns;
	m->steps_left = c->steps_left;
	if (!m->none)
		rate = c->rate_ppm * 1e-6;
	segment_push(m, c->raw_after_ns, c->real_after_ns, rate);
	m->ready = 1;
}

/* How far REALTIME is from where the newest segment expects it. */
static int64_t
unexplained(const struct clockmodel *m, int64_t raw_ns, int64_t real_ns)
{
	int64_t age = raw_ns - m->seg[m->nseg - 1].raw_ns, jump;

	if (age <= 0)
		return (0);
	jump = real_ns - m->seg[m->nseg - 1].real_ns -
	    grow(age, m->seg[m->nseg - 1].rate);
	if (llabs(jump) > JUMP_NS + (int64_t)(age * JUMP_RATE))
		return (jump);
	return (0);
}

int64_t
clockmodel_answer_jump(const struct clockmodel *m, const struct msg_clock *c)
{
	if (m->nseg == 0 || m->none)
		return (0);
	return (unexplained(m, c->raw_before_ns, c->real_before_ns));
}

int
clockmodel_uncertain(const struct clockmodel *m, int64_t raw_ns)
{
	if (!m->ready || m->pending != 0)
		return (1);
	return (m->end_raw_ns != 0 && raw_ns >= m->end_raw_ns - EARLY_NS);
}

/* Since the newest segment began. */
static double
observed_rate(const struct clockmodel *m, const struct clock_pair *p)
{
	int64_t age = p->raw_ns - m->seg[m->nseg - 1].raw_ns;

	return ((double)(p->real_ns - m->seg[m->nseg - 1].real_ns - age) /
	    (double)age);
}

int64_t
clockmodel_observe(struct clockmodel *m, const struct clock_pair *p)
{
	int64_t age, jump;
	unsigned last;

	if (m->nseg == 0 || clockmodel_uncertain(m, p->raw_ns))
		return (0);
	last = m->nseg - 1;
	age = p->raw_ns - m->seg[last].raw_ns;
	if (age <= 0)
		return (0);
	jump = unexplained(m, p->raw_ns, p->real_ns);
	/* was that somebody's step, or the first that we saw of a slew? */
	if (jump != 0 && m->jumped && age >= FOLLOW_NS &&
	    fabs(observed_rate(m, p)) < FOLLOW_RATE) {
		m->jumped = 0;
		m->seg[last].rate = observed_rate(m, p);
		m->seg[last].raw_ns = p->raw_ns;
		m->seg[last].real_ns = p->real_ns;
		return (0);
	}
	/* to be of the same rate soon after the jump says nothing */
	if (jump != 0 || age > NS_PER_SEC)
		m->jumped = m->none && jump != 0;
	if (jump != 0) {
		segment_push(m, p->raw_ns, p->real_ns, m->seg[last].rate);
		return (jump);
	}
	/*
	 * The two clocks drift apart by less than a part in 10^9 because the
	 * kernel rounds; with -x the rate is somebody else's.  Follow it.
	 */
	if (age > NS_PER_SEC) {
		if (m->none)
			m->seg[last].rate = observed_rate(m, p);
		m->seg[last].raw_ns = p->raw_ns;
		m->seg[last].real_ns = p->real_ns;
	}
	return (0);
}

int
clockmodel_raw(const struct clockmodel *m, const struct clock_pair *now,
    int64_t real_ns, int64_t *raw_ns)
{
	int64_t raw;
	unsigned i;
	double rate;

	for (i = m->nseg; i > 0; i--) {
		rate = m->seg[i - 1].rate;
		/* the newest segment is read back from the pair itself */
		if (i == m->nseg && now->raw_ns >= m->seg[i - 1].raw_ns)
			raw = now->raw_ns -
			    grow(now->real_ns - real_ns, -rate / (1 + rate));
		else
			raw = m->seg[i - 1].raw_ns + grow(real_ns -
			    m->seg[i - 1].real_ns, -rate / (1 + rate));
		if (raw < m->seg[i - 1].raw_ns && i > 1)
			continue;
		if (i < m->nseg && raw > m->seg[i].raw_ns + ORDER_NS)
			return (-1);
		break;
	}
	if (i == 0 || raw > now->raw_ns + ORDER_NS ||
	    now->raw_ns - raw > NS_PER_SEC)
		return (-1);
	*raw_ns = raw;
	return (0);
}

int64_t
clockmodel_steered(const struct clockmodel *m, const struct clock_pair *p)
{
	if (!m->imaginary)
		return (p->real_ns);
	return (m->steer_ns +
	    grow(p->raw_ns - m->steer_raw_ns, m->rate_ppm * 1e-6));
}

int64_t
clockmodel_steer_ns(const struct clockmodel *m, const struct clock_pair *p)
{
	return (clockmodel_steered(m, p) - p->raw_ns);
}
