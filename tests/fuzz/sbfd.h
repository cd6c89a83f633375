/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_FUZZ_SBFD_H
#define TESTS_FUZZ_SBFD_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "steer/sbfd.h"
#include "steer/siphash.h"

/**
 * DOC: tags of probes and answers, and their form, apart from user/liveness/packet.c.
 */

static inline uint64_t sbfd_sign_body(const struct steer_sbfd_packet *packet,
				      const struct steer_key *key)
{
	__u64 word[STEER_SBFD_BODY_WORDS];
	size_t i;

	memcpy(word, &packet->auth.node, sizeof(word));
	for (i = 0; i < STEER_SBFD_BODY_WORDS; i++)
		word[i] = le64toh(word[i]);
	return steer_siphash24(key, word, STEER_SBFD_BODY_WORDS);
}

static inline uint64_t sbfd_sign(const struct steer_sbfd_packet *packet,
				 const struct steer_key *key, uint64_t kind)
{
	__u64 word[] = {
		kind,
		(uint64_t)be32toh(packet->bfd.my_disc) << 32 | be32toh(packet->bfd.your_disc),
		be64toh(packet->auth.sequence),
		kind == STEER_SBFD_ANSWER ? sbfd_sign_body(packet, key) : 0,
	};

	return steer_siphash24(key, word, 4);
}

/* Whether it is an answer to this node, but for its tag; see include/steer/sbfd.h. */
static inline bool sbfd_is_answer(const struct steer_sbfd_packet *packet, uint16_t self)
{
	return packet->bfd.vers_diag >> 5 == 1 && packet->bfd.state_flags & STEER_BFD_AUTH &&
	       packet->bfd.length == sizeof(*packet) && packet->auth.type == STEER_SBFD_AUTH_TYPE &&
	       packet->auth.length == sizeof(packet->auth) &&
	       packet->auth.version == STEER_SBFD_VERSION &&
	       be32toh(packet->bfd.your_disc) == self &&
	       be16toh(packet->auth.node) == be32toh(packet->bfd.my_disc) &&
	       packet->auth.admin <= STEER_ADMIN_MAINTENANCE;
}

#endif
