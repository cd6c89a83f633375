// SPDX-License-Identifier: GPL-2.0
#include "liveness/tx_schedule.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MS 1000000ULL
#define BATCH 32

static struct tx_schedule tx_schedule_of(uint64_t interval_ns, size_t n_peers)
{
	struct tx_schedule schedule = {};

	tx_schedule_divide(&schedule, interval_ns, n_peers, BATCH);
	tx_schedule_start(&schedule, 0);
	return schedule;
}

static void test_tx_schedule_has_a_slot_per_batch(void **state)
{
	static const struct {
		uint64_t interval_ns;
		size_t n_peers;
		unsigned int n_slots;
	} cases[] = {
		{ 10 * MS, 0, 1 },    { 10 * MS, 1, 1 },    { 10 * MS, 32, 1 },
		{ 10 * MS, 33, 2 },   { 10 * MS, 250, 8 },  { 10 * MS, 1023, 32 },
		{ 3 * MS, 250, 8 },   { 3 * MS, 1023, 12 }, /* a quarter of a millisecond at least
							     */
		{ MS / 10, 1023, 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(tx_schedule_of(cases[i].interval_ns, cases[i].n_peers).n_slots,
				 cases[i].n_slots);
}

/* Whoever wakes up when it is due sends every slot once in an interval, evenly. */
static void test_tx_schedule_is_steady(void **state)
{
	struct tx_schedule schedule = tx_schedule_of(10 * MS, 250);
	unsigned int slot, n;

	(void)state;
	for (n = 0; n < 80; n++) {
		uint64_t due_ns = n * 10 * MS / 8;

		assert_int_equal(schedule.next_ns, due_ns);
		if (due_ns)
			assert_false(tx_schedule_take(&schedule, due_ns - 1, &slot));
		assert_true(tx_schedule_take(&schedule, due_ns, &slot));
		assert_int_equal(slot, n % 8);
		assert_false(tx_schedule_take(&schedule, due_ns, &slot));
	}
}

static void test_tx_schedule_makes_up_for_little(void **state)
{
	struct tx_schedule schedule = tx_schedule_of(10 * MS, 250);
	unsigned int slot, n = 0;

	(void)state;
	while (tx_schedule_take(&schedule, 4 * MS, &slot))
		assert_int_equal(slot, n++);
	assert_int_equal(n, 4); /* of 0, 1.25, 2.5 and 3.75 ms */
	assert_int_equal(schedule.next_ns, 5 * MS);
}

static void test_tx_schedule_goes_on_after_a_pause(void **state)
{
	struct tx_schedule schedule = tx_schedule_of(10 * MS, 250);
	unsigned int slot;

	(void)state;
	assert_true(tx_schedule_take(&schedule, 0, &slot));
	assert_true(tx_schedule_take(&schedule, 500 * MS, &slot));
	assert_int_equal(slot, 1);
	assert_false(tx_schedule_take(&schedule, 500 * MS, &slot));
	assert_int_equal(schedule.next_ns, 500 * MS + 10 * MS / 8);
}

/* No slot stays behind that there is no more. */
static void test_tx_schedule_is_divided_anew(void **state)
{
	struct tx_schedule schedule = tx_schedule_of(10 * MS, 250);
	unsigned int slot, n;

	(void)state;
	for (n = 0; n < 7; n++)
		assert_true(tx_schedule_take(&schedule, schedule.next_ns, &slot));
	tx_schedule_divide(&schedule, 20 * MS, 64, BATCH);
	assert_true(tx_schedule_take(&schedule, schedule.next_ns, &slot));
	assert_in_range(slot, 0, 1);
	assert_int_equal(schedule.next_ns, 7 * 10 * MS / 8 + 10 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tx_schedule_has_a_slot_per_batch),
		cmocka_unit_test(test_tx_schedule_is_steady),
		cmocka_unit_test(test_tx_schedule_makes_up_for_little),
		cmocka_unit_test(test_tx_schedule_goes_on_after_a_pause),
		cmocka_unit_test(test_tx_schedule_is_divided_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
