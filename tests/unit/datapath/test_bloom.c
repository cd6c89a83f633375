// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <arpa/inet.h>

#include "steer/bloom.h"

static struct datapath_vip vip(uint32_t host)
{
	return (struct datapath_vip){
		.addr.word = { 0, 0, htonl(0xffff), htonl(0xc6336400 + host) },
		.prefix_bits = 128,
		.value = { .id = host },
	};
}

static struct steer_bloom read_filter(const struct datapath *datapath)
{
	struct steer_bloom filter;
	__u32 zero = 0;

	assert_int_equal(bpf_map_lookup_elem(datapath->map[SCHEMA_BLOOM], &zero, &filter), 0);
	return filter;
}

static size_t bits_of(const __u64 *bits, size_t words)
{
	size_t n = 0;

	for (size_t i = 0; i < words; i++)
		n += (size_t)__builtin_popcountll(bits[i]);
	return n;
}

static size_t vips_of(const struct steer_bloom *filter)
{
	return bits_of(filter->vips, sizeof(filter->vips) / sizeof(filter->vips[0]));
}

static size_t macs_of(const struct steer_bloom *filter)
{
	return bits_of(filter->macs, sizeof(filter->macs) / sizeof(filter->macs[0]));
}

static void set_vips(struct datapath *datapath, const struct datapath_vip *vips, size_t n)
{
	struct datapath_error error = {};

	if (datapath_set_services(datapath, vips, n, NULL, 0, &error))
		fail_msg("%s", error.text);
}

static void test_filter_knows_the_vips_and_no_others(void **state)
{
	const struct datapath_vip both[] = { vip(1), vip(2) };
	struct steer_bloom filter;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	filter = read_filter(datapath);
	assert_int_equal(vips_of(&filter), 0);
	set_vips(datapath, both, 2);
	filter = read_filter(datapath);
	assert_int_equal(vips_of(&filter), 2);
	for (int i = 0; i < 2; i++)
		assert_true(steer_bloom_has(filter.vips, steer_bloom_vip(both[i].addr.word)));
	set_vips(datapath, &both[1], 1);
	filter = read_filter(datapath);
	assert_int_equal(vips_of(&filter), 1);
	assert_true(steer_bloom_has(filter.vips, steer_bloom_vip(both[1].addr.word)));
	datapath_close(datapath);
}

static void test_filter_knows_the_macs_and_no_others(void **state)
{
	struct steer_mac_key key[2] = { { .mac = { 0, 0, 0, 0, 0, 1 } },
					{ .mac = { 0, 0, 0, 0, 0, 2 } } };
	const struct steer_mac mac = { .node = 1 };
	struct steer_bloom filter;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	for (int i = 0; i < 2; i++)
		assert_int_equal(datapath_set_mac(datapath, &key[i], &mac), 0);
	filter = read_filter(datapath);
	assert_int_equal(macs_of(&filter), 2);
	assert_int_equal(datapath_delete_mac(datapath, &key[0]), 0);
	filter = read_filter(datapath);
	assert_int_equal(macs_of(&filter), 1);
	assert_true(steer_bloom_has(filter.macs, steer_bloom_mac(htonl(2))));
	assert_int_equal(datapath_delete_mac(datapath, &key[0]), 0);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_filter_knows_the_vips_and_no_others),
		fixture_test(test_filter_knows_the_macs_and_no_others),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
