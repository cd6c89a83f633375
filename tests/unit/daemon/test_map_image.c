// SPDX-License-Identifier: GPL-2.0
#include "daemon/map_image.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/fragment_config.h"
#include "config/address.h"

static struct cluster_node node = { .name = "n1", .id = 7 };

/* Pools and services of these names; service i is of pool i, with VIP 198.51.100.(vip[i]). */
static struct cluster cluster_of(struct cluster_pool *pools, struct cluster_service *services,
				 const char *const *names, const int *vips, size_t n)
{
	struct cluster cluster = {
		.nodes = &node,
		.n_nodes = 1,
		.pools = pools,
		.n_pools = n,
		.services = services,
		.n_services = n,
	};

	for (size_t i = 0; i < n; i++) {
		char vip[32];

		snprintf(vip, sizeof(vip), "198.51.100.%d", vips[i]);
		memset(&pools[i], 0, sizeof(pools[i]));
		memset(&services[i], 0, sizeof(services[i]));
		snprintf(pools[i].name, sizeof(pools[i].name), "%s", names[i]);
		snprintf(services[i].name, sizeof(services[i].name), "%s", names[i]);
		assert_int_equal(address_parse(vip, &services[i].vip), 0);
		services[i].prefix_bits = 128;
		services[i].port = 80;
		services[i].pool = i;
	}
	return cluster;
}

static int make_daemon(void **state)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));

	if (!daemon)
		return -1;
	daemon->state = state_new();
	if (!daemon->state)
		return -1;
	/* Few, so that they are used up soon. */
	index_alloc_free(&daemon->state->pool_index);
	index_alloc_free(&daemon->state->service_index);
	index_alloc_free(&daemon->state->vip_index);
	*state = daemon;
	return index_alloc_init(&daemon->state->pool_index, 4) < 0 ||
			       index_alloc_init(&daemon->state->service_index, 4) < 0 ||
			       index_alloc_init(&daemon->state->vip_index, 4) < 0
		       ? -1
		       : 0;
}

static int remove_daemon(void **state)
{
	struct daemon *daemon = *state;

	state_free(daemon->state);
	free(daemon);
	return 0;
}

static void test_map_image_names_keep_their_indices(void **state)
{
	struct daemon *daemon = *state;
	struct cluster_pool pools[3];
	struct cluster_service services[3];
	const char *const before[] = { "a", "b" }, *const after[] = { "new", "b", "a" };
	struct cluster cluster = cluster_of(pools, services, before, (int[]){ 1, 2 }, 2);
	struct map_image first = {}, second = {};

	assert_int_equal(map_image_make(daemon, &cluster, &first), 0);
	assert_int_equal(index_alloc_copy(&daemon->state->pool_index, &first.pool_index), 0);
	assert_int_equal(index_alloc_copy(&daemon->state->service_index, &first.service_index), 0);
	assert_int_equal(index_alloc_copy(&daemon->state->vip_index, &first.vip_index), 0);
	cluster = cluster_of(pools, services, after, (int[]){ 3, 2, 1 }, 3);
	assert_int_equal(map_image_make(daemon, &cluster, &second), 0);
	assert_memory_equal(&second.services[1], &first.services[1], sizeof(*first.services));
	assert_memory_equal(&second.services[2], &first.services[0], sizeof(*first.services));
	assert_int_not_equal(second.services[0].value.pool, first.services[0].value.pool);
	assert_int_not_equal(second.services[0].value.pool, first.services[1].value.pool);
	map_image_free(&first);
	map_image_free(&second);
}

static void test_map_image_services_share_a_vip(void **state)
{
	struct cluster_pool pools[2];
	struct cluster_service services[2];
	const char *const names[] = { "a", "b" };
	struct cluster cluster = cluster_of(pools, services, names, (int[]){ 1, 1 }, 2);
	struct map_image image = {};

	services[1].port = 443;
	assert_int_equal(map_image_make(*state, &cluster, &image), 0);
	assert_int_equal(image.n_vips, 1);
	assert_int_equal(image.services[0].key.vip, image.services[1].key.vip);
	assert_int_equal(image.services[1].key.port, htons(443));
	assert_int_equal(image.settings.self, 7);
	assert_int_equal(image.settings.flags, 0);
	map_image_free(&image);
}

