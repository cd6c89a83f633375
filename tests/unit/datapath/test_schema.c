// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static void test_schema_names_fit_the_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCHEMA_MAPS; i++)
		assert_in_range(strlen(schema_maps[i].name), 1, BPF_OBJ_NAME_LEN - 1);
}

static void test_schema_check_names_the_difference(void **state)
{
	struct schema_map_spec found = schema_maps[SCHEMA_NODES];
	char difference[SCHEMA_DIFFERENCE_MAX];

	(void)state;
	assert_int_equal(schema_check(SCHEMA_NODES, &found, difference), 0);
	found.value_bytes = 48;
	assert_int_equal(schema_check(SCHEMA_NODES, &found, difference), -EPROTO);
	assert_string_equal(difference, "steer_nodes: value bytes 48, here 64");
	found = schema_maps[SCHEMA_NODES];
	found.flags = BPF_F_MMAPABLE;
	assert_int_equal(schema_check(SCHEMA_NODES, &found, difference), -EPROTO);
}

/* The program brings its own definitions; both must be one. */
static void test_schema_is_that_of_the_object(void **state)
{
	struct bpf_object *object;

	(void)state;
	if (access(fixture_object, R_OK)) {
		print_message("skipped: the program is not built\n");
		skip();
	}
	error_collect();
	object = bpf_object__open_file(fixture_object, NULL);
	assert_non_null(object);
	for (size_t i = 0; i < SCHEMA_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, schema_maps[i].name);

		assert_non_null(map);
		assert_int_equal(bpf_map__type(map), schema_maps[i].type);
		assert_int_equal(bpf_map__key_size(map), schema_maps[i].key_bytes);
		assert_int_equal(bpf_map__value_size(map), schema_maps[i].value_bytes);
		assert_int_equal(bpf_map__max_entries(map), schema_maps[i].max_entries);
		assert_int_equal(bpf_map__map_flags(map), schema_maps[i].flags);
	}
	bpf_object__close(object);
}

static void test_schema_check_fd_asks_the_kernel(void **state)
{
	char difference[SCHEMA_DIFFERENCE_MAX];
	uint32_t id = 0;
	int fd;

	(void)state;
	fixture_need();
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "any", 4, sizeof(struct steer_node),
			    STEER_MAX_NODES, NULL);
	assert_true(fd >= 0);
	assert_int_equal(schema_check_fd(SCHEMA_NODES, fd, &id, difference), 0);
	assert_int_not_equal(id, 0);
	assert_int_equal(schema_check_fd(SCHEMA_MACS, fd, &id, difference), -EPROTO);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema_names_fit_the_kernel),
		cmocka_unit_test(test_schema_check_names_the_difference),
		cmocka_unit_test(test_schema_is_that_of_the_object),
		cmocka_unit_test(test_schema_check_fd_asks_the_kernel),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
