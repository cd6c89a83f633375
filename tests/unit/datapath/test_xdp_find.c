// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <fcntl.h>

static void test_xdp_find_find_says_what_else_runs(void **state)
{
	struct xdp_attachment attachment = { .program_id = 42 };
	struct datapath_error error = {};

	(void)state;
	fixture_need();
	error_collect();
	assert_int_equal(xdp_attach_find(if_nametoindex("st0"), &attachment, &error), -ENOENT);
	assert_contains(error.text, "st0 runs no XDP program");
	assert_int_equal(attachment.program_id, 42);
}

static void test_xdp_find_maps_are_all_there(void **state)
{
	uint32_t ids[SCHEMA_MAPS], others[SCHEMA_MAPS] = {};
	const struct datapath_options options = fixture_options();
	struct xdp_attachment attachment;
	int fds[SCHEMA_MAPS];

	(void)state;
	fixture_need();
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(xdp_attach_find(if_nametoindex("st0"), &attachment, NULL), 0);
	assert_int_equal(xdp_attach_maps(&attachment, fds, ids, NULL), 0);
	for (size_t i = 0; i < SCHEMA_MAPS; i++) {
		assert_true(fds[i] >= 0);
		assert_int_not_equal(ids[i], 0);
	}
	schema_close(fds);
	assert_true(xdp_attach_uses(&attachment, ids));
	assert_false(xdp_attach_uses(&attachment, others));
	others[SCHEMA_NODES] = ids[SCHEMA_NODES];
	assert_true(xdp_attach_uses(&attachment, others));
	xdp_attach_close(&attachment);
}

static void test_xdp_find_is_current_until_it_is_replaced(void **state)
{
	const struct datapath_options options = fixture_options();
	struct xdp_attachment attachment;

	(void)state;
	fixture_need();
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(xdp_attach_find(if_nametoindex("st0"), &attachment, NULL), 0);
	assert_true(xdp_attach_is_current(&attachment));
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_false(xdp_attach_is_current(&attachment));
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_false(xdp_attach_is_current(&attachment));
	xdp_attach_close(&attachment);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* A daemon looks for as long as it lives. */
static void test_xdp_find_find_leaves_nothing_open(void **state)
{
	const struct datapath_options options = fixture_options();
	struct xdp_attachment attachment;
	int before;

	(void)state;
	fixture_need();
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(xdp_attach_find(if_nametoindex("st0"), &attachment, NULL), 0);
	if (!attachment.dispatcher) {
		xdp_attach_close(&attachment);
		before = open_descriptors();
		assert_int_equal(xdp_attach_find(if_nametoindex("st0"), &attachment, NULL), 0);
		xdp_attach_close(&attachment);
		assert_int_equal(open_descriptors(), before);
		return;
	}
	before = open_descriptors();
	for (int i = 0; i < 3; i++)
		assert_true(xdp_attach_is_current(&attachment));
	assert_int_equal(open_descriptors(), before);
	xdp_attach_close(&attachment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_xdp_find_find_says_what_else_runs),
		fixture_test(test_xdp_find_maps_are_all_there),
		fixture_test(test_xdp_find_is_current_until_it_is_replaced),
		fixture_test(test_xdp_find_find_leaves_nothing_open),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
