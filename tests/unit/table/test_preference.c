// SPDX-License-Identifier: GPL-2.0
#include "table/preference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"

static void test_preference_is_a_permutation(void **state)
{
	static const uint16_t nodes[] = { 1, 2, 512, 1023 };
	static uint8_t seen[65536];
	size_t n_rows, i;
	uint32_t k;

	(void)state;
	for (n_rows = 1; n_rows <= 65536; n_rows *= 4) {
		_cleanup_(preference_exit) struct preference p = {};

		assert_int_equal(preference_init(&p, 1, n_rows), 0);
		for (i = 0; i < 4; i++) {
			memset(seen, 0, sizeof(seen));
			for (k = 0; k < n_rows; k++) {
				uint32_t row = preference_row(&p, nodes[i], k);

				assert_true(row < n_rows);
				assert_int_equal(seen[row]++, 0);
			}
		}
	}
}

static void test_preference_never_collides_in_a_turn(void **state)
{
	_cleanup_(preference_exit) struct preference p = {};
	uint32_t last[STEER_TABLE_ROWS] = {};
	uint32_t k;
	uint16_t node;

	(void)state;
	assert_int_equal(preference_init(&p, 1, STEER_TABLE_ROWS), 0);
	for (k = 0; k < 500; k++) {
		for (node = 1; node < STEER_MAX_NODES; node++) {
			uint32_t row = preference_row(&p, node, k);

			assert_int_not_equal(last[row], k + 1);
			last[row] = k + 1;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_preference_is_a_permutation),
		cmocka_unit_test(test_preference_never_collides_in_a_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
