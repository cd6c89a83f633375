/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOOLS_MPPS_H
#define TESTS_TOOLS_MPPS_H

#include <linux/types.h>

/* What is sent: UDP from so many ports of one client to a virtual address. Node n is 192.0.2.n,
 * 02:00:00:00:00:n; the first is the one under test, the others are those it steers to. */
#define MPPS_CLIENT 0xcb007107	/* 203.0.113.7 */
#define MPPS_VIP 0xc6336401	/* 198.51.100.1 */
#define MPPS_NETWORK 0xc0000200 /* 192.0.2.0 */
#define MPPS_PORT 4433
#define MPPS_FIRST_PORT 1024
#define MPPS_FLOWS 16384 /* at most; a power of two */
#define MPPS_SELF 1
#define MPPS_FIRST 2
#define MPPS_LAST 5
#define MPPS_NODES 16
#define MPPS_ROUTER 0xfe /* last byte of the sender's MAC */

/* How a packet comes back that went the right way. */
enum mpps_kind {
	MPPS_SWAPPED, /* to the sender's MAC, else as it was */
	MPPS_L2,      /* to a node's MAC */
	MPPS_NAT,     /* … and to its address instead of the virtual one */
	MPPS_GUE,     /* … in GUE */
	MPPS_KINDS,
};

#define MPPS_FRAME_WORDS 8

struct mpps_settings {
	__u64 frame[MPPS_FRAME_WORDS];
	__u32 ifindex; /* the way out */
	__u32 kind;
	__u32 next;  /* number of the next packet */
	__u32 flows; /* a power of two */
};

/* Per CPU. */
struct mpps_seen {
	__u64 node[MPPS_NODES];
	__u64 other; /* not as it should be */
	__u64 moved; /* of a flow that another node has */
};

/* Of each flow, the node it went to. */
struct mpps_flows {
	__u8 node[MPPS_FLOWS];
};

#endif
