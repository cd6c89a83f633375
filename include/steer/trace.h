/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TRACE_H
#define STEER_TRACE_H

#include <linux/types.h>

#include "steer/maps.h"
#include "steer/verdict.h"

/**
 * DOC: Events of single packets, and explanations.
 *
 * Events have two readers, each with a filter of its own in steer_tracing: bpftool reads a perf
 * event array (steer_events), whose slots it takes over, and steer reads a ring buffer
 * (steer_ring). As long as both filters are off, STEER_TRACING is not set in the settings; one test
 * of this bit is all that tracing costs then.
 *
 * An explanation is no event. "steer explain" runs the program on a synthetic packet
 * (BPF_PROG_TEST_RUN), with a struct steer_explanation as metadata in front of it that has the
 * nonce of steer_tracing. The program fills it in. Such a packet is not counted, and nothing is
 * stored.
 */
enum steer_tracer {
	STEER_TRACER_PERF,
	STEER_TRACER_RING,
	STEER_TRACERS,
};

/* steer_trace_filter.match */
#define STEER_MATCH_SERVICE 0x01
#define STEER_MATCH_NODE 0x02 /* the node it was sent to, or the owner */
#define STEER_MATCH_ADDR 0x04 /* of the client or the service, or within the prefix */

struct steer_trace_filter {
	__u64 verdicts; /* wanted: bits 1 << enum steer_verdict; 0: off */
	__u32 sample;	/* one of this many packets, at random; 0 and 1: all */
	__u16 service;
	__u16 node;
	struct steer_addr addr;
	__u8 addr_bits; /* length of the prefix; IPv4 is 96 + n */
	__u8 match;
	__u8 pad[6];
};
_Static_assert(sizeof(struct steer_trace_filter) == 40, "shared layout");

/* The one element of steer_tracing. */
struct steer_tracing {
	struct steer_trace_filter filter[STEER_TRACERS];
	__u64 nonce; /* of explanations; 0: none are given */
	__u64 lost;  /* events that the ring had no room for; approximate */
};
_Static_assert(sizeof(struct steer_tracing) == 96, "shared layout");

#define STEER_TRACE_BYTES 256 /* of the packet */
#define STEER_TRACE_RING_BYTES (1 << 20)

#define STEER_NO_SERVICE 0xffff
#define STEER_NO_POOL 0xffff
#define STEER_NO_ROW 0xffffffff

struct steer_event_head {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 hash;    /* of the flow */
	__u32 row;     /* STEER_NO_ROW: no row was looked up */
	__u32 ifindex; /* the interface it came in on */
	__u32 frame_bytes;
	__u32 packet_bytes; /* how many of them follow this header */
	struct steer_flow flow;
	__u16 service; /* STEER_NO_SERVICE */
	__u16 pool;    /* STEER_NO_POOL */
	__u16 owner;   /* STEER_NODE_NONE */
	__u16 target;  /* node it was sent to */
	__u8 verdict;  /* enum steer_verdict */
	__u8 hop;      /* enum steer_hop it came with */
	__u8 pad[6];
};
_Static_assert(sizeof(struct steer_event_head) == 88, "shared layout");

/* The frame is as it leaves the program: a forwarded or answered one is the outgoing frame. */
struct steer_event {
	struct steer_event_head head;
	__u8 packet[STEER_TRACE_BYTES];
};
_Static_assert(sizeof(struct steer_event) == 88 + STEER_TRACE_BYTES, "shared layout");

/* 32 bytes is as much metadata as kernels before 6.6 allow. */
struct steer_explanation {
	__u64 nonce;
	__u64 hash;
	__u32 row; /* STEER_NO_ROW */
	__u16 service;
	__u16 pool;
	__u16 owner;
	__u16 target;
	__u8 verdict;
	__u8 hop; /* enum steer_hop it would leave with */
	__u16 pad;
};
_Static_assert(sizeof(struct steer_explanation) == 32, "shared layout");

#endif
