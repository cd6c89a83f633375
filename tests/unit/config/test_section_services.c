// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <netinet/in.h>

#include "config/address.h"

#define SERVICE(vip, port) "{ name: s, vip: " vip ", protocol: tcp, port: " port ", pool: web }"

static void test_section_services_defaults(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){});
	const struct cluster_service *service = &cluster->services[0];
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	assert_int_equal(cluster->n_services, 1);
	assert_string_equal(service->name, "web4");
	assert_string_equal(address_format(&service->vip, text), "198.51.100.1");
	assert_int_equal(service->prefix_bits, 128);
	assert_int_equal(service->protocol, IPPROTO_TCP);
	assert_int_equal(service->port, 80);
	assert_int_equal(service->hash_kind, STEER_HASH_TUPLE);
	assert_int_equal(service->pool, 0);
	cluster_free(cluster);
}

static void test_section_services_values(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){
		.pool = "{ name: other, members: all }\n  - { name: web, members: all }",
		.service =
			"{ name: a, vip: 198.51.100.0/24, protocol: udp, port: any, pool: web, "
			"hash: source }\n"
			"  - { name: b, vip: 2001:db8:1::/48, protocol: udp, port: 0, pool: other, "
			"hash: 5-tuple }" });
	const struct cluster_service *service = cluster->services;

	(void)state;
	assert_int_equal(service[0].prefix_bits, 96 + 24);
	assert_int_equal(service[0].protocol, IPPROTO_UDP);
	assert_int_equal(service[0].port, 0);
	assert_int_equal(service[0].hash_kind, STEER_HASH_SOURCE);
	assert_int_equal(service[0].pool, 1);
	assert_int_equal(service[1].id, 1);
	assert_int_equal(service[1].prefix_bits, 48);
	assert_int_equal(service[1].port, 0);
	assert_int_equal(service[1].hash_kind, STEER_HASH_TUPLE);
	assert_int_equal(service[1].pool, 0);
	cluster_free(cluster);
}

#define HASHED(protocol, rest) \
	"{ name: s, vip: 198.51.100.1, protocol: " protocol ", port: 80, pool: web, " rest " }"

static void test_section_services_hashes_and_flow_tables(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){
		.service = "{ name: a, vip: 198.51.100.1, protocol: sctp, port: 1, pool: web, "
			   "hash: source-prefix, flow-table: on }\n"
			   "  - { name: b, vip: 198.51.100.1, protocol: udp, port: 2, pool: web, "
			   "hash: { kind: source-prefix, prefix4: 0, prefix6: 128 }, "
			   "flow-table: off }\n"
			   "  - { name: c, vip: 198.51.100.1, protocol: udp, port: 3, pool: web, "
			   "hash: quic-cid, flow-table: { entries: 4194304 }, "
			   "second-chance: off }\n"
			   "  - { name: d, vip: 198.51.100.1, protocol: udp, port: 4, pool: web, "
			   "hash: { kind: quic-cid, config-rotation: 6, server-id-length: 8 } }" });
	const struct cluster_service *service = cluster->services;

	(void)state;
	assert_int_equal(service[0].protocol, IPPROTO_SCTP);
	assert_int_equal(service[0].hash_kind, STEER_HASH_PREFIX);
	assert_int_equal(service[0].prefix4_bits, 24);
	assert_int_equal(service[0].prefix6_bits, 48);
	assert_int_equal(service[0].flow_entries, 65536);
	assert_int_equal(service[1].prefix4_bits, 0);
	assert_int_equal(service[1].prefix6_bits, 128);
	assert_int_equal(service[1].flow_entries, 0);
	assert_int_equal(service[2].hash_kind, STEER_HASH_CID);
	assert_true(service[2].plain);
	assert_false(service[1].plain);
	assert_int_equal(service[2].cid_rotation, 0);
	assert_int_equal(service[2].cid_bytes, 2);
	assert_int_equal(service[2].flow_entries, 4194304);
	assert_int_equal(service[3].cid_rotation, 6);
	assert_int_equal(service[3].cid_bytes, 8);
	cluster_free(cluster);
}

/* An id that does not fit would name another node. */
static void test_section_services_server_ids_fit(void **state)
{
	struct fixture with = {
		.node = "{ name: n2, id: 255, address: 192.0.2.2, interface: eth1 }",
		.service = HASHED("udp", "hash: { kind: quic-cid, server-id-length: 1 }"),
	};

	(void)state;
	cluster_free(fixture_load(&with));
	with.node = "{ name: n2, id: 256, address: 192.0.2.2, interface: eth1 }";
	fixture_expect_error_with(&with, "10:5: server-id-length 1 cannot hold id 256 of node n2");
}

