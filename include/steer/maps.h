/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_MAPS_H
#define STEER_MAPS_H

#include <linux/types.h>

#include "steer/limits.h"
#include "steer/verdict.h"

/**
 * DOC: Keys and values of the maps, one definition for the program and user space.
 *
 * The daemon writes and the program reads. The program writes counters, flow tables, fragments and
 * tokens. A packet is looked up in: index, or vips → services; tables (pool → row) → states (which
 * rank serves) → nodes (the next hop).
 *
 * The kernel cuts map names after 15 characters, so none is longer: a daemon that takes over a
 * program which another loader has loaded finds the maps by name.
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
	__u8 protocols; /* STEER_VIP_…: the protocols of its services */
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

/* Which part of a packet is hashed. */
enum steer_hash_kind {
	STEER_HASH_TUPLE,  /* protocol, both addresses, both ports */
	STEER_HASH_SOURCE, /* source address: all flows of a client go to one node */
	STEER_HASH_PREFIX, /* source prefix: all flows of a network go to one node */
	STEER_HASH_CID,	   /* QUIC: the server id in the connection id; else as TUPLE */
};

/* steer_service.flags */
#define STEER_SERVICE_FLOWS 0x01 /* has a flow table in steer_flows */
#define STEER_SERVICE_PLAIN 0x02 /* no second chance: its sockets are in another namespace */

struct steer_service {
	__u16 id;   /* index into steer_svc_stats and steer_flows */
	__u16 pool; /* id of its pool: index into steer_tables and steer_states */
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
	__u16 asked; /* 1: it is asked whether it has the flow (STEER_FLOW_ASK) */
};
_Static_assert(sizeof(struct steer_flow_entry) == 4, "shared layout");

/* Key of steer_fragments: one datagram. In IPv6 the protocol is no part of it (RFC 8200). */
struct steer_fragment_key {
	struct steer_addr src, dst;
	__be32 id;
	__u8 protocol; /* 0: IPv6 */
	__u8 pad[3];
};
_Static_assert(sizeof(struct steer_fragment_key) == 40, "shared layout");

/* Value of steer_fragments: what only the first fragment of a datagram has. */
struct steer_fragment {
	__u64 seen_ns;
	__be16 sport, dport;
	__u8 protocol;
	__u8 pad[3];
};
_Static_assert(sizeof(struct steer_fragment) == 16, "shared layout");

/*
 * Element of a forwarding table. All nodes in it are distinct; unused elements are
 * STEER_NODE_NONE. In a cluster of up to eight nodes, a row names all of them.
 *
 * STEER_ROW_FORMER marks a node that may have owned the row under an earlier table, so that it may
 * still have connections. The first three ranks are never marked: they may own the row now. The
 * program has no use for the mark; the next table must know whom to keep.
 */
struct steer_row {
	__u16 rank[STEER_RANKS];	 /* owners of the row, best first */
	__u16 fallback[STEER_FALLBACKS]; /* may have flows; the first owns if no rank serves */
};
_Static_assert(sizeof(struct steer_row) == 16, "shared layout");

#define STEER_ROW_FORMER 0x8000
#define STEER_ROW_NODE(element) ((element) & (STEER_MAX_NODES - 1))

/* Element of a pool's map in steer_formers: former owners of a row that has no room for them. */
struct steer_former {
	__u16 node[STEER_FORMER];
	__u16 pad;
};
_Static_assert(sizeof(struct steer_former) == 12, "shared layout");

/* Bits of a node's state in a pool (steer_pool_states). */
#define STEER_STATE_SERVING 0x01  /* live, healthy, not drained: may own rows */
#define STEER_STATE_LIVE 0x02	  /* its kernel answers */
#define STEER_STATE_HEALTHY 0x04  /* the pool's service answers there */
#define STEER_STATE_DRAINING 0x08 /* owns nothing new, keeps its flows */

