// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

/* A value of every CPU, its 64-bit words being base, 2 * base, base + 1, 2 * (base + 1), … */
static void write_words(const struct datapath *datapath, enum schema_map map, __u32 key,
			uint64_t base)
{
	size_t n_words = schema_maps[map].value_bytes / sizeof(__u64);
	__u64 *words = calloc(datapath->n_cpus, n_words * sizeof(*words));

	for (size_t i = 0; i < datapath->n_cpus * n_words; i++)
		words[i] = (base + i % n_words / 2) << (i % n_words & 1);
	assert_int_equal(bpf_map_update_elem(datapath->map[map], &key, words, BPF_ANY), 0);
	free(words);
}

static void assert_counter(const struct steer_counter *counter, uint64_t packets)
{
	assert_int_equal(counter->packets, packets);
	assert_int_equal(counter->bytes, 2 * packets);
}

static void test_stats_are_summed_over_cpus(void **state)
{
	struct steer_counter verdicts[STEER_VERDICT_COUNT];
	struct steer_service_stats service;
	struct steer_node_stats node;
	struct datapath *datapath;
	uint64_t n;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	n = datapath->n_cpus;
	write_words(datapath, SCHEMA_VERDICTS, 0, 100);
	write_words(datapath, SCHEMA_SERVICE_STATS, 9, 1000);
	write_words(datapath, SCHEMA_NODE_STATS, 11, 5);
	assert_int_equal(datapath_read_verdicts(datapath, verdicts), 0);
	for (size_t i = 0; i < STEER_VERDICT_COUNT; i++)
		assert_counter(&verdicts[i], n * (100 + i));
	assert_int_equal(datapath_read_service(datapath, 9, &service), 0);
	for (size_t i = 0; i < STEER_CLASSES; i++)
		assert_counter(&service.by_class[i], n * (1000 + i));
	/* An odd number of words: the CPUs' values lie directly one behind the other. */
	assert_int_equal(service.flow_hits, n * (1000 + STEER_CLASSES));
	assert_int_equal(service.flow_misses, n * 2 * (1000 + STEER_CLASSES));
	assert_int_equal(service.flow_moved, n * (1000 + STEER_CLASSES + 1));
	assert_int_equal(datapath_read_service(datapath, 8, &service), 0);
	assert_counter(&service.by_class[0], 0);
	assert_int_equal(datapath_read_node(datapath, 11, &node), 0);
	assert_counter(&node.sent, n * 5);
	assert_counter(&node.dropped, n * 6);
	datapath_close(datapath);
}

static void test_stats_failure_leaves_the_output(void **state)
{
	struct steer_node_stats node = { .sent = { 1, 2 } };
	struct steer_service_stats service = { .by_class = { { 3, 4 } } };
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_read_node(datapath, STEER_MAX_NODES, &node), -ENOENT);
	assert_int_equal(node.sent.bytes, 2);
	assert_int_equal(datapath_read_service(datapath, STEER_MAX_SERVICES, &service), -ENOENT);
	assert_int_equal(service.by_class[0].bytes, 4);
	datapath_close(datapath);
}

/* One packet through the program is one packet in the counters. */
static void test_stats_count_what_the_program_does(void **state)
{
	struct steer_counter before[STEER_VERDICT_COUNT], after[STEER_VERDICT_COUNT];
	unsigned char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	if (datapath->interface[0].attachment.dispatcher) {
		datapath_close(datapath);
		print_message("skipped: a program in a dispatcher cannot be run alone\n");
		skip();
	}
	assert_int_equal(datapath_read_verdicts(datapath, before), 0);
	assert_int_equal(bpf_prog_test_run_opts(datapath->interface[0].attachment.program_fd, &run),
			 0);
	assert_int_equal(datapath_read_verdicts(datapath, after), 0);
	assert_true(after[STEER_V_PASS_UNCONFIGURED].packets >
		    before[STEER_V_PASS_UNCONFIGURED].packets);
	assert_true(after[STEER_V_PASS_UNCONFIGURED].bytes >=
		    before[STEER_V_PASS_UNCONFIGURED].bytes + sizeof(packet));
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_stats_are_summed_over_cpus),
		fixture_test(test_stats_failure_leaves_the_output),
		fixture_test(test_stats_count_what_the_program_does),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