static void test_map_image_vips_know_their_protocols(void **state)
{
	struct cluster_pool pools[3];
	struct cluster_service services[3];
	const char *const names[] = { "a", "b", "c" };
	struct cluster cluster = cluster_of(pools, services, names, (int[]){ 1, 1, 2 }, 3);
	struct map_image image = {};

	services[0].protocol = IPPROTO_TCP;
	services[1].protocol = IPPROTO_UDP;
	services[2].protocol = IPPROTO_SCTP;
	assert_int_equal(map_image_make(*state, &cluster, &image), 0);
	assert_int_equal(image.n_vips, 2);
	assert_int_equal(image.vips[0].value.protocols, STEER_VIP_TCP | STEER_VIP_UDP);
	assert_int_equal(image.vips[1].value.protocols, STEER_VIP_SCTP);
	map_image_free(&image);
}

static void test_map_image_services_say_how_they_hash(void **state)
{
	struct cluster_pool pools[2];
	struct cluster_service services[2];
	const char *const names[] = { "a", "b" };
	struct cluster cluster = cluster_of(pools, services, names, (int[]){ 1, 2 }, 2);
	struct map_image image = {};

	services[0].hash_kind = STEER_HASH_CID;
	services[0].cid_rotation = 3;
	services[0].cid_bytes = 2;
	services[1].hash_kind = STEER_HASH_PREFIX;
	services[1].prefix4_bits = 24;
	services[1].prefix6_bits = 56;
	services[1].flow_entries = 1000;
	assert_int_equal(map_image_make(*state, &cluster, &image), 0);
	assert_int_equal(image.services[0].value.hash_kind, STEER_HASH_CID);
	assert_int_equal(image.services[0].value.cid_rotation, 3);
	assert_int_equal(image.services[0].value.cid_bytes, 2);
	assert_int_equal(image.services[0].value.flags, 0);
	assert_int_equal(image.services[1].value.prefix4_bits, 24);
	assert_int_equal(image.services[1].value.prefix6_bits, 56);
	assert_int_equal(image.services[1].value.flags, STEER_SERVICE_FLOWS);
	map_image_free(&image);
}

/* Who may send GUE, and who collects fragments: neither ourselves nor agentless nodes the one. */
static void test_map_image_agentless_nodes_send_and_collect_nothing(void **state)
{
	static const struct steer_addr four = { { 0, 0, 1, 4 } }, six = { { 0, 0, 1, 6 } };
	struct cluster_node nodes[] = {
		{ .id = 1, .addr4 = four },
		{ .id = 2, .addr4 = four, .addr6 = six },
		{ .id = 3, .addr4 = four, .agentless = true },
	};
	struct cluster cluster = { .nodes = nodes, .n_nodes = 3, .self = 0 };
	struct map_image image = {};
	struct cluster_pool pool;

	assert_int_equal(map_image_make(*state, &cluster, &image), 0);
	assert_int_equal(image.n_peers, 2);
	assert_int_equal(image.peers[0].value.node, 2);
	assert_memory_equal(&image.peers[0].addr, &four, sizeof(four));
	assert_memory_equal(&image.peers[1].addr, &six, sizeof(six));
	map_image_free(&image);
	assert_int_equal(fragment_config_make(&cluster, &pool), 0);
	assert_int_equal(pool.n_members, 2);
	assert_int_equal(pool.members[0].node, 0);
	assert_int_equal(pool.members[1].node, 1);
	assert_int_equal(pool.members[1].weight, 1);
	free(pool.members);
}

