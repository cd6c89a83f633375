// SPDX-License-Identifier: GPL-2.0
#include "opened.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>
#include <linux/if_link.h>

static void test_open_adopts_what_it_left(void **state)
{
	struct datapath *datapath;
	uint32_t id;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	id = info_of(datapath).program_id;
	mark(datapath, 7);
	datapath_set_state(datapath, 3, 5, STEER_STATE_SERVING);
	datapath_close(datapath);
	datapath = fixture_open("st0");
	assert_true(info_of(datapath).adopted);
	assert_int_equal(info_of(datapath).program_id, id);
	assert_int_equal(marked(datapath), 7);
	assert_int_equal(datapath_get_state(datapath, 3, 5), STEER_STATE_SERVING);
	datapath_close(datapath);
}

/* The kernel finds programs and maps by id for CAP_SYS_ADMIN alone. */
static void test_open_adopts_what_it_left_without_that_right(void **state)
{
	struct datapath *datapath;
	struct datapath_info before, after;
	pid_t child;
	int status;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	datapath_get_info(datapath, 0, &before);
	datapath_close(datapath);
	child = fork();
	if (!child) {
		struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
		struct __user_cap_data_struct few[2] = { { .effective = 1U << CAP_NET_ADMIN } };

		few[0].permitted = few[0].effective;
		few[1].effective = few[1].permitted =
			1U << (CAP_BPF - 32) | 1U << (CAP_PERFMON - 32);
		if (syscall(SYS_capset, &header, few))
			_exit(100);
		datapath = fixture_open("st0");
		datapath_get_info(datapath, 0, &after);
		_exit(after.adopted && after.program_id == before.program_id &&
				      datapath_is_attached(datapath, 0)
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_open_adopts_what_others_attached(void **state)
{
	struct datapath *datapath;
	struct datapath_info info;

	(void)state;
	fixture_need();
	assert_int_equal(fixture_run("ip link set dev st0 xdpdrv obj %s sec xdp", fixture_object),
			 0);
	datapath = fixture_open("st0");
	info = info_of(datapath);
	assert_true(info.adopted);
	assert_int_equal(info.program_id, runs("st0"));
	assert_int_equal(info.mode, DATAPATH_MODE_NATIVE);
	mark(datapath, 9);
	datapath_close(datapath);
	/* What was written is what the program reads: its maps are pinned now. */
	assert_int_equal(
		datapath_open_pinned(&(struct datapath_options){ .pin_root = fixture_root },
				     &datapath, NULL),
		0);
	assert_int_equal(marked(datapath), 9);
	datapath_close(datapath);
}

static void test_open_says_that_an_adopted_program_is_generic(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	assert_int_equal(
		fixture_run("ip link set dev st0 xdpgeneric obj %s sec xdp", fixture_object), 0);
	datapath = fixture_open("st0");
	assert_int_equal(info_of(datapath).mode, DATAPATH_MODE_GENERIC);
	datapath_close(datapath);
}

static void test_open_uses_pinned_maps_when_nothing_is_attached(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	mark(datapath, 11);
	datapath_close(datapath);
	assert_int_equal(fixture_run("ip link set dev st0 xdp off"), 0);
	datapath = fixture_open("st0");
	assert_false(info_of(datapath).adopted);
	assert_int_equal(marked(datapath), 11);
	datapath_close(datapath);
}

static void test_open_completes_pins(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	mark(datapath, 12);
	datapath_close(datapath);
	assert_int_equal(fixture_run("rm %s/v%d/steer_nodes", fixture_root, STEER_SCHEMA), 0);
	datapath_close(fixture_open("st0"));
	assert_int_equal(fixture_run("test -e %s/v%d/steer_nodes", fixture_root, STEER_SCHEMA), 0);
	assert_int_equal(fixture_run("ip link set dev st0 xdp off && rm %s/v%d/steer_nodes",
				     fixture_root, STEER_SCHEMA),
			 0);
	datapath = fixture_open("st0");
	assert_int_equal(marked(datapath), 12);
	datapath_close(datapath);
}

static void test_open_prefers_the_attached_maps_to_stale_pins(void **state)
{
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	mark(datapath, 13);
	datapath_close(datapath);
	assert_int_equal(
		fixture_run("ip link set dev st0 xdp off && ip link set dev st0 xdpdrv obj "
			    "%s sec xdp",
			    fixture_object),
		0);
	datapath = fixture_open("st0");
	assert_true(info_of(datapath).adopted);
	assert_int_equal(marked(datapath), 0);
	datapath_close(datapath);
}

static void test_open_leaves_the_pins_of_another_interface(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	mark(datapath, 14);
	datapath_close(datapath);
	assert_int_equal(fixture_run("ip link set dev st1 xdpdrv obj %s sec xdp", fixture_object),
			 0);
	assert_int_equal(datapath_open(&options, "st1", DATAPATH_MODE_NATIVE, &datapath, &error),
			 -EEXIST);
	assert_contains(error.text, "st0");
	assert_contains(error.text, "st1");
	datapath = fixture_open("st0");
	assert_int_equal(marked(datapath), 14);
	datapath_close(datapath);
}

static void test_open_refuses_an_attached_program_of_another_version(void **state)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct datapath *datapath = NULL;
	struct bpf_object *object;
	uint32_t id;

	(void)state;
	fixture_need();
	object = bpf_object__open_file(fixture_object, NULL);
	assert_non_null(object);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "steer_macs"), 16);
	assert_int_equal(bpf_object__load(object), 0);
	assert_int_equal(
		bpf_xdp_attach(if_nametoindex("st0"),
			       bpf_program__fd(bpf_object__find_program_by_name(object, "steer")),
			       XDP_FLAGS_DRV_MODE, NULL),
		0);
	bpf_object__close(object);
	id = runs("st0");
	assert_int_equal(datapath_open(&options, "st0", DATAPATH_MODE_NATIVE, &datapath, &error),
			 -EPROTO);
	assert_contains(error.text, "steer_macs: entries 16, here 8192");
	assert_contains(error.text, "steer unload st0");
	assert_int_equal(runs("st0"), id);
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_int_equal(runs("st0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_open_adopts_what_it_left),
		fixture_test(test_open_adopts_what_it_left_without_that_right),
		fixture_test(test_open_adopts_what_others_attached),
		fixture_test(test_open_says_that_an_adopted_program_is_generic),
		fixture_test(test_open_uses_pinned_maps_when_nothing_is_attached),
		fixture_test(test_open_completes_pins),
		fixture_test(test_open_prefers_the_attached_maps_to_stale_pins),
		fixture_test(test_open_leaves_the_pins_of_another_interface),
		fixture_test(test_open_refuses_an_attached_program_of_another_version),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
