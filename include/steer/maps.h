/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_MAPS_H
#define STEER_MAPS_H

#include <linux/types.h>

#include "steer/limits.h"
#include "steer/verdict.h"

/**
 * DOC: keys and values of the maps, one definition for the program and user space.
 *
 * The daemon writes, the program reads; only the counters go the other way. A packet's way through
 * them: index, or vips → services; tables (pool → row) → states (which rank serves) → nodes (how to
 * get there).
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
	__u32 id;	/* from 1 */
	__u8 protocols; /* STEER_VIP_…: of which its services are */
	__u8 pad[3];
};
_Static_assert(sizeof(struct steer_vip) == 8, "shared layout");

#define STEER_VIP_TCP 0x01
#define STEER_VIP_UDP 0x02
#define STEER_VIP_SCTP 0x04

/* Key of steer_services; port 0 is "any port". */
struct steer_service_key {
	__u32 vip;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};
_Static_assert(sizeof(struct steer_service_key) == 8, "shared layout");

/* What of a packet its hash is taken over. */
enum steer_hash_kind {
	STEER_HASH_TUPLE,  /* protocol, both addresses, both ports */
	STEER_HASH_SOURCE, /* source address: all of a client's flows on one node */
	STEER_HASH_PREFIX, /* source prefix: all of a network's */
	STEER_HASH_CID,	   /* QUIC: the server id in the connection id; else as TUPLE */
};

/* steer_service.flags */
#define STEER_SERVICE_FLOWS 0x01 /* has a flow table in steer_flows */

struct steer_service {
	__u16 id;   /* index into steer_svc_stats and steer_flows */
	__u16 pool; /* index into steer_tables and steer_states */
	__u8 hash_kind;
	__u8 flags;
	__u8 prefix4_bits; /* STEER_HASH_PREFIX: of IPv4, 0 … 32 */
	__u8 prefix6_bits; /* … of IPv6, 0 … 128 */
	__u8 cid_rotation; /* STEER_HASH_CID: config rotation, 0 … 6 (QUIC-LB, section 3) */
	__u8 cid_bytes;	   /* … length of the server id, 1 … STEER_CID_BYTES_MAX */
	__u8 pad[2];
};
_Static_assert(sizeof(struct steer_service) == 12, "shared layout");

/* A server id is the node's id, big-endian. */
#define STEER_CID_BYTES_MAX 8

/* A flow as its client sends it; key of a flow table. */
struct steer_flow {
	struct steer_addr src, dst;
	__be16 sport, dport;
	__u8 protocol;
	__u8 pad[3];
};
_Static_assert(sizeof(struct steer_flow) == 40, "shared layout");

/* Value of a flow table: the node that has the flow. */
struct steer_flow_entry {
	__u16 node;
	__u16 pad;
};
_Static_assert(sizeof(struct steer_flow_entry) == 4, "shared layout");

/* Key of steer_fragments: one datagram. IPv6 tells them apart without the protocol (RFC 8200). */
struct steer_fragment_key {
	struct steer_addr src, dst;
	__be32 id;
	__u8 protocol; /* 0: IPv6 */
	__u8 pad[3];
};
_Static_assert(sizeof(struct steer_fragment_key) == 40, "shared layout");

/* Value of steer_fragments: what only the first fragment tells. */
struct steer_fragment {
	__u64 seen_ns;
	__be16 sport, dport;
	__u8 protocol;
	__u8 pad[3];
};
_Static_assert(sizeof(struct steer_fragment) == 16, "shared layout");

/*
 * Element of a forwarding table. All nodes in it are distinct; unused places are STEER_NODE_NONE.
 * Up to eight nodes, a row knows all of them.
 */
struct steer_row {
	__u16 rank[STEER_RANKS];	 /* who owns the row, best first */
	__u16 fallback[STEER_FALLBACKS]; /* who may have flows, as it left, or will if no rank can
					  */
};
_Static_assert(sizeof(struct steer_row) == 16, "shared layout");

