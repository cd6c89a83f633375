// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include "steer/siphash.h"

_Static_assert(STEER_RANKS == 4 && STEER_FALLBACKS == 4, "each of a row's halves is a 64-bit word");

/* Built by value, so that the digest does not depend on the machine's byte order. */
static uint64_t word_of(const __u16 node[4])
{
	return node[0] | (uint64_t)node[1] << 16 | (uint64_t)node[2] << 32 |
	       (uint64_t)node[3] << 48;
}

/* Any fixed key will do: the digest finds differences, it keeps no secret. */
static const struct steer_key digest_key = { { 0x5374656572207461ULL, 0x626c652064696765ULL } };

uint64_t table_digest(const struct steer_row *rows, size_t n_rows)
{
	struct steer_siphash s;

	steer_sip_init(&s, &digest_key);
	for (size_t r = 0; r < n_rows; r++)
		steer_sip_word(&s, word_of(rows[r].rank), 1);
	return steer_sip_end(&s, 8 * n_rows, 1);
}

uint64_t table_digest_all(const struct steer_row *rows, size_t n_rows)
{
	struct steer_siphash s;

	steer_sip_init(&s, &digest_key);
	for (size_t r = 0; r < n_rows; r++) {
		steer_sip_word(&s, word_of(rows[r].rank), 1);
		steer_sip_word(&s, word_of(rows[r].fallback), 1);
	}
	return steer_sip_end(&s, 16 * n_rows, 1);
}
