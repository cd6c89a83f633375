// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <endian.h>
#include <glob.h>

static void test_config_defaults(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){});

	(void)state;
	assert_string_equal(cluster->name, "demo");
	assert_int_equal(cluster->liveness.interval_ms, 10);
	assert_int_equal(cluster->liveness.multiplier, 3);
	assert_int_equal(cluster->liveness.rise, 3);
	assert_int_equal(cluster->liveness.n_answer, 0);
	assert_int_equal(cluster->damping.hold_ms, 1000);
	assert_int_equal(cluster->damping.max_hold_ms, 60000);
	assert_int_equal(cluster->damping.forget_ms, 300000);
	assert_int_equal(cluster->self, 0);
	for (size_t i = 0; i < CLUSTER_KEY_BYTES; i++) {
		assert_int_equal(cluster->flow_key[i], i);
		assert_int_equal(cluster->auth_key[0][i], CLUSTER_KEY_BYTES + i);
	}
	assert_int_equal(cluster->n_auth_keys, 1);
	assert_ptr_equal(cluster_node_by_name(cluster, "n2"), &cluster->nodes[1]);
	assert_null(cluster_node_by_name(cluster, "n3"));
	assert_ptr_equal(cluster_node_by_id(cluster, 2), &cluster->nodes[1]);
	assert_null(cluster_node_by_id(cluster, 3));
	cluster_free(cluster);
	cluster_free(NULL);
}

static void test_config_liveness(void **state)
{
	struct cluster *cluster = fixture_load(
		&(struct fixture){ .tail = "liveness: { interval: 10s, multiplier: 15, rise: 100,\n"
					   "  answer: [192.0.2.250, '2001:db8::1'] }\n" });

	(void)state;
	assert_int_equal(cluster->liveness.interval_ms, 10000);
	assert_int_equal(cluster->liveness.multiplier, 15);
	assert_int_equal(cluster->liveness.rise, 100);
	assert_int_equal(cluster->liveness.n_answer, 2);
	assert_int_equal(be32toh(cluster->liveness.answer[0].word[3]), 0xc00002fa);
	assert_int_equal(be32toh(cluster->liveness.answer[1].word[0]), 0x20010db8);
	cluster_free(cluster);
}

static void test_config_damping(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){
		.tail = "damping: { hold: 10m, max-hold: 60m, forget: 1440m }\n" });

	(void)state;
	assert_int_equal(cluster->damping.hold_ms, 600000);
	assert_int_equal(cluster->damping.max_hold_ms, 3600000);
	assert_int_equal(cluster->damping.forget_ms, 86400000);
	cluster_free(cluster);
	cluster = fixture_load(&(struct fixture){ .tail = "damping: { hold: 0s }\n" });
	assert_int_equal(cluster->damping.hold_ms, 0);
	cluster_free(cluster);
}

