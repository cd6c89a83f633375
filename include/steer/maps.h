/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_MAPS_H
#define STEER_MAPS_H

#include <linux/types.h>

#include "steer/limits.h"

/**
 * DOC: keys and values of the maps, one definition for the program and user space.
 *
 * The daemon writes, the program reads; only the counters go the other way. A packet's way through
 * them: vips → services → tables (pool → row) → states (which rank serves) → nodes (how to get
 * there).
 *
 * Map names have at most 15 characters, or the kernel cuts them, and a daemon that adopts a program
 * loaded by somebody else finds the maps by name.
 */
#define STEER_PROGRAM_NAME "steer"

/* An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). All zero: none. */
struct steer_addr {
	__be32 word[4];
};
_Static_assert(sizeof(struct steer_addr) == 16, "shared layout");

/* Key of steer_prefixes (LPM). The length counts from the front of the 128 bits: IPv4 is 96 + n. */
struct steer_prefix_key {
	__u32 prefix_bits;
	struct steer_addr addr;
};
_Static_assert(sizeof(struct steer_prefix_key) == 20, "shared layout");

/* Value of steer_vips and steer_prefixes. */
struct steer_vip {
	__u32 id; /* from 1 */
};
_Static_assert(sizeof(struct steer_vip) == 4, "shared layout");

/* Key of steer_services; port 0 is "any port". */
struct steer_service_key {
	__u32 vip;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};
_Static_assert(sizeof(struct steer_service_key) == 8, "shared layout");

enum steer_hash_kind {
	STEER_HASH_TUPLE,  /* protocol, both addresses, both ports */
	STEER_HASH_SOURCE, /* source address: all of a client's flows on one node */
};

struct steer_service {
	__u16 id;   /* index into steer_svc_stats */
	__u16 pool; /* index into steer_tables and steer_states */
	__u8 hash_kind;
	__u8 pad[3];
};
_Static_assert(sizeof(struct steer_service) == 8, "shared layout");

/* Element of a forwarding table. Ranks are distinct, best first; unused ones are STEER_NODE_NONE.
 */
struct steer_row {
	__u16 rank[STEER_RANKS];
	__u16 previous; /* owner under the table before, for the hold time */
	__u16 pad[3];
};
_Static_assert(sizeof(struct steer_row) == 16, "shared layout");

/* Bits of a node's state in a pool. */
#define STEER_STATE_SERVING 0x01  /* live, healthy, not drained: may own rows */
#define STEER_STATE_LIVE 0x02	  /* its kernel answers */
#define STEER_STATE_HEALTHY 0x04  /* the pool's service answers there */
#define STEER_STATE_DRAINING 0x08 /* owns nothing new, keeps its flows */

/* Value of steer_states, one per pool. A node going down is a change of one byte. */
struct steer_pool_states {
	__u8 node[STEER_MAX_NODES];
};
_Static_assert(sizeof(struct steer_pool_states) == STEER_MAX_NODES, "shared layout");

enum steer_forward {
	STEER_FORWARD_NONE, /* not resolved yet */
	STEER_FORWARD_L2,   /* same segment: rewrite the MACs */
	STEER_FORWARD_GUE,  /* encapsulate */
};

/* Value of steer_nodes: the way from this node to another one. */
struct steer_node {
	__u8 forward; /* enum steer_forward */
	__u8 pad0;
	__u16 mtu_bytes; /* largest IP packet on the way, outer header included */
	__u32 ifindex;
	__u8 dst_mac[6];
	__u8 src_mac[6];
	struct steer_addr addr;	  /* GUE: outer destination */
	struct steer_addr source; /* GUE: outer source */
	__u8 pad1[12];
};
_Static_assert(sizeof(struct steer_node) == 64, "shared layout, one cache line");

/*
 * Key and value of steer_macs: frames that a node has sent, and how many hops they have made. A
 * node sends to an owner from its own MAC (1 hop), and on a second chance from an alias of it, the
 * locally-administered bit flipped (STEER_HOP_LIMIT hops: delivered, never forwarded again).
 */
#define STEER_HOP_LIMIT 2
#define STEER_MAC_ALIAS 0x02 /* in the first byte */

struct steer_mac_key {
	__u8 mac[6];
	__u8 pad[2];
};
_Static_assert(sizeof(struct steer_mac_key) == 8, "shared layout");

struct steer_mac {
	__u16 node;
	__u8 hop;
	__u8 pad;
};
_Static_assert(sizeof(struct steer_mac) == 4, "shared layout");

/* SipHash key: two little-endian words of its 16 bytes. */
struct steer_key {
	__u64 word[2];
};
_Static_assert(sizeof(struct steer_key) == 16, "shared layout");

/* steer_settings.flags */
#define STEER_HAVE_PREFIXES 0x01 /* steer_prefixes is not empty */

/* The one element of steer_settings. self == STEER_NODE_NONE: not configured, everything passes. */
struct steer_settings {
	__u32 schema;
	__u32 generation;
	__u16 self;
	__u8 flags;
	__u8 pad0;
	__be16 gue_port;
	__u16 pad1;
	struct steer_key flow_key; /* which flow goes where */
	struct steer_key tag_key;  /* GUE and S-BFD tags */
	struct steer_addr addr4;   /* our own addresses, for what arrives encapsulated */
	struct steer_addr addr6;
};
_Static_assert(sizeof(struct steer_settings) == 80, "shared layout");

struct steer_counter {
	__u64 packets;
	__u64 bytes; /* of the frame as it arrived */
};
_Static_assert(sizeof(struct steer_counter) == 16, "shared layout");

/* Value of steer_svc_stats, per CPU; indexed by enum steer_class, PASS and REFLECT stay zero. */
struct steer_service_stats {
	struct steer_counter by_class[5];
};
_Static_assert(sizeof(struct steer_service_stats) == 80, "shared layout");

/* Value of steer_node_stats, per CPU. */
struct steer_node_stats {
	struct steer_counter sent;    /* forwarded to this node */
	struct steer_counter dropped; /* owned by it, but there was no way to send them */
};
_Static_assert(sizeof(struct steer_node_stats) == 32, "shared layout");

#endif
