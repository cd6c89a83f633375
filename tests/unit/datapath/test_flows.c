// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static __u32 table_id(const struct datapath *datapath, __u32 service)
{
	__u32 id = 0;

	bpf_map_lookup_elem(datapath->map[SCHEMA_FLOWS], &service, &id);
	return id;
}

/* As the program does. */
static void add_flows(const struct datapath *datapath, __u32 service, size_t n)
{
	int fd = bpf_map_get_fd_by_id(table_id(datapath, service));

	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++) {
		const struct steer_flow_entry entry = { .node = 3 };
		const struct steer_flow flow = { .sport = i, .protocol = 17 };

		assert_int_equal(bpf_map_update_elem(fd, &flow, &entry, BPF_ANY), 0);
	}
	close(fd);
}

static void test_flows_of_a_table_are_counted(void **state)
{
	struct datapath *datapath;
	struct datapath_flow_table table = { .flows = 77 };

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_count_flows(datapath, 6, &table), -ENOENT);
	assert_int_equal(table.flows, 77);
	assert_int_equal(datapath_set_flow_table(datapath, 6, 65536, NULL), 0);
	assert_int_equal(datapath_count_flows(datapath, 6, &table), 0);
	assert_int_equal(table.flows, 0);
	add_flows(datapath, 6, 20000);
	assert_int_equal(datapath_count_flows(datapath, 6, &table), 0);
	assert_int_equal(table.flows, 20000);
	assert_int_equal(table.entries, 65536);
	datapath_close(datapath);
}

static void test_flows_outlive_the_daemon(void **state)
{
	struct datapath *datapath;
	struct datapath_flow_table table = {};
	__u32 id;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_flow_table(datapath, 0, 4096, NULL), 0);
	id = table_id(datapath, 0);
	add_flows(datapath, 0, 10);
	datapath_close(datapath);
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_flow_table(datapath, 0, 4096, NULL), 0);
	assert_int_equal(table_id(datapath, 0), id);
	assert_int_equal(datapath_count_flows(datapath, 0, &table), 0);
	assert_int_equal(table.flows, 10);
	datapath_close(datapath);
}

/* So that what was inserted and is not there any more was evicted. */
static void test_flows_of_a_new_size_start_anew(void **state)
{
	const __u32 service = 4;
	struct steer_service_stats stats = {};
	struct datapath *datapath;
	struct datapath_flow_table table = { .flows = 1 };
	void *values;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_flow_table(datapath, service, 4096, NULL), 0);
	add_flows(datapath, service, 10);
	values = calloc(datapath->n_cpus, sizeof(stats));
	memset(values, 1, datapath->n_cpus * sizeof(stats));
	assert_int_equal(
		bpf_map_update_elem(datapath->map[SCHEMA_SERVICE_STATS], &service, values, BPF_ANY),
		0);
	free(values);
	assert_int_equal(datapath_set_flow_table(datapath, service, 8192, NULL), 0);
	assert_int_equal(datapath_count_flows(datapath, service, &table), 0);
	assert_int_equal(table.flows, 0);
	assert_int_equal(datapath_read_service(datapath, service, &stats), 0);
	assert_int_equal(stats.flow_misses, 0);
	datapath_close(datapath);
}

static void test_flows_are_removed(void **state)
{
	struct datapath *datapath;
	struct datapath_flow_table table;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_flow_table(datapath, 1, 4096, NULL), 0);
	assert_int_equal(datapath_set_flow_table(datapath, 1, 0, NULL), 0);
	assert_int_equal(datapath_count_flows(datapath, 1, &table), -ENOENT);
	assert_int_equal(datapath_set_flow_table(datapath, 1, 0, NULL), 0);
	datapath_close(datapath);
}

static void set_some(struct datapath *datapath, const uint16_t services[3])
{
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(datapath_set_flow_table(datapath, services[i], 4096, NULL), 0);
}

static void keep_one(struct datapath *datapath, const uint16_t services[3], uint16_t kept)
{
	bool wanted[STEER_MAX_SERVICES] = {};
	struct datapath_flow_table table;

	wanted[kept] = true;
	assert_int_equal(datapath_keep_flow_tables(datapath, wanted), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(datapath_count_flows(datapath, services[i], &table),
				 services[i] == kept ? 0 : -ENOENT);
}

/* Those that are left over are known by their pins, after a restart, or as they are still open. */
static void test_flows_are_kept_for_some(void **state)
{
	static const uint16_t services[] = { 0, 7, STEER_MAX_SERVICES - 1 };
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	set_some(datapath, services);
	datapath_close(datapath);
	datapath = fixture_open("st0");
	keep_one(datapath, services, 7);
	set_some(datapath, services);
	assert_int_equal(fixture_run("rm %s/v%d/steer_flows_*", fixture_root, STEER_SCHEMA), 0);
	keep_one(datapath, services, 7);
	datapath_close(datapath);
}

static void test_flows_refuse_what_does_not_fit(void **state)
{
	struct datapath_error error = {};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_flow_table(datapath, 1, STEER_MAX_FLOWS + 1, &error),
			 -EINVAL);
	assert_contains(error.text, "at most 4194304 entries");
	assert_int_equal(datapath_set_flow_table(datapath, STEER_MAX_SERVICES, 1, NULL), -EINVAL);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_flows_of_a_table_are_counted),
		fixture_test(test_flows_outlive_the_daemon),
		fixture_test(test_flows_of_a_new_size_start_anew),
		fixture_test(test_flows_are_removed),
		cmocka_unit_test(test_flows_are_kept_for_some),
		fixture_test(test_flows_refuse_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
