// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include "config/address.h"

static void test_section_nodes_defaults(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){});
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	assert_int_equal(cluster->n_nodes, 2);
	assert_string_equal(cluster->nodes[0].name, "n1");
	assert_int_equal(cluster->nodes[0].weight, 100);
	assert_int_equal(cluster->nodes[0].forward, STEER_FORWARD_L2);
	assert_true(address_is_none(&cluster->nodes[0].addr6));
	assert_string_equal(address_format(&cluster->nodes[0].addr4, text), "192.0.2.1");
	assert_string_equal(address_format(&cluster->nodes[1].addr6, text), "2001:db8::2");
	assert_int_equal(cluster->nodes[1].n_interfaces, 1);
	assert_string_equal(cluster->nodes[1].interfaces[0], "eth1");
	assert_false(cluster->nodes[1].agentless);
	assert_int_equal(cluster->nodes[1].id, 2);
	cluster_free(cluster);
}

static void test_section_nodes_values(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){
		.node = "{ name: N-2_x.y, id: 1023, address: 192.0.2.7, interface: eth0, "
			"weight: 10000, forward: l2 }",
		.pool = "{ name: web, members: all }",
		.tail = "forward: gue\n",
	});

	(void)state;
	assert_string_equal(cluster->nodes[1].name, "N-2_x.y");
	assert_int_equal(cluster->nodes[1].id, 1023);
	assert_int_equal(cluster->nodes[1].weight, 10000);
	assert_false(address_is_none(&cluster->nodes[1].addr4));
	assert_true(address_is_none(&cluster->nodes[1].addr6));
	assert_int_equal(cluster->nodes[0].forward, STEER_FORWARD_GUE);
	assert_int_equal(cluster->nodes[1].forward, STEER_FORWARD_L2);
	cluster_free(cluster);
}

static void test_section_nodes_interfaces_and_agents(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){
		.node = "{ name: n2, id: 2, address: 192.0.2.2, interface: [eth0, wan] }\n"
			"  - { name: n3, id: 3, address: 192.0.2.3, agent: false, forward: ipip }\n"
			"  - { name: n4, id: 4, address: 192.0.2.4, agent: true, interface: e }",
		.pool = "{ name: web, members: all, health: { type: tcp } }",
		.tail = "tunnel-source: { ipv4: 192.0.2.128/25, ipv6: 2001:db8:7::/64 }\n",
	});

	(void)state;
	assert_int_equal(cluster->nodes[1].n_interfaces, 2);
	assert_string_equal(cluster->nodes[1].interfaces[0], "eth0");
	assert_string_equal(cluster->nodes[1].interfaces[1], "wan");
	assert_true(cluster->nodes[2].agentless);
	assert_int_equal(cluster->nodes[2].forward, STEER_FORWARD_IPIP);
	assert_int_equal(cluster->nodes[2].n_interfaces, 0);
	assert_false(cluster->nodes[3].agentless);
	assert_int_equal(cluster->tunnel_source4_bits, 96 + 25);
	assert_int_equal(cluster->tunnel_source6_bits, 64);
	cluster_free(cluster);
}

#define NODE(fields) "{ name: n2, id: 2, address: 192.0.2.2, interface: eth0" fields " }"