static void test_section_services_errors(void **state)
{
	static const struct {
		const char *service;
		const char *error;
	} cases[] = {
		{ SERVICE("198.51.100.1/24", "80"),
		  "10:21: vip \"198.51.100.1/24\" has bits set behind its length; write "
		  "198.51.100.0/24" },
		{ SERVICE("2001:db8::1/64", "80"),
		  "10:21: vip \"2001:db8::1/64\" has bits set behind its "
		  "length; write 2001:db8::/64" },
		{ SERVICE("198.51.100.1/33", "80"),
		  "10:21: vip \"198.51.100.1/33\" is not an IP address" },
		{ SERVICE("www.example", "80"),
		  "10:21: vip \"www.example\" is not an IP address or prefix" },
		{ SERVICE("192.0.2.2", "80"), "10:21: vip is the address 192.0.2.2 of node n2" },
		{ SERVICE("2001:db8::2", "80"),
		  "10:21: vip is the address 2001:db8::2 of node n2" },
		{ SERVICE("192.0.2.0/24", "80"),
		  "10:21: vip contains the address 192.0.2.1 of node n1" },
		{ SERVICE("224.0.0.1", "80"), "10:21: vip 224.0.0.1 is not a routable address" },
		{ SERVICE("0.0.0.0/0", "80"), "10:21: vip 0.0.0.0 is not a routable address" },
		{ SERVICE("fe80::1", "80"), "10:21: vip fe80::1 is not a routable address" },
		{ SERVICE("198.51.100.1", "65536"),
		  "10:56: port \"65536\" is out of range; give 0 to 65535" },
		{ SERVICE("198.51.100.1", "http"), "10:56: port \"http\" is not a whole number" },
		{ "{ name: s, vip: 198.51.100.1, port: 80, pool: web }",
		  "10:5: a service has no \"protocol\"; add protocol: …" },
		{ "{ name: s, vip: 198.51.100.1, protocol: gre, port: 80, pool: web }",
		  "10:45: unknown protocol \"gre\"; known: tcp, udp, sctp" },
		{ HASHED("tcp", "hash: quic-cid"), "10:77: hash quic-cid is for protocol udp" },
		{ HASHED("udp", "hash: { kind: quic-cid, config-rotation: 7 }"),
		  "10:112: config-rotation \"7\" is out of range; give 0 to 6" },
		{ HASHED("udp", "hash: { kind: quic-cid, server-id-length: 9 }"),
		  "10:113: server-id-length \"9\" is out of range; give 1 to 8" },
		{ HASHED("udp", "hash: { kind: quic-cid, prefix4: 24 }"),
		  "10:104: prefix4 means something for source-prefix only; remove it" },
		{ HASHED("udp", "hash: { kind: source, server-id-length: 2 }"),
		  "10:111: server-id-length means something for quic-cid only; remove it" },
		{ HASHED("udp", "hash: { kind: source-prefix, prefix4: 33 }"),
		  "10:109: prefix4 \"33\" is out of range; give 0 to 32" },
		{ HASHED("udp", "hash: { kind: source-prefix, prefix6: 129 }"),
		  "10:109: prefix6 \"129\" is out of range; give 0 to 128" },
		{ HASHED("udp", "hash: { prefix4: 24 }"), "10:77: hash has no \"kind\"; add kind" },
		{ HASHED("tcp", "second-chance: auto"),
		  "10:86: unknown second-chance \"auto\"; known: on, off" },
		{ HASHED("udp", "flow-table: yes"),
		  "10:83: unknown flow-table \"yes\"; known: off, on" },
		{ HASHED("udp", "flow-table: { entries: 127 }"),
		  "10:94: entries \"127\" is out of range; give 128 to 4194304" },
		{ HASHED("udp", "flow-table: { entries: 128, size: 127 }"),
		  "10:99: unknown key \"size\" in flow-table; known: entries" },
		{ "{ name: s, vip: 198.51.100.1, protocol: TCP, port: 80, pool: web }",
		  "10:45: unknown protocol \"TCP\"; did you mean \"tcp\"?" },
		{ "{ name: s, vip: 198.51.100.1, protocol: tcp, port: 80, pool: wbe }",
		  "10:66: unknown pool \"wbe\"; did you mean \"web\"?" },
		{ "{ name: s, vip: 198.51.100.1, protocol: tcp, port: 80, pool: web, hash: 5tuple "
		  "}",
		  "10:77: unknown hash \"5tuple\"; did you mean \"5-tuple\"?" },
		{ SERVICE("198.51.100.1",
			  "80") "\n  - { name: t, vip: 198.51.100.1/32, protocol: tcp, "
				"port: 80, pool: web }",
		  "11:5: service at 198.51.100.1/32 tcp port 80 is taken (line 10); give another" },
		{ SERVICE("2001:db8:1::1",
			  "any") "\n  - { name: t, vip: 2001:db8:1:0::1, protocol: tcp, "
				 "port: 0, pool: web }",
		  "11:5: service at 2001:db8:1::1/128 tcp port any is taken (line 10)" },
		{ SERVICE("198.51.100.1", "80") "\n  - " SERVICE("198.51.100.1", "81"),
		  "11:13: service name s is taken (line 10); give another" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		fixture_expect_error_with(&(struct fixture){ .service = cases[i].service },
					  cases[i].error);
}

static void test_section_services_limit(void **state)
{
	char *services = NULL;
	size_t length;
	FILE *file = open_memstream(&services, &length);
	struct cluster *cluster;

	(void)state;
	fprintf(file, SERVICE("198.51.100.1", "1"));
	for (int i = 2; i <= 4096; i++)
		fprintf(file,
			"\n  - { name: s%d, vip: 198.51.100.1, protocol: tcp, port: %d, pool: web "
			"}",
			i, i);
	fflush(file);
	cluster = fixture_load(&(struct fixture){ .service = services });
	assert_int_equal(cluster->n_services, 4096);
	assert_int_equal(cluster->services[4095].id, 4095);
	cluster_free(cluster);
	fprintf(file, "\n  - { name: t, vip: 198.51.100.2, protocol: tcp, port: 1, pool: web }");
	fclose(file);
	fixture_expect_error_with(&(struct fixture){ .service = services },
				  "10:3: 4097 services are too many; the limit is 4096");
	free(services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_section_services_defaults),
		cmocka_unit_test(test_section_services_values),
		cmocka_unit_test(test_section_services_hashes_and_flow_tables),
		cmocka_unit_test(test_section_services_server_ids_fit),
		cmocka_unit_test(test_section_services_errors),
		cmocka_unit_test(test_section_services_limit),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
