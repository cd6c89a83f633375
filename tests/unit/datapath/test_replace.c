// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static struct datapath_error replace_error;

static int replace(const char *interface, const char *object)
{
	struct datapath_options options = fixture_options();
	const char *b = getenv("B");
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", b ? b : "build", object);
	options.object = path;
	memset(&replace_error, 0, sizeof(replace_error));
	return datapath_replace(&options, interface, &replace_error);
}

static void need(const char *object)
{
	const char *b = getenv("B");
	char path[256];

	fixture_need();
	snprintf(path, sizeof(path), "%s/%s", b ? b : "build", object);
	if (!access(path, R_OK))
		return;
	print_message("skipped: no %s: make tools\n", path);
	skip();
}

static void test_replace_keeps_the_maps(void **state)
{
	const struct steer_settings settings = { .schema = STEER_SCHEMA, .generation = 7 };
	struct datapath_info before, after;
	struct steer_settings now = {};
	struct datapath *datapath;

	(void)state;
	need("test/other_program.bpf.o");
	datapath = fixture_open("st0");
	datapath_get_info(datapath, 0, &before);
	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
	if (replace("st0", "test/other_program.bpf.o"))
		fail_msg("%s", replace_error.text);
	assert_false(datapath_is_attached(datapath, 0));
	assert_int_equal(datapath_follow(datapath, 0), 0);
	assert_true(datapath_is_attached(datapath, 0));
	datapath_get_info(datapath, 0, &after);
	assert_int_not_equal(before.program_id, after.program_id);
	assert_string_not_equal(before.program_tag, after.program_tag);
	assert_int_equal(before.mode, after.mode);
	datapath_close(datapath);

	datapath = fixture_open("st0");
	assert_int_equal(datapath_get_settings(datapath, &now), 0);
	assert_int_equal(now.generation, 7);
	assert_int_equal(replace("st0", "steer.bpf.o"), 0);
	assert_int_equal(datapath_follow(datapath, 0), 0);
	datapath_get_info(datapath, 0, &after);
	assert_string_equal(before.program_tag, after.program_tag);
	datapath_close(datapath);
}

/* Whatever is refused leaves the program that runs where it is. */
static void test_replace_refuses_another_layout(void **state)
{
	struct steer_settings settings = { .schema = STEER_SCHEMA + 1 };
	struct datapath *datapath;

	(void)state;
	need("test/other_schema.bpf.o");
	datapath = fixture_open("st0");
	assert_int_equal(replace("st0", "test/other_schema.bpf.o"), -EPROTO);
	assert_contains(replace_error.text, "is of another version of Steer");
	assert_contains(replace_error.text, "steer_routers");
	assert_true(datapath_is_attached(datapath, 0));

	/* The same sizes, but whoever has written them says that they mean something else. */
	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
	assert_int_equal(replace("st0", "steer.bpf.o"), -EPROTO);
	assert_contains(replace_error.text, "maps of schema");
	assert_true(datapath_is_attached(datapath, 0));
	datapath_close(datapath);
}

static void test_replace_refuses_what_is_no_program(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_true(replace("st0", "nonexistent.o") < 0);
	assert_contains(replace_error.text, "nonexistent.o");
	assert_true(replace("st0", "steer") < 0);
	assert_contains(replace_error.text, "BPF object format invalid");
	assert_true(datapath_is_attached(datapath, 0));
	datapath_close(datapath);
}

static void test_replace_wants_one_that_runs(void **state)
{
	(void)state;
	fixture_need();
	assert_int_equal(replace("st0", "steer.bpf.o"), -ENOENT);
	assert_contains(replace_error.text, "st0 runs no XDP program");
	assert_int_equal(replace("nosuch0", "steer.bpf.o"), -ENODEV);
	assert_int_equal(datapath_load(&(struct datapath_options){ .object = fixture_object,
								   .pin_root = fixture_root },
				       "lo", DATAPATH_MODE_GENERIC, NULL),
			 0);
	assert_int_equal(replace("lo", "steer.bpf.o"), 0);
}

/* What a program with maps of its own is, is not followed; what has come back is. */
static void test_replace_follow_compares_the_maps(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_options elsewhere = fixture_options();
	struct datapath *datapath;
	char root[96];

	(void)state;
	fixture_need();
	snprintf(root, sizeof(root), "%s/elsewhere", fixture_root);
	elsewhere.pin_root = root;
	datapath = fixture_open("st0");
	assert_int_equal(fixture_run("ip link set dev st0 xdp off"), 0);
	assert_int_equal(datapath_follow(datapath, 0), -ENOENT);
	assert_int_equal(datapath_load(&elsewhere, "st0", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(datapath_follow(datapath, 0), -ENOENT);
	assert_int_equal(datapath_follow(datapath, 0), -ENOENT);
	assert_int_equal(datapath_unload(&elsewhere, "st0", NULL), 0);
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(datapath_follow(datapath, 0), 0);
	assert_true(datapath_is_attached(datapath, 0));
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_replace_keeps_the_maps),
		fixture_test(test_replace_refuses_another_layout),
		fixture_test(test_replace_refuses_what_is_no_program),
		fixture_test(test_replace_wants_one_that_runs),
		fixture_test(test_replace_follow_compares_the_maps),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
