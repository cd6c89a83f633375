// SPDX-License-Identifier: GPL-2.0
#include "liveness/packet.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "steer/siphash.h"

#define BODY_OFFSET offsetof(struct steer_sbfd_auth, node)
#define BODY_BYTES (offsetof(struct steer_sbfd_auth, body_tag) - BODY_OFFSET)
_Static_assert(BODY_BYTES == 8 * STEER_SBFD_BODY_WORDS, "the body is whole words");

const char *liveness_reject_name(enum liveness_reject reject)
{
	static const char *const names[LIVENESS_REJECTS] = { [LIVENESS_OK] = "none",
#define X(symbol, name) [LIVENESS_REJECT_##symbol] = name,
							     LIVENESS_REJECT_LIST(X)
#undef X
	};

	return names[reject];
}

static uint64_t body_tag(const struct steer_key *auth_key, const struct steer_sbfd_auth *auth)
{
	__u64 word[STEER_SBFD_BODY_WORDS];

	memcpy(word, (const char *)auth + BODY_OFFSET, BODY_BYTES);
	for (unsigned int i = 0; i < STEER_SBFD_BODY_WORDS; i++)
		word[i] = le64toh(word[i]);
	return steer_siphash24(auth_key, word, STEER_SBFD_BODY_WORDS);
}

static uint64_t tag_of(const struct steer_key *auth_key, const struct steer_sbfd_packet *packet,
		       uint64_t kind, uint64_t body)
{
	uint64_t mine = be32toh(packet->bfd.my_disc);
	__u64 word[] = {
		kind,
		mine << 32 | be32toh(packet->bfd.your_disc),
		be64toh(packet->auth.sequence),
		body,
	};

	return steer_siphash24(auth_key, word, sizeof(word) / sizeof(word[0]));
}

void liveness_packet_probe(struct steer_sbfd_packet *ret_packet, const struct steer_key *auth_key,
			   uint16_t self, uint16_t peer, uint64_t sequence, uint8_t detect_mult,
			   uint32_t interval_us)
{
	/*
	 * The demand bit marks a probe of an S-BFD initiator (RFC 7880). Its state stays Down: it
	 * expects nothing but answers.
	 */
	*ret_packet = (struct steer_sbfd_packet){
		.bfd.vers_diag = STEER_BFD_VERS_DIAG,
		.bfd.state_flags = STEER_BFD_STATE_DOWN << STEER_BFD_STATE_SHIFT | STEER_BFD_AUTH |
				   STEER_BFD_DEMAND,
		.bfd.detect_mult = detect_mult,
		.bfd.length = sizeof(*ret_packet),
		.bfd.my_disc = htobe32(self),
		.bfd.your_disc = htobe32(peer),
		.bfd.min_tx_us = htobe32(interval_us),
		.auth.type = STEER_SBFD_AUTH_TYPE,
		.auth.length = sizeof(ret_packet->auth),
		.auth.version = STEER_SBFD_VERSION,
		.auth.sequence = htobe64(sequence),
	};
	ret_packet->auth.auth_tag = htobe64(tag_of(auth_key, ret_packet, STEER_SBFD_PROBE, 0));
}

uint32_t liveness_packet_sender(const void *data, size_t length)
{
	struct steer_bfd bfd;

	if (length < sizeof(bfd))
		return 0;
	memcpy(&bfd, data, sizeof(bfd));
	return be32toh(bfd.my_disc);
}

enum liveness_reject liveness_packet_check(const void *data, size_t length,
					   const struct steer_key *auth_key, uint16_t self,
					   uint16_t peer, uint64_t *ret_sequence,
					   struct liveness_report *ret_report)
{
	struct steer_sbfd_packet packet;
	const struct steer_sbfd_auth *auth = &packet.auth;
	uint64_t body;

	if (length < sizeof(packet))
		return LIVENESS_REJECT_SHORT;
	memcpy(&packet, data, sizeof(packet));
	if (packet.bfd.vers_diag >> 5 != STEER_BFD_VERS_DIAG >> 5 ||
	    packet.bfd.length != sizeof(packet) || !(packet.bfd.state_flags & STEER_BFD_AUTH) ||
	    auth->type != STEER_SBFD_AUTH_TYPE || auth->length != sizeof(*auth) ||
	    auth->version != STEER_SBFD_VERSION)
		return LIVENESS_REJECT_VERSION;
	if (be32toh(packet.bfd.my_disc) != peer || be32toh(packet.bfd.your_disc) != self)
		return LIVENESS_REJECT_DISCRIMINATOR;

	/* The body's tag is computed, not read from the packet: so one comparison covers both. */
	body = body_tag(auth_key, auth);
	if (be64toh(auth->auth_tag) != tag_of(auth_key, &packet, STEER_SBFD_ANSWER, body))
		return LIVENESS_REJECT_TAG;
	if (be16toh(auth->node) != peer)
		return LIVENESS_REJECT_DISCRIMINATOR;
	if (auth->admin > STEER_ADMIN_MAINTENANCE)
		return LIVENESS_REJECT_VERSION;

	*ret_sequence = be64toh(auth->sequence);
	*ret_report = (struct liveness_report){
		.admin = auth->admin,
		.load_percent = auth->load_percent,
		.generation = be32toh(auth->generation),
		.pools_digest = be64toh(auth->pools_digest),
		.table_digest = be64toh(auth->table_digest),
		.admin_digest = be64toh(auth->admin_digest),
	};
	memcpy(ret_report->health, auth->health, sizeof(ret_report->health));
	for (size_t i = 0; i < STEER_SBFD_ACTIVE; i++) {
		ret_report->active[i].node = be16toh(auth->active[i].node);
		ret_report->active[i].term = be16toh(auth->active[i].term);
	}
	return LIVENESS_OK;
}

void liveness_packet_reflector(struct steer_reflector *ret_reflector,
			       const struct steer_key auth_key[2], uint16_t self,
			       const struct liveness_report *report)
{
	bool active = report->admin == STEER_ADMIN_ACTIVE;
	struct steer_sbfd_auth *answer = &ret_reflector->answer;

	*ret_reflector = (struct steer_reflector){
		.discriminator = self,
		.state = active ? STEER_BFD_STATE_UP : STEER_BFD_STATE_ADMIN_DOWN,
		.answer.type = STEER_SBFD_AUTH_TYPE,
		.answer.length = sizeof(ret_reflector->answer),
		.answer.version = STEER_SBFD_VERSION,
		.answer.node = htobe16(self),
		.answer.admin = report->admin,
		.answer.load_percent = report->load_percent,
		.answer.generation = htobe32(report->generation),
		.answer.pools_digest = htobe64(report->pools_digest),
		.answer.table_digest = htobe64(report->table_digest),
		.answer.admin_digest = htobe64(report->admin_digest),
	};
	memcpy(answer->health, report->health, sizeof(report->health));
	for (size_t i = 0; i < STEER_SBFD_ACTIVE; i++) {
		answer->active[i].node = htobe16(report->active[i].node);
		answer->active[i].term = htobe16(report->active[i].term);
	}
	answer->body_tag = htobe64(body_tag(&auth_key[0], answer));
	ret_reflector->body_tag_second = htobe64(body_tag(&auth_key[1], answer));
}
