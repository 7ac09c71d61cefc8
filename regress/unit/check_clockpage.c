/*
 * privsep/clockpage.c: arithmetic against long double, ranges of every field,
 * torn and half-written pages, a writer and readers at once, mapping.
 */
#include <sys/mman.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/clockpage.h"
#include "regress/unit/unit.h"

#define NOW_RAW		5000000000000LL
#define NOW_REAL	1700000000000000000LL
#define SEC		1000000000LL

static struct clockpage_data
good_data(void)
{
	struct clockpage_data d;

	memset(&d, 0, sizeof(d));
	d.anchor_raw_ns = NOW_RAW;
	d.anchor_real_ns = NOW_REAL;
	d.corr_ns = 1500000;
	d.rate = clockpage_rate_from_double(-1e-4);
	d.rate_after = clockpage_rate_from_double(2e-7);
	d.end_real_ns = NOW_REAL + 15 * SEC;
	d.real_rate = clockpage_rate_from_double(1.8e-4);
	d.real_rate_after = clockpage_rate_from_double(8e-5);
	d.ref_time_ns = NOW_REAL - SEC;
	d.root_delay_ns = 10000000;
	d.root_disp_ns = 300000;
	d.root_disp_rate = clockpage_rate_from_double(15e-6);
	d.refid = 0xc0000201;
	d.leap = CLOCKPAGE_LEAP_NONE;
	d.stratum = 3;
	d.precision_log2 = -24;
	return (d);
}

START_TEST(rate_conversion)
{
	static const double rates[] = { 0, 1e-9, -1e-9, 1e-4, -0.2, 0.25 };
	size_t i;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		ck_assert(fabs(clockpage_rate_to_double(
		    clockpage_rate_from_double(rates[i])) - rates[i]) <
		    1e-15);
	ck_assert_int_eq(clockpage_rate_from_double(1), CLOCKPAGE_RATE_MAX);
	ck_assert_int_eq(clockpage_rate_from_double(-1), -CLOCKPAGE_RATE_MAX);
	ck_assert_int_eq(clockpage_rate_from_double(INFINITY),
	    CLOCKPAGE_RATE_MAX);
	ck_assert_int_eq(clockpage_rate_from_double(NAN), 0);
}
END_TEST

START_TEST(scale)
{
	int64_t rate, span;
	long double exact;
	int i;

	ck_assert_int_eq(clockpage_scale(1LL << CLOCKPAGE_RATE_BITS, 12345),
	    12345);
	ck_assert_int_eq(clockpage_scale(-(1LL << CLOCKPAGE_RATE_BITS), 7),
	    -7);
	ck_assert_int_eq(clockpage_scale(INT64_MAX, INT64_MAX), INT64_MAX);
	ck_assert_int_eq(clockpage_scale(INT64_MIN, INT64_MAX), INT64_MIN);
	ck_assert_int_eq(clockpage_scale(INT64_MIN, INT64_MIN), INT64_MAX);
	srandom(1);
	for (i = 0; i < 10000; i++) {
		rate = ((int64_t)random() << 18 | random()) %
		    CLOCKPAGE_RATE_MAX;
		span = (int64_t)random() << 31 | random();
		if (random() & 1)
			rate = -rate;
		if (random() & 1)
			span = -span;
		exact = (long double)rate * span / (1LL <<
		    CLOCKPAGE_RATE_BITS);
		ck_assert(fabsl(clockpage_scale(rate, span) - exact) <= 0.6L);
	}
}
END_TEST

