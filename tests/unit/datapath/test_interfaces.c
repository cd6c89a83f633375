// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static void test_ports_share_the_maps(void **state)
{
	const struct datapath_options options = fixture_options();
	uint32_t ids[2][SCHEMA_MAPS];
	struct datapath_info info;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(
		datapath_add_interface(datapath, &options, "st1", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(datapath_count_interfaces(datapath), 2);
	datapath_get_info(datapath, 1, &info);
	assert_string_equal(info.interface, "st1");
	assert_false(info.adopted);
	assert_true(datapath_is_attached(datapath, 1));
	for (size_t i = 0; i < 2; i++) {
		int fds[SCHEMA_MAPS];

		assert_int_equal(
			xdp_attach_maps(&datapath->interface[i].attachment, fds, ids[i], NULL), 0);
		schema_close(fds);
	}
	assert_memory_equal(ids[0], ids[1], sizeof(ids[0]));
	datapath_close(datapath);
}

static void test_ports_are_adopted(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_info info;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	assert_int_equal(datapath_load(&options, "st1", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, NULL), 0);
	datapath = fixture_open("st0");
	assert_int_equal(
		datapath_add_interface(datapath, &options, "st1", DATAPATH_MODE_NATIVE, NULL), 0);
	datapath_get_info(datapath, 1, &info);
	assert_true(info.adopted);
	datapath_close(datapath);
}

static void test_ports_with_other_maps_are_refused(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_options elsewhere = options;
	struct datapath_error error = {};
	struct datapath *datapath;
	char root[96];

	(void)state;
	fixture_need();
	snprintf(root, sizeof(root), "%s/elsewhere", fixture_root);
	elsewhere.pin_root = root;
	assert_int_equal(datapath_load(&elsewhere, "st1", DATAPATH_MODE_NATIVE, NULL), 0);
	datapath = fixture_open("st0");
	assert_int_equal(
		datapath_add_interface(datapath, &options, "st1", DATAPATH_MODE_NATIVE, &error),
		-EEXIST);
	assert_contains(error.text, "steer unload st1");
	assert_int_equal(datapath_count_interfaces(datapath), 1);
	assert_int_equal(
		datapath_add_interface(datapath, &options, "none", DATAPATH_MODE_NATIVE, &error),
		-ENODEV);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_ports_share_the_maps),
		fixture_test(test_ports_are_adopted),
		fixture_test(test_ports_with_other_maps_are_refused),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
