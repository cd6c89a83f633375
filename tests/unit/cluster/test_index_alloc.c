// SPDX-License-Identifier: GPL-2.0
#include "cluster/index_alloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_index_alloc_keep_their_name(void **state)
{
	struct index_alloc alloc = {};
	size_t a, b;

	(void)state;
	assert_int_equal(index_alloc_init(&alloc, 3), 0);
	a = index_alloc_assign(&alloc, "a");
	b = index_alloc_assign(&alloc, "b");
	assert_int_not_equal(a, b);
	assert_int_equal(index_alloc_assign(&alloc, "a"), a);
	*alloc.name[a] = '\0';
	assert_int_equal(index_alloc_assign(&alloc, "b"), b);
	assert_int_equal(index_alloc_find(&alloc, "a"), INDEX_NONE);
	index_alloc_free(&alloc);
}

static void test_index_alloc_full_is_said(void **state)
{
	struct index_alloc alloc = {};

	(void)state;
	assert_int_equal(index_alloc_init(&alloc, 2), 0);
	assert_int_not_equal(index_alloc_assign(&alloc, "a"), INDEX_NONE);
	assert_int_not_equal(index_alloc_assign(&alloc, "b"), INDEX_NONE);
	assert_int_equal(index_alloc_assign(&alloc, "c"), INDEX_NONE);
	assert_int_not_equal(index_alloc_assign(&alloc, "b"), INDEX_NONE);
	index_alloc_free(&alloc);
}

static void test_index_alloc_claim_takes_nothing_away(void **state)
{
	struct index_alloc alloc = {};

	(void)state;
	assert_int_equal(index_alloc_init(&alloc, 4), 0);
	assert_int_equal(index_alloc_claim(&alloc, 2, "a"), 0);
	assert_int_equal(index_alloc_claim(&alloc, 2, "a"), 0);
	assert_int_equal(index_alloc_claim(&alloc, 2, "b"), -EBUSY);
	assert_int_equal(index_alloc_claim(&alloc, 3, "a"), -EBUSY);
	assert_int_equal(index_alloc_claim(&alloc, 4, "c"), -EBUSY);
	assert_int_equal(index_alloc_assign(&alloc, "a"), 2);
	index_alloc_free(&alloc);
}

static void test_index_alloc_swap_exchanges(void **state)
{
	struct index_alloc a, b;

	(void)state;
	assert_int_equal(index_alloc_init(&a, 2), 0);
	assert_int_equal(index_alloc_init(&b, 3), 0);
	assert_int_equal(index_alloc_assign(&a, "of a"), 0);
	assert_int_equal(index_alloc_assign(&b, "of b"), 0);
	index_alloc_swap(&a, &b);
	assert_int_equal(index_alloc_find(&a, "of b"), 0);
	assert_int_equal(index_alloc_find(&b, "of a"), 0);
	assert_int_equal(a.size, 3);
	index_alloc_free(&a);
	index_alloc_free(&b);
}

static void test_index_alloc_copy_is_independent(void **state)
{
	struct index_alloc one = {}, two = {};

	(void)state;
	assert_int_equal(index_alloc_init(&one, 4), 0);
	index_alloc_assign(&one, "a");
	assert_int_equal(index_alloc_copy(&two, &one), 0);
	index_alloc_assign(&two, "b");
	assert_int_equal(index_alloc_find(&one, "b"), INDEX_NONE);
	assert_int_equal(index_alloc_find(&two, "a"), index_alloc_find(&one, "a"));
	index_alloc_free(&one);
	index_alloc_free(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index_alloc_keep_their_name),
		cmocka_unit_test(test_index_alloc_full_is_said),
		cmocka_unit_test(test_index_alloc_claim_takes_nothing_away),
		cmocka_unit_test(test_index_alloc_copy_is_independent),
		cmocka_unit_test(test_index_alloc_swap_exchanges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
