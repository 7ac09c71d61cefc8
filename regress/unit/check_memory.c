/*
 * Tests of what the processes do about their memory (privsep/memory.c).
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/memory.h"
#include "regress/unit/unit.h"

#define KB	1024

static const char	table[KB * KB] = { 1, [KB * KB - 1] = 7 };
static const char	*relocated[] = { "one", table + KB };
static int		 written = 5;

/* Resident kB of this process. */
static long
resident(void)
{
	char	line[256];
	FILE	*fp = fopen("/proc/self/smaps_rollup", "r");
	long	kb = -1;

	if (fp == NULL)
		return (-1);
	while (kb == -1 && fgets(line, sizeof(line), fp) != NULL)
		sscanf(line, "Rss: %ld kB", &kb);
	fclose(fp);
	return (kb);
}

static int
sum(void)
{
	const volatile char	*p;
	int			 n = 0;

	for (p = table; p < table + sizeof(table); p += KB)
		n += *p;
	return (n);
}

/* What was only read goes, what was written stays. */
START_TEST(test_trim)
{
	char	*own;
	long	 before;

	memory_begin();
	if (resident() == -1)
		return;
	own = malloc(KB * KB);
	ck_assert_ptr_nonnull(own);
	memset(own, 3, KB * KB);
	written = 6;
	ck_assert_int_eq(sum(), 1);
	before = resident();
	memory_trim();
	ck_assert_int_le(resident(), before - KB / 2);
	ck_assert_int_eq(sum(), 1);
	ck_assert_int_eq(table[sizeof(table) - 1], 7);
	ck_assert_int_eq(written, 6);
	ck_assert_str_eq(relocated[0], "one");
	ck_assert_ptr_eq(relocated[1], table + KB);
	ck_assert_int_eq(own[KB * KB - 1], 3);
	free(own);
}
END_TEST

int
main(void)
{
	Suite	*suite;
	TCase	*tc;

	suite = suite_create("memory");
	tc = tcase_create("memory");
	tcase_add_test(tc, test_trim);
	suite_add_tcase(suite, tc);
	return (unit_run(suite));
}
