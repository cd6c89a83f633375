/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <linux/types.h>

/* Shared by tap.bpf.c and tap.c. Addresses are IPv6, or IPv4 as ::ffff:a.b.c.d. */
struct tap_address {
	__be32 word[4];
};
_Static_assert(sizeof(struct tap_address) == 16, "shared layout");

/* Where a service packet came from, and which node of the segment it was sent to. */
struct tap_key {
	__u32 ifindex;
	__u8 dst_mac[6];
	__u8 pad[2];
};
_Static_assert(sizeof(struct tap_key) == 12, "shared layout");

struct tap_seen {
	__u64 packets;
	__u64 first_ns; /* CLOCK_MONOTONIC */
	__u64 last_ns;
};
_Static_assert(sizeof(struct tap_seen) == 24, "shared layout");

#endif
