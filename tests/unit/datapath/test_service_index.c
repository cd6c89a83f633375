// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <arpa/inet.h>

#include "datapath/service_index.h"

#define FIRST_PORT 1000

static struct datapath_vip vips[STEER_MAX_VIPS];
static struct datapath_service services[STEER_MAX_SERVICES];

static struct datapath_vip vip(uint32_t host, uint32_t id)
{
	return (struct datapath_vip){
		.addr.word = { 0, 0, htonl(0xffff), htonl(0xc6336400 + host) },
		.prefix_bits = 128,
		.value = { .id = id },
	};
}

static struct datapath_service service(uint32_t vip_id, uint16_t port, uint16_t id)
{
	return (struct datapath_service){
		.key = { .vip = vip_id, .port = htons(port), .protocol = IPPROTO_TCP },
		.value = { .id = id },
	};
}

/* As the program does it. Return: the service, NULL if the bucket does not have it. */
static const struct steer_service *find(const struct steer_index_set *buckets,
					const struct steer_addr *addr, uint8_t protocol,
					uint16_t port)
{
	const struct steer_index_set *bucket = &buckets[steer_index_set_of(
		(__u64)addr->word[1] << 32 | addr->word[0],
		(__u64)addr->word[3] << 32 | addr->word[2], htons(port) | protocol << 16)];

	for (size_t i = 0; i < STEER_INDEX_WAYS; i++)
		if (bucket->entry[i].port == htons(port) && bucket->entry[i].protocol == protocol &&
		    !memcmp(&bucket->entry[i].addr, addr, sizeof(*addr)))
			return &bucket->entry[i].service;
	return NULL;
}

static size_t count_used(const struct service_index *index)
{
	size_t n = 0;

	for (size_t i = 0; i < STEER_INDEX_SETS; i++)
		for (size_t j = 0; j < STEER_INDEX_WAYS; j++)
			n += index->sets[i].entry[j].port != 0;
	return n;
}

/* So many services, four on each address. */
static void fill_many(struct service_index *ret_index, size_t n)
{
	for (size_t i = 0; i < n / 4; i++)
		vips[i] = vip(i, n - i);
	for (size_t i = 0; i < n; i++)
		services[i] = service(n - i / 4, FIRST_PORT + i % 4, i);
	assert_int_equal(service_index_fill(ret_index, vips, n / 4, services, n), 0);
}

static void test_index_has_each_service_once(void **state)
{
	struct service_index index;
	size_t missing = 0;

	(void)state;
	fill_many(&index, 1000);
	for (size_t i = 0; i < 1000; i++) {
		const struct steer_service *found =
			find(index.sets, &vips[i / 4].addr, IPPROTO_TCP, FIRST_PORT + i % 4);

		missing += !found;
		if (found)
			assert_int_equal(found->id, i);
		assert_null(find(index.sets, &vips[i / 4].addr, IPPROTO_UDP, FIRST_PORT + i % 4));
	}
	assert_int_equal(count_used(&index), 1000 - missing);
	assert_in_range(missing, 0, 2);
	service_index_release(&index);
}

/* By chance 17 of 4096 find their bucket full, and none of a thousand. */
static void test_index_has_room_for_nearly_all(void **state)
{
	struct service_index index;

	(void)state;
	fill_many(&index, 1000);
	assert_in_range(count_used(&index), 998, 1000);
	service_index_release(&index);
	fill_many(&index, STEER_MAX_SERVICES);
	print_message("%zu of %d have room\n", count_used(&index), STEER_MAX_SERVICES);
	assert_in_range(count_used(&index), STEER_MAX_SERVICES * 63 / 64, STEER_MAX_SERVICES);
	service_index_release(&index);
}

static void test_index_leaves_prefixes_and_any_port_to_the_maps(void **state)
{
	struct service_index index;

	(void)state;
	vips[0] = vip(1, 1);
	vips[1] = vip(0, 2);
	vips[1].prefix_bits = 96 + 24;
	services[0] = service(1, 0, 1);
	services[1] = service(2, 80, 2);
	services[2] = service(3, 80, 3); /* of no VIP */
	assert_int_equal(service_index_fill(&index, vips, 2, services, 3), 0);
	assert_int_equal(count_used(&index), 0);
	service_index_release(&index);
}

