// SPDX-License-Identifier: GPL-2.0
#include "health/targets.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct steer_addr addr(const char *text)
{
	struct steer_addr a;

	assert_int_equal(address_parse(text, &a), 0);
	return a;
}

static struct cluster_member members[] = { { .node = 0 }, { .node = 1 } };

/* Pools: "web" checked by TCP, "bare" without a check, "away" without us. */
struct fixture {
	struct cluster_pool pools[3];
	struct cluster_service services[5];
	struct cluster_node nodes[2];
	struct cluster cluster;
};

static struct fixture make(void)
{
	struct fixture f = {
		.pools =
			{
				{.name = "web",
				 .members = members,
				 .n_members = 2,
				 .check = {CHECK_TCP}},
				{.name = "bare", .members = members, .n_members = 2},
				{.name = "away",
				 .members = members,
				 .n_members = 1,
				 .check = {CHECK_TCP}},
			},
		.services =
			{
				{.vip = addr("198.51.100.1"), .prefix_bits = 128, .port = 80},
				{.vip = addr("2001:db8::1"), .prefix_bits = 128, .port = 443},
				{.vip = addr("198.51.100.1"),
				 .prefix_bits = 128,
				 .port = 80,
				 .protocol = 17},
				{.vip = addr("198.51.100.2"),
				 .prefix_bits = 128,
				 .port = 80,
				 .pool = 1},
				{.vip = addr("198.51.100.3"),
				 .prefix_bits = 128,
				 .port = 80,
				 .pool = 2},
			},
		.cluster = {.self = 1, .n_pools = 3, .n_services = 5},
	};

	return f;
}

/* What is planned, as text: "web 198.51.100.1:80 vip, web 192.0.2.7:80 agentless, …". */
static const char *plan(struct fixture *f)
{
	static char text[512];
	char where[CHECK_TARGET_TEXT_MAX];
	struct check_target *targets;
	size_t i, n;

	f->cluster.pools = f->pools;
	f->cluster.services = f->services;
	f->cluster.nodes = f->nodes;
	f->cluster.n_nodes = 2;
	assert_int_equal(targets_build(&f->cluster, &targets, &n), 0);
	text[0] = '\0';
	for (i = 0; i < n; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s%s %s%s%s%s", i ? ", " : "",
			 targets[i].pool, targets_format(&targets[i], where),
			 targets[i].is_vip ? " vip" : "", targets[i].is_path ? " path" : "",
			 targets[i].node ? " agentless" : "");
	}
	free(targets);
	return text;
}

static void test_plan_checks_vips_of_own_pools_once(void **state)
{
	struct fixture f = make();

	(void)state;
	assert_string_equal(plan(&f), "web 198.51.100.1:80 vip, web [2001:db8::1]:443 vip");
	f.cluster.self = 0;
	assert_string_equal(plan(&f), "web 198.51.100.1:80 vip, web [2001:db8::1]:443 vip, "
				      "away 198.51.100.3:80 vip");
}

static void test_plan_leaves_out_what_has_no_one_address_or_port(void **state)
{
	struct fixture f = make();

	(void)state;
	f.services[0].prefix_bits = 120;
	f.services[1].port = 0;
	assert_string_equal(plan(&f), "web 198.51.100.1:80 vip"); /* the UDP one */
	f.pools[0].check.port = 8080;
	assert_string_equal(plan(&f), "web [2001:db8::1]:8080 vip, web 198.51.100.1:8080 vip");
}

static void test_plan_prefers_the_checks_own_address(void **state)
{
	struct fixture f = make();

	(void)state;
	f.pools[0].check.has_address = true;
	f.pools[0].check.address = addr("127.0.0.1");
	assert_string_equal(plan(&f), "web 127.0.0.1:80, web 127.0.0.1:443");
	f.pools[0].check.port = 9;
	assert_string_equal(plan(&f), "web 127.0.0.1:9");
}

static void test_plan_checks_agentless_members_at_their_own_address(void **state)
{
	struct fixture f = make();

	(void)state;
	f.nodes[0] =
		(struct cluster_node){ .id = 7, .agentless = true, .addr4 = addr("192.0.2.7") };
	f.nodes[1] = (struct cluster_node){ .id = 8, .addr4 = addr("192.0.2.8") };
	assert_string_equal(plan(&f), "web 198.51.100.1:80 vip, web 192.0.2.7:80 agentless, "
				      "web [2001:db8::1]:443 vip, web 192.0.2.7:443 agentless, "
				      "away 192.0.2.7:80 agentless");
	f.pools[0].check.has_address = true;
	f.pools[0].check.address = addr("127.0.0.1");
	f.pools[0].check.port = 9;
	assert_string_equal(plan(&f), "web 127.0.0.1:9, web 192.0.2.7:9 agentless, "
				      "away 192.0.2.7:80 agentless");
	/* Of no family we have: it cannot be reached, and is said elsewhere. */
	f.nodes[0].addr4 = (struct steer_addr){};
	f.nodes[0].addr6 = addr("2001:db8::7");
	assert_string_equal(plan(&f), "web 127.0.0.1:9");
}

