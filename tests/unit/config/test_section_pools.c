// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static void test_section_pools_defaults(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){});
	const struct cluster_pool *pool = &cluster->pools[0];

	(void)state;
	assert_int_equal(cluster->n_pools, 1);
	assert_string_equal(pool->name, "web");
	assert_int_equal(pool->id, 0);
	assert_int_equal(pool->mode, POOL_ACTIVE_ACTIVE);
	assert_int_equal(pool->check.type, CHECK_NONE);
	assert_int_equal(pool->n_members, 2);
	assert_int_equal(pool->members[1].node, 1);
	assert_int_equal(pool->members[1].weight, 100);
	assert_int_equal(pool->panic.min_healthy, 0);
	assert_false(pool->panic.percent);
	assert_int_equal(pool->panic.action, PANIC_ALL);
	assert_int_equal(pool->slow_start_ms, 0);
	cluster_free(cluster);
}

static void test_section_pools_policy(void **state)
{
	struct cluster *cluster = fixture_load(
		&(struct fixture){ .pool = "{ name: web, members: all, min-healthy: 2, on-panic: "
					   "drop, slow-start: 60m }\n"
					   "  - { min-healthy: 34%, on-panic: all, slow-start: "
					   "30s, name: b, members: [n1] }" });

	(void)state;
	assert_int_equal(cluster->pools[0].panic.min_healthy, 2);
	assert_false(cluster->pools[0].panic.percent);
	assert_int_equal(cluster->pools[0].panic.action, PANIC_DROP);
	assert_int_equal(cluster->pools[0].slow_start_ms, 3600000);
	assert_int_equal(cluster->pools[1].panic.min_healthy, 34);
	assert_true(cluster->pools[1].panic.percent);
	assert_int_equal(cluster->pools[1].panic.action, PANIC_ALL);
	assert_int_equal(cluster->pools[1].slow_start_ms, 30000);
	cluster_free(cluster);
}

static void test_section_pools_all_members(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){
		.node = "{ name: n2, id: 2, address: 192.0.2.2, interface: e, weight: 7 }",
		.pool = "{ name: web, members: all }" });

	(void)state;
	assert_int_equal(cluster->pools[0].n_members, 2);
	assert_int_equal(cluster->pools[0].members[0].node, 0);
	assert_int_equal(cluster->pools[0].members[0].weight, 100);
	assert_int_equal(cluster->pools[0].members[1].node, 1);
	assert_int_equal(cluster->pools[0].members[1].weight, 7);
	cluster_free(cluster);
}

static void test_section_pools_order_and_weights(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){
		.pool = "{ name: web, members: [{ node: n2, weight: 50 }, n1] }\n"
			"  - { name: db, mode: active-passive, members: [n2, { node: n1 }] }" });

	(void)state;
	assert_int_equal(cluster->pools[0].members[0].node, 1);
	assert_int_equal(cluster->pools[0].members[0].weight, 50);
	assert_int_equal(cluster->pools[0].members[1].weight, 100);
	assert_int_equal(cluster->pools[1].id, 1);
	assert_int_equal(cluster->pools[1].mode, POOL_ACTIVE_PASSIVE);
	assert_int_equal(cluster->pools[1].members[0].node, 1);
	assert_int_equal(cluster->pools[1].members[1].node, 0);
	cluster_free(cluster);
}

