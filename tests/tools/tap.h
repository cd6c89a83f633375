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
	__u64 syns; /* of these, the beginnings of TCP connections */
	__u64 last_syn_ns;
};
_Static_assert(sizeof(struct tap_seen) == 40, "shared layout");

/*
 * Frames from this MAC do not leave by this port. The first byte is 0: nodes that forward by l2 use
 * it to tell of hops.
 */
struct tap_cut {
	__u32 ifindex;
	__u8 src_mac[6];
	__u8 pad[2];
};
_Static_assert(sizeof(struct tap_cut) == 12, "shared layout");

#endif