static void test_section_nodes_errors(void **state)
{
	static const struct {
		const char *node;
		const char *error;
	} cases[] = {
		{ "n2", "6:5: a node is not a mapping; write it as name: …" },
		{ NODE(", wieght: 5"),
		  "6:61: unknown key \"wieght\" in a node; did you mean \"weight\"?" },
		{ NODE(", Weight: 5"),
		  "6:61: unknown key \"Weight\" in a node; did you mean \"weight\"?" },
		{ NODE(", colour: 5"),
		  "6:61: unknown key \"colour\" in a node; known: name, id, address, address6, "
		  "interface, weight, forward, agent" },
		{ NODE(", id: 3"),
		  "6:61: \"id\" is given twice in a node (first on line 6); remove one" },
		{ NODE(", [a]: 3"), "6:61: a key of a node is not a scalar" },
		{ NODE(", <<: { weight: 3 }"), "6:61: merge keys are not supported" },
		{ NODE(", weight: !!int 3"),
		  "6:69: tags like tag:yaml.org,2002:int are not supported" },
		{ NODE(", weight: 0"), "6:69: weight \"0\" is out of range; give 1 to 10000" },
		{ NODE(", weight: 10001"),
		  "6:69: weight \"10001\" is out of range; give 1 to 10000" },
		{ NODE(", weight: 99999999999999999999999"),
		  "6:69: weight \"99999999999999999999999\" is out" },
		{ NODE(", weight: 010"), "6:69: weight \"010\" is not a whole number" },
		{ NODE(", weight: -1"), "6:69: weight \"-1\" is not a whole number" },
		{ NODE(", weight: 1.5"), "6:69: weight \"1.5\" is not a whole number" },
		{ NODE(", weight: 0x10"), "6:69: weight \"0x10\" is not a whole number" },
		{ NODE(", weight: [1]"), "6:69: weight is a list; give a single value" },
		{ NODE(", weight: {}"), "6:69: weight is a mapping; give a single value" },
		{ NODE(", weight: ~"), "6:69: weight has no value; give one, or remove the key" },
		{ NODE(", weight: ''"), "6:69: weight has no value" },
		{ NODE(", weight: \"1\\0\""), "6:69: weight has a NUL byte in it" },
		{ NODE(", forward: ipip"), "6:70: forward ipip is for nodes without an agent" },
		{ NODE(", forward: vxlan"),
		  "6:70: unknown forward \"vxlan\"; known: l2, gue, ipip" },
		{ NODE(", agent: no"), "6:68: unknown agent \"no\"; known: true, false" },
		{ NODE(", agent: false"),
		  "6:55: interface is where a node runs Steer, and this one runs none; remove it" },
		{ "{ name: n2, id: 2, address: 192.0.2.2, agent: false, forward: gue }",
		  "6:67: a node without an agent cannot take GUE; write forward: l2" },
		{ "{ name: n2, id: 2, address: 192.0.2.2, interface: [eth0, eth1, eth0] }",
		  "6:68: interface eth0 is named twice; drop one" },
		{ "{ name: n2, id: 2, address: 192.0.2.2, interface: [a, b, c, d, e] }",
		  "6:55: 5 interface are too many; the limit is 4" },
		{ NODE(", forward: guee"),
		  "6:70: unknown forward \"guee\"; did you mean \"gue\"?" },
		{ "{ name: n2, id: 2, address: '2001:db8::2', interface: eth0 }",
		  "6:5: node n2 has only an IPv6 address and node n1 only an IPv4 one" },
		{ NODE(", address6: 192.0.2.9"),
		  "6:71: address6 192.0.2.9 is IPv4; write it as address:" },
		{ NODE(", address6: fe80::1"), "6:71: address6 fe80::1 is link-local" },
		{ NODE(", address6: ff02::1"), "6:71: address6 ff02::1 is not a host address" },
		{ NODE(", address6: '::1'"), "6:71: address6 ::1 is not a host address" },
		{ NODE(", address6: '::'"), "6:71: address6 :: is not a host address" },
		{ NODE(", address6: 2001:db8::g"),
		  "6:71: address6 \"2001:db8::g\" is not an IP address; "
		  "write it like 2001:db8::1" },
		{ "{ name: n2, id: 2, address: 192.0.2.256, interface: eth0 }",
		  "6:33: address \"192.0.2.256\" is not an IP address; write it like 192.0.2.1" },
		{ "{ name: n2, id: 2, address: 192.0.2.2/24, interface: eth0 }",
		  "6:33: address \"192.0.2.2/24\" is not an IP address" },
		{ "{ name: n2, id: 2, address: 127.0.0.1, interface: eth0 }",
		  "6:33: address 127.0.0.1 is not a host address" },
		{ "{ name: n2, id: 2, address: 224.0.0.1, interface: eth0 }",
		  "6:33: address 224.0.0.1 is not a host address" },
		{ "{ name: n2, id: 2, address: 192.0.2.1, interface: eth0 }",
		  "6:33: node address 192.0.2.1 is taken (line 5); give another" },
		{ "{ name: n2, id: 2, address: '2001:db8::1', address6: 2001:db8::2, interface: "
		  "eth0 }",
		  "6:58: address is an IPv6 address already" },
		{ "{ name: n2, id: 2, interface: eth0 }",
		  "6:5: a node has no address; add address:" },
		{ "{ name: n2, id: 1, address: 192.0.2.2, interface: eth0 }",
		  "6:21: node id 1 is taken (line 5); give another" },
		{ "{ name: n2, id: 1024, address: 192.0.2.2, interface: eth0 }",
		  "6:21: id \"1024\" is out of range; give 1 to 1023" },
		{ "{ name: n2, id: 0, address: 192.0.2.2, interface: eth0 }",
		  "6:21: id \"0\" is out of range; give 1 to 1023" },
		{ "{ name: n2, id: two, address: 192.0.2.2, interface: eth0 }",
		  "6:21: id \"two\" is not a whole number; give 1 to 1023" },
		{ "{ name: n2, address: 192.0.2.2, interface: eth0 }",
		  "6:5: a node has no \"id\"; add id: …" },
		{ "{ name: n2, id: 2, address: 192.0.2.2 }",
		  "6:5: a node has no \"interface\"; add it" },
		{ "{ name: n2, id: 2, address: 192.0.2.2, interface: interface-too-lo }",
		  "6:55: interface \"interface-too-lo\" is too long; use at most 15 bytes" },
		{ "{ name: n2, id: 2, address: 192.0.2.2, interface: eth/0 }",
		  "6:55: interface \"eth/0\" is not an interface name" },
		{ "{ name: n2, id: 2, address: 192.0.2.2, interface: \"a\\eb\" }",
		  "6:55: interface \"a?b\" has control characters; remove them" },
	};

	(void)state;
	/* nothing refers to n2, so that each case has one error */
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		fixture_expect_error_with(
			&(struct fixture){ .node = cases[i].node,
					   .pool = "{ name: web, members: [n1] }" },
			cases[i].error);
}

