// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <arpa/inet.h>

static struct datapath_vip vips[STEER_MAX_VIPS + 1];
static struct datapath_service services[STEER_MAX_SERVICES + 1];

static struct steer_addr addr4(uint32_t host)
{
	return (struct steer_addr){ .word = { 0, 0, htonl(0xffff), htonl(0xc6336400 + host) } };
}

static struct datapath_vip vip(uint32_t host, uint32_t id)
{
	return (struct datapath_vip){ .addr = addr4(host), .prefix_bits = 128, .value = { id } };
}

static struct datapath_service service(uint32_t vip_id, uint16_t port, uint16_t pool)
{
	return (struct datapath_service){
		.key = { .vip = vip_id, .port = htons(port), .protocol = IPPROTO_TCP },
		.value = { .pool = pool },
	};
}

static size_t count(const struct datapath *datapath, enum schema_map map)
{
	unsigned char key[32];
	void *previous = NULL;
	size_t n = 0;

	while (!bpf_map_get_next_key(datapath->map[map], previous, key)) {
		previous = key;
		n++;
	}
	return n;
}

static void set(struct datapath *datapath, size_t n_vips, size_t n_services)
{
	struct datapath_error error = {};

	if (datapath_set_services(datapath, vips, n_vips, services, n_services, &error))
		fail_msg("%s", error.text);
}

static void test_services_are_what_was_set(void **state)
{
	struct datapath_vip prefix, found = vip(1, 0);
	struct datapath_service found_service = service(1, 80, 0);
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	vips[0] = vip(1, 1);
	prefix = vips[1] = vip(0, 2);
	prefix.prefix_bits = vips[1].prefix_bits = 96 + 24;
	services[0] = service(1, 80, 6);
	services[1] = service(2, 0, 7);
	set(datapath, 2, 2);
	assert_int_equal(count(datapath, SCHEMA_VIPS), 1);
	assert_int_equal(count(datapath, SCHEMA_PREFIXES), 1);
	assert_int_equal(count(datapath, SCHEMA_SERVICES), 2);
	assert_int_equal(datapath_get_vip(datapath, &found), 0);
	assert_int_equal(found.value.id, 1);
	assert_int_equal(datapath_get_service(datapath, &found_service), 0);
	assert_int_equal(found_service.value.pool, 6);
	prefix.value.id = 0;
	assert_int_equal(datapath_get_vip(datapath, &prefix), 0);
	assert_int_equal(prefix.value.id, 2);
	/* A longer prefix is inside, but is not there. */
	prefix.prefix_bits = 96 + 25;
	assert_int_equal(datapath_get_vip(datapath, &prefix), -ENOENT);
	found = vip(9, 0);
	assert_int_equal(datapath_get_vip(datapath, &found), -ENOENT);
	found_service = service(1, 81, 0);
	assert_int_equal(datapath_get_service(datapath, &found_service), -ENOENT);
	datapath_close(datapath);
}

static void test_services_change_and_go(void **state)
{
	struct datapath_vip gone = vip(1, 0), stays = vip(2, 0);
	struct datapath_service changed = service(2, 80, 0), removed = service(1, 80, 0);
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	vips[0] = vip(1, 1);
	vips[1] = vip(2, 2);
	services[0] = service(1, 80, 1);
	services[1] = service(2, 80, 1);
	set(datapath, 2, 2);
	vips[0] = vip(2, 2);
	vips[1] = vip(3, 3);
	services[0] = service(2, 80, 5);
	services[1] = service(3, 443, 1);
	set(datapath, 2, 2);
	assert_int_equal(count(datapath, SCHEMA_VIPS), 2);
	assert_int_equal(count(datapath, SCHEMA_SERVICES), 2);
	assert_int_equal(datapath_get_vip(datapath, &gone), -ENOENT);
	assert_int_equal(datapath_get_vip(datapath, &stays), 0);
	assert_int_equal(datapath_get_service(datapath, &removed), -ENOENT);
	assert_int_equal(datapath_get_service(datapath, &changed), 0);
	assert_int_equal(changed.value.pool, 5);
	set(datapath, 0, 0);
	assert_int_equal(count(datapath, SCHEMA_VIPS) + count(datapath, SCHEMA_SERVICES), 0);
	datapath_close(datapath);
}

static void test_services_too_many_are_refused_before_the_first_write(void **state)
{
	struct datapath_error error = {};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	vips[0] = vip(1, 1);
	services[0] = service(1, 80, 1);
	set(datapath, 1, 1);
	for (size_t i = 0; i <= STEER_MAX_SERVICES; i++)
		services[i] = service(1, i + 1000, 2);
	assert_int_equal(
		datapath_set_services(datapath, vips, 1, services, STEER_MAX_SERVICES + 1, &error),
		-ENOSPC);
	assert_contains(error.text, "steer_services takes 4096 entries, 4097 are wanted");
	for (size_t i = 0; i <= STEER_MAX_VIPS; i++)
		vips[i] = vip(i + 5, 1);
	assert_int_equal(
		datapath_set_services(datapath, vips, STEER_MAX_VIPS + 1, services, 1, &error),
		-ENOSPC);
	assert_contains(error.text, "steer_vips takes 4096 entries");
	assert_int_equal(count(datapath, SCHEMA_VIPS), 1);
	assert_int_equal(count(datapath, SCHEMA_SERVICES), 1);
	datapath_close(datapath);
}

static void test_services_refuse_the_same_twice(void **state)
{
	struct datapath_error error = {};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	vips[0] = vip(1, 1);
	services[0] = service(1, 80, 1);
	services[1] = service(1, 80, 2);
	assert_int_equal(datapath_set_services(datapath, vips, 1, services, 2, &error), -EEXIST);
	assert_contains(error.text, "steer_services");
	assert_int_equal(count(datapath, SCHEMA_VIPS), 0);
	datapath_close(datapath);
}

/* All maps full, and then full of something else. */
static void test_services_full_maps_can_be_exchanged(void **state)
{
	struct datapath_service last = service(1, 50000 + STEER_MAX_SERVICES - 1, 0);
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < STEER_MAX_VIPS; i++) {
			vips[i] = vip((round * STEER_MAX_VIPS + i) << 8, 1);
			vips[i].prefix_bits = 96 + 24;
		}
		for (size_t i = 0; i < STEER_MAX_SERVICES; i++)
			services[i] = service(1, i + 1000 + 49000 * round, 2);
		set(datapath, STEER_MAX_VIPS, STEER_MAX_SERVICES);
	}
	assert_int_equal(count(datapath, SCHEMA_PREFIXES), STEER_MAX_VIPS);
	assert_int_equal(count(datapath, SCHEMA_SERVICES), STEER_MAX_SERVICES);
	assert_int_equal(datapath_get_service(datapath, &last), 0);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_services_are_what_was_set),
		fixture_test(test_services_change_and_go),
		fixture_test(test_services_too_many_are_refused_before_the_first_write),
		fixture_test(test_services_refuse_the_same_twice),
		fixture_test(test_services_full_maps_can_be_exchanged),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
