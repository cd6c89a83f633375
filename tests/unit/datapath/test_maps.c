// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static void test_maps_settings_come_back(void **state)
{
	const struct steer_settings settings = { .schema = STEER_SCHEMA,
						 .self = 3,
						 .flags = STEER_HAVE_PREFIXES };
	struct steer_settings now = {};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_get_settings(datapath, &now), 0);
	assert_int_equal(now.self, STEER_NODE_NONE);
	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
	assert_int_equal(datapath_get_settings(datapath, &now), 0);
	assert_memory_equal(&now, &settings, sizeof(now));
	datapath_close(datapath);
}

static void test_maps_reflector_and_nodes_are_written(void **state)
{
	const struct steer_reflector reflector = { .discriminator = 77 };
	const struct steer_node node = { .forward = STEER_FORWARD_L2, .ifindex = 9 };
	struct steer_reflector reflector_now = {};
	struct steer_node node_now = {};
	struct datapath *datapath;
	__u32 zero = 0, last = STEER_MAX_NODES - 1;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_reflector(datapath, &reflector), 0);
	bpf_map_lookup_elem(datapath->map[SCHEMA_REFLECTOR], &zero, &reflector_now);
	assert_memory_equal(&reflector, &reflector_now, sizeof(reflector));
	assert_int_equal(datapath_set_node(datapath, last, &node), 0);
	bpf_map_lookup_elem(datapath->map[SCHEMA_NODES], &last, &node_now);
	assert_memory_equal(&node, &node_now, sizeof(node));
	assert_int_equal(datapath_set_node(datapath, STEER_NODE_NONE, &node), -EINVAL);
	assert_int_equal(datapath_set_node(datapath, STEER_MAX_NODES, &node), -EINVAL);
	datapath_close(datapath);
}

static void test_maps_macs_fill_up_and_empty(void **state)
{
	const struct steer_mac mac = { .node = 4 };
	struct steer_mac_key key = {};
	struct datapath *datapath;
	int error = 0;
	uint16_t n;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	for (n = 0; n < 8 * STEER_MAX_NODES; n++) {
		memcpy(key.mac, &n, sizeof(n));
		assert_int_equal(datapath_set_mac(datapath, &key, &mac), 0);
		assert_int_equal(datapath_set_mac(datapath, &key, &mac), 0);
	}
	/* The kernel keeps a few spare elements per CPU. */
	for (; !error && n < 9 * STEER_MAX_NODES; n++) {
		memcpy(key.mac, &n, sizeof(n));
		error = datapath_set_mac(datapath, &key, &mac);
	}
	assert_int_equal(error, -ENOSPC);
	n = 0;
	memcpy(key.mac, &n, sizeof(n));
	assert_int_equal(datapath_delete_mac(datapath, &key), 0);
	assert_int_equal(datapath_delete_mac(datapath, &key), 0);
	datapath_close(datapath);
}

static bool has_peer(const struct datapath *datapath, const struct datapath_peer *peer)
{
	struct steer_peer now = {};

	return !bpf_map_lookup_elem(datapath->map[SCHEMA_PEERS], &peer->addr, &now) &&
	       now.node == peer->value.node;
}

static void test_maps_peers_are_exactly_those(void **state)
{
	const struct datapath_peer peers[] = {
		{ .addr = { { 1, 2, 3, 4 } }, .value = { .node = 1 } },
		{ .addr = { { 1, 2, 3, 5 } }, .value = { .node = 2 } },
		{ .addr = { { 1, 2, 3, 6 } }, .value = { .node = 2 } },
	};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_peers(datapath, peers, 2), 0);
	assert_true(has_peer(datapath, &peers[0]) && has_peer(datapath, &peers[1]));
	assert_int_equal(datapath_set_peers(datapath, peers + 1, 2), 0);
	assert_false(has_peer(datapath, &peers[0]));
	assert_true(has_peer(datapath, &peers[1]) && has_peer(datapath, &peers[2]));
	assert_int_equal(datapath_set_peers(datapath, NULL, 0), 0);
	assert_false(has_peer(datapath, &peers[1]));
	datapath_close(datapath);
}

static void test_maps_routers_are_exactly_those(void **state)
{
	static const struct steer_addr routers[] = {
		{ { 0, 0, 0xffff0000, 1 } },
		{ { 0xb80d0120, 0, 0, 1 } },
	};
	struct datapath *datapath;
	uint32_t now;
	int fd;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	fd = datapath->map[SCHEMA_ROUTERS];
	assert_int_equal(datapath_set_routers(datapath, routers, 2), 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &routers[0], &now), 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &routers[1], &now), 0);
	assert_int_equal(datapath_set_routers(datapath, routers + 1, 1), 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &routers[0], &now), -ENOENT);
	assert_int_equal(bpf_map_lookup_elem(fd, &routers[1], &now), 0);
	assert_int_equal(datapath_set_routers(datapath, NULL, 0), 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &routers[1], &now), -ENOENT);
	datapath_close(datapath);
}

static void test_maps_devs_are_exactly_those(void **state)
{
	uint32_t devs[2], now = 0;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	devs[0] = if_nametoindex("st0");
	devs[1] = if_nametoindex("st1");
	datapath = fixture_open("st0");
	assert_int_equal(datapath_set_devs(datapath, devs, 2), 0);
	assert_int_equal(bpf_map_lookup_elem(datapath->map[SCHEMA_DEVS], &devs[1], &now), 0);
	assert_int_equal(now, devs[1]);
	assert_int_equal(datapath_set_devs(datapath, devs, 1), 0);
	assert_int_equal(bpf_map_lookup_elem(datapath->map[SCHEMA_DEVS], &devs[0], &now), 0);
	assert_int_equal(bpf_map_lookup_elem(datapath->map[SCHEMA_DEVS], &devs[1], &now), -ENOENT);
	datapath_close(datapath);
}

/* The program reads the map, the daemon writes memory: the same bytes. */
static void test_maps_state_is_one_byte_of_the_map(void **state)
{
	struct steer_pool_states states = {}, want = {};
	__u32 pool = STEER_MAX_POOLS - 1;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	datapath_set_state(datapath, pool, STEER_MAX_NODES - 1, STEER_STATE_LIVE);
	datapath_set_state(datapath, pool, 1, STEER_STATE_SERVING);
	want.node[STEER_MAX_NODES - 1] = STEER_STATE_LIVE;
	want.node[1] = STEER_STATE_SERVING;
	assert_int_equal(bpf_map_lookup_elem(datapath->map[SCHEMA_STATES], &pool, &states), 0);
	assert_memory_equal(&states, &want, sizeof(states));
	assert_int_equal(datapath_get_state(datapath, pool, 1), STEER_STATE_SERVING);
	datapath_set_state(datapath, STEER_MAX_POOLS, 1, 1);
	datapath_set_state(datapath, pool, STEER_MAX_NODES, 1);
	assert_int_equal(datapath_get_state(datapath, STEER_MAX_POOLS, 1), 0);
	assert_int_equal(datapath_get_state(datapath, pool, STEER_MAX_NODES), 0);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_maps_settings_come_back),
		fixture_test(test_maps_reflector_and_nodes_are_written),
		fixture_test(test_maps_macs_fill_up_and_empty),
		fixture_test(test_maps_peers_are_exactly_those),
		fixture_test(test_maps_routers_are_exactly_those),
		fixture_test(test_maps_devs_are_exactly_those),
		fixture_test(test_maps_state_is_one_byte_of_the_map),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