/*
 * Slow start: n in the upper bits means that the node takes (16 - n)/16 of its flows, and leaves
 * the others to the next rank. A flow's hash names one of 16 buckets, and the node takes the flows
 * from bucket n on: as n goes down, a flow that the node owns stays with it.
 */
#define STEER_STATE_RAMP_SHIFT 4
#define STEER_BUCKETS 16
#define STEER_BUCKET_SHIFT 16 /* of the flow's hash; the bits below name the row */

/* Value of steer_states, one per pool. When a node goes down, one byte changes. */
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

/* Value of steer_nodes: the next hop from this node to another one. */
struct steer_node {
	__u8 forward;	   /* enum steer_forward */
	__u8 entropy_bits; /* IPIP: how many low bits of the outer source carry the flow's hash */
	__u16 mtu_bytes;   /* largest IP packet on the path, outer header included */
	__u32 ifindex;	   /* to the next hop; also a key of steer_devs */
	__u8 dst_mac[6];
	__u8 src_mac[6];
	struct steer_addr addr;	  /* outer destination */
	struct steer_addr source; /* outer source */
	__u8 pad1[12];
};
_Static_assert(sizeof(struct steer_node) == 64, "shared layout, one cache line");

/*
 * The hop that a packet makes from one node to another. Each hop has a higher number than the one
 * before it, so no packet makes more hops than there are numbers, whatever the nodes believe. From
 * STEER_HOP_CHANCE on, the number names the node that the packet is sent to, of those in the row
 * (steer_candidate()) and then of those in steer_formers, as the nodes before it do not have the
 * connection; when nodes have different epochs, the number only counts (steer_search_next()).
 *
 * A GUE header carries the number, and the sender's epoch. An l2 frame carries both in its source
 * MAC (STEER_HOP_MAC).
 */
enum steer_hop {
	STEER_HOP_NONE,	    /* from a router */
	STEER_HOP_FRAGMENT, /* a fragment, to the node that sees all fragments of its datagram */
	STEER_HOP_OWNER,
	STEER_HOP_CHANCE, /* to a node that may have the connection */
	STEER_HOP_LIMIT = 15,
};
#define STEER_HOPS (STEER_HOP_LIMIT + 1)

/* Hops of a flow that is kept in a flow table and is not TCP, which is not searched for: after
 * STEER_HOP_OWNER, which goes to the flow's home. */
enum steer_flow_hop {
	STEER_FLOW_HERE = STEER_HOP_CHANCE, /* to the node that has the flow */
	STEER_FLOW_ASK,			    /* to a node that may know who has it */
	STEER_FLOW_BACK,		    /* from there to the home: nobody is known */
	STEER_FLOW_ASKED,		    /* from there to the node that has it */
	STEER_FLOW_LAST,		    /* after STEER_FLOW_BACK, as STEER_FLOW_HERE */
};

/*
 * A number for the tables and the live nodes as a node knows them. A search for a connection that
 * went only through nodes of one epoch has asked all nodes that may have the connection. A search
 * that did not carries STEER_EPOCH_NONE.
 */
#define STEER_EPOCH_NONE 0
#define STEER_EPOCHS 7

/*
 * The source MAC of an l2 frame is the sender's MAC with bits of its first byte flipped:
 *
 *	   7     6     5     4     3     2     1     0
 *	+-----------------+-----------------------+-----+
 *	|      epoch      | hop - STEER_HOP_OWNER |  0  |  flipped in the first byte of the MAC
 *	+-----------------+-----------------------+-----+
 *	                                       |     |
 *	                                       |     I/G bit: 1 would be multicast; never flipped
 *	                                       U/L bit: the lowest bit of the hop falls on it
 *
 * Nothing is flipped on the common hop to the owner, which carries no epoch (0). The receiver finds
 * the sender in steer_macs by the other five bytes, compares the first byte with the sender's own,
 * and the difference is hop and epoch. The hop counts modulo 16, so that STEER_HOP_FRAGMENT fits
 * as 15.
 */