START_TEST(true_time)
{
	struct clockpage_data d = good_data();
	int64_t end_value;

	ck_assert_int_eq(clockpage_true_ns(&d, NOW_REAL), NOW_REAL + 1500000);
	/* 100 ppm of 10 s */
	ck_assert_int_eq(clockpage_true_ns(&d, NOW_REAL + 10 * SEC),
	    NOW_REAL + 10 * SEC + 1500000 - 1000000);
	/* before the anchor, too */
	ck_assert_int_eq(clockpage_true_ns(&d, NOW_REAL - SEC),
	    NOW_REAL - SEC + 1500000 + 100000);
	/* the slew has taken all of it when it ends */
	end_value = NOW_REAL + 15 * SEC;
	ck_assert_int_eq(clockpage_true_ns(&d, d.end_real_ns), end_value);
	ck_assert_int_eq(clockpage_true_ns(&d, d.end_real_ns - 1),
	    end_value - 1);
	ck_assert_int_eq(clockpage_true_ns(&d, d.end_real_ns + 10 * SEC),
	    end_value + 10 * SEC + 2000);
	/* an end that is past counts for nothing */
	d.end_real_ns = 0;
	ck_assert_int_eq(clockpage_true_ns(&d, NOW_REAL + 10 * SEC),
	    NOW_REAL + 10 * SEC + 1500000 + 2000);
	d.end_real_ns = d.anchor_real_ns;
	ck_assert_int_eq(clockpage_true_ns(&d, NOW_REAL + 10 * SEC),
	    NOW_REAL + 10 * SEC + 1500000 + 2000);
}
END_TEST

START_TEST(dispersion)
{
	struct clockpage_data d = good_data();

	ck_assert_int_eq(clockpage_root_disp_ns(&d, NOW_REAL), 300000);
	ck_assert_int_eq(clockpage_root_disp_ns(&d, NOW_REAL - 99 * SEC),
	    300000);
	ck_assert_int_eq(clockpage_root_disp_ns(&d, NOW_REAL + 100 * SEC),
	    300000 + 1500000);
	d.root_disp_rate = -1;
	ck_assert_int_eq(clockpage_root_disp_ns(&d, INT64_MAX), 300000);
}
END_TEST

START_TEST(slip)
{
	struct clockpage_data d = good_data();
	int64_t raw, real;

	ck_assert_int_eq(clockpage_slip_ns(&d, NOW_RAW, NOW_REAL), 0);
	ck_assert_int_eq(clockpage_slip_ns(&d, NOW_RAW, NOW_REAL + 77), 77);
	ck_assert_int_eq(clockpage_slip_ns(&d, NOW_RAW, NOW_REAL - 77), 77);
	/* 10 s at 180 ppm */
	ck_assert_int_eq(clockpage_slip_ns(&d, NOW_RAW + 10 * SEC,
	    NOW_REAL + 10 * SEC + 1800000), 0);
	/* REAL has reached the end 15 s / 1.00018 after the anchor */
	raw = NOW_RAW + (int64_t)(15e9 / 1.00018);
	ck_assert_int_le(clockpage_slip_ns(&d, raw, d.end_real_ns), 2);
	/* then 80 ppm */
	raw += 1000 * SEC;
	real = d.end_real_ns + 1000 * SEC + 80000000;
	ck_assert_int_le(clockpage_slip_ns(&d, raw, real), 2);
	/* a step that nobody published */
	ck_assert_int_ge(clockpage_slip_ns(&d, raw, real - SEC),
	    CLOCKPAGE_SLIP_NS);
	d.end_real_ns = 0;
	ck_assert_int_eq(clockpage_slip_ns(&d, NOW_RAW + 10 * SEC,
	    NOW_REAL + 10 * SEC + 800000), 0);
}
END_TEST

START_TEST(arithmetic_cannot_overflow)
{
	static const int64_t edge[] = {
		INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX,
	};
	const size_t n = sizeof(edge) / sizeof(edge[0]);
	struct clockpage_data d = good_data();
	size_t i, j, k;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			for (k = 0; k < n; k++) {
				d.anchor_raw_ns = d.corr_ns = edge[i];
				d.anchor_real_ns = d.root_disp_ns = edge[j];
				d.end_real_ns = edge[k];
				d.rate = d.rate_after = edge[k];
				d.real_rate = d.real_rate_after = edge[i];
				d.root_disp_rate = edge[i];
				clockpage_true_ns(&d, edge[k]);
				clockpage_root_disp_ns(&d, edge[k]);
				ck_assert_int_ge(clockpage_slip_ns(&d,
				    edge[k], edge[j]), 0);
			}
	/* would be a division by zero */
	d.real_rate = -(1LL << CLOCKPAGE_RATE_BITS);
	d.anchor_real_ns = 0;
	d.end_real_ns = 100;
	ck_assert_int_ge(clockpage_slip_ns(&d, 50, 50), 0);
}
END_TEST

