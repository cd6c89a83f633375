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
		{ SERVICE("224.0.0.1", "80"),
		  "10:21: vip 224.0.0.1 is no address that can be routed" },
		{ SERVICE("0.0.0.0/0", "80"),
		  "10:21: vip 0.0.0.0 is no address that can be routed" },
		{ SERVICE("fe80::1", "80"), "10:21: vip fe80::1 is no address that can be routed" },
		{ SERVICE("198.51.100.1", "65536"),
		  "10:56: port \"65536\" is out of range; give 0 to 65535" },
		{ SERVICE("198.51.100.1", "http"), "10:56: port \"http\" is not a whole number" },
		{ "{ name: s, vip: 198.51.100.1, port: 80, pool: web }",
		  "10:5: a service has no \"protocol\"; add protocol: …" },
		{ "{ name: s, vip: 198.51.100.1, protocol: sctp, port: 80, pool: web }",
		  "10:45: unknown protocol \"sctp\"; known: tcp, udp" },
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
		cmocka_unit_test(test_section_services_errors),
		cmocka_unit_test(test_section_services_limit),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