/* Bits of a node's state in a pool. */
#define STEER_STATE_SERVING 0x01  /* live, healthy, not drained: may own rows */
#define STEER_STATE_LIVE 0x02	  /* its kernel answers */
#define STEER_STATE_HEALTHY 0x04  /* the pool's service answers there */
#define STEER_STATE_DRAINING 0x08 /* owns nothing new, keeps its flows */

/*
 * Above them: so many sixteenths of its flows a node that serves leaves to the next rank, because
 * it is just back. 0: none. A flow's place among the sixteen comes from its hash, so that one that
 * the node owns stays its own as the number goes down.
 */
#define STEER_STATE_RAMP_SHIFT 4
#define STEER_BUCKETS 16
#define STEER_BUCKET_SHIFT 16 /* above the bits that name the row */

/* Value of steer_states, one per pool. A node going down is a change of one byte. */
struct steer_pool_states {
	__u8 node[STEER_MAX_NODES];
};
_Static_assert(sizeof(struct steer_pool_states) == STEER_MAX_NODES, "shared layout");

enum steer_forward {
	STEER_FORWARD_NONE, /* not resolved yet */
	STEER_FORWARD_L2,   /* same segment: rewrite the MACs */
	STEER_FORWARD_GUE,  /* encapsulate */
	STEER_FORWARD_IPIP, /* encapsulate for a host that has only its kernel's tunnels */
};

/* Value of steer_nodes: the way from this node to another one. */
struct steer_node {
	__u8 forward;	   /* enum steer_forward */
	__u8 entropy_bits; /* IPIP: so many low bits of the outer source carry the flow's hash */
	__u16 mtu_bytes;   /* largest IP packet on the way, outer header included */
	__u32 ifindex;	   /* a key of steer_devs, too */
	__u8 dst_mac[6];
	__u8 src_mac[6];
	struct steer_addr addr;	  /* outer destination */
	struct steer_addr source; /* outer source */
	__u8 pad1[12];
};
_Static_assert(sizeof(struct steer_node) == 64, "shared layout, one cache line");

/*
 * Which of its hops from node to node a packet makes. Each has a higher number than the one before
 * it, so that none makes more of them than there are numbers, whatever the nodes believe. From
 * STEER_HOP_CHANCE on, the number says which of its row's nodes the packet is sent to
 * (steer_candidate()), as the ones before that do not have the connection; when nodes have
 * different epochs, it only counts (steer_find_former()).
 *
 * In GUE the number stands in the header, with the sender's epoch; an l2 frame tells both by its
 * source MAC, which is the sender's with bits of the first byte flipped, none for the common hop to
 * the owner.
 */
enum steer_hop {
	STEER_HOP_NONE,	    /* from a router */
	STEER_HOP_FRAGMENT, /* a fragment, to the node that sees all of its datagram */
	STEER_HOP_OWNER,
	STEER_HOP_CHANCE, /* to a node that may have the connection */
	STEER_HOP_LIMIT = 15,
};
#define STEER_HOPS (STEER_HOP_LIMIT + 1)

/*
 * A number for what a node takes the tables and the live nodes to be. A search for a connection
 * that went through nodes of one epoch has asked all who may have it; one that did not carries
 * none.
 */
#define STEER_EPOCH_NONE 0
#define STEER_EPOCHS 7

/* What is flipped in the first byte: bits 1 to 4 and 5 to 7, as bit 0 would make it multicast. */
#define STEER_HOP_MASK 15
#define STEER_HOP_BITS 4
#define STEER_HOP_MAC(hop, epoch) \
	(((((hop)-STEER_HOP_OWNER) & STEER_HOP_MASK) | (epoch) << STEER_HOP_BITS) << 1)
_Static_assert(STEER_HOP_LIMIT <= STEER_HOP_MASK, "hops fit into their bits");
_Static_assert(STEER_HOP_CHANCE + STEER_RANKS + STEER_FALLBACKS - 1 <= STEER_HOP_LIMIT,
	       "a hop to every candidate");
