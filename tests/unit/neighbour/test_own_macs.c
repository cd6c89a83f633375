// SPDX-License-Identifier: GPL-2.0
#include "bed.h"

static bool knows(const struct steer_interface *macs, int n, const uint8_t mac[6])
{
	for (int i = 0; i < n; i++)
		if (!memcmp(macs[i].mac, mac, 6))
			return true;
	return false;
}

/* A macvlan, as keepalived makes one for a virtual router, has a MAC of its own. */
static void test_neighbour_macvlans_are_own_macs(void **state)
{
	static const uint8_t vrrp[6] = { 0, 0, 0x5e, 0, 1, 0x33 };
	struct bed *bed = bed_of(state);
	uint32_t ifindex = if_nametoindex("near");
	struct steer_interface macs[2];

	assert_int_equal(neighbours_own_macs(ifindex, macs, 2), 0);
	run("ip link add link near name vrrp address 00:00:5e:00:01:33 type macvlan mode private");
	run("ip link add elsewhere address 02:00:00:00:00:77 type veth peer name nowhere");
	while (!bed->links)
		run_for(bed, 10 * 1000);
	assert_int_equal(neighbours_own_macs(ifindex, macs, 2), 1);
	assert_true(knows(macs, 1, vrrp));
	assert_int_equal(neighbours_own_macs(ifindex, macs, 0), 1);
	run("ip link del vrrp");
	assert_int_equal(neighbours_own_macs(ifindex, macs, 2), 0);
	assert_int_equal(neighbours_own_macs(9999, macs, 2), -ENODEV);
}

/* The interface is a port of the bridge that has the address. */
static void test_neighbour_bridge_leads_over_its_own_port(void **state)
{
	static const uint8_t bridge[6] = { 2, 0, 0, 0, 0, 0xb };
	struct bed *bed = bed_of(state);
	uint32_t ifindex = if_nametoindex("near");
	struct steer_interface macs[2];

	run("ip link add br0 address 02:00:00:00:00:0b type bridge; ip link set br0 up; "
	    "ip addr flush dev near; ip link set near master br0; ip addr add 192.0.2.1/24 dev "
	    "br0");
	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:02 dev br0 nud permanent");
	watch(bed, 9, "192.0.2.9");
	await_calls(bed, 1);
	assert_int_equal(bed->path.ifindex, if_nametoindex("br0"));
	neighbours_unwatch(bed->neighbours, 9);
	neighbours_set_own(bed->neighbours, &ifindex, 1);
	watch(bed, 9, "192.0.2.9");
	await_calls(bed, 2);
	assert_int_equal(bed->path.ifindex, ifindex);
	assert_memory_equal(bed->path.src_mac, bridge, 6);
	assert_int_equal(neighbours_own_macs(ifindex, macs, 2), 1);
	assert_true(knows(macs, 1, bridge));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_neighbour_macvlans_are_own_macs),
		TEST(test_neighbour_bridge_leads_over_its_own_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
