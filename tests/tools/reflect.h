/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOOLS_REFLECT_H
#define TESTS_TOOLS_REFLECT_H

#include <arpa/inet.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "steer/sbfd.h"
#include "steer/siphash.h"

/**
 * DOC: an S-BFD reflector in user space, for tests of the initiator without the program.
 *
 * Written from include/steer/sbfd.h alone, so that the daemon's side is tested against a second
 * reading of it. In a header as both a tool and unit tests use it.
 */

static inline __u64 reflect_tag(const struct steer_key *key, const struct steer_sbfd_packet *packet,
				__u64 kind, __u64 body_tag)
{
	__u64 word[4] = {
		kind,
		(__u64)ntohl(packet->bfd.my_disc) << 32 | ntohl(packet->bfd.your_disc),
		be64toh(packet->auth.sequence),
		body_tag,
	};

	return steer_siphash24(key, word, 4);
}

/* Seal what a node announces. */
static inline void reflect_seal(struct steer_sbfd_auth *announced, const struct steer_key *key)
{
	__u64 word[STEER_SBFD_BODY_WORDS];

	announced->type = STEER_SBFD_AUTH_TYPE;
	announced->length = sizeof(*announced);
	announced->version = STEER_SBFD_VERSION;
	memcpy(word, &announced->node, sizeof(word));
	announced->body_tag = htobe64(steer_siphash24(key, word, STEER_SBFD_BODY_WORDS));
}

/* Turn an authentic probe for this node into its answer, in place. Return: whether it was one. */
static inline bool reflect(struct steer_sbfd_packet *packet, size_t length,
			   const struct steer_sbfd_auth *announced, const struct steer_key *key)
{
	__be64 sequence = packet->auth.sequence;
	__be32 initiator = packet->bfd.my_disc;
	bool active = announced->admin == STEER_ADMIN_ACTIVE;

	if (length != sizeof(*packet) || packet->bfd.vers_diag >> 5 != 1 ||
	    packet->bfd.length != sizeof(*packet) || !(packet->bfd.state_flags & STEER_BFD_AUTH) ||
	    !(packet->bfd.state_flags & STEER_BFD_DEMAND) ||
	    packet->bfd.your_disc != htonl(ntohs(announced->node)) ||
	    packet->auth.type != STEER_SBFD_AUTH_TYPE ||
	    packet->auth.length != sizeof(packet->auth) ||
	    packet->auth.version != STEER_SBFD_VERSION ||
	    packet->auth.auth_tag != htobe64(reflect_tag(key, packet, STEER_SBFD_PROBE, 0)))
		return false;
	packet->bfd.state_flags = (active ? STEER_BFD_STATE_UP : STEER_BFD_STATE_ADMIN_DOWN)
					  << STEER_BFD_STATE_SHIFT |
				  STEER_BFD_AUTH;
	packet->bfd.my_disc = packet->bfd.your_disc;
	packet->bfd.your_disc = initiator;
	packet->auth = *announced;
	packet->auth.sequence = sequence;
	packet->auth.auth_tag =
		htobe64(reflect_tag(key, packet, STEER_SBFD_ANSWER, be64toh(announced->body_tag)));
	return true;
}

#endif
