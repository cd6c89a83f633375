// SPDX-License-Identifier: GPL-2.0
#include "daemon/slots.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_slots_keep_their_name(void **state)
{
	struct slots slots = {};
	size_t a, b;

	(void)state;
	assert_int_equal(slots_init(&slots, 3), 0);
	a = slots_assign(&slots, "a");
	b = slots_assign(&slots, "b");
	assert_int_not_equal(a, b);
	assert_int_equal(slots_assign(&slots, "a"), a);
	*slots.name[a] = '\0';
	assert_int_equal(slots_assign(&slots, "b"), b);
	assert_int_equal(slots_find(&slots, "a"), SLOT_NONE);
	slots_free(&slots);
}

static void test_slots_full_is_said(void **state)
{
	struct slots slots = {};

	(void)state;
	assert_int_equal(slots_init(&slots, 2), 0);
	assert_int_not_equal(slots_assign(&slots, "a"), SLOT_NONE);
	assert_int_not_equal(slots_assign(&slots, "b"), SLOT_NONE);
	assert_int_equal(slots_assign(&slots, "c"), SLOT_NONE);
	assert_int_not_equal(slots_assign(&slots, "b"), SLOT_NONE);
	slots_free(&slots);
}

static void test_slots_claim_takes_nothing_away(void **state)
{
	struct slots slots = {};

	(void)state;
	assert_int_equal(slots_init(&slots, 4), 0);
	assert_int_equal(slots_claim(&slots, 2, "a"), 0);
	assert_int_equal(slots_claim(&slots, 2, "a"), 0);
	assert_int_equal(slots_claim(&slots, 2, "b"), -EBUSY);
	assert_int_equal(slots_claim(&slots, 3, "a"), -EBUSY);
	assert_int_equal(slots_claim(&slots, 4, "c"), -EBUSY);
	assert_int_equal(slots_assign(&slots, "a"), 2);
	slots_free(&slots);
}

static void test_slots_copy_is_independent(void **state)
{
	struct slots one = {}, two = {};

	(void)state;
	assert_int_equal(slots_init(&one, 4), 0);
	slots_assign(&one, "a");
	assert_int_equal(slots_copy(&two, &one), 0);
	slots_assign(&two, "b");
	assert_int_equal(slots_find(&one, "b"), SLOT_NONE);
	assert_int_equal(slots_find(&two, "a"), slots_find(&one, "a"));
	slots_free(&one);
	slots_free(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_keep_their_name),
		cmocka_unit_test(test_slots_full_is_said),
		cmocka_unit_test(test_slots_claim_takes_nothing_away),
		cmocka_unit_test(test_slots_copy_is_independent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
