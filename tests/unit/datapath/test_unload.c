// SPDX-License-Identifier: GPL-2.0
#include "opened.h"

#include <linux/if_link.h>

static int pinned(void)
{
	return !fixture_run("test -e %s/v%d/steer_nodes", fixture_root, STEER_SCHEMA);
}

static void test_unload_leaves_nothing(void **state)
{
	const struct datapath_options options = fixture_options();

	(void)state;
	fixture_need();
	datapath_close(fixture_open("st0"));
	assert_true(pinned());
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_int_equal(runs("st0"), 0);
	assert_int_equal(fixture_run("test ! -e %s", fixture_root), 0);
}

static void test_unload_removes_generic_too(void **state)
{
	const struct datapath_options options = fixture_options();

	(void)state;
	fixture_need();
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_GENERIC, NULL), 0);
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_int_equal(runs("st0"), 0);
}

static void test_unload_says_when_there_is_nothing(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};

	(void)state;
	fixture_need();
	assert_int_equal(datapath_unload(&options, "st0", &error), -ENOENT);
	assert_contains(error.text, "st0");
	assert_int_equal(datapath_unload(&options, "nosuch0", &error), -ENODEV);
	assert_contains(error.text, "nosuch0");
}

static void test_unload_keeps_the_pins_of_another_interface(void **state)
{
	const struct datapath_options options = fixture_options();

	(void)state;
	fixture_need();
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(datapath_load(&options, "st1", DATAPATH_MODE_NATIVE, NULL), 0);
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_true(pinned());
	assert_int_not_equal(runs("st1"), 0);
	assert_int_equal(datapath_unload(&options, "st1", NULL), 0);
	assert_false(pinned());
}

/* A daemon keeps its maps, and the next unload, after it, cleans up. */
static void test_unload_keeps_the_pins_of_a_daemon(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_false(datapath_is_attached(datapath, 0));
	assert_true(pinned());
	datapath_close(datapath);
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_false(pinned());
	assert_int_equal(datapath_unload(&options, "st0", NULL), -ENOENT);
}

static void test_unload_removes_pins_of_another_schema(void **state)
{
	const struct datapath_options options = fixture_options();

	(void)state;
	fixture_need();
	assert_int_equal(fixture_run("mkdir %s/v99 && ip link set dev st0 xdpdrv obj %s sec xdp",
				     fixture_root, fixture_object),
			 0);
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_int_equal(fixture_run("test ! -e %s/v99", fixture_root), 0);
}

static void test_unload_leaves_the_program_of_others(void **state)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct datapath_options options = fixture_options();
	uint32_t visitor;
	int fd;

	(void)state;
	fixture_need();
	/* Even one that has our name, but not our maps. */
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "steer", "GPL", pass, 2, NULL);
	assert_int_equal(bpf_xdp_attach(if_nametoindex("st0"), fd, XDP_FLAGS_DRV_MODE, NULL), 0);
	close(fd);
	visitor = runs("st0");
	assert_int_equal(datapath_unload(&options, "st0", NULL), -ENOENT);
	assert_int_equal(runs("st0"), visitor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_unload_leaves_nothing),
		fixture_test(test_unload_removes_generic_too),
		fixture_test(test_unload_says_when_there_is_nothing),
		fixture_test(test_unload_keeps_the_pins_of_another_interface),
		fixture_test(test_unload_keeps_the_pins_of_a_daemon),
		fixture_test(test_unload_removes_pins_of_another_schema),
		fixture_test(test_unload_leaves_the_program_of_others),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
