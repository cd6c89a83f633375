// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include "config/address.h"

#define POOL(health) "{ name: web, members: all, health: { " health " } }"

static void test_section_check_defaults(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){ .pool = POOL("type: http") });
	const struct cluster_check *check = &cluster->pools[0].check;

	(void)state;
	assert_int_equal(check->type, CHECK_HTTP);
	assert_false(check->has_address);
	assert_int_equal(check->port, 0);
	assert_string_equal(check->path, "/");
	assert_string_equal(check->host, "");
	assert_int_equal(check->status, 0);
	assert_string_equal(check->body, "");
	assert_string_equal(check->sni, "");
	assert_string_equal(check->ca_file, "");
	assert_false(check->insecure);
	assert_int_equal(check->command_bytes, 0);
	assert_int_equal(check->interval_ms, 1000);
	assert_int_equal(check->fast_interval_ms, 1000);
	assert_int_equal(check->timeout_ms, 500);
	assert_int_equal(check->rise, 2);
	assert_int_equal(check->fall, 2);
	cluster_free(cluster);
}

static void test_section_check_values(void **state)
{
	struct cluster *cluster = fixture_load(&(struct fixture){
		.pool = POOL("type: http, address: 127.0.0.1, port: 8080, path: /healthz, "
			     "host: www.example, status: 204, body: 'all: ok', interval: 2m, "
			     "fast-interval: 250ms, timeout: 3s, rise: 4, fall: 5") });
	const struct cluster_check *check = &cluster->pools[0].check;
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	assert_true(check->has_address);
	assert_string_equal(address_format(&check->address, text), "127.0.0.1");
	assert_int_equal(check->port, 8080);
	assert_string_equal(check->path, "/healthz");
	assert_string_equal(check->host, "www.example");
	assert_int_equal(check->status, 204);
	assert_string_equal(check->body, "all: ok");
	assert_string_equal(check->sni, "");
	assert_int_equal(check->interval_ms, 120000);
	assert_int_equal(check->fast_interval_ms, 250);
	assert_int_equal(check->timeout_ms, 3000);
	assert_int_equal(check->rise, 4);
	assert_int_equal(check->fall, 5);
	cluster_free(cluster);
}