START_TEST(write_and_read)
{
	struct clockpage_data d = good_data(), out;
	struct clockpage page;

	memset(&page, 0, sizeof(page));
	ck_assert_int_eq(clockpage_read(&page, &out), -1);
	clockpage_init(&page);
	ck_assert_int_eq(clockpage_read(&page, &out), 0);
	ck_assert_uint_eq(out.stratum, 16);
	ck_assert_uint_eq(out.leap, CLOCKPAGE_LEAP_UNSYNC);
	clockpage_write(&page, &d);
	ck_assert_int_eq(clockpage_read(&page, &out), 0);
	ck_assert_mem_eq(&d, &out, sizeof(d));
	page.magic ^= 1;
	ck_assert_int_eq(clockpage_read(&page, &out), -1);
	page.magic ^= 1;
	page.size++;
	ck_assert_int_eq(clockpage_read(&page, &out), -1);
	page.size--;
	/* a writer died half way: no reading until the next one */
	atomic_store(&page.seq, atomic_load(&page.seq) + 1);
	ck_assert_int_eq(clockpage_read(&page, &out), -1);
	clockpage_write(&page, &d);
	ck_assert_int_eq(clockpage_read(&page, &out), 0);
	/* the number may wrap */
	atomic_store(&page.seq, 0xfffffffeu);
	clockpage_write(&page, &d);
	ck_assert_int_eq(clockpage_read(&page, &out), 0);
}
END_TEST

/* Writes a value into a field of a good page: may it be read? */
#define TRY(field, value, good) do {					\
	struct clockpage_data d_ = good_data();				\
	struct clockpage p_;						\
	clockpage_init(&p_);						\
	d_.field = (value);						\
	clockpage_write(&p_, &d_);					\
	ck_assert_msg(clockpage_read(&p_, &d_) == ((good) ? 0 : -1),	\
	    #field " = " #value);					\
} while (0)

START_TEST(ranges)
{
	TRY(anchor_raw_ns, 0, 1);
	TRY(anchor_raw_ns, -1, 0);
	TRY(anchor_raw_ns, INT64_MAX, 0);
	TRY(anchor_real_ns, -1, 0);
	TRY(anchor_real_ns, INT64_MIN, 0);
	TRY(end_real_ns, 0, 1);
	TRY(end_real_ns, -1, 0);
	TRY(corr_ns, INT64_MAX, 0);
	TRY(corr_ns, INT64_MIN, 0);
	TRY(corr_ns, -INT64_MAX / 2, 1);
	TRY(rate, CLOCKPAGE_RATE_MAX, 1);
	TRY(rate, CLOCKPAGE_RATE_MAX + 1, 0);
	TRY(rate, -CLOCKPAGE_RATE_MAX - 1, 0);
	TRY(rate_after, CLOCKPAGE_RATE_MAX + 1, 0);
	TRY(rate_after, INT64_MIN, 0);
	TRY(real_rate, -CLOCKPAGE_RATE_MAX, 1);
	TRY(real_rate, -CLOCKPAGE_RATE_MAX - 1, 0);
	TRY(real_rate_after, CLOCKPAGE_RATE_MAX + 1, 0);
	TRY(ref_time_ns, 0, 1);
	TRY(ref_time_ns, -1, 0);
	TRY(root_delay_ns, -1, 0);
	TRY(root_delay_ns, 65536 * SEC, 1);
	TRY(root_delay_ns, 65536 * SEC + 1, 0);
	TRY(root_disp_ns, -1, 0);
	TRY(root_disp_ns, INT64_MAX, 0);
	TRY(root_disp_rate, -1, 0);
	TRY(root_disp_rate, CLOCKPAGE_RATE_MAX + 1, 0);
	TRY(leap, 4, 0);
	TRY(leap, 3, 1);
	TRY(stratum, 0, 0);
	TRY(stratum, 1, 1);
	TRY(stratum, 16, 1);
	TRY(stratum, 17, 0);
	TRY(precision_log2, 1, 0);
	TRY(precision_log2, 0, 1);
	TRY(precision_log2, -32, 1);
	TRY(precision_log2, -33, 0);
}
END_TEST