static void test_section_nodes_name_errors(void **state)
{
	(void)state;
#define NAMED(name) "{ name: " name ", id: 2, address: 192.0.2.2, interface: eth0 }"
	static const char *const cases[][2] = {
		{ NAMED("n1"), "6:13: node name n1 is taken (line 5); give another" },
		{ NAMED("a b"), "6:13: name \"a b\" is not a valid name; use letters" },
		{ NAMED("ä"), "6:13: name \"ä\" is not a valid name; use letters" },
		{ NAMED("null"), "6:13: name has no value" },
		{ NAMED("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"),
		  "6:13: name \"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\" "
		  "is too long; use at most 63 bytes" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		fixture_expect_error_with(
			&(struct fixture){ .node = cases[i][0],
					   .pool = "{ name: web, members: [n1] }" },
			cases[i][1]);
}

/* A node that is wrong elsewhere still has its name: what refers to it is right. */
static void test_section_nodes_error_has_no_followers(void **state)
{
	(void)state;
	fixture_expect_error_with(
		&(struct fixture){
			.node = "{ name: n2, id: 0, address: 192.0.2.2, interface: e }" },
		"6:21: id \"0\" is out of range");
}

static void test_section_nodes_limit(void **state)
{
	char *yaml = NULL;
	size_t length;
	FILE *file = open_memstream(&yaml, &length);

	(void)state;
	fprintf(file, "cluster: demo\nself: n1\nkey-file: key\nnodes:\n");
	for (int i = 1; i <= 1024; i++)
		fprintf(file, "- { name: n%d, id: %d, address: 192.0.%d.%d, interface: e }\n", i, i,
			i / 200, i % 200 + 1);
	fprintf(file,
		"pools: [ { name: p, members: all } ]\n"
		"services: [ { name: s, vip: 198.51.100.1, protocol: tcp, port: 1, pool: p } ]\n");
	fclose(file);
	fixture_expect_error(yaml, "5:1: 1024 nodes are too many; the limit is 1023");
	free(yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_section_nodes_defaults),
		cmocka_unit_test(test_section_nodes_values),
		cmocka_unit_test(test_section_nodes_interfaces_and_agents),
		cmocka_unit_test(test_section_nodes_errors),
		cmocka_unit_test(test_section_nodes_name_errors),
		cmocka_unit_test(test_section_nodes_error_has_no_followers),
		cmocka_unit_test(test_section_nodes_limit),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