/* More services than slots whose bucket is the same. */
static void test_index_leaves_out_what_has_no_room(void **state)
{
	struct service_index index;
	size_t n = 0;

	(void)state;
	vips[0] = vip(1, 1);
	for (uint32_t port = 1; port < 65536 && n <= STEER_INDEX_WAYS; port++) {
		const __be32 *word = vips[0].addr.word;

		if (steer_index_set_of(0, (__u64)word[3] << 32 | word[2],
				       htons(port) | IPPROTO_TCP << 16) == 7)
			services[n++] = service(1, port, port);
	}
	assert_int_equal(n, STEER_INDEX_WAYS + 1);
	assert_int_equal(service_index_fill(&index, vips, 1, services, n), 0);
	assert_int_equal(count_used(&index), STEER_INDEX_WAYS);
	service_index_release(&index);
}

static __u32 inner_maps_id(const struct datapath *datapath)
{
	__u32 zero = 0, id = 0;

	bpf_map_lookup_elem(datapath->map[SCHEMA_INDEX], &zero, &id);
	return id;
}

static void set(struct datapath *datapath, size_t n_services)
{
	struct datapath_error error = {};

	if (datapath_set_services(datapath, vips, 1, services, n_services, &error))
		fail_msg("%s", error.text);
}

/* What the program would find in the index that it has: the service's id, 0: none. */
static uint16_t find_swapped(const struct datapath *datapath, uint32_t host, uint16_t port)
{
	const struct datapath_vip of = vip(host, 0);
	const __be32 *word = of.addr.word;
	const __u32 at = steer_index_set_of(0, (__u64)word[3] << 32 | word[2],
					    htons(port) | IPPROTO_TCP << 16);
	struct steer_index_set bucket;
	int fd = bpf_map_get_fd_by_id(inner_maps_id(datapath));
	uint16_t id = 0;

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &at, &bucket), 0);
	close(fd);
	for (size_t i = 0; i < STEER_INDEX_WAYS; i++)
		if (bucket.entry[i].port == htons(port) &&
		    !memcmp(&bucket.entry[i].addr, &of.addr, sizeof(of.addr)))
			id = bucket.entry[i].service.id;
	return id;
}

static void test_index_is_swapped_when_services_change(void **state)
{
	struct datapath *datapath;
	__u32 first;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(inner_maps_id(datapath), 0);
	vips[0] = vip(1, 1);
	services[0] = service(1, 80, 5);
	services[1] = service(1, 443, 6);
	set(datapath, 1);
	first = inner_maps_id(datapath);
	assert_int_equal(find_swapped(datapath, 1, 80), 5);
	assert_int_equal(find_swapped(datapath, 1, 443), 0);
	set(datapath, 1);
	assert_int_equal(inner_maps_id(datapath), first);
	set(datapath, 2);
	assert_int_not_equal(inner_maps_id(datapath), first);
	assert_int_equal(find_swapped(datapath, 1, 443), 6);
	services[0] = service(1, 80, 7);
	set(datapath, 2);
	assert_int_equal(find_swapped(datapath, 1, 80), 7);
	set(datapath, 1);
	assert_int_equal(find_swapped(datapath, 1, 443), 0);
	/* The same address by another id, and another address by the same. */
	vips[0] = vip(1, 2);
	services[0] = service(2, 80, 7);
	set(datapath, 1);
	assert_int_equal(find_swapped(datapath, 1, 80), 7);
	vips[0] = vip(3, 2);
	set(datapath, 1);
	assert_int_equal(find_swapped(datapath, 1, 80), 0);
	assert_int_equal(find_swapped(datapath, 3, 80), 7);
	datapath_close(datapath);
}

/* Who comes later does not know what it was made for, and makes it anew. */
static void test_index_is_made_anew_after_a_restart(void **state)
{
	struct datapath *datapath;
	__u32 first;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	vips[0] = vip(1, 1);
	services[0] = service(1, 80, 5);
	set(datapath, 1);
	first = inner_maps_id(datapath);
	datapath_close(datapath);
	datapath = fixture_open("st0");
	assert_int_equal(find_swapped(datapath, 1, 80), 5);
	set(datapath, 1);
	assert_int_not_equal(inner_maps_id(datapath), first);
	assert_int_equal(find_swapped(datapath, 1, 80), 5);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index_has_each_service_once),
		cmocka_unit_test(test_index_has_room_for_nearly_all),
		cmocka_unit_test(test_index_leaves_prefixes_and_any_port_to_the_maps),
		cmocka_unit_test(test_index_leaves_out_what_has_no_room),
		fixture_test(test_index_is_swapped_when_services_change),
		fixture_test(test_index_is_made_anew_after_a_restart),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