static void test_plan_same_sees_every_parameter(void **state)
{
	const struct check_target a = { .pool = "web", .address = addr("127.0.0.1"), .port = 80 };
	struct check_target b;

	(void)state;
	b = a;
	assert_true(targets_same(&a, &b));
#define DIFFERS(change)                             \
	do {                                        \
		b = a;                              \
		change;                             \
		assert_false(targets_same(&a, &b)); \
	} while (0)
	DIFFERS(b.pool[0]++);
	DIFFERS(b.node++);
	DIFFERS(b.node_name[0]++);
	DIFFERS(b.address = addr("127.0.0.2"));
	DIFFERS(b.port++);
	DIFFERS(b.is_vip = true);
	DIFFERS(b.check.type++);
	DIFFERS(b.check.interval_ms++);
	DIFFERS(b.check.fast_interval_ms++);
	DIFFERS(b.check.timeout_ms++);
	DIFFERS(b.check.rise++);
	DIFFERS(b.check.fall++);
	DIFFERS(b.check.status++);
	DIFFERS(b.check.path[0]++);
	DIFFERS(b.check.host[0]++);
	DIFFERS(b.check.body[0]++);
	DIFFERS(b.check.sni[0]++);
	DIFFERS(b.check.ca_file[0]++);
	DIFFERS(b.check.insecure = true);
	DIFFERS(b.check.command_bytes++);
	DIFFERS(memcpy(b.check.command, "/x", b.check.command_bytes = sizeof("/x")));
}

/* Once for ourselves and for each agentless member, however many services there are. */
static void test_plan_runs_commands_once(void **state)
{
	struct fixture f = make();
	struct check_target *targets;
	size_t n;

	(void)state;
	f.nodes[0] = (struct cluster_node){
		.name = "far", .id = 7, .agentless = true, .addr4 = addr("192.0.2.7")
	};
	f.nodes[1] = (struct cluster_node){ .name = "near", .id = 8, .addr4 = addr("192.0.2.8") };
	f.pools[0].check.type = f.pools[2].check.type = CHECK_EXEC;
	/* The way to an agentless one is checked all the same. */
	f.services[0].protocol = IPPROTO_TCP;
	f.services[1].prefix_bits = 64;
	f.services[1].port = 0;
	assert_string_equal(plan(&f), "web [::]:0, web [::]:0 agentless, "
				      "web 198.51.100.1:80 path agentless, "
				      "away [::]:0 agentless");
	assert_int_equal(targets_build(&f.cluster, &targets, &n), 0);
	assert_string_equal(targets[0].node_name, "near");
	assert_string_equal(targets[1].node_name, "far");
	free(targets);
}

/* By TCP, of a family of ours, at a single address: all others have nothing to send a SYN to. */
static void test_plan_checks_the_way_to_agentless_members(void **state)
{
	struct fixture f = make();

	(void)state;
	f.nodes[0] =
		(struct cluster_node){ .id = 7, .agentless = true, .addr4 = addr("192.0.2.7") };
	f.nodes[1] = (struct cluster_node){ .id = 8, .addr4 = addr("192.0.2.8") };
	f.pools[0].check.port = 9;
	f.services[0].protocol = f.services[1].protocol = IPPROTO_TCP;
	assert_string_equal(plan(&f), "web 198.51.100.1:9 vip, web 192.0.2.7:9 agentless, "
				      "web 198.51.100.1:80 path agentless, "
				      "web [2001:db8::1]:9 vip, away 192.0.2.7:80 agentless");
	f.nodes[1].addr6 = addr("2001:db8::8");
	f.services[0].prefix_bits = 120;
	assert_string_equal(plan(&f), "web 192.0.2.7:9 agentless, web [2001:db8::1]:9 vip, "
				      "web [2001:db8::1]:443 path agentless, "
				      "web 198.51.100.1:9 vip, away 192.0.2.7:80 agentless");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_checks_vips_of_own_pools_once),
		cmocka_unit_test(test_plan_leaves_out_what_has_no_one_address_or_port),
		cmocka_unit_test(test_plan_prefers_the_checks_own_address),
		cmocka_unit_test(test_plan_checks_agentless_members_at_their_own_address),
		cmocka_unit_test(test_plan_checks_the_way_to_agentless_members),
		cmocka_unit_test(test_plan_runs_commands_once),
		cmocka_unit_test(test_plan_same_sees_every_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
