// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <arpa/inet.h>

#include "config/address.h"

static struct steer_addr parsed(const char *text)
{
	struct steer_addr addr;

	assert_int_equal(address_parse(text, &addr), 0);
	return addr;
}

static void test_address_text_round_trip(void **state)
{
	static const char *const cases[] = { "192.0.2.1", "0.0.0.0", "2001:db8::1", "::1", "::" };
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct steer_addr addr = parsed(cases[i]);

		assert_string_equal(address_format(&addr, text), cases[i]);
	}
	assert_true(address_is_ipv4(&(struct steer_addr){ { 0, 0, htonl(0xffff), 0 } }));
}

static void test_address_refuses(void **state)
{
	static const char *const cases[] = { "",	   "192.0.2",	"192.0.2.1 ",
					     "192.0.2.01", "1.2.3.4/8", "2001:db8::1%eth0",
					     "[::1]",	   "x" };
	static const char *const prefixes[] = { "192.0.2.0/",
						"192.0.2.0/33",
						"2001:db8::/129",
						"192.0.2.0/+8",
						"192.0.2.0/8x",
						"/8",
						"192.0.2.0/18446744073709551624" };
	struct steer_addr addr = { { 7, 7, 7, 7 } };
	uint8_t bits = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(address_parse(cases[i], &addr), -EINVAL);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		assert_int_equal(address_parse_prefix(prefixes[i], &addr, &bits), -EINVAL);
	assert_int_equal(addr.word[0], 7);
	assert_int_equal(bits, 77);
}

static void test_address_prefix(void **state)
{
	static const struct {
		const char *text;
		uint8_t bits;
		const char *network;
	} cases[] = {
		{ "198.51.100.77", 128, "198.51.100.77" },
		{ "198.51.100.77/25", 96 + 25, "198.51.100.0" },
		{ "198.51.100.177/25", 96 + 25, "198.51.100.128" },
		{ "198.51.100.77/0", 96, "0.0.0.0" },
		{ "2001:db8:ffff::1/33", 33, "2001:db8:8000::" },
		{ "2001:db8::1", 128, "2001:db8::1" },
		{ "2001:db8::1/0", 0, "::" },
	};
	char text[ADDRESS_TEXT_MAX];
	struct steer_addr addr, network;
	uint8_t bits;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(address_parse_prefix(cases[i].text, &addr, &bits), 0);
		assert_int_equal(bits, cases[i].bits);
		network = address_network(&addr, bits);
		assert_string_equal(address_format(&network, text), cases[i].network);
	}
}

static void test_address_kinds(void **state)
{
	static const char *const hosts[] = { "192.0.2.1", "223.255.255.255", "2001:db8::1",
					     "fe80::1" };
	static const char *const others[] = { "0.0.0.1",	 "127.0.0.1", "224.0.0.1",
					      "255.255.255.255", "::",	      "::1",
					      "ff02::1" };
	struct steer_addr addr;

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		addr = parsed(hosts[i]);
		assert_true(address_is_host(&addr));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		addr = parsed(others[i]);
		assert_false(address_is_host(&addr));
	}
	addr = parsed("febf::1");
	assert_true(address_is_link_local(&addr));
	addr = parsed("fec0::1");
	assert_false(address_is_link_local(&addr));
}

static void test_address_sockaddr(void **state)
{
	struct sockaddr_storage storage;
	struct sockaddr_in *in = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
	struct steer_addr addr = parsed("192.0.2.1");

	(void)state;
	assert_int_equal(address_to_sockaddr(&addr, 80, &storage), sizeof(*in));
	assert_int_equal(in->sin_family, AF_INET);
	assert_int_equal(in->sin_port, htons(80));
	assert_int_equal(in->sin_addr.s_addr, htonl(0xc0000201));
	addr = parsed("2001:db8::1");
	assert_int_equal(address_to_sockaddr(&addr, 443, &storage), sizeof(*in6));
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(in6->sin6_port, htons(443));
	assert_memory_equal(&in6->sin6_addr, &addr, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_text_round_trip),
		cmocka_unit_test(test_address_refuses),
		cmocka_unit_test(test_address_prefix),
		cmocka_unit_test(test_address_kinds),
		cmocka_unit_test(test_address_sockaddr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