_Static_assert(STEER_HOP_MAC(STEER_HOP_FRAGMENT, STEER_EPOCHS) <= 0xfe, "a byte without bit 0");

/* Key and value of steer_macs: whose frames are from MACs that are the same but for their first
 * byte. */
struct steer_mac_key {
	__u8 mac[6]; /* the first byte is zero */
	__u8 pad[2];
};
_Static_assert(sizeof(struct steer_mac_key) == 8, "shared layout");

struct steer_mac {
	__u16 node;
	__u8 first; /* the first byte, as it really is */
	__u8 pad;
};
_Static_assert(sizeof(struct steer_mac) == 4, "shared layout");

/* Value of steer_peers, by address: who may send GUE to us. */
struct steer_peer {
	__u16 node;
	__u16 pad;
};
_Static_assert(sizeof(struct steer_peer) == 4, "shared layout");

/* SipHash key: two little-endian words of its 16 bytes. */
struct steer_key {
	__u64 word[2];
};
_Static_assert(sizeof(struct steer_key) == 16, "shared layout");

/* A network interface's MAC. */
struct steer_interface {
	__u8 mac[6];
	__u8 pad[2];
};
_Static_assert(sizeof(struct steer_interface) == 8, "shared layout");

/* steer_settings.flags */
#define STEER_HAVE_PREFIXES 0x01 /* steer_prefixes is not empty */
#define STEER_TRACING 0x02	 /* steer_tracing wants something */
#define STEER_CONVERGING 0x04	 /* live nodes have different tables, since a moment ago */

/* The one element of steer_settings. self == STEER_NODE_NONE: not configured, everything passes. */
struct steer_settings {
	__u32 schema;
	__u32 generation;
	__u16 self;
	__u8 flags;
	__u8 epoch; /* 1 to STEER_EPOCHS */
	__be16 gue_port;
	__u16 pad1;
	struct steer_key flow_key;    /* which flow goes where */
	struct steer_key auth_key[2]; /* GUE and S-BFD tags: the first signs, both are accepted */
	struct steer_addr addr4;      /* our own addresses, for what arrives encapsulated */
	struct steer_addr addr6;
	struct steer_interface
		interface[STEER_MAX_INTERFACES]; /* MACs of ours; unused ones are zero */
};
_Static_assert(sizeof(struct steer_settings) == 128, "shared layout");

struct steer_counter {
	__u64 packets;
	__u64 bytes; /* of the frame as it arrived */
};
_Static_assert(sizeof(struct steer_counter) == 16, "shared layout");

/* The one element of steer_verdicts, per CPU: an array by enum steer_verdict, with names for those
 * who look at it with bpftool. */
struct steer_verdict_counters {
#define X(symbol, class, name, help) struct steer_counter name;
	STEER_VERDICTS(X)
#undef X
	struct steer_counter unused[STEER_MAX_VERDICTS - STEER_VERDICT_COUNT];
};
_Static_assert(sizeof(struct steer_verdict_counters) == 16 * STEER_MAX_VERDICTS, "shared layout");

/* Value of steer_svc_stats, per CPU; indexed by enum steer_class, PASS and REFLECT stay zero. */
struct steer_service_stats {
	struct steer_counter by_class[5];
	__u64 flow_hits;   /* packets that followed their entry of the flow table */
	__u64 flow_misses; /* … that made one */
	__u64 flow_moved;  /* … whose entry's node was gone: a new owner */
};
_Static_assert(sizeof(struct steer_service_stats) == 104, "shared layout");

/* Value of steer_node_stats, per CPU. */
struct steer_node_stats {
	struct steer_counter sent;    /* forwarded to this node */
	struct steer_counter dropped; /* owned by it, but there was no way to send them */
};
_Static_assert(sizeof(struct steer_node_stats) == 32, "shared layout");

/* The one element of steer_tokens, per CPU: how many too-big messages may still be sent. */
struct steer_tokens {
	__u64 refilled_ns;
	__u64 tokens;
};
_Static_assert(sizeof(struct steer_tokens) == 16, "shared layout");

#endif
