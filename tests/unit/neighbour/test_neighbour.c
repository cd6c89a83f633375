// SPDX-License-Identifier: GPL-2.0
#include "bed.h"

static void test_neighbour_resolves_ipv4(void **state)
{
	struct bed *bed = bed_of(state);
	char text[ADDRESS_TEXT_MAX];
	uint8_t mac[6];
	uint16_t mtu;
	uint32_t ifindex;

	watch(bed, 7, "192.0.2.2");
	assert_int_equal(bed->calls, 0);
	await_calls(bed, 1);
	assert_int_equal(bed->node, 7);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
	assert_memory_equal(bed->path.src_mac, near_mac, 6);
	assert_int_equal(bed->path.mtu_bytes, 1500);
	assert_true(bed->path.direct);
	assert_string_equal(address_format(&bed->path.source, text), "192.0.2.1");
	assert_int_equal(neighbours_own_interface("near", &ifindex, mac, &mtu), 0);
	assert_int_equal(bed->path.ifindex, ifindex);
	assert_memory_equal(mac, near_mac, 6);
	assert_int_equal(mtu, 1500);
}

static void test_neighbour_resolves_ipv6(void **state)
{
	struct bed *bed = bed_of(state);
	char text[ADDRESS_TEXT_MAX];

	watch(bed, 7, "2001:db8::2");
	await_calls(bed, 1);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
	assert_true(bed->path.direct);
	assert_string_equal(address_format(&bed->path.source, text), "2001:db8::1");
}

static void test_neighbour_follows_permanent_entry(void **state)
{
	struct bed *bed = bed_of(state);

	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:02 dev near nud permanent");
	watch(bed, 9, "192.0.2.9");
	await_calls(bed, 1);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
	run("ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:03 dev near nud permanent");
	await_calls(bed, 2);
	assert_int_equal(bed->node, 9);
	assert_memory_equal(bed->path.dst_mac, new_mac, 6);
}

/* The peer's card is replaced: it announces itself, as every system does, by gratuitous ARP. */
static void test_neighbour_follows_mac_of_peer(void **state)
{
	struct bed *bed = bed_of(state);

	run("sysctl -qw net.ipv4.neigh.near.locktime=0 net.ipv4.conf.near.arp_accept=1");
	watch(bed, 2, "192.0.2.2");
	await_calls(bed, 1);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
	run_far(bed, "sysctl -qw net.ipv4.conf.far.arp_notify=1; "
		     "ip link set far address 02:00:00:00:00:03");
	await_calls(bed, 2);
	assert_memory_equal(bed->path.dst_mac, new_mac, 6);
}

static void test_neighbour_retries_until_peer_comes(void **state)
{
	struct bed *bed = bed_of(state);

	watch(bed, 3, "192.0.2.3");
	run_for(bed, 200 * 1000);
	assert_int_equal(bed->calls, 0);
	run_far(bed, "ip addr add 192.0.2.3/24 dev far");
	await_calls(bed, 1);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
}

static void test_neighbour_keeps_mac_of_failed_entry(void **state)
{
	struct bed *bed = bed_of(state);

	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:03 dev near nud permanent");
	watch(bed, 9, "192.0.2.9");
	await_calls(bed, 1);
	run("ip neigh del 192.0.2.9 dev near");
	run("ip link set near mtu 1400");
	await_calls(bed, 2);
	assert_int_equal(bed->path.mtu_bytes, 1400);
	assert_memory_equal(bed->path.dst_mac, new_mac, 6);
}

static void test_neighbour_goes_through_gateway(void **state)
{
	struct bed *bed = bed_of(state);

	watch(bed, 5, "203.0.113.5");
	run_for(bed, 50 * 1000);
	assert_int_equal(bed->calls, 0);
	run("ip route add 203.0.113.0/24 via 192.0.2.2 mtu 1300");
	await_calls(bed, 1);
	assert_false(bed->path.direct);
	assert_int_equal(bed->path.mtu_bytes, 1300);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:03 dev near nud permanent; "
	    "ip route replace 203.0.113.0/24 via 192.0.2.9");
	await_calls(bed, 2);
	assert_memory_equal(bed->path.dst_mac, new_mac, 6);
	assert_int_equal(bed->path.mtu_bytes, 1500);
}

/* RFC 8950: the segment has IPv6 only, and carries IPv4 routes. */
static void test_neighbour_ipv4_route_through_ipv6_gateway(void **state)
{
	struct bed *bed = bed_of(state);

	if (system("ip route add 203.0.113.0/24 via inet6 2001:db8::2 dev near 2>/dev/null")) {
		print_message("skipped: no IPv4 routes through IPv6 gateways\n");
		skip();
	}
	watch(bed, 5, "203.0.113.5");
	await_calls(bed, 1);
	assert_false(bed->path.direct);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
}

static void test_neighbour_vlan_leads_over_the_device_below(void **state)
{
	struct bed *bed = bed_of(state);
	uint8_t mac[6];
	uint16_t mtu;
	uint32_t ifindex;

	if (system("ip link add link near name near.7 type vlan id 7 2>/dev/null")) {
		print_message("skipped: no VLAN devices\n");
		skip();
	}
	run("ip link set near.7 mtu 1400 up; ip addr add 198.51.100.1/24 dev near.7");
	run_far(bed, "ip link add link far name far.7 type vlan id 7; ip link set far.7 up; "
		     "ip addr add 198.51.100.2/24 dev far.7");
	watch(bed, 7, "198.51.100.2");
	await_calls(bed, 1);
	assert_int_equal(neighbours_own_interface("near", &ifindex, mac, &mtu), 0);
	assert_int_equal(bed->path.ifindex, ifindex);
	assert_int_equal(bed->path.mtu_bytes, 1400);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
	/* The MAC is kept like any other. */
	run("ip neigh replace 198.51.100.2 dev near.7 nud failed");
	run("ip link set near.7 mtu 1300");
	await_calls(bed, 2);
	assert_int_equal(bed->path.mtu_bytes, 1300);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
}

