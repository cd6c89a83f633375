// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

struct digests {
	uint64_t cluster, pools;
};

static struct digests digests_of(const char *self, const struct fixture *with)
{
	_cleanup_(cleanup_free) char *yaml = fixture_yaml(with);
	struct config_errors errors = {};
	struct cluster *cluster = NULL;
	struct digests digests;
	int r;

	r = fixture_load_text(yaml, self, &cluster, &errors);
	fixture_print(&errors);
	assert_int_equal(r, 0);
	digests = (struct digests){ cluster->digest, cluster->pools_digest };
	cluster_free(cluster);
	return digests;
}

/* Nodes of different versions compare these numbers: they must not change unnoticed. */
static void test_digest_golden(void **state)
{
	struct digests digests = digests_of(NULL, &(struct fixture){});

	(void)state;
	assert_int_equal(digests.cluster, 0x952e9ff49e6217ecULL);
	assert_int_equal(digests.pools, 0x4a2c88a5d7a10816ULL);
}

static void test_digest_ignores_form_and_self(void **state)
{
	struct digests plain = digests_of(NULL, &(struct fixture){});
	static const struct fixture same[] = {
		{ .head = "# comment\nkey-file: key\ncluster: 'demo'\n" },
		{ .tail = "liveness: { rise: 3, interval: 10ms }\nforward: l2\n" },
		{ .tail = "damping: { hold: 1000ms, max-hold: 1m, forget: 300s }\n" },
		{ .pool = "{ name: web, members: all, min-healthy: 0, on-panic: all, slow-start: "
			  "0s }" },
		{ .service = "{ pool: web, port: 80, protocol: tcp, vip: 198.51.100.1/32, name: "
			     "web4 }" },
		{ .pool = "{ name: web, members: all, mode: active-active }" },
		{ .node = "{ name: n2, id: 2, address: 192.0.2.2, address6: '2001:db8:0::2', "
			  "interface: eth1, weight: 100 }" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		assert_int_equal(digests_of("n2", &same[i]).cluster, plain.cluster);
}

static void test_digest_sees_every_value(void **state)
{
#define NODE(id, v4, v6, name, rest) \
	"{ name: n2, id: " id ", address: " v4 ", address6: " v6 ", interface: " name rest " }"
#define HTTP(fields) "{ name: web, members: all, health: { type: http" fields " } }"
#define EXEC(command) \
	"{ name: web, members: all, health: { type: exec, command: [ " command " ] } }"
#define UDP(rest) "{ name: web4, vip: 198.51.100.1, protocol: udp, port: 80, pool: web, " rest " }"
	static const struct fixture different[] = {
		{},
		{ .head = "cluster: demo2\nself: n1\nkey-file: key\n" },
		{ .tail = "liveness: { interval: 11ms }\n" },
		{ .tail = "liveness: { multiplier: 4 }\n" },
		{ .tail = "liveness: { rise: 4 }\n" },
		{ .tail = "liveness: { answer: [192.0.2.250] }\n" },
		{ .tail = "liveness: { answer: [192.0.2.251] }\n" },
		{ .tail = "liveness: { answer: [192.0.2.250, 192.0.2.251] }\n" },
		{ .node = NODE("3", "192.0.2.2", "2001:db8::2", "eth1", "") },
		{ .node = NODE("2", "192.0.2.3", "2001:db8::2", "eth1", "") },
		{ .node = NODE("2", "192.0.2.2", "2001:db8::3", "eth1", "") },
		{ .node = NODE("2", "192.0.2.2", "2001:db8::2", "eth2", "") },
		{ .node = NODE("2", "192.0.2.2", "2001:db8::2", "eth1", ", forward: gue") },
		{ .pool = "{ name: web, members: [n1] }" },
		{ .pool = "{ name: web, members: [n2] }" },
		{ .pool = "{ name: web, members: [n2, n1] }" },
		{ .pool = "{ name: web, members: [n1, { node: n2, weight: 5 }] }" },
		{ .pool = "{ name: web, members: all, mode: active-passive }" },
		{ .pool = "{ name: web, members: all, mode: active-passive, preempt: false }" },
		{ .tail = "damping: { hold: 2s }\n" },
		{ .tail = "damping: { max-hold: 61s }\n" },
		{ .tail = "damping: { forget: 6m }\n" },
		{ .pool = "{ name: web, members: all, min-healthy: 1 }" },
		{ .pool = "{ name: web, members: all, min-healthy: 1% }" },
		{ .pool = "{ name: web, members: all, on-panic: drop }" },
		{ .pool = "{ name: web, members: all, slow-start: 1s }" },
		{ .pool = HTTP("") },
		{ .pool = HTTP(", port: 81") },
		{ .pool = HTTP(", port: 81, address: 127.0.0.1") },
		{ .pool = HTTP(", path: /x") },
		{ .pool = HTTP(", host: x") },
		{ .pool = HTTP(", status: 200") },
		{ .pool = HTTP(", body: ok") },
		{ .pool = HTTP(", interval: 2s, fast-interval: 1s") },
		{ .pool = HTTP(", interval: 2s") },
		{ .pool = HTTP(", timeout: 400ms") },
		{ .pool = HTTP(", rise: 3") },
		{ .pool = HTTP(", fall: 3") },
		{ .pool = "{ name: web, members: all, health: { type: tcp } }" },
		{ .pool = HTTP("s") },
		{ .pool = HTTP("s, sni: x") },
		{ .pool = HTTP("s, ca-file: /x") },
		{ .pool = HTTP("s, verify: false") },
		{ .pool = EXEC("/x") },
		{ .pool = EXEC("/x, y") },
		{ .pool = EXEC("/xy") },
		{ .service =
			  "{ name: web5, vip: 198.51.100.1, protocol: tcp, port: 80, pool: web }" },
		{ .service =
			  "{ name: web4, vip: 198.51.100.2, protocol: tcp, port: 80, pool: web }" },
		{ .service = "{ name: web4, vip: 198.51.100.0/24, protocol: tcp, port: 80, pool: "
			     "web }" },
		{ .service = "{ name: web4, vip: 198.51.100.0/25, protocol: tcp, port: 80, pool: "
			     "web }" },
		{ .service =
			  "{ name: web4, vip: 198.51.100.1, protocol: udp, port: 80, pool: web }" },
		{ .service =
			  "{ name: web4, vip: 198.51.100.1, protocol: tcp, port: 81, pool: web }" },
		{ .service = "{ name: web4, vip: 198.51.100.1, protocol: tcp, port: 80, pool: web, "
			     "hash: source }" },
		{ .service = UDP("hash: quic-cid") },
		{ .service = UDP("hash: { kind: quic-cid, config-rotation: 1 }") },
		{ .service = UDP("hash: { kind: quic-cid, server-id-length: 3 }") },
		{ .service = UDP("hash: source-prefix") },
		{ .service = UDP("hash: { kind: source-prefix, prefix4: 16 }") },
		{ .service = UDP("hash: { kind: source-prefix, prefix6: 32 }") },
		{ .service = UDP("flow-table: on") },
		{ .service = UDP("second-chance: off") },
		{ .service = UDP("flow-table: { entries: 1000 }") },
		{ .tail = "tunnel-source: { ipv4: 192.0.2.128/25 }\n" },
		{ .tail = "tunnel-source: { ipv4: 192.0.2.128/26 }\n" },
		{ .tail = "tunnel-source: { ipv6: 2001:db8:7::/64 }\n" },
		{ .tail = "gue-port: 6081\n" },
		{ .node = NODE("2", "192.0.2.2", "2001:db8::2", "[eth1, eth2]", "") },
		{ .node = "{ name: n2, id: 2, address: 192.0.2.2, address6: 2001:db8::2, agent: "
			  "false }",
		  .pool = "{ name: web, members: [n1] }" },
	};
	enum { N = sizeof(different) / sizeof(*different) };
	uint64_t digest[N + 1];

	(void)state;
	for (size_t i = 0; i < N; i++)
		digest[i] = digests_of(NULL, &different[i]).cluster;
	fixture_write("key", "1" FIXTURE_KEY, 64, 0600);
	digest[N] = digests_of(NULL, &different[0]).cluster;
	fixture_write("key", FIXTURE_KEY, 64, 0600);
	for (size_t i = 0; i <= N; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(digest[i], digest[j]);
}

/* While a tag key is replaced, nodes do not disagree about anything that matters. */
static void test_digest_ignores_tag_keys(void **state)
{
#define FLOW "flow-key 000102030405060708090a0b0c0d0e0f\n"
	static const char *const keys[] = {
		FLOW "tag-key 101112131415161718191a1b1c1d1e1f\n",
		FLOW "tag-key a01112131415161718191a1b1c1d1e1f\n",
		FLOW "tag-key 101112131415161718191a1b1c1d1e1f\n"
		     "tag-key a01112131415161718191a1b1c1d1e1f\n",
	};
	uint64_t plain = digests_of(NULL, &(struct fixture){}).cluster;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		fixture_write("key", keys[i], strlen(keys[i]), 0600);
		assert_int_equal(digests_of(NULL, &(struct fixture){}).cluster, plain);
	}
	fixture_write("key", FIXTURE_KEY, 64, 0600);
}

static void test_digest_of_pools_is_names_in_order(void **state)
{
	uint64_t ab =
		digests_of(NULL, &(struct fixture){ .pool = "{ name: web, members: all }\n"
							    "  - { name: dns, members: all }" })
			.pools;

	(void)state;
	assert_int_equal(
		digests_of(NULL, &(struct fixture){ .pool = "{ name: web, members: [n1] }\n"
							    "  - { name: dns, members: [n2] }" })
			.pools,
		ab);
	assert_int_not_equal(
		digests_of(NULL, &(struct fixture){ .pool = "{ name: dns, members: all }\n"
							    "  - { name: web, members: all }" })
			.pools,
		ab);
	/* Words of other pools would be taken for theirs. */
	assert_int_not_equal(
		digests_of(NULL, &(struct fixture){ .pool = "{ name: web, members: all, mode: "
							    "active-passive, preempt: false }\n"
							    "  - { name: dns, members: all }" })
			.pools,
		ab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_golden),
		cmocka_unit_test(test_digest_ignores_form_and_self),
		cmocka_unit_test(test_digest_sees_every_value),
		cmocka_unit_test(test_digest_ignores_tag_keys),
		cmocka_unit_test(test_digest_of_pools_is_names_in_order),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
