// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "config/address.h"
#include "neighbour/neighbour.h"

/*
 * Every test runs in a network namespace of its own, with a veth pair of which the far end is in a
 * second one. Both vanish with the process's file descriptors.
 */
#define WAIT_US (15ULL * 1000 * 1000) /* a bound, not a pause */

struct bed {
	sd_event *event;
	struct neighbours *neighbours;
	int home, far; /* namespaces; home is -1 without root */
	unsigned int calls, links;
	uint16_t node;
	struct neighbour_path path;
};

static const uint8_t near_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t far_mac[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t new_mac[6] = { 2, 0, 0, 0, 0, 3 };

static void run(const char *command)
{
	int status = system(command);

	if (status)
		print_error("failed: %s\n", command);
	assert_int_equal(status, 0);
}

static void run_far(const struct bed *bed, const char *command)
{
	int near = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(near >= 0);
	assert_int_equal(setns(bed->far, CLONE_NEWNET), 0);
	run(command);
	assert_int_equal(setns(near, CLONE_NEWNET), 0);
	close(near);
}

static void on_changed(void *context, uint16_t node, const struct neighbour_path *path)
{
	struct bed *bed = context;

	bed->calls++;
	bed->node = node;
	bed->path = *path;
}

static void on_links(void *context)
{
	struct bed *bed = context;

	bed->links++;
}

static int setup(void **state)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	char command[512];

	assert_non_null(bed);
	*state = bed;
	bed->home = bed->far = -1;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		return 0;
	bed->far = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	bed->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(bed->far >= 0 && bed->home >= 0);
	snprintf(command, sizeof(command),
		 "ip link add near address 02:00:00:00:00:01 type veth "
		 "peer name far address 02:00:00:00:00:02 netns /proc/%d/fd/%d",
		 getpid(), bed->far);
	run(command);
	run("ip link set lo up; ip addr add 192.0.2.1/24 dev near; "
	    "ip addr add 2001:db8::1/64 dev near nodad; ip link set near up");
	run_far(bed, "ip addr add 192.0.2.2/24 dev far; ip addr add 2001:db8::2/64 dev far nodad; "
		     "ip link set far up");
	assert_int_equal(sd_event_new(&bed->event), 0);
	assert_int_equal(neighbours_new(bed->event, on_changed, on_links, bed, &bed->neighbours),
			 0);
	return 0;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	neighbours_free(bed->neighbours);
	sd_event_unref(bed->event);
	if (bed->home >= 0)
		close(bed->home);
	if (bed->far >= 0)
		close(bed->far);
	free(bed);
	return 0;
}

static struct bed *bed_of(void **state)
{
	struct bed *bed = *state;

	if (bed->home < 0) {
		print_message("skipped: needs root and network namespaces\n");
		skip();
	}
	return bed;
}

static void watch(struct bed *bed, uint16_t node, const char *address)
{
	struct steer_addr addr;

	assert_int_equal(address_parse(address, &addr), 0);
	assert_int_equal(neighbours_watch(bed->neighbours, node, &addr), 0);
}

/* Run the loop until there have been this many calls. */
static void await_calls(struct bed *bed, unsigned int calls)
{
	uint64_t start, now;

	assert_true(sd_event_now(bed->event, CLOCK_MONOTONIC, &start) >= 0);
	while (bed->calls < calls) {
		assert_true(sd_event_run(bed->event, 100 * 1000) >= 0);
		sd_event_now(bed->event, CLOCK_MONOTONIC, &now);
		if (now - start > WAIT_US)
			fail_msg("%u calls instead of %u", bed->calls, calls);
	}
}

/* Run the loop for as long as something that must not happen would take. */
static void run_for(struct bed *bed, uint64_t us)
{
	uint64_t start, now;

	assert_true(sd_event_now(bed->event, CLOCK_MONOTONIC, &start) >= 0);
	do {
		assert_true(sd_event_run(bed->event, us / 10) >= 0);
		sd_event_now(bed->event, CLOCK_MONOTONIC, &now);
	} while (now - start < us);
}

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

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

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
		TEST(test_neighbour_macvlans_are_own_macs),
		TEST(test_neighbour_bridge_leads_over_its_own_port),
		TEST(test_neighbour_survives_lost_events),
		TEST(test_neighbour_unwatch_is_silent),
		TEST(test_neighbour_new_address_replaces),
		TEST(test_neighbour_tells_known_path_at_once),
		TEST(test_neighbour_own_address_has_no_path),
		TEST(test_neighbour_refuses_bad_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
