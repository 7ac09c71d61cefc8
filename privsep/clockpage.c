/*
 * The clock page: written by the engine, read by every process that tells the
 * time.  Pure but for clockpage_map().  A reader must never believe a field,
 * nor wait for the writer for longer than a bounded number of tries.
 */
#include "common/timens.h"
#include "privsep/clockpage.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define PAGE_SPAN_MAX	(INT64_MAX / 2)
/* 16.16 seconds is what the wire can say of delay and dispersion */
#define PAGE_ROOT_MAX	(65536LL * 1000000000LL)

#define PAGE_ONE	((__int128)1 << CLOCKPAGE_RATE_BITS)
/* data is copied in pieces that every machine loads and stores whole */
#define PAGE_WORDS	(sizeof(struct clockpage_data) / sizeof(uint32_t))

/* Other types are read through it, so the compiler must not assume. */
typedef uint32_t page_word __attribute__((__may_alias__));

_Static_assert(sizeof(struct clockpage_data) % sizeof(uint32_t) == 0,
    "the page is copied in words");
_Static_assert(sizeof(struct clockpage) <= CLOCKPAGE_SIZE, "one page");

static int64_t
page_saturate(__int128 v)
{
	if (v > INT64_MAX)
		return (INT64_MAX);
	if (v < INT64_MIN)
		return (INT64_MIN);
	return ((int64_t)v);
}

/* Rounds to the nearest. */
static __int128
page_scale(int64_t rate, int64_t span_ns)
{
	return (((__int128)rate * span_ns + PAGE_ONE / 2) >>
	    CLOCKPAGE_RATE_BITS);
}

static int64_t
page_diff(int64_t a, int64_t b)
{
	return (page_saturate((__int128)a - b));
}

int64_t
clockpage_rate_from_double(double rate)
{
	double v;

	if (isnan(rate))
		return (0);
	v = ldexp(rate, CLOCKPAGE_RATE_BITS);
	if (v >= (double)CLOCKPAGE_RATE_MAX)
		return (CLOCKPAGE_RATE_MAX);
	if (v <= -(double)CLOCKPAGE_RATE_MAX)
		return (-CLOCKPAGE_RATE_MAX);
	return ((int64_t)(v + (v < 0 ? -0.5 : 0.5)));
}

double
clockpage_rate_to_double(int64_t rate)
{
	return (ldexp((double)rate, -CLOCKPAGE_RATE_BITS));
}

int64_t
clockpage_scale(int64_t rate, int64_t span_ns)
{
	return (page_saturate(page_scale(rate, span_ns)));
}

void
clockpage_init(struct clockpage *page)
{
	struct clockpage_data data;

	memset(&data, 0, sizeof(data));
	data.leap = CLOCKPAGE_LEAP_UNSYNC;
	data.stratum = 16;
	__atomic_store_n(&page->magic, CLOCKPAGE_MAGIC, __ATOMIC_RELAXED);
	__atomic_store_n(&page->size, (uint32_t)sizeof(*page),
	    __ATOMIC_RELAXED);
	clockpage_write(page, &data);
}

/*
 * A sequence lock.  Every word is stored with release: who sees a new word
 * with an acquiring load also sees the odd number that was stored before it.
 * A writer that died half way left an odd number; the next one goes on to
 * another odd number.
 */
void
clockpage_write(struct clockpage *page, const struct clockpage_data *data)
{
	const page_word *from = (const page_word *)data;
	page_word *to = (page_word *)&page->data;
	uint32_t seq;
	size_t i;

	seq = atomic_load_explicit(&page->seq, memory_order_relaxed);
	seq = (seq + 1) | 1;
	atomic_store_explicit(&page->seq, seq, memory_order_relaxed);
	for (i = 0; i < PAGE_WORDS; i++)
		__atomic_store_n(&to[i], from[i], __ATOMIC_RELEASE);
	atomic_store_explicit(&page->seq, seq + 1, memory_order_release);
}

/* 1 when the copy is of one state. */
static int
page_copy(const struct clockpage *page, struct clockpage_data *data)
{
	const page_word *from = (const page_word *)&page->data;
	page_word *to = (page_word *)data;
	uint32_t seq;
	size_t i;

	seq = atomic_load_explicit(&page->seq, memory_order_acquire);
	if (seq & 1)
		return (0);
	for (i = 0; i < PAGE_WORDS; i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_ACQUIRE);
	return (atomic_load_explicit(&page->seq, memory_order_relaxed) ==
	    seq);
}

static int
page_is_rate(int64_t rate)
{
	return (rate >= -CLOCKPAGE_RATE_MAX && rate <= CLOCKPAGE_RATE_MAX);
}

static int
page_is_within(int64_t v, int64_t min, int64_t max)
{
	return (v >= min && v <= max);
}

