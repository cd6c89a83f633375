/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_UNIT_NEIGHBOUR_BED_H
#define TESTS_UNIT_NEIGHBOUR_BED_H

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

static inline void run(const char *command)
{
	int status = system(command);

	if (status)
		print_error("failed: %s\n", command);
	assert_int_equal(status, 0);
}

static inline void run_far(const struct bed *bed, const char *command)
{
	int near = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(near >= 0);
	assert_int_equal(setns(bed->far, CLONE_NEWNET), 0);
	run(command);
	assert_int_equal(setns(near, CLONE_NEWNET), 0);
	close(near);
}

static inline void on_changed(void *context, uint16_t node, const struct neighbour_path *path)
{
	struct bed *bed = context;

	bed->calls++;
	bed->node = node;
	bed->path = *path;
}

static inline void on_links(void *context)
{
	struct bed *bed = context;

	bed->links++;
}

static inline int setup(void **state)
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

static inline int teardown(void **state)
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

static inline struct bed *bed_of(void **state)
{
	struct bed *bed = *state;

	if (bed->home < 0) {
		print_message("skipped: needs root and network namespaces\n");
		skip();
	}
	return bed;
}

static inline void watch(struct bed *bed, uint16_t node, const char *address)
{
	struct steer_addr addr;

	assert_int_equal(address_parse(address, &addr), 0);
	assert_int_equal(neighbours_watch(bed->neighbours, node, &addr), 0);
}

/* Run the loop until there have been this many calls. */
static inline void await_calls(struct bed *bed, unsigned int calls)
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
static inline void run_for(struct bed *bed, uint64_t us)
{
	uint64_t start, now;

	assert_true(sd_event_now(bed->event, CLOCK_MONOTONIC, &start) >= 0);
	do {
		assert_true(sd_event_run(bed->event, us / 10) >= 0);
		sd_event_now(bed->event, CLOCK_MONOTONIC, &now);
	} while (now - start < us);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