#define THREAD_WRITES	20000

static void *
writer(void *arg)
{
	struct clockpage *page = arg;
	struct clockpage_data d = good_data();
	int64_t i;

	for (i = 1; i <= THREAD_WRITES; i++) {
		/* fields far from each other agree in a whole state */
		d.anchor_raw_ns = i;
		d.corr_ns = -i;
		d.root_disp_ns = i;
		d.refid = (uint32_t)i;
		clockpage_write(page, &d);
	}
	return (NULL);
}

START_TEST(no_torn_state)
{
	struct clockpage_data d = good_data();
	struct clockpage page;
	pthread_t thread;
	int64_t last;

	clockpage_init(&page);
	d.anchor_raw_ns = d.corr_ns = d.root_disp_ns = d.refid = 0;
	clockpage_write(&page, &d);
	ck_assert_int_eq(pthread_create(&thread, NULL, writer, &page), 0);
	last = 0;
	while (last < THREAD_WRITES) {
		if (clockpage_read(&page, &d) == -1)
			continue;
		ck_assert_int_eq(d.corr_ns, -d.anchor_raw_ns);
		ck_assert_int_eq(d.root_disp_ns, d.anchor_raw_ns);
		ck_assert_int_eq(d.refid, d.anchor_raw_ns);
		ck_assert_int_ge(d.anchor_raw_ns, last);
		last = d.anchor_raw_ns;
	}
	pthread_join(thread, NULL);
}
END_TEST

static int
make_memfd(off_t size, int seals)
{
	int fd;

	fd = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return (fd);
}

START_TEST(mapping)
{
	struct clockpage_data d = good_data(), out;
	struct clockpage *w;
	const struct clockpage *r;
	char path[64];
	int fd, ro;

	fd = make_memfd(CLOCKPAGE_SIZE, F_SEAL_SHRINK | F_SEAL_GROW);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ne(ro, -1);
	w = clockpage_map(fd, 1);
	ck_assert_ptr_nonnull(w);
	r = clockpage_map(ro, 0);
	ck_assert_ptr_nonnull(r);
	ck_assert_ptr_null(clockpage_map(ro, 1));
	close(fd);
	close(ro);
	clockpage_init(w);
	clockpage_write(w, &d);
	ck_assert_int_eq(clockpage_read(r, &out), 0);
	ck_assert_mem_eq(&d, &out, sizeof(d));
}
END_TEST

START_TEST(mapping_refused)
{
	int fd;

	fd = make_memfd(CLOCKPAGE_SIZE, F_SEAL_GROW);
	ck_assert_ptr_null(clockpage_map(fd, 0));
	ck_assert_int_eq(errno, EINVAL);
	close(fd);
	fd = make_memfd(CLOCKPAGE_SIZE - 1, F_SEAL_SHRINK);
	ck_assert_ptr_null(clockpage_map(fd, 0));
	ck_assert_int_eq(errno, EINVAL);
	close(fd);
	ck_assert_ptr_null(clockpage_map(-1, 0));
	ck_assert_int_eq(errno, EBADF);
	fd = open("/dev/null", O_RDONLY);
	ck_assert_ptr_null(clockpage_map(fd, 0));
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("clockpage");
	TCase *tc = tcase_create("clockpage");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, rate_conversion);
	tcase_add_test(tc, scale);
	tcase_add_test(tc, true_time);
	tcase_add_test(tc, dispersion);
	tcase_add_test(tc, slip);
	tcase_add_test(tc, arithmetic_cannot_overflow);
	tcase_add_test(tc, write_and_read);
	tcase_add_test(tc, ranges);
	tcase_add_test(tc, no_torn_state);
	tcase_add_test(tc, mapping);
	tcase_add_test(tc, mapping_refused);
	return (unit_run(suite));
}
