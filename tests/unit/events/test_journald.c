// SPDX-License-Identifier: GPL-2.0
#include "events/journald.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "sample.h"

static void assert_fields(const struct journald_entry *entry, const char *const *expected)
{
	size_t n = 0;

	for (; expected[n]; n++) {
		assert_true(n < entry->n);
		assert_int_equal(entry->field[n].iov_len, strlen(expected[n]));
		assert_memory_equal(entry->field[n].iov_base, expected[n], strlen(expected[n]));
	}
	assert_int_equal(entry->n, n);
}

static void test_journald_has_a_field_for_all_that_is_known(void **state)
{
	struct event event = sample_event(7);
	_cleanup_(journald_free) struct journald_entry entry = {};

	(void)state;
	event.pool = "web";
	assert_int_equal(journald_format(&event, &entry), 0);
	assert_fields(&entry,
		      (const char *const[]){
			      "MESSAGE=pool web: node n3: liveness up → down: no answer to 3 "
			      "probes, detected in 30.9 ms",
			      "PRIORITY=4", "MESSAGE_ID=7a2666f538a64706af0df3f019c51cb7",
			      "STEER_SEQUENCE=7", "STEER_TIME_US=1764000000123456",
			      "STEER_KIND=liveness", "STEER_SCOPE=node", "STEER_NODE=n3",
			      "STEER_POOL=web", "STEER_OLD=up", "STEER_NEW=down",
			      "STEER_CAUSE=no answer to 3 probes", "STEER_DETECTION_MS=30.900",
			      "STEER_GENERATION=2", NULL });
}

static void test_journald_leaves_out_what_is_not(void **state)
{
	struct event event = { .sequence = 1, .kind = EVENT_PANIC, .scope = EVENT_SCOPE_SERVICE };
	_cleanup_(journald_free) struct journald_entry entry = {};

	(void)state;
	assert_int_equal(journald_format(&event, &entry), 0);
	assert_fields(&entry, (const char *const[]){ "MESSAGE=panic", "PRIORITY=6",
						     "MESSAGE_ID=c55231f4129944f8aa7a703468af257e",
						     "STEER_SEQUENCE=1", "STEER_TIME_US=0",
						     "STEER_KIND=panic", "STEER_SCOPE=service",
						     "STEER_GENERATION=0", NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_journald_has_a_field_for_all_that_is_known),
		cmocka_unit_test(test_journald_leaves_out_what_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