#define STEER_HOP_MASK 15
#define STEER_HOP_BITS 4
#define STEER_HOP_MAC(hop, epoch) \
	(((((hop)-STEER_HOP_OWNER) & STEER_HOP_MASK) | (epoch) << STEER_HOP_BITS) << 1)
_Static_assert(STEER_HOP_LIMIT <= STEER_HOP_MASK, "hops fit into their bits");
_Static_assert(STEER_HOP_CHANCE + STEER_RANKS + STEER_FALLBACKS + STEER_FORMER - 1 <=
		       STEER_HOP_LIMIT,
	       "a hop to every candidate");
_Static_assert(STEER_HOP_MAC(STEER_HOP_FRAGMENT, STEER_EPOCHS) <= 0xfe, "a byte without bit 0");

/* Key and value of steer_macs: the node that sends from a MAC, whatever the MAC's first byte is. */
struct steer_mac_key {
	__u8 mac[6]; /* the first byte is zero */
	__u8 pad[2];
};
_Static_assert(sizeof(struct steer_mac_key) == 8, "shared layout");

struct steer_mac {
	__u16 node;
	__u8 first; /* the first byte of the node's own MAC */
	__u8 pad;
};
_Static_assert(sizeof(struct steer_mac) == 4, "shared layout");

/* Value of steer_peers, by address: a node that may send GUE to this one. */
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

/* A network interface's MAC. Key of steer_own_macs: one more that this host answers for. */
struct steer_interface {
	__u8 mac[6];
	__u8 pad[2];
};
_Static_assert(sizeof(struct steer_interface) == 8, "shared layout");

/* steer_settings.flags */
#define STEER_HAVE_PREFIXES 0x01 /* steer_prefixes is not empty */
#define STEER_TRACING 0x02	 /* a filter of steer_tracing is on, or an explanation is wanted */
#define STEER_CONVERGING 0x04	 /* live nodes have different tables, for a moment */
#define STEER_ASKING 0x08	 /* other nodes may have flows that this one has no entry of */

/* The one element of steer_settings. self == STEER_NODE_NONE: not configured, everything passes. */
struct steer_settings {
	__u32 schema;
	__u32 generation;
	__u16 self;
	__u8 flags;
	__u8 epoch; /* 1 to STEER_EPOCHS */
	__be16 gue_port;
	__u16 pad1;
	struct steer_key flow_key;    /* of the flow hash */
	struct steer_key auth_key[2]; /* GUE and S-BFD tags: the first signs, both are accepted */
	struct steer_addr addr4; /* this node's own addresses, which GUE and S-BFD are sent to */
	struct steer_addr addr6;
	struct steer_interface interface[STEER_MAX_INTERFACES]; /* unused ones are zero */
};
_Static_assert(sizeof(struct steer_settings) == 128, "shared layout");

struct steer_counter {
	__u64 packets;
	__u64 bytes; /* of the frame as it arrived */
};
_Static_assert(sizeof(struct steer_counter) == 16, "shared layout");

/* The one element of steer_verdicts, per CPU: an array by enum steer_verdict. Its elements have
 * names, which bpftool prints. */
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
	__u64 flow_moved;  /* … whose entry's node was gone, so that the flow got a new owner */
};
_Static_assert(sizeof(struct steer_service_stats) == 104, "shared layout");

/* Value of steer_node_stats, per CPU. */
struct steer_node_stats {
	struct steer_counter sent;    /* forwarded to this node */
	struct steer_counter dropped; /* owned by it, but it could not be reached */
};
_Static_assert(sizeof(struct steer_node_stats) == 32, "shared layout");

/* The one element of steer_tokens, per CPU: a token bucket for messages that a packet is too big.
 */
struct steer_tokens {
	__u64 refilled_ns;
	__u64 tokens;
};
_Static_assert(sizeof(struct steer_tokens) == 16, "shared layout");

#endif
