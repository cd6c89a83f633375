/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_SBFD_H
#define STEER_SBFD_H

#include <linux/types.h>

#include "steer/limits.h"

/**
 * DOC: Seamless BFD between nodes (RFC 5880 section 4.1, RFC 7880, RFC 7881).
 *
 * The initiator is the daemon and the reflector is the program: an answer costs the peer no context
 * switch. The initiator sends a packet of the answer's full size, so the reflector only overwrites.
 * A node announces its state to its peers in an authentication section of a type of our own.
 *
 * Two tags keep the program's part cheap. The daemon computes @body_tag over everything it
 * announces, once per change; the program computes @auth_tag over the probe's sequence and
 * @body_tag, per answer. body_tag = SipHash-2-4(tag key, the section from @node up to but without
 * @body_tag) auth_tag = SipHash-2-4(tag key, { STEER_SBFD_ANSWER, my << 32 | your, sequence,
 * body_tag }) and for a probe auth_tag = SipHash-2-4(tag key, { STEER_SBFD_PROBE, my << 32 | your,
 * sequence, 0 }) with discriminators and sequence in host order, and my/your as they stand in that
 * very packet.
 *
 * The sequence keeps old answers out. It has 64 bits and begins at a random number, so no two runs
 * of a daemon use the same sequence, however long an attacker has recorded.
 *
 * A router's S-BFD is answered, too, if its address is configured: 24 bytes without a section.
 */
#define STEER_SBFD_PORT 7784
#define STEER_SBFD_TTL 255
#define STEER_SBFD_AUTH_TYPE 0xf0 /* unassigned by IANA */
#define STEER_SBFD_VERSION 3

/* The shortest interval between probes that an answer accepts; 0 would mean "send none". */
#define STEER_SBFD_MIN_RX_US 1000

#define STEER_SBFD_PROBE 0x7072UL /* domain separation of the two tags */
#define STEER_SBFD_ANSWER 0x616eUL

#define STEER_BFD_VERS_DIAG 0x20 /* version 1, no diagnostic */
#define STEER_BFD_STATE_ADMIN_DOWN 0
#define STEER_BFD_STATE_DOWN 1
#define STEER_BFD_STATE_UP 3
#define STEER_BFD_STATE_SHIFT 6
#define STEER_BFD_POLL 0x20
#define STEER_BFD_FINAL 0x10
#define STEER_BFD_AUTH 0x04
#define STEER_BFD_DEMAND 0x02
#define STEER_BFD_MULTIPOINT 0x01

struct steer_bfd {
	__u8 vers_diag;
	__u8 state_flags;
	__u8 detect_mult;
	__u8 length; /* of the whole control packet, bytes */
	__be32 my_disc;
	__be32 your_disc;
	__be32 min_tx_us;
	__be32 min_rx_us;
	__be32 min_echo_rx_us;
};
_Static_assert(sizeof(struct steer_bfd) == 24, "wire layout");

/* The admin state of a node, as an operator has set it. */
enum steer_admin {
	STEER_ADMIN_ACTIVE,
	STEER_ADMIN_DRAINING,
	STEER_ADMIN_MAINTENANCE,
};

#define STEER_HEALTH_BYTES (STEER_MAX_POOLS / 8)

/*
 * The active member of an active-passive pool without preempt, as the node knows it, and the term
 * in which it became active. Term 0: unknown. Entry n is about the nth such pool.
 */
struct steer_sbfd_active {
	__be16 node;
	__be16 term;
};
_Static_assert(sizeof(struct steer_sbfd_active) == 4, "wire layout");

#define STEER_SBFD_ACTIVE 8

struct steer_sbfd_auth {
	__u8 type;
	__u8 length; /* of this section, bytes */
	__u8 key_id;
	__u8 version;
	__be32 reserved;
	__be64 sequence; /* the initiator's, echoed */
	/* the body: what the node announces */
	__be16 node;
	__u8 admin; /* enum steer_admin */
	__u8 load_percent;
	__be32 generation;
	__be64 pools_digest; /* over pools in order: equal if health bits mean the same pools */
	__be64 table_digest;
	__be64 admin_digest; /* of the admin states that its maps implement: acknowledges a drain */
	__u8 health[STEER_HEALTH_BYTES]; /* bit (pool & 7) of byte (pool >> 3) */
	struct steer_sbfd_active active[STEER_SBFD_ACTIVE];
	/* the end of the body */
	__be64 body_tag;
	__be64 auth_tag;
};
_Static_assert(sizeof(struct steer_sbfd_auth) == 224, "wire layout");

#define STEER_SBFD_BODY_WORDS ((8 + 24 + STEER_HEALTH_BYTES + 4 * STEER_SBFD_ACTIVE) / 8)

struct steer_sbfd_packet {
	struct steer_bfd bfd;
	struct steer_sbfd_auth auth;
};
_Static_assert(sizeof(struct steer_sbfd_packet) == 248, "wire layout, at most 255");

/* The one element of steer_reflector. */
struct steer_reflector {
	__u32 discriminator; /* host order; 0: not configured, probes are not answered */
	__u8 state;	     /* STEER_BFD_STATE_… */
	__u8 pad[3];
	struct steer_sbfd_auth answer; /* body and body_tag are copied into answers */
	__be64 body_tag_second;	       /* under the second tag key, for probes that came with it */
};
_Static_assert(sizeof(struct steer_reflector) == 240, "shared layout");

#endif
