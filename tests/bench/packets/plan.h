/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_PLAN_H
#define STEER_BENCH_PLAN_H

#include <linux/types.h>

/**
 * DOC: what the wrapper makes of the one frame that BPF_PROG_TEST_RUN repeats a program on.
 *
 * Flow number i has the source port FLOW_PORT + (i modulo FLOW_PORTS), and the rest of i added to
 * the source address; service number s the port SERVICE_PORT + (s modulo SERVICE_PORTS), and the
 * rest of s added to the destination address. The next flow is a stride fallback, modulo how many
 * there are: all of them come before one comes again, and neighbours do not follow each other.
 * Strides that are equal modulo the services keep a flow at one service.
 */
#define PLAN_FLOW_PORT 1024
#define PLAN_FLOW_PORTS_SHIFT 14
#define PLAN_FLOW_PORTS (1 << PLAN_FLOW_PORTS_SHIFT)
#define PLAN_SERVICE_PORTS_SHIFT 2
#define PLAN_SERVICE_PORTS (1 << PLAN_SERVICE_PORTS_SHIFT)
#define PLAN_MAX_FLOWS 1000000

struct targets {
	/* Where it is. */
	__s32 flow, service;
	__u32 turn; /* in the order of the tags */
	__u64 odd;  /* frames that the program did not leave as expected */

	/* The clock: read when @run gets to @stamp, and at @last. */
	__u32 run, stamp, last;
	__u32 pad1;
	__u64 begun_ns, ended_ns;

	/* What comes next. */
	__s32 flows, flow_stride, services, service_stride;
	__u32 client, vip; /* last word of the addresses, host byte order */
	__u16 port;	   /* of service 0 */

	/* The frame: as it comes, and as the program has to leave it. */
	__u8 ttl;
	__u8 pad2;
	__u32 frame_bytes, left_bytes;
	__u32 left_mac; /* the first four bytes */
	__u16 check;	/* of the IPv4 header; nobody looks at it */
	__u16 type;
	__u8 mac[12];
	__u32 gue[2]; /* all of the GUE header but the tag */
	__u32 tags;   /* how many there are: one for each flow */
};

/* The wrapper's memory, which is mapped by the bench. */
struct targets_memory {
	struct targets plan;
	__u32 tags[PLAN_MAX_FLOWS]; /* by turn: they are not for the wrapper to compute */
};

#endif
