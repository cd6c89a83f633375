// SPDX-License-Identifier: GPL-2.0
#include "table/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_quota_is_a_window_around_the_share(void **state)
{
	static const struct {
		uint32_t n_rows, weight;
		uint64_t total;
		uint32_t per_mille, has, least, most;
	} cases[] = {
		{ 65536, 1, 16, 10, 0, 4056, 4136 }, /* 4096 ± 40.96 */
		{ 65536, 1, 16, 10, 4000, 56, 136 }, /* some of it is there */
		{ 65536, 1, 16, 10, 5000, 0, 0 },    /* more than all */
		{ 65536, 1, 1000, 10, 0, 65, 66 },   /* 65.5 ± 0.66 */
		{ 65536, 1, 100000, 10, 0, 0, 1 },   /* less than one */
		{ 1024, 1, 1024, 10, 0, 1, 1 },	     /* exactly one */
		{ 1U << 20, UINT32_MAX, UINT32_MAX, 25, 0, 1022362, 1074790 },
	};
	struct quota q;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		quota_set(&q, cases[i].n_rows, cases[i].weight, cases[i].total, cases[i].per_mille,
			  cases[i].has);
		assert_int_equal(q.least, cases[i].least);
		assert_int_equal(q.most, cases[i].most);
		assert_int_equal(q.rows, 0);
	}
}

static void test_quota_takes_its_own_then_what_is_spare(void **state)
{
	struct quota q = { .least = 1, .most = 3 };
	int64_t spare = 1;

	(void)state;
	assert_true(quota_take(&q, &spare));
	assert_int_equal(spare, 1);
	assert_true(quota_take(&q, &spare));
	assert_int_equal(spare, 0);
	assert_false(quota_take(&q, &spare));
	assert_int_equal(q.rows, 2);
	spare = 5;
	assert_true(quota_take(&q, &spare));
	assert_false(quota_take(&q, &spare));
	assert_int_equal(q.rows, 3);
	assert_int_equal(spare, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quota_is_a_window_around_the_share),
		cmocka_unit_test(test_quota_takes_its_own_then_what_is_spare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
