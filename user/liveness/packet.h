/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_PACKET_H
#define STEER_LIVENESS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"
#include "steer/sbfd.h"

/**
 * DOC: S-BFD packets, built and checked; see include/steer/sbfd.h for the format.
 */

/* Whom a node takes to be the active member of a pool; see struct steer_sbfd_active. */
struct liveness_active {
	uint16_t node;
	uint16_t term; /* 0: it says nothing */
};

/* What a peer says of itself in an answer. */
struct liveness_report {
	enum steer_admin admin;
	uint8_t load_percent;
	uint32_t generation;
	uint64_t pools_digest;
	uint64_t table_digest;
	uint64_t admin_digest; /* of what it knows operators to want */
	uint8_t health[STEER_HEALTH_BYTES];
	struct liveness_active active[STEER_SBFD_ACTIVE];
};

/*
 * Why a datagram counts for nothing. The last four are not for liveness_packet_check() to say, but
 * for the session and the socket. An overtaken one does show life, but what it reports is old.
 */
#define LIVENESS_REJECT_LIST(X)                                                              \
	X(SHORT, "short")		  /* shorter than an answer */                       \
	X(VERSION, "version")		  /* another protocol, or another version of ours */ \
	X(DISCRIMINATOR, "discriminator") /* of no peer, or not for us */                    \
	X(TAG, "tag")			  /* forged, or under a key that we do not have */   \
	X(TTL, "ttl")			  /* through a router (RFC 5082) */                  \
	X(REPLAY, "replay")		  /* to a probe that has its answer */               \
	X(SEQUENCE, "sequence")		  /* to no probe that is remembered */               \
	X(OVERTAKEN, "overtaken")	  /* to an older probe than the one answered last */

enum liveness_reject {
	LIVENESS_OK,
#define X(symbol, name) LIVENESS_REJECT_##symbol,
	LIVENESS_REJECT_LIST(X)
#undef X
		LIVENESS_REJECTS,
};

/* Of a reason; "none" of LIVENESS_OK. */
const char *liveness_reject_name(enum liveness_reject reject);

/* A probe from node self to node peer. */
void liveness_packet_probe(struct steer_sbfd_packet *ret_packet, const struct steer_key *auth_key,
			   uint16_t self, uint16_t peer, uint64_t sequence, uint8_t detect_mult,
			   uint32_t interval_us);

/* Who claims to have sent an answer, to find the peer to check it against; 0: too short to tell. */
uint32_t liveness_packet_sender(const void *data, size_t length);

/**
 * liveness_packet_check - is this an authentic answer to node self from node peer?
 * @data: the UDP payload, in any alignment
 * @ret_sequence: of the probe it answers; whether that was sent is for the session to say
 *
 * Return: LIVENESS_OK, or the first reason against it, the outputs untouched.
 */
enum liveness_reject liveness_packet_check(const void *data, size_t length,
					   const struct steer_key *auth_key, uint16_t self,
					   uint16_t peer, uint64_t *ret_sequence,
					   struct liveness_report *ret_report);

/* What the program shall answer for us, to probes under either key. */
void liveness_packet_reflector(struct steer_reflector *ret_reflector,
			       const struct steer_key auth_key[2], uint16_t self,
			       const struct liveness_report *report);

#endif