static void test_map_image_interfaces_have_their_macs(void **state)
{
	struct cluster_pool pools[1];
	struct cluster_service services[1];
	const char *const names[] = { "a" };
	struct cluster cluster = cluster_of(pools, services, names, (int[]){ 1 }, 1);
	static const struct steer_interface port = { .mac = { 2, 0, 0, 0, 0, 1 } };
	struct daemon *daemon = *state;
	struct map_image image = {};

	daemon->macs[1] = port;
	assert_int_equal(map_image_make(daemon, &cluster, &image), 0);
	assert_memory_equal(&image.settings.interface[1], &port, sizeof(port));
	map_image_free(&image);
}

static void test_map_image_tunnel_sources_carry_entropy(void **state)
{
	struct cluster cluster = { .tunnel_source4_bits = 96 + 24, .tunnel_source6_bits = 64 };
	struct steer_node four = { .forward = STEER_FORWARD_IPIP }, six = four, gue, none;
	struct steer_addr kernels;

	(void)state;
	assert_int_equal(address_parse("192.0.2.1", &four.addr), 0);
	assert_int_equal(address_parse("2001:db8::1", &six.addr), 0);
	assert_int_equal(address_parse("192.0.2.2", &kernels), 0);
	four.source = kernels;
	none = gue = four;
	gue.forward = STEER_FORWARD_GUE;
	map_image_tunnel_source(&cluster, &none);
	assert_memory_equal(&none.source, &kernels, sizeof(kernels));
	assert_int_equal(none.entropy_bits, 0);

	assert_int_equal(address_parse("198.51.100.0", &cluster.tunnel_source4), 0);
	assert_int_equal(address_parse("2001:db8:1::", &cluster.tunnel_source6), 0);
	map_image_tunnel_source(&cluster, &four);
	map_image_tunnel_source(&cluster, &six);
	map_image_tunnel_source(&cluster, &gue);
	assert_memory_equal(&four.source, &cluster.tunnel_source4, sizeof(kernels));
	assert_int_equal(four.entropy_bits, 8);
	assert_memory_equal(&six.source, &cluster.tunnel_source6, sizeof(kernels));
	assert_int_equal(six.entropy_bits, 32);
	assert_memory_equal(&gue.source, &kernels, sizeof(kernels));
	assert_int_equal(gue.entropy_bits, 0);
}

static void test_map_image_prefixes_are_announced(void **state)
{
	struct cluster_pool pools[1];
	struct cluster_service services[1];
	const char *const names[] = { "a" };
	struct cluster cluster = cluster_of(pools, services, names, (int[]){ 0 }, 1);
	struct map_image image = {};

	services[0].prefix_bits = 120;
	assert_int_equal(map_image_make(*state, &cluster, &image), 0);
	assert_int_equal(image.settings.flags, STEER_HAVE_PREFIXES);
	map_image_free(&image);
}

static void test_map_image_too_many_is_said(void **state)
{
	struct cluster_pool pools[5];
	struct cluster_service services[5];
	const char *const names[] = { "a", "b", "c", "d", "e" };
	struct cluster cluster = cluster_of(pools, services, names, (int[]){ 1, 1, 1, 1, 1 }, 5);
	struct map_image image = {};

	assert_int_equal(map_image_make(*state, &cluster, &image), -ENOSPC);
	map_image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_map_image_names_keep_their_indices,
						make_daemon, remove_daemon),
		cmocka_unit_test_setup_teardown(test_map_image_services_share_a_vip, make_daemon,
						remove_daemon),
		cmocka_unit_test_setup_teardown(test_map_image_vips_know_their_protocols,
						make_daemon, remove_daemon),
		cmocka_unit_test_setup_teardown(test_map_image_services_say_how_they_hash,
						make_daemon, remove_daemon),
		cmocka_unit_test_setup_teardown(
			test_map_image_agentless_nodes_send_and_collect_nothing, make_daemon,
			remove_daemon),
		cmocka_unit_test_setup_teardown(test_map_image_interfaces_have_their_macs,
						make_daemon, remove_daemon),
		cmocka_unit_test(test_map_image_tunnel_sources_carry_entropy),
		cmocka_unit_test_setup_teardown(test_map_image_prefixes_are_announced, make_daemon,
						remove_daemon),
		cmocka_unit_test_setup_teardown(test_map_image_too_many_is_said, make_daemon,
						remove_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