static void test_neighbour_follows_own_mac(void **state)
{
	struct bed *bed = bed_of(state);
	unsigned int calls;

	watch(bed, 2, "192.0.2.2");
	await_calls(bed, 1);
	calls = bed->calls;
	run("ip link set near address 02:00:00:00:00:03");
	await_calls(bed, calls + 1);
	assert_memory_equal(bed->path.src_mac, new_mac, 6);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
}

static void test_neighbour_survives_lost_events(void **state)
{
	struct bed *bed = bed_of(state);
	char path[] = "/tmp/steer-neigh.XXXXXX";
	int fd = mkstemp(path);
	FILE *batch = fdopen(fd, "w");
	char command[128];

	assert_non_null(batch);
	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:02 dev near nud permanent");
	watch(bed, 9, "192.0.2.9");
	await_calls(bed, 1);
	/* more events than any queue holds, the one that counts among the lost */
	for (int i = 0; i < 40000; i++)
		fprintf(batch,
			"neigh replace 192.0.2.10 lladdr 02:00:00:00:%02x:%02x dev near nud "
			"permanent\n",
			i >> 8 & 255, i & 255);
	fprintf(batch, "neigh replace 192.0.2.9 lladdr 02:00:00:00:00:03 dev near nud permanent\n");
	fclose(batch);
	snprintf(command, sizeof(command), "ip -batch %s", path);
	run(command);
	unlink(path);
	await_calls(bed, 2);
	assert_memory_equal(bed->path.dst_mac, new_mac, 6);
}

static void test_neighbour_unwatch_is_silent(void **state)
{
	struct bed *bed = bed_of(state);

	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:02 dev near nud permanent");
	watch(bed, 9, "192.0.2.9");
	watch(bed, 8, "192.0.2.9");
	await_calls(bed, 2);
	neighbours_unwatch(bed->neighbours, 9);
	run("ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:03 dev near nud permanent");
	await_calls(bed, 3);
	assert_int_equal(bed->node, 8);
	run_for(bed, 50 * 1000);
	assert_int_equal(bed->calls, 3);
}

static void test_neighbour_new_address_replaces(void **state)
{
	struct bed *bed = bed_of(state);

	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:02 dev near nud permanent; "
	    "ip neigh add 192.0.2.8 lladdr 02:00:00:00:00:03 dev near nud permanent");
	watch(bed, 9, "192.0.2.9");
	await_calls(bed, 1);
	watch(bed, 9, "192.0.2.9");
	run_for(bed, 50 * 1000);
	assert_int_equal(bed->calls, 1);
	watch(bed, 9, "192.0.2.8");
	await_calls(bed, 2);
	assert_memory_equal(bed->path.dst_mac, new_mac, 6);
}

/* A restarted daemon must not take its peers for unreachable until the loop turns. */
static void test_neighbour_tells_known_path_at_once(void **state)
{
	struct bed *bed = bed_of(state);

	run("ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:02 dev near nud permanent");
	watch(bed, 9, "192.0.2.9");
	assert_int_equal(bed->calls, 1);
	assert_memory_equal(bed->path.dst_mac, far_mac, 6);
}

static void test_neighbour_own_address_has_no_path(void **state)
{
	struct bed *bed = bed_of(state);

	watch(bed, 1, "192.0.2.1");
	run_for(bed, 100 * 1000);
	assert_int_equal(bed->calls, 0);
}

static void test_neighbour_refuses_bad_arguments(void **state)
{
	struct bed *bed = bed_of(state);
	struct steer_addr none = {}, addr;
	uint32_t ifindex = 77;
	uint16_t mtu;
	uint8_t mac[6];

	assert_int_equal(address_parse("192.0.2.2", &addr), 0);
	assert_int_equal(neighbours_watch(bed->neighbours, 0, &addr), -EINVAL);
	assert_int_equal(neighbours_watch(bed->neighbours, STEER_MAX_NODES, &addr), -EINVAL);
	assert_int_equal(neighbours_watch(bed->neighbours, 1, &none), -EINVAL);
	assert_int_equal(neighbours_own_interface("absent", &ifindex, mac, &mtu), -ENODEV);
	assert_int_equal(neighbours_own_interface("lo", &ifindex, mac, &mtu), -EOPNOTSUPP);
	assert_int_equal(ifindex, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_neighbour_resolves_ipv4),
		TEST(test_neighbour_resolves_ipv6),
		TEST(test_neighbour_follows_permanent_entry),
		TEST(test_neighbour_follows_mac_of_peer),
		TEST(test_neighbour_retries_until_peer_comes),
		TEST(test_neighbour_keeps_mac_of_failed_entry),
		TEST(test_neighbour_goes_through_gateway),
		TEST(test_neighbour_ipv4_route_through_ipv6_gateway),
		TEST(test_neighbour_vlan_leads_over_the_device_below),
		TEST(test_neighbour_follows_own_mac),
		TEST(test_neighbour_survives_lost_events),
		TEST(test_neighbour_unwatch_is_silent),
		TEST(test_neighbour_new_address_replaces),
		TEST(test_neighbour_tells_known_path_at_once),
		TEST(test_neighbour_own_address_has_no_path),
		TEST(test_neighbour_refuses_bad_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