static void test_section_check_https(void **state)
{
	static const struct {
		const char *keys, *host, *sni, *ca_file;
		bool insecure;
	} cases[] = {
		{ "", "", "", "", false },
		{ ", host: www.example", "www.example", "www.example", "", false },
		{ ", host: 'www.example:8443'", "www.example:8443", "www.example", "", false },
		{ ", host: 192.0.2.1", "192.0.2.1", "", "", false },
		{ ", host: '[2001:db8::1]:443'", "[2001:db8::1]:443", "", "", false },
		{ ", sni: a.example", "", "a.example", "", false },
		{ ", sni: a.example, host: b.example", "b.example", "a.example", "", false },
		{ ", ca-file: /etc/steer/ca.pem, verify: true", "", "", "/etc/steer/ca.pem",
		  false },
		{ ", verify: false", "", "", "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct cluster_check *check;
		struct cluster *cluster;
		char pool[256];

		snprintf(pool, sizeof(pool), POOL("type: https%s"), cases[i].keys);
		cluster = fixture_load(&(struct fixture){ .pool = pool });
		check = &cluster->pools[0].check;
		assert_int_equal(check->type, CHECK_HTTPS);
		assert_string_equal(check->path, "/");
		assert_string_equal(check->host, cases[i].host);
		assert_string_equal(check->sni, cases[i].sni);
		assert_string_equal(check->ca_file, cases[i].ca_file);
		assert_int_equal(check->insecure, cases[i].insecure);
		cluster_free(cluster);
	}
}

/* Of what connects to nothing, services may have any port and any prefix. */
static void test_section_check_exec(void **state)
{
	static const char command[] = "/usr/lib/foo/check\0-v\0two words";
	struct cluster *cluster = fixture_load(&(struct fixture){
		.pool = POOL("type: exec, command: [ /usr/lib/foo/check, -v, 'two words' ]"),
		.service = "{ name: s, vip: 198.51.100.0/24, protocol: udp, port: any, pool: "
			   "web }" });
	const struct cluster_check *check = &cluster->pools[0].check;

	(void)state;
	assert_int_equal(check->type, CHECK_EXEC);
	assert_int_equal(check->command_bytes, sizeof(command));
	assert_memory_equal(check->command, command, sizeof(command));
	assert_int_equal(check->timeout_ms, 1000);
	cluster_free(cluster);
}

static void test_section_check_exec_fits(void **state)
{
	char pool[1024], argument[CLUSTER_COMMAND_MAX];

	(void)state;
	/* "/c", the argument, and a NUL each. */
	for (size_t length = CLUSTER_COMMAND_MAX - 4; length <= CLUSTER_COMMAND_MAX - 3; length++) {
		memset(argument, 'x', length);
		argument[length] = '\0';
		snprintf(pool, sizeof(pool), POOL("type: exec, command: [ /c, %s ]"), argument);
		if (length == CLUSTER_COMMAND_MAX - 4)
			cluster_free(fixture_load(&(struct fixture){ .pool = pool }));
		else
			fixture_expect_error_with(&(struct fixture){ .pool = pool },
						  "8:69: command is longer than 512 bytes with");
	}
}

static void test_section_check_timeout_follows_short_interval(void **state)
{
	struct cluster *cluster =
		fixture_load(&(struct fixture){ .pool = POOL("type: tcp, interval: 100ms") });

	(void)state;
	assert_int_equal(cluster->pools[0].check.type, CHECK_TCP);
	assert_int_equal(cluster->pools[0].check.timeout_ms, 100);
	assert_int_equal(cluster->pools[0].check.fast_interval_ms, 100);
	cluster_free(cluster);
}

static void test_section_check_errors(void **state)
{
	static const struct {
		const char *pool;
		const char *error;
	} cases[] = {
		{ "{ name: web, members: all, health: tcp }", "8:40: health is not a mapping" },
		{ POOL("port: 80"), "8:40: health has no \"type\"; add type: …" },
		{ POOL("type: htpt"), "8:48: unknown type \"htpt\"; did you mean \"http\"?" },
		{ POOL("type: none"), "8:48: unknown type \"none\"; known: tcp, http, https" },
		{ POOL("type: tcp, port: 0"), "8:59: port \"0\" is out of range; give 1 to 65535" },
		{ POOL("type: tcp, port: 65536"), "8:59: port \"65536\" is out of range" },
		{ POOL("type: tcp, path: /x"),
		  "8:59: path means nothing to a tcp check; remove it, or use type: http" },
		{ POOL("type: tcp, body: x"), "8:59: body means nothing to a tcp check" },
		{ POOL("type: http, sni: x"),
		  "8:59: sni means nothing to an http check; remove it, or use type: https" },
		{ POOL("type: http, ca-file: /x"), "8:63: ca-file means nothing to an http" },
		{ POOL("type: http, verify: false"), "8:62: verify means nothing to an http" },
		{ POOL("type: https, command: [ /x ]"),
		  "8:64: command means nothing to an https check; remove it, or use type: exec" },
		{ POOL("type: exec, command: [ /x ], path: /x"),
		  "8:77: path means nothing to an exec check; remove it, or use type: http" },
		{ POOL("type: exec, command: [ /x ], port: 80"),
		  "8:77: port means nothing to an exec check; remove it, or use type: tcp" },
		{ POOL("type: exec, command: [ /x ], address: 192.0.2.9"),
		  "8:80: address means nothing to an exec check" },
		{ POOL("type: exec"), "8:40: an exec check has no \"command\"; add command: [" },
		{ POOL("type: exec, command: /x"), "8:63: command is not a list" },
		{ POOL("type: exec, command: []"), "8:63: command is empty" },
		{ POOL("type: exec, command: [ check, -v ]"),
		  "8:65: command \"check\" is not an absolute path" },
		{ POOL("type: exec, command: [ /x, [ y ] ]"), "8:69: command is a list" },
		{ POOL("type: exec, command: [ /x, '' ]"), "8:69: command has no value" },
		{ POOL("type: exec, command: [ \"/x\\0y\" ]"), "8:65: command has a NUL byte" },
		{ POOL("type: http, body: \"a\\nb\""), "8:60: body \"a?b\" has control" },
		{ POOL("type: https, sni: 192.0.2.1"),
		  "8:60: sni \"192.0.2.1\" is not a host name" },
		{ POOL("type: https, sni: 'a:443'"), "8:60: sni \"a:443\" is not a host name" },
		{ POOL("type: https, ca-file: ca.pem"),
		  "8:64: ca-file \"ca.pem\" is not an absolute path" },
		{ POOL("type: https, verify: no"), "8:63: unknown verify \"no\"" },
		{ POOL("type: https, verify: false, ca-file: /x"),
		  "8:79: ca-file means nothing with verify: false" },
		{ POOL("type: http, path: x"), "8:60: path \"x\" is not a request path" },
		{ POOL("type: http, path: /a b"), "8:60: path \"/a b\" is not a request path" },
		{ POOL("type: http, path: \"/a\\r\\nX: y\""),
		  "8:60: path \"/a??X: y\" has control" },
		{ POOL("type: http, host: http://x"),
		  "8:60: host \"http://x\" is not a host name" },
		{ POOL("type: http, status: 99"),
		  "8:62: status \"99\" is out of range; give 100 to 599" },
		{ POOL("type: tcp, interval: 1000"),
		  "8:63: interval \"1000\" has no unit; write 1000ms, 1000s or 1000m" },
		{ POOL("type: tcp, interval: 1h"), "8:63: interval \"1h\" is not a duration" },
		{ POOL("type: tcp, interval: 1 s"), "8:63: interval \"1 s\" is not a duration" },
		{ POOL("type: tcp, interval: 0.5s"), "8:63: interval \"0.5s\" is not a duration" },
		{ POOL("type: tcp, interval: 1us"), "8:63: interval \"1us\" is not a duration" },
		{ POOL("type: tcp, interval: 49ms"),
		  "8:63: interval \"49ms\" is out of range; give 50ms to 60m" },
		{ POOL("type: tcp, interval: 99999999999999999999m"),
		  "8:63: interval \"9999999999" },
		{ POOL("type: tcp, timeout: 2s"),
		  "8:62: timeout is longer than the interval of 1000ms" },
		{ POOL("type: tcp, fast-interval: 2s"),
		  "8:68: fast-interval is longer than the interval of 1000ms" },
		{ POOL("type: tcp, fast-interval: 49ms"),
		  "8:68: fast-interval \"49ms\" is out of range; give 50ms to 60m" },
		{ POOL("type: tcp, rise: 0"), "8:59: rise \"0\" is out of range; give 1 to 100" },
		{ POOL("type: tcp, fall: 101"),
		  "8:59: fall \"101\" is out of range; give 1 to 100" },
		{ POOL("type: tcp, address: 192.0.2.9"), "8:62: address needs a port; add port:" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		fixture_expect_error_with(&(struct fixture){ .pool = cases[i].pool },
					  cases[i].error);
}

static void test_section_check_needs_target(void **state)
{
	static const struct {
		const char *health;
		const char *service;
		const char *error;
	} cases[] = {
		{ POOL("type: tcp"),
		  "{ name: s, vip: 198.51.100.1, protocol: udp, port: 53, pool: web }",
		  "8:40: health of pool web needs a port, as service s is UDP; add port:" },
		{ POOL("type: tcp"),
		  "{ name: s, vip: 198.51.100.1, protocol: tcp, port: any, pool: web }",
		  "8:40: health of pool web needs a port, as service s has any; add port:" },
		{ POOL("type: tcp"),
		  "{ name: s, vip: 198.51.100.1, protocol: tcp, port: any, pool: web }\n"
		  "  - { name: t, vip: 198.51.100.2, protocol: tcp, port: 0, pool: web }",
		  "8:40: health of pool web needs a port, as service s has any; add port:" },
		{ POOL("type: tcp"),
		  "{ name: s, vip: 198.51.100.0/24, protocol: tcp, port: 80, pool: web }",
		  "8:40: health of pool web has nothing to connect to" },
	};
	struct cluster *cluster;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		fixture_expect_error_with(
			&(struct fixture){ .pool = cases[i].health, .service = cases[i].service },
			cases[i].error);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cluster = fixture_load(
			&(struct fixture){ .pool = POOL("type: tcp, address: 192.0.2.9, port: 80"),
					   .service = cases[i].service });
		cluster_free(cluster);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_section_check_defaults),
		cmocka_unit_test(test_section_check_values),
		cmocka_unit_test(test_section_check_https),
		cmocka_unit_test(test_section_check_exec),
		cmocka_unit_test(test_section_check_exec_fits),
		cmocka_unit_test(test_section_check_timeout_follows_short_interval),
		cmocka_unit_test(test_section_check_errors),
		cmocka_unit_test(test_section_check_needs_target),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
