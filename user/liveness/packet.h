/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_PACKET_H
#define STEER_LIVENESS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"
#include "steer/sbfd.h"

/**
 * DOC: S-BFD probes and answers: building and checking them (RFC 7880, 7881). The format is in
 * include/steer/sbfd.h.
 */

/* The member of a pool that a node follows as the active one; see struct steer_sbfd_active. */
struct liveness_active {
	uint16_t node;
	uint16_t term; /* 0: nothing is announced */
};

/* The state that a peer announces in its answers. */
struct liveness_report {
	enum steer_admin admin;
	uint8_t load_percent;
	uint32_t generation;
	uint64_t pools_digest;
	uint64_t table_digest;
	uint64_t admin_digest; /* of the admin states its maps implement; acknowledges a drain */
	uint8_t health[STEER_HEALTH_BYTES];
	struct liveness_active active[STEER_SBFD_ACTIVE];
};

/*
 * Why an answer is rejected. The last four reasons come from the socket and the session, not from
 * liveness_packet_check(). An overtaken answer does prove liveness; only its report is outdated.
 */
#define LIVENESS_REJECT_LIST(X)                                                                  \
	X(SHORT, "short")		  /* shorter than an answer */                           \
	X(VERSION, "version")		  /* another protocol, or another version of this one */ \
	X(DISCRIMINATOR, "discriminator") /* from no peer, or for another node */                \
	X(TAG, "tag")			  /* forged, or signed with an unknown key */            \
	X(REPLAY, "replay")		  /* answers a probe that was answered before */         \
	X(SEQUENCE, "sequence")		  /* answers no remembered probe */                      \
	X(OVERTAKEN, "overtaken")	  /* answers an older probe than the last answer */

enum liveness_reject {
	LIVENESS_OK,
#define X(symbol, name) LIVENESS_REJECT_##symbol,
	LIVENESS_REJECT_LIST(X)
#undef X
		LIVENESS_REJECTS,
};

/* The name of a reason; "none" for LIVENESS_OK. */
const char *liveness_reject_name(enum liveness_reject reject);

/**
 * liveness_packet_probe - build a probe.
 * @ret_packet: the probe
 * @auth_key: the key that signs it
 * @self: id of this node, the discriminator of its probes
 * @peer: id of the peer
 * @sequence: see liveness_session_next()
 * @detect_mult: the multiplier, for information
 * @interval_us: the probe interval, for information
 */
void liveness_packet_probe(struct steer_sbfd_packet *ret_packet, const struct steer_key *auth_key,
			   uint16_t self, uint16_t peer, uint64_t sequence, uint8_t detect_mult,
			   uint32_t interval_us);

/*
 * The node id that an answer claims to come from, to find the peer to check it against. Not
 * authenticated. 0: too short to contain one.
 */
uint32_t liveness_packet_sender(const void *data, size_t length);

/**
 * liveness_packet_check - check that a datagram is an authentic answer.
 * @data: the UDP payload, in any alignment
 * @length: its length in bytes
 * @auth_key: the key to check it with
 * @self: id of this node
 * @peer: id of the node that it must come from
 * @ret_sequence: sequence of the probe it answers; the session knows whether that was sent
 * @ret_report: what the peer announces
 *
 * Return: LIVENESS_OK, or the first reason to reject it, with the outputs untouched.
 */
enum liveness_reject liveness_packet_check(const void *data, size_t length,
					   const struct steer_key *auth_key, uint16_t self,
					   uint16_t peer, uint64_t *ret_sequence,
					   struct liveness_report *ret_report);

/* The answer of the XDP program to probes under either key, for the reflector's map. */
void liveness_packet_reflector(struct steer_reflector *ret_reflector,
			       const struct steer_key auth_key[2], uint16_t self,
			       const struct liveness_report *report);

#endif
