/*
 * The line through what an operator typed in.  Engine core: pure; see
 * manual.h.
 */
#include <math.h>
#include <string.h>

#include "common/timens.h"
#include "ntpd/engine/manual.h"

void
manual_init(struct manual *m, int enabled)
{
	memset(m, 0, sizeof(*m));
	m->enabled = enabled != 0;
}

void
manual_enable(struct manual *m, int enabled)
{
	m->enabled = enabled != 0;
}

void
manual_reset(struct manual *m)
{
	m->n = 0;
}

/*
 * With times t and offsets x relative to the last input, the line x = b + f t
 * minimises sum (x - b - f t)^2 / sd^2 + (f - freq)^2 / skew^2.
 */
static void
fit(struct manual *m, double freq, double skew)
{
	double t, x, st = 0, sx = 0, stt = 0, stx = 0, n, w, det;
	int64_t raw, y;
	unsigned i;

	if (m->n == 0)
		return;
	raw = m->sample[m->n - 1].raw_ns;
	y = m->sample[m->n - 1].y_ns;
	n = m->n;
	for (i = 0; i < m->n; i++) {
		t = timens_to_s(m->sample[i].raw_ns - raw);
		x = timens_to_s(m->sample[i].y_ns - y) - freq * t;
		st += t;
		sx += x;
		stt += t * t;
		stx += t * x;
	}
	/* x is what the known rate does not explain: the prior of it is 0 */
	w = MANUAL_SD_S * MANUAL_SD_S / fmax(skew * skew, 1e-18);
	det = n * (stt + w) - st * st;
	m->freq = freq + (n * stx - st * sx) / det;
	m->skew = MANUAL_SD_S * sqrt(n / det);
	m->raw_ns = raw;
	m->y_ns = y + timens_from_s((sx - (m->freq - freq) * st) / n);
}

static void
forget(struct manual *m, unsigned index)
{
	m->n--;
	memmove(&m->sample[index], &m->sample[index + 1],
	    (m->n - index) * sizeof(m->sample[0]));
}

void
manual_add(struct manual *m, int64_t raw_ns, int64_t real_ns,
    int64_t true_ns, double freq, double skew)
{
	if (m->n == MANUAL_SAMPLES)
		forget(m, 0);
	m->sample[m->n].raw_ns = raw_ns;
	m->sample[m->n].real_ns = real_ns;
	m->sample[m->n].y_ns = true_ns - raw_ns;
	m->n++;
	fit(m, freq, skew);
}

int
manual_delete(struct manual *m, unsigned index, double freq, double skew)
{
	if (index >= m->n)
		return (-1);
	forget(m, index);
	fit(m, freq, skew);
	return (0);
}

void
manual_disturb(struct manual *m, int64_t shift_ns)
{
	unsigned i;

	for (i = 0; i < m->n; i++)
		m->sample[i].y_ns += shift_ns;
	m->y_ns += shift_ns;
}

int64_t
manual_y_ns(const struct manual *m, int64_t raw_ns)
{
	return (m->y_ns + llround((double)(raw_ns - m->raw_ns) * m->freq));
}

void
manual_list(const struct manual *m, struct report_manual_list *list)
{
	struct report_manual_sample *s;
	unsigned i;

	memset(list, 0, sizeof(*list));
	list->count = m->n;
	for (i = 0; i < m->n; i++) {
		s = &list->sample[i];
		s->when_ns = m->sample[i].real_ns;
		s->orig_offset_s = timens_to_s(m->sample[i].y_ns +
		    m->sample[i].raw_ns - m->sample[i].real_ns);
		/* the clock follows the line */
		s->residual_s = timens_to_s(m->sample[i].y_ns -
		    manual_y_ns(m, m->sample[i].raw_ns));
		s->slewed_offset_s = s->residual_s;
	}
}