static int
page_is_valid(const struct clockpage_data *d)
{
	return (page_is_within(d->anchor_raw_ns, 0, PAGE_SPAN_MAX) &&
	    d->anchor_real_ns >= 0 && d->end_real_ns >= 0 &&
	    page_is_within(d->sleep_ns, -NS_PER_SEC, PAGE_SPAN_MAX) &&
	    page_is_within(d->corr_ns, -PAGE_SPAN_MAX, PAGE_SPAN_MAX) &&
	    page_is_rate(d->rate) && page_is_rate(d->rate_after) &&
	    page_is_rate(d->real_rate) && page_is_rate(d->real_rate_after) &&
	    d->ref_time_ns >= 0 &&
	    page_is_within(d->root_delay_ns, 0, PAGE_ROOT_MAX) &&
	    page_is_within(d->root_disp_ns, 0, PAGE_ROOT_MAX) &&
	    page_is_within(d->root_disp_rate, 0, CLOCKPAGE_RATE_MAX) &&
	    d->leap <= CLOCKPAGE_LEAP_UNSYNC &&
	    d->stratum >= 1 && d->stratum <= 16 &&
	    d->precision_log2 >= -32 && d->precision_log2 <= 0);
}

int
clockpage_read(const struct clockpage *page, struct clockpage_data *data)
{
	int i;

	if (__atomic_load_n(&page->magic, __ATOMIC_RELAXED) !=
	    CLOCKPAGE_MAGIC ||
	    __atomic_load_n(&page->size, __ATOMIC_RELAXED) != sizeof(*page))
		return (-1);
	for (i = 0; i < CLOCKPAGE_RETRIES; i++)
		if (page_copy(page, data))
			return (page_is_valid(data) ? 0 : -1);
	return (-1);
}

int64_t
clockpage_true_ns(const struct clockpage_data *d, int64_t real_ns)
{
	__int128 t;

	t = (__int128)real_ns + d->corr_ns;
	if (d->end_real_ns <= d->anchor_real_ns) {
		t += page_scale(d->rate_after,
		    page_diff(real_ns, d->anchor_real_ns));
	} else if (real_ns < d->end_real_ns) {
		t += page_scale(d->rate,
		    page_diff(real_ns, d->anchor_real_ns));
	} else {
		t += page_scale(d->rate,
		    page_diff(d->end_real_ns, d->anchor_real_ns));
		t += page_scale(d->rate_after,
		    page_diff(real_ns, d->end_real_ns));
	}
	return (page_saturate(t));
}

int64_t
clockpage_root_disp_ns(const struct clockpage_data *d, int64_t real_ns)
{
	int64_t age_ns;

	age_ns = page_diff(real_ns, d->anchor_real_ns);
	if (age_ns <= 0 || d->root_disp_rate <= 0)
		return (d->root_disp_ns);
	return (page_saturate((__int128)d->root_disp_ns +
	    page_scale(d->root_disp_rate, age_ns)));
}

/* What REALTIME should be at an instant of MONOTONIC_RAW. */
static __int128
page_expect(const struct clockpage_data *d, int64_t raw_ns)
{
	__int128 left, until_end;
	int64_t dt;

	dt = page_diff(raw_ns, d->anchor_raw_ns);
	if (d->end_real_ns <= d->anchor_real_ns)
		return ((__int128)d->anchor_real_ns + dt +
		    page_scale(d->real_rate_after, dt));
	/* MONOTONIC_RAW from the anchor to the end; never divides by 0 */
	left = page_diff(d->end_real_ns, d->anchor_real_ns);
	until_end = (left * PAGE_ONE) / (PAGE_ONE +
	    (page_is_rate(d->real_rate) ? d->real_rate : 0));
	if (dt < until_end)
		return ((__int128)d->anchor_real_ns + dt +
		    page_scale(d->real_rate, dt));
	dt = page_saturate(dt - until_end);
	return ((__int128)d->end_real_ns + dt +
	    page_scale(d->real_rate_after, dt));
}

int64_t
clockpage_slip_ns(const struct clockpage_data *d, int64_t raw_ns,
    int64_t real_ns)
{
	__int128 slip;

	slip = real_ns - page_expect(d, raw_ns);
	return (page_saturate(slip < 0 ? -slip : slip));
}

struct clockpage *
clockpage_map(int fd, int writable)
{
	struct stat st;
	void *p;
	int seals;

	if (fstat(fd, &st) == -1)
		return (NULL);
	/* a file that its writer can cut short would kill us with SIGBUS */
	if ((seals = fcntl(fd, F_GET_SEALS)) == -1)
		return (NULL);
	if (st.st_size < CLOCKPAGE_SIZE || (seals & F_SEAL_SHRINK) == 0) {
		errno = EINVAL;
		return (NULL);
	}
	p = mmap(NULL, CLOCKPAGE_SIZE,
	    writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	return (p == MAP_FAILED ? NULL : p);
}