static void test_section_pools_errors(void **state)
{
	static const struct {
		const char *pool;
		const char *error;
	} cases[] = {
		{ "{ name: web, members: [] }", "8:27: members is empty; add at least one" },
		{ "{ name: web, members: }",
		  "8:27: members is not a list; write [NODE, …] or all" },
		{ "{ name: web, members: n1 }",
		  "8:27: members is not a list; write [NODE, …] or all" },
		{ "{ name: web }", "8:5: a pool has no \"members\"; add members: …" },
		{ "{ name: web, members: [n1, n3] }", "8:32: unknown node \"n3\"; known: n1, n2" },
		{ "{ name: web, members: [n1, [n2]] }", "8:32: a member is not a mapping" },
		{ "{ name: web, members: [n1, { nod: n2, node: n2 }] }",
		  "8:34: unknown key \"nod\" in a member; did you mean \"node\"?" },
		{ "{ name: web, members: [n1, { weight: 5 }] }", "8:32: a member has no \"node\"" },
		{ "{ name: web, members: [n1, { node: n2, weight: 0 }] }",
		  "8:52: weight \"0\" is out of range; give 1 to 10000" },
		{ "{ name: web, members: [n1, n2, n1] }",
		  "8:36: node n1 is a member already (line 8); remove one" },
		{ "{ name: web, mode: active, members: all }",
		  "8:24: unknown mode \"active\"; known: "
		  "active-active, active-passive" },
		{ "{ name: web, mode: active-pasive, members: all }",
		  "8:24: unknown mode \"active-pasive\"; did you mean \"active-passive\"?" },
		{ "{ name: web, mode: active-passive, members: [n2, { node: n1, weight: 5 }] }",
		  "8:74: weight means nothing in an active-passive pool" },
		{ "{ name: web, members: all }\n  - { name: web, members: all }",
		  "9:13: pool name web is taken (line 8); give another" },
		{ "{ name: web, members: all, min-healthy: 3 }",
		  "8:45: min-healthy \"3\" is out of range; give 0 to 2, or 0% to 100%" },
		{ "{ name: web, members: all, min-healthy: 101% }",
		  "8:45: min-healthy \"101%\" is out of range; give 0 to 2, or 0% to 100%" },
		{ "{ name: web, members: all, min-healthy: half }",
		  "8:45: min-healthy \"half\" is neither a whole number nor a percentage; give 0 "
		  "to" },
		{ "{ name: web, members: all, min-healthy: 50%% }",
		  "8:45: min-healthy \"50%%\" is neither a whole number nor a percentage" },
		{ "{ name: web, members: all, min-healthy: -1 }",
		  "8:45: min-healthy \"-1\" is neither a whole number nor a percentage" },
		{ "{ name: web, members: all, min-helthy: 1 }",
		  "8:32: unknown key \"min-helthy\" in a pool; did you mean \"min-healthy\"?" },
		{ "{ name: web, members: all, on-panic: drops }",
		  "8:42: unknown on-panic \"drops\"; did you mean \"drop\"?" },
		{ "{ name: web, members: all, slow-start: 30 }",
		  "8:44: slow-start \"30\" has no unit; write 30ms, 30s or 30m" },
		{ "{ name: web, members: all, slow-start: 61m }",
		  "8:44: slow-start \"61m\" is out of range; give 0m to 60m" },
		{ "{ name: web, members: all, preempt: false }",
		  "8:41: preempt means nothing in an active-active pool; remove it, or write mode: "
		  "active-passive" },
		{ "{ name: web, members: all, mode: active-passive, preempt: no }",
		  "8:63: unknown preempt \"no\"; known: false, true" },
		{ "{ name: web, members: all, mode: active-passive, min-healthy: 1 }",
		  "8:67: min-healthy means nothing in an active-passive pool, where one member "
		  "serves; remove it" },
		{ "{ name: web, members: all, mode: active-passive, slow-start: 1s }",
		  "8:66: slow-start means nothing in an active-passive pool, where one member has "
		  "all flows; remove it" },
		{ "{ name: web, members: all, helth: { type: tcp } }",
		  "8:32: unknown key \"helth\" in a pool; did you mean \"health\"?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		fixture_expect_error_with(&(struct fixture){ .pool = cases[i].pool },
					  cases[i].error);
}

static void test_section_pools_suggests_node(void **state)
{
	(void)state;
	fixture_expect_error_with(
		&(struct fixture){
			.node = "{ name: edge-berlin, id: 2, address: 192.0.2.2, interface: e }",
			.pool = "{ name: web, members: [n1, edge-brelin] }" },
		"8:32: unknown node \"edge-brelin\"; did you mean \"edge-berlin\"?");
}

static void test_section_pools_active_passive_limit(void **state)
{
	const char *nodes = "{ name: n2, id: 2, address: 192.0.2.2, interface: e }\n"
			    "  - { name: n3, id: 3, address: 192.0.2.3, interface: e }\n"
			    "  - { name: n4, id: 4, address: 192.0.2.4, interface: e }\n"
			    "  - { name: n5, id: 5, address: 192.0.2.5, interface: e }";

	(void)state;
	fixture_expect_error_with(
		&(struct fixture){ .node = nodes,
				   .pool = "{ name: web, mode: active-passive, members: all }" },
		"11:49: 5 members of an active-passive pool are too many; the limit is 4");
}

#define HISTORY(name) "{ name: " name ", members: all, mode: active-passive, preempt: false }"
#define MORE "\n  - "

static void test_section_pools_preempt(void **state)
{
	struct cluster *cluster = fixture_load(
		&(struct fixture){ .pool = HISTORY("a") MORE
				   "{ name: b, members: all, mode: active-passive }" MORE
				   "{ name: c, members: all, mode: active-passive, preempt: true "
				   "}" MORE "{ name: web, members: all }" });

	(void)state;
	assert_false(cluster->pools[0].preempt);
	assert_true(cluster_has_history(&cluster->pools[0]));
	for (size_t i = 1; i < 4; i++) {
		assert_int_equal(cluster->pools[i].preempt, i < 3);
		assert_false(cluster_has_history(&cluster->pools[i]));
	}
	cluster_free(cluster);
}

static void test_section_pools_preempt_limit(void **state)
{
	(void)state;
	fixture_expect_error_with(
		&(struct fixture){ .pool = HISTORY("a") MORE HISTORY("b") MORE HISTORY("c")
					   MORE HISTORY("d") MORE HISTORY("e") MORE HISTORY("f")
						   MORE HISTORY("g") MORE HISTORY("h")
							   MORE HISTORY("web") },
		"16:63: preempt is false in more than 8 pools; let others have preempt: true");
}

static void test_section_pools_preempt_needs_agents(void **state)
{
	(void)state;
	fixture_expect_error_with(
		&(struct fixture){
			.node = "{ name: n2, id: 2, address: 192.0.2.2, agent: false }",
			.pool = "{ name: web, members: all, mode: active-passive, preempt: false, "
				"health: { type: tcp } }" },
		"8:63: preempt: false needs members that run Steer, and node n2 has no agent; "
		"remove one of the two");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_section_pools_defaults),
		cmocka_unit_test(test_section_pools_all_members),
		cmocka_unit_test(test_section_pools_order_and_weights),
		cmocka_unit_test(test_section_pools_policy),
		cmocka_unit_test(test_section_pools_errors),
		cmocka_unit_test(test_section_pools_suggests_node),
		cmocka_unit_test(test_section_pools_active_passive_limit),
		cmocka_unit_test(test_section_pools_preempt),
		cmocka_unit_test(test_section_pools_preempt_limit),
		cmocka_unit_test(test_section_pools_preempt_needs_agents),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