static void test_config_root_errors(void **state)
{
	static const struct fixture cases[] = {
		{ .head = "\n\n\n", .tail = "cluster: c\nself: n1\n" },
		{ .tail = "liveness: 10ms\n" },
		{ .tail = "liveness: { interval: 2ms }\n" },
		{ .tail = "liveness: { interval: 11s }\n" },
		{ .tail = "liveness: { multiplier: 16 }\n" },
		{ .tail = "liveness: { rise: 101 }\n" },
		{ .tail = "liveness: { answer: 192.0.2.250 }\n" },
		{ .tail = "liveness: { answer: [192.0.2] }\n" },
		{ .tail = "liveness: { answer: [192.0.2.1, 224.0.0.1] }\n" },
		{ .tail = "liveness: { answer: [192.0.2.1, 192.0.2.1] }\n" },
		{ .tail = "liveness: { answers: [192.0.2.1] }\n" },
		{ .tail = "damping: off\n" },
		{ .tail = "damping: { hold: 11m, max-hold: 60m }\n" },
		{ .tail = "damping: { max-hold: 61m }\n" },
		{ .tail = "damping: { forget: 999ms }\n" },
		{ .tail = "damping: { max-hold: 500ms }\n" },
		{ .tail = "damping: { hold: 2m }\n" },
		{ .tail = "damping: { held: 2m }\n" },
		{ .tail = "forward: l3\n" },
		{ .tail = "keyfile: x\n" },
		{ .head = "cluster: a b\nself: n1\nkey-file: key\n" },
		{ .head = "cluster: c\nself: n3\nkey-file: key\n" },
		{ .head = "cluster: c\nself: n1\nkey-file: absent\n" },
		{ .head = "cluster: c\nself: n1\nkey-file: .\n" },
	};
	static const char *const errors[] = {
		"4:1: the configuration has no \"key-file\"; add key-file: …",
		"11:11: liveness is not a mapping",
		"11:23: interval \"2ms\" is out of range; give 3ms to 10s",
		"11:23: interval \"11s\" is out of range; give 3ms to 10s",
		"11:25: multiplier \"16\" is out of range; give 1 to 15",
		"11:19: rise \"101\" is out of range; give 1 to 100",
		"11:21: answer is not a list",
		"11:22: answer \"192.0.2\" is not an IP address; write it like 192.0.2.1",
		"11:33: answer: 224.0.0.1 is not a host address; give a router's own",
		"11:33: router address 192.0.2.1 is taken (line 11); give another",
		"11:13: unknown key \"answers\" in liveness; did you mean \"answer\"?",
		"11:10: damping is not a mapping",
		"11:18: hold \"11m\" is out of range; give 0m to 10m",
		"11:22: max-hold \"61m\" is out of range; give 0m to 60m",
		"11:20: forget \"999ms\" is out of range; give 1s to 1440m",
		"11:22: max-hold is shorter than hold; raise max-hold, or lower hold",
		"11:18: max-hold is shorter than hold; raise max-hold, or lower hold",
		"11:12: unknown key \"held\" in damping; did you mean \"hold\"?",
		"11:10: unknown forward \"l3\"; known: l2, gue",
		"11:1: unknown key \"keyfile\" in the configuration; did you mean \"key-file\"?",
		"1:10: cluster \"a b\" is not a valid name",
		"2:7: unknown self \"n3\"; known: n1, n2",
		"3:11: key file ",
		"3:11: key file ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		fixture_expect_error_with(&cases[i], errors[i]);
}

static void test_config_self_by_argument(void **state)
{
	struct config_errors errors = {};
	struct cluster *cluster = NULL;
	char *yaml = fixture_yaml(&(struct fixture){});

	(void)state;
	assert_int_equal(fixture_load_text(yaml, "n2", &cluster, &errors), 0);
	assert_int_equal(cluster->self, 1);
	cluster_free(cluster);
	cluster = NULL;
	assert_int_equal(fixture_load_text(yaml, "n9", &cluster, &errors), -EINVAL);
	assert_int_equal(errors.n, 1);
	assert_non_null(strstr(errors.line[0], ":5:3: no node has the name \"n9\""));
	assert_null(cluster);
	config_errors_free(&errors);
	free(yaml);
}

static void test_config_self_by_host_name(void **state)
{
	const char *head = "cluster: demo\nkey-file: key\n\n";
	struct config_errors errors = {};
	struct cluster *cluster;
	char host_name[65] = "", node[256], expected[160];
	char *yaml;

	(void)state;
	gethostname(host_name, sizeof(host_name) - 1);
	yaml = fixture_yaml(&(struct fixture){ .head = head });
	assert_int_equal(fixture_load_text(yaml, NULL, &cluster, &errors), -EINVAL);
	free(yaml);
	assert_int_equal(errors.n, 1);
	snprintf(expected, sizeof(expected), "no node has the name \"%.*s\" of this host; add",
		 (int)strcspn(host_name, "."), host_name);
	assert_non_null(strstr(errors.line[0], expected));
	config_errors_free(&errors);
	snprintf(node, sizeof(node), "{ name: '%s', id: 2, address: 192.0.2.2, interface: e }",
		 host_name);
	cluster = fixture_load(&(struct fixture){
		.head = head, .node = node, .pool = "{ name: web, members: all }" });
	assert_int_equal(cluster->self, 1);
	cluster_free(cluster);
}

/* One of each kind, all over the file, in one run and in order. */
static void test_config_all_errors_at_once(void **state)
{
	static const char yaml[] =
		"cluster: a b\n"
		"self: n1\n"
		"key-file: absent\n"
		"livenes: { }\n"
		"liveness: { interval: 1ms }\n"
		"nodes:\n"
		"  - { name: n1, id: 0, address: 192.0.2.1, interface: eth0 }\n"
		"  - { name: n2, id: 2, address: 192.0.2, interface: eth0 }\n"
		"services:\n"
		"  - { name: s, vip: 192.0.2.1, protocol: tcpp, port: x, pool: wbe }\n"
		"pools:\n"
		"  - { name: web, members: [n1, n1, n3], health: { type: ftp } }\n";
	static const char *const expected[] = {
		":1:10: cluster",
		":3:11: key file",
		":4:1: unknown key",
		":5:23: interval",
		":7:21: id",
		":8:33: address",
		":10:21: vip is the address",
		":10:42: unknown protocol",
		":10:54: port",
		":10:63: unknown pool \"wbe\"; did you mean \"web\"?",
		":12:32: node n1 is a member already",
		":12:36: unknown node",
		":12:57: unknown type",
	};
	struct config_errors errors = {};
	struct cluster *cluster = NULL;

	(void)state;
	assert_int_equal(fixture_load_text(yaml, NULL, &cluster, &errors), -EINVAL);
	assert_null(cluster);
	fixture_print(&errors);
	assert_int_equal(errors.n, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < errors.n; i++)
		assert_memory_equal(errors.line[i] + strlen(fixture_path), expected[i],
				    strlen(expected[i]));
	config_errors_free(&errors);
}

/* An alias is what it stands for, even of a node that contains it. */
static void test_config_aliases(void **state)
{
	struct config_errors errors = {};
	struct cluster *cluster = fixture_load(&(struct fixture){
		.pool = "{ name: web, members: &m [n2], health: &h { type: tcp } }\n"
			"  - { name: dns, members: *m, health: *h }" });

	(void)state;
	assert_int_equal(cluster->pools[1].members[0].node, 1);
	assert_int_equal(cluster->pools[1].check.type, CHECK_TCP);
	cluster_free(cluster);
	assert_int_equal(
		fixture_load_text("&r { cluster: *r, self: *r, key-file: *r, nodes: *r, pools: *r, "
				  "services: [*r] }\n",
				  NULL, &cluster, &errors),
		-EINVAL);
	assert_true(errors.n > 0);
	config_errors_free(&errors);
}

/* What the documentation shows is right. Run from the top of the tree. */
static void test_config_examples(void **state)
{
	struct config_errors errors = {};
	struct cluster *cluster;
	char text[8192];
	glob_t found;

	(void)state;
	assert_int_equal(glob("docs/examples/*.yaml", 0, NULL, &found), 0);
	fixture_write("cluster.key", FIXTURE_KEY, strlen(FIXTURE_KEY), 0600);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "r");
		int r;

		assert_non_null(file);
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
		r = fixture_load_text(text, "n1", &cluster, &errors);
		fixture_print(&errors);
		assert_int_equal(r, 0);
		cluster_free(cluster);
	}
	globfree(&found);
	fixture_unlink("cluster.key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_defaults),
		cmocka_unit_test(test_config_liveness),
		cmocka_unit_test(test_config_damping),
		cmocka_unit_test(test_config_root_errors),
		cmocka_unit_test(test_config_self_by_argument),
		cmocka_unit_test(test_config_self_by_host_name),
		cmocka_unit_test(test_config_all_errors_at_once),
		cmocka_unit_test(test_config_aliases),
		cmocka_unit_test(test_config_examples),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
